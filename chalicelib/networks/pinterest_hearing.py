"""Figures of a board on Pinterest and of its pins: it tells no comments.

https://developers.pinterest.com/docs/api/v5/pins-analytics
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, timedelta
from typing import Any
from urllib.parse import quote

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.pinterest_api import calls
from chalicelib.networks.replies import said_count, said_object
from chalicelib.publishing.outcomes import Rejected, Transient

BACK = timedelta(days=89)
"""Figures go 90 days back: as long as a pin of ours is read at all."""
OF_PERIOD = {
    "IMPRESSION": Metric.IMPRESSIONS,
    "OUTBOUND_CLICK": Metric.SITE_CLICKS,
    "SAVE": Metric.BOOKMARKS,
}
OF_LIFE = {"TOTAL_COMMENTS": Metric.REPLIES, "TOTAL_REACTIONS": Metric.LIKES}


class Hearing:
    """One board of one account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._calls = calls(tools)

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``."""
        board = self._calls.read(f"/boards/{self._tools.settings['board']}")
        return {
            Metric.FOLLOWERS: said_count(board.get("follower_count")),
            Metric.POSTS: said_count(board.get("pin_count")),
        }

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``: what was counted since the pin was made."""
        today = self._tools.clock.now().astimezone(UTC).date()
        params = {
            "start_date": (today - BACK).isoformat(),
            "end_date": today.isoformat(),
            "metric_types": ",".join([*OF_PERIOD, *OF_LIFE]),
        }
        try:
            answer = self._calls.read(f"/pins/{quote(remote_id, safe='')}/analytics", params)
        except Rejected as error:
            if error.reason == "gone":
                return None
            raise
        told = said_object(answer.get("all"))
        if not told:
            raise Transient("an answer without figures")
        summary, life = (said_object(told.get(f"{n}_metrics")) for n in ("summary", "lifetime"))
        return _counts(summary, OF_PERIOD) | _counts(life, OF_LIFE)


def _counts(told: Mapping[str, Any], names: Mapping[str, Metric]) -> dict[Metric, int | None]:
    return {metric: _whole(told.get(name)) for name, metric in names.items()}


def _whole(value: object) -> int | None:
    """Return a count: Pinterest describes those of a period as numbers, 12.0 is one."""
    if isinstance(value, float) and value.is_integer():
        return said_count(int(value))
    return said_count(value)
