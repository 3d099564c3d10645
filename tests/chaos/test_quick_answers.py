"""What CI lives of answering on the real adapters: every scene, and a share of all faults.

``make chaos`` lives every fault at every step of every scene, and 1,000 random lives an adapter.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import uuid4

import pytest

from chalicelib import logs
from chalicelib.networks.contract import Network
from chalicelib.networks.registry import MODULES, network
from local.engine import Engine
from tests.chaos.adapters import additions
from tests.chaos.answering import ANSWERED, scenes_of
from tests.chaos.answering_campaign import DOUBTS, WITH_TWO, AnsweringStage, fitting
from tests.chaos.campaign import Plan, Verdict
from tests.chaos.engine import ScriptedStore, listen
from tests.chaos.steps import NETWORK

pytestmark = pytest.mark.timeout(300)
WIRED, OTHERS, IN_DOUBT, RANDOM = 4, 2, 2, 1
"""How many lives of each sort a network has here."""


@pytest.fixture
def stage(engine: Engine) -> Iterator[AnsweringStage]:
    """A stage on tables of its own, so that its lives are the same in any order of tests."""
    event = logs.event
    listen([])
    with ScriptedStore(engine.endpoint, f"answers-{uuid4().hex[:8]}") as store:
        yield AnsweringStage(store)
    logs.event = event


def gone_wrong(lived: list[Verdict]) -> list[tuple[Plan, tuple[str, ...]]]:
    return [(v.plan, v.wrong) for v in lived if v.wrong]


def is_answered(found: Network) -> bool:
    return found.spec.answers is not None


def test_every_network_that_answers_is_lived() -> None:
    assert {name for name in MODULES if is_answered(network(name))} == set(ANSWERED)


@pytest.mark.parametrize("name", ANSWERED)
def test_a_quiet_life_answers_and_bothers_nobody(stage: AnsweringStage, name: str) -> None:
    for scene in scenes_of(name):
        verdict = stage.live(name, {}, scene)
        assert (scene, verdict.wrong, verdict.bothered, verdict.mails) == (scene, (), (), ())


@pytest.mark.parametrize("name", ANSWERED)
def test_no_fault_loses_or_doubles_an_answer(stage: AnsweringStage, name: str) -> None:
    chance, fits = random.Random(name), fitting(name)
    scene = chance.choice(list(scenes_of(name)))
    plans = list(additions(fits, stage.live(name, {}, scene)))
    wired = [p for p in plans if all(fits[fault] <= NETWORK for fault in p.values())]
    others = [p for p in plans if p not in wired]
    in_doubt = chance.sample(list(stage.after_doubt(name, scene)), IN_DOUBT)
    chosen = [*chance.sample(wired, WIRED), *chance.sample(others, OTHERS), *in_doubt]
    lived = [stage.live(name, plan, scene) for plan in chosen]
    lived += stage.both_in_doubt(name, WITH_TWO[0], DOUBTS[1:])
    lived += [stage.at_random(name, seed) for seed in range(1, RANDOM + 1)]
    assert gone_wrong(lived) == []
