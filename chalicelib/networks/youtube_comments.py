"""Comments on YouTube as they are heard, and the channel's answers under them.

https://developers.google.com/youtube/v3/docs/comments
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.networks.answering import answering
from chalicelib.networks.google import pages
from chalicelib.networks.matching import canonical
from chalicelib.networks.replies import iso_instant, said_object, said_text
from chalicelib.networks.wording import wording
from chalicelib.networks.youtube import SPEC
from chalicelib.networks.youtube_api import Denied, items_of
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Published,
    Rejected,
)

if TYPE_CHECKING:
    from chalicelib.networks.contract import Outgoing, Search
    from chalicelib.networks.signed import Calls

PAGE = 100
"""The most that comments and commentThreads give at once."""
MAX_PAGES = 5
TOP = "topLevelComment"


class Answers:
    """Comments as one channel."""

    def __init__(self, api: Calls, channel: str) -> None:
        self._api = api
        self._channel = channel

    def require(self, out: Outgoing) -> None:
        """Refuse what can't be answered at all; raises Rejected (``not_answerable``)."""
        if not out.answers.get("parent") and not out.answers.get("own"):
            raise Rejected("nothing that can be answered", "not_answerable")

    def publish(self, out: Outgoing, before_send: Callable[[], None]) -> Published:
        """Make the one call: POST of a comment under the one that began the conversation.

        A comment on a video of ours begins one of its own:
        https://developers.google.com/youtube/v3/docs/commentThreads/insert
        """
        words, own = {"textOriginal": wording(out.content, SPEC)}, out.answers.get("own")
        if own:
            where, snippet = "commentThreads", {"videoId": own, TOP: {"snippet": words}}
        else:
            where, snippet = "comments", {**words, "parentId": out.answers["parent"]}
        path = f"{where}?part=snippet"
        with answering(Denied):
            answer = self._api.send("POST", path, {"snippet": snippet}, before_send)
        comment = _top(answer) if own else answer
        made = said_text(comment.get("id"))
        if not made or comment.get("kind") != "youtube#comment":
            raise OutcomeUnknown("the answer has no comment")
        return Published(made, comment_address(out.answers.get("place", ""), made))

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the channel's own comments under what is answered."""
        try:
            for page in pages(self._reading(search.candidates[0].answers), MAX_PAGES):
                for comment in items_of(page):
                    if found := self._ours(_top(comment) or comment, search):
                        return found
                if not said_text(page.get("nextPageToken")):
                    return NotThere(prepared_stands=True)
        except Rejected as error:
            if error.reason == "gone":
                return NotThere()  # the answer went with it
            raise
        return CantTell("more comments than are read")

    def _reading(self, answers: Mapping[str, str]) -> Callable[[Mapping[str, str]], dict[str, Any]]:
        """Return what reads a page of the comments that stand where an answer does."""
        params = {"part": "snippet", "textFormat": "plainText", "maxResults": str(PAGE)}
        own = answers.get("own")
        if own:
            where, params = "commentThreads", {**params, "videoId": own, "order": "time"}
        else:
            where, params = "comments", {**params, "parentId": answers["parent"]}

        def read(more: Mapping[str, str]) -> dict[str, Any]:
            return self._api.read(where, {**params, **more})

        return read

    def _ours(self, comment: Mapping[str, Any], search: Search) -> Found | None:
        snippet, made = said_object(comment.get("snippet")), said_text(comment.get("id"))
        at = iso_instant(snippet.get("publishedAt"))
        is_own = author_of(snippet) == self._channel
        if not is_own or not made or at is None or search.is_taken(made):
            return None
        if not search.since <= at <= search.until:
            return None
        text = canonical(text_of(snippet))
        for candidate in search.candidates:
            if text == canonical(wording(candidate.content, SPEC)):
                where = comment_address(candidate.answers.get("place", ""), made)
                return Found(made, where, candidate.version)
        return None


def _top(thread: Mapping[str, Any]) -> dict[str, Any]:
    return said_object(said_object(thread.get("snippet")).get(TOP))


def author_of(snippet: Mapping[str, Any]) -> str:
    """Return the channel of who wrote a comment; empty if it isn't told."""
    return said_text(said_object(snippet.get("authorChannelId")).get("value"))


def text_of(snippet: Mapping[str, Any]) -> str:
    """Return the words of a comment: as they were written, where that is told."""
    return said_text(snippet.get("textOriginal")) or said_text(snippet.get("textDisplay"))


def comment_address(place: str, comment: str) -> str:
    """Return where people read a comment, by the page of what it is about."""
    return f"{place}{'&' if '?' in place else '?'}lc={comment}"
