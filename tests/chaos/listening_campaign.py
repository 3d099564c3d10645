"""Which listening lives are lived: every step × every fault of a share, and random ones."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import timedelta

from chalicelib.publishing.deliveries import ResendClass
from tests.chaos.campaign import Plan, Verdict
from tests.chaos.engine import CURRENT, ScriptedStore
from tests.chaos.faults import all_faults
from tests.chaos.ledger import Ledger
from tests.chaos.listening import ListeningLife
from tests.chaos.listening_judge import judge
from tests.chaos.steps import START, Fault, Kind, Step, Steps, VirtualClock

ANY = frozenset(Kind)
REVOKED = "F45 401 for good"
LATEST_REFUSAL = START + timedelta(minutes=55)
"""A token that is refused later is refused only once before people reconnect."""
Do = Callable[[], object]


def faults_of(life: ListeningLife) -> list[Fault]:
    """Return the faults of publishing, and those that only listening knows."""
    return [*all_faults(life.ledger), *(_own(name, act, life) for name, act in OWN.items())]


def _cursor_lost(life: ListeningLife) -> None:
    with life.silence():
        source = life.source()
        if source is not None:
            life.world.sources.put(source, replace(source, cursor=""))


def _ids_reset(life: ListeningLife) -> None:
    life.said.forgets = len(life.said.all) + 1


def _reordered(life: ListeningLife) -> None:
    life.said.is_reversed = not life.said.is_reversed


def _edited(life: ListeningLife) -> None:
    if life.said.all:
        first = life.said.all[0]
        life.said.all[0] = replace(first, text="Et lundi ?", edited_at=life.clock.true)


def _deleted(life: ListeningLife) -> None:
    if len(life.said.all) > 1:
        life.said.gone.add(life.said.all[1].identity)


def _an_hour_on(life: ListeningLife) -> None:
    life.clock.true += timedelta(hours=1)


def _counter_reset(life: ListeningLife) -> None:
    life.said.likes = 0


def _polled_twice(life: ListeningLife) -> None:
    with life.silence():
        life.world.poller.poll(life.workspace.id, life.source_id)


OWN: Mapping[str, Callable[[ListeningLife], None]] = {
    "cursor lost": _cursor_lost,
    "the source resets its ids": _ids_reset,
    "told in another order": _reordered,
    "edited at its source": _edited,
    "deleted at its source": _deleted,
    "F19 an hour passes": _an_hour_on,
    "a counter begins anew": _counter_reset,
    "read by another worker": _polled_twice,
}


def _own(name: str, act: Callable[[ListeningLife], None], life: ListeningLife) -> Fault:
    def before(_: Steps, __: Step, do: Do) -> object:
        act(life)
        return do()

    return Fault(name, ANY, before)


def _fitting() -> Mapping[str, frozenset[Kind]]:
    known = {f.name: f.kinds for f in all_faults(Ledger(Steps(VirtualClock())))}
    return known | dict.fromkeys(OWN, ANY)


FITTING = _fitting()


class ListeningStage:
    """Lives one listening life after another over one store."""

    def __init__(self, store: ScriptedStore, events: list[str]) -> None:
        self._store = store
        self._events = events

    def live(self, resend_class: ResendClass, plan: Plan, seed: int = 0) -> Verdict:
        """Live one life with its faults and judge it."""
        self._events.clear()
        life = ListeningLife(self._store.store, resend_class, seed=seed)
        life.events = self._events
        CURRENT.steps = life.steps
        faults = {fault.name: fault for fault in faults_of(life)}
        try:
            life.run({n: faults[name] for n, name in plan.items()})
            wrong = tuple(judge(life))
        finally:
            CURRENT.steps = None
            self._store.clear_due("delivery", "source", "meter", "live", "snooze", "ending")
        log, mails = tuple(life.steps.log), tuple(life.box.subjects)
        return Verdict(plan, wrong, log, (), mails)

    def singles(
        self, resend_class: ResendClass, *, share: float = 1.0, chance: random.Random
    ) -> Iterator[Verdict]:
        """Live a life for every step × every fault that fits it, or for a share of them."""
        quiet = self.live(resend_class, {})
        yield quiet
        for step in quiet.steps:
            for name, kinds in FITTING.items():
                if step.kind in kinds and chance.random() < share:
                    yield self.live(resend_class, {step.n: name})

    def breaking(
        self, resend_class: ResendClass, *, share: float = 1.0, chance: random.Random
    ) -> Iterator[Verdict]:
        """Live a life whose token is refused for good while its channel is read.

        Then a life for every fault at every step from there to the mail, or for a share of
        them. The post and the answer are live by then: no delivery of theirs tells anybody.
        """
        self.live(resend_class, {})  # the first life of a store reads the day's salt besides
        quiet = self.live(resend_class, {}).steps
        last = max(s.n for s in quiet if s.label == "read" and s.at < LATEST_REFUSAL)
        lived = self.live(resend_class, {last: REVOKED})
        yield lived
        mail = max(s.n for s in lived.steps if s.label == "mail")
        first = max(s.n for s in lived.steps if s.label == "read" and s.n < mail)
        for step in lived.steps[first : mail + 6]:
            for name, kinds in FITTING.items():
                if step.kind in kinds and chance.random() < share:
                    yield self.live(resend_class, {last: REVOKED, step.n: name})

    def at_random(self, resend_class: ResendClass, seed: int) -> Verdict:
        """Live a seeded life with up to six faults anywhere."""
        chance = random.Random(f"listening {resend_class} {seed}")
        names = list(FITTING)
        plan = {chance.randrange(200): chance.choice(names) for _ in range(chance.randint(1, 6))}
        return self.live(resend_class, plan, seed)
