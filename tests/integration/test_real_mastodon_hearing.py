"""What Mastodon's adapter hears, answers and counts on snac, a real server of the same API."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import requests

from chalicelib.clock import SystemClock
from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.listening.sources import SourceKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import mastodon
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.http import Http
from chalicelib.networks.mastodon_hearing import Hearing, at_instance, hear
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Found, Rejected
from chalicelib.publishing.posts import Content
from tests.contract.listening import Ear, mention
from tests.contract.stage import Walk, http_to, outgoing, search, tools_of
from tests.servers.snac import Snac, SnacUser

PATIENCE_SECONDS = 30.0


@dataclass(slots=True)
class Stage:
    """A firm's account and a customer's."""

    snac: Snac
    http: Http
    firm: SnacUser
    customer: SnacUser
    connection: Connection
    hearing: Hearing
    adapter: mastodon.Mastodon

    def ear(self) -> Ear:
        return Ear(self.hearing.mentions, lambda: datetime.now(UTC))

    def says(self, user: SnacUser, **fields: str) -> dict[str, Any]:
        """Let a user publish something by hand."""
        said: dict[str, Any] = self.call(user, "POST", "statuses", data=fields)
        return said

    def call(self, user: SnacUser, verb: str, route: str, **how: Any) -> Any:
        headers = {"Authorization": f"Bearer {user.token}"}
        url = f"{self.snac.base_url}/api/v1/{route}"
        answer = requests.request(verb, url, headers=headers, timeout=15, **how)
        answer.raise_for_status()
        return answer.json()

    def heard(self, ear: Ear, wanted: int) -> list[Heard]:
        """Read until so much was told: snac takes some seconds to tell its own users."""
        until(lambda: ear.listen() is not None and len({h.identity for h in ear.told}) >= wanted)
        return list({h.identity: h for h in ear.told}.values())


def until(is_so: Callable[[], bool]) -> None:
    """Ask until it is so: snac works on what it was given in its own time."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not is_so():
        assert time.monotonic() < ends, "snac never told"
        time.sleep(0.1)


@pytest.fixture
def stage(snac: Snac) -> Stage:
    firm, customer = (snac.new_user(f"u{secrets.token_hex(4)}") for _ in range(2))
    http = http_to(snac.base_url)
    fields = {"instance": snac.base_url, "token": firm.token}
    connection = mastodon.connect(fields, http, SystemClock())
    tools = tools_of(connection, http, SystemClock())
    adapter = mastodon.Mastodon(tools)
    return Stage(snac, http, firm, customer, connection, hear(tools), adapter)


def answering(heard: Heard, text: str) -> Outgoing:
    return replace(outgoing(Content(text=text, answers=heard.refs)), answers=heard.refs)


def test_a_reply_arrives_once_is_answered_and_the_answer_stands_once(stage: Stage) -> None:
    own = Walk(stage.adapter).send(outgoing(Content(text="Ouvert demain"))).remote_id
    text = f"@{stage.firm.login} Miam ! https://exemple.fr/une/page?a=1&b=2"
    said = stage.says(stage.customer, status=text, in_reply_to_id=own)
    ear = stage.ear()
    (heard,) = stage.heard(ear, 1)
    assert ear.listen() == []
    assert (heard.kind, heard.answers_to, heard.remote_id) == (MentionKind.REPLY, own, said["id"])
    assert heard.identity == said["uri"]
    assert heard.text.endswith("Miam ! https://exemple.fr/une/page?a=1&b=2")
    assert heard.thread == stage.snac.statuses(stage.firm.token)[0]["uri"]
    out = answering(heard, "Avec plaisir !")
    published = Walk(stage.adapter).send(out)
    answers = [s for s in stage.snac.statuses(stage.firm.token) if s["in_reply_to_id"]]
    assert [(s["id"], s["in_reply_to_id"]) for s in answers] == [(published.remote_id, said["id"])]
    now = datetime.now(UTC)
    window = search(out, since=now - timedelta(minutes=1), until=now + timedelta(minutes=1))
    assert stage.adapter.find(window) == Found(published.remote_id, published.url, 1)


def test_many_are_all_heard_page_by_page(stage: Stage) -> None:
    for n in range(35):
        stage.says(stage.customer, status=f"@{stage.firm.login} numéro {n}")
    until(lambda: len(stage.call(stage.firm, "GET", "notifications?limit=80")) >= 35)
    ear = stage.ear()
    ear.listen(1)
    assert len(ear.told) < 35
    ear.dies()
    ear.listen()
    assert len({h.identity for h in ear.told}) == 35


def test_a_deleted_status_is_seen_to_be_gone_and_isnt_answered(stage: Stage) -> None:
    stage.says(stage.customer, status=f"@{stage.firm.login} reste")
    (heard,) = stage.heard(stage.ear(), 1)
    gone = replace(heard, remote_id="nosuch", refs={**heard.refs, "id": "nosuch"})
    now = datetime.now(UTC)
    kept = [mention("mastodon", heard, now), mention("mastodon", replace(gone, identity="x"), now)]
    assert dict(stage.hearing.look_again(kept)) == {kept[1].id: None}
    with pytest.raises(Rejected) as refused:
        Walk(stage.adapter).send(answering(gone, "Trop tard"))
    assert refused.value.reason == "answered_gone"
    assert stage.snac.statuses(stage.firm.token) == []


def test_a_star_and_the_counters_of_a_real_post(stage: Stage) -> None:
    own = Walk(stage.adapter).send(outgoing(Content(text="Ouvert demain"))).remote_id
    said = stage.says(stage.customer, status=f"@{stage.firm.login} Miam", in_reply_to_id=own)
    stage.call(stage.customer, "POST", f"statuses/{own}/favourite")

    def is_counted() -> bool:
        counters = stage.hearing.measure_post(own)
        return counters is not None and counters[Metric.LIKES] == counters[Metric.REPLIES] == 1

    until(is_counted)
    counters = stage.hearing.measure_post(own)
    assert counters is not None
    assert (counters[Metric.REPOSTS], counters[Metric.QUOTES]) == (0, None)
    assert stage.hearing.measure_post("nosuch") is None
    assert stage.hearing.measure_channel() == {Metric.FOLLOWERS: None, Metric.POSTS: None}
    (heard,) = stage.heard(stage.ear(), 1)
    assert heard.remote_id == said["id"]
    for act in (Moderation.LIKE, Moderation.LIKE, Moderation.UNLIKE, Moderation.UNLIKE):
        stage.hearing.moderate(act, heard)


def test_a_hashtag_is_read_by_anybody(stage: Stage) -> None:
    tag = f"pain{secrets.token_hex(3)}"
    stage.says(stage.customer, status=f"Vive le #{tag} !")
    hearing = at_instance(stage.snac.base_url, stage.http, SystemClock())
    ear = Ear(
        lambda cursor, since: hearing.search(SourceKind.TAG, f"#{tag}", cursor, since),
        lambda: datetime.now(UTC),
    )
    assert [h.text for h in ear.listen()] == [f"Vive le #{tag} !"]
    assert ear.listen() == []
