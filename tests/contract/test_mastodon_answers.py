"""Answers by Mastodon's adapter, against an instance by the documented rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import pytest

from chalicelib.listening.mentions import Heard
from chalicelib.networks import mastodon
from chalicelib.networks.checking import counts, problems
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.http import Http
from chalicelib.networks.mastodon_hearing import Hearing, hear
from chalicelib.publishing.outcomes import CantTell, Found, NotThere, OutcomeUnknown, Rejected
from chalicelib.publishing.posts import Content, Visibility
from tests.contract.listening import Ear
from tests.contract.openapi import body_problems, require_mastodon_openapi
from tests.contract.stage import KEY, Walk, commenting, http_to, outgoing, search, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.serving import Served, said, serving
from tests.fakes.talking_mastodon import TalkingMastodon

POST = r"^/api/v1/statuses$"


@dataclass(slots=True)
class Stage:
    fake: TalkingMastodon
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    hearing: Hearing
    adapter: mastodon.Mastodon

    def hear_one(self, text: str = "@boulangerie Miam !", **how: str) -> Heard:
        self.fake.say(text, **how)  # type: ignore[arg-type]
        return Ear(self.hearing.mentions, self.clock.now).listen()[0]


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = TalkingMastodon(clock.now)
    with serving(fake) as served:
        fake.base_url = served.base_url
        http = http_to(served.base_url)
        fields = {"instance": served.base_url, "token": fake.token}
        connection = mastodon.connect(fields, http, clock)
        tools = tools_of(connection, http, clock)
        adapter = mastodon.Mastodon(tools)
        yield Stage(fake, served, http, clock, connection, hear(tools), adapter)


def answering(heard: Heard, text: str = "Merci !", key: str = KEY.uuid, **how: object) -> Outgoing:
    content = Content(text=text, answers=heard.refs, **how)  # type: ignore[arg-type]
    return replace(outgoing(content, key=replace(KEY, uuid=key)), answers=heard.refs)


def test_an_answer_goes_to_whom_it_answers_and_is_found(stage: Stage) -> None:
    heard = stage.hear_one()
    out = answering(heard)
    published = Walk(stage.adapter).send(out)
    (asked,) = stage.served.seen("POST", POST)
    assert asked.json()["status"] == "@zoe@exemple.social Merci !"
    assert asked.json()["in_reply_to_id"] == heard.remote_id
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)
    assert body_problems(require_mastodon_openapi(), "/api/v1/statuses", asked.json()) == []


@pytest.mark.parametrize(
    ("text", "sent"),
    [
        ("@zoe@exemple.social, merci !", "@zoe@exemple.social, merci !"),
        ("@Zoe@Exemple.Social merci", "@Zoe@Exemple.Social merci"),
        ("@zoe@exemple.socialiste non", "@zoe@exemple.social @zoe@exemple.socialiste non"),
        ("Merci", "@zoe@exemple.social Merci"),
    ],
)
def test_who_is_answered_is_named_once(stage: Stage, text: str, sent: str) -> None:
    Walk(stage.adapter).send(answering(stage.hear_one(), text))
    (asked,) = stage.served.seen("POST", POST)
    assert asked.json()["status"] == sent


def test_whom_it_names_counts_with_the_text(stage: Stage) -> None:
    refs = {"id": "1", "mention": "@zoe@exemple.social", "visibility": "public"}
    limits, spec = stage.connection.limits, mastodon.SPEC
    (count,) = counts(Content(text="é" * 10, answers=refs), limits, spec)
    assert count.count == len("@zoe ") + 10
    found = problems(Content(text="é" * 496, answers=refs), limits, spec)
    assert [problem.code for problem in found] == ["too_long"]
    assert problems(Content(text="é" * 495, answers=refs), limits, spec) == []


@pytest.mark.parametrize(
    ("heard", "chosen", "shown"),
    [
        ("public", Visibility.PUBLIC, "public"),
        ("public", Visibility.UNLISTED, "unlisted"),
        ("unlisted", Visibility.PUBLIC, "unlisted"),
        ("private", Visibility.UNLISTED, "private"),
        ("direct", Visibility.PUBLIC, "direct"),
        ("mutuals_only", Visibility.PUBLIC, "direct"),
    ],
)
def test_an_answer_is_shown_no_wider_than_what_it_answers(
    stage: Stage, heard: str, chosen: Visibility, shown: str
) -> None:
    out = answering(stage.hear_one(visibility=heard), visibility=chosen)
    Walk(stage.adapter).send(out)
    assert stage.fake.statuses[0]["visibility"] == shown


def test_a_narrowed_answer_cant_be_looked_for_where_private_ones_arent_listed(stage: Stage) -> None:
    out = answering(stage.hear_one(visibility="direct"))
    other = tools_of(stage.connection, stage.http, stage.clock, settings={"software": "other"})
    assert isinstance(mastodon.Mastodon(other).find(search(out)), CantTell)
    assert stage.adapter.find(search(out)) == NotThere()


def test_the_same_words_to_two_people_arent_taken_for_each_other(stage: Stage) -> None:
    one, two = stage.hear_one("Un"), stage.hear_one("Deux")
    first = Walk(stage.adapter).send(answering(one))
    assert stage.adapter.find(search(answering(two))) == NotThere()
    second = Walk(stage.adapter).send(answering(two, key="another"))
    found = stage.adapter.find(search(answering(two)))
    assert found == Found(second.remote_id, second.url, 1)
    found = stage.adapter.find(search(answering(one)))
    assert found == Found(first.remote_id, first.url, 1)


def test_a_post_with_an_answers_words_isnt_taken_for_it(stage: Stage) -> None:
    out = answering(stage.hear_one())
    Walk(stage.adapter).send(outgoing(Content(text="@zoe@exemple.social Merci !")))
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_what_was_deleted_meanwhile_isnt_answered(stage: Stage) -> None:
    out = answering(stage.hear_one())
    walk = Walk(stage.adapter)
    walk.prepare(out)
    stage.fake.others.clear()
    for send in (walk.publish, Walk(stage.adapter).send):
        with pytest.raises(Rejected) as refused:
            send(out)
        assert refused.value.reason == "answered_gone"
    assert stage.fake.statuses == []


def test_a_404_without_a_word_of_the_api_is_doubt(stage: Stage) -> None:
    out = answering(stage.hear_one())
    stage.served.answer_next("POST", POST, said(404, []))
    with pytest.raises(OutcomeUnknown):
        Walk(stage.adapter).send(out)


def test_a_first_comment_answers_our_own_post_as_widely_as_it_is_shown(stage: Stage) -> None:
    post = Walk(stage.adapter).send(outgoing(Content(text="Ouvert demain")))
    out = commenting("mastodon", post)
    published = Walk(stage.adapter).send(out)
    asked = stage.served.seen("POST", POST)[-1].json()
    assert (asked["status"], asked["visibility"]) == ("Le détail ici", "public")
    assert asked["in_reply_to_id"] == post.remote_id
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)
