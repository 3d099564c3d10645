"""What is said to an account on X, what can be done about it, and its counters.

Each thing that an answer shows is charged, and one that shows nothing is free:
https://docs.x.com/x-api/getting-started/pricing · /x-api/users/get-mentions ·
/x-api/posts/get-posts-by-ids · /x-api/fundamentals/metrics
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import MAX_TEXT, Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.newest_first import Entry, Mark, Page, read_down
from chalicelib.networks.replies import (
    iso_instant,
    said_count,
    said_object,
    said_objects,
    said_text,
)
from chalicelib.networks.signed import Signed
from chalicelib.networks.spec import Moderation
from chalicelib.networks.x import LOOKED_AT, MENTIONS, READ_POST, READ_USER
from chalicelib.networks.x_api import API, FLOW, SITE, kinds_of, refusal, told
from chalicelib.networks.x_looking import plain_text
from chalicelib.publishing.outcomes import AuthExpired, Rejected, Transient

FIRST = timedelta(days=7)
"""How far back a first reading goes: each mention costs, and an older one is answered no more."""
OVERLAP = timedelta(minutes=1)
"""What is told twice is paid twice: shorter than elsewhere. X lists a mention within seconds."""
LOOK_FROM, LOOK_UNTIL = timedelta(hours=12), timedelta(hours=60)
"""How old what was said is when it is looked at again: with a look a day, twice."""
FAILURES = frozenset(range(500, 600))
"""Answers that show nothing, and so cost nothing: told from one that was lost."""
PUBLIC, OWN = "public_metrics", "non_public_metrics"
"""The second is told of one's own posts of the last 30 days."""
NOT_FOUND, NOT_OF_FIELD = "resource-not-found", "not-authorized-for-field"
_REPEATED = re.compile(r"RT @")
"""How the text of a repost begins."""
_TO = re.compile(r"@(\w+)")


class Hearing:
    """One account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._user = tools.settings["user"]
        self._username = tools.settings["username"].casefold()
        self._signed = Signed(tools, FLOW)
        self.spent = 0
        """See ``paid_reading.Spends``."""

    # What is said to us.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: posts that name us, and so all that answers us."""
        now = self._tools.clock.now()
        has_read = bool(cursor) and "mark" in said_object(json.loads(cursor))
        floor = since if has_read else max(since, now - FIRST)

        def page(below: str, mark: Mark | None) -> Page:
            return self._page(below, mark, floor)

        return read_down(cursor, floor, now, OVERLAP, page)

    def _page(self, below: str, mark: Mark | None, floor: datetime) -> Page:
        """Read what is newer than the mark and, after a first page, older than its last."""
        start = floor.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        params = {
            "max_results": str(MENTIONS),
            "post.fields": "created_at,conversation_id,entities,lang,note_post",
            "expansions": "author_id",
            "user.fields": "name,username",
            **({"since_id": mark.id} if mark else {"start_time": start}),
            **({"until_id": below} if below else {}),
        }
        path = f"/2/users/{self._user}/mentions"
        answer = self._read(path, params, MENTIONS * (READ_POST + READ_USER))
        if "data" not in answer and "meta" not in answer:
            raise Transient("no list of posts")
        if not isinstance(answer.get("data", []), list):
            raise Transient("a list of posts that can't be read")
        users = said_objects(said_object(answer.get("includes")).get("users"))
        authors = {said_text(user.get("id")): user for user in users}
        posts = said_objects(answer.get("data"))
        entries = tuple(e for e in (self._entry(post, authors) for post in posts) if e)
        has_more = bool(said_object(answer.get("meta")).get("next_token") and entries)
        # Not by X's token for the next page: who is stopped by a cap goes on a month later.
        following = entries[-1].mark.id if has_more else ""
        return Page(entries, following, len(answer.get("data", [])) - len(entries))

    def _entry(self, post: Mapping[str, Any], authors: Mapping[str, Any]) -> Entry | None:
        post_id, at = said_text(post.get("id")), iso_instant(post.get("created_at"))
        if not post_id.isdecimal() or at is None:
            return None
        author = said_text(post.get("author_id"))
        is_ours = author == self._user or _REPEATED.match(said_text(post.get("text")))
        heard = None if is_ours else self._heard(post, at, said_object(authors.get(author)))
        return Entry(Mark(post_id, at), heard)

    def _heard(self, post: Mapping[str, Any], at: datetime, author: Mapping[str, Any]) -> Heard:
        """Return what a post says; an edited one has a new id, and its first one's identity."""
        post_id, text = said_text(post.get("id")), plain_text(post)
        first, conversation = _first_id(post), said_text(post.get("conversation_id"))
        begins_it = conversation in {"", post_id, first}
        username = said_text(author.get("username"))
        addressed = _TO.match(text)
        is_to_us = addressed is not None and addressed[1].casefold() == self._username
        return Heard(
            identity=f"x:{first}",
            kind=MentionKind.REPLY if is_to_us and not begins_it else MentionKind.MENTION,
            remote_id=post_id,
            url=f"{SITE}/{username or 'i'}/status/{post_id}",
            author=Author(
                said_text(post.get("author_id")),
                said_text(author.get("name")) or username,
                f"@{username}" if username else "",
                f"{SITE}/{username}" if username else "",
            ),
            text=text[:MAX_TEXT],
            language=_language(said_text(post.get("lang"))),
            said_at=at,
            edited_at=None if first == post_id else at,
            thread="" if begins_it else f"x:{conversation}",
            answers_to="" if begins_it else conversation,
            refs={"id": post_id, "conversation": conversation or post_id},
        )

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: the latest, by their ids, at one go.

        Each that still stands costs; one that is gone doesn't.
        """
        now = self._tools.clock.now()
        young = [m for m in mentions if LOOK_FROM <= now - m.at < LOOK_UNTIL][:LOOKED_AT]
        if not young:
            return
        ids = ",".join(m.heard.remote_id for m in young)
        params = {"ids": ids, "post.fields": "entities,note_post"}
        answer = self._read("/2/tweets", params, len(young) * READ_POST)
        standing = {said_text(p.get("id")): p for p in said_objects(answer.get("data"))}
        gone = _not_found(answer)
        for mention in young:
            post = standing.get(mention.heard.remote_id)
            text = plain_text(post)[:MAX_TEXT] if post else ""
            if text and text != mention.heard.text:
                yield mention.id, replace(mention.heard, text=text)
            elif post is None and mention.heard.remote_id in gone:
                yield mention.id, None

    # What can be done about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: a reply in a conversation that we began is hidden."""
        if act is not Moderation.HIDE:
            raise Rejected(f"X knows no {act}", "not_offered")
        if heard.refs.get("conversation", heard.remote_id) == heard.remote_id:
            raise Rejected("it stands on its author's own ground", "not_ours")
        url = f"{API}/2/tweets/{heard.remote_id}/hidden"
        reply = self._signed.ask("PUT", url, json={"hidden": True})
        try:
            answer = told(reply, self._tools.clock.now())
        except Rejected as refused:
            if refused.reason != "forbidden":
                raise
            raise Rejected(refused.detail, "not_ours") from refused
        if said_object(answer.get("data")).get("hidden") is not True:
            raise Transient("X doesn't say that it is hidden")

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        answer = self._read("/2/users/me", {"user.fields": PUBLIC}, READ_USER)
        user = said_object(answer.get("data"))
        if said_text(user.get("id")) != self._user:
            raise Transient("an answer about somebody else")
        counted = said_object(user.get(PUBLIC))
        return {
            Metric.FOLLOWERS: said_count(counted.get("followers_count")),
            Metric.POSTS: _count(counted, "post_count", "tweet_count"),
        }

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``; what only its author is told ends after 30 days."""
        post = self._post(remote_id, f"{PUBLIC},{OWN}")
        if post is None:
            return None
        counted, own = said_object(post.get(PUBLIC)), said_object(post.get(OWN))
        return {
            Metric.IMPRESSIONS: said_count(counted.get("impression_count")),
            Metric.LIKES: said_count(counted.get("like_count")),
            Metric.REPLIES: said_count(counted.get("reply_count")),
            Metric.REPOSTS: _count(counted, "repost_count", "retweet_count"),
            Metric.QUOTES: said_count(counted.get("quote_count")),
            Metric.BOOKMARKS: said_count(counted.get("bookmark_count")),
            Metric.SITE_CLICKS: said_count(own.get("url_link_clicks")),
        }

    def _post(self, remote_id: str, fields: str) -> dict[str, Any] | None:
        answer = self._read("/2/tweets", {"ids": remote_id, "post.fields": fields}, READ_POST)
        for post in said_objects(answer.get("data")):
            if post.get("id") == remote_id:
                return post
        if remote_id in _not_found(answer):
            return None
        if NOT_OF_FIELD in kinds_of(answer) and fields != PUBLIC:
            return self._post(remote_id, PUBLIC)
        raise Transient("neither a post nor that it is gone")

    # Calling, and what it costs.

    def _read(self, path: str, params: Mapping[str, str], most: int) -> dict[str, Any]:
        """Return what a call tells; from its sending until its answer it may have cost ``most``."""
        self._signed.ensure()
        before = self.spent

        def sending() -> None:
            self.spent = before + most

        url = API + path
        try:
            reply = self._signed.ask("GET", url, params=params, before_send=sending, takes=FAILURES)
        except AuthExpired:  # the token was refused, and so is a new one
            self.spent = before
            raise
        if reply.status != 200:
            self.spent = before
            raise refusal(reply, self._tools.clock.now(), is_public=False)
        answer = told(reply, self._tools.clock.now())
        self.spent = before + _cost(path, answer)
        return answer


def _cost(path: str, answer: Mapping[str, Any]) -> int:
    """Return what was charged for what an answer shows: rather more than less."""
    data = answer.get("data", [])
    shown = len(data) if isinstance(data, list) else 1
    included = said_object(answer.get("includes"))
    users = len(said_objects(included.get("users")))
    others = sum(len(said_objects(them)) for name, them in included.items() if name != "users")
    of_users = path.startswith("/2/users/me")
    return (READ_USER if of_users else READ_POST) * shown + READ_USER * users + READ_POST * others


def _count(counted: Mapping[str, Any], *names: str) -> int | None:
    """Return the first that is told: X's description and its answers name some differently."""
    found = (said_count(counted.get(name)) for name in names)
    return next((n for n in found if n is not None), None)


def _first_id(post: Mapping[str, Any]) -> str:
    """Return the id that a post had before it was edited."""
    history = post.get("edit_history_post_ids", post.get("edit_history_tweet_ids"))
    first = said_text(history[0]) if isinstance(history, list) and history else ""
    return first if first.isdecimal() else said_text(post.get("id"))


def _language(tag: str) -> str:
    """Return a language; X writes what it can't tell (und), or what isn't words (zxx, qme…)."""
    return "" if tag in {"und", "zxx"} or (tag.startswith("q") and len(tag) == 3) else tag


def _not_found(answer: Mapping[str, Any]) -> set[str]:
    """Return the ids that an answer says aren't there (any more)."""
    errors = said_objects(answer.get("errors"))
    missing = [e for e in errors if said_text(e.get("type")).endswith(NOT_FOUND)]
    named = ("resource_id", "value")
    return {said_text(error.get(name)) for error in missing for name in named} - {""}
