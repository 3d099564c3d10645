"""Figures that a person types: of a channel without an API, or what its network doesn't tell."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, MemberId, WorkspaceId
from chalicelib.measuring.counting import NOON
from chalicelib.measuring.metrics import OURS, Metric
from chalicelib.measuring.ports import Channels, Meters, Snapshots, Workspaces
from chalicelib.measuring.rollups import day_of
from chalicelib.measuring.snapshots import Meter, MeterStatus, Origin, Snapshot
from chalicelib.measuring.totals import Totals
from chalicelib.publishing.ports import Stale
from chalicelib.publishing.refusals import Fault, Invalid, NotFound

MOST = 10**12
"""No counter of anybody's is higher; a slip of the finger is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entering:
    """Takes figures by hand."""

    clock: Clock
    meters: Meters
    snapshots: Snapshots
    totals: Totals
    channels: Channels
    workspaces: Workspaces

    def enter_by_hand(
        self,
        workspace: WorkspaceId,
        subject: str,
        day: date,
        counters: Mapping[str, int],
        *,
        by: MemberId,
    ) -> Snapshot:
        """Keep what counters stood at on a day, in place of what was typed for it before.

        If it fails, the same again sets everything right.

        Args:
            workspace: The firm.
            subject: A delivery that is live, or a channel.
            day: A day of the firm's zone, today at the latest.
            counters: What each stood at by the end of that day, by the metric's word.
            by: Who typed them.

        Raises:
            NotFound: there is no such subject.
            Invalid: a figure or the day can't be.
            Stale: others wrote the same totals each time.
            StoreUnclear: the store didn't answer.
        """
        firm = self.workspaces.get(workspace)
        of = self._meter(workspace, subject)
        if firm is None or of is None:
            raise NotFound(subject)
        zone = ZoneInfo(firm.zone)
        if faults := [*self._faults(of, day, counters, zone)]:
            raise Invalid(faults)
        at = datetime.combine(day, NOON, zone).astimezone(UTC)
        snapshot = Snapshot(
            workspace=workspace,
            channel=of.channel,
            delivery=of.delivery,
            at=at,
            counters=self._over(of, at, {Metric(name): n for name, n in counters.items()}),
            origin=Origin.HAND,
            by=by,
        )
        self.snapshots.keep(snapshot)
        for touched in self.totals.touched(of, snapshot, zone):
            self.totals.rebuild(of, touched, zone)
        return snapshot

    def _meter(self, workspace: WorkspaceId, subject: str) -> Meter | None:
        """Return the subject's meter; a channel whose network tells nothing may have none."""
        found = self.meters.get(workspace, subject)
        if found is not None:
            return found
        channel = self.channels.get(workspace, ChannelId(subject))
        if channel is None:
            return None
        fresh = Meter(
            workspace=workspace,
            channel=channel.id,
            delivery=None,
            began_at=channel.created_at,
            status=MeterStatus.DONE,
            due_at=None,
            reason="untold",
        )
        try:
            return self.meters.put(None, fresh)
        except Stale:
            return self.meters.get(workspace, subject)

    def _over(
        self, of: Meter, at: datetime, counters: Mapping[Metric, int]
    ) -> Mapping[Metric, int | None]:
        """Say that what was typed before and isn't any more is not told.

        Its word stays, so that the days which counted on it are rebuilt, by a repeat too.
        """
        stands = self.snapshots.since(of.workspace, of.subject, at)
        for snapshot in stands:
            if snapshot.at > at:
                break
            if snapshot.origin is Origin.HAND:
                return {**dict.fromkeys(snapshot.counters), **counters}
        return counters

    def _faults(
        self, of: Meter, day: date, counters: Mapping[str, int], zone: ZoneInfo
    ) -> Iterator[Fault]:
        if day > day_of(self.clock.now(), zone):
            yield Fault("/day", "day-in-future")
        if of.delivery is not None and day < day_of(of.began_at, zone):
            yield Fault("/day", "day-before-publication")
        if not counters:
            yield Fault("/counters", "no-figures")
        typed = {metric.value for metric in Metric if metric not in OURS}
        for name, n in counters.items():
            if name not in typed:
                yield Fault(f"/counters/{name}", "unknown-metric")
            elif not 0 <= n <= MOST:
                yield Fault(f"/counters/{name}", "figure-out-of-range", {"max": MOST})
