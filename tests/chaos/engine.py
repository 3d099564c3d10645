"""The real store code over the real engine, each request a step of the life that is lived."""

from __future__ import annotations

import base64
import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator
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
from chalicelib.store import keys
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
Call = Callable[[str, dict[str, Any]], dict[str, Any]]


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
        client = self.store.connection.client
        self._botocore: Call = client._make_api_call
        client._make_api_call = self._call  # type: ignore[method-assign,assignment]
        events = client.meta.events
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

    def unpark(self, scope: str) -> None:
        """Let a network forget that it has had enough of everybody: its lives share a store."""
        pk, sk = keys.parked(scope)
        self.store.connection.delete_item(self.store.name(CORE), pk, sk)

    def _call(self, operation: str, params: dict[str, Any]) -> dict[str, Any]:
        """Carry out a call: through all of botocore where a fault stands, else past it.

        botocore's checks, its words and its second tries are part of what a fault meets. Where
        none stands they are half of a life's time and change nothing: what goes over the wire
        is ``params`` as JSON.
        """
        steps = CURRENT.steps
        if steps is not None and not steps.quiet and steps.awaits(operation):
            return self._botocore(operation, params)
        if operation not in KINDS:
            return self._botocore(operation, params)
        kind = KINDS[operation]
        if kind is Kind.QUERY and "IndexName" not in params:
            kind = Kind.READ  # consistent: it can't be stale
        if kind not in READS:
            CURRENT.writes += 1
        body = _JSON.encode(params)
        if steps is None or steps.quiet:
            return self._past_botocore(operation, body)
        return steps.io(kind, operation, lambda: self._past_botocore(operation, body))

    def _past_botocore(self, operation: str, body: str) -> dict[str, Any]:
        status, _, data = self._wire().ask(f"DynamoDB_20120810.{operation}", body)
        answer: dict[str, Any] = _BACK.decode(data.decode())
        if status == 200:
            return answer
        code = answer.pop("__type").rpartition("#")[2]
        message = answer.pop("message", answer.pop("Message", ""))
        response = {**answer, "Error": {"Code": code, "Message": message}, "ResponseMetadata": {}}
        raise self.store.connection.client.exceptions.from_code(code)(response, operation)

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
        status, headers, body = self._wire().ask(request.headers["X-Amz-Target"], request.body)
        return AWSResponse(request.url, status, headers, _Raw(body))

    def _wire(self) -> _EngineWire:
        if not hasattr(self._wires, "open"):
            self._wires.open = _EngineWire(self._address)
        wire: _EngineWire = self._wires.open
        return wire


class _EngineWire:
    """One connection to the engine: a request is one write, its answer one read as a rule.

    Lives are mostly these: ``http.client`` takes three times as many calls of the system.
    """

    def __init__(self, address: str) -> None:
        host, _, port = address.partition(":")
        self._socket = socket.create_connection((host, int(port)))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 10, 0))
        self._head = (
            f"POST / HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/x-amz-json-1.0\r\n"
            f"X-Amz-Date: 20260101T000000Z\r\nAuthorization: {SIGNED}\r\n"
        )

    def ask(self, target: bytes | str, body: bytes | str) -> tuple[int, dict[str, str], bytes]:
        """Return the status, headers and body of the answer to one request."""
        name = target.decode() if isinstance(target, bytes) else target
        data = body.encode() if isinstance(body, str) else body
        head = f"{self._head}X-Amz-Target: {name}\r\nContent-Length: {len(data)}\r\n\r\n"
        self._socket.sendall(head.encode() + data)
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._read()
        top, _, rest = answer.partition(b"\r\n\r\n")
        first, *lines = top.decode("latin-1").split("\r\n")
        headers = {
            n.lower(): value.strip() for n, _, value in (line.partition(":") for line in lines)
        }
        while len(rest) < int(headers["content-length"]):
            rest += self._read()
        return int(first.split(" ")[1]), headers, rest

    def _read(self) -> bytes:
        data = self._socket.recv(262_144)
        if not data:
            raise ConnectionError("the engine closed the connection")
        return data

    def close(self) -> None:
        """Close the connection."""
        self._socket.close()


def _base64(value: object) -> str:
    """Write a binary attribute as DynamoDB's JSON does."""
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    raise TypeError(type(value).__name__)


def _binary(found: dict[str, Any]) -> dict[str, Any]:
    """Read a binary attribute back."""
    if len(found) == 1 and isinstance(found.get("B"), str):
        return {"B": base64.b64decode(found["B"])}
    return found


_JSON = json.JSONEncoder(default=_base64, check_circular=False)
_BACK = json.JSONDecoder(object_hook=_binary)


def _body(request: AWSPreparedRequest) -> str:
    body: bytes | str = request.body
    return body.decode() if isinstance(body, bytes) else body


def _error(request: AWSPreparedRequest, name: str, more: dict[str, Any]) -> AWSResponse:
    body = json.dumps({"__type": ERROR + name, "message": name, **more}).encode()
    return AWSResponse(request.url, 400, {"content-type": "application/x-amz-json-1.0"}, _Raw(body))


def _pause(seconds: float) -> None:
    if CURRENT.steps is not None:
        CURRENT.steps.clock.advance(seconds)
