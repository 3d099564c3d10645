"""Connecting on a network's own sign-in page, over the API: there and back, once."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest

from chalicelib.ids import ChannelId, MemberId
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected, Transient
from chalicelib.workspaces.acts import Did
from chalicelib.workspaces.channels import ChannelStatus
from chalicelib.workspaces.connecting import MAX_CHANNELS, ConnectRefused
from chalicelib.workspaces.workspaces import Role
from tests.fakes.api_world import BAKERY, Answer, ApiWorld, Client, browser, machine, serving

FIRM = "/v1/workspaces/bakery"
OAUTH = f"{FIRM}/channels/oauth"
BACK = "/v1/callbacks/mastodon"
WANTED = {"network": "mastodon", "fields": {"server": "piaille.fr"}}


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


@pytest.fixture
def boss(world: ApiWorld) -> Client:
    return browser(world, "approver")


def begin(client: Client) -> str:
    """Begin a sign-in; return its state."""
    answer = client.post(OAUTH, WANTED)
    assert answer.status == 200, answer.text
    url: str = answer.json["authorize_url"]
    return parse_qs(urlsplit(url).query)["state"][0]


def come_back(client: Client, **query: str) -> Answer:
    # A browser that is sent here by another site sends its cookie and no header of ours.
    return client.without("x-relais", "origin").get(f"{BACK}?{urlencode(query)}")


def told(answer: Answer) -> dict[str, str]:
    """Return what the page that a person comes back to is told."""
    assert (answer.status, answer.text) == (303, "")
    page = urlsplit(answer.headers["location"])
    assert (page.scheme, page.netloc, page.path) == ("", "", "/canaux")
    return {name: values[0] for name, values in parse_qs(page.query).items()}


def test_a_person_signs_in_over_there_and_comes_back_connected(
    world: ApiWorld, boss: Client
) -> None:
    answer = boss.post(OAUTH, WANTED)
    url = answer.json["authorize_url"]
    assert url.startswith("https://piaille.fr/authorize?")
    assert "http://127.0.0.1:8000/api/v1/callbacks/mastodon" in url
    assert "hush" not in answer.text
    state = world.doors.begun[0]
    (awaited,) = world.awaited.rows.values()
    assert state not in awaited.mac + repr(awaited)
    done = told(come_back(boss, state=state, code="martin"))
    channel = world.store.channel_items[BAKERY, ChannelId(done["connected"])]
    assert (channel.network, channel.handle) == ("mastodon", "martin")
    assert channel.id == awaited.channel
    assert world.vault.secrets[BAKERY, channel.id] == {"token": "token-of-martin"}
    assert boss.get(f"{FIRM}/channels/{channel.id}").json["status"] == "connected"


def test_the_networks_say_which_can_be_connected_so(boss: Client) -> None:
    found = {n["name"]: n for n in boss.get("/v1/networks").json["items"]}
    assert [name for name, n in found.items() if n["oauth"]] == ["mastodon"]
    assert found["mastodon"]["oauth_fields"] == ["instance"]
    assert found["bluesky"]["oauth_fields"] == found["viadeo"]["oauth_fields"] == []


def test_a_state_counts_once(world: ApiWorld, boss: Client) -> None:
    state = begin(boss)
    assert "connected" in told(come_back(boss, state=state, code="martin"))
    before = dict(world.vault.secrets)
    assert told(come_back(boss, state=state, code="eve")) == {"refused": "state"}
    assert world.vault.secrets == before


def test_of_eight_who_come_back_with_one_state_one_is_connected(
    world: ApiWorld, boss: Client
) -> None:
    state = begin(boss)
    ready = threading.Barrier(8)

    def finish(n: int) -> str:
        ready.wait()
        returned = {"state": state, "code": f"c{n}"}
        try:
            return world.authorizing.finish("mastodon", returned, MemberId("approver")).channel.id
        except ConnectRefused as refused:
            return refused.fault.code

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(finish, range(8)))
    assert found.count("state") == 7
    assert len([c for c in world.store.channel_items.values() if c.handle.startswith("c")]) == 1


def test_another_members_state_is_refused_and_used_up(world: ApiWorld, boss: Client) -> None:
    before = dict(world.store.channel_items)
    for stranger in ("owner", "flora"):
        state = begin(boss)
        # Somebody who is sent the address of it signs in over there with her own account.
        other = browser(world, stranger)
        assert told(come_back(other, state=state, code="hers")) == {"refused": "state"}
        assert told(come_back(boss, state=state, code="hers")) == {"refused": "state"}
    assert world.store.channel_items == before


@pytest.mark.parametrize("cookie", [None, "relais=forged"])
def test_nobody_comes_back_without_a_session(
    world: ApiWorld, boss: Client, cookie: str | None
) -> None:
    state = begin(boss)
    client = Client({} if cookie is None else {"cookie": cookie})
    assert told(come_back(client, state=state, code="martin")) == {"refused": "state"}


def test_a_session_that_ended_meanwhile_connects_nothing(boss: Client) -> None:
    state = begin(boss)
    boss.delete("/v1/session")
    assert told(come_back(boss, state=state, code="martin")) == {"refused": "state"}


def test_a_state_is_good_for_fifteen_minutes(world: ApiWorld, boss: Client) -> None:
    state = begin(boss)
    world.clock.advance(timedelta(minutes=14, seconds=59))
    assert "connected" in told(come_back(boss, state=state, code="martin"))
    state = begin(boss)
    world.clock.advance(timedelta(minutes=15))
    assert told(come_back(boss, state=state, code="zoe")) == {"refused": "state"}


@pytest.mark.parametrize("query", [{}, {"state": ""}, {"state": "forged", "code": "x"}])
def test_an_unknown_state_is_refused(boss: Client, query: dict[str, str]) -> None:
    begin(boss)
    assert told(come_back(boss, **query)) == {"refused": "state"}


def test_a_state_counts_for_its_own_network(boss: Client) -> None:
    state = begin(boss)
    other = boss.get(f"/v1/callbacks/bluesky?state={state}&code=martin")
    assert told(other) == {"refused": "state"}


def test_a_person_who_says_no_is_understood(world: ApiWorld, boss: Client) -> None:
    before = dict(world.store.channel_items)
    answer = come_back(boss, state=begin(boss), error="access_denied", error_description="x" * 999)
    assert told(answer) == {"refused": "denied"}
    assert world.store.channel_items == before


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (AuthExpired("the code isn't taken"), "sign-in-refused"),
        (Rejected("403", "forbidden"), "forbidden"),
        (Transient("away"), "network-away"),
    ],
    ids=str,
)
def test_a_networks_refusal_is_told_on_the_page(
    world: ApiWorld, boss: Client, error: NetworkError, code: str
) -> None:
    state = begin(boss)
    world.doors.fails = error
    assert told(come_back(boss, state=state, code="martin")) == {"refused": code}
    world.doors.fails = None
    assert told(come_back(boss, state=state, code="martin")) == {"refused": "state"}


def test_who_may_no_longer_connect_connects_nothing(world: ApiWorld, boss: Client) -> None:
    state = begin(boss)
    world.add_member(BAKERY, "approver", Role.EDITOR)
    assert told(come_back(boss, state=state, code="martin")) == {"refused": "not-allowed"}
    world.add_member(BAKERY, "approver", Role.APPROVER)
    state = begin(boss)
    del world.members.rows[BAKERY, MemberId("approver")]
    assert told(come_back(boss, state=state, code="martin")) == {"refused": "not-allowed"}


def test_an_account_that_is_connected_already_is_renewed(world: ApiWorld, boss: Client) -> None:
    stands = world.store.channel_items[BAKERY, ChannelId("masto")]
    world.store.set_channel(replace(stands, status=ChannelStatus.BROKEN, reason="401"))
    done = told(come_back(boss, state=begin(boss), code="masto"))
    assert done == {"connected": "masto"}
    assert boss.get(f"{FIRM}/channels/masto").json["status"] == "connected"
    assert world.vault.secrets[BAKERY, ChannelId("masto")] == {"token": "token-of-masto"}
    assert world.audit.acts[-1].what == Did.CHANNEL_RECONNECTED


def test_there_is_room_for_so_many_channels(world: ApiWorld, boss: Client) -> None:
    for n in range(MAX_CHANNELS):
        world.add_channel(BAKERY, f"c{n}", "bluesky")
    assert told(come_back(boss, state=begin(boss), code="one")) == {"refused": "too-many-channels"}
    assert told(come_back(boss, state=begin(boss), code="masto")) == {"connected": "masto"}


def test_it_is_noted_who_connected_what(world: ApiWorld, boss: Client) -> None:
    done = told(come_back(boss, state=begin(boss), code="martin"))
    act = world.audit.acts[-1]
    assert (act.what, act.by, act.about) == ("channel-connected", "approver", done["connected"])
    told(come_back(boss, state="forged", code="martin"))
    assert world.audit.acts[-1] is act


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        ({"network": "mastodon"}, {"/fields/server": "missing"}),
        (
            {**WANTED, "fields": {"server": "a.fr", "token": "x"}},
            {"/fields/token": "unknown-field"},
        ),
        ({"network": "bluesky"}, {"/network": "no-sign-in-page"}),
        ({"network": "myspace"}, {"/network": "unknown-network"}),
        ({"network": "closed"}, {"/network": "closed-network"}),
        ({"network": "viadeo"}, {"/network": "closed-network"}),
    ],
    ids=str,
)
def test_what_leads_to_no_page_is_told(
    world: ApiWorld, boss: Client, body: object, faults: dict[str, str]
) -> None:
    answer = boss.post(OAUTH, body)
    assert (answer.status, answer.slug, answer.faults) == (422, "invalid", faults)
    assert not world.awaited.rows


def test_a_server_that_is_none_is_told_at_its_field(world: ApiWorld, boss: Client) -> None:
    world.doors.fails = Rejected("not an address", "server")
    answer = boss.post(OAUTH, WANTED)
    assert (answer.slug, answer.faults) == ("connect-refused", {"/fields/server": "field-refused"})
    world.doors.fails = Transient("away")
    assert boss.post(OAUTH, WANTED).slug == "network-away"
    assert not world.awaited.rows


def test_an_api_key_begins_no_sign_in(world: ApiWorld) -> None:
    answer = machine(world, "owner", "read", "write").post(OAUTH, WANTED)
    assert (answer.status, answer.slug) == (403, "scope-missing")


def test_whatever_comes_back_leads_to_our_own_page_only(world: ApiWorld, boss: Client) -> None:
    nasty = (
        "https://evil.example",
        "//evil.example",
        "a\r\nSet-Cookie: x=y",
        "javascript:1",
        "'\"<",
    )
    for value in nasty:
        query = dict.fromkeys(("state", "code", "error", "redirect_uri", "next", "iss"), value)
        answer = come_back(boss, **query)
        assert told(answer) == {"refused": "state"}
        assert "evil" not in answer.headers["location"]
    world.doors.remote_id = ""
    answer = come_back(boss, state=begin(boss), code="//evil.example")
    assert set(told(answer)) == {"connected"}
