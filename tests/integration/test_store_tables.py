"""The tables: one declaration, made alike here and in the cloud; shapes and their versions."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from chalicelib.ids import RandomIds
from chalicelib.store.codec import TEXT, WHOLE, Record
from chalicelib.store.connection import open_store
from chalicelib.store.items import from_raw, to_raw
from chalicelib.store.read import get
from chalicelib.store.schema import Kind, UnknownSchema
from chalicelib.store.tables import CORE, TABLES, cloudformation, create_all
from chalicelib.store.write import put
from tests.engine_fixtures import ROOT, OnDisk
from tests.store_fixtures import Tables


def test_the_cloud_has_the_tables_that_stand_here(tables: Tables) -> None:
    resources = cloudformation()
    assert list(resources) == ["CoreTable", "InboxTable", "StatsTable", "VaultTable", "SysTable"]
    client = tables.store.connection.client
    for table, resource in zip(TABLES, resources.values(), strict=True):
        wanted = resource["Properties"]
        stands = client.describe_table(TableName=tables.store.name(table))["Table"]
        assert stands["KeySchema"] == wanted["KeySchema"]
        assert _by_name(stands["AttributeDefinitions"]) == _by_name(wanted["AttributeDefinitions"])
        assert stands["BillingModeSummary"]["BillingMode"] == wanted["BillingMode"]
        indexes = {i["IndexName"]: i for i in stands.get("GlobalSecondaryIndexes", ())}
        for index in wanted.get("GlobalSecondaryIndexes", ()):
            assert indexes.pop(index["IndexName"]).items() >= index.items()
        assert not indexes
        assert wanted["TableName"] == {"Fn::Sub": "${AWS::StackName}-" + table.name}
        assert wanted["TimeToLiveSpecification"]["Enabled"]


def test_only_what_expires_anyway_may_be_lost() -> None:
    kept = {
        name: (
            resource["DeletionPolicy"],
            resource["Properties"]["PointInTimeRecoverySpecification"],
            resource["Properties"]["DeletionProtectionEnabled"],
        )
        for name, resource in cloudformation().items()
    }
    safe = ("Retain", {"PointInTimeRecoveryEnabled": True}, True)
    lost = ("Delete", {"PointInTimeRecoveryEnabled": False}, False)
    assert kept == {
        "CoreTable": safe,
        "InboxTable": safe,
        "StatsTable": safe,
        "VaultTable": safe,
        "SysTable": lost,
    }
    json.dumps(cloudformation())


def test_making_the_tables_again_changes_nothing(tables: Tables) -> None:
    put(tables.store, CORE, {"pk": "a", "sk": "b"}, rev=0)
    create_all(tables.store.connection.client, tables.store.prefix)
    assert get(tables.store, CORE, ("a", "b")) is not None


def test_what_was_written_is_there_after_the_engine_was_killed(
    engine_on_disk: OnDisk, tmp_path: Path
) -> None:
    """F9: the same clients go on; a write's token, too, is still there."""
    engine = engine_on_disk(tmp_path)
    store = open_store(region="local", prefix="disk", ids=RandomIds(), endpoint=engine.endpoint)
    store.create_tables()
    token = put(store, CORE, {"pk": "a", "sk": "b"}, rev=0)
    engine.kill9()
    engine.restart()
    assert get(store, CORE, ("a", "b")) == {"pk": "a", "sk": "b", "rev": 1, "token": token}
    store.connection.client.close()


# What is never done.


def test_nothing_scans_and_nothing_heavy_is_loaded_before_it_is_used() -> None:
    sources = sorted((ROOT / "chalicelib" / "store").glob("*.py"))
    assert len(sources) > 20
    assert not [s.name for s in sources if ".scan(" in s.read_text()]
    modules = [f"chalicelib.store.{s.stem}" for s in sources if s.stem != "__init__"]
    heavy = ["boto3", "cryptography", "requests", "pydantic", "aws_lambda_powertools", "chalice"]
    code = f"import sys, {', '.join(modules)}; print([m for m in {heavy} if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


# Items and shapes.


@dataclass(frozen=True, slots=True)
class Now:
    """What the code of today has."""

    name: str
    size: int = 0


RECORD = Record(Now, {"name": ("title", TEXT), "size": ("size", WHOLE)})
THIRD = Kind(
    name="thing",
    record=RECORD,
    version=3,
    upgrades={
        1: lambda item: {**item, "size": item["length"] * 10},
        2: lambda item: {**item, "title": item["name"]},
    },
)


def test_an_older_shape_is_upgraded_step_by_step() -> None:
    assert THIRD.unpack({"v": 1, "name": "a", "length": 2}) == Now("a", 20)
    assert THIRD.unpack({"v": 2, "name": "a", "size": 3}) == Now("a", 3)
    assert THIRD.unpack({"name": "a", "length": 2}) == Now("a", 20)
    assert THIRD.unpack(THIRD.pack(Now("a", 4))) == Now("a", 4)


def test_a_later_shape_is_refused_clearly() -> None:
    with pytest.raises(UnknownSchema, match="thing 4, this code knows 3"):
        THIRD.unpack({"v": 4, "title": "a"})


def test_every_older_version_has_its_upgrade() -> None:
    with pytest.raises(TypeError, match="thing"):
        Kind(name="thing", record=RECORD, version=2)


def test_what_must_be_there_is_missed() -> None:
    with pytest.raises(KeyError, match="title"):
        THIRD.unpack({"v": 3, "size": 1})


def test_items_hold_only_what_they_can_hold() -> None:
    item = {"a": "é", "b": 3, "c": True, "d": b"\x00", "e": [1, {"f": []}], "g": False}
    assert from_raw(to_raw({**item, "nothing": None})) == item
    with pytest.raises(TypeError, match="float"):
        to_raw({"a": 1.5})
    with pytest.raises(TypeError, match="SS"):
        from_raw({"a": {"SS": ["x"]}})


def _by_name(definitions: list[dict[str, str]]) -> list[dict[str, str]]:
    return sorted(definitions, key=lambda d: d["AttributeName"])
