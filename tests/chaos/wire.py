"""The wire to a fake network: the real HTTP code above it, each exchange a step of the life.

Only the socket is scripted. Requests are written down, guarded, redirected and read by the
client that ships, so a fault here is what it is in the world: a reset, a page of HTML, half a
body; what it means is the code's to say.
"""

from __future__ import annotations

import heapq
import math
import socket
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import requests
from requests.structures import CaseInsensitiveDict

from chalicelib.networks.fetch import Fetched, Guard
from chalicelib.networks.transport import Call
from tests.chaos.rigs import CARRIES, Server, hosts_of
from tests.chaos.steps import Fault, Kind, Steps
from tests.fakes.serving import Asked, Said

HTML = {"Content-Type": "text/html; charset=utf-8"}
PAGE = (
    b"<html><head><title>Notre pain</title><meta property='og:description' content='Au levain'>"
    b"</head><body>Bonjour</body></html>"
)
LOGIN = "/login"
NEVER = 86_400.0
"""Real seconds: the deadline of a call is told by the life's own clock."""


@dataclass
class Wire:
    """What lies between the client and one fake network, on the life's clock."""

    steps: Steps
    rig: Server
    planned: dict[int, Fault] = field(default_factory=dict)
    """By the number of the exchange."""
    exchanges: int = 0
    held: list[tuple[datetime, int, Asked]] = field(default_factory=list)
    """Requests on their way: they arrive at their hour, whoever still waits for them."""
    limited_until: datetime | None = None
    lag: timedelta = timedelta(0)
    """How long what is made now stays out of listings."""
    made_at: dict[str, datetime] = field(default_factory=dict)
    carries: str = ""
    """The key of the delivery whose call is being made."""
    _arrives: datetime | None = None

    def now(self) -> datetime:
        """Return the time on the network's own clock."""
        return self._arrives or self.steps.clock.true

    def answer(self, asked: Asked) -> Said:
        """Let a request arrive now, after all that was held until now."""
        self.let_arrive()
        if asked.path == LOGIN:
            return Said(200, b"<html><form>Connexion</form></html>", HTML)
        if self.limited_until and self.now() < self.limited_until:
            return self.rig.limited(self.now() + timedelta(seconds=60))
        if asked.headers["host"] not in hosts_of(self.rig):
            return Said(200, PAGE, HTML)
        return self._apply(asked)

    @contextmanager
    def carrying(self, key: str) -> Iterator[None]:
        """Tell whose call is made within; a frozen one may let others be made meanwhile."""
        before, self.carries = self.carries, key
        try:
            yield
        finally:
            self.carries = before

    def hold(self, asked: Asked, seconds: float) -> None:
        """Let a request arrive later."""
        at = self.steps.clock.true + timedelta(seconds=seconds)
        heapq.heappush(self.held, (at, self.exchanges, asked))

    def let_arrive(self) -> None:
        """Let arrive what was held until now."""
        while self.held and self.held[0][0] <= self.steps.clock.true:
            self._arrives, _, asked = heapq.heappop(self.held)
            try:
                self._apply(asked)
            finally:
                self._arrives = None

    def calm(self) -> None:
        """Let the network behave from now on."""
        self.planned.clear()
        self.limited_until = None

    def _apply(self, asked: Asked) -> Said:
        said = self.rig.answer(asked)
        for seen in self.rig.seen():
            if seen.id not in self.made_at:
                self.made_at[seen.id] = self.now()
                self.rig.hide(seen.id, self.now() + self.lag)
        return said


@dataclass
class Exchange:
    """One request and its answer, in the parts between which something may go wrong."""

    wire: Wire
    asked: Asked
    call: Call
    takes: float
    """Seconds after which the client gives it up."""

    def __call__(self) -> Said:
        """Send, and return the answer."""
        self.leave()
        return self.arrive()

    def leave(self) -> None:
        """Let the request leave: from here on it may be applied."""
        with socket.socket() as nowhere:
            self.call.leaves(nowhere)

    def arrive(self) -> Said:
        """Let it arrive, and return what the network answers."""
        return self.wire.answer(self.asked)


class ScriptedGuard(Guard):
    """The real guard over a scripted wire."""

    def __init__(self, wire: Wire) -> None:
        super().__init__()
        self._wire = wire

    def fetch(
        self, request: requests.Request, call: Call | None = None, *, max_bytes: int = 2_000_000
    ) -> Fetched:
        """See ``Guard.fetch``: no real time passes here, so no real time may cut it off."""
        assert call is not None
        self._takes = float(math.ceil(call.left()))
        call._timer = threading.Timer(NEVER, call._cut)
        call._timer.daemon = True
        return super().fetch(request, call, max_bytes=max_bytes)

    def _exchanged(self, request: requests.PreparedRequest, call: Call, most: int) -> Fetched:
        asked = asked_by(request)
        asked = replace(asked, headers={**asked.headers, CARRIES: self._wire.carries})
        exchange = Exchange(self._wire, asked, call, self._takes)
        steps = self._wire.steps
        if not steps.quiet:
            if fault := self._wire.planned.pop(self._wire.exchanges, None):
                steps.plan[len(steps.log)] = fault
            self._wire.exchanges += 1
        said = steps.io(_kind(exchange), _label(exchange), exchange)
        headers: Mapping[str, str] = CaseInsensitiveDict(said.headers)
        return Fetched(str(request.url), said.status, headers, said.body)


def asked_by(request: requests.PreparedRequest) -> Asked:
    """Return a request as it would come to a server."""
    parts = urlsplit(str(request.url))
    values = parse_qs(parts.query, keep_blank_values=True)
    query = {k: v[-1] for k, v in values.items()}
    body: Any = request.body or b""
    if not isinstance(body, str | bytes):
        body = b"".join(body)  # it is streamed
    headers = {name.lower(): value for name, value in request.headers.items()}
    return Asked(
        str(request.method),
        unquote(parts.path),
        query,
        {**headers, "host": parts.netloc},
        body.encode() if isinstance(body, str) else bytes(body),
        values,
    )


def _is_the_call(exchange: Exchange) -> bool:
    return exchange.call._before_send is not None


def _kind(exchange: Exchange) -> Kind:
    if _is_the_call(exchange):
        return Kind.NET_CALL
    return Kind.NET_READ if exchange.asked.method == "GET" else Kind.NET_PREPARE


def _label(exchange: Exchange) -> str:
    if _is_the_call(exchange):
        return "publish"
    words = [w for w in exchange.asked.path.split("/") if w and not w.isdecimal()]
    return f"{exchange.asked.method} {words[-1] if words else '/'}"
