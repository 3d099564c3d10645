"""What requests say of watches and of what is read for them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from chalicelib.api.schemas import Id, Line, Name, Request
from chalicelib.listening.watches import WatchKind

Term = Annotated[Line, Field(max_length=200)]
Terms = Annotated[list[Term], Field(max_length=60)]


class QueryBody(Request):
    """Words and phrases; one in double quotes is exact, others fold accents and plurals."""

    all: Terms = Field(default_factory=list)
    any: Terms = Field(default_factory=list)
    none: Terms = Field(default_factory=list)
    forgives_typos: Annotated[bool, Field(strict=True)] = False


class SourceBody(Request):
    """Something to be read: a feed by its address, a tag or a search by its words."""

    kind: Literal["feed", "tag", "search"]
    network: Annotated[str, Field(max_length=40)] | None = None
    channel: Id | None = None
    """By whose account a network is searched; left out: any of the firm's on that network."""
    address: Annotated[Line, Field(max_length=2000)] | None = None
    words: Annotated[Line, Field(max_length=200)] | None = None
    label: Annotated[Line, Field(max_length=200)] | None = None


Sources = Annotated[list[SourceBody], Field(max_length=100)]


class WatchBody(Request):
    """What a firm wants to hear of."""

    name: Name
    kind: WatchKind
    query: QueryBody
    sources: Sources = Field(default_factory=list)


class TryBody(Request):
    """Asks what a watch would have found over the last seven days."""

    query: QueryBody
    sources: Sources = Field(default_factory=list)


class FeedsBody(Request):
    """Asks for the feeds of a site, by any of its pages."""

    url: Annotated[str, Field(min_length=1, max_length=2000)]
