"""What a firm wants to say: immutable versions of text and media, with per-channel variants."""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.ids import ChannelId, DeliveryId, MemberId, MentionId, PostId, WorkspaceId


class Visibility(StrEnum):
    """Who may see a post, on the networks that let the author choose."""

    PUBLIC = "public"
    UNLISTED = "unlisted"
    PRIVATE = "private"
    DIRECT = "direct"


@dataclass(frozen=True, slots=True)
class Media:
    """A checked image or video, kept under the SHA-256 of its bytes."""

    sha256: str
    content_type: str
    width: int
    height: int
    size: int
    """Bytes."""
    alt: str = ""
    duration_ms: int = 0
    """How long a video lasts; 0: an image."""

    @property
    def is_video(self) -> bool:
        """Say whether it moves: a network has rules of their own for these."""
        return self.content_type.startswith("video/")


@dataclass(frozen=True, slots=True, kw_only=True)
class Content:
    """What one channel is given to publish."""

    text: str
    link: str | None = None
    media: tuple[Media, ...] = ()
    """Images, or one video."""
    title: str = ""
    """For networks that have titles (a blog, a feed)."""
    content_warning: str = ""
    visibility: Visibility = Visibility.PUBLIC
    language: str = "fr"
    """A BCP 47 tag."""
    categories: tuple[str, ...] = ()
    is_story: bool = False
    """Shown for a day as a story, on the networks that have them."""
    first_comment: str = ""
    """Said under the post once it is live, on the networks that have such comments."""
    answers: Mapping[str, str] = field(default_factory=dict)
    """The refs of what it answers, in the network's own names; empty: a post of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Variant:
    """What differs on one channel; None means "as in the post"."""

    text: str | None = None
    link: str | None = None
    media: tuple[Media, ...] | None = None
    title: str | None = None
    content_warning: str | None = None
    visibility: Visibility | None = None
    language: str | None = None
    categories: tuple[str, ...] | None = None
    is_story: bool | None = None
    first_comment: str | None = None


def content_for(content: Content, variant: Variant | None) -> Content:
    """Return a content as a variant overrides it."""
    if variant is None:
        return content
    given = {f.name: getattr(variant, f.name) for f in fields(variant)}
    return replace(content, **{k: v for k, v in given.items() if v is not None})


NO_VARIANTS: Mapping[ChannelId, Variant] = MappingProxyType({})


@dataclass(frozen=True, slots=True, kw_only=True)
class PostVersion:
    """One immutable version of a post: what goes out is exactly one of these."""

    workspace: WorkspaceId
    post: PostId
    n: int
    written_at: datetime
    written_by: MemberId
    content: Content
    variants: Mapping[ChannelId, Variant] = field(default_factory=lambda: NO_VARIANTS)

    def content_for(self, channel: ChannelId) -> Content:
        """Return the content of one channel: the post's own, overridden by the variant."""
        return content_for(self.content, self.variants.get(channel))


@dataclass(frozen=True, slots=True, kw_only=True)
class Post:
    """The head of a post: its current version, its channels and its time."""

    workspace: WorkspaceId
    id: PostId
    version: int
    rev: int = 0
    write_token: str = ""
    channels: tuple[ChannelId, ...]
    planned_at: datetime | None
    """None for a draft without a time."""
    useful_for: timedelta
    """How long after ``planned_at`` it may still go out by itself."""
    is_draft: bool
    excerpt: str
    """The first words of the current version, for lists."""
    created_at: datetime
    created_by: MemberId
    updated_at: datetime
    is_deleted: bool = False
    answers: MentionId | None = None
    """The mention that it answers."""
    comments_on: DeliveryId | None = None
    """The delivery of a post of ours that it is the first comment of."""

    @property
    def stands_alone(self) -> bool:
        """Say whether it is a post of its own, which stands in lists and is counted."""
        return self.answers is None and self.comments_on is None


def normalise_text(text: str) -> str:
    """Return text as it compares across networks: NFC, LF line ends, no outer blanks."""
    return unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()


def first_comment(content: Content, answers: Mapping[str, str]) -> Content:
    """Return what the first comment of a content says, shown as widely as the post itself.

    ``answers`` are the refs of the post; empty: a person must put it there.
    """
    return Content(
        text=content.first_comment,
        content_warning=content.content_warning,
        visibility=content.visibility,
        language=content.language,
        answers=answers,
    )


def text_hash(content: Content) -> str:
    """Return a short hash, equal for contents that a reader would call the same post."""
    what: list[object] = [normalise_text(content.text), content.link or ""]
    what.append([m.sha256 for m in content.media])
    if content.is_story:
        what.append("story")
    if content.answers:
        what.append(sorted(_place(content.answers).items()))
    return hashlib.sha256(json.dumps(what, ensure_ascii=False).encode()).hexdigest()[:24]


def _place(answers: Mapping[str, str]) -> dict[str, str]:
    """Return where an answer stands: under the ``parent``, where refs have one, whoever spoke."""
    return {name: ref for name, ref in answers.items() if name != "id" or "parent" not in answers}


def excerpt(content: Content, length: int = 90) -> str:
    """Return the first words of a content on one line, at most ``length`` characters."""
    words = " ".join((content.title or content.text or content.link or "").split())
    if len(words) <= length:
        return words
    return words[: length - 1].rsplit(" ", 1)[0] + "…"
