"""The inbox over the API: lists, triage, answers, acts at the networks, saved replies."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ids import ChannelId, DeliveryId, SourceId, WorkspaceId
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.listening.sources import Source, SourceKind, SourceStatus
from chalicelib.networks import x
from chalicelib.publishing.deliveries import Delivery, Status
from chalicelib.publishing.outcomes import AuthExpired, Rejected, Transient
from tests.fakes.api_world import BAKERY, FLORIST, ApiWorld, Client, browser, post_id, serving
from tests.fakes.said import an_item

FIRM = "/v1/workspaces/bakery"
INBOX = f"{FIRM}/inbox"
MASTO = ChannelId("masto")
ROOT = "https://social.example/@martin/1"


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


@pytest.fixture
def editor(world: ApiWorld) -> Client:
    return browser(world, "editor")


def add(world: ApiWorld, n: int = 1, firm: WorkspaceId = BAKERY, **changes: Any) -> InboxItem:
    """Let something be said, n minutes ago."""
    typical = {"workspace": firm, "channel": MASTO, "at": world.clock.now(), **changes}
    return world.listens.inbox.put(None, an_item(n, **typical))


def stands(world: ApiWorld, item: InboxItem) -> InboxItem:
    found = world.listens.inbox.get(item.workspace, item.id)
    assert found is not None
    return found


def live(world: ApiWorld, delivery: str, remote_id: str, after: timedelta) -> Delivery:
    """Let a delivery go live."""
    found = world.store.stands(DeliveryId(delivery))
    published = replace(
        found,
        status=Status.PUBLISHED,
        due_at=None,
        remote_id=remote_id,
        remote_url=f"https://social.example/@martin/{remote_id}",
        published_at=world.clock.now() + after,
    )
    return world.store.write(published, rev=found.rev + 1)


# Lists.


def test_a_list_is_what_is_asked_for_the_newest_first(world: ApiWorld) -> None:
    viewer = browser(world, "viewer")
    first = add(world, 1, text="Ouvrez-vous dimanche ?")
    second = add(world, 2, text="Merci pour le pain", labels=("merci",), is_unread=False)
    add(world, 3, state=InboxState.DONE)
    add(world, 4, firm=FLORIST)

    def ids(query: str = "") -> list[str]:
        answer = viewer.get(f"{INBOX}{query}")
        assert answer.status == 200, answer.text
        return [item["id"] for item in answer.json["items"]]

    assert ids() == [first.id, second.id]
    assert len(ids("?state=any")) == 3
    assert len(ids("?state=done")) == 1
    assert ids("?unread=1") == [first.id]
    assert ids("?label=merci") == [second.id]
    assert ids("?q=dimanche") == [first.id]
    assert ids("?kind=review") == []
    assert ids("?channel=masto&network=mastodon&source=mastodon-channel") == [first.id, second.id]
    item = viewer.get(f"{INBOX}?q=dimanche").json["items"][0]
    assert ids(f"?thread={item['thread']}") == [first.id]
    assert ids(f"?person={item['person']}") == [first.id, second.id]
    assert (item["author"]["name"], item["can_answer"], item["answers"]) == (
        "Camille Dupont",
        True,
        0,
    )
    assert viewer.get(f"{INBOX}/counts").json == {"open": 2, "unread": 2, "by_assignee": {}}
    assert viewer.get(f"{INBOX}/labels").json == {"labels": ["merci"]}


def test_a_list_goes_on_by_cursors_of_its_own_question(world: ApiWorld, editor: Client) -> None:
    made = [add(world, n).id for n in range(1, 6)]
    seen: list[str] = []
    after = ""
    for _ in range(3):
        page = editor.get(f"{INBOX}?limit=2{after}").json
        seen += [item["id"] for item in page["items"]]
        after = f"&after={page['next']}"
        if page["next"]:
            cursor = page["next"]
    assert seen == made
    assert page["next"] is None
    assert editor.get(f"{INBOX}?state=any&after={cursor}").slug == "cursor-invalid"
    assert editor.get(f"{INBOX}?after={cursor}x").slug == "cursor-invalid"
    theirs = browser(world, "flora").get(f"/v1/workspaces/florist/inbox?after={cursor}")
    assert theirs.slug == "cursor-invalid"


@pytest.mark.parametrize(
    ("query", "faults"),
    [
        ("state=lost", {"/state": "not-one-of"}),
        ("kind=poem", {"/kind": "not-one-of"}),
        ("limit=0", {"/limit": "too-small"}),
        ("limit=101", {"/limit": "too-large"}),
        ("unread=perhaps", {"/unread": "not-a-boolean"}),
        ("colour=red", {"/colour": "unknown-field"}),
    ],
)
def test_a_question_that_is_none_is_refused(
    editor: Client, query: str, faults: dict[str, str]
) -> None:
    assert editor.get(f"{INBOX}?{query}").faults == faults


def test_colleagues_are_named_to_everybody_without_their_addresses(world: ApiWorld) -> None:
    answer = browser(world, "viewer").get(f"{INBOX}/colleagues")
    assert {"id": "owner", "name": "Owner"} in answer.json["items"]
    assert "@" not in answer.text


# Triage.


def test_an_item_is_looked_after(world: ApiWorld, editor: Client) -> None:
    item = add(world)
    path = f"{INBOX}/{item.id}"
    assert editor.post(f"{path}/read").json["is_unread"] is False
    assert editor.post(f"{path}/assign", {"member": "owner"}).json["assignee"] == "owner"
    assert editor.get(f"{INBOX}/counts").json["by_assignee"] == {"owner": 1}
    assert editor.post(f"{path}/assign", {"member": None}).json["assignee"] is None
    assert editor.post(f"{path}/label", {"labels": [" pain  bis ", "pain bis"]}).json["labels"] == [
        "pain bis"
    ]
    assert editor.post(f"{path}/note", {"text": "Je m’en occupe"}).status == 200
    until = {"local": "2026-11-26T08:30"}
    snoozed = editor.post(f"{path}/snooze", {"until": until}).json
    assert (snoozed["state"], snoozed["snoozed_until"]) == ("snoozed", "2026-11-26T07:30:00Z")
    assert editor.post(f"{path}/close", {"state": "ignored"}).json["state"] == "ignored"
    assert editor.post(f"{path}/reopen").json["state"] == "open"
    (note,) = editor.get(path).json["notes"]
    assert (note["by"], note["text"]) == ("editor", "Je m’en occupe")
    assert [(a.what, a.about) for a in world.audit.acts] == [
        ("mention-assigned", item.id),
        ("mention-assigned", item.id),
        ("mention-labelled", item.id),
        ("mention-noted", item.id),
        ("mention-snoozed", item.id),
        ("mention-closed", item.id),
        ("mention-reopened", item.id),
    ]


@pytest.mark.parametrize(
    ("act", "body", "faults"),
    [
        ("assign", {"member": "flora"}, {"/member": "unknown-member"}),
        ("assign", {}, {"/member": "missing"}),
        ("label", {"labels": ["x" * 41]}, {"/labels/0": "too-long"}),
        ("label", {"labels": [str(n) for n in range(11)]}, {"/labels": "too-many"}),
        ("note", {"text": "  "}, {"/text": "missing"}),
        ("note", {"text": "x" * 2001}, {"/text": "too-long"}),
        ("snooze", {"until": {"local": "2026-11-25T08:30"}}, {"/until": "past"}),
        ("snooze", {"until": {"local": "2028-01-01T08:30"}}, {"/until": "too-far"}),
        (
            "snooze",
            {"until": {"local": "2026-11-26T08:30", "zone": "Mars/Base"}},
            {"/until/zone": "unknown-zone"},
        ),
        ("close", {"state": "answered"}, {"/state": "not-one-of"}),
        ("answer", {"text": "x", "seen": -1}, {"/seen": "too-small"}),
        ("answer", {"text": "x", "seen": 1}, {"/seen": "too-large"}),
        ("answer", {"text": "x" * 501, "seen": 0}, {"/text": "too-long"}),
        ("answer", {"text": "", "seen": 0}, {"/text": "empty"}),
        ("moderate", {"act": "bless"}, {"/act": "not-one-of"}),
    ],
    ids=lambda value: str(value)[:50],
)
def test_every_fault_of_an_act_is_pointed_to(
    world: ApiWorld, editor: Client, act: str, body: dict[str, Any], faults: dict[str, str]
) -> None:
    item = add(world)
    answer = editor.post(f"{INBOX}/{item.id}/{act}", body)
    assert (answer.status, answer.faults) == (422, faults)
    assert all(e["message"] for e in answer.json["errors"])
    assert stands(world, item) == item
    assert not world.audit.acts


def test_another_firms_item_answers_like_a_missing_one(world: ApiWorld, editor: Client) -> None:
    theirs = add(world, firm=FLORIST)
    acts: dict[str, Any] = {
        "read": None,
        "reopen": None,
        "writing": None,
        "assign": {"member": None},
        "label": {"labels": []},
        "note": {"text": "x"},
        "snooze": {"until": {"local": "2026-11-26T08:30"}},
        "close": {"state": "done"},
        "answer": {"text": "x", "seen": 0},
        "moderate": {"act": "like"},
    }
    for act, body in acts.items():
        answer = editor.post(f"{INBOX}/{theirs.id}/{act}", body)
        assert (answer.status, answer.slug) == (404, "not-found"), act
    assert editor.get(f"{INBOX}/{theirs.id}").slug == "not-found"
    many = {"mentions": [theirs.id], "state": "done"}
    assert editor.post(f"{INBOX}/close", many).json == {"closed": 0}
    assert stands(world, theirs) == theirs


def test_many_are_closed_at_once(world: ApiWorld, editor: Client) -> None:
    ids = [add(world, n).id for n in (1, 2, 3)]
    body = {"mentions": [*ids[:2], "none"], "state": "done"}
    assert editor.post(f"{INBOX}/close", body).json == {"closed": 2}
    assert editor.get(f"{INBOX}/counts").json["open"] == 1
    too_many = {"mentions": ["none"] * 51, "state": "done"}
    assert editor.post(f"{INBOX}/close", too_many).faults == {"/mentions": "too-many"}
    assert [a.what for a in world.audit.acts] == ["mentions-closed"]


def test_who_writes_is_shown_to_the_others_while_she_does(world: ApiWorld, editor: Client) -> None:
    item = add(world)
    path = f"{INBOX}/{item.id}"
    editor.post(f"{path}/writing")
    boss = browser(world, "approver")
    assert boss.post(f"{path}/writing").json["answering"]["by"] == "editor"
    assert boss.get(path).json["item"]["answering"]["by"] == "editor"
    world.clock.advance(timedelta(minutes=3))
    assert boss.get(path).json["item"]["answering"] is None
    assert not world.audit.acts


def test_a_person_is_erased_by_an_approver_and_not_named_in_the_audit(world: ApiWorld) -> None:
    for n in range(30):
        add(world, n + 1)
    boss, editor = browser(world, "approver"), browser(world, "editor")
    person = boss.get(INBOX).json["items"][0]["person"]
    assert editor.post(f"{INBOX}/people/erase", {"person": person}).slug == "role-too-low"
    answers = [boss.post(f"{INBOX}/people/erase", {"person": person}).json for _ in range(3)]
    assert answers == [
        {"erased": 25, "more": True},
        {"erased": 5, "more": True},
        {"erased": 0, "more": False},
    ]
    assert boss.get(f"{INBOX}?state=any").json["items"] == []
    assert "camille" not in repr(world.audit.acts)


# Answers.


def test_an_answer_goes_out_as_a_delivery_and_is_seen_in_the_conversation(
    world: ApiWorld, editor: Client
) -> None:
    item = add(world)
    body = {"text": "Oui, de 8 h à 13 h !", "seen": 0}
    sent = editor.post(f"{INBOX}/{item.id}/answer", body, idempotency_key="once")
    assert sent.status == 201, sent.text
    assert editor.post(f"{INBOX}/{item.id}/answer", body, idempotency_key="once").json == sent.json
    delivery = sent.json["delivery"]
    assert (delivery["channel"], delivery["mark"]) == ("masto", "scheduled")
    assert (sent.json["item"]["answers"], sent.json["item"]["state"]) == (1, "open")
    assert world.store.stands(delivery["id"]).answers == item.id
    assert editor.get(f"{FIRM}/posts").json["items"] == []
    (mention, own) = editor.get(f"{INBOX}/{item.id}").json["conversation"]
    assert (mention["kind"], mention["author"]) == ("mention", "Camille Dupont")
    assert (own["kind"], own["author"], own["status"]) == ("answer", "Editor", "scheduled")
    assert own["text"] == body["text"]
    world.answering.settled(live(world, delivery["id"], "99", timedelta(minutes=1)))
    seen = editor.get(f"{INBOX}/{item.id}").json
    assert seen["item"]["state"] == "answered"
    assert seen["conversation"][1]["status"] == "published"
    assert seen["conversation"][1]["url"] == "https://social.example/@martin/99"
    assert [(a.what, a.about) for a in world.audit.acts] == [("mention-answered", item.id)]


def test_the_second_of_two_who_answer_is_told_who_and_when(world: ApiWorld, editor: Client) -> None:
    item = add(world)
    path = f"{INBOX}/{item.id}/answer"
    assert editor.post(path, {"text": "Oui", "seen": 0}).status == 201
    second = browser(world, "approver").post(path, {"text": "Non", "seen": 0})
    assert (second.status, second.slug, second.json["by"]) == (409, "answered-meanwhile", "Editor")
    assert "par Editor, à 9\u00a0h\u00a000 le 25 novembre" in second.json["detail"]
    assert len(world.store.heads) == 1
    assert browser(world, "approver").post(path, {"text": "Et oui", "seen": 1}).status == 201


def test_what_cant_be_answered_says_why(world: ApiWorld, editor: Client) -> None:
    article = add(world, 1, channel=None, network="feed")
    gone = add(world, 2)
    world.listens.shelf.gone(BAKERY, gone.id, world.clock.now())
    parted = add(world, 3, channel=ChannelId("blue"), network="bluesky")
    browser(world, "owner").delete(f"{FIRM}/channels/blue")
    bare = add(world, 4, refs={})
    for item, why in (
        (article, "no-channel"),
        (gone, "answered-gone"),
        (parted, "no-channel"),
        (bare, "no-channel"),
    ):
        answer = editor.post(f"{INBOX}/{item.id}/answer", {"text": "Oui", "seen": 0})
        assert (answer.status, answer.slug, answer.json["reason"]) == (409, "cant-answer", why)
        assert answer.json["detail"].endswith(".")
        seen = editor.get(f"{INBOX}/{item.id}").json
        assert (seen["can"]["answer"], seen["can"]["why"]) == (False, why)
        assert seen["item"]["can_answer"] is False
    assert not world.store.heads


def test_a_conversation_has_our_post_and_what_others_said_in_it(
    world: ApiWorld, editor: Client
) -> None:
    post = post_id(editor.post(f"{FIRM}/posts", world.draft()))
    live(world, f"{post}.masto.0", "777", timedelta(hours=-1))
    other = add(world, 10, thread=ROOT, answers_to="777", text="Miam")
    item = add(world, 5, thread=ROOT, answers_to="000010", text="Tout à fait")
    earlier = add(world, 600, text="Bonjour")
    add(world, 7, firm=FLORIST, thread=ROOT)
    seen = editor.get(f"{INBOX}/{item.id}").json
    assert [(s["kind"], s["id"]) for s in seen["conversation"]] == [
        ("post", f"{post}.masto.0"),
        ("mention", other.id),
        ("mention", item.id),
    ]
    assert seen["conversation"][0]["author"] == "Boulangerie Martin"
    assert seen["conversation"][0]["text"] == "La galette est là"
    assert [e["id"] for e in seen["earlier"]] == [earlier.id]
    assert seen["can"]["limits"][0]["maximum"] == 500
    assert seen["can"]["moderate"] == ["like", "unlike"]
    viewer = browser(world, "viewer").get(f"{INBOX}/{item.id}").json
    assert viewer["can"]["moderate"] == []
    assert (viewer["can"]["answer"], viewer["can"]["why"]) == (False, "role")


# At the networks.


def test_what_was_said_is_acted_on_where_it_was_said(world: ApiWorld, editor: Client) -> None:
    states = {"like": "open", "approve": "open", "hide": "done", "spam": "spam", "delete": "done"}
    for n, (act, state) in enumerate(states.items(), 1):
        item = add(world, n, waits=True)
        answer = editor.post(f"{INBOX}/{item.id}/moderate", {"act": act})
        assert (answer.status, answer.json["state"]) == (200, state), answer.text
        assert answer.json["waits"] is (act != "approve")
        assert (answer.json["deleted_at"] is not None) is (act == "delete")
    done = [(channel, act.value) for channel, act, _ in world.listens.networks.acts]
    assert done == [("masto", act) for act in states]
    assert {a.what for a in world.audit.acts} == {"mention-moderated"}


def test_what_a_network_refuses_is_said(world: ApiWorld, editor: Client) -> None:
    refused = {
        Rejected("no", "not_ours"): ("cant-moderate", "not_ours"),
        Rejected("404", "gone"): ("cant-moderate", "gone"),
        AuthExpired("401"): ("cant-moderate", "refused"),
        Transient("timeout"): ("network-away", None),
    }
    for n, (error, told) in enumerate(refused.items(), 1):
        item = add(world, n)
        world.listens.networks.refuses = error
        answer = editor.post(f"{INBOX}/{item.id}/moderate", {"act": "hide"})
        assert (answer.slug, answer.json.get("reason")) == told
        assert len(answer.json["detail"]) > 20
        is_gone = stands(world, item).mention.deleted_at is not None
        assert is_gone is (told[1] == "gone")
    article = add(world, 9, channel=None, network="feed")
    answer = editor.post(f"{INBOX}/{article.id}/moderate", {"act": "hide"})
    assert (answer.slug, answer.json["reason"]) == ("cant-moderate", "no_channel")
    assert not world.audit.acts


def test_an_answer_on_a_network_that_charges_says_what_it_costs(
    world: ApiWorld, editor: Client
) -> None:
    world.add_channel(BAKERY, "x", "x")
    item = add(world, 1, channel=ChannelId("x"), network="x")
    assert editor.get(f"{INBOX}/{item.id}").json["can"]["charges"] == {
        "answer": x.POST,
        "answer_with_address": x.POST_WITH_URL,
        "act": x.MANAGE,
    }


def test_what_a_network_charges_for_is_told_and_held_by_the_cap(
    world: ApiWorld, editor: Client
) -> None:
    world.listens.networks.asks = x.SPEC.reading
    item = add(world, 1)
    assert editor.get(f"{INBOX}/{item.id}").json["can"]["charges"] is None
    assert editor.post(f"{INBOX}/{item.id}/moderate", {"act": "hide"}).status == 200
    assert world.listens.purse.total == x.MANAGE
    world.clock.advance(timedelta(seconds=1))
    firm = world.workspaces.get(BAKERY)
    assert firm is not None
    world.workspaces.put(firm, replace(firm, spending_cap=x.MANAGE))
    answer = editor.post(f"{INBOX}/{item.id}/moderate", {"act": "hide"})
    assert (answer.slug, answer.json["reason"]) == ("cant-moderate", "over_cap")
    assert len(world.listens.networks.acts) == 1


# Saved replies and response times.


def test_a_reply_is_saved_changed_filled_and_deleted(world: ApiWorld, editor: Client) -> None:
    body = {"name": "Horaires", "text": "Bonjour {prénom}, tout est là : {lien}. {entreprise}"}
    made = editor.post(f"{FIRM}/replies", body, idempotency_key="once")
    assert made.status == 201, made.text
    assert editor.post(f"{FIRM}/replies", body, idempotency_key="once").json == made.json
    one = f"{FIRM}/replies/{made.json['id']}"
    viewer = browser(world, "viewer")
    filled = viewer.post(f"{one}/fill", {"mention": add(world).id}).json
    assert filled == {
        "text": "Bonjour Camille, tout est là : {lien}. Boulangerie Martin",
        "missing": ["lien"],
    }
    changed = editor.put(one, {"name": "Heures", "text": "De 8 h à 13 h"})
    assert changed.json["name"] == "Heures"
    assert viewer.get(f"{FIRM}/replies").json == {"replies": [changed.json]}
    assert editor.delete(one).status == 204
    for answer in (
        editor.delete(one),
        editor.put(one, body),
        viewer.post(f"{one}/fill", {"mention": "x"}),
    ):
        assert answer.slug == "not-found"
    assert [a.what for a in world.audit.acts] == ["reply-saved", "reply-changed", "reply-deleted"]


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"name": " "}, {"/name": "missing"}),
        ({"name": "x" * 81}, {"/name": "too-long"}),
        ({"text": ""}, {"/text": "missing"}),
        ({"text": "x" * 3001}, {"/text": "too-long"}),
        ({"text": "{patron}"}, {"/text": "unknown-placeholder"}),
    ],
    ids=lambda value: str(value)[:30],
)
def test_every_fault_of_a_saved_reply_is_pointed_to(
    editor: Client, changes: dict[str, str], faults: dict[str, str]
) -> None:
    answer = editor.post(f"{FIRM}/replies", {"name": "Horaires", "text": "8 h", **changes})
    assert (answer.status, answer.faults) == (422, faults)
    assert all(e["message"] for e in answer.json["errors"])


def test_another_firms_reply_is_none(world: ApiWorld, editor: Client) -> None:
    flora = browser(world, "flora")
    body = {"name": "Horaires", "text": "8 h"}
    theirs = flora.post("/v1/workspaces/florist/replies", body).json["id"]
    assert editor.get(f"{FIRM}/replies").json == {"replies": []}
    assert editor.put(f"{FIRM}/replies/{theirs}", body).slug == "not-found"
    assert editor.delete(f"{FIRM}/replies/{theirs}").slug == "not-found"
    ours = editor.post(f"{FIRM}/replies", body).json["id"]
    mention = add(world, firm=FLORIST).id
    answer = editor.post(f"{FIRM}/replies/{ours}/fill", {"mention": mention})
    assert answer.slug == "not-found"


def test_response_times_are_counted_in_opening_hours(world: ApiWorld, editor: Client) -> None:
    nothing = editor.get(f"{INBOX}/response-time").json
    assert nothing == {
        "answered": 0,
        "median_minutes": None,
        "within_target": None,
        "target_minutes": 240,
    }
    now = world.clock.now()
    for n, minutes in ((1, 90), (2, 500)):
        at = now + timedelta(minutes=60 + minutes - n)
        add(world, n, state=InboxState.ANSWERED, answered_at=at, is_unread=False)
    found = editor.get(f"{INBOX}/response-time?from=2026-11-01&to=2026-11-25").json
    assert (found["answered"], found["within_target"]) == (2, 0.5)
    assert found["median_minutes"] is not None
    before = editor.get(f"{INBOX}/response-time?from=2026-11-01&to=2026-11-24").json
    assert before["answered"] == 0
    wrong = editor.get(f"{INBOX}/response-time?from=2026-11-25&to=2026-11-24")
    assert wrong.faults == {"/to": "bad-window"}


# Today.


def test_today_tells_what_is_to_be_answered_and_what_cant_be_read(
    world: ApiWorld, editor: Client
) -> None:
    made = [add(world, n).id for n in range(1, 6)]
    now = world.clock.now()
    for name, status, since in (
        ("fresh", SourceStatus.ACTIVE, now - timedelta(hours=2)),
        ("away", SourceStatus.ACTIVE, now - timedelta(days=2)),
        ("gone", SourceStatus.GONE, now),
        ("blocked", SourceStatus.BLOCKED, now - timedelta(days=2)),
    ):
        source = Source(
            workspace=BAKERY,
            id=SourceId(name),
            kind=SourceKind.FEED,
            label=name.title(),
            network="feed",
            status=status,
            failing_since=since,
            reason="gone" if status is SourceStatus.GONE else "away",
            created_at=now,
        )
        world.listens.sources.put(None, source)
    day = editor.get(f"{FIRM}/today").json
    assert (day["to_answer"]["open"], day["to_answer"]["unread"]) == (5, 5)
    assert [item["id"] for item in day["to_answer"]["items"]] == made[:3]
    told = [(t["kind"], t["source"], t["why"]) for t in day["todo"]]
    assert told == [("source", "away", "away"), ("source", "gone", "gone")]
    assert all(t["reason"].endswith(".") for t in day["todo"])
    assert day["todo_total"] == 2
