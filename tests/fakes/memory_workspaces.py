"""The ports of ``workspaces/ports.py`` in memory, with the rules that the store holds."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.ids import ChannelId, MediaId, MemberId, WorkspaceId
from chalicelib.publishing.lists import Row, Rows
from chalicelib.publishing.outcomes import NetworkError, Rejected
from chalicelib.publishing.ports import Stale
from chalicelib.workspaces.accounts import Account, Quota, SignedIn
from chalicelib.workspaces.acts import Act
from chalicelib.workspaces.authorizing import Awaited, Begun
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.ports import (
    ApiKey,
    Door,
    Form,
    Kept,
    KeptAnswer,
    Repeat,
    SignInLink,
    Upload,
    WebSession,
)
from chalicelib.workspaces.workspaces import Language, Member, Workspace
from tests.fakes.memory_store import MemoryStore


class MemoryWorkspaces:
    """``ports.Workspaces``, over the firms of a memory store."""

    def __init__(self, store: MemoryStore) -> None:
        self._firms = store.firms

    def get(self, workspace: WorkspaceId) -> Workspace | None:
        return self._firms.get(workspace)

    def put(self, before: Workspace | None, after: Workspace) -> Workspace:
        stands = self._firms.get(after.id)
        if (stands.rev if stands else None) != (before.rev if before else None):
            raise Stale
        written = replace(after, rev=(before.rev if before else 0) + 1)
        self._firms[after.id] = written
        return written

    def by_feed_token(self, token: str) -> Workspace | None:
        return next((w for w in self._firms.values() if w.feed_token == token), None)


class MemoryMembers:
    """``ports.Members``."""

    def __init__(self) -> None:
        self.rows: dict[tuple[WorkspaceId, MemberId], Member] = {}

    def get(self, workspace: WorkspaceId, member: MemberId) -> Member | None:
        return self.rows.get((workspace, member))

    def of(self, workspace: WorkspaceId) -> Sequence[Member]:
        return [m for m in self.rows.values() if m.workspace == workspace]

    def memberships(self, member: MemberId) -> Sequence[Member]:
        return [m for m in self.rows.values() if m.id == member]

    def by_email(self, email: str) -> Sequence[Member]:
        return [m for m in self.rows.values() if m.email == email]

    def put(self, member: Member) -> None:
        self.rows[member.workspace, member.id] = member


class MemoryWaysIn:
    """``ports.WaysIn``: what has expired is never returned."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.links: dict[str, SignInLink] = {}
        self.sessions: dict[str, WebSession] = {}
        self.api_keys: dict[str, ApiKey] = {}
        self.session_writes = 0

    def put_link(self, link: SignInLink) -> None:
        self.links[link.mac] = link

    def take_link(self, mac: str, now: datetime) -> SignInLink | None:
        with self.lock:
            link = self.links.pop(mac, None)
        return link if link is not None and now < link.expires_at else None

    def put_session(self, session: WebSession) -> None:
        self.session_writes += 1
        self.sessions[session.mac] = session

    def session(self, mac: str, now: datetime) -> WebSession | None:
        found = self.sessions.get(mac)
        return found if found is not None and now < found.expires_at else None

    def end_session(self, mac: str) -> None:
        self.sessions.pop(mac, None)

    def add_key(self, key: ApiKey) -> None:
        self.remove_key(key.workspace, key.id)
        self.api_keys[key.mac] = key

    def key(self, mac: str, now: datetime) -> ApiKey | None:
        found = self.api_keys.get(mac)
        if found is None or (found.expires_at is not None and found.expires_at <= now):
            return None
        return found

    def keys(self, workspace: WorkspaceId) -> Sequence[ApiKey]:
        return [k for k in self.api_keys.values() if k.workspace == workspace]

    def remove_key(self, workspace: WorkspaceId, key: str) -> bool:
        macs = [k.mac for k in self.keys(workspace) if k.id == key]
        for mac in macs:
            del self.api_keys[mac]
        return bool(macs)


class MemoryCounters:
    """``ports.Counters``, in aligned windows."""

    def __init__(self) -> None:
        self._counts: dict[tuple[str, int], int] = {}

    def count(self, name: str, window: timedelta, now: datetime) -> int:
        key = (name, int(now.timestamp() // window.total_seconds()))
        self._counts[key] = self._counts.get(key, 0) + 1
        return self._counts[key]


@dataclass
class RecordingLinkMail:
    """``ports.LinkMail``; can be made to fail."""

    sent: list[tuple[str, str, Language, int]] = field(default_factory=list)
    fails: bool = False

    def send_link(self, email: str, url: str, language: Language, minutes: int) -> None:
        if self.fails:
            raise ConnectionRefusedError
        self.sent.append((email, url, language, minutes))


class MemoryRepeats:
    """``ports.Repeats``."""

    def __init__(self) -> None:
        self.rows: dict[str, tuple[Repeat, datetime]] = {}

    def begin(
        self, name: str, fingerprint: str, *, now: datetime, lease_until: datetime, until: datetime
    ) -> Repeat | None:
        row = self.rows.get(name)
        if row is not None and row[1] > now:
            seen = row[0]
            is_dead = seen.answer is None and seen.lease_until <= now
            if not is_dead or seen.fingerprint != fingerprint:
                return seen
        fresh = Repeat(fingerprint=fingerprint, answer=None, lease_until=lease_until)
        self.rows[name] = (fresh, until)
        return None

    def finish(self, name: str, answer: KeptAnswer) -> None:
        seen, until = self.rows[name]
        self.rows[name] = (replace(seen, answer=answer), until)

    def forget(self, name: str) -> None:
        self.rows.pop(name, None)


class MemoryChannelBook:
    """``workspaces.ports.Channels``, over the channels of a memory store."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store
        self.refusals = 0
        """How many of the next writes are refused, as if somebody had been quicker."""

    def get(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        return self._store.channel_items.get((workspace, channel))

    def of(self, workspace: WorkspaceId) -> Sequence[Channel]:
        return [c for c in self._store.channel_items.values() if c.workspace == workspace]

    def put(self, before: Channel | None, after: Channel) -> Channel:
        stands = self.get(after.workspace, after.id)
        if self.refusals or (stands.rev if stands else None) != (before.rev if before else None):
            self.refusals = max(0, self.refusals - 1)
            raise Stale
        written = replace(after, rev=(before.rev if before else 0) + 1)
        self._store.set_channel(written)
        return written

    def to_forget(self, until: datetime) -> Sequence[tuple[WorkspaceId, ChannelId]]:
        return [
            (c.workspace, c.id)
            for c in self._store.channel_items.values()
            if c.forget_token_after is not None and c.forget_token_after <= until
        ]


class MemoryVault:
    """``workspaces.ports.Vault``."""

    def __init__(self) -> None:
        self.secrets: dict[tuple[WorkspaceId, ChannelId], Mapping[str, str]] = {}

    def put(self, workspace: WorkspaceId, channel: ChannelId, secret: Mapping[str, str]) -> None:
        self.secrets[workspace, channel] = secret

    def forget(self, workspace: WorkspaceId, channel: ChannelId) -> None:
        self.secrets.pop((workspace, channel), None)


class MemoryAwaited:
    """``authorizing.AwaitedSignIns``."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.rows: dict[str, Awaited] = {}

    def put(self, awaited: Awaited) -> None:
        self.rows[awaited.mac] = awaited

    def see(self, mac: str, now: datetime) -> Awaited | None:
        found = self.rows.get(mac)
        return found if found is not None and now < found.expires_at else None

    def take(self, mac: str, now: datetime) -> Awaited | None:
        with self.lock:
            found = self.rows.pop(mac, None)
        return found if found is not None and now < found.expires_at else None


class MemoryAudit:
    """``api.services.Audit``; can be made to fail."""

    def __init__(self) -> None:
        self.acts: list[Act] = []
        self.fails: Exception | None = None

    def note(self, act: Act) -> None:
        if self.fails is not None:
            raise self.fails
        self.acts.append(act)

    def latest(self, workspace: WorkspaceId, limit: int) -> Sequence[Act]:
        return [a for a in reversed(self.acts) if a.workspace == workspace][:limit]


class ScriptedDoors:
    """``workspaces.ports.Networks``: one open network with a handle and a password.

    And ``authorizing.SignInPages``: whoever comes back with a code is the account of its name;
    with ``zoe+karim`` each of the two.
    """

    def __init__(self) -> None:
        self.fails: NetworkError | None = None
        self.begun: list[str] = []
        """The states of the sign-ins that were begun."""
        self.remote_id = ""
        """Of the account that signs in; empty: the handle's."""
        self.one_each = False
        """Whether a sign-in gives access to one account only."""
        self.ends_at: datetime | None = None
        """When the access of whoever signs in ends."""
        self.quota: Quota | None = None

    def door(self, network: str) -> Door | None:
        if network == "closed":
            return Door(network=network, is_open=False, required=frozenset(), optional=frozenset())
        if network not in {"mastodon", "bluesky", "manual"}:
            return None
        return Door(
            network=network,
            is_open=True,
            required=frozenset({"handle", "password"}),
            optional=frozenset({"server"}),
        )

    def sign_in(self, network: str, typed: Mapping[str, str]) -> SignedIn:
        if self.fails is not None:
            raise self.fails
        return SignedIn(
            account=self._account(typed["handle"]),
            settings={"server": typed.get("server", "")},
            secret={"password": typed["password"]},
            limits={},
            ends_at=self.ends_at,
        )

    def page_fields(self, network: str) -> frozenset[str] | None:
        return frozenset({"server"}) if network == "mastodon" else None

    def gives_one(self, network: str) -> bool:
        return self.one_each

    def begin(self, network: str, typed: Mapping[str, str], back: str) -> Begun:
        if self.fails is not None:
            raise self.fails
        state = f"state-{len(self.begun)}-{'x' * 40}"
        self.begun.append(state)
        url = f"https://{typed['server']}/authorize?state={state}&redirect_uri={back}"
        kept = {"state": state, "client_secret": "hush", "server": typed["server"]}
        return Begun(url=url, state=state, kept=kept)

    def finish(
        self, network: str, kept: Mapping[str, str], returned: Mapping[str, str]
    ) -> Sequence[SignedIn]:
        assert kept["state"] == returned["state"]
        if self.fails is not None:
            raise self.fails
        if "code" not in returned:
            raise Rejected("no code", "denied")
        return [
            SignedIn(
                account=self._account(handle),
                settings={"server": kept["server"]},
                secret={"token": f"token-of-{handle}"},
                limits={},
                ends_at=self.ends_at,
            )
            for handle in returned["code"].split("+")
        ]

    def check(self, channel: Channel) -> Account:
        if self.fails is not None:
            raise self.fails
        return self._account(channel.handle)

    def _account(self, handle: str) -> Account:
        return Account(
            remote_id=self.remote_id or f"id-of-{handle}",
            name=handle.title(),
            handle=handle,
            url=f"https://social.example/@{handle}",
            quota=self.quota,
        )


class MemoryMediaShelf:
    """``ports.MediaShelf``."""

    def __init__(self) -> None:
        self.uploads: dict[tuple[WorkspaceId, MediaId], Upload] = {}
        self.images: dict[tuple[WorkspaceId, str], Kept] = {}

    def put_upload(self, upload: Upload) -> None:
        self.uploads[upload.workspace, upload.id] = upload

    def upload(self, workspace: WorkspaceId, media: MediaId, now: datetime) -> Upload | None:
        found = self.uploads.get((workspace, media))
        return found if found is not None and now < found.expires_at else None

    def put_kept(self, kept: Kept) -> None:
        self.images.setdefault((kept.workspace, kept.sha256), kept)

    def kept(self, workspace: WorkspaceId, hashes: Sequence[str]) -> Mapping[str, Kept]:
        found = {h: self.images.get((workspace, h)) for h in hashes}
        return {h: kept for h, kept in found.items() if kept is not None}


class MemoryBucket:
    """``ports.Bucket``."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}

    def form(self, key: str, content_type: str, max_bytes: int, lasts: timedelta) -> Form:
        fields = {"key": key, "Content-Type": content_type, "max": str(max_bytes)}
        return Form(url="http://127.0.0.1:8000/media-upload", fields=fields)

    def read(self, key: str, max_bytes: int) -> bytes | None:
        return self.read_range(key, 0, max_bytes + 1)

    def read_range(self, key: str, start: int, length: int) -> bytes | None:
        found = self.objects.get(key)
        return found[0][start : start + length] if found else None

    def keep(self, key: str, data: bytes, content_type: str) -> None:
        self.objects[key] = (data, content_type)

    def keep_chunks(self, key: str, chunks: Iterable[bytes], content_type: str) -> None:
        self.keep(key, b"".join(chunks), content_type)


class MemoryPostLists:
    """``publishing.lists.PostLists``, over the posts of a memory store."""

    def __init__(self, store: MemoryStore) -> None:
        self._store = store

    def between(
        self, workspace: WorkspaceId, start: datetime, end: datetime, after: str | None, limit: int
    ) -> Rows:
        found = []
        for row in self._rows(workspace):
            at = None if row.post.answers else row.post.planned_at  # an answer isn't listed
            if at is not None and start <= at < end:
                found.append((f"{at.timestamp():020.3f}#{row.post.id}", row))
        return _page(sorted(found, key=lambda f: f[0]), after, limit)

    def drafts(self, workspace: WorkspaceId, after: str | None, limit: int) -> Rows:
        found = [
            (f"{9e12 - row.post.updated_at.timestamp():020.3f}#{row.post.id}", row)
            for row in self._rows(workspace)
            if row.post.is_draft
        ]
        return _page(sorted(found, key=lambda f: f[0]), after, limit)

    def waiting(self, workspace: WorkspaceId) -> Sequence[Row]:
        rows = {row.post.id: row for row in self._rows(workspace)}
        waiting = self._store.agenda.waiting(workspace)
        return [Row(rows[d.post].post, (d,)) for d in waiting if d.post in rows]

    def last_published(
        self, workspace: WorkspaceId, until: datetime
    ) -> Mapping[ChannelId, datetime]:
        last: dict[ChannelId, datetime] = {}
        for row in self._rows(workspace):
            for d in row.deliveries:
                if d.published_at and d.planned_at and d.planned_at <= until:
                    last[d.channel] = max(d.published_at, last.get(d.channel, d.published_at))
        return last

    def _rows(self, workspace: WorkspaceId) -> list[Row]:
        return [
            Row(head, self._store.posts.deliveries(workspace, head.id))
            for head in self._store.heads.values()
            if head.workspace == workspace and not head.is_deleted
        ]


def _page(found: list[tuple[str, Row]], after: str | None, limit: int) -> Rows:
    left = [f for f in found if after is None or f[0] > after]
    page = left[:limit]
    return Rows([row for _, row in page], page[-1][0] if len(left) > limit else None)
