"""Bluesky's adapter against a server that holds the rules of the lexicons."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.networks import bluesky
from chalicelib.networks.atproto import Places
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.http import Http
from chalicelib.networks.richtext import facets, mentioned
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Found,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.lexicons import problems_of, require_lexicons
from tests.contract.stage import (
    KEY,
    TEXT,
    Vault,
    Walk,
    http_to,
    outgoing,
    picture,
    search,
    tools_of,
    vault_of,
)
from tests.fakes.clocks import START, SettableClock
from tests.fakes.fake_bluesky import FakeBluesky
from tests.fakes.serving import Said, Served, said, serving
from tests.servers.process import free_port

PUT = r"putRecord$"


@dataclass(slots=True)
class Stage:
    """An account, its server and its adapter."""

    fake: FakeBluesky
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    vault: Vault
    walk: Walk
    adapter: bluesky.Bluesky


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeBluesky(clock.now)
    with serving(fake) as served:
        fake.base_url = served.base_url
        http = http_to(served.base_url)
        places = Places(served.base_url, served.base_url)
        fields = {"handle": f"@{fake.handle}", "app_password": fake.app_password}
        connection = bluesky.connect(fields, http, clock, places)
        tools = tools_of(connection, http, clock)
        adapter = bluesky.Bluesky(tools)
        walk = Walk(adapter)
        yield Stage(fake, served, http, clock, connection, vault_of(tools), walk, adapter)


def test_connecting_finds_the_server_of_the_handle_and_keeps_the_session(stage: Stage) -> None:
    made = stage.connection
    assert made.profile.handle == "@relais.test"
    assert made.settings == {"pds": stage.fake.base_url, "did": stage.fake.did}
    assert set(made.secret) == {"access", "refresh", "identifier", "app_password"}


def test_connecting_refuses_a_wrong_password_and_the_main_one(stage: Stage) -> None:
    fields = {"handle": stage.fake.handle, "pds": stage.fake.base_url}
    with pytest.raises(AuthExpired):
        bluesky.connect({**fields, "app_password": "wrong"}, stage.http, stage.clock)
    main = stage.fake.main_password
    with pytest.raises(Rejected) as refused:
        bluesky.connect({**fields, "app_password": main}, stage.http, stage.clock)
    assert refused.value.reason == "app_password"


def test_connecting_names_a_handle_that_nobody_has(stage: Stage) -> None:
    places = Places(stage.fake.base_url, stage.fake.base_url)
    fields = {"handle": "nobody.test", "app_password": "x"}
    with pytest.raises(Rejected) as refused:
        bluesky.connect(fields, stage.http, stage.clock, places)
    assert refused.value.reason == "handle"


def test_connecting_distrusts_a_document_that_names_another_handle(stage: Stage) -> None:
    stage.fake.others["stolen.test"] = stage.fake.did
    places = Places(stage.fake.base_url, stage.fake.base_url)
    fields = {"handle": "stolen.test", "app_password": stage.fake.app_password}
    with pytest.raises(Rejected) as refused:
        bluesky.connect(fields, stage.http, stage.clock, places)
    assert refused.value.reason == "handle"
    assert len(stage.served.seen("POST", "createSession")) == 1  # the fixture's own


def test_a_post_goes_out_whole_and_is_found_again(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), picture("Un croissant doré"), picture("La vitrine", "red"))
    published = stage.walk.send(out)
    record = stage.fake.records[KEY.record_key]["value"]
    assert record["text"] == TEXT
    assert record["langs"] == ["fr"]
    assert record["createdAt"] == "2026-11-25T08:00:00.000Z"
    images = record["embed"]["images"]
    assert [image["alt"] for image in images] == ["Un croissant doré", "La vitrine"]
    assert images[0]["aspectRatio"] == {"width": 64, "height": 48}
    assert stage.walk.calls == 1
    found = stage.adapter.find(search(out))
    assert found == Found(published.remote_id, published.url, 1)


def test_what_is_marked_is_what_it_says_by_utf8_bytes(stage: Stage) -> None:
    stage.fake.others["amie.test"] = "did:plc:amie"
    text = "Été 🥐 avec @amie.test et @personne.test : exemple.fr #café. (https://a.fr/b(c))"
    stage.walk.send(outgoing(Content(text=text)))
    record = stage.fake.records[KEY.record_key]["value"]
    data = text.encode()
    marked = {
        data[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode(): f["features"][0]
        for f in record["facets"]
    }
    assert {
        shown: next(v for k, v in f.items() if k != "$type") for shown, f in marked.items()
    } == {
        "@amie.test": "did:plc:amie",
        "exemple.fr": "https://exemple.fr",
        "#café": "café",
        "https://a.fr/b(c)": "https://a.fr/b(c)",
    }


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("Prix : 12.50 € le kilo", []),
        ("Voir menu.pdf et photo.jpg", []),
        ("#1 de la ville", []),
        ("c#dur", []),
        ("Écrivez à contact@exemple.fr", []),
        ("« https://exemple.fr » !", ["https://exemple.fr"]),
        ("https://exemple.fr/été.", ["https://exemple.fr/été"]),
        ("#été2026, #fête!", ["été2026", "fête"]),
        ("(voir exemple.bzh)", ["https://exemple.bzh"]),
        ("#exemple.fr et https://exemple.fr/#menu", ["exemple.fr", "https://exemple.fr/#menu"]),
        ("", []),
    ],
)
def test_only_links_mentions_and_hashtags_are_marked(text: str, marked: list[str]) -> None:
    features = [f["features"][0] for f in facets(text, {})]
    assert [f.get("uri") or f.get("tag") for f in features] == marked


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("Merci @Amie.TEST et (@amie.test), @exemple.bzh.", ["amie.test", "exemple.bzh"]),
        ("À bientôt @marie.pasundomaine, @marie", []),
    ],
)
def test_only_names_that_can_be_handles_are_looked_up_and_marked(
    text: str, asked: list[str]
) -> None:
    assert mentioned(text) == asked
    known = {"amie.test": "did:plc:amie", "marie.pasundomaine": "did:plc:marie"}
    data = text.encode()
    shown = [
        data[f["index"]["byteStart"] : f["index"]["byteEnd"]].decode() for f in facets(text, known)
    ]
    assert {name.lower() for name in shown} == {f"@{h}" for h in asked if h in known}


def test_a_link_becomes_a_card_and_isnt_counted_in_the_text(stage: Stage) -> None:
    page = (
        b"<html><head><title>Accueil</title><meta property='og:title' content='Le menu &amp; co'>"
        b"<meta name='description' content='Tous les jours'></head></html>"
    )
    stage.served.answer_next("GET", "/menu", Said(200, page, {"Content-Type": "text/html"}))
    link = f"{stage.fake.base_url}/menu"
    stage.walk.send(outgoing(Content(text="Le menu du jour", link=link)))
    record = stage.fake.records[KEY.record_key]["value"]
    assert record["text"] == "Le menu du jour"
    card = record["embed"]["external"]
    assert card == {"uri": link, "title": "Le menu & co", "description": "Tous les jours"}


def test_a_card_shows_the_picture_of_the_page(stage: Stage) -> None:
    page = b"<meta property='og:title' content='Menu'><meta property='og:image' content='/i.png'>"
    html = {"Content-Type": "text/html; charset=utf-8"}
    stage.served.answer_next("GET", "/menu", Said(200, page, html))
    image = picture("").load()[0]
    stage.served.answer_next("GET", "/i.png", Said(200, image, {"Content-Type": "image/png"}))
    stage.walk.send(outgoing(Content(text="Menu", link=f"{stage.fake.base_url}/menu")))
    thumb = stage.fake.records[KEY.record_key]["value"]["embed"]["external"]["thumb"]
    assert thumb["ref"]["$link"] in stage.fake.blobs


def test_a_page_that_cant_be_read_makes_a_plain_card(stage: Stage) -> None:
    link = "https://127.0.0.1/secret"
    stage.walk.send(outgoing(Content(text="Menu", link=link)))
    card = stage.fake.records[KEY.record_key]["value"]["embed"]["external"]
    assert card == {"uri": link, "title": "127.0.0.1", "description": ""}


@pytest.mark.parametrize(
    "page",
    [
        b"<title>Menu</title><meta property='og:image' content='https://[oups'>",
        b"<title>Menu</title><![oups[ ]]><meta name='description' content='Tous les jours'>",
        b"<title>Menu</title><meta property='og:image' content='javascript:alert(1)'>",
    ],
)
def test_a_page_gone_wrong_makes_a_card_of_what_can_be_read(stage: Stage, page: bytes) -> None:
    stage.served.answer_next("GET", "/menu", Said(200, page, {"Content-Type": "text/html"}))
    link = f"{stage.fake.base_url}/menu"
    stage.walk.send(outgoing(Content(text="Menu", link=link)))
    card = stage.fake.records[KEY.record_key]["value"]["embed"]["external"]
    assert (card["title"], "thumb" in card) == ("Menu", False)


def test_a_token_that_names_no_date_is_renewed(stage: Stage) -> None:
    claims = base64.urlsafe_b64encode(json.dumps({"exp": 10**18}).encode()).decode().rstrip("=")
    stage.vault.secret = {**stage.vault.secret, "access": f"e30.{claims}.c2ln"}
    stage.walk.send(outgoing(Content(text="Un")))
    assert stage.vault.renewals == 1


def test_with_pictures_the_link_joins_the_text(stage: Stage) -> None:
    out = outgoing(Content(text="Menu", link="https://exemple.fr/m"), picture("Plat"))
    stage.walk.send(out)
    record = stage.fake.records[KEY.record_key]["value"]
    assert record["text"] == "Menu\n\nhttps://exemple.fr/m"
    assert record["facets"][0]["features"][0]["uri"] == "https://exemple.fr/m"


def test_the_same_version_sent_again_is_the_same_record(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT, link="https://127.0.0.1/x"), picture("Plat"))
    first = stage.walk.send(out)
    stage.clock.advance(timedelta(hours=1))  # blobs are uploaded anew by then
    assert stage.walk.send(out) == first
    assert stage.fake.writes == 1


def test_another_version_never_overwrites_what_is_live(stage: Stage) -> None:
    first, second = outgoing(Content(text="Un")), outgoing(Content(text="Deux"), version=2)
    published = stage.walk.send(first)
    stage.walk.parts.clear()
    with pytest.raises(OutcomeUnknown):
        stage.walk.send(second)
    found = stage.adapter.find(search(second, first))
    assert found == Found(published.remote_id, published.url, 1)
    assert stage.fake.records[KEY.record_key]["value"]["text"] == "Un"


def test_a_record_of_ours_that_differs_in_detail_is_taken_for_ours(stage: Stage) -> None:
    out = outgoing(Content(text="Un"))
    stage.walk.send(out)
    stage.fake.records[KEY.record_key]["value"]["langs"] = ["en"]
    assert stage.walk.publish(out).remote_id.endswith(KEY.record_key)
    assert stage.fake.writes == 1


def test_an_unknown_record_under_our_key_is_found_without_a_version(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="Un")))
    found = stage.adapter.find(search(outgoing(Content(text="Autre chose"))))
    assert isinstance(found, Found)
    assert found.version is None


def test_absence_is_certain(stage: Stage) -> None:
    assert stage.adapter.find(search(outgoing(Content(text="Un")))) == NotThere(True)


# Tokens.


def test_a_token_about_to_end_is_renewed_while_preparing(stage: Stage) -> None:
    stage.clock.advance(timedelta(minutes=111))
    stage.walk.send(outgoing(Content(text="Un")))
    assert stage.vault.renewals == 1
    assert len(stage.served.seen("POST", "refreshSession")) == 1


def test_a_fresh_token_isnt_renewed(stage: Stage) -> None:
    stage.clock.advance(timedelta(minutes=100))
    stage.walk.send(outgoing(Content(text="Un")))
    assert stage.vault.renewals == 0


def test_a_dead_refresh_token_is_replaced_by_the_app_password(stage: Stage) -> None:
    stage.fake.refresh.clear()
    stage.clock.advance(timedelta(hours=3))
    stage.walk.send(outgoing(Content(text="Un")))
    assert len(stage.served.seen("POST", "createSession")) == 2


def test_a_revoked_app_password_needs_a_person(stage: Stage) -> None:
    stage.fake.refresh.clear()
    stage.fake.app_password = "another-one"
    stage.clock.advance(timedelta(hours=3))
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_a_token_refused_in_the_call_is_renewed_for_the_next_try(stage: Stage) -> None:
    out = outgoing(Content(text="Un"))
    stage.walk.prepare(out)
    stage.fake.access.clear()
    with pytest.raises(Transient):
        stage.walk.publish(out)
    assert stage.walk.publish(out).remote_id
    assert stage.fake.writes == 1


def test_a_token_refused_while_preparing_is_renewed_at_once(stage: Stage) -> None:
    stage.fake.access.clear()
    stage.walk.send(outgoing(Content(text="Un"), picture("Plat")))
    assert stage.vault.renewals == 1


def test_checking_reads_who_we_are(stage: Stage) -> None:
    assert stage.adapter.check().remote_id == stage.fake.did
    assert stage.fake.writes == 0


def test_a_suspended_account_needs_a_person(stage: Stage) -> None:
    inactive = {"did": stage.fake.did, "handle": "x", "active": False, "status": "suspended"}
    stage.served.answer_next("GET", "getSession", said(200, inactive))
    with pytest.raises(AuthExpired):
        stage.adapter.check()


# What answers mean.


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(400, {"error": "InvalidRequest", "message": "no"}), Rejected),
        (said(400, {"error": "SomethingNew", "message": "?"}), OutcomeUnknown),
        (said(400, {"error": "BlobNotFound", "message": "Could not find blob"}), Transient),
        (said(400, {"error": "AccountTakedown", "message": ""}), AuthExpired),
        (said(400, {"error": "AccountDeactivated", "message": ""}), AuthExpired),
        (said(413, {"error": "PayloadTooLarge", "message": ""}), Rejected),
        (said(429, {"error": "RateLimitExceeded", "message": ""}), RateLimited),
        (said(500, {"error": "InternalServerError", "message": ""}), OutcomeUnknown),
        (said(502, {"error": "UpstreamFailure", "message": ""}), OutcomeUnknown),
        (said(200, {}), OutcomeUnknown),
        (said(200, {"uri": "at://did:plc:x/app.bsky.feed.post/other", "cid": "c"}), OutcomeUnknown),
        (Said(200, b"<html>Bienvenue</html>", {"Content-Type": "text/html"}), OutcomeUnknown),
        (Said(200, b'{"uri": "at://', {"Content-Type": "application/json"}), OutcomeUnknown),
        (Said(503, b"<html>maintenance</html>", {}), OutcomeUnknown),
    ],
)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    out = outgoing(Content(text="Un"))
    stage.walk.prepare(out)
    stage.served.answer_next("POST", PUT, answer)
    with pytest.raises(error) as raised:
        stage.walk.publish(out)
    assert type(raised.value) is error
    assert "Un" not in str(raised.value).split()


@pytest.mark.parametrize("status", [500, 502, 503])
def test_a_failure_while_preparing_proves_that_nothing_is_public(stage: Stage, status: int) -> None:
    stage.served.answer_next("POST", "uploadBlob", Said(status, b"oops", {}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), picture("Plat")))


def test_a_look_that_fails_proves_nothing(stage: Stage) -> None:
    stage.served.answer_next("GET", "getRecord", Said(502, b"", {}))
    with pytest.raises(Transient):
        stage.adapter.find(search(outgoing(Content(text="Un"))))


def test_the_reset_of_a_limit_is_the_networks_own(stage: Stage) -> None:
    stage.fake.points_left = 2
    with pytest.raises(RateLimited) as limited:
        stage.walk.send(outgoing(Content(text="Un")))
    assert limited.value.reset_at == START + timedelta(minutes=30)
    assert limited.value.scope == "channel"


def test_too_long_is_told_as_such(stage: Stage) -> None:
    with pytest.raises(Rejected) as refused:
        stage.walk.send(outgoing(Content(text="é" * 301)))
    assert refused.value.reason == "too_long"


def test_a_look_after_a_swap_that_fails_leaves_doubt(stage: Stage) -> None:
    out = outgoing(Content(text="Un"))
    stage.walk.send(out)
    stage.fake.records[KEY.record_key]["value"]["langs"] = ["en"]
    stage.served.answer_next("GET", "getRecord", Said(502, b"", {}))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)


def test_a_server_that_is_down_was_surely_not_reached(stage: Stage) -> None:
    down = f"http://localhost:{free_port()}"
    tools = tools_of(stage.connection, http_to(down), stage.clock, settings={"pds": down})
    walk = Walk(bluesky.Bluesky(tools))
    with pytest.raises(Transient):
        walk.send(outgoing(Content(text="Un")))
    assert walk.calls == 0


def test_what_before_send_raises_stops_the_call(stage: Stage) -> None:
    class TooLate(Exception):
        pass

    def refuse() -> None:
        raise TooLate

    out = outgoing(Content(text="Un"))
    stage.walk.prepare(out)
    with pytest.raises(TooLate):
        stage.adapter.publish(out, stage.walk.parts, before_send=refuse)
    assert stage.fake.records == {}


def test_old_blobs_are_uploaded_again_and_fresh_ones_arent(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), picture("Plat"))
    stage.walk.prepare(out)
    stage.walk.prepare(out)
    assert len(stage.served.seen("POST", "uploadBlob")) == 1
    stage.fake.blobs.clear()
    stage.clock.advance(timedelta(minutes=6))
    stage.walk.send(out)
    assert len(stage.served.seen("POST", "uploadBlob")) == 2


def test_every_record_holds_the_published_lexicons(stage: Stage) -> None:
    lexicons = require_lexicons()
    posts: list[Outgoing] = [
        outgoing(Content(text=TEXT), picture("Un"), picture("Deux", "red")),
        outgoing(Content(text="Menu", link="https://127.0.0.1/m", language="fr-FR")),
        outgoing(Content(text=""), picture("")),
    ]
    for n, out in enumerate(posts):
        key = replace(KEY, record_key=f"3lekz2a2a2a2{'bcd'[n]}", created_at=datetime.now(UTC))
        stage.walk.parts.clear()
        stage.walk.send(replace(out, key=key))
    for asked in stage.served.seen("POST", PUT):
        body = json.loads(asked.body)
        assert problems_of(lexicons, "com.atproto.repo.putRecord", body) == []
        assert problems_of(lexicons, "app.bsky.feed.post", body["record"]) == []
