"""Signing in and out over the API."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.ids import SourceId, WorkspaceId
from chalicelib.listening.sources import Source, SourceKind
from tests.fakes.api_world import ApiWorld, Client, browser, serving, visitor


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


def token(world: ApiWorld) -> str:
    """Return the token of the last link that was mailed."""
    return urlsplit(world.mail.sent[-1][1]).fragment


def test_a_link_by_mail_lets_its_holder_in_once(world: ApiWorld) -> None:
    asked = visitor().post("/v1/sign-in-links", {"email": " Owner@Example.org "})
    assert (asked.status, asked.json) == (202, {})
    entered = visitor().post("/v1/sessions", {"token": token(world)})
    assert entered.status == 201
    cookie = entered.headers["set-cookie"]
    assert cookie.startswith("relais=secret_")
    assert "; Path=/; Max-Age=15552000; HttpOnly; SameSite=Lax" in cookie
    assert entered.json["workspaces"] == [
        {
            "id": "bakery",
            "name": "Boulangerie Martin",
            "role": "owner",
            "zone": "Europe/Paris",
            "language": "fr",
        }
    ]
    inside = visitor().with_headers(cookie=cookie.partition(";")[0])
    assert inside.get("/v1/session").json["member"]["email"] == "owner@example.org"
    again = visitor().post("/v1/sessions", {"token": token(world)})
    assert (again.status, again.slug) == (410, "link-used-up")
    assert "15 minutes" in again.json["detail"].replace("\u00a0", " ")


def test_an_old_link_and_an_unknown_one_are_told_alike(world: ApiWorld) -> None:
    visitor().post("/v1/sign-in-links", {"email": "owner@example.org"})
    world.clock.advance(timedelta(minutes=15))
    old = visitor().post("/v1/sessions", {"token": token(world)})
    unknown = visitor().post("/v1/sessions", {"token": "made-up"})
    assert (old.status, old.text) == (unknown.status, unknown.text)
    assert old.slug == "link-used-up"
    assert not world.ways_in.sessions


def test_nobody_learns_who_has_an_account(world: ApiWorld) -> None:
    known = visitor().post("/v1/sign-in-links", {"email": "owner@example.org"})
    unknown = visitor().post("/v1/sign-in-links", {"email": "nobody@example.org"})
    assert (known.status, known.text, known.headers) == (
        unknown.status,
        unknown.text,
        unknown.headers,
    )
    assert world.waited == [1.0, 1.0]
    assert len(world.mail.sent) == 1


def test_over_https_the_cookie_is_bound_to_the_host() -> None:
    with serving(ApiWorld({"RELAIS_PUBLIC_URL": "https://relais.example"})) as world:
        page = visitor().with_headers(origin="https://relais.example")
        page.post("/v1/sign-in-links", {"email": "owner@example.org"})
        cookie = page.post("/v1/sessions", {"token": token(world)}).headers["set-cookie"]
        assert cookie.startswith("__Host-relais=")
        assert cookie.endswith("; Secure")
        plain = cookie.replace("__Host-", "").partition(";")[0]
        assert page.with_headers(cookie=plain).get("/v1/session").status == 401


def test_signing_in_anew_ends_the_browsers_old_session(world: ApiWorld) -> None:
    old = browser(world, "owner")
    old.post("/v1/sign-in-links", {"email": "owner@example.org"})
    entered = old.post("/v1/sessions", {"token": token(world)})
    assert entered.status == 201
    assert old.get("/v1/session").status == 401


def test_signing_out_takes_the_cookie_away(world: ApiWorld) -> None:
    answer = browser(world, "owner").delete("/v1/session")
    assert (answer.status, answer.text) == (204, "")
    assert "Max-Age=0" in answer.headers["set-cookie"]


def test_a_person_chooses_her_language(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    assert owner.patch("/v1/session", {"language": "en"}).json["member"]["language"] == "en"
    assert owner.patch("/v1/session", {"language": "de"}).faults == {"/language": "not-one-of"}
    assert world.members.by_email("owner@example.org")[0].language == "en"


@pytest.mark.parametrize("email", ["", "owner", "a@b@c", "a b@example.org", "x" * 300, 7])
def test_what_is_no_address_is_told(world: ApiWorld, email: object) -> None:
    answer = visitor().post("/v1/sign-in-links", {"email": email})
    assert (answer.status, answer.slug) == (422, "invalid")
    assert not world.mail.sent


def test_too_many_asks_from_one_place_are_slowed_down(world: ApiWorld) -> None:
    for _ in range(20):
        assert visitor().post("/v1/sign-in-links", {"email": "x@example.org"}).status == 202
    slowed = visitor().post("/v1/sign-in-links", {"email": "x@example.org"})
    assert (slowed.status, slowed.slug) == (429, "too-often")
    assert 0 < int(slowed.headers["retry-after"]) <= 900
    world.clock.advance(timedelta(minutes=15))
    assert visitor().post("/v1/sign-in-links", {"email": "x@example.org"}).status == 202


def test_networks_are_told_in_the_persons_language_and_closed_ones_with_their_end(
    world: ApiWorld,
) -> None:
    owner = browser(world, "owner")
    french = {n["name"]: n for n in owner.get("/v1/networks").json["items"]}
    english = owner.with_headers(accept_language="en-GB, fr;q=0.5").get("/v1/networks").json
    assert french["mastodon"]["can_connect"]
    assert french["mastodon"]["composer"]["max"] == 500
    assert "LinkedIn" in french["viadeo"]["closed"]
    labels = {n["name"]: n["label"] for n in english["items"]}
    assert labels["site"] == "Your news page"
    (target,) = [f for f in french["manual"]["fields"] if f["name"] == "target"]
    notes = {c["value"]: c["note"] for c in target["choices"]}
    assert notes["instagram"] is None
    assert "2016" in notes["viadeo"]


def test_a_firm_is_renamed_by_its_owner(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    said = owner.patch("/v1/workspaces/bakery", {"name": " Chez  Martin ", "zone": "Asia/Tokyo"})
    assert (said.json["name"], said.json["zone"]) == ("Chez Martin", "Asia/Tokyo")
    wrong = owner.patch("/v1/workspaces/bakery", {"zone": "Mars/Olympus"})
    assert wrong.faults == {"/zone": "unknown-zone"}
    assert owner.get("/v1/workspaces/bakery").json["zone"] == "Asia/Tokyo"
    assert owner.get("/v1/workspaces/bakery").json["feed"] == {
        "atom": "http://127.0.0.1:8000/feed/feed-bakery.atom",
        "json": "http://127.0.0.1:8000/feed/feed-bakery.json",
    }


def test_a_firm_says_when_it_is_open_and_how_soon_it_answers(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    usual = owner.get("/v1/workspaces/bakery").json
    assert (usual["answer_within_minutes"], usual["opening_hours"][6]) == (240, [])
    morning = [{"begins": "07:00", "ends": "13:00"}]
    hours = [[], *[[*morning, {"begins": "15:30", "ends": "19:30"}]] * 5, morning]
    change = {"opening_hours": hours, "answer_within_minutes": 60}
    said = owner.patch("/v1/workspaces/bakery", change).json
    assert (said["opening_hours"], said["answer_within_minutes"]) == (hours, 60)
    wrong = {"opening_hours": hours[:6], "answer_within_minutes": 0}
    faults = owner.patch("/v1/workspaces/bakery", wrong).faults
    assert set(faults) == {"/opening_hours", "/answer_within_minutes"}
    odd = {"opening_hours": [*hours[:6], [{"begins": "24:00", "ends": "25:61"}]]}
    assert len(owner.patch("/v1/workspaces/bakery", odd).faults) == 2
    assert owner.get("/v1/workspaces/bakery").json["opening_hours"] == hours


def test_a_firm_says_what_networks_that_charge_may_cost(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    assert owner.get("/v1/workspaces/bakery").json["spending_cap"] == 5_000_000
    for cap in (0, 12_500_000):
        assert (
            owner.patch("/v1/workspaces/bakery", {"spending_cap": cap}).json["spending_cap"] == cap
        )
    wrong = owner.patch("/v1/workspaces/bakery", {"spending_cap": -1})
    assert set(wrong.faults) == {"/spending_cap"}
    assert (
        browser(world, "editor").patch("/v1/workspaces/bakery", {"spending_cap": 1}).status == 403
    )
    assert owner.get("/v1/workspaces/bakery").json["spending_cap"] == 12_500_000


def test_a_cap_that_is_raised_lets_what_waited_for_it_be_read(world: ApiWorld) -> None:
    owner, listened = browser(world, "owner"), world.listens.sources
    waits = Source(
        workspace=WorkspaceId("bakery"),
        id=SourceId("x"),
        kind=SourceKind.CHANNEL,
        label="X",
        network="x",
        reason="over_cap",
        due_at=world.clock.now() + timedelta(days=1),
        created_at=world.clock.now(),
    )
    listened.put(None, waits)
    for cap, due in ((1_000_000, waits.due_at), (2_000_000, world.clock.now())):
        owner.patch("/v1/workspaces/bakery", {"spending_cap": cap})
        source = listened.get(waits.workspace, waits.id)
        assert source is not None
        assert source.due_at == due


def test_a_key_shows_its_secret_once(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    made = owner.post("/v1/workspaces/bakery/keys", {"name": "Caisse", "scopes": ["read"]})
    assert made.status == 201
    secret = made.json["secret"]
    assert secret.startswith(f"relais_{made.json['id']}_")
    listed = owner.get("/v1/workspaces/bakery/keys")
    assert [k["name"] for k in listed.json["items"]] == ["Caisse"]
    assert secret not in listed.text
    assert secret not in str(world.ways_in.api_keys)
    assert owner.delete("/v1/workspaces/bakery/keys/none").slug == "not-found"
    past = {"name": "x", "scopes": [], "expires_at": "2020-01-01T00:00:00Z"}
    assert set(owner.post("/v1/workspaces/bakery/keys", past).faults) == {"/scopes"}
    past["scopes"] = ["read"]
    assert owner.post("/v1/workspaces/bakery/keys", past).faults == {
        "/expires_at": "expires-in-past"
    }


def test_members_are_listed_for_the_owner(world: ApiWorld) -> None:
    said = browser(world, "owner").get("/v1/workspaces/bakery/members").json["items"]
    assert [m["role"] for m in said] == ["owner", "approver", "editor", "viewer"]


def test_the_client_gets_problems_in_the_language_it_asks_for(world: ApiWorld) -> None:
    for asked, expected in (
        (None, "fr"),
        ("de", "fr"),
        ("en", "en"),
        ("en;q=0.1, fr;q=0.9", "fr"),
        ("de, en-US;q=0.7, *;q=0.5", "en"),
        ("en;q=bad", "fr"),
    ):
        client = Client({} if asked is None else {"accept-language": asked})
        assert client.get("/v1/session").headers["content-language"] == expected
