"""What is heard, answered and counted, over the real engine: from a watch to a live answer."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from chalicelib import bootstrap, jobs
from chalicelib.api import services
from chalicelib.bootstrap import Parts, World
from chalicelib.clock import SystemClock
from chalicelib.ids import ChannelId, DeliveryId, MemberId, MentionId, RandomIds, WorkspaceId
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch
from chalicelib.mail.transports import Folder
from chalicelib.networks.contract import Network, Outgoing, Tools
from chalicelib.networks.registry import network
from chalicelib.publishing.outcomes import Part, Pending, Published
from chalicelib.settings import load
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from tests.fakes.api_world import Client
from tests.fakes.memory_queue import MemoryQueue
from tests.fakes.memory_workspaces import MemoryBucket
from tests.integration.test_api_engine import fine, signed_in
from tests.store_fixtures import Tables

BAKERY = WorkspaceId("bakery")
FIRM = f"/v1/workspaces/{BAKERY}"
MASTO = ChannelId("masto")
PEOPLE = Client({"user-agent": "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko Firefox/140.0"})


@dataclass
class Village:
    """A network where a firm publishes and somebody answers to its first post."""

    live: list[Outgoing] = field(default_factory=list)

    def prepare(self, _: Outgoing, __: Mapping[str, str]) -> Iterator[Part | Pending]:
        yield from ()

    def publish(
        self, out: Outgoing, _: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        before_send()
        self.live.append(out)
        name = f"live-{len(self.live)}"
        return Published(name, f"https://village.example/{name}")

    def mentions(self, cursor: str, _: datetime) -> Iterator[Batch]:
        said = () if cursor else (self.said(),)
        yield Batch(heard=said, cursor="all", is_last=True)

    def look_again(self, _: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        yield from ()

    def said(self) -> Heard:
        return Heard(
            identity="https://village.example/julie/1",
            kind=MentionKind.REPLY,
            remote_id="julie-1",
            url="https://village.example/julie/1",
            author=Author("https://village.example/julie", "Julie Lenoir"),
            text="La galette est-elle au beurre ?",
            language="fr",
            said_at=SystemClock().now(),
            thread="https://village.example/live-1",
            answers_to="live-1",
            refs={"id": "julie-1"},
        )


@pytest.fixture
def village() -> Village:
    return Village()


@pytest.fixture
def world(tables: Tables, tmp_path: Path, village: Village) -> Iterator[World]:
    clock = SystemClock()
    queue, bucket = MemoryQueue(clock), MemoryBucket()

    def find(name: str) -> Network:
        def made(_: Tools) -> object:
            return village

        return replace(network(name), open=made, hear=made)

    world = World(
        Parts(
            settings=load({"RELAIS_DATA": str(tmp_path)}),
            clock=clock,
            ids=RandomIds(),
            store=lambda: tables.store,
            root_key=lambda: b"k" * 32,
            queue=lambda: queue,
            bucket=lambda: bucket,
            transport=lambda: Folder(tmp_path / "mail"),
            find_network=find,
            wait=lambda _: None,
        )
    )
    firm = Workspace(id=BAKERY, name="Martin", feed_token="feed", created_at=clock.now())
    world.workspaces.put(None, firm)
    for name in ("marie", "paul"):
        world.members.put(
            Member(
                workspace=BAKERY,
                id=MemberId(name),
                email=f"{name}@example.org",
                name=name.title(),
                role=Role.OWNER,
                created_at=clock.now(),
            )
        )
    channel = Channel(
        workspace=BAKERY, id=MASTO, network="mastodon", name="Martin", created_at=clock.now()
    )
    world.attend(channel)
    world.channels.put(None, channel)
    world.vault.put(BAKERY, MASTO, {"token": "kept"})
    services.use(None)
    bootstrap.use(world)
    yield world
    bootstrap.use(None)
    services.use(None)


def work(world: World) -> None:
    """Do all that is due, as the schedules and the queue do, one after the other."""
    jobs.poll_mentions(world)
    jobs.aggregate_metrics(world)
    queue = world.queue
    assert isinstance(queue, MemoryQueue)
    while messages := queue.take():
        for message in messages:
            about = {"workspace": message.workspace, "kind": message.kind, "about": message.about}
            assert jobs.work(world, [json.dumps(about)]) == []


def published(world: World, owner: Client) -> str:
    """Publish a post; return the id of its delivery."""
    body = {"text": "La galette est là", "channels": [MASTO], "when": {"kind": "now"}}
    delivery: str = fine(owner.post(f"{FIRM}/posts", body), 201).json["deliveries"][0]["id"]
    work(world)
    stands = world.deliveries.get(BAKERY, DeliveryId(delivery))
    assert stands is not None
    assert stands.remote_id == "live-1"
    work(world)  # it is live: its figures begin to be read
    return delivery


def test_what_is_heard_is_triaged_answered_and_seen_to_be_answered(
    world: World, village: Village
) -> None:
    owner, other = signed_in(world, "marie"), signed_in(world, "paul")
    body = {"name": "Galette", "kind": "product", "query": {"any": ["galettes"]}}
    watch = fine(owner.post(f"{FIRM}/watches", body, idempotency_key="w"), 201).json
    again = fine(owner.post(f"{FIRM}/watches", body, idempotency_key="w"), 201)
    assert again.json == watch
    delivery = published(world, owner)
    work(world)
    (item,) = fine(owner.get(f"{FIRM}/inbox?watch={watch['id']}&q=beurre")).json["items"]
    assert (item["author"]["name"], item["can_answer"]) == ("Julie Lenoir", True)
    assert fine(owner.get(f"{FIRM}/inbox/counts")).json["unread"] == 1
    path = f"{FIRM}/inbox/{item['id']}"
    assert fine(owner.post(f"{path}/assign", {"member": "paul"})).json["assignee"] == "paul"
    (listed,) = fine(other.get(f"{FIRM}/inbox?assignee=paul")).json["items"]
    assert listed["id"] == item["id"]
    assert fine(other.get(f"{FIRM}/today")).json["to_answer"]["items"] == [listed]
    answer = {"text": "Oui, pur beurre !", "seen": 0}
    sent = fine(other.post(f"{path}/answer", answer, idempotency_key="a"), 201).json
    assert fine(other.post(f"{path}/answer", answer, idempotency_key="a"), 201).json == sent
    late = owner.post(f"{path}/answer", {"text": "Oui", "seen": 0})
    assert (late.slug, late.json["by"]) == ("answered-meanwhile", "Paul")
    work(world)
    assert [dict(out.answers) for out in village.live] == [{}, {"id": "julie-1"}]
    seen = fine(owner.get(path)).json
    assert (seen["item"]["state"], seen["item"]["answers"]) == ("answered", 1)
    assert [(s["kind"], s["status"]) for s in seen["conversation"]] == [
        ("post", "published"),
        ("mention", None),
        ("answer", "published"),
    ]
    assert seen["conversation"][0]["id"] == delivery
    assert [s["text"] for s in seen["conversation"]] == [
        "La galette est là",
        "La galette est-elle au beurre ?",
        "Oui, pur beurre !",
    ]
    assert fine(owner.get(f"{FIRM}/inbox/counts")).json == {
        "open": 0,
        "unread": 0,
        "by_assignee": {},
    }
    assert fine(owner.get(f"{FIRM}/inbox/response-time")).json["answered"] == 1
    erased = fine(owner.post(f"{FIRM}/inbox/people/erase", {"person": item["person"]})).json
    assert erased == {"erased": 1, "more": True}
    assert fine(owner.get(f"{FIRM}/inbox?state=any")).json["items"] == []
    assert owner.get(path).slug == "not-found"


def test_figures_by_hand_are_reported(world: World) -> None:
    owner = signed_in(world, "marie")
    today = fine(owner.get(f"{FIRM}/today")).json["local_date"]
    yesterday = str(datetime.fromisoformat(today).date() - timedelta(days=1))
    for day, followers in ((yesterday, 200), (today, 212)):
        entry = {"channel": MASTO, "day": day, "counters": {"followers": followers}}
        fine(owner.post(f"{FIRM}/metrics/entries", entry), 201)
    report = fine(owner.get(f"{FIRM}/metrics?from={today}&to={today}")).json
    (total,) = report["totals"]
    assert (total["metric"], total["value"], total["gained"]) == ("followers", 212, 12)
    assert total["by_hand"]
    assert report["channels"] == [{"channel": MASTO, "totals": [total]}]


def test_a_link_is_made_followed_and_counted(world: World) -> None:
    owner = signed_in(world, "marie")
    body: dict[str, Any] = {"target": "https://example.org/galette", "label": "Galette"}
    link = fine(owner.post(f"{FIRM}/links", body, idempotency_key="l"), 201).json
    assert fine(owner.post(f"{FIRM}/links", body, idempotency_key="l"), 201).json == link
    for _ in range(2):
        led = fine(PEOPLE.get(f"/l/{link['code']}"), 302)
        assert led.headers["location"] == body["target"]
    seen = fine(owner.get(f"{FIRM}/links/{link['code']}")).json
    assert (seen["link"]["people"], seen["link"]["visitors"]) == (2, 1)
    (listed,) = fine(owner.get(f"{FIRM}/links")).json["links"]
    assert listed == seen["link"]
    assert PEOPLE.get("/l/nosuchlink12").status == 404


def test_a_saved_reply_is_kept(world: World) -> None:
    owner = signed_in(world, "marie")
    body = {"name": "Horaires", "text": "Bonjour {prénom}"}
    made = fine(owner.post(f"{FIRM}/replies", body), 201).json
    assert fine(owner.get(f"{FIRM}/replies")).json == {"replies": [made]}
    fine(owner.delete(f"{FIRM}/replies/{made['id']}"), 204)
    assert fine(owner.get(f"{FIRM}/replies")).json == {"replies": []}
