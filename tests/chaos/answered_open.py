"""Mastodon, Bluesky and WordPress where others speak, as lives that answer use them."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from html import escape
from typing import Any

from chalicelib.networks import bluesky, mastodon, wordpress
from chalicelib.networks.fediverse import visible_to
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.bluesky_rig import BlueskyRig
from tests.chaos.mastodon_rig import Instance, MastodonRig
from tests.chaos.rigs import Seen
from tests.chaos.wordpress_rig import Blog, WordPressRig
from tests.fakes.fake_bluesky_video import FakeVideoService
from tests.fakes.serving import Asked, Said
from tests.fakes.talking_bluesky import TalkingBluesky
from tests.fakes.talking_mastodon import TalkingMastodon
from tests.fakes.talking_wordpress import TalkingWordPress


class _TalkingInstance(Instance, TalkingMastodon):
    """Lists late, may alter texts, and has others who speak."""


@dataclass
class AnsweredMastodonRig(MastodonRig):
    """An account that is named and answered."""

    kinds = ("a mention", "a reply", "a private mention")
    together = ("a mention", "a reply")
    bears_many = True
    last: str = ""
    places: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Status id → what it answered when it was made, and who sees it."""

    def __post_init__(self) -> None:
        self.fake: _TalkingInstance = _TalkingInstance(self.now)

    @property
    def is_taken_back(self) -> bool:
        return False  # answers stay

    def say(self, kind: str) -> str:
        to = self.last or None
        if kind == "a reply" and to is None:
            body = {"status": "Ouvert demain.", "visibility": "public"}
            self.fake.statuses.insert(0, self.fake.status(body))
            to = self.fake.statuses[0]["id"]
        visibility = "direct" if kind == "a private mention" else "public"
        text = f"@boulangerie Et dimanche ? ({self.fake.issued})"
        under = to if kind == "a reply" else None
        self.last = str(self.fake.say(text, to=under, visibility=visibility)["id"])
        return self.last

    def take_back(self) -> None:
        """Mastodon then says of an answer that it answers nothing."""
        self.fake.others.pop(self.last, None)
        for status in self.fake.statuses:
            if status["in_reply_to_id"] == self.last:
                status["in_reply_to_id"] = None

    def chatter(self, count: int) -> None:
        for n in range(count):
            text = f"Mot numéro {n}, écrit à la main."
            self.fake.say(f"@boulangerie {text}", to=self.last, kind=None)
            if self.fake.found(self.last):
                body = {"status": text, "visibility": "public", "in_reply_to_id": self.last}
                self.fake.statuses.insert(0, self.fake.status(body))

    def answer(self, asked: Asked) -> Said:
        known = set(self.truths)
        answer = super().answer(asked)
        for made in set(self.truths) - known:
            status = self.fake.found(made) or {}
            self.places[made] = (status["in_reply_to_id"] or "", status["visibility"])
        return answer

    def seen(self) -> list[Seen]:
        return [replace(s, shown=(s.shown, *self.places[s.id])) for s in super().seen()]

    def shown(self, content: Content) -> object:
        visibility = visible_to(content.visibility, content.answers)
        return wording(content, mastodon.SPEC), content.answers["id"], visibility.value

    def temper(self, chance: random.Random) -> None:
        super().temper(chance)
        self.fake.knows_many = chance.random() < 0.5


@dataclass
class AnsweredBlueskyRig(BlueskyRig):
    """An account that is named and answered."""

    kinds = ("a mention", "a reply")
    together = ("a mention", "a reply")
    bears_many = True
    last: dict[str, Any] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.fake: TalkingBluesky = TalkingBluesky(self.now, base_url=f"https://{self.host}")
        self.films = FakeVideoService(self.fake)

    @property
    def is_taken_back(self) -> bool:
        return False

    def say(self, kind: str) -> str:
        reason, to = "mention", None
        if kind == "a reply":
            own = self.fake.say("Ouvert demain.", reason=None, by=self.fake.handle)
            reason, to = "reply", self.last or own
        self.last = self.fake.say("Et dimanche ?", to=to, reason=reason)
        return str(self.last["uri"])

    def take_back(self) -> None:
        self.fake.views.pop(self.last["uri"], None)

    def chatter(self, count: int) -> None:
        for n in range(count):
            self.fake.say(f"Mot numéro {n}.", to=self.last, reason=None)

    def seen(self) -> list[Seen]:
        found = self.fake.records.items()
        return [Seen(r["uri"], key, _shown_record(r["value"]), 0) for key, r in found]

    def shown(self, content: Content) -> object:
        refs = content.answers
        return wording(content, bluesky.SPEC), refs["uri"], refs["root_uri"]


def _shown_record(record: Mapping[str, Any]) -> object:
    reply = record.get("reply", {"parent": {"uri": ""}, "root": {"uri": ""}})
    return record["text"], reply["parent"]["uri"], reply["root"]["uri"]


class _TalkingBlog(Blog, TalkingWordPress):
    """A blog on which visitors comment."""


@dataclass
class AnsweredWordPressRig(WordPressRig):
    """A blog on which visitors comment; an answer names its delivery as what wrote it."""

    kinds = ("a comment", "a reply", "a comment let through")
    together = ("a comment let through", "a reply")
    bears_many = False
    """It refuses the same words in the same place."""
    last: int = 0
    post: int = 0

    def __post_init__(self) -> None:
        self.fake: _TalkingBlog = _TalkingBlog(self.now, base_url=f"https://{self.host}")

    @property
    def is_taken_back(self) -> bool:
        return False

    def say(self, kind: str) -> str:
        self.post = self.post or self.fake.post()
        status = "hold" if kind == "a comment" else "approved"
        if kind == "a reply" and not self.last:
            self.say("a comment let through")
        parent = self.last if kind == "a reply" else 0
        self.last = self.fake.write("Et dimanche ?", post=self.post, parent=parent, status=status)
        return f"comment-{self.last}"

    def take_back(self) -> None:
        if self.last in self.fake.comments:
            self.fake.comments[self.last]["status"] = "trash"

    def chatter(self, count: int) -> None:
        for n in range(count):
            self.fake.write(f"Mot numéro {n}.", post=self.post, parent=self.last, status="approved")

    def _ours(self) -> list[dict[str, Any]]:
        known = self.fake.comments.values()
        return [c for c in known if c["author_user_agent"].startswith("Relais/")]

    def seen(self) -> list[Seen]:
        live = [c for c in self._ours() if c["status"] == "approved"]
        return [self._seen_comment(c) for c in live]

    def _seen_comment(self, comment: Mapping[str, Any]) -> Seen:
        shown = (comment["content"]["raw"], str(comment["post"]), str(comment["parent"]))
        truth = comment["author_user_agent"].partition("/")[2]
        return Seen(f"comment-{comment['id']}", truth, shown, 0)

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        text = escape(wording(content, wordpress.SPEC), quote=False)
        return text, content.answers["post"], content.answers["parent"]

    def vanish(self) -> None:
        for comment in [c for c in self._ours() if c["status"] == "hold"]:
            del self.fake.comments[comment["id"]]

    def publish_by_hand(self) -> None:
        """Let a person let the comment through that she finds."""
        for comment in self._ours():
            comment["status"] = "approved"
