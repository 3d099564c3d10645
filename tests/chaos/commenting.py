"""Lives on the real adapters in which a post has a first comment: every fault, and seeded ones."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence
from datetime import timedelta
from functools import cache, partial

from tests.chaos.adapter_life import AdapterLife
from tests.chaos.adapters import (
    AdapterStage,
    Fits,
    Work,
    at_random,
    fitting_of,
    in_doubt,
    singles,
)
from tests.chaos.campaign import Plan, with_comment
from tests.chaos.commented import COMMENTED
from tests.chaos.steps import Kind

SCENE = "with a first comment"
CALLS = 2
"""The post's, and its comment's."""


@cache
def fitting(name: str) -> Fits:
    """Return the faults of lives on a network that takes first comments."""
    return fitting_of(COMMENTED[name])


class CommentedLife(AdapterLife):
    """A life on one real network on which what stands under a post is seen, too."""

    servers = COMMENTED
    horizon = timedelta(hours=30)
    """Longer than a comment is useful."""


class CommentingStage(AdapterStage):
    """Lives one life after another in which a post has a first comment."""

    fits = staticmethod(fitting)
    tells = "seeded lives with a first comment"

    def life(self, name: str, told: str, scene: str, temper: random.Random | None) -> AdapterLife:
        """See ``AdapterStage.life``."""
        assert scene == SCENE
        life = CommentedLife(self._store.store, name, told, temper=temper)
        with_comment(life)
        return life

    def scenes(self, name: str) -> Sequence[str]:
        """See ``AdapterStage.scenes``."""
        return [SCENE]

    def after_doubt(self, name: str, scene: str = SCENE) -> Iterator[Plan]:
        """See ``AdapterStage.after_doubt``: the comment's call may be in doubt as the post's."""
        quiet = self.live(name, {}, scene)
        calls = [step.n for step in quiet.steps if step.kind is Kind.NET_CALL]
        assert len(calls) == CALLS
        for call in calls:
            yield from self.doubts(name, scene, call)


def work_of(names: Sequence[str], first: int, last: int) -> list[Work]:
    """Return every single fault, every one after a doubt, and seeded lives, on each of these."""
    work: list[Work] = []
    for name in (n for n in names if n in COMMENTED):
        work += [partial(singles, CommentingStage, name, SCENE)]
        work += [partial(in_doubt, CommentingStage, name, SCENE)]
        work += at_random(CommentingStage, name, first, last)
    return work
