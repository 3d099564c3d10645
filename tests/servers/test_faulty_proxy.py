"""The proxy does to a request what it was told, once, and nothing else."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests

from tests.servers.faulty_proxy import (
    Answer,
    Delay,
    DropReply,
    FaultyProxy,
    Refuse,
    Truncate,
    faulty_proxy,
)

TIMEOUT_SECONDS = 10.0


@dataclass(frozen=True)
class Ledger:
    """A server that keeps what it was asked to apply."""

    base_url: str
    applied: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)


@pytest.fixture
def ledger() -> Iterator[Ledger]:
    class Keeper(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            kept.applied.append(body.decode())
            self.do_GET(b"kept " + body)

        def do_GET(self, body: bytes = b"hello, world") -> None:
            kept.hosts.append(self.headers["Host"])
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("X-Of", "the server")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        def do_HEAD(self) -> None:
            self.do_GET()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Keeper)
    kept = Ledger(f"http://127.0.0.1:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    yield kept
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def proxy(ledger: Ledger) -> Iterator[FaultyProxy]:
    with faulty_proxy(ledger.base_url) as running:
        yield running


def post(proxy: FaultyProxy, body: str, path: str = "/posts") -> requests.Response:
    return requests.post(f"{proxy.base_url}{path}", data=body, timeout=TIMEOUT_SECONDS)


def test_without_a_fault_nothing_changes(proxy: FaultyProxy, ledger: Ledger) -> None:
    with requests.Session() as session:
        answers = [session.post(f"{proxy.base_url}/posts", data=n, timeout=10) for n in "abc"]

    assert [answer.text for answer in answers] == ["kept a", "kept b", "kept c"]
    assert answers[0].headers["X-Of"] == "the server"
    assert ledger.applied == ["a", "b", "c"]
    assert {f"http://{host}" for host in ledger.hosts} == {ledger.base_url}
    assert [(seen.path, seen.status) for seen in proxy.seen("POST")] == [("/posts", 200)] * 3


def test_a_chunked_body_arrives_whole(proxy: FaultyProxy, ledger: Ledger) -> None:
    answer = requests.post(
        f"{proxy.base_url}/posts", data=iter([b"in ", b"pieces"]), timeout=TIMEOUT_SECONDS
    )

    assert answer.text == "kept in pieces"
    assert ledger.applied == ["in pieces"]


def test_head_keeps_the_length_and_sends_no_body(proxy: FaultyProxy) -> None:
    answer = requests.head(proxy.base_url, timeout=TIMEOUT_SECONDS)

    assert (answer.headers["Content-Length"], answer.content) == ("12", b"")


def test_a_dropped_reply_was_applied(proxy: FaultyProxy, ledger: Ledger) -> None:
    proxy.fail_next("POST", "/posts$", DropReply())

    with pytest.raises(requests.ConnectionError):
        post(proxy, "once")

    assert ledger.applied == ["once"]
    assert proxy.seen("POST")[0].status == 200


def test_a_refused_request_was_not_applied(proxy: FaultyProxy, ledger: Ledger) -> None:
    proxy.fail_next("POST", "/posts$", Refuse())

    with pytest.raises(requests.ConnectionError) as refusal:
        post(proxy, "never")

    assert "reset" in str(refusal.value)
    assert ledger.applied == []
    assert proxy.seen("POST")[0].status is None


def test_a_truncated_reply_was_applied(proxy: FaultyProxy, ledger: Ledger) -> None:
    proxy.fail_next("POST", "/posts$", Truncate(4))

    with pytest.raises(requests.exceptions.ChunkedEncodingError, match="4 bytes read"):
        post(proxy, "half")

    assert ledger.applied == ["half"]


def test_a_delayed_reply_comes_late_and_whole(proxy: FaultyProxy, ledger: Ledger) -> None:
    proxy.fail_next("POST", "/posts$", Delay(0.2))
    begin = time.monotonic()

    answer = post(proxy, "late")

    assert time.monotonic() - begin >= 0.2
    assert answer.text == "kept late"
    assert ledger.applied == ["late"]


def test_a_client_that_gives_up_on_a_delayed_reply_finds_it_applied(
    proxy: FaultyProxy, ledger: Ledger
) -> None:
    proxy.fail_next("POST", "/posts$", Delay(30))

    with pytest.raises(requests.ReadTimeout):
        requests.post(f"{proxy.base_url}/posts", data="gone", timeout=(5, 0.2))

    assert ledger.applied == ["gone"]


@pytest.mark.parametrize("applied", [True, False])
def test_an_answer_of_its_own_is_given(
    proxy: FaultyProxy, ledger: Ledger, *, applied: bool
) -> None:
    busy = Answer(503, b"busy", (("Retry-After", "7"),), applied=applied)
    proxy.fail_next("POST", "/posts$", busy)

    answer = post(proxy, "perhaps")

    assert (answer.status_code, answer.text, answer.headers["Retry-After"]) == (503, "busy", "7")
    assert ledger.applied == (["perhaps"] if applied else [])


def test_a_fault_strikes_only_what_matches_and_only_as_often(
    proxy: FaultyProxy, ledger: Ledger
) -> None:
    proxy.fail_next("POST", r"/posts\?draft=1$", Answer(500), times=2)

    statuses = [
        post(proxy, "a").status_code,
        requests.get(f"{proxy.base_url}/posts?draft=1", timeout=10).status_code,
        post(proxy, "b", "/posts?draft=1").status_code,
        post(proxy, "c", "/posts?draft=1").status_code,
        post(proxy, "d", "/posts?draft=1").status_code,
    ]

    assert statuses == [200, 200, 500, 500, 200]
    assert ledger.applied == ["a", "d"]
    assert proxy.unused() == 0


def test_what_has_not_struck_is_counted(proxy: FaultyProxy) -> None:
    proxy.fail_next("DELETE", "/", DropReply(), times=2)

    assert proxy.unused() == 2


def test_only_a_plain_http_address_is_taken() -> None:
    with pytest.raises(ValueError, match="http://host:port"), faulty_proxy("https://example.test"):
        pass
