"""The demo firm's two months of figures: what networks told, what was typed, who followed links.

The totals per day are made by everybody's rules, from snapshots that are kept as everybody's
are; only they are written many at a time, since nobody else is there who could write them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta

from chalicelib.bootstrap import World
from chalicelib.ids import ChannelId, DeliveryId
from chalicelib.measuring.links import Link, code_of
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.rollups import (
    ChannelDay,
    Series,
    SubjectDay,
    channel_day,
    day_of,
    subject_day,
)
from chalicelib.measuring.snapshots import Meter, MeterStatus, Origin, Snapshot, measured
from chalicelib.store.expiry import expires
from chalicelib.store.links import BOTS, KEPT, PEOPLE, PREVIEWS, VISITORS, summed_day
from chalicelib.store.meters import Meters
from chalicelib.store.rollups import Rollups
from chalicelib.store.schema import VERSION
from chalicelib.store.snapshots import Snapshots
from chalicelib.store.tables import PARTITION, SORT, STATS
from chalicelib.store.write import put
from chalicelib.workspaces.workspaces import Workspace
from local import demo_earlier as earlier
from local.demo_batches import Batches
from local.demo_days import Days
from local.demo_earlier import EARLIER, LINKS, TYPED, TYPED_OF_POSTS, Earlier, Tracked
from local.demo_past import remote_id_of
from local.demo_story import BLOG, MASTODON
from local.demo_telling import OWNER

_NOON = time(12)
_READ_AT = time(5)
_READ_FOR = 30
"""Days on which a post is read."""
_SINCE = 61
"""Days ago on which the channels were first read."""
_QUOTES_SINCE = 44
"""Days ago from when on the instance counts quotes: before, it didn't tell them."""
_ONE_DAY = timedelta(days=1)
_OURS = (MASTODON, BLOG)
"""The channels whose networks tell figures."""


class Figures:
    """Makes all figures; what was made before is written over by the same."""

    def __init__(self, world: World, firm: Workspace, days: Days) -> None:
        self._world = world
        self._firm = firm
        self._days = days
        self._batches = Batches(world.store)
        self._told: dict[str, list[Snapshot]] = defaultdict(list)
        self._meters: dict[str, Meter] = {}

    def run(self) -> None:
        """Let the firm have been counted for two months."""
        for channel in _OURS:
            self._channel(channel)
        for post in EARLIER:
            for channel, figures in post.figures.items():
                self._post(post, channel, figures)
        self._typed()
        for tracked in LINKS:
            self._follow(tracked)
        self._sum_up()
        meters = Meters(store=self._batches.store)
        for meter in self._meters.values():
            meters.put(None, meter)
        self._batches.write()

    # What is counted.

    def _meter(self, channel: str, delivery: DeliveryId | None = None) -> Meter:
        """Return the meter of a subject: one that nobody reads, since no network is asked."""
        subject = delivery or channel
        if subject not in self._meters:
            self._meters[subject] = Meter(
                workspace=self._firm.id,
                channel=ChannelId(channel),
                delivery=delivery,
                remote_id=remote_id_of(delivery) if delivery and channel in _OURS else "",
                began_at=self._live_at(delivery) if delivery else self._firm.created_at,
                status=MeterStatus.DONE,
                due_at=None,
                reason="" if channel in _OURS else "untold",
            )
        return self._meters[subject]

    def _live_at(self, delivery: DeliveryId) -> datetime:
        live = self._world.deliveries.get(self._firm.id, delivery)
        assert live is not None, "figures are of what was told"
        assert live.published_at is not None, "figures are of what is live"
        return live.published_at

    def _tell(
        self,
        meter: Meter,
        at: datetime,
        counters: Mapping[Metric, int | None],
        origin: Origin = Origin.NETWORK,
    ) -> None:
        if at > self._days.began:
            return
        snapshot = Snapshot(
            workspace=self._firm.id,
            channel=meter.channel,
            delivery=meter.delivery,
            at=at,
            counters=counters,
            origin=origin,
            by=OWNER if origin is Origin.HAND else None,
        )
        self._told[meter.subject].append(snapshot)

    def _channel(self, channel: str) -> None:
        meter = self._meter(channel)
        live = [post.days for post in EARLIER if channel in post.told.channels]
        for day in range(_SINCE, -1, -1):
            counters = {Metric.POSTS: 40 + sum(days > day for days in live)}
            if channel == MASTODON:
                counters[Metric.FOLLOWERS] = _followers(day)
            self._tell(meter, self._days.at(-day, _READ_AT), counters)

    def _post(self, post: Earlier, channel: str, figures: Mapping[Metric, int]) -> None:
        meter = self._meter(channel, earlier.of(post.told.id, channel))
        for age in (timedelta(hours=1), *(_ONE_DAY * n for n in range(1, _READ_FOR + 1))):
            share = _share(age / _ONE_DAY, post.spread_on)
            counters: dict[Metric, int | None] = {m: int(n * share) for m, n in figures.items()}
            if Metric.QUOTES in counters and post.days - age / _ONE_DAY > _QUOTES_SINCE:
                counters[Metric.QUOTES] = None
            self._tell(meter, meter.began_at + age, counters)

    def _typed(self) -> None:
        for typed in TYPED:
            meter = self._meter(typed.channel)
            for ago, counters in enumerate(reversed(typed.weeks)):
                at = self._days.at(-earlier.TYPED_DAYS_AGO - 7 * ago, _NOON)
                self._tell(meter, at, counters, Origin.HAND)
        for (post, channel), counters in TYPED_OF_POSTS.items():
            meter = self._meter(channel, earlier.of(post, channel))
            live = (day_of(meter.began_at, self._days.zone) - self._days.today).days
            self._tell(meter, self._days.at(min(live + 2, -1), _NOON), counters, Origin.HAND)

    # Who followed links.

    def _follow(self, tracked: Tracked) -> None:
        """Make a link, with its clicks up to yesterday."""
        link = self._link(tracked)
        people = visitors = 0
        for n in range((self._days.began.astimezone(UTC).date() - _made_on(link)).days):
            day = _made_on(link) + n * _ONE_DAY
            clicks = _clicks(tracked, n)
            if any(clicks.values()):
                self._count(link, day, clicks)
            people, visitors = people + clicks[PEOPLE], visitors + clicks[VISITORS]
            if link.delivery is not None:
                at = datetime.combine(day, _NOON, self._days.zone).astimezone(UTC)
                so_far = {Metric.CLICKS: people, Metric.VISITORS: visitors}
                meter = self._meter(tracked.channel, link.delivery)
                self._tell(meter, at, so_far, Origin.LINKS)
        if tracked.channel and tracked.channel not in _OURS:
            self._goes_on(tracked.delivery)

    def _link(self, tracked: Tracked) -> Link:
        delivery = tracked.delivery
        made_at = self._live_at(delivery) if delivery else self._days.at(-tracked.days, time(9))
        link = Link(
            workspace=self._firm.id,
            code=code_of(delivery or DeliveryId(tracked.post), tracked.target),
            target=tracked.target,
            delivery=delivery,
            label=tracked.label,
            created_at=made_at,
            created_by=OWNER,
        )
        self._world.links.put(link)
        return link

    def _goes_on(self, delivery: DeliveryId | None) -> None:
        """Let a delivery's clicks be counted on, as everybody's are: that asks no network."""
        assert delivery is not None, "a channel is named with a delivery"
        meter = replace(self._meters[delivery], status=MeterStatus.ACTIVE, reason="")
        self._meters[delivery] = measured(meter, self._days.began)

    def _count(self, link: Link, day: date, clicks: Mapping[str, int]) -> None:
        pk, sk = summed_day(day, link.code)
        kept = expires(datetime.combine(day, time(), UTC) + KEPT)
        item = {PARTITION: pk, SORT: sk, VERSION: 1, **clicks, **kept}
        put(self._batches.store, STATS, item, rev=0)

    # What it comes to.

    def _sum_up(self) -> None:
        snapshots = Snapshots(store=self._batches.store, clock=self._world.clock)
        rollups = Rollups(store=self._batches.store)
        by_day: dict[tuple[ChannelId, date], list[SubjectDay]] = defaultdict(list)
        for subject, told in self._told.items():
            for snapshot in told:
                snapshots.keep(snapshot)
            for made in self._days_of(self._meters[subject], told):
                rollups.put_subject(None, made)
                by_day[made.channel, made.day].append(made)
        for (channel, day), subjects in by_day.items():
            own = next((s for s in subjects if s.subject == channel), None)
            moved = channel_day(own, [s for s in subjects if s.subject != channel])
            total = ChannelDay(workspace=self._firm.id, channel=channel, day=day, moved=moved)
            rollups.put_channel(None, total)

    def _days_of(self, meter: Meter, told: Iterable[Snapshot]) -> Iterator[SubjectDay]:
        zone = self._days.zone
        by_day: dict[date, list[Snapshot]] = defaultdict(list)
        for snapshot in told:
            by_day[day_of(snapshot.at, zone)].append(snapshot)
        before: dict[Series, int] = {}
        for day in sorted(by_day):
            of_day = sorted(by_day[day], key=lambda s: s.at)
            yield subject_day(of_day, before, of=meter, zone=zone, day=day)
            before |= {
                (s.origin, metric): n
                for s in of_day
                for metric, n in s.counters.items()
                if n is not None
            }


def _followers(days_ago: int) -> int:
    """Return how many there were in the morning of that day."""
    gains = earlier.FOLLOWERS_GAINED
    usual = sum(gains[n % len(gains)] for n in range(_SINCE - days_ago))
    since = earlier.TOY_DAYS_AGO - days_ago
    return earlier.FOLLOWERS_BEGAN + usual + sum(earlier.CAME_BY_THE_TOY[: max(since, 0)])


def _share(age: float, spread_on: int | None) -> float:
    """Return what part of its figures a post has at an age in days."""
    if spread_on is None:
        return float(1 - 0.4 ** (1.5 * age)) if age < _READ_FOR / 2 else 1.0
    if age <= spread_on:
        return 0.1 + 0.1 * age / spread_on
    return float(1 - 0.8 * 0.2 ** (age - spread_on)) if age < _READ_FOR / 2 else 1.0


def _made_on(link: Link) -> date:
    return link.created_at.astimezone(UTC).date()


def _clicks(tracked: Tracked, n: int) -> dict[str, int]:
    """Return who followed a link on its nth day: people, and others a little."""
    people = tracked.people[n % len(tracked.people)] if n < tracked.lasts else 0
    return {
        PEOPLE: people,
        VISITORS: people - people // 4,
        BOTS: (n % 3 == 0) + (n % 7 == 0) if n < tracked.lasts else 0,
        PREVIEWS: 4 if n == 0 else int(n % 9 == 0 and n < tracked.lasts),
    }
