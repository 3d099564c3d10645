"""One reading of a source: what is heard is kept before the cursor moves.

Whatever dies, repeats or comes in another order, what was told is kept once: a mention has
the same id whoever tells it, and a part whose cursor wasn't stored is read again. One
worker at a time reads a source, by its lease; one that was frozen finds its write refused.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.clock import Clock, Stopwatch
from chalicelib.ids import SourceId, WorkspaceId
from chalicelib.listening import sources
from chalicelib.listening.matching import matches
from chalicelib.listening.mentions import Heard, Mention
from chalicelib.listening.ports import (
    Batch,
    Firms,
    NothingToRead,
    Reader,
    Readers,
    Shelf,
    SourceGone,
    Sources,
    Unreadable,
    Watches,
)
from chalicelib.listening.reading import GONE, REFUSED, mention_of, reason_of
from chalicelib.listening.sources import READ_BACK, NotDue, Source, SourceKind, SourceStatus
from chalicelib.listening.watches import Watch
from chalicelib.publishing import outcomes
from chalicelib.publishing.paid_reading import OverCap, ReadingPrice, ReadingPurse, paid
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.schedule import zone_of
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Workspace

MAX_BATCHES = 20
"""Of one reading: the rest is read by the next one, at once."""
READ_WITHIN = timedelta(seconds=30)
"""A reading begins no further batch after this, of the 60 s that the function lives."""
LOOK_AGAIN = timedelta(hours=6)
"""How often what a source told lately is looked at for edits and deletions."""
LOOK_BACK = timedelta(days=7)
LOOK_AT = 100
"""Mentions of a source that are looked at again, the newest."""
SETTLING = timedelta(minutes=10)
"""A source stands before its channel does: that one isn't there yet, not gone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Poller:
    """Reads sources that are due."""

    clock: Clock
    sources: Sources
    watches: Watches
    shelf: Shelf
    firms: Firms
    readers: Readers
    keeps: Callable[[str], timedelta | None]
    """Says how long a network's terms let what is heard there be kept; None: for good."""
    price: Callable[[str], ReadingPrice | None]
    """Says what a network asks for what it tells; None: nothing."""
    purse: ReadingPurse
    on_failure: Callable[[Source, Exception], None]
    """Is told of an error that isn't one of a network: a fault of ours, or of the mail."""

    def poll(self, workspace: WorkspaceId, source_id: SourceId) -> None:
        """Read a source once; a no-op if it isn't due, or somebody else reads it."""
        source = self.sources.get(workspace, source_id)
        if source is None:
            return
        try:
            claimed = self.sources.put(source, sources.claim(source, self.clock.now()))
            _Reading(self, claimed).run()
        except (NotDue, Stale, StoreUnclear):
            return  # whoever changed it goes on, or its lease ends and a tick finds it


class _Reading:
    """One reading of a source that this worker has claimed."""

    def __init__(self, poller: Poller, source: Source) -> None:
        self._poller = poller
        self._now = poller.clock.now
        self._source = source
        self._price = poller.price(source.network)
        self._about = f"read.{source.id}.{source.rev}"
        """What this reading is set aside for: each claim has a rev of its own."""

    def run(self) -> None:
        """Read it, or note why it can't be read."""
        source = self._source
        channel = None
        if source.channel is not None:
            channel = self._poller.firms.channel(source.workspace, source.channel)
            if self._is_stopped_by(channel):
                return
        firm = self._poller.firms.workspace(source.workspace)
        if firm is None:
            self._poller.sources.delete(source)
            return
        try:
            self._walk(self._poller.readers.open(source, channel), firm)
        except (Stale, StoreUnclear):
            raise
        except OverCap as error:
            zone = zone_of(firm.zone)
            self._write(sources.over_cap(self._source, self._now(), zone, str(error)))
        except outcomes.AuthExpired as error:
            self._refused(error, channel)
        except Exception as error:  # noqa: BLE001 - a source that breaks is said, and read again
            self._write(self._failure(error))

    def _write(self, after: Source) -> None:
        self._source = self._poller.sources.put(self._source, after)

    def _walk(self, reader: Reader, firm: Workspace) -> None:
        watch = Stopwatch(self._poller.clock)
        known = self._poller.watches.of(firm.id)
        skipped = 0
        for number, batch in enumerate(self._parts(reader, firm), 1):
            skipped += batch.skipped
            self._store(batch, known)
            if batch.is_last:
                checked_at = self._look_again(reader, firm)
                done = replace(self._source, checked_at=checked_at)
                self._write(
                    sources.read(
                        done,
                        self._now(),
                        zone_of(firm.zone),
                        wait=batch.wait,
                        skipped=skipped,
                        price=self._price,
                    )
                )
                return
            if number >= MAX_BATCHES or watch.elapsed() > READ_WITHIN:
                break
        self._write(replace(self._source, due_at=self._now()))

    def _parts(self, reader: Reader, firm: Workspace) -> Iterator[Batch]:
        """Yield what is told, each part paid for before it is asked for."""
        most = self._price.part if self._price else 0
        batches = reader.read(self._source.cursor, self._now() - READ_BACK)
        for number in range(1, MAX_BATCHES + 1):
            with paid(self._poller.purse, firm, f"{self._about}.{number}", most, reader):
                batch = next(batches, None)
            if batch is None:
                return
            yield batch

    def _store(self, batch: Batch, known: Sequence[Watch]) -> None:
        """Keep what was told, then move the cursor past it; where nothing was, write nothing."""
        source = self._source
        if not batch.heard and batch.cursor == source.cursor and not batch.address:
            return
        heard = sum(self._keep(said, known) for said in batch.heard)
        on = sources.went_on(source, batch.cursor, heard, self._now())
        self._write(replace(on, address=batch.address or on.address))

    def _keep(self, heard: Heard, known: Sequence[Watch]) -> bool:
        """Keep what is for the firm; return whether it was new."""
        source = self._source
        matching = tuple(w.id for w in known if _matches(w, heard))
        if source.watch is not None and source.watch not in matching:
            return False
        keeps = self._poller.keeps(source.network)
        return self._poller.shelf.keep(mention_of(source, heard, self._now(), matching, keeps))

    def _look_again(self, reader: Reader, firm: Workspace) -> datetime:
        """Follow edits and deletions of what it told lately; return when that was last done."""
        source, now, price = self._source, self._now(), self._price
        every = price.looks if price else LOOK_AGAIN
        if source.checked_at is not None and now - source.checked_at < every:
            return source.checked_at
        told = self._poller.shelf.told_by(source.workspace, source.id, now - LOOK_BACK, LOOK_AT)
        most = price.look if price and told else 0
        try:
            with paid(self._poller.purse, firm, f"{self._about}.look", most, reader):
                self._follow(reader, told)
        except OverCap:  # what is new was read all the same
            return source.checked_at or source.created_at
        return now

    def _follow(self, reader: Reader, told: Sequence[Mention]) -> None:
        shelf, now = self._poller.shelf, self._now()
        of = {mention.id: mention for mention in told}
        for identity, heard in reader.look_again(told) if told else ():
            if heard is None:
                shelf.gone(self._source.workspace, identity, now)
            else:
                shelf.keep(replace(of[identity], heard=heard))

    # What stops it.

    def _is_stopped_by(self, channel: Channel | None) -> bool:
        """Say whether the channel can't be read, having noted what becomes of the source."""
        source, now = self._source, self._now()
        if channel is None and now - source.created_at < SETTLING:
            self._write(replace(source, due_at=now + SETTLING))
        elif channel is None or channel.status is ChannelStatus.DISCONNECTED:
            self._poller.sources.delete(source)
        elif channel.status is ChannelStatus.BROKEN:
            self._block(channel)
        else:
            return False
        return True

    def _block(self, channel: Channel) -> None:
        """Wait for the channel to be reconnected, once people know that it must be.

        It stays due until then: whatever dies on the way, people are told, and told once. A
        mail that fails is tried again, and keeps nothing from being read: nothing could be.
        """
        poller = self._poller
        self._write(sources.blocked(self._source, self._now()))
        try:
            poller.firms.tell_unheard(channel)
        except Exception as error:  # noqa: BLE001 - whatever it is, people are still to be told
            poller.on_failure(self._source, error)
            why, detail = self._source.reason, self._source.detail
            self._write(sources.failed(self._source, self._now(), why, detail))
            return
        stands = poller.firms.channel(channel.workspace, channel.id)
        if stands is not None and stands.status is ChannelStatus.BROKEN:
            self._write(sources.told(self._source))
        # Else it was reconnected meanwhile, or parted with: whoever finds it due reads on.

    def _failure(self, error: Exception) -> Source:
        source, now = self._source, self._now()
        match error:
            case NothingToRead():
                return sources.idle(source, now, error.reason)
            case SourceGone():
                return sources.stopped(source, SourceStatus.GONE, now, GONE)
            case outcomes.RateLimited():
                until, reason = error.reset_at, reason_of(error)
                return sources.failed(source, now, reason, error.detail, until=until)
            case Unreadable() | outcomes.NetworkError():
                return sources.failed(source, now, reason_of(error), error.detail)
        self._poller.on_failure(source, error)
        return sources.failed(source, now, "broken", type(error).__name__)

    def _refused(self, error: outcomes.AuthExpired, channel: Channel | None) -> None:
        """A network may refuse a good token once; twice, and the channel must be reconnected."""
        source, now = self._source, self._now()
        is_own = source.kind is SourceKind.CHANNEL
        if channel is None or not is_own or source.reason != REFUSED:
            self._write(sources.failed(source, now, REFUSED, error.detail))
            return
        self._is_stopped_by(self._poller.firms.refused(channel, error.detail, now))


def _matches(watch: Watch, heard: Heard) -> bool:
    return matches(watch.query, heard.title, heard.text, heard.author.name)
