"""What Mastodon's adapter hears, does and counts, against an instance by the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chalicelib.listening.mentions import MentionKind
from chalicelib.listening.ports import Unreadable
from chalicelib.listening.sources import SourceKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import mastodon, registry
from chalicelib.networks.contract import Connection
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates, Searches
from chalicelib.networks.http import Http
from chalicelib.networks.mastodon_hearing import Hearing, at_instance, hear
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Rejected, Transient
from tests.contract.listening import Ear, mention
from tests.contract.openapi import query_problems, require_mastodon_openapi
from tests.contract.stage import http_to, tools_of
from tests.fakes.clocks import START, SettableClock
from tests.fakes.serving import Said, Served, said, serving
from tests.fakes.talking_mastodon import TalkingMastodon

NOTIFICATIONS = "/api/v1/notifications$"


@dataclass(slots=True)
class Stage:
    fake: TalkingMastodon
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    hearing: Hearing

    def ear(self) -> Ear:
        return Ear(self.hearing.mentions, self.clock.now)

    def tag_ear(self, words: str = "#pain") -> Ear:
        return Ear(
            lambda cursor, since: self.hearing.search(SourceKind.TAG, words, cursor, since),
            self.clock.now,
        )

    def own(self, text: str = "Ouvert demain") -> str:
        status = self.fake.status({"status": text, "visibility": "public"})
        self.fake.statuses.insert(0, status)
        return str(status["id"])


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = TalkingMastodon(clock.now)
    with serving(fake) as served:
        fake.base_url = served.base_url
        http = http_to(served.base_url)
        connection = mastodon.connect(
            {"instance": served.base_url, "token": fake.token}, http, clock
        )
        hearing = hear(tools_of(connection, http, clock))
        yield Stage(fake, served, http, clock, connection, hearing)


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("mastodon")
    assert network.hear is not None
    made = network.hear(tools_of(stage.connection, stage.http, stage.clock))
    for ability in (FetchesMentions, Searches, Moderates, FetchesMetrics):
        assert isinstance(made, ability)
    told = {*stage.hearing.measure_channel(), *(stage.hearing.measure_post(stage.own()) or {})}
    assert told == network.spec.tells


# What is said to us.


def test_an_answer_is_heard_with_all_that_answering_it_needs(stage: Stage) -> None:
    own = stage.own()
    text = (
        "@boulangerie Miam !\n\nVoir https://exemple.fr/une/page/assez/longue?avec=des&p=oui #pain"
    )
    said_back = stage.fake.say(text, to=own, visibility="unlisted", spoiler_text="Faim")
    (heard,) = stage.ear().listen()
    assert heard.kind is MentionKind.REPLY
    assert heard.identity == said_back["uri"]
    assert (heard.remote_id, heard.answers_to) == (said_back["id"], own)
    assert heard.text == text
    assert (heard.title, heard.language) == ("Faim", "fr")
    assert heard.author.handle == "@zoe@exemple.social"
    assert heard.author.remote_id == "https://exemple.social/users/zoe"
    assert heard.refs == {
        "id": said_back["id"],
        "mention": "@zoe@exemple.social",
        "visibility": "unlisted",
    }


def test_a_mention_that_answers_nobody_begins_a_conversation(stage: Stage) -> None:
    stage.fake.say("Connaissez-vous @boulangerie ?")
    (heard,) = stage.ear().listen()
    assert (heard.kind, heard.thread, heard.answers_to) == (MentionKind.MENTION, "", "")


def test_a_conversation_is_known_by_its_first_post(stage: Stage) -> None:
    own = stage.own()
    first = stage.fake.say("Un", to=own)
    stage.fake.say("Deux", to=first["id"], by="max@autre.test")
    stage.fake.say("Trois", to=own)
    threads = {heard.thread for heard in stage.ear().listen()}
    assert threads == {stage.fake.statuses[0]["uri"]}
    assert len(stage.served.seen("GET", "/context$")) <= 2
    stage.ear().listen()
    assert len(stage.served.seen("GET", "/context$")) <= 2  # it is known by now


def test_many_conversations_at_once_are_read_in_parts_that_stay_short(stage: Stage) -> None:
    owns = [stage.own(f"Jour {n}") for n in range(13)]
    for n, own in enumerate(owns):
        stage.fake.say(f"Réponse {n}", to=own)
    ear = stage.ear()
    ear.listen(1)
    assert len(stage.served.seen("GET", "/context$")) == 5
    ear.dies()
    ear.listen()
    assert {(h.text, h.thread) for h in ear.told} == {
        (f"Réponse {n}", status["uri"]) for n, status in enumerate(reversed(stage.fake.statuses))
    }


def test_a_conversation_that_cant_be_read_doesnt_keep_its_answers_back(stage: Stage) -> None:
    stage.fake.say("Un", to=stage.own())
    stage.served.answer_next("GET", "/context$", said(500, {"error": "oops"}))
    (heard,) = stage.ear().listen()
    assert heard.thread == ""


def test_what_isnt_said_to_us_is_left_out(stage: Stage) -> None:
    stage.fake.heeds_since = False  # it tells of everything, whatever is asked for
    stage.fake.notify("follow", None, stage.clock.now())
    stage.fake.notify("favourite", stage.fake.say("Tiens", kind=None), stage.clock.now())
    own = {**stage.fake.say("À nous", kind=None), "account": stage.fake.account()}
    stage.fake.notify("mention", own, stage.clock.now())
    assert stage.ear().listen() == []


def test_a_first_reading_goes_a_month_back_and_no_further(stage: Stage) -> None:
    stage.fake.say("Vieux", at=START - timedelta(days=31))
    stage.fake.say("Du mois", at=START - timedelta(days=29))
    assert [heard.text for heard in stage.ear().listen()] == ["Du mois"]


@pytest.mark.parametrize("heeds_since", [True, False])
def test_nothing_is_missed_whatever_dies_and_whatever_comes_meanwhile(
    stage: Stage, *, heeds_since: bool
) -> None:
    stage.fake.heeds_since = heeds_since
    for n in range(40):
        stage.fake.say(f"Avant {n}")
    ear = stage.ear()
    ear.listen(1)
    stage.clock.advance(timedelta(minutes=5))
    for n in range(20):
        stage.fake.say(f"Pendant {n}")
    ear.dies()
    ear.listen(1)
    ear.listen()
    ear.listen()
    wanted = {f"Avant {n}" for n in range(40)} | {f"Pendant {n}" for n in range(20)}
    assert ear.texts() == wanted


@pytest.mark.parametrize("heeds_since", [True, False])
def test_a_gap_of_several_pages_is_read_whole_before_the_mark_moves(
    stage: Stage, *, heeds_since: bool
) -> None:
    stage.fake.heeds_since = heeds_since
    stage.fake.say("Premier")
    ear = stage.ear()
    ear.listen()
    stage.clock.advance(timedelta(hours=1))
    for n in range(70):
        stage.fake.say(f"Gros jour {n}")
    for _ in range(3):
        ear.listen(1)  # a worker that is stopped each time
    ear.listen()
    assert {f"Gros jour {n}" for n in range(70)} <= ear.texts()


def test_a_second_reading_asks_little_and_tells_only_what_is_fresh_again(stage: Stage) -> None:
    for n in range(40):
        stage.fake.say(f"Mot {n}")
    ear = stage.ear()
    ear.listen()
    stage.clock.advance(timedelta(minutes=5))
    ear.listen()
    before, told = len(stage.served.requests), len(ear.told)
    stage.clock.advance(timedelta(minutes=5))
    ear.listen()
    assert len(stage.served.requests) - before <= 2
    assert len(ear.told) - told <= 1


def test_one_that_is_listed_late_below_others_is_heard(stage: Stage) -> None:
    late = stage.fake.say("En retard")
    (hidden,) = [told for told in stage.fake.told if told["status"] == late]
    stage.fake.told.remove(hidden)
    stage.fake.say("À l’heure")
    ear = stage.ear()
    ear.listen()
    stage.fake.told.append(hidden)
    stage.clock.advance(timedelta(seconds=60))
    assert [heard.text for heard in ear.listen()] == ["En retard"]


def test_a_server_that_shows_one_page_for_ever_is_read_once(stage: Stage) -> None:
    for n in range(30):
        stage.fake.say(f"Mot {n}")
    page = said(200, stage.fake.told[:10])
    stage.served.answer_next("GET", NOTIFICATIONS, page, times=10)
    stage.ear().listen()
    assert len(stage.served.seen("GET", NOTIFICATIONS)) == 2


def test_what_cant_be_read_is_counted_and_keeps_nothing_back(stage: Stage) -> None:
    stage.fake.say("Bon")
    for broken in ({"uri": None}, {"created_at": "hier"}, {"account": 7}):
        stage.fake.told[0]["status"] = {**stage.fake.told[0]["status"]}
        stage.fake.say("Mauvais", **broken)
    stage.fake.told.insert(0, {"id": 12, "type": "mention"})
    ear = stage.ear()
    assert [heard.text for heard in ear.listen()] == ["Bon"]
    assert ear.skipped == 4


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(401, {"error": "The access token is invalid"}), AuthExpired),
        (said(403, {"error": "This action is outside the authorized scopes"}), AuthExpired),
        (said(429, {"error": "Too many requests"}), RateLimited),
        (said(503, {"error": "oops"}), Transient),
        (Said(200, b"<html>Bienvenue</html>", {}), Transient),
        (said(200, {"error": "odd"}), Transient),
    ],
)
def test_a_refusal_means_what_is_documented(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", NOTIFICATIONS, answer)
    with pytest.raises(error) as raised:
        stage.ear().listen()
    assert type(raised.value) is error


# Looking again.


@pytest.mark.parametrize("knows_many", [True, False])
def test_edits_and_deletions_are_followed(stage: Stage, *, knows_many: bool) -> None:
    stage.fake.knows_many = knows_many
    for text in ("Reste", "Change", "Part"):
        stage.fake.say(text, to=stage.own())
    told = {h.text: mention("mastodon", h, START) for h in stage.ear().listen()}
    statuses = {s["content"]: s for s in stage.fake.others.values()}
    statuses["<p>Change</p>"]["edited_at"] = "2026-01-02T08:00:00.000Z"
    statuses["<p>Change</p>"]["content"] = "<p>Changé</p>"
    del stage.fake.others[statuses["<p>Part</p>"]["id"]]
    now = dict(stage.hearing.look_again(list(told.values())))
    assert set(now) == {told["Change"].id, told["Part"].id}
    changed = now[told["Change"].id]
    assert changed is not None
    assert (changed.text, changed.thread) == ("Changé", told["Change"].heard.thread)
    assert changed.edited_at is not None
    assert now[told["Part"].id] is None


def test_a_look_at_a_slow_server_ends_in_time(stage: Stage) -> None:
    stage.fake.knows_many = False
    for n in range(10):
        stage.fake.say(f"Mot {n}")
    told = [mention("mastodon", heard, START) for heard in stage.ear().listen()]
    stage.fake.others.clear()
    gone = []
    for identity, _ in stage.hearing.look_again(told):
        gone.append(identity)
        stage.clock.advance(timedelta(seconds=6))
    assert gone == [m.id for m in told[:3]]


def test_a_look_that_fails_takes_nothing_for_gone(stage: Stage) -> None:
    stage.fake.say("Reste")
    (heard,) = stage.ear().listen()
    stage.fake.knows_many = False
    stage.served.answer_next("GET", r"/statuses/\d+$", said(500, {"error": "oops"}))
    with pytest.raises(Transient):
        list(stage.hearing.look_again([mention("mastodon", heard, START)]))


# Hashtags.


def test_a_hashtag_is_read_and_our_own_words_are_left_out(stage: Stage) -> None:
    stage.own("Notre #pain")
    stage.fake.say("Vive le #pain !", kind=None)
    stage.fake.say("Vive le vin !", kind=None)
    (heard,) = stage.tag_ear().listen()
    assert (heard.text, heard.kind) == ("Vive le #pain !", MentionKind.MENTION)


def test_an_instance_shows_its_hashtags_to_anybody(stage: Stage) -> None:
    stage.fake.say("Vive le #pain !", kind=None)
    hearing = at_instance(stage.fake.base_url, stage.http, stage.clock)
    ear = Ear(lambda c, s: hearing.search(SourceKind.TAG, "Pain", c, s), stage.clock.now)
    assert [heard.text for heard in ear.listen()] == ["Vive le #pain !"]
    assert all("authorization" not in a.headers for a in stage.served.seen("GET", "/tag/"))
    stage.fake.is_closed = True
    with pytest.raises(Unreadable) as closed:
        ear.listen()
    assert closed.value.reason == "closed"


def test_hashtags_page_without_a_gap(stage: Stage) -> None:
    for n in range(100):
        stage.fake.say(f"Numéro {n} #pain", kind=None)
    ear = stage.tag_ear()
    ear.listen(1)
    ear.dies()
    ear.listen()
    assert len(ear.texts()) == 100


def test_what_is_no_mastodon_is_said(stage: Stage) -> None:
    stage.served.answer_next("GET", "/tag/", Said(200, b"<html></html>", {}))
    with pytest.raises(Unreadable) as unreadable:
        stage.tag_ear().listen()
    assert unreadable.value.reason == "not-mastodon"


def test_free_words_arent_searched(stage: Stage) -> None:
    with pytest.raises(Unreadable):
        stage.hearing.search(SourceKind.SEARCH, "pain", "", START)


# Acting on it.


def test_a_star_is_given_and_taken_back_as_often_as_one_likes(stage: Stage) -> None:
    stage.fake.say("Miam")
    (heard,) = stage.ear().listen()
    for _ in range(2):
        stage.hearing.moderate(Moderation.LIKE, heard)
    assert stage.fake.favourites == {heard.remote_id}
    for _ in range(2):
        stage.hearing.moderate(Moderation.UNLIKE, heard)
    assert stage.fake.favourites == set()


def test_what_was_deleted_cant_be_starred_and_others_words_arent_ours_to_hide(
    stage: Stage,
) -> None:
    stage.fake.say("Miam")
    (heard,) = stage.ear().listen()
    with pytest.raises(Rejected):
        stage.hearing.moderate(Moderation.HIDE, heard)
    stage.fake.others.clear()
    with pytest.raises(Rejected) as refused:
        stage.hearing.moderate(Moderation.LIKE, heard)
    assert refused.value.reason == "gone"


# Counting.


def test_counters_are_those_of_the_network(stage: Stage) -> None:
    own = stage.own()
    assert stage.hearing.measure_channel() == {Metric.FOLLOWERS: 12, Metric.POSTS: 1}
    assert stage.hearing.measure_post(own) == {
        Metric.LIKES: 3,
        Metric.REPLIES: 2,
        Metric.REPOSTS: 1,
        Metric.QUOTES: 0,
    }


def test_what_isnt_told_is_nothing_rather_than_zero(stage: Stage) -> None:
    stage.fake.counts_quotes = False
    own = stage.own()
    stage.fake.statuses[0] |= {"favourites_count": "beaucoup", "replies_count": -1}
    counters = stage.hearing.measure_post(own)
    assert counters is not None
    assert counters[Metric.QUOTES] is None
    assert (counters[Metric.LIKES], counters[Metric.REPLIES]) == (None, None)


def test_another_server_that_writes_zero_for_everything_tells_nothing(stage: Stage) -> None:
    tools = tools_of(stage.connection, stage.http, stage.clock, settings={"software": "other"})
    zeros = {**stage.fake.account(), "followers_count": 0, "statuses_count": 0}
    stage.served.answer_next("GET", "verify_credentials", said(200, zeros))
    assert hear(tools).measure_channel() == {Metric.FOLLOWERS: None, Metric.POSTS: None}


def test_a_post_that_is_gone_has_no_counters(stage: Stage) -> None:
    assert stage.hearing.measure_post("404") is None


# The requests themselves.


def test_requests_hold_to_the_openapi_description(stage: Stage) -> None:
    document = require_mastodon_openapi()
    for n in range(20):
        stage.fake.say(f"Mot {n} #pain")
    ear = stage.ear()
    ear.listen()
    stage.clock.advance(timedelta(hours=1))
    ear.listen()
    tags = stage.tag_ear()
    tags.listen()
    stage.clock.advance(timedelta(hours=1))
    tags.listen()
    (first, *_) = ear.told
    list(stage.hearing.look_again([mention("mastodon", replace(first), START)]))
    paths = {
        NOTIFICATIONS: "/api/v1/notifications",
        "/timelines/tag/": "/api/v1/timelines/tag/{hashtag}",
        "/api/v1/statuses$": "/api/v1/statuses",
    }
    for seen, path in paths.items():
        asked = stage.served.seen("GET", seen)
        assert asked
        for request in asked:
            query = {name.removesuffix("[]"): value for name, value in request.query.items()}
            assert query_problems(document, path, query) == []
