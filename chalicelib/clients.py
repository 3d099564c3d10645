"""Clients of AWS: each is made once, when it is first used."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Any


class OneClient:
    """Called, returns the one client, made by the first call whatever thread that comes from."""

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._lock = threading.Lock()
        self._made: Any = None

    def __call__(self) -> Any:
        """Return the client."""
        with self._lock:  # botocore's making of clients is not thread-safe
            if self._made is None:
                self._made = self._make()
            return self._made
