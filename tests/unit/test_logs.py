"""Logs hold event names and ids of an allow-list, one line each."""

from __future__ import annotations

import json

import pytest

from chalicelib import logs
from tests.fakes import logbook


def test_an_event_is_one_line_of_json() -> None:
    with logbook.reading() as book:
        logs.event("due_sent", count=3, workspace="bakery\nforged: true", post=None)
    (line,) = book.getvalue().splitlines()
    said = json.loads(line)
    assert said["message"] == "due_sent"
    assert said["count"] == 3
    assert said["workspace"] == "bakery forged: true"
    assert "post" not in said


@pytest.mark.parametrize("key", ["text", "token", "email", "secret", "body", "url", "address"])
def test_what_is_not_on_the_list_cannot_be_logged(key: str) -> None:
    with pytest.raises(logs.NotLoggable):
        logs.event("x", **{key: "value"})


def test_a_failure_says_where_and_never_what() -> None:
    with logbook.reading() as book:
        try:
            int("the canary's secret")
        except ValueError as error:
            logs.failure("failed", error)
    said = json.loads(book.getvalue())
    assert said["error"] == "ValueError"
    assert said["where"].startswith("tests.unit.test_logs:")
    assert "canary" not in book.getvalue()


def test_long_values_are_cut() -> None:
    with logbook.reading() as book:
        logs.event("x", code="y" * 5000)
    assert len(book.getvalue()) < 500
