"""Comments on a WordPress site: read, moderated, counted.

They come oldest first, by their dates, a few hours read again each time; what was held
out of our sight and let through later keeps its old date, so now and then two weeks are read
again. https://developer.wordpress.org/rest-api/reference/comments/
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind
from chalicelib.listening.ports import Batch
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.markup import readable
from chalicelib.networks.replies import (
    iso_instant,
    lenient_object,
    said_count,
    said_object,
    said_text,
)
from chalicelib.networks.spec import Moderation
from chalicelib.networks.wordpress_comments import BINNED, PREFIX
from chalicelib.networks.wordpress_site import Site
from chalicelib.publishing.outcomes import AuthExpired, Rejected

if TYPE_CHECKING:
    from chalicelib.networks.http import Reply

PAGE = 50
OVERLAP = timedelta(hours=2)
"""Read again each time: ``after`` counts in the site's own time, of which an hour comes twice
each autumn, and dates are whole seconds."""
SWEEP_EVERY = timedelta(hours=6)
SWEEP_BACK = timedelta(days=14)
"""How far back comments are looked for that were let through later than they were written."""
TOGETHER = 100
"""The most that one page gives: https://developer.wordpress.org/rest-api/using-the-rest-api/pagination/"""
LOOK_FOR = timedelta(seconds=15)
"""How long comments are looked at again, those that are missing one by one."""
SECOND = timedelta(seconds=1)
FIELDS = "id,post,parent,author,author_name,author_url,date_gmt,content,link,status"
_STATUSES = {
    Moderation.APPROVE: ("approve", "approved"),
    Moderation.HIDE: ("hold", "hold"),
    Moderation.SPAM: ("spam", "spam"),
}
"""What is asked for, and what it is called once it is so."""


@dataclass(frozen=True, slots=True)
class _Place:
    """Where reading goes on."""

    me: int | None = None
    """Our own user, whose comments are left out."""
    mark: datetime | None = None
    """The newest comment of the last whole reading."""
    swept: datetime | None = None
    """When weeks were last read again."""
    top: datetime | None = None
    """The newest comment of this reading."""
    after: datetime | None = None
    """Where this reading goes on; None: a new one begins."""
    page: int = 1
    began: datetime | None = None
    """When this reading began, if it reads weeks again."""


class Hearing:
    """One user of one site."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._site = Site(tools)
        self._address = tools.settings["site"]

    # What is said to us.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:
        """See ``hearing.FetchesMentions``: comments, held ones too, one page a batch."""
        place = _begun(_place_of(cursor), since, self._tools.clock.now())
        if place.me is None:
            place = replace(place, me=int(self._site.checked(self._get("users/me"))["id"]))
        while place.after is not None:
            reply = self._get("comments", **_asked(place.after, place.page))
            found = self._site.listed("comments", reply)
            heard = [self._heard(c) for c in found if c.get("author") != place.me]
            place = _after(place, place.after, found, is_last=_is_last(reply, place.page, found))
            yield Batch(
                heard=tuple(h for h in heard if h),
                cursor=_cursor_of(place),
                is_last=place.after is None,
                skipped=heard.count(None),
            )

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:
        """See ``hearing.FetchesMentions``: comments by their ids; the bin is no place."""
        ends = self._tools.clock.now() + LOOK_FOR
        for start in range(0, len(mentions), TOGETHER):
            some = mentions[start : start + TOGETHER]
            include = ",".join(_number(m.heard.remote_id) for m in some)
            asked = {"include": include, "status": "all", "per_page": str(TOGETHER)}
            listed = self._site.listed_at("comments", **asked, _fields=FIELDS)
            standing = {f"{PREFIX}{comment['id']}": comment for comment in listed}
            for mention in some:
                if self._tools.clock.now() > ends:
                    return
                yield from self._compared(mention, standing.get(mention.heard.remote_id))

    def _compared(
        self, mention: Mention, comment: Mapping[str, Any] | None
    ) -> Iterator[tuple[MentionId, Heard | None]]:
        if comment is None:
            if self._is_gone(mention.heard.remote_id):
                yield mention.id, None
            return
        now, before = self._heard(comment), mention.heard
        if now and (now.text, now.waits) != (before.text, before.waits):
            yield mention.id, replace(before, text=now.text, waits=now.waits)

    def _is_gone(self, remote_id: str) -> bool:
        """Say whether a comment is deleted, or in the bin; not if it is only out of our sight."""
        reply = self._get(f"comments/{_number(remote_id)}")
        answer = lenient_object(reply)
        is_known = reply.status == 200 and answer.get("status") in BINNED
        return is_known or answer.get("code") == "rest_comment_invalid_id"

    def _heard(self, comment: Mapping[str, Any]) -> Heard | None:
        """Return what a comment says; None if it lacks what makes it one."""
        number, post = said_count(comment.get("id")), said_count(comment.get("post"))
        said_at, parent = _date(comment), said_count(comment.get("parent"))
        if number is None or not post or said_at is None:
            return None
        return Heard(
            identity=f"{self._address}#comment-{number}",
            kind=MentionKind.COMMENT,
            remote_id=f"{PREFIX}{number}",
            url=said_text(comment.get("link")),
            author=_author(comment),
            text=readable(said_text(said_object(comment.get("content")).get("rendered"))),
            said_at=said_at,
            thread=f"{self._address}?p={post}",
            answers_to=f"{PREFIX}{parent}" if parent else str(post),
            refs={"post": str(post), "parent": str(number)},
            waits=comment.get("status") == "hold",
        )

    # What can be done about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``: a comment's status, or the bin.

        It is read first: what is so already is left, and what is in the bin stays there.
        """
        route = f"comments/{_number(heard.remote_id)}"
        reply = self._get(route)
        if lenient_object(reply).get("code") == "rest_comment_invalid_id":
            return self._already_gone(act)
        status = said_text(self._object(reply).get("status"))
        if act is Moderation.DELETE:
            return None if status == "trash" else self._bin(route)
        if act not in _STATUSES:
            raise Rejected(f"WordPress knows no {act}", "not_offered")
        wanted, so = _STATUSES[act]
        if status == so:
            return None
        if status in BINNED:
            return self._already_gone(act)
        self._object(self._site.request("POST", route, json={"status": wanted}))
        return None

    def _already_gone(self, act: Moderation) -> None:
        if act not in {Moderation.DELETE, Moderation.SPAM}:
            raise Rejected("the comment was deleted", "gone")

    def _bin(self, route: str) -> None:
        """Put a comment in the bin; where a site has none it is deleted for good."""
        reply = self._site.request("DELETE", route)
        self._object(reply)

    def _object(self, reply: Reply) -> dict[str, Any]:
        try:
            return self._site.checked(reply)
        except AuthExpired as error:
            if reply.status == 403:  # the role is too low for this, not for the channel
                raise Rejected(error.detail, "forbidden") from error
            raise

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``: how many posts are public."""
        return {Metric.POSTS: self._total("posts", status="publish")}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:
        """See ``hearing.FetchesMetrics``: how many comments a post, or a comment, has."""
        is_comment = remote_id.startswith(PREFIX)
        reply = self._get(f"{'comments' if is_comment else 'posts'}/{_number(remote_id)}")
        if reply.status in {404, 410}:
            return None
        if self._site.checked(reply).get("status") in BINNED:
            return None
        of = {"parent" if is_comment else "post": _number(remote_id)}
        return {Metric.REPLIES: self._total("comments", **of, status="approve")}

    def _total(self, route: str, **params: str) -> int | None:
        reply = self._get(route, **params, per_page="1", _fields="id")
        self._site.listed(route, reply)
        total = reply.headers.get("X-WP-Total", "").strip()
        return int(total) if total.isdecimal() and len(total) < 12 else None

    def _get(self, route: str, **params: str) -> Reply:
        return self._site.request("GET", route, params=params)


# Where reading goes on.


def _begun(place: _Place, since: datetime, now: datetime) -> _Place:
    """Return where a reading begins, or goes on if it was interrupted."""
    if place.after is not None:
        return place
    if place.mark is None:
        return replace(place, after=since - SECOND, page=1, top=None, began=now)
    if place.swept is None or now - place.swept >= SWEEP_EVERY:
        back = min(max(since, now - SWEEP_BACK), place.mark - OVERLAP)
        return replace(place, after=back - SECOND, page=1, top=None, began=now)
    return replace(place, after=place.mark - OVERLAP, page=1, top=None, began=None)


def _is_last(reply: Reply, page: int, found: Sequence[object]) -> bool:
    """Say whether no page follows: one may be short of what isn't for us to see."""
    pages = reply.headers.get("X-WP-TotalPages", "").strip()
    return page >= int(pages) if pages.isdecimal() else len(found) < PAGE


def _after(
    place: _Place, after: datetime, found: Sequence[Mapping[str, Any]], *, is_last: bool
) -> _Place:
    """Return where reading goes on after a page.

    The next one begins with the last second of this one, some of whose comments may be on it;
    where a page is all of one second, or the clock was set back, the next page is asked for.
    """
    dates = [date for comment in found if (date := _date(comment))]
    top = max([*dates, *([place.top] if place.top else [])], default=None)
    if is_last:
        newest = max([d for d in (place.mark, top) if d], default=None)
        swept = place.began or place.swept
        return _Place(me=place.me, mark=newest, swept=swept)
    last = dates[-1] - SECOND if dates else after
    if last > after:
        return replace(place, top=top, after=last, page=1)
    return replace(place, top=top, after=after, page=place.page + 1)


def _asked(after: datetime, page: int) -> dict[str, str]:
    """Return what asks for a page. ``all`` is held and approved: a list of two isn't taken."""
    return {
        "status": "all",
        "after": after.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "orderby": "date_gmt",
        "order": "asc",
        "per_page": str(PAGE),
        "page": str(page),
        "_fields": FIELDS,
    }


_DATES = ("mark", "swept", "top", "after", "began")


def _cursor_of(place: _Place) -> str:
    dates = {name: date.isoformat() for name in _DATES if (date := getattr(place, name))}
    return json.dumps({"me": place.me, "page": place.page, **dates})


def _place_of(cursor: str) -> _Place:
    kept = said_object(json.loads(cursor)) if cursor else {}
    dates = {name: iso_instant(kept.get(name)) for name in _DATES}
    return _Place(me=said_count(kept.get("me")), page=said_count(kept.get("page")) or 1, **dates)


def _date(comment: Mapping[str, Any]) -> datetime | None:
    """Return when it was written: ``date_gmt`` is in UTC without saying so."""
    return iso_instant(f"{said_text(comment.get('date_gmt'))}+00:00")


def _author(comment: Mapping[str, Any]) -> Author:
    """Return who wrote it: a visitor is known by nothing but the name given."""
    user = said_count(comment.get("author"))
    name = unescape(said_text(comment.get("author_name")))
    return Author(str(user) if user else "", name, url=said_text(comment.get("author_url")))


def _number(remote_id: str) -> str:
    """Return the bare number of a post or a comment."""
    number = remote_id.removeprefix(PREFIX)
    if not number.isdecimal():
        raise Rejected("no id of this site", "gone")
    return number
