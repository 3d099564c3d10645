"""What people are told who ask for a network that has closed, or for one without an API."""

from __future__ import annotations

import pytest

from chalicelib.networks import registry
from chalicelib.networks.composers import COMPOSERS, OPEN
from tests.fakes.api_world import ROOT


@pytest.mark.parametrize(
    ("name", "when", "where"),
    [("viadeo", "2016", "LinkedIn"), ("google_plus", "2019", "Business Profile")],
)
def test_a_closed_network_tells_when_it_closed_and_where_its_people_went(
    name: str, when: str, where: str
) -> None:
    with pytest.raises(registry.ClosedNetwork) as closed:
        registry.network(name)
    for told in closed.value.told.values():
        assert when in told
        assert where in told


@pytest.mark.parametrize(
    ("name", "successor"), [("viadeo", "linkedin"), ("google_plus", "google_business")]
)
def test_its_successor_can_be_connected(name: str, successor: str) -> None:
    assert COMPOSERS[name].closed
    assert registry.network(successor).spec.name == successor


def test_foursquare_is_a_kit_and_its_page_says_why() -> None:
    assert "foursquare" in OPEN
    with pytest.raises(registry.UnknownNetwork):
        registry.network("foursquare")
    page = (ROOT / "docs" / "networks" / "foursquare.md").read_text(encoding="utf-8")
    assert "By the kit only" in page
