"""One store in memory that holds the rules of the ports in ``publishing/ports.py``.

Writes are conditional on ``rev``, reads are consistent, a commit is all or nothing, the due
index may be frozen (it is eventual). Every operation is a step of ``Steps``, so that a test
can let an answer be lost, a write be refused or time pass at any of them.
"""

from __future__ import annotations

import itertools
import threading
import zlib
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, DeliveryId, PostId, WorkspaceId
from chalicelib.publishing.deliveries import WAITS_FOR_A_PERSON, Delivery
from chalicelib.publishing.ports import Briefing, Neighbours, Parked, PostChange, Stale
from chalicelib.publishing.posts import Post, PostVersion
from chalicelib.workspaces.channels import MAY_BREAK, Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Workspace
from tests.fakes.steps import Steps

TRANSACTION_ITEMS = 100
"""What DynamoDB takes: https://docs.aws.amazon.com/amazondynamodb/latest/APIReference/API_TransactWriteItems.html"""

_DeliveryKey = tuple[WorkspaceId, DeliveryId]
_Due = tuple[WorkspaceId, DeliveryId, datetime]


class MemoryStore:
    """All tables at once; each port is an attribute."""

    def __init__(self, clock: Clock, steps: Steps | None = None, *, shards: int = 1) -> None:
        self.clock = clock
        self.steps = steps or Steps()
        self.lock = threading.RLock()
        self.items: dict[_DeliveryKey, Delivery] = {}
        self.heads: dict[tuple[WorkspaceId, PostId], Post] = {}
        self.versions: dict[tuple[WorkspaceId, PostId, int], PostVersion] = {}
        self.firms: dict[WorkspaceId, Workspace] = {}
        self.channel_items: dict[tuple[WorkspaceId, ChannelId], Channel] = {}
        self.scopes: dict[str, Parked] = {}
        self.history: list[Delivery] = []
        """Every state of every delivery that was ever written, in order."""
        self._tokens = itertools.count(1)
        self.deliveries = MemoryDeliveries(self)
        self.desk = MemoryDesk(self)
        self.due = MemoryDueIndex(self, shards)
        self.posts = MemoryPosts(self)
        self.twins = MemoryTwins(self)
        self.agenda = MemoryAgenda(self)
        self.channels = MemoryChannels(self)

    # What tests put there and read, without a step.

    def add_workspace(self, workspace: Workspace) -> None:
        """Store a firm."""
        self.firms[workspace.id] = workspace

    def set_channel(self, channel: Channel) -> None:
        """Store a channel as it is given, whatever stands."""
        with self.lock:
            self.channel_items[channel.workspace, channel.id] = channel

    def add_version(self, version: PostVersion) -> None:
        """Store a version of a post."""
        self.versions[version.workspace, version.post, version.n] = version

    def add(self, delivery: Delivery) -> Delivery:
        """Store a delivery as it is given, with its first ``rev``."""
        with self.lock:
            return self.write(delivery, rev=delivery.rev or 1)

    def stands(self, delivery: Delivery | DeliveryId) -> Delivery:
        """Return a delivery as it stands, by an id that only one firm has."""
        wanted = delivery.id if isinstance(delivery, Delivery) else delivery
        with self.lock:
            (found,) = (d for d in self.items.values() if d.id == wanted)
            return found

    def write(self, delivery: Delivery, *, rev: int) -> Delivery:
        """Write an item with a fresh token; for the ports' use, with the lock held."""
        written = replace(delivery, rev=rev, write_token=self.token())
        self.items[written.workspace, written.id] = written
        self.history.append(written)
        return written

    def token(self) -> str:
        """Return a write token that was never used."""
        return f"token{next(self._tokens)}"


class _Port:
    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    @contextmanager
    def _step(self, name: str) -> Iterator[MemoryStore]:
        with self._store.steps.step(name), self._store.lock:
            yield self._store


class MemoryDeliveries(_Port):
    """``ports.Deliveries``."""

    def get(self, workspace: WorkspaceId, delivery: DeliveryId) -> Delivery | None:
        with self._step("deliveries.get") as store:
            return store.items.get((workspace, delivery))

    def put(self, before: Delivery, after: Delivery) -> Delivery:
        with self._step("deliveries.put") as store:
            _same_item(before, after)
            stands = store.items.get((before.workspace, before.id))
            if stands is None or stands.rev != before.rev:
                raise Stale
            return store.write(after, rev=before.rev + 1)

    def is_held(self, delivery: Delivery, remote_id: str) -> bool:
        with self._step("deliveries.is_held") as store:
            return any(
                other.remote_id == remote_id
                for other in store.items.values()
                if (other.workspace, other.channel) == (delivery.workspace, delivery.channel)
                and other.id != delivery.id
            )


class MemoryDesk(_Port):
    """``ports.Desk``."""

    def brief(self, delivery: Delivery, scopes: Sequence[str]) -> Briefing | None:
        with self._step("desk.brief") as store:
            version = store.versions.get((delivery.workspace, delivery.post, delivery.version))
            channel = store.channel_items.get((delivery.workspace, delivery.channel))
            workspace = store.firms.get(delivery.workspace)
            if version is None or channel is None or workspace is None:
                return None
            first = (delivery.workspace, delivery.after) if delivery.after else None
            return Briefing(
                version=version,
                channel=channel,
                workspace=workspace,
                predecessor=store.items.get(first) if first else None,
                parked=tuple(store.scopes[s] for s in scopes if s in store.scopes),
            )

    def versions(self, delivery: Delivery, numbers: Sequence[int]) -> Sequence[PostVersion]:
        with self._step("desk.versions") as store:
            return [store.versions[delivery.workspace, delivery.post, n] for n in numbers]

    def may_send(self, delivery: Delivery) -> bool:
        with self._step("desk.may_send") as store:
            channel = store.channel_items.get((delivery.workspace, delivery.channel))
            if channel is None or delivery.workspace not in store.firms:
                return False
            stopped = channel.status in {ChannelStatus.BROKEN, ChannelStatus.DISCONNECTED}
            return not stopped and not channel.is_paused(store.clock.now())

    def park(self, scope: str, until: datetime) -> None:
        with self._step("desk.park") as store:
            stands = store.scopes.get(scope)
            if stands is None or stands.until < until:
                store.scopes[scope] = Parked(scope, until, stands.rev + 1 if stands else 1)

    def lead(self, parked: Parked, until: datetime) -> bool:
        with self._step("desk.lead") as store:
            stands = store.scopes.get(parked.scope)
            if stands is None or stands.rev != parked.rev:
                return False
            store.scopes[parked.scope] = Parked(parked.scope, until, parked.rev + 1)
            return True

    def release(self, scope: str) -> None:
        with self._step("desk.release") as store:
            store.scopes.pop(scope, None)


class MemoryDueIndex(_Port):
    """``ports.DueIndex``: sparse, by shard, and eventual while it is frozen."""

    def __init__(self, store: MemoryStore, shards: int) -> None:
        super().__init__(store)
        self._shards = shards
        self._frozen: list[_Due] | None = None

    @property
    def shards(self) -> int:
        return self._shards

    def due(
        self, kind: str, shard: int, after: datetime | None, until: datetime, limit: int
    ) -> Sequence[_Due]:
        with self._step("due.due"):
            if kind != "delivery":
                return []
            entries = self._frozen if self._frozen is not None else self.entries()
            found = [
                (workspace, delivery, at)
                for workspace, delivery, at in entries
                if self.shard_of(delivery) == shard
                and at <= until
                and (after is None or at > after)
            ]
            last = found[limit - 1][2] if len(found) >= limit else None
            return [entry for n, entry in enumerate(found) if n < limit or entry[2] == last]

    def shard_of(self, delivery: DeliveryId) -> int:
        """Return the shard that a delivery's entry stands in."""
        return zlib.crc32(delivery.encode()) % self._shards

    def entries(self) -> list[_Due]:
        """Return the whole index as it should be now, the oldest first."""
        with self._store.lock:
            due = ((d, d.due_at) for d in self._store.items.values())
            found = [(d.workspace, d.id, at) for d, at in due if at is not None]
        return sorted(found, key=lambda entry: (entry[2], entry[1]))

    def freeze(self) -> None:
        """Show from now on what stands now, whatever is written: the index lags."""
        self._frozen = self.entries()

    def thaw(self) -> None:
        """Catch up."""
        self._frozen = None


@dataclass(frozen=True, slots=True)
class _Written:
    head: Post
    deliveries: tuple[tuple[Delivery | None, Delivery], ...]


class MemoryPosts(_Port):
    """``ports.Posts``: a commit is written whole or not at all."""

    def get(self, workspace: WorkspaceId, post: PostId) -> Post | None:
        with self._step("posts.get") as store:
            return store.heads.get((workspace, post))

    def version(self, workspace: WorkspaceId, post: PostId, n: int) -> PostVersion | None:
        with self._step("posts.version") as store:
            return store.versions.get((workspace, post, n))

    def deliveries(self, workspace: WorkspaceId, post: PostId) -> Sequence[Delivery]:
        with self._step("posts.deliveries") as store:
            own = [d for d in store.items.values() if (d.workspace, d.post) == (workspace, post)]
            return sorted(own, key=lambda d: d.id)

    def commit(self, change: PostChange) -> PostChange:
        with self._step("posts.commit") as store:
            self._check_size(change)
            if not self._holds(change):
                raise Stale
            written = self._write(store, change)
            return replace(change, after=written.head, deliveries=written.deliveries)

    def _check_size(self, change: PostChange) -> None:
        ids = [after.id for _, after in change.deliveries]
        assert len(set(ids)) == len(ids), "a transaction names an item once"
        assert len(ids) + 2 <= TRANSACTION_ITEMS, "a transaction takes 100 items"

    def _holds(self, change: PostChange) -> bool:
        store, after = self._store, change.after
        head = store.heads.get((after.workspace, after.id))
        if (head.rev if head else None) != (change.before.rev if change.before else None):
            return False
        version = change.version
        if version and (version.workspace, version.post, version.n) in store.versions:
            return False
        for old, new in change.deliveries:
            stands = store.items.get((new.workspace, new.id))
            if (stands.rev if stands else None) != (old.rev if old else None):
                return False
        return True

    def _write(self, store: MemoryStore, change: PostChange) -> _Written:
        rev = change.before.rev + 1 if change.before else 1
        head = replace(change.after, rev=rev, write_token=store.token())
        store.heads[head.workspace, head.id] = head
        if change.version:
            store.add_version(change.version)
        pairs: list[tuple[Delivery | None, Delivery]] = []
        for old, new in change.deliveries:
            if old is not None:
                _same_item(old, new)
            pairs.append((old, store.write(new, rev=old.rev + 1 if old else 1)))
        return _Written(head, tuple(pairs))


class MemoryTwins(_Port):
    """``ports.Twins``."""

    def __init__(self, store: MemoryStore) -> None:
        super().__init__(store)
        self._rows: dict[tuple[WorkspaceId, ChannelId, str], dict[DeliveryId, datetime]] = {}

    def register(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        text_hash: str,
        delivery: DeliveryId,
        planned_at: datetime,
    ) -> Neighbours:
        with self._step("twins.register"):
            rows = self._rows.setdefault((workspace, channel, text_hash), {})
            rows[delivery] = planned_at
            own, day = (planned_at, delivery), timedelta(days=1)
            near = [(at, d) for d, at in rows.items() if abs(at - planned_at) <= day]
            earlier = max((other for other in near if other < own), default=None)
            later = min((other for other in near if other > own), default=None)
            return Neighbours(earlier[1] if earlier else None, later[1] if later else None)


class MemoryAgenda(_Port):
    """``ports.Agenda``."""

    def between(self, workspace: WorkspaceId, start: datetime, end: datetime) -> Sequence[Delivery]:
        with self._step("agenda.between") as store:
            planned = ((d.planned_at, d) for d in store.items.values() if d.workspace == workspace)
            found = [(at, d.id, d) for at, d in planned if at is not None and start <= at < end]
            return [d for _, _, d in sorted(found, key=lambda row: row[:2])]

    def waiting(self, workspace: WorkspaceId) -> Sequence[Delivery]:
        with self._step("agenda.waiting") as store:
            return [
                d
                for d in store.items.values()
                if d.workspace == workspace and d.status in WAITS_FOR_A_PERSON
            ]


class MemoryChannels(_Port):
    """``ports.Channels``."""

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        with self._step("channels.get") as store:
            return store.channel_items.get((workspace, channel))

    def mark_broken(self, channel: Channel, reason: str, since: datetime) -> Channel:
        with self._step("channels.mark_broken") as store:
            stands = store.channel_items[channel.workspace, channel.id]
            if stands.status not in MAY_BREAK:
                return stands
            broken = replace(
                stands,
                status=ChannelStatus.BROKEN,
                reason=reason,
                since=since,
                paused_until=None,
                rev=stands.rev + 1,
                write_token=store.token(),
            )
            store.set_channel(broken)
            return broken


def _same_item(before: Delivery, after: Delivery) -> None:
    """A write never changes what a delivery is, and never counts ``rev`` itself."""
    for name in ("workspace", "id", "post", "channel", "network", "resend_class", "key", "rev"):
        assert getattr(before, name) == getattr(after, name), f"{name} never changes"
