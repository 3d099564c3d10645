"""An account on TikTok: what a person chose for its posts, and what it may publish now.

https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info
https://developers.tiktok.com/doc/content-sharing-guidelines
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.contract import Lasting, Profile
from chalicelib.networks.oauth import ends_at
from chalicelib.networks.replies import said_count, said_text
from chalicelib.networks.spec import Field
from chalicelib.networks.tiktok_api import CREATOR, SITE
from chalicelib.publishing.outcomes import Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.networks.signed import Calls

EVERYBODY, FOLLOWERS, FRIENDS = "PUBLIC_TO_EVERYONE", "FOLLOWER_OF_CREATOR", "MUTUAL_FOLLOW_FRIENDS"
NOBODY_ELSE = "SELF_ONLY"
COMMENTS, ALL = "comments", "all"
RENEWED_BEFORE = timedelta(days=30)
"""How long before its end the refresh token is renewed, if nothing has needed it by then."""
_CHOOSE = {"fr": "Choisissez", "en": "Choose"}
"""TikTok wants these chosen by a person, with nothing chosen beforehand."""

FIELDS = (
    Field(
        name="visibility",
        label={"fr": "Qui peut voir vos messages", "en": "Who may see your posts"},
        help={
            "fr": "Un compte privé n’offre pas « Tout le monde ».",
            "en": "A private account doesn’t offer “Everyone”.",
        },
        choices={
            "": _CHOOSE,
            EVERYBODY: {"fr": "Tout le monde", "en": "Everyone"},
            FOLLOWERS: {"fr": "Les abonnés", "en": "Followers"},
            FRIENDS: {"fr": "Les amis", "en": "Friends"},
        },
    ),
    Field(
        name="interactions",
        label={"fr": "Ce que l’on peut faire", "en": "What people may do"},
        help={
            "fr": "Duos et collages ne concernent que les vidéos.",
            "en": "Duets and stitches are for videos only.",
        },
        choices={
            "": _CHOOSE,
            COMMENTS: {"fr": "Commenter", "en": "Comment"},
            ALL: {
                "fr": "Commenter, faire un duo, faire un collage",
                "en": "Comment, duet and stitch",
            },
            "none": {"fr": "Rien", "en": "Nothing"},
        },
    ),
)


def profile_of(creator: Mapping[str, Any], account: str) -> Profile:
    """Return who an account is, of its id and of what it says of itself.

    Raises:
        Transient: it doesn't say.
    """
    username = said_text(creator.get("creator_username"))
    if not username or not account:
        raise Transient("an account without an id or a name")
    name = said_text(creator.get("creator_nickname")) or username
    return Profile(account, name, f"@{username}", f"{SITE}/@{username}")


def lasting(secret: Mapping[str, str], now: datetime) -> Lasting:
    """Return how long these tokens give access.

    Whether a renewal gives the refresh token more time isn't documented: where it doesn't, only
    a person can.
    """
    if "refresh_expires_at" not in secret:
        return Lasting()
    until = ends_at(secret, "refresh_expires_at")
    renew_at = until - RENEWED_BEFORE
    return Lasting(until=until, renew_at=renew_at if renew_at > now else None)


# What may be published.


def creator_for(calls: Calls, settings: Mapping[str, str], seconds: float = 0) -> dict[str, Any]:
    """Return what the account may do now, asked before each post as TikTok wants it.

    Args:
        calls: The channel's.
        settings: What was chosen.
        seconds: How long a video lasts.

    Raises:
        Rejected: nobody would see the post (``no_access``), the account offers no such
            visibility (``visibility_refused``), or the video is too long for it.
        NetworkError: it can't be read now.
    """
    creator = calls.make(CREATOR)
    levels = creator.get("privacy_level_options")
    if not isinstance(levels, list) or not levels:
        raise Transient("an account that doesn't say who may see its posts")
    if levels == [NOBODY_ELSE]:
        raise Rejected("only its author would see it", "no_access")
    if settings["visibility"] not in levels:
        raise Rejected("the account offers no such visibility", "visibility_refused")
    longest = said_count(creator.get("max_video_post_duration_sec"))
    if longest and seconds > longest:
        raise Rejected(f"{longest} seconds at most", "video_too_long")
    return creator


def shown_so(settings: Mapping[str, str], creator: Mapping[str, Any]) -> dict[str, Any]:
    """Return how a post is shown: as was chosen, as far as the account allows it now.

    A firm's posts promote its own business, which TikTok wants to be said.
    """
    may_comment = settings["interactions"] in {COMMENTS, ALL}
    return {
        "privacy_level": settings["visibility"],
        "disable_comment": not may_comment or creator.get("comment_disabled") is True,
        "brand_content_toggle": False,
        "brand_organic_toggle": True,
    }


def reused_so(settings: Mapping[str, str], creator: Mapping[str, Any]) -> dict[str, Any]:
    """Return what others may make of a video: as ``shown_so``."""
    may_reuse = settings["interactions"] == ALL
    return {
        f"disable_{name}": not may_reuse or creator.get(f"{name}_disabled") is True
        for name in ("duet", "stitch")
    }
