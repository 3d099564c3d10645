"""Pages and their tokens, and our own posts as Facebook shows them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from chalicelib.networks.contract import Profile
from chalicelib.networks.graph import VERSION, Graph, instant
from chalicelib.networks.matching import canonical, is_alike
from chalicelib.networks.replies import said_object, said_objects, said_text
from chalicelib.publishing.outcomes import AuthExpired, Found, Transient

if TYPE_CHECKING:
    from chalicelib.clock import Clock
    from chalicelib.networks.contract import Outgoing
    from chalicelib.networks.http import Http
    from chalicelib.networks.oauth import App

ORIGIN = f"https://graph.facebook.com/{VERSION}"
NEEDED = ("pages_show_list", "pages_manage_posts", "pages_read_engagement")
"""Without these nothing can be published, nor looked for."""
FIELDS = (
    "id,message,created_time,permalink_url,attachments{media_type,unshimmed_url,url,target{id},"
    "subattachments.limit(20){media_type,target{id}}}"
)
"""What recognising a post needs."""


def graph(http: Http, clock: Clock, app: App, token: str) -> Graph:
    """Return what calls Facebook's Graph API with a token."""
    return Graph(http=http, clock=clock, origin=ORIGIN, token=token, secret=app.client_secret)


# Whose token it is.


def about_token(http: Http, clock: Clock, app: App, token: str) -> dict[str, Any]:
    """Return what Facebook says of a token: is_valid, scopes, data_access_expires_at.

    https://developers.facebook.com/docs/graph-api/reference/debug_token
    """
    ours = Graph(
        http=http, clock=clock, origin=ORIGIN, token=f"{app.client_id}|{app.client_secret}"
    )
    return said_object(ours.get("debug_token", {"input_token": token}).get("data"))


def require(told: Mapping[str, Any]) -> None:
    """Refuse a token that is over, or lacks a right that publishing needs.

    Raises:
        AuthExpired: with the scopes that are missing.
    """
    if told.get("is_valid") is not True:
        raise AuthExpired("the token is no longer valid")
    scopes = told.get("scopes")
    has = scopes if isinstance(scopes, list) else ()
    if missing := [scope for scope in NEEDED if scope not in has]:
        raise AuthExpired(f"the token lacks {', '.join(missing)}")


def profile_of(page: Mapping[str, Any]) -> Profile:
    """Return who a Page is.

    Raises:
        Transient: it doesn't say.
    """
    page_id, name = said_text(page.get("id")), said_text(page.get("username"))
    if not page_id:
        raise Transient("a Page without an id")
    return Profile(
        remote_id=page_id,
        name=said_text(page.get("name")),
        handle=f"@{name}" if name else "",
        url=said_text(page.get("link")) or address(page_id),
    )


# Our own posts.


def address(remote_id: str) -> str:
    """Return where a post or a comment stands: Facebook leads on from its id."""
    return f"https://www.facebook.com/{quote(remote_id)}"


def created(post: Mapping[str, Any]) -> datetime:
    """Return when a post or a comment was made.

    Raises:
        Transient: it doesn't say.
    """
    at = instant(post.get("created_time"))
    if at is None:
        raise Transient("a post without a date")
    return at


def is_of(post: Mapping[str, Any], out: Outgoing, text: str) -> bool:
    """Say whether a post has the text, the link and the media that were sent."""
    if len(photos_of(post)) != len(out.pictures):
        return False
    if bool(videos_of(post)) != (out.video is not None):
        return False
    if canonical(said_text(post.get("message"))) != canonical(text):
        return False
    link = None if out.content.media else out.content.link
    return link is None or _place(link) in map(_place, _links(post))


def is_near(post: Mapping[str, Any], texts: Sequence[str]) -> bool:
    """Say whether a post may be ours, altered in a way that we don't know."""
    theirs = frozenset({canonical(said_text(post.get("message")))})
    return any(is_alike(canonical(text), theirs) for text in texts)


def _attachments(post: Mapping[str, Any]) -> list[dict[str, Any]]:
    return said_objects(said_object(post.get("attachments")).get("data"))


def photos_of(post: Mapping[str, Any]) -> list[str]:
    """Return the ids of the pictures of a post."""
    return _shown(post, "photo")


def videos_of(post: Mapping[str, Any]) -> list[str]:
    """Return the ids of the videos of a post; a reel is one."""
    return _shown(post, "video")


def _shown(post: Mapping[str, Any], kind: str) -> list[str]:
    found: list[str] = []
    for attachment in _attachments(post):
        inner = said_objects(said_object(attachment.get("subattachments")).get("data"))
        shown = [a for a in (inner or [attachment]) if a.get("media_type") == kind]
        found += [said_text(said_object(a.get("target")).get("id")) for a in shown]
    return found


def post_of(page: str, video: Mapping[str, Any]) -> str:
    """Return the id of the post of a video, as posts are listed; empty if it has none yet."""
    post = said_text(video.get("post_id"))
    return post if "_" in post or not post else f"{page}_{post}"


def story_of(told: Mapping[str, Any]) -> str:
    """Return the id of a story, as they are listed; empty if it isn't told."""
    return said_text(told.get("post_id")).rpartition("_")[2]


def story_address(story: str) -> str:
    """Return where a story stands for its day, as the listing's ``url`` has it."""
    return f"https://www.facebook.com/stories/{quote(story)}"


def _links(post: Mapping[str, Any]) -> list[str]:
    given = [(a.get("unshimmed_url"), a.get("url")) for a in _attachments(post)]
    return [said_text(link) for pair in given for link in pair if said_text(link)]


def _place(link: str) -> tuple[str, str]:
    """Return what of a web address Facebook doesn't alter: its host and path."""
    try:
        parts = urlsplit(link)
    except ValueError:
        return "", link
    return parts.netloc.lower().removeprefix("www."), parts.path.rstrip("/")


def found_of(post: Mapping[str, Any], version: int | None) -> Found:
    """Return what a look found."""
    remote_id = said_text(post.get("id"))
    return Found(remote_id, said_text(post.get("permalink_url")) or address(remote_id), version)
