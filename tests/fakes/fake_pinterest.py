"""Pinterest by its documented rules: sign-in, boards, videos, pins, figures.

https://developers.pinterest.com/docs/api/v5/
"""

from __future__ import annotations

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.serving import Asked, Said, said

BOARD = "549755885175"
STORAGE = "https://pinterest-media-upload.s3-accelerate.amazonaws.com"
"""Where videos go: MediaUpload.upload_url"""
POLICY_LASTS = timedelta(hours=1)
"""How long a form may be sent: Pinterest doesn't say."""
SCOPES = frozenset({"boards:read", "boards:write", "pins:read", "pins:write", "user_accounts:read"})
LASTS, RENEWABLE = timedelta(days=30), timedelta(days=60)
METRICS = {
    *("IMPRESSION", "OUTBOUND_CLICK", "PIN_CLICK", "SAVE", "SAVE_RATE", "TOTAL_COMMENTS"),
    *("TOTAL_REACTIONS", "USER_FOLLOW", "PROFILE_VISIT"),
}
OF_LIFE = {"TOTAL_COMMENTS", "TOTAL_REACTIONS"}


class PageRefused(Exception):
    """The sign-in page shows an error instead of asking the person."""


@dataclass(kw_only=True)
class FakePinterest:
    """One installation's app, and one person's account."""

    now: Callable[[], datetime]
    client_id: str = "relais-app"
    client_secret: str = "relais-app-secret"
    back: str = ""
    """Where people may be sent back to; empty: anywhere."""
    granted: frozenset[str] | None = None
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    access: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    refresh: dict[str, tuple[datetime, frozenset[str]]] = field(default_factory=dict)
    boards: dict[str, dict[str, Any]] = field(default_factory=dict)
    pins: list[dict[str, Any]] = field(default_factory=list)
    """The newest first."""
    in_trial: bool = False
    may_write: bool = True
    pictures: set[str] | None = None
    """The addresses where there is a picture; None: everywhere."""
    left: int = 100
    videos: dict[str, dict[str, Any]] = field(default_factory=dict)
    looks: int = 2
    """How often a video is still in processing when it is looked at."""
    spoils: bool = False
    """Videos can't be processed."""
    figures: dict[str, float] = field(default_factory=dict)
    hides: int = 0
    is_mixed: bool = False
    says_zone: bool = False
    issued: int = 7_000

    def __post_init__(self) -> None:
        self.boards = {BOARD: board(BOARD, "Pains d’hiver")}

    # Signing in.

    def say_yes(self, url: str) -> dict[str, str]:
        """Let the person agree; return the query that she goes back with."""
        parts = urlsplit(url)
        query = {name: values[-1] for name, values in parse_qs(parts.query).items()}
        if (parts.netloc, parts.path) != ("www.pinterest.com", "/oauth/"):
            raise PageRefused("404")
        if query.get("client_id") != self.client_id or query.get("response_type") != "code":
            raise PageRefused("invalid client")
        if self.back and query.get("redirect_uri") != self.back:
            raise PageRefused("invalid redirect")
        asked = frozenset(query.get("scope", "").split(","))
        if not asked <= SCOPES:
            raise PageRefused("invalid scope")
        granted = asked if self.granted is None else asked & self.granted
        code = self.new_id()
        self.codes[code] = {**query, "scope": ",".join(sorted(granted))}
        return {"code": code, "state": query["state"]}

    def tokens(self, asked: Asked) -> Said:
        pair = f"{self.client_id}:{self.client_secret}".encode()
        if asked.headers.get("authorization") != f"Basic {base64.b64encode(pair).decode()}":
            return refused(401, 2, "Authentication failed.")
        form = asked.urlencoded()
        if form.get("grant_type") == "refresh_token":
            until, scopes = self.refresh.pop(form.get("refresh_token", ""), (self.now(), None))
            if scopes is None or until <= self.now():
                return refused(401, 283, "Invalid refresh token")
            return said(200, self._given(scopes, "refresh_token"))
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or form.get("redirect_uri") != begun["redirect_uri"]:
            return refused(400, 283, "Invalid authorization code")
        scopes = frozenset(begun["scope"].split(","))
        return said(200, self._given(scopes, "authorization_code"))

    def _given(self, scopes: frozenset[str], kind: str) -> dict[str, Any]:
        token, renewal = f"pina_{self.new_id()}", f"pinr_{self.new_id()}"
        self.access[token] = (self.now() + LASTS, scopes)
        self.refresh[renewal] = (self.now() + RENEWABLE, scopes)
        return {
            "access_token": token,
            "refresh_token": renewal,
            "response_type": kind,
            "token_type": "bearer",
            "expires_in": int(LASTS.total_seconds()),
            "refresh_token_expires_in": int(RENEWABLE.total_seconds()),
            "scope": " ".join(sorted(scopes)),
        }

    # The API.

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/v5/oauth/token" and asked.method == "POST":
            return self.tokens(asked)
        if asked.path == "/" and asked.method == "POST":
            return self.stored(asked)
        if refusal := self._unsigned(asked):
            return refusal
        routes: Mapping[str, Any] = {
            r"GET /v5/boards": self._boards,
            r"GET /v5/boards/(\w+)": self._board,
            r"GET /v5/boards/(\w+)/pins": self._listing,
            r"POST /v5/pins": self._pin,
            r"POST /v5/media": self._registered,
            r"GET /v5/media/(\d+)": self._video,
            r"GET /v5/pins/(\w+)/analytics": self._figures,
        }
        for route, act in routes.items():
            if match := re.fullmatch(route, f"{asked.method} {asked.path}"):
                made: Said = act(asked, *match.groups())
                return made
        return refused(404, 0, "Not found")

    def _unsigned(self, asked: Asked) -> Said | None:
        word, _, token = asked.headers.get("authorization", "").partition(" ")
        until, scopes = self.access.get(token, (self.now(), frozenset()))
        if word != "Bearer" or until <= self.now():
            return refused(401, 2, "Authentication failed.")
        needed = {"boards:read", "pins:read"}
        needed |= {"boards:write", "pins:write"} if asked.method == "POST" else set()
        if not needed <= scopes:
            return refused(401, 3, "Your token does not have sufficient permissions")
        return None

    def _boards(self, asked: Asked) -> Said:
        return paged(asked, list(self.boards.values()))

    def _board(self, _: Asked, board_id: str) -> Said:
        found = self.boards.get(board_id)
        return refused(404, 40, "Board not found.") if found is None else said(200, found)

    def _pin(self, asked: Asked) -> Said:
        body = asked.json()
        if self.in_trial:
            return trial()
        if not self.may_write:
            return refused(403, 29, "You are not permitted to access that resource.")
        if self.left == 0:
            return limited(31)
        if body.get("board_id") not in self.boards:
            return refused(404, 40, "Board not found.")
        limits = {"title": 100, "description": 800, "link": 2_048, "alt_text": 500}
        if any(len(body.get(name) or "") > most for name, most in limits.items()):
            return refused(400, 1, "Invalid parameters")
        source = body.get("media_source", {})
        if source.get("source_type") == "video_id":
            return self._film(body, source)
        urls = [source.get("url")] if "url" in source else [i["url"] for i in source["items"]]
        kinds = {"image_url": (1, 1), "multiple_image_urls": (2, 5)}
        least, most = kinds.get(source.get("source_type"), (1, 0))
        if not least <= len(urls) <= most:
            return refused(400, 1, "Invalid media_source")
        if self.pictures is not None and not set(urls) <= self.pictures:
            return refused(400, 235, "Sorry, we could not fetch the image.")
        self.left -= 1
        pin = self.made(body, len(urls))
        self.pins.insert(0, pin)
        return said(201, pin)

    # Videos: https://developers.pinterest.com/docs/api/v5/media-create

    def _registered(self, asked: Asked) -> Said:
        if asked.json() != {"media_type": "video"}:
            return refused(400, 1, "Invalid parameters")
        media_id = self.new_id()
        fields = {
            "x-amz-date": "20261126T080000Z",
            "x-amz-signature": f"signature-{media_id}",
            "x-amz-security-token": "IQoJb3JpZ2luX2VjEJr",
            "x-amz-algorithm": "AWS4-HMAC-SHA256",
            "key": f"uploads/11/aa/22/3:video:{media_id}",
            "policy": "eyJleHBpcmF0aW9uIjoiMj",
            "x-amz-credential": "ASIA/20261126/us-east-1/s3/aws4_request",
            "Content-Type": "multipart/form-data",
        }
        self.videos[media_id] = {"fields": fields, "at": self.now(), "looks": self.looks}
        answer = {"media_id": media_id, "media_type": "video", "upload_parameters": fields}
        return said(201, {**answer, "upload_url": f"{STORAGE}/"})

    def stored(self, asked: Asked) -> Said:
        """Be the storage: https://docs.aws.amazon.com/AmazonS3/latest/API/RESTObjectPOST.html"""
        if "authorization" in asked.headers or "content-length" not in asked.headers:
            return Said(411, b"<Error><Code>MissingContentLength</Code></Error>", {})
        fields, files = asked.form()
        media_id = fields.get("key", "").rpartition(":")[2]
        video = self.videos.get(media_id)
        if video is None or fields != video["fields"] or set(files) != {"file"}:
            return Said(403, b"<Error><Code>SignatureDoesNotMatch</Code></Error>", {})
        if self.now() >= video["at"] + POLICY_LASTS:
            return Said(403, b"<Error><Code>AccessDenied</Code></Error>", {})
        video["data"] = files["file"].data
        return Said(204, b"", {})

    def _video(self, _: Asked, media_id: str) -> Said:
        video = self.videos.get(media_id)
        if video is None:
            return refused(404, 50, "Media not found.")
        status = "registered"
        if "data" in video:
            over = "failed" if self.spoils else "succeeded"
            status = video["status"] = "processing" if video["looks"] > 0 else over
            video["looks"] -= 1
        return said(200, {"media_id": media_id, "media_type": "video", "status": status})

    def _film(self, body: Mapping[str, Any], source: Mapping[str, Any]) -> Said:
        video = self.videos.get(source.get("media_id", ""), {})
        covers = {"cover_image_url", "cover_image_data", "cover_image_key_frame_time"}
        if not covers & set(source):
            text = "cover_image_url or cover_image_content_type and cover_image_data is required"
            return refused(400, 1, text)
        if video.get("status") != "succeeded":
            return refused(400, 235, "The media is not ready.")
        self.left -= 1
        pin = {**self.made(body), "media": {"media_type": "video", "duration": None}}
        self.pins.insert(0, pin)
        return said(201, pin)

    def made(self, body: Mapping[str, Any], count: int = 1) -> dict[str, Any]:
        """Return a pin as Pinterest keeps it."""
        at = self.now().astimezone(UTC).isoformat(timespec="seconds")
        one = {"media_type": "image", "images": {}}
        many = {"media_type": "multiple_images", "items": [{"images": {}}] * count}
        kept = {k: v for k, v in body.items() if k != "media_source"}
        return {
            "title": None,
            "description": None,
            "link": None,
            "alt_text": None,
            **kept,
            "id": self.new_id(),
            "created_at": at if self.says_zone else at.removesuffix("+00:00"),
            "media": one if count == 1 else many,
        }

    def _listing(self, asked: Asked, board_id: str) -> Said:
        if board_id not in self.boards:
            return refused(404, 40, "Board not found.")
        own = [pin for pin in self.pins[self.hides :] if pin["board_id"] == board_id]
        return paged(asked, sorted(own, key=lambda p: p["id"][::-1]) if self.is_mixed else own)

    def _figures(self, asked: Asked, pin_id: str) -> Said:
        if all(pin["id"] != pin_id for pin in self.pins):
            return refused(404, 50, "Pin not found.")
        start, end = (date.fromisoformat(asked.query[f"{n}_date"]) for n in ("start", "end"))
        metrics = asked.query["metric_types"].split(",")
        today = self.now().astimezone(UTC).date()
        if start < today - timedelta(days=90) or end < start or not set(metrics) <= METRICS:
            return refused(400, 1, "Invalid parameters")
        told = {name: n for name, n in self.figures.items() if name in metrics}
        summary = {name: n for name, n in told.items() if name not in OF_LIFE}
        life = {name: n for name, n in told.items() if name in OF_LIFE}
        answer = {"daily_metrics": [], "summary_metrics": summary, "lifetime_metrics": life}
        return said(200, {"all": answer})

    def new_id(self) -> str:
        self.issued += 1
        return str(self.issued)


def board(board_id: str, name: str, **more: Any) -> dict[str, Any]:
    owner = {"username": "boulangerie_martin"}
    counts = {"follower_count": 13, "pin_count": 5}
    return {"id": board_id, "name": name, "owner": owner, "privacy": "PUBLIC", **counts, **more}


def paged(asked: Asked, listed: list[dict[str, Any]]) -> Said:
    size = int(asked.query.get("page_size", "25"))
    if not 1 <= size <= 250:
        return refused(400, 1, "Invalid parameters")
    start = int(asked.query.get("bookmark", "b0").removeprefix("b"))
    following = f"b{start + size}" if len(listed) > start + size else None
    return said(200, {"items": listed[start : start + size], "bookmark": following})


def refused(status: int, code: int, message: str) -> Said:
    return said(status, {"code": code, "message": message})


def limited(seconds: int | None) -> Said:
    windows = (
        '100, 100;w=1;name="safety_net_app_id_user_id", 100;w=60;name="org_write_app_id_user_id"'
    )
    headers = {"X_RateLimit_Limit": windows, "X_RateLimit_Remaining": "0"}
    if seconds is not None:
        headers["X_RateLimit_Reset"] = str(seconds)
    return said(429, {"code": 8, "message": "You have exceeded your rate limit."}, **headers)


def trial() -> Said:
    text = "Apps with Trial access may not create Pins in production - use API Sandbox instead."
    return refused(403, 29, text)
