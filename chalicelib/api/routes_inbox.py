"""The inbox: what was said, and what the firm makes of it."""

from __future__ import annotations

from collections import Counter

from chalice.app import Blueprint

from chalicelib.api import cursors, inbox_views
from chalicelib.api.calls import Call
from chalicelib.api.inbox_answers import (
    ClosedAnswer,
    ColleagueAnswer,
    ColleaguesAnswer,
    ConversationAnswer,
    CountsAnswer,
    ErasedAnswer,
    ItemAnswer,
    ItemsAnswer,
    LabelsAnswer,
    ResponseTimeAnswer,
)
from chalicelib.api.inbox_schemas import (
    AssignBody,
    CloseBody,
    CloseManyBody,
    EraseBody,
    InboxQuery,
    LabelBody,
    NoteBody,
    PeriodQuery,
    SnoozeBody,
)
from chalicelib.api.periods import period_of
from chalicelib.api.routes import route
from chalicelib.ids import MemberId, MentionId
from chalicelib.inbox.items import InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.publishing.schedule import resolve, zone_of
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/inbox"
ONE = f"{PATH}/{{mention}}"
LATELY = 50
"""Items whose labels are offered."""


@route(blueprint, "GET", PATH, action=Action.SEE, query=InboxQuery, answer=ItemsAnswer)
def list_inbox(call: Call, query: InboxQuery) -> ItemsAnswer:
    """List what was said, the newest first; every part of the query that is given must fit."""
    asked = query.model_copy(update={"after": None, "limit": 0}).model_dump_json()
    after = cursors.opened(call, asked, query.after)
    inbox = call.services.triage.inbox
    page = inbox.page(call.firm, inbox_views.filter_of(query), query.limit, after)
    return ItemsAnswer(
        items=inbox_views.Items(call).many(page.items),
        next=cursors.sealed(call, asked, page.next),
    )


@route(blueprint, "GET", f"{PATH}/counts", action=Action.SEE, answer=CountsAnswer)
def count_inbox(call: Call) -> CountsAnswer:
    """Say how many items are open and unread: one read."""
    return inbox_views.counts(call.services.triage.inbox.counts(call.firm))


@route(blueprint, "GET", f"{PATH}/labels", action=Action.SEE, answer=LabelsAnswer)
def list_labels(call: Call) -> LabelsAnswer:
    """List the labels of the last fifty items, the most frequent first."""
    page = call.services.triage.inbox.page(call.firm, Filter(state=None), LATELY)
    counted = Counter(label for item in page.items for label in item.labels)
    return LabelsAnswer(labels=sorted(counted, key=lambda label: (-counted[label], label)))


@route(blueprint, "GET", f"{PATH}/colleagues", action=Action.SEE, answer=ColleaguesAnswer)
def list_colleagues(call: Call) -> ColleaguesAnswer:
    """List everybody in the firm, by name: who can be assigned, and who wrote what."""
    found = sorted(call.services.members.of(call.firm), key=lambda m: (m.name.casefold(), m.id))
    return ColleaguesAnswer(items=[ColleagueAnswer(id=m.id, name=m.name) for m in found])


@route(
    blueprint,
    "GET",
    f"{PATH}/response-time",
    action=Action.SEE,
    query=PeriodQuery,
    answer=ResponseTimeAnswer,
)
def see_response_time(call: Call, query: PeriodQuery) -> ResponseTimeAnswer:
    """Say how soon what was said in a period was first answered, in the firm's opening hours."""
    period = period_of(call, query)
    found = call.services.answer_times.of(call.workspace, period.first, period.last)
    return inbox_views.response_time(call, found)


@route(blueprint, "GET", ONE, action=Action.SEE, answer=ConversationAnswer)
def see_mention(call: Call) -> ConversationAnswer:
    """Return an item with its conversation, the firm's own part in it, and earlier exchanges."""
    item = call.services.triage.get(call.firm, call.mention)
    return inbox_views.conversation(call, item, call.services.conversations.of(item))


@route(blueprint, "POST", f"{ONE}/read", action=Action.TRIAGE, answer=ItemAnswer)
def read_mention(call: Call) -> ItemAnswer:
    """Note that somebody has looked at it."""
    return inbox_views.item(call, call.services.triage.read(call.firm, call.mention))


@route(blueprint, "POST", f"{ONE}/writing", action=Action.TRIAGE, answer=ItemAnswer)
def write_to_mention(call: Call) -> ItemAnswer:
    """Show colleagues for two minutes that an answer is being written; the first one is shown."""
    triage, me = call.services.triage, call.identity.member
    return inbox_views.item(call, triage.writing(call.firm, call.mention, me))


@route(
    blueprint,
    "POST",
    f"{ONE}/reopen",
    action=Action.TRIAGE,
    answer=ItemAnswer,
    did=Did.MENTION_REOPENED,
)
def reopen_mention(call: Call) -> ItemAnswer:
    """Have it to look after again."""
    return inbox_views.item(call, call.services.triage.reopen(call.firm, call.mention))


@route(
    blueprint,
    "POST",
    f"{ONE}/assign",
    action=Action.TRIAGE,
    body=AssignBody,
    answer=ItemAnswer,
    did=Did.MENTION_ASSIGNED,
)
def assign_mention(call: Call, body: AssignBody) -> ItemAnswer:
    """Let a colleague look after it."""
    to = None if body.member is None else MemberId(body.member)
    return inbox_views.item(call, call.services.triage.assign(call.firm, call.mention, to))


@route(
    blueprint,
    "POST",
    f"{ONE}/label",
    action=Action.TRIAGE,
    body=LabelBody,
    answer=ItemAnswer,
    did=Did.MENTION_LABELLED,
)
def label_mention(call: Call, body: LabelBody) -> ItemAnswer:
    """Put labels in place of those it has."""
    triage = call.services.triage
    return inbox_views.item(call, triage.label(call.firm, call.mention, body.labels))


@route(
    blueprint,
    "POST",
    f"{ONE}/note",
    action=Action.TRIAGE,
    body=NoteBody,
    answer=ItemAnswer,
    did=Did.MENTION_NOTED,
)
def note_mention(call: Call, body: NoteBody) -> ItemAnswer:
    """Add a word to colleagues, which never leaves the firm."""
    triage, me = call.services.triage, call.identity.member
    return inbox_views.item(call, triage.note(call.firm, call.mention, me, body.text))


@route(
    blueprint,
    "POST",
    f"{ONE}/snooze",
    action=Action.TRIAGE,
    body=SnoozeBody,
    answer=ItemAnswer,
    did=Did.MENTION_SNOOZED,
)
def snooze_mention(call: Call, body: SnoozeBody) -> ItemAnswer:
    """Be rid of it until a local time."""
    zone = zone_of(body.until.zone or call.workspace.zone, "/until/zone")
    until = resolve(body.until.local, zone).at
    return inbox_views.item(call, call.services.triage.snooze(call.firm, call.mention, until))


@route(
    blueprint,
    "POST",
    f"{ONE}/close",
    action=Action.TRIAGE,
    body=CloseBody,
    answer=ItemAnswer,
    did=Did.MENTION_CLOSED,
)
def close_mention(call: Call, body: CloseBody) -> ItemAnswer:
    """Be through with it: done without an answer, ignored, or spam."""
    triage, me = call.services.triage, call.identity.member
    closed = triage.close(call.firm, call.mention, InboxState(body.state), me)
    return inbox_views.item(call, closed)


@route(
    blueprint,
    "POST",
    f"{PATH}/close",
    action=Action.TRIAGE,
    body=CloseManyBody,
    answer=ClosedAnswer,
    did=Did.MENTIONS_CLOSED,
)
def close_mentions(call: Call, body: CloseManyBody) -> ClosedAnswer:
    """Be through with up to fifty, each by itself."""
    wanted = [MentionId(mention) for mention in body.mentions]
    state, me = InboxState(body.state), call.identity.member
    done = call.services.triage.close_many(call.firm, wanted, state, me)
    return ClosedAnswer(closed=len(done.closed))


@route(
    blueprint,
    "POST",
    f"{PATH}/people/erase",
    action=Action.ERASE,
    body=EraseBody,
    answer=ErasedAnswer,
    did=Did.PERSON_ERASED,
)
def erase_person(call: Call, body: EraseBody) -> ErasedAnswer:
    """Erase some of what a person has said; ask again while there may be more."""
    erased = call.services.triage.erase_person(call.firm, body.person)
    return ErasedAnswer(erased=erased, more=erased > 0)
