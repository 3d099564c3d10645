"""What a world is made from, and how each piece of it is made: once, when first asked for."""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from threading import RLock
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from chalicelib.clock import Clock
from chalicelib.ids import Ids
from chalicelib.settings import Settings

if TYPE_CHECKING:
    from chalicelib.mail.transports import Transport
    from chalicelib.networks.contract import Network
    from chalicelib.publishing.ports import Queue
    from chalicelib.store.connection import Store
    from chalicelib.workspaces.ports import Bucket

Piece = TypeVar("Piece")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What differs between the cloud, one machine and a test; each is made when it is needed."""

    settings: Settings
    clock: Clock
    ids: Ids
    store: Callable[[], Store]
    root_key: Callable[[], bytes]
    queue: Callable[[], Queue]
    bucket: Callable[[], Bucket]
    transport: Callable[[], Transport]
    apps: Callable[[], Mapping[str, Mapping[str, str]]] = dict
    """Reads what this installation is at the networks where it is registered: ``id`` and
    ``secret`` by name."""
    find_network: Callable[[str], Network] | None = None
    """None: the registry's own."""
    wait: Callable[[timedelta], None] = lambda pause: time.sleep(pause.total_seconds())
    choose_shard: Callable[[int], int] = random.randrange


class WithParts:
    """What every area of the world starts from."""

    def __init__(self, parts: Parts) -> None:
        self.parts = parts
        self.settings = parts.settings
        self.clock = parts.clock
        self.ids = parts.ids
        self.making = RLock()
        """Held while a piece is made; reentrant, since most are made of others."""


class Once(Generic[Piece]):
    """A piece that a world makes when it is first asked for, and never twice.

    ``functools.cached_property`` has no lock from Python 3.12 on: two threads would each make
    one. This has the world's own, and only until the piece is made: it then stands in the
    world's ``__dict__``, which is looked at first.
    """

    def __init__(self, make: Callable[[Any], Piece]) -> None:
        self._make = make
        self.__doc__ = make.__doc__

    def __set_name__(self, owner: type[WithParts], name: str) -> None:
        self._name = name

    def __get__(self, world: WithParts, owner: type[WithParts]) -> Piece:
        made = vars(world)
        with world.making:
            if self._name not in made:
                made[self._name] = self._make(world)
            piece: Piece = made[self._name]
        return piece
