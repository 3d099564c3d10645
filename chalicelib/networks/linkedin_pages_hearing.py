"""What is said to a page on LinkedIn, and its figures.

https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications
https://learn.microsoft.com/linkedin/marketing/community-management/organizations/share-statistics

LinkedIn tells who comments by a number only; a name would have to be forgotten within a day.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import MAX_TEXT, Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.linkedin_comments import created, parts_of, read_comment
from chalicelib.networks.linkedin_moderation import moderate
from chalicelib.networks.linkedin_pages import FLOW
from chalicelib.networks.linkedin_rest import Rest, address_of, encoded, refusal
from chalicelib.networks.linkedin_text import plain
from chalicelib.networks.replies import (
    as_object,
    iso_instant,
    said_count,
    said_object,
    said_objects,
    said_text,
)
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Transient

TOLD = ("COMMENT", "COMMENT_MENTION", "SHARE_MENTION")
"""Notifications of something that is said to the page."""
PAGE = 20
"""Notifications at once: each costs a call of its own for what it says."""
OVERLAP = timedelta(minutes=10)
"""Read again each time: a notification may be listed late."""
RETAINED = timedelta(days=60)
"""How long LinkedIn keeps them."""


def hear(tools: Tools) -> Hearing:
    """Return what hears on a page."""
    return Hearing(tools)


class Hearing:
    """One firm's page."""

    def __init__(self, tools: Tools) -> None:
        self._author = tools.settings["author"]
        self._now = tools.clock.now
        self._rest = Rest(tools.http, lambda: FLOW.bearer(tools), tools.clock.now)

    # What is said to us.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: the notifications of a span of time, in parts.

        The cursor holds the span and how far it has been read: whatever interrupts it, the
        span is read to its end before the next begins.
        """
        span = json.loads(cursor) if cursor else {}
        now = self._now()
        first = iso_instant(span.get("from")) or max(since, now - RETAINED)
        until, start = iso_instant(span.get("until")) or now, said_count(span.get("start")) or 0
        while True:
            told = self._notifications(first, until, start)
            heard = [self._notified(item) for item in told]
            start += len(told)
            is_last = len(told) < PAGE
            place = _place(until - OVERLAP) if is_last else _place(first, until, start)
            yield Batch(
                heard=tuple(h for h in heard if h),
                cursor=place,
                is_last=is_last,
            )
            if is_last:
                return

    def _notifications(self, first: datetime, until: datetime, start: int) -> list[dict[str, Any]]:
        path = (
            f"/rest/organizationalEntityNotifications?q=criteria&actions=List({','.join(TOLD)})"
            f"&organizationalEntity={encoded(self._author)}"
            f"&timeRange=(start:{_ms(first)},end:{_ms(until)})&start={start}&count={PAGE}"
        )
        told = self._rest.read(path, finder="FINDER").get("elements")
        if not isinstance(told, list):
            raise Transient("no list of notifications")
        return [said_object(item) for item in told]

    def _notified(self, item: Mapping[str, Any]) -> Heard | None:
        activity = said_text(item.get("generatedActivity"))
        entity, _ = parts_of(activity)
        if entity:
            comment = read_comment(self._rest, activity, self._now())
            return self._comment(activity, comment, item) if comment else None
        if item.get("action") == "SHARE_MENTION" and activity:
            return self._share(activity)
        return None

    def _comment(
        self, urn: str, comment: Mapping[str, Any], item: Mapping[str, Any]
    ) -> Heard | None:
        at, actor = created(comment), said_text(comment.get("actor"))
        if at is None or not actor or actor == self._author:
            return None
        entity, _ = parts_of(urn)
        edited_at = created(comment, "lastModified")
        parent = said_text(comment.get("parentComment"))
        is_ours = item.get("action") != "COMMENT_MENTION"
        return Heard(
            identity=urn,
            kind=MentionKind.COMMENT if is_ours else MentionKind.MENTION,
            remote_id=urn,
            url=address_of(said_text(item.get("sourcePost")) or entity),
            author=_author(actor),
            text=said_text(said_object(comment.get("message")).get("text"))[:MAX_TEXT],
            said_at=at,
            edited_at=edited_at if edited_at and edited_at > at else None,
            thread=entity,
            answers_to=parent or said_text(item.get("sourcePost")),
            # LinkedIn's comments are two levels deep: an answer to an answer is its sibling.
            refs={"id": urn, "parent": parent or urn, "object": entity},
        )

    def _share(self, urn: str) -> Heard | None:
        reply = self._rest.ask("GET", f"/rest/posts/{encoded(urn)}?viewContext=READER")
        if reply.status in {403, 404}:
            return None  # it isn't shown to us, or is gone
        post = as_object(reply)
        at, actor = said_count(post.get("createdAt")), said_text(post.get("author"))
        if reply.status != 200 or not at or not actor:
            raise refusal(reply, self._now(), is_public=False)
        return Heard(
            identity=urn,
            kind=MentionKind.MENTION,
            remote_id=urn,
            url=address_of(urn),
            author=_author(actor),
            text=plain(said_text(post.get("commentary")))[:MAX_TEXT],
            said_at=datetime.fromtimestamp(min(at, 32_503_680_000_000) / 1000, UTC),
        )

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: the comments, one by one."""
        for mention in mentions:
            before = mention.heard
            if not parts_of(before.remote_id)[0]:
                continue
            comment = read_comment(self._rest, before.remote_id, self._now())
            if comment is None:
                yield mention.id, None
                continue
            item = {"sourcePost": before.answers_to, "action": "COMMENT"}
            now = self._comment(before.remote_id, comment, item)
            if now and now.text != before.text:
                yield mention.id, _mended(before, now)

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: what is said to the page liked, a comment deleted."""
        moderate(self._rest, self._author, act, heard, self._now())

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        path = f"/rest/networkSizes/{encoded(self._author)}?edgeType=COMPANY_FOLLOWED_BY_MEMBER"
        return {Metric.FOLLOWERS: said_count(self._rest.read(path).get("firstDegreeSize"))}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``; nothing is told of a comment."""
        if parts_of(remote_id)[0]:
            return {}
        kind = "ugcPosts" if ":ugcPost:" in remote_id else "shares"
        path = (
            "/rest/organizationalEntityShareStatistics?q=organizationalEntity"
            f"&organizationalEntity={encoded(self._author)}&{kind}=List({encoded(remote_id)})"
        )
        told = said_objects(self._rest.read(path, finder="FINDER").get("elements"))
        if not told and self._is_gone(remote_id):
            return None
        counts = said_object(told[0].get("totalShareStatistics")) if told else {}
        return {metric: said_count(counts.get(name)) for metric, name in _COUNTS.items()}

    def _is_gone(self, urn: str) -> bool:
        reply = self._rest.ask("GET", f"/rest/posts/{encoded(urn)}?viewContext=AUTHOR")
        if reply.status == 404 and as_object(reply):
            return True
        if reply.status != 200:
            raise refusal(reply, self._now(), is_public=False)
        return False


_COUNTS = {
    Metric.IMPRESSIONS: "impressionCount",
    Metric.REACH: "uniqueImpressionsCount",
    Metric.LIKES: "likeCount",
    Metric.REPLIES: "commentCount",
    Metric.REPOSTS: "shareCount",
}


def _author(urn: str) -> Author:
    number = urn.rpartition(":")[2]
    if urn.startswith("urn:li:organization:") and number.isdecimal():
        return Author(urn, "LinkedIn", "", f"https://www.linkedin.com/company/{number}/")
    return Author(urn, "LinkedIn")


def _mended(before: Heard, now: Heard) -> Heard:
    return replace(before, text=now.text, edited_at=now.edited_at)


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1000)


def _place(first: datetime, until: datetime | None = None, start: int = 0) -> str:
    kept: dict[str, Any] = {"from": first.isoformat()}
    if until is not None:
        kept |= {"until": until.isoformat(), "start": start}
    return json.dumps(kept)
