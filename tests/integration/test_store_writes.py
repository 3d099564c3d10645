"""The conditional write and the transaction when the store's answer is lost or unclear."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.publishing.ports import PostChange, Stale, StoreUnclear
from chalicelib.store.connection import Store
from chalicelib.store.failures import StoreFault
from chalicelib.store.items import Item
from chalicelib.store.posts import Posts
from chalicelib.store.read import get, get_many, query
from chalicelib.store.tables import CORE, SYS
from chalicelib.store.write import Delete, Put, add, delete, put, transact
from tests.store_fixtures import (
    FIRM,
    Fault,
    OpenTables,
    Tables,
    a_delivery,
    a_post,
    a_version,
    answers,
    canceled,
    first,
    lost_answer,
    not_applied,
    passes,
    race,
)

KEY = ("W#firm", "X#1")
THROTTLED = answers(400, "ThrottlingException")
BROKEN = answers(500, "InternalServerError")
UNAVAILABLE = answers(503, "")


def item(**attributes: object) -> Item:
    return {"pk": KEY[0], "sk": KEY[1], **attributes}


def stands(store: Store) -> Item | None:
    return get(store, CORE, KEY)


# One item.


@pytest.mark.parametrize("unclear", [not_applied, THROTTLED, BROKEN, UNAVAILABLE])
def test_an_unclear_write_that_was_not_applied_is_sent_once_more(
    tables: Tables, unclear: Fault
) -> None:
    tables.faults.plan("PutItem", unclear)
    token = put(tables.store, CORE, item(word="a"), rev=0)
    assert stands(tables.store) == item(word="a", rev=1, token=token)


def test_a_write_whose_answer_was_lost_counts_as_applied(tables: Tables) -> None:
    tables.faults.plan("PutItem", lost_answer)
    token = put(tables.store, CORE, item(word="a"), rev=0)
    assert stands(tables.store) == item(word="a", rev=1, token=token)
    assert [name for name, _ in tables.calls.take()] == ["GetItem", "GetItem"]


def test_a_write_refused_by_its_own_first_success_counts_as_applied(
    open_tables: OpenTables,
) -> None:
    tables = open_tables(retries=1)
    for rev in (0, 1):  # a new item, then a change of it
        tables.faults.plan("PutItem", lost_answer, passes)
        token = put(tables.store, CORE, item(word="a"), rev=rev)
        assert stands(tables.store) == item(word="a", rev=rev + 1, token=token)
    assert not tables.faults.left


def test_a_write_lost_twice_is_unclear(tables: Tables) -> None:
    tables.faults.plan("PutItem", not_applied, not_applied)
    with pytest.raises(StoreUnclear):
        put(tables.store, CORE, item(), rev=0)


def test_the_second_sends_lost_answer_counts_as_applied(tables: Tables) -> None:
    tables.faults.plan("PutItem", not_applied, lost_answer)
    token = put(tables.store, CORE, item(), rev=0)
    assert stands(tables.store) == item(rev=1, token=token)


def test_an_unclear_write_that_cannot_be_read_back_is_unclear(tables: Tables) -> None:
    tables.faults.plan("PutItem", lost_answer)
    tables.faults.plan("GetItem", not_applied)
    with pytest.raises(StoreUnclear):
        put(tables.store, CORE, item(), rev=0)


def test_an_unclear_write_on_what_somebody_else_changed_is_stale(tables: Tables) -> None:
    put(tables.store, CORE, item(word="a"), rev=0)
    other = first(lambda: put(tables.store, CORE, item(word="b"), rev=1), then=not_applied)
    tables.faults.plan("PutItem", other)
    with pytest.raises(Stale):
        put(tables.store, CORE, item(word="c"), rev=1)
    kept = stands(tables.store)
    assert kept is not None
    assert (kept["word"], kept["rev"]) == ("b", 2)


def test_a_write_that_arrives_between_an_unclear_one_and_its_repeat_wins(tables: Tables) -> None:
    put(tables.store, CORE, item(word="a"), rev=0)
    other = first(lambda: put(tables.store, CORE, item(word="b"), rev=1))
    tables.faults.plan("PutItem", not_applied, other)
    with pytest.raises(Stale):
        put(tables.store, CORE, item(word="c"), rev=1)


def test_a_write_on_an_item_that_is_gone_is_stale(tables: Tables) -> None:
    with pytest.raises(Stale):
        put(tables.store, CORE, item(), rev=3)
    assert stands(tables.store) is None


def test_a_write_in_the_way_of_a_transaction_is_sent_once_more(tables: Tables) -> None:
    conflict = answers(400, "TransactionConflictException")
    tables.faults.plan("PutItem", conflict)
    put(tables.store, CORE, item(), rev=0)
    tables.faults.plan("PutItem", conflict, conflict)
    with pytest.raises(Stale):
        put(tables.store, CORE, item(), rev=1)


def test_what_the_store_says_is_wrong_is_a_fault_of_ours(tables: Tables) -> None:
    with pytest.raises(StoreFault, match="ValidationException"):
        put(tables.store, CORE, item(word="x" * 410_000), rev=0)
    tables.faults.plan("GetItem", answers(400, "AccessDeniedException"))
    with pytest.raises(StoreFault, match="AccessDenied"):
        get(tables.store, CORE, KEY)


def test_deleting_is_repeatable(tables: Tables) -> None:
    put(tables.store, CORE, item(), rev=0)
    tables.faults.plan("DeleteItem", lost_answer)
    delete(tables.store, CORE, KEY)
    delete(tables.store, CORE, KEY)
    assert stands(tables.store) is None
    tables.faults.plan("DeleteItem", not_applied, not_applied)
    with pytest.raises(StoreUnclear):
        delete(tables.store, CORE, KEY)


def test_counting_loses_no_count_in_a_race(tables: Tables) -> None:
    counts = race(lambda _: add(tables.store, SYS, KEY, attribute="n", also={"expires": 9}))
    assert sorted(counts) == list(range(1, 9))  # type: ignore[type-var]
    assert get(tables.store, SYS, KEY) == item(n=8, expires=9)
    tables.faults.plan("UpdateItem", not_applied)
    with pytest.raises(StoreUnclear):
        add(tables.store, SYS, KEY, attribute="n", also={})


# Transactions.


def a_change() -> PostChange:
    deliveries = tuple((None, a_delivery(channel=f"chan{n}")) for n in (1, 2))
    return PostChange(before=None, after=a_post(), version=a_version(), deliveries=deliveries)


def everything(store: Store) -> list[Item]:
    return list(query(store, CORE, f"W#{FIRM}"))


def test_a_transaction_is_written_whole(tables: Tables) -> None:
    done = Posts(store=tables.store).commit(a_change())
    assert done.after.rev == 1
    assert [d.rev for _, d in done.deliveries] == [1, 1]
    assert {i["token"] for i in everything(tables.store)} == {done.after.write_token}
    assert [i["sk"] for i in everything(tables.store)] == [
        "D#post1.chan1.0",
        "D#post1.chan2.0",
        "P#post1",
        "P#post1#V#1",
    ]


@pytest.mark.parametrize("lost", ["P#post1", "P#post1#V#1", "D#post1.chan1.0", "D#post1.chan2.0"])
def test_a_transaction_with_one_stale_item_writes_nothing(tables: Tables, lost: str) -> None:
    put(tables.store, CORE, {"pk": f"W#{FIRM}", "sk": lost}, rev=0)
    before = everything(tables.store)
    with pytest.raises(Stale):
        Posts(store=tables.store).commit(a_change())
    assert everything(tables.store) == before


@pytest.mark.parametrize("unclear", [not_applied, BROKEN, canceled("TransactionConflict", "None")])
def test_an_unclear_transaction_is_sent_once_more(tables: Tables, unclear: Fault) -> None:
    tables.faults.plan("TransactWriteItems", unclear)
    Posts(store=tables.store).commit(a_change())
    assert len(everything(tables.store)) == 4


def test_a_transaction_whose_answer_was_lost_counts_as_applied(tables: Tables) -> None:
    tables.faults.plan("TransactWriteItems", lost_answer)
    done = Posts(store=tables.store).commit(a_change())
    assert {i["token"] for i in everything(tables.store)} == {done.after.write_token}


def test_a_transaction_refused_by_its_own_first_success_counts_as_applied(
    tables: Tables,
) -> None:
    """Over a restart DynamoDB's request tokens are forgotten: the repeat is refused."""
    refused = canceled("ConditionalCheckFailed", "None", "None", "None")
    posts = Posts(store=tables.store)

    def applied_then_refused(session: object, request: object) -> object:
        with pytest.raises(Exception, match="Read timeout"):
            lost_answer(session, request)
        return refused(session, request)

    tables.faults.plan("TransactWriteItems", applied_then_refused)
    done = posts.commit(a_change())
    assert {i["token"] for i in everything(tables.store)} == {done.after.write_token}


def test_a_transaction_in_conflict_twice_is_stale_and_writes_nothing(tables: Tables) -> None:
    conflict = canceled("TransactionConflict", "None")
    tables.faults.plan("TransactWriteItems", conflict, conflict)
    with pytest.raises(Stale):
        Posts(store=tables.store).commit(a_change())
    assert everything(tables.store) == []


def test_a_transaction_lost_twice_is_unclear(tables: Tables) -> None:
    tables.faults.plan("TransactWriteItems", not_applied, canceled("TransactionConflict"))
    with pytest.raises(StoreUnclear):
        Posts(store=tables.store).commit(a_change())


def test_of_eight_transactions_that_race_one_wins(tables: Tables) -> None:
    posts = Posts(store=tables.store)
    done = posts.commit(a_change())
    changes = [
        PostChange(
            before=done.after,
            after=replace(done.after, excerpt=f"edit {n}", version=2),
            version=a_version(n=2),
            deliveries=tuple((d, replace(d, version=2, crashes=n)) for _, d in done.deliveries),
        )
        for n in range(8)
    ]
    results = race(lambda n: posts.commit(changes[n]))
    (won,) = (r for r in results if isinstance(r, PostChange))
    assert sum(isinstance(r, Stale) for r in results) == 7
    assert posts.get(FIRM, done.after.id) == won.after
    assert posts.deliveries(FIRM, done.after.id) == [d for _, d in won.deliveries]


def test_a_transaction_deletes_too_and_knows_its_bounds(tables: Tables) -> None:
    put(tables.store, CORE, item(), rev=0)
    pointer = Put(CORE, {"pk": "F#1", "sk": "-"}, 0)
    transact(tables.store, [pointer, Delete(CORE, KEY)])
    assert stands(tables.store) is None
    with pytest.raises(TypeError):
        transact(tables.store, [Delete(CORE, KEY), pointer])
    with pytest.raises(ValueError, match="101 items"):
        transact(tables.store, [pointer] * 101)


# Batches.


def test_a_batch_the_store_takes_in_part_is_asked_for_again(tables: Tables) -> None:
    keys = [(KEY[0], f"X#{n:03}") for n in range(130)]
    for pk, sk in keys:
        put(tables.store, CORE, {"pk": pk, "sk": sk}, rev=0)
    tables.calls.take()
    name = tables.store.name(CORE)
    left = {name: {"Keys": [{"pk": {"S": pk}, "sk": {"S": sk}} for pk, sk in keys[:100]]}}
    nothing_yet = answers(200, "", Responses={}, UnprocessedKeys=left)
    tables.faults.plan("BatchGetItem", nothing_yet, nothing_yet)
    assert set(get_many(tables.store, CORE, [*keys, *keys])) == set(keys)
    assert [n for n, _ in tables.calls.take()] == ["BatchGetItem"] * 4
    tables.faults.plan("BatchGetItem", *[nothing_yet] * 6)
    with pytest.raises(StoreUnclear, match="100 of 100"):
        get_many(tables.store, CORE, keys)
    late = iter([0, 13])
    slow = replace(tables.store, seconds=lambda: next(late))
    tables.faults.plan("BatchGetItem", nothing_yet)
    with pytest.raises(StoreUnclear):
        get_many(slow, CORE, keys[:100])
    assert not tables.faults.left
