"""What routes answer about posts and deliveries, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.answered import Answered
from chalicelib.api.answers import Fault, TargetAnswer

LocalText = Annotated[str, Field(examples=["2026-11-25T08:30"])]
"""A wall-clock time in the firm's zone."""
Mark = Literal[
    "draft",
    "to_approve",
    "scheduled",
    "going_out",
    "published",
    "to_check",
    "late",
    "to_paste",
    "failed",
    "waiting",
    "cancelled",
]
State = Literal[
    "draft",
    "scheduled",
    "going_out",
    "published",
    "needs_attention",
    "failed",
    "cancelled",
    "mixed",
]


class ImageAnswer(Answered):
    """An image or video of a post."""

    sha256: str
    alt: str
    url: str
    width: int
    height: int
    content_type: str
    size: int
    duration_ms: int
    """How long a video lasts; 0: an image."""


class AttemptAnswer(Answered):
    """One try at a delivery."""

    n: int
    at: datetime
    version: int
    result: str
    detail: str
    text: str
    """What it came to, in words."""


class CanAnswer(Answered):
    """What this person may do with it now."""

    edit: bool
    cancel: bool
    decide: list[Literal["published", "resend", "drop"]]


class KitImage(Answered):
    """An image or video to paste."""

    url: str
    alt: str
    name: str
    content_type: str


class KitAnswer(Answered):
    """What a person pastes by hand."""

    title: str
    """Empty where the network has no field for it."""
    text: str
    over_by: int
    media: list[KitImage]
    composer_url: str
    network_label: str
    first_comment: str
    """To be put under it; empty: there is none."""


class DeliveryAnswer(Answered):
    """One post on one channel."""

    id: str
    post: str
    channel: str
    channel_name: str
    network: str
    network_label: str
    target: TargetAnswer | None
    """The network that it is pasted on, where it is."""
    status: str
    mark: Mark
    why: Literal["unknown", "late", "kit", "poison"] | None
    reason: str
    reason_text: str
    """Why a person must do something, and what, in words; empty: nobody must."""
    planned_at: datetime | None
    local: LocalText | None
    latest_at: datetime | None
    due_at: datetime | None
    next_try_at: datetime | None
    version: int
    sent_version: int
    remote_url: str | None
    look_url: str | None
    published_at: datetime | None
    rev: int
    attempts: list[AttemptAnswer]
    can: CanAnswer
    kit: KitAnswer | None = None
    comment: str | None = None
    """The post of its first comment, once there is one."""


class DeliveriesAnswer(Answered):
    """Deliveries that wait for a person."""

    items: list[DeliveryAnswer]
    next_cursor: str | None = None


class NoteAnswer(Answered):
    """Something that a person should know of what was just done."""

    code: str
    message: str


class VariantAnswer(Answered):
    """What differs on one channel; null is as in the post."""

    text: str | None
    link: str | None
    media: list[ImageAnswer] | None
    title: str | None
    content_warning: str | None
    visibility: str | None
    language: str | None
    categories: list[str] | None
    first_comment: str | None
    is_story: bool | None


class PostAnswer(Answered):
    """A post with its deliveries."""

    id: str
    version: int
    is_draft: bool
    state: State
    excerpt: str
    text: str
    link: str | None
    media: list[ImageAnswer]
    title: str
    content_warning: str
    visibility: str
    language: str
    categories: list[str]
    first_comment: str
    is_story: bool
    variants: dict[str, VariantAnswer]
    channels: list[str]
    planned_at: datetime | None
    local: LocalText | None
    zone: str
    useful_for_minutes: int
    created_at: datetime
    created_by: str
    updated_at: datetime
    deliveries: list[DeliveryAnswer]
    comments_on: str | None
    """The post that it is the first comment of."""
    notes: list[NoteAnswer]
    too_late: list[str]


class RowDelivery(Answered):
    """A delivery as a list shows it."""

    id: str
    channel: str
    channel_name: str
    network: str
    target: TargetAnswer | None
    mark: Mark
    why: Literal["unknown", "late", "kit", "poison"] | None


class PostRow(Answered):
    """A post as a list shows it."""

    id: str
    excerpt: str
    planned_at: datetime | None
    local: LocalText | None
    state: State
    is_draft: bool
    deliveries: list[RowDelivery]


class PostsAnswer(Answered):
    """Posts of a list."""

    items: list[PostRow]
    next_cursor: str | None = None


class CountAnswer(Answered):
    """How much of one limit a text uses."""

    unit: str
    count: int
    max: int


class ChannelPreview(Answered):
    """What a channel would make of a content."""

    channel: str
    counts: list[CountAnswer]
    problems: list[Fault]
    charge: int | None
    """What its network asks for publishing it, in millionths of a US dollar; null: nothing."""


class PreviewAnswer(Answered):
    """What each channel would make of a content."""

    channels: list[ChannelPreview]
