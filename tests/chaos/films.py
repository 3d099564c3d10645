"""The videos that lives show: nothing is seen in them, but they have a length and an end."""

from __future__ import annotations

from chalicelib.publishing.posts import Media

VIDEO = Media("c" * 64, "video/mp4", 1080, 1920, 1_100_000, duration_ms=12_000)
"""Upright and short: Facebook has a way of its own for such. X is sent it in two pieces."""
LARGE = Media("d" * 64, "video/mp4", 1080, 1920, 11 * 1_048_576, duration_ms=12_000)
"""TikTok is sent it in two pieces."""
_SIZES = {film.sha256: film.size for film in (VIDEO, LARGE)}


def part_of(key: str, start: int, length: int) -> bytes:
    """Return the bytes of a film from a start, at most so many."""
    return bytes(max(min(length, _SIZES[key.rpartition("/")[2]] - start), 0))
