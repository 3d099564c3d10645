"""What a person hands in: a draft of a post and when it should go out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.ids import ChannelId, DeliveryId, MentionId
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import NO_VARIANTS, Content, Post, PostVersion, Variant
from chalicelib.publishing.schedule import Shift

MIN_USEFUL = timedelta(minutes=5)
MAX_USEFUL = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Now:
    """Publish at once."""


@dataclass(frozen=True, slots=True)
class At:
    """Publish at a local wall-clock time (naive) of an IANA zone."""

    local: datetime
    zone: str


@dataclass(frozen=True, slots=True)
class Unscheduled:
    """Keep as a draft, perhaps with a time in mind."""

    at: At | None = None


When = Now | At | Unscheduled


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """A post as a person hands it in."""

    content: Content
    variants: Mapping[ChannelId, Variant] = field(default_factory=lambda: NO_VARIANTS)
    channels: tuple[ChannelId, ...]
    when: When
    useful_for: timedelta | None = None
    """Of a new post: the default. Of an edit: as it stands."""
    answers: MentionId | None = None
    """The mention that it answers, whose refs its content then has."""
    comments_on: DeliveryId | None = None
    """The delivery that it is the first comment of; its content then has the refs of that."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A post as it stands after an act."""

    post: Post
    version: PostVersion
    deliveries: tuple[Delivery, ...]
    shift: Shift | None = None
    """What daylight saving did to the chosen time."""
    too_late: tuple[Delivery, ...] = ()
    """Deliveries that the act came too late for; the others hold."""
