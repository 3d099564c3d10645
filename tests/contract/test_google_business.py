"""The adapter of business profiles on Google, against the network's documented rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from chalicelib.networks import google_business
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Outgoing, Picture
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
from tests.contract.discovery import problems_of
from tests.contract.google_business import Stage, standing
from tests.contract.stage import KEY, TEXT, outgoing, photo, picture, search, vault_of
from tests.fakes.clocks import START
from tests.fakes.fake_google import exhausted, invalid, refused, retry_info, unauthenticated
from tests.fakes.fake_google_business import ACCOUNT, PLACE, gone
from tests.fakes.serving import Said, said

POSTS = r"/localPosts$"
LINK = "https://exemple.fr/menu"
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


# Publishing.


def test_a_post_goes_out_with_its_button_and_is_found_again(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT, link=LINK))
    published = stage.walk.send(out)
    (post,) = stage.fake.posts
    assert post["summary"] == TEXT
    assert post["callToAction"] == {"actionType": "LEARN_MORE", "url": LINK}
    assert (post["topicType"], post["languageCode"]) == ("STANDARD", "fr")
    assert (published.remote_id, published.url) == (post["name"], post["searchUrl"])
    assert stage.walk.calls == 1
    assert stage.adapter.find(search(out)) == Found(post["name"], post["searchUrl"], 1)


def test_a_picture_goes_out_by_an_address_that_google_fetches(stage: Stage) -> None:
    shown = photo("La fournée")
    stage.fake.pictures = {shown.url(): shown.load()[0]}
    out = outgoing(Content(text="La fournée de midi"), shown)
    published = stage.walk.send(out)
    assert len(stage.fake.posts[0]["media"]) == 1
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)


def test_a_picture_is_shown_once_and_anew_when_its_week_nears_its_end(stage: Stage) -> None:
    addresses: list[str] = []

    def url() -> str:
        addresses.append("https://relais.example/media/passing/x")
        return addresses[-1]

    out = outgoing(Content(text="Midi"), replace(photo("Midi"), url=url))
    stage.walk.prepare(out)
    stage.walk.prepare(out)
    assert len(addresses) == 1
    stage.clock.advance(timedelta(days=5))
    stage.walk.prepare(out)
    assert len(addresses) == 2


def test_a_picture_of_too_few_bytes_is_refused_before_anything_is_sent(stage: Stage) -> None:
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(outgoing(Content(text="Midi"), picture("Un aplat")))
    assert refusal.value.reason == "media_too_small"
    assert stage.calls("POST") == []


def test_a_picture_that_google_cant_use_is_told_as_such(stage: Stage) -> None:
    stage.fake.pictures = {}
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(outgoing(Content(text="Midi"), photo("Midi")))
    assert refusal.value.reason == "media_refused"


@pytest.mark.parametrize("state", ["PROCESSING", "LOCAL_POST_STATE_UNSPECIFIED"])
def test_what_google_still_looks_at_is_published(stage: Stage, state: str) -> None:
    stage.fake.state = state
    out = outgoing(Content(text="Bientôt"))
    published = stage.walk.send(out)
    assert (published.remote_id, published.url) == (stage.fake.posts[0]["name"], None)
    assert stage.adapter.find(search(out)) == Found(published.remote_id, None, 1)


def test_what_google_refuses_at_once_is_refused(stage: Stage) -> None:
    out = outgoing(Content(text="Appelez le 06 12 34 56 78"))
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(out)
    assert refusal.value.reason == "refused_on_review"
    looked = stage.adapter.find(search(out))
    assert isinstance(looked, CantTell)  # it stands there, and nobody sees it


# What it takes.


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (Content(text="Appelez le 02 99 12 34 56"), "phone_number"),
        (Content(text="x" * 1_501), "too_long"),
        (Content(text="", link=LINK), "empty"),
        (Content(text="Un", media=(Media("a", "image/png", 249, 900, 50_000),)), "media_too_small"),
        (Content(text="Un", media=(Media("a", "image/png", 900, 900, 1),) * 2), "too_many_media"),
        (Content(text="Un", link="ftp://x"), "bad_link"),
    ],
)
def test_what_google_would_refuse_is_said_while_it_is_written(content: Content, code: str) -> None:
    spec = google_business.SPEC
    assert [p.code for p in problems(content, spec.limits, spec)] == [code]


def test_a_link_counts_for_nothing_in_the_text_and_an_answer_may_hold_a_number() -> None:
    spec = google_business.SPEC
    assert problems(Content(text="x" * 1_500, link=LINK), spec.limits, spec) == []
    answer = Content(text="Appelez-nous au 02 99 12 34 56.", answers={"review": "x"})
    assert problems(answer, spec.limits, spec) == []
    long = Content(text="é" * 2_049, answers={"review": "x"})
    (problem,) = problems(long, spec.limits, spec)
    assert problem.params == {"unit": "utf8_bytes", "count": 4_098, "max": 4_096}


# What its answers mean.


def status(code: int, word: str, *details: dict[str, Any]) -> Said:
    return refused(code, word, "A message that quotes 06 12 34 56 78", *details)


ERRORS: list[tuple[Said, type[NetworkError], str]] = [
    (status(400, "INVALID_ARGUMENT"), Rejected, "invalid"),
    (invalid("summary"), Rejected, "invalid"),
    (invalid("media[0].source_url"), Rejected, "media_refused"),
    (status(400, "FAILED_PRECONDITION"), Rejected, "invalid"),
    (gone(), Rejected, "gone"),
    (status(403, "PERMISSION_DENIED"), AuthExpired, ""),
    (Said(403, b"<html>firewall</html>", HTML), OutcomeUnknown, ""),
    (exhausted("0"), Rejected, "no_access"),
    (exhausted("300"), RateLimited, "network"),
    (exhausted("10", "1/min/{project}/{location}"), RateLimited, "network"),
    (exhausted("10", "1/min/{location}"), RateLimited, "channel"),
    (Said(429, b"<html>slow down</html>", HTML), RateLimited, "network"),
    (status(409, "ABORTED"), OutcomeUnknown, ""),
    (status(409, "ALREADY_EXISTS"), OutcomeUnknown, ""),
    (Said(400, b"<html>400</html>", HTML), OutcomeUnknown, ""),
    (Said(404, b"<html>404</html>", HTML), OutcomeUnknown, ""),
    (status(499, "CANCELLED"), OutcomeUnknown, ""),
    (status(500, "INTERNAL"), OutcomeUnknown, ""),
    (status(503, "UNAVAILABLE"), OutcomeUnknown, ""),
    (status(504, "DEADLINE_EXCEEDED"), OutcomeUnknown, ""),
    (Said(302, b"", {"Location": "/login"}), OutcomeUnknown, ""),
    (Said(200, b"<html>Bienvenue</html>", HTML), OutcomeUnknown, ""),
    (Said(200, b'{"name": "accounts/1/loc'), OutcomeUnknown, ""),
    (said(200, {}), OutcomeUnknown, ""),
    (said(200, {"name": 7}), OutcomeUnknown, ""),
    (said(200, {"name": "accounts/1/locations/2"}), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "error", "word"), ERRORS)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], word: str
) -> None:
    stage.served.answer_next("POST", POSTS, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(outgoing(Content(text="Un")))
    assert type(raised.value) is error
    assert getattr(raised.value, "reason", getattr(raised.value, "scope", "")) == word
    assert "06 12" not in raised.value.detail


@pytest.mark.parametrize(
    ("answer", "reset_at"),
    [
        (exhausted("300"), None),
        (exhausted("300", "1/min/{project}", retry_info(41)), START + timedelta(seconds=41)),
        (said(429, {}, Retry_After="90"), START + timedelta(seconds=90)),
    ],
)
def test_the_reset_of_a_limit_is_googles_own(
    stage: Stage, answer: Said, reset_at: datetime | None
) -> None:
    stage.served.answer_next("POST", POSTS, answer)
    with pytest.raises(RateLimited) as limited:
        stage.walk.send(outgoing(Content(text="Un")))
    assert limited.value.reset_at == reset_at


def test_an_api_that_is_switched_off_is_the_installations_own_to_switch_on(stage: Stage) -> None:
    stage.fake.is_switched_off = True
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(outgoing(Content(text="Un")))
    assert refusal.value.reason == "no_access"


# Access.


def test_a_token_that_ends_is_renewed_before_the_call(stage: Stage) -> None:
    stage.clock.advance(timedelta(minutes=56))
    stage.walk.send(outgoing(Content(text="Un")))
    assert vault_of(stage.tools).renewals == 1
    assert len(stage.fake.posts) == 1


def test_a_token_that_is_refused_early_is_renewed_and_the_post_goes_out_later(stage: Stage) -> None:
    out = outgoing(Content(text="Un"))
    stage.fake.access.clear()
    with pytest.raises(Transient):
        stage.walk.send(out)
    assert stage.fake.posts == []
    stage.walk.send(out)
    assert len(stage.fake.posts) == 1


def test_an_access_that_was_taken_back_needs_a_person(stage: Stage) -> None:
    stage.fake.access.clear()
    stage.fake.refresh.clear()
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_a_read_that_is_refused_is_tried_once_more_with_a_fresh_token(stage: Stage) -> None:
    stage.fake.access.clear()
    assert stage.adapter.check().name == "Boulangerie Martin"
    stage.served.answer_next("GET", PLACE, unauthenticated(), times=2)
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_a_profile_that_isnt_verified_any_more_needs_a_person(stage: Stage) -> None:
    del stage.fake.places[ACCOUNT][0]["metadata"]["hasVoiceOfMerchant"]
    with pytest.raises(AuthExpired):
        stage.adapter.check()
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))


# Looking.


def lost(stage: Stage, text: str, *pictures: Picture) -> Outgoing:
    """Publish, and lose the answer."""
    out = outgoing(Content(text=text, link=LINK), *pictures)
    stage.walk.send(out)
    return out


def test_a_post_is_found_in_whatever_order_they_are_listed(stage: Stage) -> None:
    out = lost(stage, "Celui-ci")
    for n in range(230):
        stage.fake.posts.insert(0, stage.fake.made(f"{ACCOUNT}/{PLACE}", {"summary": f"Jour {n}"}))
    stage.fake.is_mixed = True
    found = stage.adapter.find(search(out))
    assert isinstance(found, Found)
    assert found.version == 1


def test_a_post_that_isnt_there_is_only_said_to_be_once_all_were_read(stage: Stage) -> None:
    out = outgoing(Content(text="Jamais parti"))
    stage.fake.posts = [
        stage.fake.made(f"{ACCOUNT}/{PLACE}", {"summary": f"Tout autre chose, {n}"})
        for n in range(google_business.PAGE * google_business.MAX_PAGES)
    ]
    stage.clock.advance(timedelta(minutes=2))
    assert stage.adapter.find(search(out)) == NotThere()
    stage.fake.posts.append(dict(stage.fake.posts[0]))
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_an_empty_list_proves_nothing(stage: Stage) -> None:
    with pytest.raises(Transient):
        stage.adapter.find(search(outgoing(Content(text="Un"))))


def test_the_newest_may_not_be_listed_yet(stage: Stage) -> None:
    stage.fake.posts.append(stage.fake.made(f"{ACCOUNT}/{PLACE}", {"summary": "D’hier"}))
    out = lost(stage, "Tout neuf")
    stage.fake.hides = 1
    assert stage.adapter.find(search(out)) == NotThere()
    stage.fake.hides = 0
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_what_isnt_quite_ours_is_for_a_person_to_look_at(stage: Stage) -> None:
    out = lost(stage, "Une fournée de pains au levain, dès midi")
    stage.fake.posts[0]["summary"] = "Une fournée de pains au levain, dès mi…"
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_another_version_another_link_another_time_or_another_delivery_isnt_ours(
    stage: Stage,
) -> None:
    out = lost(stage, "Demain, crêpes")
    name = stage.fake.posts[0]["name"]
    second = outgoing(Content(text="Demain, galettes", link=LINK), version=2)
    assert stage.adapter.find(search(second, out)) == Found(
        name, stage.fake.posts[0]["searchUrl"], 1
    )
    assert stage.adapter.find(search(out, taken=[name])) == NotThere()
    later = START + timedelta(hours=3)
    assert stage.adapter.find(search(out, since=later, until=later)) == NotThere()
    other = outgoing(Content(text="Demain, crêpes", link="https://exemple.fr/carte"))
    assert isinstance(stage.adapter.find(search(other)), CantTell)


def test_blanks_that_google_takes_away_make_no_difference(stage: Stage) -> None:
    stage.fake.trims = True
    out = lost(stage, "Demain,\n\n crêpes ")
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_a_look_that_fails_proves_nothing(stage: Stage) -> None:
    out = lost(stage, "Un")
    stage.served.answer_next("GET", POSTS, status(503, "UNAVAILABLE"))
    with pytest.raises(Transient):
        stage.adapter.find(search(out))


# Answering reviews.


def answer_to(review: dict[str, Any], text: str = "Merci, à bientôt !") -> Outgoing:
    refs = {"review": review["name"]}
    return replace(outgoing(Content(text=text, answers=refs)), answers=refs)


def test_an_answer_stands_under_its_review_and_may_be_sent_again(stage: Stage) -> None:
    review = stage.fake.review("Très bon pain")
    out = answer_to(review)
    first = stage.walk.send(out)
    assert stage.walk.send(out) == first
    assert review["reviewReply"]["comment"] == "Merci, à bientôt !"
    assert stage.adapter.find(search(out)) == Found(first.remote_id, None, 1)
    (asked, _) = stage.calls("PUT")
    assert asked.json() == {"comment": "Merci, à bientôt !"}


def test_an_answer_that_isnt_there_is_sent_again(stage: Stage) -> None:
    out = answer_to(stage.fake.review("Très bon pain"))
    assert stage.adapter.find(search(out)) == NotThere()


def test_what_others_have_answered_isnt_written_over(stage: Stage) -> None:
    review = stage.fake.review("Très bon pain")
    stage.walk.send(answer_to(review, "Merci de votre visite"))
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(answer_to(review))
    assert refusal.value.reason == "already_answered"
    assert isinstance(stage.adapter.find(search(answer_to(review))), CantTell)


def test_a_review_that_was_deleted_cant_be_answered(stage: Stage) -> None:
    review = stage.fake.review("Très bon pain")
    out = answer_to(review)
    stage.fake.reviews.clear()
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(out)
    assert refusal.value.reason == "answered_gone"
    assert stage.adapter.find(search(out)) == NotThere()


def test_only_reviews_are_answered(stage: Stage) -> None:
    refs = {"post": f"{ACCOUNT}/{PLACE}/localPosts/1"}
    out = replace(outgoing(Content(text="Merci", answers=refs)), answers=refs)
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(out)
    assert refusal.value.reason == "not_answerable"
    assert stage.fake.posts == []


def test_an_answer_that_google_refuses_is_refused(stage: Stage) -> None:
    stage.fake.reply_state = "REJECTED"
    out = answer_to(stage.fake.review("Bof", 1))
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(out)
    assert refusal.value.reason == "refused_on_review"
    assert stage.adapter.find(search(out)) == NotThere()


def test_an_answer_that_comes_back_as_something_else_is_doubt(stage: Stage) -> None:
    out = answer_to(stage.fake.review("Très bon pain"))
    for odd in (said(200, {}), said(200, {"comment": "Autre chose"}), said(200, {"comment": 7})):
        stage.served.answer_next("PUT", "/reply$", odd)
        with pytest.raises(OutcomeUnknown):
            stage.walk.send(out)


# Its description.


def test_what_isnt_described_is_noticed() -> None:
    api = "mybusinessbusinessinformation.v1"
    url = f"https://mybusinessbusinessinformation.googleapis.com/v1/{PLACE}"
    assert problems_of(api, "GET", url, {"readMask": ["name"]}) == []
    assert problems_of(api, "GET", url, {}) != []
    assert problems_of(api, "GET", url, {"readMask": ["name"], "mask": ["x"]}) != []
    assert problems_of(api, "GET", url, {"readMask": ["name", "title"]}) != []
    assert problems_of(api, "POST", url, {"readMask": ["name"]}) != []
    assert problems_of(api, "GET", url.replace("v1", "v2"), {"readMask": ["name"]}) != []


def test_a_post_holds_nothing_that_isnt_documented(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text=TEXT, link=LINK, title="Sans titre"), photo("Midi")))
    (asked,) = stage.calls("POST")
    assert asked.headers["content-type"] == "application/json"
    assert set(json.loads(asked.body)) == {
        *("languageCode", "summary", "topicType", "callToAction", "media"),
    }
    assert asked.query == {}


def test_nothing_that_fails_tells_a_token_or_a_text(stage: Stage) -> None:
    secrets = [*vault_of(stage.tools).secret.values(), "Un pain secret"]
    for answer, _, _ in ERRORS:
        stage.served.answer_next("POST", POSTS, answer)
        with pytest.raises(NetworkError) as raised:
            stage.walk.send(outgoing(Content(text="Un pain secret"), key=KEY))
        assert not any(secret in f"{raised.value!r} {raised.value.detail}" for secret in secrets)
