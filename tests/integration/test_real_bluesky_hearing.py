"""What Bluesky's adapter hears, answers, does and counts on a real server and a real AppView."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, TypeVar

import pytest
import requests

from chalicelib.clock import SystemClock
from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.listening.sources import SourceKind
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import bluesky
from chalicelib.networks.bluesky_hearing import Hearing
from chalicelib.networks.contract import Outgoing
from chalicelib.networks.http import Http
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Found, Rejected, Transient
from chalicelib.publishing.posts import Content
from tests.contract.listening import Ear, mention
from tests.contract.stage import KEY, Walk, http_to, outgoing, search, tools_of
from tests.servers.bluesky import Account, BlueskyPds

OWN_KEY, ANSWER_KEY = "3lekz2a2a2a2a", "3lekz2a2a2a2b"
POST, LIKE = "app.bsky.feed.post", "app.bsky.feed.like"
PATIENCE_SECONDS = 30.0
Told = TypeVar("Told")


def now() -> datetime:
    return datetime.now(UTC)


def eventually(ask: Callable[[], Told | None]) -> Told:
    """Ask until there is something: the AppView follows the server in its own time."""
    ends = time.monotonic() + PATIENCE_SECONDS
    while not (told := ask()):
        assert time.monotonic() < ends, "the AppView never told it"
        time.sleep(0.05)
    return told


@dataclass(slots=True)
class Stage:
    """A firm's account and a customer's."""

    pds: BlueskyPds
    http: Http
    firm: Account
    customer: Account
    hearing: Hearing
    adapter: bluesky.Bluesky
    ear: Ear

    def publishes(self) -> dict[str, Any]:
        """Publish a post of the firm's; return it once the AppView knows it."""
        out = outgoing(Content(text="Ouvert demain"), key=replace(KEY, record_key=OWN_KEY))
        Walk(self.adapter).send(out)
        (own,) = self.pds.records(self.firm.did)
        self.pds.wait_indexed(self.firm, own["uri"])
        return own

    def replies(self, text: str, to: dict[str, Any]) -> dict[str, str]:
        """Let the customer answer a record."""
        ref = {"uri": to["uri"], "cid": to["cid"]}
        reply = {"root": ref, "parent": ref}
        return self.pds.says(self.customer, POST, {"text": text, "reply": reply})

    def hears(self) -> Heard:
        """Return the one thing that is newly said to the firm."""
        (heard,) = eventually(self.ear.listen)
        return heard

    def deletes(self, uri: str) -> None:
        """Let the customer delete a post of hers."""
        at = {"repo": self.customer.did, "collection": POST, "rkey": uri.rpartition("/")[2]}
        self.pds.call("com.atproto.repo.deleteRecord", at, self.pds.token(self.customer))

    def kept(self, collection: str) -> list[dict[str, Any]]:
        """Return the firm's own records of a kind."""
        answer = requests.get(
            f"{self.pds.base_url}/xrpc/com.atproto.repo.listRecords",
            params={"repo": self.firm.did, "collection": collection},
            timeout=30,
        )
        answer.raise_for_status()
        records: list[dict[str, Any]] = answer.json()["records"]
        return records


def staged(pds: BlueskyPds) -> Stage:
    firm, customer = pds.new_account("firm"), pds.new_account("zoe")
    http = http_to(pds.base_url, pds.plc_url)
    fields = {"handle": firm.handle, "app_password": firm.app_password, "pds": pds.base_url}
    tools = tools_of(bluesky.connect(fields, http, SystemClock()), http, SystemClock())
    hearing = Hearing(tools)
    ear = Ear(hearing.mentions, now)
    return Stage(pds, http, firm, customer, hearing, bluesky.Bluesky(tools), ear)


@pytest.fixture
def stage(bluesky_network: BlueskyPds) -> Stage:
    return staged(bluesky_network)


def answering(heard: Heard, text: str = "Avec plaisir !") -> Outgoing:
    content = Content(text=text, answers=heard.refs)
    out = outgoing(content, key=replace(KEY, record_key=ANSWER_KEY))
    return replace(out, answers=heard.refs)


def test_a_reply_is_heard_once_and_answered_and_the_answer_stands_once(stage: Stage) -> None:
    own = stage.publishes()
    reply = stage.replies("Miam !", own)
    heard = stage.hears()
    assert (heard.kind, heard.text, heard.remote_id) == (MentionKind.REPLY, "Miam !", reply["uri"])
    assert (heard.thread, heard.answers_to) == (own["uri"], own["uri"])
    assert heard.author.handle == f"@{stage.customer.handle}"
    out, walk = answering(heard), Walk(stage.adapter)
    published = walk.send(out)
    assert walk.send(out) == published
    answers = [r for r in stage.pds.records(stage.firm.did) if "reply" in r["value"]]
    assert [r["value"]["reply"] for r in answers] == [
        {"root": {"uri": own["uri"], "cid": own["cid"]}, "parent": reply}
    ]
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)
    assert stage.ear.listen() == []


def test_who_names_the_account_is_heard_and_what_is_deleted_is_gone(stage: Stage) -> None:
    text = f"Merci @{stage.firm.handle} !"
    name = {"$type": "app.bsky.richtext.facet#mention", "did": stage.firm.did}
    place = {"byteStart": 6, "byteEnd": 7 + len(stage.firm.handle)}
    facets = [{"index": place, "features": [name]}]
    said = stage.pds.says(stage.customer, POST, {"text": text, "facets": facets})
    heard = stage.hears()
    assert (heard.kind, heard.text) == (MentionKind.MENTION, text)
    kept = mention("bluesky", heard, now())
    assert list(stage.hearing.look_again([kept])) == []
    stage.deletes(said["uri"])
    assert eventually(lambda: list(stage.hearing.look_again([kept]))) == [(kept.id, None)]


def test_words_are_found_and_a_tag(stage: Stage) -> None:
    word = f"galette{secrets.token_hex(3)}"
    tag = {"$type": "app.bsky.richtext.facet#tag", "tag": word}
    facets = [{"index": {"byteStart": 12, "byteEnd": 13 + len(word)}, "features": [tag]}]
    stage.pds.says(stage.customer, POST, {"text": f"La meilleure {word}"})
    stage.pds.says(stage.customer, POST, {"text": f"En ce moment #{word}", "facets": facets})

    def found(kind: SourceKind, words: str) -> set[str]:
        ear = Ear(lambda cursor, since: stage.hearing.search(kind, words, cursor, since), now)
        return {heard.text for heard in ear.listen()}

    assert eventually(lambda: found(SourceKind.TAG, f"#{word}")) == {f"En ce moment #{word}"}
    assert f"La meilleure {word}" in eventually(lambda: found(SourceKind.SEARCH, word))


def test_a_post_and_the_account_are_counted(stage: Stage) -> None:
    own = stage.publishes()
    stage.pds.says(stage.customer, LIKE, {"subject": {"uri": own["uri"], "cid": own["cid"]}})
    stage.replies("Miam !", own)
    stage.pds.says(stage.customer, "app.bsky.graph.follow", {"subject": stage.firm.did})

    def liked() -> dict[Metric, int | None]:
        counted = dict(stage.hearing.measure_post(own["uri"]) or {})
        return counted if counted[Metric.LIKES] and counted[Metric.REPLIES] else {}

    counted = eventually(liked)
    assert (counted[Metric.LIKES], counted[Metric.REPLIES], counted[Metric.REPOSTS]) == (1, 1, 0)
    assert eventually(lambda: stage.hearing.measure_channel()[Metric.FOLLOWERS]) == 1
    assert stage.hearing.measure_channel()[Metric.POSTS] == 1


def test_a_reply_that_was_deleted_isnt_answered(stage: Stage) -> None:
    reply = stage.replies("Miam !", stage.publishes())
    heard = stage.hears()
    stage.deletes(reply["uri"])
    with pytest.raises(Rejected) as refused:
        Walk(stage.adapter).send(answering(heard))
    assert refused.value.reason == "answered_gone"
    assert len(stage.pds.records(stage.firm.did)) == 1


def test_a_like_stands_once_and_is_taken_back(stage: Stage) -> None:
    reply = stage.replies("Miam !", stage.publishes())
    heard = stage.hears()
    for _ in range(2):
        stage.hearing.moderate(Moderation.LIKE, heard)
    (like,) = stage.kept(LIKE)
    assert like["value"]["subject"] == reply
    for _ in range(2):
        stage.hearing.moderate(Moderation.UNLIKE, heard)
    assert stage.kept(LIKE) == []


def test_replies_are_hidden_in_our_thread(stage: Stage) -> None:
    own = stage.publishes()
    stage.replies("Bof", own)
    heard = stage.hears()
    other = replace(heard, remote_id=f"{heard.remote_id[:-4]}{secrets.choice('abcd')}222")
    for said in (heard, other, other):
        stage.hearing.moderate(Moderation.HIDE, said)
    (gate,) = stage.kept("app.bsky.feed.threadgate")
    assert gate["value"]["post"] == own["uri"]
    assert gate["value"]["hiddenReplies"] == [heard.remote_id, other.remote_id]
    assert gate["uri"].endswith(f"/{OWN_KEY}")


def test_a_server_without_an_appview_tells_nothing_and_says_so(bluesky_pds: BlueskyPds) -> None:
    stage = staged(bluesky_pds)
    for ask in (stage.ear.listen, stage.hearing.measure_channel):
        with pytest.raises((Transient, Rejected)):
            ask()
