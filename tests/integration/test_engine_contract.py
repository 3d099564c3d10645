"""What the application leans on in DynamoDB, checked on whatever it runs on.

By default that is the local engine. `RELAIS_DYNAMODB_CONTRACT=eu-west-3` runs the very same checks
on the real DynamoDB of that region, with the credentials of the environment, before a release:

    RELAIS_DYNAMODB_CONTRACT=eu-west-3 .venv/bin/python -m pytest -n 0 \
        tests/integration/test_engine_{contract,transactions,capacity}.py

One on-demand table is made and deleted; it costs less than a cent. Where a check waits for an
index, that is since the real ones lag. `test_engine_on_disk.py` is about the engine only.
"""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest

from tests.dynamodb_contract import RACERS, ContractTable, code, eventually, of_size, race, refusal

LARGEST_ITEM = 400 * 1024  # bytes, names and values of all attributes together
CONDITION_FAILED = "ConditionalCheckFailedException"
INVALID = "ValidationException"


# --- One conditional write -----------------------------------------------------------------------


@pytest.mark.parametrize("_round", range(5))
def test_creating_what_is_absent_has_one_winner(
    dynamodb: ContractTable, pk: str, _round: int
) -> None:
    outcomes = race(
        lambda racer: dynamodb(
            "put_item",
            Item={"pk": pk, "sk": "0", "racer": racer},
            ConditionExpression="attribute_not_exists(pk)",
        )
    )
    winners = [racer for racer, outcome in enumerate(outcomes) if isinstance(outcome, dict)]
    assert outcomes.count(CONDITION_FAILED) == RACERS - 1
    assert [dynamodb.get(pk)] == [{"pk": pk, "sk": "0", "racer": winners[0]}]


@pytest.mark.parametrize("_round", range(5))
def test_writing_over_a_revision_has_one_winner(
    dynamodb: ContractTable, pk: str, _round: int
) -> None:
    dynamodb("put_item", Item={"pk": pk, "sk": "0", "rev": 1})
    outcomes = race(
        lambda racer: dynamodb(
            "put_item",
            Item={"pk": pk, "sk": "0", "rev": 2, "token": str(racer)},
            ConditionExpression="rev = :read",
            ExpressionAttributeValues={":read": 1},
        )
    )
    assert outcomes.count(CONDITION_FAILED) == RACERS - 1


def test_counting_at_once_loses_nothing(dynamodb: ContractTable, pk: str) -> None:
    def add(_racer: int) -> None:
        for _ in range(25):
            dynamodb(
                "update_item",
                Key={"pk": pk, "sk": "0"},
                UpdateExpression="ADD clicks :one",
                ExpressionAttributeValues={":one": 1},
            )

    assert race(add) == [None] * RACERS
    assert dynamodb.get(pk) == {"pk": pk, "sk": "0", "clicks": RACERS * 25}


@pytest.mark.parametrize(
    ("operation", "arguments"),
    [
        ("put_item", {"Item": {"sk": "0", "rev": 9}}),
        ("update_item", {"Key": {"sk": "0"}, "UpdateExpression": "SET rev = :new"}),
        ("delete_item", {"Key": {"sk": "0"}}),
    ],
)
def test_a_refusal_brings_the_item_and_changes_nothing(
    dynamodb: ContractTable, pk: str, operation: str, arguments: dict[str, Any]
) -> None:
    item = {"pk": pk, "sk": "0", "rev": 3, "due_shard": pk, "due_at": "1"}
    dynamodb("put_item", Item=item)
    keyed = {k: {**v, "pk": pk} if isinstance(v, dict) else v for k, v in arguments.items()}
    values = {":read": 2} | ({":new": 9} if operation == "update_item" else {})
    answer = refusal(
        dynamodb,
        operation,
        **keyed,
        ConditionExpression="rev = :read",
        ExpressionAttributeValues=values,
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )
    assert (code(answer), answer["Item"]["rev"]) == (CONDITION_FAILED, {"N": "3"})
    assert dynamodb.get(pk) == item
    eventually(lambda: dynamodb.due_keys(pk), ["0"])


def test_a_refusal_brings_no_item_unasked(dynamodb: ContractTable, pk: str) -> None:
    item = {"pk": pk, "sk": "0"}
    dynamodb("put_item", Item=item)
    answer = refusal(
        dynamodb, "put_item", Item=item, ConditionExpression="attribute_not_exists(pk)"
    )
    assert "Item" not in answer


@pytest.mark.parametrize(
    ("condition", "values", "holds"),
    [
        ("attribute_not_exists(lease) OR lease < :now", {":now": 6}, True),
        ("attribute_not_exists(lease) OR lease < :now", {":now": 5}, False),
        ("attribute_exists(lease) AND NOT begins_with(#state, :p)", {":p": "S"}, False),
        ("#state IN (:a, :b)", {":a": "RETRY", ":b": "SENDING"}, True),
        ("lease BETWEEN :low AND :high", {":low": 5, ":high": 5}, True),
        ("size(#state) = :n", {":n": 7}, True),
        ("attribute_type(lease, :type)", {":type": "S"}, False),
        ("contains(labels, :label)", {":label": "b"}, True),
        ("absent = :any OR absent <> :any", {":any": 1}, True),
        ("absent < :any", {":any": 1}, False),
    ],
)
def test_conditions_mean_what_is_documented(
    dynamodb: ContractTable, pk: str, condition: str, values: dict[str, Any], holds: bool
) -> None:
    dynamodb(
        "put_item", Item={"pk": pk, "sk": "0", "state": "SENDING", "lease": 5, "labels": {"b"}}
    )
    arguments: dict[str, Any] = {
        "Key": {"pk": pk, "sk": "0"},
        "ConditionExpression": condition,
        "ExpressionAttributeValues": values,
    }
    if "#state" in condition:
        arguments["ExpressionAttributeNames"] = {"#state": "state"}
    if holds:
        dynamodb("delete_item", **arguments)
        assert dynamodb.get(pk) is None
    else:
        assert code(refusal(dynamodb, "delete_item", **arguments)) == CONDITION_FAILED


def test_old_and_new_values_are_returned(dynamodb: ContractTable, pk: str) -> None:
    key = {"pk": pk, "sk": "0"}
    assert "Attributes" not in dynamodb("put_item", Item={**key, "n": 1}, ReturnValues="ALL_OLD")
    old = dynamodb("put_item", Item={**key, "n": 2}, ReturnValues="ALL_OLD")["Attributes"]
    update = {
        "Key": key,
        "UpdateExpression": "SET n = n + :d, m = if_not_exists(m, :d) REMOVE absent",
        "ExpressionAttributeValues": {":d": 5},
    }
    updated = dynamodb("update_item", **update, ReturnValues="UPDATED_NEW")["Attributes"]
    everything = dynamodb("update_item", **update, ReturnValues="ALL_NEW")["Attributes"]
    gone = dynamodb("delete_item", Key=key, ReturnValues="ALL_OLD")["Attributes"]
    assert old == {**key, "n": 1}
    assert updated == {"n": 7, "m": 5}
    assert everything == gone == {**key, "n": 12, "m": 5}
    assert "Attributes" not in dynamodb("delete_item", Key=key, ReturnValues="ALL_OLD")


# --- The sparse, keys-only index -----------------------------------------------------------------


def test_the_index_holds_only_what_has_its_keys_and_only_keys(
    dynamodb: ContractTable, pk: str
) -> None:
    dynamodb("put_item", Item={"pk": pk, "sk": "idle", "due_at": "1"})
    dynamodb("put_item", Item={"pk": pk, "sk": "due", "due_shard": pk, "due_at": "1", "text": "…"})
    expected = [{"pk": pk, "sk": "due", "due_shard": pk, "due_at": "1"}]
    eventually(lambda: dynamodb.due(pk)["Items"], expected)


def test_an_entry_moves_and_leaves_with_its_item(dynamodb: ContractTable, pk: str) -> None:
    def change(expression: str, **values: str) -> None:
        arguments = {"ExpressionAttributeValues": {f":{k}": v for k, v in values.items()}}
        dynamodb(
            "update_item",
            Key={"pk": pk, "sk": "a"},
            UpdateExpression=expression,
            **(arguments if values else {}),
        )

    for sk, at in (("a", "1"), ("b", "2")):
        dynamodb("put_item", Item={"pk": pk, "sk": sk, "due_shard": pk, "due_at": at})
    eventually(lambda: dynamodb.due_keys(pk), ["a", "b"])
    change("SET due_at = :at", at="3")
    eventually(lambda: dynamodb.due_keys(pk), ["b", "a"])
    change("SET due_shard = :shard", shard=f"{pk}+")
    eventually(lambda: (dynamodb.due_keys(pk), dynamodb.due_keys(f"{pk}+")), (["b"], ["a"]))
    change("REMOVE due_shard")
    eventually(lambda: dynamodb.due_keys(f"{pk}+"), [])
    dynamodb("delete_item", Key={"pk": pk, "sk": "b"})
    eventually(lambda: dynamodb.due_keys(pk), [])
    assert dynamodb.get(pk, "a") is not None


def test_what_is_due_is_a_range_in_order(dynamodb: ContractTable, pk: str) -> None:
    for at in ("30", "10", "20", "20"):
        item = {"pk": pk, "sk": f"{at}{uuid4().hex}", "due_shard": pk, "due_at": at}
        dynamodb("put_item", Item=item)

    def due() -> list[str]:
        answer = dynamodb.due(
            pk,
            KeyConditionExpression="due_shard = :shard AND due_at <= :now",
            ExpressionAttributeValues={":now": "20"},
        )
        return [item["due_at"] for item in answer["Items"]]

    eventually(due, ["10", "20", "20"])
    eventually(lambda: dynamodb.due_keys(pk)[-1][:2], "30")


def test_pages_of_the_index_split_equal_sort_keys(dynamodb: ContractTable, pk: str) -> None:
    for number in range(7):
        dynamodb("put_item", Item={"pk": pk, "sk": str(number), "due_shard": pk, "due_at": "1"})
    eventually(lambda: len(dynamodb.due_keys(pk)), 7)
    seen = [item["sk"] for page in pages(dynamodb, pk, 3, index=True) for item in page["Items"]]
    assert sorted(seen) == [str(number) for number in range(7)]


def test_the_index_has_no_consistent_reads_and_no_empty_keys(
    dynamodb: ContractTable, pk: str
) -> None:
    item = {"pk": pk, "sk": "0", "due_shard": "", "due_at": "1"}
    assert code(refusal(dynamodb.due, pk, ConsistentRead=True)) == INVALID
    assert code(refusal(dynamodb, "put_item", Item=item)) == INVALID


# --- Pages ---------------------------------------------------------------------------------------


def pages(
    dynamodb: ContractTable, pk: str, limit: int, *, index: bool = False, **arguments: Any
) -> Iterator[dict[str, Any]]:
    query: dict[str, Any] = {
        "KeyConditionExpression": "due_shard = :pk" if index else "pk = :pk",
        "ExpressionAttributeValues": {":pk": pk, **arguments.pop("values", {})},
        "Limit": limit,
        **({"IndexName": "due"} if index else {"ConsistentRead": True}),
        **arguments,
    }
    while True:
        page = dynamodb("query", **query)
        yield page
        if "LastEvaluatedKey" not in page:
            return
        query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def fill(dynamodb: ContractTable, pk: str, count: int, **attributes: Any) -> list[str]:
    names = [f"{number:03}" for number in range(count)]
    for name in names:
        dynamodb("put_item", Item={"pk": pk, "sk": name, "even": int(name) % 2 == 0, **attributes})
    return names


def test_pages_show_each_item_once_in_order(dynamodb: ContractTable, pk: str) -> None:
    names = fill(dynamodb, pk, 8)
    for forward in (True, False):
        answers = list(pages(dynamodb, pk, 3, ScanIndexForward=forward))
        seen = [item["sk"] for answer in answers for item in answer["Items"]]
        assert seen == (names if forward else names[::-1])
        assert [answer["Count"] for answer in answers] == [3, 3, 2]


def test_a_page_that_is_just_full_promises_another(dynamodb: ContractTable, pk: str) -> None:
    fill(dynamodb, pk, 4)
    assert [page["Count"] for page in pages(dynamodb, pk, 2)] == [2, 2, 0]


def test_a_page_ends_at_one_megabyte(dynamodb: ContractTable, pk: str) -> None:
    fill(dynamodb, pk, 4, text="x" * 390 * 1024)
    counts = [page["Count"] for page in pages(dynamodb, pk, 100)]
    assert (sum(counts), max(counts) <= 3) == (4, True)


def test_a_filter_comes_after_the_limit(dynamodb: ContractTable, pk: str) -> None:
    fill(dynamodb, pk, 4)
    page = next(pages(dynamodb, pk, 2, FilterExpression="even = :no", values={":no": False}))
    assert (page["Count"], page["ScannedCount"], "LastEvaluatedKey" in page) == (1, 2, True)


def test_a_projection_brings_what_is_named(dynamodb: ContractTable, pk: str) -> None:
    item = {"pk": pk, "sk": "0", "status": "x", "deep": {"a": [1, 2], "b": None}}
    dynamodb("put_item", Item=item)
    answer = dynamodb(
        "get_item",
        Key={"pk": pk, "sk": "0"},
        ProjectionExpression="#s, deep.a[1]",
        ExpressionAttributeNames={"#s": "status"},
    )
    assert answer["Item"] == {"status": "x", "deep": {"a": [2]}}


# --- Limits --------------------------------------------------------------------------------------


def test_the_largest_item_is_400_kb(dynamodb: ContractTable, pk: str) -> None:
    dynamodb("put_item", Item=of_size(pk, LARGEST_ITEM))
    too_large = of_size(pk, LARGEST_ITEM + 1)
    by_update = {
        "Key": {"pk": pk, "sk": "0"},
        "UpdateExpression": "SET #text = :text",
        "ExpressionAttributeNames": {"#text": "text"},
        "ExpressionAttributeValues": {":text": too_large["text"]},
    }
    assert code(refusal(dynamodb, "put_item", Item=too_large)) == INVALID
    assert code(refusal(dynamodb, "update_item", **by_update)) == INVALID
    assert dynamodb.get(pk) == of_size(pk, LARGEST_ITEM)


def test_numbers_keep_38_digits(dynamodb: ContractTable, pk: str) -> None:
    key = {"pk": pk, "sk": "0"}
    dynamodb("put_item", Item={**key, "n": Decimal("1234567890123456789012345678901234567.8")})
    dynamodb(
        "update_item",
        Key=key,
        UpdateExpression="ADD n :tenth",
        ExpressionAttributeValues={":tenth": Decimal("0.1")},
    )
    assert dynamodb.get(pk) == {**key, "n": Decimal("1234567890123456789012345678901234567.9")}


def test_keys_have_bounds_and_are_never_empty(dynamodb: ContractTable, pk: str) -> None:
    dynamodb("put_item", Item={"pk": pk, "sk": "s" * 1024})
    for key in ({"pk": pk, "sk": "s" * 1025}, {"pk": "p" * 2049, "sk": "0"}, {"pk": pk, "sk": ""}):
        assert code(refusal(dynamodb, "put_item", Item=key)) == INVALID


def test_a_reserved_word_needs_an_alias(dynamodb: ContractTable, pk: str) -> None:
    update: dict[str, Any] = {
        "Key": {"pk": pk, "sk": "0"},
        "ExpressionAttributeValues": {":x": "x"},
    }
    answer = refusal(dynamodb, "update_item", UpdateExpression="SET status = :x", **update)
    assert (code(answer), "reserved" in answer["Error"]["Message"]) == (INVALID, True)
    names = {"ExpressionAttributeNames": {"#s": "status"}}
    dynamodb("update_item", UpdateExpression="SET #s = :x", **names, **update)


def test_a_batch_has_at_most_25_writes_of_different_items(dynamodb: ContractTable, pk: str) -> None:
    def batch(names: list[str]) -> dict[str, Any]:
        puts = [{"PutRequest": {"Item": {"pk": pk, "sk": name}}} for name in names]
        answer: dict[str, Any] = dynamodb.client.batch_write_item(
            RequestItems={dynamodb.name: puts}
        )
        return answer

    assert batch([str(number) for number in range(25)])["UnprocessedItems"] == {}
    assert code(refusal(batch, [str(number) for number in range(26)])) == INVALID
    assert code(refusal(batch, ["same", "same"])) == INVALID


def test_a_time_to_live_can_be_set(dynamodb: ContractTable) -> None:
    specification = {"Enabled": True, "AttributeName": "expires"}
    dynamodb.client.update_time_to_live(
        TableName=dynamodb.name, TimeToLiveSpecification=specification
    )
    answer = dynamodb.client.describe_time_to_live(TableName=dynamodb.name)["TimeToLiveDescription"]
    assert (answer["AttributeName"], answer["TimeToLiveStatus"] in {"ENABLING", "ENABLED"}) == (
        "expires",
        True,
    )
