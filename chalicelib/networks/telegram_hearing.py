"""What is said in the discussion group of a Telegram channel, and how many have joined that.

A bot is told what happens by a queue of its own, which forgets after a day, and what was
confirmed by asking for what follows: https://core.telegram.org/bots/api#getting-updates. A bot
may serve several channels, so nothing is confirmed before it must be, and what isn't this
channel's is left there for the others.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from chalicelib.ids import MentionId
from chalicelib.listening.mentions import Heard, Mention
from chalicelib.listening.ports import Batch, NothingToRead, Unreadable
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import Tools
from chalicelib.networks.http import TooBig
from chalicelib.networks.replies import said_count, said_object, said_objects, said_text
from chalicelib.networks.spec import Moderation
from chalicelib.networks.telegram_bots import Bot, Conflict, LacksRight
from chalicelib.networks.telegram_messages import Update, heard_of, update_of
from chalicelib.publishing.outcomes import Rejected, Transient

PAGE, SHORT_PAGE = 100, 10
"""The most that getUpdates gives at once, and what surely isn't too big: texts are of 4,096
characters, each of six bytes, and a reply holds what it answers.

https://core.telegram.org/bots/api#getupdates
"""
KEPT = timedelta(days=1)
"""How long the queue keeps what nobody confirmed. A number in it means nothing after that: where
nothing happens for a week the next one is chosen at random.

https://core.telegram.org/bots/api#update
"""
LEFT = timedelta(hours=3)
"""How long what is said elsewhere stays for the bot's other channels: they are read hourly at
night."""
DELETABLE = timedelta(hours=48)
"""https://core.telegram.org/bots/api#deletemessage"""
LIKE = [{"type": "emoji", "emoji": "👍"}]
"""https://core.telegram.org/bots/api#reactiontypeemoji"""


@dataclass(frozen=True, slots=True)
class _Place:
    """How far the queue was read, as a cursor keeps it."""

    ask: int = 0
    """The first update to ask for, which confirms those before it; 0: the first there is."""
    told: int = 0
    """The first one that hasn't been told."""
    at: int = 0
    """When that was so, in seconds since 1970."""

    def __str__(self) -> str:
        return f"{self.ask}.{self.told}.{self.at}"


class Hearing:
    """One channel, and the group that discusses it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._channel = int(tools.settings["chat"])
        self._bot = Bot(tools.http, tools.clock, tools.credentials.secret["token"])

    # What is said.

    def mentions(self, cursor: str, since: datetime) -> Iterator[Batch]:  # noqa: ARG002 - the queue keeps less
        """See ``hearing.FetchesMentions``: what the group said in the last day at most.

        Raises:
            NothingToRead: the channel has no group.
            Unreadable: the bot isn't told what is said there.
        """
        group = self._group()
        place = _place_of(cursor, self._tools.clock.now())
        while True:
            updates, is_full = self._updates(place.ask)
            fresh = [u for u in updates if u.number >= place.told]
            after = self._after(place, updates, group) if is_full else place
            is_last = after.ask == place.ask
            if fresh or not is_last:
                told = max(u.number for u in updates) + 1
                at = int(self._tools.clock.now().timestamp())
                place = _Place(after.ask, max(told, place.told), at)
                cursor = str(place)
            yield self._batch(fresh, group, cursor, is_last=is_last)
            if is_last:
                return

    def _batch(self, fresh: Sequence[Update], group: int, cursor: str, *, is_last: bool) -> Batch:
        messages = [u.message for u in fresh if u.chat == group and u.is_said(self._channel)]
        ours = self._administrators(group) if messages else frozenset()
        others = [m for m in messages if said_object(m.get("from")).get("id") not in ours]
        heard = [heard_of(message, self._channel) for message in others]
        known = tuple(h for h in heard if h)
        return Batch(heard=known, cursor=cursor, is_last=is_last, skipped=len(heard) - len(known))

    def _updates(self, ask: int) -> tuple[list[Update], bool]:
        """Return what the queue holds from there on, and whether it may hold more."""
        try:
            told = self._told(ask, PAGE)
            return told, len(told) >= PAGE
        except TooBig:
            told = self._told(ask, SHORT_PAGE)
            return told, len(told) >= SHORT_PAGE

    def _told(self, ask: int, limit: int) -> list[Update]:
        params = {"limit": str(limit), "timeout": "0"}
        params["allowed_updates"] = json.dumps(["message", "edited_message"])
        if ask:
            params["offset"] = str(ask)
        try:
            result = self._bot.ask("getUpdates", **params)
        except Conflict as error:
            raise Unreadable("read-elsewhere", error.detail) from error
        told = [update_of(item) for item in said_objects(result)]
        if not isinstance(result, list) or len(told) != len(result) or None in told:
            raise Transient("updates without their numbers")
        return [update for update in told if update]

    def _after(self, place: _Place, updates: Sequence[Update], group: int) -> _Place:
        """Return the place after what nobody else waits for, since a full page hides the rest."""
        ask, until = place.ask, self._tools.clock.now() - LEFT
        for update in updates:
            if update.chat != group and update.at > until:
                break
            ask = update.number + 1
        return _Place(ask, place.told, place.at)

    def _group(self) -> int:
        """Return the group in which the channel is discussed, having seen that it is heard."""
        chat = said_object(self._bot.ask("getChat", chat_id=str(self._channel)))
        if chat.get("id") != self._channel:
            raise Transient("not the chat that was asked for")
        group = chat.get("linked_chat_id")
        if not isinstance(group, int):
            raise NothingToRead("no-group")
        try:
            member = self._bot.ask("getChatMember", chat_id=str(group), user_id=self._bot.id)
        except (LacksRight, Rejected) as error:
            raise Unreadable("not-in-group", error.detail) from error
        status = said_text(said_object(member).get("status"))
        if status != "administrator" and not (status == "member" and self._reads_all()):
            raise Unreadable("not-in-group", f"the bot is {status or 'nothing'} there")
        return group

    def _reads_all(self) -> bool:
        """Say whether the bot's privacy is off.

        https://core.telegram.org/bots/features#privacy-mode
        """
        return said_object(self._bot.ask("getMe")).get("can_read_all_group_messages") is True

    def _administrators(self, group: int) -> frozenset[object]:
        """Return who speaks for the firm there: what they say isn't said to it."""
        told = self._bot.ask("getChatAdministrators", chat_id=str(group))
        if not isinstance(told, list):
            raise Transient("no list of administrators")
        return frozenset(said_object(each.get("user")).get("id") for each in said_objects(told))

    def look_again(self, mentions: Sequence[Mention]) -> Iterator[tuple[MentionId, Heard | None]]:  # noqa: ARG002 - the contract's
        """See ``hearing.FetchesMentions``: edits come by the queue, deletions aren't told."""
        return iter(())

    # Doing something about it.

    def moderate(self, act: Moderation, heard: Heard) -> None:
        """See ``hearing.Moderates``."""
        where = {
            "chat_id": int(heard.refs["group"]),
            "message_id": int(heard.refs["message"]),
        }
        try:
            self._do(act, where)
        except LacksRight as error:  # for this, not for the channel
            raise Rejected(error.detail, "forbidden") from error
        except Rejected as error:
            is_old = self._tools.clock.now() - heard.said_at > DELETABLE
            if act is Moderation.DELETE and error.reason == "forbidden" and is_old:
                raise Rejected(error.detail, "too_old") from error
            raise

    def _do(self, act: Moderation, where: Mapping[str, int]) -> None:
        match act:
            case Moderation.LIKE:
                self._bot.change("setMessageReaction", {**where, "reaction": LIKE})
            case Moderation.UNLIKE:
                self._bot.change("setMessageReaction", {**where, "reaction": []})
            case Moderation.DELETE:
                self._bot.change("deleteMessage", where)
            case _:
                raise Rejected(f"Telegram knows no {act}", "not_offered")

    # Counters.

    def measure_channel(self) -> Mapping[Metric, int | None]:
        """See ``hearing.FetchesMetrics``: the members, the bot among them.

        https://core.telegram.org/bots/api#getchatmembercount
        """
        members = self._bot.ask("getChatMemberCount", chat_id=str(self._channel))
        return {Metric.FOLLOWERS: said_count(members)}

    def measure_post(self, remote_id: str) -> Mapping[Metric, int | None] | None:  # noqa: ARG002 - the contract's
        """See ``hearing.FetchesMetrics``: views and reactions aren't told to bots."""
        return {}


def _place_of(cursor: str, now: datetime) -> _Place:
    parts = cursor.split(".")
    if len(parts) != 3 or not all(part.isascii() and part.isdecimal() for part in parts):
        return _Place()
    place = _Place(*(int(part) for part in parts))
    return place if now - datetime.fromtimestamp(place.at, UTC) < KEPT else _Place()
