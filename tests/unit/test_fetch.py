"""Where the guard lets a request go, how far, and for how long."""

from __future__ import annotations

import gzip
import ipaddress
import socket
import threading
import time
from pathlib import Path

import pytest
import requests

from chalicelib.networks import transport
from chalicelib.networks.fetch import (
    AddressFault,
    AddressRefused,
    Fetched,
    Guard,
    TookTooLong,
    TooLarge,
    resolve,
)
from chalicelib.networks.transport import Call
from tests.fakes.names import Names
from tests.fakes.scripted_http import (
    Cue,
    Scripted,
    answers,
    drips,
    explodes,
    head,
    scripted,
    stalls,
)

PUBLIC = "93.184.215.14"


def get(
    guard: Guard, url: str, call: Call | None = None, headers: dict[str, str] | None = None
) -> Fetched:
    return guard.fetch(requests.Request("GET", url, headers=headers), call)


def let_through(*servers: Scripted) -> Guard:
    return Guard(frozenset(server.host_port for server in servers))


def refusal(guard: Guard, url: str) -> AddressFault:
    with pytest.raises(AddressRefused) as caught:
        get(guard, url)
    return caught.value.reason


# Which URLs are refused, and that nothing is connected to then.


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, int]]:
    """What would have been connected to."""
    seen: list[tuple[str, int]] = []

    def refuse(address: tuple[str, int], *_: object, **__: object) -> socket.socket:
        seen.append(address)
        raise ConnectionRefusedError

    monkeypatch.setattr(transport, "create_connection", refuse)
    return seen


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("http://exemple.fr/", AddressFault.SCHEME),
        ("ftp://exemple.fr/", AddressFault.SCHEME),
        ("file:///etc/passwd", AddressFault.SCHEME),
        ("gopher://exemple.fr/", AddressFault.SCHEME),
        ("https://moi:secret@exemple.fr/", AddressFault.CREDENTIALS),
        ("https://exemple.fr:22/", AddressFault.PORT),
        ("https://exemple.fr:8443/", AddressFault.PORT),
        ("https://", AddressFault.MALFORMED),
        ("exemple.fr", AddressFault.MALFORMED),
        ("", AddressFault.MALFORMED),
        ("https://exemple.fr:99999/", AddressFault.MALFORMED),
        ("https://[::1/", AddressFault.MALFORMED),
        ("https://*.exemple.fr/", AddressFault.MALFORMED),
    ],
)
def test_an_address_of_another_kind_is_refused(
    url: str, reason: AddressFault, dialled: list[tuple[str, int]]
) -> None:
    names = Names({"exemple.fr": [PUBLIC]})
    assert refusal(Guard(resolve=names), url) is reason
    assert names.asked == []
    assert dialled == []


@pytest.mark.parametrize(
    "addresses",
    [
        ["127.0.0.1"],
        ["169.254.169.254"],
        ["::1"],
        ["::ffff:10.0.0.1"],
        [PUBLIC, "10.0.0.1"],
        ["10.0.0.1", PUBLIC],
    ],
)
def test_a_name_that_leads_inside_is_refused(
    addresses: list[str], dialled: list[tuple[str, int]]
) -> None:
    guard = Guard(resolve=Names({"piege.fr": addresses}))
    assert refusal(guard, "https://piege.fr/") is AddressFault.NOT_PUBLIC
    assert dialled == []


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.1", "2130706433", "0x7f.1", "0177.0.0.1", "[::1]", "localhost", "[::]"],
)
def test_this_machine_is_refused_however_it_is_written(
    host: str, dialled: list[tuple[str, int]]
) -> None:
    try:
        reason = refusal(Guard(), f"https://{host}/")
    except requests.ConnectionError:
        pytest.skip("this system's resolver doesn't know that spelling")
    assert reason is AddressFault.NOT_PUBLIC
    assert dialled == []


def test_the_connection_goes_to_the_address_that_was_checked(
    dialled: list[tuple[str, int]],
) -> None:
    class Rebinding(Names):
        def __call__(self, host: str, port: int) -> list[str]:
            super().__call__(host, port)
            return [PUBLIC] if len(self.asked) == 1 else ["127.0.0.1"]

    names = Rebinding({"piege.fr": []})
    with pytest.raises(requests.ConnectionError):
        get(Guard(resolve=names), "https://piege.fr/")
    assert names.asked == ["piege.fr"]
    assert dialled == [(PUBLIC, 443)]


def test_all_addresses_are_tried_in_turn(dialled: list[tuple[str, int]]) -> None:
    guard = Guard(resolve=Names({"exemple.fr": [PUBLIC, "1.1.1.1"]}))
    with pytest.raises(requests.ConnectionError):
        get(guard, "https://exemple.fr/")
    assert dialled == [(PUBLIC, 443), ("1.1.1.1", 443)]


def test_an_unknown_name_is_a_connection_error(dialled: list[tuple[str, int]]) -> None:
    for names in (Names({}), Names({"exemple.fr": []})):
        with pytest.raises(requests.ConnectionError):
            get(Guard(resolve=names), "https://exemple.fr/")
    assert dialled == []


def test_a_name_that_is_none_in_dns_is_a_connection_error() -> None:
    with pytest.raises(requests.ConnectionError):
        get(Guard(), f"https://{'a' * 64}.fr/")


def test_a_resolver_that_never_answers_holds_nobody_up() -> None:
    asked, released = threading.Event(), threading.Event()

    def silent(host: str, port: int) -> list[str]:
        asked.set()
        released.wait(30)
        return []

    with pytest.raises(requests.Timeout):
        get(Guard(resolve=silent), "https://exemple.fr/", Call(0.1))
    assert asked.is_set()
    released.set()


def test_the_systems_resolver_gives_each_address_once() -> None:
    addresses = resolve("localhost", 80)
    assert addresses
    assert len(set(addresses)) == len(addresses)
    assert all(ipaddress.ip_address(a).is_loopback for a in addresses)


def test_a_test_server_is_reached_only_where_it_is_allowed() -> None:
    with scripted(answers(200, b"oui")) as server:
        assert get(let_through(server), f"{server.url}/").body == b"oui"
        other = Guard(frozenset({f"127.0.0.1:{server.port + 1}", f"localhost:{server.port}"}))
        assert refusal(other, f"{server.url}/") is AddressFault.SCHEME
    assert server.connections == 1


# What an exchange is.


def test_a_test_server_stands_in_for_one_origin_and_no_other() -> None:
    guard = Guard(stand_ins={"https://api.example": "http://127.0.0.1:9000"})
    assert guard.stand_in("https://api.example/v1?a=b") == "http://127.0.0.1:9000/v1?a=b"
    assert guard.stand_in("https://api.example") == "http://127.0.0.1:9000"
    for other in ("https://api.example.org/", "https://api.example:444/", "http://api.example/"):
        assert guard.stand_in(other) == other
    with scripted(answers(200, b"Bonjour")) as server:
        guard = Guard(stand_ins={"https://api.example": server.url})
        assert get(guard, "https://api.example/v1").body == b"Bonjour"


def test_an_answer_comes_whole_with_its_headers_in_any_case() -> None:
    with scripted(answers(404, b"{}", X_Request_Id="7")) as server:
        fetched = get(let_through(server), f"{server.url}/a?b=c", headers={"X-Mine": "1"})
    assert (fetched.status, fetched.body, fetched.url) == (404, b"{}", f"{server.url}/a?b=c")
    assert fetched.headers["x-request-ID"] == "7"
    (heard,) = server.heard
    assert (heard.method, heard.target) == ("GET", "/a?b=c")
    assert heard.headers["x-mine"] == "1"
    assert heard.headers["host"] == server.host_port
    assert heard.headers["connection"] == "close"


def test_a_name_is_what_the_server_is_told_though_its_address_is_dialled() -> None:
    with scripted(answers(200)) as server:
        host_port = f"exemple.test:{server.port}"
        guard = Guard(frozenset({host_port}), Names({"exemple.test": ["127.0.0.1"]}))
        assert get(guard, f"http://{host_port}/").status == 200
    assert server.heard[0].headers["host"] == host_port


def test_ipv6_is_spoken_too() -> None:
    try:
        socket.create_server(("::1", 0), family=socket.AF_INET6).close()
    except OSError:
        pytest.skip("no IPv6 here")
    with scripted(answers(200), host="::1") as server:
        guard = Guard(frozenset({f"[::1]:{server.port}"}))
        assert get(guard, f"http://[::1]:{server.port}/").status == 200
    assert server.heard[0].headers["host"] == f"[::1]:{server.port}"


def test_the_environment_changes_nothing(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("machine 127.0.0.1 login moi password secret\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with scripted(answers(200)) as server:
        assert get(let_through(server), f"{server.url}/").status == 200
    assert "authorization" not in server.heard[0].headers


def test_each_call_has_a_connection_of_its_own_and_keeps_no_cookie() -> None:
    with scripted(answers(200, Set_Cookie="id=1"), answers(200)) as server:
        guard = let_through(server)
        get(guard, f"{server.url}/")
        get(guard, f"{server.url}/")
    assert server.connections == 2
    assert all("cookie" not in heard.headers for heard in server.heard)


# Redirects.


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_read_follows_a_redirect(status: int) -> None:
    with scripted(answers(status, Location="/b?c=d"), answers(200, b"ici")) as server:
        fetched = get(let_through(server), f"{server.url}/a", headers={"Authorization": "Bearer x"})
    assert (fetched.body, fetched.url) == (b"ici", f"{server.url}/b?c=d")
    assert [h.target for h in server.heard] == ["/a", "/b?c=d"]
    assert server.heard[1].headers["authorization"] == "Bearer x"


def test_secrets_don_t_follow_to_another_server() -> None:
    with scripted(answers(200)) as other:
        to_other = answers(302, Location=f"{other.url}/", Set_Cookie="id=1")
        with scripted(to_other) as server:
            secret = {"Authorization": "Bearer x", "X-Api-Key": "k", "Cookie": "a=b"}
            guard = let_through(server, other)
            get(guard, f"{server.url}/", headers={**secret, "User-Agent": "Relais"})
    (heard,) = other.heard
    assert not {"authorization", "x-api-key", "cookie"} & set(heard.headers)
    assert heard.headers["user-agent"] == "Relais"


def test_three_redirects_are_followed_and_no_fourth() -> None:
    hop = answers(302, Location="/x")
    with scripted(hop, hop, hop, answers(200, b"ici")) as server:
        assert get(let_through(server), f"{server.url}/").body == b"ici"
    with scripted(hop, hop, hop, hop) as server:
        assert refusal(let_through(server), f"{server.url}/") is AddressFault.REDIRECTS


@pytest.mark.parametrize(
    ("to", "reason"),
    [
        ("http://127.0.0.1:9/", AddressFault.SCHEME),
        ("https://127.0.0.1/latest/meta-data", AddressFault.NOT_PUBLIC),
        ("https://[::ffff:169.254.169.254]/", AddressFault.NOT_PUBLIC),
        ("https://moi:x@exemple.fr/", AddressFault.CREDENTIALS),
        ("file:///etc/passwd", AddressFault.SCHEME),
        ("https://exemple.fr:25/", AddressFault.PORT),
        ("https://[oups/", AddressFault.MALFORMED),
    ],
)
def test_a_redirect_is_guarded_like_the_first_address(to: str, reason: AddressFault) -> None:
    with scripted(answers(302, Location=to)) as server:
        assert refusal(let_through(server), f"{server.url}/") is reason


def test_a_write_s_redirect_is_its_answer() -> None:
    with scripted(answers(307, Location="/login")) as server:
        fetched = let_through(server).fetch(requests.Request("POST", server.url, data=b"x"))
    assert fetched.status == 307
    assert server.connections == 1


def test_a_redirect_to_nowhere_is_an_answer() -> None:
    with scripted(answers(302)) as server:
        assert get(let_through(server), server.url).status == 302


# How much and how long.


def test_an_answer_is_taken_up_to_its_limit() -> None:
    with scripted(answers(200, bytes(1000)), answers(200, bytes(1001))) as server:
        guard = let_through(server)
        ask = requests.Request("GET", server.url)
        assert len(guard.fetch(ask, max_bytes=1000).body) == 1000
        with pytest.raises(TooLarge):
            guard.fetch(ask, max_bytes=1000)


def test_a_packed_answer_is_unpacked() -> None:
    packed = gzip.compress(b"{}" * 100)
    with scripted(answers(200, packed, Content_Encoding="gzip")) as server:
        assert get(let_through(server), server.url).body == b"{}" * 100


def test_a_bomb_is_dropped_when_it_passes_the_limit() -> None:
    bomb = explodes(megabytes=200)
    began = time.process_time()
    with scripted(bomb) as server, pytest.raises(TooLarge):
        get(let_through(server), server.url)
    assert time.process_time() - began < 2


@pytest.mark.parametrize(
    "begun",
    [
        b"",
        b"HTTP/1.1 200 OK\r\nX-Long: ",
        head(200, {"Content-Length": "100000"}),
        head(200),
        head(200, {"Transfer-Encoding": "chunked"}),
    ],
    ids=["status", "headers", "body", "body without end", "chunks"],
)
def test_a_byte_now_and_then_doesn_t_keep_a_call_alive(begun: bytes) -> None:
    with scripted(drips(begun)) as server:
        began = time.monotonic()
        with pytest.raises(TookTooLong):
            get(let_through(server), server.url, Call(0.3))
    assert time.monotonic() - began < 3


def test_a_body_that_ends_because_it_was_cut_off_is_not_whole() -> None:
    cue = Cue()
    with scripted(stalls(cue, head(200) + b"{}")) as server, pytest.raises(TookTooLong):
        get(let_through(server), server.url, Call(20, new_timer=cue.timer))


@pytest.mark.parametrize(
    "answer",
    [
        head(201, {"Content-Length": "2"}) + b"{}",
        head(201, {"Transfer-Encoding": "chunked"}) + b"2\r\n{}\r\n0\r\n\r\n",
    ],
    ids=["length", "chunks"],
)
def test_a_whole_answer_is_never_thrown_away_however_late(answer: bytes) -> None:
    cue = Cue()
    with scripted(stalls(cue, answer)) as server:
        call = Call(20, new_timer=cue.timer)
        assert get(let_through(server), server.url, call).body == b"{}"


def test_a_call_leaves_no_timer_running() -> None:
    with scripted(answers(200)) as server:
        get(let_through(server), server.url)
        timers = [t for t in threading.enumerate() if isinstance(t, threading.Timer)]
        for timer in timers:
            timer.join(5)
            assert not timer.is_alive()
