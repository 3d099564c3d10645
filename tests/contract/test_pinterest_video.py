"""A video's way to Pinterest, against its documented rules and its own description."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.networks import bodies, pinterest, pinterest_video
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
from tests.contract.pinterest import Stage, standing
from tests.contract.stage import clip, outgoing, picture, search
from tests.fakes.fake_pinterest import POLICY_LASTS, limited, refused, trial
from tests.fakes.serving import Said, said

STORAGE = "^/$"
MEDIA = "/v5/media$"
LINK = "https://exemple.fr/recettes/pain"
FILM = clip("Le pétrin", size=9_000)
OUT = outgoing(Content(text="Le pétrin", link=LINK, title="Pain"), video=FILM)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def go_on(stage: Stage, most: int = 20) -> None:
    """Walk until the video is ready, as the due index would."""
    for _ in range(most):
        pending = stage.walk.prepare(OUT)
        if pending is None:
            return
        stage.clock.advance(pending.look_again_in)
    raise AssertionError("never ready")


def begun(stage: Stage, parts: int) -> None:
    """Walk until so many Parts are stored, and no further."""
    walking = stage.adapter.prepare(OUT, {})
    for _ in range(parts):
        step = next(walking)
        assert isinstance(step, Part)
        stage.walk.parts[step.name] = step.value


def test_a_video_goes_up_in_one_form_and_is_pinned_once(stage: Stage) -> None:
    assert stage.walk.prepare(OUT) == Pending(timedelta(seconds=5))
    go_on(stage)
    made = stage.walk.publish(OUT)
    ((media_id, video),) = stage.fake.videos.items()
    assert video["data"] == FILM.read(0, FILM.size)
    sent = stage.served.seen("POST", "/v5/pins$")[-1].json()
    cover = {"source_type": "video_id", "media_id": media_id, "cover_image_key_frame_time": 1}
    assert (sent["media_source"], sent["alt_text"], sent["link"]) == (cover, "Le pétrin", LINK)
    assert (stage.walk.calls, len(stage.fake.pins)) == (1, 1)
    assert stage.adapter.find(search(OUT)) == Found(made.remote_id, made.url, 1)


def test_a_large_one_is_never_held_whole(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bodies, "PIECE", 1_000)
    read: list[int] = []

    def piece(start: int, length: int) -> bytes:
        read.append(length)
        return FILM.read(start, length)

    stage.walk.prepare(replace(OUT, items=(replace(FILM, read=piece),)))
    (video,) = stage.fake.videos.values()
    assert video["data"] == FILM.read(0, FILM.size)
    assert max(read) == 1_000
    (sent,) = stage.served.seen("POST", STORAGE)
    assert sent.headers["content-length"] == str(len(sent.body))
    assert "transfer-encoding" not in sent.headers
    assert "authorization" not in sent.headers


def test_after_a_kill_before_it_was_noted_it_is_sent_again_to_the_same_place(stage: Stage) -> None:
    begun(stage, 1)
    next(iter(stage.adapter.prepare(OUT, dict(stage.walk.parts))))  # it arrived, but wasn't noted
    go_on(stage)
    assert len(stage.served.seen("POST", STORAGE)) == 2
    assert len(stage.fake.videos) == 1


@pytest.mark.parametrize("lost", ["form", "media"])
def test_a_place_that_no_longer_stands_is_asked_for_anew(stage: Stage, lost: str) -> None:
    begun(stage, 1 if lost == "form" else 3)
    if lost == "form":
        stage.clock.advance(POLICY_LASTS)
    else:
        stage.fake.videos.clear()
    with pytest.raises(Transient):
        stage.walk.prepare(OUT)
    go_on(stage)
    stage.walk.publish(OUT)
    assert len(stage.fake.pins) == 1


def test_what_is_ready_is_used_again_and_sent_anew_when_old(stage: Stage) -> None:
    go_on(stage)
    asked = len(stage.served.requests)
    go_on(stage)
    assert len(stage.served.requests) == asked
    stage.clock.advance(pinterest_video.KEPT)
    go_on(stage)
    assert len(stage.fake.videos) == 2


def test_a_video_that_cant_be_processed_is_a_persons(stage: Stage) -> None:
    stage.fake.spoils = True
    with pytest.raises(Rejected) as refusal:
        go_on(stage)
    assert refusal.value.reason == "video_failed"
    stage.fake.spoils = False
    go_on(stage)


def test_a_video_that_cant_be_read_meanwhile_stops_the_form(stage: Stage) -> None:
    def gone(start: int, length: int) -> bytes:
        raise Transient("the video can't be read now")

    with pytest.raises(Transient, match="can't be read now"):
        stage.walk.prepare(replace(OUT, items=(replace(FILM, read=gone),)))
    short = replace(FILM, read=lambda start, length: FILM.read(start, length - 1))
    with pytest.raises(Transient, match="shorter than it was"):
        stage.walk.prepare(replace(OUT, items=(short,)))
    assert [video for video in stage.fake.videos.values() if "data" in video] == []


@pytest.mark.parametrize(
    ("answer", "error", "word"),
    [
        (refused(400, 1, "Invalid parameters"), Rejected, "invalid"),
        (trial(), Rejected, "no_access"),
        (refused(403, 29, "no"), AuthExpired, ""),
        (limited(31), RateLimited, "channel"),
        (refused(503, 12, "later"), Transient, ""),
        (Said(403, b"<html>firewall</html>", {}), Transient, ""),
        (said(201, {}), Transient, ""),
        (said(201, {"media_id": "12"}), Transient, ""),
        (
            said(201, {"media_id": 12, "upload_url": "https://x", "upload_parameters": {}}),
            Transient,
            "",
        ),
        (
            said(
                201, {"media_id": "1x", "upload_url": "https://x", "upload_parameters": {"a": "b"}}
            ),
            Transient,
            "",
        ),
        (
            said(
                201, {"media_id": "12", "upload_url": "http://x", "upload_parameters": {"a": "b"}}
            ),
            Transient,
            "",
        ),
    ],
)
def test_what_registering_is_answered(
    stage: Stage, answer: Said, error: type[NetworkError], word: str
) -> None:
    stage.served.answer_next("POST", MEDIA, answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.prepare(OUT)
    assert type(raised.value) is error
    assert getattr(raised.value, "reason", getattr(raised.value, "scope", "")) == word


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(400, b"<Error><Code>EntityTooLarge</Code></Error>", {}), Rejected),
        (Said(403, b"<Error><Code>AccessDenied</Code></Error>", {}), Rejected),
        (Said(503, b"<Error><Code>SlowDown</Code></Error>", {}), Transient),
        (Said(302, b"", {"Location": "https://exemple.fr"}), Transient),
    ],
)
def test_what_the_storage_answers(stage: Stage, answer: Said, error: type[NetworkError]) -> None:
    stage.served.answer_next("POST", STORAGE, answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.prepare(OUT)
    assert type(raised.value) is error


@pytest.mark.parametrize(
    "answer", [said(200, {"status": "odd"}), said(200, {"a": 1}), said(200, [])]
)
def test_an_odd_answer_says_nothing_of_a_video(stage: Stage, answer: Said) -> None:
    stage.walk.prepare(OUT)
    stage.served.answer_next("GET", r"/v5/media/\d+$", answer)
    with pytest.raises(Transient):
        stage.walk.prepare(OUT)


def test_a_lost_reply_is_found_and_isnt_taken_for_a_picture(stage: Stage) -> None:
    go_on(stage)
    stage.walk.publish(OUT)
    stage.served.answer_next("POST", "/v5/pins$", Said(504, b"", {}))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(OUT)
    assert isinstance(stage.adapter.find(search(OUT)), Found)
    other = outgoing(replace(OUT.content, media=()), picture("Le pétrin"))
    assert not isinstance(stage.adapter.find(search(other)), Found)


def test_what_is_kept_of_the_preparation_holds_no_token(stage: Stage) -> None:
    go_on(stage)
    assert not any(token in json.dumps(stage.walk.parts) for token in stage.fake.access)
    assert "signature" not in stage.walk.parts["video"]


@pytest.mark.parametrize(
    ("video", "code"),
    [
        (clip(seconds=3), "video_too_short"),
        (clip(seconds=901), "video_too_long"),
        (clip(width=1920, height=1000), "video_ratio"),
        (clip(width=900, height=1_900), "video_ratio"),
        (clip("é" * 501), "alt_too_long"),
    ],
)
def test_what_pinterest_would_refuse_is_told_beforehand(video: Video, code: str) -> None:
    content = outgoing(Content(text="Un"), video=video).content
    assert [p.code for p in problems(content, pinterest.SPEC.limits, pinterest.SPEC)] == [code]
