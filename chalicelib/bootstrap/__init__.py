"""The one composition root: what this process is made of, each piece when first asked for.

A function of the package loads what it needs and no more: the minute's tick never imports
the networks, and only who needs the root key reads it.

Each area is a class of its own, over those whose pieces it needs: store, networks, publishing,
people. ``World`` is all of them; a new area inherits what it stands on and joins ``World``.
"""

from __future__ import annotations

import os
from threading import Lock

from chalicelib.bootstrap.cloud import cloud_parts, mail_transport
from chalicelib.bootstrap.parts import Parts
from chalicelib.bootstrap.people import WithPeople
from chalicelib.settings import load

__all__ = ["Parts", "World", "cloud_parts", "mail_transport", "use", "world"]


class World(WithPeople):
    """Everything that handlers and routes call."""


class _Process:
    """The world of this process."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.world: World | None = None


_process = _Process()


def world() -> World:
    """Return the world of this process, made from its environment at the first call."""
    with _process.lock:
        if _process.world is None:
            _process.world = World(cloud_parts(load(os.environ)))
        return _process.world


def use(given: World | None) -> None:
    """Use this world from now on; None: make it anew at the next call."""
    with _process.lock:
        _process.world = given
