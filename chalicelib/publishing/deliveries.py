"""A delivery: one post on one channel at one occurrence, the unit that goes out once."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from chalicelib.ids import ChannelId, DeliveryId, MentionId, PostId, WorkspaceId

DEFAULT_USEFUL = timedelta(hours=2)
"""How late a post may still go out by itself, unless its author says otherwise."""


class Status(StrEnum):
    """Where a delivery stands."""

    DRAFT = "DRAFT"
    AWAITING_APPROVAL = "AWAITING_APPROVAL"
    SCHEDULED = "SCHEDULED"
    CLAIMED = "CLAIMED"
    PREPARED = "PREPARED"
    SENDING = "SENDING"
    RECONCILE = "RECONCILE"
    RETRY = "RETRY"
    PUBLISHED = "PUBLISHED"
    NEEDS_HUMAN = "NEEDS_HUMAN"
    FAILED = "FAILED"
    BLOCKED_AUTH = "BLOCKED_AUTH"
    CANCELLED = "CANCELLED"


FINAL = frozenset({Status.PUBLISHED, Status.CANCELLED})
SETTLED = FINAL | {Status.FAILED}
"""What no longer holds up a delivery that waits after it."""
WAITS_FOR_A_PERSON = frozenset(
    {Status.NEEDS_HUMAN, Status.FAILED, Status.BLOCKED_AUTH, Status.AWAITING_APPROVAL}
)
IN_DOUBT = frozenset({Status.SENDING, Status.RECONCILE})
MADE_WITHIN = timedelta(minutes=5)
"""How long after an attempt began its post may still be made: a network may apply late."""
CLAIMABLE = frozenset({Status.SCHEDULED, Status.RETRY, Status.PREPARED, Status.CLAIMED})


class Why(StrEnum):
    """Why a delivery needs a person."""

    UNKNOWN = "unknown"
    LATE = "late"
    KIT = "kit"
    POISON = "poison"


class ResendClass(StrEnum):
    """How a network lets us find out whether an attempt in doubt went out."""

    IDEMPOTENT = "idempotent"
    TWO_PHASE = "two-phase"
    READ_BACK = "read-back"
    BLIND = "blind"
    PERSON = "person"
    """Nothing is sent: a person publishes by hand and says so."""


class Result(StrEnum):
    """What an attempt came to, in the order of the taxonomy of outcomes."""

    SENT = "sent"
    """The intent is stored; nothing is known of the call yet."""
    PUBLISHED = "published"
    NOT_CALLED = "not_called"
    TRANSIENT = "transient"
    RATE_LIMITED = "rate_limited"
    AUTH_EXPIRED = "auth_expired"
    REJECTED = "rejected"
    UNKNOWN = "unknown"
    TAKEN = "taken"
    """The network has it, and decides later whether it stands."""
    FOUND = "found"
    ABSENT = "absent"
    CANT_TELL = "cant_tell"
    LOOK_FAILED = "look_failed"
    """A look that couldn't be taken: it says nothing either way."""


@dataclass(frozen=True, slots=True)
class Attempt:
    """One try: append-only evidence. ``detail`` never holds a secret or the post's text."""

    n: int
    at: datetime
    version: int
    result: Result
    detail: str = ""


class Topic(StrEnum):
    """What a person is told, of a delivery or of a channel."""

    TO_CHECK = "to_check"
    LATE = "late"
    KIT = "kit"
    POISON = "poison"
    FAILED = "failed"
    RECONNECT = "reconnect"
    UNHEARD = "unheard"
    """To reconnect too: the channel's token was refused while it was read, not by a delivery."""
    ACCESS_ENDS = "access_ends"
    """The network's access to a channel ends soon, and only a person can renew it."""
    LIVE_BUT_CANCELLED = "live_but_cancelled"
    LIVE_TWICE = "live_twice"
    OLD_VERSION_LIVE = "old_version_live"


@dataclass(frozen=True, slots=True)
class FollowUp:
    """Something left to do after a change; repeatable by ``key``, dropped after 10 tries.

    ``kind`` is ``notice`` (``about`` is a Topic), ``wake`` (``about`` is the id of a
    delivery that waits after this one), ``answered`` (``about`` is the id of the mention
    that this one answers, and is settled) or ``comment`` (its first comment is to be made).
    """

    kind: str
    about: str
    key: str
    tries: int = 0


@dataclass(frozen=True, slots=True)
class RemoteKey:
    """What makes the post unique on its network: fixed when the delivery is created.

    ``record_key`` is an AT Protocol TID, ``slug`` a URL-safe name that carries the
    delivery, ``uuid`` the idempotency key and feed id, ``created_at`` the instant that the
    network's record shows.
    """

    record_key: str
    slug: str
    uuid: str
    created_at: datetime


NO_PARTS: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Prepared:
    """What already stands on the network, unpublished, for one version of the post."""

    version: int = 0
    parts: Mapping[str, str] = field(default_factory=lambda: NO_PARTS)


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """The whole of a delivery: read whole, written whole, if ``rev`` is still the one read."""

    workspace: WorkspaceId
    id: DeliveryId
    post: PostId
    channel: ChannelId
    network: str
    resend_class: ResendClass
    status: Status
    why: Why | None = None
    reason: str = ""
    """For FAILED: a stable word that the pages translate; for others empty."""
    due_at: datetime | None = None
    """When somebody must look again; the end of the lease while a worker holds it."""
    planned_at: datetime | None
    latest_at: datetime | None
    """From here on a person decides. None exactly while ``planned_at`` is None."""
    version: int
    """The version of the post that it will send."""
    text_hash: str
    """Of the text, link and media of that version on this channel: finds twins."""
    rev: int = 0
    write_token: str = ""
    acts: tuple[str, ...] = ()
    prepared: Prepared = Prepared()
    attempt: int = 0
    first_intent_at: datetime | None = None
    last_intent_at: datetime | None = None
    sent_version: int = 0
    key: RemoteKey
    after: DeliveryId | None = None
    awaited_by: tuple[DeliveryId, ...] = ()
    remote_id: str | None = None
    remote_url: str | None = None
    published_at: datetime | None = None
    looks: int = 0
    absent_at: datetime | None = None
    """When a look first saw, for the last attempt, that it isn't there."""
    crashes: int = 0
    followups: tuple[FollowUp, ...] = ()
    attempts: tuple[Attempt, ...] = ()
    answers: MentionId | None = None
    """The mention that it answers."""
    comments_on: DeliveryId | None = None
    """The delivery of a post of ours that it is the first comment of."""
    has_comment: bool = False
    """Its version has a first comment, to be made once it is live."""
    metered_at: datetime | None = None
    """Since when its figures are read; while a live one lacks it, it is due for that."""

    @property
    def stands_alone(self) -> bool:
        """Say whether it is of a post of its own, neither an answer nor a first comment."""
        return self.answers is None and self.comments_on is None

    @property
    def parts(self) -> Mapping[str, str]:
        """What stands prepared for the version that it will send, by name."""
        return self.prepared.parts if self.prepared.version == self.version else NO_PARTS


class Refused(Exception):
    """The event doesn't fit what stands; ``delivery`` is what stands, ``why`` a stable word.

    ``too_late`` (it is going out, or out), ``late`` (past its latest useful time),
    ``not_due``, ``not_held`` (the worker no longer holds it), ``stale`` (an answer to an
    attempt that isn't the last one, or a decision on a state that has changed).
    """

    def __init__(self, delivery: Delivery, why: str) -> None:
        super().__init__(f"{why} ({delivery.status})")
        self.delivery = delivery
        self.why = why


def spread(delivery: DeliveryId, over: timedelta) -> timedelta:
    """Return a share of ``over`` that is always the same for a delivery, evenly spread."""
    share = int.from_bytes(hashlib.sha256(delivery.encode()).digest()[:4]) / 2**32
    return over * share
