"""An account that publishes in two phases: tokens of 60 days, containers, quotas.

https://developers.facebook.com/docs/instagram-platform/content-publishing
https://developers.facebook.com/docs/threads/posts
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from tests.fakes.fake_graph import CLIENT_SECRET, Refused, SignInPage, paged, refused, stamp
from tests.fakes.graph_fields import parsed, picked
from tests.fakes.serving import Asked, Said

LASTS = timedelta(days=60)
RIPE = timedelta(hours=24)
LIVES = timedelta(hours=24)
"""Of a container."""
WINDOW = timedelta(hours=24)


@dataclass(kw_only=True)
class FakeTwoPhase:
    """What Instagram and Threads have in common; each says what it calls things."""

    now: Callable[[], datetime]
    page: SignInPage
    account: str
    username: str = "boulangerie.martin"
    kind: str = ""
    """What its grant types begin with."""
    state: str = ""
    """The field that says how a container stands."""
    why: str = ""
    scopes: frozenset[str] = frozenset()
    token: str = ""
    """The one long-lived token that is taken."""
    given_at: datetime | None = None
    lasts: timedelta = LASTS
    renews: bool = True
    """False: a private profile's."""
    looks: int = 0
    """How many times a new container is looked at before it is ready."""
    looks_at_video: int = 2
    """The same of one with a video: the network fetches it and works on it."""
    fails_with: str = ""
    """What the next containers fail of."""
    quota: int = 100
    fetches: Callable[[str], bool] = lambda url: url.startswith("https://")
    """Says whether a picture or a video can be fetched from an address."""
    hides_newest: int = 0
    """How many of the newest posts a listing doesn't show yet."""
    containers: dict[str, dict[str, Any]] = field(default_factory=dict)
    posts: list[dict[str, Any]] = field(default_factory=list)
    """What is live, the newest first."""
    made: set[str] = field(default_factory=set)
    """Every container that there ever was."""
    issued: int = 9000

    def answer(self, asked: Asked) -> Said:
        raise NotImplementedError

    # Signing in.

    def short(self, form: Mapping[str, str]) -> str:
        self.scopes = frozenset(self.page.scopes(self.page.take(form)))
        return f"short-{self.new_id()}"

    def exchange(self, params: Mapping[str, str]) -> dict[str, Any]:
        if params["grant_type"] != f"{self.kind}_exchange_token":
            raise Refused(refused(100))
        if params["client_secret"] != CLIENT_SECRET or not params["access_token"].startswith("sh"):
            raise Refused(refused(190))
        return self.give()

    def refresh(self, params: Mapping[str, str]) -> dict[str, Any]:
        self.require_token(params["access_token"])
        assert params["grant_type"] == f"{self.kind}_refresh_token"
        assert self.given_at is not None
        if not self.renews or self.now() - self.given_at < RIPE:
            raise Refused(refused(100))
        return self.give()

    def give(self) -> dict[str, Any]:
        self.token, self.given_at = f"long-{self.new_id()}", self.now()
        lasts = int(self.lasts.total_seconds())
        return {"access_token": self.token, "token_type": "bearer", "expires_in": lasts}

    def require_token(self, token: str) -> None:
        is_over = self.given_at is None or self.now() >= self.given_at + self.lasts
        if not token or token != self.token or is_over:
            raise Refused(refused(190, 463, 401))

    def require(self, scope: str) -> None:
        if scope not in self.scopes:
            raise Refused(refused(10, status=403))

    # Containers.

    def contain(self, form: Mapping[str, str]) -> dict[str, Any]:
        container = self.new_id()
        self.made.add(container)
        self.containers[container] = {
            "id": container,
            "form": dict(form),
            "at": self.now(),
            "left": max(self.looks, self.looks_at_video if "video_url" in form else 0),
            "failed": self.fails_with,
            "live": False,
        }
        return {"id": container}

    def standing(self, container: str) -> str:
        known = self.containers[container]
        if known["live"]:
            return "PUBLISHED"
        if self.now() >= known["at"] + LIVES:
            return "EXPIRED"
        if known["failed"]:
            return "ERROR"
        return "IN_PROGRESS" if known["left"] else "FINISHED"

    def looked_at(self, container: str, params: Mapping[str, str]) -> dict[str, Any]:
        known = self.containers[container]
        state = self.standing(container)
        known["left"] = max(0, known["left"] - 1)
        told = {"id": container, self.state: state}
        if state == "ERROR":
            told[self.why] = known["failed"]
        return picked(told, parsed(params.get("fields", "id")))

    def publish(self, container: str) -> dict[str, Any]:
        used = sum(self.now() - post["made"] < WINDOW for post in self.posts)
        if used >= self.quota:
            raise Refused(self.over_quota())
        state = self.standing(container) if container in self.containers else ""
        if state != "FINISHED":
            raise Refused(self.not_ready(state))
        known = self.containers[container]
        known["live"] = True
        post = {"id": self.new_id(), "timestamp": stamp(self.now()), "made": self.now()}
        self.posts.insert(0, {**post, "username": self.username, **self.shown(known["form"])})
        return {"id": post["id"]}

    def over_quota(self) -> Said:
        raise NotImplementedError

    def not_ready(self, state: str) -> Said:
        raise NotImplementedError

    def shown(self, form: Mapping[str, str]) -> dict[str, Any]:
        raise NotImplementedError

    def children(self, form: Mapping[str, str], most: int) -> list[str]:
        """Return the items of a carousel, if they are ready to be in one."""
        ids = form.get("children", "").split(",")
        known = [self.containers[n] for n in ids if n in self.containers]
        are_items = all(c["form"].get("is_carousel_item") == "true" for c in known)
        if len(known) < len(ids) or not are_items or not 2 <= len(ids) <= most:
            raise Refused(refused(100))
        if any(self.standing(n) != "FINISHED" for n in ids):
            raise Refused(refused(9007, 2207027))
        return ids

    def listed(self, params: Mapping[str, str], **which: Any) -> dict[str, Any]:
        shown = self.posts[self.hides_newest :]
        kept = [p for p in shown if all(p.get(name) == value for name, value in which.items())]
        return paged(kept, params)

    def used(self, **which: Any) -> int:
        fresh = [p for p in self.posts if self.now() - p["made"] < WINDOW]
        return sum(all(p.get(name) == value for name, value in which.items()) for p in fresh)

    def new_id(self) -> str:
        self.issued += 1
        return str(self.issued)
