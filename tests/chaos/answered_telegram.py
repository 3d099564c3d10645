"""A Telegram channel whose group talks about it, as lives use it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from chalicelib.networks import telegram
from chalicelib.networks.telegram_chats import place_of
from chalicelib.networks.wording import wording
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Seen
from tests.chaos.telegram_rig import TelegramRig
from tests.fakes.fake_telegram_group import BOT_ID, CLAIRE, GROUP_ID
from tests.fakes.serving import Asked, Said


@dataclass
class AnsweredTelegramRig(TelegramRig):
    """A group in which people speak; the wire tells the judge whose an answer is."""

    kinds = ("a comment", "a reply", "a message")
    together = ("a comment", "a reply")
    bears_many = True
    last: int = 0
    is_taken_back: bool = False

    def say(self, kind: str) -> str:
        group = self.fake.group
        words = f"Et dimanche ? ({group.issued})"
        if kind == "a message":
            self.last = group.say(words)
        elif kind == "a reply" and self.last:
            self.last = group.say(words, under=self.last)
        else:
            self.fake.post({"text": "Les galettes sont là."})
            self.last = group.say(words, under=group.issued)
            if kind == "a reply":
                self.last = group.say(words, under=self.last)
        return place_of(str(GROUP_ID), self.last)

    def take_back(self) -> None:
        """What answers it stays."""
        self.is_taken_back = True
        self.fake.group.messages.pop(self.last, None)

    def chatter(self, count: int) -> None:
        if not self.is_taken_back:
            for n in range(count):
                self.fake.group.say(f"Mot numéro {n}.", under=self.last)
                self.fake.group.say(f"Mot numéro {n}.", by=CLAIRE, under=self.last)

    def answer(self, asked: Asked) -> Said:
        before = set(self.fake.group.messages)
        answer = self.fake.answer(asked)
        for number in set(self.fake.group.messages) - before:
            self.truths[number] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        told = self.fake.group.messages.items()
        return [self._told(n, m) for n, m in told if m["from"]["id"] == BOT_ID]

    def _told(self, number: int, message: dict[str, Any]) -> Seen:
        shown = message["text"], message["reply_to_message"]["message_id"]
        return Seen(place_of(str(GROUP_ID), number), self.truths[number], shown, 0)

    def shown(self, content: Content) -> object:
        return wording(content, telegram.SPEC), int(content.answers["message"])

    def demote(self) -> None:
        self.fake.group.status = "restricted"

    def restore(self) -> None:
        super().restore()
        self.fake.group.status = "administrator"
