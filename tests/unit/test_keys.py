"""What makes a post unique on its network."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ids import DeliveryId
from chalicelib.publishing.keys import TID_ALPHABET, remote_key, slug, tid
from chalicelib.publishing.posts import Content
from tests.fakes.clocks import START

ID = DeliveryId("post1.on-keyed.0")
VALID_TID = re.compile(r"^[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}$")
"""https://atproto.com/specs/tid"""

FIRST, LAST = datetime.fromisoformat("2020-01-01"), datetime.fromisoformat("2200-01-01")
instants = st.datetimes(FIRST, LAST, timezones=st.just(UTC))


@given(instants, st.integers(0, 5000))
def test_a_record_key_is_a_valid_tid(instant: datetime, clock_id: int) -> None:
    assert VALID_TID.match(tid(instant, clock_id))


@given(instants, st.integers(0, 1023), st.integers(0, 1023), st.integers(1, 10**9))
def test_record_keys_sort_by_time(instant: datetime, a: int, b: int, milliseconds: int) -> None:
    assert tid(instant, a) < tid(instant + timedelta(milliseconds=milliseconds), b)


def test_a_record_key_holds_its_instant_and_its_clock() -> None:
    number = 0
    for letter in tid(START, 517):
        number = number * 32 + TID_ALPHABET.index(letter)
    assert number & 0x3FF == 517
    assert datetime.fromtimestamp((number >> 10) / 1_000_000, UTC) == START


def test_the_alphabet_sorts_as_ascii_does() -> None:
    assert "".join(sorted(TID_ALPHABET)) == TID_ALPHABET
    assert len(set(TID_ALPHABET)) == 32


def test_the_same_delivery_has_the_same_keys() -> None:
    said = Content(text="Galette")
    assert remote_key(ID, said, START) == remote_key(ID, said, START)


@given(st.sets(st.from_regex(r"[a-z2-7]{20}", fullmatch=True), min_size=2, max_size=30))
def test_deliveries_of_one_text_at_one_instant_have_keys_of_their_own(posts: set[str]) -> None:
    made = [remote_key(DeliveryId(f"{p}.c.0"), Content(text="x"), START) for p in posts]
    assert len({key.uuid for key in made}) == len(posts)
    assert len({key.slug for key in made}) == len(posts)


def test_a_thousand_deliveries_of_one_instant_have_record_keys_of_their_own() -> None:
    made = [remote_key(DeliveryId(f"p{n}.c.0"), Content(text="x"), START) for n in range(1_000)]
    assert len({key.record_key for key in made}) == 1_000
    assert all(VALID_TID.match(key.record_key) for key in made)


def test_a_slug_is_readable_and_ends_in_its_delivery() -> None:
    said = Content(text="Fêtes : la brioche à l’orange & aux amandes, c’est dès jeudi !")
    assert slug(said, "1a2b3c4d") == "fetes-la-brioche-a-lorange-aux-amandes-cest-1a2b3c4d"


def test_a_title_names_the_slug_where_there_is_one() -> None:
    assert slug(Content(text="text", title="Noël"), "ff") == "noel-ff"


def test_a_text_without_any_letter_has_the_delivery_alone() -> None:
    assert slug(Content(text="🎄🎄"), "ff") == "ff"


@given(st.text(), st.text())
def test_a_slug_is_always_safe_in_an_address(text: str, title: str) -> None:
    made = slug(Content(text=text, title=title), "1a2b3c4d")
    assert re.fullmatch(r"([a-z0-9]+-)*1a2b3c4d", made)
    assert len(made) <= 60 + 9
