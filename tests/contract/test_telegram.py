"""Telegram's adapter against a Bot API that holds the documented rules."""

from __future__ import annotations

import json
import logging
import traceback
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.measuring.metrics import Metric
from chalicelib.networks import registry, telegram, telegram_chats
from chalicelib.networks.checking import counts, problems
from chalicelib.networks.contract import (
    Connection,
    Connects,
    FindsOwnPost,
    Outgoing,
    Publishes,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.hearing import FetchesMetrics
from chalicelib.networks.http import Http
from chalicelib.networks.telegram_bots import ORIGIN, LacksRight
from chalicelib.networks.telegram_hearing import Hearing
from chalicelib.publishing.lists import Count
from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, Media
from tests.contract.stage import TEXT, Walk, clip, http_for, outgoing, picture, tools_of
from tests.fakes.clocks import START, SettableClock
from tests.fakes.fake_telegram import CHAT_ID, FakeTelegram, refused
from tests.fakes.serving import Asked, Said, Served, Upload, said, serving

SEND = r"/send\w+$"
LINK = "https://exemple.fr/menu"


@dataclass(slots=True)
class Stage:
    """A bot, its channel and its adapter."""

    fake: FakeTelegram
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    adapter: telegram.Telegram
    walk: Walk

    def connect(self, **typed: str) -> Connection:
        fields = {"token": self.fake.token, "chat": "@boulangerie_martin", **typed}
        return telegram.connect(fields, self.http, self.clock)

    def refusal(self, **typed: str) -> str:
        with pytest.raises(Rejected) as refused:
            self.connect(**typed)
        return refused.value.reason

    def reconnected(self) -> Walk:
        """Return a walk of the channel as it is now."""
        chat = f"@{self.fake.username}" if self.fake.username else str(CHAT_ID)
        connection = self.connect(chat=chat)
        return Walk(telegram.Telegram(tools_of(connection, self.http, self.clock)))

    def sent(self) -> Asked:
        (asked,) = self.served.seen("POST", SEND)
        return asked


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeTelegram(clock.now)
    with serving(fake) as served:
        http = http_for(ORIGIN, served.base_url)
        fields = {"token": fake.token, "chat": "boulangerie_martin"}
        connection = telegram.connect(fields, http, clock)
        adapter = telegram.Telegram(tools_of(connection, http, clock))
        yield Stage(fake, served, http, clock, connection, adapter, Walk(adapter))


def test_it_has_the_abilities_of_a_blind_network(stage: Stage) -> None:
    assert isinstance(stage.adapter, Publishes)
    assert isinstance(stage.adapter, Connects)
    assert not isinstance(stage.adapter, FindsOwnPost)


# Connecting.


def test_connecting_sees_that_the_bot_may_publish_and_keeps_the_channels_id(stage: Stage) -> None:
    made = stage.connect()
    assert made.profile.remote_id == str(CHAT_ID)
    assert (made.profile.name, made.profile.handle) == ("Boulangerie Martin", "@boulangerie_martin")
    assert made.profile.url == "https://t.me/boulangerie_martin"
    assert made.settings == {"chat": str(CHAT_ID), "username": "boulangerie_martin"}
    assert made.secret == {"token": stage.fake.token}
    assert stage.adapter.check() == made.profile
    assert stage.fake.messages == []


@pytest.mark.parametrize(
    ("typed", "understood"),
    [
        ("@boulangerie_martin", "@boulangerie_martin"),
        (" boulangerie_martin ", "@boulangerie_martin"),
        ("https://t.me/boulangerie_martin", "@boulangerie_martin"),
        ("t.me/boulangerie_martin/12", "@boulangerie_martin"),
        ("https://t.me/s/boulangerie_martin", "@boulangerie_martin"),
        ("https://telegram.me/boulangerie_martin", "@boulangerie_martin"),
        ("-1001234567890", "-1001234567890"),
        ("1234567890", "-1001234567890"),
        ("https://t.me/c/1234567890/45", "-1001234567890"),
    ],
)
def test_a_channel_is_understood_however_it_is_named(typed: str, understood: str) -> None:
    assert telegram_chats.chat_of(typed) == understood


@pytest.mark.parametrize(
    "typed",
    ["", "@", "@abc", "un canal", "https://t.me/+AbCdEf", "https://exemple.fr/x", "@a/../b"],
)
def test_what_names_no_channel_is_refused(typed: str) -> None:
    with pytest.raises(Rejected) as refused:
        telegram_chats.chat_of(typed)
    assert refused.value.reason == "chat"


def test_a_private_channel_is_connected_by_the_link_of_a_message(stage: Stage) -> None:
    stage.fake.username = ""
    made = stage.connect(chat="https://t.me/c/1234567890/45")
    assert made.profile.remote_id == str(CHAT_ID)
    assert (made.profile.handle, made.profile.url) == ("", "")


@pytest.mark.parametrize(
    "token", ["", "abc", "12:", "12:ab/../getMe", "12:ab?x", "12:é", "12:a b", "1" * 30 + ":a"]
)
def test_what_has_no_tokens_form_goes_into_no_address(stage: Stage, token: str) -> None:
    before = len(stage.served.requests)
    assert stage.refusal(token=token) == "token"
    assert len(stage.served.requests) == before


def test_each_thing_that_is_wrong_is_told_by_its_name(stage: Stage) -> None:
    assert stage.refusal(token="1:another") == "token"
    assert stage.refusal(chat="@nobody_here") == "chat"
    stage.fake.can_post = False
    assert stage.refusal() == "bot_cant_post"
    for status in ("left", "kicked", "member"):
        stage.fake.status = status
        assert stage.refusal() == "bot_not_admin"
    stage.fake.kind = "supergroup"
    stage.fake.status = "administrator"
    assert stage.refusal() == "not_a_channel"


@pytest.mark.parametrize("method", ["getMe", "getChat", "getChatMember"])
@pytest.mark.parametrize(
    "answer",
    [
        said(500, {"ok": False, "error_code": 500, "description": "Internal Server Error"}),
        refused(429, "Too Many Requests: retry after 3", retry_after=3),
        Said(403, b"<html>firewall</html>", {}),
        Said(200, b"<html>portal</html>", {}),
        said(200, {"ok": True}),
    ],
    ids=["500", "429", "firewall", "page", "empty"],
)
def test_what_proves_nothing_refuses_nobody(stage: Stage, method: str, answer: Said) -> None:
    stage.served.answer_next("GET", f"/{method}$", answer)
    with pytest.raises((Transient, RateLimited)):
        stage.connect()


@pytest.mark.parametrize("odd", [None, 7, "x", [], {}, {"id": "7"}, {"id": None}, {"id": 1.5}])
@pytest.mark.parametrize("method", ["getMe", "getChat"])
def test_an_odd_answer_is_no_account(stage: Stage, method: str, odd: object) -> None:
    stage.served.answer_next("GET", f"/{method}$", said(200, {"ok": True, "result": odd}))
    with pytest.raises(Transient):
        stage.connect()


@pytest.mark.parametrize("odd", [None, 7, [], {}, {"status": "administrator"}, {"status": 1}])
def test_an_odd_member_may_not_publish(stage: Stage, odd: object) -> None:
    stage.served.answer_next("GET", "/getChatMember$", said(200, {"ok": True, "result": odd}))
    assert stage.refusal() in {"bot_not_admin", "bot_cant_post"}


@pytest.mark.parametrize(
    "change",
    [{"token": "1:other"}, {"status": "left"}, {"status": "kicked"}, {"can_post": False}],
    ids=str,
)
def test_a_test_tells_that_the_channel_must_be_connected_anew(
    stage: Stage, change: Mapping[str, Any]
) -> None:
    for name, value in change.items():
        setattr(stage.fake, name, value)
    with pytest.raises(AuthExpired):
        stage.adapter.check()


# Publishing.


def test_a_text_goes_out_plain_and_its_link_is_previewed(stage: Stage) -> None:
    text = "Un *pain* <b>doré</b> & _tiède_ : https://exemple.fr/autre"
    published = stage.walk.send(outgoing(Content(text=text, link=LINK)))
    (message,) = stage.fake.messages
    assert message["text"] == f"{text}\n\n{LINK}"
    assert message["link_preview_options"] == {"url": LINK}
    assert published.remote_id == str(message["message_id"])
    assert published.url == f"https://t.me/boulangerie_martin/{message['message_id']}"
    assert stage.walk.calls == 1
    assert "parse_mode" not in stage.sent().json()


def test_without_a_link_telegram_previews_as_it_likes(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text=TEXT)))
    assert stage.sent().json() == {"chat_id": CHAT_ID, "text": TEXT}


def test_a_picture_goes_out_with_its_caption(stage: Stage) -> None:
    published = stage.walk.send(outgoing(Content(text="Un pain", link=LINK), picture("Le four")))
    fields, files = stage.sent().form()
    assert stage.sent().path.endswith("/sendPhoto")
    assert fields == {"chat_id": str(CHAT_ID), "caption": f"Un pain\n\n{LINK}"}
    assert (files["photo"].content_type, files["photo"].filename) == (
        "image/png",
        "relais-k3v9q2-0.png",
    )
    assert published.remote_id == "1"


def test_a_picture_alone_is_a_post(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text=""), picture("Le four")))
    assert "caption" not in stage.fake.messages[0]


def test_several_pictures_are_one_album_by_one_call(stage: Stage) -> None:
    colours = ("orange", "red", "blue")
    pictures = [picture("", colour) for colour in colours]
    published = stage.walk.send(outgoing(Content(text="La fournée"), *pictures))
    assert [m.get("caption") for m in stage.fake.messages] == ["La fournée", None, None]
    assert len({m["media_group_id"] for m in stage.fake.messages}) == 1
    assert published.remote_id == str(stage.fake.messages[0]["message_id"])
    assert stage.walk.calls == 1
    fields, files = stage.sent().form()
    named = [item["media"] for item in json.loads(fields["media"])]
    assert named == [f"attach://{name}" for name in files]


def test_ten_pictures_are_an_album(stage: Stage) -> None:
    pictures = [picture("", f"rgb({n}, 0, 0)") for n in range(10)]
    stage.walk.send(outgoing(Content(text=""), *pictures))
    assert len(stage.fake.messages) == 10


FILM = outgoing(Content(text="Au fournil"), video=clip("Le four", seconds=12))


def standing(stage: Stage, out: Outgoing) -> None:
    """Let a video stand where the installation shows it."""
    assert out.video is not None
    data = out.video.read(0, out.video.size)
    stage.fake.reachable[out.video.url()] = Upload("", out.video.content_type, data)


def test_a_video_is_fetched_by_telegram(stage: Stage) -> None:
    assert problems(FILM.content, stage.connection.limits, telegram.SPEC) == []
    standing(stage, FILM)
    published = stage.walk.send(FILM)
    (message,) = stage.fake.messages
    assert message["caption"] == "Au fournil"
    about = message["video"]
    assert (about["width"], about["height"], about["duration"]) == (1080, 1920, 12)
    assert published.remote_id == str(message["message_id"])
    assert FILM.video is not None
    assert stage.sent().json()["video"] == FILM.video.url()
    assert stage.walk.calls == 1


def test_a_video_alone_is_a_post(stage: Stage) -> None:
    out = outgoing(Content(text=""), video=clip())
    standing(stage, out)
    stage.walk.send(out)
    assert "caption" not in stage.fake.messages[0]


def test_a_large_video_is_sent(stage: Stage) -> None:
    film = replace(clip(), size=telegram.FETCHED + 1, read=lambda _, length: bytes(length))
    out = outgoing(Content(text="Au fournil"), video=film)
    stage.walk.send(out)
    fields, files = stage.sent().form()
    assert fields["caption"] == "Au fournil"
    assert len(files["video"].data) == film.size
    assert files["video"].content_type == "video/mp4"
    assert "video" in stage.fake.messages[0]


def test_an_installation_that_the_world_cant_reach_sends_its_videos(stage: Stage) -> None:
    out = outgoing(Content(text=""), video=replace(clip(), url=lambda: "http://127.0.0.1/media/a"))
    stage.walk.send(out)
    assert "video" in stage.sent().form()[1]


def test_a_video_that_cant_be_had_is_told_before_the_call(stage: Stage) -> None:
    def gone(start: int, length: int) -> bytes:
        raise Rejected("the video is gone", "media_gone")

    out = outgoing(Content(text=""), video=replace(clip(), read=gone))
    with pytest.raises(Rejected) as refused:
        stage.walk.prepare(out)
    assert refused.value.reason == "media_gone"
    assert stage.walk.calls == 0


def test_a_video_that_breaks_off_on_its_way_is_doubt(stage: Stage) -> None:
    def breaks(start: int, length: int) -> bytes:
        if start:
            raise Transient("the bucket")
        return bytes(min(length, 1_000))

    film = replace(clip(), size=telegram.FETCHED + 1, read=breaks)
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(outgoing(Content(text=""), video=film))


@pytest.mark.parametrize(
    ("status", "description", "reason"),
    [
        (400, "Bad Request: failed to get HTTP URL content", "media_unreachable"),
        (400, "Bad Request: wrong type of the web page content", "media_unreachable"),
        (400, "Bad Request: wrong file identifier/HTTP URL specified", "media_unreachable"),
        (400, "Bad Request: file is too big", "video_failed"),
        (400, "Bad Request: VIDEO_FILE_INVALID", "video_failed"),
        (413, "Request Entity Too Large", "video_failed"),
        (400, "Bad Request: message caption is too long", "too_long"),
    ],
)
def test_a_refused_video_is_told_as_such(
    stage: Stage, status: int, description: str, reason: str
) -> None:
    stage.served.answer_next("POST", SEND, refused(status, description))
    with pytest.raises(Rejected) as told:
        stage.walk.send(FILM)
    assert told.value.reason == reason


def test_a_private_channels_posts_have_an_address_for_its_members(stage: Stage) -> None:
    stage.fake.username = ""
    published = stage.reconnected().send(outgoing(Content(text="Un")))
    assert published.url == "https://t.me/c/1234567890/1"


def test_a_channel_that_was_renamed_is_linked_by_its_new_name(stage: Stage) -> None:
    stage.fake.username = "le_fournil"
    published = stage.walk.send(outgoing(Content(text="Un")))
    assert published.url == "https://t.me/le_fournil/1"


@pytest.mark.parametrize("odd", [None, 7, "", "a/../b", "x?y=z", ["le_fournil"]])
def test_an_odd_name_goes_into_no_address(stage: Stage, odd: object) -> None:
    message = {"message_id": 7, "chat": {"id": CHAT_ID, "username": odd}}
    stage.served.answer_next("POST", SEND, said(200, {"ok": True, "result": message}))
    published = stage.walk.send(outgoing(Content(text="Un")))
    assert (published.remote_id, published.url) == ("7", "https://t.me/c/1234567890/7")


def test_an_answer_without_a_chat_is_linked_by_the_name_we_know(stage: Stage) -> None:
    answer = said(200, {"ok": True, "result": {"message_id": 7, "chat": None}})
    stage.served.answer_next("POST", SEND, answer)
    published = stage.walk.send(outgoing(Content(text="Un")))
    assert published.url == "https://t.me/boulangerie_martin/7"


def test_a_picture_that_cant_be_had_is_told_before_the_call(stage: Stage) -> None:
    def gone() -> tuple[bytes, str]:
        raise Rejected("no such picture", "media_gone")

    broken = replace(picture("Le four"), load=gone)
    with pytest.raises(Rejected) as refused:
        stage.walk.prepare(outgoing(Content(text="Un"), broken))
    assert refused.value.reason == "media_gone"
    assert stage.served.seen("POST") == []


# What is counted.


def test_a_text_is_counted_in_utf16_units_and_a_caption_has_less_room(stage: Stage) -> None:
    spec, limits = telegram.SPEC, stage.connection.limits
    media = (Media("aa", "image/png", 10, 10, 10),)
    emoji = "🥐" * 600
    assert problems(Content(text=emoji), limits, spec) == []
    (found,) = problems(Content(text=emoji, media=media), limits, spec)
    assert (found.code, found.pointer) == ("caption_too_long", "/text")
    assert found.params == {"unit": "utf16_units", "count": 1200, "max": 1024}
    assert counts(Content(text=emoji), limits, spec) == (Count(Unit.UTF16_UNITS, 1200, 4096),)
    shown = counts(Content(text=emoji, media=media), limits, spec)
    assert shown == (Count(Unit.UTF16_UNITS, 1200, 1024),)
    (found,) = problems(Content(text="🥐" * 2049), limits, spec)
    assert found.code == "too_long"
    assert problems(Content(text="", media=media), limits, spec) == []


@pytest.mark.parametrize("pictures", [0, 1, 2])
def test_the_limit_is_where_telegram_has_it(stage: Stage, pictures: int) -> None:
    media = [picture("", f"rgb({n}, 0, 0)") for n in range(pictures)]
    most = 1024 if pictures else 4096
    stage.walk.send(outgoing(Content(text="é" * most), *media))
    with pytest.raises(Rejected) as refused:
        stage.walk.send(outgoing(Content(text="é" * (most + 1)), *media))
    assert refused.value.reason == "too_long"


# What answers mean: https://core.telegram.org/bots/api#making-requests


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (refused(401, "Unauthorized"), AuthExpired, ""),
        (refused(404, "Not Found"), AuthExpired, ""),
        (refused(403, "Forbidden: bot is not a member of the channel chat"), LacksRight, ""),
        (refused(403, "Forbidden: bot was kicked from the channel chat"), LacksRight, ""),
        (
            refused(400, "Bad Request: need administrator rights in the channel chat"),
            LacksRight,
            "",
        ),
        (
            refused(400, "Bad Request: not enough rights to send text messages to the chat"),
            LacksRight,
            "",
        ),
        (refused(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), LacksRight, ""),
        (refused(400, "Bad Request: chat not found"), Rejected, "gone"),
        (
            refused(
                400,
                "Bad Request: group chat was upgraded to a supergroup chat",
                migrate_to_chat_id=-1009876543210,
            ),
            Rejected,
            "gone",
        ),
        (refused(400, "Bad Request: message is too long"), Rejected, "too_long"),
        (refused(400, "Bad Request: message caption is too long"), Rejected, "too_long"),
        (refused(400, "Bad Request: message text is empty"), Rejected, "empty"),
        (refused(400, "Bad Request: can't parse entities: oops"), Rejected, "invalid"),
        (refused(400, "Bad Request: PHOTO_INVALID_DIMENSIONS"), Rejected, "media_refused"),
        (refused(400, "Bad Request: IMAGE_PROCESS_FAILED"), Rejected, "media_refused"),
        (refused(413, "Request Entity Too Large"), Rejected, "media_refused"),
        (refused(400, "Bad Request: something new"), OutcomeUnknown, ""),
        (refused(400, "Bad Request: group send failed"), OutcomeUnknown, ""),
        (
            refused(
                400,
                'Bad Request: failed to send message #2 with the error message "IMAGE_PROCESS_FAIL'
                'ED"',
            ),
            OutcomeUnknown,
            "",
        ),
        (refused(409, "Conflict: terminated by other getUpdates request"), OutcomeUnknown, ""),
        (refused(429, "Too Many Requests: retry after 17", retry_after=17), RateLimited, ""),
        (Said(429, b"<html>slow down</html>", {}), RateLimited, ""),
        (refused(500, "Internal Server Error: restart"), OutcomeUnknown, ""),
        (Said(502, b"<html>Bad Gateway</html>", {}), OutcomeUnknown, ""),
        (Said(400, b"<html>Bad Request</html>", {}), OutcomeUnknown, ""),
        (Said(401, b"<html>proxy</html>", {}), OutcomeUnknown, ""),
        (Said(403, b"<html>firewall</html>", {}), OutcomeUnknown, ""),
        (Said(302, b"", {"Location": "https://exemple.fr/login"}), OutcomeUnknown, ""),
        (Said(200, b"<html>Bienvenue</html>", {}), OutcomeUnknown, ""),
        (Said(200, b'{"ok": true, "result": {"message_id": 12', {}), OutcomeUnknown, ""),
        (Said(204, b"", {}), OutcomeUnknown, ""),
        (said(200, {}), OutcomeUnknown, ""),
        (said(200, {"ok": True}), OutcomeUnknown, ""),
        (said(200, {"ok": False, "result": {"message_id": 1}}), OutcomeUnknown, ""),
        (said(200, {"ok": "true", "result": {"message_id": 1}}), OutcomeUnknown, ""),
        (said(200, {"ok": True, "result": True}), OutcomeUnknown, ""),
        (said(200, {"ok": True, "result": {}}), OutcomeUnknown, ""),
        (said(200, {"ok": True, "result": []}), OutcomeUnknown, ""),
        (said(200, {"ok": True, "result": {"message_id": "1"}}), OutcomeUnknown, ""),
        (said(200, {"ok": True, "result": {"message_id": 0}}), OutcomeUnknown, ""),
        (said(200, {"ok": True, "result": {"message_id": None}}), OutcomeUnknown, ""),
    ],
)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[NetworkError], reason: str
) -> None:
    stage.served.answer_next("POST", SEND, answer)
    with pytest.raises(NetworkError) as raised:
        stage.walk.send(outgoing(Content(text="Un")))
    assert type(raised.value) is error
    assert getattr(raised.value, "reason", "") == reason
    assert stage.fake.messages == []


@pytest.mark.parametrize(
    "result",
    [
        {"message_id": 1},
        [{"message_id": 1}],
        [{"message_id": 1}, {}],
        [{"message_id": 1}, None],
        [{"message_id": 1}, {"message_id": 2}, {"message_id": 3}],
    ],
)
def test_an_album_that_isnt_whole_is_doubt(stage: Stage, result: object) -> None:
    stage.served.answer_next("POST", SEND, said(200, {"ok": True, "result": result}))
    with pytest.raises(OutcomeUnknown):
        stage.walk.send(outgoing(Content(text="Un"), picture(""), picture("", "red")))


@pytest.mark.parametrize(
    ("parameters", "reset_in"),
    [
        ({"retry_after": 17}, 17),
        ({"retry_after": 10**30}, 7 * 24 * 3600),
        ({"retry_after": "17"}, None),
        ({"retry_after": -1}, None),
        ([], None),
        (None, None),
    ],
)
def test_the_wait_that_telegram_asks_for_is_kept(
    stage: Stage, parameters: object, reset_in: int | None
) -> None:
    body = {"ok": False, "error_code": 429, "description": "Too Many Requests"}
    stage.served.answer_next("POST", SEND, said(429, {**body, "parameters": parameters}))
    with pytest.raises(RateLimited) as limited:
        stage.walk.send(outgoing(Content(text="Un")))
    expected = None if reset_in is None else START + timedelta(seconds=reset_in)
    assert (limited.value.reset_at, limited.value.scope) == (expected, "channel")


def test_the_channels_own_refusals_come_through(stage: Stage) -> None:
    stage.fake.retry_after = 30
    with pytest.raises(RateLimited):
        stage.walk.send(outgoing(Content(text="Un")))
    stage.fake.retry_after = 0
    stage.fake.can_post = False
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    stage.fake.status = "kicked"
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    assert stage.fake.messages == []


# The token.


def test_the_token_is_in_no_error_no_log_and_no_repr(
    stage: Stage, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    canary = stage.fake.token.partition(":")[2]
    out = outgoing(Content(text="Un"))
    told = [repr(stage.adapter), repr(stage.connection.profile), repr(stage.connection.settings)]
    for answer in (
        refused(401, "Unauthorized"),
        refused(400, "Bad Request: something new"),
        Said(500, b"", {}),
        Said(200, b"no", {}),
        Said(302, b"", {"Location": "/elsewhere"}),
    ):
        stage.served.answer_next("POST", SEND, answer)
        told.append(failure(stage, out))
        stage.served.answer_next("GET", "/getMe$", answer)
        with pytest.raises(NetworkError) as raised:
            stage.adapter.check()
        told.append("".join(traceback.format_exception(raised.value)))
    # Nobody there: refused before anything is sent.
    nowhere = http_for(ORIGIN, "http://127.0.0.1:1")
    away = telegram.Telegram(tools_of(stage.connection, nowhere, stage.clock))
    with pytest.raises(Transient) as refusal:
        away.publish(out, {}, before_send=lambda: None)
    told.append("".join(traceback.format_exception(refusal.value)))
    reply = stage.http.request("GET", f"{ORIGIN}/bot{stage.fake.token}/getMe", write=False)
    told.append(repr(reply))
    assert any("/bot" in asked.path and canary in asked.path for asked in stage.served.requests)
    assert canary not in "".join([*told, caplog.text])


def failure(stage: Stage, out: Any) -> str:
    with pytest.raises(NetworkError) as raised:
        stage.walk.send(out)
    return repr(raised.value) + "".join(traceback.format_exception(raised.value))


# Counting.


def test_the_members_of_the_channel_are_its_followers(stage: Stage) -> None:
    hear = registry.network("telegram").hear
    assert hear is not None
    hearing = hear(tools_of(stage.connection, stage.http, stage.clock))
    assert isinstance(hearing, Hearing)
    assert isinstance(hearing, FetchesMetrics)
    assert hearing.measure_channel() == {Metric.FOLLOWERS: 412}
    assert hearing.measure_post("1") == {}
    stage.served.answer_next(
        "GET", "/getChatMemberCount$", said(200, {"ok": True, "result": "many"})
    )
    assert hearing.measure_channel() == {Metric.FOLLOWERS: None}
    stage.fake.token = "1:other"
    with pytest.raises(AuthExpired):
        hearing.measure_channel()
