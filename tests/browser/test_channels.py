"""Canaux: each channel says how it is, and can be tested, paused, renamed and parted with."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.canned import Canned
from tests.browser.canned_data import CHOICE
from tests.browser.conftest import AxeFinds, Visit
from tests.browser.test_pages import sideways
from tests.relais_fixtures import Relais

CHANNELS = "/workspaces/demo/channels"


def card(page: Page, name: str) -> Locator:
    return page.locator(".channel", has=page.get_by_role("heading", name=name))


def test_a_channel_is_tested_by_reading_only(visit: Visit) -> None:
    page = visit("/canaux", width=375)
    site = card(page, "Boulangerie Martin")
    site.get_by_role("button", name="Tester").click()
    expect(site.get_by_role("status")).to_contain_text("Rien n’a été publié.")


def test_a_test_that_fails_says_what_to_do(visit: Visit) -> None:
    page = visit("/canaux")
    mastodon = card(page, "Mastodon")
    mastodon.get_by_role("button", name="Tester").click()
    expect(mastodon.get_by_role("status")).to_contain_text("Mastodon")


def test_a_channel_says_how_much_its_network_lets_be_published(visit: Visit) -> None:
    page = visit("/canaux")
    expect(card(page, "Mastodon")).to_contain_text("Au plus30\u00a0médias en 30\u00a0minutes")
    expect(card(page, "Boulangerie Martin")).not_to_contain_text("Au plus")


def test_a_channel_that_isnt_listened_to_yet_says_what_to_do(
    canned: Canned, chromium: Browser
) -> None:
    told = "Pas encore. Sous «\u00a0Plus\u00a0», refaites la connexion une fois."
    page = canned.visit(chromium, "/canaux", 375)
    expect(card(page, "Mastodon")).to_contain_text("Écoute")
    expect(page.get_by_text(told)).to_have_count(0)
    canned.sources = [one for one in canned.sources if one["id"] != "smastodon"]
    page.reload()
    expect(card(page, "Mastodon")).to_contain_text(told)


def test_a_channel_is_paused_and_resumed(
    visit_own: Visit, relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit_own("/canaux", width=375)
    site = card(page, "Boulangerie Martin")
    site.get_by_role("button", name="Mettre en pause").click()
    site.get_by_label("Jusqu’à une date").check()
    site.get_by_label("Reprendre le").fill("2030-05-15")
    assert axe_finds(page) == []
    site.get_by_role("button", name="Mettre en pause").click()
    expect(site.locator(".pill")).to_have_text("En pause")
    expect(site).to_contain_text("jusqu’à mer.\u00a015\u00a0mai\u00a02030")
    assert relais.read(f"{CHANNELS}/site")["status"] == "paused"
    site.get_by_role("button", name="Reprendre").click()
    expect(site.locator(".pill")).to_have_text("Connecté")
    assert relais.read(f"{CHANNELS}/site")["status"] == "connected"


def test_a_channel_is_renamed(visit_own: Visit, relais: Relais) -> None:
    page = visit_own("/canaux")
    site = card(page, "Boulangerie Martin")
    site.get_by_text("Plus", exact=True).click()
    site.get_by_role("button", name="Renommer").click()
    site.get_by_label("Nom du canal").fill("Le journal du fournil")
    site.get_by_label("Nom du canal").press("Enter")
    expect(card(page, "Le journal du fournil")).to_be_visible()
    assert relais.read(f"{CHANNELS}/site")["name"] == "Le journal du fournil"


def test_disconnecting_says_what_becomes_of_what_waits_and_asks_first(
    visit_own: Visit, relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit_own("/canaux", width=375)
    site = card(page, "Boulangerie Martin")
    site.get_by_text("Plus", exact=True).click()
    site.get_by_role("button", name="Déconnecter").click()
    expect(site.get_by_text("n’y partira pas")).to_be_visible()
    assert axe_finds(page) == []
    asks = site.locator("form.confirm")
    expect(asks).to_be_focused()
    page.keyboard.press("Escape")
    expect(asks).to_have_count(0)
    assert relais.read(f"{CHANNELS}/site")["status"] == "connected"
    site.get_by_text("Plus", exact=True).click()
    site.get_by_role("button", name="Déconnecter").click()
    asks.get_by_role("button", name="Déconnecter").click()
    expect(site).to_have_count(0)
    assert "site" not in [one["id"] for one in relais.read(CHANNELS)["items"]]


def test_a_kit_for_another_network_is_made_and_its_faults_told_beside_the_field(
    visit_own: Visit, relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit_own("/canaux", width=375)
    page.get_by_role("button", name="Connecter À coller soi-même").click()
    line = page.locator(".network", has_text="À coller soi-même")
    line.get_by_label("Réseau").select_option(label="LinkedIn")
    line.get_by_label("Adresse de votre page").fill("pas une adresse")
    line.locator("form").get_by_role("button", name="Connecter").click()
    expect(line.locator(".summary")).to_be_focused()
    expect(line.get_by_label("Adresse de votre page")).to_have_attribute("aria-invalid", "true")
    assert axe_finds(page) == []
    line.get_by_label("Adresse de votre page").fill("https://www.linkedin.com/company/martin")
    line.locator("form").get_by_role("button", name="Connecter").click()
    expect(card(page, "LinkedIn").locator(".pill")).to_have_text("Connecté")
    assert "LinkedIn" in [one["name"] for one in relais.read(CHANNELS)["items"]]


@pytest.mark.parametrize("is_by_hand", [False, True], ids=["on its page", "by hand"])
def test_a_network_that_cannot_be_reached_connects_nothing(
    visit: Visit, shared_relais: Relais, axe_finds: AxeFinds, is_by_hand: bool
) -> None:
    before = shared_relais.read(CHANNELS)["items"]
    page = visit("/canaux", width=375)
    page.get_by_role("button", name="Connecter Mastodon").click()
    form = page.locator(".network", has_text="Mastodon").first.locator("form")
    if is_by_hand:
        form.get_by_role("button", name="J’ai déjà les codes d’accès").click()
        expect(form.get_by_label("Adresse de votre serveur")).to_be_focused()
        form.get_by_label("Jeton d’accès").fill("un-jeton")
    form.get_by_label("Adresse de votre serveur").fill("serveur.invalid")
    form.locator("[type=submit]").click()
    expect(form.locator(".summary, [role=alert]").first).to_be_visible()
    assert axe_finds(page) == []
    assert shared_relais.read(CHANNELS)["items"] == before


def test_who_comes_back_from_a_networks_page_is_told_how_it_went(visit: Visit) -> None:
    denied = visit("/canaux?refused=denied")
    expect(denied.get_by_role("alert")).to_contain_text("Rien n’a été connecté.")
    unknown = visit("/canaux?refused=<b>quelque chose</b>")
    expect(unknown.get_by_role("alert")).to_contain_text("recommencez")
    done = visit("/canaux?connected=site")
    expect(done.get_by_text("Boulangerie Martin est connecté.")).to_be_visible()


def test_closed_networks_say_so_and_where_their_people_went(visit: Visit) -> None:
    page = visit("/canaux")
    for name, successor in [("Viadeo", "LinkedIn"), ("Google+", "Google")]:
        line = page.locator(".network", has_text=re.compile(f"^{re.escape(name)}"))
        expect(line).to_contain_text(successor)
        expect(line.locator(".pill")).to_have_text("Fermé")
        expect(line.get_by_role("button")).to_have_count(0)


# Networks that are connected on their own page only, with several accounts to choose from.


@pytest.mark.parametrize("width", [375, 1280])
def test_who_comes_back_with_several_accounts_chooses(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds, width: int
) -> None:
    page = canned.visit(chromium, f"/canaux?choose={CHOICE}", width)
    choice = page.get_by_role("form", name="Quels comptes Facebook connecter\u202f?")
    expect(choice.get_by_role("heading")).to_be_focused()
    choice.get_by_role("button", name="Connecter").click()
    expect(choice.locator(".summary")).to_contain_text("au moins un compte")
    assert axe_finds(page) == []
    assert sideways(page) == 0
    choice.get_by_label("Le fournil de Marie").check()
    choice.get_by_role("button", name="Connecter 1 compte").click()
    expect(card(page, "Le fournil de Marie").locator(".pill")).to_have_text("Connecté")
    expect(choice).to_have_count(0)
    assert page.url.endswith("/canaux")
    assert canned.asked[-1][2] == {"accounts": ["12"]}


def test_a_choice_that_is_over_is_said(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/canaux?choose=autre")
    expect(page.get_by_role("alert")).to_contain_text("Recommencez")


def test_what_stands_in_the_way_is_said_where_one_connects(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/canaux", 375)
    page.get_by_role("button", name="Connecter Facebook").click()
    facebook = page.locator(".network", has_text="Facebook")
    expect(facebook.locator("form")).to_contain_text("deux à quatre semaines")
    expect(facebook.get_by_role("button", name="codes d’accès")).to_have_count(0)
    unknown = page.locator(".network", has_text=re.compile("^X"))
    expect(unknown).to_contain_text("pas encore inscrite auprès de X")
    expect(unknown.get_by_role("button")).to_have_count(0)
    assert axe_finds(page) == []


def test_an_access_that_ends_says_when(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/canaux")
    expect(card(page, "Bluesky")).to_contain_text("jusqu’au")
    expect(card(page, "Mastodon")).not_to_contain_text("jusqu’au")


def test_a_test_says_how_much_of_the_networks_quota_is_used(
    canned: Canned, chromium: Browser
) -> None:
    mastodon = card(canned.visit(chromium, "/canaux"), "Mastodon")
    mastodon.get_by_role("button", name="Tester").click()
    said = mastodon.get_by_role("status")
    expect(said).to_contain_text("3\u00a0publications sur 100 en 24 heures.")
