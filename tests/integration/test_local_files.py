"""The files that an installation stands on: its root key, and the note of where it runs."""

from __future__ import annotations

import fcntl
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from local.installation import Folder
from local.root_key import LENGTH, root_key
from local.running import Run, current, last_url, note
from local.server import names
from local.telling import TroubleError

RUN = Run(pid=1, url="http://127.0.0.1:8000", engine="http://127.0.0.1:15000")


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    return tmp_path / "root.key"


def test_the_key_is_made_once_for_its_owner_alone(key_file: Path) -> None:
    made = root_key(key_file, may_make=True)

    assert len(made) == LENGTH
    assert root_key(key_file, may_make=True) == made
    assert root_key(key_file, may_make=False) == made
    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600
    assert list(key_file.parent.iterdir()) == [key_file]


def test_all_who_make_it_at_once_have_the_same(key_file: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = set(pool.map(lambda _: root_key(key_file, may_make=True), range(8)))

    assert len(made) == 1


def test_a_key_that_others_could_read_is_closed_to_them(key_file: Path) -> None:
    root_key(key_file, may_make=True)
    key_file.chmod(0o644)

    root_key(key_file, may_make=True)

    assert stat.S_IMODE(key_file.stat().st_mode) == 0o600


def test_a_key_that_is_gone_isnt_replaced_where_there_are_data(key_file: Path) -> None:
    with pytest.raises(TroubleError, match="sauvegarde"):
        root_key(key_file, may_make=False)
    assert not key_file.exists()


@pytest.mark.parametrize("damaged", ["", "no hex", "ab" * (LENGTH - 1), "é"])
def test_a_damaged_key_is_said_and_left_alone(key_file: Path, damaged: str) -> None:
    key_file.write_text(damaged)

    with pytest.raises(TroubleError, match="abîmée"):
        root_key(key_file, may_make=True)

    assert key_file.read_text() == damaged


def test_the_note_of_a_run_counts_while_that_run_holds_the_engines_lock(tmp_path: Path) -> None:
    file, lock = tmp_path / "running.json", tmp_path / "engine.lock"
    assert (current(file, lock), last_url(file)) == (None, None)
    note(file, RUN)
    lock.write_text(f"{RUN.pid} 4711")
    assert current(file, lock) is None  # nobody holds it: the run was killed, or has ended
    assert last_url(file) == RUN.url

    with lock.open("r+") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert current(file, lock) == RUN
        lock.write_text("4712")
        assert current(file, lock) is None  # a later run that isn't ready yet
        file.write_text("{}")
        assert current(file, lock) is None


def test_a_host_is_named_with_its_port_unless_it_is_the_usual_one() -> None:
    origins = ["http://127.0.0.1:8000", "http://localhost:80", "https://relais.example"]

    assert names(origins) == {
        "127.0.0.1:8000",
        "localhost",
        "localhost:80",
        "relais.example",
    }


# What the installation is at networks.


def test_registrations_stand_in_a_file_of_the_data_folder(tmp_path: Path) -> None:
    folder = Folder(tmp_path)
    assert folder.apps() == {}
    (tmp_path / "apps.json").write_text('{"facebook": {"id": "1", "secret": "s"}}')
    assert folder.apps() == {"facebook": {"id": "1", "secret": "s"}}
    (tmp_path / "apps.json").write_text("canary")
    with pytest.raises(TroubleError, match="apps") as refused:
        folder.apps()
    assert "canary" not in str(refused.value)
