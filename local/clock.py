"""What the cloud's schedules do: each job at its interval, at the start and after a sleep."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta

from chalicelib import logs
from chalicelib.clock import Clock, Stopwatch

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
_LOOK_SECONDS = 0.5


@dataclass(frozen=True, slots=True)
class Job:
    """A scheduled function."""

    name: str
    every: timedelta
    run: Callable[[], object]


class Ticks:
    """Runs each job when its interval is over, by whichever clock went further.

    So a machine that slept, or whose clock was set forward, catches up at once: what became
    late meanwhile is for the job's own rules.
    """

    def __init__(self, clock: Clock, jobs: Sequence[Job]) -> None:
        self._clock = clock
        self._jobs = jobs
        self._since: dict[str, Stopwatch] = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._serve, name="ticks", daemon=True)

    def turn(self) -> None:
        """Run the jobs that are due now; at the first turn all of them are."""
        for job in self._jobs:
            since = self._since.get(job.name)
            if since is not None and since.elapsed() < job.every:
                continue
            self._since[job.name] = Stopwatch(self._clock)
            try:
                job.run()
            except Exception as error:  # noqa: BLE001 -- the entry point: it runs again in time
                logs.failure("tick_failed", error, kind=job.name)

    def start(self) -> None:
        """Tick from now on, beginning at once."""
        self._thread.start()

    def stop(self, within: timedelta) -> None:
        """Tick no more; what a job is doing is waited for, so long at most."""
        self._stopping.set()
        if self._thread.is_alive():
            self._thread.join(within.total_seconds())

    def _serve(self) -> None:
        while not self._stopping.is_set():
            self.turn()
            self._stopping.wait(_LOOK_SECONDS)
