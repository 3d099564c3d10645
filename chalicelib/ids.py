"""Identifiers: URL-safe, without meaning, never reused."""

from __future__ import annotations

import base64
import hashlib
import secrets
from typing import NewType, Protocol

WorkspaceId = NewType("WorkspaceId", str)
MemberId = NewType("MemberId", str)
ChannelId = NewType("ChannelId", str)
PostId = NewType("PostId", str)
DeliveryId = NewType("DeliveryId", str)
MediaId = NewType("MediaId", str)
SourceId = NewType("SourceId", str)
WatchId = NewType("WatchId", str)
MentionId = NewType("MentionId", str)

ONCE = "0"
"""The occurrence of a post that is not repeated."""


class Ids(Protocol):
    """Where new identifiers and tokens come from."""

    def new(self) -> str:
        """Return a new identifier of 100 random bits: 20 characters of a-z and 2-7."""
        ...

    def secret(self) -> str:
        """Return an unguessable URL-safe token of 256 bits."""
        ...


class RandomIds:
    """Identifiers from the operating system's randomness."""

    def new(self) -> str:
        """Return a new identifier of 100 random bits: 20 characters of a-z and 2-7."""
        return base64.b32encode(secrets.token_bytes(13)).decode().lower()[:20]

    def secret(self) -> str:
        """Return an unguessable URL-safe token of 256 bits."""
        return secrets.token_urlsafe(32)


def delivery_id(post: PostId, channel: ChannelId, occurrence: str = ONCE) -> DeliveryId:
    """Return the one id that a post has on a channel at an occurrence: always the same."""
    return DeliveryId(f"{post}.{channel}.{occurrence}")


def comment_id(delivery: DeliveryId) -> PostId:
    """Return the one id of the first comment of what a delivery made live: always the same."""
    digest = hashlib.sha256(f"first comment {delivery}".encode()).digest()
    return PostId(base64.b32encode(digest).decode().lower()[:20])


def parts_of(delivery: DeliveryId) -> tuple[PostId, ChannelId, str]:
    """Return the post, channel and occurrence that a delivery id is made of.

    Raises:
        ValueError: it is no delivery id.
    """
    post, channel, occurrence = delivery.split(".")
    return PostId(post), ChannelId(channel), occurrence
