"""Connecting an account on Instagram's own sign-in page, and renewing its access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.networks import registry
from chalicelib.networks.contract import Lasting, RenewsAccess
from chalicelib.networks.graph_tokens import lasting_of
from chalicelib.networks.instagram import Instagram
from chalicelib.networks.instagram_oauth import SCOPES
from chalicelib.networks.oauth import App
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Rejected, Transient
from tests.contract import two_phase_stage
from tests.contract.stage import APP, client_of, vault_of
from tests.contract.two_phase_stage import BACK
from tests.fakes.clocks import START
from tests.fakes.fake_graph import limited, refused
from tests.fakes.fake_instagram import ACCOUNT, FakeInstagram
from tests.fakes.serving import Said, said

Stage = two_phase_stage.Stage[FakeInstagram]
DAY = timedelta(days=1)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with two_phase_stage.instagram() as made:
        made.served.requests.clear()
        yield made


def test_a_person_signs_in_on_instagrams_page_with_exactly_our_scopes(stage: Stage) -> None:
    begun = stage.oauth.begin({}, BACK, client_of(stage.http, stage.clock))
    page = urlsplit(begun.url)
    assert (
        f"{page.scheme}://{page.netloc}{page.path}" == "https://www.instagram.com/oauth/authorize"
    )
    query = {k: v[0] for k, v in parse_qs(page.query).items()}
    assert query["scope"].split(",") == list(SCOPES)
    assert APP.client_secret not in begun.url


@pytest.mark.parametrize("wraps", [True, False])
def test_who_signs_in_is_connected_for_sixty_days(stage: Stage, wraps: bool) -> None:
    stage.fake.wraps = wraps
    (made,) = stage.connect()
    assert made.profile.remote_id == ACCOUNT
    assert made.profile.handle == "@boulangerie.martin"
    assert made.settings == {"account": ACCOUNT, "username": "boulangerie.martin"}
    assert made.secret["access_token"] == stage.fake.token
    until = START + timedelta(days=60)
    assert made.lasting == Lasting(until=until, renew_at=START + timedelta(days=45))


def test_a_code_with_what_hangs_on_its_address_is_taken(stage: Stage) -> None:
    client = client_of(stage.http, stage.clock)
    begun = stage.oauth.begin({}, BACK, client)
    returned = stage.fake.page.say_yes(begun.url)
    made = stage.oauth.finish(begun.kept, {**returned, "code": f"{returned['code']}#_"}, client)
    assert len(made) == 1


def test_a_personal_account_is_none_to_publish_on(stage: Stage) -> None:
    stage.fake.account_type = "PERSONAL"
    assert stage.connect() == []


def test_a_permission_that_was_taken_out_is_told(stage: Stage) -> None:
    stage.fake.page.declines = frozenset({"instagram_business_content_publish"})
    with pytest.raises(AuthExpired) as refusal:
        stage.connect()
    assert "instagram_business_content_publish" in refusal.value.detail


def test_a_code_works_once_and_a_state_is_ours(stage: Stage) -> None:
    client = client_of(stage.http, stage.clock)
    begun = stage.oauth.begin({}, BACK, client)
    returned = stage.fake.page.say_yes(begun.url)
    with pytest.raises(Rejected):
        stage.oauth.finish(begun.kept, {**returned, "state": "forged"}, client)
    with pytest.raises(Rejected):
        stage.oauth.finish(begun.kept, {"state": begun.state, "error": "access_denied"}, client)
    stage.oauth.finish(begun.kept, returned, client)
    with pytest.raises(AuthExpired):
        stage.oauth.finish(begun.kept, returned, client)
    other = client_of(stage.http, stage.clock, App(APP.client_id, "wrong"))
    begun = stage.oauth.begin({}, BACK, other)
    with pytest.raises(AuthExpired):
        stage.oauth.finish(begun.kept, stage.fake.page.say_yes(begun.url), other)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (limited(4, 30), RateLimited),
        (refused(2, status=500), Transient),
        (refused(190), AuthExpired),
        (said(200, {"token_type": "bearer"}), Transient),
        (Said(200, b"<html>"), Transient),
    ],
)
def test_a_short_token_that_isnt_lengthened_connects_nobody(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", "^/access_token$", answer)
    with pytest.raises(error):
        stage.connect()


def test_a_lost_answer_to_the_code_is_for_another_time(stage: Stage) -> None:
    stage.served.answer_next("POST", "^/oauth/access_token$", Said(503, b""))
    with pytest.raises(Transient):
        stage.connect()


# Renewing.


def test_access_is_renewed_once_it_is_a_day_old(stage: Stage) -> None:
    assert issubclass(Instagram, RenewsAccess)
    before = stage.fake.token
    stage.clock.advance(45 * DAY)
    lasting = stage.adapter.renew_access()
    assert lasting == Lasting(until=START + 105 * DAY, renew_at=START + 90 * DAY)
    assert stage.fake.token != before
    assert vault_of(stage.tools).secret["access_token"] == stage.fake.token
    stage.adapter.check()


def test_a_token_that_is_young_is_left_as_it_is(stage: Stage) -> None:
    stage.clock.advance(timedelta(hours=23))
    assert stage.adapter.renew_access() == stage.connection.lasting
    assert stage.served.seen("GET", "refresh_access_token") == []


def test_access_that_is_over_needs_a_person(stage: Stage) -> None:
    stage.clock.advance(60 * DAY)
    with pytest.raises(AuthExpired):
        stage.adapter.renew_access()
    assert stage.served.seen("GET", "refresh_access_token") == []


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(190, 463, 401), AuthExpired),
        (refused(2, status=500), Transient),
        (said(200, {"expires_in": 5}), Transient),
    ],
)
def test_a_renewal_that_fails_keeps_what_there_is(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.clock.advance(45 * DAY)
    stage.served.answer_next("GET", "refresh_access_token", answer)
    with pytest.raises(error):
        stage.adapter.renew_access()
    assert vault_of(stage.tools).secret["access_token"] == stage.fake.token
    stage.adapter.check()


def test_a_shorter_access_is_renewed_at_three_quarters_of_it() -> None:
    given = START.isoformat()
    secret = {"given_at": given, "expires_at": (START + 8 * DAY).isoformat()}
    assert lasting_of(secret) == Lasting(START + 8 * DAY, START + 6 * DAY)
    assert lasting_of({"given_at": given}) == Lasting()


def test_what_stands_before_connecting_is_told_in_both_languages() -> None:
    spec = registry.network("instagram").spec
    assert set(spec.barrier) == {"fr", "en"}
    assert spec.app == "instagram"
