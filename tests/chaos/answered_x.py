"""An account on X to which others speak, as lives use it: it charges for what is heard, too."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from chalicelib.networks import x
from chalicelib.networks.wording import wording
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Seen
from tests.chaos.x_rig import XRig
from tests.fakes.serving import Asked, Said


@dataclass
class AnsweredXRig(XRig):
    """An account that others name; the wire tells the judge whose an answer is."""

    kinds = ("a mention", "a reply")
    together = ("a mention", "a reply")
    bears_many = True
    last: str = ""
    is_taken_back: bool = False

    def say(self, kind: str) -> str:
        words = f"Et dimanche ? ({self.fake.issued})"
        if kind == "a reply":
            if not self.fake.posts:
                self.crowd(1)
            own = self.fake.posts[-1]["id"]
            self.last = str(self.fake.say(words, to=own)["id"])
        else:
            self.last = str(self.fake.say(f"@boulangerie {words}")["id"])
        return self.last

    def take_back(self) -> None:
        """What answers it stays: its author is the firm."""
        self.is_taken_back = True
        self.fake.others[self.last]["deleted"] = True

    def chatter(self, count: int) -> None:
        for n in range(count):
            self.fake.say(f"Mot numéro {n}.")
            made = self.fake.made(f"Mot numéro {n}.", [], self.last)
            self.fake.posts.insert(0, made)

    def answer(self, asked: Asked) -> Said:
        before = {post["id"] for post in self.fake.posts}
        answer = self.fake.answer(asked)
        for post in self.fake.posts:
            if post["id"] not in before:
                self.truths[post["id"]] = asked.headers.get(CARRIES, "")
        return answer

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        told = (post["truth"], post["answered"])
        return Seen(post["id"], self.truths[post["id"]], told, 0)

    def shown(self, content: Content) -> object:
        return wording(content, x.SPEC), content.answers["id"]
