"""Known mistakes, each a change of a line or two in the real code, and the lives that see them.

``python -m tests.chaos.mutants`` puts each one into a copy of the code, lives its lives, and
says whether one of them was judged wrong. A mutant that no life sees is a gap in the suite.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
COPIED = (
    "chalicelib",
    "local",
    "tests",
    "pyproject.toml",
    "package.json",
    "package-lock.json",
    ".npmrc",
    ".cache",
)
MACHINE = "chalicelib/publishing/machine.py"
DELIVER = "chalicelib/publishing/deliver.py"


@dataclass(frozen=True, slots=True)
class Mutant:
    """One mistake: each old text becomes the new one in ``file``; ``lives`` see it."""

    name: str
    what: str
    file: str
    changes: Sequence[tuple[str, str]]
    lives: Sequence[str]
    """Arguments of ``tests.chaos.witness``, or of pytest if they name a test file."""


MUTANTS: Sequence[Mutant] = (
    Mutant(
        "M1",
        "rev isn't checked when a delivery is written",
        "chalicelib/store/write.py",
        [("attributes=stored, condition=_stands_at(rev)", "attributes=stored, condition=None")],
        ["read-back", "one post", "PutItem#0=F13 frozen 120 s before"],
    ),
    Mutant(
        "M2",
        "an unknown outcome is tried again",
        MACHINE,
        [
            (
                "d = replace(d, status=Status.RECONCILE, due_at=_last_intent(d) + FIRST_LOOK)",
                "d = replace(d, status=Status.RETRY, due_at=_last_intent(d) + FIRST_LOOK)",
            )
        ],
        ["read-back", "one post", "publish#0=F34 timeout, applied"],
    ),
    Mutant(
        "M3",
        "the intent is written after the call",
        DELIVER,
        [
            ("        d = self._intend(d)\n        n = d.attempt\n", "        n = d.attempt + 1\n"),
            (
                "self._answer(d, ev.PublishedBy(n, published.remote_id, published.url))",
                "self._answer(self._intend(d), ev.PublishedBy(n, published.remote_id, None))",
            ),
        ],
        ["read-back", "one post", "publish#0=F11 killed after"],
    ),
    Mutant(
        "M4",
        "a lease of 30 s",
        MACHINE,
        [("LEASE = timedelta(seconds=90)", "LEASE = timedelta(seconds=30)")],
        [
            "blind",
            "one post",
            "upload#0=F15 cold start",
            "PutItem#2=F15 cold start",
            "publish#0=slow answer",
            "unmailed",
        ],
    ),
    Mutant(
        "M5",
        "a 5xx to a write is taken for a refusal",
        "chalicelib/networks/http.py",
        [
            (
                "return OutcomeUnknown(answered) if is_write else Transient(answered)",
                "return Transient(answered)",
            )
        ],
        ["tests/unit/test_http.py"],
    ),
    Mutant(
        "M6",
        "one look is enough to say that it is absent",
        MACHINE,
        [
            (
                "    if spaced and now >= sent + SECOND_LOOK:",
                "    if spaced or now >= sent + FIRST_LOOK:",
            )
        ],
        ["read-back", "one post", "publish#0=F34 timeout, held for 60 s"],
    ),
    Mutant(
        "M7",
        "a sending whose lease has ended is sent again",
        "chalicelib/publishing/deliveries.py",
        [
            (
                "Status.RETRY, Status.PREPARED, Status.CLAIMED}",
                "Status.RETRY, Status.PREPARED, Status.CLAIMED, Status.SENDING}",
            )
        ],
        ["read-back", "one post", "publish#0=F11 killed after"],
    ),
    Mutant(
        "M8",
        "due_at is removed at the claim",
        MACHINE,
        [("due_at=now + LEASE, crashes=crashes)", "due_at=None, crashes=crashes)")],
        ["read-back", "one post", "PutItem#0=F11 killed after"],
    ),
    Mutant(
        "M10",
        "what was prepared is kept over an edit",
        "chalicelib/publishing/acts.py",
        [("prepared=Prepared())", "prepared=replace(d.prepared, version=e.version))")],
        ["two-phase", "one post", "PutItem#3=F58 edited"],
    ),
    Mutant(
        "M11",
        "a token is refreshed without a lease",
        "chalicelib/store/vault.py",
        [("if item.get(_LEASE, 0) > micros(now):", "if item.get(_LEASE, 0) < 0:")],
        ["tests/integration/test_store_vault.py"],
    ),
    Mutant(
        "M12",
        "any error in the call is taken for a refusal",
        DELIVER,
        [
            (
                "self._answer(d, ev.OutcomeUnknown(n, type(error).__name__))",
                'self._answer(d, ev.Rejected(n, "invalid", type(error).__name__))',
            )
        ],
        ["read-back", "one post", "publish#0=an error nobody mapped, applied"],
    ),
    Mutant(
        "M13",
        "no tolerance for networks that cut times",
        "chalicelib/networks/senders.py",
        [("EARLIER = timedelta(seconds=60)", "EARLIER = timedelta(0)")],
        ["read-back", "one post", "publish#0=F34 timeout, applied"],
    ),
    Mutant(
        "M14",
        "twins aren't chained",
        "chalicelib/publishing/chaining.py",
        [("if head.is_draft or head.planned_at is None:", "if head.is_draft or text:")],
        [
            "read-back",
            "twins at once",
            "publish#0=F11 killed before",
            "publish#1=F11 killed after",
        ],
    ),
    Mutant(
        "M15",
        "a late certain answer is dropped",
        DELIVER,
        [
            (
                "self._answer(d, ev.PublishedBy(n, published.remote_id, published.url))",
                "self._report(d, ev.PublishedBy(n, published.remote_id, published.url))",
            )
        ],
        ["blind", "one post", "publish#0=F13 frozen 120 s after", "unbothered"],
    ),
    Mutant(
        "M16",
        "the time left isn't checked before the call",
        DELIVER,
        [("if watch.elapsed() > CALL_WITHIN:", "if watch.elapsed() > CALL_WITHIN * 60:")],
        ["read-back", "one post", "PutItem#2=F13 asleep 200 s after"],
    ),
    Mutant(
        "M17",
        "the time left is told by a clock that stops in sleep",
        "chalicelib/clock.py",
        [
            (
                "return max(self._clock.now() - self._wall, boot, timedelta(0))",
                "return max(boot, timedelta(0))",
            )
        ],
        ["read-back", "one post", "PutItem#2=F13 asleep 200 s after"],
    ),
    Mutant(
        "M18",
        "one look is enough where there is a container, with an edit",
        MACHINE,
        [
            (
                "    if spaced and now >= sent + SECOND_LOOK:",
                "    if d.resend_class == 'two-phase' or (spaced and now >= sent + SECOND_LOOK):",
            )
        ],
        ["two-phase", "one post", "publish#0=F34 timeout, held for 60 s", "PutItem#7=F58 edited"],
    ),
    Mutant(
        "M19",
        "a pause doesn't touch what a worker prepares",
        "chalicelib/publishing/holding.py",
        [
            (
                "stands = self._change(delivery, self._give_back)",
                "stands = delivery",
            )
        ],
        [
            *("read-back", "one post", "upload#0=F62 paused for 10 min"),
            "publish#0=F34 timeout, held for 60 s",
        ],
    ),
    Mutant(
        "M20",
        "a match that another delivery holds is accepted",
        DELIVER,
        [
            (
                "return lambda remote_id: self.deliveries.is_held(d, remote_id)",
                "return lambda remote_id: d.attempt < 0",
            )
        ],
        ["read-back", "twins at once", "publish#1=F35 timeout, not applied"],
    ),
)
"""Those of recurrence and approval (M9) come with them."""


def main(names: Sequence[str]) -> int:
    """Try the mutants named, or all; return how many survived."""
    chosen = [m for m in MUTANTS if not names or m.name in names]
    for mutant in chosen:
        ended = _run(mutant.lives, ROOT)
        if ended.returncode != 0:
            print(f"{mutant.name}: its lives go wrong without it: {_last_line(ended)}")
            return len(chosen)
    survivors = [m.name for m in chosen if not _is_killed(m)]
    print(f"{len(chosen) - len(survivors)} passed, {len(survivors)} failed")
    return len(survivors)


def _is_killed(mutant: Mutant) -> bool:
    with tempfile.TemporaryDirectory(prefix="relais mutant ") as folder:
        for name in COPIED:
            source = ROOT / name
            if source.is_dir():
                shutil.copytree(source, Path(folder) / name)
            elif source.exists():
                shutil.copy(source, Path(folder) / name)
        file = Path(folder) / mutant.file
        text = file.read_text()
        for old, new in mutant.changes:
            if text.count(old) != 1:
                print(f"{mutant.name} SURVIVED: its place is no longer there, or no longer one")
                return False
            text = text.replace(old, new)
        file.write_text(text)
        ended = _run(mutant.lives, Path(folder))
    killed = ended.returncode == 1
    word = "killed" if killed else "SURVIVED"
    print(f"{mutant.name} {word}: {mutant.what} ({_last_line(ended)})")
    return killed


def _run(lives: Sequence[str], folder: Path) -> subprocess.CompletedProcess[str]:
    is_test = lives[0].endswith(".py")
    runner = ["pytest", "-q", "-x"] if is_test else ["tests.chaos.witness"]
    return subprocess.run(
        [sys.executable, "-m", *runner, *lives],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(folder)},
        capture_output=True,
        text=True,
        check=False,
    )


def _last_line(ended: subprocess.CompletedProcess[str]) -> str:
    return ([*ended.stdout.strip().splitlines(), *ended.stderr.strip().splitlines()] or [""])[-1]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
