"""The real servers as fixtures: started when first asked for, one of each per test process.

A server that isn't installed skips the test, or fails it under `RELAIS_REQUIRE_SERVERS=1`. The end
of a server's log is shown with every failed test that used it.
"""

import shutil
from collections.abc import Generator, Iterator

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.servers.bluesky import BlueskyPds, bluesky_server
from tests.servers.mail import SmtpServer, mail_server
from tests.servers.postgres import postgres_server
from tests.servers.process import installation, require, tail
from tests.servers.snac import Snac, snac_server
from tests.servers.wordpress import WordPress, wordpress_server


@pytest.fixture(scope="session")
def snac(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Snac]:
    """A server of the Mastodon API, with the users relais and zoe."""
    with snac_server(tmp_path_factory.mktemp("snac")) as server:
        yield server


@pytest.fixture(scope="session")
def bluesky_pds(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlueskyPds]:
    """A Bluesky PDS and its PLC directory; accounts are made by `new_account`."""
    with bluesky_server(tmp_path_factory.mktemp("bluesky")) as server:
        yield server


@pytest.fixture(scope="session")
def bluesky_network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BlueskyPds]:
    """A Bluesky PDS whose posts an AppView indexes, a moment later."""
    with (
        postgres_server() as database,
        bluesky_server(tmp_path_factory.mktemp("bluesky"), database) as server,
    ):
        yield server


@pytest.fixture(scope="session")
def wordpress(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WordPress]:
    """A WordPress site with its administrator."""
    with wordpress_server(tmp_path_factory.mktemp("wordpress")) as server:
        yield server


@pytest.fixture(scope="session")
def smtp_server() -> Iterator[SmtpServer]:
    """An SMTP server that keeps what it is sent."""
    with mail_server() as server:
        yield server


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """A headless Chromium; make a context or a page of your own and close it."""
    require("Chromium", "chromium")
    with sync_playwright() as playwright:
        # Its sandbox needs user namespaces, which containers often lack; only our pages are opened.
        browser = playwright.chromium.launch(
            executable_path=shutil.which("chromium"), args=["--no-sandbox"]
        )
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def axe_source() -> str:
    """The text of axe-core, to be handed to `page.evaluate`."""
    source = installation() / "js/node_modules/axe-core/axe.min.js"
    require("axe-core", source)
    return source.read_text(encoding="utf-8")


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item,
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add the end of each used server's log to the report of a failed test."""
    report = yield
    if report.failed and isinstance(item, pytest.Function):
        for value in item.funcargs.values():
            if isinstance(value, Snac | BlueskyPds | WordPress):
                report.sections.append((f"end of {value.log.name}", tail(value.log)))
    return report
