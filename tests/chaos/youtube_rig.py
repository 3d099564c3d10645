"""A channel on YouTube as lives use it."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.networks import youtube
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Now, Seen
from tests.fakes.fake_google import unauthenticated
from tests.fakes.fake_youtube import HOST, HOSTS, FakeYouTube, refused
from tests.fakes.serving import Asked, Said


@dataclass
class YouTubeRig:
    """A channel: nothing of a video tells whose it is, so the wire does, for the judge alone."""

    now: Now
    truths: dict[str, str] = field(default_factory=dict)
    """The id of a video → the key of its delivery."""
    hosts = HOSTS
    host = HOST

    def __post_init__(self) -> None:
        self.fake = FakeYouTube(now=self.now)

    @property
    def typed(self) -> Mapping[str, str]:
        return {}

    def say_yes(self, url: str) -> Mapping[str, str]:
        return self.fake.say_yes(url)

    def answer(self, asked: Asked) -> Said:
        answer = self.fake.answer(asked)
        if key := asked.headers.get(CARRIES, ""):
            self.truths |= {v["id"]: key for v in self._public() if v["id"] not in self.truths}
        return answer

    def _public(self) -> list[dict[str, Any]]:
        known = self.fake.videos.values()
        return [video for video in known if video["status"]["privacyStatus"] == "public"]

    def seen(self) -> list[Seen]:
        return [self._seen(video) for video in self._public() if video["id"] in self.truths]

    def _seen(self, video: Mapping[str, Any]) -> Seen:
        shown = (video["snippet"]["title"], video["snippet"]["description"])
        return Seen(video["id"], self.truths[video["id"]], shown, 1)

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return (content.title, wording(content, youtube.SPEC))

    def hide(self, remote_id: str, until: datetime) -> None:
        """A video is read by its id."""

    def revoke(self) -> None:
        self.fake.access.clear()
        self.fake.refresh.clear()

    def expire(self) -> None:
        """Let the access token end before its time."""
        self.fake.access.clear()

    def demote(self) -> None:
        self.fake.is_suspended = True

    def restore(self) -> None:
        self.fake.is_suspended = False

    def vanish(self) -> None:
        self.fake.sessions.clear()
        self.fake.videos = {video["id"]: video for video in self._public()}

    def fail(self) -> None:
        """Let what is processed fail."""
        for video in self.fake.videos.values():
            if video["status"]["privacyStatus"] == "private":
                video["status"] |= {"uploadStatus": "failed", "failureReason": "codec"}

    def lock(self) -> None:
        """Let YouTube keep private what it is asked to show."""
        self.fake.is_audited = False

    def limited(self, until: datetime | None) -> Said:
        if until is None:
            return refused(403, "rateLimitExceeded", "usageLimits")
        seconds = max(math.ceil((until - self.now()).total_seconds()), 0)
        return refused(403, "rateLimitExceeded", "usageLimits", Retry_After=str(seconds))

    def unauthorised(self) -> Said:
        return unauthenticated()

    def forbidden(self) -> Said:
        return refused(403, "forbidden", "youtube.video")

    def invalid(self) -> Said:
        return refused(400, "invalidVideoMetadata", "youtube.video")

    def temper(self, chance: random.Random) -> None:
        self.fake.looks = chance.choice([0, 0, 1, 3])
        self.fake.refuses_locked = chance.random() < 0.5
