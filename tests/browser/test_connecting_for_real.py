"""Connecting a network on its own page: there, back, chosen, published on — for real.

The whole application, and a local server that stands in for Facebook: its sign-in page, its token
endpoint and its Graph API, with their rules.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import Path
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, ViewportSize, expect

from tests.browser.conftest import AxeFinds, enter
from tests.browser.test_writing import write
from tests.fakes.fake_facebook import PAGE, FakeFacebook
from tests.fakes.fake_graph import CLIENT_ID, CLIENT_SECRET
from tests.fakes.serving import Asked, Said, serving
from tests.relais_fixtures import Relais, StartRelais

OTHER = "100200999"
HTML = {"Content-Type": "text/html; charset=utf-8"}
SECONDS = 1000


@dataclass(frozen=True, slots=True)
class OverThere:
    """Facebook as a person and as a program see it."""

    api: FakeFacebook

    def answer(self, asked: Asked) -> Said:
        if not asked.path.endswith("/dialog/oauth"):
            return self.api.answer(asked)
        back = asked.query["redirect_uri"]
        url = f"{self.api.page.address}?{urlencode(asked.query)}"
        yes = f"{back}?{urlencode(self.api.page.say_yes(url))}"
        no = f"{back}?{urlencode({'error': 'access_denied', 'state': asked.query['state']})}"
        links = f"<a href='{escape(yes)}'>Continuer</a> <a href='{escape(no)}'>Annuler</a>"
        return Said(200, f"<!doctype html><title>Facebook</title>{links}".encode(), HTML)


@pytest.fixture
def facebook() -> FakeFacebook:
    tasks = {page: ["CREATE_CONTENT", "MODERATE", "ANALYZE"] for page in (PAGE, OTHER)}
    tokens = {page: f"page-token-{page}" for page in tasks}
    return FakeFacebook(lambda: datetime.now(UTC), tasks=tasks, tokens=tokens)


@pytest.fixture
def relais(
    facebook: FakeFacebook, start_relais: StartRelais, filled_data: Path, tmp_path: Path
) -> Iterator[Relais]:
    data = shutil.copytree(filled_data, tmp_path / "registered")
    registered = {"facebook": {"id": CLIENT_ID, "secret": CLIENT_SECRET}}
    (data / "apps.json").write_text(json.dumps(registered), encoding="utf-8")
    with serving(OverThere(facebook)) as served:
        origins = ("https://www.facebook.com", "https://graph.facebook.com")
        stand_ins = " ".join(f"{origin}={served.base_url}" for origin in origins)
        yield start_relais(data, RELAIS_STAND_INS=stand_ins)


@pytest.fixture
def page(chromium: Browser, relais: Relais) -> Iterator[Page]:
    state = enter(chromium, relais)
    context = chromium.new_context(
        base_url=relais.base_url, storage_state=state, locale="fr-FR", viewport=PHONE
    )
    yield context.new_page()
    context.close()


PHONE: ViewportSize = {"width": 375, "height": 812}


def sign_in(page: Page, answer: str) -> None:
    page.goto("/canaux")
    page.get_by_role("button", name="Connecter Facebook (Page)").click()
    page.get_by_role("button", name="Se connecter sur Facebook").click()
    page.get_by_role("link", name=answer).click()


def test_a_page_is_chosen_and_a_post_goes_out_on_it_once(
    page: Page, relais: Relais, facebook: FakeFacebook, axe_finds: AxeFinds
) -> None:
    sign_in(page, "Continuer")
    choice = page.get_by_role("form", name="Quels comptes")
    expect(choice.get_by_role("checkbox")).to_have_count(2)
    assert axe_finds(page) == []
    choice.get_by_label(f"Boulangerie {PAGE}").check()
    choice.get_by_role("button", name="Connecter 1 compte").click()
    card = page.locator(".channel", has=page.get_by_role("heading", name=f"Boulangerie {PAGE}"))
    expect(card.locator(".pill")).to_have_text("Connecté")
    expect(card).to_contain_text("jusqu’au")
    card.get_by_role("button", name="Tester").click()
    expect(card.get_by_role("status")).to_contain_text("La connexion marche")

    page.goto("/ecrire")
    write(page, "Le pain de seigle est revenu.", channels=("Facebook (Page)",))
    page.get_by_label("Maintenant").check()
    page.get_by_role("button", name="Publier maintenant").click()
    expect(page.locator(".pill", has_text="Publié").first).to_be_visible(timeout=20 * SECONDS)
    assert [post["message"] for post in facebook.posts] == ["Le pain de seigle est revenu."]


def test_who_says_no_is_connected_to_nothing(page: Page, relais: Relais) -> None:
    before = relais.read("/workspaces/demo/channels")["items"]
    sign_in(page, "Annuler")
    expect(page.get_by_role("alert")).to_contain_text("Rien n’a été connecté")
    assert relais.read("/workspaces/demo/channels")["items"] == before
