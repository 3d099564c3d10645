"""Logging by an allow-list: an event's name and ids, never tokens, addresses or texts."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from aws_lambda_powertools import Logger

ALLOWED = frozenset(
    {
        "about",
        "channel",
        "code",
        "count",
        "delivery",
        "error",
        "kind",
        "member",
        "method",
        "ms",
        "network",
        "post",
        "request",
        "result",
        "route",
        "status",
        "where",
        "workspace",
    }
)
"""``error`` is an exception's class, ``where`` the module and line that raised it."""
MAX_LENGTH = 120

for _chatty in ("botocore", "pynamodb", "urllib3"):
    # In Lambda the root logger prints what libraries say of each connection.
    logging.getLogger(_chatty).setLevel(logging.WARNING)

_loggers: list[Logger] = []


class NotLoggable(Exception):
    """A key that isn't on the list: it is left out in service, and fails a test."""


def event(name: str, **ids: str | float | None) -> None:
    """Log that something happened; only ids on the allow-list, each a short single line.

    Raises:
        NotLoggable: a key isn't on the list (a mistake in the code, not in the data).
    """
    unknown = set(ids) - ALLOWED
    if unknown:
        raise NotLoggable(", ".join(sorted(unknown)))
    said = {key: _short(value) for key, value in ids.items() if value is not None}
    _logger().info(name, extra=said)


def failure(name: str, error: BaseException, **ids: str | float | None) -> None:
    """Log that something failed: the error's class and where it was raised, not its words.

    An exception's message may quote what a person typed, so it isn't logged.
    """
    event(name, error=type(error).__name__, where=_where(error), **ids)


def _where(error: BaseException) -> str:
    trace = error.__traceback__
    if trace is None:
        return ""
    while trace.tb_next is not None:
        trace = trace.tb_next
    module = trace.tb_frame.f_globals.get("__name__", "?")
    return f"{module}:{trace.tb_lineno}"


def _short(value: str | float) -> str | int | float:
    if isinstance(value, str):
        return " ".join(value.split())[:MAX_LENGTH]
    return value


def _logger() -> Logger:
    if not _loggers:
        from aws_lambda_powertools import Logger  # noqa: PLC0415 -- heavy: only where it is used

        _loggers.append(Logger(service="relais", location=None))
    return _loggers[0]
