"""What X's adapter hears, does, answers and counts, by the documented rules and prices."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.listening.mentions import Heard, Mention, MentionKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry, x
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates
from chalicelib.networks.spec import Moderation
from chalicelib.networks.x_api import API
from chalicelib.networks.x_hearing import LOOK_FROM, LOOK_UNTIL, Hearing
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NetworkError,
    NotThere,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.paid_reading import Spends
from chalicelib.publishing.posts import Content
from tests.contract.listening import Ear, mention
from tests.contract.stage import answering, http_for, outgoing, search
from tests.contract.x_stage import POST, Stage, staged
from tests.fakes import fake_x as fx
from tests.fakes.clocks import START
from tests.fakes.serving import Said, said

MENTIONS, LOOKUP = r"/mentions$", r"/2/tweets$"
NAMED = "Bravo @boulangerie !"
HOUR = timedelta(hours=1)
PRICE = x.SPEC.reading
assert PRICE is not None


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        made.walk.send(outgoing(Content(text="Ouvert demain")))
        yield made


def ear_of(stage: Stage) -> Ear:
    return Ear(Hearing(stage.tools).mentions, stage.clock.now)


def hear_one(stage: Stage, text: str = NAMED, *, to: str = "") -> Heard:
    stage.fake.say(text, to=to)
    return ear_of(stage).listen()[0]


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("x")
    assert network.hear is not None
    made = network.hear(stage.tools)
    for ability in (FetchesMentions, Moderates, FetchesMetrics, Spends):
        assert isinstance(made, ability)
    hearing = Hearing(stage.tools)
    told = hearing.measure_post(stage.post()["id"]) or {}
    assert {*hearing.measure_channel(), *told} == network.spec.tells


# What is said to us.


def test_a_post_that_names_us_is_heard_with_all_that_answering_it_needs(stage: Stage) -> None:
    post = stage.fake.say("Pain & brioche chez @boulangerie <3")
    (heard,) = ear_of(stage).listen()
    assert (heard.kind, heard.thread, heard.answers_to) == (MentionKind.MENTION, "", "")
    assert heard.text == "Pain & brioche chez @boulangerie <3"
    assert (heard.remote_id, heard.url) == (post["id"], f"https://x.com/zoe/status/{post['id']}")
    assert (heard.author.name, heard.author.handle) == ("Zoe", "@zoe")
    assert heard.author.url == "https://x.com/zoe"
    assert (heard.said_at, heard.language) == (START, "fr")
    assert heard.refs == {"id": post["id"], "conversation": post["id"]}


def test_a_reply_to_us_is_one_and_stands_in_its_conversation(stage: Stage) -> None:
    ours = stage.post()["id"]
    reply = stage.fake.say("Miam", to=ours)
    stage.fake.say("@zoe @boulangerie Moi aussi", by="max", to=reply["id"])
    heard = {h.author.handle: h for h in ear_of(stage).listen()}
    assert heard["@zoe"].kind is MentionKind.REPLY
    assert heard["@max"].kind is MentionKind.MENTION
    for one in heard.values():
        assert (one.thread, one.answers_to) == (f"x:{ours}", ours)


def test_what_we_say_of_ourselves_and_reposts_are_not_said_to_us(stage: Stage) -> None:
    stage.fake.say("Chez nous, @boulangerie", by="boulangerie")
    stage.fake.say("RT @boulangerie: Ouvert demain", by="max")
    own = fx.USER
    answer = {
        "data": [
            {"id": "9", "text": "a", "created_at": "2026-11-25T08:00:00.000Z", "author_id": own}
        ],
        "meta": {},
    }
    assert [h.author.handle for h in ear_of(stage).listen()] == ["@boulangerie"]
    stage.served.answer_next("GET", MENTIONS, said(200, answer))
    assert ear_of(stage).listen() == []


def test_addresses_are_shown_as_they_were_written_and_long_texts_whole(stage: Stage) -> None:
    text = f"{NAMED} https://t.co/abc"
    urls = [{"url": "https://t.co/abc", "expanded_url": "https://exemple.fr/menu"}]
    stage.fake.say(NAMED, text=text, entities={"urls": urls})
    note = {"text": "Long &amp; bon https://t.co/abc", "entities": {"urls": urls}}
    stage.fake.say(NAMED, note_post=note)
    ear = ear_of(stage)
    ear.listen()
    assert ear.texts() == {
        f"{NAMED} https://exemple.fr/menu",
        "Long & bon https://exemple.fr/menu",
    }


def test_what_was_edited_is_the_same_with_its_new_text(stage: Stage) -> None:
    first = stage.fake.say(NAMED)
    ear = ear_of(stage)
    (before,) = ear.listen()
    stage.clock.advance(HOUR)
    second = stage.fake.say("Bravo bravo @boulangerie", edits=first["id"])
    assert ear.listen() == []  # nothing that is new
    after = ear.told[-1]
    assert after.identity == before.identity
    assert (after.text, after.remote_id) == ("Bravo bravo @boulangerie", second["id"])
    assert after.edited_at == stage.clock.now()


@pytest.mark.parametrize("said_after", [1, 7, 45])
def test_what_was_read_isnt_new_again_and_nothing_is_lost(stage: Stage, said_after: int) -> None:
    ear = ear_of(stage)
    for n in range(45):
        stage.clock.advance(timedelta(seconds=1))
        stage.fake.say(f"{NAMED} {n}")
    ear.listen(2)
    ear.dies()
    ear.listen()
    assert len(ear.texts()) == 45
    stage.clock.advance(HOUR)
    for n in range(said_after):
        stage.fake.say(f"{NAMED} encore {n}")
        stage.clock.advance(timedelta(seconds=70))
    assert len(ear.listen()) == said_after
    assert ear.listen() == []


def test_a_reading_that_was_stopped_goes_on_a_month_later(stage: Stage) -> None:
    ear = ear_of(stage)
    stage.fake.say(NAMED)
    stage.clock.advance(HOUR)
    ear.listen()
    for n in range(25):
        stage.fake.say(f"{NAMED} {n}")
    ear.listen(1)
    stage.clock.advance(timedelta(days=29))
    stage.fake.say(f"{NAMED} plus tard")
    ear.listen()
    ear.listen()
    assert len(ear.texts()) == 27


def test_a_first_reading_goes_a_week_back_and_a_later_one_where_the_last_ended(
    stage: Stage,
) -> None:
    stage.fake.say(f"{NAMED} il y a longtemps")
    stage.clock.advance(timedelta(days=8))
    ear = ear_of(stage)
    assert ear.listen() == []
    stage.clock.advance(HOUR)
    stage.fake.say(NAMED)
    stage.clock.advance(HOUR)
    assert len(ear.listen()) == 1
    stage.fake.say(f"{NAMED} bis")
    stage.clock.advance(timedelta(days=20))
    assert len(ear.listen()) == 1


def test_what_isnt_one_is_skipped_and_told_so(stage: Stage) -> None:
    good = {"id": "12", "text": NAMED, "created_at": "2026-11-25T08:00:00Z", "author_id": "7"}
    answer = {"data": [good, {"id": "x"}, 7], "meta": {}}
    stage.served.answer_next("GET", MENTIONS, said(200, answer))
    ear = ear_of(stage)
    (heard,) = ear.listen()
    assert (heard.author.handle, heard.url) == ("", "https://x.com/i/status/12")
    assert ear.skipped == 2


def test_without_the_right_to_read_the_channel_must_be_reconnected(stage: Stage) -> None:
    stage.fake.scopes -= {"users.read"}
    with pytest.raises(AuthExpired):
        ear_of(stage).listen()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fx.limited(START + HOUR), RateLimited),
        (fx.out_of_credits(), RateLimited),
        (fx.forbidden(), AuthExpired),
        (Said(503, b"", {}), Transient),
        (Said(200, b"<html>", {}), Transient),
        (said(200, {"data": 7}), Transient),
        (said(200, {"errors": [{"title": "odd"}]}), Transient),
    ],
)
def test_a_list_that_cant_be_read_stops_the_reading(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("GET", MENTIONS, answer, times=2)
    with pytest.raises(error):
        ear_of(stage).listen()


def test_too_many_readings_wait_for_their_reset(stage: Stage) -> None:
    stage.fake.window_left = 0
    with pytest.raises(RateLimited) as limited:
        ear_of(stage).listen()
    assert limited.value.reset_at == START + timedelta(minutes=15)


def old(stage: Stage) -> list[Mention]:
    """Return what was heard, old enough to be looked at again."""
    heard = ear_of(stage).listen()
    stage.clock.advance(LOOK_FROM)
    return [mention("x", h, START) for h in heard]


def test_deletions_and_edits_are_followed_for_two_days(stage: Stage) -> None:
    gone, edited, kept = (stage.fake.say(f"{NAMED} {n}") for n in range(3))
    mentions = old(stage)
    by_id = {m.heard.remote_id: m.id for m in mentions}
    gone["deleted"], edited["text"] = True, "Autre chose"
    looked = dict(Hearing(stage.tools).look_again(mentions))
    assert looked.keys() == {by_id[gone["id"]], by_id[edited["id"]]}
    assert looked[by_id[gone["id"]]] is None
    assert by_id[kept["id"]] not in looked
    stage.clock.advance(LOOK_UNTIL)
    asked = len(stage.served.seen("GET", LOOKUP))
    assert list(Hearing(stage.tools).look_again(mentions)) == []
    assert len(stage.served.seen("GET", LOOKUP)) == asked


def test_what_isnt_told_any_more_for_another_reason_is_kept(stage: Stage) -> None:
    stage.fake.say(NAMED)
    mentions = old(stage)
    error = {"type": "https://api.x.com/2/problems/not-authorized-for-resource", "value": "1"}
    stage.served.answer_next("GET", LOOKUP, said(200, {"errors": [error]}))
    assert list(Hearing(stage.tools).look_again(mentions)) == []


# What it costs.


def ways(
    hearing: Hearing, mentions: list[Mention], post: str
) -> list[tuple[int, Callable[[], object]]]:
    """Return what reads, with the most that each may cost."""
    assert PRICE is not None
    since = START - timedelta(days=1)
    return [
        (PRICE.part, lambda: next(hearing.mentions("", since))),
        (PRICE.look, lambda: list(hearing.look_again(mentions))),
        (PRICE.channel, hearing.measure_channel),
        (PRICE.post, lambda: hearing.measure_post(post)),
    ]


@pytest.mark.parametrize("said_before", [0, 1, 10, 30])
def test_what_it_says_it_spent_is_what_x_took_and_within_the_price(
    stage: Stage, said_before: int
) -> None:
    for n in range(said_before):
        stage.fake.say(f"{NAMED} {n}", by=f"client{n}")
    mentions = old(stage)
    hearing = Hearing(stage.tools)
    for most, call in ways(hearing, mentions, stage.post()["id"]):
        before, charged = hearing.spent, stage.fake.charged
        call()
        assert hearing.spent - before == stage.fake.charged - charged <= most


def test_an_answer_that_shows_nothing_costs_nothing(stage: Stage) -> None:
    hearing, before = Hearing(stage.tools), stage.fake.charged
    assert [b.heard for b in hearing.mentions("", START)] == [()]
    assert hearing.measure_post("12") is None
    assert (hearing.spent, stage.fake.charged) == (0, before)


@pytest.mark.parametrize("n", range(4))
@pytest.mark.parametrize(
    ("answer", "is_in_doubt"),
    [
        (fx.limited(START), False),
        (fx.out_of_credits(), False),
        (fx.forbidden(), False),
        (Said(503, b"", {}), False),
        (Said(404, b"<html>", {}), False),
        (Said(200, b"<html>", {}), True),
        (Said(200, b'{"data": [', {}), True),
    ],
)
def test_a_refusal_costs_nothing_and_what_cant_be_read_all_that_it_may(
    stage: Stage, answer: Said, n: int, *, is_in_doubt: bool
) -> None:
    stage.fake.say(NAMED)
    hearing = Hearing(stage.tools)
    mentions = old(stage)
    most, call = ways(hearing, mentions, stage.post()["id"])[n]
    stage.served.answer_next("GET", "", answer, times=2)
    with pytest.raises(NetworkError):
        call()
    one_look = min(most, x.READ_POST * len(mentions)) if n == 1 else most
    assert hearing.spent == (one_look if is_in_doubt else 0)


def test_a_call_that_never_left_costs_nothing(stage: Stage) -> None:
    hearing = Hearing(replace(stage.tools, http=http_for(API, "http://127.0.0.1:1")))
    with pytest.raises(Transient):
        hearing.measure_channel()
    assert hearing.spent == 0


def test_a_token_that_is_renewed_on_the_way_costs_nothing_more(stage: Stage) -> None:
    hearing = Hearing(stage.tools)
    stage.fake.token = "revoked early"
    hearing.measure_channel()
    assert hearing.spent == x.READ_USER
    stage.fake.token = stage.fake.refresh_token = "revoked"
    with pytest.raises(AuthExpired):
        hearing.measure_channel()
    assert hearing.spent == x.READ_USER


# Doing something about it.


def test_a_reply_in_our_conversation_is_hidden_as_often_as_one_likes(stage: Stage) -> None:
    heard, hearing = hear_one(stage, "Bof", to=stage.post()["id"]), Hearing(stage.tools)
    for _ in range(2):
        hearing.moderate(Moderation.HIDE, heard)
    assert stage.fake.hidden == {heard.remote_id}


def test_what_cant_be_done_says_why(stage: Stage) -> None:
    reply, hearing = hear_one(stage, "Bof", to=stage.post()["id"]), Hearing(stage.tools)
    theirs = stage.fake.say("Rien à voir", by="max")
    elsewhere = hear_one(stage, to=theirs["id"])
    refusals = {
        "not_offered": (Moderation.LIKE, reply),
        "not_ours": (Moderation.HIDE, elsewhere),
        "gone": (Moderation.HIDE, replace(reply, remote_id="1")),
    }
    own = {"id": theirs["id"], "conversation": theirs["id"]}
    for reason, (act, what) in refusals.items():
        with pytest.raises(Rejected) as refusal:
            hearing.moderate(act, what)
        assert refusal.value.reason == reason
    asked = len(stage.served.seen("PUT", ""))
    with pytest.raises(Rejected, match="own ground"):
        hearing.moderate(Moderation.HIDE, replace(reply, remote_id=theirs["id"], refs=own))
    assert len(stage.served.seen("PUT", "")) == asked


def test_a_channel_that_was_connected_before_must_be_reconnected_to_hide(stage: Stage) -> None:
    heard = hear_one(stage, "Bof", to=stage.post()["id"])
    stage.fake.scopes -= {"tweet.moderate.write"}
    with pytest.raises(AuthExpired):
        Hearing(stage.tools).moderate(Moderation.HIDE, heard)
    assert [h.text for h in ear_of(stage).listen()] == ["@boulangerie Bof"]


@pytest.mark.parametrize("answer", [said(200, {"data": {"hidden": False}}), said(200, {"a": 1})])
def test_an_answer_that_doesnt_say_so_hides_nothing(stage: Stage, answer: Said) -> None:
    heard = hear_one(stage, "Bof", to=stage.post()["id"])
    stage.served.answer_next("PUT", "", answer)
    with pytest.raises(Transient):
        Hearing(stage.tools).moderate(Moderation.HIDE, heard)


# Answering.


def test_an_answer_stands_under_what_it_answers_and_is_found(stage: Stage) -> None:
    heard = hear_one(stage)
    out = answering(heard)
    published = stage.walk.send(out)
    reply = {"in_reply_to_tweet_id": heard.remote_id}
    assert stage.sent().json() == {"text": "Merci !", "reply": reply}
    assert stage.fake.posts[0]["text"] == "@zoe Merci !"
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url or "", 1)


def test_the_same_words_to_two_people_are_told_apart(stage: Stage) -> None:
    first, second = hear_one(stage), hear_one(stage, f"{NAMED} bis")
    assert first.remote_id != second.remote_id
    made = stage.walk.send(answering(first))
    assert stage.adapter.find(search(answering(second))) == NotThere()
    assert isinstance(stage.adapter.find(search(answering(first))), Found)
    held = search(answering(first), taken=[made.remote_id])
    assert stage.adapter.find(held) == NotThere()


def test_a_post_isnt_taken_for_an_answer_nor_an_answer_for_a_post(stage: Stage) -> None:
    heard = hear_one(stage)
    stage.walk.send(answering(heard, "Un pain doré"))
    post = outgoing(Content(text="Un pain doré"))
    assert stage.adapter.find(search(post)) == NotThere()
    stage.walk.send(post)
    assert isinstance(stage.adapter.find(search(post)), Found)
    other = hear_one(stage, f"{NAMED} bis")
    assert stage.adapter.find(search(answering(other, "Un pain doré"))) == NotThere()


def test_an_answer_much_like_it_is_left_to_a_person(stage: Stage) -> None:
    heard = hear_one(stage)
    stage.walk.send(answering(heard, "Demain, ouvert dès 6 h 30 (via un relais)"))
    out = answering(heard, "Demain, ouvert dès 6 h 30")
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_an_answer_costs_no_more_than_is_set_aside(stage: Stage) -> None:
    heard = hear_one(stage)
    for text in ("Merci !", "Voir exemple.fr"):
        out, before = answering(heard, text), stage.fake.written
        stage.walk.send(out)
        assert stage.fake.written - before <= x.charge(out.content)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [(fx.unsummoned(), "unanswerable"), (fx.unseen(), "answered_gone")],
)
def test_what_x_lets_no_app_answer_is_refused_in_words(
    stage: Stage, answer: Said, reason: str
) -> None:
    heard = hear_one(stage)
    stage.served.answer_next("POST", POST, answer)
    with pytest.raises(Rejected) as refused:
        stage.walk.send(answering(heard))
    assert refused.value.reason == reason


def test_who_hasnt_named_us_and_what_is_gone_isnt_answered(stage: Stage) -> None:
    heard = hear_one(stage)
    other = stage.fake.say("Rien à voir")
    stage.fake.others[heard.remote_id]["deleted"] = True
    for refs, reason in (({"id": other["id"]}, "unanswerable"), (heard.refs, "answered_gone")):
        with pytest.raises(Rejected) as refused:
            stage.walk.send(answering(replace(heard, refs=refs)))
        assert refused.value.reason == reason
    with pytest.raises(Rejected) as refused:
        stage.walk.send(replace(answering(heard), answers={"conversation": "1"}))
    assert refused.value.reason == "not_answerable"


# Counters.


def test_counters_are_told_and_what_isnt_is_unknown(stage: Stage) -> None:
    hearing, post = Hearing(stage.tools), stage.post()["id"]
    assert hearing.measure_channel() == {Metric.FOLLOWERS: 80, Metric.POSTS: 1}
    told = hearing.measure_post(post) or {}
    assert (told[Metric.IMPRESSIONS], told[Metric.REPOSTS], told[Metric.SITE_CLICKS]) == (140, 2, 9)
    stage.clock.advance(timedelta(days=31))
    told = hearing.measure_post(post) or {}
    assert (told[Metric.IMPRESSIONS], told[Metric.SITE_CLICKS]) == (140, None)
    older = {"retweet_count": 3, "tweet_count": 4}
    body = {"data": [{"id": post, "public_metrics": older}]}
    stage.served.answer_next("GET", LOOKUP, said(200, body))
    told = hearing.measure_post(post) or {}
    assert (told[Metric.REPOSTS], told[Metric.LIKES]) == (3, None)


def test_a_post_that_is_gone_is_told_so_and_one_that_isnt_told_is_not_gone(stage: Stage) -> None:
    hearing, post = Hearing(stage.tools), stage.post()["id"]
    stage.fake.posts.clear()
    assert hearing.measure_post(post) is None
    bodies: list[dict[str, object]] = [{"data": []}]
    for body in (*bodies, {"data": [{"id": "7"}]}, {"errors": [{"type": "x"}]}):
        stage.served.answer_next("GET", LOOKUP, said(200, body))
        with pytest.raises(Transient):
            hearing.measure_post(post)
    stage.served.answer_next("GET", "/me$", said(200, {"data": {"id": "7"}}))
    with pytest.raises(Transient):
        hearing.measure_channel()
