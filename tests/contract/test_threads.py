"""Threads' adapter against an API that holds the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.networks import threads
from chalicelib.networks.checking import counts, problems
from chalicelib.networks.threads import SPEC
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from chalicelib.workspaces.accounts import Quota
from tests.contract import two_phase_stage
from tests.contract.stage import KEY, TEXT, clip, outgoing, search
from tests.contract.two_phase_stage import wide
from tests.fakes.clocks import START
from tests.fakes.fake_graph import limited, refused
from tests.fakes.fake_threads import ACCOUNT, FakeThreads
from tests.fakes.serving import Said, said

PUBLISH = "/threads_publish$"
MAKE = f"/{ACCOUNT}/threads$"
LINK = "https://exemple.fr/menu"
Stage = two_phase_stage.Stage[FakeThreads]


@pytest.fixture
def stage() -> Iterator[Stage]:
    with two_phase_stage.threads() as made:
        yield made


# Publishing.


def test_a_text_goes_out_in_two_phases_and_never_in_one(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    stage.walk.prepare(out)
    assert stage.fake.posts == []
    published = stage.walk.publish(out)
    (post,) = stage.fake.posts
    assert (post["text"], post["media_type"]) == (TEXT, "TEXT_POST")
    assert (published.remote_id, published.url) == (post["id"], post["permalink"])
    assert stage.walk.calls == 1
    writes = stage.served.seen("POST")
    assert not [asked for asked in writes if "auto_publish_text" in asked.urlencoded()]


def test_a_picture_and_several_go_out_with_their_alternative_texts(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="Une"), wide("Un croissant")))
    other = replace(KEY, uuid="autre")
    out = outgoing(Content(text="Deux"), wide("Un"), wide("Deux", colour="red"), key=other)
    walk = stage.walked()
    walk.send(out)
    one, *items, whole = stage.fake.containers.values()
    assert (one["form"]["media_type"], one["form"]["alt_text"]) == ("IMAGE", "Un croissant")
    assert [i["form"]["alt_text"] for i in items] == ["Un", "Deux"]
    assert all("text" not in i["form"] for i in items)
    assert (whole["form"]["media_type"], whole["form"]["text"]) == ("CAROUSEL", "Deux")
    assert isinstance(stage.adapter.find(search(out, parts=walk.parts)), Found)


def test_a_video_goes_out_with_its_text_its_link_and_its_description(stage: Stage) -> None:
    video = clip("Le four s’ouvre")
    out = outgoing(Content(text="Le four", link=LINK), video=video)
    assert stage.prepared(out) >= 1
    published = stage.walk.publish(out)
    (container,) = stage.fake.containers.values()
    shown = {"video_url": video.url(), "alt_text": "Le four s’ouvre"}
    sent = {name: container["form"][name] for name in ("media_type", *shown, "text")}
    assert sent == {"media_type": "VIDEO", **shown, "text": f"Le four\n\n{LINK}"}
    assert stage.fake.posts[0]["media_type"] == "VIDEO"
    looked = Found(published.remote_id, published.url, 1)
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == looked
    assert stage.adapter.find(search(out)) == looked
    text_alone = outgoing(Content(text="Le four\n\n" + LINK))
    assert isinstance(stage.adapter.find(search(text_alone)), CantTell)


def test_a_video_without_a_text_is_a_post(stage: Stage) -> None:
    stage.prepared(out := outgoing(Content(text=""), video=clip()))
    stage.walk.publish(out)
    assert stage.fake.posts[0]["text"] == ""


@pytest.mark.parametrize(
    ("why", "error"),
    [
        ("FAILED_PROCESSING_VIDEO", Rejected),
        ("INVALID_ASPEC_RATIO", Rejected),
        ("INVALID_DURATION", Rejected),
        ("FAILED_DOWNLOADING_VIDEO", Transient),
        ("UNKNOWN", Transient),
    ],
)
def test_why_a_videos_container_failed_is_told(
    stage: Stage, why: str, error: type[NetworkError]
) -> None:
    stage.fake.fails_with = why
    out = outgoing(Content(text="Un"), video=clip())
    with pytest.raises(error) as raised:
        stage.prepared(out)
    assert stage.fake.posts == []
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == "video_failed"
        return
    stage.fake.fails_with = ""
    stage.prepared(out)
    stage.walk.publish(out)
    assert len(stage.fake.posts) == 1


def test_a_video_is_five_minutes_long_at_most() -> None:
    spec = threads.SPEC
    long = outgoing(Content(text="Un"), video=clip(seconds=301)).content
    assert [p.code for p in problems(long, spec.limits, spec)] == ["video_too_long"]


@pytest.mark.parametrize(
    ("text", "pictures", "sent"),
    [
        ("Le menu", 0, ("Le menu", LINK)),
        (f"Le menu : {LINK}", 0, (f"Le menu : {LINK}", "")),
        ("", 0, (LINK, "")),
        ("Le menu", 1, (f"Le menu\n\n{LINK}", "")),
    ],
)
def test_a_link_is_a_card_where_there_is_room_for_one(
    stage: Stage, text: str, pictures: int, sent: tuple[str, str]
) -> None:
    out = outgoing(Content(text=text, link=LINK), *[wide()] * pictures)
    stage.walk.send(out)
    post = stage.fake.posts[0]
    assert (post["text"], post["link"]) == sent
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), Found)


def test_an_emoji_counts_as_its_bytes(stage: Stage) -> None:
    spec = threads.SPEC
    (used,) = counts(Content(text="é🥐"), spec.limits, spec)
    assert used.count == 5
    assert problems(Content(text="é" * 496 + "🥐"), spec.limits, spec) == []
    found = problems(Content(text="é" * 497 + "🥐"), spec.limits, spec)
    assert [p.code for p in found] == ["too_long"]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (Content(text="é" * 501), "too_long"),
        (Content(text="", link=f"https://exemple.fr/{'x' * 500}"), "too_long"),
        (Content(text=" ".join(f"https://exemple.fr/{n}" for n in range(6))), "too_many_links"),
        (
            Content(text=" ".join(f"https://exemple.fr/{n}" for n in range(5)), link=LINK),
            "too_many_links",
        ),
    ],
)
def test_what_would_be_answered_with_a_500_isnt_sent(
    stage: Stage, content: Content, reason: str
) -> None:
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(outgoing(content))
    assert refusal.value.reason == reason
    assert stage.fake.containers == {}


def test_a_picture_ten_times_as_long_as_wide_isnt_taken(stage: Stage) -> None:
    stage.walk.prepare(outgoing(Content(text="Un"), wide(size=(1000, 100))))
    with pytest.raises(Rejected) as refusal:
        stage.walked().prepare(outgoing(Content(text="Un"), wide(size=(100, 1001))))
    assert refusal.value.reason == "media_ratio"


def test_what_is_worked_on_is_waited_for(stage: Stage) -> None:
    stage.fake.looks = 3
    out = outgoing(Content(text="Un"), wide("Un"), wide("Deux", colour="red"))
    assert stage.prepared(out) >= 2
    assert len(stage.served.seen("POST", MAKE)) == 3
    stage.walk.publish(out)


def test_a_container_that_failed_is_made_anew(stage: Stage) -> None:
    stage.fake.fails_with = "FAILED_DOWNLOADING_VIDEO"
    out = outgoing(Content(text="Un"), wide())
    with pytest.raises(Transient):
        stage.walk.prepare(out)
    stage.fake.fails_with = ""
    stage.walk.send(out)
    assert len(stage.fake.posts) == 1


# What its answers mean.


ERRORS: list[tuple[Said, type[NetworkError], str]] = [
    (refused(1, status=500), OutcomeUnknown, ""),
    (refused(2), OutcomeUnknown, ""),
    (refused(4, status=403), RateLimited, "network"),
    (refused(10, status=403), AuthExpired, ""),
    (refused(17), RateLimited, "channel"),
    (refused(24, 4279009), OutcomeUnknown, ""),
    (refused(100), Rejected, "invalid"),
    (refused(100, 33), OutcomeUnknown, ""),
    (refused(190, 463, 401), Transient, ""),
    (refused(200), AuthExpired, ""),
    (refused(368), RateLimited, "channel"),
    (refused(613), RateLimited, "channel"),
    (refused(99999), OutcomeUnknown, ""),
    (Said(200, b"<html>"), OutcomeUnknown, ""),
    (Said(302, b"", {"Location": "https://www.threads.com/login"}), OutcomeUnknown, ""),
    (said(200, {"success": True}), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "error", "told"), ERRORS)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], told: str
) -> None:
    stage.served.answer_next("POST", PUBLISH, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(outgoing(Content(text="Un")))
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == told
    if isinstance(raised.value, RateLimited):
        assert raised.value.scope == told
    assert "canary" not in raised.value.detail


@pytest.mark.parametrize("answer", [refused(1, status=500), refused(2), refused(99999)])
def test_making_a_container_leaves_nothing_in_doubt(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("POST", MAKE, answer)
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un")))


def test_a_limit_ends_when_the_header_says(stage: Stage) -> None:
    stage.served.answer_next("POST", PUBLISH, limited(17, 25, ACCOUNT))
    with pytest.raises(RateLimited) as limit:
        stage.walk.send(outgoing(Content(text="Un")))
    assert limit.value.reset_at == START + timedelta(minutes=25)


def test_a_full_quota_is_waited_for_until_its_oldest_post_is_too_old(stage: Stage) -> None:
    stage.fake.quota = 1
    stage.walked().send(outgoing(Content(text="Premier"), key=replace(KEY, uuid="premier")))
    stage.clock.advance(timedelta(hours=2))
    with pytest.raises(RateLimited) as limit:
        stage.walk.prepare(outgoing(Content(text="Un")))
    assert limit.value.reset_at == START + timedelta(hours=24)


# Looking.


def test_a_published_container_leads_to_the_post(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    published = stage.walk.send(out)
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == Found(published.remote_id, published.url, 1)
    stage.fake.hides_newest = 1
    with pytest.raises(Transient):
        stage.adapter.find(search(out, parts=stage.walk.parts))


def test_a_ready_container_stands_and_wasnt_published(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    stage.walk.prepare(out)
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == NotThere(prepared_stands=True)


def test_a_container_that_is_gone_is_read_back(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    published = stage.walk.send(out)
    stage.fake.containers.clear()
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert looked == Found(published.remote_id, published.url, 1)
    stage.fake.posts[0]["text"] += " (modifié)"
    assert isinstance(stage.adapter.find(search(out)), CantTell)
    stage.fake.posts.clear()
    assert stage.adapter.find(search(out)) == NotThere()


def test_the_same_container_is_never_published_twice(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    stage.walk.prepare(out)
    stage.walk.publish(out)  # its answer was lost
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert stage.walk.prepare(out) is None
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert len(stage.fake.posts) == 1


# Access.


def test_a_token_that_was_revoked_needs_a_person(stage: Stage) -> None:
    out = outgoing(Content(text="Un"))
    stage.walk.prepare(out)
    stage.fake.token = "another"
    with pytest.raises(AuthExpired):
        stage.walk.publish(out)
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_checking_needs_the_right_to_publish(stage: Stage) -> None:
    quota = Quota(0, 250, 24)
    assert stage.adapter.check() == replace(stage.connection.profile, quota=quota)
    stage.fake.scopes -= {"threads_content_publish"}
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_a_carousel_mixes_videos_and_pictures_in_their_order(stage: Stage) -> None:
    film = clip("Le four")
    out = outgoing(Content(text="Deux"), wide("Un"), film, wide("Trois", colour="red"))
    assert problems(out.content, SPEC.limits, SPEC) == []
    assert stage.prepared(out) >= 1
    published = stage.walk.publish(out)
    *items, whole = stage.fake.containers.values()
    shown = [(i["form"]["media_type"], i["form"]["alt_text"]) for i in items]
    assert shown == [("IMAGE", "Un"), ("VIDEO", "Le four"), ("IMAGE", "Trois")]
    assert all(i["form"]["is_carousel_item"] == "true" for i in items)
    assert whole["form"]["media_type"] == "CAROUSEL"
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)
    fewer = outgoing(Content(text="Deux"), wide("Un"), film)
    assert isinstance(stage.adapter.find(search(fewer)), CantTell)
