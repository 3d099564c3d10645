"""What is said to an account on Mastodon, or with a hashtag, and the counters of its statuses.

https://docs.joinmastodon.org/methods/notifications/ · /methods/timelines/#tag
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, quote, urlsplit

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch, Unreadable
from chalicelib.listening.sources import SourceKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.addresses import host_of, server_address
from chalicelib.networks.contract import Tools
from chalicelib.networks.fediverse import check, verified
from chalicelib.networks.markup import readable
from chalicelib.networks.newest_first import Entry, Mark, Page, read_down
from chalicelib.networks.replies import (
    as_object,
    as_objects,
    iso_instant,
    said_count,
    said_object,
    said_objects,
    said_text,
)
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.clock import Clock
    from chalicelib.networks.http import Http, Reply

TOLD = ("mention", "quote")
"""Types of notifications that are something said to us; answers are mentions. ``quote``: 4.5."""
PAGE = 30
LOOKUPS = 5
"""Requests for conversations in one part: the first posts of what is answered."""
LOOKUP_SECONDS = 5.0
TAG_PAGE = 40
"""The most that timelines/tag gives at once."""
OVERLAP = timedelta(minutes=2)
TAG_OVERLAP = timedelta(minutes=30)
"""Ids of statuses follow their own dates: one that arrives late from elsewhere stands lower."""
LOOK_FOR = timedelta(seconds=15)
"""How long statuses are looked at again, one by one: the newest come first."""
TOGETHER = 20
"""Statuses that ``GET /api/v1/statuses?id[]=`` gives at once."""
_NEXT = re.compile(r"<([^>]+)>\s*;\s*rel=\"?next\"?")
_ACTS = {Moderation.LIKE: "favourite", Moderation.UNLIKE: "unfavourite"}


def hear(tools: Tools) -> Hearing:
    """Return what hears on a channel."""
    return Hearing(
        tools.http,
        tools.clock,
        tools.settings["instance"],
        token=tools.credentials.secret["token"],
        account=tools.settings["account"],
        software=tools.settings.get("software", ""),
    )


def at_instance(host: str, http: Http, clock: Clock) -> Hearing:
    """Return what reads the hashtags that an instance shows to anybody.

    Raises:
        Rejected: it is no host's name; ``reason`` is ``address``.
    """
    return Hearing(http, clock, server_address(host, "address"))


class Hearing:
    """One account on one instance; without a token, what an instance shows to anybody."""

    def __init__(
        self,
        http: Http,
        clock: Clock,
        instance: str,
        *,
        token: str = "",
        account: str = "",
        software: str = "",
    ) -> None:
        self._http = http
        self._clock = clock
        self._instance = instance
        self._token = token
        self._account = account
        self._software = software
        self._lookups = LOOKUPS
        self._threads: dict[str, str] = {}
        """The identity of the first post of the conversation that a status is part of."""

    # What is said to us.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: the notifications, newest first."""
        now = self._clock.now()
        return read_down(cursor, since, now, OVERLAP, self._notifications)

    def _notifications(self, before: str, mark: Mark | None) -> Page:
        types = [("types[]", kind) for kind in TOLD]
        reply = self._get("/v1/notifications", [*types, *_paging(PAGE, before, mark)])
        told = self._objects(reply)
        self._lookups, entries = LOOKUPS, list[Entry]()
        for number, item in enumerate(told):
            if entry := self._notified(item):
                entries.append(entry)
            if not self._lookups and entries and number < len(told) - 1:
                # The rest is the next page: a part mustn't take longer than a worker lives.
                return Page(tuple(entries), entries[-1].mark.id, number + 1 - len(entries))
        return Page(tuple(entries), _following(reply, told), len(told) - len(entries))

    def _notified(self, item: Mapping[str, Any]) -> Entry | None:
        mark, status = _mark(item), said_object(item.get("status"))
        if mark is None:
            return None
        if item.get("type") not in TOLD or self._is_own(status):
            return Entry(mark, None)
        heard = self._heard(status)
        return Entry(mark, replace(heard, thread=self._thread(status))) if heard else None

    def _is_own(self, status: Mapping[str, Any]) -> bool:
        author = said_object(status.get("account")).get("id")
        return bool(self._account) and author == self._account

    def _thread(self, status: Mapping[str, Any]) -> str:
        """Return the identity of a conversation's first post; empty if it is this one."""
        status_id, answered = said_text(status.get("id")), said_text(status.get("in_reply_to_id"))
        if not answered:
            return ""
        if answered not in self._threads:
            self._learn_thread(status_id, answered)
        if thread := self._threads.get(answered, ""):
            self._threads[status_id] = thread
        return thread

    def _learn_thread(self, status_id: str, answered: str) -> None:
        self._lookups -= 1
        path = f"/v1/statuses/{quote(status_id)}/context"
        try:
            answer = as_object(self._ask("GET", path, deadline_s=LOOKUP_SECONDS))
        except Transient:
            return  # it only brings together what belongs together
        before = said_objects(answer.get("ancestors"))
        first = said_text(before[0].get("uri")) if before else ""
        ids = {said_text(item.get("id")) for item in before} | {answered}
        self._threads |= dict.fromkeys(ids, first)

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: statuses by their ids."""
        ends = self._clock.now() + LOOK_FOR
        standing = self._together([m.heard.remote_id for m in mentions])
        for mention in mentions:
            if self._clock.now() > ends:
                return
            status = standing.get(mention.heard.remote_id)
            if status is None:
                reply = self._get(f"/v1/statuses/{quote(mention.heard.remote_id)}")
                if reply.status in {404, 410}:
                    yield mention.id, None
                    continue
                status = self._object(reply)
            now = self._heard(status)
            if now and _is_edited(mention.heard, now):
                yield mention.id, _mended(mention.heard, now)

    def _together(self, ids: Sequence[str]) -> dict[str, dict[str, Any]]:
        """Return the statuses that a server (Mastodon since 4.3) gives by many ids at once."""
        if self._software != "mastodon":
            return {}
        found: dict[str, dict[str, Any]] = {}
        for start in range(0, len(ids), TOGETHER):
            params = [("id[]", one) for one in ids[start : start + TOGETHER]]
            reply = self._get("/v1/statuses", params)
            _raise_if_limited(reply, self._clock.now())
            found |= {str(s.get("id")): s for s in as_objects(reply) or [] if reply.status == 200}
        return found

    # What anybody says.

    def search(self, kind: SourceKind, words: str, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.Searches``: the statuses with a hashtag that the instance knows."""
        if kind is not SourceKind.TAG:
            raise Unreadable("not-told", "only hashtags are searched here")
        path = f"/v1/timelines/tag/{quote(words.strip().lstrip('#'), safe='')}"

        def page(before: str, mark: Mark | None) -> Page:
            return self._tagged(path, before, mark)

        return read_down(cursor, since, self._clock.now(), TAG_OVERLAP, page)

    def _tagged(self, path: str, before: str, mark: Mark | None) -> Page:
        reply = self._get(path, _paging(TAG_PAGE, before, mark))
        _raise_if_limited(reply, self._clock.now())
        if reply.status in {401, 403, 422}:
            raise Unreadable("closed", f"{reply.status}: it shows hashtags to its own people only")
        statuses = as_objects(reply)
        if reply.status != 200 or statuses is None:
            raise Unreadable("not-mastodon", f"{reply.status}: no list of statuses")
        read = [self._found(status) for status in statuses]
        entries = tuple(entry for entry in read if entry)
        return Page(entries, _following(reply, statuses), len(read) - len(entries))

    def _found(self, status: Mapping[str, Any]) -> Entry | None:
        mark, heard = _mark(status), self._heard(status)
        if mark is None or heard is None:
            return None
        found = replace(heard, kind=MentionKind.MENTION)
        return Entry(mark, None if self._is_own(status) else found)

    def _heard(self, status: Mapping[str, Any]) -> Heard | None:
        """Return what a status says; None if it lacks what makes it one."""
        status_id, uri = said_text(status.get("id")), said_text(status.get("uri"))
        said_at, account = iso_instant(status.get("created_at")), said_object(status.get("account"))
        if not status_id or not uri or said_at is None or not account:
            return None
        answers_us = self._account and status.get("in_reply_to_account_id") == self._account
        return Heard(
            identity=uri,
            kind=MentionKind.REPLY if answers_us else MentionKind.MENTION,
            remote_id=status_id,
            url=said_text(status.get("url")) or uri,
            author=_author(account, self._instance),
            text=readable(said_text(status.get("content"))),
            title=said_text(status.get("spoiler_text")),
            language=said_text(status.get("language")),
            said_at=said_at,
            edited_at=iso_instant(status.get("edited_at")),
            answers_to=said_text(status.get("in_reply_to_id")),
            refs={
                "id": status_id,
                "mention": f"@{said_text(account.get('acct'))}",
                "visibility": said_text(status.get("visibility")),
            },
        )

    # What can be done about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: a star, given or taken back."""
        if act not in _ACTS:
            raise Rejected(f"Mastodon knows no {act}", "not_offered")
        reply = self._ask("POST", f"/v1/statuses/{quote(heard.remote_id)}/{_ACTS[act]}")
        if reply.status in {404, 410}:
            raise Rejected(f"{reply.status}: the status is gone", "gone")
        self._object(reply)

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        now = self._clock.now()
        account = verified(self._http, self._instance, self._token, now)
        followers = said_count(account.get("followers_count"))
        posts = said_count(account.get("statuses_count"))
        if self._software != "mastodon" and not followers and not posts:
            followers = posts = None  # some servers write 0 for what they don't tell (snac)
        return {Metric.FOLLOWERS: followers, Metric.POSTS: posts}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``."""
        reply = self._get(f"/v1/statuses/{quote(remote_id)}")
        if reply.status in {404, 410}:
            return None
        status = self._object(reply)
        return {
            Metric.LIKES: said_count(status.get("favourites_count")),
            Metric.REPLIES: said_count(status.get("replies_count")),
            Metric.REPOSTS: said_count(status.get("reblogs_count")),
            Metric.QUOTES: said_count(status.get("quotes_count")),
        }

    # Calling.

    def _get(self, path: str, params: Sequence[tuple[str, str]] = ()) -> Reply:
        return self._ask("GET", path, params)

    def _ask(
        self,
        verb: str,
        path: str,
        params: Sequence[tuple[str, str]] = (),
        deadline_s: float = 20.0,
    ) -> Reply:
        headers = {"Authorization": f"Bearer {self._token}"} if self._token else None
        return self._http.request(
            verb,
            f"{self._instance}/api{path}",
            headers=headers,
            params=params,
            write=False,
            deadline_s=deadline_s,
        )

    def _object(self, reply: Reply) -> dict[str, Any]:
        return check(reply, {200}, self._clock.now(), is_public=False)

    def _objects(self, reply: Reply) -> list[dict[str, Any]]:
        found = as_objects(reply)
        if reply.status == 200 and found is not None:
            return found
        check(reply, set(), self._clock.now(), is_public=False)
        raise AssertionError("no status is good here")


def _paging(limit: int, before: str, mark: Mark | None) -> list[tuple[str, str]]:
    """Return what asks for a page: ``since_id`` is the bottom, where a server heeds it.

    Not ``min_id``: with it Mastodon counts from the bottom, snac still from the top.
    """
    params = [("limit", str(limit))]
    if before:
        params.append(("max_id", before))
    if mark:
        params.append(("since_id", mark.id))
    return params


def _following(reply: Reply, told: Sequence[Mapping[str, Any]]) -> str:
    """Return the ``max_id`` of the next page: by the Link header, else the last one's id."""
    link = reply.headers.get("Link")
    if link is None:
        return said_text(told[-1].get("id")) if told else ""
    found = _NEXT.search(link)
    return parse_qs(urlsplit(found.group(1)).query).get("max_id", [""])[0] if found else ""


def _mark(item: Mapping[str, Any]) -> Mark | None:
    item_id, at = said_text(item.get("id")), iso_instant(item.get("created_at"))
    return Mark(item_id, at) if item_id and at else None


def _author(account: Mapping[str, Any], instance: str) -> Author:
    acct, url = said_text(account.get("acct")), said_text(account.get("url"))
    handle = acct if "@" in acct else f"{acct}@{host_of(instance)}"
    name = said_text(account.get("display_name")) or acct
    return Author(said_text(account.get("uri")) or url or handle, name, f"@{handle}", url)


def _is_edited(before: Heard, now: Heard) -> bool:
    return (before.text, before.title, before.edited_at) != (now.text, now.title, now.edited_at)


def _mended(before: Heard, now: Heard) -> Heard:
    return replace(before, text=now.text, title=now.title, edited_at=now.edited_at)


def _raise_if_limited(reply: Reply, now: datetime) -> None:
    if reply.status == 429:
        check(reply, set(), now, is_public=False)
