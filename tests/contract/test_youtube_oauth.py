"""Signing in with Google, and the channel that the person chose there."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.networks.contract import Lasting
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected, Transient
from tests.contract.youtube import BACK, Stage, standing
from tests.fakes.clocks import START
from tests.fakes.fake_google import PageRefused, exhausted
from tests.fakes.fake_youtube import CHANNEL, SCOPE, UPLOADED, refused
from tests.fakes.serving import Said, said


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def test_the_channel_that_was_chosen_is_the_one_to_publish_on(stage: Stage) -> None:
    (made,) = stage.connect()
    assert made.profile.remote_id == CHANNEL
    assert (made.profile.name, made.profile.handle) == ("Boulangerie Martin", "@boulangeriemartin")
    assert made.profile.url == f"https://www.youtube.com/channel/{CHANNEL}"
    assert made.settings == {"channel": CHANNEL, "uploads": UPLOADED}
    assert set(made.secret) == {"access_token", "refresh_token", "expires_at"}
    assert made.lasting == Lasting()


def test_a_google_account_without_a_channel_gives_nothing_to_choose(stage: Stage) -> None:
    stage.fake.has_channel = False
    assert stage.connect() == []


def test_the_page_is_asked_for_what_lasts_and_for_one_right(stage: Stage) -> None:
    begun = stage.begin()
    assert begun.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert "access_type=offline" in begun.url
    assert "prompt=consent" in begun.url
    assert begun.url.count("auth%2Fyoutube") == 1
    assert begun.kept["verifier"] not in begun.url
    stage.fake.has_agreed = True
    (made,) = stage.finish(begun, stage.fake.say_yes(begun.url))
    assert made.secret["refresh_token"]


def test_an_app_in_testing_says_when_its_access_ends(stage: Stage) -> None:
    stage.fake.in_testing = True
    (made,) = stage.connect()
    assert made.lasting.until == START + timedelta(seconds=604_799)


def test_what_the_page_refuses_is_never_asked(stage: Stage) -> None:
    begun = stage.begin()
    for odd in (
        begun.url.replace("relais-app", "another"),
        begun.url.replace("callbacks", "elsewhere"),
        begun.url.replace("youtube.force-ssl", "drive"),
    ):
        with pytest.raises(PageRefused):
            stage.fake.say_yes(odd)


def test_a_code_works_once_with_its_verifier_and_its_address(stage: Stage) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.finish(begun, returned)
    with pytest.raises(AuthExpired):
        stage.finish(begun, returned)
    for stolen in ({"verifier": "guessed"}, {"redirect_uri": f"{BACK}/x"}):
        begun = stage.begin()
        returned = stage.fake.say_yes(begun.url)
        begun.kept.update(stolen)  # type: ignore[attr-defined]
        with pytest.raises(AuthExpired):
            stage.finish(begun, returned)


def test_another_sign_ins_state_and_a_no_are_told_apart(stage: Stage) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    with pytest.raises(Rejected) as refusal:
        stage.finish(begun, {**returned, "state": "forged"})
    assert refusal.value.reason == "state"
    with pytest.raises(Rejected) as refusal:
        stage.finish(begun, {"error": "access_denied", "state": begun.state})
    assert refusal.value.reason == "denied"


def test_a_box_that_was_left_unticked_is_told(stage: Stage) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.fake.codes[returned["code"]]["scope"] = "openid"
    with pytest.raises(AuthExpired) as refusal:
        stage.finish(begun, returned)
    assert SCOPE in refusal.value.detail


def test_what_gives_nothing_to_renew_with_is_no_connection(stage: Stage) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.fake.codes[returned["code"]]["access_type"] = "online"
    with pytest.raises(AuthExpired):
        stage.finish(begun, returned)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (exhausted("300"), NetworkError),
        (refused(403, "accessNotConfigured", "usageLimits"), Rejected),
        (refused(401, "youtubeSignupRequired", "youtube.header"), AuthExpired),
        (refused(403, "authenticatedUserAccountClosed"), AuthExpired),
        (Said(503, b""), Transient),
        (said(200, {}), Transient),
        (Said(200, b"<html>", {"Content-Type": "text/html"}), Transient),
    ],
)
def test_what_goes_wrong_while_the_channel_is_read(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("GET", "/channels$", answer)
    with pytest.raises(error):
        stage.connect()


def test_nothing_tells_a_secret(stage: Stage) -> None:
    begun = stage.begin()
    assert begun.kept["verifier"] not in repr(begun)
    stage.served.answer_next("GET", "/channels$", refused(403, "forbidden"))
    with pytest.raises(AuthExpired) as raised:
        stage.connect()
    assert "ya29" not in f"{raised.value!r} {raised.value.detail}"
