"""Lambda's entry points hand over to the jobs and report what failed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

import app
from chalicelib import bootstrap
from chalicelib.ids import DeliveryId, WorkspaceId
from tests.fakes.api_world import ROOT


class Jobs:
    """A world whose receiver fails for one delivery."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.ticks = 0

    @property
    def dispatcher(self) -> Jobs:
        return self

    @property
    def receiver(self) -> Jobs:
        return self

    def publish_due(self) -> int:
        self.ticks += 1
        return 0

    def receive(self, workspace: WorkspaceId, delivery: DeliveryId) -> None:
        if delivery == "bad":
            raise OSError
        self.received.append(f"{workspace} {delivery}")


@pytest.fixture
def jobs() -> Iterator[Jobs]:
    made = Jobs()
    bootstrap.use(made)  # type: ignore[arg-type]
    yield made
    bootstrap.use(None)


def message(n: int, body: str) -> dict[str, Any]:
    return {"body": body, "messageId": f"m{n}", "receiptHandle": "r", "eventSource": "aws:sqs"}


def test_only_the_messages_that_failed_are_received_again(jobs: Jobs) -> None:
    bodies = [
        json.dumps({"workspace": "bakery", "delivery": "one"}),
        json.dumps({"workspace": "bakery", "delivery": "bad"}),
        "no json",
        json.dumps({"workspace": "bakery", "delivery": "two"}),
    ]
    event = {"Records": [message(n, body) for n, body in enumerate(bodies)]}
    answer = app.work(event, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": "m1"}, {"itemIdentifier": "m2"}]}
    assert sorted(jobs.received) == ["bakery one", "bakery two"]


def test_the_tick_publishes_what_is_due(jobs: Jobs) -> None:
    event = {
        "version": "0",
        "account": "1",
        "region": "eu-west-3",
        "detail": {},
        "detail-type": "Scheduled Event",
        "source": "aws.events",
        "time": "2026-11-25T08:00:00Z",
        "id": "x",
        "resources": [],
    }
    app.publish_due(event, None)
    assert jobs.ticks == 1


def test_the_entry_points_stay_small_and_load_little() -> None:
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) < 150
    imported = [n for n in ast.parse(source).body if isinstance(n, ast.Import | ast.ImportFrom)]
    names = {getattr(n, "module", None) or n.names[0].name for n in imported}
    assert "chalicelib.bootstrap" not in names
    assert {"work", "publish_due", "keep_house"} <= set(app.app.handler_map)


def test_who_makes_no_request_loads_no_client() -> None:
    code = (
        "import sys, app\n"
        "from chalicelib.networks import advice, doors, registry\n"
        "registry.describe_all()\n"
        "heavy = {'requests', 'PIL', 'pynamodb', 'botocore', 'cryptography', 'feedgenerator'}\n"
        "print(sorted(heavy & set(sys.modules)))"
    )
    run = [sys.executable, "-c", code]
    done = subprocess.run(run, cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.strip() == "[]"
