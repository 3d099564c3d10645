"""Veille: a watch is tried before it is saved; a source that fails says since when and why."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, expect

from chalicelib.api.messages_heard_fr import SOURCES
from tests.browser.canned import Canned
from tests.browser.conftest import AxeFinds
from tests.browser.test_pages import TOO_SMALL, sideways


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
def test_the_watches_have_no_fault_and_do_not_scroll_sideways(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds, width: int
) -> None:
    page = canned.visit(chromium, "/veille", width)
    assert axe_finds(page) == []
    page.get_by_role("button", name="Nouvelle veille").click()
    page.get_by_role("button", name="Un mot-dièse").click()
    assert axe_finds(page) == []
    assert sideways(page) == 0
    if width < 900:
        assert page.evaluate(TOO_SMALL) == []


def test_the_watches_are_legible_in_the_dark_and_in_english(
    chromium: Browser, axe_finds: AxeFinds
) -> None:
    canned = Canned(language="en")
    page = canned.visit(chromium, "/veille", color_scheme="dark")
    expect(page.get_by_role("heading", level=1)).to_have_text("Listening")
    page.get_by_role("button", name="New watch").click()
    assert axe_finds(page) == []
    assert canned.said == []
    page.context.close()


def test_a_watch_is_tried_on_the_last_days_and_saved(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    canned.watches.clear()
    page = canned.visit(chromium, "/veille", 375)
    page.get_by_role("button", name="Nouvelle veille").click()
    form = page.get_by_role("form", name="Nouvelle veille")
    expect(form.get_by_role("heading", name="Nouvelle veille")).to_be_focused()
    form.get_by_label("Nom de la veille").fill("Nos galettes")
    form.get_by_label("Un de ces mots au moins").fill(
        "« Galette Martin, la vraie », galette\ngalettes des rois"
    )
    form.get_by_label("Aucun de ces mots").fill("recette")
    form.get_by_role("button", name="Essayer sur les 7 derniers jours").click()
    trial = form.get_by_role("region", name="Essai sur les 7 derniers jours")
    expect(trial).to_contain_text("3 trouvés, sur 214 textes entendus")
    expect(trial.locator("mark", has_text="boulangerie").first).to_be_visible()
    expect(trial.locator(".left")).to_contain_text("ferme en août")
    expect(trial).to_contain_text("Non lu : Le journal d’à côté.".replace(" :", "\u00a0:"))
    assert axe_finds(page) == []
    assert sideways(page) == 0
    form.get_by_role("button", name="Enregistrer la veille").click()
    expect(page.get_by_role("article", name="Nos galettes")).to_be_visible()
    query = {
        "all": [],
        "any": ['"Galette Martin, la vraie"', "galette", "galettes des rois"],
        "none": ["recette"],
        "forgives_typos": True,
    }
    body = {"name": "Nos galettes", "kind": "firm", "query": query, "sources": []}
    assert canned.asked[-1] == ("POST", "/watches", body)


def test_an_empty_watch_is_refused_beside_its_fields(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/veille", 375)
    page.get_by_role("button", name="Nouvelle veille").click()
    page.get_by_role("button", name="Enregistrer la veille").click()
    expect(page.locator(".summary")).to_be_focused()
    expect(page.locator("#watch-name-error")).to_be_visible()
    expect(page.locator("#watch-any-error")).to_contain_text("Écrivez au moins un mot.")
    assert axe_finds(page) == []
    assert canned.asked == []


def test_a_watch_that_finds_nearly_all_is_told_before_it_is_saved(
    canned: Canned, chromium: Browser
) -> None:
    page = canned.visit(chromium, "/veille")
    page.route("**/watches/try", lambda route: route.fulfill(json=EVERYTHING))
    page.get_by_role(
        "button",
        name="Modifier « La boulangerie »".replace("« ", "«\u00a0").replace(" »", "\u00a0»"),
    ).click()
    page.get_by_role("button", name="Essayer sur les 7 derniers jours").click()
    expect(page.get_by_text("Presque tout serait trouvé.")).to_be_visible()


EVERYTHING = {"heard": 200, "matched": 199, "samples": [], "unreadable": []}


def test_feeds_are_found_from_a_page_and_a_page_without_says_why(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/veille", 375)
    page.get_by_role("button", name="Nouvelle veille").click()
    page.get_by_role("button", name="Un site, un journal").click()
    page.get_by_label("Adresse du site").fill("gazette.example/connexion")
    page.get_by_label("Adresse du site").press("Enter")
    expect(page.locator("#feed-url-error")).to_contain_text("demande de se connecter")
    assert axe_finds(page) == []
    page.get_by_label("Adresse du site").fill("gazette.example")
    page.get_by_role("button", name="Chercher", exact=True).click()
    expect(page.get_by_text("2\u00a0flux trouvés")).to_be_visible()
    page.get_by_role("button", name="Écouter La Gazette", exact=True).click()
    expect(page.locator(".watch-sources .wanted")).to_contain_text("La Gazette")
    page.get_by_role("button", name="Un mot-dièse").click()
    page.get_by_label("Mot-dièse", exact=True).fill("#galette")
    page.get_by_label("Sur un autre serveur").fill("piaille.fr")
    page.get_by_role("button", name="Ajouter", exact=True).click()
    page.get_by_label("Nom de la veille").fill("Galettes")
    page.get_by_label("Un de ces mots au moins").fill("galette")
    page.get_by_role("button", name="Enregistrer la veille").click()
    expect(page.get_by_role("article", name="Galettes")).to_be_visible()
    feed = {"kind": "feed", "address": "https://gazette.example/rss", "label": "La Gazette"}
    tag = {"kind": "tag", "network": "mastodon", "channel": "mastodon", "words": "galette"}
    assert canned.asked[-1][2]["sources"] == [feed, {**tag, "address": "piaille.fr"}]


def test_a_source_says_since_when_it_fails_and_is_paused_and_resumed(
    canned: Canned, chromium: Browser
) -> None:
    page = canned.visit(chromium, "/veille", 375)
    source = page.locator("#source-sgazette")
    expect(source).to_contain_text("En panne depuis dim.\u00a022\u00a0nov. à 6\u00a0h\u00a000.")
    expect(source).to_contain_text("Le site répond par une erreur (503).")
    expect(source).to_contain_text("Dernière nouvelle sam.\u00a021\u00a0nov. à 10\u00a0h\u00a020")
    source.get_by_role("button", name=re.compile("Mettre en pause")).click()
    expect(source.locator(".pill")).to_have_text("En pause")
    source.get_by_role("button", name=re.compile("Reprendre")).click()
    expect(source.locator(".pill")).to_have_text("Écouté")


@pytest.mark.parametrize(
    ("reason", "pill"), [("over_cap", "Plafond atteint"), ("no-group", "Rien à écouter")]
)
def test_a_source_that_waits_says_why_and_isnt_out_of_order(
    canned: Canned, chromium: Browser, reason: str, pill: str
) -> None:
    told = SOURCES[reason]
    canned.sources[0].update(reason=reason, reason_text=told)
    page = canned.visit(chromium, "/veille", 375)
    source = page.locator("#source-smastodon")
    expect(source).to_contain_text(told)
    expect(source).not_to_contain_text("En panne")
    expect(source.locator(".pill")).to_have_text(pill)
    page = canned.visit(chromium, "/canaux", 375)
    expect(page.get_by_text(told)).to_be_visible()


def test_a_watch_is_deleted_after_a_question_and_leads_to_what_it_found(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/veille")
    found = page.get_by_role("link", name="Ce qu’elle a trouvé")
    expect(found).to_have_attribute("href", "/boite?state=any&watch=firme")
    page.get_by_role("button", name=re.compile("Supprimer")).click()
    asks = page.locator("form.confirm")
    expect(asks).to_be_focused()
    assert axe_finds(page) == []
    asks.get_by_role("button", name="Supprimer").click()
    expect(page.get_by_text("Aucune veille.")).to_be_visible()
    assert canned.asked == [("DELETE", "/watches/firme", None)]
