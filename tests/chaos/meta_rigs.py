"""Accounts on Meta's networks as lives use them."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from chalicelib.networks import facebook, instagram, threads
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from tests.chaos.rigs import CARRIES, Now, Seen
from tests.fakes import fake_graph as fg
from tests.fakes.fake_containers import FakeTwoPhase
from tests.fakes.fake_facebook import EVERYTHING, PAGE, FakeFacebook
from tests.fakes.fake_instagram import FakeInstagram
from tests.fakes.fake_threads import FakeThreads
from tests.fakes.serving import Asked, Said

STORY = "a story"
"""What a reader sees of one, which shows no words."""


@dataclass
class Page(FakeFacebook):
    """Lists what it has only after a while."""

    hidden: dict[str, datetime] = field(default_factory=dict)

    def listed_posts(self, params: dict[str, str]) -> dict[str, Any]:
        everything = self.posts
        self.posts = [p for p in everything if self.hidden.get(p["id"], self.now()) <= self.now()]
        try:
            return super().listed_posts(params)
        finally:
            self.posts = everything


@dataclass
class FacebookRig:
    """A Page whose posts tell nothing of whose they are: the wire does, for the judge."""

    now: Now
    truths: dict[str, str] = field(default_factory=dict)
    """The id of a post → the key of its delivery."""
    host = "graph.facebook.com"
    hosts = frozenset({"graph.facebook.com", "rupload.facebook.com"})

    def __post_init__(self) -> None:
        # The same words are wanted twice in some lives, and must then go out twice.
        self.fake = Page(self.now, refuses_repeats=False)
        self.fake.videos.fetches = _anything

    @property
    def typed(self) -> Mapping[str, str]:
        return {}

    def say_yes(self, url: str) -> Mapping[str, str]:
        return self.fake.page.say_yes(url)

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.posts), len(self.fake.stories.shown)
        answer = self.fake.answer(asked)
        if len(self.fake.posts) > before[0]:
            self.truths[self.fake.posts[0]["id"]] = asked.headers.get(CARRIES, "")
        if len(self.fake.stories.shown) > before[1]:
            self.truths[self.fake.stories.shown[0]["post_id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [post for post in self.fake.posts if post["id"] in self.truths]
        told = [story["post_id"] for story in self.fake.stories.shown]
        stories = [Seen(s, self.truths[s], STORY, 1) for s in told if s in self.truths]
        return [*map(self._seen, ours), *stories]

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        message, link, media = post["what"]
        return Seen(post["id"], self.truths[post["id"]], (message, link), media)

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        if content.is_story:
            return STORY
        card = "" if content.media else content.link or ""
        return wording(content, facebook.SPEC), card

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.hidden[remote_id] = self.fake.stories.hidden[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people write other posts by hand, and show a film for a day."""
        self.fake.stories.show_video(self.fake.new_id())
        for n in range(count):
            made = self.fake.made(f"Brève du jour numéro {n}, sans rapport.")
            self.fake.posts.insert(0, made)

    def revoke(self) -> None:
        self.fake.tokens[PAGE] = "revoked"

    def demote(self) -> None:
        self.fake.scopes -= {"pages_manage_posts"}

    def restore(self) -> None:
        self.fake.tokens[PAGE], self.fake.scopes = "page-token-new", EVERYTHING

    def vanish(self) -> None:
        self.fake.photos.clear()
        known = self.fake.videos.kept
        self.fake.videos.kept = {n: v for n, v in known.items() if v["published"]}

    def limited(self, until: datetime | None) -> Said:
        return limited(until, self.now())

    def unauthorised(self) -> Said:
        return fg.refused(190, 460, 401)

    def forbidden(self) -> Said:
        return fg.refused(200, status=403)

    def invalid(self) -> Said:
        return fg.refused(100)

    def temper(self, chance: random.Random) -> None:
        self.fake.refuses_repeats = chance.random() < 0.5


@dataclass(kw_only=True)
class _Hides(FakeTwoPhase):
    """Lists what it has only after a while."""

    unlisted: dict[str, datetime] = field(default_factory=dict)

    def listed(self, params: Mapping[str, str], **which: Any) -> dict[str, Any]:
        everything = self.posts
        self.posts = [p for p in everything if self.unlisted.get(p["id"], self.now()) <= self.now()]
        try:
            return super().listed(params, **which)
        finally:
            self.posts = everything


@dataclass(kw_only=True)
class TwoPhaseInstagram(FakeInstagram, _Hides):
    """An account on Instagram."""


@dataclass(kw_only=True)
class _Threads(FakeThreads, _Hides):
    """An account on Threads."""


@dataclass
class TwoPhaseRig:
    """An account whose posts tell nothing of whose they are: the wire does, for the judge."""

    now: Now
    truths: dict[str, str] = field(default_factory=dict)
    """The id of a post → the key of its delivery."""

    def __post_init__(self) -> None:
        self.fake = self.made()
        self.everything = self.fake.scopes

    def made(self) -> TwoPhaseInstagram | _Threads:
        """Return the network."""
        raise NotImplementedError

    @property
    def typed(self) -> Mapping[str, str]:
        return {}

    def say_yes(self, url: str) -> Mapping[str, str]:
        return self.fake.page.say_yes(url)

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.posts)
        answer = self.fake.answer(asked)
        if len(self.fake.posts) > before:
            self.truths[self.fake.posts[0]["id"]] = asked.headers.get(CARRIES, "")
        return answer

    def seen(self) -> list[Seen]:
        ours = [post for post in self.fake.posts if post["id"] in self.truths]
        return [self._seen(post) for post in ours]

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        items = post.get("children", {}).get("data", ())
        media = len(items) or int(post["media_type"] in {"IMAGE", "VIDEO"})
        text = STORY if post.get("is_story") else post.get("caption", post.get("text"))
        return Seen(post["id"], self.truths[post["id"]], text, media)

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.unlisted[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people write other posts by hand, long enough ago for the quota."""
        for n in range(count):
            text = f"Brève du jour numéro {n}, sans rapport."
            post = {"id": self.fake.new_id(), "timestamp": fg.stamp(self.now())}
            shown = self.fake.shown({"media_type": "TEXT", "text": text, "caption": text})
            long_ago = self.now() - timedelta(days=2)
            self.fake.posts.insert(0, {**post, "made": long_ago, **shown})

    def revoke(self) -> None:
        self.fake.token = "revoked"

    def demote(self) -> None:
        publishing = {"instagram_business_content_publish", "threads_content_publish"}
        self.fake.scopes -= publishing

    def restore(self) -> None:
        """Whoever signs in anew has all rights again."""

    def vanish(self) -> None:
        known = self.fake.containers
        self.fake.containers = {n: c for n, c in known.items() if c["live"]}

    def expire(self) -> None:
        """Let the containers grow too old."""
        for container in self.fake.containers.values():
            container["at"] -= timedelta(days=2)

    def fail(self) -> None:
        """Let what is prepared fail."""
        for container in self.fake.containers.values():
            container["failed"] = "" if container["live"] else "failed"

    def limited(self, until: datetime | None) -> Said:
        return limited(until, self.now())

    def unauthorised(self) -> Said:
        return fg.refused(190, 463, 401)

    def forbidden(self) -> Said:
        return fg.refused(10, status=403)

    def invalid(self) -> Said:
        return fg.refused(100)

    def temper(self, chance: random.Random) -> None:
        self.fake.looks = chance.choice([0, 0, 1, 3])


class InstagramRig(TwoPhaseRig):
    """An account on Instagram."""

    host = "graph.instagram.com"
    hosts = frozenset({"graph.instagram.com", "api.instagram.com"})

    def made(self) -> TwoPhaseInstagram:
        return TwoPhaseInstagram(now=self.now, fetches=_anything)

    def shown(self, content: Content) -> object:
        return STORY if content.is_story else wording(content, instagram.SPEC)

    def crowd(self, count: int) -> None:
        """See ``TwoPhaseRig.crowd``; they show a picture for a day too."""
        super().crowd(count)
        form = {"media_type": "STORIES", "image_url": "https://ailleurs.example/1"}
        told = {"id": self.fake.new_id(), "timestamp": fg.stamp(self.now()), "made": self.now()}
        self.fake.posts.insert(0, {**told, **self.fake.shown(form)})


class ThreadsRig(TwoPhaseRig):
    """An account on Threads."""

    host = "graph.threads.net"

    def made(self) -> _Threads:
        return _Threads(now=self.now, fetches=_anything)

    def shown(self, content: Content) -> object:
        return wording(content, threads.SPEC) or content.link


def _anything(_: str) -> bool:
    """The installation of these lives is at no public address."""
    return True


def limited(until: datetime | None, now: datetime) -> Said:
    """Return the refusal of one that asks too often, which says how many minutes, or doesn't."""
    if until is None:
        return fg.refused(32)
    return fg.limited(32, math.ceil((until - now).total_seconds() / 60))
