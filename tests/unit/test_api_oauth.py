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
from chalicelib.networks.oauth import App
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected, Transient
from chalicelib.workspaces.acts import Did
from chalicelib.workspaces.authorizing import Returned
from chalicelib.workspaces.channels import ChannelStatus
from chalicelib.workspaces.connecting import MAX_CHANNELS, ConnectRefused
from chalicelib.workspaces.workspaces import Role
from tests.fakes.api_world import BAKERY, SPECS, Answer, ApiWorld, Client, browser, machine, serving

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
    assert found["mastodon"]["oauth"]
    assert found["mastodon"]["by_hand"]
    assert found["mastodon"]["oauth_fields"] == ["instance"]
    facebook = found["facebook"]
    assert facebook["oauth"]
    asked = [facebook[name] for name in ("by_hand", "can_connect", "oauth_fields")]
    assert not any(asked)
    assert not any(found[name]["oauth"] for name in ("bluesky", "wordpress", "telegram", "viadeo"))
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
            done = world.authorizing.finish("mastodon", returned, MemberId("approver"))
        except ConnectRefused as refused:
            return refused.fault.code
        assert isinstance(done, Returned)
        return done.channel.id

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


# Who may publish on several accounts chooses.


def choosing(boss: Client) -> str:
    """Come back as somebody with three accounts; return the path of the choice."""
    done = told(come_back(boss, state=begin(boss), code="zoe+karim+masto"))
    assert list(done) == ["choose"]
    return f"{FIRM}/channels/choices/{done['choose']}"


def test_who_may_publish_on_several_accounts_chooses(world: ApiWorld, boss: Client) -> None:
    before = set(world.store.channel_items)
    world.doors.ends_at = world.clock.now() + timedelta(days=60)
    path = choosing(boss)
    assert set(world.store.channel_items) == before
    seen = boss.get(path)
    assert [a["name"] for a in seen.json["accounts"]] == ["Zoe", "Karim", "Masto"]
    assert "token" not in seen.text
    done = boss.post(path, {"accounts": ["id-of-karim", "id-of-masto", "id-of-karim"]})
    assert done.status == 201, done.text
    made, renewed = done.json["items"]
    assert (made["handle"], renewed["id"]) == ("karim", "masto")
    assert made["access_ends_at"] == renewed["access_ends_at"] is not None
    assert set(world.store.channel_items) - before == {(BAKERY, ChannelId(made["id"]))}
    assert world.vault.secrets[BAKERY, ChannelId(made["id"])] == {"token": "token-of-karim"}
    assert [a.what for a in world.audit.acts[-2:]] == [
        Did.CHANNEL_CONNECTED,
        Did.CHANNEL_RECONNECTED,
    ]


def test_a_choice_counts_once(boss: Client) -> None:
    path = choosing(boss)
    assert boss.post(path, {"accounts": ["id-of-zoe"]}).status == 201
    for again in (boss.get(path), boss.post(path, {"accounts": ["id-of-karim"]})):
        assert (again.status, again.slug) == (404, "not-found")


def test_a_choice_is_hers_who_came_back_and_for_a_while(world: ApiWorld, boss: Client) -> None:
    path = choosing(boss)
    chosen = {"accounts": ["id-of-zoe"]}
    stranger = browser(world, "owner")
    assert stranger.get(path).status == stranger.post(path, chosen).status == 404
    world.clock.advance(timedelta(minutes=15))
    assert boss.get(path).status == boss.post(path, chosen).status == 404


@pytest.mark.parametrize("chosen", [["id-of-eve"], ["id-of-zoe", "id-of-eve"]])
def test_only_what_is_offered_can_be_chosen(boss: Client, chosen: list[str]) -> None:
    path = choosing(boss)
    refused = boss.post(path, {"accounts": chosen})
    assert (refused.slug, refused.faults) == ("invalid", {"/accounts": "unknown-account"})
    assert boss.post(path, {"accounts": []}).status == 422
    assert boss.post(path, {"accounts": ["id-of-zoe"]}).status == 201


def test_some_sign_ins_give_one_account_only(world: ApiWorld, boss: Client) -> None:
    world.doors.one_each = True
    path = choosing(boss)
    assert boss.get(path).json["only_one"]
    refused = boss.post(path, {"accounts": ["id-of-zoe", "id-of-karim"]})
    assert (refused.slug, refused.faults) == ("invalid", {"/accounts": "one-account-only"})
    assert boss.post(path, {"accounts": ["id-of-karim"]}).status == 201


def test_who_was_demoted_meanwhile_chooses_nothing(world: ApiWorld, boss: Client) -> None:
    path = choosing(boss)
    world.add_member(BAKERY, "approver", Role.EDITOR)
    assert boss.post(path, {"accounts": ["id-of-zoe"]}).status == 403


def test_a_network_needs_this_installation_to_be_registered(world: ApiWorld, boss: Client) -> None:
    spec = replace(SPECS["mastodon"], app="mastodon")
    world.network_specs = {"mastodon": spec}
    assert not boss.get("/v1/networks").json["items"][0]["can_connect"]
    world.apps = {"mastodon": App("id", "secret")}
    assert boss.get("/v1/networks").json["items"][0]["can_connect"]
