"""The virtual environment is made when it has to be, and only then."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from local.environment import EnvironmentTroubleError, prepare

ROOT = Path(__file__).resolve().parent.parent.parent
INTERPRETER = """#!/bin/sh
case "$*" in
  *"import pip"*) exit 0 ;;
esac
echo "$*" >> "$(dirname "$0")/calls"
flock -n .cache/environment.lock true && echo unlocked >> "$(dirname "$0")/calls"
[ -z "$FAILS_WITH" ] || { echo "$FAILS_WITH"; exit 1; }
"""


@pytest.fixture
def root(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A clone in a folder with spaces, whose interpreter only notes what it is asked."""
    root = tmp_path / "a path with spaces"
    programs = root / ".venv" / "bin"
    programs.mkdir(parents=True)
    (programs / "python").write_text(INTERPRETER)
    (programs / "python").chmod(0o755)
    (root / "constraints.txt").write_text("zero==0\n")
    (root / "requirements.txt").write_text("-c constraints.txt\none==1\n")
    (root / "requirements-local.txt").write_text("-r requirements.txt\ntwo==2\n")
    (root / "requirements-dev.txt").write_text("-r requirements-local.txt\nthree==3\n")
    monkeypatch.setenv("FAILS_WITH", "")
    return root


def installs(root: Path) -> list[str]:
    """The requirement files that pip was given, in turn."""
    calls = root / ".venv" / "bin" / "calls"
    return re.findall(r"-r (\S+)", calls.read_text()) if calls.exists() else []


def test_a_second_start_runs_no_pip(root: Path) -> None:
    prepare(root, "run")
    prepare(root, "run")
    assert installs(root) == ["requirements-local.txt"]


def test_two_starts_at_once_do_not_install_side_by_side(root: Path) -> None:
    prepare(root, "run")
    assert "unlocked" not in (root / ".venv" / "bin" / "calls").read_text()


@pytest.mark.parametrize(
    "changed", ["constraints.txt", "requirements.txt", "requirements-local.txt"]
)
def test_a_changed_file_is_installed_an_untouched_text_is_not(root: Path, changed: str) -> None:
    prepare(root, "run")
    os.utime(root / changed, (0, 0))
    (root / "requirements-dev.txt").write_text("-r requirements-local.txt\nthree==4\n")
    prepare(root, "run")
    assert len(installs(root)) == 1
    (root / changed).write_text((root / changed).read_text() + "four==4\n")
    prepare(root, "run")
    assert len(installs(root)) == 2


def test_what_development_needs_is_enough_to_run(root: Path) -> None:
    prepare(root, "dev")
    prepare(root, "run")
    assert installs(root) == ["requirements-dev.txt"]


def test_what_running_needs_is_not_enough_for_development(root: Path) -> None:
    prepare(root, "run")
    prepare(root, "dev")
    assert installs(root) == ["requirements-local.txt", "requirements-dev.txt"]


@pytest.mark.parametrize(
    ("output", "told"),
    [
        ("NewConnectionError: Failed to establish a new connection", "no network"),
        ("ERROR: Could not install: No space left on device", "No space left on device"),
    ],
)
def test_a_failed_install_is_told_and_tried_again(
    root: Path, monkeypatch: pytest.MonkeyPatch, output: str, told: str
) -> None:
    monkeypatch.setenv("FAILS_WITH", output)
    with pytest.raises(EnvironmentTroubleError, match=told):
        prepare(root, "run")
    monkeypatch.setenv("FAILS_WITH", "")
    prepare(root, "run")
    assert len(installs(root)) == 2


def test_a_folder_that_cannot_be_written_is_named(root: Path) -> None:
    (root / ".cache").write_text("a file where the folder should be")
    with pytest.raises(EnvironmentTroubleError, match=f'Can\'t write to "{root}"'):
        prepare(root, "run")


def test_an_environment_whose_python_is_gone_is_made_anew(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepare(root, "run")
    python = root / ".venv" / "bin" / "python"
    python.unlink()
    python.symlink_to("/nowhere/python3.10")
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    for name in ("requirements.txt", "requirements-local.txt"):
        (root / name).write_text("")
    prepare(root, "run")
    found = subprocess.run(
        [python, "-c", "import sys; print(sys.prefix)"], capture_output=True, check=True
    )
    assert Path(os.fsdecode(found.stdout.strip())) == root / ".venv"


def test_a_python_without_venv_is_told_what_to_install(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.rmtree(root / ".venv")
    find = importlib.util.find_spec
    monkeypatch.setattr(
        importlib.util, "find_spec", lambda name: None if name == "ensurepip" else find(name)
    )
    with pytest.raises(EnvironmentTroubleError, match="sudo apt install python3-venv"):
        prepare(root, "run")
    assert not (root / ".venv").exists()


def test_an_old_python_is_refused_in_plain_words(root: Path, tmp_path: Path) -> None:
    programs = tmp_path / "bin"
    programs.mkdir()
    (programs / "cat").symlink_to(shutil.which("cat") or "")
    for name in ("python3", "python3.11"):
        (programs / name).write_text(
            '#!/bin/sh\n[ "$1" != --version ] || echo Python 3.9.2\nexit 1\n'
        )
        (programs / name).chmod(0o755)
    shutil.rmtree(root / ".venv")
    shutil.copytree(ROOT / "local", root / "local", ignore=shutil.ignore_patterns("__pycache__"))
    done = subprocess.run(
        [shutil.which("sh") or "", "local/setup.sh", "run"],
        cwd=root,
        env={"PATH": str(programs)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "Relais needs Python 3.11 or later (here: " in done.stderr


@pytest.mark.skipif(not shutil.which("make"), reason="make is not installed")
def test_help_names_every_command() -> None:
    targets = re.search(r"^\.PHONY: (.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert targets
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True)
    assert re.findall(r"^  make (\w+)", done.stdout, re.MULTILINE) == targets[1].split()
