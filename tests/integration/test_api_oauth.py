"""Connecting Mastodon on its own sign-in page, over the API, the engine and a real server."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from chalicelib import bootstrap
from chalicelib.api import services
from chalicelib.bootstrap import Parts, World
from chalicelib.clock import SystemClock
from chalicelib.ids import ChannelId, MemberId, RandomIds, WorkspaceId
from chalicelib.mail.transports import Folder
from chalicelib.settings import load
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from tests.fakes import logbook
from tests.fakes.api_world import OWN_PAGES, Answer, Client, visitor
from tests.fakes.memory_queue import MemoryQueue
from tests.fakes.memory_workspaces import MemoryBucket
from tests.servers.snac import Snac, SnacUser
from tests.store_fixtures import Tables

BAKERY = WorkspaceId("bakery")
FIRM = f"/v1/workspaces/{BAKERY}"


@pytest.fixture
def world(tables: Tables, snac: Snac, tmp_path: Path) -> Iterator[World]:
    clock = SystemClock()
    environ = {
        "RELAIS_DATA": str(tmp_path),
        "RELAIS_ALLOW_HOSTS": urlsplit(snac.base_url).netloc,
    }
    made = World(
        Parts(
            settings=load(environ),
            clock=clock,
            ids=RandomIds(),
            store=lambda: tables.store,
            root_key=lambda: b"k" * 32,
            queue=lambda: MemoryQueue(clock),
            bucket=MemoryBucket,
            transport=lambda: Folder(tmp_path / "mail"),
            wait=lambda _: None,
        )
    )
    now = clock.now()
    made.workspaces.put(None, Workspace(id=BAKERY, name="Martin", feed_token="f", created_at=now))
    for person in ("marie", "paul"):
        made.members.put(
            Member(
                workspace=BAKERY,
                id=MemberId(person),
                email=f"{person}@example.org",
                name=person.title(),
                role=Role.OWNER,
                created_at=now,
            )
        )
    services.use(None)
    bootstrap.use(made)
    yield made
    bootstrap.use(None)
    services.use(None)


def signed_in(world: World, person: str) -> Client:
    token = urlsplit(world.sessions.make_link(MemberId(person))).path.rpartition("/")[2]
    entered = visitor().post("/v1/sessions", {"token": token})
    assert entered.status == 201, entered.text
    return Client({**OWN_PAGES, "cookie": entered.headers["set-cookie"].partition(";")[0]})


def begin(client: Client, snac: Snac) -> str:
    wanted = {"network": "mastodon", "fields": {"instance": snac.base_url}}
    answer = client.post(f"{FIRM}/channels/oauth", wanted)
    assert answer.status == 200, answer.text
    url: str = answer.json["authorize_url"]
    return url


def say_yes(snac: Snac, user: SnacUser, url: str) -> str:
    """Sign in on the server's own page; return the address that it sends the person to."""
    page = requests.get(url, timeout=10)
    assert "x-snac-login" in page.text
    asked = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
    answered = requests.post(
        f"{snac.base_url}/oauth/x-snac-login",
        data={
            "login": user.login,
            "passwd": user.password,
            "cid": asked["client_id"],
            "redir": asked["redirect_uri"],
            "state": asked["state"],
        },
        allow_redirects=False,
        timeout=10,
    )
    return answered.headers["Location"]


def go(client: Client, address: str) -> Answer:
    """Follow a redirect to us, as a browser does."""
    parts = urlsplit(address)
    assert f"{parts.scheme}://{parts.netloc}" == "http://127.0.0.1:8000"
    path = parts.path.removeprefix("/api")
    return client.without("x-relais", "origin").get(f"{path}?{parts.query}")


def test_an_account_is_connected_and_published_on(world: World, snac: Snac) -> None:
    user = snac.new_user(f"o{secrets.token_hex(4)}")
    marie = signed_in(world, "marie")
    with logbook.reading() as book:
        url = begin(marie, snac)
        back = say_yes(snac, user, url)
        done = go(marie, back)
        again = go(marie, back)
    assert done.status == 303, done.text
    (channel,) = marie.get(f"{FIRM}/channels").json["items"]
    assert done.headers["location"] == f"/canaux?connected={channel['id']}"
    assert channel["handle"].startswith(f"@{user.login}@localhost")
    assert again.headers["location"] == "/canaux?refused=state"
    token = world.vault.open(BAKERY, ChannelId(channel["id"])).secret["token"]
    state, code = (parse_qs(urlsplit(back).query)[name][0] for name in ("state", "code"))
    for secret in (token, state, code):
        assert secret not in book.getvalue() + marie.get(f"{FIRM}/audit").text
    assert marie.post(f"{FIRM}/channels/{channel['id']}/test").json["ok"]

    body = {"text": "Bonjour", "channels": [channel["id"]], "when": {"kind": "now"}}
    post = marie.post(f"{FIRM}/posts", body).json
    stands = world.deliveries.get(BAKERY, post["deliveries"][0]["id"])
    assert stands is not None
    world.worker.deliver(stands)
    (status,) = snac.statuses(token)
    assert "Bonjour" in status["content"]
    acts = [(a["what"], a["by_name"]) for a in marie.get(f"{FIRM}/audit").json["items"]]
    expected = ["post-created", "channel-connected", "signed-in"]
    assert acts == [(what, "Marie") for what in expected]


def test_signing_in_again_renews_the_same_channel(world: World, snac: Snac) -> None:
    user = snac.new_user(f"o{secrets.token_hex(4)}")
    marie = signed_in(world, "marie")
    first = go(marie, say_yes(snac, user, begin(marie, snac)))
    (channel,) = world.channels.of(BAKERY)
    before = world.vault.open(BAKERY, channel.id).secret
    world.channels.mark_broken(channel, "401", world.clock.now())
    again = go(marie, say_yes(snac, user, begin(marie, snac)))
    assert again.headers["location"] == first.headers["location"]
    (stands,) = world.channels.of(BAKERY)
    assert (stands.id, stands.status) == (channel.id, "connected")
    assert world.vault.open(BAKERY, channel.id).secret != before


def test_another_members_sign_in_connects_nothing(world: World, snac: Snac) -> None:
    user = snac.new_user(f"o{secrets.token_hex(4)}")
    marie, paul = signed_in(world, "marie"), signed_in(world, "paul")
    back = say_yes(snac, user, begin(marie, snac))
    assert go(paul, back).headers["location"] == "/canaux?refused=state"
    assert go(marie, back).headers["location"] == "/canaux?refused=state"
    assert world.channels.of(BAKERY) == []


def test_what_is_no_server_is_told_at_its_field(world: World) -> None:
    marie = signed_in(world, "marie")
    wanted = {"network": "mastodon", "fields": {"instance": "pas une adresse"}}
    answer = marie.post(f"{FIRM}/channels/oauth", wanted)
    assert (answer.slug, answer.faults) == (
        "connect-refused",
        {"/fields/instance": "field-refused"},
    )
