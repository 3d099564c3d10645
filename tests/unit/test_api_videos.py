"""Videos over the API: sent, looked into, kept without what tells of people, used in a post."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any

import pytest

from chalicelib.publishing.ports import StoreUnclear
from chalicelib.publishing.videos import MAX_VIDEO_BYTES
from tests.fakes.api_world import ApiWorld, Client, browser, serving
from tests.fakes.videos import film

FIRM = "/v1/workspaces/bakery"
PLACE = b"+48.8577+002.2950+035/"


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


def send(client: Client, world: ApiWorld, data: bytes, content_type: str = "video/mp4") -> Any:
    begun = client.post(
        f"{FIRM}/media", {"name": "four.mp4", "content_type": content_type, "size": len(data) or 1}
    )
    assert begun.status == 201, begun.text
    assert begun.json["upload"]["fields"]["max"] == str(MAX_VIDEO_BYTES)
    world.bucket.objects[begun.json["upload"]["fields"]["key"]] = (data, content_type)
    return client.post(f"{FIRM}/media/{begun.json['id']}/complete")


def test_a_video_is_kept_under_the_hash_of_what_is_left_of_it(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    data = film(place=PLACE)
    answer = send(editor, world, data)
    assert answer.status == 200, answer.text
    sha256 = answer.json["sha256"]
    kept, content_type = world.bucket.objects[f"media/{sha256}"]
    assert hashlib.sha256(kept).hexdigest() == sha256
    assert PLACE not in kept
    assert content_type == answer.json["content_type"] == "video/mp4"
    told = {name: answer.json[name] for name in ("width", "height", "duration_ms", "size")}
    assert told == {"width": 1080, "height": 1920, "duration_ms": 12_000, "size": len(data)}
    assert send(editor, world, data).json["sha256"] == sha256


def test_a_video_is_what_it_holds_whatever_its_name_says(world: ApiWorld) -> None:
    answer = send(browser(world, "editor"), world, film(brand=b"qt  "), "video/mp4")
    assert (answer.status, answer.json["content_type"]) == (200, "video/quicktime")


def test_a_post_with_a_video_says_how_long_it_lasts_and_which_channel_refuses_it(
    world: ApiWorld,
) -> None:
    editor = browser(world, "editor")
    sha256 = send(editor, world, film()).json["sha256"]
    media = [{"sha256": sha256, "alt": "Le four"}]
    when = {"kind": "draft"}
    post = editor.post(f"{FIRM}/posts", world.draft(media=media, when=when)).json
    assert post["media"][0]["duration_ms"] == 12_000
    again = editor.get(f"{FIRM}/posts/{post['id']}").json
    assert again["media"] == post["media"]


def test_a_file_swapped_while_it_is_looked_into_is_not_kept(
    world: ApiWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = browser(world, "editor")
    body = {"name": "x", "content_type": "video/mp4", "size": 10}
    begun = editor.post(f"{FIRM}/media", body).json
    key = begun["upload"]["fields"]["key"]
    first, other = film(picture_bytes=4_000), film(picture_bytes=5_000)
    world.bucket.objects[key] = (first, "video/mp4")
    keep = world.bucket.keep_chunks

    def swap(at: str, chunks: Any, content_type: str) -> None:
        world.bucket.objects[key] = (other, "video/mp4")
        keep(at, chunks, content_type)

    monkeypatch.setattr(world.bucket, "keep_chunks", swap)
    answer = editor.post(f"{FIRM}/media/{begun['id']}/complete")
    assert answer.status == 503
    assert not [name for name in world.bucket.objects if name.startswith("media/")]
    assert StoreUnclear.__name__ not in answer.text


@pytest.mark.parametrize(
    ("data", "declared", "reason", "french"),
    [
        (b"\0" * 64, "video/mp4", "video-not-a-video", "MP4 ou MOV"),
        (b"", "video/mp4", "image-missing", "pas arrivé"),
        (film()[:-1], "video/mp4", "video-truncated", "abîmée"),
        (film(codec=b"ap4h"), "video/quicktime", "video-codec", "H.264"),
        (film(codec=b"vp09"), "video/mp4", "video-codec", "H.264"),
        (film(milliseconds=1_000_000), "video/mp4", "video-too-long-here", "15 minutes"),
    ],
    ids=["zeros", "nothing", "cut", "prores", "vp9", "long"],
)
def test_what_is_no_video_that_networks_take_is_refused_in_words(
    world: ApiWorld, data: bytes, declared: str, reason: str, french: str
) -> None:
    answer = send(browser(world, "editor"), world, data, declared)
    assert (answer.status, answer.slug, answer.json["reason"]) == (422, "media-refused", reason)
    assert french in answer.json["detail"].replace("\u00a0", " ")
    assert not [name for name in world.bucket.objects if name.startswith("media/")]


def test_a_video_too_heavy_is_refused_before_it_is_sent(world: ApiWorld) -> None:
    body = {"name": "x", "content_type": "video/mp4", "size": MAX_VIDEO_BYTES + 1}
    answer = browser(world, "editor").post(f"{FIRM}/media", body)
    assert (answer.slug, answer.json["reason"]) == ("media-refused", "video-weight")
    assert "200 Mo" in answer.json["detail"].replace("\u00a0", " ")
