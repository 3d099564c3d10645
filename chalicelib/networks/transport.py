"""One HTTP exchange: to an address that was checked, within a time that holds, once.

Each call has a connection of its own. One kept from an earlier call may be closed by the
server at any moment, and a request lost that way can't be told from one that was applied.
"""

from __future__ import annotations

import socket
import ssl
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from types import TracebackType
from typing import Any, Protocol, Self
from urllib.parse import urlsplit

from requests import PreparedRequest, Response
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError
from urllib3.util import Timeout
from urllib3.util.connection import create_connection

CONNECT_SECONDS = 5.0
"""For the name, the connection and TLS together."""

PORTS = {"http": 80, "https": 443}


class Timer(Protocol):
    """What does something later unless it is cancelled."""

    def start(self) -> None:
        """Begin to count."""

    def cancel(self) -> None:
        """Stop counting."""


NewTimer = Callable[[float, Callable[[], None]], Timer]
Lookup = Callable[[str, int, float], Sequence[str]]
"""Returns the addresses that may be connected to, having waited so many seconds at most."""


class Stopped(Exception):
    """Carries what ``before_send`` raised past all that would take it for a failure."""

    def __init__(self, error: BaseException) -> None:
        super().__init__(type(error).__name__)
        self.error = error


def _in_the_background(seconds: float, act: Callable[[], None]) -> Timer:
    timer = threading.Timer(seconds, act)
    timer.daemon = True
    return timer


class Call:
    """The time that one call has, and how far it has come; used as a context, once.

    At the end of the time its socket is shut, whatever it is waiting for then: the time-outs
    of a socket are per wait, and a server that sends a byte now and then outlives them.

    Args:
        total_s: Seconds from now until it is cut off.
        before_send: Called when all is ready and nothing has been sent; what it raises
            stops the call, and passes through.
        new_timer: Makes what cuts it off.
    """

    def __init__(
        self,
        total_s: float,
        before_send: Callable[[], None] | None = None,
        new_timer: NewTimer = _in_the_background,
    ) -> None:
        self.has_sent = False
        """Whether a byte of a request may have left."""
        self.was_cut = False
        """Whether its time ended before it did."""
        self._before_send = before_send
        self._ends = time.monotonic() + total_s
        self._lock = threading.Lock()
        self._socket: socket.socket | None = None
        self._timer = new_timer(total_s, self._cut)

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        with self._lock:
            self._socket = None

    @property
    def is_over(self) -> bool:
        """Say whether its time has ended."""
        return self.was_cut or time.monotonic() >= self._ends

    def left(self, at_most: float = float("inf")) -> float:
        """Return the seconds left, never quite none: a socket takes 0 for «don't wait»."""
        return max(0.001, min(at_most, self._ends - time.monotonic()))

    def leaves(self, connected: socket.socket) -> None:
        """Let the caller stop it; from here on a byte may have left."""
        with self._lock:
            self._socket = connected
            if self.was_cut:
                raise TimeoutError("the time is over before anything was sent")
        if self._before_send is not None:
            try:
                self._before_send()
            except BaseException as error:
                raise Stopped(error) from error
        self.has_sent = True

    def _cut(self) -> None:
        with self._lock:
            self.was_cut = True
            if self._socket is not None:
                with suppress(OSError):  # it has been closed meanwhile
                    # Not SSLSocket's own: that one takes TLS away from whoever is reading.
                    socket.socket.shutdown(self._socket, socket.SHUT_RDWR)


class _Connection(HTTPConnection):
    """Connects to nothing but the addresses that the lookup allows.

    TLS is still between us and the host by its name: that is what the certificate is checked
    against, not the address.
    """

    call: Call
    lookup: Lookup

    def _new_conn(self) -> socket.socket:
        ends = time.monotonic() + self.call.left(CONNECT_SECONDS)
        try:
            addresses = self.lookup(self.host, self.port, ends - time.monotonic())
        except TimeoutError as error:
            raise ConnectTimeoutError(self, "the name took too long") from error
        except OSError as error:
            raise NameResolutionError(self.host, self, socket.gaierror(*error.args)) from error
        return self._dialled(addresses, ends)

    def _dialled(self, addresses: Sequence[str], ends: float) -> socket.socket:
        """Connect to the first that answers, none taking more than its share of the time."""
        failure: OSError = OSError("no address")
        for number, address in enumerate(addresses):
            share = max(0.001, ends - time.monotonic()) / (len(addresses) - number)
            try:
                connected = create_connection(
                    (address, self.port), share, socket_options=self.socket_options
                )
            except OSError as error:
                failure = error
                continue
            connected.settimeout(max(0.001, ends - time.monotonic()))  # for TLS
            return connected
        if isinstance(failure, TimeoutError):
            raise ConnectTimeoutError(self, "connecting took too long") from failure
        raise NewConnectionError(self, type(failure).__name__) from failure

    def request(self, *args: Any, **kwargs: Any) -> None:
        """Send the request, once connected and if nobody stops it now."""
        if self.sock is None:
            self.connect()
        self.timeout = self.call.left()  # a large body takes longer than connecting may
        self.call.leaves(self.sock)
        super().request(*args, **kwargs)


class _TlsConnection(_Connection, HTTPSConnection):
    """The same over TLS."""


class _Pool(HTTPConnectionPool):
    """A place for the one connection."""

    ConnectionCls = _Connection

    def __init__(self, host: str, port: int, call: Call, lookup: Lookup, **how: Any) -> None:
        super().__init__(host, port, **how)
        self._call = call
        self._lookup = lookup

    def _new_conn(self) -> Any:
        connection: Any = super()._new_conn()
        connection.call = self._call
        connection.lookup = self._lookup
        return connection


class _TlsPool(_Pool, HTTPSConnectionPool):
    """The same over TLS."""

    ConnectionCls = _TlsConnection


class OneExchange(HTTPAdapter):
    """The adapter of ``requests`` for one request: no proxy, no retry, no kept connection."""

    def __init__(self, call: Call, lookup: Lookup, trust: ssl.SSLContext) -> None:
        super().__init__(max_retries=0)
        self._call = call
        self._lookup = lookup
        self._trust = trust
        self._pools: list[_Pool] = []

    def exchange(self, request: PreparedRequest) -> Response:
        """Return the answer, its body not yet read; ``close`` when it has been."""
        left = self._call.left()
        timeout = Timeout(connect=min(CONNECT_SECONDS, left), read=left)
        # The annotations of requests don't know that it takes urllib3's own.
        return self.send(request, stream=True, timeout=timeout)  # type: ignore[arg-type]

    def get_connection_with_tls_context(
        self,
        request: PreparedRequest,
        verify: Any,
        proxies: Any = None,
        cert: Any = None,
    ) -> HTTPConnectionPool:
        """Return a pool of one connection to what the URL names, by the guard's lookup."""
        del verify, proxies, cert
        parts = urlsplit(str(request.url))
        host, port = str(parts.hostname), parts.port or PORTS[parts.scheme]
        if parts.scheme == "https":
            pool: _Pool = _TlsPool(host, port, self._call, self._lookup, ssl_context=self._trust)
        else:
            pool = _Pool(host, port, self._call, self._lookup)
        self._pools.append(pool)
        return pool

    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        """Leave it to the context that the pool was made with."""

    def close(self) -> None:
        """Close the connection."""
        for pool in self._pools:
            pool.close()
        super().close()
