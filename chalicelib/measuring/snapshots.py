"""A snapshot: the counters of a channel or a post as its network told them at an instant."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.ids import ChannelId, DeliveryId, MemberId, WorkspaceId
from chalicelib.measuring.metrics import Metric

LEASE = timedelta(seconds=90)
HOURLY_FOR = timedelta(days=1)
DAILY_FOR = timedelta(days=30)
WEEKLY_FOR = timedelta(days=91)
"""How long after its publication a post is read hourly, daily, weekly; then no more."""
HOUR, DAY, WEEK = timedelta(hours=1), timedelta(days=1), timedelta(days=7)
_PACE = ((HOURLY_FOR, HOUR), (DAILY_FOR, DAY), (WEEKLY_FOR, WEEK))
_DEAR_PACE = ((timedelta(days=2), DAY), (timedelta(days=28), WEEK))
"""Where each reading is charged: after an hour, then by these; its channel weekly."""
FIRST_RETRY = timedelta(minutes=10)
LONGEST = timedelta(days=1)


class Origin(StrEnum):
    """Where figures come from."""

    NETWORK = "network"
    LINKS = "links"
    """Our own tracked links: all clicks up to a day, at noon of the firm's zone on it."""
    HAND = "hand"
    """A person typed them of a day: at noon of the firm's zone on it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """Counters at an instant; one that the network doesn't tell is None, never 0."""

    workspace: WorkspaceId
    channel: ChannelId
    delivery: DeliveryId | None
    """None: of the channel itself."""
    at: datetime
    counters: Mapping[Metric, int | None]
    origin: Origin = Origin.NETWORK
    by: MemberId | None = None
    """Who typed them, for figures by hand."""


class MeterStatus(StrEnum):
    """Whether a meter is read."""

    ACTIVE = "active"
    DONE = "done"
    """Its time is over, or the post is gone at its network."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Meter:
    """What has counters and is read on a schedule: a channel, or a delivery that is live.

    ``due_at`` is when it is read next; while a worker reads it, the end of his lease.
    """

    workspace: WorkspaceId
    channel: ChannelId
    delivery: DeliveryId | None
    """None: the channel itself, daily for as long as it is connected."""
    remote_id: str = ""
    """Of the live post."""
    began_at: datetime
    """When the post was live, or the channel connected."""
    status: MeterStatus = MeterStatus.ACTIVE
    due_at: datetime | None
    read_at: datetime | None = None
    failing_since: datetime | None = None
    failures: int = 0
    """In a row."""
    reason: str = ""
    """A stable word for the last failure."""
    rev: int = 0
    write_token: str = ""

    @property
    def subject(self) -> str:
        """What is measured: the delivery's id, else the channel's."""
        return self.delivery or self.channel


class NotDue(Exception):
    """Somebody else reads the meter now, or it isn't time."""


def claim(meter: Meter, now: datetime) -> Meter:
    """Take a meter that is due; raises NotDue otherwise."""
    if meter.status is not MeterStatus.ACTIVE or meter.due_at is None or meter.due_at > now:
        raise NotDue(meter.subject)
    return replace(meter, due_at=now + LEASE)


def measured(meter: Meter, now: datetime, *, is_dear: bool = False) -> Meter:
    """Note a reading; the next one is later the older the post is, and the dearer it is."""
    due = next_reading(meter, now, is_dear=is_dear)
    status = MeterStatus.ACTIVE if due else MeterStatus.DONE
    fine = replace(meter, failing_since=None, failures=0, reason="")
    return replace(fine, status=status, due_at=due, read_at=now)


def failed(meter: Meter, now: datetime, reason: str, *, until: datetime | None = None) -> Meter:
    """Note a failure: it is read again after a pause that doubles, or at the reset it named."""
    pause = min(FIRST_RETRY * (1 << min(meter.failures, 10)), LONGEST)
    due = min(max(until, now) if until else now + pause, now + LONGEST)
    return replace(
        meter,
        due_at=due,
        failing_since=meter.failing_since or now,
        failures=meter.failures + 1,
        reason=reason,
    )


def ended(meter: Meter, reason: str) -> Meter:
    """Note that it is read no more, since what it counts is gone."""
    return replace(meter, status=MeterStatus.DONE, due_at=None, reason=reason)


def next_reading(meter: Meter, now: datetime, *, is_dear: bool = False) -> datetime | None:
    """Return when it is read next, counted from its beginning so that readings don't drift."""
    if meter.delivery is None:
        return now + (WEEK if is_dear else DAY)
    age = now - meter.began_at
    for lasts, every in _DEAR_PACE if is_dear else _PACE:
        following = (age // every + 1) * every
        if age < lasts:
            return meter.began_at + following
    return None
