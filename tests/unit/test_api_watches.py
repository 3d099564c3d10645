"""Watches and sources over the API."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.ids import SourceId
from chalicelib.inbox.items import InboxItem
from chalicelib.listening.ports import SourceGone, Unreadable
from chalicelib.listening.sources import SourceStatus
from chalicelib.networks.feed_discovery import FoundFeed
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Transient
from tests.fakes.api_world import BAKERY, FLORIST, ApiWorld, Client, browser, serving
from tests.fakes.said import heard, mention

FIRM = "/v1/workspaces/bakery"
FEED = {"kind": "feed", "address": "https://gazette.example/feed", "label": "La Gazette"}


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


@pytest.fixture
def editor(world: ApiWorld) -> Client:
    return browser(world, "editor")


def a_watch(**changes: Any) -> dict[str, Any]:
    plain = {"name": "Nous", "kind": "firm", "query": {"any": ["galette"]}, "sources": [FEED]}
    return {**plain, **changes}


def test_a_watch_is_made_once_listed_changed_and_parted_with(
    world: ApiWorld, editor: Client
) -> None:
    made = editor.post(f"{FIRM}/watches", a_watch(), idempotency_key="once")
    assert made.status == 201, made.text
    again = editor.post(f"{FIRM}/watches", a_watch(), idempotency_key="once")
    assert again.json == made.json
    (listed,) = browser(world, "viewer").get(f"{FIRM}/watches").json["watches"]
    assert listed == made.json
    assert listed["query"] == {"all": [], "any": ["galette"], "none": [], "forgives_typos": False}
    (source,) = listed["sources"]
    assert (source["label"], source["status"], source["reason_text"]) == (
        "La Gazette",
        "active",
        "",
    )
    assert [m.kind for m in world.queue.sent] == ["source"]
    body = a_watch(name="  Chez   nous ", sources=[])
    changed = editor.put(f"{FIRM}/watches/{listed['id']}", body)
    assert (changed.status, changed.json["name"], changed.json["sources"]) == (200, "Chez nous", [])
    assert editor.delete(f"{FIRM}/watches/{listed['id']}").status == 204
    assert editor.get(f"{FIRM}/watches").json == {"watches": []}
    assert [a.what for a in world.audit.acts] == [
        "watch-created",
        "watch-changed",
        "watch-deleted",
    ]
    assert {a.about for a in world.audit.acts} == {listed["id"]}


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"name": " "}, {"/name": "missing"}),
        ({"name": "x" * 90}, {"/name": "name-length"}),
        ({"kind": "moon"}, {"/kind": "not-one-of"}),
        ({"query": {}}, {"/query": "watch-empty"}),
        ({"query": {"none": ["pain"]}}, {"/query": "watch-only-excludes"}),
        ({"query": {"any": ["pain"] * 31}}, {"/query": "too-many-terms"}),
        ({"query": {"any": ["x" * 81]}}, {"/query/any/0": "term-too-long"}),
        ({"query": {"any": ["le"]}}, {"/query/any/0": "term-too-common"}),
        ({"query": {"any": ["pain"], "near": 1}}, {"/query/near": "unknown-field"}),
        ({"sources": [{"kind": "feed"}]}, {"/sources/0/address": "address-missing"}),
        (
            {"sources": [{"kind": "feed", "address": "javascript:alert(1)"}]},
            {"/sources/0/address": "bad-url"},
        ),
        (
            {"sources": [{"kind": "tag", "network": "mastodon", "words": "#"}]},
            {"/sources/0/words": "words-length"},
        ),
        (
            {"sources": [{"kind": "tag", "network": "nowhere", "words": "pain"}]},
            {"/sources/0/network": "no-channel-there"},
        ),
        (
            {"sources": [{"kind": "search", "channel": "florapage", "words": "pain"}]},
            {"/sources/0/channel": "unknown-channel"},
        ),
        ({"sources": [{"kind": "channel"}]}, {"/sources/0/kind": "not-one-of"}),
    ],
    ids=str,
)
def test_every_fault_of_a_watch_is_pointed_to(
    editor: Client, changes: dict[str, Any], faults: dict[str, str]
) -> None:
    answer = editor.post(f"{FIRM}/watches", a_watch(**changes))
    assert (answer.status, answer.slug, answer.faults) == (422, "invalid", faults)
    assert all(e["message"] for e in answer.json["errors"])


def test_a_tag_is_searched_by_a_channel_of_the_firms(editor: Client) -> None:
    wanted = {"kind": "tag", "network": "mastodon", "words": "#galette"}
    made = editor.post(f"{FIRM}/watches", a_watch(sources=[wanted])).json
    (source,) = made["sources"]
    assert (source["network"], source["channel"]) == ("mastodon", "masto")
    assert source["words"] == "galette"


def test_another_firms_watch_and_source_answer_like_missing_ones(
    world: ApiWorld, editor: Client
) -> None:
    flora = browser(world, "flora")
    theirs = flora.post("/v1/workspaces/florist/watches", a_watch()).json
    watch, source = theirs["id"], theirs["sources"][0]["id"]
    for answer in (
        editor.put(f"{FIRM}/watches/{watch}", a_watch()),
        editor.delete(f"{FIRM}/watches/{watch}"),
        editor.post(f"{FIRM}/sources/{source}/pause"),
        editor.post(f"{FIRM}/sources/{source}/resume"),
    ):
        assert (answer.status, answer.slug) == (404, "not-found")
    assert editor.get(f"{FIRM}/sources").json == {"sources": []}
    assert world.listens.sources.of(FLORIST)[0].status is SourceStatus.ACTIVE


def test_a_source_is_paused_and_resumed_and_says_why_it_fails(
    world: ApiWorld, editor: Client
) -> None:
    source = editor.post(f"{FIRM}/watches", a_watch()).json["sources"][0]["id"]
    assert editor.post(f"{FIRM}/sources/{source}/pause").json["status"] == "paused"
    assert editor.post(f"{FIRM}/sources/{source}/resume").json["status"] == "active"
    key = BAKERY, SourceId(source)
    failing = replace(world.listens.sources.rows[key], reason="login-page", detail="answered 401")
    world.listens.sources.rows[key] = failing
    (told,) = editor.get(f"{FIRM}/sources").json["sources"]
    assert told["reason"] == "login-page"
    assert "mot de passe" in told["reason_text"]


def test_a_watch_is_tried_on_its_sources_and_on_what_is_in_the_inbox(
    world: ApiWorld, editor: Client
) -> None:
    now = world.clock.now()
    kept = mention(9, workspace=BAKERY, at=now, text="Une galette au beurre")
    world.listens.inbox.put(None, InboxItem(mention=kept))
    world.listens.networks.says = {
        FEED["address"]: [
            heard(1, at=now, text="La galette du roi", title="Épiphanie"),
            heard(2, at=now, text="Le pain"),
            heard(3, at=now - timedelta(days=8), text="Une vieille galette"),
        ],
        "https://other.example/feed": Unreadable("not-a-feed"),
        "https://gone.example/feed": SourceGone("410"),
        "https://slow.example/feed": Transient("timeout"),
        "https://busy.example/feed": RateLimited("429", None),
        "https://shut.example/feed": AuthExpired("401"),
    }
    sources = [{"kind": "feed", "address": a} for a in world.listens.networks.says]
    body = {"query": {"any": ["galette"]}, "sources": sources}
    answer = editor.post(f"{FIRM}/watches/try", body)
    assert answer.status == 200, answer.text
    assert (answer.json["heard"], answer.json["matched"]) == (3, 2)
    found = {s["text"]: (s["is_match"], s["matches"]) for s in answer.json["samples"]}
    assert found == {
        "La galette du roi": (True, ["galette"]),
        "Une galette au beurre": (True, ["galette"]),
        "Le pain": (False, []),
    }
    reasons = [u["reason"] for u in answer.json["unreadable"]]
    assert reasons == ["not-a-feed", "gone", "away", "rate-limited", "refused"]
    assert all(u["reason_text"].endswith(".") for u in answer.json["unreadable"])
    assert not world.listens.sources.rows
    assert len(world.listens.inbox.all(BAKERY)) == 1


def test_a_trial_is_bounded(world: ApiWorld, editor: Client) -> None:
    sources = [{**FEED, "address": f"https://{n}.example/feed"} for n in range(11)]
    many = editor.post(f"{FIRM}/watches/try", {"query": {"any": ["pain"]}, "sources": sources})
    assert many.faults == {"/sources": "too-many-sources"}
    empty = editor.post(f"{FIRM}/watches/try", {"query": {}})
    assert empty.faults == {"/query": "watch-empty"}


def test_feeds_are_found_or_it_is_said_why_not(world: ApiWorld, editor: Client) -> None:
    networks = world.listens.networks
    networks.feeds = [FoundFeed("https://gazette.example/feed", "La Gazette", "rss")]
    found = editor.post(f"{FIRM}/watches/feeds", {"url": "gazette.example"}).json
    assert found == {
        "feeds": [{"address": "https://gazette.example/feed", "title": "La Gazette", "kind": "rss"}]
    }
    for raised, slug, reason in (
        ((), "not-a-feed", "no-feed"),
        (Unreadable("login-page"), "not-a-feed", "login-page"),
        (SourceGone("410"), "not-a-feed", "gone"),
        (Transient("timeout"), "site-away", None),
    ):
        networks.feeds = raised
        answer = editor.post(f"{FIRM}/watches/feeds", {"url": "gazette.example"})
        assert (answer.slug, answer.json.get("reason")) == (slug, reason)
        assert len(answer.json["detail"]) > 20
    assert editor.post(f"{FIRM}/watches/feeds", {"url": ""}).faults == {"/url": "too-short"}
