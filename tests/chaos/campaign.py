"""Which lives are lived: every step × every fault, all pairs, and seeded random ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.publishing.deliveries import ResendClass
from tests.chaos.checker import judge
from tests.chaos.engine import CURRENT, ScriptedStore
from tests.chaos.faults import all_faults
from tests.chaos.life import Life
from tests.chaos.steps import Fault, Step

Plan = Mapping[int, str]
"""Step number → name of the fault that stands there."""
Scene = Callable[[Life], None]
"""What people do in a life before it runs."""


EVERY = slice(None)


@dataclass(frozen=True, slots=True)
class Verdict:
    """How a life with a plan ended."""

    plan: Plan
    wrong: tuple[str, ...]
    steps: tuple[Step, ...]
    bothered: tuple[str, ...]
    """What was left to people."""
    mails: tuple[str, ...]
    """The subjects of what people were told."""


def one_post(life: Life) -> None:
    """A firm schedules one post with a picture."""
    life.write("Le pain de seigle revient ce matin, encore tiède.")


def twins(life: Life) -> None:
    """The same text is wanted twice, a few minutes apart: it must go out twice."""
    life.write("Il reste des galettes.", timedelta(seconds=90), image=False)
    life.write("Il reste des galettes.", timedelta(seconds=210), image=False)


def twins_at_once(life: Life) -> None:
    """The same text is wanted twice at the same minute: it must go out twice."""
    life.write("Il reste des galettes.", image=False)
    life.write("Il reste des galettes.", image=False)


def with_comment(life: Life) -> None:
    """A firm schedules a post whose link stands in its first comment."""
    life.write("La galette arrive.", image=False, comment="Réservez : https://exemple.test/galette")


SCENES: Mapping[str, Scene] = {
    "one post": one_post,
    "twins": twins,
    "twins at once": twins_at_once,
    "with a first comment": with_comment,
}


class Stage:
    """Lives one life after another over one store."""

    def __init__(self, store: ScriptedStore) -> None:
        self._store = store
        self.lived = 0

    def live(
        self,
        resend_class: ResendClass,
        plan: Plan,
        scene: Scene = one_post,
        seed: int = 0,
        *,
        named: Mapping[str, str] | None = None,
    ) -> Verdict:
        """Live one life with its faults and judge it; ``named`` ones stand at ``label#n``."""
        life = Life(self._store.store, resend_class, seed=seed)
        CURRENT.steps = life.steps
        faults = {fault.name: fault for fault in [*all_faults(life.ledger), *people(life)]}
        try:
            scene(life)
            life.steps.named = {at: faults[name] for at, name in (named or {}).items()}
            life.run({n: faults[name] for n, name in plan.items()})
            wrong = tuple(judge(life))
        finally:
            CURRENT.steps = None
            self._store.clear_due()
        self.lived += 1
        bothered = tuple(f"{d.status} {d.why}" for d in life.unsettled)
        log, mails = tuple(life.steps.log), tuple(life.box.subjects)
        return Verdict(plan, wrong, log, bothered, mails)

    def singles(self, resend_class: ResendClass, scene: Scene = one_post) -> Iterator[Verdict]:
        """Live a life for every step × every fault that fits it."""
        quiet = self.live(resend_class, {}, scene)
        yield quiet
        for plan in additions(quiet):
            yield self.live(resend_class, plan, scene)

    def pairs(
        self,
        resend_class: ResendClass,
        scene: Scene = one_post,
        *,
        share: float = 1.0,
        chance: random.Random,
        firsts: slice = EVERY,
        every: slice = EVERY,
    ) -> Iterator[Verdict]:
        """Live a life for every pair of faults; the second stands where the first one led.

        ``firsts`` says which of the first faults, in their order, are lived now, and ``every``
        which of those.
        """
        for first in list(additions(self.live(resend_class, {}, scene)))[firsts][every]:
            second = self.live(resend_class, first, scene)
            for plan in additions(second, after=max(first)):
                if chance.random() < share:
                    yield self.live(resend_class, plan, scene)

    def at_random(self, resend_class: ResendClass, seed: int) -> Verdict:
        """Live a seeded life with up to six faults anywhere, people's acts among them."""
        chance = random.Random(f"{resend_class} {seed}")
        scene = chance.choice(list(SCENES.values()))
        names = fault_names()
        plan = {chance.randrange(60): chance.choice(names) for _ in range(chance.randint(1, 6))}
        return self.live(resend_class, plan, scene, seed)


def additions(verdict: Verdict, after: int = -1) -> Iterator[Plan]:
    """Yield the plan with one more fault, for every later step × every fault that fits it."""
    for step in verdict.steps:
        if step.n > after:
            for name, kinds in FITTING.items():
                if step.kind in kinds:
                    yield {**verdict.plan, step.n: name}


def fault_names() -> list[str]:
    """Return the names of all faults."""
    return list(FITTING)


def people(life: Life) -> list[Fault]:
    """Return what people may do at any step: faults too, as far as a worker is concerned."""
    from tests.chaos.acts import acts_of  # noqa: PLC0415 - acts know lives

    return acts_of(life)


def _fitting() -> Mapping[str, frozenset[object]]:
    from tests.chaos.acts import ACT_NAMES  # noqa: PLC0415
    from tests.chaos.ledger import Ledger  # noqa: PLC0415
    from tests.chaos.steps import Kind, Steps, VirtualClock  # noqa: PLC0415

    ledger = Ledger(Steps(VirtualClock()))
    found: dict[str, frozenset[object]] = {f.name: f.kinds for f in all_faults(ledger)}
    return found | dict.fromkeys(ACT_NAMES, frozenset(Kind))


FITTING = _fitting()
