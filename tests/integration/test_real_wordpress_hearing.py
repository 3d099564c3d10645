"""What WordPress's adapter hears, answers, does and counts on a real site."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from chalicelib.clock import SystemClock
from chalicelib.listening.mentions import Heard
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import wordpress as adapters
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.http import Http
from chalicelib.networks.spec import Moderation
from chalicelib.networks.wordpress_hearing import Hearing
from chalicelib.publishing.outcomes import Found, NotThere, OutcomeUnknown, Rejected, Transient
from chalicelib.publishing.posts import Content
from tests.contract.listening import Ear, mention
from tests.contract.stage import KEY, Walk, http_to, outgoing, search, tools_of
from tests.servers.faulty_proxy import Answer, DropReply, Truncate, faulty_proxy
from tests.servers.wordpress import WordPress


@dataclass(slots=True)
class Stage:
    """A user of one's own on the site, a post of hers, and what visitors write under it."""

    site: WordPress
    http: Http
    connection: Connection
    post: int
    key: str

    def tools_by(self, http: Http | None = None, **settings: str) -> Any:
        return tools_of(self.connection, http or self.http, SystemClock(), settings=settings)

    @property
    def hearing(self) -> Hearing:
        return Hearing(self.tools_by())

    @property
    def adapter(self) -> adapters.WordPress:
        return adapters.WordPress(self.tools_by())

    def submits(self, text: str) -> None:
        """Let a visitor write by the page's own form: at most once in 15 s, as WordPress has it."""
        fields = {"author": "Zoé & fils", "email": "zoe@example.test", "comment": text}
        url = f"{self.site.base_url}/wp-comments-post.php"
        data = {**fields, "comment_post_ID": str(self.post)}
        answer = requests.post(url, data=data, allow_redirects=False, timeout=30)
        assert answer.status_code == 302

    def writes(self, text: str, **how: str) -> None:
        """Let another of the site's people write, held, as often as wanted."""
        body = {"post": self.post, "content": text, "status": "hold", **how}
        auth = (self.site.username, self.site.application_password)
        url = f"{self.site.base_url}/wp-json/wp/v2/comments"
        answer = requests.post(url, json=body, auth=auth, timeout=30)
        assert answer.status_code == 201, answer.text

    def ear(self) -> Ear:
        return Ear(self.hearing.mentions, lambda: datetime.now(UTC))

    def heard(self, ear: Ear) -> list[Heard]:
        """Return what is new and stands under our own post: the site is shared by tests."""
        return [h for h in ear.listen() if h.refs["post"] == str(self.post)]

    def answering(self, heard: Heard, text: str = "Dès 6 h 30 & <plus tard>") -> Outgoing:
        content = Content(text=text, answers=heard.refs)
        made = outgoing(content, key=replace(KEY, uuid=self.key))
        return replace(made, answers=heard.refs)

    def answers(self) -> list[dict[str, Any]]:
        listed = self.site.read("comments", post=str(self.post), status="all", context="edit")
        return [comment for comment in listed if comment["parent"]]


@pytest.fixture
def stage(wordpress: WordPress) -> Stage:
    user = wordpress.new_user("editor")
    secret = {"username": user.username, "application_password": user.application_password}
    http = http_to(wordpress.base_url)
    connection = adapters.connect({"site": wordpress.base_url, **secret}, http, SystemClock())
    made = requests.post(
        f"{wordpress.base_url}/wp-json/wp/v2/posts",
        json={"title": "Nos horaires", "content": "Bientôt", "status": "publish"},
        auth=(user.username, user.application_password),
        timeout=30,
    )
    return Stage(wordpress, http, connection, made.json()["id"], secrets.token_hex(16))


def test_a_comment_arrives_once_is_answered_and_the_answer_stands_once(stage: Stage) -> None:
    stage.submits("Quels horaires ?\n\nVoir https://exemple.fr/a?b=1&c=2")
    ear = stage.ear()
    (heard,) = stage.heard(ear)
    assert stage.heard(ear) == []
    assert heard.text == "Quels horaires ?\n\nVoir https://exemple.fr/a?b=1&c=2"
    assert (heard.author.name, heard.waits) == ("Zoé & fils", True)
    stage.hearing.moderate(Moderation.APPROVE, heard)
    out, walk = stage.answering(heard), Walk(stage.adapter)
    assert walk.prepare(out) is None
    (held,) = stage.answers()
    assert held["status"] == "hold"
    looked = stage.adapter.find(search(out, parts=walk.parts))
    assert looked == NotThere(prepared_stands=True)
    published = walk.publish(out)
    assert walk.publish(out) == published
    (answer,) = stage.answers()
    assert (answer["status"], answer["link"]) == ("approved", published.url)
    assert answer["content"]["raw"] == "Dès 6 h 30 &amp; &lt;plus tard&gt;"
    for parts in (walk.parts, {}):
        found = stage.adapter.find(search(out, parts=parts))
        assert found == Found(published.remote_id, published.url, 1)
    assert stage.heard(ear) == []  # our own words


@pytest.mark.parametrize("fault", [DropReply(), Truncate(20), Answer(500, applied=True)])
def test_a_lost_answer_is_doubt_then_found_and_a_resend_doubles_nothing(
    stage: Stage, fault: DropReply | Truncate | Answer
) -> None:
    stage.writes("Quels horaires ?")
    (heard,) = stage.heard(stage.ear())
    with faulty_proxy(stage.site.base_url) as proxy:
        tools = stage.tools_by(http_to(proxy.base_url), api=f"{proxy.base_url}/wp-json/")
        adapter = adapters.WordPress(tools)
        out, walk = stage.answering(heard), Walk(adapter)
        proxy.fail_next("POST", r"/wp/v2/comments$", DropReply())
        with pytest.raises(Transient):
            walk.prepare(out)
        assert walk.prepare(out) is None
        proxy.fail_next("POST", r"/wp/v2/comments/\d+", fault)
        with pytest.raises(OutcomeUnknown):
            walk.publish(out)
        found = adapter.find(search(out, parts=walk.parts))
        assert isinstance(found, Found)
        assert walk.publish(out).remote_id == found.remote_id
        assert proxy.unused() == 0
    assert [answer["status"] for answer in stage.answers()] == ["approved"]


def test_what_was_deleted_meanwhile_is_gone_and_isnt_answered(stage: Stage) -> None:
    stage.writes("Un")
    stage.writes("Deux")
    first, second = stage.heard(stage.ear())
    for _ in range(2):
        stage.hearing.moderate(Moderation.DELETE, first)
    now = datetime.now(UTC)
    told = [mention("wordpress", heard, now) for heard in (first, second)]
    assert dict(stage.hearing.look_again(told)) == {told[0].id: None}
    with pytest.raises(Rejected) as refused:
        Walk(stage.adapter).send(stage.answering(first))
    assert refused.value.reason == "answered_gone"
    with pytest.raises(Rejected) as gone:
        stage.hearing.moderate(Moderation.APPROVE, first)
    assert gone.value.reason == "gone"
    assert stage.answers() == []


def test_acts_may_be_repeated_and_are_seen_when_looked_at_again(stage: Stage) -> None:
    stage.writes("Bonjour")
    (heard,) = stage.heard(stage.ear())
    told = mention("wordpress", heard, datetime.now(UTC))
    for act in (Moderation.APPROVE, Moderation.HIDE, Moderation.APPROVE):
        for _ in range(2):
            stage.hearing.moderate(act, heard)
    ((_, now),) = stage.hearing.look_again([told])
    assert now is not None
    assert not now.waits
    for _ in range(2):
        stage.hearing.moderate(Moderation.SPAM, heard)
    assert dict(stage.hearing.look_again([told])) == {told.id: None}


def test_pages_are_read_to_the_end(stage: Stage) -> None:
    for n in range(55):
        stage.writes(f"Mot {n}", date_gmt=f"2026-11-2{n % 4}T08:00:00")
    ear = Ear(stage.hearing.mentions, lambda: datetime(2026, 11, 25, tzinfo=UTC))
    while len(heard := [h for h in ear.told if h.refs["post"] == str(stage.post)]) < 55:
        assert ear.listen() is not None
        assert len(ear.told) < 500
    assert {h.text for h in heard} == {f"Mot {n}" for n in range(55)}


def test_the_same_words_twice_are_refused(stage: Stage) -> None:
    stage.writes("Bravo")
    (heard,) = stage.heard(stage.ear())
    Walk(stage.adapter).send(stage.answering(heard, "Merci !"))
    again = replace(stage.answering(heard, "Merci !"), key=replace(KEY, uuid="another"))
    with pytest.raises(Rejected) as refused:
        Walk(stage.adapter).send(again)
    assert refused.value.reason == "duplicate"


def test_an_author_reads_but_neither_answers_nor_lets_through(stage: Stage) -> None:
    user = stage.site.new_user("author")
    secret = {"username": user.username, "application_password": user.application_password}
    connection = adapters.connect(
        {"site": stage.site.base_url, **secret}, stage.http, SystemClock()
    )
    author = replace(stage, connection=connection)
    stage.writes("Bonjour")
    (heard,) = stage.heard(stage.ear())
    assert author.heard(author.ear()) == []  # held, under somebody else's post
    stage.hearing.moderate(Moderation.APPROVE, heard)
    assert [h.identity for h in author.heard(author.ear())] == [heard.identity]
    for act in (
        lambda: author.hearing.moderate(Moderation.HIDE, heard),
        lambda: Walk(author.adapter).send(author.answering(heard)),
    ):
        with pytest.raises(Rejected) as refused:
            act()
        assert refused.value.reason == "forbidden"


def test_comments_and_posts_are_counted(stage: Stage) -> None:
    stage.writes("Bonjour")
    (heard,) = stage.heard(stage.ear())
    assert stage.hearing.measure_post(str(stage.post)) == {Metric.REPLIES: 0}
    stage.hearing.moderate(Moderation.APPROVE, heard)
    assert stage.hearing.measure_post(str(stage.post)) == {Metric.REPLIES: 1}
    assert stage.hearing.measure_post(heard.remote_id) == {Metric.REPLIES: 0}
    posts = stage.hearing.measure_channel()[Metric.POSTS]
    assert posts is not None
    assert posts >= 1
    assert stage.hearing.measure_post("999999") is None
