"""Deleting the secrets of disconnected channels, as soon as no attempt needs them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.publishing.ports import Stale
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.ports import Channels, Holding, Vault

TOKEN_KEPT = timedelta(minutes=10)
"""How long an attempt in doubt may need the token of a disconnected channel."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Forgetting:
    """Deletes what is no longer needed; needs no network."""

    clock: Clock
    channels: Channels
    vault: Vault
    holding: Holding

    def forget(self, channel: Channel) -> Channel:
        """Delete a channel's secrets for good, and note on it that they are gone.

        Where the note can't be written now the channel stays due, and a tick does it again.
        """
        self.vault.forget(channel.workspace, channel.id)
        try:
            return self.channels.put(channel, replace(channel, forget_token_after=None))
        except Stale:
            return channel

    def forget_due(self) -> int:
        """Delete the secrets that no attempt needs any more, or whose time is over.

        A tick calls it; returns how many were deleted.
        """
        now = self.clock.now()
        forgotten = 0
        for workspace, channel in self.channels.to_forget(now + TOKEN_KEPT):
            stands = self.channels.get(workspace, channel)
            if stands is None or stands.forget_token_after is None:
                continue
            is_over = stands.forget_token_after <= now
            if is_over or not self.holding.is_busy(workspace, channel):
                self.forget(stands)
                forgotten += 1
        return forgotten
