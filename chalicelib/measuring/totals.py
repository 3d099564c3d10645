"""Rebuilding totals: from snapshots what a subject did on a day, from that its channel's day.

Nothing is added up along the way: whatever is done twice, late or out of order, or broken off
in the middle and done again, ends in the same totals. Each is written on the rev that it was
read at, before what it is made of was read; a writer that lost reads again. It is written even
where nothing has changed: that is what stops a slower writer who has seen less.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from zoneinfo import ZoneInfo

from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.measuring.ports import Rollups, Snapshots
from chalicelib.measuring.rollups import (
    ChannelDay,
    bounds,
    channel_day,
    day_of,
    days_touched,
    series_of,
    subject_day,
)
from chalicelib.measuring.snapshots import Meter, Snapshot
from chalicelib.publishing.ports import Stale

TRIES = 25
"""Each lost race is another's success: more than workers ever write one channel's day."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """Keeps the totals per day right."""

    snapshots: Snapshots
    rollups: Rollups

    def touched(self, of: Meter, snapshot: Snapshot, zone: ZoneInfo) -> tuple[date, ...]:
        """Return the days whose totals a kept snapshot is part of."""
        _, end = bounds(day_of(snapshot.at, zone), zone)
        later = self.snapshots.since(of.workspace, of.subject, end)
        return days_touched(snapshot, later, zone)

    def rebuild(self, of: Meter, day: date, zone: ZoneInfo) -> None:
        """Make what a subject did on a day, and then its channel's day, as the snapshots say.

        Raises:
            Stale: others wrote it each time.
            StoreUnclear: the store didn't answer; to be done again.
        """
        self._subject(of, day, zone)
        self._channel(of.workspace, of.channel, day)

    def _subject(self, of: Meter, day: date, zone: ZoneInfo) -> None:
        start, end = bounds(day, zone)
        for _ in range(TRIES):
            stands = self.rollups.subject(of.workspace, of.channel, of.subject, day)
            told = self.snapshots.of(of.workspace, of.subject, start, end)
            wanted = series_of(told)
            before = self.snapshots.before(of.workspace, of.subject, start, wanted)
            made = subject_day(told, before, of=of, zone=zone, day=day)
            try:
                self.rollups.put_subject(stands, made)
            except Stale:
                continue
            return
        raise Stale(of.subject)

    def _channel(self, workspace: WorkspaceId, channel: ChannelId, day: date) -> None:
        for _ in range(TRIES):
            found = self.rollups.channel(workspace, channel, day)
            stands = found or ChannelDay(workspace=workspace, channel=channel, day=day, moved={})
            subjects = self.rollups.subjects_of(workspace, channel, day)
            own = next((s for s in subjects if s.subject == channel), None)
            posts = [s for s in subjects if s.subject != channel]
            made = replace(stands, moved=channel_day(own, posts))
            try:
                self.rollups.put_channel(found, made)
            except Stale:
                continue
            return
        raise Stale(channel)
