"""What is said to an account on Threads, what can be done about it, and its counters.

Replies to its posts, at any depth, and posts that name it:
https://developers.facebook.com/docs/threads/reply-management · /threads-mentions
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
from chalicelib.networks.replies import said_object, said_text
from chalicelib.networks.spec import Moderation
from chalicelib.networks.threads import graph
from chalicelib.publishing.outcomes import Rejected

POSTS, REPLIES, MENTIONS = "posts", "replies", "mentions"
PAGE = 50
FIELDS = "id,text,username,timestamp,permalink,root_post{id},replied_to{id},is_reply_owned_by_me"
LOOK_FOR = timedelta(seconds=15)
"""How long replies are looked at again, one by one."""
POST_INSIGHTS = {
    "views": Metric.VIEWS,
    "likes": Metric.LIKES,
    "replies": Metric.REPLIES,
    "reposts": Metric.REPOSTS,
    "quotes": Metric.QUOTES,
}
"""https://developers.facebook.com/docs/threads/insights"""


class Hearing:
    """One account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._account = tools.settings["account"]
        self._username = tools.settings["username"].casefold()
        self._graph = graph(tools.http, tools.clock, tools.credentials.secret)

    # What is said to us.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: replies under the last posts, posts that name us."""
        first = (Step(POSTS), Step(MENTIONS))
        return read_lists(cursor, since, self._tools.clock.now(), first, self._ask)

    def _ask(self, step: Step, floor: datetime) -> Told:
        if step.kind == POSTS:
            return self._posts()
        path = f"{self._account}/mentions" if step.kind == MENTIONS else f"{step.of}/conversation"
        newest = {} if step.kind == MENTIONS else {"reverse": "true"}
        try:
            answer = self._read(path, FIELDS, step.page, **newest)
        except LacksRight as error:
            if step.kind == MENTIONS:
                return Told()
            raise Unreadable("forbidden", error.detail) from error
        except Rejected:  # the post was deleted meanwhile
            return Told()
        others = [item for item in listed(answer) if not self._is_own(item)]
        heard = [self._heard(item, step) for item in others]
        then = _further(step, answer, floor)
        return Told(tuple(h for h in heard if h), tuple(then), heard.count(None))

    def _posts(self) -> Told:
        """Read which of our last posts were answered: these are read, one by one."""
        answer = self._read(f"{self._account}/threads", "id,has_replies", "")
        answered = [post for post in listed(answer) if post.get("has_replies") is True]
        return Told(then=tuple(Step(REPLIES, said_text(post.get("id"))) for post in answered))

    def _read(self, path: str, fields: str, page: str, **params: str) -> dict[str, Any]:
        paging = {"limit": str(PAGE), **({"after": page} if page else {})}
        return self._graph.get(path, {"fields": fields, **paging, **params})

    def _is_own(self, item: Mapping[str, Any]) -> bool:
        is_ours = said_text(item.get("username")).casefold() == self._username
        return is_ours or item.get("is_reply_owned_by_me") is True

    def _heard(self, item: Mapping[str, Any], step: Step) -> Heard | None:
        """Return what a reply or a mention says; None if it lacks what makes it one."""
        media, at = said_text(item.get("id")), instant(item.get("timestamp"))
        if not media or at is None:
            return None
        username = said_text(item.get("username"))
        address = f"https://www.threads.com/@{username}" if username else ""
        root = step.of or said_text(said_object(item.get("root_post")).get("id"))
        return Heard(
            identity=f"threads:{media}",
            kind=MentionKind.REPLY if step.kind == REPLIES else MentionKind.MENTION,
            remote_id=media,
            url=said_text(item.get("permalink")),
            author=Author(username, username, f"@{username}" if username else "", address),
            text=said_text(item.get("text"))[:MAX_TEXT],
            said_at=at,
            thread=f"threads:{root}" if root else "",
            answers_to=said_text(said_object(item.get("replied_to")).get("id")),
            refs={"id": media, **({"root": root} if step.kind == REPLIES else {})},
        )

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: replies under our posts, one by one.

        One is gone only where its conversation is still told to us: what isn't ours to see any
        more looks the same.
        """
        ends = self._tools.clock.now() + LOOK_FOR
        for mention in mentions:
            if self._tools.clock.now() > ends:
                return
            root = mention.heard.refs.get("root", "")
            if root:
                yield from self._compared(mention, root)

    def _compared(self, mention: Mention, root: str) -> Iterator[tuple[MentionId, Heard | None]]:
        try:
            now = self._graph.get(mention.heard.remote_id, {"fields": "id,text"})
        except LacksRight:
            return
        except Rejected as refused:
            if refused.reason == "gone" and self._tells(root):
                yield mention.id, None
            return
        text = said_text(now.get("text"))[:MAX_TEXT]
        if text and text != mention.heard.text:
            yield mention.id, replace(mention.heard, text=text)

    def _tells(self, root: str) -> bool:
        try:
            self._graph.get(f"{root}/conversation", {"fields": "id", "limit": "1"})
        except (LacksRight, Rejected):
            return False
        return True

    # What can be done about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: a reply to us hidden, with all that answers it."""
        if act is not Moderation.HIDE:
            raise Rejected(f"Threads knows no {act}", "not_offered")
        if heard.kind is not MentionKind.REPLY:
            raise Rejected("it stands on somebody else's ground", "not_ours")
        try:
            self._graph.send(f"{heard.remote_id}/manage_reply", {"hide": "true"})
        except LacksRight as error:  # for this, not for the channel
            raise Rejected(error.detail, "forbidden") from error

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        told = self._insights(f"{self._account}/threads_insights", "followers_count")
        return {Metric.FOLLOWERS: told.get("followers_count")}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``; an answer is a post there."""
        try:
            self._graph.get(remote_id, {"fields": "id"})
        except Rejected as refused:
            if refused.reason == "gone":
                return None
            raise
        told = self._insights(f"{remote_id}/insights", ",".join(POST_INSIGHTS))
        return {metric: told.get(name) for name, metric in POST_INSIGHTS.items()}

    def _insights(self, path: str, metric: str) -> dict[str, int | None]:
        """Return what insights tell; nothing where there is no right."""
        try:
            return lifetime_values(listed(self._graph.get(path, {"metric": metric})))
        except (LacksRight, Rejected):
            return {}


def _further(step: Step, answer: Mapping[str, Any], floor: datetime) -> list[Step]:
    """Return the next page of a list, unless this one came down to the floor."""
    items, after = listed(answer), following(answer)
    oldest = instant(items[-1].get("timestamp")) if items else None
    is_done = not after or oldest is None or oldest < floor
    return [] if is_done else [replace(step, page=after)]
