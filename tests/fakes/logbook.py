"""What the code logs, as text."""

from __future__ import annotations

import io
import logging
from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib import logs


@contextmanager
def reading() -> Iterator[io.StringIO]:
    """Collect the very lines that the logger writes."""
    book = io.StringIO()
    logger = logs._logger()
    handler = logging.StreamHandler(book)
    handler.setFormatter(logger.registered_formatter)
    logger.addHandler(handler)
    try:
        yield book
    finally:
        logger.handlers.remove(handler)
