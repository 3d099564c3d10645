"""What CI lives on the real adapters: every fault of the wire, and a share of the others.

``make chaos`` lives every fault at every step, and 1,000 random lives an adapter.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import uuid4

import pytest

from chalicelib import logs
from local.engine import Engine
from tests.chaos.adapters import NAMES, SCENES, AdapterStage, additions, is_on_the_wire
from tests.chaos.campaign import Plan, Verdict
from tests.chaos.engine import ScriptedStore, listen
from tests.chaos.rigs import SERVERS

pytestmark = pytest.mark.timeout(300)
PARTS = 3
"""So that workers share the lives of an adapter."""
SHARE = {"site": 0.15}
"""Of the faults that the test network lives at length too; where there is no wire, more."""
IN_DOUBT = 0.15
RANDOM = 30


@pytest.fixture
def stage(engine: Engine) -> Iterator[AdapterStage]:
    """A stage on tables of its own, so that its lives are the same in any order of tests."""
    event = logs.event
    listen([])
    with ScriptedStore(engine.endpoint, f"adapters-{uuid4().hex[:8]}") as store:
        yield AdapterStage(store)
    logs.event = event


def gone_wrong(lived: list[Verdict]) -> list[tuple[Plan, tuple[str, ...]]]:
    return [(v.plan, v.wrong) for v in lived if v.wrong]


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("name", NAMES)
def test_a_quiet_life_bothers_nobody(stage: AdapterStage, name: str, scene: str) -> None:
    verdict = stage.live(name, {}, scene)
    assert (verdict.wrong, verdict.bothered, verdict.mails) == ((), (), ())


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize(
    ("name", "scene"), [*((name, "one post") for name in NAMES), ("mastodon", "rich post")]
)
def test_no_single_fault_loses_or_doubles_a_post(
    stage: AdapterStage, name: str, scene: str, part: int
) -> None:
    chance, share = random.Random(name), SHARE.get(name, 0.04)
    plans = [
        plan
        for plan in additions(name, stage.live(name, {}, scene))
        if is_on_the_wire(name, *plan.values()) or chance.random() < share
    ]
    lived = [stage.live(name, plan, scene) for plan in plans[part::PARTS]]
    assert len(lived) > 10
    assert gone_wrong(lived) == []


@pytest.mark.parametrize("name", SERVERS)
def test_no_fault_after_a_lost_answer_loses_or_doubles_a_post(
    stage: AdapterStage, name: str
) -> None:
    chance = random.Random(name)
    plans = [plan for plan in stage.after_doubt(name) if chance.random() < IN_DOUBT]
    lived = [stage.live(name, plan) for plan in plans]
    assert len(lived) > 10
    assert gone_wrong(lived) == []


@pytest.mark.parametrize("name", NAMES)
def test_random_lives_end_well(stage: AdapterStage, name: str) -> None:
    assert gone_wrong([stage.at_random(name, seed) for seed in range(RANDOM)]) == []
