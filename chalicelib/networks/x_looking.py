"""Whether an attempt in doubt is among an account's own posts on X.

https://docs.x.com/x-api/users/get-posts
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import unescape
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.networks.matching import canonical, is_alike
from chalicelib.networks.replies import iso_instant, said_object, said_objects, said_text
from chalicelib.networks.wording import wording
from chalicelib.networks.x import SPEC, address_of
from chalicelib.publishing.outcomes import CantTell, Found, NotThere, Transient

if TYPE_CHECKING:
    from chalicelib.networks.contract import Outgoing, Search

LOOK, LOOKS = 5, 4
"""A look costs 0.005 USD for each post that it shows, so it asks for the fewest that X gives at
once, and for four times that at most; beyond, it can't tell."""
FIELDS = "created_at,entities,attachments,conversation_id"
_SCHEME = re.compile(r"https?://")
_MEDIUM = re.compile(r"/status/\d+/(?:photo|video)/\d+")
_ADDRESSED = re.compile(r"\A(?:@\w+\s+)+")
"""Whom an answer is to, as X puts it before its text."""


class Reads(Protocol):
    """Makes a call that only reads."""

    def __call__(self, path: str, params: Mapping[str, str]) -> dict[str, Any]:
        """Return what it tells."""
        ...


@dataclass(frozen=True, slots=True)
class _Recent:
    """Posts of an account since a time; ``is_whole`` says that none is missing."""

    posts: list[dict[str, Any]]
    is_whole: bool


def find(read: Reads, settings: Mapping[str, str], search: Search) -> Found | NotThere | CantTell:
    """See ``contract.FindsOwnPost``: posts since the attempt, or answers to the same post."""
    answered = search.candidates[0].answers.get("id", "")
    recent = _recent(read, settings["user"], search.since, answered)
    in_time = [p for p in recent.posts if search.since <= _created(p) <= search.until]
    free = [p for p in in_time if _is_placed(p, answered) and not search.is_taken(str(p["id"]))]
    for post in free:
        for candidate in search.candidates:
            if _is_of(post, candidate):
                found = str(post["id"])
                address = address_of(settings["username"], found)
                return Found(found, address, candidate.version)
    if any(_is_near(post, c) for post in free for c in search.candidates):
        return CantTell("a post much like it was published then")
    return NotThere() if recent.is_whole else CantTell("too many posts since then")


def _recent(read: Reads, user: str, since: datetime, answered: str) -> _Recent:
    posts: list[dict[str, Any]] = []
    following = ""
    for _ in range(LOOKS):
        answer = _page(read, user, since, answered, following)
        page = said_objects(answer.get("data"))
        if "data" in answer and (
            not isinstance(answer["data"], list) or len(page) < len(answer["data"])
        ):
            raise Transient("a list of posts that can't be read")
        if "data" not in answer and "meta" not in answer:
            raise Transient("no list of posts")
        posts += page
        following = said_text(said_object(answer.get("meta")).get("next_token"))
        if not following:
            return _Recent(posts, is_whole=True)
    return _Recent(posts, is_whole=False)


def _page(read: Reads, user: str, since: datetime, answered: str, following: str) -> dict[str, Any]:
    """Read some; what is answered is told, and charged, only where an answer is looked for."""
    start = since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    params = {
        "start_time": start,
        "max_results": str(LOOK),
        "exclude": "retweets",
        "post.fields": FIELDS,
    }
    expanded = {"expansions": "referenced_posts"} if answered else {}
    more = {"pagination_token": following} if following else {}
    return read(f"/2/users/{user}/tweets", {**params, **expanded, **more})


def _created(post: Mapping[str, Any]) -> datetime:
    created_at = iso_instant(post.get("created_at"))
    if created_at is None or not said_text(post.get("id")).isdecimal():
        raise Transient("a post without an id or a date")
    return created_at


def _is_placed(post: Mapping[str, Any], answered: str) -> bool:
    """Say whether a post answers this one; with none, whether it stands for itself."""
    if not answered:
        return said_text(post.get("conversation_id")) in {"", said_text(post.get("id"))}
    told = [
        *said_objects(post.get("referenced_posts")),
        *said_objects(post.get("referenced_tweets")),
    ]
    return any(r.get("type") == "replied_to" and r.get("id") == answered for r in told)


def _is_of(post: Mapping[str, Any], out: Outgoing) -> bool:
    """Say whether a post has the text that was sent, and as many pictures or its video.

    Without a text nothing tells it from another: a person is asked.
    """
    ours = _form(wording(out.content, SPEC))
    media = said_object(post.get("attachments")).get("media_keys")
    count = len(media) if isinstance(media, list) else 0
    return bool(ours) and count == len(out.content.media) and ours in _shown(post, out)


def _is_near(post: Mapping[str, Any], out: Outgoing) -> bool:
    return is_alike(_form(wording(out.content, SPEC)), _shown(post, out))


def _form(text: str) -> str:
    """Return what of a text X doesn't alter: it gives a scheme to an address without one."""
    return canonical(_SCHEME.sub("", text))


def _shown(post: Mapping[str, Any], out: Outgoing) -> frozenset[str]:
    """Return what of a post's text X doesn't alter; an answer's also without whom it is to."""
    text = plain_text(post)
    bare = _ADDRESSED.sub("", text) if out.answers else text
    return frozenset({_form(text), _form(bare)})


def plain_text(post: Mapping[str, Any]) -> str:
    """Return a post's text, its addresses as they were written.

    X shows each as t.co, and adds one for its pictures or its video. A text of more than 280
    characters stands whole in the post's note.
    """
    note = said_object(post.get("note_post")) or said_object(post.get("note_tweet"))
    whole_text = note if said_text(note.get("text")) else post
    text = said_text(whole_text.get("text"))
    for link in said_objects(said_object(whole_text.get("entities")).get("urls")):
        short, whole = said_text(link.get("url")), said_text(link.get("expanded_url"))
        is_medium = _MEDIUM.search(whole) is not None
        text = text.replace(short, "" if is_medium else whole) if short else text
    return unescape(text).strip()
