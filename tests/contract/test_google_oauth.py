"""Signing in with Google, the same whatever is connected by it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected, Transient
from tests.contract import google_business, youtube
from tests.contract.google import Account
from tests.fakes.clocks import START
from tests.fakes.fake_google import FakeGoogle, PageRefused
from tests.fakes.serving import Said, said

DRIVE = "https://www.googleapis.com/auth/drive"


@pytest.fixture(params=[google_business.standing, youtube.standing], ids=["places", "channels"])
def stage(request: pytest.FixtureRequest) -> Iterator[Account[FakeGoogle]]:
    with request.param() as made:
        yield made


def scope_of(stage: Account[FakeGoogle]) -> str:
    """Return the one right that is asked for."""
    (scope,) = stage.fake.offers
    return scope


def test_the_page_is_asked_for_what_lasts(stage: Account[FakeGoogle]) -> None:
    begun = stage.begin()
    assert begun.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert "access_type=offline" in begun.url
    assert "prompt=consent" in begun.url
    assert begun.kept["verifier"] not in begun.url
    stage.fake.has_agreed = True
    (made,) = stage.finish(begun, stage.fake.say_yes(begun.url))
    assert made.secret["refresh_token"]


def test_an_app_in_testing_says_when_its_access_ends(stage: Account[FakeGoogle]) -> None:
    stage.fake.in_testing = True
    (made,) = stage.connect()
    assert made.lasting.until == START + timedelta(seconds=604_799)


def test_what_the_page_refuses_is_never_asked(stage: Account[FakeGoogle]) -> None:
    begun = stage.begin()
    for odd in (
        begun.url.replace("relais-app", "another"),
        begun.url.replace("callbacks", "elsewhere"),
        begun.url.replace(
            quote(scope_of(stage), safe=""), quote("https://www.googleapis.com/auth/drive", safe="")
        ),
        begun.url.replace("response_type=code", "response_type=token"),
    ):
        with pytest.raises(PageRefused):
            stage.fake.say_yes(odd)


def test_a_code_works_once_with_its_verifier_and_its_address(stage: Account[FakeGoogle]) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.finish(begun, returned)
    with pytest.raises(AuthExpired):
        stage.finish(begun, returned)
    for stolen in ({"verifier": "guessed"}, {"redirect_uri": f"{stage.back}/x"}):
        begun = stage.begin()
        returned = stage.fake.say_yes(begun.url)
        begun.kept.update(stolen)  # type: ignore[attr-defined]
        with pytest.raises(AuthExpired):
            stage.finish(begun, returned)


def test_another_sign_ins_state_and_a_no_are_told_apart(stage: Account[FakeGoogle]) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    with pytest.raises(Rejected) as refusal:
        stage.finish(begun, {**returned, "state": "forged"})
    assert refusal.value.reason == "state"
    with pytest.raises(Rejected) as refusal:
        stage.finish(begun, {"error": "access_denied", "state": begun.state})
    assert refusal.value.reason == "denied"


def test_a_box_that_was_left_unticked_is_told(stage: Account[FakeGoogle]) -> None:
    stage.fake.granted = frozenset({"openid"})
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.fake.codes[returned["code"]]["scope"] = "openid"
    with pytest.raises(AuthExpired) as refusal:
        stage.finish(begun, returned)
    assert scope_of(stage) in refusal.value.detail


def test_an_access_that_cant_be_renewed_isnt_kept(stage: Account[FakeGoogle]) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.fake.codes[returned["code"]]["access_type"] = "online"
    with pytest.raises(AuthExpired):
        stage.finish(begun, returned)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(400, {"error": "invalid_grant"}), AuthExpired),
        (said(401, {"error": "invalid_client"}), AuthExpired),
        (said(503, {}), Transient),
        (Said(200, b"<html>", {}), Transient),
        (said(200, {"access_token": ""}), Transient),
    ],
)
def test_a_token_endpoint_that_fails_connects_nothing(
    stage: Account[FakeGoogle], answer: Said, error: type[NetworkError]
) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.served.answer_next("POST", "/token$", answer)
    with pytest.raises(error):
        stage.finish(begun, returned)
