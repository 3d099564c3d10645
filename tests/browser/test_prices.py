"""What a network that charges asks is told by the channel, before anything is planned."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser, expect

from tests.browser.canned import Canned
from tests.browser.canned_data import channel
from tests.browser.conftest import AxeFinds

X = channel("x", "X", "@boulangerie", charges=True)


@pytest.mark.parametrize(
    ("language", "told"),
    [
        ("fr", ("Publier sur X coûte 0,015\u00a0$", "Publier sur X coûte 0,20\u00a0$")),
        ("en", ("Publishing on X costs $0.015", "Publishing on X costs $0.20")),
    ],
)
def test_the_price_follows_what_is_written(
    chromium: Browser, axe_finds: AxeFinds, language: str, told: tuple[str, str]
) -> None:
    canned = Canned(language=language)
    canned.channels.append(X)
    page = canned.visit(chromium, "/ecrire")
    page.locator("#text").fill("Ouvert demain")
    page.get_by_role("checkbox", name="X", exact=False).last.check()
    expect(page.get_by_text(told[0])).to_be_visible()
    canned.charge = 200_000
    page.locator("#text").fill("Ouvert demain : exemple.fr")
    expect(page.get_by_text(told[1])).to_be_visible()
    assert axe_finds(page) == []
    asked = [body for method, path, body in canned.asked if path == "/preview"]
    assert asked[-1]["channels"] == ["x"]
    assert asked[-1]["content"]["text"] == "Ouvert demain : exemple.fr"


def test_where_nothing_charges_nothing_is_asked(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/ecrire")
    page.locator("#text").fill("Ouvert demain")
    expect(page.get_by_text("coûte")).to_have_count(0)
    assert [path for _, path, _ in canned.asked if path == "/preview"] == []
