"""Mesures: a month in a sentence, figures that tell unknown from nothing, links, entries."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.canned import Canned
from tests.browser.conftest import AxeFinds
from tests.browser.test_pages import TOO_SMALL, sideways


def figure(page: Page, name: str) -> Locator:
    return page.locator(".figure", has_text=name)


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_the_figures_have_no_fault_and_do_not_scroll_sideways(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds, width: int
) -> None:
    page = canned.visit(chromium, "/mesures", width)
    expect(page.locator(".chart svg")).to_be_visible()
    assert axe_finds(page) == []
    assert sideways(page) == 0
    if width < 900:
        assert page.evaluate(TOO_SMALL) == []


def test_the_figures_are_legible_in_the_dark_and_in_english(
    chromium: Browser, axe_finds: AxeFinds
) -> None:
    canned = Canned(language="en")
    page = canned.visit(chromium, "/mesures", color_scheme="dark")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("41 clicks, 12 more than")
    assert axe_finds(page) == []
    assert canned.said == []
    page.context.close()


def test_a_month_is_told_in_a_sentence_first(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/mesures")
    sentence = page.get_by_role("heading", level=2).first
    expect(sentence).to_contain_text("En novembre 2026, jusqu’au 24\u00a0nov., 41 clics")
    expect(sentence).to_contain_text("12 de plus que les 30\u00a0jours d’avant")
    expect(sentence).to_contain_text("surtout grâce à «\u00a0Galettes")


def test_what_is_not_measured_is_never_nothing(canned: Canned, chromium: Browser) -> None:
    for total in canned.report["totals"]:
        if total["metric"] == "replies":
            total.update(gained=None, before=None)
    page = canned.visit(chromium, "/mesures")
    expect(figure(page, "réponses")).to_contain_text("non mesuré")
    row = page.locator("tr", has=page.get_by_role("rowheader", name="WordPress"))
    expect(row.get_by_text("non mesuré")).to_have_count(4)
    figure(page, "j’aime").click()
    days = page.locator(".table-scroll tbody tr")
    expect(days).to_have_count(24)
    expect(days.nth(6)).to_contain_text("non mesuré")
    expect(page.locator(".chart .unknown")).to_have_count(2)


def test_resets_jumps_and_entered_figures_are_marked_in_words(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/mesures", 375)
    figure(page, "j’aime").tap()
    expect(
        page.get_by_text("Le 13\u00a0nov., Bluesky a recommencé à compter de zéro")
    ).to_be_visible()
    expect(page.get_by_text("Le 17\u00a0nov., Mastodon annonce beaucoup plus")).to_be_visible()
    expect(figure(page, "abonnés")).to_contain_text("saisi à la main")
    figure(page, "abonnés").tap()
    expect(page.locator(".chart .curve")).to_be_visible()
    entered = page.locator(".table-scroll tbody tr", has_text="saisi à la main")
    expect(entered).to_have_count(2)
    assert axe_finds(page) == []


def test_the_chart_and_the_table_tell_the_same(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/mesures")
    drawn = page.locator(".chart title").all_text_contents()
    said = page.locator(".table-scroll tbody tr").all()
    table = [f"{r.locator('th').inner_text()} : {r.locator('td').inner_text()}" for r in said]
    assert len(drawn) == 24
    assert drawn == table


def test_another_month_is_chosen_and_stands_in_the_address(
    canned: Canned, chromium: Browser
) -> None:
    page = canned.visit(chromium, "/mesures")
    expect(page.get_by_role("button", name="Mois suivant")).to_be_disabled()
    page.get_by_role("button", name="Mois précédent").click()
    expect(page).to_have_url(re.compile(r"mois=2026-10$"))
    expect(page.get_by_role("heading", level=2).first).to_contain_text("En octobre 2026, 41 clics")
    page.get_by_label("Mois", exact=True).select_option("2026-09")
    expect(page.get_by_role("heading", level=2).first).to_contain_text("En septembre 2026")


def test_a_month_without_figures_says_so(canned: Canned, chromium: Browser) -> None:
    nothing: dict[str, Any] = {"totals": [], "channels": [], "days": [], "best": [], "marks": []}
    canned.report.update(nothing, not_measured=[])
    page = canned.visit(chromium, "/mesures")
    said = page.get_by_text("Rien n’a encore été mesuré en novembre 2026.")
    expect(said).to_be_visible()


def test_a_link_is_made_and_a_script_is_refused_beside_its_field(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/mesures", 375)
    page.get_by_role("button", name="Nouveau lien").click()
    page.get_by_label("Il mène à").fill("javascript:alert(1)")
    page.get_by_role("button", name="Créer le lien").click()
    expect(page.locator("#link-target-error")).to_contain_text("commence par http")
    assert axe_finds(page) == []
    page.get_by_label("Il mène à").fill("boulangerie-martin.fr/buche")
    page.get_by_role("button", name="Créer le lien").click()
    expect(page.get_by_text("relais.test/l/nouveaulien2")).to_be_visible()
    assert canned.asked[-1][2] == {"target": "https://boulangerie-martin.fr/buche"}


def test_figures_are_entered_by_hand_for_what_nothing_measures(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/mesures", 375)
    page.get_by_label("Abonnés").fill("douze")
    page.get_by_role("button", name="Enregistrer les chiffres").click()
    expect(page.locator(".summary")).to_be_focused()
    assert axe_finds(page) == []
    page.get_by_label("Abonnés").fill("1 240")
    page.get_by_label("Jour", exact=True).fill("2026-11-23")
    page.get_by_role("button", name="Enregistrer les chiffres").click()
    expect(page.get_by_text("Chiffres enregistrés.")).to_be_visible()
    entry = {"channel": "linkedin", "day": "2026-11-23", "counters": {"followers": 1240}}
    assert canned.asked[-1] == ("POST", "/metrics/entries", entry)


def test_today_shows_who_waits_and_what_the_month_gave(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/", 375)
    todo = page.get_by_role("region", name="À faire")
    pills = todo.locator(".pill").all_inner_texts()
    assert pills == ["À vérifier", "Avis sévère", "À répondre", "À répondre", "En panne"]
    expect(todo).to_contain_text("Et 8\u00a0autres ensuite.")
    gives = page.get_by_role("region", name="Ce que ça donne")
    expect(gives).to_contain_text("41")
    expect(gives).to_contain_text("non mesuré")
    assert axe_finds(page) == []
    assert sideways(page) == 0
    todo.get_by_role("link", name=re.compile("Julie M.")).tap()
    expect(page.get_by_role("heading", name="Julie M.")).to_be_visible()


def test_channels_say_what_they_can_do_and_how_they_are_heard(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/canaux", 375)
    card = page.locator(".channel", has=page.get_by_role("heading", name="WordPress"))
    for can in ["publier", "écouter", "répondre"]:
        expect(card.locator(".ability", has_text=can)).to_be_visible()
    expect(card).to_contain_text("pas ici : mesurer".replace(" :", "\u00a0:"))
    expect(card).to_contain_text("En pause.")
    assert axe_finds(page) == []
    assert sideways(page) == 0
