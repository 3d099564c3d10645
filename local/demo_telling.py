"""Tells posts of the demo firm at hours that have been, or are to come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from chalicelib.bootstrap import World
from chalicelib.ids import ChannelId, DeliveryId, MemberId, PostId
from chalicelib.publishing.deliveries import Status, Why
from chalicelib.publishing.drafts import At, Draft, When
from chalicelib.publishing.events import Choice
from chalicelib.publishing.posts import Content, Media, Variant
from chalicelib.workspaces.workspaces import Workspace
from local.demo_days import Days
from local.demo_past import Past
from local.demo_story import Told

OWNER, EDITOR = MemberId("claire"), MemberId("theo")
_PASTED_AFTER = timedelta(minutes=9)
_WRITTEN_BEFORE = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Scene:
    """A post and its hour."""

    told: Told
    at: datetime


class Telling:
    """Tells one post after the other; a past of its own keeps it apart from others who do."""

    def __init__(
        self, world: World, firm: Workspace, days: Days, pictures: Mapping[str, Media]
    ) -> None:
        self._firm = firm
        self._days = days
        self._pictures = pictures
        self.past = Past(world, firm.created_at)

    def publish(self, scene: Scene, *, is_pasted: bool = True) -> None:
        """Let a post go out at its hour, which is past."""
        for delivery in self.plan(scene, scene.at - _WRITTEN_BEFORE):
            self.past.clock.set(scene.at)
            done = self.past.walk(self._firm.id, delivery)
            if is_pasted and done.status is Status.NEEDS_HUMAN and done.why is Why.KIT:
                self.past.clock.wait(_PASTED_AFTER)
                self.past.world.composer.decide(
                    self._firm, done.id, rev=done.rev, choice=Choice.PUBLISHED
                )

    def plan(self, scene: Scene, written_at: datetime) -> list[DeliveryId]:
        """Schedule a post for its hour."""
        local = scene.at.astimezone(self._days.zone).replace(tzinfo=None)
        return self.create(scene.told, At(local, self._firm.zone), written_at)

    def create(self, told: Told, when: When, written_at: datetime) -> list[DeliveryId]:
        """Write a post down; what was made of it before a start was cut short is found."""
        self.past.clock.set(written_at)
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
        composer = self.past.world.composer
        made = composer.create(self._firm, by, draft, post=PostId(told.id))
        return [delivery.id for delivery in made.deliveries]
