"""A channel on YouTube, connected, as the tests of its adapter use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.networks.contract import Outgoing, Tools
from chalicelib.networks.youtube import YouTube
from chalicelib.networks.youtube_hearing import Hearing
from chalicelib.networks.youtube_oauth import OAUTH
from chalicelib.publishing.outcomes import Pending, Published
from tests.contract.discovery import body_problems, problems_of
from tests.contract.google import Account, offered
from tests.contract.stage import Walk
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_youtube import HOST, HOSTS, FakeYouTube
from tests.fakes.serving import Asked

BACK = "https://relais.example/api/v1/callbacks/youtube"
API = "youtube.v3"
BODIES = {"videos": "Video", "comments": "Comment", "commentThreads": "CommentThread"}


@dataclass(slots=True)
class Stage(Account[FakeYouTube]):
    """One channel and its adapter; every request so far held its description."""

    tools: Tools
    adapter: YouTube
    walk: Walk
    hearing: Hearing

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


@contextmanager
def standing() -> Iterator[Stage]:
    """Serve the network inside the block; check at its end what was asked of it."""
    clock = SettableClock()
    fake = FakeYouTube(now=clock.now, back=BACK)
    with offered(fake, clock, HOSTS, OAUTH, BACK) as (account, tools):
        adapter = YouTube(tools)
        own = (tools, adapter, Walk(adapter), Hearing(tools))
        yield Stage(fake, account.served, account.http, clock, OAUTH, BACK, *own)
        requests = account.served.requests
        assert [problem for asked in requests for problem in described(asked)] == []


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
