"""Where the engine's program comes from, with a scripted npm in the place of the real one."""

from __future__ import annotations

import hashlib
import platform
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local import engine_binary
from local.engine import EngineError, obtain

RIGHT = b"#!/bin/sh\necho the engine\n"
WRONG = b"#!/bin/sh\necho something else\n"
DELIVERS = """
mkdir -p node_modules/@dynoxide/linux-x64
cp "$DELIVERED" node_modules/@dynoxide/linux-x64/dynoxide
"""


class Machine:
    """A repository, a PATH with a scripted npm, and what a person was told."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = folder / "a clone"
        self.programs = folder / "bin"
        self.calls = folder / "calls"
        self.said: list[str] = []
        self._monkeypatch = monkeypatch
        self.root.mkdir()
        self.programs.mkdir()
        self.calls.touch()
        for name in ("package.json", "package-lock.json", ".npmrc"):
            (self.root / name).write_text(name)
        for name in ("sh", "cp", "mkdir", "cat", "env"):
            (self.programs / name).symlink_to(shutil.which(name) or "")
        monkeypatch.setenv("PATH", str(self.programs))
        monkeypatch.delenv("RELAIS_ENGINE", raising=False)
        # pip, which the way without npm needs, finds nothing here, at once.
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
        monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
        monkeypatch.setattr(engine_binary, "SHA256", hashlib.sha256(RIGHT).hexdigest())
        monkeypatch.setattr(platform, "system", lambda: "Linux")
        monkeypatch.setattr(platform, "machine", lambda: "x86_64")

    @property
    def kept(self) -> Path:
        return self.root / ".cache" / "engine" / f"dynoxide-{engine_binary.VERSION}"

    @property
    def installed(self) -> Path:
        return self.root / "node_modules" / "@dynoxide" / "linux-x64" / "dynoxide"

    def has_npm(self, script: str = DELIVERS, *, delivered: bytes = RIGHT) -> None:
        file = self.programs.parent / "delivered"
        file.write_bytes(delivered)
        self._monkeypatch.setenv("DELIVERED", str(file))
        self._monkeypatch.setenv("CALLS", str(self.calls))
        npm = self.programs / "npm"
        npm.write_text(f'#!/bin/sh\necho "$PWD $*" >> "$CALLS"\n{script}\n')
        npm.chmod(0o755)

    def obtain(self) -> Path:
        return obtain(self.root, self.said.append)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(tmp_path, monkeypatch)


def place(file: Path, content: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(content)
    file.chmod(0o755)


def test_npm_delivers_what_is_then_kept(machine: Machine) -> None:
    machine.has_npm()
    assert machine.obtain() == machine.kept
    assert (machine.kept.read_bytes(), machine.kept.stat().st_mode & 0o777) == (RIGHT, 0o700)
    assert "Fetching the database engine" in "".join(machine.said)
    assert sorted(file.name for file in machine.kept.parent.iterdir()) == [
        machine.kept.name,
        "lock",
    ]


def test_the_clone_is_left_as_it_was(machine: Machine) -> None:
    machine.has_npm('cat package.json package-lock.json .npmrc >> "$CALLS"' + DELIVERS)
    machine.obtain()
    calls = machine.calls.read_text()
    assert not calls.startswith(f"{machine.root} ")
    assert calls.endswith("package.jsonpackage-lock.json.npmrc")
    assert not (machine.root / "node_modules").exists()


@pytest.mark.parametrize("exit_code", [0, 1])
def test_only_the_file_counts_not_what_npm_says(machine: Machine, exit_code: int) -> None:
    machine.has_npm(f"{DELIVERS}\nexit {exit_code}")
    assert machine.obtain().read_bytes() == RIGHT


def test_a_kept_program_is_used_in_silence(machine: Machine) -> None:
    machine.has_npm()
    place(machine.kept, RIGHT)
    assert machine.obtain() == machine.kept
    assert (machine.said, machine.calls.read_text()) == ([], "")


def test_a_damaged_kept_program_is_replaced(machine: Machine) -> None:
    machine.has_npm()
    place(machine.kept, RIGHT + b"x")
    assert machine.obtain().read_bytes() == RIGHT
    assert "damaged" in "".join(machine.said)


def test_what_npm_installed_before_is_used(machine: Machine) -> None:
    place(machine.installed, RIGHT)
    machine.has_npm()
    assert machine.obtain() == machine.kept
    assert machine.calls.read_text() == ""


def test_what_npm_installed_before_is_not_believed(machine: Machine) -> None:
    place(machine.installed, WRONG)
    machine.has_npm()
    assert machine.obtain().read_bytes() == RIGHT


def test_another_file_than_the_pinned_one_is_never_kept(machine: Machine) -> None:
    machine.has_npm(delivered=WRONG)
    with pytest.raises(EngineError, match="not the expected one; it was not run"):
        machine.obtain()
    assert [file.name for file in machine.kept.parent.iterdir()] == ["lock"]


def test_many_at_once_fetch_once(machine: Machine) -> None:
    machine.has_npm()
    with ThreadPoolExecutor(4) as pool:
        found = list(pool.map(lambda _: machine.obtain(), range(4)))
    assert found == [machine.kept] * 4
    assert len(machine.calls.read_text().splitlines()) == 1


def test_a_fetch_that_was_killed_leaves_nothing(machine: Machine) -> None:
    place(machine.kept.parent / "fetch-killed" / "npm-debug.log", b"")
    machine.has_npm()
    machine.obtain()
    assert not (machine.kept.parent / "fetch-killed").exists()


def test_certificates_are_passed_on_to_node(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSL_CERT_FILE", "/certificates.pem")
    monkeypatch.delenv("NODE_EXTRA_CA_CERTS", raising=False)
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example:3128")
    machine.has_npm('env >> "$CALLS"' + DELIVERS)
    machine.obtain()
    seen = machine.calls.read_text().splitlines()
    assert "NODE_EXTRA_CA_CERTS=/certificates.pem" in seen
    assert "HTTPS_PROXY=http://proxy.example:3128" in seen


def test_without_network_the_person_is_told_what_to_check(machine: Machine) -> None:
    machine.has_npm("echo 'npm http fetch GET … attempt 1 failed with ENOTFOUND'")
    with pytest.raises(
        EngineError, match=r"(?s)no network.*HTTPS_PROXY.*RELAIS_ENGINE=.*ENOTFOUND"
    ):
        machine.obtain()
    assert "temporary Node.js" in "".join(machine.said)


def test_a_program_of_ones_own_is_said_to_be_unchecked(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    place(tmp_path / "mine", WRONG)
    monkeypatch.setenv("RELAIS_ENGINE", str(tmp_path / "mine"))
    assert machine.obtain() == tmp_path / "mine"
    assert "not checked against the pin" in "".join(machine.said)


def test_a_program_of_ones_own_must_be_one(
    machine: Machine, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RELAIS_ENGINE", str(tmp_path))
    with pytest.raises(EngineError, match="not an executable program"):
        machine.obtain()


@pytest.mark.parametrize(
    ("system", "machine_name", "package"),
    [
        ("Linux", "aarch64", "@dynoxide/linux-arm64@1.2.1"),
        ("Darwin", "arm64", "@dynoxide/darwin-arm64@1.2.1"),
        ("Darwin", "x86_64", "@dynoxide/darwin-x64@1.2.1"),
    ],
)
def test_a_machine_that_is_not_served_is_told_so(
    machine: Machine,
    monkeypatch: pytest.MonkeyPatch,
    system: str,
    machine_name: str,
    package: str,
) -> None:
    monkeypatch.setattr(platform, "system", lambda: system)
    monkeypatch.setattr(platform, "machine", lambda: machine_name)
    machine.has_npm()
    with pytest.raises(
        EngineError, match=f"(?s)this machine is {system} {machine_name}.*{package}"
    ):
        machine.obtain()
    assert machine.calls.read_text() == ""


def test_a_folder_that_cannot_be_written_is_named(machine: Machine) -> None:
    (machine.root / ".cache").write_text("a file where the folder should be")
    with pytest.raises(EngineError, match=f'Can\'t write to "{machine.kept.parent}"'):
        machine.obtain()
