"""By what an inbox item is found: whether a list is to hold it, and what is counted of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.listening.mentions import Mention, thread_of

WordsOf = Callable[[str], Sequence[str]]
"""Takes a text apart: its words, folded and lower case, each once (``listening.matching``)."""

OPEN = "open"
UNREAD = "unread"
ASSIGNED = "o:"
"""Begins what is counted for a member; her id follows."""


def person_of(mention: Mention) -> str:
    """Return by what its author is known over all mentions; empty if the network doesn't say."""
    author = mention.heard.author.remote_id
    return f"{mention.network}:{author}" if author else ""


def searched(mention: Mention) -> str:
    """Return what is searched of a mention; the author's name first, a long text is cut."""
    heard = mention.heard
    return " ".join((heard.author.name, heard.title, heard.text))


def tally(item: InboxItem | None) -> dict[str, int]:
    """Return what an item adds to the counts of its firm."""
    if item is None:
        return {}
    counted = {UNREAD: 1} if item.is_unread else {}
    if item.state is InboxState.OPEN:
        counted[OPEN] = 1
        if item.assignee is not None:
            counted[f"{ASSIGNED}{item.assignee}"] = 1
    return counted


def fits(item: InboxItem, wanted: Filter, words_of: WordsOf) -> bool:
    """Say whether a list that is asked for so holds this item."""
    mention = item.mention
    asked = (
        (wanted.state, item.state),
        (wanted.assignee, item.assignee),
        (wanted.network, mention.network),
        (wanted.channel, mention.channel),
        (wanted.source, mention.source),
        (wanted.kind, mention.heard.kind),
        (wanted.person, person_of(mention)),
        (wanted.thread, thread_of(mention)),
    )
    if any(want and want != has for want, has in asked):
        return False
    if wanted.is_unread and not item.is_unread:
        return False
    if wanted.label and wanted.label not in item.labels:
        return False
    if wanted.watch and wanted.watch not in mention.watches:
        return False
    return _says(mention, words_of(wanted.words), words_of)


def _says(mention: Mention, terms: Sequence[str], words_of: WordsOf) -> bool:
    if not terms:
        return True
    words = words_of(searched(mention))
    return all(any(word.startswith(term) for word in words) for term in terms)
