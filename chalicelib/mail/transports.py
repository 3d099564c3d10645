"""How a mail leaves: by SES in the cloud, by SMTP where it is set, else into a folder."""

from __future__ import annotations

import contextlib
import os
import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from email.utils import format_datetime, make_msgid
from pathlib import Path
from typing import Any, Protocol, Self

from chalicelib.clients import OneClient
from chalicelib.clock import Clock

TIMEOUT = 10.0
"""Seconds a mail server may take for each answer."""
SUBMISSIONS = 465
"""The port of submission over TLS from the start (RFC 8314)."""


_BLANKS = re.compile(r"[^\S\u00a0\u202f]+")
"""Also line breaks, which no header may have; the blanks of French that don't break stay."""


class MailFailed(Exception):
    """The mail couldn't be handed over; it may be tried again."""


class Transport(Protocol):
    """Hands over one mail."""

    def send(self, message: EmailMessage) -> None:
        """Hand the mail over.

        Raises:
            MailFailed: it wasn't taken.
        """
        ...


def compose(
    clock: Clock, *, sender: str, to: str, subject: str, text: str, key: str
) -> EmailMessage:
    """Return a plain-text mail whose Message-ID is always the same for the same key."""
    message = EmailMessage()
    domain = sender.rpartition("@")[2].rstrip(">") or "localhost"
    message["From"] = sender
    message["To"] = to
    message["Subject"] = _BLANKS.sub(" ", subject).strip()
    message["Date"] = format_datetime(clock.now())
    message["Message-ID"] = f"<{key}@{domain}>" if key else make_msgid(domain=domain)
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(text)
    return message


@dataclass(frozen=True, slots=True)
class Folder:
    """A maildir-like folder: each mail is one file; for a machine without a mail server."""

    path: Path

    def send(self, message: EmailMessage) -> None:
        """Write the mail whole under its Message-ID: the same one again replaces it."""
        name = message["Message-ID"].strip("<>").replace("/", "_").replace(":", "_")
        try:
            self.path.mkdir(parents=True, exist_ok=True)
            part = self.path / f".{name}.{os.getpid()}"
            part.write_bytes(message.as_bytes())
            part.replace(self.path / f"{name}.eml")
        except OSError as error:
            raise MailFailed(f"{type(error).__name__} in the mail folder") from error


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp:
    """A mail server: TLS from the start on port 465, STARTTLS on any other."""

    host: str
    port: int = 587
    user: str = ""
    password: str = ""
    is_plain: bool = False
    """Without TLS: a server on this very machine; a password is never sent so."""

    def send(self, message: EmailMessage) -> None:
        """Hand the mail to the server; a password is only sent over TLS."""
        try:
            with contextlib.closing(self._connect()) as server:
                if self.user and not self.is_plain:
                    server.login(self.user, self.password)
                server.send_message(message)
        except (OSError, smtplib.SMTPException) as error:
            raise MailFailed(f"{type(error).__name__} from the mail server") from error

    def _connect(self) -> smtplib.SMTP:
        context = ssl.create_default_context()
        if self.port == SUBMISSIONS and not self.is_plain:
            return smtplib.SMTP_SSL(self.host, self.port, timeout=TIMEOUT, context=context)
        server = smtplib.SMTP(self.host, self.port, timeout=TIMEOUT)
        if not self.is_plain:
            server.starttls(context=context)
        return server


class Ses:
    """Amazon SES.

    Args:
        make_client: Makes the client of SES.
    """

    def __init__(self, make_client: Callable[[], Any]) -> None:
        self._client = OneClient(make_client)

    @classmethod
    def at(cls, region: str) -> Self:
        """Return the SES of a region."""
        from botocore.config import Config  # noqa: PLC0415 - only where SES is used
        from botocore.session import get_session  # noqa: PLC0415

        config = Config(
            connect_timeout=1,
            read_timeout=TIMEOUT,
            retries={"total_max_attempts": 2, "mode": "standard"},
        )
        return cls(lambda: get_session().create_client("ses", region, config=config))

    @property
    def client(self) -> Any:
        """The one client of SES, made when it is first used."""
        return self._client()

    def send(self, message: EmailMessage) -> None:
        """Hand the mail to SES.

        Raises:
            MailFailed: it wasn't taken.
        """
        from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

        try:
            self.client.send_raw_email(RawMessage={"Data": message.as_bytes()})
        except (BotoCoreError, ClientError) as error:
            raise MailFailed(f"{type(error).__name__} from SES") from error
