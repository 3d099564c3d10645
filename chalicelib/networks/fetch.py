"""The guard of outgoing requests: what a user-given address may lead to, and how far.

A host is resolved once, all its addresses must be public, and the connection goes to one of
these very addresses: a name that resolves otherwise the next time leads nowhere else. That
holds for every redirect anew.
"""

from __future__ import annotations

import ipaddress
import logging
import queue
import socket
import ssl
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cache
from types import MappingProxyType
from urllib.parse import SplitResult, urljoin, urlsplit

import certifi
import requests
from requests.structures import CaseInsensitiveDict
from urllib3.exceptions import HTTPError

from chalicelib.networks.transport import PORTS, Call, OneExchange, Stopped

MAX_BYTES = 2_000_000
"""Of an answer, unpacked."""
TOTAL_SECONDS = 10.0
MAX_REDIRECTS = 3
_PIECE = 65_536
_REDIRECTS = frozenset({301, 302, 303, 307, 308})
_FOR_GOOD = frozenset({301, 308})
_HARMLESS = frozenset(
    {"accept", "accept-encoding", "accept-language", "user-agent"}
    | {"connection", "if-none-match", "if-modified-since"}
)
"""Headers that may follow a redirect to another server: any other may hold a secret."""

NO_STAND_INS: Mapping[str, str] = MappingProxyType({})
Resolve = Callable[[str, int], list[str]]
"""Returns all addresses of a host; raises OSError if it has none or can't be asked."""


class AddressFault(StrEnum):
    """Why an address may not be fetched: a stable word."""

    MALFORMED = "malformed"
    SCHEME = "scheme"
    """Not https."""
    CREDENTIALS = "credentials"
    """A name or password in the address."""
    PORT = "port"
    NOT_PUBLIC = "not_public"
    """It leads to this machine, a private network, or nowhere on the internet."""
    DOWNGRADE = "downgrade"
    """A redirect from https to http."""
    REDIRECTS = "redirects"
    """One redirect too many."""


class AddressRefused(Exception):
    """The guard doesn't let this address through; the message holds no more than its host."""

    def __init__(self, reason: AddressFault, host: str = "") -> None:
        super().__init__(f"{reason}: {host}" if host else str(reason))
        self.reason = reason


class TookTooLong(requests.Timeout):
    """The whole took longer than it may, whatever each wait took."""


class TooLarge(requests.RequestException):
    """The answer, unpacked, is larger than it may be."""


@dataclass(frozen=True, slots=True)
class Fetched:
    """An answer, its body whole and unpacked; its headers are found in any case."""

    url: str = field(repr=False)
    """Where it came from in the end; there are tokens in some networks' addresses."""
    status: int
    headers: Mapping[str, str]
    body: bytes
    moved_to: str = field(default="", repr=False)
    """Where what was asked for has moved for good (301, 308); empty: it hasn't."""


def resolve(host: str, port: int) -> list[str]:
    """Return all addresses of a host by the system's resolver."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


# What is public: https://www.iana.org/assignments/iana-ipv4-special-registry and -ipv6-.

_GLOBAL_UNICAST = ipaddress.IPv6Network("2000::/3")
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")
_CLOSED = (
    ipaddress.ip_network("192.0.0.0/24"),  # protocols' own, RFC 6890
    ipaddress.ip_network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
    ipaddress.ip_network("2001::/23"),  # Teredo and other protocols' own, RFC 2928
    ipaddress.ip_network("3fff::/20"),  # documentation, RFC 9637
)


def is_public(address: str) -> bool:
    """Say whether an IP address is one that anybody on the internet may reach.

    One that carries an IPv4 address (mapped, NAT64, 6to4) is as public as that.
    """
    try:
        ip = ipaddress.ip_address(address)
    except ValueError:
        return False
    if isinstance(ip, ipaddress.IPv6Address):
        carried = _carried(ip)
        if carried is not None:
            return is_public(str(carried))
        if ip not in _GLOBAL_UNICAST:
            return False
    is_closed = any(ip.version == net.version and ip in net for net in _CLOSED)
    return ip.is_global and not (ip.is_multicast or ip.is_reserved or is_closed)


def _carried(ip: ipaddress.IPv6Address) -> ipaddress.IPv4Address | None:
    if ip in _NAT64:
        return ipaddress.IPv4Address(int(ip) & 0xFFFF_FFFF)
    return ip.ipv4_mapped or ip.sixtofour


class Guard:
    """Fetches what may be fetched.

    Args:
        allow_hosts: ``host:port`` of test servers that are reached wherever they are, by
            plain http too.
        resolve: Finds the addresses of a host.
        trust: Which certificates are believed; None: those of the public authorities.
        stand_ins: Origins of test servers by the origin that each stands in for, such as
            ``{"https://api.example": "http://127.0.0.1:9000"}``; let through by themselves.
    """

    def __init__(
        self,
        allow_hosts: frozenset[str] = frozenset(),
        resolve: Resolve = resolve,
        trust: ssl.SSLContext | None = None,
        stand_ins: Mapping[str, str] = NO_STAND_INS,
    ) -> None:
        self._allow = allow_hosts | {urlsplit(origin).netloc for origin in stand_ins.values()}
        self._resolve = resolve
        self._trust = trust
        self._stand_ins = stand_ins
        for name in ("urllib3.connection", "urllib3.connectionpool"):
            # They write whole addresses, and there are tokens in some networks' addresses.
            logging.getLogger(name).setLevel(logging.ERROR)

    def stand_in(self, url: str) -> str:
        """Return where a URL leads here: to a test server, where one stands in for its origin."""
        for origin, test_server in self._stand_ins.items():
            rest = url.removeprefix(origin)
            if rest != url and rest[:1] in {"", "/", "?"}:
                return test_server + rest
        return url

    def check(self, url: str) -> None:
        """Refuse what can be refused by the address alone, before any name is resolved.

        Raises:
            AddressRefused: it may not be fetched.
        """
        parts, host, port = _parts(url)
        if parts.username is not None or parts.password is not None:
            raise AddressRefused(AddressFault.CREDENTIALS, host)
        if self._is_allowed(host, port):
            return
        if parts.scheme != "https":
            raise AddressRefused(AddressFault.SCHEME, host)
        if port not in PORTS.values():
            raise AddressRefused(AddressFault.PORT, host)

    def fetch(
        self,
        request: requests.Request,
        call: Call | None = None,
        *,
        max_bytes: int = MAX_BYTES,
    ) -> Fetched:
        """Return the answer to a request; a GET or HEAD follows up to three redirects.

        Any other is asked once, and a redirect is its answer.

        Args:
            request: What to ask.
            call: The time it has, and what it tells of how far it came; not yet entered.
                None: ten seconds.
            max_bytes: How much of an answer is taken, unpacked.

        Raises:
            AddressRefused: it, or where it was sent on to, may not be fetched.
            TookTooLong: it was cut off.
            TooLarge: there is more than ``max_bytes``.
            requests.RequestException: it failed otherwise.
        """
        moved_to, is_for_good = "", True
        with call or Call(TOTAL_SECONDS) as running:
            for _ in range(MAX_REDIRECTS + 1):
                prepared = self._prepared(request)
                fetched = self._once(prepared, running, max_bytes)
                following = self._following(request, fetched)
                if following is None:
                    return replace(fetched, moved_to=moved_to)
                request = following
                # What lies behind a passing redirect is nobody's new address.
                is_for_good = is_for_good and fetched.status in _FOR_GOOD
                moved_to = str(request.url) if is_for_good else moved_to
        raise AddressRefused(AddressFault.REDIRECTS, urlsplit(fetched.url).hostname or "")

    def _prepared(self, request: requests.Request) -> requests.PreparedRequest:
        try:
            request.url = self.stand_in(str(request.url))
            prepared = request.prepare()
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema) as error:
            raise AddressRefused(AddressFault.MALFORMED) from error
        self.check(str(prepared.url))
        prepared.headers.setdefault("Accept-Encoding", "gzip, deflate")
        prepared.headers["Connection"] = "close"
        return prepared

    def _once(self, request: requests.PreparedRequest, call: Call, max_bytes: int) -> Fetched:
        try:
            fetched = self._exchanged(request, call, max_bytes)
        except Stopped as stopped:
            raise stopped.error from None
        except (requests.RequestException, HTTPError) as error:
            if call.is_over:
                raise TookTooLong("cut off") from error
            raise
        if call.was_cut and not _says_its_end(fetched.headers):
            raise TookTooLong("cut off")  # it looks whole, but it ends where it was cut
        return fetched

    def _exchanged(self, request: requests.PreparedRequest, call: Call, most: int) -> Fetched:
        trust = self._trust or _public_authorities()
        with (
            closing(OneExchange(call, self._lookup, trust)) as adapter,
            closing(adapter.exchange(request)) as answer,
        ):
            pieces, size = [], 0
            for piece in answer.iter_content(_PIECE):
                size += len(piece)
                if size > most:
                    raise TooLarge(f"more than {most} bytes")
                pieces.append(piece)
            headers = CaseInsensitiveDict(answer.headers)
            return Fetched(str(request.url), answer.status_code, headers, b"".join(pieces))

    def _lookup(self, host: str, port: int, seconds: float) -> Sequence[str]:
        """Return the addresses to connect to, every one of them checked."""
        addresses = _in_time(lambda: self._resolve(host, port), seconds)
        if not addresses:
            raise OSError("no address")
        if not self._is_allowed(host, port) and not all(map(is_public, addresses)):
            raise AddressRefused(AddressFault.NOT_PUBLIC, host)
        return addresses

    def _is_allowed(self, host: str, port: int) -> bool:
        shown = f"[{host}]" if ":" in host else host
        return f"{shown}:{port}" in self._allow

    def _following(self, request: requests.Request, fetched: Fetched) -> requests.Request | None:
        """Return the request that a redirect asks for; None if there is none to follow."""
        target = fetched.headers.get("Location")
        if fetched.status not in _REDIRECTS or not target or request.method not in {"GET", "HEAD"}:
            return None
        before, after = _parts(fetched.url), _parts(target, fetched.url)
        if before[0].scheme == "https" and after[0].scheme != "https":
            raise AddressRefused(AddressFault.DOWNGRADE, after[1])
        is_same = before[0].scheme == after[0].scheme and before[1:] == after[1:]
        headers = {
            name: value
            for name, value in (request.headers or {}).items()
            if is_same or name.lower() in _HARMLESS
        }
        return requests.Request(request.method, after[0].geturl(), headers=headers)


def _parts(url: str, base: str = "") -> tuple[SplitResult, str, int]:
    """Return an address in parts, its host in lower case and its port."""
    try:
        parts = urlsplit(urljoin(base, url))
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise AddressRefused(AddressFault.MALFORMED) from error
    if parts.scheme not in PORTS:
        raise AddressRefused(AddressFault.SCHEME)
    if not host:
        raise AddressRefused(AddressFault.MALFORMED)
    return parts, host.rstrip("."), PORTS[parts.scheme] if port is None else port


def _says_its_end(headers: Mapping[str, str]) -> bool:
    """Say whether the answer itself tells where its body ends, not just the connection."""
    is_chunked = "chunked" in headers.get("Transfer-Encoding", "").lower()
    return is_chunked or "Content-Length" in headers


def _in_time(look: Callable[[], list[str]], seconds: float) -> list[str]:
    """Return what ``look`` returns, waiting for it no longer than this.

    The system's resolver takes no time-out: it is left to end by itself.
    """
    found: queue.SimpleQueue[list[str] | OSError] = queue.SimpleQueue()

    def run() -> None:
        try:
            found.put(look())
        except OSError as error:
            found.put(error)
        except UnicodeError:  # a label that is none in DNS
            found.put(OSError("not a host name"))

    threading.Thread(target=run, daemon=True).start()
    try:
        outcome = found.get(timeout=seconds)
    except queue.Empty as error:
        raise TimeoutError("the name took too long") from error
    if isinstance(outcome, OSError):
        raise outcome
    return outcome


@cache
def _public_authorities() -> ssl.SSLContext:
    return ssl.create_default_context(cafile=certifi.where())
