"""From watches and sources to what an answer says, and from requests to them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Literal, cast

from chalicelib.api import watch_answers as answers
from chalicelib.api.calls import Call
from chalicelib.api.watch_schemas import QueryBody, SourceBody, WatchBody
from chalicelib.ids import ChannelId
from chalicelib.listening.looking import Looked, Unheard
from chalicelib.listening.mentions import Mention
from chalicelib.listening.sources import Source, SourceKind
from chalicelib.listening.watches import Query, Watch
from chalicelib.listening.watching import FEED, Wanted, WatchDraft
from chalicelib.networks.addresses import is_web_address
from chalicelib.publishing.refusals import Fault, Invalid
from chalicelib.workspaces.channels import Channel, ChannelStatus

if TYPE_CHECKING:  # it brings the client that requests are made by
    from chalicelib.networks.feed_discovery import FoundFeed

LONGEST_SAMPLE = 500


def draft_of(call: Call, body: WatchBody) -> WatchDraft:
    """Return the watch that a request hands in.

    Raises:
        Invalid: a source that can't be read: no address, a channel that isn't the firm's.
    """
    sources = wanted_of(call, body.sources)
    return WatchDraft(name=body.name, kind=body.kind, query=query_of(body.query), sources=sources)


def query_of(body: QueryBody) -> Query:
    """Return what a request looks for."""
    return Query(
        all=tuple(body.all),
        any=tuple(body.any),
        none=tuple(body.none),
        forgives_typos=body.forgives_typos,
    )


def wanted_of(call: Call, bodies: Sequence[SourceBody]) -> tuple[Wanted, ...]:
    """Return the sources that a request asks for, each bound to a channel of the firm's.

    Raises:
        Invalid: with every fault.
    """
    needs_channels = any(body.kind != "feed" for body in bodies)
    channels = call.services.channels.of(call.firm) if needs_channels else ()
    connected = [c for c in channels if c.status is not ChannelStatus.DISCONNECTED]
    faults: list[Fault] = []
    found = [_wanted(n, body, connected, faults) for n, body in enumerate(bodies)]
    if faults:
        raise Invalid(faults)
    return tuple(found)


def _wanted(n: int, body: SourceBody, connected: Iterable[Channel], faults: list[Fault]) -> Wanted:
    kind, label, words = SourceKind(body.kind), body.label or "", body.words or ""
    address = body.address or ""
    if kind is SourceKind.FEED:
        if address and not is_web_address(address):
            faults.append(Fault(f"/sources/{n}/address", "bad-url"))
        return Wanted(kind=kind, label=label, network=FEED, address=address)
    channel = _channel(body, connected)
    if channel is None and body.channel:
        faults.append(Fault(f"/sources/{n}/channel", "unknown-channel"))
    elif channel is None:
        faults.append(Fault(f"/sources/{n}/network", "no-channel-there"))
    return Wanted(
        kind=kind,
        label=label,
        network=channel.network if channel else "",
        channel=channel.id if channel else None,
        address=address,
        words=words,
    )


def _channel(body: SourceBody, connected: Iterable[Channel]) -> Channel | None:
    if body.channel is not None:
        return next((c for c in connected if c.id == ChannelId(body.channel)), None)
    return next((c for c in connected if c.network == body.network), None)


def watch(call: Call, found: Watch, sources: Iterable[Source]) -> answers.WatchAnswer:
    """Return a watch, with those of these sources that were added for it."""
    return answers.WatchAnswer(
        id=found.id,
        name=found.name,
        kind=found.kind,
        query=answers.QueryAnswer(
            all=list(found.query.all),
            any=list(found.query.any),
            none=list(found.query.none),
            forgives_typos=found.query.forgives_typos,
        ),
        sources=[source(call, s) for s in in_order(sources) if s.watch == found.id],
        created_at=found.created_at,
        rev=found.rev,
    )


def in_order(sources: Iterable[Source]) -> list[Source]:
    """Return sources, the oldest first."""
    return sorted(sources, key=lambda s: (s.created_at, s.id))


def source(call: Call, found: Source) -> answers.SourceAnswer:
    """Return a source, and in words why it isn't read."""
    return answers.SourceAnswer(
        id=found.id,
        kind=found.kind,
        label=found.label,
        network=found.network,
        channel=found.channel,
        address=found.address,
        words=found.words,
        watch=found.watch,
        status=found.status,
        due_at=found.due_at,
        read_at=found.read_at,
        heard_at=found.heard_at,
        failing_since=found.failing_since,
        reason=found.reason,
        reason_text=call.words.source_reason(found.reason) if found.reason else "",
        detail=found.detail,
        skipped=found.skipped,
    )


def trial(call: Call, looked: Looked) -> answers.TrialAnswer:
    """Return what a look came to: what matches first."""
    found = [_sample(s.mention, s.terms) for s in looked.trial.samples]
    return answers.TrialAnswer(
        heard=looked.trial.looked_at,
        matched=looked.trial.found,
        samples=[*found, *(_sample(mention, ()) for mention in looked.others)],
        unreadable=[_unreadable(call, each) for each in looked.unheard],
    )


def _sample(mention: Mention, terms: Sequence[str]) -> answers.SampleAnswer:
    heard = mention.heard
    return answers.SampleAnswer(
        title=heard.title,
        text=heard.text[:LONGEST_SAMPLE],
        author=heard.author.name,
        url=heard.url,
        said_at=heard.said_at,
        matches=list(terms),
        is_match=bool(terms),
    )


def _unreadable(call: Call, unheard: Unheard) -> answers.UnreadableAnswer:
    return answers.UnreadableAnswer(
        source=unheard.source,
        reason=unheard.reason,
        reason_text=call.words.source_reason(unheard.reason),
    )


def feed(found: FoundFeed) -> answers.FeedAnswer:
    """Return a feed."""
    kind = cast(Literal["rss", "atom", "json"], found.kind)
    return answers.FeedAnswer(address=found.url, title=found.title, kind=kind)
