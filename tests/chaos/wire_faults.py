"""What goes wrong between a client and a network, at the level of HTTP.

The names are those of the project's table of faults. Each is tried at every exchange that it
fits; ``applied`` says whether the request took effect before its answer was lost.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import cast

import requests

from tests.chaos.bluesky_rig import BlueskyRig
from tests.chaos.google_business_rig import GoogleBusinessRig
from tests.chaos.linkedin_rigs import LinkedInRig
from tests.chaos.mastodon_rig import MastodonRig
from tests.chaos.meta_rigs import FacebookRig, TwoPhaseRig
from tests.chaos.pinterest_rig import PinterestRig
from tests.chaos.rigs import IsAnswered, Server
from tests.chaos.steps import NETWORK, Fault, Kind, Step, Steps
from tests.chaos.tiktok_rig import TikTokRig
from tests.chaos.webhook_rig import WebhookRig
from tests.chaos.wire import HTML, LOGIN, Exchange, Wire
from tests.chaos.wordpress_rig import WordPressRig
from tests.chaos.x_rig import XRig
from tests.chaos.youtube_rig import YouTubeRig
from tests.fakes.fake_bluesky_video import FakeVideoService
from tests.fakes.fake_mastodon import FakeMastodon
from tests.fakes.serving import Said

Act = Callable[[Wire, Exchange], Said]
CALL = frozenset({Kind.NET_CALL})
WRITES = frozenset({Kind.NET_CALL, Kind.NET_PREPARE})
READS = frozenset({Kind.NET_READ})
STORM = timedelta(minutes=4)
BLIND = timedelta(seconds=60)
BELIEVED = frozenset({"F38 2xx without id, not applied"})
"""Where any 2xx but a page is the receiver's word that it is done, by its contract."""
FIREWALL = b"<html><title>Access denied</title><p>Request blocked: {ref}</p></html>"


def wire_faults(wire: Wire) -> list[Fault]:
    """Return every fault that can stand at an exchange with a wire's network."""
    made = [*_connections(), *_server_errors(), *_refusals(wire.rig), *_own(wire.rig)]
    believed = BELIEVED if isinstance(wire.rig, WebhookRig) else frozenset()
    return [_on(wire, name, kinds, act) for name, kinds, act in made if name not in believed]


Named = tuple[str, frozenset[Kind], Act]


def _on(wire: Wire, name: str, kinds: frozenset[Kind], act: Act) -> Fault:
    def happens(_: Steps, __: Step, do: Callable[[], object]) -> object:
        return act(wire, cast(Exchange, do))

    return Fault(name, kinds, happens)


# What a connection does.


def _connections() -> list[Named]:
    return [
        ("F31 refused", NETWORK, _not_connected(0.1, requests.ConnectionError)),
        ("F31 unreachable", NETWORK, _not_connected(5, requests.ConnectTimeout)),
        ("F33 reset, applied", NETWORK, _lost(0.1, requests.ConnectionError, applied=True)),
        ("F33 reset, not applied", NETWORK, _lost(0.1, requests.ConnectionError, applied=False)),
        ("F34 timeout, applied", NETWORK, _lost(None, requests.ReadTimeout, applied=True)),
        ("F34 timeout, applied at the very end", WRITES, _arrives_late(None)),
        ("F34 timeout, held for 60 s", WRITES, _arrives_late(60)),
        ("F35 timeout, not applied", NETWORK, _lost(None, requests.ReadTimeout, applied=False)),
        ("F39 cut off in the body", NETWORK, _lost(1, requests.ConnectionError, applied=True)),
        ("F39 half a body", NETWORK, _half),
        ("F13 frozen 120 s while connecting", CALL, _connects_after(120)),
        ("F13 frozen 200 s while connecting", CALL, _connects_after(200)),
        ("slow answer", NETWORK, _slow),
        ("an error nobody mapped, applied", NETWORK, _unmapped),
    ]


def _not_connected(seconds: float, error: type[requests.ConnectionError]) -> Act:
    def act(wire: Wire, exchange: Exchange) -> Said:
        wire.steps.clock.advance(min(seconds, exchange.takes))
        raise error("no connection")

    return act


def _lost(seconds: float | None, error: type[requests.RequestException], *, applied: bool) -> Act:
    """Lose the answer after so long; None: after as long as the client waits."""

    def act(wire: Wire, exchange: Exchange) -> Said:
        exchange.leave()
        if applied:
            exchange.arrive()
        wire.steps.clock.advance(exchange.takes if seconds is None else seconds)
        raise error("no answer")

    return act


def _arrives_late(seconds: float | None) -> Act:
    def act(wire: Wire, exchange: Exchange) -> Said:
        exchange.leave()
        wire.hold(exchange.asked, exchange.takes if seconds is None else seconds)
        wire.steps.clock.advance(exchange.takes)
        raise requests.ReadTimeout("no answer yet")

    return act


def _half(_: Wire, exchange: Exchange) -> Said:
    whole = exchange()
    return Said(whole.status, whole.body[: len(whole.body) // 2], whole.headers)


def _connects_after(seconds: float) -> Act:
    """Freeze the function before its last check of the time, which then stops it."""

    def act(wire: Wire, exchange: Exchange) -> Said:
        wire.steps.meanwhile(seconds)
        return exchange()

    return act


def _slow(wire: Wire, exchange: Exchange) -> Said:
    """Answer at 18 s, if the client waits that long; the rest of the world goes on."""
    answer = exchange()
    wire.steps.meanwhile(min(18.0, exchange.takes))
    if exchange.takes < 18:
        raise requests.ReadTimeout("no answer yet")
    return answer


def _unmapped(_: Wire, exchange: Exchange) -> Said:
    exchange()
    raise ValueError("an answer nobody expected")


# Answers that say nothing.


def _server_errors() -> list[Named]:
    maintenance = Said(503, b"<html>Maintenance</html>", HTML)
    failed = Said(500, b'{"error": "Internal Server Error", "code": "internal_server_error"}')
    empty = Said(200, b"{}", {"Content-Type": "application/json"})
    page = Said(200, b"<html>Bonjour</html>", HTML)
    odd = b'{"id": 7.5, "uri": 7, "blob": 7, "status": 7, "url": [], "value": 1, "title": 0}'
    login = Said(302, b"", {"Location": LOGIN})
    bad = Said(400, b"<html>400 Bad Request</html>", HTML)
    return [
        ("F36 503, applied", NETWORK, _answers(maintenance, applied=True)),
        ("F36 500 in JSON, applied", NETWORK, _answers(failed, applied=True)),
        ("F37 502, not applied", NETWORK, _answers(Said(502, b"", {}), applied=False)),
        ("F38 2xx without id, applied", NETWORK, _answers(empty, applied=True)),
        ("F38 2xx without id, not applied", NETWORK, _answers(empty, applied=False)),
        ("F38 a list for an object, applied", NETWORK, _answers(Said(200, b"[{}]"), applied=True)),
        ("F38 odd types, applied", NETWORK, _answers(Said(200, odd), applied=True)),
        ("F38 204, applied", NETWORK, _answers(Said(204, b""), applied=True)),
        ("F40 HTML with 200, applied", NETWORK, _answers(page, applied=True)),
        ("F40 HTML with 200, not applied", NETWORK, _answers(page, applied=False)),
        ("F46 403 of a firewall", NETWORK, _answers(Said(403, FIREWALL, HTML), applied=False)),
        (
            "F46 403 of a firewall, applied",
            WRITES,
            _answers(Said(403, FIREWALL, HTML), applied=True),
        ),
        ("F48 400 but applied", NETWORK, _answers(bad, applied=True)),
        ("F49 redirect to login", NETWORK, _answers(login, applied=False)),
        ("F49 redirect to login, applied", WRITES, _answers(login, applied=True)),
        ("F57 a page says gone", NETWORK, _answers(Said(410, b"Gone"), applied=False)),
    ]


def _answers(answer: Said, *, applied: bool) -> Act:
    def act(wire: Wire, exchange: Exchange) -> Said:
        exchange.leave()
        came = exchange.arrive() if applied else answer
        wire.steps.clock.advance(0.3)
        # What the network refused wasn't applied: nobody in between makes a success of that.
        return came if answer.status < 300 <= came.status else answer

    return act


# What a network refuses.


def _refusals(rig: Server) -> list[Named]:
    return [
        ("F41 429 with reset", NETWORK, _limited(timedelta(minutes=3))),
        ("F41 429 for longer than is useful", NETWORK, _limited(timedelta(hours=3))),
        ("F42 429 without reset", NETWORK, _limited(None)),
        ("F43 429 storm", NETWORK, _storm),
        ("F44 401 once", NETWORK, _answers(rig.unauthorised(), applied=False)),
        ("F44 401 of a proxy", NETWORK, _answers(Said(401, b"<html>", HTML), applied=False)),
        ("F45 401 for good", NETWORK, _after(rig.revoke)),
        ("F46 403 once", NETWORK, _answers(rig.forbidden(), applied=False)),
        ("F46 403 for good", NETWORK, _after(rig.demote)),
        ("F47 400 for good", NETWORK, _answers(rig.invalid(), applied=False)),
        ("F55 what was prepared is gone", NETWORK, _after(rig.vanish)),
    ]


def _limited(reset: timedelta | None) -> Act:
    def act(wire: Wire, exchange: Exchange) -> Said:
        exchange.leave()
        return wire.rig.limited(None if reset is None else wire.now() + reset)

    return act


def _storm(wire: Wire, exchange: Exchange) -> Said:
    wire.limited_until = wire.now() + STORM
    return exchange()


def _after(happens: Callable[[], None]) -> Act:
    """Let something happen on the network right before a request arrives."""

    def act(_: Wire, exchange: Exchange) -> Said:
        exchange.leave()
        happens()
        return exchange.arrive()

    return act


# What only one network does.


def _own(rig: Server) -> list[Named]:
    if not isinstance(rig, IsAnswered):
        return _of_network(rig)
    own = _of_network(rig)
    lags = ("F50 listing lags 60 s", CALL, _lagging)
    return [
        *own,
        *([] if any(name == lags[0] for name, _, __ in own) else [lags]),
        ("F51 45 other answers", NETWORK, _after(lambda: rig.chatter(45))),
        ("what it answers is deleted", NETWORK, _after(rig.take_back)),
    ]


def _of_network(rig: Server) -> list[Named]:
    if isinstance(rig, MastodonRig):
        return _mastodon(rig)
    if isinstance(rig, XRig):
        return [
            ("F50 listing lags 60 s", CALL, _lagging),
            ("F51 45 other posts", NETWORK, _after(lambda: rig.crowd(45))),
            ("the access token has ended", NETWORK, _after(rig.expire)),
            ("the credits are spent", NETWORK, _after(rig.spend)),
        ]
    if isinstance(rig, LinkedInRig | GoogleBusinessRig | PinterestRig):
        return [
            ("F50 listing lags 60 s", CALL, _lagging),
            ("F51 45 other posts", NETWORK, _after(lambda: rig.crowd(45))),
            ("the access token has ended", NETWORK, _after(rig.expire)),
        ]
    if isinstance(rig, FacebookRig):
        return [
            ("F50 listing lags 60 s", CALL, _lagging),
            ("F51 45 other posts", NETWORK, _after(lambda: rig.crowd(45))),
        ]
    if isinstance(rig, TwoPhaseRig):
        return [
            ("F50 listing lags 60 s", CALL, _lagging),
            ("F51 45 other posts", NETWORK, _after(lambda: rig.crowd(45))),
            ("F54 what is prepared takes its time", WRITES, _working(rig, 3)),
            ("F54 what is prepared is stuck", WRITES, _working(rig, 1_000_000)),
            ("F55 what is prepared is too old", NETWORK, _after(rig.expire)),
            ("F56 what is prepared failed", NETWORK, _after(rig.fail)),
        ]
    if isinstance(rig, TikTokRig):
        return [
            ("F50 listing lags 60 s", CALL, _lagging),
            ("F51 45 other posts", NETWORK, _after(lambda: rig.crowd(45))),
            ("the access token has ended", NETWORK, _after(rig.expire)),
            ("F54 what is sent takes its time", CALL, _working(rig, 3)),
            ("F54 what is sent is stuck", CALL, _working(rig, 1_000_000)),
            ("F55 what is prepared is too old", NETWORK, _after(rig.age)),
            ("F56 what is sent failed", CALL, _after(rig.fail)),
        ]
    if isinstance(rig, YouTubeRig):
        return [
            ("F54 the video takes its time", WRITES, _working(rig, 3)),
            ("F54 the video is stuck", WRITES, _working(rig, 1_000_000)),
            ("F56 the video can't be processed", NETWORK, _after(rig.fail)),
            ("the access token has ended", NETWORK, _after(rig.expire)),
            ("YouTube keeps it private", CALL, _after(rig.lock)),
        ]
    if isinstance(rig, BlueskyRig):
        return [
            ("the access token has ended", NETWORK, _after(rig.expire)),
            ("F54 the film takes its time", WRITES, _processing(rig.films, 3)),
            ("F54 the film is stuck", WRITES, _processing(rig.films, 1_000_000)),
            ("F56 the film can't be processed", NETWORK, _after(rig.fail)),
        ]
    if isinstance(rig, WordPressRig):
        return [
            ("F55 the pictures are gone", NETWORK, _after(rig.lose_media)),
            ("the draft is published by hand", NETWORK, _after(rig.publish_by_hand)),
        ]
    return []


def _mastodon(rig: MastodonRig) -> list[Named]:
    uploads = frozenset({Kind.NET_PREPARE})
    return [
        ("F50 listing lags 60 s", CALL, _lagging),
        ("F51 45 other posts", NETWORK, _after(lambda: rig.crowd(45))),
        ("F52 text altered, timeout", CALL, _altered(rig)),
        ("F54 a picture takes its time", uploads, _processing(rig.fake, 3)),
        ("F54 a picture is stuck", uploads, _processing(rig.fake, 1_000_000)),
    ]


def _working(rig: TwoPhaseRig | TikTokRig | YouTubeRig, looks: int) -> Act:
    def act(_: Wire, exchange: Exchange) -> Said:
        before, rig.fake.looks = rig.fake.looks, looks
        try:
            return exchange()
        finally:
            rig.fake.looks = before

    return act


def _lagging(wire: Wire, exchange: Exchange) -> Said:
    wire.lag = BLIND
    try:
        return _lost(None, requests.ReadTimeout, applied=True)(wire, exchange)
    finally:
        wire.lag = timedelta(0)


def _altered(rig: MastodonRig) -> Act:
    def act(wire: Wire, exchange: Exchange) -> Said:
        rig.fake.alters = True
        try:
            return _lost(None, requests.ReadTimeout, applied=True)(wire, exchange)
        finally:
            rig.fake.alters = False

    return act


def _processing(fake: FakeMastodon | FakeVideoService, looks: int) -> Act:
    def act(_: Wire, exchange: Exchange) -> Said:
        before, fake.processing = fake.processing, looks
        try:
            return exchange()
        finally:
            fake.processing = before

    return act
