"""Stories on a Page: a picture or a video is up first without being public, then published.

https://developers.facebook.com/docs/page-stories-api

A video goes the way of reels (``facebook_video``). What is listed as a story names the picture
or the video that it shows: by that ours is told, since it has no words.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.networks.facebook_pages import story_address, story_of
from chalicelib.networks.facebook_video import VIDEO
from chalicelib.networks.graph import Graph, following, instant, listed
from chalicelib.networks.replies import said_text
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    Published,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.contract import Search

PHOTO = "photo.0"
"""The part of the picture."""
FIELDS = "post_id,creation_time,media_id"
PAGE = 25
MAX_PAGES = 4
QUICK_SECONDS = 4.0
"""Of a read after the one call was refused, within what is left of its time."""
_DIGITS = 11
"""Of a Unix time, at most."""


class Stories:
    """The stories of one Page."""

    def __init__(self, page: str, graph: Graph) -> None:
        self._page = page
        self._graph = graph

    # Publishing.

    def publish(self, parts: Mapping[str, str], before_send: Callable[[], None]) -> Published:
        """See ``contract.Publishes``: one POST /{page}/photo_stories.

        Raises:
            NetworkError: by its kind; a picture that is in a story already refuses too.
        """
        photo = json.loads(parts[PHOTO])
        try:
            form = {"photo_id": photo["id"]}
            answer = self._graph.publish(f"{self._page}/photo_stories", form, before_send)
        except Rejected as refused:
            at = datetime.fromisoformat(photo["at"])
            raise self._in_truth(refused, photo["id"], at) from refused
        story = story_of(answer)
        if not story:
            raise OutcomeUnknown("the answer names no story")
        return Published(story, story_address(story))

    def _in_truth(self, refused: Rejected, photo: str, since: datetime) -> NetworkError:
        """Return what a refusal means, having looked whether the picture is in a story."""
        try:
            page = self._read(since, deadline_s=QUICK_SECONDS)
            shown = [_media_of(story) for story in listed(page)]
        except NetworkError:
            return OutcomeUnknown(refused.detail)
        if photo in shown or following(page):
            return OutcomeUnknown(refused.detail)
        if refused.reason == "gone":
            return Transient(f"{refused.detail}: perhaps the picture is gone")
        return refused

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: by the picture or the video that a story shows.

        That ``media_id`` is the id of what was uploaded is said by its name alone: any other
        story of that time may be ours.
        """
        stories, is_whole = self._free(search)
        if ours := _ours(stories, search):
            return ours
        if any(search.since <= _created(story) <= search.until for story in stories):
            return CantTell("another story was published then")
        return NotThere(prepared_stands=True) if is_whole else CantTell("too many stories")

    def shown(self, search: Search) -> Found | None:
        """Return the story that shows what was prepared; None if none is listed."""
        stories, _ = self._free(search)
        return _ours(stories, search)

    def _free(self, search: Search) -> tuple[list[dict[str, Any]], bool]:
        """Return the stories since then that no other delivery holds; see ``_listed``."""
        stories, is_whole = self._listed(search.since)
        held = [any(map(search.is_taken, (story_of(s), _media_of(s)))) for s in stories]
        return [s for s, is_held in zip(stories, held, strict=True) if not is_held], is_whole

    def _listed(self, since: datetime) -> tuple[list[dict[str, Any]], bool]:
        """Return the stories since then, and whether these are all; in no order that is told."""
        stories: list[dict[str, Any]] = []
        after = ""
        for _ in range(MAX_PAGES):
            answer = self._read(since, after)
            stories += listed(answer)
            after = following(answer)
            if not after:
                return stories, True
        return stories, False

    def _read(self, since: datetime, after: str = "", deadline_s: float = 20.0) -> dict[str, Any]:
        page = {"limit": str(PAGE), **({"after": after} if after else {})}
        params = {"fields": FIELDS, "since": str(int(since.timestamp())), **page}
        return self._graph.get(f"{self._page}/stories", params, deadline_s=deadline_s)


def _ours(stories: Sequence[Mapping[str, Any]], search: Search) -> Found | None:
    parts = search.parts
    made = {json.loads(parts[name])["id"] for name in (PHOTO, VIDEO) if parts.get(name)}
    for story in stories:
        if _media_of(story) in made and (remote_id := story_of(story)):
            return Found(remote_id, story_address(remote_id), search.candidates[0].version)
    return None


def _media_of(story: Mapping[str, Any]) -> str:
    return said_text(story.get("media_id"))


def _created(story: Mapping[str, Any]) -> datetime:
    """Return when a story was made: a Unix time, as a number or in digits, or a date.

    Raises:
        Transient: it doesn't say.
    """
    told = str(story.get("creation_time"))
    is_unix = told.isdecimal() and len(told) <= _DIGITS
    at = datetime.fromtimestamp(int(told), UTC) if is_unix else instant(told)
    if at is None:
        raise Transient("a story without a date")
    return at
