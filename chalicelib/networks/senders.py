"""Makes a channel's adapter ready to be used: what ``publishing/ports`` calls a Sender."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.clock import Clock
from chalicelib.ids import ChannelId, WorkspaceId
from chalicelib.networks.checking import limits_for, problems
from chalicelib.networks.contract import (
    Connects,
    Credentials,
    FindsOwnPost,
    Network,
    Outgoing,
    Picture,
    Publishes,
    Search,
    Shelf,
    Tools,
    Video,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.registry import network
from chalicelib.networks.spec import Limits, MediaRules, NetworkSpec, TextLimit, VideoRules
from chalicelib.publishing.deliveries import MADE_WITHIN, Delivery, RemoteKey
from chalicelib.publishing.images import ImageRefused, fit
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    Part,
    Pending,
    Published,
    Rejected,
)
from chalicelib.publishing.ports import FREE, Charge
from chalicelib.publishing.posts import Content, Media, PostVersion
from chalicelib.workspaces.channels import Channel

if TYPE_CHECKING:
    from chalicelib.networks.http import Http
    from chalicelib.networks.oauth import App

EARLIER = timedelta(seconds=60)
"""Networks cut times to the second and clocks differ: an own post may look this much older."""


class MediaSource(Protocol):
    """Kept media, by their SHA-256."""

    def image(self, sha256: str) -> bytes:
        """Return an image; raises Rejected if it is gone, Transient if it can't be read now."""
        ...

    def show(self, data: bytes, content_type: str) -> str:
        """Show bytes to the world for a week; return their address."""
        ...

    def part(self, sha256: str, start: int, length: int) -> bytes:
        """Return the bytes of a video from a start, at most so many; raises as ``image``."""
        ...

    def address(self, sha256: str) -> str:
        """Return where the world may fetch a video, as long as it is kept."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkSenders:
    """Opens channels: the one implementation of ``publishing.ports.Senders``."""

    http: Http
    clock: Clock
    shelf: Shelf
    public_url: str
    vault: Callable[[WorkspaceId, ChannelId], Credentials]
    """Opens the secrets of a channel; raises AuthExpired if it has none, Transient if it
    can't be told now."""
    media: MediaSource
    apps: Callable[[], Mapping[str, App]]
    """Returns what this installation is at the networks where it is registered, by name;
    raises Transient where it can't be read now."""
    find_network: Callable[[str], Network] = network

    def app_of(self, network: str) -> App:
        """Return what this installation is at a network.

        Raises:
            Rejected: it isn't registered there (``no_app``).
            Transient: it can't be read now.
        """
        name = self.find_network(network).spec.app
        app = self.apps().get(name)
        if app is None:
            raise Rejected(f"this installation isn't registered with {name or network}", "no_app")
        return app

    def scopes(self, network: str, channel: ChannelId) -> Sequence[str]:
        """Return the names of what may be parked for a channel: itself, and its network."""
        return (f"channel:{channel}", f"network:{network}")

    def open(self, channel: Channel) -> NetworkSender:
        """Return the sender of a channel, its secrets read from the vault.

        Raises:
            AuthExpired: it has no secrets (any more).
            Transient: the vault can't be read now.
        """
        found = self.find_network(channel.network)
        limits = limits_of(channel, found)
        adapter = self._adapter(channel, found, limits)
        return NetworkSender(found, adapter, limits, self.media)

    def adapter(self, channel: Channel) -> object:
        """Return the adapter of a channel, with the abilities that its network has.

        Raises:
            AuthExpired: it has no secrets (any more).
            Transient: the vault can't be read now.
        """
        found = self.find_network(channel.network)
        return self._adapter(channel, found, limits_of(channel, found))

    def hearing(self, channel: Channel) -> object | None:
        """Return what reads and moderates on a channel; None where its network tells nothing.

        Raises:
            AuthExpired: it has no secrets (any more).
            Transient: the vault can't be read now.
        """
        found = self.find_network(channel.network)
        if found.hear is None:
            return None
        return found.hear(self._tools(channel, limits_of(channel, found)))

    def refs_of_own(
        self, network: str, remote_id: str, url: str, content: Content
    ) -> Mapping[str, str]:
        """Return what an answer to a post of ours is given; empty where none can be given."""
        refs = self.find_network(network).refs_of_own
        return refs(remote_id, url, content) if refs else {}

    def _adapter(self, channel: Channel, found: Network, limits: Limits) -> object:
        return found.open(self._tools(channel, limits))

    def _tools(self, channel: Channel, limits: Limits) -> Tools:
        return Tools(
            workspace=channel.workspace,
            channel=channel.id,
            public_url=self.public_url,
            shelf=self.shelf,
            settings=channel.settings,
            limits=limits,
            credentials=self.vault(channel.workspace, channel.id),
            http=self.http,
            clock=self.clock,
            app=partial(self.app_of, channel.network),
        )


def limits_of(channel: Channel, found: Network) -> Limits:
    """Return what a channel takes: what its instance said, else its network's own."""
    return limits_from_json(channel.limits, found.spec) if channel.limits else found.spec.limits


class NetworkSender:
    """One channel, for one walk: a picture is read and fitted once."""

    def __init__(
        self,
        found: Network,
        adapter: object,
        limits: Limits,
        media: MediaSource,
    ) -> None:
        self._spec = found.spec
        self._adapter = adapter
        self._limits = limits
        self._media = media
        self._fitted: dict[tuple[str, MediaRules], tuple[bytes, str]] = {}

    def prepare(
        self, delivery: Delivery, version: PostVersion, parts: Mapping[str, str]
    ) -> Iterator[Part | Pending]:
        """See ``contract.Publishes.prepare``.

        Raises:
            Rejected: the network would refuse it as it stands; nothing was sent.
        """
        content = version.content_for(delivery.channel)
        is_answer = delivery.answers is not None or bool(content.answers)
        if is_answer and (self._spec.answers is None or not content.answers):
            raise Rejected(f"nothing can be answered on {self._spec.name}", "not_answerable")
        if found := problems(content, self._limits, self._spec):
            first = found[0]
            raise Rejected(f"{first.code} {first.pointer} {dict(first.params)}", first.code)
        return self._publishing().prepare(self._outgoing(delivery, version), parts)

    def publish(
        self,
        delivery: Delivery,
        version: PostVersion,
        parts: Mapping[str, str],
        before_send: Callable[[], None],
    ) -> Published:
        """See ``contract.Publishes.publish``."""
        out = self._outgoing(delivery, version)
        return self._publishing().publish(out, parts, before_send=before_send)

    def find(
        self,
        delivery: Delivery,
        versions: Sequence[PostVersion],
        is_taken: Callable[[str], bool],
    ) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost.find``."""
        if not isinstance(self._adapter, FindsOwnPost):
            return CantTell(f"{self._spec.name} can't be asked what was published")
        if delivery.first_intent_at is None or delivery.last_intent_at is None:
            return NotThere(prepared_stands=True)  # nothing was ever sent
        search = Search(
            key=delivery.key,
            candidates=tuple(self._outgoing(delivery, version) for version in versions),
            parts=delivery.prepared.parts,
            since=delivery.first_intent_at - EARLIER,
            until=delivery.last_intent_at + MADE_WITHIN,
            is_taken=is_taken,
        )
        return self._adapter.find(search)

    def charge(self, delivery: Delivery, version: PostVersion) -> Charge:
        """Return what the network asks for publishing it."""
        if self._spec.charge is None:
            return FREE
        content = version.content_for(delivery.channel)
        publishing = self._spec.charge(replace(content, media=()))
        return Charge(self._spec.charge(content) - publishing, publishing)

    def check(self) -> None:
        """Read whether the channel's secrets work; raises AuthExpired if they don't."""
        if isinstance(self._adapter, Connects):
            self._adapter.check()

    def _publishing(self) -> Publishes:
        if not isinstance(self._adapter, Publishes):
            raise Rejected(f"{self._spec.name} is published on by hand", "by_hand")
        return self._adapter

    def _outgoing(self, delivery: Delivery, version: PostVersion) -> Outgoing:
        content = version.content_for(delivery.channel)
        rules = limits_for(content, self._limits, self._spec).media
        return Outgoing(
            workspace=delivery.workspace,
            delivery=delivery.id,
            version=version.n,
            content=content,
            items=tuple(self._item(one, rules) for one in content.media),
            key=_stamped(delivery),
            answers=content.answers,
        )

    def _item(self, media: Media, rules: MediaRules) -> Picture | Video:
        return self._video(media) if media.is_video else self._picture(media, rules)

    def _video(self, media: Media) -> Video:
        return Video(
            sha256=media.sha256,
            alt=media.alt,
            content_type=media.content_type,
            width=media.width,
            height=media.height,
            size=media.size,
            duration_ms=media.duration_ms,
            read=partial(self._media.part, media.sha256),
            url=partial(self._media.address, media.sha256),
        )

    def _picture(self, media: Media, rules: MediaRules) -> Picture:
        load = partial(self._load, media, rules)
        return Picture(
            sha256=media.sha256,
            alt=media.alt,
            load=load,
            width=media.width,
            height=media.height,
            url=lambda: self._media.show(*load()),
        )

    def _load(self, media: Media, rules: MediaRules) -> tuple[bytes, str]:
        which = (media.sha256, rules)
        if which not in self._fitted:
            data = self._media.image(media.sha256)
            try:
                self._fitted[which] = fit(data, rules)
            except ImageRefused as error:
                raise Rejected(
                    f"a picture can't be made to fit: {error}", "media_refused"
                ) from error
        return self._fitted[which]


def _stamped(delivery: Delivery) -> RemoteKey:
    """Date what goes out at its first attempt, or the later time it was planned anew for.

    It is the same at every try of a plan. A record dated when the post was written, or when
    it was first refused, would be shown that far back in timelines, which sort by it.
    """
    known = (delivery.first_intent_at, delivery.planned_at)
    shown = max((at for at in known if at is not None), default=delivery.key.created_at)
    return replace(delivery.key, created_at=shown)


# A channel's limits as they are stored with it.


def limits_to_json(limits: Limits) -> dict[str, Any]:
    """Return limits as plain JSON, for ``Channel.limits``."""
    media = limits.media
    return {
        "text": _texts_to_json(limits.text),
        "caption": _texts_to_json(limits.caption),
        "max_title": limits.max_title,
        "media": {
            "types": list(media.types),
            "max_count": media.max_count,
            "max_bytes": media.max_bytes,
            "max_pixels": media.max_pixels,
            "max_width": media.max_width,
            "max_height": media.max_height,
            "max_alt": media.max_alt,
            "min_count": media.min_count,
            "min_side": media.min_side,
        },
        "text_required": limits.text_required,
        "video": None if limits.video is None else _video_to_json(limits.video),
        "mixed": None if limits.mixed is None else _video_to_json(limits.mixed),
        "video_required": limits.video_required,
        "title_required": limits.title_required,
    }


def _video_to_json(video: VideoRules) -> dict[str, Any]:
    # The store takes no binary fractions.
    ratios = {"min_ratio": str(video.min_ratio), "max_ratio": str(video.max_ratio)}
    return {**asdict(video), "types": list(video.types), **ratios}


def _video_from_json(stored: Mapping[str, Any]) -> VideoRules:
    ratios = {"min_ratio", "max_ratio"}
    wholes = {name: int(stored[name]) for name in stored if name not in {"types", *ratios}}
    return VideoRules(
        types=tuple(stored["types"]),
        min_ratio=float(stored["min_ratio"]),
        max_ratio=float(stored["max_ratio"]),
        **wholes,
    )


def limits_from_json(stored: Mapping[str, Any], spec: NetworkSpec) -> Limits:
    """Return the limits that ``limits_to_json`` made plain.

    Of a channel that was connected before videos were taken, those of its network hold; of
    stories always: no instance says others.
    """
    media = stored["media"]
    videos = {"video": spec.limits.video, "mixed": spec.limits.mixed}
    for name in videos.keys() & stored.keys():
        videos[name] = _video_from_json(stored[name]) if stored[name] else None
    return Limits(
        text=_texts_from_json(stored["text"]),
        caption=_texts_from_json(stored.get("caption", ())),
        max_title=int(stored.get("max_title", 0)),
        media=MediaRules(
            types=tuple(media["types"]),
            **{name: int(media[name]) for name in media if name != "types"},
        ),
        text_required=bool(stored["text_required"]),
        **videos,
        video_required=bool(stored.get("video_required")),
        title_required=bool(stored.get("title_required")),
        story=spec.limits.story,
    )


def _texts_to_json(texts: Iterable[TextLimit]) -> list[list[Any]]:
    return [[t.unit.value, t.maximum, t.url_length] for t in texts]


def _texts_from_json(stored: Iterable[Sequence[Any]]) -> tuple[TextLimit, ...]:
    return tuple(TextLimit(Unit(u), int(m), int(length)) for u, m, length in stored)
