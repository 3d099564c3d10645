"""What people do with watches and sources: set up, try, pause, part with."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, Ids, SourceId, WatchId, WorkspaceId
from chalicelib.listening import sources
from chalicelib.listening.matching import check
from chalicelib.listening.ports import Sources, Watches
from chalicelib.listening.sources import Source, SourceKind, SourceStatus
from chalicelib.listening.watches import MAX_WATCHES, Query, Watch, WatchKind
from chalicelib.publishing.paid_reading import CAP_TOO_LOW, OVER_CAP
from chalicelib.publishing.ports import Message, Queue, Stale, StoreUnclear
from chalicelib.publishing.refusals import Busy, Fault, Invalid, NotFound
from chalicelib.workspaces.channels import Channel

MAX_SOURCES = 100
"""Of one firm, its channels aside."""
MAX_NAME = 80
MAX_WORDS = 100
TRIES = 3
FEED = "feed"
"""The network of feeds, as mentions name it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """A source as a person asks for it; the address of a feed has been looked at already."""

    kind: SourceKind
    label: str
    network: str = FEED
    channel: ChannelId | None = None
    """By whose account a network is searched, where no other server is named."""
    address: str = ""
    words: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchDraft:
    """A watch as a person hands it in."""

    name: str
    kind: WatchKind
    query: Query
    sources: tuple[Wanted, ...] = field(default=())
    """Those to be read for it, beside the firm's channels, which always are."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watching:
    """Acts of people on watches and sources."""

    clock: Clock
    ids: Ids
    watches: Watches
    sources: Sources
    queue: Queue

    # Watches.

    def get(self, workspace: WorkspaceId, watch: WatchId) -> Watch:
        """Return a watch.

        Raises:
            NotFound: there is none in this firm.
        """
        found = self.watches.get(workspace, watch)
        if found is None:
            raise NotFound(watch)
        return found

    def create(
        self, workspace: WorkspaceId, draft: WatchDraft, *, watch: WatchId | None = None
    ) -> Watch:
        """Store a watch and begin to read its sources.

        Given the id of an earlier try, what that try stored is returned, its sources completed.

        Raises:
            Invalid: with every fault of the draft.
            Busy: the store didn't answer; the same may be sent again.
        """
        self._check(draft)
        if len(self.watches.of(workspace)) >= MAX_WATCHES:
            raise Invalid([Fault("", "too-many-watches", {"max": MAX_WATCHES})])
        identity = watch or WatchId(self.ids.new())
        new = Watch(
            workspace=workspace,
            id=identity,
            name=draft.name.strip(),
            kind=draft.kind,
            query=draft.query,
            created_at=self.clock.now(),
        )
        try:
            made = self.watches.put(None, new)
        except Stale:
            made = self.get(workspace, identity)  # an earlier try of the same request
        except StoreUnclear as error:
            raise Busy from error
        self._follow(made, draft.sources)
        return made

    def edit(self, workspace: WorkspaceId, watch: WatchId, draft: WatchDraft) -> Watch:
        """Change a watch; sources left out are no longer read, new ones are.

        Raises:
            Invalid: with every fault of the draft.
            NotFound: there is none in this firm.
            Busy: others changed it each time, or the store didn't answer.
        """
        self._check(draft)
        for _ in range(TRIES):
            stands = self.get(workspace, watch)
            after = replace(stands, name=draft.name.strip(), kind=draft.kind, query=draft.query)
            try:
                changed = self.watches.put(stands, after)
            except Stale:
                continue
            except StoreUnclear as error:
                raise Busy from error
            self._follow(changed, draft.sources)
            return changed
        raise Busy

    def delete(self, workspace: WorkspaceId, watch: WatchId) -> None:
        """Part with a watch and its sources; what they told stays in the inbox."""
        stands = self.get(workspace, watch)
        for source in self._of(stands):
            self.sources.delete(source)
        self.watches.delete(stands)

    # Sources.

    def source(self, workspace: WorkspaceId, source: SourceId) -> Source:
        """Return a source.

        Raises:
            NotFound: there is none in this firm.
        """
        found = self.sources.get(workspace, source)
        if found is None:
            raise NotFound(source)
        return found

    def pause(self, workspace: WorkspaceId, source: SourceId) -> Source:
        """Read a source no more, until it is resumed."""
        now = self.clock.now()
        return self._change(
            workspace, source, lambda s: sources.stopped(s, SourceStatus.PAUSED, now, "")
        )

    def resume(self, workspace: WorkspaceId, source: SourceId) -> Source:
        """Read a source again, at once."""
        now = self.clock.now()
        after = self._change(workspace, source, lambda s: sources.resumed(s, now))
        self._announce([after])
        return after

    def cap_raised(self, workspace: WorkspaceId) -> None:
        """Read at once what the firm's cap left no room for; best effort, a day looks again."""
        now, read = self.clock.now(), list[Source]()
        for source in self.sources.of(workspace):
            if source.status is SourceStatus.ACTIVE and source.reason in {OVER_CAP, CAP_TOO_LOW}:
                with suppress(Stale, StoreUnclear):
                    read.append(self.sources.put(source, replace(source, due_at=now)))
        self._announce(read)

    def connected(self, channel: Channel) -> None:
        """Read what is said on a channel from now on; repeatable, also after a reconnection.

        What was searched for through its account, and waited for it, is read on too.
        It is called before the channel itself is stored: a crash between leaves a source
        that is taken away when its channel doesn't appear.
        """
        identity = SourceId(channel.id)
        now = self.clock.now()
        stands = self.sources.get(channel.workspace, identity)
        if stands is None:
            new = Source(
                workspace=channel.workspace,
                id=identity,
                kind=SourceKind.CHANNEL,
                label=channel.name,
                network=channel.network,
                channel=channel.id,
                due_at=now,
                created_at=now,
            )
            self.sources.put(None, new)
        through_it = (s for s in self.sources.of(channel.workspace) if s.channel == channel.id)
        waiting = [s for s in through_it if s.status is SourceStatus.BLOCKED]
        self._announce([self.sources.put(s, sources.resumed(s, now)) for s in waiting])

    # How they are kept.

    def _follow(self, watch: Watch, wanted: Sequence[Wanted]) -> None:
        """Read exactly the wanted sources for a watch."""
        stands = {_place(s.kind, s.address, s.words, s.network): s for s in self._of(watch)}
        asked = {_place(w.kind, w.address, w.words, w.network): w for w in wanted}
        for place in stands.keys() - asked.keys():
            self.sources.delete(stands[place])
        now = self.clock.now()
        made = []
        for place in asked.keys() - stands.keys():
            want = asked[place]
            new = Source(
                workspace=watch.workspace,
                id=SourceId(self.ids.new()),
                kind=want.kind,
                label=want.label.strip() or want.words or want.address,
                network=want.network,
                channel=None if want.address else want.channel,
                address=want.address,
                words=want.words.strip().lstrip("#") if want.kind is SourceKind.TAG else want.words,
                watch=watch.id,
                due_at=now,
                created_at=now,
            )
            made.append(self.sources.put(None, new))
        self._announce(made)

    def _of(self, watch: Watch) -> list[Source]:
        return [s for s in self.sources.of(watch.workspace) if s.watch == watch.id]

    def _change(
        self, workspace: WorkspaceId, source: SourceId, change: Callable[[Source], Source]
    ) -> Source:
        for _ in range(TRIES):
            stands = self.source(workspace, source)
            try:
                return self.sources.put(stands, change(stands))
            except Stale:
                continue
            except StoreUnclear as error:
                raise Busy from error
        raise Busy

    def _announce(self, made: Sequence[Source]) -> None:
        self.queue.send([Message(s.workspace, s.id, kind="source") for s in made])

    def _check(self, draft: WatchDraft) -> None:
        faults = [replace(f, pointer=f"/query{f.pointer}") for f in check(draft.query)]
        if not draft.name.strip() or len(draft.name) > MAX_NAME:
            faults.append(Fault("/name", "name-length", {"max": MAX_NAME}))
        if len(draft.sources) > MAX_SOURCES:
            faults.append(Fault("/sources", "too-many-sources", {"max": MAX_SOURCES}))
        for n, wanted in enumerate(draft.sources):
            faults += _faults(n, wanted)
        if faults:
            raise Invalid(faults)


def _place(kind: SourceKind, address: str, words: str, network: str) -> tuple[str, ...]:
    """Return what makes a source of a watch another one than its others."""
    return (kind, network, address, words.casefold().lstrip("#"))


def _faults(n: int, wanted: Wanted) -> list[Fault]:
    at = f"/sources/{n}"
    if wanted.kind is SourceKind.CHANNEL:
        return [Fault(f"{at}/kind", "channels-are-always-read")]
    if wanted.kind is SourceKind.FEED and not wanted.address:
        return [Fault(f"{at}/address", "address-missing")]
    is_worded = wanted.kind in {SourceKind.TAG, SourceKind.SEARCH}
    if is_worded and not 2 <= len(wanted.words.strip().lstrip("#")) <= MAX_WORDS:
        return [Fault(f"{at}/words", "words-length", {"min": 2, "max": MAX_WORDS})]
    return []
