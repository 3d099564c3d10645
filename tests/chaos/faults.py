"""The faults of the store, the function, the schedule, the queue, the network and people.

The names are those of the table of faults that the project keeps: F1 an answer lost after
it was applied, F11 a killed function, F34 a time-out although it was applied, and so on.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

from chalicelib.publishing.outcomes import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from tests.chaos.ledger import LATE, Ledger
from tests.chaos.steps import NETWORK, STORE, Fault, Killed, Kind, Step, Steps

Do = Callable[[], object]
ANY = frozenset(Kind)
CALL_TAKES = 20.0
"""Seconds after which a call is given up."""


class StoreThrottled(Exception):
    """Asks the store's hook to answer with a throttling error."""


class StoreConflict(Exception):
    """Asks the store's hook to answer that a transaction conflicts with another."""


class StoreStale(Exception):
    """Asks the store's hook for an index that doesn't show the latest writes."""


# Store.


def _answer_lost(steps: Steps, _: Step, do: Do) -> object:
    do()
    steps.clock.advance(3)
    raise ReadTimeoutError(endpoint_url="engine")


def _not_applied(steps: Steps, _: Step, __: Do) -> object:
    steps.clock.advance(3)
    raise ReadTimeoutError(endpoint_url="engine")


def _gone_for_a_while(*, applied: bool) -> Callable[[Steps, Step, Do], object]:
    def act(steps: Steps, step: Step, do: Do) -> object:
        if applied:
            do()
        for n in range(step.n + 1, step.n + 4):  # botocore's own retries, and the read after
            steps.plan.setdefault(n, STORE_DOWN)
        steps.clock.advance(3)
        raise ReadTimeoutError(endpoint_url="engine")

    return act


def _throttled(_: Steps, __: Step, ___: Do) -> object:
    raise StoreThrottled


def _conflict(_: Steps, __: Step, ___: Do) -> object:
    raise StoreConflict


def _stale(_: Steps, __: Step, ___: Do) -> object:
    raise StoreStale


def _restarting(steps: Steps, _: Step, __: Do) -> object:
    steps.clock.advance(1)
    raise EndpointConnectionError(endpoint_url="engine")


# Function.


def _killed_before(_: Steps, __: Step, ___: Do) -> object:
    raise Killed


def _killed_after(_: Steps, __: Step, do: Do) -> object:
    do()
    raise Killed


def _timed_out(steps: Steps, _: Step, do: Do) -> object:
    do()
    steps.meanwhile(60)
    raise Killed


def _frozen_before(seconds: float) -> Callable[[Steps, Step, Do], object]:
    def act(steps: Steps, _: Step, do: Do) -> object:
        steps.meanwhile(seconds)
        return do()

    return act


def _frozen_after(seconds: float) -> Callable[[Steps, Step, Do], object]:
    def act(steps: Steps, _: Step, do: Do) -> object:
        answer = do()
        steps.meanwhile(seconds)
        return answer

    return act


def _asleep_after(steps: Steps, _: Step, do: Do) -> object:
    """The machine sleeps for 200 s: a clock that stops in sleep doesn't see it."""
    answer = do()
    steps.meanwhile(200)
    steps.clock.slept += timedelta(seconds=200)
    return answer


def _skewed(seconds: float) -> Callable[[Steps, Step, Do], object]:
    def act(steps: Steps, _: Step, do: Do) -> object:
        steps.clock.skew = timedelta(seconds=seconds)  # until the function ends
        return do()

    return act


def _cold(steps: Steps, _: Step, do: Do) -> object:
    steps.clock.advance(10)
    return do()


# Network.


def _refused(steps: Steps, _: Step, __: Do) -> object:
    steps.clock.advance(0.1)
    raise Transient("refused")


def _unknown(*, applied: bool, takes: float) -> Callable[[Steps, Step, Do], object]:
    def act(steps: Steps, _: Step, do: Do) -> object:
        if applied:
            do()
        steps.clock.advance(takes)
        raise OutcomeUnknown("no clear answer")

    return act


def _applied_late(seconds: float) -> Callable[[Steps, Step, Do], object]:
    """The request takes effect when the client has given up, or is held on its way."""

    def act(steps: Steps, _: Step, do: Do) -> object:
        LATE.by = timedelta(seconds=seconds)
        try:
            do()
        finally:
            LATE.by = timedelta(0)
        steps.clock.advance(CALL_TAKES)
        raise OutcomeUnknown("timed out")

    return act


def _slow(steps: Steps, _: Step, do: Do) -> object:
    """A call that answers at 18 s while the rest of the world goes on."""
    answer = do()
    steps.meanwhile(18)
    return answer


def _limited(seconds: float | None) -> Callable[[Steps, Step, Do], object]:
    def act(steps: Steps, _: Step, __: Do) -> object:
        at = None if seconds is None else steps.clock.true + timedelta(seconds=seconds)
        raise RateLimited("429", at, "channel")

    return act


def _unauthorised(_: Steps, __: Step, ___: Do) -> object:
    raise AuthExpired("401")


def _rejected(_: Steps, __: Step, ___: Do) -> object:
    raise Rejected("400", "invalid")


def _lying_refusal(_: Steps, __: Step, do: Do) -> object:
    do()
    raise OutcomeUnknown("a 400 that this network is known to answer after applying")


def _crash_in_adapter(_: Steps, __: Step, do: Do) -> object:
    do()
    raise ValueError("an answer nobody expected")


def _blind(seconds: float, ledger: Ledger) -> Callable[[Steps, Step, Do], object]:
    def act(_: Steps, __: Step, do: Do) -> object:
        ledger.blind = timedelta(seconds=seconds)
        try:
            do()
        finally:
            ledger.blind = timedelta(0)
        raise OutcomeUnknown("no clear answer, and listings lag")

    return act


def _revoked(ledger: Ledger) -> Callable[[Steps, Step, Do], object]:
    def act(_: Steps, __: Step, do: Do) -> object:
        ledger.is_revoked = True
        return do()

    return act


# Queue, mail.


def _swallowed(_: Steps, __: Step, ___: Do) -> object:
    return None


def _doubled(_: Steps, __: Step, do: Do) -> object:
    do()
    return do()


def _broken(_: Steps, __: Step, ___: Do) -> object:
    raise OSError("unreachable")


STORE_DOWN = Fault("store down", STORE, _not_applied)
WRITES = frozenset({Kind.WRITE, Kind.TRANSACT})
CALL = frozenset({Kind.NET_CALL})


def all_faults(ledger: Ledger) -> list[Fault]:
    """Return every fault that can stand at a step of the publishing path."""
    return [
        Fault("F1 answer lost after apply", STORE, _answer_lost),
        Fault("F1+ answer lost, store gone", WRITES, _gone_for_a_while(applied=True)),
        Fault("F2 not applied, timeout", STORE, _not_applied),
        Fault("F2+ not applied, store gone", STORE, _gone_for_a_while(applied=False)),
        Fault("F3 throttled", STORE, _throttled),
        Fault("F5 stale index", frozenset({Kind.QUERY}), _stale),
        Fault("F7 transaction conflict", frozenset({Kind.TRANSACT}), _conflict),
        Fault("F9 engine restarts", STORE, _restarting),
        Fault("F11 killed before", ANY, _killed_before),
        Fault("F11 killed after", ANY, _killed_after),
        Fault("F12 timed out", ANY, _timed_out),
        # Frozen exactly between the last check of the time and the socket is what no rule
        # can stop: at the one call a function is only frozen once its request has left.
        Fault("F13 frozen 120 s before", ANY - CALL, _frozen_before(120)),
        Fault("F13 frozen 200 s before", ANY - CALL, _frozen_before(200)),
        Fault("F13 frozen 120 s after", ANY, _frozen_after(120)),
        Fault("F13 asleep 200 s after", ANY, _asleep_after),
        Fault("F15 cold start", ANY, _cold),
        Fault("F18 clock 5 s fast", ANY, _skewed(5)),
        Fault("F18 clock 5 s slow", ANY, _skewed(-5)),
        Fault("F31 refused", NETWORK, _refused),
        Fault("F33 reset, applied", NETWORK, _unknown(applied=True, takes=0.1)),
        Fault("F33 reset, not applied", NETWORK, _unknown(applied=False, takes=0.1)),
        Fault("F34 timeout, applied", NETWORK, _unknown(applied=True, takes=CALL_TAKES)),
        Fault("F34 timeout, applied at the very end", CALL, _applied_late(CALL_TAKES)),
        Fault("F34 timeout, held for 60 s", CALL, _applied_late(60)),
        Fault("F35 timeout, not applied", NETWORK, _unknown(applied=False, takes=CALL_TAKES)),
        Fault("slow answer", NETWORK, _slow),
        Fault("F41 429 with reset", NETWORK, _limited(180)),
        Fault("F42 429 without reset", NETWORK, _limited(None)),
        Fault("F44 401 once", NETWORK, _unauthorised),
        Fault("F45 401 for good", NETWORK, _revoked(ledger)),
        Fault("F47 400 for good", NETWORK, _rejected),
        Fault("F48 400 but applied", CALL, _lying_refusal),
        Fault("an error nobody mapped, applied", CALL, _crash_in_adapter),
        Fault("F50 listing lags 60 s", CALL, _blind(60, ledger)),
        Fault("F23 message lost", frozenset({Kind.QUEUE}), _swallowed),
        Fault("F24 message doubled", frozenset({Kind.QUEUE}), _doubled),
        Fault("F29 queue unreachable", frozenset({Kind.QUEUE}), _broken),
        Fault("mail fails", frozenset({Kind.MAIL}), _broken),
    ]
