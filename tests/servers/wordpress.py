"""A real WordPress on PHP's built-in server and SQLite."""

import os
import secrets
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import requests

from tests.servers.process import HERE, free_port, installation, require, running

TIMEOUT_SECONDS = 30.0


@dataclass(frozen=True, slots=True)
class WordPressUser:
    """A user of the site who can write by an application password."""

    username: str
    application_password: str


@dataclass(frozen=True, slots=True)
class WordPress:
    """A running site and its administrator."""

    base_url: str
    username: str
    application_password: str
    data: Path
    log: Path

    def posts(self, status: str = "any") -> list[dict[str, Any]]:
        """Return every post in that status, latest first, as the administrator edits them."""
        return self.read("posts", status=status, context="edit")

    def media(self) -> list[dict[str, Any]]:
        """Return every item of the media library, latest first."""
        return self.read("media", context="edit")

    def read(self, kind: str, **query: str) -> list[dict[str, Any]]:
        """Return every page of a list of `/wp/v2`."""
        found: list[dict[str, Any]] = []
        number, pages = 0, 1
        while number < pages:
            number += 1
            answer = requests.get(
                f"{self.base_url}/wp-json/wp/v2/{kind}",
                params={**query, "per_page": "100", "page": str(number)},
                auth=(self.username, self.application_password),
                timeout=TIMEOUT_SECONDS,
            )
            answer.raise_for_status()
            pages = int(answer.headers["X-WP-TotalPages"])
            found += answer.json()
        return found

    def new_user(self, role: str) -> WordPressUser:
        """Create a user in that role: contributor, subscriber, author, editor..."""
        name = f"{role}-{secrets.token_hex(4)}"
        return WordPressUser(name, run_php("user.php", name, role, env=self.environment()))

    def environment(self) -> dict[str, str]:
        """Return what the PHP scripts read from the environment."""
        return environment(self.base_url, self.data)


def environment(base_url: str, data: Path) -> dict[str, str]:
    """Return the environment the site and its scripts run in."""
    return {"WP_URL": base_url, "WP_ROOT": str(installation() / "wp"), "WP_DATA": f"{data}/"}


def run_php(script: str, *arguments: str, env: dict[str, str]) -> str:
    """Run one of the scripts in wp/ and return what it printed."""
    command = ["php", str(HERE / "wp" / script), *arguments]
    done = subprocess.run(
        command, check=False, capture_output=True, text=True, env={**os.environ, **env}
    )
    if done.returncode or not done.stdout:
        raise RuntimeError(f"{script} failed with {done.returncode}: {done.stdout}{done.stderr}")
    return done.stdout.strip()


@contextmanager
def wordpress_server(folder: Path) -> Iterator[WordPress]:
    """Run a fresh site inside the block; its administrator is `admin`."""
    root = installation() / "wp"
    require("WordPress", root, "php")
    port = free_port()
    base_url, data, log = f"http://127.0.0.1:{port}", folder / "data", folder / "wordpress.log"
    data.mkdir()
    env = environment(base_url, data)
    application_password = run_php("setup.php", env=env)
    # Two requests at once, as from two workers that race; files larger than PHP's default 2 MB.
    limits = ["-d", "upload_max_filesize=8M", "-d", "post_max_size=16M"]
    server = ["-S", f"127.0.0.1:{port}", "-t", str(root), str(HERE / "wp" / "router.php")]

    def is_ready() -> bool:
        try:
            answer = requests.get(f"{base_url}/wp-json/", timeout=TIMEOUT_SECONDS)
        except requests.ConnectionError:
            return False
        return answer.ok and "namespaces" in answer.json()

    with running(
        "wordpress",
        ["php", *limits, *server],
        log=log,
        is_ready=is_ready,
        env=env | {"PHP_CLI_SERVER_WORKERS": "4"},
    ):
        yield WordPress(base_url, "admin", application_password, data, log)
