"""The firm's answers to reviews of a place of business on Google.

An answer is put in its place (PUT), so putting it there again changes nothing. A review bears
one answer only: one that somebody gave elsewhere isn't written over.
https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/updateReply
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.networks.google import calls
from chalicelib.networks.google_business import FLOW, POSTS, REFUSED, SPEC
from chalicelib.networks.matching import canonical
from chalicelib.networks.replies import said_object, said_text
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
    from chalicelib.networks.contract import Outgoing, Search, Tools

_REVIEW = re.compile(r"accounts/[\w-]{1,100}/locations/[\w-]{1,100}/reviews/[\w-]{1,200}")


class Answers:
    """Answers the reviews of one place."""

    def __init__(self, tools: Tools) -> None:
        self._calls = calls(tools, FLOW)

    def prepare(self, out: Outgoing) -> None:
        """Refuse to answer what was deleted, or what others have answered.

        Raises:
            Rejected: ``answered_gone``, ``already_answered``; ``not_answerable`` where it isn't
                a review at all.
        """
        stands = self._reply(out.answers)
        if stands and not _is_text_of(stands, out):
            raise Rejected("the review has another answer", "already_answered")

    def publish(self, out: Outgoing, *, before_send: Callable[[], None]) -> Published:
        """See ``contract.Publishes``: one PUT of the answer."""
        name = out.answers["review"]
        body = {"comment": wording(out.content, SPEC)}
        reply = self._calls.send("PUT", f"{POSTS}/{name}/reply", body, before_send)
        if not _is_text_of(reply, out):
            raise OutcomeUnknown("the answer isn't our words")
        if reply.get("reviewReplyState") == REFUSED:
            raise Rejected("Google refuses it on review", "refused_on_review")
        return Published(f"{name}/reply")

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the answer that the review bears."""
        answers = search.candidates[0].answers
        own = f"{answers['review']}/reply"
        try:
            stands = self._reply(answers)
        except Rejected as error:
            if error.reason == "answered_gone":
                return NotThere()  # the answer went with it
            raise
        if not stands or stands.get("reviewReplyState") == REFUSED:
            return NotThere()
        for candidate in search.candidates:
            if _is_text_of(stands, candidate) and not search.is_taken(own):
                return Found(own, None, candidate.version)
        return CantTell("the review has another answer")

    def _reply(self, answers: Mapping[str, str]) -> dict[str, Any]:
        """Return the answer that a review bears; empty if there is none."""
        name = answers.get("review", "")
        if not _REVIEW.fullmatch(name):
            raise Rejected("nothing that can be answered", "not_answerable")
        try:
            review = self._calls.read(f"{POSTS}/{name}")
        except Rejected as error:
            if error.reason == "gone":
                raise Rejected(error.detail, "answered_gone") from error
            raise
        if review.get("name") != name:
            raise Transient("not the review that was asked for")
        return said_object(review.get("reviewReply"))


def _is_text_of(reply: Mapping[str, Any], out: Outgoing) -> bool:
    return canonical(said_text(reply.get("comment"))) == canonical(wording(out.content, SPEC))
