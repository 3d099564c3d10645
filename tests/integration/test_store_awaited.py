"""Those who are on a network's sign-in page, on the real engine: encrypted, taken once."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ids import ChannelId, MemberId
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.store.awaited import AwaitedSignIns
from chalicelib.store.encryption import Cipher, SecretUnreadable
from chalicelib.store.items import Item
from chalicelib.store.read import get
from chalicelib.store.tables import EXPIRES, SYS
from chalicelib.store.write import put, rev_of
from chalicelib.workspaces.authorizing import Awaited
from tests.store_fixtures import FIRM, NOON, OTHER, Tables, lost_answer, not_applied, race

SIGN_IN = Awaited(
    mac="m1",
    workspace=FIRM,
    member=MemberId("lea"),
    network="mastodon",
    channel=ChannelId("chan1"),
    expires_at=NOON + timedelta(minutes=15),
    kept={"state": "the-state", "client_secret": "très-secret", "verifier": ""},
)
KEY = ("OAUTH#m1", "-")


@pytest.fixture
def awaited(tables: Tables) -> AwaitedSignIns:
    cipher = Cipher(roots={"1": b"a" * 32}, current="1")
    return AwaitedSignIns(store=tables.store, cipher=cipher)


def item_of(tables: Tables) -> Item:
    item = get(tables.store, SYS, KEY)
    assert item is not None
    return item


def test_one_comes_back_as_it_was_once(awaited: AwaitedSignIns) -> None:
    awaited.put(SIGN_IN)
    assert awaited.take("other", NOON) is None
    assert awaited.take("m1", NOON) == SIGN_IN
    assert awaited.take("m1", NOON) is None


def test_its_secrets_lie_there_encrypted_and_are_wiped(
    tables: Tables, awaited: AwaitedSignIns
) -> None:
    awaited.put(SIGN_IN)
    kept = item_of(tables)
    assert kept[EXPIRES] == (NOON + timedelta(minutes=15)).timestamp() // 1 + 1
    for secret in ("the-state", "secret"):
        assert secret not in repr(kept).encode().decode("unicode_escape")
    awaited.take("m1", NOON)
    wiped = item_of(tables)
    assert wiped[EXPIRES] == kept[EXPIRES]
    assert {"data", "nonce", "who", "ws"} & set(wiped) == set()


def test_one_too_old_is_used_up_too(awaited: AwaitedSignIns) -> None:
    awaited.put(SIGN_IN)
    assert awaited.take("m1", SIGN_IN.expires_at) is None
    assert awaited.take("m1", NOON) is None


def test_of_eight_who_take_it_one_gets_it(awaited: AwaitedSignIns) -> None:
    awaited.put(SIGN_IN)
    results = race(lambda _: awaited.take("m1", NOON))
    assert sorted(results, key=repr) == sorted([SIGN_IN, *[None] * 7], key=repr)


def test_whose_answer_was_lost_has_it_all_the_same(tables: Tables, awaited: AwaitedSignIns) -> None:
    awaited.put(SIGN_IN)
    tables.faults.plan("PutItem", lost_answer)
    assert awaited.take("m1", NOON) == SIGN_IN
    tables.faults.plan("GetItem", not_applied)
    with pytest.raises(StoreUnclear):
        awaited.take("m1", NOON)


@pytest.mark.parametrize(
    "change",
    [{"ws": OTHER}, {"who": "eve"}, {"net": "bluesky"}, {"ch": "chan2"}, {"data": b"x" * 60}],
    ids=str,
)
def test_one_that_was_changed_cannot_be_opened(
    tables: Tables, awaited: AwaitedSignIns, change: dict[str, Any]
) -> None:
    awaited.put(SIGN_IN)
    item = item_of(tables)
    put(tables.store, SYS, {**item, **change}, rev=rev_of(item))
    with pytest.raises(SecretUnreadable):
        awaited.take("m1", NOON)


def test_two_of_one_member_are_two(awaited: AwaitedSignIns) -> None:
    other = replace(SIGN_IN, mac="m2", channel=ChannelId("chan2"))
    awaited.put(SIGN_IN)
    awaited.put(other)
    assert awaited.take("m2", NOON) == other
    assert awaited.take("m1", NOON) == SIGN_IN
