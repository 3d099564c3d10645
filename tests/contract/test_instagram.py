"""Instagram's adapter against an API that holds the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.networks import instagram
from chalicelib.networks.checking import problems
from chalicelib.networks.instagram import SPEC
from chalicelib.publishing.images import fit
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
from chalicelib.workspaces.accounts import Quota
from tests.contract import two_phase_stage
from tests.contract.meta_specs import problems_of
from tests.contract.stage import KEY, TEXT, clip, outgoing, png, search
from tests.contract.two_phase_stage import wide
from tests.fakes.clocks import START
from tests.fakes.fake_graph import limited, params_of, refused
from tests.fakes.fake_instagram import ACCOUNT, FakeInstagram
from tests.fakes.serving import Asked, Said, said

PUBLISH = "/media_publish$"
MAKE = f"/{ACCOUNT}/media$"
Stage = two_phase_stage.Stage[FakeInstagram]
SIGNING_IN = {"/oauth/access_token", "/access_token", "/refresh_access_token"}


def against_description(asked: Asked, fake: FakeInstagram) -> list[str]:
    """Return what a request holds against Meta's own description of its nodes."""
    params = params_of(asked)
    if asked.path in SIGNING_IN:
        if asked.method == "POST":
            return []
        name = "IGAccessToken" if asked.path == "/access_token" else "IGRefreshAccessToken"
        return problems_of(f"{name}ForIGOnlyAPI", "GET", "", params)
    first, _, edge = asked.path.split("/", 2)[2].partition("/")
    edge = edge.replace("media_publish", "mediapublish")
    media, comment = "IGMediaForIGOnlyAPI", "IGComment"
    if first in {"me", ACCOUNT}:
        return problems_of("IGUserForIGOnlyAPI", asked.method, edge, params)
    if first in fake.made:
        return problems_of("ShadowIGMediaBuilder", asked.method, edge, params)
    is_comment = any(c["id"] == first for c in fake.comments) or edge == "replies"
    is_comment = is_comment or asked.method == "DELETE" or "hide" in params
    node = comment if is_comment else media
    return problems_of(node, asked.method, edge, params)


@pytest.fixture
def stage() -> Iterator[Stage]:
    with two_phase_stage.instagram() as made:
        yield made
        wrong = [p for asked in made.served.requests for p in against_description(asked, made.fake)]
        assert wrong == []


# Publishing.


def test_a_picture_goes_out_with_its_caption_and_alternative_text(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), wide("Un croissant"))
    published = stage.walk.send(out)
    (post,) = stage.fake.posts
    (container,) = stage.fake.containers.values()
    assert post["caption"] == TEXT
    assert container["form"]["alt_text"] == "Un croissant"
    assert container["form"]["image_url"] == out.pictures[0].url()
    assert (published.remote_id, published.url) == (post["id"], post["permalink"])
    assert stage.walk.calls == 1


def test_several_pictures_are_a_carousel_whose_caption_stands_on_the_whole(stage: Stage) -> None:
    out = outgoing(Content(text="Trois"), *(wide(f"Vue {n}") for n in range(3)))
    stage.walk.send(out)
    *items, whole = stage.fake.containers.values()
    assert [c["form"]["alt_text"] for c in items] == ["Vue 0", "Vue 1", "Vue 2"]
    assert all("caption" not in c["form"] for c in items)
    assert whole["form"]["caption"] == "Trois"
    assert stage.fake.posts[0]["media_type"] == "CAROUSEL_ALBUM"
    state = search(out, parts=stage.walk.parts)
    assert isinstance(stage.adapter.find(state), Found)


def test_a_video_is_a_reel_that_the_profile_shows_too(stage: Stage) -> None:
    video = clip("Le four s’ouvre")
    out = outgoing(Content(text=TEXT), video=video)
    assert stage.prepared(out) >= 1
    published = stage.walk.publish(out)
    (container,) = stage.fake.containers.values()
    reel = {"media_type": "REELS", "video_url": video.url(), "share_to_feed": "true"}
    assert container["form"] == {**reel, "caption": TEXT}
    assert stage.fake.posts[0]["media_type"] == "VIDEO"
    assert (stage.walk.calls, published.url) == (1, stage.fake.posts[0]["permalink"])


def test_a_walk_that_ends_while_a_video_is_worked_on_is_taken_up_again(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=clip())
    preparing = stage.adapter.prepare(out, {})
    part = next(preparing)
    preparing.close()
    stage.walk.parts[part.name] = part.value
    stage.prepared(out)
    stage.walk.publish(out)
    assert len(stage.served.seen("POST", MAKE)) == 1
    assert len(stage.fake.posts) == 1


def test_a_video_is_found_by_its_container_and_by_its_caption_among_videos(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), video=clip())
    stage.prepared(out)
    published = stage.walk.publish(out)
    looked = Found(published.remote_id, published.url, 1)
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == looked
    assert stage.adapter.find(search(out)) == looked
    picture = outgoing(Content(text=TEXT), wide())
    assert isinstance(stage.adapter.find(search(picture)), CantTell)


def test_a_reel_may_be_long_and_of_any_shape_but_has_no_alternative_text() -> None:
    def refused_of(width: int = 1080, height: int = 1920, seconds: int = 12) -> list[str]:
        content = outgoing(
            Content(text="Un"), video=clip(width=width, height=height, seconds=seconds)
        ).content
        return [p.code for p in problems(content, instagram.SPEC.limits, instagram.SPEC)]

    assert refused_of() == refused_of(width=1920, height=1080, seconds=900) == []
    assert refused_of(seconds=901) == ["video_too_long"]
    assert refused_of(seconds=2) == ["video_too_short"]
    assert refused_of(width=3840, height=2160) == ["video_too_wide"]
    assert refused_of(width=1920, height=180) == ["video_ratio"]


def test_a_text_alone_is_no_post_and_pictures_are_jpegs() -> None:
    found = problems(Content(text="Un"), instagram.SPEC.limits, instagram.SPEC)
    assert [p.code for p in found] == ["too_few_media"]
    assert fit(png(size=(400, 300)), instagram.SPEC.limits.media)[1] == "image/jpeg"


@pytest.mark.parametrize(
    ("size", "is_taken"),
    [
        ((400, 400), True),
        ((1910, 1000), True),
        ((300, 400), True),
        ((2000, 1000), False),
        ((200, 400), False),
    ],
)
def test_only_pictures_of_its_ratios_are_taken(
    stage: Stage, size: tuple[int, int], is_taken: bool
) -> None:
    out = outgoing(Content(text="Un"), wide(size=size))
    if is_taken:
        stage.walk.prepare(out)
        return
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(out)
    assert refusal.value.reason == "media_ratio"
    assert stage.fake.containers == {}


def test_what_is_worked_on_is_waited_for_less_and_less_often(stage: Stage) -> None:
    stage.fake.looks = 4
    out = outgoing(Content(text="Un"), wide())
    assert stage.prepared(out) >= 3
    assert len(stage.served.seen("POST", MAKE)) == 1
    stage.walk.publish(out)


def test_a_carousel_waits_for_its_items_and_makes_none_twice(stage: Stage) -> None:
    stage.fake.looks = 2
    out = outgoing(Content(text="Deux"), wide("Un"), wide("Deux", colour="red"))
    stage.prepared(out)
    assert len(stage.served.seen("POST", MAKE)) == 3
    stage.walk.publish(out)


def test_looks_at_a_container_are_a_minute_apart_at_most(stage: Stage) -> None:
    stage.fake.looks = 1_000
    out = outgoing(Content(text="Un"), wide())
    pauses = []
    while stage.clock.now() < START + timedelta(minutes=20):
        pending = stage.walk.prepare(out)
        assert isinstance(pending, Pending)
        pauses.append(pending.look_again_in)
        stage.clock.advance(pending.look_again_in)
    assert max(pauses) == timedelta(minutes=1)
    assert len(pauses) < 40


def test_a_container_that_is_stuck_expired_or_lost_is_made_anew(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), wide())
    stage.fake.looks = 1_000
    stage.walk.prepare(out)
    stage.fake.looks = 0
    stage.clock.advance(timedelta(minutes=31))  # stuck
    assert stage.walk.prepare(out) is None
    stage.clock.advance(timedelta(hours=25))  # expired
    assert stage.walk.prepare(out) is None
    stage.fake.containers.clear()  # lost
    stage.walk.send(out)
    assert len(stage.served.seen("POST", MAKE)) == 4
    assert len(stage.fake.posts) == 1


def test_a_ready_container_is_published_as_it_is(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), wide())
    stage.walk.prepare(out)
    stage.clock.advance(timedelta(hours=3))
    stage.walk.send(out)
    assert len(stage.served.seen("POST", MAKE)) == 1


@pytest.mark.parametrize(
    ("why", "error", "reason"),
    [
        ("Error: Media upload has failed with error code 2207026", Rejected, "video_failed"),
        ("2207009", Rejected, "media_refused"),
        ("2207052", Rejected, "media_unreachable"),
        ("2207032", Transient, ""),
        ("2207003", Transient, ""),
        ("", Transient, ""),
    ],
)
def test_why_a_container_failed_is_told(
    stage: Stage, why: str, error: type[NetworkError], reason: str
) -> None:
    stage.fake.fails_with = why or "failed"
    out = outgoing(Content(text="Un"), wide())
    with pytest.raises(error) as raised:
        stage.walk.prepare(out)
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == reason
        return
    stage.fake.fails_with = ""
    stage.walk.send(out)
    assert len(stage.fake.posts) == 1


def test_a_post_goes_out_though_its_address_cant_be_read(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), wide())
    stage.walk.prepare(out)
    stage.served.answer_next("GET", r"/\d+$", said(500, {}))
    published = stage.walk.publish(out)
    assert (published.remote_id, published.url) == (stage.fake.posts[0]["id"], None)


# What its answers mean.


ERRORS: list[tuple[Said, type[NetworkError], str]] = [
    (refused(-1, 2207001), OutcomeUnknown, ""),
    (refused(-1, 2207001, 500), OutcomeUnknown, ""),
    (refused(-1, 2207032), Transient, ""),
    (refused(-1, 2207053), Transient, ""),
    (refused(-2, 2207003), Transient, ""),
    (refused(-2, 2207020), Transient, ""),
    (refused(1), OutcomeUnknown, ""),
    (refused(2), OutcomeUnknown, ""),
    (refused(4, 2207051, 403), RateLimited, "channel"),
    (refused(4, status=403), RateLimited, "network"),
    (refused(9, 2207042, 403), RateLimited, "channel"),
    (refused(10, status=403), AuthExpired, ""),
    (refused(24, 2207006), OutcomeUnknown, ""),
    (refused(25, 2207050, 403), Rejected, "forbidden"),
    (refused(100, 2207010), Rejected, "too_long"),
    (refused(100, 2207028), Rejected, "media_refused"),
    (refused(110, 2207040), Rejected, "too_many_tags"),
    (refused(100, 33), OutcomeUnknown, ""),
    (refused(100), Rejected, "invalid"),
    (refused(190, 463, 401), Transient, ""),
    (refused(352, 2207026), Rejected, "video_failed"),
    (refused(9004, 2207052), Rejected, "media_unreachable"),
    (refused(9007, 2207027), Transient, ""),
    (refused(36000, 2207004), Rejected, "media_refused"),
    (refused(36001, 2207005), Rejected, "media_refused"),
    (refused(36003, 2207009), Rejected, "media_refused"),
    (refused(80002), RateLimited, "channel"),
    (refused(99999), OutcomeUnknown, ""),
    (Said(200, b"<html>"), OutcomeUnknown, ""),
    (Said(302, b"", {"Location": "https://www.instagram.com/"}), OutcomeUnknown, ""),
    (said(200, {"success": True}), OutcomeUnknown, ""),
    (said(200, {"id": []}), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "error", "told"), ERRORS)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], told: str
) -> None:
    stage.served.answer_next("POST", PUBLISH, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(outgoing(Content(text="Un"), wide()))
    assert type(raised.value) is error or error in {AuthExpired, Rejected}
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == told
    if isinstance(raised.value, RateLimited):
        assert raised.value.scope == told
    assert "canary" not in raised.value.detail


@pytest.mark.parametrize("answer", [refused(1), refused(-1, 2207001, 500), refused(99999)])
def test_making_a_container_leaves_nothing_in_doubt(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("POST", MAKE, answer)
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), wide()))


def test_pictures_that_cant_be_fetched_are_told_so(stage: Stage) -> None:
    stage.fake.unreachable = True
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(outgoing(Content(text="Un"), wide()))
    assert refusal.value.reason == "media_unreachable"


def test_a_limit_ends_when_the_header_says(stage: Stage) -> None:
    stage.served.answer_next("POST", PUBLISH, limited(80002, 25, ACCOUNT))
    with pytest.raises(RateLimited) as limit:
        stage.walk.send(outgoing(Content(text="Un"), wide()))
    assert limit.value.reset_at == START + timedelta(minutes=25)


# The quota.


def test_a_full_quota_is_waited_for_until_its_oldest_post_is_too_old(stage: Stage) -> None:
    stage.fake.quota = 2
    for n in range(2):
        other = replace(KEY, uuid=f"autre {n}")
        stage.walked().send(outgoing(Content(text=f"Jour {n}"), wide(), key=other))
        stage.clock.advance(timedelta(hours=1))
    with pytest.raises(RateLimited) as limit:
        stage.walk.prepare(outgoing(Content(text="Un de trop"), wide()))
    assert limit.value.reset_at == START + timedelta(hours=24)
    stage.clock.advance(timedelta(hours=22, seconds=1))
    stage.walk.send(outgoing(Content(text="Un de trop"), wide()))


def test_a_full_quota_of_posts_that_arent_listed_is_asked_again_in_an_hour(stage: Stage) -> None:
    config = {"quota_total": 50, "quota_duration": 86400}
    told = said(200, {"data": [{"quota_usage": 50, "config": config}]})
    stage.served.answer_next("GET", "content_publishing_limit$", told)
    with pytest.raises(RateLimited) as limit:
        stage.walk.prepare(outgoing(Content(text="Un"), wide()))
    assert limit.value.reset_at == START + timedelta(hours=1)


@pytest.mark.parametrize("data", [[], [{}], [{"quota_usage": "9"}], [{"quota_usage": 9}]])
def test_a_quota_that_isnt_told_stops_nobody(stage: Stage, data: list[object]) -> None:
    stage.served.answer_next("GET", "content_publishing_limit$", said(200, {"data": data}))
    assert stage.walk.prepare(outgoing(Content(text="Un"), wide())) is None


# Looking.


def test_a_published_container_leads_to_the_post(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), wide())
    published = stage.walk.send(out)
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == Found(published.remote_id, published.url, 1)


def test_a_ready_container_stands_and_wasnt_published(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), wide())
    stage.walk.prepare(out)
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == NotThere(prepared_stands=True)


def test_a_published_container_whose_post_isnt_listed_yet_is_looked_at_again(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), wide())
    stage.walk.send(out)
    stage.fake.hides_newest = 1
    with pytest.raises(Transient):
        stage.adapter.find(search(out, parts=stage.walk.parts))


def test_a_container_that_is_gone_is_read_back(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), wide())
    published = stage.walk.send(out)
    stage.fake.containers.clear()
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == Found(published.remote_id, published.url, 1)
    stage.fake.posts.clear()
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == NotThere()
    assert stage.adapter.find(search(out)) == NotThere()


def test_a_container_that_expired_or_failed_wasnt_published(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), wide())
    stage.walk.prepare(out)
    for container in stage.fake.containers.values():
        container["failed"] = "2207026"
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == NotThere()
    stage.clock.advance(timedelta(hours=25))
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == NotThere()


def test_a_container_that_is_worked_on_tells_nothing(stage: Stage) -> None:
    stage.fake.looks = 9
    out = outgoing(Content(text=TEXT), wide())
    stage.walk.prepare(out)
    with pytest.raises(Transient):
        stage.adapter.find(search(out, parts=stage.walk.parts))


def test_a_caption_much_like_ours_is_for_a_person_to_see(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), wide())
    stage.walk.send(out)
    stage.fake.containers.clear()
    stage.fake.posts[0]["caption"] += " (modifié)"
    assert isinstance(stage.adapter.find(search(out)), CantTell)
    taken = search(out, taken=[stage.fake.posts[0]["id"]])
    assert stage.adapter.find(taken) == NotThere()


def test_the_same_container_is_never_published_twice(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), wide())
    stage.walk.prepare(out)
    stage.walk.publish(out)  # its answer was lost
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert stage.walk.prepare(out) is None
    assert "live" in stage.walk.parts
    asked = len(stage.served.seen("POST", PUBLISH))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert len(stage.served.seen("POST", PUBLISH)) == asked
    assert len(stage.fake.posts) == 1


# Access.


def test_a_token_that_was_revoked_needs_a_person(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), wide())
    stage.walk.prepare(out)
    stage.fake.token = "another"
    with pytest.raises(AuthExpired):
        stage.walk.publish(out)
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_checking_needs_the_right_to_publish(stage: Stage) -> None:
    quota = Quota(0, 100, 24)
    assert stage.adapter.check() == replace(stage.connection.profile, quota=quota)
    stage.fake.scopes -= {"instagram_business_content_publish"}
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_a_carousel_mixes_videos_and_pictures_in_their_order(stage: Stage) -> None:
    film = clip("Le four")
    out = outgoing(Content(text="Deux"), wide("Un"), film)
    assert problems(out.content, SPEC.limits, SPEC) == []
    assert stage.prepared(out) >= 1
    published = stage.walk.publish(out)
    image, video, whole = stage.fake.containers.values()
    assert (image["form"]["alt_text"], "media_type" in image["form"]) == ("Un", False)
    item = {"media_type": "VIDEO", "video_url": film.url(), "is_carousel_item": "true"}
    assert {name: video["form"].get(name) for name in item} == item
    assert "alt_text" not in video["form"]
    assert whole["form"]["media_type"] == "CAROUSEL"
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)


def test_a_long_video_is_a_reel_and_no_part_of_a_carousel() -> None:
    film = clip(seconds=61)
    assert problems(outgoing(Content(text=""), film).content, SPEC.limits, SPEC) == []
    (problem,) = problems(outgoing(Content(text=""), wide(), film).content, SPEC.limits, SPEC)
    assert (problem.code, problem.pointer) == ("video_too_long", "/media/1")
