"""What the routes call: had once per process from ``bootstrap``, or given by a test."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from threading import Lock
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # each is loaded when it is first called
    from chalicelib.clock import Clock
    from chalicelib.ids import DeliveryId, Ids, PostId, WorkspaceId
    from chalicelib.inbox.answer_times import AnswerTimes
    from chalicelib.inbox.answering import Answering
    from chalicelib.inbox.conversations import Conversations
    from chalicelib.inbox.moderating import Moderating
    from chalicelib.inbox.reply_book import ReplyBook
    from chalicelib.inbox.triage import Triage
    from chalicelib.listening.looking import Looking
    from chalicelib.listening.watching import Watching
    from chalicelib.measuring.clicking import Redirect
    from chalicelib.measuring.entering import Entering
    from chalicelib.measuring.link_book import LinkBook
    from chalicelib.measuring.report import Reports
    from chalicelib.measuring.shortening import Shortening
    from chalicelib.networks.feed_discovery import FoundFeed
    from chalicelib.networks.oauth import App
    from chalicelib.networks.spec import Limits, NetworkSpec
    from chalicelib.publishing.compose import Composer
    from chalicelib.publishing.deliveries import Delivery
    from chalicelib.publishing.lists import Counting, PostLists
    from chalicelib.publishing.ports import Checks
    from chalicelib.publishing.posts import Post, PostVersion
    from chalicelib.publishing.site import SiteEntry
    from chalicelib.settings import Settings
    from chalicelib.workspaces.acts import Act
    from chalicelib.workspaces.authorizing import Authorizing
    from chalicelib.workspaces.channels import Channel
    from chalicelib.workspaces.connecting import Connecting
    from chalicelib.workspaces.ports import Channels, Members, Repeats, Workspaces
    from chalicelib.workspaces.seals import Seals
    from chalicelib.workspaces.sessions import Sessions
    from chalicelib.workspaces.uploads import Uploads


class ReadsDeliveries(Protocol):
    """Reads deliveries, and the post versions that they carry."""

    def get(self, workspace: WorkspaceId, delivery: DeliveryId) -> Delivery | None:
        """Return the delivery as it stands now."""
        ...


class ReadsPosts(Protocol):
    """Reads posts and their versions."""

    def get(self, workspace: WorkspaceId, post: PostId) -> Post | None:
        """Return the head of a post as it stands now."""
        ...

    def version(self, workspace: WorkspaceId, post: PostId, n: int) -> PostVersion | None:
        """Return one version."""
        ...


class SitePages(Protocol):
    """What stands on firms' own sites."""

    def entry(self, code: str) -> SiteEntry | None:
        """Return the post with this code in its public address."""
        ...

    def latest(self, workspace: WorkspaceId, limit: int) -> Sequence[SiteEntry]:
        """Return a firm's posts, the newest first."""
        ...


class Audit(Protocol):
    """Who did what in which firm; only ever added to."""

    def note(self, act: Act) -> None:
        """Add an act; two at one instant are two."""
        ...

    def latest(self, workspace: WorkspaceId, limit: int) -> Sequence[Act]:
        """Return a firm's acts, the newest first."""
        ...


class Services(Protocol):
    """Everything that routes may call; ``bootstrap``'s world has these attributes."""

    @property
    def settings(self) -> Settings:
        """What this installation is."""

    @property
    def clock(self) -> Clock:
        """The time."""

    @property
    def ids(self) -> Ids:
        """New identifiers."""

    @property
    def seals(self) -> Seals:
        """MACs under the root key."""

    @property
    def sessions(self) -> Sessions:
        """Ways in."""

    @property
    def members(self) -> Members:
        """Who is what in which firm."""

    @property
    def workspaces(self) -> Workspaces:
        """Firms."""

    @property
    def repeats(self) -> Repeats:
        """Requests with an idempotency key."""

    @property
    def audit(self) -> Audit:
        """Who did what."""

    @property
    def channels(self) -> Channels:
        """Channels, as they are kept: to be read without loading the networks."""

    @property
    def connecting(self) -> Connecting:
        """What people do with channels."""

    @property
    def authorizing(self) -> Authorizing:
        """Connecting on the networks' own sign-in pages."""

    @property
    def uploads(self) -> Uploads:
        """Images."""

    @property
    def composer(self) -> Composer:
        """What people do with posts."""

    @property
    def posts(self) -> ReadsPosts:
        """Posts and versions."""

    @property
    def deliveries(self) -> ReadsDeliveries:
        """Deliveries."""

    @property
    def post_lists(self) -> PostLists:
        """Lists of posts."""

    @property
    def checks(self) -> Checks:
        """What a channel wouldn't take."""

    @property
    def counting(self) -> Counting:
        """Counts and kits."""

    @property
    def apps(self) -> Mapping[str, App]:
        """Return what this installation is at the networks where it is registered."""
        ...

    @property
    def network_specs(self) -> Mapping[str, NetworkSpec]:
        """What is true of each network, in the order that people are shown."""

    @property
    def limits(self) -> Callable[[Channel], Limits]:
        """What a channel takes: what its instance said, else its network's own."""

    @property
    def site_pages(self) -> SitePages:
        """What stands on firms' own sites."""

    @property
    def watching(self) -> Watching:
        """Watches and what is read."""

    @property
    def looking(self) -> Looking:
        """Trying watches before they are saved."""

    @property
    def find_feeds(self) -> Callable[[str], Sequence[FoundFeed]]:
        """Finding the feeds of a site."""

    @property
    def triage(self) -> Triage:
        """What people do in the inbox."""

    @property
    def conversations(self) -> Conversations:
        """What was said around a mention."""

    @property
    def answering(self) -> Answering:
        """Answers to what was said."""

    @property
    def moderating(self) -> Moderating:
        """Acting on what was said on the firm's own ground."""

    @property
    def reply_book(self) -> ReplyBook:
        """Saved replies."""

    @property
    def answer_times(self) -> AnswerTimes:
        """How soon a firm answers."""

    @property
    def reports(self) -> Reports:
        """What a period brought."""

    @property
    def entering(self) -> Entering:
        """Figures that a person types."""

    @property
    def shortening(self) -> Shortening:
        """Making tracked links."""

    @property
    def link_book(self) -> LinkBook:
        """Tracked links, and how often each was followed."""

    @property
    def redirect(self) -> Redirect:
        """Following tracked links."""


class _Held:
    """The services of this process."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.services: Services | None = None


_held = _Held()


def services() -> Services:
    """Return the services of this process, made at the first call."""
    with _held.lock:
        if _held.services is None:
            from chalicelib import bootstrap  # noqa: PLC0415 -- tests give their own

            _held.services = bootstrap.world()
        return _held.services


def use(given: Services | None) -> None:
    """Use these services from now on; None: make them anew at the next call."""
    with _held.lock:
        _held.services = given
