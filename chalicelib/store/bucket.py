"""The bytes of media, in a bucket (S3)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from datetime import timedelta
from typing import Any, Self

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from chalicelib.clients import OneClient
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.workspaces.ports import Form

FOREVER = "public, max-age=31536000, immutable"
"""What is kept is named by its own SHA-256: it never changes."""


class S3Bucket:
    """Where bytes are kept.

    Args:
        name: The bucket's name.
        make_client: Makes the client of S3.
    """

    def __init__(self, name: str, make_client: Callable[[], Any]) -> None:
        self._name = name
        self._client = OneClient(make_client)

    @classmethod
    def at(cls, name: str, region: str) -> Self:
        """Return a bucket of a region; forms are posted there directly, without a redirect."""
        config = Config(
            connect_timeout=1,
            read_timeout=10,
            retries={"total_max_attempts": 3, "mode": "standard"},
            signature_version="s3v4",
            s3={"addressing_style": "virtual"},
        )
        return cls(name, lambda: get_session().create_client("s3", region, config=config))

    @property
    def client(self) -> Any:
        """The one client of this bucket, made when it is first used."""
        return self._client()

    def form(self, key: str, content_type: str, max_bytes: int, lasts: timedelta) -> Form:
        """Return a presigned form that takes one file of this type, at most so large.

        https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
        """
        made = self.client.generate_presigned_post(
            self._name,
            key,
            Fields={"Content-Type": content_type},
            Conditions=[{"Content-Type": content_type}, ["content-length-range", 1, max_bytes]],
            ExpiresIn=int(lasts.total_seconds()),
        )
        return Form(url=made["url"], fields=made["fields"])

    def read(self, key: str, max_bytes: int) -> bytes | None:
        """Return what was uploaded there, None if nothing was.

        At most ``max_bytes + 1`` bytes are read and returned, so that too much shows.

        Raises:
            StoreUnclear: the bucket didn't answer, or not to the end.
        """
        return self.read_range(key, 0, max_bytes + 1)

    def read_range(self, key: str, start: int, length: int) -> bytes | None:
        """Return the bytes from a start, at most so many (none past the end); None: no file.

        Raises:
            StoreUnclear: the bucket didn't answer, or not to the end.
        """
        try:
            answer = self.client.get_object(
                Bucket=self._name, Key=key, Range=f"bytes={start}-{start + length - 1}"
            )
            data: bytes = answer["Body"].read()
        except ClientError as error:
            code = error.response["Error"]["Code"]
            if code == "NoSuchKey":
                return None
            if code == "InvalidRange":  # an empty file has no first byte, and none has one past it
                return b""
            raise StoreUnclear(f"not read: {code}") from error
        except BotoCoreError as error:
            raise StoreUnclear("not read") from error
        return data

    def keep(self, key: str, data: bytes, content_type: str) -> None:
        """Keep bytes under a key that names them; what stands there is the same.

        Raises:
            StoreUnclear: the bucket didn't answer; they may be kept.
        """
        try:
            self.client.put_object(
                Bucket=self._name,
                Key=key,
                Body=data,
                ContentType=content_type,
                CacheControl=FOREVER,
            )
        except (ClientError, BotoCoreError) as error:
            raise StoreUnclear("not kept") from error

    def keep_chunks(self, key: str, chunks: Iterable[bytes], content_type: str) -> None:
        """Keep a large file that comes in chunks, each but the last of at least 5 MiB.

        https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html

        Raises:
            StoreUnclear: the bucket didn't answer; it may be kept. What was sent of one that
                isn't is removed, by the bucket's own rule if not here.
        """
        at = {"Bucket": self._name, "Key": key}
        try:
            begun = self.client.create_multipart_upload(
                **at, ContentType=content_type, CacheControl=FOREVER
            )
            self._send_parts({**at, "UploadId": begun["UploadId"]}, chunks)
        except (ClientError, BotoCoreError) as error:
            raise StoreUnclear("not kept") from error

    def _send_parts(self, upload: Mapping[str, str], chunks: Iterable[bytes]) -> None:
        parts: list[dict[str, Any]] = []
        try:
            for n, chunk in enumerate(chunks, 1):
                sent = self.client.upload_part(**upload, PartNumber=n, Body=chunk)
                parts.append({"PartNumber": n, "ETag": sent["ETag"]})
        except BaseException:
            with suppress(ClientError, BotoCoreError):
                self.client.abort_multipart_upload(**upload)
            raise
        self.client.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
