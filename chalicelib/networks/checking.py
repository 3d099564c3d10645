"""Says what a network would refuse of a content, before anything is sent.

Asked while a post is written, and again at its time: limits may have changed since.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from chalicelib.networks.addresses import is_web_address
from chalicelib.networks.counting import count
from chalicelib.networks.spec import Limits, NetworkSpec, Option, VideoRules
from chalicelib.networks.wording import wording
from chalicelib.publishing.lists import Count
from chalicelib.publishing.posts import Content, Media, first_comment, normalise_text


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that the network would refuse; ``code`` is a stable word that pages translate.

    ``empty`` · ``too_long`` (unit, count, max) · ``caption_too_long`` (the same; without a
    picture it may fit) · ``too_many_media`` (count, max) · ``too_few_media`` (count, min) ·
    ``media_too_small`` (width, height, min) · ``alt_too_long``, ``title_too_long`` (count, max) ·
    ``title_missing`` · ``bad_link`` · ``phone_number`` · ``refused_characters`` (characters) ·
    ``comment_too_long`` (unit, count, max) ·
    of videos: ``no_video`` · ``video_missing`` · ``mixed_media`` · ``video_type`` ·
    ``video_too_big`` (size in bytes, max) ·
    ``video_too_long``, ``video_too_short`` (seconds, max or min) · ``video_too_wide`` (width,
    max) · ``video_too_small`` (width, height, min) · ``video_ratio`` (width, height) ·
    of stories: ``story_needs_media`` · ``story_one_medium`` (count).
    """

    code: str
    pointer: str
    """A JSON pointer into the content."""
    params: Mapping[str, str | int] = field(default_factory=dict)


def counts(content: Content, limits: Limits, spec: NetworkSpec) -> tuple[Count, ...]:
    """Return how much of each limit the text uses, as it would go out."""
    text, limits = _counted(content, spec), limits_for(content, limits, spec)
    holding = limits.caption if _is_caption(content, limits) else limits.text
    return tuple(Count(t.unit.value, count(text, t.unit, t.url_length), t.maximum) for t in holding)


def problems(content: Content, limits: Limits, spec: NetworkSpec) -> list[Problem]:
    """Return everything that the network would refuse of a content; empty if nothing."""
    limits = limits_for(content, limits, spec)
    if is_story(content, spec):
        return [*_of_story(content, limits)]
    return [
        *_of_link(content),
        *_of_title(content, limits),
        *_of_text(content, limits, spec),
        *_of_phone_numbers(content, spec),
        *_of_characters(content, spec),
        *_of_media(content, limits),
        *_of_first_comment(content, limits, spec),
    ]


def is_story(content: Content, spec: NetworkSpec) -> bool:
    """Say whether a content goes out as a story; where there are none it is a post."""
    return content.is_story and Option.STORY in spec.options and not content.answers


def has_first_comment(content: Content, spec: NetworkSpec) -> bool:
    """Say whether a content has a first comment that its network takes; a story bears none."""
    takes = Option.FIRST_COMMENT in spec.options and not is_story(content, spec)
    return takes and bool(content.first_comment.strip())


def limits_for(content: Content, limits: Limits, spec: NetworkSpec) -> Limits:
    """Return what holds for a content: an answer or a story may have limits of its own."""
    if limits.story is not None and is_story(content, spec):
        rules = limits.story
        return Limits(text=(), text_required=False, media=rules.media, video=rules.video)
    answering = spec.answers if content.answers else None
    return answering.limits or limits if answering else limits


def _of_story(content: Content, limits: Limits) -> Iterator[Problem]:
    """Yield what is wrong with its one picture or video; nothing else of it is shown."""
    if not content.media:
        yield Problem("story_needs_media", "/media")
    elif len(content.media) > 1:
        yield Problem("story_one_medium", "/media", {"count": len(content.media)})
    else:
        yield from _of_media(content, limits)


def _is_caption(content: Content, limits: Limits) -> bool:
    """Say whether a text stands under pictures, where the network has limits of their own."""
    return bool(content.media and limits.caption)


def _of_link(content: Content) -> Iterator[Problem]:
    if content.link is not None and not is_web_address(content.link):
        yield Problem("bad_link", "/link")


def _of_title(content: Content, limits: Limits) -> Iterator[Problem]:
    if limits.title_required and not content.title.strip():
        yield Problem("title_missing", "/title")
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


def _of_first_comment(content: Content, limits: Limits, spec: NetworkSpec) -> Iterator[Problem]:
    if not has_first_comment(content, spec):
        return
    comment = first_comment(content, {"of": "a post of ours"})
    for used in counts(comment, limits, spec):
        if used.count > used.maximum:
            params: dict[str, str | int] = {"unit": used.unit}
            params |= {"count": used.count, "max": used.maximum}
            yield Problem("comment_too_long", "/first_comment", params)


def _of_phone_numbers(content: Content, spec: NetworkSpec) -> Iterator[Problem]:
    if spec.takes_phone_numbers or content.answers:
        return
    from chalicelib.networks.phone_numbers import has_phone_number  # noqa: PLC0415 - few need it

    if has_phone_number(wording(content, spec)):
        yield Problem("phone_number", "/text")


def _of_characters(content: Content, spec: NetworkSpec) -> Iterator[Problem]:
    if content.answers:
        return
    for pointer, text in (("/title", content.title), ("/text", wording(content, spec))):
        if any(character in text for character in spec.refuses):
            yield Problem("refused_characters", pointer, {"characters": " ".join(spec.refuses)})


def _of_media(content: Content, limits: Limits) -> Iterator[Problem]:
    videos = [n for n, media in enumerate(content.media) if media.is_video]
    if not videos:
        yield from _of_pictures(content, limits)
    elif limits.video is None:
        yield Problem("no_video", f"/media/{videos[0]}")
    elif len(content.media) == 1:
        yield from _of_video(content.media[0], 0, limits.video)
    elif limits.mixed is None:
        yield Problem("mixed_media", "/media")
    else:
        yield from _of_pictures(content, limits)
        for n in videos:
            yield from _of_video(content.media[n], n, limits.mixed)


def _of_pictures(content: Content, limits: Limits) -> Iterator[Problem]:
    rules = limits.media
    if limits.video_required:
        yield Problem("video_missing", "/media")
        return
    if len(content.media) < rules.min_count:
        yield Problem(
            "too_few_media", "/media", {"count": len(content.media), "min": rules.min_count}
        )
    if len(content.media) > rules.max_count:
        params = {"count": len(content.media), "max": rules.max_count}
        yield Problem("too_many_media", "/media", params)
    pictures = ((n, media) for n, media in enumerate(content.media) if not media.is_video)
    for n, media in pictures:
        if min(media.width, media.height) < rules.min_side:
            size = {"width": media.width, "height": media.height, "min": rules.min_side}
            yield Problem("media_too_small", f"/media/{n}", size)
        yield from _of_alt(media, n, rules.max_alt)


def _of_alt(media: Media, n: int, maximum: int) -> Iterator[Problem]:
    if maximum and len(media.alt) > maximum:
        params = {"count": len(media.alt), "max": maximum}
        yield Problem("alt_too_long", f"/media/{n}/alt", params)


def _of_video(video: Media, n: int, rules: VideoRules) -> Iterator[Problem]:
    at, size = f"/media/{n}", {"width": video.width, "height": video.height}
    seconds = video.duration_ms / 1000
    ratio = video.width / video.height
    if video.content_type not in rules.types:
        yield Problem("video_type", at)
    if video.size > rules.max_bytes:
        yield Problem("video_too_big", at, {"size": video.size, "max": rules.max_bytes})
    if seconds > rules.max_seconds:
        params = {"seconds": math.ceil(seconds), "max": rules.max_seconds}
        yield Problem("video_too_long", at, params)
    if seconds < rules.min_seconds:
        params = {"seconds": math.floor(seconds), "min": rules.min_seconds}
        yield Problem("video_too_short", at, params)
    if rules.max_width and video.width > rules.max_width:
        yield Problem("video_too_wide", at, {"width": video.width, "max": rules.max_width})
    if min(video.width, video.height) < rules.min_side:
        yield Problem("video_too_small", at, {**size, "min": rules.min_side})
    if ratio < rules.min_ratio or (rules.max_ratio and ratio > rules.max_ratio):
        yield Problem("video_ratio", at, size)
    yield from _of_alt(video, n, rules.max_alt)


def _counted(content: Content, spec: NetworkSpec) -> str:
    """Return what is counted: a content warning counts with the text where there are any."""
    warning = content.content_warning if Option.CONTENT_WARNING in spec.options else ""
    return warning + wording(content, spec)
