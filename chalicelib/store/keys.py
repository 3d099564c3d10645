"""Keys of items: the workspace is in every one that belongs to a firm, but its public posts'.

Ids come from paths and messages, so a part of a key can't hold the separator: an id can
never name an item of another kind, nor of another firm.
"""

from __future__ import annotations

import hashlib
from datetime import datetime

from chalicelib.clock import to_ms
from chalicelib.ids import (
    ChannelId,
    DeliveryId,
    MediaId,
    MemberId,
    PostId,
    SourceId,
    WatchId,
    WorkspaceId,
)

Key = tuple[str, str]
"""Partition and sort key."""

ALONE = "-"
"""The sort key of what is alone in its partition."""
LONGEST = 200
"""Of an id in a key; longer ones are nobody's."""
LAST = "~"
"""Sorts after whatever follows in a key: ids and digits are below it."""


def part(text: str) -> str:
    """Return an id as it may stand in a key; one that isn't ours matches nothing."""
    if len(text) > LONGEST:
        return digest(text)
    return text.replace("%", "%25").replace("#", "%23").replace(LAST, "%7E")


def digest(text: str) -> str:
    """Return the SHA-256 of a text: for keys made of what is long or personal."""
    return hashlib.sha256(text.encode()).hexdigest()


def ms(instant: datetime) -> str:
    """Return an instant in 13 digits that sort, rounded down to the millisecond."""
    return f"{to_ms(instant):013d}"


def firm(workspace: WorkspaceId) -> str:
    """Return the partition of all that belongs to a firm."""
    return f"W#{part(workspace)}"


def workspace(workspace: WorkspaceId) -> Key:
    """Return the key of the firm itself."""
    return firm(workspace), "W"


def member(workspace: WorkspaceId, member: MemberId) -> Key:
    """Return the key of a membership."""
    return firm(workspace), f"M#{part(member)}"


def by_email(workspace: WorkspaceId, email: str) -> Key:
    """Return the key of a membership's copy found by e-mail address."""
    return f"E#{digest(email)}", firm(workspace)


def by_person(workspace: WorkspaceId, member: MemberId) -> Key:
    """Return the key of a membership's copy found by person."""
    return f"ME#{part(member)}", firm(workspace)


def feed(token: str) -> Key:
    """Return the key of what leads from a feed's token to its firm."""
    return f"F#{digest(token)}", ALONE


def channel(workspace: WorkspaceId, channel: ChannelId) -> Key:
    """Return the key of a channel, and of its secrets in the vault."""
    return firm(workspace), f"CH#{part(channel)}"


def post(workspace: WorkspaceId, post: PostId) -> Key:
    """Return the key of a post's head."""
    return firm(workspace), f"P#{part(post)}"


def version(workspace: WorkspaceId, post: PostId, n: int) -> Key:
    """Return the key of one version of a post."""
    return firm(workspace), f"P#{part(post)}#V#{n}"


def delivery(workspace: WorkspaceId, delivery: DeliveryId) -> Key:
    """Return the key of a delivery."""
    return firm(workspace), f"D#{part(delivery)}"


def deliveries_of(post: PostId) -> str:
    """Return what the sort keys of a post's deliveries begin with."""
    return f"D#{part(post)}."


def twins(workspace: WorkspaceId, channel: ChannelId, text_hash: str) -> Key:
    """Return the key of the deliveries that look alike on a channel."""
    return firm(workspace), f"T#{part(channel)}#{part(text_hash)}"


def parked(scope: str) -> Key:
    """Return the key of a parked scope: a network's refusal may hold for many firms."""
    return f"PARK#{part(scope)}", ALONE


def spending(workspace: WorkspaceId, month: str) -> Key:
    """Return the key of what a firm sets aside in a month (2026-12)."""
    return firm(workspace), f"SPEND#{part(month)}"


def site_entry(code: str) -> Key:
    """Return the key of a post on a firm's own site, where it is read by its public address.

    It is the world's to read; whose it is stands in the item.
    """
    return f"PC#{part(code)}", ALONE


def source(workspace: WorkspaceId, source: SourceId) -> Key:
    """Return the key of a source."""
    return firm(workspace), f"S#{part(source)}"


def watch(workspace: WorkspaceId, watch: WatchId) -> Key:
    """Return the key of a watch."""
    return firm(workspace), f"WT#{part(watch)}"


def image(workspace: WorkspaceId, sha256: str) -> Key:
    """Return the key of what is known of a firm's image."""
    return firm(workspace), f"MD#{part(sha256)}"


def upload(workspace: WorkspaceId, media: MediaId) -> Key:
    """Return the key of an upload that was begun."""
    return firm(workspace), f"UP#{part(media)}"
