"""An SMTP server in the test's own process that keeps what it is sent."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.servers.process import free_port

HOST = "127.0.0.1"


@dataclass(frozen=True, slots=True)
class ReceivedMail:
    """One mail as it came: the envelope, and the message it carried."""

    sender: str
    recipients: tuple[str, ...]
    message: EmailMessage


class Mailbox:
    """aiosmtpd's handler: keeps every accepted mail, refuses while told to."""

    def __init__(self) -> None:
        self.changed = threading.Condition()
        self.mails: list[ReceivedMail] = []
        self.refusals: list[tuple[str, str]] = []

    async def handle_RCPT(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        address: str,
        rcpt_options: list[str],
    ) -> str:
        """Accept the recipient unless mail to it is refused."""
        for part, reply in self.refusals:
            if part in address:
                return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """Keep the mail."""
        content = envelope.content
        if not isinstance(content, bytes):
            raise TypeError("aiosmtpd is expected to hand over bytes")
        message = message_from_bytes(content, policy=policy.default)
        mail = ReceivedMail(envelope.mail_from or "", tuple(envelope.rcpt_tos), message)
        with self.changed:
            self.mails.append(mail)
            self.changed.notify_all()
        return "250 OK"


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """A running SMTP server; plain, without sign-in."""

    host: str
    port: int
    mailbox: Mailbox = field(repr=False)

    def messages(self, recipient: str | None = None) -> list[ReceivedMail]:
        """Return what has come, oldest first: all of it, or what is for one address."""
        with self.mailbox.changed:
            mails = list(self.mailbox.mails)
        return [mail for mail in mails if recipient is None or recipient in mail.recipients]

    def wait_for(self, recipient: str, timeout: float = 10.0) -> ReceivedMail:
        """Return the latest mail to the address, waiting for it if none has come yet."""
        with self.mailbox.changed:
            self.mailbox.changed.wait_for(lambda: self.messages(recipient), timeout)
        mails = self.messages(recipient)
        if not mails:
            raise AssertionError(f"no mail to {recipient} came within {timeout} s")
        return mails[-1]

    @contextmanager
    def refusing(self, recipient: str, reply: str = "550 5.1.1 No such mailbox") -> Iterator[None]:
        """Refuse mail to addresses that contain `recipient` inside the block ("" is everyone)."""
        refusal = (recipient, reply)
        self.mailbox.refusals.append(refusal)
        try:
            yield
        finally:
            self.mailbox.refusals.remove(refusal)


@contextmanager
def mail_server() -> Iterator[SmtpServer]:
    """Run the server inside the block, on a thread of its own."""
    mailbox = Mailbox()
    controller = Controller(mailbox, hostname=HOST, port=free_port())
    controller.start()
    try:
        yield SmtpServer(HOST, controller.port, mailbox)
    finally:
        controller.stop()
