"""Signing in with Google, and choosing a place of business."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.networks.contract import Lasting
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected, Transient
from tests.contract.google_business import BACK, Stage, standing
from tests.fakes.clocks import START
from tests.fakes.fake_google import PageRefused, exhausted, refused
from tests.fakes.fake_google_business import ACCOUNT, PLACE, SCOPE, place
from tests.fakes.serving import Said, said


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def test_each_verified_place_is_one_to_choose_from(stage: Stage) -> None:
    stage.fake.accounts += [
        {"name": "accounts/102", "accountName": "Groupe", "type": "LOCATION_GROUP"},
        {"name": "accounts/103", "accountName": "Équipe", "type": "USER_GROUP"},
    ]
    stage.fake.places["accounts/102"] = [
        place("locations/2002", "Martin, halles"),
        place("locations/2003", "Martin, gare", is_verified=False),
        place(PLACE, "Boulangerie Martin"),
    ]
    first, second = stage.connect()
    assert (first.profile.remote_id, second.profile.remote_id) == (PLACE, "locations/2002")
    assert first.profile.name == "Boulangerie Martin"
    assert first.profile.handle == "3 rue du Four, 35000 Rennes"
    assert first.profile.url == "https://maps.google.com/maps?cid=2001"
    assert first.settings["account"] == ACCOUNT
    assert second.settings == {
        "account": "accounts/102",
        "location": "locations/2002",
        "page": "https://maps.google.com/maps?cid=2002",
    }
    assert set(first.secret) == {"access_token", "refresh_token", "expires_at"}
    assert first.lasting == Lasting()


def test_many_places_and_accounts_are_read_page_by_page(stage: Stage) -> None:
    stage.fake.accounts = [
        {"name": f"accounts/{n}", "accountName": "G", "type": "LOCATION_GROUP"} for n in range(25)
    ]
    stage.fake.places = {
        f"accounts/{n}": [place(f"locations/{n}00{m}", "Martin") for m in range(2)]
        for n in range(25)
    }
    assert len(stage.connect()) == 50
    stage.fake.places["accounts/3"] = [place(f"locations/3{n:04}", "M") for n in range(150)]
    assert len(stage.connect()) == 100  # nobody chooses from more


def test_a_person_who_manages_nothing_is_given_nothing_to_choose(stage: Stage) -> None:
    stage.fake.places = {ACCOUNT: [place(PLACE, "Martin", is_verified=False)]}
    assert stage.connect() == []
    stage.fake.places = {}
    assert stage.connect() == []


def test_the_page_is_asked_for_what_lasts(stage: Stage) -> None:
    begun = stage.begin()
    assert begun.url.startswith("https://accounts.google.com/o/oauth2/v2/auth?")
    assert "access_type=offline" in begun.url
    assert "prompt=consent" in begun.url
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
        begun.url.replace("business.manage", "drive"),
        begun.url.replace("response_type=code", "response_type=token"),
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
    stage.fake.granted = frozenset({"openid"})
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.fake.codes[returned["code"]]["scope"] = "openid"
    with pytest.raises(AuthExpired) as refusal:
        stage.finish(begun, returned)
    assert SCOPE in refusal.value.detail


def test_an_installation_that_google_hasnt_let_in_is_told_so_and_not_to_wait(stage: Stage) -> None:
    stage.fake.quota = 0
    with pytest.raises(Rejected) as refusal:
        stage.connect()
    assert refusal.value.reason == "no_access"
    stage.fake.quota, stage.fake.is_switched_off = 300, True
    with pytest.raises(Rejected) as refusal:
        stage.connect()
    assert refusal.value.reason == "no_access"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (exhausted("300"), NetworkError),
        (refused(403, "PERMISSION_DENIED", "no"), AuthExpired),
        (refused(503, "UNAVAILABLE", "later"), Transient),
        (Said(200, b"<html>", {}), Transient),
        (said(200, {"error": {"code": 7}}), Transient),
    ],
)
def test_a_list_that_fails_connects_nothing(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("GET", "/v1/accounts$", answer)
    with pytest.raises(error):
        stage.connect()


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
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.served.answer_next("POST", "/token$", answer)
    with pytest.raises(error):
        stage.finish(begun, returned)


def test_an_access_that_cant_be_renewed_isnt_kept(stage: Stage) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.fake.codes[returned["code"]]["access_type"] = "online"
    with pytest.raises(AuthExpired):
        stage.finish(begun, returned)
