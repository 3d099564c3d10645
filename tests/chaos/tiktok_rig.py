"""An account on TikTok as lives use it: they show a video, sent in two pieces."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.networks import tiktok
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.films import LARGE
from tests.chaos.rigs import CARRIES, Now, Seen
from tests.fakes.fake_tiktok import FakeTikTok, limited, refused
from tests.fakes.serving import Asked, Said


@dataclass(kw_only=True)
class _Account(FakeTikTok):
    """Lets posts through only after a while: until then it tells no id of theirs."""

    hidden: dict[str, datetime] = field(default_factory=dict)

    def is_shown(self, post: Mapping[str, object]) -> bool:
        now = self.now()
        return super().is_shown(post) and self.hidden.get(str(post["id"]), now) <= now


@dataclass
class TikTokRig:
    """Nothing in a post tells whose it is, so the wire does, for the judge alone."""

    now: Now
    truths: dict[str, str] = field(default_factory=dict)
    """The id of a post → the key of its delivery."""
    host = "open.tiktokapis.com"
    hosts = frozenset({"open.tiktokapis.com", "open-upload.tiktokapis.com"})
    video = LARGE

    def __post_init__(self) -> None:
        self.fake = _Account(now=self.now)

    @property
    def typed(self) -> Mapping[str, str]:
        return {"visibility": "PUBLIC_TO_EVERYONE", "interactions": "all"}

    def say_yes(self, url: str) -> Mapping[str, str]:
        return self.fake.say_yes(url)

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.posts)
        answer = self.fake.answer(asked)
        if len(self.fake.posts) > before:
            self.truths[self.fake.posts[0]["id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [post for post in self.fake.posts if post["id"] in self.truths]
        return [Seen(p["id"], self.truths[p["id"]], p["info"]["title"], 1) for p in ours]

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return wording(content, tiktok.SPEC)

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.hidden[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people post other videos by hand."""
        info = {"privacy_level": "PUBLIC_TO_EVERYONE"}
        for n in range(count):
            title = f"Vidéo du jour numéro {n}, sans rapport."
            self.fake.posts.insert(0, self.fake.made({**info, "title": title}))

    def revoke(self) -> None:
        self.fake.access.clear()
        self.fake.refresh.clear()

    def expire(self) -> None:
        """Let the access token end before its time."""
        self.fake.access.clear()

    def age(self) -> None:
        """Let an hour pass on what was announced."""
        for sending in self.fake.sendings.values():
            sending.announced_at -= timedelta(hours=2)

    def fail(self) -> None:
        """Find that what has been sent can't be published."""
        for sending in self.fake.sendings.values():
            if sending.post is None:
                sending.failed = "file_format_check_failed"

    def demote(self) -> None:
        self.fake.banned = True

    def restore(self) -> None:
        self.fake.banned = False

    def vanish(self) -> None:
        for sending in list(self.fake.sendings.values()):
            if sending.post is None:
                del self.fake.sendings[sending.id]

    def limited(self, until: datetime | None) -> Said:
        if until is None:
            return limited()
        seconds = int((until - self.now()).total_seconds())
        return Said(429, limited().body, {**limited().headers, "Retry-After": str(seconds)})

    def unauthorised(self) -> Said:
        return refused(401, "access_token_invalid")

    def forbidden(self) -> Said:
        return refused(403, "spam_risk_user_banned_from_posting")

    def invalid(self) -> Said:
        return refused(400, "invalid_param")

    def temper(self, chance: random.Random) -> None:
        self.fake.looks = chance.choice([0, 0, 1, 3])
        self.fake.tells_bytes = chance.random() < 0.8
