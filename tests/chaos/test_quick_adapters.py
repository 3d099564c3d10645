"""What CI lives on the real adapters: every fault of the wire, and a share of the others.

``make chaos`` lives every fault at every step, and 1,000 random lives an adapter.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import uuid4

import pytest

from chalicelib import logs
from chalicelib.networks.registry import network
from chalicelib.publishing.deliveries import ResendClass, Status, Why
from local.engine import Engine
from tests.chaos.adapters import (
    CAPPED,
    NAMES,
    SCENES,
    AdapterStage,
    additions,
    fitting,
)
from tests.chaos.campaign import Plan, Verdict
from tests.chaos.engine import ScriptedStore, listen
from tests.chaos.servers import SERVERS
from tests.chaos.steps import NETWORK, Kind

pytestmark = pytest.mark.timeout(300)
PARTS = 3
"""So that workers share the lives of an adapter."""
META = {"facebook": 0.25, "instagram": 0.15, "threads": 0.15}
BRIEFLY = frozenset(
    {"telegram", "webhook", "x", "linkedin", "linkedin_pages", "tiktok", "youtube", *META}
)
"""Networks that are lived briefly here: few lives beside the faults of their exchanges."""
WIRED = {
    **dict.fromkeys(("x", "linkedin", "linkedin_pages"), 0.25),
    "tiktok": 0.1,
    "youtube": 0.2,
    **META,
}
"""Of the faults of the wire, where they aren't all lived here."""
SHARE = {"site": 0.15, "telegram": 0.0, "webhook": 0.0, **dict.fromkeys(WIRED, 0.0)}
"""Of the faults that the test network lives at length too; where there is no wire, more."""
IN_DOUBT = {
    "webhook": 0.1,
    **dict.fromkeys(WIRED, 0.06),
    "x": 0.12,
    "facebook": 0.09,
    "youtube": 0.15,
}
RANDOM = 30
LOOKED_AT = [n for n in SERVERS if network(n).spec.resend_class is not ResendClass.BLIND]
"""Networks that can be asked what became of an attempt; a blind one has no exchange after it."""


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


def parted(name: str) -> int:
    return 1 if name in BRIEFLY else PARTS


@pytest.mark.parametrize(
    ("name", "scene", "part"),
    [
        (name, scene, part)
        for name, scene in [*((name, "one post") for name in NAMES), ("mastodon", "rich post")]
        for part in range(parted(name))
    ],
)
def test_no_single_fault_loses_or_doubles_a_post(
    stage: AdapterStage, name: str, scene: str, part: int
) -> None:
    chance, share = random.Random(name), SHARE.get(name, 0.04)
    plans = [
        plan
        for plan in additions(fitting(name), stage.live(name, {}, scene))
        if chance.random()
        < (WIRED.get(name, 1.0) if fitting(name)[next(iter(plan.values()))] <= NETWORK else share)
    ]
    lived = [stage.live(name, plan, scene) for plan in plans[part :: parted(name)]]
    assert len(lived) > 10
    assert gone_wrong(lived) == []


@pytest.mark.parametrize("name", LOOKED_AT)
def test_no_fault_after_a_lost_answer_loses_or_doubles_a_post(
    stage: AdapterStage, name: str
) -> None:
    chance, share = random.Random(name), IN_DOUBT.get(name, 0.15)
    plans = [plan for plan in stage.after_doubt(name) if chance.random() < share]
    lived = [stage.live(name, plan) for plan in plans]
    assert len(lived) > 10
    assert gone_wrong(lived) == []


def test_a_cap_that_leaves_room_for_one_post_holds_whatever_goes_wrong(
    stage: AdapterStage,
) -> None:
    chance = random.Random("cap")
    plans = [
        p for p in additions(fitting("x"), stage.live("x", {}, CAPPED)) if chance.random() < 0.05
    ]
    lived = [stage.live("x", plan, CAPPED) for plan in plans]
    assert len(lived) > 10
    assert gone_wrong(lived) == []


@pytest.mark.parametrize("name", NAMES)
def test_random_lives_end_well(stage: AdapterStage, name: str) -> None:
    seeds = range(RANDOM // 6 if name in BRIEFLY else RANDOM)
    assert gone_wrong([stage.at_random(name, seed) for seed in seeds]) == []


@pytest.mark.parametrize("lost", ["F34 timeout, applied", "F35 timeout, not applied"])
@pytest.mark.parametrize("name", sorted(BRIEFLY))
def test_a_lost_answer_is_looked_for_or_a_person_is_asked(
    stage: AdapterStage, name: str, lost: str
) -> None:
    call = next(s.n for s in stage.live(name, {}).steps if s.kind is Kind.NET_CALL)
    verdict = stage.live(name, {call: lost})
    assert verdict.wrong == ()
    if name in LOOKED_AT:
        assert (verdict.bothered, verdict.mails) == ((), ())
    else:
        assert verdict.bothered == (f"{Status.NEEDS_HUMAN} {Why.UNKNOWN}",)
        assert len(verdict.mails) == 1
