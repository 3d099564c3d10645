"""A channel on YouTube, connected, as the tests of its adapter use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.networks.contract import Connection, Outgoing, Tools
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.networks.oauth import Authorization
from chalicelib.networks.youtube import YouTube
from chalicelib.networks.youtube_hearing import Hearing
from chalicelib.networks.youtube_oauth import OAUTH
from chalicelib.publishing.outcomes import Pending, Published
from tests.contract.discovery import body_problems, problems_of
from tests.contract.stage import Walk, client_of, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_youtube import HOST, HOSTS, FakeYouTube
from tests.fakes.serving import Asked, Served, serving

BACK = "https://relais.example/api/v1/callbacks/youtube"
API = "youtube.v3"
BODIES = {"videos": "Video", "comments": "Comment"}


@dataclass(slots=True)
class Stage:
    """One channel and its adapter; every request so far held its description."""

    fake: FakeYouTube
    served: Served
    http: Http
    clock: SettableClock
    tools: Tools
    adapter: YouTube
    walk: Walk
    hearing: Hearing

    def begin(self) -> Authorization:
        return OAUTH.begin({}, BACK, client_of(self.http, self.clock))

    def finish(self, begun: Authorization, returned: dict[str, str]) -> list[Connection]:
        return list(OAUTH.finish(begun.kept, returned, client_of(self.http, self.clock)))

    def connect(self) -> list[Connection]:
        begun = self.begin()
        return self.finish(begun, self.fake.say_yes(begun.url))

    def prepared(self, out: Outgoing) -> int:
        """Prepare to the end, waiting as long as is asked; return how often it had to."""
        for waits in range(100):
            pending = self.walk.prepare(out)
            if not isinstance(pending, Pending):
                return waits
            self.clock.advance(pending.look_again_in)
        raise AssertionError("it never ends")

    def send(self, out: Outgoing) -> Published:
        """Prepare to the end, and publish."""
        self.prepared(out)
        return self.walk.publish(out)

    def calls(self, method: str, path: str = "") -> list[Asked]:
        """Return the calls of the network itself, those of tokens left out."""
        return [a for a in self.served.seen(method, path) if not a.path.endswith("/token")]


@contextmanager
def standing() -> Iterator[Stage]:
    """Serve the network inside the block; check at its end what was asked of it."""
    clock = SettableClock()
    fake = FakeYouTube(now=clock.now, back=BACK)
    with serving(fake) as served:
        origins = {f"https://{host}": f"{served.base_url}/{host}" for host in HOSTS}
        http = Http(Guard(stand_ins=origins))
        client = client_of(http, clock)
        begun = OAUTH.begin({}, BACK, client)
        (connection,) = OAUTH.finish(begun.kept, fake.say_yes(begun.url), client)
        tools = tools_of(connection, http, clock)
        adapter = YouTube(tools)
        yield Stage(fake, served, http, clock, tools, adapter, Walk(adapter), Hearing(tools))
        assert [problem for asked in served.requests for problem in described(asked)] == []


def described(asked: Asked) -> list[str]:
    """Return what a request holds against the discovery document.

    An upload is told of there by the method that it belongs to; what is sent to the address of
    its session isn't told of at all.
    """
    host, _, path = asked.path.removeprefix("/").partition("/")
    if host != HOST or "upload_id" in asked.query:
        return []
    url = f"https://{host}/{path.removeprefix('upload/')}"
    found = problems_of(API, asked.method, url, asked.values)
    if asked.body:
        found += body_problems(API, BODIES[path.rpartition("/")[2]], asked.json())
    return found
