"""The stories of a Page, by their documented rules.

https://developers.facebook.com/docs/page-stories-api
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.fakes.fake_graph import Refused, paged, refused

SHOWN_FOR = timedelta(hours=24)


@dataclass(slots=True)
class FakeStories:
    """What is shown for a day; a picture or a video may be in one story, and in no post before."""

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    photos: dict[str, dict[str, Any]]
    """The pictures of the Page."""
    shown: list[dict[str, Any]] = field(default_factory=list)
    """The newest first; ``at`` is when each was published."""
    hidden: dict[str, datetime] = field(default_factory=dict)
    """Until when a listing doesn't show one, by its id."""

    def show_photo(self, form: Mapping[str, str]) -> dict[str, Any]:
        photo = self.photos.get(form["photo_id"])
        if photo is None:
            raise Refused(refused(100, 33))
        if photo.get("is_used"):
            raise Refused(refused(100))
        photo["is_used"] = True
        return {"success": True, "post_id": self._show("photo", form["photo_id"])}

    def show_video(self, video: str) -> str:
        return self._show("video", video)

    def _show(self, kind: str, media: str) -> str:
        story, at = self.new_id(), self.now()
        told = {
            "post_id": story,
            "status": "PUBLISHED",
            "creation_time": str(int(at.timestamp())),
            "media_type": kind,
            "media_id": media,
            "url": f"https://facebook.com/stories/{story}",
        }
        self.shown.insert(0, {**told, "at": at})
        return story

    def listed(self, params: Mapping[str, str]) -> dict[str, Any]:
        """List those of the last day; older ones are listed where the Page keeps an archive."""
        since = datetime.fromtimestamp(int(params.get("since", "0")), UTC)
        first = max(since, self.now() - SHOWN_FOR)
        fresh = [story for story in self.shown if story["at"] >= first]
        return paged([s for s in fresh if not self._is_hidden(s["post_id"])], params)

    def _is_hidden(self, story: str) -> bool:
        return story in self.hidden and self.hidden[story] > self.now()
