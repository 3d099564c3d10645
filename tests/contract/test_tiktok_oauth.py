"""Connecting an account on TikTok's own sign-in page, and renewing its access."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.networks import tiktok
from chalicelib.networks.contract import Lasting, RenewsAccess
from chalicelib.networks.oauth import App
from chalicelib.networks.tiktok_account import lasting
from chalicelib.networks.tiktok_oauth import OAUTH
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Rejected, Transient
from tests.contract.stage import APP, client_of, vault_of
from tests.contract.tiktok import BACK, CHOSEN, CREATOR, HTML, Stage, film, publish, standing
from tests.fakes.clocks import START
from tests.fakes.fake_tiktok import refused
from tests.fakes.fake_tiktok_sign_in import ACCOUNT, PageRefused
from tests.fakes.serving import Said, said

TOKENS = "/oauth/token/$"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def test_a_person_signs_in_on_tiktoks_page_with_exactly_our_scopes(stage: Stage) -> None:
    begun = stage.begin()
    page = urlsplit(begun.url)
    assert (
        f"{page.scheme}://{page.netloc}{page.path}" == "https://www.tiktok.com/v2/auth/authorize/"
    )
    query = {name: values[0] for name, values in parse_qs(page.query).items()}
    assert query["scope"] == "user.info.basic,user.info.stats,video.publish,video.list"
    assert (query["client_key"], query["redirect_uri"]) == (APP.client_id, BACK)
    assert APP.client_secret not in begun.url


def test_who_signs_in_is_connected_with_what_she_chose(stage: Stage) -> None:
    stage.fake.longest = 3_600
    made = stage.connect({"visibility": "FOLLOWER_OF_CREATOR", "interactions": "comments"})
    assert (made.profile.remote_id, made.profile.name) == (ACCOUNT, "Boulangerie Martin")
    assert (made.profile.handle, made.profile.url) == (
        "@boulangerie.martin",
        "https://www.tiktok.com/@boulangerie.martin",
    )
    assert made.settings == {
        "account": ACCOUNT,
        "username": "boulangerie.martin",
        "visibility": "FOLLOWER_OF_CREATOR",
        "interactions": "comments",
    }
    assert made.limits.video is not None
    assert made.limits.video.max_seconds == 3_600
    until = START + timedelta(days=365)
    assert made.lasting == Lasting(until=until, renew_at=until - timedelta(days=30))


def test_where_the_account_tells_no_length_the_usual_one_holds(stage: Stage) -> None:
    stage.fake.longest = 0
    assert stage.connect().limits == tiktok.SPEC.limits


@pytest.mark.parametrize(
    ("typed", "reason"),
    [
        ({}, "visibility"),
        ({**CHOSEN, "visibility": ""}, "visibility"),
        ({**CHOSEN, "visibility": "SELF_ONLY"}, "visibility"),
        ({"visibility": "PUBLIC_TO_EVERYONE"}, "interactions"),
    ],
)
def test_a_person_chooses_before_she_signs_in(
    stage: Stage, typed: dict[str, str], reason: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        stage.begin(typed)
    assert refusal.value.reason == reason


def test_nothing_is_chosen_beforehand() -> None:
    for field in tiktok.SPEC.fields:
        assert next(iter(field.choices)) == ""


def test_a_code_works_once_and_a_state_is_ours(stage: Stage) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.finish(begun, returned)
    with pytest.raises(AuthExpired):
        stage.finish(begun, returned)
    with pytest.raises(Rejected) as refusal:
        stage.finish(begun, {"error": "access_denied", "state": begun.state})
    assert refusal.value.reason == "denied"
    with pytest.raises(Rejected):
        stage.finish(begun, {**returned, "state": "forged"})


def test_another_installation_or_address_is_shown_an_error(stage: Stage) -> None:
    client = client_of(stage.http, stage.clock, App("other", "x"))
    with pytest.raises(PageRefused):
        stage.fake.say_yes(OAUTH.begin(CHOSEN, BACK, client).url)
    client = client_of(stage.http, stage.clock)
    with pytest.raises(PageRefused):
        stage.fake.say_yes(OAUTH.begin(CHOSEN, "https://ailleurs.example/", client).url)
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    client = client_of(stage.http, stage.clock, App(APP.client_id, "wrong"))
    with pytest.raises(AuthExpired):
        OAUTH.finish(begun.kept, returned, client)


def test_a_right_that_was_kept_back_is_told(stage: Stage) -> None:
    stage.fake.granted = frozenset({"user.info.basic", "video.list"})
    with pytest.raises(AuthExpired) as refusal:
        stage.connect()
    assert "video.publish" in refusal.value.detail


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(200, b"<html>", HTML), Transient),
        (said(200, {"data": {}, "error": {"code": "ok"}}), Transient),
        (refused(403, "reached_active_user_cap"), RateLimited),
        (refused(401, "scope_not_authorized"), AuthExpired),
    ],
)
def test_an_account_that_cant_be_read_isnt_connected(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("POST", CREATOR, answer)
    with pytest.raises(error):
        stage.connect()


@pytest.mark.parametrize("missing", ["open_id", "refresh_token"])
def test_an_access_without_an_account_or_a_renewal_is_none(stage: Stage, missing: str) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    token = next(iter(stage.fake.access))
    answer = {"open_id": ACCOUNT, "access_token": token, "refresh_token": "r", "expires_in": 60}
    del answer[missing]
    stage.served.answer_next("POST", TOKENS, said(200, answer))
    with pytest.raises((AuthExpired, Transient)):
        stage.finish(begun, returned)


# Access.


def test_a_token_that_ends_is_renewed_and_what_came_with_it_is_kept(stage: Stage) -> None:
    before = vault_of(stage.tools).secret["refresh_token"]
    stage.clock.advance(timedelta(days=1))
    publish(stage, film())
    after = vault_of(stage.tools).secret["refresh_token"]
    assert after != before
    assert list(stage.fake.refresh) == [after]


def test_a_renewal_that_gives_no_other_refresh_token_keeps_the_one_there_was(stage: Stage) -> None:
    before = vault_of(stage.tools).secret["refresh_token"]
    stage.clock.advance(timedelta(days=1))
    answer = {"access_token": "act.x", "expires_in": 86_400}
    stage.served.answer_next("POST", TOKENS, said(200, answer))
    stage.fake.access["act.x"] = (
        stage.clock.now() + timedelta(days=1),
        frozenset({"video.publish"}),
    )
    publish(stage, film())
    assert vault_of(stage.tools).secret["refresh_token"] == before


def test_a_token_that_is_refused_early_is_renewed_at_once(stage: Stage) -> None:
    stage.fake.access.clear()
    publish(stage, film())
    assert len(stage.fake.posts) == 1


def test_an_access_that_nobody_renewed_in_time_needs_a_person(stage: Stage) -> None:
    stage.clock.advance(timedelta(days=366))
    with pytest.raises(AuthExpired):
        stage.walk.send(film())
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_access_is_renewed_ahead_of_its_end(stage: Stage) -> None:
    assert isinstance(stage.adapter, RenewsAccess)
    stage.clock.advance(timedelta(days=335))
    renewed = stage.adapter.renew_access()
    assert renewed.until == stage.clock.now() + timedelta(days=365)
    assert renewed.renew_at == stage.clock.now() + timedelta(days=335)
    stage.fake.refresh.clear()
    with pytest.raises(AuthExpired):
        stage.adapter.renew_access()


def test_a_renewal_that_gives_no_more_time_isnt_repeated() -> None:
    until = START + timedelta(days=20)
    assert lasting({"refresh_expires_at": until.isoformat()}, START) == Lasting(until=until)
    assert lasting({}, START) == Lasting()


def test_checking_reads_who_it_is_and_that_we_may_publish(stage: Stage) -> None:
    assert stage.adapter.check().remote_id == ACCOUNT
    stage.fake.banned = True
    with pytest.raises(Rejected) as refusal:
        stage.adapter.check()
    assert refusal.value.reason == "banned"
