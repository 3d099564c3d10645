"""Which lives are lived in which the firm answers: every fault at every step, and seeded ones."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator, Sequence
from functools import cache, partial

from tests.chaos.adapter_life import AdapterLife
from tests.chaos.adapters import (
    AdapterStage,
    Fits,
    Lived,
    Work,
    at_random,
    fitting_of,
    in_doubt,
    live_all,
    singles,
)
from tests.chaos.answering import ANSWERED, AnsweringLife, judge_answers, scenes_of
from tests.chaos.campaign import Verdict
from tests.chaos.steps import Kind

DOUBTS = ("F34 timeout, applied", "F35 timeout, not applied")
WITH_TWO = ("answering two together", "answering twice")


@cache
def fitting(name: str) -> Fits:
    """Return the faults of lives on a network that others speak on."""
    return fitting_of(ANSWERED[name])


class AnsweringStage(AdapterStage):
    """Lives one life after another in which the firm answers."""

    fits = staticmethod(fitting)
    tells = "seeded lives that answer"

    def life(self, name: str, told: str, scene: str, temper: random.Random | None) -> AdapterLife:
        """See ``AdapterStage.life``: something is said, heard and answered."""
        life = AnsweringLife(self._store.store, name, told, temper=temper)
        scenes_of(name)[scene](life)
        return life

    def judge(self, life: AdapterLife) -> list[str]:
        """See ``AdapterStage.judge``."""
        assert isinstance(life, AnsweringLife)
        return judge_answers(life)

    def scenes(self, name: str) -> Sequence[str]:
        """See ``AdapterStage.scenes``."""
        return list(scenes_of(name))

    def somewhere(self, chance: random.Random, first: int) -> int:
        """See ``AdapterStage.somewhere``: rather early, a life that answers once is short."""
        return min(chance.randrange(first), chance.randrange(first))

    def both_in_doubt(
        self, name: str, scene: str, first_lost: Sequence[str] = DOUBTS
    ) -> Iterator[Verdict]:
        """Lose the answer to the first call, in each of these ways, and to each that follows."""
        (first, *_) = _calls(self.live(name, {}, scene))
        for lost, again in itertools.product(first_lost, DOUBTS):
            one = self.live(name, {first: lost}, scene)
            for call in _calls(one)[1:]:
                yield self.live(name, {first: lost, call: again}, scene)


def _calls(verdict: Verdict) -> list[int]:
    return [step.n for step in verdict.steps if step.kind is Kind.NET_CALL]


def work_of(names: Sequence[str], first: int, last: int) -> list[Work]:
    """Return every single fault of every scene, and seeded lives, on each network of these."""
    work: list[Work] = []
    for name in (n for n in names if n in ANSWERED):
        work += [partial(singles, AnsweringStage, name, scene) for scene in scenes_of(name)]
        work += [partial(in_doubt, AnsweringStage, name, scene) for scene in scenes_of(name)]
        pairs = [scene for scene in scenes_of(name) if scene in WITH_TWO]
        work += [partial(_both_in_doubt, name, scene) for scene in pairs]
        work += at_random(AnsweringStage, name, first, last)
    return work


def _both_in_doubt(name: str, scene: str) -> Lived:
    title = f"{name}: two answers lost, {scene}"
    return live_all(AnsweringStage, title, lambda on: on.both_in_doubt(name, scene))
