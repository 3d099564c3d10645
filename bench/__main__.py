"""Runs the benches: `python -m bench`, or some of them: `python -m bench lag costs`.

It fails if something is broken (a post lost or doubled, a page that isn't answered), never
because a machine is slow: each figure says what it was measured on, and beside what.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from collections.abc import Callable, Mapping
from importlib import import_module

from local.installation import ROOT, log_into

LOG = ROOT / ".cache" / "bench.log"


def main(arguments: list[str] | None = None) -> None:
    """Run what is asked for, one after the other."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("sections", nargs="*", metavar="section", help=f"of {' '.join(SECTIONS)}")
    parser.add_argument(
        "--stored", type=int, default=1_000_000, help="posts stored in the end, for tick"
    )
    parser.add_argument(
        "--mentions", type=int, default=100_000, help="mentions stored in the end, for inbox"
    )
    asked = parser.parse_args(arguments)
    if unknown := set(asked.sections) - set(SECTIONS):
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    LOG.parent.mkdir(exist_ok=True)
    log_into(LOG)
    print(
        f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {platform.system()} "
        f"{platform.machine()}, Python {platform.python_version()}; log: {LOG.relative_to(ROOT)}"
    )
    for name in asked.sections or SECTIONS:
        SECTIONS[name](asked)
        sys.stdout.flush()


def _lag(_: argparse.Namespace) -> None:
    from bench import lag  # noqa: PLC0415 -- each section loads what it needs

    lag.main()


def _costs(_: argparse.Namespace) -> None:
    from bench import costs  # noqa: PLC0415

    costs.main()


def _tick(asked: argparse.Namespace) -> None:
    from bench import tick  # noqa: PLC0415

    tick.main(stored=asked.stored)


def _inbox(asked: argparse.Namespace) -> None:
    from bench import inbox  # noqa: PLC0415

    inbox.main(stored=asked.mentions)


def _sweeps(_: argparse.Namespace) -> None:
    from bench import sweeps  # noqa: PLC0415

    sweeps.main()


def _measuring(_: argparse.Namespace) -> None:
    from bench import measuring  # noqa: PLC0415

    measuring.main()


def _cold(_: argparse.Namespace) -> None:
    try:
        cold = import_module("bench.cold_start")
    except ModuleNotFoundError as error:
        print(f"\nCold start: left out, since {error.name} isn't installed (requirements-dev.txt)")
        return
    cold.main()


SECTIONS: Mapping[str, Callable[[argparse.Namespace], None]] = {
    "lag": _lag,
    "costs": _costs,
    "tick": _tick,
    "inbox": _inbox,
    "sweeps": _sweeps,
    "measuring": _measuring,
    "cold": _cold,
}

if __name__ == "__main__":
    main()
