"""Contents, their variants, and how texts compare."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ids import ChannelId
from chalicelib.publishing.posts import (
    Content,
    Media,
    Variant,
    Visibility,
    content_for,
    excerpt,
    normalise_text,
    text_hash,
)
from tests.fakes import firm

PHOTO = Media(sha256="aa", content_type="image/png", width=1, height=1, size=1, alt="Une galette")
BASE = Content(text="Bonjour", link="https://x.example", media=(PHOTO,), title="T")


def test_without_a_variant_a_channel_gets_the_post_itself() -> None:
    assert content_for(BASE, None) is BASE
    assert content_for(BASE, Variant()) == BASE


def test_a_variant_overrides_what_it_names_and_nothing_else() -> None:
    own = content_for(BASE, Variant(text="Salut", visibility=Visibility.UNLISTED))
    assert own == replace(BASE, text="Salut", visibility=Visibility.UNLISTED)


def test_a_variant_can_take_away() -> None:
    own = content_for(BASE, Variant(text="", media=(), title=""))
    assert (own.text, own.media, own.title) == ("", (), "")


def test_a_version_gives_each_channel_its_own() -> None:
    version = replace(firm.version(), variants={ChannelId("a"): Variant(text="Pour a")})
    assert version.content_for(ChannelId("a")).text == "Pour a"
    assert version.content_for(ChannelId("b")).text == firm.version().content.text


@pytest.mark.parametrize(
    ("one", "other"),
    [("a\r\nb", "a\nb"), ("a\rb", "a\nb"), ("  a ", "a"), ("e\u0301te\u0301", "été")],
)
def test_texts_that_read_alike_are_twins(one: str, other: str) -> None:
    assert text_hash(Content(text=one)) == text_hash(Content(text=other))


@pytest.mark.parametrize(
    "other",
    [
        replace(BASE, text="Bonsoir"),
        replace(BASE, link=None),
        replace(BASE, media=()),
        replace(BASE, media=(replace(PHOTO, sha256="bb"),)),
    ],
)
def test_what_a_reader_would_tell_apart_is_no_twin(other: Content) -> None:
    assert text_hash(other) != text_hash(BASE)


def test_what_a_reader_does_not_see_makes_no_difference() -> None:
    same = replace(BASE, title="Other", media=(replace(PHOTO, alt="other"),), categories=("a",))
    assert text_hash(same) == text_hash(BASE)


def test_the_same_words_in_one_place_are_twins_whomever_they_answer() -> None:
    place = {"parent": "urn:c1", "object": "urn:p"}
    first = replace(BASE, answers={**place, "id": "urn:c1"})
    assert text_hash(first) == text_hash(replace(BASE, answers={**place, "id": "urn:c2"}))
    elsewhere = {**place, "parent": "urn:c9", "id": "urn:c1"}
    assert text_hash(first) != text_hash(replace(BASE, answers=elsewhere))
    assert text_hash(replace(BASE, answers={"id": "1"})) != text_hash(
        replace(BASE, answers={"id": "2"})
    )


@given(st.text())
def test_normalising_twice_is_normalising_once(text: str) -> None:
    assert normalise_text(normalise_text(text)) == normalise_text(text)


@given(st.text(), st.integers(2, 90))
def test_an_excerpt_is_one_short_line(text: str, length: int) -> None:
    made = excerpt(Content(text=text), length)
    assert len(made) <= length
    assert len(made.splitlines()) <= 1


def test_an_excerpt_ends_between_words() -> None:
    assert excerpt(Content(text="La galette des rois est là"), 16) == "La galette des…"


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (Content(text="texte", title="Titre"), "Titre"),
        (Content(text="", link="https://x.example"), "https://x.example"),
        (Content(text=""), ""),
    ],
)
def test_an_excerpt_shows_what_there_is(said: Content, shown: str) -> None:
    assert excerpt(said) == shown
