"""Fixtures that give a test the whole application, running as a process of its own.

`start_relais()` starts it on a free port, on a copy of a data folder that holds the demo
firm: it is ready in a second, and the test may kill it. `run_local("link")` runs one of its
commands to the end. `shared_relais` is one run for all tests of this worker that only add
to it.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import requests

from tests.servers.process import LEASH

ROOT = Path(__file__).resolve().parent.parent
DEV_KEY = "a-key-of-the-tests-and-of-no-installation"
START_SECONDS = 60.0
STOP_SECONDS = 30.0
_READY = "Stop: Ctrl-C"
_LINK = re.compile(r"http://\S+/sign-in/\S+")
COMMAND = [sys.executable, "-m", "local"]


class Relais:
    """One run of the application."""

    def __init__(self, data: Path, environ: Mapping[str, str]) -> None:
        self.data = data
        self.dev_key = DEV_KEY
        self.said = ""
        self._environ = environment(data, environ)
        self._process = subprocess.Popen(
            ["sh", "-c", LEASH, "relais", *COMMAND],
            cwd=ROOT,
            env=self._environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            start_new_session=True,
        )
        self._ready = threading.Event()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._reader.start()
        self._watcher.start()

    @property
    def pid(self) -> int:
        """The process, which isn't the engine's."""
        return self._process.pid

    @property
    def base_url(self) -> str:
        """Where it is served."""
        return self.first_link.rpartition("/sign-in/")[0]

    @property
    def first_link(self) -> str:
        """The sign-in link that it printed."""
        found = _LINK.search(self.said)
        assert found, self.said
        return found[0]

    def sign_in_link(self) -> str:
        """Return a new sign-in link, had as a person has it."""
        done = run_local("link", data=self.data)
        found = _LINK.search(done.stdout)
        assert found, done.stdout + done.stderr
        return found[0]

    def wait_ready(self) -> None:
        """Return once it is served."""
        assert self._ready.wait(START_SECONDS), self.said
        assert self._process.poll() is None, self.said

    def wait_ended(self) -> int:
        """Return the exit code once it has ended."""
        code = self._process.wait(STOP_SECONDS)
        self._watcher.join(STOP_SECONDS)
        self._reader.join(STOP_SECONDS)
        return code

    def stop(self, number: int = signal.SIGINT) -> int:
        """Ask it to stop; return its exit code."""
        os.kill(self.pid, number)
        return self.wait_ended()

    def kill9(self) -> None:
        """Return once it is gone, having had no chance to tidy up."""
        os.kill(self.pid, signal.SIGKILL)
        self.wait_ended()

    def close(self) -> None:
        """Leave nothing behind."""
        if self._process.poll() is None:
            self.kill9()
        self._reader.join(STOP_SECONDS)
        assert self._process.stdout
        self._process.stdout.close()

    # Its API, as the demo's owner.

    def api(self, method: str, path: str, **how: Any) -> requests.Response:
        """Ask the API with the key of the demo's owner."""
        headers = {"Authorization": f"Bearer {self.dev_key}", **how.pop("headers", {})}
        url = f"{self.base_url}/api/v1{path}"
        return requests.request(method, url, headers=headers, timeout=30, **how)

    def read(self, path: str) -> Any:
        """Return what the API answers."""
        answer = self.api("GET", path)
        assert answer.status_code == 200, answer.text
        return answer.json()

    def _read(self) -> None:
        assert self._process.stdout
        for line in self._process.stdout:
            self.said += line
            if _READY in line:
                self._ready.set()

    def _watch(self) -> None:
        self._process.wait()
        assert self._process.stdin
        self._process.stdin.close()  # what holds the leash goes too, and with it the output ends
        self._ready.set()


def environment(data: Path, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment of a run: what the person who tests has set doesn't count."""
    inherited = {n: v for n, v in os.environ.items() if not n.startswith(("RELAIS_", "AWS_"))}
    if engine := os.environ.get("RELAIS_ENGINE"):
        inherited["RELAIS_ENGINE"] = engine
    own = {"PORT": "0", "RELAIS_DATA": str(data), "RELAIS_DEV_KEY": DEV_KEY}
    return {**inherited, **own, "PYTHONUNBUFFERED": "1", **environ}


def run_local(*arguments: str, data: Path, **environ: str) -> subprocess.CompletedProcess[str]:
    """Run a command of the application to its end."""
    return subprocess.run(
        [*COMMAND, *arguments],
        cwd=ROOT,
        env=environment(data, environ),
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=START_SECONDS,
        check=False,
    )


@pytest.fixture(scope="session")
def filled_data(engine_binary: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data folder that holds the demo firm, at rest; to be copied."""
    data = tmp_path_factory.mktemp("filled") / "data"
    relais = Relais(data, {})
    try:
        relais.wait_ready()
        assert relais.stop() == 0, relais.said
    finally:
        relais.close()
    return data


StartRelais = Callable[..., Relais]


@pytest.fixture
def start_relais(filled_data: Path, tmp_path: Path) -> Iterator[StartRelais]:
    """A function that starts the application; `data` is a copy of the demo's by default."""
    runs: list[Relais] = []

    def start(data: Path | None = None, **environ: str) -> Relais:
        if data is None:
            data = tmp_path / f"data-{len(runs)}"
            shutil.copytree(filled_data, data)
        relais = Relais(data, environ)
        runs.append(relais)
        relais.wait_ready()
        return relais

    yield start
    for relais in runs:
        relais.close()


@pytest.fixture(scope="session")
def shared_relais(filled_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Relais]:
    """The application, running for all tests of this worker: they add, and break nothing."""
    data = shutil.copytree(filled_data, tmp_path_factory.mktemp("shared") / "data")
    running = Relais(data, {})
    try:
        running.wait_ready()
        yield running
    finally:
        running.close()


@pytest.fixture
def relais(start_relais: StartRelais) -> Relais:
    """The application, running for this test alone."""
    return start_relais()
