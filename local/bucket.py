"""Where bytes are kept on this machine: files, as the cloud's bucket keeps objects.

An upload comes by a form whose policy is sealed here: one key, one type, so many bytes, for
so long. A file appears whole under its name or not at all.
"""

from __future__ import annotations

import base64
import json
import os
import re
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import IO

from chalicelib.clock import Clock
from chalicelib.workspaces.ports import Form
from chalicelib.workspaces.seals import Seals

SUFFIXES: Mapping[str, str] = {
    "image/gif": ".gif",
    "image/jpeg": ".jpg",
    "image/png": ".png",
    "image/webp": ".webp",
    "video/mp4": ".mp4",
    "video/quicktime": ".mov",
}
"""A kept file's name carries its type."""
UPLOADS_LAST = timedelta(days=1)
"""How long an upload that nobody completed stays, as by the cloud bucket's own rule."""
PASSING_LASTS = timedelta(days=7)
"""How long what is shown to networks only stays, as by the cloud bucket's own rule."""
_KEY = re.compile(r"[a-z]+(/[A-Za-z0-9_-]+)+")
_PURPOSE = "upload"


class BadPolicy(Exception):
    """The form wasn't made here, has expired, or carries what its policy doesn't say."""


@dataclass(frozen=True, slots=True)
class Allowed:
    """What a form's policy lets in."""

    key: str
    fewest: int
    most: int


class FileBucket:
    """Keeps bytes in a folder, under keys such as ``media/<sha256>``."""

    def __init__(self, folder: Path, *, url: str, seals: Seals, clock: Clock) -> None:
        self._folder = folder
        self._url = url
        self._seals = seals
        self._clock = clock

    # What the application asks of a bucket.

    def form(self, key: str, content_type: str, max_bytes: int, lasts: timedelta) -> Form:
        """Return a presigned form that takes one file of this type, at most so large.

        Its fields and its policy have the shape of S3's:
        https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
        """
        named = {"key": key, "Content-Type": content_type}
        policy = {
            "expiration": (self._clock.now() + lasts).isoformat(),
            "conditions": [
                *({name: value} for name, value in named.items()),
                ["content-length-range", 1, max_bytes],
            ],
        }
        sealed = base64.b64encode(json.dumps(policy).encode()).decode()
        mac = self._seals.mac(_PURPOSE, sealed)
        return Form(url=self._url, fields={**named, "policy": sealed, "x-amz-signature": mac})

    def read(self, key: str, max_bytes: int) -> bytes | None:
        """Return what was uploaded there, None if nothing was; at most a byte too much."""
        return self.read_range(key, 0, max_bytes + 1)

    def read_range(self, key: str, start: int, length: int) -> bytes | None:
        """Return the bytes from a start, at most so many (none past the end); None: no file."""
        for file in self._candidates(key):
            with suppress(FileNotFoundError), file.open("rb") as opened:
                opened.seek(start)
                return opened.read(length)
        return None

    def keep(self, key: str, data: bytes, content_type: str) -> None:
        """Keep bytes under a key that names them; what stands there is the same."""
        self.keep_chunks(key, [data], content_type)

    def keep_chunks(self, key: str, chunks: Iterable[bytes], content_type: str) -> None:
        """Keep a file that comes in chunks; it stands whole under its key or not at all."""
        with self.writing(key, content_type) as file:
            file.writelines(chunks)

    # What the server asks of it.

    def allowed(self, fields: Mapping[str, str]) -> Allowed:
        """Return what a form lets in.

        Raises:
            BadPolicy: it lets nothing in; the message says why.
        """
        sealed = fields.get("policy", "")
        if not self._seals.holds(_PURPOSE, sealed, fields.get("x-amz-signature", "")):
            raise BadPolicy("The signature doesn't match.")
        policy = json.loads(base64.b64decode(sealed))
        if datetime.fromisoformat(policy["expiration"]) <= self._clock.now():
            raise BadPolicy("Policy expired.")
        *named, (_, fewest, most) = policy["conditions"]
        wanted = {name: value for condition in named for name, value in condition.items()}
        given = {n: v for n, v in fields.items() if n not in {"policy", "x-amz-signature"}}
        if given != wanted:
            raise BadPolicy("The fields aren't those of the policy.")
        return Allowed(wanted["key"], fewest, most)

    @contextmanager
    def writing(self, key: str, content_type: str | None = None) -> Iterator[IO[bytes]]:
        """Write a file: it stands under its key when the block ends, unless by an error."""
        file = self._path(key, SUFFIXES[content_type] if content_type else "")
        parts = self._folder / "parts"
        for folder in (parts, file.parent):
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(dir=parts)
        part = Path(name)
        try:
            with os.fdopen(descriptor, "wb") as opened:
                yield opened
                opened.flush()
                os.fsync(opened.fileno())
            part.replace(file)
        finally:
            part.unlink(missing_ok=True)

    def shown(self, name: str) -> tuple[Path, str] | None:
        """Return the file of a kept image or video and its type; None if there is none."""
        for content_type, suffix in SUFFIXES.items():
            if _KEY.fullmatch(key := f"media/{name}"):
                file = self._path(key, suffix)
                if file.is_file():
                    return file, content_type
        return None

    def sweep(self) -> int:
        """Delete uploads, parts of files and what was shown in passing once they are old.

        Returns how many.
        """
        lasting = {"uploads/*/*": UPLOADS_LAST, "parts/*": UPLOADS_LAST}
        lasting["media/passing/*"] = PASSING_LASTS
        return sum(
            self._is_swept(file, self._clock.now() - lasts)
            for pattern, lasts in lasting.items()
            for file in list(self._folder.glob(pattern))
        )

    def _is_swept(self, file: Path, oldest: datetime) -> bool:
        with suppress(FileNotFoundError):
            if file.stat().st_mtime < oldest.timestamp():
                file.unlink()
                return True
        return False

    def _candidates(self, key: str) -> Iterator[Path]:
        for suffix in ("", *SUFFIXES.values()):
            yield self._path(key, suffix)

    def _path(self, key: str, suffix: str) -> Path:
        if not _KEY.fullmatch(key):
            raise ValueError("not a key")
        return self._folder / f"{key}{suffix}"
