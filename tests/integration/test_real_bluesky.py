"""Bluesky's adapter against a real personal data server and its directory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from chalicelib.clock import SystemClock
from chalicelib.networks import bluesky
from chalicelib.networks.atproto import Places
from chalicelib.networks.contract import Connection
from chalicelib.networks.http import Http
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Found,
    NotThere,
    OutcomeUnknown,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.stage import (
    KEY,
    TEXT,
    Walk,
    http_to,
    outgoing,
    picture,
    search,
    tools_of,
    vault_of,
)
from tests.servers.bluesky import Account, BlueskyPds
from tests.servers.faulty_proxy import Answer, DropReply, Refuse, Truncate, faulty_proxy

PUT = r"putRecord"
OUT = outgoing(Content(text=TEXT), picture("Un croissant doré"), picture("La vitrine", "red"))


@dataclass(slots=True)
class Stage:
    """An account of one's own on the server."""

    pds: BlueskyPds
    account: Account
    http: Http
    connection: Connection

    def adapter(self, **settings: str) -> bluesky.Bluesky:
        http = http_to(self.pds.base_url, *settings.values())
        return bluesky.Bluesky(tools_of(self.connection, http, SystemClock(), settings=settings))


@pytest.fixture
def stage(bluesky_pds: BlueskyPds) -> Stage:
    account = bluesky_pds.new_account("relais")
    http = http_to(bluesky_pds.base_url, bluesky_pds.plc_url)
    places = Places(bluesky_pds.base_url, bluesky_pds.plc_url)
    fields = {"handle": account.handle, "app_password": account.app_password}
    connection = bluesky.connect(fields, http, SystemClock(), places)
    return Stage(bluesky_pds, account, http, connection)


def test_connecting_finds_the_account_by_its_handle(stage: Stage) -> None:
    assert stage.connection.settings == {"pds": stage.pds.base_url, "did": stage.account.did}
    assert stage.adapter().check().handle == f"@{stage.account.handle}"


def test_connecting_refuses_the_main_password_and_a_wrong_one(stage: Stage) -> None:
    fields = {"handle": stage.account.handle, "pds": stage.pds.base_url}
    main = {**fields, "app_password": stage.account.password}
    with pytest.raises(Rejected) as refused:
        bluesky.connect(main, stage.http, SystemClock())
    assert refused.value.reason == "app_password"
    with pytest.raises(AuthExpired):
        bluesky.connect({**fields, "app_password": "wrong"}, stage.http, SystemClock())


def test_a_post_with_pictures_goes_out_and_is_found(stage: Stage) -> None:
    adapter = stage.adapter()
    assert adapter.find(search(OUT)) == NotThere(prepared_stands=True)
    published = Walk(adapter).send(OUT)
    (record,) = stage.pds.records(stage.account.did)
    assert record["uri"] == published.remote_id
    assert record["value"]["text"] == TEXT
    alts = [image["alt"] for image in record["value"]["embed"]["images"]]
    assert alts == ["Un croissant doré", "La vitrine"]
    assert len(record["value"]["facets"]) == 3
    assert adapter.find(search(OUT)) == Found(published.remote_id, published.url, 1)


def test_a_mention_is_resolved(stage: Stage) -> None:
    friend = stage.pds.new_account("amie")
    Walk(stage.adapter()).send(outgoing(Content(text=f"Merci @{friend.handle} et @nobody.test")))
    (record,) = stage.pds.records(stage.account.did)
    (facet,) = record["value"]["facets"]
    assert facet["features"][0]["did"] == friend.did


def test_a_link_is_a_card(stage: Stage) -> None:
    out = outgoing(Content(text="Le menu", link="https://127.0.0.1/menu"))
    Walk(stage.adapter()).send(out)
    (record,) = stage.pds.records(stage.account.did)
    assert record["value"]["embed"]["external"]["uri"] == "https://127.0.0.1/menu"


@pytest.mark.parametrize("fault", [DropReply(), Truncate(20), Answer(502, applied=True)])
def test_a_lost_answer_is_doubt_then_found_and_a_resend_doubles_nothing(
    stage: Stage, fault: DropReply | Truncate | Answer
) -> None:
    with faulty_proxy(stage.pds.base_url) as proxy:
        adapter = stage.adapter(pds=proxy.base_url)
        walk = Walk(adapter)
        proxy.fail_next("POST", PUT, fault)
        with pytest.raises(OutcomeUnknown):
            walk.send(OUT)
        found = adapter.find(search(OUT))
        assert isinstance(found, Found)
        assert found.version == 1
        assert walk.send(OUT).remote_id == found.remote_id
        assert proxy.unused() == 0
    assert len(stage.pds.records(stage.account.did)) == 1


def test_a_refused_connection_is_doubt_and_absence_is_seen(stage: Stage) -> None:
    with faulty_proxy(stage.pds.base_url) as proxy:
        adapter = stage.adapter(pds=proxy.base_url)
        proxy.fail_next("POST", PUT, Refuse())
        with pytest.raises(OutcomeUnknown):
            Walk(adapter).send(OUT)
        assert adapter.find(search(OUT)) == NotThere(prepared_stands=True)
        assert proxy.unused() == 0
    assert stage.pds.records(stage.account.did) == []


def test_another_version_never_overwrites_what_is_live(stage: Stage) -> None:
    adapter = stage.adapter()
    first = outgoing(Content(text="Un"))
    second = replace(outgoing(Content(text="Deux")), version=2)
    published = Walk(adapter).send(first)
    with pytest.raises(OutcomeUnknown):
        Walk(adapter).send(second)
    assert adapter.find(search(second, first)) == Found(published.remote_id, published.url, 1)


def test_too_long_is_refused_by_the_server_too(stage: Stage) -> None:
    with pytest.raises(Rejected) as refused:
        Walk(stage.adapter()).send(outgoing(Content(text="é" * 301)))
    assert refused.value.reason == "too_long"
    assert stage.pds.records(stage.account.did) == []


def test_tokens_that_arent_taken_are_renewed_by_the_app_password(stage: Stage) -> None:
    adapter = stage.adapter()
    vault = vault_of(adapter._tools)
    vault.secret = {**vault.secret, "access": "e30.e30.c2ln", "refresh": "e30.e30.c2ln"}
    Walk(adapter).send(OUT)
    assert len(stage.pds.records(stage.account.did)) == 1
    vault.secret = {**vault.secret, "access": "x", "refresh": "x", "app_password": "wrong"}
    with pytest.raises(AuthExpired):
        adapter.check()


def test_a_token_that_dies_between_preparing_and_the_call_costs_one_try(stage: Stage) -> None:
    adapter = stage.adapter()
    walk = Walk(adapter)
    assert walk.prepare(OUT) is None
    vault = vault_of(adapter._tools)
    vault.secret = {**vault.secret, "access": "e30.e30.c2ln"}
    with pytest.raises(Transient):
        walk.publish(OUT)
    assert walk.publish(OUT).remote_id.endswith(KEY.record_key)
