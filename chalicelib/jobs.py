"""What each scheduled and queue function does, as plain functions over the world."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date
from typing import TYPE_CHECKING, Protocol

from chalicelib import logs
from chalicelib.ids import ChannelId, DeliveryId, MentionId, SourceId, WorkspaceId

if TYPE_CHECKING:
    from chalicelib.inbox.triage import Triage
    from chalicelib.listening.poll import Poller
    from chalicelib.measuring.clicking import ForgettingVisitors
    from chalicelib.measuring.counting import Measurer
    from chalicelib.publishing.dispatch import Dispatcher, Receiver, Sweeper
    from chalicelib.workspaces.forgetting import Forgetting
    from chalicelib.workspaces.tending import Tending

SIDE_BY_SIDE = 10
"""Messages of a batch worked at once: one slow network must not age those behind it."""


class Failed(Exception):
    """A function failed; the message is the class of the error, never its words."""


class PublishingWorld(Protocol):
    """What the minute's tick needs; ``bootstrap`` provides it."""

    @property
    def dispatcher(self) -> Dispatcher:
        """Return what the minute's tick does."""
        ...


class SweepingWorld(Protocol):
    """What the other schedules need."""

    @property
    def sweeper(self) -> Sweeper:
        """Return what finds the rest that is due."""
        ...


class WorkingWorld(Protocol):
    """What the queue's function needs."""

    @property
    def receiver(self) -> Receiver:
        """Return what carries out a delivery."""
        ...

    @property
    def poller(self) -> Poller:
        """Return what reads a source."""
        ...

    @property
    def triage(self) -> Triage:
        """Return what wakes a snoozed item, and ends what has had its time."""
        ...

    @property
    def measurer(self) -> Measurer:
        """Return what reads figures."""
        ...

    @property
    def tending(self) -> Tending:
        """Return what sees to channels' access."""
        ...


class HousekeepingWorld(SweepingWorld, Protocol):
    """What keeping house needs."""

    @property
    def forgetting(self) -> Forgetting:
        """Return what deletes secrets that are no longer needed."""
        ...

    @property
    def forgetting_visitors(self) -> ForgettingVisitors:
        """Return what keeps of past days how many followed a link, and not who."""
        ...


@contextmanager
def wordless(function: str) -> Iterator[None]:
    """Let what fails inside fail as ``Failed``, logged as ``<function>_failed``.

    Lambda counts an error, which the alarms look at, and logs the exception with its message,
    which may quote what a person wrote: so it is given one that quotes nothing.
    """
    try:
        yield
    except Exception as error:  # noqa: BLE001 - the entry point: it ends as a failure all the same
        logs.failure(f"{function}_failed", error)
        raise Failed(type(error).__name__) from None


def publish_due(world: PublishingWorld) -> None:
    """Send to the queue what is due within two ticks, and some of the backlog."""
    sent = world.dispatcher.publish_due()
    if sent:
        logs.event("due_sent", count=sent)


def poll_mentions(world: SweepingWorld) -> None:
    """Send to the queue the sources that are due, and what is to be woken or ended in inboxes."""
    _sweep(world, "source", "snooze", "parting", "ending")


def aggregate_metrics(world: SweepingWorld) -> None:
    """Send to the queue what is to be counted: what has just gone live, and what is due."""
    _sweep(world, "live", "meter")


def _sweep(world: SweepingWorld, *kinds: str) -> None:
    for kind in kinds:
        sent = world.sweeper.send_due(kind)
        if sent:
            logs.event("due_sent", kind=kind, count=sent)


def work(world: WorkingWorld, bodies: Sequence[str]) -> list[int]:
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
    """Do what may wait some minutes.

    Forget secrets and visitors that are no longer needed; send to the queue the channels whose
    access must be seen to.
    """
    forgotten = world.forgetting.forget_due()
    if forgotten:
        logs.event("secrets_forgotten", count=forgotten)
    world.forgetting_visitors.forget_due()
    _sweep(world, "access")


def _worked(world: WorkingWorld, body: str) -> bool:
    workspace = kind = about = ""
    try:
        message = json.loads(body)
        workspace, kind, about = (str(message[name]) for name in ("workspace", "kind", "about"))
        _HANDLERS[kind](world, WorkspaceId(workspace), about)
    except Exception as error:  # noqa: BLE001 - one message must not take the batch with it
        logs.failure("work_failed", error, workspace=workspace, kind=kind, about=about)
        return False
    return True


_HANDLERS: Mapping[str, Callable[[WorkingWorld, WorkspaceId, str], object]] = {
    "delivery": lambda world, firm, about: world.receiver.receive(firm, DeliveryId(about)),
    "source": lambda world, firm, about: world.poller.poll(firm, SourceId(about)),
    "snooze": lambda world, firm, about: world.triage.wake(firm, MentionId(about)),
    "parting": lambda world, firm, about: world.triage.part(firm, MentionId(about)),
    "ending": lambda world, firm, about: world.triage.retire(firm, date.fromisoformat(about)),
    "live": lambda world, firm, about: world.measurer.begin(firm, DeliveryId(about)),
    "access": lambda world, firm, about: world.tending.tend(firm, ChannelId(about)),
    "meter": lambda world, firm, about: world.measurer.measure(firm, about),
}
"""What each kind of message makes a worker do."""
