"""What a network would refuse, told while a post is written, in its own counting."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.networks import bluesky, mastodon, site, wordpress
from chalicelib.networks.checking import counts, problems
from chalicelib.networks.counting import Unit
from chalicelib.networks.spec import NetworkSpec
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
