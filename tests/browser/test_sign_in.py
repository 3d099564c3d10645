"""The door: a link is used by the button, once, and says what to do when it no longer works."""

from __future__ import annotations

import requests
from playwright.sync_api import Page, expect

from tests.browser.conftest import AxeFinds, Visit
from tests.relais_fixtures import Relais


def path_of(relais: Relais, link: str) -> str:
    return link.removeprefix(relais.base_url)


def test_a_mail_scanner_that_follows_the_link_does_not_use_it_up(
    visit_unknown: Visit, shared_relais: Relais
) -> None:
    link = shared_relais.sign_in_link()
    assert requests.get(link, timeout=30).status_code == 200
    page = visit_unknown(path_of(shared_relais, link))
    page.reload()
    page.get_by_role("button", name="Entrer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd’hui")
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert "sign-in" not in page.url


def test_a_used_link_says_so_and_leads_to_a_new_one(
    visit_unknown: Visit, shared_relais: Relais, axe_finds: AxeFinds
) -> None:
    path = path_of(shared_relais, shared_relais.sign_in_link())
    page = visit_unknown(path)
    page.get_by_role("button", name="Entrer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd’hui")
    again = visit_unknown(path)
    again.get_by_role("button", name="Entrer").click()
    expect(again.get_by_role("alert")).to_contain_text("ne sert qu’une fois")
    assert axe_finds(again) == []
    again.get_by_role("link", name="Recevoir un nouveau lien").click()
    expect(again.get_by_role("heading", level=1)).to_have_text("Entrer dans Relais")


def ask(page: Page, address: str) -> None:
    page.get_by_label("Adresse e-mail").fill(address)
    page.get_by_role("button", name="Recevoir le lien").click()


def test_a_link_can_be_asked_for_and_the_answer_does_not_tell_who_is_known(
    visit_unknown: Visit,
) -> None:
    page = visit_unknown("/sign-in", width=375)
    ask(page, "personne@exemple.invalid")
    expect(page.get_by_role("heading", level=1)).to_have_text("Regardez votre courrier")
    expect(page.get_by_text("Si personne@exemple.invalid a un compte")).to_be_visible()


def test_an_incomplete_address_is_told_beside_the_field_and_the_summary_takes_the_focus(
    visit_unknown: Visit, axe_finds: AxeFinds
) -> None:
    page = visit_unknown("/sign-in", width=375)
    ask(page, "claire")
    expect(page.locator(".summary")).to_be_focused()
    field = page.get_by_label("Adresse e-mail")
    expect(field).to_have_attribute("aria-invalid", "true")
    page.locator(".summary").get_by_role("link").click()
    expect(field).to_be_focused()
    assert axe_finds(page) == []


def test_whoever_is_not_signed_in_is_asked_to_and_then_comes_back_to_where_they_were(
    visit_unknown: Visit, shared_relais: Relais
) -> None:
    page = visit_unknown("/canaux")
    expect(page.get_by_role("heading", level=1)).to_have_text("Entrer dans Relais")
    page.goto(shared_relais.sign_in_link())
    page.get_by_role("button", name="Entrer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Canaux")


def test_signing_out_ends_the_session_everywhere(visit_own: Visit, relais: Relais) -> None:
    page = visit_own("/")
    page.get_by_text("Claire Martin").click()
    page.get_by_role("button", name="Se déconnecter").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Entrer dans Relais")
    answer = page.request.get(f"{relais.base_url}/api/v1/session")
    assert answer.status == 401
