"""The database engine on this machine: started, watched over, stopped and backed up.

One engine serves one folder of data, on the loopback address and a port that changes at
each start, since the engine believes whoever reaches it. What it has acknowledged survives
`kill -9` of itself and of the process that started it, which it never outlives.
"""

from __future__ import annotations

import http.client
import os
import random
import socket
import subprocess
import sys
import tempfile
import threading
import time
from concurrent.futures import Future
from pathlib import Path
from typing import IO, Self

from local.engine_binary import EngineError, obtain
from local.engine_data import DataFolder, backup, version_of

__all__ = ["Engine", "EngineError", "backup", "obtain"]

_HOST = "127.0.0.1"
# Below the range Linux gives to outgoing connections (32768 and up): none takes the port in the
# moment between our choice and the engine's bind, or while an engine restarts on its own.
_PORTS = range(15_000, 32_000)
_PORT_TRIES = 5
_READY_SECONDS = 60.0  # a file is recovered before it is served
_STOP_SECONDS = 10.0  # 3 to 8 ms as a rule

# Runs in the child, between fork and exec: the kernel ends it with its parent, even when
# that one is killed outright (prctl 1 is PR_SET_PDEATHSIG, see prctl(2)). A program of its
# own rather than `preexec_fn`, which may deadlock in a process with threads.
_LEASH = """
import ctypes, os, signal, sys
if sys.platform == "linux":
    ctypes.CDLL(None).prctl(1, ctypes.c_ulong(signal.SIGTERM))
    if os.getppid() != int(sys.argv[1]):
        sys.exit("orphan")
os.execv(sys.argv[2], sys.argv[2:])
"""


class Engine:
    """One engine process; a context manager that starts and stops it.

    Args:
        binary: The program, from `obtain`.
        data_dir: Where it keeps its data; in memory when None.
    """

    def __init__(self, binary: Path, data_dir: Path | None = None) -> None:
        self._binary = binary
        self._data = DataFolder(data_dir) if data_dir else None
        self._process: subprocess.Popen[bytes] | None = None
        self._gone = threading.Event()
        self._gone.set()
        self._port = 0

    @property
    def endpoint(self) -> str:
        """The address to give to DynamoDB clients; changes at each `start`."""
        return f"http://{_HOST}:{self._port}"

    @property
    def pid(self) -> int:
        """The process id of the engine itself.

        Raises:
            EngineError: It was not started.
        """
        if self._process is None:
            raise EngineError("Le moteur n'est pas démarré.", "The engine is not started.")
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether the process lives."""
        return not self._gone.is_set()

    def wait(self, timeout: float | None = None) -> bool:
        """Wait at most `timeout` seconds for the process to end; return whether it has."""
        return self._gone.wait(timeout)

    def start(self) -> None:
        """Return once the engine answers, alone on its data.

        Raises:
            EngineError: The data are in use, are of a later version or damaged, or the
                program can't run; nothing is left running or locked.
        """
        self._start(port=None)

    def restart(self) -> None:
        """Start again on the same port and data, so that existing clients go on."""
        port = self._port
        self.stop()
        self._start(port=port)

    def stop(self) -> None:
        """Return once the process is gone and its data are free; may be called twice."""
        if self._process is not None:
            self._process.terminate()
            if not self._gone.wait(_STOP_SECONDS):
                self._process.kill()  # loses nothing: the log is replayed at the next start
                self._gone.wait()
            self._process = None
        if self._data:
            self._data.release()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def _start(self, *, port: int | None) -> None:
        if self._process is not None:
            raise EngineError("Le moteur est déjà démarré.", "The engine is already started.")
        try:
            if self._data:
                version = version_of(self._binary)
                self._data.claim()
                self._data.admit(version)
                self._launch(port)
                self._data.stamp(version)
            else:
                self._launch(port)
        except BaseException:
            self.stop()
            raise

    def _launch(self, port: int | None) -> None:
        for _ in range(_PORT_TRIES):
            self._port = port or _free_port()
            with tempfile.TemporaryFile() as log:
                self._process = self._spawn(log)
                said = self._await_ready(log)
            if said is None:
                if self._data:
                    self._data.note(self._process.pid)
                return
            self._gone.wait()
            self._process = None
            if "already in use" not in said:
                raise _refused(self._binary, said)
        raise _no_port()

    def _spawn(self, log: IO[bytes]) -> subprocess.Popen[bytes]:
        """Start the process in a thread that stays with it.

        The kernel takes the end of the *thread* that forked for the end of the parent.
        """
        leash = [sys.executable, "-I", "-S", "-c", _LEASH, str(os.getpid())]
        serve = [str(self._binary), "--host", _HOST, "--port", str(self._port)]
        if self._data:
            serve += ["--db-path", str(self._data.database)]
        kept_open = [self._data.lock] if self._data else []
        gone = self._gone = threading.Event()
        born: Future[subprocess.Popen[bytes]] = Future()

        def keep() -> None:
            try:
                process = subprocess.Popen(  # noqa: S603 (our own words)
                    [*leash, *serve],
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    pass_fds=kept_open,  # the lock lasts as long as the engine does
                    start_new_session=True,  # Ctrl-C is for us: we stop the engine last
                    umask=0o077,
                )
            except OSError as error:
                gone.set()
                born.set_exception(error)
                return
            born.set_result(process)
            process.wait()
            gone.set()

        threading.Thread(target=keep, name="engine-keeper", daemon=True).start()
        return born.result()

    def _await_ready(self, log: IO[bytes]) -> str | None:
        """Return None once it serves, or its last words.

        That the port answers is no proof: another engine may have taken it first.
        """
        listening = f"listening on {self.endpoint}"
        deadline = time.monotonic() + _READY_SECONDS
        while not self._gone.wait(0.004):
            if listening in _read(log) and _is_healthy(self._port):
                return None
            if time.monotonic() > deadline and self._process:
                self._process.kill()
        return _read(log)


def _read(log: IO[bytes]) -> str:
    """Read what was written so far; the place to write at is shared, so it isn't moved."""
    return os.pread(log.fileno(), 65536, 0).decode(errors="replace")


def _free_port() -> int:
    for port in random.SystemRandom().sample(_PORTS, 200):
        with socket.socket() as probe:
            try:
                probe.bind((_HOST, port))
            except OSError:
                continue
            return port
    raise _no_port()


def _no_port() -> EngineError:
    return EngineError(
        f"Aucun port libre pour le moteur sur {_HOST}.", f"No free port for the engine on {_HOST}."
    )


def _is_healthy(port: int) -> bool:
    connection = http.client.HTTPConnection(_HOST, port, timeout=2)
    try:
        connection.request("GET", "/")
        answer = connection.getresponse()
        return answer.status == http.client.OK and b"healthy" in answer.read()
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _refused(binary: Path, said: str) -> EngineError:
    words = said.strip() or "…"
    if "not a valid SQLite database" in said:
        return EngineError(
            "Le fichier de données est abîmé ; une sauvegarde est à remettre à sa place.",
            f"The data file is damaged; put a backup in its place.\n  {words}",
        )
    return EngineError(
        f"Le moteur de base de données ne démarre pas ({binary}).",
        f"The database engine does not start ({binary}).\n  {words}",
    )
