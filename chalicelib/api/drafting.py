"""From a request to a draft: images found, variants checked, times put together."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import timedelta

from chalicelib.api import schemas
from chalicelib.api.bodies import pointer_to
from chalicelib.api.calls import Call
from chalicelib.ids import ChannelId
from chalicelib.publishing.drafts import At, Draft, Now, Unscheduled, When
from chalicelib.publishing.posts import Content, Media, Variant
from chalicelib.publishing.refusals import Fault, Invalid
from chalicelib.workspaces.ports import Kept


def draft_of(call: Call, body: schemas.DraftBody) -> Draft:
    """Return the draft that a request hands in.

    Raises:
        Invalid: an image that isn't this firm's, or a variant for a channel not chosen.
    """
    useful = body.useful_for_minutes
    return Draft(
        content=content_of(call, body),
        variants=variants_of(call, body.variants, body.channels),
        channels=tuple(ChannelId(c) for c in body.channels),
        when=when_of(call, body.when),
        useful_for=timedelta(minutes=useful) if useful else None,
    )


def when_of(call: Call, when: schemas.WhenDraft | schemas.WhenNow | schemas.WhenAt) -> When:
    """Return when a request wants a post to go out."""
    if isinstance(when, schemas.WhenNow):
        return Now()
    if isinstance(when, schemas.WhenAt):
        return At(when.local, when.zone)
    if when.local is None:
        return Unscheduled()
    return Unscheduled(At(when.local, when.zone or call.workspace.zone))


def content_of(call: Call, body: schemas.ContentBody, at: str = "") -> Content:
    """Return a content, its images looked up among the firm's own; ``at`` points to it."""
    kept = _kept(call, body.media)
    return Content(
        text=body.text,
        link=body.link,
        media=_media(body.media, kept, f"{at}/media"),
        title=body.title,
        content_warning=body.content_warning,
        visibility=body.visibility,
        language=body.language,
        categories=tuple(body.categories),
        first_comment=body.first_comment,
        is_story=body.is_story,
    )


def variants_of(
    call: Call, variants: Mapping[str, schemas.VariantBody], channels: Iterable[str]
) -> dict[ChannelId, Variant]:
    """Return what differs on each channel."""
    strangers = sorted(set(variants) - set(channels))
    if strangers:
        raise Invalid([Fault(pointer_to(["variants", c]), "unknown-variant") for c in strangers])
    images = [image for v in variants.values() for image in v.media or ()]
    kept = _kept(call, images)
    return {ChannelId(c): _variant(v, kept, f"/variants/{c}") for c, v in variants.items()}


def _variant(body: schemas.VariantBody, kept: Mapping[str, Kept], at: str) -> Variant:
    return Variant(
        text=body.text,
        link=body.link,
        media=None if body.media is None else _media(body.media, kept, f"{at}/media"),
        title=body.title,
        content_warning=body.content_warning,
        visibility=body.visibility,
        language=body.language,
        categories=None if body.categories is None else tuple(body.categories),
        first_comment=body.first_comment,
        is_story=body.is_story,
    )


def _kept(call: Call, images: Iterable[schemas.ImageBody]) -> Mapping[str, Kept]:
    wanted = sorted({image.sha256 for image in images})
    return call.services.uploads.kept(call.firm, wanted)


def _media(
    images: Iterable[schemas.ImageBody], kept: Mapping[str, Kept], at: str
) -> tuple[Media, ...]:
    images = list(images)
    missing = [n for n, image in enumerate(images) if image.sha256 not in kept]
    if missing:
        raise Invalid([Fault(f"{at}/{n}/sha256", "unknown-media") for n in missing])
    found = ((image, kept[image.sha256]) for image in images)
    return tuple(
        Media(
            sha256=k.sha256,
            content_type=k.content_type,
            width=k.width,
            height=k.height,
            size=k.size,
            alt=image.alt,
            duration_ms=k.duration_ms,
        )
        for image, k in found
    )
