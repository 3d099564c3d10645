"""The test network: a ledger of what is live, and an adapter of each resend class over it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TypeVar

from chalicelib.networks.contract import Connection, Network, Outgoing, Profile, Search, Tools
from chalicelib.networks.counting import Unit
from chalicelib.networks.spec import Answering, Limits, MediaRules, NetworkSpec, Option, TextLimit
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, normalise_text
from tests.chaos.steps import Kind, Steps

T = TypeVar("T")

CLASSES = (
    ResendClass.IDEMPOTENT,
    ResendClass.TWO_PHASE,
    ResendClass.READ_BACK,
    ResendClass.BLIND,
)
LIMITS = Limits(
    text=(TextLimit(Unit.CODE_POINTS, 500),),
    media=MediaRules(
        types=("image/png", "image/jpeg"), max_count=4, max_bytes=1_000_000, max_pixels=10_000_000
    ),
)


@dataclass
class Live:
    """A post as the world sees it; ``truth`` is the delivery it came from (never searched)."""

    id: str
    truth: str
    text: str
    media: int
    created_at: datetime
    seen_from: datetime
    """From when listings show it (a blind window)."""


@dataclass
class Ledger:
    """What stands on the network."""

    steps: Steps
    live: dict[str, Live] = field(default_factory=dict)
    drafts: dict[str, tuple[Outgoing, str | None]] = field(default_factory=dict)
    """Container id → (what it holds, the id it was published as)."""
    media: set[str] = field(default_factory=set)
    is_revoked: bool = False
    blind: timedelta = timedelta(0)
    slow: int = 0
    """How many looks a container needs before it is ready."""
    count: int = 0

    def new_id(self) -> str:
        """Return an id that was never used."""
        self.count += 1
        return f"r{self.count}"

    def make_live(self, out: Outgoing, late: timedelta = timedelta(0)) -> str:
        """Put a post before the world, perhaps only in a moment."""
        now = self.steps.clock.true + late
        remote = self.new_id()
        self.live[remote] = Live(
            remote,
            out.key.uuid,
            normalise_text(out.content.text),
            len(out.pictures),
            now.replace(microsecond=0),  # networks cut times to the second
            now + self.blind,
        )
        return remote

    def seen(self) -> list[Live]:
        """Return what a listing shows now, the newest first."""
        now = self.steps.clock.true
        shown = [post for post in self.live.values() if post.seen_from <= now]
        return sorted(shown, key=lambda post: post.created_at, reverse=True)

    def check_token(self) -> None:
        """Refuse a revoked token."""
        if self.is_revoked:
            raise AuthExpired("revoked")


@dataclass
class Late:
    """Set while a call is carried out that takes effect only at its very end."""

    by: timedelta = timedelta(0)


LATE = Late()


@dataclass
class TestAdapter:
    """The test network by one resend class."""

    __test__ = False
    ledger: Ledger
    resend_class: ResendClass

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """Upload the pictures; for the two-phase class make the container and wait for it."""
        for n, picture in enumerate(out.pictures):
            if parts.get(f"media.{n}") not in self.ledger.media:
                yield Part(f"media.{n}", self._io(Kind.NET_PREPARE, "upload", self._upload))
            assert picture.load()
        if self.resend_class is ResendClass.TWO_PHASE:
            yield from self._container(out, parts)

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """Make it live by the one call."""
        before_send()
        return self._io(Kind.NET_CALL, "publish", lambda: self._publish(out, parts))

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """Look as the class can."""
        if self.resend_class is ResendClass.BLIND:
            return CantTell("this network lists nothing")
        return self._io(Kind.NET_READ, "find", lambda: self._find(search))

    def check(self) -> Profile:
        """Read who we are."""

        def who() -> Profile:
            self.ledger.check_token()
            return Profile("1", "Test", "test", "https://test.example")

        return self._io(Kind.NET_READ, "check", who)

    def _io(self, kind: Kind, label: str, do: Callable[[], T]) -> T:
        return self.ledger.steps.io(kind, label, do)

    def _upload(self) -> str:
        self.ledger.check_token()
        media = self.ledger.new_id()
        self.ledger.media.add(media)
        return media

    def _container(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        if parts.get("draft") not in self.ledger.drafts:
            yield Part("draft", self._io(Kind.NET_PREPARE, "draft", lambda: self._draft(out)))
        elif self.ledger.slow > 0:
            self.ledger.slow -= 1
            yield Pending(timedelta(seconds=20))

    def _draft(self, out: Outgoing) -> str:
        self.ledger.check_token()
        draft = self.ledger.new_id()
        self.ledger.drafts[draft] = (out, None)
        return draft

    def _publish(self, out: Outgoing, parts: Mapping[str, str]) -> Published:
        self.ledger.check_token()
        if len(out.content.text) > LIMITS.text[0].maximum:
            raise Rejected("too long", "too_long")
        if self.resend_class is ResendClass.IDEMPOTENT:
            return self._put(out)
        if self.resend_class is ResendClass.TWO_PHASE:
            return self._release(parts)
        return Published(self.ledger.make_live(out, LATE.by))

    def _put(self, out: Outgoing) -> Published:
        """A create that never overwrites: the record key is taken or it isn't."""
        for post in self.ledger.live.values():
            if post.truth == out.key.uuid:
                if post.text != normalise_text(out.content.text):
                    raise OutcomeUnknown("another content stands under this key")
                return Published(post.id)
        return Published(self.ledger.make_live(out, LATE.by))

    def _release(self, parts: Mapping[str, str]) -> Published:
        """Publish a container; one that was published answers with what it became."""
        draft = parts.get("draft", "")
        if draft not in self.ledger.drafts:
            raise Transient("no such container")
        out, remote = self.ledger.drafts[draft]
        if remote is None:
            remote = self.ledger.make_live(out, LATE.by)
            self.ledger.drafts[draft] = (out, remote)
        return Published(remote)

    def _find(self, search: Search) -> Found | NotThere:
        self.ledger.check_token()
        if self.resend_class is ResendClass.TWO_PHASE:
            return self._ask_container(search)
        for post in self.ledger.seen():
            if self.resend_class is ResendClass.IDEMPOTENT:
                if post.truth == search.key.uuid:
                    return Found(post.id, None, _version(post, search))
                continue
            is_in_window = search.since <= post.created_at <= search.until
            version = _version(post, search)
            if is_in_window and version is not None and not search.is_taken(post.id):
                return Found(post.id, None, version)
        return NotThere()

    def _ask_container(self, search: Search) -> Found | NotThere:
        now = self.ledger.steps.clock.true
        draft = search.parts.get("draft", "")
        if draft not in self.ledger.drafts:
            return NotThere()
        out, remote = self.ledger.drafts[draft]
        if remote is None or self.ledger.live[remote].created_at > now:
            return NotThere(prepared_stands=True)
        return Found(remote, None, out.version)


def _version(post: Live, search: Search) -> int | None:
    """Return which version a live post is, by what a reader sees of it."""
    for out in search.candidates:
        if (post.text, post.media) == (normalise_text(out.content.text), len(out.pictures)):
            return out.version
    return None


def network(ledger: Ledger, resend_class: ResendClass) -> Network:
    """Return the registry's entry of the test network of one class."""
    name = f"test-{resend_class}"
    spec = NetworkSpec(
        name=name,
        label={"fr": name, "en": name},
        resend_class=resend_class,
        limits=LIMITS,
        options=frozenset({Option.FIRST_COMMENT}),
        fields=(),
        connect_help={"fr": "-", "en": "-"},
        price={"fr": "-", "en": "-"},
        docs=(),
        answers=Answering(),
    )

    def open_channel(_: Tools) -> TestAdapter:
        return TestAdapter(ledger, resend_class)

    def connect(*_: object) -> Connection:
        raise Rejected("its channels are written down as connected")

    def refs_of_own(remote_id: str, _: str, __: Content) -> Mapping[str, str]:
        return {"id": remote_id}

    return Network(spec=spec, open=open_channel, connect=connect, refs_of_own=refs_of_own)
