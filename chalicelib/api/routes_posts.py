"""Posts: writing, editing, scheduling, moving, cancelling, and looking before that."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, time, timedelta

from chalice.app import Blueprint

from chalicelib.api import cursors, post_views, schemas
from chalicelib.api.answers import Fault as SaidFault
from chalicelib.api.bodies import pointer_to
from chalicelib.api.calls import Call, Reply
from chalicelib.api.drafting import content_of, draft_of, variants_of, when_of
from chalicelib.api.post_answers import (
    ChannelPreview,
    CountAnswer,
    PostAnswer,
    PostsAnswer,
    PreviewAnswer,
)
from chalicelib.api.problems import Problem
from chalicelib.api.routes import route
from chalicelib.api.words import zoned
from chalicelib.ids import ChannelId, PostId
from chalicelib.publishing.drafts import Composed
from chalicelib.publishing.posts import Content, PostVersion
from chalicelib.publishing.refusals import EditedMeanwhile, Fault, Invalid
from chalicelib.publishing.schedule import resolve, zone_of
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/posts"
ONE = f"{PATH}/{{post}}"
USUAL_PAST = timedelta(days=31)
USUAL_FUTURE = timedelta(days=366)
LONGEST_WINDOW = timedelta(days=800)


@route(
    blueprint,
    "POST",
    PATH,
    action=Action.COMPOSE,
    body=schemas.DraftBody,
    answer=PostAnswer,
    status=201,
    is_idempotent=True,
    did=Did.POST_CREATED,
)
def create_post(call: Call, body: schemas.DraftBody) -> PostAnswer:
    """Write a post: a draft, at once, or at a time."""
    draft = draft_of(call, body)
    made = call.services.composer.create(
        call.workspace, call.identity.member, draft, post=PostId(call.new_id)
    )
    return _answered(call, made, body.when)


@route(blueprint, "GET", PATH, action=Action.SEE, query=schemas.PostsQuery, answer=PostsAnswer)
def list_posts(call: Call, query: schemas.PostsQuery) -> PostsAnswer:
    """List posts by their time, or the drafts, the last changed first."""
    question = f"{query.first}|{query.last}|{query.state}"
    after = cursors.opened(call, question, query.cursor)
    lists = call.services.post_lists
    if query.state == "draft" and query.first is None and query.last is None:
        found = lists.drafts(call.firm, after, query.limit)
        rows = list(found.rows)
    else:
        start, end = _window(call, query)
        found = lists.between(call.firm, start, end, after, query.limit)
        rows = [r for r in found.rows if query.state is None or r.post.is_draft]
    channels = post_views.channels_of(call)
    return PostsAnswer(
        items=[post_views.row(call, channels, r) for r in rows],
        next_cursor=cursors.sealed(call, question, found.after),
    )


def _window(call: Call, query: schemas.PostsQuery) -> tuple[datetime, datetime]:
    """Return the instants at which the asked days begin and end in the firm's zone."""
    zone = zone_of(call.workspace.zone)
    today = zoned(call.now, call.workspace.zone).date()
    first = query.first or (query.last or today) - USUAL_PAST
    last = query.last or max(first, today) + USUAL_FUTURE
    if not first <= last <= first + LONGEST_WINDOW:
        raise Invalid([Fault("/to", "bad-window", {"days": LONGEST_WINDOW.days})])
    start = resolve(datetime.combine(first, time()), zone).at
    return start, resolve(datetime.combine(last + timedelta(days=1), time()), zone).at


@route(blueprint, "GET", ONE, action=Action.SEE, answer=PostAnswer)
def see_post(call: Call) -> PostAnswer:
    """Return a post with its deliveries."""
    return post_views.post(call, call.services.composer.get(call.workspace, call.post))


@route(
    blueprint,
    "PUT",
    ONE,
    action=Action.COMPOSE,
    body=schemas.EditBody,
    answer=PostAnswer,
    did=Did.POST_EDITED,
)
def edit_post(call: Call, body: schemas.EditBody) -> PostAnswer:
    """Replace a post by what a person made of ``version``; its time may move too."""
    draft = draft_of(call, body)
    with _telling_who(call):
        edited = call.services.composer.edit(
            call.workspace, call.identity.member, call.post, body.version, draft
        )
    return _answered(call, edited, body.when)


@route(
    blueprint,
    "POST",
    f"{ONE}/schedule",
    action=Action.COMPOSE,
    body=schemas.ScheduleBody,
    answer=PostAnswer,
    did=Did.POST_SCHEDULED,
)
def schedule_post(call: Call, body: schemas.ScheduleBody) -> PostAnswer:
    """Let a draft go out, now or at a time."""
    with _telling_who(call):
        scheduled = call.services.composer.schedule(
            call.workspace, call.post, body.version, when_of(call, body.when)
        )
    return _answered(call, scheduled, body.when)


@route(
    blueprint,
    "POST",
    f"{ONE}/reschedule",
    action=Action.COMPOSE,
    body=schemas.RescheduleBody,
    answer=PostAnswer,
    did=Did.POST_MOVED,
)
def reschedule_post(call: Call, body: schemas.RescheduleBody) -> PostAnswer:
    """Move a scheduled post to another time."""
    composer = call.services.composer
    moved = composer.reschedule(call.workspace, call.post, when_of(call, body.when))
    return _answered(call, moved, body.when)


@route(
    blueprint,
    "POST",
    f"{ONE}/cancel",
    action=Action.COMPOSE,
    answer=PostAnswer,
    did=Did.POST_CANCELLED,
)
def cancel_post(call: Call) -> PostAnswer:
    """Stop every delivery that isn't going out yet; the others are named as too late."""
    return post_views.post(call, call.services.composer.cancel(call.workspace, call.post))


@route(
    blueprint,
    "POST",
    f"{ONE}/duplicate",
    action=Action.COMPOSE,
    answer=PostAnswer,
    status=201,
    is_idempotent=True,
    did=Did.POST_DUPLICATED,
)
def duplicate_post(call: Call) -> PostAnswer:
    """Make a draft without a time from a post."""
    made = call.services.composer.duplicate(
        call.workspace, call.identity.member, call.post, new=PostId(call.new_id)
    )
    return post_views.post(call, made)


@route(blueprint, "DELETE", ONE, action=Action.COMPOSE, status=204, did=Did.POST_DELETED)
def delete_post(call: Call) -> Reply:
    """Take away a post of which nothing is going out or live."""
    call.services.composer.delete(call.workspace, call.post)
    return Reply(body=None)


@route(
    blueprint,
    "POST",
    "/v1/workspaces/{workspace}/preview",
    action=Action.COMPOSE,
    body=schemas.PreviewBody,
    answer=PreviewAnswer,
)
def preview(call: Call, body: schemas.PreviewBody) -> PreviewAnswer:
    """Say what each channel would make of a content, in its own counting; nothing is stored."""
    version = PostVersion(
        workspace=call.firm,
        post=PostId(""),
        n=1,
        written_at=call.now,
        written_by=call.identity.member,
        content=content_of(call, body.content, "/content"),
        variants=variants_of(call, body.variants, body.channels),
    )
    connected = {c.id: c for c in call.services.connecting.of(call.firm)}
    strangers = [n for n, c in enumerate(body.channels) if c not in connected]
    if strangers:
        raise Invalid([Fault(f"/channels/{n}", "unknown-channel") for n in strangers])
    return PreviewAnswer(
        channels=[_preview(call, version, ChannelId(c)) for c in dict.fromkeys(body.channels)]
    )


def _preview(call: Call, version: PostVersion, channel_id: ChannelId) -> ChannelPreview:
    channel = call.services.connecting.get(call.firm, channel_id)
    content: Content = version.content_for(channel_id)
    variant = version.variants.get(channel_id)
    faults = call.services.checks.faults(channel, content)
    return ChannelPreview(
        channel=channel_id,
        counts=[
            CountAnswer(unit=c.unit, count=c.count, max=c.maximum)
            for c in call.services.counting.counts(channel, content)
        ],
        charge=call.services.counting.charge(channel, content),
        problems=[
            SaidFault(
                pointer=_place(fault, channel_id if variant else None),
                code=fault.code,
                message=call.words.fault(
                    replace(fault, params={**fault.params, "channel": channel.name})
                ),
            )
            for fault in faults
        ],
    )


def _place(fault: Fault, variant: ChannelId | None) -> str:
    """Point into the request: the faults of a content are relative to it."""
    if variant is None:
        return f"/content{fault.pointer}"
    return pointer_to(["variants", variant]) + fault.pointer


def _answered(call: Call, composed: Composed, when: schemas.AnyWhen) -> PostAnswer:
    answered = post_views.post(call, composed)
    planned_at = composed.post.planned_at
    if isinstance(when, schemas.WhenNow) or when.local is None or planned_at is None:
        return answered
    zone = when.zone or call.workspace.zone
    notes = post_views.note(call, composed.shift, when.local, planned_at, zone)
    return answered.model_copy(update={"notes": notes})


@contextmanager
def _telling_who(call: Call) -> Iterator[None]:
    """Say who edited a post meanwhile, not only that somebody did."""
    try:
        yield
    except EditedMeanwhile as error:
        n = error.current_version
        current = call.services.posts.version(call.firm, call.post, n)
        who = call.services.members.get(call.firm, current.written_by) if current else None
        name = who.name if who else None
        by = {"by_whom": lambda words: words.word("by", name=name) if name else ""}
        raise Problem("edited-meanwhile", by, {"current_version": n, "by": name}) from error
