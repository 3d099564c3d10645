"""What is true of a network: its names, its limits, what it can do and what stands in the way."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from enum import StrEnum
from typing import TYPE_CHECKING

from chalicelib.networks.counting import Unit
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.posts import Content

if TYPE_CHECKING:  # who only publishes loads nothing of what is counted
    from chalicelib.measuring.metrics import Metric
    from chalicelib.publishing.paid_reading import ReadingPrice


@dataclass(frozen=True, slots=True)
class TextLimit:
    """At most ``maximum`` of ``unit``; every limit of a network must hold."""

    unit: Unit
    maximum: int
    url_length: int = 0
    """What a URL counts, where the unit counts URLs at a fixed length; 0: as written."""


@dataclass(frozen=True, slots=True)
class MediaRules:
    """What images a network takes; a picture is scaled to fit before it is sent."""

    types: tuple[str, ...]
    max_count: int
    max_bytes: int
    max_pixels: int
    max_width: int = 0
    """0: no limit of its own."""
    max_height: int = 0
    max_alt: int = 0
    """Characters of alternative text; 0: the network has none."""
    min_count: int = 0
    """Pictures that a post has at least."""
    min_side: int = 0
    """Pixels that a picture is wide and high at least: none is made larger."""


@dataclass(frozen=True, slots=True, kw_only=True)
class VideoRules:
    """What videos a network takes; none is made to fit: one that doesn't is refused."""

    types: tuple[str, ...]
    """``video/mp4`` and ``video/quicktime`` (MOV) are those that we take in."""
    max_bytes: int
    max_seconds: int
    min_seconds: int = 0
    max_width: int = 0
    """Pixels; 0: no limit of its own."""
    min_side: int = 0
    """Pixels that it is wide and high at least."""
    min_ratio: float = 0
    """Width by height at least; 0: no limit of its own."""
    max_ratio: float = 0
    max_alt: int = 0
    """Characters of a description of it; 0: the network has none."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to type when connecting; ``secret`` ones are never shown again."""

    name: str
    label: Mapping[str, str]
    """By language: fr, en."""
    help: Mapping[str, str]
    secret: bool = False
    required: bool = True
    placeholder: str = ""
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The values to choose from, each with its label by language; empty: any text."""


class Option(StrEnum):
    """Parts of a Content that only some networks use."""

    TITLE = "title"
    CONTENT_WARNING = "content_warning"
    VISIBILITY = "visibility"
    CATEGORIES = "categories"
    LINK_CARD = "link_card"
    LINK_APART = "link_apart"
    """A place of its own for the link (a button), beside pictures too."""
    FIRST_COMMENT = "first_comment"
    """Said under the post once it is live."""
    STORY = "story"
    """Shown for a day, apart from the posts."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoryRules:
    """What a story takes: one picture or one video, and it shows no text of its own.

    https://developers.facebook.com/docs/page-stories-api
    https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
    """

    video: VideoRules | None
    """None: pictures only."""
    media: MediaRules


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one channel takes: the network's own, or what its instance said."""

    text: tuple[TextLimit, ...]
    media: MediaRules
    text_required: bool = True
    """False where an image alone is a post."""
    caption: tuple[TextLimit, ...] = ()
    """What holds in place of ``text`` where there are pictures; empty: the same."""
    max_title: int = 0
    """Characters of a title, where there is one; 0: no limit of its own."""
    video: VideoRules | None = None
    """What holds for a video that stands alone; None: the network, or Relais there, takes
    none."""
    mixed: VideoRules | None = None
    """What holds for each video among several items, as many as there may be pictures; None: a
    video stands alone."""
    video_required: bool = False
    """True where only a video is a post."""
    title_required: bool = False
    story: StoryRules | None = None
    """What holds for a story in place of the rest; None: the network has none."""


@dataclass(frozen=True, slots=True)
class Answering:
    """How what is heard is answered: by the same ``prepare`` and ``publish`` as a post.

    ``Outgoing.answers`` then holds the ``refs`` of what is answered.
    """

    limits: Limits | None = None
    """None: those of a post on the channel."""


class Finds(StrEnum):
    """What of anybody's words a network can be searched for, as ``SourceKind`` names it."""

    TAG = "tag"
    SEARCH = "search"


class Moderation(StrEnum):
    """What a firm may do about something said on its own ground."""

    LIKE = "like"
    UNLIKE = "unlike"
    APPROVE = "approve"
    """Let through what was held."""
    HIDE = "hide"
    SPAM = "spam"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """What is true of a network whatever the channel; each constant is justified by a link."""

    name: str
    label: Mapping[str, str]
    resend_class: ResendClass
    limits: Limits
    options: frozenset[Option]
    fields: tuple[Field, ...]
    connect_help: Mapping[str, str]
    """What a person must do first, in plain words, by language."""
    price: Mapping[str, str]
    quota: Mapping[str, str] = field(default_factory=dict)
    """The most that an account may publish, where the network's documentation says a number, by
    language; empty: it says none. What is left of it, ``Profile.quota`` tells where it is told."""
    docs: tuple[str, ...]
    """The public pages that justify the constants."""
    page_fields: frozenset[str] | None = None
    """The fields to type before signing in on the network's own page; None: it has none."""
    app: str = ""
    """Under which name the installation's registration with it is kept (``oauth.App``); empty:
    it needs none."""
    barrier: Mapping[str, str] = field(default_factory=dict)
    """What the firm or the installation must obtain from the network first (a review, a
    form), with its usual delay, by language; empty: nothing."""
    hears: bool = False
    """It tells what is said to an account; the adapter then FetchesMentions."""
    finds: frozenset[Finds] = frozenset()
    """What anybody's words can be searched for; the adapter then Searches."""
    answers: Answering | None = None
    """Set where what is heard can be answered."""
    moderates: frozenset[Moderation] = frozenset()
    """What can be done about what is heard; the adapter then Moderates."""
    tells: frozenset[Metric] = frozenset()
    """The counters it can tell; the adapter then FetchesMetrics."""
    charge: Callable[[Content], int] | None = None
    """What publishing a content costs, in millionths of a US dollar, shown before it is planned
    and set aside before it is sent; what its media cost of it is spent while preparing. None:
    nothing."""
    reading: ReadingPrice | None = None
    """What is asked for what it tells; what hears there then ``Spends``. None: nothing."""
    keeps: timedelta | None = None
    """How long what is heard there may be kept by its terms; None: no limit of its own."""
    takes_phone_numbers: bool = True
    """False where a post with one in its text is refused."""
    refuses: str = ""
    """Characters that neither the title nor the text of a post may hold."""
