"""A Mastodon instance on which others speak: notifications, hashtags, conversations, stars.

https://docs.joinmastodon.org/methods/notifications/ · /methods/timelines/ · /methods/statuses/
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from tests.fakes.fake_mastodon import FakeMastodon, error, rendered
from tests.fakes.serving import Asked, Said, said

STATUS = re.compile(r"/api/v1/statuses/(\w+)(?:/(\w+))?")
TAG = re.compile(r"/api/v1/timelines/tag/(\w+)")


@dataclass(slots=True)
class TalkingMastodon(FakeMastodon):
    """One account on one instance, and what is said there."""

    told: list[dict[str, Any]] = field(default_factory=list)
    """Its notifications, the newest first."""
    others: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Statuses of others, by id."""
    parents: dict[str, str] = field(default_factory=dict)
    """What each status answers."""
    heeds_since: bool = True
    """False: like snac, ``since_id`` and ``types[]`` are ignored, and there is no Link header."""
    knows_many: bool = True
    """False: like Mastodon before 4.3, statuses aren't given by many ids."""
    is_closed: bool = False
    """Hashtags are shown to its own people only."""
    counts_quotes: bool = True
    favourites: set[str] = field(default_factory=set)

    def say(
        self,
        text: str,
        *,
        by: str = "zoe@exemple.social",
        to: str | None = None,
        kind: str | None = "mention",
        at: datetime | None = None,
        visibility: str = "public",
        **more: Any,
    ) -> dict[str, Any]:
        """Let somebody say something; ``kind`` None: nobody is told."""
        status_id, at = self.new_id(), at or self.now()
        own = {s["id"]: s for s in self.statuses}
        answered = {**own, **self.others}.get(to or "")
        status = {
            **self.status({"status": text, "visibility": visibility, "language": "fr"}),
            "id": status_id,
            "uri": f"https://{by.partition('@')[2] or 'here'}/statuses/{status_id}",
            "url": f"https://exemple.social/@zoe/{status_id}",
            "created_at": stamp(at),
            "content": rendered(text),
            "in_reply_to_id": to,
            "in_reply_to_account_id": answered["account"]["id"] if answered else None,
            "account": account(by),
            **more,
        }
        self.others[status_id] = status
        if to:
            self.parents[status_id] = to
        if kind:
            self.notify(kind, status, at)
        return status

    def notify(self, kind: str, status: dict[str, Any] | None, at: datetime) -> None:
        """Tell the account of something."""
        told = {"id": self.new_id(), "type": kind, "created_at": stamp(at), "status": status}
        self.told.insert(0, {**told, "account": account("zoe@exemple.social")})

    def status(self, body: dict[str, Any]) -> dict[str, Any]:
        made = FakeMastodon.status(self, body)
        answered = body.get("in_reply_to_id")
        if answered:
            self.parents[made["id"]] = answered
        counts = {"favourites_count": 3, "replies_count": 2, "reblogs_count": 1}
        quotes = {"quotes_count": 0} if self.counts_quotes else {}
        return {**made, **counts, **quotes, "account": self.account(), "in_reply_to_id": answered}

    def problem(self, body: dict[str, Any]) -> Said | None:
        answered = body.get("in_reply_to_id")
        if answered is not None and self.found(answered) is None:
            return error(404, "The post you are trying to reply to does not appear to exist.")
        return FakeMastodon.problem(self, body)

    def account(self) -> dict[str, Any]:
        counts = {"followers_count": 12, "statuses_count": len(self.statuses)}
        return {**FakeMastodon.account(self), **counts}

    def found(self, status_id: str) -> dict[str, Any] | None:
        own = next((s for s in self.statuses if s["id"] == status_id), None)
        return own or self.others.get(status_id)

    def answer(self, asked: Asked) -> Said:
        signed = asked.headers.get("authorization") == f"Bearer {self.token}"
        if (tag := TAG.fullmatch(asked.path)) and asked.method == "GET":
            return self.tagged(asked, tag.group(1), signed=signed)
        if not signed:
            is_many = asked.path == "/api/v1/statuses" and asked.method == "GET"
            if not is_many and not (STATUS.fullmatch(asked.path) and asked.method == "GET"):
                return FakeMastodon.answer(self, asked)
        if asked.path == "/api/v1/notifications":
            return self.notifications(asked)
        if asked.path == "/api/v1/statuses" and asked.method == "GET":
            return self.many(asked)
        if match := STATUS.fullmatch(asked.path):
            return self.one(asked, match.group(1), match.group(2))
        return FakeMastodon.answer(self, asked)

    def notifications(self, asked: Asked) -> Said:
        if "read" not in self.scopes:
            return error(403, "This action is outside the authorized scopes")
        types = asked.values.get("types[]", ()) if self.heeds_since else ()
        listed = [t for t in self.told if not types or t["type"] in types]
        return self.page(asked, listed, most=80, usual=40)

    def tagged(self, asked: Asked, tag: str, *, signed: bool) -> Said:
        if self.is_closed and not signed:
            return error(422, "This method requires an authenticated user")
        wanted = f"#<span>{tag}</span>".casefold()
        found = [s for s in self.others.values() if wanted in s["content"].casefold()]
        own = [s for s in self.statuses if wanted in s["content"].casefold()]
        newest = sorted([*found, *own], key=lambda s: int(s["id"]), reverse=True)
        return self.page(asked, newest, most=40, usual=20)

    def page(self, asked: Asked, listed: list[dict[str, Any]], *, most: int, usual: int) -> Said:
        """Page as Mastodon does: down from ``max_id``, not below ``since_id``."""
        limit = int(asked.query.get("limit", usual))
        if limit > most:
            return error(422, "Validation failed: limit")
        before = int(asked.query.get("max_id", "9" * 18))
        since = int(asked.query.get("since_id", "0")) if self.heeds_since else 0
        shown = [item for item in listed if since < int(item["id"]) < before][:limit]
        if not self.heeds_since:
            return said(200, shown)
        links = {}
        if len(shown) == limit:
            query = urlencode({**asked.query, "max_id": shown[-1]["id"]})
            links["Link"] = f'<{self.base_url}{asked.path}?{query}>; rel="next", <x>; rel="prev"'
        return said(200, shown, **{"Link": "", **links})

    def many(self, asked: Asked) -> Said:
        if not self.knows_many:
            return error(404, "Record not found")
        ids = asked.values.get("id[]", ())
        if len(ids) > 20:
            return error(422, "Too many statuses")
        return said(200, [status for one in ids if (status := self.found(one))])

    def one(self, asked: Asked, status_id: str, act: str | None) -> Said:
        status = self.found(status_id)
        if status is None:
            return error(404, "Record not found")
        if act is None and asked.method == "GET":
            return said(200, status)
        if act == "context" and asked.method == "GET":
            return said(200, {"ancestors": self.ancestors(status_id), "descendants": []})
        if act in {"favourite", "unfavourite"} and asked.method == "POST":
            change = self.favourites.add if act == "favourite" else self.favourites.discard
            change(status_id)
            return said(200, {**status, "favourited": status_id in self.favourites})
        return error(404, "Record not found")

    def ancestors(self, status_id: str) -> list[dict[str, Any]]:
        above: list[dict[str, Any]] = []
        while status_id in self.parents:
            status_id = self.parents[status_id]
            if status := self.found(status_id):
                above.insert(0, status)
        return above


def account(acct: str) -> dict[str, Any]:
    name, _, host = acct.partition("@")
    url = f"https://{host or 'here'}/@{name}"
    return {
        "id": f"9{sum(acct.encode())}",
        "username": name,
        "acct": acct,
        "display_name": name.title(),
        "url": url,
        "uri": f"https://{host or 'here'}/users/{name}",
    }


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
