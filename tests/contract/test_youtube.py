"""The adapter of YouTube, against the network's documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.networks import youtube, youtube_upload
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Outgoing, Video
from chalicelib.networks.youtube_api import next_midnight
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
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
from chalicelib.publishing.posts import Content, Media
from tests.contract.discovery import body_problems, problems_of
from tests.contract.stage import TEXT, Walk, clip, outgoing, search, vault_of
from tests.contract.youtube import API, Stage, standing
from tests.fakes.clocks import START
from tests.fakes.fake_google import exhausted, retry_info, unauthenticated
from tests.fakes.fake_youtube import QUARTER, SCOPE, refused
from tests.fakes.serving import Said, said

UPLOADS, SESSION = r"/upload/youtube/v3/videos$", "upload_id"
VIDEOS, COMMENTS = r"/youtube/v3/videos$", r"/comments$"
HTML = {"Content-Type": "text/html"}


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


@pytest.fixture
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(youtube_upload, "CHUNK", QUARTER)


def film(title: str = "La fournée", text: str = TEXT, video: Video | None = None) -> Outgoing:
    return outgoing(Content(text=text, title=title), video=video or clip())


def large() -> Video:
    """Return a video of three chunks and a bit, where chunks are small."""
    return clip(size=3 * QUARTER + 1_000)


# Publishing.


def test_a_video_goes_up_private_and_is_shown_by_one_call(stage: Stage) -> None:
    video = clip()
    out = film(video=video)
    stage.prepared(out)
    (held,) = stage.fake.videos.values()
    assert held["status"]["privacyStatus"] == "private"
    assert (held["snippet"]["title"], held["snippet"]["description"]) == ("La fournée", TEXT)
    (session,) = stage.fake.sessions.values()
    assert session.data == video.read(0, video.size)
    assert (session.size, session.content_type) == (video.size, "video/mp4")
    published = stage.walk.publish(out)
    assert published.remote_id == held["id"]
    assert published.url == f"https://www.youtube.com/watch?v={held['id']}"
    assert stage.fake.videos[held["id"]]["status"]["privacyStatus"] == "public"
    assert stage.walk.calls == 1
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == Found(
        published.remote_id, published.url, 1
    )


def test_what_a_person_set_meanwhile_stays_as_it_is(stage: Stage) -> None:
    out = film()
    stage.prepared(out)
    (held,) = stage.fake.videos.values()
    held["status"] |= {"embeddable": False, "license": "creativeCommon", "publicStatsViewable": 7}
    stage.send(out)
    (asked,) = stage.calls("PUT", VIDEOS.replace("/youtube", "[^d]/youtube"))
    assert asked.json()["status"] == {
        "embeddable": False,
        "license": "creativeCommon",
        "selfDeclaredMadeForKids": False,
        "privacyStatus": "public",
    }


def test_a_link_stands_in_the_description(stage: Stage) -> None:
    out = outgoing(Content(text="Midi", title="Menu", link="https://exemple.fr/menu"), video=clip())
    stage.send(out)
    (held,) = stage.fake.videos.values()
    assert held["snippet"]["description"] == "Midi\n\nhttps://exemple.fr/menu"


def test_processing_is_waited_for_less_and_less_often(stage: Stage) -> None:
    stage.fake.looks = 4
    out = film()
    waits = []
    while isinstance(pending := stage.walk.prepare(out), Pending):
        waits.append(pending.look_again_in)
        stage.clock.advance(pending.look_again_in)
    assert waits[0] == timedelta(seconds=10)
    assert len(waits) == 4
    stage.clock.advance(timedelta(hours=1))
    stage.fake.videos[next(iter(stage.fake.videos))]["status"]["uploadStatus"] = "uploaded"
    stage.fake.videos[next(iter(stage.fake.videos))]["looks"] = 1
    assert stage.walk.prepare(out) == Pending(timedelta(minutes=2))
    assert len(stage.calls("POST", UPLOADS)) == 1


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        ({"uploadStatus": "failed", "failureReason": "codec"}, "video_failed"),
        ({"uploadStatus": "rejected", "rejectionReason": "duplicate"}, "duplicate"),
        ({"uploadStatus": "rejected", "rejectionReason": "copyright"}, "refused_on_review"),
    ],
)
def test_what_youtube_makes_nothing_of_is_for_a_person(
    stage: Stage, status: dict[str, str], reason: str
) -> None:
    stage.fake.fails = status
    with pytest.raises(Rejected) as refusal:
        stage.prepared(film())
    assert refusal.value.reason == reason


def test_processing_that_fails_is_for_a_person(stage: Stage) -> None:
    out = film()
    details = {"processingStatus": "failed", "processingFailureReason": "transcodeFailed"}
    stage.prepared(out)
    made = next(iter(stage.fake.videos))
    item = {"id": made, "status": {"privacyStatus": "private", "uploadStatus": "uploaded"}}
    body = {"kind": "youtube#videoListResponse", "items": [{**item, "processingDetails": details}]}
    stage.served.answer_next("GET", VIDEOS, said(200, body))
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(out)
    assert refusal.value.reason == "video_failed"


def test_processing_without_end_is_for_a_person_and_gone_on_with(stage: Stage) -> None:
    out = film()
    stage.fake.looks = 1_000
    with pytest.raises(Rejected) as refusal:
        stage.prepared(out)
    assert refusal.value.reason == "video_slow"
    next(iter(stage.fake.videos.values()))["looks"] = 0
    assert stage.send(out).remote_id
    assert len(stage.fake.videos) == 1


@pytest.mark.parametrize("refuses", [False, True])
def test_an_installation_that_isnt_reviewed_is_told_so(stage: Stage, refuses: bool) -> None:
    stage.fake.is_audited, stage.fake.refuses_locked = False, refuses
    out = film()
    stage.prepared(out)
    with pytest.raises(Rejected) as refusal:
        stage.walk.publish(out)
    assert refusal.value.reason == "locked_private"
    assert stage.adapter.find(search(out, parts=stage.walk.parts)) == NotThere(prepared_stands=True)


def test_a_video_that_is_public_already_is_never_sent_again(stage: Stage) -> None:
    out = film()
    stage.send(out)
    assert stage.walk.prepare(out) is None
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert stage.walk.calls == 1


# What a break leaves.


@pytest.mark.usefixtures("_small_chunks")
def test_a_large_video_goes_up_in_chunks_each_said(stage: Stage) -> None:
    video = large()
    stage.prepared(film(video=video))
    spans = [a.headers["content-range"] for a in stage.calls("PUT", UPLOADS)]
    assert [span.partition("/")[0] for span in spans] == [
        *(f"bytes {n * QUARTER}-{(n + 1) * QUARTER - 1}" for n in range(3)),
        f"bytes {3 * QUARTER}-{video.size - 1}",
    ]
    assert stage.walk.parts["sent"] == str(3 * QUARTER)
    assert next(iter(stage.fake.sessions.values())).data == video.read(0, video.size)


@pytest.mark.usefixtures("_small_chunks")
@pytest.mark.parametrize("steps", [1, 2, 3, 4, 5])
def test_a_walk_that_ends_anywhere_is_gone_on_with(stage: Stage, steps: int) -> None:
    video = large()
    out = film(video=video)
    dying = stage.adapter.prepare(out, {})
    for _, part in zip(range(steps), dying, strict=False):
        assert isinstance(part, Part)
        stage.walk.parts[part.name] = part.value
    dying.close()  # type: ignore[attr-defined]
    stage.send(out)
    (session,) = stage.fake.sessions.values()
    assert session.data == video.read(0, video.size)
    assert len(stage.fake.videos) == 1


@pytest.mark.usefixtures("_small_chunks")
@pytest.mark.parametrize("kept", [1, 2, 3, 4])
def test_a_chunk_that_arrived_unsaid_is_not_sent_again(stage: Stage, kept: int) -> None:
    """The function dies after a chunk has arrived, and before its part is stored."""
    out = film(video=large())
    steps = stage.adapter.prepare(out, {})
    for n, part in enumerate(steps):
        if n >= kept:
            break  # it has happened, and nothing of it is stored
        assert isinstance(part, Part)
        stage.walk.parts[part.name] = part.value
    stage.send(out)
    spans = [a.headers["content-range"] for a in stage.calls("PUT", UPLOADS) if a.body]
    assert len(set(spans)) == len(spans) == 4
    assert len(stage.fake.videos) == 1


def test_what_is_taken_of_a_chunk_is_gone_on_from(stage: Stage) -> None:
    stage.fake.takes_at_once = QUARTER
    video = clip(size=3 * QUARTER)
    stage.send(film(video=video))
    assert next(iter(stage.fake.sessions.values())).data == video.read(0, video.size)


def test_a_chunk_of_which_nothing_is_taken_is_tried_later(stage: Stage) -> None:
    stage.fake.takes_at_once = 0
    with pytest.raises(Transient):
        stage.walk.prepare(film())


def test_an_answer_lost_at_the_end_of_the_upload_is_asked_for(stage: Stage) -> None:
    out = film()
    steps = stage.adapter.prepare(out, {})
    part = next(steps)
    assert isinstance(part, Part)
    stage.walk.parts[part.name] = part.value
    next(steps)  # the video stands, and its id is lost
    stage.send(out)
    assert len(stage.fake.videos) == 1
    assert len(stage.calls("POST", UPLOADS)) == 1


def test_a_session_that_is_over_is_begun_anew(stage: Stage) -> None:
    out = film()
    part = next(stage.adapter.prepare(out, {}))
    assert isinstance(part, Part)
    stage.walk.parts[part.name] = part.value
    stage.fake.sessions.clear()
    stage.send(out)
    assert len(stage.calls("POST", UPLOADS)) == 2
    assert len(stage.fake.videos) == 1


def test_a_session_that_ends_under_way_is_begun_anew_at_the_next_try(stage: Stage) -> None:
    out = film()
    stage.served.answer_next("PUT", UPLOADS, Said(404, b"Not Found"))
    with pytest.raises(Transient):
        stage.walk.prepare(out)
    stage.send(out)
    assert len(stage.fake.videos) == 1


def test_a_video_that_isnt_told_of_yet_is_waited_for_and_then_made_anew(stage: Stage) -> None:
    out = film()
    stage.fake.hidden = 1
    assert isinstance(stage.walk.prepare(out), Pending)
    stage.fake.hidden = 0
    stage.send(out)
    assert len(stage.fake.videos) == 1


def test_a_video_that_was_deleted_is_made_anew(stage: Stage) -> None:
    out = film()
    stage.prepared(out)
    stage.fake.videos.clear()
    stage.clock.advance(timedelta(minutes=5))
    stage.send(out)
    assert len(stage.fake.videos) == 1
    held = next(iter(stage.fake.videos.values()))
    held["status"]["uploadStatus"] = "deleted"
    stage.clock.advance(timedelta(minutes=5))
    assert stage.walk.prepare(out) is None
    assert len(stage.fake.videos) == 2


@pytest.mark.parametrize(
    "session",
    ["", "http://youtube.googleapis.com/upload", "https://evil.example/upload", "https://[", "/x"],
)
def test_our_token_goes_to_googles_own_addresses_only(stage: Stage, session: str) -> None:
    stage.served.answer_next("POST", UPLOADS, Said(200, b"", {"Location": session}))
    with pytest.raises(Transient):
        stage.walk.prepare(film())
    assert stage.calls("PUT") == []


def test_a_video_of_which_less_can_be_read_than_it_has_isnt_sent(stage: Stage) -> None:
    with pytest.raises(Transient):
        stage.walk.prepare(film(video=replace(clip(), read=lambda *_: b"short")))
    assert stage.calls("PUT") == []


# What it takes.

FILM = Media("a", "video/mp4", 1080, 1920, 50_000, "", 12_000)


@pytest.mark.parametrize(
    ("content", "codes"),
    [
        (Content(text="", title="Un", media=(FILM,)), []),
        (Content(text="é" * 2_500, title="x" * 100, media=(FILM,)), []),
        (Content(text="é" * 2_501, title="Un", media=(FILM,)), ["too_long"]),
        (Content(text="Un", title="x" * 101, media=(FILM,)), ["title_too_long"]),
        (Content(text="Un", title=" ", media=(FILM,)), ["title_missing"]),
        (Content(text="Un", title="Un"), ["video_missing"]),
        (Content(text="1 < 2", title="Un", media=(FILM,)), ["refused_characters"]),
        (Content(text="Un", title="a > b", media=(FILM,)), ["refused_characters"]),
        (
            Content(text="Un", title="Un", media=(replace(FILM, duration_ms=43_201_000),)),
            ["video_too_long"],
        ),
        (Content(text="Merci < 3", answers={"parent": "x"}), []),
        (Content(text="x" * 10_001, answers={"parent": "x"}), ["too_long"]),
    ],
)
def test_what_youtube_would_refuse_is_said_while_it_is_written(
    content: Content, codes: list[str]
) -> None:
    spec = youtube.SPEC
    assert [p.code for p in problems(content, spec.limits, spec)] == codes


def test_a_post_without_a_video_is_refused(stage: Stage) -> None:
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(outgoing(Content(text="Un", title="Un")))
    assert refusal.value.reason == "video_missing"


# What its answers mean.

ERRORS: list[tuple[Said, type[NetworkError], str]] = [
    (refused(400, "invalidTitle", "youtube.video"), Rejected, "invalid"),
    (refused(400, "invalidVideoMetadata", "youtube.video"), Rejected, "invalid"),
    (refused(400, "mediaBodyRequired"), Rejected, "invalid"),
    (refused(400, "processingFailure"), OutcomeUnknown, ""),
    (refused(400, "newKindOfReason"), OutcomeUnknown, ""),
    (refused(400, "uploadLimitExceeded", "youtube.video"), RateLimited, "channel"),
    (refused(403, "quotaExceeded", "youtube.quota"), RateLimited, "network"),
    (refused(403, "dailyLimitExceeded", "usageLimits"), RateLimited, "network"),
    (refused(403, "rateLimitExceeded", "usageLimits"), RateLimited, "network"),
    (refused(403, "userRateLimitExceeded", "usageLimits"), RateLimited, "channel"),
    (exhausted("10000", "1/d/{project}"), RateLimited, "network"),
    (exhausted("60", "1/min/{project}/{user}"), RateLimited, "network"),
    (Said(429, b"<html>slow down</html>", HTML), RateLimited, "network"),
    (exhausted("0"), Rejected, "no_access"),
    (refused(403, "accessNotConfigured", "usageLimits"), Rejected, "no_access"),
    (refused(403, "forbiddenPrivacySetting", "youtube.video"), Rejected, "locked_private"),
    (refused(403, "forbidden", "youtube.video"), Rejected, "locked_private"),
    (refused(404, "videoNotFound", "youtube.video"), OutcomeUnknown, ""),
    (Said(400, b"<html>400</html>", HTML), OutcomeUnknown, ""),
    (Said(403, b"<html>firewall</html>", HTML), OutcomeUnknown, ""),
    (Said(404, b"<html>404</html>", HTML), OutcomeUnknown, ""),
    (refused(409, "conflict"), OutcomeUnknown, ""),
    (refused(500, "backendError"), OutcomeUnknown, ""),
    (Said(503, b"", {}), OutcomeUnknown, ""),
    (Said(302, b"", {"Location": "/login"}), OutcomeUnknown, ""),
    (Said(308, b"", {}), OutcomeUnknown, ""),
    (Said(200, b"<html>Bienvenue</html>", HTML), OutcomeUnknown, ""),
    (said(200, {}), OutcomeUnknown, ""),
    (said(200, {"id": "another", "status": {"privacyStatus": "public"}}), OutcomeUnknown, ""),
    (said(200, {"id": 7, "status": "public"}), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "error", "word"), ERRORS)
def test_what_an_answer_to_the_call_means(
    stage: Stage, answer: Said, error: type[NetworkError], word: str
) -> None:
    out = film(text="Un pain secret")
    stage.prepared(out)
    stage.served.answer_next("PUT", VIDEOS, answer)
    with pytest.raises(error) as raised:
        stage.walk.publish(out)
    assert type(raised.value) is error
    assert word == getattr(raised.value, "reason", getattr(raised.value, "scope", ""))
    secrets = [*vault_of(stage.tools).secret.values(), "Un pain secret", "quote the request"]
    assert not any(secret in f"{raised.value!r} {raised.value.detail}" for secret in secrets)


@pytest.mark.parametrize(
    ("answer", "error", "word"),
    [
        (refused(400, "invalidDescription", "youtube.video"), Rejected, "invalid"),
        (refused(400, "uploadLimitExceeded", "youtube.video"), RateLimited, "channel"),
        (refused(403, "quotaExceeded", "youtube.quota"), RateLimited, "network"),
        (refused(403, "forbidden"), AuthExpired, ""),
        (refused(400, "processingFailure"), Transient, ""),
        (refused(500, "backendError"), Transient, ""),
        (Said(200, b"<html>Bienvenue</html>", HTML), Transient, ""),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_what_an_answer_to_the_upload_means(
    stage: Stage, method: str, answer: Said, error: type[NetworkError], word: str
) -> None:
    stage.served.answer_next(method, UPLOADS, answer)
    with pytest.raises(error) as raised:
        stage.walk.prepare(film())
    assert word == getattr(raised.value, "reason", getattr(raised.value, "scope", ""))


def test_a_days_units_come_back_at_midnight_in_california(stage: Stage) -> None:
    winter, summer = datetime(2026, 12, 1, 7, 59, tzinfo=UTC), datetime(2026, 7, 1, 12, tzinfo=UTC)
    assert next_midnight(winter) == datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert next_midnight(winter + timedelta(minutes=1)) == datetime(2026, 12, 2, 8, tzinfo=UTC)
    assert next_midnight(summer) == datetime(2026, 7, 2, 7, tzinfo=UTC)
    out = film()
    stage.served.answer_next("POST", UPLOADS, refused(403, "quotaExceeded", "youtube.quota"))
    with pytest.raises(RateLimited) as limited:
        stage.walk.prepare(out)
    assert limited.value.reset_at == next_midnight(stage.clock.now())


def test_when_it_may_be_tried_again_is_read_where_it_is_said(stage: Stage) -> None:
    for answer, reset_at in (
        (refused(400, "uploadLimitExceeded"), START + timedelta(hours=1)),
        (refused(403, "rateLimitExceeded", Retry_After="90"), START + timedelta(seconds=90)),
        (refused(403, "rateLimitExceeded"), None),
        (exhausted("60", "1/min/{project}", retry_info(30)), START + timedelta(seconds=30)),
    ):
        stage.served.answer_next("POST", UPLOADS, answer)
        with pytest.raises(RateLimited) as limited:
            stage.walk.prepare(film())
        assert limited.value.reset_at == reset_at


# Tokens.


def test_a_token_is_renewed_while_preparing_and_never_before_the_call(stage: Stage) -> None:
    out = film()
    stage.clock.advance(timedelta(minutes=56))
    stage.prepared(out)
    assert vault_of(stage.tools).renewals == 1
    stage.fake.access.clear()
    with pytest.raises(Transient):
        stage.walk.publish(out)
    assert vault_of(stage.tools).renewals == 2
    assert stage.walk.publish(out).remote_id


def test_a_chunk_that_is_refused_is_sent_once_more_with_a_fresh_token(stage: Stage) -> None:
    stage.served.answer_next("PUT", UPLOADS, unauthenticated())
    stage.send(film())
    assert vault_of(stage.tools).renewals == 1


def test_an_access_that_was_taken_back_needs_a_person(stage: Stage) -> None:
    out = film()
    stage.prepared(out)
    stage.fake.access.clear()
    stage.fake.refresh.clear()
    with pytest.raises(AuthExpired):
        stage.walk.publish(out)
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_a_right_that_is_missing_for_all_needs_a_person(stage: Stage) -> None:
    out = film()
    stage.prepared(out)
    stage.fake.access = {t: (until, frozenset()) for t, (until, _) in stage.fake.access.items()}
    with pytest.raises(AuthExpired):
        stage.walk.publish(out)
    assert SCOPE in stage.fake.offers


def test_a_channel_is_checked_by_reading_only(stage: Stage) -> None:
    profile = stage.adapter.check()
    assert (profile.name, profile.handle) == ("Boulangerie Martin", "@boulangeriemartin")
    stage.fake.has_channel = False
    with pytest.raises(AuthExpired):
        stage.adapter.check()
    stage.fake.has_channel, stage.fake.is_suspended = True, True
    with pytest.raises(AuthExpired):
        stage.adapter.check()


# Looking.


def lost(stage: Stage, title: str = "La fournée", text: str = TEXT) -> Outgoing:
    """Publish, and lose the answer."""
    out = film(title, text)
    stage.send(out)
    return out


def test_an_attempt_that_didnt_arrive_leaves_what_was_prepared(stage: Stage) -> None:
    out = film()
    stage.prepared(out)
    look = search(out, parts=stage.walk.parts)
    assert stage.adapter.find(look) == NotThere(prepared_stands=True)
    assert stage.walk.publish(out).remote_id
    assert isinstance(stage.adapter.find(look), Found)


def test_a_video_tells_which_version_it_is(stage: Stage) -> None:
    out = lost(stage)
    other = replace(film("Autre chose"), version=2)
    found = stage.adapter.find(search(other, out, parts=stage.walk.parts))
    assert isinstance(found, Found)
    assert found.version == 1
    found = stage.adapter.find(search(other, parts=stage.walk.parts))
    assert isinstance(found, Found)
    assert found.version is None


def test_a_video_that_a_person_unlisted_went_out(stage: Stage) -> None:
    out = lost(stage)
    next(iter(stage.fake.videos.values()))["status"]["privacyStatus"] = "unlisted"
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), Found)


def test_without_its_id_a_video_is_looked_for_among_the_uploaded(stage: Stage) -> None:
    out = lost(stage)
    for n in range(60):
        stage.fake.made({"title": f"Jour {n}", "description": ""}, {"privacyStatus": "public"})
    made = next(iter(stage.fake.videos))
    assert stage.adapter.find(search(out)) == Found(made, youtube.address(made), 1)
    assert stage.adapter.find(search(out, taken=[made])) == NotThere()
    later = START + timedelta(hours=3)
    assert stage.adapter.find(search(out, since=later, until=later)) == NotThere()
    assert stage.adapter.find(search(film("Autre"))) == NotThere()
    stage.fake.videos[made]["status"]["privacyStatus"] = "private"
    assert stage.adapter.find(search(out)) == NotThere()


def test_a_channel_of_many_videos_is_read_as_far_as_it_takes(stage: Stage) -> None:
    for n in range(210):
        stage.fake.made({"title": f"Jour {n}", "description": ""}, {"privacyStatus": "public"})
    out = film()
    assert isinstance(stage.adapter.find(search(out)), CantTell)
    later = START + timedelta(days=40)
    assert stage.adapter.find(search(out, since=later, until=later)) == NotThere()
    assert len(stage.calls("GET", "playlistItems")) == youtube.MAX_PAGES + 1


def test_a_channel_that_never_uploaded_has_no_list(stage: Stage) -> None:
    assert stage.adapter.find(search(film())) == NotThere()


def test_a_look_that_fails_proves_nothing(stage: Stage) -> None:
    out = lost(stage)
    for answer in (Said(503, b""), said(200, {}), said(200, {"items": []}), refused(404, "x")):
        stage.served.answer_next("GET", VIDEOS, answer)
        with pytest.raises(NetworkError):
            stage.adapter.find(search(out, parts=stage.walk.parts))


# Answering.


def answer_to(stage: Stage, text: str = "Merci !") -> Outgoing:
    parent = stage.fake.say("Très bon pain")
    refs = {"parent": parent, "place": youtube.address("vid00000000"), "thread": parent}
    return replace(outgoing(Content(text=text, answers=refs)), answers=refs)


def test_an_answer_stands_under_the_comment_and_is_found_again(stage: Stage) -> None:
    out = answer_to(stage)
    published = stage.walk.send(out)
    (reply,) = stage.fake.threads[out.answers["parent"]]["replies"]
    assert (reply["id"], reply["snippet"]["textDisplay"]) == (published.remote_id, "Merci !")
    assert published.url == f"https://www.youtube.com/watch?v=vid00000000&lc={reply['id']}"
    assert stage.adapter.find(search(out)) == Found(reply["id"], published.url, 1)
    assert stage.adapter.find(search(out, taken=[reply["id"]])) == NotThere(prepared_stands=True)


def test_an_answer_of_others_words_or_another_time_isnt_ours(stage: Stage) -> None:
    out = answer_to(stage)
    stage.fake.say("Merci !", under=out.answers["parent"])
    assert stage.adapter.find(search(out)) == NotThere(prepared_stands=True)
    stage.walk.send(answer_to(stage))
    later = START + timedelta(hours=3)
    look = search(out, since=later, until=later)
    assert stage.adapter.find(look) == NotThere(prepared_stands=True)


def test_an_answer_is_looked_for_on_every_page(stage: Stage) -> None:
    out = answer_to(stage)
    for n in range(150):
        stage.fake.say(f"Moi aussi {n}", under=out.answers["parent"])
    published = stage.walk.send(out)
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)
    for n in range(400):
        stage.fake.threads[out.answers["parent"]]["replies"].insert(
            0, dict(stage.fake.comment(stage.fake.say(f"{n}")))
        )
    assert isinstance(stage.adapter.find(search(out)), CantTell)


@pytest.mark.parametrize(
    ("answer", "error", "word"),
    [
        (refused(404, "parentCommentNotFound", "youtube.comment"), Rejected, "answered_gone"),
        (refused(400, "operationNotSupported", "youtube.comment"), Rejected, "forbidden"),
        (refused(400, "parentCommentIsPrivate", "youtube.comment"), Rejected, "forbidden"),
        (refused(400, "commentTextTooLong", "youtube.comment"), Rejected, "invalid"),
        (refused(403, "ineligibleAccount", "youtube.comment"), Rejected, "forbidden"),
        (refused(400, "processingFailure", "youtube.comment"), OutcomeUnknown, ""),
        (said(200, {"id": "x"}), OutcomeUnknown, ""),
        (Said(500, b""), OutcomeUnknown, ""),
    ],
)
def test_what_an_answer_to_an_answer_means(
    stage: Stage, answer: Said, error: type[NetworkError], word: str
) -> None:
    stage.served.answer_next("POST", COMMENTS, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(answer_to(stage))
    assert getattr(raised.value, "reason", "") == word


def test_a_comment_that_was_deleted_cant_be_answered(stage: Stage) -> None:
    out = answer_to(stage)
    stage.fake.threads.clear()
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(out)
    assert refusal.value.reason == "answered_gone"
    assert stage.adapter.find(search(out)) == NotThere()


def test_what_cant_be_answered_is_said(stage: Stage) -> None:
    refs = {"thread": "Ugx1"}
    out = replace(outgoing(Content(text="Merci", answers=refs)), answers=refs)
    with pytest.raises(Rejected) as refusal:
        Walk(stage.adapter).send(out)
    assert refusal.value.reason == "not_answerable"


# Its description.


def test_what_isnt_described_is_noticed() -> None:
    url = "https://youtube.googleapis.com/youtube/v3/videos"
    assert problems_of(API, "PUT", url, {"part": ["status"]}) == []
    assert problems_of(API, "PUT", url, {}) != []
    assert problems_of(API, "DELETE", url, {"id": ["x"]}) != []
    assert body_problems(API, "Video", {"id": "x", "status": {"privacyStatus": "public"}}) == []
    for bad in (
        {"id": 7},
        {"status": "public"},
        {"status": {"privacyStatus": "secret"}},
        {"status": {"embeddable": "yes"}},
        {"snippet": {"tags": "pain"}},
        {"snippet": {"titel": "Pain"}},
    ):
        assert body_problems(API, "Video", bad) != []
