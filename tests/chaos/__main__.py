"""All of the chaos suite: ``make chaos``; each part can be asked for by name.

    python -m tests.chaos [singles] [pairs] [random] [listening]
        [adapters] [films] [comments] [answers]
        [--lives N] [--share S] [--seed N] [--firsts A:B] [--classes a,b] [--networks a,b]

It prints what was lived and every life that went wrong, and exits 1 if one did. All pairs
take hours: ``--share 0.05`` lives a seeded twentieth of them, ``--firsts 0:100`` those whose first
fault is one of the first hundred. ``adapters`` are posts, films and stories, first comments and
answers on the real adapters; ``films``, ``comments`` and ``answers`` these alone.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from chalicelib.publishing.deliveries import ResendClass
from local.engine import Engine, obtain
from tests.chaos.campaign import SCENES, Stage, Verdict
from tests.chaos.engine import ScriptedStore, listen
from tests.chaos.ledger import CLASSES
from tests.chaos.listening_campaign import ListeningStage

ROOT = Path(__file__).resolve().parent.parent.parent
PARTS = ("singles", "pairs", "random", "adapters", "listening")
ON_ADAPTERS = {"adapters", "films", "comments", "answers"}
AT_ONCE = 2
PAIRS_BY = 16
"""All pairs of a class are lived in so many parts: an engine never forgets a life, and would
grow to gigabytes over all of them."""


def main(words: Sequence[str]) -> int:
    """Live what was asked for; return how many lives went wrong, at most 1 as an exit code."""
    asked = _asked(words)
    parts = asked.parts or PARTS
    classes = [ResendClass(name) for name in asked.classes.split(",")]
    obtain(ROOT, print)
    work: list[Callable[[], tuple[str, int, list[str]]]] = []
    for resend_class in classes:
        if "singles" in parts:
            work += [partial(_singles, resend_class, scene) for scene in SCENES]
        if "pairs" in parts:
            firsts = slice(*(int(n) if n else None for n in asked.firsts.split(":")))
            work += [
                partial(_pairs, resend_class, asked.share, asked.seed, firsts, part)
                for part in range(PAIRS_BY)
            ]
        if "random" in parts:
            half = asked.lives // 2
            first, last = asked.seed, asked.seed + asked.lives
            work.append(partial(_random, resend_class, first, first + half))
            work.append(partial(_random, resend_class, first + half, last))
        if "listening" in parts:
            first, last = asked.seed, asked.seed + asked.lives // 10
            work.append(partial(_heard_at_random, resend_class, first, last))
            work.append(partial(_heard_singly, resend_class, asked.share, asked.seed))
            work.append(partial(_heard_breaking, resend_class, asked.share, asked.seed))
    lived, wrong = 0, 0
    with ProcessPoolExecutor(max_workers=AT_ONCE) as pool:
        for done in pool.map(_call, work):
            title, count, findings = done
            lived, wrong = lived + count, wrong + len(findings)
            print(f"{title}: {count} lived, {len(findings)} wrong", flush=True)
            for finding in findings[:10]:
                print(f"    {finding}", flush=True)
    if ON_ADAPTERS & set(parts):
        count, failed = _on_adapters(asked, parts)
        lived, wrong = lived + count, wrong + failed
    print(f"{lived - wrong} passed, {wrong} failed")
    return min(wrong, 1)


def _on_adapters(asked: argparse.Namespace, parts: Sequence[str]) -> tuple[int, int]:
    """Live posts, films, first comments and answers on the real adapters, as far as asked for."""
    from tests.chaos import (  # noqa: PLC0415 - they load every adapter
        adapters,
        answering_campaign,
        commenting,
        filming,
    )

    names = asked.networks.split(",") if asked.networks else adapters.NAMES
    first, last = asked.seed, asked.seed + asked.lives // 10
    works = {
        "adapters": adapters.work_of,
        "films": filming.work_of,
        "comments": commenting.work_of,
        "answers": answering_campaign.work_of,
    }
    lived = works if "adapters" in parts else [part for part in works if part in parts]
    work = [some for part in lived for some in works[part](names, first, last)]
    return adapters.run(work, lambda line: print(line, flush=True))


def _asked(words: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.chaos")
    parser.add_argument("parts", nargs="*", choices=[[], *sorted({*PARTS, *ON_ADAPTERS})])
    parser.add_argument("--lives", type=int, default=10_000, help="random lives of each class")
    help_share = "of all pairs, and of the listening lives with one fault"
    parser.add_argument("--share", type=float, default=1.0, help=help_share)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--firsts", default=":", help="of the first faults of pairs, A:B")
    parser.add_argument("--classes", default=",".join(CLASSES))
    parser.add_argument("--networks", default="", help="whose adapters; all if none is named")
    return parser.parse_args(words)


def _call(work: Callable[[], tuple[str, int, list[str]]]) -> tuple[str, int, list[str]]:
    return work()


def _singles(resend_class: ResendClass, scene: str) -> tuple[str, int, list[str]]:
    title = f"every step × every fault, {resend_class}, {scene}"
    return _lived(title, lambda stage: stage.singles(resend_class, SCENES[scene]))


def _pairs(
    resend_class: ResendClass, share: float, seed: int, firsts: slice, part: int
) -> tuple[str, int, list[str]]:
    chance = random.Random(f"{seed} {part}")
    which = f"first faults {firsts.start or 0} to {firsts.stop or 'the last'}"
    title = f"pairs of faults, {resend_class}, share {share:g}, {which}, part {part} of {PAIRS_BY}"
    every = slice(part, None, PAIRS_BY)
    return _lived(
        title,
        lambda stage: stage.pairs(
            resend_class, share=share, chance=chance, firsts=firsts, every=every
        ),
    )


def _random(resend_class: ResendClass, first: int, last: int) -> tuple[str, int, list[str]]:
    title = f"random lives {first} to {last - 1}, {resend_class}"
    return _lived(
        title, lambda stage: (stage.at_random(resend_class, n) for n in range(first, last))
    )


def _heard_at_random(
    resend_class: ResendClass, first: int, last: int
) -> tuple[str, int, list[str]]:
    title = f"random listening lives {first} to {last - 1}, {resend_class}"
    return _heard(
        title, lambda stage: (stage.at_random(resend_class, n) for n in range(first, last))
    )


def _heard_singly(resend_class: ResendClass, share: float, seed: int) -> tuple[str, int, list[str]]:
    chance = random.Random(seed)
    title = f"listening, every step × every fault, {resend_class}, share {share:g}"
    return _heard(title, lambda stage: stage.singles(resend_class, share=share, chance=chance))


def _heard_breaking(
    resend_class: ResendClass, share: float, seed: int
) -> tuple[str, int, list[str]]:
    chance = random.Random(seed)
    title = f"listening, a channel that breaks × every fault, {resend_class}, share {share:g}"
    return _heard(title, lambda stage: stage.breaking(resend_class, share=share, chance=chance))


def _heard(
    title: str, live: Callable[[ListeningStage], Iterable[Verdict]]
) -> tuple[str, int, list[str]]:
    events: list[str] = []
    listen(events)
    return _counted(title, lambda store: live(ListeningStage(store, events)))


def _lived(title: str, live: Callable[[Stage], Iterable[Verdict]]) -> tuple[str, int, list[str]]:
    listen([])
    return _counted(title, lambda store: live(Stage(store)))


def _counted(
    title: str, live: Callable[[ScriptedStore], Iterable[Verdict]]
) -> tuple[str, int, list[str]]:
    began = time.monotonic()
    findings: list[str] = []
    count = 0
    with (
        Engine(obtain(ROOT, lambda _: None)) as engine,
        ScriptedStore(engine.endpoint, "chaos") as store,
    ):
        for verdict in live(store):
            count += 1
            if verdict.wrong:
                findings.append(f"{dict(verdict.plan)}: {', '.join(verdict.wrong)}")
    return f"{title} ({time.monotonic() - began:.0f} s)", count, findings


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
