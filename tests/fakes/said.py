"""What is said of a firm, as tests know it: mentions and the items they become."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.ids import ChannelId, SourceId
from chalicelib.inbox.items import InboxItem
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind, mention_id
from tests.fakes.clocks import START
from tests.fakes.firm import FIRM

CAMILLE = Author("https://social.example/@camille", "Camille Dupont", "@camille@social.example")
NETWORK = "mastodon"


def heard(n: int = 1, *, at: datetime = START, **changes: Any) -> Heard:
    """Return the nth thing that was said, n minutes before ``at``."""
    identity = f"https://social.example/@camille/{n:06}"
    typical = Heard(
        identity=identity,
        kind=MentionKind.REPLY,
        remote_id=f"{n:06}",
        url=identity,
        author=CAMILLE,
        text="La galette était délicieuse, merci ! Ouvrez-vous dimanche matin ?",
        language="fr",
        said_at=at - timedelta(minutes=n),
        refs={"status": f"{n:06}"},
    )
    return replace(typical, **changes)


def mention(n: int = 1, *, at: datetime = START, **changes: Any) -> Mention:
    """Return the nth mention; fields of what was heard are changed there."""
    own = {name: changes.pop(name) for name in list(changes) if name in _OF_MENTION}
    said = heard(n, at=at, **changes)
    typical = Mention(
        workspace=FIRM,
        id=mention_id(NETWORK, said.identity),
        source=SourceId("mastodon-channel"),
        channel=ChannelId("on-mastodon"),
        network=NETWORK,
        heard=said,
        seen_at=at,
    )
    return replace(typical, **own)


def an_item(n: int = 1, *, at: datetime = START, **changes: Any) -> InboxItem:
    """Return the item that the nth mention becomes, new to the store; changed as triage would."""
    own = {name: changes.pop(name) for name in list(changes) if name in _OF_ITEM}
    return InboxItem(mention=mention(n, at=at, **changes), **own)


_OF_MENTION = {
    "workspace",
    "id",
    "source",
    "channel",
    "network",
    "seen_at",
    "deleted_at",
    "watches",
    "keeps",
}
_OF_ITEM = {
    "state",
    "is_unread",
    "assignee",
    "labels",
    "snoozed_until",
    "notes",
    "answers",
    "answered_at",
}
