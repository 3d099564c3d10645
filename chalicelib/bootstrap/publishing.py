"""Publishing: what people plan, and what carries it out."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.bootstrap.networks import WithNetworks
from chalicelib.bootstrap.parts import Once

if TYPE_CHECKING:
    from chalicelib.inbox.answering import Answering
    from chalicelib.mail.notices import NoticeMailer
    from chalicelib.publishing.commenting import Commenting
    from chalicelib.publishing.compose import Composer
    from chalicelib.publishing.deliver import Worker
    from chalicelib.publishing.deliveries import Delivery
    from chalicelib.publishing.dispatch import Dispatcher, Receiver, Sweeper
    from chalicelib.publishing.followups import FollowUps
    from chalicelib.publishing.holding import Holding
    from chalicelib.publishing.planning import Planner
    from chalicelib.publishing.ports import Queue


class WithPublishing(WithNetworks):
    """Publishing, over the networks."""

    @Once
    def queue(self) -> Queue:
        """The accelerator."""
        return self.parts.queue()

    @Once
    def mailer(self) -> NoticeMailer:
        """Tells people by e-mail."""
        from chalicelib.mail.notices import NoticeMailer  # noqa: PLC0415
        from chalicelib.store.told import Told  # noqa: PLC0415

        return NoticeMailer(
            clock=self.clock,
            people=self.members,
            told=Told(store=self.store),
            transport=self.parts.transport(),
            sender=self.settings.mail.sender,
            public_url=self.settings.public_url,
        )

    @Once
    def follow_ups(self) -> FollowUps:
        """What is left to do after a change."""
        from chalicelib.publishing.followups import FollowUps  # noqa: PLC0415

        return FollowUps(
            clock=self.clock,
            deliveries=self.deliveries,
            desk=self.desk,
            channels=self.channels,
            senders=self.senders,
            queue=self.queue,
            mailer=self.mailer,
            settled=self.settle_answer,
            comment=self.comment_first,
        )

    def settle_answer(self, delivery: Delivery) -> None:
        """Tell the inbox what became of an answer; only who carries one out loads it."""
        self.answering.settled(delivery)

    def comment_first(self, delivery: Delivery) -> None:
        """Make the first comment of what is live; only who makes one loads it."""
        self.commenting.comment(delivery)

    @Once
    def commenting(self) -> Commenting:
        """First comments under the firm's own posts."""
        from chalicelib.publishing.commenting import Commenting  # noqa: PLC0415

        return Commenting(desk=self.desk, composer=self.composer, refs=self.senders.refs_of_own)

    @Once
    def answering(self) -> Answering:
        """Answers to what is said, and what became of them."""
        from chalicelib.inbox.answering import Answering  # noqa: PLC0415

        return Answering(clock=self.clock, inbox=self.inbox, composer=self.composer)

    @Once
    def sweeper(self) -> Sweeper:
        """What finds the rest that is due."""
        from chalicelib.publishing.dispatch import Sweeper  # noqa: PLC0415

        return Sweeper(clock=self.clock, index=self.due, queue=self.queue)

    @Once
    def worker(self) -> Worker:
        """Walks due deliveries."""
        from chalicelib.publishing.deliver import Worker  # noqa: PLC0415

        return Worker(
            clock=self.clock,
            deliveries=self.deliveries,
            desk=self.desk,
            senders=self.senders,
            queue=self.queue,
            follows_up=self.follow_ups,
            purse=self.purse,
        )

    @Once
    def dispatcher(self) -> Dispatcher:
        """What the minute's tick does."""
        from chalicelib.publishing.dispatch import Dispatcher  # noqa: PLC0415

        return Dispatcher(
            clock=self.clock,
            index=self.due,
            queue=self.queue,
            choose_shard=self.parts.choose_shard,
        )

    @Once
    def receiver(self) -> Receiver:
        """What one message does."""
        from chalicelib.publishing.dispatch import Receiver  # noqa: PLC0415

        return Receiver(
            clock=self.clock,
            deliveries=self.deliveries,
            worker=self.worker,
            wait=self.parts.wait,
        )

    @Once
    def planner(self) -> Planner:
        """What an act changes."""
        from chalicelib.publishing.chaining import Chainer  # noqa: PLC0415
        from chalicelib.publishing.planning import Planner  # noqa: PLC0415

        return Planner(
            clock=self.clock,
            ids=self.ids,
            channel_store=self.channels,
            checks=self.advice,
            chainer=Chainer(clock=self.clock, deliveries=self.deliveries, twins=self.twins),
            resend_class=self.advice.resend_class,
        )

    @Once
    def composer(self) -> Composer:
        """What people do with posts."""
        from chalicelib.publishing.compose import Composer  # noqa: PLC0415

        return Composer(
            clock=self.clock,
            ids=self.ids,
            posts=self.posts,
            deliveries=self.deliveries,
            planner=self.planner,
            queue=self.queue,
        )

    @Once
    def holding(self) -> Holding:
        """Pausing and freeing channels."""
        from chalicelib.publishing.holding import Holding  # noqa: PLC0415

        return Holding(
            clock=self.clock, deliveries=self.deliveries, agenda=self.agenda, queue=self.queue
        )
