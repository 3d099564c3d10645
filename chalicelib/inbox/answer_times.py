"""How soon a firm answered what was said in a period."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.ids import WorkspaceId
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.ports import Filter, Inbox
from chalicelib.inbox.response_time import ResponseTimes, summary, worked
from chalicelib.publishing.schedule import resolve
from chalicelib.workspaces.workspaces import Workspace

AT_ONCE = 100
MOST = 1_000
"""Answers that are counted, the newest: for a longer period its last thousand speak."""


@dataclass(frozen=True, slots=True, kw_only=True)
class AnswerTimes:
    """Reads what was answered."""

    inbox: Inbox

    def of(self, firm: Workspace, first: date, last: date) -> ResponseTimes:
        """Return how soon what was said on these days, both included, was first answered.

        Counted are the mentions that stand as answered, at most a thousand of them.
        """
        zone = ZoneInfo(firm.zone)
        start, end = _begins(first, zone), _begins(last + timedelta(days=1), zone)
        times = [
            worked(item.mention.at, item.answered_at, firm.opening_hours, zone)
            for item in self._answered(firm.id, start)
            if item.mention.at < end and item.answered_at is not None
        ]
        return summary(times, firm.answer_within)

    def _answered(self, workspace: WorkspaceId, start: datetime) -> Iterator[InboxItem]:
        wanted, after = Filter(state=InboxState.ANSWERED), None
        for _ in range(MOST // AT_ONCE):
            page = self.inbox.page(workspace, wanted, AT_ONCE, after)
            for item in page.items:
                if item.mention.at < start:
                    return
                yield item
            if page.next is None:
                return
            after = page.next


def _begins(day: date, zone: ZoneInfo) -> datetime:
    return resolve(datetime.combine(day, time()), zone).at
