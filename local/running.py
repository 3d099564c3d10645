"""Whether this installation runs already, and where; who else has its port."""

from __future__ import annotations

import errno
import fcntl
import http.client
import json
import os
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass
from pathlib import Path

from local.server import HOST, reserve
from local.telling import TroubleError

_LISTENS = "0A"
"""A state in /proc/net/tcp, see proc_net_tcp in the kernel's documentation."""
_HEALTH = "/api/v1/health"


@dataclass(frozen=True, slots=True)
class Run:
    """A run of the installation."""

    pid: int
    url: str
    engine: str
    """The address of its database engine."""


def note(file: Path, run: Run) -> None:
    """Leave a note of the run beside its data; it stays when the run ends."""
    part = file.with_name(f"{file.name}.{os.getpid()}")
    part.write_text(json.dumps(asdict(run)), encoding="utf-8")
    part.replace(file)


def current(file: Path, lock: Path) -> Run | None:
    """Return the run that has the data now; None if there is none, or it isn't ready yet.

    The note may be of an earlier run: only the engine's lock, and whose it is, counts.
    """
    holder = _holder(lock)
    with suppress(OSError, ValueError, TypeError):
        run = Run(**json.loads(file.read_text(encoding="utf-8")))
        return run if run.pid == holder else None
    return None


def last_url(file: Path) -> str | None:
    """Return where the last run was reached."""
    with suppress(OSError, ValueError, KeyError):
        return str(json.loads(file.read_text(encoding="utf-8"))["url"])
    return None


def port_of(text: str) -> int:
    """Return the port that a person chose; 0 stands for any free one.

    Raises:
        TroubleError: It is no port.
    """
    if re.fullmatch(r"\d{1,5}", text) and int(text) < 1 << 16:
        return int(text)
    raise TroubleError(
        f"PORT={text} n'est pas un port : il faut un nombre, comme 8001.",
        f"PORT={text} is no port: it takes a number, such as 8001.",
    )


def take(port: int) -> socket.socket:
    """Take the port to serve on.

    Raises:
        TroubleError: It can't be had; the message names who has it, and says what to do.
    """
    try:
        return reserve(port)
    except PermissionError as error:
        raise TroubleError(
            f"Le port {port} est réservé au système. Essayez : PORT=8001 make run",
            f"Port {port} is reserved to the system. Try: PORT=8001 make run",
        ) from error
    except OSError as error:
        if error.errno != errno.EADDRINUSE:
            raise
        raise _in_use(port) from error


def _in_use(port: int) -> TroubleError:
    other = 8001 if port != 8001 else 8002
    who = _named(port)
    if _is_relais(port):
        second = f"PORT={other} RELAIS_DATA=.relais-2 make run"
        return TroubleError(
            f"Relais tourne déjà sur http://{HOST}:{port}{who and f', processus {who}'}.\n"
            f"Un lien pour y entrer : make link · Un second Relais : {second}",
            f"Relais already runs on http://{HOST}:{port}{who and f', process {who}'}.\n"
            f"A link to sign in: make link · A second Relais: {second}",
        )
    return TroubleError(
        f"Le port {port} est déjà pris{who and f' par le processus {who}'}. "
        f"Essayez : PORT={other} make run",
        f"Port {port} is already in use{who and f' by process {who}'}. Try: PORT={other} make run",
    )


def _is_relais(port: int) -> bool:
    connection = http.client.HTTPConnection(HOST, port, timeout=1)
    try:
        connection.request("GET", _HEALTH)
        return bool(json.loads(connection.getresponse().read(200)) == {"ok": True})
    except (OSError, ValueError, http.client.HTTPException):
        return False
    finally:
        connection.close()


def _holder(lock: Path) -> int | None:
    """Return the process that holds a lock, as it wrote there itself."""
    try:
        descriptor = os.open(lock, os.O_RDWR | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return int((os.pread(descriptor, 64, 0).split() or [b"0"])[0])
    else:
        return None
    finally:
        os.close(descriptor)


def _named(port: int) -> str:
    """Return the number and command of who listens on a port, as far as it can be seen."""
    pid = _listener(port)
    if pid is None:
        return ""
    with suppress(OSError):
        words = Path("/proc", str(pid), "cmdline").read_bytes().replace(b"\0", b" ")
        return f"{pid} ({words.decode(errors='replace').strip()[:80]})"
    return str(pid)


def _listener(port: int) -> int | None:
    with suppress(OSError):
        sockets = {f"socket:[{inode}]" for inode in _inodes(port)}
        for descriptor in Path("/proc").glob("[0-9]*/fd/*"):
            with suppress(OSError):
                if str(descriptor.readlink()) in sockets:
                    return int(descriptor.parts[2])
    return None


def _inodes(port: int) -> Iterator[str]:
    for table in ("tcp", "tcp6"):
        for line in Path("/proc/net", table).read_text(encoding="ascii").splitlines()[1:]:
            columns = line.split()
            if columns[3] == _LISTENS and int(columns[1].rpartition(":")[2], 16) == port:
                yield columns[9]
