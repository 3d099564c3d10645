"""Feeds as they really are: in three formats, well made and badly made."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.listening.mentions import MAX_TEXT, MentionKind
from tests.fakes.clocks import START
from tests.fakes.subscription import Subscription, item, rss, subscribed, titles


@pytest.fixture
def feed() -> Iterator[Subscription]:
    with subscribed() as subscription:
        yield subscription


# The three formats.


def test_rss_is_heard_as_articles(feed: Subscription) -> None:
    html = "<p>L&eacute;on &amp; <b>Zoé</b></p><script>alert(1)</script><p>Du pain<br>frais</p>"
    batch = feed.read(
        rss(item(text=html).replace("<title>", "<dc:creator>Zoé</dc:creator><title>"))
    )
    (heard,) = batch.heard
    assert heard.kind is MentionKind.ARTICLE
    assert heard.identity == "https://gazette.example/1"
    assert (heard.remote_id, heard.url) == ("g1", "https://gazette.example/1")
    assert (heard.title, heard.text) == ("Titre 1", "Léon & Zoé\n\nDu pain\nfrais")
    assert (heard.author.name, heard.author.url) == ("Zoé", "https://gazette.example/")
    assert (heard.said_at, heard.language) == (datetime(2026, 11, 25, 7, tzinfo=UTC), "fr")
    assert (batch.skipped, batch.address) == (0, "")


def test_atom_is_heard_as_articles(feed: Subscription) -> None:
    batch = feed.read(
        """<?xml version="1.0"?><feed xmlns="http://www.w3.org/2005/Atom" xml:lang="fr">
        <title>La Gazette</title><link href="https://gazette.example/"/>
        <link rel="self" href="https://gazette.example/atom.xml"/>
        <entry><id>urn:uuid:1</id><title type="html">Pain &amp;amp; vin</title>
        <link rel="alternate" href="/un"/><published>2026-11-24T08:00:00+01:00</published>
        <updated>2026-11-25T08:00:00+01:00</updated><author><name>Léa</name>
        <email>lea@gazette.example</email></author><summary>Court</summary>
        <content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><p>Tout <i>le</i> texte
        </p></div></content></entry></feed>"""
    )
    (heard,) = batch.heard
    assert heard.identity == heard.url.replace("http:", "https:")
    assert heard.url == f"{feed.served.base_url}/un"
    assert (heard.title, heard.text, heard.language) == ("Pain & vin", "Tout le texte", "fr")
    assert heard.author.name == "Léa"
    assert heard.said_at == datetime(2026, 11, 24, 7, tzinfo=UTC)
    assert heard.edited_at == datetime(2026, 11, 25, 7, tzinfo=UTC)


def test_a_json_feed_is_heard_as_articles(feed: Subscription) -> None:
    value = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "La Gazette",
        "home_page_url": "https://gazette.example/",
        "language": "fr",
        "items": [
            {
                "id": 7,
                "url": "/sept",
                "title": None,
                "content_html": "<p>Bonjour</p>",
                "date_published": "2026-11-25T08:00:00+01:00",
                "authors": [{"name": "Zoé", "url": "https://zoe.example/"}],
            },
            {"id": "8", "authors": "?"},
        ],
    }
    batch = feed.read(json.dumps(value), Content_Type="application/feed+json")
    (heard,) = batch.heard
    assert (heard.remote_id, heard.url) == ("7", f"{feed.served.base_url}/sept")
    assert (heard.title, heard.text) == ("", "Bonjour")
    assert (heard.author.name, heard.author.url) == ("Zoé", "https://zoe.example/")
    assert heard.said_at == datetime(2026, 11, 25, 7, tzinfo=UTC)
    assert batch.skipped == 1


def test_rss_1_0_is_heard_too(feed: Subscription) -> None:
    batch = feed.read(
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#" '
        'xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">'
        '<channel rdf:about="https://gazette.example/"><title>La Gazette</title></channel>'
        '<item rdf:about="https://gazette.example/1"><title>Un</title>'
        "<link>https://gazette.example/1</link><dc:date>2026-11-25T07:00:00Z</dc:date></item></rdf:RDF>"
    )
    (heard,) = batch.heard
    assert (heard.title, heard.said_at) == ("Un", datetime(2026, 11, 25, 7, tzinfo=UTC))


def test_long_texts_are_cut(feed: Subscription) -> None:
    (heard,) = feed.read(rss(item(text="<p>pain</p>" * 20_000, title="t" * 5_000))).heard
    assert 0 < len(heard.text) <= MAX_TEXT
    assert len(heard.title) == 300


# Dates.


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("Wed, 25 Nov 2026 07:00:00 GMT", 7),
        ("Wed, 25 Nov 2026 07:00:00 +0100", 6),
        ("Wed, 25 Nov 2026 02:00:00 EST", 7),
        ("Wed, 25 Nov 2026 08:00:00 CET", 7),
        ("25 Nov 2026 07:00 GMT", 7),
        ("25 Nov 26 07:00:00 GMT", 7),
        ("2026-11-25T07:00:00Z", 7),
        ("2026-11-25T08:00:00+01:00", 7),
        ("2026-11-25T07:00:00.123456Z", 7),
        ("2026-11-25 07:00:00", 7),
        ("Wed Nov 25 07:00:00 2026", 7),
        ("20261125T070000Z", 7),
        ("2026-11-25", 0),
        ("mer. 25 nov. 2026 08:00 +0100", 7),
        ("mercredi 25 novembre 2026 à 07h00", 7),
        ("Mer, 25 Nov 2026 08:00:00 +0100", 7),
        ("Mer, 25 novembre 2026 09:00:00 CEST", 7),
    ],
)
def test_dates_are_understood_in_many_forms(feed: Subscription, written: str, hour: int) -> None:
    (heard,) = feed.read(rss(item(date=written))).heard
    said_at = heard.said_at.replace(second=0, microsecond=0)
    assert said_at == datetime(2026, 11, 25, hour, tzinfo=UTC)


@pytest.mark.parametrize(
    "written",
    [
        None,
        "hier",
        "0000-00-00 00:00:00",
        "Thu, 01 Jan 1970 00:00:00 GMT",
        "Wed, 25 Nov 2099 07:00:00 GMT",
        "99999999999999",
        "31 février 2026",
    ],
)
def test_what_has_no_date_or_a_wrong_one_was_said_when_it_was_read(
    feed: Subscription, written: str | None
) -> None:
    (heard,) = feed.read(rss(item(date=written))).heard
    assert heard.said_at == START
    feed.clock.advance(timedelta(hours=1))
    assert feed.read(rss(item(date=written), item(2))).heard[0].title == "Titre 2"


def test_a_first_reading_goes_back_thirty_days(feed: Subscription) -> None:
    old = item(1, date="Mon, 26 Oct 2026 07:59:00 GMT")
    recent = item(2, date="Mon, 26 Oct 2026 08:01:00 GMT")
    assert titles(feed.read(rss(old, recent))) == ["Titre 2"]


def test_what_is_older_than_the_first_reading_never_comes_up(feed: Subscription) -> None:
    feed.read(rss(item(1)))
    feed.clock.advance(timedelta(days=40))
    old = item(2, date="Sun, 25 Oct 2026 07:00:00 GMT")
    late = item(3, date="Wed, 11 Nov 2026 07:00:00 GMT")
    assert titles(feed.read(rss(item(1), old, late))) == ["Titre 3"]


# What isn't a feed.

LOGIN = (
    "<!DOCTYPE html><html><body><form><input type='text'><input type=password></form></body></html>"
)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "not-a-feed"),
        ("<!doctype html><html><head><title>Accueil</title></head></html>", "not-a-feed"),
        ("<html><body>Pas là<rss></rss></body></html>", "not-a-feed"),
        (LOGIN, "login-page"),
        ("{", "not-a-feed"),
        ('{"items": []}', "not-a-feed"),
        ('{"version": "https://jsonfeed.org/version/1.1"}', "not-a-feed"),
        ('{"a":' * 100_000, "not-a-feed"),
        ("<urlset xmlns='http://www.sitemaps.org/schemas/sitemap/0.9'></urlset>", "not-a-feed"),
        ("\x89PNG\r\n\x1a\n\0\0", "not-a-feed"),
    ],
)
def test_what_is_no_feed_is_told_by_a_stable_word(
    feed: Subscription, body: str, reason: str
) -> None:
    assert feed.reason(body) == reason


def test_a_feed_is_one_whatever_the_server_calls_it(feed: Subscription) -> None:
    for kind in ("text/html", "text/plain", "application/octet-stream", "image/png", ""):
        feed.cursor = ""
        assert len(feed.read(rss(item(1)), Content_Type=kind).heard) == 1


def test_an_empty_feed_says_nothing(feed: Subscription) -> None:
    batch = feed.read(rss())
    assert (batch.heard, batch.skipped) == ((), 0)
    assert titles(feed.read(rss(item(1)))) == ["Titre 1"]


# Badly made.


@pytest.mark.parametrize(
    ("encoding", "declared", "claimed"),
    [
        ("utf-8", "utf-8", "application/xml"),
        ("utf-8", "iso-8859-1", "text/xml; charset=iso-8859-1"),
        ("utf-8-sig", "utf-8", "text/xml"),
        ("cp1252", "utf-8", "application/xml; charset=utf-8"),
        ("cp1252", "iso-8859-1", "application/xml"),
        ("iso-8859-15", "iso-8859-15", "application/xml"),
        ("iso-8859-15", "iso-8859-15", "application/xml; charset=utf-8"),
        ("utf-16", "utf-16", "application/xml"),
        ("utf-16-le", "utf-16", "application/xml"),
        ("utf-8", "martien", "text/xml; charset=martien"),
    ],
)
def test_a_text_is_read_in_the_encoding_that_it_has(
    feed: Subscription, encoding: str, declared: str, claimed: str
) -> None:
    title = "L'été à Noël – ça coûte 5 €"
    if encoding.startswith("iso"):
        title = title.replace("–", "-")
    text = rss(item(1, title=title)).replace('encoding="utf-8"', f'encoding="{declared}"')
    assert titles(feed.read(text.encode(encoding), Content_Type=claimed)) == [title]


def test_a_few_bytes_out_of_place_don_t_garble_the_rest(feed: Subscription) -> None:
    body = rss(item(1, title="Été, Noël et pâté")).encode().replace(b"pain", b"pa\xe9n")
    assert titles(feed.read(body)) == ["Été, Noël et pâté"]


def test_blanks_and_comments_before_the_beginning_do_no_harm(feed: Subscription) -> None:
    body = "\n\n  " + rss(item(1), before="<!-- par nous --><?xml-stylesheet href='a.xsl'?>")
    assert titles(feed.read(body)) == ["Titre 1"]


def test_the_names_of_html_are_understood(feed: Subscription) -> None:
    body = rss(item(1, title="Caf&eacute;&nbsp;&amp; th&eacute; &inconnue; &hellip;"))
    assert titles(feed.read(body)) == ["Café & thé &inconnue; …"]


def test_characters_that_xml_forbids_are_left_out(feed: Subscription) -> None:
    assert titles(feed.read(rss(item(1, title="Du \x0bpain\x00")))) == ["Du pain"]


def test_a_broken_document_is_read_as_far_as_it_goes(feed: Subscription) -> None:
    body = rss(item(1, title="Pain & <b>vin"), item(2))
    assert "Titre 2" in titles(feed.read(body))


def test_of_a_document_cut_short_what_is_whole_is_read_and_the_rest_later(
    feed: Subscription,
) -> None:
    whole = rss(item(1), item(2), item(3, text="Un texte entier"))
    cut = whole[: whole.index("entier")]
    batch = feed.read(cut, ETag='"v1"')
    assert titles(batch) == ["Titre 1", "Titre 2"]
    assert batch.skipped == 1
    assert titles(feed.read(whole)) == ["Titre 3"]  # asked for without the validator
