"""Following a tracked link: ``/l/{code}`` as the world sees it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.measuring.links import ClickKind, Link
from chalicelib.publishing.ports import StoreUnclear
from tests.fakes import logbook
from tests.fakes.api_world import BAKERY, ApiWorld, Client, serving

CHROME = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Safari/537.36"
)
CODE = "abcdefghijkl"
TARGET = "https://example.org/galette?utm_source=mastodon#menu"
reader = Client({"user-agent": CHROME})


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        made.links.put(
            Link(
                workspace=BAKERY,
                code=CODE,
                target=TARGET,
                created_at=made.clock.now(),
                expires_at=made.clock.now() + timedelta(days=1),
            )
        )
        yield made


def test_a_link_leads_on_and_is_counted(world: ApiWorld) -> None:
    answer = reader.get(f"/l/{CODE}")
    assert (answer.status, answer.headers["location"], answer.text) == (302, TARGET, "")
    (click,) = world.links.clicks
    assert (click.kind, click.code, click.workspace) == (ClickKind.PERSON, CODE, BAKERY)


def test_nothing_is_kept_of_who_follows_it(world: ApiWorld) -> None:
    answer = reader.with_headers(cookie="relais=x").get(f"/l/{CODE}")
    assert answer.headers["cache-control"] == "no-store"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in answer.headers
    (click,) = world.links.clicks
    assert b"198.51.100.7" not in click.visitor


def test_visitors_are_told_apart_by_address_and_browser(world: ApiWorld) -> None:
    for _ in range(2):
        reader.get(f"/l/{CODE}")
    reader.with_headers(user_agent=CHROME.replace("142", "141")).get(f"/l/{CODE}")
    assert len({click.visitor for click in world.links.clicks}) == 2


def test_only_asking_where_it_leads_is_no_click(world: ApiWorld) -> None:
    answer = reader.call("HEAD", f"/l/{CODE}")
    assert (answer.status, answer.headers["location"]) == (302, TARGET)
    ahead = reader.with_headers(sec_purpose="prefetch")
    assert ahead.get(f"/l/{CODE}").status == 302
    assert {click.kind for click in world.links.clicks} == {ClickKind.PREVIEW}


@pytest.mark.parametrize(
    ("language", "title"),
    [("fr", "Ce lien ne mène nulle part"), ("en", "This link leads nowhere")],
)
def test_an_unknown_link_says_so_in_words(world: ApiWorld, language: str, title: str) -> None:
    answer = reader.with_headers(accept_language=language).get("/l/nope")
    assert answer.status == 404
    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    assert answer.headers["content-security-policy"].startswith("default-src 'none'; style-src")
    assert f'<html lang="{language}">' in answer.text
    assert f"<h1>{title}</h1>" in answer.text
    assert world.links.clicks == []


def test_a_link_that_has_ended_says_so(world: ApiWorld) -> None:
    world.clock.advance(timedelta(days=1))
    answer = reader.get(f"/l/{CODE}")
    assert (answer.status, answer.headers["cache-control"]) == (410, "no-store")
    assert "<h1>Ce lien n’est plus valable</h1>" in answer.text
    assert "location" not in answer.headers


def test_a_count_that_fails_stops_nobody(world: ApiWorld) -> None:
    world.links.failing = StoreUnclear("down")
    with logbook.reading() as book:
        assert reader.get(f"/l/{CODE}").headers["location"] == TARGET
    assert "click_not_counted" in book.getvalue()
    assert "198.51.100.7" not in book.getvalue()


def test_no_code_leads_out_of_its_place(world: ApiWorld) -> None:
    for code in ("..%2f..%2fetc", "a%00b", "é" * 3, "a" * 101):
        assert reader.get(f"/l/{code}").status == 404
    assert world.links.reads == 0
