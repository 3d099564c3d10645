"""Making tracked links: the same one again for the same delivery and target."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from itertools import count, islice

from chalicelib.clock import Clock
from chalicelib.ids import DeliveryId, Ids, MemberId, WorkspaceId
from chalicelib.measuring.links import (
    CODE_LENGTH,
    Link,
    TargetRefused,
    code_of,
    target_of,
    with_utm,
)
from chalicelib.measuring.ports import Links
from chalicelib.publishing.refusals import Busy, Fault, Invalid

TRIES = 8
"""Codes that are tried: that even two are taken is not to be expected in a lifetime."""
LONGEST_LABEL = 100


@dataclass(frozen=True, slots=True, kw_only=True)
class LinkDraft:
    """What a link shall be."""

    target: str
    """As a person typed it."""
    utm: Mapping[str, str] = field(default_factory=dict)
    """``source``, ``medium``, ``campaign``, ``content``, ``term``."""
    delivery: DeliveryId | None = None
    label: str = ""
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shortening:
    """Makes tracked links."""

    clock: Clock
    ids: Ids
    links: Links
    public_url: str
    """Where the world reaches this installation, without a final slash."""

    def create(self, workspace: WorkspaceId, draft: LinkDraft, *, by: MemberId | None) -> Link:
        """Return a new link; for a delivery and a target that have one, that one.

        Raises:
            Invalid: it can't lead there, or would have ended before it began.
            Busy: no free code was found.
            StoreUnclear: it couldn't be found out whether it was kept; ask again.
        """
        now = self.clock.now()
        if draft.expires_at is not None and draft.expires_at <= now:
            raise Invalid([Fault("/expires_at", "past")])
        try:
            target = with_utm(target_of(draft.target), draft.utm)
        except TargetRefused as error:
            raise Invalid([Fault("/target", error.code)]) from error
        link = Link(
            workspace=workspace,
            code="",
            target=target,
            delivery=draft.delivery,
            label=draft.label.strip()[:LONGEST_LABEL],
            expires_at=draft.expires_at,
            created_at=now,
            created_by=by,
        )
        for code in islice(self._codes(link), TRIES):
            coded = replace(link, code=code)
            if self.links.put(coded):
                return coded
            stands = self._stands(coded)
            if stands is not None:
                return stands
        raise Busy("no free code")

    def url(self, link: Link) -> str:
        """Return the address that a person follows."""
        return f"{self.public_url}/l/{link.code}"

    def _codes(self, link: Link) -> Iterator[str]:
        if link.delivery is None:
            while True:
                yield self.ids.new()[:CODE_LENGTH]
        for n in count():
            yield code_of(link.delivery, link.target, n)

    def _stands(self, link: Link) -> Link | None:
        """Return the link that has its code, if it is the same one."""
        if link.delivery is None:
            return None
        stands = self.links.get(link.code, consistent=True)
        if stands is None or (stands.workspace, stands.delivery, stands.target) != (
            link.workspace,
            link.delivery,
            link.target,
        ):
            return None
        return stands
