"""What is said to a Page on Facebook, what can be done about it, and the counters of its posts.

Comments under its posts, posts that name it, and recommendations:
https://developers.facebook.com/docs/pages-api/comments-mentions
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
from chalicelib.networks.facebook_pages import about_token, address, graph, post_of
from chalicelib.networks.graph import LacksRight, following, instant, lifetime_values, listed
from chalicelib.networks.graph_reading import Step, Told, read_lists
from chalicelib.networks.replies import said_count, said_object, said_text
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Rejected

POSTS, COMMENTS, TAGGED, RATINGS = "posts", "comments", "tagged", "ratings"
"""The lists that are read; the last two are named as their edges."""
PAGE = 25
POST_PAGES = 2
"""The comments of the Page's last 50 posts are read."""
COMMENT_FIELDS = "id,from{id,name},message,created_time,permalink_url,parent{id},attachment{url}"
POST_FIELDS = "id,from{id,name},message,created_time,permalink_url"
RATING_FIELDS = (
    "created_time,recommendation_type,rating,review_text,reviewer{id,name},open_graph_story{id}"
)
NEWEST = "filter(stream).order(reverse_chronological)"
READS = "pages_read_user_content"
"""What reading others' words needs; without it what stands looks as if it were gone."""
LOOK_FOR = timedelta(seconds=15)
"""How long comments are looked at again, one by one."""
POST_INSIGHTS = {"post_media_view": Metric.VIEWS, "post_total_media_view_unique": Metric.REACH}
"""Of a post; Facebook retired ``post_impressions`` and its like in November 2025.

https://developers.facebook.com/docs/graph-api/reference/insights
"""
_RECOMMENDS = {"positive": "👍", "negative": "👎"}


class Hearing:
    """One Page."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._page = tools.settings["page"]
        self._token = tools.credentials.secret["access_token"]
        self._graph = graph(tools.http, tools.clock, tools.app(), self._token)

    # What is said to us.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: comments, posts that name the Page, recommendations."""
        first = (Step(POSTS, "1"), Step(TAGGED), Step(RATINGS))
        return read_lists(cursor, since, self._tools.clock.now(), first, self._ask)

    def _ask(self, step: Step, floor: datetime) -> Told:
        match step.kind:
            case "posts":
                return self._posts(step, floor)
            case "comments":
                return self._comments(step, floor)
            case "tagged":
                return self._listed(step, floor, POST_FIELDS, self._named)
            case _:
                return self._listed(step, floor, RATING_FIELDS, self._recommended)

    def _posts(self, step: Step, floor: datetime) -> Told:
        """Read the newest comments of many posts at once."""
        comments = f"comments.{NEWEST}.limit({PAGE}){{{COMMENT_FIELDS}}}"
        try:
            answer = self._read(f"{self._page}/published_posts", f"id,{comments}", step.page)
        except LacksRight as error:
            raise Unreadable("forbidden", error.detail) from error
        heard: list[Heard | None] = []
        then: list[Step] = []
        for post in listed(answer):
            post_id, told = said_text(post.get("id")), said_object(post.get("comments"))
            if told:
                heard += self._under(post_id, told)
                then += _further(Step(COMMENTS, post_id), told, floor)
        after, number = following(answer), int(step.of)
        if after and number < POST_PAGES:
            then.append(Step(POSTS, str(number + 1), after))
        return _told(heard, then)

    def _comments(self, step: Step, floor: datetime) -> Told:
        params = {"filter": "stream", "order": "reverse_chronological"}
        answer = self._read(f"{step.of}/comments", COMMENT_FIELDS, step.page, **params)
        return _told(self._under(step.of, answer), _further(step, answer, floor))

    def _under(self, post: str, told: Mapping[str, Any]) -> list[Heard | None]:
        others = [c for c in listed(told) if not self._is_own(c)]
        return [_comment(c, post) for c in others]

    def _listed(self, step: Step, floor: datetime, fields: str, read: Any) -> Told:
        """Read a list that some Pages don't have, or that our rights may not reach."""
        try:
            answer = self._read(f"{self._page}/{step.kind}", fields, step.page)
        except (LacksRight, Rejected):
            return Told()
        others = [item for item in listed(answer) if not self._is_own(item)]
        return _told([read(item) for item in others], _further(step, answer, floor))

    def _read(self, path: str, fields: str, page: str, **params: str) -> dict[str, Any]:
        paging = {"limit": str(PAGE), **({"after": page} if page else {})}
        return self._graph.get(path, {"fields": fields, **paging, **params})

    def _is_own(self, item: Mapping[str, Any]) -> bool:
        return said_object(item.get("from")).get("id") == self._page

    def _named(self, post: Mapping[str, Any]) -> Heard | None:
        return _said(post, MentionKind.MENTION, said_text(post.get("id")))

    def _recommended(self, told: Mapping[str, Any]) -> Heard | None:
        """Return a recommendation: what can be answered of it is its story."""
        at = instant(told.get("created_time"))
        story = said_text(said_object(told.get("open_graph_story")).get("id"))
        if at is None or not story:
            return None
        rating = said_count(told.get("rating"))
        return Heard(
            identity=address(story),
            kind=MentionKind.REVIEW,
            remote_id=story,
            url=address(story),
            author=_author(told.get("reviewer")),
            text=said_text(told.get("review_text"))[:MAX_TEXT],
            title=_RECOMMENDS.get(said_text(told.get("recommendation_type")), ""),
            said_at=at,
            refs={"id": story},
            rating=rating if rating and rating <= 5 else None,
        )

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: one by one, if we may read others' words at all.

        A recommendation isn't looked at: its story can't be read by itself.
        """
        ends = self._tools.clock.now() + LOOK_FOR
        others = [m for m in mentions if m.heard.kind is not MentionKind.REVIEW]
        if not others or not self._may_read():
            return
        for mention in others:
            if self._tools.clock.now() > ends:
                return
            try:
                now = self._graph.get(mention.heard.remote_id, {"fields": "id,message"})
            except LacksRight:
                continue
            except Rejected as refused:
                if refused.reason == "gone":
                    yield mention.id, None
                continue
            text = said_text(now.get("message"))[:MAX_TEXT]
            if text and text != mention.heard.text:
                yield mention.id, replace(mention.heard, text=text)

    def _may_read(self) -> bool:
        tools = self._tools
        told = about_token(tools.http, tools.clock, tools.app(), self._token)
        scopes = told.get("scopes")
        return told.get("is_valid") is True and isinstance(scopes, list) and READS in scopes

    # What can be done about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: a like, given or taken back; a comment hidden or deleted."""
        if act in {Moderation.HIDE, Moderation.DELETE} and heard.kind is not MentionKind.COMMENT:
            raise Rejected("it stands on somebody else's ground", "not_ours")
        try:
            self._do(act, heard.remote_id)
        except LacksRight as error:  # for this, not for the channel
            raise Rejected(error.detail, "forbidden") from error
        except Rejected as refused:
            if refused.reason != "gone" or act is not Moderation.DELETE:
                raise

    def _do(self, act: Moderation, remote_id: str) -> None:
        match act:
            case Moderation.LIKE:
                self._graph.send(f"{remote_id}/likes", {})
            case Moderation.UNLIKE:
                self._graph.send(f"{remote_id}/likes", {}, verb="DELETE")
            case Moderation.HIDE:
                self._graph.send(remote_id, {"is_hidden": "true"})
            case Moderation.DELETE:
                self._graph.send(remote_id, {}, verb="DELETE")
            case _:
                raise Rejected(f"Facebook knows no {act}", "not_offered")

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        page = self._graph.get(self._page, {"fields": "followers_count"})
        return {Metric.FOLLOWERS: said_count(page.get("followers_count"))}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``; an answer of ours is a comment.

        Of a video that was being worked on when it was published only its own id is known. A
        story's id stands alone too, and no counter of one is documented.
        """
        is_bare = "_" not in remote_id
        try:
            if is_bare:
                told = self._graph.get(remote_id, {"fields": "post_id"})
                remote_id = post_of(self._page, told)
                if not remote_id:
                    return {}
            is_post = remote_id.startswith(f"{self._page}_")
            return self._post(remote_id) if is_post else self._answer(remote_id)
        except Rejected as refused:
            if refused.reason == "gone":
                return None
            if is_bare and refused.reason == "invalid":  # it has no post
                return {}
            raise

    def _post(self, remote_id: str) -> dict[Metric, int | None]:
        counted = "reactions.summary(true).limit(0),comments.filter(stream).summary(true).limit(0)"
        post = self._graph.get(remote_id, {"fields": f"shares,{counted}"})
        shares = said_object(post.get("shares"))
        return {
            Metric.LIKES: _total(post, "reactions"),
            Metric.REPLIES: _total(post, "comments"),
            Metric.REPOSTS: said_count(shares.get("count")) if shares else 0,
            **self._insights(remote_id),
        }

    def _insights(self, remote_id: str) -> dict[Metric, int | None]:
        """Return what insights tell; nothing for Pages of less than 100 likes, or no right."""
        try:
            asked = {"metric": ",".join(POST_INSIGHTS), "period": "lifetime"}
            answer = self._graph.get(f"{remote_id}/insights", asked)
        except (LacksRight, Rejected):
            answer = {"data": []}
        told = lifetime_values(listed(answer))
        return {metric: told.get(name) for name, metric in POST_INSIGHTS.items()}

    def _answer(self, remote_id: str) -> dict[Metric, int | None]:
        comment = self._graph.get(remote_id, {"fields": "like_count,comment_count"})
        return {
            Metric.LIKES: said_count(comment.get("like_count")),
            Metric.REPLIES: said_count(comment.get("comment_count")),
        }


def _total(post: Mapping[str, Any], edge: str) -> int | None:
    summary = said_object(said_object(post.get(edge)).get("summary"))
    return said_count(summary.get("total_count"))


def _told(heard: Sequence[Heard | None], then: Sequence[Step]) -> Told:
    return Told(tuple(h for h in heard if h), tuple(then), list(heard).count(None))


def _further(step: Step, answer: Mapping[str, Any], floor: datetime) -> list[Step]:
    """Return the next page of a list, unless this one came down to the floor."""
    items, after = listed(answer), following(answer)
    oldest = instant(items[-1].get("created_time")) if items else None
    is_done = not after or oldest is None or oldest < floor
    return [] if is_done else [replace(step, page=after)]


def _comment(comment: Mapping[str, Any], post: str) -> Heard | None:
    """Return what a comment says; it is answered under the one that its branch began with."""
    parent = said_text(said_object(comment.get("parent")).get("id"))
    heard = _said(comment, MentionKind.COMMENT, parent or said_text(comment.get("id")))
    return heard and replace(heard, thread=address(post), answers_to=parent or post)


def _said(item: Mapping[str, Any], kind: MentionKind, answered: str) -> Heard | None:
    """Return what a comment or a post says; None if it lacks what makes it one."""
    item_id, at = said_text(item.get("id")), instant(item.get("created_time"))
    if not item_id or at is None:
        return None
    shown = said_text(said_object(item.get("attachment")).get("url"))
    return Heard(
        identity=address(item_id),
        kind=kind,
        remote_id=item_id,
        url=said_text(item.get("permalink_url")) or address(item_id),
        author=_author(item.get("from")),
        text=(said_text(item.get("message")) or shown)[:MAX_TEXT],
        said_at=at,
        refs={"id": answered},
    )


def _author(person: object) -> Author:
    """Return who said it; Facebook names nobody to whom it may not."""
    told = said_object(person)
    return Author(said_text(told.get("id")), said_text(told.get("name")))
