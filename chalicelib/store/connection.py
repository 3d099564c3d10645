"""The one connection to DynamoDB that everything of the store goes through.

It uses PynamoDB's connection and expressions, not its models: a model declares keys and
indexes once more, binds its table's name to a class of the whole process and reads batches
without a bound in time.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.config import Config
from pynamodb.connection import Connection
from pynamodb.connection.base import MetaTable

from chalicelib.ids import Ids
from chalicelib.store.tables import TABLES, Table, create_all, description

CONNECT_SECONDS = 1
READ_SECONDS = 3
RETRIES = 2
"""Sent three times at most: with the pauses between, 12 to 15 s at the very worst."""
BUDGET_SECONDS = 12
"""What a batch that is taken in part may last; a single call is bounded by the above."""
POOL = 32
"""Connections kept open: a batch of messages and the pages are served side by side."""

OnCall = Callable[[str, Mapping[str, Any]], None]
"""Is told, after each answered call, the operation's name and the parsed answer, in which
``ConsumedCapacity`` is a map, or a list for batches and transactions, and absent where a
condition was refused (which is billed all the same)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Store:
    """The tables, reached by one connection that all threads share."""

    connection: Connection
    prefix: str
    ids: Ids
    pause: Callable[[float], None]
    """Lets seconds pass between the tries of a batch that the store took in part only."""
    seconds: Callable[[], float] = time.monotonic
    """Tells how long such a batch has taken."""

    def name(self, table: Table) -> str:
        """Return the name of a table as DynamoDB knows it."""
        return f"{self.prefix}-{table.name}"

    def create_tables(self) -> None:
        """Make the tables that aren't there yet (locally: the cloud's are infra's)."""
        create_all(self.connection.client, self.prefix)


def open_store(
    *,
    region: str,
    prefix: str,
    ids: Ids,
    endpoint: str | None = None,
    on_call: OnCall | None = None,
    retries: int = RETRIES,
    pause: Callable[[float], None] = time.sleep,
) -> Store:
    """Return the store, its client made once and here, since making one isn't thread-safe.

    Args:
        region: The AWS region; any word for a local engine.
        prefix: What the tables' names begin with, before a hyphen.
        ids: Where write tokens come from.
        endpoint: The address of a local engine, which believes anybody and is reached past
            any proxy; None: AWS itself, with the credentials of the role.
        on_call: Counts calls and capacity.
        retries: How often a call is sent again after a time-out, a 5xx or throttling.
        pause: Lets seconds pass.
    """
    anybody = "local" if endpoint else None
    connection = Connection(
        region=region,
        host=endpoint,
        connect_timeout_seconds=CONNECT_SECONDS,
        read_timeout_seconds=READ_SECONDS,
        max_retry_attempts=retries,
        max_pool_connections=POOL,
        aws_access_key_id=anybody,
        aws_secret_access_key=anybody,
    )
    if endpoint is not None:
        connection.session.set_default_client_config(Config(proxies={}))
    for table in TABLES:
        connection.add_meta_table(MetaTable(description(table, f"{prefix}-{table.name}")))
    client = connection.client
    if on_call is not None:
        client.meta.events.register("after-call.dynamodb", _counter(on_call))
    return Store(connection=connection, prefix=prefix, ids=ids, pause=pause)


def _counter(on_call: OnCall) -> Callable[..., None]:
    def after_call(model: Any, parsed: Mapping[str, Any], **_: object) -> None:
        on_call(model.name, parsed)

    return after_call
