"""Which lives are lived on the real adapters: every fault at every step, and seeded ones.

Everything is real but the clock, the queue's and the mail's transports and the socket: the
walk, the store code over the engine, the adapter, and the HTTP client down to the exchange.
"""

from __future__ import annotations

import itertools
import random
import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field, replace
from functools import cache, partial
from pathlib import Path
from typing import TypeVar

from chalicelib.networks.registry import network
from local.engine import Engine, obtain
from tests.chaos.adapter_life import AdapterLife, judge_adapter
from tests.chaos.campaign import Plan, Scene, Verdict, one_post, people, twins, twins_at_once
from tests.chaos.engine import CURRENT, ScriptedStore, listen
from tests.chaos.faults import all_faults
from tests.chaos.ledger import Ledger
from tests.chaos.life import Life
from tests.chaos.rigs import Now, Server
from tests.chaos.servers import SERVERS
from tests.chaos.steps import NETWORK, Fault, Kind, Steps, VirtualClock
from tests.chaos.wire import Wire
from tests.chaos.wire_faults import wire_faults

ROOT = Path(__file__).resolve().parent.parent.parent
AT_ONCE = 2
NAMES = (
    "mastodon",
    "bluesky",
    "wordpress",
    "facebook",
    "instagram",
    "threads",
    "google_business",
    "youtube",
    "pinterest",
    "tiktok",
    "telegram",
    "webhook",
    "x",
    "linkedin",
    "linkedin_pages",
    "site",
)
STEPS, EXCHANGES = 30, 8
"""Random faults stand at one of the first so many; a quiet life has 12 to 40, and 1 to 7."""


def rich_post(life: Life) -> None:
    """A firm uses all that the network has a place for."""
    assert isinstance(life, AdapterLife)
    life.write_rich()


def two_pictures(life: Life) -> None:
    """A firm shows two pictures."""
    assert isinstance(life, AdapterLife)
    life.write_pictures()


SCENES: Mapping[str, Scene] = {
    "one post": one_post,
    "rich post": rich_post,
    "two pictures": two_pictures,
    "twins": twins,
    "twins at once": twins_at_once,
}


TIGHT = 35_000
"""Millionths of a dollar: for a post with an alternative text, and not for a second one."""


def tight_cap(life: Life) -> None:
    """Two posts are wanted where the firm's cap leaves room for one."""
    with life.silence():
        capped = replace(life.workspace, spending_cap=TIGHT)
        life.workspace = life.world.workspaces.put(life.workspace, capped)
    two_pictures(life)
    one_post(life)


CAPPED = "tight cap"
"""A scene of networks that charge; it leaves something to a person even when all goes well."""
_SCENES: Mapping[str, Scene] = {**SCENES, CAPPED: tight_cap}


Fits = Mapping[str, frozenset[Kind]]
"""Faults by name, with the steps that they fit."""


@cache
def fitting(name: str) -> Fits:
    """Return the faults of lives on a network."""
    return fitting_of(SERVERS.get(name))


def fitting_of(server: Callable[[Now], Server] | None) -> Fits:
    """Return the faults of lives on a server; None: nothing is reached by HTTP."""
    from tests.chaos.acts import ACT_NAMES  # noqa: PLC0415 - acts know lives

    steps = Steps(VirtualClock())
    found = [fault for fault in all_faults(Ledger(steps)) if not fault.kinds <= NETWORK]
    if server is not None:
        wire = Wire(steps, server(lambda: wire.now()))  # noqa: PLW0108 - it isn't there yet
        found += wire_faults(wire)
    acts = (*ACT_NAMES, "F58 edited, its pictures taken out")
    return {fault.name: fault.kinds for fault in found} | dict.fromkeys(acts, frozenset(Kind))


class AdapterStage:
    """Lives one life after another, on any of the real networks, over one store."""

    fits = staticmethod(fitting)
    """Returns the faults of lives on a network, with the steps that they fit."""
    tells = "seeded lives"
    """What its seeded lives are called."""

    def __init__(self, store: ScriptedStore) -> None:
        self._store = store
        self._told: Counter[str] = Counter()
        self.lived = 0

    def life(self, name: str, told: str, scene: str, temper: random.Random | None) -> AdapterLife:
        """Return a life in which people have done what a scene tells."""
        life = AdapterLife(self._store.store, name, told, temper=temper)
        _SCENES[scene](life)
        return life

    def judge(self, life: AdapterLife) -> list[str]:
        """Return what is wrong with a life that has ended."""
        return judge_adapter(life)

    def scenes(self, name: str) -> Sequence[str]:
        """Return the scenes of seeded lives on a network."""
        return list(SCENES)

    def somewhere(self, chance: random.Random, first: int) -> int:
        """Return where a random fault stands, of the first so many."""
        return chance.randrange(first)

    def live(
        self,
        name: str,
        plan: Plan,
        scene: str = "one post",
        *,
        on_the_wire: Plan | None = None,
        temper: random.Random | None = None,
    ) -> Verdict:
        """Live one life with its faults and judge it; ``on_the_wire`` ones by exchange.

        The same life is the same in every run.
        """
        told = f"{name}, {scene}, {sorted(plan.items())}, {sorted((on_the_wire or {}).items())}"
        self._told[told] += 1
        life = self.life(name, f"{told} {self._told[told]}", scene, temper)
        CURRENT.steps = life.steps
        faults = {fault.name: fault for fault in faults_of(life)}
        try:
            if life.wire is not None:
                planned = (on_the_wire or {}).items()
                life.wire.planned = {n: faults[fault] for n, fault in planned}
            life.run({n: faults[fault] for n, fault in plan.items()})
            wrong = tuple(self.judge(life))
        finally:
            CURRENT.steps = None
            self._store.clear_due()
            self._store.unpark(f"network:{name}")
        self.lived += 1
        bothered = tuple(f"{d.status} {d.why}" for d in life.unsettled)
        return Verdict(plan, wrong, tuple(life.steps.log), bothered, tuple(life.box.subjects))

    def singles(self, name: str, scene: str = "one post") -> Iterator[Verdict]:
        """Live a life for every step × every fault that fits it."""
        quiet = self.live(name, {}, scene)
        yield quiet
        for plan in additions(self.fits(name), quiet):
            yield self.live(name, plan, scene)

    def in_doubt(self, name: str, scene: str = "one post") -> Iterator[Verdict]:
        """Lose the answer to the one call, and live every fault of the wire that may follow."""
        for plan in self.after_doubt(name, scene):
            yield self.live(name, plan, scene)

    def after_doubt(self, name: str, scene: str = "one post") -> Iterator[Plan]:
        """Yield the plans of ``in_doubt``."""
        call = next(s.n for s in self.live(name, {}, scene).steps if s.kind is Kind.NET_CALL)
        yield from self.doubts(name, scene, call)

    def doubts(self, name: str, scene: str, call: int) -> Iterator[Plan]:
        """Yield the plans in which this call's answer is lost, and one more thing goes wrong."""
        for lost in ("F34 timeout, applied", "F35 timeout, not applied"):
            in_doubt = self.live(name, {call: lost}, scene)
            fits = self.fits(name)
            for plan in additions(fits, in_doubt, after=call):
                if fits[plan[max(plan)]] <= NETWORK:
                    yield plan

    def at_random(self, name: str, seed: int) -> Verdict:
        """Live a seeded life with up to six faults, on one of the many servers there are."""
        chance = random.Random(f"{name} {seed}")
        scene = chance.choice(self.scenes(name))
        fits = self.fits(name)
        wired = [fault for fault, kinds in fits.items() if kinds <= NETWORK]
        others = [fault for fault in fits if fault not in wired]
        count = chance.randint(1, 6)
        on_the_wire = chance.randint(0, count) if wired else 0
        return self.live(
            name,
            {
                self.somewhere(chance, STEPS): chance.choice(others)
                for _ in range(count - on_the_wire)
            },
            scene,
            on_the_wire={
                self.somewhere(chance, EXCHANGES): chance.choice(wired) for _ in range(on_the_wire)
            },
            temper=chance,
        )


def additions(fits: Fits, verdict: Verdict, after: int = -1) -> Iterator[Plan]:
    """Yield the plan with one more fault, for every later step × every fault that fits it."""
    for step in verdict.steps:
        if step.n > after:
            for fault, kinds in fits.items():
                if step.kind in kinds:
                    yield {**verdict.plan, step.n: fault}


def faults_of(life: AdapterLife) -> list[Fault]:
    """Return every fault of a life: its network's own instead of the test network's."""
    general = [fault for fault in all_faults(life.ledger) if not fault.kinds <= NETWORK]
    on_the_wire = wire_faults(life.wire) if life.wire is not None else []
    return [*general, *on_the_wire, *people(life), without_pictures(life)]


def without_pictures(life: AdapterLife) -> Fault:
    """Return a person's edit that takes pictures and text away together."""

    def act(_: Steps, __: object, do: Callable[[], object]) -> object:
        with life.as_person():
            life.drop_pictures()
        return do()

    return Fault("F58 edited, its pictures taken out", frozenset(Kind), act)


S = TypeVar("S", bound=AdapterStage)

Work = Callable[[], "Lived"]
"""Lives that one process lives, one after the other."""


def work_of(names: Sequence[str], first: int, last: int) -> list[Work]:
    """Return every single fault and seeded lives on each adapter."""
    work: list[Work] = []
    for name in names:
        work += [partial(singles, AdapterStage, name, scene) for scene in ("one post", "rich post")]
        work += [partial(in_doubt, AdapterStage, name, "one post")] if name in SERVERS else []
        work += [partial(singles, AdapterStage, name, CAPPED)] if network(name).spec.charge else []
        work += at_random(AdapterStage, name, first, last)
    return work


def run(work: Sequence[Work], say: Callable[[str], None]) -> tuple[int, int]:
    """Live it; return how many were lived, and how many of them went wrong."""
    lived, wrong = 0, 0
    with ProcessPoolExecutor(max_workers=AT_ONCE) as pool:
        for done in pool.map(_call, work):
            lived, wrong = lived + done.count, wrong + len(done.wrong)
            say(f"{done.title}: {done.count} lived, {len(done.wrong)} wrong, {done.asked} asked")
            for finding in done.wrong[:10]:
                say(f"    {finding}")
    return lived, wrong


@dataclass
class Lived:
    """What became of a number of lives."""

    title: str
    count: int = 0
    wrong: list[str] = field(default_factory=list)
    asked: int = 0
    """How many left something to a person, who was told."""


def _call(work: Work) -> Lived:
    return work()


def singles(stage: type[AdapterStage], name: str, scene: str) -> Lived:
    """Live a scene for every step × every fault that fits it."""
    title = f"{name}: every step × every fault, {scene}"
    return live_all(stage, title, lambda on: on.singles(name, scene))


def in_doubt(stage: type[AdapterStage], name: str, scene: str) -> Lived:
    """Live a scene in which an answer is lost, for every fault of the wire after it."""
    title = f"{name}: an answer lost, and every fault of the wire after it, {scene}"
    return live_all(stage, title, lambda on: on.in_doubt(name, scene))


AT_A_TIME = 500
"""Seeded lives over one store: an engine never forgets a life."""


def at_random(stage: type[AdapterStage], name: str, first: int, last: int) -> list[Work]:
    """Return the work of so many seeded lives, in parts."""
    starts = range(first, last, AT_A_TIME)
    return [partial(_seeded, stage, name, n, min(n + AT_A_TIME, last)) for n in starts]


def _seeded(stage: type[AdapterStage], name: str, first: int, last: int) -> Lived:
    title, seeds = f"{name}: {stage.tells}, {first} to {last - 1}", range(first, last)
    return live_all(stage, title, lambda on: (on.at_random(name, n) for n in seeds), seeds)


def live_all(
    stage: type[S],
    title: str,
    live: Callable[[S], Iterable[Verdict]],
    numbers: Iterable[int] | None = None,
) -> Lived:
    """Live over a store of its own, and return what became of it."""
    listen([])
    done, began = Lived(title), time.monotonic()
    with (
        Engine(obtain(ROOT, lambda _: None)) as engine,
        ScriptedStore(engine.endpoint, "chaos") as store,
    ):
        for n, verdict in zip(numbers or itertools.count(), live(stage(store)), strict=False):
            done.count += 1
            done.asked += bool(verdict.bothered)
            if verdict.wrong:
                done.wrong.append(f"no. {n}, {dict(verdict.plan)}: {', '.join(verdict.wrong)}")
    done.title += f" ({time.monotonic() - began:.0f} s)"
    return done
