"""The one composition root: what this process is made of, each piece when first asked for.

A function of the package loads what it needs and no more: the minute's tick never imports
the networks, and only who needs the root key reads it.
"""

from __future__ import annotations

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from threading import Lock
from typing import TYPE_CHECKING

from chalicelib import logs
from chalicelib.clock import Clock, SystemClock
from chalicelib.ids import Ids, RandomIds, WorkspaceId
from chalicelib.publishing.outcomes import Rejected, Transient
from chalicelib.publishing.ports import StoreUnclear
from chalicelib.settings import MailKind, MailSettings, Settings, load

if TYPE_CHECKING:
    from chalicelib.mail.notices import NoticeMailer
    from chalicelib.mail.transports import Transport
    from chalicelib.networks.advice import Advice
    from chalicelib.networks.contract import Limits, Network, NetworkSpec
    from chalicelib.networks.doors import Doors
    from chalicelib.networks.http import Http
    from chalicelib.networks.senders import NetworkSenders
    from chalicelib.publishing.compose import Composer
    from chalicelib.publishing.deliver import Worker
    from chalicelib.publishing.dispatch import Dispatcher, Receiver
    from chalicelib.publishing.followups import FollowUps
    from chalicelib.publishing.holding import Holding
    from chalicelib.publishing.planning import Planner
    from chalicelib.publishing.ports import Queue
    from chalicelib.store.agenda import Agenda
    from chalicelib.store.audit import Audit
    from chalicelib.store.channels import Channels
    from chalicelib.store.connection import Store
    from chalicelib.store.deliveries import Deliveries
    from chalicelib.store.desk import Desk
    from chalicelib.store.due import Due
    from chalicelib.store.encryption import Cipher
    from chalicelib.store.lists import PostLists
    from chalicelib.store.members import Members
    from chalicelib.store.posts import Posts
    from chalicelib.store.repeats import Repeats
    from chalicelib.store.site import SiteShelf
    from chalicelib.store.twins import Twins
    from chalicelib.store.vault import Vault
    from chalicelib.store.workspaces import Workspaces
    from chalicelib.workspaces.authorizing import Authorizing
    from chalicelib.workspaces.channels import Channel
    from chalicelib.workspaces.connecting import Connecting
    from chalicelib.workspaces.forgetting import Forgetting
    from chalicelib.workspaces.ports import Bucket
    from chalicelib.workspaces.seals import Seals
    from chalicelib.workspaces.sessions import Sessions
    from chalicelib.workspaces.uploads import Uploads


ROOT_KEY_ID = "1"
"""Which root key seals what is stored from now on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What differs between the cloud, one machine and a test; each is made when it is needed."""

    settings: Settings
    clock: Clock
    ids: Ids
    store: Callable[[], Store]
    root_key: Callable[[], bytes]
    queue: Callable[[], Queue]
    bucket: Callable[[], Bucket]
    transport: Callable[[], Transport]
    find_network: Callable[[str], Network] | None = None
    """None: the registry's own."""
    wait: Callable[[timedelta], None] = lambda pause: time.sleep(pause.total_seconds())
    choose_shard: Callable[[int], int] = random.randrange


class World:
    """Everything that handlers and routes call."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.settings = parts.settings
        self.clock = parts.clock
        self.ids = parts.ids

    # The store.

    @cached_property
    def store(self) -> Store:
        """The tables."""
        return self.parts.store()

    @cached_property
    def deliveries(self) -> Deliveries:
        """Deliveries."""
        from chalicelib.store.deliveries import Deliveries  # noqa: PLC0415

        return Deliveries(store=self.store, clock=self.clock)

    @cached_property
    def posts(self) -> Posts:
        """Posts and their versions."""
        from chalicelib.store.posts import Posts  # noqa: PLC0415

        return Posts(store=self.store)

    @cached_property
    def agenda(self) -> Agenda:
        """Deliveries by time, and those that wait for a person."""
        from chalicelib.store.agenda import Agenda  # noqa: PLC0415

        return Agenda(store=self.store)

    @cached_property
    def post_lists(self) -> PostLists:
        """Lists of posts."""
        from chalicelib.store.lists import PostLists  # noqa: PLC0415

        return PostLists(store=self.store)

    @cached_property
    def channels(self) -> Channels:
        """Channels."""
        from chalicelib.store.channels import Channels  # noqa: PLC0415

        return Channels(store=self.store)

    @cached_property
    def desk(self) -> Desk:
        """What a worker reads."""
        from chalicelib.store.desk import Desk  # noqa: PLC0415

        return Desk(store=self.store, clock=self.clock)

    @cached_property
    def due(self) -> Due:
        """What falls due."""
        from chalicelib.store.due import Due  # noqa: PLC0415

        return Due(store=self.store)

    @cached_property
    def twins(self) -> Twins:
        """Deliveries that would look alike."""
        from chalicelib.store.twins import Twins  # noqa: PLC0415

        return Twins(store=self.store, clock=self.clock)

    @cached_property
    def workspaces(self) -> Workspaces:
        """Firms."""
        from chalicelib.store.workspaces import Workspaces  # noqa: PLC0415

        return Workspaces(store=self.store)

    @cached_property
    def members(self) -> Members:
        """Who is what in which firm."""
        from chalicelib.store.members import Members  # noqa: PLC0415

        return Members(store=self.store)

    @cached_property
    def repeats(self) -> Repeats:
        """Requests with an idempotency key."""
        from chalicelib.store.repeats import Repeats  # noqa: PLC0415

        return Repeats(store=self.store)

    @cached_property
    def vault(self) -> Vault:
        """Channels' secrets."""
        from chalicelib.store.vault import Vault  # noqa: PLC0415

        return Vault(store=self.store, clock=self.clock, cipher=lambda: self.cipher)

    @cached_property
    def cipher(self) -> Cipher:
        """Encrypts what is secret."""
        from chalicelib.store.encryption import Cipher  # noqa: PLC0415

        return Cipher(roots={ROOT_KEY_ID: self.parts.root_key()}, current=ROOT_KEY_ID)

    @cached_property
    def audit(self) -> Audit:
        """Who did what."""
        from chalicelib.store.audit import Audit  # noqa: PLC0415

        return Audit(store=self.store)

    @cached_property
    def site_pages(self) -> SiteShelf:
        """What stands on firms' own sites."""
        from chalicelib.store.site import SiteShelf  # noqa: PLC0415

        return SiteShelf(store=self.store)

    # The networks.

    @cached_property
    def find_network(self) -> Callable[[str], Network]:
        """Find a network by its name."""
        from chalicelib.networks.registry import network  # noqa: PLC0415

        return self.parts.find_network or network

    @cached_property
    def http(self) -> Http:
        """The client that networks are called by."""
        from chalicelib.networks.fetch import Guard  # noqa: PLC0415
        from chalicelib.networks.http import Http  # noqa: PLC0415

        return Http(Guard(self.settings.allow_hosts))

    @cached_property
    def senders(self) -> NetworkSenders:
        """Channels ready to be used."""
        from chalicelib.networks.senders import NetworkSenders  # noqa: PLC0415

        return NetworkSenders(
            http=self.http,
            clock=self.clock,
            shelf=self.site_pages,
            public_url=self.settings.public_url,
            vault=self.vault.open,
            read_media=self.read_media,
            find_network=self.find_network,
        )

    @cached_property
    def advice(self) -> Advice:
        """What networks would make of a content."""
        from chalicelib.networks.advice import Advice  # noqa: PLC0415

        def media_url(_: WorkspaceId, sha256: str) -> str:
            return f"{self.settings.public_url}/media/{sha256}"

        return Advice(media_url=media_url, find_network=self.find_network)

    @property
    def checks(self) -> Advice:
        """What a channel wouldn't take."""
        return self.advice

    @property
    def counting(self) -> Advice:
        """Counts and kits."""
        return self.advice

    @property
    def limits(self) -> Callable[[Channel], Limits]:
        """What a channel takes."""
        return self.advice.limits

    @cached_property
    def network_specs(self) -> Mapping[str, NetworkSpec]:
        """What is true of each network, in the order that people are shown."""
        from chalicelib.networks.registry import describe_all  # noqa: PLC0415

        return {spec.name: spec for spec in describe_all()}

    @cached_property
    def doors(self) -> Doors:
        """Connecting to networks."""
        from chalicelib.networks.doors import Doors  # noqa: PLC0415

        return Doors(http=self.http, clock=self.clock, senders=self.senders, secret=self.ids.secret)

    def read_media(self, _: WorkspaceId, sha256: str) -> bytes:
        """Return a kept image.

        Raises:
            Rejected: it is gone.
            Transient: the bucket doesn't answer.
        """
        from chalicelib.publishing.images import MAX_UPLOAD_BYTES  # noqa: PLC0415
        from chalicelib.workspaces.uploads import media_key  # noqa: PLC0415

        try:
            data = self.bucket.read(media_key(sha256), MAX_UPLOAD_BYTES)
        except StoreUnclear as error:
            raise Transient("the image can't be read now") from error
        if data is None:
            raise Rejected("the image is gone", "media_gone")
        return data

    @cached_property
    def bucket(self) -> Bucket:
        """Where bytes are kept."""
        return self.parts.bucket()

    # Publishing.

    @cached_property
    def queue(self) -> Queue:
        """The accelerator."""
        return self.parts.queue()

    @cached_property
    def mailer(self) -> NoticeMailer:
        """Tells people by e-mail."""
        from chalicelib.mail.notices import NoticeMailer  # noqa: PLC0415
        from chalicelib.store.told import Told  # noqa: PLC0415

        return NoticeMailer(
            clock=self.clock,
            people=self.members,
            told=Told(store=self.store),
            transport=self.parts.transport(),
            sender=self.settings.mail.sender,
            public_url=self.settings.public_url,
        )

    @cached_property
    def follow_ups(self) -> FollowUps:
        """What is left to do after a change."""
        from chalicelib.publishing.followups import FollowUps  # noqa: PLC0415

        return FollowUps(
            clock=self.clock,
            deliveries=self.deliveries,
            desk=self.desk,
            channels=self.channels,
            senders=self.senders,
            queue=self.queue,
            mailer=self.mailer,
        )

    @cached_property
    def worker(self) -> Worker:
        """Walks due deliveries."""
        from chalicelib.publishing.deliver import Worker  # noqa: PLC0415

        return Worker(
            clock=self.clock,
            deliveries=self.deliveries,
            desk=self.desk,
            senders=self.senders,
            queue=self.queue,
            follows_up=self.follow_ups,
        )

    @cached_property
    def dispatcher(self) -> Dispatcher:
        """What the minute's tick does."""
        from chalicelib.publishing.dispatch import Dispatcher  # noqa: PLC0415

        return Dispatcher(
            clock=self.clock,
            index=self.due,
            queue=self.queue,
            choose_shard=self.parts.choose_shard,
        )

    @cached_property
    def receiver(self) -> Receiver:
        """What one message does."""
        from chalicelib.publishing.dispatch import Receiver  # noqa: PLC0415

        return Receiver(
            clock=self.clock,
            deliveries=self.deliveries,
            worker=self.worker,
            wait=self.parts.wait,
        )

    @cached_property
    def planner(self) -> Planner:
        """What an act changes."""
        from chalicelib.publishing.chaining import Chainer  # noqa: PLC0415
        from chalicelib.publishing.planning import Planner  # noqa: PLC0415

        return Planner(
            clock=self.clock,
            ids=self.ids,
            channel_store=self.channels,
            checks=self.advice,
            chainer=Chainer(clock=self.clock, deliveries=self.deliveries, twins=self.twins),
            resend_class=self.advice.resend_class,
        )

    @cached_property
    def composer(self) -> Composer:
        """What people do with posts."""
        from chalicelib.publishing.compose import Composer  # noqa: PLC0415

        return Composer(
            clock=self.clock,
            ids=self.ids,
            posts=self.posts,
            deliveries=self.deliveries,
            planner=self.planner,
            queue=self.queue,
        )

    @cached_property
    def holding(self) -> Holding:
        """Pausing and freeing channels."""
        from chalicelib.publishing.holding import Holding  # noqa: PLC0415

        return Holding(
            clock=self.clock, deliveries=self.deliveries, agenda=self.agenda, queue=self.queue
        )

    # People.

    @cached_property
    def seals(self) -> Seals:
        """MACs under the root key."""
        from chalicelib.workspaces.seals import Seals  # noqa: PLC0415

        return Seals(self.parts.root_key())

    @cached_property
    def sessions(self) -> Sessions:
        """Ways in."""
        from chalicelib.store.counters import Counters  # noqa: PLC0415
        from chalicelib.store.ways_in import WaysIn  # noqa: PLC0415
        from chalicelib.workspaces.sessions import Sessions  # noqa: PLC0415

        def mail_failed(error: str) -> None:
            logs.event("link_not_mailed", error=error)

        return Sessions(
            clock=self.clock,
            ids=self.ids,
            seals=self.seals,
            ways_in=WaysIn(store=self.store),
            members=self.members,
            counters=Counters(store=self.store),
            mail=self.mailer,
            wait=lambda seconds: self.parts.wait(timedelta(seconds=seconds)),
            link_url=lambda token: f"{self.settings.public_url}/sign-in/{token}",
            on_mail_failure=mail_failed,
        )

    @cached_property
    def connecting(self) -> Connecting:
        """What people do with channels."""
        from chalicelib.workspaces.connecting import Connecting  # noqa: PLC0415

        return Connecting(
            clock=self.clock,
            channels=self.channels,
            networks=self.doors,
            vault=self.vault,
            holding=self.holding,
        )

    @cached_property
    def authorizing(self) -> Authorizing:
        """Connecting on the networks' own sign-in pages."""
        from chalicelib.store.awaited import AwaitedSignIns  # noqa: PLC0415
        from chalicelib.workspaces.authorizing import Authorizing  # noqa: PLC0415

        return Authorizing(
            clock=self.clock,
            ids=self.ids,
            seals=self.seals,
            pages=self.doors,
            awaited=AwaitedSignIns(store=self.store, cipher=self.cipher),
            members=self.members,
            connecting=self.connecting,
            back_url=lambda network: f"{self.settings.public_url}/api/v1/callbacks/{network}",
        )

    @cached_property
    def forgetting(self) -> Forgetting:
        """Deleting secrets that are no longer needed."""
        from chalicelib.workspaces.forgetting import Forgetting  # noqa: PLC0415

        return Forgetting(
            clock=self.clock, channels=self.channels, vault=self.vault, holding=self.holding
        )

    @cached_property
    def uploads(self) -> Uploads:
        """Images that come in."""
        from chalicelib.store.media import MediaShelf  # noqa: PLC0415
        from chalicelib.workspaces.uploads import Uploads  # noqa: PLC0415

        return Uploads(
            clock=self.clock,
            ids=self.ids,
            shelf=MediaShelf(store=self.store),
            bucket=self.bucket,
        )


# What the environment says.


class _Process:
    """The world of this process."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.world: World | None = None


_process = _Process()


def world() -> World:
    """Return the world of this process, made from its environment at the first call."""
    with _process.lock:
        if _process.world is None:
            _process.world = World(cloud_parts(load(os.environ)))
        return _process.world


def use(given: World | None) -> None:
    """Use this world from now on; None: make it anew at the next call."""
    with _process.lock:
        _process.world = given


def cloud_parts(settings: Settings) -> Parts:
    """Return the parts that Lambda's functions are made of."""

    def store() -> Store:
        from chalicelib.store.connection import open_store  # noqa: PLC0415

        return open_store(
            region=settings.region,
            prefix=settings.table_prefix,
            ids=RandomIds(),
            endpoint=settings.dynamodb_url,
        )

    def queue() -> Queue:
        from chalicelib.store.queue import SqsQueue  # noqa: PLC0415

        return SqsQueue.at(settings.queue_url, settings.region)

    def bucket() -> Bucket:
        from chalicelib.store.bucket import S3Bucket  # noqa: PLC0415

        return S3Bucket.at(settings.bucket, settings.region)

    def root_key() -> bytes:
        from chalicelib.store.secrets import read_root_key  # noqa: PLC0415

        return read_root_key(settings.root_key_parameter, settings.region)

    return Parts(
        settings=settings,
        clock=SystemClock(),
        ids=RandomIds(),
        store=store,
        root_key=root_key,
        queue=queue,
        bucket=bucket,
        transport=lambda: mail_transport(settings.mail, settings.region),
    )


def mail_transport(mail: MailSettings, region: str) -> Transport:
    """Return how mail leaves, by the settings."""
    from chalicelib.mail.transports import Folder, Ses, Smtp  # noqa: PLC0415

    if mail.kind is MailKind.FOLDER and mail.folder is not None:
        return Folder(mail.folder)
    if mail.kind is MailKind.SMTP:
        return Smtp(
            host=mail.host,
            port=mail.port,
            user=mail.user,
            password=mail.password,
            is_plain=mail.is_plain,
        )

    return Ses.at(region)
