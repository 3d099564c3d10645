"""snac: a real server of the Mastodon client API."""

import json
import re
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers.process import free_port, installation, require, running

TIMEOUT_SECONDS = 15.0


@dataclass(frozen=True, slots=True)
class SnacUser:
    """A user of the server, signed in."""

    login: str
    password: str
    token: str


@dataclass(frozen=True, slots=True)
class Snac:
    """A running snac. Its Host must be the one in `base_url`."""

    base_url: str
    relais: SnacUser
    zoe: SnacUser
    program: Path
    data: Path
    log: Path

    def statuses(self, token: str) -> list[dict[str, Any]]:
        """Return what the token's account has published, latest first."""
        headers = {"Authorization": f"Bearer {token}"}
        me = requests.get(
            f"{self.base_url}/api/v1/accounts/verify_credentials",
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        )
        me.raise_for_status()
        answer = requests.get(
            f"{self.base_url}/api/v1/accounts/{me.json()['id']}/statuses",
            headers=headers,
            timeout=TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        statuses: list[dict[str, Any]] = answer.json()
        return statuses

    def new_user(self, login: str) -> SnacUser:
        """Create and sign in a user of its own for a test; logins are letters and digits."""
        return sign_in(self.base_url, login, add_user(self.program, self.data, login))


def add_user(program: Path, data: Path, login: str) -> str:
    """Create a user and return its password."""
    said = subprocess.run(
        [program, "adduser", data, login],
        check=True,
        capture_output=True,
        text=True,
        stdin=subprocess.DEVNULL,
    )
    found = re.search(r"^User password is (\S+)$", said.stdout + said.stderr, re.MULTILINE)
    if found is None:
        raise RuntimeError(f"snac named no password for {login}: {said.stdout}{said.stderr}")
    return found.group(1)


def sign_in(base_url: str, login: str, password: str) -> SnacUser:
    """Return the user with a token, had by snac's own short way."""
    answer = requests.post(
        f"{base_url}/oauth/x-snac-get-token",
        data={"login": login, "passwd": password},
        timeout=TIMEOUT_SECONDS,
    )
    answer.raise_for_status()
    return SnacUser(login, password, answer.text.strip())


def create_data(program: Path, data: Path, port: int) -> None:
    """Initialise the server's folder: plain HTTP on the loopback, short waits between its users."""
    subprocess.run(
        [program, "init", data],
        check=True,
        capture_output=True,
        text=True,
        input=f"127.0.0.1\n{port}\nlocalhost:{port}\n\n\n",
    )
    settings = data / "server.json"
    wanted = {"protocol": "http", "queue_timeout": 2, "queue_timeout_2": 3}
    # With the default 4 threads two users of the same server block each other.
    wanted["num_threads"] = 16
    settings.write_text(json.dumps(json.loads(settings.read_text()) | wanted, indent=4))


@contextmanager
def snac_server(folder: Path) -> Iterator[Snac]:
    """Run snac inside the block, with the users relais and zoe."""
    program = installation() / "snac/usr/bin/snac"
    require("snac", program)
    port = free_port()
    base_url, data, log = f"http://localhost:{port}", folder / "data", folder / "snac.log"
    create_data(program, data, port)
    passwords = {login: add_user(program, data, login) for login in ("relais", "zoe")}

    def is_ready() -> bool:
        try:
            return requests.get(f"{base_url}/api/v1/instance", timeout=TIMEOUT_SECONDS).ok
        except requests.ConnectionError:
            return False

    with running("snac", [str(program), "httpd", str(data)], log=log, is_ready=is_ready):
        users = [sign_in(base_url, login, password) for login, password in passwords.items()]
        yield Snac(base_url, users[0], users[1], program, data, log)
