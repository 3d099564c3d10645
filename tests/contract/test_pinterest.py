"""Pinterest's adapter against the network's documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.measuring.metrics import Metric
from chalicelib.networks import pinterest, registry
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Outgoing, RenewsAccess
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, Media
from tests.contract.pinterest import Stage, problems_of, standing
from tests.contract.stage import TEXT, outgoing, picture, search, vault_of
from tests.fakes.clocks import START
from tests.fakes.fake_pinterest import BOARD, limited, refused, trial
from tests.fakes.serving import Asked, Said, said

PINS = "/v5/pins$"
LINK = "https://exemple.fr/recettes/pain"
HTML = {"Content-Type": "text/html"}
ONE = Media("a", "image/png", 900, 900, 50_000, "Un pain")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def pin(text: str = TEXT, count: int = 1, **more: Any) -> Outgoing:
    shown = [picture(f"Image {n}", colour) for n, colour in enumerate(COLOURS[:count], 1)]
    return outgoing(Content(text=text, link=LINK, **more), *shown)


COLOURS = ("orange", "red", "green", "blue", "black")


# Publishing.


def test_a_pin_goes_out_whole_and_is_found_again(stage: Stage) -> None:
    out = pin(title="Pain de seigle")
    published = stage.walk.send(out)
    (made,) = stage.fake.pins
    assert (made["title"], made["description"], made["link"]) == ("Pain de seigle", TEXT, LINK)
    assert (made["board_id"], made["alt_text"]) == (BOARD, "Image 1")
    assert published.remote_id == made["id"]
    assert published.url == f"https://www.pinterest.com/pin/{made['id']}/"
    assert stage.walk.calls == 1
    assert stage.adapter.find(search(out)) == Found(made["id"], published.url, 1)


@pytest.mark.parametrize("count", [2, 5])
def test_several_pictures_are_a_carousel(stage: Stage, count: int) -> None:
    out = pin(count=count)
    stage.fake.pictures = {picture.url() for picture in out.pictures}
    stage.walk.send(out)
    (made,) = stage.fake.pins
    assert len(made["media"]["items"]) == count
    assert made["alt_text"] == " · ".join(f"Image {n}" for n in range(1, count + 1))
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_one_text_stands_for_all_pictures_where_they_are_too_long_together(stage: Stage) -> None:
    out = outgoing(Content(text=""), picture("a" * 400), picture("b" * 400, "red"))
    stage.walk.send(out)
    assert stage.fake.pins[0]["alt_text"] == "a" * 400


def test_a_picture_alone_is_a_pin(stage: Stage) -> None:
    out = outgoing(Content(text=""), picture(""))
    stage.walk.send(out)
    made = stage.fake.pins[0]
    assert (made["title"], made["description"], made["alt_text"]) == (None, None, None)
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_pictures_are_shown_once_and_anew_when_their_week_nears_its_end(stage: Stage) -> None:
    shown: list[str] = []

    def url() -> str:
        shown.append("https://relais.example/media/passing/x")
        return shown[-1]

    out = outgoing(Content(text="Un"), replace(picture("Un"), url=url))
    stage.walk.prepare(out)
    stage.walk.prepare(out)
    assert len(shown) == 1
    stage.clock.advance(timedelta(days=5))
    stage.walk.prepare(out)
    assert len(shown) == 2


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (Content(text="Sans image"), "too_few_media"),
        (Content(text="Un", media=(ONE,) * 6), "too_many_media"),
        (Content(text="x" * 801, media=(ONE,)), "too_long"),
        (Content(text="Un", title="x" * 101, media=(ONE,)), "title_too_long"),
        (Content(text="Un", media=(replace(ONE, alt="x" * 501),)), "alt_too_long"),
    ],
)
def test_what_pinterest_would_refuse_is_said_while_it_is_written(
    content: Content, code: str
) -> None:
    assert [p.code for p in problems(content, pinterest.SPEC.limits, pinterest.SPEC)] == [code]


def test_a_link_counts_for_nothing_in_the_text_but_has_a_length_of_its_own(stage: Stage) -> None:
    fits = Content(text="x" * 800, link=LINK, media=(ONE,))
    assert problems(fits, pinterest.SPEC.limits, pinterest.SPEC) == []
    long = outgoing(Content(text="Un", link=f"{LINK}?{'x' * 2_048}"), picture("Un"))
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(long)
    assert refusal.value.reason == "bad_link"


# What its answers mean.

ERRORS: list[tuple[Said, type[NetworkError], str]] = [
    (refused(400, 1, "Invalid parameters"), Rejected, "invalid"),
    (refused(400, 235, "Sorry, we could not fetch the image."), Rejected, "media_refused"),
    (refused(404, 40, "Board not found."), Rejected, "gone"),
    (refused(403, 29, "You are not permitted to access that resource."), Rejected, "forbidden"),
    (trial(), Rejected, "no_access"),
    (refused(401, 2, "Authentication failed."), Transient, ""),
    (limited(31), RateLimited, "channel"),
    (Said(429, b"<html>slow down</html>", HTML), RateLimited, "channel"),
    (refused(409, 7, "Conflict"), OutcomeUnknown, ""),
    (Said(403, b"<html>firewall</html>", HTML), OutcomeUnknown, ""),
    (Said(401, b"<html>proxy</html>", HTML), OutcomeUnknown, ""),
    (Said(400, b"<html>400</html>", HTML), OutcomeUnknown, ""),
    (refused(500, 12, "Something went wrong on our end. Sorry!"), OutcomeUnknown, ""),
    (refused(503, 12, "later"), OutcomeUnknown, ""),
    (Said(302, b"", {"Location": "/login"}), OutcomeUnknown, ""),
    (Said(201, b"<html>Bonjour</html>", HTML), OutcomeUnknown, ""),
    (Said(201, b'{"id": "12'), OutcomeUnknown, ""),
    (said(201, {}), OutcomeUnknown, ""),
    (said(201, {"id": 12}), OutcomeUnknown, ""),
    (said(201, {"id": "x/y"}), OutcomeUnknown, ""),
    (Said(204, b""), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "error", "word"), ERRORS)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], word: str
) -> None:
    stage.served.answer_next("POST", PINS, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(pin("Un pain secret"))
    assert type(raised.value) is error
    assert getattr(raised.value, "reason", getattr(raised.value, "scope", "")) == word
    told = [*vault_of(stage.tools).secret.values(), "Un pain secret", "production", "fetch"]
    assert not any(secret in raised.value.detail for secret in told)


@pytest.mark.parametrize(
    ("answer", "reset_at"),
    [
        (limited(31), START + timedelta(seconds=31)),
        (limited(None), None),
        (said(429, {}, X_RateLimit_Reset="12, 40"), START + timedelta(seconds=12)),
        (said(429, {}, X_RateLimit_Reset="soon"), None),
        (said(429, {}, X_RateLimit_Reset="999999"), START + timedelta(days=1)),
    ],
)
def test_the_reset_of_a_limit_is_in_seconds_from_now(
    stage: Stage, answer: Said, reset_at: datetime | None
) -> None:
    stage.served.answer_next("POST", PINS, answer)
    with pytest.raises(RateLimited) as raised:
        stage.walk.send(pin())
    assert raised.value.reset_at == reset_at


# Access.


def test_a_token_that_ends_is_renewed_and_what_came_with_it_is_kept(stage: Stage) -> None:
    before = vault_of(stage.tools).secret["refresh_token"]
    stage.clock.advance(timedelta(days=30))
    stage.walk.send(pin())
    after = vault_of(stage.tools).secret["refresh_token"]
    assert after != before
    stage.clock.advance(timedelta(days=31))
    stage.walk.send(pin())
    assert vault_of(stage.tools).secret["refresh_token"] != after


def test_a_token_that_is_refused_early_is_renewed_and_the_pin_goes_out_later(stage: Stage) -> None:
    stage.fake.access.clear()
    with pytest.raises(Transient):
        stage.walk.send(pin())
    assert stage.fake.pins == []
    stage.walk.send(pin())
    assert len(stage.fake.pins) == 1


def test_an_access_that_nobody_renewed_in_time_needs_a_person(stage: Stage) -> None:
    stage.clock.advance(timedelta(days=61))
    with pytest.raises(AuthExpired):
        stage.walk.send(pin())
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_access_is_renewed_ahead_of_its_end(stage: Stage) -> None:
    assert isinstance(stage.adapter, RenewsAccess)
    stage.clock.advance(timedelta(days=29))
    lasting = stage.adapter.renew_access()
    assert lasting.until == stage.clock.now() + timedelta(days=60)
    assert lasting.renew_at == stage.clock.now() + timedelta(days=30)
    stage.fake.refresh.clear()
    with pytest.raises(AuthExpired):
        stage.adapter.renew_access()


def test_a_board_that_is_gone_needs_a_person(stage: Stage) -> None:
    assert stage.adapter.check().name == "Pains d’hiver"
    stage.fake.boards.clear()
    with pytest.raises(AuthExpired):
        stage.adapter.check()


# Looking.


def test_a_pin_is_found_in_whatever_order_they_are_listed(stage: Stage) -> None:
    out = pin("Celle-ci")
    stage.walk.send(out)
    for n in range(510):
        stage.fake.pins.insert(0, stage.fake.made({"description": f"Jour {n}", "board_id": BOARD}))
    stage.fake.is_mixed = stage.fake.says_zone = True
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_a_pin_that_isnt_there_is_only_said_to_be_once_all_were_read(stage: Stage) -> None:
    out = pin("Jamais partie")
    assert stage.adapter.find(search(out)) == NotThere()
    other = stage.fake.made({"description": "Tout autre chose", "board_id": BOARD})
    stage.fake.pins = [{**other, "id": str(n)} for n in range(2_500)]
    assert stage.adapter.find(search(out)) == NotThere()
    stage.fake.pins.append({**other, "id": "2501"})
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_the_newest_may_not_be_listed_yet(stage: Stage) -> None:
    out = pin("Toute neuve")
    stage.walk.send(out)
    stage.fake.hides = 1
    assert stage.adapter.find(search(out)) == NotThere()
    stage.fake.hides = 0
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_another_version_link_count_time_or_delivery_isnt_ours(stage: Stage) -> None:
    out = pin("Demain, des pains au levain", 2)
    published = stage.walk.send(out)
    second = replace(pin("Demain, de la brioche", 2), version=2)
    found = stage.adapter.find(search(second, out))
    assert found == Found(published.remote_id, published.url, 1)
    assert stage.adapter.find(search(out, taken=[published.remote_id])) == NotThere()
    later = START + timedelta(hours=3)
    assert stage.adapter.find(search(out, since=later, until=later)) == NotThere()
    assert isinstance(stage.adapter.find(search(pin("Demain, des pains au levain"))), CantTell)
    other = replace(out, content=replace(out.content, link="https://exemple.fr/autre"))
    assert isinstance(stage.adapter.find(search(other)), CantTell)


@pytest.mark.parametrize(
    "answer",
    [
        refused(503, 12, "later"),
        Said(200, b"<html>", HTML),
        said(200, {"items": 7}),
        said(200, {"items": [7]}),
        said(200, {"items": [{"id": "1"}]}),
        said(200, {"items": [{"created_at": "2026-01-02T08:00:00"}]}),
    ],
)
def test_a_look_that_fails_proves_nothing(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("GET", "/pins$", answer)
    with pytest.raises(Transient):
        stage.adapter.find(search(pin()))


# Signing in.


def test_each_public_board_is_one_to_choose_from(stage: Stage) -> None:
    others: list[dict[str, Any]] = [{"privacy": "SECRET"}, {"is_ads_only": True}, {"name": "Été"}]
    for n, more in enumerate(others, 1):
        stage.fake.boards[str(n)] = {**stage.fake.boards[BOARD], "id": str(n), **more}
    first, second = stage.connect()
    assert (first.profile.remote_id, first.profile.name) == (BOARD, "Pains d’hiver")
    assert (first.profile.handle, first.settings) == ("@boulangerie_martin", {"board": BOARD})
    assert second.profile.name == "Été"
    assert first.lasting.until == START + timedelta(days=60)
    assert first.lasting.renew_at == START + timedelta(days=30)


def test_many_boards_are_read_page_by_page(stage: Stage) -> None:
    kept = stage.fake.boards[BOARD]
    stage.fake.boards = {str(n): {**kept, "id": str(n)} for n in range(1, 261)}
    assert len(stage.connect()) == 260


def test_who_has_no_board_is_given_nothing_to_choose(stage: Stage) -> None:
    stage.fake.boards.clear()
    assert stage.connect() == []


def test_a_code_works_once_at_its_own_address(stage: Stage) -> None:
    begun = stage.begin()
    returned = stage.fake.say_yes(begun.url)
    stage.finish(begun, returned)
    with pytest.raises(AuthExpired):
        stage.finish(begun, returned)
    with pytest.raises(Rejected):
        stage.finish(begun, {"error": "access_denied", "state": begun.state})
    with pytest.raises(Rejected):
        stage.finish(begun, {**returned, "state": "forged"})


def test_a_right_that_was_kept_back_is_told(stage: Stage) -> None:
    stage.fake.granted = frozenset({"boards:read", "pins:read"})
    with pytest.raises(AuthExpired) as refusal:
        stage.connect()
    assert "pins:write" in refusal.value.detail


def test_a_list_of_boards_that_fails_connects_nothing(stage: Stage) -> None:
    stage.served.answer_next("GET", "/boards$", Said(200, b"<html>", HTML))
    with pytest.raises(Transient):
        stage.connect()
    stage.served.answer_next("GET", "/boards$", said(200, {"boards": []}))
    with pytest.raises(Transient):
        stage.connect()


# Figures.


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("pinterest")
    assert network.hear is not None
    made = network.hear(stage.tools)
    assert isinstance(made, FetchesMetrics)
    assert not isinstance(made, FetchesMentions)
    stage.walk.send(pin())
    told = {*stage.hearing.measure_channel(), *(measured(stage) or {})}
    assert told == network.spec.tells


def measured(stage: Stage) -> Any:
    return stage.hearing.measure_post(stage.fake.pins[0]["id"])


def test_counters_are_those_of_the_network(stage: Stage) -> None:
    assert stage.hearing.measure_channel() == {Metric.FOLLOWERS: 13, Metric.POSTS: 5}
    stage.walk.send(pin())
    stage.fake.figures = {"IMPRESSION": 240.0, "OUTBOUND_CLICK": 20, "SAVE": 7, "PIN_CLICK": 9}
    stage.fake.figures |= {"TOTAL_COMMENTS": 3, "TOTAL_REACTIONS": 12}
    assert measured(stage) == {
        Metric.IMPRESSIONS: 240,
        Metric.SITE_CLICKS: 20,
        Metric.BOOKMARKS: 7,
        Metric.REPLIES: 3,
        Metric.LIKES: 12,
    }


def test_what_isnt_told_is_nothing_rather_than_zero(stage: Stage) -> None:
    stage.walk.send(pin())
    stage.fake.figures = {"IMPRESSION": 2.5, "SAVE": -1}
    assert set(measured(stage).values()) == {None}


def test_a_pin_that_is_gone_is_measured_no_more(stage: Stage) -> None:
    assert stage.hearing.measure_post("12") is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(403, 29, "no"), AuthExpired),
        (refused(503, 12, "later"), Transient),
        (said(200, {"all": 7}), Transient),
        (said(200, {"code": 7}), Transient),
        (limited(5), RateLimited),
    ],
)
def test_figures_that_fail_are_no_figures(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("GET", "/analytics$", answer)
    with pytest.raises(error):
        stage.hearing.measure_post("12")


# Its description.


def asked(method: str, path: str, body: bytes = b"", **query: str) -> Asked:
    return Asked(method, path, query, {"content-type": "application/json"}, body)


def test_what_isnt_described_is_noticed() -> None:
    assert problems_of(asked("GET", "/v5/boards", page_size="250")) == []
    good = b'{"board_id": "1", "media_source": {"source_type": "image_url", "url": "https://x"}}'
    assert problems_of(asked("POST", "/v5/pins", good)) == []
    for odd in (
        asked("GET", "/v5/boards", size="250"),
        asked("GET", "/v5/boards", page_size="many"),
        asked("GET", "/v5/pins/1/analytics", start_date="2026-01-01"),
        asked("PUT", "/v5/boards"),
        asked("GET", "/boards"),
        asked("POST", "/v5/pins", good.replace(b"board_id", b"board")),
        asked("POST", "/v5/pins", good.replace(b'"url"', b'"address"')),
        asked("POST", "/v5/pins", good.replace(b'"1"', b'"x"')),
        asked("POST", "/v5/pins", good.replace(b"image_url", b"images_url")),
    ):
        assert problems_of(odd) != []
