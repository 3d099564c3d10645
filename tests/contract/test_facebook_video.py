"""Videos on a Page: reels and others, up unpublished, published by one call, looked at exactly."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest

from chalicelib.measuring.metrics import Metric
from chalicelib.networks import facebook
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Outgoing, Video
from chalicelib.networks.facebook_hearing import Hearing
from chalicelib.networks.facebook_video import Kind, kind_of
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    Pending,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.facebook_stage import Stage, staged
from tests.contract.stage import TEXT, clip, outgoing, picture, search
from tests.fakes.fake_facebook import PAGE
from tests.fakes.fake_graph import refused
from tests.fakes.serving import Said, said

REEL, PLAIN = clip(), clip(width=1920, height=1080)
REELS, VIDEOS, FILE = f"/{PAGE}/video_reels$", f"/{PAGE}/videos$", "^/video-upload/"
LINK = "https://exemple.fr/menu"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made


# Publishing.


@pytest.mark.parametrize(
    ("width", "height", "seconds", "kind"),
    [
        (1080, 1920, 12, Kind.REEL),
        (540, 960, 3, Kind.REEL),
        (720, 1280, 90, Kind.REEL),
        (720, 1280, 91, Kind.PLAIN),
        (720, 1280, 2, Kind.PLAIN),
        (480, 854, 12, Kind.PLAIN),
        (1080, 1080, 12, Kind.PLAIN),
        (1080, 1350, 12, Kind.PLAIN),
        (1920, 1080, 12, Kind.PLAIN),
    ],
)
def test_a_reel_is_upright_large_enough_and_short(
    width: int, height: int, seconds: int, kind: Kind
) -> None:
    assert kind_of(clip(width=width, height=height, seconds=seconds)) is kind


def test_a_reel_is_fetched_then_finished_by_one_call(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=REEL)
    assert stage.prepared(out) >= 1
    assert stage.fake.posts == []
    stage.fake.videos.looks = 0
    published = stage.walk.publish(out)
    (post,) = stage.fake.posts
    assert post["message"] == TEXT
    assert published.remote_id == post["id"]
    (video,) = stage.fake.videos.kept
    assert published.url == f"https://www.facebook.com/reel/{video}/"
    assert stage.walk.calls == 1
    (fetched,) = stage.served.seen("POST", FILE)
    assert fetched.headers["file_url"] == REEL.url()
    assert stage.connection.secret["access_token"] not in fetched.path


def test_any_other_video_goes_up_unpublished_and_is_published_by_one_call(stage: Stage) -> None:
    out = outgoing(Content(text="Le four", link=LINK), video=PLAIN)
    assert stage.prepared(out) >= 1
    assert stage.fake.posts == []
    published = stage.walk.publish(out)
    (post,) = stage.fake.posts
    assert post["message"] == f"Le four\n\n{LINK}"
    assert published.remote_id == post["id"]
    (asked,) = stage.served.seen("POST", VIDEOS)
    assert asked.urlencoded()["file_url"] == PLAIN.url()
    assert stage.walk.calls == 1


def sent(stage: Stage, out: Outgoing) -> None:
    """Publish it; what was only taken is looked for until it is live."""
    with suppress(OutcomeUnknown):
        stage.walk.publish(out)
    for _ in range(3):
        with suppress(Transient):
            looked = stage.adapter.find(search(out, parts=stage.walk.parts))
            assert isinstance(looked, Found)
            return
    raise AssertionError("it never went live")


def test_a_video_without_words_is_a_post(stage: Stage) -> None:
    for video in (REEL, PLAIN):
        out = outgoing(Content(text=""), video=video)
        stage.walk.parts.clear()
        stage.prepared(out)
        sent(stage, out)
    assert len(stage.fake.posts) == 2


def test_a_reel_that_is_still_worked_on_isnt_live_yet_and_is_counted_by_its_post(
    stage: Stage,
) -> None:
    out = outgoing(Content(text=TEXT), video=REEL)
    stage.prepared(out)
    stage.fake.videos.looks = 2
    with pytest.raises(OutcomeUnknown) as doubt:
        stage.walk.publish(out)
    assert doubt.value.is_taken
    (video,) = stage.fake.videos.kept
    hearing = Hearing(stage.tools)
    told = [hearing.measure_post(video) for _ in range(3)]
    assert told[0] == {}
    assert told[-1] is not None
    assert told[-1][Metric.LIKES] == 3
    stage.fake.videos.kept.clear()
    assert hearing.measure_post(video) is None


def test_a_reel_that_is_found_unfit_right_after_the_call_is_told(stage: Stage) -> None:
    stage.fake.videos.fails = "processing"
    out = outgoing(Content(text=TEXT), video=REEL)
    stage.prepared(out)
    stage.fake.videos.looks = 0
    with pytest.raises(Rejected) as refusal:
        stage.walk.publish(out)
    assert refusal.value.reason == "video_failed"
    assert stage.fake.posts == []
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == NotThere(prepared_stands=True)
    with pytest.raises(Rejected) as told:
        stage.walk.prepare(out)
    assert told.value.reason == "video_failed"
    stage.fake.videos.fails = ""
    stage.prepared(out)  # a person sends it again: it is another video there
    assert len(stage.fake.videos.made) == 2


def test_a_reel_that_fails_after_it_was_taken_is_told(stage: Stage) -> None:
    stage.fake.videos.fails = "processing"
    out = outgoing(Content(text=TEXT), video=REEL)
    stage.prepared(out)
    stage.fake.videos.looks = 1
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == NotThere(prepared_stands=True)
    with pytest.raises(Rejected) as told:
        stage.walk.prepare(out)
    assert told.value.reason == "video_failed"


def test_what_was_taken_is_looked_for_if_it_cant_be_read_at_once(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=PLAIN)
    stage.prepared(out)
    stage.served.answer_next("GET", r"/\d+$", said(500, {}))
    with pytest.raises(OutcomeUnknown) as doubt:
        stage.walk.publish(out)
    assert doubt.value.is_taken
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), Found)


def test_a_refused_video_that_is_gone_may_have_been_published(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=PLAIN)
    stage.prepared(out)
    (video,) = stage.fake.videos.kept
    stage.served.answer_next("POST", f"/{video}$", refused(100))
    stage.served.answer_next("GET", f"/{video}$", refused(100, 33))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)


# Walks that end on the way.


@pytest.mark.parametrize("steps", [1, 2])
def test_a_walk_that_is_killed_after_a_part_is_taken_up_again(stage: Stage, steps: int) -> None:
    out = outgoing(Content(text=TEXT), video=REEL)
    preparing = stage.adapter.prepare(out, {})
    for _ in range(steps):
        part = next(preparing)
        assert not isinstance(part, Pending)
        stage.walk.parts[part.name] = part.value
    stage.prepared(out)
    sent(stage, out)
    assert len(stage.served.seen("POST", REELS)) == 2
    assert len(stage.served.seen("POST", FILE)) == 1
    assert len(stage.fake.posts) == 1


def test_a_file_that_was_handed_over_isnt_again_though_its_part_was_lost(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=REEL)
    preparing = stage.adapter.prepare(out, {})
    part = next(preparing)
    assert not isinstance(part, Pending)
    stage.walk.parts[part.name] = part.value
    next(preparing)  # handed over, and killed before it was stored
    stage.prepared(out)
    assert len(stage.served.seen("POST", FILE)) == 1


@pytest.mark.parametrize("video", [REEL, PLAIN])
def test_a_video_that_is_gone_too_old_or_stuck_is_uploaded_anew(stage: Stage, video: Video) -> None:
    out = outgoing(Content(text=TEXT), video=video)
    stage.prepared(out)
    stage.fake.videos.kept.clear()  # gone
    stage.prepared(out)
    stage.clock.advance(timedelta(hours=21))  # too old
    stage.fake.videos.looks = 1_000
    stage.walk.prepare(out)
    stage.clock.advance(timedelta(minutes=61))  # stuck
    stage.fake.videos.looks = 0
    stage.prepared(out)
    stage.walk.publish(out)
    assert len(stage.fake.videos.made) == 4
    assert len(stage.fake.posts) == 1


def test_looks_are_a_minute_apart_at_most(stage: Stage) -> None:
    stage.fake.videos.looks = 1_000
    out = outgoing(Content(text=TEXT), video=PLAIN)
    pauses = []
    for _ in range(12):
        pending = stage.walk.prepare(out)
        assert isinstance(pending, Pending)
        pauses.append(pending.look_again_in)
        stage.clock.advance(pending.look_again_in)
    assert (pauses[0], pauses[-1]) == (timedelta(seconds=5), timedelta(minutes=1))


# What fails.


def test_a_video_that_facebook_cant_process_is_for_a_person(stage: Stage) -> None:
    stage.fake.videos.fails = "processing"
    with pytest.raises(Rejected) as refusal:
        stage.prepared(outgoing(Content(text=TEXT), video=PLAIN))
    assert refusal.value.reason == "video_failed"
    assert stage.fake.posts == []


def test_an_upload_that_failed_is_made_anew(stage: Stage) -> None:
    stage.fake.videos.fails = "uploading"
    out = outgoing(Content(text=TEXT), video=REEL)
    stage.walk.prepare(out)
    stage.fake.videos.fails = ""
    stage.prepared(out)
    sent(stage, out)
    assert len(stage.fake.videos.made) == 2
    assert len(stage.fake.posts) == 1


def test_a_file_that_cant_be_fetched_is_told_where_facebook_tells_it(stage: Stage) -> None:
    stage.fake.videos.fetches = lambda _: False
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(outgoing(Content(text=TEXT), video=PLAIN))
    assert refusal.value.reason == "media_unreachable"
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text=TEXT), video=REEL))


UPLOADING: list[tuple[Said, type[NetworkError], str]] = [
    (refused(1, status=500), Transient, ""),
    (refused(2), Transient, ""),
    (refused(32), RateLimited, ""),
    (refused(100), Rejected, "invalid"),
    (refused(351), Rejected, "video_failed"),
    (refused(352, 1_363_024), Rejected, "video_failed"),
    (refused(382), Rejected, "video_failed"),
    (refused(389, 1_363_057), Rejected, "media_unreachable"),
    (refused(6000), Rejected, "video_failed"),
    (refused(6001), Transient, ""),
    (said(200, {"id": None}), Transient, ""),
    (said(200, {"id": "../me"}), Transient, ""),
    (said(200, {"success": True}), Transient, ""),
    (Said(200, b"<html>"), Transient, ""),
]


@pytest.mark.parametrize(("answer", "error", "reason"), UPLOADING)
def test_an_answer_to_the_upload_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], reason: str
) -> None:
    stage.served.answer_next("POST", VIDEOS, answer)
    with pytest.raises(error) as raised:
        stage.walk.prepare(outgoing(Content(text=TEXT), video=PLAIN))
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == reason
    assert "canary" not in raised.value.detail


@pytest.mark.parametrize(
    "answer", [said(200, {"success": False}), said(401, {}), said(200, {}), Said(200, b"<html>")]
)
def test_a_file_that_isnt_taken_is_handed_over_again(stage: Stage, answer: Said) -> None:
    out = outgoing(Content(text=TEXT), video=REEL)
    stage.served.answer_next("POST", FILE, answer)
    with pytest.raises(Transient) as raised:
        stage.walk.prepare(out)
    assert stage.connection.secret["access_token"] not in raised.value.detail
    stage.prepared(out)
    sent(stage, out)
    assert len(stage.fake.posts) == 1


CALLING: list[tuple[Said, type[NetworkError], str]] = [
    (refused(1, status=500), OutcomeUnknown, ""),
    (refused(2), OutcomeUnknown, ""),
    (refused(32), RateLimited, ""),
    (refused(100), Rejected, "invalid"),
    (refused(190, 460, 401), Transient, ""),
    (refused(200, status=403), AuthExpired, ""),
    (refused(352), Rejected, "video_failed"),
    (refused(506), Rejected, "duplicate"),
    (refused(6001), OutcomeUnknown, ""),
    (refused(9_999), OutcomeUnknown, ""),
    (said(200, {"id": "12"}), OutcomeUnknown, ""),
    (said(200, {"success": "yes"}), OutcomeUnknown, ""),
    (Said(200, b"<html>"), OutcomeUnknown, ""),
    (Said(302, b"", {"Location": "https://www.facebook.com/login"}), OutcomeUnknown, ""),
]


@pytest.mark.parametrize("video", [REEL, PLAIN])
@pytest.mark.parametrize(("answer", "error", "reason"), CALLING)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, video: Video, answer: Said, error: type[NetworkError], reason: str
) -> None:
    out = outgoing(Content(text=TEXT), video=video)
    stage.prepared(out)
    (name,) = stage.fake.videos.kept
    stage.served.answer_next("POST", REELS if video is REEL else f"/{name}$", answer)
    with pytest.raises(error) as raised:
        stage.walk.publish(out)
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == reason
    assert stage.fake.posts == []
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == NotThere(prepared_stands=True)


def test_a_permission_of_advertisers_doesnt_lose_the_channel(stage: Stage) -> None:
    stage.fake.videos.is_for_advertisers = True
    out = outgoing(Content(text=TEXT), video=PLAIN)
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(out)
    assert refusal.value.reason == "forbidden"
    stage.fake.scopes -= {"pages_manage_posts"}
    with pytest.raises(AuthExpired):
        stage.walk.prepare(out)


# Looking.


@pytest.mark.parametrize("video", [REEL, PLAIN])
def test_a_lost_answer_is_settled_by_the_video_itself(stage: Stage, video: Video) -> None:
    out = outgoing(Content(text=TEXT), video=video)
    stage.prepared(out)
    wanted = search(out, parts=stage.walk.parts)
    assert stage.adapter.find(wanted) == NotThere(prepared_stands=True)
    stage.fake.videos.looks = 0
    stage.walk.publish(out)  # its answer was lost
    stage.fake.hides_newest = 1
    looked = stage.adapter.find(wanted)
    assert isinstance(looked, Found)
    assert (looked.remote_id, looked.version) == (stage.fake.posts[0]["id"], 1)


def test_a_reel_that_is_worked_on_after_the_call_proves_nothing(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=REEL)
    stage.prepared(out)
    stage.fake.videos.looks = 3
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)  # taken
    with pytest.raises(Transient):
        stage.adapter.find(search(out, parts=stage.walk.parts))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert len(stage.fake.posts) == 1


@pytest.mark.parametrize("video", [REEL, PLAIN])
def test_the_same_video_is_never_published_twice(stage: Stage, video: Video) -> None:
    out = outgoing(Content(text=TEXT), video=video)
    stage.prepared(out)
    stage.fake.videos.looks = 0
    stage.walk.publish(out)  # its answer was lost
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert stage.walk.prepare(out) is None
    asked = len(stage.served.seen("POST"))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert len(stage.served.seen("POST")) == asked
    assert len(stage.fake.posts) == 1


def test_a_video_that_is_gone_is_read_back_from_the_pages_posts(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=PLAIN)
    stage.prepared(out)
    published = stage.walk.publish(out)
    (video,) = stage.fake.videos.kept
    stage.fake.videos.kept.clear()
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert isinstance(looked, Found)
    assert looked.remote_id == published.remote_id
    taken = search(out, parts=stage.walk.parts, taken=[video])
    assert stage.adapter.find(taken) == NotThere(prepared_stands=True)
    stage.fake.posts.clear()
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == NotThere(prepared_stands=True)


def test_the_same_text_without_the_video_is_another_post(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=PLAIN)
    stage.prepared(out)
    stage.walk.publish(out)
    for other in (outgoing(Content(text=TEXT)), outgoing(Content(text=TEXT), picture("Plat"))):
        assert isinstance(stage.adapter.find(search(other)), CantTell)


@pytest.mark.parametrize("told", [{}, {"status": "ready"}, {"status": {"video_status": None}}])
@pytest.mark.parametrize("video", [REEL, PLAIN])
def test_a_video_that_doesnt_say_how_it_stands_proves_nothing(
    stage: Stage, video: Video, told: dict[str, object]
) -> None:
    out = outgoing(Content(text=TEXT), video=video)
    stage.prepared(out)
    (name,) = stage.fake.videos.kept
    stage.served.answer_next("GET", f"/{name}$", said(200, {"id": name, **told}))
    with pytest.raises(Transient):
        stage.adapter.find(search(out, parts=stage.walk.parts))


# Limits.


def test_what_a_page_takes_is_said_while_it_is_written() -> None:
    def refused_of(width: int = 1080, height: int = 1920, seconds: int = 12) -> list[str]:
        content = outgoing(
            Content(text="Un"), video=clip(width=width, height=height, seconds=seconds)
        ).content
        return [p.code for p in problems(content, facebook.SPEC.limits, facebook.SPEC)]

    assert refused_of() == refused_of(width=1920, height=1080, seconds=1200) == []
    assert refused_of(seconds=1201) == ["video_too_long"]
    assert refused_of(seconds=0) == ["video_too_short"]
