"""Notices and sign-in links as mails: one mail per cause, with a link straight to it."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.message import EmailMessage
from typing import Protocol
from zoneinfo import ZoneInfo

from chalicelib.clock import Clock
from chalicelib.ids import WorkspaceId
from chalicelib.mail.transports import MailFailed, Transport, compose
from chalicelib.mail.wording import GREETING, SIGN_IN, WORDINGS
from chalicelib.publishing.ports import Notice
from chalicelib.workspaces.workspaces import Language, Member, Role

LEASE = timedelta(seconds=60)
"""How long one who tells has before another may tell the same."""


class Told(Protocol):
    """Remembers what people have been told."""

    def begin(self, key: str, now: datetime, lease_until: datetime) -> bool:
        """Take it on to tell this; False if it was told.

        Raises:
            Exception: somebody else is telling it now, or it couldn't be found out.
        """
        ...

    def done(self, key: str) -> None:
        """Note that it was told."""
        ...


class People(Protocol):
    """Who is in a firm."""

    def of(self, workspace: WorkspaceId) -> Sequence[Member]:
        """Return everybody in a firm."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeMailer:
    """Mails a notice to those who can settle it, once per cause."""

    clock: Clock
    people: People
    told: Told
    transport: Transport
    sender: str
    public_url: str

    def tell(self, notice: Notice) -> None:
        """Mail the notice to every owner and approver of the firm.

        Raises:
            MailFailed: not everybody could be told, or the firm has nobody to tell; told
                again, it reaches the others too.
        """
        now = self.clock.now()
        failed = 0
        people = [m for m in self.people.of(notice.workspace.id) if m.role >= Role.APPROVER]
        if not people:
            raise MailFailed("nobody to tell")
        for member in people:
            key = hashlib.sha256(f"{notice.key}|{member.id}".encode()).hexdigest()[:32]
            if not self.told.begin(key, now, now + LEASE):
                continue
            try:
                self.transport.send(self._message(notice, member, key))
            except MailFailed:
                failed += 1
            else:
                self.told.done(key)
        if failed:
            raise MailFailed(f"{failed} not told")

    def send_link(self, email: str, url: str, language: Language, minutes: int) -> None:
        """Mail a sign-in link.

        Raises:
            OSError: it couldn't be handed over.
        """
        wording = SIGN_IN[language]
        message = compose(
            self.clock,
            sender=self.sender,
            to=email,
            subject=wording.subject,
            text=wording.body.format(url=url, minutes=minutes),
            key="",
        )
        try:
            self.transport.send(message)
        except MailFailed as error:
            raise OSError(str(error)) from error

    def _message(self, notice: Notice, member: Member, key: str) -> EmailMessage:
        wording = WORDINGS[member.language][notice.topic]
        ends = notice.channel.access_ends_at
        places = {
            "ends": local_day(ends, notice.workspace.zone, member.language) if ends else "",
            "channel": notice.channel.name,
            "channel_url": f"{self.public_url}/canaux#{notice.channel.id}",
        }
        if notice.delivery is not None:
            delivery, zone = notice.delivery, notice.workspace.zone
            planned = delivery.planned_at
            places |= {
                "excerpt": notice.excerpt,
                "time": local_time(planned, zone, member.language) if planned else "",
                "url": f"{self.public_url}/messages/{delivery.post}#{delivery.id}",
            }
        hello, bye = GREETING[member.language]
        bye = bye.format(workspace=notice.workspace.name)
        text = "\n\n".join([hello, wording.body.format(**places), bye])
        return compose(
            self.clock,
            sender=self.sender,
            to=member.email,
            subject=wording.subject.format(**places),
            text=text,
            key=key,
        )


_MONTHS = {
    Language.FR: "janv. févr. mars avr. mai juin juill. août sept. oct. nov. déc.",
    Language.EN: "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec",
}


def local_day(instant: datetime, zone: str, language: Language) -> str:
    """Return the day of an instant as a person of that language writes it: « 25 nov. »."""
    local = instant.astimezone(ZoneInfo(zone))
    return f"{local.day} {_MONTHS[language].split()[local.month - 1]}"


def local_time(instant: datetime, zone: str, language: Language) -> str:
    """Return an instant as a person of that language writes it: « 25 nov. à 8 h 30 »."""
    local, day = instant.astimezone(ZoneInfo(zone)), local_day(instant, zone, language)
    if language is Language.FR:
        return f"{day} à {local.hour} h {local.minute:02d}"
    return f"{day} at {local.hour:02d}:{local.minute:02d}"
