"""Google's business profiles by their documented rules: places, posts, reviews, figures.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts ·
.../accounts.locations.reviews · https://developers.google.com/my-business/content/policies.
Version 4 has no discovery document: the fields that its calls may have are written down here,
and anything else is refused.
"""

from __future__ import annotations

import io
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

from PIL import Image

from tests.fakes.fake_google import FakeGoogle, exhausted, invalid, refused
from tests.fakes.serving import Asked, Said, said

SCOPE = "https://www.googleapis.com/auth/business.manage"
ACCOUNT, PLACE = "accounts/101", "locations/2001"
HOSTS = {
    "mybusinessaccountmanagement.googleapis.com": r"/v1/accounts",
    "mybusinessbusinessinformation.googleapis.com": r"/v1/(accounts/\w+/locations|locations/\w+)",
    "businessprofileperformance.googleapis.com": r"/v1/locations/\w+:\w+",
    "mybusiness.googleapis.com": r"/v4/.*",
    "oauth2.googleapis.com": r"/token",
}
FIELDS_OF_PLACES = {"name", "title", "storefrontAddress", "websiteUri", "metadata", "phoneNumbers"}
FIELDS_OF_POSTS = {
    *("languageCode", "summary", "callToAction", "event", "media", "topicType"),
    *("alertType", "offer"),
}
ACTIONS = {"BOOK", "ORDER", "SHOP", "LEARN_MORE", "SIGN_UP", "CALL"}
METRICS = {
    *(f"BUSINESS_IMPRESSIONS_{d}_{w}" for d in ("DESKTOP", "MOBILE") for w in ("MAPS", "SEARCH")),
    *("BUSINESS_DIRECTION_REQUESTS", "CALL_CLICKS", "WEBSITE_CLICKS", "MESSAGING_CLICKS"),
    *("BUSINESS_BOOKINGS", "BUSINESS_FOOD_MENU_CLICKS"),
}
"""What is still counted: BUSINESS_CONVERSATIONS and BUSINESS_FOOD_ORDERS are retired."""
STARS = ("ONE", "TWO", "THREE", "FOUR", "FIVE")
KEPT = timedelta(days=549)
"""Figures go 18 months back."""


@dataclass(kw_only=True)
class FakeGoogleBusiness(FakeGoogle):
    """One person's places of business."""

    offers: frozenset[str] = frozenset({SCOPE})
    quota: int = 300
    """Requests a minute; 0 until Google has opened its access."""
    is_switched_off: bool = False
    """The installation hasn't switched the API on in its project."""
    accounts: list[dict[str, Any]] = field(default_factory=list)
    places: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    """By account."""
    posts: list[dict[str, Any]] = field(default_factory=list)
    """The newest first."""
    reviews: dict[str, dict[str, Any]] = field(default_factory=dict)
    state: str = "LIVE"
    """Of a new post."""
    reply_state: str = "APPROVED"
    pictures: dict[str, bytes] | None = None
    """What lies at the addresses of pictures; None: something good at all of them."""
    figures: dict[tuple[str, date], int] = field(default_factory=dict)
    told_until: date | None = None
    """The last day that figures are told of; None: three days ago."""
    hides: int = 0
    """How many of the newest posts a listing doesn't show yet."""
    is_mixed: bool = False
    """Posts are listed in another order."""
    trims: bool = False
    """Texts come back without the blanks that they were sent with."""

    def __post_init__(self) -> None:
        self.accounts = [{"name": ACCOUNT, "accountName": "Claire Martin", "type": "PERSONAL"}]
        self.places = {ACCOUNT: [place(PLACE, "Boulangerie Martin")]}

    def answer(self, asked: Asked) -> Said:
        host, path = self._place_of(asked)
        if host in HOSTS and not re.fullmatch(HOSTS[host], path):
            return refused(404, "NOT_FOUND", "Method not found.")
        if path == "/token":
            return self.tokens(asked) if asked.method == "POST" else said(404, {})
        if refusal := self._refusal(asked):
            return refusal
        routes: Mapping[str, Any] = {
            r"GET /v1/accounts": self._accounts,
            r"GET /v1/(accounts/\w+)/locations": self._places,
            r"GET /v1/(locations/\w+)": self._place,
            r"GET /v1/(locations/\w+):fetchMultiDailyMetricsTimeSeries": self._figures,
            r"GET /v4/(accounts/\w+/locations/\w+)/localPosts": self._list_posts,
            r"POST /v4/(accounts/\w+/locations/\w+)/localPosts": self._post,
            r"GET /v4/(accounts/\w+/locations/\w+/localPosts/\w+)": self._one_post,
            r"GET /v4/(accounts/\w+/locations/\w+)/reviews": self._list_reviews,
            r"GET /v4/(accounts/\w+/locations/\w+/reviews/\w+)": self._one_review,
            r"PUT /v4/(accounts/\w+/locations/\w+/reviews/\w+)/reply": self._reply,
        }
        for route, act in routes.items():
            if match := re.fullmatch(route, f"{asked.method} {path}"):
                made: Said = act(asked, *match.groups())
                return made
        return refused(404, "NOT_FOUND", "Method not found.")

    def _place_of(self, asked: Asked) -> tuple[str, str]:
        """Return the host and the path; a test server has the host in front of the path."""
        first, _, rest = asked.path.removeprefix("/").partition("/")
        if first.endswith(".googleapis.com"):
            return first, f"/{rest}"
        return asked.headers.get("host", ""), asked.path

    def _refusal(self, asked: Asked) -> Said | None:
        if refusal := self.unsigned(asked, SCOPE):
            return refusal
        if self.is_switched_off:
            info = {"@type": "type.googleapis.com/google.rpc.ErrorInfo"}
            info |= {"reason": "SERVICE_DISABLED", "domain": "googleapis.com"}
            return refused(403, "PERMISSION_DENIED", "API has not been used in project", info)
        return exhausted("0") if self.quota == 0 else None

    # Places.

    def _accounts(self, asked: Asked) -> Said:
        return paged(asked, "accounts", self.accounts, usual=20, most=20)

    def _places(self, asked: Asked, account: str) -> Said:
        mask = set(asked.query.get("readMask", "").split(","))
        if not mask <= FIELDS_OF_PLACES:
            return invalid("read_mask")
        found = [{k: v for k, v in p.items() if k in mask} for p in self.places.get(account, ())]
        return paged(asked, "locations", found, usual=10, most=100)

    def _place(self, asked: Asked, name: str) -> Said:
        mask = set(asked.query.get("readMask", "").split(","))
        if not mask <= FIELDS_OF_PLACES:
            return invalid("read_mask")
        found = self._found(name)
        if found is None:
            return gone()
        return said(200, {k: v for k, v in found.items() if k in mask})

    def _found(self, name: str) -> dict[str, Any] | None:
        known = (p for places in self.places.values() for p in places)
        return next((p for p in known if p["name"] == name), None)

    def _managed(self, parent: str) -> Said | None:
        """Return why a place can't be spoken for; None if it can."""
        account, _, rest = parent.partition("/locations/")
        found = next((p for p in self.places.get(account, ()) if p["name"].endswith(rest)), None)
        if found is None:
            return gone()
        if not found["metadata"].get("hasVoiceOfMerchant"):
            return refused(403, "PERMISSION_DENIED", "The caller does not have permission")
        return None

    # Posts.

    def _post(self, asked: Asked, parent: str) -> Said:
        if refusal := self._managed(parent):
            return refusal
        body = asked.json()
        if wrong := self._wrong_with(body):
            return invalid(*wrong)
        post = self.made(parent, body)
        self.posts.insert(0, post)
        return said(200, post)

    def made(self, parent: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Return a post of this place, as Google keeps it."""
        self.issued += 1
        summary = body["summary"].strip() if self.trims else body["summary"]
        phone = re.search(r"(?:0|\+33 ?)[1-9](?:[ .-]?\d\d){4}", summary)
        state = "REJECTED" if phone else self.state
        post = {
            **body,
            "summary": summary,
            "name": f"{parent}/localPosts/{self.issued}",
            "state": state,
            "createTime": stamp(self.now()),
            "updateTime": stamp(self.now()),
        }
        if "media" in body:
            url = "https://lh3.googleusercontent.com/p/x"
            post["media"] = [{"mediaFormat": "PHOTO", "googleUrl": url} for _ in body["media"]]
        if state == "LIVE":
            post["searchUrl"] = f"https://local.google.com/place?id=1&use=posts&lpsid={self.issued}"
        return post

    def _wrong_with(self, body: Mapping[str, Any]) -> list[str]:
        wrong = [name for name in body if name not in FIELDS_OF_POSTS]
        summary = body.get("summary")
        if not isinstance(summary, str) or not summary.strip() or len(summary) > 1_500:
            wrong.append("summary")
        if body.get("topicType") != "STANDARD":
            wrong.append("topic_type")
        if not re.fullmatch(r"[a-z]{2,3}(-[A-Za-z]{2,4})?", body.get("languageCode", "")):
            wrong.append("language_code")
        wrong += self._wrong_with_action(body.get("callToAction", {"actionType": "CALL"}))
        media = body.get("media", [])
        if len(media) > 1:
            wrong.append("media")
        return wrong + [f"media[{n}].source_url" for n, m in enumerate(media) if self._is_bad(m)]

    def _wrong_with_action(self, action: Mapping[str, Any]) -> list[str]:
        has_url = str(action.get("url", "")).startswith(("http://", "https://"))
        is_good = set(action) <= {"actionType", "url"} and action.get("actionType") in ACTIONS
        is_good &= has_url != (action.get("actionType") == "CALL")
        return [] if is_good else ["call_to_action"]

    def _is_bad(self, medium: Mapping[str, Any]) -> bool:
        if set(medium) != {"mediaFormat", "sourceUrl"} or medium["mediaFormat"] != "PHOTO":
            return True
        if self.pictures is None:
            return not medium["sourceUrl"].startswith(("https://", "http://"))
        data = self.pictures.get(medium["sourceUrl"], b"")
        if not 10 * 1024 <= len(data) <= 5_000_000:
            return True
        with Image.open(io.BytesIO(data)) as image:
            return image.format not in {"JPEG", "PNG"} or min(image.size) < 250

    def _list_posts(self, asked: Asked, parent: str) -> Said:
        own = [p for p in self.posts[self.hides :] if p["name"].startswith(parent)]
        if self.is_mixed:
            own = sorted(own, key=lambda p: p["name"][::-1])
        return paged(asked, "localPosts", own, usual=20, most=100)

    def _one_post(self, _: Asked, name: str) -> Said:
        found = next((p for p in self.posts if p["name"] == name), None)
        return gone() if found is None else said(200, found)

    # Reviews.

    def review(
        self, text: str, stars: int = 5, *, by: str = "Zoé", at: datetime | None = None
    ) -> dict[str, Any]:
        """Let somebody review the place."""
        self.issued += 1
        name = f"{ACCOUNT}/{PLACE}/reviews/AbF{self.issued}"
        made = stamp(at or self.now())
        review: dict[str, Any] = {
            "name": name,
            "reviewId": f"AbF{self.issued}",
            "reviewer": {"displayName": by},
            "starRating": STARS[stars - 1],
            "createTime": made,
            "updateTime": made,
        }
        if text:
            review["comment"] = text
        self.reviews[name] = review
        return review

    def _list_reviews(self, asked: Asked, parent: str) -> Said:
        if refusal := self._managed(parent):
            return refusal
        order = asked.query.get("orderBy", "updateTime desc")
        if order not in {"rating", "rating desc", "updateTime desc"}:
            return invalid("order_by")
        own = [r for r in self.reviews.values() if r["name"].startswith(parent)]
        own.sort(key=lambda r: (r["updateTime"], r["name"]), reverse=True)
        told = {"averageRating": 4.5, "totalReviewCount": len(own)} if own else {}
        return paged(asked, "reviews", own, usual=50, most=50, **told)

    def _one_review(self, _: Asked, name: str) -> Said:
        return said(200, self.reviews[name]) if name in self.reviews else gone()

    def _reply(self, asked: Asked, name: str) -> Said:
        if refusal := self._managed(name.partition("/reviews/")[0]):
            return refusal
        if name not in self.reviews:
            return gone()
        body = asked.json()
        comment = body.get("comment")
        if set(body) != {"comment"} or not isinstance(comment, str) or not comment.strip():
            return invalid("review_reply.comment")
        if len(comment.encode()) > 4_096:
            return invalid("review_reply.comment")
        reply = {"comment": comment, "updateTime": stamp(self.now())}
        reply["reviewReplyState"] = self.reply_state
        self.reviews[name]["reviewReply"] = reply
        return said(200, reply)

    # Figures.

    def _figures(self, asked: Asked, name: str) -> Said:
        if self._found(name) is None:
            return gone()
        metrics = asked.values.get("dailyMetrics", ())
        first, last = (self._day(asked, f"dailyRange.{end}Date") for end in ("start", "end"))
        if not metrics or not set(metrics) <= METRICS or first is None or last is None:
            return invalid("daily_metrics")
        if first > last:
            return invalid("daily_range")
        today = self.now().astimezone(UTC).date()
        until = min(last, self.told_until or today - timedelta(days=3))
        since = max(first, today - KEPT)
        days = [since + timedelta(days=n) for n in range((until - since).days + 1)]
        series = [
            {
                "dailyMetric": metric,
                "timeSeries": {"datedValues": [self._dated(metric, day) for day in days]},
            }
            for metric in metrics
        ]
        return said(200, {"multiDailyMetricTimeSeries": [{"dailyMetricTimeSeries": series}]})

    def _day(self, asked: Asked, name: str) -> date | None:
        parts = [asked.query.get(f"{name}.{part}", "") for part in ("year", "month", "day")]
        return date(*map(int, parts)) if all(part.isdecimal() for part in parts) else None

    def _dated(self, metric: str, day: date) -> dict[str, Any]:
        dated: dict[str, Any] = {"date": {"year": day.year, "month": day.month, "day": day.day}}
        if count := self.figures.get((metric, day), 0):
            dated["value"] = str(count)
        return dated


def place(name: str, title: str, *, is_verified: bool = True) -> dict[str, Any]:
    """Return a place of business; what is false isn't said."""
    metadata: dict[str, Any] = {"mapsUri": f"https://maps.google.com/maps?cid={name[-4:]}"}
    if is_verified:
        metadata["hasVoiceOfMerchant"] = True
    return {
        "name": name,
        "title": title,
        "storefrontAddress": {
            "regionCode": "FR",
            "postalCode": "35000",
            "locality": "Rennes",
            "addressLines": ["3 rue du Four"],
        },
        "websiteUri": "https://martin.example",
        "metadata": metadata,
    }


def paged(
    asked: Asked, name: str, listed: list[dict[str, Any]], *, usual: int, most: int, **more: Any
) -> Said:
    """Return a page of a list; what is empty isn't said."""
    size = int(asked.query.get("pageSize", usual))
    if not 1 <= size <= most:
        return invalid("page_size")
    start = int(asked.query.get("pageToken", "at0").removeprefix("at"))
    page: dict[str, Any] = {name: listed[start : start + size]} if listed[start:] else {}
    if len(listed) > start + size:
        page["nextPageToken"] = f"at{start + size}"
    return said(200, page | more)


def gone() -> Said:
    return refused(404, "NOT_FOUND", "Requested entity was not found.")


def stamp(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
