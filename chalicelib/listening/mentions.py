"""What the world said: comments, replies, mentions, reviews, messages and articles."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.ids import ChannelId, MentionId, SourceId, WatchId, WorkspaceId

NO_REFS: Mapping[str, str] = MappingProxyType({})
MAX_TEXT = 10_000
"""Characters of a mention that are kept: an article is read where it stands."""


class MentionKind(StrEnum):
    """In what form something was said."""

    COMMENT = "comment"
    """Under a post of ours, on our own ground (a blog)."""
    REPLY = "reply"
    """To a post of ours, in the author's own feed."""
    MENTION = "mention"
    """Names us, or matches a watch."""
    REVIEW = "review"
    MESSAGE = "message"
    ARTICLE = "article"


@dataclass(frozen=True, slots=True)
class Author:
    """Who said it, as their network shows them; nothing more is kept of a person."""

    remote_id: str
    """What the network knows them by (an address, a DID); empty: it doesn't say."""
    name: str
    handle: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """One thing as a source told it, before it is anybody's mention.

    ``identity`` is the same whichever source tells it and however often: a global address
    (ActivityPub id, AT URI, permalink), never an id that only one server knows.
    """

    identity: str
    kind: MentionKind
    remote_id: str
    """What the network's calls want (an answer, a like)."""
    url: str
    author: Author
    text: str
    """Plain text: markup is taken out by whoever read it."""
    title: str = ""
    language: str = ""
    """A BCP 47 tag, where the source says it."""
    said_at: datetime
    edited_at: datetime | None = None
    thread: str = ""
    """The identity of the conversation's first post; empty: it begins one."""
    answers_to: str = ""
    """The remote id of the post it answers; our own, where it answers us."""
    refs: Mapping[str, str] = field(default_factory=lambda: NO_REFS)
    """What an answer to it needs, in the network's own names."""
    rating: int | None = None
    """Stars of a review, 1 to 5."""
    replied_at: datetime | None = None
    """When the firm answered it there, by whatever means; None: not yet, or it isn't told."""
    waits: bool = False
    """It isn't public yet: the firm must let it through (a comment held for moderation)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """One thing that was said of or to a firm: kept once, whoever tells it and how often."""

    workspace: WorkspaceId
    id: MentionId
    source: SourceId
    """The one that told it first."""
    channel: ChannelId | None
    """Where it can be answered; None: nowhere by Relais."""
    network: str
    heard: Heard
    seen_at: datetime
    """When it was first read."""
    deleted_at: datetime | None = None
    """When it was seen to be gone at its source."""
    watches: tuple[WatchId, ...] = ()
    """Those that it matches."""
    keeps: timedelta | None = None
    """How long its network's terms let it be kept; None: they don't say."""

    @property
    def at(self) -> datetime:
        """Where it stands in time: when it was said, but never in the future."""
        return min(self.heard.said_at, self.seen_at)


def mention_id(network: str, identity: str) -> MentionId:
    """Return the one id that a thing has in a firm: 20 characters of a-z and 2-7."""
    digest = hashlib.sha256(f"{network}\n{identity}".encode()).digest()
    return MentionId(base64.b32encode(digest[:13]).decode().lower()[:20])


def thread_of(mention: Mention) -> str:
    """Return the identity of the conversation it is part of."""
    return mention.heard.thread or mention.heard.identity
