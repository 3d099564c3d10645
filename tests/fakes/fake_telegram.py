"""Telegram's Bot API, in memory, by its documented rules: one bot, one channel, its group.

https://core.telegram.org/bots/api
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from io import BytesIO
from typing import Any

from PIL import Image, UnidentifiedImageError

from tests.fakes.fake_telegram_group import (
    BOT_ID,
    CHAT_ID,
    GROUP_ID,
    FakeGroup,
    Refused,
    refused,
)
from tests.fakes.serving import Asked, Said, Upload, said

__all__ = ["BOT_ID", "CHAT_ID", "GROUP_ID", "FakeTelegram", "refused"]
TEXT, CAPTION = 4_096, 1_024
"""UTF-16 units."""


@dataclass
class FakeTelegram:
    """The bot is what ``status`` says in the channel; the messages are those of the channel."""

    now: Callable[[], datetime]
    token: str = f"{BOT_ID}:AAE-canary_0123456789abcdefghijklmno"
    username: str = "boulangerie_martin"
    """Empty: the channel is private."""
    kind: str = "channel"
    status: str = "administrator"
    can_post: bool = True
    members: int = 412
    reachable: dict[str, Upload] = field(default_factory=dict)
    """What stands on the web, by its address."""
    retry_after: int = 0
    """Above zero: every message is refused for so long."""
    messages: list[dict[str, Any]] = field(default_factory=list)
    issued: int = 0
    groups: int = 0

    def __post_init__(self) -> None:
        self.group = FakeGroup(self.now)

    def answer(self, asked: Asked) -> Said:
        _, _, rest = asked.path.partition("/bot")
        token, _, method = rest.partition("/")
        if not token.partition(":")[0].isdecimal():
            return refused(404, "Not Found")
        if token != self.token:
            return refused(401, "Unauthorized")
        methods = {
            "getMe": self.get_me,
            "getChat": self.get_chat,
            "getChatMember": self.get_chat_member,
            "getChatMemberCount": self.get_chat_member_count,
            "sendMessage": self.send_message,
            "sendPhoto": self.send_photo,
            "sendMediaGroup": self.send_media_group,
            "sendVideo": self.send_video,
            "getUpdates": self.group.get_updates,
            "getChatAdministrators": self.group.get_administrators,
            "setMessageReaction": self.group.react,
            "deleteMessage": self.group.delete,
        }
        if method not in methods:
            return refused(404, "Not Found: method not found")
        try:
            return said(200, {"ok": True, "result": methods[method](*_given(asked))})
        except Refused as refusal:
            return refusal.answer

    # Who and where.

    def get_me(self, _: Mapping[str, Any], __: Mapping[str, Upload]) -> Any:
        named = {"first_name": "Relais", "username": "martin_bot"}
        reads_all = {"can_read_all_group_messages": not self.group.is_private}
        return {"id": BOT_ID, "is_bot": True, **named, **reads_all}

    def get_chat(self, given: Mapping[str, Any], _: Mapping[str, Upload]) -> Any:
        self.find(given)
        if self.status == "kicked":
            raise Refused(403, "Forbidden: bot was kicked from the channel chat")
        return {**self.chat(), **({"linked_chat_id": GROUP_ID} if self.group.is_linked else {})}

    def get_chat_member(self, given: Mapping[str, Any], _: Mapping[str, Upload]) -> Any:
        if str(given.get("chat_id")) == str(GROUP_ID):
            return self.group.get_member(given)
        self.find(given)
        if self.status != "administrator":
            raise Refused(400, "Bad Request: member list is inaccessible")
        assert str(given["user_id"]) == str(BOT_ID)
        user = {"id": BOT_ID, "is_bot": True, "first_name": "Relais"}
        return {"status": self.status, "user": user, "can_post_messages": self.can_post}

    def get_chat_member_count(self, given: Mapping[str, Any], _: Mapping[str, Upload]) -> Any:
        self.find(given)
        return self.members

    def chat(self) -> dict[str, Any]:
        named = {"username": self.username} if self.username else {}
        return {"id": CHAT_ID, "title": "Boulangerie Martin", "type": self.kind, **named}

    def find(self, given: Mapping[str, Any]) -> None:
        wanted = str(given.get("chat_id", ""))
        known = {str(CHAT_ID), *([f"@{self.username}"] if self.username else [])}
        if wanted not in known:
            raise Refused(400, "Bad Request: chat not found")

    # Messages.

    def send_message(self, given: Mapping[str, Any], _: Mapping[str, Upload]) -> Any:
        self.require_rights(given)
        text = str(given.get("text", "")).strip()
        if not text:
            raise Refused(400, "Bad Request: message text is empty")
        if _length(text) > TEXT:
            raise Refused(400, "Bad Request: message is too long")
        if str(given["chat_id"]) == str(GROUP_ID):
            return self.group.answer(text, given["reply_parameters"]["message_id"])
        return self.post({"text": text, "link_preview_options": given.get("link_preview_options")})

    def send_photo(self, given: Mapping[str, Any], files: Mapping[str, Upload]) -> Any:
        self.require_rights(given)
        if "photo" not in files:
            raise Refused(400, "Bad Request: there is no photo in the request")
        require_photo(files["photo"])
        return self.post(self.captioned(given))

    def send_video(self, given: Mapping[str, Any], files: Mapping[str, Upload]) -> Any:
        """https://core.telegram.org/bots/api#sending-files: 20 MB by an address, 50 MB sent."""
        self.require_rights(given)
        url, is_sent = str(given.get("video", "")), "video" in files
        file = files.get("video") or self.reachable.get(url)
        if file is None:
            told = "failed to get HTTP URL content" if url else "there is no video in the request"
            raise Refused(400, f"Bad Request: {told}")
        if len(file.data) > (50_000_000 if is_sent else 20_000_000):
            raise Refused(413 if is_sent else 400, "Bad Request: file is too big")
        if file.content_type != "video/mp4":
            raise Refused(400, "Bad Request: wrong type of the web page content")
        about = {name: int(given[name]) for name in ("width", "height", "duration")}
        assert given["supports_streaming"] in {True, "true"}
        shown = {name: value for name, value in self.captioned(given).items() if name != "photo"}
        return self.post({**shown, "video": {"file_id": "BAAD", **about}})

    def send_media_group(self, given: Mapping[str, Any], files: Mapping[str, Upload]) -> Any:
        self.require_rights(given)
        media = json.loads(str(given["media"]))
        if not 2 <= len(media) <= 10:
            raise Refused(400, "Bad Request: the number of media must be 2-10")
        for number, item in enumerate(media, 1):
            assert item["type"] == "photo"
            name = str(item["media"]).removeprefix("attach://")
            if name not in files:
                raise Refused(400, "Bad Request: wrong file identifier/HTTP URL specified")
            try:
                require_photo(files[name])
            except Refused as refusal:
                why = json.loads(refusal.answer.body)["description"].removeprefix("Bad Request: ")
                told = (
                    f'Bad Request: failed to send message #{number} with the error message "{why}"'
                )
                raise Refused(400, told) from refusal
        self.groups += 1
        posts = [{**self.captioned(item), "media_group_id": str(self.groups)} for item in media]
        return [self.post(post) for post in posts]

    def require_rights(self, given: Mapping[str, Any]) -> None:
        assert "parse_mode" not in given
        if str(given.get("chat_id")) == str(GROUP_ID):
            self.group.require_right_to_send()
        else:
            self.require_right_to_post(given)
        if self.retry_after:
            told = f"Too Many Requests: retry after {self.retry_after}"
            raise Refused(429, told, retry_after=self.retry_after)

    def require_right_to_post(self, given: Mapping[str, Any]) -> None:
        self.find(given)
        if self.status in {"left", "kicked"}:
            what = "was kicked from" if self.status == "kicked" else "is not a member of"
            raise Refused(403, f"Forbidden: bot {what} the channel chat")
        if self.status != "administrator" or not self.can_post:
            raise Refused(400, "Bad Request: need administrator rights in the channel chat")

    def captioned(self, given: Mapping[str, Any]) -> dict[str, Any]:
        caption = str(given.get("caption", "")).strip()
        if _length(caption) > CAPTION:
            raise Refused(400, "Bad Request: message caption is too long")
        sizes = [{"file_id": "AgAD", "width": 64, "height": 48}]
        return {"photo": sizes, **({"caption": caption} if caption else {})}

    def post(self, what: Mapping[str, Any]) -> dict[str, Any]:
        self.issued += 1
        date = int(self.now().timestamp())
        message = {"message_id": self.issued, "date": date, "chat": self.chat(), **what}
        self.messages.append(message)
        self.group.forward(message)
        return message


def require_photo(file: Upload) -> None:
    """https://core.telegram.org/bots/api#sendphoto: 10 MB, 10,000 in all, ratio 20."""
    if len(file.data) > 10_000_000:
        raise Refused(413, "Request Entity Too Large")
    try:
        width, height = Image.open(BytesIO(file.data)).size
    except UnidentifiedImageError as error:
        raise Refused(400, "Bad Request: IMAGE_PROCESS_FAILED") from error
    if width + height > 10_000 or max(width, height) > 20 * min(width, height):
        raise Refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS")


def _given(asked: Asked) -> tuple[dict[str, Any], dict[str, Upload]]:
    kind = asked.headers.get("content-type", "")
    if asked.method == "GET":
        return dict(asked.query), {}
    if kind.startswith("application/json"):
        return asked.json(), {}
    assert kind.startswith("multipart/form-data")
    fields, files = asked.form()
    return dict(fields), files


def _length(text: str) -> int:
    return len(text.encode("utf-16-le")) // 2
