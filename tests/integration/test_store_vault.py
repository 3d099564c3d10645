"""The vault on the real engine: bound to its place, refreshed by one at a time."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping
from itertools import product

import pytest

from chalicelib.ids import ChannelId
from chalicelib.publishing.outcomes import AuthExpired, Transient
from chalicelib.store.encryption import Cipher, SecretUnreadable
from chalicelib.store.items import Item
from chalicelib.store.read import get, query
from chalicelib.store.tables import VAULT
from chalicelib.store.vault import LEASE, Vault
from chalicelib.store.write import put
from tests.fakes.clocks import SettableClock
from tests.store_fixtures import FIRM, OTHER, Tables, first, lost_answer, not_applied, passes, race

CHANNEL = ChannelId("chan1")
SECRET = {"access_token": "très-secret", "refresh_token": "r1"}
ROOT, NEW_ROOT = b"a" * 32, b"b" * 32
KEY = (f"W#{FIRM}", "CH#chan1#network")


def next_secret(secret: Mapping[str, str]) -> Mapping[str, str]:
    """A network that rotates: r1 gives r2, once."""
    return {"access_token": "neuf", "refresh_token": f"r{int(secret['refresh_token'][1:]) + 1}"}


@pytest.fixture
def vault(tables: Tables, clock: SettableClock) -> Vault:
    cipher = Cipher(roots={"1": ROOT}, current="1")
    return Vault(store=tables.store, clock=clock, cipher=lambda: cipher)


def test_secrets_come_back_as_they_were_and_lie_there_encrypted(
    tables: Tables, vault: Vault
) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    assert vault.open(FIRM, CHANNEL).secret == SECRET
    kept = repr(get(tables.store, VAULT, KEY)).encode().decode("unicode_escape")
    assert "secret" not in kept
    assert "r1" not in kept
    assert "secret" not in repr(vault.open(FIRM, CHANNEL))
    assert "aaaa" not in repr(vault)


def test_the_same_secret_never_looks_the_same(tables: Tables, vault: Vault) -> None:
    seen = set()
    for _ in range(3):
        vault.put(FIRM, CHANNEL, SECRET)
        item = get(tables.store, VAULT, KEY)
        assert item is not None
        seen |= {item["nonce"], item["data"]}
    assert len(seen) == 6


def test_there_are_no_secrets_until_and_after(vault: Vault) -> None:
    with pytest.raises(AuthExpired):
        vault.open(FIRM, CHANNEL)
    vault.put(FIRM, CHANNEL, SECRET)
    with pytest.raises(AuthExpired):
        vault.open(OTHER, CHANNEL)
    vault.forget(FIRM, CHANNEL)
    with pytest.raises(AuthExpired):
        vault.open(FIRM, CHANNEL)


def test_a_vault_that_cannot_be_read_now_is_transient(tables: Tables, vault: Vault) -> None:
    tables.faults.plan("GetItem", not_applied)
    with pytest.raises(Transient):
        vault.open(FIRM, CHANNEL)


# Tampering.


def _flip(data: bytes, bit: int) -> bytes:
    changed = bytearray(data)
    changed[bit // 8 % len(data)] ^= 1 << bit % 8
    return bytes(changed)


@pytest.mark.parametrize(("attribute", "bit"), [*product(["nonce", "data"], [0, 7, 90, 1003])])
def test_any_bit_changed_is_found(tables: Tables, vault: Vault, attribute: str, bit: int) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    _change(tables, KEY, lambda item: {**item, attribute: _flip(item[attribute], bit)})
    with pytest.raises(SecretUnreadable, match="not what was sealed"):
        vault.open(FIRM, CHANNEL)


@pytest.mark.parametrize(
    ("workspace", "channel"), [(OTHER, "chan1"), (FIRM, "chan2"), (FIRM, "chan1#network")]
)
def test_a_secret_moved_to_another_place_cannot_be_opened(
    tables: Tables, vault: Vault, workspace: str, channel: str
) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    item = get(tables.store, VAULT, KEY)
    assert item is not None
    there = f"W#{workspace}", f"CH#{channel.replace('#', '%23')}#network"
    put(tables.store, VAULT, {**item, "pk": there[0], "sk": there[1]}, rev=0)
    with pytest.raises(SecretUnreadable):
        vault.open(workspace, ChannelId(channel))  # type: ignore[arg-type]


def test_a_new_root_key_opens_what_the_old_one_sealed_and_seals_anew(
    tables: Tables, vault: Vault, clock: SettableClock
) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    both = Cipher(roots={"1": ROOT, "2": NEW_ROOT}, current="2")
    rotating = Vault(store=tables.store, clock=clock, cipher=lambda: both)
    rotating.put(FIRM, CHANNEL, rotating.open(FIRM, CHANNEL).secret)
    only_new = Cipher(roots={"2": NEW_ROOT}, current="2")
    assert Vault(store=tables.store, clock=clock, cipher=lambda: only_new).open(
        FIRM, CHANNEL
    ).secret == (SECRET)
    with pytest.raises(SecretUnreadable, match="'2' isn't known"):
        vault.open(FIRM, CHANNEL)


def test_a_wrong_root_key_opens_nothing(tables: Tables, vault: Vault, clock: SettableClock) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    wrong = Cipher(roots={"1": NEW_ROOT}, current="1")
    with pytest.raises(SecretUnreadable):
        Vault(store=tables.store, clock=clock, cipher=lambda: wrong).open(FIRM, CHANNEL)
    with pytest.raises(ValueError, match="32 bytes"):
        Cipher(roots={"1": b"short"}, current="1")
    with pytest.raises(ValueError, match="a name"):
        Cipher(roots={"1": ROOT}, current="2")


# Refreshing.


class Network:
    """Counts refreshes and refuses a refresh token that was used."""

    def __init__(self) -> None:
        self.used: list[str] = []
        self._lock = threading.Lock()

    def refresh(self, secret: Mapping[str, str]) -> Mapping[str, str]:
        with self._lock:
            assert secret["refresh_token"] not in self.used, "used twice: the family is revoked"
            self.used.append(secret["refresh_token"])
        return next_secret(secret)


def test_what_was_refreshed_is_stored_before_it_is_returned(vault: Vault) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    credentials = vault.open(FIRM, CHANNEL)
    assert credentials.renew(next_secret)["refresh_token"] == "r2"
    assert credentials.secret == vault.open(FIRM, CHANNEL).secret == next_secret(SECRET)
    assert credentials.renew(next_secret)["refresh_token"] == "r3"


def test_of_eight_who_renew_one_refreshes(vault: Vault) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    network = Network()
    opened = [vault.open(FIRM, CHANNEL) for _ in range(8)]
    results = race(lambda n: opened[n].renew(network.refresh))
    assert network.used == ["r1"]
    assert all(isinstance(r, Transient) or r == next_secret(SECRET) for r in results)
    assert any(r == next_secret(SECRET) for r in results)
    assert vault.open(FIRM, CHANNEL).secret == next_secret(SECRET)


def test_a_refresh_under_way_keeps_others_away_until_its_lease_ends(
    vault: Vault, clock: SettableClock
) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    other = vault.open(FIRM, CHANNEL)

    def while_refreshing(secret: Mapping[str, str]) -> Mapping[str, str]:
        with pytest.raises(Transient, match="somebody else"):
            other.renew(_never)
        return next_secret(secret)

    mine = vault.open(FIRM, CHANNEL)
    mine.renew(while_refreshing)
    assert other.renew(_never) == next_secret(SECRET)


def test_one_who_died_while_refreshing_is_taken_over_from(
    vault: Vault, clock: SettableClock
) -> None:
    vault.put(FIRM, CHANNEL, SECRET)

    class Death(BaseException):
        pass

    def dies(_: Mapping[str, str]) -> Mapping[str, str]:
        raise Death

    with pytest.raises(Death):
        vault.open(FIRM, CHANNEL).renew(dies)
    with pytest.raises(Transient):
        vault.open(FIRM, CHANNEL).renew(_never)
    clock.advance(LEASE)
    assert vault.open(FIRM, CHANNEL).renew(next_secret) == next_secret(SECRET)


def test_a_refresh_that_fails_gives_its_lease_back_at_once(vault: Vault) -> None:
    vault.put(FIRM, CHANNEL, SECRET)

    def refused(_: Mapping[str, str]) -> Mapping[str, str]:
        raise AuthExpired("revoked")

    for _ in range(2):
        with pytest.raises(AuthExpired, match="revoked"):
            vault.open(FIRM, CHANNEL).renew(refused)
    assert vault.open(FIRM, CHANNEL).renew(next_secret) == next_secret(SECRET)


def test_a_frozen_refreshers_secrets_replace_a_lease_but_no_newer_secrets(
    vault: Vault, clock: SettableClock
) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    frozen, other = vault.open(FIRM, CHANNEL), vault.open(FIRM, CHANNEL)

    def freezes(secret: Mapping[str, str]) -> Mapping[str, str]:
        clock.advance(LEASE)
        other.renew(lambda s: {**next_secret(s), "access_token": "de l'autre"})
        return next_secret(secret)

    assert frozen.renew(freezes)["access_token"] == "de l'autre"
    assert vault.open(FIRM, CHANNEL).secret["access_token"] == "de l'autre"

    def freezes_within(_: Mapping[str, str]) -> Mapping[str, str]:
        clock.advance(LEASE)

        def thaws(secret: Mapping[str, str]) -> Mapping[str, str]:
            raise Transient("the network is away")

        with pytest.raises(Transient):
            other.renew(thaws)
        return {"access_token": "à moi", "refresh_token": "r9"}

    assert frozen.renew(freezes_within)["access_token"] == "à moi"
    assert vault.open(FIRM, CHANNEL).secret["access_token"] == "à moi"


def test_a_person_who_reconnects_during_a_refresh_wins(vault: Vault) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    typed = {"access_token": "tapé", "refresh_token": "r100"}

    def reconnects(secret: Mapping[str, str]) -> Mapping[str, str]:
        vault.put(FIRM, CHANNEL, typed)
        return next_secret(secret)

    assert vault.open(FIRM, CHANNEL).renew(reconnects) == typed
    assert vault.open(FIRM, CHANNEL).secret == typed


def test_secrets_deleted_during_a_refresh_stay_deleted(tables: Tables, vault: Vault) -> None:
    vault.put(FIRM, CHANNEL, SECRET)

    def deletes(secret: Mapping[str, str]) -> Mapping[str, str]:
        vault.forget(FIRM, CHANNEL)
        return next_secret(secret)

    with pytest.raises(AuthExpired):
        vault.open(FIRM, CHANNEL).renew(deletes)
    assert list(query(tables.store, VAULT, KEY[0])) == []


def test_lost_answers_lose_no_refreshed_secret(tables: Tables, vault: Vault) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    credentials = vault.open(FIRM, CHANNEL)
    tables.faults.plan("PutItem", lost_answer, lost_answer)
    assert credentials.renew(next_secret)["refresh_token"] == "r2"
    # Lost twice, but the item is as it was: the secret is sent until it is there.
    tables.faults.plan("PutItem", passes, not_applied, not_applied, not_applied)
    assert credentials.renew(next_secret)["refresh_token"] == "r3"
    assert not tables.faults.left
    assert vault.open(FIRM, CHANNEL).secret["refresh_token"] == "r3"


def test_a_lease_that_cannot_be_had_is_transient(tables: Tables, vault: Vault) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    credentials = vault.open(FIRM, CHANNEL)
    tables.faults.plan("PutItem", not_applied, not_applied)
    with pytest.raises(Transient):
        credentials.renew(_never)


def test_somebody_who_takes_the_lease_first_is_waited_for(tables: Tables, vault: Vault) -> None:
    vault.put(FIRM, CHANNEL, SECRET)
    mine, other = vault.open(FIRM, CHANNEL), vault.open(FIRM, CHANNEL)
    tables.faults.plan("PutItem", first(lambda: other.renew(next_secret)))
    assert mine.renew(_never) == next_secret(SECRET)


def _never(_: Mapping[str, str]) -> Mapping[str, str]:
    raise AssertionError("nobody may refresh now")


def _change(tables: Tables, key: tuple[str, str], change: Callable[[Item], Item]) -> None:
    item = get(tables.store, VAULT, key)
    assert item is not None
    put(tables.store, VAULT, change(item), rev=item["rev"])
