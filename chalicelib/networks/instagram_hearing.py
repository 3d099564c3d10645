"""What is said to an account on Instagram, what can be done about it, and its counters.

Comments under its posts with their replies, and posts of others that show it:
https://developers.facebook.com/docs/instagram-platform/comment-moderation
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import MAX_TEXT, Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch, Unreadable
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.graph import LacksRight, following, instant, lifetime_values, listed
from chalicelib.networks.graph_reading import Step, Told, read_lists
from chalicelib.networks.instagram_account import graph
from chalicelib.networks.replies import said_count, said_object, said_text
from chalicelib.networks.spec import Moderation
from chalicelib.networks.stories import SHOWN_FOR
from chalicelib.publishing.outcomes import Rejected

POSTS, COMMENTS, TAGS = "posts", "comments", "tags"
PAGE = 25
POST_PAGES = 2
"""The comments of the account's last 50 posts are read."""
REPLIES = f"replies.limit({PAGE}){{id,text,timestamp,username}}"
COMMENT = f"id,text,timestamp,username,{REPLIES}"
TAGGED = "id,caption,timestamp,permalink,username"
LOOK_FOR = timedelta(seconds=15)
"""How long comments are looked at again, one by one."""
POST_INSIGHTS = {
    "views": Metric.VIEWS,
    "reach": Metric.REACH,
    "saved": Metric.BOOKMARKS,
    "reposts": Metric.REPOSTS,
}
"""Of a post; ``impressions`` and its like were retired in April 2025.

https://developers.facebook.com/docs/instagram-platform/reference/instagram-media/insights
"""
STORY_INSIGHTS = {
    "views": Metric.VIEWS,
    "reach": Metric.REACH,
    "replies": Metric.REPLIES,
    "shares": Metric.REPOSTS,
}
"""Of a story: “Story media metrics are only available for 24 hours” (the same page)."""


class Hearing:
    """One professional account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._account = tools.settings["account"]
        self._username = tools.settings["username"].casefold()
        self._graph = graph(tools.http, tools.clock, tools.credentials.secret)

    # What is said to us.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: comments, their replies, posts that show us."""
        first = (Step(POSTS, "1"), Step(TAGS))
        return read_lists(cursor, since, self._tools.clock.now(), first, self._ask)

    def _ask(self, step: Step, floor: datetime) -> Told:
        if step.kind == POSTS:
            return self._posts(step, floor)
        return self._comments(step, floor) if step.kind == COMMENTS else self._tagged(step, floor)

    def _posts(self, step: Step, floor: datetime) -> Told:
        """Read the newest comments of many posts at once."""
        fields = f"id,permalink,comments.limit({PAGE}){{{COMMENT}}}"
        try:
            answer = self._read(f"{self._account}/media", fields, step.page)
        except LacksRight as error:
            raise Unreadable("forbidden", error.detail) from error
        heard: list[Heard | None] = []
        then: list[Step] = []
        for post in listed(answer):
            told = said_object(post.get("comments"))
            # A permalink is needed to hear: it is looked up again where a list goes on.
            under = f"{said_text(post.get('id'))} {said_text(post.get('permalink'))}"
            if told:
                heard += self._under(under, told)
                then += _further(Step(COMMENTS, under), told, floor)
        after, number = following(answer), int(step.of)
        if after and number < POST_PAGES:
            then.append(Step(POSTS, str(number + 1), after))
        return _told(heard, then)

    def _comments(self, step: Step, floor: datetime) -> Told:
        media = step.of.partition(" ")[0]
        answer = self._read(f"{media}/comments", COMMENT, step.page)
        return _told(self._under(step.of, answer), _further(step, answer, floor))

    def _under(self, of: str, told: Mapping[str, Any]) -> list[Heard | None]:
        """Return the comments of a list with their replies, but for our own."""
        media, _, permalink = of.partition(" ")
        found: list[Heard | None] = []
        for comment in listed(told):
            inner = said_object(comment.get("replies"))
            replies = listed(inner) if inner else []
            branch = said_text(comment.get("id"))
            others = [one for one in (comment, *replies) if not self._is_own(one)]
            found += [_comment(one, branch, media, permalink) for one in others]
        return found

    def _is_own(self, comment: Mapping[str, Any]) -> bool:
        return said_text(comment.get("username")).casefold() == self._username

    def _tagged(self, step: Step, floor: datetime) -> Told:
        try:
            answer = self._read(f"{self._account}/tags", TAGGED, step.page)
        except (LacksRight, Rejected):
            return Told()
        return _told([_shows_us(post) for post in listed(answer)], _further(step, answer, floor))

    def _read(self, path: str, fields: str, page: str) -> dict[str, Any]:
        paging = {"limit": str(PAGE), **({"after": page} if page else {})}
        return self._graph.get(path, {"fields": fields, **paging})

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: comments, one by one; they can't be edited.

        One is gone only where its post still tells its comments to us: what isn't ours to see
        any more looks the same.
        """
        ends = self._tools.clock.now() + LOOK_FOR
        for mention in mentions:
            if self._tools.clock.now() > ends:
                return
            media = mention.heard.refs.get("media", "")
            if media and self._is_gone(mention.heard.remote_id) and self._tells(media):
                yield mention.id, None

    def _is_gone(self, comment: str) -> bool:
        try:
            self._graph.get(comment, {"fields": "id"})
        except LacksRight:
            return False
        except Rejected as refused:
            return refused.reason == "gone"
        return False

    def _tells(self, media: str) -> bool:
        try:
            self._graph.get(f"{media}/comments", {"fields": "id", "limit": "1"})
        except (LacksRight, Rejected):
            return False
        return True

    # What can be done about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: a comment hidden or deleted."""
        if heard.kind is not MentionKind.COMMENT:
            raise Rejected("it stands on somebody else's ground", "not_ours")
        if act not in {Moderation.HIDE, Moderation.DELETE}:
            raise Rejected(f"Instagram knows no {act}", "not_offered")
        try:
            if act is Moderation.HIDE:
                self._graph.send(heard.remote_id, {"hide": "true"})
            else:
                self._graph.send(heard.remote_id, {}, verb="DELETE")
        except LacksRight as error:  # for this, not for the channel
            raise Rejected(error.detail, "forbidden") from error
        except Rejected as refused:
            if refused.reason != "gone" or act is not Moderation.DELETE:
                raise

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        me = self._graph.get("me", {"fields": "followers_count,media_count"})
        return {
            Metric.FOLLOWERS: said_count(me.get("followers_count")),
            Metric.POSTS: said_count(me.get("media_count")),
        }

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``; of an answer, only its likes are told.

        A story is over after a day, and isn't asked about any more.
        """
        fields = "like_count,comments_count,media_product_type,timestamp"
        try:
            post = self._graph.get(remote_id, {"fields": fields})
        except Rejected as refused:
            if refused.reason == "gone":
                return None
            if refused.reason == "invalid":  # a comment has no comments_count
                return self._answer(remote_id)
            raise
        if post.get("media_product_type") == "STORY":
            is_over = self._age_of(post) >= SHOWN_FOR
            return None if is_over else self._insights(remote_id, STORY_INSIGHTS)
        return {
            Metric.LIKES: said_count(post.get("like_count")),
            Metric.REPLIES: said_count(post.get("comments_count")),
            **self._insights(remote_id, POST_INSIGHTS),
        }

    def _age_of(self, post: Mapping[str, Any]) -> timedelta:
        now = self._tools.clock.now()
        return now - (instant(post.get("timestamp")) or now)

    def _answer(self, remote_id: str) -> dict[Metric, int | None]:
        comment = self._graph.get(remote_id, {"fields": "like_count"})
        return {Metric.LIKES: said_count(comment.get("like_count"))}

    def _insights(self, remote_id: str, names: Mapping[str, Metric]) -> dict[Metric, int | None]:
        """Return what insights tell; nothing where there is no right, or of a story few saw."""
        asked = {"metric": ",".join(names)}
        try:
            answer = self._graph.get(f"{remote_id}/insights", asked)
        except (LacksRight, Rejected):
            answer = {"data": []}
        told = lifetime_values(listed(answer))
        return {metric: told.get(name) for name, metric in names.items()}


def _told(heard: Sequence[Heard | None], then: Sequence[Step]) -> Told:
    return Told(tuple(h for h in heard if h), tuple(then), list(heard).count(None))


def _further(step: Step, answer: Mapping[str, Any], floor: datetime) -> list[Step]:
    """Return the next page of a list, unless this one came down to the floor."""
    items, after = listed(answer), following(answer)
    oldest = instant(items[-1].get("timestamp")) if items else None
    is_done = not after or oldest is None or oldest < floor
    return [] if is_done else [replace(step, page=after)]


def _comment(one: Mapping[str, Any], branch: str, media: str, permalink: str) -> Heard | None:
    """Return what a comment or a reply says; it is answered under the comment of its branch."""
    comment, at = said_text(one.get("id")), instant(one.get("timestamp"))
    if not comment or at is None:
        return None
    author = _author(one)
    refs = {"id": branch, "media": media, "url": permalink}
    if comment != branch and author.handle:
        refs["mention"] = author.handle
    return Heard(
        identity=f"instagram:{comment}",
        kind=MentionKind.COMMENT,
        remote_id=comment,
        url=permalink,
        author=author,
        text=said_text(one.get("text"))[:MAX_TEXT],
        said_at=at,
        thread=permalink,
        answers_to=media if comment == branch else branch,
        refs=refs,
    )


def _shows_us(post: Mapping[str, Any]) -> Heard | None:
    media, at = said_text(post.get("id")), instant(post.get("timestamp"))
    permalink = said_text(post.get("permalink"))
    if not media or at is None or not permalink:
        return None
    return Heard(
        identity=permalink,
        kind=MentionKind.MENTION,
        remote_id=media,
        url=permalink,
        author=_author(post),
        text=said_text(post.get("caption"))[:MAX_TEXT],
        said_at=at,
        refs={"tag": media},
    )


def _author(item: Mapping[str, Any]) -> Author:
    name = said_text(item.get("username"))
    address = f"https://www.instagram.com/{name}/" if name else ""
    return Author(name, name, f"@{name}" if name else "", address)
