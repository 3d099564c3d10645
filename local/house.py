"""What runs beside the engine: the server, the workers, the ticks, all of one world."""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from datetime import timedelta
from types import TracebackType
from typing import Self

from app import app
from chalicelib import bootstrap, jobs
from chalicelib.api import services
from chalicelib.clock import SystemClock
from local import demo
from local.clock import HOUR, MINUTE, Job, Ticks
from local.engine import Engine
from local.gateway import Gateway
from local.installation import (
    ROOT,
    Folder,
    bucket_of,
    log_into,
    settings_of,
    store_of,
    world_of,
)
from local.pages import Pages
from local.queue import LocalQueue
from local.running import Run, note
from local.server import HOST, Server, Site, names
from local.uploading import MediaDesk

_TICK_WITHIN = timedelta(seconds=5)


class House:
    """Everything but the engine; a context manager that opens and closes it.

    Args:
        environ: What the person set.
        folder: Where everything is kept.
        key: The root key.
        engine: The database engine, started.
        taken: The socket to serve on.
    """

    def __init__(
        self,
        environ: Mapping[str, str],
        *,
        folder: Folder,
        key: bytes,
        engine: Engine,
        taken: socket.socket,
    ) -> None:
        log_into(folder.path / "relais.log")
        clock = SystemClock()
        local_url = f"http://{HOST}:{taken.getsockname()[1]}"
        settings = settings_of(environ, url=local_url, engine=engine.endpoint, folder=folder)
        self.url = settings.public_url
        self._folder, self._engine = folder, engine
        self._queue = LocalQueue(clock)
        bucket = bucket_of(settings, key, clock)
        store = store_of(settings)
        self.world = world_of(settings, store=store, key=key, queue=self._queue, bucket=bucket)
        bootstrap.use(self.world)
        services.use(self.world)
        self._ticks = Ticks(
            clock,
            [
                Job("publish_due", MINUTE, lambda: jobs.publish_due(self.world)),
                Job("poll_mentions", 5 * MINUTE, lambda: jobs.poll_mentions(self.world)),
                Job("aggregate_metrics", 5 * MINUTE, lambda: jobs.aggregate_metrics(self.world)),
                Job("keep_house", HOUR, lambda: jobs.keep_house(self.world)),
                Job("sweep", HOUR, bucket.sweep),
            ],
        )
        site = Site(
            url=self.url,
            hosts=names([*settings.origins, local_url]),
            gateway=Gateway(app),
            pages=Pages(ROOT / "frontend"),
            media=MediaDesk(bucket),
        )
        self._server = Server(taken, site)

    def sign_in_link(self) -> str:
        """Return a new link for the demo's owner."""
        return self.world.sessions.make_link(demo.OWNER)

    def settle(self, within: timedelta) -> bool:
        """Take up nothing more; say whether all that was under way has ended."""
        self._server.stop()
        self._ticks.stop(_TICK_WITHIN)
        return self._queue.stop(within)

    def __enter__(self) -> Self:
        demo.fill(self.world)
        demo.plant_key(self.world, self.world.settings.dev_key)
        note(self._folder.note, Run(os.getpid(), self.url, self._engine.endpoint))
        self._queue.start(lambda bodies: jobs.work(self.world, bodies))
        self._ticks.start()
        self._server.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if kind is not None:
            self.settle(timedelta(0))
