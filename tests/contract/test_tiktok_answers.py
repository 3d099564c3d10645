"""TikTok's adapter: what the network's answers mean."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from tests.contract.stage import Walk, vault_of
from tests.contract.tiktok import (
    ANNOUNCED,
    CREATOR,
    FETCHED,
    HTML,
    MIB,
    Stage,
    film,
    photos,
    publish,
    standing,
)
from tests.fakes.clocks import START
from tests.fakes.fake_tiktok import limited, refused
from tests.fakes.serving import Said, said


@pytest.fixture
def stage() -> Iterator[Stage]:
    with standing() as made:
        yield made


# What its answers mean.

BOTH: list[tuple[Said, type[NetworkError], str]] = [
    (refused(401, "scope_not_authorized"), AuthExpired, ""),
    (refused(400, "scope_permission_missed"), AuthExpired, ""),
    (refused(403, "spam_risk_too_many_posts"), RateLimited, "channel"),
    (refused(403, "reached_active_user_cap"), RateLimited, "network"),
    (refused(403, "spam_risk_user_banned_from_posting"), Rejected, "banned"),
    (
        refused(403, "unaudited_client_can_only_post_to_private_accounts"),
        Rejected,
        "no_access",
    ),
    (refused(403, "url_ownership_unverified"), Rejected, "address_unverified"),
    (refused(403, "privacy_level_option_mismatch"), Rejected, "visibility_refused"),
    (refused(400, "invalid_param"), Rejected, "invalid"),
    (refused(400, "invalid_params"), Rejected, "invalid"),
    (limited(), RateLimited, "channel"),
    (Said(429, b"<html>slow down</html>", HTML), RateLimited, "channel"),
]
UNCLEAR: list[Said] = [
    refused(409, "a_new_word"),
    refused(200, "internal_error"),
    refused(500, "internal_error"),
    Said(403, b"<html>firewall</html>", HTML),
    Said(400, b"<html>400</html>", HTML),
    Said(302, b"", {"Location": "/login"}),
    Said(200, b"<html>Bonjour</html>", HTML),
    Said(200, b'{"data": {"publish_id": "'),
    said(200, {"error": {"code": "ok"}}),
    said(200, {"data": [], "error": {"code": "ok"}}),
    said(200, {"data": {"publish_id": 7}, "error": {"code": "ok"}}),
    said(200, {"data": {"publish_id": "1", "upload_url": "file:///x"}, "error": "ok"}),
    said(200, []),
    Said(204, b""),
]


def told(raised: NetworkError) -> str:
    return str(getattr(raised, "reason", getattr(raised, "scope", "")))


@pytest.mark.parametrize(("answer", "error", "word"), BOTH)
def test_a_refusal_to_announce_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], word: str
) -> None:
    stage.served.answer_next("POST", ANNOUNCED, answer, times=2)
    with pytest.raises(error) as raised:
        stage.walk.prepare(film("Un pain secret"))
    assert (type(raised.value), told(raised.value)) == (error, word)
    secrets = [*vault_of(stage.tools).secret.values(), "secret"]
    assert not any(secret in raised.value.detail for secret in secrets)


@pytest.mark.parametrize("answer", UNCLEAR)
def test_an_unclear_answer_to_announcing_leaves_nothing_behind(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("POST", ANNOUNCED, answer)
    with pytest.raises(Transient):
        stage.walk.prepare(film())
    publish(stage, film())


@pytest.mark.parametrize(("answer", "error", "word"), BOTH[2:])
def test_a_refusal_to_fetch_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], word: str
) -> None:
    stage.served.answer_next("POST", FETCHED, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(photos("Un pain secret"))
    assert (type(raised.value), told(raised.value)) == (error, word)
    assert "secret" not in raised.value.detail


@pytest.mark.parametrize("answer", UNCLEAR)
def test_an_unclear_answer_to_fetching_is_doubt_without_a_part(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("POST", FETCHED, answer)
    with pytest.raises(OutcomeUnknown) as raised:
        stage.walk.send(photos())
    assert raised.value.part is None


def test_an_address_that_wasnt_proved_ours_is_told(stage: Stage) -> None:
    stage.fake.verified = "https://ailleurs.example/"
    with pytest.raises(Rejected) as refusal:
        stage.walk.send(photos())
    assert refusal.value.reason == "address_unverified"
    assert stage.fake.posts == []


@pytest.mark.parametrize(
    ("answer", "reset_at"),
    [
        (limited(), None),
        (replace(limited(), headers={"Retry-After": "31"}), START + timedelta(seconds=31)),
        (refused(403, "spam_risk_too_many_posts"), START + timedelta(hours=1)),
    ],
)
def test_when_a_limit_ends(stage: Stage, answer: Said, reset_at: datetime | None) -> None:
    stage.served.answer_next("POST", CREATOR, answer)
    with pytest.raises(RateLimited) as raised:
        stage.walk.prepare(film())
    assert raised.value.reset_at == reset_at


def test_six_announcements_a_minute_are_all_that_is_taken(stage: Stage) -> None:
    for _ in range(6):
        Walk(stage.adapter).prepare(film())
    with pytest.raises(RateLimited):
        Walk(stage.adapter).prepare(film())
    stage.clock.advance(timedelta(minutes=1))
    Walk(stage.adapter).prepare(film())


@pytest.mark.parametrize(
    "answer",
    [
        said(200, {"data": {}, "error": {"code": "ok"}}),
        said(200, {"data": {"privacy_level_options": "all"}, "error": {"code": "ok"}}),
        refused(500, "internal_error"),
    ],
)
def test_an_account_that_doesnt_tell_its_rights_publishes_later(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("POST", CREATOR, answer)
    with pytest.raises(Transient):
        stage.walk.prepare(film())


# What becomes of it once it was taken.

REASONS: list[tuple[str, type[NetworkError], str]] = [
    ("file_format_check_failed", Rejected, "video_failed"),
    ("duration_check_failed", Rejected, "video_failed"),
    ("frame_rate_check_failed", Rejected, "video_failed"),
    ("picture_size_check_failed", Rejected, "video_failed"),
    ("video_pull_failed", Rejected, "media_unreachable"),
    ("publish_cancelled", Rejected, "invalid"),
    ("spam_risk", Rejected, "refused_on_review"),
    ("spam_risk_text", Rejected, "refused_on_review"),
    ("spam_risk_user_banned_from_posting", Rejected, "banned"),
    ("spam_risk_too_many_posts", RateLimited, "channel"),
    ("auth_removed", AuthExpired, ""),
    ("internal", Transient, ""),
    ("Un texte à eux", Rejected, "invalid"),
]


@pytest.mark.parametrize(("why", "error", "word"), REASONS)
def test_a_video_that_couldnt_be_published_is_told_and_then_made_anew(
    stage: Stage, why: str, error: type[NetworkError], word: str
) -> None:
    out = film()
    stage.fake.fails = why
    publish(stage, out)
    with pytest.raises(error) as raised:
        stage.walk.prepare(out)
    assert (type(raised.value), told(raised.value)) == (error, word)
    assert "texte" not in raised.value.detail
    stage.fake.fails = ""
    publish(stage, out)
    assert len(stage.fake.posts) == 1


@pytest.mark.parametrize(
    ("why", "word"),
    [("photo_pull_failed", "media_unreachable"), ("picture_size_check_failed", "media_refused")],
)
def test_photos_that_couldnt_be_published_are_told(stage: Stage, why: str, word: str) -> None:
    out = photos()
    stage.fake.fails = why
    publish(stage, out)
    with pytest.raises(Rejected) as refusal:
        stage.walk.prepare(out)
    assert refusal.value.reason == word
    stage.fake.fails = ""
    publish(stage, out)
    assert len(stage.fake.posts) == 1


def test_what_tiktok_lost_before_it_was_sent_is_announced_anew(stage: Stage) -> None:
    out = film(size=16 * MIB)
    stage.walk.prepare(out)
    stage.fake.sendings.clear()
    publish(stage, out)
    assert len(stage.fake.posts) == 1
