"""Each library that is installed or shipped has one version, whatever needs it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, requires

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from tests.fakes.api_world import ROOT

WANTED = ("requirements.txt", "requirements-local.txt", "requirements-dev.txt")
PYTHONS = ("3.11", "3.12", "3.13", "3.14")


def pins(*names: str) -> list[Requirement]:
    lines = [line for name in names for line in (ROOT / name).read_text().splitlines()]
    return [Requirement(line) for line in lines if not re.match(r"#|-[cr] ", line)]


def needed(python: str) -> set[str]:
    """Return what the wanted libraries need, and what that needs, by what is installed here."""
    waiting = [(canonicalize_name(r.name), frozenset(r.extras)) for r in pins(*WANTED)]
    seen = set(waiting)
    found = set()
    for name, extras in waiting:  # which grows
        for requirement in needs_of(name, extras, python):
            other = (canonicalize_name(requirement.name), frozenset(requirement.extras))
            found.add(str(other[0]))
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return found


def needs_of(name: str, extras: frozenset[str], python: str) -> Iterator[Requirement]:
    try:
        texts = requires(name) or []
    except PackageNotFoundError:  # on another Python only: it is pinned, what it needs isn't seen
        return
    for text in texts:
        requirement = Requirement(text)
        machine = {"python_version": python, "python_full_version": f"{python}.0"}
        marker = requirement.marker
        if marker is None or any(marker.evaluate(machine | {"extra": e}) for e in {"", *extras}):
            yield requirement


@pytest.mark.parametrize("file", [*WANTED, "constraints.txt"])
def test_every_version_is_exact(file: str) -> None:
    loose = [str(r) for r in pins(file) if not re.fullmatch(r"==[^*,]+", str(r.specifier))]
    assert loose == []


@pytest.mark.parametrize("file", [*WANTED, "constraints.txt"])
def test_libraries_stand_in_alphabetical_order(file: str) -> None:
    names = [r.name.lower() for r in pins(file)]
    assert names == sorted(names)


@pytest.mark.parametrize("python", PYTHONS)
def test_what_libraries_need_is_pinned_too(python: str) -> None:
    pinned = {str(canonicalize_name(r.name)) for r in pins(*WANTED, "constraints.txt")}
    assert needed(python) - pinned == set()


def test_nothing_is_pinned_that_nothing_needs() -> None:
    kept = {str(canonicalize_name(r.name)) for r in pins("constraints.txt")}
    assert kept - set().union(*map(needed, PYTHONS)) == set()


def test_the_pins_hold_wherever_the_libraries_are_installed() -> None:
    assert (ROOT / "requirements.txt").read_text().startswith("-c constraints.txt\n")
    assert (ROOT / "requirements-local.txt").read_text().startswith("-r requirements.txt\n")
    assert (ROOT / "requirements-dev.txt").read_text().startswith("-r requirements-local.txt\n")
