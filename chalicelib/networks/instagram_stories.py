"""Stories on Instagram: the same containers, listed apart from the account's posts.

https://developers.facebook.com/docs/instagram-platform/content-publishing
https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/stories

A story shows no words, so that only its container tells ours from another one.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from chalicelib.networks.graph import Graph, instant
from chalicelib.networks.graph_containers import LIVE, Recent, Shown, recent_of
from chalicelib.networks.replies import said_text
from chalicelib.networks.spec import MediaRules, StoryRules, VideoRules
from chalicelib.publishing.outcomes import CantTell, Found, NotThere, Transient

if TYPE_CHECKING:
    from chalicelib.networks.contract import Outgoing, Search

STORY = "id,timestamp,permalink,media_type"
EVER = datetime.min.replace(tzinfo=UTC)
RULES = StoryRules(
    # https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
    # "Story Video Specifications": MP4 or MOV, 100 MB, 3 to 60 seconds, at most 1,920 wide,
    # 0.1:1 to 10:1; 9:16 is advised.
    video=VideoRules(
        types=("video/mp4", "video/quicktime"),
        max_bytes=100_000_000,
        max_seconds=60,
        min_seconds=3,
        max_width=1920,
        min_ratio=0.1,
        max_ratio=10.0,
    ),
    # "Story Image Specifications": JPEG, 8 MB, of any shape; 9:16 is advised. It is shown at
    # most 1,440 wide, as other pictures.
    media=MediaRules(
        types=("image/jpeg",),
        max_count=1,
        max_bytes=8_000_000,
        max_pixels=1440 * 2560,
        max_width=1440,
        max_height=2560,
    ),
)


def form_of(out: Outgoing) -> dict[str, str]:
    """Return what a story's container is asked for with: its file, and nothing beside."""
    if out.video is not None:
        return {"media_type": "STORIES", "video_url": out.video.url()}
    return {"media_type": "STORIES", "image_url": out.pictures[0].url()}


def recent(graph: Graph, account: str) -> Recent:
    """Return the account's stories of the last day: all, since their order isn't documented."""
    return recent_of(graph, f"{account}/stories", STORY, EVER, _shown)


def _shown(story: Any) -> Shown:
    at = instant(story.get("timestamp"))
    if at is None:
        raise Transient("a story without a date")
    is_video = story.get("media_type") == "VIDEO"
    return Shown(
        id=said_text(story.get("id")),
        text="",
        at=at,
        url=said_text(story.get("permalink")) or None,
        items=1,
        has_video=is_video,
    )


def found(
    state: str | None, search: Search, recent: Callable[[], Recent]
) -> Found | NotThere | CantTell:
    """See ``contract.FindsOwnPost``, once the container isn't known to be unpublished.

    Raises:
        Transient: it is live and isn't listed yet.
    """
    known = recent()
    kinds = {c.video is not None for c in search.candidates}
    free = [
        story
        for story in known.posts
        if search.since <= story.at <= search.until
        and story.has_video in kinds
        and not search.is_taken(story.id)
    ]
    if len(free) > 1 or (free and state != LIVE):
        return CantTell("a story was published then that may be another one")
    if free:
        return Found(free[0].id, free[0].url, search.candidates[0].version)
    if state == LIVE:
        raise Transient("the container is published, and its story isn't listed yet")
    return NotThere() if known.is_whole else CantTell("too many stories since then")
