"""Reading what a request says: JSON by a model, every fault with its pointer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from chalicelib.api.problems import Problem
from chalicelib.publishing.refusals import Fault

MAX_BODY = 256 * 1024
"""Bytes; a post of a dozen long variants stays under a tenth of it."""
MAX_FAULTS = 50

Model = TypeVar("Model", bound=BaseModel)

_CODES = {
    "missing": "missing",
    "extra_forbidden": "unknown-field",
    "string_too_long": "too-long",
    "string_too_short": "too-short",
    "string_type": "not-text",
    "string_pattern_mismatch": "invalid",
    "int_type": "not-a-number",
    "int_parsing": "not-a-number",
    "int_from_float": "not-a-number",
    "bool_type": "not-a-boolean",
    "bool_parsing": "not-a-boolean",
    "greater_than_equal": "too-small",
    "less_than_equal": "too-large",
    "too_long": "too-many",
    "too_short": "too-few",
    "list_type": "not-a-list",
    "dict_type": "not-an-object",
    "model_type": "not-an-object",
    "model_attributes_type": "not-an-object",
    "enum": "not-one-of",
    "literal_error": "not-one-of",
    "union_tag_invalid": "not-one-of",
    "union_tag_not_found": "missing",
}
"""Pydantic's kinds of error, and our words for them; a kind that isn't here is ``invalid``."""
_PARAMS = {
    "max_length": "max",
    "min_length": "min",
    "ge": "min",
    "le": "max",
    "expected": "expected",
    "expected_tags": "expected",
}


class Wrong(ValueError):
    """Raised by a model's own check: ``code`` is a fault's code."""

    def __init__(self, code: str, **params: object) -> None:
        super().__init__(code)
        self.code = code
        self.params = params


def read_json(raw: bytes, content_type: str | None, model: type[Model]) -> Model:
    """Return the body as this model.

    Raises:
        Problem: another type of content, too large, no JSON, or with faults.
    """
    if (content_type or "").partition(";")[0].strip().lower() != "application/json":
        raise Problem("unsupported-media-type")
    if len(raw) > MAX_BODY:
        raise Problem("body-too-large", {"max_kb": MAX_BODY // 1024})
    try:
        return model.model_validate_json(raw)
    except ValidationError as error:
        if any(e["type"] == "json_invalid" for e in error.errors(include_url=False)):
            raise Problem("not-json") from error
        raise Problem("invalid", faults=faults_of(error)) from error


def read_query(query: Mapping[str, str], model: type[Model]) -> Model:
    """Return the query's parameters as this model.

    Raises:
        Problem: with faults; their pointers name the parameters.
    """
    try:
        return model.model_validate(query)
    except ValidationError as error:
        raise Problem("invalid", faults=faults_of(error)) from error


def faults_of(error: ValidationError) -> list[Fault]:
    """Return what a model refused, each with a JSON pointer into what was given."""
    return [_fault(e) for e in error.errors(include_url=False)[:MAX_FAULTS]]


def _fault(error: Any) -> Fault:
    context = error.get("ctx") or {}
    cause = context.get("error")
    pointer = pointer_to(_without_tags(error["loc"]))
    if error["type"] in {"union_tag_invalid", "union_tag_not_found"}:
        pointer += "/" + str(context.get("discriminator", "")).strip("'")
    if isinstance(cause, Wrong):
        return Fault(pointer, cause.code, cause.params)
    params = {_PARAMS[k]: v for k, v in context.items() if k in _PARAMS}
    return Fault(pointer, _CODES.get(error["type"], "invalid"), params)


def _without_tags(loc: Sequence[str | int]) -> list[str | int]:
    """Leave out what Pydantic adds for the chosen kind of a ``when``."""
    kept = list(loc)
    if len(kept) > 1 and kept[0] == "when" and kept[1] in {"draft", "now", "at"}:
        del kept[1]
    return kept


def pointer_to(parts: Sequence[str | int]) -> str:
    """Return a JSON pointer (RFC 6901)."""
    return "".join("/" + str(part).replace("~", "~0").replace("/", "~1") for part in parts)
