"""Connecting Pages on Facebook's own sign-in page."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.networks import registry
from chalicelib.networks.contract import Lasting
from chalicelib.networks.facebook_oauth import SCOPES, begin, finish
from chalicelib.networks.oauth import App
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Rejected, Transient
from tests.contract.facebook_stage import BACK, Stage, staged
from tests.contract.stage import APP, client_of
from tests.fakes.clocks import START
from tests.fakes.fake_facebook import PAGE
from tests.fakes.fake_graph import limited, refused
from tests.fakes.serving import Said, said

TOKEN = "oauth/access_token$"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        made.served.requests.clear()
        yield made


def test_a_person_signs_in_on_facebooks_page_with_exactly_our_scopes(stage: Stage) -> None:
    begun = begin({}, BACK, client_of(stage.http, stage.clock))
    page = urlsplit(begun.url)
    assert (page.scheme, page.netloc) == ("https", "www.facebook.com")
    query = {k: v[0] for k, v in parse_qs(page.query).items()}
    assert query["scope"].split(",") == list(SCOPES)
    assert query["client_id"] == APP.client_id
    assert APP.client_secret not in begun.url
    assert query["state"] == begun.state


def test_every_page_that_she_may_publish_on_is_offered(stage: Stage) -> None:
    stage.fake.tasks |= {
        "2": ["PROFILE_PLUS_CREATE_CONTENT"],
        "3": ["ANALYZE"],
        "4": ["CREATE_CONTENT"],
    }
    stage.fake.tokens |= {"2": "page-token-2", "3": "page-token-3"}
    made = stage.connect()
    assert [c.profile.remote_id for c in made] == [PAGE, "2"]
    assert [c.secret for c in made] == [
        {"access_token": f"page-token-{PAGE}"},
        {"access_token": "page-token-2"},
    ]
    assert made[0].settings == {"page": PAGE}


def test_who_has_no_page_gets_an_empty_list(stage: Stage) -> None:
    stage.fake.tasks = {}
    assert stage.connect() == []


def test_access_lasts_until_facebook_wants_it_confirmed(stage: Stage) -> None:
    (made,) = stage.connect()
    assert made.lasting == Lasting(until=START + timedelta(days=90), renew_at=None)
    stage.fake.confirmed_for = timedelta(0)
    (made,) = stage.connect()
    assert made.lasting == Lasting()


def test_a_permission_that_was_taken_out_is_told(stage: Stage) -> None:
    stage.fake.page.declines = frozenset({"pages_manage_posts"})
    with pytest.raises(AuthExpired) as refusal:
        stage.connect()
    assert "pages_manage_posts" in refusal.value.detail


def test_permissions_that_only_listening_needs_may_be_taken_out(stage: Stage) -> None:
    stage.fake.page.declines = frozenset({"pages_read_user_content", "read_insights"})
    assert len(stage.connect()) == 1


def test_a_person_who_says_no_is_understood(stage: Stage) -> None:
    client = client_of(stage.http, stage.clock)
    begun = begin({}, BACK, client)
    returned = {"error": "access_denied", "error_reason": "user_denied", "state": begun.state}
    with pytest.raises(Rejected) as refusal:
        finish(begun.kept, returned, client)
    assert refusal.value.reason == "denied"


def test_another_sign_ins_state_is_refused(stage: Stage) -> None:
    client = client_of(stage.http, stage.clock)
    begun = begin({}, BACK, client)
    returned = {**stage.fake.page.say_yes(begun.url), "state": "forged"}
    with pytest.raises(Rejected) as refusal:
        finish(begun.kept, returned, client)
    assert refusal.value.reason == "state"
    assert stage.served.seen("POST", TOKEN) == []


def test_a_code_works_once_for_its_way_back_and_its_application(stage: Stage) -> None:
    client = client_of(stage.http, stage.clock)
    begun = begin({}, BACK, client)
    returned = stage.fake.page.say_yes(begun.url)
    finish(begun.kept, returned, client)
    with pytest.raises(AuthExpired):
        finish(begun.kept, returned, client)
    begun = begin({}, BACK, client)
    returned = stage.fake.page.say_yes(begun.url)
    with pytest.raises(AuthExpired):
        finish({**begun.kept, "redirect_uri": "https://ailleurs.example"}, returned, client)
    other = replace(client, app=lambda: App("relais-app", "wrong"))
    begun = begin({}, BACK, client)
    with pytest.raises(AuthExpired):
        finish(begun.kept, stage.fake.page.say_yes(begun.url), other)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (limited(4, 30), RateLimited),
        (refused(2, status=500), Transient),
        (Said(200, b"<html>"), Transient),
    ],
)
def test_pages_that_cant_be_read_now_are_for_another_time(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", "me/accounts", answer)
    with pytest.raises(error):
        stage.connect()


def test_a_short_token_that_isnt_lengthened_connects_nobody(stage: Stage) -> None:
    client = client_of(stage.http, stage.clock)
    for answer, error in ((said(200, {"ok": 1}), Transient), (refused(190), AuthExpired)):
        begun = begin({}, BACK, client)
        returned = stage.fake.page.say_yes(begun.url)
        stage.served.answer_next("POST", TOKEN, said(200, {"access_token": "user-token-short"}))
        stage.served.answer_next("POST", TOKEN, answer)
        with pytest.raises(error):
            finish(begun.kept, returned, client)


def test_what_stands_before_connecting_is_told_in_both_languages() -> None:
    spec = registry.network("facebook").spec
    assert set(spec.barrier) == {"fr", "en"}
    assert spec.app == "facebook"
    assert registry.network("facebook").connect is None
