"""What a scripted call to a network does: the ways in which one can go well or badly."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.publishing import outcomes
from chalicelib.publishing.outcomes import CantTell, Found, NotThere

NO_TIME = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Play:
    """What one call does, and how much time passes at each of its moments."""

    applied: bool = True
    raises: Exception | None = None
    says: Found | NotThere | CantTell | None = None
    """For ``find``: the answer, instead of the true one."""
    before_check: timedelta = NO_TIME
    """Before the time left is checked, right before the socket is written."""
    before_apply: timedelta = NO_TIME
    before_answer: timedelta = NO_TIME
    hidden_for: timedelta = NO_TIME
    """How long reads don't show it after it was applied."""


def ok() -> Play:
    """It goes well."""
    return Play()


def reply_lost() -> Play:
    """It is applied, and the reply never comes."""
    lost = outcomes.OutcomeUnknown("read timeout")
    return Play(raises=lost, before_answer=timedelta(seconds=20))


def timed_out() -> Play:
    """It is not applied, which nobody can know."""
    lost = outcomes.OutcomeUnknown("read timeout")
    return Play(applied=False, raises=lost, before_answer=timedelta(seconds=20))


def applied_at_the_end() -> Play:
    """It is applied as its deadline ends: as late as it can be."""
    lost = outcomes.OutcomeUnknown("read timeout")
    return Play(raises=lost, before_apply=timedelta(seconds=20))


def server_error(*, applied: bool) -> Play:
    """A 5xx, which proves nothing."""
    return Play(applied=applied, raises=outcomes.OutcomeUnknown("503"))


def without_id() -> Play:
    """A 2xx that names no id."""
    return Play(raises=outcomes.OutcomeUnknown("201 without id"))


def limited(reset_at: datetime | None = None, scope: str = "channel") -> Play:
    """A 429."""
    return Play(applied=False, raises=outcomes.RateLimited("429", reset_at, scope))


def unauthorised() -> Play:
    """A 401, this once."""
    return Play(applied=False, raises=outcomes.AuthExpired("401"))


def refused(reason: str = "invalid", *, applied: bool = False) -> Play:
    """A 400: for good, or (``applied``) a lie that no adapter knows of."""
    return Play(applied=applied, raises=outcomes.Rejected("400", reason))


def unreachable() -> Play:
    """Connection refused: provably not applied."""
    return Play(applied=False, raises=outcomes.Transient("connection refused"))


def broken(*, applied: bool) -> Play:
    """The adapter itself fails during the call."""
    return Play(applied=applied, raises=KeyError("id"))
