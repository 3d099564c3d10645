"""What is heard, answered and counted, in memory: the part of the API's world that listens."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.ids import ChannelId, DeliveryId, MentionId, SourceId, WatchId, WorkspaceId
from chalicelib.inbox.answer_times import AnswerTimes
from chalicelib.inbox.answering import Answering
from chalicelib.inbox.conversations import Conversations, Own
from chalicelib.inbox.lately import InboxLately
from chalicelib.inbox.moderating import Moderating
from chalicelib.inbox.reply_book import ReplyBook
from chalicelib.inbox.shelf import InboxShelf
from chalicelib.inbox.triage import Triage
from chalicelib.listening.looking import Looking
from chalicelib.listening.mentions import Heard, Mention
from chalicelib.listening.ports import Batch
from chalicelib.listening.sources import Source
from chalicelib.listening.watches import Watch
from chalicelib.listening.watching import Watching
from chalicelib.measuring.entering import Entering
from chalicelib.measuring.link_book import LinkBook
from chalicelib.measuring.report import Reports
from chalicelib.measuring.shortening import Shortening
from chalicelib.measuring.totals import Totals
from chalicelib.networks.feed_discovery import FoundFeed
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.paid_reading import ReadingPrice
from chalicelib.publishing.ports import Stale
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace
from tests.fakes.memory_inbox import MemoryInbox, MemorySavedReplies
from tests.fakes.memory_measuring import (
    MemoryMeters,
    MemoryRollups,
    MemorySnapshots,
    Steps,
)
from tests.fakes.memory_purse import MemoryPurse
from tests.fakes.memory_store import MemoryStore
from tests.fakes.steps import Steps as PurseSteps

if TYPE_CHECKING:
    from tests.fakes.api_world import ApiWorld


class MemorySources:
    """``listening.ports.Sources``."""

    def __init__(self) -> None:
        self.rows: dict[tuple[WorkspaceId, SourceId], Source] = {}

    def get(self, workspace: WorkspaceId, source: SourceId) -> Source | None:
        return self.rows.get((workspace, source))

    def of(self, workspace: WorkspaceId) -> Sequence[Source]:
        return [source for (firm, _), source in self.rows.items() if firm == workspace]

    def put(self, before: Source | None, after: Source) -> Source:
        stands = self.get(after.workspace, after.id)
        if (stands.rev if stands else None) != (before.rev if before else None):
            raise Stale(after.id)
        written = replace(after, rev=(before.rev if before else 0) + 1)
        self.rows[after.workspace, after.id] = written
        return written

    def delete(self, source: Source) -> None:
        self.rows.pop((source.workspace, source.id), None)


class MemoryWatches:
    """``listening.ports.Watches``."""

    def __init__(self) -> None:
        self.rows: dict[tuple[WorkspaceId, WatchId], Watch] = {}

    def get(self, workspace: WorkspaceId, watch: WatchId) -> Watch | None:
        return self.rows.get((workspace, watch))

    def of(self, workspace: WorkspaceId) -> Sequence[Watch]:
        return [watch for (firm, _), watch in self.rows.items() if firm == workspace]

    def put(self, before: Watch | None, after: Watch) -> Watch:
        stands = self.get(after.workspace, after.id)
        if (stands.rev if stands else None) != (before.rev if before else None):
            raise Stale(after.id)
        written = replace(after, rev=(before.rev if before else 0) + 1)
        self.rows[after.workspace, after.id] = written
        return written

    def delete(self, watch: Watch) -> None:
        self.rows.pop((watch.workspace, watch.id), None)


@dataclass
class MemoryOwnPosts:
    """``inbox.conversations.OwnPosts``, over all deliveries that there are."""

    store: MemoryStore

    def said(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        remote_ids: Iterable[str],
        deliveries: Iterable[DeliveryId],
    ) -> Sequence[Own]:
        names, ids = set(remote_ids), set(deliveries)
        found = [
            d
            for d in self.store.items.values()
            if d.workspace == workspace
            and d.channel == channel
            and (d.remote_id in names or d.id in ids)
        ]
        versions = [self.store.posts.version(workspace, d.post, d.version) for d in found]
        return [Own(d, v) for d, v in zip(found, versions, strict=True) if v is not None]


@dataclass
class ScriptedNetworks:
    """Reads sources and acts at networks as a test says: by a source's address or words."""

    says: dict[str, Sequence[Heard] | Exception] = field(default_factory=dict)
    acts: list[tuple[ChannelId, Moderation, str]] = field(default_factory=list)
    refuses: Exception | None = None
    feeds: Sequence[FoundFeed] | Exception = ()
    asks: ReadingPrice | None = None

    def price(self, network: str) -> ReadingPrice | None:
        """See ``inbox.moderating.Networks``."""
        return self.asks

    def open(self, source: Source, channel: Channel | None) -> ScriptedReader:
        """See ``listening.ports.Readers``."""
        said = self.says.get(source.address or source.words, ())
        if isinstance(said, Exception):
            raise said
        return ScriptedReader(said)

    def moderate(self, channel: Channel, act: Moderation, heard: Heard) -> None:
        """See ``inbox.moderating.Networks``."""
        if self.refuses is not None:
            raise self.refuses
        self.acts.append((channel.id, act, heard.remote_id))

    def find_feeds(self, url: str) -> Sequence[FoundFeed]:
        """Return the feeds of a site."""
        if isinstance(self.feeds, Exception):
            raise self.feeds
        return self.feeds


@dataclass
class ScriptedReader:
    """Reads what was said, in one part."""

    said: Sequence[Heard]

    def read(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``listening.ports.Reader``."""
        assert cursor == ""
        heard = tuple(each for each in self.said if each.said_at >= since)
        yield Batch(heard=heard, cursor="read", is_last=True)

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``listening.ports.Reader``."""
        yield from ()


@dataclass
class _Firms:
    world: ApiWorld

    def workspace(self, workspace: WorkspaceId) -> Workspace | None:
        return self.world.workspaces.get(workspace)

    def channel(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        return self.world.channels.get(workspace, channel)

    def refused(self, channel: Channel, detail: str, now: datetime) -> Channel:
        return self.world.store.channels.mark_broken(channel, detail, now)

    def tell_unheard(self, channel: Channel) -> None:
        raise AssertionError("nothing is polled here")


class Listens:
    """All that hears, answers and counts, over the rest of the API's world."""

    def __init__(self, world: ApiWorld) -> None:
        clock, ids = world.clock, world.ids
        steps = Steps()
        self.inbox = MemoryInbox(clock)
        self.saved_replies = MemorySavedReplies()
        self.sources, self.watches = MemorySources(), MemoryWatches()
        self.networks = ScriptedNetworks()
        self.purse = MemoryPurse(PurseSteps())
        self.meters, self.snapshots = MemoryMeters(steps), MemorySnapshots(steps)
        self.rollups, self.links = MemoryRollups(steps), world.links
        self.watching = Watching(
            clock=clock, ids=ids, watches=self.watches, sources=self.sources, queue=world.queue
        )
        self.looking = Looking(
            clock=clock,
            readers=self.networks,
            firms=_Firms(world),
            lately=InboxLately(inbox=self.inbox),
        )
        self.triage = Triage(clock=clock, inbox=self.inbox, members=world.members)
        self.shelf = InboxShelf(clock=clock, inbox=self.inbox)
        self.conversations = Conversations(inbox=self.inbox, own_posts=MemoryOwnPosts(world.store))
        self.answering = Answering(clock=clock, inbox=self.inbox, composer=world.composer)
        self.moderating = Moderating(
            clock=clock,
            triage=self.triage,
            shelf=self.shelf,
            channels=world.channels,
            networks=self.networks,
            purse=self.purse,
        )
        self.reply_book = ReplyBook(clock=clock, ids=ids, replies=self.saved_replies)
        self.answer_times = AnswerTimes(inbox=self.inbox)
        self.totals = Totals(snapshots=self.snapshots, rollups=self.rollups)
        self.entering = Entering(
            clock=clock,
            meters=self.meters,
            snapshots=self.snapshots,
            totals=self.totals,
            channels=world.channels,
            workspaces=world.workspaces,
        )
        self.reports = Reports(rollups=self.rollups)
        self.shortening = Shortening(
            clock=clock, ids=ids, links=self.links, public_url=world.settings.public_url
        )
        self.link_book = LinkBook(clock=clock, links=self.links)
