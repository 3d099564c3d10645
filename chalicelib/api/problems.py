"""Problem answers (RFC 9457): every refusal and failure in one shape, said in words.

Domain errors become problems by the table at the end; what isn't in it is a mistake of
ours: 500, its class and place logged, its words kept to ourselves.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from chalicelib.api.words import Words
from chalicelib.inbox.refusals import AnsweredMeanwhile, CantAnswer, CantModerate
from chalicelib.listening.ports import SourceGone, Unreadable
from chalicelib.publishing import refusals
from chalicelib.publishing.outcomes import NetworkError
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Fault
from chalicelib.workspaces import connecting, sessions, uploads

STATUSES = {
    "already-running": 409,
    "answered-meanwhile": 409,
    "body-too-large": 413,
    "busy": 503,
    "cant-answer": 409,
    "cant-moderate": 409,
    "cant-now": 409,
    "changed-meanwhile": 409,
    "connect-refused": 422,
    "cross-site": 403,
    "cursor-invalid": 422,
    "edited-meanwhile": 409,
    "idempotency-key-invalid": 422,
    "idempotency-key-reused": 422,
    "internal": 500,
    "invalid": 422,
    "link-used-up": 410,
    "media-refused": 422,
    "method-not-allowed": 405,
    "network-away": 503,
    "not-a-feed": 422,
    "not-found": 404,
    "not-json": 400,
    "role-too-low": 403,
    "scope-missing": 403,
    "sign-in-needed": 401,
    "site-away": 503,
    "too-late": 409,
    "too-often": 429,
    "unsupported-media-type": 415,
    "wrong-origin": 403,
}
"""Each kind of problem, and its status."""

CONTENT_TYPE = "application/problem+json"


@dataclass(eq=False)
class Problem(Exception):
    """A request that is answered by a problem.

    ``params`` fill its sentence, ``extra`` are further members of the answer, ``faults``
    its ``errors``. A callable value in ``params`` is given the words of the language.
    """

    slug: str
    params: Mapping[str, object] = field(default_factory=dict)
    extra: Mapping[str, object] = field(default_factory=dict)
    faults: Sequence[Fault] = ()
    headers: Mapping[str, str] = field(default_factory=dict)

    @property
    def status(self) -> int:
        """The HTTP status."""
        return STATUSES[self.slug]


def body_of(problem: Problem, words: Words) -> str:
    """Return the problem's JSON, in a person's language."""
    said = {k: v(words) if callable(v) else v for k, v in problem.params.items()}
    title, detail = words.problem(problem.slug, said)
    body: dict[str, Any] = {
        "type": f"/problems/{problem.slug}",
        "title": title,
        "status": problem.status,
        "detail": detail,
        **problem.extra,
    }
    if problem.faults:
        body["errors"] = [
            {"pointer": f.pointer, "code": f.code, "message": words.fault(f)}
            for f in problem.faults
        ]
    return json.dumps(body, ensure_ascii=False, default=str)


def problem_of(error: Exception) -> Problem | None:
    """Return the problem that a domain error is told as; None for a mistake of ours."""
    if isinstance(error, Problem):
        return error
    for kind in type(error).__mro__:
        if kind in _TABLE:
            return _TABLE[kind](error)
    return None


def _invalid(error: refusals.Invalid) -> Problem:
    return Problem("invalid", faults=error.faults)


def _not_found(_: refusals.NotFound) -> Problem:
    return Problem("not-found")


def _edited(error: refusals.EditedMeanwhile) -> Problem:
    extra = {"current_version": error.current_version, "by": None}
    return Problem("edited-meanwhile", {"by_whom": ""}, extra)


def _too_late(error: refusals.TooLate) -> Problem:
    return Problem("too-late", extra={"too_late": [d.id for d in error.deliveries]})


def _changed(error: refusals.ChangedMeanwhile) -> Problem:
    extra = {"rev": error.delivery.rev, "delivery": error.delivery.id}
    return Problem("changed-meanwhile", extra=extra)


def _busy(_: Exception) -> Problem:
    return Problem("busy", headers={"Retry-After": "2"})


def _connect_refused(error: connecting.ConnectRefused) -> Problem:
    return Problem("connect-refused", faults=[error.fault])


def _network_away(error: connecting.NetworkAway) -> Problem:
    params = {"network": error.network.capitalize()}
    return Problem("network-away", params, headers={"Retry-After": "60"})


def _cant_now(error: connecting.CantNow) -> Problem:
    code = error.code
    return Problem("cant-now", {"reason": lambda words: words.reason(code)}, {"reason": code})


def _cant_answer(error: CantAnswer) -> Problem:
    code = error.why
    return Problem("cant-answer", {"reason": lambda words: words.reason(code)}, {"reason": code})


def _cant_moderate(error: CantModerate) -> Problem:
    reason, network = error.reason, error.network.capitalize()
    said = {"reason": lambda words: words.moderation(reason, network)}
    return Problem("cant-moderate", said, {"reason": reason})


def _answered(error: AnsweredMeanwhile) -> Problem:
    extra = {"by": None, "at": error.post.created_at.isoformat()}
    return Problem("answered-meanwhile", {"by_whom": "", "when": ""}, extra)


def _not_a_feed(error: Unreadable) -> Problem:
    code = error.reason
    said = {"reason": lambda words: words.source_reason(code)}
    return Problem("not-a-feed", said, {"reason": code})


def _gone_feed(_: SourceGone) -> Problem:
    return _not_a_feed(Unreadable("gone"))


def _link_used_up(_: sessions.LinkUsedUp) -> Problem:
    return Problem("link-used-up")


def _too_often(error: sessions.TooOften) -> Problem:
    seconds = max(1, -(-int(error.retry_after.total_seconds()) // 1))
    minutes = {"minutes": lambda words: words.minutes(seconds)}
    return Problem("too-often", minutes, headers={"Retry-After": str(seconds)})


def _media_refused(error: uploads.MediaRefused) -> Problem:
    fault = error.fault
    reason = {"reason": lambda words: words.fault(fault)}
    return Problem("media-refused", reason, {"reason": fault.code}, [fault])


_TABLE: dict[type[Exception], Callable[[Any], Problem]] = {
    refusals.Invalid: _invalid,
    refusals.NotFound: _not_found,
    refusals.EditedMeanwhile: _edited,
    refusals.TooLate: _too_late,
    refusals.ChangedMeanwhile: _changed,
    refusals.Busy: _busy,
    Stale: _busy,
    StoreUnclear: _busy,
    connecting.ConnectRefused: _connect_refused,
    connecting.NetworkAway: _network_away,
    connecting.CantNow: _cant_now,
    NetworkError: _busy,
    AnsweredMeanwhile: _answered,
    CantAnswer: _cant_answer,
    CantModerate: _cant_moderate,
    Unreadable: _not_a_feed,
    SourceGone: _gone_feed,
    sessions.LinkUsedUp: _link_used_up,
    sessions.TooOften: _too_often,
    uploads.MediaRefused: _media_refused,
}
