"""What is said under the videos of a channel, what can be done about it, and its counters.

https://developers.google.com/youtube/v3/docs/commentThreads/list
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import MAX_TEXT, Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.graph_reading import Step, Told, read_lists
from chalicelib.networks.replies import (
    iso_instant,
    said_count,
    said_object,
    said_objects,
    said_text,
)
from chalicelib.networks.spec import Moderation
from chalicelib.networks.youtube import VIDEO_ID, address
from chalicelib.networks.youtube_api import API, Denied, calls, failure, items_of
from chalicelib.networks.youtube_comments import PAGE, author_of, comment_address, text_of
from chalicelib.publishing.outcomes import Rejected

SHOWN, HELD, REPLIES = "published", "heldForReview", "replies"
"""The lists that are read; the first two are named as the status of what is in them."""
BEFORE = timedelta(days=7)
"""A conversation stands where it began: those begun so long before are looked at for replies."""
MAX_PAGES = 5
"""Of each list, at one reading."""
AT_ONCE = 50
"""Comments that are asked for by their ids at once."""
LOOK_FOR = timedelta(seconds=15)
"""How long comments are looked at again."""
_STATUSES = {Moderation.APPROVE: "published", Moderation.HIDE: "rejected"}


class Hearing:
    """One channel."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._channel = tools.settings["channel"]
        self._api = calls(tools)

    # What is said to us.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: comments, those held for us to look at too."""
        first = (Step(SHOWN, "1"), Step(HELD, "1"))
        return read_lists(cursor, since, self._tools.clock.now(), first, self._ask)

    def _ask(self, step: Step, floor: datetime) -> Told:
        return self._replies(step) if step.kind == REPLIES else self._threads(step, floor)

    def _threads(self, step: Step, floor: datetime) -> Told:
        """Read a page of conversations, with the replies that stand beside their beginning."""
        params = {"allThreadsRelatedToChannelId": self._channel, "order": "time"}
        answer = self._read("commentThreads", step, moderationStatus=step.kind, **params)
        threads = items_of(answer)
        heard: list[Heard | None] = []
        then: list[Step] = []
        for thread in threads:
            beside = _replies_of(thread)
            heard += self._in(thread, beside, waits=step.kind == HELD)
            count = said_count(said_object(thread.get("snippet")).get("totalReplyCount")) or 0
            if step.kind == SHOWN and count > len(beside):
                then.append(Step(REPLIES, f"1 {said_text(thread.get('id'))} {self._place(thread)}"))
        begun = [_said_at(_top_of(thread)) for thread in threads]
        if not begun or begun[-1] is None or begun[-1] >= floor - BEFORE:
            then += _further(step, answer)
        return _told(heard, then)

    def _in(
        self, thread: Mapping[str, Any], beside: Sequence[Mapping[str, Any]], *, waits: bool
    ) -> list[Heard | None]:
        """Return what a conversation holds of others' words."""
        top, place = _top_of(thread), self._place(thread)
        can_reply = said_object(thread.get("snippet")).get("canReply") is not False and not waits
        told = [(top, "")] + [(reply, said_text(top.get("id"))) for reply in beside]
        return [
            _heard(comment, place, parent, can_reply, waits, self._replied_at(beside))
            for comment, parent in told
            if not self._is_own(comment)
        ]

    def _replies(self, step: Step) -> Told:
        _, thread, place = step.of.split(" ")
        answer = self._read("comments", step, parentId=thread)
        others = [comment for comment in items_of(answer) if not self._is_own(comment)]
        heard = [_heard(each, place, thread, True, False, None) for each in others]
        return _told(heard, _further(step, answer))

    def _read(self, path: str, step: Step, **params: str) -> dict[str, Any]:
        part = "snippet" if path == "comments" else "snippet,replies"
        paging = {"maxResults": str(PAGE), **({"pageToken": step.page} if step.page else {})}
        return self._api.read(path, {"part": part, "textFormat": "plainText", **paging, **params})

    def _place(self, thread: Mapping[str, Any]) -> str:
        """Return the page of what a conversation is about: a video, or the channel itself."""
        video = said_text(said_object(thread.get("snippet")).get("videoId"))
        is_known = VIDEO_ID.fullmatch(video) is not None
        return address(video) if is_known else f"https://www.youtube.com/channel/{self._channel}"

    def _is_own(self, comment: Mapping[str, Any]) -> bool:
        return author_of(said_object(comment.get("snippet"))) == self._channel

    def _replied_at(self, replies: Sequence[Mapping[str, Any]]) -> datetime | None:
        """Return when the channel first answered in a conversation, as far as that is told."""
        own = [at for reply in replies if self._is_own(reply) and (at := _said_at(reply))]
        return min(own, default=None)

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: by their ids, those that begin a conversation apart.

        One that is held isn't told gone: whether it can be read by its id isn't documented.
        """
        ends = self._tools.clock.now() + LOOK_FOR
        tops = [m for m in mentions if m.heard.refs.get("thread") == m.heard.remote_id]
        others = [m for m in mentions if m not in tops]
        for path, several in (("commentThreads", tops), ("comments", others)):
            for start in range(0, len(several), AT_ONCE):
                if self._tools.clock.now() > ends:
                    return
                yield from self._as_they_stand(path, several[start : start + AT_ONCE])

    def _as_they_stand(
        self, path: str, mentions: Sequence[Mention]
    ) -> Iterator[tuple[MentionId, Heard | None]]:
        part = "snippet" if path == "comments" else "snippet,replies"
        ids = ",".join(mention.heard.remote_id for mention in mentions)
        answer = self._api.read(path, {"part": part, "id": ids, "textFormat": "plainText"})
        standing = {said_text(item.get("id")): item for item in items_of(answer)}
        for mention in mentions:
            item = standing.get(mention.heard.remote_id)
            if item is not None:
                after = self._after(mention.heard, item)
                if after != mention.heard:
                    yield mention.id, after
            elif not mention.heard.waits:
                yield mention.id, None

    def _after(self, before: Heard, item: Mapping[str, Any]) -> Heard:
        """Return what was heard as it is now."""
        top = _top_of(item)
        snippet = said_object((top or item).get("snippet"))
        text = text_of(snippet)[:MAX_TEXT]
        replied_at = self._replied_at(_replies_of(item)) or before.replied_at
        edited_at = _edited_at(snippet) or before.edited_at
        return replace(before, text=text or before.text, edited_at=edited_at, replied_at=replied_at)

    # What can be done about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: a comment shown, or taken from everybody's sight."""
        if act not in _STATUSES:
            raise Rejected(f"YouTube knows no {act}", "not_offered")
        params = {"id": heard.remote_id, "moderationStatus": _STATUSES[act]}
        reply = self._api.ask("POST", f"{API}/comments/setModerationStatus", params=params)
        if reply.status in {200, 204} and not reply.body:
            return
        error = failure(reply, self._tools.clock.now())
        if isinstance(error, Denied):  # for this, not for the channel
            raise Rejected(error.detail, "forbidden")
        raise error

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``; followers are hidden where the channel wants it so."""
        answer = self._api.read("channels", {"part": "statistics", "id": self._channel})
        own = [item for item in items_of(answer) if item.get("id") == self._channel]
        told = said_object(own[0].get("statistics")) if own else {}
        hidden = told.get("hiddenSubscriberCount") is True
        return {
            Metric.FOLLOWERS: None if hidden else _whole(told.get("subscriberCount")),
            Metric.POSTS: _whole(told.get("videoCount")),
        }

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``; an answer of ours is a comment."""
        is_video = VIDEO_ID.fullmatch(remote_id) is not None
        path, part = ("videos", "statistics") if is_video else ("comments", "snippet")
        items = items_of(self._api.read(path, {"part": part, "id": remote_id}))
        item = next((each for each in items if each.get("id") == remote_id), None)
        if item is None:
            return None
        told = said_object(item.get(part))
        if not is_video:
            return {Metric.LIKES: said_count(told.get("likeCount"))}
        return {
            Metric.VIEWS: _whole(told.get("viewCount")),
            Metric.LIKES: _whole(told.get("likeCount")),
            Metric.REPLIES: _whole(told.get("commentCount")),
        }


def _told(heard: Sequence[Heard | None], then: Sequence[Step]) -> Told:
    return Told(tuple(h for h in heard if h), tuple(then), list(heard).count(None))


def _further(step: Step, answer: Mapping[str, Any]) -> list[Step]:
    """Return the next page of a list, as far as it is read; its number begins what it is of."""
    after, (number, *rest) = said_text(answer.get("nextPageToken")), step.of.split(" ")
    if not after or int(number) >= MAX_PAGES:
        return []
    return [Step(step.kind, " ".join([str(int(number) + 1), *rest]), after)]


def _top_of(thread: Mapping[str, Any]) -> dict[str, Any]:
    return said_object(said_object(thread.get("snippet")).get("topLevelComment"))


def _replies_of(thread: Mapping[str, Any]) -> list[dict[str, Any]]:
    return said_objects(said_object(thread.get("replies")).get("comments"))


def _said_at(comment: Mapping[str, Any]) -> datetime | None:
    return iso_instant(said_object(comment.get("snippet")).get("publishedAt"))


def _edited_at(snippet: Mapping[str, Any]) -> datetime | None:
    said, edited = iso_instant(snippet.get("publishedAt")), iso_instant(snippet.get("updatedAt"))
    return edited if said and edited and edited > said else None


def _heard(
    comment: Mapping[str, Any],
    place: str,
    parent: str,
    can_reply: bool,
    waits: bool,
    replied_at: datetime | None,
) -> Heard | None:
    """Return what a comment says; None if it lacks what makes it one."""
    snippet, own = said_object(comment.get("snippet")), said_text(comment.get("id"))
    said_at = _said_at(comment)
    if not own or said_at is None:
        return None
    name = said_text(snippet.get("authorDisplayName"))
    refs = {"thread": parent or own, "place": place}
    if can_reply:
        refs["parent"] = parent or own
        if parent and name.startswith("@"):
            refs["mention"] = name  # all replies stand in one row: they say whom they answer
    return Heard(
        identity=comment_address(place, own),
        kind=MentionKind.COMMENT,
        remote_id=own,
        url=comment_address(place, own),
        author=Author(author_of(snippet), name, url=said_text(snippet.get("authorChannelUrl"))),
        text=text_of(snippet)[:MAX_TEXT],
        said_at=said_at,
        edited_at=_edited_at(snippet),
        thread=place,
        answers_to=parent or place.partition("?v=")[2],
        refs=refs,
        replied_at=None if parent else replied_at,
        waits=waits,
    )


def _whole(value: object) -> int | None:
    """Return an unsigned number as it stands in JSON, in a text; None if it isn't told."""
    text = said_text(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else None
