"""A board on Pinterest as lives use it."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from chalicelib.networks import pinterest
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Now, Seen
from tests.fakes.fake_pinterest import BOARD, STORAGE, FakePinterest, limited, refused
from tests.fakes.serving import Asked, Said


@dataclass(kw_only=True)
class _Board(FakePinterest):
    """Lists what it has only after a while."""

    hidden: dict[str, datetime] = field(default_factory=dict)

    def _listing(self, asked: Asked, board_id: str) -> Said:
        everything, now = self.pins, self.now()
        self.pins = [p for p in everything if self.hidden.get(p["id"], now) <= now]
        try:
            return super()._listing(asked, board_id)
        finally:
            self.pins = everything


@dataclass
class PinterestRig:
    """A board: nothing in a pin tells whose it is, so the wire does, for the judge alone."""

    now: Now
    truths: dict[str, str] = field(default_factory=dict)
    """The id of a pin → the key of its delivery."""
    host = "api.pinterest.com"
    hosts = frozenset({"api.pinterest.com", STORAGE.removeprefix("https://")})

    def __post_init__(self) -> None:
        self.fake = _Board(now=self.now)

    @property
    def typed(self) -> Mapping[str, str]:
        return {}

    def say_yes(self, url: str) -> Mapping[str, str]:
        return self.fake.say_yes(url)

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.pins)
        answer = self.fake.answer(asked)
        if len(self.fake.pins) > before:
            self.truths[self.fake.pins[0]["id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [pin for pin in self.fake.pins if pin["id"] in self.truths]
        return [self._seen(pin) for pin in ours]

    def _seen(self, pin: Mapping[str, object]) -> Seen:
        pin_id, media = str(pin["id"]), pin["media"]
        assert isinstance(media, dict)
        shown = tuple(pin[name] or "" for name in ("title", "description", "link"))
        return Seen(pin_id, self.truths[pin_id], shown, len(media.get("items", "1")))

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return (content.title, wording(content, pinterest.SPEC), content.link or "")

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.hidden[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people pin other pictures by hand."""
        for n in range(count):
            body = {"board_id": BOARD, "description": f"Image du jour numéro {n}, sans rapport."}
            self.fake.pins.insert(0, self.fake.made(body))

    def revoke(self) -> None:
        self.fake.access.clear()
        self.fake.refresh.clear()

    def expire(self) -> None:
        """Let the access token end before its time."""
        self.fake.access.clear()

    def demote(self) -> None:
        self.fake.may_write = False

    def restore(self) -> None:
        self.fake.may_write = True

    def vanish(self) -> None:
        self.fake.videos.clear()

    def limited(self, until: datetime | None) -> Said:
        return limited(None if until is None else int((until - self.now()).total_seconds()))

    def unauthorised(self) -> Said:
        return refused(401, 2, "Authentication failed.")

    def forbidden(self) -> Said:
        return refused(403, 29, "You are not permitted to access that resource.")

    def invalid(self) -> Said:
        return refused(400, 1, "Invalid parameters")

    def temper(self, chance: random.Random) -> None:
        self.fake.is_mixed = chance.random() < 0.3
        self.fake.says_zone = chance.random() < 0.5
