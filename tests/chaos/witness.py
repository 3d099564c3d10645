"""Lives told in words: ``CLASS SCENE [LABEL#N=FAULT]…`` or ``CLASS SCENE singles``.

Exits 1 if a life is judged wrong (with ``unbothered`` also if something was left to people,
with ``unmailed`` if anybody was mailed), 0 if all is well: that is how a mutant is seen.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from chalicelib.publishing.deliveries import ResendClass
from local.engine import Engine, obtain
from tests.chaos.campaign import SCENES, Stage, Verdict
from tests.chaos.engine import ScriptedStore, listen

ROOT = Path(__file__).resolve().parent.parent.parent


def verdicts(stage: Stage, words: Sequence[str]) -> Iterator[Verdict]:
    """Live the lives that the words tell of."""
    resend_class, scene = ResendClass(words[0]), SCENES[words[1]]
    if "singles" in words:
        yield from stage.singles(resend_class, scene)
        return
    named = dict(word.split("=", 1) for word in words[2:] if "=" in word)
    yield stage.live(resend_class, {}, scene, named=named)


def main(words: Sequence[str]) -> int:
    """Return 1 at the first life that is judged wrong."""
    listen([])
    with Engine(obtain(ROOT, lambda _: None)) as engine:
        stage = Stage(ScriptedStore(engine.endpoint, "witness"))
        for verdict in verdicts(stage, words):
            wrong = verdict.wrong
            wrong = wrong or (verdict.bothered if "unbothered" in words else ())
            wrong = wrong or (verdict.mails if "unmailed" in words else ())
            if wrong:
                print(f"{stage.lived} lived: {dict(verdict.plan)} {', '.join(wrong)}")
                return 1
    print(f"{stage.lived} lived, nothing wrong")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
