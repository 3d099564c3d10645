"""Channels: flags before holding, secrets only in the vault and only as long as needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.publishing.refusals import Busy, NotFound
from chalicelib.workspaces.access import Action, allows, lowest, scope_of
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.connecting import CantNow, Connecting
from chalicelib.workspaces.forgetting import TOKEN_KEPT, Forgetting
from chalicelib.workspaces.workspaces import Role
from tests.fakes import firm
from tests.fakes.api_world import BAKERY, ApiWorld

MASTO = ChannelId("masto")


class WatchedHolding:
    """``ports.Holding`` that notes how the channel stood when it was asked."""

    def __init__(self, world: ApiWorld) -> None:
        self._world = world
        self.seen: list[tuple[str, ChannelStatus]] = []
        self.too_late: list[Delivery] = []
        self.busy = False

    def _note(self, what: str, channel: ChannelId) -> None:
        stands = self._world.store.channel_items[BAKERY, channel]
        self.seen.append((what, stands.status))

    def hold(self, workspace: WorkspaceId, channel: ChannelId) -> Sequence[Delivery]:
        self._note("hold", channel)
        return self.too_late

    def resume(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        self._note("resume", channel)

    def reconnected(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        self._note("reconnected", channel)

    def is_busy(self, workspace: WorkspaceId, channel: ChannelId) -> bool:
        return self.busy


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


@pytest.fixture
def holding(world: ApiWorld) -> WatchedHolding:
    return WatchedHolding(world)


@pytest.fixture
def connecting(world: ApiWorld, holding: WatchedHolding) -> Connecting:
    return replace(world.connecting, holding=holding)


@pytest.fixture
def forgetting(world: ApiWorld, holding: WatchedHolding) -> Forgetting:
    return Forgetting(
        clock=world.clock, channels=world.channel_book, vault=world.vault, holding=holding
    )


def stands(world: ApiWorld) -> Channel:
    return world.store.channel_items[BAKERY, MASTO]


def test_the_flag_is_set_before_anything_is_held_or_freed(
    connecting: Connecting, holding: WatchedHolding
) -> None:
    connecting.pause(BAKERY, MASTO, None)
    connecting.resume(BAKERY, MASTO)
    connecting.disconnect(BAKERY, MASTO)
    assert holding.seen == [
        ("hold", ChannelStatus.PAUSED),
        ("resume", ChannelStatus.CONNECTED),
        ("hold", ChannelStatus.DISCONNECTED),
    ]


def test_a_disconnected_channels_secret_is_gone_at_once_if_nothing_needs_it(
    world: ApiWorld, connecting: Connecting
) -> None:
    held = connecting.disconnect(BAKERY, MASTO)
    assert (BAKERY, MASTO) not in world.vault.secrets
    assert held.channel.forget_token_after is None


@pytest.mark.parametrize("ends_early", [True, False])
def test_a_secret_is_kept_while_an_attempt_is_in_doubt_and_ten_minutes_at_most(
    world: ApiWorld,
    connecting: Connecting,
    forgetting: Forgetting,
    holding: WatchedHolding,
    ends_early: bool,
) -> None:
    holding.too_late = [firm.delivery()]
    holding.busy = True
    connecting.disconnect(BAKERY, MASTO)
    world.clock.advance(TOKEN_KEPT - timedelta(seconds=1))
    assert forgetting.forget_due() == 0
    assert (BAKERY, MASTO) in world.vault.secrets
    if ends_early:
        holding.busy = False
    else:
        world.clock.advance(timedelta(seconds=1))
    assert forgetting.forget_due() == 1
    assert (BAKERY, MASTO) not in world.vault.secrets
    assert forgetting.forget_due() == 0


def test_a_note_that_cannot_be_written_is_done_again_by_the_next_tick(
    world: ApiWorld, connecting: Connecting, forgetting: Forgetting, holding: WatchedHolding
) -> None:
    holding.too_late = [firm.delivery()]
    connecting.disconnect(BAKERY, MASTO)
    world.channel_book.refusals = 1
    forgetting.forget_due()
    assert stands(world).forget_token_after is not None
    forgetting.forget_due()
    assert stands(world).forget_token_after is None


def test_an_act_is_done_on_what_stands_when_somebody_was_quicker(
    world: ApiWorld, connecting: Connecting
) -> None:
    world.channel_book.refusals = 2
    assert connecting.rename(BAKERY, MASTO, "Fil").name == "Fil"
    world.channel_book.refusals = 3
    with pytest.raises(Busy):
        connecting.rename(BAKERY, MASTO, "Autre")
    assert stands(world).name == "Fil"


def test_an_unclear_store_is_told_as_busy(world: ApiWorld) -> None:
    class Unclear:
        def __getattr__(self, name: str) -> object:
            return getattr(world.channel_book, name)

        def put(self, before: Channel | None, after: Channel) -> Channel:
            raise StoreUnclear

    connecting = replace(world.connecting, channels=Unclear())  # type: ignore[arg-type]
    with pytest.raises(Busy):
        connecting.rename(BAKERY, MASTO, "Fil")


def test_a_broken_channel_is_not_paused_and_a_parted_one_is_left_alone(
    world: ApiWorld, connecting: Connecting
) -> None:
    world.store.set_channel(replace(stands(world), status=ChannelStatus.BROKEN))
    with pytest.raises(CantNow) as refused:
        connecting.pause(BAKERY, MASTO, None)
    assert refused.value.code == "is-broken"
    assert connecting.resume(BAKERY, MASTO).status is ChannelStatus.BROKEN
    connecting.disconnect(BAKERY, MASTO)
    for act in (
        lambda: connecting.pause(BAKERY, MASTO, None),
        lambda: connecting.resume(BAKERY, MASTO),
        lambda: connecting.disconnect(BAKERY, MASTO),
        lambda: connecting.test(BAKERY, MASTO),
        lambda: connecting.rename(BAKERY, MASTO, "x"),
        lambda: connecting.reconnect(BAKERY, MASTO, {"handle": "masto", "password": "x"}),
    ):
        with pytest.raises(CantNow):
            act()
    with pytest.raises(NotFound):
        connecting.get(WorkspaceId("florist"), MASTO)


def test_each_role_may_all_that_the_lower_ones_may() -> None:
    for action in Action:
        allowed = [role for role in Role if allows(role, action)]
        assert allowed == [role for role in Role if role >= lowest(action)]
    assert [a for a in Action if scope_of(a) is None] == [Action.MANAGE_KEYS]
    assert [a for a in Action if scope_of(a) == "read"] == [Action.SEE]
