"""A message of a Telegram group as something heard.

https://core.telegram.org/bots/api#message
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from chalicelib.listening.mentions import Author, Heard, MentionKind
from chalicelib.networks.replies import said_count, said_object, said_text
from chalicelib.networks.telegram_chats import CHANNEL_IDS, link_to, place_of

SHOWN: Mapping[str, str] = {
    "photo": "📷",
    "video": "🎞️",
    "animation": "🎞️",
    "video_note": "🎞️",
    "voice": "🎤",
    "audio": "🎵",
    "document": "📎",
    "location": "📍",
    "contact": "👤",
    "poll": "📊",
    "sticker": "🙂",
}
"""What stands for what a message shows beside its words."""
LATEST = 2**32
"""Seconds since 1970 that no date of theirs passes."""


@dataclass(frozen=True, slots=True)
class Update:
    """One thing that a bot is told."""

    number: int
    message: Mapping[str, Any]
    """Empty: it is about something else than a message."""
    chat: object
    """The id of the chat that it was said in."""
    at: datetime
    """When it was said, or last edited."""

    def is_said(self, channel: int) -> bool:
        """Say whether somebody else than the channel, its group and programs said something."""
        sender = said_object(self.message.get("sender_chat")).get("id")
        if sender is not None:
            return sender not in {channel, self.chat} and bool(_words(self.message))
        is_bot = said_object(self.message.get("from")).get("is_bot") is not False
        return not is_bot and bool(_words(self.message))


def update_of(told: Mapping[str, Any]) -> Update | None:
    """Return an update; None if it has no number.

    https://core.telegram.org/bots/api#update
    """
    number = said_count(told.get("update_id"))
    message = said_object(told.get("message")) or said_object(told.get("edited_message"))
    at = _instant(message.get("edit_date")) or _instant(message.get("date"))
    chat = said_object(message.get("chat")).get("id")
    if number is None:
        return None
    return Update(number, message, chat, at or datetime.fromtimestamp(0, UTC))


def heard_of(message: Mapping[str, Any], channel: int) -> Heard | None:
    """Return what a message of the channel's group says; None if it lacks what makes it one."""
    group = str(said_object(message.get("chat")).get("id"))
    number, at = said_count(message.get("message_id")), _instant(message.get("date"))
    if not number or at is None:
        return None
    thread = _thread(message)
    return Heard(
        identity=_identity(group, number),
        kind=MentionKind.COMMENT if thread else MentionKind.MESSAGE,
        remote_id=place_of(group, number),
        url=link_to(message, group, number),
        author=_author(message),
        text=_words(message),
        said_at=at,
        edited_at=_instant(message.get("edit_date")),
        thread=_identity(group, thread) if thread else "",
        answers_to=_answered(said_object(message.get("reply_to_message")), group, channel),
        refs={"group": group, "message": str(number)},
    )


def _identity(group: str, number: int) -> str:
    return f"https://t.me/c/{group.removeprefix(CHANNEL_IDS)}/{number}"


def _thread(message: Mapping[str, Any]) -> int | None:
    """Return the message that a conversation began with: mostly a post, as the group has it."""
    answered = said_object(message.get("reply_to_message"))
    return (
        said_count(message.get("message_thread_id"))
        or said_count(answered.get("message_thread_id"))
        or said_count(answered.get("message_id"))
    )


def _answered(answered: Mapping[str, Any], group: str, channel: int) -> str:
    """Return what it answers: a post of the channel by its id there, else a message here."""
    origin = said_object(answered.get("forward_origin"))
    post = said_count(origin.get("message_id"))
    if answered.get("is_automatic_forward") is True and post:
        is_ours = said_object(origin.get("chat")).get("id") == channel
        return str(post) if is_ours else ""
    number = said_count(answered.get("message_id"))
    return place_of(group, number) if number else ""


def _author(message: Mapping[str, Any]) -> Author:
    """Return who said it: a person, or a channel that speaks for itself."""
    chat, person = said_object(message.get("sender_chat")), said_object(message.get("from"))
    who = chat or person
    names = (said_text(who.get(part)) for part in ("title", "first_name", "last_name"))
    name = " ".join(part for part in names if part)
    handle = said_text(who.get("username"))
    url = f"https://t.me/{handle}" if handle else ""
    return Author(str(who.get("id", "")), name, f"@{handle}" if handle else "", url)


def _words(message: Mapping[str, Any]) -> str:
    """Return what it says, and a sign of what it shows; empty where it does neither."""
    shown = next((sign for kind, sign in SHOWN.items() if message.get(kind)), "")
    sticker = said_text(said_object(message.get("sticker")).get("emoji"))
    text = said_text(message.get("text")) or said_text(message.get("caption"))
    return f"{sticker or shown} {text}".strip()


def _instant(seconds: object) -> datetime | None:
    count = said_count(seconds)
    return datetime.fromtimestamp(count, UTC) if count and count < LATEST else None
