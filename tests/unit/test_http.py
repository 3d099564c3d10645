"""What each failure of a request means, for a read and for a write."""

from __future__ import annotations

import logging
import socket
import threading
import time
import traceback
from collections.abc import Callable

import pytest

from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http, Reply, TooBig
from chalicelib.networks.transport import Call
from chalicelib.publishing.outcomes import NetworkError, OutcomeUnknown, Rejected, Transient
from tests.fakes.scripted_http import (
    Act,
    Cue,
    Scripted,
    answers,
    answers_half,
    breaks_off_chunked,
    drips,
    explodes,
    hangs_up,
    hangs_up_unread,
    head,
    resets_after_hearing,
    scripted,
    stalls,
)

SECRET = "s3cr3t-t0k3n"
CUE = Cue()
"""Given by the servers that say no more: the time of the call is over then."""


def client(*servers: Scripted) -> Http:
    guard = Guard(frozenset(server.host_port for server in servers))
    return Http(guard, new_call=lambda seconds, hook: Call(seconds, hook, CUE.timer))


def write(server: Scripted, **how: object) -> Reply:
    """A write that holds a secret everywhere where one can stand."""
    return client(server).request(
        "POST",
        f"{server.url}/bot{SECRET}/send",
        write=True,
        headers={"Authorization": f"Bearer {SECRET}"},
        params={"key": SECRET},
        json={"text": SECRET},
        **how,  # type: ignore[arg-type]
    )


def read(server: Scripted, **how: object) -> Reply:
    return client(server).request(
        "GET",
        f"{server.url}/bot{SECRET}/me",
        write=False,
        headers={"Authorization": f"Bearer {SECRET}"},
        **how,  # type: ignore[arg-type]
    )


def failure(ask: Callable[[], Reply]) -> NetworkError:
    with pytest.raises(NetworkError) as caught:
        ask()
    return caught.value


# After something was sent.

BROKEN: dict[str, Act] = {
    "closed without a word": hangs_up,
    "reset after the request": resets_after_hearing,
    "half a body": answers_half(200, b'{"id": "12345678"}'),
    "half a body of an error": answers_half(422, b'{"error": "12345678"}'),
    "chunks broken off": breaks_off_chunked,
    "never a word": stalls(CUE),
    "half the headers": stalls(CUE, b"HTTP/1.1 200 OK\r\nContent-"),
    "headers and no body": stalls(CUE, head(200, {"Content-Length": "9"})),
    "a body without end": stalls(CUE, head(200) + b"{}"),
    "no HTTP at all": stalls(CUE, b"220 smtp.exemple.fr ready\r\n"),
    "headers without end": stalls(CUE, b"HTTP/1.1 200 OK\r\nX: " + b"x" * 70_000),
    "500": answers(500, b'{"error": "oups"}'),
    "502": answers(502),
    "503": answers(503, b"<html>maintenance</html>"),
    "504": answers(504),
    "a redirect to a login page": answers(302, Location="/login"),
    "a permanent redirect": answers(308, Location="/ailleurs"),
    "more than is taken": answers(200, bytes(2_000_001)),
    "a bomb": explodes(megabytes=20),
    "packed, but not so": answers(200, b"{}", Content_Encoding="gzip"),
}


@pytest.mark.parametrize("act", BROKEN.values(), ids=BROKEN)
def test_a_write_without_a_clear_answer_is_in_doubt(act: Act) -> None:
    with scripted(act) as server:
        assert type(failure(lambda: write(server))) is OutcomeUnknown
    assert server.connections == 1


TOO_BIG = {"more than is taken", "a bomb"}
FOLLOWED = {"a redirect to a login page", "a permanent redirect"}


@pytest.mark.parametrize("name", [name for name in BROKEN if name not in FOLLOWED])
def test_a_read_without_a_clear_answer_harms_nothing(name: str) -> None:
    with scripted(BROKEN[name]) as server:
        expected = TooBig if name in TOO_BIG else Transient
        assert type(failure(lambda: read(server))) is expected
    assert server.connections == 1


def test_a_read_by_post_follows_no_redirect() -> None:
    with scripted(answers(302, Location="/login")) as server:
        ask = lambda: client(server).request("POST", server.url, write=False)  # noqa: E731
        assert type(failure(ask)) is Transient


@pytest.mark.parametrize("status", [200, 201, 202, 204, 304, 400, 401, 403, 404, 409, 422, 429])
def test_any_other_answer_is_returned_for_its_network_to_read(status: int) -> None:
    body = b"" if status in {204, 304} else b'{"error": "x"}'
    with scripted(answers(status, body, Retry_After="7"), answers(status, body)) as server:
        written, seen = write(server), read(server)
    assert (written.status, written.body) == (seen.status, seen.body) == (status, body)
    assert written.headers["RETRY-after"] == "7"


# Before anything was sent.


def test_a_connection_reset_at_once_may_have_heard_it() -> None:
    # The request may be on its way when the reset comes: only the peer knows.
    with scripted(hangs_up_unread) as server:
        assert isinstance(failure(lambda: write(server)), Transient | OutcomeUnknown)


def closed_port() -> str:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return f"127.0.0.1:{server.getsockname()[1]}"


def test_nobody_listening_is_transient() -> None:
    host_port = closed_port()
    http = Http(Guard(frozenset({host_port})))
    error = failure(lambda: http.request("POST", f"http://{host_port}/", write=True))
    assert type(error) is Transient
    assert "ConnectionRefusedError" in error.detail or "NewConnectionError" in error.detail


def test_a_name_that_isn_t_known_is_transient() -> None:
    def unknown(host: str, port: int) -> list[str]:
        raise socket.gaierror(socket.EAI_NONAME, "unknown")

    http = Http(Guard(resolve=unknown))
    assert type(failure(lambda: http.request("POST", "https://a.fr/", write=True))) is Transient


def test_a_connection_that_takes_too_long_is_transient() -> None:
    released = threading.Event()

    def silent(host: str, port: int) -> list[str]:
        released.wait(30)
        return []

    http = Http(Guard(resolve=silent))
    error = failure(lambda: http.request("POST", "https://a.fr/", write=True, deadline_s=0.1))
    assert type(error) is Transient
    released.set()


def test_a_tls_failure_is_transient() -> None:
    with scripted(lambda exchange: exchange.send(b"no TLS here")) as server:
        http = client(server)
        url = f"https://{server.host_port}/"
        assert type(failure(lambda: http.request("POST", url, write=True))) is Transient


@pytest.mark.parametrize(
    "url",
    ["http://exemple.fr/", "https://127.0.0.1/", "https://a:b@exemple.fr/", "ftp://a.fr/", "oups"],
)
def test_an_address_that_may_not_be_reached_is_rejected(url: str) -> None:
    error = failure(lambda: Http(Guard()).request("POST", url, write=True))
    assert isinstance(error, Rejected)
    assert error.reason == "address"


def test_a_redirect_to_where_none_may_go_is_rejected() -> None:
    with scripted(answers(302, Location="https://169.254.169.254/")) as server:
        error = failure(lambda: read(server))
    assert isinstance(error, Rejected)
    assert error.reason == "address"


@pytest.mark.parametrize("value", [f"Bearer {SECRET}\r\nX-Evil: 1", f"{SECRET}\n"])
def test_a_header_that_can_t_be_written_is_rejected_and_not_told(value: str) -> None:
    http = Http(Guard())
    error = failure(
        lambda: http.request("GET", "https://a.fr/", write=True, headers={"Authorization": value})
    )
    assert isinstance(error, Rejected)
    assert error.reason == "invalid"
    assert SECRET not in "".join(traceback.format_exception(error))


# The last word before sending.


class NoTimeLeft(OSError):
    """An error that a careless client would take for a failed connection."""


@pytest.mark.parametrize("error", [NoTimeLeft("x"), TimeoutError("x"), KeyError("x")])
def test_what_before_send_raises_passes_through_and_nothing_is_sent(error: Exception) -> None:
    arrived: list[bytes] = []
    ended = threading.Event()

    def listens(exchange: object) -> None:
        connection = exchange.connection  # type: ignore[attr-defined]
        arrived.append(connection.recv(1000))
        ended.set()

    def stop() -> None:
        raise error

    with scripted(listens) as server:
        with pytest.raises(type(error)) as caught:
            write(server, before_send=stop)
        assert caught.value is error
        assert ended.wait(10)
    assert arrived == [b""]


def test_before_send_is_asked_when_the_connection_stands_and_nothing_has_been_sent() -> None:
    connected, asked = threading.Event(), threading.Event()
    first: list[tuple[bytes, bool]] = []

    def listens(exchange: object) -> None:
        connected.set()
        connection = exchange.connection  # type: ignore[attr-defined]
        first.append((connection.recv(1, socket.MSG_PEEK), asked.is_set()))
        answers(200)(exchange)  # type: ignore[arg-type]

    def ask() -> None:
        assert connected.wait(10)
        asked.set()

    with scripted(listens) as server:
        assert write(server, before_send=ask).status == 200
    assert first == [(b"P", True)]


def test_before_send_isn_t_asked_when_there_is_no_connection() -> None:
    host_port = closed_port()
    asked: list[int] = []
    http = Http(Guard(frozenset({host_port})))
    url = f"http://{host_port}/"
    failure(lambda: http.request("POST", url, write=True, before_send=lambda: asked.append(1)))
    assert asked == []


def test_a_call_cut_off_before_it_sent_anything_is_transient() -> None:
    def late(seconds: float, hook: Callable[[], None] | None) -> Call:
        call = Call(seconds, hook, CUE.timer)
        CUE.act()
        return call

    with scripted(hangs_up) as server:
        http = Http(Guard(frozenset({server.host_port})), new_call=late)
        assert type(failure(lambda: http.request("POST", server.url, write=True))) is Transient
    assert server.heard == []


# What is sent.


def test_a_request_is_sent_as_it_was_given() -> None:
    with scripted(*[answers(200)] * 4) as server:
        http = client(server)
        http.request("POST", server.url, write=True, json={"é": [1]}, headers={"X-A": "b"})
        http.request("POST", server.url, write=True, data={"a": "é"})
        http.request(
            "PUT", server.url, write=False, data=b"\x00\xff", headers={"Content-Type": "x/y"}
        )
        http.request("GET", server.url, write=False, params=[("r", "1"), ("r", "2")])
    json, form, raw, query = server.heard
    assert json.headers["content-type"] == "application/json"
    assert json.headers["x-a"] == "b"
    assert json.headers["user-agent"] == "Relais"
    assert form.body == b"a=%C3%A9"
    assert (raw.method, raw.body, raw.headers["content-type"]) == ("PUT", b"\x00\xff", "x/y")
    assert query.target == "/?r=1&r=2"


def test_files_go_as_a_form() -> None:
    with scripted(answers(200)) as server:
        client(server).request(
            "POST",
            server.url,
            write=False,
            data={"description": "du pain"},
            files={"file": ("pain.jpg", b"\xff\xd8\xff", "image/jpeg")},
        )
    (heard,) = server.heard
    assert heard.headers["content-type"].startswith("multipart/form-data; boundary=")
    assert b'filename="pain.jpg"\r\nContent-Type: image/jpeg\r\n\r\n\xff\xd8\xff' in heard.body
    assert b"du pain" in heard.body


def test_a_large_body_is_sent_whole() -> None:
    data = bytes(8_000_000)
    with scripted(answers(200)) as server:
        client(server).request("POST", server.url, write=False, data=data)
    assert server.heard[0].body == data


def test_a_reply_says_where_it_came_from() -> None:
    with scripted(answers(301, Location="/ici"), answers(200)) as server:
        assert client(server).request("GET", server.url, write=False).url == f"{server.url}/ici"


# Discretion.


@pytest.mark.parametrize("act", BROKEN.values(), ids=BROKEN)
def test_no_error_tells_a_secret(act: Act, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    with scripted(act) as server:
        error = failure(lambda: write(server))
    told = [error.detail, repr(error), *traceback.format_exception(error), caplog.text]
    assert SECRET not in "".join(told)
    assert error.__context__ is None
    assert error.__cause__ is None
    assert "POST 127.0.0.1" in error.detail


def test_an_unreachable_server_tells_no_secret() -> None:
    host_port = closed_port()
    http = Http(Guard(frozenset({host_port})))
    url = f"http://{host_port}/bot{SECRET}/send"
    error = failure(lambda: http.request("POST", url, write=True, params={"k": SECRET}))
    assert SECRET not in "".join(traceback.format_exception(error))
    assert error.__context__ is None


def test_a_call_takes_no_longer_than_it_may() -> None:
    began = time.monotonic()
    with scripted(drips(head(200))) as server:
        http = Http(Guard(frozenset({server.host_port})))
        failure(lambda: http.request("GET", server.url, write=False, deadline_s=0.3))
    assert time.monotonic() - began < 10
