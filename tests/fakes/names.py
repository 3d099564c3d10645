"""A resolver that knows some names, and nothing else of the world."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field


@dataclass
class Names:
    """A resolver that knows these names, and counts how often it is asked."""

    known: dict[str, list[str]]
    asked: list[str] = field(default_factory=list)

    def __call__(self, host: str, port: int) -> list[str]:
        self.asked.append(host)
        if host not in self.known:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        return self.known[host]
