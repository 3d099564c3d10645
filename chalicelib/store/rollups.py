"""Totals per day: a firm's channels by day in one partition, its subjects by day in another.

    W#<workspace>#CD  <day>#<channel>
    W#<workspace>#SD  <day>#<channel>#<subject>

A period is one query, whatever was kept before and after it. They stay.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from pynamodb.expressions.operand import Path

from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.rollups import ChannelDay, Moved, SubjectDay
from chalicelib.store import keys
from chalicelib.store.codec import FLAG, TEXT, WHOLE, Record, Way
from chalicelib.store.connection import Store
from chalicelib.store.keys import Key
from chalicelib.store.read import get, query
from chalicelib.store.schema import Kind
from chalicelib.store.tables import PARTITION, SORT, STATS
from chalicelib.store.write import put

DAY: Way[date] = Way(date.isoformat, date.fromisoformat)
_MOVED = Record(
    Moved,
    {
        "value": ("v", WHOLE),
        "gained": ("g", WHOLE),
        "is_reset": ("r", FLAG),
        "is_jump": ("j", FLAG),
        "by_hand": ("h", FLAG),
        "is_partial": ("p", FLAG),
    },
    optional=frozenset({"value", "gained"}),
)
ALL_MOVED: Way[Mapping[Metric, Moved]] = Way(
    lambda moved: {metric.value: _MOVED.pack(m) for metric, m in moved.items()},
    lambda kept: {Metric(metric): _MOVED.unpack(m) for metric, m in kept.items()},
)

SUBJECT_DAY = Kind(
    name="subject's day",
    record=Record(
        SubjectDay,
        {
            "channel": ("chan", TEXT),
            "subject": ("of", TEXT),
            "day": ("day", DAY),
            "moved": ("n", ALL_MOVED),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
        },
        known=frozenset({"workspace"}),
    ),
)
CHANNEL_DAY = Kind(
    name="channel's day",
    record=Record(
        ChannelDay,
        {
            "channel": ("chan", TEXT),
            "day": ("day", DAY),
            "moved": ("n", ALL_MOVED),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
        },
        known=frozenset({"workspace"}),
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Rollups:
    """Where totals per day are kept."""

    store: Store

    def subject(
        self, workspace: WorkspaceId, channel: ChannelId, subject: str, day: date
    ) -> SubjectDay | None:
        """Return what a subject gained on a day, as it stands now."""
        item = get(self.store, STATS, _subject(workspace, channel, subject, day))
        return None if item is None else SUBJECT_DAY.unpack(item, workspace=workspace)

    def put_subject(self, before: SubjectDay | None, after: SubjectDay) -> SubjectDay:
        """Write what a subject gained on a day, if ``before.rev`` still stands.

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        rev = before.rev if before else 0
        pk, sk = _subject(after.workspace, after.channel, after.subject, after.day)
        item = {PARTITION: pk, SORT: sk, **SUBJECT_DAY.pack(after)}
        token = put(self.store, STATS, item, rev=rev)
        return replace(after, rev=rev + 1, write_token=token)

    def subjects_of(
        self, workspace: WorkspaceId, channel: ChannelId, day: date
    ) -> Sequence[SubjectDay]:
        """Return what every subject of a channel gained on a day, read consistently."""
        own = Path(SORT).startswith(f"{day}#{keys.part(channel)}#")
        found = query(self.store, STATS, _subjects(workspace), own)
        return [SUBJECT_DAY.unpack(item, workspace=workspace) for item in found]

    def subjects_between(
        self, workspace: WorkspaceId, first: date, last: date
    ) -> Iterator[SubjectDay]:
        """Yield what every subject of a firm gained on these days, both included, by one query."""
        if first > last:
            return
        within = Path(SORT).between(f"{first}", f"{last + timedelta(days=1)}")
        for item in query(self.store, STATS, _subjects(workspace), within):
            yield SUBJECT_DAY.unpack(item, workspace=workspace)

    def channel(self, workspace: WorkspaceId, channel: ChannelId, day: date) -> ChannelDay | None:
        """Return a channel's total of a day as it stands now."""
        item = get(self.store, STATS, _channel(workspace, channel, day))
        return None if item is None else CHANNEL_DAY.unpack(item, workspace=workspace)

    def put_channel(self, before: ChannelDay | None, after: ChannelDay) -> ChannelDay:
        """Write a channel's total of a day, if ``before.rev`` still stands.

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        rev = before.rev if before else 0
        pk, sk = _channel(after.workspace, after.channel, after.day)
        item = {PARTITION: pk, SORT: sk, **CHANNEL_DAY.pack(after)}
        token = put(self.store, STATS, item, rev=rev)
        return replace(after, rev=rev + 1, write_token=token)

    def between(self, workspace: WorkspaceId, first: date, last: date) -> Sequence[ChannelDay]:
        """Return every channel's totals of these days, both included, by one query, in order."""
        if first > last:
            return []
        within = Path(SORT).between(f"{first}", f"{last + timedelta(days=1)}")
        found = query(self.store, STATS, _channels(workspace), within)
        return [CHANNEL_DAY.unpack(item, workspace=workspace) for item in found]


def _subjects(workspace: WorkspaceId) -> str:
    return f"{keys.firm(workspace)}#SD"


def _subject(workspace: WorkspaceId, channel: ChannelId, subject: str, day: date) -> Key:
    return _subjects(workspace), f"{day}#{keys.part(channel)}#{keys.part(subject)}"


def _channels(workspace: WorkspaceId) -> str:
    return f"{keys.firm(workspace)}#CD"


def _channel(workspace: WorkspaceId, channel: ChannelId, day: date) -> Key:
    return _channels(workspace), f"{day}#{keys.part(channel)}"
