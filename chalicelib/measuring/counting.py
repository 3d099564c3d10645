"""Reading a meter: what its network and our own links tell, kept, and the totals rebuilt.

    claim (rev, lease) → ask the network → keep what it told → keep the links' clicks
        → rebuild the days touched → note the reading (rev)

A worker that dies leaves its claim: the meter falls due again at its end, and the next reading
rebuilds every day since the last one that was noted, so that nothing kept stays uncounted.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from zoneinfo import ZoneInfo

from chalicelib import logs
from chalicelib.clock import Clock
from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.measuring.links import LinkDay
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.ports import (
    Channels,
    Counters,
    Deliveries,
    Links,
    Meters,
    Networks,
    Snapshots,
    Workspaces,
)
from chalicelib.measuring.rollups import ONE_DAY, bounds, day_of
from chalicelib.measuring.snapshots import (
    DAY,
    HOUR,
    Meter,
    MeterStatus,
    NotDue,
    Origin,
    Snapshot,
    claim,
    ended,
    failed,
    measured,
)
from chalicelib.measuring.totals import Totals
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliveries import Status
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, RateLimited, Rejected
from chalicelib.publishing.paid_reading import OverCap, ReadingPurse, paid
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Workspace

SETTLING = timedelta(minutes=5)
"""After a channel was connected, before its first reading: it is written meanwhile."""
CLOCKS_DIFFER = timedelta(seconds=5)
"""By how much the clocks of two workers may."""
NOON = time(12)
MICROSECOND = timedelta(microseconds=1)

Then = Callable[[Meter, datetime], Meter]
Told = Mapping[Metric, int | None]


@dataclass(frozen=True, slots=True)
class _Answer:
    """What asking a network came to."""

    told: Told | None
    then: Then
    unless_links: str = ""
    """A network that tells nothing: why the meter ends if no links of ours count either."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Measurer:
    """Reads what has counters."""

    clock: Clock
    meters: Meters
    snapshots: Snapshots
    totals: Totals
    links: Links
    channels: Channels
    workspaces: Workspaces
    deliveries: Deliveries
    networks: Networks
    purse: ReadingPurse

    def begin(self, workspace: WorkspaceId, delivery: DeliveryId) -> None:
        """Read a delivery's figures from now on, if it is live; repeatable.

        An answer or a first comment isn't counted: only what the firm said of its own.

        Raises:
            Stale: the delivery has changed since it was read.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        live = self.deliveries.get(workspace, delivery)
        if live is None or live.status is not Status.PUBLISHED or live.metered_at is not None:
            return
        now = self.clock.now()
        if live.stands_alone:
            began = live.published_at or now
            self._put_if_absent(
                Meter(
                    workspace=workspace,
                    channel=live.channel,
                    delivery=delivery,
                    remote_id=live.remote_id or "",
                    began_at=began,
                    due_at=began + HOUR,
                )
            )
        self.deliveries.put(live, machine.apply(live, ev.Metered(), now))

    def begin_channel(self, channel: Channel) -> None:
        """Read a channel's own figures from now on, and soon if reading failed; repeatable.

        It may be called before the channel is written: a meter whose channel isn't there at
        its first reading ends.

        Raises:
            Stale: somebody else has changed its meter meanwhile.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        now = self.clock.now()
        soon = now + SETTLING
        stands = self.meters.get(channel.workspace, channel.id)
        if stands is None:
            fresh = Meter(
                workspace=channel.workspace,
                channel=channel.id,
                delivery=None,
                began_at=now,
                due_at=soon,
            )
            self._put_if_absent(fresh)
        elif stands.status is MeterStatus.DONE or stands.failures:
            again = replace(
                stands,
                status=MeterStatus.ACTIVE,
                due_at=soon,
                failing_since=None,
                failures=0,
                reason="",
            )
            self.meters.put(stands, again)

    def measure(self, workspace: WorkspaceId, subject: str) -> Meter | None:
        """Read a meter that is due; return it as noted, None if nothing was to be done here.

        Raises:
            Stale: others wrote the same totals each time; it falls due again by its lease.
            StoreUnclear: the store didn't answer; likewise.
        """
        stands = self.meters.get(workspace, subject)
        if stands is None:
            return None
        try:
            held = self.meters.put(stands, claim(stands, self.clock.now()))
        except (NotDue, Stale):
            return None
        after = self._read(held)
        try:
            return self.meters.put(held, after)
        except Stale:  # somebody took it over when the lease had ended: his note holds
            return None

    def _put_if_absent(self, meter: Meter) -> None:
        try:
            self.meters.put(None, meter)
        except Stale:
            return

    def _read(self, held: Meter) -> Meter:
        channel = self.channels.get(held.workspace, held.channel)
        firm = self.workspaces.get(held.workspace)
        if channel is None or firm is None:
            return ended(held, "gone")
        zone = ZoneInfo(firm.zone)
        answer = self._asked(held, channel, firm)
        now = self.clock.now()
        kept = [*self._clicks(held, now, zone)]
        has_links = bool(kept)
        if answer.told is not None:
            kept.append(_snapshot(held, now, answer.told))
        for snapshot in kept:
            self.snapshots.keep(snapshot)
        for day in sorted(self._days(held, kept, now, zone)):
            self.totals.rebuild(held, day, zone)
        if answer.unless_links and not has_links:
            return ended(held, answer.unless_links)
        return answer.then(held, now)

    # What a network tells.

    def _asked(self, held: Meter, channel: Channel, firm: Workspace) -> _Answer:
        """Ask the network; whatever comes of it, the meter goes on by it.

        A pause is of publishing: reading goes on. A refused token isn't tried again and
        again, and isn't a reason to stop publishing either: it may only lack a right.
        """
        match channel.status:
            case ChannelStatus.DISCONNECTED:
                return _nothing(held, "disconnected")
            case ChannelStatus.BROKEN:
                return _Answer(None, _tomorrow("reconnect"))
        try:
            return self._counted(held, self.networks.counters(channel), channel, firm)
        except NetworkError as error:
            return _Answer(None, _after(error))
        except OverCap as error:
            return _Answer(None, _tomorrow(str(error)))
        except StoreUnclear:
            raise
        except Exception as error:  # noqa: BLE001 - a network's boundary: it mustn't fall due at once
            logs.failure("not_measured", error, workspace=held.workspace, about=held.subject)
            return _Answer(None, partial(failed, reason="unreadable"))

    def _counted(
        self, held: Meter, counters: Counters | None, channel: Channel, firm: Workspace
    ) -> _Answer:
        if counters is None or (held.delivery and not held.remote_id):
            return _nothing(held, "untold")
        price = self.networks.price(channel.network)
        then: Then = partial(measured, is_dear=price is not None)
        about = f"count.{held.subject}.{held.rev}"  # each claim has a rev of its own
        if held.delivery is None:
            with paid(self.purse, firm, about, price.channel if price else 0, counters):
                return _Answer(counters.measure_channel(), then)
        with paid(self.purse, firm, about, price.post if price else 0, counters):
            told = counters.measure_post(held.remote_id)
        if told is None:
            return _Answer(None, _end("gone"))
        return _Answer(told, then) if told else _nothing(held, "untold")

    # What our own links tell.

    def _clicks(self, held: Meter, now: datetime, zone: ZoneInfo) -> Iterator[Snapshot]:
        """Yield all clicks up to each day since the last reading, at its noon.

        Days are UTC's, as they are counted: at noon each falls on the same date of the
        firm's zone.
        """
        if held.delivery is None:
            return
        codes = self.links.codes_of(held.workspace, held.delivery)
        if not codes:
            return
        first, last = held.began_at.astimezone(UTC).date(), now.astimezone(UTC).date()
        counted = [day for code in codes for day in self.links.days(code, first, last)]
        since = (held.read_at or held.began_at).astimezone(UTC).date()
        for n in range((last - since).days + 1):
            day = since + n * ONE_DAY
            at = datetime.combine(day, NOON, zone).astimezone(UTC)
            told = _up_to(day, counted)
            yield replace(_snapshot(held, at, told), origin=Origin.LINKS)

    # Which days have changed.

    def _days(self, held: Meter, kept: list[Snapshot], now: datetime, zone: ZoneInfo) -> set[date]:
        days = {day_of(snapshot.at, zone) for snapshot in kept}
        for snapshot in kept:
            if snapshot.origin is Origin.NETWORK:
                days |= self._touched(held, snapshot, zone)
        since = held.read_at + MICROSECOND if held.read_at else held.began_at
        is_told = any(snapshot.origin is Origin.NETWORK for snapshot in kept)
        if not is_told or day_of(since, zone) < day_of(now, zone):
            # A reading that wasn't noted may have kept something on a day not rebuilt now.
            pending = self.snapshots.of(held.workspace, held.subject, since, now)
            days |= {day_of(snapshot.at, zone) for snapshot in pending}
        return days

    def _touched(self, held: Meter, snapshot: Snapshot, zone: ZoneInfo) -> set[date]:
        """Look for later days only where there can be any: this worker may have been frozen."""
        day = day_of(snapshot.at, zone)
        _, end = bounds(day, zone)
        if self.clock.now() + CLOCKS_DIFFER < end:
            return {day}
        return set(self.totals.touched(held, snapshot, zone))


def _snapshot(held: Meter, at: datetime, told: Told) -> Snapshot:
    return Snapshot(
        workspace=held.workspace,
        channel=held.channel,
        delivery=held.delivery,
        at=at,
        counters=told,
    )


def _up_to(day: date, counted: list[LinkDay]) -> Told:
    until = [d for d in counted if d.day <= day]
    return {
        Metric.CLICKS: sum(d.people for d in until),
        Metric.VISITORS: sum(d.visitors for d in until),
    }


def _nothing(held: Meter, reason: str) -> _Answer:
    """A channel's meter stays where its network tells nothing: a later version may know more."""
    if held.delivery is None:
        return _Answer(None, _end(reason) if reason == "disconnected" else measured)
    return _Answer(None, measured, unless_links=reason)


def _after(error: NetworkError) -> Then:
    match error:
        case RateLimited():
            return partial(failed, reason="rate_limited", until=error.reset_at)
        case AuthExpired():
            return _tomorrow("auth_expired")
        case Rejected(reason="gone"):
            return _end("gone")
        case Rejected():
            return _tomorrow(error.reason)
        case _:
            return partial(failed, reason="transient")


def _end(reason: str) -> Then:
    return lambda meter, _: ended(meter, reason)


def _tomorrow(reason: str) -> Then:
    return lambda meter, now: failed(meter, now, reason, until=now + DAY)
