"""Large bodies are read while they are sent, and what then goes wrong is told by what it means."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable, Iterator
from dataclasses import replace
from email import message_from_bytes

import pytest

from chalicelib.networks.bodies import PIECE, Streamed, streamed
from chalicelib.networks.contract import Video
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.publishing.outcomes import OutcomeUnknown, Rejected, Transient
from tests.contract.stage import clip
from tests.fakes.scripted_http import Exchange, Scripted, answers, head, scripted

MEGABYTE = 1_048_576


def send(server: Scripted, body: Streamed, *, write: bool = False, **headers: str) -> None:
    http = Http(Guard(frozenset({server.host_port})))
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    http.request("POST", server.url, write=write, data=body, headers=named)


def large(megabytes: int) -> Video:
    """Return a video that is made as it is read."""
    size = megabytes * MEGABYTE
    return replace(clip(), size=size, read=lambda start, length: bytes(min(length, size - start)))


def test_a_video_is_sent_as_it_is_and_says_its_length() -> None:
    video = clip(size=PIECE + 100_000)
    with scripted(answers(200)) as server:
        send(server, streamed(video), Content_Type="video/mp4")
    (heard,) = server.heard
    assert heard.body == video.read(0, video.size)
    assert heard.headers["content-length"] == str(video.size)
    assert heard.headers["content-type"] == "video/mp4"
    assert "transfer-encoding" not in heard.headers


def test_it_may_be_a_file_of_a_form() -> None:
    video = clip(size=PIECE + 100_000)
    with scripted(answers(200)) as server:
        Http(Guard(frozenset({server.host_port}))).request(
            "POST",
            server.url,
            write=False,
            headers={"X-Own": "kept"},
            data={"description": "Le four à pain"},
            files={
                "file": ("film d’été.mp4", streamed(video), "video/mp4"),
                "thumb": ("a.png", b"\x89PNG", "image/png"),
            },
        )
    (heard,) = server.heard
    assert heard.headers["x-own"] == "kept"
    assert heard.headers["content-length"] == str(len(heard.body))
    told = f"Content-Type: {heard.headers['content-type']}\r\n\r\n".encode()
    message = message_from_bytes(told + heard.body)
    parts = {p.get_param("name", header="content-disposition"): p for p in message.walk()}
    assert parts["description"].get_payload(decode=True) == "Le four à pain".encode()
    assert parts["file"].get_content_type() == "video/mp4"
    assert parts["file"].get_payload(decode=True) == video.read(0, video.size)
    assert parts["thumb"].get_filename() == "a.png"
    assert parts["thumb"].get_payload(decode=True) == b"\x89PNG"


def test_memory_holds_a_piece_at_a_time() -> None:
    def forgets(exchange: Exchange) -> None:
        left = 64 * MEGABYTE
        while left > 0:
            left -= len(exchange.connection.recv(65_536))
        exchange.send(head(200, {"Content-Length": "0"}))

    with scripted(forgets) as server:
        tracemalloc.start()
        send(server, streamed(large(64)))
        _, most = tracemalloc.get_traced_memory()
        tracemalloc.stop()
    assert most < 4 * PIECE


def test_it_can_be_sent_again() -> None:
    body = streamed(clip())
    with scripted(answers(503), answers(200)) as server:
        with pytest.raises(Transient):
            send(server, body)
        send(server, body)
    assert server.heard[0].body == server.heard[1].body


def breaking(error: Exception) -> Streamed:
    def pieces() -> Iterator[bytes]:
        yield b"x" * 1_000
        raise error

    return Streamed(5_000, pieces)


def shortened() -> Streamed:
    video = clip()
    return streamed(replace(video, size=video.size + 1))


@pytest.mark.parametrize("body", [lambda: breaking(Transient("the bucket")), shortened])
def test_what_cannot_be_read_to_its_end_is_in_doubt_only_where_it_may_be_public(
    body: Callable[[], Streamed],
) -> None:
    for is_public, meaning in ((False, Transient), (True, OutcomeUnknown)):
        with scripted(answers(200)) as server:
            with pytest.raises(meaning) as raised:
                send(server, body(), write=is_public)
            assert type(raised.value) is meaning
        assert server.heard == []


def test_what_is_gone_is_told_as_such() -> None:
    with scripted(answers(200)) as server, pytest.raises(Rejected) as refused:
        send(server, breaking(Rejected("the video is gone", "media_gone")))
    assert refused.value.reason == "media_gone"


def test_an_answer_before_the_end_of_the_body_is_heard() -> None:
    def refuses(exchange: Exchange) -> None:
        exchange.connection.recv(1_000)
        exchange.send(head(413, {"Content-Length": "0", "Connection": "close"}))
        left = 8 * MEGABYTE
        while left > 0 and (got := exchange.connection.recv(65_536)):
            left -= len(got)

    http_body = streamed(large(8))
    with scripted(refuses) as server:
        reply = Http(Guard(frozenset({server.host_port}))).request(
            "POST", server.url, write=False, data=http_body
        )
    assert reply.status == 413
