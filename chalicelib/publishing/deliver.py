"""One due delivery, step by step: claim, prepare, intent, the one call, the answer.

    read → claim → brief → gates → prepare, storing each part as it comes → time left?
    → still allowed? → intent → time left? → the one call → one write

The 60 seconds of the walk count from just before the claim was written. A worker whose
write is refused stops: somebody else holds the delivery. A certain answer is applied to
whatever stands by then.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.clock import Clock, Stopwatch
from chalicelib.publishing import events as ev
from chalicelib.publishing import evidence, machine, outcomes, spending
from chalicelib.publishing.deliveries import (
    IN_DOUBT,
    SETTLED,
    Delivery,
    Refused,
    Result,
    Status,
    Why,
    spread,
)
from chalicelib.publishing.ports import (
    Briefing,
    Deliveries,
    Desk,
    FollowsUp,
    Message,
    Purse,
    Queue,
    Sender,
    Senders,
    Stale,
    StoreUnclear,
)
from chalicelib.publishing.posts import PostVersion
from chalicelib.workspaces.channels import ChannelStatus

LIFE = timedelta(seconds=60)
"""How long the function that runs a walk lives."""
PREPARE_WITHIN = LIFE - timedelta(seconds=45)
"""The intent is written only with 45 s left: intent 12 + call 20 + answer 12."""
CALL_WITHIN = LIFE - timedelta(seconds=25)
"""The call is made only with 25 s left: a call's total deadline is 20 s."""
FRESH = timedelta(seconds=2)
"""A pause or disconnection read longer ago than this is read again before the intent."""
ANNOUNCE = timedelta(seconds=150)
"""What falls due within this is put on the queue by whoever wrote it (two ticks ahead)."""
BRIEFLY = timedelta(seconds=5)
LEAD = timedelta(seconds=60)
"""How long the first delivery after a network's refusal has to show that it works again."""
UNSAID_LIMIT = timedelta(seconds=60)
"""How long a network that names no reset time is left alone; doubles up to 16 min."""
LONGEST_LIMIT = timedelta(days=1)
"""Quotas are by day at most: a later reset is looked at again after that."""
ANSWER_TRIES = 4


class OutOfTime(Exception):
    """Too little time was left to make the call; nothing was sent."""


class _Lost(Exception):
    """Somebody else has changed the delivery: the worker stops."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """Walks due deliveries; every change of one goes through ``machine.apply``."""

    clock: Clock
    deliveries: Deliveries
    desk: Desk
    senders: Senders
    queue: Queue
    follows_up: FollowsUp
    purse: Purse

    def deliver(self, delivery: Delivery) -> None:
        """Do what is due for a delivery as it was read; a no-op if it is no longer due."""
        watch = Stopwatch(self.clock)
        try:
            held = self._write(delivery, ev.Claim())
            if held.status is Status.CLAIMED:
                self._walk(held, watch)
            elif held.status is Status.RECONCILE:
                self._look(held, watch)
            else:
                self._follow_up(held)
        except (_Lost, StoreUnclear):
            return  # whoever changed it goes on, or its lease ends and the next tick does

    # Preparing.

    def _walk(self, d: Delivery, watch: Stopwatch) -> None:
        briefed_at = watch.elapsed()
        briefing = self.desk.brief(d, self.senders.scopes(d.network, d.channel))
        if briefing is None:
            self._report(d, ev.Rejected(None, "gone"))
            return
        stop = self._gate(d, briefing)
        if stop is not None:
            self._report(d, stop)
            return
        try:
            sender = self.senders.open(briefing.channel)
        except outcomes.NetworkError as error:
            self._refused(d, error, None)
            return
        aside = spending.reserve(self.purse, d, briefing, sender)
        if aside is None:
            self._report(d, ev.Rejected(None, "over_cap"))
            return
        with aside.unless_sent() as sending:
            ready = self._prepare(d, briefing, sender, watch)
            if ready is None:
                return
            if watch.elapsed() >= briefed_at + FRESH and not self.desk.may_send(ready):
                self._report(ready, ev.GiveBack(self.clock.now() + BRIEFLY))
                return
            self._send(ready, briefing, sender, watch, sending)

    def _gate(self, d: Delivery, briefing: Briefing) -> ev.Event | None:
        """Return why it can't go out now, or None."""
        now, channel = self.clock.now(), briefing.channel
        if channel.status is ChannelStatus.DISCONNECTED:
            return ev.Rejected(None, "disconnected")
        if channel.status is ChannelStatus.BROKEN:
            return ev.AuthExpired(None, channel.reason)
        if channel.is_paused(now):
            return ev.GiveBack(channel.paused_until or d.latest_at or now + ANNOUNCE)
        if briefing.predecessor is not None and _holds_up(briefing.predecessor, d):
            waited = now - (d.planned_at or now)
            pause = min(max(waited, timedelta(seconds=30)), timedelta(minutes=5))
            return ev.GiveBack(now + pause)
        return self._parked(d, briefing, now)

    def _parked(self, d: Delivery, briefing: Briefing, now: datetime) -> ev.Event | None:
        """A scope that the network refused holds everything but the one that tries it first."""
        for parked in briefing.parked:
            if now < parked.until:
                return ev.GiveBack(parked.until + spread(d.id, LEAD / 2))
            if not self.desk.lead(parked, now + LEAD):
                return ev.GiveBack(now + BRIEFLY + spread(d.id, BRIEFLY))
        return None

    def _prepare(
        self, d: Delivery, briefing: Briefing, sender: Sender, watch: Stopwatch
    ) -> Delivery | None:
        """Return the delivery ready to be sent; None if it was let go for now."""
        try:
            if self._is_live(d, sender):
                return None
            for step in sender.prepare(d, briefing.version, d.parts):
                if isinstance(step, outcomes.Pending):
                    self._report(d, ev.Wait(step.look_again_in))
                    return None
                d = self._write(d, ev.StoredPart(step))
                if watch.elapsed() > PREPARE_WITHIN:
                    break
        except outcomes.NetworkError as error:
            self._refused(d, error, None)
            return None
        if watch.elapsed() > PREPARE_WITHIN:
            self._report(d, ev.GiveBack(self.clock.now()))
            return None
        return d

    def _is_live(self, d: Delivery, sender: Sender) -> bool:
        """Look before anything is sent after a refusal, which may lie (a 400 after applying)."""
        if not any(a.n > 0 and a.result is Result.REJECTED for a in d.attempts):
            return False
        looked = sender.find(d, self._tried(d), self._is_taken(d))
        if not isinstance(looked, outcomes.Found):
            return False
        self._answer(d, ev.Found(looked))
        return True

    # Sending.

    def _send(
        self,
        d: Delivery,
        briefing: Briefing,
        sender: Sender,
        watch: Stopwatch,
        sending: spending.Sending,
    ) -> None:
        d = self._intend(d)
        n = d.attempt

        def before_send() -> None:
            if watch.elapsed() > CALL_WITHIN:
                raise OutOfTime

        try:
            before_send()
            published = sender.publish(d, briefing.version, d.parts, before_send)
        except OutOfTime:
            self._answer(d, ev.NotCalled(n))
        except outcomes.NetworkError as error:
            sending.failed(error)
            self._refused(d, error, n)
        except Exception as error:  # noqa: BLE001 - whatever it is, the post may be live
            sending.failed(error)
            self._answer(d, ev.OutcomeUnknown(n, type(error).__name__))
        else:
            sending.succeeded()
            self._answer(d, ev.PublishedBy(n, published.remote_id, published.url))
            for parked in briefing.parked:
                self.desk.release(parked.scope)

    def _intend(self, d: Delivery) -> Delivery:
        try:
            after = machine.apply(d, ev.Intent(), self.clock.now())
        except Refused as refused:
            if refused.why == "late":
                self._report(d, ev.GiveBack(self.clock.now()))
            raise _Lost from refused
        return self._put(d, after)

    def _refused(self, d: Delivery, error: outcomes.NetworkError, n: int | None) -> None:
        """Report what a network answered, while preparing (``n`` is None) or to attempt n.

        An attempt's answer is applied to whatever stands; a preparation is its worker's own.
        """
        tell = self._report if n is None else self._answer
        match error:
            case outcomes.RateLimited():
                reset_at = self._bounded(error.reset_at) or self._unsaid_reset(d)
                channel, network = self.senders.scopes(d.network, d.channel)
                try:
                    tell(d, ev.RateLimited(n, reset_at, error.detail))
                finally:
                    self.desk.park(channel if error.scope == "channel" else network, reset_at)
            case outcomes.AuthExpired():
                tell(d, ev.AuthExpired(n, error.detail))
            case outcomes.Duplicate() if n is not None:
                held = functools.partial(self.deliveries.is_held, d)
                self._answer(d, evidence.of_copy(d, error, n, held))
            case outcomes.Rejected():
                tell(d, ev.Rejected(n, error.reason, error.detail))
            case outcomes.OutcomeUnknown() if n is not None:
                tell(d, ev.OutcomeUnknown(n, error.detail, error.part, error.is_taken))
            case _ if n is not None and not isinstance(error, outcomes.Transient):
                tell(d, ev.OutcomeUnknown(n, error.detail))
            case _:
                # While preparing nothing can have become public, whatever was in doubt.
                tell(d, ev.Transient(n, error.detail))

    def _bounded(self, reset_at: datetime | None) -> datetime | None:
        """A network that names a year far ahead must not park its scope for good."""
        return reset_at and min(reset_at, self.clock.now() + LONGEST_LIMIT)

    def _unsaid_reset(self, d: Delivery) -> datetime:
        times = sum(a.result is Result.RATE_LIMITED for a in d.attempts)
        return self.clock.now() + UNSAID_LIMIT * min(1 << times, 16)

    # Looking.

    def _look(self, d: Delivery, watch: Stopwatch) -> None:
        briefing = self.desk.brief(d, ())
        if briefing is None:
            self._report(d, ev.CantTell("the channel or the post is gone"))
            return
        try:
            sender = self.senders.open(briefing.channel)
            looked = sender.find(d, self._tried(d), self._is_taken(d))
        except outcomes.AuthExpired as error:
            self._report(d, ev.CantTell(error.detail))
        except outcomes.NetworkError as error:
            self._report(d, ev.LookedInVain(error.detail))
        except Exception as error:  # noqa: BLE001 - it says nothing, and must come to an end
            self._report(d, ev.LookedInVain(type(error).__name__))
        else:
            self._seen(d, looked, watch)

    def _tried(self, d: Delivery) -> Sequence[PostVersion]:
        """Return the versions that were sent, the last one first."""
        tried = {d.sent_version, *(a.version for a in d.attempts if a.n > 0)}
        return self.desk.versions(d, sorted(tried, key=lambda n: (n != d.sent_version, -n)))

    def _seen(
        self,
        d: Delivery,
        looked: outcomes.Found | outcomes.NotThere | outcomes.CantTell,
        watch: Stopwatch,
    ) -> None:
        match looked:
            case outcomes.Found():
                self._answer(d, ev.Found(looked))
            case outcomes.NotThere() if watch.elapsed() <= LIFE:
                self._report(d, ev.NotThere(looked))
            case outcomes.NotThere():
                self._report(d, ev.LookedInVain("the look took too long"))
            case outcomes.CantTell():
                self._report(d, ev.CantTell(looked.reason))

    def _is_taken(self, d: Delivery) -> Callable[[str], bool]:
        return lambda remote_id: self.deliveries.is_held(d, remote_id)

    # Following up.

    def _follow_up(self, d: Delivery) -> None:
        """Do what a change has left to do; each is tried again by the due index, 10 times."""
        done: list[str] = []
        for followup in d.followups:
            try:
                self.follows_up.follow_up(d, followup)
            except Exception as error:  # noqa: BLE001 - nothing decorative may fail a delivery
                d = self._write(d, ev.FollowUpFailed(followup.key, type(error).__name__))
            else:
                done.append(followup.key)
        if done:
            self._write(d, ev.FollowedUp(tuple(done)))

    # Writing.

    def _write(self, d: Delivery, event: ev.Event) -> Delivery:
        """Apply and store, or raise _Lost: the worker no longer holds the delivery."""
        try:
            after = machine.apply(d, event, self.clock.now())
        except Refused as refused:
            raise _Lost from refused
        return self._put(d, after)

    def _put(self, d: Delivery, after: Delivery) -> Delivery:
        try:
            return self.deliveries.put(d, after)
        except Stale as stale:
            raise _Lost from stale

    def _report(self, d: Delivery, event: ev.Event) -> None:
        """Let go of the delivery by this event, as far as the worker still holds it."""
        self._let_go(self._write(d, event))

    def _answer(self, d: Delivery, event: ev.Event) -> None:
        """Apply a certain answer to whatever stands by now."""
        for _ in range(ANSWER_TRIES):
            try:
                after = machine.apply(d, event, self.clock.now())
                written = self.deliveries.put(d, after) if after != d else d
            except Refused as refused:
                raise _Lost from refused
            except (Stale, StoreUnclear):
                d = self._stands(d)
            else:
                self._let_go(written)
                return
        raise _Lost

    def _stands(self, d: Delivery) -> Delivery:
        now = self.deliveries.get(d.workspace, d.id)
        if now is None:
            raise _Lost
        return now

    def _let_go(self, written: Delivery) -> None:
        """Do what the write has left to do at once, or see that it is looked at in time."""
        if written.followups and written.status not in machine.WORKED_ON:
            self._follow_up(written)
            return
        announce(self.queue, [written], self.clock.now())


def announce(queue: Queue, written: list[Delivery], now: datetime) -> None:
    """Put on the queue what falls due before the tick would surely have seen it."""
    queue.send(
        [
            Message(d.workspace, d.id, max(d.due_at - now, timedelta(0)))
            for d in written
            if d.due_at is not None and d.due_at <= now + ANNOUNCE
        ]
    )


def _holds_up(predecessor: Delivery, d: Delivery) -> bool:
    """Say whether a twin must be settled first: it is in doubt, or planned before this one."""
    if predecessor.status in SETTLED:
        return False
    if predecessor.status in IN_DOUBT or predecessor.why is Why.UNKNOWN:
        return True
    if predecessor.planned_at is None or d.planned_at is None:
        return False
    return (predecessor.planned_at, predecessor.id) < (d.planned_at, d.id)
