"""What can happen to a delivery: the events of the state machine.

``n`` is the number of the attempt that an answer belongs to; None means that the answer
came while preparing, before any call that could make something public.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from chalicelib.ids import DeliveryId
from chalicelib.publishing import outcomes


@dataclass(frozen=True, slots=True)
class Claim:
    """A worker takes a delivery that is due."""


@dataclass(frozen=True, slots=True)
class StoredPart:
    """Something stands prepared on the network."""

    part: outcomes.Part


@dataclass(frozen=True, slots=True)
class Wait:
    """The network is processing what was prepared."""

    look_again_in: timedelta


@dataclass(frozen=True, slots=True)
class GiveBack:
    """The worker lets go before any call; no attempt is spent."""

    until: datetime


@dataclass(frozen=True, slots=True)
class Intent:
    """The worker is about to make the one call."""


@dataclass(frozen=True, slots=True)
class NotCalled:
    """The time ran out between the intent and the call: nothing was sent."""

    n: int


@dataclass(frozen=True, slots=True)
class PublishedBy:
    """Attempt ``n`` made it live."""

    n: int
    remote_id: str
    url: str | None


@dataclass(frozen=True, slots=True)
class Found:
    """A look found it live."""

    found: outcomes.Found


@dataclass(frozen=True, slots=True)
class Transient:
    """Provably not applied."""

    n: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class RateLimited:
    """Refused until ``reset_at``."""

    n: int | None
    reset_at: datetime
    detail: str = ""


@dataclass(frozen=True, slots=True)
class AuthExpired:
    """The token is refused."""

    n: int | None
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Rejected:
    """The network refuses this content for good; ``reason`` is a stable word."""

    n: int | None
    reason: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class OutcomeUnknown:
    """Attempt ``n`` may be live; ``part`` is what a look may ask by.

    With ``is_taken`` the network said that it took it, and decides later.
    """

    n: int
    detail: str = ""
    part: outcomes.Part | None = None
    is_taken: bool = False


@dataclass(frozen=True, slots=True)
class NotThere:
    """A look saw the whole place where it would be, and it isn't there."""

    answer: outcomes.NotThere


@dataclass(frozen=True, slots=True)
class LookedInVain:
    """A look failed (a time-out, a 429): it says nothing either way."""

    detail: str = ""


@dataclass(frozen=True, slots=True)
class CantTell:
    """No look can ever tell."""

    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Edit:
    """A person changed the post."""

    act: str
    version: int
    text_hash: str
    after: DeliveryId | None
    has_comment: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Reschedule:
    """A person chose another time, or took away that of a draft (None)."""

    act: str
    planned_at: datetime | None
    latest_at: datetime | None
    after: DeliveryId | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """A person lets a draft go out."""

    act: str
    planned_at: datetime
    latest_at: datetime
    after: DeliveryId | None


@dataclass(frozen=True, slots=True)
class Cancel:
    """A person doesn't want it to go out."""

    act: str


class Choice(StrEnum):
    """What a person can decide of a delivery that needs one."""

    PUBLISHED = "published"
    RESEND = "resend"
    DROP = "drop"


@dataclass(frozen=True, slots=True, kw_only=True)
class Decide:
    """A person settles a NEEDS_HUMAN, having seen it at ``rev``."""

    act: str
    rev: int
    choice: Choice
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Reconnected:
    """The channel works again."""


@dataclass(frozen=True, slots=True)
class PauseLifted:
    """A person lifted a pause."""


@dataclass(frozen=True, slots=True)
class FollowedUp:
    """These follow-ups are done."""

    keys: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class FollowUpFailed:
    """A follow-up didn't work; it is tried again, ten times at most."""

    key: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Awaited:
    """Another delivery waits until this one is settled."""

    by: DeliveryId


@dataclass(frozen=True, slots=True)
class Chained:
    """A twin planned before this one was added: this one waits for it from now on."""

    after: DeliveryId


@dataclass(frozen=True, slots=True)
class Woken:
    """The delivery that this one waited for is settled."""


@dataclass(frozen=True, slots=True)
class Metered:
    """Its figures are read from now on."""


Event = (
    Claim
    | StoredPart
    | Wait
    | GiveBack
    | Intent
    | NotCalled
    | PublishedBy
    | Found
    | Transient
    | RateLimited
    | AuthExpired
    | Rejected
    | OutcomeUnknown
    | NotThere
    | LookedInVain
    | CantTell
    | Edit
    | Reschedule
    | Schedule
    | Cancel
    | Decide
    | Reconnected
    | PauseLifted
    | FollowedUp
    | FollowUpFailed
    | Awaited
    | Chained
    | Woken
    | Metered
)
