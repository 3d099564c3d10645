"""X's adapter against a server that holds the documented rules, and X's own description."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from chalicelib.networks import registry, x
from chalicelib.networks.checking import counts, problems
from chalicelib.networks.contract import Connects, FindsOwnPost, Publishes, RenewsAccess
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.networks.x_api import SITE
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Duplicate,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, Media
from chalicelib.store.purse import KNOWN_FOR
from tests.contract.stage import (
    TEXT,
    client_of,
    outgoing,
    picture,
    search,
    vault_of,
)
from tests.contract.x_spec import problems_of
from tests.contract.x_stage import BACK, POST, Stage, connected, staged
from tests.fakes import fake_x as fx
from tests.fakes.clocks import START, SettableClock
from tests.fakes.serving import Asked, Said, said

TIMELINE = r"/2/users/\d+/tweets$"
LINK = "https://exemple.fr/menu"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made


def test_it_has_the_abilities_of_its_class(stage: Stage) -> None:
    for ability in (Publishes, FindsOwnPost, Connects, RenewsAccess):
        assert isinstance(stage.adapter, ability)


# Connecting.


def test_connecting_keeps_who_it_is_and_tokens_that_turn(stage: Stage) -> None:
    made = stage.connection
    assert made.profile.remote_id == fx.USER
    assert (made.profile.handle, made.profile.url) == ("@boulangerie", "https://x.com/boulangerie")
    assert made.settings == {"user": fx.USER, "username": "boulangerie"}
    assert set(made.secret) == {"access_token", "refresh_token", "expires_at"}
    assert (made.lasting.until, made.lasting.renew_at) == (None, START + timedelta(days=60))
    assert stage.adapter.check() == made.profile


def test_the_sign_in_page_is_asked_for_exact_scopes_with_pkce() -> None:
    http = Http(Guard())
    begun = registry.network("x").oauth().begin({}, BACK, client_of(http, SettableClock()))  # type: ignore[misc]
    assert begun.url.startswith(f"{SITE}/i/oauth2/authorize?")
    scopes = "tweet.read+tweet.write+tweet.moderate.write+users.read+media.write+offline.access"
    assert scopes in begun.url
    assert begun.kept["verifier"] not in begun.url


def test_a_right_that_was_not_given_is_told(stage: Stage) -> None:
    stage.fake.granted = fx.SCOPES - {"media.write"}
    with pytest.raises(AuthExpired) as refused:
        connected(stage.http, stage.fake, stage.clock)
    assert "media.write" in refused.value.detail


def test_another_verifier_is_refused_and_a_code_works_once(stage: Stage) -> None:
    oauth, client = registry.network("x").oauth, client_of(stage.http, stage.clock)
    assert oauth is not None
    begun = oauth().begin({}, BACK, client)
    returned = stage.fake.say_yes(begun.url)
    with pytest.raises(AuthExpired):
        oauth().finish({**begun.kept, "verifier": "guessed" * 7}, returned, client)
    with pytest.raises(AuthExpired):
        oauth().finish(begun.kept, returned, client)


def test_a_token_that_is_over_is_renewed_and_the_refresh_token_turns(stage: Stage) -> None:
    before = stage.fake.refresh_token
    stage.clock.advance(timedelta(hours=3))
    stage.walk.send(outgoing(Content(text="Un")))
    kept = vault_of(stage.adapter._tools)
    assert kept.renewals == 1
    assert kept.secret["refresh_token"] == stage.fake.refresh_token != before


def test_a_refresh_token_that_was_used_elsewhere_ends_at_a_person(stage: Stage) -> None:
    stage.fake.refresh_token = "another"
    stage.clock.advance(timedelta(hours=3))
    with pytest.raises(AuthExpired):
        stage.walk.prepare(outgoing(Content(text="Un")))
    with pytest.raises(AuthExpired):
        stage.adapter.renew_access()


def test_access_is_renewed_ahead_of_its_end(stage: Stage) -> None:
    stage.clock.advance(timedelta(days=60))
    lasting = stage.adapter.renew_access()
    assert lasting.renew_at == stage.clock.now() + timedelta(days=60)


def test_a_token_that_was_revoked_early_is_renewed_once_and_the_call_never_repeated(
    stage: Stage,
) -> None:
    stage.fake.token = "revoked early"
    with pytest.raises(Transient):
        stage.walk.send(outgoing(Content(text="Un")))
    assert len(stage.served.seen("POST", POST)) == 1
    stage.walk.send(outgoing(Content(text="Un")))
    stage.fake.token = "revoked again"
    stage.walk.prepare(outgoing(Content(text="Deux"), picture("")))
    assert len(stage.fake.media) == 1


# Publishing.


def test_a_text_goes_out(stage: Stage) -> None:
    published = stage.walk.send(outgoing(Content(text=TEXT)))
    assert stage.sent().json() == {"text": TEXT}
    assert published.url == f"https://x.com/boulangerie/status/{stage.post()['id']}"
    assert stage.walk.calls == 1


def test_a_link_is_a_part_of_the_text(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="La carte", link=LINK)))
    assert stage.sent().json() == {"text": f"La carte\n\n{LINK}"}


def test_pictures_go_out_with_their_alternative_texts(stage: Stage) -> None:
    pictures = [picture("Le four"), picture("", "red"), picture("Le pain", "blue")]
    stage.walk.send(outgoing(Content(text="La fournée"), *pictures))
    ids = stage.sent().json()["media"]["media_ids"]
    assert [stage.fake.media[i]["alt"] for i in ids] == ["Le four", "", "Le pain"]


def test_a_picture_alone_is_a_post(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text=""), picture("")))
    assert set(stage.sent().json()) == {"media"}


def test_what_stands_prepared_is_used_again_and_paid_for_once(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), picture("Le four"))
    stage.walk.prepare(out)
    stage.walk.prepare(out)
    assert (len(stage.fake.media), stage.fake.written) == (1, fx.PRICE_ALT)


def test_a_picture_is_uploaded_anew_before_x_forgets_it(stage: Stage) -> None:
    assert KNOWN_FOR < x.MEDIA_KEPT < fx.MEDIA_LASTS
    out = outgoing(Content(text="Un"), picture("Le four"))
    stage.walk.prepare(out)
    stage.clock.advance(x.MEDIA_KEPT)
    stage.walk.send(out)
    assert (len(stage.fake.media), stage.fake.written) == (2, 2 * fx.PRICE_ALT + fx.PRICE_POST)


@pytest.mark.parametrize("answer", [Said(502, b"", {}), Said(200, b"<html>", {})])
def test_an_alternative_text_in_doubt_is_not_paid_for_twice(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("POST", "/metadata$", answer)
    out = outgoing(Content(text="Un"), picture("Le four"))
    stage.walk.prepare(out)
    stage.walk.send(out)
    assert len(stage.served.seen("POST", "/metadata$")) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fx.limited(None), RateLimited),
        (fx.forbidden(), AuthExpired),
        (fx.out_of_credits(), RateLimited),
    ],
)
def test_an_alternative_text_that_was_refused_may_be_asked_for_again(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("POST", "/metadata$", answer)
    out = outgoing(Content(text="Un"), picture("Le four"))
    with pytest.raises(error):
        stage.walk.prepare(out)
    stage.walk.send(out)
    (medium,) = stage.fake.media.values()
    assert medium["alt"] == "Le four"


@pytest.mark.parametrize("data", [None, 7, [], {}, {"id": 7}, {"id": "x"}, {"id": "9" * 30}])
def test_an_odd_answer_is_no_upload(stage: Stage, data: object) -> None:
    stage.served.answer_next("POST", "/upload$", said(200, {"data": data}))
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), picture("")))


# What is counted and charged.


def test_the_text_is_counted_as_x_does() -> None:
    limits, spec = x.SPEC.limits, x.SPEC
    (used,) = counts(Content(text=f"Été € {LINK}/{'a' * 200}"), limits, spec)
    assert used.count == 4 + 2 + 1 + 23
    (found,) = problems(Content(text="é" * 281), limits, spec)
    assert found.code == "too_long"
    media = Media("a" * 64, "image/png", 10, 10, 10, "é" * 1_001)
    (found,) = problems(Content(text="Un", media=(media,)), limits, spec)
    assert found.code == "alt_too_long"


@pytest.mark.parametrize(
    ("content", "price"),
    [
        (Content(text="Un"), 15_000),
        (Content(text="Un", link=LINK), 200_000),
        (Content(text=f"Un {LINK}"), 200_000),
        (Content(text="Voir exemple.fr demain"), 200_000),
        (Content(text="http://menu.test/x"), 200_000),
        (Content(text="menu.pdf"), 15_000),
        (Content(text="moi@exemple.fr"), 15_000),
    ],
)
def test_the_price_is_known_beforehand_and_is_what_x_takes(
    stage: Stage, content: Content, price: int
) -> None:
    assert x.charge(content) == price
    stage.walk.send(outgoing(content))
    assert stage.fake.written == price


def test_each_alternative_text_costs(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), picture("Le four"), picture(""), picture("Le pain"))
    assert x.charge(out.content) == 15_000 + 2 * 5_000
    stage.walk.send(out)
    assert stage.fake.written == 25_000


# What answers mean.


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (fx.forbidden(), AuthExpired, ""),
        (fx.duplicate(), Duplicate, "duplicate"),
        (
            fx.problem(403, "about:blank", "Forbidden", "You are not permitted"),
            Rejected,
            "forbidden",
        ),
        (fx.problem(403, "client-forbidden", "Client Forbidden", "enroll"), Rejected, "forbidden"),
        (fx.problem(403, "usage-capped", "UsageCapExceeded", "Usage cap"), RateLimited, ""),
        (fx.out_of_credits(), RateLimited, ""),
        (fx.problem(400, "invalid-request", "Invalid Request", "too long"), Rejected, "too_long"),
        (fx.problem(400, "invalid-request", "Invalid", "media IDs"), Rejected, "media_refused"),
        (fx.problem(400, "invalid-request", "Invalid Request", "odd"), Rejected, "invalid"),
        (said(400, {"errors": [{"message": "odd"}], "title": "Invalid"}), Rejected, "invalid"),
        (fx.problem(404, "resource-not-found", "Not Found", "gone"), Rejected, "gone"),
        (fx.limited(START), RateLimited, ""),
        (Said(429, b"<html>", {}), RateLimited, ""),
        (Said(503, b'{"title": "Over capacity"}', {}), OutcomeUnknown, ""),
        (Said(500, b"", {}), OutcomeUnknown, ""),
        (Said(400, b"<html>Bad Request</html>", {}), OutcomeUnknown, ""),
        (Said(401, b"<html>proxy</html>", {}), OutcomeUnknown, ""),
        (Said(403, b"<html>firewall</html>", {}), OutcomeUnknown, ""),
        (said(409, {"title": "Conflict", "status": 409}), OutcomeUnknown, ""),
        (Said(302, b"", {"Location": "https://exemple.fr/login"}), OutcomeUnknown, ""),
        (Said(200, b"<html>", {}), OutcomeUnknown, ""),
        (Said(201, b'{"data": {"id": "12', {}), OutcomeUnknown, ""),
        (said(201, {"data": {"text": "Un"}}), OutcomeUnknown, ""),
        (said(200, {"errors": [{"title": "odd"}]}), OutcomeUnknown, ""),
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
    assert "Un" not in raised.value.detail


def test_an_answer_with_errors_beside_its_data_is_an_answer(stage: Stage) -> None:
    body = {"data": {"id": "12", "text": "Un"}, "errors": [{"title": "Partial"}]}
    stage.served.answer_next("POST", POST, said(200, body))
    assert stage.walk.send(outgoing(Content(text="Un"))).remote_id == "12"


SOON, LATER = START + timedelta(minutes=15), START + timedelta(hours=20)


@pytest.mark.parametrize(
    ("headers", "reset_at", "scope"),
    [
        ({}, SOON, "channel"),
        (
            {
                "x_user_limit_24hour_remaining": "0",
                "x_user_limit_24hour_reset": str(int(LATER.timestamp())),
            },
            LATER,
            "channel",
        ),
        (
            {
                "x_app_limit_24hour_remaining": "0",
                "x_app_limit_24hour_reset": str(int(LATER.timestamp())),
            },
            LATER,
            "network",
        ),
        ({"x_app_limit_24hour_remaining": "12"}, SOON, "channel"),
        ({"x_user_limit_24hour_remaining": "0", "x_user_limit_24hour_reset": "x"}, None, "channel"),
    ],
)
def test_the_reset_is_that_of_the_limit_that_was_met(
    stage: Stage, headers: dict[str, str], reset_at: datetime | None, scope: str
) -> None:
    stage.served.answer_next("POST", POST, fx.limited(SOON, **headers))
    with pytest.raises(RateLimited) as limited:
        stage.walk.send(outgoing(Content(text="Un")))
    assert (limited.value.reset_at, limited.value.scope) == (reset_at, scope)


def test_without_credits_the_whole_network_waits_for_a_person(stage: Stage) -> None:
    stage.fake.credits = 0
    with pytest.raises(RateLimited) as limited:
        stage.walk.send(outgoing(Content(text="Un")))
    assert limited.value.scope == "network"
    assert limited.value.reset_at == START + timedelta(minutes=30)


# Looking.


@pytest.mark.parametrize("pictures", [0, 1, 4])
@pytest.mark.parametrize("text", [TEXT, "Pain & brioche <frais>", "Voir exemple.fr/a_b", "🥐"])
def test_what_went_out_is_found(stage: Stage, text: str, pictures: int) -> None:
    shown = [picture("", f"rgb({n}, 0, 0)") for n in range(pictures)]
    out = outgoing(Content(text=text), *shown)
    made = stage.walk.send(out)
    assert stage.adapter.find(search(out)) == Found(made.remote_id, made.url, 1)


def test_a_look_asks_for_the_fewest_posts_that_it_may(stage: Stage) -> None:
    before = stage.fake.read
    assert stage.adapter.find(search(outgoing(Content(text="Un")))) == NotThere()
    assert stage.fake.read == before
    assert stage.served.seen("GET", TIMELINE)[-1].query["max_results"] == "5"


def test_the_version_that_is_live_is_told_and_what_is_held_is_not_ours(stage: Stage) -> None:
    first, second = outgoing(Content(text="Un pain")), outgoing(Content(text="Deux"), version=2)
    made = stage.walk.send(first)
    assert stage.adapter.find(search(second, first)) == Found(made.remote_id, made.url, 1)
    held = search(first, taken=[made.remote_id])
    assert stage.adapter.find(held) == NotThere()


def test_what_is_listed_late_is_not_seen_at_once(stage: Stage) -> None:
    out = outgoing(Content(text="Un pain doré"))
    stage.walk.send(out)
    stage.fake.hides_newest = 1
    assert stage.adapter.find(search(out)) == NotThere()


def test_what_is_much_like_it_is_left_to_a_person(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="Demain, ouvert dès 6 h 30 (via un relais)")))
    out = outgoing(Content(text="Demain, ouvert dès 6 h 30"))
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_posts_are_read_by_pages_and_too_many_cant_be_told(stage: Stage) -> None:
    stage.fake.refuses_copies = False
    out = outgoing(Content(text="Le premier"))
    made = stage.walk.send(out)
    for _ in range(12):
        stage.walk.send(outgoing(Content(text="Brève")))
    assert stage.adapter.find(search(out)) == Found(made.remote_id, made.url, 1)
    for _ in range(12):
        stage.walk.send(outgoing(Content(text="Brève")))
    assert isinstance(stage.adapter.find(search(out)), CantTell)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (fx.forbidden(), AuthExpired),
        (fx.limited(SOON), RateLimited),
        (fx.out_of_credits(), RateLimited),
        (Said(503, b"", {}), Transient),
        (Said(403, b"<html>", {}), Transient),
        (Said(200, b"<html>", {}), Transient),
        (said(200, {"errors": [{"title": "odd"}]}), Transient),
        (said(200, {"data": 7, "meta": {}}), Transient),
        (said(200, {"data": [7], "meta": {}}), Transient),
        (said(200, {"data": [{"id": "1", "text": "Un"}], "meta": {}}), Transient),
    ],
)
def test_a_look_that_failed_proves_nothing(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("GET", TIMELINE, answer)
    with pytest.raises(error):
        stage.adapter.find(search(outgoing(Content(text="Un"))))


@pytest.mark.parametrize("user", [None, 7, {}, {"id": "1"}, {"id": 1, "username": "a"}])
def test_an_odd_answer_is_nobody(stage: Stage, user: object) -> None:
    stage.served.answer_next("GET", "/2/users/me$", said(200, {"data": user}))
    with pytest.raises(Transient):
        stage.adapter.check()


# The description itself.


@pytest.mark.parametrize(
    ("method", "path", "query", "body"),
    [
        ("POST", "/2/tweets", {}, b'{"text": "a", "novelty": 1}'),
        ("POST", "/2/tweets", {}, b'{"text": 7}'),
        ("POST", "/2/tweets", {}, b'{"media": {"media_ids": []}}'),
        ("POST", "/2/media/metadata", {}, b"{}"),
        ("GET", "/2/users/12/tweets", {"max_results": "4"}, b""),
        ("GET", "/2/users/12/tweets", {"tweet.fields": "text"}, b""),
        ("GET", "/2/users/x/tweets", {}, b""),
        ("GET", "/2/unknown", {}, b""),
    ],
)
def test_a_request_that_x_doesnt_describe_is_noticed(
    method: str, path: str, query: dict[str, str], body: bytes
) -> None:
    headers = {"authorization": "Bearer t", "content-type": "application/json"}
    assert problems_of(Asked(method, path, query, headers, body)) != []


def test_a_request_without_a_token_is_noticed() -> None:
    headers = {"content-type": "application/json"}
    assert problems_of(Asked("POST", "/2/tweets", {}, headers, b'{"text": "a"}')) != []
