"""Reading answers and typed addresses: leniently, but nothing is guessed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.networks.addresses import host_of, server_address
from chalicelib.networks.http import Reply
from chalicelib.networks.matching import canonical, html_forms, is_alike
from chalicelib.networks.replies import (
    as_object,
    as_objects,
    iso_instant,
    lenient_json,
    lenient_object,
    retry_after,
    unix_reset,
)
from chalicelib.publishing.outcomes import Rejected
from tests.fakes.clocks import START


def reply(body: bytes) -> Reply:
    return Reply(200, {}, body, "https://exemple.fr")


@pytest.mark.parametrize(
    ("body", "value"),
    [
        (b'{"a": 1}', {"a": 1}),
        (b'[{"a": 1}]', [{"a": 1}]),
        (b'\xef\xbb\xbf{"a": 1}', {"a": 1}),
        (b'<br />\n<b>Notice</b>: Undefined index: [x] {y}<br />\n{"a": [1]}', {"a": [1]}),
        (b'{"a": 1}\n<!-- cached -->', {"a": 1}),
        (b"<html>[1]</html>", [1]),
        (b"<html>{}</html>", None),
        (b'{"a": 1', None),
        (b'{"a": {"b": 1}', None),
        (b"", None),
        (b"\xff\xfe", None),
        (b"[" * 200_000, None),
    ],
)
def test_json_is_found_in_a_sites_noise(body: bytes, value: object) -> None:
    assert lenient_json(reply(body)) == value


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b"[1]", b"null", b'{"a"', b"\xff", b"[" * 200_000], ids=len
)
def test_what_isnt_an_object_reads_as_an_empty_one(body: bytes) -> None:
    assert as_object(reply(body)) == lenient_object(reply(body)) == {}


def test_a_list_of_anything_but_objects_reads_as_none() -> None:
    assert as_objects(reply(b'[{"a": 1}]')) == [{"a": 1}]
    assert as_objects(reply(b"[]")) == []
    assert as_objects(reply(b"[1]")) is None
    assert as_objects(reply(b'{"a": 1}')) is None


@pytest.mark.parametrize(
    ("value", "instant"),
    [
        ("120", START + timedelta(seconds=120)),
        ("Wed, 25 Nov 2026 08:05:00 GMT", START + timedelta(minutes=5)),
        ("", None),
        ("soon", None),
        ("-5", None),
        ("99999999999", START + timedelta(days=7)),
        ("9" * 5_000, START + timedelta(days=7)),
        ("Mon, 01 Jan 99999999999 00:00:00 GMT", None),
        ("Fri, 31 Dec 9999 23:59:59 -1200", None),
    ],
)
def test_retry_after_is_read_in_both_its_forms(value: str, instant: datetime | None) -> None:
    assert retry_after({"Retry-After": value}, START) == instant


def test_other_resets_are_read_or_said_to_be_missing() -> None:
    assert unix_reset({"r": str(int(START.timestamp()))}, "r") == START
    assert unix_reset({}, "r") is None
    assert unix_reset({"r": "x"}, "r") is None
    assert iso_instant("2026-11-25T09:00:00.123+01:00") == START.replace(microsecond=123_000)
    assert iso_instant("2026-11-25T08:00:00Z") == datetime(2026, 11, 25, 8, tzinfo=UTC)
    assert iso_instant("2026-11-25T08:00:00") is None
    assert iso_instant(None) is None
    assert iso_instant("hier") is None
    assert iso_instant("9999-12-31T23:59:59-12:00") is None


@pytest.mark.parametrize(
    ("typed", "address"),
    [
        ("piaille.fr", "https://piaille.fr"),
        (" https://piaille.fr/ ", "https://piaille.fr"),
        ("https://PIAILLE.fr:443/@moi", "https://piaille.fr"),
        ("@moi@piaille.fr", "https://piaille.fr"),
        ("piaille.fr:8443", "https://piaille.fr:8443"),
        ("http://localhost:8001", "http://localhost:8001"),
        ("http://127.0.0.1:8001/x", "http://127.0.0.1:8001"),
        ("https://[2001:db8::1]/", "https://[2001:db8::1]"),
    ],
)
def test_a_servers_address_is_understood_as_people_type_it(typed: str, address: str) -> None:
    assert server_address(typed, "instance") == address
    assert host_of(address) == address.partition("://")[2]


def test_a_sites_folder_is_kept_where_it_counts() -> None:
    assert server_address("exemple.fr/blog/", "site", keep_path=True) == "https://exemple.fr/blog"


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "piaille",
        "http://piaille.fr",
        "ftp://piaille.fr",
        "https://u:p@piaille.fr",
        "https://[",
        "https://piaille.fr:port",
        "javascript://x.fr",
    ],
)
def test_what_is_no_address_of_a_server_is_refused(typed: str) -> None:
    with pytest.raises(Rejected) as refused:
        server_address(typed, "instance")
    assert refused.value.reason == "instance"


def test_html_is_read_as_shown_and_as_meant() -> None:
    html = '<p>Voir <a href="https://exemple.fr/long">exemple.fr/l…</a></p>'
    assert html_forms(html) == {"voirexemplefrl", "voirhttpsexemplefrlong"}
    assert html_forms("<style>x{}</style><script>y()</script>Un") == {"un"}
    assert canonical("Voir https://exemple.fr/long") in html_forms(html)


def test_bare_ampersands_arent_entities() -> None:
    assert html_forms("a?x=1&parametre=2 &amp; &eacute;") == {"ax1parametre2é"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Été", "e\u0301te\u0301"),
        ("Un  pain\n\nbien cuit", "un pain bien cuit"),
        ("@amie@exemple.social ici", "@amie ici"),
        ("@amie@localhost:8001 ici", "@amie ici"),
        ("Miam 🥐 :-)", "Miam"),
        ("*gras*", "gras"),
    ],
)
def test_texts_that_a_reader_calls_the_same_have_one_form(one: str, other: str) -> None:
    assert canonical(one).replace("é", "e\u0301") == canonical(other).replace("é", "e\u0301")


def test_texts_without_letters_are_compared_as_they_are() -> None:
    assert canonical("🥐 🥐") == "🥐🥐"
    assert canonical("!!!") != canonical("???")


def test_a_text_cut_or_changed_a_little_is_alike_and_another_isnt() -> None:
    ours = canonical("Ouvert demain de 6 h 30 à 13 h, venez nombreux !")
    assert is_alike(ours, html_forms("<p>Ouvert demain de 6 h 30…</p>"))
    assert is_alike(ours, html_forms("Ouvert demain de 06h30 a 13h, venez nombreux"))
    assert not is_alike(ours, html_forms("<p>Fermé lundi pour inventaire.</p>"))
