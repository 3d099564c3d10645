"""What is said of a place of business on Google, and how often its profile is used.

https://developers.google.com/my-business/content/review-data ·
https://developers.google.com/my-business/reference/performance/rest
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.google import calls
from chalicelib.networks.google_business import FLOW, POSTS, REFUSED, name_of, url_of
from chalicelib.networks.google_business_reviews import heard_of, told_anew
from chalicelib.networks.newest_first import Entry, Mark, Page, read_down
from chalicelib.networks.replies import iso_instant, said_object, said_objects, said_text
from chalicelib.publishing.outcomes import Rejected, Transient

PERFORMANCE = "https://businessprofileperformance.googleapis.com/v1"
PAGE = 50
"""The most that reviews gives at once.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews/list
"""
OVERLAP = timedelta(minutes=10)
"""Reviews are looked at before they are shown: one may appear a while after others."""
LATEST = 20
"""Posts that are looked at for a late refusal."""
LATE = timedelta(days=7)
"""How long after its publication a refused post is told: again at every reading, kept once."""
LOOK_FOR = timedelta(seconds=15)
"""How long reviews are looked at again, one by one."""
REPORTED = timedelta(days=3)
"""Figures of a day come two or three days later."""
TOLD = {
    Metric.IMPRESSIONS: (
        "BUSINESS_IMPRESSIONS_DESKTOP_MAPS",
        "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH",
        "BUSINESS_IMPRESSIONS_MOBILE_MAPS",
        "BUSINESS_IMPRESSIONS_MOBILE_SEARCH",
    ),
    Metric.SITE_CLICKS: ("WEBSITE_CLICKS",),
    Metric.CALLS: ("CALL_CLICKS",),
    Metric.DIRECTIONS: ("BUSINESS_DIRECTION_REQUESTS",),
}
_REFUSAL = {
    "fr": "Google ne montre pas cette publication. Changez-la, puis publiez-la de nouveau.",
    "en": "Google doesn’t show this post. Change it, then publish it again.",
}


class Hearing:
    """One place of business."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._calls = calls(tools, FLOW)
        self._place = f"{POSTS}/{tools.settings['account']}/{tools.settings['location']}"

    # What is said of it.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: what Google refused since, then the reviews.

        A review that is edited stands at the top again. An answer given elsewhere doesn't move
        it: ``look_again`` sees that.
        """
        now = self._tools.clock.now()
        if refused := tuple(self._refused(max(since, now - LATE))):
            yield Batch(heard=refused, cursor=cursor, is_last=False)
        yield from read_down(cursor, since, now, OVERLAP, self._reviews)

    def _reviews(self, page: str, _: Mark | None) -> Page:
        params = {"pageSize": str(PAGE), "orderBy": "updateTime desc"}
        answer = self._calls.read(
            f"{self._place}/reviews", params | ({"pageToken": page} if page else {})
        )
        if answer and "reviews" not in answer and "totalReviewCount" not in answer:
            raise Transient("an answer without reviews")
        told = said_objects(answer.get("reviews"))
        entries = tuple(entry for review in told if (entry := self._entry(review)))
        return Page(entries, said_text(answer.get("nextPageToken")), len(told) - len(entries))

    def _entry(self, review: Mapping[str, Any]) -> Entry | None:
        heard = heard_of(review, self._tools.settings["page"])
        at = iso_instant(review.get("updateTime"))
        return Entry(Mark(heard.identity, at), heard) if heard and at else None

    def _refused(self, since: datetime) -> Iterator[Heard]:
        """Yield the posts that Google refused after it had taken them."""
        answer = self._calls.read(f"{self._place}/localPosts", {"pageSize": str(LATEST)})
        for post in said_objects(answer.get("localPosts")):
            made_at = iso_instant(post.get("createTime"))
            if made_at and made_at >= since and name_of(post) and post.get("state") == REFUSED:
                yield _refusal_of(post, made_at, self._tools.settings["page"])

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: reviews and refused posts as they stand now."""
        ends = self._tools.clock.now() + LOOK_FOR
        latest = self._latest() if any("review" in m.heard.refs for m in mentions) else {}
        for mention in mentions:
            if self._tools.clock.now() > ends:
                return
            name = mention.heard.remote_id
            stands = latest.get(name) or self._standing(name)
            if stands is None:
                yield mention.id, None
            elif "review" not in mention.heard.refs:
                if stands.get("state") != REFUSED:
                    yield mention.id, None  # the refusal is
            elif (now := heard_of(stands, mention.heard.url)) and (
                after := told_anew(mention.heard, now)
            ):
                yield mention.id, after

    def _latest(self) -> dict[str, dict[str, Any]]:
        """Return the latest reviews by name, which are nearly all that is looked at again."""
        params = {"pageSize": str(PAGE), "orderBy": "updateTime desc"}
        answer = self._calls.read(f"{self._place}/reviews", params)
        return {said_text(each.get("name")): each for each in said_objects(answer.get("reviews"))}

    def _standing(self, name: str) -> dict[str, Any] | None:
        """Return a review or a post; None if it is gone."""
        try:
            stands = self._calls.read(f"{POSTS}/{name}")
        except Rejected as error:
            if error.reason == "gone":
                return None
            raise
        if stands.get("name") != name:
            raise Transient("not what was asked for")
        return stands

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``: what was counted since 1 January.

        Google tells a figure for each day, so they are added up. A day that it hasn't told yet
        adds nothing. Once a day of a new year can have been told, the count begins anew, which
        shows as what it is.
        """
        today = self._tools.clock.now().astimezone(UTC).date()
        first = date((today - REPORTED).year, 1, 1)
        params = [("dailyMetrics", name) for names in TOLD.values() for name in names]
        for end, day in (("startDate", first), ("endDate", today)):
            parts = {"year": day.year, "month": day.month, "day": day.day}
            params += [(f"dailyRange.{end}.{name}", str(n)) for name, n in parts.items()]
        place = self._tools.settings["location"]
        answer = self._calls.read(f"{PERFORMANCE}/{place}:fetchMultiDailyMetricsTimeSeries", params)
        sums = _sums(answer)
        return {metric: _sum_of(names, sums) for metric, names in TOLD.items()}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:  # noqa: ARG002 - the contract's
        """See ``hearing.FetchesMetrics``: Google tells nothing of single posts any more."""
        return {}


def _refusal_of(post: Mapping[str, Any], made_at: datetime, page: str) -> Heard:
    """Return the news that Google doesn't show a post, in the post's language."""
    name = name_of(post)
    is_french = said_text(post.get("languageCode")).lower().startswith("fr")
    return Heard(
        identity=name.partition("/locations/")[2],
        kind=MentionKind.MESSAGE,
        remote_id=name,
        url=url_of(post) or page,
        author=Author("", "Google"),
        title=_REFUSAL["fr" if is_french else "en"],
        text=said_text(post.get("summary")),
        said_at=made_at,
        refs={"post": name},
    )


def _sums(answer: Mapping[str, Any]) -> dict[str, int | None]:
    """Return the sum of each metric's days; None where not a day is told.

    A day that is told without a value is one of none:
    https://developers.google.com/my-business/reference/performance/rest/v1/TimeSeries
    """
    sums: dict[str, int | None] = {}
    for several in said_objects(answer.get("multiDailyMetricTimeSeries")):
        for series in said_objects(several.get("dailyMetricTimeSeries")):
            days = said_objects(said_object(series.get("timeSeries")).get("datedValues"))
            counts = [_whole(day.get("value", "0")) for day in days]
            sums[said_text(series.get("dailyMetric"))] = sum(counts) if counts else None
    return sums


def _whole(value: object) -> int:
    """Return an int64 as it stands in JSON, in a text; 0 if it is anything else."""
    text = said_text(value)
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 19 else 0


def _sum_of(names: Sequence[str], sums: Mapping[str, int | None]) -> int | None:
    """Return what the parts of a figure come to; None unless all of them are told."""
    told = [n for name in names if (n := sums.get(name)) is not None]
    return sum(told) if len(told) == len(names) else None
