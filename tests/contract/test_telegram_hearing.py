"""What is said in a channel's discussion group, against a Bot API that holds its rules."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import Any

import pytest

from chalicelib.listening.mentions import Author, MentionKind
from chalicelib.listening.ports import NothingToRead, Unreadable
from chalicelib.networks import registry, telegram
from chalicelib.networks.contract import Connection, Outgoing
from chalicelib.networks.hearing import FetchesMentions, Moderates, Searches
from chalicelib.networks.http import Http
from chalicelib.networks.spec import Moderation
from chalicelib.networks.telegram_bots import ORIGIN
from chalicelib.networks.telegram_hearing import Hearing
from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content
from tests.contract.listening import Ear
from tests.contract.stage import Walk, http_for, outgoing, tools_of
from tests.fakes.clocks import SettableClock
from tests.fakes.fake_telegram import FakeTelegram
from tests.fakes.fake_telegram_group import CHAT_ID, CLAIRE, GROUP_ID, FakeGroup, refused
from tests.fakes.serving import Said, Served, said, serving

HOUR, DAY = timedelta(hours=1), timedelta(days=1)
UPDATES = "/getUpdates$"
ELSEWHERE = -1005550001112


@dataclass(slots=True)
class Stage:
    """A channel with a post of ours in it, and the group where people talk about that."""

    fake: FakeTelegram
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    ear: Ear = field(init=False)
    post: str = field(init=False)
    shown: int = field(init=False)
    """The post as the group has it."""

    def __post_init__(self) -> None:
        self.ear = Ear(lambda *asked: self.hearing().mentions(*asked), self.clock.now)
        self.post = Walk(self.adapter()).send(outgoing(Content(text="Galettes"))).remote_id
        self.shown = max(self.fake.group.messages)

    @property
    def group(self) -> FakeGroup:
        return self.fake.group

    def adapter(self) -> telegram.Telegram:
        return telegram.Telegram(tools_of(self.connection, self.http, self.clock))

    def hearing(self) -> Hearing:
        hear = registry.network("telegram").hear
        assert hear is not None
        made = hear(tools_of(self.connection, self.http, self.clock))
        assert isinstance(made, Hearing)
        return made

    def unread(self) -> str:
        with pytest.raises(Unreadable) as raised:
            self.ear.listen()
        return raised.value.reason

    def elsewhere(self, text: str) -> None:
        """Let the bot be told of another group, that of another channel."""
        message = {"message_id": 7, "date": int(self.clock.now().timestamp()), "text": text}
        sender = {"id": 600, "is_bot": False, "first_name": "Zoé"}
        chat = {"id": ELSEWHERE, "type": "supergroup"}
        self.group.put({"message": {**message, "from": sender, "chat": chat}})

    def asked(self) -> list[dict[str, str]]:
        return [dict(asked.query) for asked in self.served.seen("GET", UPDATES)]

    def answer_to(self, number: int) -> Outgoing:
        refs = {"group": str(GROUP_ID), "message": str(number)}
        return replace(outgoing(Content(text="Oui, à 8 h.")), answers=refs)


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeTelegram(clock.now)
    with serving(fake) as served:
        http = http_for(ORIGIN, served.base_url)
        fields = {"token": fake.token, "chat": "boulangerie_martin"}
        yield Stage(fake, served, http, clock, telegram.connect(fields, http, clock))


def test_it_hears_and_moderates_and_searches_nothing(stage: Stage) -> None:
    hearing = stage.hearing()
    assert isinstance(hearing, FetchesMentions)
    assert isinstance(hearing, Moderates)
    assert not isinstance(hearing, Searches)
    assert list(hearing.look_again([])) == []


# What is heard.


def test_a_comment_is_heard_under_its_post(stage: Stage) -> None:
    number = stage.group.say("Vous ouvrez dimanche ?", under=stage.shown)
    (heard,) = stage.ear.listen()
    assert heard.kind is MentionKind.COMMENT
    assert heard.text == "Vous ouvrez dimanche ?"
    url = "https://t.me/marc_devaux"
    assert heard.author == Author("502", "Marc Devaux", "@marc_devaux", url)
    assert heard.identity == f"https://t.me/c/9876543210/{number}"
    assert heard.remote_id == f"{GROUP_ID}/{number}"
    assert heard.url == f"https://t.me/martin_discute/{number}"
    assert heard.thread == f"https://t.me/c/9876543210/{stage.shown}"
    assert heard.answers_to == stage.post
    assert heard.refs == {"group": str(GROUP_ID), "message": str(number)}
    assert heard.said_at == stage.clock.now().replace(microsecond=0)
    assert heard.edited_at is None


def test_what_answers_a_comment_stands_in_its_conversation(stage: Stage) -> None:
    first = stage.group.say("Dimanche ?", under=stage.shown)
    stage.group.say("Moi aussi !", by=503, under=first)
    one, two = stage.ear.listen()
    assert two.thread == one.thread
    assert two.answers_to == one.remote_id
    assert two.author == Author("503", "P503")


def test_what_is_said_in_the_group_by_itself_is_heard(stage: Stage) -> None:
    number = stage.group.say("Bonjour, vous êtes ouverts ?")
    stage.group.username = ""
    (heard,) = stage.ear.listen()
    assert (heard.kind, heard.thread, heard.answers_to) == (MentionKind.MESSAGE, "", "")
    stage.group.say("Et lundi ?")
    (other,) = stage.ear.listen()
    assert other.url == f"https://t.me/c/9876543210/{number + 1}"


def test_a_channel_that_speaks_for_itself_is_its_author(stage: Stage) -> None:
    chat = {"id": ELSEWHERE, "type": "channel", "title": "Le Val", "username": "le_val"}
    stage.group.add({"text": "Bravo", "sender_chat": chat, "from": {"id": 1, "is_bot": True}})
    (heard,) = stage.ear.listen()
    assert heard.author == Author(str(ELSEWHERE), "Le Val", "@le_val", "https://t.me/le_val")


@pytest.mark.parametrize(
    "message",
    [
        {"sender_chat": {"id": CHAT_ID, "type": "channel"}, "text": "De la maison"},
        {"sender_chat": {"id": GROUP_ID, "type": "supergroup"}, "text": "Anonyme"},
        {"from": {"id": 77, "is_bot": True, "first_name": "Un bot"}, "text": "Publicité"},
        {"text": "", "new_chat_members": [{"id": 9}]},
        {"from": {"id": CLAIRE, "is_bot": False, "first_name": "Claire"}, "text": "De Claire"},
    ],
    ids=["the channel", "an anonymous administrator", "a bot", "a service message", "the firm"],
)
def test_what_nobody_says_to_the_firm_is_not_heard(stage: Stage, message: dict[str, Any]) -> None:
    stage.group.add({"from": {"id": 503, "is_bot": False, "first_name": "Zoé"}, **message})
    stage.group.say("Dimanche ?")
    assert [heard.text for heard in stage.ear.listen()] == ["Dimanche ?"]


def test_our_own_answer_is_not_heard_and_what_answers_it_is(stage: Stage) -> None:
    number = stage.group.say("Dimanche ?", under=stage.shown)
    sent = Walk(stage.adapter()).send(stage.answer_to(number))
    stage.group.say("Merci !", under=int(sent.remote_id.partition("/")[2]))
    first, thanks = stage.ear.listen()
    assert (first.text, thanks.text) == ("Dimanche ?", "Merci !")
    assert thanks.answers_to == sent.remote_id


@pytest.mark.parametrize(
    ("shows", "text"),
    [
        ({"photo": [{"file_id": "a"}], "caption": "La mienne"}, "📷 La mienne"),
        ({"sticker": {"emoji": "🥐"}}, "🥐"),
        ({"sticker": {}, "document": {"file_id": "a"}}, "📎"),
        ({"voice": {"file_id": "a"}}, "🎤"),
    ],
)
def test_what_is_shown_is_told_by_a_sign(stage: Stage, shows: dict[str, Any], text: str) -> None:
    stage.group.say("", under=stage.shown, **shows)
    assert [heard.text for heard in stage.ear.listen()] == [text]


def test_an_edit_is_told_under_the_same_identity(stage: Stage) -> None:
    number = stage.group.say("Dimache ?")
    (before,) = stage.ear.listen()
    stage.clock.advance(HOUR)
    stage.group.edit(number, "Dimanche ?")
    assert stage.ear.listen() == []  # it is known
    after = stage.ear.told[-1]
    assert (after.identity, after.said_at, after.text) == (
        before.identity,
        before.said_at,
        "Dimanche ?",
    )
    assert after.edited_at == stage.clock.now().replace(microsecond=0)


# How the queue is read.


def test_what_was_told_is_told_once_though_nothing_is_confirmed(stage: Stage) -> None:
    stage.group.say("Un")
    assert len(stage.ear.listen()) == 1
    before = stage.ear.cursor
    assert stage.ear.listen() == []
    assert [heard.text for heard in stage.ear.told] == ["Un"]
    assert stage.ear.cursor == before
    assert all("offset" not in query for query in stage.asked())
    assert len(stage.group.queue) == 2  # the post as the group has it, and that


def test_a_reading_that_dies_tells_it_again(stage: Stage) -> None:
    stage.group.say("Un")
    stage.ear.dies()
    assert [heard.text for heard in stage.ear.listen()] == []
    assert [heard.text for heard in stage.ear.told] == ["Un", "Un"]


def test_what_is_said_elsewhere_is_left_to_the_bots_other_channel(stage: Stage) -> None:
    for n in range(60):
        stage.group.say(f"Ici {n}")
        stage.elsewhere(f"Là {n}")
    heard_there: set[str] = set()
    for _ in range(5):
        stage.ear.listen()
        page = [update["message"] for _, update in stage.group.queue[:100]]
        heard_there |= {m["text"] for m in page if m["chat"]["id"] == ELSEWHERE}
        stage.clock.advance(HOUR)  # the other channel is read as slowly as any
    assert stage.ear.texts() == {f"Ici {n}" for n in range(60)}
    assert heard_there == {f"Là {n}" for n in range(60)}


def test_a_group_that_talks_a_lot_is_heard_whole_at_once(stage: Stage) -> None:
    for n in range(250):
        stage.group.say(f"Mot {n}")
    assert len(stage.ear.listen()) == 250
    offsets = [int(query.get("offset", 0)) for query in stage.asked()]
    assert len(offsets) == 3
    assert offsets == sorted(set(offsets))
    assert stage.ear.listen() == []


def test_each_part_is_confirmed_by_the_next_one_only(stage: Stage) -> None:
    for n in range(150):
        stage.group.say(f"Mot {n}")
    stage.ear.dies()
    assert len(stage.group.queue) == 151
    assert len(stage.ear.listen()) == 51
    assert stage.ear.texts() == {f"Mot {n}" for n in range(150)}


def test_numbers_that_begin_anew_after_a_quiet_week_lose_nothing(stage: Stage) -> None:
    stage.group.say("Avant")
    stage.ear.listen()
    stage.clock.advance(8 * DAY)
    stage.group.updated = 1_000
    stage.group.say("Après")
    assert [heard.text for heard in stage.ear.listen()] == ["Après"]


def test_a_page_that_is_too_big_is_asked_for_in_shorter_ones(stage: Stage) -> None:
    under = stage.shown
    for n in range(70):
        under = stage.group.say(f"{n}" + "é" * 4_000, under=under)
    stage.ear.listen()
    assert len(stage.ear.texts()) == 70
    assert {query["limit"] for query in stage.asked()} == {"100", "10"}


@pytest.mark.parametrize("cursor", ["", "x", "1.2", "1.2.x", "..", "é.1.2", "1.2.3.4"])
def test_a_cursor_that_is_not_ours_reads_from_the_beginning(stage: Stage, cursor: str) -> None:
    stage.group.say("Un")
    stage.ear.cursor = cursor
    assert len(stage.ear.listen()) == 1


# What keeps it from hearing.


def test_a_channel_without_a_group_says_so(stage: Stage) -> None:
    stage.group.is_linked = False
    with pytest.raises(NothingToRead) as raised:
        stage.ear.listen()
    assert raised.value.reason == "no-group"


@pytest.mark.parametrize("status", ["left", "kicked", "restricted", "member"])
def test_a_bot_that_is_not_told_what_the_group_says_says_so(stage: Stage, status: str) -> None:
    stage.group.status = status
    assert stage.unread() == "not-in-group"
    assert stage.asked() == []


def test_a_member_whose_privacy_is_off_is_told(stage: Stage) -> None:
    stage.group.status, stage.group.is_private = "member", False
    stage.group.say("Dimanche ?")
    assert len(stage.ear.listen()) == 1


def test_another_reader_of_the_bot_is_told_of(stage: Stage) -> None:
    stage.group.has_webhook = True
    assert stage.unread() == "read-elsewhere"


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (refused(401, "Unauthorized"), AuthExpired),
        (refused(429, "Too Many Requests: retry after 5", retry_after=5), RateLimited),
        (refused(500, "Internal Server Error"), Transient),
        (Said(502, b"<html>Bad Gateway</html>", {}), Transient),
        (said(200, {"ok": True, "result": {}}), Transient),
        (said(200, {"ok": True, "result": [7]}), Transient),
        (said(200, {"ok": True, "result": [{"message": {}}]}), Transient),
    ],
)
@pytest.mark.parametrize("method", ["getUpdates", "getChatAdministrators", "getChat"])
def test_what_cannot_be_read_now_loses_nothing(
    stage: Stage, method: str, answer: Said, error: type[NetworkError]
) -> None:
    stage.group.say("Dimanche ?")
    stage.served.answer_next("GET", f"/{method}$", answer)
    is_list = answer.status == 200 and method == "getChatAdministrators"
    if is_list and answer.body != said(200, {"ok": True, "result": {}}).body:
        return  # a list of nobody known
    with pytest.raises(error):
        stage.ear.listen()
    assert stage.ear.cursor == ""
    assert [heard.text for heard in stage.ear.listen()] == ["Dimanche ?"]


def test_a_message_without_its_date_is_skipped_and_counted(stage: Stage) -> None:
    stage.group.say("Sans date", date=None)
    stage.group.say("Dimanche ?")
    assert [heard.text for heard in stage.ear.listen()] == ["Dimanche ?"]
    assert stage.ear.skipped == 1


# Answering.


def test_an_answer_is_a_reply_in_the_group(stage: Stage) -> None:
    number = stage.group.say("Dimanche ?", under=stage.shown)
    sent = Walk(stage.adapter()).send(stage.answer_to(number))
    answer = stage.group.messages[number + 1]
    assert (answer["text"], answer["reply_to_message"]["message_id"]) == ("Oui, à 8 h.", number)
    assert sent.remote_id == f"{GROUP_ID}/{number + 1}"
    assert sent.url == f"https://t.me/martin_discute/{number + 1}"
    assert len(stage.fake.messages) == 1  # the channel has its post alone


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (refused(400, "Bad Request: message to be replied not found"), Rejected, "answered_gone"),
        (refused(400, "Bad Request: chat not found"), Rejected, "answered_gone"),
        (refused(403, "Forbidden: bot was kicked from the supergroup chat"), Rejected, "forbidden"),
        (refused(400, "Bad Request: not enough rights to send text"), Rejected, "forbidden"),
        (refused(400, "Bad Request: CHAT_WRITE_FORBIDDEN"), Rejected, "forbidden"),
        (refused(400, "Bad Request: message is too long"), Rejected, "too_long"),
        (refused(401, "Unauthorized"), AuthExpired, ""),
        (refused(429, "Too Many Requests: retry after 5", retry_after=5), RateLimited, ""),
        (refused(400, "Bad Request: something new"), OutcomeUnknown, ""),
        (refused(409, "Conflict"), OutcomeUnknown, ""),
        (refused(500, "Internal Server Error"), OutcomeUnknown, ""),
        (said(200, {"ok": True, "result": {}}), OutcomeUnknown, ""),
        (said(200, {"ok": True, "result": [{"message_id": 1}]}), OutcomeUnknown, ""),
    ],
)
def test_what_refuses_an_answer_is_not_what_refuses_the_channel(
    stage: Stage, answer: Said, error: type[NetworkError], reason: str
) -> None:
    number = stage.group.say("Dimanche ?", under=stage.shown)
    stage.served.answer_next("POST", "/sendMessage$", answer)
    with pytest.raises(NetworkError) as raised:
        Walk(stage.adapter()).send(stage.answer_to(number))
    assert type(raised.value) is error
    assert getattr(raised.value, "reason", "") == reason


def test_what_was_deleted_is_not_answered(stage: Stage) -> None:
    number = stage.group.say("Dimanche ?", under=stage.shown)
    del stage.group.messages[number]
    with pytest.raises(Rejected) as raised:
        Walk(stage.adapter()).send(stage.answer_to(number))
    assert raised.value.reason == "answered_gone"


# Doing something about it.


def test_a_message_is_liked_unliked_and_deleted_as_often_as_it_is_asked(stage: Stage) -> None:
    number = stage.group.say("Dimanche ?", under=stage.shown)
    (heard,) = stage.ear.listen()
    hearing = stage.hearing()
    for _ in range(2):
        hearing.moderate(Moderation.LIKE, heard)
        assert stage.group.reactions == {number: "👍"}
    for _ in range(2):
        hearing.moderate(Moderation.UNLIKE, heard)
        assert stage.group.reactions == {}
    hearing.moderate(Moderation.DELETE, heard)
    assert number not in stage.group.messages
    with pytest.raises(Rejected) as raised:
        hearing.moderate(Moderation.DELETE, heard)
    assert raised.value.reason == "gone"


@pytest.mark.parametrize("act", [Moderation.HIDE, Moderation.SPAM, Moderation.APPROVE])
def test_what_telegram_lacks_is_refused(stage: Stage, act: Moderation) -> None:
    stage.group.say("Dimanche ?")
    (heard,) = stage.ear.listen()
    assert refusal(stage, act) == "not_offered"
    assert heard.text


def refusal(stage: Stage, act: Moderation) -> str:
    with pytest.raises(Rejected) as raised:
        stage.hearing().moderate(act, stage.ear.told[-1])
    return raised.value.reason


def test_why_nothing_can_be_done_is_told(stage: Stage) -> None:
    stage.group.say("Dimanche ?", under=stage.shown)
    stage.ear.listen()
    stage.group.takes_reactions = False
    assert refusal(stage, Moderation.LIKE) == "not_offered"
    stage.group.can_delete = False
    assert refusal(stage, Moderation.DELETE) == "forbidden"
    stage.group.can_delete = True
    stage.clock.advance(2 * DAY + HOUR)
    assert refusal(stage, Moderation.DELETE) == "too_old"
    stage.group.status = "kicked"
    assert refusal(stage, Moderation.LIKE) == "forbidden"


def test_no_part_of_the_token_is_told(stage: Stage) -> None:
    secret = stage.fake.token.partition(":")[2]
    stage.group.status = "kicked"
    with pytest.raises(Unreadable) as raised:
        stage.ear.listen()
    assert not re.search(re.escape(secret), repr(raised.value) + str(raised.value.__cause__))
