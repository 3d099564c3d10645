"""Lambda's entry points hand over to the jobs and report what failed."""

from __future__ import annotations

import ast
import json
import subprocess
import sys
import traceback
from collections.abc import Iterator
from typing import Any

import pytest

import app
from chalicelib import bootstrap
from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.jobs import Failed, wordless
from tests.fakes import logbook
from tests.fakes.api_world import ROOT

CANARY = "La galette des rois est là"
TICK = {
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


class Jobs:
    """A world whose receiver fails for one delivery, and whose ticks fail if told to."""

    def __init__(self) -> None:
        self.received: list[str] = []
        self.ticks = 0
        self.is_broken = False

    @property
    def dispatcher(self) -> Jobs:
        return self

    @property
    def receiver(self) -> Jobs:
        return self

    @property
    def sweeper(self) -> Jobs:
        return self

    @property
    def forgetting(self) -> Jobs:
        return self

    @property
    def forgetting_visitors(self) -> Jobs:
        return self

    def send_due(self, _: str) -> int:
        return self._tick()

    def publish_due(self) -> int:
        return self._tick()

    def forget_due(self) -> int:
        return self._tick()

    def _tick(self) -> int:
        if self.is_broken:
            int(CANARY)  # whose error quotes it
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
        json.dumps({"workspace": "bakery", "kind": "delivery", "about": "one"}),
        json.dumps({"workspace": "bakery", "kind": "delivery", "about": "bad"}),
        "no json",
        json.dumps({"workspace": "bakery", "kind": "unheard of", "about": "x"}),
        json.dumps({"workspace": "bakery", "kind": "delivery", "about": "two"}),
    ]
    event = {"Records": [message(n, body) for n, body in enumerate(bodies)]}
    answer = app.work(event, None)
    assert answer == {"batchItemFailures": [{"itemIdentifier": f"m{n}"} for n in (1, 2, 3)]}
    assert sorted(jobs.received) == ["bakery one", "bakery two"]


def test_the_tick_publishes_what_is_due(jobs: Jobs) -> None:
    app.publish_due(TICK, None)
    assert jobs.ticks == 1


@pytest.mark.parametrize(
    "function", ["publish_due", "poll_mentions", "aggregate_metrics", "keep_house"]
)
def test_a_tick_that_fails_quotes_nothing(jobs: Jobs, function: str) -> None:
    """Lambda counts the error, and logs its message and traceback."""
    jobs.is_broken = True
    with logbook.reading() as book, pytest.raises(Failed) as failed:
        getattr(app, function)(TICK, None)
    assert str(failed.value) == "ValueError"
    assert CANARY not in "".join(traceback.format_exception(failed.value))
    (line,) = book.getvalue().splitlines()
    told = json.loads(line)
    assert (told["message"], told["error"]) == (f"{function}_failed", "ValueError")
    assert told["where"].startswith("tests.unit.test_app:")
    assert CANARY not in line


def test_a_batch_that_fails_as_a_whole_quotes_nothing() -> None:
    def worlds() -> None:
        with wordless("work"):
            raise OSError(CANARY)

    with logbook.reading() as book, pytest.raises(Failed, match=r"^OSError$"):
        worlds()
    assert json.loads(book.getvalue())["message"] == "work_failed"
    assert CANARY not in book.getvalue()


def test_the_entry_points_stay_small_and_load_little() -> None:
    source = (ROOT / "app.py").read_text(encoding="utf-8")
    assert len(source.splitlines()) < 150
    imported = [n for n in ast.parse(source).body if isinstance(n, ast.Import | ast.ImportFrom)]
    names = {getattr(n, "module", None) or n.names[0].name for n in imported}
    assert "chalicelib.bootstrap" not in names
    assert {"work", "publish_due", "poll_mentions", "aggregate_metrics", "keep_house"} <= set(
        app.app.handler_map
    )


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
