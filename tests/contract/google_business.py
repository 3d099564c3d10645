"""A place of business on Google, connected, as the tests of its adapter use it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.networks import google_business
from chalicelib.networks.contract import Tools
from chalicelib.networks.google_business_hearing import Hearing
from chalicelib.networks.google_business_oauth import OAUTH
from tests.contract.discovery import problems_of
from tests.contract.google import Account, offered
from tests.contract.stage import Walk
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_google_business import HOSTS, FakeGoogleBusiness
from tests.fakes.serving import Asked

BACK = "https://relais.example/api/v1/callbacks/google_business"
DESCRIBED = {
    "mybusinessaccountmanagement.googleapis.com": "mybusinessaccountmanagement.v1",
    "mybusinessbusinessinformation.googleapis.com": "mybusinessbusinessinformation.v1",
    "businessprofileperformance.googleapis.com": "businessprofileperformance.v1",
}


@dataclass(slots=True)
class Stage(Account[FakeGoogleBusiness]):
    """One place, its account and its adapter; every request so far held its description."""

    tools: Tools
    adapter: google_business.GoogleBusiness
    walk: Walk
    hearing: Hearing


@contextmanager
def standing() -> Iterator[Stage]:
    """Serve the network inside the block; check at its end what was asked of it."""
    clock = SettableClock()
    fake = FakeGoogleBusiness(now=clock.now, back=BACK)
    with offered(fake, clock, HOSTS, OAUTH, BACK) as (account, tools):
        adapter = google_business.GoogleBusiness(tools)
        own = (tools, adapter, Walk(adapter), Hearing(tools))
        yield Stage(fake, account.served, account.http, clock, OAUTH, BACK, *own)
        requests = account.served.requests
        assert [problem for asked in requests for problem in described(asked)] == []


def described(asked: Asked) -> list[str]:
    """Return what a request holds against the description of its API, where there is one."""
    host, _, path = asked.path.removeprefix("/").partition("/")
    if host not in DESCRIBED:
        return []
    url = f"https://{host}/{path}"
    return problems_of(DESCRIBED[host], asked.method, url, asked.values)
