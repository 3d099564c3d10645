"""Figures of an account on TikTok and of its posts: it tells no comments.

https://developers.tiktok.com/doc/tiktok-api-v2-video-query
https://developers.tiktok.com/doc/tiktok-api-v2-get-user-info
"""

from __future__ import annotations

from collections.abc import Mapping

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.replies import said_count, said_object, said_objects
from chalicelib.networks.tiktok_api import calls
from chalicelib.networks.tiktok_posts import post_id, state_of
from chalicelib.publishing.outcomes import Transient

OF_ACCOUNT = {"follower_count": Metric.FOLLOWERS, "video_count": Metric.POSTS}
OF_POST = {
    "view_count": Metric.VIEWS,
    "like_count": Metric.LIKES,
    "comment_count": Metric.REPLIES,
    "share_count": Metric.REPOSTS,
}
QUERY = "video/query/"


class Hearing:
    """One account."""

    def __init__(self, tools: Tools) -> None:
        self._calls = calls(tools)

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        told = self._calls.read("user/info/", {"fields": ",".join(OF_ACCOUNT)})
        user = said_object(told.get("user"))
        return {metric: said_count(user.get(name)) for name, metric in OF_ACCOUNT.items()}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``: of what anybody may see.

        A post whose id wasn't told when it went out is known by that of its sending; as long as
        TikTok examines it, nothing is counted.
        """
        post = remote_id
        if not post_id(remote_id):
            state = state_of(self._calls, remote_id)
            if state is None or state.has_failed:
                return None
            if not state.post:
                return dict.fromkeys(OF_POST.values())
            post = state.post
        fields = ",".join(["id", *OF_POST])
        told = self._calls.make(QUERY, {"filters": {"video_ids": [post]}}, {"fields": fields})
        if not isinstance(told.get("videos"), list):
            raise Transient("an answer without posts")
        found = next(
            (v for v in said_objects(told["videos"]) if post_id(v.get("id")) == post), None
        )
        if found is None:
            return None
        return {metric: said_count(found.get(name)) for name, metric in OF_POST.items()}
