"""A watch: what a firm wants to hear of, in words and phrases."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from chalicelib.ids import WatchId, WorkspaceId

MAX_WATCHES = 50
MAX_TERMS = 30
"""Of one watch, over its three lists."""
MAX_TERM = 80
"""Characters."""


class WatchKind(StrEnum):
    """What is watched."""

    FIRM = "firm"
    PRODUCT = "product"
    PERSON = "person"
    COMPETITOR = "competitor"
    TRADE = "trade"


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """Words and phrases. One in double quotes is exact; others fold accents and plurals."""

    all: tuple[str, ...] = ()
    """Each must be there."""
    any: tuple[str, ...] = ()
    """One at least must be there."""
    none: tuple[str, ...] = ()
    """None may be there."""
    forgives_typos: bool = False
    """One letter wrong is forgiven in words of 5 letters and more, two from 9."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watch:
    """What a firm wants to hear of."""

    workspace: WorkspaceId
    id: WatchId
    name: str
    kind: WatchKind
    query: Query
    created_at: datetime
    rev: int = 0
    write_token: str = ""
