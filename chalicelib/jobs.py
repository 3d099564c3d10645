"""What each scheduled and queue function does, as plain functions over the world."""

from __future__ import annotations

import json
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from chalicelib import logs
from chalicelib.ids import DeliveryId, WorkspaceId

if TYPE_CHECKING:
    from chalicelib.publishing.dispatch import Dispatcher, Receiver
    from chalicelib.workspaces.forgetting import Forgetting

SIDE_BY_SIDE = 10
"""Messages of a batch worked at once: one slow network must not age those behind it."""


class PublishingWorld(Protocol):
    """What the publishing functions need; ``bootstrap`` provides it."""

    @property
    def dispatcher(self) -> Dispatcher:
        """Return what the minute's tick does."""
        ...

    @property
    def receiver(self) -> Receiver:
        """Return what one message does."""
        ...


class HousekeepingWorld(Protocol):
    """What keeping house needs."""

    @property
    def forgetting(self) -> Forgetting:
        """Return what deletes secrets that are no longer needed."""
        ...


def publish_due(world: PublishingWorld) -> None:
    """Send to the queue what is due within two ticks, and some of the backlog."""
    sent = world.dispatcher.publish_due()
    if sent:
        logs.event("due_sent", count=sent)


def work(world: PublishingWorld, bodies: Sequence[str]) -> list[int]:
    """Work a batch of queue messages side by side; return the positions of those that failed.

    A failed one is received again, and ends in the dead-letter queue if it always fails;
    its delivery meanwhile goes on by the due index, whatever becomes of the message.
    """
    if len(bodies) == 1:
        return [] if _worked(world, bodies[0]) else [0]
    with ThreadPoolExecutor(max_workers=min(SIDE_BY_SIDE, max(1, len(bodies)))) as pool:
        done = list(pool.map(lambda body: _worked(world, body), bodies))
    return [n for n, ok in enumerate(done) if not ok]


def keep_house(world: HousekeepingWorld) -> None:
    """Do what may wait some minutes: delete the secrets of channels that were disconnected."""
    forgotten = world.forgetting.forget_due()
    if forgotten:
        logs.event("secrets_forgotten", count=forgotten)


def _worked(world: PublishingWorld, body: str) -> bool:
    workspace = delivery = ""
    try:
        message = json.loads(body)
        workspace, delivery = str(message["workspace"]), str(message["delivery"])
        world.receiver.receive(WorkspaceId(workspace), DeliveryId(delivery))
    except Exception as error:  # noqa: BLE001 - one message must not take the batch with it
        logs.failure("work_failed", error, workspace=workspace, delivery=delivery)
        return False
    return True
