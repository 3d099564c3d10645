"""What makes a post unique on its network, fixed when its delivery is created."""

from __future__ import annotations

import hashlib
import re
import unicodedata
import uuid
from datetime import UTC, datetime, timedelta

from chalicelib.ids import DeliveryId
from chalicelib.publishing.deliveries import RemoteKey
from chalicelib.publishing.posts import Content

TID_ALPHABET = "234567abcdefghijklmnopqrstuvwxyz"
"""The sortable base 32 of AT Protocol record keys: https://atproto.com/specs/tid"""
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SLUG_WORDS = 8
SLUG_LENGTH = 60


def remote_key(delivery: DeliveryId, content: Content, now: datetime) -> RemoteKey:
    """Return the keys of a new delivery: always the same for the same id, text and instant."""
    digest = hashlib.sha256(delivery.encode()).digest()
    # Two deliveries of one instant must not share a key, and ten bits of clock id are too few.
    moment = now.replace(microsecond=int.from_bytes(digest[2:6]) % 1_000_000)
    return RemoteKey(
        record_key=tid(moment, int.from_bytes(digest[:2]) & 0x3FF),
        slug=slug(content, digest.hex()[:8]),
        uuid=str(uuid.uuid5(uuid.NAMESPACE_URL, f"relais:delivery:{delivery}")),
        created_at=now,
    )


def tid(instant: datetime, clock_id: int) -> str:
    """Return an AT Protocol TID: 53 bits of microseconds, 10 bits of clock id, 13 characters."""
    micros = (instant - EPOCH) // timedelta(microseconds=1)
    number = micros << 10 | (clock_id & 0x3FF)
    return "".join(TID_ALPHABET[number >> shift & 31] for shift in range(60, -5, -5))


def slug(content: Content, suffix: str) -> str:
    """Return a readable URL part made of the first words, ending in ``-suffix``."""
    plain = unicodedata.normalize("NFKD", content.title or content.text)
    plain = plain.encode("ascii", "ignore").decode().lower()
    words = re.findall(r"[a-z0-9]+", plain)[:SLUG_WORDS]
    return "-".join([*"-".join(words)[:SLUG_LENGTH].strip("-").split("-"), suffix]).strip("-")
