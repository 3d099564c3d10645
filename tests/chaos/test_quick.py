"""What CI lives of the chaos suite: every single fault, and some random lives.

``make chaos`` lives all of it: all pairs, 10,000 random lives a class.
"""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib import logs
from chalicelib.publishing.deliveries import ResendClass
from local.engine import Engine
from tests.chaos.campaign import SCENES, Stage
from tests.chaos.engine import ScriptedStore, listen
from tests.chaos.ledger import CLASSES

pytestmark = pytest.mark.timeout(300)
RANDOM = 60


@pytest.fixture
def stage(engine: Engine) -> Iterator[Stage]:
    """A stage on the worker's engine; what is logged meanwhile is kept apart."""
    event = logs.event
    listen([])
    with ScriptedStore(engine.endpoint, "chaos") as store:
        yield Stage(store)
    logs.event = event


@pytest.mark.parametrize("resend_class", CLASSES)
def test_no_single_fault_loses_or_doubles_a_post(stage: Stage, resend_class: ResendClass) -> None:
    lived = list(stage.singles(resend_class))
    assert len(lived) > 250
    assert [(v.plan, v.wrong) for v in lived if v.wrong] == []


@pytest.mark.parametrize("scene", SCENES)
@pytest.mark.parametrize("resend_class", CLASSES)
def test_a_quiet_life_bothers_nobody(stage: Stage, resend_class: ResendClass, scene: str) -> None:
    verdict = stage.live(resend_class, {}, SCENES[scene])
    assert (verdict.wrong, verdict.bothered, verdict.mails) == ((), (), ())


@pytest.mark.parametrize("resend_class", CLASSES)
def test_random_lives_end_well(stage: Stage, resend_class: ResendClass) -> None:
    lived = [stage.at_random(resend_class, seed) for seed in range(RANDOM)]
    assert [(v.plan, v.wrong) for v in lived if v.wrong] == []
