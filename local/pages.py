"""The pages: the files of ``frontend/``, under a strict policy of what they may load."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from local.gateway import Answer, Environ

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob:; "
    "media-src 'self' blob:; "
    "connect-src 'self'; font-src 'self'; manifest-src 'self'; base-uri 'none'; "
    "form-action 'self'; frame-ancestors 'none'"
)
HEADERS: Mapping[str, str] = {
    "Cache-Control": "no-cache",  # kept, and asked for again by its ETag: never a stale page
    "Content-Security-Policy": POLICY,
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",  # a sign-in link stands in the address
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
TYPES: Mapping[str, str] = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".ico": "image/x-icon",
    ".js": "text/javascript; charset=utf-8",
    ".json": "application/json",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain; charset=utf-8",
    ".webmanifest": "application/manifest+json",
    ".woff2": "font/woff2",
}
"""What is served, and as what; a file of any other kind isn't there."""
_INDEX = "index.html"


@dataclass(frozen=True, slots=True)
class _Kept:
    """A file as it was read."""

    stamp: tuple[int, int]
    tag: str
    data: bytes


class Pages:
    """Serves a folder; a path that names no file is a page's own address, answered by it.

    A file is read once, and again when it has changed.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.resolve()
        self._kept: dict[Path, _Kept] = {}

    def answer(self, environ: Environ, path: str) -> Answer:
        """Answer a request for a page or one of its parts."""
        method = environ["REQUEST_METHOD"]
        if method not in {"GET", "HEAD"}:
            return plain(405, "Method not allowed", ("Allow", "GET, HEAD"))
        file = self._file(unquote(path))
        if file is None:
            return plain(404, "Not found")
        kept = self._read(file)
        headers = [*HEADERS.items(), ("Content-Type", TYPES[file.suffix]), ("ETag", kept.tag)]
        if _has(environ, kept.tag):
            return Answer(304, headers)
        headers.append(("Content-Length", str(len(kept.data))))
        return Answer(200, headers, [kept.data] if method == "GET" else [])

    def _file(self, path: str) -> Path | None:
        parts = [part for part in path.split("/") if part]
        if any(part.startswith(".") or "\0" in part or "\\" in part for part in parts):
            return None
        file = self._folder.joinpath(*parts).resolve()
        if file.suffix not in TYPES:
            return self._folder / _INDEX
        is_inside = self._folder in file.parents
        return file if is_inside and file.is_file() else None

    def _read(self, file: Path) -> _Kept:
        about = file.stat()
        stamp = (about.st_mtime_ns, about.st_size)
        kept = self._kept.get(file)
        if kept is None or kept.stamp != stamp:
            data = file.read_bytes()
            tag = f'"{hashlib.sha256(data).hexdigest()[:32]}"'
            kept = self._kept[file] = _Kept(stamp, tag, data)
        return kept


def plain(status: int, text: str, *headers: tuple[str, str]) -> Answer:
    """Answer with a line of text, for who isn't a page."""
    data = f"{text}\n".encode()
    own = {
        **HEADERS,
        "Content-Type": "text/plain; charset=utf-8",
        "Cache-Control": "no-store",
        "Content-Length": str(len(data)),
    }
    return Answer(status, [*own.items(), *headers], [data])


def _has(environ: Environ, tag: str) -> bool:
    """Say whether the browser has this very content: RFC 9110 §13.1.2, compared weakly."""
    known = environ.get("HTTP_IF_NONE_MATCH", "")
    return known == "*" or tag in {t.strip().removeprefix("W/") for t in known.split(",")}
