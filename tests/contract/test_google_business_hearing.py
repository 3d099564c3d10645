"""What Google's adapter hears and counts, against the network's documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.measuring.metrics import ONLY_GROWS, Metric
from chalicelib.networks import registry
from chalicelib.networks.google_business_reviews import original
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics
from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.google_business import Stage, standing
from tests.contract.listening import Ear, mention
from tests.contract.stage import outgoing
from tests.fakes.clocks import START
from tests.fakes.fake_google import exhausted, refused, unauthenticated
from tests.fakes.fake_google_business import ACCOUNT, PLACE, stamp
from tests.fakes.serving import Said, said

REVIEWS = "/reviews$"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def ear(stage: Stage) -> Ear:
    return Ear(stage.hearing.mentions, stage.clock.now)


def again(stage: Stage, *told: Heard) -> list[Heard | None]:
    mentions = [mention("google_business", heard, START) for heard in told]
    return [heard for _, heard in stage.hearing.look_again(mentions)]


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("google_business")
    assert network.hear is not None
    made = network.hear(stage.tools)
    assert isinstance(made, FetchesMentions)
    assert isinstance(made, FetchesMetrics)
    assert set(stage.hearing.measure_channel()) == network.spec.tells
    assert network.spec.keeps == timedelta(days=30)


# Reviews.


def test_a_review_is_heard_with_its_stars_and_all_that_answering_it_needs(stage: Stage) -> None:
    review = stage.fake.review("Très bon pain", 4, by="Zoé")
    (heard,) = ear(stage).listen()
    assert (heard.kind, heard.rating, heard.text) == (MentionKind.REVIEW, 4, "Très bon pain")
    assert (heard.author.name, heard.author.remote_id) == ("Zoé", "")
    assert heard.refs == {"review": review["name"]}
    assert heard.identity == review["name"].removeprefix(f"{ACCOUNT}/")
    assert heard.url == "https://maps.google.com/maps?cid=2001"
    assert (heard.said_at, heard.edited_at, heard.replied_at) == (START, None, None)


def test_stars_alone_are_a_review_too(stage: Stage) -> None:
    stage.fake.review("", 1)
    (heard,) = ear(stage).listen()
    assert (heard.text, heard.rating) == ("", 1)


def test_a_star_rating_of_nobodys_is_none(stage: Stage) -> None:
    stage.fake.review("Bien")["starRating"] = "STAR_RATING_UNSPECIFIED"
    (heard,) = ear(stage).listen()
    assert heard.rating is None


@pytest.mark.parametrize(
    ("comment", "text"),
    [
        ("Super pain", "Super pain"),
        ("(Translated by Google) Great bread\n\n(Original)\nSuper pain", "Super pain"),
        ("Super pain\n\n(Translated by Google)\nGreat bread", "Super pain"),
        ("(Translated by Google) Great bread", "Great bread"),
        ("Un (Original) pain", "Un (Original) pain"),
        ("", ""),
    ],
)
def test_googles_translation_is_left_out(comment: str, text: str) -> None:
    assert original(comment) == text


def test_an_answer_that_stands_already_is_known(stage: Stage) -> None:
    review = stage.fake.review("Très bon pain")
    review["reviewReply"] = {"comment": "Merci !", "updateTime": stamp(START)}
    (heard,) = ear(stage).listen()
    assert heard.replied_at == START
    review["reviewReply"]["reviewReplyState"] = "REJECTED"
    (changed,) = again(stage, heard)
    assert changed is not None
    assert changed.replied_at is None


def test_a_review_that_is_edited_is_told_again(stage: Stage) -> None:
    first = stage.fake.review("Bien")
    stage.fake.review("Mieux")
    reader = ear(stage)
    reader.listen()
    stage.clock.advance(timedelta(hours=2))
    first |= {"comment": "Très bien", "starRating": "TWO", "updateTime": stamp(stage.clock.now())}
    reader.listen()
    last = {heard.remote_id: heard for heard in reader.told}[first["name"]]
    assert (last.text, last.rating, last.edited_at) == ("Très bien", 2, stage.clock.now())


def test_reviews_are_read_without_a_gap_whatever_dies(stage: Stage) -> None:
    for n in range(120):
        stage.fake.review(f"Avis {n}", at=START - timedelta(minutes=n))
    reader = ear(stage)
    reader.listen(1)
    stage.clock.advance(timedelta(minutes=1))
    stage.fake.review("Pendant")
    reader.dies()
    reader.listen()
    reader.listen()
    assert reader.texts() == {f"Avis {n}" for n in range(120)} | {"Pendant"}


def test_a_first_reading_goes_a_month_back(stage: Stage) -> None:
    stage.fake.review("Vieux", at=START - timedelta(days=31))
    stage.fake.review("Du mois", at=START - timedelta(days=29))
    assert [heard.text for heard in ear(stage).listen()] == ["Du mois"]


def test_one_that_appears_a_while_after_others_is_heard(stage: Stage) -> None:
    late = stage.fake.review("En retard")
    del stage.fake.reviews[late["name"]]
    stage.fake.review("À l’heure", at=START + timedelta(seconds=1))
    reader = ear(stage)
    reader.listen()
    stage.fake.reviews[late["name"]] = late
    stage.clock.advance(timedelta(minutes=5))
    assert [heard.text for heard in reader.listen()] == ["En retard"]


def test_a_quiet_place_costs_two_requests(stage: Stage) -> None:
    reader = ear(stage)
    assert reader.listen() == []
    before = len(stage.served.requests)
    assert reader.listen() == []
    assert len(stage.served.requests) - before == 2


def test_what_cant_be_read_is_counted_and_keeps_nothing_back(stage: Stage) -> None:
    good = stage.fake.review("Bon")
    for broken in ({"createTime": "hier"}, {"name": "x"}, {"updateTime": 7}):
        stage.fake.reviews[str(broken)] = {**good, **broken}
    stage.served.answer_next(
        "GET", REVIEWS, said(200, {"reviews": list(stage.fake.reviews.values())})
    )
    reader = ear(stage)
    assert [heard.text for heard in reader.listen()] == ["Bon"]
    assert reader.skipped == 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (unauthenticated(), AuthExpired),
        (refused(403, "PERMISSION_DENIED", "no"), AuthExpired),
        (exhausted("300"), RateLimited),
        (exhausted("0"), Rejected),
        (refused(503, "UNAVAILABLE", "later"), Transient),
        (Said(200, b"<html>Bienvenue</html>", {}), Transient),
        (said(200, {"kind": "odd"}), Transient),
    ],
)
def test_a_refusal_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("GET", REVIEWS, answer, times=2)
    with pytest.raises(error) as raised:
        ear(stage).listen()
    assert type(raised.value) is error


# Looking again.


def test_answers_given_elsewhere_edits_and_deletions_are_followed(stage: Stage) -> None:
    for text in ("Reste", "Change", "Part", "Répondu"):
        stage.fake.review(text)
    told = {heard.text: heard for heard in ear(stage).listen()}
    reviews = {review["comment"]: review for review in stage.fake.reviews.values()}
    at = START + timedelta(hours=1)
    reviews["Change"] |= {"comment": "Changé", "updateTime": stamp(at)}
    reviews["Répondu"]["reviewReply"] = {"comment": "Merci", "updateTime": stamp(at)}
    del stage.fake.reviews[reviews["Part"]["name"]]
    mentions = [mention("google_business", heard, START) for heard in told.values()]
    now = dict(stage.hearing.look_again(mentions))
    of = {m.heard.text: m.id for m in mentions}
    assert set(now) == {of["Change"], of["Part"], of["Répondu"]}
    assert now[of["Part"]] is None
    changed, answered = now[of["Change"]], now[of["Répondu"]]
    assert changed is not None
    assert answered is not None
    assert (changed.text, changed.edited_at) == ("Changé", at)
    assert answered.replied_at == at


def test_older_reviews_are_looked_at_one_by_one_as_long_as_there_is_time(stage: Stage) -> None:
    for n in range(60):
        stage.fake.review(f"Avis {n}", at=START - timedelta(minutes=n))
    told = ear(stage).listen()
    assert again(stage, *told) == []
    assert len(stage.calls("GET", r"/reviews/\w+$")) == 10
    stage.fake.reviews.clear()
    mentions = [mention("google_business", heard, START) for heard in told]
    gone = []
    for identity, _ in stage.hearing.look_again(mentions):
        gone.append(identity)
        stage.clock.advance(timedelta(seconds=6))
    assert len(gone) == 3


def test_a_look_that_fails_takes_nothing_for_gone(stage: Stage) -> None:
    stage.fake.review("Reste")
    told = ear(stage).listen()
    stage.served.answer_next("GET", REVIEWS, said(200, {}))
    stage.served.answer_next("GET", r"/reviews/\w+$", said(200, {"name": "another"}))
    with pytest.raises(Transient):
        again(stage, *told)


# What Google refuses after it has taken it.


def late_refusal(stage: Stage, language: str = "fr") -> dict[str, Any]:
    stage.fake.state = "PROCESSING"
    stage.walk.send(outgoing(Content(text="Demain, crêpes", language=language)))
    stage.fake.posts[0]["state"] = "REJECTED"
    return stage.fake.posts[0]


def test_a_post_that_google_refuses_later_is_told_and_cant_be_answered(stage: Stage) -> None:
    post = late_refusal(stage)
    reader = ear(stage)
    (heard,) = reader.listen()
    assert (heard.kind, heard.author.name) == (MentionKind.MESSAGE, "Google")
    assert heard.title.startswith("Google ne montre pas cette publication.")
    assert heard.text == "Demain, crêpes"
    assert heard.refs == {"post": post["name"]}
    assert reader.listen() == []  # the same again


def test_it_is_told_in_the_posts_language(stage: Stage) -> None:
    late_refusal(stage, "en")
    (heard,) = ear(stage).listen()
    assert heard.title.startswith("Google doesn’t show this post.")


def test_an_old_refusal_and_what_stands_arent_told(stage: Stage) -> None:
    late_refusal(stage)
    stage.clock.advance(timedelta(days=8))
    stage.fake.state = "LIVE"
    stage.walk.send(outgoing(Content(text="Autre")))
    assert ear(stage).listen() == []


def test_a_refusal_is_over_when_its_post_is_shown_or_gone(stage: Stage) -> None:
    post = late_refusal(stage)
    (heard,) = ear(stage).listen()
    assert again(stage, heard) == []
    post["state"] = "LIVE"
    assert again(stage, heard) == [None]
    stage.fake.posts.clear()
    assert again(stage, heard) == [None]


def test_reviews_and_refusals_are_told_together(stage: Stage) -> None:
    late_refusal(stage)
    stage.fake.review("Très bon pain")
    reader = ear(stage)
    assert {heard.kind for heard in reader.listen()} == {MentionKind.MESSAGE, MentionKind.REVIEW}


# Figures.


def be_on(stage: Stage, day: date) -> None:
    stage.clock.advance(datetime(day.year, day.month, day.day, 9, tzinfo=UTC) - stage.clock.now())


def count(stage: Stage, metric: str, **days: int) -> None:
    for day, n in days.items():
        stage.fake.figures[
            (metric, date.fromisoformat(day.removeprefix("d").replace("_", "-")))
        ] = n


def test_figures_of_days_add_up_since_the_new_year(stage: Stage) -> None:
    be_on(stage, date(2026, 3, 10))
    count(stage, "CALL_CLICKS", d2025_12_31=50, d2026_01_01=2, d2026_03_07=3, d2026_03_09=9)
    count(stage, "BUSINESS_IMPRESSIONS_MOBILE_MAPS", d2026_02_01=100)
    count(stage, "BUSINESS_IMPRESSIONS_DESKTOP_SEARCH", d2026_02_02=20)
    assert stage.hearing.measure_channel() == {
        Metric.IMPRESSIONS: 120,
        Metric.SITE_CLICKS: 0,
        Metric.CALLS: 5,  # the ninth isn't told yet
        Metric.DIRECTIONS: 0,
    }


@pytest.mark.parametrize(
    ("today", "calls"),
    [(date(2026, 12, 31), 7), (date(2027, 1, 3), 14), (date(2027, 1, 4), 3)],
)
def test_the_old_year_is_told_to_its_end_before_the_count_begins_anew(
    stage: Stage, today: date, calls: int
) -> None:
    be_on(stage, today)
    count(stage, "CALL_CLICKS", d2026_06_01=7, d2026_12_31=7, d2027_01_01=3)
    assert stage.hearing.measure_channel()[Metric.CALLS] == calls


def test_they_only_grow_so_that_a_new_year_isnt_a_loss() -> None:
    assert set(registry.network("google_business").spec.tells) <= ONLY_GROWS


def test_what_isnt_told_is_nothing_rather_than_zero(stage: Stage) -> None:
    series = [
        {"dailyMetric": "CALL_CLICKS", "timeSeries": {"datedValues": []}},
        {"dailyMetric": "WEBSITE_CLICKS", "timeSeries": {"datedValues": [{"value": "2"}, {}]}},
        {"dailyMetric": "BUSINESS_IMPRESSIONS_MOBILE_MAPS", "timeSeries": {"datedValues": [{}]}},
        {"dailyMetric": 7, "timeSeries": "odd"},
    ]
    told = {"multiDailyMetricTimeSeries": [{"dailyMetricTimeSeries": series}, "odd"]}
    stage.served.answer_next("GET", "TimeSeries$", said(200, told))
    assert stage.hearing.measure_channel() == {
        Metric.IMPRESSIONS: None,  # one part of four
        Metric.SITE_CLICKS: 2,
        Metric.CALLS: None,
        Metric.DIRECTIONS: None,
    }


def test_single_posts_are_told_nothing_of_and_cost_nothing(stage: Stage) -> None:
    before = len(stage.served.requests)
    assert stage.hearing.measure_post(f"{ACCOUNT}/{PLACE}/localPosts/1") == {}
    assert len(stage.served.requests) == before


def test_a_figure_that_is_no_number_adds_nothing(stage: Stage) -> None:
    odd = [{"value": value} for value in ("-3", "x", 7, None, "9" * 30, "4")]
    series = [{"dailyMetric": "CALL_CLICKS", "timeSeries": {"datedValues": odd}}]
    told = {"multiDailyMetricTimeSeries": [{"dailyMetricTimeSeries": series}]}
    stage.served.answer_next("GET", "TimeSeries$", said(200, told))
    assert stage.hearing.measure_channel()[Metric.CALLS] == 4


def test_what_is_heard_keeps_its_refs_when_it_changes(stage: Stage) -> None:
    stage.fake.review("Bien")
    (heard,) = ear(stage).listen()
    review = next(iter(stage.fake.reviews.values()))
    review["comment"] = "Mieux"
    (changed,) = again(stage, replace(heard, thread="t"))
    assert changed is not None
    assert (changed.text, changed.refs, changed.thread) == ("Mieux", heard.refs, "t")
