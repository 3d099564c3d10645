"""What people look at: posts in lists, counts and kits while writing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content, Post
from chalicelib.workspaces.channels import Channel


@dataclass(frozen=True, slots=True)
class Row:
    """A post as a list shows it, with its deliveries."""

    post: Post
    deliveries: Sequence[Delivery]


@dataclass(frozen=True, slots=True)
class Rows:
    """Some posts of a list; ``after`` is where the next ones begin, None at the end."""

    rows: Sequence[Row]
    after: str | None = None


class PostLists(Protocol):
    """Lists of posts, each by one index query and one batch read; deleted ones left out."""

    def between(
        self, workspace: WorkspaceId, start: datetime, end: datetime, after: str | None, limit: int
    ) -> Rows:
        """Return the posts planned in ``[start, end)`` by time; ``after`` as a list gave it."""
        ...

    def waiting(self, workspace: WorkspaceId) -> Sequence[Row]:
        """Return what waits for a person: each row a post and the deliveries of it that wait."""
        ...

    def drafts(self, workspace: WorkspaceId, after: str | None, limit: int) -> Rows:
        """Return the drafts, with and without a time, the last changed first."""
        ...

    def last_published(
        self, workspace: WorkspaceId, until: datetime
    ) -> Mapping[ChannelId, datetime]:
        """Return when each channel was last published on, as far back as a page of the list.

        A channel that isn't in it has published nothing lately.
        """
        ...


@dataclass(frozen=True, slots=True)
class Count:
    """How much of one limit a text uses, in the network's own counting."""

    unit: str
    count: int
    maximum: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """What a person pastes by hand into a network that is used without its API."""

    title: str
    """Empty where the network has no field for it."""
    text: str
    over_by: int
    """How much the text is over that network's limit; 0: it fits."""
    composer_url: str
    """The network's own page for writing; empty where it has none."""
    network_label: str


class Counting(Protocol):
    """What networks would make of a content, asked while it is written."""

    def counts(self, channel: Channel, content: Content) -> Sequence[Count]:
        """Return the use of each text limit of this channel."""
        ...

    def charge(self, channel: Channel, content: Content) -> int | None:
        """Return what publishing it there costs, in millionths of a US dollar; None: nothing."""
        ...

    def kit(self, channel: Channel, content: Content, language: str) -> Kit | None:
        """Return what to paste, for a channel without an API; None for others."""
        ...
