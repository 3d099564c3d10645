"""What a network may be able to do beside publishing: tell what is said, and the figures.

An object that ``Network.hear`` makes has those of these abilities that its network has.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Protocol, runtime_checkable

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import Heard, Mention
from chalicelib.listening.ports import Batch
from chalicelib.listening.sources import SourceKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.spec import Moderation


@runtime_checkable
class FetchesMentions(Protocol):
    """Can read what is said to the connected account."""

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``listening.ports.Reader.read``; at most one request a batch, or a few."""
        ...

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``listening.ports.Reader.look_again``."""
        ...


@runtime_checkable
class Searches(Protocol):
    """Can read what is said of some words by anybody (``kind``: a tag or a search)."""

    def search(self, kind: SourceKind, words: str, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``listening.ports.Reader.read``."""
        ...


@runtime_checkable
class Moderates(Protocol):
    """Can act on what is heard; each act may be repeated without harm."""

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """Do it.

        Raises:
            Rejected: ``reason`` says why (``gone``: it was deleted meanwhile).
            NetworkError: it may be tried again.
        """
        ...


@runtime_checkable
class FetchesMetrics(Protocol):
    """Can read counters. What the network doesn't tell is None, never 0."""

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """Return the account's own counters now."""
        ...

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """Return a live post's counters now; None if the post is gone, or a story's day over.

        Empty if the network tells nothing of any post: it isn't asked again.
        """
        ...
