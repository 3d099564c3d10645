"""An instance of Mastodon as lives use it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from chalicelib.networks import mastodon
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import Now, Seen
from tests.fakes import fake_mastodon
from tests.fakes.fake_mastodon import FakeMastodon
from tests.fakes.serving import Asked, Said, said


class Instance(FakeMastodon):
    """Lists what it has only after a while, by pages of its own, and may alter texts."""

    def __init__(self, now: Now) -> None:
        super().__init__(now, base_url="https://piaille.test", honours_keys=False)
        self.hidden: dict[str, datetime] = {}
        self.longest = 40
        self.alters = False

    def listing(self, asked: Asked) -> Said:
        everything, limit = self.statuses, min(int(asked.query.get("limit", "20")), self.longest)
        self.statuses = [
            s for s in everything if self.hidden.get(s["id"], self.now()) <= self.now()
        ]
        try:
            return super().listing(replace(asked, query={**asked.query, "limit": str(limit)}))
        finally:
            self.statuses = everything

    def status(self, body: dict[str, Any]) -> dict[str, Any]:
        made = super().status(body)
        if self.alters:
            made["content"] = made["content"].replace("</p>", " (via un relais)</p>")
        return made


@dataclass
class MastodonRig:
    """An instance that ignores Idempotency-Key, as some do: only looking keeps it to one."""

    now: Now
    truths: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Status id → (Idempotency-Key, the text as it was sent)."""

    host = "piaille.test"

    def __post_init__(self) -> None:
        self.fake = Instance(self.now)

    @property
    def typed(self) -> Mapping[str, str]:
        return {"instance": "piaille.test", "token": self.fake.token}

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.statuses)
        answer = self.fake.answer(asked)
        if len(self.fake.statuses) > before:
            key, text = asked.headers["idempotency-key"], asked.json()["status"]
            self.truths[self.fake.statuses[0]["id"]] = (key, text)
        return answer

    def seen(self) -> list[Seen]:
        ours = [s for s in self.fake.statuses if s["id"] in self.truths]
        return [Seen(s["id"], *self.truths[s["id"]], len(s["media_attachments"])) for s in ours]

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return wording(content, mastodon.SPEC)

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.hidden[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people write other statuses by hand."""
        for n in range(count):
            body = {"status": f"Brève du jour numéro {n}, sans rapport.", "visibility": "public"}
            self.fake.statuses.insert(0, self.fake.status(body))

    def revoke(self) -> None:
        self.fake.token = "revoked"

    def demote(self) -> None:
        self.fake.scopes = frozenset({"profile", "read"})

    def restore(self) -> None:
        self.fake.token, self.fake.scopes = "a-new-token", frozenset({"profile", "read", "write"})

    def vanish(self) -> None:
        self.fake.media = {n: m for n, m in self.fake.media.items() if m["used"]}

    def limited(self, until: datetime | None) -> Said:
        more = {"X_RateLimit_Reset": until.isoformat()} if until else {}
        return said(429, {"error": "Too many requests"}, **more)

    def unauthorised(self) -> Said:
        return fake_mastodon.error(401, "The access token is invalid")

    def forbidden(self) -> Said:
        return fake_mastodon.error(403, "This action is outside the authorized scopes")

    def invalid(self) -> Said:
        return fake_mastodon.error(422, "Validation failed: Visibility is not included")

    def temper(self, chance: random.Random) -> None:
        self.fake.honours_keys = chance.random() < 0.5
        self.fake.refuses_lost_media = chance.random() < 0.5
        self.fake.longest = chance.choice([40, 40, 20, 5])
        self.fake.processing = chance.choice([0, 0, 1, 3])
