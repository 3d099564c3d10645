"""From inbox items and conversations to what an answer says."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from chalicelib.api import inbox_answers as answers
from chalicelib.api import post_views
from chalicelib.api.calls import Call
from chalicelib.api.inbox_schemas import InboxQuery
from chalicelib.ids import ChannelId, MemberId, SourceId, WatchId
from chalicelib.inbox.conversations import Conversation, Own
from chalicelib.inbox.facets import person_of
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.ports import Counts, Filter
from chalicelib.inbox.response_time import ResponseTimes
from chalicelib.inbox.saved_replies import SavedReply
from chalicelib.listening.mentions import thread_of
from chalicelib.networks.spec import NetworkSpec
from chalicelib.publishing.posts import Content
from chalicelib.workspaces.access import Action, allows
from chalicelib.workspaces.channels import Channel, ChannelStatus

MINUTE = timedelta(minutes=1)


def filter_of(query: InboxQuery) -> Filter:
    """Return the list that a request asks for."""
    return Filter(
        state=None if query.state == "any" else InboxState(query.state),
        is_unread=query.unread,
        assignee=MemberId(query.assignee) if query.assignee else None,
        label=query.label or "",
        network=query.network or "",
        channel=ChannelId(query.channel) if query.channel else None,
        source=SourceId(query.source) if query.source else None,
        watch=WatchId(query.watch) if query.watch else None,
        kind=query.kind,
        person=query.person or "",
        thread=query.thread or "",
        words=query.q or "",
    )


class Items:
    """Makes answers of items: the firm's channels are read once for all of them."""

    def __init__(self, call: Call, channels: Sequence[Channel] | None = None) -> None:
        self._call = call
        found = call.services.channels.of(call.firm) if channels is None else channels
        self.channels = post_views.Channels(call, found)
        self._by_id = {c.id: c for c in found}

    def channel(self, item: InboxItem) -> Channel | None:
        """Return the channel that an item is answered on, if that is connected."""
        found = self._by_id.get(item.mention.channel) if item.mention.channel else None
        if found is None or found.status is ChannelStatus.DISCONNECTED:
            return None
        return found

    def why_not(self, item: InboxItem) -> str | None:
        """Return why nobody can answer an item; None: it can be answered."""
        channel = self.channel(item)
        specs = self._call.services.network_specs
        spec = specs.get(channel.network) if channel else None
        if spec is None or spec.answers is None or not item.mention.heard.refs:
            return "no-channel"  # or its network lets nobody answer just that
        return "answered-gone" if item.mention.deleted_at is not None else None

    def one(self, item: InboxItem) -> answers.ItemAnswer:
        """Return an item."""
        mention, heard = item.mention, item.mention.heard
        return answers.ItemAnswer(
            id=item.id,
            network=mention.network,
            channel=mention.channel,
            source=mention.source,
            kind=heard.kind,
            url=heard.url,
            author=answers.AuthorAnswer(
                name=heard.author.name, handle=heard.author.handle, url=heard.author.url
            ),
            text=heard.text,
            title=heard.title,
            said_at=heard.said_at,
            edited_at=heard.edited_at,
            deleted_at=mention.deleted_at,
            seen_at=mention.seen_at,
            rating=heard.rating,
            waits=heard.waits,
            watches=list(mention.watches),
            person=person_of(mention),
            thread=thread_of(mention),
            state=item.state,
            is_unread=item.is_unread,
            assignee=item.assignee,
            labels=list(item.labels),
            snoozed_until=item.snoozed_until,
            answers=len(item.answers),
            answered_at=item.answered_at,
            answering=self._writing(item),
            can_answer=self.why_not(item) is None,
            rev=item.rev,
        )

    def many(self, items: Iterable[InboxItem]) -> list[answers.ItemAnswer]:
        """Return items."""
        return [self.one(item) for item in items]

    def _writing(self, item: InboxItem) -> answers.WritingAnswer | None:
        shown = item.answering
        if shown is None or shown.until <= self._call.now:
            return None
        return answers.WritingAnswer(by=shown.by, until=shown.until)


def item(call: Call, found: InboxItem) -> answers.ItemAnswer:
    """Return an item."""
    return Items(call).one(found)


def counts(found: Counts) -> answers.CountsAnswer:
    """Return how many are open and unread."""
    by = {str(member): n for member, n in found.by_assignee.items()}
    return answers.CountsAnswer(open=found.open, unread=found.unread, by_assignee=by)


def conversation(call: Call, of: InboxItem, found: Conversation) -> answers.ConversationAnswer:
    """Return an item with what was said around it, what of it is ours with how it stands."""
    items = Items(call)
    names = {m.id: m.name for m in call.services.members.of(call.firm)} if found.own else {}
    said = [_mention(i) for i in found.mentions]
    said += [_own(call, items, own, names) for own in found.own]
    return answers.ConversationAnswer(
        item=items.one(of),
        notes=[answers.ItemNote(by=n.by, at=n.at, text=n.text) for n in of.notes],
        conversation=sorted(said, key=lambda each: (each.at, each.kind != "post", each.id)),
        earlier=items.many(found.earlier),
        can=_can(call, items, of),
    )


def _mention(found: InboxItem) -> answers.SaidAnswer:
    heard = found.mention.heard
    return answers.SaidAnswer(
        kind="mention",
        id=found.id,
        author=heard.author.name,
        text=heard.text or heard.title,
        at=found.mention.at,
        url=heard.url or None,
    )


def _own(call: Call, items: Items, own: Own, names: dict[MemberId, str]) -> answers.SaidAnswer:
    d, version = own.delivery, own.version
    is_answer = d.answers is not None
    firm = call.workspace.name
    return answers.SaidAnswer(
        kind="answer" if is_answer else "post",
        id=d.id,
        author=names.get(version.written_by, firm) if is_answer else firm,
        text=version.content_for(d.channel).text,
        at=_shown_at(own),
        status=post_views.mark(d),
        status_text=post_views.reason_text(call, items.channels, d),
        url=d.remote_url,
    )


def _shown_at(own: Own) -> datetime:
    return own.delivery.published_at or own.delivery.planned_at or own.version.written_at


def _can(call: Call, items: Items, of: InboxItem) -> answers.ItemCan:
    channel, why = items.channel(of), items.why_not(of)
    if why is None and not allows(call.member.role, Action.TRIAGE):
        why = "role"
    spec = call.services.network_specs[channel.network] if channel else None
    limits = []
    if channel is not None and spec is not None and spec.answers is not None:
        limits = list((spec.answers.limits or call.services.limits(channel)).text)
    may_moderate = allows(call.member.role, Action.TRIAGE) and of.mention.deleted_at is None
    return answers.ItemCan(
        answer=why is None,
        why=why,
        limits=[
            answers.AnswerLimit(
                unit=limit.unit.value, maximum=limit.maximum, url_length=limit.url_length
            )
            for limit in limits
        ],
        moderate=sorted(spec.moderates) if spec is not None and may_moderate else [],
        charges=_charges(spec) if spec is not None else None,
    )


def _charges(spec: NetworkSpec) -> answers.ItemCharges | None:
    if spec.charge is None or spec.reading is None:
        return None
    return answers.ItemCharges(
        answer=spec.charge(Content(text="…")),
        answer_with_address=spec.charge(Content(text="https://example.org")),
        act=spec.reading.act,
    )


def reply(found: SavedReply) -> answers.ReplyAnswer:
    """Return a saved reply."""
    return answers.ReplyAnswer(id=found.id, name=found.title, text=found.text)


def response_time(call: Call, found: ResponseTimes) -> answers.ResponseTimeAnswer:
    """Return how soon the firm answered, in whole minutes rounded up."""
    median = None if found.median is None else -(-found.median // MINUTE)
    return answers.ResponseTimeAnswer(
        answered=found.answered,
        median_minutes=median,
        within_target=found.within,
        target_minutes=call.workspace.answer_within // MINUTE,
    )
