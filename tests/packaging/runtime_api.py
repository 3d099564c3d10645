"""Lambda's Runtime API, as its documentation says, for a function that runs on this machine.

https://docs.aws.amazon.com/lambda/latest/dg/runtimes-api.html

The function is run by Amazon's own client of that API (awslambdaric), by an interpreter that
sees the unzipped package and the standard library, and nothing else of this machine.
"""

from __future__ import annotations

import importlib.metadata
import json
import queue
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import uuid4

CLIENT = ("awslambdaric", "snapshot_restore_py", "simplejson")
STARTS_WITHIN = 60.0
ANSWERS_WITHIN = 60.0
_VERSION = "/2018-06-01/runtime"


class FunctionFailed(Exception):
    """The function couldn't be loaded, raised, or died; the message holds its own words."""


@dataclass(frozen=True, slots=True)
class _Told:
    """What came from the function: `ready`, `response`, `error` or `ended`."""

    kind: str
    data: bytes = b""


@dataclass(slots=True)
class Function:
    """A running function."""

    told: queue.Queue[_Told] = field(default_factory=queue.Queue)
    events: queue.Queue[bytes | None] = field(default_factory=queue.Queue)
    log: Path = Path()
    seconds_to_start: float = 0.0

    def invoke(self, event: Any) -> Any:
        """Return what the function returns for an event.

        Raises:
            FunctionFailed: it raised or died.
        """
        self.events.put(json.dumps(event).encode())
        told = self.expect("response")
        assert self.expect("ready").kind == "ready"
        return json.loads(told.data)

    def expect(self, kind: str, within: float = ANSWERS_WITHIN) -> _Told:
        """Return what the function tells next, which must be of this kind."""
        try:
            told = self.told.get(timeout=within)
        except queue.Empty:
            raise FunctionFailed(f"nothing within {within:.0f} s\n{self.said}") from None
        if told.kind != kind:
            raise FunctionFailed(f"{told.kind}: {told.data.decode()}\n{self.said}")
        return told

    @property
    def said(self) -> str:
        """All that it has written."""
        return self.log.read_text(errors="replace") if self.log.exists() else ""


def install_client(folder: Path) -> None:
    """Copy Amazon's client into a folder of its own."""
    for name in CLIENT:
        distribution = importlib.metadata.distribution(name.replace("_", "-"))
        for file in distribution.files or ():
            if "__pycache__" in file.parts or ".." in file.parts:
                continue
            to = folder / str(file)
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(str(distribution.locate_file(file)), to)


@contextmanager
def running(
    handler: str, task: Path, client: Path, log: Path, environment: Mapping[str, str]
) -> Iterator[Function]:
    """Run a function inside the block: loaded when it begins, gone when it ends.

    Args:
        handler: As the template names it.
        task: The unzipped package.
        client: Where `install_client` has been.
        log: Where all that the function writes goes.
        environment: What it is given beside what Lambda gives.

    Raises:
        FunctionFailed: it couldn't be loaded.
    """
    function = Function(log=log)
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(function))
    server.daemon_threads = False
    serving = threading.Thread(target=server.serve_forever, args=(0.02,))
    serving.start()
    given = {
        **environment,
        "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{server.server_address[1]}",
        "LAMBDA_TASK_ROOT": str(task),
        "_HANDLER": handler,
        "PYTHONPATH": f"{task}:{client}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    begun = time.monotonic()
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-S", "-s", "-m", "awslambdaric", handler],
            cwd=task,
            env=given,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    watching = threading.Thread(target=_watch, args=(process, function))
    watching.start()
    try:
        function.expect("ready", STARTS_WITHIN)
        function.seconds_to_start = time.monotonic() - begun
        yield function
    finally:
        process.kill()
        watching.join()
        function.events.put(None)
        server.shutdown()
        serving.join()
        server.server_close()


def _watch(process: subprocess.Popen[bytes], function: Function) -> None:
    code = process.wait()
    function.told.put(_Told("ended", f"with {code}".encode()))


def _handler(function: Function) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            assert self.path == f"{_VERSION}/invocation/next", self.path
            function.told.put(_Told("ready"))
            event = function.events.get()
            if event is None:  # the function is gone
                self.close_connection = True
                return
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Lambda-Runtime-Aws-Request-Id", str(uuid4()))
            deadline = int((time.time() + ANSWERS_WITHIN) * 1000)
            self.send_header("Lambda-Runtime-Deadline-Ms", str(deadline))
            self.send_header("Lambda-Runtime-Invoked-Function-Arn", "arn:aws:lambda:relais")
            self.send_header("Content-Length", str(len(event)))
            self.end_headers()
            self.wfile.write(event)

        def do_POST(self) -> None:
            data = self._body()
            is_answer = self.path.endswith("/response")
            function.told.put(_Told("response" if is_answer else "error", data))
            self.send_response(202)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def _body(self) -> bytes:
            length = self.headers.get("Content-Length")
            if length is not None:
                return self.rfile.read(int(length))
            chunks = iter(lambda: self.rfile.read(int(self.rfile.readline(), 16) + 2)[:-2], b"")
            return b"".join(chunks)

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Say nothing."""

    return Handler
