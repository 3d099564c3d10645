"""Random acts on the inbox of the real engine: lists and counts equal a recount each time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from chalicelib.ids import MemberId, SourceId, WatchId
from chalicelib.inbox.items import InboxState
from chalicelib.inbox.ports import Filter, Inbox
from chalicelib.inbox.shelf import InboxShelf
from chalicelib.inbox.triage import Triage
from chalicelib.listening.matching import words_of
from chalicelib.listening.mentions import Mention
from chalicelib.publishing.refusals import NotFound
from chalicelib.store.inbox import Inbox as StoredInbox
from tests.fakes.clocks import SettableClock
from tests.fakes.firm import FIRM
from tests.fakes.inbox_looks import snoozed_until
from tests.fakes.memory_inbox import MemoryInbox
from tests.fakes.memory_workspaces import MemoryMembers
from tests.fakes.said import mention
from tests.store_fixtures import NOON, Tables, a_member

MENTIONS = 4
TEXTS = ("La galette est bonne", "Une brioche, des galettes", "Rien", "")
NETWORKS = ("mastodon", "bluesky")
MEMBERS = (MemberId("lea"), MemberId("paul"))
LABELS = ("Avis", "Presse")
WATCHES = (WatchId("w1"), WatchId("w2"))
LISTS = [
    Filter(state=None),
    *(Filter(state=state) for state in InboxState),
    Filter(state=None, is_unread=True),
    *(Filter(assignee=member) for member in MEMBERS),
    *(Filter(state=None, label=label) for label in LABELS),
    *(Filter(state=None, network=network) for network in NETWORKS),
    *(Filter(state=None, watch=watch) for watch in WATCHES),
    Filter(state=None, words="galet"),
    Filter(state=None, words="galettes brioche"),
    Filter(words="gal", network="bluesky", is_unread=True),
    Filter(state=None, source=SourceId("s1")),
    Filter(state=None, person=f"mastodon:{mention().heard.author.remote_id}"),
]


@dataclass(frozen=True)
class World:
    """One inbox, and what acts on it."""

    inbox: Inbox
    shelf: InboxShelf
    triage: Triage


Act = Callable[[World], object]


def told(n: int, text: int, source: int, watch: int) -> Mention:
    return mention(
        n,
        at=NOON,
        text=TEXTS[text],
        network=NETWORKS[n % 2],
        source=SourceId(f"s{source}"),
        watches=WATCHES[:watch],
    )


def _kept(n: int, text: int, source: int, watch: int) -> Act:
    return lambda w: w.shelf.keep(told(n, text, source, watch))


def _done(name: str, n: int, choice: int) -> Act:
    identity = told(n, 0, 0, 0).id
    acts: dict[str, Act] = {
        "gone": lambda w: w.shelf.gone(FIRM, identity, NOON),
        "read": lambda w: w.triage.read(FIRM, identity),
        "assign": lambda w: w.triage.assign(FIRM, identity, (*MEMBERS, None)[choice]),
        "label": lambda w: w.triage.label(FIRM, identity, LABELS[:choice]),
        "snooze": lambda w: w.triage.snooze(FIRM, identity, NOON + timedelta(days=choice + 1)),
        "close": lambda w: w.triage.close(FIRM, identity, CLOSING[choice], MEMBERS[0]),
        "reopen": lambda w: w.triage.reopen(FIRM, identity),
        "writing": lambda w: w.triage.writing(FIRM, identity, MEMBERS[choice % 2]),
        "erase": lambda w: w.inbox.erase(w.triage.get(FIRM, identity)),
        "erase person": lambda w: w.triage.erase_person(FIRM, PERSONS[choice % 2]),
    }
    return acts[name]


CLOSING = (InboxState.DONE, InboxState.IGNORED, InboxState.SPAM)
PERSONS = [f"{network}:{mention().heard.author.remote_id}" for network in NETWORKS]
NAMES = [
    "gone",
    "read",
    "assign",
    "label",
    "snooze",
    "close",
    "reopen",
    "writing",
    "erase",
    "erase person",
]
ANY = st.integers(0, MENTIONS - 1)
ACTS = st.one_of(
    st.builds(_kept, ANY, st.integers(0, 3), st.integers(0, 1), st.integers(0, 2)),
    st.builds(_done, st.sampled_from(NAMES), ANY, st.integers(0, 2)),
)


def made(inbox: Inbox, clock: SettableClock) -> World:
    members = MemoryMembers()
    for member in MEMBERS:
        members.put(a_member(member, workspace=FIRM))
    triage = Triage(clock=clock, inbox=inbox, members=members)
    return World(inbox, InboxShelf(clock=clock, inbox=inbox), triage)


def outcome(act: Act, world: World) -> str:
    try:
        act(world)
    except NotFound:
        return "not found"
    return "done"


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(st.lists(ACTS, min_size=4, max_size=14))
def test_after_any_acts_all_lists_and_counts_equal_a_recount(
    tables: Tables, acts: list[Act]
) -> None:
    clock = SettableClock(NOON)
    stored = StoredInbox(store=tables.store, clock=clock, words_of=words_of)
    _emptied(stored)
    memory = MemoryInbox(clock)
    world, model = made(stored, clock), made(memory, clock)
    for act in acts:
        assert outcome(act, world) == outcome(act, model)
        assert world.inbox.counts(FIRM) == model.inbox.counts(FIRM)
    for wanted in LISTS:
        for limit in (2, 25):
            assert _shown(world.inbox, wanted, limit) == _shown(model.inbox, wanted, limit)
    until = NOON + timedelta(days=9)
    assert set(snoozed_until(stored, until, 99)) == set(memory.snoozed_until(until, 99))


def _emptied(inbox: StoredInbox) -> None:
    """Begin with nothing: all examples of a test share its tables."""
    while items := inbox.page(FIRM, Filter(state=None), 50).items:
        for item in items:
            inbox.erase(item)
    counts = inbox.counts(FIRM)
    assert (counts.open, counts.unread, counts.by_assignee) == (0, 0, {})


def _shown(inbox: Inbox, wanted: Filter, limit: int) -> list[object]:
    found: list[object] = []
    after = None
    while True:
        page = inbox.page(FIRM, wanted, limit, after)
        found += [replace(item, write_token="") for item in page.items]
        if page.next is None:
            return found
        after = page.next
