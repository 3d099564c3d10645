"""Posts over the API: written, edited, moved, cancelled; each bad input a clear problem."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ids import PostId
from tests.fakes.api_world import BAKERY, ApiWorld, Client, browser, post_id, serving

POSTS = "/v1/workspaces/bakery/posts"


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


@pytest.fixture
def editor(world: ApiWorld) -> Client:
    return browser(world, "editor")


def test_a_post_is_scheduled_on_three_channels(world: ApiWorld, editor: Client) -> None:
    answer = editor.post(POSTS, world.draft())
    assert answer.status == 201, answer.text
    said = answer.json
    assert (said["state"], said["local"], said["zone"]) == (
        "scheduled",
        "2026-11-26T08:30",
        "Europe/Paris",
    )
    assert said["planned_at"] == "2026-11-26T07:30:00Z"
    assert {d["channel"] for d in said["deliveries"]} == {"masto", "blue", "insta"}
    assert all(d["mark"] == "scheduled" and d["can"]["cancel"] for d in said["deliveries"])


def test_it_is_read_back_and_listed(world: ApiWorld, editor: Client) -> None:
    made = post_id(editor.post(POSTS, world.draft()))
    assert editor.get(f"{POSTS}/{made}").json["text"] == "La galette est là"
    listed = editor.get(f"{POSTS}?from=2026-11-26&to=2026-11-26").json
    assert [row["id"] for row in listed["items"]] == [made]
    assert editor.get(f"{POSTS}?from=2026-11-27&to=2026-11-28").json["items"] == []
    assert editor.get(f"{POSTS}?state=draft").json["items"] == []


def test_drafts_without_a_time_are_listed(world: ApiWorld, editor: Client) -> None:
    made = post_id(editor.post(POSTS, world.draft(when={"kind": "draft"})))
    listed = editor.get(f"{POSTS}?state=draft").json["items"]
    assert [(row["id"], row["state"], row["planned_at"]) for row in listed] == [
        (made, "draft", None)
    ]


def test_a_list_goes_on_where_it_stopped_for_this_firm_and_question_only(
    world: ApiWorld, editor: Client
) -> None:
    made = [post_id(editor.post(POSTS, world.draft(text=f"n° {n}"))) for n in range(3)]
    question = f"{POSTS}?from=2026-11-01&to=2026-11-30"
    first = editor.get(f"{question}&limit=2").json
    second = editor.get(f"{question}&limit=2&cursor={first['next_cursor']}").json
    assert sorted(r["id"] for r in first["items"] + second["items"]) == sorted(made)
    assert second["next_cursor"] is None
    other = editor.get(f"{POSTS}?from=2026-11-02&to=2026-11-30&cursor={first['next_cursor']}")
    assert (other.status, other.slug) == (422, "cursor-invalid")
    stranger = browser(world, "flora").get(
        f"/v1/workspaces/florist/posts?from=2026-11-01&to=2026-11-30&cursor={first['next_cursor']}"
    )
    assert stranger.slug == "cursor-invalid"
    assert editor.get(f"{POSTS}?cursor=forged.mac").slug == "cursor-invalid"


def test_a_post_is_useful_for_two_hours_unless_it_says_and_an_edit_leaves_that(
    world: ApiWorld, editor: Client
) -> None:
    made = editor.post(POSTS, world.draft()).json
    assert made["useful_for_minutes"] == 120
    path = f"{POSTS}/{made['id']}"
    longer = editor.put(path, {**world.draft(), "version": 1, "useful_for_minutes": 1_440}).json
    edited = editor.put(path, {**world.draft(text="Nouvelle"), "version": longer["version"]}).json
    assert (edited["text"], edited["useful_for_minutes"]) == ("Nouvelle", 1_440)


def test_an_edit_on_an_old_version_is_told_with_who_was_quicker(
    world: ApiWorld, editor: Client
) -> None:
    made = post_id(editor.post(POSTS, world.draft()))
    edited = editor.put(f"{POSTS}/{made}", {**world.draft(text="Nouvelle"), "version": 1})
    assert (edited.status, edited.json["version"]) == (200, 2)
    late = browser(world, "owner").put(
        f"{POSTS}/{made}", {**world.draft(text="Autre"), "version": 1}
    )
    assert (late.status, late.slug) == (409, "edited-meanwhile")
    assert (late.json["current_version"], late.json["by"]) == (2, "Editor")
    assert "par Editor" in late.json["detail"]
    assert editor.get(f"{POSTS}/{made}").json["text"] == "Nouvelle"


def test_a_draft_is_scheduled_then_moved_then_cancelled(world: ApiWorld, editor: Client) -> None:
    made = post_id(editor.post(POSTS, world.draft(when={"kind": "draft"})))
    when = {"kind": "at", "local": "2026-11-27T09:00", "zone": "Europe/Paris"}
    scheduled = editor.post(f"{POSTS}/{made}/schedule", {"version": 1, "when": when})
    assert (scheduled.status, scheduled.json["state"]) == (200, "scheduled"), scheduled.text
    when["local"] = "2026-11-28T10:00"
    moved = editor.post(f"{POSTS}/{made}/reschedule", {"when": when})
    assert moved.json["local"] == "2026-11-28T10:00"
    cancelled = editor.post(f"{POSTS}/{made}/cancel")
    assert (cancelled.json["state"], cancelled.json["too_late"]) == ("cancelled", [])


def test_a_duplicate_is_a_draft_and_a_deleted_post_is_gone(world: ApiWorld, editor: Client) -> None:
    made = post_id(editor.post(POSTS, world.draft()))
    copy = editor.post(f"{POSTS}/{made}/duplicate")
    assert (copy.status, copy.json["state"], copy.json["planned_at"]) == (201, "draft", None)
    assert editor.delete(f"{POSTS}/{made}").status == 204
    assert editor.get(f"{POSTS}/{made}").slug == "not-found"


def test_a_duplicate_that_died_halfway_makes_one_draft(world: ApiWorld, editor: Client) -> None:
    made = post_id(editor.post(POSTS, world.draft()))
    first = editor.post(f"{POSTS}/{made}/duplicate", idempotency_key="once")
    world.repeats.rows.clear()  # its record is gone: the id still is the same
    again = editor.post(f"{POSTS}/{made}/duplicate", idempotency_key="once")
    assert (again.status, again.json["id"]) == (201, first.json["id"])
    assert set(world.store.heads) == {(BAKERY, made), (BAKERY, first.json["id"])}


def test_html_in_a_text_is_kept_as_it_was_typed(world: ApiWorld, editor: Client) -> None:
    typed = "<script>alert('x')</script> & <b>gras</b>"
    made = post_id(editor.post(POSTS, world.draft(text=typed)))
    answer = editor.get(f"{POSTS}/{made}")
    assert answer.json["text"] == typed
    assert answer.headers["content-type"] == "application/json"
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_characters_that_nobody_sees_are_left_out(world: ApiWorld, editor: Client) -> None:
    answer = editor.post(POSTS, world.draft(text="a\x00b\x0bc\nd\te"))
    assert answer.json["text"] == "abc\nd\te"


def test_a_time_that_daylight_saving_skips_is_shifted_and_told(
    world: ApiWorld, editor: Client
) -> None:
    when = {"kind": "at", "local": "2027-03-28T02:30", "zone": "Europe/Paris"}
    said = editor.post(POSTS, world.draft(when=when)).json
    assert said["local"] == "2027-03-28T03:30"
    (note,) = said["notes"]
    assert note["code"] == "dst-gap"
    assert note["message"].replace("\u00a0", " ") == (
        "L’heure choisie (2 h 30 le 28 mars) n’existe pas : les horloges avancent. Le message "
        "partira à 3 h 30."
    )
    english = editor.with_headers(accept_language="en")
    when["local"] = "2026-10-25T02:30"
    when["zone"] = "Europe/Paris"
    overlap = english.post(POSTS, world.draft(when={**when, "local": "2027-10-31T02:30"})).json
    assert overlap["planned_at"] == "2027-10-31T00:30:00Z"
    assert overlap["notes"][0]["code"] == "dst-overlap"


LONG = "é" * 320
BAD: list[tuple[str, dict[str, Any], str, str, str, str]] = [
    (
        "a past time",
        {"when": {"kind": "at", "local": "2026-11-24T08:30", "zone": "Europe/Paris"}},
        "/when/local",
        "past",
        "déjà passée",
        "already past",
    ),
    (
        "an unknown zone",
        {"when": {"kind": "at", "local": "2026-11-26T08:30", "zone": "Europe/Quimper"}},
        "/when/zone",
        "unknown-zone",
        "fuseau",
        "time zone",
    ),
    (
        "a zone that is a path",
        {"when": {"kind": "at", "local": "2026-11-26T08:30", "zone": "../../etc/passwd"}},
        "/when/zone",
        "unknown-zone",
        "fuseau",
        "time zone",
    ),
    (
        "a time with an offset",
        {"when": {"kind": "at", "local": "2026-11-26T08:30:00Z", "zone": "Europe/Paris"}},
        "/when/local",
        "bad-local-time",
        "ne se lit pas",
        "can’t be read",
    ),
    (
        "a day that isn't",
        {"when": {"kind": "at", "local": "2026-02-30T08:30", "zone": "Europe/Paris"}},
        "/when/local",
        "bad-local-time",
        "ne se lit pas",
        "can’t be read",
    ),
    (
        "an unknown kind of time",
        {"when": {"kind": "soon"}},
        "/when/kind",
        "not-one-of",
        "Valeurs possibles",
        "Possible values",
    ),
    (
        "over the limit on one of three",
        {"text": LONG},
        "/text",
        "too-long",
        "Blue en accepte 300. Raccourcissez de 20",
        "Blue takes 300. Shorten it by 20",
    ),
    (
        "over the limit in one variant",
        {"variants": {"blue": {"text": LONG}}},
        "/variants/blue/text",
        "too-long",
        "Raccourcissez de 20",
        "Shorten it by 20",
    ),
    (
        "a variant for a channel not chosen",
        {"variants": {"florapage": {"text": "x"}}},
        "/variants/florapage",
        "unknown-variant",
        "n’est pas choisi",
        "isn’t chosen",
    ),
    (
        "another firm's channel",
        {"channels": ["masto", "florapage"]},
        "/channels/1",
        "unknown-channel",
        "n’existe pas",
        "doesn’t exist",
    ),
    (
        "another firm's image",
        {"media": [{"sha256": "a" * 64, "alt": ""}]},
        "/media/0/sha256",
        "unknown-media",
        "n’a pas été envoyée ici",
        "wasn’t sent here",
    ),
    (
        "no channel",
        {"channels": []},
        "/channels",
        "no-channel",
        "au moins un canal",
        "at least one channel",
    ),
    (
        "a link that runs a script",
        {"link": "javascript:alert(1)"},
        "/link",
        "bad-url",
        "http",
        "http",
    ),
    (
        "a field that isn't known",
        {"workspace": "florist"},
        "/workspace",
        "unknown-field",
        "pas connu",
        "isn’t known",
    ),
    (
        "too short a usefulness",
        {"useful_for_minutes": 1},
        "/useful_for_minutes",
        "too-small",
        "5 au moins",
        "At least 5",
    ),
    (
        "text that is a number",
        {"text": 7},
        "/text",
        "not-text",
        "Il faut du texte",
        "Text is needed",
    ),
]


@pytest.mark.parametrize(
    ("changes", "pointer", "code", "french", "english"),
    [row[1:] for row in BAD],
    ids=[row[0] for row in BAD],
)
def test_what_is_wrong_is_told_in_both_languages_and_nothing_is_stored(
    world: ApiWorld,
    editor: Client,
    changes: dict[str, Any],
    pointer: str,
    code: str,
    french: str,
    english: str,
) -> None:
    for language, expected in (("fr", french), ("en", english)):
        answer = editor.with_headers(accept_language=language).post(POSTS, world.draft(**changes))
        assert (answer.status, answer.slug) == (422, "invalid"), answer.text
        assert answer.headers["content-language"] == language
        found = {e["pointer"]: e for e in answer.json["errors"]}
        assert found[pointer]["code"] == code, found
        said = found[pointer]["message"].replace("\u00a0", " ").replace("\u202f", " ")
        assert expected in said
    assert not world.store.heads
    assert not world.queue.sent


@pytest.mark.parametrize(
    ("raw", "content_type", "status", "slug"),
    [
        (b"{", "application/json", 400, "not-json"),
        (b"", "application/json", 400, "not-json"),
        (b'"\\ud800"', "application/json", 400, "not-json"),
        (b"\xff\xfe", "application/json", 400, "not-json"),
        (b"[" * 5000, "application/json", 400, "not-json"),
        (b"[]", "application/json", 422, "invalid"),
        (b"text=x", "application/x-www-form-urlencoded", 415, "unsupported-media-type"),
        (b"{}", "text/plain", 415, "unsupported-media-type"),
        (b'"' + b"x" * 300_000 + b'"', "application/json", 413, "body-too-large"),
    ],
)
def test_a_body_that_is_no_json_is_told(
    editor: Client, raw: bytes, content_type: str, status: int, slug: str
) -> None:
    answer = editor.with_headers(content_type=content_type).call("POST", POSTS, raw)
    assert (answer.status, answer.slug) == (status, slug), answer.text


@pytest.mark.parametrize(
    "question",
    ["from=yesterday", "from=2026-11-30&to=2026-11-01", "limit=0", "limit=x", "order=up"],
)
def test_a_question_that_makes_no_sense_is_told(editor: Client, question: str) -> None:
    answer = editor.get(f"{POSTS}?{question}")
    assert (answer.status, answer.slug) == (422, "invalid")
    assert answer.faults


def test_the_same_key_creates_one_post_and_answers_alike(world: ApiWorld, editor: Client) -> None:
    first = editor.post(POSTS, world.draft(), idempotency_key="abc")
    again = editor.post(POSTS, world.draft(), idempotency_key="abc")
    assert (first.status, again.status) == (201, 201)
    assert first.text == again.text
    assert again.headers["idempotency-replayed"] == "true"
    assert len(world.store.heads) == 1
    other = editor.post(POSTS, world.draft(text="Autre chose"), idempotency_key="abc")
    assert (other.status, other.slug) == (422, "idempotency-key-reused")
    assert post_id(editor.post(POSTS, world.draft(), idempotency_key="def")) != post_id(first)


def test_a_key_is_free_again_after_a_refusal(world: ApiWorld, editor: Client) -> None:
    assert editor.post(POSTS, world.draft(text=LONG), idempotency_key="k").status == 422
    assert editor.post(POSTS, world.draft(), idempotency_key="k").status == 201


@pytest.mark.parametrize("key", ["", "a b", "é", "x" * 201])
def test_a_malformed_key_is_told(world: ApiWorld, editor: Client, key: str) -> None:
    answer = editor.post(POSTS, world.draft(), idempotency_key=key)
    assert answer.slug == "idempotency-key-invalid"


def test_a_request_that_died_halfway_is_done_once_when_it_is_sent_again(
    world: ApiWorld, editor: Client
) -> None:
    first = editor.post(POSTS, world.draft(), idempotency_key="k")
    (name,) = world.repeats.rows
    seen, until = world.repeats.rows[name]
    world.repeats.rows[name] = (replace(seen, answer=None), until)
    running = editor.post(POSTS, world.draft(), idempotency_key="k")
    assert (running.status, running.slug) == (409, "already-running")
    world.clock.advance(timedelta(seconds=61))
    again = editor.post(POSTS, world.draft(), idempotency_key="k")
    assert again.json["id"] == first.json["id"]
    assert list(world.store.heads) == [(BAKERY, PostId(first.json["id"]))]


def test_a_preview_counts_as_each_network_does_and_stores_nothing(
    world: ApiWorld, editor: Client
) -> None:
    body = {
        "content": {"text": LONG},
        "variants": {"masto": {"text": "court"}},
        "channels": ["masto", "blue", "insta"],
    }
    said = editor.post("/v1/workspaces/bakery/preview", body)
    assert said.status == 200, said.text
    by_channel = {c["channel"]: c for c in said.json["channels"]}
    assert by_channel["masto"]["counts"][0]["count"] == 5
    blue = by_channel["blue"]
    assert blue["counts"][0] == {"unit": "graphemes", "count": 320, "max": 300}
    assert [(p["pointer"], p["code"]) for p in blue["problems"]] == [("/content/text", "too-long")]
    assert "Blue en accepte 300" in blue["problems"][0]["message"]
    assert not world.store.heads


def test_a_first_comment_is_kept_and_measured_by_its_channel(
    world: ApiWorld, editor: Client
) -> None:
    body = world.draft(first_comment="La recette : https://exemple.fr", channels=["masto", "insta"])
    said = editor.post(POSTS, body)
    assert said.status == 201, said.text
    assert (said.json["first_comment"], said.json["comments_on"]) == (body["first_comment"], None)
    assert {d["comment"] for d in said.json["deliveries"]} == {None}
    edited = {**body, "version": 1, "first_comment": ""}
    path = f"{POSTS}/{said.json['id']}"
    assert editor.put(path, edited).json["first_comment"] == ""
    long = editor.post(POSTS, world.draft(first_comment="x" * 501, channels=["masto"]))
    (fault,) = long.json["errors"]
    assert (long.status, fault["pointer"]) == (422, "/first_comment")
    assert "Premier commentaire, 501 caractères" in fault["message"]
