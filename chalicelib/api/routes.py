"""The one registrar: every route is declared by it, so every route is guarded by it."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import wraps
from typing import Any

from chalice.app import Blueprint, Response
from pydantic import BaseModel

from chalicelib.api.calls import Handler
from chalicelib.workspaces.access import Action
from chalicelib.workspaces.acts import Did

SAFE = frozenset({"GET", "HEAD"})


class Who(StrEnum):
    """Who may call a route that isn't a firm's."""

    ANYBODY = "anybody"
    HOLDER = "holder"
    """Whoever holds a cookie or a link: state changes still come from our own pages only."""
    SIGNED_IN = "signed-in"


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """What is known of a route before it is called."""

    method: str
    path: str
    action: Action | Who
    body: type[BaseModel] | None = None
    query: type[BaseModel] | None = None
    answer: type[BaseModel] | None = None
    status: int = 200
    is_idempotent: bool = False
    """It takes an Idempotency-Key."""
    did: Did | None = None
    """What is noted in the firm's audit once it has succeeded; None: nothing."""
    content_type: str = "application/json"
    handler: Handler

    @property
    def name(self) -> str:
        """``POST /v1/…``: names it in logs, cursors and records of repeats."""
        return f"{self.method} {self.path}"

    @property
    def params(self) -> list[str]:
        """The names of its path's parameters."""
        return re.findall(r"\{(\w+)\}", self.path)


ROUTES: list[Route] = []
"""All routes, in the order of their declaration: walked by OpenAPI and by tests."""


def route(
    blueprint: Blueprint,
    method: str,
    path: str,
    *,
    action: Action | Who,
    **declared: Any,
) -> Callable[[Handler], Handler]:
    """Declare a route: who may call it, what it takes and answers (see ``Route``).

    The decorated function is called only when all of that holds.
    """

    def declare(handler: Handler) -> Handler:
        declared_route = Route(method=method, path=path, action=action, handler=handler, **declared)
        ROUTES.append(declared_route)

        @wraps(handler)
        def view(**params: str) -> Response:
            from chalicelib.api.access import answer  # noqa: PLC0415 -- access knows routes

            return answer(declared_route, blueprint.current_request, params)

        # Our own check of the content type answers in words; Chalice's is switched off.
        blueprint.route(path, methods=[method], name=f"{method} {path}", content_types=[])(view)
        return handler

    return declare
