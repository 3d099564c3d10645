"""What a network would refuse, told while a post is written, in its own counting."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from chalicelib.networks import bluesky, facebook, instagram, mastodon, site, wordpress
from chalicelib.networks.checking import counts, limits_for, problems
from chalicelib.networks.counting import Unit
from chalicelib.networks.spec import NetworkSpec, VideoRules
from chalicelib.publishing.lists import Count
from chalicelib.publishing.posts import Content, Media

LINK = "https://exemple.fr/" + "a" * 100


def media(alt: str = "") -> Media:
    return Media("aa", "image/png", 10, 10, 10, alt)


def codes(content: Content, spec: NetworkSpec) -> list[tuple[str, str]]:
    return [(p.code, p.pointer) for p in problems(content, spec.limits, spec)]


@pytest.mark.parametrize("spec", [bluesky.SPEC, mastodon.SPEC, site.SPEC, wordpress.SPEC])
def test_an_ordinary_post_has_no_problem(spec: NetworkSpec) -> None:
    assert codes(Content(text="Bonjour", link=LINK, media=(media("Plat"),)), spec) == []


def test_a_family_of_emoji_is_one_character_on_bluesky() -> None:
    family = "👨‍👩‍👧"
    assert codes(Content(text=family * 166), bluesky.SPEC) == []
    # 18 bytes each: within 300 graphemes, over 3,000 bytes
    assert codes(Content(text=family * 167), bluesky.SPEC) == [("too_long", "/text")]
    used = counts(Content(text=family), bluesky.SPEC.limits, bluesky.SPEC)
    assert used == (Count(Unit.GRAPHEMES, 1, 300), Count(Unit.UTF8_BYTES, 18, 3000))


def test_a_link_counts_on_bluesky_only_where_it_is_in_the_text() -> None:
    text = "x" * 250
    assert codes(Content(text=text, link=LINK), bluesky.SPEC) == []
    pictured = Content(text=text, link=LINK, media=(media(),))
    assert codes(pictured, bluesky.SPEC) == [("too_long", "/text")]


def test_a_link_and_a_mention_have_their_fixed_lengths_on_mastodon() -> None:
    def used(content: Content) -> int:
        return counts(content, mastodon.SPEC.limits, mastodon.SPEC)[0].count

    assert used(Content(text=f"Voir {LINK}")) == 5 + 23
    assert used(Content(text="Voir", link=LINK)) == 4 + 2 + 23
    assert used(Content(text="@amie@exemple.social")) == 5
    assert used(Content(text="Un", content_warning="Miam")) == 6


def test_what_is_too_long_is_measured() -> None:
    (problem,) = problems(Content(text="é" * 501), mastodon.SPEC.limits, mastodon.SPEC)
    assert problem.params == {"unit": "mastodon", "count": 501, "max": 500}


def test_an_instances_own_limit_holds() -> None:
    text = (replace(mastodon.SPEC.limits.text[0], maximum=10),)
    limits = replace(mastodon.SPEC.limits, text=text)
    (problem,) = problems(Content(text="x" * 11), limits, mastodon.SPEC)
    assert problem.code == "too_long"


@pytest.mark.parametrize(
    ("content", "spec", "found"),
    [
        (Content(text=" \n"), mastodon.SPEC, [("empty", "/text")]),
        (Content(text="", media=(media(),)), mastodon.SPEC, []),
        (Content(text="", media=(media(),)), wordpress.SPEC, [("empty", "/text")]),
        (Content(text="", link=LINK), wordpress.SPEC, []),
        (Content(text="a", media=(media(),) * 5), bluesky.SPEC, [("too_many_media", "/media")]),
        (
            Content(text="a", media=(media(), media("é" * 1501))),
            mastodon.SPEC,
            [("alt_too_long", "/media/1/alt")],
        ),
        (Content(text="a", link="exemple.fr"), site.SPEC, [("bad_link", "/link")]),
        (Content(text="a", link="ftp://exemple.fr"), site.SPEC, [("bad_link", "/link")]),
        (Content(text="a", link="https://a b.fr"), site.SPEC, [("bad_link", "/link")]),
        (Content(text="a", link="https://u:p@a.fr"), site.SPEC, [("bad_link", "/link")]),
    ],
)
def test_each_problem_names_what_to_change(
    content: Content, spec: NetworkSpec, found: list[tuple[str, str]]
) -> None:
    assert codes(content, spec) == found


# Videos.

RULES = VideoRules(
    types=("video/mp4",),
    max_bytes=10_000_000,
    max_seconds=60,
    min_seconds=3,
    max_width=1920,
    min_side=360,
    min_ratio=0.5,
    max_ratio=2,
    max_alt=10,
)
TAKES_VIDEOS = replace(mastodon.SPEC, limits=replace(mastodon.SPEC.limits, video=RULES))


def video(**changes: Any) -> Media:
    made = Media("aa", "video/mp4", 1080, 1920, 5_000_000, "Le four", 12_000)
    return replace(made, **changes)


def of_videos(*media: Media, **limits: Any) -> list[tuple[str, str]]:
    changed = replace(TAKES_VIDEOS.limits, **limits)
    spec = replace(TAKES_VIDEOS, limits=changed)
    return codes(Content(text="Le four", media=media), spec)


def test_a_video_that_fits_has_no_problem() -> None:
    assert of_videos(video()) == []


@pytest.mark.parametrize(
    ("changes", "code", "params"),
    [
        ({"content_type": "video/quicktime"}, "video_type", {}),
        ({"size": 10_000_001}, "video_too_big", {"size": 10_000_001, "max": 10_000_000}),
        ({"duration_ms": 60_001}, "video_too_long", {"seconds": 61, "max": 60}),
        ({"duration_ms": 2_999}, "video_too_short", {"seconds": 2, "min": 3}),
        ({"width": 1921, "height": 1921}, "video_too_wide", {"width": 1921, "max": 1920}),
        (
            {"width": 359, "height": 600},
            "video_too_small",
            {"width": 359, "height": 600, "min": 360},
        ),
        ({"width": 400, "height": 801}, "video_ratio", {"width": 400, "height": 801}),
        ({"width": 801, "height": 400}, "video_ratio", {"width": 801, "height": 400}),
    ],
)
def test_a_video_that_does_not_fit_is_measured(
    changes: dict[str, Any], code: str, params: dict[str, int]
) -> None:
    content = Content(text="Le four", media=(video(**changes),))
    (problem,) = problems(content, TAKES_VIDEOS.limits, TAKES_VIDEOS)
    assert (problem.code, problem.pointer, problem.params) == (code, "/media/0", params)


def test_a_video_stands_alone() -> None:
    assert of_videos(video(), media()) == [("mixed_media", "/media")]
    assert of_videos(media(), video()) == [("mixed_media", "/media")]
    assert of_videos(video(), video()) == [("mixed_media", "/media")]


def test_where_videos_mix_with_pictures_each_is_measured_and_all_are_counted() -> None:
    mixed = replace(RULES, max_seconds=10)
    assert of_videos(video(), media(), mixed=mixed) == [("video_too_long", "/media/0")]
    assert of_videos(media(), video(), mixed=RULES) == []
    found = of_videos(*[video(), media()] * 3, mixed=RULES)
    assert found == [("too_many_media", "/media")]
    assert of_videos(media("é" * 1501), video(), mixed=RULES) == [("alt_too_long", "/media/0/alt")]


def test_a_network_without_videos_names_the_one() -> None:
    assert of_videos(media(), video(), video=None) == [("no_video", "/media/1")]


def test_a_network_of_videos_asks_for_one() -> None:
    assert of_videos(media(), video_required=True) == [("video_missing", "/media")]
    assert of_videos(video_required=True) == [("video_missing", "/media")]
    assert of_videos(video(), video_required=True) == []


def test_a_video_is_described_within_limits() -> None:
    assert of_videos(video(alt="x" * 11)) == [("alt_too_long", "/media/0/alt")]


def test_a_title_may_be_needed() -> None:
    assert of_videos(title_required=True) == [("title_missing", "/title")]


# Stories.

TELLS_STORIES = [facebook.SPEC, instagram.SPEC]


def story(*media: Media, text: str = "", **more: Any) -> Content:
    return Content(text=text, media=media, is_story=True, **more)


@pytest.mark.parametrize("spec", TELLS_STORIES)
def test_a_story_is_one_picture_or_one_video(spec: NetworkSpec) -> None:
    assert codes(story(media()), spec) == codes(story(video()), spec) == []
    assert codes(story(text="Un"), spec) == [("story_needs_media", "/media")]
    assert codes(story(media(), media()), spec) == [("story_one_medium", "/media")]
    assert codes(story(media(), video()), spec) == [("story_one_medium", "/media")]


@pytest.mark.parametrize("spec", TELLS_STORIES)
def test_a_storys_text_isnt_shown_so_nothing_limits_it(spec: NetworkSpec) -> None:
    long = story(media(), text="é" * 100_000, title="é" * 100_000, link="pas une adresse")
    assert codes(long, spec) == []
    assert counts(long, spec.limits, spec) == ()


@pytest.mark.parametrize("spec", TELLS_STORIES)
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"duration_ms": 60_001}, "video_too_long"),
        ({"duration_ms": 2_999}, "video_too_short"),
        ({"size": 2_000_000_000}, "video_too_big"),
        ({"content_type": "video/webm"}, "video_type"),
    ],
)
def test_a_storys_video_has_rules_of_its_own(
    spec: NetworkSpec, changes: dict[str, Any], code: str
) -> None:
    assert codes(story(video(**changes)), spec) == [(code, "/media/0")]
    assert codes(Content(text="Un", media=(video(duration_ms=70_000),)), spec) == []


def test_a_pages_story_is_upright() -> None:
    wide = video(width=1920, height=1080)
    assert codes(story(wide), facebook.SPEC) == [("video_ratio", "/media/0")]
    assert codes(story(wide), instagram.SPEC) == []
    small = video(width=480, height=853)
    assert codes(story(small), facebook.SPEC) == [("video_too_small", "/media/0")]


def test_a_picture_of_a_story_is_scaled_by_the_rules_of_stories() -> None:
    limits = instagram.SPEC.limits
    assert limits.story is not None
    assert limits_for(story(media()), limits, instagram.SPEC).media == limits.story.media
    assert limits_for(Content(text="Un"), limits, instagram.SPEC) is limits
    assert limits_for(story(media()), mastodon.SPEC.limits, mastodon.SPEC) is mastodon.SPEC.limits


def test_where_there_are_no_stories_it_is_an_ordinary_post() -> None:
    assert codes(story(text="Un"), mastodon.SPEC) == []
    assert codes(story(text="é" * 501), mastodon.SPEC) == [("too_long", "/text")]


def test_a_story_that_takes_pictures_only_refuses_a_video() -> None:
    limits = instagram.SPEC.limits
    assert limits.story is not None
    only = replace(limits, story=replace(limits.story, video=None))
    (problem,) = problems(story(video()), only, instagram.SPEC)
    assert problem.code == "no_video"
