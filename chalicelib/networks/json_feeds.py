"""The schema of JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/), and of 1.0."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError


def _as_text(value: object) -> object:
    """Take numbers for texts, as readers are told to, and null for nothing."""
    if value is None:
        return ""
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return str(value) if is_number else value


_Text = Annotated[str, BeforeValidator(_as_text)]


class _Lenient(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class JsonAuthor(_Lenient):
    """Who wrote something."""

    name: _Text = ""
    url: _Text = ""


class JsonItem(_Lenient):
    """One entry."""

    id: _Text = ""
    url: _Text = ""
    external_url: _Text = ""
    title: _Text = ""
    content_html: _Text = ""
    content_text: _Text = ""
    summary: _Text = ""
    date_published: _Text = ""
    date_modified: _Text = ""
    language: _Text = ""
    authors: tuple[JsonAuthor, ...] = ()
    author: JsonAuthor | None = None
    """Of version 1.0."""


class JsonFeed(_Lenient):
    """A feed; its items are read one by one, so that a broken one doesn't hide the others."""

    version: _Text
    title: _Text = ""
    home_page_url: _Text = ""
    language: _Text = ""
    expired: bool = False
    items: list[Any]


def read_json_feed(value: object) -> tuple[JsonFeed, list[JsonItem], int]:
    """Return a feed, its items, and how many of these couldn't be read.

    Raises:
        ValueError: it is no JSON Feed.
    """
    feed = JsonFeed.model_validate(value)
    if not feed.version.startswith(("https://jsonfeed.org/", "http://jsonfeed.org/")):
        raise ValueError("not a JSON Feed")
    items, skipped = [], 0
    for item in feed.items:
        try:
            items.append(JsonItem.model_validate(item))
        except ValidationError:
            skipped += 1
    return feed, items, skipped
