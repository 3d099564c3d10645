"""A person, her Page and its adapter; every request is held against Meta's own description."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from chalicelib.networks import facebook
from chalicelib.networks.contract import Connection, Outgoing, Tools
from chalicelib.networks.facebook_oauth import begin, finish
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.publishing.outcomes import Pending
from tests.contract.meta_specs import problems_of
from tests.contract.stage import Walk, client_of, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_facebook import PAGE, FakeFacebook
from tests.fakes.fake_facebook_videos import UPLOADS
from tests.fakes.fake_graph import params_of
from tests.fakes.serving import Asked, Served, serving

BACK = "https://relais.example/api/v1/callbacks/facebook"
POST = f"/{PAGE}/feed$"
ORIGINS = ("https://graph.facebook.com", "https://rupload.facebook.com")
SIGNING_IN = {
    "oauth/access_token": {"grant_type", "client_id", "client_secret", "code", "redirect_uri"}
    | {"fb_exchange_token"},
    "debug_token": {"input_token"},
    "me/accounts": {"fields", "limit", "appsecret_proof"},
}
"""What isn't described among the nodes stands on the pages about signing in:
https://developers.facebook.com/docs/facebook-login/guides/advanced/manual-flow"""


@dataclass(slots=True)
class Stage:
    """A Page and its adapter."""

    fake: FakeFacebook
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    tools: Tools
    adapter: facebook.Facebook
    walk: Walk

    def prepared(self, out: Outgoing) -> int:
        """Prepare to the end, waiting as long as is asked; return how often it had to."""
        for waits in range(50):
            pending = self.walk.prepare(out)
            if not isinstance(pending, Pending):
                return waits
            self.clock.advance(pending.look_again_in)
        raise AssertionError("it never ends")

    def connect(self) -> list[Connection]:
        client = client_of(self.http, self.clock)
        begun = begin({}, BACK, client)
        return list(finish(begun.kept, self.fake.page.say_yes(begun.url), client))


@contextmanager
def staged() -> Iterator[Stage]:
    """Set the stage; in the end every request that was made is held against the description."""
    clock = SettableClock()
    fake = FakeFacebook(clock.now)
    with serving(fake) as served:
        http = Http(Guard(stand_ins=dict.fromkeys(ORIGINS, served.base_url)))
        client = client_of(http, clock)
        begun = begin({}, BACK, client)
        (connection,) = finish(begun.kept, fake.page.say_yes(begun.url), client)
        tools = tools_of(connection, http, clock)
        adapter = facebook.Facebook(tools)
        yield Stage(fake, served, http, clock, connection, tools, adapter, Walk(adapter))
        problems = [p for asked in served.requests for p in against_description(asked, fake)]
        assert problems == []


def against_description(asked: Asked, fake: FakeFacebook) -> list[str]:
    """Return what a request holds against what is documented."""
    if asked.path.startswith(UPLOADS):
        return [] if asked.method == "POST" and not asked.body else ["a file is fetched"]
    path, params = asked.path.split("/", 2)[2], params_of(asked)
    if path in SIGNING_IN:
        return [f"{path}: {name} is unknown" for name in params if name not in SIGNING_IN[path]]
    first, _, edge = path.partition("/")
    if first == PAGE:
        return problems_of("Page", asked.method, edge, params)
    if first in fake.videos.made:
        return problems_of("AdVideo", asked.method, edge, params)
    if first in fake.photos:
        return problems_of("Photo", asked.method, edge, params)
    is_post = first.startswith(f"{PAGE}_") or edge == "insights"
    node = "PagePost" if is_post else "Comment"
    return problems_of(node, asked.method, edge, params)
