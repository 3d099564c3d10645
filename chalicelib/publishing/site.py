"""What stands on a firm's own site: the one network that has no third party."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.publishing.posts import Content


@dataclass(frozen=True, slots=True, kw_only=True)
class SiteEntry:
    """A post as it stands on the firm's own site."""

    workspace: WorkspaceId
    channel: ChannelId
    code: str
    """In its public address, ``/p/{code}``."""
    delivery: DeliveryId
    uuid: str
    version: int
    content: Content
    published_at: datetime
