"""The publishing package put together over fakes: what ``bootstrap`` does, in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.ids import ChannelId, DeliveryId
from chalicelib.publishing.chaining import Chainer
from chalicelib.publishing.commenting import Commenting
from chalicelib.publishing.compose import Composer
from chalicelib.publishing.deliver import Worker
from chalicelib.publishing.deliveries import Delivery, ResendClass, Status, Why
from chalicelib.publishing.dispatch import Dispatcher, Receiver
from chalicelib.publishing.followups import FollowUps
from chalicelib.publishing.holding import Holding
from chalicelib.publishing.planning import Planner
from chalicelib.publishing.posts import Content
from chalicelib.publishing.refusals import Fault
from chalicelib.workspaces.channels import Channel
from tests.fakes import firm
from tests.fakes.clocks import START, CountedIds, SettableClock
from tests.fakes.mail import RecordingMailer
from tests.fakes.memory_purse import MemoryPurse
from tests.fakes.memory_queue import MemoryQueue
from tests.fakes.memory_store import MemoryStore
from tests.fakes.scripted_sender import ScriptedNetwork, ScriptedSenders
from tests.fakes.steps import Steps

MAX_TEXT = 200
"""Characters that each of the firm's networks takes."""


class TextChecks:
    """``ports.Checks``: a text must be there and fit."""

    def faults(self, channel: Channel, content: Content) -> Sequence[Fault]:
        if not content.text:
            return [Fault("/text", "empty")]
        if len(content.text) > MAX_TEXT:
            return [Fault("/text", "too-long", {"max": MAX_TEXT})]
        return []

    def takes_first_comment(self, channel: Channel, content: Content) -> bool:
        """Say yes, wherever a person can't be asked to."""
        return bool(content.first_comment) and channel.network != "pasted"


class World:
    """One firm with a channel on a network of each class, and all that publishes for it."""

    def __init__(self, start: datetime = START, *, shards: int = 1) -> None:
        self.clock = SettableClock(start)
        self.steps = Steps()
        self.store = MemoryStore(self.clock, self.steps, shards=shards)
        self.network = ScriptedNetwork(clock=self.clock, steps=self.steps)
        self.senders = ScriptedSenders(self.network)
        self.queue = MemoryQueue(self.clock, self.steps)
        self.mail = RecordingMailer(self.steps)
        self.ids = CountedIds()
        self.workspace = firm.workspace()
        self.store.add_workspace(self.workspace)
        for network in firm.NETWORKS:
            self.store.set_channel(firm.channel(network))
        self._put_together()

    def _put_together(self) -> None:
        store, clock, queue = self.store, self.clock, self.queue
        self.answered: list[tuple[str, Status]] = []
        """The mentions whose answers were settled, and how, as the inbox was told."""
        self.settle: Callable[[Delivery], None] = lambda _: None
        """What the inbox makes of it, where a test has one."""
        self.follow_ups = FollowUps(
            clock=clock,
            deliveries=store.deliveries,
            desk=store.desk,
            channels=store.channels,
            senders=self.senders,
            queue=queue,
            mailer=self.mail,
            settled=self.settle_answer,
            comment=self.comment_first,
        )
        self.purse = MemoryPurse(self.steps)
        self.worker = Worker(
            clock=clock,
            deliveries=store.deliveries,
            desk=store.desk,
            senders=self.senders,
            queue=queue,
            follows_up=self.follow_ups,
            purse=self.purse,
        )
        self.receiver = Receiver(
            clock=clock,
            deliveries=store.deliveries,
            worker=self.worker,
            wait=clock.advance,
        )
        self.dispatcher = Dispatcher(
            clock=clock, index=store.due, queue=queue, choose_shard=lambda _: 0
        )
        self.holding = Holding(
            clock=clock, deliveries=store.deliveries, agenda=store.agenda, queue=queue
        )
        self.planner = Planner(
            clock=clock,
            ids=self.ids,
            channel_store=store.channels,
            checks=TextChecks(),
            chainer=Chainer(clock=clock, deliveries=store.deliveries, twins=store.twins),
            resend_class=lambda network: firm.NETWORKS[network],
        )
        self.composer = Composer(
            clock=clock,
            ids=self.ids,
            posts=store.posts,
            deliveries=store.deliveries,
            planner=self.planner,
            queue=queue,
        )

        self.commenting = Commenting(
            desk=store.desk, composer=self.composer, refs=lambda _, own, url, __: {"own": own}
        )

    # Short words for tests.

    def comment_first(self, delivery: Delivery) -> None:
        """Make the first comment of what is live."""
        with self.steps.step("first comment"):
            self.commenting.comment(delivery)

    def settle_answer(self, delivery: Delivery) -> None:
        """Note what the inbox is told of an answer."""
        with self.steps.step("inbox.settled"):
            self.answered.append((delivery.answers or "", delivery.status))
        self.settle(delivery)

    def put(
        self,
        resend_class: ResendClass = ResendClass.READ_BACK,
        status: Status = Status.SCHEDULED,
        *,
        post: str = "post1",
        **changes: Any,
    ) -> Delivery:
        """Store a delivery, due now, and the version of the post that it names."""
        made = firm.delivery(resend_class, status, post=post, now=self.clock.now(), **changes)
        for n in sorted({1, made.version, made.sent_version} - {0}):
            self.store.add_version(firm.version(n, post=post))
        return self.store.add(made)

    def stands(self, delivery: Delivery | DeliveryId) -> Delivery:
        """Return a delivery as it stands."""
        return self.store.stands(delivery)

    def end(self, delivery: Delivery) -> tuple[Status, Why | None]:
        """Return what has become of a delivery."""
        stands = self.stands(delivery)
        return stands.status, stands.why

    def deliver(self, delivery: Delivery | DeliveryId) -> Delivery:
        """Let a worker do what is due for a delivery now; return what stands then."""
        self.worker.deliver(self.stands(delivery))
        return self.stands(delivery)

    def set_channel(self, network: str, **changes: Any) -> None:
        """Change the firm's channel on a network."""
        key = (firm.FIRM, ChannelId(f"on-{network}"))
        self.store.set_channel(replace(self.store.channel_items[key], **changes))

    def run_until(self, end: datetime, *, ticks: bool = True) -> None:
        """Let time pass: a tick each minute, and workers for what the queue brings."""
        next_tick = self.clock.now()
        while self.clock.now() < end:
            if ticks and self.clock.now() >= next_tick:
                self.dispatcher.publish_due()
                next_tick = self.clock.now() + timedelta(minutes=1)
            for message in self.queue.take():
                self.receiver.receive(message.workspace, DeliveryId(message.about))
            waits = [next_tick if ticks else end, end, self.queue.next_at() or end]
            self.clock.at_least(min(waits))

    def run_for(self, time: timedelta, *, ticks: bool = True) -> None:
        """Let this much time pass."""
        self.run_until(self.clock.now() + time, ticks=ticks)
