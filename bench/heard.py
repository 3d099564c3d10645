"""What listening, answering and counting take: from a comment to its answer, from a post to
its figures. The network is Mastodon, asked over HTTP as it would be."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from bench.stand import HOUR, NotPublished, Row, Stand, message
from chalicelib import jobs
from chalicelib.ids import ChannelId, MemberId, MentionId
from chalicelib.inbox.items import InboxState
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.rollups import day_of
from chalicelib.publishing.drafts import Draft, Now
from chalicelib.publishing.posts import Content
from chalicelib.publishing.schedule import zone_of
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace
from tests.fakes.api_world import Answer, Client, visitor
from tests.fakes.talking_mastodon import TalkingMastodon

OWNER = MemberId("lucie")
BROWSER = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"


def rows(stand: Stand, mastodon: TalkingMastodon, typed: Mapping[str, str]) -> Iterator[Row]:
    """Yield what each step takes, with a channel that is connected by what a person typed.

    Raises:
        NotPublished: a step didn't end as it must.
    """
    firm = stand.firm("librairie", OWNER)
    identity = ChannelId(stand.world.ids.new())
    channel = stand.world.connecting.connect(firm.id, identity, "mastodon", typed)
    her = stand.browser(OWNER)
    heard = _Heard(stand, mastodon, firm, channel, her)
    yield from heard.listening()
    yield from heard.answering()
    yield from heard.counting()


@dataclass(frozen=True, slots=True)
class _Heard:
    stand: Stand
    mastodon: TalkingMastodon
    firm: Workspace
    channel: Channel
    her: Client

    def listening(self) -> Iterator[Row]:
        """Read the channel's source: nothing new, a comment, the rest of its day."""
        yield self._work("reading a channel for the first time", "source", self.channel.id)
        self._later(HOUR)
        yield self._work("  again: nothing new", "source", self.channel.id)
        self.mastodon.say("Avez-vous le dernier Modiano ?", at=self.stand.clock.now())
        self._later(HOUR)
        yield self._work("  again: a new comment, kept", "source", self.channel.id)
        self._later(8 * HOUR)
        yield self._work("  four times a day: the last ones looked at", "source", self.channel.id)

    def answering(self) -> Iterator[Row]:
        """Look at what was said, answer it, and carry the answer out."""
        (item,) = _fine(self.her.get(self._path("inbox")))["items"]
        one = self._path(f"inbox/{item['id']}")
        yield self._ask("the inbox page with it", lambda: self.her.get(self._path("inbox")))
        yield self._ask("its conversation", lambda: self.her.get(one))
        yield self._ask("noting that it was read", lambda: self.her.post(f"{one}/read"))
        assign = {"member": OWNER}
        yield self._ask("assigning it", lambda: self.her.post(f"{one}/assign", assign))
        said: list[dict[str, Any]] = []
        body = {"text": "Oui, sous la pile !", "seen": 0}

        def answer() -> Answer:
            sent = self.her.post(f"{one}/answer", body, idempotency_key="answer")
            said.append(_fine(sent, 201))
            return sent

        yield self._ask("answering it", answer, 201)
        delivery = said[0]["delivery"]["id"]
        row = self._work("the answer delivered, and noted in the inbox", "delivery", delivery)
        self._must_be_answered(MentionId(item["id"]))
        yield Row(row.name, row.bill, is_delivery=True)

    def counting(self) -> Iterator[Row]:
        """Read the figures of a post and its channel; follow its link."""
        delivery = self._published()
        yield self._work("beginning to count what has gone live", "live", delivery)
        yield from self._readings("a post's figures", delivery)
        link = {"target": "https://librairie.example/modiano", "delivery": delivery}
        made: list[dict[str, Any]] = []

        def make() -> Answer:
            answer = self.her.post(self._path("links"), link, idempotency_key="link")
            made.append(_fine(answer, 201))
            return answer

        yield self._ask("making a tracked link", make, 201)
        path = f"/l/{made[0]['code']}"
        stranger = visitor().with_headers(user_agent=BROWSER)
        first, others = "following it, the first of the day anywhere", "following it"
        yield self._ask(first, lambda: stranger.get(path), 302)
        yield self._ask(others, lambda: stranger.get(path), 302)
        self._later(timedelta(days=1))
        yield self._work("a post's figures, with those of its link", "meter", delivery)
        yield from self._readings("a channel's figures", self.channel.id)
        self._must_be_counted()
        figures = self._path("metrics")
        _fine(self.her.get(figures))  # whoever comes back after a day has her session renewed
        yield self._ask("a month's report: one channel, two days", lambda: self.her.get(figures))

    def _readings(self, name: str, subject: str) -> Iterator[Row]:
        self._later(HOUR)
        yield self._work(f"{name}, for the first time", "meter", subject)
        self._later(timedelta(days=1))
        yield self._work("  again, the day after", "meter", subject)

    def _published(self) -> str:
        draft = Draft(
            content=Content(text="Le Modiano est là."), channels=(self.channel.id,), when=Now()
        )
        made = self.stand.world.composer.create(self.firm, OWNER, draft)
        (delivery,) = made.deliveries
        jobs.work(self.stand.world, [message(self.firm.id, "delivery", delivery.id)])
        return delivery.id

    # How each is measured, and seen to have been done.

    def _path(self, rest: str) -> str:
        return f"/v1/workspaces/{self.firm.id}/{rest}"

    def _later(self, by: timedelta) -> None:
        self.stand.clock.advance(by)

    def _work(self, name: str, kind: str, about: str) -> Row:
        failed: list[int] = []
        body = message(self.firm.id, kind, about)
        bill = self.stand.meter.of(lambda: failed.extend(jobs.work(self.stand.world, [body])))
        if failed or not bill.writes:
            raise NotPublished(f"{name}: nothing was done")
        return Row(name, bill)

    def _ask(self, name: str, ask: Callable[[], Answer], status: int = 200) -> Row:
        answers: list[Answer] = []
        bill = self.stand.meter.of(lambda: answers.append(ask()))
        if answers[0].status != status:
            raise NotPublished(f"{name}: {answers[0].text}")
        return Row(name, bill)

    def _must_be_answered(self, mention: MentionId) -> None:
        item = self.stand.world.inbox.get(self.firm.id, mention)
        if item is None or item.state is not InboxState.ANSWERED:
            raise NotPublished(f"the answer: {item}")
        if not any(status["in_reply_to_id"] for status in self.mastodon.statuses):
            raise NotPublished("the answer answers nobody")

    def _must_be_counted(self) -> None:
        zone = zone_of(self.firm.zone)
        today = day_of(self.stand.clock.now(), zone)
        found = self.stand.world.rollups.between(self.firm.id, today - timedelta(days=3), today)
        told = {metric for day in found for metric in day.moved}
        if not {Metric.LIKES, Metric.CLICKS, Metric.FOLLOWERS} <= told:
            raise NotPublished(f"counted: {sorted(told)}")


def _fine(answer: Answer, status: int = 200) -> dict[str, Any]:
    if answer.status != status:
        raise NotPublished(answer.text)
    said: dict[str, Any] = answer.json
    return said
