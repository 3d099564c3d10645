"""Telegram's chats and messages: how people name them, what they are known by, their addresses."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from chalicelib.networks.replies import said_object, said_text
from chalicelib.publishing.outcomes import Rejected

_USERNAME = re.compile(r"@?([A-Za-z]\w{3,31})", re.ASCII)
_NUMBER = re.compile(r"-?\d{1,20}", re.ASCII)
_PUBLIC_LINK = re.compile(r"(?:https?://)?(?:t|telegram)\.me/(?:s/)?(\w+)(?:/.*)?", re.ASCII)
_PRIVATE_LINK = re.compile(r"(?:https?://)?t\.me/c/(\d{1,20})(?:/.*)?", re.ASCII)
CHANNEL_IDS = "-100"
"""What the ids of channels begin with, and what a link to one leaves out."""


def chat_of(typed: str) -> str:
    """Return a channel as the Bot API names it: ``@name`` or ``-100…``.

    A link to the channel, or to one of its messages, is understood too.

    Raises:
        Rejected: it is neither; ``reason`` is ``chat``.
    """
    text = typed.strip()
    if private := _PRIVATE_LINK.fullmatch(text):
        return f"{CHANNEL_IDS}{private[1]}"
    public = _PUBLIC_LINK.fullmatch(text)
    name = _USERNAME.fullmatch(public[1] if public else text)
    if name:
        return f"@{name[1]}"
    if _NUMBER.fullmatch(text):
        return text if text.startswith(CHANNEL_IDS) else f"{CHANNEL_IDS}{text.removeprefix('-')}"
    raise Rejected("neither a channel's name nor its id", "chat")


def name_of(chat: Mapping[str, Any]) -> str:
    """Return the public name of a channel; empty if it has none."""
    name = said_text(chat.get("username"))
    return name if _USERNAME.fullmatch(name) else ""


def place_of(chat: str, number: int) -> str:
    """Return what a message of a group is known by: ``-100…/45``."""
    return f"{chat}/{number}"


def link_to(message: Mapping[str, Any], chat: str, number: int) -> str:
    """Return the address of a message; in a private group it opens for members only."""
    return address(name_of(said_object(message.get("chat"))), chat, str(number))


def address(name: str, chat: str, number: str) -> str:
    """Return where a message is shown: by its chat's public name, else by the chat's id."""
    return f"https://t.me/{name or f'c/{chat.removeprefix(CHANNEL_IDS)}'}/{number}"
