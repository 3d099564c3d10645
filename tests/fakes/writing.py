"""What a person writes in tests: drafts, posts at a time, and what workers do to them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from chalicelib.ids import ChannelId
from chalicelib.publishing.deliveries import Delivery, Status
from chalicelib.publishing.drafts import At, Composed, Draft, Now
from chalicelib.publishing.posts import Content
from tests.fakes import firm
from tests.fakes.publishing_world import World

PARIS = "Europe/Paris"
LISTED, KEYED = ChannelId("on-listed"), ChannelId("on-keyed")
HOUR = timedelta(hours=1)


def at(world: World, later: timedelta) -> At:
    """Return a local time so long from now."""
    local = (world.clock.now() + later).astimezone(ZoneInfo(PARIS))
    return At(local.replace(tzinfo=None), PARIS)


def draft(text: str = "Galette", **changes: Any) -> Draft:
    """Return a draft for two channels, to be published now."""
    made = Draft(content=Content(text=text), channels=(LISTED, KEYED), when=Now())
    return replace(made, **changes)


def create(
    world: World, text: str = "Galette", later: timedelta = 2 * HOUR, **changes: Any
) -> Composed:
    """Store a post that is to go out so long from now."""
    wanted = draft(text, when=at(world, later) if later else Now(), **changes)
    return world.composer.create(world.workspace, firm.BY, wanted)


def one(world: World, text: str = "Galette", later: timedelta = HOUR) -> Delivery:
    """Store a post on one channel; return its delivery."""
    return create(world, text, later, channels=(LISTED,)).deliveries[0]


def by_channel(composed: Composed) -> dict[ChannelId, Delivery]:
    """Return the deliveries that a post still has, by channel."""
    return {d.channel: d for d in composed.deliveries if d.status is not Status.CANCELLED}


def force(world: World, d: Delivery, **changes: Any) -> Delivery:
    """Let something happen to a delivery, as if a worker had written it."""
    return world.store.deliveries.put(d, replace(d, **changes))


def sending(world: World, d: Delivery) -> Delivery:
    """Let a worker be in the middle of the call."""
    return force(world, firm.attempted(d, world.clock.now()), status=Status.SENDING)
