"""One request as a route sees it, and what it answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from pydantic import BaseModel

from chalicelib.api.services import Services
from chalicelib.api.words import Words
from chalicelib.ids import (
    ChannelId,
    DeliveryId,
    MediaId,
    MemberId,
    MentionId,
    PostId,
    SourceId,
    WatchId,
    WorkspaceId,
)
from chalicelib.workspaces.acts import Act
from chalicelib.workspaces.ports import ApiKey, WebSession
from chalicelib.workspaces.workspaces import Member, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Who asks: a person by her browser's cookie, or a machine by its key."""

    member: MemberId
    session: WebSession | None = None
    key: ApiKey | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Call:
    """One request, after everything that all routes check was checked."""

    services: Services
    now: datetime
    words: Words
    path: str
    """The route's pattern."""
    params: Mapping[str, str]
    headers: Mapping[str, str]
    address: str
    cookie: str | None
    """The session's token, if the browser sent one."""
    new_id: str
    """For what this request creates: the same again for the same idempotency key."""
    who: Identity | None = None
    in_workspace: Workspace | None = None
    as_member: Member | None = None

    @property
    def identity(self) -> Identity:
        """Who asks, on routes that need somebody."""
        assert self.who is not None
        return self.who

    @property
    def workspace(self) -> Workspace:
        """The firm, on routes of a firm."""
        assert self.in_workspace is not None
        return self.in_workspace

    @property
    def member(self) -> Member:
        """What the asker is in that firm."""
        assert self.as_member is not None
        return self.as_member

    @property
    def firm(self) -> WorkspaceId:
        """The firm's id."""
        return self.workspace.id

    @property
    def channel(self) -> ChannelId:
        """The channel in the path."""
        return ChannelId(self.params["channel"])

    @property
    def post(self) -> PostId:
        """The post in the path."""
        return PostId(self.params["post"])

    @property
    def delivery(self) -> DeliveryId:
        """The delivery in the path."""
        return DeliveryId(self.params["delivery"])

    @property
    def mention(self) -> MentionId:
        """The mention in the path."""
        return MentionId(self.params["mention"])

    @property
    def watch(self) -> WatchId:
        """The watch in the path."""
        return WatchId(self.params["watch"])

    @property
    def source(self) -> SourceId:
        """The source in the path."""
        return SourceId(self.params["source"])

    @property
    def media(self) -> MediaId:
        """The upload in the path."""
        return MediaId(self.params["media"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """An answer that isn't just a model: with headers, cookies, or another type of content."""

    body: BaseModel | str | None
    status: int | None = None
    """None: the one that the route declares."""
    headers: Mapping[str, str] = field(default_factory=dict)
    cookies: tuple[str, ...] = ()
    acts: tuple[Act, ...] = ()
    """What was done, where the route's declaration can't say it."""


Answer = BaseModel | Reply | None
Handler = Any
"""``(call)``, ``(call, body)`` or ``(call, query)``, by what the route declares."""
