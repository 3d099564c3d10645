"""The words of the contract tests: a table like ours, refusals, races, views that may lag."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

# The region of a real account that the contract tests run on, instead of the engine.
REAL_REGION = os.environ.get("RELAIS_DYNAMODB_CONTRACT", "")
RACERS = 8
LAG_SECONDS = 20.0


class ContractTable:
    """A table with a sparse, keys-only index `due`, like those of the application.

    Values are plain Python ones. `table("put_item", Item=…)` answers with the capacity.
    """

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def __call__(self, operation: str, **arguments: Any) -> dict[str, Any]:
        """Call an operation on this table."""
        answer: dict[str, Any] = getattr(self.client, operation)(
            TableName=self.name, ReturnConsumedCapacity="INDEXES", **arguments
        )
        return answer

    def get(self, pk: str, sk: str = "0") -> dict[str, Any] | None:
        """Read an item consistently."""
        answer = self("get_item", Key={"pk": pk, "sk": sk}, ConsistentRead=True)
        item: dict[str, Any] | None = answer.get("Item")
        return item

    def due(self, shard: str, **arguments: Any) -> dict[str, Any]:
        """Query one partition of the index."""
        arguments.setdefault("KeyConditionExpression", "due_shard = :shard")
        values = {":shard": shard, **arguments.pop("ExpressionAttributeValues", {})}
        return self("query", IndexName="due", ExpressionAttributeValues=values, **arguments)

    def due_keys(self, shard: str) -> list[str]:
        """Return the sort keys of the items in one partition of the index, in its order."""
        return [item["sk"] for item in self.due(shard)["Items"]]

    def transact(self, *steps: tuple[str, dict[str, Any]], **arguments: Any) -> dict[str, Any]:
        """Write in one transaction: pairs of Put, Update, Delete or ConditionCheck and how."""
        answer: dict[str, Any] = self.client.transact_write_items(
            TransactItems=[{kind: {"TableName": self.name, **how}} for kind, how in steps],
            ReturnConsumedCapacity="INDEXES",
            **arguments,
        )
        return answer


def dynamodb_client(endpoint: str | None = None) -> Any:
    """Return a client of an engine, or of the real account; takes plain Python values."""
    if endpoint is None:
        return boto3.resource("dynamodb", region_name=REAL_REGION).meta.client
    return boto3.resource(
        "dynamodb",
        endpoint_url=endpoint,
        region_name="eu-west-3",
        aws_access_key_id="local",
        aws_secret_access_key="local",
        config=Config(
            retries={"total_max_attempts": 1},
            connect_timeout=5,
            read_timeout=30,
            max_pool_connections=16,
            proxies={},
        ),
    ).meta.client


def create_contract_table(client: Any, name: str) -> ContractTable:
    """Create the table and return once it can be used."""
    strings = ("pk", "sk", "due_shard", "due_at")
    client.create_table(
        TableName=name,
        BillingMode="PAY_PER_REQUEST",
        AttributeDefinitions=[{"AttributeName": a, "AttributeType": "S"} for a in strings],
        KeySchema=_keys("pk", "sk"),
        GlobalSecondaryIndexes=[
            {
                "IndexName": "due",
                "KeySchema": _keys("due_shard", "due_at"),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
        ],
    )
    client.get_waiter("table_exists").wait(
        TableName=name, WaiterConfig={"Delay": 1, "MaxAttempts": 120}
    )
    return ContractTable(client, name)


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]


def refusal(call: Callable[..., Any], *arguments: Any, **named: Any) -> dict[str, Any]:
    """Return the error answer of a call that must fail."""
    with pytest.raises(ClientError) as caught:
        call(*arguments, **named)
    answer: dict[str, Any] = caught.value.response
    return answer


def code(answer: dict[str, Any]) -> str:
    found: str = answer["Error"]["Code"]
    return found


def eventually(look: Callable[[], Any], expected: Any) -> None:
    """Wait until a view that may lag shows what is expected."""
    deadline = time.monotonic() + LAG_SECONDS
    while (seen := look()) != expected and time.monotonic() < deadline:
        pass
    assert seen == expected


def race(attempt: Callable[[int], Any]) -> list[Any]:
    """Let eight threads go at once; return what each got: an answer or its error's code."""
    start = Barrier(RACERS)

    def run(racer: int) -> Any:
        start.wait()
        try:
            return attempt(racer)
        except ClientError as error:
            return code(error.response)

    with ThreadPoolExecutor(RACERS) as pool:
        return list(pool.map(run, range(RACERS)))


def of_size(pk: str, size: int) -> dict[str, Any]:
    """An item of so many bytes: the names and values of pk, sk and text."""
    return {"pk": pk, "sk": "0", "text": "x" * (size - len(f"pk{pk}sk0text"))}
