"""A channel: one connected account on one network."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from chalicelib.ids import ChannelId, WorkspaceId


class ChannelStatus(StrEnum):
    """Whether a channel can be published on."""

    CONNECTED = "connected"
    PAUSED = "paused"
    """A person paused it; its posts wait."""
    BROKEN = "broken"
    """The network refuses its token: it must be reconnected; its posts wait."""
    DISCONNECTED = "disconnected"


MAY_BREAK = frozenset({ChannelStatus.CONNECTED, ChannelStatus.PAUSED})
"""Whose refused token breaks it: an attempt may end in a pause, or after the pause's end."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One connected account on one network; its secrets are in the vault, not here."""

    workspace: WorkspaceId
    id: ChannelId
    network: str
    name: str
    handle: str = ""
    url: str = ""
    remote_id: str = ""
    settings: Mapping[str, str] = field(default_factory=dict)
    """Open facts that calls need (instance address, DID, the network that a kit aims at…)."""
    limits: Mapping[str, object] = field(default_factory=dict)
    """What the instance said it takes, as ``networks.contract.Limits`` in plain JSON."""
    status: ChannelStatus = ChannelStatus.CONNECTED
    reason: str = ""
    """For BROKEN: what the network said, for a person."""
    since: datetime | None = None
    """Since when it is in this status."""
    paused_until: datetime | None = None
    """For PAUSED; None: until a person lifts it."""
    access_ends_at: datetime | None = None
    """When the network's access ends; None: not by itself."""
    renew_access_at: datetime | None = None
    """When its access is to be renewed, which takes no person; None: it takes one."""
    tend_at: datetime | None = None
    """When its access must be seen to (``tending``); None: it needn't be."""
    forget_token_after: datetime | None = None
    """For DISCONNECTED: when its secrets are deleted at the latest; None: they are gone."""
    created_at: datetime
    rev: int = 0
    write_token: str = ""

    def is_paused(self, now: datetime) -> bool:
        """Say whether a person's pause holds at ``now``."""
        if self.status is not ChannelStatus.PAUSED:
            return False
        return self.paused_until is None or now < self.paused_until
