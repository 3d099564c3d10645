"""Attacks on the API as a whole; ``docs/security/threats.md`` says which test holds off what."""

from __future__ import annotations

import base64
import json
import logging
import struct
from collections.abc import Iterator
from dataclasses import replace
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from chalicelib.api.routes import ROUTES, SAFE, Route
from chalicelib.ids import ChannelId
from chalicelib.networks import transport
from chalicelib.networks.doors import Doors
from chalicelib.networks.fetch import Guard, Resolve, resolve
from chalicelib.networks.http import Http
from chalicelib.networks.senders import NetworkSenders
from chalicelib.publishing.outcomes import AuthExpired
from chalicelib.workspaces.seals import Seals
from local.bucket import FileBucket
from tests.fakes import logbook
from tests.fakes.api_world import (
    BAKERY,
    OWN_PAGES,
    Answer,
    ApiWorld,
    Client,
    browser,
    machine,
    routes,
    serving,
    visitor,
)
from tests.fakes.fake_mastodon import FakeMastodon
from tests.fakes.names import Names
from tests.fakes.pictures import encoded, photograph, png_chunk
from tests.fakes.serving import Served
from tests.fakes.serving import serving as serving_network

routes()  # declares them
FIRM = "/v1/workspaces/bakery"
MEGABYTE = 1024 * 1024


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


# Requests to where a person says (SSRF).

METADATA = "169.254.169.254"
INSIDE = {
    "intern.example": [METADATA],
    "both.example": ["93.184.215.14", "10.0.0.8"],
    "mapped.example": ["::ffff:169.254.169.254"],
    "v6.example": ["fd00:ec2::254"],
    "here.example": ["127.0.0.1"],
}
ADDRESSES = [
    *(f"https://{name}" for name in INSIDE),
    "http://127.0.0.1",
    "https://127.0.0.1",
    "https://localhost",
    f"http://{METADATA}/latest/meta-data",
    f"https://{METADATA}",
    "https://[::1]",
    "https://[::ffff:127.0.0.1]",
    "https://2130706433.",
    "https://exemple.fr:22",
    "https://admin:secret@intern.example",
    "ftp://intern.example",
    "file:///etc/passwd",
]


def with_real_networks(world: ApiWorld, guard: Guard) -> None:
    """Let the API call the networks' own code, over the real client."""
    http = Http(guard)
    senders = NetworkSenders(
        http=http,
        clock=world.clock,
        shelf=None,  # type: ignore[arg-type] # connecting uses none of these
        public_url=world.settings.public_url,
        vault=None,  # type: ignore[arg-type]
        media=None,  # type: ignore[arg-type]
        apps=dict,
    )
    doors = Doors(http=http, clock=world.clock, senders=senders, secret=world.ids.secret)
    world.connecting = replace(world.connecting, networks=doors)
    world.authorizing = replace(world.authorizing, pages=doors, connecting=world.connecting)


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What would have been connected to."""
    seen: list[Any] = []

    def refuse(address: Any, *_: object, **__: object) -> None:
        seen.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(transport, "create_connection", refuse)
    return seen


def numbers(host: str, port: int) -> list[str]:
    """Resolve addresses written as numbers as the system does, and the names above."""
    return INSIDE[host] if host in INSIDE else resolve(host, port)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("network", ["wordpress", "mastodon", "oauth", "bluesky", "webhook"])
def test_no_channel_leads_a_request_inside(
    world: ApiWorld, dialled: list[Any], network: str, address: str
) -> None:
    resolver: Resolve = numbers
    with_real_networks(world, Guard(resolve=resolver))
    boss = browser(world, "approver")
    before = dict(world.store.channel_items)
    fields = {
        "wordpress": {"site": address, "username": "u", "application_password": "p"},
        "mastodon": {"instance": address, "token": "t"},
        "oauth": {"instance": address},
        "bluesky": {"handle": "a.example", "app_password": "p", "pds": address},
        "webhook": {"url": address, "secret": "s" * 40},
    }[network]
    body = {"network": "mastodon" if network == "oauth" else network, "fields": fields}
    answer = boss.post(f"{FIRM}/channels{'/oauth' if network == 'oauth' else ''}", body)
    assert (answer.status, answer.slug) == (422, "connect-refused"), answer.text
    assert set(answer.faults.values()) <= {"address", "field-refused"}
    assert dialled == []
    assert METADATA not in answer.text  # nor does it tell where a name leads
    assert world.store.channel_items == before
    assert not world.awaited.rows


def test_the_address_that_was_checked_is_the_one_that_is_called(
    world: ApiWorld, dialled: list[Any]
) -> None:
    names = Names({"turning.example": ["93.184.215.14"]})

    def turning(host: str, port: int) -> list[str]:
        found = names(host, port)
        names.known[host] = [METADATA]  # the next time it leads inside
        return found

    with_real_networks(world, Guard(resolve=turning))
    fields = {"instance": "turning.example", "token": "t"}
    answer = browser(world, "approver").post(
        f"{FIRM}/channels", {"network": "mastodon", "fields": fields}
    )
    assert answer.slug in {"network-away", "connect-refused"}
    assert {address for address, _ in dialled} == {"93.184.215.14"}


# Bodies: what they may hold, and as what they may come.


def path_of(route: Route) -> str:
    """Return a path of a route, by ids that lead somewhere where there are any."""
    ids = {"workspace": "bakery", "channel": "masto", "delivery": "none.masto.0"}
    path = route.path
    for name in route.params:
        path = path.replace(f"{{{name}}}", ids.get(name, "none"))
    return path


def models(model: Any) -> Iterator[type[BaseModel]]:
    """Yield a model and every model within it."""
    if isinstance(model, type) and issubclass(model, BaseModel):
        yield model
        for field in model.model_fields.values():
            yield from models(field.annotation)
    for part in get_args(model):
        yield from models(part)


def test_no_body_takes_what_it_does_not_name() -> None:
    bodies = {r.body for r in ROUTES if r.body is not None}
    assert len(bodies) > 10
    for body in bodies:
        for model in models(body):
            assert model.model_config.get("extra") == "forbid", model


@pytest.mark.parametrize(
    "more",
    [
        {"workspace": "florist"},
        {"id": "chosen"},
        {"created_by": "owner"},
        {"is_draft": False},
        {"deliveries": [{"status": "PUBLISHED"}]},
        {"__class__": "x"},
    ],
    ids=str,
)
def test_a_field_of_ours_that_a_stranger_sends_is_refused(
    world: ApiWorld, more: dict[str, Any]
) -> None:
    answer = browser(world, "editor").post(f"{FIRM}/posts", world.draft(**more))
    assert answer.faults == {f"/{name}": "unknown-field" for name in more}
    assert not world.store.heads
    owner = browser(world, "owner")
    assert owner.patch(FIRM, {"name": "x", "feed_token": "mine"}).slug == "invalid"
    assert owner.patch("/v1/session", {"language": "en", "role": "owner"}).slug == "invalid"


@pytest.mark.parametrize(
    "content_type",
    ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data; boundary=x", ""],
)
def test_a_body_comes_as_json_or_not_at_all(world: ApiWorld, content_type: str) -> None:
    owner = browser(world, "owner").with_headers(content_type=content_type)
    for route in (r for r in ROUTES if r.body is not None):
        answer = owner.call(route.method, path_of(route), b'{"x":1}')
        assert (answer.status, answer.slug) == (415, "unsupported-media-type"), route.name


def test_a_huge_body_is_refused_before_it_is_read(world: ApiWorld) -> None:
    answer = browser(world, "editor").call("POST", f"{FIRM}/posts", b'{"text":"' + b"a" * 300_000)
    assert (answer.status, answer.slug) == (413, "body-too-large")
    nested = b'{"text":' + b"[" * 100_000 + b"]" * 100_000 + b"}"
    assert browser(world, "editor").call("POST", f"{FIRM}/posts", nested).status in {400, 422}


def test_a_page_of_somebody_else_can_send_no_form_that_counts(world: ApiWorld) -> None:
    """What a browser sends across sites without asking first (CORS's simple requests)."""
    cookie = browser(world, "owner").headers["cookie"]
    for content_type in ("text/plain", "application/x-www-form-urlencoded", "application/json"):
        stranger = {
            "cookie": cookie,
            "content-type": content_type,
            "origin": "https://evil.example",
        }
        for route in (r for r in ROUTES if r.method not in SAFE):
            answer = Client(stranger).call(route.method, path_of(route), b"{}")
            assert (answer.status, answer.slug) == (403, "cross-site"), route.name


# Ways in.


def test_reading_consumes_no_link(world: ApiWorld) -> None:
    visitor().post("/v1/sign-in-links", {"email": "owner@example.org"})
    token = world.mail.sent[-1][1].rpartition("#")[2]
    for method in ("GET", "HEAD", "OPTIONS"):  # what scanners and previews send
        assert Client(OWN_PAGES).call(method, "/v1/sessions").status == 405
    assert visitor().post("/v1/sessions", {"token": token}).status == 201


def test_no_secret_can_stand_in_an_address() -> None:
    """Addresses end up in logs, histories and referrers."""
    secret = {"token", "password", "secret", "key"}
    for route in ROUTES:
        if route.query is not None:
            assert not secret & set(route.query.model_fields), route.name
    assert {n for r in ROUTES for n in r.params} == {
        "workspace",
        "channel",
        "post",
        "delivery",
        "media",
        "key",  # the key's id
        "network",
        "watch",
        "source",
        "mention",
        "reply",  # a saved one's id
        "choice",  # good in the session of who came back only, and for 15 minutes
        "code",  # of a public page, or a tracked link
        "name",  # of a public feed: revocable, and good for reading only
    }


def test_no_other_host_than_our_own_stands_in_an_answer(world: ApiWorld) -> None:
    forged = {
        "host": "evil.example",
        "x-forwarded-host": "evil.example",
        "x-forwarded-proto": "gopher",
        "forwarded": "host=evil.example",
        "x-original-url": "/evil.example",
    }
    owner = browser(world, "owner")
    for path in (FIRM, f"{FIRM}/channels", f"{FIRM}/today"):
        plain, tried = owner.get(path), owner.with_headers(**forged).get(path)
        assert (tried.text, tried.headers) == (plain.text, plain.headers)
    for path in ("/feed/feed-bakery.atom", "/feed/feed-bakery.json"):
        assert Client(forged).get(path).text == Client().get(path).text
    visitor().with_headers(**forged).post("/v1/sign-in-links", {"email": "owner@example.org"})
    assert world.mail.sent[-1][1].startswith("http://127.0.0.1:8000/")


# Images.


def upload(
    world: ApiWorld, client: Client, data: bytes, kind: str = "image/png"
) -> tuple[str, Answer]:
    """Send a file; return where it came, and what its completion is answered."""
    body = {"name": "photo", "content_type": kind, "size": 1000}
    begun = client.post(f"{FIRM}/media", body).json
    key = begun["upload"]["fields"]["key"]
    world.bucket.objects[key] = (data, kind)
    return key, client.post(f"{FIRM}/media/{begun['id']}/complete")


def png_header(width: int, height: int) -> bytes:
    """Return the beginning of a PNG that says how large it is."""
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + png_chunk(b"IDAT", b"")


@pytest.mark.parametrize("side", [8_000, 60_000])
def test_an_image_bomb_is_refused_before_it_is_unpacked(world: ApiWorld, side: int) -> None:
    _, answer = upload(world, browser(world, "editor"), png_header(side, side))
    assert (answer.status, answer.slug) == (422, "media-refused")
    assert answer.json["reason"] == "image-too-many-pixels"
    assert not [k for k in world.bucket.objects if k.startswith("media/")]


def test_a_picture_carries_nothing_else_along(world: ApiWorld) -> None:
    nasty = b"<script>alert(1)</script><?php system('id'); ?>"
    _, answer = upload(world, browser(world, "editor"), encoded(photograph(), "PNG") + nasty)
    kept, kind = world.bucket.objects[f"media/{answer.json['sha256']}"]
    assert kind == "image/png"
    assert b"script" not in kept
    assert b"php" not in kept


def test_a_picture_cannot_be_swapped_once_it_was_checked(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    key, answer = upload(world, editor, encoded(photograph(), "PNG"))
    sha256 = answer.json["sha256"]
    media = [{"sha256": sha256, "alt": "x"}]
    post = editor.post(f"{FIRM}/posts", world.draft(media=media)).json
    before = world.bucket.objects[f"media/{sha256}"]
    world.bucket.objects[key] = (encoded(photograph(64, 64), "PNG"), "image/png")
    again = editor.post(f"{FIRM}/media/{key.rpartition('/')[2]}/complete")
    assert again.json["sha256"] != sha256
    assert world.bucket.objects[f"media/{sha256}"] == before
    read = editor.get(f"{FIRM}/posts/{post['id']}").json
    assert [m["sha256"] for m in read["media"]] == [sha256]


def test_40_megabytes_are_refused_when_begun_by_the_form_and_when_complete(
    world: ApiWorld, tmp_path: Any
) -> None:
    editor = browser(world, "editor")
    body = {"name": "photo", "content_type": "image/png", "size": 40 * MEGABYTE}
    told = editor.post(f"{FIRM}/media", body)
    assert (told.status, told.json["reason"]) == (422, "image-too-big")
    # Who lies of the size has it refused by whoever takes the form,
    seals = Seals(b"k" * 32)
    bucket = FileBucket(tmp_path, url="http://x/", seals=seals, clock=world.clock)
    memory, world.uploads = world.uploads, replace(world.uploads, bucket=bucket)
    form = editor.post(f"{FIRM}/media", {**body, "size": 1000}).json["upload"]
    policy = json.loads(base64.b64decode(form["fields"]["policy"]))
    assert ["content-length-range", 1, 20 * MEGABYTE] in policy["conditions"]
    # and where it came all the same, when it is looked into.
    world.uploads = memory
    _, answer = upload(world, editor, encoded(photograph(), "PNG") + bytes(40 * MEGABYTE))
    assert (answer.status, answer.json["reason"]) == (422, "image-too-big")


# Logs.


@pytest.fixture
def instance(world: ApiWorld) -> Iterator[Served]:
    """A Mastodon server that the API reaches by the networks' own code."""
    fake = FakeMastodon(world.clock.now)
    with serving_network(fake) as served:
        fake.base_url = served.base_url
        host = served.base_url.removeprefix("http://")
        with_real_networks(world, Guard(allow_hosts=frozenset({host})))
        yield served


def test_nothing_that_was_typed_or_is_secret_is_ever_logged(
    world: ApiWorld,
    instance: Served,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    text, typed = "CANARY-OF-A-POST", "CANARY-OF-A-TOKEN"
    caplog.set_level(logging.DEBUG)
    with logbook.reading() as book:
        visitor().post("/v1/sign-in-links", {"email": "CANARY@example.org"})
        visitor().post("/v1/sessions", {"token": "CANARY-OF-A-LINK"})
        owner = browser(world, "owner")
        key = owner.post(f"{FIRM}/keys", {"name": text, "scopes": ["read"]}).json["secret"]
        machine(world, "owner", "read").get(FIRM)
        Client({"authorization": f"Bearer {key}"}).get(FIRM)
        fields = {"instance": instance.base_url, "token": typed}
        refused = owner.post(f"{FIRM}/channels", {"network": "mastodon", "fields": fields})
        assert refused.slug == "connect-refused"
        begun = owner.post(
            f"{FIRM}/channels/oauth",
            {"network": "mastodon", "fields": {"instance": fields["instance"]}},
        )
        assert begun.status == 200, begun.text
        owner.get("/v1/callbacks/mastodon?state=CANARY-STATE&code=CANARY-CODE")
        body = world.draft(text=text, title=text, link="https://canary.example/")
        assert owner.post(f"{FIRM}/posts", body).status == 201
        owner.post(f"{FIRM}/posts", {**body, "CANARY": 1})
        owner.call("POST", f"{FIRM}/posts", b'{"CANARY')
        owner.get(f"{FIRM}/posts?cursor=CANARY")
        world.audit.fails = RuntimeError(text)
        owner.post(f"{FIRM}/channels/masto/pause", {})
        world.repeats.begin = _broken(text)  # type: ignore[method-assign]
        failed = owner.post(f"{FIRM}/posts", body, idempotency_key="CANARY-KEY")
        assert (failed.status, failed.slug) == (500, "internal")
    printed = capfd.readouterr()
    logged = book.getvalue() + caplog.text + printed.out + printed.err
    assert "request_failed" in logged
    assert "act_not_noted" in logged
    cookie = owner.headers["cookie"].partition("=")[2]
    secrets = [
        "canary",
        key,
        cookie,
        "hush",
        *world.doors.begun,
        *(s.mac for s in _sessions(world)),
    ]
    for secret in secrets:
        assert secret.lower() not in logged.lower(), secret
    assert "Traceback" not in logged


def _sessions(world: ApiWorld) -> list[Any]:
    return list(world.ways_in.sessions.values())


def _broken(text: str) -> Any:
    """Return what fails by a mistake of ours that quotes a text, for one that does too."""

    def fails(*_: object, **__: object) -> None:
        raise LookupError(text) from AuthExpired(text)

    return fails


def test_a_kept_secret_is_never_answered(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    world.vault.put(BAKERY, ChannelId("masto"), {"token": "CANARY-OF-A-TOKEN"})
    for route in (r for r in ROUTES if r.method == "GET" and "workspace" in r.params):
        assert "CANARY" not in owner.get(path_of(route)).text, route.name
