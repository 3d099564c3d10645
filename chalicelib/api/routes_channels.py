"""Channels: connecting, testing, pausing, renaming, reconnecting, disconnecting."""

from __future__ import annotations

from chalice.app import Blueprint

from chalicelib.api import views
from chalicelib.api.answers import (
    ChannelAnswer,
    ChannelsAnswer,
    HeldAnswer,
    PartedAnswer,
    ProfileAnswer,
    TestAnswer,
)
from chalicelib.api.calls import Call
from chalicelib.api.routes import route
from chalicelib.api.schemas import ChannelChange, ConnectBody, PauseBody, ReconnectBody
from chalicelib.ids import ChannelId
from chalicelib.networks.composers import CLOSED
from chalicelib.publishing.refusals import Fault, Invalid
from chalicelib.publishing.schedule import resolve, zone_of
from chalicelib.workspaces.access import Action

blueprint = Blueprint(__name__)
PATH = "/v1/workspaces/{workspace}/channels"
ONE = f"{PATH}/{{channel}}"


@route(blueprint, "GET", PATH, action=Action.SEE, answer=ChannelsAnswer)
def list_channels(call: Call) -> ChannelsAnswer:
    """List the firm's channels, the oldest first."""
    found = sorted(call.services.connecting.of(call.firm), key=lambda c: (c.created_at, c.id))
    return ChannelsAnswer(items=[views.channel(call, c) for c in found])


@route(
    blueprint,
    "POST",
    PATH,
    action=Action.MANAGE_CHANNELS,
    body=ConnectBody,
    answer=ChannelAnswer,
    status=201,
    is_idempotent=True,
)
def connect(call: Call, body: ConnectBody) -> ChannelAnswer:
    """Connect an account by really signing in to its network."""
    if body.network in CLOSED:
        told = views.in_language(CLOSED[body.network].closed, call.words.language.value)
        raise Invalid([Fault("/network", "closed-network", {"told": told})])
    connecting = call.services.connecting
    made = connecting.connect(call.firm, ChannelId(call.new_id), body.network, body.fields)
    return views.channel(call, made)


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
)
def rename(call: Call, body: ChannelChange) -> ChannelAnswer:
    """Rename a channel."""
    connecting = call.services.connecting
    return views.channel(call, connecting.rename(call.firm, call.channel, body.name))


@route(blueprint, "DELETE", ONE, action=Action.MANAGE_CHANNELS, answer=PartedAnswer)
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
            remote_id=account.remote_id, name=account.name, handle=account.handle, url=account.url
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


@route(blueprint, "POST", f"{ONE}/resume", action=Action.MANAGE_CHANNELS, answer=ChannelAnswer)
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
)
def reconnect(call: Call, body: ReconnectBody) -> ChannelAnswer:
    """Sign in anew to the same account; what waited for it goes on."""
    connecting = call.services.connecting
    return views.channel(call, connecting.reconnect(call.firm, call.channel, body.fields))
