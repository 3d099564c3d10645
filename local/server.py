"""One web server on this machine: the pages, the API, the media, on the loopback only.

It believes no name but its own: a page of the world that makes its own name lead here
(DNS rebinding) is refused.
"""

from __future__ import annotations

import logging
import socket
import threading
from collections.abc import Callable, Iterable
from typing import Any
from urllib.parse import urlsplit

import waitress.server  # type: ignore[import-untyped]
from waitress import wasyncore

from local.gateway import Answer, Environ, Gateway
from local.pages import Pages, plain
from local.uploading import MAX_FORM, MediaDesk

HOST = "127.0.0.1"
THREADS = 16
_STAGE = "/api"
_PUBLIC = ("/p/", "/feed/", "/l/")
"""Routes of the application that stand outside its stage."""
_STOP_SECONDS = 5

StartResponse = Callable[[str, list[tuple[str, str]]], object]


def reserve(port: int) -> socket.socket:
    """Take a port of the loopback address; who asks from now on waits until it is served.

    Raises:
        OSError: another process has it, or it may not be had.
    """
    taken = socket.socket()
    try:
        # A port that a run before this one has just left may be had again.
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind((HOST, port))
        taken.listen()
    except OSError:
        taken.close()
        raise
    return taken


def names(origins: Iterable[str]) -> frozenset[str]:
    """Return the ``Host`` headers that stand for these origins."""
    found: set[str] = set()
    for origin in origins:
        parts = urlsplit(origin)
        found.add(parts.netloc)
        if parts.port == {"http": 80, "https": 443}[parts.scheme]:
            found.add(parts.hostname or "")
    return frozenset(found)


class Site:
    """The WSGI application: whose a request is, by its path."""

    def __init__(
        self,
        *,
        url: str,
        hosts: frozenset[str],
        gateway: Gateway,
        pages: Pages,
        media: MediaDesk,
    ) -> None:
        self._url = url
        self._hosts = hosts | names([url])
        self._gateway = gateway
        self._pages = pages
        self._media = media

    def __call__(self, environ: dict[str, Any], start: StartResponse) -> Iterable[bytes]:
        """Answer one request."""
        answer = self._answer(environ)
        start(answer.status_line, list(answer.headers))
        return answer.body

    def _answer(self, environ: Environ) -> Answer:
        if environ.get("HTTP_HOST", "").lower() not in self._hosts:
            return plain(421, "Relais n'a pas ce nom. / Relais doesn't have this name.")
        path: str = environ["REQUEST_URI"].split("?")[0]  # still percent-encoded
        if not path.startswith("/"):
            return plain(400, "Bad request")
        if path.startswith((f"{_STAGE}/", *_PUBLIC)):
            return self._gateway.answer(environ, path.removeprefix(_STAGE), path)
        return self._answer_file(environ, path)

    def _answer_file(self, environ: Environ, path: str) -> Answer:
        if path.startswith("/media/"):
            return self._media.show(environ, path.removeprefix("/media/"))
        if path == "/media-upload":
            return self._media.take_in(environ)
        if environ["HTTP_HOST"].lower() not in names([self._url]):
            return self._elsewhere(environ)
        return self._pages.answer(environ, path)

    def _elsewhere(self, environ: Environ) -> Answer:
        """Send whoever typed another of our names to the one that pages, cookies and media have."""
        target = self._url + environ["REQUEST_URI"]
        return plain(307, target, ("Location", target))


class Server:
    """Serves a WSGI application on a reserved port, in threads, until it is stopped."""

    def __init__(self, taken: socket.socket, site: Site) -> None:
        logging.getLogger("waitress.queue").setLevel(logging.ERROR)  # a busy moment is no news
        self._map: dict[int, Any] = {}
        self._stopping = threading.Event()
        self._server = waitress.server.create_server(
            site,
            map=self._map,
            sockets=[taken],
            threads=THREADS,
            ident=None,
            max_request_body_size=MAX_FORM,
            max_request_header_size=32 * 1024,
            clear_untrusted_proxy_headers=True,
            channel_timeout=60,
        )
        self._thread = threading.Thread(target=self._serve, name="server", daemon=True)

    def start(self) -> None:
        """Answer requests from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Return once the port is free and the requests under way are answered.

        At most some seconds are waited for them. May be called twice.
        """
        if self._stopping.is_set():
            return
        self._stopping.set()
        self._server.pull_trigger()
        self._thread.join()
        self._server.task_dispatcher.shutdown(timeout=_STOP_SECONDS)
        wasyncore.close_all(self._map, ignore_all=True)

    def _serve(self) -> None:
        while not self._stopping.is_set():
            wasyncore.loop(timeout=1.0, use_poll=True, map=self._map, count=1)
