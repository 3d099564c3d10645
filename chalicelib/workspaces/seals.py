"""Sealing: MACs under the installation's root key, a key of its own for each purpose."""

from __future__ import annotations

import base64
import hashlib
import hmac


class Seals:
    """Makes MACs that nobody without the root key can make.

    Whoever can write to the store still can't make a session or a cursor that holds.
    """

    def __init__(self, root_key: bytes) -> None:
        if len(root_key) < 32:
            raise ValueError("a root key has at least 32 bytes")
        self._root = root_key

    def mac(self, purpose: str, text: str) -> str:
        """Return 256 bits of HMAC-SHA-256, URL-safe; equal only for equal purpose and text."""
        key = hmac.digest(self._root, b"relais/seal/" + purpose.encode(), hashlib.sha256)
        digest = hmac.digest(key, text.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(digest).decode().rstrip("=")

    def holds(self, purpose: str, text: str, mac: str) -> bool:
        """Say, in time that doesn't depend on it, whether ``mac`` was made here for this."""
        return hmac.compare_digest(self.mac(purpose, text).encode(), mac.encode())
