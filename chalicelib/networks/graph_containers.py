"""Posts in two phases, as Instagram and Threads make them: a container, then its publication.

https://developers.facebook.com/docs/instagram-platform/content-publishing
https://developers.facebook.com/docs/threads/posts

A container is made and waited for while the network works on it; publishing it is the one
call. It can be published once: asked afterwards, it says whether it was.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.networks.graph import UNSAID_LIMIT, following, listed
from chalicelib.networks.matching import canonical, is_alike
from chalicelib.networks.replies import said_count, said_object, said_text
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.workspaces.accounts import Quota

if TYPE_CHECKING:
    from chalicelib.clock import Clock
    from chalicelib.networks.contract import Outgoing, Search
    from chalicelib.networks.graph import Graph

KEPT = timedelta(hours=23)
"""A container lives for 24 hours."""
STUCK = timedelta(minutes=30)
"""One that is still being worked on is made anew; five minutes are what is usual."""
FIRST_LOOK, LAST_LOOK = timedelta(seconds=5), timedelta(seconds=60)
"""Between looks, half its age: once a minute is what is asked for."""
WORKED_ON, READY, LIVE = "IN_PROGRESS", "FINISHED", "PUBLISHED"
PAGE = 25
MAX_PAGES = 4
URL_SECONDS = 4.0
"""For where a post stands, once it is live: it may do without."""
POST = "post"

Form = Mapping[str, str]


def plainly(_: str) -> NetworkError:
    """Take a container that failed for one that may be made anew."""
    return Transient("the container failed")


@dataclass(frozen=True, slots=True, kw_only=True)
class Containers:
    """The containers of one account.

    Args:
        made_at: the edge that makes one.
        state: the field that says how it stands.
        why: the field that says why one failed.
        meaning: says what that means.
    """

    graph: Graph
    clock: Clock
    made_at: str
    state: str
    why: str
    meaning: Callable[[str], NetworkError] = field(default=plainly)

    def prepare(
        self,
        items: Sequence[Callable[[], Form]],
        whole: Callable[[Sequence[str]], Form],
        parts: Mapping[str, str],
    ) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: a carousel's items, then the container of the post.

        Args:
            items: make what each item is asked for with.
            whole: makes what the post is asked for with, of its items' ids.
            parts: what an earlier try stored.
        """
        known = _known(parts, POST)
        state = self._standing(known)
        if known and state == LIVE:
            yield Part("live", LIVE)
        elif known and state == WORKED_ON:
            yield Pending(self._pause(known))
        elif state != READY:
            yield from self._made(items, whole, parts)

    def _made(
        self,
        items: Sequence[Callable[[], Form]],
        whole: Callable[[Sequence[str]], Form],
        parts: Mapping[str, str],
    ) -> Iterator[Part | Pending]:
        ids, waits = list[str](), list[timedelta]()
        for n, item in enumerate(items):
            one = _known(parts, f"item.{n}")
            state = self._standing(one)
            if one is None or state not in {READY, WORKED_ON}:
                one = self._create(item())
                yield Part(f"item.{n}", json.dumps(one))
                state = self._fresh(one)
            if state == WORKED_ON:
                waits.append(self._pause(one))
            ids.append(one["id"])
        if waits:
            yield Pending(min(waits))
            return
        made = self._create(whole(ids))
        yield Part(POST, json.dumps(made))
        if self._fresh(made) == WORKED_ON:
            yield Pending(self._pause(made))

    def _create(self, form: Form) -> dict[str, str]:
        container = identity(self.graph.send(self.made_at, form).get("id"))
        if not container:
            raise Transient("no container was made")
        return {"id": container, "at": self.clock.now().isoformat()}

    def _fresh(self, made: Mapping[str, str]) -> str:
        """Return how a container stands that was made just now."""
        state = self._standing(made)
        if state not in {READY, WORKED_ON}:
            raise Transient("a new container isn't one")
        return state

    def _standing(self, known: Mapping[str, str] | None) -> str | None:
        """Return how a container stands by now; None if it must be made (again)."""
        if known is None or self._age(known) > KEPT:
            return None
        state = self.state_of(known["id"])
        if state == WORKED_ON and self._age(known) > STUCK:
            return None
        return state if state in {WORKED_ON, READY, LIVE} else None

    def state_of(self, container: str) -> str | None:
        """Return what a container says of itself; None if it is gone, or failed for a while.

        Raises:
            NetworkError: it failed for good, or couldn't be read now.
        """
        answer = self._read(container)
        if answer is None:
            return None
        state = said_text(answer.get(self.state))
        if state == "ERROR":
            error = self.meaning(said_text(answer.get(self.why)))
            if not isinstance(error, Transient):
                raise error
        elif not state:
            raise Transient("a container that doesn't say how it stands")
        return state

    def looked_at(self, parts: Mapping[str, str]) -> str | None:
        """Return how the post's container stands, for a look; None if it tells nothing."""
        known = _known(parts, POST)
        answer = self._read(known["id"]) if known else None
        return said_text(answer.get(self.state)) if answer else None

    def _read(self, container: str) -> dict[str, Any] | None:
        try:
            return self.graph.get(container, {"fields": f"{self.state},{self.why}"})
        except Rejected as refused:
            if refused.reason == "gone":
                return None
            raise

    def publish(self, path: str, parts: Mapping[str, str], before_send: Callable[[], None]) -> str:
        """Make the one call; return the id of what is live.

        Raises:
            NetworkError: by its kind; a container that isn't there may have been published.
        """
        if "live" in parts:
            raise OutcomeUnknown("the container is published already")
        form = {"creation_id": json.loads(parts[POST])["id"]}
        try:
            answer = self.graph.publish(path, form, before_send)
        except Rejected as refused:
            if refused.reason == "gone":
                raise OutcomeUnknown(refused.detail) from refused
            raise
        media = identity(answer.get("id"))
        if not media:
            raise OutcomeUnknown("the answer has no id")
        return media

    def url_of(self, media: str) -> str | None:
        """Return where something live stands; None if that can't be read at once."""
        try:
            answer = self.graph.get(media, {"fields": "permalink"}, deadline_s=URL_SECONDS)
        except NetworkError:
            return None
        return said_text(answer.get("permalink")) or None

    def _age(self, known: Mapping[str, str]) -> timedelta:
        return self.clock.now() - datetime.fromisoformat(known["at"])

    def _pause(self, known: Mapping[str, str]) -> timedelta:
        return min(max(self._age(known) / 2, FIRST_LOOK), LAST_LOOK)


def _known(parts: Mapping[str, str], name: str) -> dict[str, str] | None:
    return dict(json.loads(parts[name])) if name in parts else None


def identity(value: object) -> str:
    """Return an id, which some calls give as a number; empty if it is none."""
    number = said_count(value)
    return said_text(value) if number is None else str(number)


# Looking.


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """A post of ours as it is listed."""

    id: str
    text: str
    at: datetime
    url: str | None
    items: int
    """How many images and videos it shows."""
    has_video: bool = False
    answers: str = ""
    """What it answers, by its id."""


@dataclass(frozen=True, slots=True)
class Recent:
    """Latest posts of an account; ``is_whole`` says that none since then is missing."""

    posts: tuple[Shown, ...]
    is_whole: bool


def recent_of(
    graph: Graph, path: str, fields: str, since: datetime, shown: Callable[[Any], Shown]
) -> Recent:
    """Return the posts of a list, the latest first, back to ``since`` if they go so far."""
    posts: list[Shown] = []
    params = {"fields": fields, "limit": str(PAGE)}
    for _ in range(MAX_PAGES):
        answer = graph.get(path, params)
        posts += [shown(item) for item in listed(answer)]
        after = following(answer)
        if not after or (posts and posts[-1].at < since):
            return Recent(tuple(posts), is_whole=True)
        params["after"] = after
    return Recent(tuple(posts), is_whole=False)


def told_by(state: str | None) -> NotThere | None:
    """Return what a container proves by itself; None if what is live must be looked at.

    Raises:
        Transient: it is being worked on.
    """
    if state == WORKED_ON:
        raise Transient("the container is being worked on")
    return NotThere(prepared_stands=True) if state == READY else None


def found(
    state: str | None,
    search: Search,
    recent: Callable[[], Recent],
    text_of: Callable[[Outgoing], str],
) -> Found | NotThere | CantTell:
    """See ``contract.FindsOwnPost``: by what the container says, then by the latest posts.

    Raises:
        Transient: it is live and isn't listed yet, or is being worked on.
    """
    told = told_by(state)
    if told is not None:
        return told
    known = recent()
    free = [
        post
        for post in known.posts
        if search.since <= post.at <= search.until and not search.is_taken(post.id)
    ]
    for post in free:
        for candidate in search.candidates:
            if _is_of(post, candidate, text_of(candidate)):
                return Found(post.id, post.url, candidate.version)
    if state == LIVE:
        raise Transient("the container is published, and its post isn't listed yet")
    if any(_is_near(post, search, text_of) for post in free):
        return CantTell("a post much like it was published then")
    return NotThere() if known.is_whole else CantTell("too many posts since then")


def _is_of(post: Shown, out: Outgoing, text: str) -> bool:
    if canonical(post.text) != canonical(text) or post.answers != out.answers.get("id", ""):
        return False
    return post.items == len(out.items) and post.has_video == (out.video is not None)


def _is_near(post: Shown, search: Search, text_of: Callable[[Outgoing], str]) -> bool:
    if all(post.answers != c.answers.get("id", "") for c in search.candidates):
        return False
    theirs = frozenset({canonical(post.text)})
    return any(is_alike(canonical(text_of(c)), theirs) for c in search.candidates)


# Quotas.


def require_quota(
    answer: Mapping[str, Any],
    usage: str,
    config: str,
    now: datetime,
    recent: Callable[[datetime], Recent],
) -> None:
    """Refuse to make a container that couldn't be published today.

    The window slides: it frees when the oldest post in it grows too old. That one is looked
    for among the latest; where it isn't among them, an hour is waited for.

    Raises:
        RateLimited: as many were published in the window as it takes.
    """
    quota = quota_of(answer, usage, config)
    if quota is None or quota.used < quota.total:
        return
    window = timedelta(hours=quota.hours)
    inside = [post.at for post in recent(now - window).posts if post.at > now - window]
    reset = min(inside) + window if inside else now + UNSAID_LIMIT
    raise RateLimited(f"{quota.used} of {quota.total} published", reset)


def quota_of(answer: Mapping[str, Any], usage: str, config: str) -> Quota | None:
    """Return what an account may still publish; None if it doesn't say."""
    told = next(iter(listed(answer)), {})
    used, rules = said_count(told.get(usage)), said_object(told.get(config))
    total = said_count(rules.get("quota_total"))
    if used is None or not total:
        return None
    seconds = min(said_count(rules.get("quota_duration")) or 0, 7 * 86_400)
    return Quota(used, total, seconds // 3600)
