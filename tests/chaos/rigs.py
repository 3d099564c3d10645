"""What lives must know of a network's fake: what it shows, what it refuses, how it is connected."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable

from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content, Media
from tests.fakes.serving import Asked, Said

Now = Callable[[], datetime]
CARRIES = "carries"
"""A header that only the wire adds: the key of the delivery that a request is for. No adapter
sends it; where nothing in what is live tells whose it is, a rig keeps it for the judge."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A post that is live; ``truth`` tells whose it is and is nothing an adapter reads."""

    id: str
    truth: str
    shown: object
    """What a reader sees, to be compared with ``Rig.shown``."""
    media: int
    at: datetime | None = None
    """Since when, where the network says it truly."""


class Rig(Protocol):
    """One fake network, as far as a life must know it."""

    @property
    def typed(self) -> Mapping[str, str]:
        """Return what a person types to connect, right as long as nothing is revoked."""
        ...

    def seen(self) -> list[Seen]:
        """Return all that is live of ours."""
        ...

    def truth_of(self, delivery: Delivery) -> str:
        """Return what ``Seen.truth`` is for a delivery."""
        ...

    def shown(self, content: Content) -> object:
        """Return what a reader would see of a content."""
        ...

    def restore(self) -> None:
        """Let a person who connects anew publish again."""
        ...

    def temper(self, chance: random.Random) -> None:
        """Be one of the many servers there are."""
        ...


@runtime_checkable
class SignsIn(Protocol):
    """A network that people connect on its own sign-in page only."""

    def say_yes(self, url: str) -> Mapping[str, str]:
        """Be the person who signs in there and agrees; return what she comes back with."""
        ...


@runtime_checkable
class ShowsVideo(Protocol):
    """A network whose lives are lived with a video in place of a picture."""

    @property
    def video(self) -> Media:
        """Return what they show."""
        ...


@runtime_checkable
class IsAnswered(Protocol):
    """A network on which others say what the firm answers; what is ``seen`` is its answers.

    ``Seen.shown`` and ``Rig.shown`` tell where an answer stands, too.
    """

    kinds: tuple[str, ...]
    """What is said in ways that are answered differently, the usual one first."""
    together: tuple[str, str]
    """Kinds that, said one after the other, are answered in one place or close by."""
    bears_many: bool
    """Whether the same may be answered twice, in the same words."""

    @property
    def is_taken_back(self) -> bool:
        """Say whether what was said is gone, perhaps with the answers under it."""
        ...

    def say(self, kind: str) -> str:
        """Let somebody say something of a kind; return its remote id, as hearing tells it.

        ``a reply`` is one to what was said last, or to something that is said for it.
        """
        ...

    def take_back(self) -> None:
        """Let what was said last be deleted where it stood."""
        ...

    def chatter(self, count: int) -> None:
        """Let the firm's people and others say more in the same place, by hand."""
        ...


class Server(Rig, Protocol):
    """One that is reached by HTTP, and may go wrong in its own way."""

    @property
    def host(self) -> str:
        """Return where it is."""
        ...

    def answer(self, asked: Asked) -> Said:
        """Answer by the network's rules."""
        ...

    def hide(self, remote_id: str, until: datetime) -> None:
        """Keep a post out of listings until then, where the network has any."""
        ...

    def revoke(self) -> None:
        """Take no secret of ours any more."""
        ...

    def demote(self) -> None:
        """Take our secret, and let it publish nothing."""
        ...

    def vanish(self) -> None:
        """Lose whatever was prepared and isn't public."""
        ...

    def limited(self, until: datetime | None) -> Said:
        """Return the refusal of one that asks too often."""
        ...

    def unauthorised(self) -> Said:
        """Return the refusal of a secret."""
        ...

    def forbidden(self) -> Said:
        """Return the refusal of a right."""
        ...

    def invalid(self) -> Said:
        """Return the refusal of a content."""
        ...


@runtime_checkable
class ManyHosts(Protocol):
    """One that is reached at several hosts."""

    @property
    def hosts(self) -> frozenset[str]:
        """Return where it is."""
        ...


def hosts_of(rig: Server) -> frozenset[str]:
    """Return every host that a network answers at."""
    return rig.hosts if isinstance(rig, ManyHosts) else frozenset({rig.host})
