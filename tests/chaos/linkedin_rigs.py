"""A profile and a page on LinkedIn as lives use them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.networks import linkedin, linkedin_pages
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Now, Seen
from tests.fakes import fake_linkedin as fl
from tests.fakes.fake_linkedin import FakeLinkedIn
from tests.fakes.serving import Asked, Said


@dataclass
class LinkedIn(FakeLinkedIn):
    """Lists what a page has only after a while."""

    hidden: dict[str, datetime] = field(default_factory=dict)

    def listing(self, asked: Asked) -> Said:
        everything = self.posts
        self.posts = [p for p in everything if self.hidden.get(p["id"], self.now()) <= self.now()]
        try:
            return super().listing(asked)
        finally:
            self.posts = everything


@dataclass
class LinkedInRig:
    """An account whose posts tell nothing of whose they are: the wire does, for the judge."""

    now: Now
    truths: dict[str, str] = field(default_factory=dict)
    """The URN of a post → the key of its delivery."""
    hosts = frozenset({"api.linkedin.com", "www.linkedin.com"})
    host = "api.linkedin.com"
    author, spec, product = fl.PERSON, linkedin.SPEC, fl.MEMBER_SCOPES

    def __post_init__(self) -> None:
        # The same words are wanted twice in some lives, and must then go out twice.
        self.fake = LinkedIn(self.now, product=self.product, refuses_copies=False)
        self.fake.videos.piece = 600_000

    @property
    def typed(self) -> Mapping[str, str]:
        return {}

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
        content = post.get("content", {})
        images = len(content.get("multiImage", {}).get("images", ())) or int("media" in content)
        return Seen(post["id"], self.truths[post["id"]], fl.read(post["commentary"]), images)

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return wording(content, self.spec) or content.link

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.hidden[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people write other posts by hand."""
        for n in range(count):
            at = fl.milliseconds(self.now())
            text = f"Brève du jour numéro {n}, sans rapport."
            urn = f"urn:li:share:{self.fake.new_id()}"
            post = {"id": urn, "author": self.author, "commentary": text, "createdAt": at}
            self.fake.posts.insert(0, post)

    def revoke(self) -> None:
        self.fake.token = self.fake.refresh_token = ""

    def expire(self) -> None:
        """Let the access token end before its time."""
        self.fake.token = ""

    def demote(self) -> None:
        self.fake.scopes -= {"w_member_social", "w_organization_social"}

    def restore(self) -> None:
        """Whoever signs in anew has all rights again."""

    def vanish(self) -> None:
        self.fake.images.clear()
        self.fake.videos.standing.clear()

    def limited(self, until: datetime | None) -> Said:
        return fl.limited("Resource level throttle MEMBER DAY limit for calls is reached.")

    def unauthorised(self) -> Said:
        return fl.unauthorised()

    def forbidden(self) -> Said:
        return fl.denied()

    def invalid(self) -> Said:
        return fl.unprocessable("visibility", "invalid")

    def temper(self, chance: random.Random) -> None:
        self.fake.refuses_copies = chance.random() < 0.5
        self.fake.shortens = chance.random() < 0.3


class LinkedInPagesRig(LinkedInRig):
    """A page, whose app may renew its access."""

    author, spec, product = fl.PAGE, linkedin_pages.SPEC, fl.PAGE_SCOPES

    def __post_init__(self) -> None:
        super().__post_init__()
        self.fake.gives_refresh = True
