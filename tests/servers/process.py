"""Server processes that live as long as a test run and no longer."""

import functools
import os
import random
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

HERE = Path(__file__).parent

READY_SECONDS = 60.0
PROBE_INTERVAL_SECONDS = 0.05
TAIL_LINES = 30

# Below the range Linux gives to outgoing connections (32768 and up), so that no connection of
# another process takes the port between our choice and the server's bind.
PORTS = range(15_000, 32_000)

# Runs a command as the leader of its process group, beside a watcher that ends the whole group when
# our end of standard input closes: a test run that is killed leaves no server behind.
LEASH = 'exec 3<&0; (read -r line <&3; kill -KILL 0) & exec "$@" 3<&- </dev/null'


def free_port() -> int:
    """Return a loopback TCP port that nothing listens on."""
    for port in random.SystemRandom().sample(PORTS, 200):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise RuntimeError(f"no free port found between {PORTS.start} and {PORTS.stop}")


@functools.cache
def installation() -> Path:
    """Return the folder install.sh installs into, whether it exists or not."""
    shell = 'set -e; . "$1"; printf %s "$S"'
    command = ["bash", "-c", shell, "lib", str(HERE / "lib.sh")]
    return Path(subprocess.run(command, check=True, capture_output=True, text=True).stdout)


def require(name: str, *parts: Path | str) -> None:
    """Skip the test unless every part (a file, or a command's name) is there.

    Under `RELAIS_REQUIRE_SERVERS=1`, as in CI, what is missing is a failure.
    """
    if all(part.exists() if isinstance(part, Path) else shutil.which(part) for part in parts):
        return
    message = f"{name} is not installed: run tests/servers/install.sh"
    if os.environ.get("RELAIS_REQUIRE_SERVERS") == "1":
        pytest.fail(message, pytrace=False)
    pytest.skip(message)


def tail(log: Path, lines: int = TAIL_LINES) -> str:
    """Return the last lines of a log."""
    return "\n".join(log.read_text(errors="replace").splitlines()[-lines:])


@contextmanager
def running(
    name: str,
    command: Sequence[str],
    *,
    log: Path,
    is_ready: Callable[[], bool],
    env: Mapping[str, str] | None = None,
) -> Iterator[None]:
    """Run a server inside the block: ready when it begins, gone with its children when it ends.

    A server that ends or isn't ready within a minute fails the test with the end of its log.
    """
    with log.open("wb") as output:
        process = subprocess.Popen(
            ["sh", "-c", LEASH, name, *command],
            stdin=subprocess.PIPE,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(env or {})},
            start_new_session=True,
        )
    try:
        wait_ready(name, process, is_ready, log)
        yield
    finally:
        # Nothing of its data is kept, so there is nothing to let it finish.
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate()


def wait_ready(
    name: str, process: subprocess.Popen[bytes], is_ready: Callable[[], bool], log: Path
) -> None:
    """Return once the server answers; fail the test when it ended or takes too long."""
    deadline = time.monotonic() + READY_SECONDS
    while process.poll() is None:
        if is_ready():
            return
        if time.monotonic() > deadline:
            message = f"{name} was not ready after {READY_SECONDS:.0f} s"
            pytest.fail(f"{message}; the end of its log:\n{tail(log)}", pytrace=False)
        time.sleep(PROBE_INTERVAL_SECONDS)
    message = f"{name} ended with {process.returncode} before it was ready"
    pytest.fail(f"{message}; the end of its log:\n{tail(log)}", pytrace=False)
