"""Fixtures that give a test the real database engine.

`engine`: one in-memory engine per worker; tests keep apart by the prefix of their tables.
`engine_on_disk`: makes engines of a test's own, which can be killed and started again.
`dynamodb`: a table for the contract tests, on the engine or on a real account, and `pk`, a
partition of the test's own in it.

Without the engine, tests that need it are skipped with the reason; under
`RELAIS_REQUIRE_SERVERS=1` (as in CI) they fail.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import pytest

from local.engine import Engine, EngineError, obtain
from tests.dynamodb_contract import (
    REAL_REGION,
    ContractTable,
    create_contract_table,
    dynamodb_client,
)

ROOT = Path(__file__).resolve().parent.parent

OnDisk = Callable[[Path], "DiskEngine"]


class DiskEngine(Engine):
    """An engine on disk that a test may kill outright."""

    def __init__(self, binary: Path, data_dir: Path) -> None:
        super().__init__(binary, data_dir)
        self.data_dir = data_dir

    def kill9(self) -> None:
        """Return once the engine is gone, having had no chance to tidy up."""
        os.kill(self.pid, signal.SIGKILL)
        assert self.wait(timeout=10), "the engine outlived SIGKILL"


@pytest.fixture(scope="session")
def engine_binary() -> Path:
    """The checked program of the engine."""
    said: list[str] = []
    try:
        return obtain(ROOT, said.append)
    except EngineError as error:
        if os.environ.get("RELAIS_REQUIRE_SERVERS") == "1":
            pytest.fail(str(error), pytrace=False)
        pytest.skip(error.english.splitlines()[0])


@pytest.fixture(scope="session")
def engine(engine_binary: Path) -> Iterator[Engine]:
    """A running engine in memory, the same for all tests of this worker."""
    with Engine(engine_binary) as running:
        yield running


@pytest.fixture(scope="session")
def engine_endpoint(engine: Engine) -> str:
    """The address of `engine`, for DynamoDB clients."""
    return engine.endpoint


@pytest.fixture
def engine_on_disk(engine_binary: Path) -> Iterator[OnDisk]:
    """A function that starts an engine on a folder: `kill9()`, `restart()` (same port)."""
    engines: list[DiskEngine] = []

    def start(data_dir: Path) -> DiskEngine:
        disk = DiskEngine(engine_binary, data_dir)
        engines.append(disk)
        disk.start()
        return disk

    yield start
    for disk in engines:
        disk.stop()


@pytest.fixture(scope="session")
def dynamodb(request: pytest.FixtureRequest) -> Iterator[ContractTable]:
    """A table of this worker's own, deleted at the end."""
    endpoint = None if REAL_REGION else request.getfixturevalue("engine_endpoint")
    client = dynamodb_client(endpoint)
    table = create_contract_table(client, f"relais-contract-{uuid4().hex[:8]}")
    yield table
    client.delete_table(TableName=table.name)
    client.close()


@pytest.fixture
def pk() -> str:
    """A partition that no other test uses."""
    return uuid4().hex
