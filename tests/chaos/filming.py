"""Lives on the real adapters that show a film or a story: every fault at every step, and seeded."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from functools import partial

from tests.chaos.adapter_life import AdapterLife
from tests.chaos.adapters import AdapterStage, Work, at_random, in_doubt, singles
from tests.chaos.campaign import Scene
from tests.chaos.life import Life
from tests.chaos.servers import SERVERS


def upright_video(life: Life) -> None:
    """A firm shows a video that was taken with a telephone."""
    assert isinstance(life, AdapterLife)
    life.write_video(is_wide=False)


def wide_video(life: Life) -> None:
    """A firm shows a video that was made for a screen."""
    assert isinstance(life, AdapterLife)
    life.write_video(is_wide=True)


def story(life: Life, *, is_film: bool) -> None:
    """A firm shows something for a day."""
    assert isinstance(life, AdapterLife)
    life.write_story(is_film=is_film)


def mixed(life: Life) -> None:
    """A firm shows pictures and a video side by side."""
    assert isinstance(life, AdapterLife)
    life.write_mixed()


VIDEOS: Mapping[str, Scene] = {
    "a video": upright_video,
    "a wide video": wide_video,
    "a mixed carousel": mixed,
    "a story": partial(story, is_film=False),
    "a story of film": partial(story, is_film=True),
}
STORIES = ("a story", "a story of film")
FILMED = {
    "facebook": ("a video", "a wide video", *STORIES),
    "instagram": ("a video", "a mixed carousel", *STORIES),
    "threads": ("a video", "a mixed carousel"),
    **dict.fromkeys(("x", "linkedin", "linkedin_pages", "pinterest"), ("a video",)),
    **dict.fromkeys(("mastodon", "bluesky", "wordpress", "telegram", "webhook"), ("a video",)),
    "site": ("a video",),
}
"""Scenes with a video or a story, by the networks where they are lived: some take each in its
own way. On YouTube and TikTok every post is a video."""


class FilmingStage(AdapterStage):
    """Lives one life after another that shows a film or a story."""

    tells = "seeded lives that show films"

    def life(self, name: str, told: str, scene: str, temper: random.Random | None) -> AdapterLife:
        """See ``AdapterStage.life``."""
        life = AdapterLife(self._store.store, name, told, temper=temper)
        VIDEOS[scene](life)
        return life

    def scenes(self, name: str) -> Sequence[str]:
        """See ``AdapterStage.scenes``."""
        return FILMED[name]

    def somewhere(self, chance: random.Random, first: int) -> int:
        """See ``AdapterStage.somewhere``: twice as far, films are sent in many exchanges."""
        return chance.randrange(2 * first)


def work_of(names: Sequence[str], first: int, last: int) -> list[Work]:
    """Return every single fault of every scene, and seeded lives, on each network of these."""
    work: list[Work] = []
    for name in (n for n in names if n in FILMED):
        work += [partial(singles, FilmingStage, name, scene) for scene in FILMED[name]]
        doubted = FILMED[name] if name in SERVERS else ()
        work += [partial(in_doubt, FilmingStage, name, scene) for scene in doubted]
        work += at_random(FilmingStage, name, first, last)
    return work
