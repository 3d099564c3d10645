"""The local engine with data on disk: nothing acknowledged is lost, nothing is used twice."""

from __future__ import annotations

import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from local.engine import Engine, EngineError, backup
from tests.dynamodb_contract import ContractTable, create_contract_table, dynamodb_client
from tests.engine_fixtures import ROOT, DiskEngine, OnDisk

WRITERS = 4
ROUNDS = 3
WRITES_BEFORE_KILL = 60


def table_on(engine: Engine, *, new: bool = True) -> ContractTable:
    client = dynamodb_client(engine.endpoint)
    return create_contract_table(client, "posts") if new else ContractTable(client, "posts")


def until(condition: Callable[[], bool]) -> None:
    """Wait for a condition of the machine, at most ten seconds."""
    deadline = time.monotonic() + 10
    while not condition():
        assert time.monotonic() < deadline, "still not so after 10 s"


def is_alive(pid: int) -> bool:
    """Whether a process runs; one that only waits to be counted out doesn't."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0]
    except FileNotFoundError:
        return False
    return state != "Z"


def version_of_data(data: Path) -> str:
    return (data / "engine.version").read_text().strip()


class Writers:
    """Threads that write pairs of items, one transaction each, until their engine is gone."""

    def __init__(self, table: ContractTable, name: str) -> None:
        self.acknowledged: list[str] = []
        self._table = table
        self._threads = [
            threading.Thread(target=self._write, args=(f"{name}-{number}",))
            for number in range(WRITERS)
        ]

    def _write(self, name: str) -> None:
        number = 0
        while True:
            pk = f"{name}-{number}"
            due = {"due_shard": "all", "due_at": "1"}
            try:
                self._table.transact(
                    ("Put", {"Item": {"pk": pk, "sk": "0", **due}}),
                    ("Put", {"Item": {"pk": pk, "sk": "twin"}}),
                )
            except (BotoCoreError, ClientError):
                return
            self.acknowledged.append(pk)
            number += 1

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def join(self) -> None:
        for thread in self._threads:
            thread.join(timeout=60)
            assert not thread.is_alive()


def everything(table: ContractTable) -> set[tuple[str, str]]:
    pages = table.client.get_paginator("scan").paginate(TableName=table.name, ConsistentRead=True)
    return {(item["pk"], item["sk"]) for page in pages for item in page["Items"]}


def in_index(table: ContractTable) -> set[str]:
    found: set[str] = set()
    more: dict[str, Any] = {}
    while True:
        page = table.due("all", **more)
        found |= {item["pk"] for item in page["Items"]}
        if "LastEvaluatedKey" not in page:
            return found
        more = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def test_a_kill_loses_no_acknowledged_write(engine_on_disk: OnDisk, tmp_path: Path) -> None:
    engine = engine_on_disk(tmp_path / "data")
    table = table_on(engine)
    acknowledged: list[str] = []
    for number in range(ROUNDS):
        writers = Writers(table, f"round-{number}")
        writers.start()
        until(lambda w=writers: len(w.acknowledged) >= WRITES_BEFORE_KILL)  # type: ignore[misc]
        engine.kill9()
        writers.join()
        acknowledged += writers.acknowledged
        engine.restart()

    stored = everything(table)
    assert {(pk, sk) for pk in acknowledged for sk in ("0", "twin")} <= stored
    assert {pk for pk, sk in stored if sk == "0"} == {pk for pk, sk in stored if sk == "twin"}
    assert in_index(table) == {pk for pk, _ in stored}
    engine.stop()
    with closing(sqlite3.connect(engine.data_dir / "engine.db")) as database:
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    table.client.close()


def test_clients_go_on_after_a_restart(engine_on_disk: OnDisk, tmp_path: Path) -> None:
    engine = engine_on_disk(tmp_path)
    table = table_on(engine)
    endpoint = engine.endpoint
    table("put_item", Item={"pk": "a", "sk": "0"})
    engine.kill9()
    with pytest.raises(BotoCoreError):
        table.get("a")
    engine.restart()
    assert (engine.endpoint, table.get("a")) == (endpoint, {"pk": "a", "sk": "0"})
    table.client.close()


def test_a_second_engine_on_the_same_data_is_refused(
    engine_on_disk: OnDisk, tmp_path: Path
) -> None:
    engine = engine_on_disk(tmp_path / "data")
    with pytest.raises(EngineError, match=f"process {os.getpid()} .*RELAIS_DATA"):
        engine_on_disk(tmp_path / "data")
    assert engine.is_running
    engine.stop()
    assert engine_on_disk(tmp_path / "data").is_running


PARENT = """
import sys, time
from pathlib import Path
from local.engine import Engine
engine = Engine(Path(sys.argv[1]), Path(sys.argv[2]))
engine.start()
print(engine.pid, flush=True)
time.sleep(60)
"""


only_linux = pytest.mark.skipif(
    sys.platform != "linux", reason="only Linux tells a child of its parent's end"
)


@contextmanager
def parent_to_kill(binary: Path, data: Path) -> Iterator[int]:
    """Run a process that starts an engine, give the engine's pid, kill the process after."""
    command = [sys.executable, "-c", PARENT, str(binary), str(data)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        yield pid
        parent.send_signal(signal.SIGKILL)


@only_linux
def test_the_engine_ends_with_a_parent_that_is_killed(
    engine_on_disk: OnDisk, engine_binary: Path, tmp_path: Path
) -> None:
    with parent_to_kill(engine_binary, tmp_path / "data") as pid:
        pass
    successor = engine_on_disk(tmp_path / "data")
    until(lambda: not is_alive(pid))
    assert successor.is_running


@only_linux
def test_an_engine_left_alone_still_holds_its_data(
    engine_on_disk: OnDisk, engine_binary: Path, tmp_path: Path
) -> None:
    with parent_to_kill(engine_binary, tmp_path / "data") as pid:
        os.kill(pid, signal.SIGSTOP)  # it can't end yet
    try:
        with pytest.raises(EngineError, match=f"already in use by process {pid} "):
            engine_on_disk(tmp_path / "data")
    finally:
        os.kill(pid, signal.SIGCONT)
    assert engine_on_disk(tmp_path / "data").is_running


def test_the_engine_outlives_the_thread_that_started_it(
    engine_on_disk: OnDisk, tmp_path: Path
) -> None:
    started: list[DiskEngine] = []
    starter = threading.Thread(target=lambda: started.append(engine_on_disk(tmp_path)))
    starter.start()
    starter.join()
    assert not started[0].wait(timeout=0.3)


def test_an_interrupt_from_the_keyboard_does_not_reach_the_engine(engine: Engine) -> None:
    assert os.getpgid(engine.pid) != os.getpgid(0)


def test_data_are_for_their_owner_only(engine_on_disk: OnDisk, tmp_path: Path) -> None:
    engine = engine_on_disk(tmp_path / "data")
    table = table_on(engine)
    backup(engine.data_dir / "engine.db", tmp_path / "copies" / "one.db")
    files = [engine.data_dir, *engine.data_dir.glob("engine.db*"), *tmp_path.glob("copies/*.db")]
    assert len(files) == 5
    assert {stat.S_IMODE(file.stat().st_mode) & 0o077 for file in files} == {0}
    table.client.close()


def test_a_backup_made_while_it_runs_is_whole(engine_on_disk: OnDisk, tmp_path: Path) -> None:
    engine = engine_on_disk(tmp_path / "data")
    table = table_on(engine)
    for number in range(50):
        table("put_item", Item={"pk": str(number), "sk": "0"})
    copy = tmp_path / "copies" / "one.db"
    backup(engine.data_dir / "engine.db", copy)
    table("put_item", Item={"pk": "later", "sk": "0"})
    table.client.close()
    engine.stop()
    assert list(copy.parent.iterdir()) == [copy]
    with closing(sqlite3.connect(copy)) as opened:  # no log is needed beside it
        assert opened.execute("PRAGMA journal_mode").fetchone() == ("delete",)

    restored = tmp_path / "restored"
    restored.mkdir()
    shutil.copy(copy, restored / "engine.db")
    table = table_on(engine_on_disk(restored), new=False)
    assert everything(table) == {(str(number), "0") for number in range(50)}
    table.client.close()


def test_data_of_a_later_engine_are_refused(engine_on_disk: OnDisk, tmp_path: Path) -> None:
    engine_on_disk(tmp_path).stop()
    (tmp_path / "engine.version").write_text("99.0.0\n")
    with pytest.raises(EngineError, match=r"written by engine 99\.0\.0"):
        engine_on_disk(tmp_path)
    (tmp_path / "engine.version").write_text("1.2.1\n")  # the refusal left nothing locked
    assert engine_on_disk(tmp_path).is_running


@pytest.mark.parametrize("old", ["1.1.9", None])
def test_data_of_an_earlier_engine_are_backed_up_first(
    engine_on_disk: OnDisk, tmp_path: Path, old: str | None
) -> None:
    engine = engine_on_disk(tmp_path)
    current = version_of_data(tmp_path)
    table_on(engine).client.close()
    engine.stop()
    stamp = tmp_path / "engine.version"
    if old:
        stamp.write_text(f"{old}\n")
    else:
        stamp.unlink()
    engine.restart()
    assert version_of_data(tmp_path) == current
    name = f"before-{current}-from-{old or 'unknown'}.db"
    assert [file.name for file in (tmp_path / "backups").iterdir()] == [name]
    engine.restart()
    assert len(list((tmp_path / "backups").iterdir())) == 1


def test_damaged_data_are_said_to_be(engine_on_disk: OnDisk, tmp_path: Path) -> None:
    (tmp_path / "engine.version").write_text("1.2.1\n")
    (tmp_path / "engine.db").write_bytes(b"no database" * 1000)
    with pytest.raises(EngineError, match="data file is damaged"):
        engine_on_disk(tmp_path)


def test_a_folder_with_spaces_and_accents_serves(engine_on_disk: OnDisk, tmp_path: Path) -> None:
    engine = engine_on_disk(tmp_path / "dossier à moi" / "100 % #1?")
    table_on(engine).client.close()
    backup(engine.data_dir / "engine.db", tmp_path / "copie é.db")
    assert (tmp_path / "copie é.db").exists()
