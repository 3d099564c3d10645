"""A connected account on one of Google's networks, as the tests of its adapter use it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Generic, TypeVar, cast

from chalicelib.networks.contract import Connection, Tools
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.networks.oauth import Authorization, OAuth
from tests.contract.stage import client_of, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_google import FakeGoogle
from tests.fakes.serving import Answers, Asked, Served, serving

Fake = TypeVar("Fake", bound=FakeGoogle)


@dataclass(slots=True)
class Account(Generic[Fake]):
    """The network, and how one comes in."""

    fake: Fake
    served: Served
    http: Http
    clock: SettableClock
    oauth: OAuth
    back: str

    def begin(self) -> Authorization:
        return self.oauth.begin({}, self.back, client_of(self.http, self.clock))

    def finish(self, begun: Authorization, returned: dict[str, str]) -> list[Connection]:
        client = client_of(self.http, self.clock)
        return list(self.oauth.finish(begun.kept, returned, client))

    def connect(self) -> list[Connection]:
        begun = self.begin()
        return self.finish(begun, self.fake.say_yes(begun.url))

    def calls(self, method: str, path: str = "") -> list[Asked]:
        """Return the calls of the network itself, those of tokens left out."""
        return [a for a in self.served.seen(method, path) if not a.path.endswith("/token")]


@contextmanager
def offered(
    fake: Fake, clock: SettableClock, hosts: Iterable[str], oauth: OAuth, back: str
) -> Iterator[tuple[Account[Fake], Tools]]:
    """Serve the network inside the block; connect the one account that there is to choose."""
    with serving(cast(Answers, fake)) as served:  # each of Google's networks answers
        # The host stands in front of the path: the network refuses what is asked of another.
        origins = {f"https://{host}": f"{served.base_url}/{host}" for host in hosts}
        account = Account(fake, served, Http(Guard(stand_ins=origins)), clock, oauth, back)
        (connection,) = account.connect()
        yield account, tools_of(connection, account.http, clock)
