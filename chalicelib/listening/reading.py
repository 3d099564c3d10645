"""What a reading of a source comes to: mentions, or the word for why it couldn't be read."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.ids import WatchId
from chalicelib.listening.mentions import Heard, Mention, mention_id
from chalicelib.listening.ports import SourceGone, Unreadable
from chalicelib.listening.sources import Source
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Rejected

GONE = "gone"
REFUSED = "refused"


def mention_of(
    source: Source,
    heard: Heard,
    seen_at: datetime,
    watches: tuple[WatchId, ...] = (),
    keeps: timedelta | None = None,
) -> Mention:
    """Return what a source told as a mention of its firm."""
    return Mention(
        workspace=source.workspace,
        id=mention_id(source.network, heard.identity),
        source=source.id,
        channel=source.channel,
        network=source.network,
        heard=heard,
        seen_at=seen_at,
        watches=watches,
        keeps=keeps,
    )


def reason_of(error: Exception) -> str:
    """Return the stable word for why a source couldn't be read."""
    match error:
        case SourceGone():
            return GONE
        case AuthExpired():
            return REFUSED
        case RateLimited():
            return "rate-limited"
        case Unreadable() | Rejected():
            return error.reason
    return "away"
