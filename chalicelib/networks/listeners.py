"""Makes what reads a source, moderates what was said, and reads figures: each when asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from chalicelib.clock import Clock
from chalicelib.ids import MentionId
from chalicelib.listening.mentions import Heard, Mention
from chalicelib.listening.ports import Batch, Reader, Unreadable
from chalicelib.listening.sources import Source, SourceKind
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates, Searches
from chalicelib.networks.registry import MODULES
from chalicelib.networks.senders import NetworkSenders
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Rejected
from chalicelib.publishing.paid_reading import ReadingPrice, Spends
from chalicelib.workspaces.channels import Channel

if TYPE_CHECKING:
    from chalicelib.networks.http import Http


@dataclass(frozen=True, slots=True, kw_only=True)
class Listeners:
    """The one implementation of ``listening.ports.Readers`` and ``measuring.ports.Networks``."""

    http: Http
    clock: Clock
    senders: NetworkSenders

    def open(self, source: Source, channel: Channel | None) -> Reader:
        """Return the reader of a source.

        Raises:
            Unreadable: its network tells nothing of this kind.
            AuthExpired: its channel has no secrets (any more).
            Transient: the vault can't be read now.
        """
        if source.kind is SourceKind.FEED:
            from chalicelib.networks.feeds import FeedReader  # noqa: PLC0415 - loads a parser

            contact = self.senders.public_url
            return FeedReader(
                http=self.http, clock=self.clock, address=source.address, contact=contact
            )
        hearing = self._hearing_of(source, channel)
        if source.kind is SourceKind.CHANNEL and isinstance(hearing, FetchesMentions):
            return ChannelReader(hearing)
        if source.kind is not SourceKind.CHANNEL and isinstance(hearing, Searches):
            return SearchReader(hearing, source)
        raise Unreadable("not-told", f"{source.network} tells no {source.kind}")

    def keeps(self, network: str) -> timedelta | None:
        """Return how long a network's terms let what is heard there be kept; None: for good."""
        if network not in MODULES:
            return None  # a feed
        return self.senders.find_network(network).spec.keeps

    def price(self, network: str) -> ReadingPrice | None:
        """Return what a network asks for what it tells; None: nothing."""
        if network not in MODULES:
            return None  # a feed
        return self.senders.find_network(network).spec.reading

    def counters(self, channel: Channel) -> FetchesMetrics | None:
        """Return what reads a channel's figures; None where its network tells none.

        Raises:
            AuthExpired: it has no secrets (any more).
            Transient: the vault can't be read now.
        """
        hearing = self._hearing(channel)
        return hearing if isinstance(hearing, FetchesMetrics) else None

    def moderate(self, channel: Channel, act: Moderation, heard: Heard) -> None:
        """Do something about what was said on a channel.

        Raises:
            Rejected: its network can't, or refuses (``gone``: it was deleted meanwhile).
            NetworkError: it may be tried again.
        """
        hearing = self._hearing(channel)
        spec = self.senders.find_network(channel.network).spec
        if act not in spec.moderates or not isinstance(hearing, Moderates):
            raise Rejected(f"{channel.network} has no {act}", "not_offered")
        hearing.moderate(act, heard)

    def _hearing_of(self, source: Source, channel: Channel | None) -> object | None:
        if channel is not None or not source.address:
            return self._hearing(channel)
        hear_at = self.senders.find_network(source.network).hear_at
        return None if hear_at is None else hear_at(source.address, self.http, self.clock)

    def _hearing(self, channel: Channel | None) -> object | None:
        return None if channel is None else self.senders.hearing(channel)


@dataclass(frozen=True, slots=True)
class ChannelReader:
    """Reads what is said to a connected account."""

    hearing: FetchesMentions

    @property
    def spent(self) -> int:
        """See ``paid_reading.Spends``."""
        return self.hearing.spent if isinstance(self.hearing, Spends) else 0

    def read(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``listening.ports.Reader``."""
        return self.hearing.mentions(cursor, since)

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``listening.ports.Reader``."""
        return self.hearing.look_again(mentions)


@dataclass(frozen=True, slots=True)
class SearchReader:
    """Reads what anybody says of some words."""

    hearing: Searches
    source: Source

    def read(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``listening.ports.Reader``."""
        return self.hearing.search(self.source.kind, self.source.words, cursor, since)

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``listening.ports.Reader``; found by anybody's account, looked at by ours."""
        if isinstance(self.hearing, FetchesMentions):
            yield from self.hearing.look_again(mentions)
