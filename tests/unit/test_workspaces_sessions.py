"""Ways in: links that work once, sessions that end, limits that lock nobody out."""

from __future__ import annotations

import threading
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.ids import MemberId
from chalicelib.publishing.refusals import Invalid, NotFound
from chalicelib.workspaces import sessions
from chalicelib.workspaces.seals import Seals
from chalicelib.workspaces.sessions import LinkUsedUp, TooOften
from chalicelib.workspaces.workspaces import Language
from tests.fakes.api_world import BAKERY, ApiWorld

OWNER = MemberId("owner")


@pytest.fixture
def world() -> ApiWorld:
    return ApiWorld()


def link_token(world: ApiWorld) -> str:
    return urlsplit(world.sessions.make_link(OWNER)).fragment


def test_of_many_who_use_a_link_at_once_one_gets_in(world: ApiWorld) -> None:
    token = link_token(world)
    outcomes: list[str] = []

    def use() -> None:
        try:
            world.sessions.enter(token, None, "there")
            outcomes.append("in")
        except LinkUsedUp:
            outcomes.append("out")

    threads = [threading.Thread(target=use) for _ in range(16)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["in"] + ["out"] * 15


def test_no_token_is_stored(world: ApiWorld) -> None:
    token = link_token(world)
    entered = world.sessions.enter(token, None, "there")
    made = world.sessions.make_key(
        BAKERY, OWNER, name="x", scopes=frozenset({"read"}), expires_at=None
    )
    stored = f"{world.ways_in.links} {world.ways_in.sessions} {world.ways_in.api_keys}"
    for secret in (token, entered.token, made.secret):
        assert secret not in stored


def test_a_session_is_renewed_by_use_once_a_day_and_ends_for_good(world: ApiWorld) -> None:
    entered = world.sessions.enter(link_token(world), None, "there")
    writes = world.ways_in.session_writes
    for _ in range(5):
        assert world.sessions.session(entered.token)
    assert world.ways_in.session_writes == writes
    for day in range(1, 180):
        world.clock.advance(timedelta(days=1))
        assert world.sessions.session(entered.token), day
    world.clock.advance(timedelta(days=1))
    assert world.sessions.session(entered.token) is None


def test_a_session_that_is_not_used_ends(world: ApiWorld) -> None:
    entered = world.sessions.enter(link_token(world), None, "there")
    world.clock.advance(timedelta(days=30))
    assert world.sessions.session(entered.token) is None


def test_whoever_floods_somebodys_mailbox_cannot_lock_her_out(world: ApiWorld) -> None:
    """In every window some link that was mailed still works until the next window begins."""
    for minute in range(60):
        for n in range(5):
            world.sessions.ask_for_link("owner@example.org", None, f"attacker {minute} {n}")
        newest = urlsplit(world.mail.sent[-1][1]).fragment
        mac = world.seals.mac("link", newest)
        assert world.ways_in.links[mac].expires_at > world.clock.now()
        world.clock.advance(timedelta(minutes=1))
    assert len(world.mail.sent) <= 5 * sessions.MAILS_PER_WINDOW


def test_asking_takes_as_long_for_nobody_as_for_somebody(world: ApiWorld) -> None:
    def slow(*_: object) -> None:
        world.clock.advance(timedelta(seconds=0.7))

    world.mail.send_link = slow  # type: ignore[method-assign,assignment]
    world.sessions.ask_for_link("owner@example.org", Language.EN, "a")
    world.sessions.ask_for_link("nobody@example.org", Language.EN, "b")
    assert world.waited == [pytest.approx(0.3), pytest.approx(1.0)]


def test_a_mail_that_fails_is_noted_and_says_nothing_to_the_asker(world: ApiWorld) -> None:
    world.mail.fails = True
    world.sessions.ask_for_link("owner@example.org", None, "a")
    assert world.mail_failures == ["ConnectionRefusedError"]


def test_too_many_tries_with_links_are_slowed_down(world: ApiWorld) -> None:
    for _ in range(sessions.TRIES_PER_ADDRESS):
        with pytest.raises(LinkUsedUp):
            world.sessions.enter("guess", None, "there")
    with pytest.raises(TooOften) as slowed:
        world.sessions.enter(link_token(world), None, "there")
    assert slowed.value.retry_after <= timedelta(minutes=15)
    assert world.sessions.enter(link_token(world), None, "elsewhere")


def test_a_link_of_somebody_who_left_every_firm_lets_nobody_in(world: ApiWorld) -> None:
    token = link_token(world)
    del world.members.rows[BAKERY, OWNER]
    with pytest.raises(LinkUsedUp):
        world.sessions.enter(token, None, "there")


def test_a_planted_key_takes_the_place_of_the_one_before(world: ApiWorld) -> None:
    first, second = "first" * 8, "second" * 8
    world.sessions.plant_key(BAKERY, OWNER, "dev", first)
    world.sessions.plant_key(BAKERY, OWNER, "dev", second)
    assert world.sessions.key(first) is None
    found = world.sessions.key(second)
    assert found is not None
    assert found.member == OWNER
    assert found.scopes == {"read", "write"}


def test_keys_are_bounded_and_revoked_by_id(world: ApiWorld) -> None:
    for _ in range(sessions.MAX_KEYS):
        world.sessions.make_key(
            BAKERY, OWNER, name="x", scopes=frozenset({"read"}), expires_at=None
        )
    with pytest.raises(Invalid) as refused:
        world.sessions.make_key(BAKERY, OWNER, name="x", scopes=frozenset({"all"}), expires_at=None)
    assert {f.code for f in refused.value.faults} == {"unknown-scope", "too-many-keys"}
    world.sessions.revoke_key(BAKERY, world.sessions.keys(BAKERY)[0].id)
    with pytest.raises(NotFound):
        world.sessions.revoke_key(BAKERY, "none")


def test_seals_hold_for_their_purpose_and_key_only() -> None:
    seals, other = Seals(b"k" * 32), Seals(b"o" * 32)
    mac = seals.mac("session", "token")
    assert seals.holds("session", "token", mac)
    assert not seals.holds("link", "token", mac)
    assert not seals.holds("session", "token2", mac)
    assert not other.holds("session", "token", mac)
    assert not seals.holds("session", "token", "é")
    with pytest.raises(ValueError, match="32 bytes"):
        Seals(b"short")
