"""The same things measured with little stored and with much: what they take must not differ."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bench.stand import Bill

SAME = 0.1
"""By how much a price may differ between sizes and still be called the same."""

Say = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Size:
    """What things took with so much stored."""

    stored: int
    bills: Mapping[str, Bill]


def ratio(small: Bill, large: Bill) -> float:
    """Return the one of calls and units that differs most, as large by small."""
    pairs = zip(_prices(small), _prices(large), strict=True)
    ratios = [(b / a) if a else (1.0 if not b else float("inf")) for a, b in pairs]
    return max(ratios, key=lambda r: abs(r - 1))


def tell(title: str, of: str, sizes: Sequence[Size], say: Say, *, may_differ: str = "") -> bool:
    """Say what each thing took at each size; return whether all are the same.

    Args:
        title: What is measured.
        of: What the sizes count.
        sizes: From the least to the most.
        say: Prints a line.
        may_differ: What begins the names of those that have a bound and no more.
    """
    least, most = sizes[0], sizes[-1]
    say(f"\n{title}")
    say("  " + f"{'':40}" + "".join(f"{f'at {s.stored:,} {of}':>34}" for s in sizes))
    say("  " + f"{'':40}" + f"{'reads':>8}{'RRU':>9}{'writes':>8}{'WRU':>9}" * len(sizes))
    are_same = True
    for name, small in least.bills.items():
        cells = "".join(
            f"{b.reads:8}{b.rru:9.1f}{b.writes:8}{b.wru:9.1f}"
            for b in (size.bills[name] for size in sizes)
        )
        times = ratio(small, most.bills[name])
        is_bound = bool(may_differ) and name.startswith(may_differ)
        is_same = abs(times - 1) <= SAME
        are_same = are_same and (is_same or is_bound)
        mark = "" if is_same else ("  has a bound" if is_bound else "  NOT the same")
        say(f"  {name:40}{cells}  x {times:.2f}{mark}")
    say(f"  {'all' if are_same else 'NOT all'} within {SAME:.0%}")
    return are_same


def _prices(bill: Bill) -> tuple[float, ...]:
    return bill.reads, bill.rru, bill.writes, bill.wru
