"""A world that says things: sources, watches and mentions in memory, readers that are scripted.

Every I/O is a step (``tests/fakes/steps.py``), so that a test can let a worker die, an answer
be lost or somebody else come first at any of them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.ids import ChannelId, MentionId, SourceId, WatchId, WorkspaceId
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind
from chalicelib.listening.poll import Poller
from chalicelib.listening.ports import Batch
from chalicelib.listening.sources import Source, SourceKind
from chalicelib.listening.watches import Watch
from chalicelib.publishing.followups import unheard
from chalicelib.publishing.paid_reading import ReadingPrice
from chalicelib.publishing.ports import Stale
from chalicelib.workspaces.channels import MAY_BREAK, Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Workspace
from tests.fakes.clocks import START, SettableClock
from tests.fakes.mail import RecordingMailer
from tests.fakes.memory_purse import MemoryPurse
from tests.fakes.steps import Steps

FIRM = WorkspaceId("bakery")
CHANNEL = ChannelId("masto")
SOURCE = SourceId("masto")


def heard(n: int, text: str = "", *, at: datetime | None = None, **more: object) -> Heard:
    """Return the nth thing that somebody said, a minute after the one before."""
    said_at = at or START - timedelta(hours=1) + n * timedelta(minutes=1)
    made = Heard(
        identity=f"https://social.example/said/{n}",
        kind=MentionKind.REPLY,
        remote_id=str(n),
        url=f"https://social.example/said/{n}",
        author=Author("https://social.example/julie", "Julie"),
        text=text or f"Parole {n}",
        said_at=said_at,
        refs={"id": str(n)},
    )
    return replace(made, **more)  # type: ignore[arg-type]


@dataclass
class Place:
    """What a source says: an append-only list that is read in pages, the oldest first.

    The cursor is how many have been read. ``resets`` makes it forget its numbers: a cursor
    beyond its end is then read from the beginning, as a source does whose ids begin anew.
    """

    said: list[Heard] = field(default_factory=list)
    page: int = 2
    gone: set[str] = field(default_factory=set)
    """Identities of what was deleted."""
    edited: dict[str, Heard] = field(default_factory=dict)
    each: int = 0
    """What it charges for each thing that it shows."""
    charged: int = 0


@dataclass
class PlaceReader:
    """Reads a place."""

    place: Place
    steps: Steps
    spent: int = 0

    def read(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """Yield what was said after the cursor."""
        at = int(cursor or 0)
        if at > len(self.place.said):
            at = 0  # the source has reset its ids
        while True:
            with self.steps.step("network.read"):
                page = self.place.said[at : at + self.place.page]
                at += len(page)
                is_last = at >= len(self.place.said)
                self._charge(len(page))
            fresh = tuple(h for h in page if h.said_at >= since)
            yield Batch(heard=fresh, cursor=str(at), is_last=is_last)
            if is_last:
                return

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """Yield what was edited or is gone."""
        with self.steps.step("network.look_again"):
            self._charge(len(mentions))
            for mention in mentions:
                identity = mention.heard.identity
                if identity in self.place.gone:
                    yield mention.id, None
                elif identity in self.place.edited:
                    yield mention.id, self.place.edited[identity]

    def _charge(self, shown: int) -> None:
        self.spent += self.place.each * shown
        self.place.charged += self.place.each * shown


class ListeningWorld:
    """One firm, one channel that is read, and all that is kept of it."""

    def __init__(self) -> None:
        self.clock = SettableClock()
        self.steps = Steps()
        self.place = Place()
        self.source_items: dict[SourceId, Source] = {}
        self.watch_items: dict[WatchId, Watch] = {}
        self.kept: dict[MentionId, Mention] = {}
        self.news: list[MentionId] = []
        """Each mention as often as it was new: never twice."""
        self.failures: list[Exception] = []
        self.mail = RecordingMailer(self.steps)
        self._revs = itertools.count(1)
        self.firm: Workspace | None = Workspace(
            id=FIRM, name="Boulangerie Martin", feed_token="f", created_at=START
        )
        self.connected: Channel | None = Channel(
            workspace=FIRM, id=CHANNEL, network="mastodon", name="Mastodon", created_at=START
        )
        self.sources = _Sources(self)
        self.watches = _Watches(self)
        self.shelf = _Shelf(self)
        self.firms = _Firms(self)
        self.reading: Exception | None = None
        """What opening the reader raises."""
        self.terms: timedelta | None = None
        """How long what is heard may be kept."""
        self.asks: ReadingPrice | None = None
        """What reading costs."""
        self.purse = MemoryPurse(self.steps)
        self.poller = Poller(
            clock=self.clock,
            sources=self.sources,
            watches=self.watches,
            shelf=self.shelf,
            firms=self.firms,
            readers=self,
            keeps=lambda _: self.terms,
            price=lambda _: self.asks,
            purse=self.purse,
            on_failure=lambda _, error: self.failures.append(error),
        )

    def add(self, **changes: object) -> Source:
        """Store a source that is due now."""
        made = Source(
            workspace=FIRM,
            id=SOURCE,
            kind=SourceKind.CHANNEL,
            label="Mastodon",
            network="mastodon",
            channel=CHANNEL,
            due_at=self.clock.now(),
            created_at=START,
        )
        made = replace(made, **changes)  # type: ignore[arg-type]
        self.source_items[made.id] = made
        return made

    def set_channel(self, status: ChannelStatus) -> None:
        """Let the channel have a status."""
        assert self.connected is not None
        self.connected = replace(self.connected, status=status)

    def open(self, source: Source, channel: Channel | None) -> PlaceReader:
        """Return the reader of the one place."""
        if self.reading is not None:
            raise self.reading
        return PlaceReader(self.place, self.steps)

    def poll(self) -> Source | None:
        """Read the source once; return it as it stands."""
        self.poller.poll(FIRM, SOURCE)
        return self.stands()

    def stands(self) -> Source | None:
        """Return the source as it stands."""
        return self.source_items.get(SOURCE)


@dataclass
class _Sources:
    world: ListeningWorld

    def get(self, _: WorkspaceId, source: SourceId) -> Source | None:
        with self.world.steps.step("sources.get"):
            return self.world.source_items.get(source)

    def of(self, _: WorkspaceId) -> Sequence[Source]:
        return list(self.world.source_items.values())

    def put(self, before: Source | None, after: Source) -> Source:
        with self.world.steps.step("sources.put"):
            stands = self.world.source_items.get(after.id)
            if (stands.rev if stands else 0) != (before.rev if before else 0):
                raise Stale(after.id)
            written = replace(after, rev=(stands.rev if stands else 0) + 1)
            self.world.source_items[after.id] = written
            return written

    def delete(self, source: Source) -> None:
        with self.world.steps.step("sources.delete"):
            self.world.source_items.pop(source.id, None)


@dataclass
class _Watches:
    world: ListeningWorld

    def get(self, _: WorkspaceId, watch: WatchId) -> Watch | None:
        return self.world.watch_items.get(watch)

    def of(self, _: WorkspaceId) -> Sequence[Watch]:
        with self.world.steps.step("watches.of"):
            return list(self.world.watch_items.values())

    def put(self, before: Watch | None, after: Watch) -> Watch:
        stands = self.world.watch_items.get(after.id)
        if (stands.rev if stands else 0) != (before.rev if before else 0):
            raise Stale(after.id)
        written = replace(after, rev=(stands.rev if stands else 0) + 1)
        self.world.watch_items[after.id] = written
        return written

    def delete(self, watch: Watch) -> None:
        self.world.watch_items.pop(watch.id, None)


@dataclass
class _Shelf:
    world: ListeningWorld

    def keep(self, mention: Mention) -> bool:
        with self.world.steps.step("shelf.keep"):
            stands = self.world.kept.get(mention.id)
            if stands is None:
                self.world.news.append(mention.id)
                self.world.kept[mention.id] = mention
                return True
            self.world.kept[mention.id] = replace(stands, heard=mention.heard)
            return False

    def gone(self, _: WorkspaceId, mention: MentionId, at: datetime) -> None:
        with self.world.steps.step("shelf.gone"):
            self.world.kept[mention] = replace(self.world.kept[mention], deleted_at=at)

    def told_by(
        self, _: WorkspaceId, source: SourceId, since: datetime, limit: int
    ) -> Sequence[Mention]:
        with self.world.steps.step("shelf.told_by"):
            kept = self.world.kept.values()
            own = [m for m in kept if m.source == source and m.at >= since and not m.deleted_at]
            return sorted(own, key=lambda m: m.at, reverse=True)[:limit]


@dataclass
class _Firms:
    world: ListeningWorld

    def workspace(self, _: WorkspaceId) -> Workspace | None:
        with self.world.steps.step("firms.workspace"):
            return self.world.firm

    def channel(self, _: WorkspaceId, channel: ChannelId) -> Channel | None:
        with self.world.steps.step("firms.channel"):
            found = self.world.connected
            return found if found is not None and found.id == channel else None

    def refused(self, channel: Channel, detail: str, now: datetime) -> Channel:
        with self.world.steps.step("firms.refused"):
            stands = self.world.connected
            assert stands is not None
            if stands.status in MAY_BREAK:
                broken = replace(stands, status=ChannelStatus.BROKEN, reason=detail, since=now)
                self.world.connected = stands = broken
            return stands

    def tell_unheard(self, channel: Channel) -> None:
        assert self.world.firm is not None
        self.world.mail.tell(unheard(self.world.firm, channel))
