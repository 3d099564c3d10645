"""An account on Bluesky as lives use it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from chalicelib.networks import bluesky
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import Now, Seen
from tests.fakes import fake_bluesky
from tests.fakes.fake_bluesky import FakeBluesky
from tests.fakes.fake_bluesky_video import FakeVideoService
from tests.fakes.serving import Asked, Said, said


@dataclass
class BlueskyRig:
    """An account on a server."""

    now: Now
    host = "pds.test"
    hosts = frozenset({"pds.test", "video.bsky.app"})

    def __post_init__(self) -> None:
        self.fake = FakeBluesky(self.now, base_url=f"https://{self.host}")
        self.films = FakeVideoService(self.fake)

    @property
    def typed(self) -> Mapping[str, str]:
        password = self.fake.app_password
        return {"handle": self.fake.handle, "app_password": password, "pds": self.fake.base_url}

    def answer(self, asked: Asked) -> Said:
        return self.films.answer(asked)

    def seen(self) -> list[Seen]:
        found = self.fake.records.items()
        return [Seen(r["uri"], k, r["value"]["text"], _shown(r["value"])) for k, r in found]

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.record_key

    def shown(self, content: Content) -> object:
        return wording(content, bluesky.SPEC)

    def hide(self, remote_id: str, until: datetime) -> None:
        """A record is read where it is written."""

    def revoke(self) -> None:
        self.expire()
        self.fake.refresh.clear()
        self.fake.app_password = "revoked"

    def expire(self) -> None:
        """Let the access token end before its time."""
        self.fake.access.clear()

    def demote(self) -> None:
        self.revoke()

    def restore(self) -> None:
        self.fake.app_password = "efgh-ijkl-mnop-abcd"
        self.films.failure = ""

    def vanish(self) -> None:
        self.fake.blobs.clear()
        self.films.jobs.clear()

    def fail(self) -> None:
        """Let no film be processed."""
        self.films.failure = "unprocessable"

    def limited(self, until: datetime | None) -> Said:
        more = {"ratelimit_reset": str(int(until.timestamp()))} if until else {}
        return said(429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, **more)

    def unauthorised(self) -> Said:
        return fake_bluesky.refused("ExpiredToken", "Token has expired")

    def forbidden(self) -> Said:
        return fake_bluesky.refused("AccountTakedown", "Account has been taken down", 401)

    def invalid(self) -> Said:
        return fake_bluesky.refused("InvalidRequest", "Invalid app.bsky.feed.post record: langs")

    def temper(self, chance: random.Random) -> None:
        if chance.random() < 0.3:
            self.expire()
        self.films.processing = chance.choice([0, 0, 1, 3])


def _shown(record: Mapping[str, Any]) -> int:
    embed = record.get("embed") or {}
    return len(embed.get("images", ())) or int("video" in embed)
