"""What CI lives of the listening lives: quiet ones, some single faults, some random lives."""

from __future__ import annotations

import random
from collections.abc import Iterator

import pytest

from chalicelib import logs
from chalicelib.publishing.deliveries import ResendClass
from local.engine import Engine
from tests.chaos.engine import ScriptedStore, listen
from tests.chaos.ledger import CLASSES
from tests.chaos.listening_campaign import ListeningStage

pytestmark = pytest.mark.timeout(300)
RANDOM = 5
SHARE = 0.003
BROKEN = 0.02


@pytest.fixture
def stage(engine: Engine) -> Iterator[ListeningStage]:
    """A stage on the worker's engine; what is logged meanwhile is kept apart."""
    event = logs.event
    events: list[str] = []
    listen(events)
    with ScriptedStore(engine.endpoint, "hear") as store:
        yield ListeningStage(store, events)
    logs.event = event


@pytest.mark.parametrize("resend_class", CLASSES)
def test_a_quiet_life_is_right_and_bothers_nobody(
    stage: ListeningStage, resend_class: ResendClass
) -> None:
    verdict = stage.live(resend_class, {})
    assert (verdict.wrong, verdict.mails) == ((), ())


def test_no_single_fault_loses_or_doubles_what_is_said(stage: ListeningStage) -> None:
    chance = random.Random(10)
    lived = list(stage.singles(ResendClass.READ_BACK, share=SHARE, chance=chance))
    assert len(lived) > 20
    assert [(v.plan, v.wrong) for v in lived if v.wrong] == []


@pytest.mark.parametrize("resend_class", CLASSES)
def test_random_lives_end_well(stage: ListeningStage, resend_class: ResendClass) -> None:
    lived = [stage.at_random(resend_class, seed) for seed in range(RANDOM)]
    assert [(v.plan, v.wrong) for v in lived if v.wrong] == []


def test_a_channel_that_breaks_while_it_is_read_is_told_whatever_dies(
    stage: ListeningStage,
) -> None:
    lived = list(stage.breaking(ResendClass.READ_BACK, share=BROKEN, chance=random.Random(10)))
    assert len(lived) > 2
    assert [(v.plan, v.wrong) for v in lived if v.wrong or not v.mails] == []
