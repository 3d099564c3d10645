"""What the person at this machine is told: short lines, French first, then English."""

from __future__ import annotations


class TroubleError(Exception):
    """Something can't be had; the message tells a person what to do."""

    def __init__(self, french: str, english: str) -> None:
        super().__init__(f"{french}\n{english}")


def say(french: str, english: str) -> None:
    """Tell it at once, in both languages."""
    print(f"{french}\n{english}", flush=True)
