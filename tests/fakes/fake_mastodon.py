"""A Mastodon instance by its documented rules: tokens, scopes, media, statuses, paging.

https://docs.joinmastodon.org/methods/statuses/ · /methods/media/ · /methods/accounts/
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any
from urllib.parse import parse_qs, urlsplit

import regex

from tests.fakes.serving import Asked, Said, said

URL = re.compile(r"https?://[^\s<]+")
REMOTE = re.compile(r"@(\w+)@[\w.]+")
KEEPS_KEYS = timedelta(hours=1)


@dataclass(slots=True)
class FakeMastodon:
    """One account on one instance."""

    now: Callable[[], datetime]
    base_url: str = ""
    token: str = "a-good-token"
    scopes: frozenset[str] = frozenset({"profile", "read", "write"})
    max_characters: int = 500
    honours_keys: bool = True
    """False: like snac, two posts with one Idempotency-Key are two statuses."""
    knows_v2: bool = True
    processing: int = 0
    """How many times a new medium is looked at before it is ready."""
    knows_v2_media: bool = True
    """False: media are uploaded the old way, and answered once they are ready."""
    takes: tuple[str, ...] = ("image/jpeg", "image/png", "image/webp", "video/mp4")
    video_size_limit: int = 103_809_024
    cant_process: bool = False
    """Whether what is uploaded turns out to be unreadable while it is processed."""
    refuses_lost_media: bool = True
    """False: like Mastodon before 4.3 and others, a status goes out without them."""
    hides_newest: int = 0
    """How many of the newest statuses a listing doesn't show yet."""
    posts_left: int = 300
    statuses: list[dict[str, Any]] = field(default_factory=list)
    media: dict[str, dict[str, Any]] = field(default_factory=dict)
    keys: dict[str, tuple[datetime, dict[str, Any]]] = field(default_factory=dict)
    issued: int = 1000
    knows_pkce: bool = True
    granted: str = ""
    """What a person grants, where that is less than what was asked for."""
    apps: dict[str, dict[str, str]] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/api/v2/instance":
            return said(200, self.about()) if self.knows_v2 else error(404, "Not Found")
        if asked.path == "/api/v1/instance":
            return said(200, self.about())
        if asked.path == "/api/v1/apps":
            return self.register(asked)
        if asked.path == "/.well-known/oauth-authorization-server":
            return said(200, self.discovery()) if self.knows_pkce else error(404, "Not Found")
        if asked.path == "/oauth/token":
            return self.exchange(asked)
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return error(401, "The access token is invalid")
        if asked.path == "/api/v1/accounts/verify_credentials":
            return said(200, self.account())
        if asked.method == "POST" and asked.path == "/api/v2/media" and self.knows_v2_media:
            return self.upload(asked)
        if asked.method == "POST" and asked.path == "/api/v1/media":
            return self.upload(asked)
        if asked.method == "GET" and asked.path.startswith("/api/v1/media/"):
            return self.look_at(asked.path.rpartition("/")[2])
        if asked.method == "POST" and asked.path == "/api/v1/statuses":
            return self.post(asked)
        if asked.method == "GET" and asked.path == "/api/v1/accounts/1/statuses":
            return self.listing(asked)
        return error(404, "Record not found")

    def about(self) -> dict[str, Any]:
        return {
            "domain": self.base_url.removeprefix("http://"),
            "version": "4.5.2",
            "source_url": "https://github.com/mastodon/mastodon",
            "configuration": {
                "statuses": {
                    "max_characters": self.max_characters,
                    "max_media_attachments": 4,
                    "characters_reserved_per_url": 23,
                },
                "media_attachments": {
                    "supported_mime_types": list(self.takes),
                    "video_size_limit": self.video_size_limit,
                    "image_size_limit": 16_777_216,
                    "image_matrix_limit": 33_177_600,
                    "description_limit": 1500,
                },
            },
        }

    def account(self) -> dict[str, Any]:
        name = "boulangerie"
        url = f"{self.base_url}/@{name}"
        return {"id": "1", "username": name, "acct": name, "display_name": "Martin", "url": url}

    # OAuth: https://docs.joinmastodon.org/methods/oauth/

    def register(self, asked: Asked) -> Said:
        form = asked.urlencoded()
        if not form.get("client_name") or not form.get("redirect_uris"):
            return error(422, "Validation failed: Redirect URI must be an absolute URI.")
        self.apps["client"] = form
        return said(200, {"id": "9", "client_id": "client", "client_secret": "hush"})

    def discovery(self) -> dict[str, Any]:
        return {
            "authorization_endpoint": f"{self.base_url}/oauth/authorize",
            "token_endpoint": f"{self.base_url}/oauth/token",
            "code_challenge_methods_supported": ["S256"],
        }

    def sign_in(self, url: str) -> dict[str, str]:
        """Let the person say yes on the page; return the query that they go back with."""
        query = {k: v[0] for k, v in parse_qs(urlsplit(url).query).items()}
        app = self.apps[query["client_id"]]
        assert query["redirect_uri"] == app["redirect_uris"]
        assert set(query["scope"].split()) <= set(app["scopes"].split())
        self.codes["code"] = query
        return {"code": "code", "state": query["state"]}

    def exchange(self, asked: Asked) -> Said:
        form = asked.urlencoded()
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or form["redirect_uri"] != begun["redirect_uri"]:
            return error(400, "invalid_grant")
        if (form["client_id"], form["client_secret"]) != ("client", "hush"):
            return error(401, "invalid_client")
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).decode().rstrip("=")
        if "code_challenge" in begun and begun["code_challenge"] != challenge:
            return error(400, "invalid_grant")
        granted = self.granted or begun["scope"]
        return said(200, {"access_token": self.token, "token_type": "Bearer", "scope": granted})

    # Media.

    def upload(self, asked: Asked) -> Said:
        if "write" not in self.scopes:
            return error(403, "This action is outside the authorized scopes")
        fields, files = asked.form()
        file = files["file"]
        if file.content_type not in self.takes:
            return error(422, "Validation failed: File content type is invalid")
        kind = file.content_type.partition("/")[0]
        if kind == "video" and len(file.data) > self.video_size_limit:
            return error(422, "Validation failed: File file size must be less than 99 MB")
        if len(fields.get("description", "")) > 1500:
            return error(422, "Validation failed: Description is too long")
        media_id, waits = self.new_id(), self.processing if asked.path == "/api/v2/media" else 0
        medium: dict[str, Any] = {
            "id": media_id,
            "type": kind,
            "url": None if waits else f"{self.base_url}/media/1.png",
            "description": fields.get("description"),
            "left": waits,
            "used": False,
        }
        self.media[media_id] = medium
        return said(202 if waits else 200, medium)

    def look_at(self, media_id: str) -> Said:
        medium = self.media.get(media_id)
        if medium is None or medium["used"]:
            return error(404, "Record not found")
        if self.cant_process:
            return error(422, "Error processing thumbnail for uploaded media")
        if medium["left"]:
            medium["left"] -= 1
        return said(206 if medium["left"] else 200, medium)

    # Statuses.

    def post(self, asked: Asked) -> Said:
        if "write" not in self.scopes:
            return error(403, "This action is outside the authorized scopes")
        body, key = asked.json(), asked.headers.get("idempotency-key", "")
        kept = self.keys.get(key)
        if self.honours_keys and kept and self.now() - kept[0] < KEEPS_KEYS:
            return said(200, kept[1])
        if self.posts_left == 0:
            reset = (self.now() + timedelta(minutes=12)).isoformat().replace("+00:00", "Z")
            return said(429, {"error": "Too many requests"}, X_RateLimit_Reset=reset)
        if refusal := self.problem(body):
            return refusal
        self.posts_left -= 1
        status = self.status(body)
        self.statuses.insert(0, status)
        self.keys[key] = (self.now(), status)
        return said(200, status)

    def problem(self, body: dict[str, Any]) -> Said | None:
        text, media = body.get("status", ""), body.get("media_ids", [])
        if not text and not media:
            return error(422, "Validation failed: Text can't be blank")
        counted = REMOTE.sub(r"@\1", URL.sub("x" * 23, text)) + body.get("spoiler_text", "")
        if len(regex.findall(r"\X", counted)) > self.max_characters:
            limit = self.max_characters
            return error(422, f"Validation failed: Text character limit of {limit} exceeded")
        if body.get("visibility") not in {"public", "unlisted", "private", "direct"}:
            return error(422, "Validation failed: Visibility is not included in the list")
        if len(media) > 4:
            return error(422, "Validation failed: Cannot attach more than 4 files")
        known = [self.media[m] for m in media if m in self.media and not self.media[m]["used"]]
        if self.refuses_lost_media and len(known) < len(media):
            return error(422, "Media 1 not found or already attached to another post")
        if any(m["left"] for m in known):
            return error(422, "Cannot attach files that have not finished processing. Try again!")
        return None

    def status(self, body: dict[str, Any]) -> dict[str, Any]:
        # Media that are unknown, or already on a status, are left out without a word.
        known = [self.media[m] for m in body.get("media_ids", []) if m in self.media]
        free = [m for m in known if not m["used"]]
        for medium in free:
            medium["used"] = True
        status_id = self.new_id()
        return {
            "id": status_id,
            "created_at": self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "content": rendered(body.get("status", "")),
            "spoiler_text": body.get("spoiler_text", ""),
            "sensitive": body.get("sensitive", False),
            "visibility": body["visibility"],
            "language": body.get("language"),
            "url": f"{self.base_url}/@boulangerie/{status_id}",
            "uri": f"{self.base_url}/users/boulangerie/statuses/{status_id}",
            "media_attachments": [
                {"id": m["id"], "type": m["type"], "description": m["description"]} for m in free
            ],
            "reblog": None,
        }

    def listing(self, asked: Asked) -> Said:
        limit = min(int(asked.query.get("limit", "20")), 40)
        before = int(asked.query.get("max_id", "9" * 18))
        shown = [s for s in self.statuses[self.hides_newest :] if int(s["id"]) < before]
        return said(200, shown[:limit])

    def new_id(self) -> str:
        self.issued += 1
        return str(self.issued)


def error(status: int, text: str) -> Said:
    return said(status, {"error": text})


def rendered(text: str) -> str:
    """Return the HTML that Mastodon makes: paragraphs, shortened links, mentions, hashtags."""
    paragraphs = (escape(p, quote=False) for p in text.split("\n\n"))
    return "".join(f"<p>{marked(p)}</p>".replace("\n", "<br />") for p in paragraphs if p)


def marked(text: str) -> str:
    text = URL.sub(link, text)
    text = re.sub(
        r"(?<![\w/@])@(\w+)@([\w.]+\w)",
        r'<span class="h-card" translate="no"><a href="https://\2/@\1" class="u-url mention">'
        r"@<span>\1</span></a></span>",
        text,
    )
    return re.sub(
        r"(?<![\w/&])#(\w+)",
        r'<a href="https://fake/tags/\1" class="mention hashtag" rel="tag">#<span>\1</span></a>',
        text,
    )


def link(match: re.Match[str]) -> str:
    url = match.group(0)
    scheme, _, rest = url.partition("://")
    shown, hidden = rest[:30], rest[30:]
    kind = "ellipsis" if hidden else ""
    return (
        f'<a href="{url}" target="_blank" rel="nofollow noopener" translate="no">'
        f'<span class="invisible">{scheme}://</span><span class="{kind}">{shown}</span>'
        f'<span class="invisible">{hidden}</span></a>'
    )
