"""From a real server into the inbox and back: heard once, answered from it, standing once.

The whole application but its pages, over the real engine: the schedules' functions, the
queue's, and the services that the API calls.
"""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import requests

from chalicelib import jobs
from chalicelib.bootstrap import Parts, World
from chalicelib.clock import SystemClock
from chalicelib.ids import ChannelId, MemberId, RandomIds, WorkspaceId
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.listening.sources import SourceKind
from chalicelib.listening.watches import Query, WatchKind
from chalicelib.listening.watching import Wanted, WatchDraft
from chalicelib.mail.transports import Folder
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.feed_discovery import find_feeds
from chalicelib.publishing.drafts import Draft, Now
from chalicelib.publishing.posts import Content
from chalicelib.settings import load
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from tests.fakes.memory_queue import MemoryQueue
from tests.fakes.memory_workspaces import MemoryBucket
from tests.servers.bluesky import BlueskyPds
from tests.servers.snac import Snac
from tests.servers.wordpress import WordPress
from tests.store_fixtures import Tables

FIRM, OWNER, CHANNEL = WorkspaceId("bakery"), MemberId("marie"), ChannelId("the-channel")
PATIENCE_SECONDS = 30.0
PARIS = ZoneInfo("Europe/Paris")


@dataclass
class MovedClock:
    """The real clock, moved forward by as much as a test wants."""

    by: timedelta = timedelta(0)
    real: SystemClock = field(default_factory=SystemClock)

    def now(self) -> datetime:
        return self.real.now() + self.by

    def boottime(self) -> float:
        return self.real.boottime() + self.by.total_seconds()


@dataclass
class Firm:
    """A firm with one channel on a real server."""

    world: World
    clock: MovedClock
    queue: MemoryQueue

    @property
    def workspace(self) -> Workspace:
        found = self.world.workspaces.get(FIRM)
        assert found is not None
        return found

    def connect(self, network: str, **typed: str) -> None:
        self.world.connecting.connect(FIRM, CHANNEL, network, typed)

    def publish(self, text: str, title: str = "") -> Any:
        """Publish a post; return its delivery as it stands."""
        draft = Draft(content=Content(text=text, title=title), channels=(CHANNEL,), when=Now())
        made = self.world.composer.create(self.workspace, OWNER, draft)
        self.work()
        delivery = self.world.deliveries.get(FIRM, made.deliveries[0].id)
        assert delivery is not None
        assert delivery.remote_id is not None, delivery
        return delivery

    def work(self) -> None:
        """Do all that is due now, as the schedules and the queue do."""
        jobs.publish_due(self.world)
        jobs.poll_mentions(self.world)
        jobs.aggregate_metrics(self.world)
        while messages := self.queue.take():
            for message in messages:
                about = {"workspace": FIRM, "kind": message.kind, "about": message.about}
                assert jobs.work(self.world, [json.dumps(about)]) == []

    def later(self, by: timedelta) -> None:
        """Let time pass, then do what is due."""
        self.clock.by += by
        self.work()

    def inbox(self) -> list[InboxItem]:
        return list(self.world.inbox.page(FIRM, Filter(state=None), 50).items)

    def hears(self, count: int) -> list[InboxItem]:
        """Poll until so much is in the inbox: servers tell in their own time."""
        ends = time.monotonic() + PATIENCE_SECONDS
        while len(found := self.inbox()) < count:
            assert time.monotonic() < ends, self.world.sources.of(FIRM)
            time.sleep(0.2)
            self.later(timedelta(hours=1))
        return found

    def answers(self, item: InboxItem, text: str) -> InboxItem:
        """Answer from the inbox; return the item once that is live."""
        self.world.answering.answer(self.workspace, OWNER, item.id, text, seen=len(item.answers))
        self.work()
        stands = self.world.inbox.get(FIRM, item.id)
        assert stands is not None
        return stands

    def gained(self, metric: Metric, since: datetime) -> int | None:
        """Return what the rollups say was gained since then; None if none tells of it."""
        first, last = since.date(), self.clock.now().astimezone(PARIS).date()
        days = self.world.rollups.between(FIRM, first, last)
        told = [day.moved[metric].gained for day in days if metric in day.moved]
        return sum(gained or 0 for gained in told) if told else None


@pytest.fixture
def open_firm(tables: Tables, tmp_path: Path) -> Callable[..., Firm]:
    def made(*hosts: str) -> Firm:
        clock = MovedClock()
        queue = MemoryQueue(clock)
        allowed = ",".join(host.split("//")[1] for host in hosts)
        parts = Parts(
            settings=load({"RELAIS_DATA": str(tmp_path), "RELAIS_ALLOW_HOSTS": allowed}),
            clock=clock,
            ids=RandomIds(),
            store=lambda: tables.store,
            root_key=lambda: b"k" * 32,
            queue=lambda: queue,
            bucket=MemoryBucket,
            transport=lambda: Folder(tmp_path / "mail"),
            wait=lambda _: None,
        )
        world = World(parts)
        firm = Workspace(id=FIRM, name="Martin", feed_token="feed", created_at=clock.now())
        world.workspaces.put(None, firm)
        owner = Member(
            workspace=FIRM,
            id=OWNER,
            email="marie@example.org",
            name="Marie",
            role=Role.OWNER,
            created_at=clock.now(),
        )
        world.members.put(owner)
        return Firm(world, clock, queue)

    return made


def test_a_reply_on_snac_arrives_once_is_answered_once_and_its_post_is_counted(
    snac: Snac, open_firm: Callable[..., Firm]
) -> None:
    own, customer = (snac.new_user(f"u{secrets.token_hex(4)}") for _ in range(2))
    firm = open_firm(snac.base_url)
    firm.connect("mastodon", instance=snac.base_url, token=own.token)
    delivery = firm.publish("Ouvert demain dès 7 h")

    def says(route: str, **data: str) -> None:
        headers = {"Authorization": f"Bearer {customer.token}"}
        url = f"{snac.base_url}/api/v1/{route}"
        requests.post(url, headers=headers, data=data, timeout=15).raise_for_status()

    says("statuses", status=f"@{own.login} Miam !", in_reply_to_id=delivery.remote_id)
    says(f"statuses/{delivery.remote_id}/favourite")
    (item,) = firm.hears(1)
    firm.later(timedelta(hours=1))
    assert [i.id for i in firm.inbox()] == [item.id]
    done = firm.answers(item, "Avec plaisir !")
    assert (done.state, len(done.answers)) == (InboxState.ANSWERED, 1)
    answers = [s for s in snac.statuses(own.token) if s["in_reply_to_id"]]
    assert [s["in_reply_to_id"] for s in answers] == [item.mention.heard.remote_id]
    firm.later(timedelta(hours=2))
    assert firm.gained(Metric.LIKES, delivery.published_at) == 1
    assert firm.gained(Metric.IMPRESSIONS, delivery.published_at) is None  # not measured


def test_a_comment_on_wordpress_arrives_once_and_is_answered_once(
    wordpress: WordPress, open_firm: Callable[..., Firm]
) -> None:
    user = wordpress.new_user("editor")
    firm = open_firm(wordpress.base_url)
    firm.connect(
        "wordpress",
        site=wordpress.base_url,
        username=user.username,
        application_password=user.application_password,
    )
    post = firm.publish("Dès 7 h.", title=f"Nos horaires {secrets.token_hex(4)}").remote_id
    answer = requests.post(
        f"{wordpress.base_url}/wp-json/wp/v2/comments",
        json={"post": post, "content": "Et dimanche ?", "status": "hold"},
        auth=(wordpress.username, wordpress.application_password),
        timeout=30,
    )
    assert answer.status_code == 201, answer.text

    def own() -> list[InboxItem]:
        return [i for i in firm.inbox() if i.mention.heard.refs.get("post") == str(post)]

    ends = time.monotonic() + PATIENCE_SECONDS
    while not own():
        assert time.monotonic() < ends, firm.world.sources.of(FIRM)
        firm.later(timedelta(hours=1))
    firm.later(timedelta(hours=7))
    (item,) = own()
    assert item.mention.heard.waits
    done = firm.answers(item, "Dimanche aussi, jusqu’à 13 h.")
    assert done.state is InboxState.ANSWERED
    listed = wordpress.read("comments", post=str(post), status="all", context="edit")
    answers = [c for c in listed if c["parent"]]
    assert [(c["status"], c["parent"]) for c in answers] == [("approved", answer.json()["id"])]
    firm.later(timedelta(hours=7))
    assert len(own()) == 1  # our own words aren't heard


def test_a_reply_on_the_pds_arrives_once_is_answered_once_and_its_post_is_counted(
    bluesky_network: BlueskyPds, open_firm: Callable[..., Firm]
) -> None:
    pds = bluesky_network
    account, customer = pds.new_account("firm"), pds.new_account("zoe")
    firm = open_firm(pds.base_url, pds.plc_url)
    firm.connect(
        "bluesky",
        handle=account.handle,
        app_password=account.app_password,
        pds=pds.base_url,
    )
    delivery = firm.publish("Ouvert demain")
    (own,) = pds.records(account.did)
    ref = {"uri": own["uri"], "cid": own["cid"]}
    pds.wait_indexed(account, own["uri"])
    reply = {"text": "Miam !", "reply": {"root": ref, "parent": ref}}
    said = pds.says(customer, "app.bsky.feed.post", reply)
    pds.says(customer, "app.bsky.feed.like", {"subject": ref})
    (item,) = firm.hears(1)
    firm.later(timedelta(hours=1))
    assert [i.id for i in firm.inbox()] == [item.id]
    done = firm.answers(item, "Avec plaisir !")
    assert (done.state, len(done.answers)) == (InboxState.ANSWERED, 1)
    answers = [r for r in pds.records(account.did) if "reply" in r["value"]]
    assert [r["value"]["reply"]["parent"]["uri"] for r in answers] == [said["uri"]]
    firm.later(timedelta(hours=2))
    assert len(firm.inbox()) == 1  # our own words aren't heard
    assert [r["uri"] for r in pds.records(account.did) if "reply" in r["value"]] == [
        answers[0]["uri"]
    ]
    assert firm.gained(Metric.LIKES, delivery.published_at) == 1
    assert firm.gained(Metric.IMPRESSIONS, delivery.published_at) is None  # not measured


def test_an_entry_of_a_real_feed_arrives_once_where_a_watch_wants_it(
    wordpress: WordPress, open_firm: Callable[..., Firm]
) -> None:
    firm, mark = open_firm(wordpress.base_url), f"galette{secrets.token_hex(3)}"

    def write(title: str) -> None:
        answer = requests.post(
            f"{wordpress.base_url}/wp-json/wp/v2/posts",
            json={"title": title, "content": "<p>Du pain</p>", "status": "publish"},
            auth=(wordpress.username, wordpress.application_password),
            timeout=30,
        )
        answer.raise_for_status()

    write(f"Concours : {mark}")
    write("Rien pour nous")
    found = find_feeds(wordpress.base_url, http=firm.world.http, clock=firm.clock)
    feed = Wanted(kind=SourceKind.FEED, label="L’Écho", address=found[0].url)
    query = Query(any=(mark,))
    draft = WatchDraft(name="Concours", kind=WatchKind.TRADE, query=query, sources=(feed,))
    watch = firm.world.watching.create(FIRM, draft)
    firm.work()
    (item,) = firm.inbox()
    assert item.mention.heard.title == f"Concours : {mark}"
    assert (item.mention.watches, item.mention.channel) == ((watch.id,), None)
    read = int(time.time())
    while int(time.time()) == read:  # the feed dates itself by the second
        time.sleep(0.05)
    write(f"Résultats : {mark}")
    firm.later(timedelta(hours=2))
    firm.later(timedelta(hours=2))
    assert len(firm.inbox()) == 2
