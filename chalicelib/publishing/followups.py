"""What is left to do after a change: telling people, and waking what waited."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

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
from chalicelib.workspaces.workspaces import Workspace


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
    comment: Callable[[Delivery], None]
    """Makes the first comment of what is live; repeatable."""

    def follow_up(self, delivery: Delivery, followup: FollowUp) -> None:
        """Do one follow-up; an exception means that it may be tried again."""
        if followup.kind == "wake":
            self._wake(delivery, DeliveryId(followup.about))
        elif followup.kind == "answered":
            self.settled(delivery)
        elif followup.kind == "comment":
            self.comment(delivery)
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
            key = _cause(channel)
        else:
            key = f"{delivery.id}:{key}"
        content = briefing.version.content_for(delivery.channel)
        self.mailer.tell(
            Notice(
                key=key,
                workspace=briefing.workspace,
                topic=topic,
                channel=channel,
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


def unheard(workspace: Workspace, channel: Channel) -> Notice:
    """Return what people are told of a channel that broke while it was read.

    It is the same cause as for the deliveries that wait for that channel: whoever tells it
    first, it is told once.
    """
    return Notice(key=_cause(channel), workspace=workspace, topic=Topic.UNHEARD, channel=channel)


def ends_soon(workspace: Workspace, channel: Channel, before: timedelta) -> Notice:
    """Return what people are told so long before a channel's access ends: once for each end."""
    key = f"{Topic.ACCESS_ENDS}:{channel.id}:{channel.access_ends_at}:{before.days}"
    return Notice(key=key, workspace=workspace, topic=Topic.ACCESS_ENDS, channel=channel)


def _cause(broken: Channel) -> str:
    since = broken.since or broken.created_at
    return f"{Topic.RECONNECT}:{broken.id}:{since.isoformat()}"
