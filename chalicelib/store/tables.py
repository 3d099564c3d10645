"""The tables, declared once: what creates them locally and in the cloud derives from here.

    core   W#<workspace>  W · M#… · CH#… · P#… · P#…#V#<n> · D#… · T#… (twins) · MD#…
           E#…, ME#… (a person's memberships) · F#… (feed) · PC#… (site post) · PARK#… (scope)
           S#… (source) · WT#… (watch) · MT#… (meter) · SN#… (snooze) · SR#… (saved reply)
           IN#<day> (the end of a day of the inbox) · PT#… (the end of one item, by terms)
    inbox  W#<workspace>…  mentions with their triage, and the lists they stand in
    stats  W#<workspace>…  snapshots, totals per day · L#<code> (links and their clicks)
    vault  W#<workspace>  CH#…, encrypted
    sys    what expires: links, sessions, keys, repeats, counters, uploads, acts, notices

All tables are billed on demand. An index holds keys only and is sparse: an item without its
two attributes isn't in it, so a query costs what it finds, whatever the table holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

PARTITION: Final = "pk"
SORT: Final = "sk"
EXPIRES: Final = "expires"
"""Seconds since 1970; DynamoDB deletes days late, so that readers filter."""


@dataclass(frozen=True, slots=True)
class Index:
    """A sparse, keys-only index."""

    name: str
    partition: str
    sort: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """One table; its keys are ``pk`` and ``sk``."""

    name: str
    indexes: tuple[Index, ...] = ()
    is_recoverable: bool
    """Point-in-time recovery (0.20 USD per GB a month): for what can't be made again."""


DUE: Final = Index("due", "due_pk", "due_sk")
"""What falls due: ``D#<kind>#<shard>`` / ``<ms>#<workspace>#<id>``."""
BY_TIME: Final = Index("by_time", "time_pk", "time_sk")
"""Posts and deliveries of a firm by time: ``W#<workspace>`` / ``<ms>#<post>#…``."""
OPEN: Final = Index("open", "open_pk", "open_sk")
"""What waits for a person: ``W#<workspace>`` / ``<status>#<channel>#<ms>``."""

CORE: Final = Table(name="core", indexes=(DUE, BY_TIME, OPEN), is_recoverable=True)
INBOX: Final = Table(name="inbox", is_recoverable=True)
STATS: Final = Table(name="stats", is_recoverable=True)
VAULT: Final = Table(name="vault", is_recoverable=True)
SYS: Final = Table(name="sys", is_recoverable=False)
TABLES: Final = (CORE, INBOX, STATS, VAULT, SYS)


def create_all(client: Any, prefix: str) -> None:
    """Make every table that isn't there yet, and return once all can be used.

    Args:
        client: A botocore client of DynamoDB.
        prefix: What the names begin with, before a hyphen.
    """
    for table in TABLES:
        try:
            client.create_table(TableName=f"{prefix}-{table.name}", **_shape(table))
        except client.exceptions.ResourceInUseException:
            continue
    waiter = client.get_waiter("table_exists")
    for table in TABLES:
        waiter.wait(
            TableName=f"{prefix}-{table.name}", WaiterConfig={"Delay": 1, "MaxAttempts": 60}
        )


def cloudformation() -> dict[str, dict[str, Any]]:
    """Return the tables as CloudFormation resources, named ``<stack>-<table>``.

    A table outlives its stack and can't be deleted by mistake, unless what it holds expires
    anyway.
    """
    return {f"{table.name.capitalize()}Table": _resource(table) for table in TABLES}


def description(table: Table, name: str) -> dict[str, Any]:
    """Return a table as DescribeTable would, without asking: what PynamoDB wants to know."""
    return {"TableName": name, **_shape(table)}


def _shape(table: Table) -> dict[str, Any]:
    names = [PARTITION, SORT, *(key for i in table.indexes for key in (i.partition, i.sort))]
    shape: dict[str, Any] = {
        "BillingMode": "PAY_PER_REQUEST",
        "AttributeDefinitions": [{"AttributeName": n, "AttributeType": "S"} for n in names],
        "KeySchema": _keys(PARTITION, SORT),
    }
    if table.indexes:
        shape["GlobalSecondaryIndexes"] = [
            {
                "IndexName": index.name,
                "KeySchema": _keys(index.partition, index.sort),
                "Projection": {"ProjectionType": "KEYS_ONLY"},
            }
            for index in table.indexes
        ]
    return shape


def _resource(table: Table) -> dict[str, Any]:
    kept = "Retain" if table.is_recoverable else "Delete"
    return {
        "Type": "AWS::DynamoDB::Table",
        "DeletionPolicy": kept,
        "UpdateReplacePolicy": kept,
        "Properties": {
            "TableName": {"Fn::Sub": "${AWS::StackName}-" + table.name},
            "DeletionProtectionEnabled": table.is_recoverable,
            "PointInTimeRecoverySpecification": {
                "PointInTimeRecoveryEnabled": table.is_recoverable
            },
            "TimeToLiveSpecification": {"AttributeName": EXPIRES, "Enabled": True},
            **_shape(table),
        },
    }


def _keys(partition: str, sort: str) -> list[dict[str, str]]:
    return [
        {"AttributeName": partition, "KeyType": "HASH"},
        {"AttributeName": sort, "KeyType": "RANGE"},
    ]
