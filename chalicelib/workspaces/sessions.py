"""Ways in: single-use links by e-mail, revocable web sessions, API keys.

Only MACs of tokens are stored (``seals``). Limits slow down who asks too often and lock
nobody out: a window of the limit on mails is as long as a link is good for, so whoever
exhausts it for somebody else has, by doing so, sent her links that work.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from chalicelib.clock import Clock, Stopwatch
from chalicelib.ids import Ids, MemberId, WorkspaceId
from chalicelib.publishing.refusals import Fault, Invalid, NotFound, Refusal
from chalicelib.workspaces.access import SCOPES
from chalicelib.workspaces.ports import (
    ApiKey,
    Counters,
    LinkMail,
    Members,
    SignInLink,
    WaysIn,
    WebSession,
)
from chalicelib.workspaces.seals import Seals
from chalicelib.workspaces.workspaces import Language, Member

LINK_LASTS = timedelta(minutes=15)
SESSION_LASTS = timedelta(days=30)
"""After its last renewal. A use renews it where that moves its end by a day or more, so that
most uses cost no write: unused, it may end up to a day earlier than this after its last use."""
SESSION_ENDS = timedelta(days=180)
"""After signing in, used or not."""
RENEW_EVERY = timedelta(days=1)
"""By how much a renewal moves a session's end, at least. Two uses at once may both renew it."""
WINDOW = LINK_LASTS
MAILS_PER_WINDOW = 3
ASKS_PER_ADDRESS = 20
TRIES_PER_ADDRESS = 60
ANSWER_TIME = 1.0
"""Seconds that asking for a link takes at least, whether or not somebody has this address. A
mail that takes longer to be handed over shows: only then does the time tell the two apart."""
KEY_PREFIX = "relais_"
MAX_KEYS = 50


class LinkUsedUp(Refusal):
    """The link is unknown, was used, or is too old: the three are told alike."""


class TooOften(Refusal):
    """Too many tries from this place; the same may be tried after ``retry_after``."""

    def __init__(self, retry_after: timedelta) -> None:
        super().__init__(f"again in {retry_after}")
        self.retry_after = retry_after


@dataclass(frozen=True, slots=True, kw_only=True)
class Entered:
    """A session that was begun or renewed; ``token`` goes into the cookie and nowhere else."""

    token: str
    session: WebSession


@dataclass(frozen=True, slots=True, kw_only=True)
class MadeKey:
    """A new API key; ``secret`` is shown once and can't be had again."""

    key: ApiKey
    secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Sessions:
    """Lets people and machines in, and out."""

    clock: Clock
    ids: Ids
    seals: Seals
    ways_in: WaysIn
    members: Members
    counters: Counters
    mail: LinkMail
    wait: Callable[[float], None]
    """Lets so many seconds pass."""
    link_url: Callable[[str], str]
    """Makes the address of the page that a link opens, from its token."""
    on_mail_failure: Callable[[str], None]
    """Is told, with the error's class, that a link couldn't be mailed."""

    def ask_for_link(self, email: str, language: Language | None, address: str) -> None:
        """Mail a link to the person with this address, if there is one and not too often.

        It says the same whether there is one or not, and takes ``ANSWER_TIME`` in both cases
        unless the mail takes longer to be handed over.

        Raises:
            TooOften: too many asks from this network address; says nothing of the e-mail.
        """
        began = Stopwatch(self.clock)
        self._limit(f"ask:{address}", ASKS_PER_ADDRESS)
        email = email.strip().lower()
        name = self.seals.mac("counter", email)
        may_mail = self._count(f"mail:{name}") <= MAILS_PER_WINDOW
        found = self.members.by_email(email)
        if found and may_mail:
            self._mail_link(found[0], language)
        left = ANSWER_TIME - began.elapsed().total_seconds()
        if left > 0:
            self.wait(left)

    def make_link(self, member: MemberId) -> str:
        """Return the address of a new sign-in link (for the person at this machine)."""
        token = self.ids.secret()
        link = SignInLink(
            mac=self.seals.mac("link", token),
            member=member,
            expires_at=self.clock.now() + LINK_LASTS,
        )
        self.ways_in.put_link(link)
        return self.link_url(token)

    def enter(self, link_token: str, old_token: str | None, address: str) -> Entered:
        """Consume a link and begin a session under a new id; the browser's old one ends.

        Raises:
            LinkUsedUp: unknown, used or too old.
            TooOften: too many tries from this network address.
        """
        self._limit(f"enter:{address}", TRIES_PER_ADDRESS)
        now = self.clock.now()
        link = self.ways_in.take_link(self.seals.mac("link", link_token), now)
        if link is None or not self.members.memberships(link.member):
            raise LinkUsedUp
        if old_token:
            self.leave(old_token)
        token = self.ids.secret()
        session = WebSession(
            mac=self.seals.mac("session", token),
            member=link.member,
            created_at=now,
            expires_at=now + SESSION_LASTS,
        )
        self.ways_in.put_session(session)
        return Entered(token=token, session=session)

    def session(self, token: str) -> WebSession | None:
        """Return the session of a cookie, its end moved on; None if it doesn't hold."""
        now = self.clock.now()
        session = self.ways_in.session(self.seals.mac("session", token), now)
        if session is None:
            return None
        ends = min(now + SESSION_LASTS, session.created_at + SESSION_ENDS)
        if ends - session.expires_at < RENEW_EVERY:
            return session
        renewed = replace(session, expires_at=ends)
        self.ways_in.put_session(renewed)
        return renewed

    def leave(self, token: str) -> None:
        """End the session of a cookie: it never lets anybody in again."""
        self.ways_in.end_session(self.seals.mac("session", token))

    # API keys.

    def key(self, secret: str) -> ApiKey | None:
        """Return the key with this secret, if it is neither revoked nor expired."""
        return self.ways_in.key(self.seals.mac("key", secret), self.clock.now())

    def keys(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        """Return all keys of a firm, without their secrets."""
        return self.ways_in.keys(workspace)

    def make_key(
        self,
        workspace: WorkspaceId,
        by: MemberId,
        *,
        name: str,
        scopes: frozenset[str],
        expires_at: datetime | None,
    ) -> MadeKey:
        """Make a key that acts for the member who makes it.

        Raises:
            Invalid: an unknown scope, none at all, a past end, or too many keys.
        """
        faults = []
        if not scopes or scopes - SCOPES:
            faults.append(Fault("/scopes", "unknown-scope"))
        if expires_at is not None and expires_at <= self.clock.now():
            faults.append(Fault("/expires_at", "expires-in-past"))
        if len(self.ways_in.keys(workspace)) >= MAX_KEYS:
            faults.append(Fault("", "too-many-keys", {"max": MAX_KEYS}))
        if faults:
            raise Invalid(faults)
        key_id = self.ids.new()[:10]
        secret = f"{KEY_PREFIX}{key_id}_{self.ids.secret()}"
        key = self._sealed(workspace, by, key_id, secret=secret, scopes=scopes)
        key = replace(key, name=name, expires_at=expires_at)
        self.ways_in.add_key(key)
        return MadeKey(key=key, secret=secret)

    def plant_key(self, workspace: WorkspaceId, by: MemberId, key_id: str, secret: str) -> None:
        """Let this very secret in with all scopes, in place of what had this id before."""
        key = self._sealed(workspace, by, key_id, secret=secret, scopes=SCOPES)
        self.ways_in.remove_key(workspace, key_id)
        self.ways_in.add_key(key)

    def revoke_key(self, workspace: WorkspaceId, key_id: str) -> None:
        """Revoke a key: it never lets anybody in again.

        Raises:
            NotFound: the firm has no such key.
        """
        if not self.ways_in.remove_key(workspace, key_id):
            raise NotFound(key_id)

    def _sealed(
        self,
        workspace: WorkspaceId,
        by: MemberId,
        key_id: str,
        *,
        secret: str,
        scopes: frozenset[str],
    ) -> ApiKey:
        """Return a key that this secret opens, named by its id, without an end."""
        return ApiKey(
            workspace=workspace,
            id=key_id,
            mac=self.seals.mac("key", secret),
            name=key_id,
            member=by,
            scopes=scopes,
            created_at=self.clock.now(),
        )

    def _mail_link(self, member: Member, language: Language | None) -> None:
        url = self.make_link(member.id)
        minutes = int(LINK_LASTS.total_seconds() // 60)
        try:
            self.mail.send_link(member.email, url, language or member.language, minutes)
        except OSError as error:
            self.on_mail_failure(type(error).__name__)

    def _limit(self, name: str, most: int) -> None:
        if self._count(name) > most:
            now = self.clock.now().timestamp()
            window = WINDOW.total_seconds()
            raise TooOften(timedelta(seconds=window - now % window))

    def _count(self, name: str) -> int:
        return self.counters.count(name, WINDOW, self.clock.now())
