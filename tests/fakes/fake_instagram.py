"""The Instagram API with Instagram Login, for one professional account, by its rules.

https://developers.facebook.com/docs/instagram-platform/content-publishing
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.networks.graph import VERSION
from tests.fakes.fake_containers import FakeTwoPhase
from tests.fakes.fake_graph import Refused, SignInPage, bearer, paged, params_of, refused, stamp
from tests.fakes.graph_fields import parsed, picked
from tests.fakes.serving import Asked, Said, said

ACCOUNT = "17841400000000001"
RETIRED = re.compile(
    r"impressions|plays|clips_replays_count|ig_reels_aggregated_all_plays_count|video_views"
    r"|profile_views|website_clicks|email_contacts|phone_call_clicks|text_message_clicks"
    r"|get_directions_clicks"
)
"""https://developers.facebook.com/docs/instagram-platform/changelog (April 2025)"""
INSIGHTS = {"views": 320, "reach": 210, "saved": 4, "reposts": 2}
STORY_INSIGHTS = {"views": 41, "reach": 33, "replies": 2, "shares": 1, "navigation": 9}
SHOWN_FOR = timedelta(hours=24)
TAG = re.compile(r"#\w+")


@dataclass(kw_only=True)
class FakeInstagram(FakeTwoPhase):
    """One account, what it published, and what others wrote."""

    page: SignInPage = field(
        default_factory=lambda: SignInPage("https://www.instagram.com/oauth/authorize")
    )
    account: str = ACCOUNT
    kind: str = "ig"
    state: str = "status_code"
    why: str = "status"
    account_type: str = "BUSINESS"
    wraps: bool = False
    """The code's answer is a list of one, as some pages have it."""
    unreachable: bool = False
    """It can't fetch our pictures."""
    hides_likes: bool = False
    comments: list[dict[str, Any]] = field(default_factory=list)
    """All of them, the newest first; ``under`` names the post, ``in`` the comment."""
    tagged: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, asked: Asked) -> Said:
        try:
            return self.answered(asked)
        except Refused as refusal:
            return refusal.answer

    def answered(self, asked: Asked) -> Said:
        params = params_of(asked)
        match asked.method, asked.path:
            case "POST", "/oauth/access_token":
                return self.code_for(params)
            case "GET", "/access_token":
                return said(200, self.exchange(params))
            case "GET", "/refresh_access_token":
                return said(200, self.refresh(params))
        version, _, path = asked.path.lstrip("/").partition("/")
        assert version == VERSION, f"no version: {asked.path}"
        assert "access_token" not in params
        self.require_token(bearer(asked))
        self.require("instagram_business_basic")
        first, _, edge = path.partition("/")
        if first == "me":
            return said(200, picked(self.me(), parsed(params["fields"])))
        if first == self.account:
            return said(200, self.on_account(asked.method, edge, params))
        if first in self.containers:
            return said(200, self.looked_at(first, params))
        return said(200, self.on_object(asked.method, first, edge, params))

    def code_for(self, form: Mapping[str, str]) -> Said:
        try:
            token = self.short(form)
        except Refused:
            error = {"error_type": "OAuthException", "code": 400, "error_message": "Invalid code"}
            return said(400, error)
        told = {"access_token": token, "user_id": 178414, "permissions": sorted(self.scopes)}
        return said(200, {"data": [told]} if self.wraps else told)

    def me(self) -> dict[str, Any]:
        shown = {"user_id": self.account, "username": self.username, "name": "Boulangerie Martin"}
        counts = {"followers_count": 58, "media_count": len(self.posts)}
        return {"id": "26000000001", **shown, **counts, "account_type": self.account_type}

    # The account.

    def on_account(self, method: str, edge: str, params: dict[str, str]) -> dict[str, Any]:
        match method, edge:
            case "POST", "media":
                self.require("instagram_business_content_publish")
                return self.make(params)
            case "POST", "media_publish":
                self.require("instagram_business_content_publish")
                return self.publish(params["creation_id"])
            case "GET", "content_publishing_limit":
                self.require("instagram_business_content_publish")
                config = {"quota_total": self.quota, "quota_duration": 86400}
                told = {"quota_usage": self.used(), "config": config}
                return {"data": [picked(told, parsed(params["fields"]))]}
            case "GET", "media":
                return self.listed_media(params)
            case "GET", "stories":
                return self.listed_stories(params)
            case "GET", "tags":
                self.require("instagram_business_manage_comments")
                return paged(self.tagged, params)
        raise Refused(refused(100, 33))

    def make(self, form: dict[str, str]) -> dict[str, Any]:
        caption = form.get("caption", "")
        if len(caption.encode("utf-16-le")) // 2 > 2200:
            raise Refused(refused(100, 2207010))
        if len(TAG.findall(caption)) > 30:
            raise Refused(refused(100, 2207040))
        kind = form.get("media_type", "IMAGE")
        if kind == "CAROUSEL":
            self.children(form, 10)
        else:
            self.require_file(kind, form)
        if form.get("is_carousel_item") and caption:
            raise Refused(refused(100))
        if len(form.get("alt_text", "")) > 1000:
            raise Refused(refused(100))
        return self.contain(form)

    def require_file(self, kind: str, form: Mapping[str, str]) -> None:
        """A reel is a video alone, a story shows neither words nor alternative texts."""
        of_one = {
            "REELS": {"video_url", "share_to_feed"},
            "VIDEO": {"video_url", "is_carousel_item"},
            "IMAGE": {"image_url", "alt_text", "is_carousel_item"},
        }
        wanted = "image_url" if kind == "IMAGE" else "video_url"
        if kind == "STORIES":
            (wanted,) = {"video_url", "image_url"} & set(form)
            of_one["STORIES"] = {wanted}
            assert "caption" not in form
        if kind not in of_one or (kind == "VIDEO" and not form.get("is_carousel_item")):
            raise Refused(refused(100))  # a video alone is a reel
        others = set[str]().union(*of_one.values()) - of_one[kind]
        if not form.get(wanted) or others & set(form):
            raise Refused(refused(100))
        if self.unreachable or not self.fetches(form[wanted]):
            raise Refused(refused(9004, 2207052))

    def over_quota(self) -> Said:
        return refused(9, 2207042, 403)

    def not_ready(self, state: str) -> Said:
        if state == "EXPIRED":
            return refused(-2, 2207020)
        return refused(9007, 2207027) if state == "IN_PROGRESS" else refused(24, 2207006)

    def shown(self, form: Mapping[str, str]) -> dict[str, Any]:
        children = form["children"].split(",") if "children" in form else []
        code = self.new_id()
        if form.get("media_type") == "STORIES":
            return {
                "media_type": "VIDEO" if "video_url" in form else "IMAGE",
                "media_product_type": "STORY",
                "is_story": True,
                "permalink": f"https://www.instagram.com/stories/{self.username}/{code}",
            }
        is_reel = form.get("media_type") == "REELS"
        kind = "VIDEO" if is_reel else "IMAGE"
        return {
            "caption": form.get("caption", "").strip(),
            "media_type": "CAROUSEL_ALBUM" if children else kind,
            "media_product_type": "REELS" if is_reel else "FEED",
            "is_story": False,
            "permalink": f"https://www.instagram.com/{'reel' if is_reel else 'p'}/{code}/",
            **({"children": {"data": [{"id": n} for n in children]}} if children else {}),
        }

    def listed_media(self, params: dict[str, str]) -> dict[str, Any]:
        wanted = parsed(params["fields"])
        if "comments" in wanted:
            self.require("instagram_business_manage_comments")
            inner = wanted["comments"]
            asked = {**inner.args, "fields": _written(inner.inner)}
            self.posts = [{**p, "comments": self.comments_of(p["id"], asked)} for p in self.posts]
        return self.listed(params, is_story=False)

    def listed_stories(self, params: dict[str, str]) -> dict[str, Any]:
        """List those of the last day: they are in no other list."""
        for post in self.posts:
            post["is_over"] = self.now() - post["made"] >= SHOWN_FOR
        return self.listed(params, is_story=True, is_over=False)

    # Posts and comments.

    def on_object(
        self, method: str, object_id: str, edge: str, params: dict[str, str]
    ) -> dict[str, Any]:
        post = next((p for p in self.posts if p["id"] == object_id), None)
        comment = next((c for c in self.comments if c["id"] == object_id), None)
        if post is None and comment is None:
            raise Refused(refused(100, 33))
        if method == "GET" and not edge:
            return self.on_node(post, comment, params)
        if post is not None:
            return self.on_post(method, post, edge, params)
        assert comment is not None
        self.require("instagram_business_manage_comments")
        return self.on_comment(method, comment, edge, params)

    def on_node(
        self,
        post: dict[str, Any] | None,
        comment: dict[str, Any] | None,
        params: dict[str, str],
    ) -> dict[str, Any]:
        wanted = parsed(params.get("fields", "id"))
        if comment is not None:
            self.require("instagram_business_manage_comments")
            if "comments_count" in wanted:
                raise Refused(refused(100))
            return picked({"like_count": 1, **comment}, wanted)
        assert post is not None
        counted: dict[str, Any] = {"comments_count": self.count_under(post["id"])}
        if not self.hides_likes:
            counted["like_count"] = 12
        return picked({**post, **counted}, wanted)

    def count_under(self, post: str) -> int:
        return sum(c["under"] == post for c in self.comments)

    def on_post(
        self, method: str, post: dict[str, Any], edge: str, params: dict[str, str]
    ) -> dict[str, Any]:
        if (method, edge) == ("GET", "comments"):
            self.require("instagram_business_manage_comments")
            return self.comments_of(post["id"], params)
        if (method, edge) == ("POST", "comments"):
            self.require("instagram_business_manage_comments")
            if not params.get("message"):
                raise Refused(refused(100))
            return {"id": self.say(params["message"], to=post["id"], by=self.username)["id"]}
        if (method, edge) == ("GET", "insights"):
            self.require("instagram_business_manage_insights")
            names = params["metric"].split(",")
            known = STORY_INSIGHTS if post["is_story"] else INSIGHTS
            if any(RETIRED.fullmatch(name) or name not in known for name in names):
                raise Refused(refused(100))
            if post["is_story"] and self.now() - post["made"] >= SHOWN_FOR:
                return {"data": []}
            return {"data": [{"name": n, "values": [{"value": known[n]}]} for n in names]}
        raise Refused(refused(100, 33))

    def on_comment(
        self, method: str, comment: dict[str, Any], edge: str, params: dict[str, str]
    ) -> dict[str, Any]:
        match method, edge:
            case "GET", "replies":
                return paged(self.replies_to(comment["id"]), params)
            case "POST", "replies":
                assert not comment["in"], "replies nest one deep"
                if not params.get("message"):
                    raise Refused(refused(100))
                return {"id": self.say(params["message"], to=comment["id"], by=self.username)["id"]}
            case "POST", "":
                comment["hidden"] = params["hide"] == "true"
                return {"success": True}
            case "DELETE", "":
                self.comments.remove(comment)
                return {"success": True}
        raise Refused(refused(100, 33))

    def replies_to(self, comment: str) -> list[dict[str, Any]]:
        return [c for c in self.comments if c["in"] == comment]

    def comments_of(self, post: str, params: dict[str, str]) -> dict[str, Any]:
        """Return the comments of a post, those that answer none, with their replies."""
        top = [c for c in self.comments if c["under"] == post and not c["in"]]
        return paged([self._with_replies(c) for c in top], params)

    def _with_replies(self, comment: dict[str, Any]) -> dict[str, Any]:
        replies = self.replies_to(comment["id"])
        return {**comment, "replies": {"data": replies}} if replies else comment

    def say(
        self, text: str, *, to: str = "", by: str = "zoe", at: datetime | None = None
    ) -> dict[str, Any]:
        """Let somebody comment on a post, or answer a comment."""
        to = to or self.posts[0]["id"]
        parent = next((c for c in self.comments if c["id"] == to), None)
        made = {
            "id": self.new_id(),
            "text": text,
            "timestamp": stamp(at or self.now()),
            "username": by,
            "under": parent["under"] if parent else to,
            "in": (parent["in"] or parent["id"]) if parent else "",
        }
        self.comments.insert(0, made)
        self.comments.sort(key=lambda c: str(c["timestamp"]), reverse=True)
        return made


def _written(wanted: Mapping[str, Any]) -> str:
    inner = {name: f"{{{_written(w.inner)}}}" if w.inner else "" for name, w in wanted.items()}
    return ",".join(f"{name}{inside}" for name, inside in inner.items())
