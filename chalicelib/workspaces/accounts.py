"""An account on a network, and what really signing in to it gave."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Quota:
    """How many posts an account may publish within a window that slides."""

    used: int
    total: int
    hours: int
    """How long the window is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Account:
    """What a network says of a connected account."""

    remote_id: str
    name: str
    handle: str
    url: str
    quota: Quota | None = None
    """None: it doesn't say, or has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedIn:
    """What really signing in to a network gave."""

    account: Account
    settings: Mapping[str, str]
    secret: Mapping[str, str]
    limits: Mapping[str, object]
    """As a channel keeps them: plain JSON."""
    ends_at: datetime | None = None
    """When its access ends; None: not by itself."""
    renew_at: datetime | None = None
    """When its access is to be renewed, which takes no person; None: it takes one."""
