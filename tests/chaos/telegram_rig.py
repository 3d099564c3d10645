"""A Telegram channel as lives use it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.networks import telegram
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Now, Seen
from tests.fakes.fake_telegram import BOT_ID, CHAT_ID, FakeTelegram, refused
from tests.fakes.serving import Asked, Said

SHOWN = {"photo", "video"}


@dataclass
class TelegramRig:
    """A channel: nothing in a message tells whose it is, so the wire does, for the judge alone."""

    now: Now
    truths: dict[int, str] = field(default_factory=dict)
    """The id of a post's first message → the key of its delivery."""
    host = "api.telegram.org"

    def __post_init__(self) -> None:
        self.fake = FakeTelegram(self.now)

    @property
    def typed(self) -> Mapping[str, str]:
        return {"token": self.fake.token, "chat": str(CHAT_ID)}

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.messages)
        answer = self.fake.answer(asked)
        if len(self.fake.messages) > before:
            self.truths[self.fake.messages[before]["message_id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        return [self._seen(first, truth) for first, truth in self.truths.items()]

    def _seen(self, first: int, truth: str) -> Seen:
        message = next(m for m in self.fake.messages if m["message_id"] == first)
        group = message.get("media_group_id")
        album = [m for m in self.fake.messages if group and m.get("media_group_id") == group]
        shown = message.get("text", message.get("caption", ""))
        return Seen(str(first), truth, shown, len(album) or int(bool(SHOWN & set(message))))

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return wording(content, telegram.SPEC)

    def hide(self, remote_id: str, until: datetime) -> None:
        """Nothing is listed."""

    def revoke(self) -> None:
        self.fake.token = f"{BOT_ID}:revoked"

    def demote(self) -> None:
        self.fake.can_post = False

    def restore(self) -> None:
        self.fake.token, self.fake.can_post = f"{BOT_ID}:a-new-token", True

    def vanish(self) -> None:
        """Nothing is prepared."""

    def limited(self, until: datetime | None) -> Said:
        if until is None:
            return refused(429, "Too Many Requests")
        seconds = int((until - self.now()).total_seconds())
        return refused(429, f"Too Many Requests: retry after {seconds}", retry_after=seconds)

    def unauthorised(self) -> Said:
        return refused(401, "Unauthorized")

    def forbidden(self) -> Said:
        return refused(403, "Forbidden: bot was kicked from the channel chat")

    def invalid(self) -> Said:
        return refused(400, "Bad Request: message is too long")

    def temper(self, chance: random.Random) -> None:
        self.fake.username = chance.choice(["boulangerie_martin", ""])
