"""Finding what is due, and handing it to workers: the queue only makes it quick.

Emptied, doubled or reordered, the queue loses nothing: ``due_at`` in the store is the truth
and every tick reads it again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.publishing.deliver import Worker
from chalicelib.publishing.ports import Deliveries, DueIndex, Message, Queue

KIND = "delivery"
AHEAD = timedelta(seconds=120)
"""Two ticks: a schedule may fire a minute late."""
BEHIND = timedelta(seconds=60)
"""What became due since the last tick; anything older is backlog."""
PAGE = 500
BACKLOG = 2_000
"""Older items a tick takes from one shard, so that a backlog never hides the present."""
EARLY = timedelta(seconds=5)
"""A message that comes earlier than its hour by no more than this is waited for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatcher:
    """What the minute's tick does."""

    clock: Clock
    index: DueIndex
    queue: Queue
    choose_shard: Callable[[int], int]
    """Returns a random number below the one given."""

    def publish_due(self) -> int:
        """Send what is due about now, then some of the backlog; return how many messages."""
        now = self.clock.now()
        sent = sum(self._present(shard, now) for shard in range(self.index.shards))
        shard = self.choose_shard(self.index.shards)
        old = self.index.due(KIND, shard, None, now - BEHIND, BACKLOG)
        return sent + self._send(old, now)

    def _present(self, shard: int, now: datetime) -> int:
        sent, after = 0, now - BEHIND
        while True:
            page = self.index.due(KIND, shard, after, now + AHEAD, PAGE)
            sent += self._send(page, now)
            if len(page) < PAGE:
                return sent
            after = page[-1][2]

    def _send(self, due: Sequence[tuple[WorkspaceId, DeliveryId, datetime]], now: datetime) -> int:
        messages = [Message(ws, d, max(at - now, timedelta(0))) for ws, d, at in due]
        if messages:
            self.queue.send(messages)
        return len(messages)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweeper:
    """Finds what else is due: what may be some minutes late, unlike a delivery."""

    clock: Clock
    index: DueIndex
    queue: Queue

    def send_due(self, kind: str) -> int:
        """Send what is due of a kind, the oldest first; return how many messages.

        At most ``BACKLOG`` of a shard: the rest is found by the next tick.
        """
        now = self.clock.now()
        sent = 0
        for shard in range(self.index.shards):
            due = self.index.due(kind, shard, None, now, BACKLOG)
            messages = [Message(workspace, about, kind=kind) for workspace, about, _ in due]
            if messages:
                self.queue.send(messages)
            sent += len(messages)
        return sent


@dataclass(frozen=True, slots=True, kw_only=True)
class Receiver:
    """What one message from the queue makes a worker do."""

    clock: Clock
    deliveries: Deliveries
    worker: Worker
    wait: Callable[[timedelta], None]

    def receive(self, workspace: WorkspaceId, delivery_id: DeliveryId) -> None:
        """Deliver if it is due, or about to be.

        One that comes earlier is dropped: whoever moved ``due_at`` has announced it anew,
        and the tick finds it if that was lost.
        """
        delivery = self.deliveries.get(workspace, delivery_id)
        if delivery is None or delivery.due_at is None:
            return
        early = delivery.due_at - self.clock.now()
        if early > EARLY:
            return
        if early > timedelta(0):
            self.wait(early)
        self.worker.deliver(delivery)
