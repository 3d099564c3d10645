"""What Instagram's adapter hears, does, answers and counts, by the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.listening.ports import Unreadable
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates
from chalicelib.networks.instagram_hearing import Hearing
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Published,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract import two_phase_stage
from tests.contract.listening import Ear, mention
from tests.contract.stage import KEY, answering, commenting, outgoing, search
from tests.contract.test_instagram import against_description
from tests.contract.two_phase_stage import wide
from tests.fakes.clocks import START
from tests.fakes.fake_graph import limited, refused, stamp
from tests.fakes.fake_instagram import RETIRED, FakeInstagram
from tests.fakes.serving import Said, said

Stage = two_phase_stage.Stage[FakeInstagram]
LISTING = "/media$"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with two_phase_stage.instagram() as made:
        made.walk.send(outgoing(Content(text="Ouvert demain"), wide()))
        yield made
        wrong = [p for asked in made.served.requests for p in against_description(asked, made.fake)]
        assert wrong == []


def ear_of(stage: Stage) -> Ear:
    return Ear(Hearing(stage.tools).mentions, stage.clock.now)


def own(stage: Stage, text: str) -> str:
    walk = stage.walked()
    return walk.send(outgoing(Content(text=text), wide(), key=replace(KEY, uuid=text))).remote_id


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("instagram")
    assert network.hear is not None
    made = network.hear(stage.tools)
    for ability in (FetchesMentions, Moderates, FetchesMetrics):
        assert isinstance(made, ability)
    hearing = Hearing(stage.tools)
    told = hearing.measure_post(stage.fake.posts[0]["id"]) or {}
    assert {*hearing.measure_channel(), *told} == network.spec.tells


# What is said to us.


def test_a_comment_is_heard_with_all_that_answering_it_needs(stage: Stage) -> None:
    comment, post = stage.fake.say("Miam !"), stage.fake.posts[0]
    (heard,) = ear_of(stage).listen()
    assert heard.kind is MentionKind.COMMENT
    assert (heard.remote_id, heard.text) == (comment["id"], "Miam !")
    assert (heard.url, heard.thread) == (post["permalink"], post["permalink"])
    assert heard.author.handle == "@zoe"
    assert heard.answers_to == post["id"]
    refs = {"id": comment["id"], "media": post["id"], "url": post["permalink"]}
    assert heard.refs == refs


def test_a_reply_is_answered_in_its_branch_and_names_whom_it_answers(stage: Stage) -> None:
    first = stage.fake.say("Un")
    stage.fake.say("Deux", to=first["id"], by="max")
    stage.fake.say("De nous", to=first["id"], by=stage.fake.username)
    heard = {h.text: h for h in ear_of(stage).listen()}
    assert set(heard) == {"Un", "Deux"}
    assert heard["Deux"].refs["id"] == first["id"]
    assert heard["Deux"].refs["mention"] == "@max"
    assert heard["Deux"].answers_to == first["id"]


def test_a_post_that_shows_us_is_heard_and_cant_be_answered(stage: Stage) -> None:
    link = "https://www.instagram.com/p/abc/"
    post = {"id": "555", "caption": "Chez Martin", "timestamp": stamp(START), "permalink": link}
    stage.fake.tagged.append({**post, "username": "max"})
    (heard,) = ear_of(stage).listen()
    assert (heard.kind, heard.identity) == (MentionKind.MENTION, link)
    with pytest.raises(Rejected) as refusal:
        stage.walked().send(answering(heard))
    assert refusal.value.reason == "not_answerable"


def test_what_was_read_isnt_new_again(stage: Stage) -> None:
    ear = ear_of(stage)
    stage.fake.say("Un")
    assert len(ear.listen()) == 1
    stage.clock.advance(timedelta(hours=1))
    assert ear.listen() == []
    stage.fake.say("Deux")
    assert [h.text for h in ear.listen()] == ["Deux"]


def test_many_comments_are_read_to_the_last_whatever_dies(stage: Stage) -> None:
    other = own(stage, "Autre")
    for n in range(60):
        stage.clock.advance(timedelta(seconds=1))
        stage.fake.say(f"Avis {n}", to=other)
    stage.fake.say("Ailleurs", to=stage.fake.posts[1]["id"])
    ear = ear_of(stage)
    ear.listen(1)
    ear.dies()
    ear.listen(1)
    ear.dies()
    ear.listen()
    assert ear.texts() == {*(f"Avis {n}" for n in range(60)), "Ailleurs"}
    assert all(heard.thread for heard in ear.told)


def test_without_the_right_to_read_listening_says_so(stage: Stage) -> None:
    stage.fake.scopes -= {"instagram_business_manage_comments"}
    with pytest.raises(Unreadable) as unreadable:
        ear_of(stage).listen()
    assert unreadable.value.reason == "forbidden"


def test_what_isnt_one_is_skipped_and_told_so(stage: Stage) -> None:
    stage.fake.say("Bien")
    stage.fake.comments.append({**stage.fake.comments[0], "id": "7", "timestamp": "hier"})
    ear = ear_of(stage)
    assert [h.text for h in ear.listen()] == ["Bien"]
    assert ear.skipped == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(190, 463, 401), AuthExpired),
        (limited(80002, 12), RateLimited),
        (refused(2, status=500), Transient),
        (Said(200, b"<html>"), Transient),
        (said(200, {"data": 7}), Transient),
    ],
)
def test_a_list_that_cant_be_read_stops_the_reading(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", LISTING, answer)
    with pytest.raises(error):
        ear_of(stage).listen()


def test_a_deleted_comment_is_gone_and_one_out_of_our_sight_isnt(stage: Stage) -> None:
    stage.fake.say("Reste")
    deleted = stage.fake.say("Part")
    mentions = [mention("instagram", h, START) for h in ear_of(stage).listen()]
    stage.fake.comments.remove(deleted)
    looked = dict(Hearing(stage.tools).look_again(mentions))
    by_id = {m.heard.remote_id: m.id for m in mentions}
    assert looked == {by_id[deleted["id"]]: None}
    stage.fake.scopes -= {"instagram_business_manage_comments"}
    assert list(Hearing(stage.tools).look_again(mentions)) == []
    stage.fake.scopes |= {"instagram_business_manage_comments"}
    stage.fake.posts.clear()
    assert list(Hearing(stage.tools).look_again(mentions)) == []


# Doing something about it.


def hear_one(stage: Stage, text: str = "Miam") -> Heard:
    stage.fake.say(text)
    return next(h for h in ear_of(stage).listen() if h.text == text)


def test_a_comment_is_hidden_and_deleted_as_often_as_one_likes(stage: Stage) -> None:
    heard, hearing = hear_one(stage), Hearing(stage.tools)
    for _ in range(2):
        hearing.moderate(Moderation.HIDE, heard)
    assert stage.fake.comments[0]["hidden"] is True
    for _ in range(2):
        hearing.moderate(Moderation.DELETE, heard)
    assert stage.fake.comments == []


def test_what_cant_be_done_says_why(stage: Stage) -> None:
    heard, hearing = hear_one(stage), Hearing(stage.tools)
    refusals = {
        "not_offered": (Moderation.LIKE, heard),
        "not_ours": (Moderation.HIDE, replace(heard, kind=MentionKind.MENTION)),
        "gone": (Moderation.HIDE, replace(heard, remote_id="1")),
    }
    for reason, (act, what) in refusals.items():
        with pytest.raises(Rejected) as refusal:
            hearing.moderate(act, what)
        assert refusal.value.reason == reason
    stage.fake.scopes -= {"instagram_business_manage_comments"}
    with pytest.raises(Rejected) as refusal:
        hearing.moderate(Moderation.HIDE, heard)
    assert refusal.value.reason == "forbidden"


# Answering.


def test_an_answer_is_a_reply_in_one_call_and_is_found(stage: Stage) -> None:
    out = answering(hear_one(stage))
    walk = stage.walked()
    published = walk.send(out)
    reply = stage.fake.comments[0]
    assert (reply["id"], reply["text"], reply["in"]) == (
        published.remote_id,
        "Merci !",
        out.answers["id"],
    )
    assert walk.calls == 1
    looked = stage.adapter.find(search(out))
    assert looked == Found(published.remote_id, stage.fake.posts[0]["permalink"], 1)


def test_somebody_elses_thanks_arent_ours(stage: Stage) -> None:
    heard = hear_one(stage)
    stage.fake.say("Merci !", to=heard.remote_id)
    out = answering(heard)
    assert stage.adapter.find(search(out)) == NotThere(prepared_stands=True)
    published = stage.walked().send(out)
    taken = search(out, taken=[published.remote_id])
    assert stage.adapter.find(taken) == NotThere(prepared_stands=True)


def test_a_look_through_too_many_replies_cant_tell(stage: Stage) -> None:
    heard = hear_one(stage)
    for n in range(250):
        stage.fake.say(f"Oui {n}", to=heard.remote_id)
    assert isinstance(stage.adapter.find(search(answering(heard))), CantTell)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(refused(100, 33), "answered_gone"), (refused(10), "forbidden"), (refused(100), "invalid")],
)
def test_an_answer_that_is_refused_says_why_and_breaks_no_channel(
    stage: Stage, answer: Said, reason: str
) -> None:
    out = answering(hear_one(stage))
    stage.served.answer_next("POST", "/replies$", answer)
    with pytest.raises(Rejected) as refusal:
        stage.walked().send(out)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("answer", [refused(1), Said(502, b""), said(200, {"ok": True})])
def test_an_answer_without_a_clear_word_is_in_doubt(stage: Stage, answer: Said) -> None:
    out = answering(hear_one(stage))
    stage.served.answer_next("POST", "/replies$", answer)
    with pytest.raises(OutcomeUnknown):
        stage.walked().send(out)


# Counting.


def test_figures_are_those_that_instagram_tells(stage: Stage) -> None:
    post = stage.fake.posts[0]["id"]
    stage.fake.say("Un")
    hearing = Hearing(stage.tools)
    assert hearing.measure_channel() == {Metric.FOLLOWERS: 58, Metric.POSTS: 1}
    told = {Metric.VIEWS: 320, Metric.REACH: 210, Metric.BOOKMARKS: 4, Metric.REPOSTS: 2}
    assert hearing.measure_post(post) == {Metric.LIKES: 12, Metric.REPLIES: 1, **told}
    stage.fake.hides_likes = True
    stage.fake.scopes -= {"instagram_business_manage_insights"}
    assert hearing.measure_post(post) == {
        Metric.LIKES: None,
        Metric.REPLIES: 1,
        **dict.fromkeys(told),
    }
    assert hearing.measure_post("1") is None


def test_an_answer_of_ours_tells_its_likes(stage: Stage) -> None:
    published = stage.walked().send(answering(hear_one(stage)))
    stage.served.requests.clear()
    assert Hearing(stage.tools).measure_post(published.remote_id) == {Metric.LIKES: 1}
    stage.served.requests.clear()  # what a comment lacks is asked of it, to tell it from a post


def test_no_retired_figure_is_ever_asked_for(stage: Stage) -> None:
    hearing = Hearing(stage.tools)
    hearing.measure_channel()
    hearing.measure_post(stage.fake.posts[0]["id"])
    asked = [a.query.get("metric", "") for a in stage.served.requests]
    assert not [name for text in asked for name in text.split(",") if RETIRED.fullmatch(name)]
    post = stage.fake.posts[0]["id"]
    with pytest.raises(Rejected):
        hearing._graph.get(f"{post}/insights", {"metric": "impressions"})


def test_a_first_comment_stands_under_our_own_post_and_is_found(stage: Stage) -> None:
    post = Published(stage.fake.posts[0]["id"], "https://www.instagram.com/p/1/")
    out = commenting("instagram", post)
    published = stage.walked().send(out)
    comment = stage.fake.comments[0]
    assert (comment["id"], comment["text"]) == (published.remote_id, "Le détail ici")
    assert (comment["under"], comment["in"], published.url) == (post.remote_id, "", post.url)
    assert stage.adapter.find(search(out)) == Found(published.remote_id, post.url, 1)
    taken = search(out, taken=[published.remote_id])
    assert stage.adapter.find(taken) == NotThere(prepared_stands=True)
    assert ear_of(stage).listen() == []
