"""Videos on Bluesky: the service's limits and jobs, one record, whatever breaks in between."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlsplit

import pytest

from chalicelib.networks import bluesky
from chalicelib.networks.atproto import Places
from chalicelib.networks.bluesky_video import SERVICE
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Connection
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.publishing.outcomes import (
    Found,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.lexicons import problems_of, require_lexicons
from tests.contract.stage import KEY, Walk, clip, outgoing, picture, search, tools_of
from tests.fakes.clocks import START, SettableClock
from tests.fakes.fake_bluesky import FakeBluesky, refused
from tests.fakes.fake_bluesky_video import FakeVideoService
from tests.fakes.serving import Said, Served, said, serving

UPLOAD, STATUS = r"uploadVideo$", r"getJobStatus$"
FILM = outgoing(Content(text="Au fournil", link="https://exemple.fr/m"), video=clip("Le four"))


@dataclass(slots=True)
class Stage:
    """An account, its server, the video service and the adapter."""

    fake: FakeBluesky
    service: FakeVideoService
    served: Served
    clock: SettableClock
    connection: Connection
    adapter: bluesky.Bluesky
    walk: Walk

    @property
    def record(self) -> dict[str, object]:
        value: dict[str, object] = self.fake.records[KEY.record_key]["value"]
        return value


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeBluesky(clock.now)
    service = FakeVideoService(fake)
    with serving(service) as served:
        fake.base_url = served.base_url
        allowed = frozenset({urlsplit(served.base_url).netloc})
        http = Http(Guard(allowed, stand_ins={SERVICE: served.base_url}))
        places = Places(served.base_url, served.base_url)
        fields = {"handle": fake.handle, "app_password": fake.app_password}
        connection = bluesky.connect(fields, http, clock, places)
        adapter = bluesky.Bluesky(tools_of(connection, http, clock))
        yield Stage(fake, service, served, clock, connection, adapter, Walk(adapter))


def test_a_video_goes_through_the_service_and_is_found_again(stage: Stage) -> None:
    assert problems(FILM.content, stage.connection.limits, bluesky.SPEC) == []
    stage.service.processing = 2
    assert stage.adapter.find(search(FILM)) == NotThere(prepared_stands=True)
    assert isinstance(stage.walk.prepare(FILM), Pending)
    assert isinstance(stage.walk.prepare(FILM), Pending)
    assert stage.fake.records == {}
    published = stage.walk.send(FILM)
    assert stage.record["text"] == "Au fournil\n\nhttps://exemple.fr/m"
    embed = stage.record["embed"]
    assert isinstance(embed, dict)
    assert embed["$type"] == "app.bsky.embed.video"
    assert (embed["alt"], embed["aspectRatio"]) == ("Le four", {"width": 1080, "height": 1920})
    assert FILM.video is not None
    data = FILM.video.read(0, FILM.video.size)
    assert stage.fake.blobs[embed["video"]["ref"]["$link"]] == data
    (asked,) = stage.served.seen("POST", UPLOAD)
    assert asked.body == data
    assert stage.adapter.find(search(FILM)) == Found(published.remote_id, published.url, 1)
    assert stage.walk.calls == 1


@pytest.mark.parametrize("covers", [True, False])
def test_an_upload_is_understood_with_and_without_a_cover(stage: Stage, covers: bool) -> None:
    stage.service.covers = covers
    stage.walk.send(FILM)
    assert len(stage.fake.records) == 1


def test_a_video_without_a_description_has_none(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text=""), video=clip()))
    embed = stage.record["embed"]
    assert isinstance(embed, dict)
    assert "alt" not in embed


def test_another_description_and_a_picture_are_other_versions(stage: Stage) -> None:
    stage.walk.send(FILM)
    other = outgoing(FILM.content, video=clip("Autre chose"), version=2)
    pictured = outgoing(replace(FILM.content, media=()), picture("Le four"), version=3)
    looked = stage.adapter.find(search(other, pictured, FILM))
    assert isinstance(looked, Found)
    assert looked.version == 1
    looked = stage.adapter.find(search(other, pictured))
    assert isinstance(looked, Found)
    assert looked.version is None


def test_a_walk_may_end_after_each_part_and_nothing_is_sent_twice(stage: Stage) -> None:
    stage.service.processing = 1
    for _ in range(5):
        step = next(iter(stage.adapter.prepare(FILM, dict(stage.walk.parts))), None)
        if isinstance(step, Part):
            stage.walk.parts[step.name] = step.value
    stage.walk.send(FILM)
    assert len(stage.served.seen("POST", UPLOAD)) == 1
    assert len(stage.served.seen("GET", "getUploadLimits$")) == 1


def test_an_upload_that_couldnt_be_noted_is_known_to_the_service(stage: Stage) -> None:
    stage.service.processing = 1
    for step in stage.adapter.prepare(FILM, {}):
        if isinstance(step, Part) and "job" in step.value:
            break  # it crashed before this was stored
    stage.walk.prepare(FILM)
    stage.walk.send(FILM)
    assert len(stage.service.jobs) == 1
    assert len(stage.fake.records) == 1


def test_a_job_is_looked_at_less_and_less_often(stage: Stage) -> None:
    stage.service.processing = 1_000_000
    looks = 0
    while stage.clock.now() < START + timedelta(minutes=29):
        pending = stage.walk.prepare(FILM)
        assert isinstance(pending, Pending)
        looks += 1
        stage.clock.advance(pending.look_again_in)
    assert looks < 20
    assert len(stage.served.seen("POST", UPLOAD)) == 1


@pytest.mark.parametrize("later", [timedelta(minutes=31), timedelta(0)])
def test_a_job_that_is_stuck_or_lost_is_made_anew(stage: Stage, later: timedelta) -> None:
    stage.service.processing = 1_000_000
    stage.walk.prepare(FILM)
    stage.service.forget()
    stage.service.processing = 0
    stage.clock.advance(later)
    if not later:
        with pytest.raises(Transient):
            stage.walk.prepare(FILM)
        assert stage.walk.parts["video"] == "{}"
    stage.walk.send(FILM)
    assert len(stage.fake.records) == 1


def test_an_old_file_is_brought_again_before_it_is_shown(stage: Stage) -> None:
    stage.walk.prepare(FILM)
    stage.walk.prepare(FILM)
    assert len(stage.served.seen("POST", UPLOAD)) == 1
    stage.service.forget()  # as a server does with what no record shows
    stage.clock.advance(timedelta(minutes=6))
    stage.walk.send(FILM)
    assert len(stage.served.seen("POST", UPLOAD)) == 2


def test_a_lost_file_is_tried_again(stage: Stage) -> None:
    stage.walk.prepare(FILM)
    stage.service.forget()
    with pytest.raises(Transient):
        stage.walk.publish(FILM)


@pytest.mark.parametrize(
    ("code", "error", "reason"),
    [
        ("validation_failure", Rejected, "video_failed"),
        ("encoding_failure", Rejected, "video_failed"),
        ("pds_upload_unsupported_blob_size", Rejected, "video_too_big"),
        ("pds_upload_failure", Transient, ""),
        ("generic_failure", Transient, ""),
        ("something_new", Rejected, "video_failed"),
    ],
)
def test_a_failed_job_means_what_its_code_says(
    stage: Stage, code: str, error: type[Exception], reason: str
) -> None:
    stage.service.failure = code
    with pytest.raises(error) as raised:
        stage.walk.prepare(FILM)
    assert getattr(raised.value, "reason", "") == reason
    assert stage.walk.parts["video"] == "{}"  # the next try begins anew
    assert stage.fake.records == {}


def test_the_days_limits_are_told_before_anything_is_sent(stage: Stage) -> None:
    for change in ({"videos_left": 0}, {"videos_left": 3, "bytes_left": 500}):
        for name, value in change.items():
            setattr(stage.service, name, value)
        with pytest.raises(Rejected) as refused_one:
            stage.walk.prepare(FILM)
        assert refused_one.value.reason == "video_limit"
    assert stage.served.seen("POST", UPLOAD) == []


@pytest.mark.parametrize(
    ("words", "error", "reason"),
    [
        ("Confirm your email address to upload videos", Rejected, "video_not_allowed"),
        ("Account is not old enough to upload videos", Rejected, "video_not_allowed"),
        ("Uploading is disabled at the moment", Rejected, "video_not_allowed"),
        ("User has exceeded daily upload videos limit", Rejected, "video_limit"),
        ("Failed to get user's upload stats", Transient, ""),
    ],
)
def test_an_account_that_may_upload_nothing_is_told_why(
    stage: Stage, words: str, error: type[Exception], reason: str
) -> None:
    stage.service.forbids = words
    with pytest.raises(error) as raised:
        stage.walk.prepare(FILM)
    assert getattr(raised.value, "reason", "") == reason
    assert stage.served.seen("POST", UPLOAD) == []


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (refused("InvalidRequest", "not a video"), Rejected, "video_failed"),
        (refused("PayloadTooLarge", "too large", 413), Rejected, "video_too_big"),
        (refused("AuthenticationRequired", "no", 401), Transient, ""),
        (refused("InsufficientScope", "no", 403), Rejected, "forbidden"),
        (refused("RateLimitExceeded", "slow down", 429), RateLimited, ""),
        (refused("ServiceOverloaded", "busy", 503), Transient, ""),
        (said(409, {"error": "already_exists"}), Transient, ""),
        (said(200, {"jobStatus": {"state": "JOB_STATE_CREATED"}}), Transient, ""),
        (Said(200, b"<html>", {"Content-Type": "text/html"}), Transient, ""),
        (Said(404, b"", {}), Transient, ""),
    ],
)
def test_an_answer_to_the_upload_means_what_is_documented(
    stage: Stage, answer: Said, error: type[Exception], reason: str
) -> None:
    stage.served.answer_next("POST", UPLOAD, answer)
    with pytest.raises(error) as raised:
        stage.walk.prepare(FILM)
    assert getattr(raised.value, "reason", "") == reason
    assert stage.fake.records == {}


@pytest.mark.parametrize("where", ["getServiceAuth$", "getUploadLimits$", UPLOAD, STATUS])
def test_what_fails_while_preparing_is_tried_again(stage: Stage, where: str) -> None:
    verb = "POST" if where == UPLOAD else "GET"
    stage.served.answer_next(verb, where, Said(502, b"", {}))
    with pytest.raises(Transient):
        stage.walk.prepare(FILM)
    stage.walk.send(FILM)
    assert len(stage.fake.records) == 1


def test_a_server_that_gives_no_token_is_tried_again(stage: Stage) -> None:
    stage.served.answer_next("GET", "getServiceAuth$", said(200, {"token": 7}))
    with pytest.raises(Transient):
        stage.walk.prepare(FILM)


def test_a_lost_answer_to_the_call_is_doubt_then_found(stage: Stage) -> None:
    stage.walk.prepare(FILM)
    stage.walk.publish(FILM)
    stage.served.answer_next("POST", "putRecord$", Said(502, b"", {}))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(FILM)
    assert isinstance(stage.adapter.find(search(FILM)), Found)
    assert stage.fake.writes == 1


def test_what_is_sent_holds_the_published_lexicons(stage: Stage) -> None:
    lexicons = require_lexicons()
    stage.walk.send(FILM)
    assert problems_of(lexicons, "app.bsky.feed.post", stage.record) == []
    for method in ("com.atproto.server.getServiceAuth", "app.bsky.video.getJobStatus"):
        parameters = lexicons[method]["defs"]["main"]["parameters"]
        for asked in stage.served.seen("GET", f"{method}$"):
            assert set(asked.query) <= set(parameters["properties"])
            assert set(parameters["required"]) <= set(asked.query)
    encoding = lexicons["app.bsky.video.uploadVideo"]["defs"]["main"]["input"]["encoding"]
    (asked,) = stage.served.seen("POST", UPLOAD)
    assert asked.headers["content-type"] == encoding
