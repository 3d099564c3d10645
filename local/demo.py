"""The demo firm, made at the first start: two months behind it and two weeks ahead.

Everything has an id of its own, fixed here: what a start that was cut short has made is
found by the next one, which goes on from there.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from chalicelib.bootstrap import World
from chalicelib.ids import ChannelId, MediaId, PostId, WorkspaceId
from chalicelib.networks.senders import limits_to_json
from chalicelib.publishing.drafts import Unscheduled
from chalicelib.publishing.posts import Media
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Member, Opening, Role, Workspace
from local import demo_story as story
from local.demo_days import Days, shared_out, side_by_side
from local.demo_earlier import EARLIER
from local.demo_figures import Figures
from local.demo_inbox import APPRENTICE, Listening
from local.demo_pictures import draw
from local.demo_story import Weekly
from local.demo_telling import EDITOR, OWNER, Scene, Telling
from local.telling import say

__all__ = ["DEV_KEY", "EDITOR", "FIRM", "OWNER", "fill", "plant_key"]

FIRM = WorkspaceId("demo")
DEV_KEY = "dev"
"""The id of the API key that the environment gives."""

_ZONE = "Europe/Paris"
_SINCE = timedelta(days=62)
"""How long the firm has had Relais when the demo begins: a month, and one to compare it with."""
_BY_DAY = (Opening(time(7), time(19, 30)),)
_HOURS = ((), _BY_DAY, _BY_DAY, _BY_DAY, _BY_DAY, _BY_DAY, (Opening(time(7), time(13)),))


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
        opening_hours=_HOURS,
        created_at=now - _SINCE,
    )
    return world.workspaces.put(None, new)


class _Filling:
    """Makes what isn't there yet."""

    def __init__(self, world: World, firm: Workspace) -> None:
        self._given = world
        self._firm = firm
        self._began = firm.created_at + _SINCE
        """When the demo was begun: the middle of the story, whenever it is gone on with."""
        self._days = Days(self._began, ZoneInfo(firm.zone))
        self._pictures: dict[str, Media] = {}
        self._telling = Telling(world, firm, self._days, self._pictures)
        self._past = self._telling.past
        self._world = self._past.world

    def run(self) -> None:
        """Make all of it: what doesn't hang on one another, at once."""
        self._members()
        self._channels()
        listening = Listening(self._given, self._firm, self._days)
        side_by_side(self._tell, self._tell_earlier, listening.run)
        self._pause_offline()
        figures = Figures(self._given, self._firm, self._days)
        side_by_side(figures.run, self._plan)
        self._telling.plan(self._last, self._yesterday)

    # The firm.

    def _members(self) -> None:
        for member, name, email, role in (
            (OWNER, "Claire Martin", "demo", Role.OWNER),
            (EDITOR, "Théo Lambert", "theo", Role.EDITOR),
            (APPRENTICE, "Paul Roussel", "paul", Role.EDITOR),
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
            page = f"{story.ADDRESS}/{target}"
            self._connect(target, "manual", {"target": target, "page": page})
        for channel, secret in (
            (self._mastodon(), {"token": "demonstration"}),
            (self._blog(), {"user": "claire", "password": "demonstration"}),
        ):
            if self._world.channels.get(FIRM, channel.id) is None:
                self._world.vault.put(FIRM, channel.id, secret)
                self._world.channels.put(None, channel)

    def _connect(self, channel: str, network: str, typed: dict[str, str]) -> None:
        if self._world.channels.get(FIRM, ChannelId(channel)) is None:
            self._world.connecting.connect(FIRM, ChannelId(channel), network, typed)

    def _mastodon(self) -> Channel:
        return self._offline(
            story.MASTODON,
            "mastodon",
            name="Mastodon (démo, sans réseau)",
            handle="@boulangerie@mastodon.invalid",
            url=f"{story.INSTANCE}/@boulangerie",
            settings={"instance": story.INSTANCE, "account": "1", "software": "mastodon"},
        )

    def _blog(self) -> Channel:
        return self._offline(
            story.BLOG,
            "wordpress",
            name="Blog (démo, sans réseau)",
            handle="claire",
            url=story.BLOG_SITE,
            settings={"site": story.BLOG_SITE, "api": f"{story.BLOG_SITE}/wp-json/"},
        )

    def _offline(
        self,
        channel: str,
        network: str,
        *,
        name: str,
        handle: str,
        url: str,
        settings: dict[str, str],
    ) -> Channel:
        """Return a channel that leads nowhere, and so can't be connected as others are."""
        return Channel(
            workspace=FIRM,
            id=ChannelId(channel),
            network=network,
            name=name,
            handle=handle,
            url=url,
            remote_id="1",
            settings=settings,
            limits=limits_to_json(self._world.network_specs[network].limits),
            since=self._firm.created_at,
            created_at=self._firm.created_at,
        )

    def _pause_offline(self) -> None:
        """Nothing is tried there any more unless a person wants to see what happens."""
        self._past.clock.set(self._began - timedelta(hours=1))
        for channel in (story.MASTODON, story.BLOG):
            offline = self._world.connecting.get(FIRM, ChannelId(channel))
            if offline.status is ChannelStatus.CONNECTED:
                self._world.connecting.pause(FIRM, offline.id, None)

    def _keep_pictures(self, names: Sequence[str]) -> None:
        """Take pictures in as anybody's are: uploaded, looked into, kept by their hash."""
        for name in names:
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
                alt=story.ALTS[name],
            )

    # The story.

    def _tell(self) -> None:
        shared_out([*story.ALTS], self._keep_pictures)
        shared_out([*self._before()], self._publish)

    def _tell_earlier(self) -> None:
        posts = [Scene(e.told, self._days.at(-e.days, e.at)) for e in EARLIER]
        shared_out(posts, self._publish)

    def _publish(self, scenes: Sequence[Scene]) -> None:
        telling = Telling(self._given, self._firm, self._days, self._pictures)
        for scene in scenes:
            telling.publish(scene, is_pasted=scene.told is not story.TO_PASTE)

    def _plan(self) -> None:
        self._telling.create(story.DRAFT, Unscheduled(), self._yesterday)
        for scene in self._after():
            if scene != self._last:
                self._telling.plan(scene, self._yesterday)

    def _before(self) -> Iterator[Scene]:
        yield from self._weekly(story.BEFORE, is_past=True)
        opening = self._days.at(0, time(7, 15))
        if opening > self._began:
            opening = self._days.at(-1, time(7, 15))
        yield Scene(story.EARLIER_TODAY, opening)
        yield Scene(story.TO_PASTE, self._began - timedelta(minutes=25))
        yield Scene(story.TO_CHECK, self._days.at(-1, time(18)))

    def _after(self) -> Iterator[Scene]:
        yield Scene(story.LATER_TODAY, self._later_today())
        yield from self._weekly(story.AFTER, is_past=False)

    def _weekly(self, posts: Sequence[Weekly], *, is_past: bool) -> Iterator[Scene]:
        """Give each post a day of its own weekday, in its week before or after today."""
        today = self._days.today.weekday()
        for weekly in posts:
            if is_past:
                days = -1 - (today - 1 - weekly.weekday) % 7 - 7 * weekly.week
            else:
                days = 1 + (weekly.weekday - today - 1) % 7 + 7 * weekly.week
            yield Scene(weekly.told, self._days.at(days, weekly.at))

    def _later_today(self) -> datetime:
        """In an hour or two, on the hour; tomorrow morning if the shop will be closed."""
        local = (self._began + timedelta(hours=2)).astimezone(self._days.zone)
        if not time(8) <= local.time() <= time(19):
            morning = self._days.at(0, time(11))
            return morning if morning > self._began else self._days.at(1, time(11))
        return self._days.at(0, time(local.hour))

    @property
    def _yesterday(self) -> datetime:
        return self._began - timedelta(days=1)

    @property
    def _last(self) -> Scene:
        """Planned last: that it stands says that everything does."""
        return next(scene for scene in self._after() if scene.told is _LAST)


_LAST = story.AFTER[-1].told
"""Made last: that it stands says that everything does."""
