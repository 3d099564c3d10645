"""A blog of WordPress as lives use it."""

from __future__ import annotations

import random
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from chalicelib.networks.articles import article_html, article_title
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import Now, Seen
from tests.fakes import fake_wordpress
from tests.fakes.fake_wordpress import FakeWordPress
from tests.fakes.serving import Asked, Said

FIGURE = re.compile(r"(?:<!-- wp:video .*? -->\n)?<figure.*?</figure>\n(?:<!-- /wp:video -->\n)?")


class Blog(FakeWordPress):
    """Refuses a picture in front that isn't there, as WordPress does."""

    def write_post(self, asked: Asked, number: int | None) -> Said:
        front = asked.json().get("featured_media", 0)
        if front and front not in self.media:
            text = "Invalid featured media ID."
            return fake_wordpress.refused(400, "rest_invalid_featured_media", text)
        return super().write_post(asked, number)


@dataclass
class WordPressRig:
    """A blog."""

    now: Now
    truths: dict[int, str] = field(default_factory=dict)
    """Post id → the slug it was made with."""
    host = "blog.test"

    def __post_init__(self) -> None:
        self.fake = Blog(self.now, base_url=f"https://{self.host}")

    @property
    def typed(self) -> Mapping[str, str]:
        fake = self.fake
        password = fake.password
        return {
            "site": fake.base_url,
            "username": fake.username,
            "application_password": password,
        }

    def answer(self, asked: Asked) -> Said:
        before = set(self.fake.posts)
        answer = self.fake.answer(asked)
        for number in set(self.fake.posts) - before:
            self.truths[number] = asked.json()["slug"]
        return answer

    def seen(self) -> list[Seen]:
        return [self._seen(post) for post in self.fake.live()]

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        text, others = FIGURE.subn("", post["content"]["raw"])
        media = others + (post.get("featured_media", 0) != 0)
        return Seen(str(post["id"]), self.truths[post["id"]], (post["title"]["raw"], text), media)

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.slug

    def shown(self, content: Content) -> object:
        return article_title(content), article_html(content)

    def hide(self, remote_id: str, until: datetime) -> None:
        """A post is read where it is written."""

    def revoke(self) -> None:
        self.fake.password = "revoked"

    def demote(self) -> None:
        self.fake.role = "contributor"

    def restore(self) -> None:
        self.fake.password, self.fake.role = "zyxwvutsrqponmlkjihgfedc", "editor"

    def vanish(self) -> None:
        for post in list(self.fake.posts.values()):
            if post["status"] == "draft":
                del self.fake.posts[post["id"]]

    def lose_media(self) -> None:
        """Let a person clear the library of pictures that nothing shows."""
        self.fake.media.clear()

    def publish_by_hand(self) -> None:
        """Let a person publish the draft that she finds."""
        for post in self.fake.posts.values():
            post["status"] = "publish"

    def limited(self, until: datetime | None) -> Said:
        more = {"Retry-After": format_datetime(until.astimezone(UTC), usegmt=True)} if until else {}
        return Said(429, b"<html>Too many requests</html>", {"Content-Type": "text/html", **more})

    def unauthorised(self) -> Said:
        return fake_wordpress.refused(401, "rest_cannot_edit", "Sorry, you are not allowed.")

    def forbidden(self) -> Said:
        return fake_wordpress.refused(403, "rest_cannot_publish", "Sorry, you are not allowed.")

    def invalid(self) -> Said:
        return fake_wordpress.refused(400, "rest_invalid_param", "Invalid parameter(s): title")

    def temper(self, chance: random.Random) -> None:
        self.fake.is_noisy = chance.random() < 0.3
