"""TikTok by its documented rules: sign-in, announcing, sending in pieces, fetching, figures.

https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.fake_tiktok_sign_in import ACCOUNT, SignIn
from tests.fakes.serving import Asked, Said, said

USERNAME = "boulangerie.martin"
UPLOADS = "https://open-upload.tiktokapis.com"
MEGABYTE = 1_000_000
A_MINUTE = {"init": 6, "creator": 20, "status": 30}
PUBLIC = ["PUBLIC_TO_EVERYONE", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
PRIVATE = ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
INFO = {"title", "privacy_level", "disable_comment", "brand_content_toggle", "brand_organic_toggle"}
VIDEO_INFO = INFO | {"disable_duet", "disable_stitch", "video_cover_timestamp_ms", "is_aigc"}
PHOTO_INFO = INFO | {"description", "auto_add_music"}
VIDEO_FIELDS = {
    *("id", "create_time", "cover_image_url", "share_url", "video_description", "duration"),
    *("height", "width", "title", "embed_html", "embed_link"),
    *("like_count", "comment_count", "share_count", "view_count"),
}
USER_FIELDS = {"open_id", "display_name", "follower_count", "likes_count", "video_count"}


@dataclass(kw_only=True)
class Sending:
    """What was announced, or is to be fetched."""

    id: str
    info: Mapping[str, Any]
    announced_at: datetime
    size: int = 0
    chunk: int = 0
    token: str = ""
    urls: tuple[str, ...] = ()
    came: int = 0
    data: bytearray = field(default_factory=bytearray)
    looks: int = 0
    """How often it still says that it is being worked on."""
    failed: str = ""
    post: dict[str, Any] | None = None
    """What is live, once all has come."""

    @property
    def is_photo(self) -> bool:
        return bool(self.urls)

    @property
    def is_whole(self) -> bool:
        return self.is_photo or self.came == self.size


@dataclass(kw_only=True)
class FakeTikTok(SignIn):
    """One installation's app, and one person's account."""

    levels: list[str] = field(default_factory=lambda: list(PUBLIC))
    longest: int = 600
    disabled: frozenset[str] = frozenset()
    is_audited: bool = True
    banned: bool = False
    left: int = 100
    """Posts that the account may still publish today."""
    verified: str = "https://relais.example/"
    """The address that was proved to be the installation's."""
    reachable: bool = True
    looks: int = 0
    """How often a new post says that it is being worked on."""
    fails: str = ""
    """Why what comes next can't be published; empty: it can."""
    examines: bool = False
    """Posts are live and haven't been let through yet."""
    tells_bytes: bool = True
    sendings: dict[str, Sending] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    """Live, the newest first."""
    asked_at: dict[str, list[datetime]] = field(default_factory=lambda: defaultdict(list))
    has_asked: bool = False
    """The account's rights were asked for since it published last."""
    figures: dict[str, int] = field(default_factory=dict)

    # The API.

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/v2/oauth/token/" and asked.method == "POST":
            return self.tokens(asked)
        if asked.path == "/video/" and asked.method == "PUT":
            return self._piece(asked)
        routes: Mapping[str, tuple[str, Callable[[Asked], Said]]] = {
            "POST /v2/post/publish/creator_info/query/": ("video.publish", self._creator),
            "POST /v2/post/publish/video/init/": ("video.publish", self._announce),
            "POST /v2/post/publish/content/init/": ("video.publish", self._fetch),
            "POST /v2/post/publish/status/fetch/": ("video.publish", self._status),
            "POST /v2/video/list/": ("video.list", self._list),
            "POST /v2/video/query/": ("video.list", self._query),
            "GET /v2/user/info/": ("user.info.stats", self._user),
        }
        scope, act = routes.get(f"{asked.method} {asked.path}", ("", None))
        if act is None:
            return Said(404, b"Not found")
        if refusal := self._unsigned(asked, scope):
            return refusal
        if asked.headers.get("content-type") != "application/json; charset=UTF-8":
            return refused(400, "invalid_param")
        return act(asked)

    def _unsigned(self, asked: Asked, scope: str) -> Said | None:
        word, _, token = asked.headers.get("authorization", "").partition(" ")
        until, scopes = self.access.get(token, (self.now(), frozenset()))
        if word != "Bearer" or until <= self.now():
            return refused(401, "access_token_invalid")
        return None if scope in scopes else refused(401, "scope_not_authorized")

    def _too_often(self, what: str) -> bool:
        since = self.now() - timedelta(minutes=1)
        self.asked_at[what] = [at for at in self.asked_at[what] if at > since]
        self.asked_at[what].append(self.now())
        return len(self.asked_at[what]) > A_MINUTE[what]

    def _creator(self, asked: Asked) -> Said:
        if asked.body:
            return refused(400, "invalid_param")
        if self._too_often("creator"):
            return limited()
        if refusal := self._closed():
            return refusal
        self.has_asked = True
        told = {f"{name}_disabled": name in self.disabled for name in ("comment", "duet", "stitch")}
        return good(
            {
                "creator_avatar_url": "https://lf16-tt4d.tiktokcdn.com/obj/avatar",
                "creator_username": USERNAME,
                "creator_nickname": "Boulangerie Martin",
                "privacy_level_options": self.levels,
                **told,
                "max_video_post_duration_sec": self.longest,
            }
        )

    def _closed(self) -> Said | None:
        if self.banned:
            return refused(403, "spam_risk_user_banned_from_posting")
        return refused(403, "spam_risk_too_many_posts") if self.left <= 0 else None

    def _info_wrong(self, info: Mapping[str, Any], known: set[str]) -> Said | None:
        texts = {"title": 2_200 if known is VIDEO_INFO else 90, "description": 4_000}
        flags = known - {"title", "description", "privacy_level", "video_cover_timestamp_ms"}
        is_odd = not set(info) <= known or any(
            not isinstance(info[name], bool) for name in flags & set(info)
        )
        too_long = any(len(info.get(n, "").encode("utf-16-le")) // 2 > m for n, m in texts.items())
        if is_odd or too_long or not self.has_asked:
            return refused(400, "invalid_param")
        if info.get("privacy_level") not in self.levels:
            return refused(403, "privacy_level_option_mismatch")
        if not self.is_audited and (info["privacy_level"] != "SELF_ONLY" or self.levels != PRIVATE):
            return refused(403, "unaudited_client_can_only_post_to_private_accounts")
        for name in self.disabled & {n.removeprefix("disable_") for n in info}:
            if not info[f"disable_{name}"]:
                return refused(400, "invalid_param")
        return None

    def _announce(self, asked: Asked) -> Said:
        if self._too_often("init"):
            return limited()
        body = asked.json()
        if set(body) != {"post_info", "source_info"}:
            return refused(400, "invalid_param")
        if refusal := self._closed() or self._info_wrong(body["post_info"], VIDEO_INFO):
            return refusal
        source = body["source_info"]
        if set(source) != {"source", "video_size", "chunk_size", "total_chunk_count"}:
            return refused(400, "invalid_param")
        size, chunk, count = (source[n] for n in ("video_size", "chunk_size", "total_chunk_count"))
        if source["source"] != "FILE_UPLOAD" or not chunks_are_right(size, chunk, count):
            return refused(400, "invalid_param")
        sending = Sending(
            id=f"v_pub_file~v2.{self.new_id()}",
            info=body["post_info"],
            announced_at=self.now(),
            size=size,
            chunk=chunk,
            token=self.new_id(),
        )
        self.sendings[sending.id] = sending
        self.has_asked = False
        upload_id = sending.id.rpartition(".")[2]
        url = f"{UPLOADS}/video/?upload_id={upload_id}&upload_token={sending.token}"
        return good({"publish_id": sending.id, "upload_url": url})

    def _piece(self, asked: Asked) -> Said:
        """Take a piece of a video: bare statuses, the address is the secret."""
        sending = next(
            (
                s
                for s in self.sendings.values()
                if not s.is_photo
                and s.id.endswith(f".{asked.query.get('upload_id')}")
                and s.token == asked.query.get("upload_token")
            ),
            None,
        )
        if sending is None or sending.failed:
            return Said(404, b"")
        if self.now() > sending.announced_at + timedelta(hours=1):
            return Said(403, b"")
        ranged = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", asked.headers.get("content-range", ""))
        if (
            ranged is None
            or "authorization" in asked.headers
            or asked.headers.get("content-type") not in {"video/mp4", "video/quicktime"}
            or asked.headers.get("content-length") != str(len(asked.body))
        ):
            return Said(400, b"")
        first, last, size = map(int, ranged.groups())
        if last - first + 1 != len(asked.body) or size != sending.size:
            return Said(400, b"")
        if first != sending.came:
            return Said(416, b"", {"Content-Range": f"bytes 0-{sending.came - 1}/{size}"})
        is_last = first // sending.chunk == max(1, size // sending.chunk) - 1
        if len(asked.body) != (size - first if is_last else sending.chunk):
            return Said(400, b"")
        sending.came += len(asked.body)
        sending.data += asked.body
        if not sending.is_whole:
            return Said(206, b"", {"Content-Range": f"bytes 0-{last}/{size}"})
        self._publish(sending)
        return Said(201, b"")

    def _fetch(self, asked: Asked) -> Said:
        if self._too_often("init"):
            return limited()
        body = asked.json()
        known = {"media_type", "post_mode", "post_info", "source_info"}
        if set(body) != known or (body["media_type"], body["post_mode"]) != (
            "PHOTO",
            "DIRECT_POST",
        ):
            return refused(400, "invalid_param")
        if refusal := self._closed() or self._info_wrong(body["post_info"], PHOTO_INFO):
            return refusal
        source = body["source_info"]
        if set(source) != {"source", "photo_images", "photo_cover_index"}:
            return refused(400, "invalid_param")
        urls = source["photo_images"]
        if source["source"] != "PULL_FROM_URL" or not 1 <= len(urls) <= 35:
            return refused(400, "invalid_param")
        if not all(url.startswith(self.verified) for url in urls):
            return refused(403, "url_ownership_unverified")
        sending = Sending(
            id=f"p_pub_url~v2.{self.new_id()}",
            info=body["post_info"],
            announced_at=self.now(),
            urls=tuple(urls),
        )
        self.sendings[sending.id] = sending
        self.has_asked = False
        if not self.reachable:
            sending.failed = "photo_pull_failed"
        self._publish(sending)
        return good({"publish_id": sending.id})

    def _publish(self, sending: Sending) -> None:
        """Publish what has come: it is live from now on, though it says so only later."""
        sending.looks, sending.failed = self.looks, sending.failed or self.fails
        if not sending.failed:
            self.left -= 1
            sending.post = self.made(sending.info)
            self.posts.insert(0, sending.post)

    def made(self, info: Mapping[str, Any]) -> dict[str, Any]:
        """Return a post as TikTok keeps it."""
        found = f"70{self.new_id()}"
        return {
            "id": found,
            "create_time": int(self.now().timestamp()),
            "title": info.get("title", "")[:150],
            "video_description": (info.get("description") or info.get("title", ""))[:150],
            "share_url": f"https://www.tiktok.com/@{USERNAME}/video/{found}?utm=1",
            "info": dict(info),
        }

    def is_shown(self, post: Mapping[str, Any]) -> bool:
        """Say whether a post has been let through, for anybody to see."""
        return not self.examines and post["info"]["privacy_level"] == "PUBLIC_TO_EVERYONE"

    def _status(self, asked: Asked) -> Said:
        if self._too_often("status"):
            return limited()
        body = asked.json()
        sending = self.sendings.get(body.get("publish_id", ""))
        if set(body) != {"publish_id"} or sending is None:
            return refused(400, "invalid_publish_id")
        working = "PROCESSING_DOWNLOAD" if sending.is_photo else "PROCESSING_UPLOAD"
        told: dict[str, Any] = {"status": working, "publicaly_available_post_id": []}
        if not sending.is_photo and self.tells_bytes:
            told["uploaded_bytes"] = sending.came
        if sending.is_whole and sending.looks > 0:
            sending.looks -= 1
        elif sending.failed:
            told |= {"status": "FAILED", "fail_reason": sending.failed}
        elif sending.post is not None:
            told["status"] = "PUBLISH_COMPLETE"
            if self.is_shown(sending.post):
                told["publicaly_available_post_id"] = [int(sending.post["id"])]
        return good(told)

    def _list(self, asked: Asked) -> Said:
        body, fields = asked.json(), asked.query.get("fields", "").split(",")
        size = body.get("max_count", 10)
        if not set(body) <= {"cursor", "max_count"} or not 1 <= size <= 20:
            return refused(400, "invalid_params")
        if not set(fields) <= VIDEO_FIELDS:
            return refused(400, "invalid_params")
        before = body.get("cursor", 10**15)
        shown = [p for p in self.posts if self.is_shown(p) and p["create_time"] * 1000 < before]
        page = shown[:size]
        last = page[-1]["create_time"] * 1000 if page else 0
        videos = [{name: p[name] for name in fields if name in p} for p in page]
        return good({"videos": videos, "cursor": last, "has_more": len(shown) > size})

    def _query(self, asked: Asked) -> Said:
        body, fields = asked.json(), asked.query.get("fields", "").split(",")
        ids = body["filters"]["video_ids"]
        if set(body) != {"filters"} or not 1 <= len(ids) <= 20 or not set(fields) <= VIDEO_FIELDS:
            return refused(400, "invalid_params")
        found = [p for p in self.posts if self.is_shown(p) and p["id"] in ids]
        told = [
            {n: {**p, **self.figures}[n] for n in fields if n in {**p, **self.figures}}
            for p in found
        ]
        return good({"videos": told})

    def _user(self, asked: Asked) -> Said:
        fields = asked.query.get("fields", "").split(",")
        if not set(fields) <= USER_FIELDS:
            return refused(400, "invalid_params")
        told = {"open_id": ACCOUNT, "follower_count": 412, "video_count": 37, "likes_count": 9_000}
        return good({"user": {name: told[name] for name in fields if name in told}})


def chunks_are_right(size: int, chunk: int, count: int) -> bool:
    """Say whether a video may be sent in so many pieces of that size.

    Under either reading of a megabyte: the larger of the least, the smaller of the most.
    """
    if size <= 0 or count != size // max(chunk, 1) or not 1 <= count <= 1_000:
        return False
    if count == 1:
        return chunk == size and size <= 64 * MEGABYTE
    last = size - chunk * (count - 1)
    return 5 * 1_048_576 <= chunk <= 64 * MEGABYTE and last <= 128 * MEGABYTE


def good(data: Mapping[str, Any]) -> Said:
    return said(200, {"data": data, "error": {"code": "ok", "message": "", "log_id": "2026"}})


def refused(status: int, code: str) -> Said:
    error = {"code": code, "message": "Un texte secret peut-être", "log_id": "2026"}
    return said(status, {"data": {}, "error": error})


def limited() -> Said:
    return refused(429, "rate_limit_exceeded")
