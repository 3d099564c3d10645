"""Answers to comments on a WordPress site: one is held first, then let through.

WordPress gives a comment no slug to find it by, but keeps what wrote it
(``author_user_agent``): ours names the delivery. Letting a comment through may be repeated, and
carries the whole text. https://developer.wordpress.org/rest-api/reference/comments/
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from html import escape
from typing import TYPE_CHECKING, Any

from chalicelib.networks.matching import canonical, html_forms
from chalicelib.networks.replies import lenient_object, said_object, said_text
from chalicelib.networks.wording import wording
from chalicelib.networks.wordpress import SPEC
from chalicelib.networks.wordpress_rest import check, link_of
from chalicelib.networks.wordpress_site import Site
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Part,
    Published,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.contract import Outgoing, Search, Tools
    from chalicelib.networks.http import Reply

PREFIX = "comment-"
"""Of the remote ids of comments, which are counted apart from posts."""
BINNED = frozenset({"trash", "spam"})
_REFUSALS = {
    "rest_comment_closed": "comments_closed",
    "rest_comment_draft_post": "answered_gone",
    "rest_comment_trash_post": "answered_gone",
    "rest_comment_invalid_post_id": "answered_gone",
    "comment_duplicate": "duplicate",
}


class Answers:
    """Answers comments as one user of one site."""

    def __init__(self, tools: Tools, is_password_good: Callable[[], bool]) -> None:
        self._tools = tools
        self._site = Site(tools)
        self._is_password_good = is_password_good

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part]:
        """See ``contract.Publishes``: the comment, held."""
        known = self._standing(out.answers, out.key.uuid, parts)
        if known is None:
            self._require_answered(out.answers["parent"])
            known = self._hold(out)
        if parts.get("comment") != str(known["id"]):
            yield Part("comment", str(known["id"]))
        if known["status"] != "hold":
            yield Part("live", known["status"])

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: the comment is given this text and let through."""
        if "live" in parts:
            raise OutcomeUnknown(f"the comment is already {parts['live']} on the site")
        reply = self._tools.http.request(
            "POST",
            self._site.url(f"comments/{parts['comment']}"),
            headers=self._site.authorization(),
            json={**_body(out), "status": "approve"},
            write=True,
            before_send=before_send,
        )
        if reply.status == 401 and self._is_password_good():
            raise Transient("401 to the comment, though the password works")
        _raise_refusal(reply)
        comment = check(reply, self._tools.clock.now(), is_public=True)
        if str(comment.get("id")) != parts["comment"] or comment.get("status") != "approved":
            raise OutcomeUnknown("the answer isn't our comment, approved")
        return Published(PREFIX + parts["comment"], link_of(comment))

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the comment by its id, else by what wrote it."""
        answers = search.candidates[0].answers
        known = self._standing(answers, search.key.uuid, search.parts)
        if known is None:
            return NotThere()
        if known["status"] == "hold":
            return NotThere(prepared_stands=True)
        if known["status"] != "approved":
            return CantTell(f"the site has the answer as {known['status']}")
        version = next((c.version for c in search.candidates if _is_text_of(known, c)), None)
        return Found(f"{PREFIX}{known['id']}", link_of(known), version)

    def _standing(
        self, answers: Mapping[str, str], uuid: str, parts: Mapping[str, str]
    ) -> dict[str, Any] | None:
        """Return our comment as it stands on the site; None if it is nowhere, or in the bin."""
        if "comment" in parts:
            params = {"context": "edit"}
            reply = self._site.request("GET", f"comments/{parts['comment']}", params=params)
            if lenient_object(reply).get("code") != "rest_comment_invalid_id":
                known = _comment(self._site.checked(reply))
                return None if known["status"] == "trash" else known
        where = {"post": answers["post"], "parent": answers["parent"], "status": "all"}
        params = {**where, "context": "edit", "per_page": "100"}
        reply = self._site.request("GET", "comments", params=params)
        _raise_refusal(reply)
        listed = self._site.listed("comments", reply)
        ours = (c for c in listed if said_text(c.get("author_user_agent")) == _signature(uuid))
        return next((_comment(c) for c in ours), None)

    def _require_answered(self, comment: str) -> None:
        """Refuse to answer what was deleted: WordPress itself wouldn't."""
        reply = self._site.request("GET", f"comments/{comment}")
        is_gone = lenient_object(reply).get("code") == "rest_comment_invalid_id"
        if is_gone or _comment(self._site.checked(reply))["status"] in BINNED:
            raise Rejected("the comment was deleted", "answered_gone")

    def _hold(self, out: Outgoing) -> dict[str, Any]:
        where = {"post": int(out.answers["post"]), "parent": int(out.answers["parent"])}
        body = {**_body(out), **where, "status": "hold"}
        reply = self._site.request("POST", "comments", json=body)
        _raise_refusal(reply)
        return _comment(self._site.checked(reply))


def _body(out: Outgoing) -> dict[str, Any]:
    """Return the whole of a version: its text, with whatever looks like HTML shown."""
    text = escape(wording(out.content, SPEC), quote=False)
    return {"content": text, "author_user_agent": _signature(out.key.uuid)}


def _signature(uuid: str) -> str:
    return f"Relais/{uuid}"


def _is_text_of(comment: Mapping[str, Any], out: Outgoing) -> bool:
    html = said_text(said_object(comment.get("content")).get("rendered"))
    return canonical(wording(out.content, SPEC)) in html_forms(html)


def _comment(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known to have an id, if it has the status of a comment too."""
    if not isinstance(answer.get("status"), str):
        raise Transient("not a comment")
    return dict(answer)


def _raise_refusal(reply: Reply) -> None:
    """Raise what refuses this answer: not the password, as a post's refusal would be."""
    code = said_text(lenient_object(reply).get("code"))
    detail = f"{reply.status} {code}"
    if code in _REFUSALS:
        raise Rejected(detail, _REFUSALS[code])
    if reply.status == 403 and code.startswith("rest_"):
        raise Rejected(detail, "forbidden")
