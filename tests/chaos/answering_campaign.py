"""Which lives are lived in which the firm answers: every fault at every step, and seeded ones."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cache, partial

from tests.chaos.adapter_life import AdapterLife
from tests.chaos.adapters import AdapterStage, Fits, Lived, Work, fitting_of, live_all
from tests.chaos.answering import ANSWERED, AnsweringLife, judge_answers, scenes_of
from tests.chaos.campaign import Verdict
from tests.chaos.steps import Kind

DOUBTS = ("F34 timeout, applied", "F35 timeout, not applied")
WITH_TWO = ("answering two together", "answering twice")
AT_A_TIME = 500
"""Seeded lives over one store: an engine never forgets a life."""


@cache
def fitting(name: str) -> Fits:
    """Return the faults of lives on a network that others speak on."""
    return fitting_of(ANSWERED[name])


class AnsweringStage(AdapterStage):
    """Lives one life after another in which the firm answers."""

    fits = staticmethod(fitting)

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
        work += [partial(_singles, name, scene) for scene in scenes_of(name)]
        work += [partial(_in_doubt, name, scene) for scene in scenes_of(name)]
        pairs = [scene for scene in scenes_of(name) if scene in WITH_TWO]
        work += [partial(_both_in_doubt, name, scene) for scene in pairs]
        starts = range(first, last, AT_A_TIME)
        work += [partial(_random, name, n, min(n + AT_A_TIME, last)) for n in starts]
    return work


def _singles(name: str, scene: str) -> Lived:
    title = f"{name}: every step × every fault, {scene}"
    return _live(title, lambda stage: stage.singles(name, scene))


def _in_doubt(name: str, scene: str) -> Lived:
    title = f"{name}: an answer lost, and every fault of the wire after it, {scene}"
    return _live(title, lambda stage: stage.in_doubt(name, scene))


def _both_in_doubt(name: str, scene: str) -> Lived:
    title = f"{name}: two answers lost, {scene}"
    return _live(title, lambda stage: stage.both_in_doubt(name, scene))


def _random(name: str, first: int, last: int) -> Lived:
    title = f"{name}: seeded lives that answer, {first} to {last - 1}"
    seeds = range(first, last)
    return _live(title, lambda stage: (stage.at_random(name, seed) for seed in seeds), seeds)


def _live(
    title: str,
    live: Callable[[AnsweringStage], Iterable[Verdict]],
    numbers: Iterable[int] | None = None,
) -> Lived:
    return live_all(title, live, numbers, AnsweringStage)
