"""The virtual environment of the repository: made and filled only when it has to be.

Run by any Python from 3.11 on, with nothing installed: `python3 -I local/environment.py run`.
"""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# What each use needs; the later holds the earlier.
REQUIREMENTS = {"run": "requirements-local.txt", "dev": "requirements-dev.txt"}

_INCLUDED = re.compile(r"^-[cr]\s+(\S+)", re.MULTILINE)
_NETWORK = re.compile(
    r"NewConnectionError|ConnectTimeout|Name or service|name resolution|ProxyError|SSLError|"
    r"Connection (refused|reset)|Network is unreachable|timed out|from versions: none"
)
_TAIL_LINES = 6


class EnvironmentTroubleError(Exception):
    """The environment can't be made; the message tells a person what to do."""

    def __init__(self, french: str, english: str) -> None:
        super().__init__(f"{french}\n{english}")


def prepare(root: Path, use: str) -> None:
    """Make sure that `.venv` has exactly what a use needs, running pip only if it hasn't.

    Args:
        root: The repository.
        use: A key of `REQUIREMENTS`.

    Raises:
        EnvironmentTroubleError: It can't be made; the message says why, and what to do.
    """
    venv = root / ".venv"
    fingerprint = _fingerprint(root, use)
    if _is_current(venv, use, fingerprint):
        return
    try:
        (root / ".cache").mkdir(exist_ok=True)
        with alone(root / ".cache" / "environment.lock"):
            if not _is_current(venv, use, fingerprint):
                _make(root, venv, use)
    except OSError as error:
        raise EnvironmentTroubleError(
            f"Impossible d'écrire dans « {root} » : ce dossier doit vous appartenir, avec de la "
            "place (1 Go).",
            f'Can\'t write to "{root}": that folder must be yours, with 1 GB to spare: {error}',
        ) from error


def _fingerprint(root: Path, use: str) -> str:
    """Return what changes when any of a use's requirement files does, or what they include."""
    digest = hashlib.sha256()
    waiting = [REQUIREMENTS[use]]
    while waiting:
        text = (root / waiting.pop()).read_text(encoding="utf-8")
        digest.update(text.encode())
        waiting += _INCLUDED.findall(text)
    return digest.hexdigest()


def _stamp(venv: Path, use: str) -> Path:
    return venv / f"installed-{use}"


def _is_current(venv: Path, use: str, fingerprint: str) -> bool:
    try:
        stamped = _stamp(venv, use).read_text(encoding="ascii")
    except OSError:
        return False
    return stamped == fingerprint and _is_sound(venv)


def _is_sound(venv: Path) -> bool:
    """Whether the interpreter still finds what was installed for it.

    A system update may have taken it away or put a later one in its place.
    """
    if Path(sys.prefix).resolve() == venv.resolve():  # this very interpreter: no need to start it
        return importlib.util.find_spec("pip") is not None
    command = [str(venv / "bin" / "python"), "-I", "-c", "import pip"]
    try:
        done = subprocess.run(command, capture_output=True, check=False)  # noqa: S603
    except OSError:
        return False
    return done.returncode == 0


@contextmanager
def alone(lock: Path) -> Iterator[None]:
    """Let one process at a time pass; the next finds what this one did.

    It stands here since this file runs alone, by a Python that finds no other of ours.

    Args:
        lock: A file to hold, made if need be; its folder is there.
    """
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _make(root: Path, venv: Path, use: str) -> None:
    if not _is_sound(venv):
        _create(venv)
    print(
        "Installation de ce dont Relais a besoin (une à deux minutes, une seule fois)…\n"
        "Installing what Relais needs (a minute or two, only once)…",
        flush=True,
    )
    pip = [str(venv / "bin" / "python"), "-I", "-m", "pip", "install", "--quiet"]
    _run([*pip, "--disable-pip-version-check", "-r", REQUIREMENTS[use]], root)
    uses = list(REQUIREMENTS)
    for satisfied in uses[: uses.index(use) + 1]:
        _stamp(venv, satisfied).write_text(_fingerprint(root, satisfied), encoding="ascii")


def _create(venv: Path) -> None:
    if not (importlib.util.find_spec("venv") and importlib.util.find_spec("ensurepip")):
        package = f"python{sys.version_info.major}.{sys.version_info.minor}-venv"
        raise EnvironmentTroubleError(
            "Il manque à Python son module « venv ». Sous Debian ou Ubuntu : "
            f"sudo apt install python3-venv (ou {package})",
            'Python lacks its "venv" module. On Debian or Ubuntu: '
            f"sudo apt install python3-venv (or {package})",
        )
    if venv.is_symlink() or venv.exists():
        print("L'environnement .venv ne sert plus : il est refait. / .venv is stale: made anew.")
        shutil.rmtree(venv)
    _run([getattr(sys, "_base_executable", sys.executable), "-I", "-m", "venv", str(venv)], None)


def _run(command: list[str], folder: Path | None) -> None:
    # PIP_USER, set by some for their own account, makes pip refuse a virtual environment.
    environment = {**os.environ, "PIP_USER": "0"}
    done = subprocess.run(  # noqa: S603 (our own words)
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode != 0:
        raise _failed(done.stdout)


def _failed(output: str) -> EnvironmentTroubleError:
    lines = [line for line in output.splitlines() if line and "WARNING: Retrying" not in line]
    end = "\n".join(f"  {line}" for line in lines[-_TAIL_LINES:])
    if _NETWORK.search(output):
        return EnvironmentTroubleError(
            "Les bibliothèques n'ont pas pu être téléchargées : pas d'accès au réseau, ou un "
            "proxy ou un certificat manque (HTTPS_PROXY, PIP_CERT). Relancez ensuite la commande.",
            "The libraries could not be fetched: no network, or a proxy or certificate is missing "
            f"(HTTPS_PROXY, PIP_CERT). Then run the command again.\n{end}",
        )
    return EnvironmentTroubleError(
        "L'installation des bibliothèques a échoué :",
        f"Installing the libraries failed:\n{end}",
    )


def _main() -> int:
    try:
        prepare(Path(__file__).resolve().parent.parent, sys.argv[1])
    except EnvironmentTroubleError as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(_main())
