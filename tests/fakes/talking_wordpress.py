"""A WordPress site with comments, by the rules of its REST API and what a real site did.

https://developer.wordpress.org/rest-api/reference/comments/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any
from zoneinfo import ZoneInfo

from tests.fakes.fake_wordpress import FakeWordPress, refused
from tests.fakes.serving import Asked, Said, said

ME = 7
TURNED = {"approve": "approved", "hold": "hold", "spam": "spam", "trash": "trash"}
LISTED = {"all": {"hold", "approved"}, "approve": {"approved"}, "hold": {"hold"}}


@dataclass(slots=True)
class TalkingWordPress(FakeWordPress):
    """One user of one site, and what its visitors say."""

    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    zone: ZoneInfo = field(default_factory=lambda: ZoneInfo("Europe/Paris"))
    """Of the site: ``after`` compares its local time."""
    is_open: bool = True
    """Whether comments are taken."""

    def write(
        self,
        text: str,
        *,
        post: int,
        parent: int = 0,
        status: str = "hold",
        by: str = "Zoé",
        user: int = 0,
        at: datetime | None = None,
    ) -> int:
        """Let somebody write a comment; return its id."""
        number, at = self.new_id(), at or self.now()
        raw = escape(text, quote=False)
        self.comments[number] = {
            "id": number,
            "post": post,
            "parent": parent,
            "author": user,
            "author_name": escape(by),
            "author_url": "https://zoe.exemple" if not user else "",
            "author_user_agent": "Mozilla/5.0",
            "date_gmt": at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S"),
            "content": {"raw": raw, "rendered": displayed(raw)},
            "link": f"{self.base_url}/bonjour/#comment-{number}",
            "status": status,
        }
        return number

    def post(self, title: str = "Bonjour") -> int:
        """Let a post be published by hand; return its id."""
        number = self.new_id()
        self.posts[number] = {"id": number, "status": "publish", "slug": "bonjour", "title": title}
        return number

    @property
    def moderates(self) -> bool:
        return self.role == "editor"

    def routed(self, asked: Asked) -> Said:
        route = self.route(asked) or ""
        match = re.fullmatch(r"/wp/v2/comments(?:/(\d+))?", route)
        if match:
            return self.commented(asked, int(match.group(1)) if match.group(1) else None)
        if route == "/wp/v2/posts" and asked.method == "GET" and "slug" not in asked.query:
            return said(200, paged(self.live(), asked), **totals(self.live(), asked))
        return FakeWordPress.routed(self, asked)

    def commented(self, asked: Asked, number: int | None) -> Said:
        if asked.query.get("context") == "edit" and not (self.signed_in(asked) and self.moderates):
            code = 403 if self.signed_in(asked) else 401
            return refused(code, "rest_forbidden_context", "Sorry, you are not allowed to edit.")
        if number is None:
            return self.list_comments(asked) if asked.method == "GET" else self.create(asked)
        if number not in self.comments:
            return refused(404, "rest_comment_invalid_id", "Invalid comment ID.")
        if asked.method == "GET":
            return said(200, self.shown(self.comments[number], asked))
        if not (self.signed_in(asked) and self.moderates):
            code = 403 if self.signed_in(asked) else 401
            return refused(code, "rest_cannot_edit", "Sorry, you are not allowed to edit this.")
        if asked.method == "DELETE":
            return self.bin(number)
        return self.change(asked, number)

    def list_comments(self, asked: Asked) -> Said:
        query = asked.query
        status = re.sub(r"[^a-z0-9_-]", "", query.get("status", "approve"))  # sanitize_key
        if status != "approve" and not self.signed_in(asked):
            return refused(401, "rest_forbidden_param", "Query parameter not permitted: status")
        found = [c for c in self.comments.values() if c["status"] in LISTED.get(status, {status})]
        for name in ("post", "parent"):
            if name in query:
                found = [c for c in found if c[name] == int(query[name])]
        if "include" in query:
            wanted = {int(n) for n in query["include"].split(",")}
            found = [c for c in found if c["id"] in wanted]
        if "after" in query:
            after = self.local(datetime.fromisoformat(query["after"]))
            found = [c for c in found if self.local(written(c)) > after]
        found.sort(key=lambda c: (c["date_gmt"], c["id"]), reverse=query.get("order") != "asc")
        if not 1 <= int(query.get("per_page", "10")) <= 100:
            return refused(400, "rest_invalid_param", "Invalid parameter(s): per_page")
        shown = [self.shown(c, asked) for c in paged(found, asked) if self.may_read(c)]
        return said(200, shown, **totals(found, asked))

    def may_read(self, comment: dict[str, Any]) -> bool:
        """What one may not read is left out of the page that it was counted on."""
        return self.moderates or comment["status"] == "approved"

    def local(self, at: datetime) -> datetime:
        """The site's own time, of which an hour comes twice in autumn."""
        return at.astimezone(self.zone).replace(tzinfo=None, fold=0)

    def shown(self, comment: dict[str, Any], asked: Asked) -> dict[str, Any]:
        if asked.query.get("context") == "edit":
            return comment
        shown = {k: v for k, v in comment.items() if k != "author_user_agent"}
        return {**shown, "content": {"rendered": comment["content"]["rendered"]}}

    def create(self, asked: Asked) -> Said:
        if not self.signed_in(asked):
            return refused(401, "rest_comment_login_required", "Sorry, you must be logged in.")
        body = asked.json()
        if "status" in body and not self.moderates:
            return refused(403, "rest_comment_invalid_status", "Sorry, not allowed: 'status'.")
        post = self.posts.get(body["post"])
        if post is None or post["status"] == "trash":
            code = "rest_comment_trash_post" if post else "rest_comment_invalid_post_id"
            return refused(403, code, "Sorry, you are not allowed to create this comment.")
        if not self.is_open:
            return refused(403, "rest_comment_closed", "Sorry, comments are closed for this item.")
        same = (body["post"], body["parent"], body["content"], ME)
        for c in self.comments.values():
            known = (c["post"], c["parent"], c["content"]["raw"], c["author"])
            if known == same and c["status"] != "trash":
                return refused(409, "comment_duplicate", "Duplicate comment detected")
        number = self.write("", post=body["post"], parent=body["parent"], user=ME, by="M. Martin")
        self.comments[number]["status"] = TURNED[body.get("status", "approve")]
        self.fill(number, asked)
        return said(201, self.comments[number])

    def fill(self, number: int, asked: Asked) -> None:
        """Whatever is written, by whom it was written is written too."""
        body, comment = asked.json(), self.comments[number]
        agent = body.get("author_user_agent", asked.headers["user-agent"])
        comment["author_user_agent"] = agent
        if "content" in body:
            comment["content"] = {"raw": body["content"], "rendered": displayed(body["content"])}

    def change(self, asked: Asked, number: int) -> Said:
        self.fill(number, asked)
        if "status" in asked.json():
            self.comments[number]["status"] = TURNED[asked.json()["status"]]
        return said(200, self.comments[number])

    def bin(self, number: int) -> Said:
        if self.comments[number]["status"] == "trash":
            return refused(410, "rest_already_trashed", "The comment has already been trashed.")
        self.comments[number]["status"] = "trash"
        return said(200, self.comments[number])


def paged(found: list[dict[str, Any]], asked: Asked) -> list[dict[str, Any]]:
    size, page = int(asked.query.get("per_page", "10")), int(asked.query.get("page", "1"))
    return found[(page - 1) * size : page * size]


def totals(found: list[dict[str, Any]], asked: Asked) -> dict[str, str]:
    pages = -(-len(found) // int(asked.query.get("per_page", "10")))
    return {"X_WP_Total": str(len(found)), "X_WP_TotalPages": str(pages)}


def written(comment: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(comment["date_gmt"]).replace(tzinfo=UTC)


def displayed(raw: str) -> str:
    """Return the HTML that WordPress makes of a comment: paragraphs and links."""
    linked = re.sub(r"(https?://[^\s<]+)", r'<a href="\1" rel="nofollow ugc">\1</a>', raw)
    paragraphs = (p.replace("\n", "<br />\n") for p in linked.split("\n\n"))
    return "".join(f"<p>{p}</p>\n" for p in paragraphs)
