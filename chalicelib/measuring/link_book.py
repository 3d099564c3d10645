"""A firm's tracked links, each with how often it was followed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from chalicelib.clock import Clock
from chalicelib.ids import WorkspaceId
from chalicelib.measuring.links import Link, LinkDay
from chalicelib.measuring.ports import Links
from chalicelib.publishing.refusals import NotFound

COUNTED_OVER = timedelta(days=400)
"""As long as clicks are kept."""


@dataclass(frozen=True, slots=True)
class Followed:
    """A link and its clicks by day."""

    link: Link
    days: Sequence[LinkDay]


@dataclass(frozen=True, slots=True)
class LinkPage:
    """Some of a firm's links, the newest first; ``next`` is the code to go on after."""

    links: Sequence[Followed]
    next: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkBook:
    """Reads links; one of another firm is none."""

    clock: Clock
    links: Links

    def page(self, workspace: WorkspaceId, limit: int, after: str | None = None) -> LinkPage:
        """Return a page of links with all their clicks: a query, and three reads for each."""
        last = self._own(workspace, after) if after is not None else None
        found = self.links.of(workspace, limit + 1, last)
        shown = found[:limit]
        today = self.clock.now().date()
        followed = [self._followed(link, today - COUNTED_OVER, today) for link in shown]
        return LinkPage(followed, shown[-1].code if len(found) > limit else None)

    def see(self, workspace: WorkspaceId, code: str, first: date, last: date) -> Followed:
        """Return a link with its clicks of some days, both included.

        Raises:
            NotFound: there is none in this firm.
        """
        return self._followed(self._own(workspace, code), first, last)

    def fresh(self, link: Link) -> Followed:
        """Return a link that was just made, or stood already, with all its clicks."""
        today = self.clock.now().date()
        return self._followed(link, today - COUNTED_OVER, today)

    def _own(self, workspace: WorkspaceId, code: str) -> Link:
        link = self.links.get(code)
        if link is None or link.workspace != workspace:
            raise NotFound(code)
        return link

    def _followed(self, link: Link, first: date, last: date) -> Followed:
        return Followed(link, self.links.days(link.code, first, last))
