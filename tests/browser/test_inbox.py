"""Boîte: found, read, triaged by keys or by hand, answered once; nothing typed is ever lost."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.canned import Canned
from tests.browser.canned_data import NOW
from tests.browser.conftest import AxeFinds
from tests.browser.test_pages import TOO_SMALL, sideways


def line(page: Page, name: str) -> Locator:
    return page.locator(f"#line-{name}")


def answer_box(page: Page) -> Locator:
    return page.get_by_label("Votre réponse")


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
@pytest.mark.parametrize("path", ["/boite", "/boite/bruno", "/boite/gazette", "/reponses"])
def test_the_inbox_has_no_fault_and_does_not_scroll_sideways(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds, path: str, width: int
) -> None:
    page = canned.visit(chromium, path, width)
    assert axe_finds(page) == []
    assert sideways(page) == 0
    if width < 900:
        assert page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("path", ["/boite", "/boite/patrick", "/reponses"])
def test_the_inbox_is_legible_in_the_dark_and_in_english(
    chromium: Browser, axe_finds: AxeFinds, path: str
) -> None:
    canned = Canned(language="en")
    page = canned.visit(chromium, path, color_scheme="dark")
    expect(page.locator("html")).to_have_attribute("lang", "en")
    assert axe_finds(page) == []
    assert canned.said == []
    page.context.close()


def test_ten_mentions_are_triaged_by_keys_alone(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/boite")
    press = page.keyboard.press
    press("j")
    expect(page.get_by_role("heading", name="Julie M.")).to_be_visible()
    press("r")
    expect(answer_box(page)).to_be_focused()
    page.keyboard.type("Bonjour Julie, oui, de 7 h à 13 h. j k e")
    press("Control+Enter")
    expect(page.get_by_text("En cours")).to_be_visible()
    press("Escape")
    expect(page.get_by_role("heading", name="Julie M.")).to_be_focused()
    press("j")
    expect(page.get_by_role("heading", name=re.compile("^Patrick"))).to_be_visible()
    press("a")
    expect(page.get_by_role("button", name="À moi", exact=True).last).to_be_focused()
    press("Enter")
    expect(page.locator(".conversation-marks")).to_contain_text("pour vous")
    press("j")
    expect(page.get_by_role("heading", name="@lesamisdufournil")).to_be_visible()
    press("s")
    expect(page.get_by_role("button", name="Demain matin")).to_be_focused()
    press("Enter")
    expect(page.get_by_role("heading", name="Mairie de Saint-Rémy")).to_be_visible()
    press("n")
    expect(page.locator("form.confirm")).to_be_focused()
    press("Tab")
    expect(page.locator("#note-text")).to_be_focused()
    page.keyboard.type("À voir avec Théo : e, j, k")
    press("Tab")
    press("Enter")
    expect(page.locator(".bubble.note")).to_contain_text("À voir avec Théo")
    press("Escape")
    expect(line(page, "mairie")).to_be_focused()
    press("j")
    for name in ["Nadia", "Bruno", "La Gazette des Alpilles", "Luc", "Sophie Bernard", "Karim"]:
        expect(page.locator("#who")).to_have_text(name)
        press("e")
    expect(page.locator("#who")).to_have_text("Eva")
    states = {name: item["state"] for name, item in canned.items.items()}
    done = ["nadia", "bruno", "gazette", "luc", "sophie", "karim"]
    assert [states[name] for name in done] == ["done"] * 6
    assert states["amis"] == "snoozed"
    assert canned.items["patrick"]["assignee"] == "claire"
    assert [said["text"] for said in canned.answers["julie"]] == [
        "Bonjour Julie, oui, de 7 h à 13 h. j k e"
    ]
    expect(page.get_by_role("navigation").locator(".badge")).to_contain_text("4")


def test_enter_opens_a_line_and_escape_comes_back_to_it(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/boite")
    line(page, "nadia").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Nadia")).to_be_focused()
    page.keyboard.press("Escape")
    expect(line(page, "nadia")).to_be_focused()


def test_what_a_network_charges_is_told_before_it_is_done(
    canned: Canned, chromium: Browser
) -> None:
    canned.charges = {"answer": 15_000, "answer_with_address": 200_000, "act": 5_000}
    page = canned.visit(chromium, "/boite/nadia")
    words = "Une réponse y coûte 0,015\u00a0$, ou 0,20\u00a0$ avec une adresse web."
    expect(page.locator("#answer-help")).to_contain_text(words)
    page.locator(".triage").get_by_text("Plus", exact=True).click()
    for name in ("Masquer", "Supprimer de"):
        act = page.get_by_role("button", name=re.compile(rf"^{name}.*\(0,005\s\$\)$"))
        expect(act).to_be_visible()


def test_markup_in_what_is_said_is_shown_and_obeyed_by_nobody(
    canned: Canned, chromium: Browser
) -> None:
    said = "<img src=x onerror=\"document.title='mine'\"><b>gras</b> javascript:alert(1)"
    canned.items["nadia"] |= {"text": said, "url": "javascript:document.title='mine'"}
    canned.items["nadia"]["author"] |= {"name": "<i>Nadia</i>", "url": "javascript:alert(1)"}
    page = canned.visit(chromium, "/boite/nadia")
    expect(page.get_by_text(said).last).to_be_visible()
    expect(page.get_by_role("heading", name="<i>Nadia</i>")).to_be_visible()
    assert page.locator("a[href^='javascript:']").count() == 0
    assert page.locator(".bubble img, .bubble b").count() == 0
    assert page.title() != "mine"


def test_all_keys_are_told_and_can_be_turned_off(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/boite/nadia")
    page.keyboard.press("?")
    help_ = page.get_by_role("dialog", name="Touches")
    expect(help_).to_be_visible()
    for key in ["j", "k", "r", "e", "a", "s", "n", "?", "Entrée", "Échap"]:
        expect(
            help_.locator("kbd", has_text=re.compile(f"^{re.escape(key)}$")).first
        ).to_be_visible()
    assert axe_finds(page) == []
    help_.get_by_label("Touches d’une lettre actives").uncheck()
    page.keyboard.press("Escape")
    expect(help_).to_have_count(0)
    page.keyboard.press("e")
    page.keyboard.press("r")
    expect(answer_box(page)).not_to_be_focused()
    assert canned.items["nadia"]["state"] == "open"


def test_who_looks_has_read_and_the_counts_follow(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/boite")
    expect(line(page, "nadia").locator(".dot")).to_be_visible()
    line(page, "nadia").click()
    expect(line(page, "nadia").locator(".dot")).to_have_count(0)
    assert ("POST", "/inbox/nadia/read", None) in canned.asked
    page.get_by_role("button", name="Traité", exact=True).click()
    expect(page.get_by_role("navigation").locator(".badge")).to_contain_text("10")
    expect(line(page, "nadia")).to_have_count(0)
    page.get_by_role("button", name="Annuler").click()
    expect(line(page, "nadia")).to_be_visible()
    assert canned.items["nadia"]["state"] == "open"


def test_on_a_phone_the_list_comes_first_and_then_the_conversation(
    canned: Canned, chromium: Browser
) -> None:
    page = canned.visit(chromium, "/boite", 375)
    expect(page.locator(".inbox-right")).to_be_hidden()
    line(page, "mairie").tap()
    expect(page.get_by_role("heading", name="Mairie de Saint-Rémy")).to_be_focused()
    expect(page.locator(".inbox-left")).to_be_hidden()
    page.get_by_role("link", name="Retour à la boîte").tap()
    expect(line(page, "mairie")).to_be_focused()


def test_the_list_is_filtered_and_searched_and_the_address_keeps_it(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/boite")
    page.get_by_label("Chercher").fill("galette")
    expect(page.locator(".line")).to_have_count(2)
    page.get_by_role("button", name="Filtres").click()
    page.get_by_label("Canal").select_option(label="Bluesky")
    expect(page.locator(".line")).to_have_count(1)
    assert axe_finds(page) == []
    page.reload()
    expect(page.locator(".line")).to_have_count(1)
    expect(page.get_by_label("Chercher")).to_have_value("galette")
    page.get_by_role("button", name="Enlever les filtres").click()
    expect(page.locator(".line")).to_have_count(11)
    page.get_by_role("button", name=re.compile("^À moi")).click()
    expect(page.locator(".line")).to_have_count(1)
    page.get_by_label("État").select_option(label="Indésirable")
    expect(page.get_by_text("Rien ne correspond.")).to_be_visible()
    assert axe_finds(page) == []


def test_the_counter_counts_as_the_network_and_an_answer_over_it_is_not_sent(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    canned.can_answer_within = 60
    page = canned.visit(chromium, "/boite/nadia", 375)
    answer_box(page).fill("Voyez https://boulangerie-martin.fr/les-galettes-sans-amande-2026 !")
    expect(page.locator("#answer-count")).to_contain_text("31/60")
    text = "Oui ! " * 20
    answer_box(page).fill(text)
    page.get_by_role("button", name="Répondre sur Bluesky").click()
    expect(page.locator("#answer-error")).to_contain_text("Raccourcissez de 59")
    expect(answer_box(page)).to_be_focused()
    assert axe_finds(page) == []
    assert not [one for one in canned.asked if one[1].endswith("/answer")]
    page.reload()
    expect(answer_box(page)).to_have_value(text)


def test_two_who_answer_at_once_are_told_and_lose_nothing(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/boite/nadia")
    answer_box(page).fill("Oui, en la commandant la veille.")
    canned.answered("nadia", "Paul", "Bien sûr !", status="published")
    page.get_by_role("button", name="Répondre sur Bluesky").click()
    alert = page.get_by_role("alert")
    expect(alert).to_contain_text("Paul a répondu pendant que vous écriviez.")
    expect(alert).to_contain_text("Votre texte est gardé")
    expect(answer_box(page)).to_have_value("Oui, en la commandant la veille.")
    expect(page.get_by_text("Bien sûr !")).to_be_visible()
    assert axe_finds(page) == []
    page.get_by_role("button", name="Répondre sur Bluesky").click()
    expect(page.get_by_text("Oui, en la commandant la veille.").first).to_be_visible()
    expect(answer_box(page)).to_have_value("")
    assert len(canned.answers["nadia"]) == 2


def test_it_is_shown_who_writes_an_answer(canned: Canned, chromium: Browser) -> None:
    until = (NOW + timedelta(minutes=2)).isoformat()
    canned.items["nadia"]["answering"] = {"by": "paul", "until": until}
    page = canned.visit(chromium, "/boite/nadia")
    expect(page.get_by_text("Paul écrit une réponse.")).to_be_visible()


def test_an_answer_in_doubt_leads_to_where_it_is_decided(canned: Canned, chromium: Browser) -> None:
    canned.answered("nadia", "Claire Martin", "Oui.", status="to_check")
    page = canned.visit(chromium, "/boite/nadia")
    link = page.get_by_role("link", name=re.compile("À vérifier"))
    expect(link).to_have_attribute("href", "/messages/nadiar0")


def test_a_saved_reply_is_filled_and_its_gaps_are_marked(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/boite/julie", 375)
    page.get_by_text("Réponse enregistrée").click()
    page.get_by_role("button", name="Commander").click()
    expect(answer_box(page)).to_have_value("Bonjour Julie, commandez ici : {lien}. À bientôt !")
    expect(page.locator(".gap")).to_have_text("{lien}")
    assert axe_finds(page) == []
    page.get_by_role("button", name="Répondre sur Mastodon").click()
    expect(page.locator("#answer-error")).to_contain_text("Complétez d’abord {lien}.")
    page.get_by_role("button", name="Y aller").click()
    page.keyboard.type("martin.fr")
    expect(answer_box(page)).to_have_value("Bonjour Julie, commandez ici : martin.fr. À bientôt !")
    expect(page.locator(".gap")).to_have_count(0)


def test_what_cannot_be_answered_says_why(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/boite/gazette")
    expect(page.get_by_text("Aucun de vos canaux ne permet d’y répondre")).to_be_visible()
    page = canned.visit(chromium, "/boite/sophie")
    expect(page.get_by_text("Supprimé sur Mastodon.")).to_be_visible()
    expect(page.get_by_text("On ne peut plus y répondre : c’est supprimé.")).to_be_visible()
    expect(answer_box(page)).to_have_count(0)


def test_a_held_comment_is_let_through_and_another_deleted_after_a_question(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/boite/bruno", 375)
    page.get_by_role("button", name="Laisser paraître").click()
    expect(page.get_by_text("Personne ne voit encore ce commentaire")).to_have_count(0)
    page.locator(".triage").get_by_text("Plus", exact=True).click()
    assert axe_finds(page) == []
    page.get_by_role("button", name="Supprimer de WordPress").click()
    asks = page.locator("form.confirm")
    expect(asks).to_be_focused()
    assert ("POST", "/inbox/bruno/moderate", {"act": "delete"}) not in canned.asked
    asks.get_by_role("button", name="Supprimer").click()
    expect(asks).to_have_count(0)
    assert ("POST", "/inbox/bruno/moderate", {"act": "delete"}) in canned.asked


def test_labels_and_a_chosen_day_are_set(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/boite/nadia")
    page.locator(".triage").get_by_text("Plus", exact=True).click()
    page.get_by_role("button", name="Étiquettes").click()
    page.get_by_label("fêtes").check()
    page.get_by_label("Nouvelle étiquette").fill("allergie, galette")
    page.get_by_role("button", name="Enregistrer", exact=True).click()
    expect(page.locator(".conversation-marks")).to_contain_text("allergie")
    assert canned.items["nadia"]["labels"] == ["fêtes", "allergie", "galette"]
    page.locator(".triage").get_by_text("Plus tard").click()
    page.get_by_role("button", name="Choisir").click()
    page.get_by_label("Date").fill("2026-12-03")
    page.locator("form.confirm").get_by_role("button", name="Plus tard").click()
    expect(line(page, "nadia")).to_have_count(0)
    until = {"local": "2026-12-03T08:00", "zone": "Europe/Paris"}
    assert ("POST", "/inbox/nadia/snooze", {"until": until}) in canned.asked


def test_a_person_is_erased_after_a_question(
    canned: Canned, chromium: Browser, axe_finds: AxeFinds
) -> None:
    page = canned.visit(chromium, "/boite/julie")
    expect(page.get_by_text("1 échange précédent avec Julie M.")).to_be_visible()
    page.locator(".triage").get_by_text("Plus", exact=True).click()
    page.get_by_role("button", name="Effacer cette personne").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("On ne peut pas revenir en arrière.")
    assert axe_finds(page) == []
    dialog.get_by_role("button", name="Effacer", exact=True).click()
    expect(page.get_by_text("2 éléments effacés.")).to_be_visible()
    expect(line(page, "julie")).to_have_count(0)
    assert "julie2" not in canned.items


@pytest.mark.parametrize(
    ("role", "sees"), [("viewer", []), ("editor", ["triage", "answer"]), ("approver", ["erase"])]
)
def test_a_role_sees_what_it_may_do(chromium: Browser, role: str, sees: list[str]) -> None:
    canned = Canned(role)
    page = canned.visit(chromium, "/boite/nadia")
    expect(page.get_by_role("heading", name="Nadia")).to_be_visible()
    triage = page.locator(".triage")
    expect(triage).to_have_count(0 if role == "viewer" else 1)
    expect(answer_box(page)).to_have_count(0 if role == "viewer" else 1)
    erase = page.locator("button", has_text="Effacer cette personne")
    expect(erase).to_have_count(1 if "erase" in sees else 0)
    if role == "viewer":
        expect(page.get_by_text("Votre rôle permet de lire, pas de répondre.")).to_be_visible()
        assert canned.asked == []
    page.context.close()


def test_saved_replies_are_written_and_changed(canned: Canned, chromium: Browser) -> None:
    page = canned.visit(chromium, "/reponses", 375)
    page.get_by_role("button", name="Nouvelle réponse").click()
    page.get_by_label("Nom").fill("Merci")
    page.get_by_label("Texte").fill("Merci {prénom} !")
    page.get_by_role("button", name="Enregistrer").click()
    expect(page.get_by_role("heading", name="Merci")).to_be_visible()
    page.get_by_role("button", name="Modifier « Horaires »").click()
    expect(page.get_by_label("Texte")).to_have_value("Bonjour {prénom}, nous ouvrons à 7 h.")
