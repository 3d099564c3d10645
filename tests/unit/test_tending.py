"""Accesses that end: renewed ahead where the network lets us, else people are warned in time."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from chalicelib.ids import ChannelId
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Transient
from chalicelib.publishing.ports import Stale
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.tending import TRY_AGAIN, WARN_BEFORE, Access, Tending, next_look
from tests.fakes.api_world import BAKERY, ApiWorld, browser, serving

CHANNEL = ChannelId("masto")
EARLY, LATE = WARN_BEFORE


@dataclass
class Stage:
    """A channel whose access ends in 60 days, as time goes by."""

    world: ApiWorld = field(default_factory=ApiWorld)
    warned: list[tuple[int, datetime]] = field(default_factory=list)
    renewed: list[datetime] = field(default_factory=list)
    refuses: NetworkError | None = None
    mail_fails: bool = False
    lasts: timedelta = timedelta(days=60)
    renews_after: timedelta | None = None

    def __post_init__(self) -> None:
        self.began = self.world.clock.now()
        self.set(
            access_ends_at=self.began + self.lasts,
            renew_access_at=self._renew_at(),
        )
        self.set(tend_at=next_look(self.channel, self.began))

    def _renew_at(self) -> datetime | None:
        now = self.world.clock.now()
        return now + self.renews_after if self.renews_after else None

    def set(self, **changes: object) -> None:
        stands = self.world.store.channel_items[BAKERY, CHANNEL]
        self.world.store.set_channel(replace(stands, **changes))  # type: ignore[arg-type]

    @property
    def channel(self) -> Channel:
        return self.world.store.channel_items[BAKERY, CHANNEL]

    def renew(self, channel: Channel) -> Access:
        if self.refuses is not None:
            raise self.refuses
        now = self.world.clock.now()
        self.renewed.append(now)
        return Access(ends_at=now + self.lasts, renew_at=self._renew_at())

    def warn(self, channel: Channel, before: timedelta) -> None:
        if self.mail_fails:
            raise OSError("no mail")
        self.warned.append((before.days, self.world.clock.now()))

    @property
    def tending(self) -> Tending:
        clock, channels = self.world.clock, self.world.channel_book
        return Tending(clock=clock, channels=channels, networks=self, warn=self.warn)

    def go_to(self, instant: datetime) -> None:
        self.world.clock.advance(instant - self.world.clock.now())

    def pass_days(self, days: int) -> None:
        """Let days go by, seeing to the channel whenever it is due, and twice."""
        ends = self.world.clock.now() + timedelta(days=days)
        while (due := self.channel.tend_at) is not None and due <= ends:
            self.go_to(due)
            self.tending.tend(BAKERY, CHANNEL)
            self.tending.tend(BAKERY, CHANNEL)
        self.go_to(ends)


def test_people_are_warned_14_and_3_days_before_the_end() -> None:
    stage = Stage()
    stage.pass_days(90)
    ends = stage.began + stage.lasts
    assert stage.warned == [(14, ends - EARLY), (3, ends - LATE)]
    assert stage.channel.tend_at is None


def test_what_can_be_renewed_is_and_nobody_is_bothered() -> None:
    stage = Stage(renews_after=timedelta(days=45))
    stage.pass_days(200)
    assert [(at - stage.began).days for at in stage.renewed] == [45, 90, 135, 180]
    assert stage.warned == []


def test_a_renewal_that_fails_is_tried_again_and_people_are_warned_in_time() -> None:
    stage = Stage(renews_after=timedelta(days=45), refuses=Transient("away"))
    stage.pass_days(46)
    assert stage.channel.renew_access_at == stage.began + timedelta(days=46) + TRY_AGAIN
    assert [days for days, _ in stage.warned] == [14]
    stage.refuses = None
    stage.pass_days(1)
    assert len(stage.renewed) == 1
    assert stage.channel.access_ends_at == stage.renewed[0] + stage.lasts


def test_a_network_that_renews_no_more_ends_at_a_person() -> None:
    stage = Stage(renews_after=timedelta(days=45), refuses=AuthExpired("invalid_grant"))
    stage.pass_days(90)
    assert [days for days, _ in stage.warned] == [14, 3]
    assert stage.renewed == []
    assert stage.channel.status is ChannelStatus.CONNECTED


def test_a_mail_that_fails_is_sent_some_hours_later() -> None:
    stage = Stage(mail_fails=True)
    stage.pass_days(46)
    assert stage.channel.tend_at == stage.began + timedelta(days=46) + TRY_AGAIN
    stage.mail_fails = False
    stage.pass_days(1)
    assert [days for days, _ in stage.warned] == [14]


def test_an_access_of_a_week_is_warned_of_once() -> None:
    stage = Stage(lasts=timedelta(days=7))
    stage.pass_days(10)
    assert [days for days, _ in stage.warned] == [3]


@pytest.mark.parametrize("status", [ChannelStatus.BROKEN, ChannelStatus.DISCONNECTED])
def test_what_is_over_already_is_left_alone(status: ChannelStatus) -> None:
    stage = Stage()
    stage.set(status=status)
    stage.pass_days(90)
    assert stage.warned == []
    assert stage.channel.tend_at is None


def test_what_isn_t_due_or_isn_t_there_is_left_alone() -> None:
    stage = Stage()
    before = stage.channel
    stage.tending.tend(BAKERY, CHANNEL)
    stage.tending.tend(BAKERY, ChannelId("gone"))
    assert stage.channel == before


def test_who_reconnects_meanwhile_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    stage = Stage()
    stage.go_to(stage.began + timedelta(days=46))

    def put(before: Channel, after: Channel) -> Channel:
        raise Stale(before.id)

    monkeypatch.setattr(stage.world.channel_book, "put", put)
    before = stage.channel
    stage.tending.tend(BAKERY, CHANNEL)
    assert stage.channel == before


def test_connecting_sets_when_an_access_is_seen_to_and_parting_ends_it() -> None:
    with serving(ApiWorld()) as world:
        boss = browser(world, "approver")
        world.doors.ends_at = world.clock.now() + timedelta(days=60)
        body = {"network": "mastodon", "fields": {"handle": "martin", "password": "p"}}
        made = boss.post("/v1/workspaces/bakery/channels", body).json
        channel = world.store.channel_items[BAKERY, ChannelId(made["id"])]
        assert channel.tend_at == world.doors.ends_at - EARLY
        world.connecting.disconnect(BAKERY, channel.id)
        parted = world.store.channel_items[BAKERY, channel.id]
        assert (parted.tend_at, parted.access_ends_at) == (None, None)
