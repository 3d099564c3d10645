"""Stories on a Page: a picture or a video, up unpublished, told by what they show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from chalicelib.networks.contract import Outgoing
from chalicelib.networks.facebook_hearing import Hearing
from chalicelib.networks.facebook_video import Kind, kind_of
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    Published,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.facebook_stage import POST, Stage, staged
from tests.contract.stage import TEXT, clip, outgoing, picture, search
from tests.fakes.fake_facebook import PAGE
from tests.fakes.fake_graph import refused
from tests.fakes.serving import Said, said

PHOTO_STORIES, VIDEO_STORIES = f"/{PAGE}/photo_stories$", f"/{PAGE}/video_stories$"
STORIES, FILE = f"/{PAGE}/stories$", "^/video-upload/"
STANDS = NotThere(prepared_stands=True)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made


def of_picture(text: str = "") -> Outgoing:
    return outgoing(Content(text=text, is_story=True), picture("Un croissant"))


def of_video(text: str = "") -> Outgoing:
    return outgoing(Content(text=text, is_story=True), video=clip())


def both() -> list[Outgoing]:
    return [of_picture(), of_video()]


def sent(stage: Stage, out: Outgoing) -> None:
    """Publish it at once: a video is worked on in no time."""
    stage.prepared(out)
    stage.fake.videos.looks = 0
    stage.walk.publish(out)


# Publishing.


def test_a_picture_is_up_unpublished_and_then_a_story_by_one_call(stage: Stage) -> None:
    out = of_picture(TEXT)
    stage.walk.prepare(out)
    assert stage.fake.stories.shown == []
    published = stage.walk.publish(out)
    (story,) = stage.fake.stories.shown
    assert story["media_id"] in stage.fake.photos
    assert published == Published(
        story["post_id"], f"https://www.facebook.com/stories/{story['post_id']}"
    )
    assert stage.walk.calls == 1
    assert stage.fake.posts == []
    (asked,) = stage.served.seen("POST", PHOTO_STORIES)
    assert TEXT not in asked.body.decode()


def test_a_video_is_fetched_then_finished_by_one_call(stage: Stage) -> None:
    out = of_video(TEXT)
    assert stage.prepared(out) >= 1
    assert stage.fake.stories.shown == []
    stage.fake.videos.looks = 0
    published = stage.walk.publish(out)
    (story,) = stage.fake.stories.shown
    assert (published.remote_id, story["media_type"]) == (story["post_id"], "video")
    assert published.url == f"https://www.facebook.com/stories/{story['post_id']}"
    assert stage.walk.calls == 1
    assert stage.fake.posts == []
    (fetched,) = stage.served.seen("POST", FILE)
    assert out.video is not None
    assert fetched.headers["file_url"] == out.video.url()
    assert len(stage.served.seen("POST", VIDEO_STORIES)) == 2


def test_a_video_of_a_story_is_never_a_reel() -> None:
    assert kind_of(clip(), is_story=True) is Kind.STORY


def test_a_video_that_is_still_worked_on_was_taken_and_is_looked_for(stage: Stage) -> None:
    out = of_video()
    stage.prepared(out)
    with pytest.raises(OutcomeUnknown) as doubt:
        stage.walk.publish(out)
    assert doubt.value.is_taken
    looked: object = None
    for _ in range(3):
        with suppress(Transient):
            looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert isinstance(looked, Found)
    assert looked.remote_id == stage.fake.stories.shown[0]["post_id"]


def test_a_video_that_cant_be_processed_is_told(stage: Stage) -> None:
    stage.fake.videos.fails = "processing"
    out = of_video()
    stage.prepared(out)
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    with suppress(Transient):
        stage.adapter.find(search(out, parts=stage.walk.parts))
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == STANDS
    with pytest.raises(Rejected) as told:
        stage.walk.prepare(out)
    assert told.value.reason == "video_failed"
    assert stage.fake.stories.shown == []


def test_a_picture_that_is_gone_at_the_call_is_uploaded_anew_the_next_time(stage: Stage) -> None:
    out = of_picture()
    stage.walk.prepare(out)
    lost = dict(stage.fake.photos)
    stage.fake.photos.clear()
    with pytest.raises(Transient):
        stage.walk.publish(out)
    stage.walk.send(out)
    assert len(stage.fake.stories.shown) == 1
    stage.fake.photos |= lost


# What its answers mean.

ERRORS: list[tuple[Said, type[NetworkError], str]] = [
    (refused(1, status=500), OutcomeUnknown, ""),
    (refused(2), OutcomeUnknown, ""),
    (refused(4, status=403), RateLimited, "network"),
    (refused(32), RateLimited, "channel"),
    (refused(100), Rejected, "invalid"),
    (refused(100, 33), Transient, ""),
    (refused(190, 460, 401), Transient, ""),
    (refused(200, status=403), AuthExpired, ""),
    (refused(324), Rejected, "media_refused"),
    (refused(506), Rejected, "duplicate"),
    (refused(9_999), OutcomeUnknown, ""),
    (Said(403, b"<html>firewall</html>", {"Content-Type": "text/html"}), OutcomeUnknown, ""),
    (Said(200, b"<html>", {"Content-Type": "text/html"}), OutcomeUnknown, ""),
    (Said(200, b'{"post_id": "12', {"Content-Type": "application/json"}), OutcomeUnknown, ""),
    (said(200, {"success": True}), OutcomeUnknown, ""),
    (said(200, {"success": True, "post_id": 12}), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "error", "told"), ERRORS)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], told: str
) -> None:
    stage.served.answer_next("POST", PHOTO_STORIES, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(of_picture())
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == told
    if isinstance(raised.value, RateLimited):
        assert raised.value.scope == told
    assert "canary" not in raised.value.detail
    assert stage.fake.stories.shown == []


FINISHING: list[tuple[Said, type[NetworkError], str]] = [
    (refused(1, status=500), OutcomeUnknown, ""),
    (refused(32), RateLimited, ""),
    (refused(100), Rejected, "invalid"),
    (refused(6000), Rejected, "video_failed"),
    (refused(200, status=403), AuthExpired, ""),
    (said(200, {"success": False}), OutcomeUnknown, ""),
    (said(200, {"post_id": "12"}), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "error", "reason"), FINISHING)
def test_an_answer_to_finish_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], reason: str
) -> None:
    out = of_video()
    stage.prepared(out)
    stage.served.answer_next("POST", VIDEO_STORIES, answer)
    with pytest.raises(error) as raised:
        stage.walk.publish(out)
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == reason
    assert stage.fake.stories.shown == []


@pytest.mark.parametrize("out", both())
def test_the_same_upload_is_never_shown_twice(stage: Stage, out: Outgoing) -> None:
    sent(stage, out)  # its answer was lost
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert len(stage.fake.stories.shown) == 1


def test_a_refusal_that_cant_be_looked_into_may_be_of_what_is_live(stage: Stage) -> None:
    out = of_picture()
    stage.walk.send(out)
    stage.served.answer_next("GET", STORIES, said(500, {}))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)


def test_a_picture_of_a_post_isnt_taken_for_a_story(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), picture("Plat"))
    stage.walk.send(out)
    story = of_picture()
    stage.walk.prepare(story)
    with pytest.raises(Rejected):
        stage.walk.publish(story)


# Looking.


@pytest.mark.parametrize("out", both())
def test_a_story_is_found_by_what_it_shows(stage: Stage, out: Outgoing) -> None:
    sent(stage, out)
    (story,) = stage.fake.stories.shown
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    url = f"https://www.facebook.com/stories/{story['post_id']}"
    assert looked == Found(story["post_id"], url, 1)


@pytest.mark.parametrize("out", both())
def test_what_was_prepared_and_not_published_stands(stage: Stage, out: Outgoing) -> None:
    stage.prepared(out)
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == STANDS
    assert stage.adapter.find(search(out)) == STANDS


def test_a_video_that_is_live_and_isnt_listed_yet_is_found_by_itself(stage: Stage) -> None:
    out = of_video()
    sent(stage, out)
    (story,) = stage.fake.stories.shown
    stage.fake.stories.hidden[story["post_id"]] = stage.clock.now() + timedelta(minutes=1)
    (video,) = stage.fake.videos.kept
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == Found(video, None, 1)


def test_a_video_that_is_gone_is_looked_for_among_the_stories(stage: Stage) -> None:
    out = of_video()
    sent(stage, out)
    stage.fake.videos.kept.clear()
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert isinstance(looked, Found)
    stage.fake.stories.shown.clear()
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == STANDS


def test_another_story_of_that_time_is_for_a_person_to_see(stage: Stage) -> None:
    out = of_picture()
    stage.walk.prepare(out)
    stage.fake.stories.show_video("77")
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), CantTell)
    (story,) = stage.fake.stories.shown
    for held in (story["post_id"], "77"):
        taken = search(out, parts=stage.walk.parts, taken=[held])
        assert stage.adapter.find(taken) == STANDS


def test_a_video_that_isnt_public_isnt_another_story_of_that_time(stage: Stage) -> None:
    out = of_video()
    stage.prepared(out)
    stage.fake.stories.show_video("77")
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == STANDS


def test_stories_before_the_attempt_arent_read(stage: Stage) -> None:
    for n in range(30):
        stage.fake.stories.show_video(str(n))
    stage.clock.advance(timedelta(hours=1))
    out = of_picture()
    now = stage.clock.now()
    assert stage.adapter.find(search(out, since=now, until=now)) == STANDS
    assert len(stage.served.seen("GET", STORIES)) == 1


def test_a_look_reads_every_story_since_the_attempt(stage: Stage) -> None:
    out = of_picture()
    stage.walk.send(out)
    for n in range(60):
        stage.fake.stories.show_video(f"7{n}")
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), Found)
    assert len(stage.served.seen("GET", STORIES)) == 3
    for n in range(60):
        stage.fake.stories.show_video(f"8{n}")
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), CantTell)


def dated(stage: Stage, at: object) -> None:
    told = {"data": [{"post_id": "1", "creation_time": at, "media_id": "77"}]}
    stage.served.answer_next("GET", STORIES, said(200, told))


@pytest.mark.parametrize("at", [1_772_000_000, "1772000000", "2026-03-05T06:30:00+0000"])
def test_a_story_is_dated_in_seconds_since_1970(stage: Stage, at: object) -> None:
    dated(stage, at)
    assert stage.adapter.find(search(of_picture())) == STANDS


@pytest.mark.parametrize("at", [None, "hier", -1, True, [], "9" * 30, 10**30])
def test_a_story_without_a_date_proves_nothing(stage: Stage, at: object) -> None:
    dated(stage, at)
    with pytest.raises(Transient):
        stage.adapter.find(search(of_picture()))


@pytest.mark.parametrize("answer", [Said(200, b"<html>"), said(200, {"data": "no"})])
def test_a_look_that_reads_nothing_proves_nothing(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("GET", STORIES, answer)
    with pytest.raises(Transient):
        stage.adapter.find(search(of_picture()))


def test_a_story_that_was_a_post_before_is_looked_for_as_both(stage: Stage) -> None:
    post = outgoing(Content(text=TEXT), picture("Un croissant"))
    stage.walk.send(post)
    story = outgoing(Content(text=TEXT, is_story=True), picture("Un croissant"), version=2)
    looked = stage.adapter.find(search(story, post))
    assert isinstance(looked, Found)
    assert (looked.remote_id, looked.version) == (stage.fake.posts[0]["id"], 1)
    assert stage.adapter.find(search(story)) == STANDS


def test_a_post_isnt_found_among_stories(stage: Stage) -> None:
    stage.walk.send(of_picture())
    assert stage.adapter.find(search(outgoing(Content(text=TEXT)))) == STANDS
    assert stage.served.seen("GET", STORIES) == []


# Counting.


@pytest.mark.parametrize("out", both())
def test_no_counter_of_a_story_is_known(stage: Stage, out: Outgoing) -> None:
    sent(stage, out)
    story = stage.fake.stories.shown[0]["post_id"]
    stage.served.answer_next("GET", f"/{story}$", refused(100))
    assert Hearing(stage.tools).measure_post(story) == {}
    assert Hearing(stage.tools).measure_post(story) is None  # its day is over
    stage.served.requests[-2:] = []  # a story isn't described
    assert stage.served.seen("POST", POST) == []
