"""What is left to do after a change: telling people, and waking what waited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from chalicelib.clock import Clock
from chalicelib.ids import DeliveryId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine, outcomes
from chalicelib.publishing.deliver import announce
from chalicelib.publishing.deliveries import Delivery, FollowUp, Refused, Result, Topic
from chalicelib.publishing.ports import (
    Channels,
    Deliveries,
    Desk,
    Mailer,
    Notice,
    Queue,
    Senders,
    Stale,
)
from chalicelib.publishing.posts import excerpt
from chalicelib.workspaces.channels import MAY_BREAK, Channel, ChannelStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUps:
    """Does follow-ups; each may be done again and has its effect once, by its key."""

    clock: Clock
    deliveries: Deliveries
    desk: Desk
    channels: Channels
    senders: Senders
    queue: Queue
    mailer: Mailer
    settled: Callable[[Delivery], None]
    """Tells the inbox what became of an answer; repeatable."""

    def follow_up(self, delivery: Delivery, followup: FollowUp) -> None:
        """Do one follow-up; an exception means that it may be tried again."""
        if followup.kind == "wake":
            self._wake(delivery, DeliveryId(followup.about))
        elif followup.kind == "answered":
            self.settled(delivery)
        else:
            self._tell(delivery, Topic(followup.about), followup.key)

    def _wake(self, delivery: Delivery, waiting: DeliveryId) -> None:
        other = self.deliveries.get(delivery.workspace, waiting)
        if other is None:
            return
        now = self.clock.now()
        try:
            woken = self.deliveries.put(other, machine.apply(other, ev.Woken(), now))
        except Refused:
            return  # it isn't waiting any more
        announce(self.queue, [woken], now)

    def _tell(self, delivery: Delivery, topic: Topic, key: str) -> None:
        briefing = self.desk.brief(delivery, ())
        if briefing is None:
            return  # the firm or the channel is gone: nobody is left to tell
        channel = briefing.channel
        if topic is Topic.RECONNECT:
            channel = self._broken(delivery, channel)
            if channel.status is not ChannelStatus.BROKEN:
                return
            since = channel.since or channel.created_at
            key = f"{topic}:{channel.id}:{since.isoformat()}"
        else:
            key = f"{delivery.id}:{key}"
        content = briefing.version.content_for(delivery.channel)
        self.mailer.tell(
            Notice(
                key=key,
                workspace=briefing.workspace,
                topic=topic,
                channel=channel,
                post=delivery.post,
                delivery=delivery,
                excerpt=excerpt(content),
            )
        )

    def _broken(self, delivery: Delivery, channel: Channel) -> Channel:
        """Look once more whether the token is really refused; if so the channel is broken.

        A network may refuse a good token once: then its deliveries go on by themselves.
        """
        if channel.status not in MAY_BREAK:
            return channel
        refusals = [a.detail for a in delivery.attempts if a.result is Result.AUTH_EXPIRED]
        try:
            self.senders.open(channel).check()
        except outcomes.AuthExpired as error:
            return self.channels.mark_broken(channel, error.detail, self.clock.now())
        if len(refusals) > 1:  # it reads, yet it may not write
            return self.channels.mark_broken(channel, refusals[-1], self.clock.now())
        now = self.clock.now()
        stands = self.deliveries.get(delivery.workspace, delivery.id) or delivery
        try:
            again = self.deliveries.put(stands, machine.apply(stands, ev.Reconnected(), now))
        except (Refused, Stale):
            return channel
        announce(self.queue, [again], now)
        return channel
