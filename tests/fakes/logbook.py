"""What the code logs, as text."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import logs


@contextmanager
def reading() -> Iterator[io.StringIO]:
    """Collect the very lines that the logger writes, in place of its writing them."""
    book = io.StringIO()
    logger = logs._logger()
    own = [h for h in logger.handlers if isinstance(h, logging.StreamHandler)]
    streams = [h.stream for h in own]
    for h in own:  # theirs may be that of an earlier test, closed by now
        h.stream = io.StringIO()
    handler = logging.StreamHandler(book)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    try:
        yield book
    finally:
        logger.handlers.remove(handler)
        for h, stream in zip(own, streams, strict=True):
            h.stream = stream
