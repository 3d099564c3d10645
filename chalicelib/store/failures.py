"""What a failed call to DynamoDB means.

    REFUSED   a condition didn't hold: nothing was written, unless an earlier send of the
              same call was applied and its answer lost (the client sends again by itself)
    BUSY      another transaction holds an item: nothing was written by this send
    UNCLEAR   a time-out, a broken connection, a 5xx, throttling to the end: can't be told

Anything else is our own fault or the set-up's (a bad request, a missing table or right).
"""

from __future__ import annotations

from enum import Enum

from botocore.exceptions import ClientError
from pynamodb.exceptions import PynamoDBException


class Failure(Enum):
    """What a failed call means."""

    REFUSED = "refused"
    BUSY = "busy"
    UNCLEAR = "unclear"


class StoreFault(Exception):
    """The store says that what was asked is wrong, or that we may not ask it."""


_REFUSED = frozenset({"ConditionalCheckFailedException", "ConditionalCheckFailed"})
_BUSY = frozenset(
    {
        "TransactionConflict",
        "TransactionConflictException",
        "ThrottlingError",
        "ProvisionedThroughputExceeded",
    }
)
_UNCLEAR = frozenset(
    {
        "InternalServerError",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "ServiceUnavailable",
        "ThrottlingException",
        "TransactionInProgressException",
    }
)


def failure_of(error: PynamoDBException) -> Failure:
    """Return what the error means.

    Raises:
        StoreFault: it is none of the three.
    """
    # `error.cause_response_code` itself fails where the cause has no response (a time-out).
    if not isinstance(error.cause, ClientError):
        return Failure.UNCLEAR
    original = error.cause.__cause__  # PynamoDB's own copy lacks the status and the reasons
    answer = original.response if isinstance(original, ClientError) else error.cause.response
    code = answer["Error"]["Code"]
    if code == "TransactionCanceledException":
        codes = {r["Code"] for r in answer.get("CancellationReasons", ())} - {"None"}
    else:
        codes = {code}
    if codes & _REFUSED:
        return Failure.REFUSED
    if codes <= _BUSY:
        return Failure.BUSY
    status = answer.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
    if codes <= _UNCLEAR or status >= 500:
        return Failure.UNCLEAR
    raise StoreFault(f"{', '.join(sorted(codes))}: {error.msg}") from error
