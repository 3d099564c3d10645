"""An account on TikTok, connected, as the tests of its adapter use it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from chalicelib.networks import tiktok
from chalicelib.networks.contract import Connection, Outgoing, Tools, Video
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.networks.oauth import Authorization
from chalicelib.networks.tiktok_hearing import Hearing
from chalicelib.networks.tiktok_oauth import OAUTH
from chalicelib.publishing.outcomes import OutcomeUnknown
from chalicelib.publishing.posts import Content
from tests.contract.stage import TEXT, Walk, client_of, clip, outgoing, picture, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_tiktok import UPLOADS, FakeTikTok
from tests.fakes.serving import Served, serving

BACK = "https://relais.example/api/v1/callbacks/tiktok"
ANNOUNCED = "/video/init/$"
FETCHED = "/content/init/$"
STATUS = "/status/fetch/$"
CREATOR = "/creator_info/query/$"
PIECE = "^/video/$"
HTML = {"Content-Type": "text/html"}
MIB = 1_048_576
CHOSEN = {"visibility": "PUBLIC_TO_EVERYONE", "interactions": "all"}


@dataclass(slots=True)
class Stage:
    """One account and its adapter."""

    fake: FakeTikTok
    served: Served
    http: Http
    clock: SettableClock
    tools: Tools
    adapter: tiktok.TikTok
    walk: Walk
    hearing: Hearing

    def begin(self, chosen: Mapping[str, str] = CHOSEN) -> Authorization:
        return OAUTH.begin(chosen, BACK, client_of(self.http, self.clock))

    def finish(self, begun: Authorization, returned: Mapping[str, str]) -> list[Connection]:
        return list(OAUTH.finish(begun.kept, returned, client_of(self.http, self.clock)))

    def connect(self, chosen: Mapping[str, str] = CHOSEN) -> Connection:
        begun = self.begin(chosen)
        (made,) = self.finish(begun, self.fake.say_yes(begun.url))
        return made

    def choose(self, **chosen: str) -> None:
        """Connect again, with other choices."""
        self.tools = tools_of(self.connect({**CHOSEN, **chosen}), self.http, self.clock)
        self.adapter = tiktok.TikTok(self.tools)
        self.walk = Walk(self.adapter)


@contextmanager
def standing() -> Iterator[Stage]:
    """Serve the network inside the block."""
    clock = SettableClock()
    fake = FakeTikTok(now=clock.now, back=BACK)
    with serving(fake) as served:
        stand_ins = {"https://open.tiktokapis.com": served.base_url, UPLOADS: served.base_url}
        http = Http(Guard(stand_ins=stand_ins))
        client = client_of(http, clock)
        begun = OAUTH.begin(CHOSEN, BACK, client)
        (connection,) = OAUTH.finish(begun.kept, fake.say_yes(begun.url), client)
        tools = tools_of(connection, http, clock)
        adapter, hearing = tiktok.TikTok(tools), Hearing(tools)
        yield Stage(fake, served, http, clock, tools, adapter, Walk(adapter), hearing)


def film(text: str = TEXT, size: int = 8_192, **more: Any) -> Outgoing:
    return outgoing(Content(text=text, **more), video=_clip(size))


def photos(text: str = TEXT, count: int = 2, **more: Any) -> Outgoing:
    shown = [picture("", colour) for colour in ("orange", "red", "green")[:count]]
    return outgoing(Content(text=text, **more), *shown)


def publish(stage: Stage, out: Outgoing) -> OutcomeUnknown:
    """Send it whole: TikTok has it then, and isn't done with it."""
    with pytest.raises(OutcomeUnknown) as taken:
        stage.walk.send(out)
    if taken.value.part is not None:
        stage.walk.parts[taken.value.part.name] = taken.value.part.value
    return taken.value


@cache
def _clip(size: int) -> Video:
    return clip(size=size)
