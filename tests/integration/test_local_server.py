"""The server of one machine: whose a request is, and that requests don't see each other's."""

from __future__ import annotations

import http.client
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import requests
from chalice.app import Chalice, Response

from chalicelib.clock import SystemClock
from chalicelib.workspaces.seals import Seals
from local.bucket import FileBucket
from local.gateway import Gateway
from local.pages import POLICY, Pages
from local.server import Server, Site, names, reserve
from local.uploading import MediaDesk

FILES = {
    "index.html": "<!doctype html><title>Relais</title>",
    "app.js": "export {};",
    "app.css": "body {}",
    "icon.svg": "<svg/>",
    "site.webmanifest": "{}",
    "vendor/preact.js": "export {};",
    "types.d.ts": "export {};",
    "README.md": "not for the world",
    ".hidden.js": "not for the world",
}


def echo_app() -> Chalice:
    """An application that answers what it sees of the request, by every way there is."""
    app = Chalice(app_name="echo", configure_logs=False)

    def see(who: str) -> Response:
        request = app.current_request
        barrier.pass_by()
        again = app.current_request  # after others have come in between
        assert again is not None
        seen = {
            "param": who,
            "query": again.query_params["q"] if again.query_params else None,
            "header": again.headers.get("x-who"),
            "body": again.json_body,
            "same": request is again,
            "context": app.lambda_context.aws_request_id,
        }
        return Response(seen, headers={"Set-Cookie": ["a=1", "b=2"]})

    app.route("/v1/who/{who}", methods=["POST"])(see)

    def recent() -> str:
        return "literal"

    app.route("/v1/who/recent", methods=["GET"])(recent)

    def page(code: str) -> str:
        return code

    app.route("/p/{code}", methods=["GET"])(page)
    return app


class Crowd:
    """Lets requests overlap: each waits until some more are under way, or a moment."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._passed = 0

    def pass_by(self) -> None:
        with self._condition:
            self._passed += 1
            self._condition.notify_all()
            seen = self._passed
            self._condition.wait_for(lambda: self._passed >= seen + 3, timeout=0.01)


barrier = Crowd()


@dataclass(frozen=True, slots=True)
class Served:
    """A server and what it serves."""

    url: str
    port: int
    pages: Path
    bucket: FileBucket

    def get(self, path: str, **headers: str) -> requests.Response:
        """Get a path of it."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return requests.get(self.url + path, headers=named, timeout=10, allow_redirects=False)

    def raw(self, method: str, path: str, host: str | None = None) -> tuple[int, bytes]:
        """Ask for a path exactly as it is written."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=10)
        connection.putrequest(method, path, skip_host=True)
        connection.putheader("Host", host or f"127.0.0.1:{self.port}")
        connection.endheaders()
        answer = connection.getresponse()
        body = answer.read()
        connection.close()
        return answer.status, body


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("served")
    (folder.parent / "secret.js").write_text("not for the world")
    pages = folder / "frontend"
    for name, text in FILES.items():
        (pages / name).parent.mkdir(parents=True, exist_ok=True)
        (pages / name).write_text(text)
    taken = reserve(0)
    port = taken.getsockname()[1]
    url = f"http://127.0.0.1:{port}"
    bucket = FileBucket(
        folder / "media",
        url=f"{url}/media-upload",
        seals=Seals(bytes(32)),
        clock=SystemClock(),
    )
    site = Site(
        url=url,
        hosts=names([f"http://localhost:{port}"]),
        gateway=Gateway(echo_app()),
        pages=Pages(pages),
        media=MediaDesk(bucket),
    )
    server = Server(taken, site)
    server.start()
    yield Served(url, port, pages, bucket)
    server.stop()


def test_1600_requests_by_16_threads_see_only_themselves(served: Served) -> None:
    def ask(thread: int) -> list[dict[str, Any]]:
        wrong = []
        with requests.Session() as session:
            for n in range(100):
                me = f"t{thread}n{n}"
                seen = session.post(
                    f"{served.url}/api/v1/who/{me}?q={me}",
                    json={"me": me},
                    headers={"X-Who": me},
                    timeout=30,
                ).json()
                contexts.append(seen.pop("context"))
                right = {"param": me, "query": me, "header": me, "body": {"me": me}, "same": True}
                if seen != right:
                    wrong.append(seen)
        return wrong

    contexts: list[str] = []
    with ThreadPoolExecutor(16) as pool:
        wrong = [seen for found in pool.map(ask, range(16)) for seen in found]

    assert wrong == []
    assert len(set(contexts)) == 1600


def test_several_cookies_are_several_headers(served: Served) -> None:
    answer = requests.post(f"{served.url}/api/v1/who/x", timeout=10)

    assert answer.raw.headers.getlist("Set-Cookie") == ["a=1", "b=2"]


def test_a_literal_path_comes_before_a_parameter(served: Served) -> None:
    assert served.get("/api/v1/who/recent").text == "literal"


def test_path_parameters_come_percent_encoded_as_in_the_cloud(served: Served) -> None:
    assert served.get("/p/a%2Fb%20c").text == "a%2Fb%20c"


def test_what_has_no_route_is_a_problem_in_the_asked_language(served: Served) -> None:
    french = served.get("/api/v1/nothing", Accept_Language="fr")
    english = served.get("/api/v1/nothing", Accept_Language="en")

    assert (french.status_code, english.status_code) == (404, 404)
    assert french.headers["Content-Type"].startswith("application/problem+json")
    assert french.json()["type"] == english.json()["type"]
    assert french.json()["title"] != english.json()["title"]


def test_an_enormous_body_is_refused_before_it_is_read(served: Served) -> None:
    answer = requests.post(f"{served.url}/api/v1/who/x", data=b"x" * (1 << 21), timeout=10)

    assert answer.status_code == 413


# The pages.


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/", "text/html; charset=utf-8"),
        ("/app.js", "text/javascript; charset=utf-8"),
        ("/app.css", "text/css; charset=utf-8"),
        ("/icon.svg", "image/svg+xml"),
        ("/site.webmanifest", "application/manifest+json"),
        ("/vendor/preact.js", "text/javascript; charset=utf-8"),
    ],
)
def test_files_have_their_type_and_the_strict_policy(
    served: Served, path: str, content_type: str
) -> None:
    answer = served.get(path)

    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == content_type
    assert answer.headers["Content-Security-Policy"] == POLICY
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "unsafe" not in POLICY
    assert "Server" not in answer.headers


@pytest.mark.parametrize("path", ["/canaux", "/messages/abc", "/sign-in/a-token_x", "/a/b/c/"])
def test_a_page_s_address_is_answered_by_the_index(served: Served, path: str) -> None:
    answer = served.get(path)

    assert answer.status_code == 200
    assert answer.text == FILES["index.html"]


@pytest.mark.parametrize(
    "path",
    [
        "/nothing.js",
        "/.hidden.js",
        "/../secret.js",
        "/..%2fsecret.js",
        "/%2e%2e/secret.js",
        "/vendor/../../secret.js",
        "/..%5csecret.js",
        "/app.js%00.css",
    ],
)
def test_nothing_else_is_given_out(served: Served, path: str) -> None:
    status, body = served.raw("GET", path)

    assert status == 404
    assert b"not for the world" not in body


@pytest.mark.parametrize("path", ["/types.d.ts", "/README.md", "//evil.example/"])
def test_files_that_are_no_part_of_the_pages_arent_there(served: Served, path: str) -> None:
    _, body = served.raw("GET", path)

    assert body == FILES["index.html"].encode()


def test_an_unchanged_file_isnt_sent_again_and_a_changed_one_is(served: Served) -> None:
    first = served.get("/app.js")
    again = served.get("/app.js", If_None_Match=f'W/"x", W/{first.headers["ETag"]}')
    (served.pages / "app.js").write_text("export { changed };")
    changed = served.get("/app.js", If_None_Match=first.headers["ETag"])
    (served.pages / "app.js").write_text(FILES["app.js"])

    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["Content-Security-Policy"] == POLICY
    assert (changed.status_code, changed.text) == (200, "export { changed };")


def test_head_is_get_without_the_body(served: Served) -> None:
    answer = requests.head(f"{served.url}/app.js", timeout=10)

    assert answer.status_code == 200
    assert answer.headers["Content-Length"] == str(len(FILES["app.js"]))


def test_pages_are_only_read(served: Served) -> None:
    answer = requests.post(f"{served.url}/canaux", timeout=10)

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, HEAD")


# Names.


def test_a_foreign_name_is_refused_everywhere(served: Served) -> None:
    for path in ("/", "/app.js", "/api/v1/who/recent", "/p/x", "/media/x", "/media-upload"):
        assert served.raw("GET", path, host=f"evil.example:{served.port}")[0] == 421


def test_a_request_that_names_another_place_is_refused(served: Served) -> None:
    assert served.raw("GET", "http://evil.example/")[0] == 400


def test_it_listens_on_the_loopback_only(served: Served) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing: asks which address would be used
        own = probe.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("this machine has no other address")
    with pytest.raises(OSError, match="refused"):
        socket.create_connection((own, served.port), timeout=2)
