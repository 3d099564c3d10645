"""What a network's refusal of a copy says of an attempt that was in doubt."""

from __future__ import annotations

from collections.abc import Callable

from chalicelib.publishing import events as ev
from chalicelib.publishing.deliveries import Delivery, Result
from chalicelib.publishing.outcomes import Duplicate, Found

DOUBTFUL = frozenset(
    {Result.UNKNOWN, Result.TAKEN, Result.ABSENT, Result.CANT_TELL, Result.LOOK_FAILED}
)
"""What says of an attempt that it was in doubt once, whatever was seen since."""


def of_copy(d: Delivery, error: Duplicate, n: int, is_held: Callable[[str], bool]) -> ev.Event:
    """Return what the refusal of attempt ``n`` as a copy proves.

    At a first attempt it is only a refusal. After an attempt in doubt it says that one is
    live: the post that the network names, unless another delivery holds it; where it names
    none, a look must find it. If two attempts were looked for in vain, the copy is of
    something else.

    Args:
        d: the delivery that was sent.
        error: the refusal.
        n: the attempt.
        is_held: says that another delivery of the channel holds a remote id.
    """
    refused = ev.Rejected(n, error.reason, error.detail)
    if not any(a.result in DOUBTFUL and 0 < a.n < n for a in d.attempts):
        return refused
    if error.remote_id is not None:
        found = Found(error.remote_id, error.url, d.sent_version)
        return refused if is_held(error.remote_id) else ev.Found(found)
    looked_for = {a.n for a in d.attempts if a.result is Result.ABSENT}
    return refused if len(looked_for) > 1 else ev.OutcomeUnknown(n, error.detail)
