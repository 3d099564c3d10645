"""Who may call: every route × every role × another firm × ended ways in, by walking the table."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.api.routes import ROUTES, Route, Who
from chalicelib.workspaces.access import Action, allows, scope_of
from chalicelib.workspaces.workspaces import Role
from tests.fakes import logbook
from tests.fakes.api_world import (
    BAKERY,
    FLORIST,
    OWN_PAGES,
    ROLES,
    Answer,
    ApiWorld,
    Client,
    browser,
    machine,
    routes,
    serving,
    visitor,
)

routes()  # declares them
FIRMS = [r for r in ROUTES if isinstance(r.action, Action)]
PERSONS = [r for r in ROUTES if r.action is Who.SIGNED_IN]
CHANGING = [r for r in [*FIRMS, *PERSONS] if r.method != "GET"]

TABLE = {
    "GET /v1/workspaces/{workspace}": Role.VIEWER,
    "PATCH /v1/workspaces/{workspace}": Role.OWNER,
    "GET /v1/workspaces/{workspace}/today": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/channels": Role.VIEWER,
    "POST /v1/workspaces/{workspace}/channels": Role.APPROVER,
    "POST /v1/workspaces/{workspace}/channels/oauth": Role.APPROVER,
    "GET /v1/workspaces/{workspace}/channels/choices/{choice}": Role.APPROVER,
    "POST /v1/workspaces/{workspace}/channels/choices/{choice}": Role.APPROVER,
    "GET /v1/workspaces/{workspace}/channels/{channel}": Role.VIEWER,
    "PATCH /v1/workspaces/{workspace}/channels/{channel}": Role.APPROVER,
    "DELETE /v1/workspaces/{workspace}/channels/{channel}": Role.APPROVER,
    "POST /v1/workspaces/{workspace}/channels/{channel}/test": Role.APPROVER,
    "POST /v1/workspaces/{workspace}/channels/{channel}/pause": Role.APPROVER,
    "POST /v1/workspaces/{workspace}/channels/{channel}/resume": Role.APPROVER,
    "POST /v1/workspaces/{workspace}/channels/{channel}/reconnect": Role.APPROVER,
    "POST /v1/workspaces/{workspace}/posts": Role.EDITOR,
    "GET /v1/workspaces/{workspace}/posts": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/posts/{post}": Role.VIEWER,
    "PUT /v1/workspaces/{workspace}/posts/{post}": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/posts/{post}/schedule": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/posts/{post}/reschedule": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/posts/{post}/cancel": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/posts/{post}/duplicate": Role.EDITOR,
    "DELETE /v1/workspaces/{workspace}/posts/{post}": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/preview": Role.EDITOR,
    "GET /v1/workspaces/{workspace}/deliveries": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/deliveries/{delivery}": Role.VIEWER,
    "POST /v1/workspaces/{workspace}/deliveries/{delivery}/decision": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/media": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/media/{media}/complete": Role.EDITOR,
    "GET /v1/workspaces/{workspace}/keys": Role.OWNER,
    "POST /v1/workspaces/{workspace}/keys": Role.OWNER,
    "DELETE /v1/workspaces/{workspace}/keys/{key}": Role.OWNER,
    "GET /v1/workspaces/{workspace}/members": Role.OWNER,
    "GET /v1/workspaces/{workspace}/audit": Role.OWNER,
    "GET /v1/workspaces/{workspace}/watches": Role.VIEWER,
    "POST /v1/workspaces/{workspace}/watches": Role.EDITOR,
    "PUT /v1/workspaces/{workspace}/watches/{watch}": Role.EDITOR,
    "DELETE /v1/workspaces/{workspace}/watches/{watch}": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/watches/try": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/watches/feeds": Role.EDITOR,
    "GET /v1/workspaces/{workspace}/sources": Role.VIEWER,
    "POST /v1/workspaces/{workspace}/sources/{source}/pause": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/sources/{source}/resume": Role.EDITOR,
    "GET /v1/workspaces/{workspace}/inbox": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/inbox/counts": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/inbox/labels": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/inbox/colleagues": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/inbox/response-time": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/inbox/{mention}": Role.VIEWER,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/read": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/writing": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/reopen": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/assign": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/label": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/note": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/snooze": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/close": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/answer": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/{mention}/moderate": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/close": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/inbox/people/erase": Role.APPROVER,
    "GET /v1/workspaces/{workspace}/replies": Role.VIEWER,
    "POST /v1/workspaces/{workspace}/replies": Role.EDITOR,
    "PUT /v1/workspaces/{workspace}/replies/{reply}": Role.EDITOR,
    "DELETE /v1/workspaces/{workspace}/replies/{reply}": Role.EDITOR,
    "POST /v1/workspaces/{workspace}/replies/{reply}/fill": Role.VIEWER,
    "GET /v1/workspaces/{workspace}/metrics": Role.VIEWER,
    "POST /v1/workspaces/{workspace}/metrics/entries": Role.EDITOR,
    "GET /v1/workspaces/{workspace}/links": Role.VIEWER,
    "POST /v1/workspaces/{workspace}/links": Role.EDITOR,
    "GET /v1/workspaces/{workspace}/links/{code}": Role.VIEWER,
}
"""The contract, written apart from the code: the lowest role for each route of a firm."""


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


def ask(client: Client, route: Route, firm: str = "bakery") -> Answer:
    """Call a route with ids that exist in no firm, and a body that fits no schema."""
    ids = {"delivery": "none.masto.0", "workspace": firm}
    path = route.path
    for name in route.params:
        path = path.replace(f"{{{name}}}", ids.get(name, "none"))
    body = {"nonsense": True} if route.body is not None else None
    return client.call(route.method, path, body)


def test_every_route_of_a_firm_needs_the_role_that_the_contract_says() -> None:
    lowest = {
        r.name: min(role for role in Role if allows(role, r.action))
        for r in FIRMS
        if isinstance(r.action, Action)
    }
    assert lowest == TABLE


def test_no_route_stands_outside_the_registrar() -> None:
    declared = {(r.method, r.path) for r in ROUTES}
    served = {(method, path) for path, methods in routes().items() for method in methods}
    assert served == declared
    open_to_all = {r.name for r in ROUTES if r.action is Who.ANYBODY}
    assert open_to_all == {
        "GET /v1/health",
        "GET /v1/openapi.json",
        "GET /v1/callbacks/{network}",
        "GET /p/{code}",
        "HEAD /p/{code}",
        "GET /feed/{name}",
        "HEAD /feed/{name}",
        "GET /l/{code}",
        "HEAD /l/{code}",
    }


@pytest.mark.parametrize("name", ROLES)
def test_every_route_lets_in_each_role_that_may_and_no_other(world: ApiWorld, name: str) -> None:
    client = browser(world, name)
    for route in FIRMS:
        assert isinstance(route.action, Action)
        answer = ask(client, route)
        if allows(ROLES[name], route.action):
            assert answer.status in {200, 404, 422}, (route.name, answer.text)
        else:
            assert (answer.status, answer.slug) == (403, "role-too-low"), route.name
            assert answer.json["needs"] == TABLE[route.name].name.lower()
    assert not world.store.heads


def test_another_firm_answers_exactly_like_one_that_does_not_exist(world: ApiWorld) -> None:
    for client in (browser(world, "owner"), machine(world, "owner", "read", "write")):
        for route in FIRMS:
            other, none = ask(client, route, "florist"), ask(client, route, "nosuchfirm")
            assert (other.status, other.slug) == (404, "not-found"), route.name
            assert (other.status, other.text) == (none.status, none.text)
            assert other.headers == none.headers


def test_another_firms_things_answer_like_missing_ones(world: ApiWorld) -> None:
    flora = browser(world, "flora")
    body = world.draft(channels=["florapage"])
    post = flora.post("/v1/workspaces/florist/posts", body).json["id"]
    delivery = f"{post}.florapage.0"
    owner = browser(world, "owner")
    for path in (f"posts/{post}", f"deliveries/{delivery}", "channels/florapage"):
        theirs = owner.get(f"/v1/workspaces/bakery/{path}")
        missing = owner.get(
            f"/v1/workspaces/bakery/{path.replace(post, 'none').replace('florapage', 'nochannel')}"
        )
        assert (theirs.status, theirs.text) == (missing.status, missing.text) == (404, theirs.text)
    assert owner.post(f"/v1/workspaces/bakery/posts/{post}/cancel").status == 404
    assert owner.delete("/v1/workspaces/bakery/channels/florapage").status == 404
    assert flora.get(f"/v1/workspaces/florist/posts/{post}").json["state"] == "scheduled"


def test_nobody_gets_in_without_a_session_or_key(world: ApiWorld) -> None:
    bearer = {"authorization": "Bearer relais_none_secret"}
    clients = {
        "nobody": visitor(),
        "forged cookie": Client({**OWN_PAGES, "cookie": "relais=forged"}),
        "broken cookie": Client({**OWN_PAGES, "cookie": "relais=\x07;;=;"}),
        "forged key": Client(bearer),
        "empty key": Client({"authorization": "Bearer "}),
        "other scheme": Client({"authorization": "Basic b3duZXI6eA=="}),
        "key beside a good cookie": browser(world, "owner").with_headers(**bearer),
    }
    for who, client in clients.items():
        for route in [*FIRMS, *PERSONS]:
            answer = ask(client, route)
            assert (answer.status, answer.slug) == (401, "sign-in-needed"), (who, route.name)


def test_an_ended_session_lets_nobody_in(world: ApiWorld) -> None:
    left = browser(world, "owner")
    assert left.delete("/v1/session").status == 204
    expired = browser(world, "owner")
    world.clock.advance(timedelta(days=31))
    for client in (left, expired):
        for route in [*FIRMS, *PERSONS]:
            assert ask(client, route).slug == "sign-in-needed", route.name


def test_a_revoked_or_expired_key_lets_nobody_in(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    keys = "/v1/workspaces/bakery/keys"
    until = (world.clock.now() + timedelta(hours=1)).isoformat()
    revoked = owner.post(keys, {"name": "a", "scopes": ["read", "write"]}).json
    expired = owner.post(keys, {"name": "b", "scopes": ["read", "write"], "expires_at": until}).json
    clients = [Client({"authorization": f"Bearer {k['secret']}"}) for k in (revoked, expired)]
    for client in clients:
        assert client.get("/v1/workspaces/bakery").status == 200
    assert owner.delete(f"{keys}/{revoked['id']}").status == 204
    world.clock.advance(timedelta(hours=2))
    for client in clients:
        for route in [*FIRMS, *PERSONS]:
            assert ask(client, route).slug == "sign-in-needed", route.name


def test_a_member_who_left_is_out_at_once_by_session_and_by_key(world: ApiWorld) -> None:
    clients = [browser(world, "owner"), machine(world, "owner", "read", "write")]
    del world.members.rows[BAKERY, world.members.by_email("owner@example.org")[0].id]
    for client in clients:
        for route in FIRMS:
            assert ask(client, route).slug == "not-found", route.name


@pytest.mark.parametrize("scopes", [("read",), ("write",), ("read", "write")])
def test_a_key_may_what_its_scopes_say_and_never_manage_keys(
    world: ApiWorld, scopes: tuple[str, ...]
) -> None:
    client = machine(world, "owner", *scopes)
    for route in FIRMS:
        assert isinstance(route.action, Action)
        answer = ask(client, route)
        if scope_of(route.action) in scopes:
            assert answer.status in {200, 404, 422}, (route.name, answer.text)
        else:
            assert (answer.status, answer.slug) == (403, "scope-missing"), route.name
    assert client.get("/v1/workspaces/bakery/keys").slug == "scope-missing"


def test_a_key_never_may_more_than_its_maker(world: ApiWorld) -> None:
    client = machine(world, "viewer", "read", "write")
    assert client.post("/v1/workspaces/bakery/posts", world.draft()).slug == "role-too-low"
    florist = machine(world, "flora", "read", firm=FLORIST)
    assert florist.get("/v1/workspaces/bakery").slug == "not-found"
    assert [w["id"] for w in florist.get("/v1/session").json["workspaces"]] == ["florist"]


@pytest.mark.parametrize(
    "changes",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:8000.evil.example"},
        {"x-relais": "2"},
        {"origin": None},
        {"x-relais": None},
    ],
    ids=str,
)
def test_a_page_of_somebody_else_changes_nothing(
    world: ApiWorld, changes: dict[str, str | None]
) -> None:
    headers = {**browser(world, "owner").headers, **changes}
    client = Client({k: v for k, v in headers.items() if v is not None})
    for route in CHANGING:
        assert ask(client, route).slug == "cross-site", route.name
    links = client.post("/v1/sign-in-links", {"email": "owner@example.org"})
    assert links.slug == "cross-site"
    assert client.post("/v1/sessions", {"token": "x"}).slug == "cross-site"
    assert client.get("/v1/session").status == 200
    assert not world.mail.sent


def test_a_machine_needs_no_page(world: ApiWorld) -> None:
    client = machine(world, "editor", "write")
    assert client.post("/v1/workspaces/bakery/posts", world.draft()).status == 201


def test_only_the_cdn_is_answered_where_there_is_one() -> None:
    environ: dict[str, Any] = {"RELAIS_ORIGIN_SECRET": "s" * 40}
    with serving(ApiWorld(environ)) as world:
        assert visitor().get("/v1/health").slug == "wrong-origin"
        wrong = visitor().with_headers(x_relais_origin="s" * 39 + "t")
        assert wrong.get("/p/abc").slug == "wrong-origin"
        right = visitor().with_headers(x_relais_origin="s" * 40)
        assert right.get("/v1/health").status == 200
        # The client's address is what the CDN saw, not what the client says.
        asked = right.with_headers(x_forwarded_for="6.6.6.6, 203.0.113.9, 130.176.0.1")
        for _ in range(20):
            assert asked.post("/v1/sign-in-links", {"email": "x@example.org"}).status == 202
        forged = right.with_headers(x_forwarded_for="7.7.7.7, 203.0.113.9, 130.176.0.1")
        assert forged.post("/v1/sign-in-links", {"email": "x@example.org"}).status == 429
        other = right.with_headers(x_forwarded_for="203.0.113.10, 130.176.0.1")
        assert other.post("/v1/sign-in-links", {"email": "x@example.org"}).status == 202
        assert world.settings.origin_secret not in repr(world.settings)


def test_every_answer_is_guarded_and_chalices_own_words_are_rewritten(world: ApiWorld) -> None:
    wrong_method = browser(world, "owner").call("TRACE", "/v1/session")
    assert (wrong_method.status, wrong_method.slug) == (405, "method-not-allowed")
    assert "GET" in wrong_method.headers["allow"]
    for answer in (visitor().get("/v1/health"), wrong_method, visitor().get("/v1/session")):
        assert answer.headers["cache-control"] == "no-store"
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert answer.headers["x-content-type-options"] == "nosniff"
        assert "default-src 'none'" in answer.headers["content-security-policy"]


def test_a_mistake_of_ours_says_nothing_of_what_was_typed(
    world: ApiWorld, capfd: pytest.CaptureFixture[str]
) -> None:
    canary = "CANARY-4711"

    class Broken:
        def get(self, *_: object) -> None:
            raise RuntimeError(canary)

    world.store.posts = world.posts = Broken()  # type: ignore[assignment]
    object.__setattr__(world.composer, "posts", Broken())
    client = browser(world, "editor")
    with logbook.reading() as book:
        answer = client.get(f"/v1/workspaces/bakery/posts/{canary.lower()}")
    assert (answer.status, answer.slug) == (500, "internal")
    logged = book.getvalue()
    printed = capfd.readouterr()
    everything = answer.text + logged + printed.out + printed.err
    assert canary.lower() not in everything.lower()
    assert "Traceback" not in everything
    assert answer.json["request"] in logged
    assert "RuntimeError" in logged


def test_a_key_opens_one_firm_even_if_its_maker_is_in_two(world: ApiWorld) -> None:
    world.add_member(FLORIST, "owner", Role.OWNER)
    key = machine(world, "owner", "read", "write")
    assert browser(world, "owner").get("/v1/workspaces/florist").status == 200
    assert key.get("/v1/workspaces/bakery").status == 200
    assert key.get("/v1/workspaces/florist").slug == "not-found"
    assert [w["id"] for w in key.get("/v1/session").json["workspaces"]] == ["bakery"]
