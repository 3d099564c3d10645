"""The demo firm's month of listening: watches, what was said, and what was answered."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, time, timedelta

from chalicelib.bootstrap import World
from chalicelib.ids import ChannelId, MemberId, SourceId, WatchId
from chalicelib.inbox import items
from chalicelib.inbox.items import CLOSED, InboxItem, InboxState, Note
from chalicelib.listening import sources
from chalicelib.listening.matching import matches
from chalicelib.listening.mentions import NO_REFS, Author, Heard, Mention, mention_id
from chalicelib.listening.sources import Source, SourceKind, SourceStatus
from chalicelib.listening.watches import Watch
from chalicelib.publishing.ports import Stale
from chalicelib.workspaces.workspaces import Workspace
from local.demo_days import Days, shared_out
from local.demo_earlier import of
from local.demo_past import Past, remote_id_of
from local.demo_said import SAID
from local.demo_story import BLOG, BLOG_SITE, INSTANCE, MASTODON
from local.demo_telling import EDITOR, OWNER
from local.demo_voices import Answer, Said
from local.demo_watched import REPLIES, WATCHED, Watched

APPRENTICE = MemberId("paul")
_NETWORKS = {MASTODON: "mastodon", BLOG: "wordpress"}
_PAPERS = {w.feed: w.address.rpartition("/")[0] for w in WATCHED}
_SAID = {said.id: said for said in SAID}
_HEARD_AFTER = timedelta(minutes=4)
_LOOKED_AT_AFTER = timedelta(minutes=35)
_NOT_BEFORE = timedelta(days=365)
"""When a feed of the demo is due: it leads nowhere, and nobody shall ask for it by himself."""


class Listening:
    """Makes what isn't there yet, in any order: no part of it hangs on another."""

    def __init__(self, world: World, firm: Workspace, days: Days) -> None:
        self._world = world
        self._firm = firm
        self._days = days

    def run(self) -> None:
        """Let everything have been said, and the firm have dealt with it."""
        self._replies()
        for watched in WATCHED:
            self._watch(watched)
        for channel in (MASTODON, BLOG):
            self._paused_source(channel)
        shared_out(SAID, self._keep)

    # What is listened to.

    def _replies(self) -> None:
        for often in REPLIES:
            self._world.reply_book.create(self._firm.id, often.title, often.text, reply=often.id)

    def _watch(self, watched: Watched) -> None:
        watch = Watch(
            workspace=self._firm.id,
            id=WatchId(watched.id),
            name=watched.name,
            kind=watched.kind,
            query=watched.query,
            created_at=self._firm.created_at,
        )
        feed = Source(
            workspace=self._firm.id,
            id=SourceId(watched.feed),
            kind=SourceKind.FEED,
            label=watched.label,
            network="feed",
            address=watched.address,
            watch=watch.id,
            created_at=self._firm.created_at,
        )
        with suppress(Stale):
            self._world.watches.put(None, watch)
        read = self._failing(feed) if watched.is_failing else self._fine(feed)
        with suppress(Stale):
            self._world.sources.put(None, read)

    def _fine(self, source: Source) -> Source:
        read_at = self._days.began - timedelta(minutes=12)
        heard = [self._said_at(said) for said in SAID if said.source == source.id]
        read = sources.read(source, read_at, self._days.zone, wait=None)
        last = max((at for at in heard if at < read_at), default=None)
        return replace(read, heard_at=last, due_at=self._days.began + _NOT_BEFORE)

    def _failing(self, source: Source) -> Source:
        """Return it as it stands after a day of failures, the pause between them doubling."""
        at = self._days.began - timedelta(hours=26)
        failing = self._fine(source)
        failing = replace(failing, read_at=at - timedelta(minutes=30))
        while at < self._days.began:
            failing = sources.failed(failing, at, "not-found", "answered 404")
            at = failing.due_at or self._days.began
        return replace(failing, due_at=self._days.began + _NOT_BEFORE)

    def _paused_source(self, channel: str) -> None:
        """Let a channel that has no network be one that nobody reads."""
        source = Source(
            workspace=self._firm.id,
            id=SourceId(channel),
            kind=SourceKind.CHANNEL,
            label=channel.capitalize(),
            network=_NETWORKS[channel],
            channel=ChannelId(channel),
            created_at=self._firm.created_at,
        )
        paused = sources.stopped(self._fine(source), SourceStatus.PAUSED, self._days.began, "")
        with suppress(Stale):
            self._world.sources.put(None, paused)

    # What was said.

    def _keep(self, share: Sequence[Said]) -> None:
        past = Past(self._world, self._firm.created_at)
        for said in share:
            item = InboxItem(mention=self._mention(said))
            if said.answer is None:
                item = self._become(said, item)
            with suppress(Stale):
                self._world.inbox.put(None, item)
            if said.answer is not None:
                self._answer(past, said, said.answer, item)

    def _mention(self, said: Said) -> Mention:
        heard = self._heard(said)
        network = _NETWORKS.get(said.source, "feed")
        return Mention(
            workspace=self._firm.id,
            id=mention_id(network, heard.identity),
            source=SourceId(said.source),
            channel=ChannelId(said.source) if said.source in _NETWORKS else None,
            network=network,
            heard=heard,
            seen_at=min(heard.said_at + _HEARD_AFTER, self._days.began),
            watches=tuple(
                WatchId(w.id) for w in WATCHED if matches(w.query, heard.title, heard.text)
            ),
        )

    def _heard(self, said: Said) -> Heard:
        return Heard(
            identity=_identity(said),
            kind=said.kind,
            remote_id=_remote_id(said),
            url=_identity(said),
            author=_author(said),
            text=said.text,
            title=said.title,
            language=said.language,
            said_at=self._said_at(said),
            thread=_thread(said),
            answers_to=_answers_to(said),
            refs=_refs(said),
            waits=said.waits,
        )

    def _said_at(self, said: Said) -> datetime:
        if said.days:
            return self._days.at(-said.days, said.at)
        return self._days.began - timedelta(hours=said.at.hour, minutes=said.at.minute)

    def _become(self, said: Said, item: InboxItem) -> InboxItem:
        """Return what the firm made of it without an answer."""
        at = min(item.mention.at + _LOOKED_AT_AFTER, self._days.began)
        if said.state in CLOSED:
            item = items.closed(item, said.state, EDITOR, at)
        elif said.state is InboxState.SNOOZED:
            item = items.snoozed(item, self._days.at(3, time(9)))
        elif not said.is_unread:
            item = items.read(item)
        if said.is_for_paul:
            item = items.assigned(item, APPRENTICE)
        if said.note:
            item = items.noted(item, Note(OWNER, at, said.note))
        return items.labelled(item, said.labels)

    def _answer(self, past: Past, said: Said, answer: Answer, item: InboxItem) -> None:
        """Let the answer have gone out, as every answer does; it closes the item itself."""
        past.clock.set(item.mention.at + timedelta(minutes=answer.after))
        by = EDITOR if answer.is_by_theo else OWNER
        made = past.world.answering.answer(self._firm, by, item.id, answer.text, seen=0)
        past.walk(self._firm.id, made.answer.deliveries[0].id)
        if said.labels:
            past.world.triage.label(self._firm.id, item.id, said.labels)


# What its network calls it.


def _number(said: Said) -> str:
    return f"{20_000 + SAID.index(said)}"


def _remote_id(said: Said) -> str:
    return f"comment-{_number(said)}" if said.source == BLOG else _number(said)


def _identity(said: Said) -> str:
    number = _number(said)
    if said.source == MASTODON:
        return f"{INSTANCE}/statuses/{number}"
    if said.source == BLOG:
        return f"{BLOG_SITE}/#comment-{number}"
    return f"{_PAPERS[said.source]}/articles/{number}"


def _author(said: Said) -> Author:
    by = said.by
    if said.source in _PAPERS:
        return Author(_PAPERS[said.source], by.name, url=_PAPERS[said.source])
    if not by.handle:
        return Author("", by.name)
    name, _, host = by.handle.removeprefix("@").partition("@")
    return Author(f"https://{host}/users/{name}", by.name, by.handle, f"https://{host}/@{name}")


def _first(said: Said) -> Said:
    """Return what began the conversation, as far as others began it."""
    before = _SAID.get(said.to)
    return said if before is None else _first(before)


def _thread(said: Said) -> str:
    """Return the identity of the conversation's first post: ours, or somebody's."""
    first = _first(said)
    if not first.to:
        return "" if first is said else _identity(first)
    remote_id = remote_id_of(of(first.to, said.source))
    if said.source == BLOG:
        return f"{BLOG_SITE}?p={remote_id}"
    return f"{INSTANCE}/statuses/{remote_id}"


def _answers_to(said: Said) -> str:
    """Return the remote id of our post, or of our answer to what was said before."""
    before = _SAID.get(said.to)
    if before is None:
        return remote_id_of(of(said.to, said.source)) if said.to else ""
    if before.answer is None:
        return _remote_id(before)
    mention = mention_id(_NETWORKS[said.source], _identity(before))
    return remote_id_of(of(f"{mention}r0", said.source))


def _refs(said: Said) -> Mapping[str, str]:
    if said.source == MASTODON:
        return {"id": _number(said), "mention": said.by.handle, "visibility": "public"}
    if said.source == BLOG:
        return {"post": remote_id_of(of(said.to, BLOG)), "parent": _number(said)}
    return NO_REFS
