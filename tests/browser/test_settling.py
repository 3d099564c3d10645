"""What waits for a person is found from the first page and settled, with the keyboard alone too."""

from __future__ import annotations

import re

from playwright.sync_api import Locator, Page, expect

from tests.browser.conftest import AxeFinds, Visit
from tests.relais_fixtures import Relais

TO_CHECK = "/messages/demotocheck"
TO_PASTE = "/messages/demotoday2"
MOST_TABS = 60


def tab_to(page: Page, target: Locator) -> None:
    """Move the focus by the Tab key until it stands there."""
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if target.evaluate("one => one === document.activeElement"):
            return
    raise AssertionError(f"the Tab key never reached {target}")


def test_a_delivery_in_doubt_is_settled_from_the_first_page_by_keyboard(
    visit_own: Visit, relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit_own("/")
    tab_to(page, page.get_by_role("link", name=re.compile("^À vérifier.*Voir$")))
    page.keyboard.press("Enter")
    expect(page.get_by_text("Nous ne savons pas si ce message est en ligne")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    tab_to(page, page.get_by_role("button", name="C’est publié"))
    page.keyboard.press("Enter")
    tab_to(page, page.get_by_label("Adresse de la publication"))
    page.keyboard.type("https://mastodon.invalid/@boulangerie/1")
    assert axe_finds(page) == []
    page.keyboard.press("Enter")
    expect(page.locator(".delivery .pill")).to_contain_text("Publié")
    settled = relais.read("/workspaces/demo/posts/demotocheck")["deliveries"][0]
    assert settled["remote_url"] == "https://mastodon.invalid/@boulangerie/1"
    page.get_by_role("navigation").get_by_role("link", name="Aujourd’hui").click()
    expect(page.get_by_role("link", name=re.compile("^À vérifier"))).to_have_count(0)


def test_sending_again_is_asked_twice_and_can_be_taken_back(
    visit_own: Visit, relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit_own(TO_CHECK, width=375)
    page.get_by_role("button", name="Il n’y est pas, renvoyer").click()
    expect(page.get_by_text("il paraîtrait deux fois")).to_be_visible()
    assert axe_finds(page) == []
    page.get_by_role("button", name="Non").click()
    assert relais.read("/workspaces/demo/posts/demotocheck")["deliveries"][0]["mark"] == "to_check"
    page.get_by_role("button", name="Il n’y est pas, renvoyer").click()
    page.get_by_role("button", name="Oui, renvoyer").click()
    expect(page.locator(".delivery .pill")).not_to_contain_text("À vérifier")
    assert relais.read("/workspaces/demo/posts/demotocheck")["deliveries"][0]["mark"] != "to_check"


def test_a_wrong_address_is_told_beside_its_field(visit_own: Visit) -> None:
    page = visit_own(TO_CHECK)
    page.get_by_role("button", name="C’est publié").click()
    page.get_by_label("Adresse de la publication").fill("pas une adresse")
    page.get_by_role("button", name="Confirmer").click()
    field = page.get_by_label("Adresse de la publication")
    expect(field).to_have_attribute("aria-invalid", "true")
    expect(field).to_have_value("pas une adresse")


def test_a_kit_gives_its_title_where_the_network_has_a_place_for_it(
    visit_own: Visit, relais: Relais, axe_finds: AxeFinds
) -> None:
    fields = {"target": "youtube", "page": "https://www.youtube.com/@boulangerie"}
    connected = relais.api(
        "POST", "/workspaces/demo/channels", json={"network": "manual", "fields": fields}
    ).json()
    body = {
        "text": "La recette en trois minutes.",
        "title": "La galette, pas à pas",
        "first_comment": "Les quantités : boulangerie-martin.fr/galette",
        "channels": [connected["id"], "instagram"],
        "when": {"kind": "now"},
    }
    made = relais.api("POST", "/workspaces/demo/posts", json=body).json()
    permissions = ["clipboard-read", "clipboard-write"]
    page = visit_own(f"/messages/{made['id']}", permissions=permissions)
    expect(page.locator(".kit")).to_have_count(2, timeout=30_000)
    page.get_by_role("button", name="Copier le titre").click()
    expect(page.get_by_text("Copié.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == body["title"]
    page.get_by_role("button", name="Copier le commentaire").first.click()
    expect(page.get_by_text("Copié.")).to_have_count(2)
    assert page.evaluate("navigator.clipboard.readText()") == body["first_comment"]
    line = page.locator(".delivery", has_text="YouTube")
    expect(line.locator(".delivery-name use")).to_have_attribute("href", "/icons.svg#i-net-youtube")
    expect(page.get_by_text("À coller soi-même")).to_have_count(0)
    assert axe_finds(page) == []
    page.goto(f"{relais.base_url}/")
    marks = page.locator(".post-line", has_text="La galette, pas").locator(".net-name use")
    expect(marks).to_have_count(2)
    shown = {mark.get_attribute("href") for mark in marks.all()}
    assert shown == {"/icons.svg#i-net-youtube", "/icons.svg#i-net-instagram"}


def test_a_decision_on_what_has_changed_meanwhile_changes_nothing(
    visit_own: Visit, relais: Relais
) -> None:
    page = visit_own(TO_CHECK)
    page.get_by_role("button", name="Abandonner").click()
    seen = relais.read("/workspaces/demo/posts/demotocheck")["deliveries"][0]
    body = {"rev": seen["rev"], "choice": "published"}
    path = f"/workspaces/demo/deliveries/{seen['id']}/decision"
    assert relais.api("POST", path, json=body).status_code == 200
    page.get_by_role("button", name="Abandonner").click()
    expect(page.locator(".delivery .pill")).to_contain_text("Publié")


def test_a_kit_gives_its_text_and_pictures_and_is_settled(
    visit_own: Visit, relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit_own("/", width=375, permissions=["clipboard-read", "clipboard-write"])
    page.get_by_role("link", name=re.compile("^À coller.*Coller$")).click()
    page.get_by_role("button", name="Copier le texte").click()
    expect(page.get_by_text("Copié.")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    kit = relais.read("/workspaces/demo/posts/demotoday2")["deliveries"][0]["kit"]
    assert copied == kit["text"]
    with page.expect_download() as download:
        page.get_by_role("link", name="Image 1").click()
    assert download.value.suggested_filename == kit["media"][0]["name"]
    expect(page.get_by_role("link", name="Ouvrir Instagram")).to_have_attribute(
        "href", kit["composer_url"]
    )
    assert axe_finds(page) == []
    page.get_by_role("button", name="C’est publié").click()
    page.get_by_role("button", name="Confirmer").click()
    expect(page.locator(".delivery .pill")).to_contain_text("Publié")
    assert relais.read("/workspaces/demo/posts/demotoday2")["state"] == "published"
