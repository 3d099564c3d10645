"""Measuring: what is counted, the totals it comes to, and the links that count themselves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import Once
from chalicelib.bootstrap.publishing import WithPublishing

if TYPE_CHECKING:
    from chalicelib.measuring.clicking import ForgettingVisitors, Redirect
    from chalicelib.measuring.counting import Measurer
    from chalicelib.measuring.entering import Entering
    from chalicelib.measuring.link_book import LinkBook
    from chalicelib.measuring.report import Reports
    from chalicelib.measuring.shortening import Shortening
    from chalicelib.measuring.totals import Totals
    from chalicelib.networks.listeners import Listeners
    from chalicelib.store.links import Links
    from chalicelib.store.meters import Meters
    from chalicelib.store.own_posts import OwnPosts
    from chalicelib.store.rollups import Rollups
    from chalicelib.store.snapshots import Snapshots
    from chalicelib.store.visitors import Visitors


class WithMeasuring(WithPublishing):
    """Measuring, over publishing: what is live is counted."""

    @Once
    def meters(self) -> Meters:
        """What is read on a schedule."""
        from chalicelib.store.meters import Meters  # noqa: PLC0415

        return Meters(store=self.store)

    @Once
    def snapshots(self) -> Snapshots:
        """What counters stood at."""
        from chalicelib.store.snapshots import Snapshots  # noqa: PLC0415

        return Snapshots(store=self.store, clock=self.clock)

    @Once
    def rollups(self) -> Rollups:
        """Totals per day."""
        from chalicelib.store.rollups import Rollups  # noqa: PLC0415

        return Rollups(store=self.store)

    @Once
    def links(self) -> Links:
        """Tracked links."""
        from chalicelib.store.links import Links  # noqa: PLC0415

        return Links(store=self.store)

    @Once
    def visitors(self) -> Visitors:
        """What tells the visitors of one day apart."""
        from chalicelib.store.visitors import Visitors  # noqa: PLC0415

        return Visitors(store=self.store)

    @Once
    def own_posts(self) -> OwnPosts:
        """What firms said, by what their networks call it."""
        from chalicelib.store.own_posts import OwnPosts  # noqa: PLC0415

        return OwnPosts(store=self.store, deliveries=self.deliveries)

    @Once
    def listeners(self) -> Listeners:
        """What reads sources and figures at their networks."""
        from chalicelib.networks.listeners import Listeners  # noqa: PLC0415

        return Listeners(http=self.http, clock=self.clock, senders=self.senders)

    @Once
    def totals(self) -> Totals:
        """What keeps the totals per day right."""
        from chalicelib.measuring.totals import Totals  # noqa: PLC0415

        return Totals(snapshots=self.snapshots, rollups=self.rollups)

    @Once
    def measurer(self) -> Measurer:
        """What reads meters."""
        from chalicelib.measuring.counting import Measurer  # noqa: PLC0415

        return Measurer(
            clock=self.clock,
            meters=self.meters,
            snapshots=self.snapshots,
            totals=self.totals,
            links=self.links,
            channels=self.channels,
            workspaces=self.workspaces,
            deliveries=self.own_posts,
            networks=self.listeners,
            purse=self.purse,
        )

    @Once
    def entering(self) -> Entering:
        """Figures that a person types."""
        from chalicelib.measuring.entering import Entering  # noqa: PLC0415

        return Entering(
            clock=self.clock,
            meters=self.meters,
            snapshots=self.snapshots,
            totals=self.totals,
            channels=self.channels,
            workspaces=self.workspaces,
        )

    @Once
    def reports(self) -> Reports:
        """What a period brought."""
        from chalicelib.measuring.report import Reports  # noqa: PLC0415

        return Reports(rollups=self.rollups)

    @Once
    def shortening(self) -> Shortening:
        """Making tracked links."""
        from chalicelib.measuring.shortening import Shortening  # noqa: PLC0415

        return Shortening(
            clock=self.clock,
            ids=self.ids,
            links=self.links,
            public_url=self.settings.public_url,
        )

    @Once
    def link_book(self) -> LinkBook:
        """Tracked links, and how often each was followed."""
        from chalicelib.measuring.link_book import LinkBook  # noqa: PLC0415

        return LinkBook(clock=self.clock, links=self.links)

    @Once
    def redirect(self) -> Redirect:
        """Following tracked links."""
        from chalicelib.measuring.clicking import Redirect  # noqa: PLC0415

        return Redirect(clock=self.clock, ids=self.ids, links=self.links, visitors=self.visitors)

    @Once
    def forgetting_visitors(self) -> ForgettingVisitors:
        """What makes the visitors of past days forgotten."""
        from chalicelib.measuring.clicking import ForgettingVisitors  # noqa: PLC0415

        return ForgettingVisitors(clock=self.clock, visitors=self.visitors)
