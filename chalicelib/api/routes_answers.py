"""Answering what was said, acting on it at its network, and the replies that are saved for it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

from chalice.app import Blueprint

from chalicelib.api import inbox_views, post_views
from chalicelib.api.calls import Call, Reply
from chalicelib.api.inbox_answers import (
    FilledAnswer,
    ItemAnswer,
    RepliesAnswer,
    ReplyAnswer,
    SentAnswer,
)
from chalicelib.api.inbox_schemas import AnswerBody, FillBody, ModerateBody, ReplyBody
from chalicelib.api.problems import Problem
from chalicelib.api.routes import route
from chalicelib.api.words import zoned
from chalicelib.ids import MentionId
from chalicelib.inbox.refusals import AnsweredMeanwhile, CantAnswer
from chalicelib.inbox.saved_replies import fill, values_of
from chalicelib.publishing.refusals import Invalid
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

blueprint = Blueprint(__name__)
MENTION = "/v1/workspaces/{workspace}/inbox/{mention}"
PATH = "/v1/workspaces/{workspace}/replies"
ONE = f"{PATH}/{{reply}}"


@route(
    blueprint,
    "POST",
    f"{MENTION}/answer",
    action=Action.TRIAGE,
    body=AnswerBody,
    answer=SentAnswer,
    status=201,
    is_idempotent=True,
    did=Did.MENTION_ANSWERED,
)
def answer_mention(call: Call, body: AnswerBody) -> SentAnswer:
    """Send an answer at once: it goes out as a delivery, and the item is answered by it."""
    with _telling_who(call):
        sent = call.services.answering.answer(
            call.workspace, call.identity.member, call.mention, body.text, seen=body.seen
        )
    items = inbox_views.Items(call)
    (delivery,) = sent.answer.deliveries
    return SentAnswer(
        item=items.one(sent.item),
        delivery=post_views.delivery(call, items.channels, delivery, sent.answer.version),
    )


@route(
    blueprint,
    "POST",
    f"{MENTION}/moderate",
    action=Action.TRIAGE,
    body=ModerateBody,
    answer=ItemAnswer,
    did=Did.MENTION_MODERATED,
)
def moderate_mention(call: Call, body: ModerateBody) -> ItemAnswer:
    """Like it, let it through, hide it, call it spam or delete it, where it was said."""
    moderating, me = call.services.moderating, call.identity.member
    return inbox_views.item(call, moderating.act(call.workspace, call.mention, body.act, me))


@route(blueprint, "GET", PATH, action=Action.SEE, answer=RepliesAnswer)
def list_replies(call: Call) -> RepliesAnswer:
    """List the firm's saved replies, by name."""
    found = call.services.reply_book.of(call.firm)
    return RepliesAnswer(replies=[inbox_views.reply(each) for each in found])


@route(
    blueprint,
    "POST",
    PATH,
    action=Action.TRIAGE,
    body=ReplyBody,
    answer=ReplyAnswer,
    status=201,
    is_idempotent=True,
    did=Did.REPLY_SAVED,
)
def save_reply(call: Call, body: ReplyBody) -> ReplyAnswer:
    """Save a reply; ``{prénom}``, ``{nom}``, ``{entreprise}`` and ``{lien}`` are filled later."""
    with _pointing_to_name():
        made = call.services.reply_book.create(call.firm, body.name, body.text, reply=call.new_id)
    return inbox_views.reply(made)


@route(
    blueprint,
    "PUT",
    ONE,
    action=Action.TRIAGE,
    body=ReplyBody,
    answer=ReplyAnswer,
    did=Did.REPLY_CHANGED,
)
def change_reply(call: Call, body: ReplyBody) -> ReplyAnswer:
    """Replace a saved reply."""
    book = call.services.reply_book
    with _pointing_to_name():
        changed = book.change(call.firm, call.params["reply"], body.name, body.text)
    return inbox_views.reply(changed)


@route(blueprint, "DELETE", ONE, action=Action.TRIAGE, status=204, did=Did.REPLY_DELETED)
def delete_reply(call: Call) -> Reply:
    """Take a saved reply away."""
    book = call.services.reply_book
    book.get(call.firm, call.params["reply"])
    book.delete(call.firm, call.params["reply"])
    return Reply(body=None)


@route(
    blueprint,
    "POST",
    f"{ONE}/fill",
    action=Action.SEE,
    body=FillBody,
    answer=FilledAnswer,
)
def fill_reply(call: Call, body: FillBody) -> FilledAnswer:
    """Fill a saved reply for a mention; nothing is stored."""
    reply = call.services.reply_book.get(call.firm, call.params["reply"])
    item = call.services.triage.get(call.firm, MentionId(body.mention))
    known = values_of(item.mention.heard.author.name, call.workspace.name)
    filled = fill(reply.text, known)
    return FilledAnswer(text=filled.text, missing=[gap.value for gap in filled.gaps])


@contextmanager
def _telling_who(call: Call) -> Iterator[None]:
    """Say who answered meanwhile, and when, not only that somebody did."""
    try:
        yield
    except AnsweredMeanwhile as error:
        post = error.post
        who = call.services.members.get(call.firm, post.created_by)
        name = who.name if who else None
        local = zoned(post.created_at, call.workspace.zone)
        said = {
            "by_whom": lambda words: words.word("by", name=name) if name else "",
            "when": lambda words: words.time_on(local),
        }
        extra = {"by": name, "at": post.created_at.isoformat()}
        raise Problem("answered-meanwhile", said, extra) from error
    except Invalid as error:
        if any(fault.pointer.startswith("/channels") for fault in error.faults):
            raise CantAnswer("no-channel") from error  # it was disconnected since
        raise


@contextmanager
def _pointing_to_name() -> Iterator[None]:
    """Let faults point to what a request calls the title."""
    try:
        yield
    except Invalid as error:
        faults = [replace(f, pointer="/name") if f.pointer == "/title" else f for f in error.faults]
        raise Invalid(faults) from error
