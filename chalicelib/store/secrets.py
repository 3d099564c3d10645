"""The installation's root key, kept as an encrypted parameter (SSM SecureString)."""

from __future__ import annotations

import base64
import binascii
from typing import Any

ROOT_BYTES = 32


def read_root_key(parameter: str, region: str) -> bytes:
    """Return the root key that a parameter of a region holds.

    Raises:
        ValueError: what it holds isn't a root key.
    """
    from botocore.config import Config  # noqa: PLC0415 - once in a process's life
    from botocore.session import get_session  # noqa: PLC0415

    config = Config(
        connect_timeout=1,
        read_timeout=3,
        retries={"total_max_attempts": 3, "mode": "standard"},
    )
    return root_key_from(get_session().create_client("ssm", region, config=config), parameter)


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
