"""The Threads API for one account, by its documented rules.

https://developers.facebook.com/docs/threads/posts · /reply-management · /insights
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.networks.counting import Unit, count
from tests.fakes.fake_containers import FakeTwoPhase
from tests.fakes.fake_graph import Refused, SignInPage, paged, params_of, refused, stamp
from tests.fakes.graph_fields import parsed, picked
from tests.fakes.serving import Asked, Said, said

ACCOUNT = "8000000000000001"
KNOWN = {
    "threads": {"media_type", "text", "image_url", "alt_text", "children", "is_carousel_item"}
    | {"video_url", "reply_to_id", "link_attachment", "access_token"},
    "threads_publish": {"creation_id", "access_token"},
    "manage_reply": {"hide", "access_token"},
}
"""Parameters of the calls that write, of those that are documented, the ones that may be used:
https://developers.facebook.com/docs/threads/reference/publishing"""
FIELDS = frozenset(
    {"id", "text", "username", "timestamp", "permalink", "media_type", "children", "name"}
    | {"has_replies", "root_post", "replied_to", "is_reply", "is_reply_owned_by_me", "shortcode"}
    | {"hide_status", "is_quote_post", "status", "error_message"}
    | {"quota_usage", "config", "reply_quota_usage", "reply_config"}
)
"""https://developers.facebook.com/docs/threads/reference (of the nodes that are read)"""
INSIGHTS = {"views": 90, "likes": 7, "replies": 2, "reposts": 1, "quotes": 0, "shares": 3}
LINK = re.compile(r"https?://\S+")


@dataclass(kw_only=True)
class FakeThreads(FakeTwoPhase):
    """One account, what it published, and what others wrote."""

    page: SignInPage = field(
        default_factory=lambda: SignInPage("https://threads.net/oauth/authorize")
    )
    account: str = ACCOUNT
    kind: str = "th"
    state: str = "status"
    why: str = "error_message"
    quota: int = 250
    reply_quota: int = 1000
    followers: int | None = 58
    """None: it isn't told."""
    others: list[dict[str, Any]] = field(default_factory=list)
    """Replies to us and mentions of us, the newest first."""
    hidden: set[str] = field(default_factory=set)

    def answer(self, asked: Asked) -> Said:
        try:
            return self.answered(asked)
        except Refused as refusal:
            return refusal.answer

    def answered(self, asked: Asked) -> Said:
        params = params_of(asked)
        match asked.method, asked.path:
            case "POST", "/oauth/access_token":
                return said(200, {"access_token": self.short(params), "user_id": int(self.account)})
            case "GET", "/access_token":
                return said(200, self.exchange(params))
            case "GET", "/refresh_access_token":
                return said(200, self.refresh(params))
        version, _, path = asked.path.lstrip("/").partition("/")
        assert version == "v1.0", f"no version: {asked.path}"
        self.require_known(asked, path, params)
        self.require_token(params.get("access_token", ""))
        self.require("threads_basic")
        first, _, edge = path.partition("/")
        if first == "me":
            me = {"id": self.account, "username": self.username, "name": "Boulangerie Martin"}
            return said(200, picked(me, parsed(params["fields"])))
        if first == self.account:
            return self.on_account(asked.method, edge, params)
        if first in self.containers:
            return said(200, self.looked_at(first, params))
        return said(200, self.on_object(asked.method, first, edge, params))

    def require_known(self, asked: Asked, path: str, params: Mapping[str, str]) -> None:
        """An unknown parameter of a write, or an unknown field of a read, fails the test."""
        if asked.method == "POST":
            unknown = set(params) - KNOWN[path.rpartition("/")[2]]
            assert not unknown, f"{path} takes no {unknown}"
        elif "fields" in params:
            unknown = set(parsed(params["fields"])) - FIELDS
            assert not unknown, f"{path} has no {unknown}"

    # The account.

    def on_account(self, method: str, edge: str, params: dict[str, str]) -> Said:
        match method, edge:
            case "POST", "threads":
                self.require("threads_content_publish")
                return self.make(params)
            case "POST", "threads_publish":
                self.require("threads_content_publish")
                return said(200, self.publish(params["creation_id"]))
            case "GET", "threads_publishing_limit":
                self.require("threads_content_publish")
                return said(200, {"data": [picked(self.limits(), parsed(params["fields"]))]})
            case "GET", "threads":
                shown = [{**p, "has_replies": bool(self.under(p["id"]))} for p in self.posts]
                self.posts = shown
                return said(200, self.listed(params, is_reply=False))
            case "GET", "replies":
                return said(200, self.listed(params, is_reply=True))
            case "GET", "mentions":
                self.require("threads_manage_mentions")
                return said(200, paged([o for o in self.others if not o["root_post"]], params))
            case "GET", "threads_insights":
                return said(200, self.account_insights())
        raise Refused(refused(100, 33))

    def limits(self) -> dict[str, Any]:
        return {
            "quota_usage": self.used(is_reply=False),
            "config": {"quota_total": self.quota, "quota_duration": 86400},
            "reply_quota_usage": self.used(is_reply=True),
            "reply_config": {"quota_total": self.reply_quota, "quota_duration": 86400},
        }

    def make(self, form: dict[str, str]) -> Said:
        text, kind = form.get("text", ""), form["media_type"]
        if count(text, Unit.THREADS) > 500:
            raise Refused(refused(1, status=500))
        if kind == "TEXT" and not text:
            raise Refused(refused(100))
        for name, of in (("image_url", "IMAGE"), ("video_url", "VIDEO")):
            if (name in form) != (kind == of) or (kind == of and not self.fetches(form[name])):
                raise Refused(refused(100))
        if len(form.get("alt_text", "")) > 1000:
            raise Refused(refused(100))
        if kind == "CAROUSEL":
            self.children(form, 20)
        if "link_attachment" in form and kind != "TEXT":
            raise Refused(refused(100))
        links = {*LINK.findall(text), form.get("link_attachment")} - {None}
        if len(links) > 5:
            raise Refused(refused(100))
        if "reply_to_id" in form:
            self.require("threads_manage_replies")
            self.find(form["reply_to_id"])
        return said(200, self.contain(form))

    def over_quota(self) -> Said:
        return refused(613)

    def not_ready(self, state: str) -> Said:
        return refused(24, 4279009)

    def shown(self, form: Mapping[str, str]) -> dict[str, Any]:
        children = form["children"].split(",") if "children" in form else []
        kinds = {"TEXT": "TEXT_POST", "CAROUSEL": "CAROUSEL_ALBUM"}
        answered = form.get("reply_to_id", "")
        return {
            "text": form.get("text", "").strip(),
            "link": form.get("link_attachment", ""),
            "media_type": kinds.get(form["media_type"], form["media_type"]),
            "permalink": f"https://www.threads.com/@{self.username}/post/{self.new_id()}",
            "is_reply": bool(answered),
            **({"children": {"data": [{"id": n} for n in children]}} if children else {}),
            **({"replied_to": {"id": answered}} if answered else {}),
        }

    def account_insights(self) -> dict[str, Any]:
        self.require("threads_manage_insights")
        if self.followers is None:
            return {"data": []}
        return {"data": [{"name": "followers_count", "total_value": {"value": self.followers}}]}

    # Posts and replies.

    def on_object(
        self, method: str, object_id: str, edge: str, params: dict[str, str]
    ) -> dict[str, Any]:
        found = self.find(object_id)
        match method, edge:
            case "GET", "":
                if "root_post" in found:
                    self.require("threads_read_replies")
                return picked(found, parsed(params.get("fields", "id")))
            case "GET", "conversation":
                self.require("threads_read_replies")
                assert params.get("reverse", "true") == "true"
                return paged(self.under(object_id), params)
            case "GET", "insights":
                self.require("threads_manage_insights")
                names = params["metric"].split(",")
                return {
                    "data": [{"name": n, "values": [{"value": INSIGHTS[n]}]} for n in names],
                }
            case "POST", "manage_reply":
                self.require("threads_manage_replies")
                self.hidden.add(object_id)
                return {"success": True}
        raise Refused(refused(100, 33))

    def find(self, object_id: str) -> dict[str, Any]:
        for item in (*self.posts, *self.others):
            if item["id"] == object_id:
                return item
        raise Refused(refused(100, 33))

    def under(self, root: str) -> list[dict[str, Any]]:
        return [o for o in self.others if (o["root_post"] or {}).get("id") == root]

    def say(
        self,
        text: str,
        *,
        to: str | None = "",
        by: str = "zoe",
        at: datetime | None = None,
    ) -> dict[str, Any]:
        """Let somebody answer a post or a reply; ``to`` None: let them name us."""
        to = self.posts[0]["id"] if to == "" else to
        parent = next((o for o in self.others if o["id"] == to), None)
        root = parent["root_post"]["id"] if parent else to
        made = {
            "id": self.new_id(),
            "text": text,
            "username": by,
            "timestamp": stamp(at or self.now()),
            "permalink": f"https://www.threads.com/@{by}/post/{self.new_id()}",
            "root_post": {"id": root} if root else None,
            "replied_to": {"id": to} if to else None,
            "is_reply_owned_by_me": False,
        }
        self.others.insert(0, made)
        self.others.sort(key=lambda o: str(o["timestamp"]), reverse=True)
        return made
