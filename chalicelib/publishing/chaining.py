"""Twins: the same text on the same channel within a day goes out one after the other.

While one of them is in doubt the other can't be told from it on the network, so each waits
until the one planned before it is settled.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliveries import SETTLED, Delivery, Refused
from chalicelib.publishing.ports import Deliveries, Twins
from chalicelib.publishing.posts import Post

WITHIN = timedelta(days=1)
"""Planned further apart, two posts of one text can't be taken for each other."""

Pairs = list[tuple[Delivery | None, Delivery]]
"""What an act writes: (before, after) of each delivery."""


@dataclass(frozen=True, slots=True)
class Links:
    """Where a delivery stands in its chain."""

    after: DeliveryId | None = None
    """The one that it waits for."""
    awaited_by: tuple[DeliveryId, ...] = ()
    """Those that wait for it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Chainer:
    """Finds a delivery's place among its twins."""

    clock: Clock
    deliveries: Deliveries
    twins: Twins

    def place(
        self, pairs: Pairs, head: Post, channel: ChannelId, text: str, identity: DeliveryId
    ) -> Links:
        """Return a delivery's links, and add to ``pairs`` what they change on its twins."""
        if head.is_draft or head.planned_at is None:
            return Links()
        near = self.twins.register(head.workspace, channel, text, identity, head.planned_at)
        since = head.planned_at - WITHIN
        before = self._unsettled(head.workspace, near.earlier, identity, since)
        if before is not None and identity not in before.awaited_by:
            self._change(pairs, before, ev.Awaited(identity))
        following = self._follow(pairs, head.workspace, near.later, identity)
        return Links(before.id if before else None, following)

    def _follow(
        self,
        pairs: Pairs,
        workspace: WorkspaceId,
        later: DeliveryId | None,
        identity: DeliveryId,
    ) -> tuple[DeliveryId, ...]:
        """Let the one planned next wait for this one, unless it is going out already."""
        twin = self.deliveries.get(workspace, later) if later is not None else None
        if twin is None or twin.status in SETTLED:
            return ()
        if twin.after == identity:
            return (twin.id,)
        return (twin.id,) if self._change(pairs, twin, ev.Chained(identity)) else ()

    def _change(self, pairs: Pairs, twin: Delivery, event: ev.Event) -> bool:
        if any(d.id == twin.id for _, d in pairs):
            return True
        try:
            pairs.append((twin, machine.apply(twin, event, self.clock.now())))
        except Refused:
            return False
        return True

    def _unsettled(
        self,
        workspace: WorkspaceId,
        found: DeliveryId | None,
        identity: DeliveryId,
        since: datetime,
    ) -> Delivery | None:
        """Return this twin or, where it is settled, the one that it waited for itself."""
        seen = {identity}
        while found is not None and found not in seen:
            seen.add(found)
            twin = self.deliveries.get(workspace, found)
            if twin is None or (twin.planned_at and twin.planned_at < since):
                return None
            if twin.status not in SETTLED:
                return twin
            found = twin.after
        return None
