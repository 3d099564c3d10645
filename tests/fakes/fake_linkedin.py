"""LinkedIn by its documented rules: sign-in, versions, roles, media, posts, comments, figures.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api and its
neighbours. It has no official description of its API in a file: the fields and headers that
each call may have are written down here, and anything else is refused.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.fakes.linkedin_videos import Videos
from tests.fakes.serving import Asked, Said, said

PERSON = "urn:li:person:a1B2c3"
PAGE = "urn:li:organization:2414183"
OTHER = "urn:li:organization:5515715"
LIVING = frozenset({"202511", "202606", "202609", "202610", "202611"})
"""Versions that are spoken."""
MEMBER_SCOPES = frozenset({"openid", "profile", "email", "w_member_social"})
PAGE_SCOPES = frozenset(
    {"rw_organization_admin", "r_organization_social", "w_organization_social"}
    | {"r_basicprofile", "w_member_social"}
)
COPIES = timedelta(minutes=10)
"""How long the same words of one author are refused as a copy."""
RESERVED = "\\|{}@[]()<>#*_~"
POST_FIELDS = frozenset(
    {"author", "commentary", "visibility", "distribution", "lifecycleState"}
    | {"isReshareDisabledByAuthor", "content"}
)


@dataclass
class FakeLinkedIn:
    """One person's app, her profile and the pages that she has a role on."""

    now: Callable[[], datetime]
    client_id: str = "relais-app"
    client_secret: str = "relais-app-secret"
    back: str = ""
    """Where people may be sent back to; empty: anywhere."""
    product: frozenset[str] = MEMBER_SCOPES
    """What the app may ask for: the two products exclude each other."""
    granted: frozenset[str] | None = None
    """What a person grants where that is less than what was asked for."""
    gives_refresh: bool = False
    token: str = ""
    scopes: frozenset[str] = frozenset()
    ends_at: datetime = datetime(9999, 1, 1, tzinfo=UTC)
    refresh_token: str = ""
    roles: dict[str, str] = field(default_factory=lambda: {PAGE: "ADMINISTRATOR"})
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    images: dict[str, bytes | None] = field(default_factory=dict)
    """By URN; None: announced, its bytes not yet there."""
    videos: Videos = field(default_factory=Videos)
    posts: list[dict[str, Any]] = field(default_factory=list)
    """The newest first."""
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    liked: list[tuple[str, str]] = field(default_factory=list)
    """Who likes what."""
    notifications: list[dict[str, Any]] = field(default_factory=list)
    refuses_copies: bool = True
    hides_newest: int = 0
    left: int = 150
    shortens: bool = False
    """It shows links as lnkd.in, as it does beyond some length."""
    issued: int = 7_000

    def answer(self, asked: Asked) -> Said:
        if asked.path == "/oauth/v2/accessToken":
            return self.exchange(asked)
        if asked.method == "PUT" and asked.path.startswith("/dms-uploads/"):
            return self.uploaded(asked)
        if asked.method == "PUT" and asked.path.startswith("/ambry-video/"):
            return self.videos.uploaded(asked, milliseconds(self.now()))
        if refusal := self.unauthorised(asked):
            return refusal
        if asked.path == "/v2/userinfo":
            return self.userinfo()
        if refusal := self.misspoken(asked):
            return refusal
        if not self.left:
            return limited("Resource level throttle MEMBER DAY limit for calls is reached.")
        return self.routed(asked)

    def routed(self, asked: Asked) -> Said:
        path, method = asked.path, asked.method
        if method == "POST" and path == "/rest/images":
            return self.initialize(asked)
        if path.startswith("/rest/videos"):
            return self.on_videos(asked)
        if method == "POST" and path == "/rest/posts":
            return self.post(asked)
        if method == "GET" and path == "/rest/posts":
            return self.listing(asked)
        if method == "GET" and path.startswith("/rest/posts/"):
            return self.one_post(path.removeprefix("/rest/posts/"))
        if method == "GET" and path == "/rest/organizationAcls":
            return self.acls(asked)
        if method == "GET" and path == "/rest/organizations":
            return self.organizations(asked)
        if path.startswith("/rest/socialActions/"):
            return self.social_actions(asked)
        if path.startswith("/rest/reactions"):
            return self.reactions(asked)
        if method == "GET" and path == "/rest/organizationalEntityNotifications":
            return self.notified(asked)
        if method == "GET" and path == "/rest/organizationalEntityShareStatistics":
            return self.statistics(asked)
        if method == "GET" and path.startswith("/rest/networkSizes/"):
            return self.network_size(asked)
        return refused(404, "RESOURCE_NOT_FOUND", "No virtual resource found")

    # Signing in: https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow

    def say_yes(self, url: str) -> dict[str, str]:
        """Let the person say yes on the page; return the query that she goes back with."""
        parts = urlsplit(url)
        assert f"{parts.scheme}://{parts.netloc}{parts.path}".endswith("/oauth/v2/authorization")
        query = {k: v[0] for k, v in parse_qs(parts.query).items()}
        wanted = {"response_type", "client_id", "redirect_uri", "scope", "state"}
        assert set(query) == wanted, "unknown_parameter"
        assert query["client_id"] == self.client_id, "invalid_client_id"
        assert query["response_type"] == "code"
        assert query["redirect_uri"].startswith("https://")
        assert self.back in {"", query["redirect_uri"]}, "the redirect_uri doesn't match"
        unknown = set(query["scope"].split()) - self.product
        if unknown:
            return {"error": "unauthorized_scope_error", "state": query["state"]}
        code = f"code-{self.new_id()}"
        self.codes[code] = query
        return {"code": code, "state": query["state"]}

    def exchange(self, asked: Asked) -> Said:
        form = asked.urlencoded()
        is_ours = (form.get("client_id"), form.get("client_secret")) == (
            self.client_id,
            self.client_secret,
        )
        if not is_ours:
            return said(401, {"error": "invalid_client", "error_description": "Client auth failed"})
        if form.get("grant_type") == "refresh_token":
            return self.refreshed(form)
        begun = self.codes.pop(form.get("code", ""), None)
        if begun is None or form.get("redirect_uri") != begun["redirect_uri"]:
            text = "Unable to retrieve access token: appid/redirect uri/code verifier"
            return said(400, {"error": "invalid_request", "error_description": text})
        asked_for = frozenset(begun["scope"].split())
        self.scopes = asked_for if self.granted is None else asked_for & self.granted
        if self.gives_refresh:
            self.refresh_token = f"refresh-{self.new_id()}"
        return said(200, self.issue())

    def refreshed(self, form: Mapping[str, str]) -> Said:
        if not self.refresh_token or form.get("refresh_token") != self.refresh_token:
            text = "The provided authorization grant or refresh token is invalid"
            return said(400, {"error": "invalid_request", "error_description": text})
        return said(200, self.issue())

    def issue(self) -> dict[str, Any]:
        self.token = f"token-{self.new_id()}"
        self.ends_at = self.now() + timedelta(days=60)
        answer: dict[str, Any] = {
            "access_token": self.token,
            "expires_in": 5_184_000,
            "scope": ",".join(sorted(self.scopes)),
            "token_type": "Bearer",
        }
        if self.refresh_token:
            answer |= {
                "refresh_token": self.refresh_token,
                "refresh_token_expires_in": 31_536_000,
            }
        return answer

    def userinfo(self) -> Said:
        if not {"openid", "profile"} <= self.scopes:
            return denied()
        return said(200, {"sub": PERSON.rpartition(":")[2], "name": "Claire Martin"})

    # What every call owes.

    def unauthorised(self, asked: Asked) -> Said | None:
        if not self.token or asked.headers.get("authorization") != f"Bearer {self.token}":
            return unauthorised()
        if self.now() >= self.ends_at:
            return refused(401, "EXPIRED_ACCESS_TOKEN", "The token has expired", 65601)
        return None

    def misspoken(self, asked: Asked) -> Said | None:
        """https://learn.microsoft.com/linkedin/marketing/versioning and Rest.li 2.0."""
        version = asked.headers.get("linkedin-version")
        if version is None:
            return refused(400, "VERSION_MISSING", "A version must be present.")
        if version not in LIVING:
            return refused(426, "NONEXISTENT_VERSION", f"Version {version} is not active")
        if asked.headers.get("x-restli-protocol-version") != "2.0.0":
            return refused(400, "PROTOCOL", "X-RestLi-Protocol-Version 2.0.0 is required")
        method = asked.headers.get("x-restli-method", "")
        wanted = "BATCH_GET" if "ids" in asked.query else "FINDER" if "q" in asked.query else ""
        if method != wanted:
            return refused(400, "METHOD", f"X-RestLi-Method {wanted} is required")
        return None

    # Roles and names.

    def acls(self, asked: Asked) -> Said:
        if "rw_organization_admin" not in self.scopes:
            return denied()
        if asked.query.get("q") != "roleAssignee" or asked.query.get("state") != "APPROVED":
            return illegal("q")
        start, count = int(asked.query["start"]), int(asked.query["count"])
        found = [
            {"organization": urn, "role": role, "roleAssignee": PERSON, "state": "APPROVED"}
            for urn, role in self.roles.items()
        ]
        return said(200, {"elements": found[start : start + count], "paging": {}})

    def organizations(self, asked: Asked) -> Said:
        ids = re.fullmatch(r"List\(([\d,]+)\)", asked.query["ids"])
        if ids is None:
            return illegal("ids")
        known = {urn.rpartition(":")[2] for urn in self.roles}
        results = {
            n: {"id": int(n), "localizedName": f"Boulangerie {n}", "vanityName": f"b-{n}"}
            for n in ids.group(1).split(",")
            if n in known
        }
        return said(200, {"results": results, "statuses": {}, "errors": {}})

    def may(self, author: str, right: str) -> bool:
        """Say whether the token may write (w) or read (r) as an author."""
        if author == PERSON:
            return f"{right}_member_social" in self.scopes
        holds = self.roles.get(author) in {"ADMINISTRATOR", "CONTENT_ADMINISTRATOR"}
        return holds and f"{right}_organization_social" in self.scopes

    # Images: https://learn.microsoft.com/linkedin/marketing/community-management/shares/images-api

    def initialize(self, asked: Asked) -> Said:
        body = asked.json()
        wanted = body.get("initializeUploadRequest")
        if asked.query != {"action": "initializeUpload"} or set(body) != {
            "initializeUploadRequest"
        }:
            return illegal("action")
        if not isinstance(wanted, dict) or set(wanted) != {"owner"}:
            return illegal("initializeUploadRequest/owner")
        if not self.may(wanted["owner"], "w"):
            return denied()
        urn = f"urn:li:image:C4E10AQ{self.new_id()}"
        self.images[urn] = None
        url = f"https://www.linkedin.com/dms-uploads/{urn.rpartition(':')[2]}/uploaded-image/0"
        return said(200, {"value": {"uploadUrl": url, "image": urn, "uploadUrlExpiresAt": 1}})

    def on_videos(self, asked: Asked) -> Said:
        if asked.method == "GET":
            return self.videos.told(asked.path.removeprefix("/rest/videos/"))
        body = asked.json()
        if asked.query == {"action": "finalizeUpload"}:
            return self.videos.finalized(body)
        owner = body.get("initializeUploadRequest", {}).get("owner", "")
        if asked.query != {"action": "initializeUpload"} or not self.may(owner, "w"):
            return denied()
        return self.videos.initialized(body, self.new_id(), milliseconds(self.now()))

    def uploaded(self, asked: Asked) -> Said:
        urn = f"urn:li:image:{asked.path.split('/')[2]}"
        if asked.headers.get("authorization") != f"Bearer {self.token}":
            return Said(401, b"", {})
        if urn not in self.images:
            return Said(404, b"", {})
        if asked.body[:4] not in {b"\x89PNG", b"GIF8"} and asked.body[:2] != b"\xff\xd8":
            return Said(400, b"", {})
        self.images[urn] = asked.body
        return Said(201, b"", {})

    # Posts.

    def post(self, asked: Asked) -> Said:
        body = asked.json()
        if problem := self.problem(body):
            return problem
        if not self.may(body["author"], "w"):
            return denied()
        copied = self.copied(body)
        if copied and self.refuses_copies:
            return duplicate(copied)
        self.left -= 1
        urn = f"urn:li:{'share' if body.get('content') else 'ugcPost'}:{self.new_id()}"
        at = milliseconds(self.now())
        stands = {"id": urn, **body, "createdAt": at, "publishedAt": at, "lastModifiedAt": at}
        self.posts.insert(0, stands)
        return Said(201, b"", {"x-restli-id": urn, "Content-Type": "application/json"})

    def problem(self, body: dict[str, Any]) -> Said | None:
        if unknown := set(body) - POST_FIELDS:
            return unprocessable(min(unknown), "unrecognized field found but not allowed")
        for name in sorted(POST_FIELDS - {"content", "isReshareDisabledByAuthor"}):
            if name not in body:
                return unprocessable(name, "field is required but not found")
        distribution = {
            "feedDistribution": "MAIN_FEED",
            "targetEntities": [],
            "thirdPartyDistributionChannels": [],
        }
        if body["visibility"] != "PUBLIC" or body["distribution"] != distribution:
            return unprocessable("distribution", "invalid")
        if body["lifecycleState"] != "PUBLISHED" or not isinstance(body["commentary"], str):
            return unprocessable("lifecycleState", "invalid")
        if not body["commentary"]:
            return unprocessable("commentary", "must not be empty")
        if len(read(body["commentary"])) > 3_000:
            return unprocessable("commentary", "length exceeds the maximum allowed 3000")
        return self.content_problem(body.get("content"))

    def content_problem(self, content: object) -> Said | None:
        if content is None:
            return None
        if not isinstance(content, dict) or len(content) != 1:
            return unprocessable("content", "exactly one")
        ((kind, value),) = content.items()
        if kind == "media":
            return self.image_problem(value)
        if kind == "multiImage":
            images = value.get("images")
            if set(value) != {"images"} or not isinstance(images, list):
                return unprocessable("content/multiImage", "invalid")
            if not 2 <= len(images) <= 20:
                return unprocessable("content/multiImage/images", "between 2 and 20")
            return next((p for image in images if (p := self.image_problem(image))), None)
        if kind == "article":
            return self.article_problem(value)
        return unprocessable(f"content/{kind}", "unrecognized field found but not allowed")

    def image_problem(self, image: Any) -> Said | None:
        if not {"id"} <= set(image) <= {"id", "altText", "title"}:
            return unprocessable("content/media", "unrecognized field found but not allowed")
        if self.images.get(image["id"]) is None and not self.videos.is_ready(image["id"]):
            return unprocessable("content/media/id", "the image isn't there")
        if len(image.get("altText", "")) > 4_086:
            return unprocessable("content/media/altText", "length exceeds")
        return None

    def article_problem(self, article: Any) -> Said | None:
        known = {"source", "title", "description", "thumbnail"}
        if set(article) - known or not article.get("source") or not article.get("title"):
            return unprocessable("content/article", "source and title are required")
        if "thumbnail" in article and self.images.get(article["thumbnail"]) is None:
            return unprocessable("content/article/thumbnail", "the image isn't there")
        return None

    def copied(self, body: Mapping[str, Any]) -> str | None:
        for stands in self.posts:
            if stands["createdAt"] < milliseconds(self.now() - COPIES):
                continue
            if all(stands.get(k) == body.get(k) for k in ("author", "commentary")):
                return str(stands["id"])
        return None

    def listing(self, asked: Asked) -> Said:
        query = asked.query
        known = {"q", "author", "start", "count", "sortBy", "viewContext"}
        if set(query) - known or query["q"] != "author" or query["sortBy"] != "CREATED":
            return illegal("q")
        if not self.may(query["author"], "r"):
            return denied()
        start, count = int(query["start"]), int(query["count"])
        if count > 100:
            return illegal("count")
        shown = [p for p in self.posts[self.hides_newest :] if p["author"] == query["author"]]
        page = [self.shown(p) for p in shown[start : start + count]]
        return said(200, {"elements": page, "paging": {"start": start, "count": count}})

    def shown(self, post: dict[str, Any]) -> dict[str, Any]:
        if not self.shortens:
            return post
        return {
            **post,
            "commentary": re.sub(r"https://\S+", "https://lnkd.in/eX", post["commentary"]),
        }

    def one_post(self, urn: str) -> Said:
        found = next((p for p in self.posts if p["id"] == urn), None)
        return said(200, found) if found else refused(404, "NOT_FOUND", "no such post")

    # Comments.

    def social_actions(self, asked: Asked) -> Said:
        match = re.fullmatch(r"/rest/socialActions/(.+)/comments(?:/(\d+))?", asked.path)
        if match is None:
            return refused(404, "RESOURCE_NOT_FOUND", "No virtual resource found")
        target, number = match.groups()
        if asked.method == "POST":
            return self.comment(target, asked.json())
        if asked.method == "DELETE":
            return self.uncomment(target, number, asked.query.get("actor", ""))
        if not self.may(PAGE, "r"):
            return denied()
        if number:
            found = self.comments.get(f"urn:li:comment:({target},{number})")
            return said(200, found) if found else refused(404, "NOT_FOUND", "no such comment")
        start, count = int(asked.query["start"]), int(asked.query["count"])
        under = [c for c in self.comments.values() if c.get("parentComment", c["object"]) == target]
        return said(200, {"elements": under[start : start + count]})

    def reactions(self, asked: Asked) -> Said:
        """https://learn.microsoft.com/linkedin/marketing/community-management/shares/reactions-api"""
        if asked.method == "DELETE":
            key = re.fullmatch(r"/rest/reactions/\(actor:(.+?),entity:(.+)\)", asked.path)
            liked = (key[1], key[2]) if key else ("", "")
            if not self.may(liked[0], "w"):
                return denied()
            if liked not in self.liked:
                return refused(404, "NOT_FOUND", "no such reaction")
            self.liked.remove(liked)
            return Said(204, b"", {})
        body = asked.json()
        if set(body) != {"root", "reactionType"} or body["reactionType"] != "LIKE":
            return illegal("reaction")
        actor, root = asked.query.get("actor", ""), body["root"]
        if not self.may(actor, "w"):
            return denied()
        if ":comment:" in root and root not in self.comments:
            return refused(404, "NOT_FOUND", "no such comment")
        if (actor, root) in self.liked:
            return refused(409, "RESOURCE_ALREADY_EXISTS", "reacted already")
        self.liked.append((actor, root))
        return said(201, {"id": f"urn:li:reaction:({actor},{root})", **body})

    def uncomment(self, target: str, number: str, actor: str) -> Said:
        if not self.may(actor, "w"):
            return denied()
        if self.comments.pop(f"urn:li:comment:({target},{number})", None) is None:
            return refused(404, "NOT_FOUND", "no such comment")
        return Said(204, b"", {})

    def comment(self, target: str, body: dict[str, Any]) -> Said:
        if set(body) - {"parentComment"} != {"actor", "object", "message"}:
            return illegal("comment")
        if set(body["message"]) != {"text"} or not body["message"]["text"]:
            return illegal("message")
        known = {*self.comments, *(post["id"] for post in self.posts)}
        if target != body.get("parentComment", body["object"]) or target not in known:
            return refused(404, "NOT_FOUND", "no such comment")
        if not self.may(body["actor"], "w"):
            return denied()
        urn = self.say(
            body["actor"], body["message"]["text"], body["object"], body.get("parentComment", "")
        )
        number = urn.rstrip(")").rpartition(",")[2]
        return Said(201, b"{}", {"x-restli-id": number})

    def say(self, actor: str, text: str, entity: str, parent: str = "", action: str = "") -> str:
        """Let somebody comment; return the comment's URN."""
        number = self.new_id()
        urn = f"urn:li:comment:({entity},{number})"
        time = {"actor": actor, "time": milliseconds(self.now())}
        comment: dict[str, Any] = {
            "id": number,
            "actor": actor,
            "commentUrn": urn,
            "object": entity,
            "message": {"text": text, "attributes": []},
            "created": time,
            "lastModified": dict(time),
        }
        if parent:
            comment["parentComment"] = parent
        self.comments[urn] = comment
        if action:
            self.notify(action, urn, entity)
        return urn

    def notify(self, action: str, activity: str, source: str) -> None:
        """Note that something was done to the page."""
        self.notifications.append(
            {
                "notificationId": int(self.new_id()),
                "action": action,
                "organizationalEntity": PAGE,
                "generatedActivity": activity,
                "sourcePost": source,
                "lastModifiedAt": milliseconds(self.now()),
            }
        )

    def notified(self, asked: Asked) -> Said:
        query = asked.query
        span = re.fullmatch(r"\(start:(\d+),end:(\d+)\)", query.get("timeRange", ""))
        actions = re.fullmatch(r"List\(([A-Z_,]+)\)", query.get("actions", ""))
        if "rw_organization_admin" not in self.scopes:
            return denied()
        if query.get("q") != "criteria" or span is None or actions is None:
            return illegal("criteria")
        first, last = map(int, span.groups())
        told = [
            n
            for n in self.notifications
            if first <= n["lastModifiedAt"] <= last
            and n["action"] in actions.group(1).split(",")
            and n["organizationalEntity"] == query["organizationalEntity"]
        ]
        start, count = int(query["start"]), int(query["count"])
        return said(200, {"elements": told[start : start + count]})

    # Figures.

    def statistics(self, asked: Asked) -> Said:
        named = asked.query.get("shares") or asked.query.get("ugcPosts") or ""
        urn = re.fullmatch(r"List\((urn:li:\w+:\d+)\)", named)
        if urn is None or asked.query.get("q") != "organizationalEntity":
            return illegal("shares")
        found = [p for p in self.posts if p["id"] == urn.group(1)]
        counts = {
            "impressionCount": 120,
            "uniqueImpressionsCount": 80,
            "clickCount": 7,
            "likeCount": 5,
            "commentCount": 2,
            "shareCount": 1,
            "engagement": 0.1,
        }
        elements = [{"totalShareStatistics": counts, "share": p["id"]} for p in found]
        return said(200, {"elements": elements})

    def network_size(self, asked: Asked) -> Said:
        if asked.query != {"edgeType": "COMPANY_FOLLOWED_BY_MEMBER"}:
            return illegal("edgeType")
        return said(200, {"firstDegreeSize": 219})

    def new_id(self) -> str:
        self.issued += 1
        return str(self.issued)


def read(commentary: str) -> str:
    """Return what is published of a "little" text: it is cut where an element isn't whole."""
    shown, at = [], 0
    while at < len(commentary):
        sign = commentary[at]
        if sign == "\\":
            shown.append(commentary[at + 1 : at + 2])
            at += 2
            continue
        if sign in RESERVED:
            element = ELEMENT.match(commentary, at)
            if element is None:
                break
            shown.append(f"#{unescaped(element['tag'])}" if element["tag"] else element["name"])
            at = element.end()
            continue
        shown.append(sign)
        at += 1
    return "".join(shown)


ELEMENT = re.compile(
    r"\{hashtag\|\\?#\|(?P<tag>(?:\\.|[^}\\])+)\}|@\[(?P<name>[^\]]+)\]\(urn:li:\w+:\w+\)"
)


def unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text)


def milliseconds(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def refused(status: int, code: str, message: str, number: int = 100) -> Said:
    body = {"status": status, "code": code, "serviceErrorCode": number, "message": message}
    return said(status, body)


def unauthorised() -> Said:
    return refused(401, "INVALID_ACCESS_TOKEN", "Invalid access token", 65600)


def denied() -> Said:
    return refused(403, "ACCESS_DENIED", "Not enough permissions to access: posts.CREATE")


def illegal(name: str) -> Said:
    return refused(400, "ILLEGAL_ARGUMENT", f"{name} is invalid")


def limited(message: str) -> Said:
    return refused(429, "TOO_MANY_REQUESTS", message, 101)


def unprocessable(name: str, why: str) -> Said:
    error = {"description": why, "input": {"inputPath": {"fieldPath": name}}, "code": "INVALID"}
    body = {
        "status": 422,
        "code": "UNPROCESSABLE_ENTITY",
        "message": f"ERROR :: /{name} :: {why}",
        "errorDetails": {"inputErrors": [error]},
    }
    return said(422, body)


def duplicate(urn: str) -> Said:
    error = {
        "description": f"Content is a duplicate of {urn}",
        "input": {"inputPath": {"fieldPath": "commentary"}},
        "code": "DUPLICATE_POST",
    }
    body = {
        "status": 422,
        "code": "UNPROCESSABLE_ENTITY",
        "message": f"Content is a duplicate of {urn}",
        "errorDetails": {"inputErrors": [error]},
    }
    return said(422, body)
