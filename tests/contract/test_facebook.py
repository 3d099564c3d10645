"""Facebook's adapter against a Graph API that holds the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from chalicelib.networks.graph import proof, regained_in
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
from chalicelib.publishing.posts import Content
from tests.contract.facebook_stage import POST, Stage, staged
from tests.contract.meta_specs import problems_of
from tests.contract.stage import APP, TEXT, Walk, outgoing, picture, search
from tests.fakes.clocks import START
from tests.fakes.fake_facebook import PAGE
from tests.fakes.fake_graph import limited, refused
from tests.fakes.serving import Said, said

LINK = "https://exemple.fr/menu?jour=mardi"


@pytest.fixture
def stage() -> Iterator[Stage]:
    with staged() as made:
        yield made


# Publishing.


def test_a_text_goes_out_in_one_call_and_is_found_again(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    published = stage.walk.send(out)
    (post,) = stage.fake.posts
    assert post["message"] == TEXT
    assert published.remote_id == post["id"]
    assert published.url == f"https://www.facebook.com/{post['id']}"
    assert stage.walk.calls == 1
    assert stage.adapter.find(search(out)) == Found(post["id"], post["permalink_url"], 1)


def test_a_link_is_shown_as_a_card_and_isnt_repeated_in_the_text(stage: Stage) -> None:
    out = outgoing(Content(text="Le menu", link=LINK))
    published = stage.walk.send(out)
    assert stage.fake.posts[0]["what"] == ("Le menu", LINK, 0)
    looked = stage.adapter.find(search(out))
    assert isinstance(looked, Found)
    assert looked.remote_id == published.remote_id


def test_a_link_alone_is_a_post_and_is_found_by_it(stage: Stage) -> None:
    out = outgoing(Content(text="", link=LINK))
    published = stage.walk.send(out)
    looked = stage.adapter.find(search(out))
    assert isinstance(looked, Found)
    assert looked.remote_id == published.remote_id
    other = outgoing(Content(text="", link="https://exemple.fr/carte"))
    assert isinstance(stage.adapter.find(search(other)), CantTell)


def test_pictures_go_up_unpublished_with_their_alternative_texts(stage: Stage) -> None:
    one, two = picture("Un croissant"), picture("La vitrine", "red")
    out = outgoing(Content(text="Deux photos", link=LINK), one, two)
    stage.walk.prepare(out)
    assert stage.fake.posts == []
    stage.walk.publish(out)
    (post,) = stage.fake.posts
    assert post["what"] == (f"Deux photos\n\n{LINK}", "", 2)
    assert [p["alt"] for p in stage.fake.photos.values()] == ["Un croissant", "La vitrine"]
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), Found)


def test_a_picture_without_words_is_a_post(stage: Stage) -> None:
    out = outgoing(Content(text=""), picture("Un croissant"))
    stage.walk.send(out)
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_pictures_that_stand_arent_uploaded_again_and_lost_or_old_ones_are(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), picture("Plat"))
    stage.walk.prepare(out)
    stage.walk.prepare(out)
    assert len(stage.served.seen("POST", "/photos$")) == 1
    stage.fake.photos.clear()
    stage.walk.prepare(out)
    assert len(stage.served.seen("POST", "/photos$")) == 2
    stage.clock.advance(timedelta(hours=21))
    stage.walk.send(out)
    assert len(stage.served.seen("POST", "/photos$")) == 3


def test_a_picture_that_is_gone_at_the_call_is_uploaded_anew_the_next_time(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), picture("Plat"))
    stage.walk.prepare(out)
    lost = dict(stage.fake.photos)
    stage.fake.photos.clear()
    with pytest.raises(Transient):
        stage.walk.publish(out)
    stage.walk.send(out)
    assert stage.fake.posts[0]["what"] == ("Un", "", 1)
    stage.fake.photos |= lost


def test_the_token_goes_in_a_header_and_with_a_proof(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="Un")))
    (asked,) = stage.served.seen("POST", POST)
    token = stage.connection.secret["access_token"]
    assert asked.headers["authorization"] == f"Bearer {token}"
    assert token not in asked.body.decode()
    assert asked.urlencoded()["appsecret_proof"] == proof(token, APP.client_secret)


def test_a_token_in_an_answers_words_is_in_no_error(stage: Stage) -> None:
    stage.served.answer_next("POST", POST, refused(100))
    with pytest.raises(Rejected) as raised:
        stage.walk.send(outgoing(Content(text="Un")))
    assert "EAAcanary" not in f"{raised.value} {raised.value.detail} {raised.value!r}"


# What its answers mean.


ERRORS: list[tuple[Said, type[NetworkError], str]] = [
    (refused(1, status=500), OutcomeUnknown, ""),
    (refused(2, status=503), OutcomeUnknown, ""),
    (refused(1), OutcomeUnknown, ""),
    (refused(2), OutcomeUnknown, ""),
    (refused(2, 1_366_046), OutcomeUnknown, ""),
    (refused(3), AuthExpired, ""),
    (refused(4, status=403), RateLimited, "network"),
    (refused(10, status=403), AuthExpired, ""),
    (refused(17), RateLimited, "channel"),
    (refused(32, status=403), RateLimited, "channel"),
    (refused(100), Rejected, "invalid"),
    (refused(100, 33), Rejected, "gone"),
    (refused(190, 460, 401), Transient, ""),
    (refused(102), Transient, ""),
    (refused(200, status=403), AuthExpired, ""),
    (refused(299), AuthExpired, ""),
    (refused(324), Rejected, "media_refused"),
    (refused(341), RateLimited, "channel"),
    (refused(368), RateLimited, "channel"),
    (refused(506), Rejected, "duplicate"),
    (refused(613), RateLimited, "channel"),
    (refused(803), Rejected, "gone"),
    (refused(1_366_046), Rejected, "media_refused"),
    (refused(100, 1_366_051), Rejected, "media_refused"),
    (refused(80_001), RateLimited, "channel"),
    (refused(9_999), OutcomeUnknown, ""),
    (said(400, {"error": "strange"}), OutcomeUnknown, ""),
    (said(400, {"error": {"code": "190"}}), OutcomeUnknown, ""),
    (said(200, {"error": {"code": 368}}), RateLimited, "channel"),
    (Said(429, b"<html>", {"Retry-After": "60"}), RateLimited, "channel"),
    (Said(401, b"<html>", {"Content-Type": "text/html"}), OutcomeUnknown, ""),
    (Said(403, b"<html>firewall</html>", {"Content-Type": "text/html"}), OutcomeUnknown, ""),
    (Said(302, b"", {"Location": "https://www.facebook.com/login"}), OutcomeUnknown, ""),
    (Said(200, b"<html>Bienvenue</html>", {"Content-Type": "text/html"}), OutcomeUnknown, ""),
    (Said(200, b'{"id": "12', {"Content-Type": "application/json"}), OutcomeUnknown, ""),
    (said(200, {"success": True}), OutcomeUnknown, ""),
    (said(200, {"id": None}), OutcomeUnknown, ""),
]


@pytest.mark.parametrize(("answer", "error", "told"), ERRORS)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], told: str
) -> None:
    stage.served.answer_next("POST", POST, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(outgoing(Content(text="Un")))
    if isinstance(raised.value, Rejected):
        assert raised.value.reason == told
    if isinstance(raised.value, RateLimited):
        assert raised.value.scope == told
    assert stage.fake.posts == []


@pytest.mark.parametrize("answer", [refused(2), refused(1, status=500), refused(9_999)])
def test_while_preparing_nothing_is_public_so_nothing_is_in_doubt(
    stage: Stage, answer: Said
) -> None:
    stage.served.answer_next("POST", "/photos$", answer)
    with pytest.raises(Transient):
        stage.walk.prepare(outgoing(Content(text="Un"), picture("Plat")))


@pytest.mark.parametrize(
    ("answer", "pause"),
    [
        (limited(32, 17), timedelta(minutes=17)),
        (limited(80_001, 300), timedelta(minutes=300)),
        (limited(32, 0), timedelta(minutes=60)),
        (refused(17), timedelta(minutes=60)),
        (refused(368), timedelta(hours=6)),
        (limited(4, 10**9), timedelta(days=7)),
    ],
)
def test_a_limit_ends_when_the_header_says(stage: Stage, answer: Said, pause: timedelta) -> None:
    stage.served.answer_next("POST", POST, answer)
    with pytest.raises(RateLimited) as limit:
        stage.walk.send(outgoing(Content(text="Un")))
    assert limit.value.reset_at == START + pause


@pytest.mark.parametrize("odd", ["", "no", "[]", "7", '{"1": 7}', '{"1": [7]}', "[" * 100_000])
def test_a_header_that_makes_no_sense_is_an_hour(odd: str) -> None:
    assert regained_in({"X-Business-Use-Case-Usage": odd}) == timedelta(minutes=60)


def test_a_token_that_was_revoked_needs_a_person(stage: Stage) -> None:
    stage.fake.tokens = {PAGE: "another"}
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    with pytest.raises(AuthExpired):
        stage.adapter.check()


def test_a_right_that_was_taken_back_needs_a_person(stage: Stage) -> None:
    stage.fake.scopes -= {"pages_manage_posts"}
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    with pytest.raises(AuthExpired) as refusal:
        stage.adapter.check()
    assert "pages_manage_posts" in refusal.value.detail


def test_an_apps_secret_that_isnt_taken_loses_no_post(stage: Stage) -> None:
    error = {"message": "Invalid appsecret_proof provided in the API argument", "code": 100}
    stage.served.answer_next("POST", POST, said(400, {"error": error}))
    stage.served.answer_next("GET", f"/{PAGE}$", said(400, {"error": error}))
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))


def test_a_repeat_is_told_as_one_and_the_walk_knows_what_it_proves(stage: Stage) -> None:
    out = outgoing(Content(text="Un"))
    stage.walk.send(out)
    with pytest.raises(Duplicate):
        stage.walk.send(out)
    assert len(stage.fake.posts) == 1


# Looking.


def test_what_isnt_listed_yet_isnt_there_yet(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    stage.walk.send(out)
    stage.fake.hides_newest = 1
    assert stage.adapter.find(search(out)) == NotThere(prepared_stands=True)
    stage.fake.hides_newest = 0
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_a_look_reads_back_to_before_the_attempt_and_no_further(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    for n in range(60):
        stage.fake.posts.insert(0, stage.fake.made(f"Brève numéro {n}, sans rapport"))
    assert stage.adapter.find(search(out)) == NotThere(prepared_stands=True)
    assert len(stage.served.seen("GET", "published_posts")) == 3
    for n in range(60):
        stage.fake.posts.insert(0, stage.fake.made(f"Encore une, {n}"))
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_old_posts_end_a_look(stage: Stage) -> None:
    for n in range(30):
        stage.fake.posts.insert(0, stage.fake.made(f"Brève numéro {n}"))
    stage.clock.advance(timedelta(hours=1))
    out = outgoing(Content(text=TEXT))
    found = stage.adapter.find(search(out, since=stage.clock.now(), until=stage.clock.now()))
    assert found == NotThere(prepared_stands=True)
    assert len(stage.served.seen("GET", "published_posts")) == 1


def test_another_deliverys_post_isnt_ours(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    published = stage.walk.send(out)
    looked = stage.adapter.find(search(out, taken=[published.remote_id]))
    assert looked == NotThere(prepared_stands=True)


def test_a_post_outside_of_the_attempts_time_isnt_ours(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    stage.walk.send(out)
    later = START + timedelta(hours=1)
    assert stage.adapter.find(search(out, since=later, until=later)) == NotThere(
        prepared_stands=True
    )


def test_the_version_that_is_live_is_told(stage: Stage) -> None:
    first, second = outgoing(Content(text="Un")), outgoing(Content(text="Deux"), version=2)
    stage.walk.send(first)
    looked = stage.adapter.find(search(second, first))
    assert isinstance(looked, Found)
    assert looked.version == 1


def test_a_text_that_was_altered_is_for_a_person_to_see(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    stage.walk.send(out)
    stage.fake.posts[0]["message"] += " (via un relais)"
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_our_own_pictures_tell_a_post_whose_text_was_altered(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), picture("Plat"))
    published = stage.walk.send(out)
    stage.fake.posts[0]["message"] = "Tout autre chose"
    looked = stage.adapter.find(search(out, parts=stage.walk.parts))
    assert isinstance(looked, Found)
    assert (looked.remote_id, looked.version) == (published.remote_id, None)


def test_the_same_text_with_fewer_pictures_is_for_a_person_to_see(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT), picture("Plat"))
    stage.walk.send(outgoing(Content(text=TEXT)))
    assert isinstance(stage.adapter.find(search(out)), CantTell)


@pytest.mark.parametrize(
    "answer",
    [Said(200, b"<html>"), said(200, {"data": "no"}), said(200, {"data": [{"id": "1"}]})],
)
def test_a_look_that_reads_nothing_proves_nothing(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("GET", "published_posts", answer)
    with pytest.raises(Transient):
        stage.adapter.find(search(outgoing(Content(text="Un"))))


# Who we are.


def test_checking_reads_who_we_are(stage: Stage) -> None:
    profile = stage.adapter.check()
    assert profile == stage.connection.profile
    assert profile.handle == "@boulangerie.martin"


# The description itself can refuse.


@pytest.mark.parametrize(
    ("node", "method", "edge", "params"),
    [
        ("Page", "POST", "feed", {"texte": "Un"}),
        ("Page", "POST", "feed", {"published": "yes"}),
        ("Page", "PUT", "feed", {}),
        ("Page", "GET", "published_posts", {"fields": "id,post_impressions"}),
        ("Page", "GET", "published_posts", {"fields": "comments.sort(new){id}"}),
        ("Page", "GET", "published_posts", {"fields": "comments{texte}"}),
    ],
)
def test_the_description_refuses_what_isnt_in_it(
    node: str, method: str, edge: str, params: dict[str, str]
) -> None:
    assert problems_of(node, method, edge, params) != []


def test_an_empty_walk_needs_no_call(stage: Stage) -> None:
    assert Walk(stage.adapter).prepare(outgoing(Content(text="Un"))) is None
    assert stage.served.seen("POST", "/photos$") == []
