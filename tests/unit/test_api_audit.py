"""Who did what: noted once, after it succeeded, by ids and stable words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields, replace
from typing import Any

import pytest

from chalicelib.api.routes import ROUTES, SAFE, Who
from chalicelib.ids import ChannelId, delivery_id
from chalicelib.publishing.deliveries import Status, Why
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.workspaces.acts import Act, Did
from chalicelib.workspaces.workspaces import Role
from tests.fakes import logbook
from tests.fakes.api_world import (
    BAKERY,
    FLORIST,
    ApiWorld,
    browser,
    machine,
    post_id,
    serving,
    visitor,
)

FIRM = "/v1/workspaces/bakery"
TOMORROW = {"kind": "at", "local": "2026-11-26T08:30", "zone": "Europe/Paris"}


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


def noted(world: ApiWorld) -> list[tuple[str, str, str]]:
    return [(a.what, a.by, a.about) for a in world.audit.acts]


def test_every_change_in_a_firm_is_noted_or_said_not_to_be() -> None:
    changing = {r.name for r in ROUTES if r.method not in SAFE and not isinstance(r.action, Who)}
    unnoted = changing - {r.name for r in ROUTES if r.did is not None}
    assert unnoted == {
        "POST /v1/workspaces/{workspace}/channels/oauth",  # noted when the person is back
        "POST /v1/workspaces/{workspace}/channels/choices/{choice}",  # noted for each account
        "POST /v1/workspaces/{workspace}/channels/{channel}/test",  # reads only
        "POST /v1/workspaces/{workspace}/media",  # nothing to be seen of it before a post
        "POST /v1/workspaces/{workspace}/media/{media}/complete",
        "POST /v1/workspaces/{workspace}/preview",  # stores nothing
        "POST /v1/workspaces/{workspace}/watches/try",
        "POST /v1/workspaces/{workspace}/watches/feeds",
        "POST /v1/workspaces/{workspace}/replies/{reply}/fill",
        "POST /v1/workspaces/{workspace}/inbox/{mention}/read",  # says nothing of what was done
        "POST /v1/workspaces/{workspace}/inbox/{mention}/writing",
    }
    declared = [r.did for r in ROUTES if r.did is not None]
    assert len(declared) == len(set(declared))
    assert set(Did) - set(declared) == {Did.SIGNED_IN}


def test_what_becomes_of_a_post_is_noted(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    made = post_id(editor.post(f"{FIRM}/posts", world.draft(when={"kind": "draft"})))
    path = f"{FIRM}/posts/{made}"
    edited = {**world.draft(when={"kind": "draft"}, text="Deux"), "version": 1}
    assert editor.put(path, edited).status == 200
    assert editor.post(f"{path}/schedule", {"version": 2, "when": TOMORROW}).status == 200
    later = {**TOMORROW, "local": "2026-11-27T08:30"}
    assert editor.post(f"{path}/reschedule", {"when": later}).status == 200
    copy = post_id(editor.post(f"{path}/duplicate"))
    assert editor.post(f"{path}/cancel").status == 200
    assert editor.delete(path).status == 204
    assert noted(world) == [
        ("post-created", "editor", made),
        ("post-edited", "editor", made),
        ("post-scheduled", "editor", made),
        ("post-moved", "editor", made),
        ("post-duplicated", "editor", copy),
        ("post-cancelled", "editor", made),
        ("post-deleted", "editor", made),
    ]


def test_what_becomes_of_a_channel_is_noted(world: ApiWorld) -> None:
    boss = browser(world, "approver")
    typed = {"handle": "martin", "password": "s3cret"}
    body = {"network": "mastodon", "fields": typed}
    made = boss.post(f"{FIRM}/channels", body).json["id"]
    path = f"{FIRM}/channels/{made}"
    assert boss.patch(path, {"name": "Le fil"}).status == 200
    assert boss.post(f"{path}/pause", {}).status == 200
    assert boss.post(f"{path}/resume").status == 200
    assert boss.post(f"{path}/reconnect", {"fields": typed}).status == 200
    assert boss.delete(path).status == 200
    assert noted(world) == [
        (f"channel-{word}", "approver", made)
        for word in ("connected", "renamed", "paused", "resumed", "reconnected", "disconnected")
    ]


def test_decisions_keys_and_the_firms_own_facts_are_noted(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    made = post_id(owner.post(f"{FIRM}/posts", world.draft()))
    stands = world.store.stands(delivery_id(made, ChannelId("masto")))
    doubt = replace(stands, status=Status.NEEDS_HUMAN, why=Why.UNKNOWN)
    doubt = world.store.write(doubt, rev=stands.rev + 1)
    choice = {"rev": doubt.rev, "choice": "drop"}
    assert owner.post(f"{FIRM}/deliveries/{doubt.id}/decision", choice).status == 200
    key = owner.post(f"{FIRM}/keys", {"name": "Caisse", "scopes": ["read"]}).json
    assert owner.delete(f"{FIRM}/keys/{key['id']}").status == 204
    assert owner.patch(FIRM, {"name": "Chez Martin"}).status == 200
    assert noted(world)[1:] == [
        ("delivery-decided", "owner", doubt.id),
        ("key-made", "owner", key["id"]),
        ("key-revoked", "owner", key["id"]),
        ("workspace-changed", "owner", "bakery"),
    ]
    assert key["secret"] not in repr(world.audit.acts)


def test_signing_in_is_noted_in_each_firm_of_the_person(world: ApiWorld) -> None:
    world.add_member(FLORIST, "owner", Role.VIEWER)
    visitor().post("/v1/sign-in-links", {"email": "owner@example.org"})
    token = world.mail.sent[-1][1].rpartition("#")[2]
    assert visitor().post("/v1/sessions", {"token": token}).status == 201
    assert {(a.workspace, a.by, a.what) for a in world.audit.acts} == {
        (BAKERY, "owner", "signed-in"),
        (FLORIST, "owner", "signed-in"),
    }
    assert visitor().post("/v1/sessions", {"token": token}).status == 410
    assert len(world.audit.acts) == 2


def test_what_a_key_did_says_which_key(world: ApiWorld) -> None:
    machine(world, "editor", "write").post(f"{FIRM}/posts", world.draft())
    (key,) = world.ways_in.api_keys.values()
    assert [(a.by, a.by_key) for a in world.audit.acts] == [("editor", key.id)]


def test_what_was_refused_only_read_or_answered_before_is_not_noted(world: ApiWorld) -> None:
    editor = browser(world, "editor").with_headers(idempotency_key="once")
    editor.get(f"{FIRM}/posts")
    editor.post(f"{FIRM}/posts", {"nonsense": True})
    editor.delete(f"{FIRM}/channels/masto")
    editor.post(f"{FIRM}/posts/none/cancel")
    assert world.audit.acts == []
    first = editor.post(f"{FIRM}/posts", world.draft())
    again = editor.post(f"{FIRM}/posts", world.draft())
    assert (first.text, again.headers["idempotency-replayed"]) == (again.text, "true")
    assert len(world.audit.acts) == 1


def test_no_text_that_somebody_wrote_is_noted(world: ApiWorld) -> None:
    body = world.draft(text="CANARY", title="CANARY", link="https://canary.example/")
    browser(world, "editor").post(f"{FIRM}/posts", body)
    browser(world, "owner").patch(FIRM, {"name": "CANARY"})
    assert len(world.audit.acts) == 2
    assert "canary" not in repr(world.audit.acts).lower()
    assert {f.name for f in fields(Act)} == {"workspace", "at", "by", "what", "about", "by_key"}


@pytest.mark.parametrize("error", [StoreUnclear("x"), RuntimeError("the canary's text")], ids=str)
def test_failing_to_note_fails_nothing_and_is_logged(world: ApiWorld, error: Exception) -> None:
    world.audit.fails = error
    with logbook.reading() as book:
        made = browser(world, "editor").post(f"{FIRM}/posts", world.draft())
    assert made.status == 201
    assert "act_not_noted" in book.getvalue()
    assert "post-created" in book.getvalue()
    assert "canary" not in book.getvalue()


def test_the_owner_reads_the_latest_acts(world: ApiWorld) -> None:
    owner = browser(world, "owner")
    made = post_id(browser(world, "editor").post(f"{FIRM}/posts", world.draft()))
    machine(world, "approver", "write").post(f"{FIRM}/channels/masto/pause", {})
    browser(world, "flora").patch("/v1/workspaces/florist", {"name": "Chez Flora"})
    del world.members.rows[BAKERY, world.members.by_email("approver@example.org")[0].id]
    world.audit.note(replace(world.audit.acts[0], what="of-a-later-version"))

    def ask(query: str = "") -> Any:
        return owner.get(f"{FIRM}/audit{query}").json["items"]

    later, paused, written = ask()
    assert (later["what"], later["text"]) == ("of-a-later-version", "")
    assert (paused["by"], paused["by_name"], paused["about"]) == ("approver", None, "masto")
    assert paused["by_key"] == next(iter(world.ways_in.api_keys.values())).id
    assert written == {
        "at": "2026-11-25T08:00:00Z",
        "by": "editor",
        "by_name": "Editor",
        "by_key": None,
        "what": "post-created",
        "about": made,
        "text": "a écrit un message",
    }
    assert len(ask("?limit=2")) == 2
    english = owner.with_headers(accept_language="en").get(f"{FIRM}/audit").json["items"]
    assert english[2]["text"] == "wrote a post"
    assert owner.get(f"{FIRM}/audit?limit=0").faults == {"/limit": "too-small"}


def test_nobody_but_the_owner_in_person_reads_them(world: ApiWorld) -> None:
    assert browser(world, "approver").get(f"{FIRM}/audit").slug == "role-too-low"
    assert machine(world, "owner", "read", "write").get(f"{FIRM}/audit").slug == "scope-missing"
    assert browser(world, "flora").get(f"{FIRM}/audit").slug == "not-found"
