"""The one HTTP client of the networks: guarded, bounded in time and size, honest about doubt.

What goes wrong is said by what it means, and that depends on how far it came:

    before a byte has left             Transient
    after that, a read                 Transient: reading again harms nothing
    after that, a write                OutcomeUnknown: it may have been applied

So a time-out, a reset, a body cut short or too large, a 5xx, or a redirect of a write is each
of the last two. Any other answer is returned as it is: what it means is its network's to say.
No message holds more of a request than its verb and its host: there are tokens in headers,
in bodies, and in Telegram's very addresses.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol
from urllib.parse import urlsplit

import requests
from requests.exceptions import InvalidHeader, InvalidJSONError
from urllib3.exceptions import HTTPError

from chalicelib.networks.fetch import (
    MAX_BYTES,
    AddressRefused,
    Fetched,
    Guard,
    TookTooLong,
    TooLarge,
)
from chalicelib.networks.transport import Call
from chalicelib.publishing.outcomes import NetworkError, OutcomeUnknown, Rejected, Transient

TOTAL_SECONDS = 20.0
"""Of one call as a whole; connecting takes at most five of them."""
USER_AGENT = "Relais"
"""How we are known to servers."""

Fields = Mapping[str, str] | Sequence[tuple[str, str]]
"""Names and values; a sequence where a name comes more than once."""
NewCall = Callable[[float, Callable[[], None] | None], Call]
File = tuple[str, bytes, str]
"""Its name, what is in it, and its content type."""


class Streamed(Protocol):
    """A body that is sent piece by piece, and never held whole."""

    def __len__(self) -> int:
        """Return how many bytes it has."""
        ...

    def __iter__(self) -> Iterator[bytes]:
        """Yield it; a NetworkError that is raised meanwhile passes through."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: its body unpacked, its headers found in any case."""

    status: int
    headers: Mapping[str, str]
    body: bytes
    url: str = field(repr=False)
    """Where it came from, after redirects; there are tokens in some networks' addresses."""
    moved_to: str = field(default="", repr=False)
    """Where what was asked for has moved for good (301, 308); empty: it hasn't."""


class TooBig(Transient):
    """A read whose answer is larger than it may be: it may be smaller another time."""


class Http:
    """Makes requests, each on a connection of its own.

    Args:
        guard: Says which addresses may be reached.
        new_call: Makes the time that one call has.
    """

    def __init__(self, guard: Guard, new_call: NewCall = Call) -> None:
        self._guard = guard
        self._new_call = new_call

    def stand_in(self, url: str) -> str:
        """Return where a URL leads here, see ``fetch.Guard.stand_in``."""
        return self._guard.stand_in(url)

    def request(  # noqa: PLR0913 - all but two by name, and each is a part of HTTP
        self,
        method: str,
        url: str,
        *,
        write: bool,
        headers: Mapping[str, str] | None = None,
        params: Fields | None = None,
        json: object = None,
        data: Fields | bytes | Streamed | None = None,
        files: Mapping[str, File] | None = None,
        before_send: Callable[[], None] | None = None,
        deadline_s: float = TOTAL_SECONDS,
        max_bytes: int = MAX_BYTES,
        takes: frozenset[int] = frozenset(),
    ) -> Reply:
        """Return the answer to one request; a GET follows up to three redirects.

        Args:
            method: The verb.
            url: Where; https to a public address, unless the guard allows the host.
            write: Whether it may make something public, or change what is.
            headers: Sent along; on to another server only those that can hold no secret.
            params: The query.
            json: A body to send as JSON.
            data: A body, or the fields of a form.
            files: Files of a multipart form.
            before_send: Called when the connection stands and nothing has been sent; what it
                raises passes through, and nothing is sent then.
            deadline_s: Seconds that the call has as a whole, from the name of the host to
                the last byte of the answer.
            max_bytes: How much of an answer is taken, unpacked.
            takes: Server errors (5xx) that are answers to the caller, headers and all.

        Raises:
            Transient: provably not applied, or a read that failed.
            OutcomeUnknown: a write that may have been applied.
            Rejected: the address may not be reached (``address``), or the request can't be
                written down (``invalid``).
        """
        request = requests.Request(
            method.upper(),
            url,
            headers={"User-Agent": USER_AGENT, **(headers or {})},
            params=params,
            json=json,
            data=data,
            files=files,
        )
        call = self._new_call(deadline_s, before_send)
        outcome = self._outcome(request, call, max_bytes, is_write=write)
        if isinstance(outcome, Fetched) and outcome.status not in takes:
            outcome = _failed(outcome, f"{request.method} {_host(url)}", is_write=write) or outcome
        # Raised out here, it holds no trace of errors that quote the request.
        if isinstance(outcome, NetworkError):
            raise outcome
        return Reply(outcome.status, outcome.headers, outcome.body, outcome.url, outcome.moved_to)

    def _outcome(
        self, request: requests.Request, call: Call, max_bytes: int, *, is_write: bool
    ) -> Fetched | NetworkError:
        what = f"{request.method} {_host(str(request.url))}"
        try:
            fetched = self._guard.fetch(request, call, max_bytes=max_bytes)
        except AddressRefused as refused:
            return Rejected(f"{what}: address refused: {refused}", "address")
        except (InvalidHeader, InvalidJSONError) as error:
            return Rejected(f"{what}: {type(error).__name__}", "invalid")
        except (requests.RequestException, HTTPError) as error:
            failed = f"{what}: {_failure(error, has_sent=call.has_sent)}"
            if is_write and call.has_sent:
                return OutcomeUnknown(failed)
            return TooBig(failed) if isinstance(error, TooLarge) else Transient(failed)
        return fetched


def _failed(fetched: Fetched, what: str, *, is_write: bool) -> NetworkError | None:
    """Return what a server's failure, or a redirect that leads nowhere, means."""
    is_redirect = 300 <= fetched.status < 400 and fetched.status != 304
    if fetched.status < 500 and not is_redirect:
        return None
    answered = f"{what}: answered {fetched.status}"
    return OutcomeUnknown(answered) if is_write else Transient(answered)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or "?"
    except ValueError:
        return "?"


def _failure(error: Exception, *, has_sent: bool) -> str:
    """Return what happened in words of our own: the error's own may quote the request."""
    if isinstance(error, TooLarge):
        return str(error)
    when = "after it was sent" if has_sent else "before anything was sent"
    if isinstance(error, TookTooLong | requests.Timeout):
        return f"took too long, {when}"
    inner = error.args[0] if error.args else error
    reason = getattr(inner, "reason", inner)
    names = dict.fromkeys(type(e).__name__ for e in (error, reason) if isinstance(e, Exception))
    return f"{', '.join(names)} {when}"
