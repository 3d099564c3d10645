"""Signing in on LinkedIn's own page, for a profile and for pages."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.networks import registry
from chalicelib.networks.contract import Connection
from chalicelib.networks.http import Http
from chalicelib.networks.oauth import App, Authorization
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Rejected, Transient
from chalicelib.publishing.posts import Content
from tests.contract.linkedin import BACK, connected, http_of, staged
from tests.contract.stage import APP, client_of, outgoing, vault_of
from tests.fakes import fake_linkedin as fl
from tests.fakes.clocks import START, SettableClock
from tests.fakes.fake_linkedin import FakeLinkedIn
from tests.fakes.serving import Said, Served, said, serving

TOKEN = "/oauth/v2/accessToken$"


@dataclass(slots=True)
class Stage:
    """LinkedIn, and a person who isn't connected yet."""

    fake: FakeLinkedIn
    served: Served
    http: Http
    clock: SettableClock

    def begin(self, name: str) -> Authorization:
        oauth = registry.network(name).oauth
        assert oauth is not None
        return oauth().begin({}, BACK, client_of(self.http, self.clock))

    def finish(self, name: str, begun: Authorization, app: App = APP) -> list[Connection]:
        oauth = registry.network(name).oauth
        assert oauth is not None
        client = client_of(self.http, self.clock, app)
        return list(oauth().finish(begun.kept, self.fake.say_yes(begun.url), client))

    def connect(self, name: str) -> list[Connection]:
        return list(connected(registry.network(name), self.fake, self.http, self.clock))


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeLinkedIn(clock.now)
    with serving(fake) as served:
        yield Stage(fake, served, http_of(served), clock)


def test_a_person_is_connected_for_sixty_days(stage: Stage) -> None:
    (made,) = stage.connect("linkedin")
    assert made.profile.remote_id == fl.PERSON
    assert made.settings == {"author": fl.PERSON}
    assert made.secret["access_token"] == stage.fake.token
    assert (made.lasting.until, made.lasting.renew_at) == (START + timedelta(days=60), None)


def test_with_a_refresh_token_a_person_must_come_back_after_a_year(stage: Stage) -> None:
    stage.fake.gives_refresh, stage.fake.product = True, fl.PAGE_SCOPES
    (made,) = stage.connect("linkedin_pages")
    assert (made.lasting.until, made.lasting.renew_at) == (START + timedelta(days=365), None)


def test_every_page_that_she_may_publish_on_is_offered(stage: Stage) -> None:
    stage.fake.product = fl.PAGE_SCOPES
    stage.fake.roles = {
        fl.PAGE: "ADMINISTRATOR",
        fl.OTHER: "CONTENT_ADMINISTRATOR",
        "urn:li:organization:9": "ANALYST",
    }
    made = stage.connect("linkedin_pages")
    assert [c.profile.remote_id for c in made] == [fl.PAGE, fl.OTHER]
    assert made[0].profile.name == "Boulangerie 2414183"
    assert made[0].profile.url == "https://www.linkedin.com/company/b-2414183/"


def test_many_pages_are_read_to_the_last(stage: Stage) -> None:
    stage.fake.product = fl.PAGE_SCOPES
    stage.fake.roles = {f"urn:li:organization:{n}": "ADMINISTRATOR" for n in range(1, 131)}
    assert len(stage.connect("linkedin_pages")) == 130


def test_who_has_no_page_is_told_so(stage: Stage) -> None:
    stage.fake.product, stage.fake.roles = fl.PAGE_SCOPES, {}
    assert stage.connect("linkedin_pages") == []


@pytest.mark.parametrize(
    ("name", "product"), [("linkedin", fl.PAGE_SCOPES), ("linkedin_pages", fl.MEMBER_SCOPES)]
)
def test_each_asks_for_what_the_other_app_may_not_have(
    stage: Stage, name: str, product: frozenset[str]
) -> None:
    stage.fake.product = product
    begun = stage.begin(name)
    with pytest.raises(Rejected) as refused:
        stage.finish(name, begun)
    assert refused.value.reason == "denied"


def test_exact_scopes_are_asked_for_and_no_secret_stands_in_the_address(stage: Stage) -> None:
    begun = stage.begin("linkedin")
    query = parse_qs(urlsplit(begun.url).query)
    assert query["scope"] == ["openid profile w_member_social"]
    assert APP.client_secret not in begun.url


def test_a_token_with_less_than_was_asked_for_is_refused(stage: Stage) -> None:
    stage.fake.granted = frozenset({"openid", "profile"})
    begun = stage.begin("linkedin")
    with pytest.raises(AuthExpired) as refused:
        stage.finish("linkedin", begun)
    assert "w_member_social" in refused.value.detail


def test_another_apps_secret_is_refused(stage: Stage) -> None:
    begun = stage.begin("linkedin")
    with pytest.raises(AuthExpired):
        stage.finish("linkedin", begun, App(APP.client_id, "guessed"))


def test_a_code_works_once(stage: Stage) -> None:
    begun = stage.begin("linkedin")
    oauth = registry.network("linkedin").oauth
    assert oauth is not None
    client, returned = client_of(stage.http, stage.clock), stage.fake.say_yes(begun.url)
    oauth().finish(begun.kept, returned, client)
    with pytest.raises(AuthExpired):
        oauth().finish(begun.kept, returned, client)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(500, b"", {}), Transient),
        (Said(200, b"<html>", {}), Transient),
        (said(429, {"error": "slow down"}), RateLimited),
        (said(400, {"error": "invalid_request"}), AuthExpired),
    ],
)
def test_what_the_token_endpoint_answers(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    begun = stage.begin("linkedin")
    stage.served.answer_next("POST", TOKEN, answer)
    with pytest.raises(error):
        stage.finish("linkedin", begun)


def test_an_access_token_is_renewed_while_preparing_and_once_after_a_401() -> None:
    network = registry.network("linkedin_pages")
    with staged(network, gives_refresh=True, scopes=fl.PAGE_SCOPES) as made:
        made.clock.advance(timedelta(days=61))
        made.walk.send(outgoing(Content(text="Un")))
        assert vault_of(made.tools).renewals == 1
        made.fake.token = "revoked early"
        with pytest.raises(Transient):  # the call itself is never repeated: the next walk does
            made.again().send(outgoing(Content(text="Deux")))
        assert vault_of(made.tools).renewals == 2
        made.again().send(outgoing(Content(text="Deux")))
        assert len(made.fake.posts) == 2


def test_a_refresh_token_that_is_refused_ends_at_a_person() -> None:
    network = registry.network("linkedin_pages")
    with staged(network, gives_refresh=True, scopes=fl.PAGE_SCOPES) as made:
        made.clock.advance(timedelta(days=61))
        made.fake.refresh_token = "revoked"
        with pytest.raises(AuthExpired):
            made.walk.send(outgoing(Content(text="Un")))
