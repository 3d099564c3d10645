"""A receiver of webhooks, in memory, by the contract of docs/networks/webhook.md."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from jsonschema import Draft202012Validator  # type: ignore[import-untyped]

from tests.fakes.serving import Asked, Said, said

TOLERANCE = timedelta(minutes=5)
TEXT: dict[str, Any] = {"type": "string"}
NUMBER: dict[str, Any] = {"type": "integer", "minimum": 1}
SIZE: dict[str, Any] = {"type": "integer", "minimum": 0}
WEB: dict[str, Any] = {"type": "string", "pattern": "^https?://"}


def _closed(**properties: Any) -> dict[str, Any]:
    required = list(properties)
    return {"type": "object", "properties": properties, "required": required} | {
        "additionalProperties": False
    }


SCHEMA = _closed(
    version={"const": 1},
    event={"const": "post.published"},
    delivery={"type": "string", "minLength": 1},
    revision=NUMBER,
    workspace=TEXT,
    post=_closed(
        title=TEXT,
        text=TEXT,
        link={"anyOf": [WEB, {"type": "null"}]},
        language=TEXT,
        categories={"type": "array", "items": TEXT},
        content_warning=TEXT,
        media={
            "type": "array",
            "items": _closed(
                url=WEB,
                type=TEXT,
                alt=TEXT,
                width=NUMBER,
                height=NUMBER,
                size=SIZE,
                duration={"anyOf": [{"type": "number", "exclusiveMinimum": 0}, {"type": "null"}]},
            ),
        },
    ),
)


@dataclass
class FakeWebhook:
    """Does every delivery once."""

    now: Callable[[], datetime]
    base_url: str = "https://recu.test"
    secret: str = "s" * 40
    posts: dict[str, dict[str, Any]] = field(default_factory=dict)
    """The events that it did, by delivery."""
    looks_up: bool = True
    """Whether it knows the event ``delivery.lookup``."""
    tells: bool = True
    """Whether it says what it calls a post, and where it stands."""
    repeats_as: int = 409
    """What it answers to a delivery that it knows."""
    is_gone: bool = False
    forbids: bool = False
    pings: int = 0

    @property
    def url(self) -> str:
        return f"{self.base_url}/relais?cle=abc"

    def answer(self, asked: Asked) -> Said:
        if (asked.method, asked.path, asked.query.get("cle")) != ("POST", "/relais", "abc"):
            return said(404, {"error": "no such program"})
        if self.is_gone:
            return said(410, {"error": "no more, thank you"})
        if not self.is_signed(asked):
            return said(401, {"error": "signature"})
        if self.forbids:
            return said(403, {"error": "not from you"})
        event = asked.json()
        if event["version"] != 1:
            return said(400, {"error": "version"})
        if event["event"] == "ping":
            assert set(event) == {"version", "event"}
            self.pings += 1
            return Said(204, b"")
        if event["event"] == "delivery.lookup" and self.looks_up:
            return self.look_up(asked, event)
        if event["event"] == "post.published":
            return self.publish(asked, event)
        return said(400, {"error": "unknown event"})

    def is_signed(self, asked: Asked) -> bool:
        timestamp = asked.headers.get("relais-timestamp", "")
        if abs(self.now().timestamp() - int(timestamp)) > TOLERANCE.total_seconds():
            return False
        signed = timestamp.encode() + b"." + asked.body
        digest = hmac.new(self.secret.encode(), signed, hashlib.sha256).hexdigest()
        return hmac.compare_digest(f"v1={digest}", asked.headers.get("relais-signature", ""))

    def look_up(self, asked: Asked, event: dict[str, Any]) -> Said:
        assert "relais-delivery" not in asked.headers
        assert set(event) == {"version", "event", "delivery"}
        known = self.posts.get(event["delivery"])
        if known is None:
            return said(200, {"known": False})
        return said(200, {"known": True, **self.told(known)})

    def publish(self, asked: Asked, event: dict[str, Any]) -> Said:
        problems = [error.message for error in Draft202012Validator(SCHEMA).iter_errors(event)]
        if problems:
            return said(422, {"error": problems[0]})
        assert asked.headers["relais-delivery"] == event["delivery"]
        if known := self.posts.get(event["delivery"]):
            return said(self.repeats_as, self.told(known))
        self.posts[event["delivery"]] = event
        return said(201, self.told(event))

    def told(self, event: dict[str, Any]) -> dict[str, Any]:
        """Return what it says of a delivery that it did; always the same."""
        number = list(self.posts).index(event["delivery"]) + 1
        where = {"id": number, "url": f"{self.base_url}/actus/{number}"} if self.tells else {}
        return {"revision": event["revision"], **where}
