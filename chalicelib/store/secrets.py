"""The installation's own secrets, kept as encrypted parameters (SSM SecureString)."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from chalicelib.publishing.ports import StoreUnclear

ROOT_BYTES = 32
_MISSING = "ParameterNotFound"


def read_root_key(parameter: str, region: str) -> bytes:
    """Return the root key that a parameter of a region holds.

    Raises:
        ValueError: what it holds isn't a root key.
    """
    return root_key_from(_client(region), parameter)


def read_apps(parameter: str, region: str) -> Mapping[str, Mapping[str, str]]:
    """Return what the installation is at networks: ``id`` and ``secret`` by name.

    A parameter that doesn't exist holds none.

    Raises:
        StoreUnclear: it can't be read now.
        ValueError: what it holds isn't such a JSON object.
    """
    return apps_from(_client(region), parameter)


def apps_from(client: Any, parameter: str) -> Mapping[str, Mapping[str, str]]:
    """Return what a parameter holds; see ``read_apps``."""
    from botocore.exceptions import BotoCoreError, ClientError  # noqa: PLC0415

    try:
        found = client.get_parameter(Name=parameter, WithDecryption=True)
    except (BotoCoreError, ClientError) as error:
        if isinstance(error, ClientError) and error.response["Error"]["Code"] == _MISSING:
            return {}
        raise StoreUnclear(type(error).__name__) from error
    return apps_of(found["Parameter"]["Value"], parameter)


def apps_of(text: str, place: str) -> Mapping[str, Mapping[str, str]]:
    """Return the registrations that a JSON text holds.

    Raises:
        ValueError: it isn't ``{"<name>": {"id": "…", "secret": "…"}}``; it isn't shown.
    """
    try:
        apps = json.loads(text)
        return {
            str(name): {"id": app["id"] + "", "secret": app["secret"] + ""}
            for name, app in apps.items()
        }
    except (ValueError, TypeError, KeyError, AttributeError):
        raise ValueError(f'{place} must hold {{"<name>": {{"id": "…", "secret": "…"}}}}') from None


def _client(region: str) -> Any:
    from botocore.config import Config  # noqa: PLC0415 - once in a process's life
    from botocore.session import get_session  # noqa: PLC0415

    config = Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"total_max_attempts": 3, "mode": "standard"},
    )
    return get_session().create_client("ssm", region, config=config)


def root_key_from(client: Any, parameter: str) -> bytes:
    """Return the root key that a parameter holds: Base64 of 32 bytes or more.

    Raises:
        ValueError: what it holds isn't a root key; it isn't shown.
    """
    value: str = client.get_parameter(Name=parameter, WithDecryption=True)["Parameter"]["Value"]
    try:
        key = base64.b64decode(value, validate=True)
    except binascii.Error:
        key = b""
    if len(key) < ROOT_BYTES:
        raise ValueError(f"{parameter} must hold {ROOT_BYTES} random bytes or more in Base64")
    return key
