"""The vault: channels' secrets, encrypted; only what signs in to networks may read it.

Refreshing is single-flight: who refreshes first writes a lease, conditional on what he read.
Each refresh raises the secret's generation, by which others see that it has been done.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing.outcomes import AuthExpired, Transient
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.store import keys
from chalicelib.store.codec import micros
from chalicelib.store.connection import Store
from chalicelib.store.encryption import Cipher, Place, Sealed
from chalicelib.store.items import Item
from chalicelib.store.keys import Key
from chalicelib.store.read import get
from chalicelib.store.schema import VERSION
from chalicelib.store.tables import PARTITION, SORT, VAULT
from chalicelib.store.write import REV, delete, put, rev_of

NETWORK = "network"
"""The kind of secret that a network gave or a person typed for it."""
LEASE = timedelta(seconds=30)
"""Longer than the one call of a refresh (20 s at most)."""
TRIES = 5

_KEY_ID, _NONCE, _DATA, _GENERATION, _LEASE = "kid", "nonce", "data", "gen", "lease"

Refresh = Callable[[Mapping[str, str]], Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Vault:
    """Where channels' secrets are kept, encrypted."""

    store: Store
    clock: Clock
    cipher: Callable[[], Cipher]
    """Asked when something is sealed or opened: deleting takes no key."""

    def put(self, workspace: WorkspaceId, channel: ChannelId, secret: Mapping[str, str]) -> None:
        """Keep a channel's secrets, in place of what was kept; a lease ends with it.

        Raises:
            Stale: others wrote them each time.
            StoreUnclear: it couldn't be found out whether they were written.
        """
        place = Place(workspace, channel, NETWORK)
        for _ in range(TRIES):
            item = self.read(place)
            try:
                put(self.store, VAULT, self.sealed(place, secret, item), rev=rev_of(item))
            except Stale:
                continue
            return
        raise Stale(channel)

    def forget(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        """Delete a channel's secrets for good.

        Raises:
            StoreUnclear: the store didn't answer; they may be gone.
        """
        delete(self.store, VAULT, _key(Place(workspace, channel, NETWORK)))

    def open(self, workspace: WorkspaceId, channel: ChannelId) -> KeptCredentials:
        """Return a channel's secrets, to be used and refreshed.

        Raises:
            AuthExpired: it has none (any more).
            Transient: the store didn't answer.
            SecretUnreadable: they were tampered with, or their root key isn't known.
        """
        place = Place(workspace, channel, NETWORK)
        return KeptCredentials(self, place, _there(lambda: self.read(place)))

    # For the credentials below.

    def read(self, place: Place) -> Item | None:
        """Return the item of a place as it stands."""
        return get(self.store, VAULT, _key(place))

    def secret_of(self, place: Place, item: Item) -> Mapping[str, str]:
        """Return the secrets that an item holds."""
        return self.cipher().open(place, Sealed(item[_KEY_ID], item[_NONCE], item[_DATA]))

    def sealed(self, place: Place, secret: Mapping[str, str], before: Item | None) -> Item:
        """Return the item of the next generation of a secret, without a lease."""
        sealed = self.cipher().seal(place, secret)
        pk, sk = _key(place)
        return {
            PARTITION: pk,
            SORT: sk,
            VERSION: 1,
            _KEY_ID: sealed.key_id,
            _NONCE: sealed.nonce,
            _DATA: sealed.data,
            _GENERATION: (before[_GENERATION] if before else 0) + 1,
        }


class KeptCredentials:
    """One channel's secrets, refreshed single-flight: ``networks.contract.Credentials``."""

    def __init__(self, vault: Vault, place: Place, item: Item) -> None:
        self._vault = vault
        self._place = place
        self._secret, self._generation = vault.secret_of(place, item), item[_GENERATION]

    def __repr__(self) -> str:
        return f"KeptCredentials({self._place.channel})"

    @property
    def secret(self) -> Mapping[str, str]:
        """The secrets as stored."""
        return self._secret

    def renew(self, refresh: Refresh) -> Mapping[str, str]:
        """Replace the secrets by what ``refresh`` makes of them, under a conditional lease.

        If somebody else refreshed them meanwhile, theirs are returned and ``refresh`` isn't
        called. What ``refresh`` returns is stored before it is returned.

        Raises:
            Transient: somebody else is refreshing them now, or the store can't be reached.
            AuthExpired: they have been deleted.
        """
        leased = self._lease()
        if leased is None:
            return self._secret
        try:
            fresh = refresh(self._secret)
        except Exception:
            with suppress(Stale, StoreUnclear):  # or else the lease ends by itself
                free = {name: v for name, v in leased.items() if name != _LEASE}
                put(self._vault.store, VAULT, free, rev=rev_of(leased))
            raise
        return self._keep(fresh, leased)

    def _lease(self) -> Item | None:
        """Return the item under our lease; None if somebody else's refresh was taken over."""
        for _ in range(TRIES):
            item = self._stands()
            if self._took_over(item):
                return None
            now = self._vault.clock.now()
            if item.get(_LEASE, 0) > micros(now):
                raise Transient("somebody else is refreshing the secrets")
            leased = {**item, _LEASE: micros(now + LEASE)}
            try:
                put(self._vault.store, VAULT, leased, rev=item[REV])
            except Stale:
                continue
            except StoreUnclear as error:
                raise Transient(str(error)) from error
            return {**leased, REV: item[REV] + 1}
        raise Transient("others are at the secrets")

    def _keep(self, fresh: Mapping[str, str], leased: Item) -> Mapping[str, str]:
        """Store new secrets, even if our lease has ended; only a newer generation stops them.

        They are real, and a rotated one is the only one that works from now on.
        """
        before = leased
        for _ in range(TRIES):
            item = self._vault.sealed(self._place, fresh, before)
            try:
                put(self._vault.store, VAULT, item, rev=before[REV])
            except (Stale, StoreUnclear):
                before = self._stands()
                if self._took_over(before):
                    return self._secret
            else:
                self._secret, self._generation = dict(fresh), item[_GENERATION]
                return self._secret
        raise Transient("the new secrets couldn't be stored")

    def _took_over(self, item: Item) -> bool:
        """Take over what another refresh has stored, if one has."""
        if item[_GENERATION] == self._generation:
            return False
        self._secret = self._vault.secret_of(self._place, item)
        self._generation = item[_GENERATION]
        return True

    def _stands(self) -> Item:
        return _there(lambda: self._vault.read(self._place))


def _there(read: Callable[[], Item | None]) -> Item:
    try:
        item = read()
    except StoreUnclear as error:
        raise Transient(str(error)) from error
    if item is None:
        raise AuthExpired("the channel has no secrets")
    return item


def _key(place: Place) -> Key:
    pk, sk = keys.channel(place.workspace, place.channel)
    return pk, f"{sk}#{place.kind}"
