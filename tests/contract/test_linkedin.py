"""A profile on LinkedIn, against a server that holds the documented rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib import logs
from chalicelib.networks import linkedin, registry
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Connects, FindsOwnPost, Publishes
from chalicelib.networks.linkedin_rest import VERSION, Denied
from chalicelib.networks.linkedin_text import little, plain
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Duplicate,
    NetworkError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, Media
from tests.contract.linkedin import Stage, staged
from tests.contract.stage import TEXT, outgoing, picture, png
from tests.fakes import fake_linkedin as fl
from tests.fakes.serving import Said, said

POST = r"/rest/posts$"
MIDNIGHT = datetime(2026, 11, 26, tzinfo=UTC)
LINK = "https://exemple.fr/menu"
PAGE = Said(
    200,
    b"<html><head><title>Le menu</title><meta property='og:description' content='Au levain'>"
    b"<meta property='og:image' content='https://exemple.fr/four.png'></head></html>",
    {"Content-Type": "text/html"},
)


@pytest.fixture
def stage() -> Iterator[Stage]:
    network = registry.network("linkedin")
    with staged(network, gives_refresh=False, scopes=fl.MEMBER_SCOPES) as made:
        yield made


def test_it_has_the_abilities_of_a_blind_network(stage: Stage) -> None:
    assert isinstance(stage.adapter, Publishes)
    assert isinstance(stage.adapter, Connects)
    assert not isinstance(stage.adapter, FindsOwnPost)


# Text.


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("Bonjour", "Bonjour"),
        (
            "a_b*c~d (e) [f] {g} <h> @i |j| k\\l",
            r"a\_b\*c\~d \(e\) \[f\] \{g\} \<h\> \@i \|j\| k\\l",
        ),
        ("Vive #été !", r"Vive {hashtag|\#|été} !"),
        ("#pain_frais, #2026", r"{hashtag|\#|pain\_frais}, \#2026"),
        ("n# 3 et C#", r"n\# 3 et C\#"),
        ("https://exemple.fr/a_b?(c)#dedans", r"https://exemple.fr/a\_b?\(c\)\#dedans"),
        ("<b>#gras</b>", r"\<b\>{hashtag|\#|gras}\</b\>"),
    ],
)
def test_all_that_is_reserved_is_escaped_and_hashtags_stay(text: str, written: str) -> None:
    assert little(text) == written
    assert plain(written) == text
    assert fl.read(written) == text


@pytest.mark.parametrize("sign", fl.RESERVED)
def test_no_sign_cuts_the_published_text(stage: Stage, sign: str) -> None:
    text = f"Avant {sign} pendant {sign}{sign} après#{sign}fin"
    stage.walk.send(outgoing(Content(text=text)))
    assert fl.read(stage.fake.posts[0]["commentary"]) == text


def test_an_unescaped_text_would_be_cut_there() -> None:
    assert fl.read("Ouvert (demain)") == "Ouvert "


def test_a_mention_of_somebody_elses_reads_as_its_name() -> None:
    assert (
        plain(r"Merci @[Le Four \(Paris\)](urn:li:organization:1) !") == "Merci Le Four (Paris) !"
    )


def test_the_limit_is_where_linkedin_has_it(stage: Stage) -> None:
    limits = linkedin.SPEC.limits
    stage.walk.send(outgoing(Content(text="(" * 3_000)))
    (found,) = problems(Content(text="(" * 3_001), limits, linkedin.SPEC)
    assert found.code == "too_long"
    with pytest.raises(Rejected) as refused:
        stage.walk.send(outgoing(Content(text="(" * 3_001)))
    assert refused.value.reason == "too_long"


# Publishing.


def test_a_text_goes_out_in_the_persons_name(stage: Stage) -> None:
    published = stage.walk.send(outgoing(Content(text=TEXT)))
    (post,) = stage.fake.posts
    assert published.remote_id == post["id"]
    assert published.url == f"https://www.linkedin.com/feed/update/{post['id']}/"
    assert post["author"] == fl.PERSON
    assert fl.read(post["commentary"]) == TEXT
    assert stage.walk.calls == 1
    assert stage.sent().headers["linkedin-version"] == VERSION


def test_an_image_goes_out_with_its_alternative_text(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="Le four", link=LINK), picture("Un four")))
    (post,) = stage.fake.posts
    (urn,) = stage.fake.images
    assert post["content"] == {"media": {"id": urn, "altText": "Un four"}}
    assert fl.read(post["commentary"]) == f"Le four\n\n{LINK}"
    assert stage.fake.images[urn] == png()


def test_several_images_are_one_post(stage: Stage) -> None:
    pictures = [picture(f"n° {n}", f"rgb({n}, 0, 0)") for n in range(20)]
    stage.walk.send(outgoing(Content(text="La fournée"), *pictures))
    images = stage.fake.posts[0]["content"]["multiImage"]["images"]
    assert [image["altText"] for image in images] == [p.alt for p in pictures]
    assert len({image["id"] for image in images}) == 20


def test_a_link_has_a_card_since_linkedin_reads_no_page(stage: Stage) -> None:
    stage.served.answer_next("GET", "/menu", PAGE)
    stage.served.answer_next("GET", "/four.png", Said(200, png(), {}))
    link = f"{stage.served.base_url}/menu"
    page = PAGE.body.replace(b"https://exemple.fr", stage.served.base_url.encode())
    stage.served.planned.clear()
    stage.served.answer_next("GET", "/menu", Said(200, page, dict(PAGE.headers)))
    stage.served.answer_next("GET", "/four.png", Said(200, png(), {}))
    stage.walk.send(outgoing(Content(text="La carte", link=link)))
    article = stage.fake.posts[0]["content"]["article"]
    (urn,) = stage.fake.images
    assert article == {
        "source": link,
        "title": "Le menu",
        "description": "Au levain",
        "thumbnail": urn,
    }


def test_a_card_that_cant_be_read_is_plainer(stage: Stage) -> None:
    link = f"{stage.served.base_url}/nothing"
    stage.walk.send(outgoing(Content(text="", link=link)))
    (post,) = stage.fake.posts
    assert post["content"] == {"article": {"source": link, "title": "localhost"}}
    assert fl.read(post["commentary"]) == link


def test_what_stands_prepared_is_not_uploaded_twice_but_anew_when_old(stage: Stage) -> None:
    out = outgoing(Content(text="Le four"), picture("Un four"))
    stage.walk.prepare(out)
    stage.walk.prepare(out)
    assert len(stage.fake.images) == 1
    stage.clock.advance(timedelta(hours=7))
    stage.walk.send(out)
    assert len(stage.fake.images) == 2


def test_a_token_goes_to_no_address_but_linkedins(stage: Stage) -> None:
    value = {"uploadUrl": "https://elsewhere.example/put", "image": "urn:li:image:1"}
    stage.served.answer_next("POST", "/rest/images", said(200, {"value": value}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), picture("")))
    assert stage.served.seen("PUT") == []


@pytest.mark.parametrize(
    "value", [None, 7, [], {}, {"image": 1, "uploadUrl": 2}, {"image": "urn:li:image:1"}]
)
def test_an_odd_answer_is_no_place_for_an_image(stage: Stage, value: object) -> None:
    stage.served.answer_next("POST", "/rest/images", said(200, {"value": value}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), picture("")))


@pytest.mark.parametrize(
    ("status", "error"), [(400, Rejected), (413, Rejected), (404, Transient), (401, Transient)]
)
def test_what_an_upload_answers(stage: Stage, status: int, error: type[NetworkError]) -> None:
    stage.served.answer_next("PUT", "/dms-uploads", Said(status, b"", {}))
    with pytest.raises(NetworkError) as raised:
        stage.walk.prepare(outgoing(Content(text="Un"), picture("")))
    assert type(raised.value) is error


# What answers mean: https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling

MEMBER_DAY = fl.limited("Resource level throttle MEMBER DAY limit for calls is reached.")
APP_DAY = fl.limited("Resource level throttle APPLICATION DAY limit for calls is reached.")


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (fl.refused(401, "REVOKED_ACCESS_TOKEN", "revoked", 65601), Transient, ""),
        (fl.denied(), Denied, ""),
        (fl.illegal("author"), Rejected, "invalid"),
        (fl.unprocessable("commentary", "length exceeds 3000"), Rejected, "too_long"),
        (fl.unprocessable("content/media/id", "not there"), Rejected, "media_refused"),
        (fl.unprocessable("visibility", "invalid"), Rejected, "invalid"),
        (fl.duplicate("urn:li:share:12"), Duplicate, "duplicate"),
        (fl.refused(404, "NOT_FOUND", "no such author"), Rejected, "gone"),
        (fl.refused(426, "NONEXISTENT_VERSION", "not active"), Transient, ""),
        (fl.refused(400, "VERSION_MISSING", "must be present"), Transient, ""),
        (MEMBER_DAY, RateLimited, ""),
        (APP_DAY, RateLimited, ""),
        (Said(429, b"<html>slow down</html>", {}), RateLimited, ""),
        (fl.refused(409, "CONFLICT", "conflict"), OutcomeUnknown, ""),
        (fl.refused(500, "INTERNAL_SERVER_ERROR", "oops"), OutcomeUnknown, ""),
        (Said(504, b"", {}), OutcomeUnknown, ""),
        (Said(400, b"<html>Bad Request</html>", {}), OutcomeUnknown, ""),
        (Said(401, b"<html>proxy</html>", {}), OutcomeUnknown, ""),
        (Said(403, b"<html>firewall</html>", {}), OutcomeUnknown, ""),
        (Said(302, b"", {"Location": "https://exemple.fr/login"}), OutcomeUnknown, ""),
        (Said(200, b"<html>Bienvenue</html>", {}), OutcomeUnknown, ""),
        (Said(201, b"", {}), OutcomeUnknown, ""),
        (Said(201, b"", {"x-restli-id": "7"}), OutcomeUnknown, ""),
        (Said(204, b"", {}), OutcomeUnknown, ""),
    ],
)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], reason: str
) -> None:
    stage.served.answer_next("POST", POST, answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.send(outgoing(Content(text="Un")))
    assert type(raised.value) is error
    assert getattr(raised.value, "reason", "") == reason
    assert stage.fake.posts == []
    assert "Un" not in raised.value.detail


@pytest.mark.parametrize(("answer", "scope"), [(MEMBER_DAY, "channel"), (APP_DAY, "network")])
def test_a_quota_begins_anew_at_midnight_utc(stage: Stage, answer: Said, scope: str) -> None:
    stage.served.answer_next("POST", POST, answer)
    with pytest.raises(RateLimited) as limited:
        stage.walk.send(outgoing(Content(text="Un")))
    assert (limited.value.reset_at, limited.value.scope) == (MIDNIGHT, scope)


def test_a_version_that_has_ended_is_the_operators_and_is_logged(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    told: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(logs, "event", lambda name, **ids: told.append((name, ids)))
    stage.served.answer_next("POST", POST, fl.refused(426, "NONEXISTENT_VERSION", "not active"))
    with pytest.raises(Transient):
        stage.walk.send(outgoing(Content(text="Un")))
    ended = {"network": "linkedin", "status": 426, "code": VERSION}
    assert told == [("network_version_ended", ended)]


def test_the_refusal_of_a_copy_names_what_is_live(stage: Stage) -> None:
    first = stage.walk.send(outgoing(Content(text="Un")))
    with pytest.raises(Duplicate) as refused:
        stage.again().send(outgoing(Content(text="Un")))
    assert (refused.value.remote_id, refused.value.url) == (first.remote_id, first.url)
    assert refused.value.reason == "duplicate"


def test_a_copy_that_isnt_named_is_a_copy_all_the_same(stage: Stage) -> None:
    body = {"status": 422, "code": "DUPLICATE_POST", "message": "Duplicate post is detected"}
    stage.served.answer_next("POST", POST, said(422, body))
    with pytest.raises(Duplicate) as refused:
        stage.walk.send(outgoing(Content(text="Un")))
    assert refused.value.remote_id is None


# Access that ends.


def test_access_that_is_over_is_told_before_anything_is_sent(stage: Stage) -> None:
    stage.clock.advance(timedelta(days=61))
    before = len(stage.served.requests)
    with pytest.raises(AuthExpired):
        stage.walk.prepare(outgoing(Content(text="Un")))
    assert len(stage.served.requests) == before


def test_a_revoked_token_is_told_so(stage: Stage) -> None:
    stage.fake.token = "another"
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_checking_reads_who_it_is(stage: Stage) -> None:
    profile = stage.adapter.check()
    assert (profile.remote_id, profile.name) == (fl.PERSON, "Claire Martin")
    stage.served.answer_next("GET", "/v2/userinfo", said(200, {"sub": "other", "name": "X"}))
    with pytest.raises(AuthExpired):
        stage.adapter.check()


@pytest.mark.parametrize("answer", [Said(200, b"<html>", {}), said(200, {"sub": 7}), said(200, [])])
def test_an_odd_answer_is_nobody(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("GET", "/v2/userinfo", answer)
    with pytest.raises(Transient):
        stage.adapter.check()


def test_what_is_kept_of_the_preparation_holds_no_token(stage: Stage) -> None:
    stage.walk.prepare(outgoing(Content(text="Un"), picture("x")))
    assert stage.fake.token not in json.dumps(stage.walk.parts)


def test_more_pictures_than_it_takes_are_told_beforehand() -> None:
    media = tuple(Media(f"{n:064}", "image/png", 10, 10, 10) for n in range(21))
    (found,) = problems(Content(text="Un", media=media), linkedin.SPEC.limits, linkedin.SPEC)
    assert found.code == "too_many_media"
