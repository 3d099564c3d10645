"""Telegram: a bot publishes in a channel.

Nothing tells what a bot has published: the Bot API has neither a history of a channel nor a key
that makes a message unique. So an attempt in doubt is for a person to look at, and only an
answer with a message's id says that it is live. Text goes out plain, and nothing in it is obeyed.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.clock import Clock
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.answering import answering
from chalicelib.networks.bodies import streamed
from chalicelib.networks.contract import (
    Connection,
    Network,
    Outgoing,
    Profile,
    Tools,
    Video,
    later,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.replies import said_count, said_object, said_text
from chalicelib.networks.spec import (
    Answering,
    Field,
    Limits,
    MediaRules,
    Moderation,
    NetworkSpec,
    TextLimit,
    VideoRules,
)
from chalicelib.networks.telegram_bots import Bot, LacksRight, is_token
from chalicelib.networks.telegram_chats import address, chat_of, link_to, name_of, place_of
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    AuthExpired,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.http import File, Http

FETCHED = 20_000_000
"""Bytes of a file that Telegram fetches from an address; larger ones are uploaded.

https://core.telegram.org/bots/api#sending-files
"""
SPEC = NetworkSpec(
    name="telegram",
    label={"fr": "Telegram", "en": "Telegram"},
    resend_class=ResendClass.BLIND,
    limits=Limits(
        # https://core.telegram.org/bots/api#sendmessage (4,096 characters after entities parsing)
        # and #sendphoto, #inputmediaphoto (1,024 for a caption). Characters are counted as its
        # entities are, in UTF-16 units: https://core.telegram.org/bots/api#messageentity
        text=(TextLimit(Unit.UTF16_UNITS, 4_096),),
        caption=(TextLimit(Unit.UTF16_UNITS, 1_024),),
        media=MediaRules(
            types=("image/jpeg", "image/png"),
            # https://core.telegram.org/bots/api#sendmediagroup (2 to 10 in an album)
            max_count=10,
            # Ours: it takes 10 MB and a width and height of 10,000 together
            # (https://core.telegram.org/bots/api#sendphoto) and scales down itself; an album
            # of ten must leave within the 20 seconds that a call has.
            max_bytes=2_000_000,
            max_pixels=2560 * 2560,
            max_width=2560,
            max_height=2560,
        ),
        # https://core.telegram.org/bots/api#sendvideo (MPEG4, 50 MB); its length is free: ours
        # is what is taken in.
        video=VideoRules(types=("video/mp4",), max_bytes=50_000_000, max_seconds=900),
        text_required=False,
    ),
    options=frozenset(),
    fields=(
        Field(
            "token",
            {"fr": "Jeton du bot", "en": "The bot’s token"},
            {
                "fr": "Donné par @BotFather quand le bot est créé.",
                "en": "Given by @BotFather when the bot is made.",
            },
            secret=True,
            placeholder="123456789:AAE…",
        ),
        Field(
            "chat",
            {"fr": "Canal", "en": "Channel"},
            {
                "fr": "Son nom, comme @boulangerie_martin. S’il est privé : le lien d’un de ses "
                "messages.",
                "en": "Its name, such as @boulangerie_martin. If it is private: the link of one of "
                "its messages.",
            },
            placeholder="@boulangerie_martin",
        ),
    ),
    connect_help={
        "fr": "Dans Telegram, écrivez à @BotFather : /newbot, un nom, et copiez le jeton. Puis, "
        "dans votre canal, ouvrez Administrateurs, ajoutez ce bot et laissez-lui « Publier des "
        "messages ». Pour entendre les commentaires et y répondre, ajoutez-le aussi comme "
        "administrateur du groupe de discussion lié au canal.",
        "en": "In Telegram write to @BotFather: /newbot, a name, and copy the token. Then open "
        "Administrators in your channel, add this bot and leave it “Post messages”. To hear "
        "comments and answer them, also make it an administrator of the discussion group that is "
        "linked to the channel.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    # https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this
    quota={"fr": "un message par seconde", "en": "one message a second"},
    docs=(
        "https://core.telegram.org/bots/api#making-requests",
        "https://core.telegram.org/bots/api#responseparameters",
        "https://core.telegram.org/bots/api#sendmessage",
        "https://core.telegram.org/bots/api#sendphoto",
        "https://core.telegram.org/bots/api#sendmediagroup",
        "https://core.telegram.org/bots/api#sendvideo",
        "https://core.telegram.org/bots/api#sending-files",
        "https://core.telegram.org/bots/api#chatmemberadministrator",
        "https://core.telegram.org/bots/api#getchatmembercount",
        "https://core.telegram.org/bots/api#getting-updates",
        "https://core.telegram.org/bots/api#getupdates",
        "https://core.telegram.org/bots/api#chatfullinfo",
        "https://core.telegram.org/bots/api#replyparameters",
        "https://core.telegram.org/bots/api#setmessagereaction",
        "https://core.telegram.org/bots/api#deletemessage",
        "https://core.telegram.org/bots/features#privacy-mode",
        "https://core.telegram.org/bots/faq#my-bot-is-hitting-limits-how-do-i-avoid-this",
    ),
    hears=True,
    answers=Answering(
        # https://core.telegram.org/bots/api#sendmessage
        Limits(text=(TextLimit(Unit.UTF16_UNITS, 4_096),), media=MediaRules((), 0, 0, 0))
    ),
    moderates=frozenset({Moderation.LIKE, Moderation.UNLIKE, Moderation.DELETE}),
    tells=frozenset({Metric.FOLLOWERS}),
)


class Telegram:
    """One channel, and the bot that publishes in it."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._chat = tools.settings["chat"]

    # Publishing.

    def prepare(
        self,
        out: Outgoing,
        parts: Mapping[str, str],  # noqa: ARG002 - the contract's
    ) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: a medium that can't be had is told before the call."""
        for picture in out.pictures:
            picture.load()
        if out.video:
            out.video.read(0, 1)
        yield from ()

    def publish(
        self,
        out: Outgoing,
        parts: Mapping[str, str],  # noqa: ARG002 - the contract's
        *,
        before_send: Callable[[], None],
    ) -> Published:
        """See ``contract.Publishes``: one call, an album's pictures together."""
        if out.answers:
            return self._answer(out, before_send)
        if out.video:
            result = self._send_video(out, out.video, before_send)
        elif len(out.pictures) > 1:
            result = self._send_album(out, before_send)
        elif out.pictures:
            result = self._send_photo(out, before_send)
        else:
            result = self._send_text(out, before_send)
        sent = [said_object(m) for m in (result if isinstance(result, list) else [result])]
        ids = [said_count(message.get("message_id")) for message in sent]
        if len(ids) != max(1, len(out.pictures)) or not all(ids):
            raise OutcomeUnknown("the answer lacks a message's id")
        return Published(str(ids[0]), self._link(sent[0], str(ids[0])))

    def _answer(self, out: Outgoing, before_send: Callable[[], None]) -> Published:
        """Send a message to the discussion group, as a reply to one there.

        Its id is told from those of the channel's posts, which are counted apart.
        """
        group = out.answers["group"]
        body = {
            "chat_id": int(group),
            "text": wording(out.content, SPEC),
            "reply_parameters": {"message_id": int(out.answers["message"])},
        }
        with answering(LacksRight):
            sent = self._bot().send("sendMessage", json=body, before_send=before_send)
        message = said_object(sent)
        number = said_count(message.get("message_id"))
        if not number:
            raise OutcomeUnknown("the answer lacks a message's id")
        return Published(place_of(group, number), link_to(message, group, number))

    def _send_text(self, out: Outgoing, before_send: Callable[[], None]) -> Any:
        body: dict[str, object] = {"chat_id": int(self._chat), "text": wording(out.content, SPEC)}
        if out.content.link:
            # Else the preview would be that of the first address in the text:
            # https://core.telegram.org/bots/api#linkpreviewoptions
            body["link_preview_options"] = {"url": out.content.link}
        return self._bot().send("sendMessage", json=body, before_send=before_send)

    def _send_photo(self, out: Outgoing, before_send: Callable[[], None]) -> Any:
        data = {"chat_id": self._chat, **_captioned(out)}
        files = {"photo": _file(out, 0)}
        return self._bot().send("sendPhoto", data=data, files=files, before_send=before_send)

    def _send_video(self, out: Outgoing, video: Video, before_send: Callable[[], None]) -> Any:
        """Telegram fetches it where it can; else it is read while it is sent."""
        about: dict[str, Any] = {
            "width": video.width,
            "height": video.height,
            "duration": video.duration_ms // 1000,
            **_captioned(out),
        }
        bot, url = self._bot(), video.url()
        try:
            if video.size <= FETCHED and url.startswith("https://"):
                body = {**about, "chat_id": int(self._chat), "video": url}
                body["supports_streaming"] = True
                return bot.send("sendVideo", json=body, before_send=before_send)
            data = {name: str(value) for name, value in about.items()}
            data |= {"chat_id": self._chat, "supports_streaming": "true"}
            files = {"video": (f"{out.key.slug}.mp4", streamed(video), video.content_type)}
            return bot.send("sendVideo", data=data, files=files, before_send=before_send)
        except Rejected as error:
            if error.reason == "media_refused":
                raise Rejected(error.detail, "video_failed") from error
            raise

    def _send_album(self, out: Outgoing, before_send: Callable[[], None]) -> Any:
        """The caption of the first picture alone is shown as the album's."""
        files = {f"photo{n}": _file(out, n) for n in range(len(out.pictures))}
        media: list[dict[str, str]] = [
            {"type": "photo", "media": f"attach://{name}"} for name in files
        ]
        media[0] |= _captioned(out)
        data = {"chat_id": self._chat, "media": json.dumps(media)}
        return self._bot().send("sendMediaGroup", data=data, files=files, before_send=before_send)

    def _link(self, message: Mapping[str, Any], message_id: str) -> str:
        """Return the address of a message; a private channel's opens for its members only.

        The channel's name is taken from the answer: it may have changed since we connected.
        """
        chat = said_object(message.get("chat"))
        name = name_of(chat) if chat else self._tools.settings["username"]
        return address(name, self._chat, message_id)

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``."""
        try:
            return _profile(_standing(self._bot(), self._chat))
        except Rejected as error:
            raise AuthExpired(error.detail) from error

    def _bot(self) -> Bot:
        tools = self._tools
        return Bot(tools.http, tools.clock, tools.credentials.secret["token"])


def _captioned(out: Outgoing) -> dict[str, str]:
    text = wording(out.content, SPEC)
    return {"caption": text} if text else {}


def _file(out: Outgoing, n: int) -> File:
    data, content_type = out.pictures[n].load()
    return f"{out.key.slug}-{n}.{content_type.partition('/')[2]}", data, content_type


# Connecting.


def connect(fields: Mapping[str, str], http: Http, clock: Clock) -> Connection:
    """See that the bot may publish in the channel; see ``contract.Connector``."""
    token = fields["token"].strip()
    if not is_token(token):
        raise Rejected("not a token", "token")
    chat = _standing(Bot(http, clock, token), chat_of(fields["chat"]))
    return Connection(
        profile=_profile(chat),
        settings={"chat": str(chat["id"]), "username": name_of(chat)},
        secret={"token": token},
        limits=SPEC.limits,
    )


def _standing(bot: Bot, chat: str) -> Mapping[str, Any]:
    """Return a channel in which the bot may publish.

    Raises:
        Rejected: what is wrong (``token``, ``chat``, ``not_a_channel``, ``bot_not_admin``,
            ``bot_cant_post``).
        NetworkError: it couldn't be asked now.
    """
    try:
        me = said_count(said_object(bot.ask("getMe")).get("id"))
    except AuthExpired as error:
        raise Rejected(error.detail, "token") from error
    if me is None:
        raise Transient("getMe told no id")
    found = _channel(bot, chat)
    try:
        member = bot.ask("getChatMember", chat_id=str(found["id"]), user_id=str(me))
    except (AuthExpired, Rejected) as error:  # only administrators see members
        raise Rejected(error.detail, "bot_not_admin") from error
    said = said_object(member)
    if said.get("status") != "administrator":
        raise Rejected("the bot isn't an administrator", "bot_not_admin")
    if said.get("can_post_messages") is not True:
        raise Rejected("the bot lacks can_post_messages", "bot_cant_post")
    return found


def _channel(bot: Bot, chat: str) -> Mapping[str, Any]:
    try:
        found = said_object(bot.ask("getChat", chat_id=chat))
    except AuthExpired as error:  # it isn't in it, or was thrown out
        raise Rejected(error.detail, "bot_not_admin") from error
    except Rejected as error:
        raise Rejected(error.detail, "chat") from error
    if not isinstance(found.get("id"), int):
        raise Transient("getChat told no id")
    if found.get("type") != "channel":
        raise Rejected("a chat of another kind", "not_a_channel")
    return found


def _profile(chat: Mapping[str, Any]) -> Profile:
    name = name_of(chat)
    handle, url = (f"@{name}", f"https://t.me/{name}") if name else ("", "")
    return Profile(str(chat["id"]), said_text(chat.get("title")) or handle, handle, url)


NETWORK = Network(
    SPEC, Telegram, connect, hear=later("chalicelib.networks.telegram_hearing", "Hearing")
)
