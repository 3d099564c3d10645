"""Boîte, Mesures and Veille on the whole application and its demo month, not on canned answers."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AxeFinds, Visit
from tests.browser.test_pages import TOO_SMALL, sideways

LISTENING = ["/boite", "/mesures", "/veille"]


def counted(page: Page) -> int:
    """Return how many are open, by the badge of the rail."""
    return int(page.get_by_role("navigation").locator(".badge").first.inner_text().split()[0])


def who(page: Page) -> str:
    return page.locator("#who").inner_text()


@pytest.mark.parametrize("width", [375, 1280])
@pytest.mark.parametrize("path", LISTENING)
def test_the_demo_month_shows_without_a_fault(
    visit: Visit, axe_finds: AxeFinds, path: str, width: int
) -> None:
    page = visit(path, width)
    expect(page.get_by_text("Chargement…")).to_have_count(0)
    assert axe_finds(page) == []
    assert sideways(page) == 0
    if width < 900:
        assert page.evaluate(TOO_SMALL) == []


def test_by_keys_alone_one_is_assigned_one_answered_and_the_rest_done(visit_own: Visit) -> None:
    page = visit_own("/boite")
    before = counted(page)
    assert before >= 5
    press = page.keyboard.press
    press("j")
    expect(page.locator("#who")).to_be_visible()
    press("a")
    expect(page.get_by_role("button", name="À moi", exact=True).last).to_be_focused()
    press("Enter")
    expect(page.locator(".conversation-marks")).to_contain_text("pour vous")
    press("r")
    expect(page.get_by_label("Votre réponse")).to_be_focused()
    page.keyboard.type("Merci, nous vous attendons dimanche.")
    press("Control+Enter")
    mine = page.locator(".bubble").filter(has_text="Merci, nous vous attendons dimanche.")
    expect(mine).to_be_visible()
    press("Escape")
    press("j")
    expect(page.locator("#who")).not_to_have_text("Emma Clarke")
    for left in range(before - 1, 1, -1):
        name = who(page)
        press("e")
        expect(page.locator("#who")).not_to_have_text(name)
        expect(page.get_by_role("navigation").locator(".badge").first).to_contain_text(str(left))
    page.reload()
    expect(page.get_by_role("navigation").locator(".badge").first).to_be_visible()


def test_a_month_of_figures_is_read_and_the_one_before(visit: Visit) -> None:
    page = visit("/mesures")
    expect(page.get_by_role("heading", level=2).first).to_contain_text(re.compile(r"\d+\sclics"))
    expect(page.get_by_role("table").first).to_be_visible()
    expect(page.get_by_role("cell", name="non mesuré").first).to_be_visible()
    expect(page.get_by_role("cell", name="saisi à la main").first).to_be_visible()
    sentence = page.get_by_role("heading", level=2).first.inner_text()
    page.get_by_role("button", name="Mois précédent").click()
    expect(page.get_by_role("heading", level=2).first).not_to_have_text(sentence)


def test_the_owner_says_when_the_firm_is_open(visit_own: Visit, axe_finds: AxeFinds) -> None:
    page = visit_own("/mesures", 375)
    page.get_by_role("button", name="Changer le délai et les heures").click()
    page.get_by_label("Répondre en moins de").select_option("60")
    page.get_by_role("button", name="Ajouter des heures, Lundi").click()
    page.get_by_label("Lundi\u00a0: ouvre à").fill("07:00")
    page.get_by_label("Lundi\u00a0: ferme à").fill("13:00")
    assert axe_finds(page) == []
    assert sideways(page) == 0
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.get_by_text("dans le délai visé, 1 h")).to_be_visible()
    page.reload()
    page.get_by_role("button", name="Changer le délai et les heures").click()
    expect(page.get_by_label("Lundi\u00a0: ferme à")).to_have_value("13:00")


def test_a_watch_is_made_and_tried_and_a_source_paused(visit_own: Visit) -> None:
    page = visit_own("/veille")
    page.get_by_role("button", name="Nouvelle veille").click()
    page.get_by_label("Nom", exact=False).first.fill("La galette")
    expect(
        page.get_by_role("heading", name=re.compile("veille", re.IGNORECASE)).first
    ).to_be_visible()
    page.keyboard.press("Escape")
    row = page.get_by_role("listitem").filter(has_text="L'Écho de Saint-Aubin").last
    row.get_by_role("button", name=re.compile("^Mettre en pause")).click()
    expect(row.get_by_role("button", name=re.compile("^Reprendre"))).to_be_visible()
