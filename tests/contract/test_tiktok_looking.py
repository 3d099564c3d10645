"""TikTok's adapter: what became of a post, and what is counted of it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry
from chalicelib.networks.contract import Outgoing
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Transient,
)
from tests.contract.stage import search
from tests.contract.tiktok import (
    FETCHED,
    HTML,
    MIB,
    PIECE,
    STATUS,
    Stage,
    film,
    photos,
    publish,
    standing,
)
from tests.fakes.clocks import START
from tests.fakes.fake_tiktok import USERNAME, limited, refused
from tests.fakes.serving import Said, said

LIST, QUERY = "/video/list/$", "/video/query/$"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def looked(stage: Stage, *candidates: Outgoing, **more: Any) -> Any:
    return stage.adapter.find(search(*candidates, parts=stage.walk.parts, **more))


# By what TikTok has taken.


@pytest.mark.parametrize(("out", "kind"), [(film("Un"), "video"), (photos("Un"), "photo")])
def test_what_was_taken_is_found_by_its_own_id(stage: Stage, out: Outgoing, kind: str) -> None:
    stage.fake.looks = 2
    publish(stage, out)
    for _ in range(2):
        with pytest.raises(Transient):
            looked(stage, out)
    post = stage.fake.posts[0]["id"]
    assert looked(stage, out) == Found(post, f"https://www.tiktok.com/@{USERNAME}/{kind}/{post}", 1)
    assert stage.served.seen("POST", LIST) == []


def test_a_last_piece_that_never_came_is_seen_and_sent_again(stage: Stage) -> None:
    out = film(size=16 * MIB)
    stage.walk.prepare(out)
    stage.served.answer_next("PUT", PIECE, Said(503, b""))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert looked(stage, out) == NotThere(prepared_stands=True)
    publish(stage, out)
    assert len(stage.fake.sendings) == len(stage.fake.posts) == 1


def test_a_last_piece_that_came_though_nobody_said_so_is_found(stage: Stage) -> None:
    out = film()
    stage.walk.prepare(out)
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)  # its answer is a 416: it has all of it
    assert len(stage.fake.posts) == 1
    assert isinstance(looked(stage, out), Found)


def test_how_far_a_video_came_may_not_be_told(stage: Stage) -> None:
    out = film()
    stage.fake.tells_bytes = False
    stage.walk.prepare(out)
    with pytest.raises(Transient):
        looked(stage, out)


@pytest.mark.parametrize("out", [film("Un"), photos("Un")], ids=["video", "photos"])
def test_what_failed_is_kept_so_that_the_next_try_tells_why(stage: Stage, out: Outgoing) -> None:
    stage.fake.fails = "file_format_check_failed"
    publish(stage, out)
    assert looked(stage, out) == NotThere(prepared_stands=True)


def test_the_id_of_a_live_post_is_waited_for_a_while(stage: Stage) -> None:
    out = film()
    stage.fake.examines = True
    publish(stage, out)
    (taken,) = stage.fake.sendings
    with pytest.raises(Transient):
        looked(stage, out)
    stage.clock.advance(timedelta(minutes=3))
    assert looked(stage, out) == Found(taken, None, 1)
    stage.fake.examines = False
    post = stage.fake.posts[0]["id"]
    assert looked(stage, out).remote_id == post


def test_a_post_that_isnt_for_everybody_never_tells_its_id(stage: Stage) -> None:
    stage.choose(visibility="MUTUAL_FOLLOW_FRIENDS")
    out = film()
    publish(stage, out)
    (taken,) = stage.fake.sendings
    assert looked(stage, out) == Found(taken, None, 1)


@pytest.mark.parametrize(
    "answer",
    [
        refused(500, "internal_error"),
        Said(200, b"<html>", HTML),
        said(200, {"data": {}, "error": {"code": "ok"}}),
        said(200, {"data": {"status": 7}, "error": {"code": "ok"}}),
        said(200, {"data": {"status": "A_NEW_WORD"}, "error": {"code": "ok"}}),
    ],
)
def test_a_look_that_fails_proves_nothing(stage: Stage, answer: Said) -> None:
    out = film()
    publish(stage, out)
    stage.served.answer_next("POST", STATUS, answer)
    with pytest.raises(Transient):
        looked(stage, out)


@pytest.mark.parametrize("told", [[], "7", ["x"], [7.5], [True], None])
def test_odd_ids_are_no_ids(stage: Stage, told: object) -> None:
    out = film()
    publish(stage, out)
    (taken,) = stage.fake.sendings
    stage.clock.advance(timedelta(minutes=4))
    data = {"status": "PUBLISH_COMPLETE", "publicaly_available_post_id": told}
    stage.served.answer_next("POST", STATUS, said(200, {"data": data, "error": {"code": "ok"}}))
    assert looked(stage, out).remote_id == taken


# Among what anybody may see.


def lost(stage: Stage, out: Outgoing, *, applied: bool) -> None:
    """Let the answer to the one call get lost."""
    stage.walk.prepare(out)
    if applied:
        with pytest.raises(OutcomeUnknown):
            stage.walk.publish(out)
        return
    stage.served.answer_next("POST", FETCHED, Said(503, b""))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)


def test_photos_whose_answer_was_lost_are_read_back(stage: Stage) -> None:
    out = photos()
    lost(stage, out, applied=True)
    post = stage.fake.posts[0]
    for n in range(45):
        stage.fake.posts.insert(0, stage.fake.made({**post["info"], "title": f"Jour {n}"}))
        stage.fake.posts[0]["video_description"] = f"Jour {n}"
        stage.fake.posts[0]["create_time"] += n + 1
    assert looked(stage, out) == Found(post["id"], post["share_url"], 1)
    assert isinstance(looked(stage, out, taken=[post["id"]]), CantTell)


def test_photos_that_arent_listed_may_be_live_all_the_same(stage: Stage) -> None:
    out = photos()
    lost(stage, out, applied=False)
    assert isinstance(looked(stage, out), CantTell)
    lost(stage, out, applied=True)
    stage.fake.examines = True
    assert isinstance(looked(stage, out), CantTell)


def test_texts_are_listed_cut(stage: Stage) -> None:
    out = photos("Demain, du pain. " * 20)
    lost(stage, out, applied=True)
    assert isinstance(looked(stage, out), Found)
    assert isinstance(looked(stage, photos("Demain, du pain.")), CantTell)


def test_another_text_or_time_isnt_ours(stage: Stage) -> None:
    out = photos("Demain, des brioches")
    lost(stage, out, applied=True)
    assert isinstance(looked(stage, photos("Demain, des pains")), CantTell)
    later = START + timedelta(hours=3)
    assert isinstance(looked(stage, out, since=later, until=later), CantTell)


def test_a_video_that_tiktok_knows_no_more_is_looked_for_in_the_list(stage: Stage) -> None:
    out = film()
    publish(stage, out)
    stage.fake.sendings.clear()
    assert looked(stage, out).remote_id == stage.fake.posts[0]["id"]
    stage.fake.posts.clear()
    assert isinstance(looked(stage, out), CantTell)


@pytest.mark.parametrize(
    "videos", [[{"id": "1"}], [{"create_time": 7}], [{"id": "1", "create_time": 10**15}]]
)
def test_a_list_that_cant_be_read_proves_nothing(stage: Stage, videos: list[object]) -> None:
    out = photos()
    lost(stage, out, applied=True)
    data = {"videos": videos, "has_more": True}
    stage.served.answer_next("POST", LIST, said(200, {"data": data, "error": {"code": "ok"}}))
    with pytest.raises(Transient):
        looked(stage, out)


# Figures.


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("tiktok")
    assert network.hear is not None
    made = network.hear(stage.tools)
    assert isinstance(made, FetchesMetrics)
    assert not isinstance(made, FetchesMentions)
    publish(stage, film())
    post = stage.hearing.measure_post(stage.fake.posts[0]["id"])
    assert {*stage.hearing.measure_channel(), *(post or {})} == network.spec.tells


def test_counters_are_those_of_the_network(stage: Stage) -> None:
    publish(stage, film())
    stage.fake.figures = {"view_count": 900, "like_count": 41, "comment_count": 3, "share_count": 2}
    expected = {Metric.VIEWS: 900, Metric.LIKES: 41, Metric.REPLIES: 3, Metric.REPOSTS: 2}
    assert stage.hearing.measure_channel() == {Metric.FOLLOWERS: 412, Metric.POSTS: 37}
    assert stage.hearing.measure_post(stage.fake.posts[0]["id"]) == expected
    (taken,) = stage.fake.sendings
    assert stage.hearing.measure_post(taken) == expected


def test_what_isnt_told_is_nothing_rather_than_zero(stage: Stage) -> None:
    publish(stage, film())
    stage.fake.figures = {"view_count": -1}
    assert set((stage.hearing.measure_post(stage.fake.posts[0]["id"]) or {}).values()) == {None}
    stage.fake.examines = True
    (taken,) = stage.fake.sendings
    assert set((stage.hearing.measure_post(taken) or {}).values()) == {None}


def test_a_post_that_is_gone_is_measured_no_more(stage: Stage) -> None:
    publish(stage, film())
    assert stage.hearing.measure_post("12") is None
    assert stage.hearing.measure_post("v_pub_file~v2.12") is None
    (taken,) = stage.fake.sendings
    stage.fake.sendings[taken].failed = "publish_cancelled"
    assert stage.hearing.measure_post(taken) is None


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(401, "scope_not_authorized"), AuthExpired),
        (refused(500, "internal_error"), Transient),
        (said(200, {"data": {"videos": 7}, "error": {"code": "ok"}}), Transient),
        (limited(), RateLimited),
    ],
)
def test_figures_that_fail_are_no_figures(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("POST", QUERY, answer, times=2)
    with pytest.raises(error):
        stage.hearing.measure_post("12")
