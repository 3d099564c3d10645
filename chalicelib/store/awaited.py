"""Those who are on a network's sign-in page: found by the MAC of their state, taken once.

What their way back needs holds secrets of the network's, so it is encrypted under the firm's
key and bound to this very sign-in; it is wiped as soon as it is taken.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.ids import ChannelId
from chalicelib.publishing.ports import Stale
from chalicelib.store import keys
from chalicelib.store.codec import INSTANT, TEXT, Record
from chalicelib.store.connection import Store
from chalicelib.store.encryption import Cipher, Place, Sealed
from chalicelib.store.expiry import expires
from chalicelib.store.items import Item
from chalicelib.store.keys import ALONE, Key
from chalicelib.store.read import get
from chalicelib.store.schema import VERSION, Kind
from chalicelib.store.tables import EXPIRES, PARTITION, SORT, SYS
from chalicelib.store.write import put, rev_of
from chalicelib.workspaces.authorizing import Awaited

OAUTH = "oauth"
"""What its kind of secret begins with."""
_OVER = "over"
_KEY_ID, _NONCE, _DATA = "kid", "nonce", "data"

AWAITED = Kind(
    name="awaited sign-in",
    record=Record(
        Awaited,
        {
            "workspace": ("ws", TEXT),
            "member": ("who", TEXT),
            "network": ("net", TEXT),
            "channel": ("ch", TEXT),
            "expires_at": ("until", INSTANT),
        },
        known=frozenset({"mac", "kept"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AwaitedSignIns:
    """Where those who are on a network's page are kept."""

    store: Store
    cipher: Cipher

    def put(self, awaited: Awaited) -> None:
        """Keep one until it expires.

        Raises:
            StoreUnclear: it couldn't be found out whether it was kept.
        """
        sealed = self.cipher.seal(_place(awaited.mac, awaited), awaited.kept)
        pk, sk = _key(awaited.mac)
        item: Item = {
            PARTITION: pk,
            SORT: sk,
            **AWAITED.pack(awaited),
            _KEY_ID: sealed.key_id,
            _NONCE: sealed.nonce,
            _DATA: sealed.data,
        }
        put(self.store, SYS, item | expires(awaited.expires_at), rev=0)

    def see(self, mac: str, now: datetime) -> Awaited | None:
        """Return one, and leave it where it is.

        Raises:
            SecretUnreadable: it was tampered with, or its root key isn't known.
        """
        item = get(self.store, SYS, _key(mac))
        return None if item is None or item.get(_OVER) else self._opened(mac, item, now)

    def take(self, mac: str, now: datetime) -> Awaited | None:
        """Take one away: of all callers at any time exactly one gets it.

        Its item is wiped, not deleted: so that whose answer was lost learns that it was his.

        Raises:
            StoreUnclear: it couldn't be found out whether it was taken.
            SecretUnreadable: it was tampered with, or its root key isn't known.
        """
        pk, sk = _key(mac)
        item = get(self.store, SYS, (pk, sk))
        if item is None or item.get(_OVER):
            return None
        wiped = {PARTITION: pk, SORT: sk, VERSION: 1, _OVER: True, EXPIRES: item[EXPIRES]}
        try:
            put(self.store, SYS, wiped, rev=rev_of(item))
        except Stale:
            return None
        return self._opened(mac, item, now)

    def _opened(self, mac: str, item: Item, now: datetime) -> Awaited | None:
        bare = AWAITED.unpack(item, mac=mac, kept={})
        if bare.expires_at <= now:
            return None
        sealed = Sealed(item[_KEY_ID], item[_NONCE], item[_DATA])
        kept = self.cipher.open(_place(mac, bare), sealed)
        return AWAITED.unpack(item, mac=mac, kept=kept)


def _place(mac: str, awaited: Awaited) -> Place:
    """Bind a secret to its sign-in, and to whose it is.

    The MAC stands where a channel's id stands in the vault.
    """
    kind = " ".join((OAUTH, awaited.member, awaited.network, awaited.channel))
    return Place(awaited.workspace, ChannelId(mac), kind)


def _key(mac: str) -> Key:
    return f"OAUTH#{keys.part(mac)}", ALONE
