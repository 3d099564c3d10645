"""A network of every resend class, with a ledger of what is live, scripted call by call.

``ScriptedNetwork.script("publish", reply_lost(), ok())`` says what the next calls do; a call
without a script goes well. The ledger (``live``) is the truth that tests compare with the
store and with what people were told.
"""

from __future__ import annotations

import itertools
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from chalicelib.ids import ChannelId, DeliveryId
from chalicelib.publishing import outcomes
from chalicelib.publishing.deliveries import Delivery, ResendClass
from chalicelib.publishing.outcomes import CantTell, Found, NotThere, Part, Pending, Published
from chalicelib.publishing.ports import FREE, Charge
from chalicelib.publishing.posts import PostVersion, text_hash
from chalicelib.workspaces.channels import Channel
from tests.fakes.clocks import SettableClock
from tests.fakes.plays import NO_TIME, Play, ok
from tests.fakes.steps import Steps

BEFORE = timedelta(seconds=60)
AFTER = timedelta(minutes=5)
"""A match is created within a minute before the first and five after the last intent."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePost:
    """One post that the world can see."""

    remote_id: str
    url: str
    channel: ChannelId
    delivery: DeliveryId
    attempt: int
    version: int
    looks_like: str
    """Equal for posts that a reader would call the same."""
    record_key: str
    created_at: datetime
    visible_at: datetime
    is_removed: bool = False


@dataclass(frozen=True, slots=True)
class _Container:
    version: int
    is_gone: bool = False
    published: str | None = None


@dataclass(slots=True, kw_only=True)
class ScriptedNetwork:
    """All networks at once: what a call does depends on the delivery's resend class."""

    clock: SettableClock
    steps: Steps = field(default_factory=Steps)
    live: list[LivePost] = field(default_factory=list)
    blind_window: timedelta = NO_TIME
    """How long a listing lags behind every write."""
    token_works: bool = True
    media: tuple[str, ...] = ()
    """The names of what is uploaded before a post."""
    charge: Charge = FREE
    """What it asks for a post."""
    pending: int = 0
    """How many more times the network says that it is still processing."""
    lock: threading.RLock = field(default_factory=threading.RLock)
    _scripts: dict[str, deque[Play]] = field(default_factory=lambda: defaultdict(deque))
    _containers: dict[str, _Container] = field(default_factory=dict)
    _numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def script(self, call: str, *plays: Play) -> None:
        """Say what the next calls of ``open``, ``prepare``, ``publish``, ``find`` or ``check`` do.

        ``prepare`` counts once for each thing that it makes.
        """
        self._scripts[call].extend(plays)

    def copies(self, delivery: Delivery) -> list[LivePost]:
        """Return what was made live of a delivery, also what a person has removed since."""
        return [post for post in self.live if post.delivery == delivery.id]

    def remove(self, remote_id: str) -> None:
        """Let a person delete a post on the network itself."""
        self.live = [
            replace(p, is_removed=True) if p.remote_id == remote_id else p for p in self.live
        ]

    def expire_containers(self) -> None:
        """Let every unpublished container be gone."""
        for name, container in self._containers.items():
            if container.published is None:
                self._containers[name] = replace(container, is_gone=True)

    # What the senders use.

    def play(self, call: str) -> Play:
        """Begin a call: return what it does, or raise as the network's token demands."""
        with self.lock:
            scripted = self._scripts[call]
            play = scripted.popleft() if scripted else ok()
        if not self.token_works:
            raise outcomes.AuthExpired("401")
        return play

    def make(self, name: str, version: int) -> str:
        """Make something that nobody can see: a media upload or a container."""
        with self.lock:
            made = f"{name}-{next(self._numbers)}"
            self._containers[made] = _Container(version)
            return made

    def container(self, name: str | None) -> _Container | None:
        """Return a container that still stands."""
        found = self._containers.get(name or "")
        return None if found is None or found.is_gone else found

    def put_live(
        self, delivery: Delivery, version: PostVersion, parts: Mapping[str, str], play: Play
    ) -> Published:
        """Apply the one call, by the rules of the delivery's class."""
        with self.lock:
            match delivery.resend_class:
                case ResendClass.IDEMPOTENT:
                    return self._put_by_key(delivery, version, play)
                case ResendClass.TWO_PHASE:
                    return self._put_container(delivery, version, parts["container"], play)
                case _:
                    return self._append(delivery, version, play)

    def by_key(self, delivery: Delivery) -> LivePost | None:
        """Return the live post under a delivery's record key."""
        found = [
            p
            for p in self.live
            if (p.channel, p.record_key) == (delivery.channel, delivery.key.record_key)
        ]
        return found[0] if found else None

    def _put_by_key(self, delivery: Delivery, version: PostVersion, play: Play) -> Published:
        stands = self.by_key(delivery)
        if stands is None:
            return self._append(delivery, version, play)
        if stands.looks_like != look_of(version, delivery.channel):
            raise outcomes.OutcomeUnknown("another record stands under the key")
        return Published(stands.remote_id, stands.url)

    def _put_container(
        self, delivery: Delivery, version: PostVersion, name: str, play: Play
    ) -> Published:
        container = self.container(name)
        if container is None:
            raise outcomes.Transient("the container is gone")
        if container.published is None:
            published = self._append(delivery, version, play)
            self._containers[name] = replace(container, published=published.remote_id)
            return published
        (stands,) = (p for p in self.live if p.remote_id == container.published)
        return Published(stands.remote_id, stands.url)

    def _append(self, delivery: Delivery, version: PostVersion, play: Play) -> Published:
        now = self.clock.now()
        remote_id = f"r{next(self._numbers)}"
        post = LivePost(
            remote_id=remote_id,
            url=f"https://network.example/{remote_id}",
            channel=delivery.channel,
            delivery=delivery.id,
            attempt=delivery.attempt,
            version=version.n,
            looks_like=look_of(version, delivery.channel),
            record_key=delivery.key.record_key,
            created_at=now.replace(microsecond=0),  # networks cut to the second
            visible_at=now + max(play.hidden_for, self.blind_window),
        )
        self.live.append(post)
        return Published(post.remote_id, post.url)


class ScriptedSender:
    """``ports.Sender`` of one channel of the scripted network."""

    def __init__(self, network: ScriptedNetwork) -> None:
        self._network = network
        self._clock = network.clock

    def prepare(
        self, delivery: Delivery, version: PostVersion, parts: Mapping[str, str]
    ) -> Iterator[Part | Pending]:
        wanted = [*self._network.media]
        if delivery.resend_class is ResendClass.TWO_PHASE:
            wanted.append("container")
        for name in wanted:
            if self._network.container(parts.get(name)) is None:
                yield self._made(name, version)
        if self._network.pending > 0:
            self._network.pending -= 1
            yield Pending(timedelta(seconds=10))

    def _made(self, name: str, version: PostVersion) -> Part:
        with self._network.steps.step("network.prepare"):
            play = self._network.play("prepare")
            self._clock.advance(play.before_apply)
            made = self._network.make(name, version.n)
            self._clock.advance(play.before_answer)
            if play.raises is not None:
                raise play.raises
            return Part(name, made)

    def publish(
        self,
        delivery: Delivery,
        version: PostVersion,
        parts: Mapping[str, str],
        before_send: Callable[[], None],
    ) -> Published:
        with self._network.steps.step("network.publish"):
            play = self._network.play("publish")
            self._clock.advance(play.before_check)
            before_send()
            self._clock.advance(play.before_apply)
            published = None
            if play.applied:
                published = self._network.put_live(delivery, version, parts, play)
            self._clock.advance(play.before_answer)
            if play.raises is not None:
                raise play.raises
            assert published is not None, "what isn't applied raises"
            return published

    def charge(self, delivery: Delivery, version: PostVersion) -> Charge:
        return self._network.charge

    def find(
        self,
        delivery: Delivery,
        versions: Sequence[PostVersion],
        is_taken: Callable[[str], bool],
    ) -> Found | NotThere | CantTell:
        with self._network.steps.step("network.find"):
            play = self._network.play("find")
            self._clock.advance(play.before_apply)
            seen = self._look(delivery, versions, is_taken)
            self._clock.advance(play.before_answer)
            if play.raises is not None:
                raise play.raises
            return play.says or seen

    def check(self) -> None:
        with self._network.steps.step("network.check"):
            play = self._network.play("check")
            if play.raises is not None:
                raise play.raises

    def _look(
        self,
        delivery: Delivery,
        versions: Sequence[PostVersion],
        is_taken: Callable[[str], bool],
    ) -> Found | NotThere | CantTell:
        match delivery.resend_class:
            case ResendClass.IDEMPOTENT:
                stands = self._network.by_key(delivery)
                return _found(stands, versions) if stands else NotThere(prepared_stands=True)
            case ResendClass.TWO_PHASE:
                return self._ask_container(delivery, versions, is_taken)
            case ResendClass.READ_BACK:
                return self._list(delivery, versions, is_taken)
            case _:
                return CantTell("the network can't list our posts")

    def _ask_container(
        self,
        delivery: Delivery,
        versions: Sequence[PostVersion],
        is_taken: Callable[[str], bool],
    ) -> Found | NotThere | CantTell:
        container = self._network.container(delivery.prepared.parts.get("container"))
        if container is None:
            return self._list(delivery, versions, is_taken)
        for post in self._network.live:
            if post.remote_id == container.published and self._is_visible(post):
                return Found(post.remote_id, post.url, post.version)
        return NotThere(prepared_stands=True)

    def _list(
        self,
        delivery: Delivery,
        versions: Sequence[PostVersion],
        is_taken: Callable[[str], bool],
    ) -> Found | NotThere:
        first, last = delivery.first_intent_at, delivery.last_intent_at
        assert first is not None, "a look is only taken after an attempt"
        assert last is not None, "a look is only taken after an attempt"
        for version in versions:
            for post in self._network.live:
                is_ours = post.looks_like == look_of(version, delivery.channel)
                is_near = first - BEFORE <= post.created_at <= last + AFTER
                is_listed = post.channel == delivery.channel and self._is_visible(post)
                if is_ours and is_near and is_listed and not is_taken(post.remote_id):
                    return Found(post.remote_id, post.url, version.n)
        return NotThere()

    def _is_visible(self, post: LivePost) -> bool:
        return not post.is_removed and post.visible_at <= self._clock.now()


class ScriptedSenders:
    """``ports.Senders`` over the scripted network."""

    def __init__(self, network: ScriptedNetwork) -> None:
        self._network = network

    def scopes(self, network: str, channel: ChannelId) -> Sequence[str]:
        return (f"channel:{channel}", f"network:{network}")

    def open(self, channel: Channel) -> ScriptedSender:
        with self._network.steps.step("network.open"):
            play = self._network.play("open")
            if play.raises is not None:
                raise play.raises
            return ScriptedSender(self._network)


def look_of(version: PostVersion, channel: ChannelId) -> str:
    """Return what a reader would compare of a version on a channel."""
    return text_hash(version.content_for(channel))


def _found(stands: LivePost, versions: Sequence[PostVersion]) -> Found:
    same = (v.n for v in versions if look_of(v, stands.channel) == stands.looks_like)
    return Found(stands.remote_id, stands.url, next(same, None))
