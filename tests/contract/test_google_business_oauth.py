"""Signing in with Google, and choosing a place of business."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from chalicelib.networks.contract import Lasting
from chalicelib.publishing.outcomes import AuthExpired, NetworkError, Rejected, Transient
from tests.contract.google_business import Stage, standing
from tests.fakes.fake_google import exhausted, refused
from tests.fakes.fake_google_business import ACCOUNT, PLACE, place
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
