"""What is published on firms' own sites.

Publishing is one conditional write: the entry stands under its public address alone, so that
with it the post is live, on its page and in the feeds, and an address is never taken twice.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing.outcomes import OutcomeUnknown, Rejected, Transient
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.site import SiteEntry, code_of
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, WHOLE, Record
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.read import get, get_many, key_of, query
from chalicelib.store.schema import Kind
from chalicelib.store.shapes import CONTENT
from chalicelib.store.tables import BY_TIME, CORE, PARTITION, SORT
from chalicelib.store.write import put

ENTRY = Kind(
    name="site entry",
    record=Record(
        SiteEntry,
        {
            "workspace": ("ws", TEXT),
            "channel": ("chan", TEXT),
            "delivery": ("of", TEXT),
            "uuid": ("uuid", TEXT),
            "version": ("ver", WHOLE),
            "content": ("all", CONTENT),
            "published_at": ("at", INSTANT),
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteShelf:
    """Where the firms' own sites keep what is published on them."""

    store: Store

    def get(self, workspace: WorkspaceId, channel: ChannelId, uuid: str) -> SiteEntry | None:
        """Return the entry with this uuid on this firm's channel, read consistently."""
        entry = self.entry(code_of(uuid))
        return entry if entry and _whose(entry) == (workspace, channel, uuid) else None

    def put(self, entry: SiteEntry) -> bool:
        """Store the entry unless one with its uuid stands; return whether it was stored.

        Raises:
            OutcomeUnknown: the store's answer was unclear and couldn't be resolved.
            Transient: provably not stored.
            Rejected: its public address is another post's.
        """
        try:
            return self._put(entry)
        except StoreUnclear as error:
            raise OutcomeUnknown(str(error)) from error

    def _put(self, entry: SiteEntry) -> bool:
        try:
            put(self.store, CORE, _item(entry), rev=0)
        except Stale:
            stands = self.entry(entry.code)
            if stands is None:
                raise Transient("the store took no write") from None
            if _whose(stands) != _whose(entry):
                raise Rejected(f"code {entry.code} is taken") from None
            return False
        return True

    def entry(self, code: str) -> SiteEntry | None:
        """Return the entry with this code in its public address."""
        item = get(self.store, CORE, keys.site_entry(code))
        return None if item is None else ENTRY.unpack(item)

    def latest(self, workspace: WorkspaceId, limit: int) -> Sequence[SiteEntry]:
        """Return a firm's entries, the newest first."""
        rows = query(
            self.store, CORE, _feed(workspace), index=BY_TIME, limit=limit, newest_first=True
        )
        wanted = [key_of(row) for _, row in zip(range(limit), rows, strict=False)]
        found = get_many(self.store, CORE, wanted)
        return [ENTRY.unpack(found[k]) for k in wanted if k in found]


def _whose(entry: SiteEntry) -> tuple[str, str, str]:
    return entry.workspace, entry.channel, entry.uuid


def _feed(workspace: WorkspaceId) -> str:
    return f"SITE#{keys.part(workspace)}"


def _item(entry: SiteEntry) -> Item:
    pk, sk = keys.site_entry(entry.code)
    return {
        PARTITION: pk,
        SORT: sk,
        **ENTRY.pack(entry),
        BY_TIME.partition: _feed(entry.workspace),
        BY_TIME.sort: f"{keys.ms(entry.published_at)}#{entry.uuid}",
    }
