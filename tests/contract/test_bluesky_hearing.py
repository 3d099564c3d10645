"""What Bluesky's adapter hears, answers, does and counts, against servers by the lexicons."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.listening.ports import Unreadable
from chalicelib.listening.sources import SourceKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import bluesky, registry
from chalicelib.networks.bluesky_hearing import Hearing, like_key
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates, Searches
from chalicelib.networks.http import Http
from chalicelib.networks.richtext import spelled_out
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import (
    AuthExpired,
    Found,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.lexicons import problems_of, require_lexicons
from tests.contract.listening import Ear, mention
from tests.contract.stage import (
    KEY,
    Walk,
    commenting,
    http_to,
    outgoing,
    search,
    tools_of,
    vault_of,
)
from tests.fakes.clocks import START, SettableClock
from tests.fakes.fake_bluesky import TID
from tests.fakes.serving import Said, Served, said, serving
from tests.fakes.talking_bluesky import GATES, LIKES, TalkingBluesky

NOTIFICATIONS = "listNotifications$"


@dataclass(slots=True)
class Stage:
    fake: TalkingBluesky
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    hearing: Hearing
    walk: Walk

    def ear(self) -> Ear:
        return Ear(self.hearing.mentions, self.clock.now)

    def search_ear(self, words: str, kind: SourceKind = SourceKind.SEARCH) -> Ear:
        return Ear(lambda c, s: self.hearing.search(kind, words, c, s), self.clock.now)

    def own(self, text: str = "Ouvert demain") -> dict[str, Any]:
        return self.fake.say(text, by=self.fake.handle, reason=None)

    def hear_one(self, to: dict[str, Any] | None = None) -> Heard:
        self.fake.say("Miam !", to=to, reason="reply" if to else "mention")
        return self.ear().listen()[0]


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = TalkingBluesky(clock.now)
    with serving(fake) as served:
        fake.base_url = served.base_url
        http = http_to(served.base_url)
        fields = {"handle": fake.handle, "app_password": fake.app_password, "pds": fake.base_url}
        connection = bluesky.connect(fields, http, clock)
        tools = tools_of(connection, http, clock)
        hearing, walk = Hearing(tools), Walk(bluesky.Bluesky(tools))
        yield Stage(fake, served, http, clock, connection, hearing, walk)


def answering(heard: Heard, text: str = "Merci !", version: int = 1) -> Outgoing:
    content = Content(text=text, answers=heard.refs)
    return replace(outgoing(content, version=version), answers=heard.refs)


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("bluesky")
    assert network.hear is not None
    made = network.hear(tools_of(stage.connection, stage.http, stage.clock))
    for ability in (FetchesMentions, Searches, Moderates, FetchesMetrics):
        assert isinstance(made, ability)
    counters = stage.hearing.measure_post(stage.own()["uri"]) or {}
    assert {*stage.hearing.measure_channel(), *counters} == network.spec.tells


# What is said to us.


def test_an_answer_is_heard_with_all_that_answering_it_needs(stage: Stage) -> None:
    own = stage.own()
    first = stage.fake.say("Un", to=own, reason=None, by="max.test")
    view = stage.fake.say("Miam !", to=first, reason="reply", langs=["fr"])
    (heard,) = stage.ear().listen()
    assert (heard.kind, heard.identity, heard.remote_id) == (
        MentionKind.REPLY,
        view["uri"],
        view["uri"],
    )
    assert (heard.thread, heard.answers_to) == (own["uri"], first["uri"])
    assert heard.refs == {
        "uri": view["uri"],
        "cid": view["cid"],
        "root_uri": own["uri"],
        "root_cid": own["cid"],
    }
    assert (heard.author.name, heard.author.handle) == ("Zoe.Test", "@zoe.test")
    assert (heard.language, heard.said_at) == ("fr", START)
    assert heard.url.startswith("https://bsky.app/profile/did:plc:zoe")


def test_a_mention_begins_a_conversation_and_is_its_own_root(stage: Stage) -> None:
    view = stage.fake.say("Connaissez-vous @relais.test ?")
    (heard,) = stage.ear().listen()
    assert (heard.kind, heard.thread, heard.answers_to) == (MentionKind.MENTION, "", "")
    assert heard.refs["root_uri"] == view["uri"]


def test_a_shortened_link_is_heard_whole() -> None:
    text = "Été : exemple.fr/une-pa… et ici, @zoe"
    whole = "https://exemple.fr/une-page"
    link = {"$type": "app.bsky.richtext.facet#link", "uri": whole}
    other = {"$type": "app.bsky.richtext.facet#mention", "did": "did:plc:zoe"}

    def mark(part: str, feature: dict[str, str]) -> dict[str, Any]:
        start = text.encode().index(part.encode())
        index = {"byteStart": start, "byteEnd": start + len(part.encode())}
        return {"index": index, "features": [feature]}

    marks = [mark("exemple.fr/une-pa…", link), mark("ici", link), mark("@zoe", other)]
    assert spelled_out(text, marks) == f"Été : {whole} et ici ({whole}), @zoe"
    odd: list[dict[str, Any]] = [
        {"index": {"byteStart": 5, "byteEnd": 4000}, "features": [link]},
        {"index": {"byteStart": True, "byteEnd": 3}, "features": [link]},
        {"index": {"byteStart": 0, "byteEnd": 2}, "features": "x"},
    ]
    assert spelled_out(text, odd) == text


@pytest.mark.parametrize("filters", [True, False])
def test_what_isnt_said_to_us_is_left_out(stage: Stage, *, filters: bool) -> None:
    stage.fake.filters = filters
    stage.fake.say("Tiens", reason="like")
    stage.fake.say("Moi", by=stage.fake.handle, reason="mention")
    assert stage.ear().listen() == []


def test_a_first_reading_goes_a_month_back_and_no_further(stage: Stage) -> None:
    stage.fake.say("Vieux", at=START - timedelta(days=31))
    stage.fake.say("Du mois", at=START - timedelta(days=29))
    assert [heard.text for heard in stage.ear().listen()] == ["Du mois"]


def test_nobody_writes_in_the_future(stage: Stage) -> None:
    view = stage.fake.say("Demain", at=START)
    view["record"]["createdAt"] = "2031-01-01T00:00:00.000Z"
    stage.fake.told[0]["record"] = view["record"]
    (heard,) = stage.ear().listen()
    assert heard.said_at == START + timedelta(seconds=1)


def test_the_old_mark_stays_until_the_whole_gap_is_read(stage: Stage) -> None:
    stage.fake.say("Premier")
    ear = stage.ear()
    ear.listen()
    stage.clock.advance(timedelta(hours=1))
    for n in range(170):
        stage.clock.advance(timedelta(seconds=1))
        stage.fake.say(f"Gros jour {n}")
    ear.listen(1)
    ear.dies()
    ear.listen(1)
    stage.fake.say("Entre-temps")
    ear.listen()
    ear.listen()
    wanted = {f"Gros jour {n}" for n in range(170)} | {"Premier", "Entre-temps"}
    assert ear.texts() == wanted


def test_a_second_reading_is_one_request_and_tells_nothing_old(stage: Stage) -> None:
    for n in range(60):
        stage.clock.advance(timedelta(seconds=1))
        stage.fake.say(f"Mot {n}")
    ear = stage.ear()
    ear.listen()
    stage.clock.advance(timedelta(minutes=5))
    ear.listen()
    told, asked = len(ear.told), len(stage.served.seen("GET", NOTIFICATIONS))
    ear.listen()
    assert len(ear.told) - told <= 1
    assert len(stage.served.seen("GET", NOTIFICATIONS)) - asked == 1


def test_what_cant_be_read_is_counted_and_keeps_nothing_back(stage: Stage) -> None:
    stage.fake.say("Bon")
    bare = {"uri": 7, "cid": "x", "reason": "mention", "indexedAt": "hier"}
    stage.fake.told.insert(0, bare)
    stage.fake.told.insert(0, {**stage.fake.told[-1], "record": {"text": 12}})
    ear = stage.ear()
    assert [heard.text for heard in ear.listen()] == ["Bon"]
    assert ear.skipped == 2


def test_a_token_that_ended_is_renewed_and_one_refused_for_good_is_said(stage: Stage) -> None:
    stage.fake.say("Bon")
    stage.fake.access.clear()
    assert len(stage.ear().listen()) == 1
    vault = vault_of(stage.hearing._tools)
    vault.secret = {**vault.secret, "app_password": "wrong"}
    stage.fake.access.clear()
    stage.fake.refresh.clear()
    with pytest.raises(AuthExpired):
        stage.ear().listen()


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(429, {"error": "RateLimitExceeded", "message": "slow"}), RateLimited),
        (said(502, {"error": "UpstreamFailure"}), Transient),
        (said(200, {"odd": True}), Transient),
        (Said(200, b"<html></html>", {}), Transient),
    ],
)
def test_a_refusal_means_what_is_documented(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", NOTIFICATIONS, answer)
    with pytest.raises(error) as raised:
        stage.ear().listen()
    assert type(raised.value) is error


def test_a_server_without_an_appview_says_so(stage: Stage) -> None:
    stage.fake.has_appview = False
    with pytest.raises(Rejected):
        stage.ear().listen()


# Looking again.


def test_deletions_are_followed_many_at_once(stage: Stage) -> None:
    for n in range(60):
        stage.fake.say(f"Mot {n}")
    told = [mention("bluesky", heard, START) for heard in stage.ear().listen()]
    gone, changed = told[3], told[50]
    del stage.fake.views[gone.heard.remote_id]
    stage.fake.views[changed.heard.remote_id]["record"] = {"text": "Changé"}
    now = dict(stage.hearing.look_again(told))
    assert set(now) == {gone.id, changed.id}
    assert now[gone.id] is None
    heard = now[changed.id]
    assert heard is not None
    assert (heard.text, heard.kind) == ("Changé", MentionKind.MENTION)
    assert len(stage.served.seen("GET", "getPosts$")) == 3


# Searching.


def test_words_are_searched_and_our_own_are_left_out(stage: Stage) -> None:
    stage.own("Notre boulangerie à Lyon")
    stage.fake.say("Une boulangerie à Lyon ?", reason=None)
    stage.fake.say("Un garage à Lyon ?", reason=None)
    (heard,) = stage.search_ear("boulangerie lyon").listen()
    assert (heard.text, heard.kind) == ("Une boulangerie à Lyon ?", MentionKind.MENTION)
    (asked,) = stage.served.seen("GET", "searchPosts$")
    assert asked.query["sort"] == "latest"
    assert asked.headers["authorization"].startswith("Bearer ")


def test_a_hashtag_is_searched_as_one(stage: Stage) -> None:
    stage.fake.say("Vive le #pain", reason=None)
    ear = stage.search_ear("#pain", SourceKind.TAG)
    assert len(ear.listen()) == 1
    (asked,) = stage.served.seen("GET", "searchPosts$")
    assert (asked.query["q"], asked.query["tag"]) == ("#pain", "pain")
    with pytest.raises(Unreadable):
        stage.search_ear("x", SourceKind.FEED).listen()


def test_a_search_pages_without_a_gap(stage: Stage) -> None:
    for n in range(120):
        stage.fake.say(f"Pain {n}", reason=None, at=START - timedelta(minutes=n))
    ear = stage.search_ear("pain")
    ear.listen(1)
    ear.dies()
    ear.listen()
    assert len(ear.texts()) == 120


# Answering.


def test_an_answer_names_what_it_answers_and_where_that_began(stage: Stage) -> None:
    own = stage.own()
    heard = stage.hear_one(to=own)
    out = answering(heard)
    published = stage.walk.send(out)
    (stands,) = stage.fake.records.values()
    assert stands["value"]["reply"] == {
        "root": {"uri": own["uri"], "cid": own["cid"]},
        "parent": {"uri": heard.remote_id, "cid": heard.refs["cid"]},
    }
    assert stage.walk.adapter.find(search(out)) == Found(  # type: ignore[attr-defined]
        published.remote_id, published.url, 1
    )
    assert stage.walk.send(out) == published
    assert stage.fake.writes == 1


def test_what_was_deleted_meanwhile_isnt_answered(stage: Stage) -> None:
    heard = stage.hear_one()
    stage.fake.views.clear()
    with pytest.raises(Rejected) as refused:
        stage.walk.send(answering(heard))
    assert refused.value.reason == "answered_gone"
    assert stage.fake.records == {}


def test_a_server_that_cant_say_whether_it_stands_keeps_no_answer_back(stage: Stage) -> None:
    heard = stage.hear_one()
    odd = said(400, {"error": "InvalidRequest", "message": "No service configured"})
    stage.served.answer_next("GET", "getRecord$", odd)
    stage.walk.send(answering(heard))
    assert len(stage.fake.records) == 1


# Acting on it.


def test_a_like_is_given_once_and_taken_back_as_often_as_one_likes(stage: Stage) -> None:
    heard = stage.hear_one()
    for _ in range(2):
        stage.hearing.moderate(Moderation.LIKE, heard)
        stage.clock.advance(timedelta(minutes=1))
    (like,) = stage.fake.collection(LIKES)
    assert like["subject"] == {"uri": heard.remote_id, "cid": heard.refs["cid"]}
    for _ in range(2):
        stage.hearing.moderate(Moderation.UNLIKE, heard)
    assert stage.fake.collection(LIKES) == []


def test_the_key_of_a_like_is_a_tid_whatever_the_post() -> None:
    uris = [f"at://did:plc:{who}/app.bsky.feed.post/3lekz2a2a2a2a" for who in ("zoe", "max")]
    uris += ["at://did:plc:zoe/app.bsky.feed.post/self", "at://did:plc:zoe/app.bsky.feed.post/a.b"]
    keys = [like_key(uri) for uri in uris]
    assert all(TID.fullmatch(key) for key in keys)
    assert len(set(keys)) == len(keys)
    assert keys == [like_key(uri) for uri in uris]


def test_a_reply_is_hidden_in_our_own_thread_beside_those_that_are(stage: Stage) -> None:
    own = stage.own()
    first, second = stage.hear_one(to=own), stage.hear_one(to=own)
    for heard in (first, second, second):
        stage.hearing.moderate(Moderation.HIDE, heard)
    (gate,) = stage.fake.collection(GATES)
    assert gate["post"] == own["uri"]
    assert gate["hiddenReplies"] == [first.remote_id, second.remote_id]
    assert "allow" not in gate  # an empty list would silence everybody


def test_rules_that_somebody_set_for_the_thread_stay(stage: Stage) -> None:
    own = stage.own()
    heard = stage.hear_one(to=own)
    stage.hearing.moderate(Moderation.HIDE, heard)
    (at,) = stage.fake.kept
    stage.fake.kept[at]["value"] |= {"allow": [], "hiddenReplies": ["at://x/y/z"]}
    stage.hearing.moderate(Moderation.HIDE, heard)
    (gate,) = stage.fake.collection(GATES)
    assert (gate["allow"], gate["hiddenReplies"]) == ([], ["at://x/y/z", heard.remote_id])


def test_a_gate_that_changes_meanwhile_is_read_again(stage: Stage) -> None:
    heard = stage.hear_one(to=stage.own())
    swapped = said(400, {"error": "InvalidSwap", "message": "Record was at bafy"})
    stage.served.answer_next("POST", "putRecord$", swapped)
    stage.hearing.moderate(Moderation.HIDE, heard)
    assert len(stage.fake.collection(GATES)) == 1
    stage.fake.kept.clear()
    stage.served.answer_next("POST", "putRecord$", swapped, times=3)
    with pytest.raises(Transient):
        stage.hearing.moderate(Moderation.HIDE, heard)


def test_others_threads_arent_ours_to_tidy(stage: Stage) -> None:
    with pytest.raises(Rejected) as refused:
        stage.hearing.moderate(Moderation.HIDE, stage.hear_one())
    assert refused.value.reason == "not_ours"
    with pytest.raises(Rejected):
        stage.hearing.moderate(Moderation.APPROVE, stage.hear_one())


# Counting.


def test_counters_are_those_of_the_network(stage: Stage) -> None:
    own = stage.own()
    assert stage.hearing.measure_channel() == {Metric.FOLLOWERS: 12, Metric.POSTS: 0}
    assert stage.hearing.measure_post(own["uri"]) == {
        Metric.LIKES: 3,
        Metric.REPLIES: 2,
        Metric.REPOSTS: 1,
        Metric.QUOTES: 0,
        Metric.BOOKMARKS: 4,
    }
    del own["bookmarkCount"]
    own["likeCount"] = "trois"
    counters = stage.hearing.measure_post(own["uri"])
    assert counters is not None
    assert (counters[Metric.BOOKMARKS], counters[Metric.LIKES]) == (None, None)
    assert stage.hearing.measure_post(own["uri"] + "x") is None


# The requests themselves.


def test_requests_and_records_hold_to_the_lexicons(stage: Stage) -> None:
    lexicons = require_lexicons()
    own = stage.own()
    heard = stage.hear_one(to=own)
    stage.search_ear("pain").listen()
    stage.hearing.moderate(Moderation.LIKE, heard)
    stage.hearing.moderate(Moderation.HIDE, heard)
    stage.hearing.moderate(Moderation.UNLIKE, heard)
    stage.walk.send(replace(answering(heard), key=replace(KEY, record_key="3lekz2a2a2a2b")))
    list(stage.hearing.look_again([mention("bluesky", heard, START)]))
    stage.hearing.measure_channel()
    for asked in stage.served.requests:
        name = asked.path.removeprefix("/xrpc/")
        if not re.fullmatch(r"[\w.]+", name):
            continue
        if asked.method == "GET":
            known = lexicons[name]["defs"]["main"].get("parameters", {}).get("properties", {})
            assert set(asked.query) <= set(known), name
        elif name.endswith(("putRecord", "deleteRecord")):
            assert problems_of(lexicons, name, asked.json()) == []
        if name.endswith("putRecord"):
            record = asked.json()["record"]
            assert problems_of(lexicons, asked.json()["collection"], record) == []


def test_a_first_comment_answers_our_own_post_in_the_version_that_stands(stage: Stage) -> None:
    post = stage.walk.send(outgoing(Content(text="Ouvert demain")))
    out, walk = commenting("bluesky", post), Walk(stage.walk.adapter)
    published = walk.send(out)
    stands = {"uri": post.remote_id, "cid": walk.parts["answered"]}
    asked = stage.served.seen("POST", r"putRecord$")[-1].json()["record"]
    assert (asked["text"], asked["reply"]) == ("Le détail ici", {"root": stands, "parent": stands})
    assert published.remote_id.endswith(out.key.record_key)
