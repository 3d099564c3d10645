"""Mastodon's adapter against snac, a real server of the same API with ways of its own."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
import requests

from chalicelib.clock import SystemClock
from chalicelib.networks import mastodon
from chalicelib.networks.contract import Connection, Outgoing, Search
from chalicelib.networks.http import Http
from chalicelib.networks.mastodon_oauth import begin, finish
from chalicelib.publishing.outcomes import AuthExpired, CantTell, Found, NotThere, OutcomeUnknown
from chalicelib.publishing.posts import Content, Visibility
from tests.contract.stage import (
    TEXT,
    Walk,
    client_of,
    clip,
    http_to,
    outgoing,
    picture,
    search,
    tools_of,
)
from tests.servers.faulty_proxy import Answer, DropReply, Refuse, Truncate, faulty_proxy
from tests.servers.snac import Snac, SnacUser

POST = r"^/api/v1/statuses"
OUT = outgoing(Content(text=TEXT), picture("Un croissant doré"), picture("La vitrine", "red"))


@dataclass(slots=True)
class Stage:
    """A user of one's own on the server."""

    snac: Snac
    user: SnacUser
    http: Http
    connection: Connection

    def adapter(self, **settings: str) -> mastodon.Mastodon:
        http = http_to(self.snac.base_url, *settings.values())
        return mastodon.Mastodon(tools_of(self.connection, http, SystemClock(), settings=settings))


@pytest.fixture
def stage(snac: Snac) -> Stage:
    user = snac.new_user(f"u{secrets.token_hex(4)}")
    http = http_to(snac.base_url)
    fields = {"instance": snac.base_url, "token": user.token}
    return Stage(snac, user, http, mastodon.connect(fields, http, SystemClock()))


def recent(*candidates: Outgoing, taken: tuple[str, ...] = ()) -> Search:
    now = datetime.now(UTC)
    since, until = now - timedelta(minutes=1), now + timedelta(minutes=5)
    return search(*candidates, since=since, until=until, taken=taken)


def test_connecting_reads_who_we_are_and_what_the_instance_takes(stage: Stage) -> None:
    assert stage.connection.profile.handle.startswith(f"@{stage.user.login}@localhost")
    assert stage.connection.settings["software"] == "other"
    assert stage.connection.limits.text[0].url_length == 32  # snac's own
    own = stage.connection.settings["account"]
    assert stage.adapter().check().remote_id.startswith(f"{own}@localhost")


def test_a_wrong_token_needs_a_person(stage: Stage) -> None:
    fields = {"instance": stage.snac.base_url, "token": "wrong"}
    with pytest.raises(AuthExpired):
        mastodon.connect(fields, stage.http, SystemClock())
    connection = replace(stage.connection, secret={"token": "wrong"})
    adapter = mastodon.Mastodon(tools_of(connection, stage.http, SystemClock()))
    with pytest.raises(AuthExpired):
        Walk(adapter).send(OUT)
    with pytest.raises(AuthExpired):
        Walk(adapter).send(outgoing(Content(text="Un")))
    assert stage.snac.statuses(stage.user.token) == []


def test_a_post_with_pictures_goes_out_and_is_found(stage: Stage) -> None:
    adapter = stage.adapter()
    assert adapter.find(recent(OUT)) == NotThere()
    published = Walk(adapter).send(OUT)
    (status,) = stage.snac.statuses(stage.user.token)
    assert status["id"] == published.remote_id
    assert status["url"] == published.url
    alts = [m["description"] for m in status["media_attachments"]]
    assert alts == ["Un croissant doré", "La vitrine"]
    assert adapter.find(recent(OUT)) == Found(published.remote_id, published.url, 1)
    assert adapter.find(recent(OUT, taken=(published.remote_id,))) == NotThere()


def test_a_video_goes_out_and_is_found(stage: Stage) -> None:
    out = outgoing(Content(text="Au fournil"), video=clip("Le four à pain"))
    adapter = stage.adapter()
    published = Walk(adapter).send(out)
    (status,) = stage.snac.statuses(stage.user.token)
    (medium,) = status["media_attachments"]
    assert (medium["type"], medium["description"]) == ("video", "Le four à pain")
    assert adapter.find(recent(out)) == Found(published.remote_id, published.url, 1)


@pytest.mark.parametrize(
    "content",
    [
        Content(text="*gras* et _souligné_ `code` > 1 < 2 & :smile: :-) --"),
        Content(text="> citation\n# titre\n- liste\n- deux\n\nfin https://a.fr/x(y)?z=é"),
        Content(text="Lien à part", link="https://exemple.fr/lien?a=1&b=2"),
        Content(text="Miam", content_warning="Attention : recette"),
        Content(text="🥐🥐🥐"),
        Content(text="Merci @zoe !"),
        Content(text="Non répertorié", visibility=Visibility.UNLISTED),
    ],
    ids=["marks", "blocks", "link", "warning", "emoji", "mention", "unlisted"],
)
def test_a_text_that_the_server_alters_is_still_found(stage: Stage, content: Content) -> None:
    out = outgoing(content)
    published = Walk(stage.adapter()).send(out)
    found = stage.adapter().find(recent(outgoing(Content(text="Autre"), version=2), out))
    assert found == Found(published.remote_id, published.url, 1)


def test_a_private_post_cant_be_looked_for_on_a_server_that_hides_it(stage: Stage) -> None:
    out = outgoing(Content(text="Pour vous", visibility=Visibility.PRIVATE))
    Walk(stage.adapter()).send(out)
    assert isinstance(stage.adapter().find(recent(out)), CantTell)


@pytest.mark.parametrize("fault", [DropReply(), Truncate(20), Answer(503, applied=True)])
def test_a_lost_answer_is_doubt_then_found_once(
    stage: Stage, fault: DropReply | Truncate | Answer
) -> None:
    with faulty_proxy(stage.snac.base_url) as proxy:
        adapter = stage.adapter(instance=proxy.base_url)
        proxy.fail_next("POST", POST, fault)
        with pytest.raises(OutcomeUnknown):
            Walk(adapter).send(OUT)
        found = adapter.find(recent(OUT))
        assert proxy.unused() == 0
    (status,) = stage.snac.statuses(stage.user.token)
    assert found == Found(status["id"], status["url"], 1)


def test_a_reset_before_the_server_saw_it_is_doubt_then_absence(stage: Stage) -> None:
    with faulty_proxy(stage.snac.base_url) as proxy:
        adapter = stage.adapter(instance=proxy.base_url)
        proxy.fail_next("POST", POST, Refuse())
        with pytest.raises(OutcomeUnknown):
            Walk(adapter).send(OUT)
        assert adapter.find(recent(OUT)) == NotThere()
    assert stage.snac.statuses(stage.user.token) == []


def test_signing_in_on_the_servers_own_page_connects(stage: Stage) -> None:
    back = f"{stage.snac.base_url}/back"
    client = client_of(stage.http, SystemClock())
    begun = begin({"instance": stage.snac.base_url}, back, client)
    page = requests.get(begun.url, timeout=10)
    assert page.ok
    assert "x-snac-login" in page.text
    answered = requests.post(
        f"{stage.snac.base_url}/oauth/x-snac-login",
        data={
            "login": stage.user.login,
            "passwd": stage.user.password,
            "cid": begun.kept["client_id"],
            "redir": back,
            "state": begun.state,
        },
        allow_redirects=False,
        timeout=10,
    )
    query = parse_qs(urlsplit(answered.headers["Location"]).query)
    returned = {name: values[0] for name, values in query.items()}
    (made,) = finish(begun.kept, returned, client)
    assert made.settings == stage.connection.settings
    adapter = mastodon.Mastodon(tools_of(made, stage.http, SystemClock()))
    Walk(adapter).send(outgoing(Content(text="Bonjour")))
    assert len(stage.snac.statuses(stage.user.token)) == 1
