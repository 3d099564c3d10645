"""Networks on which a post has a first comment, as lives see both: each as the rigs that see one.

A post is seen as where posts are lived, and what stands under it as where answers are. What others
say they say under our post, and what is taken back is the post itself.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from chalicelib.networks import youtube
from chalicelib.networks.wording import wording
from chalicelib.publishing.posts import Content
from tests.chaos.answered_meta import AnsweredFacebookRig, AnsweredInstagramRig, AnsweredThreadsRig
from tests.chaos.answered_open import AnsweredBlueskyRig, AnsweredMastodonRig
from tests.chaos.answered_others import (
    SOMEBODY,
    AnsweredLinkedInPagesRig,
    AnsweredYouTubeRig,
)
from tests.chaos.bluesky_rig import BlueskyRig
from tests.chaos.linkedin_rigs import LinkedInPagesRig
from tests.chaos.mastodon_rig import MastodonRig
from tests.chaos.meta_rigs import FacebookRig, InstagramRig, ThreadsRig
from tests.chaos.rigs import Now, Seen, Server
from tests.chaos.youtube_rig import YouTubeRig
from tests.fakes.fake_linkedin import PAGE
from tests.fakes.fake_youtube import CHANNEL


def _first(posts: list[Seen]) -> str:
    """Return the id of a post of ours that is live; empty if none is."""
    return posts[0].id if posts else ""


class CommentedFacebookRig(AnsweredFacebookRig):
    """A Page whose posts are commented."""

    def seen(self) -> list[Seen]:
        return [*FacebookRig.seen(self), *super().seen()]

    def shown(self, content: Content) -> object:
        return super().shown(content) if content.answers else FacebookRig.shown(self, content)

    def take_back(self) -> None:
        """What stands under a post goes with it."""
        if post := _first(FacebookRig.seen(self)):
            self.is_taken_back = True
            self.fake.posts = [p for p in self.fake.posts if p["id"] != post]
            self.fake.comments = [c for c in self.fake.comments if c["under"] != post]

    def chatter(self, count: int) -> None:
        self.place = _first(FacebookRig.seen(self))
        if self.place:
            super().chatter(count)


class CommentedInstagramRig(AnsweredInstagramRig):
    """An account whose posts are commented."""

    def seen(self) -> list[Seen]:
        comments = {c["id"]: c for c in self.fake.comments}
        under = [replace(s, shown=_under_post(comments[s.id])) for s in super().seen()]
        return [*InstagramRig.seen(self), *under]

    def shown(self, content: Content) -> object:
        posted = InstagramRig.shown(self, content)
        return (posted, content.answers["own"]) if content.answers else posted

    def take_back(self) -> None:
        """What stands under a post goes with it."""
        if post := _first(InstagramRig.seen(self)):
            self.is_taken_back = True
            self.fake.posts = [p for p in self.fake.posts if p["id"] != post]
            self.fake.comments = [c for c in self.fake.comments if c["under"] != post]

    def chatter(self, count: int) -> None:
        self.place = _first(InstagramRig.seen(self))
        if self.place:
            super().chatter(count)


def _under_post(comment: Mapping[str, Any]) -> object:
    return comment["text"], comment["in"] or comment["under"]


class CommentedThreadsRig(AnsweredThreadsRig):
    """An account that answers its own posts."""

    is_taken_back = False

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        is_comment = "replied_to" in post
        return super()._seen(post) if is_comment else ThreadsRig._seen(self, post)

    def shown(self, content: Content) -> object:
        return super().shown(content) if content.answers else ThreadsRig.shown(self, content)

    def _post(self) -> str:
        ours = [p for p in self.fake.posts if p["id"] in self.truths and "replied_to" not in p]
        return _first([self._seen(p) for p in ours])

    def take_back(self) -> None:
        """What answers it stays."""
        if post := self._post():
            self.is_taken_back = True
            self.fake.posts = [p for p in self.fake.posts if p["id"] != post]

    def chatter(self, count: int) -> None:
        self.last = self._post()
        if self.last:
            super().chatter(count)


class CommentedLinkedInPagesRig(AnsweredLinkedInPagesRig):
    """A page whose posts are commented."""

    def seen(self) -> list[Seen]:
        return [*LinkedInPagesRig.seen(self), *super().seen()]

    def shown(self, content: Content) -> object:
        posted, refs = LinkedInPagesRig.shown(self, content), content.answers
        return (posted, refs["object"], refs["object"]) if refs else posted

    def take_back(self) -> None:
        """What stands under a post goes with it."""
        if post := _first(LinkedInPagesRig.seen(self)):
            self.is_taken_back = True
            self.fake.posts = [p for p in self.fake.posts if p["id"] != post]
            known = self.fake.comments.items()
            self.fake.comments = {urn: c for urn, c in known if c["object"] != post}

    def chatter(self, count: int) -> None:
        if post := _first(LinkedInPagesRig.seen(self)):
            for n in range(count):
                self.fake.say(SOMEBODY, f"Mot numéro {n}.", post)
                self.fake.say(PAGE, f"Mot numéro {n}.", post)


class CommentedYouTubeRig(AnsweredYouTubeRig):
    """A channel under whose videos it speaks first."""

    def seen(self) -> list[Seen]:
        tops = [t for t in self.fake.threads.values() if t["top"]["id"] in self.truths]
        return [*YouTubeRig.seen(self), *map(self._begun, tops)]

    def _begun(self, thread: Mapping[str, Any]) -> Seen:
        top = thread["top"]
        shown = top["snippet"]["textOriginal"], thread["video"]
        return Seen(top["id"], self.truths[top["id"]], shown, 0)

    def shown(self, content: Content) -> object:
        if content.answers:
            return wording(content, youtube.SPEC), content.answers["own"]
        return YouTubeRig.shown(self, content)

    def take_back(self) -> None:
        """What stands under a video goes with it."""
        if video := _first(YouTubeRig.seen(self)):
            self.is_taken_back = True
            self.fake.videos.pop(video)
            known = self.fake.threads.items()
            self.fake.threads = {own: t for own, t in known if t["video"] != video}

    def chatter(self, count: int) -> None:
        if video := _first(YouTubeRig.seen(self)):
            for n in range(count):
                self.fake.say(f"Mot numéro {n}.", video=video)
                self.fake.say(f"Mot numéro {n}.", video=video, by=CHANNEL)


class CommentedMastodonRig(AnsweredMastodonRig):
    """An account that answers its own statuses."""

    is_taken_back = False

    def seen(self) -> list[Seen]:
        answers = {s.id: s for s in super().seen() if self.places[s.id][0]}
        return [answers.get(s.id, s) for s in MastodonRig.seen(self)]

    def shown(self, content: Content) -> object:
        return super().shown(content) if content.answers else MastodonRig.shown(self, content)

    def _post(self) -> str:
        return _first([s for s in MastodonRig.seen(self) if not self.places[s.id][0]])

    def take_back(self) -> None:
        """Mastodon then says of an answer that it answers nothing."""
        if post := self._post():
            self.is_taken_back = True
            self.fake.statuses = [s for s in self.fake.statuses if s["id"] != post]
            self.last = post
            super().take_back()

    def chatter(self, count: int) -> None:
        self.last = self._post()
        if self.last:
            super().chatter(count)


class CommentedBlueskyRig(AnsweredBlueskyRig):
    """An account that answers its own posts."""

    is_taken_back = False

    def seen(self) -> list[Seen]:
        comments = {r["uri"] for r in self.fake.records.values() if "reply" in r["value"]}
        answers = {s.id: s for s in super().seen() if s.id in comments}
        return [answers.get(s.id, s) for s in BlueskyRig.seen(self)]

    def shown(self, content: Content) -> object:
        posted, refs = BlueskyRig.shown(self, content), content.answers
        return (posted, refs["uri"], refs["uri"]) if refs else posted

    def _post(self) -> str:
        """Return the key of a post of ours; empty if none is live."""
        records = self.fake.records.items()
        return next((key for key, r in records if "reply" not in r["value"]), "")

    def take_back(self) -> None:
        """What answers it stays."""
        if key := self._post():
            self.is_taken_back = True
            del self.fake.records[key]

    def chatter(self, count: int) -> None:
        if key := self._post():
            record = self.fake.records[key]
            self.last = {"uri": record["uri"], "cid": record["cid"], "record": record["value"]}
            super().chatter(count)


COMMENTED: Mapping[str, Callable[[Now], Server]] = {
    "facebook": CommentedFacebookRig,
    "instagram": CommentedInstagramRig,
    "threads": CommentedThreadsRig,
    "linkedin_pages": CommentedLinkedInPagesRig,
    "youtube": CommentedYouTubeRig,
    "mastodon": CommentedMastodonRig,
    "bluesky": CommentedBlueskyRig,
}
"""Networks on which a post may have a first comment, as lives with one reach them."""
