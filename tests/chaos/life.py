"""One life: a firm, a post, the schedule, the queue, people, and the faults of a plan.

The handlers, the store code and the adapters' contract are the real ones; the clock, the
queue's transport, the mail's transport and the network's ledger are scripted. The rest of
the world goes on whenever a function is frozen or slow.
"""

from __future__ import annotations

import heapq
import itertools
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial
from typing import Any, TypeVar

from chalicelib import jobs
from chalicelib.bootstrap import Parts, World
from chalicelib.ids import ChannelId, MemberId, PostId, WorkspaceId, comment_id
from chalicelib.networks.contract import Network
from chalicelib.publishing.deliveries import Delivery, ResendClass, Status
from chalicelib.publishing.drafts import At, Draft
from chalicelib.publishing.events import Choice
from chalicelib.publishing.posts import Content, Media
from chalicelib.publishing.refusals import Refusal
from chalicelib.settings import load
from chalicelib.store.connection import Store
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Language, Member, Role, Workspace
from tests.chaos.around import MailBox, PixelBucket, SeededIds, SimulatedQueue
from tests.chaos.engine import CURRENT
from tests.chaos.ledger import Ledger, network
from tests.chaos.steps import START, Fault, Killed, Steps, VirtualClock

TICK = timedelta(minutes=1)
HORIZON = timedelta(hours=5)
PLANNED = timedelta(seconds=90)
PICTURE = Media("a" * 64, "image/png", 256, 256, 25_895)
T = TypeVar("T")
PATIENCE = 4
"""How often a person sends again what comes back to her."""
NESTED = 2
"""How deep a frozen function may be frozen within another one's pause."""
FINISHED = frozenset({Status.PUBLISHED, Status.CANCELLED, Status.FAILED})


LIVES = itertools.count()
"""Lives share a store: each has identifiers of its own."""
APP = {"id": "relais-app", "secret": "relais-app-secret"}
"""What the installation is at networks where it must be registered."""


@dataclass(frozen=True, slots=True)
class Paused:
    """What a person was told when she paused the channel."""

    since: datetime
    until: datetime
    too_late: frozenset[str]


class Life:
    """One life of one or more posts on one channel."""

    shows: Media = PICTURE
    """What posts show."""
    horizon = HORIZON
    """How long it is lived on by itself, before people settle what is left."""

    def __init__(
        self,
        store: Store,
        resend_class: ResendClass,
        *,
        seed: int = 0,
        networks: Callable[[Ledger], Mapping[str, Network]] | None = None,
    ) -> None:
        self.clock = VirtualClock()
        self.steps = Steps(self.clock)
        self.ledger = Ledger(self.steps)
        self.queue = SimulatedQueue(self.steps)
        self.box = MailBox(self.steps)
        self.random = random.Random(seed)
        self.ids = SeededIds(f"{resend_class} {seed} {next(LIVES)}")
        self.depth = 0
        self.latest: dict[str, tuple[int, Any]] = {}
        self.next_tick = START + TICK
        self.acts: list[tuple[int, Callable[[], None]]] = []
        own = network(self.ledger, resend_class)
        self.networks = networks(self.ledger) if networks else {own.spec.name: own}
        self.world = self._assemble(store)
        self.steps.meanwhile = self.meanwhile
        with self.silence():
            self.workspace, self.channel = self._settle_in()
        self.posts: list[PostId] = []
        self.pauses: list[Paused] = []
        self.settled = 0

    def _assemble(self, store: Store) -> World:
        parts = Parts(
            settings=load({"RELAIS_PUBLIC_URL": "http://127.0.0.1:8000"}),
            clock=self.clock,
            ids=self.ids,
            store=lambda: store,
            root_key=lambda: b"k" * 32,
            queue=lambda: self.queue,
            bucket=PixelBucket,
            transport=lambda: self.box,
            apps=lambda: {n.spec.app: APP for n in self.networks.values() if n.spec.app},
            find_network=self.networks.__getitem__,
            wait=lambda pause: self.meanwhile(pause.total_seconds()),
            choose_shard=lambda _: 0,
        )
        return World(parts)

    def _settle_in(self) -> tuple[Workspace, Channel]:
        workspace = Workspace(
            id=WorkspaceId(self.ids.new()),
            name="Boulangerie Martin",
            feed_token=self.ids.secret(),
            created_at=START,
        )
        workspace = self.world.workspaces.put(None, workspace)
        owner = Member(
            workspace=workspace.id,
            id=MemberId(self.ids.new()),
            email=f"{workspace.id}@example.test",
            name="Claire",
            role=Role.OWNER,
            language=Language.FR,
            created_at=START,
        )
        self.world.members.put(owner)
        self.owner = owner.id
        channel = Channel(
            workspace=workspace.id,
            id=ChannelId(self.ids.new()),
            network=next(iter(self.networks)),
            name="Test",
            created_at=START,
        )
        self.world.vault.put(workspace.id, channel.id, {"token": "t"})
        return workspace, self.world.channels.put(None, channel)

    @contextmanager
    def silence(self) -> Any:
        """What the test itself does isn't a step."""
        self.steps.quiet += 1
        try:
            yield
        finally:
            self.steps.quiet -= 1

    # What people do.

    def write(
        self, text: str, after: timedelta = PLANNED, *, image: bool = True, comment: str = ""
    ) -> PostId:
        """A person schedules a post, perhaps with a first comment."""
        local = (START + after).replace(tzinfo=None)
        content = self.written(text, (self.shows,) if image else ())
        draft = Draft(
            content=replace(content, first_comment=comment),
            channels=(self.channel.id,),
            when=At(local, "UTC"),
        )
        with self.silence():
            post = self.world.composer.create(self.workspace, self.owner, draft).post.id
        self.posts.append(post)
        return post

    def written(self, text: str, media: tuple[Media, ...]) -> Content:
        """Return what a person writes who has this to say and to show."""
        return Content(text=text, media=media)

    def edit(self, post: PostId, text: str) -> None:
        """A person changes the text, if that is still possible."""
        with self.silence():
            try:
                stands = self.world.composer.get(self.workspace, post)
                assert stands.post.planned_at is not None
                local = stands.post.planned_at.replace(tzinfo=None)
                before = stands.version.content
                content = self.written(text, before.media)
                draft = Draft(
                    content=replace(content, first_comment=before.first_comment),
                    channels=(self.channel.id,),
                    when=At(local, "UTC"),
                )
                self.world.composer.edit(
                    self.workspace, self.owner, post, stands.post.version, draft
                )
            except Refusal:
                return

    def cancel(self, post: PostId) -> None:
        """A person cancels, if that is still possible."""
        with self.silence():
            try:
                self.world.composer.cancel(self.workspace, post)
            except Refusal:
                return

    def move(self, post: PostId, minutes: int) -> None:
        """A person moves the post, if that is still possible."""
        with self.silence():
            local = (self.clock.true + timedelta(minutes=minutes)).replace(tzinfo=None)
            try:
                self.world.composer.reschedule(self.workspace, post, At(local, "UTC"))
            except Refusal:
                return

    def disconnect(self) -> None:
        """A person disconnects the channel."""
        with self.silence():
            try:
                self.world.connecting.disconnect(self.workspace.id, self.channel.id)
            except Refusal:
                return

    @contextmanager
    def as_person(self) -> Any:
        """People act by the true time, whatever clock the interrupted function runs on."""
        skew, self.clock.skew = self.clock.skew, timedelta(0)
        try:
            yield
        finally:
            self.clock.skew = skew

    def pause(self, minutes: int = 10) -> None:
        """A person pauses the channel for a while."""
        with self.silence():
            until = self.clock.true + timedelta(minutes=minutes)
            try:
                held = self.world.connecting.pause(self.workspace.id, self.channel.id, until)
            except Refusal:
                return
            too_late = frozenset(d.id for d in held.too_late)
            self.pauses.append(Paused(self.clock.true, until, too_late))

    def settle(self) -> None:
        """A truthful person settles whatever waits for one, having really looked.

        What comes back to her again and again (X takes no text twice) she gives up in the end.
        """
        self.settled += 1
        with self.silence():
            self._reconnect()
            for delivery in self.deliveries():
                if delivery.status is Status.NEEDS_HUMAN:
                    self._decide(delivery)

    def _reconnect(self) -> None:
        channel = self.world.channels.get(self.workspace.id, self.channel.id)
        assert channel is not None
        self.ledger.is_revoked = False
        if channel.status is not ChannelStatus.BROKEN:
            return
        again = replace(channel, status=ChannelStatus.CONNECTED, reason="", since=self.clock.true)
        self.world.channels.put(channel, again)
        self.world.holding.reconnected(self.workspace.id, self.channel.id)

    def _decide(self, delivery: Delivery) -> None:
        is_live = bool(self.live(delivery))
        again = Choice.RESEND if self.settled < PATIENCE else Choice.DROP
        choice = Choice.PUBLISHED if is_live else again
        try:
            self.world.composer.decide(self.workspace, delivery.id, rev=delivery.rev, choice=choice)
        except Refusal:
            return

    # How the world goes on.

    def run(self, plan: Mapping[int, Fault] | None = None) -> None:
        """Live until nothing is left to do, people settle what waits, and live on."""
        self.steps.plan = dict(plan or {})
        end = START + self.horizon
        self._until(end)
        self.checked_untold = self.untold()
        self.unsettled = [d for d in self.deliveries() if d.status not in FINISHED]
        for _ in range(4):
            if all(d.status in FINISHED for d in self.deliveries()):
                break
            self.steps.plan.clear()
            self.settle()
            self._until(self.clock.true + self.horizon)

    def meanwhile(self, seconds: float) -> None:
        """Let the rest of the world go on while a function stands still."""
        skew, self.clock.skew = self.clock.skew, timedelta(0)
        end = self.clock.true + timedelta(seconds=seconds)
        self.depth += 1
        if self.depth <= NESTED:
            self._until(end)
        self.depth -= 1
        self.clock.true = max(self.clock.true, end)
        self.clock.skew = skew

    def _until(self, end: datetime) -> None:
        while True:
            if self.depth == 0 and self._is_idle():
                return
            at = min([self.next_tick, *(m[0] for m in self.queue.waiting[:1])])
            if at > end:
                self.clock.true = max(self.clock.true, end)
                return
            self.clock.true = max(self.clock.true, at)
            if self.queue.waiting and self.queue.waiting[0][0] <= self.clock.true:
                _, _, body = heapq.heappop(self.queue.waiting)
                self.function(lambda body=body: jobs.work(self.world, [body]))  # type: ignore[misc]
            else:
                self.next_tick = self._tick_after()
                self.function(lambda: jobs.publish_due(self.world))

    def _tick_after(self) -> datetime:
        """Skip the ticks that would find nothing, so that lives are short."""
        due = self._next_due()
        following = self.next_tick + TICK
        if due is None or due - timedelta(minutes=2) <= following:
            return following
        ticks = (due - timedelta(minutes=2) - self.next_tick) // TICK
        return max(following, self.next_tick + ticks * TICK)

    def function(self, run: Callable[[], object]) -> None:
        """Run a function; it may be killed, and its wall clock may be skewed."""
        skew = self.clock.skew
        try:
            run()
        except Killed:
            pass
        except Exception:  # noqa: BLE001 - a schedule's function that fails just ends
            self.failed = True
        finally:
            self.clock.skew = skew

    def _is_idle(self) -> bool:
        return not self.queue.waiting and self._next_due() is None

    def _next_due(self) -> datetime | None:
        far = START + timedelta(days=365)
        due = self._read("due", lambda: self.world.due.due("delivery", 0, None, far, 1))
        return due[0][2] if due else None

    def _read(self, what: str, read: Callable[[], T]) -> T:
        """Read quietly, and only if something was written since the last time."""
        seen = self.latest.get(what)
        if seen is None or seen[0] != CURRENT.writes:
            with self.silence():
                seen = CURRENT.writes, read()
            self.latest[what] = seen
        return seen[1]

    # What stands.

    def deliveries(self) -> list[Delivery]:
        """Return every delivery of the life as it stands, first comments' too."""
        planned = self._deliveries_of(self.posts)
        comments = [comment_id(d.id) for d in planned if d.has_comment]
        return [*planned, *self._deliveries_of(comments)]

    def _deliveries_of(self, wanted: Sequence[PostId]) -> list[Delivery]:
        posts, workspace = self.world.posts, self.workspace.id
        found = [self._read(p, partial(posts.deliveries, workspace, p)) for p in wanted]
        return [d for some in found for d in some]

    def live(self, delivery: Delivery) -> list[str]:
        """Return the ids of what is live of a delivery, by the ledger's own knowledge."""
        truth = delivery.key.uuid
        return [post.id for post in self.ledger.live.values() if post.truth == truth]

    def is_connected(self) -> bool:
        """Say whether the channel still stands."""
        with self.silence():
            channel = self.world.channels.get(self.workspace.id, self.channel.id)
        return channel is not None and channel.status is not ChannelStatus.DISCONNECTED

    def version(self, delivery: Delivery, n: int) -> str:
        """Return the text of a version of a delivery's post."""
        with self.silence():
            found = self.world.posts.version(delivery.workspace, delivery.post, n)
        assert found is not None
        return found.content_for(delivery.channel).text

    def untold(self) -> list[Delivery]:
        """Return what waits for a person who hasn't been told."""
        waiting = [d for d in self.deliveries() if d.status not in FINISHED]
        return [d for d in waiting if not self.box.subjects]
