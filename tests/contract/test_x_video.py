"""A video's way to X, against a server that holds the documented rules, and X's description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.networks import x, x_video
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Video
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Found,
    NetworkError,
    OutcomeUnknown,
    Part,
    Pending,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.stage import Walk, clip, outgoing, picture, search
from tests.contract.x_stage import POST, Stage, staged
from tests.fakes import fake_x as fx
from tests.fakes.serving import Said, said

APPEND = r"/append$"
STATUS = r"/2/media/upload$"
LARGE = 2 * x_video.PIECE + 5_000


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made


@pytest.fixture(scope="module")
def film() -> Video:
    return clip("Le four", size=LARGE)


def whole(video: Video) -> bytes:
    return video.read(0, video.size)


def go_on(stage: Stage, video: Video, most: int = 20) -> None:
    """Walk until the video is ready, as the due index would."""
    for _ in range(most):
        pending = stage.walk.prepare(outgoing(Content(text="Le four"), video=video))
        if pending is None:
            return
        stage.clock.advance(pending.look_again_in)
    raise AssertionError("never ready")


def steps(stage: Stage, video: Video, parts: dict[str, str]) -> Iterator[Part | Pending]:
    return stage.adapter.prepare(outgoing(Content(text="Le four"), video=video), parts)


def test_a_video_goes_up_in_pieces_is_waited_for_and_published_once(
    stage: Stage, film: Video
) -> None:
    out = outgoing(Content(text="Le four"), video=film)
    assert stage.walk.prepare(out) == Pending(timedelta(seconds=7))
    go_on(stage, film)
    made = stage.walk.publish(out)
    (media_id,) = stage.sent().json()["media"]["media_ids"]
    assert stage.fake.media[media_id]["data"] == whole(film)
    assert [len(a.body) > 5_000 for a in stage.served.seen("POST", APPEND)] == [True, True, True]
    assert (stage.walk.calls, len(stage.fake.posts)) == (1, 1)
    assert stage.adapter.find(search(out)) == Found(made.remote_id, made.url, 1)


def test_a_small_one_that_needs_no_work_is_ready_at_once(stage: Stage) -> None:
    stage.fake.looks = 0
    stage.walk.send(outgoing(Content(text=""), video=clip()))
    assert set(stage.sent().json()) == {"media"}
    assert stage.served.seen("GET", STATUS) == []


def test_a_video_costs_no_more_than_its_text(stage: Stage) -> None:
    stage.fake.looks = 0
    out = outgoing(Content(text="Le four"), video=clip("Un four"))
    assert x.charge(out.content) == fx.PRICE_POST
    stage.walk.send(out)
    assert stage.fake.written == fx.PRICE_POST


def test_after_a_kill_between_pieces_only_what_is_missing_is_sent(
    stage: Stage, film: Video
) -> None:
    """Kill it after each Part in turn, and once between a piece's arrival and its Part."""
    parts: dict[str, str] = {}
    for _ in range(2):
        step = next(steps(stage, film, dict(parts)))
        assert isinstance(step, Part)
        parts[step.name] = step.value
    next(steps(stage, film, dict(parts)))  # it arrived, and was never noted
    stage.walk.parts = parts
    go_on(stage, film)
    indexes = [a.form()[0]["segment_index"] for a in stage.served.seen("POST", APPEND)]
    assert indexes == ["0", "1", "1", "2"]
    assert len(stage.fake.media) == 1
    stage.walk.publish(outgoing(Content(text="Le four"), video=film))
    assert stage.fake.media[json.loads(stage.walk.parts["video"])["id"]]["data"] == whole(film)


def test_what_is_ready_is_used_again_until_x_forgets_it(stage: Stage) -> None:
    video = clip()
    go_on(stage, video)
    asked = len(stage.served.requests)
    go_on(stage, video)
    assert len(stage.served.requests) == asked
    stage.clock.advance(x_video.KEPT)
    go_on(stage, video)
    stage.walk.publish(outgoing(Content(text="Le four"), video=video))
    assert len(stage.fake.media) == 2


def test_an_upload_that_x_keeps_for_less_long_is_counted_on_for_less(stage: Stage) -> None:
    body = {"data": {"id": "77", "expires_after_secs": 60}}
    stage.served.answer_next("POST", "/initialize$", said(200, body))
    step = next(steps(stage, clip(), {}))
    assert isinstance(step, Part)
    stage.clock.advance(timedelta(seconds=60))
    stage.walk.parts = {step.name: step.value}
    go_on(stage, clip())
    assert "77" not in stage.walk.parts["video"]


def test_later_looks_wait_for_longer(stage: Stage) -> None:
    stage.fake.looks = 9
    out, waits = outgoing(Content(text="Le four"), video=clip()), []
    while (pending := stage.walk.prepare(out)) is not None:
        waits.append(pending.look_again_in)
        stage.clock.advance(pending.look_again_in)
    assert waits == sorted(waits)
    assert waits[0] == timedelta(seconds=7)
    assert waits[-1] > timedelta(seconds=60)


def test_a_video_that_cant_be_processed_is_a_persons_and_sent_anew_by_her_will(
    stage: Stage,
) -> None:
    stage.fake.spoils = True
    with pytest.raises(Rejected) as refused:
        go_on(stage, clip())
    assert refused.value.reason == "video_failed"
    stage.fake.spoils = False
    go_on(stage, clip())
    assert len(stage.fake.media) == 2


def test_one_that_is_never_ready_is_sent_anew(stage: Stage) -> None:
    stage.fake.looks = 10_000
    video = clip()
    for _ in range(40):
        pending = stage.walk.prepare(outgoing(Content(text="Le four"), video=video))
        assert pending is not None
        stage.clock.advance(pending.look_again_in)
    assert len(stage.fake.media) == 2


@pytest.mark.parametrize("lost", ["before a piece", "before the end", "in processing"])
def test_an_upload_that_x_has_forgotten_is_begun_anew_once(
    stage: Stage, film: Video, lost: str
) -> None:
    walk, kept = stage.walk, {"before a piece": 1, "before the end": 4, "in processing": 5}[lost]
    walking = steps(stage, film, {})
    for _ in range(kept):
        step = next(walking)
        assert isinstance(step, Part)
        walk.parts[step.name] = step.value
    stage.fake.media.clear()
    with pytest.raises(Transient):
        walk.prepare(outgoing(Content(text="Le four"), video=film))
    go_on(stage, film)
    assert len(stage.fake.media) == 1


def test_an_upload_that_is_refused_twice_is_a_persons(stage: Stage, film: Video) -> None:
    stage.served.answer_next("POST", "/finalize$", fx.invalid("no segments"), times=9)
    out = outgoing(Content(text="Le four"), video=film)
    step = next(steps(stage, film, {}))
    assert isinstance(step, Part)
    stage.walk.parts[step.name] = step.value
    with pytest.raises(Transient):
        stage.walk.prepare(out)
    with pytest.raises(Rejected):
        stage.walk.prepare(out)


def test_a_lost_answer_to_the_end_is_asked_for_again(stage: Stage) -> None:
    stage.served.answer_next("POST", "/finalize$", Said(502, b"", {}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Le four"), video=clip()))
    go_on(stage, clip())
    assert len(stage.fake.media) == 1


@pytest.mark.parametrize("path", ["/initialize$", APPEND, "/finalize$"])
@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (fx.limited(None), RateLimited, ""),
        (fx.forbidden(), AuthExpired, ""),
        (fx.out_of_credits(), RateLimited, ""),
        (fx.problem(413, "invalid-request", "Too Large", "big"), Rejected, "media_refused"),
        (fx.invalid("media type unrecognized"), Rejected, "media_refused"),
        (Said(413, b"", {}), Transient, ""),
        (Said(503, b"", {}), Transient, ""),
        (Said(403, b"<html>firewall</html>", {}), Transient, ""),
        (Said(401, b"<html>proxy</html>", {}), Transient, ""),
    ],
)
def test_what_is_answered_on_the_way_means_what_is_documented(
    stage: Stage, path: str, answer: Said, error: type[NetworkError], reason: str
) -> None:
    stage.served.answer_next("POST", path, answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.prepare(outgoing(Content(text="Un secret"), video=clip()))
    assert type(raised.value) is error
    assert getattr(raised.value, "reason", "") == reason
    assert stage.walk.calls == 0


@pytest.mark.parametrize(
    "data",
    [
        None,
        7,
        {},
        {"id": 7},
        {"id": "1"},
        {"id": "ID", "processing_info": 7},
        {"id": "ID", "processing_info": {"state": "odd"}},
    ],
)
def test_an_odd_answer_says_nothing_of_a_video(stage: Stage, data: object) -> None:
    stage.walk.prepare(outgoing(Content(text="Un"), video=clip()))
    (media_id,) = stage.fake.media
    body = json.dumps({"data": data}).replace("ID", media_id).encode()
    stage.served.answer_next("GET", STATUS, Said(200, body, {}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), video=clip()))


@pytest.mark.parametrize("data", [None, 7, {}, {"id": 7}, {"id": "x"}])
def test_an_odd_answer_begins_no_upload(stage: Stage, data: object) -> None:
    stage.served.answer_next("POST", "/initialize$", said(200, {"data": data}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), video=clip()))


def test_a_piece_that_is_read_short_is_not_sent(stage: Stage, film: Video) -> None:
    short = replace(film, read=lambda start, length: film.read(start, length - 1))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), video=short))
    assert stage.served.seen("POST", APPEND) == []


def test_a_lost_reply_to_the_call_is_found_by_looking(stage: Stage) -> None:
    out = outgoing(Content(text="Le four"), video=clip())
    go_on(stage, clip())
    stage.fake.posts.insert(
        0, stage.fake.made("Le four", [json.loads(stage.walk.parts["video"])["id"]])
    )
    stage.served.answer_next("POST", POST, Said(504, b"", {}))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert isinstance(stage.adapter.find(search(out)), Found)
    without = outgoing(Content(text="Le four"), picture("a"), picture("b", "red"))
    assert not isinstance(stage.adapter.find(search(without)), Found)


def test_another_worker_goes_on_where_one_stopped(stage: Stage) -> None:
    stage.walk.prepare(outgoing(Content(text="Le four"), video=clip()))
    other = Walk(x.X(stage.adapter._tools), dict(stage.walk.parts))
    stage.clock.advance(timedelta(minutes=1))
    stage.fake.looks = 1
    while (pending := other.prepare(outgoing(Content(text="Le four"), video=clip()))) is not None:
        stage.clock.advance(pending.look_again_in)
    other.publish(outgoing(Content(text="Le four"), video=clip()))
    assert len(stage.fake.media) == 1


@pytest.mark.parametrize(
    ("video", "code"),
    [
        (clip(seconds=141), "video_too_long"),
        (clip(seconds=0), "video_too_short"),
        (clip(width=3840, height=2160), "video_too_wide"),
        (clip(width=1280, height=400), "video_ratio"),
        (clip(width=30, height=30), "video_too_small"),
        (replace(clip(), size=512_000_001), "video_too_big"),
    ],
)
def test_what_x_would_refuse_is_told_beforehand(video: Video, code: str) -> None:
    content = outgoing(Content(text="Un"), video=video).content
    assert [p.code for p in problems(content, x.SPEC.limits, x.SPEC)] == [code]
