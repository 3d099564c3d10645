"""What Écrire says of a video is what the server would refuse, channel by channel."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from playwright.sync_api import Page

from chalicelib.api.views import limits_of
from chalicelib.networks import registry
from chalicelib.networks.checking import problems
from chalicelib.networks.spec import NetworkSpec
from chalicelib.publishing.posts import Content, Media
from tests.browser.conftest import Visit

KEYS = {
    "no_video": "none",
    "mixed_media": "alone",
    "video_type": "type",
    "video_too_big": "heavy",
    "video_too_long": "long",
    "video_too_short": "short",
    "video_too_wide": "wide",
    "video_too_small": "small",
    "video_ratio": "ratio",
}
"""The words of each problem."""
SAID = """async ([rows, keys]) => {
  const { learn, t } = await import('/i18n.js');
  await learn('media');
  const { videoProblems } = await import('/pages/compose/media.js');
  const parts = (key) => t(`video.${key}`, { channel: 'X', over: '§', max: '§' }).split('§');
  const known = keys.map((key) => [key, parts(key)]);
  const is = (words, [first, ...others]) => words.startsWith(first)
    && words.endsWith(others.at(-1) ?? first) && others.every((part) => words.includes(part));
  return rows.map(([video, count, limits]) => videoProblems(video, count, { name: 'X', limits })
    .map((words) => known.filter(([, form]) => is(words, form)).map(([key]) => key).join()));
}"""
USUAL = Media(
    sha256="0" * 64,
    content_type="video/mp4",
    width=1080,
    height=1920,
    size=5_000_000,
    duration_ms=20_000,
)
VIDEOS = [
    USUAL,
    replace(USUAL, content_type="video/quicktime"),
    *(replace(USUAL, size=size) for size in (30_000_000, 60_000_000, 150_000_000, 209_715_200)),
    *(replace(USUAL, duration_ms=ms) for ms in (400, 1_000, 2_999, 61_000, 181_000, 601_000)),
    *(replace(USUAL, width=w, height=h) for w, h in ((3840, 2160), (90, 160), (1920, 320))),
    *(replace(USUAL, width=w, height=h) for w, h in ((320, 1920), (1080, 1080), (1920, 1080))),
    replace(USUAL, width=4000, height=200, duration_ms=900_000, size=200_000_000),
]


@pytest.fixture
def door(visit_unknown: Visit) -> Page:
    return visit_unknown("/sign-in")


def of_video(spec: NetworkSpec, content: Content) -> list[str]:
    found = problems(content, spec.limits, spec)
    return sorted(KEYS[problem.code] for problem in found if problem.code in KEYS)


def described(video: Media) -> dict[str, Any]:
    names = ("sha256", "content_type", "width", "height", "size", "duration_ms")
    return {name: getattr(video, name) for name in names}


def test_a_video_is_refused_by_the_page_as_by_the_server(door: Page) -> None:
    specs = registry.describe_all()
    cases = [(spec, video, n) for spec in specs for video in VIDEOS for n in (1, 2)]
    rows = [
        (described(video), n, limits_of(spec.limits).model_dump(mode="json"))
        for spec, video, n in cases
    ]
    said = door.evaluate(SAID, [rows, sorted(KEYS.values())])
    image = replace(USUAL, sha256="1" * 64, content_type="image/png", duration_ms=0)
    wrong = []
    for (spec, video, n), words in zip(cases, said, strict=True):
        media = (video, image)[:n]  # a picture that every network takes
        expected = of_video(spec, Content(text="Bonjour", title="Pain", media=media))
        if sorted(words) != expected:
            wrong.append((spec.name, described(video), n, words, expected))
    assert wrong == []
    assert len({key for words in said for key in words}) == len(KEYS)
