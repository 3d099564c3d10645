"""What stands on a firm's own site: the one network that has no third party."""

from __future__ import annotations

import hashlib
from base64 import b32encode
from dataclasses import dataclass
from datetime import datetime

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.publishing.posts import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntry:
    """A post as it stands on the firm's own site."""

    workspace: WorkspaceId
    channel: ChannelId
    delivery: DeliveryId
    uuid: str
    version: int
    content: Content
    published_at: datetime

    @property
    def code(self) -> str:
        """The code in its public address, ``/p/{code}``."""
        return code_of(self.uuid)


def code_of(uuid: str) -> str:
    """Return the code of a post's public address: always the same for a delivery, 60 bits."""
    return b32encode(hashlib.sha256(uuid.encode()).digest()).decode().lower()[:12]
