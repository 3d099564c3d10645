"""What Bluesky's adapter hears, answers and does on a real personal data server.

The server alone has no AppView: it tells no notifications, finds nothing and counts nothing
(502, as it has nobody to ask). What is said to us is then read from the other account's own
records, whose words and addresses are the real ones; the rest is tested against a fake.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

import pytest
import requests

from chalicelib.clock import SystemClock
from chalicelib.listening.mentions import Heard
from chalicelib.networks import bluesky
from chalicelib.networks.bluesky_hearing import Hearing, heard_of
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.http import Http
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Found, Rejected, Transient
from chalicelib.publishing.posts import Content
from tests.contract.listening import Ear
from tests.contract.stage import KEY, Walk, http_to, outgoing, search, tools_of
from tests.servers.bluesky import Account, BlueskyPds

OWN_KEY, ANSWER_KEY = "3lekz2a2a2a2a", "3lekz2a2a2a2b"


@dataclass(slots=True)
class Stage:
    """A firm's account and a customer's."""

    pds: BlueskyPds
    http: Http
    firm: Account
    customer: Account
    connection: Connection
    hearing: Hearing
    adapter: bluesky.Bluesky

    def replies(self, text: str, to: dict[str, Any]) -> dict[str, Any]:
        """Let the customer answer a record; return hers as it stands."""
        ref = {"uri": to["uri"], "cid": to["cid"]}
        record = {
            "$type": "app.bsky.feed.post",
            "text": text,
            "createdAt": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
            "reply": {"root": ref, "parent": ref},
        }
        body = {"repo": self.customer.did, "collection": "app.bsky.feed.post", "record": record}
        self.pds.call("com.atproto.repo.createRecord", body, self.token())
        (stands,) = self.pds.records(self.customer.did)
        return stands

    def token(self) -> str:
        who = {"identifier": self.customer.did, "password": self.customer.password}
        return str(self.pds.call("com.atproto.server.createSession", who)["accessJwt"])

    def told(self, record: dict[str, Any]) -> Heard:
        """Return what a notification of a record would tell."""
        author = {"did": self.customer.did, "handle": self.customer.handle}
        at = datetime.now(UTC).isoformat()
        post = {**record, "record": record["value"], "author": author, "indexedAt": at}
        heard = heard_of(post)
        assert heard is not None
        return heard

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


@pytest.fixture
def stage(bluesky_pds: BlueskyPds) -> Stage:
    firm, customer = bluesky_pds.new_account("firm"), bluesky_pds.new_account("zoe")
    http = http_to(bluesky_pds.base_url, bluesky_pds.plc_url)
    fields = {
        "handle": firm.handle,
        "app_password": firm.app_password,
        "pds": bluesky_pds.base_url,
    }
    connection = bluesky.connect(fields, http, SystemClock())
    tools = tools_of(connection, http, SystemClock())
    adapter = bluesky.Bluesky(tools)
    return Stage(bluesky_pds, http, firm, customer, connection, Hearing(tools), adapter)


def answering(heard: Heard, text: str = "Avec plaisir !") -> Outgoing:
    content = Content(text=text, answers=heard.refs)
    out = outgoing(content, key=replace(KEY, record_key=ANSWER_KEY))
    return replace(out, answers=heard.refs)


def published_post(stage: Stage) -> dict[str, Any]:
    out = outgoing(Content(text="Ouvert demain"), key=replace(KEY, record_key=OWN_KEY))
    Walk(stage.adapter).send(out)
    (own,) = stage.pds.records(stage.firm.did)
    return own


def test_a_reply_is_answered_and_the_answer_stands_once(stage: Stage) -> None:
    own = published_post(stage)
    reply = stage.replies("Miam !", own)
    heard = stage.told(reply)
    assert (heard.text, heard.thread, heard.answers_to) == ("Miam !", own["uri"], own["uri"])
    out, walk = answering(heard), Walk(stage.adapter)
    published = walk.send(out)
    assert walk.send(out) == published
    answers = [r for r in stage.pds.records(stage.firm.did) if "reply" in r["value"]]
    assert [r["value"]["reply"] for r in answers] == [
        {
            "root": {"uri": own["uri"], "cid": own["cid"]},
            "parent": {"uri": reply["uri"], "cid": reply["cid"]},
        }
    ]
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)


def test_a_reply_that_was_deleted_isnt_answered(stage: Stage) -> None:
    reply = stage.replies("Miam !", published_post(stage))
    heard = stage.told(reply)
    where = {"repo": stage.customer.did, "collection": "app.bsky.feed.post"}
    key = {"rkey": reply["uri"].rpartition("/")[2]}
    stage.pds.call("com.atproto.repo.deleteRecord", {**where, **key}, stage.token())
    with pytest.raises(Rejected) as refused:
        Walk(stage.adapter).send(answering(heard))
    assert refused.value.reason == "answered_gone"
    assert len(stage.pds.records(stage.firm.did)) == 1


def test_a_like_stands_once_and_is_taken_back(stage: Stage) -> None:
    reply = stage.replies("Miam !", published_post(stage))
    heard = stage.told(reply)
    for _ in range(2):
        stage.hearing.moderate(Moderation.LIKE, heard)
    (like,) = stage.kept("app.bsky.feed.like")
    assert like["value"]["subject"] == {"uri": reply["uri"], "cid": reply["cid"]}
    for _ in range(2):
        stage.hearing.moderate(Moderation.UNLIKE, heard)
    assert stage.kept("app.bsky.feed.like") == []


def test_replies_are_hidden_in_our_thread(stage: Stage) -> None:
    own = published_post(stage)
    heard = stage.told(stage.replies("Bof", own))
    other = replace(heard, remote_id=f"{heard.remote_id[:-4]}{secrets.choice('abcd')}222")
    for said in (heard, other, other):
        stage.hearing.moderate(Moderation.HIDE, said)
    (gate,) = stage.kept("app.bsky.feed.threadgate")
    assert gate["value"]["post"] == own["uri"]
    assert gate["value"]["hiddenReplies"] == [heard.remote_id, other.remote_id]
    assert gate["uri"].endswith(f"/{OWN_KEY}")


def test_a_server_without_an_appview_tells_nothing_and_says_so(stage: Stage) -> None:
    for ask in (
        Ear(stage.hearing.mentions, lambda: datetime.now(UTC)).listen,
        stage.hearing.measure_channel,
    ):
        with pytest.raises((Transient, Rejected)):
            ask()
