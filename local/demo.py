"""The demo firm, made at the first start: two weeks behind it and two ahead.

Everything has an id of its own, fixed here: what a start that was cut short has made is
found by the next one, which goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.bootstrap import World
from chalicelib.ids import ChannelId, DeliveryId, MediaId, MemberId, PostId, WorkspaceId
from chalicelib.networks.senders import limits_to_json
from chalicelib.publishing.deliveries import Status, Why
from chalicelib.publishing.drafts import At, Draft, Unscheduled, When
from chalicelib.publishing.events import Choice
from chalicelib.publishing.posts import Content, Media, Variant
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from local import demo_story as story
from local.demo_past import SILENT, Past
from local.demo_pictures import draw
from local.demo_story import Told, Weekly
from local.telling import say

FIRM = WorkspaceId("demo")
OWNER = MemberId("claire")
EDITOR = MemberId("theo")
DEV_KEY = "dev"
"""The id of the API key that the environment gives."""

_ZONE = "Europe/Paris"
_SINCE = timedelta(days=30)
"""How long the firm has had Relais when the demo begins."""
_PASTED_AFTER = timedelta(minutes=9)
_ADDRESS = "https://boulangerie-martin.example"
"""A name that leads nowhere (RFC 2606)."""
_INSTANCE = "https://mastodon.invalid"
"""A name that leads nowhere and never will (RFC 2606): nothing can go out there."""


def fill(world: World) -> None:
    """Make sure that the demo firm stands, whole."""
    if world.posts.get(FIRM, PostId(_LAST.id)) is not None:
        return
    say(
        "Premier démarrage : la boulangerie de démonstration s'installe…",
        "First start: the demo bakery is moving in…",
    )
    firm = world.workspaces.get(FIRM) or _found(world)
    _Filling(world, firm).run()


def plant_key(world: World, secret: str) -> None:
    """Let the owner in with this API key from now on, and with no earlier one."""
    if secret:
        world.sessions.plant_key(FIRM, OWNER, DEV_KEY, secret)
    elif any(key.id == DEV_KEY for key in world.sessions.keys(FIRM)):
        world.sessions.revoke_key(FIRM, DEV_KEY)


def _found(world: World) -> Workspace:
    now = world.clock.now().replace(second=0, microsecond=0)
    new = Workspace(
        id=FIRM,
        name="Boulangerie Martin",
        zone=_ZONE,
        feed_token=world.ids.secret(),
        created_at=now - _SINCE,
    )
    return world.workspaces.put(None, new)


@dataclass(frozen=True, slots=True)
class _Scene:
    """A post and its hour."""

    told: Told
    at: datetime


class _Filling:
    """Makes what isn't there yet."""

    def __init__(self, world: World, firm: Workspace) -> None:
        self._firm = firm
        self._began = firm.created_at + _SINCE
        """When the demo was begun: the middle of the story, whenever it is gone on with."""
        self._zone = ZoneInfo(firm.zone)
        self._past = Past(world, firm.created_at)
        self._world = self._past.world
        self._pictures: dict[str, Media] = {}

    def run(self) -> None:
        self._members()
        self._channels()
        self._keep_pictures()
        for scene in self._scenes_before():
            self._publish(scene)
        self._publish(_Scene(story.TO_PASTE, self._began - timedelta(minutes=25)), is_pasted=False)
        self._publish(_Scene(story.TO_CHECK, self._local(-1, time(18, 0))))
        self._pause_silent()
        yesterday = self._began - timedelta(days=1)
        self._create(story.DRAFT, Unscheduled(), yesterday)
        for scene in self._scenes_after():
            self._create(scene.told, self._at(scene.at), yesterday)

    # The firm.

    def _members(self) -> None:
        for member, name, email, role in (
            (OWNER, "Claire Martin", "demo", Role.OWNER),
            (EDITOR, "Théo Lambert", "theo", Role.EDITOR),
        ):
            self._world.members.put(
                Member(
                    workspace=FIRM,
                    id=member,
                    email=f"{email}@boulangerie-martin.example",
                    name=name,
                    role=role,
                    created_at=self._firm.created_at,
                )
            )

    def _channels(self) -> None:
        self._connect(story.SITE, "site", {"title": self._firm.name})
        for target in (story.INSTAGRAM, story.FACEBOOK):
            page = f"{_ADDRESS}/{target}"
            self._connect(target, "manual", {"target": target, "page": page})
        if self._world.channels.get(FIRM, ChannelId(story.MASTODON)) is None:
            self._world.vault.put(FIRM, ChannelId(story.MASTODON), {"token": "demonstration"})
            self._world.channels.put(None, self._silent_channel())

    def _connect(self, channel: str, network: str, typed: dict[str, str]) -> None:
        if self._world.channels.get(FIRM, ChannelId(channel)) is None:
            self._world.connecting.connect(FIRM, ChannelId(channel), network, typed)

    def _silent_channel(self) -> Channel:
        return Channel(
            workspace=FIRM,
            id=ChannelId(story.MASTODON),
            network=SILENT,
            name="Mastodon (démo, sans réseau)",
            handle="@boulangerie@mastodon.invalid",
            url=f"{_INSTANCE}/@boulangerie",
            remote_id="1",
            settings={"instance": _INSTANCE, "account": "1", "software": "mastodon"},
            limits=limits_to_json(self._world.network_specs[SILENT].limits),
            since=self._firm.created_at,
            created_at=self._firm.created_at,
        )

    def _pause_silent(self) -> None:
        """Nothing is tried there any more unless a person wants to see what happens."""
        self._past.clock.set(self._began - timedelta(hours=1))
        silent = self._world.connecting.get(FIRM, ChannelId(story.MASTODON))
        if silent.status is ChannelStatus.CONNECTED:
            self._world.connecting.pause(FIRM, silent.id, None)

    def _keep_pictures(self) -> None:
        """Take the pictures in as anybody's are: uploaded, looked into, kept by their hash."""
        for name, alt in story.ALTS.items():
            data = draw(name)
            begun = self._world.uploads.begin(
                FIRM,
                name=f"{name}.jpg",
                content_type="image/jpeg",
                size=len(data),
                media=MediaId(f"demo{name}"),
            )
            self._world.bucket.keep(begun.form.fields["key"], data, "image/jpeg")
            kept = self._world.uploads.complete(FIRM, begun.upload.id)
            self._pictures[name] = Media(
                sha256=kept.sha256,
                content_type=kept.content_type,
                width=kept.width,
                height=kept.height,
                size=kept.size,
                alt=alt,
            )

    # The story.

    def _scenes_before(self) -> Iterator[_Scene]:
        yield from self._weekly(story.BEFORE, is_past=True)
        opening = self._local(0, time(7, 15))
        if opening > self._began:
            opening = self._local(-1, time(7, 15))
        yield _Scene(story.EARLIER_TODAY, opening)

    def _scenes_after(self) -> Iterator[_Scene]:
        yield _Scene(story.LATER_TODAY, self._later_today())
        yield from self._weekly(story.AFTER, is_past=False)

    def _weekly(self, posts: Sequence[Weekly], *, is_past: bool) -> Iterator[_Scene]:
        """Give each post a day of its own weekday, in its week before or after today."""
        today = self._today().weekday()
        for weekly in posts:
            if is_past:
                days = -1 - (today - 1 - weekly.weekday) % 7 - 7 * weekly.week
            else:
                days = 1 + (weekly.weekday - today - 1) % 7 + 7 * weekly.week
            yield _Scene(weekly.told, self._local(days, weekly.at))

    def _today(self) -> date:
        return self._began.astimezone(self._zone).date()

    def _local(self, days: int, at: time) -> datetime:
        day = self._today() + timedelta(days=days)
        return datetime.combine(day, at, self._zone).astimezone(self._began.tzinfo)

    def _later_today(self) -> datetime:
        """In an hour or two, on the hour; tomorrow morning if the shop will be closed."""
        local = (self._began + timedelta(hours=2)).astimezone(self._zone)
        if not time(8) <= local.time() <= time(19):
            morning = self._local(0, time(11))
            return morning if morning > self._began else self._local(1, time(11))
        return self._local(0, time(local.hour))

    def _publish(self, scene: _Scene, *, is_pasted: bool = True) -> None:
        """Let a post go out at its hour, which is past."""
        made = self._create(scene.told, self._at(scene.at), scene.at - timedelta(days=1))
        for delivery in made:
            self._past.clock.set(scene.at)
            done = self._past.walk(FIRM, delivery)
            if is_pasted and done.status is Status.NEEDS_HUMAN and done.why is Why.KIT:
                self._past.clock.wait(_PASTED_AFTER)
                self._world.composer.decide(
                    self._firm, done.id, rev=done.rev, choice=Choice.PUBLISHED
                )

    def _at(self, instant: datetime) -> At:
        return At(instant.astimezone(self._zone).replace(tzinfo=None), self._firm.zone)

    def _create(self, told: Told, when: When, written_at: datetime) -> list[DeliveryId]:
        self._past.clock.set(written_at)
        picture = self._pictures.get(told.picture or "")
        content = Content(
            text=told.text,
            title=told.title,
            link=told.link,
            media=(picture,) if picture else (),
        )
        variants = {ChannelId(c): Variant(text=text) for c, text in (told.variants or {}).items()}
        draft = Draft(
            content=content,
            variants=variants,
            channels=tuple(ChannelId(c) for c in told.channels),
            when=when,
        )
        by = EDITOR if told.is_by_theo else OWNER
        made = self._world.composer.create(self._firm, by, draft, post=PostId(told.id))
        return [delivery.id for delivery in made.deliveries]


_LAST = story.AFTER[-1].told
"""Made last: that it stands says that everything does."""
