"""The base of all answers of routes."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Answered(BaseModel):
    """The base of all answers."""

    model_config = ConfigDict(
        defer_build=True, extra="forbid", frozen=True, serialize_by_alias=True
    )
