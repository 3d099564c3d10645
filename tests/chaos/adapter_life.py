"""A life on a real network's adapter, over that network's fake.

Everything is real but the clock, the queue's and the mail's transports and the socket: the
walk, the store code over the engine, the adapter, and the HTTP client down to the exchange.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, time, timedelta
from functools import partial

from chalicelib.bootstrap import World
from chalicelib.clock import Clock
from chalicelib.ids import PostId
from chalicelib.networks.contract import Connection, Network, Outgoing, Publishes, Tools
from chalicelib.networks.http import Http
from chalicelib.networks.oauth import App, Client
from chalicelib.networks.registry import network
from chalicelib.networks.senders import limits_to_json
from chalicelib.networks.spec import Option
from chalicelib.publishing.deliveries import Delivery, Status, Topic, Why
from chalicelib.publishing.drafts import At, Draft
from chalicelib.publishing.outcomes import Published
from chalicelib.publishing.posts import Content, Media, normalise_text
from chalicelib.publishing.refusals import Refusal
from chalicelib.store.connection import Store
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Workspace
from tests.chaos.around import SeededIds
from tests.chaos.checker import judge, told
from tests.chaos.films import VIDEO
from tests.chaos.ledger import Live
from tests.chaos.life import APP, FINISHED, PICTURE, Life
from tests.chaos.rigs import Rig, Seen, ShowsVideo, SignsIn
from tests.chaos.servers import SERVERS
from tests.chaos.site_rig import SiteRig
from tests.chaos.steps import START, Fault
from tests.chaos.wire import ScriptedGuard, Wire
from tests.chaos.x_rig import XRig
from tests.fakes.clocks import CountedIds

PLANNED = timedelta(seconds=90)
HELD_AT_MOST = 120.0
QUOTA_BY_DAY = frozenset({"linkedin", "linkedin_pages"})
"""Networks that, once they have had enough, take nothing before midnight UTC: people wait."""
BACK = "https://relais.example/api/v1/callbacks/network"


def connection_of(found: Network, rig: Rig, http: Http, clock: Clock) -> Connection:
    """Connect the account of a fake network, as a person does: by typing, or on its page."""
    if not isinstance(rig, SignsIn):
        assert found.connect is not None
        return found.connect(rig.typed, http, clock)
    assert found.oauth is not None
    oauth = found.oauth()
    client = Client(
        http=http,
        clock=clock,
        secret=CountedIds("s").secret,
        app=lambda: App(APP["id"], APP["secret"]),
    )
    begun = oauth.begin(rig.typed, BACK, client)
    return next(iter(oauth.finish(begun.kept, rig.say_yes(begun.url), client)))


class AdapterLife(Life):
    """A life on one real network, as its fake holds it.

    Args:
        store: What it shares with other lives.
        name: The network's.
        told: What the life is, in words of its own: identifiers are made of it.
        temper: Makes it one of the many servers there are; None: the usual one.
    """

    servers = SERVERS

    def __init__(
        self, store: Store, name: str, told: str, *, temper: random.Random | None = None
    ) -> None:
        self.name = name
        self._told = told
        self._temper = temper
        self._tells_stories = False
        found = network(name)
        found = replace(found, open=partial(self._opened, found.open))
        super().__init__(store, found.spec.resend_class, networks=lambda _: {name: found})

    def _opened(self, opener: Callable[[Tools], object], tools: Tools) -> object:
        """Return an adapter whose call the wire knows the delivery of."""
        adapter, wire = opener(tools), self.wire
        if isinstance(adapter, Publishes) and wire is not None:
            publish = adapter.publish

            def carried(
                out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
            ) -> Published:
                with wire.carrying(out.key.uuid):
                    return publish(out, parts, before_send=before_send)

            vars(adapter)["publish"] = carried
        return adapter

    def _assemble(self, store: Store) -> World:
        self.ids = SeededIds(self._told)
        world = super()._assemble(store)
        self.rig: Rig = SiteRig()
        self.wire: Wire | None = None
        if self.name in self.servers:
            server = self.servers[self.name](lambda: wire.now())  # noqa: PLW0108 - it isn't there yet
            self.rig, self.wire = server, (wire := Wire(self.steps, server))
            if isinstance(server, ShowsVideo):
                self.shows = server.video
            elif network(self.name).spec.limits.video_required:
                self.shows = VIDEO
            world.http = Http(ScriptedGuard(wire))
        return world

    def _settle_in(self) -> tuple[Workspace, Channel]:
        workspace, channel = super()._settle_in()
        if isinstance(self.rig, SiteRig):
            self.rig.pages = lambda: self.world.site_pages.latest(workspace.id, 50)
        if self._temper is not None:
            self.rig.temper(self._temper)
        return workspace, self._sign_in(channel)

    def _sign_in(self, channel: Channel) -> Channel:
        made = connection_of(network(self.name), self.rig, self.world.http, self.clock)
        self.world.vault.put(channel.workspace, channel.id, made.secret)
        limits = limits_to_json(made.limits)
        settled = replace(channel, settings=dict(made.settings), limits=limits)
        return self.world.channels.put(channel, settled)

    # What people do.

    def write(
        self, text: str, after: timedelta = PLANNED, *, image: bool = True, comment: str = ""
    ) -> PostId:
        """See ``Life.write``; a network without posts of text alone is given a picture."""
        return super().write(text, after, image=image or self._wants_pictures, comment=comment)

    def written(self, text: str, media: tuple[Media, ...]) -> Content:
        """See ``Life.written``; where videos are shown it is one, with a title if there must be."""
        limits = network(self.name).spec.limits
        title = "Du four" if limits.title_required else ""
        shown = (self.shows,) if self.shows.is_video else media
        return Content(text=text, title=title, media=shown, is_story=self._tells_stories)

    @property
    def _wants_pictures(self) -> bool:
        return network(self.name).spec.limits.media.min_count > 0

    def write_rich(self) -> None:
        """A person uses all that the network has a place for."""
        options = network(self.name).spec.options
        content = replace(
            self.written(
                "Demain, ouvert dès 6 h 30 ! Avec @moulin@pain.test et @moulin.test. #Pain #été",
                (self.shows,) if self._wants_pictures else (),
            ),
            link="https://exemple.test/une/page/assez/longue?avec=des&parametres=oui",
            title="Nos horaires d’été" if Option.TITLE in options else "",
            categories=("Horaires", "Été") if Option.CATEGORIES in options else (),
            content_warning="gourmandise" if Option.CONTENT_WARNING in options else "",
        )
        self._schedule(content)

    def write_pictures(self) -> None:
        """A person shows two pictures, or as many as may be, and says what they show."""
        if self.shows.is_video:
            self._schedule(self.written("Le four et la fournée.", (self.shows,)))
            return
        other = replace(PICTURE, sha256="b" * 64, alt="La fournée")
        pictures = (replace(PICTURE, alt="Le four"), other)
        most = network(self.name).spec.limits.media.max_count
        self._schedule(self.written("Le four et la fournée.", pictures[:most]))

    def write_video(self, *, is_wide: bool) -> None:
        """A person shows a video."""
        video = replace(VIDEO, width=1920, height=1080) if is_wide else VIDEO
        self._schedule(Content(text="Le four s’ouvre.", media=(video,)))

    def write_mixed(self) -> None:
        """A person shows pictures and a video side by side."""
        shown = (replace(PICTURE, alt="Le four"), VIDEO, replace(PICTURE, sha256="b" * 64))
        self._schedule(self.written("Le four et la fournée.", shown))

    def write_story(self, *, is_film: bool) -> None:
        """A person shows a picture or a film for a day; whatever she writes is a story."""
        self._tells_stories = True
        self._schedule(self.written("Le four s’ouvre.", (VIDEO if is_film else PICTURE,)))

    def drop_pictures(self) -> None:
        """A person takes the pictures out of the first post, if that is still possible."""
        with self.silence():
            stands = self.world.composer.get(self.workspace, self.posts[0])
            content = replace(stands.version.content, media=(), text="Sans la photo, finalement.")
            self._edit_to(content)

    def _edit_to(self, content: Content) -> None:
        post = self.posts[0]
        try:
            stands = self.world.composer.get(self.workspace, post)
            assert stands.post.planned_at is not None
            when = At(stands.post.planned_at.replace(tzinfo=None), "UTC")
            draft = Draft(content=content, channels=(self.channel.id,), when=when)
            self.world.composer.edit(self.workspace, self.owner, post, stands.post.version, draft)
        except Refusal:
            return

    def _schedule(self, content: Content) -> None:
        when = At((START + PLANNED).replace(tzinfo=None), "UTC")
        draft = Draft(content=content, channels=(self.channel.id,), when=when)
        with self.silence():
            post = self.world.composer.create(self.workspace, self.owner, draft).post.id
        self.posts.append(post)

    def run(self, plan: Mapping[int, Fault] | None = None) -> None:
        """See ``Life.run``; in the end whatever was still on its way has arrived."""
        super().run(plan)
        self.clock.advance(HELD_AT_MOST)

    def settle(self) -> None:
        """See ``Life.settle``; the network behaves again."""
        if self.wire is not None:
            self.wire.calm()
        if self.name in QUOTA_BY_DAY:
            tomorrow = self.clock.true.date() + timedelta(days=1)
            self.clock.true = datetime.combine(tomorrow, time(0, 1), UTC)
        super().settle()

    def _reconnect(self) -> None:
        self.rig.restore()
        channel = self.world.channels.get(self.workspace.id, self.channel.id)
        assert channel is not None
        if channel.status is not ChannelStatus.DISCONNECTED:
            self._sign_in(channel)
        super()._reconnect()

    # What stands.

    def seen(self) -> list[Seen]:
        """Return all that is live of ours."""
        with self.silence():
            if self.wire is not None:
                self.wire.let_arrive()
            return self.rig.seen()

    def live(self, delivery: Delivery) -> list[str]:
        """Return the ids of what is live of a delivery, by the network's own knowledge."""
        truth = self.rig.truth_of(delivery)
        found = [seen for seen in self.seen() if seen.truth == truth]
        for seen in found:
            at = self.wire.made_at[seen.id] if self.wire else seen.at or START
            text = self._text_of(delivery, seen)
            self.ledger.live[seen.id] = Live(seen.id, truth, text, seen.media, at, at)
        return [seen.id for seen in found]

    def _text_of(self, delivery: Delivery, seen: Seen) -> str:
        """Return the text of the version that is seen: networks show it in their own way."""
        for n in range(delivery.version, 0, -1):
            content = self.content(delivery, n)
            if self.rig.shown(content) == seen.shown:
                return normalise_text(content.text)
        return f"no version: {seen.shown}"

    def content(self, delivery: Delivery, n: int) -> Content:
        """Return the content of a version of a delivery's post."""
        with self.silence():
            found = self.world.posts.version(delivery.workspace, delivery.post, n)
        assert found is not None
        return found.content_for(delivery.channel)

    def untold(self) -> list[Delivery]:
        """Return what waits for a person who hasn't been told just that."""
        waiting = [d for d in self.deliveries() if d.status not in FINISHED]
        return [d for d in waiting if (topic := _topic(d)) is None or not told(self, topic)]


def _topic(d: Delivery) -> Topic | None:
    """Return what a person must have been told of a delivery that waits for one."""
    if d.status is Status.BLOCKED_AUTH:
        return Topic.RECONNECT
    return TOPICS.get(d.why) if d.status is Status.NEEDS_HUMAN and d.why else None


TOPICS = {Why.UNKNOWN: Topic.TO_CHECK, Why.LATE: Topic.LATE, Why.POISON: Topic.POISON}


def judge_adapter(life: AdapterLife) -> list[str]:
    """Return what is wrong with a life that has ended, also what only real networks show."""
    deliveries = life.deliveries()
    wrong = judge(life) + [w for d in deliveries for w in _media(life, d)]
    ours = [life.rig.truth_of(d) for d in deliveries]
    wrong += _spending(life)
    wrong += [f"stray: {seen.id} is nobody's" for seen in life.seen() if seen.truth not in ours]
    if len(set(ours)) < len(ours):
        wrong.append("lost: two deliveries share what makes them unique")
    return wrong


def _spending(life: AdapterLife) -> list[str]:
    """What a network took was set aside before, and never more than the cap allows."""
    if not isinstance(life.rig, XRig):
        return []
    with life.silence():
        aside = life.world.purse.set_aside(life.workspace)
    told_of = f"{life.rig.charged} charged, {aside} set aside, of {life.workspace.spending_cap}"
    return [told_of] if not life.rig.charged <= aside <= life.workspace.spending_cap else []


def _media(life: AdapterLife, d: Delivery) -> list[str]:
    """What goes out is one version, its text with its own pictures, or a person has looked."""
    has_been_told = told(life, Topic.OLD_VERSION_LIVE) or told(life, Topic.TO_CHECK)
    if d.status is not Status.PUBLISHED or has_been_told:
        return []
    sent = len(life.content(d, d.sent_version).media)
    shown = [life.ledger.live[remote].media for remote in life.live(d)]
    return [f"{n} pictures of {sent} are live" for n in shown if n != sent]
