"""What time brings to what is heard, over the real engine: channels break, inboxes end."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest

from chalicelib import jobs
from chalicelib.bootstrap import Parts, World
from chalicelib.ids import ChannelId, RandomIds, SourceId
from chalicelib.inbox import items
from chalicelib.inbox.items import BEFORE_THE_END, KEPT, InboxItem, InboxState, day_of, ending_at
from chalicelib.inbox.ports import Filter
from chalicelib.listening.sources import SourceStatus
from chalicelib.mail.transports import Folder
from chalicelib.networks.mastodon import SPEC
from chalicelib.networks.senders import limits_to_json
from chalicelib.publishing.deliveries import Status
from chalicelib.publishing.drafts import Draft, Now
from chalicelib.publishing.posts import Content
from chalicelib.settings import load
from chalicelib.store.due import Due
from chalicelib.store.read import query
from chalicelib.store.tables import CORE
from chalicelib.workspaces.channels import ChannelStatus
from chalicelib.workspaces.workspaces import Language, Role
from tests.fakes.clocks import SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.inbox_looks import rows
from tests.fakes.memory_queue import MemoryQueue
from tests.fakes.memory_workspaces import MemoryBucket
from tests.fakes.said import mention
from tests.store_fixtures import (
    NOON,
    Fault,
    Tables,
    a_channel,
    a_member,
    a_workspace,
    passes,
)

CHANNEL = ChannelId("chan1")
LEA = a_member(workspace=FIRM, language=Language.FR)
MINUTES = timedelta(minutes=5)
DAY = timedelta(days=1)
FAR = timedelta(days=3650)


@dataclass
class Firm:
    """A firm with one channel that is listened to, and the schedules' functions over it."""

    world: World
    clock: SettableClock
    queue: MemoryQueue
    mails: Path

    def tick(self) -> list[int]:
        """Do what is due now; return the messages that failed."""
        jobs.publish_due(self.world)
        jobs.poll_mentions(self.world)
        failed = []
        while messages := self.queue.take():
            for message in messages:
                about = {"workspace": FIRM, "kind": message.kind, "about": message.about}
                failed += jobs.work(self.world, [json.dumps(about)])
        return failed

    def told(self) -> list[EmailMessage]:
        """Return the mails so far."""
        read = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes
        return [read(path.read_bytes()) for path in sorted(self.mails.glob("*.eml"))]

    def status(self) -> ChannelStatus:
        channel = self.world.channels.get(FIRM, CHANNEL)
        assert channel is not None
        return channel.status

    def publish(self) -> Status:
        """Let a person publish at once; return what becomes of the delivery."""
        firm = self.world.workspaces.get(FIRM)
        assert firm is not None
        draft = Draft(content=Content(text="Ouvert"), channels=(CHANNEL,), when=Now())
        made = self.world.composer.create(firm, LEA.id, draft)
        self.tick()
        delivery = self.world.deliveries.get(FIRM, made.deliveries[0].id)
        assert delivery is not None
        return delivery.status


@pytest.fixture
def firm(tables: Tables, clock: SettableClock, tmp_path: Path) -> Firm:
    queue = MemoryQueue(clock)
    world = World(
        Parts(
            settings=load({"RELAIS_DATA": str(tmp_path), "RELAIS_PUBLIC_URL": "https://r.test"}),
            clock=clock,
            ids=RandomIds(),
            store=lambda: tables.store,
            root_key=lambda: b"k" * 32,
            queue=lambda: queue,
            bucket=MemoryBucket,
            transport=lambda: Folder(tmp_path / "mail"),
            wait=lambda _: None,
        )
    )
    world.workspaces.put(None, a_workspace(FIRM))
    world.members.put(LEA)
    paul = a_member("paul", workspace=FIRM, role=Role.APPROVER, language=Language.EN)
    world.members.put(paul)
    world.members.put(a_member("theo", workspace=FIRM, role=Role.EDITOR))
    limits = limits_to_json(SPEC.limits)
    channel = world.channels.put(None, a_channel(workspace=FIRM, limits=limits))
    world.watching.connected(channel)
    return Firm(world, clock, queue, tmp_path / "mail")


# A channel whose token is refused: it has no secrets in the vault.


@pytest.fixture
def deaf(firm: Firm) -> Firm:
    """A firm whose channel was refused once while it was read."""
    firm.tick()
    assert (firm.status(), firm.told()) == (ChannelStatus.CONNECTED, [])
    firm.clock.advance(MINUTES)
    return firm


def subjects(firm: Firm) -> list[tuple[str, str]]:
    return sorted((str(mail["To"]), str(mail["Subject"])) for mail in firm.told())


TOLD = [
    ("lea@boulangerie.example", "À reconnecter\u00a0: Boulangerie Martin"),
    ("paul@boulangerie.example", "To reconnect: Boulangerie Martin"),
]


def test_a_channel_refused_while_it_is_read_is_told_to_those_who_can_mend_it(deaf: Firm) -> None:
    deaf.tick()
    assert (deaf.status(), subjects(deaf)) == (ChannelStatus.BROKEN, TOLD)
    assert all(f"https://r.test/canaux#{CHANNEL}" in str(m.get_content()) for m in deaf.told())
    source = deaf.world.sources.get(FIRM, SourceId(CHANNEL))
    assert source is not None
    assert (source.status, source.due_at) == (SourceStatus.BLOCKED, None)


def test_its_deliveries_tell_nobody_a_second_time(deaf: Firm) -> None:
    deaf.tick()
    assert deaf.publish() is Status.BLOCKED_AUTH
    deaf.clock.advance(MINUTES)
    deaf.tick()
    assert subjects(deaf) == TOLD


def test_what_its_deliveries_have_told_listening_tells_nobody_again(firm: Firm) -> None:
    channel = firm.world.channels.get(FIRM, CHANNEL)
    assert channel is not None
    firm.world.channels.mark_broken(channel, "401", NOON)
    assert firm.publish() is Status.BLOCKED_AUTH
    assert subjects(firm) == TOLD
    firm.clock.advance(MINUTES)
    firm.tick()
    source = firm.world.sources.get(FIRM, SourceId(CHANNEL))
    assert source is not None
    assert (source.status, source.due_at) == (SourceStatus.BLOCKED, None)
    assert subjects(firm) == TOLD


# Thirteen months.


FIRST = NOON.date()
ENDS = ending_at(FIRST)


def agree(firm: Firm) -> int:
    """Return how many are open, having seen that lists and counts say the same."""
    inbox = firm.world.inbox
    opened = inbox.page(FIRM, Filter(), 50).items
    unread = inbox.page(FIRM, Filter(state=None, is_unread=True), 50).items
    counts = inbox.counts(FIRM)
    assert (counts.open, counts.unread) == (len(opened), len(unread))
    assigned = [item for item in opened if item.assignee is not None]
    assert sum(counts.by_assignee.values()) == len(assigned)
    return counts.open


def due(firm: Firm) -> int:
    """Return how many days of the inbox are still to end, whenever that is."""
    found = Due(firm.world.store).due("ending", 0, None, firm.clock.now() + FAR, 100)
    return len(found)


def keep(firm: Firm, n: int, **changes: Any) -> InboxItem:
    said = mention(n, at=firm.clock.now(), **changes)
    assert firm.world.inbox_shelf.keep(said)
    return firm.world.triage.get(FIRM, said.id)


@pytest.fixture
def year(firm: Firm) -> Firm:
    """A firm that heard things on two days, a year ago, and has read nothing since."""
    triage = firm.world.triage
    firm.world.watching.pause(FIRM, SourceId(CHANNEL))
    for n in range(4):
        keep(firm, n)
    triage.read(FIRM, keep(firm, 4).id)
    triage.assign(FIRM, keep(firm, 5).id, LEA.id)
    triage.snooze(FIRM, keep(firm, 6).id, firm.clock.now() + timedelta(days=366))
    triage.close(FIRM, keep(firm, 7).id, InboxState.DONE, LEA.id)
    firm.clock.advance(DAY)
    keep(firm, 8)
    firm.clock.at_least(ENDS - DAY)
    assert firm.tick() == []  # what was snoozed is back
    assert (agree(firm), due(firm)) == (8, 2)
    return firm


def test_lists_and_counts_agree_at_every_moment_though_nothing_is_read(year: Firm) -> None:
    left = []
    while year.clock.now() < NOON + DAY + KEPT + DAY:
        year.tick()
        left.append(agree(year))
        year.clock.advance(timedelta(hours=6))
    assert list(dict.fromkeys(left)) == [8, 1, 0]
    assert due(year) == 0


def test_what_ended_leaves_nothing_and_what_is_closed_is_shown_to_its_last_moment(
    year: Firm,
) -> None:
    everything = Filter(state=None)
    year.clock.at_least(ENDS)
    old = year.world.inbox.page(FIRM, everything, 50).items
    year.tick()
    stand = year.world.inbox.page(FIRM, everything, 50).items
    assert [i.state for i in stand] == [InboxState.OPEN, InboxState.DONE]
    gone = [item for item in old if item.id not in {i.id for i in stand}]
    assert len(gone) == 7
    assert [row for item in gone for row in rows(year.world.store, item)] == []
    year.clock.at_least(ENDS + BEFORE_THE_END + DAY)
    (last,) = year.world.inbox.page(FIRM, everything, 50).items
    assert day_of(last) == FIRST + DAY


def test_a_day_is_due_once_however_much_was_said_and_costs_nothing_when_it_is_over(
    year: Firm, tables: Tables
) -> None:
    year.clock.at_least(ENDS + DAY)
    year.tick()
    assert due(year) == 0
    assert [i["sk"] for i in query(tables.store, CORE, f"W#{FIRM}") if "IN#" in i["sk"]] == []
    tables.calls.take()
    jobs.poll_mentions(year.world)
    assert [name for name, _ in tables.calls.take()] == ["Query"] * 4
    assert year.queue.take() == []


def test_ended_twice_and_by_two_at_once_it_counts_once(year: Firm, tables: Tables) -> None:
    year.clock.at_least(ENDS)
    triage = year.world.triage

    def other(session: Any, request: Any) -> None:
        triage.retire(FIRM, FIRST)

    tables.faults.plan("TransactWriteItems", passes, other)
    triage.retire(FIRM, FIRST)
    triage.retire(FIRM, FIRST)
    assert (agree(year), due(year), tables.faults.left) == (1, 1, 0)


class Killed(BaseException):
    """The function dies here."""


def killed_before(session: Any, request: Any) -> None:
    raise Killed


def killed_after(session: Any, request: Any) -> None:
    session.send(request)
    raise Killed


@pytest.mark.parametrize("fault", [killed_before, killed_after])
@pytest.mark.parametrize(
    ("operation", "nth"),
    [*(("TransactWriteItems", n) for n in range(8)), ("BatchWriteItem", 0), ("BatchWriteItem", 6)],
)
def test_cut_short_at_any_write_the_next_tick_ends_it_and_the_counts_are_exact(
    year: Firm, tables: Tables, operation: str, nth: int, fault: Fault
) -> None:
    """Seven items are taken away, their words before them, and then their day."""
    year.clock.at_least(ENDS)
    tables.faults.plan(operation, *[passes] * nth, fault)
    with pytest.raises(Killed):
        year.tick()
    year.queue.empty()
    agree(year)
    year.clock.advance(MINUTES)
    assert year.tick() == []
    assert (agree(year), due(year)) == (1, 1)


def test_what_is_reopened_when_its_day_has_ended_ends_too(year: Firm) -> None:
    year.clock.at_least(ENDS)
    year.tick()
    done = year.world.inbox.page(FIRM, Filter(state=InboxState.DONE), 50).items[0]
    year.world.triage.reopen(FIRM, done.id)
    assert (agree(year), due(year)) == (2, 2)
    year.clock.advance(MINUTES)
    year.tick()
    assert (agree(year), due(year)) == (1, 1)


def test_what_begins_to_count_while_its_day_ends_is_not_forgotten(
    year: Firm, tables: Tables
) -> None:
    """The one who reopens it has written when nothing was left, and before the day is done."""
    done = year.world.inbox.page(FIRM, Filter(state=InboxState.DONE), 50).items[0]
    year.clock.at_least(ENDS)

    def reopened(session: Any, request: Any) -> None:
        year.world.triage.reopen(FIRM, done.id)

    tables.faults.plan("TransactWriteItems", *[passes] * 7, reopened)
    assert year.tick() == []
    assert (agree(year), due(year)) == (2, 2)
    year.clock.advance(MINUTES)
    year.tick()
    assert (agree(year), due(year)) == (1, 1)


@pytest.mark.parametrize(
    "change",
    [
        items.read,
        lambda item: items.assigned(item, LEA.id),
        lambda item: items.snoozed(item, NOON + DAY),
    ],
)
def test_triage_of_what_counts_already_does_not_write_its_day(
    year: Firm, tables: Tables, change: Callable[[InboxItem], InboxItem]
) -> None:
    item = keep(year, 20)
    stands = year.world.inbox.ends(FIRM, day_of(item))
    year.world.inbox.put(item, change(item))
    assert year.world.inbox.ends(FIRM, day_of(item)) == stands
    year.world.inbox.put(None, replace(items_like(year), state=InboxState.DONE, is_unread=False))
    assert year.world.inbox.ends(FIRM, day_of(item)) == stands


def items_like(firm: Firm) -> InboxItem:
    return InboxItem(mention=mention(30, at=firm.clock.now()))


# What a network's terms let be kept for a while only.

WHILE = timedelta(hours=48)


def told_under_terms(firm: Firm, n: int) -> InboxItem:
    said = mention(n, at=firm.clock.now(), keeps=WHILE)
    firm.world.inbox_shelf.keep(said)
    stored = firm.world.inbox.get(FIRM, said.id)
    assert stored is not None
    return stored


def test_what_terms_forbid_to_keep_is_gone_in_time_with_its_counts(
    firm: Firm, tables: Tables
) -> None:
    item = told_under_terms(firm, 1)
    firm.world.triage.read(FIRM, item.id)
    assert firm.world.inbox.counts(FIRM).open == 1
    firm.clock.advance(items.parts_at(item) - firm.clock.now() - timedelta(minutes=1))
    assert firm.tick() == []
    assert firm.world.inbox.get(FIRM, item.id) is not None
    firm.clock.advance(timedelta(minutes=1))
    assert firm.tick() == firm.tick() == []
    assert firm.world.inbox.get(FIRM, item.id) is None
    assert rows(tables.store, item) == []
    assert (firm.world.inbox.counts(FIRM).open, firm.world.inbox.counts(FIRM).unread) == (0, 0)
    assert not Due(tables.store).due("parting", 0, None, firm.clock.now() + FAR, 9)
    firm.world.inbox_shelf.keep(item.mention)  # told again by the network
    assert firm.world.inbox.get(FIRM, item.id) is None


def test_what_is_over_by_terms_is_shown_no_more_though_a_tick_is_late(firm: Firm) -> None:
    item = told_under_terms(firm, 1)
    firm.clock.advance(WHILE)
    assert firm.world.inbox.get(FIRM, item.id) is None
    assert firm.world.inbox.page(FIRM, Filter(state=None), 9).items == []
    assert firm.tick() == []
    assert firm.world.inbox.counts(FIRM).open == 0


def test_a_network_without_terms_parts_with_nothing(firm: Firm) -> None:
    said = mention(2, at=firm.clock.now())
    firm.world.inbox_shelf.keep(said)
    firm.clock.advance(timedelta(days=60))
    assert firm.tick() == []
    assert firm.world.inbox.get(FIRM, said.id) is not None
