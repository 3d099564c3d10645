"""TikTok's adapter against the network's documented rules: publishing."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.networks import tiktok
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Outgoing
from chalicelib.networks.tiktok_posts import pieces_of
from chalicelib.publishing.outcomes import (
    NetworkError,
    OutcomeUnknown,
    Part,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, Media
from tests.contract.stage import TEXT, Walk, outgoing, picture
from tests.contract.tiktok import (
    ANNOUNCED,
    HTML,
    MIB,
    PIECE,
    Stage,
    film,
    photos,
    publish,
    standing,
)
from tests.fakes.fake_tiktok import chunks_are_right
from tests.fakes.serving import Said

VIDEO = Media("a", "video/mp4", 1_080, 1_920, 8_000, "", 12_000)
ONE = Media("a", "image/png", 900, 900, 50_000, "Un pain")


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


def ranges(stage: Stage) -> list[str]:
    return [asked.headers["content-range"] for asked in stage.served.seen("PUT")]


# A video.


def test_a_video_goes_out_once_as_it_is(stage: Stage) -> None:
    out = film(link="https://exemple.fr/pain")
    publish(stage, out)
    (post,) = stage.fake.posts
    assert post["info"] == {
        "title": f"{TEXT}\n\nhttps://exemple.fr/pain",
        "privacy_level": "PUBLIC_TO_EVERYONE",
        "disable_comment": False,
        "disable_duet": False,
        "disable_stitch": False,
        "brand_content_toggle": False,
        "brand_organic_toggle": True,
    }
    (sending,) = stage.fake.sendings.values()
    assert out.video is not None
    assert bytes(sending.data) == out.video.read(0, out.video.size)
    assert stage.walk.calls == 1


def test_it_comes_in_pieces_and_only_the_last_one_is_the_call(stage: Stage) -> None:
    out = film(size=16 * MIB)
    assert stage.walk.prepare(out) is None
    assert stage.fake.posts == []
    assert out.video is not None
    size = out.video.size
    piece = size // 3
    assert ranges(stage) == [f"bytes 0-{piece - 1}/{size}", f"bytes {piece}-{2 * piece - 1}/{size}"]
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert ranges(stage)[2:] == [f"bytes {2 * piece}-{size - 1}/{size}"]
    assert len(stage.fake.posts) == 1


@pytest.mark.parametrize("tells", [True, False])
def test_a_walk_that_was_cut_off_between_pieces_goes_on_where_it_was(
    stage: Stage, tells: bool
) -> None:
    out = film(size=21 * MIB)
    stage.fake.tells_bytes = tells
    for step in itertools.islice(stage.adapter.prepare(out, {}), 3):
        assert isinstance(step, Part)
        stage.walk.parts[step.name] = step.value
    assert len(ranges(stage)) == 1
    assert stage.walk.prepare(out) is None
    assert len(ranges(stage)) == len(set(ranges(stage))) == 3
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert len(stage.served.seen("POST", ANNOUNCED)) == len(stage.fake.posts) == 1


def test_a_piece_that_came_and_wasnt_noted_isnt_sent_again(stage: Stage) -> None:
    out = film(size=16 * MIB)
    steps = stage.adapter.prepare(out, {})
    for step in itertools.islice(steps, 3):  # the second piece is never noted
        assert isinstance(step, Part)
        stage.walk.parts[step.name] = step.value
    next(steps)
    publish(stage, out)
    assert len(ranges(stage)) == len(set(ranges(stage)))


def test_what_was_announced_too_long_ago_is_announced_anew(stage: Stage) -> None:
    out = film()
    stage.walk.prepare(out)
    stage.clock.advance(timedelta(minutes=56))
    publish(stage, out)
    assert len(stage.fake.sendings) == 2
    assert len(stage.fake.posts) == 1


@pytest.mark.parametrize("status", [400, 403, 404])
def test_a_video_that_is_announced_no_more_is_announced_anew(stage: Stage, status: int) -> None:
    out = film(size=16 * MIB)
    stage.served.answer_next("PUT", PIECE, Said(status, b""))
    with pytest.raises(Transient):
        stage.walk.prepare(out)
    publish(stage, out)
    assert len(stage.fake.sendings) == 2


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(416, b""), Transient),
        (Said(500, b""), Transient),
        (Said(201, b""), Transient),
        (Said(429, b""), RateLimited),
    ],
)
def test_a_piece_that_isnt_taken_is_sent_another_time(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    out = film(size=16 * MIB)
    stage.served.answer_next("PUT", PIECE, answer)
    with pytest.raises(error):
        stage.walk.prepare(out)
    publish(stage, out)
    assert len(stage.fake.sendings) == 1


def test_what_has_all_come_is_never_sent_again(stage: Stage) -> None:
    out = film()
    publish(stage, out)
    publish(stage, out)
    assert len(stage.fake.posts) == len(ranges(stage)) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(201, b""), OutcomeUnknown),
        (Said(206, b""), OutcomeUnknown),
        (Said(400, b""), OutcomeUnknown),
        (Said(403, b"<html>firewall</html>", HTML), OutcomeUnknown),
        (Said(404, b""), OutcomeUnknown),
        (Said(416, b""), OutcomeUnknown),
        (Said(503, b""), OutcomeUnknown),
        (Said(302, b"", {"Location": "/login"}), OutcomeUnknown),
        (Said(429, b""), RateLimited),
    ],
)
def test_whatever_is_said_to_the_last_piece_a_look_tells(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    out = film()
    stage.walk.prepare(out)
    stage.served.answer_next("PUT", PIECE, answer)
    with pytest.raises(error) as raised:
        stage.walk.publish(out)
    assert type(raised.value) is error
    token = next(iter(stage.fake.sendings.values())).token
    assert token not in raised.value.detail


def test_the_address_of_a_video_needs_no_token_of_ours(stage: Stage) -> None:
    publish(stage, film())
    (asked,) = stage.served.seen("PUT")
    assert "authorization" not in asked.headers
    assert asked.headers["content-type"] == "video/mp4"


def test_a_kept_video_that_is_shorter_than_it_was_isnt_sent(stage: Stage) -> None:
    out = film(size=16 * MIB)
    assert out.video is not None
    cut = replace(out, items=(replace(out.video, read=lambda start, length: b"x"),))
    with pytest.raises(Transient):
        stage.walk.prepare(cut)
    assert ranges(stage) == []


@pytest.mark.parametrize(
    "size",
    [1, 5 * MIB - 1, 5_100_000, 5 * MIB, 10 * MIB - 1, 10 * MIB, 50_000_123, 200_000_000],
)
def test_pieces_are_as_tiktok_counts_them_and_small_enough_for_memory(size: int) -> None:
    piece, count = pieces_of(size)
    assert chunks_are_right(size, piece, count)
    assert size - piece * (count - 1) < 10 * MIB


# Photos.


def test_photos_are_fetched_by_tiktok(stage: Stage) -> None:
    out = photos(title="Nos pains")
    taken = publish(stage, out)
    (sending,) = stage.fake.sendings.values()
    assert sending.urls == tuple(picture.url() for picture in out.pictures)
    assert stage.fake.posts[0]["info"] == {
        "title": "Nos pains",
        "description": TEXT,
        "privacy_level": "PUBLIC_TO_EVERYONE",
        "disable_comment": False,
        "brand_content_toggle": False,
        "brand_organic_toggle": True,
        "auto_add_music": False,
    }
    assert taken.part is not None
    assert json.loads(taken.part.value) == {"id": sending.id}
    publish(stage, out)
    assert len(stage.fake.posts) == 1


def test_photos_are_shown_once_and_anew_when_their_week_nears_its_end(stage: Stage) -> None:
    shown: list[str] = []

    def url() -> str:
        shown.append("https://relais.example/media/passing/x")
        return shown[-1]

    out = outgoing(Content(text="Un"), replace(picture(""), url=url))
    stage.walk.prepare(out)
    stage.walk.prepare(out)
    assert len(shown) == 1
    stage.clock.advance(timedelta(days=5))
    stage.walk.prepare(out)
    assert len(shown) == 2


def test_a_title_is_counted_as_tiktok_does(stage: Stage) -> None:
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(photos(title="🥐" * 46))
    assert refusal.value.reason == "title_too_long"


# What was chosen, and what the account allows.


@pytest.mark.parametrize(
    ("interactions", "disabled", "allowed"),
    [
        ("all", frozenset[str](), {"comment", "duet", "stitch"}),
        ("comments", frozenset[str](), {"comment"}),
        ("none", frozenset[str](), set[str]()),
        ("all", frozenset({"comment", "stitch"}), {"duet"}),
        ("comments", frozenset({"comment"}), set[str]()),
    ],
)
def test_people_may_do_what_was_chosen_as_far_as_the_account_allows_it(
    stage: Stage, interactions: str, disabled: frozenset[str], allowed: set[str]
) -> None:
    stage.choose(interactions=interactions)
    stage.fake.disabled = disabled
    publish(stage, film())
    info = stage.fake.posts[0]["info"]
    assert {n for n in ("comment", "duet", "stitch") if not info[f"disable_{n}"]} == allowed
    stage.walk = Walk(stage.adapter)
    publish(stage, photos())
    assert stage.fake.posts[0]["info"]["disable_comment"] == ("comment" not in allowed)


@pytest.mark.parametrize("out", [film("Un"), photos("Un")], ids=["video", "photos"])
@pytest.mark.parametrize(
    ("levels", "reason"),
    [
        (["SELF_ONLY"], "no_access"),
        (["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"], "visibility_refused"),
    ],
)
def test_a_post_that_nobody_would_see_is_refused_before_it_is_sent(
    stage: Stage, out: Outgoing, levels: list[str], reason: str
) -> None:
    stage.fake.levels = levels
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(out)
    assert refusal.value.reason == reason
    assert stage.fake.sendings == {}


def test_an_installation_that_wasnt_let_in_is_told(stage: Stage) -> None:
    stage.fake.is_audited = False
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(film())
    assert refusal.value.reason == "no_access"


def test_a_private_account_publishes_for_its_followers(stage: Stage) -> None:
    stage.choose(visibility="FOLLOWER_OF_CREATOR")
    stage.fake.levels = ["FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS", "SELF_ONLY"]
    publish(stage, film())
    assert stage.fake.posts[0]["info"]["privacy_level"] == "FOLLOWER_OF_CREATOR"


def test_a_video_that_the_account_may_no_longer_publish_is_refused(stage: Stage) -> None:
    stage.fake.longest = 10
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(film())
    assert refusal.value.reason == "video_too_long"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (Content(text="Sans image"), "too_few_media"),
        (Content(text="Un", media=(ONE,) * 36), "too_many_media"),
        (Content(text="x" * 2_201, media=(ONE,)), "too_long"),
        (Content(text="🥐" * 1_101, media=(VIDEO,)), "too_long"),
        (Content(text="Un", title="x" * 91, media=(ONE,)), "title_too_long"),
        (Content(text="Un", media=(VIDEO, ONE)), "mixed_media"),
        (Content(text="Un", media=(replace(VIDEO, duration_ms=601_000),)), "video_too_long"),
        (Content(text="Un", media=(replace(VIDEO, width=359),)), "video_too_small"),
        (Content(text="Un", media=(replace(VIDEO, content_type="video/webm"),)), "video_type"),
    ],
)
def test_what_tiktok_would_refuse_is_said_while_it_is_written(content: Content, code: str) -> None:
    assert [p.code for p in problems(content, tiktok.SPEC.limits, tiktok.SPEC)] == [code]


def test_a_video_or_a_photo_needs_no_text() -> None:
    for media in (VIDEO, replace(VIDEO, content_type="video/quicktime"), ONE):
        content = Content(text="", media=(media,))
        assert problems(content, tiktok.SPEC.limits, tiktok.SPEC) == []
