"""LinkedIn pages, Google's profiles and YouTube to which others speak, as lives use them."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from chalicelib.networks import google_business, youtube
from chalicelib.networks.wording import wording
from chalicelib.publishing.posts import Content
from tests.chaos.google_business_rig import GoogleBusinessRig
from tests.chaos.linkedin_rigs import LinkedIn, LinkedInPagesRig
from tests.chaos.rigs import CARRIES, Seen
from tests.chaos.youtube_rig import YouTubeRig
from tests.fakes import fake_linkedin as fl
from tests.fakes.fake_google_business import stamp
from tests.fakes.fake_youtube import CHANNEL, FakeYouTube
from tests.fakes.serving import Asked, Said

SOMEBODY = "urn:li:person:zoe7"
ELSEWHERE = "urn:li:activity:5"


@dataclass
class _TalkingLinkedIn(LinkedIn):
    """Lists comments only after a while, too."""

    def social_actions(self, asked: Asked) -> Said:
        everything, now = self.comments, self.now()
        if asked.method != "GET" or "count" not in asked.query:
            return super().social_actions(asked)
        self.comments = {u: c for u, c in everything.items() if self.hidden.get(u, now) <= now}
        try:
            return super().social_actions(asked)
        finally:
            self.comments = everything


@dataclass
class AnsweredLinkedInPagesRig(LinkedInPagesRig):
    """A page to which others speak; the wire tells the judge whose an answer is."""

    kinds = ("a comment", "a reply", "a comment that names us")
    together = ("a comment", "a reply")
    bears_many = True
    last: str = ""
    place: str = ""
    is_taken_back: bool = False

    def __post_init__(self) -> None:
        self.fake: LinkedIn = _TalkingLinkedIn(
            self.now, product=self.product, refuses_copies=False, gives_refresh=True
        )

    def say(self, kind: str) -> str:
        if kind == "a reply" and not self.place:
            self.say("a comment")
        if not self.fake.posts:
            self.crowd(1)
        text, is_elsewhere = f"Et dimanche ? ({self.fake.issued})", kind.endswith("names us")
        entity = ELSEWHERE if is_elsewhere else str(self.fake.posts[-1]["id"])
        action = "COMMENT_MENTION" if is_elsewhere else "COMMENT"
        parent = self.place if kind == "a reply" else ""
        self.last = self.fake.say(SOMEBODY, text, entity, parent, action)
        self.place = parent or self.last
        return self.last

    def take_back(self) -> None:
        """What stands under a comment goes with it."""
        self.is_taken_back = True
        known = self.fake.comments
        gone = {self.place, self.last}
        kept = {u: c for u, c in known.items() if c.get("parentComment", "") != self.place}
        self.fake.comments = {u: c for u, c in kept.items() if u not in gone}

    def chatter(self, count: int) -> None:
        if not self.is_taken_back:
            entity = self.fake.comments[self.place]["object"]
            for n in range(count):
                self.fake.say(SOMEBODY, f"Mot numéro {n}.", entity, self.place)
                self.fake.say(fl.PAGE, f"Mot numéro {n}.", entity, self.place)

    def answer(self, asked: Asked) -> Said:
        before = set(self.fake.comments)
        answer = super().answer(asked)
        for urn in set(self.fake.comments) - before:
            self.truths[urn] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [(u, c) for u, c in self.fake.comments.items() if u in self.truths]
        return [Seen(u, self.truths[u], _shown_comment(c), 0) for u, c in ours]

    def shown(self, content: Content) -> object:
        refs = content.answers
        return wording(content, self.spec), refs["parent"], refs["object"]


def _shown_comment(comment: dict[str, Any]) -> object:
    entity = comment["object"]
    return comment["message"]["text"], comment.get("parentComment", entity), entity


@dataclass
class AnsweredGoogleBusinessRig(GoogleBusinessRig):
    """A place that is reviewed; a review bears one answer, the last that was put there."""

    kinds = ("a review", "a review without words")
    together = ("a review", "a review")
    bears_many = False
    last: str = ""
    is_taken_back: bool = False

    def say(self, kind: str) -> str:
        text = "" if kind == "a review without words" else "Le pain est bon. Et dimanche ?"
        self.last = str(self.fake.review(text)["name"])
        return self.last

    def take_back(self) -> None:
        """An answer goes with its review."""
        self.is_taken_back = True
        self.fake.reviews.pop(self.last, None)

    def chatter(self, count: int) -> None:
        """Somebody of the firm answers first, elsewhere."""
        if (review := self.fake.reviews.get(self.last)) and "reviewReply" not in review:
            told = {"comment": f"{count} mercis.", "updateTime": stamp(self.now())}
            review["reviewReply"] = {**told, "reviewReplyState": "APPROVED"}

    def answer(self, asked: Asked) -> Said:
        answer = super().answer(asked)
        if asked.method == "PUT" and answer.status == 200:
            name = asked.path.removeprefix("/v4/")
            self.truths[name] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        found = [(f"{n}/reply", n, r.get("reviewReply")) for n, r in self.fake.reviews.items()]
        return [
            Seen(own, self.truths[own], (reply["comment"], name), 0)
            for own, name, reply in found
            if reply and own in self.truths
        ]

    def shown(self, content: Content) -> object:
        return wording(content, google_business.SPEC), content.answers["review"]

    def temper(self, chance: random.Random) -> None:
        super().temper(chance)
        self.fake.reply_state = chance.choice(["APPROVED", "APPROVED", "PENDING"])


@dataclass(kw_only=True)
class _TalkingYouTube(FakeYouTube):
    """Lists comments only after a while."""

    unlisted: dict[str, datetime] = field(default_factory=dict)

    def _list_comments(self, asked: Asked) -> Said:
        held = self.threads.get(asked.query.get("parentId", ""))
        if held is None:
            return super()._list_comments(asked)
        everything, now = held["replies"], self.now()
        held["replies"] = [c for c in everything if self.unlisted.get(c["id"], now) <= now]
        try:
            return super()._list_comments(asked)
        finally:
            held["replies"] = everything


@dataclass
class AnsweredYouTubeRig(YouTubeRig):
    """A channel under whose videos others speak; the wire tells the judge whose an answer is."""

    kinds = ("a comment", "a reply")
    together = ("a comment", "a reply")
    bears_many = True
    last: str = ""
    place: str = ""
    is_taken_back: bool = False

    def __post_init__(self) -> None:
        self.fake: FakeYouTube = _TalkingYouTube(now=self.now)

    @property
    def _talking(self) -> _TalkingYouTube:
        assert isinstance(self.fake, _TalkingYouTube)
        return self.fake

    def say(self, kind: str) -> str:
        if kind == "a reply" and not self.place:
            self.say("a comment")
        under = self.place if kind == "a reply" else ""
        # Without a handle whom it answers isn't named: the same words answer both.
        self.last = self.fake.say(f"Et dimanche ? ({self.fake.issued})", by="Zoé", under=under)
        self.place = under or self.last
        return self.last

    def take_back(self) -> None:
        """What stands under a comment goes with it."""
        self.is_taken_back = True
        self.fake.threads.pop(self.place, None)

    def chatter(self, count: int) -> None:
        if not self.is_taken_back:
            for n in range(count):
                self.fake.say(f"Mot numéro {n}.", under=self.place)
                self.fake.say(f"Mot numéro {n}.", under=self.place, by=CHANNEL)

    def answer(self, asked: Asked) -> Said:
        before = {c["id"] for c in self.fake._comments()}
        answer = super().answer(asked)
        for comment in self.fake._comments():
            if comment["id"] not in before:
                self.truths[comment["id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [c for c in self.fake._comments() if c["id"] in self.truths]
        told = [(c["id"], c["snippet"]) for c in ours]
        return [
            Seen(own, self.truths[own], (snippet["textOriginal"], snippet["parentId"]), 0)
            for own, snippet in told
        ]

    def shown(self, content: Content) -> object:
        return wording(content, youtube.SPEC), content.answers["parent"]

    def hide(self, remote_id: str, until: datetime) -> None:
        self._talking.unlisted[remote_id] = until
