"""Following a tracked link: one read, at most one write, and nothing kept of who follows it.

Visitors of a day are told apart by 8 bytes of a hash of address and browser under a salt that
is random, the same for a day in UTC, and deleted after it: then nobody can tell any more whom
a hash was of, and the hashes go as well. There is no cookie.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass, field
from datetime import UTC, date, timedelta
from enum import Enum
from threading import Lock

from chalicelib import logs
from chalicelib.clock import Clock
from chalicelib.ids import Ids
from chalicelib.measuring.askers import Asker, kind_of
from chalicelib.measuring.links import Click, Link
from chalicelib.measuring.ports import Links, Visitors

VISITOR_BYTES = 8
"""Two of a million visitors of a link are taken for one on one day in 37 million."""
GRACE = timedelta(minutes=15)
"""After midnight in UTC, before a day's clicks are summed up: no function that began to count
one before lives as long, and clocks differ by seconds."""
AT_ONCE = 200
"""Links' days that one tick sums up, at most."""


class NoLink(Enum):
    """Why a code leads nowhere."""

    UNKNOWN = "unknown"
    EXPIRED = "expired"


@dataclass(slots=True)
class _Salt:
    """The salt of the day that this process last counted a click on."""

    day: date | None = None
    salt: bytes = b""
    lock: Lock = field(default_factory=Lock)


@dataclass(frozen=True, slots=True, kw_only=True)
class Redirect:
    """Follows links."""

    clock: Clock
    ids: Ids
    links: Links
    visitors: Visitors
    _salt: _Salt = field(default_factory=_Salt, repr=False)

    def follow(self, code: str, asker: Asker) -> str | NoLink:
        """Return where a link leads, and count that it was followed.

        Counting never stands in the way: what goes wrong with it is logged. The first click
        that a process counts on a day reads that day's salt besides.

        Raises:
            StoreUnclear: the store didn't say where it leads.
        """
        link = self.links.get(code)
        if link is None:
            return NoLink.UNKNOWN
        if link.expires_at is not None and link.expires_at <= self.clock.now():
            return NoLink.EXPIRED
        try:
            self._count(link, asker)
        except Exception as error:  # noqa: BLE001 - whoever follows a link gets there
            logs.failure("click_not_counted", error, workspace=link.workspace)
        return link.target

    def _count(self, link: Link, asker: Asker) -> None:
        day = self.clock.now().astimezone(UTC).date()
        said = f"{asker.address}\n{asker.browser}".encode("utf-8", "surrogatepass")
        mac = hmac.new(self._salt_of(day), said, hashlib.sha256).digest()
        self.links.count(
            Click(
                workspace=link.workspace,
                code=link.code,
                day=day,
                kind=kind_of(asker),
                visitor=mac[:VISITOR_BYTES],
            )
        )

    def _salt_of(self, day: date) -> bytes:
        held = self._salt
        with held.lock:
            if held.day != day:
                held.salt = self.visitors.salt(day, self.ids.secret().encode())
                held.day = day
            return held.salt


@dataclass(frozen=True, slots=True, kw_only=True)
class ForgettingVisitors:
    """Makes the visitors of past days forgotten; how many they were stays."""

    clock: Clock
    visitors: Visitors

    def forget_due(self) -> int:
        """Sum up past days and forget their salts; a tick calls it.

        Returns:
            How many links' days were summed up.
        """
        today = (self.clock.now() - GRACE).astimezone(UTC).date()
        return self.visitors.forget(today, AT_ONCE)
