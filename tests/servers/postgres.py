"""A PostgreSQL server of a test's own, for the real servers that keep their data in one."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.process import free_port, installation, require, running

VERSION = "15"
NOBODY = 65534
SUPERUSER = "tests"


@contextmanager
def postgres_server() -> Iterator[str]:
    """Run an empty server inside the block; return the address of its one database.

    It refuses to run as root: then it runs as nobody, out of a copy that nobody may read.
    """
    files = installation() / "postgres"
    require("PostgreSQL", files)
    with tempfile.TemporaryDirectory(prefix="relais-postgres-") as made:
        folder, as_whom = Path(made), list[str]()
        if os.geteuid() == 0:
            files = shutil.copytree(files, folder / "files", symlinks=True)
            as_whom = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
            folder.chmod(0o755)
        with _server(files, folder, as_whom) as address:
            yield address


@contextmanager
def _server(files: Path, folder: Path, as_whom: list[str]) -> Iterator[str]:
    programs = files / f"usr/lib/postgresql/{VERSION}/bin"
    home, data = folder / "home", folder / "home/data"
    home.mkdir()
    if as_whom:
        os.chown(home, NOBODY, NOBODY)
    (library,) = files.glob("usr/lib/*/libpq.so.5")
    env = {"LD_LIBRARY_PATH": str(library.parent), "LC_ALL": "C.UTF-8"}
    create = [programs / "initdb", "-D", data, "-A", "trust", "-U", SUPERUSER, "--no-sync"]
    subprocess.run(
        [*as_whom, *map(str, create)],
        check=True,
        cwd=home,
        env={**os.environ, **env},
        stdout=subprocess.DEVNULL,
    )
    port = free_port()
    settings = {
        "listen_addresses": "127.0.0.1",
        "unix_socket_directories": str(home),
        "fsync": "off",
        # In its own folder, which goes with it even if it is killed.
        "dynamic_shared_memory_type": "mmap",
    }
    options = [word for name, value in settings.items() for word in ("-c", f"{name}={value}")]
    serve = [str(programs / "postgres"), "-D", str(data), "-p", str(port), *options]

    def is_ready() -> bool:
        # https://www.postgresql.org/docs/15/storage-file-layout.html; its last line is its state.
        lock = data / "postmaster.pid"
        return lock.exists() and lock.read_text().rstrip().endswith("ready")

    log = folder / "postgres.log"
    with running("postgres", [*as_whom, *serve], log=log, is_ready=is_ready, env=env):
        yield f"postgresql://{SUPERUSER}@127.0.0.1:{port}/postgres"
        # Killed, it would leave a shared memory segment behind.
        stop = [str(programs / "pg_ctl"), "stop", "-m", "immediate", "-D", str(data)]
        subprocess.run([*as_whom, *stop], check=True, cwd=home, stdout=subprocess.DEVNULL)
