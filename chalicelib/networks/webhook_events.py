"""The events that a webhook is sent, how they are signed, and what its answers mean.

As documented for integrators in docs/networks/webhook.md. The layout follows
https://www.standardwebhooks.com/ (2xx, 410, 429, Retry-After), under header names of our own.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.clock import Clock
from chalicelib.networks.addresses import host_of, is_web_address, server_address
from chalicelib.networks.contract import Outgoing, Profile
from chalicelib.networks.replies import as_object, retry_after, said_text
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Rejected
from chalicelib.publishing.posts import normalise_text

if TYPE_CHECKING:
    from chalicelib.networks.http import Http, Reply

SCHEMA = 1
"""The version of the events; a change that could break a receiver is a new one."""
DEADLINE_SECONDS = 10.0
_BLANKS = b"\xef\xbb\xbf \t\r\n"
"""What may stand before a page: a byte order mark and white space."""


def receiver_url(typed: str) -> str:
    """Return the address of a receiver as it is posted to.

    Raises:
        Rejected: it is no https address, or holds a password; ``reason`` is ``url``.
    """
    text = typed.strip()
    url = (text if "://" in text else f"https://{text}").partition("#")[0]
    server_address(url, "url")
    if not is_web_address(url):
        raise Rejected("not a whole address", "url")
    return url


def post_event(out: Outgoing, public_url: str) -> dict[str, object]:
    """Return the event of a post: the same at every attempt of one version."""
    content = out.content
    return {
        "version": SCHEMA,
        "event": "post.published",
        "delivery": out.delivery,
        "revision": out.version,
        "workspace": out.workspace,
        "post": {
            "title": content.title.strip(),
            "text": normalise_text(content.text),
            "link": content.link,
            "language": content.language,
            "categories": list(content.categories),
            "content_warning": content.content_warning,
            "media": [
                {
                    "url": f"{public_url}/media/{m.sha256}",
                    "type": m.content_type,
                    "alt": m.alt,
                    "width": m.width,
                    "height": m.height,
                    "size": m.size,
                    "duration": m.duration_ms / 1000 if m.is_video else None,
                }
                for m in content.media
            ],
        },
    }


def signed(body: bytes, secret: str, now: datetime) -> dict[str, str]:
    """Return the headers that sign a body at an instant (HMAC-SHA256, RFC 2104)."""
    timestamp = str(int(now.timestamp()))
    digest = hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256)
    return {
        "Content-Type": "application/json",
        "Relais-Timestamp": timestamp,
        "Relais-Signature": f"v1={digest.hexdigest()}",
    }


@dataclass(frozen=True, slots=True)
class Receiver:
    """One program that takes events."""

    http: Http = field(repr=False)
    clock: Clock = field(repr=False)
    url: str = field(repr=False)
    secret: str = field(repr=False)

    def ask(self, event: str, **more: str) -> Reply:
        """Send an event that changes nothing.

        Raises:
            NetworkError: there was no answer, or a redirect or a 5xx other than 503.
        """
        return self._post({"version": SCHEMA, "event": event, **more})

    def publish(
        self, event: Mapping[str, object], delivery: str, before_send: Callable[[], None]
    ) -> Reply:
        """Send a post; ``Relais-Delivery`` goes with nothing else, so that it can be relied on.

        Raises:
            NetworkError: by its kind, see ``publishing/outcomes``.
        """
        return self._post(event, {"Relais-Delivery": delivery}, before_send)

    def profile(self) -> Profile:
        """Return who it is: its host, known by a hash of its whole address."""
        known_by = hashlib.sha256(self.url.encode()).hexdigest()[:32]
        return Profile(known_by, host_of(self.url), "", "")

    def _post(
        self,
        event: Mapping[str, object],
        headers: Mapping[str, str] | None = None,
        before_send: Callable[[], None] | None = None,
    ) -> Reply:
        body = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        return self.http.request(
            "POST",
            self.url,
            headers={**signed(body, self.secret, self.clock.now()), **(headers or {})},
            data=body,
            write=before_send is not None,
            before_send=before_send,
            deadline_s=DEADLINE_SECONDS,
            takes=frozenset({503}),
        )


def is_page(reply: Reply) -> bool:
    """Say whether an answer is a page of HTML: a proxy's, a firewall's, a maintenance's."""
    return reply.body.lstrip(_BLANKS).startswith(b"<")


def taken(reply: Reply, now: datetime) -> dict[str, Any] | None:
    """Return what the receiver says of an event that it took, or had taken before.

    None if the answer isn't the receiver's own, and so proves nothing.

    Raises:
        RateLimited: 429, or 503 with the time to come back.
        AuthExpired: 401 or 403, or 410: it wants no more.
        Rejected: any other 4xx.
    """
    answer = as_object(reply)
    detail = f"{reply.status} {said_text(answer.get('error'))[:120]}".strip()
    reset = retry_after(reply.headers, now)
    if reply.status == 429:
        raise RateLimited(detail, reset)
    if is_page(reply):
        return None
    if reply.status == 503 and reset is not None:
        raise RateLimited(detail, reset)
    if 200 <= reply.status < 300 or reply.status == 409:
        return answer
    if reply.status in {401, 403, 410}:
        raise AuthExpired(detail)
    if 400 <= reply.status < 500:
        raise Rejected(detail)
    return None
