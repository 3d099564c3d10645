"""What no network should answer, and some server on the way does: nothing breaks, nothing is lost.

Every adapter of a network that is reached by HTTP, over a local server that gives the bad answer
instead of the network: a publication ends in doubt, anything else in an error of our own.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from chalicelib.listening.ports import Unreadable
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry
from chalicelib.networks.contract import Connects, FindsOwnPost, Network, Outgoing, Publishes, Tools
from chalicelib.networks.fetch import Guard
from chalicelib.networks.hearing import FetchesMentions, FetchesMetrics
from chalicelib.networks.http import Http
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NetworkError,
    OutcomeUnknown,
    Published,
)
from chalicelib.publishing.posts import Content
from tests.chaos.adapter_life import connection_of
from tests.chaos.rigs import hosts_of
from tests.chaos.servers import SERVERS
from tests.contract.stage import TEXT, Walk, clip, outgoing, photo, search, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.serving import Said, Served, serving

HTML = {"Content-Type": "text/html; charset=utf-8"}
JSON = {"Content-Type": "application/json"}
PAGE = b"<!doctype html><title>Connexion</title><form action=/login>"
BAD: Mapping[str, Said] = {
    "a page with 200": Said(200, PAGE, HTML),
    "nothing with 200": Said(200, b"", JSON),
    "half of an object": Said(200, b'{"id": "123", "uri": "at://did:plc:x/app', JSON),
    "a list of nothing known": Said(200, b'[7, "x"]', JSON),
    "a text": Said(200, b'"ok"', JSON),
    "nothing at all, said in JSON": Said(200, b"null", JSON),
    "odd types": Said(200, b'{"id": {"a": []}, "data": 7, "result": "x", "ok": "yes"}', JSON),
    "an error of nobody's": Said(200, b'{"error": {"code": "new_kind_of_error"}}', JSON),
    "nested without end": Said(200, b"[" * 100_000, JSON),
    "no UTF-8": Said(200, b'{"id": "\xff\xfe"}', JSON),
    "a bomb": Said(200, gzip.compress(bytes(60_000_000)), {**JSON, "Content-Encoding": "gzip"}),
    "ten megabytes": Said(200, b'{"id": "' + b"x" * 10_000_000, JSON),
    "the way to a login": Said(302, b"", {"Location": "/login"}),
    "a status of nobody's": Said(299, b"{}", JSON),
}
TOO_LARGE = {"a bomb", "ten megabytes"}
BY_CONTRACT = {"webhook"}
"""Whose every 2xx means that it has what it was sent."""


@dataclass(slots=True)
class Stage:
    """A channel on a network that is about to answer badly."""

    name: str
    network: Network
    served: Served
    tools: Tools

    @property
    def post(self) -> Outgoing:
        limits, content = self.network.spec.limits, Content(text=TEXT, title="Nos horaires")
        if limits.video_required:
            return outgoing(content, video=clip())
        return outgoing(content, *([photo("Un croissant")] if limits.media.max_count else []))

    def answers(self, bad: Said) -> None:
        """Give nothing but the bad answer from now on."""
        for method in ("GET", "POST", "PUT", "DELETE", "HEAD"):
            self.served.answer_next(method, "", bad, times=60)

    def publishing(self) -> Publishes:
        adapter = self.network.open(self.tools)
        assert isinstance(adapter, Publishes)
        return adapter


@contextmanager
def standing(name: str) -> Iterator[Stage]:
    clock = SettableClock()
    rig = SERVERS[name](clock.now)
    with serving(rig) as served:
        origins = {f"https://{host}": served.base_url for host in hosts_of(rig)}
        http = Http(Guard(stand_ins=origins))
        found = registry.network(name)
        connection = connection_of(found, rig, http, clock)
        yield Stage(name, found, served, tools_of(connection, http, clock))


@pytest.fixture(params=sorted(SERVERS))
def stage(request: pytest.FixtureRequest) -> Iterator[Stage]:
    with standing(request.param) as made:
        yield made


@pytest.mark.parametrize("bad", BAD)
def test_a_publication_that_is_answered_badly_ends_in_doubt(stage: Stage, bad: str) -> None:
    walk = Walk(stage.publishing())
    assert walk.prepare(stage.post) is None
    stage.answers(BAD[bad])
    if stage.name in BY_CONTRACT and BAD[bad].status < 300 and bad not in TOO_LARGE:
        return
    with pytest.raises(OutcomeUnknown):
        walk.publish(stage.post)


@pytest.mark.parametrize("bad", BAD)
def test_whatever_else_is_answered_badly_is_an_error_of_our_own(stage: Stage, bad: str) -> None:
    stage.answers(BAD[bad])
    for call in _calls(stage):
        try:
            told = call()
        except (NetworkError, Unreadable):
            continue
        assert told is None or isinstance(told, CantTell | dict), told


def _calls(stage: Stage) -> Iterator[Callable[[], object]]:
    adapter, now = stage.publishing(), stage.tools.clock.now()
    yield lambda: Walk(adapter).prepare(stage.post)
    if isinstance(adapter, FindsOwnPost) and stage.name not in BY_CONTRACT:
        yield lambda: adapter.find(search(stage.post))
    if isinstance(adapter, Connects) and stage.name not in BY_CONTRACT:
        yield lambda: _nothing(adapter.check())
    if stage.network.hear is None:
        return
    hearing = stage.network.hear(stage.tools)
    if isinstance(hearing, FetchesMentions):
        yield lambda: _nobody(hearing, now - timedelta(days=30))
    if isinstance(hearing, FetchesMetrics):
        yield lambda: _unknown(hearing.measure_channel())
        yield lambda: _unknown(hearing.measure_post("1") or {})


def _nothing(profile: object) -> None:
    raise AssertionError(f"a bad answer told who we are: {profile}")


def _nobody(hearing: FetchesMentions, since: datetime) -> None:
    heard = [h for batch in hearing.mentions("", since) for h in batch.heard]
    assert heard == []


def _unknown(counters: Mapping[Metric, int | None]) -> None:
    assert {value for value in counters.values() if value is not None} == set(), counters


@pytest.mark.parametrize("hours", [-5, 5])
def test_a_server_whose_clock_is_off_is_published_on_all_the_same(
    stage: Stage, hours: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    off = format_datetime((datetime.now(UTC) + timedelta(hours=hours)), usegmt=True)
    monkeypatch.setattr("http.server.BaseHTTPRequestHandler.date_time_string", lambda *_: off)
    assert _live(stage).remote_id


def _live(stage: Stage) -> Published | Found:
    """Publish; a network that isn't done when it answers is asked what became of it."""
    adapter = stage.publishing()
    walk = Walk(adapter)
    try:
        return walk.send(stage.post)
    except OutcomeUnknown as taken:
        if taken.part is None or not isinstance(adapter, FindsOwnPost):
            raise
        found = adapter.find(search(stage.post, parts={taken.part.name: taken.part.value}))
    assert isinstance(found, Found)
    return found
