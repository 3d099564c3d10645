"""The discussion group of a channel, and what a bot is told of it, by Telegram's rules.

https://core.telegram.org/bots/api#getting-updates ·
https://core.telegram.org/bots/features#privacy-mode
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.serving import Said, Upload, said

BOT_ID = 123456789
CHAT_ID = -1001234567890
GROUP_ID = -1009876543210
KEPT = timedelta(hours=24)
CLAIRE, MARC = 501, 502
"""An administrator, who is of the firm, and somebody else."""


class Refused(Exception):
    """The API's refusal: a status and a description."""

    def __init__(self, status: int, description: str, **parameters: int) -> None:
        super().__init__(description)
        self.answer = refused(status, description, **parameters)


def refused(status: int, description: str, **parameters: int) -> Said:
    body: dict[str, Any] = {"ok": False, "error_code": status, "description": description}
    return said(status, {**body, **({"parameters": parameters} if parameters else {})})


@dataclass
class FakeGroup:
    """A supergroup that is linked to the channel; the bot is what ``status`` says in it."""

    now: Callable[[], datetime]
    is_linked: bool = True
    username: str = "martin_discute"
    """Empty: the group is private."""
    status: str = "administrator"
    is_private: bool = True
    """The bot's privacy mode: as a plain member it is told next to nothing."""
    can_delete: bool = True
    has_webhook: bool = False
    takes_reactions: bool = True
    issued: int = 40
    updated: int = 900_000
    messages: dict[int, dict[str, Any]] = field(default_factory=dict)
    queue: list[tuple[datetime, dict[str, Any]]] = field(default_factory=list)
    reactions: dict[int, str] = field(default_factory=dict)

    # What happens there.

    def forward(self, post: Mapping[str, Any]) -> int:
        """Show a post of the channel, as Telegram itself does."""
        channel = post["chat"]
        origin = {"type": "channel", "chat": channel, "message_id": post["message_id"]}
        origin["date"] = post["date"]
        shown = {name: post[name] for name in ("text", "caption", "photo") if name in post}
        sender = {"id": 777000, "is_bot": False, "first_name": "Telegram"}
        forwarded = {"from": sender, "sender_chat": channel, "forward_origin": origin}
        return self.add({**forwarded, "is_automatic_forward": True, **shown})

    def say(self, text: str, *, by: int = MARC, under: int | None = None, **more: Any) -> int:
        """Let a person say something, under a message or by itself; return its id."""
        names = {CLAIRE: "Claire", MARC: "Marc"}
        person = {"id": by, "is_bot": False, "first_name": names.get(by, f"P{by}")}
        if by == MARC:
            person |= {"last_name": "Devaux", "username": "marc_devaux"}
        words = {"text": text} if text else {}
        return self.add({"from": person, **words, **more}, under)

    def add(self, message: Mapping[str, Any], under: int | None = None) -> int:
        self.issued += 1
        about: dict[str, Any] = {"message_id": self.issued, "date": int(self.now().timestamp())}
        about |= {"chat": self.chat(), **message}
        if under is not None:
            answered = self.messages[under]
            inner = {k: v for k, v in answered.items() if k != "reply_to_message"}
            thread = answered.get("message_thread_id", under)
            about |= {"reply_to_message": inner, "message_thread_id": thread}
        self.messages[self.issued] = about
        self.tell("message", about)
        return self.issued

    def edit(self, number: int, text: str) -> None:
        self.messages[number] |= {"text": text, "edit_date": int(self.now().timestamp())}
        self.tell("edited_message", self.messages[number])

    def tell(self, kind: str, message: Mapping[str, Any]) -> None:
        """Put it on the bot's queue, if the bot is told of it."""
        if self.is_linked and self.is_told(message):
            self.put({kind: dict(message)})

    def put(self, about: Mapping[str, Any]) -> None:
        """Put anything on the queue: the bot may be elsewhere, too."""
        self.updated += 1
        self.queue.append((self.now(), {"update_id": self.updated, **about}))

    def is_told(self, message: Mapping[str, Any]) -> bool:
        if message["from"]["id"] == BOT_ID or self.status in {"left", "kicked"}:
            return False
        to_bot = message.get("reply_to_message", {}).get("from", {}).get("id") == BOT_ID
        return self.status == "administrator" or not self.is_private or to_bot

    def chat(self) -> dict[str, Any]:
        named = {"username": self.username} if self.username else {}
        return {"id": GROUP_ID, "title": "Martin discute", "type": "supergroup", **named}

    # What the bot asks.

    def get_updates(
        self, given: Mapping[str, Any], _: Mapping[str, Upload]
    ) -> list[dict[str, Any]]:
        if self.has_webhook:
            told = "can't use getUpdates method while webhook is active; use deleteWebhook"
            raise Refused(409, f"Conflict: {told} to delete the webhook first")
        limit, offset = int(given.get("limit", 100)), int(given.get("offset", 0))
        assert 1 <= limit <= 100
        assert offset >= 0, "that forgets what wasn't read"
        assert json.loads(given["allowed_updates"]) == ["message", "edited_message"]
        oldest = self.now() - KEPT
        self.queue = [(at, u) for at, u in self.queue if at > oldest and u["update_id"] >= offset]
        return [update for _, update in self.queue[:limit]]

    def get_member(self, given: Mapping[str, Any]) -> dict[str, Any]:
        self.require_there()
        assert str(given["user_id"]) == str(BOT_ID)
        user = {"id": BOT_ID, "is_bot": True, "first_name": "Relais"}
        rights = {"can_delete_messages": self.can_delete}
        return {"status": self.status, "user": user, **rights}

    def get_administrators(
        self, given: Mapping[str, Any], _: Mapping[str, Upload]
    ) -> list[dict[str, Any]]:
        assert str(given["chat_id"]) == str(GROUP_ID)
        self.require_there()
        user = {"id": CLAIRE, "is_bot": False, "first_name": "Claire"}
        return [{"status": "creator", "user": user, "is_anonymous": False}]

    def answer(self, text: str, under: int) -> dict[str, Any]:
        if under not in self.messages:
            raise Refused(400, "Bad Request: message to be replied not found")
        bot = {"id": BOT_ID, "is_bot": True, "first_name": "Relais"}
        return self.messages[self.add({"from": bot, "text": text}, under)]

    def react(self, given: Mapping[str, Any], _: Mapping[str, Upload]) -> bool:
        number = self.require_message(given, "message to react not found")
        if not self.takes_reactions:
            raise Refused(400, "Bad Request: REACTION_INVALID")
        reaction = given["reaction"]
        assert len(reaction) <= 1, "a bot has one reaction to a message"
        self.reactions.pop(number, None)
        if reaction:
            assert reaction[0]["type"] == "emoji"
            self.reactions[number] = reaction[0]["emoji"]
        return True

    def delete(self, given: Mapping[str, Any], _: Mapping[str, Upload]) -> bool:
        number = self.require_message(given, "message to delete not found")
        age = self.now().timestamp() - self.messages[number]["date"]
        if self.status != "administrator" or not self.can_delete or age > 48 * 3600:
            raise Refused(400, "Bad Request: message can't be deleted")
        del self.messages[number]
        return True

    def require_message(self, given: Mapping[str, Any], lacks: str) -> int:
        assert str(given["chat_id"]) == str(GROUP_ID)
        self.require_there()
        if given["message_id"] not in self.messages:
            raise Refused(400, f"Bad Request: {lacks}")
        return int(given["message_id"])

    def require_there(self) -> None:
        if not self.is_linked or self.status == "left":
            raise Refused(400, "Bad Request: chat not found")
        if self.status == "kicked":
            raise Refused(403, "Forbidden: bot was kicked from the supergroup chat")

    def require_right_to_send(self) -> None:
        self.require_there()
        if self.status == "restricted":
            raise Refused(400, "Bad Request: not enough rights to send text messages to the chat")
