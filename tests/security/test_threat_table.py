"""The table of threats names tests that exist, and leaves no threat of the design out."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs" / "security" / "threats.md"
DESIGN = ROOT.parent / "shared" / "reliability.md"
_TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")


def rows(text: str) -> list[list[str]]:
    """Return the cells of each row of a document's tables, the heads left out."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in lines]
    rules = {n for n, row in enumerate(cells) if set("".join(row)) <= set("-: ")}
    return [row for n, row in enumerate(cells) if n not in rules and n + 1 not in rules]


@cache
def functions_of(file: str) -> frozenset[str]:
    tree = ast.parse((ROOT / file).read_text(encoding="utf-8"))
    return frozenset(n.name for n in ast.walk(tree) if isinstance(n, ast.FunctionDef))


THREATS = rows(TABLE.read_text(encoding="utf-8").partition("## Not yet")[0])


@pytest.mark.parametrize("row", THREATS, ids=lambda row: row[0][:40])
def test_every_test_that_is_named_exists(row: list[str]) -> None:
    _, defence, proof = row
    named = _TEST.findall(proof)
    assert defence
    assert named, "a threat without a test"
    assert len(named) == proof.count("`") // 2
    for file, test in named:
        assert (ROOT / file).is_file(), file
        assert test in functions_of(file), f"{file}::{test}"


def test_every_threat_of_the_design_stands_here() -> None:
    if not DESIGN.is_file():
        pytest.skip("the design isn't beside this repository")
    chapter = DESIGN.read_text(encoding="utf-8").partition("## 5.")[2].partition("## 6.")[0]
    here = TABLE.read_text(encoding="utf-8")
    told = {row[0] for row in rows(here)}
    for threat, _ in rows(chapter):
        assert threat in told, threat
