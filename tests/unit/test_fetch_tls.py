"""TLS through the guard: with the host by its name, at the address that was checked."""

from __future__ import annotations

import socket
import ssl
from pathlib import Path

import pytest
import requests
from requests.exceptions import SSLError

from chalicelib.networks.fetch import AddressFault, AddressRefused, Fetched, Guard, TookTooLong
from chalicelib.networks.transport import Call
from tests.fakes.authority import Authority
from tests.fakes.names import Names
from tests.fakes.scripted_http import Scripted, answers, drips, head, scripted


@pytest.fixture
def ours(tmp_path: Path) -> Authority:
    return Authority.made(tmp_path)


def reaching(server: Scripted, trust: ssl.SSLContext | None = None) -> Guard:
    allowed = frozenset({f"exemple.test:{server.port}"})
    return Guard(allowed, Names({"exemple.test": ["127.0.0.1"]}), trust)


def over_tls(guard: Guard, server: Scripted, call: Call | None = None) -> Fetched:
    return guard.fetch(requests.Request("GET", f"https://exemple.test:{server.port}/"), call)


def test_tls_is_with_the_host_by_its_name(ours: Authority) -> None:
    context = ours.serving("exemple.test")
    asked: list[str | None] = []
    context.sni_callback = lambda _socket, name, _context: asked.append(name)
    with scripted(answers(200, b"oui"), tls=context) as server:
        assert over_tls(reaching(server, ours.trust()), server).body == b"oui"
    assert asked == ["exemple.test"]


def test_another_host_s_certificate_is_refused_before_anything_is_sent(ours: Authority) -> None:
    context = ours.serving("autre.test")
    with scripted(answers(200), tls=context) as server, pytest.raises(SSLError):
        over_tls(reaching(server, ours.trust()), server)
    assert server.heard == []


def test_a_certificate_of_an_unknown_authority_is_refused(ours: Authority) -> None:
    context = ours.serving("exemple.test")
    with scripted(answers(200), tls=context) as server, pytest.raises(SSLError):
        over_tls(reaching(server), server)
    assert server.heard == []


def test_https_leads_to_no_plain_http(ours: Authority) -> None:
    with scripted() as plain:
        moved = answers(302, Location=f"{plain.url}/")
        with scripted(moved, tls=ours.serving("exemple.test")) as server:
            allowed = frozenset({f"exemple.test:{server.port}", plain.host_port})
            guard = Guard(allowed, Names({"exemple.test": ["127.0.0.1"]}), ours.trust())
            with pytest.raises(AddressRefused) as caught:
                over_tls(guard, server)
    assert caught.value.reason is AddressFault.DOWNGRADE
    assert plain.connections == 0


def test_a_call_over_tls_is_cut_off_too(ours: Authority) -> None:
    act = drips(head(200, {"Content-Length": "100000"}))
    context = ours.serving("exemple.test")
    with scripted(act, tls=context) as server, pytest.raises(TookTooLong):
        over_tls(reaching(server, ours.trust()), server, Call(0.5))


def test_a_server_that_never_shakes_hands_has_been_sent_nothing() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host_port = f"127.0.0.1:{silent.getsockname()[1]}"
        call = Call(0.3)
        ask = requests.Request("GET", f"https://{host_port}/")
        with pytest.raises(requests.RequestException):
            Guard(frozenset({host_port})).fetch(ask, call)
        assert not call.has_sent
