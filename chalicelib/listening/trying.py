"""What a watch would have found lately: tried before it is saved."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from heapq import nlargest

from chalicelib.listening.matching import matched_terms
from chalicelib.listening.mentions import Mention
from chalicelib.listening.watches import Query

TRIED_OVER = timedelta(days=7)
MAX_SAMPLES = 10


@dataclass(frozen=True, slots=True)
class Sample:
    """One mention that would have been found, and by which terms."""

    mention: Mention
    terms: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """What a query finds in what was heard over the last seven days."""

    looked_at: int
    """Mentions of that time: of these, ``found`` match."""
    found: int
    by_term: Mapping[str, int]
    """How many each term is the reason for (one or several); 0: it found nothing."""
    samples: tuple[Sample, ...]
    """The newest, the newest first."""


def try_out(query: Query, mentions: Iterable[Mention], now: datetime) -> Trial:
    """Return what a query finds in these mentions: older ones, and deleted ones, don't count."""
    since = now - TRIED_OVER
    looked_at = 0
    found: list[Sample] = []
    by_term = Counter(dict.fromkeys((*query.all, *query.any), 0))
    for mention in mentions:
        if mention.deleted_at is not None or not since <= mention.at <= now:
            continue
        looked_at += 1
        heard = mention.heard
        if terms := matched_terms(query, heard.title, heard.text, heard.author.name):
            by_term.update(terms)
            found.append(Sample(mention, terms))
    newest = nlargest(MAX_SAMPLES, found, key=lambda s: (s.mention.at, s.mention.id))
    return Trial(looked_at, len(found), dict(by_term), tuple(newest))
