"""Says what a network would refuse of a content, before anything is sent.

Asked while a post is written, and again at its time: limits may have changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chalicelib.networks.addresses import is_web_address
from chalicelib.networks.counting import count
from chalicelib.networks.spec import Limits, NetworkSpec, Option
from chalicelib.networks.wording import wording
from chalicelib.publishing.lists import Count
from chalicelib.publishing.posts import Content, normalise_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the network would refuse; ``code`` is a stable word that pages translate.

    ``empty`` · ``too_long`` (unit, count, max) · ``caption_too_long`` (the same; without a
    picture it may fit) · ``too_many_media`` (count, max) · ``too_few_media`` (count, min) ·
    ``media_too_small`` (width, height, min) · ``alt_too_long``, ``title_too_long`` (count, max) ·
    ``bad_link`` · ``phone_number``.
    """

    code: str
    pointer: str
    """A JSON pointer into the content."""
    params: Mapping[str, str | int] = field(default_factory=dict)


def counts(content: Content, limits: Limits, spec: NetworkSpec) -> tuple[Count, ...]:
    """Return how much of each limit the text uses, as it would go out."""
    text, limits = _counted(content, spec), _limits_of(content, limits, spec)
    holding = limits.caption if _is_caption(content, limits) else limits.text
    return tuple(Count(t.unit.value, count(text, t.unit, t.url_length), t.maximum) for t in holding)


def problems(content: Content, limits: Limits, spec: NetworkSpec) -> list[Problem]:
    """Return everything that the network would refuse of a content; empty if nothing."""
    limits = _limits_of(content, limits, spec)
    return [
        *_of_link(content),
        *_of_title(content, limits),
        *_of_text(content, limits, spec),
        *_of_phone_numbers(content, spec),
        *_of_media(content, limits),
    ]


def _limits_of(content: Content, limits: Limits, spec: NetworkSpec) -> Limits:
    """Return what holds for a content: an answer may have limits of its own."""
    answering = spec.answers if content.answers else None
    return answering.limits or limits if answering else limits


def _is_caption(content: Content, limits: Limits) -> bool:
    """Say whether a text stands under pictures, where the network has limits of their own."""
    return bool(content.media and limits.caption)


def _of_link(content: Content) -> Iterator[Problem]:
    if content.link is not None and not is_web_address(content.link):
        yield Problem("bad_link", "/link")


def _of_title(content: Content, limits: Limits) -> Iterator[Problem]:
    if limits.max_title and len(content.title) > limits.max_title:
        params = {"count": len(content.title), "max": limits.max_title}
        yield Problem("title_too_long", "/title", params)


def _of_text(content: Content, limits: Limits, spec: NetworkSpec) -> Iterator[Problem]:
    has_link = bool(content.link) and Option.LINK_APART not in spec.options
    has_text = bool(normalise_text(content.text)) or has_link
    if not has_text and (limits.text_required or not content.media):
        yield Problem("empty", "/text")
    for used in counts(content, limits, spec):
        if used.count > used.maximum:
            params: dict[str, str | int] = {
                "unit": used.unit,
                "count": used.count,
                "max": used.maximum,
            }
            if _is_caption(content, limits):
                yield Problem("caption_too_long", "/text", params)
            else:
                yield Problem("too_long", "/text", params)
            return


def _of_phone_numbers(content: Content, spec: NetworkSpec) -> Iterator[Problem]:
    if spec.takes_phone_numbers or content.answers:
        return
    from chalicelib.networks.phone_numbers import has_phone_number  # noqa: PLC0415 - few need it

    if has_phone_number(wording(content, spec)):
        yield Problem("phone_number", "/text")


def _of_media(content: Content, limits: Limits) -> Iterator[Problem]:
    rules = limits.media
    if len(content.media) < rules.min_count:
        yield Problem(
            "too_few_media", "/media", {"count": len(content.media), "min": rules.min_count}
        )
    if len(content.media) > rules.max_count:
        params = {"count": len(content.media), "max": rules.max_count}
        yield Problem("too_many_media", "/media", params)
    for n, media in enumerate(content.media):
        if min(media.width, media.height) < rules.min_side:
            size = {"width": media.width, "height": media.height, "min": rules.min_side}
            yield Problem("media_too_small", f"/media/{n}", size)
        if rules.max_alt and len(media.alt) > rules.max_alt:
            params = {"count": len(media.alt), "max": rules.max_alt}
            yield Problem("alt_too_long", f"/media/{n}/alt", params)


def _counted(content: Content, spec: NetworkSpec) -> str:
    """Return what is counted: a content warning counts with the text where there are any."""
    warning = content.content_warning if Option.CONTENT_WARNING in spec.options else ""
    return warning + wording(content, spec)
