"""A WordPress site by the rules of its REST API: roles, drafts, slugs, media, noise.

https://developer.wordpress.org/rest-api/reference/
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tests.fakes.serving import Asked, Said, said

CAPABILITIES = {
    "contributor": ["edit_posts"],
    "author": ["edit_posts", "publish_posts", "upload_files"],
    "editor": ["edit_posts", "publish_posts", "upload_files", "manage_categories"],
}
NOTICE = (
    b"<br />\n<b>Notice</b>:  Undefined index: [x] in <b>/srv/wp-content/plugins/a.php</b> "
    b"on line <b>12</b><br />\n"
)


@dataclass(slots=True)
class FakeWordPress:
    """One user of one site."""

    now: Callable[[], datetime]
    base_url: str = ""
    username: str = "martin"
    password: str = "abcdefghijklmnopqrstuvwx"
    role: str = "editor"
    drops_authorization: bool = False
    """Like many hosts: nobody is ever signed in, and reads answer all the same."""
    plain_permalinks: bool = False
    """No /wp-json/: only ?rest_route=."""
    is_noisy: bool = False
    max_upload: int = 2_000_000
    max_post: int = 8_000_000
    """PHP's post_max_size: of a larger form it makes no files."""
    posts: dict[int, dict[str, Any]] = field(default_factory=dict)
    media: dict[int, dict[str, Any]] = field(default_factory=dict)
    categories: dict[int, str] = field(default_factory=lambda: {1: "Non classé"})
    issued: int = 100

    def answer(self, asked: Asked) -> Said:
        answer = self.routed(asked)
        if self.is_noisy and answer.headers.get("Content-Type") == "application/json":
            return Said(answer.status, b"\xef\xbb\xbf" + NOTICE + answer.body, answer.headers)
        return answer

    def routed(self, asked: Asked) -> Said:
        route = self.route(asked)
        if route is None:
            return self.page(asked)
        if route == "/":
            return said(200, {"name": "Boulangerie &amp; fils", "namespaces": ["wp/v2"]})
        kind, _, number = route.removeprefix("/wp/v2/").partition("/")
        if kind == "users":
            return self.me(asked)
        if asked.method == "POST" and not self.signed_in(asked):
            return refused(401, "rest_cannot_create", "Sorry, you are not allowed to create posts.")
        handler = {
            ("GET", "posts"): self.read_posts,
            ("POST", "posts"): self.write_post,
            ("GET", "media"): self.read_media,
            ("POST", "media"): self.write_media,
            ("GET", "categories"): self.read_categories,
            ("POST", "categories"): self.write_category,
        }.get((asked.method, kind))
        if handler is None:
            return refused(404, "rest_no_route", "No route was found matching the URL.")
        return handler(asked, int(number) if number else None)

    def route(self, asked: Asked) -> str | None:
        if "rest_route" in asked.query:
            return asked.query["rest_route"]
        if asked.path.startswith("/wp-json/") and not self.plain_permalinks:
            return asked.path.removeprefix("/wp-json")
        return None

    def page(self, asked: Asked) -> Said:
        if asked.path != "/":
            return Said(404, b"<html>Not found</html>", {"Content-Type": "text/html"})
        api = (
            f"{self.base_url}/?rest_route=/"
            if self.plain_permalinks
            else f"{self.base_url}/wp-json/"
        )
        link = f'<{api}>; rel="https://api.w.org/"'
        return Said(200, b"<html>Bonjour</html>", {"Content-Type": "text/html", "Link": link})

    def signed_in(self, asked: Asked) -> bool:
        pair = base64.b64encode(f"{self.username}:{self.password}".encode()).decode()
        given = asked.headers.get("authorization", "")
        return not self.drops_authorization and given == f"Basic {pair}"

    def me(self, asked: Asked) -> Said:
        if not self.signed_in(asked):
            return refused(401, "rest_not_logged_in", "You are not currently logged in.")
        capabilities = dict.fromkeys(CAPABILITIES[self.role], True)
        user = {"id": 7, "name": "M. Martin", "username": self.username}
        return said(200, {**user, "capabilities": capabilities})

    # Posts.

    def read_posts(self, asked: Asked, number: int | None) -> Said:
        if asked.query.get("status") == "any" and not self.signed_in(asked):
            inner = {"status": {"code": "rest_forbidden_status", "message": "Status is forbidden."}}
            data = {"status": 400, "params": {"status": "Forbidden."}, "details": inner}
            return said(400, {"code": "rest_invalid_param", "message": "status", "data": data})
        if asked.query.get("context") == "edit" and not self.signed_in(asked):
            return refused(401, "rest_forbidden_context", "Sorry, you are not allowed to edit.")
        if number is not None:
            post = self.posts.get(number)
            return said(200, post) if post else invalid_post()
        anything = asked.query.get("status") == "any" and self.signed_in(asked)
        wanted = asked.query.get("slug")
        found = [
            post
            for post in self.posts.values()
            if post["slug"] == wanted
            and (post["status"] == "publish" or (anything and post["status"] != "trash"))
        ]
        return said(200, found)

    def write_post(self, asked: Asked, number: int | None) -> Said:
        body = asked.json()
        if body.get("status") == "publish" and "publish_posts" not in CAPABILITIES[self.role]:
            return refused(403, "rest_cannot_publish", "Sorry, you are not allowed to publish.")
        if number is not None and number not in self.posts:
            return invalid_post()
        if number is None and not (body.get("title") or body.get("content")):
            return refused(400, "empty_content", "Content, title, and excerpt are empty.")
        if any(c not in self.categories for c in body.get("categories", [])):
            return refused(400, "rest_invalid_param", "Invalid parameter(s): categories")
        created = number is None
        number = number or self.new_id()
        post = self.posts.setdefault(number, {"id": number, "status": "draft", "slug": ""})
        for name in ("title", "content"):
            if name in body:
                post[name] = {"raw": body[name], "rendered": body[name]}
        plain = {k: v for k, v in body.items() if k in {"status", "featured_media", "categories"}}
        post.update(plain)
        post["slug"] = self.unique(body.get("slug", post["slug"]), number, post["status"])
        post["link"] = f"{self.base_url}/{post['slug']}/"
        return said(201 if created else 200, post)

    def unique(self, slug: str, number: int, status: str) -> str:
        """A slug that a published post has becomes slug-2, without a word."""
        if status == "draft":
            return slug
        others = [p for n, p in self.posts.items() if n != number and p["status"] == "publish"]
        taken = {p["slug"] for p in others}
        return slug if slug not in taken else f"{slug}-2"

    def live(self) -> list[dict[str, Any]]:
        return [post for post in self.posts.values() if post["status"] == "publish"]

    # Media.

    def read_media(self, asked: Asked, number: int | None) -> Said:
        wanted = asked.query.get("slug", "").split(",")
        return said(200, [m for m in self.media.values() if m["slug"] in wanted])

    def write_media(self, asked: Asked, number: int | None) -> Said:
        if "upload_files" not in CAPABILITIES[self.role]:
            return refused(403, "rest_cannot_create", "Sorry, you are not allowed to upload media.")
        if number is not None:
            self.media[number]["alt_text"] = asked.json()["alt_text"]
            return said(200, self.media[number])
        if len(asked.body) > self.max_post:
            text = "No Content-Disposition supplied."
            return refused(400, "rest_upload_no_content_disposition", text)
        fields, files = asked.form()
        file = files["file"]
        if len(file.data) > self.max_upload:
            text = "The uploaded file exceeds the upload_max_filesize directive in php.ini."
            return refused(500, "rest_upload_unknown_error", text)
        if not re.fullmatch(r"[\w-]+\.(jpg|png|webp|gif|mp4)", file.filename):
            text = "Sorry, you are not allowed to upload this file type."
            return refused(500, "rest_upload_unknown_error", text)
        number = self.new_id()
        self.media[number] = {
            "id": number,
            "slug": file.filename.rpartition(".")[0].lower(),
            "alt_text": fields.get("alt_text", ""),
            "source_url": f"{self.base_url}/wp-content/uploads/{file.filename}",
        }
        return said(201, self.media[number])

    # Categories.

    def read_categories(self, asked: Asked, number: int | None) -> Said:
        search = asked.query.get("search", "").casefold()
        found = [
            {"id": n, "name": name.replace("&", "&amp;")}
            for n, name in self.categories.items()
            if search in name.casefold()
        ]
        return said(200, found)

    def write_category(self, asked: Asked, number: int | None) -> Said:
        if "manage_categories" not in CAPABILITIES[self.role]:
            return refused(403, "rest_cannot_create", "Sorry, you are not allowed to create terms.")
        number = self.new_id()
        self.categories[number] = asked.json()["name"]
        return said(201, {"id": number, "name": self.categories[number]})

    def new_id(self) -> int:
        self.issued += 1
        return self.issued


def refused(status: int, code: str, message: str) -> Said:
    return said(status, {"code": code, "message": message, "data": {"status": status}})


def invalid_post() -> Said:
    return refused(404, "rest_post_invalid_id", "Invalid post ID.")


def content_of(post: dict[str, Any]) -> str:
    return str(json.loads(json.dumps(post))["content"]["raw"])
