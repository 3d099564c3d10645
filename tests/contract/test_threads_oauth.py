"""Connecting an account on Threads' own sign-in page, and renewing its access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.networks import registry
from chalicelib.networks.contract import Lasting
from chalicelib.networks.threads_oauth import SCOPES
from chalicelib.publishing.outcomes import AuthExpired, Rejected, Transient
from tests.contract import two_phase_stage
from tests.contract.stage import APP, client_of
from tests.contract.two_phase_stage import BACK
from tests.fakes.clocks import START
from tests.fakes.fake_graph import refused
from tests.fakes.fake_threads import ACCOUNT, FakeThreads
from tests.fakes.serving import Said, said

Stage = two_phase_stage.Stage[FakeThreads]
DAY = timedelta(days=1)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with two_phase_stage.threads() as made:
        made.served.requests.clear()
        yield made


def test_a_person_signs_in_on_threads_page_with_exactly_our_scopes(stage: Stage) -> None:
    begun = stage.oauth.begin({}, BACK, client_of(stage.http, stage.clock))
    page = urlsplit(begun.url)
    assert f"{page.scheme}://{page.netloc}{page.path}" == "https://threads.net/oauth/authorize"
    query = {k: v[0] for k, v in parse_qs(page.query).items()}
    assert query["scope"].split(",") == list(SCOPES)
    assert APP.client_secret not in begun.url


def test_who_signs_in_is_connected_for_sixty_days(stage: Stage) -> None:
    (made,) = stage.connect()
    assert made.profile.remote_id == ACCOUNT
    assert made.profile.url == "https://www.threads.com/@boulangerie.martin"
    assert made.settings == {"account": ACCOUNT, "username": "boulangerie.martin"}
    until = START + 60 * DAY
    assert made.lasting == Lasting(until=until, renew_at=START + 45 * DAY)


def test_a_permission_that_was_taken_out_is_told(stage: Stage) -> None:
    stage.fake.page.declines = frozenset({"threads_content_publish"})
    with pytest.raises(AuthExpired):
        stage.connect()


def test_a_code_works_once_and_a_state_is_ours(stage: Stage) -> None:
    client = client_of(stage.http, stage.clock)
    begun = stage.oauth.begin({}, BACK, client)
    returned = stage.fake.page.say_yes(begun.url)
    with pytest.raises(Rejected):
        stage.oauth.finish(begun.kept, {**returned, "state": "forged"}, client)
    stage.oauth.finish(begun.kept, returned, client)
    with pytest.raises(AuthExpired):
        stage.oauth.finish(begun.kept, returned, client)


def test_access_is_renewed_ahead_and_a_private_profiles_isnt(stage: Stage) -> None:
    stage.clock.advance(45 * DAY)
    lasting = stage.adapter.renew_access()
    assert lasting == Lasting(until=START + 105 * DAY, renew_at=START + 90 * DAY)
    stage.adapter.check()
    stage.clock.advance(45 * DAY)
    stage.fake.renews = False
    with pytest.raises(Rejected):
        stage.adapter.renew_access()
    stage.adapter.check()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(190), AuthExpired),
        (refused(2, status=500), Transient),
        (said(200, {}), Transient),
        (Said(200, b"<html>"), Transient),
    ],
)
def test_a_short_token_that_isnt_lengthened_connects_nobody(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", "^/access_token$", answer)
    with pytest.raises(error):
        stage.connect()


def test_what_stands_before_connecting_is_told_in_both_languages() -> None:
    spec = registry.network("threads").spec
    assert set(spec.barrier) == {"fr", "en"}
    assert spec.app == "threads"
