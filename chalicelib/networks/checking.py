"""Says what a network would refuse of a content, before anything is sent.

Asked while a post is written, and again at its time: limits may have changed since.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chalicelib.networks.addresses import is_web_address
from chalicelib.networks.contract import Limits, NetworkSpec, Option
from chalicelib.networks.counting import count
from chalicelib.networks.wording import wording
from chalicelib.publishing.lists import Count
from chalicelib.publishing.posts import Content, normalise_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the network would refuse; ``code`` is a stable word that pages translate.

    ``empty`` · ``too_long`` (unit, count, max) · ``too_many_media`` (count, max) ·
    ``alt_too_long`` (count, max) · ``bad_link``.
    """

    code: str
    pointer: str
    """A JSON pointer into the content."""
    params: Mapping[str, str | int] = field(default_factory=dict)


def counts(content: Content, limits: Limits, spec: NetworkSpec) -> tuple[Count, ...]:
    """Return how much of each limit the text uses, as it would go out."""
    text, limits = _counted(content, spec), _limits_of(content, limits, spec)
    return tuple(
        Count(t.unit.value, count(text, t.unit, t.url_length), t.maximum) for t in limits.text
    )


def problems(content: Content, limits: Limits, spec: NetworkSpec) -> list[Problem]:
    """Return everything that the network would refuse of a content; empty if nothing."""
    limits = _limits_of(content, limits, spec)
    return [
        *_of_link(content),
        *_of_text(content, limits, spec),
        *_of_media(content, limits),
    ]


def _limits_of(content: Content, limits: Limits, spec: NetworkSpec) -> Limits:
    """Return what holds for a content: an answer may have limits of its own."""
    answering = spec.answers if content.answers else None
    return answering.limits or limits if answering else limits


def _of_link(content: Content) -> Iterator[Problem]:
    if content.link is not None and not is_web_address(content.link):
        yield Problem("bad_link", "/link")


def _of_text(content: Content, limits: Limits, spec: NetworkSpec) -> Iterator[Problem]:
    has_text = bool(normalise_text(content.text) or content.link)
    if not has_text and (limits.text_required or not content.media):
        yield Problem("empty", "/text")
    for used in counts(content, limits, spec):
        if used.count > used.maximum:
            params: dict[str, str | int] = {
                "unit": used.unit,
                "count": used.count,
                "max": used.maximum,
            }
            yield Problem("too_long", "/text", params)
            return


def _of_media(content: Content, limits: Limits) -> Iterator[Problem]:
    rules = limits.media
    if len(content.media) > rules.max_count:
        params = {"count": len(content.media), "max": rules.max_count}
        yield Problem("too_many_media", "/media", params)
    for n, media in enumerate(content.media):
        if rules.max_alt and len(media.alt) > rules.max_alt:
            params = {"count": len(media.alt), "max": rules.max_alt}
            yield Problem("alt_too_long", f"/media/{n}/alt", params)


def _counted(content: Content, spec: NetworkSpec) -> str:
    """Return what is counted: a content warning counts with the text where there are any."""
    warning = content.content_warning if Option.CONTENT_WARNING in spec.options else ""
    return warning + wording(content, spec)
