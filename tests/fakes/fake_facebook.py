"""Facebook's Graph API for one person and her Pages, by its documented rules.

https://developers.facebook.com/docs/pages-api/posts · /comments-mentions
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from chalicelib.networks.graph import VERSION
from tests.fakes.fake_facebook_stories import FakeStories
from tests.fakes.fake_facebook_videos import UPLOADS, FakeVideos, attachment_of
from tests.fakes.fake_graph import (
    CLIENT_ID,
    CLIENT_SECRET,
    Refused,
    SignInPage,
    bearer,
    paged,
    params_of,
    refused,
    require_app,
    require_proof,
    stamp,
)
from tests.fakes.graph_fields import Wanted, parsed, picked
from tests.fakes.serving import Asked, Said, said

APP_TOKEN = f"{CLIENT_ID}|{CLIENT_SECRET}"
PAGE = "100200300"
EVERYTHING = frozenset(
    {"pages_show_list", "pages_manage_posts", "pages_read_engagement", "pages_read_user_content"}
    | {"pages_manage_engagement", "read_insights", "business_management"}
)
RETIRED = re.compile(r"(page|post)_(impressions|fans?|engaged_users|consumptions)\w*")
"""https://developers.facebook.com/docs/graph-api/changelog (November 2025)"""
INDEXED = re.compile(r"attached_media\[\d+\]")


@dataclass(slots=True)
class FakeFacebook:
    """One person, her Pages, and what stands on the first of them."""

    now: Callable[[], datetime]
    page: SignInPage = field(
        default_factory=lambda: SignInPage(f"https://www.facebook.com/{VERSION}/dialog/oauth")
    )
    scopes: frozenset[str] = EVERYTHING
    tasks: dict[str, list[str]] = field(
        default_factory=lambda: {PAGE: ["CREATE_CONTENT", "MODERATE", "ANALYZE"]}
    )
    tokens: dict[str, str] = field(default_factory=lambda: {PAGE: f"page-token-{PAGE}"})
    user_token: str = "user-token-long"
    confirmed_for: timedelta = timedelta(days=90)
    refuses_repeats: bool = True
    followers: int = 412
    tells_insights: bool = True
    """False: a Page of less than 100 likes."""
    hides_newest: int = 0
    """How many of the newest posts a listing doesn't show yet."""
    posts: list[dict[str, Any]] = field(default_factory=list)
    photos: dict[str, dict[str, Any]] = field(default_factory=dict)
    comments: list[dict[str, Any]] = field(default_factory=list)
    """All of them, the newest first; ``under`` names the post, ``in`` the comment."""
    tagged: list[dict[str, Any]] = field(default_factory=list)
    ratings: list[dict[str, Any]] = field(default_factory=list)
    liked: set[str] = field(default_factory=set)
    issued: int = 5000
    videos: FakeVideos = field(init=False)
    stories: FakeStories = field(init=False)

    def __post_init__(self) -> None:
        self.stories = FakeStories(now=self.now, new_id=self.new_id, photos=self.photos)
        self.videos = FakeVideos(self.new_id, self.show_video, self.stories.show_video)

    def answer(self, asked: Asked) -> Said:
        if asked.path.startswith(UPLOADS):
            return self.videos.fetch(asked, self.tokens[PAGE])
        version, _, path = asked.path.lstrip("/").partition("/")
        assert version == VERSION, f"no version: {asked.path}"
        try:
            return said(200, self.answered(asked, path))
        except Refused as refusal:
            return refusal.answer

    def answered(self, asked: Asked, path: str) -> dict[str, Any]:
        if path == "oauth/access_token":
            return self.token_for(params_of(asked))
        if path == "debug_token":
            return {"data": self.about(bearer(asked), asked.query["input_token"])}
        token, params = bearer(asked), params_of(asked)
        if token == self.user_token and path == "me/accounts":
            require_proof(asked, token)
            return paged([self.mine(page) for page in self.tasks], params)
        if token not in self.tokens.values():
            raise Refused(refused(190, 460, 401))
        require_proof(asked, token)
        return self.as_page(asked, path, params)

    def as_page(self, asked: Asked, path: str, params: dict[str, str]) -> dict[str, Any]:
        first, _, edge = path.partition("/")
        if first == PAGE:
            return self.on_page(asked, edge, params)
        if first in self.videos.kept:
            self.require(
                "pages_manage_posts" if asked.method == "POST" else "pages_read_engagement"
            )
            return self.videos.on_video(asked.method, first, params)
        return self.on_object(asked, first, edge, params)

    # Signing in.

    def token_for(self, form: Mapping[str, str]) -> dict[str, Any]:
        if form.get("grant_type") == "fb_exchange_token":
            require_app(form)
            if form["fb_exchange_token"] != "user-token-short":
                raise Refused(refused(190))
            lasts = 60 * 24 * 3600
            return {"access_token": self.user_token, "token_type": "bearer", "expires_in": lasts}
        self.scopes = frozenset(self.page.scopes(self.page.take(form)))
        return {"access_token": "user-token-short", "token_type": "bearer", "expires_in": 5183}

    def about(self, asker: str, token: str) -> dict[str, Any]:
        if asker != APP_TOKEN:
            raise Refused(refused(190, status=401))
        known = token in {self.user_token, *self.tokens.values()}
        if not known:
            return {"is_valid": False, "scopes": [], "error": {"code": 190, "subcode": 460}}
        ends = int((self.now() + self.confirmed_for).timestamp()) if self.confirmed_for else 0
        kept = {"is_valid": True, "expires_at": 0, "data_access_expires_at": ends}
        return {**kept, "app_id": CLIENT_ID, "scopes": sorted(self.scopes)}

    def mine(self, page: str) -> dict[str, Any]:
        token = self.tokens.get(page)
        shown = {"id": page, "name": f"Boulangerie {page}", "username": "boulangerie.martin"}
        link = f"https://www.facebook.com/{page}"
        given = {"access_token": token} if token else {}
        return {**shown, "link": link, "tasks": self.tasks[page], **given}

    # The Page.

    def on_page(self, asked: Asked, edge: str, params: dict[str, str]) -> dict[str, Any]:
        match asked.method, edge:
            case "POST", "feed":
                return self.post(params)
            case "POST", "photos":
                return self.upload(asked)
            case "POST", "videos":
                self.require("pages_manage_posts")
                return self.videos.upload(params)
            case "POST", "video_reels":
                self.require("pages_manage_posts")
                return self.videos.session("reel", params)
            case "POST", "video_stories":
                self.require("pages_manage_posts")
                return self.videos.session("story", params)
            case "POST", "photo_stories":
                self.require("pages_manage_posts")
                return self.stories.show_photo(params)
            case "GET", "stories":
                self.require("pages_read_engagement")
                return self.stories.listed(params)
            case "GET", "":
                page = {**self.mine(PAGE), "followers_count": self.followers}
                return picked(page, parsed(params.get("fields", "id,name")))
            case "GET", "published_posts":
                self.require("pages_read_engagement")
                if "comments" in params.get("fields", ""):
                    self.require("pages_read_user_content")
                return self.listed_posts(params)
            case "GET", "tagged":
                self.require("pages_read_user_content")
                return paged(self.tagged, params)
            case "GET", "ratings":
                self.require("pages_read_user_content")
                return paged(self.ratings, params)
        raise Refused(refused(100, 33))

    def require(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refused(refused(200, status=403))

    def post(self, form: dict[str, str]) -> dict[str, Any]:
        self.require("pages_manage_posts")
        given = [json.loads(form[name])["media_fbid"] for name in form if INDEXED.fullmatch(name)]
        message, link = form.get("message", ""), form.get("link", "")
        if not (message or link or given) or len(message) > 63_206:
            raise Refused(refused(100))
        if any(photo not in self.photos for photo in given):
            raise Refused(refused(100, 33))
        what = (message, link, len(given))
        if self.refuses_repeats and self.posts and self.posts[0]["what"] == what:
            raise Refused(refused(506))
        for photo in given:
            self.photos[photo]["is_used"] = True
        made = self.made(message, link, given)
        self.posts.insert(0, made)
        return {"id": made["id"]}

    def show_video(self, text: str, video: str) -> str:
        """Publish a video; return the id of its post."""
        made = self.made(text)
        shown = {"what": (text, "", 1), "attachments": {"data": [attachment_of(video)]}}
        self.posts.insert(0, {**made, **shown})
        return str(made["id"])

    def made(self, message: str, link: str = "", photos: list[str] | None = None) -> dict[str, Any]:
        """Return a post as it is kept."""
        post_id = f"{PAGE}_{self.new_id()}"
        shown = {
            "id": post_id,
            "created_time": stamp(self.now()),
            "permalink_url": f"https://www.facebook.com/{PAGE}/posts/{post_id}",
            "what": (message, link, len(photos or ())),
            "attachments": {"data": _attachments(link, photos or [])},
            "from": {"id": PAGE, "name": "Boulangerie Martin"},
        }
        return {**shown, **({"message": message.strip()} if message else {})}

    def upload(self, asked: Asked) -> dict[str, Any]:
        self.require("pages_manage_posts")
        fields, files = asked.form()
        assert fields["published"] == "false"
        file = files["source"]
        if not file.content_type.startswith("image/") or len(file.data) > 10_000_000:
            raise Refused(refused(324))
        photo = self.new_id()
        self.photos[photo] = {"id": photo, "alt": fields.get("alt_text_custom", "")}
        return {"id": photo}

    def listed_posts(self, params: dict[str, str]) -> dict[str, Any]:
        wanted = parsed(params["fields"])
        shown = self.posts[self.hides_newest :]
        if "comments" in wanted:
            inner = self._edge(wanted["comments"])
            shown = [{**p, "comments": self.comments_of(p["id"], inner)} for p in shown]
            shown = [{**p, "comments": _as_inner(p["comments"])} for p in shown]
        return paged(shown, params)

    def _edge(self, wanted: Wanted) -> dict[str, str]:
        return {**wanted.args, "fields": _written(wanted.inner)}

    # Posts, comments, pictures.

    def on_object(
        self, asked: Asked, object_id: str, edge: str, params: dict[str, str]
    ) -> dict[str, Any]:
        found = self.find(object_id)
        match asked.method, edge:
            case "GET", "":
                return self.shown(found, params)
            case "GET", "comments":
                return self.comments_of(object_id, params)
            case "GET", "insights":
                return self.insights(params)
            case "POST", "comments":
                return self.reply(found, params)
        self.require("pages_manage_engagement")
        match asked.method, edge:
            case "POST", "likes":
                self.liked.add(object_id)
            case "DELETE", "likes":
                self.liked.discard(object_id)
            case "POST", "":
                found["is_hidden"] = params["is_hidden"] == "true"
            case "DELETE", "":
                self.comments = [c for c in self.comments if c["id"] != object_id]
            case _:
                raise Refused(refused(100, 33))
        return {"success": True}

    def find(self, object_id: str) -> dict[str, Any]:
        stories = [r["open_graph_story"] for r in self.ratings if r.get("open_graph_story")]
        known: list[dict[str, Any]] = [
            *self.posts,
            *self.comments,
            *self.tagged,
            *self.photos.values(),
            *stories,
        ]
        for item in known:
            if item["id"] == object_id:
                return item
        raise Refused(refused(100, 33))

    def shown(self, found: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        wanted = parsed(params.get("fields", "id"))
        if "under" in found:
            self.require("pages_read_user_content")
        counted = {
            "reactions": {"data": [], "summary": {"total_count": found.get("likes", 3)}},
            "comments": {"data": [], "summary": {"total_count": self.count_under(found["id"])}},
            "like_count": found.get("likes", 3),
            "comment_count": self.count_under(found["id"]),
        }
        return picked({**counted, **found}, wanted)

    def count_under(self, object_id: str) -> int:
        return sum(object_id in {c["under"], c["in"]} for c in self.comments)

    def comments_of(self, object_id: str, params: dict[str, str]) -> dict[str, Any]:
        assert params.get("order") == "reverse_chronological"
        under = [c for c in self.comments if object_id in {c["under"], c["in"]}]
        if params.get("filter") != "stream":
            under = [c for c in under if not c["in"] or object_id == c["in"]]
        return paged(under, params)

    def reply(self, found: dict[str, Any], params: dict[str, str]) -> dict[str, Any]:
        self.require("pages_manage_engagement")
        if not params.get("message") or len(params["message"]) > 8_000:
            raise Refused(refused(100))
        made = self.say(params["message"], to=found["id"], by=(PAGE, "Boulangerie Martin"))
        return {"id": made["id"]}

    def say(
        self,
        text: str,
        *,
        to: str = "",
        by: tuple[str, str] | None = ("77", "Zoé"),
        at: datetime | None = None,
    ) -> dict[str, Any]:
        """Let somebody comment on a post or a comment; ``by`` None: it isn't told who."""
        to = to or self.posts[0]["id"]
        parent = next((c for c in self.comments if c["id"] == to), None)
        under = parent["under"] if parent else to
        comment_id = f"{under.rpartition('_')[2]}_{self.new_id()}"
        made = {
            "id": comment_id,
            "message": text,
            "created_time": stamp(at or self.now()),
            "permalink_url": f"https://www.facebook.com/{under}?comment_id={comment_id}",
            "under": under,
            "in": parent["id"] if parent else "",
            **({"parent": {"id": parent["id"]}} if parent else {}),
            **({"from": {"id": by[0], "name": by[1]}} if by else {}),
        }
        self.comments.insert(0, made)
        self.comments.sort(key=lambda c: str(c["created_time"]), reverse=True)
        return made

    def insights(self, params: dict[str, str]) -> dict[str, Any]:
        self.require("read_insights")
        names = params["metric"].split(",")
        if any(RETIRED.fullmatch(name) for name in names):
            raise Refused(refused(100))
        if not self.tells_insights:
            return {"data": []}
        told = {"post_media_view": 120, "post_total_media_view_unique": 90}
        return {
            "data": [
                {"name": n, "period": "lifetime", "values": [{"value": told[n]}]} for n in names
            ]
        }

    def new_id(self) -> str:
        self.issued += 1
        return str(self.issued)


def _attachments(link: str, photos: list[str]) -> list[dict[str, Any]]:
    shown = [{"media_type": "photo", "target": {"id": photo}} for photo in photos]
    if len(shown) > 1:
        return [{"media_type": "album", "target": {"id": "9"}, "subattachments": {"data": shown}}]
    if link:
        shim = f"https://l.facebook.com/l.php?u={quote(link, safe='')}&h=AT1"
        return [{"media_type": "link", "unshimmed_url": link, "url": shim}]
    return shown


def _as_inner(comments: dict[str, Any]) -> dict[str, Any]:
    """Return an edge inside a node: left out where there is nothing."""
    return comments if comments["data"] else {"data": []}


def _written(wanted: Mapping[str, Wanted]) -> str:
    inner = {name: f"{{{_written(w.inner)}}}" if w.inner else "" for name, w in wanted.items()}
    return ",".join(f"{name}{inside}" for name, inside in inner.items())
