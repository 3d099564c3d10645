"""What Facebook's adapter hears, does, answers and counts, by the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.listening.ports import Unreadable
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry
from chalicelib.networks.facebook_hearing import Hearing
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates, Searches
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
from tests.contract.facebook_stage import Stage, staged
from tests.contract.listening import Ear, mention
from tests.contract.stage import Walk, answering, commenting, outgoing, search
from tests.fakes.clocks import START
from tests.fakes.fake_facebook import PAGE, RETIRED
from tests.fakes.fake_graph import limited, refused, stamp
from tests.fakes.serving import Said, said

LISTING = "published_posts$"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made


def ear_of(stage: Stage) -> Ear:
    return Ear(Hearing(stage.tools).mentions, stage.clock.now)


def own(stage: Stage, text: str = "Ouvert demain") -> str:
    stage.fake.posts.insert(0, stage.fake.made(text))
    return str(stage.fake.posts[0]["id"])


def recommend(stage: Stage, kind: str = "positive", story: str = "555_1") -> None:
    told = {
        "created_time": stamp(stage.clock.now()),
        "recommendation_type": kind,
        "review_text": "Le meilleur pain du quartier",
        "reviewer": {"id": "88", "name": "Max"},
        "open_graph_story": {"id": story},
    }
    stage.fake.ratings.insert(0, told)


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("facebook")
    assert network.hear is not None
    made = network.hear(stage.tools)
    for ability in (FetchesMentions, Moderates, FetchesMetrics):
        assert isinstance(made, ability)
    assert not isinstance(made, Searches)
    hearing = Hearing(stage.tools)
    told = {*hearing.measure_channel(), *(hearing.measure_post(own(stage)) or {})}
    assert told == network.spec.tells


# What is said to us.


def test_a_comment_is_heard_with_all_that_answering_it_needs(stage: Stage) -> None:
    post = own(stage)
    comment = stage.fake.say("Miam !", to=post)
    (heard,) = ear_of(stage).listen()
    assert heard.kind is MentionKind.COMMENT
    assert (heard.remote_id, heard.text) == (comment["id"], "Miam !")
    assert heard.author.name == "Zoé"
    assert heard.url == comment["permalink_url"]
    assert heard.thread == f"https://www.facebook.com/{post}"
    assert (heard.answers_to, heard.refs) == (post, {"id": comment["id"]})
    assert heard.said_at == START


def test_an_answer_to_a_comment_is_answered_where_its_branch_began(stage: Stage) -> None:
    own(stage)
    first = stage.fake.say("Un")
    stage.fake.say("Deux", to=first["id"])
    second = next(h for h in ear_of(stage).listen() if h.text == "Deux")
    assert (second.answers_to, second.refs) == (first["id"], {"id": first["id"]})


def test_our_own_comments_are_left_out_and_one_by_nobody_is_heard(stage: Stage) -> None:
    own(stage)
    stage.fake.say("De nous", by=(PAGE, "Boulangerie"))
    stage.fake.say("De qui ?", by=None)
    (heard,) = ear_of(stage).listen()
    assert (heard.text, heard.author.name, heard.author.remote_id) == ("De qui ?", "", "")


def test_a_post_that_names_the_page_and_a_recommendation_are_heard(stage: Stage) -> None:
    post = {"id": "777_1", "message": "Chez @Martin", "created_time": stamp(START)}
    stage.fake.tagged.append({**post, "from": {"id": "88", "name": "Max"}})
    recommend(stage)
    recommend(stage, "negative", "555_2")
    heard = {h.remote_id: h for h in ear_of(stage).listen()}
    assert heard["777_1"].kind is MentionKind.MENTION
    assert heard["555_1"].kind is MentionKind.REVIEW
    assert heard["555_1"].refs == {"id": "555_1"}
    assert (heard["555_1"].title, heard["555_2"].title) == ("👍", "👎")
    assert heard["555_1"].rating is None  # no stars are told, so none are made up


def test_what_was_read_isnt_read_again_but_for_a_while(stage: Stage) -> None:
    own(stage)
    ear = ear_of(stage)
    stage.fake.say("Un")
    assert len(ear.listen()) == 1
    stage.clock.advance(timedelta(hours=1))
    told = len(ear.told)
    assert ear.listen() == []
    assert len(ear.told) == told + 1  # what came right before the reading is told once more
    stage.clock.advance(timedelta(hours=1))
    stage.fake.say("Deux")
    assert [h.text for h in ear.listen()] == ["Deux"]


def test_a_late_comment_on_an_old_post_is_heard(stage: Stage) -> None:
    post = own(stage)
    ear = ear_of(stage)
    ear.listen()
    stage.clock.advance(timedelta(days=40))
    for n in range(30):
        own(stage, f"Jour {n}")
    stage.fake.say("Encore ouverts ?", to=post)
    assert [h.text for h in ear.listen()] == ["Encore ouverts ?"]


def test_many_comments_under_one_post_are_read_to_the_last_whatever_dies(stage: Stage) -> None:
    post, other = own(stage), own(stage, "Autre")
    for n in range(60):
        stage.clock.advance(timedelta(seconds=1))
        stage.fake.say(f"Avis {n}", to=post)
    stage.fake.say("Ailleurs", to=other)
    ear = ear_of(stage)
    ear.listen(1)
    ear.dies()
    ear.listen(1)
    ear.dies()
    ear.listen()
    assert ear.texts() == {*(f"Avis {n}" for n in range(60)), "Ailleurs"}


def test_a_comment_made_while_reading_is_heard_the_next_time(stage: Stage) -> None:
    post = own(stage)
    for n in range(30):
        stage.clock.advance(timedelta(seconds=1))
        stage.fake.say(f"Avis {n}", to=post)
    ear = ear_of(stage)
    ear.listen(1)
    stage.clock.advance(timedelta(seconds=1))
    stage.fake.say("Pendant la lecture", to=post)
    ear.listen()
    stage.clock.advance(timedelta(minutes=1))
    ear.listen()
    assert "Pendant la lecture" in ear.texts()
    assert {f"Avis {n}" for n in range(30)} <= ear.texts()


def test_a_first_reading_goes_no_further_back_than_it_is_told(stage: Stage) -> None:
    own(stage)
    stage.fake.say("Vieux", at=START - timedelta(days=40))
    stage.fake.say("Neuf")
    assert [h.text for h in ear_of(stage).listen()] == ["Neuf"]


def test_what_isnt_one_is_skipped_and_told_so(stage: Stage) -> None:
    own(stage)
    stage.fake.say("Bien")
    stage.fake.comments.append({**stage.fake.comments[0], "id": "1_2", "created_time": "hier"})
    ear = ear_of(stage)
    assert [h.text for h in ear.listen()] == ["Bien"]
    assert ear.skipped == 1


def test_without_the_right_to_read_listening_says_so_and_the_channel_lives(stage: Stage) -> None:
    own(stage)
    stage.fake.scopes -= {"pages_read_user_content"}
    with pytest.raises(Unreadable) as unreadable:
        ear_of(stage).listen()
    assert unreadable.value.reason == "forbidden"
    stage.walk.send(outgoing(Content(text="Un")))


@pytest.mark.parametrize("answer", [refused(10, status=403), refused(100), refused(200)])
def test_a_page_without_recommendations_is_heard_all_the_same(stage: Stage, answer: Said) -> None:
    own(stage)
    stage.fake.say("Miam")
    stage.served.answer_next("GET", "/ratings$", answer)
    assert [h.text for h in ear_of(stage).listen()] == ["Miam"]


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(190, 460, 401), AuthExpired),
        (limited(32, 12), RateLimited),
        (refused(2, status=500), Transient),
        (Said(200, b"<html>"), Transient),
        (said(200, {"data": {}}), Transient),
        (said(200, [1]), Transient),
    ],
)
def test_a_list_that_cant_be_read_stops_the_reading(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", LISTING, answer)
    with pytest.raises(error):
        ear_of(stage).listen()


# Edits and deletions.


def test_an_edited_comment_is_mended_and_a_deleted_one_is_gone(stage: Stage) -> None:
    own(stage)
    kept, edited, deleted = (stage.fake.say(text) for text in ("Un", "Deux", "Trois"))
    heard = ear_of(stage).listen()
    mentions = [mention("facebook", h, START) for h in heard]
    edited["message"] = "Deux, corrigé"
    stage.fake.comments.remove(deleted)
    looked = dict(Hearing(stage.tools).look_again(mentions))
    by_id = {m.heard.remote_id: m.id for m in mentions}
    assert set(looked) == {by_id[edited["id"]], by_id[deleted["id"]]}
    assert looked[by_id[deleted["id"]]] is None
    mended = looked[by_id[edited["id"]]]
    assert mended is not None
    assert mended.text == "Deux, corrigé"
    assert by_id[kept["id"]] not in looked


def test_what_isnt_ours_to_see_any_more_isnt_taken_for_deleted(stage: Stage) -> None:
    own(stage)
    stage.fake.say("Un")
    mentions = [mention("facebook", h, START) for h in ear_of(stage).listen()]
    stage.fake.scopes -= {"pages_read_user_content"}
    stage.fake.comments.clear()
    assert list(Hearing(stage.tools).look_again(mentions)) == []


def test_recommendations_arent_looked_at_again(stage: Stage) -> None:
    recommend(stage)
    mentions = [mention("facebook", h, START) for h in ear_of(stage).listen()]
    stage.served.requests.clear()
    assert list(Hearing(stage.tools).look_again(mentions)) == []
    assert stage.served.requests == []


# Doing something about it.


def hear_one(stage: Stage, text: str = "Miam") -> Heard:
    if not stage.fake.posts:
        own(stage)
    stage.fake.say(text)
    return next(h for h in ear_of(stage).listen() if h.text == text)


def test_a_comment_is_liked_hidden_and_deleted_as_often_as_one_likes(stage: Stage) -> None:
    heard, hearing = hear_one(stage), Hearing(stage.tools)
    for _ in range(2):
        hearing.moderate(Moderation.LIKE, heard)
        assert stage.fake.liked == {heard.remote_id}
    for _ in range(2):
        hearing.moderate(Moderation.UNLIKE, heard)
        assert stage.fake.liked == set()
    for _ in range(2):
        hearing.moderate(Moderation.HIDE, heard)
    assert stage.fake.comments[0]["is_hidden"] is True
    for _ in range(2):
        hearing.moderate(Moderation.DELETE, heard)
    assert stage.fake.comments == []


def test_what_cant_be_done_says_why(stage: Stage) -> None:
    heard, hearing = hear_one(stage), Hearing(stage.tools)
    refusals = {
        "not_offered": (Moderation.SPAM, heard),
        "not_ours": (Moderation.HIDE, replace(heard, kind=MentionKind.MENTION)),
        "gone": (Moderation.LIKE, replace(heard, remote_id="1_1")),
    }
    for reason, (act, what) in refusals.items():
        with pytest.raises(Rejected) as refusal:
            hearing.moderate(act, what)
        assert refusal.value.reason == reason
    stage.fake.scopes -= {"pages_manage_engagement"}
    with pytest.raises(Rejected) as refusal:
        hearing.moderate(Moderation.HIDE, heard)
    assert refusal.value.reason == "forbidden"


# Answering.


def test_an_answer_is_a_comment_under_what_it_answers_and_is_found(stage: Stage) -> None:
    out = answering(hear_one(stage))
    published = Walk(stage.adapter).send(out)
    comment = stage.fake.comments[0]
    assert (comment["id"], comment["message"]) == (published.remote_id, "Merci !")
    assert comment["in"] == out.answers["id"]
    looked = stage.adapter.find(search(out))
    assert looked == Found(published.remote_id, comment["permalink_url"], 1)


def test_somebody_elses_thanks_arent_ours(stage: Stage) -> None:
    heard = hear_one(stage)
    stage.fake.say("Merci !", to=heard.remote_id)
    out = answering(heard)
    assert stage.adapter.find(search(out)) == NotThere(prepared_stands=True)
    published = Walk(stage.adapter).send(out)
    looked = stage.adapter.find(search(out, taken=[published.remote_id]))
    assert looked == NotThere(prepared_stands=True)


def test_a_look_through_too_many_answers_cant_tell(stage: Stage) -> None:
    heard = hear_one(stage)
    for n in range(250):
        stage.fake.say(f"Oui {n}", to=heard.remote_id)
    assert isinstance(stage.adapter.find(search(answering(heard))), CantTell)


def test_a_recommendation_is_answered_on_its_story(stage: Stage) -> None:
    recommend(stage)
    (heard,) = ear_of(stage).listen()
    Walk(stage.adapter).send(answering(heard))
    assert stage.fake.comments[0]["under"] == "555_1"


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (refused(100, 33), "answered_gone"),
        (refused(200, status=403), "forbidden"),
        (refused(10), "forbidden"),
        (refused(100), "invalid"),
    ],
)
def test_an_answer_that_is_refused_says_why_and_breaks_no_channel(
    stage: Stage, answer: Said, reason: str
) -> None:
    out = answering(hear_one(stage))
    stage.served.answer_next("POST", "/comments$", answer)
    with pytest.raises(Rejected) as refusal:
        Walk(stage.adapter).send(out)
    assert refusal.value.reason == reason


@pytest.mark.parametrize("answer", [refused(1), refused(2, status=500), said(200, {"ok": True})])
def test_an_answer_without_a_clear_word_is_in_doubt(stage: Stage, answer: Said) -> None:
    out = answering(hear_one(stage))
    stage.served.answer_next("POST", "/comments$", answer)
    with pytest.raises(OutcomeUnknown):
        Walk(stage.adapter).send(out)


# Counting.


def test_figures_are_those_that_facebook_tells(stage: Stage) -> None:
    post = own(stage)
    stage.fake.say("Un", to=post)
    hearing = Hearing(stage.tools)
    assert hearing.measure_channel() == {Metric.FOLLOWERS: 412}
    assert hearing.measure_post(post) == {
        Metric.LIKES: 3,
        Metric.REPLIES: 1,
        Metric.REPOSTS: 0,
        Metric.VIEWS: 120,
        Metric.REACH: 90,
    }


def test_a_small_page_or_a_missing_right_tells_no_views(stage: Stage) -> None:
    post, hearing = own(stage), Hearing(stage.tools)
    stage.fake.tells_insights = False
    told = hearing.measure_post(post)
    assert told is not None
    assert (told[Metric.VIEWS], told[Metric.REACH], told[Metric.LIKES]) == (None, None, 3)
    stage.fake.scopes -= {"read_insights"}
    assert hearing.measure_post(post) == told


def test_a_post_that_is_gone_is_told_as_gone(stage: Stage) -> None:
    assert Hearing(stage.tools).measure_post(f"{PAGE}_1") is None


def test_an_answer_of_ours_is_counted_as_a_comment(stage: Stage) -> None:
    published = Walk(stage.adapter).send(answering(hear_one(stage)))
    told = Hearing(stage.tools).measure_post(published.remote_id)
    assert told == {Metric.LIKES: 3, Metric.REPLIES: 0}


@pytest.mark.parametrize("odd", [None, "12", -1, True, 7.5, [], {}])
def test_a_figure_that_is_none_isnt_told(stage: Stage, odd: object) -> None:
    stage.served.answer_next("GET", f"/{PAGE}$", said(200, {"id": PAGE, "followers_count": odd}))
    assert Hearing(stage.tools).measure_channel() == {Metric.FOLLOWERS: None}


def test_no_retired_figure_is_ever_asked_for(stage: Stage) -> None:
    hearing = Hearing(stage.tools)
    hearing.measure_channel()
    hearing.measure_post(own(stage))
    asked = [
        a.query.get("metric", "") + "," + a.query.get("fields", "") for a in stage.served.requests
    ]
    assert not [name for text in asked for name in text.split(",") if RETIRED.fullmatch(name)]
    with pytest.raises(Rejected):
        hearing._graph.get(f"{own(stage)}/insights", {"metric": "post_impressions"})


def test_a_first_comment_stands_under_our_own_post_and_is_found(stage: Stage) -> None:
    post = own(stage)
    out = commenting("facebook", Published(post, None))
    published = Walk(stage.adapter).send(out)
    comment = stage.fake.comments[0]
    assert (comment["message"], comment["under"]) == ("Le détail ici", post)
    assert not comment["in"]
    found = Found(published.remote_id, comment["permalink_url"], 1)
    assert stage.adapter.find(search(out)) == found
    assert ear_of(stage).listen() == []
