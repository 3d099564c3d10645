"""Signing in with Google, and the channel that the person chose there."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.networks.contract import Lasting
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected, Transient
from tests.contract.youtube import Stage, standing
from tests.fakes.fake_google import exhausted
from tests.fakes.fake_youtube import CHANNEL, UPLOADED, refused
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


def test_the_page_is_asked_for_one_right(stage: Stage) -> None:
    assert stage.begin().url.count("auth%2Fyoutube") == 1


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
