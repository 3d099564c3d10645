"""What YouTube's adapter hears, does about it and counts, against the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates
from chalicelib.networks.spec import Moderation
from chalicelib.networks.youtube_hearing import MAX_PAGES
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Found,
    NetworkError,
    NotThere,
    Published,
    RateLimited,
    Rejected,
    Transient,
)
from tests.contract.listening import Ear, mention
from tests.contract.stage import answering, commenting, search
from tests.contract.youtube import Stage, standing
from tests.fakes.clocks import START
from tests.fakes.fake_google_business import stamp
from tests.fakes.fake_youtube import CHANNEL, refused
from tests.fakes.serving import Said, said

THREADS, COMMENTS = "/commentThreads$", "/comments$"
WATCH = "https://www.youtube.com/watch?v=vid00000000"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def ear(stage: Stage) -> Ear:
    return Ear(stage.hearing.mentions, stage.clock.now)


def again(stage: Stage, *told: Heard) -> list[Heard | None]:
    mentions = [mention("youtube", heard, START) for heard in told]
    return [heard for _, heard in stage.hearing.look_again(mentions)]


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("youtube")
    assert network.hear is not None
    made = network.hear(stage.tools)
    assert isinstance(made, FetchesMentions)
    assert isinstance(made, FetchesMetrics)
    assert isinstance(made, Moderates)
    video = stage.fake.made({"title": "Un", "description": ""}, {})
    told = {*stage.hearing.measure_channel(), *(stage.hearing.measure_post(video) or {})}
    assert told == network.spec.tells
    assert network.spec.keeps == timedelta(days=30)


# Comments.


def test_a_comment_is_heard_with_all_that_answering_it_needs(stage: Stage) -> None:
    own = stage.fake.say("Très bon pain", by="@zoe")
    (heard,) = ear(stage).listen()
    assert (heard.kind, heard.text, heard.remote_id) == (MentionKind.COMMENT, "Très bon pain", own)
    assert (heard.author.name, heard.author.remote_id) == ("@zoe", "UCzoe")
    assert heard.url == heard.identity == f"{WATCH}&lc={own}"
    assert (heard.thread, heard.answers_to) == (WATCH, "vid00000000")
    assert heard.refs == {"thread": own, "place": WATCH, "parent": own}
    assert (heard.said_at, heard.edited_at, heard.replied_at) == (START, None, None)
    published = stage.walk.send(answering(heard))
    assert published.remote_id.startswith(f"{own}.")


def test_a_reply_is_answered_by_name_in_the_row_that_it_stands_in(stage: Stage) -> None:
    top = stage.fake.say("Très bon pain")
    reply = stage.fake.say("Moi aussi", by="@luc", under=top)
    first, second = ear(stage).listen()
    assert (second.remote_id, second.answers_to) == (reply, top)
    assert second.refs == {"thread": top, "place": WATCH, "parent": top, "mention": "@luc"}
    stage.walk.send(answering(second))
    assert stage.fake.threads[top]["replies"][-1]["snippet"]["textDisplay"] == "@luc Merci !"
    assert first.remote_id == top


def test_our_own_words_arent_heard_and_make_a_comment_answered(stage: Stage) -> None:
    top = stage.fake.say("Ouvert lundi ?")
    stage.clock.advance(timedelta(minutes=5))
    stage.fake.say("Oui !", by=CHANNEL, under=top)
    stage.fake.say("Bientôt Noël", by=CHANNEL)
    (heard,) = ear(stage).listen()
    assert (heard.remote_id, heard.replied_at) == (top, START + timedelta(minutes=5))


def test_what_takes_no_answer_is_heard_without_a_way_to(stage: Stage) -> None:
    top = stage.fake.say("Sans réponse possible")
    stage.fake.threads[top]["canReply"] = False
    (heard,) = ear(stage).listen()
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(answering(heard))
    assert refusal.value.reason == "not_answerable"


def test_a_comment_on_the_channel_itself_leads_to_it(stage: Stage) -> None:
    own = stage.fake.say("Bravo", video="")
    (heard,) = ear(stage).listen()
    page = f"https://www.youtube.com/channel/{CHANNEL}"
    assert (heard.thread, heard.url, heard.answers_to) == (page, f"{page}?lc={own}", "")


def test_a_comment_that_is_held_waits_for_us(stage: Stage) -> None:
    held = stage.fake.say("http://pain.test")
    stage.fake.statuses[held] = "heldForReview"
    (heard,) = ear(stage).listen()
    assert heard.waits
    assert "parent" not in heard.refs
    assert again(stage, heard) == []  # it can't be read by its id, and isn't gone
    stage.hearing.moderate(Moderation.APPROVE, heard)
    reader = ear(stage)
    reader.listen()
    assert [h.waits for h in reader.told] == [False]


def test_replies_that_dont_stand_beside_are_read_apart(stage: Stage) -> None:
    top = stage.fake.say("Beaucoup de monde")
    for n in range(130):
        stage.fake.say(f"Réponse {n}", by=f"@p{n}", under=top)
    reader = ear(stage)
    assert len(reader.listen()) == 131
    assert len(stage.calls("GET", COMMENTS)) == 2


def test_a_reply_to_what_was_said_days_ago_is_heard(stage: Stage) -> None:
    old = stage.fake.say("Il y a six jours")
    stage.clock.advance(timedelta(days=6))
    reader = ear(stage)
    reader.listen()
    stage.clock.advance(timedelta(hours=1))
    stage.fake.say("Je confirme", under=old)
    assert [h.text for h in reader.listen()] == ["Je confirme"]


def test_reading_goes_on_where_it_was_left_and_tells_nothing_twice_for_long(stage: Stage) -> None:
    for n in range(250):
        stage.fake.say(f"Commentaire {n}", at=START - timedelta(minutes=250 - n))
    reader = ear(stage)
    first = reader.listen(batches=1)
    assert len(first) == 100
    reader.dies()
    reader.listen()
    assert len(reader.texts()) == 250
    stage.clock.advance(timedelta(hours=2))
    stage.fake.say("Nouveau")
    assert [h.text for h in reader.listen()] == ["Nouveau"]
    assert reader.skipped == 0


def test_a_list_without_end_is_read_so_far(stage: Stage) -> None:
    for n in range(100 * MAX_PAGES + 50):
        stage.fake.say(f"{n}")
    assert len(ear(stage).listen()) == 100 * MAX_PAGES


def test_what_cant_be_read_is_left_out_and_counted(stage: Stage) -> None:
    stage.fake.say("Bien")
    odd = stage.fake.comment(stage.fake.say("Sans date"))
    odd["snippet"]["publishedAt"] = "hier"
    reader = ear(stage)
    assert [h.text for h in reader.listen()] == ["Bien"]
    assert reader.skipped == 1


def test_edits_answers_and_deletions_are_seen_by_looking_again(stage: Stage) -> None:
    edited, answered, gone = (stage.fake.say(text) for text in ("Bien", "Ouvert ?", "Oups"))
    reply = stage.fake.say("Pareil", by="@luc", under=edited)
    heard = {h.remote_id: h for h in ear(stage).listen()}
    assert again(stage, *heard.values()) == []
    stage.clock.advance(timedelta(hours=1))
    now = stage.clock.now()
    stage.fake.comment(edited)["snippet"] |= {"textDisplay": "Très bien", "updatedAt": stamp(now)}
    stage.fake.comment(reply)["snippet"] |= {"textDisplay": "Idem", "updatedAt": stamp(now)}
    stage.fake.say("Oui", by=CHANNEL, under=answered)
    del stage.fake.threads[gone]
    changed = again(stage, *(heard[i] for i in (edited, answered, gone, reply)))
    assert [c and (c.text, c.edited_at, c.replied_at) for c in changed] == [
        ("Très bien", now, None),
        ("Ouvert ?", None, now),
        None,
        ("Idem", now, None),
    ]


def test_many_are_looked_at_again_at_once(stage: Stage) -> None:
    for n in range(120):
        stage.fake.say(f"{n}")
    heard = ear(stage).listen()
    before = len(stage.calls("GET", THREADS))
    stage.fake.threads.clear()
    assert again(stage, *heard) == [None] * 120
    assert len(stage.calls("GET", THREADS)) == before + 3


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(403, "quotaExceeded", "youtube.quota"), RateLimited),
        (refused(403, "forbidden", "youtube.commentThread"), AuthExpired),
        (Said(503, b""), Transient),
        (said(200, {}), Transient),
        (said(200, {"items": []}), Transient),
        (Said(200, b"<html>", {"Content-Type": "text/html"}), Transient),
    ],
)
def test_a_reading_that_fails_tells_of_nothing_gone(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.fake.say("Bien")
    (heard,) = ear(stage).listen()
    stage.served.answer_next("GET", THREADS, answer)
    with pytest.raises(error):
        ear(stage).listen()
    stage.served.answer_next("GET", THREADS, answer)
    with pytest.raises(error):
        again(stage, heard)


# What can be done about it.


def test_a_comment_is_hidden_and_shown_again(stage: Stage) -> None:
    own = stage.fake.say("Nul")
    (heard,) = ear(stage).listen()
    for _ in range(2):
        stage.hearing.moderate(Moderation.HIDE, heard)
    assert stage.fake.statuses == {own: "rejected"}
    assert ear(stage).listen() == []
    stage.hearing.moderate(Moderation.APPROVE, heard)
    assert stage.fake.statuses == {}


def test_what_cant_be_done_is_said(stage: Stage) -> None:
    own = stage.fake.say("Nul")
    (heard,) = ear(stage).listen()
    for act in (Moderation.LIKE, Moderation.DELETE, Moderation.SPAM):
        with pytest.raises(Rejected) as refusal:
            stage.hearing.moderate(act, heard)
        assert refusal.value.reason == "not_offered"
    stage.served.answer_next("POST", "setModerationStatus$", refused(403, "forbidden"))
    with pytest.raises(Rejected) as refusal:
        stage.hearing.moderate(Moderation.HIDE, heard)
    assert refusal.value.reason == "forbidden"
    stage.served.answer_next("POST", "setModerationStatus$", Said(200, b"<html>"))
    with pytest.raises(Transient):
        stage.hearing.moderate(Moderation.HIDE, heard)
    del stage.fake.threads[own]
    with pytest.raises(Rejected) as refusal:
        stage.hearing.moderate(Moderation.HIDE, heard)
    assert refusal.value.reason == "gone"


# Counters.


def test_a_channels_counters_are_read_and_none_where_they_are_hidden(stage: Stage) -> None:
    assert stage.hearing.measure_channel() == {Metric.FOLLOWERS: 1230, Metric.POSTS: 0}
    stage.fake.subscribers = -1
    assert stage.hearing.measure_channel()[Metric.FOLLOWERS] is None
    stage.fake.has_channel = False
    assert set(stage.hearing.measure_channel().values()) == {None}


def test_a_videos_counters_are_read_and_none_where_they_arent_told(stage: Stage) -> None:
    video = stage.fake.made({"title": "Un", "description": ""}, {})
    stage.fake.figures[video] = {"viewCount": "120", "likeCount": "7", "favoriteCount": "0"}
    assert stage.hearing.measure_post(video) == {
        Metric.VIEWS: 120,
        Metric.LIKES: 7,
        Metric.REPLIES: None,
    }
    stage.fake.figures[video] = {"viewCount": 120, "likeCount": "-1", "commentCount": "²"}
    assert set((stage.hearing.measure_post(video) or {}).values()) == {None}
    stage.fake.videos.clear()
    assert stage.hearing.measure_post(video) is None


def test_an_answer_of_ours_is_counted_by_its_likes(stage: Stage) -> None:
    stage.fake.say("Très bon pain")
    (heard,) = ear(stage).listen()
    published = stage.walk.send(answering(heard))
    stage.fake.comment(published.remote_id)["snippet"]["likeCount"] = 3
    assert stage.hearing.measure_post(published.remote_id) == {Metric.LIKES: 3}
    stage.fake.threads.clear()
    assert stage.hearing.measure_post(published.remote_id) is None


def test_nobody_is_named_who_isnt_told(stage: Stage) -> None:
    own = stage.fake.comment(stage.fake.say("Anonyme"))
    for name in ("authorDisplayName", "authorChannelUrl", "authorChannelId"):
        del own["snippet"][name]
    (heard,) = ear(stage).listen()
    assert heard == replace(heard, author=replace(heard.author, remote_id="", name="", url=""))


def test_a_first_comment_begins_a_conversation_under_our_video_and_is_found(
    stage: Stage,
) -> None:
    video = stage.fake.made({"title": "Un", "description": ""}, {})
    post = Published(video, f"https://www.youtube.com/watch?v={video}")
    out = commenting("youtube", post)
    published = stage.walk.send(out)
    (thread,) = stage.fake.threads.values()
    assert (thread["top"]["snippet"]["textDisplay"], thread["video"]) == ("Le détail ici", video)
    assert published.url == f"{post.url}&lc={published.remote_id}"
    looked = stage.adapter.find(search(out))
    assert looked == Found(published.remote_id, published.url, 1)
    taken = search(out, taken=[published.remote_id])
    assert stage.adapter.find(taken) == NotThere(prepared_stands=True)
    assert ear(stage).listen() == []


def test_a_first_comment_on_a_video_that_is_gone_is_refused(stage: Stage) -> None:
    out = commenting("youtube", Published("vid99999999", None))
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(out)
    assert refusal.value.reason == "answered_gone"
