"""Serves a fake network on the loopback, so that the real HTTP code is under test too."""

from __future__ import annotations

import json
import re
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, Protocol
from urllib.parse import parse_qs, unquote, urlsplit


@dataclass(frozen=True, slots=True)
class Upload:
    """One part of a multipart body."""

    filename: str
    content_type: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Asked:
    """A request as it came."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """By lower-case name."""
    body: bytes
    values: Mapping[str, Sequence[str]] = field(default_factory=dict)
    """The query again, where a name may come more than once."""

    def json(self) -> dict[str, Any]:
        """Return the JSON object that the request carries."""
        value = json.loads(self.body)
        assert isinstance(value, dict)
        return value

    def urlencoded(self) -> dict[str, str]:
        """Return the fields of a plain form."""
        return {name: values[-1] for name, values in parse_qs(self.body.decode()).items()}

    def form(self) -> tuple[dict[str, str], dict[str, Upload]]:
        """Return the fields and the files of a multipart body."""
        head = f"Content-Type: {self.headers['content-type']}\r\n\r\n".encode()
        fields, files = {}, {}
        for part in message_from_bytes(head + self.body).walk():
            name = part.get_param("name", header="content-disposition")
            if not isinstance(name, str):
                continue
            data = part.get_payload(decode=True)
            assert isinstance(data, bytes)
            if (filename := part.get_filename()) is not None:
                files[name] = Upload(filename, part.get_content_type(), data)
            else:
                fields[name] = data.decode()
        return fields, files


@dataclass(frozen=True, slots=True)
class Said:
    """An answer."""

    status: int
    body: bytes
    headers: Mapping[str, str] = field(default_factory=dict)


def said(status: int, value: Any, **headers: str) -> Said:
    """Return a JSON answer; underscores in header names become hyphens."""
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Said(status, json.dumps(value).encode(), {"Content-Type": "application/json", **named})


class Answers(Protocol):
    """A fake network: it answers one request at a time."""

    def answer(self, asked: Asked) -> Said:
        """Answer by the network's documented rules."""
        ...


@dataclass(slots=True)
class Served:
    """A fake network that is being served."""

    base_url: str
    requests: list[Asked] = field(default_factory=list)
    planned: list[tuple[str, re.Pattern[str], Said]] = field(default_factory=list)

    def answer_next(self, method: str, path: str, answer: Said, *, times: int = 1) -> None:
        """Give this answer to the next requests that match; the network doesn't see them."""
        self.planned += [(method, re.compile(path), answer)] * times

    def seen(self, method: str, path: str = "") -> list[Asked]:
        """Return the requests that came, oldest first."""
        return [a for a in self.requests if a.method == method and re.search(path, a.path)]

    def take(self, asked: Asked) -> Said | None:
        for n, (method, path, answer) in enumerate(self.planned):
            if method == asked.method and path.search(asked.path):
                del self.planned[n]
                return answer
        return None


@contextmanager
def serving(network: Answers) -> Iterator[Served]:
    """Serve a fake network inside the block, on a free port."""
    lock = threading.Lock()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def handle_any(self) -> None:
            self.close_connection = True
            parts = urlsplit(self.path)
            values = parse_qs(parts.query, keep_blank_values=True)
            query = {name: given[-1] for name, given in values.items()}
            length = int(self.headers.get("Content-Length", "0"))
            body = self.rfile.read(length)
            if len(body) < length:
                return  # the client went away within it: it never came
            headers = {name.lower(): value for name, value in self.headers.items()}
            asked = Asked(self.command, unquote(parts.path), query, headers, body, values)
            with lock:
                served.requests.append(asked)
                answer = served.take(asked) or network.answer(asked)
            # A date of the answer's own stands in place of the server's.
            begin = self.send_response_only if "Date" in answer.headers else self.send_response
            begin(answer.status)
            for name, value in answer.headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(answer.body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(answer.body)

        do_DELETE = do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the base's names

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing: `requests` tells."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = False
    served = Served(f"http://localhost:{server.server_address[1]}")
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    try:
        yield served
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
