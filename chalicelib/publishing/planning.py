"""What an act of a person changes: the deliveries, each with what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from chalicelib.clock import Clock
from chalicelib.ids import ONCE, ChannelId, DeliveryId, Ids, PostId, WorkspaceId, delivery_id
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.chaining import Chainer, Pairs
from chalicelib.publishing.deliveries import Delivery, Refused, ResendClass, Status
from chalicelib.publishing.drafts import Draft, Now, Unscheduled, When
from chalicelib.publishing.keys import remote_key
from chalicelib.publishing.ports import Channels, Checks
from chalicelib.publishing.posts import (
    Content,
    Post,
    PostVersion,
    Variant,
    content_for,
    excerpt,
    text_hash,
)
from chalicelib.publishing.refusals import Fault, Invalid, TooLate
from chalicelib.publishing.schedule import Moment, Shift, planned, resolve, zone_of
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Workspace

MAX_CHANNELS = 24
"""Deliveries of one post: with their predecessors well inside a transaction's 100 items."""


@dataclass(slots=True, kw_only=True)
class Change:
    """What one act would write, gathered before it is committed."""

    after: Post | None = None
    version: PostVersion | None = None
    pairs: Pairs = field(default_factory=list)
    untouched: list[Delivery] = field(default_factory=list)
    too_late: list[Delivery] = field(default_factory=list)
    shift: Shift | None = None

    def apply(self, delivery: Delivery, events: Sequence[ev.Event], now: datetime) -> None:
        """Note what becomes of a delivery by these events in a row, or that it is too late."""
        after = delivery
        try:
            for event in events:
                after = machine.apply(after, event, now)
        except Refused:
            self.untouched.append(delivery)
            self.too_late.append(delivery)
        else:
            self.pairs.append((delivery, after))

    def refuse_if_too_late(self, post: PostId) -> None:
        """Refuse an act that changes nothing of its own post, since all of it is going out.

        Raises:
            TooLate: with the deliveries that it came too late for.
        """
        if self.too_late and all(after.post != post for _, after in self.pairs):
            raise TooLate(self.too_late)


@dataclass(frozen=True, slots=True)
class _Written:
    """What a delivery is told of the version that it gets."""

    text_hash: str
    has_comment: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Planner:
    """Turns what a person wants into what becomes of each delivery."""

    clock: Clock
    ids: Ids
    channel_store: Channels
    checks: Checks
    chainer: Chainer
    resend_class: Callable[[str], ResendClass]
    """Of a network, by its name."""

    def channels(self, workspace: WorkspaceId, wanted: Sequence[ChannelId]) -> list[Channel]:
        """Return the channels of these ids.

        Raises:
            Invalid: one isn't a connected channel of this firm, or they are too many.
        """
        if len(wanted) > MAX_CHANNELS or len(set(wanted)) < len(wanted):
            raise Invalid([Fault("/channels", "too-many-channels", {"max": MAX_CHANNELS})])
        found = []
        for number, channel_id in enumerate(wanted):
            channel = self.channel_store.get(workspace, channel_id)
            if channel is None or channel.status is ChannelStatus.DISCONNECTED:
                raise Invalid([Fault(f"/channels/{number}", "unknown-channel")])
            found.append(channel)
        return found

    def still_there(
        self, workspace: WorkspaceId, wanted: Sequence[ChannelId]
    ) -> tuple[ChannelId, ...]:
        """Return those of these channels that haven't been disconnected."""
        found = ((c, self.channel_store.get(workspace, c)) for c in wanted)
        gone = ChannelStatus.DISCONNECTED
        return tuple(c for c, channel in found if channel and channel.status is not gone)

    def check(
        self,
        content: Content,
        variants: Mapping[ChannelId, Variant],
        channels: Sequence[Channel],
    ) -> None:
        """Refuse what a chosen channel wouldn't take.

        Raises:
            Invalid: with every fault of every channel, or because no channel is chosen.
        """
        if not channels:
            raise Invalid([Fault("/channels", "no-channel")])
        faults = []
        for channel in channels:
            variant = variants.get(channel.id)
            for fault in self.checks.faults(channel, content_for(content, variant)):
                pointer = _pointer(fault.pointer, variant, channel.id)
                params = {**fault.params, "channel": channel.name}
                faults.append(replace(fault, pointer=pointer, params=params))
        if faults:
            raise Invalid(faults)

    def moment(self, when: When, now: datetime) -> Moment | None:
        """Return the instant that a person chose; None for a draft without a time.

        Raises:
            Invalid: the zone is unknown, or the time of a post that is to go out is past.
        """
        if isinstance(when, Now):
            return Moment(now)
        if isinstance(when, Unscheduled):
            return resolve(when.at.local, zone_of(when.at.zone)) if when.at else None
        return planned(when.local, when.zone, now)

    def add(
        self,
        change: Change,
        head: Post,
        version: PostVersion,
        channel: Channel,
        now: datetime,
        occurrence: str = ONCE,
    ) -> None:
        """Add a new delivery of the post on a channel, and note on its twin that it waits."""
        content = version.content_for(channel.id)
        identity = delivery_id(head.id, channel.id, occurrence)
        wanted = text_hash(content)
        links = self.chainer.place(change.pairs, head, channel.id, wanted, identity)
        due = None if head.is_draft or not head.planned_at else max(head.planned_at, now)
        new = Delivery(
            workspace=head.workspace,
            id=identity,
            post=head.id,
            channel=channel.id,
            network=channel.network,
            resend_class=self._resend_class(head, content, channel),
            status=Status.DRAFT if head.is_draft else Status.SCHEDULED,
            due_at=due,
            planned_at=head.planned_at,
            latest_at=head.planned_at + head.useful_for if head.planned_at else None,
            version=version.n,
            text_hash=wanted,
            key=remote_key(identity, content, now),
            after=links.after,
            awaited_by=links.awaited_by,
            answers=head.answers,
            comments_on=head.comments_on,
            has_comment=self.checks.takes_first_comment(channel, content),
        )
        change.pairs.append((None, new))

    def _resend_class(self, head: Post, content: Content, channel: Channel) -> ResendClass:
        """A comment on what only a person knows the place of is put there by a person."""
        if head.comments_on is not None and not content.answers:
            return ResendClass.PERSON
        return self.resend_class(channel.network)

    def edited(
        self,
        workspace: Workspace,
        head: Post,
        deliveries: Sequence[Delivery],
        draft: Draft,
        version: PostVersion,
    ) -> Change:
        """Return what giving this version and time to a post changes.

        ``version`` is a new one, or the current one where only the time is chosen.

        Raises:
            TooLate: every delivery is going out, or out.
            Invalid: with every fault of the draft.
        """
        now = self.clock.now()
        channels = self.channels(workspace.id, draft.channels)
        moment = self._new_moment(head, draft.when, now)
        stays_draft = head.is_draft and isinstance(draft.when, Unscheduled)
        if not stays_draft:
            self.check(draft.content, draft.variants, channels)
        after = replace(
            head,
            version=version.n,
            channels=draft.channels,
            planned_at=moment.at if moment else None,
            useful_for=draft.useful_for or head.useful_for,
            is_draft=stays_draft,
            excerpt=excerpt(draft.content),
            updated_at=now,
        )
        change = Change(after=after, shift=moment.shift if moment else None)
        change.version = version if version.n != head.version else None
        active = [d for d in deliveries if d.status is not Status.CANCELLED]
        change.untouched += [d for d in deliveries if d.status is Status.CANCELLED]
        for d in active:
            written = self._written(version, channels, d)
            change.apply(d, self._events(change, head, after, d, written), now)
        for channel in channels:
            if not any(d.channel == channel.id for d in active):
                times = sum(d.channel == channel.id for d in deliveries)
                self.add(change, after, version, channel, now, str(times))
        change.refuse_if_too_late(head.id)
        return change

    def moved(self, head: Post, deliveries: Sequence[Delivery], when: When) -> Change:
        """Return what another time changes.

        Raises:
            TooLate: every delivery is going out, or out.
        """
        now = self.clock.now()
        moment = self.moment(when, now)
        assert moment is not None, "a time is always chosen here"
        after = replace(head, planned_at=moment.at, updated_at=now)
        change = Change(after=after, shift=moment.shift)
        for d in deliveries:
            if d.status is Status.CANCELLED:
                change.untouched.append(d)
                continue
            links = self.chainer.place(change.pairs, after, d.channel, d.text_hash, d.id)
            awaited = [ev.Awaited(other) for other in links.awaited_by]
            change.apply(d, [self._reschedule(after, links.after), *awaited], now)
        change.refuse_if_too_late(head.id)
        return change

    # One delivery of an edit.

    def _written(
        self, version: PostVersion, channels: Sequence[Channel], d: Delivery
    ) -> _Written | None:
        """Return what a version says on a delivery's channel; None if it is left out."""
        content = version.content_for(d.channel)
        channel = next((c for c in channels if c.id == d.channel), None)
        if channel is None:
            return None
        return _Written(text_hash(content), self.checks.takes_first_comment(channel, content))

    def _events(
        self, change: Change, head: Post, after: Post, d: Delivery, written: _Written | None
    ) -> list[ev.Event]:
        if written is None:
            return [ev.Cancel(self.ids.new())]
        links = self.chainer.place(change.pairs, after, d.channel, written.text_hash, d.id)
        twin = links.after
        events: list[ev.Event] = []
        if after.version != head.version:
            events.append(
                ev.Edit(
                    act=self.ids.new(),
                    version=after.version,
                    text_hash=written.text_hash,
                    after=twin,
                    has_comment=written.has_comment,
                )
            )
        if d.status is Status.DRAFT and not after.is_draft:
            assert after.planned_at is not None, "a post that leaves the draft has a time"
            latest = after.planned_at + after.useful_for
            events.append(
                ev.Schedule(
                    act=self.ids.new(), planned_at=after.planned_at, latest_at=latest, after=twin
                )
            )
        elif _moves(head, after):
            events.append(self._reschedule(after, twin))
        return [*events, *(ev.Awaited(other) for other in links.awaited_by)]

    def _reschedule(self, after: Post, twin: DeliveryId | None) -> ev.Reschedule:
        latest = after.planned_at + after.useful_for if after.planned_at else None
        return ev.Reschedule(
            act=self.ids.new(), planned_at=after.planned_at, latest_at=latest, after=twin
        )

    def _new_moment(self, head: Post, when: When, now: datetime) -> Moment | None:
        """Return the chosen instant; the post's own time, though past, isn't chosen anew."""
        if isinstance(when, Unscheduled) and not head.is_draft:
            raise Invalid([Fault("/when", "already-scheduled")])
        if not isinstance(when, Now | Unscheduled):
            same = resolve(when.local, zone_of(when.zone))
            if same.at == head.planned_at and not head.is_draft:
                return same
        return self.moment(when, now)


def _moves(head: Post, after: Post) -> bool:
    return (head.planned_at, head.useful_for) != (after.planned_at, after.useful_for)


def _pointer(pointer: str, variant: Variant | None, channel: ChannelId) -> str:
    """Point into the variant where it is the variant that is at fault."""
    name = pointer.split("/")[1] if "/" in pointer else ""
    own = variant is not None and getattr(variant, name, None) is not None
    return f"/variants/{channel}{pointer}" if own else pointer
