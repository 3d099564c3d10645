"""Every page: no fault for axe, nothing sideways, targets for a thumb, both languages."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import AxeFinds, Visit

PAGES = [
    "/",
    "/ecrire",
    "/ecrire/demodraft",
    "/messages/demotocheck",
    "/messages/demotoday2",
    "/messages/demotoday3",
    "/canaux",
    "/nulle-part",
    "/messages/inconnu",
]
OPEN_PAGES = ["/sign-in", "/sign-in/un-jeton"]
MOST_BYTES = 60 * 1024
TOO_SMALL = """() => [...document.querySelectorAll(
    'button, .button, summary, select, textarea, input:not([type=file], [type=radio])' +
    ':not([type=checkbox])'
  )].filter((one) => one.checkVisibility() && one.getBoundingClientRect().height < 43.5)
  .map((one) => one.outerHTML.slice(0, 120))"""


def sideways(page: Page) -> int:
    """How many pixels the page is wider than the screen."""
    found: int = page.evaluate(
        "document.documentElement.scrollWidth - document.documentElement.clientWidth"
    )
    return found


@pytest.mark.parametrize("width", [320, 375, 768, 1280])
@pytest.mark.parametrize("path", PAGES)
def test_a_page_has_no_fault_and_does_not_scroll_sideways(
    visit: Visit, axe_finds: AxeFinds, path: str, width: int
) -> None:
    page = visit(path, width=width)
    assert axe_finds(page) == []
    assert sideways(page) == 0
    assert page.locator("h1").count() == 1
    if width < 900:
        assert page.evaluate(TOO_SMALL) == []


@pytest.mark.parametrize("path", OPEN_PAGES)
def test_the_door_has_no_fault_on_a_small_phone(
    visit_unknown: Visit, axe_finds: AxeFinds, path: str
) -> None:
    page = visit_unknown(path, width=320)
    assert axe_finds(page) == []
    assert sideways(page) == 0


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_legible_in_the_dark_scheme(visit: Visit, axe_finds: AxeFinds, path: str) -> None:
    assert axe_finds(visit(path, color_scheme="dark")) == []


@pytest.mark.parametrize("path", ["/", "/ecrire", "/messages/demotoday2", "/canaux"])
def test_a_page_holds_at_twice_the_text_size(visit: Visit, path: str) -> None:
    page = visit(path, width=640)
    page.evaluate("document.documentElement.style.fontSize = '200%'")
    assert sideways(page) == 0


def test_the_pages_speak_english_and_remember_it(visit_own: Visit, axe_finds: AxeFinds) -> None:
    page = visit_own("/")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Today")
    for path, title in [("/ecrire", "New message"), ("/canaux", "Channels"), ("/", "Today")]:
        page.goto(urlsplit(page.url)._replace(path=path).geturl())
        expect(page.get_by_role("heading", level=1)).to_have_text(title)
        expect(page.locator("html")).to_have_attribute("lang", "en")
        assert axe_finds(page) == []
    page.get_by_role("button", name="Français").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Aujourd’hui")


def test_a_change_of_page_moves_the_focus_to_its_title(visit: Visit) -> None:
    page = visit("/")
    rail = page.get_by_role("navigation")
    for name, title in [("Canaux", "Canaux"), ("Écrire", "Nouveau message")]:
        rail.get_by_role("link", name=name).click()
        heading = page.get_by_role("heading", level=1)
        expect(heading).to_have_text(title)
        expect(heading).to_be_focused()
        expect(page).to_have_title(f"{title} · Relais")
        expect(rail.get_by_role("link", name=name)).to_have_attribute("aria-current", "page")
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("Canaux")


def test_the_rail_has_only_pages_that_exist(visit: Visit) -> None:
    page = visit("/")
    links = page.get_by_role("navigation").get_by_role("link")
    assert [name.split()[0] for name in links.all_inner_texts()] == [
        "Écrire",
        "Aujourd’hui",
        "Boîte",
        "Mesures",
        "Veille",
        "Canaux",
    ]


def test_a_lost_network_is_said_and_what_is_written_stays(
    visit: Visit, axe_finds: AxeFinds
) -> None:
    page = visit("/ecrire", width=375)
    page.get_by_label("Texte du message").fill("Écrit dans le train")
    page.context.set_offline(True)
    expect(page.get_by_text("Hors ligne.")).to_be_visible()
    assert axe_finds(page) == []
    page.get_by_role("button", name="Programmer pour").click()
    expect(page.get_by_role("alert")).to_be_visible()
    page.context.set_offline(False)
    expect(page.get_by_text("Hors ligne.")).to_be_hidden()
    page.reload()
    expect(page.get_by_label("Texte du message")).to_have_value("Écrit dans le train")


@pytest.mark.parametrize("path", ["/", "/ecrire", "/messages/demotoday3", "/canaux"])
def test_a_page_weighs_less_than_60_kilobytes(visit: Visit, path: str) -> None:
    page = visit(path)
    page.wait_for_load_state("networkidle")
    origin = page.url.removesuffix(path)
    loaded = page.evaluate("performance.getEntriesByType('resource').map((one) => one.name)")
    parts = {urlsplit(url).path for url in loaded} | {"/", "/icon.svg", "/manifest.webmanifest"}
    weights = {
        part: len(gzip.compress(page.request.get(origin + part).body(), 9))
        for part in parts
        if not part.startswith(("/api/", "/media/"))
    }
    assert {"/app.js", "/app.css", "/icons.svg", "/i18n/fr.js"} <= weights.keys()
    assert sum(weights.values()) < MOST_BYTES, sorted(weights.items(), key=lambda one: -one[1])


def scripts(frontend: Path) -> Iterator[tuple[str, str]]:
    for file in sorted(frontend.rglob("*.js")):
        yield str(file.relative_to(frontend)), file.read_text(encoding="utf-8")


def test_no_script_leans_on_a_build_or_on_what_the_policy_forbids(frontend: Path) -> None:
    for name, text in scripts(frontend):
        code = re.sub(r"/\*.*?\*/|^\s*//.*?$", "", text, flags=re.DOTALL | re.MULTILINE)
        imports = re.findall(r"""\b(?:from|import)\s*\(?["']([^"']+)["']""", code)
        assert [one for one in imports if not one.startswith(".")] == [], name
        if not name.startswith("vendor/"):
            assert not re.search(r"innerHTML|dangerouslySet|\beval\(| style=", text), name
    index = (frontend / "index.html").read_text(encoding="utf-8")
    assert not re.search(r"<style|\sstyle=|\son\w+=|<script(?![^>]*\ssrc=)", index)


def test_every_icon_that_is_named_stands_in_the_sprite(frontend: Path) -> None:
    sprite = (frontend / "icons.svg").read_text(encoding="utf-8")
    known = set(re.findall(r'id="i-([\w-]+)"', sprite))
    text = "".join(text for name, text in scripts(frontend) if not name.startswith("vendor/"))
    named = set(re.findall(r"""<\$\{Icon\} name="([\w-]+)\"""", text))
    named |= set(re.findall(r"""\bicon(?:=|: ?)["']([\w-]+)["']""", text))
    assert named
    assert named <= known
