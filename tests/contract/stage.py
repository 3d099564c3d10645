"""What the tests of adapters share: a channel's tools, posts to send, a walk without a store."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import cast
from urllib.parse import urlsplit

from PIL import Image

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.listening.mentions import Heard
from chalicelib.networks.contract import (
    Connection,
    Outgoing,
    Picture,
    Publishes,
    Search,
    Tools,
    Video,
)
from chalicelib.networks.fetch import Guard
from chalicelib.networks.http import Http
from chalicelib.networks.oauth import App, Client
from chalicelib.networks.registry import network
from chalicelib.publishing.deliveries import RemoteKey
from chalicelib.publishing.outcomes import Pending, Published
from chalicelib.publishing.posts import Content, Media, first_comment
from chalicelib.publishing.site import SiteEntry
from tests.fakes.clocks import START, CountedIds
from tests.fakes.pictures import encoded, photograph
from tests.fakes.videos import film

WORKSPACE, CHANNEL = WorkspaceId("w1"), ChannelId("c1")
KEY = RemoteKey(
    record_key="3lekz2a2a2a2a",
    slug="relais-k3v9q2",
    uuid="0f5c2f6e-4b1a-4a7e-9a53-3f1f0f6d8a11",
    created_at=START,
)
APP = App("relais-app", "relais-app-secret")
"""What the installation is at networks where it must be registered."""
TEXT = (
    "Demain, ouvert dès 6 h 30 🥐 ! Goûtez nos crêpes à l’été.\n\n"
    "Plus d’infos : https://exemple.fr/une/page/assez/longue?avec=des&parametres=oui "
    "#Boulangerie #été"
)
"""Two paragraphs with accents, an emoji, a long link and hashtags."""


class Vault:
    """One channel's secrets."""

    def __init__(self, secret: Mapping[str, str]) -> None:
        self.secret: Mapping[str, str] = dict(secret)
        self.renewals = 0

    def renew(self, refresh: Callable[[Mapping[str, str]], Mapping[str, str]]) -> Mapping[str, str]:
        self.renewals += 1
        self.secret = refresh(self.secret)
        return self.secret


class MemoryShelf:
    """The firm's own site, in memory, by the rules of ``contract.Shelf``."""

    def __init__(self) -> None:
        self.entries: dict[tuple[str, str, str], SiteEntry] = {}

    def get(self, workspace: WorkspaceId, channel: ChannelId, uuid: str) -> SiteEntry | None:
        return self.entries.get((workspace, channel, uuid))

    def put(self, entry: SiteEntry) -> bool:
        key = (entry.workspace, entry.channel, entry.uuid)
        if key in self.entries:
            return False
        self.entries[key] = entry
        return True


def tools_of(
    connection: Connection,
    http: Http,
    clock: Clock,
    *,
    shelf: MemoryShelf | None = None,
    settings: Mapping[str, str] | None = None,
    app: App = APP,
) -> Tools:
    """Return the tools of a channel that was connected so; ``settings`` override its own."""
    return Tools(
        workspace=WORKSPACE,
        channel=CHANNEL,
        public_url="https://relais.example",
        shelf=shelf or MemoryShelf(),
        settings={**connection.settings, **(settings or {})},
        limits=connection.limits,
        credentials=Vault(connection.secret),
        http=http,
        clock=clock,
        app=lambda: app,
    )


def client_of(http: Http, clock: Clock, app: App = APP) -> Client:
    """Return what signing in on a network's page is done with."""
    return Client(http=http, clock=clock, secret=CountedIds("s").secret, app=lambda: app)


def http_to(*addresses: str) -> Http:
    """Return a client that may reach these test servers, beside the public internet."""
    return Http(Guard(allow_hosts=frozenset(urlsplit(a).netloc for a in addresses)))


def http_for(origin: str, server: str) -> Http:
    """Return a client for which a test server stands in for a network's own origin."""
    return Http(Guard(stand_ins={origin: server}))


def vault_of(tools: Tools) -> Vault:
    return cast(Vault, tools.credentials)


def png(colour: str = "orange", size: tuple[int, int] = (64, 48)) -> bytes:
    data = io.BytesIO()
    Image.new("RGB", size, colour).save(data, "PNG")
    return data.getvalue()


def picture(alt: str, colour: str = "orange") -> Picture:
    data = png(colour)
    return shown(data, "image/png", alt, (64, 48))


def photo(alt: str) -> Picture:
    """Return a picture as networks want it that take no small ones: 320 pixels, over 10 KB."""
    data = encoded(photograph(320, 320), "JPEG", quality=95)
    return shown(data, "image/jpeg", alt, (320, 320))


def shown(data: bytes, content_type: str, alt: str, size: tuple[int, int]) -> Picture:
    """Return a picture of these bytes, its address that of the installation."""
    name = hashlib.sha256(data).hexdigest()
    return Picture(
        sha256=name,
        alt=alt,
        load=lambda: (data, content_type),
        width=size[0],
        height=size[1],
        url=lambda: f"https://relais.example/media/passing/{name}",
    )


def clip(
    alt: str = "", *, width: int = 1080, height: int = 1920, seconds: int = 12, size: int = 8_192
) -> Video:
    """Return a video of so many bytes or a little more."""
    data = film(width=width, height=height, milliseconds=seconds * 1_000, picture_bytes=size)
    name = hashlib.sha256(data).hexdigest()
    return Video(
        sha256=name,
        alt=alt,
        content_type="video/mp4",
        width=width,
        height=height,
        size=len(data),
        duration_ms=seconds * 1_000,
        read=lambda start, length: data[start : start + length],
        url=lambda: f"https://relais.example/media/{name}",
    )


def _described(item: Picture | Video) -> Media:
    if isinstance(item, Picture):
        return Media(item.sha256, "image/png", item.width, item.height, 0, item.alt)
    size, lasts = item.size, item.duration_ms
    return Media(item.sha256, "video/mp4", item.width, item.height, size, item.alt, lasts)


def outgoing(
    content: Content,
    *items: Picture | Video,
    video: Video | None = None,
    version: int = 1,
    key: RemoteKey = KEY,
) -> Outgoing:
    items = (video,) if video else items
    return Outgoing(
        workspace=WORKSPACE,
        delivery=DeliveryId("p1.c1.0"),
        version=version,
        content=replace(content, media=tuple(map(_described, items))),
        items=items,
        key=key,
    )


@dataclass(slots=True)
class Walk:
    """One delivery's walk through an adapter, as ``publishing.deliver`` would do it."""

    adapter: Publishes
    parts: dict[str, str] = field(default_factory=dict)
    calls: int = 0

    def prepare(self, out: Outgoing) -> Pending | None:
        for step in self.adapter.prepare(out, dict(self.parts)):
            if isinstance(step, Pending):
                return step
            self.parts[step.name] = step.value
        return None

    def publish(self, out: Outgoing) -> Published:
        return self.adapter.publish(out, dict(self.parts), before_send=self.count)

    def send(self, out: Outgoing) -> Published:
        assert self.prepare(out) is None
        return self.publish(out)

    def count(self) -> None:
        self.calls += 1


def search(
    *candidates: Outgoing,
    parts: Mapping[str, str] | None = None,
    since: datetime = START - timedelta(seconds=60),
    until: datetime = START + timedelta(minutes=5),
    taken: Sequence[str] = (),
) -> Search:
    return Search(
        key=candidates[0].key,
        candidates=candidates,
        parts=parts or {},
        since=since,
        until=until,
        is_taken=lambda remote_id: remote_id in taken,
    )


def commenting(name: str, published: Published, text: str = "Le détail ici") -> Outgoing:
    """Return the first comment of a post of ours, ready to be handed to its network."""
    found = network(name)
    assert found.refs_of_own is not None
    content = Content(text="Ouvert demain", first_comment=text)
    refs = found.refs_of_own(published.remote_id, published.url or "", content)
    key = replace(KEY, uuid="comment", record_key="3lekz2a2a2a2b")
    return replace(outgoing(first_comment(content, refs), key=key), answers=refs)


def answering(heard: Heard, text: str = "Merci !", key: str = KEY.uuid) -> Outgoing:
    """Return an answer to what was heard, ready to be handed to a network."""
    content = Content(text=text, answers=heard.refs)
    return replace(outgoing(content, key=replace(KEY, uuid=key)), answers=heard.refs)
