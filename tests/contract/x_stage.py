"""An account on X, connected, as the tests of its adapter use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from chalicelib.networks import registry, x
from chalicelib.networks.contract import Connection, Tools
from chalicelib.networks.http import Http
from chalicelib.networks.x_api import API
from tests.contract.stage import Walk, client_of, http_for, tools_of
from tests.contract.x_spec import problems_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_x import FakeX
from tests.fakes.serving import Asked, Served, serving
from tests.fakes.talking_x import TalkingX

BACK = "https://relais.example/api/v1/callbacks/x"
POST = r"/2/tweets$"


@dataclass(slots=True)
class Stage:
    """An account and its adapter."""

    fake: TalkingX
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    adapter: x.X
    walk: Walk
    tools: Tools

    def post(self) -> dict[str, Any]:
        (found,) = self.fake.posts
        return found

    def sent(self) -> Asked:
        return self.served.seen("POST", POST)[-1]


def connected(http: Http, fake: FakeX, clock: SettableClock) -> Connection:
    oauth = registry.network("x").oauth
    assert oauth is not None
    client = client_of(http, clock)
    begun = oauth().begin({}, BACK, client)
    (made,) = oauth().finish(begun.kept, fake.say_yes(begun.url), client)
    return made


@contextmanager
def staged() -> Iterator[Stage]:
    """Connect an account inside the block; check at its end what was asked of X."""
    clock = SettableClock()
    fake = TalkingX(clock.now)
    with serving(fake) as served:
        http = http_for(API, served.base_url)
        connection = connected(http, fake, clock)
        tools = tools_of(connection, http, clock)
        adapter = x.X(tools)
        yield Stage(fake, served, http, clock, connection, adapter, Walk(adapter), tools)
        asked = [a for a in served.requests if not a.path.endswith("/token")]
        assert [problem for a in asked for problem in problems_of(a)] == []
