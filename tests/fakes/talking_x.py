"""X where others speak: mentions, lookups, hidden replies, counters; each thing shown is charged.

https://docs.x.com/x-api/users/get-mentions · /x-api/posts/get-posts-by-ids ·
/x-api/posts/hide-reply · /x-api/getting-started/pricing
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from html import escape
from typing import Any

from tests.fakes.fake_x import (
    PRICE_MANAGE,
    PRICE_ME,
    PRICE_READ,
    READS,
    USER,
    USERNAME,
    FakeX,
    forbidden,
    invalid,
    limited,
    problem,
)
from tests.fakes.serving import Asked, Said, said

MODERATES = READS | {"tweet.moderate.write"}
MENTIONS = f"/2/users/{USER}/mentions"
POST_FIELDS = frozenset(
    {"created_at", "conversation_id", "entities", "lang", "note_post", "public_metrics"}
    | {"non_public_metrics"}
)
OWN_FOR = timedelta(days=30)
"""How long an author is told what others aren't."""


@dataclass
class TalkingX(FakeX):
    """One account that is spoken to."""

    hidden: set[str] = field(default_factory=set)
    window_left: int = 300
    """Readings of mentions that are left of this quarter of an hour."""

    @property
    def charged(self) -> int:
        """Return all that was taken, in millionths of a dollar."""
        return self.written + self.read

    def say(
        self, words: str, *, by: str = "zoe", to: str = "", edits: str = "", **more: Any
    ) -> dict[str, Any]:
        """Let somebody say something; what answers us names us, as X writes it."""
        post_id = self.new_id()
        is_to_us = any(post["id"] == to for post in self.posts)
        truth = f"@{USERNAME} {words}" if is_to_us else words
        earlier = self.others.get(edits)
        post = {
            "id": post_id,
            "by": by,
            "truth": truth,
            "text": escape(truth, quote=False),
            "at": self.now(),
            "conversation_id": self.conversation_of(to) or post_id,
            "history": [*(earlier["history"] if earlier else []), post_id],
            "lang": "fr",
            "deleted": False,
            **more,
        }
        if earlier:
            earlier["deleted"] = True  # only the newest version is listed
            post["conversation_id"] = earlier["conversation_id"]
        self.others[post_id] = post
        return post

    def answer(self, asked: Asked) -> Said:
        if refusal := self.unauthorised(asked) if self.is_hearing(asked) else None:
            return refusal
        if (asked.method, asked.path) == ("GET", MENTIONS):
            return self.mentions(asked.query)
        if (asked.method, asked.path) == ("GET", "/2/tweets"):
            return self.lookup(asked.query)
        if asked.method == "PUT" and asked.path.endswith("/hidden"):
            return self.hide(asked)
        return super().answer(asked)

    def is_hearing(self, asked: Asked) -> bool:
        return asked.path != "/2/oauth2/token"

    # Mentions.

    def mentions(self, query: Mapping[str, str]) -> Said:
        if not self.scopes >= READS:
            return forbidden()
        if refusal := self.wrong(query):
            return refusal
        if not self.window_left:
            return limited(self.now() + timedelta(minutes=15))
        if self.credits <= 0:
            return problem(402, "credits", "CreditsDepleted", "no credits")
        self.window_left -= 1
        named = sorted(self.naming(query), key=lambda p: int(p["id"]), reverse=True)
        page = named[: int(query["max_results"])]
        meta: dict[str, Any] = {"result_count": len(page)}
        answer: dict[str, Any] = {"meta": meta}
        if page:
            meta |= {"newest_id": page[0]["id"], "oldest_id": page[-1]["id"]}
            fields = query["post.fields"].split(",")
            answer["data"] = [self.told(post, fields) for post in page]
            answer["includes"] = {"users": self.authors(page)}
        if len(named) > len(page):
            meta["next_token"] = f"t{page[-1]['id']}"
        users = len(answer.get("includes", {}).get("users", []))
        self.read += PRICE_READ * len(page) + PRICE_ME * users
        return said(200, answer)

    def wrong(self, query: Mapping[str, str]) -> Said | None:
        if set(query.get("post.fields", "").split(",")) - POST_FIELDS:
            return invalid("post.fields")
        if query.get("expansions") != "author_id":
            return invalid("user.fields needs the expansion author_id")
        return None if 5 <= int(query["max_results"]) <= 100 else invalid("max_results")

    def naming(self, query: Mapping[str, str]) -> list[dict[str, Any]]:
        since, until = int(query.get("since_id", 0)), int(query.get("until_id", 10**19))
        start = query.get("start_time")
        begins = datetime.fromisoformat(start) if start and "since_id" not in query else None
        every = [p for p in self.others.values() if f"@{USERNAME}" in p["truth"]]
        standing = [p for p in every if not p["deleted"] and since < int(p["id"]) < until]
        return [p for p in standing if begins is None or p["at"] >= begins]

    def told(self, post: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
        at = post["at"].isoformat(timespec="milliseconds").replace("+00:00", "Z")
        history = {"edit_history_tweet_ids": post["history"]}
        whole = {**post, "created_at": at, "author_id": number_of(post["by"])}
        names = ("id", "text", "author_id", *fields)
        return {**history, **{name: whole[name] for name in names if whole.get(name)}}

    def authors(self, page: list[dict[str, Any]]) -> list[dict[str, str]]:
        names = dict.fromkeys(post["by"] for post in page)
        return [{"id": number_of(n), "name": n.capitalize(), "username": n} for n in names]

    # Posts by their ids.

    def lookup(self, query: Mapping[str, str]) -> Said:
        if not self.scopes >= READS:
            return forbidden()
        ids, fields = query["ids"].split(","), query.get("post.fields", "").split(",")
        if not 1 <= len(ids) <= 100 or set(fields) - POST_FIELDS:
            return invalid("ids")
        shown: list[dict[str, Any]] = []
        errors: list[dict[str, Any]] = []
        for post_id in ids:
            post = self.standing(post_id)
            if post is None:
                errors.append(missing(post_id))
            elif "non_public_metrics" in fields and self.is_private(post):
                errors.append(private(post_id))
            else:
                shown.append(self.counted(post, fields))
        self.read += PRICE_READ * len(shown)
        told = {"data": shown, "errors": errors}
        return said(200, {name: value for name, value in told.items() if value})

    def standing(self, post_id: str) -> dict[str, Any] | None:
        own = next((post for post in self.posts if post["id"] == post_id), None)
        other = self.others.get(post_id)
        return own or (other if other and not other["deleted"] else None)

    def is_private(self, post: Mapping[str, Any]) -> bool:
        return "by" in post or self.now() - post["at"] > OWN_FOR

    def counted(self, post: Mapping[str, Any], fields: list[str]) -> dict[str, Any]:
        names = ("repost_count", "reply_count", "like_count", "quote_count", "bookmark_count")
        counts = {**dict.fromkeys(names, 2), "impression_count": 140}
        own = {"impression_count": 140, "url_link_clicks": 9, "user_profile_clicks": 4}
        whole = {**post, "public_metrics": counts, "non_public_metrics": own}
        return {name: whole[name] for name in ("id", "text", *fields) if whole.get(name)}

    # Hiding.

    def hide(self, asked: Asked) -> Said:
        if not self.scopes >= MODERATES:
            return forbidden()
        post_id = asked.path.split("/")[3]
        post = self.standing(post_id)
        if set(asked.json()) != {"hidden"}:
            return invalid("hidden is required")
        if post is None:
            return problem(404, "resource-not-found", "Not Found", "no such post")
        began = {p["id"] for p in self.posts if p["conversation_id"] == p["id"]}
        if post["conversation_id"] not in began or post_id in began:
            return problem(403, "about:blank", "Forbidden", "You can not hide this reply.")
        self.pay(PRICE_MANAGE)
        self.hidden.add(post_id)
        return said(200, {"data": {"hidden": True}})


def number_of(name: str) -> str:
    return str(10_000 + sum(ord(letter) for letter in name))


def missing(post_id: str) -> dict[str, str]:
    return {
        "type": "https://api.x.com/2/problems/resource-not-found",
        "title": "Not Found Error",
        "detail": f"Could not find tweet with ids: [{post_id}].",
        "resource_type": "tweet",
        "resource_id": post_id,
        "parameter": "ids",
        "value": post_id,
    }


def private(post_id: str) -> dict[str, str]:
    return {
        "type": "https://api.x.com/2/problems/not-authorized-for-field",
        "title": "Field Authorization Error",
        "detail": "Sorry, you are not authorized to access the field 'non_public_metrics'.",
        "resource_type": "tweet",
        "field": "non_public_metrics",
        "parameter": "post.fields",
        "value": post_id,
    }
