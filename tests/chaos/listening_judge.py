"""Judges a listening life: nothing said lost or doubled, no answer doubled, every total right.

Whoever must mend something was told, and thirteen months later nothing is left to count.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from chalicelib.ids import DeliveryId
from chalicelib.inbox.items import KEPT, InboxState
from chalicelib.listening.mentions import mention_id
from chalicelib.listening.sources import READ_BACK
from chalicelib.mail.wording import FR
from chalicelib.measuring.rollups import (
    Series,
    SubjectDay,
    channel_day,
    day_of,
    subject_day,
)
from chalicelib.measuring.snapshots import Snapshot
from chalicelib.publishing.deliveries import Status, Topic
from tests.chaos.life import FINISHED
from tests.chaos.listening import ListeningLife, something
from tests.chaos.steps import START

PARIS = ZoneInfo("Europe/Paris")
FAR = START + timedelta(days=30)


def judge(life: ListeningLife) -> list[str]:
    """Return what is wrong with a life that has ended; empty if nothing is."""
    with life.silence():
        return [
            *_told(life),
            *_said(life),
            *_answered(life),
            *_counted(life),
            *_clicked(life),
            *_ended(life),
        ]


def _told(life: ListeningLife) -> Iterator[str]:
    if life.is_left_untold:
        yield "the channel is broken, and nobody was told"
    subject = FR[Topic.RECONNECT].subject.format(channel=life.channel.name)
    mails = Counter(life.box.named.values())[subject]
    if mails > 1:
        yield f"told by {mails} mails that the channel is broken"


def _said(life: ListeningLife) -> Iterator[str]:
    items = life.items()
    told = Counter(item.mention.heard.identity for item in items)
    wanted = Counter(h.identity for h in life.said.all if h.said_at > START - READ_BACK)
    if told != wanted:
        yield f"said {sorted(wanted)}, in the inbox {sorted(told.elements())}"
    counts = life.world.inbox.counts(life.workspace.id)
    opened = [item for item in items if item.state is InboxState.OPEN]
    unread = sum(item.is_unread for item in opened)
    if (counts.open, counts.unread) != (len(opened), unread):
        yield f"counts say {counts.open} open, {counts.unread} unread; {len(opened)}, {unread} are"


def _answered(life: ListeningLife) -> Iterator[str]:
    mention = mention_id(life.channel.network, something(0, START).identity)
    post = life.answer_post(mention)
    item = life.world.inbox.get(life.workspace.id, mention)
    for delivery in life.world.posts.deliveries(life.workspace.id, post):
        live = life.live(delivery)
        if len(live) > 1:
            yield f"answered {len(live)} times"
        if delivery.status not in FINISHED:
            yield f"the answer is stuck: {delivery.status} {delivery.why}"
        is_known = item is not None and delivery.id in item.answers
        if not is_known:
            yield "the item doesn't know its answer"
        if delivery.status is Status.PUBLISHED and (item is None or item.state is InboxState.OPEN):
            yield "an answer is live and its item open"


def _counted(life: ListeningLife) -> Iterator[str]:
    """Every total equals what all snapshots from the beginning make of it.

    What a person says is live, without an address, is known to nobody by an id: not counted.
    """
    world, firm, channel = life.world, life.workspace.id, life.channel.id
    posts = [d.id for d in life.deliveries() if not d.answers]
    days: dict[date, dict[str, SubjectDay]] = {}
    for subject in [channel, *posts]:
        meter = world.meters.get(firm, subject)
        if meter is None:
            delivery = world.deliveries.get(firm, DeliveryId(subject))
            if delivery is None or delivery.status is Status.PUBLISHED:
                yield f"nobody counts {subject}"
            continue
        told = list(world.snapshots.of(firm, subject, START, FAR))
        if not told and (subject == channel or meter.remote_id):
            yield f"{subject} was never counted"
        for day in {day_of(s.at, PARIS) for s in told}:
            own = [s for s in told if day_of(s.at, PARIS) == day]
            before = _last([s for s in told if day_of(s.at, PARIS) < day])
            made = subject_day(own, before, of=meter, zone=PARIS, day=day)
            stands = world.rollups.subject(firm, channel, subject, day)
            if stands is None or stands.moved != made.moved:
                yield f"{subject} on {day}: {stands and stands.moved} instead of {made.moved}"
            days.setdefault(day, {})[subject] = made
    for day, of in days.items():
        wanted = channel_day(of.get(channel), [made for s, made in of.items() if s != channel])
        total = world.rollups.channel(firm, channel, day)
        if total is None or total.moved != wanted:
            yield f"the channel on {day}: {total and total.moved} instead of {wanted}"


def _last(told: Sequence[Snapshot]) -> Mapping[Series, int]:
    last: dict[Series, int] = {}
    for snapshot in sorted(told, key=lambda s: s.at):
        for metric, count in snapshot.counters.items():
            if count is not None:
                last[snapshot.origin, metric] = count
    return last


def _clicked(life: ListeningLife) -> Iterator[str]:
    days = life.world.links.days(life.link.code, START.date(), START.date() + timedelta(days=2))
    uncounted = sum(event.startswith("click_not_counted") for event in life.events)
    people = sum(day.people for day in days)
    if people < life.clicked - uncounted:
        yield f"{life.clicked} clicks, {uncounted} said to be uncounted, {people} counted"
    if people > 2 * (life.clicked + life.clicks_in_doubt):
        yield f"{people} clicks counted of {life.clicked}"


def _ended(life: ListeningLife) -> Iterator[str]:
    """What was said has had its time: whatever went wrong before, nothing is left to count."""
    life.clock.true = max(life.clock.true, START + KEPT)
    world, firm, now = life.world, life.workspace.id, life.clock.now()
    for of, day, _ in world.due.due("ending", 0, None, now, 100):
        if of == firm:
            world.triage.retire(firm, date.fromisoformat(day))
    counts = world.inbox.counts(firm)
    if (counts.open, counts.unread) != (0, 0):
        yield f"thirteen months later {counts.open} are open, {counts.unread} unread"
