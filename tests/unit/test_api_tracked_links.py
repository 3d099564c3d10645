"""Tracked links over the API: made, listed, counted."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from typing import Any

import pytest

from chalicelib.measuring.links import Click, ClickKind
from tests.fakes.api_world import BAKERY, ApiWorld, Client, browser, post_id, serving

FIRM = "/v1/workspaces/bakery"
PEOPLE = Client({"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0"})


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


@pytest.fixture
def editor(world: ApiWorld) -> Client:
    return browser(world, "editor")


def test_a_link_is_made_once_followed_and_counted(world: ApiWorld, editor: Client) -> None:
    body = {
        "target": "https://boulangerie.example/galette",
        "label": "Galette",
        "utm": {"source": "mastodon", "campaign": "epiphanie"},
    }
    made = editor.post(f"{FIRM}/links", body, idempotency_key="once")
    assert made.status == 201, made.text
    assert editor.post(f"{FIRM}/links", body, idempotency_key="once").json == made.json
    code = made.json["code"]
    assert made.json["url"] == f"http://127.0.0.1:8000/l/{code}"
    led = PEOPLE.get(f"/l/{code}")
    assert led.status == 302
    assert led.headers["location"] == (
        "https://boulangerie.example/galette?utm_source=mastodon&utm_campaign=epiphanie"
    )
    PEOPLE.get(f"/l/{code}")
    (listed,) = browser(world, "viewer").get(f"{FIRM}/links").json["links"]
    assert (listed["people"], listed["visitors"], listed["bots"]) == (2, 1, 0)
    seen = editor.get(f"{FIRM}/links/{code}").json
    assert seen["link"] == listed
    assert seen["days"] == [
        {"day": "2026-11-25", "people": 2, "visitors": 1, "bots": 0, "previews": 0}
    ]
    earlier = editor.get(f"{FIRM}/links/{code}?from=2026-11-01&to=2026-11-20").json
    assert (earlier["days"], earlier["link"]["people"]) == ([], 0)
    assert [(a.what, a.by) for a in world.audit.acts] == [("link-made", "editor")]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"target": "ftp://example.org"}, {"/target": "link-not-web"}),
        ({"target": "https://a:b@example.org"}, {"/target": "link-credentials"}),
        ({"target": "https://example.org/" + "a" * 2000}, {"/target": "link-too-long"}),
        ({"target": ""}, {"/target": "too-short"}),
        ({"delivery": "none.masto.0"}, {"/delivery": "unknown-delivery"}),
        ({"delivery": "none"}, {"/delivery": "invalid"}),
        ({"utm": {"term": "x"}}, {"/utm/term": "unknown-field"}),
        ({"expires_at": "2026-11-24T08:00:00Z"}, {"/expires_at": "past"}),
        ({"expires_at": "2026-11-26T08:00:00"}, {"/expires_at": "invalid"}),
    ],
    ids=lambda value: str(value)[:40],
)
def test_every_refusal_of_a_link_is_pointed_to(
    editor: Client, changes: dict[str, Any], faults: dict[str, str]
) -> None:
    body = {"target": "https://example.org/", **changes}
    answer = editor.post(f"{FIRM}/links", body)
    assert (answer.status, answer.faults) == (422, faults)
    assert all(e["message"] for e in answer.json["errors"])


def test_a_link_of_a_delivery_is_the_same_one_again(world: ApiWorld, editor: Client) -> None:
    post = post_id(editor.post(f"{FIRM}/posts", world.draft()))
    body = {"target": "https://example.org/", "delivery": f"{post}.masto.0"}
    first, second = (editor.post(f"{FIRM}/links", body).json for _ in range(2))
    assert first == second
    assert first["delivery"] == f"{post}.masto.0"


def test_another_firms_link_and_delivery_are_none(world: ApiWorld, editor: Client) -> None:
    flora = browser(world, "flora")
    body = {"target": "https://example.org/"}
    code = flora.post("/v1/workspaces/florist/links", body).json["code"]
    assert editor.get(f"{FIRM}/links/{code}").slug == "not-found"
    assert editor.get(f"{FIRM}/links").json["links"] == []
    post = flora.post("/v1/workspaces/florist/posts", world.draft(channels=["florapage"])).json
    theirs = {**body, "delivery": post["deliveries"][0]["id"]}
    assert editor.post(f"{FIRM}/links", theirs).faults == {"/delivery": "unknown-delivery"}


def test_the_list_goes_on_by_signed_cursors(world: ApiWorld, editor: Client) -> None:
    made = []
    for n in range(5):
        world.clock.advance(timedelta(seconds=1))
        body = {"target": f"https://example.org/{n}"}
        made.append(editor.post(f"{FIRM}/links", body).json["code"])
    seen, after = [], ""
    for _ in range(3):
        page = editor.get(f"{FIRM}/links?limit=2{after}").json
        seen += [link["code"] for link in page["links"]]
        after = f"&after={page['next']}"
    assert seen == made[::-1]
    assert page["next"] is None
    forged = editor.get(f"{FIRM}/links?after=Zm9v.forged")
    assert forged.slug == "cursor-invalid"
    assert editor.get(f"{FIRM}/links?limit=31").faults == {"/limit": "too-large"}


def test_bots_and_previews_are_told_apart_from_people(world: ApiWorld, editor: Client) -> None:
    code = editor.post(f"{FIRM}/links", {"target": "https://example.org/"}).json["code"]
    for kind in (ClickKind.BOT, ClickKind.PREVIEW, ClickKind.PREVIEW):
        world.links.count(Click(BAKERY, code, date(2026, 11, 25), kind, b"12345678"))
    link = editor.get(f"{FIRM}/links/{code}").json["link"]
    assert (link["people"], link["bots"], link["previews"]) == (0, 1, 2)
