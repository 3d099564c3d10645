"""Reads the address of a server as people type it."""

from __future__ import annotations

from urllib.parse import urlsplit

from chalicelib.publishing.outcomes import Rejected

_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_PORT_OF = {"http": 80, "https": 443}


def server_address(typed: str, field: str, *, keep_path: bool = False) -> str:
    """Return ``https://host[:port][/path]`` without a final slash.

    ``exemple.fr``, ``https://exemple.fr/`` and ``@me@exemple.fr`` are understood. Plain
    http is taken for a server on this very machine only, since a password goes there.

    Raises:
        Rejected: it is no such address; ``reason`` is ``field``.
    """
    text = typed.strip()
    if "://" not in text:
        text = "https://" + text.rsplit("@", 1)[-1]
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError as error:
        raise Rejected("not an address", field) from error
    if not _is_usable(parts.scheme, host) or parts.username is not None:
        raise Rejected("not the address of an https server", field)
    name = f"[{host}]" if ":" in host else host
    shown_port = "" if port in {None, _PORT_OF[parts.scheme]} else f":{port}"
    path = parts.path.rstrip("/") if keep_path else ""
    return f"{parts.scheme}://{name}{shown_port}{path}"


def host_of(address: str) -> str:
    """Return the host (and port, if it isn't the usual one) of an address."""
    return urlsplit(address).netloc


def is_web_address(text: str) -> bool:
    """Say whether a text is a whole http(s) address without blanks or credentials."""
    try:
        parts = urlsplit(text)
        host = parts.hostname
    except ValueError:
        return False
    is_whole = parts.scheme in _PORT_OF and bool(host) and parts.username is None
    return is_whole and not any(c.isspace() for c in text)


def _is_usable(scheme: str, host: str) -> bool:
    if scheme == "https":
        return bool(host) and ("." in host or ":" in host or host in _LOOPBACK)
    return scheme == "http" and host in _LOOPBACK
