"""Comments on LinkedIn, as a page answers them.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.networks.counting import Unit
from chalicelib.networks.linkedin_rest import Rest, address_of, encoded, refusal
from chalicelib.networks.matching import canonical, is_alike
from chalicelib.networks.replies import as_object, said_count, said_object, said_objects, said_text
from chalicelib.networks.spec import Limits, MediaRules, NetworkSpec, TextLimit
from chalicelib.networks.wording import wording
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Published,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.contract import Outgoing, Search

LIMITS = Limits(
    # What its own pages take in a comment; nothing is documented.
    text=(TextLimit(Unit.UTF16_UNITS, 1_250),),
    media=MediaRules(types=("image/jpeg",), max_count=0, max_bytes=5_000_000, max_pixels=1),
)
_URN = re.compile(r"urn:li:comment:\((?P<entity>urn:li:\w+:\d{1,30}),(?P<id>\d{1,30})\)")
PAGE, PAGES = 100, 3
"""A look reads 300 comments of one post at most; beyond, it can't tell."""


def parts_of(urn: str) -> tuple[str, str]:
    """Return what a comment stands under and its own number; empty if it is no comment."""
    match = _URN.fullmatch(urn)
    return (match["entity"], match["id"]) if match else ("", "")


def read_comment(rest: Rest, urn: str, now: datetime) -> dict[str, Any] | None:
    """Return a comment as it stands; None if it is gone.

    Raises:
        NetworkError: it can't be read now.
    """
    entity, number = parts_of(urn)
    reply = rest.ask("GET", f"/rest/socialActions/{encoded(entity)}/comments/{number}")
    if reply.status == 404 and as_object(reply):
        return None
    if reply.status != 200 or not (told := as_object(reply)):
        raise refusal(reply, now, is_public=False)
    return told


def require_answered(rest: Rest, urn: str, now: datetime) -> None:
    """Refuse to answer what was deleted.

    Raises:
        Rejected: it is gone (``answered_gone``).
        NetworkError: it can't be read now.
    """
    if read_comment(rest, urn, now) is None:
        raise Rejected("the comment was deleted", "answered_gone")


def _place(answers: Mapping[str, str]) -> tuple[str, str]:
    """Return what an answer stands under (a comment, or a post of ours), and whose post it is."""
    if "parent" in answers:
        return answers["parent"], parts_of(answers["id"])[0]
    return answers["object"], answers["object"]


def answer(
    rest: Rest, author: str, out: Outgoing, spec: NetworkSpec, before_send: Callable[[], None]
) -> tuple[Published | None, Any]:
    """Make the one call; return what was published, or the answer that says otherwise.

    Raises:
        OutcomeUnknown: it says that it was made, without saying where.
    """
    under, entity = _place(out.answers)
    body = {
        "actor": author,
        "object": out.answers["object"],
        "message": {"text": wording(out.content, spec)},
    }
    if under != entity:
        body["parentComment"] = under
    path = f"/rest/socialActions/{encoded(under)}/comments"
    reply = rest.ask("POST", path, json=body, before_send=before_send, write=True)
    if reply.status != 201:
        return None, reply
    number = reply.headers.get("x-restli-id", "") or said_text(as_object(reply).get("id"))
    if not number.isdecimal():
        raise OutcomeUnknown("201 without the comment's id")
    return Published(f"urn:li:comment:({entity},{number})", address_of(entity)), reply


def find(rest: Rest, author: str, search: Search, spec: NetworkSpec) -> Found | NotThere | CantTell:
    """Look for an answer of ours among what stands in the same place."""
    under, entity = _place(search.candidates[0].answers)
    told, is_whole = _under(rest, under)
    in_time = [c for c in told if c.get("actor") == author and _in_time(c, search)]
    ours = [c for c in in_time if not search.is_taken(_urn_of(c, entity))]
    for comment in ours:
        shown = canonical(_text(comment))
        for candidate in search.candidates:
            if canonical(wording(candidate.content, spec)) == shown:
                return Found(_urn_of(comment, entity), address_of(entity), candidate.version)
    wanted = [canonical(wording(c.content, spec)) for c in search.candidates]
    if any(is_alike(w, frozenset({canonical(_text(c))})) for w in wanted for c in ours):
        return CantTell("a comment much like it was written then")
    return NotThere() if is_whole else CantTell("too many comments there")


def _under(rest: Rest, urn: str) -> tuple[list[dict[str, Any]], bool]:
    """Return the comments under something, and whether those are all."""
    comments: list[dict[str, Any]] = []
    for start in range(0, PAGE * PAGES, PAGE):
        path = f"/rest/socialActions/{encoded(urn)}/comments?start={start}&count={PAGE}"
        told = rest.read(path).get("elements")
        if not isinstance(told, list):
            raise Transient("no list of comments")
        comments += said_objects(told)
        if len(told) < PAGE:
            return comments, True
    return comments, False


def _urn_of(comment: Mapping[str, Any], entity: str) -> str:
    return f"urn:li:comment:({entity},{comment.get('id')})"


def _in_time(comment: Mapping[str, Any], search: Search) -> bool:
    at = created(comment)
    return at is not None and search.since <= at <= search.until


def created(comment: Mapping[str, Any], name: str = "created") -> datetime | None:
    """Return when a comment was written (or ``lastModified``); None if it isn't said."""
    at = said_count(said_object(comment.get(name)).get("time"))
    return datetime.fromtimestamp(min(at, 32_503_680_000_000) / 1000, UTC) if at else None


def _text(comment: Mapping[str, Any]) -> str:
    return said_text(said_object(comment.get("message")).get("text"))
