"""A proxy before a real server that loses, delays, cuts or replaces the answers it is told to.

The faults are those of a network at the worst moments: an answer lost after the server has applied
the request, a reset before it, half an answer, a 5xx that lies. Every request uses a connection of
its own; the server is given its own Host.
"""

import http.client
import re
import socket
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

UPSTREAM_SECONDS = 60.0
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")

# They speak of one connection, or of a framing that changes on the way.
# https://www.rfc-editor.org/rfc/rfc9110#section-7.6.1
NOT_FORWARDED = frozenset({"connection", "keep-alive", "transfer-encoding", "content-length", "te"})


@dataclass(frozen=True, slots=True)
class DropReply:
    """The server applies the request; the client's connection closes without an answer."""


@dataclass(frozen=True, slots=True)
class Delay:
    """The server applies the request; the client gets the answer so many seconds later."""

    seconds: float


@dataclass(frozen=True, slots=True)
class Truncate:
    """The server applies the request; the client gets so many bytes of the body, then the end."""

    keep: int


@dataclass(frozen=True, slots=True)
class Refuse:
    """The server sees nothing; the client's connection is reset."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The client gets this answer, whether the server is to apply the request or to see nothing."""

    status: int
    body: bytes = b""
    headers: tuple[tuple[str, str], ...] = ()
    applied: bool = False


Fault = DropReply | Delay | Truncate | Refuse | Answer


@dataclass(frozen=True, slots=True)
class Seen:
    """A request that came by, and the status the server gave it; `None` = it never got there."""

    method: str
    path: str
    fault: Fault | None
    status: int | None


@dataclass(frozen=True, slots=True)
class Reply:
    """What the server answered, whole."""

    status: int
    headers: list[tuple[str, str]]
    body: bytes


@dataclass(slots=True)
class FaultyProxy:
    """A running proxy. Hand `base_url` to the code under test in the server's place."""

    base_url: str
    host: str
    port: int
    planned: list[tuple[str, re.Pattern[str], Fault]] = field(default_factory=list)
    requests: list[Seen] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)
    stopping: threading.Event = field(default_factory=threading.Event)

    def fail_next(self, method: str, path: str, fault: Fault, *, times: int = 1) -> None:
        """Plan a fault for the next requests of the method whose path and query match the regex.

        Each planned fault strikes once, in the order planned.
        """
        with self.lock:
            self.planned += [(method, re.compile(path), fault)] * times

    def seen(self, method: str, path: str = "") -> list[Seen]:
        """Return the requests of the method whose path and query match the regex, oldest first."""
        with self.lock:
            return [s for s in self.requests if s.method == method and re.search(path, s.path)]

    def unused(self) -> int:
        """Return how many planned faults have not struck: a test that ends with any tested less."""
        with self.lock:
            return len(self.planned)

    def take(self, method: str, path: str) -> Fault | None:
        with self.lock:
            for index, (wanted, pattern, _) in enumerate(self.planned):
                if wanted == method and pattern.search(path):
                    return self.planned.pop(index)[2]
        return None

    def forward(self, method: str, path: str, headers: list[tuple[str, str]], body: bytes) -> Reply:
        upstream = http.client.HTTPConnection(self.host, self.port, timeout=UPSTREAM_SECONDS)
        try:
            upstream.putrequest(method, path, skip_accept_encoding=True)
            for name, value in headers:
                if name.lower() not in NOT_FORWARDED | {"host", "expect"}:
                    upstream.putheader(name, value)
            if body or method in {"POST", "PUT", "PATCH"}:
                upstream.putheader("Content-Length", str(len(body)))
            upstream.putheader("Connection", "close")
            upstream.endheaders(body)
            answer = upstream.getresponse()
            return Reply(answer.status, answer.getheaders(), answer.read())
        finally:
            upstream.close()


class Handler(BaseHTTPRequestHandler):
    """One request of one client."""

    protocol_version = "HTTP/1.1"
    server: "Server"  # faulty_proxy() makes a subclass with a do_<method> for each method

    @property
    def proxy(self) -> FaultyProxy:
        return self.server.proxy

    def handle_any(self) -> None:
        self.close_connection = True
        body = self.read_body()
        fault = self.proxy.take(self.command, self.path)
        reply = None
        if not isinstance(fault, Refuse) and not (isinstance(fault, Answer) and not fault.applied):
            reply = self.proxy.forward(self.command, self.path, list(self.headers.items()), body)
        with self.proxy.lock:
            status = reply.status if reply else None
            self.proxy.requests.append(Seen(self.command, self.path, fault, status))
        self.answer(fault, reply)

    def read_body(self) -> bytes:
        if self.headers.get("Transfer-Encoding", "").lower() != "chunked":
            return self.rfile.read(int(self.headers.get("Content-Length", "0")))
        chunks = []
        while size := int(self.rfile.readline().split(b";")[0], 16):
            chunks.append(self.rfile.read(size))
            self.rfile.readline()
        while self.rfile.readline().strip():  # trailers
            pass
        return b"".join(chunks)

    def answer(self, fault: Fault | None, reply: Reply | None) -> None:
        match fault:
            case Refuse():
                # Closing with a linger of 0 resets instead of ending politely: socket(7).
                linger = struct.pack("ii", 1, 0)
                self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
            case DropReply():
                pass
            case Answer(status, body, headers):
                self.send(Reply(status, list(headers), body))
            case Truncate(keep) if reply is not None:
                self.send(reply, keep=keep)
            case Delay(seconds) if reply is not None:
                self.proxy.stopping.wait(seconds)
                self.send(reply)
            case _ if reply is not None:
                self.send(reply)

    def send(self, reply: Reply, *, keep: int | None = None) -> None:
        headers = {name.lower(): value for name, value in reply.headers}
        length = str(len(reply.body))
        if self.command == "HEAD":
            length = headers.get("content-length", length)
        try:
            self.send_response_only(reply.status)
            for name, value in reply.headers:
                if name.lower() not in NOT_FORWARDED:
                    self.send_header(name, value)
            if reply.status not in {204, 304}:
                self.send_header("Content-Length", length)
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(reply.body[:keep])
        except (BrokenPipeError, ConnectionResetError):
            return  # the client had a deadline of its own: that is what a delay is for

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base's name
        """Say nothing: `seen` tells."""


class Server(ThreadingHTTPServer):
    """Waits for the requests under way when it is closed."""

    daemon_threads = False
    proxy: FaultyProxy

    def shutdown_request(self, request: socket.socket | tuple[bytes, socket.socket]) -> None:
        """Close without the polite end that would come before a reset."""
        self.close_request(request)


@contextmanager
def faulty_proxy(upstream_url: str) -> Iterator[FaultyProxy]:
    """Run a proxy before the server inside the block; with no fault planned it changes nothing."""
    upstream = urlsplit(upstream_url)
    if upstream.scheme != "http" or upstream.hostname is None or upstream.port is None:
        raise ValueError(f"expected http://host:port, not {upstream_url}")
    methods = {f"do_{method}": Handler.handle_any for method in METHODS}
    handler = type("ProxyHandler", (Handler,), methods)
    server = Server(("127.0.0.1", 0), handler)
    base_url = f"http://{upstream.hostname}:{server.server_address[1]}"
    proxy = FaultyProxy(base_url, upstream.hostname, upstream.port)
    server.proxy = proxy
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield proxy
    finally:
        proxy.stopping.set()
        server.shutdown()
        thread.join()
        server.server_close()
