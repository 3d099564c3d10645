"""The table of networks for people who read the repository: ``docs/networks/README.md``.

    python -m local.networks_table docs/networks/README.md

Made of what the code says of each network, so that it can't say anything else.
"""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path

from chalicelib.networks.composers import CLOSED, OPEN
from chalicelib.networks.registry import describe_all
from chalicelib.networks.spec import NetworkSpec, VideoRules
from chalicelib.publishing.deliveries import ResendClass

_INTRODUCTION = """# Networks

What Relais can do on each network, what it costs and what stands in the way. Made by
`python -m local.networks_table docs/networks/README.md` from the code; each network's page says
how a firm connects and what it can't do.

"""
_HEADINGS = (
    "network",
    "publishes",
    "finds a doubtful sending",
    "images",
    "video",
    "stories",
    "hears",
    "answers",
    "searches",
    "moderates",
    "counts",
    "publishes at most",
    "price",
    "what stands in the way",
)


def text() -> str:
    """Return the page."""
    rows = [_row(spec) for spec in describe_all()]
    known = {spec.name for spec in describe_all()}
    by_kit = [composer.label["en"] for name, composer in OPEN.items() if name not in known]
    closed = [f"- **{c.label['en']}**: {c.closed['en']}" for c in CLOSED.values()]
    return (
        _INTRODUCTION
        + _table(_HEADINGS, rows)
        + "\n\nBy the kit only, to be pasted by hand: "
        + ", ".join(by_kit)
        + ".\n\nClosed:\n\n"
        + "\n".join(closed)
        + "\n"
    )


def _row(spec: NetworkSpec) -> Sequence[str]:
    by_hand = spec.resend_class is ResendClass.PERSON
    return (
        f"[{spec.label['en']}]({spec.name}.md)",
        "a kit to paste" if by_hand else spec.resend_class.value,
        _yes(spec.resend_class not in {ResendClass.PERSON, ResendClass.BLIND}),
        str(spec.limits.media.max_count or ""),
        _video(spec.limits.video),
        _yes(spec.limits.story is not None),
        _yes(spec.hears),
        _yes(spec.answers is not None),
        _list(spec.finds),
        _list(spec.moderates),
        _list(spec.tells),
        spec.quota.get("en", ""),
        spec.price["en"],
        spec.barrier.get("en", ""),
    )


def _video(rules: VideoRules | None) -> str:
    if rules is None:
        return ""
    seconds, megabytes = rules.max_seconds, rules.max_bytes // 1_000_000
    return f"{seconds} s, {megabytes:,} MB"


def _yes(holds: bool) -> str:
    return "yes" if holds else ""


def _list(words: Iterable[str]) -> str:
    return ", ".join(sorted(words))


def _table(headings: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [headings, ["---"] * len(headings), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main(arguments: Sequence[str]) -> None:
    """Write the page to the file named on the command line."""
    Path(arguments[0]).write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1:])
