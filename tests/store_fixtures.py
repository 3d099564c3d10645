"""Fixtures that give a test the store on the real database engine, and faults to inject.

`tables`: the store with tables of the test's own, its calls and what they cost, and a hook
that loses answers, refuses or throttles as it is told. `a_…` make domain objects.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any, TypeVar
from uuid import uuid4

import pytest
from botocore.awsrequest import AWSResponse
from botocore.exceptions import ReadTimeoutError
from pynamodb.connection.base import MetaTable

from chalicelib.ids import ChannelId, DeliveryId, MemberId, PostId, RandomIds, WorkspaceId
from chalicelib.publishing.deliveries import (
    Attempt,
    Delivery,
    RemoteKey,
    ResendClass,
    Result,
    Status,
)
from chalicelib.publishing.posts import Content, Post, PostVersion
from chalicelib.store.connection import Store, open_store
from chalicelib.store.tables import TABLES, description
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from local.engine import Engine
from tests.fakes.clocks import SettableClock

T = TypeVar("T")
NOON = datetime(2026, 11, 25, 12, 0, 0, 123456, tzinfo=UTC)
FIRM = WorkspaceId("boulangerie")
OTHER = WorkspaceId("garage")


Fault = Callable[[Any, Any], AWSResponse | None]
"""Is given botocore's HTTP session and the request, in place of its being sent."""


class Faults:
    """Stands where requests are sent, inside the client's own retries."""

    def __init__(self, client: Any) -> None:
        self._session = client._endpoint.http_session
        self._planned: dict[str, deque[Fault]] = {}
        self._events = client.meta.events
        self._events.register_first("before-send.dynamodb", self._before_send)

    def end(self) -> None:
        """Stand aside."""
        self._events.unregister("before-send.dynamodb", self._before_send)

    def plan(self, operation: str, *faults: Fault) -> None:
        """Let the next sends of an operation go wrong in these ways, one each."""
        self._planned.setdefault(operation, deque()).extend(faults)

    @property
    def left(self) -> int:
        """How many planned faults haven't been met."""
        return sum(map(len, self._planned.values()))

    def _before_send(self, request: Any, **_: object) -> AWSResponse | None:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).split(".")[1]
        planned = self._planned.get(operation)
        return planned.popleft()(self._session, request) if planned else None


def passes(session: Any, request: Any) -> None:
    """The request is sent and answered."""


def lost_answer(session: Any, request: Any) -> None:
    """The request is applied and its answer lost."""
    session.send(request)
    raise ReadTimeoutError(endpoint_url=request.url)


def not_applied(session: Any, request: Any) -> None:
    """The request is lost."""
    raise ReadTimeoutError(endpoint_url=request.url)


def first(act: Callable[[], object], then: Fault = passes) -> Fault:
    """Something else happens just before the request."""

    def fault(session: Any, request: Any) -> AWSResponse | None:
        act()
        return then(session, request)

    return fault


def answers(status: int, code: str, **more: object) -> Fault:
    """The store answers with an error."""

    def fault(session: Any, request: Any) -> AWSResponse:
        body = {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": code, **more}
        return AWSResponse(request.url, status, {}, _Raw(json.dumps(body).encode()))

    return fault


def canceled(*codes: str) -> Fault:
    """The store cancels a transaction for these reasons."""
    reasons = [{"Code": code} for code in codes]
    return answers(400, "TransactionCanceledException", CancellationReasons=reasons)


@dataclass
class _Raw:
    body: bytes

    def stream(self, **_: object) -> Iterator[bytes]:
        yield self.body


@dataclass
class Calls:
    """The calls that were answered, and the capacity they took."""

    made: list[tuple[str, float]] = field(default_factory=list)

    def __call__(self, operation: str, parsed: Mapping[str, Any]) -> None:
        """Count an answered call."""
        used = parsed.get("ConsumedCapacity", ())
        used = [used] if isinstance(used, dict) else used
        self.made.append((operation, sum(u["CapacityUnits"] for u in used)))

    def take(self) -> list[tuple[str, float]]:
        """Return the calls since the last time."""
        made, self.made = self.made, []
        return made


@dataclass
class Tables:
    """The store of one test."""

    store: Store
    calls: Calls
    faults: Faults


OpenTables = Callable[..., Tables]


@pytest.fixture(scope="session")
def store_clients(engine: Engine) -> Iterator[Callable[[int], tuple[Store, Calls]]]:
    """A function that returns the one client that retries so often: making one is slow."""
    made: dict[int, tuple[Store, Calls]] = {}

    def client(retries: int) -> tuple[Store, Calls]:
        if retries not in made:
            calls = Calls()
            store = open_store(
                region="eu-west-3",
                prefix="shared",
                ids=RandomIds(),
                endpoint=engine.endpoint,
                on_call=calls,
                retries=retries,
                pause=lambda _: None,
            )
            made[retries] = store, calls
        return made[retries]

    yield client
    for store, _ in made.values():
        store.connection.client.close()


@pytest.fixture
def open_tables(
    store_clients: Callable[[int], tuple[Store, Calls]],
) -> Iterator[OpenTables]:
    """A function that opens the store on tables of the test's own: `open_tables(retries=0)`."""
    prefix = f"t{uuid4().hex[:12]}"
    opened: list[Tables] = []

    def opens(*, retries: int = 0) -> Tables:
        shared, calls = store_clients(retries)
        store = replace(shared, prefix=prefix)
        for table in TABLES:
            shared.connection.add_meta_table(MetaTable(description(table, store.name(table))))
        store.create_tables()
        calls.take()
        tables = Tables(store, calls, Faults(store.connection.client))
        opened.append(tables)
        return tables

    yield opens
    for tables in opened:
        tables.faults.end()
    for table in TABLES if opened else ():
        store = opened[0].store
        store.connection.client.delete_table(TableName=store.name(table))


@pytest.fixture
def tables(open_tables: OpenTables) -> Tables:
    """The store on tables of the test's own; a lost request isn't sent again by itself."""
    return open_tables()


@pytest.fixture
def clock() -> SettableClock:
    """A clock that stands at noon."""
    return SettableClock(NOON)


def race(act: Callable[[int], T], racers: int = 8) -> list[T | Exception]:
    """Return what each racer came to, all of them started at one instant."""
    barrier = Barrier(racers)

    def run(n: int) -> T | Exception:
        barrier.wait()
        try:
            return act(n)
        except Exception as error:  # noqa: BLE001 - the outcome is what is looked at
            return error

    with ThreadPoolExecutor(racers) as pool:
        return list(pool.map(run, range(racers)))


def a_delivery(post: str = "post1", channel: str = "chan1", **changes: Any) -> Delivery:
    """Return a scheduled delivery as it typically is, new to the store."""
    identity = DeliveryId(f"{post}.{channel}.0")
    typical = Delivery(
        workspace=FIRM,
        id=identity,
        post=PostId(post),
        channel=ChannelId(channel),
        network="mastodon",
        resend_class=ResendClass.READ_BACK,
        status=Status.SCHEDULED,
        due_at=NOON,
        planned_at=NOON,
        latest_at=NOON + timedelta(hours=2),
        version=1,
        text_hash="0123456789abcdef01234567",
        key=RemoteKey(
            record_key="3mabcdefghijk",
            slug="la-galette-des-rois-est-la-1a2b3c4d",
            uuid="6ba7b811-9dad-51d1-80b4-00c04fd430c8",
            created_at=NOON,
        ),
    )
    return replace(typical, **changes)


def published(delivery: Delivery) -> Delivery:
    """Return the delivery as it typically ends."""
    sent, done = NOON + timedelta(seconds=1), NOON + timedelta(seconds=3)
    return replace(
        delivery,
        status=Status.PUBLISHED,
        due_at=None,
        attempt=1,
        sent_version=1,
        first_intent_at=sent,
        last_intent_at=sent,
        remote_id="115609331127485311",
        remote_url="https://mastodon.example/@boulangerie/115609331127485311",
        published_at=done,
        attempts=(Attempt(1, sent, 1, Result.SENT), Attempt(1, done, 1, Result.PUBLISHED)),
    )


def a_post(post: str = "post1", **changes: Any) -> Post:
    """Return a scheduled post on one channel, new to the store."""
    typical = Post(
        workspace=FIRM,
        id=PostId(post),
        version=1,
        channels=(ChannelId("chan1"),),
        planned_at=NOON,
        useful_for=timedelta(hours=2),
        is_draft=False,
        excerpt="La galette des rois est là",
        created_at=NOON - timedelta(days=1),
        created_by=MemberId("lea"),
        updated_at=NOON - timedelta(days=1),
    )
    return replace(typical, **changes)


def a_version(post: str = "post1", n: int = 1, **changes: Any) -> PostVersion:
    """Return a version of a post."""
    typical = PostVersion(
        workspace=FIRM,
        post=PostId(post),
        n=n,
        written_at=NOON - timedelta(days=1),
        written_by=MemberId("lea"),
        content=Content(text="La galette des rois est là, aux amandes et à la pomme."),
    )
    return replace(typical, **changes)


def a_channel(channel: str = "chan1", **changes: Any) -> Channel:
    """Return a connected channel, new to the store."""
    typical = Channel(
        workspace=FIRM,
        id=ChannelId(channel),
        network="mastodon",
        name="Boulangerie Martin",
        handle="@boulangerie@mastodon.example",
        url="https://mastodon.example/@boulangerie",
        remote_id="42",
        settings={"instance": "https://mastodon.example"},
        limits={"text": [{"unit": "characters", "maximum": 500, "url_length": 23}]},
        created_at=NOON - timedelta(days=30),
    )
    return replace(typical, **changes)


def a_workspace(workspace: WorkspaceId = FIRM, **changes: Any) -> Workspace:
    """Return a firm, new to the store."""
    typical = Workspace(
        id=workspace,
        name="Boulangerie Martin",
        feed_token=f"feed-of-{workspace}",
        created_at=NOON - timedelta(days=30),
    )
    return replace(typical, **changes)


def a_member(member: str = "lea", **changes: Any) -> Member:
    """Return a member of the firm."""
    typical = Member(
        workspace=FIRM,
        id=MemberId(member),
        email=f"{member}@boulangerie.example",
        name="Léa Martin",
        role=Role.OWNER,
        created_at=NOON - timedelta(days=30),
    )
    return replace(typical, **changes)
