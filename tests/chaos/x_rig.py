"""An account on X as lives use it: it charges, and the judge counts what it took."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.networks import x
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Now, Seen
from tests.fakes import fake_x as fx
from tests.fakes.serving import Asked, Said
from tests.fakes.talking_x import TalkingX


@dataclass
class _X(TalkingX):
    """Lists what an account has only after a while."""

    unlisted: dict[str, datetime] = field(default_factory=dict)

    def listing(self, asked: Asked) -> Said:
        everything = self.posts
        self.posts = [p for p in everything if self.unlisted.get(p["id"], self.now()) <= self.now()]
        try:
            return super().listing(asked)
        finally:
            self.posts = everything


@dataclass
class XRig:
    """An account whose posts tell nothing of whose they are: the wire does, for the judge."""

    now: Now
    truths: dict[str, str] = field(default_factory=dict)
    """The id of a post → the key of its delivery."""
    hosts = frozenset({"api.x.com", "x.com"})
    host = "api.x.com"

    def __post_init__(self) -> None:
        # The same words are wanted twice in some lives, and must then go out twice.
        self.fake = _X(self.now, refuses_copies=False)

    @property
    def typed(self) -> Mapping[str, str]:
        return {}

    @property
    def charged(self) -> int:
        """Return what was taken for publishing, in millionths of a US dollar."""
        return self.fake.written

    def say_yes(self, url: str) -> Mapping[str, str]:
        return self.fake.say_yes(url)

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.posts)
        answer = self.fake.answer(asked)
        if len(self.fake.posts) > before:
            self.truths[self.fake.posts[0]["id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        posts = [p for p in self.fake.posts if p["id"] in self.truths]
        return [self._seen(post) for post in posts]

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        media = len(post["attachments"]["media_keys"])
        return Seen(post["id"], self.truths[post["id"]], post["truth"], media)

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return wording(content, x.SPEC)

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.unlisted[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people write other posts by hand."""
        for n in range(count):
            made = self.fake.made(f"Brève du jour numéro {n}, sans rapport.", [])
            self.fake.posts.insert(0, made)

    def revoke(self) -> None:
        self.fake.token = self.fake.refresh_token = ""

    def expire(self) -> None:
        """Let the access token end before its time."""
        self.fake.token = ""

    def spend(self) -> None:
        """Let the installation's credits run out."""
        self.fake.credits = 0

    def demote(self) -> None:
        self.fake.scopes -= {"tweet.write", "media.write"}

    def restore(self) -> None:
        """Whoever signs in anew has all rights again; a person has topped up."""
        self.fake.credits = 10**9

    def vanish(self) -> None:
        self.fake.media.clear()

    def limited(self, until: datetime | None) -> Said:
        return fx.limited(until)

    def unauthorised(self) -> Said:
        return fx.unauthorised()

    def forbidden(self) -> Said:
        return fx.forbidden()

    def invalid(self) -> Said:
        return fx.problem(400, "invalid-request", "Invalid Request", "odd")

    def temper(self, chance: random.Random) -> None:
        self.fake.refuses_copies = chance.random() < 0.5
