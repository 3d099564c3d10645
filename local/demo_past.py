"""A past for the demo firm: the real worker on the real store, at an hour that has been.

So what the pages show of it is what really happens to posts, with every attempt that was
made, and nothing is invented. It speaks to no network and mails nobody.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from itertools import count

from chalicelib.bootstrap import World
from chalicelib.ids import DeliveryId, WorkspaceId
from chalicelib.networks import registry
from chalicelib.networks.contract import Network, Outgoing, Search
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    Transient,
)
from chalicelib.publishing.ports import Message
from local.demo_story import INSTANCE, TO_CHECK

OFFLINE = ("mastodon", "wordpress")
"""The networks that are played here: nothing goes out to them."""
_SILENT_LOOKS = 3
_MOST_STEPS = 60
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class PastClock:
    """A clock that stands where it is set."""

    def __init__(self, at: datetime) -> None:
        self._at = at

    def now(self) -> datetime:
        """Return where it stands."""
        return self._at

    def boottime(self) -> float:
        """Return the same, in seconds."""
        return (self._at - _EPOCH).total_seconds()

    def set(self, at: datetime) -> None:
        """Let it stand at another instant."""
        self._at = at

    def wait(self, pause: timedelta) -> None:
        """Let so much time pass."""
        self._at += pause


class Past:
    """The world of an installation at an hour that has been."""

    def __init__(self, world: World, at: datetime) -> None:
        self.clock = PastClock(at)
        parts = replace(
            world.parts,
            clock=self.clock,
            queue=_NoQueue,
            transport=_NoMail,
            find_network=_network_finder(),
            wait=self.clock.wait,
        )
        self.world = World(parts)

    def walk(self, workspace: WorkspaceId, delivery: DeliveryId) -> Delivery:
        """Let a worker do all that a delivery has to do, each step at its hour."""
        for _ in range(_MOST_STEPS):
            stands = self.world.deliveries.get(workspace, delivery)
            assert stands is not None, "a delivery is walked after it was made"
            if stands.due_at is None:
                return stands
            self.clock.set(max(self.clock.now(), stands.due_at))
            self.world.worker.deliver(stands)
        raise AssertionError(f"{delivery} comes to no end")


class _NoQueue:
    """Nothing is announced: each delivery is walked by name."""

    def send(self, messages: Sequence[Message]) -> None:
        """Drop them."""


class _NoMail:
    """Nobody is told of what is long past."""

    def send(self, message: EmailMessage) -> None:
        """Drop it."""


def remote_id_of(delivery: DeliveryId) -> str:
    """Return what the played networks call what a delivery made: always the same number."""
    return f"{zlib.crc32(delivery.encode()):012d}"


class _Played:
    """A network that takes every post; of one it never says what became of it."""

    def __init__(self, looks: Iterator[int]) -> None:
        self._looks = looks

    def prepare(self, _out: Outgoing, _parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """Prepare nothing."""
        yield from ()

    def publish(
        self, out: Outgoing, _parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """Say that it is live, or never answer, so that a person must look."""
        before_send()
        if _is_silent(out):
            raise OutcomeUnknown("no answer within 20 s")
        return Published(*_live(out))

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """Find what was sent, even by a start that was cut short; the one post is never found."""
        sent = search.candidates[0]
        if not _is_silent(sent):
            return Found(*_live(sent), sent.version)
        if next(self._looks) < _SILENT_LOOKS:
            raise Transient("no answer within 20 s")
        return CantTell("the list of posts ends before this one's time")


def _is_silent(out: Outgoing) -> bool:
    return out.delivery.startswith(f"{TO_CHECK.id}.")


def _live(out: Outgoing) -> tuple[str, str]:
    remote_id = remote_id_of(out.delivery)
    return remote_id, f"{INSTANCE}/@boulangerie/{remote_id}"


def _network_finder() -> Callable[[str], Network]:
    looks = count()

    def find(name: str) -> Network:
        found = registry.network(name)
        return replace(found, open=lambda _: _Played(looks)) if name in OFFLINE else found

    return find
