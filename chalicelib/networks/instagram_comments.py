"""Answers of an account under the comments that are made to it, and its own first comments.

https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.networks.answering import answering
from chalicelib.networks.graph import LacksRight, following, instant, listed
from chalicelib.networks.graph_containers import identity
from chalicelib.networks.instagram import text_of
from chalicelib.networks.matching import canonical
from chalicelib.networks.replies import said_text
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
    from chalicelib.networks.answering import answering
    from chalicelib.networks.contract import Outgoing, Search
from chalicelib.networks.graph import Graph

PAGE = 50
MAX_PAGES = 4


class Answers:
    """Replies as one account."""

    def __init__(self, graph: Graph, settings: Mapping[str, str]) -> None:
        self._graph = graph
        self._username = settings["username"]

    def require(self, out: Outgoing) -> None:
        """Refuse to answer what can't be: a post of somebody else that shows us.

        Raises:
            Rejected: ``not_answerable``.
        """
        if not _place(out.answers):
            raise Rejected("no comment under a post of ours", "not_answerable")

    def publish(self, out: Outgoing, before_send: Callable[[], None]) -> Published:
        """Make the one call: POST /{comment}/replies, or /{media}/comments of our own."""
        form = {"message": text_of(out)}
        with answering(LacksRight):
            answer = self._graph.publish(_place(out.answers), form, before_send)
        reply = identity(answer.get("id"))
        if not reply:
            raise OutcomeUnknown("the answer has no id")
        return Published(reply, out.answers.get("url") or None)

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the account's own words in that place."""
        answers = search.candidates[0].answers
        params = {"fields": "id,text,timestamp,username", "limit": str(PAGE)}
        for _ in range(MAX_PAGES):
            answer = self._graph.get(_place(answers), params)
            for reply in listed(answer):
                if ours := self._ours(reply, search):
                    return Found(ours[0], answers.get("url") or None, ours[1])
            after = following(answer)
            if not after:
                return NotThere(prepared_stands=True)
            params["after"] = after
        return CantTell("too many replies")

    def _ours(self, reply: Mapping[str, Any], search: Search) -> tuple[str, int] | None:
        """Return the id of a reply and the version that it is, if it is ours."""
        remote_id, at = said_text(reply.get("id")), instant(reply.get("timestamp"))
        if at is None:
            raise Transient("a reply without a date")
        is_own = said_text(reply.get("username")).casefold() == self._username.casefold()
        if not is_own or not search.since <= at <= search.until or search.is_taken(remote_id):
            return None
        text = canonical(said_text(reply.get("text")))
        same = (c.version for c in search.candidates if canonical(text_of(c)) == text)
        version = next(same, None)
        return None if version is None else (remote_id, version)


def _place(answers: Mapping[str, str]) -> str:
    """Return the edge where an answer stands; empty where none can."""
    if "id" in answers:
        return f"{answers['id']}/replies"
    return f"{answers['own']}/comments" if "own" in answers else ""
