"""What is published on firms' own sites.

Publishing is two writes: first what leads from the public address to the entry, then the
entry itself, put only if there is none: with it the post is live, on its page and in the
feeds. A crash between them leaves an address that leads nowhere, and the second try finds
it its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing.outcomes import OutcomeUnknown, Rejected, Transient
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.site import SiteEntry
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, WHOLE, Record
from chalicelib.store.connection import Store
from chalicelib.store.items import Item
from chalicelib.store.read import get, get_many, key_of, query
from chalicelib.store.schema import VERSION, Kind
from chalicelib.store.shapes import CONTENT
from chalicelib.store.tables import BY_TIME, CORE, PARTITION, SORT
from chalicelib.store.write import put

ENTRY = Kind(
    name="site entry",
    record=Record(
        SiteEntry,
        {
            "channel": ("chan", TEXT),
            "code": ("code", TEXT),
            "delivery": ("of", TEXT),
            "uuid": ("uuid", TEXT),
            "version": ("ver", WHOLE),
            "content": ("all", CONTENT),
            "published_at": ("at", INSTANT),
        },
        known=frozenset({"workspace"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteShelf:
    """Where the firms' own sites keep what is published on them."""

    store: Store

    def get(self, workspace: WorkspaceId, channel: ChannelId, uuid: str) -> SiteEntry | None:
        """Return the entry with this uuid, read consistently."""
        item = get(self.store, CORE, keys.site_entry(workspace, channel, uuid))
        return None if item is None else ENTRY.unpack(item, workspace=workspace)

    def put(self, entry: SiteEntry) -> bool:
        """Store the entry unless one with its uuid stands; return whether it was stored.

        Raises:
            OutcomeUnknown: the store's answer was unclear and couldn't be resolved.
            Transient: provably not stored.
            Rejected: its public address is another post's.
        """
        self._lead_to(entry)
        try:
            put(self.store, CORE, _entry_item(entry), rev=0)
        except Stale:
            return False
        except StoreUnclear as error:
            raise OutcomeUnknown(str(error)) from error
        return True

    def entry(self, code: str) -> SiteEntry | None:
        """Return the entry with this code in its public address."""
        pointer = get(self.store, CORE, keys.site_code(code))
        if pointer is None:
            return None
        workspace = WorkspaceId(pointer["ws"])
        return self.get(workspace, ChannelId(pointer["chan"]), pointer["uuid"])

    def latest(self, workspace: WorkspaceId, limit: int) -> Sequence[SiteEntry]:
        """Return a firm's entries, the newest first."""
        rows = query(
            self.store, CORE, _feed(workspace), index=BY_TIME, limit=limit, newest_first=True
        )
        wanted = [key_of(row) for _, row in zip(range(limit), rows, strict=False)]
        found = get_many(self.store, CORE, wanted)
        return [ENTRY.unpack(found[k], workspace=workspace) for k in wanted if k in found]

    def _lead_to(self, entry: SiteEntry) -> None:
        pointer = _pointer_item(entry)
        try:
            try:
                put(self.store, CORE, pointer, rev=0)
            except Stale:
                stands = get(self.store, CORE, key_of(pointer))
                if stands is None or any(stands[name] != pointer[name] for name in pointer):
                    raise Rejected(f"code {entry.code} is taken") from None
        except StoreUnclear as error:
            raise Transient(str(error)) from error


def _feed(workspace: WorkspaceId) -> str:
    return f"SITE#{keys.part(workspace)}"


def _entry_item(entry: SiteEntry) -> Item:
    pk, sk = keys.site_entry(entry.workspace, entry.channel, entry.uuid)
    return {
        PARTITION: pk,
        SORT: sk,
        **ENTRY.pack(entry),
        BY_TIME.partition: _feed(entry.workspace),
        BY_TIME.sort: f"{keys.ms(entry.published_at)}#{entry.uuid}",
    }


def _pointer_item(entry: SiteEntry) -> Item:
    pk, sk = keys.site_code(entry.code)
    where = {"ws": entry.workspace, "chan": entry.channel, "uuid": entry.uuid}
    return {PARTITION: pk, SORT: sk, VERSION: 1, **where}
