"""Accounts on Meta's networks to which others speak, as lives that answer use them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.networks import facebook, instagram, threads
from chalicelib.networks.wording import wording
from chalicelib.publishing.posts import Content
from tests.chaos.meta_rigs import FacebookRig, InstagramRig, Page, ThreadsRig, TwoPhaseInstagram
from tests.chaos.rigs import CARRIES, Seen
from tests.fakes import fake_graph as fg
from tests.fakes.fake_facebook import PAGE
from tests.fakes.serving import Asked, Said

TOP = {"a comment", "a reply"}


@dataclass
class _TalkingPage(Page):
    """Lists comments only after a while, too."""

    def comments_of(self, object_id: str, params: dict[str, str]) -> dict[str, Any]:
        everything = self.comments
        self.comments = [c for c in everything if _is_listed(c, self.hidden, self.now())]
        try:
            return super().comments_of(object_id, params)
        finally:
            self.comments = everything


@dataclass
class AnsweredFacebookRig(FacebookRig):
    """A Page to which others speak; the wire tells the judge whose an answer is."""

    kinds = ("a comment", "a reply", "a post that names us", "a recommendation")
    together = ("a comment", "a reply")
    bears_many = True
    last: str = ""
    place: str = ""
    """Under what an answer to it stands."""
    is_taken_back: bool = False

    def __post_init__(self) -> None:
        self.fake: Page = _TalkingPage(self.now, refuses_repeats=False)

    def say(self, kind: str) -> str:
        if kind == "a reply" and not self.place:
            self.say("a comment")
        if not self.fake.posts:
            self.fake.posts.insert(0, self.fake.made("Ouvert demain."))
        by, text = ("77", "Zoé"), f"Et dimanche ? ({self.fake.issued})"
        if kind in TOP:
            under = self.place if kind == "a reply" else self.fake.posts[-1]["id"]
            self.last = str(self.fake.say(text, to=under, by=by)["id"])
            self.place = self.place if kind == "a reply" else self.last
            return self.last
        self.last = self.place = f"777_{self.fake.new_id()}"
        at = fg.stamp(self.now())
        said = {"id": self.last, "created_time": at, "permalink_url": "https://www.facebook.com/7"}
        if kind == "a post that names us":
            person = {"id": by[0], "name": by[1]}
            self.fake.tagged.insert(0, {**said, "message": text, "from": person})
        else:
            told = {"created_time": at, "recommendation_type": "positive", "review_text": text}
            self.fake.ratings.insert(0, {**told, "open_graph_story": said})
        return self.last

    def take_back(self) -> None:
        """What stands under a comment goes with it."""
        self.is_taken_back = True
        kept = [c for c in self.fake.comments if self.place not in {c["id"], c["in"], c["under"]}]
        self.fake.comments = kept
        self.fake.tagged, self.fake.ratings = [], []

    def chatter(self, count: int) -> None:
        if not self.is_taken_back:
            for n in range(count):
                self.fake.say(f"Mot numéro {n}.", to=self.place)
                self.fake.say(f"Mot numéro {n}.", to=self.place, by=(PAGE, "Boulangerie Martin"))

    def answer(self, asked: Asked) -> Said:
        before = {c["id"] for c in self.fake.comments}
        answer = super().answer(asked)
        for comment in self.fake.comments:
            if comment["id"] not in before:
                self.truths[comment["id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [c for c in self.fake.comments if c["id"] in self.truths]
        return [
            Seen(c["id"], self.truths[c["id"]], (c["message"], c["in"] or c["under"]), 0)
            for c in ours
        ]

    def shown(self, content: Content) -> object:
        return wording(content, facebook.SPEC), content.answers["id"]

    def demote(self) -> None:
        self.fake.scopes -= {"pages_manage_engagement", "pages_manage_posts"}


def _is_listed(item: Mapping[str, Any], hidden: Mapping[str, datetime], now: datetime) -> bool:
    return hidden.get(item["id"], now) <= now


@dataclass(kw_only=True)
class _TalkingInstagram(TwoPhaseInstagram):
    """Lists replies only after a while, too."""

    def replies_to(self, comment: str) -> list[dict[str, Any]]:
        found = super().replies_to(comment)
        return [c for c in found if _is_listed(c, self.unlisted, self.now())]


@dataclass
class AnsweredInstagramRig(InstagramRig):
    """An account to which others speak; the wire tells the judge whose an answer is."""

    kinds = ("a comment", "a reply")
    together = ("a comment", "a reply")
    bears_many = True
    last: str = ""
    place: str = ""
    is_taken_back: bool = False
    fake: _TalkingInstagram = field(init=False)

    def made(self) -> _TalkingInstagram:
        return _TalkingInstagram(now=self.now, fetches=lambda _: True)

    def say(self, kind: str) -> str:
        if kind == "a reply" and not self.place:
            self.say("a comment")
        if not self.fake.posts:
            self._by_hand()
        under = self.place if kind == "a reply" else self.fake.posts[-1]["id"]
        text = f"Et dimanche ? ({self.fake.issued})"
        self.last = str(self.fake.say(text, to=under)["id"])
        self.place = self.place if kind == "a reply" else self.last
        return self.last

    def _by_hand(self) -> None:
        at = self.now() - timedelta(days=2)
        post = {"id": self.fake.new_id(), "timestamp": fg.stamp(at), "made": at}
        shown = self.fake.shown({"media_type": "IMAGE", "caption": "Ouvert demain."})
        self.fake.posts.append({**post, "username": self.fake.username, **shown})

    def take_back(self) -> None:
        """What stands under a comment goes with it."""
        self.is_taken_back = True
        self.fake.comments = [c for c in self.fake.comments if self.place not in {c["id"], c["in"]}]

    def chatter(self, count: int) -> None:
        if not self.is_taken_back:
            for n in range(count):
                self.fake.say(f"Mot numéro {n}.", to=self.place)
                self.fake.say(f"Mot numéro {n}.", to=self.place, by=self.fake.username)

    def answer(self, asked: Asked) -> Said:
        before = {c["id"] for c in self.fake.comments}
        answer = super().answer(asked)
        for comment in self.fake.comments:
            if comment["id"] not in before:
                self.truths[comment["id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [c for c in self.fake.comments if c["id"] in self.truths]
        return [Seen(c["id"], self.truths[c["id"]], (c["text"], c["in"]), 0) for c in ours]

    def shown(self, content: Content) -> object:
        return wording(content, instagram.SPEC), content.answers["id"]

    def demote(self) -> None:
        super().demote()
        self.fake.scopes -= {"instagram_business_manage_comments"}


@dataclass
class AnsweredThreadsRig(ThreadsRig):
    """An account to which others speak: an answer is a post of its own there."""

    kinds = ("a reply to us", "a reply", "a mention")
    together = ("a reply to us", "a reply")
    bears_many = True
    last: str = ""

    @property
    def is_taken_back(self) -> bool:
        return False  # answers stay

    def say(self, kind: str) -> str:
        if kind == "a reply" and not self.last:
            self.say("a reply to us")
        if not self.fake.posts:
            self._by_hand()
        own = self.fake.posts[-1]["id"]
        to = {"a reply to us": own, "a reply": self.last, "a mention": None}[kind]
        text = f"Et dimanche ? ({self.fake.issued})"
        self.last = str(self._threads.say(text, to=to)["id"])
        return self.last

    @property
    def _threads(self) -> Any:
        return self.fake

    def _by_hand(self) -> None:
        at = self.now() - timedelta(days=2)
        post = {"id": self.fake.new_id(), "timestamp": fg.stamp(at), "made": at}
        shown = self.fake.shown({"media_type": "TEXT", "text": "Ouvert demain."})
        self.fake.posts.append({**post, "username": self.fake.username, **shown})

    def take_back(self) -> None:
        self._threads.others = [o for o in self._threads.others if o["id"] != self.last]

    def chatter(self, count: int) -> None:
        for n in range(count):
            text = f"Mot numéro {n}."
            self._threads.say(text, to=self.last)
            long_ago = self.now() - timedelta(days=2)
            form = {"media_type": "TEXT", "text": text, "reply_to_id": self.last}
            post = {"id": self.fake.new_id(), "timestamp": fg.stamp(self.now()), "made": long_ago}
            shown = self.fake.shown(form)
            self.fake.posts.insert(0, {**post, "username": self.fake.username, **shown})

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        answered = post.get("replied_to", {}).get("id", "")
        return Seen(post["id"], self.truths[post["id"]], (post["text"], answered), 0)

    def shown(self, content: Content) -> object:
        return wording(content, threads.SPEC), content.answers["id"]

    def demote(self) -> None:
        super().demote()
        self.fake.scopes -= {"threads_manage_replies"}
