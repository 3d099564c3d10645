"""Lives in which something is said, answered, counted and clicked, and things go wrong.

The handlers, services and store code are the real ones, over the same scripted engine, queue
and network as the publishing lives; ``listening_judge`` says what must hold in the end.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib import jobs
from chalicelib.ids import MentionId, PostId, SourceId
from chalicelib.inbox.items import InboxItem
from chalicelib.inbox.ports import Filter
from chalicelib.inbox.refusals import AnsweredMeanwhile
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind, mention_id
from chalicelib.listening.ports import Batch
from chalicelib.listening.sources import Source
from chalicelib.measuring.askers import Asker
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.shortening import LinkDraft
from chalicelib.networks.contract import Network, Tools
from chalicelib.networks.spec import Answering
from chalicelib.publishing.deliveries import ResendClass, Topic
from chalicelib.publishing.refusals import Refusal
from chalicelib.store.connection import Store
from chalicelib.workspaces.channels import ChannelStatus
from tests.chaos.checker import told
from tests.chaos.ledger import Ledger, network
from tests.chaos.life import FINISHED, Life
from tests.chaos.steps import START, Fault, Kind, Steps

T = TypeVar("T")
CALM = timedelta(minutes=70)
"""How long a life is lived on after its last fault: a live post is counted every hour."""
A_DAY = timedelta(hours=26)
"""If that wasn't enough: what was refused is asked again the next day, and so are mails."""
MINUTES = timedelta(minutes=1)
EVERY = timedelta(minutes=5)
CLICKS = 3
ANSWER = "Merci, nous ouvrons dimanche dès 7 h."
BROWSER = Asker(headers={"user-agent": "Mozilla/5.0 (X11; Linux x86_64)"}, address="192.0.2.1")


@dataclass
class Said:
    """What people say on the network, and how its listing behaves."""

    steps: Steps
    all: list[Heard] = field(default_factory=list)
    gone: set[str] = field(default_factory=set)
    is_reversed: bool = False
    forgets: int = 0
    """Numbers that the network has forgotten: cursors up to it mean nothing any more."""
    likes: int = 0
    told_likes: list[int] = field(default_factory=list)


@dataclass
class Hearing:
    """Reads what is said and counted, two at a time."""

    said: Said
    ledger: Ledger

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """Yield what was said after the cursor."""
        at = int(cursor or 0)
        at = 0 if at < self.said.forgets or at > len(self.said.all) else at
        while True:
            page = self._io("read", lambda at=at: self.said.all[at : at + 2])  # type: ignore[misc]
            at += len(page)
            is_last = at >= len(self.said.all)
            ordered = reversed(page) if self.said.is_reversed else page
            fresh = tuple(h for h in ordered if h.said_at >= since)
            yield Batch(heard=fresh, cursor=str(at), is_last=is_last)
            if is_last:
                return

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """Yield what is gone, and what was said otherwise by now."""
        by_identity = {h.identity: h for h in self.said.all}
        for mention in self._io("look again", lambda: list(mentions)):
            identity = mention.heard.identity
            if identity in self.said.gone:
                yield mention.id, None
            elif by_identity[identity] != mention.heard:
                yield mention.id, by_identity[identity]

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """Return the account's followers."""
        return self._io("measure channel", lambda: {Metric.FOLLOWERS: 100})

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """Return a post's likes; its impressions aren't told."""

        def count() -> Mapping[Metric, int | None] | None:
            if remote_id not in self.ledger.live:
                return None
            self.said.told_likes.append(self.said.likes)
            return {Metric.LIKES: self.said.likes, Metric.IMPRESSIONS: None}

        return self._io("measure post", count)

    def _io(self, label: str, do: Callable[[], T]) -> T:
        def checked() -> T:
            self.ledger.check_token()
            return do()

        return self.said.steps.io(Kind.NET_READ, label, checked)


def something(n: int, at: datetime) -> Heard:
    """Return the nth thing said."""
    return Heard(
        identity=f"https://test.example/said/{n}",
        kind=MentionKind.REPLY,
        remote_id=f"said{n}",
        url=f"https://test.example/said/{n}",
        author=Author("https://test.example/julie", "Julie"),
        text=f"Ouvrez-vous dimanche ? ({n})",
        said_at=at,
        refs={"id": f"said{n}"},
    )


class ListeningLife(Life):
    """One firm, one channel on which people talk, one post that is counted, one link."""

    said: Said

    def __init__(self, store: Store, resend_class: ResendClass, *, seed: int = 0) -> None:
        super().__init__(store, resend_class, seed=seed, networks=self._networks(resend_class))
        self.next_sweep = START + MINUTES
        self.clicked = self.clicks_in_doubt = 0
        self.is_left_untold = False
        """The channel was broken, and nobody was told though nothing went wrong any more."""
        self.events: list[str] = []
        """What was logged since the life began."""
        with self.silence():
            self.world.attend(self.channel)
            self.link = self.world.shortening.create(
                self.workspace.id,
                LinkDraft(target="https://boulangerie.example/galette"),
                by=self.owner,
            )
        self.plans: list[tuple[datetime, Callable[[], None]]] = []
        for n, minute in enumerate((0, 0, 0, 8)):
            self._later(minute, self._saying(n))
        self._later(12, self._answer_first)
        for n in range(CLICKS):
            self._later(3 + 4 * n, self._click)
        self._later(20, self._like)
        self._later(70, self._like)

    def _networks(self, resend_class: ResendClass) -> Callable[[Ledger], Mapping[str, Network]]:
        def made(ledger: Ledger) -> Mapping[str, Network]:
            said = self.said = Said(ledger.steps)

            def hear(_: Tools) -> Hearing:
                return Hearing(said, ledger)

            own = network(ledger, resend_class)
            spec = replace(own.spec, answers=Answering(), tells=frozenset({Metric.LIKES}))
            return {spec.name: replace(own, spec=spec, hear=hear)}

        return made

    def _later(self, minutes: float, act: Callable[[], None]) -> None:
        heapq.heappush(self.plans, (START + minutes * MINUTES, len(self.plans), act))  # type: ignore[misc]

    # What happens.

    def _saying(self, n: int) -> Callable[[], None]:
        def say() -> None:
            self.said.all.append(something(n, self.clock.true - MINUTES))

        return say

    def _like(self) -> None:
        self.said.likes += 3

    def _answer_first(self) -> None:
        """A person answers what was said first, as soon as it is there, and insists."""
        mention = mention_id(self.channel.network, something(0, START).identity)

        def answer() -> None:
            self.world.answering.answer(self.workspace, self.owner, mention, ANSWER, seen=0)

        with self.as_person():
            try:
                if self._item(mention) is None:
                    self._later_from_now(5, self._answer_first)
                    return
                self.function(answer)
                if not self._has_answer(mention):
                    self._later_from_now(2, self._answer_first)
            except (Refusal, AnsweredMeanwhile):
                return

    def _has_answer(self, mention: MentionId) -> bool:
        with self.silence():
            return self.world.posts.get(self.workspace.id, self.answer_post(mention)) is not None

    def answer_post(self, mention: MentionId) -> PostId:
        """Return the id of the first answer to a mention."""
        return PostId(f"{mention}r0")

    def _later_from_now(self, minutes: float, act: Callable[[], None]) -> None:
        at = self.clock.true + minutes * MINUTES
        heapq.heappush(self.plans, (at, 1_000 + self.steps_done(), act))  # type: ignore[misc]

    def steps_done(self) -> int:
        """Return how many steps were taken: orders what is planned for one instant."""
        return len(self.steps.log)

    def _click(self) -> None:
        """Somebody follows the link; a redirect that dies may or may not have counted."""
        done: list[object] = []

        def follow() -> None:
            done.append(self.world.redirect.follow(self.link.code, BROWSER))

        self.function(follow)
        if done:
            self.clicked += 1
        else:
            self.clicks_in_doubt += 1

    @property
    def source_id(self) -> SourceId:
        """The id of what is read."""
        return SourceId(self.channel.id)

    def source(self) -> Source | None:
        """Return what is read, as it stands."""
        return self.world.sources.get(self.workspace.id, self.source_id)

    def _item(self, mention: MentionId) -> InboxItem | None:
        with self.silence():
            return self.world.inbox.get(self.workspace.id, mention)

    # How it goes on.

    def run(self, plan: Mapping[int, Fault] | None = None) -> None:
        """Live an hour and more with the plan's faults, then on until all has come round."""
        self.steps.plan = dict(plan or {})
        self.write("Le pain de seigle revient ce matin.", image=False)
        self._until(START + CALM)
        self.steps.plan.clear()
        if self._is_untold():
            self._until(self.clock.true + A_DAY)  # a mail that failed is tried again by then
            self.is_left_untold = self._is_untold()
        for calm in (CALM, CALM, A_DAY, A_DAY):
            with self.silence():
                self._resume_source()
            self.settle()
            self._until(self.clock.true + calm)
            if self._has_come_round():
                return

    def _is_untold(self) -> bool:
        with self.silence():
            channel = self.world.channels.get(self.workspace.id, self.channel.id)
        is_broken = channel is not None and channel.status is ChannelStatus.BROKEN
        return is_broken and not told(self, Topic.RECONNECT)

    def _has_come_round(self) -> bool:
        deliveries = self.deliveries()
        if not all(d.status in FINISHED for d in deliveries):
            return False
        with self.silence():
            counted = [self.channel.id, *(d.id for d in deliveries if not d.answers)]
            meters = [self.world.meters.get(self.workspace.id, subject) for subject in counted]
        return all(m is not None and m.read_at is not None and not m.failures for m in meters)

    def _resume_source(self) -> None:
        """A person reconnects the channel: what listens and counts goes on too."""
        self.world.attend(self.channel)
        source = self.source()
        if source is not None and source.due_at is None:
            self.world.watching.resume(self.workspace.id, source.id)

    def settle(self) -> None:
        """Settle the answer too, which no list of posts holds."""
        mention = mention_id(self.channel.network, something(0, START).identity)
        post = self.answer_post(mention)
        if post not in self.posts and self._has_answer(mention):
            self.posts.append(post)
        super().settle()

    def _until(self, end: datetime) -> None:
        while True:
            planned = [self.plans[0][0]] if self.plans else []
            at = min(
                [self.next_tick, self.next_sweep, *planned, *(m[0] for m in self.queue.waiting[:1])]
            )
            if at > end:
                self.clock.true = max(self.clock.true, end)
                return
            self.clock.true = max(self.clock.true, at)
            if planned and planned[0] <= self.clock.true:
                heapq.heappop(self.plans)[2]()  # type: ignore[misc]
            elif self.queue.waiting and self.queue.waiting[0][0] <= self.clock.true:
                _, _, body = heapq.heappop(self.queue.waiting)
                self.function(lambda body=body: jobs.work(self.world, [body]))  # type: ignore[misc]
            elif self.next_sweep <= self.clock.true:
                self.next_sweep = self._sweep_after()
                self.function(lambda: jobs.poll_mentions(self.world))
                self.function(lambda: jobs.aggregate_metrics(self.world))
            else:
                self.next_tick = self._tick_after()
                self.function(lambda: jobs.publish_due(self.world))

    def _tick_after(self) -> datetime:
        """Skip the ticks that would find nothing; without one in sight look again soon."""
        if self._next_due() is None:
            return self.next_tick + EVERY
        return super()._tick_after()

    def _sweep_after(self) -> datetime:
        """Skip the sweeps that would find nothing."""
        far = START + timedelta(days=30)
        due = [
            row[2]
            for kind in ("source", "meter", "live", "snooze")
            for row in self._read(kind, lambda kind=kind: self.world.due.due(kind, 0, None, far, 1))  # type: ignore[misc]
        ]
        following = self.next_sweep + EVERY
        if not due or min(due) <= following:
            return following
        return following + (min(due) - following) // EVERY * EVERY

    # What stands.

    def items(self) -> list[InboxItem]:
        """Return the whole inbox."""
        with self.silence():
            return list(self.world.inbox.page(self.workspace.id, Filter(state=None), 50).items)
