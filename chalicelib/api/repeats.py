"""Requests with an Idempotency-Key: asked twice, done once, answered alike.

https://datatracker.ietf.org/doc/draft-ietf-httpapi-idempotency-key-header/
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from pydantic import BaseModel

from chalicelib.api.calls import Call, Reply
from chalicelib.api.problems import Problem, problem_of
from chalicelib.api.routes import Route
from chalicelib.workspaces.ports import KeptAnswer

KEPT = timedelta(hours=24)
LEASE = timedelta(seconds=60)
"""Longer than the function lives: one that hasn't answered by then never will."""
_KEY = re.compile(r"[\x21-\x7e]{1,200}")


def answered(route: Route, call: Call, raw: bytes, run: Callable[[Call], Reply]) -> Reply:
    """Return the answer of this request, run now or when it was first asked.

    What a request creates has an id made of its key, so that even one that died halfway
    creates nothing twice.

    Raises:
        Problem: the key is malformed, was used for another body, or is at work now.
    """
    key = call.headers.get("idempotency-key")
    if not route.is_idempotent or key is None:
        return run(call)
    if not _KEY.fullmatch(key):
        raise Problem("idempotency-key-invalid")
    name = hashlib.sha256(f"{call.firm}|{route.name}|{_params(call)}|{key}".encode()).hexdigest()
    name = f"{call.firm}|{name}"
    fingerprint = hashlib.sha256(raw).hexdigest()
    seen = call.services.repeats.begin(
        name,
        fingerprint,
        now=call.now,
        lease_until=call.now + LEASE,
        until=call.now + KEPT,
    )
    if seen is None:
        return _run(replace(call, new_id=_derived_id(call, name)), name, run, route)
    if seen.fingerprint != fingerprint:
        raise Problem("idempotency-key-reused")
    if seen.answer is None:
        raise Problem("already-running", headers={"Retry-After": "5"})
    headers = {**seen.answer.headers, "Idempotency-Replayed": "true"}
    return Reply(body=seen.answer.body, status=seen.answer.status, headers=headers)


def _run(call: Call, name: str, run: Callable[[Call], Reply], route: Route) -> Reply:
    repeats = call.services.repeats
    try:
        reply = run(call)
    except Exception as error:
        if problem_of(error) is not None:
            repeats.forget(name)  # a refusal changed nothing, or may be asked again at once
        raise
    body = reply.body.model_dump_json() if isinstance(reply.body, BaseModel) else reply.body or ""
    kept = KeptAnswer(status=reply.status or route.status, body=body, headers=reply.headers)
    repeats.finish(name, kept)
    return replace(reply, body=body)


def _params(call: Call) -> str:
    return "|".join(f"{k}={v}" for k, v in sorted(call.params.items()))


def _derived_id(call: Call, name: str) -> str:
    """Return an id that is always the same for a repeated request, and nobody can guess."""
    digest = hashlib.sha256(call.services.seals.mac("id", name).encode()).digest()
    return base64.b32encode(digest).decode().lower()[:20]
