"""Channels: connecting, testing, pausing, renaming, reconnecting, disconnecting."""

from __future__ import annotations

from dataclasses import asdict, replace
from urllib.parse import urlencode

from chalice.app import Blueprint

from chalicelib.api import views
from chalicelib.api.answers import (
    ChannelAnswer,
    ChannelsAnswer,
    ChoicesAnswer,
    HeldAnswer,
    PartedAnswer,
    ProfileAnswer,
    QuotaAnswer,
    SignInPageAnswer,
    TestAnswer,
)
from chalicelib.api.calls import Call, Reply
from chalicelib.api.problems import Problem, problem_of
from chalicelib.api.routes import Who, route
from chalicelib.api.schemas import (
    CallbackQuery,
    ChannelChange,
    ChooseBody,
    ConnectBody,
    PauseBody,
    ReconnectBody,
)
from chalicelib.ids import ChannelId
from chalicelib.networks.composers import CLOSED
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Fault, Invalid, Refusal
from chalicelib.publishing.schedule import resolve, zone_of
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Act, Did
from chalicelib.workspaces.authorizing import Returned, ToChoose

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/channels"
ONE = f"{PATH}/{{channel}}"
CHOICES = f"{PATH}/choices/{{choice}}"


@route(blueprint, "GET", PATH, action=Action.SEE, answer=ChannelsAnswer)
def list_channels(call: Call) -> ChannelsAnswer:
    """List the firm's channels, the oldest first."""
    found = sorted(call.services.connecting.of(call.firm), key=lambda c: (c.created_at, c.id))
    return ChannelsAnswer(items=views.channels(call, found))


@route(
    blueprint,
    "POST",
    PATH,
    action=Action.MANAGE_CHANNELS,
    body=ConnectBody,
    answer=ChannelAnswer,
    status=201,
    is_idempotent=True,
    did=Did.CHANNEL_CONNECTED,
)
def connect(call: Call, body: ConnectBody) -> ChannelAnswer:
    """Connect an account by really signing in to its network."""
    _refuse_closed(call, body.network)
    connecting = call.services.connecting
    made = connecting.connect(call.firm, ChannelId(call.new_id), body.network, body.fields)
    return views.channel(call, made)


@route(
    blueprint,
    "POST",
    f"{PATH}/oauth",
    action=Action.MANAGE_CHANNELS,
    body=ConnectBody,
    answer=SignInPageAnswer,
)
def begin_oauth(call: Call, body: ConnectBody) -> SignInPageAnswer:
    """Return where to sign in on the network's own page, by a browser's session only.

    The person comes back to ``/canaux``: ``?connected=<channel>``; ``?choose=<token>`` where
    she may publish on several accounts (``…/channels/choices/{choice}``); ``?refused=<code>``.
    """
    if call.identity.key is not None:  # nobody would come back with a session
        raise Problem("scope-missing")
    _refuse_closed(call, body.network)
    url = call.services.authorizing.begin(
        call.firm, call.identity.member, body.network, body.fields
    )
    return SignInPageAnswer(authorize_url=url)


@route(
    blueprint,
    "GET",
    "/v1/callbacks/{network}",
    action=Who.ANYBODY,
    query=CallbackQuery,
    status=303,
)
def come_back(call: Call, query: CallbackQuery) -> Reply:
    """Take in a person whom a network sends back; answers by a redirect to our own page."""
    session = call.services.sessions.session(call.cookie) if call.cookie else None
    network = call.params["network"]
    try:
        done = call.services.authorizing.finish(
            network, query.model_dump(exclude_none=True), session.member if session else None
        )
    except (Refusal, Stale, StoreUnclear) as error:
        return _back(refused=_code_of(error))
    if isinstance(done, ToChoose):
        return _back(choose=done.token)
    return replace(_back(connected=done.channel.id), acts=(_act(call, done),))


@route(blueprint, "GET", CHOICES, action=Action.MANAGE_CHANNELS, answer=ChoicesAnswer)
def see_choices(call: Call) -> ChoicesAnswer:
    """Return the accounts that a person who came back may choose among."""
    token = call.params["choice"]
    found = call.services.authorizing.choices(call.firm, call.identity.member, token)
    return ChoicesAnswer(
        network=found.network,
        accounts=[ProfileAnswer(**asdict(account)) for account in found.accounts],
        only_one=found.only_one,
    )


@route(
    blueprint,
    "POST",
    CHOICES,
    action=Action.MANAGE_CHANNELS,
    body=ChooseBody,
    status=201,
    answer=ChannelsAnswer,
)
def choose(call: Call, body: ChooseBody) -> Reply:
    """Connect the accounts that a person chose; one that is connected already is renewed."""
    token = call.params["choice"]
    done = call.services.authorizing.choose(call.firm, call.identity.member, token, body.accounts)
    answer = ChannelsAnswer(items=views.channels(call, [each.channel for each in done]))
    return Reply(body=answer, acts=tuple(_act(call, each) for each in done))


def _act(call: Call, done: Returned) -> Act:
    did = Did.CHANNEL_CONNECTED if done.is_new else Did.CHANNEL_RECONNECTED
    channel = done.channel
    return Act(workspace=channel.workspace, at=call.now, by=done.by, what=did, about=channel.id)


def _back(**how: str) -> Reply:
    """Send a person to the page of channels: never anywhere else, whatever was asked."""
    return Reply(body=None, headers={"Location": f"/canaux?{urlencode(how)}"})


def _code_of(error: Exception) -> str:
    """Return a stable word for what a person is told on the page that she comes back to."""
    problem = problem_of(error)
    assert problem is not None
    return problem.faults[0].code if problem.faults else problem.slug


def _refuse_closed(call: Call, network: str) -> None:
    """Say what happened to a network that has closed, and where its people went."""
    if network in CLOSED:
        told = views.in_language(CLOSED[network].closed, call.words.language.value)
        raise Invalid([Fault("/network", "closed-network", {"told": told})])


@route(blueprint, "GET", ONE, action=Action.SEE, answer=ChannelAnswer)
def see_channel(call: Call) -> ChannelAnswer:
    """Return a channel."""
    return views.channel(call, call.services.connecting.get(call.firm, call.channel))


@route(
    blueprint,
    "PATCH",
    ONE,
    action=Action.MANAGE_CHANNELS,
    body=ChannelChange,
    answer=ChannelAnswer,
    did=Did.CHANNEL_RENAMED,
)
def rename(call: Call, body: ChannelChange) -> ChannelAnswer:
    """Rename a channel."""
    connecting = call.services.connecting
    return views.channel(call, connecting.rename(call.firm, call.channel, body.name))


@route(
    blueprint,
    "DELETE",
    ONE,
    action=Action.MANAGE_CHANNELS,
    answer=PartedAnswer,
    did=Did.CHANNEL_DISCONNECTED,
)
def disconnect(call: Call) -> PartedAnswer:
    """Disconnect a channel for good: nothing more goes out, its secrets are deleted."""
    held = call.services.connecting.disconnect(call.firm, call.channel)
    return PartedAnswer(too_late=[d.id for d in held.too_late])


@route(blueprint, "POST", f"{ONE}/test", action=Action.MANAGE_CHANNELS, answer=TestAnswer)
def test(call: Call) -> TestAnswer:
    """Ask the network who we are, by reading only."""
    tested = call.services.connecting.test(call.firm, call.channel)
    profile = None
    if tested.account is not None:
        account = tested.account
        profile = ProfileAnswer(
            remote_id=account.remote_id,
            name=account.name,
            handle=account.handle,
            url=account.url,
            quota=account.quota and QuotaAnswer(**asdict(account.quota)),
        )
    return TestAnswer(
        ok=profile is not None,
        profile=profile,
        problem=tested.code or None,
        detail=tested.detail,
    )


@route(
    blueprint,
    "POST",
    f"{ONE}/pause",
    action=Action.MANAGE_CHANNELS,
    body=PauseBody,
    answer=HeldAnswer,
    did=Did.CHANNEL_PAUSED,
)
def pause(call: Call, body: PauseBody) -> HeldAnswer:
    """Let nothing go out on a channel, until a time or until it is resumed."""
    until = None
    if body.until is not None:
        until = resolve(body.until.local, zone_of(body.until.zone, "/until/zone")).at
    held = call.services.connecting.pause(call.firm, call.channel, until)
    return HeldAnswer(
        channel=views.channel(call, held.channel), too_late=[d.id for d in held.too_late]
    )


@route(
    blueprint,
    "POST",
    f"{ONE}/resume",
    action=Action.MANAGE_CHANNELS,
    answer=ChannelAnswer,
    did=Did.CHANNEL_RESUMED,
)
def resume(call: Call) -> ChannelAnswer:
    """Lift a pause; what waited goes on."""
    return views.channel(call, call.services.connecting.resume(call.firm, call.channel))


@route(
    blueprint,
    "POST",
    f"{ONE}/reconnect",
    action=Action.MANAGE_CHANNELS,
    body=ReconnectBody,
    answer=ChannelAnswer,
    did=Did.CHANNEL_RECONNECTED,
)
def reconnect(call: Call, body: ReconnectBody) -> ChannelAnswer:
    """Sign in anew to the same account; what waited for it goes on."""
    connecting = call.services.connecting
    return views.channel(call, connecting.reconnect(call.firm, call.channel, body.fields))
