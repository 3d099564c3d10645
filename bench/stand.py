"""What counts are taken on: the world over the real engine, each call of the store metered.

Time stands still unless it is set, so that a count is the same in every run.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Any

from PIL import Image

from chalicelib import bootstrap
from chalicelib.api import services
from chalicelib.bootstrap import Parts, World
from chalicelib.ids import ChannelId, MemberId, RandomIds, WorkspaceId
from chalicelib.networks.contract import Network
from chalicelib.networks.registry import network as registered
from chalicelib.publishing.ports import Message
from chalicelib.publishing.posts import Media
from chalicelib.settings import load
from chalicelib.store.connection import open_store
from chalicelib.store.media import MediaShelf
from chalicelib.store.queue import body_of
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.ports import Form, Kept
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from local.engine import Engine
from tests.fakes.api_world import OWN_PAGES, Client
from tests.fakes.clocks import SettableClock
from tests.fakes.memory_queue import MemoryQueue

MOST = 4
"""Write calls, and read calls, of a delivery with one image from its message on."""
READS = frozenset({"GetItem", "BatchGetItem", "Query"})


@dataclass(frozen=True, slots=True)
class Bill:
    """What something took of DynamoDB."""

    reads: int
    """Calls."""
    writes: int
    rru: float
    """Read request units: 4 KB read consistently, or 8 KB eventually."""
    wru: float
    """Write request units: 1 KB, an index entry, half of a KB in a transaction."""
    refused: int = 0
    """Writes whose condition didn't hold: billed, and metered by nobody."""


class NotPublished(Exception):
    """A delivery didn't end as it must: what it took says nothing."""


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table."""

    name: str
    bill: Bill
    is_delivery: bool = False

    def line(self) -> str:
        """Return it as it is printed."""
        b = self.bill
        mark = ""
        if self.is_delivery:
            mark = "ok" if max(b.reads, b.writes) <= MOST else f"over {MOST}"
        return f"  {self.name:52}{b.reads:6}{b.rru:7.1f}{b.writes:7}{b.wru:7.1f}  {mark}"


@dataclass(slots=True)
class Meter:
    """Counts the calls of a store: its ``on_call``."""

    calls: list[tuple[str, float | None]] = field(default_factory=list)

    def __call__(self, operation: str, parsed: Mapping[str, Any]) -> None:
        """Count an answered call; one without capacity was refused."""
        used = parsed.get("ConsumedCapacity")
        rows = [used] if isinstance(used, dict) else used
        units = sum(row["CapacityUnits"] for row in rows) if rows else None
        self.calls.append((operation, units))

    def take(self) -> Bill:
        """Return what has been counted since the last time."""
        calls, self.calls = self.calls, []
        reads = [units for name, units in calls if name in READS]
        writes = [units for name, units in calls if name not in READS]
        return Bill(
            reads=len(reads),
            writes=len(writes),
            rru=sum(units or 0 for units in reads),
            wru=sum(units or 0 for units in writes),
            refused=writes.count(None),
        )

    def of(self, act: Callable[[], object]) -> Bill:
        """Return what an act takes."""
        self.take()
        act()
        return self.take()


class Pictures:
    """A bucket that holds one picture under every name."""

    def read(self, _: str, __: int) -> bytes:
        """Return the picture."""
        return PNG

    def read_range(self, _: str, start: int, length: int) -> bytes:
        """Return a part of the picture."""
        return PNG[start : start + length]

    def keep(self, *_: object) -> None:
        """Keep nothing."""

    def keep_chunks(self, *_: object) -> None:
        """Keep nothing."""

    def form(self, *_: object) -> Form:
        """Nothing is uploaded here."""
        raise AssertionError


class Nobody:
    """Takes mails and lets them drop."""

    def send(self, message: EmailMessage) -> None:
        """Take a mail."""


def _png() -> bytes:
    data = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(data, "PNG")
    return data.getvalue()


PNG = _png()
PICTURE = Media("a" * 64, "image/png", 40, 30, len(PNG), "Une galette")


@dataclass(frozen=True, slots=True)
class Stand:
    """The world, and what is read off it."""

    world: World
    meter: Meter
    clock: SettableClock
    queue: MemoryQueue

    def set(self, instant: datetime) -> None:
        """Let it be this instant."""
        self.clock.set_wall(instant - self.clock.now())

    def firm(self, identity: str, owner: str) -> Workspace:
        """Return a new firm with an owner and an image."""
        now = self.clock.now()
        firm = Workspace(
            id=WorkspaceId(identity),
            name="Boulangerie Martin",
            feed_token=self.world.ids.secret(),
            created_at=now,
        )
        person = Member(
            workspace=firm.id,
            id=MemberId(owner),
            email=f"{owner}@example.test",
            name="Claire Martin",
            role=Role.OWNER,
            created_at=now,
        )
        self.world.members.put(person)
        MediaShelf(store=self.world.store).put_kept(
            Kept(
                workspace=firm.id,
                sha256=PICTURE.sha256,
                content_type=PICTURE.content_type,
                width=PICTURE.width,
                height=PICTURE.height,
                size=PICTURE.size,
                created_at=now,
            )
        )
        return self.world.workspaces.put(None, firm)

    def channel(self, firm: Workspace, network: str, **settings: str) -> Channel:
        """Return a new channel of a firm, that was connected by nobody."""
        channel = Channel(
            workspace=firm.id,
            id=ChannelId(self.world.ids.new()),
            network=network,
            name="Boulangerie Martin",
            settings=settings,
            created_at=self.clock.now(),
        )
        self.world.vault.put(firm.id, channel.id, {"token": "a-good-token"})
        return self.world.channels.put(None, channel)

    def browser(self, member: str) -> Client:
        """Return the browser of a person who has signed in."""
        token = self.world.sessions.make_link(MemberId(member)).rpartition("/")[2]
        entered = self.world.sessions.enter(token, None, member)
        return Client({**OWN_PAGES, "cookie": f"relais={entered.token}"})


@contextmanager
def standing(
    engine: Engine,
    networks: Mapping[str, Network],
    *,
    allow_hosts: str = "",
    start: datetime,
) -> Iterator[Stand]:
    """Stand the world on an engine; these networks take the place of the registry's."""
    clock, meter = SettableClock(start), Meter()
    queue = MemoryQueue(clock)
    store = open_store(
        region="eu-west-3",
        prefix="relais",
        ids=RandomIds(),
        endpoint=engine.endpoint,
        on_call=meter,
    )
    store.create_tables()
    world = World(
        Parts(
            settings=load({"RELAIS_ALLOW_HOSTS": allow_hosts}),
            clock=clock,
            ids=RandomIds(),
            store=lambda: store,
            root_key=lambda: b"k" * 32,
            queue=lambda: queue,
            bucket=Pictures,
            transport=Nobody,
            find_network=lambda name: networks.get(name) or registered(name),
            wait=clock.advance,
        )
    )
    bootstrap.use(world)
    services.use(world)
    try:
        yield Stand(world, meter, clock, queue)
    finally:
        services.use(None)
        bootstrap.use(None)
        store.connection.client.close()


HOUR = timedelta(hours=1)


def message(workspace: WorkspaceId, kind: str, about: str) -> str:
    """Return the body of a queue message."""
    return body_of(Message(workspace, about, kind=kind))
