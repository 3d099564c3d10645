"""What a network's refusal means where something is answered: it isn't the account's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from chalicelib.publishing.outcomes import AuthExpired, Rejected


@contextmanager
def answering(lacks: type[AuthExpired]) -> Iterator[None]:
    """Tell what refuses an answer from what refuses the account.

    Args:
        lacks: What is raised where a right is lacking for this alone.

    Raises:
        Rejected: ``forbidden``, or ``answered_gone``.
    """
    try:
        yield
    except lacks as error:
        raise Rejected(error.detail, "forbidden") from error
    except Rejected as error:
        if error.reason != "gone":
            raise
        raise Rejected(error.detail, "answered_gone") from error
