"""Stories: shown for a day apart from an account's posts, and listed apart from them."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from chalicelib.networks.contract import Search

SHOWN_FOR = timedelta(hours=24)
"""https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/stories
“Stories are only available for 24 hours”."""


def apart(search: Search) -> list[Search]:
    """Return what is looked for among stories and among posts; first what was sent last.

    A version that was sent as the one may have been edited into the other since.
    """
    first = search.candidates[0].content.is_story
    alike = tuple(c for c in search.candidates if c.content.is_story == first)
    others = tuple(c for c in search.candidates if c.content.is_story != first)
    return [replace(search, candidates=kind) for kind in (alike, others) if kind]
