"""The Telegram Bot API: calling it, and what its answers mean.

A bot's token stands in every address: nothing here shows or keeps one.
https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.clock import Clock
from chalicelib.networks.replies import as_object, said_count, said_object, said_text
from chalicelib.publishing.outcomes import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.http import File, Http, Reply

ORIGIN = "https://api.telegram.org"
VERIFY_SECONDS = 8.0
LONGEST_WAIT = 7 * 24 * 3600
"""Seconds; a bot that is asked to wait longer is looked at again by then."""
_TOKEN = re.compile(r"\d{1,20}:[\w-]{1,100}", re.ASCII)
"""``123456:ABC-DEF…``: https://core.telegram.org/bots/api#authorizing-your-bot"""

# Descriptions "are subject to change" (https://core.telegram.org/bots/api#making-requests):
# what isn't found here proves nothing. They are those that are known from practice, as listed at
# https://github.com/TelegramBotAPI/errors and made in
# https://github.com/tdlib/telegram-bot-api/blob/master/telegram-bot-api/Client.cpp
_LACKS_RIGHTS = (
    "need administrator rights",
    "not enough rights",
    "have no rights",
    "chat_write_forbidden",
    "chat_admin_required",
    "member list is inaccessible",
)
_DESCRIPTIONS: Mapping[str, str] = {
    "message is too long": "too_long",
    "text is too long": "too_long",
    "caption is too long": "too_long",
    "text is empty": "empty",
    "text must be non-empty": "empty",
    "chat not found": "gone",
    "photo_invalid_dimensions": "media_refused",
    "image_process_failed": "media_refused",
    "photo_ext_invalid": "media_refused",
    "file is too big": "media_refused",
    "file must be non-empty": "media_refused",
    "failed to get http url content": "media_unreachable",
    "wrong type of the web page content": "media_unreachable",
    "webpage_curl_failed": "media_unreachable",
    "wrong file identifier/http url specified": "media_unreachable",
    "video_file_invalid": "media_refused",
    "can't parse entities": "invalid",
    "message to be replied not found": "gone",
    "reply message not found": "gone",
    "message to react not found": "gone",
    "message to delete not found": "gone",
    "message_id_invalid": "gone",
    "message can't be deleted": "forbidden",
    "reaction_invalid": "not_offered",
}
"""Parts of a 400's description, and what is refused for good."""
_OF_ONE_OF_MANY = ("failed to send message #", "group send failed")
"""How the error of an album begins: it speaks of one message, the others may be live."""


class LacksRight(AuthExpired):
    """The token is good, but the bot lacks a right in that chat, or isn't in it."""


class Conflict(Transient):
    """Somebody else is told what happens: a webhook, or another program.

    https://core.telegram.org/bots/api#getting-updates
    """


_STATUSES = {
    401: AuthExpired,
    403: LacksRight,
    404: AuthExpired,  # a token of no bot
}


def is_token(text: str) -> bool:
    """Say whether a text has the form of a bot's token, and so may stand in an address."""
    return _TOKEN.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class Bot:
    """One bot, by its token."""

    http: Http = field(repr=False)
    clock: Clock = field(repr=False)
    token: str = field(repr=False)

    @property
    def id(self) -> str:
        """The bot's own id, which its token begins with."""
        return self.token.partition(":")[0]

    def ask(self, method: str, **params: str) -> Any:
        """Return what a method tells; it changes nothing.

        Raises:
            AuthExpired: no such bot, or it lacks a right.
            Rejected: refused for good; ``reason`` says why.
            NetworkError: it couldn't be asked now.
        """
        reply = self.http.request(
            "GET", self._url(method), params=params, write=False, deadline_s=VERIFY_SECONDS
        )
        return self._result(reply, is_public=False)

    def change(self, method: str, json: Mapping[str, object]) -> None:
        """Do what makes nothing of ours public and may be repeated without harm.

        Raises:
            LacksRight: the bot may not do it there.
            Rejected: refused for good; ``reason`` says why.
            NetworkError: it may be tried again.
        """
        reply = self.http.request("POST", self._url(method), json=json, write=False)
        self._result(reply, is_public=False)

    def send(
        self,
        method: str,
        *,
        before_send: Callable[[], None],
        json: Mapping[str, object] | None = None,
        data: Mapping[str, str] | None = None,
        files: Mapping[str, File] | None = None,
    ) -> Any:
        """Return what a method made public: by JSON, or by a form with files.

        Raises:
            NetworkError: by its kind, see ``publishing/outcomes``.
        """
        reply = self.http.request(
            "POST",
            self._url(method),
            json=json,
            data=data,
            files=files,
            write=True,
            before_send=before_send,
        )
        return self._result(reply, is_public=True)

    def _url(self, method: str) -> str:
        if not is_token(self.token):
            raise AuthExpired("the token has no token's form")
        return f"{ORIGIN}/bot{self.token}/{method}"

    def _result(self, reply: Reply, *, is_public: bool) -> Any:
        answer = as_object(reply)
        if reply.status == 200 and answer.get("ok") is True and "result" in answer:
            return answer["result"]
        told = said_text(answer.get("description"))
        detail = f"{reply.status} {told[:160]}".strip()
        if reply.status == 429:
            raise self._limited(answer, detail)
        if reply.status == 409 and not is_public:
            raise Conflict(detail)
        if answer.get("ok") is False:
            _refuse(reply.status, answer, told.casefold(), detail)
        raise OutcomeUnknown(detail) if is_public else Transient(detail)

    def _limited(self, answer: Mapping[str, Any], detail: str) -> RateLimited:
        """https://core.telegram.org/bots/api#responseparameters: ``retry_after``, in seconds."""
        seconds = said_count(said_object(answer.get("parameters")).get("retry_after"))
        if seconds is None:
            return RateLimited(detail)
        wait = timedelta(seconds=min(seconds, LONGEST_WAIT))
        return RateLimited(detail, self.clock.now() + wait)


def _refuse(status: int, answer: Mapping[str, Any], told: str, detail: str) -> None:
    """Raise what a refusal of Telegram itself means, as far as it is known."""
    if status in _STATUSES:
        raise _STATUSES[status](detail)
    if status == 413:
        raise Rejected(detail, "media_refused")
    if status != 400 or any(words in told for words in _OF_ONE_OF_MANY):
        return
    if "migrate_to_chat_id" in said_object(answer.get("parameters")):
        raise Rejected(detail, "gone")
    if any(words in told for words in _LACKS_RIGHTS):
        raise LacksRight(detail)
    for words in _DESCRIPTIONS:
        if words in told:
            raise Rejected(detail, _DESCRIPTIONS[words])
