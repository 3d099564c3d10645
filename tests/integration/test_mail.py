"""Notices as mails: through a real SMTP server, into a folder, once per cause."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path

import pytest
from botocore.stub import ANY, Stubber

from chalicelib.ids import ChannelId, DeliveryId, MemberId, PostId, WorkspaceId
from chalicelib.mail.notices import NoticeMailer
from chalicelib.mail.transports import Folder, MailFailed, Ses, Smtp, Transport
from chalicelib.mail.wording import EN, FR
from chalicelib.publishing.deliveries import (
    Delivery,
    RemoteKey,
    ResendClass,
    Status,
    Topic,
    Why,
)
from chalicelib.publishing.followups import unheard
from chalicelib.publishing.ports import Notice
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Language, Member, Role, Workspace
from tests.fakes.clocks import SettableClock
from tests.servers.mail import SmtpServer

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
FIRM = Workspace(id=WorkspaceId("firm"), name="Boulangerie Martin", feed_token="t", created_at=NOW)
CHANNEL = Channel(
    workspace=FIRM.id, id=ChannelId("masto"), network="mastodon", name="Mastodon", created_at=NOW
)


def member(name: str, role: Role, language: Language = Language.FR) -> Member:
    return Member(
        workspace=FIRM.id,
        id=MemberId(name),
        email=f"{name}@example.test",
        name=name,
        role=role,
        language=language,
        created_at=NOW,
    )


def notice(topic: Topic = Topic.TO_CHECK, excerpt: str = "La galette est là") -> Notice:
    delivery = Delivery(
        workspace=FIRM.id,
        id=DeliveryId("post.masto.0"),
        post=PostId("post"),
        channel=CHANNEL.id,
        network="mastodon",
        resend_class=ResendClass.READ_BACK,
        status=Status.NEEDS_HUMAN,
        why=Why.UNKNOWN,
        planned_at=NOW - timedelta(hours=1),
        latest_at=NOW + timedelta(hours=1),
        version=1,
        text_hash="h",
        key=RemoteKey("r", "s", "u", NOW),
    )
    return Notice(
        key=f"{delivery.id}:{topic}:3",
        workspace=FIRM,
        topic=topic,
        channel=CHANNEL,
        delivery=delivery,
        excerpt=excerpt,
    )


@dataclass
class Told:
    """Remembers what was told, as the store does."""

    begun: dict[str, datetime] = field(default_factory=dict)
    told: set[str] = field(default_factory=set)

    def begin(self, key: str, now: datetime, lease_until: datetime) -> bool:
        if key in self.told:
            return False
        if self.begun.get(key, now) > now:
            raise MailFailed("somebody else is telling it now")
        self.begun[key] = lease_until
        return True

    def done(self, key: str) -> None:
        self.told.add(key)


@dataclass
class People:
    """A firm's people."""

    members: Sequence[Member]

    def of(self, workspace: WorkspaceId) -> Sequence[Member]:
        return [m for m in self.members if m.workspace == workspace]


def mailer(transport: Transport, *members: Member, told: Told | None = None) -> NoticeMailer:
    return NoticeMailer(
        clock=SettableClock(NOW),
        people=People(members),
        told=told or Told(),
        transport=transport,
        sender="Relais <relais@example.test>",
        public_url="https://relais.example.test",
    )


def test_a_notice_reaches_owner_and_approver_through_a_real_server(smtp_server: SmtpServer) -> None:
    people = [
        member("claire", Role.OWNER),
        member("paul", Role.APPROVER, Language.EN),
        member("theo", Role.EDITOR),
    ]
    smtp = Smtp(host=smtp_server.host, port=smtp_server.port, is_plain=True)
    mailer(smtp, *people).tell(notice())
    french = smtp_server.wait_for("claire@example.test").message
    english = smtp_server.wait_for("paul@example.test").message
    assert french["Subject"] == "À vérifier : « La galette est là » sur Mastodon"
    assert english["Subject"] == "To check: “La galette est là” on Mastodon"
    link = "https://relais.example.test/messages/post#post.masto.0"
    assert link in body(french)
    assert link in body(english)
    assert not smtp_server.messages("theo@example.test")


def test_a_refusing_server_fails_and_the_same_notice_reaches_the_rest_later(
    smtp_server: SmtpServer,
) -> None:
    people = [member("lea", Role.OWNER), member("marc", Role.APPROVER)]
    smtp = Smtp(host=smtp_server.host, port=smtp_server.port, is_plain=True)
    told = Told()
    post = mailer(smtp, *people, told=told)
    with smtp_server.refusing("marc", "550 no such person"), pytest.raises(MailFailed):
        post.tell(notice())
    assert len(smtp_server.messages("lea@example.test")) == 1
    told.begun.clear()  # the lease of the first try is over
    post.tell(notice())
    assert len(smtp_server.messages("lea@example.test")) == 1
    assert len(smtp_server.messages("marc@example.test")) == 1


def test_a_server_that_is_not_there_is_a_failure_to_try_again() -> None:
    smtp = Smtp(host="127.0.0.1", port=9, is_plain=True)
    with pytest.raises(MailFailed):
        mailer(smtp, member("claire", Role.OWNER)).tell(notice())


@pytest.fixture
def ses(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ses]:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")
    made = Ses.at("eu-west-3")
    yield made
    made.client.close()


def test_in_the_cloud_a_mail_is_handed_to_ses_whole(ses: Ses) -> None:
    with Stubber(ses.client) as stub:
        for number in range(2):
            wanted = {"RawMessage": {"Data": ANY}}
            stub.add_response("send_raw_email", {"MessageId": str(number)}, wanted)
        mailer(ses, member("claire", Role.OWNER), member("paul", Role.APPROVER)).tell(notice())
        stub.assert_no_pending_responses()


def test_what_ses_refuses_is_a_failure_to_try_again(ses: Ses) -> None:
    with Stubber(ses.client) as stub:
        stub.add_client_error("send_raw_email", "Throttling", http_status_code=400)
        with pytest.raises(MailFailed):
            mailer(ses, member("claire", Role.OWNER)).tell(notice())


def test_a_firm_with_nobody_to_tell_is_a_failure_to_try_again(tmp_path: Path) -> None:
    with pytest.raises(MailFailed, match="nobody"):
        mailer(Folder(tmp_path), member("theo", Role.EDITOR)).tell(notice())


def test_one_mail_per_cause_however_often_it_is_told(tmp_path: Path) -> None:
    post = mailer(Folder(tmp_path), member("claire", Role.OWNER))
    post.tell(notice())
    post.tell(notice())
    assert len(list(tmp_path.glob("*.eml"))) == 1


def test_while_one_tells_another_one_waits(tmp_path: Path) -> None:
    told = Told()
    post = mailer(Folder(tmp_path), member("claire", Role.OWNER), told=told)
    post.tell(notice())
    told.told.clear()  # as if the first one had died after the mail left
    with pytest.raises(MailFailed):
        post.tell(notice())


@pytest.mark.parametrize("topic", Topic)
def test_each_topic_is_worded_in_both_languages(topic: Topic, tmp_path: Path) -> None:
    for language, words in ((Language.FR, FR), (Language.EN, EN)):
        folder = tmp_path / language
        mailer(Folder(folder), member("claire", Role.OWNER, language)).tell(notice(topic))
        message = only_mail(folder)
        assert words[topic].subject.split("{")[0].strip() in message["Subject"]
        assert "{" not in body(message)
        assert "https://relais.example.test/" in body(message)


def test_a_channel_that_broke_while_it_was_read_is_told_of_without_a_post(tmp_path: Path) -> None:
    broken = replace(CHANNEL, status=ChannelStatus.BROKEN, since=NOW)
    paul = member("paul", Role.APPROVER, Language.EN)
    post = mailer(Folder(tmp_path), member("claire", Role.OWNER), paul)
    post.tell(unheard(FIRM, broken))
    post.tell(unheard(FIRM, replace(broken, reason="said otherwise")))
    mails = {str(mail["To"]): mail for mail in all_mails(tmp_path)}
    french, english = mails["claire@example.test"], mails["paul@example.test"]
    assert french["Subject"] == "À reconnecter\u00a0: Mastodon"
    assert english["Subject"] == "To reconnect: Mastodon"
    for mail in (french, english):
        assert body(mail).count("https://relais.example.test/canaux#masto") == 1
        assert "{" not in body(mail)


def test_a_name_with_a_line_break_makes_no_second_header(tmp_path: Path) -> None:
    bad = replace(notice(), channel=replace(CHANNEL, name="Chez\nBcc: all@example.test"))
    mailer(Folder(tmp_path), member("claire", Role.OWNER)).tell(bad)
    message = only_mail(tmp_path)
    assert message["Bcc"] is None
    assert "Chez Bcc" in message["Subject"]


def test_a_sign_in_link_is_mailed_in_the_persons_language(tmp_path: Path) -> None:
    post = mailer(Folder(tmp_path))
    post.send_link("claire@example.test", "https://relais.example.test/x", Language.EN, 15)
    message = only_mail(tmp_path)
    assert message["Subject"] == "Your link to sign in to Relais"
    assert "within 15 minutes" in body(message)


def only_mail(folder: Path) -> EmailMessage:
    (mail,) = all_mails(folder)
    return mail


def all_mails(folder: Path) -> list[EmailMessage]:
    read = BytesParser(_class=EmailMessage, policy=policy.default).parsebytes
    return [read(path.read_bytes()) for path in folder.glob("*.eml")]


def body(message: EmailMessage) -> str:
    return str(message.get_content())
