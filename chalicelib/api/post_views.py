"""From posts and deliveries to what an answer says: marks, local times, what one may do."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from chalicelib.api import post_answers
from chalicelib.api.answers import TargetAnswer
from chalicelib.api.calls import Call
from chalicelib.api.today_answers import DayCounts
from chalicelib.api.views import media_url, network_label, target
from chalicelib.api.words import zoned
from chalicelib.ids import comment_id, parts_of
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliveries import Delivery, Refused, ResendClass, Status, Why
from chalicelib.publishing.drafts import Composed
from chalicelib.publishing.lists import Row
from chalicelib.publishing.posts import Content, Media, PostVersion, Variant
from chalicelib.publishing.schedule import Shift
from chalicelib.workspaces.access import Action, allows
from chalicelib.workspaces.channels import Channel

_MARKS: Mapping[Status, post_answers.Mark] = {
    Status.DRAFT: "draft",
    Status.AWAITING_APPROVAL: "to_approve",
    Status.SCHEDULED: "scheduled",
    Status.RETRY: "scheduled",
    Status.CLAIMED: "going_out",
    Status.PREPARED: "going_out",
    Status.SENDING: "going_out",
    Status.RECONCILE: "going_out",
    Status.PUBLISHED: "published",
    Status.FAILED: "failed",
    Status.BLOCKED_AUTH: "waiting",
    Status.CANCELLED: "cancelled",
}
_NEEDS_HUMAN: Mapping[Why, post_answers.Mark] = {
    Why.UNKNOWN: "to_check",
    Why.POISON: "to_check",
    Why.LATE: "late",
    Why.KIT: "to_paste",
}
ATTENTION = frozenset({"to_check", "late", "to_paste", "waiting", "to_approve"})
CHOICES: Mapping[Why, tuple[ev.Choice, ...]] = {
    Why.UNKNOWN: (ev.Choice.PUBLISHED, ev.Choice.RESEND, ev.Choice.DROP),
    Why.LATE: (ev.Choice.RESEND, ev.Choice.DROP),
    Why.POISON: (ev.Choice.RESEND, ev.Choice.DROP),
    Why.KIT: (ev.Choice.PUBLISHED, ev.Choice.DROP),
}
"""What makes sense to decide: nobody can have published what never left."""
_ENDINGS: Mapping[str, str] = {"jpeg": "jpg", "quicktime": "mov"}
"""Of a file's name, where they aren't its type's own."""
_WAITS_ITS_TURN = frozenset({Status.SCHEDULED, Status.RETRY, Status.PREPARED, Status.RECONCILE})


def mark(d: Delivery) -> post_answers.Mark:
    """Return where a delivery stands, in the words of people."""
    if d.status is Status.NEEDS_HUMAN:
        return _NEEDS_HUMAN[d.why or Why.UNKNOWN]
    return _MARKS[d.status]


def state(is_draft: bool, deliveries: Iterable[Delivery]) -> post_answers.State:
    """Return where a post stands, by where its deliveries do."""
    if is_draft:
        return "draft"
    marks = {mark(d) for d in deliveries}
    if marks <= {"cancelled"}:
        return "cancelled"
    marks -= {"cancelled"}
    if marks & ATTENTION:
        return "needs_attention"
    if "going_out" in marks:
        return "going_out"
    if len(marks) > 1:
        return "mixed"
    only = marks.pop()
    names: dict[str, post_answers.State] = {
        "scheduled": "scheduled",
        "published": "published",
        "failed": "failed",
    }
    return names.get(only, "draft")


def action_for(choice_of: Why | None) -> Action:
    """Return what a person must be allowed to do to settle this."""
    return Action.COMPOSE if choice_of is Why.KIT else Action.DECIDE


def can(call: Call, d: Delivery) -> post_answers.CanAnswer:
    """Return what this person may do with a delivery now: the state machine is asked."""
    may_compose = allows(call.member.role, Action.COMPOSE)
    choices = CHOICES[d.why or Why.UNKNOWN] if d.status is Status.NEEDS_HUMAN else ()
    if not allows(call.member.role, action_for(d.why)):
        choices = ()
    edit = ev.Edit(act="", version=d.version, text_hash=d.text_hash, after=d.after)
    return post_answers.CanAnswer(
        edit=may_compose and _would_take(d, edit, call.now),
        cancel=may_compose and _would_take(d, ev.Cancel(act=""), call.now),
        decide=[choice.value for choice in choices],
    )


def _would_take(d: Delivery, event: ev.Event, now: datetime) -> bool:
    try:
        machine.apply(d, event, now)
    except Refused:
        return False
    return True


def local_text(call: Call, instant: datetime | None) -> str | None:
    """Return an instant as the firm's wall clock shows it."""
    if instant is None:
        return None
    return zoned(instant, call.workspace.zone).isoformat(timespec="minutes")


class Channels:
    """The firm's channels, for names and addresses in answers."""

    def __init__(self, call: Call, channels: Sequence[Channel]) -> None:
        self._call = call
        self._by_id = {c.id: c for c in channels}

    def get(self, d: Delivery) -> Channel | None:
        """Return the channel of a delivery."""
        return self._by_id.get(d.channel)

    def name(self, d: Delivery) -> str:
        """Return the name of a delivery's channel; the network's, where it is gone."""
        found = self.get(d)
        return found.name if found else self.label(d)

    def label(self, d: Delivery) -> str:
        """Return the name of a delivery's network."""
        specs = self._call.services.network_specs
        return network_label(specs, d.network, self._call.words.language.value)

    def target(self, channel: Channel | None) -> TargetAnswer | None:
        """Return the network that a channel's kits are for."""
        spec = self._call.services.network_specs.get(channel.network) if channel else None
        if spec is None or channel is None:
            return None
        return target(spec, channel, self._call.words.language.value)

    def shown(self, d: Delivery) -> str:
        """Return the name of the network where people see it: of a kit, the one it is for."""
        aimed = self.target(self.get(d))
        return aimed.label if aimed else self.label(d)

    def look_url(self, d: Delivery) -> str | None:
        """Return where a person can look whether it is live."""
        found = self.get(d)
        return d.remote_url or (found.url if found else None) or None


def channels_of(call: Call) -> Channels:
    """Return all channels of the firm, disconnected ones too: old deliveries name them."""
    return Channels(call, call.services.channels.of(call.firm))


def reason_text(call: Call, channels: Channels, d: Delivery) -> str:
    """Return why a person must do something about a delivery, and what."""
    network = channels.shown(d)
    if d.status is Status.FAILED:
        return call.words.refusal(d.reason, network)
    if d.status is Status.NEEDS_HUMAN:
        return call.words.why(d.why or Why.UNKNOWN, network)
    if d.status is Status.BLOCKED_AUTH:
        return call.words.word("waits-for-channel", network=network)
    return ""


def delivery(
    call: Call, channels: Channels, d: Delivery, version: PostVersion | None
) -> post_answers.DeliveryAnswer:
    """Return a delivery; a kit is made of the version that it carries."""
    waits = d.status in _WAITS_ITS_TURN
    return post_answers.DeliveryAnswer(
        id=d.id,
        post=d.post,
        channel=d.channel,
        channel_name=channels.name(d),
        network=d.network,
        network_label=channels.label(d),
        target=channels.target(channels.get(d)),
        status=d.status.value,
        mark=mark(d),
        why=d.why.value if d.why else None,
        reason=d.reason,
        reason_text=reason_text(call, channels, d),
        planned_at=d.planned_at,
        local=local_text(call, d.planned_at),
        latest_at=d.latest_at,
        due_at=d.due_at,
        next_try_at=d.due_at if waits else None,
        version=d.version,
        sent_version=d.sent_version,
        remote_url=d.remote_url,
        look_url=channels.look_url(d),
        published_at=d.published_at,
        rev=d.rev,
        attempts=[
            post_answers.AttemptAnswer(
                n=a.n,
                at=a.at,
                version=a.version,
                result=a.result.value,
                detail=a.detail,
                text=call.words.result(a.result, channels.shown(d)),
            )
            for a in d.attempts
        ],
        can=can(call, d),
        kit=_kit(call, channels, d, version),
        comment=_comment(d),
    )


def _comment(d: Delivery) -> str | None:
    """Return the post of a first comment, once it was made."""
    was_made = d.has_comment and all(f.kind != "comment" for f in d.followups)
    return comment_id(d.id) if was_made and d.status is Status.PUBLISHED else None


def _kit(
    call: Call, channels: Channels, d: Delivery, version: PostVersion | None
) -> post_answers.KitAnswer | None:
    channel = channels.get(d)
    if version is None or channel is None or d.resend_class is not ResendClass.PERSON:
        return None
    content = version.content_for(d.channel)
    settings = call.services.settings
    urls = [media_url(settings, m.sha256) for m in content.media]
    language = call.words.language.value
    made = call.services.counting.kit(channel, content, language)
    if made is None:
        return None
    return post_answers.KitAnswer(
        title=made.title,
        text=made.text,
        over_by=made.over_by,
        media=[
            post_answers.KitImage(
                url=url, alt=m.alt, name=_file_name(n, m), content_type=m.content_type
            )
            for n, (url, m) in enumerate(zip(urls, content.media, strict=True), 1)
        ],
        composer_url=made.composer_url,
        network_label=made.network_label,
        first_comment=content.first_comment,
    )


def _file_name(number: int, media: Media) -> str:
    kind, _, form = media.content_type.partition("/")
    return f"{kind}-{number}.{_ENDINGS.get(form, form)}"


def post(call: Call, composed: Composed) -> post_answers.PostAnswer:
    """Return a post with its deliveries, and what was done to its time."""
    head, version = composed.post, composed.version
    channels = channels_of(call)
    return post_answers.PostAnswer(
        id=head.id,
        version=head.version,
        is_draft=head.is_draft,
        state=state(head.is_draft, composed.deliveries),
        excerpt=head.excerpt,
        **_content(call, version.content),
        variants={c: _variant(call, v) for c, v in version.variants.items()},
        channels=list(head.channels),
        planned_at=head.planned_at,
        local=local_text(call, head.planned_at),
        zone=call.workspace.zone,
        useful_for_minutes=head.useful_for // timedelta(minutes=1),
        created_at=head.created_at,
        created_by=head.created_by,
        updated_at=head.updated_at,
        deliveries=[
            delivery(call, channels, d, version if d.version == version.n else None)
            for d in composed.deliveries
        ],
        comments_on=parts_of(head.comments_on)[0] if head.comments_on else None,
        notes=[],
        too_late=[d.id for d in composed.too_late],
    )


def note(
    call: Call, shift: Shift | None, chosen: datetime, actual: datetime, zone: str
) -> list[post_answers.NoteAnswer]:
    """Return what to say of what daylight saving did to a chosen local time."""
    if shift is None:
        return []
    message = call.words.note(shift.value, chosen, zoned(actual, zone))
    return [post_answers.NoteAnswer(code=shift.value, message=message)]


def _content(call: Call, content: Content) -> dict[str, Any]:
    return {
        "text": content.text,
        "link": content.link,
        "media": _images(call, content.media),
        "title": content.title,
        "content_warning": content.content_warning,
        "visibility": content.visibility.value,
        "language": content.language,
        "categories": list(content.categories),
        "first_comment": content.first_comment,
        "is_story": content.is_story,
    }


def _variant(call: Call, variant: Variant) -> post_answers.VariantAnswer:
    return post_answers.VariantAnswer(
        text=variant.text,
        link=variant.link,
        media=None if variant.media is None else _images(call, variant.media),
        title=variant.title,
        content_warning=variant.content_warning,
        visibility=variant.visibility.value if variant.visibility else None,
        language=variant.language,
        categories=None if variant.categories is None else list(variant.categories),
        first_comment=variant.first_comment,
        is_story=variant.is_story,
    )


def _images(call: Call, media: Sequence[Media]) -> list[post_answers.ImageAnswer]:
    return [
        post_answers.ImageAnswer(
            sha256=m.sha256,
            alt=m.alt,
            url=media_url(call.services.settings, m.sha256),
            width=m.width,
            height=m.height,
            content_type=m.content_type,
            size=m.size,
            duration_ms=m.duration_ms,
        )
        for m in media
    ]


def row(call: Call, channels: Channels, found: Row) -> post_answers.PostRow:
    """Return a post as a list shows it."""
    head = found.post
    return post_answers.PostRow(
        id=head.id,
        excerpt=head.excerpt,
        planned_at=head.planned_at,
        local=local_text(call, head.planned_at),
        state=state(head.is_draft, found.deliveries),
        is_draft=head.is_draft,
        deliveries=[
            post_answers.RowDelivery(
                id=d.id,
                channel=d.channel,
                channel_name=channels.name(d),
                network=d.network,
                target=channels.target(channels.get(d)),
                mark=mark(d),
                why=d.why.value if d.why else None,
            )
            for d in found.deliveries
        ],
    )


def counts(rows: Iterable[Row]) -> DayCounts:
    """Return how many posts of a day stand how; the exception of a post counts first."""
    found = Counter(_standing(r) for r in rows)
    return DayCounts(
        published=found["published"],
        scheduled=found["scheduled"],
        to_do=found["to_do"],
        draft=found["draft"],
    )


def _standing(found: Row) -> str:
    stands = state(found.post.is_draft, found.deliveries)
    if stands in {"needs_attention", "failed"}:
        return "to_do"
    if stands in {"draft", "published", "cancelled"}:
        return stands
    marks = {mark(d) for d in found.deliveries}
    return "to_do" if "failed" in marks else "scheduled"
