"""Writing a message, from the first word to the moment it is out."""

from __future__ import annotations

import io
import re
from datetime import date, timedelta
from typing import Any

import pytest
from PIL import Image
from playwright.sync_api import FilePayload, Page, Route, expect

from tests.browser.conftest import AxeFinds, Visit
from tests.fakes.videos import film
from tests.relais_fixtures import Relais

FAR = "2030-05-15"
POSTS = "/workspaces/demo/posts"


def picture(name: str, colour: str) -> FilePayload:
    data = io.BytesIO()
    Image.new("RGB", (80, 60), colour).save(data, "PNG")
    return {"name": name, "mimeType": "image/png", "buffer": data.getvalue()}


def write(
    page: Page, text: str, *, channels: tuple[str, ...] = ("Votre page d’actualités",)
) -> None:
    """Write a text for exactly these channels."""
    page.get_by_label("Texte du message").fill(text)
    for chip in page.locator(".chip input").all():
        chip.uncheck()
    for name in channels:
        page.locator(".chip", has_text=name).get_by_role("checkbox").check()


def choose(page: Page, day: str, hour: str) -> None:
    page.get_by_label("Date", exact=True).fill(day)
    page.get_by_label("Heure (de Paris)").fill(hour)


def post_of(page: Page) -> str:
    """Return the id of the message whose page is shown."""
    page.wait_for_url(re.compile("/messages/"))
    return page.url.rpartition("/")[2]


def test_a_message_is_scheduled_for_the_hour_that_the_button_says(
    visit: Visit, shared_relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit("/ecrire", width=375)
    write(page, "Portes ouvertes au fournil, à programmer.")
    choose(page, FAR, "08:30")
    page.get_by_role(
        "button", name=re.compile("^Programmer pour mer.\\s15\\smai\\s2030, 8")
    ).click()
    expect(page.get_by_text("Programmé, pour mer.")).to_be_visible()
    expect(page.get_by_role("heading", level=1)).to_be_focused()
    assert axe_finds(page) == []
    made = shared_relais.read(f"{POSTS}/{post_of(page)}")
    assert (made["local"], made["state"]) == (f"{FAR}T08:30", "scheduled")
    assert [delivery["channel"] for delivery in made["deliveries"]] == ["site"]


def test_a_message_goes_out_under_the_eyes_of_its_author(visit: Visit) -> None:
    page = visit("/ecrire")
    write(page, "Parti tout de suite, sans recharger la page.")
    page.get_by_label("Maintenant").check()
    page.get_by_role("button", name="Publier maintenant").click()
    expect(page.locator(".delivery .pill.good")).to_contain_text("Publié à", timeout=30_000)
    expect(page.get_by_role("link", name="Voir sur")).to_be_visible()
    page.get_by_text("Ce qui a été tenté").click()
    expect(page.get_by_text("a confirmé la publication")).to_be_visible()


def test_the_page_of_the_day_follows_what_goes_out(visit_own: Visit, relais: Relais) -> None:
    page = visit_own("/")
    body = {"text": "Il sort du four.", "channels": ["site"], "when": {"kind": "now"}}
    assert relais.api("POST", POSTS, json=body).status_code == 201
    page.reload()
    line = page.locator("#leaves ~ .rows .post-line", has_text="Il sort du four.")
    expect(line.locator(".pill")).to_have_text("Publié", timeout=30_000)


def test_a_text_too_long_for_one_channel_is_told_and_cured_there(
    visit: Visit, shared_relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit("/ecrire")
    write(page, "é" * 512, channels=("Mastodon", "Votre page d’actualités"))
    choose(page, FAR, "09:00")
    chip = page.locator(".chip", has_text="Mastodon")
    expect(chip).to_contain_text("512/500")
    expect(page.locator(".problems")).to_contain_text("Raccourcissez de 12")
    page.get_by_role("button", name="Programmer pour").click()
    expect(page.locator(".summary")).to_be_focused()
    assert axe_finds(page) == []
    page.get_by_role("button", name=re.compile("^Écrire un texte pour Mastodon")).click()
    own = page.get_by_label(re.compile("^Texte pour Mastodon"))
    expect(own).to_be_focused()
    own.fill("Plus court pour Mastodon.")
    expect(page.locator(".problem.bad")).to_have_count(0)
    assert axe_finds(page) == []
    page.get_by_role("button", name="Programmer pour").click()
    made = shared_relais.read(f"{POSTS}/{post_of(page)}")
    assert made["variants"]["mastodon"]["text"] == "Plus court pour Mastodon."
    assert made["text"] == "é" * 512


def test_a_text_has_less_room_under_an_image_where_the_network_says_so(
    visit: Visit, axe_finds: AxeFinds
) -> None:
    def short_captions(route: Route) -> None:
        answer = route.fetch()
        told = answer.json()
        for channel in told["items"]:
            channel["limits"]["caption"] = [{"unit": "utf16_units", "max": 20, "url_length": 0}]
        route.fulfill(response=answer, json=told)

    page = visit("/ecrire")
    page.route("**/api/v1/workspaces/demo/channels", short_captions)
    page.reload()
    write(page, "Des croissants à midi 🥐")
    chip = page.locator(".chip", has_text="Votre page d’actualités")
    expect(chip).to_contain_text("/20\u202f000")
    page.locator("#image").set_input_files([picture("four.png", "orange")])
    expect(chip).to_contain_text("24/20")
    told = "24\u00a0caractères sous une image ou une vidéo, il en accepte 20. Raccourcissez de 4"
    expect(page.locator(".problems")).to_contain_text(told)
    assert axe_finds(page) == []


def test_an_hour_that_does_not_exist_is_told_with_the_one_that_does(visit: Visit) -> None:
    last = date(2031, 3, 31)
    sunday = last - timedelta(days=(last.weekday() + 1) % 7)
    page = visit("/ecrire")
    write(page, "À l'heure d'été.")
    choose(page, sunday.isoformat(), "02:30")
    page.get_by_role("button", name="Programmer pour").click()
    expect(page.get_by_text("les horloges avancent")).to_be_visible()
    expect(page.locator(".toast")).to_contain_text("3\u00a0h\u00a030")


def test_an_hour_that_is_past_is_told_beside_the_date(visit: Visit) -> None:
    page = visit("/ecrire")
    write(page, "Trop tard.")
    choose(page, "2020-01-01", "08:30")
    page.get_by_role("button", name="Programmer pour").click()
    expect(page.locator(".summary")).to_be_focused()
    date_field = page.get_by_label("Date", exact=True)
    expect(date_field).to_have_attribute("aria-invalid", "true")
    page.locator(".summary").get_by_role("link").click()
    expect(date_field).to_be_focused()


def test_nothing_to_say_and_nowhere_to_say_it_are_both_told(visit: Visit) -> None:
    page = visit("/ecrire", width=320)
    write(page, "", channels=())
    page.get_by_role("button", name="Programmer pour").click()
    summary = page.locator(".summary")
    expect(summary.get_by_role("heading")).to_have_text("2\u00a0choses à corriger")
    expect(summary.get_by_role("link")).to_have_text(
        ["Écrivez un message, ou ajoutez une image.", "Choisissez au moins un canal."]
    )


def test_enter_in_a_field_publishes_nothing(visit: Visit) -> None:
    page = visit("/ecrire")
    write(page, "Pas encore.")
    page.get_by_role("button", name="Lien").click()
    page.get_by_label("Lien").fill("boulangerie.example")
    page.get_by_label("Lien").press("Enter")
    page.get_by_label("Texte du message").focus()
    expect(page.get_by_label("Lien")).to_have_value("https://boulangerie.example")
    assert page.url.endswith("/ecrire")


def test_pictures_are_sent_described_and_put_in_order(
    visit: Visit, shared_relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit("/ecrire", width=375)
    write(page, "Deux images.")
    choose(page, FAR, "10:00")
    page.locator("#image").set_input_files([picture("a.png", "red"), picture("b.png", "blue")])
    page.get_by_label("Texte alternatif de l’image 1").fill("Rouge")
    page.get_by_label("Texte alternatif de l’image 2").fill("Bleue")
    page.get_by_role("button", name="Descendre l’image 1").click()
    expect(page.get_by_label("Texte alternatif de l’image 1")).to_have_value("Bleue")
    expect(page.locator("progress")).to_have_count(0)
    assert axe_finds(page) == []
    page.get_by_role("button", name="Programmer pour").click()
    made = shared_relais.read(f"{POSTS}/{post_of(page)}")
    assert [image["alt"] for image in made["media"]] == ["Bleue", "Rouge"]
    shown = page.get_by_role("img", name="Bleue")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") == 80


def video(name: str, **told: Any) -> FilePayload:
    kind = "video/quicktime" if name.endswith(".mov") else "video/mp4"
    return {"name": name, "mimeType": kind, "buffer": film(**told)}


def test_a_video_is_sent_described_and_shown_as_it_plays(
    visit: Visit, shared_relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit("/ecrire", width=375)
    write(page, "Le four s’ouvre.")
    choose(page, FAR, "10:00")
    page.locator("#image").set_input_files([video("four.mp4")])
    page.get_by_label("Description de la vidéo").fill("La fournée sort")
    expect(page.locator("progress")).to_have_count(0)
    expect(page.locator(".problem")).to_have_count(0)
    assert axe_finds(page) == []
    page.get_by_role("button", name="Aperçu").click()
    expect(page.locator(".sample video")).to_have_attribute("aria-label", "La fournée sort")
    page.get_by_role("button", name="Programmer pour").click()
    made = shared_relais.read(f"{POSTS}/{post_of(page)}")
    (kept,) = made["media"]
    assert (kept["alt"], kept["content_type"]) == ("La fournée sort", "video/mp4")
    assert kept["duration_ms"] == 12_000
    shown = page.locator("video")
    expect(shown).to_have_attribute("src", re.compile(f"/media/{kept['sha256']}$"))
    expect(shown).to_have_attribute("aria-label", "La fournée sort")
    assert axe_finds(page) == []


def test_a_video_that_a_channel_refuses_is_told_while_it_is_written(visit: Visit) -> None:
    page = visit("/ecrire")
    write(page, "Le four s’ouvre.")
    page.locator("#image").set_input_files([video("four.mov", brand=b"qt  ")])
    told = page.locator(".problem.bad")
    expect(told).to_contain_text("ne prend pas ce type de vidéo")
    page.locator("#image").set_input_files([picture("a.png", "red")])
    expect(told).to_contain_text("une vidéo est seule")
    expect(page.locator("progress")).to_have_count(0)
    page.get_by_role("button", name="Programmer pour").click()
    expect(page.locator(".summary")).to_contain_text("une vidéo est seule")
    page.get_by_role("button", name="Retirer la vidéo").click()
    expect(told).to_have_count(0)


def test_what_is_no_video_is_refused_in_words(visit: Visit) -> None:
    page = visit("/ecrire")
    write(page, "Une vidéo qui n'en est pas une.")
    fake: FilePayload = {"name": "a.mp4", "mimeType": "video/mp4", "buffer": b"not a video" * 9}
    page.locator("#image").set_input_files([fake])
    expect(page.locator(".image .error")).to_contain_text("vidéo MP4 ou MOV")


def test_what_is_no_picture_is_refused_in_words(visit: Visit) -> None:
    page = visit("/ecrire")
    write(page, "Une image qui n'en est pas une.")
    fake: FilePayload = {"name": "a.png", "mimeType": "image/png", "buffer": b"not a picture"}
    page.locator("#image").set_input_files([fake])
    expect(page.locator(".image .error")).to_contain_text("image JPEG, PNG, WebP ou GIF")
    page.get_by_role("button", name="Programmer pour").click()
    expect(page.locator(".summary")).to_contain_text("retirez-le")


def test_a_message_sent_again_after_a_lost_answer_is_one_and_written_again_it_is_two(
    visit_own: Visit, relais: Relais
) -> None:
    page = visit_own("/ecrire")
    lost: list[int] = []

    def lose(route: Route) -> None:
        lost.append(route.fetch().status)
        route.abort()

    def send() -> str:
        write(page, "Deux fois exprès.")
        choose(page, FAR, "16:00")
        page.get_by_role("button", name="Programmer pour").click()
        return post_of(page)

    page.route("**/api/v1/workspaces/demo/posts", lose, times=1)
    write(page, "Deux fois exprès.")
    choose(page, FAR, "16:00")
    page.get_by_role("button", name="Programmer pour").click()
    expect(page.get_by_text("Relais n’a pas répondu")).to_be_visible()
    first = send()
    page.get_by_role("link", name="Écrire").first.click()
    page.wait_for_url(re.compile("/ecrire$"))
    assert lost == [201]
    second = send()
    rows = relais.read(f"{POSTS}?from={FAR}&to={FAR}")["items"]
    assert sorted(row["id"] for row in rows) == sorted({first, second})
    assert first != second


def test_what_was_being_written_is_found_again_and_can_be_dropped(visit: Visit) -> None:
    page = visit("/ecrire")
    page.get_by_label("Texte du message").fill("À moitié écrit")
    expect(page.get_by_text("Gardé sur cet appareil à")).to_be_visible()
    page.reload()
    expect(page.get_by_label("Texte du message")).to_have_value("À moitié écrit")
    page.get_by_role("button", name="Repartir de zéro").click()
    expect(page.get_by_label("Texte du message")).to_have_value("")
    page.reload()
    expect(page.get_by_label("Texte du message")).to_have_value("")


def test_a_draft_is_saved_taken_up_and_sent_on_its_way(visit: Visit, shared_relais: Relais) -> None:
    page = visit("/ecrire")
    write(page, "Brouillon du matin.")
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    page.wait_for_url(re.compile("/ecrire/[a-z0-9]+$"))
    draft = page.url.rpartition("/")[2]
    assert shared_relais.read(f"{POSTS}/{draft}")["is_draft"]
    page.goto(page.url.removesuffix(f"/{draft}"))
    page.get_by_text("Reprendre un brouillon").click()
    page.locator(".drafts").get_by_role("link", name="Brouillon du matin.").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Modifier le message")
    page.get_by_label("Texte du message").fill("Brouillon du matin, relu.")
    page.get_by_role("button", name="Enregistrer le brouillon").click()
    expect(page.locator(".toast")).to_have_text("Brouillon enregistré.")
    choose(page, FAR, "11:00")
    page.get_by_role("button", name="Programmer pour").click()
    assert post_of(page) == draft
    made = shared_relais.read(f"{POSTS}/{draft}")
    assert (made["text"], made["state"]) == ("Brouillon du matin, relu.", "scheduled")


def scheduled(relais: Relais, text: str) -> dict[str, Any]:
    when = {"kind": "at", "local": f"{FAR}T12:00", "zone": "Europe/Paris"}
    answer = relais.api("POST", POSTS, json={"text": text, "channels": ["site"], "when": when})
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    return made


@pytest.mark.parametrize(
    ("choice", "kept"), [("Garder la mienne", "La mienne."), ("Prendre l’autre", "La leur.")]
)
def test_two_people_on_one_message_overwrite_nothing_unasked(
    visit: Visit, shared_relais: Relais, axe_finds: AxeFinds, choice: str, kept: str
) -> None:
    made = scheduled(shared_relais, "Au début.")
    page = visit(f"/ecrire/{made['id']}")
    page.get_by_label("Texte du message").fill("La mienne.")
    when = {"kind": "at", "local": f"{FAR}T12:00", "zone": "Europe/Paris"}
    theirs = {"text": "La leur.", "channels": ["site"], "when": when, "version": made["version"]}
    answer = shared_relais.api("PUT", f"{POSTS}/{made['id']}", json=theirs)
    assert answer.status_code == 200, answer.text
    page.get_by_role("button", name="Enregistrer, départ").click()
    expect(page.get_by_role("heading", name="pendant que vous écriviez")).to_be_visible()
    assert shared_relais.read(f"{POSTS}/{made['id']}")["text"] == "La leur."
    page.get_by_role("button", name="Voir l’autre version").click()
    expect(page.get_by_text("La leur.", exact=True)).to_be_visible()
    expect(page.get_by_label("Texte du message")).to_have_value("La mienne.")
    assert axe_finds(page) == []
    page.get_by_role("button", name=choice).click()
    expect(page.get_by_label("Texte du message")).to_have_value(kept)
    page.get_by_role("button", name="Enregistrer, départ").click()
    assert post_of(page) == made["id"]
    assert shared_relais.read(f"{POSTS}/{made['id']}")["text"] == kept


def test_a_message_is_moved_copied_cancelled_and_deleted_from_its_page(
    visit: Visit, shared_relais: Relais, axe_finds: AxeFinds
) -> None:
    made = scheduled(shared_relais, "À déplacer, copier, annuler.")
    page = visit(f"/messages/{made['id']}", width=375)
    page.get_by_role("button", name="Changer l’heure").click()
    choose(page, FAR, "15:45")
    assert axe_finds(page) == []
    page.get_by_role("button", name="Changer l’heure").click()
    expect(page.locator(".top")).to_contain_text("15\u00a0h\u00a045")
    asks = page.locator("form.confirm")
    page.get_by_role("button", name="Annuler l’envoi").click()
    expect(asks).to_be_focused()
    page.keyboard.press("Escape")
    expect(asks).to_have_count(0)
    assert shared_relais.read(f"{POSTS}/{made['id']}")["state"] == "scheduled"
    page.get_by_role("button", name="Annuler l’envoi").click()
    asks.get_by_role("button", name="Annuler l’envoi").click()
    expect(page.locator(".delivery .pill")).to_have_text("Annulé")
    page.get_by_role("button", name="Dupliquer").click()
    expect(page.get_by_label("Texte du message")).to_have_value("À déplacer, copier, annuler.")
    page.go_back()
    page.get_by_role("button", name="Supprimer").click()
    asks.get_by_role("button", name="Supprimer").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd’hui")
    assert shared_relais.api("GET", f"{POSTS}/{made['id']}").status_code == 404


def test_the_preview_says_what_a_channel_has_no_place_for(
    visit: Visit, axe_finds: AxeFinds
) -> None:
    page = visit("/ecrire")
    write(page, "Nos horaires changent.", channels=("Votre page d’actualités", "Mastodon"))
    page.locator("summary", has_text="Options").click()
    page.get_by_label("Titre").fill("Horaires d’été")
    preview = page.get_by_role("complementary", name="Aperçu")
    preview.get_by_label("Aperçu sur").select_option(label="Votre page d’actualités")
    expect(preview).not_to_contain_text("Non repris")
    preview.get_by_label("Aperçu sur").select_option(label="Mastodon")
    expect(preview).to_contain_text(re.compile(r"Non repris ici\s?: le titre\."))
    assert axe_finds(page) == []


def test_a_first_comment_is_written_among_the_options_and_sent(
    visit: Visit, shared_relais: Relais, axe_finds: AxeFinds
) -> None:
    page = visit("/ecrire")
    write(page, "La galette arrive samedi.", channels=("Mastodon", "Site WordPress"))
    page.locator("summary", has_text="Options").click()
    page.get_by_label("Premier commentaire").fill("La recette : boulangerie-martin.fr/galette")
    sample = page.locator(".sample")
    for name, holds in (("Mastodon", True), ("Site WordPress", False)):
        page.locator(".preview select").select_option(label=name)
        expect(sample.get_by_text("La recette")).to_have_count(int(holds))
        expect(sample.get_by_text("Non repris ici")).to_have_count(int(not holds))
    assert axe_finds(page) == []
    choose(page, FAR, "08:30")
    page.get_by_role("button", name=re.compile("^Programmer pour")).click()
    made = shared_relais.read(f"{POSTS}/{post_of(page)}")
    assert made["first_comment"] == "La recette : boulangerie-martin.fr/galette"
    expect(page.get_by_text("Premier commentaire")).to_be_visible()
