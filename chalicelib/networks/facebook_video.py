"""Videos on a Page: up first without being public, then published by one call.

One that is upright and short enough is a reel: its session is started, Facebook fetches the
file, and ``finish`` is the one call. So is one that is shown as a story.
https://developers.facebook.com/docs/video-api/guides/reels-publishing
https://developers.facebook.com/docs/page-stories-api

Any other goes up unpublished and is worked on; publishing it is the one call.
https://developers.facebook.com/docs/graph-api/reference/page/videos/
https://developers.facebook.com/docs/graph-api/reference/video

Either way the video's id is known beforehand, and the video itself says whether it is public.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from chalicelib.networks.facebook_pages import (
    about_token,
    address,
    post_of,
    require,
    story_address,
    story_of,
)
from chalicelib.networks.graph import VERSION, Failure, Graph, LacksRight, check
from chalicelib.networks.replies import said_object, said_text
from chalicelib.publishing.outcomes import (
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from chalicelib.networks.contract import Tools, Video

UPLOADS = f"https://rupload.facebook.com/video-upload/{VERSION}"
UPRIGHT, SLACK = 9 / 16, 0.01
"""Width by height of a reel; pixels are whole."""
REEL_WIDTH, REEL_HEIGHT = 540, 960
REEL_SECONDS = (3, 90)
KEPT = timedelta(hours=20)
"""How long what isn't public is counted on: ours, no page says."""
STUCK = timedelta(hours=1)
"""A video that is still being worked on is uploaded anew: ours, no page says."""
FIRST_LOOK, LAST_LOOK = timedelta(seconds=5), timedelta(seconds=60)
"""Between looks, half its age."""
QUICK_SECONDS = 4.0
"""Of a read after the one call, within what is left of its time."""
ASKED = "status,published,post_id,permalink_url"
VIDEO, SENT, ALREADY_LIVE = "video", "video.sent", "video.live"
"""Parts: the video; which one's file Facebook was told of; which one was found published."""


class Kind(StrEnum):
    """How a video is published."""

    REEL = "reel"
    STORY = "story"
    PLAIN = "plain"


class State(StrEnum):
    """How a video stands at Facebook."""

    EMPTY = "empty"
    """A session without its file."""
    WORKED_ON = "worked on"
    READY = "ready"
    LIVE = "live"
    FAILED = "failed"
    GONE = "gone"
    """Not there, or of no use: the upload failed, or took too long."""


SESSIONS = {Kind.REEL: "video_reels", Kind.STORY: "video_stories"}
"""The edge of the Page where a session is started, and finished."""


def kind_of(video: Video, *, is_story: bool = False) -> Kind:
    """Return how a video is published: as a story, or a reel where it keeps to their rules.

    "Video Specifications" of the page on reels: 9:16, 540 × 960 at least, 3 to 90 seconds.
    """
    if is_story:
        return Kind.STORY
    shortest, longest = REEL_SECONDS
    is_upright = abs(video.width / video.height - UPRIGHT) <= SLACK
    is_large = video.width >= REEL_WIDTH and video.height >= REEL_HEIGHT
    is_short = shortest * 1000 <= video.duration_ms <= longest * 1000
    return Kind.REEL if is_upright and is_large and is_short else Kind.PLAIN


def own(failure: Failure) -> NetworkError | None:
    """Return what an error means that only videos meet; None if it is what it is everywhere.

    "Error Codes" of https://developers.facebook.com/docs/graph-api/reference/page/videos/
    """
    if failure.code in {351, 352, 382, 6000}:
        return Rejected(failure.detail, "video_failed")
    return Rejected(failure.detail, "media_unreachable") if failure.code == 389 else None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    """A video that an earlier step made."""

    id: str
    at: datetime
    kind: Kind

    def to_json(self) -> str:
        return json.dumps({"id": self.id, "at": self.at.isoformat(), "kind": self.kind})

    @staticmethod
    def of(parts: Mapping[str, str]) -> _Known | None:
        if not parts.get(VIDEO):
            return None
        told = json.loads(parts[VIDEO])
        at = datetime.fromisoformat(told["at"])
        return _Known(id=told["id"], at=at, kind=Kind(told["kind"]))


class Videos:
    """The videos of one Page."""

    def __init__(self, tools: Tools, page: str, graph: Graph) -> None:
        self._tools = tools
        self._page = page
        self._graph = replace(graph, own=own)

    # Preparing.

    def prepare(
        self, video: Video, text: str, parts: Mapping[str, str], *, is_story: bool = False
    ) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the upload, waited for while Facebook works on it."""
        known, sent = _Known.of(parts), parts.get(SENT)
        state = self._standing(known) if known else State.GONE
        if known is None or state is State.GONE:
            known = self._made(video, kind_of(video, is_story=is_story), text)
            yield Part(VIDEO, known.to_json())
            state = self._fresh(known)
        if state is State.EMPTY and sent != known.id:
            self._hand_over(known, video)
            yield Part(SENT, known.id)
            state = self._fresh(known)
        if state is State.FAILED:
            yield Part(VIDEO, "")  # a person who sends it again has another one to send
            raise Rejected("Facebook couldn't process the video", "video_failed")
        if state is State.LIVE:
            yield Part(ALREADY_LIVE, known.id)
        elif state is not State.READY:
            yield Pending(min(max(self._age(known) / 2, FIRST_LOOK), LAST_LOOK))

    def _made(self, video: Video, kind: Kind, text: str) -> _Known:
        if kind in SESSIONS:
            answer = self._graph.send(f"{self._page}/{SESSIONS[kind]}", {"upload_phase": "start"})
            made = said_text(answer.get("video_id"))
        else:
            made = self._upload(video, text)
        if not made.isdecimal():
            raise Transient("the upload gave no id")
        return _Known(id=made, at=self._tools.clock.now(), kind=kind)

    def _upload(self, video: Video, text: str) -> str:
        """Let Facebook fetch a video that nobody sees; return its id.

        Raises:
            Rejected: ``forbidden``, where the Page's token has all that other posts need: the
                page names a permission of advertisers for unpublished videos.
        """
        form = {"file_url": video.url(), "published": "false", "description": text}
        given = {name: value for name, value in form.items() if value}
        try:
            return said_text(self._graph.send(f"{self._page}/videos", given).get("id"))
        except LacksRight as error:
            tools, token = self._tools, self._graph.token
            require(about_token(tools.http, tools.clock, tools.app(), token))
            raise Rejected(error.detail, "forbidden") from error

    def _hand_over(self, known: _Known, video: Video) -> None:
        """Tell Facebook where it may fetch the file of a session."""
        reply = self._tools.http.request(
            "POST",
            f"{UPLOADS}/{known.id}",
            headers={"Authorization": f"OAuth {self._graph.token}", "file_url": video.url()},
            write=False,
        )
        answer = check(reply, self._tools.clock.now(), is_public=False, own=own)
        if answer.get("success") is not True:
            raise Transient("the file wasn't taken")

    def _fresh(self, known: _Known) -> State:
        state, _ = self._asked(known)
        if state is State.GONE:
            raise Transient("a new video isn't there")
        return state

    def _standing(self, known: _Known) -> State:
        """Return how a video of an earlier try stands; GONE if it must be uploaded anew."""
        state, _ = self._asked(known)
        if state is State.LIVE:
            return state
        is_stuck = state in {State.EMPTY, State.WORKED_ON} and self._age(known) > STUCK
        return State.GONE if is_stuck or self._age(known) > KEPT else state

    def _asked(self, known: _Known, **how: float) -> tuple[State, dict[str, Any]]:
        """Return how a video stands, and what it says of itself."""
        try:
            told = self._graph.get(known.id, {"fields": ASKED}, **how)
        except Rejected as refused:
            if refused.reason != "gone":
                raise
            return State.GONE, {}
        return _state_of(told, known.kind), told

    def _age(self, known: _Known) -> timedelta:
        return self._tools.clock.now() - known.at

    # Publishing.

    def publish(
        self, text: str, parts: Mapping[str, str], before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: ``finish`` of a session, or the video made public."""
        known = _Known.of(parts)
        assert known is not None
        if parts.get(ALREADY_LIVE) == known.id:
            raise OutcomeUnknown("the video is published already")
        try:
            answer = self._called(known, text, before_send)
        except Rejected as refused:
            raise self._in_truth(refused, known) from refused
        if answer.get("success") is not True:
            raise OutcomeUnknown("the answer doesn't say that it was done")
        return self._published(known, answer)

    def _called(self, known: _Known, text: str, before_send: Callable[[], None]) -> dict[str, Any]:
        if known.kind is Kind.PLAIN:
            return self._graph.publish(known.id, {"published": "true"}, before_send)
        form = {"upload_phase": "finish", "video_id": known.id}
        if known.kind is Kind.REEL:
            form["video_state"] = "PUBLISHED"
            form |= {"description": text} if text else {}
        return self._graph.publish(f"{self._page}/{SESSIONS[known.kind]}", form, before_send)

    def _in_truth(self, refused: Rejected, known: _Known) -> NetworkError:
        """Return what a refusal means: a video that was published already refuses too."""
        try:
            state, _ = self._asked(known, deadline_s=QUICK_SECONDS)
        except NetworkError:
            return OutcomeUnknown(refused.detail)
        is_refused = state in {State.READY, State.EMPTY, State.FAILED}
        return refused if is_refused else OutcomeUnknown(refused.detail)

    def _published(self, known: _Known, answer: Mapping[str, Any]) -> Published:
        """Return what is live, by its post; a story is named by the answer to the call.

        Raises:
            Rejected: Facebook has looked at the video, and won't show it.
            OutcomeUnknown: it was taken, and isn't said to be live yet: a look tells.
        """
        try:
            state, told = self._asked(known, deadline_s=QUICK_SECONDS)
        except NetworkError as error:
            raise OutcomeUnknown(f"taken, then {error.detail}", is_taken=True) from error
        if state is State.FAILED:
            raise Rejected("Facebook couldn't process the video", "video_failed")
        if state is not State.LIVE:
            raise OutcomeUnknown(f"taken, and {state}", is_taken=True)
        story = story_of(answer) if known.kind is Kind.STORY else ""
        if story:
            return Published(story, story_address(story))
        return Published(self._remote_id(known, told), _url(known, told))

    def _remote_id(self, known: _Known, told: Mapping[str, Any]) -> str:
        post = "" if known.kind is Kind.STORY else post_of(self._page, told)
        return post or known.id

    # Looking.

    def look(self, parts: Mapping[str, str], version: int) -> Found | NotThere | None:
        """Return what the video says of itself; None if it is gone, or was never made.

        Raises:
            Transient: Facebook is working on it, perhaps on publishing it.

        One that failed stands, for ``prepare`` to tell a person of it.
        """
        known = _Known.of(parts)
        if known is None:
            return None
        state, told = self._asked(known)
        if state is State.GONE:
            return None
        if state is State.LIVE:
            return Found(self._remote_id(known, told), _url(known, told), version)
        if state is State.WORKED_ON and known.kind in SESSIONS:
            raise Transient("the video is being worked on")
        return NotThere(prepared_stands=True)


def _url(known: _Known, told: Mapping[str, Any]) -> str | None:
    """Return where a video stands; its permalink has no host, and isn't that of a story."""
    if known.kind is Kind.STORY:
        return None
    link = said_text(told.get("permalink_url"))
    if link.startswith("/"):
        return f"https://www.facebook.com{link}"
    return link or address(known.id)


def _state_of(told: Mapping[str, Any], kind: Kind) -> State:
    """Return how a video stands, as it says itself.

    Raises:
        Transient: it doesn't say.
    """
    status = said_object(told.get("status"))
    whole = said_text(status.get("video_status"))
    if kind is Kind.PLAIN and told.get("published") is True:
        return State.LIVE
    if kind in SESSIONS:
        return _state_in_session(status, whole)
    if not whole:
        raise Transient("a video that doesn't say how it stands")
    plain = {"ready": State.READY, "error": State.FAILED}
    lost = {"expired": State.GONE, "upload_failed": State.GONE}
    return {**plain, **lost}.get(whole, State.WORKED_ON)


def _state_in_session(status: Mapping[str, Any], whole: str) -> State:
    """Return how a reel or a story stands: ``finish`` has its file processed and published."""
    publishing = said_object(status.get("publishing_phase"))
    up, work, out = (
        said_text(said_object(status.get(f"{phase}_phase")).get("status"))
        for phase in ("uploading", "processing", "publishing")
    )
    if out == "complete" or publishing.get("publish_status") == "published":
        return State.LIVE
    if up == "error" or whole in {"expired", "upload_failed"}:
        return State.GONE
    if "error" in {work, out, whole}:
        return State.FAILED
    if "in_progress" in {up, work, out}:
        return State.WORKED_ON
    if up == "complete":
        return State.READY
    if up == "not_started":
        return State.EMPTY
    raise Transient("a video that doesn't say how it stands")
