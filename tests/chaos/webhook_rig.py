"""A receiver of webhooks as lives use it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any

from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content, normalise_text
from tests.chaos.rigs import Now, Seen
from tests.fakes.fake_webhook import FakeWebhook
from tests.fakes.serving import Asked, Said, said


@dataclass
class WebhookRig:
    """A receiver that does every delivery once: what keeps us to one is its contract."""

    now: Now
    host = "recu.test"

    def __post_init__(self) -> None:
        self.fake = FakeWebhook(self.now, base_url=f"https://{self.host}")

    @property
    def typed(self) -> Mapping[str, str]:
        return {"url": self.fake.url, "secret": self.fake.secret}

    def answer(self, asked: Asked) -> Said:
        return self.fake.answer(asked)

    def seen(self) -> list[Seen]:
        return [self._seen(n, event) for n, event in enumerate(self.fake.posts.values(), 1)]

    def _seen(self, number: int, event: Mapping[str, Any]) -> Seen:
        post = event["post"]
        shown = (post["title"], post["text"], post["link"])
        return Seen(str(number), event["delivery"], shown, len(post["media"]))

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.id

    def shown(self, content: Content) -> object:
        return content.title, normalise_text(content.text), content.link

    def hide(self, remote_id: str, until: datetime) -> None:
        """A delivery is known as soon as it was taken."""

    def revoke(self) -> None:
        self.fake.secret = "revoked" * 6

    def demote(self) -> None:
        self.fake.forbids = True

    def restore(self) -> None:
        self.fake.secret, self.fake.forbids = "anew" * 10, False

    def vanish(self) -> None:
        """Nothing is prepared."""

    def limited(self, until: datetime | None) -> Said:
        if until is None:
            return said(429, {"error": "slow down"})
        when = format_datetime(until.astimezone(UTC), usegmt=True)
        return said(503, {"error": "come back"}, Retry_After=when)

    def unauthorised(self) -> Said:
        return said(401, {"error": "signature"})

    def forbidden(self) -> Said:
        return said(403, {"error": "not from you"})

    def invalid(self) -> Said:
        return said(422, {"error": "no such category"})

    def temper(self, chance: random.Random) -> None:
        self.fake.repeats_as = chance.choice([409, 200])
        self.fake.tells = chance.random() < 0.5
        self.fake.looks_up = chance.random() < 0.8
