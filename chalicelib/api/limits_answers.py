"""What routes answer of what a channel takes."""

from __future__ import annotations

from chalicelib.api.answered import Answered


class TextLimitAnswer(Answered):
    """At most ``max`` of ``unit``; URLs count ``url_length`` where that isn't 0."""

    unit: str
    max: int
    url_length: int


class MediaRulesAnswer(Answered):
    """What images a channel takes."""

    types: list[str]
    max_count: int
    max_bytes: int
    max_alt: int


class VideoRulesAnswer(Answered):
    """What videos a channel takes; sides in pixels, ratios are width by height, 0 is no limit."""

    types: list[str]
    max_bytes: int
    max_seconds: int
    min_seconds: int
    max_width: int
    min_side: int
    min_ratio: float
    max_ratio: float
    max_alt: int


class LimitsAnswer(Answered):
    """What a channel takes."""

    text: list[TextLimitAnswer]
    caption: list[TextLimitAnswer]
    """What holds in place of ``text`` where there are images; empty: the same."""
    media: MediaRulesAnswer
    text_required: bool
    title_required: bool = False
    video: VideoRulesAnswer | None = None
    """None: it takes no video."""
    mixed: VideoRulesAnswer | None = None
    """What holds for each video among several items; None: a video stands alone."""
    video_required: bool = False
