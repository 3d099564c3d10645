"""What WordPress's adapter hears, answers, does and counts, against a site by its rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import pytest

from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry, wordpress
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics, Moderates, Searches
from chalicelib.networks.http import Http
from chalicelib.networks.spec import Moderation
from chalicelib.networks.wordpress_hearing import Hearing
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, Media
from tests.contract.listening import Ear, mention
from tests.contract.stage import KEY, Walk, http_to, outgoing, search, tools_of
from tests.fakes.clocks import START, SettableClock
from tests.fakes.serving import Said, Served, said, serving
from tests.fakes.talking_wordpress import ME, TalkingWordPress, displayed

COMMENTS = r"/wp/v2/comments$"
APPROVE = r"/wp/v2/comments/\d+$"


@dataclass(slots=True)
class Stage:
    fake: TalkingWordPress
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    hearing: Hearing
    adapter: wordpress.WordPress
    walk: Walk
    post: int

    def ear(self) -> Ear:
        return Ear(self.hearing.mentions, self.clock.now)

    def hear_one(self, text: str = "Quels horaires ?", **how: str) -> Heard:
        self.fake.write(text, post=self.post, **how)  # type: ignore[arg-type]
        return self.ear().listen()[-1]

    def answer_to(self, heard: Heard, text: str = "Dès 6 h 30 & plus <tard>") -> Outgoing:
        content = Content(text=text, answers=heard.refs)
        return replace(outgoing(content), answers=heard.refs)

    def ours(self) -> list[dict[str, object]]:
        return [c for c in self.fake.comments.values() if c["author"] == ME]


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = TalkingWordPress(clock.now)
    with serving(fake) as served:
        fake.base_url = served.base_url
        http = http_to(served.base_url)
        typed = {"site": served.base_url, "username": fake.username}
        fields = {**typed, "application_password": fake.password}
        connection = wordpress.connect(fields, http, clock)
        tools = tools_of(connection, http, clock)
        adapter = wordpress.WordPress(tools)
        hearing, post = Hearing(tools), fake.post()
        made = (fake, served, http, clock, connection, hearing, adapter, Walk(adapter), post)
        yield Stage(*made)


def test_its_abilities_are_those_it_says(stage: Stage) -> None:
    network = registry.network("wordpress")
    assert network.hear is not None
    made = network.hear(tools_of(stage.connection, stage.http, stage.clock))
    for ability in (FetchesMentions, Moderates, FetchesMetrics):
        assert isinstance(made, ability)
    assert not isinstance(made, Searches)
    counters = stage.hearing.measure_post(str(stage.post)) or {}
    assert {*stage.hearing.measure_channel(), *counters} == network.spec.tells


# What is said to us.


def test_a_comment_is_heard_though_it_waits_to_be_let_through(stage: Stage) -> None:
    text = "Quels horaires ?\n\nVoir https://exemple.fr/a?b=1&c=2 <b>"
    number = stage.fake.write(text, post=stage.post, by="Zoé & fils")
    (heard,) = stage.ear().listen()
    assert heard.kind is MentionKind.COMMENT
    assert heard.identity == f"{stage.fake.base_url}#comment-{number}"
    assert heard.text == text
    assert (heard.author.name, heard.author.remote_id) == ("Zoé & fils", "")
    assert (heard.waits, heard.answers_to) == (True, str(stage.post))
    assert heard.refs == {"post": str(stage.post), "parent": str(number)}
    assert heard.said_at == START


def test_an_answer_to_a_comment_says_which_and_stays_in_the_posts_thread(stage: Stage) -> None:
    first = stage.fake.write("Un", post=stage.post, status="approved")
    stage.fake.write("Deux", post=stage.post, parent=first, status="approved")
    one, two = stage.ear().listen()
    assert two.answers_to == one.remote_id
    assert one.thread == two.thread


def test_our_own_words_are_left_out(stage: Stage) -> None:
    stage.fake.write("Merci", post=stage.post, user=ME, status="approved")
    assert stage.ear().listen() == []


def test_a_first_reading_goes_a_month_back_and_no_further(stage: Stage) -> None:
    stage.fake.write("Vieux", post=stage.post, at=START - timedelta(days=31))
    stage.fake.write("Du mois", post=stage.post, at=START - timedelta(days=29))
    assert [heard.text for heard in stage.ear().listen()] == ["Du mois"]


def test_nothing_is_missed_whatever_dies_and_however_many_share_a_second(stage: Stage) -> None:
    for n in range(30):
        stage.fake.write(f"Un à un {n}", post=stage.post, at=START - timedelta(minutes=n))
    for n in range(120):
        stage.fake.write(f"D’un coup {n}", post=stage.post, at=START - timedelta(days=2))
    ear = stage.ear()
    ear.listen(1)
    ear.dies()
    ear.listen(2)
    stage.clock.advance(timedelta(minutes=5))
    stage.fake.write("Entre-temps", post=stage.post)
    ear.listen()
    assert len(ear.texts()) == 151


def test_pages_short_of_what_one_may_not_read_are_read_to_the_end(stage: Stage) -> None:
    stage.fake.role = "author"
    for n in range(120):
        at = START - timedelta(minutes=n)
        stage.fake.write(f"À relire {n}", post=stage.post, at=at)
    stage.fake.write("Lu", post=stage.post, status="approved")
    stage.fake.write("Lu aussi", post=stage.post, status="approved", at=START - timedelta(hours=3))
    ear = stage.ear()
    ear.listen()
    assert ear.texts() == {"Lu", "Lu aussi"}


def test_what_comes_in_the_second_that_was_read_last_is_heard(stage: Stage) -> None:
    stage.fake.write("Un", post=stage.post)
    ear = stage.ear()
    ear.listen()
    stage.fake.write("Deux", post=stage.post)
    assert [heard.text for heard in ear.listen()] == ["Deux"]


def test_a_comment_let_through_long_after_it_was_written_is_heard(stage: Stage) -> None:
    held = stage.fake.write("En attente", post=stage.post, status="spam")  # out of sight
    stage.fake.write("Après", post=stage.post)
    ear = stage.ear()
    ear.listen()
    stage.clock.advance(timedelta(days=3))
    stage.fake.write("Plus tard", post=stage.post)
    ear.listen()
    stage.fake.comments[held]["status"] = "approved"
    stage.clock.advance(timedelta(hours=7))
    assert [heard.text for heard in ear.listen()] == ["En attente"]


def test_between_two_sweeps_little_is_told_again(stage: Stage) -> None:
    for n in range(20):
        stage.fake.write(f"Mot {n}", post=stage.post, at=START - timedelta(days=n + 1))
    ear = stage.ear()
    ear.listen()
    told = len(ear.told)
    stage.clock.advance(timedelta(minutes=30))
    ear.listen()
    assert len(ear.told) - told == 1


def test_the_hour_that_comes_twice_in_autumn_hides_nothing(stage: Stage) -> None:
    first = datetime(2026, 10, 25, 0, 50, tzinfo=UTC)  # 2:50 in Paris, for the first time
    stage.clock.advance(first - stage.clock.now())
    stage.fake.write("Première fois", post=stage.post)
    ear = stage.ear()
    ear.listen()
    stage.clock.advance(timedelta(minutes=20))  # 2:10, for the second
    stage.fake.write("Seconde fois", post=stage.post)
    assert [heard.text for heard in ear.listen()] == ["Seconde fois"]


def test_what_cant_be_read_is_counted_and_keeps_nothing_back(stage: Stage) -> None:
    stage.fake.write("Bon", post=stage.post)
    bad = stage.fake.write("Mauvais", post=stage.post)
    stage.fake.comments[bad]["post"] = None
    ear = stage.ear()
    assert [heard.text for heard in ear.listen()] == ["Bon"]
    assert ear.skipped == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(401, {"code": "rest_forbidden_param", "data": {"status": 401}}), AuthExpired),
        (said(429, {"code": "slow_down"}), RateLimited),
        (said(503, {"code": "maintenance"}), Transient),
        (Said(200, b"<html>Maintenance</html>", {}), Transient),
        (said(200, {"odd": True}), Transient),
    ],
)
def test_a_refusal_means_what_is_documented(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    stage.served.answer_next("GET", COMMENTS, answer)
    with pytest.raises(error) as raised:
        stage.ear().listen()
    assert type(raised.value) is error


def test_a_site_that_drops_the_password_isnt_read_as_nobody(stage: Stage) -> None:
    ear = stage.ear()
    ear.listen()
    stage.fake.drops_authorization = True
    with pytest.raises(AuthExpired):
        ear.listen()


# Looking again.


def test_edits_approvals_and_deletions_are_followed(stage: Stage) -> None:
    numbers = {text: stage.fake.write(text, post=stage.post) for text in "abcde"}
    told = {h.text: mention("wordpress", h, START) for h in stage.ear().listen()}
    stage.fake.comments[numbers["b"]]["content"]["rendered"] = "<p>bis</p>"
    stage.fake.comments[numbers["c"]]["status"] = "trash"
    stage.fake.comments[numbers["d"]]["status"] = "approved"
    del stage.fake.comments[numbers["e"]]
    now = dict(stage.hearing.look_again(list(told.values())))
    assert set(now) == {told[text].id for text in "bcde"}
    edited, approved = now[told["b"].id], now[told["d"].id]
    assert edited is not None
    assert approved is not None
    assert edited.text == "bis"
    assert not approved.waits
    assert (now[told["c"].id], now[told["e"].id]) == (None, None)


# Answering.


def test_an_answer_is_held_then_let_through_and_found(stage: Stage) -> None:
    heard = stage.hear_one(status="approved")
    out = stage.answer_to(heard)
    assert stage.walk.prepare(out) is None
    (held,) = stage.ours()
    assert (held["status"], held["parent"]) == ("hold", int(heard.refs["parent"]))
    parts = stage.walk.parts
    assert stage.adapter.find(search(out, parts=parts)) == NotThere(prepared_stands=True)
    published = stage.walk.publish(out)
    (comment,) = stage.ours()
    assert comment["status"] == "approved"
    assert comment["content"] == {
        "raw": "Dès 6 h 30 &amp; plus &lt;tard&gt;",
        "rendered": "<p>Dès 6 h 30 &amp; plus &lt;tard&gt;</p>\n",
    }
    assert published.url == comment["link"]
    for known in (parts, {}):
        found = stage.adapter.find(search(out, parts=known))
        assert found == Found(published.remote_id, published.url, 1)


def test_an_answer_repeated_stands_once(stage: Stage) -> None:
    out = stage.answer_to(stage.hear_one())
    first = stage.walk.send(out)
    assert stage.walk.publish(out) == first
    assert len(stage.ours()) == 1


def test_a_held_answer_that_couldnt_be_told_is_found_and_used(stage: Stage) -> None:
    out = stage.answer_to(stage.hear_one())
    stage.walk.prepare(out)
    stage.walk.parts.clear()
    stage.walk.send(out)
    assert [c["status"] for c in stage.ours()] == ["approved"]


def test_an_edited_answer_takes_the_place_of_the_one_that_is_held(stage: Stage) -> None:
    heard = stage.hear_one()
    stage.walk.prepare(stage.answer_to(heard, "Un"))
    stage.walk.parts.clear()
    second = replace(stage.answer_to(heard, "Deux"), version=2)
    published = stage.walk.send(second)
    assert [c["content"]["raw"] for c in stage.ours()] == ["Deux"]  # type: ignore[index]
    found = stage.adapter.find(search(second, stage.answer_to(heard, "Un")))
    assert found == Found(published.remote_id, published.url, 2)


def test_two_answers_to_one_comment_arent_taken_for_each_other(stage: Stage) -> None:
    heard = stage.hear_one()
    one = stage.answer_to(heard, "Un")
    two = replace(stage.answer_to(heard, "Deux"), key=replace(KEY, uuid="another"))
    stage.walk.send(one)
    assert stage.adapter.find(search(two)) == NotThere()
    Walk(stage.adapter).send(two)
    assert len(stage.ours()) == 2


def test_the_same_words_twice_are_refused_by_the_site(stage: Stage) -> None:
    heard = stage.hear_one()
    stage.walk.send(stage.answer_to(heard, "Merci !"))
    again = replace(stage.answer_to(heard, "Merci !"), key=replace(KEY, uuid="another"))
    with pytest.raises(Rejected) as refused:
        Walk(stage.adapter).send(again)
    assert refused.value.reason == "duplicate"


@pytest.mark.parametrize("how", ["trash", "spam", "deleted"])
def test_what_was_deleted_meanwhile_isnt_answered(stage: Stage, how: str) -> None:
    heard = stage.hear_one()
    number = int(heard.refs["parent"])
    if how == "deleted":
        del stage.fake.comments[number]
    else:
        stage.fake.comments[number]["status"] = how
    with pytest.raises(Rejected) as refused:
        stage.walk.send(stage.answer_to(heard))
    assert refused.value.reason == "answered_gone"
    assert stage.ours() == []


def test_a_post_that_was_deleted_or_closed_takes_no_answer(stage: Stage) -> None:
    heard = stage.hear_one()
    stage.fake.is_open = False
    with pytest.raises(Rejected) as closed:
        stage.walk.send(stage.answer_to(heard))
    assert closed.value.reason == "comments_closed"
    stage.fake.posts[stage.post]["status"] = "trash"
    with pytest.raises(Rejected) as gone:
        stage.walk.send(stage.answer_to(heard))
    assert gone.value.reason == "answered_gone"


def test_a_role_that_moderates_nothing_answers_nothing_and_keeps_its_channel(stage: Stage) -> None:
    heard = stage.hear_one()
    stage.fake.role = "author"
    with pytest.raises(Rejected) as refused:
        stage.walk.send(stage.answer_to(heard))
    assert refused.value.reason == "forbidden"


def test_an_answer_let_through_by_hand_is_left_as_it_is(stage: Stage) -> None:
    out = stage.answer_to(stage.hear_one())
    stage.walk.prepare(out)
    stage.ours()[0]["status"] = "approved"
    with pytest.raises(OutcomeUnknown):
        stage.walk.send(out)
    assert stage.walk.calls == 0
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), Found)


def test_an_answer_taken_for_spam_is_for_a_person_to_see_to(stage: Stage) -> None:
    out = stage.answer_to(stage.hear_one())
    stage.walk.send(out)
    stage.ours()[0]["status"] = "spam"
    assert isinstance(stage.adapter.find(search(out, parts=stage.walk.parts)), CantTell)


def test_a_held_answer_that_was_deleted_is_made_anew(stage: Stage) -> None:
    out = stage.answer_to(stage.hear_one())
    stage.walk.prepare(out)
    stage.fake.comments = {n: c for n, c in stage.fake.comments.items() if c["author"] != ME}
    with pytest.raises(Transient):
        stage.walk.publish(out)
    stage.walk.send(out)
    assert len(stage.ours()) == 1


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(401, {"code": "rest_cannot_edit"}), Transient),
        (said(403, {"code": "rest_cannot_edit"}), Rejected),
        (said(429, {"code": "slow_down"}), RateLimited),
        (said(500, {"code": "rest_comment_failed_edit"}), OutcomeUnknown),
        (Said(403, b"<html>firewall</html>", {}), OutcomeUnknown),
        (Said(200, b"<html>Bienvenue</html>", {}), OutcomeUnknown),
        (said(200, {"id": 1, "status": "approved"}), OutcomeUnknown),
        (said(200, {"ok": True}), OutcomeUnknown),
    ],
)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    out = stage.answer_to(stage.hear_one())
    stage.walk.prepare(out)
    stage.served.answer_next("POST", APPROVE, answer)
    with pytest.raises(error) as raised:
        stage.walk.publish(out)
    assert type(raised.value) is error


def test_an_answer_is_text_alone_and_not_too_long(stage: Stage) -> None:
    spec, refs = wordpress.SPEC, {"post": "1", "parent": "2"}
    photo = Media("0" * 64, "image/png", 64, 48, 1)
    for content, code in (
        (Content(text="Merci", media=(photo,), answers=refs), "too_many_media"),
        (Content(text="é" * 10_001, answers=refs), "too_long"),
        (Content(text="", answers=refs), "empty"),
    ):
        assert [p.code for p in problems(content, stage.connection.limits, spec)] == [code]
    fine = Content(text="Merci", answers=refs)
    assert problems(fine, stage.connection.limits, spec) == []


# Acting on it.


@pytest.mark.parametrize(
    ("act", "status"),
    [
        (Moderation.APPROVE, "approved"),
        (Moderation.HIDE, "hold"),
        (Moderation.SPAM, "spam"),
        (Moderation.DELETE, "trash"),
    ],
)
def test_an_act_may_be_repeated(stage: Stage, act: Moderation, status: str) -> None:
    heard = stage.hear_one(status="approved" if act is Moderation.HIDE else "hold")
    for _ in range(2):
        stage.hearing.moderate(act, heard)
    comment = stage.fake.comments[int(heard.refs["parent"])]
    assert comment["status"] == status
    assert comment["content"]["rendered"] == displayed("Quels horaires ?")


def test_what_was_deleted_isnt_brought_back(stage: Stage) -> None:
    heard = stage.hear_one()
    stage.hearing.moderate(Moderation.DELETE, heard)
    with pytest.raises(Rejected) as refused:
        stage.hearing.moderate(Moderation.APPROVE, heard)
    assert refused.value.reason == "gone"
    stage.fake.comments.clear()
    stage.hearing.moderate(Moderation.DELETE, heard)
    with pytest.raises(Rejected):
        stage.hearing.moderate(Moderation.HIDE, heard)


def test_a_role_too_low_to_moderate_is_refused_without_losing_the_channel(stage: Stage) -> None:
    heard = stage.hear_one()
    stage.fake.role = "author"
    with pytest.raises(Rejected) as refused:
        stage.hearing.moderate(Moderation.APPROVE, heard)
    assert refused.value.reason == "forbidden"


def test_wordpress_has_no_stars(stage: Stage) -> None:
    with pytest.raises(Rejected):
        stage.hearing.moderate(Moderation.LIKE, stage.hear_one())


# Counting.


def test_posts_and_their_comments_are_counted(stage: Stage) -> None:
    heard = stage.hear_one(status="approved")
    stage.fake.write("En attente", post=stage.post)
    stage.walk.send(stage.answer_to(heard))
    assert stage.hearing.measure_channel() == {Metric.POSTS: 1}
    assert stage.hearing.measure_post(str(stage.post)) == {Metric.REPLIES: 2}
    assert stage.hearing.measure_post(heard.remote_id) == {Metric.REPLIES: 1}
    assert stage.hearing.measure_post("999") is None
    assert stage.hearing.measure_post("comment-999") is None


def test_a_count_that_isnt_told_is_nothing(stage: Stage) -> None:
    stage.served.answer_next("GET", "/wp/v2/posts$", said(200, [], X_WP_Total="beaucoup"))
    assert stage.hearing.measure_channel() == {Metric.POSTS: None}
