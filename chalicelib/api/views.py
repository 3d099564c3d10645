"""From what the house knows to what an answer says: people, firms, networks, channels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any, Literal, cast

from chalicelib.api import answers, limits_answers
from chalicelib.api.calls import Call
from chalicelib.api.words import Words
from chalicelib.networks.composers import CLOSED
from chalicelib.networks.spec import Field, Limits, NetworkSpec, TextLimit, VideoRules
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.settings import Settings
from chalicelib.workspaces.acts import Act
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.ports import ApiKey, Kept
from chalicelib.workspaces.uploads import media_key
from chalicelib.workspaces.workspaces import Language, Member, Opening, Role, Workspace


def role_name(role: Role) -> answers.RoleName:
    """Return a role as the API names it."""
    return cast(answers.RoleName, role.name.lower())


def language(value: Language) -> Literal["fr", "en"]:
    """Return a language as the API names it."""
    return "en" if value is Language.EN else "fr"


def media_url(settings: Settings, sha256: str) -> str:
    """Return the public address of a kept image or video."""
    return f"{settings.public_url}/{media_key(sha256)}"


def person(member: Member) -> answers.PersonAnswer:
    """Return who a person is."""
    return answers.PersonAnswer(
        id=member.id, name=member.name, email=member.email, language=language(member.language)
    )


def member(found: Member) -> answers.MemberAnswer:
    """Return what a person is in a firm."""
    return answers.MemberAnswer(
        id=found.id,
        name=found.name,
        email=found.email,
        role=role_name(found.role),
        language=language(found.language),
    )


def workspace(found: Workspace, settings: Settings) -> answers.WorkspaceAnswer:
    """Return a firm."""
    feed = f"{settings.public_url}/feed/{found.feed_token}"
    return answers.WorkspaceAnswer(
        id=found.id,
        name=found.name,
        zone=found.zone,
        language=language(found.language),
        feed=answers.FeedAddresses(atom=f"{feed}.atom", json_feed=f"{feed}.json"),
        opening_hours=[[_opening(part) for part in day] for day in found.opening_hours],
        answer_within_minutes=found.answer_within // timedelta(minutes=1),
        spending_cap=found.spending_cap,
    )


def _opening(part: Opening) -> answers.OpeningAnswer:
    return answers.OpeningAnswer(begins=f"{part.begins:%H:%M}", ends=f"{part.ends:%H:%M}")


def key(found: ApiKey) -> dict[str, Any]:
    """Return the members of an API key's answer."""
    return {
        "id": found.id,
        "name": found.name,
        "scopes": sorted(found.scopes),
        "created_by": found.member,
        "created_at": found.created_at,
        "expires_at": found.expires_at,
    }


def act(found: Act, names: Mapping[str, str], words: Words) -> answers.ActAnswer:
    """Return who did what; ``names`` are those of the members by their ids."""
    return answers.ActAnswer(
        at=found.at,
        by=found.by,
        by_name=names.get(found.by),
        by_key=found.by_key or None,
        what=found.what,
        about=found.about,
        text=words.act(found.what),
    )


def media(kept: Kept, media_id: str, settings: Settings) -> answers.MediaAnswer:
    """Return a checked image or video."""
    return answers.MediaAnswer(
        id=media_id,
        sha256=kept.sha256,
        content_type=kept.content_type,
        width=kept.width,
        height=kept.height,
        size=kept.size,
        duration_ms=kept.duration_ms,
        url=media_url(settings, kept.sha256),
    )


# Networks and channels.


def in_language(words: Mapping[str, str], wanted: str) -> str:
    """Return a text in a language, else in French."""
    return words.get(wanted) or words.get("fr") or ""


def network(spec: NetworkSpec, wanted: str, *, is_registered: bool) -> answers.NetworkAnswer:
    """Return a network in the person's language.

    Where this installation must be registered with it and isn't, nobody can connect it.
    """
    limits = limits_of(spec.limits)
    first = limits.text[0] if limits.text else None
    return answers.NetworkAnswer(
        name=spec.name,
        label=in_language(spec.label, wanted),
        resend_class=spec.resend_class.value,
        limits=limits,
        options=sorted(option.value for option in spec.options),
        fields=[_field(field, wanted) for field in spec.fields],
        oauth=spec.page_fields is not None,
        oauth_fields=[f.name for f in spec.fields if f.name in (spec.page_fields or ())],
        by_hand=spec.page_fields is None or len(spec.fields) > len(spec.page_fields),
        connect_help=in_language(spec.connect_help, wanted),
        barrier=in_language(spec.barrier, wanted),
        price=in_language(spec.price, wanted),
        quota=in_language(spec.quota, wanted),
        closed=None,
        can_connect=is_registered,
        composer=answers.ComposerAnswer(**first.model_dump()) if first else None,
        does=answers.AbilitiesAnswer(
            listen=spec.hears,
            answer=spec.answers is not None,
            measure=bool(spec.tells),
            find=sorted(found.value for found in spec.finds),
        ),
    )


def closed_networks(wanted: str) -> list[answers.NetworkAnswer]:
    """Return the networks that have closed, each with what happened and what came after."""
    return [
        answers.NetworkAnswer(
            name=name,
            label=in_language(composer.label, wanted),
            resend_class=ResendClass.PERSON.value,
            limits=limits_answers.LimitsAnswer(
                text=[],
                caption=[],
                media=limits_answers.MediaRulesAnswer(
                    types=[], max_count=0, max_bytes=0, max_alt=0
                ),
                text_required=False,
            ),
            options=[],
            fields=[],
            oauth=False,
            oauth_fields=[],
            by_hand=False,
            connect_help="",
            barrier="",
            price="",
            quota="",
            closed=in_language(composer.closed, wanted),
            can_connect=False,
            composer=None,
            does=answers.AbilitiesAnswer(listen=False, answer=False, measure=False, find=[]),
        )
        for name, composer in CLOSED.items()
    ]


def _field(field: Field, wanted: str) -> answers.FieldAnswer:
    choices = [
        answers.ChoiceAnswer(value=value, label=in_language(label, wanted))
        for value, label in field.choices.items()
    ]
    if choices:  # people still ask for the closed ones: they are told what became of them
        choices += [
            answers.ChoiceAnswer(
                value=name,
                label=in_language(composer.label, wanted),
                note=in_language(composer.closed, wanted),
            )
            for name, composer in CLOSED.items()
        ]
    return answers.FieldAnswer(
        name=field.name,
        label=in_language(field.label, wanted),
        help=in_language(field.help, wanted),
        secret=field.secret,
        required=field.required,
        placeholder=field.placeholder,
        choices=choices or None,
    )


def limits_of(limits: Limits) -> limits_answers.LimitsAnswer:
    """Return what a channel takes."""
    return limits_answers.LimitsAnswer(
        text=_texts_of(limits.text),
        caption=_texts_of(limits.caption),
        media=limits_answers.MediaRulesAnswer(
            types=list(limits.media.types),
            max_count=limits.media.max_count,
            max_bytes=limits.media.max_bytes,
            max_alt=limits.media.max_alt,
        ),
        text_required=limits.text_required,
        title_required=limits.title_required,
        video=None if limits.video is None else _video_of(limits.video),
        mixed=None if limits.mixed is None else _video_of(limits.mixed),
        video_required=limits.video_required,
    )


def _video_of(rules: VideoRules) -> limits_answers.VideoRulesAnswer:
    return limits_answers.VideoRulesAnswer(**{**asdict(rules), "types": list(rules.types)})


def _texts_of(texts: Iterable[TextLimit]) -> list[limits_answers.TextLimitAnswer]:
    return [
        limits_answers.TextLimitAnswer(unit=t.unit.value, max=t.maximum, url_length=t.url_length)
        for t in texts
    ]


def channels(call: Call, found: Iterable[Channel]) -> list[answers.ChannelAnswer]:
    """Return channels, each with what it takes and when it was last published on."""
    last = call.services.post_lists.last_published(call.firm, call.now)
    return [_channel(call, each, last.get(each.id)) for each in found]


def channel(call: Call, found: Channel) -> answers.ChannelAnswer:
    """Return a channel, with what it takes and when it was last published on."""
    return channels(call, [found])[0]


def _channel(
    call: Call, found: Channel, last_published_at: datetime | None
) -> answers.ChannelAnswer:
    spec = call.services.network_specs[found.network]
    wanted = call.words.language.value
    return answers.ChannelAnswer(
        id=found.id,
        network=found.network,
        network_label=in_language(spec.label, wanted),
        name=found.name,
        handle=found.handle,
        url=found.url,
        status=_status(call, found),
        reason=found.reason,
        since=found.since,
        paused_until=found.paused_until,
        last_published_at=last_published_at,
        access_ends_at=found.access_ends_at,
        created_at=found.created_at,
        target=target(spec, found, wanted),
        options=sorted(option.value for option in spec.options),
        limits=limits_of(call.services.limits(found)),
        resend_class=spec.resend_class.value,
        charges=spec.charge is not None,
    )


def _status(call: Call, found: Channel) -> Literal["connected", "paused", "broken", "disconnected"]:
    """Return how a channel stands; a pause whose end has come is over."""
    if found.status is ChannelStatus.PAUSED and not found.is_paused(call.now):
        return "connected"
    return found.status.value


def target(spec: NetworkSpec, found: Channel, wanted: str) -> answers.TargetAnswer | None:
    """Return the network that a kit channel is for."""
    aimed = found.settings.get("target")
    field = next((f for f in spec.fields if f.name == "target"), None)
    if aimed is None or field is None:
        return None
    label = in_language(field.choices.get(aimed, {}), wanted) or aimed
    return answers.TargetAnswer(network=aimed, label=label)


def network_label(specs: Mapping[str, NetworkSpec], name: str, wanted: str) -> str:
    """Return a network's name for people."""
    spec = specs.get(name)
    return in_language(spec.label, wanted) if spec else name
