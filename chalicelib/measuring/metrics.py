"""What is counted, in the field's standard words, and how each may move."""

from __future__ import annotations

from enum import StrEnum


class Metric(StrEnum):
    """A counter that a network may tell of a post or a channel."""

    FOLLOWERS = "followers"
    POSTS = "posts"
    IMPRESSIONS = "impressions"
    """Times it was shown."""
    REACH = "reach"
    """Accounts it was shown to."""
    VIEWS = "views"
    LIKES = "likes"
    REPLIES = "replies"
    """Answers and comments."""
    REPOSTS = "reposts"
    QUOTES = "quotes"
    BOOKMARKS = "bookmarks"
    SITE_CLICKS = "site_clicks"
    """On the link to the firm's site, as the network counts them."""
    CALLS = "calls"
    """Presses of a button that calls the firm."""
    DIRECTIONS = "directions"
    """Requests for the way to the firm."""
    CLICKS = "clicks"
    """Counted by our own links, people only."""
    VISITORS = "visitors"
    """Of those clicks, by different people within a day."""


ONLY_GROWS = frozenset(
    {Metric.IMPRESSIONS, Metric.REACH, Metric.VIEWS, Metric.CLICKS, Metric.VISITORS}
    | {Metric.SITE_CLICKS, Metric.CALLS, Metric.DIRECTIONS}
)
"""One of these that falls was reset at the network; the others may fall truly (an unlike)."""

OURS = frozenset({Metric.CLICKS, Metric.VISITORS})
"""Counted by our own links: what has none has nothing to tell, which leaves no gap in a sum."""
REACTIONS = frozenset(
    {
        Metric.LIKES,
        Metric.REPLIES,
        Metric.REPOSTS,
        Metric.QUOTES,
        Metric.BOOKMARKS,
        Metric.CLICKS,
    }
)
"""What people do with a post, each by an act of their own: by these posts are compared."""
