"""The test network: a process of its own that takes its time over each call, and remembers.

It speaks what the Mastodon adapter asks of an instance, and honours no ``Idempotency-Key``:
what is sent twice is live twice. It notes when a post has come in, by the machine's clock.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from urllib.parse import parse_qs, urlsplit

PAGE = 40


@dataclass(frozen=True, slots=True)
class Live:
    """A post that is live: whose it is, what it says, and when it came in (Unix time)."""

    account: str
    text: str
    media: int
    at: float


@dataclass(frozen=True, slots=True)
class Server:
    """The network, as the bench sees it from outside."""

    base_url: str

    @property
    def netloc(self) -> str:
        """Host and port."""
        return urlsplit(self.base_url).netloc

    def ledger(self) -> list[Live]:
        """Return everything that is live, in the order in which it came in."""
        with urllib.request.urlopen(f"{self.base_url}/ledger", timeout=30) as answer:
            return [Live(**row) for row in json.load(answer)]

    def count(self) -> int:
        """Return how many posts are live."""
        with urllib.request.urlopen(f"{self.base_url}/count", timeout=30) as answer:
            return int(answer.read())


@contextmanager
def running(seconds: float) -> Iterator[Server]:
    """Run the network inside the block; each call of it takes so many seconds."""
    process = subprocess.Popen(
        [sys.executable, "-m", "bench.network", str(seconds)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdin
    assert process.stdout
    try:
        yield Server(process.stdout.readline().strip())
    finally:
        process.stdin.close()  # it ends with this, and so with this process too
        process.wait()
        process.stdout.close()


@dataclass(slots=True)
class _Instance:
    seconds: float
    live: list[Live] = field(default_factory=list)
    uploads: int = 0

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Answer the one request of a connection."""
        try:
            line, headers = _head(await reader.readuntil(b"\r\n\r\n"))
            body = await reader.readexactly(int(headers.get("content-length", "0")))
        except asyncio.IncompleteReadError:
            writer.close()
            return
        came = time.time()
        method, target = line.split(" ")[:2]
        if target.startswith("/api/"):
            await asyncio.sleep(self.seconds)
        account = headers.get("authorization", "").removeprefix("Bearer ")
        status, said = self._answer(f"{method} {target}", account, body, came)
        text = json.dumps(said).encode()
        head = f"HTTP/1.1 {status} .\r\nContent-Type: application/json\r\n"
        writer.write(f"{head}Content-Length: {len(text)}\r\n\r\n".encode() + text)
        await writer.drain()
        writer.close()

    def _answer(self, what: str, account: str, body: bytes, came: float) -> tuple[int, object]:
        if what == "POST /api/v2/media":
            self.uploads += 1
            return 200, {"id": f"m{self.uploads}", "type": "image"}
        if what == "POST /api/v1/statuses":
            sent = json.loads(body)
            media = len(sent.get("media_ids", ()))
            self.live.append(Live(account, sent["status"], media, came))
            return 200, _status(len(self.live), self.live[-1])
        if what.startswith("GET /api/v1/accounts/"):
            return 200, self._listing(what.removeprefix("GET "), account)
        if what == "GET /ledger":
            return 200, [asdict(post) for post in self.live]
        if what == "GET /count":
            return 200, len(self.live)
        return 404, {"error": "Record not found"}

    def _listing(self, target: str, account: str) -> object:
        """Return an account's latest posts, which an attempt in doubt is looked for among."""
        query = parse_qs(urlsplit(target).query)
        before = int(query.get("max_id", ["999999999"])[0])
        own = [
            _status(n, post)
            for n, post in enumerate(self.live, 1)
            if post.account == account and n < before
        ]
        return own[::-1][:PAGE]


def _head(raw: bytes) -> tuple[str, dict[str, str]]:
    line, *rest = raw.decode("latin-1").split("\r\n")
    pairs = (each.partition(":") for each in rest if each)
    return line, {name.lower(): value.strip() for name, _, value in pairs}


def _status(number: int, post: Live) -> dict[str, object]:
    return {
        "id": str(number),
        "created_at": datetime.fromtimestamp(post.at, UTC).isoformat(),
        "content": f"<p>{post.text}</p>",
        "url": f"http://network.test/{number}",
        "media_attachments": [{"id": str(n)} for n in range(post.media)],
    }


async def _main(seconds: float) -> None:
    server = await asyncio.start_server(_Instance(seconds).serve, "127.0.0.1", 0, backlog=1024)
    print(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", flush=True)
    async with server:
        await asyncio.get_running_loop().run_in_executor(None, sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(_main(float(sys.argv[1])))
