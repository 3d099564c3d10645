"""What every network's file provides: a NetworkSpec and the abilities that its network has.

An adapter is an object that has some of the abilities below; one that its network lacks is
simply absent (nothing raises NotImplemented). Adapters know ``publishing/outcomes`` and
``publishing/posts``, this module and ``http``; they know neither the store nor each other.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from importlib import import_module
from typing import TYPE_CHECKING, Protocol, runtime_checkable

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.networks.counting import Unit
from chalicelib.publishing.deliveries import RemoteKey, ResendClass
from chalicelib.publishing.outcomes import CantTell, Found, NotThere, Part, Pending, Published
from chalicelib.publishing.posts import Content
from chalicelib.publishing.site import SiteEntry

if TYPE_CHECKING:  # who only publishes loads nothing of listening
    from chalicelib.measuring.metrics import Metric
    from chalicelib.networks.http import Http


@dataclass(frozen=True, slots=True)
class TextLimit:
    """At most ``maximum`` of ``unit``; every limit of a network must hold."""

    unit: Unit
    maximum: int
    url_length: int = 0
    """What a URL counts, where the unit counts URLs at a fixed length; 0: as written."""


@dataclass(frozen=True, slots=True)
class MediaRules:
    """What images a network takes; a picture is scaled to fit before it is sent."""

    types: tuple[str, ...]
    max_count: int
    max_bytes: int
    max_pixels: int
    max_width: int = 0
    """0: no limit of its own."""
    max_height: int = 0
    max_alt: int = 0
    """Characters of alternative text; 0: the network has none."""


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to type when connecting; ``secret`` ones are never shown again."""

    name: str
    label: Mapping[str, str]
    """By language: fr, en."""
    help: Mapping[str, str]
    secret: bool = False
    required: bool = True
    placeholder: str = ""
    choices: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    """The values to choose from, each with its label by language; empty: any text."""


class Option(StrEnum):
    """Parts of a Content that only some networks use."""

    TITLE = "title"
    CONTENT_WARNING = "content_warning"
    VISIBILITY = "visibility"
    CATEGORIES = "categories"
    LINK_CARD = "link_card"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What one channel takes: the network's own, or what its instance said."""

    text: tuple[TextLimit, ...]
    media: MediaRules
    text_required: bool = True
    """False where an image alone is a post."""


@dataclass(frozen=True, slots=True)
class Answering:
    """How what is heard is answered: by the same ``prepare`` and ``publish`` as a post.

    ``Outgoing.answers`` then holds the ``refs`` of what is answered.
    """

    limits: Limits | None = None
    """None: those of a post on the channel."""


class Finds(StrEnum):
    """What of anybody's words a network can be searched for, as ``SourceKind`` names it."""

    TAG = "tag"
    SEARCH = "search"


class Moderation(StrEnum):
    """What a firm may do about something said on its own ground."""

    LIKE = "like"
    UNLIKE = "unlike"
    APPROVE = "approve"
    """Let through what was held."""
    HIDE = "hide"
    SPAM = "spam"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSpec:
    """What is true of a network whatever the channel; each constant is justified by a link."""

    name: str
    label: Mapping[str, str]
    resend_class: ResendClass
    limits: Limits
    options: frozenset[Option]
    fields: tuple[Field, ...]
    connect_help: Mapping[str, str]
    """What a person must do first, in plain words, by language."""
    price: Mapping[str, str]
    docs: tuple[str, ...]
    """The public pages that justify the constants."""
    page_fields: frozenset[str] | None = None
    """The fields to type before signing in on the network's own page; None: it has none."""
    hears: bool = False
    """It tells what is said to an account; the adapter then FetchesMentions."""
    finds: frozenset[Finds] = frozenset()
    """What anybody's words can be searched for; the adapter then Searches."""
    answers: Answering | None = None
    """Set where what is heard can be answered."""
    moderates: frozenset[Moderation] = frozenset()
    """What can be done about what is heard; the adapter then Moderates."""
    tells: frozenset[Metric] = frozenset()
    """The counters it can tell; the adapter then FetchesMetrics."""


@dataclass(frozen=True, slots=True)
class Profile:
    """What a network says of a connected account."""

    remote_id: str
    name: str
    handle: str
    url: str


@dataclass(frozen=True, slots=True)
class Connection:
    """What connecting gives: who it is, what to keep in the open and what in the vault."""

    profile: Profile
    settings: Mapping[str, str]
    """Open facts that calls need (instance address, DID…)."""
    secret: Mapping[str, str]
    """Tokens and passwords: encrypted at rest, never logged."""
    limits: Limits


class Credentials(Protocol):
    """One channel's secrets, refreshed single-flight."""

    @property
    def secret(self) -> Mapping[str, str]:
        """The secrets as stored."""
        ...

    def renew(self, refresh: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Mapping[str, str]:
        """Replace the secrets by what ``refresh`` makes of them, under a conditional lease.

        If somebody else refreshed them meanwhile, theirs are returned and ``refresh`` isn't
        called. What ``refresh`` returns is stored before it is returned.

        Raises:
            Transient: somebody else is refreshing them now, or the store can't be reached.
        """
        ...


@dataclass(frozen=True, slots=True)
class Picture:
    """An image to publish; ``load`` returns bytes that already fit the channel's rules."""

    sha256: str
    alt: str
    load: Callable[[], tuple[bytes, str]]
    """Returns (bytes, content type)."""
    width: int
    height: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Outgoing:
    """One version of a post on one channel, ready to be handed to a network."""

    workspace: WorkspaceId
    delivery: DeliveryId
    version: int
    content: Content
    pictures: tuple[Picture, ...]
    key: RemoteKey
    answers: Mapping[str, str] = field(default_factory=dict)
    """The refs of what it answers; empty: it is a post of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Search:
    """What a look is given: what may be live, and when it would have been created."""

    key: RemoteKey
    candidates: tuple[Outgoing, ...]
    """The versions that were sent, the last one first."""
    parts: Mapping[str, str]
    since: datetime
    until: datetime
    is_taken: Callable[[str], bool]
    """Says that another delivery of this channel holds a remote id."""


class Shelf(Protocol):
    """Where the firm's own site keeps what is published on it."""

    def get(self, workspace: WorkspaceId, channel: ChannelId, uuid: str) -> SiteEntry | None:
        """Return the entry with this uuid, read consistently."""
        ...

    def put(self, entry: SiteEntry) -> bool:
        """Store the entry unless one with its uuid stands; return whether it was stored.

        Raises:
            OutcomeUnknown: the store's answer was unclear and couldn't be resolved.
            Transient: provably not stored.
            Rejected: its public address is another post's.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What an adapter is made with, for one channel."""

    workspace: WorkspaceId
    channel: ChannelId
    public_url: str
    """Where the world reaches this installation, without a final slash."""
    shelf: Shelf
    settings: Mapping[str, str]
    limits: Limits
    credentials: Credentials
    http: Http
    clock: Clock


@runtime_checkable
class Publishes(Protocol):
    """Can publish a post."""

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """Do all that makes nothing public: yield each thing that then stands on the network.

        ``parts`` are those stored by an earlier try for the same version; what already
        stands is not made again, and what no longer stands is made anew under its name. A
        Pending ends the preparation for now. Each yielded Part is stored before the
        iterator is asked for the next. A token is refreshed here, not in ``publish``.
        """
        ...

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """Make the one call that makes it public.

        ``before_send`` is called right before the request is written to the socket; what it
        raises passes through and nothing has been sent.

        Raises:
            NetworkError: by its kind, see ``publishing/outcomes``.
        """
        ...


@runtime_checkable
class FindsOwnPost(Protocol):
    """Can look whether an attempt in doubt went out."""

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """Look once, reading only.

        NotThere only if the whole place where it would be was seen.

        Raises:
            NetworkError: the look itself failed; it proves nothing.
        """
        ...


@runtime_checkable
class Connects(Protocol):
    """Can be connected by what a person types, and tested by reading only."""

    def check(self) -> Profile:
        """Read who we are with the stored secrets and that we may publish; change nothing.

        Raises:
            AuthExpired: the secrets are refused or lack a right.
            NetworkError: it couldn't be checked now.
        """
        ...


Connector = Callable[[Mapping[str, str], "Http", Clock], Connection]
"""Checks what a person typed by really signing in, and returns the connection.

Raises Rejected (``reason`` names the field or the fact), AuthExpired or Transient.
"""


@dataclass(frozen=True, slots=True)
class Authorization:
    """A sign-in that has begun: where to send the person, and what to keep until they return.

    ``kept`` holds a client secret and a verifier: it belongs in the vault, for minutes only.
    """

    url: str
    state: str
    """Unguessable; the person comes back with it."""
    kept: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class OAuth:
    """Can be connected on the network's own sign-in page (RFC 6749, section 4.1)."""

    begin: Callable[[Mapping[str, str], str, Http, Clock, Callable[[], str]], Authorization]
    """Takes what was typed (``page_fields``), where the network sends the person back to, the
    client, the time, and what makes unguessable tokens. Raises as a Connector does."""
    finish: Callable[[Mapping[str, str], Mapping[str, str], Http, Clock], Connection]
    """Takes what ``begin`` gave to keep and the query that the person came back with. Raises
    Rejected (``state``, or ``denied`` where the person said no), AuthExpired or Transient."""


@dataclass(frozen=True, slots=True)
class Network:
    """One entry of the registry."""

    spec: NetworkSpec
    open: Callable[[Tools], object]
    """Makes the adapter of one channel: an object with the abilities that the network has."""
    connect: Connector
    oauth: OAuth | None = None
    """Set exactly where the spec has ``page_fields``."""
    hear: Callable[[Tools], object] | None = None
    """Makes what reads and moderates on a channel, with the abilities of ``hearing``. It
    stands in a module of its own, imported when first asked for: who only publishes doesn't
    load it."""
    hear_at: Callable[[str, Http, Clock], object] | None = None
    """Makes what searches one of its servers, by its host, without an account; imported when
    first asked for. Raises Rejected where that is no host's name."""


def later(module: str, name: str) -> Callable[..., object]:
    """Return a function or class of a module that is imported when it is first called."""

    def call(*given: object) -> object:
        made: Callable[..., object] = getattr(import_module(module), name)
        return made(*given)

    return call
