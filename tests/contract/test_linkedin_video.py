"""A video's way to LinkedIn, for a profile and for a page, against the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from chalicelib.networks import linkedin, linkedin_video, registry
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Video
from chalicelib.networks.linkedin_pages import LinkedInPage
from chalicelib.networks.linkedin_rest import Denied
from chalicelib.publishing.outcomes import (
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.linkedin import Stage, staged
from tests.contract.stage import clip, outgoing, picture, search
from tests.fakes import fake_linkedin as fl
from tests.fakes.serving import Said, said

PIECES = r"/ambry-video/"
INIT = r"/rest/videos$"
LINK = "https://exemple.fr/menu"
FILM = clip("Un four", size=9_000)


@pytest.fixture(params=["linkedin", "linkedin_pages"])
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    is_page = request.param == "linkedin_pages"
    scopes = fl.PAGE_SCOPES if is_page else fl.MEMBER_SCOPES
    with staged(registry.network(request.param), gives_refresh=is_page, scopes=scopes) as made:
        made.fake.videos.piece = 4_000
        yield made


@pytest.fixture
def page() -> Iterator[Stage]:
    network = registry.network("linkedin_pages")
    with staged(network, gives_refresh=True, scopes=fl.PAGE_SCOPES) as made:
        yield made


def go_on(stage: Stage, video: Video = FILM, most: int = 20) -> None:
    """Walk until the video is ready, as the due index would."""
    for _ in range(most):
        pending = stage.walk.prepare(outgoing(Content(text="Le four"), video=video))
        if pending is None:
            return
        stage.clock.advance(pending.look_again_in)
    raise AssertionError("never ready")


def begun(stage: Stage, parts: int) -> None:
    """Walk until so many Parts are stored, and no further."""
    walking = stage.adapter.prepare(outgoing(Content(text="Le four"), video=FILM), {})
    for _ in range(parts):
        step = next(walking)
        assert isinstance(step, Part)
        stage.walk.parts[step.name] = step.value


def test_a_video_goes_up_in_the_pieces_asked_for_and_is_published_once(stage: Stage) -> None:
    out = outgoing(Content(text="Le four", link=LINK), video=FILM)
    assert stage.walk.prepare(out) == Pending(timedelta(seconds=5))
    go_on(stage)
    stage.walk.publish(out)
    (post,) = stage.fake.posts
    ((urn, video),) = stage.fake.videos.standing.items()
    assert post["content"] == {"media": {"id": urn, "altText": "Un four"}}
    assert fl.read(post["commentary"]) == f"Le four\n\n{LINK}"
    assert video.data == FILM.read(0, FILM.size)
    assert [len(a.body) for a in stage.served.seen("PUT", PIECES)] == [
        4_000,
        4_000,
        FILM.size - 8_000,
    ]
    assert stage.walk.calls == 1


def test_our_token_goes_with_no_piece(stage: Stage) -> None:
    go_on(stage)
    for asked in stage.served.seen("PUT", PIECES):
        assert "authorization" not in asked.headers


def test_after_a_kill_between_pieces_only_what_is_missing_is_sent(stage: Stage) -> None:
    begun(stage, 2)
    out = outgoing(Content(text="Le four"), video=FILM)
    next(iter(stage.adapter.prepare(out, dict(stage.walk.parts))))  # it arrived, but wasn't noted
    go_on(stage)
    sent = [a.path.rpartition("/")[2] for a in stage.served.seen("PUT", PIECES)]
    assert sent == ["0", "1", "1", "2"]
    (video,) = stage.fake.videos.standing.values()
    assert video.data == FILM.read(0, FILM.size)


def test_what_is_ready_is_used_again_and_sent_anew_when_old(stage: Stage) -> None:
    go_on(stage)
    asked = len(stage.served.requests)
    go_on(stage)
    assert len(stage.served.requests) == asked
    stage.clock.advance(linkedin_video.KEPT)
    go_on(stage)
    assert len(stage.fake.videos.standing) == 2


def test_a_video_that_cant_be_processed_is_a_persons(stage: Stage) -> None:
    stage.fake.videos.spoils = True
    with pytest.raises(Rejected) as refused:
        go_on(stage)
    assert refused.value.reason == "video_failed"
    stage.fake.videos.spoils = False
    go_on(stage)
    assert len(stage.fake.videos.standing) == 2


def test_one_that_we_may_not_look_at_is_given_a_while(stage: Stage) -> None:
    stage.fake.videos.may_be_read = False
    began = stage.clock.now()
    go_on(stage)
    assert stage.clock.now() - began == linkedin_video.UNSEEN_FOR
    stage.walk.publish(outgoing(Content(text="Le four"), video=FILM))
    assert len(stage.fake.posts) == 1


@pytest.mark.parametrize("kept", [1, 3, 5])
def test_an_upload_that_linkedin_has_forgotten_is_begun_anew_once(stage: Stage, kept: int) -> None:
    begun(stage, kept)
    stage.fake.videos.standing.clear()
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Le four"), video=FILM))
    go_on(stage)
    assert len(stage.fake.videos.standing) == 1


def test_addresses_that_have_ended_are_asked_for_anew(stage: Stage) -> None:
    value = {
        "uploadUrlsExpireAt": fl.milliseconds(stage.clock.now() + timedelta(minutes=5)),
        "video": "urn:li:video:OLD",
        "uploadInstructions": [
            {"uploadUrl": "https://www.linkedin.com/x", "firstByte": 0, "lastByte": FILM.size - 1}
        ],
        "uploadToken": "",
    }
    stage.served.answer_next("POST", INIT, said(200, {"value": value}))
    begun(stage, 1)
    stage.clock.advance(timedelta(minutes=5))
    go_on(stage)
    assert "OLD" not in stage.walk.parts["video"]


def test_a_lost_answer_to_the_end_is_asked_for_again(stage: Stage) -> None:
    begun(stage, 4)
    stage.served.answer_next("POST", INIT, Said(502, b"", {}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Le four"), video=FILM))
    go_on(stage)
    assert len(stage.fake.videos.standing) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fl.limited("Resource level throttle MEMBER DAY limit"), RateLimited),
        (fl.denied(), Denied),
        (fl.illegal("fileSizeBytes"), Rejected),
        (fl.refused(426, "NONEXISTENT_VERSION", "not active"), Transient),
        (Said(403, b"<html>firewall</html>", {}), Transient),
        (Said(500, b"", {}), Transient),
    ],
)
def test_what_is_answered_at_the_beginning_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("POST", INIT, answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.prepare(outgoing(Content(text="Un secret"), video=FILM))
    assert type(raised.value) is error


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(400, b"", {}), Rejected),
        (Said(413, b"", {}), Rejected),
        (Said(401, b"", {}), Transient),
        (Said(200, b"", {}), Transient),
        (Said(503, b"", {}), Transient),
    ],
)
def test_what_a_piece_is_answered(stage: Stage, answer: Said, error: type[NetworkError]) -> None:
    stage.served.answer_next("PUT", PIECES, answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.prepare(outgoing(Content(text="Un"), video=FILM))
    assert type(raised.value) is error


def piece(first: object, last: object, url: object = "https://www.linkedin.com/x") -> object:
    return {"uploadUrl": url, "firstByte": first, "lastByte": last}


@pytest.mark.parametrize(
    "instructions",
    [
        None,
        7,
        [],
        [7],
        [piece(0, FILM.size - 2)],
        [piece(1, FILM.size - 1)],
        [piece(0, FILM.size - 1, "")],
        [piece(0, FILM.size - 1, 7)],
        [piece(0, "12")],
        [piece(0, 99), piece(101, FILM.size - 1)],
        [piece(0, 99), piece(100, 50), piece(51, FILM.size - 1)],
    ],
)
def test_pieces_that_arent_the_video_are_not_sent(stage: Stage, instructions: object) -> None:
    value = {"video": "urn:li:video:1", "uploadInstructions": instructions, "uploadToken": ""}
    stage.served.answer_next("POST", INIT, said(200, {"value": value}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), video=FILM))
    assert stage.served.seen("PUT") == []


def test_a_piece_that_is_too_large_to_be_held_is_not_sent(stage: Stage) -> None:
    stage.fake.videos.piece = 100_000_000
    video = replace(FILM, size=9_000_000)
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), video=video))
    assert stage.served.seen("PUT") == []


@pytest.mark.parametrize("answer", [said(200, {"status": "ODD"}), said(200, {}), said(200, [])])
def test_an_odd_answer_says_nothing_of_a_video(stage: Stage, answer: Said) -> None:
    stage.walk.prepare(outgoing(Content(text="Un"), video=FILM))
    stage.served.answer_next("GET", "/rest/videos/", answer)
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), video=FILM))


def test_a_page_s_lost_reply_is_found_and_isnt_taken_for_an_image(page: Stage) -> None:
    page.fake.videos.looks = 0
    out = outgoing(Content(text="Le four"), video=FILM)
    go_on(page)
    made = page.walk.publish(out)
    assert isinstance(page.adapter, LinkedInPage)
    assert page.adapter.find(search(out)) == Found(made.remote_id, made.url, 1)
    other = outgoing(Content(text="Le four"), picture("Un four"))
    assert not isinstance(page.adapter.find(search(other)), Found)
    page.served.answer_next("POST", r"/rest/posts$", Said(504, b"", {}))
    with pytest.raises(OutcomeUnknown):
        page.walk.publish(out)
    unseen = outgoing(Content(text="Tout autre chose"), video=FILM)
    assert page.adapter.find(search(unseen)) == NotThere()


@pytest.mark.parametrize(
    ("video", "code"),
    [
        (clip(seconds=2), "video_too_short"),
        (clip(seconds=1_801), "video_too_long"),
        (replace(clip(), size=500_000_001), "video_too_big"),
        (clip("é" * 4_087), "alt_too_long"),
    ],
)
def test_what_linkedin_would_refuse_is_told_beforehand(video: Video, code: str) -> None:
    content = outgoing(Content(text="Un"), video=video).content
    assert [p.code for p in problems(content, linkedin.SPEC.limits, linkedin.SPEC)] == [code]


def test_a_mov_is_told_beforehand() -> None:
    content = outgoing(Content(text="Un"), video=FILM).content
    mov = replace(content, media=(replace(content.media[0], content_type="video/quicktime"),))
    assert [p.code for p in problems(mov, linkedin.SPEC.limits, linkedin.SPEC)] == ["video_type"]
