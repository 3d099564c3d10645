"""What a call to a network can end in: the whole taxonomy.

    Published(remote_id, url)       it is live
    Pending(look_again_in)          the network is still processing what was prepared
    NetworkError
      ├── Transient                 provably not applied: try again later
      ├── RateLimited               refused before writing: park its scope until the reset
      ├── AuthExpired               the token is refused: the channel must be reconnected
      ├── Rejected                  never succeeds unchanged: a person must change something
      │     └── Duplicate           a copy of what is live: after an attempt in doubt, evidence
      └── OutcomeUnknown            it may be live: look, never resend blindly

An exception that is none of these, raised during the one call that makes something
public, is treated as OutcomeUnknown by the publishing walk.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True)
class Published:
    """It is live on the network, under this id and (where it has one) this address."""

    remote_id: str
    url: str | None = None


@dataclass(frozen=True, slots=True)
class Pending:
    """The network is processing what was prepared; look again after this long."""

    look_again_in: timedelta


@dataclass(frozen=True, slots=True)
class Part:
    """Something prepared on the network (a media id, a draft) to remember under a name."""

    name: str
    value: str


@dataclass(frozen=True, slots=True)
class Found:
    """A look found our post; ``version`` is the post version that is live, if it can be told."""

    remote_id: str
    url: str | None
    version: int | None


@dataclass(frozen=True, slots=True)
class NotThere:
    """A look saw the whole place where our post would be, and it isn't there now.

    ``prepared_stands`` says that what was prepared (a draft, a container) is still on the
    network and unpublished, so that the next attempt can use it.
    """

    prepared_stands: bool = False


@dataclass(frozen=True, slots=True)
class CantTell:
    """A look that proves nothing: the network can't list our posts, or not all of them."""

    reason: str


class NetworkError(Exception):
    """A network's refusal or failure; ``detail`` is for the log and the attempt's record.

    ``detail`` never holds a token, a header or a post's text.
    """

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class Transient(NetworkError):
    """Provably not applied; the same request may succeed later."""


class RateLimited(NetworkError):
    """Refused before anything was written, until ``reset_at`` (None: the network didn't say).

    ``scope`` names what is limited: ``channel`` (one connected account) or ``network``
    (everything that this installation sends there, e.g. an instance or an app).
    """

    def __init__(
        self, detail: str, reset_at: datetime | None = None, scope: str = "channel"
    ) -> None:
        super().__init__(detail)
        self.reset_at = reset_at
        self.scope = scope


class AuthExpired(NetworkError):
    """The token was refused and can't be refreshed, or lacks a right it needs."""


class Rejected(NetworkError):
    """The network refuses this content for good.

    ``reason`` is a stable word that the pages translate (``too_long``, ``media_refused``,
    ``duplicate``, ``forbidden``, ``invalid``, ``gone``); ``detail`` is the network's own.
    """

    def __init__(self, detail: str, reason: str = "invalid") -> None:
        super().__init__(detail)
        self.reason = reason


class Duplicate(Rejected):
    """The network refuses it as a copy of what this account has published already.

    After an attempt in doubt that is evidence: the attempt went out. ``remote_id`` and ``url``
    are those of what it would copy, where the network names it.
    """

    def __init__(self, detail: str, remote_id: str | None = None, url: str | None = None) -> None:
        super().__init__(detail, "duplicate")
        self.remote_id = remote_id
        self.url = url


class OutcomeUnknown(NetworkError):
    """The request may have been applied: a time-out, a reset, a 5xx, an answer without an id.

    So it is too where the network took it and decides later whether it stands (``is_taken``).
    ``part`` is then what a look may ask by, where the answer told it.
    """

    def __init__(self, detail: str, part: Part | None = None, *, is_taken: bool = False) -> None:
        super().__init__(detail)
        self.part = part
        self.is_taken = is_taken
