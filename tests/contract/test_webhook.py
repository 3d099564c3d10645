"""The webhook's adapter against a receiver that holds the documented contract."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.networks import webhook
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.http import Http
from chalicelib.networks.webhook_events import DEADLINE_SECONDS, Receiver, receiver_url
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
from chalicelib.publishing.posts import Content, Media
from tests.contract.stage import TEXT, Walk, clip, http_for, outgoing, picture, search, tools_of
from tests.fakes.clocks import START, SettableClock
from tests.fakes.fake_webhook import FakeWebhook
from tests.fakes.serving import Asked, Said, Served, said, serving

POST = r"^/relais$"
HTML = {"Content-Type": "text/html"}


@dataclass(slots=True)
class Stage:
    """A receiver and its adapter."""

    fake: FakeWebhook
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    adapter: webhook.Webhook
    walk: Walk

    def connect(self, **typed: str) -> Connection:
        fields = {"url": self.fake.url, "secret": self.fake.secret, **typed}
        return webhook.connect(fields, self.http, self.clock)

    def refusal(self, **typed: str) -> str:
        with pytest.raises(Rejected) as refused:
            self.connect(**typed)
        return refused.value.reason

    def events(self, name: str) -> list[Asked]:
        asked = self.served.seen("POST", POST)
        return [a for a in asked if a.json()["event"] == name]


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeWebhook(clock.now)
    with serving(fake) as served:
        http = http_for(fake.base_url, served.base_url)
        connection = webhook.connect({"url": fake.url, "secret": fake.secret}, http, clock)
        adapter = webhook.Webhook(tools_of(connection, http, clock))
        yield Stage(fake, served, http, clock, connection, adapter, Walk(adapter))


def post(text: str = "Un pain", version: int = 1) -> Outgoing:
    return outgoing(Content(text=text), version=version)


# Connecting.


def test_connecting_pings_and_shows_nothing_but_the_host(stage: Stage) -> None:
    made = stage.connect()
    assert stage.fake.pings == 2
    assert (made.profile.name, made.profile.handle, made.profile.url) == ("recu.test", "", "")
    assert made.settings == {}
    assert made.secret == {"url": stage.fake.url, "secret": stage.fake.secret}
    assert "cle=abc" not in repr(made.profile)
    assert stage.adapter.check() == made.profile
    assert stage.fake.posts == {}


def test_two_addresses_are_two_accounts(stage: Stage) -> None:
    same = stage.connect(secret=f" {stage.fake.secret} ", url=f" {stage.fake.url}#haut ")
    assert same.profile == stage.connection.profile
    other = Receiver(stage.http, stage.clock, f"{stage.fake.url}d", stage.fake.secret)
    assert other.profile().remote_id != stage.connection.profile.remote_id


@pytest.mark.parametrize(
    ("typed", "url"),
    [
        ("https://exemple.fr/relais?cle=a%20b", "https://exemple.fr/relais?cle=a%20b"),
        ("exemple.fr/relais/", "https://exemple.fr/relais/"),
        (" https://exemple.fr#haut", "https://exemple.fr"),
        ("http://127.0.0.1:8001/relais", "http://127.0.0.1:8001/relais"),
    ],
)
def test_an_address_is_kept_as_it_is_posted_to(typed: str, url: str) -> None:
    assert receiver_url(typed) == url


@pytest.mark.parametrize(
    "typed",
    [
        "",
        "relais",
        "http://exemple.fr/relais",
        "ftp://exemple.fr",
        "https://moi:mot@exemple.fr/",
        "moi:mot@exemple.fr/",
        "https://exemple.fr/a b",
        "https://[exemple.fr",
    ],
)
def test_what_is_no_https_address_is_refused(stage: Stage, typed: str) -> None:
    before = len(stage.served.requests)
    assert stage.refusal(url=typed) == "url"
    assert len(stage.served.requests) == before


def test_a_secret_that_is_short_or_another_is_refused(stage: Stage) -> None:
    assert stage.refusal(secret="s" * 31) == "secret"
    assert stage.refusal(secret="t" * 40) == "secret"
    stage.fake.forbids = True
    assert stage.refusal() == "secret"


@pytest.mark.parametrize(
    "answer",
    [
        said(404, {"error": "no such program"}),
        said(405, {}),
        said(410, {}),
        said(400, {"error": "unknown event"}),
        Said(200, b"\xef\xbb\xbf\n <!doctype html><title>Accueil</title>", HTML),
        Said(403, b"<html>firewall</html>", HTML),
    ],
    ids=lambda a: f"{a.status}",
)
def test_where_no_program_answers_the_address_is_refused(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("POST", POST, answer)
    assert stage.refusal() == "url"


@pytest.mark.parametrize(
    "answer",
    [
        Said(302, b"", {"Location": "https://exemple.fr/login"}),
        said(429, {}),
        Said(503, b"<html>Maintenance</html>", HTML),
        said(503, {}, Retry_After="30"),
        said(500, {}),
    ],
    ids=lambda a: f"{a.status}",
)
def test_a_program_that_is_away_is_asked_another_time(stage: Stage, answer: Said) -> None:
    for ask in (stage.connect, stage.adapter.check):
        stage.served.answer_next("POST", POST, answer)
        with pytest.raises((Transient, RateLimited)):
            ask()


@pytest.mark.parametrize("change", ["secret", "forbids", "is_gone"])
def test_a_test_tells_that_the_channel_must_be_connected_anew(stage: Stage, change: str) -> None:
    setattr(stage.fake, change, "another secret" if change == "secret" else True)
    with pytest.raises(AuthExpired):
        stage.adapter.check()


# Publishing.


def test_a_post_goes_out_whole(stage: Stage) -> None:
    out = outgoing(
        Content(
            text=f" {TEXT}\r\n",
            title=" Horaires ",
            link="https://exemple.fr/été",
            language="fr-FR",
            categories=("Pain", "Été"),
            content_warning="Miam",
        ),
        picture("Un croissant doré"),
    )
    published = stage.walk.send(out)
    (event,) = stage.fake.posts.values()
    assert (event["delivery"], event["revision"], event["workspace"]) == (out.delivery, 1, "w1")
    sha256 = out.pictures[0].sha256
    assert event["post"] == {
        "title": "Horaires",
        "text": TEXT,
        "link": "https://exemple.fr/été",
        "language": "fr-FR",
        "categories": ["Pain", "Été"],
        "content_warning": "Miam",
        "media": [
            {
                "url": f"https://relais.example/media/{sha256}",
                "type": "image/png",
                "alt": "Un croissant doré",
                "width": 64,
                "height": 48,
                "size": 0,
                "duration": None,
            }
        ],
    }
    assert (published.remote_id, published.url) == ("1", f"{stage.fake.base_url}/actus/1")
    assert stage.walk.calls == 1
    (asked,) = stage.events("post.published")
    assert asked.headers["relais-delivery"] == out.delivery
    assert asked.headers["content-type"] == "application/json"


def test_a_video_is_named_with_its_type_size_and_length(stage: Stage) -> None:
    film = clip("Le four", seconds=12)
    out = outgoing(Content(text=""), video=replace(film, duration_ms=12_480))
    assert problems(out.content, stage.connection.limits, webhook.SPEC) == []
    stage.walk.send(out)
    (event,) = stage.fake.posts.values()
    assert event["post"]["media"] == [
        {
            "url": film.url(),
            "type": "video/mp4",
            "alt": "Le four",
            "width": 1080,
            "height": 1920,
            "size": film.size,
            "duration": 12.48,
        }
    ]


def test_a_picture_alone_is_a_post(stage: Stage) -> None:
    media = (Media("aa", "image/gif", 10, 10, 10),)
    limits = stage.connection.limits
    assert problems(Content(text="", media=media), limits, webhook.SPEC) == []
    stage.walk.send(outgoing(Content(text=""), picture("")))


def test_every_attempt_is_signed_at_its_own_time_and_says_the_same(stage: Stage) -> None:
    first = stage.walk.send(post())
    stage.clock.advance(timedelta(minutes=7))
    assert stage.walk.send(post()) == first
    one, two = stage.events("post.published")
    assert one.body == two.body
    assert one.headers["relais-delivery"] == two.headers["relais-delivery"]
    for asked, at in ((one, START), (two, START + timedelta(minutes=7))):
        assert asked.headers["relais-timestamp"] == str(int(at.timestamp()))
    assert len(stage.fake.posts) == 1


@pytest.mark.parametrize("repeats_as", [409, 200])
def test_a_delivery_that_was_taken_before_is_published(stage: Stage, repeats_as: int) -> None:
    stage.fake.repeats_as = repeats_as
    first = stage.walk.send(post())
    assert stage.walk.send(post()) == first


@pytest.mark.parametrize("repeats_as", [409, 200])
def test_an_earlier_revision_there_is_doubt_and_the_look_tells_it(
    stage: Stage, repeats_as: int
) -> None:
    stage.fake.repeats_as = repeats_as
    first = stage.walk.send(post("Un pain"))
    with pytest.raises(OutcomeUnknown):
        stage.walk.send(post("Deux pains", 2))
    looked = stage.adapter.find(search(post("Deux pains", 2), post("Un pain")))
    assert looked == Found(first.remote_id, first.url, 1)


@pytest.mark.parametrize(
    ("answer", "remote_id", "url"),
    [
        (said(200, {"id": "a-7", "url": "https://a.fr/7"}), "a-7", "https://a.fr/7"),
        (said(202, {"id": 7}), "7", None),
        (said(409, {"id": 7}), "7", None),
        (Said(204, b"", {}), "p1.c1.0", None),
        (Said(200, b"", HTML), "p1.c1.0", None),
        (Said(200, b"OK", {}), "p1.c1.0", None),
        (said(200, [{"id": 7}]), "p1.c1.0", None),
        (said(200, {"id": True, "url": 7, "revision": "2"}), "p1.c1.0", None),
        (said(200, {"id": 7.5, "url": ["x"], "revision": None}), "p1.c1.0", None),
        (said(200, {"id": "x" * 201, "url": "javascript:alert(1)"}), "p1.c1.0", None),
        (said(200, {"id": "a\nb", "url": "https://a.fr/" + "x" * 2000}), "p1.c1.0", None),
        (said(200, {"id": "", "url": "https://u:p@a.fr/"}), "p1.c1.0", None),
    ],
)
def test_what_the_receiver_calls_it_is_kept_if_it_makes_sense(
    stage: Stage, answer: Said, remote_id: str, url: str | None
) -> None:
    stage.served.answer_next("POST", POST, answer)
    published = stage.walk.send(post())
    assert (published.remote_id, published.url) == (remote_id, url)


# What answers mean.


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (said(401, {"error": "once, then fine"}), Transient, ""),
        (Said(401, b"", HTML), Transient, ""),
        (said(403, {"error": "not from you"}), AuthExpired, ""),
        (said(410, {}), AuthExpired, ""),
        (said(400, {"error": "strange"}), Rejected, "invalid"),
        (said(404, {}), Rejected, "invalid"),
        (said(413, {}), Rejected, "invalid"),
        (said(422, {"error": "no title"}), Rejected, "invalid"),
        (Said(422, b"no title", {}), Rejected, "invalid"),
        (said(429, {}), RateLimited, ""),
        (Said(429, b"<html>slow down</html>", HTML), RateLimited, ""),
        (said(503, {}, Retry_After="30"), RateLimited, ""),
        (said(503, {}), OutcomeUnknown, ""),
        (said(503, {}, Retry_After="soon"), OutcomeUnknown, ""),
        (Said(503, b"<html>x</html>", {**HTML, "Retry-After": "30"}), OutcomeUnknown, ""),
        (said(500, {"error": "oops"}), OutcomeUnknown, ""),
        (Said(502, b"", {}), OutcomeUnknown, ""),
        (Said(301, b"", {"Location": "https://exemple.fr/autre"}), OutcomeUnknown, ""),
        (Said(400, b"<html>Bad Request</html>", HTML), OutcomeUnknown, ""),
        (Said(401, b"<html>proxy</html>", HTML), OutcomeUnknown, ""),
        (Said(403, b"<html>firewall</html>", HTML), OutcomeUnknown, ""),
        (Said(409, b"<html>conflict</html>", HTML), OutcomeUnknown, ""),
        (Said(200, b"<html>Bienvenue</html>", HTML), OutcomeUnknown, ""),
        (Said(200, b"\n<!doctype html>", {}), OutcomeUnknown, ""),
        (said(200, {"revision": 2}), OutcomeUnknown, ""),
        (said(409, {"revision": 0}), OutcomeUnknown, ""),
        (Said(304, b"", {}), OutcomeUnknown, ""),
    ],
)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], reason: str
) -> None:
    stage.served.answer_next("POST", POST, answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.send(post())
    assert type(raised.value) is error
    assert getattr(raised.value, "reason", "") == reason


def test_a_secret_that_was_changed_there_needs_a_person(stage: Stage) -> None:
    stage.fake.secret = "another" * 8
    with pytest.raises(AuthExpired):
        stage.walk.send(post())
    assert stage.fake.posts == {}


def test_the_time_to_come_back_is_the_receivers_own(stage: Stage) -> None:
    for status in (429, 503):
        stage.served.answer_next("POST", POST, said(status, {}, Retry_After="120"))
        with pytest.raises(RateLimited) as limited:
            stage.walk.send(post())
        assert limited.value.reset_at == START + timedelta(seconds=120)
        assert limited.value.scope == "channel"


def test_what_the_receiver_refuses_it_says(stage: Stage) -> None:
    stage.served.answer_next("POST", POST, said(422, {"error": "il manque un titre" + "x" * 500}))
    with pytest.raises(Rejected) as refused:
        stage.walk.send(post())
    assert refused.value.detail.startswith("422 il manque un titre")
    assert len(refused.value.detail) < 200


def test_no_error_tells_the_secret_or_the_address(stage: Stage) -> None:
    stage.fake.secret = "another" * 8
    with pytest.raises(AuthExpired) as refused:
        stage.walk.send(post())
    away = webhook.Webhook(
        tools_of(stage.connection, http_for(stage.fake.base_url, "http://127.0.0.1:1"), stage.clock)
    )
    with pytest.raises(Transient) as unreachable:
        away.publish(post(), {}, before_send=lambda: None)
    told = [repr(e.value) for e in (refused, unreachable)] + [repr(away), repr(away._receiver)]
    assert "cle=abc" not in "".join(told)
    assert "s" * 10 not in "".join(told)


def test_a_call_has_ten_seconds() -> None:
    assert DEADLINE_SECONDS == 10


# Looking.


def test_a_post_is_found_by_its_delivery_only(stage: Stage) -> None:
    assert stage.adapter.find(search(post())) == NotThere()
    published = stage.walk.send(post())
    assert stage.adapter.find(search(post())) == Found(published.remote_id, published.url, 1)
    assert all("relais-delivery" not in a.headers for a in stage.events("delivery.lookup"))
    assert len(stage.fake.posts) == 1


def test_a_receiver_that_says_little_is_believed(stage: Stage) -> None:
    stage.walk.send(post())
    stage.served.answer_next("POST", POST, said(200, {"known": True}))
    assert stage.adapter.find(search(post())) == Found("p1.c1.0", None, None)
    stage.served.answer_next("POST", POST, said(200, {"known": True, "revision": 9}))
    assert stage.adapter.find(search(post())) == Found("p1.c1.0", None, None)


@pytest.mark.parametrize(
    "answer",
    [
        Said(204, b"", {}),
        Said(200, b"OK", {}),
        said(200, {}),
        said(200, {"known": "yes"}),
        said(200, {"known": None}),
        said(200, {"known": 1}),
        said(200, [True]),
        said(409, {}),
        said(400, {"error": "unknown event"}),
        said(404, {}),
    ],
)
def test_a_receiver_that_knows_no_lookup_cant_tell(stage: Stage, answer: Said) -> None:
    stage.served.answer_next("POST", POST, answer)
    assert isinstance(stage.adapter.find(search(post())), CantTell)


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (Said(200, b"<html>Bienvenue</html>", HTML), Transient),
        (Said(404, b"<html>deploying</html>", HTML), Transient),
        (said(500, {}), Transient),
        (said(503, {}), Transient),
        (said(503, {}, Retry_After="9"), RateLimited),
        (said(429, {}), RateLimited),
        (Said(302, b"", {"Location": "/login"}), Transient),
        (said(401, {}), AuthExpired),
        (said(410, {}), AuthExpired),
    ],
)
def test_a_look_that_failed_proves_nothing(
    stage: Stage, answer: Said, error: type[NetworkError]
) -> None:
    stage.served.answer_next("POST", POST, answer)
    with pytest.raises(error):
        stage.adapter.find(search(post()))


def test_an_event_is_json_that_a_strict_reader_takes(stage: Stage) -> None:
    stage.walk.send(post('Guillemets « " » \u2028 \\ 🥐 \t fin'))
    (asked,) = stage.events("post.published")
    told: Mapping[str, Any] = json.loads(asked.body.decode("utf-8", "strict"))
    assert told["post"]["text"] == 'Guillemets « " » \u2028 \\ 🥐 \t fin'
