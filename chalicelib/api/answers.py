"""What routes answer, field by field."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from chalicelib.api.answered import Answered
from chalicelib.api.limits_answers import LimitsAnswer

RoleName = Literal["viewer", "editor", "approver", "owner"]


class Fault(Answered):
    """One thing that is wrong with what was given."""

    pointer: str
    """A JSON pointer into the request."""
    code: str
    message: str


class ProblemAnswer(BaseModel):
    """A refusal or failure (RFC 9457), in the asker's language."""

    model_config = ConfigDict(defer_build=True, extra="allow")

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] | None = None


class Empty(Answered):
    """Nothing to say."""


class Health(Answered):
    """It answers."""

    ok: Literal[True]


# People and firms.


class PersonAnswer(Answered):
    """Who is signed in."""

    id: str
    name: str
    email: str
    language: Literal["fr", "en"]


class WorkspaceOfPerson(Answered):
    """A firm, and what the person is in it."""

    id: str
    name: str
    role: RoleName
    zone: str
    language: Literal["fr", "en"]


class SessionAnswer(Answered):
    """Who is signed in, and in which firms."""

    member: PersonAnswer
    workspaces: list[WorkspaceOfPerson]


class FeedAddresses(Answered):
    """Where the firm's news can be subscribed to."""

    atom: str
    json_feed: Annotated[str, Field(serialization_alias="json")]


class OpeningAnswer(Answered):
    """A part of a day that the firm is open, in its own time (``HH:MM``)."""

    begins: str
    ends: str


class WorkspaceAnswer(Answered):
    """A firm."""

    id: str
    name: str
    zone: str
    language: Literal["fr", "en"]
    feed: FeedAddresses
    opening_hours: list[list[OpeningAnswer]]
    """Of each day of the week, Monday first."""
    answer_within_minutes: int
    spending_cap: int
    """What networks that charge may cost in a calendar month, in millionths of a US dollar."""


class MemberAnswer(Answered):
    """A person in a firm."""

    id: str
    name: str
    email: str
    role: RoleName
    language: Literal["fr", "en"]


class MembersAnswer(Answered):
    """Everybody in a firm."""

    items: list[MemberAnswer]
    next_cursor: str | None = None


class KeyAnswer(Answered):
    """An API key, without its secret."""

    id: str
    name: str
    scopes: list[Literal["read", "write"]]
    created_by: str
    created_at: datetime
    expires_at: datetime | None


class NewKeyAnswer(KeyAnswer):
    """A new API key; its secret is shown this once."""

    secret: str


class KeysAnswer(Answered):
    """A firm's keys."""

    items: list[KeyAnswer]
    next_cursor: str | None = None


class ActAnswer(Answered):
    """Who did what, and when."""

    at: datetime
    by: str
    by_name: str | None
    """Null: she is no longer in the firm."""
    by_key: str | None
    """The API key that it was done by; null: by herself."""
    what: str
    """A stable word, for example ``channel-paused``."""
    about: str
    """The id of what it was done to."""
    text: str
    """What was done, in words."""


class AuditAnswer(Answered):
    """A firm's latest acts, the newest first."""

    items: list[ActAnswer]
    next_cursor: str | None = None


# Networks and channels.


class ChoiceAnswer(Answered):
    """One value that a field can have."""

    value: str
    label: str
    note: str | None = None


class FieldAnswer(Answered):
    """One thing to type when connecting."""

    name: str
    label: str
    help: str
    secret: bool
    required: bool
    placeholder: str
    choices: list[ChoiceAnswer] | None = None


class ComposerAnswer(Answered):
    """The first text limit, for counters."""

    unit: str
    max: int
    url_length: int


class AbilitiesAnswer(Answered):
    """What a network can do beside publishing."""

    listen: bool
    answer: bool
    measure: bool
    find: list[Literal["tag", "search"]]
    """What anybody's words can be searched for."""


class NetworkAnswer(Answered):
    """A network, in the person's language."""

    name: str
    label: str
    resend_class: str
    limits: LimitsAnswer
    options: list[str]
    fields: list[FieldAnswer]
    oauth: bool
    """It can be connected on its own sign-in page too: ``POST …/channels/oauth``."""
    oauth_fields: list[str]
    """Those of ``fields`` that are typed before one goes there."""
    by_hand: bool
    """It can be connected by typing ``fields``: ``POST …/channels``."""
    connect_help: str
    barrier: str
    """What must be obtained from it first, with its usual delay; empty: nothing."""
    price: str
    quota: str
    """The most that an account may publish, in words; empty: the network names no number."""
    closed: str | None
    can_connect: bool
    composer: ComposerAnswer | None
    does: AbilitiesAnswer


class NetworksAnswer(Answered):
    """All networks."""

    items: list[NetworkAnswer]
    next_cursor: str | None = None


class TargetAnswer(Answered):
    """The network that a kit is for."""

    network: str
    label: str


class ChannelAnswer(Answered):
    """A connected account on a network."""

    id: str
    network: str
    network_label: str
    name: str
    handle: str
    url: str
    status: Literal["connected", "paused", "broken", "disconnected"]
    reason: str
    since: datetime | None
    paused_until: datetime | None
    last_published_at: datetime | None
    access_ends_at: datetime | None
    """When the network's access ends and a person must sign in again; null: not by itself."""
    created_at: datetime
    target: TargetAnswer | None
    options: list[str]
    limits: LimitsAnswer
    resend_class: str
    charges: bool
    """Whether its network charges for publishing: the preview tells how much."""
    waiting: int | None = None


class SignInPageAnswer(Answered):
    """Where to sign in: the network sends the person back to ``/canaux``."""

    authorize_url: str


class ChannelsAnswer(Answered):
    """A firm's channels."""

    items: list[ChannelAnswer]
    next_cursor: str | None = None


class HeldAnswer(Answered):
    """A channel that was paused, and the deliveries that it was too late to stop."""

    channel: ChannelAnswer
    too_late: list[str]


class PartedAnswer(Answered):
    """The deliveries that it was too late to stop when a channel was disconnected."""

    too_late: list[str]


class QuotaAnswer(Answered):
    """How many posts an account may publish within so many hours, which slide."""

    used: int
    total: int
    hours: int


class ProfileAnswer(Answered):
    """What a network says of an account."""

    remote_id: str
    name: str
    handle: str
    url: str
    quota: QuotaAnswer | None = None
    """None: it doesn't say, or has none."""


class ChoicesAnswer(Answered):
    """The accounts that a person may publish on: which of them to connect is hers to say."""

    network: str
    accounts: list[ProfileAnswer]
    only_one: bool
    """One of them can be connected by this sign-in, and no more."""


class TestAnswer(Answered):
    """What a test of a channel came to."""

    ok: bool
    profile: ProfileAnswer | None
    problem: str | None
    """``auth-expired``, ``network-away`` or ``rejected``."""
    detail: str


# Media.


class FormAnswer(Answered):
    """Where and with which fields a file is posted (multipart/form-data)."""

    url: str
    fields: dict[str, str]


class UploadAnswer(Answered):
    """An upload that may be sent now."""

    id: str
    upload: FormAnswer


class MediaAnswer(Answered):
    """A checked image or video."""

    id: str
    sha256: str
    content_type: str
    width: int
    height: int
    size: int
    duration_ms: int
    """How long a video lasts; 0: an image."""
    url: str


class OpenApi(BaseModel):
    """An OpenAPI 3.1 document."""

    model_config = ConfigDict(defer_build=True, extra="allow")

    openapi: str
    paths: dict[str, Any]
