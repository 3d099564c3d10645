"""Transactions as the application leans on them; run like `test_engine_contract.py`."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest

from tests.dynamodb_contract import RACERS, ContractTable, code, eventually, race, refusal

CANCELLED = "TransactionCanceledException"


def put(pk: str, sk: str, **attributes: Any) -> tuple[str, dict[str, Any]]:
    return "Put", {"Item": {"pk": pk, "sk": sk, **attributes}}


def create(pk: str, sk: str, **attributes: Any) -> tuple[str, dict[str, Any]]:
    kind, how = put(pk, sk, **attributes)
    return kind, {**how, "ConditionExpression": "attribute_not_exists(pk)"}


def test_all_is_written_indexes_too(dynamodb: ContractTable, pk: str) -> None:
    dynamodb("put_item", Item={"pk": pk, "sk": "old"})
    dynamodb("put_item", Item={"pk": pk, "sk": "counter", "n": 1})
    dynamodb.transact(
        create(pk, "new", due_shard=pk, due_at="1"),
        ("Delete", {"Key": {"pk": pk, "sk": "old"}}),
        (
            "Update",
            {
                "Key": {"pk": pk, "sk": "counter"},
                "UpdateExpression": "ADD n :one",
                "ConditionExpression": "n = :one",
                "ExpressionAttributeValues": {":one": 1},
            },
        ),
    )
    assert dynamodb.get(pk, "old") is None
    assert dynamodb.get(pk, "counter") == {"pk": pk, "sk": "counter", "n": 2}
    eventually(lambda: dynamodb.due_keys(pk), ["new"])


def test_one_refusal_writes_nothing_and_says_which(dynamodb: ContractTable, pk: str) -> None:
    dynamodb("put_item", Item={"pk": pk, "sk": "taken", "by": "somebody"})
    kind, how = create(pk, "taken")
    answer = refusal(
        dynamodb.transact,
        put(pk, "a", due_shard=pk, due_at="1"),
        (kind, {**how, "ReturnValuesOnConditionCheckFailure": "ALL_OLD"}),
    )
    reasons = answer["CancellationReasons"]
    assert (code(answer), [reason["Code"] for reason in reasons]) == (
        CANCELLED,
        ["None", "ConditionalCheckFailed"],
    )
    assert reasons[1]["Item"]["by"] == {"S": "somebody"}
    assert dynamodb.get(pk, "a") is None
    assert dynamodb.due_keys(pk) == []


def test_a_check_of_another_item_holds_the_write_back(dynamodb: ContractTable, pk: str) -> None:
    check = {
        "Key": {"pk": pk, "sk": "firm"},
        "ConditionExpression": "attribute_exists(pk) AND attribute_not_exists(closed)",
    }
    refused = refusal(dynamodb.transact, ("ConditionCheck", check), put(pk, "post"))
    assert [reason["Code"] for reason in refused["CancellationReasons"]] == [
        "ConditionalCheckFailed",
        "None",
    ]
    dynamodb("put_item", Item={"pk": pk, "sk": "firm"})
    dynamodb.transact(("ConditionCheck", check), put(pk, "post"))
    assert dynamodb.get(pk, "post") is not None


@pytest.mark.parametrize("_round", range(5))
def test_racing_transactions_have_one_winner(dynamodb: ContractTable, pk: str, _round: int) -> None:
    outcomes = race(lambda racer: dynamodb.transact(create(pk, "claim"), put(pk, f"twin-{racer}")))
    losers = [outcome for outcome in outcomes if outcome == CANCELLED]
    answer = dynamodb(
        "query",
        KeyConditionExpression="pk = :pk",
        ExpressionAttributeValues={":pk": pk},
        ConsistentRead=True,
    )
    assert (len(losers), len(answer["Items"])) == (RACERS - 1, 2)


def test_a_repeated_token_writes_once(dynamodb: ContractTable, pk: str) -> None:
    def add(amount: int) -> tuple[str, dict[str, Any]]:
        return "Update", {
            "Key": {"pk": pk, "sk": "0"},
            "UpdateExpression": "ADD n :amount",
            "ExpressionAttributeValues": {":amount": amount},
        }

    token = uuid4().hex
    for _ in range(3):
        dynamodb.transact(add(1), ClientRequestToken=token)
    other = refusal(dynamodb.transact, add(2), ClientRequestToken=token)
    assert code(other) == "IdempotentParameterMismatchException"
    assert dynamodb.get(pk) == {"pk": pk, "sk": "0", "n": 1}


def test_a_transaction_has_at_most_100_different_items(dynamodb: ContractTable, pk: str) -> None:
    dynamodb.transact(*(put(pk, str(number)) for number in range(100)))
    too_many = refusal(dynamodb.transact, *(put(pk, str(number)) for number in range(101)))
    twice = refusal(dynamodb.transact, put(pk, "same"), put(pk, "same"))
    assert (code(too_many), code(twice)) == ("ValidationException", "ValidationException")


def test_a_transaction_has_at_most_4_mb(dynamodb: ContractTable, pk: str) -> None:
    text = "x" * 390 * 1024
    answer = refusal(dynamodb.transact, *(put(pk, str(number), text=text) for number in range(11)))
    assert code(answer) == "ValidationException"
    assert dynamodb.get(pk, "0") is None


def test_reading_in_a_transaction_keeps_the_order(dynamodb: ContractTable, pk: str) -> None:
    for sk in ("a", "b"):
        dynamodb("put_item", Item={"pk": pk, "sk": sk})
    gets = [{"Get": {"TableName": dynamodb.name, "Key": {"pk": pk, "sk": sk}}} for sk in "bxa"]
    answer = dynamodb.client.transact_get_items(TransactItems=gets)
    assert [got.get("Item", {}).get("sk") for got in answer["Responses"]] == ["b", None, "a"]
