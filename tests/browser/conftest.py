"""Fixtures that open the real pages, in Chromium, on the whole application.

`visit("/", width=375)` opens a page as the demo's owner; what it logs as an error, and what its
policy forbids, fails the test. It stands on `shared_relais`: tests that change what others
see ask for `visit_own`, on an application of their own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, StorageState

from tests.browser.canned import Canned
from tests.relais_fixtures import Relais

WAIT_MS = 15_000
TALL = 900
PHONE_BELOW = 700
EXPECTED = "Failed to load resource"
"""Chromium's line for every answer from 400 on: what came of it is what a test looks at."""

Visit = Callable[..., Page]
AxeFinds = Callable[[Page], list[str]]


def enter(browser: Browser, relais: Relais) -> StorageState:
    """Sign in with a new link, as a person does; return the browser's storage."""
    context = browser.new_context(locale="fr-FR")
    page = context.new_page()
    page.set_default_timeout(WAIT_MS)
    page.goto(relais.sign_in_link())
    page.get_by_role("button", name="Entrer").click()
    page.wait_for_url(f"{relais.base_url}/")
    state = context.storage_state()
    context.close()
    return state


def _open(browser: Browser, url: str, state: StorageState | None, said: list[str]) -> Visit:
    def visit(path: str = "/", width: int = 1280, **options: Any) -> Page:
        options.setdefault("locale", "fr-FR")
        context = browser.new_context(
            viewport={"width": width, "height": TALL},
            is_mobile=width < PHONE_BELOW,
            has_touch=width < PHONE_BELOW,
            storage_state=state,
            **options,
        )
        page = context.new_page()
        page.set_default_timeout(WAIT_MS)
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "console",
            lambda line: said.append(line.text) if line.type in {"error", "warning"} else None,
        )
        page.goto(url + path)
        page.locator("h1").wait_for()
        page.get_by_text("Chargement…").wait_for(state="detached")
        return page

    return visit


def _visits(browser: Browser, url: str, state: StorageState | None) -> Iterator[Visit]:
    said: list[str] = []
    before = set(browser.contexts)
    yield _open(browser, url, state, said)
    for context in set(browser.contexts) - before:
        context.close()
    assert [line for line in said if EXPECTED not in line] == []


@pytest.fixture(scope="session")
def shared_state(chromium: Browser, shared_relais: Relais) -> StorageState:
    """The storage of a browser in which the demo's owner is signed in."""
    return enter(chromium, shared_relais)


@pytest.fixture
def visit(chromium: Browser, shared_relais: Relais, shared_state: StorageState) -> Iterator[Visit]:
    """Opens a page as the owner, on the application that tests share."""
    yield from _visits(chromium, shared_relais.base_url, shared_state)


@pytest.fixture
def visit_unknown(chromium: Browser, shared_relais: Relais) -> Iterator[Visit]:
    """Opens a page as somebody who isn't signed in."""
    yield from _visits(chromium, shared_relais.base_url, None)


@pytest.fixture
def visit_own(chromium: Browser, relais: Relais) -> Iterator[Visit]:
    """Opens a page as the owner, on an application of this test's own."""
    yield from _visits(chromium, relais.base_url, enter(chromium, relais))


@pytest.fixture
def canned(chromium: Browser) -> Iterator[Canned]:
    """The pages on canned answers; what they log as an error fails the test."""
    before = set(chromium.contexts)
    made = Canned()
    yield made
    for context in set(chromium.contexts) - before:
        context.close()
    assert made.said == []


@pytest.fixture
def axe_finds(axe_source: str) -> AxeFinds:
    """Returns what axe finds wrong with a page: WCAG 2.2 AA and its best practices."""
    tags = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]

    def finds(page: Page) -> list[str]:
        page.evaluate(axe_source)
        result = page.evaluate("tags => axe.run(document, {runOnly: tags})", tags)
        return [
            f"{rule['id']}: {node['target']} {node['failureSummary']}"
            for rule in result["violations"]
            for node in rule["nodes"]
        ]

    return finds


@pytest.fixture(scope="session")
def frontend() -> Path:
    """The folder of the pages."""
    return Path(__file__).resolve().parents[2] / "frontend"
