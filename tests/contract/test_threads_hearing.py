"""What Threads' adapter hears, does, answers and counts, by the documented rules."""

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
from chalicelib.networks.spec import Moderation
from chalicelib.networks.threads_hearing import Hearing
from chalicelib.publishing.outcomes import (
    AuthExpired,
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
from tests.fakes.clocks import START
from tests.fakes.fake_graph import limited, refused
from tests.fakes.fake_threads import FakeThreads
from tests.fakes.serving import Said, said

Stage = two_phase_stage.Stage[FakeThreads]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with two_phase_stage.threads() as made:
        made.walk.send(outgoing(Content(text="Ouvert demain")))
        yield made


def ear_of(stage: Stage) -> Ear:
    return Ear(Hearing(stage.tools).mentions, stage.clock.now)


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("threads")
    assert network.hear is not None
    made = network.hear(stage.tools)
    for ability in (FetchesMentions, Moderates, FetchesMetrics):
        assert isinstance(made, ability)
    hearing = Hearing(stage.tools)
    told = hearing.measure_post(stage.fake.posts[0]["id"]) or {}
    assert {*hearing.measure_channel(), *told} == network.spec.tells


# What is said to us.


def test_a_reply_is_heard_at_any_depth_with_all_that_answering_it_needs(stage: Stage) -> None:
    post = stage.fake.posts[0]["id"]
    first = stage.fake.say("Miam !")
    stage.fake.say("Moi aussi", to=first["id"], by="max")
    stage.fake.say("De nous", by=stage.fake.username)
    heard = {h.text: h for h in ear_of(stage).listen()}
    assert set(heard) == {"Miam !", "Moi aussi"}
    one, other = heard["Miam !"], heard["Moi aussi"]
    assert one.kind is MentionKind.REPLY
    assert (one.remote_id, one.url) == (first["id"], first["permalink"])
    assert one.author.handle == "@zoe"
    assert one.refs == {"id": first["id"], "root": post}
    assert (one.thread, other.thread) == (f"threads:{post}", f"threads:{post}")
    assert other.answers_to == first["id"]


def test_a_post_that_names_us_is_heard(stage: Stage) -> None:
    stage.fake.say("Chez @boulangerie.martin", to=None)
    (heard,) = ear_of(stage).listen()
    assert (heard.kind, heard.thread) == (MentionKind.MENTION, "")


def test_only_posts_that_were_answered_are_asked(stage: Stage) -> None:
    for n in range(3):
        other = replace(KEY, uuid=f"autre {n}")
        stage.walked().send(outgoing(Content(text=f"Jour {n}"), key=other))
    stage.fake.say("Un")
    ear_of(stage).listen()
    assert len(stage.served.seen("GET", "/conversation$")) == 1


def test_what_was_read_isnt_new_again_and_nothing_is_lost(stage: Stage) -> None:
    ear = ear_of(stage)
    for n in range(120):
        stage.clock.advance(timedelta(seconds=1))
        stage.fake.say(f"Avis {n}")
    ear.listen(2)
    ear.dies()
    ear.listen()
    assert ear.texts() == {f"Avis {n}" for n in range(120)}
    stage.clock.advance(timedelta(hours=1))
    assert ear.listen() == []
    stage.fake.say("Encore")
    assert [h.text for h in ear.listen()] == ["Encore"]


def test_without_the_right_to_read_listening_says_so(stage: Stage) -> None:
    stage.fake.say("Un")
    stage.fake.scopes -= {"threads_read_replies"}
    with pytest.raises(Unreadable) as unreadable:
        ear_of(stage).listen()
    assert unreadable.value.reason == "forbidden"


def test_without_the_right_to_mentions_replies_are_heard_all_the_same(stage: Stage) -> None:
    stage.fake.say("Un")
    stage.fake.say("De nous", to=None)
    stage.fake.scopes -= {"threads_manage_mentions"}
    assert [h.text for h in ear_of(stage).listen()] == ["Un"]


def test_a_post_that_is_deleted_while_reading_is_passed_over(stage: Stage) -> None:
    stage.fake.say("Un")
    stage.served.answer_next("GET", "/conversation$", refused(100, 33))
    assert ear_of(stage).listen() == []


def test_what_isnt_one_is_skipped_and_told_so(stage: Stage) -> None:
    stage.fake.say("Bien")
    stage.fake.others.append({**stage.fake.others[0], "id": "7", "timestamp": "hier"})
    ear = ear_of(stage)
    assert [h.text for h in ear.listen()] == ["Bien"]
    assert ear.skipped == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(190, 463, 401), AuthExpired),
        (limited(17, 12), RateLimited),
        (refused(2, status=500), Transient),
        (Said(200, b"<html>"), Transient),
        (said(200, {"data": 7}), Transient),
    ],
)
def test_a_list_that_cant_be_read_stops_the_reading(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", "/threads$", answer)
    with pytest.raises(error):
        ear_of(stage).listen()


def test_edits_and_deletions_are_followed_while_the_conversation_is_told(stage: Stage) -> None:
    kept, edited, deleted = (stage.fake.say(text) for text in ("Un", "Deux", "Trois"))
    mentions = [mention("threads", h, START) for h in ear_of(stage).listen()]
    by_id = {m.heard.remote_id: m.id for m in mentions}
    edited["text"] = "Deux, corrigé"
    stage.fake.others.remove(deleted)
    looked = dict(Hearing(stage.tools).look_again(mentions))
    assert set(looked) == {by_id[edited["id"]], by_id[deleted["id"]]}
    assert looked[by_id[deleted["id"]]] is None
    stage.fake.scopes -= {"threads_read_replies"}
    assert list(Hearing(stage.tools).look_again(mentions)) == []
    assert by_id[kept["id"]] not in looked


# Doing something about it.


def hear_one(stage: Stage, text: str = "Miam") -> Heard:
    stage.fake.say(text)
    return next(h for h in ear_of(stage).listen() if h.text == text)


def test_a_reply_is_hidden_as_often_as_one_likes(stage: Stage) -> None:
    heard, hearing = hear_one(stage), Hearing(stage.tools)
    for _ in range(2):
        hearing.moderate(Moderation.HIDE, heard)
    assert stage.fake.hidden == {heard.remote_id}


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
    stage.fake.scopes -= {"threads_manage_replies"}
    with pytest.raises(Rejected) as refusal:
        hearing.moderate(Moderation.HIDE, heard)
    assert refusal.value.reason == "forbidden"


# Answering.


def test_an_answer_is_a_container_too_and_is_found(stage: Stage) -> None:
    out = answering(hear_one(stage))
    walk = stage.walked()
    published = walk.send(out)
    reply = stage.fake.posts[0]
    assert (reply["text"], reply["replied_to"]) == ("Merci !", {"id": out.answers["id"]})
    looked = stage.adapter.find(search(out, parts=walk.parts))
    assert looked == Found(published.remote_id, reply["permalink"], 1)
    assert stage.adapter.find(search(out)) == looked


def test_the_same_words_to_two_people_arent_taken_for_each_other(stage: Stage) -> None:
    one, two = hear_one(stage, "Un"), hear_one(stage, "Deux")
    stage.walked().send(answering(one))
    assert stage.adapter.find(search(answering(two))) == NotThere()


def test_answers_have_a_quota_of_their_own(stage: Stage) -> None:
    heard = hear_one(stage)
    stage.fake.quota = 1
    stage.walk.parts.clear()
    with pytest.raises(RateLimited):
        stage.walk.prepare(outgoing(Content(text="Un de trop")))
    stage.fake.quota = 250
    stage.walked().send(answering(heard))
    stage.fake.reply_quota = 1
    with pytest.raises(RateLimited) as limit:
        stage.walked().prepare(answering(heard, "Encore merci"))
    assert limit.value.reset_at == START + timedelta(hours=24)


def test_what_was_deleted_meanwhile_isnt_answered(stage: Stage) -> None:
    out = answering(hear_one(stage))
    stage.fake.others.clear()
    with pytest.raises(Rejected) as refusal:
        stage.walked().send(out)
    assert refusal.value.reason == "answered_gone"


def test_an_answer_that_isnt_allowed_breaks_no_channel(stage: Stage) -> None:
    out = answering(hear_one(stage))
    stage.fake.scopes -= {"threads_manage_replies"}
    with pytest.raises(Rejected) as refusal:
        stage.walked().send(out)
    assert refusal.value.reason == "forbidden"


def test_an_answer_without_a_clear_word_is_in_doubt(stage: Stage) -> None:
    out = answering(hear_one(stage))
    stage.served.answer_next("POST", "threads_publish$", Said(502, b""))
    with pytest.raises(OutcomeUnknown):
        stage.walked().send(out)


# Counting.


def test_figures_are_those_that_threads_tells(stage: Stage) -> None:
    hearing, post = Hearing(stage.tools), stage.fake.posts[0]["id"]
    assert hearing.measure_channel() == {Metric.FOLLOWERS: 58}
    assert hearing.measure_post(post) == {
        Metric.VIEWS: 90,
        Metric.LIKES: 7,
        Metric.REPLIES: 2,
        Metric.REPOSTS: 1,
        Metric.QUOTES: 0,
    }
    stage.fake.followers = None
    assert hearing.measure_channel() == {Metric.FOLLOWERS: None}
    stage.fake.scopes -= {"threads_manage_insights"}
    assert set((hearing.measure_post(post) or {}).values()) == {None}
    assert hearing.measure_post("1") is None


def test_only_figures_that_are_documented_are_asked_for(stage: Stage) -> None:
    hearing = Hearing(stage.tools)
    hearing.measure_channel()
    hearing.measure_post(stage.fake.posts[0]["id"])
    asked = {n for a in stage.served.requests for n in a.query.get("metric", "").split(",") if n}
    assert asked <= {"views", "likes", "replies", "reposts", "quotes", "followers_count"}


def test_a_first_comment_is_an_answer_to_our_own_post_and_is_found(stage: Stage) -> None:
    post = stage.fake.posts[0]["id"]
    out, walk = commenting("threads", Published(post, None)), stage.walked()
    published = walk.send(out)
    reply = stage.fake.posts[0]
    assert (reply["text"], reply["replied_to"]) == ("Le détail ici", {"id": post})
    looked = stage.adapter.find(search(out, parts=walk.parts))
    assert looked == Found(published.remote_id, reply["permalink"], 1)
