"""What is said to an account on Bluesky, or found by its search, and the counters of posts.

https://docs.bsky.app/docs/category/http-reference: the account's own server hands these
questions on to the AppView, which knows everybody's posts.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import MAX_TEXT, Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch, Unreadable
from chalicelib.listening.sources import SourceKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.atproto import Address, Session, SwapRefused, address_of, stored
from chalicelib.networks.contract import Tools
from chalicelib.networks.newest_first import Entry, Mark, Page, read_down
from chalicelib.networks.replies import (
    iso_instant,
    said_count,
    said_object,
    said_objects,
    said_text,
)
from chalicelib.networks.richtext import spelled_out
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Rejected, Transient

REASONS = ("mention", "reply", "quote")
"""Of notifications that are something said to us."""
PAGE = 50
OVERLAP = timedelta(minutes=2)
SEARCH_OVERLAP = timedelta(minutes=30)
"""The search sorts by the authors' dates: what is indexed late stands lower."""
TOGETHER = 25
"""The most that getPosts takes: app.bsky.feed.getPosts."""
MOST_HIDDEN = 300
"""app.bsky.feed.threadgate: hiddenReplies at most."""
SWAPS = 3
"""Tries to change a record that somebody else changes too."""
POST, LIKE, GATE = "app.bsky.feed.post", "app.bsky.feed.like", "app.bsky.feed.threadgate"
_SORTABLE = "234567abcdefghijklmnopqrstuvwxyz"
"""The letters of record keys: https://atproto.com/specs/tid"""


class Hearing:
    """One account on its own server."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._did = tools.settings["did"]
        self._session = Session(tools)

    # What is said to us, and what anybody says.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: the notifications, newest first."""
        now = self._tools.clock.now()
        return read_down(cursor, since, now, OVERLAP, self._notifications)

    def _notifications(self, page: str, _: Mark | None) -> Page:
        params = [("reasons", reason) for reason in REASONS]
        answer = self._read("app.bsky.notification.listNotifications", params, page)
        return self._page(answer, "notifications", self._notified)

    def _notified(self, item: Mapping[str, Any]) -> Entry | None:
        at, uri = iso_instant(item.get("indexedAt")), said_text(item.get("uri"))
        if at is None or not uri:
            return None
        reason, heard = item.get("reason"), heard_of(item)
        if reason not in REASONS or self._is_own(item):
            return Entry(Mark(uri, at), None)
        if heard is None:
            return None
        kind = MentionKind.REPLY if reason == "reply" else MentionKind.MENTION
        return Entry(Mark(uri, at), replace(heard, kind=kind))

    def search(self, kind: SourceKind, words: str, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.Searches``: searchPosts, the latest first."""
        if kind not in {SourceKind.TAG, SourceKind.SEARCH}:
            raise Unreadable("not-told", f"a {kind} isn't searched for")
        tag = words.strip().lstrip("#")
        wanted = [("q", words)] if kind is SourceKind.SEARCH else [("q", f"#{tag}"), ("tag", tag)]

        def page(name: str, mark: Mark | None) -> Page:
            after = _instant(max(since, mark.at) if mark else since)
            params = [*wanted, ("sort", "latest"), ("since", after)]
            answer = self._read("app.bsky.feed.searchPosts", params, name)
            return self._page(answer, "posts", self._found)

        return read_down(cursor, since, self._tools.clock.now(), SEARCH_OVERLAP, page)

    def _found(self, post: Mapping[str, Any]) -> Entry | None:
        heard = heard_of(post)
        if heard is None:
            return None
        mark = Mark(heard.identity, heard.said_at)
        return Entry(mark, None if self._is_own(post) else heard)

    def _read(self, method: str, params: Sequence[tuple[str, str]], page: str) -> dict[str, Any]:
        paging = [("limit", str(PAGE)), *([("cursor", page)] if page else [])]
        return self._session.get(method, *params, *paging)

    def _page(self, answer: Mapping[str, Any], name: str, entry: Any) -> Page:
        told = answer.get(name)
        if not isinstance(told, list):
            raise Transient(f"an answer without {name}")
        read = [entry(item) if isinstance(item, dict) else None for item in told]
        entries = tuple(e for e in read if e)
        following = said_text(answer.get("cursor")) if told else ""
        return Page(entries, following, len(read) - len(entries))

    def _is_own(self, item: Mapping[str, Any]) -> bool:
        return said_object(item.get("author")).get("did") == self._did

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: what getPosts leaves out is gone."""
        for start in range(0, len(mentions), TOGETHER):
            some = mentions[start : start + TOGETHER]
            posts = self._posts([m.heard.remote_id for m in some])
            for mention in some:
                post = posts.get(mention.heard.remote_id)
                heard = heard_of(post) if post else None
                if post is None:
                    yield mention.id, None
                elif heard and heard.text != mention.heard.text:
                    yield mention.id, replace(mention.heard, text=heard.text, refs=heard.refs)

    def _posts(self, uris: Sequence[str]) -> dict[str, dict[str, Any]]:
        answer = self._session.get("app.bsky.feed.getPosts", *(("uris", uri) for uri in uris))
        if not isinstance(answer.get("posts"), list):
            raise Transient("getPosts gave no posts")
        return {said_text(post.get("uri")): post for post in said_objects(answer["posts"])}

    # What can be done about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: a like under a key of ours; a reply hidden in our thread."""
        self._session.ensure()
        match act:
            case Moderation.LIKE:
                self._like(heard)
            case Moderation.UNLIKE:
                self._unlike(heard)
            case Moderation.HIDE:
                self._hide(heard)
            case _:
                raise Rejected(f"Bluesky knows no {act}", "not_offered")

    def _like(self, heard: Heard) -> None:
        subject = {"uri": heard.refs["uri"], "cid": heard.refs["cid"]}
        record = {"$type": LIKE, "subject": subject, "createdAt": self._now()}
        try:
            self._put(LIKE, like_key(heard.remote_id), record, None)
        except SwapRefused:
            return  # it stands already

    def _unlike(self, heard: Heard) -> None:
        at = Address(self._did, LIKE, like_key(heard.remote_id))
        if self._stored(at) is not None:
            key = {"repo": at.repo, "collection": at.collection, "rkey": at.key}
            self._write("deleteRecord", key)

    def _hide(self, heard: Heard) -> None:
        root = heard.refs["root_uri"]
        at = address_of(root)
        if (at.repo, at.collection) != (self._did, POST) or root == heard.remote_id:
            raise Rejected("the thread is somebody else's", "not_ours")
        gate = replace(at, collection=GATE)
        for _ in range(SWAPS):
            if self._is_hidden(gate, root, heard.remote_id):
                return
        raise Transient("the thread's gate is being changed by somebody else")

    def _is_hidden(self, gate: Address, root: str, uri: str) -> bool:
        """Hide a reply; False: the gate was changed meanwhile."""
        stands = self._stored(gate)
        new = {"$type": GATE, "post": root, "createdAt": self._now()}
        record: dict[str, Any] = dict(stands["value"]) if stands else dict(new)
        hidden = [u for u in record.get("hiddenReplies") or () if isinstance(u, str)]
        if uri in hidden:
            return True
        if len(hidden) >= MOST_HIDDEN:
            raise Rejected("the thread hides as many replies as it may", "too_many")
        record["hiddenReplies"] = [*hidden, uri]
        try:
            self._put(GATE, gate.key, record, said_text(stands.get("cid")) if stands else None)
        except SwapRefused:
            return False
        return True

    def _stored(self, at: Address) -> dict[str, Any] | None:
        tools = self._tools
        return stored(tools.http, tools.settings["pds"], at, tools.clock.now())

    def _put(self, collection: str, key: str, record: Mapping[str, Any], swap: str | None) -> None:
        at = {"repo": self._did, "collection": collection, "rkey": key}
        self._write("putRecord", {**at, "swapRecord": swap, "record": record})

    def _write(self, method: str, body: Mapping[str, Any]) -> None:
        self._session.post(f"com.atproto.repo.{method}", body)

    def _now(self) -> str:
        return _instant(self._tools.clock.now())

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        profile = self._session.get("app.bsky.actor.getProfile", ("actor", self._did))
        return {
            Metric.FOLLOWERS: said_count(profile.get("followersCount")),
            Metric.POSTS: said_count(profile.get("postsCount")),
        }

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``."""
        post = self._posts([remote_id]).get(remote_id)
        if post is None:
            return None
        return {
            Metric.LIKES: said_count(post.get("likeCount")),
            Metric.REPLIES: said_count(post.get("replyCount")),
            Metric.REPOSTS: said_count(post.get("repostCount")),
            Metric.QUOTES: said_count(post.get("quoteCount")),
            Metric.BOOKMARKS: said_count(post.get("bookmarkCount")),
        }


def like_key(uri: str) -> str:
    """Return the record key of our like of a post: always the same, and a TID.

    It is the post's own, its last ten bits (whose clock it was) replaced by the post's.
    """
    digest = hashlib.sha256(uri.encode()).digest()
    key = uri.rpartition("/")[2]
    is_tid = len(key) == 13 and set(key) <= set(_SORTABLE) and key[0] in _SORTABLE[:16]
    drawn = "".join(_SORTABLE[byte % 32] for byte in digest)
    first = key[:11] if is_tid else _SORTABLE[digest[12] % 16] + drawn[2:12]
    return first + drawn[:2]


def heard_of(post: Mapping[str, Any]) -> Heard | None:
    """Return what a post says, as a notification or a view tells it; None if it is none."""
    record, author = said_object(post.get("record")), said_object(post.get("author"))
    uri, cid, did = (said_text(v) for v in (post.get("uri"), post.get("cid"), author.get("did")))
    indexed_at = iso_instant(post.get("indexedAt"))
    if not (uri and cid and did and indexed_at) or not isinstance(record.get("text"), str):
        return None
    reply = said_object(record.get("reply"))
    root, parent = said_object(reply.get("root")), said_object(reply.get("parent"))
    root_uri, root_cid = said_text(root.get("uri")), said_text(root.get("cid"))
    languages = record.get("langs")
    handle = said_text(author.get("handle"))
    return Heard(
        identity=uri,
        kind=MentionKind.MENTION,
        remote_id=uri,
        url=f"https://bsky.app/profile/{did}/post/{uri.rpartition('/')[2]}",
        author=Author(
            did,
            said_text(author.get("displayName")) or handle,
            f"@{handle}",
            f"https://bsky.app/profile/{did}",
        ),
        text=spelled_out(record["text"], said_objects(record.get("facets")))[:MAX_TEXT],
        language=said_text(languages[0]) if isinstance(languages, list) and languages else "",
        # The author's own date, but nobody writes in the future: as the network itself sorts.
        said_at=min(iso_instant(record.get("createdAt")) or indexed_at, indexed_at),
        thread=root_uri,
        answers_to=said_text(parent.get("uri")),
        refs={"uri": uri, "cid": cid, "root_uri": root_uri or uri, "root_cid": root_cid or cid},
    )


def _instant(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
