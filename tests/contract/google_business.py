"""A place of business on Google, connected, as the tests of its adapter use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.networks import google_business
from chalicelib.networks.contract import Connection, Tools
from chalicelib.networks.fetch import Guard
from chalicelib.networks.google_business_hearing import Hearing
from chalicelib.networks.google_business_oauth import OAUTH
from chalicelib.networks.http import Http
from chalicelib.networks.oauth import Authorization
from tests.contract.discovery import problems_of
from tests.contract.stage import Walk, client_of, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_google_business import HOSTS, FakeGoogleBusiness
from tests.fakes.serving import Asked, Served, serving

BACK = "https://relais.example/api/v1/callbacks/google_business"
DESCRIBED = {
    "mybusinessaccountmanagement.googleapis.com": "mybusinessaccountmanagement.v1",
    "mybusinessbusinessinformation.googleapis.com": "mybusinessbusinessinformation.v1",
    "businessprofileperformance.googleapis.com": "businessprofileperformance.v1",
}


@dataclass(slots=True)
class Stage:
    """One place, its account and its adapter; every request so far held its description."""

    fake: FakeGoogleBusiness
    served: Served
    http: Http
    clock: SettableClock
    tools: Tools
    adapter: google_business.GoogleBusiness
    walk: Walk
    hearing: Hearing

    def begin(self) -> Authorization:
        return OAUTH.begin({}, BACK, client_of(self.http, self.clock))

    def finish(self, begun: Authorization, returned: dict[str, str]) -> list[Connection]:
        return list(OAUTH.finish(begun.kept, returned, client_of(self.http, self.clock)))

    def connect(self) -> list[Connection]:
        begun = self.begin()
        return self.finish(begun, self.fake.say_yes(begun.url))

    def calls(self, method: str, path: str = "") -> list[Asked]:
        """Return the calls of the network itself, those of tokens left out."""
        return [a for a in self.served.seen(method, path) if not a.path.endswith("/token")]


@contextmanager
def standing() -> Iterator[Stage]:
    """Serve the network inside the block; check at its end what was asked of it."""
    clock = SettableClock()
    fake = FakeGoogleBusiness(now=clock.now, back=BACK)
    with serving(fake) as served:
        # The host stands in front of the path: the network refuses what is asked of another.
        origins = {f"https://{host}": f"{served.base_url}/{host}" for host in HOSTS}
        http = Http(Guard(stand_ins=origins))
        client = client_of(http, clock)
        begun = OAUTH.begin({}, BACK, client)
        (connection,) = OAUTH.finish(begun.kept, fake.say_yes(begun.url), client)
        tools = tools_of(connection, http, clock)
        adapter = google_business.GoogleBusiness(tools)
        hearing = Hearing(tools)
        yield Stage(fake, served, http, clock, tools, adapter, Walk(adapter), hearing)
        assert [problem for asked in served.requests for problem in described(asked)] == []


def described(asked: Asked) -> list[str]:
    """Return what a request holds against the description of its API, where there is one."""
    host, _, path = asked.path.removeprefix("/").partition("/")
    if host not in DESCRIBED:
        return []
    url = f"https://{host}/{path}"
    return problems_of(DESCRIBED[host], asked.method, url, asked.values)
