"""X's API v2 by its documented rules: sign-in, rotating tokens, media, posts, prices.

https://docs.x.com/x-api/posts/create-post and its neighbours
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

from chalicelib.networks.counting import Unit, count
from tests.fakes.serving import Asked, Said, said

USER, USERNAME = "2244994945", "boulangerie"
SCOPES = frozenset(
    {"tweet.read", "tweet.write", "tweet.moderate.write", "users.read", "media.write"}
    | {"offline.access"}
)
READS = frozenset({"tweet.read", "users.read"})
URL = re.compile(
    r"https?://[^\s]+|(?<![\w@.-])[a-z0-9-]+(?:\.[a-z0-9-]+)*\.(?:fr|com|test)\b[^\s]*"
)
COPIES = timedelta(minutes=10)
"""How long the same text is refused again; X doesn't say."""
PRICE_POST, PRICE_URL, PRICE_ALT, PRICE_READ, PRICE_ME = 15_000, 200_000, 5_000, 5_000, 10_000
PRICE_SUMMONED, PRICE_MANAGE = 10_000, 5_000
MEDIA_LASTS = timedelta(hours=24)


@dataclass
class FakeX:
    """One app, and one account that may connect to it."""

    now: Callable[[], datetime]
    client_id: str = "relais-app"
    client_secret: str = "relais-app-secret"
    granted: frozenset[str] | None = None
    """What a person grants where that is less than what was asked for."""
    token: str = ""
    ends_at: datetime | None = None
    scopes: frozenset[str] = frozenset()
    refresh_token: str = ""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    """The newest first."""
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Posts of others, by id."""
    written: int = 0
    """What was charged for posts, alternative texts and acts, in millionths of a dollar."""
    read: int = 0
    """What was charged for reading."""
    credits: int = 10**9
    refuses_copies: bool = True
    hides_newest: int = 0
    looks: int = 2
    """How often a video is still in processing when it is looked at; 0: it needs none."""
    spoils: bool = False
    """Videos can't be processed."""
    left: int = 100
    issued: int = 1_900_000_000_000_000_000

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/2/oauth2/token":
            return self.exchange(asked)
        if refusal := self.unauthorised(asked):
            return refusal
        if asked.method == "GET" and asked.path == "/2/users/me":
            return self.me(asked)
        if asked.method == "POST" and asked.path == "/2/media/upload":
            return self.upload(asked)
        if asked.path.startswith("/2/media/upload"):
            return self.in_pieces(asked)
        if asked.method == "POST" and asked.path == "/2/media/metadata":
            return self.describe(asked)
        if asked.method == "POST" and asked.path == "/2/tweets":
            return self.post(asked)
        if asked.method == "GET" and asked.path == f"/2/users/{USER}/tweets":
            return self.listing(asked)
        return problem(404, "resource-not-found", "Not Found", "no such resource")

    # Signing in.

    def say_yes(self, url: str) -> dict[str, str]:
        """Let the person say yes on the page; return the query that she goes back with."""
        parts = urlsplit(url)
        assert parts.path == "/i/oauth2/authorize"
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        wanted = {"response_type", "client_id", "redirect_uri", "scope", "state"}
        assert set(query) == wanted | {"code_challenge", "code_challenge_method"}
        assert query["client_id"] == self.client_id
        assert (query["response_type"], query["code_challenge_method"]) == ("code", "S256")
        assert query["redirect_uri"].startswith("https://")
        assert set(query["scope"].split()) <= SCOPES
        code = f"code-{self.new_id()}"
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def exchange(self, asked: Asked) -> Said:
        pair = base64.b64encode(f"{self.client_id}:{self.client_secret}".encode()).decode()
        form = asked.urlencoded()
        if asked.headers.get("authorization") != f"Basic {pair}" or "client_secret" in form:
            text = "Missing valid authorization header"
            return said(401, {"error": "unauthorized_client", "error_description": text})
        if form.get("grant_type") == "refresh_token":
            return self.rotated(form)
        begun = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        is_good = begun is not None and (begun["redirect_uri"], begun["code_challenge"]) == (
            form.get("redirect_uri"),
            challenge,
        )
        if begun is None or not is_good:
            return said(400, {"error": "invalid_request", "error_description": "Value passed ..."})
        asked_for = frozenset(begun["scope"].split())
        self.scopes = asked_for if self.granted is None else asked_for & self.granted
        return said(200, self.issue())

    def rotated(self, form: Mapping[str, str]) -> Said:
        """Give new tokens; the refresh token that was used is over."""
        if not self.refresh_token or form.get("refresh_token") != self.refresh_token:
            return said(400, {"error": "invalid_request", "error_description": "Value passed ..."})
        return said(200, self.issue())

    def issue(self) -> dict[str, Any]:
        self.token, self.refresh_token = f"token-{self.new_id()}", f"refresh-{self.new_id()}"
        self.ends_at = self.now() + timedelta(hours=2)
        return {
            "token_type": "bearer",
            "expires_in": 7200,
            "access_token": self.token,
            "scope": " ".join(sorted(self.scopes)),
            "refresh_token": self.refresh_token,
        }

    def unauthorised(self, asked: Asked) -> Said | None:
        is_over = self.ends_at is not None and self.now() >= self.ends_at
        is_known = self.token and asked.headers.get("authorization") == f"Bearer {self.token}"
        return None if is_known and not is_over else unauthorised()

    def me(self, asked: Asked) -> Said:
        if not self.scopes >= READS:
            return forbidden()
        self.read += PRICE_ME
        told: dict[str, Any] = {"id": USER, "name": "Boulangerie Martin", "username": USERNAME}
        if asked.query.get("user.fields") == "public_metrics":
            counted = {"followers_count": 80, "following_count": 3, "listed_count": 0}
            told["public_metrics"] = {**counted, "post_count": len(self.posts)}
        return said(200, {"data": told})

    # Media.

    def upload(self, asked: Asked) -> Said:
        if "media.write" not in self.scopes:
            return forbidden()
        fields, files = asked.form()
        if fields != {"media_category": "tweet_image"} or set(files) != {"media"}:
            return problem(400, "invalid-request", "Invalid Request", "media_category is required")
        file = files["media"]
        if file.content_type not in {"image/jpeg", "image/png", "image/webp"}:
            return problem(400, "invalid-request", "Invalid Request", "media type unrecognized")
        if len(file.data) > 5 * 1024 * 1024:
            return problem(413, "invalid-request", "Too Large", "media is larger than 5 MB")
        media_id = self.new_id()
        self.media[media_id] = {"at": self.now(), "alt": "", "used": False}
        data = {"id": media_id, "media_key": f"3_{media_id}", "expires_after_secs": 86_400}
        return said(200, {"data": data})

    def in_pieces(self, asked: Asked) -> Said:
        """https://docs.x.com/x-api/media/quickstart/media-upload-chunked"""
        if "media.write" not in self.scopes:
            return forbidden()
        if (asked.method, asked.path) == ("POST", "/2/media/upload/initialize"):
            return self.initialize(asked.json())
        if (asked.method, asked.path) == ("GET", "/2/media/upload"):
            return self.status(asked.query)
        media_id, _, verb = asked.path.removeprefix("/2/media/upload/").partition("/")
        if not self.is_there(media_id) or "total" not in self.media[media_id]:
            return problem(404, "resource-not-found", "Not Found", "no such upload")
        if (asked.method, verb) == ("POST", "append"):
            return self.append(asked, self.media[media_id])
        if (asked.method, verb) == ("POST", "finalize"):
            return self.finalize(media_id, self.media[media_id])
        return problem(404, "resource-not-found", "Not Found", "no such resource")

    def initialize(self, body: Mapping[str, Any]) -> Said:
        if set(body) != {"media_type", "media_category", "total_bytes"}:
            return invalid("unknown field")
        is_video = body["media_type"] in {"video/mp4", "video/quicktime"}
        if not is_video or body["media_category"] != "tweet_video":
            return invalid("media type unrecognized")
        if not 0 < body["total_bytes"] <= 512 * 1024 * 1024:
            return problem(413, "invalid-request", "Too Large", "media is larger than 512 MB")
        media_id = self.new_id()
        upload = {"total": body["total_bytes"], "pieces": {}, "state": "", "looks": self.looks}
        self.media[media_id] = {"at": self.now(), "alt": "", "used": False, **upload}
        data = {"id": media_id, "media_key": f"7_{media_id}", "expires_after_secs": 86_400}
        return said(200, {"data": data})

    def append(self, asked: Asked, upload: dict[str, Any]) -> Said:
        fields, files = asked.form()
        if set(fields) != {"segment_index"} or set(files) != {"media"}:
            return invalid("segment_index and media are required")
        n, data = int(fields["segment_index"]), files["media"].data
        if not 0 <= n <= 999 or not data or upload["state"]:
            return invalid("the segment is invalid")
        if len(asked.body) > 5_000_000:
            return Said(413, b"", {})  # the edge
        upload["pieces"][n] = data
        return said(200, {"data": {"expires_at": 1_900_000_000}})

    def finalize(self, media_id: str, upload: dict[str, Any]) -> Said:
        pieces = upload["pieces"]
        whole = b"".join(pieces[n] for n in sorted(pieces))
        if sorted(pieces) != list(range(len(pieces))) or len(whole) != upload["total"]:
            return invalid("segments do not add up to the media total size")
        upload["data"] = whole
        upload["state"] = upload["state"] or ("pending" if upload["looks"] else "succeeded")
        return said(200, {"data": self.told_of(media_id, upload)})

    def status(self, query: Mapping[str, str]) -> Said:
        upload = self.media.get(query.get("media_id", ""))
        if query.get("command") != "STATUS" or upload is None or not upload.get("state"):
            return invalid("media id is invalid")
        if upload["state"] != "succeeded":
            upload["looks"] -= 1
            over = "failed" if self.spoils else "succeeded"
            upload["state"] = "in_progress" if upload["looks"] > 0 else over
        return said(200, {"data": self.told_of(query["media_id"], upload)})

    def told_of(self, media_id: str, upload: Mapping[str, Any]) -> dict[str, Any]:
        told: dict[str, Any] = {"id": media_id, "size": upload["total"]}
        if self.looks:
            told["processing_info"] = {"state": upload["state"]}
            if upload["state"] in {"pending", "in_progress"}:
                told["processing_info"]["check_after_secs"] = 7
        return told

    def describe(self, asked: Asked) -> Said:
        body = asked.json()
        alt = body.get("metadata", {}).get("alt_text", {}).get("text")
        if set(body) != {"id", "metadata"} or body["id"] not in self.media or not alt:
            return problem(400, "invalid-request", "Invalid Request", "media id is invalid")
        if len(alt) > 1_000:
            return problem(400, "invalid-request", "Invalid Request", "alt_text is too long")
        if self.credits < PRICE_ALT:
            return out_of_credits()
        self.pay(PRICE_ALT)
        self.media[body["id"]]["alt"] = alt
        return said(200, {"data": {"id": body["id"], "associated_metadata": {}}})

    def pay(self, price: int) -> None:
        self.credits -= price
        self.written += price

    # Posts.

    def post(self, asked: Asked) -> Said:
        if "tweet.write" not in self.scopes:
            return forbidden()
        body = asked.json()
        if refusal := self.refused(body):
            return refusal
        if not self.left:
            return limited(self.now() + timedelta(minutes=15))
        if self.refuses_copies and self.is_copy(body):
            return duplicate()
        text = body.get("text", "")
        answered = body.get("reply", {}).get("in_reply_to_tweet_id", "")
        price = PRICE_SUMMONED if answered in self.others else PRICE_POST
        price = PRICE_URL if URL.search(text) else price
        if self.credits < price:
            return out_of_credits()
        self.pay(price)
        self.left -= 1
        made = self.made(text, body.get("media", {}).get("media_ids", []), answered)
        self.posts.insert(0, made)
        return said(201, {"data": {"id": made["id"], "text": made["text"]}})

    def refused(self, body: dict[str, Any]) -> Said | None:
        text, ids = body.get("text", ""), body.get("media", {}).get("media_ids", [])
        if set(body) - {"text", "media", "reply"} or not isinstance(text, str):
            return problem(400, "invalid-request", "Invalid Request", "unknown field")
        if "reply" in body and (refusal := self.unanswerable(body["reply"])):
            return refusal
        if not text and not ids:
            return problem(400, "invalid-request", "Invalid Request", "text is required")
        if count(text, Unit.X_WEIGHTED, 23) > 280:
            detail = "Your Tweet text is too long."
            return problem(400, "invalid-request", "Invalid Request", detail)
        if len(ids) > 4 or any(not self.is_usable(i, ids) for i in ids):
            detail = "Your media IDs are invalid."
            return problem(400, "invalid-request", "Invalid Request", detail)
        return None

    def unanswerable(self, reply: dict[str, Any]) -> Said | None:
        """Apps may answer only who has named the account, or the account itself."""
        if set(reply) != {"in_reply_to_tweet_id"}:
            return invalid("reply")
        answered = reply["in_reply_to_tweet_id"]
        if any(post["id"] == answered for post in self.posts):
            return None
        other = self.others.get(answered)
        if other is None or other["deleted"]:
            return unseen()
        return None if f"@{USERNAME}" in other["truth"] else unsummoned()

    def is_there(self, media_id: str) -> bool:
        medium = self.media.get(media_id)
        return medium is not None and self.now() - medium["at"] < MEDIA_LASTS

    def is_usable(self, media_id: str, ids: list[str]) -> bool:
        """Say whether a post may have it: a video stands alone, and is ready."""
        is_alone = len(ids) == 1 and self.media.get(media_id, {}).get("state") == "succeeded"
        is_video = "total" in self.media.get(media_id, {})
        return self.is_there(media_id) and (is_alone or not is_video)

    def is_copy(self, body: Mapping[str, Any]) -> bool:
        since, text = self.now() - COPIES, body.get("text", "")
        answered = body.get("reply", {}).get("in_reply_to_tweet_id", "")
        same = (p for p in self.posts if (p["truth"], p["answered"]) == (text, answered))
        return any(p["at"] > since for p in same if text)

    def made(self, text: str, ids: list[str], answered: str = "") -> dict[str, Any]:
        """Return a post as X keeps it: addresses as t.co, one more for pictures, & escaped.

        An answer begins with whom it is to.
        """
        post_id = self.new_id()
        urls: list[dict[str, str]] = []

        def shorten(match: re.Match[str]) -> str:
            whole = match.group()
            expanded = whole if whole.startswith("http") else f"http://{whole}"
            urls.append(
                {"url": f"https://t.co/{len(urls)}{post_id[-6:]}", "expanded_url": expanded}
            )
            return urls[-1]["url"]

        shown = URL.sub(shorten, escape(text, quote=False))
        other = self.others.get(answered)
        shown = f"@{other['by']} {shown}" if other else shown
        if ids:
            kind = "video" if "total" in self.media[ids[0]] else "photo"
            at = f"https://x.com/{USERNAME}/status/{post_id}/{kind}/1"
            urls.append({"url": f"https://t.co/p{post_id[-6:]}", "expanded_url": at})
            shown = f"{shown} {urls[-1]['url']}".strip()
        return {
            "id": post_id,
            "text": shown,
            "entities": {"urls": urls},
            "attachments": {"media_keys": [f"3_{i}" for i in ids]},
            "conversation_id": self.conversation_of(answered) or post_id,
            "referenced_posts": [{"type": "replied_to", "id": answered}] if answered else [],
            "at": self.now(),
            "truth": text,
            "answered": answered,
        }

    def conversation_of(self, post_id: str) -> str:
        known = {**{p["id"]: p for p in self.posts}, **self.others}
        return str(known[post_id]["conversation_id"]) if post_id in known else ""

    def listing(self, asked: Asked) -> Said:
        query = asked.query
        known = {"start_time", "max_results", "exclude", "post.fields", "pagination_token"}
        if not self.scopes >= READS:
            return forbidden()
        if set(query) - known - {"expansions"} or not 5 <= int(query["max_results"]) <= 100:
            return problem(400, "invalid-request", "Invalid Request", "max_results")
        since, size = datetime.fromisoformat(query["start_time"]), int(query["max_results"])
        shown = [p for p in self.posts[self.hides_newest :] if p["at"] >= since]
        begin = int(query.get("pagination_token", "0"))
        page = shown[begin : begin + size]
        self.read += PRICE_READ * len(page)
        meta: dict[str, Any] = {"result_count": len(page)}
        if begin + size < len(shown):
            meta["next_token"] = str(begin + size)
        answer: dict[str, Any] = {"meta": meta}
        fields = query["post.fields"].split(",")
        if query.get("expansions") == "referenced_posts":
            fields.append("referenced_posts")
            told = [self.others[p["answered"]] for p in page if p["answered"] in self.others]
            self.read += PRICE_READ * len(told)
            answer["includes"] = {"posts": [{"id": p["id"], "text": p["truth"]} for p in told]}
        if page:
            answer["data"] = [self.shown(p, fields) for p in page]
        return said(200, answer)

    def shown(self, post: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
        at = post["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
        whole = {**post, "created_at": at}
        return {name: whole[name] for name in ("id", "text", *fields) if whole.get(name)}

    def new_id(self) -> str:
        self.issued += 1
        return str(self.issued)


def problem(status: int, kind: str, title: str, detail: str) -> Said:
    kinds = f"https://api.x.com/2/problems/{kind}"
    return said(status, {"title": title, "detail": detail, "type": kinds, "status": status})


def invalid(detail: str) -> Said:
    return problem(400, "invalid-request", "Invalid Request", detail)


def unauthorised() -> Said:
    return said(401, {"title": "Unauthorized", "type": "about:blank", "status": 401})


def forbidden() -> Said:
    detail = "Your client app is not configured with the appropriate oauth2 app permissions."
    return problem(403, "oauth2-permissions", "Forbidden", detail)


def duplicate() -> Said:
    detail = "You are not allowed to create a Tweet with duplicate content."
    body = {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403}
    return said(403, body)


def unsummoned() -> Said:
    detail = (
        "Reply to this conversation is not allowed because you have not been mentioned or "
        "otherwise engaged by the author of the post you are replying to."
    )
    return said(403, {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403})


def unseen() -> Said:
    detail = "You attempted to reply to a Tweet that is deleted or not visible to you."
    return said(403, {"title": "Forbidden", "detail": detail, "type": "about:blank", "status": 403})


def out_of_credits() -> Said:
    detail = "Your account does not have any credits to fulfill this request."
    return problem(402, "credits", "CreditsDepleted", detail)


def limited(until: datetime | None, **more: str) -> Said:
    body = {"title": "Too Many Requests", "type": "about:blank", "status": 429}
    reset = {"x_rate_limit_reset": str(int(until.timestamp()))} if until else {}
    return said(429, body, **reset, **more)
