"""Cursors: where a list goes on, signed and bound to the firm, the route and the question."""

from __future__ import annotations

import base64
import binascii

from chalicelib.api.calls import Call
from chalicelib.api.problems import Problem


def sealed(call: Call, question: str, after: str | None) -> str | None:
    """Return a cursor that only this firm's same question takes; None at the end."""
    if after is None:
        return None
    mac = call.services.seals.mac("cursor", _bound(call, question, after))
    return base64.urlsafe_b64encode(after.encode()).decode().rstrip("=") + "." + mac


def opened(call: Call, question: str, cursor: str | None) -> str | None:
    """Return where the list goes on; None at its beginning.

    Raises:
        Problem: the cursor was made for another firm or question, or by somebody else.
    """
    if cursor is None:
        return None
    encoded, _, mac = cursor.partition(".")
    try:
        padded = encoded + "=" * (-len(encoded) % 4)
        after = base64.b64decode(padded.encode(), b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise Problem("cursor-invalid") from error
    if not call.services.seals.holds("cursor", _bound(call, question, after), mac):
        raise Problem("cursor-invalid")
    return after


def _bound(call: Call, question: str, after: str) -> str:
    return "\n".join((call.firm, call.path, question, after))
