"""Servers end with the test run, and those that don't start say why."""

import os
import select
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.servers.process import free_port, require, running, tail

ROOT = Path(__file__).parents[2]


def is_gone(pid: int) -> bool:
    """Tell whether the process has ended; a zombie its parent hasn't reaped yet has."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def wait_gone(pid: int) -> None:
    """Return once the process has ended."""
    if not is_gone(pid):
        descriptor = os.pidfd_open(pid)
        try:
            assert select.select([descriptor], [], [], 10)[0], f"process {pid} is still there"
        finally:
            os.close(descriptor)


def test_a_missing_server_skips_the_test(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv("RELAIS_REQUIRE_SERVERS", raising=False)

    with pytest.raises(pytest.skip.Exception, match="snac is not installed: run tests/servers"):
        require("snac", tmp_path / "absent")


def test_a_missing_server_fails_the_test_where_servers_are_required(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("RELAIS_REQUIRE_SERVERS", "1")

    with pytest.raises(pytest.fail.Exception, match="WordPress is not installed"):
        require("WordPress", tmp_path, "no-such-command")


def test_what_is_there_is_accepted(tmp_path: Path) -> None:
    require("The shell", tmp_path, "sh")


def test_a_server_that_ends_at_once_fails_the_test_with_its_log(tmp_path: Path) -> None:
    command = ["sh", "-c", "echo 'no room left' >&2; exit 3"]

    with (
        pytest.raises(pytest.fail.Exception, match=r"it ended with 3[^\n]*\nno room left"),
        running("it", command, log=tmp_path / "log", is_ready=lambda: False),
    ):
        pytest.fail("it was said to be ready")


def test_a_server_is_gone_with_its_children_after_the_block(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["sh", "-c", "sleep 600 & echo child $!; wait"]

    with running("it", command, log=log, is_ready=lambda: "child" in log.read_text()):
        child = int(log.read_text().split()[1])
        assert not is_gone(child)

    wait_gone(child)


def test_a_server_is_gone_when_the_test_run_is_killed(tmp_path: Path) -> None:
    log = tmp_path / "log"
    script = f"""
import pathlib, sys
from tests.servers.process import running
log = pathlib.Path({str(log)!r})
with running("it", ["sh", "-c", "echo child $$; exec sleep 600"], log=log,
             is_ready=lambda: "child" in log.read_text()):
    print("up", flush=True)
    sys.stdin.read()
"""
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as run:
        assert run.stdout is not None
        assert run.stdout.readline() == "up\n"
        server = int(log.read_text().split()[1])
        run.send_signal(signal.SIGKILL)

    wait_gone(server)


def test_the_environment_and_the_tail_are_those_asked_for(tmp_path: Path) -> None:
    log = tmp_path / "log"
    command = ["sh", "-c", 'for i in 1 2 3; do echo "$WORD $i"; done; exec sleep 600']

    with running(
        "it", command, log=log, is_ready=lambda: "3" in log.read_text(), env={"WORD": "mot"}
    ):
        assert tail(log, 2) == "mot 2\nmot 3"


def test_free_ports_are_below_those_of_outgoing_connections() -> None:
    assert all(15_000 <= free_port() < 32_000 for _ in range(20))
