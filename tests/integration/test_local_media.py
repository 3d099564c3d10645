"""Uploads and images on one machine: the rules of S3's presigned forms, kept by our own."""

from __future__ import annotations

import http.client
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import requests
from chalice.app import Chalice

from chalicelib.publishing.images import MAX_UPLOAD_BYTES
from chalicelib.publishing.videos import MAX_VIDEO_BYTES
from chalicelib.workspaces.seals import Seals
from chalicelib.workspaces.uploads import passing_key
from local.bucket import PASSING_LASTS, UPLOADS_LAST, FileBucket
from local.gateway import Gateway
from local.pages import Pages
from local.server import Server, Site, reserve
from local.uploading import MediaDesk
from tests.fakes.clocks import SettableClock

KEY = "uploads/firm/abc"
LASTS = timedelta(hours=1)
SHA = "a" * 64
FORM = "multipart/form-data; boundary=x"
PART = b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\n'


@dataclass(frozen=True, slots=True)
class Desk:
    """A server that takes uploads in."""

    url: str
    bucket: FileBucket
    clock: SettableClock
    folder: Path

    def form(self, most: int = 1000) -> dict[str, str]:
        """Return the fields of a form for a JPEG."""
        return dict(self.bucket.form(KEY, "image/jpeg", most, LASTS).fields)

    def send(self, fields: Mapping[str, str], data: bytes = b"\xff\xd8 bytes") -> requests.Response:
        """Send a file as a browser does: its fields first."""
        files = {"file": ("a.jpg", data, "image/jpeg")}
        return requests.post(f"{self.url}/media-upload", data=fields, files=files, timeout=30)


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "index.html").touch()
    taken, clock = reserve(0), SettableClock()
    url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    folder = tmp_path / "media"
    bucket = FileBucket(folder, url=f"{url}/media-upload", seals=Seals(b"k" * 32), clock=clock)
    site = Site(
        url=url,
        hosts=frozenset(),
        gateway=Gateway(Chalice(app_name="none", configure_logs=False)),
        pages=Pages(tmp_path / "pages"),
        media=MediaDesk(bucket),
    )
    server = Server(taken, site)
    server.start()
    yield Desk(url, bucket, clock, folder)
    server.stop()


def code(answer: requests.Response) -> tuple[int, str]:
    found = answer.text.partition("<Code>")[2].partition("</Code>")[0]
    return answer.status_code, found


def test_a_file_is_taken_in_as_its_form_allows(desk: Desk) -> None:
    answer = desk.send(desk.form())

    assert (answer.status_code, answer.content) == (204, b"")
    assert desk.bucket.read(KEY, 1000) == b"\xff\xd8 bytes"
    file = desk.folder / KEY
    assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_nothing_is_there_before(desk: Desk) -> None:
    assert desk.bucket.read(KEY, 1000) is None


def test_too_much_shows_and_no_more_is_read(desk: Desk) -> None:
    desk.send(desk.form(), b"x" * 100)

    assert desk.bucket.read(KEY, 10) == b"x" * 11


def test_a_form_that_wasnt_made_here_is_refused(desk: Desk) -> None:
    forged = FileBucket(desk.folder, url=desk.url, seals=Seals(b"o" * 32), clock=desk.clock).form(
        KEY, "image/jpeg", 1000, LASTS
    )

    assert code(desk.send(forged.fields)) == (403, "AccessDenied")
    assert code(desk.send({})) == (403, "AccessDenied")
    assert desk.bucket.read(KEY, 1000) is None


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("key", "uploads/firm/other"),
        ("key", "media/" + SHA),
        ("Content-Type", "text/html"),
        ("acl", "public-read"),
        ("success_action_redirect", "https://evil.example"),
    ],
)
def test_fields_that_the_policy_doesnt_say_are_refused(desk: Desk, name: str, value: str) -> None:
    answer = desk.send({**desk.form(), name: value})

    assert code(answer) == (403, "AccessDenied")
    assert not list(desk.folder.glob("*/*"))


def test_a_missing_field_is_refused(desk: Desk) -> None:
    fields = desk.form()
    del fields["Content-Type"]

    assert code(desk.send(fields)) == (403, "AccessDenied")


def test_an_expired_form_is_refused(desk: Desk) -> None:
    fields = desk.form()
    desk.clock.advance(LASTS)

    answer = desk.send(fields)

    assert code(answer) == (403, "AccessDenied")
    assert "expired" in answer.text


def test_a_file_of_another_size_is_refused_and_leaves_nothing(desk: Desk) -> None:
    assert code(desk.send(desk.form(), b"x" * 1001)) == (400, "EntityTooLarge")
    assert code(desk.send(desk.form(), b"")) == (400, "EntityTooSmall")

    assert desk.bucket.read(KEY, 1000) is None
    assert list((desk.folder / "parts").iterdir()) == []


def test_a_file_as_large_as_allowed_is_taken(desk: Desk) -> None:
    assert desk.send(desk.form(1000), b"x" * 1000).status_code == 204


def test_the_largest_image_is_taken(desk: Desk) -> None:
    form = desk.form(MAX_UPLOAD_BYTES)

    assert desk.send(form, b"x" * MAX_UPLOAD_BYTES).status_code == 204


def test_a_body_larger_than_any_form_isnt_even_read(desk: Desk) -> None:
    host, port = desk.url.removeprefix("http://").split(":")
    connection = http.client.HTTPConnection(host, int(port), timeout=10)
    connection.putrequest("POST", "/media-upload")
    connection.putheader("Content-Type", "multipart/form-data; boundary=x")
    connection.putheader("Content-Length", str(MAX_VIDEO_BYTES + 100_000))
    connection.endheaders(b"--x")

    assert connection.getresponse().status == 413
    connection.close()


@pytest.mark.parametrize(
    ("body", "content_type"),
    [
        (b"", "multipart/form-data; boundary=x"),
        (
            b'--x\r\nContent-Disposition: form-data; name="key"\r\n\r\nv',
            "multipart/form-data; boundary=x",
        ),
        (b"a=1", "application/x-www-form-urlencoded"),
        (b"--x--\r\n", "multipart/form-data"),
        (
            b'--x\r\nContent-Disposition: form-data; name="k"\r\n\r\n\xff\r\n--x--\r\n',
            "multipart/form-data; boundary=x",
        ),
    ],
)
def test_what_is_no_form_is_refused(desk: Desk, body: bytes, content_type: str) -> None:
    answer = requests.post(
        f"{desk.url}/media-upload",
        data=body,
        headers={"Content-Type": content_type},
        timeout=10,
    )

    assert code(answer) == (400, "MalformedPOSTRequest")


def test_a_form_without_a_file_is_refused(desk: Desk) -> None:
    fields = {name: (None, value) for name, value in desk.form().items()}
    answer = requests.post(f"{desk.url}/media-upload", files=fields, timeout=10)

    assert code(answer) == (400, "InvalidArgument")


def test_fields_without_end_are_refused(desk: Desk) -> None:
    answer = desk.send({**desk.form(), "x": "y" * 30_000})

    assert code(answer) == (400, "MaxPostPreDataLengthExceeded")


def test_it_is_only_posted_to(desk: Desk) -> None:
    answer = requests.get(f"{desk.url}/media-upload", timeout=10)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "POST")


# Kept images.


def test_a_kept_image_is_shown_as_a_picture_and_nothing_else(desk: Desk) -> None:
    desk.bucket.keep(f"media/{SHA}", b"RIFFxxxxWEBP", "image/webp")

    answer = requests.get(f"{desk.url}/media/{SHA}", timeout=10)

    assert (answer.status_code, answer.content) == (200, b"RIFFxxxxWEBP")
    assert answer.headers["Content-Type"] == "image/webp"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Content-Security-Policy"] == "sandbox; default-src 'none'"
    assert "immutable" in answer.headers["Cache-Control"]
    known = {"If-None-Match": answer.headers["ETag"]}
    again = requests.get(f"{desk.url}/media/{SHA}", headers=known, timeout=10)
    assert (again.status_code, again.content) == (304, b"")
    head = requests.head(f"{desk.url}/media/{SHA}", timeout=10)
    assert (head.status_code, head.headers["Content-Length"]) == (200, "12")


@pytest.mark.parametrize(
    ("asked", "status", "said", "body"),
    [
        ("bytes=0-3", 206, "bytes 0-3/10", b"0123"),
        ("bytes=8-", 206, "bytes 8-9/10", b"89"),
        ("bytes=-3", 206, "bytes 7-9/10", b"789"),
        ("bytes=4-99", 206, "bytes 4-9/10", b"456789"),
        ("bytes=10-", 416, "bytes */10", b""),
        ("bytes=5-4", 416, "bytes */10", b""),
        ("bytes=0-1,3-4", 200, None, b"0123456789"),
        ("lines=1-2", 200, None, b"0123456789"),
    ],
)
def test_a_player_asks_for_a_part_of_a_video(
    desk: Desk, asked: str, status: int, said: str | None, body: bytes
) -> None:
    desk.bucket.keep_chunks(f"media/{SHA}", [b"01234", b"56789"], "video/mp4")

    answer = requests.get(f"{desk.url}/media/{SHA}", headers={"Range": asked}, timeout=10)

    assert (answer.status_code, answer.headers.get("Content-Range")) == (status, said)
    assert answer.content == body
    assert answer.headers["Content-Type"] == "video/mp4"
    assert desk.bucket.read_range(f"media/{SHA}", 4, 3) == b"456"


def test_keeping_the_same_again_changes_nothing(desk: Desk) -> None:
    for _ in range(2):
        desk.bucket.keep(f"media/{SHA}", b"same", "image/png")

    assert desk.bucket.read(f"media/{SHA}", 100) == b"same"


def test_an_upload_is_never_shown(desk: Desk) -> None:
    desk.send(desk.form())

    for path in ("/media/abc", "/media/..%2fuploads%2ffirm%2fabc"):
        assert requests.get(desk.url + path, timeout=10).status_code == 404


@pytest.mark.parametrize(
    "key", ["", "media", "/etc/passwd", "media/../x", "media/a/../../x", "a b/c"]
)
def test_a_key_names_a_file_of_the_folder(desk: Desk, key: str) -> None:
    with pytest.raises(ValueError, match="not a key"):
        desk.bucket.read(key, 10)


def test_uploads_that_nobody_completed_are_swept_after_a_day(desk: Desk) -> None:
    desk.bucket.keep(f"media/{SHA}", b"kept", "image/png")
    desk.send(desk.form())
    made = desk.clock.now().timestamp()
    for file in desk.folder.rglob("*"):
        os.utime(file, (made, made))

    desk.clock.advance(UPLOADS_LAST)
    assert desk.bucket.sweep() == 0
    desk.clock.advance(timedelta(seconds=1))
    assert desk.bucket.sweep() == 1

    assert desk.bucket.read(KEY, 100) is None
    assert desk.bucket.read(f"media/{SHA}", 100) == b"kept"


def test_what_is_shown_to_networks_is_swept_after_a_week(desk: Desk) -> None:
    key = passing_key(b"shown")
    desk.bucket.keep(key, b"shown", "image/jpeg")
    assert requests.get(f"{desk.url}/{key}", timeout=10).content == b"shown"
    made = desk.clock.now().timestamp()
    for file in desk.folder.rglob("*"):
        os.utime(file, (made, made))
    desk.clock.advance(PASSING_LASTS)
    assert desk.bucket.sweep() == 0
    desk.clock.advance(timedelta(seconds=1))
    assert desk.bucket.sweep() == 1
    assert requests.get(f"{desk.url}/{key}", timeout=10).status_code == 404
