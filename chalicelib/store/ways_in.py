"""Ways in: sign-in links, web sessions and API keys, found by the MAC of their token.

Whoever reads or writes the tables still can't make a token that holds: MACs are made under
the root key. What has ended or expired is filtered on read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from pynamodb.expressions.operand import Path

from chalicelib.ids import WorkspaceId
from chalicelib.publishing.ports import Stale
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, Record, Way
from chalicelib.store.connection import Store
from chalicelib.store.expiry import expires
from chalicelib.store.items import Item
from chalicelib.store.keys import ALONE, Key
from chalicelib.store.read import get, query
from chalicelib.store.schema import Kind
from chalicelib.store.tables import PARTITION, SORT, SYS
from chalicelib.store.write import Delete, Put, delete, put, rev_of, transact
from chalicelib.workspaces.ports import ApiKey, SignInLink, WebSession

TRIES = 5
_SCOPES: Way[frozenset[str]] = Way(sorted, frozenset)
_OVER = "over"
"""Set once a link was taken or a session ended; the item stays until it expires."""

LINK = Kind(
    name="sign-in link",
    record=Record(
        SignInLink,
        {"mac": ("mac", TEXT), "member": ("who", TEXT), "expires_at": ("until", INSTANT)},
    ),
)
SESSION = Kind(
    name="web session",
    record=Record(
        WebSession,
        {
            "mac": ("mac", TEXT),
            "member": ("who", TEXT),
            "created_at": ("made", INSTANT),
            "expires_at": ("until", INSTANT),
        },
    ),
)
API_KEY = Kind(
    name="api key",
    record=Record(
        ApiKey,
        {
            "workspace": ("ws", TEXT),
            "id": ("id", TEXT),
            "mac": ("mac", TEXT),
            "name": ("name", TEXT),
            "member": ("who", TEXT),
            "scopes": ("may", _SCOPES),
            "created_at": ("made", INSTANT),
            "expires_at": ("until", INSTANT),
        },
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WaysIn:
    """Where sign-in links, web sessions and API keys are kept."""

    store: Store

    def put_link(self, link: SignInLink) -> None:
        """Keep a link until it expires."""
        item = _item(_link(link.mac), LINK.pack(link))
        put(self.store, SYS, item | expires(link.expires_at), rev=0)

    def take_link(self, mac: str, now: datetime) -> SignInLink | None:
        """Consume a link: of all callers at any time exactly one gets it.

        It is marked, not deleted: so that whose answer was lost learns that it was his.
        """
        item = get(self.store, SYS, _link(mac))
        if item is None or item.get(_OVER):
            return None
        link = LINK.unpack(item)
        if link.expires_at <= now:
            return None
        try:
            put(self.store, SYS, {**item, _OVER: True}, rev=rev_of(item))
        except Stale:
            return None
        return link

    def put_session(self, session: WebSession) -> None:
        """Keep a session, in place of one with the same MAC; one that was ended stays ended.

        Raises:
            Stale: others wrote it each time.
        """
        for _ in range(TRIES):
            before = get(self.store, SYS, _session(session.mac))
            if before is not None and before.get(_OVER):
                return
            item = _item(_session(session.mac), SESSION.pack(session))
            try:
                put(self.store, SYS, item | expires(session.expires_at), rev=rev_of(before))
            except Stale:
                continue
            return
        raise Stale("session")

    def session(self, mac: str, now: datetime) -> WebSession | None:
        """Return a session that hasn't ended."""
        item = get(self.store, SYS, _session(mac))
        if item is None or item.get(_OVER):
            return None
        session = SESSION.unpack(item)
        return session if now < session.expires_at else None

    def end_session(self, mac: str) -> None:
        """Forget a session; it counts from the next request on.

        It is marked, not deleted: so that a renewal under way can't bring it back.

        Raises:
            Stale: others wrote it each time.
        """
        for _ in range(TRIES):
            item = get(self.store, SYS, _session(mac))
            if item is None or item.get(_OVER):
                return
            try:
                put(self.store, SYS, {**item, _OVER: True}, rev=rev_of(item))
            except Stale:
                continue
            return
        raise Stale("session")

    def add_key(self, key: ApiKey) -> None:
        """Keep a new key, in place of one with the same workspace and id.

        It is kept twice: under its MAC for those who use it, under its firm for the list.

        Raises:
            Stale: somebody else wrote it at the same time.
        """
        listed = _listed_key(key.workspace, key.id)
        before = get(self.store, SYS, listed)
        packed = API_KEY.pack(key)
        used = _item(_key(key.mac), packed) | (expires(key.expires_at) if key.expires_at else {})
        writes: list[Put | Delete] = [
            Put(SYS, _item(listed, packed), rev_of(before)),
            Put(SYS, used, None),
        ]
        if before is not None and before["mac"] != key.mac:
            writes.append(Delete(SYS, _key(before["mac"])))
        transact(self.store, writes)

    def key(self, mac: str, now: datetime) -> ApiKey | None:
        """Return a key that is neither revoked nor expired."""
        item = get(self.store, SYS, _key(mac))
        if item is None:
            return None
        key = API_KEY.unpack(item)
        return key if key.expires_at is None or now < key.expires_at else None

    def keys(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        """Return all keys of a firm, expired ones too."""
        own = Path(SORT).startswith("KEY#")
        found = query(self.store, SYS, keys.firm(workspace), own)
        return [API_KEY.unpack(item) for item in found]

    def remove_key(self, workspace: WorkspaceId, key: str) -> bool:
        """Revoke a key by its id; False if there is none.

        What lets in goes first: a crash between leaves a key in the list that no longer does.
        """
        item = get(self.store, SYS, _listed_key(workspace, key))
        if item is None:
            return False
        delete(self.store, SYS, _key(item["mac"]))
        delete(self.store, SYS, _listed_key(workspace, key))
        return True


def _item(key: Key, packed: Item) -> Item:
    return {PARTITION: key[0], SORT: key[1], **packed}


def _link(mac: str) -> Key:
    return f"LINK#{keys.part(mac)}", ALONE


def _session(mac: str) -> Key:
    return f"SESS#{keys.part(mac)}", ALONE


def _key(mac: str) -> Key:
    return f"KEY#{keys.part(mac)}", ALONE


def _listed_key(workspace: WorkspaceId, key: str) -> Key:
    return keys.firm(workspace), f"KEY#{keys.part(key)}"
