"""Recognises an entry of a feed, however the feed changes around it.

What an entry is: its link, without fragment and campaign parameters, if no other entry of the
document has it; else the feed's own id for it, if no other has it; else what it says.

Beside that four marks of each entry are kept until the next reading: its identity, the feed's
id with its title, all that it says with its date, and its text alone. An entry that one of the
first three is known of has been told. So ids or links that are new at each reading double
nothing; nor does a link that another entry begins to share.
"""

from __future__ import annotations

import base64
import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Self
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from chalicelib.networks.feed_documents import Entry

MAX_ENTRIES = 100
"""Of one reading, the newest."""
_DIGEST = 6
"""Characters of a mark: 36 bits, one false alarm in 10⁸ entries."""
_TELLING = 40
"""Characters from which no two entries without a date say the same by accident."""
_TRACKING = frozenset(
    "fbclid gclid dclid msclkid mc_cid mc_eid igshid xtor yclid _hsenc _hsmi".split()  # noqa: SIM905
)


@dataclass(frozen=True, slots=True)
class Known:
    """The marks of what was told."""

    identities: frozenset[str] = frozenset()
    guids: frozenset[str] = frozenset()
    contents: frozenset[str] = frozenset()
    texts: frozenset[str] = frozenset()

    @classmethod
    def read(cls, written: str) -> Self:
        """Return the marks that a text holds."""
        marks = [written[n : n + _DIGEST] for n in range(0, len(written), _DIGEST)]
        return cls(*(frozenset(marks[n::4]) for n in range(4)))


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognised:
    """An entry, and what it is recognised by."""

    entry: Entry
    identity: str
    guid: str
    content: str
    is_distinct: bool
    """Another entry that says the same is the same one."""

    @property
    def marks(self) -> tuple[str, str, str, str]:
        """What is kept of it; see ``Known``."""
        text = digest(self.entry.title + "\n" + self.entry.text)
        return digest(self.identity), digest(self.guid), digest(self.content), text

    def is_news(self, known: Known) -> bool:
        """Say whether it must be told: it is new, or was edited."""
        identity, guid, content, text = self.marks
        if identity in known.identities:
            # What has no date is dated when it is read: again, it would be later each time.
            return self.entry.said_at is not None and text not in known.texts
        return not (guid in known.guids or (self.is_distinct and content in known.contents))


def recognised(entries: Iterable[Entry], address: str, now: datetime) -> list[Recognised]:
    """Return the newest entries of a document, each once, with what they are recognised by.

    Args:
        entries: As the feed has them.
        address: Of the feed: its own ids mean nothing elsewhere.
        now: The time of what has none.
    """
    once = list({(canonical_link(e.link), content_of(e)): e for e in entries}.values())
    links = _distinct([_own_link(entry.link) for entry in once])
    guids = _distinct([entry.guid for entry in once])
    contents = _distinct([content_of(entry) for entry in once])
    told: dict[str, Recognised] = {}
    for number, entry in enumerate(once):
        content = content_of(entry)
        own_id = _global(guids[number], address) or f"{address}#{digest(content)}"
        identity = links[number] or own_id
        is_telling = len(entry.title + entry.text) >= _TELLING or entry.said_at is not None
        told.setdefault(
            identity,
            Recognised(
                entry=entry,
                identity=identity,
                # A feed may give all that it ever tells the same id.
                guid=f"{guids[number]}\n{entry.title}" if guids[number] else identity,
                content=content,
                is_distinct=bool(contents[number]) and (is_telling or not links[number]),
            ),
        )
    by_age = sorted(told.values(), key=lambda r: r.entry.said_at or now, reverse=True)
    return by_age[:MAX_ENTRIES]


def canonical_link(link: str) -> str:
    """Return a link as it is compared: without what doesn't change where it leads."""
    try:
        parts = urlsplit(link)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return link
    shown_port = "" if port in {None, 80, 443} else f":{port}"
    query = [
        (name, value)
        for name, value in parse_qsl(parts.query, keep_blank_values=True)
        if not (name.lower().startswith("utm_") or name.lower() in _TRACKING)
    ]
    place = host.removeprefix("www.") + shown_port
    return urlunsplit(("https", place, parts.path.rstrip("/"), urlencode(query), ""))


def content_of(entry: Entry) -> str:
    """Return all that an entry says, and when."""
    said_at = entry.said_at.isoformat() if entry.said_at else ""
    return "\n".join((entry.title, said_at, entry.text))


def digest(text: str) -> str:
    """Return a mark of a text: a few characters."""
    raw = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return base64.urlsafe_b64encode(raw).decode()[:_DIGEST]


def _distinct(values: Sequence[str]) -> list[str]:
    """Return the values, those that aren't alone of their kind emptied."""
    times = Counter(values)
    return [value if times[value] == 1 else "" for value in values]


def _own_link(link: str) -> str:
    """Return an entry's link if it can be its own: the site's first page is nobody's."""
    canonical = canonical_link(link) if link else ""
    parts = urlsplit(canonical)
    return canonical if parts.path or parts.query else ""


def _global(guid: str, address: str) -> str:
    """Return the feed's id for an entry so that no other feed has the same."""
    if not guid or guid.startswith(("urn:", "tag:")):
        return guid
    return canonical_link(guid) if "://" in guid else f"{address}#{guid}"
