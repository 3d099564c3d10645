"""What a watch would have found, before it is saved: its sources are read, nothing is kept."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.clock import Clock, Stopwatch
from chalicelib.ids import MentionId, SourceId, WorkspaceId
from chalicelib.listening.matching import check
from chalicelib.listening.mentions import Mention
from chalicelib.listening.ports import Firms, Readers, SourceGone, Unreadable
from chalicelib.listening.reading import mention_of, reason_of
from chalicelib.listening.sources import Source
from chalicelib.listening.trying import TRIED_OVER, Trial, try_out
from chalicelib.listening.watches import Query
from chalicelib.listening.watching import Wanted
from chalicelib.publishing.outcomes import NetworkError
from chalicelib.publishing.refusals import Fault, Invalid

MAX_LOOKED = 10
"""Sources that are read at one go: somebody waits."""
MAX_BATCHES = 2
LOOKS_WITHIN = timedelta(seconds=15)
"""No further part is read after this: the API answers within 29 s, and one part may take 10."""
MAX_KEPT = 100
"""Of what is in the inbox already, the newest are looked at too: what channels tell is there."""
MAX_OTHERS = 5


class Lately(Protocol):
    """What was said of a firm already."""

    def said_since(self, workspace: WorkspaceId, since: datetime, limit: int) -> Sequence[Mention]:
        """Return what was said since then, the newest first."""
        ...


@dataclass(frozen=True, slots=True)
class Unheard:
    """A source that couldn't be read, or not wholly; ``reason`` is a stable word."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look came to."""

    trial: Trial
    others: tuple[Mention, ...]
    """Some of the newest that don't match."""
    unheard: tuple[Unheard, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Looking:
    """Tries watches."""

    clock: Clock
    readers: Readers
    firms: Firms
    lately: Lately

    def look(self, workspace: WorkspaceId, query: Query, wanted: Sequence[Wanted]) -> Looked:
        """Return what a query finds in what these sources, and the inbox, say of the last week.

        Raises:
            Invalid: with every fault of the query, or there are too many sources.
        """
        faults = [Fault(f"/query{f.pointer}", f.code, f.params) for f in check(query)]
        if len(wanted) > MAX_LOOKED:
            faults.append(Fault("/sources", "too-many-sources", {"max": MAX_LOOKED}))
        if faults:
            raise Invalid(faults)
        now = self.clock.now()
        found = {m.id: m for m in self.lately.said_since(workspace, now - TRIED_OVER, MAX_KEPT)}
        unheard: list[Unheard] = []
        watch = Stopwatch(self.clock)
        for want in wanted:
            try:
                for mention in self._read(workspace, want, now, watch):
                    found.setdefault(mention.id, mention)
            except (Unreadable, SourceGone, NetworkError) as error:
                unheard.append(Unheard(_label(want), reason_of(error)))
        trial = try_out(query, found.values(), now)
        matching = {sample.mention.id for sample in trial.samples}
        # With more found than shown it isn't known here which of the rest match.
        is_all_shown = trial.found == len(matching)
        others = _newest(found.values(), matching, now) if is_all_shown else []
        return Looked(trial, tuple(others), tuple(unheard))

    def _read(
        self, workspace: WorkspaceId, want: Wanted, now: datetime, watch: Stopwatch
    ) -> Iterator[Mention]:
        if watch.elapsed() > LOOKS_WITHIN:
            raise Unreadable("no-time")
        source = Source(
            workspace=workspace,
            id=SourceId("tried"),
            kind=want.kind,
            label=_label(want),
            network=want.network,
            channel=want.channel,
            address=want.address,
            words=want.words,
            created_at=now,
        )
        channel = self.firms.channel(workspace, want.channel) if want.channel else None
        batches = self.readers.open(source, channel).read("", now - TRIED_OVER)
        for number, batch in enumerate(batches, 1):
            yield from (mention_of(source, heard, now) for heard in batch.heard)
            if number >= MAX_BATCHES or watch.elapsed() > LOOKS_WITHIN:
                return


def _label(want: Wanted) -> str:
    return want.label.strip() or want.words or want.address


def _newest(found: Iterable[Mention], matching: set[MentionId], now: datetime) -> list[Mention]:
    others = (m for m in found if m.id not in matching and now - TRIED_OVER <= m.at)
    return sorted(others, key=lambda m: (m.at, m.id), reverse=True)[:MAX_OTHERS]
