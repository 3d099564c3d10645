"""What listening needs of the world, as small protocols; ``bootstrap`` provides them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.ids import ChannelId, MentionId, SourceId, WatchId, WorkspaceId
from chalicelib.listening.mentions import Heard, Mention
from chalicelib.listening.sources import Source
from chalicelib.listening.watches import Watch
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """A part of a reading: once it is stored, reading goes on from ``cursor``."""

    heard: tuple[Heard, ...]
    cursor: str
    """Where to go on. Stored only after ``heard`` is: a crash between repeats the part."""
    is_last: bool
    """False: there is more now."""
    wait: timedelta | None = None
    """How long the source asks to be left alone."""
    skipped: int = 0
    """Things that couldn't be read."""
    address: str = ""
    """Where the source has moved for good; empty: it hasn't."""


class SourceGone(Exception):
    """The source says that it is no more: it isn't asked again."""


class Unreadable(Exception):
    """The source answered, but what it says can't be read (a login page, no feed).

    ``reason`` is a stable word that the pages translate.
    """

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(detail or reason)
        self.reason = reason
        self.detail = detail


class NothingToRead(Exception):
    """The source has no place where anything could be said; nothing is out of order.

    ``reason`` is a stable word that the pages translate.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class Reader(Protocol):
    """Reads one source, from where it was left."""

    def read(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """Yield what was said since the cursor, or since ``since`` on a first reading.

        Each batch is stored before the next is asked for. What was told once may be told
        again, in any order: it is kept once.

        Raises:
            NetworkError: as in ``publishing/outcomes`` (Transient, RateLimited, AuthExpired).
            SourceGone: it is no more.
            Unreadable: it can't be read as it is.
            NothingToRead: it has no place where anything could be said.
        """
        ...

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """Yield those of these that were edited (as they are now) or are gone (None).

        A source that can't be asked yields nothing.
        """
        ...


class Readers(Protocol):
    """Makes the reader of a source."""

    def open(self, source: Source, channel: Channel | None) -> Reader:
        """Return it, its channel's secrets read from the vault.

        Raises:
            AuthExpired: the channel has no secrets (any more).
            Transient: the vault can't be read now.
        """
        ...


class Sources(Protocol):
    """Where sources are kept."""

    def get(self, workspace: WorkspaceId, source: SourceId) -> Source | None:
        """Return a source as it stands now."""
        ...

    def of(self, workspace: WorkspaceId) -> Sequence[Source]:
        """Return all sources of a firm."""
        ...

    def put(self, before: Source | None, after: Source) -> Source:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out.
        """
        ...

    def delete(self, source: Source) -> None:
        """Take it away; what it told stays."""
        ...


class Watches(Protocol):
    """Where watches are kept."""

    def get(self, workspace: WorkspaceId, watch: WatchId) -> Watch | None:
        """Return a watch as it stands now."""
        ...

    def of(self, workspace: WorkspaceId) -> Sequence[Watch]:
        """Return all watches of a firm."""
        ...

    def put(self, before: Watch | None, after: Watch) -> Watch:
        """Write it whole if ``before.rev`` still stands (None: if there is none).

        Raises:
            Stale: it has changed since it was read.
            StoreUnclear: it couldn't be found out.
        """
        ...

    def delete(self, watch: Watch) -> None:
        """Take it away."""
        ...


class Shelf(Protocol):
    """Where mentions are kept: the inbox, which triages them."""

    def keep(self, mention: Mention) -> bool:
        """Keep what is new; mend what was edited; return whether it was new.

        Repeatable: what stands already as told changes nothing and costs a read.
        """
        ...

    def gone(self, workspace: WorkspaceId, mention: MentionId, at: datetime) -> None:
        """Note that it is gone at its source; it stays, marked, without its text."""
        ...

    def told_by(
        self, workspace: WorkspaceId, source: SourceId, since: datetime, limit: int
    ) -> Sequence[Mention]:
        """Return what a source told since then, the newest first, what is gone left out."""
        ...


class Firms(Protocol):
    """What listening reads of a firm."""

    def workspace(self, workspace: WorkspaceId) -> Workspace | None:
        """Return a firm."""
        ...

    def channel(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        """Return a channel."""
        ...

    def refused(self, channel: Channel, detail: str, now: datetime) -> Channel:
        """Note that a channel's token is refused for good: return it as it stands, broken.

        One that was parted with meanwhile stays so.
        """
        ...

    def tell_unheard(self, channel: Channel) -> None:
        """Tell the firm's people that a broken channel must be reconnected, once per break.

        Raises:
            Exception: not everybody could be told; it may be tried again.
        """
        ...
