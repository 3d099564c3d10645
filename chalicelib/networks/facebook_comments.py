"""Answers of a Page: comments under what is said to it.

https://developers.facebook.com/docs/graph-api/reference/object/comments
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.networks.answering import answering
from chalicelib.networks.facebook import SPEC
from chalicelib.networks.facebook_pages import address, created
from chalicelib.networks.graph import LacksRight, following, listed
from chalicelib.networks.matching import canonical
from chalicelib.networks.replies import said_object, said_text
from chalicelib.networks.wording import wording
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Published,
)

if TYPE_CHECKING:
    from chalicelib.networks.answering import answering
    from chalicelib.networks.contract import Outgoing, Search
from chalicelib.networks.graph import Graph

PAGE = 50
MAX_PAGES = 4


class Answers:
    """Comments as one Page."""

    def __init__(self, graph: Graph, page: str) -> None:
        self._graph = graph
        self._page = page

    def publish(self, out: Outgoing, before_send: Callable[[], None]) -> Published:
        """Make the one call: POST /{comment or post}/comments."""
        form = {"message": wording(out.content, SPEC)}
        with answering(LacksRight):
            answer = self._graph.publish(f"{out.answers['id']}/comments", form, before_send)
        comment = said_text(answer.get("id"))
        if not comment:
            raise OutcomeUnknown("the answer has no comment id")
        return Published(comment, address(comment))

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the Page's own comments under what is answered."""
        fields = "id,from{id},message,created_time,permalink_url"
        params = {"fields": fields, "filter": "stream", "order": "reverse_chronological"}
        for _ in range(MAX_PAGES):
            path = f"{search.candidates[0].answers['id']}/comments"
            answer = self._graph.get(path, {**params, "limit": str(PAGE)})
            page = listed(answer)
            for comment in page:
                if found := self._ours(comment, search):
                    return found
            after = following(answer)
            if not after or (page and created(page[-1]) < search.since):
                return NotThere(prepared_stands=True)
            params["after"] = after
        return CantTell("too many comments since then")

    def _ours(self, comment: Mapping[str, Any], search: Search) -> Found | None:
        remote_id = said_text(comment.get("id"))
        is_own = said_object(comment.get("from")).get("id") == self._page
        if not is_own or search.is_taken(remote_id):
            return None
        if not search.since <= created(comment) <= search.until:
            return None
        text = canonical(said_text(comment.get("message")))
        for candidate in search.candidates:
            if text == canonical(wording(candidate.content, SPEC)):
                url = said_text(comment.get("permalink_url")) or address(remote_id)
                return Found(remote_id, url, candidate.version)
        return None
