"""Tracked links: where they may lead, what is added, and what is counted when they are followed."""

from __future__ import annotations

from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chalicelib.ids import DeliveryId, MemberId
from chalicelib.measuring.links import Link, TargetRefused, code_of, target_of, with_utm
from chalicelib.measuring.shortening import LinkDraft, Shortening
from chalicelib.publishing.refusals import Invalid
from tests.fakes.clocks import SettableClock
from tests.fakes.memory_links import MemoryLinks
from tests.fakes.memory_measuring import FIRM, POST

LEA = MemberId("lea")
UTM = {"source": "mastodon", "medium": "social", "campaign": "galette des rois"}
ADDED = "utm_source=mastodon&utm_medium=social&utm_campaign=galette%20des%20rois"


@pytest.mark.parametrize(
    ("typed", "target"),
    [
        ("https://example.org", "https://example.org/"),
        (" https://example.org/a?b=1#c ", "https://example.org/a?b=1#c"),
        ("HTTPS://Example.ORG:8443/A", "https://example.org:8443/A"),
        ("http://localhost:8000/x", "http://localhost:8000/x"),
        ("http://192.168.1.10/", "http://192.168.1.10/"),
        ("http://[2001:db8::1]:80/", "http://[2001:db8::1]:80/"),
        ("https://café.fr/menü?q=é#ü", "https://xn--caf-dma.fr/men%C3%BC?q=%C3%A9#%C3%BC"),
        ("https://faß.de/", "https://xn--fa-hia.de/"),
        ("https://example.org/a%20b?c=%C3%A9", "https://example.org/a%20b?c=%C3%A9"),
        ("https://example.org/a b", "https://example.org/a%20b"),
        ("https://example.org?a=1", "https://example.org/?a=1"),
        ("https://example.org#top", "https://example.org/#top"),
        ("https://example.org/?", "https://example.org/?"),
        ("https://my_shop.example.org/", "https://my_shop.example.org/"),
        ("https://example.org/#/route?x=1", "https://example.org/#/route?x=1"),
        ("https://example.org/a@b", "https://example.org/a@b"),
    ],
)
def test_a_target_is_written_as_browsers_send_it(typed: str, target: str) -> None:
    assert target_of(typed) == target
    assert target_of(target) == target


@pytest.mark.parametrize(
    ("typed", "code"),
    [
        ("javascript:alert(1)", "link-not-web"),
        ("data:text/html,x", "link-not-web"),
        ("ftp://example.org/", "link-not-web"),
        ("mailto:a@example.org", "link-not-web"),
        ("//example.org/", "link-not-web"),
        ("/path", "link-not-web"),
        ("example.org", "link-not-web"),
        ("", "link-not-web"),
        ("https://", "link-not-web"),
        ("https:///path", "link-not-web"),
        ("https://:80/", "link-not-web"),
        ("https://[::1", "link-not-web"),
        ("https://example.org:99999/", "link-not-web"),
        ("https://example.org:a/", "link-not-web"),
        ("https://exa mple.org/", "link-not-web"),
        ("https://é%.fr/", "link-not-web"),
        ("https://-a é.fr/", "link-not-web"),
        ("java\nscript:alert(1)", "link-not-web"),
        ("https://example.org/\r\nSet-Cookie: a=b", "link-not-web"),
        ("https://example.org\\@evil.example/", "link-not-web"),
        ("https://user@example.org/", "link-credentials"),
        ("https://user:secret@example.org/", "link-credentials"),
        ("https://example.org/" + "a" * 2_000, "link-too-long"),
    ],
)
def test_a_link_leads_to_the_web_and_nowhere_else(typed: str, code: str) -> None:
    with pytest.raises(TargetRefused) as refused:
        target_of(typed)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("target", "tagged"),
    [
        ("https://e.org/", f"https://e.org/?{ADDED}"),
        ("https://e.org/a?b=1", f"https://e.org/a?b=1&{ADDED}"),
        ("https://e.org/a?b=1&", f"https://e.org/a?b=1&{ADDED}"),
        ("https://e.org/?", f"https://e.org/?{ADDED}"),
        ("https://e.org/?#x", f"https://e.org/?{ADDED}#x"),
        ("https://e.org/#/route?x=1", f"https://e.org/?{ADDED}#/route?x=1"),
        ("https://e.org/?z=%C3%A9&a=b+c", f"https://e.org/?z=%C3%A9&a=b+c&{ADDED}"),
        ("https://e.org/?a=1&a=2&c", f"https://e.org/?a=1&a=2&c&{ADDED}"),
        (
            "https://e.org/?UTM_Source=x&utm_medium=",
            "https://e.org/?UTM_Source=x&utm_medium=&utm_campaign=galette%20des%20rois",
        ),
    ],
)
def test_utm_is_added_once_and_where_it_belongs(target: str, tagged: str) -> None:
    assert with_utm(target, UTM) == tagged
    assert with_utm(tagged, UTM) == tagged


def test_nothing_is_added_where_there_is_nothing_to_say() -> None:
    for nothing in ({}, {"source": ""}):
        assert with_utm("https://e.org/?#", nothing) == "https://e.org/?#"
    with pytest.raises(TargetRefused):
        with_utm("https://e.org/" + "a" * 1_980, UTM)


TEXT = st.text(st.characters(min_codepoint=33, exclude_categories=("Cs", "Cc")), max_size=20)


@given(path=TEXT, query=TEXT, fragment=TEXT, said=TEXT)
def test_whatever_a_url_holds_is_kept(path: str, query: str, fragment: str, said: str) -> None:
    typed = f"https://e.org/{path}?{query}#{fragment}".replace("\\", "")
    target = target_of(typed)
    tagged = with_utm(target, {"source": said})
    before, after = urlsplit(target), urlsplit(tagged)
    assert tagged.isascii()
    assert target_of(target) == target
    assert with_utm(tagged, {"source": said}) == tagged
    assert (after.path, after.fragment) == (before.path, before.fragment)
    old = parse_qsl(before.query, keep_blank_values=True)
    new = parse_qsl(after.query, keep_blank_values=True)
    assert new[: len(old)] == old
    if said and "utm_source" not in {name.casefold() for name, _ in old}:
        assert new[len(old) :] == [("utm_source", said)]


# Making.


class ListedIds:
    def __init__(self, *ids: str) -> None:
        self._ids = list(ids)

    def new(self) -> str:
        return self._ids.pop(0)

    def secret(self) -> str:
        raise NotImplementedError


@pytest.fixture
def links() -> MemoryLinks:
    return MemoryLinks()


@pytest.fixture
def clock() -> SettableClock:
    return SettableClock()


def shortening(links: MemoryLinks, clock: SettableClock, *ids: str) -> Shortening:
    return Shortening(
        clock=clock, ids=ListedIds(*ids), links=links, public_url="https://relais.example"
    )


def test_a_link_is_made_with_a_code_of_twelve_letters(
    links: MemoryLinks, clock: SettableClock
) -> None:
    made = shortening(links, clock, "abcdefghijklmnopqrst").create(
        FIRM, LinkDraft(target="https://café.fr", utm=UTM, label=" Galette "), by=LEA
    )
    assert made.code == "abcdefghijkl"
    assert made.target == f"https://xn--caf-dma.fr/?{ADDED}"
    assert (made.label, made.created_by, made.created_at) == ("Galette", LEA, clock.now())
    assert links.get(made.code) == made
    assert shortening(links, clock).url(made) == "https://relais.example/l/abcdefghijkl"


def test_a_code_that_is_taken_is_left_alone(links: MemoryLinks, clock: SettableClock) -> None:
    maker = shortening(links, clock, "a" * 20, "a" * 20, "b" * 20)
    first = maker.create(FIRM, LinkDraft(target="https://e.org/1"), by=LEA)
    second = maker.create(FIRM, LinkDraft(target="https://e.org/2"), by=LEA)
    assert [first.code, second.code] == ["a" * 12, "b" * 12]
    assert links.get(first.code) == first


def test_a_delivery_has_one_link_to_a_target_however_often_it_is_made(
    links: MemoryLinks, clock: SettableClock
) -> None:
    maker = shortening(links, clock)
    draft = LinkDraft(target="https://e.org/", delivery=POST)
    first = maker.create(FIRM, draft, by=LEA)
    clock.advance(timedelta(hours=1))
    assert maker.create(FIRM, draft, by=None) == first
    other = maker.create(FIRM, LinkDraft(target="https://e.org/2", delivery=POST), by=LEA)
    assert other.code != first.code
    assert len(first.code) == 12
    assert code_of(DeliveryId("other.chan.0"), first.target) != first.code


def test_a_code_that_another_link_has_is_not_taken_over(
    links: MemoryLinks, clock: SettableClock
) -> None:
    taken = code_of(POST, "https://e.org/")
    theirs = Link(workspace=FIRM, code=taken, target="https://x.org/", created_at=clock.now())
    links.put(theirs)
    made = shortening(links, clock).create(
        FIRM, LinkDraft(target="https://e.org/", delivery=POST), by=LEA
    )
    assert made.code == code_of(POST, "https://e.org/", 1)
    assert links.get(taken) == theirs


def test_what_cannot_be_a_link_is_said(links: MemoryLinks, clock: SettableClock) -> None:
    maker = shortening(links, clock)
    for draft, pointer, code in (
        (LinkDraft(target="javascript:alert(1)"), "/target", "link-not-web"),
        (LinkDraft(target="https://e.org/", expires_at=clock.now()), "/expires_at", "past"),
    ):
        with pytest.raises(Invalid) as refused:
            maker.create(FIRM, draft, by=LEA)
        assert [(f.pointer, f.code) for f in refused.value.faults] == [(pointer, code)]
    assert not links.links
