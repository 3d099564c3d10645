"""A Bluesky account's server and the AppView behind it, by the rules of their lexicons.

https://github.com/bluesky-social/atproto/tree/main/lexicons
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.fake_bluesky import TID, FakeBluesky, refused
from tests.fakes.serving import Asked, Said, said

LETTERS = "234567abcdefghijklmnopqrstuvwxyz"
GATES, LIKES, POSTS = "app.bsky.feed.threadgate", "app.bsky.feed.like", "app.bsky.feed.post"


@dataclass(slots=True)
class TalkingBluesky(FakeBluesky):
    """One account, and what others say."""

    told: list[dict[str, Any]] = field(default_factory=list)
    """Its notifications, the newest first."""
    views: dict[str, dict[str, Any]] = field(default_factory=dict)
    """Posts as the AppView shows them, by address."""
    kept: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The account's own likes and thread gates, by address."""
    has_appview: bool = True
    filters: bool = True
    """False: like older AppViews, ``reasons`` is ignored."""

    def say(
        self,
        text: str,
        *,
        to: dict[str, Any] | None = None,
        reason: str | None = "mention",
        by: str = "zoe.test",
        at: datetime | None = None,
        **more: Any,
    ) -> dict[str, Any]:
        """Let somebody say something; return how it is shown. ``reason`` None: nobody is told."""
        self.issued += 1
        at, did = at or self.now(), f"did:plc:{by.partition('.')[0]:z<24}"
        uri = f"at://{self.did if by == self.handle else did}/{POSTS}/{tid(self.issued)}"
        record: dict[str, Any] = {"$type": POSTS, "text": text, "createdAt": stamp(at), **more}
        if to:
            parent = {"uri": to["uri"], "cid": to["cid"]}
            root = to["record"].get("reply", {}).get("root", parent)
            record["reply"] = {"root": root, "parent": parent}
        author = {"did": uri.split("/")[2], "handle": by, "displayName": by.title()}
        view = {
            "uri": uri,
            "cid": cid(record),
            "author": author,
            "record": record,
            "indexedAt": stamp(at + timedelta(seconds=1)),
            "likeCount": 3,
            "replyCount": 2,
            "repostCount": 1,
            "quoteCount": 0,
            "bookmarkCount": 4,
        }
        self.views[uri] = view
        if reason:
            self.told.insert(0, {**view, "reason": reason, "isRead": False})
        return view

    def answer(self, asked: Asked) -> Said:
        method = asked.path.removeprefix("/xrpc/")
        if method == "com.atproto.repo.putRecord" and asked.json()["collection"] != POSTS:
            return self.put_other(asked)
        if method == "com.atproto.repo.deleteRecord":
            return self.delete(asked)
        if method == "com.atproto.repo.getRecord":
            return self.get_any(asked)
        route = {
            "app.bsky.notification.listNotifications": self.notifications,
            "app.bsky.feed.searchPosts": self.search,
            "app.bsky.feed.getPosts": self.posts,
            "app.bsky.actor.getProfile": self.profile,
        }.get(method)
        if route is None:
            return FakeBluesky.answer(self, asked)
        if refusal := self.unauthorised(asked):
            return refusal
        if not self.has_appview:
            return refused("InvalidRequest", f"No service configured for {method}")
        return route(asked)

    def notifications(self, asked: Asked) -> Said:
        wanted = asked.values.get("reasons", ()) if self.filters else ()
        listed = [n for n in self.told if not wanted or n["reason"] in wanted]
        return self.page(asked, "notifications", listed, key="indexedAt")

    def search(self, asked: Asked) -> Said:
        if not asked.query.get("q"):
            return refused("InvalidRequest", "Error: Params must have the property q")
        since = datetime.fromisoformat(asked.query["since"])
        words = asked.query["q"].casefold().split()
        found = [
            view
            for view in self.views.values()
            if all(word in view["record"]["text"].casefold() for word in words)
            and datetime.fromisoformat(view["record"]["createdAt"]) >= since
        ]
        found.sort(key=lambda view: str(view["record"]["createdAt"]), reverse=True)
        return self.page(asked, "posts", found, key="uri")

    def page(self, asked: Asked, name: str, listed: list[dict[str, Any]], *, key: str) -> Said:
        """Page by a cursor of its own, which is that of the last line shown."""
        limit = int(asked.query.get("limit", "50"))
        if not 1 <= limit <= 100:
            return refused("InvalidRequest", "Error: limit must not be greater than 100")
        names = [f"{item[key]}::{item['cid']}" for item in listed]
        after = asked.query.get("cursor", "")
        start = names.index(after) + 1 if after in names else 0
        shown, rest = listed[start : start + limit], len(listed) - start - limit
        more = {"cursor": names[start + limit - 1]} if rest > 0 else {}
        return said(200, {name: shown, **more})

    def posts(self, asked: Asked) -> Said:
        uris = asked.values.get("uris", ())
        if not uris or len(uris) > 25:
            return refused("InvalidRequest", "Error: uris must not have more than 25 elements")
        return said(200, {"posts": [self.views[uri] for uri in uris if uri in self.views]})

    def profile(self, asked: Asked) -> Said:
        if asked.query["actor"] != self.did:
            return refused("InvalidRequest", "Profile not found")
        counts = {"followersCount": 12, "postsCount": len(self.records)}
        return said(200, {"did": self.did, "handle": self.handle, **counts})

    # Records of other kinds.

    def put_other(self, asked: Asked) -> Said:
        if refusal := self.unauthorised(asked):
            return refusal
        body = asked.json()
        record, at = body["record"], f"at://{self.did}/{body['collection']}/{body['rkey']}"
        if body["repo"] != self.did or not TID.fullmatch(body["rkey"]):
            return refused("InvalidRequest", "Invalid record key")
        if len(record.get("hiddenReplies", ())) > 300:
            return refused("InvalidRequest", "Invalid record: too many hiddenReplies")
        stands = self.kept.get(at)
        known = stands["cid"] if stands else None
        if "swapRecord" in body and body["swapRecord"] != known and known != cid(record):
            return refused("InvalidSwap", f"Record was at {known}")
        self.kept[at] = {"uri": at, "cid": cid(record), "value": record}
        return said(200, {"uri": at, "cid": cid(record)})

    def delete(self, asked: Asked) -> Said:
        if refusal := self.unauthorised(asked):
            return refusal
        body = asked.json()
        stood = self.kept.pop(f"at://{self.did}/{body['collection']}/{body['rkey']}", None)
        return said(200, {"commit": {"cid": "bafyrei", "rev": "3l"}} if stood else {})

    def get_any(self, asked: Asked) -> Said:
        query = asked.query
        uri = f"at://{query['repo']}/{query['collection']}/{query['rkey']}"
        if uri in self.kept:
            return said(200, self.kept[uri])
        if query["repo"] == self.did:
            return FakeBluesky.get(self, asked)
        if uri not in self.views:  # the AppView's own words, handed on
            return refused("InvalidRequest", f"Could not locate record: {uri}")
        view = self.views[uri]
        return said(200, {"uri": uri, "cid": view["cid"], "value": view["record"]})

    def collection(self, name: str) -> list[dict[str, Any]]:
        """Return the account's own records of a kind."""
        return [r["value"] for uri, r in self.kept.items() if f"/{name}/" in uri]


def tid(number: int) -> str:
    """Return a record key that no other number has."""
    made = ""
    for _ in range(12):
        number, letter = divmod(number, 32)
        made = LETTERS[letter] + made
    return "3" + made


def cid(record: dict[str, Any]) -> str:
    digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
    return "bafyrei" + digest[:52]


def stamp(at: datetime) -> str:
    return at.isoformat(timespec="milliseconds").replace("+00:00", "Z")
