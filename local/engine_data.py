"""The folder where the database engine keeps its data: one process, one way, never back."""

from __future__ import annotations

import fcntl
import os
import re
import sqlite3
import subprocess
import time
from contextlib import closing
from pathlib import Path

from local.engine_binary import EngineError

_CLAIM_SECONDS = 3.0  # an engine whose parent was just killed needs a moment to leave
_LOOK_SECONDS = 0.02
_VERSION = re.compile(r"\d+(?:\.\d+)+")


class DataFolder:
    """A folder of data that one engine at a time may use.

    The engine itself refuses neither a second engine on its file nor a file written by a
    later version of itself; so this class does.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._lock: int | None = None

    @property
    def database(self) -> Path:
        """The SQLite file."""
        return self._folder / "engine.db"

    @property
    def lock(self) -> int:
        """The descriptor that holds the claim; a child that inherits it shares the claim."""
        if self._lock is None:
            raise EngineError("Le dossier n'est pas réservé.", "The folder is not claimed.")
        return self._lock

    def claim(self) -> None:
        """Take the folder for this process and its engine, making it if need be.

        Raises:
            EngineError: Another process has it (the message names it), or it can't be written.
        """
        try:
            self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
            descriptor = os.open(self._folder / "engine.lock", flags, 0o600)
        except OSError as error:
            raise EngineError(
                f"Impossible d'écrire dans le dossier de données « {self._folder} ».",
                f'Can\'t write to the data folder "{self._folder}": {error}',
            ) from error
        if not _locked(descriptor):
            holder = _named(os.pread(descriptor, 64, 0).decode().split())
            os.close(descriptor)
            raise EngineError(
                f"Les données de « {self._folder} » sont déjà utilisées par le processus "
                f"{holder} : arrêtez-le, ou choisissez un autre dossier (RELAIS_DATA).",
                f'The data in "{self._folder}" are already in use by process {holder}: '
                "stop it, or choose another folder (RELAIS_DATA).",
            )
        self._lock = descriptor
        self.note()

    def note(self, *engine: int) -> None:
        """Write who holds the claim, for whoever is refused: this process, then its engine."""
        os.ftruncate(self.lock, 0)
        os.pwrite(self.lock, " ".join(map(str, (os.getpid(), *engine))).encode(), 0)

    def release(self) -> None:
        """Give the folder back, once the engine that shares the claim is gone."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def admit(self, version: str) -> None:
        """Let an engine version at the data: never an older one, a newer one after a backup.

        Raises:
            EngineError: The data were last used by a later version.
        """
        if not self.database.exists():
            self.stamp(version)  # before the first byte: no file is ever without its stamp
            return
        stamped = self._stamped()
        if _parts(stamped) > _parts(version):
            raise EngineError(
                f"Ces données ont été écrites par le moteur {stamped} ; le moteur {version} est "
                "plus ancien et pourrait les abîmer. Mettez Relais à jour, ou remettez la "
                f"sauvegarde faite avant le changement (« {self._folder / 'backups'} »).",
                f"These data were written by engine {stamped}; engine {version} is older and "
                "might damage them. Update Relais, or put back the backup made before the "
                f'change ("{self._folder / "backups"}").',
            )
        if _parts(stamped) < _parts(version):
            backup(self.database, self._backup_file(stamped, version))

    def stamp(self, version: str) -> None:
        """Note the version that has used the data, on disk before this returns."""
        if self._stamped() == version:
            return
        part = self._folder / "engine.version.part"
        with part.open("w", encoding="ascii") as file:
            file.write(f"{version}\n")
            file.flush()
            os.fsync(file.fileno())
        part.replace(self._folder / "engine.version")

    def _stamped(self) -> str:
        try:
            return (self._folder / "engine.version").read_text(encoding="ascii").strip()
        except FileNotFoundError:
            return ""

    def _backup_file(self, old: str, new: str) -> Path:
        """Name a file that isn't there yet: an earlier backup may be the better one."""
        stem = f"before-{new}-from-{old or 'unknown'}"
        names = (f"{stem}{number}.db" for number in ("", *(f"-{n}" for n in range(2, 1000))))
        return next(
            file for name in names if not (file := self._folder / "backups" / name).exists()
        )


def version_of(binary: Path) -> str:
    """Return the version an engine program says it has, such as "1.2.1".

    Raises:
        EngineError: The program can't run here or isn't the engine.
    """
    try:
        done = subprocess.run(  # noqa: S603 (a pinned file, or one the person named)
            [binary, "--version"], capture_output=True, text=True, timeout=20, check=False
        )
        words = done.stdout + done.stderr
    except (OSError, subprocess.TimeoutExpired) as error:
        words = str(error)
    found = re.fullmatch(rf"dynoxide ({_VERSION.pattern})\s*", words)
    if not found:
        raise EngineError(
            f"« {binary} » ne peut pas servir de moteur de base de données ici.",
            f'"{binary}" can\'t serve as the database engine here.\n  {words.strip()}',
        )
    return found[1]


def backup(database: Path, to: Path) -> None:
    """Write a whole, checked copy of a database, also while its engine runs.

    A copy of the file alone would lack what still stands in the write-ahead log. `to` is
    readable by its owner only, and appears complete or not at all.

    Args:
        database: The SQLite file of the engine.
        to: The copy; must not exist.

    Raises:
        EngineError: There is no such database, `to` exists, or the copy failed.
    """
    part = to.with_name(f"{to.name}.part")
    try:
        if to.exists():
            raise FileExistsError(to)
        to.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part.unlink(missing_ok=True)
        os.close(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(database, part)
        part.replace(to)
    except (OSError, sqlite3.Error) as error:
        part.unlink(missing_ok=True)
        raise EngineError(
            f"La sauvegarde de « {database} » vers « {to} » a échoué.",
            f'The backup of "{database}" to "{to}" failed: {error}',
        ) from error


def _copy(database: Path, part: Path) -> None:
    source = sqlite3.connect(f"{database.absolute().as_uri()}?mode=rw", uri=True)
    with closing(source), closing(sqlite3.connect(part)) as copy:
        source.backup(copy)
        # One file to carry about: no log beside it, whoever opens it.
        copy.execute("PRAGMA journal_mode = DELETE")
        verdict = copy.execute("PRAGMA quick_check(1)").fetchone()[0]
        if verdict != "ok":
            raise sqlite3.DatabaseError(verdict)


def _locked(descriptor: int) -> bool:
    deadline = time.monotonic() + _CLAIM_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                return False
            time.sleep(_LOOK_SECONDS)
        else:
            return True


def _named(pids: list[str]) -> str:
    """Return how a person finds a process: its number and, where known, its command.

    The first that lives is named: who started the engine, else the engine left alone.
    """
    for pid in pids:
        try:
            os.kill(int(pid), 0)
        except ProcessLookupError:
            continue
        except PermissionError:  # it lives, and is somebody else's
            return pid
        return f"{pid}{_command(pid)}"
    return "?"


def _command(pid: str) -> str:
    try:
        words = Path("/proc", pid, "cmdline").read_bytes().replace(b"\0", b" ")
    except OSError:
        return ""
    return f" ({words.decode(errors='replace').strip()})"


def _parts(version: str) -> tuple[int, ...]:
    found = _VERSION.fullmatch(version)
    return tuple(int(part) for part in found[0].split(".")) if found else ()
