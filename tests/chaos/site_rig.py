"""The firm's own site as lives use it: its network is the store itself."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content
from chalicelib.publishing.site import SiteEntry
from tests.chaos.rigs import Seen


@dataclass
class SiteRig:
    """A page of news: no wire leads to it, so that only the store's faults are there."""

    pages: Callable[[], Sequence[SiteEntry]] = tuple
    """Returns what stands on the page."""
    typed: ClassVar[Mapping[str, str]] = {"title": "Boulangerie Martin"}

    def seen(self) -> list[Seen]:
        """Return what the page shows."""
        return [
            Seen(e.uuid, e.uuid, e.content, len(e.content.media), e.published_at)
            for e in self.pages()
        ]

    def truth_of(self, delivery: Delivery) -> str:
        """Return what the page knows a delivery by."""
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        """Return the content: the page keeps it whole."""
        return content

    def restore(self) -> None:
        """Nothing can be revoked."""

    def temper(self, chance: random.Random) -> None:
        """There is one site only."""
