"""The real store code over the real engine, each request a step of the life that is lived."""

from __future__ import annotations

import http.client
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any, Self
from urllib.parse import urlsplit

import botocore
import botocore.endpoint
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from pynamodb.expressions.operand import Path

from chalicelib import logs
from chalicelib.ids import RandomIds
from chalicelib.store.connection import Store, open_store
from chalicelib.store.tables import CORE, DUE
from tests.chaos.faults import StoreConflict, StoreStale, StoreThrottled
from tests.chaos.steps import Kind, Steps

KINDS = {
    "GetItem": Kind.READ,
    "BatchGetItem": Kind.READ,
    "Query": Kind.QUERY,
    "PutItem": Kind.WRITE,
    "BatchWriteItem": Kind.WRITE,
    "UpdateItem": Kind.WRITE,
    "DeleteItem": Kind.WRITE,
    "TransactWriteItems": Kind.TRANSACT,
}
READS = frozenset({Kind.READ, Kind.QUERY})
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=local/20260101/local/dynamodb/aws4_request,"
    " SignedHeaders=host, Signature=0"
)
"""The engine believes anybody: signing would be a fifth of a life."""
ERROR = "com.amazonaws.dynamodb.v20120810#"


@dataclass
class Current:
    """Whose life is lived now: one at a time in a process."""

    steps: Steps | None = None
    writes: int = 0
    """Requests so far that may have changed what is stored."""


CURRENT = Current()


def listen(events: list[str]) -> None:
    """Keep what the handlers log: a failure that is no planned fault is a bug of ours."""

    def event(name: str, **ids: object) -> None:
        events.append(f"{name} {ids.get('error', '')}".strip())

    logs.event = event


@dataclass(frozen=True)
class _Raw:
    """A body as botocore reads it."""

    data: bytes

    def stream(self, *_: Any, **__: Any) -> Iterator[bytes]:
        """Yield the body."""
        yield self.data


class ScriptedStore:
    """One store for many lives; between lives only its due index is cleared."""

    def __init__(self, endpoint: str, prefix: str) -> None:
        self._address = urlsplit(endpoint).netloc
        self._wires = threading.local()
        self.store: Store = open_store(
            region="local", prefix=prefix, ids=RandomIds(), endpoint=endpoint, pause=_pause
        )
        self.store.create_tables()
        events = self.store.connection.client.meta.events
        events.register("before-send.dynamodb", self._send)
        events.register("choose-signer.dynamodb", lambda **_: botocore.UNSIGNED)
        # botocore waits between its own tries: in a life that is virtual time.
        self._time = botocore.endpoint.time
        botocore.endpoint.time = SimpleNamespace(sleep=_pause)

    def __enter__(self) -> Self:
        """Be used in a block, after which botocore has its own time again."""
        return self

    def __exit__(self, *_: object) -> None:
        """Give botocore its own time back."""
        botocore.endpoint.time = self._time
        self._wire().close()

    def clear_due(self, *kinds: str) -> None:
        """Take what a finished life left due out of the way of the next one."""
        connection, name = self.store.connection, self.store.name(CORE)
        for kind in kinds or ("delivery",):
            rows = connection.query(
                name, f"D#{kind}#0", index_name=DUE.name, range_key_condition=Path(DUE.sort) > "0"
            )["Items"]
            for row in rows:
                connection.delete_item(name, row["pk"]["S"], row["sk"]["S"])

    def _send(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        target = request.headers["X-Amz-Target"]
        operation = (target.decode() if isinstance(target, bytes) else target).split(".")[1]
        kind, steps = KINDS.get(operation), CURRENT.steps
        if kind is Kind.QUERY and '"IndexName"' not in _body(request):
            kind = Kind.READ  # consistent: it can't be stale
        if kind not in READS:
            CURRENT.writes += 1
        if kind is None or steps is None or steps.quiet:
            return self._forward(request)
        try:
            return steps.io(kind, operation, lambda: self._forward(request))
        except StoreThrottled:
            return _error(request, "ProvisionedThroughputExceededException", {})
        except StoreConflict:
            count = len(json.loads(_body(request))["TransactItems"])
            reasons = [{"Code": "TransactionConflict"}] + [{"Code": "None"}] * (count - 1)
            return _error(request, "TransactionCanceledException", {"CancellationReasons": reasons})
        except StoreStale:
            empty = json.dumps({"Items": [], "Count": 0, "ScannedCount": 0})
            return AWSResponse(request.url, 200, {}, _Raw(empty.encode()))

    def _forward(self, request: AWSPreparedRequest) -> AWSResponse:
        wire = self._wire()
        headers = {
            "X-Amz-Target": request.headers["X-Amz-Target"],
            "Content-Type": "application/x-amz-json-1.0",
            "X-Amz-Date": "20260101T000000Z",
            "Authorization": SIGNED,
        }
        wire.request("POST", "/", body=request.body, headers=headers)
        answer = wire.getresponse()
        body = answer.read()
        return AWSResponse(request.url, answer.status, dict(answer.getheaders()), _Raw(body))

    def _wire(self) -> http.client.HTTPConnection:
        if not hasattr(self._wires, "open"):
            self._wires.open = http.client.HTTPConnection(self._address, timeout=10)
        wire: http.client.HTTPConnection = self._wires.open
        return wire


def _body(request: AWSPreparedRequest) -> str:
    body: bytes | str = request.body
    return body.decode() if isinstance(body, bytes) else body


def _error(request: AWSPreparedRequest, name: str, more: dict[str, Any]) -> AWSResponse:
    body = json.dumps({"__type": ERROR + name, "message": name, **more}).encode()
    return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, _Raw(body))


def _pause(seconds: float) -> None:
    if CURRENT.steps is not None:
        CURRENT.steps.clock.advance(seconds)
