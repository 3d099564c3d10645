"""The lists that inbox items stand in: a row of its own for each list that holds one.

    W#<ws>#M           <mention id>          the item
    W#<ws>#F#<list>    <ms>#<mention id>     its place in a list, the newest last
    W#<ws>#S#<letters> <ms>#<mention id>     its words that begin with these three letters
    W#<ws>#C           -                     how many are open and unread

A row says nothing that the item doesn't: what leads nowhere, or to an item that doesn't
belong there (any more), is skipped by who reads. So only the lists that tell how far an item
is must change with it in one transaction; all others may be written before it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from datetime import date

from chalicelib.ids import MentionId, WorkspaceId
from chalicelib.inbox.facets import WordsOf, person_of, searched
from chalicelib.inbox.items import KEPT, InboxItem
from chalicelib.inbox.ports import Filter
from chalicelib.listening.mentions import Mention, thread_of
from chalicelib.store.expiry import expires
from chalicelib.store.items import Item
from chalicelib.store.keys import ALONE, Key, firm, ms, part
from chalicelib.store.tables import PARTITION, SORT

LETTERS = 3
"""Of a word, by which its row is found. Shorter ones are looked for in the items themselves:
so few letters begin a word of almost any text."""
WORDS = "w"
"""What the row of a word holds: all the item's words with those letters."""
ALL = "all"
UNREAD_LIST = "unread"


@dataclass(frozen=True, slots=True)
class Place:
    """One row: an item's place in a list."""

    partition: str
    position: str
    words: str = ""

    @property
    def key(self) -> Key:
        """The key of the row."""
        return self.partition, self.position


def item_key(workspace: WorkspaceId, mention: MentionId) -> Key:
    """Return the key of an inbox item."""
    return f"{firm(workspace)}#M", part(mention)


def counts_key(workspace: WorkspaceId) -> Key:
    """Return the key of a firm's counts."""
    return f"{firm(workspace)}#C", ALONE


def snooze_key(workspace: WorkspaceId, mention: MentionId) -> Key:
    """Return the key, in ``core``, of what wakes an item."""
    return firm(workspace), f"SN#{part(mention)}"


def parting_key(workspace: WorkspaceId, mention: MentionId) -> Key:
    """Return the key, in ``core``, of what takes an item away for its network's terms."""
    return firm(workspace), f"PT#{part(mention)}"


def ending_key(workspace: WorkspaceId, day: date) -> Key:
    """Return the key, in ``core``, of what ends a day of the inbox."""
    return firm(workspace), f"IN#{day.isoformat()}"


def position_of(mention: Mention) -> str:
    """Return where an item stands in every list that holds it."""
    return f"{ms(mention.at)}#{part(mention.id)}"


def listed(workspace: WorkspaceId, facet: str, value: str = "") -> str:
    """Return the partition of a list; a value of whatever length and letters names one."""
    return f"{firm(workspace)}#F#{facet}" + (f"={part(value)}" if value else "")


def spelled(workspace: WorkspaceId, word: str) -> str:
    """Return the partition of the words that begin like this one."""
    return f"{firm(workspace)}#S#{part(word[:LETTERS])}"


def standing(item: InboxItem | None, words_of: WordsOf) -> frozenset[Place]:
    """Return the places that only the mention itself decides."""
    if item is None:
        return frozenset()
    mention, position = item.mention, position_of(item.mention)
    of_words = _by_letters(item.workspace, words_of(searched(mention)))
    return frozenset(
        [
            *(Place(partition, position) for partition in _lists_of(mention)),
            *(Place(partition, position, words) for partition, words in of_words),
        ]
    )


def moving(item: InboxItem | None) -> frozenset[Place]:
    """Return the places that triage decides."""
    if item is None:
        return frozenset()
    firm_of, position = item.workspace, position_of(item.mention)
    lists = [listed(firm_of, "state", item.state)]
    lists += [listed(firm_of, "label", label) for label in item.labels]
    if item.is_unread:
        lists.append(listed(firm_of, UNREAD_LIST))
    if item.assignee is not None:
        lists.append(listed(firm_of, "assignee", item.assignee))
    return frozenset(Place(partition, position) for partition in lists)


def keys_of(places: AbstractSet[Place]) -> frozenset[Key]:
    """Return the keys of these rows."""
    return frozenset(place.key for place in places)


def to_row(place: Place, mention: Mention) -> Item:
    """Return the row of a mention's place; it goes when the mention does."""
    row = {
        PARTITION: place.partition,
        SORT: place.position,
        **expires(mention.at + (mention.keeps or KEPT)),
    }
    return {**row, WORDS: place.words} if place.words else row


def says(row: Item, term: str) -> bool:
    """Say whether a row holds a word that begins so; any row holds the empty one."""
    return not term or any(word.startswith(term) for word in row[WORDS].split())


def lists_for(workspace: WorkspaceId, wanted: Filter, words_of: WordsOf) -> list[tuple[str, str]]:
    """Return the lists whose common rows are wanted: partition, and how a word must begin."""
    facets = {
        "state": wanted.state,
        "assignee": wanted.assignee,
        "label": wanted.label,
        "network": wanted.network,
        "channel": wanted.channel,
        "source": wanted.source,
        "watch": wanted.watch,
        "kind": wanted.kind,
        "person": wanted.person,
        "thread": wanted.thread,
    }
    lists = [(listed(workspace, name, value), "") for name, value in facets.items() if value]
    if wanted.is_unread:
        lists.append((listed(workspace, UNREAD_LIST), ""))
    terms = [term for term in words_of(wanted.words) if len(term) >= LETTERS]
    lists += [(spelled(workspace, term), term) for term in terms]
    return lists or [(listed(workspace, ALL), "")]


def _lists_of(mention: Mention) -> Iterator[str]:
    values = {
        "network": mention.network,
        "channel": mention.channel,
        "source": mention.source,
        "kind": mention.heard.kind,
        "person": person_of(mention),
        "thread": thread_of(mention),
    }
    yield listed(mention.workspace, ALL)
    yield from (listed(mention.workspace, name, value) for name, value in values.items() if value)
    yield from (listed(mention.workspace, "watch", watch) for watch in mention.watches)


def _by_letters(workspace: WorkspaceId, words: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Yield the partitions of these words, each with those that stand there."""
    of: defaultdict[str, list[str]] = defaultdict(list)
    for word in words:
        if len(word) >= LETTERS:
            of[spelled(workspace, word)].append(word)
    yield from ((partition, " ".join(sorted(found))) for partition, found in of.items())
