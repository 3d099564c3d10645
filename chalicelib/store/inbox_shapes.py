"""What the items of the inbox hold: a mention and its triage, in one item."""

from __future__ import annotations

from chalicelib.inbox.items import Answering, InboxItem, InboxState, Note
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind
from chalicelib.store.codec import DURATION, FLAG, INSTANT, TEXT, WHOLE, WORDS, Record, row, word
from chalicelib.store.schema import Kind

_AUTHOR = Record(
    Author,
    {
        "remote_id": ("rid", TEXT),
        "name": ("name", TEXT),
        "handle": ("at", TEXT),
        "url": ("url", TEXT),
    },
)
_HEARD = Record(
    Heard,
    {
        "identity": ("id", TEXT),
        "kind": ("kind", word(MentionKind)),
        "remote_id": ("rid", TEXT),
        "url": ("url", TEXT),
        "author": ("who", _AUTHOR),
        "text": ("text", TEXT),
        "title": ("title", TEXT),
        "language": ("lang", TEXT),
        "said_at": ("said", INSTANT),
        "edited_at": ("edit", INSTANT),
        "thread": ("of", TEXT),
        "answers_to": ("to", TEXT),
        "refs": ("refs", WORDS),
        "rating": ("stars", WHOLE),
        "replied_at": ("reply", INSTANT),
        "waits": ("waits", FLAG),
    },
)
_MENTION = Record(
    Mention,
    {
        "workspace": ("ws", TEXT),
        "id": ("id", TEXT),
        "source": ("src", TEXT),
        "channel": ("chan", TEXT),
        "network": ("net", TEXT),
        "heard": ("heard", _HEARD),
        "seen_at": ("seen", INSTANT),
        "deleted_at": ("gone", INSTANT),
        "watches": ("watch", row(TEXT)),
        "keeps": ("keep", DURATION),
    },
    optional=frozenset({"channel"}),
)
_NOTE = Record(Note, {"by": ("by", TEXT), "at": ("at", INSTANT), "text": ("text", TEXT)})
_ANSWERING = Record(Answering, {"by": ("by", TEXT), "until": ("until", INSTANT)})

ITEM = Kind(
    name="inbox item",
    record=Record(
        InboxItem,
        {
            "mention": ("what", _MENTION),
            "state": ("st", word(InboxState)),
            "is_unread": ("new", FLAG),
            "assignee": ("for", TEXT),
            "labels": ("label", row(TEXT)),
            "snoozed_until": ("until", INSTANT),
            "notes": ("notes", row(_NOTE)),
            "answering": ("pen", _ANSWERING),
            "answers": ("sent", row(TEXT)),
            "answered_at": ("ans", INSTANT),
            "closed_at": ("shut", INSTANT),
            "closed_by": ("by", TEXT),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
        },
    ),
)
