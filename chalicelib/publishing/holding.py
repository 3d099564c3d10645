"""Pausing, disconnecting and reconnecting a channel: what becomes of its deliveries."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliver import announce
from chalicelib.publishing.deliveries import IN_DOUBT, MADE_WITHIN, Delivery, Refused, Status, Why
from chalicelib.publishing.ports import Agenda, Deliveries, Queue, Stale, StoreUnclear

UNDER_WAY_SINCE = timedelta(days=40)
"""How far back the planned time of a delivery that is still going out can lie."""
TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Holding:
    """Gives back, wakes and lists what is under way on a channel."""

    clock: Clock
    deliveries: Deliveries
    agenda: Agenda
    queue: Queue

    def hold(self, workspace: WorkspaceId, channel: ChannelId) -> list[Delivery]:
        """Give back every delivery that a worker prepares; return those too late to stop.

        Called after the channel's flag is set: a worker that claims later sees the flag, and
        one that holds a delivery now is stopped by the changed ``rev``.
        """
        too_late = []
        for delivery in self._under_way(workspace, channel):
            stands = self._change(delivery, self._give_back)
            if stands.status in IN_DOUBT or self._may_still_come(stands):
                too_late.append(stands)
        return too_late

    def _may_still_come(self, d: Delivery) -> bool:
        """Say whether it was sent a moment ago, and only a person can say what became of it."""
        if d.why is not Why.UNKNOWN or d.last_intent_at is None:
            return False
        return self.clock.now() < d.last_intent_at + MADE_WITHIN

    def resume(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        """Let what waited for the pause go on, spread over a minute."""
        for delivery in self._under_way(workspace, channel):
            self._change(delivery, self._lift)

    def reconnected(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        """Let what waited for the channel to be reconnected go on, spread over a minute."""
        for delivery in self.agenda.waiting(workspace):
            if delivery.channel == channel and delivery.status is Status.BLOCKED_AUTH:
                self._change(delivery, self._reconnect)

    def is_busy(self, workspace: WorkspaceId, channel: ChannelId) -> bool:
        """Say whether an attempt on the channel may still need its token."""
        return any(d.status in IN_DOUBT for d in self._under_way(workspace, channel))

    def _under_way(self, workspace: WorkspaceId, channel: ChannelId) -> Iterable[Delivery]:
        now = self.clock.now()
        found = self.agenda.between(workspace, now - UNDER_WAY_SINCE, now + timedelta(minutes=3))
        return (d for d in found if d.channel == channel)

    def _change(self, d: Delivery, change: Callable[[Delivery], Delivery]) -> Delivery:
        """Apply a change to what stands, read again if it was refused; return what stands."""
        for _ in range(TRIES):
            try:
                written = self.deliveries.put(d, change(d))
            except Refused:
                return d
            except (Stale, StoreUnclear):
                d = self.deliveries.get(d.workspace, d.id) or d
            else:
                announce(self.queue, [written], self.clock.now())
                return written
        return d

    def _give_back(self, d: Delivery) -> Delivery:
        now = self.clock.now()
        return machine.apply(d, ev.GiveBack(now), now)

    def _lift(self, d: Delivery) -> Delivery:
        return machine.apply(d, ev.PauseLifted(), self.clock.now())

    def _reconnect(self, d: Delivery) -> Delivery:
        return machine.apply(d, ev.Reconnected(), self.clock.now())
