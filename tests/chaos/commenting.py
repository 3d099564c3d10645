"""Lives on the real adapters in which a post has a first comment: every fault, and seeded ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import cache, partial

from chalicelib.ids import DeliveryId
from chalicelib.publishing.deliveries import Delivery
from tests.chaos.adapter_life import AdapterLife, judge_adapter
from tests.chaos.adapters import (
    AdapterStage,
    Fits,
    Work,
    at_random,
    fitting_of,
    in_doubt,
    singles,
)
from tests.chaos.answering import LOST
from tests.chaos.campaign import Plan, Scene, with_comment
from tests.chaos.commented import COMMENTED
from tests.chaos.life import Life
from tests.chaos.rigs import IsAnswered
from tests.chaos.steps import Kind


def twins_with_comments(life: Life) -> None:
    """The same is wanted twice at the same minute: each must have its own first comment."""
    with_comment(life)
    with_comment(life)


SCENE = "with a first comment"
TWINS = "twins with a first comment"
SCENES: Mapping[str, Scene] = {SCENE: with_comment, TWINS: twins_with_comments}
CALLS = {SCENE: 2, TWINS: 4}
"""Each post's, and its comment's."""


@cache
def fitting(name: str) -> Fits:
    """Return the faults of lives on a network that takes first comments."""
    return fitting_of(COMMENTED[name])


class CommentedLife(AdapterLife):
    """A life on one real network on which what stands under a post is seen, too."""

    servers = COMMENTED
    horizon = timedelta(hours=30)
    """Longer than a comment is useful."""

    def drop_pictures(self) -> None:
        """A person says both anew, the post and its comment, if that is still possible."""
        with self.silence():
            stands = self.world.composer.get(self.workspace, self.posts[0])
            text, comment = "La galette est partie.", "À l’an prochain !"
            self._edit_to(replace(stands.version.content, text=text, first_comment=comment))


class CommentingStage(AdapterStage):
    """Lives one life after another in which a post has a first comment."""

    fits = staticmethod(fitting)
    tells = "seeded lives with a first comment"

    def life(self, name: str, told: str, scene: str, temper: random.Random | None) -> AdapterLife:
        """See ``AdapterStage.life``."""
        life = CommentedLife(self._store.store, name, told, temper=temper)
        SCENES[scene](life)
        return life

    def judge(self, life: AdapterLife) -> list[str]:
        """See ``AdapterStage.judge``."""
        return judge_comments(life)

    def scenes(self, name: str) -> Sequence[str]:
        """See ``AdapterStage.scenes``."""
        return list(SCENES)

    def somewhere(self, chance: random.Random, first: int) -> int:
        """See ``AdapterStage.somewhere``: twice as far, what comments comes after the posts."""
        return chance.randrange(2 * first)

    def after_doubt(self, name: str, scene: str = SCENE) -> Iterator[Plan]:
        """See ``AdapterStage.after_doubt``: the comment's call may be in doubt as the post's."""
        quiet = self.live(name, {}, scene)
        calls = [step.n for step in quiet.steps if step.kind is Kind.NET_CALL]
        assert len(calls) == CALLS[scene]
        for call in calls:
            yield from self.doubts(name, scene, call)


def judge_comments(life: AdapterLife) -> list[str]:
    """Return what is wrong with a life that has ended, also of where its comments stand."""
    wrong = judge_adapter(life)
    assert isinstance(life.rig, IsAnswered)
    if life.rig.is_taken_back:  # a post by hand, and perhaps its comment with it
        return [w for w in wrong if w != LOST]
    deliveries = life.deliveries()
    posts = {d.id: d for d in deliveries if d.comments_on is None}
    return wrong + [w for d in deliveries if d.comments_on for w in _misplaced(life, d, posts)]


def _misplaced(
    life: AdapterLife, comment: Delivery, posts: Mapping[DeliveryId, Delivery]
) -> list[str]:
    """A comment that is live is what the version that went out has, and stands under its post.

    Where it stands is where its refs say, or it would show no version of it.
    """
    if not life.live(comment):
        return []
    assert comment.comments_on is not None
    post = posts[comment.comments_on]
    under, said = life.live(post), life.content(comment, comment.version)
    if not under:
        return ["a first comment is live, and its post isn't"]
    if said.text != life.content(post, post.sent_version).first_comment:
        return ["a first comment is another version's"]
    return (
        [] if under[0] in said.answers.values() else ["a first comment stands under another post"]
    )


def work_of(names: Sequence[str], first: int, last: int) -> list[Work]:
    """Return every single fault, every one after a doubt, and seeded lives, on each of these."""
    work: list[Work] = []
    for name in (n for n in names if n in COMMENTED):
        for scene in SCENES:
            work += [partial(singles, CommentingStage, name, scene)]
            work += [partial(in_doubt, CommentingStage, name, scene)]
        work += at_random(CommentingStage, name, first, last)
    return work
