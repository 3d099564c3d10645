"""A month on X under a cap: what X took is never more than is set aside, nor that than the cap."""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chalicelib.listening.poll import Poller
from chalicelib.listening.ports import Reader
from chalicelib.listening.sources import Source
from chalicelib.networks import x
from chalicelib.networks.listeners import ChannelReader
from chalicelib.networks.x_hearing import Hearing
from chalicelib.publishing.paid_reading import SHARE, ReadingPrice
from chalicelib.publishing.posts import Content
from tests.contract.stage import outgoing
from tests.contract.x_stage import Stage, staged
from tests.fakes import fake_x as fx
from tests.fakes.clocks import START
from tests.fakes.listening import FIRM, SOURCE, ListeningWorld
from tests.fakes.memory_measuring import CHANNEL as COUNTED
from tests.fakes.memory_measuring import FIRM as COUNTED_FIRM
from tests.fakes.memory_measuring import POST, MeasuringWorld
from tests.fakes.serving import Said

MONTH, HOUR = timedelta(days=30), timedelta(hours=1)
FAULTS = (fx.limited(START), Said(503, b"", {}), Said(200, b"<html>", {}), fx.out_of_credits())


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        made.walk.send(outgoing(Content(text="Ouvert demain")))
        yield made


@dataclass
class Listening:
    """A firm that listens to an account on X."""

    stage: Stage
    world: ListeningWorld
    poller: Poller
    began: int
    """What X had taken before."""

    def open(self, source: Source, channel: object) -> Reader:
        return ChannelReader(Hearing(self.stage.tools))

    @property
    def charged(self) -> int:
        return self.stage.fake.charged - self.began

    def go_on(self) -> Source:
        """Let time pass until the source is due, if that is within the hour; read it."""
        self.stage.clock.advance(HOUR)
        self.stage.fake.window_left = 300
        self.poller.poll(FIRM, SOURCE)
        stands = self.world.stands()
        assert stands is not None
        assert self.charged <= self.world.purse.total <= self.cap // SHARE
        return stands

    @property
    def cap(self) -> int:
        assert self.world.firm is not None
        return self.world.firm.spending_cap


def listening(stage: Stage, cap: int) -> Listening:
    world = ListeningWorld()
    assert world.firm is not None
    world.firm = replace(world.firm, spending_cap=cap)
    world.asks = x.SPEC.reading
    world.add(network="x")
    made = Listening(stage, world, world.poller, stage.fake.charged)
    made.poller = replace(world.poller, clock=stage.clock, readers=made)
    return made


def test_a_month_in_which_nobody_speaks_costs_nothing(stage: Stage) -> None:
    life = listening(stage, 5_000_000)
    for _ in range(24 * 30):
        life.go_on()
    assert (life.charged, life.world.purse.total) == (0, 0)
    assert len(stage.served.seen("GET", "/mentions$")) == 24 * 30 // 4


@pytest.mark.parametrize("seed", range(4))
def test_a_lively_month_stays_within_its_part_of_the_cap_and_nothing_is_lost_below_it(
    stage: Stage, seed: int
) -> None:
    chance = random.Random(seed)
    life = listening(stage, chance.choice([600_000, 3_000_000, 20_000_000]))
    reasons = set()
    for n in range(24 * 12):
        for k in range(chance.choice([0, 0, 0, 0, 0, 1, 3])):
            to = stage.fake.posts[0]["id"] if chance.random() < 0.5 else ""
            stage.fake.say(f"Bravo @boulangerie {n} {k}", by=f"c{chance.randrange(9)}", to=to)
        if chance.random() < 0.1:
            stage.served.answer_next("GET", "", chance.choice(FAULTS))
        reasons.add(life.go_on().reason)
    assert life.charged > 0
    if "over_cap" not in reasons:
        for _ in range(30):
            life.go_on()
        assert len(life.world.kept) == len(stage.fake.others)


def test_a_small_cap_is_met_told_and_read_on_when_it_is_raised(stage: Stage) -> None:
    life = listening(stage, 600_000)
    for n in range(60):
        stage.fake.say(f"Bravo @boulangerie {n}", by=f"client{n}")
    source = life.go_on()
    assert source.reason == "over_cap"
    assert life.charged <= 300_000
    heard = len(life.world.kept)
    for _ in range(48):
        life.go_on()
    assert len(life.world.kept) == heard
    assert life.world.firm is not None
    life.world.firm = replace(life.world.firm, spending_cap=20_000_000)
    for _ in range(30):
        life.go_on()
    assert len(life.world.kept) == 60


def test_a_quiet_month_of_counters_costs_what_the_price_says(stage: Stage) -> None:
    world = MeasuringWorld(stage.clock.now())
    hearing = Hearing(stage.tools)
    world.network.asks = x.SPEC.reading
    measurer = replace(world.measurer, clock=stage.clock, networks=_Counts(hearing))
    world.meter(None)
    world.meter(remote_id=stage.post()["id"])
    of_account = of_post = 0
    for _ in range(30 * 24):
        before = stage.fake.charged
        measurer.measure(COUNTED_FIRM, COUNTED)
        between = stage.fake.charged
        measurer.measure(COUNTED_FIRM, POST)
        of_account += between - before
        of_post += stage.fake.charged - between
        assert hearing.spent == of_account + of_post == world.purse.total
        stage.clock.advance(HOUR)
    assert (of_account, of_post) == (5 * x.READ_USER, 7 * x.READ_POST)


class _Counts:
    """``measuring.ports.Networks`` of one account."""

    def __init__(self, hearing: Hearing) -> None:
        self._hearing = hearing

    def price(self, network: str) -> ReadingPrice | None:
        return x.SPEC.reading

    def counters(self, channel: object) -> Hearing:
        return self._hearing
