"""Seeing to it that a channel's access doesn't end unnoticed: renewed ahead, or people warned."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Protocol

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.publishing.outcomes import AuthExpired, NetworkError
from chalicelib.publishing.ports import Stale
from chalicelib.workspaces.channels import MAY_BREAK, Channel
from chalicelib.workspaces.ports import Channels

WARN_BEFORE = (timedelta(days=14), timedelta(days=3))
TRY_AGAIN = timedelta(hours=6)
"""After a renewal, or a warning, that could not be done."""


@dataclass(frozen=True, slots=True)
class Access:
    """How long a channel's access holds; see ``networks.contract.Lasting``."""

    ends_at: datetime | None
    renew_at: datetime | None


class RenewsAccess(Protocol):
    """Renews what gives access to channels."""

    def renew(self, channel: Channel) -> Access:
        """Renew it without a person, and return how long it holds from now on.

        Raises:
            AuthExpired: the network renews it no more.
            NetworkError: it couldn't be done now.
        """
        ...


def next_look(channel: Channel, now: datetime) -> datetime | None:
    """Return when a channel's access must be seen to, after ``now``; None: it needn't be."""
    ends = channel.access_ends_at
    looks = [channel.renew_access_at] if channel.renew_access_at else []
    looks += [ends - before for before in WARN_BEFORE] if ends else []
    return min((at for at in looks if at > now), default=None)


def warning_of(channel: Channel, now: datetime) -> timedelta | None:
    """Return which of the warnings is due: how long before the end it is; None: none is."""
    ends = channel.access_ends_at
    if ends is None:
        return None
    return min((before for before in WARN_BEFORE if ends - before <= now), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Tending:
    """Sees to channels whose access is about to end."""

    clock: Clock
    channels: Channels
    networks: RenewsAccess
    warn: Callable[[Channel, timedelta], None]
    """Tells people once that a channel's access ends so soon; raises if not all were told."""

    def tend(self, workspace: WorkspaceId, channel_id: ChannelId) -> None:
        """Renew a channel's access or warn people, if it is due; repeatable.

        A failure leaves it due again in some hours.
        """
        now = self.clock.now()
        channel = self.channels.get(workspace, channel_id)
        if channel is None or channel.tend_at is None or channel.tend_at > now:
            return
        if channel.status not in MAY_BREAK:
            self._put(channel, replace(channel, tend_at=None))
            return
        after = self._renewed(channel, now)
        tend_at = next_look(after, now)
        before = warning_of(after, now)
        if before is not None and not self._is_told(after, before):
            tend_at = now + TRY_AGAIN
        self._put(channel, replace(after, tend_at=tend_at))

    def _is_told(self, channel: Channel, before: timedelta) -> bool:
        try:
            self.warn(channel, before)
        except Exception:  # noqa: BLE001 - whatever hinders a mail, it is tried again
            return False
        return True

    def _put(self, before: Channel, after: Channel) -> None:
        with suppress(Stale):  # whoever changed it has set when it is due, or it still is
            self.channels.put(before, after)

    def _renewed(self, channel: Channel, now: datetime) -> Channel:
        if channel.renew_access_at is None or channel.renew_access_at > now:
            return channel
        try:
            access = self.networks.renew(channel)
        except AuthExpired:
            # It still holds for now: people are warned before it ends, and if it is refused
            # at once, whoever uses it next says so.
            return replace(channel, renew_access_at=None)
        except NetworkError:
            return replace(channel, renew_access_at=now + TRY_AGAIN)
        return replace(channel, access_ends_at=access.ends_at, renew_access_at=access.renew_at)
