"""Reviews of a place of business on Google, as they are heard.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any

from chalicelib.listening.mentions import Author, Heard, MentionKind
from chalicelib.networks.google_business import REFUSED
from chalicelib.networks.replies import iso_instant, said_object, said_text

_REVIEW = re.compile(r"accounts/[\w-]{1,100}/(?P<own>locations/[\w-]{1,100}/reviews/[\w-]{1,200})")
_STARS = {"ONE": 1, "TWO": 2, "THREE": 3, "FOUR": 4, "FIVE": 5}
_TRANSLATED, _ORIGINAL = "(Translated by Google)", "(Original)"


def heard_of(review: Mapping[str, Any], page: str) -> Heard | None:
    """Return what a review says; None if it lacks what makes it one.

    Args:
        review: As Google tells it.
        page: Where people see the place; a review has no address of its own.
    """
    name = said_text(review.get("name"))
    found, said_at = _REVIEW.fullmatch(name), iso_instant(review.get("createTime"))
    if found is None or said_at is None:
        return None
    return Heard(
        identity=found["own"],
        kind=MentionKind.REVIEW,
        remote_id=name,
        url=page,
        author=_author(said_object(review.get("reviewer"))),
        text=original(said_text(review.get("comment"))),
        said_at=said_at,
        edited_at=_edited_at(review, said_at),
        refs={"review": name},
        rating=_STARS.get(said_text(review.get("starRating"))),
        replied_at=_replied_at(said_object(review.get("reviewReply"))),
    )


def told_anew(before: Heard, now: Heard) -> Heard | None:
    """Return a review as it is now, if anything of it has changed."""
    after = replace(
        before,
        text=now.text,
        rating=now.rating,
        edited_at=now.edited_at,
        replied_at=now.replied_at,
    )
    return None if after == before else after


def original(comment: str) -> str:
    """Return a review in its author's words, without the translation that Google adds.

    It stands before them or after them; the marks aren't documented, only seen.
    """
    text = comment.strip()
    if text.startswith(_TRANSLATED):
        translated, _, written = text.removeprefix(_TRANSLATED).partition(_ORIGINAL)
        return (written or translated).strip()
    return text.partition(_TRANSLATED)[0].strip()


def _author(reviewer: Mapping[str, Any]) -> Author:
    """Return who wrote it, as they want to be seen: Google tells no id and no page of them."""
    return Author("", said_text(reviewer.get("displayName")))


def _edited_at(review: Mapping[str, Any], said_at: datetime) -> datetime | None:
    at = iso_instant(review.get("updateTime"))
    return at if at is not None and at > said_at else None


def _replied_at(reply: Mapping[str, Any]) -> datetime | None:
    """Return when the firm answered; an answer that Google refused is none."""
    if not said_text(reply.get("comment")) or reply.get("reviewReplyState") == REFUSED:
        return None
    return iso_instant(reply.get("updateTime"))
