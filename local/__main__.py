"""Everything on this machine: `python -m local` runs it, `python -m local link` lets in."""

from __future__ import annotations

import os
import signal
import sys
import threading
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import timedelta
from types import FrameType

from local.engine import Engine, EngineError, obtain
from local.installation import (
    ROOT,
    Folder,
    bucket_of,
    folder_of,
    settings_of,
    store_of,
    world_of,
)
from local.running import current, last_url, port_of, take
from local.telling import TroubleError, say

DEFAULT_PORT = "8000"
_WATCH_SECONDS = 0.25
_STOP_WITHIN = timedelta(seconds=10)


def run(environ: Mapping[str, str]) -> None:
    """Start everything, say how to sign in, and stop cleanly when asked to.

    Raises:
        TroubleError, EngineError: It can't be started; the message says what to do.
    """
    from local.house import House  # noqa: PLC0415 -- half a second: `link` does without

    say("Relais démarre…", "Relais is starting…")
    folder = folder_of(environ)
    folder.make()
    with ExitStack() as stack:
        taken = stack.enter_context(take(port_of(environ.get("PORT") or DEFAULT_PORT)))
        engine = Engine(obtain(ROOT, print), folder.database)
        key = folder.key()
        stack.enter_context(engine)
        house = House(environ, folder=folder, key=key, engine=engine, taken=taken)
        stack.enter_context(house)
        stopping = _stop_when_asked()
        _welcome(house.url, house.sign_in_link(), folder)
        while not stopping.wait(_WATCH_SECONDS):
            if not engine.is_running:
                say(
                    "La base de données s'est arrêtée : elle repart.",
                    "The database stopped: it is being started again.",
                )
                engine.restart()
        say("Arrêt…", "Stopping…")
        if not house.settle(_STOP_WITHIN):
            say(
                "Un envoi est encore en cours : il sera vérifié au prochain démarrage.",
                "Something is still being sent: it will be checked at the next start.",
            )
    say("Relais est arrêté ; tout est gardé.", "Relais has stopped; everything is kept.")


def link(environ: Mapping[str, str]) -> None:
    """Print a new sign-in link, whether the installation runs or not.

    Raises:
        TroubleError, EngineError: It can't be made; the message says what to do.
    """
    folder = folder_of(environ)
    if folder.is_new:
        raise TroubleError(
            f"Rien n'est encore installé dans « {folder.path} » : commencez par make run",
            f'Nothing is installed in "{folder.path}" yet: begin with make run',
        )
    running = current(folder.note, folder.lock)
    if running is not None:
        _print_link(_new_link(environ, folder, url=running.url, engine=running.engine))
        return
    url = last_url(folder.note) or f"http://127.0.0.1:{environ.get('PORT') or DEFAULT_PORT}"
    with Engine(obtain(ROOT, print), folder.database) as engine:
        made = _new_link(environ, folder, url=url, engine=engine.endpoint)
    _print_link(made)
    say("Relais est arrêté : make run, puis ouvrez le lien.", "Relais is stopped: make run first.")


def _new_link(environ: Mapping[str, str], folder: Folder, *, url: str, engine: str) -> str:
    from local.demo import OWNER  # noqa: PLC0415
    from local.queue import LocalQueue  # noqa: PLC0415

    settings = settings_of(environ, url=url, engine=engine, folder=folder)
    key, store = folder.key(), store_of(settings)
    from chalicelib.clock import SystemClock  # noqa: PLC0415

    clock = SystemClock()
    bucket = bucket_of(settings, key, clock)
    world = world_of(settings, store=store, key=key, queue=LocalQueue(clock), bucket=bucket)
    return world.sessions.make_link(OWNER)


def _print_link(made: str) -> None:
    say(
        "Pour entrer, une fois, dans les 15 minutes :",
        f"To sign in, once, within 15 minutes:\n\n  {made}\n",
    )


def _welcome(url: str, made: str, folder: Folder) -> None:
    say(f"\nRelais est prêt : {url}", f"Relais is ready: {url}\n")
    _print_link(made)
    say(
        f"Un autre lien : make link · Arrêter : Ctrl-C · Données : {folder.path}",
        f"Another link: make link · Stop: Ctrl-C · Data: {folder.path}",
    )


def _stop_when_asked() -> threading.Event:
    """Return what is set when the person, or the system, asks to stop; once more insists."""
    asked = threading.Event()

    def stop(number: int, _: FrameType | None) -> None:
        if asked.is_set():
            os._exit(128 + number)  # nothing is lost by it, as by a power cut
        asked.set()

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    return asked


def _interrupt(_: int, __: FrameType | None) -> None:
    raise KeyboardInterrupt


def main(arguments: list[str], environ: Mapping[str, str]) -> int:
    """Do what the command line asks for; return the process's exit code."""
    commands = {(): run, ("link",): link}
    command = commands.get(tuple(arguments))
    if command is None:
        print("python -m local [link]", file=sys.stderr)
        return 2
    os.umask(0o077)
    signal.signal(signal.SIGTERM, _interrupt)  # while starting: leave as by Ctrl-C
    try:
        command(environ)
    except (TroubleError, EngineError) as trouble:
        print(trouble, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        say("Interrompu ; rien n'est perdu.", "Interrupted; nothing is lost.")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
