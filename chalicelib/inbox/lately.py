"""What was said lately, whatever has become of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import takewhile

from chalicelib.ids import WorkspaceId
from chalicelib.inbox.ports import Filter, Inbox
from chalicelib.listening.mentions import Mention


@dataclass(frozen=True, slots=True, kw_only=True)
class InboxLately:
    """``listening.looking.Lately``, by one page of the inbox."""

    inbox: Inbox

    def said_since(self, workspace: WorkspaceId, since: datetime, limit: int) -> Sequence[Mention]:
        """Return what was said since then, the newest first."""
        page = self.inbox.page(workspace, Filter(state=None), limit)
        mentions = (item.mention for item in page.items)
        return list(takewhile(lambda mention: mention.at >= since, mentions))
