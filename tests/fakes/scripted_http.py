"""A server on the loopback that does with each connection just what its script says.

Below HTTP, since what goes wrong does so there: a connection closed unread, a reset, an
answer cut in half, one that never ends.
"""

from __future__ import annotations

import gzip
import socket
import ssl
import struct
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

PATIENCE = 30.0
"""Seconds until a test that forgets something fails rather than hangs."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A request as it came."""

    method: str
    target: str
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes


@dataclass(slots=True)
class Exchange:
    """One connection, and what its act may do with it."""

    connection: socket.socket
    heard: list[Heard]
    over: threading.Event
    """Set when the test is over: nobody waits beyond that."""

    def hear(self) -> Heard:
        """Read one request whole."""
        data = b""
        while b"\r\n\r\n" not in data:
            data += self._more()
        head, _, body = data.partition(b"\r\n\r\n")
        first, *lines = head.decode("latin-1").split("\r\n")
        headers = {n.lower(): v.strip() for n, _, v in (line.partition(":") for line in lines)}
        while len(body) < int(headers.get("content-length", "0")):
            body += self._more()
        method, target, _ = first.split(" ")
        heard = Heard(method, target, headers, body)
        self.heard.append(heard)
        return heard

    def send(self, data: bytes) -> None:
        self.connection.sendall(data)

    def _more(self) -> bytes:
        data = self.connection.recv(65_536)
        if not data:
            raise ConnectionError("the client hung up")
        return data


Act = Callable[[Exchange], None]


def head(status: int, headers: Mapping[str, str] | None = None) -> bytes:
    lines = [f"HTTP/1.1 {status} Whatever", *(f"{n}: {v}" for n, v in (headers or {}).items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")


def answers(status: int, body: bytes = b"", **headers: str) -> Act:
    """Answer as a server should; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}

    def act(exchange: Exchange) -> None:
        exchange.hear()
        length = {"Content-Length": str(len(body))}
        with suppress(ConnectionError):  # a client may have had enough
            exchange.send(head(status, length | named) + body)

    return act


def hangs_up_unread(exchange: Exchange) -> None:
    """Reset the connection before anything is read."""
    resets(exchange.connection)


def hangs_up(exchange: Exchange) -> None:
    """Hear the request and close without a word."""
    exchange.hear()


def resets_after_hearing(exchange: Exchange) -> None:
    """Hear the request and reset the connection."""
    exchange.hear()
    resets(exchange.connection)


def answers_half(status: int, body: bytes) -> Act:
    """Announce a whole body, send half of it and close."""

    def act(exchange: Exchange) -> None:
        exchange.hear()
        exchange.send(head(status, {"Content-Length": str(len(body))}) + body[: len(body) // 2])

    return act


def breaks_off_chunked(exchange: Exchange) -> None:
    """Send one chunk of a body and close before the last one."""
    exchange.hear()
    exchange.send(head(200, {"Transfer-Encoding": "chunked"}) + b'9\r\n{"id": "1\r\n')


@dataclass(slots=True)
class Cue:
    """A timer that goes off when the server has said its part, however slow the machine is."""

    act: Callable[[], None] = lambda: None

    def timer(self, seconds: float, act: Callable[[], None]) -> Cue:
        del seconds
        self.act = act
        return self

    def start(self) -> None:
        """Wait for the cue."""

    def cancel(self) -> None:
        self.act = lambda: None


def stalls(cue: Cue, sent: bytes = b"") -> Act:
    """Hear the request, send this much, give the cue, and never send more."""

    def act(exchange: Exchange) -> None:
        exchange.hear()
        exchange.send(sent)
        cue.act()
        exchange.over.wait(PATIENCE)

    return act


def drips(begun: bytes) -> Act:
    """Send this, then a byte now and then for ever: no single wait is long."""

    def act(exchange: Exchange) -> None:
        exchange.hear()
        exchange.send(begun)
        with suppress(OSError):
            while not exchange.over.wait(0.02):
                exchange.send(b"x")

    return act


def explodes(megabytes: int) -> Act:
    """Answer with a body that unpacks to this much."""
    return answers(200, gzip.compress(bytes(megabytes * 1_000_000)), Content_Encoding="gzip")


def resets(connection: socket.socket) -> None:
    """Close so that the other side gets a reset, not an end."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


@dataclass(slots=True)
class Scripted:
    """The server while it runs."""

    port: int
    scheme: str
    script: list[Act]
    heard: list[Heard] = field(default_factory=list)
    connections: int = 0

    @property
    def url(self) -> str:
        return f"{self.scheme}://127.0.0.1:{self.port}"

    @property
    def host_port(self) -> str:
        return f"127.0.0.1:{self.port}"


@contextmanager
def scripted(
    *acts: Act, tls: ssl.SSLContext | None = None, host: str = "127.0.0.1"
) -> Iterator[Scripted]:
    """Serve inside the block: the n-th connection gets the n-th act.

    A connection beyond the script, or an act that fails, fails the test.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.create_server((host, 0), family=family)
    scheme = "http" if tls is None else "https"
    server = Scripted(listener.getsockname()[1], scheme, list(acts))
    over = threading.Event()
    failures: list[BaseException] = []

    def serve(connection: socket.socket, act: Act) -> None:
        try:
            with tls.wrap_socket(connection, server_side=True) if tls else connection as secured:
                secured.settimeout(PATIENCE)
                act(Exchange(secured, server.heard, over))
        except (ConnectionError, ssl.SSLError, TimeoutError):
            return  # the client's own doing: the test looks at the client
        except BaseException as error:  # noqa: BLE001 - raised by scripted()
            failures.append(error)

    def accept() -> None:
        threads = []
        while not over.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                break
            if over.is_set():
                connection.close()
                break
            server.connections += 1
            if not server.script:
                failures.append(AssertionError("a connection beyond the script"))
                connection.close()
                continue
            threads.append(threading.Thread(target=serve, args=(connection, server.script.pop(0))))
            threads[-1].start()
        for thread in threads:
            thread.join()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield server
    finally:
        over.set()
        with suppress(OSError):  # wakes the acceptor
            socket.create_connection((host, server.port), timeout=1).close()
        acceptor.join()
        listener.close()
    if failures:
        raise failures[0]
