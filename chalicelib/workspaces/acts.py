"""Acts: who did what in a firm, for whoever has to find out later."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.ids import MemberId, WorkspaceId


class Did(StrEnum):
    """What somebody did: a stable word."""

    SIGNED_IN = "signed-in"
    WORKSPACE_CHANGED = "workspace-changed"
    CHANNEL_CONNECTED = "channel-connected"
    CHANNEL_RENAMED = "channel-renamed"
    CHANNEL_PAUSED = "channel-paused"
    CHANNEL_RESUMED = "channel-resumed"
    CHANNEL_RECONNECTED = "channel-reconnected"
    CHANNEL_DISCONNECTED = "channel-disconnected"
    POST_CREATED = "post-created"
    POST_EDITED = "post-edited"
    POST_SCHEDULED = "post-scheduled"
    POST_MOVED = "post-moved"
    POST_CANCELLED = "post-cancelled"
    POST_DUPLICATED = "post-duplicated"
    POST_DELETED = "post-deleted"
    DELIVERY_DECIDED = "delivery-decided"
    WATCH_CREATED = "watch-created"
    WATCH_CHANGED = "watch-changed"
    WATCH_DELETED = "watch-deleted"
    SOURCE_PAUSED = "source-paused"
    SOURCE_RESUMED = "source-resumed"
    MENTION_ASSIGNED = "mention-assigned"
    MENTION_LABELLED = "mention-labelled"
    MENTION_NOTED = "mention-noted"
    MENTION_SNOOZED = "mention-snoozed"
    MENTION_CLOSED = "mention-closed"
    MENTIONS_CLOSED = "mentions-closed"
    MENTION_REOPENED = "mention-reopened"
    MENTION_ANSWERED = "mention-answered"
    MENTION_MODERATED = "mention-moderated"
    PERSON_ERASED = "person-erased"
    """Never whom: that is what was erased."""
    REPLY_SAVED = "reply-saved"
    REPLY_CHANGED = "reply-changed"
    REPLY_DELETED = "reply-deleted"
    FIGURES_ENTERED = "figures-entered"
    LINK_MADE = "link-made"
    KEY_MADE = "key-made"
    KEY_REVOKED = "key-revoked"


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One act: ids and stable words only, never a text that somebody wrote."""

    workspace: WorkspaceId
    at: datetime
    by: MemberId
    what: str
    """A word of ``Did``; one that a later version of the code noted may stand here too."""
    about: str = ""
    """The id of what it was done to."""
    by_key: str = ""
    """The id of the API key that it was done by; empty: by the person herself."""
