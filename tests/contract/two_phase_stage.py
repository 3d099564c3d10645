"""An account on Instagram or Threads and its adapter, over a fake by the documented rules."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from chalicelib.networks.contract import Connection, Tools
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.networks.instagram import Instagram
from chalicelib.networks.oauth import OAuth
from chalicelib.networks.threads import Threads
from chalicelib.publishing.outcomes import Pending
from tests.contract.stage import Walk, client_of, png, shown, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_containers import FakeTwoPhase
from tests.fakes.fake_instagram import FakeInstagram
from tests.fakes.fake_threads import FakeThreads
from tests.fakes.serving import Served, serving

BACK = "https://relais.example/api/v1/callbacks/network"
Fake = TypeVar("Fake", bound=FakeTwoPhase)


@dataclass(slots=True)
class Stage(Generic[Fake]):
    """An account and its adapter."""

    fake: Fake
    served: Served
    http: Http
    clock: SettableClock
    oauth: OAuth
    connection: Connection
    tools: Tools
    adapter: Any
    walk: Walk

    def connect(self) -> list[Connection]:
        return connected(self.oauth, self.fake, self.http, self.clock)

    def walked(self) -> Walk:
        """Return another walk, that knows nothing of the first."""
        return Walk(self.adapter)

    def prepared(self, out: Any) -> int:
        """Prepare to the end, waiting as long as is asked; return how often it had to."""
        for waits in range(50):
            pending = self.walk.prepare(out)
            if not isinstance(pending, Pending):
                return waits
            self.clock.advance(pending.look_again_in)
        raise AssertionError("it never ends")


def connected(
    oauth: OAuth, fake: FakeTwoPhase, http: Http, clock: SettableClock
) -> list[Connection]:
    client = client_of(http, clock)
    begun = oauth.begin({}, BACK, client)
    return list(oauth.finish(begun.kept, fake.page.say_yes(begun.url), client))


@contextmanager
def staged(
    make: Callable[[Callable[[], Any]], Fake],
    opener: Callable[[Tools], Instagram | Threads],
    oauth: OAuth,
    *origins: str,
) -> Iterator[Stage[Fake]]:
    """Set the stage: one server stands in for all origins of a network."""
    clock = SettableClock()
    fake = make(clock.now)
    with serving(fake) as served:
        http = Http(Guard(stand_ins=dict.fromkeys(origins, served.base_url)))
        (connection,) = connected(oauth, fake, http, clock)
        tools = tools_of(connection, http, clock)
        adapter = opener(tools)
        yield Stage(fake, served, http, clock, oauth, connection, tools, adapter, Walk(adapter))


def instagram() -> Any:
    """Set the stage of Instagram."""
    from chalicelib.networks.instagram_oauth import OAUTH  # noqa: PLC0415 - only where needed

    origins = ("https://graph.instagram.com", "https://api.instagram.com")
    return staged(lambda now: FakeInstagram(now=now), Instagram, OAUTH, *origins)


def threads() -> Any:
    """Set the stage of Threads."""
    from chalicelib.networks.threads_oauth import OAUTH  # noqa: PLC0415 - only where needed

    return staged(lambda now: FakeThreads(now=now), Threads, OAUTH, "https://graph.threads.net")


def wide(alt: str = "", size: tuple[int, int] = (400, 300), colour: str = "orange") -> Any:
    """Return a picture of a size."""
    return shown(png(colour, size), "image/png", alt, size)
