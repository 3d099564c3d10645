"""What the tests of LinkedIn share: an account that was connected on its sign-in page."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.networks.contract import Connection, Network, Tools
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.networks.linkedin_posts import LinkedInPosts
from chalicelib.networks.linkedin_rest import API, SITE
from tests.contract.stage import Walk, client_of, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_linkedin import FakeLinkedIn
from tests.fakes.serving import Asked, Served, serving

BACK = "https://relais.example/api/v1/callbacks/linkedin"


@dataclass(slots=True)
class Stage:
    """An app, its person, and one account that she connected."""

    network: Network
    fake: FakeLinkedIn
    served: Served
    http: Http
    clock: SettableClock
    tools: Tools
    adapter: LinkedInPosts
    walk: Walk

    def connect(self) -> Sequence[Connection]:
        return connected(self.network, self.fake, self.http, self.clock)

    def again(self) -> Walk:
        """Return a walk by another worker, with the secrets as they are now."""
        opened = self.network.open(self.tools)
        assert isinstance(opened, LinkedInPosts)
        return Walk(opened)

    def sent(self) -> Asked:
        """Return the last call that published."""
        return self.served.seen("POST", r"/rest/posts$|/comments$")[-1]


def connected(
    network: Network, fake: FakeLinkedIn, http: Http, clock: SettableClock
) -> Sequence[Connection]:
    """Sign in and agree; return the accounts to choose from."""
    assert network.oauth is not None
    client, oauth = client_of(http, clock), network.oauth()
    begun = oauth.begin({}, BACK, client)
    return oauth.finish(begun.kept, fake.say_yes(begun.url), client)


def http_of(served: Served) -> Http:
    """Return a client for which a test server stands in for both of LinkedIn's origins."""
    return Http(Guard(stand_ins={API: served.base_url, SITE: served.base_url}))


@contextmanager
def staged(network: Network, *, gives_refresh: bool, scopes: frozenset[str]) -> Iterator[Stage]:
    """Connect an account inside the block."""
    clock = SettableClock()
    fake = FakeLinkedIn(clock.now, gives_refresh=gives_refresh, product=scopes)
    with serving(fake) as served:
        http = http_of(served)
        connection = connected(network, fake, http, clock)[0]
        tools = tools_of(connection, http, clock)
        adapter = network.open(tools)
        assert isinstance(adapter, LinkedInPosts)
        yield Stage(network, fake, served, http, clock, tools, adapter, Walk(adapter))
