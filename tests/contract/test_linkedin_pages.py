"""A firm's page on LinkedIn: publishing in its name, and finding what went out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.networks import registry
from chalicelib.networks.contract import Outgoing
from chalicelib.networks.linkedin_pages import LinkedInPage
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
from chalicelib.publishing.posts import Content
from tests.contract.linkedin import Stage, staged
from tests.contract.stage import TEXT, outgoing, picture, search
from tests.fakes import fake_linkedin as fl
from tests.fakes.serving import Said, said

LISTING = r"/rest/posts$"
LINK = "https://exemple.fr/menu"


@pytest.fixture
def stage() -> Iterator[Stage]:
    network = registry.network("linkedin_pages")
    with staged(network, gives_refresh=True, scopes=fl.PAGE_SCOPES) as made:
        yield made


def found(stage: Stage, *candidates: Outgoing, **how: Any) -> Found | NotThere | CantTell:
    assert isinstance(stage.adapter, LinkedInPage)
    return stage.adapter.find(search(*candidates, **how))


def test_it_goes_out_in_the_pages_name(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text=TEXT)))
    assert stage.fake.posts[0]["author"] == fl.PAGE


def test_a_role_that_was_lost_is_told(stage: Stage) -> None:
    assert stage.adapter.check().remote_id == fl.PAGE
    stage.fake.roles[fl.PAGE] = "ANALYST"
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    with pytest.raises(AuthExpired):
        stage.adapter.check()


@pytest.mark.parametrize("pictures", [0, 1, 3])
@pytest.mark.parametrize("text", [TEXT, "Un (petit) pain_doré #été", "🥐"])
def test_what_went_out_is_found(stage: Stage, text: str, pictures: int) -> None:
    shown = [picture("", f"rgb({n}, 0, 0)") for n in range(pictures)]
    out = outgoing(Content(text=text), *shown)
    made = stage.walk.send(out)
    assert found(stage, out) == Found(made.remote_id, made.url, 1)


def test_a_link_that_linkedin_shortened_is_recognised(stage: Stage) -> None:
    out = outgoing(Content(text="La carte", link=LINK), picture(""))
    made = stage.walk.send(out)
    stage.fake.shortens = True
    assert found(stage, out) == Found(made.remote_id, made.url, 1)


def test_another_link_on_the_card_is_another_post(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="La carte", link=f"{LINK}/a")))
    look = found(stage, outgoing(Content(text="La carte", link=f"{LINK}/b")))
    assert isinstance(look, CantTell)


def test_the_version_that_is_live_is_told(stage: Stage) -> None:
    first, second = outgoing(Content(text="Un pain")), outgoing(Content(text="Deux"), version=2)
    made = stage.walk.send(first)
    assert found(stage, second, first) == Found(made.remote_id, made.url, 1)


def test_what_isnt_there_is_not_there(stage: Stage) -> None:
    assert found(stage, outgoing(Content(text="Un"))) == NotThere()
    stage.walk.send(outgoing(Content(text="Nos horaires d’hiver")))
    assert found(stage, outgoing(Content(text="Un"))) == NotThere()


def test_what_is_listed_late_is_not_seen_at_once(stage: Stage) -> None:
    out = outgoing(Content(text="Un pain doré"))
    stage.walk.send(out)
    stage.fake.hides_newest = 1
    assert found(stage, out) == NotThere()


def test_what_another_delivery_holds_is_not_ours(stage: Stage) -> None:
    out = outgoing(Content(text="Un"))
    made = stage.walk.send(out)
    assert found(stage, out, taken=[made.remote_id]) == NotThere()


def test_an_older_post_with_the_same_words_is_not_ours(stage: Stage) -> None:
    out = outgoing(Content(text="Un"))
    stage.walk.send(out)
    stage.clock.advance(timedelta(hours=2))
    since = stage.clock.now() - timedelta(seconds=60)
    assert found(stage, out, since=since, until=since + timedelta(minutes=5)) == NotThere()


def test_what_is_much_like_it_is_left_to_a_person(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="Demain, ouvert dès 6 h 30 (via la page)")))
    look = found(stage, outgoing(Content(text="Demain, ouvert dès 6 h 30")))
    assert isinstance(look, CantTell)


def test_a_long_list_is_read_by_pages_and_a_longer_one_cant_be_told(stage: Stage) -> None:
    stage.fake.refuses_copies = False
    out = outgoing(Content(text="Le premier"))
    made = stage.walk.send(out)
    for _ in range(45):
        stage.walk.send(outgoing(Content(text="Brève")))
    assert found(stage, out) == Found(made.remote_id, made.url, 1)
    for _ in range(60):
        stage.walk.send(outgoing(Content(text="Brève")))
    assert isinstance(found(stage, out), CantTell)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fl.unauthorised(), AuthExpired),
        (fl.denied(), AuthExpired),
        (fl.limited("MEMBER DAY limit"), RateLimited),
        (fl.refused(426, "NONEXISTENT_VERSION", "ended"), Transient),
        (Said(403, b"<html>firewall</html>", {}), Transient),
        (Said(500, b"", {}), Transient),
        (Said(200, b"<html>", {}), Transient),
        (said(200, {"elements": 7}), Transient),
        (said(200, {"elements": [7]}), Transient),
        (said(200, {"elements": [{"id": 7, "createdAt": "x"}]}), Transient),
        (said(200, {"elements": [{"id": "urn:li:share:1"}]}), Transient),
    ],
)
def test_a_look_that_failed_proves_nothing(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("GET", LISTING, answer)
    with pytest.raises(error):
        found(stage, outgoing(Content(text="Un")))


# Answering a comment.


def commented(stage: Stage, parent: str = "") -> tuple[Outgoing, str]:
    """Return an answer to a comment, and that comment."""
    urn = stage.fake.say("urn:li:person:x", "C’est ouvert ?", "urn:li:activity:5", parent)
    refs = {"id": urn, "parent": parent or urn, "object": "urn:li:activity:5"}
    out = outgoing(Content(text="Oui (dès 7 h).", answers=refs))
    return replace(out, answers=refs), urn


def test_an_answer_is_a_comment_under_the_comment(stage: Stage) -> None:
    out, urn = commented(stage)
    made = stage.walk.send(out)
    comment = stage.fake.comments[made.remote_id]
    assert (comment["actor"], comment["parentComment"]) == (fl.PAGE, urn)
    assert comment["message"]["text"] == "Oui (dès 7 h)."
    assert stage.fake.posts == []
    assert found(stage, out) == Found(made.remote_id, made.url, 1)


def test_an_answer_to_an_answer_stands_beside_it(stage: Stage) -> None:
    _, first = commented(stage)
    out, _ = commented(stage, first)
    made = stage.walk.send(out)
    assert stage.fake.comments[made.remote_id]["parentComment"] == first


def test_an_answer_that_isnt_there_is_not_there(stage: Stage) -> None:
    out, _ = commented(stage)
    assert found(stage, out) == NotThere()


def test_the_same_words_in_the_same_place_are_anothers_where_they_are_taken(stage: Stage) -> None:
    out, first = commented(stage)
    made = stage.walk.send(out)
    other, _ = commented(stage, first)
    assert found(stage, other, taken=[made.remote_id]) == NotThere()


def test_an_answer_much_like_it_is_left_to_a_person(stage: Stage) -> None:
    out, urn = commented(stage)
    stage.fake.say(fl.PAGE, "Oui (dès 7 h). Merci", "urn:li:activity:5", urn)
    assert isinstance(found(stage, out), CantTell)


def test_what_was_deleted_isnt_answered(stage: Stage) -> None:
    out, urn = commented(stage)
    del stage.fake.comments[urn]
    with pytest.raises(Rejected) as refused:
        stage.walk.prepare(out)
    assert refused.value.reason == "answered_gone"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(201, b"{}", {}), OutcomeUnknown),
        (Said(201, b"{}", {"x-restli-id": "x"}), OutcomeUnknown),
        (Said(502, b"", {}), OutcomeUnknown),
        (Said(403, b"<html>", {}), OutcomeUnknown),
        (fl.denied(), Rejected),
        (fl.illegal("message"), Rejected),
        (fl.refused(404, "NOT_FOUND", "gone"), Rejected),
    ],
)
def test_what_the_answer_to_an_answer_means(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    out, _ = commented(stage)
    stage.served.answer_next("POST", "/comments$", answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.send(out)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (fl.denied(), "forbidden"),
        (fl.refused(404, "NOT_FOUND", "gone"), "answered_gone"),
        (fl.illegal("message"), "invalid"),
    ],
)
def test_an_answer_that_is_refused_says_why(stage: Stage, answer: Said, reason: str) -> None:
    out, _ = commented(stage)
    stage.served.answer_next("POST", "/comments$", answer)
    with pytest.raises(Rejected) as refused:
        stage.walk.send(out)
    assert refused.value.reason == reason
