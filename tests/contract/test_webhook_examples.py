"""The examples that integrators copy do what the documentation says, with the code that sends."""

from __future__ import annotations

import re
import socket
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from chalicelib.clock import Clock, SystemClock
from chalicelib.networks import webhook
from chalicelib.networks.contract import Outgoing
from chalicelib.networks.http import Http
from chalicelib.networks.webhook_events import Receiver, signed
from chalicelib.publishing.outcomes import Found, NotThere, OutcomeUnknown, Rejected
from chalicelib.publishing.posts import Content
from tests.contract.stage import Walk, http_to, outgoing, picture, search, tools_of
from tests.servers.process import free_port, require, running

SECRET = "0123456789abcdef" * 3
ROOT = Path(__file__).parents[2]


def document() -> str:
    return (ROOT / "docs" / "networks" / "webhook.md").read_text(encoding="utf-8")


def example(language: str) -> str:
    (code,) = re.findall(rf"^```{language}\n(.*?)^```$", document(), re.DOTALL | re.MULTILINE)
    return str(code)


@dataclass(frozen=True, slots=True)
class Running:
    """An example that is being served."""

    url: str
    http: Http
    clock: Clock

    def adapter(self) -> webhook.Webhook:
        typed = {"url": self.url, "secret": SECRET}
        connection = webhook.connect(typed, self.http, self.clock)
        return webhook.Webhook(tools_of(connection, self.http, self.clock))

    def status(self, body: bytes, **headers: str) -> int:
        """Return the answer to a request whose headers were changed on the way."""
        right = signed(body, SECRET, self.clock.now())
        wrong = {name.replace("_", "-"): value for name, value in headers.items()}
        headers = {**right, **wrong}
        return self.http.request("POST", self.url, data=body, headers=headers, write=False).status


@pytest.fixture(params=["python", "php"])
def receiver(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Running]:
    language, port = str(request.param), free_port()
    address = f"http://127.0.0.1:{port}"
    public = tmp_path / "public"
    public.mkdir()
    code = public / f"receiver.{language}"
    code.write_text(example(language), encoding="utf-8")
    if language == "php":
        require("PHP", "php")
        command = ["php", "-S", f"127.0.0.1:{port}", "-t", str(public), str(code)]
    else:
        command = [sys.executable, str(code)]
    env = {"RELAIS_SECRET": SECRET, "POSTS": str(tmp_path / "posts.db"), "PORT": str(port)}
    log = tmp_path / "log"
    with running(language, command, log=log, is_ready=lambda: _listens(port), env=env):
        yield Running(f"{address}/relais", http_to(address), SystemClock())


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def test_the_signature_is_the_one_to_try_with() -> None:
    now = datetime(2026, 1, 1, tzinfo=UTC)
    headers = signed(b'{"version":1,"event":"ping"}', "0123456789abcdef" * 2, now)
    assert f"the timestamp `{headers['Relais-Timestamp']}`" in document()
    assert f"Relais-Signature: {headers['Relais-Signature']}\n" in document()


def post(text: str = "Un pain d’été 🥐", version: int = 1) -> Outgoing:
    return outgoing(Content(text=text), picture("Le four"), version=version)


def test_a_post_is_taken_once_and_known_from_then_on(receiver: Running) -> None:
    adapter = receiver.adapter()
    assert adapter.find(search(post())) == NotThere()
    published = Walk(adapter).send(post())
    assert published.remote_id == "1"
    assert Walk(adapter).send(post()) == published
    assert adapter.find(search(post())) == Found("1", None, 1)
    with pytest.raises(OutcomeUnknown):
        Walk(adapter).send(post("Deux pains", 2))
    assert adapter.find(search(post("Deux pains", 2), post())) == Found("1", None, 1)


def test_what_is_forged_or_old_is_refused(receiver: Running) -> None:
    body = b'{"version":1,"event":"ping"}'
    now = receiver.clock.now()
    assert receiver.status(body) == 200
    assert receiver.status(body, Relais_Signature="v1=00") == 401
    assert receiver.status(body, Relais_Signature="") == 401
    assert receiver.status(body, Relais_Timestamp=str(int(now.timestamp()) - 10)) == 401
    for aside in (timedelta(minutes=-6), timedelta(minutes=6)):
        headers = signed(body, SECRET, now + aside)
        named = {name.replace("-", "_"): value for name, value in headers.items()}
        assert receiver.status(body, **named) == 401
    with pytest.raises(Rejected) as refused:
        webhook.connect(
            {"url": receiver.url, "secret": "another" * 6}, receiver.http, receiver.clock
        )
    assert refused.value.reason == "secret"


def test_what_it_does_not_know_is_refused(receiver: Running) -> None:
    assert receiver.status(b'{"version":1,"event":"post.deleted"}') == 400
    assert receiver.status(b'{"version":2,"event":"ping"}') == 400
    reply = Receiver(receiver.http, receiver.clock, receiver.url, SECRET).ask("something.else")
    assert reply.status == 400
