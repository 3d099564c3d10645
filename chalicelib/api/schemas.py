"""What requests say, field by field: anything else in them is refused."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    WithJsonSchema,
)

from chalicelib.api.bodies import Wrong
from chalicelib.publishing.deliveries import DEFAULT_USEFUL
from chalicelib.publishing.drafts import MAX_USEFUL, MIN_USEFUL
from chalicelib.publishing.events import Choice
from chalicelib.publishing.posts import Visibility
from chalicelib.workspaces.workspaces import Language

MAX_TEXT = 20_000
MAX_ALT = 5_000
MAX_CHANNELS = 24
MAX_IMAGES = 20
MINUTE = timedelta(minutes=1)
EXAMPLE_LOCAL = "2026-11-25T08:30"
_LOCAL = r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2})?$"
_UNSEEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ufffe\uffff]")
"""Control characters: nobody sees them, and XML feeds can't hold them."""
_TAG = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")
_EMAIL = re.compile(r"[^@\s\x00-\x1f\x7f<>\",;]{1,64}@[^@\s\x00-\x1f\x7f<>\",;]{1,190}")
YEARS = range(2000, 2101)


def visible(text: str) -> str:
    """Return a text without the control characters in it."""
    return _UNSEEN.sub("", text)


def _one_line(text: str) -> str:
    return " ".join(visible(text).split())


def _filled(text: str) -> str:
    if not text:
        raise Wrong("missing")
    return text


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError as error:
        raise Wrong("bad-url") from error
    if not is_web or re.search(r"[\s\x00-\x1f\x7f<>\"]", text):
        raise Wrong("bad-url")
    return text


def _email(text: str) -> str:
    if not _EMAIL.fullmatch(text.strip()):
        raise Wrong("not-an-address")
    return text.strip()


def _tag(text: str) -> str:
    if not _TAG.fullmatch(text):
        raise Wrong("unknown-language")
    return text


def _local(value: Any) -> datetime:
    try:
        local = datetime.fromisoformat(value) if re.fullmatch(_LOCAL, value) else None
    except (TypeError, ValueError) as error:
        raise Wrong("bad-local-time") from error
    if local is None or local.year not in YEARS:
        raise Wrong("bad-local-time")
    return local


def _date(value: Any) -> date:
    try:
        day = date.fromisoformat(value) if len(value) == len("2026-11-25") else None
    except (TypeError, ValueError) as error:
        raise Wrong("bad-date") from error
    if day is None or day.year not in YEARS:
        raise Wrong("bad-date")
    return day


def _instant(value: datetime) -> datetime:
    if value.year not in YEARS:
        raise Wrong("not-a-time")
    return value


Prose = Annotated[str, AfterValidator(visible)]
Line = Annotated[str, AfterValidator(_one_line)]
Url = Annotated[str, Field(max_length=2000), AfterValidator(_url)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Tag = Annotated[str, Field(max_length=35, examples=["fr"]), AfterValidator(_tag)]
Local = Annotated[
    datetime,
    BeforeValidator(_local),
    WithJsonSchema({"type": "string", "pattern": _LOCAL, "examples": [EXAMPLE_LOCAL]}),
]
"""A wall-clock time, without an offset: the zone stands beside it."""
Day = Annotated[date, BeforeValidator(_date), WithJsonSchema({"type": "string", "format": "date"})]
Instant = Annotated[AwareDatetime, AfterValidator(_instant)]
Zone = Annotated[str, Field(min_length=1, max_length=64, examples=["Europe/Paris"])]
Id = Annotated[str, Field(pattern=r"^[a-z0-9-]{1,40}$")]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(max_length=100), AfterValidator(_one_line), AfterValidator(_filled)]


class Request(BaseModel):
    """The base of all that requests say."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True)


# Signing in.


class SignInLinkBody(Request):
    """Asks for a sign-in link by e-mail."""

    email: Email
    language: Language | None = None


class SessionBody(Request):
    """Consumes a sign-in link."""

    token: Annotated[str, Field(min_length=1, max_length=200)]


class SessionChange(Request):
    """Changes what the person prefers."""

    language: Language


# Firms, channels, keys.


Typed = Annotated[
    dict[Annotated[str, Field(max_length=40)], Annotated[str, Field(max_length=2000)]],
    Field(max_length=20),
]
"""What a person typed to sign in to a network, by the field's name."""


class ConnectBody(Request):
    """Connects a channel."""

    network: Annotated[str, Field(min_length=1, max_length=40)]
    fields: Typed = {}


class CallbackQuery(BaseModel):
    """What a network sends a person back with; whatever else it adds is left unread."""

    model_config = ConfigDict(defer_build=True, extra="ignore", frozen=True)

    state: str = ""
    code: str | None = None
    error: str | None = None


class ChooseBody(Request):
    """Which of the accounts that she may publish on a person connects, by their remote ids."""

    accounts: Annotated[
        list[Annotated[str, Field(max_length=300)]], Field(min_length=1, max_length=60)
    ]


class ReconnectBody(Request):
    """Signs in anew to the same account."""

    fields: Typed = {}


class ChannelChange(Request):
    """Renames a channel."""

    name: Name


class LocalTime(Request):
    """A wall-clock time and its zone."""

    local: Local
    zone: Zone


class PauseBody(Request):
    """Pauses a channel; without an end, until a person lifts it."""

    until: LocalTime | None = None


class KeyBody(Request):
    """Makes an API key."""

    name: Name
    scopes: Annotated[list[Literal["read", "write"]], Field(min_length=1, max_length=2)]
    expires_at: Instant | None = None


# Posts.


class ImageBody(Request):
    """An image of this firm, by the SHA-256 it was given when it was uploaded."""

    sha256: Sha256
    alt: Annotated[Prose, Field(max_length=MAX_ALT)] = ""


Images = Annotated[list[ImageBody], Field(max_length=MAX_IMAGES)]
Text = Annotated[Prose, Field(max_length=MAX_TEXT)]
Title = Annotated[Line, Field(max_length=300)]
Warn = Annotated[Line, Field(max_length=500)]
Categories = Annotated[
    list[Annotated[Line, Field(min_length=1, max_length=100)]], Field(max_length=20)
]


class VariantBody(Request):
    """What differs on one channel; what is left out is as in the post."""

    text: Text | None = None
    link: Url | None = None
    media: Images | None = None
    title: Title | None = None
    content_warning: Warn | None = None
    visibility: Visibility | None = None
    language: Tag | None = None
    categories: Categories | None = None
    first_comment: Text | None = None
    is_story: bool | None = None


class ContentBody(Request):
    """What a post says."""

    text: Text = ""
    link: Url | None = None
    media: Images = []
    title: Title = ""
    content_warning: Warn = ""
    visibility: Visibility = Visibility.PUBLIC
    language: Tag = "fr"
    categories: Categories = []
    first_comment: Text = ""
    """Said under the post once it is live, where the network has the option."""
    is_story: bool = False
    """Shown for a day as a story, where the network has the option."""


class WhenDraft(Request):
    """Keep it as a draft, perhaps with a time in mind."""

    kind: Literal["draft"]
    local: Local | None = None
    zone: Zone | None = None


class WhenNow(Request):
    """Publish at once."""

    kind: Literal["now"]


class WhenAt(Request):
    """Publish at a local time; one that daylight saving skips is shifted forward."""

    kind: Literal["at"]
    local: Local
    zone: Zone


AnyWhen = Annotated[WhenDraft | WhenNow | WhenAt, Field(discriminator="kind")]
FirmWhen = Annotated[WhenNow | WhenAt, Field(discriminator="kind")]
Variants = Annotated[dict[Id, VariantBody], Field(max_length=MAX_CHANNELS)]
ChannelIds = Annotated[list[Id], Field(max_length=MAX_CHANNELS)]


class DraftBody(ContentBody):
    """A post as a person hands it in."""

    channels: ChannelIds = []
    variants: Variants = {}
    when: AnyWhen
    useful_for_minutes: (
        Annotated[int, Field(strict=True, ge=MIN_USEFUL // MINUTE, le=MAX_USEFUL // MINUTE)] | None
    ) = Field(None, description=f"Left out: {DEFAULT_USEFUL // MINUTE}; of an edit, as it stands.")


Version = Annotated[int, Field(strict=True, ge=1, le=1_000_000)]


class EditBody(DraftBody):
    """A changed post; ``version`` is the one that the person changed."""

    version: Version


class ScheduleBody(Request):
    """Lets a draft go out."""

    version: Version
    when: FirmWhen


class RescheduleBody(Request):
    """Moves a post to another time."""

    when: FirmWhen


class PreviewBody(Request):
    """Asks what each channel would make of a content."""

    content: ContentBody
    variants: Variants = {}
    channels: ChannelIds


class DecisionBody(Request):
    """Settles a delivery that needs a person, as seen at ``rev``."""

    rev: Annotated[int, Field(strict=True, ge=0, le=2**53)]
    choice: Choice
    url: Url | None = None


# Media.


class UploadBody(Request):
    """Begins an upload."""

    name: Annotated[Line, Field(max_length=255)]
    content_type: Annotated[str, Field(max_length=100)]
    size: Annotated[int, Field(strict=True, ge=1, le=2**40)]
    sha256: Sha256 | None = None
    """Not needed: what was sent is looked into anyway."""


# Lists.


class Paged(Request):
    """A part of a list."""

    cursor: Annotated[str, Field(max_length=2000)] | None = None
    limit: Annotated[int, Field(ge=1, le=100)] = 50


class AuditQuery(Request):
    """The latest acts."""

    limit: Annotated[int, Field(ge=1, le=200)] = 50


class PostsQuery(Paged):
    """Posts by time, or the drafts; both days are inclusive, in the firm's zone."""

    model_config = ConfigDict(defer_build=True, extra="forbid", frozen=True, populate_by_name=False)

    first: Annotated[Day | None, Field(alias="from")] = None
    last: Annotated[Day | None, Field(alias="to")] = None
    state: Literal["draft"] | None = None


class DeliveriesQuery(Request):
    """Deliveries that wait for a person."""

    waiting: Literal["true"] = "true"
