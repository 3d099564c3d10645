"""What the tests of hearing share: readings, whole or interrupted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from chalicelib.ids import MentionId, SourceId, WorkspaceId
from chalicelib.listening.mentions import Heard, Mention, mention_id
from chalicelib.listening.ports import Batch

Read = Callable[[str, datetime], Iterator[Batch]]


@dataclass(slots=True)
class Ear:
    """Keeps what a reader tells as the poller does: first what was heard, then the cursor."""

    read: Read
    now: Callable[[], datetime]
    cursor: str = ""
    told: list[Heard] = field(default_factory=list)
    """All that was told, as often as it was."""
    skipped: int = 0

    def listen(self, batches: int | None = None) -> list[Heard]:
        """Read on, to the end or so many parts; return what is new in it, by identity."""
        known = {heard.identity for heard in self.told}
        new: dict[str, Heard] = {}
        for number, batch in enumerate(self.read(self.cursor, self.now() - timedelta(days=30)), 1):
            self.told += batch.heard
            new |= {heard.identity: heard for heard in batch.heard if heard.identity not in known}
            self.cursor = batch.cursor
            self.skipped += batch.skipped
            if batch.is_last or number == batches:
                break
        return list(new.values())

    def dies(self) -> None:
        """Read one part, and die before its cursor is stored."""
        batch = next(self.read(self.cursor, self.now() - timedelta(days=30)))
        self.told += batch.heard

    def texts(self) -> set[str]:
        return {heard.text for heard in self.told}


def mention(network: str, heard: Heard, at: datetime) -> Mention:
    """Return what was heard as the inbox keeps it."""
    return Mention(
        workspace=WorkspaceId("w1"),
        id=MentionId(mention_id(network, heard.identity)),
        source=SourceId("s1"),
        channel=None,
        network=network,
        heard=heard,
        seen_at=at,
    )
