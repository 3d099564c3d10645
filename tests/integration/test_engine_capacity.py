"""Capacity as DynamoDB documents it, the raw material of the cost bench.

Run like `test_engine_contract.py`. The rules are from
https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/read-write-operations.html
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.dynamodb_contract import REAL_REGION, ContractTable, code, eventually, of_size, refusal

KB = 1024


def units(answer: dict[str, Any]) -> float:
    total: float = answer["ConsumedCapacity"]["CapacityUnits"]
    return total


def parts(answer: dict[str, Any]) -> tuple[float, float]:
    """The units of the table and those of its index."""
    consumed = answer["ConsumedCapacity"]
    index = consumed.get("GlobalSecondaryIndexes", {}).get("due", {})
    return consumed["Table"]["CapacityUnits"], index.get("CapacityUnits", 0.0)


@pytest.mark.parametrize(
    ("size", "expected"), [(100, 1), (KB, 1), (KB + 1, 2), (4 * KB, 4), (400 * KB, 400)]
)
def test_a_write_costs_each_started_kilobyte(
    dynamodb: ContractTable, pk: str, size: int, expected: int
) -> None:
    assert units(dynamodb("put_item", Item=of_size(pk, size))) == expected


def test_a_write_costs_the_larger_of_before_and_after(dynamodb: ContractTable, pk: str) -> None:
    key = {"pk": pk, "sk": "0"}
    dynamodb("put_item", Item=of_size(pk, 3 * KB))
    assert units(dynamodb("put_item", Item=key)) == 3
    dynamodb("put_item", Item=of_size(pk, 3 * KB))
    remove = {"ExpressionAttributeNames": {"#t": "text"}, "UpdateExpression": "REMOVE #t"}
    assert units(dynamodb("update_item", Key=key, **remove)) == 3
    dynamodb("put_item", Item=of_size(pk, 3 * KB))
    assert units(dynamodb("delete_item", Key=key)) == 3
    assert units(dynamodb("delete_item", Key=key)) == 1


@pytest.mark.parametrize(
    ("size", "lazy", "consistent"),
    [(None, 0.5, 1), (100, 0.5, 1), (4 * KB, 0.5, 1), (4 * KB + 1, 1, 2), (9 * KB, 1.5, 3)],
)
def test_a_read_costs_each_started_four_kilobytes(
    dynamodb: ContractTable, pk: str, size: int | None, lazy: float, consistent: float
) -> None:
    if size:
        dynamodb("put_item", Item=of_size(pk, size))
    key = {"pk": pk, "sk": "0"}
    assert units(dynamodb("get_item", Key=key)) == lazy
    assert units(dynamodb("get_item", Key=key, ConsistentRead=True)) == consistent


@pytest.mark.xfail(
    not REAL_REGION, reason="the engine meters what a projection brings, DynamoDB what it reads"
)
def test_a_projection_makes_no_read_cheaper(dynamodb: ContractTable, pk: str) -> None:
    dynamodb("put_item", Item=of_size(pk, 9 * KB))
    assert units(dynamodb("get_item", Key={"pk": pk, "sk": "0"}, ProjectionExpression="sk")) == 1.5


def test_a_query_costs_what_it_reads_rounded_once(dynamodb: ContractTable, pk: str) -> None:
    query: dict[str, Any] = {
        "KeyConditionExpression": "pk = :pk",
        "ExpressionAttributeValues": {":pk": pk},
    }
    assert units(dynamodb("query", **query)) == 0.5
    for number in range(10):
        dynamodb("put_item", Item={"pk": pk, "sk": str(number), "text": "x" * 440})  # ≈ 0.5 KB
    assert units(dynamodb("query", **query)) == 1
    assert units(dynamodb("query", **query, ConsistentRead=True)) == 2
    filtered = dynamodb("query", **query, FilterExpression="attribute_exists(absent)")
    assert (filtered["Count"], units(filtered)) == (0, 1)
    assert units(dynamodb("query", **query, Select="COUNT")) == 1
    assert units(dynamodb("query", **query, ProjectionExpression="sk")) == 1


def test_the_index_costs_per_entry_that_changes(dynamodb: ContractTable, pk: str) -> None:
    key = {"pk": pk, "sk": "0"}

    def change(expression: str, **values: str) -> tuple[float, float]:
        given = {"ExpressionAttributeValues": {f":{k}": v for k, v in values.items()}}
        extra = given if values else {}
        return parts(dynamodb("update_item", Key=key, UpdateExpression=expression, **extra))

    assert parts(dynamodb("put_item", Item=key)) == (1, 0)
    assert change("SET due_shard = :shard, due_at = :at", shard=pk, at="1") == (1, 1)
    assert change("SET untouched = :x", x="x") == (1, 0)
    assert change("SET due_at = :at", at="2") == (1, 2)
    assert change("REMOVE due_shard") == (1, 1)
    assert change("SET due_shard = :shard", shard=pk) == (1, 1)
    assert parts(dynamodb("delete_item", Key=key)) == (1, 1)


def test_a_query_of_the_index_costs_its_small_entries(dynamodb: ContractTable, pk: str) -> None:
    for sk in ("a", "b"):
        large = {"pk": pk, "sk": sk, "due_shard": pk, "due_at": "1", "text": "x" * 20 * KB}
        dynamodb("put_item", Item=large)
    eventually(lambda: dynamodb.due_keys(pk), ["a", "b"])
    assert parts(dynamodb.due(pk)) == (0, 0.5)


def test_a_transaction_costs_twice(dynamodb: ContractTable, pk: str) -> None:
    written = dynamodb.transact(("Put", {"Item": of_size(pk, KB + 1)}))
    read = dynamodb.client.transact_get_items(
        TransactItems=[{"Get": {"TableName": dynamodb.name, "Key": {"pk": pk, "sk": "0"}}}],
        ReturnConsumedCapacity="TOTAL",
    )
    assert sum(each["CapacityUnits"] for each in written["ConsumedCapacity"]) == 4
    assert sum(each["CapacityUnits"] for each in read["ConsumedCapacity"]) == 2


def test_a_batch_costs_as_much_as_its_parts(dynamodb: ContractTable, pk: str) -> None:
    items = [{"pk": pk, "sk": str(number), "text": "x" * KB} for number in range(3)]
    written = dynamodb.client.batch_write_item(
        RequestItems={dynamodb.name: [{"PutRequest": {"Item": item}} for item in items]},
        ReturnConsumedCapacity="TOTAL",
    )
    keys = [{"pk": pk, "sk": str(number)} for number in range(3)]
    read = dynamodb.client.batch_get_item(
        RequestItems={dynamodb.name: {"Keys": keys}}, ReturnConsumedCapacity="TOTAL"
    )
    assert sum(each["CapacityUnits"] for each in written["ConsumedCapacity"]) == 6
    assert sum(each["CapacityUnits"] for each in read["ConsumedCapacity"]) == 1.5


def test_a_refused_condition_reports_no_capacity(dynamodb: ContractTable, pk: str) -> None:
    answer = refusal(
        dynamodb,
        "put_item",
        Item={"pk": pk, "sk": "0"},
        ConditionExpression="attribute_exists(pk)",
    )
    assert code(answer) == "ConditionalCheckFailedException"
    assert "ConsumedCapacity" not in answer
