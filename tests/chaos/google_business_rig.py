"""A place of business on Google as lives use it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.networks import google_business
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Now, Seen
from tests.fakes.fake_google import exhausted, invalid, refused, retry_info, unauthenticated
from tests.fakes.fake_google_business import ACCOUNT, HOSTS, PLACE, FakeGoogleBusiness, stamp
from tests.fakes.serving import Asked, Said


@dataclass(kw_only=True)
class _Profile(FakeGoogleBusiness):
    """Lists what it has only after a while."""

    hidden: dict[str, datetime] = field(default_factory=dict)

    def _list_posts(self, asked: Asked, parent: str) -> Said:
        everything, now = self.posts, self.now()
        self.posts = [p for p in everything if self.hidden.get(p["name"], now) <= now]
        try:
            return super()._list_posts(asked, parent)
        finally:
            self.posts = everything


@dataclass
class GoogleBusinessRig:
    """A profile: nothing in a post tells whose it is, so the wire does, for the judge alone."""

    now: Now
    truths: dict[str, str] = field(default_factory=dict)
    """The name of a post → the key of its delivery."""
    hosts = frozenset(HOSTS)
    host = "mybusiness.googleapis.com"

    def __post_init__(self) -> None:
        self.fake = _Profile(now=self.now)

    @property
    def typed(self) -> Mapping[str, str]:
        return {}

    def say_yes(self, url: str) -> Mapping[str, str]:
        if not self.fake.posts:
            self._by_hand("Publication d’avant.", self.now() - timedelta(days=1))
        return self.fake.say_yes(url)

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.posts)
        answer = self.fake.answer(asked)
        if len(self.fake.posts) > before:
            self.truths[self.fake.posts[0]["name"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [p for p in self.fake.posts if p["name"] in self.truths]
        return [self._seen(post) for post in ours if post["state"] != "REJECTED"]

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        link = post.get("callToAction", {}).get("url")
        shown = (post["summary"], link)
        return Seen(post["name"], self.truths[post["name"]], shown, len(post.get("media", ())))

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return (wording(content, google_business.SPEC), content.link)

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.hidden[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people write other posts by hand."""
        for n in range(count):
            self._by_hand(f"Brève du jour numéro {n}, sans rapport.", self.now())

    def _by_hand(self, text: str, at: datetime) -> None:
        body = {"summary": text, "languageCode": "fr", "topicType": "STANDARD"}
        made = self.fake.made(f"{ACCOUNT}/{PLACE}", body) | {"createTime": stamp(at)}
        self.fake.posts.insert(0, made)

    def revoke(self) -> None:
        self.fake.access.clear()
        self.fake.refresh.clear()

    def expire(self) -> None:
        """Let the access token end before its time."""
        self.fake.access.clear()

    def demote(self) -> None:
        self.fake.places[ACCOUNT][0]["metadata"].pop("hasVoiceOfMerchant", None)

    def restore(self) -> None:
        self.fake.places[ACCOUNT][0]["metadata"]["hasVoiceOfMerchant"] = True

    def vanish(self) -> None:
        """Nothing is prepared there."""

    def limited(self, until: datetime | None) -> Said:
        if until is None:
            return exhausted("300")
        seconds = max(int((until - self.now()).total_seconds()), 0)
        return exhausted("300", "1/min/{project}", retry_info(seconds))

    def unauthorised(self) -> Said:
        return unauthenticated()

    def forbidden(self) -> Said:
        return refused(403, "PERMISSION_DENIED", "The caller does not have permission")

    def invalid(self) -> Said:
        return invalid("summary")

    def temper(self, chance: random.Random) -> None:
        self.fake.state = chance.choice(["LIVE", "LIVE", "PROCESSING"])
        self.fake.is_mixed = chance.random() < 0.3
        self.fake.trims = chance.random() < 0.5
