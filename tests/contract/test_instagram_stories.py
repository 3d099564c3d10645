"""Stories on Instagram: containers of their own kind, listed apart, gone after a day."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Outgoing
from chalicelib.networks.instagram_hearing import Hearing
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract import two_phase_stage
from tests.contract.stage import KEY, TEXT, clip, outgoing, search
from tests.contract.test_instagram import MAKE, PUBLISH, Stage, against_description
from tests.contract.two_phase_stage import wide
from tests.fakes.clocks import START
from tests.fakes.fake_graph import refused
from tests.fakes.fake_instagram import ACCOUNT
from tests.fakes.serving import Said, said

STORIES, MEDIA = f"/{ACCOUNT}/stories$", f"/{ACCOUNT}/media$"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with two_phase_stage.instagram() as made:
        yield made
        wrong = [p for asked in made.served.requests for p in against_description(asked, made.fake)]
        assert wrong == []


def of_picture(text: str = "", name: str = "") -> Outgoing:
    key = replace(KEY, uuid=name) if name else KEY
    return outgoing(Content(text=text, is_story=True), wide("Un croissant"), key=key)


def of_video(text: str = "") -> Outgoing:
    return outgoing(Content(text=text, is_story=True), video=clip("Le four"))


# Publishing.


def test_a_picture_is_a_story_without_words_or_alternative_text(stage: Stage) -> None:
    out = of_picture(TEXT)
    published = stage.walk.send(out)
    (container,) = stage.fake.containers.values()
    (story,) = stage.fake.posts
    assert container["form"] == {"media_type": "STORIES", "image_url": out.pictures[0].url()}
    assert (published.remote_id, published.url) == (story["id"], story["permalink"])
    assert "/stories/" in (published.url or "")
    assert stage.walk.calls == 1


def test_a_video_is_a_story_once_it_is_worked_on(stage: Stage) -> None:
    out = of_video(TEXT)
    assert stage.prepared(out) >= 1
    stage.walk.publish(out)
    (container,) = stage.fake.containers.values()
    assert out.video is not None
    assert container["form"] == {"media_type": "STORIES", "video_url": out.video.url()}
    assert len(stage.served.seen("POST", MAKE)) == 1


def test_a_story_may_be_of_any_shape(stage: Stage) -> None:
    tall = outgoing(Content(text="", is_story=True), wide(size=(360, 640)))
    stage.walk.send(tall)
    with pytest.raises(Rejected):
        stage.walked().prepare(outgoing(Content(text="Un"), wide(size=(360, 640))))


def test_a_story_is_in_no_list_of_posts(stage: Stage) -> None:
    stage.walk.send(of_picture())
    assert stage.adapter._recent(START).posts == ()
    assert len(stage.adapter._stories().posts) == 1


def test_stories_count_against_the_quota(stage: Stage) -> None:
    stage.fake.quota = 2
    stage.walked().send(of_picture(name="une"))
    stage.clock.advance(timedelta(hours=1))
    stage.walked().send(outgoing(Content(text="Deux"), wide(), key=replace(KEY, uuid="deux")))
    with pytest.raises(RateLimited) as limit:
        stage.walk.prepare(of_picture())
    assert limit.value.reset_at == START + timedelta(hours=24)


def test_the_same_container_is_never_published_twice(stage: Stage) -> None:
    out = of_picture()
    stage.walk.send(out)  # its answer was lost
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert stage.walk.prepare(out) is None
    asked = len(stage.served.seen("POST", PUBLISH))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert len(stage.served.seen("POST", PUBLISH)) == asked
    assert len(stage.fake.posts) == 1


# Looking.


@pytest.mark.parametrize("out", [of_picture(), of_video()])
def test_a_published_container_leads_to_the_story(stage: Stage, out: Outgoing) -> None:
    stage.prepared(out)
    published = stage.walk.publish(out)
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == Found(published.remote_id, published.url, 1)
    assert stage.served.seen("GET", MEDIA) == []


def test_a_ready_container_wasnt_published_whatever_is_listed(stage: Stage) -> None:
    stage.walked().send(of_picture(name="une"))
    out = of_picture()
    stage.walk.prepare(out)
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == NotThere(prepared_stands=True)


def test_a_published_container_whose_story_isnt_listed_yet_is_looked_at_again(
    stage: Stage,
) -> None:
    out = of_picture()
    stage.walk.send(out)
    stage.fake.hides_newest = 1
    with pytest.raises(Transient):
        stage.adapter.find(search(out, parts=stage.walk.parts))


def test_which_of_two_stories_is_ours_is_for_a_person_to_see(stage: Stage) -> None:
    other = stage.walked().send(of_picture(name="une"))
    out = of_picture()
    published = stage.walk.send(out)
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), CantTell)
    taken = search(out, parts=stage.walk.parts, taken=[other.remote_id])
    assert stage.adapter.find(taken) == Found(published.remote_id, published.url, 1)


def test_a_video_isnt_a_picture(stage: Stage) -> None:
    stage.walked().send(of_picture(name="une"))
    out = of_video()
    stage.prepared(out)
    published = stage.walk.publish(out)
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == Found(published.remote_id, published.url, 1)


def test_a_story_whose_container_is_gone_may_be_any(stage: Stage) -> None:
    out = of_picture()
    stage.walk.send(out)
    stage.fake.containers.clear()
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), CantTell)
    taken = search(out, parts=stage.walk.parts, taken=[stage.fake.posts[0]["id"]])
    assert stage.adapter.find(taken) == NotThere()
    later = START + timedelta(hours=1)
    past = search(out, parts=stage.walk.parts, since=later, until=later)
    assert stage.adapter.find(past) == NotThere()


def test_a_container_that_is_worked_on_tells_nothing(stage: Stage) -> None:
    out = of_video()
    stage.walk.prepare(out)
    with pytest.raises(Transient):
        stage.adapter.find(search(out, parts=stage.walk.parts))


def test_too_many_stories_cant_be_told(stage: Stage) -> None:
    out = of_picture()
    for n in range(101):
        form = {"media_type": "STORIES", "image_url": "https://relais.example/1"}
        shown = {"id": str(n), "timestamp": "2020-01-01T00:00:00+0000", "made": stage.clock.now()}
        stage.fake.posts.insert(0, {**shown, **stage.fake.shown(form)})
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_a_story_that_was_a_post_before_is_looked_for_as_both(stage: Stage) -> None:
    post = outgoing(Content(text=TEXT), wide())
    published = stage.walk.send(post)
    story = outgoing(Content(text=TEXT, is_story=True), wide(), version=2)
    assert stage.adapter.find(search(story, post)) == Found(published.remote_id, published.url, 1)
    assert stage.adapter.find(search(story)) == NotThere()


@pytest.mark.parametrize(
    "answer",
    [Said(200, b"<html>"), said(200, {"data": "no"}), said(200, {"data": [{"id": "1"}]})],
)
def test_a_look_that_reads_nothing_proves_nothing(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("GET", STORIES, answer)
    with pytest.raises(Transient):
        stage.adapter.find(search(of_picture()))


# Counting.


def test_a_storys_figures_are_told_for_a_day(stage: Stage) -> None:
    story = stage.walk.send(of_picture()).remote_id
    hearing = Hearing(stage.tools)
    told = {Metric.VIEWS: 41, Metric.REACH: 33, Metric.REPLIES: 2, Metric.REPOSTS: 1}
    assert hearing.measure_post(story) == told
    stage.served.answer_next("GET", "/insights$", refused(10))  # few have seen it
    assert hearing.measure_post(story) == dict.fromkeys(told)
    stage.clock.advance(timedelta(hours=24))
    asked = len(stage.served.seen("GET", "/insights$"))
    assert hearing.measure_post(story) is None
    assert len(stage.served.seen("GET", "/insights$")) == asked
    stage.fake.posts.clear()
    assert hearing.measure_post(story) is None
