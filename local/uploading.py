"""The media over HTTP: those kept are shown, and uploads taken in as S3 takes them.

https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any
from xml.sax.saxutils import escape

import multipart  # type: ignore[import-untyped]

from chalicelib.publishing.videos import MAX_VIDEO_BYTES
from local.bucket import Allowed, BadPolicy, FileBucket
from local.gateway import Answer, Environ
from local.pages import plain

MAX_FORM = MAX_VIDEO_BYTES + 64 * 1024
"""Bytes of a whole form: the largest video, and the fields before it."""
_MAX_FIELD = 20 * 1024
_CHUNK = 64 * 1024
_SHOWN = {
    # A picture is a picture and nothing else, whatever its bytes might be taken for.
    "Content-Security-Policy": "sandbox; default-src 'none'",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "cross-origin",  # the firm's site shows them too
    "Cache-Control": "public, max-age=31536000, immutable",  # the name is the content's hash
    "Accept-Ranges": "bytes",
}
_RANGE = re.compile(r"bytes=(\d*)-(\d*)")
"""One range, which is what players and networks ask for: RFC 9110 §14.1.2."""

_Events = Iterator[Any]


class Refused(Exception):
    """An upload isn't taken; ``code`` is S3's word for why."""

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.code = code


class MediaDesk:
    """Gives out kept media, and takes in uploads."""

    def __init__(self, bucket: FileBucket) -> None:
        self._bucket = bucket

    def show(self, environ: Environ, name: str) -> Answer:
        """Answer with a kept image or video, or a part of it."""
        method, found = environ["REQUEST_METHOD"], self._bucket.shown(name)
        if method not in {"GET", "HEAD"}:
            return plain(405, "Method not allowed", ("Allow", "GET, HEAD"))
        if found is None:
            return plain(404, "Not found")
        file, content_type = found
        tag = f'"{name}"'
        headers = [*_SHOWN.items(), ("Content-Type", content_type), ("ETag", tag)]
        if environ.get("HTTP_IF_NONE_MATCH") == tag:
            return Answer(304, headers)
        if method == "HEAD":
            return Answer(200, [*headers, ("Content-Length", str(file.stat().st_size))])
        return _bytes(environ, file, headers)

    def take_in(self, environ: Environ) -> Answer:
        """Take in the one file of a form, if the form's policy lets it in."""
        if environ["REQUEST_METHOD"] != "POST":
            return plain(405, "Method not allowed", ("Allow", "POST"))
        try:
            self._store(_events(environ))
        except Refused as refused:
            return _refusal(refused)
        except multipart.MultipartError as error:
            return _refusal(Refused(400, "MalformedPOSTRequest", str(error)))
        except BadPolicy as error:
            return _refusal(Refused(403, "AccessDenied", f"Invalid according to Policy: {error}"))
        return Answer(204)

    def _store(self, events: _Events) -> None:
        """Read the fields, which come first, then store the file; what follows is ignored."""
        fields: dict[str, str] = {}
        for segment in events:
            if segment.name == "file":
                allowed = self._bucket.allowed(fields)
                with self._bucket.writing(allowed.key) as file:
                    _copy(events, file, allowed)
                return
            fields[segment.name] = _field(events)
        raise Refused(400, "InvalidArgument", "POST requires exactly one file upload per request.")


def _bytes(environ: Environ, file: Path, headers: list[tuple[str, str]]) -> Answer:
    """Answer with a file, or the part of it that is asked for."""
    size = file.stat().st_size
    try:
        wanted = _range(environ.get("HTTP_RANGE", ""), size)
    except ValueError:
        return Answer(416, [*headers, ("Content-Range", f"bytes */{size}")])
    first, last = wanted or (0, size - 1)
    headers.append(("Content-Length", str(last - first + 1)))
    if wanted is None:
        return Answer(200, headers, environ["wsgi.file_wrapper"](file.open("rb")))
    headers.append(("Content-Range", f"bytes {first}-{last}/{size}"))
    opened = file.open("rb")
    opened.seek(first)  # the server sends from here, as many bytes as were said
    return Answer(206, headers, environ["wsgi.file_wrapper"](opened))


def _range(asked: str, size: int) -> tuple[int, int] | None:
    """Return the first and last byte that are asked for; None: the whole.

    Raises:
        ValueError: there are no such bytes.
    """
    found = _RANGE.fullmatch(asked)
    if found is None or found.groups() == ("", ""):
        return None
    start, end = found.groups()
    if not start:
        first, last = max(size - int(end), 0), size - 1
    else:
        first, last = int(start), min(int(end), size - 1) if end else size - 1
    if not first <= last:
        raise ValueError(asked)
    return first, last


def _events(environ: Environ) -> _Events:
    """Read a form piece by piece: a segment's head, its data, and None at its end."""
    kind, options = multipart.parse_options_header(environ.get("CONTENT_TYPE", ""))
    if kind != "multipart/form-data" or not options.get("boundary"):
        raise Refused(400, "MalformedPOSTRequest", "The body isn't a multipart form.")
    source = environ["wsgi.input"]
    with multipart.PushMultipartParser(options["boundary"], max_segment_count=50) as parser:
        while not parser.closed:
            yield from parser.parse(source.read(_CHUNK))


def _field(events: _Events) -> str:
    value = b""
    for data in events:
        if data is None:
            break
        value += data
        if len(value) > _MAX_FIELD:
            raise Refused(400, "MaxPostPreDataLengthExceeded", "The fields are too long.")
    try:
        return value.decode()
    except UnicodeDecodeError as error:
        raise Refused(400, "MalformedPOSTRequest", "A field isn't UTF-8.") from error


def _copy(events: _Events, file: IO[bytes], allowed: Allowed) -> None:
    size = 0
    for data in events:
        if data is None:
            break
        size += len(data)
        if size > allowed.most:
            raise Refused(400, "EntityTooLarge", "The file is larger than allowed.")
        file.write(data)
    if size < allowed.fewest:
        raise Refused(400, "EntityTooSmall", "The file is smaller than allowed.")


def _refusal(refused: Refused) -> Answer:
    said = escape(str(refused))
    body = f"<Error><Code>{refused.code}</Code><Message>{said}</Message></Error>\n"
    data = f'<?xml version="1.0" encoding="UTF-8"?>\n{body}'.encode()
    headers = [
        ("Content-Type", "application/xml"),
        ("Content-Length", str(len(data))),
        ("X-Content-Type-Options", "nosniff"),
        ("Cache-Control", "no-store"),
    ]
    return Answer(refused.status, headers, [data])
