"""What is said to a page on LinkedIn, and its figures."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest

from chalicelib.listening.mentions import MentionKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates, Searches
from chalicelib.networks.linkedin_pages import SPEC, LinkedInPage
from chalicelib.networks.linkedin_pages_hearing import PAGE, Hearing, hear
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Found,
    NetworkError,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.linkedin import Stage, staged
from tests.contract.listening import Ear, mention
from tests.contract.stage import Walk, commenting, outgoing, search
from tests.fakes import fake_linkedin as fl
from tests.fakes.serving import Said, said

MEMBER = "urn:li:person:x9"
NOTES = "/rest/organizationalEntityNotifications$"


@dataclass(slots=True)
class Heard:
    """A page, and what listens to it."""

    stage: Stage
    hearing: Hearing
    ear: Ear

    def comment(self, text: str, action: str = "COMMENT") -> str:
        return self.stage.fake.say(MEMBER, text, "urn:li:activity:5", action=action)


@pytest.fixture
def heard() -> Iterator[Heard]:
    network = registry.network("linkedin_pages")
    with staged(network, gives_refresh=True, scopes=fl.PAGE_SCOPES) as made:
        hearing = hear(made.tools)
        yield Heard(made, hearing, Ear(hearing.mentions, made.clock.now))


def test_it_has_the_abilities_that_it_says(heard: Heard) -> None:
    assert isinstance(heard.hearing, FetchesMentions)
    assert isinstance(heard.hearing, FetchesMetrics)
    assert not isinstance(heard.hearing, Searches)
    assert isinstance(heard.hearing, Moderates)
    assert SPEC.keeps == timedelta(hours=48)


def test_a_comment_is_heard_once_with_what_an_answer_needs(heard: Heard) -> None:
    urn = heard.comment("C’est ouvert (dimanche) ?")
    (told,) = heard.ear.listen()
    assert (told.text, told.kind, told.identity) == (
        "C’est ouvert (dimanche) ?",
        MentionKind.COMMENT,
        urn,
    )
    assert told.refs == {"id": urn, "parent": urn, "object": "urn:li:activity:5"}
    assert told.author.remote_id == MEMBER
    assert told.url == "https://www.linkedin.com/feed/update/urn:li:activity:5/"
    assert heard.ear.listen() == []


def test_nothing_is_kept_of_a_person_but_a_number(heard: Heard) -> None:
    heard.comment("Bravo")
    (told,) = heard.ear.listen()
    assert (told.author.name, told.author.handle, told.author.url) == ("LinkedIn", "", "")


def test_an_answer_to_our_answer_goes_beside_it(heard: Heard) -> None:
    first = heard.comment("Bravo")
    urn = heard.stage.fake.say(MEMBER, "Encore", "urn:li:activity:5", first, "COMMENT")
    told = {h.identity: h for h in heard.ear.listen()}
    assert told[urn].refs["parent"] == first


def test_our_own_comments_are_not_told(heard: Heard) -> None:
    heard.stage.fake.say(fl.PAGE, "Merci", "urn:li:activity:5", action="COMMENT")
    assert heard.ear.listen() == []


def test_a_post_that_names_the_page_is_a_mention(heard: Heard) -> None:
    share = "urn:li:share:77"
    at = fl.milliseconds(heard.stage.clock.now())
    text = r"Merci @[Boulangerie](urn:li:organization:2414183) \!\_"
    post = {"id": share, "author": MEMBER, "commentary": text, "createdAt": at}
    heard.stage.fake.posts.append(post)
    heard.stage.fake.notify("SHARE_MENTION", share, share)
    heard.comment("@Boulangerie ?", "COMMENT_MENTION")
    told = heard.ear.listen()
    assert [h.kind for h in told] == [MentionKind.MENTION] * 2
    assert told[0].text == "Merci Boulangerie !_"
    assert told[0].refs == {}


def test_many_are_read_by_pages_and_whatever_dies_leaves_no_gap(heard: Heard) -> None:
    for n in range(PAGE * 2 + 3):
        heard.comment(f"n° {n}")
    heard.ear.dies()
    heard.ear.listen(batches=1)
    heard.stage.clock.advance(timedelta(minutes=1))
    heard.comment("entre-temps")
    heard.ear.listen()
    heard.ear.listen()
    assert heard.ear.texts() == {f"n° {n}" for n in range(PAGE * 2 + 3)} | {"entre-temps"}


def test_a_comment_that_is_gone_before_it_is_read_is_left_out(heard: Heard) -> None:
    del heard.stage.fake.comments[heard.comment("Bravo")]
    assert heard.ear.listen() == []


def test_edits_and_deletions_are_followed(heard: Heard) -> None:
    urns = [heard.comment("Bravo"), heard.comment("Mercy"), heard.comment("Adieu")]
    told = heard.ear.listen()
    heard.stage.clock.advance(timedelta(minutes=5))
    edited = heard.stage.fake.comments[urns[1]]
    edited["message"]["text"] = "Merci"
    edited["lastModified"]["time"] = fl.milliseconds(heard.stage.clock.now())
    del heard.stage.fake.comments[urns[2]]
    mentions = [mention("linkedin_pages", h, heard.stage.clock.now()) for h in told]
    changed = dict(heard.hearing.look_again(mentions))
    assert len(changed) == 2
    now = changed[mentions[1].id]
    assert now is not None
    assert (now.text, now.edited_at) == ("Merci", heard.stage.clock.now())
    assert changed[mentions[2].id] is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fl.unauthorised(), AuthExpired),
        (fl.denied(), AuthExpired),
        (fl.limited("APPLICATION DAY limit"), RateLimited),
        (Said(500, b"", {}), Transient),
        (Said(200, b"<html>", {}), Transient),
        (said(200, {"elements": None}), Transient),
    ],
)
def test_a_reading_that_failed_is_told(
    heard: Heard, answer: Said, error: type[NetworkError]
) -> None:
    heard.stage.served.answer_next("GET", NOTES, answer)
    with pytest.raises(error):
        heard.ear.listen()


@pytest.mark.parametrize(
    "item",
    [
        7,
        {},
        {"action": 7, "generatedActivity": 7},
        {"action": "COMMENT", "generatedActivity": "urn:li:comment:(x,y)"},
    ],
)
def test_an_odd_notification_is_nothing(heard: Heard, item: object) -> None:
    heard.stage.served.answer_next("GET", NOTES, said(200, {"elements": [item]}))
    assert heard.ear.listen() == []


@pytest.mark.parametrize("odd", [{"message": 7}, {"created": {"time": "x"}}, {"actor": []}])
def test_an_odd_comment_breaks_nothing(heard: Heard, odd: dict[str, object]) -> None:
    urn = heard.comment("Bravo")
    heard.stage.fake.comments[urn] |= odd
    assert all(h.text == "" for h in heard.ear.listen())


# Figures.


def test_figures_are_told_and_what_isnt_is_none(heard: Heard) -> None:
    made = heard.stage.walk.send(outgoing(Content(text="Un")))
    assert heard.hearing.measure_channel() == {Metric.FOLLOWERS: 219}
    assert heard.hearing.measure_post(made.remote_id) == {
        Metric.IMPRESSIONS: 120,
        Metric.REACH: 80,
        Metric.LIKES: 5,
        Metric.REPLIES: 2,
        Metric.REPOSTS: 1,
    }
    empty = said(200, {"elements": []})
    heard.stage.served.answer_next("GET", "ShareStatistics$", empty)
    assert set((heard.hearing.measure_post(made.remote_id) or {}).values()) == {None}


def test_a_post_that_is_gone_has_no_figures(heard: Heard) -> None:
    assert heard.hearing.measure_post("urn:li:share:404") is None


def test_an_answer_has_no_figures(heard: Heard) -> None:
    assert heard.hearing.measure_post("urn:li:comment:(urn:li:activity:5,6)") == {}


def test_only_figures_that_are_said_to_be_told_are_asked_for(heard: Heard) -> None:
    made = heard.stage.walk.send(outgoing(Content(text="Un")))
    told = {*heard.hearing.measure_channel(), *(heard.hearing.measure_post(made.remote_id) or {})}
    assert told == SPEC.tells


def test_a_first_comment_stands_under_our_own_post_and_is_found(heard: Heard) -> None:
    post = heard.stage.walk.send(outgoing(Content(text="Un")))
    out = commenting("linkedin_pages", post)
    published = Walk(heard.stage.adapter).send(out)
    (comment,) = heard.stage.fake.comments.values()
    assert (comment["message"]["text"], comment["object"]) == ("Le détail ici", post.remote_id)
    assert "parentComment" not in comment
    assert published.remote_id == comment["commentUrn"]
    assert isinstance(heard.stage.adapter, LinkedInPage)
    looked = heard.stage.adapter.find(search(out))
    assert looked == Found(published.remote_id, post.url, 1)


# Doing something about it.


def test_a_comment_is_liked_and_not_as_often_as_one_likes(heard: Heard) -> None:
    urn = heard.comment("Bravo")
    (told,) = heard.ear.listen()
    for _ in range(2):
        heard.hearing.moderate(Moderation.LIKE, told)
    assert heard.stage.fake.liked == [(fl.PAGE, urn)]
    for _ in range(2):
        heard.hearing.moderate(Moderation.UNLIKE, told)
    assert heard.stage.fake.liked == []


def test_a_comment_under_our_post_is_deleted_as_often_as_one_likes(heard: Heard) -> None:
    heard.comment("Achetez mes cryptos")
    (told,) = heard.ear.listen()
    for _ in range(2):
        heard.hearing.moderate(Moderation.DELETE, told)
    assert heard.stage.fake.comments == {}


def test_what_is_said_elsewhere_is_not_ours_to_delete(heard: Heard) -> None:
    heard.comment("Avec @Martin", action="COMMENT_MENTION")
    (told,) = heard.ear.listen()
    with pytest.raises(Rejected) as refusal:
        heard.hearing.moderate(Moderation.DELETE, told)
    assert refusal.value.reason == "not_ours"
    assert len(heard.stage.fake.comments) == 1


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (fl.refused(403, "ACCESS_DENIED", "not allowed"), "forbidden"),
        (fl.refused(400, "ILLEGAL_ARGUMENT", "no"), "invalid"),
    ],
)
@pytest.mark.parametrize("act", [Moderation.LIKE, Moderation.UNLIKE, Moderation.DELETE])
def test_an_act_that_is_refused_says_why_and_breaks_no_channel(
    heard: Heard, act: Moderation, answer: Said, reason: str
) -> None:
    heard.comment("Bravo")
    (told,) = heard.ear.listen()
    for method in ("POST", "DELETE"):
        heard.stage.served.answer_next(method, "/rest/(reactions|socialActions)", answer)
    with pytest.raises(Rejected) as refusal:
        heard.hearing.moderate(act, told)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("answer", [said(404, {}), Said(404, b"<html>", {}), Said(500, b"", {})])
def test_an_act_without_a_clear_answer_may_be_tried_again(heard: Heard, answer: Said) -> None:
    heard.comment("Bravo")
    (told,) = heard.ear.listen()
    heard.stage.served.answer_next("DELETE", "/rest/socialActions", answer)
    with pytest.raises(NetworkError) as error:
        heard.hearing.moderate(Moderation.DELETE, told)
    assert not isinstance(error.value, Rejected)


def test_what_linkedin_does_not_offer_is_refused(heard: Heard) -> None:
    heard.comment("Bravo")
    (told,) = heard.ear.listen()
    with pytest.raises(Rejected) as refusal:
        heard.hearing.moderate(Moderation.HIDE, told)
    assert refusal.value.reason == "not_offered"
