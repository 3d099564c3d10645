"""Signing in on the instance's own page, by the code flow."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.networks.contract import Connection
from chalicelib.networks.http import Http
from chalicelib.networks.mastodon_oauth import begin, finish
from chalicelib.networks.oauth import Authorization
from chalicelib.publishing.outcomes import AuthExpired, Rejected, Transient
from tests.contract.openapi import body_problems, require_mastodon_openapi
from tests.contract.stage import client_of, http_to
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_mastodon import FakeMastodon
from tests.fakes.serving import Said, Served, said, serving

BACK = "https://relais.example/api/v1/connected/mastodon"


@dataclass(slots=True)
class Stage:
    """An instance, and a person with an account there."""

    fake: FakeMastodon
    served: Served
    http: Http
    clock: SettableClock

    def begin(self) -> Authorization:
        return begin({"instance": self.fake.base_url}, BACK, client_of(self.http, self.clock))

    def finish(self, kept: Mapping[str, str], returned: Mapping[str, str]) -> Connection:
        (made,) = finish(kept, returned, client_of(self.http, self.clock))
        return made


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeMastodon(clock.now)
    with serving(fake) as served:
        fake.base_url = served.base_url
        yield Stage(fake, served, http_to(served.base_url), clock)


@pytest.mark.parametrize("knows_pkce", [True, False])
def test_a_person_who_says_yes_is_connected(stage: Stage, knows_pkce: bool) -> None:
    stage.fake.knows_pkce = knows_pkce
    begun = stage.begin()
    assert ("code_challenge" in parse_qs(urlsplit(begun.url).query)) == knows_pkce
    made = stage.finish(begun.kept, stage.fake.sign_in(begun.url))
    assert made.secret == {"token": stage.fake.token}
    assert made.profile.name == "Martin"


def test_the_secrets_stay_out_of_the_address(stage: Stage) -> None:
    begun = stage.begin()
    assert begun.kept["verifier"] not in begun.url
    assert begun.kept["client_secret"] not in begun.url


def test_another_sign_ins_state_is_refused(stage: Stage) -> None:
    begun = stage.begin()
    returned = {**stage.fake.sign_in(begun.url), "state": "forged"}
    with pytest.raises(Rejected) as refused:
        stage.finish(begun.kept, returned)
    assert refused.value.reason == "state"
    assert stage.served.seen("POST", "/oauth/token") == []


def test_a_person_who_says_no_is_understood(stage: Stage) -> None:
    begun = stage.begin()
    returned = {"error": "access_denied", "state": begun.state}
    with pytest.raises(Rejected) as refused:
        stage.finish(begun.kept, returned)
    assert refused.value.reason == "denied"


def test_a_code_works_once_and_needs_its_verifier(stage: Stage) -> None:
    begun = stage.begin()
    returned = stage.fake.sign_in(begun.url)
    stolen = {**begun.kept, "verifier": "guessed"}
    with pytest.raises(AuthExpired):
        stage.finish(stolen, returned)
    with pytest.raises(AuthExpired):
        stage.finish(begun.kept, returned)


def test_a_token_with_less_than_was_asked_for_is_refused(stage: Stage) -> None:
    begun = stage.begin()
    stage.fake.granted = "read:accounts write:statuses"
    with pytest.raises(AuthExpired) as refused:
        stage.finish(begun.kept, stage.fake.sign_in(begun.url))
    assert "write:media" in refused.value.detail


def test_a_sign_in_page_on_another_host_is_distrusted(stage: Stage) -> None:
    known = {"authorization_endpoint": "https://elsewhere.example/oauth/authorize"}
    stage.served.answer_next("GET", "well-known", said(200, known))
    assert stage.begin().url.startswith(f"{stage.fake.base_url}/oauth/authorize?")


def test_an_instance_that_gives_no_client_is_tried_again_later(stage: Stage) -> None:
    stage.served.answer_next("POST", "/api/v1/apps", Said(200, b"<html>", {}))
    with pytest.raises(Transient):
        stage.begin()


def test_every_request_holds_the_published_description(stage: Stage) -> None:
    document = require_mastodon_openapi()
    begun = stage.begin()
    stage.finish(begun.kept, stage.fake.sign_in(begun.url))
    (registered,) = stage.served.seen("POST", "/api/v1/apps")
    form = {**registered.urlencoded(), "redirect_uris": [BACK]}
    assert body_problems(document, "/api/v1/apps", form) == []
    (exchanged,) = stage.served.seen("POST", "/oauth/token")
    assert body_problems(document, "/oauth/token", exchanged.urlencoded()) == []
