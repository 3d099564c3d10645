"""Each network's fake as lives use it: what it shows, what it refuses, how it is connected."""

from __future__ import annotations

import random
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import Any, Protocol, runtime_checkable

from chalicelib.networks import bluesky, mastodon
from chalicelib.networks.articles import article_html, article_title
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import Content, Media
from tests.fakes import fake_bluesky, fake_mastodon, fake_wordpress
from tests.fakes.fake_bluesky import FakeBluesky
from tests.fakes.fake_mastodon import FakeMastodon
from tests.fakes.fake_wordpress import FakeWordPress
from tests.fakes.serving import Asked, Said, said

Now = Callable[[], datetime]
CARRIES = "carries"
"""A header that only the wire adds: the key of the delivery that a request is for. No adapter
sends it; where nothing in what is live tells whose it is, a rig keeps it for the judge."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A post that is live; ``truth`` tells whose it is and is nothing an adapter reads."""

    id: str
    truth: str
    shown: object
    """What a reader sees, to be compared with ``Rig.shown``."""
    media: int
    at: datetime | None = None
    """Since when, where the network says it truly."""


class Rig(Protocol):
    """One fake network, as far as a life must know it."""

    @property
    def typed(self) -> Mapping[str, str]:
        """Return what a person types to connect, right as long as nothing is revoked."""
        ...

    def seen(self) -> list[Seen]:
        """Return all that is live of ours."""
        ...

    def truth_of(self, delivery: Delivery) -> str:
        """Return what ``Seen.truth`` is for a delivery."""
        ...

    def shown(self, content: Content) -> object:
        """Return what a reader would see of a content."""
        ...

    def restore(self) -> None:
        """Let a person who connects anew publish again."""
        ...

    def temper(self, chance: random.Random) -> None:
        """Be one of the many servers there are."""
        ...


@runtime_checkable
class SignsIn(Protocol):
    """A network that people connect on its own sign-in page only."""

    def say_yes(self, url: str) -> Mapping[str, str]:
        """Be the person who signs in there and agrees; return what she comes back with."""
        ...


@runtime_checkable
class ShowsVideo(Protocol):
    """A network whose lives are lived with a video in place of a picture."""

    @property
    def video(self) -> Media:
        """Return what they show."""
        ...


class Server(Rig, Protocol):
    """One that is reached by HTTP, and may go wrong in its own way."""

    @property
    def host(self) -> str:
        """Return where it is."""
        ...

    def answer(self, asked: Asked) -> Said:
        """Answer by the network's rules."""
        ...

    def hide(self, remote_id: str, until: datetime) -> None:
        """Keep a post out of listings until then, where the network has any."""
        ...

    def revoke(self) -> None:
        """Take no secret of ours any more."""
        ...

    def demote(self) -> None:
        """Take our secret, and let it publish nothing."""
        ...

    def vanish(self) -> None:
        """Lose whatever was prepared and isn't public."""
        ...

    def limited(self, until: datetime | None) -> Said:
        """Return the refusal of one that asks too often."""
        ...

    def unauthorised(self) -> Said:
        """Return the refusal of a secret."""
        ...

    def forbidden(self) -> Said:
        """Return the refusal of a right."""
        ...

    def invalid(self) -> Said:
        """Return the refusal of a content."""
        ...


@runtime_checkable
class ManyHosts(Protocol):
    """One that is reached at several hosts."""

    @property
    def hosts(self) -> frozenset[str]:
        """Return where it is."""
        ...


def hosts_of(rig: Server) -> frozenset[str]:
    """Return every host that a network answers at."""
    return rig.hosts if isinstance(rig, ManyHosts) else frozenset({rig.host})


class _Instance(FakeMastodon):
    """Lists what it has only after a while, by pages of its own, and may alter texts."""

    def __init__(self, now: Now) -> None:
        super().__init__(now, base_url="https://piaille.test", honours_keys=False)
        self.hidden: dict[str, datetime] = {}
        self.page = 40
        self.alters = False

    def listing(self, asked: Asked) -> Said:
        everything, limit = self.statuses, min(int(asked.query.get("limit", "20")), self.page)
        self.statuses = [
            s for s in everything if self.hidden.get(s["id"], self.now()) <= self.now()
        ]
        try:
            return super().listing(replace(asked, query={**asked.query, "limit": str(limit)}))
        finally:
            self.statuses = everything

    def status(self, body: dict[str, Any]) -> dict[str, Any]:
        made = super().status(body)
        if self.alters:
            made["content"] = made["content"].replace("</p>", " (via un relais)</p>")
        return made


@dataclass
class MastodonRig:
    """An instance that ignores Idempotency-Key, as some do: only looking keeps it to one."""

    now: Now
    truths: dict[str, tuple[str, str]] = field(default_factory=dict)
    """Status id → (Idempotency-Key, the text as it was sent)."""

    host = "piaille.test"

    def __post_init__(self) -> None:
        self.fake = _Instance(self.now)

    @property
    def typed(self) -> Mapping[str, str]:
        return {"instance": "piaille.test", "token": self.fake.token}

    def answer(self, asked: Asked) -> Said:
        before = len(self.fake.statuses)
        answer = self.fake.answer(asked)
        if len(self.fake.statuses) > before:
            key, text = asked.headers["idempotency-key"], asked.json()["status"]
            self.truths[self.fake.statuses[0]["id"]] = (key, text)
        return answer

    def seen(self) -> list[Seen]:
        ours = [s for s in self.fake.statuses if s["id"] in self.truths]
        return [Seen(s["id"], *self.truths[s["id"]], len(s["media_attachments"])) for s in ours]

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.uuid

    def shown(self, content: Content) -> object:
        return wording(content, mastodon.SPEC)

    def hide(self, remote_id: str, until: datetime) -> None:
        self.fake.hidden[remote_id] = until

    def crowd(self, count: int) -> None:
        """Let the firm's people write other statuses by hand."""
        for n in range(count):
            body = {"status": f"Brève du jour numéro {n}, sans rapport.", "visibility": "public"}
            self.fake.statuses.insert(0, self.fake.status(body))

    def revoke(self) -> None:
        self.fake.token = "revoked"

    def demote(self) -> None:
        self.fake.scopes = frozenset({"profile", "read"})

    def restore(self) -> None:
        self.fake.token, self.fake.scopes = "a-new-token", frozenset({"profile", "read", "write"})

    def vanish(self) -> None:
        self.fake.media = {n: m for n, m in self.fake.media.items() if m["used"]}

    def limited(self, until: datetime | None) -> Said:
        more = {"X_RateLimit_Reset": until.isoformat()} if until else {}
        return said(429, {"error": "Too many requests"}, **more)

    def unauthorised(self) -> Said:
        return fake_mastodon.error(401, "The access token is invalid")

    def forbidden(self) -> Said:
        return fake_mastodon.error(403, "This action is outside the authorized scopes")

    def invalid(self) -> Said:
        return fake_mastodon.error(422, "Validation failed: Visibility is not included")

    def temper(self, chance: random.Random) -> None:
        self.fake.honours_keys = chance.random() < 0.5
        self.fake.refuses_lost_media = chance.random() < 0.5
        self.fake.page = chance.choice([40, 40, 20, 5])
        self.fake.processing = chance.choice([0, 0, 1, 3])


@dataclass
class BlueskyRig:
    """An account on a server."""

    now: Now
    host = "pds.test"

    def __post_init__(self) -> None:
        self.fake = FakeBluesky(self.now, base_url=f"https://{self.host}")

    @property
    def typed(self) -> Mapping[str, str]:
        password = self.fake.app_password
        return {"handle": self.fake.handle, "app_password": password, "pds": self.fake.base_url}

    def answer(self, asked: Asked) -> Said:
        return self.fake.answer(asked)

    def seen(self) -> list[Seen]:
        found = self.fake.records.items()
        return [Seen(r["uri"], k, r["value"]["text"], _images(r["value"])) for k, r in found]

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.record_key

    def shown(self, content: Content) -> object:
        return wording(content, bluesky.SPEC)

    def hide(self, remote_id: str, until: datetime) -> None:
        """A record is read where it is written."""

    def revoke(self) -> None:
        self.expire()
        self.fake.refresh.clear()
        self.fake.app_password = "revoked"

    def expire(self) -> None:
        """Let the access token end before its time."""
        self.fake.access.clear()

    def demote(self) -> None:
        self.revoke()

    def restore(self) -> None:
        self.fake.app_password = "efgh-ijkl-mnop-abcd"

    def vanish(self) -> None:
        self.fake.blobs.clear()

    def limited(self, until: datetime | None) -> Said:
        more = {"ratelimit_reset": str(int(until.timestamp()))} if until else {}
        return said(429, {"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, **more)

    def unauthorised(self) -> Said:
        return fake_bluesky.refused("ExpiredToken", "Token has expired")

    def forbidden(self) -> Said:
        return fake_bluesky.refused("AccountTakedown", "Account has been taken down", 401)

    def invalid(self) -> Said:
        return fake_bluesky.refused("InvalidRequest", "Invalid app.bsky.feed.post record: langs")

    def temper(self, chance: random.Random) -> None:
        if chance.random() < 0.3:
            self.expire()


def _images(record: Mapping[str, Any]) -> int:
    return len((record.get("embed") or {}).get("images", ()))


FIGURE = re.compile(r"<figure.*?</figure>\n")


class _Blog(FakeWordPress):
    """Refuses a picture in front that isn't there, as WordPress does."""

    def write_post(self, asked: Asked, number: int | None) -> Said:
        front = asked.json().get("featured_media", 0)
        if front and front not in self.media:
            text = "Invalid featured media ID."
            return fake_wordpress.refused(400, "rest_invalid_featured_media", text)
        return super().write_post(asked, number)


@dataclass
class WordPressRig:
    """A blog."""

    now: Now
    truths: dict[int, str] = field(default_factory=dict)
    """Post id → the slug it was made with."""
    host = "blog.test"

    def __post_init__(self) -> None:
        self.fake = _Blog(self.now, base_url=f"https://{self.host}")

    @property
    def typed(self) -> Mapping[str, str]:
        fake = self.fake
        password = fake.password
        return {
            "site": fake.base_url,
            "username": fake.username,
            "application_password": password,
        }

    def answer(self, asked: Asked) -> Said:
        before = set(self.fake.posts)
        answer = self.fake.answer(asked)
        for number in set(self.fake.posts) - before:
            self.truths[number] = asked.json()["slug"]
        return answer

    def seen(self) -> list[Seen]:
        return [self._seen(post) for post in self.fake.live()]

    def _seen(self, post: Mapping[str, Any]) -> Seen:
        text, others = FIGURE.subn("", post["content"]["raw"])
        media = others + (post.get("featured_media", 0) != 0)
        return Seen(str(post["id"]), self.truths[post["id"]], (post["title"]["raw"], text), media)

    def truth_of(self, delivery: Delivery) -> str:
        return delivery.key.slug

    def shown(self, content: Content) -> object:
        return article_title(content), article_html(content)

    def hide(self, remote_id: str, until: datetime) -> None:
        """A post is read where it is written."""

    def revoke(self) -> None:
        self.fake.password = "revoked"

    def demote(self) -> None:
        self.fake.role = "contributor"

    def restore(self) -> None:
        self.fake.password, self.fake.role = "zyxwvutsrqponmlkjihgfedc", "editor"

    def vanish(self) -> None:
        for post in list(self.fake.posts.values()):
            if post["status"] == "draft":
                del self.fake.posts[post["id"]]

    def lose_media(self) -> None:
        """Let a person clear the library of pictures that nothing shows."""
        self.fake.media.clear()

    def publish_by_hand(self) -> None:
        """Let a person publish the draft that she finds."""
        for post in self.fake.posts.values():
            post["status"] = "publish"

    def limited(self, until: datetime | None) -> Said:
        more = {"Retry-After": format_datetime(until.astimezone(UTC), usegmt=True)} if until else {}
        return Said(429, b"<html>Too many requests</html>", {"Content-Type": "text/html", **more})

    def unauthorised(self) -> Said:
        return fake_wordpress.refused(401, "rest_cannot_edit", "Sorry, you are not allowed.")

    def forbidden(self) -> Said:
        return fake_wordpress.refused(403, "rest_cannot_publish", "Sorry, you are not allowed.")

    def invalid(self) -> Said:
        return fake_wordpress.refused(400, "rest_invalid_param", "Invalid parameter(s): title")

    def temper(self, chance: random.Random) -> None:
        self.fake.is_noisy = chance.random() < 0.3
