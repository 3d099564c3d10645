"""Networks on which a post has a first comment, as lives see both: each as the rigs that see one.

A post is seen as where posts are lived, and what stands under it as where answers are.
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
from tests.chaos.answered_others import AnsweredLinkedInPagesRig, AnsweredYouTubeRig
from tests.chaos.bluesky_rig import BlueskyRig
from tests.chaos.linkedin_rigs import LinkedInPagesRig
from tests.chaos.mastodon_rig import MastodonRig
from tests.chaos.meta_rigs import FacebookRig, InstagramRig, ThreadsRig
from tests.chaos.rigs import Now, Seen, Server
from tests.chaos.youtube_rig import YouTubeRig


class CommentedFacebookRig(AnsweredFacebookRig):
    """A Page whose posts are commented."""

    def seen(self) -> list[Seen]:
        return [*FacebookRig.seen(self), *super().seen()]

    def shown(self, content: Content) -> object:
        return super().shown(content) if content.answers else FacebookRig.shown(self, content)


class CommentedInstagramRig(AnsweredInstagramRig):
    """An account whose posts are commented."""

    def seen(self) -> list[Seen]:
        comments = {c["id"]: c for c in self.fake.comments}
        under = [replace(s, shown=_under_post(comments[s.id])) for s in super().seen()]
        return [*InstagramRig.seen(self), *under]

    def shown(self, content: Content) -> object:
        posted = InstagramRig.shown(self, content)
        return (posted, content.answers["own"]) if content.answers else posted


def _under_post(comment: Mapping[str, Any]) -> object:
    return comment["text"], comment["in"] or comment["under"]


class CommentedThreadsRig(AnsweredThreadsRig):
    """An account that answers its own posts."""

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        is_comment = "replied_to" in post
        return super()._seen(post) if is_comment else ThreadsRig._seen(self, post)

    def shown(self, content: Content) -> object:
        return super().shown(content) if content.answers else ThreadsRig.shown(self, content)


class CommentedLinkedInPagesRig(AnsweredLinkedInPagesRig):
    """A page whose posts are commented."""

    def seen(self) -> list[Seen]:
        return [*LinkedInPagesRig.seen(self), *super().seen()]

    def shown(self, content: Content) -> object:
        posted, refs = LinkedInPagesRig.shown(self, content), content.answers
        return (posted, refs["object"], refs["object"]) if refs else posted


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


class CommentedMastodonRig(AnsweredMastodonRig):
    """An account that answers its own statuses."""

    def seen(self) -> list[Seen]:
        answers = {s.id: s for s in super().seen() if self.places[s.id][0]}
        return [answers.get(s.id, s) for s in MastodonRig.seen(self)]

    def shown(self, content: Content) -> object:
        return super().shown(content) if content.answers else MastodonRig.shown(self, content)


class CommentedBlueskyRig(AnsweredBlueskyRig):
    """An account that answers its own posts."""

    def seen(self) -> list[Seen]:
        comments = {r["uri"] for r in self.fake.records.values() if "reply" in r["value"]}
        answers = {s.id: s for s in super().seen() if s.id in comments}
        return [answers.get(s.id, s) for s in BlueskyRig.seen(self)]

    def shown(self, content: Content) -> object:
        posted, refs = BlueskyRig.shown(self, content), content.answers
        return (posted, refs["uri"], refs["uri"]) if refs else posted


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
