"""The API's services over fakes, and a client that calls the real Chalice app in process."""

from __future__ import annotations

import json
import re
from base64 import b64encode
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from urllib.parse import parse_qs, urlsplit

from app import app
from chalicelib.api import services
from chalicelib.ids import ChannelId, MemberId, PostId, WorkspaceId
from chalicelib.measuring.clicking import Redirect
from chalicelib.networks import registry
from chalicelib.networks.advice import Advice
from chalicelib.networks.oauth import App
from chalicelib.networks.spec import Limits, NetworkSpec
from chalicelib.publishing.chaining import Chainer
from chalicelib.publishing.compose import Composer
from chalicelib.publishing.holding import Holding
from chalicelib.publishing.planning import Planner
from chalicelib.publishing.site import SiteEntry
from chalicelib.settings import Settings, load
from chalicelib.workspaces.authorizing import Authorizing
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.connecting import Connecting
from chalicelib.workspaces.seals import Seals
from chalicelib.workspaces.sessions import Sessions
from chalicelib.workspaces.uploads import Uploads
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from tests.fakes.clocks import START, SettableClock
from tests.fakes.heard_world import Listens
from tests.fakes.memory_links import MemoryLinks, MemoryVisitors
from tests.fakes.memory_queue import MemoryQueue
from tests.fakes.memory_store import MemoryStore
from tests.fakes.memory_workspaces import (
    MemoryAudit,
    MemoryAwaited,
    MemoryBucket,
    MemoryChannelBook,
    MemoryCounters,
    MemoryMediaShelf,
    MemoryMembers,
    MemoryPostLists,
    MemoryRepeats,
    MemoryVault,
    MemoryWaysIn,
    MemoryWorkspaces,
    RecordingLinkMail,
    ScriptedDoors,
)

BAKERY = WorkspaceId("bakery")
FLORIST = WorkspaceId("florist")
ROLES = {role.name.lower(): role for role in Role}
SPECS: Mapping[str, NetworkSpec] = {spec.name: spec for spec in registry.describe_all()}
CHANNELS = {"masto": "mastodon", "blue": "bluesky", "insta": "manual"}
"""The bakery's channels, by id; the manual one is for Instagram."""
Draft = dict[str, Any]


class LetterIds:
    """Identifiers as real ones look, in the order in which they are asked for."""

    def __init__(self) -> None:
        self._n = 0

    def new(self) -> str:
        self._n += 1
        return "new" + "".join(chr(ord("a") + int(d)) for d in f"{self._n:06d}")

    def secret(self) -> str:
        return f"secret_{self.new()}-{'x' * 32}"


class ShelvedPages:
    """``api.services.SitePages``."""

    def __init__(self) -> None:
        self.entries: list[SiteEntry] = []

    def entry(self, code: str) -> SiteEntry | None:
        return next((e for e in self.entries if e.code == code), None)

    def latest(self, workspace: WorkspaceId, limit: int) -> Sequence[SiteEntry]:
        own = [e for e in self.entries if e.workspace == workspace]
        return sorted(own, key=lambda e: e.published_at, reverse=True)[:limit]


@dataclass
class ApiWorld:
    """Two firms, a member of each role in the first, three channels: ``api.services.Services``."""

    environ: Mapping[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.settings: Settings = load(self.environ)
        self.clock = SettableClock(START)
        self.ids = LetterIds()
        self.seals = Seals(b"k" * 32)
        self.store = MemoryStore(self.clock)
        self.queue = MemoryQueue(self.clock)
        self.ways_in = MemoryWaysIn()
        self.members = MemoryMembers()
        self.workspaces = MemoryWorkspaces(self.store)
        self.repeats = MemoryRepeats()
        self.mail = RecordingLinkMail()
        self.mail_failures: list[str] = []
        self.waited: list[float] = []
        self.doors = ScriptedDoors()
        self.vault = MemoryVault()
        self.awaited = MemoryAwaited()
        self.audit = MemoryAudit()
        self.shelf = MemoryMediaShelf()
        self.bucket = MemoryBucket()
        self.site_pages = ShelvedPages()
        self.links = MemoryLinks()
        self.redirect = Redirect(
            clock=self.clock, ids=self.ids, links=self.links, visitors=MemoryVisitors()
        )
        self.network_specs = SPECS
        self.apps: Mapping[str, App] = {}
        self.posts = self.store.posts
        self.deliveries = self.store.deliveries
        self.post_lists = MemoryPostLists(self.store)
        self._put_together()
        self._fill()

    def _put_together(self) -> None:
        clock, store = self.clock, self.store
        self.attended: list[Channel] = []
        self.sessions = Sessions(
            clock=clock,
            ids=self.ids,
            seals=self.seals,
            ways_in=self.ways_in,
            members=self.members,
            counters=MemoryCounters(),
            mail=self.mail,
            wait=self.waited.append,
            link_url=lambda token: f"http://127.0.0.1:8000/entrer#{token}",
            on_mail_failure=self.mail_failures.append,
        )
        self.holding = Holding(
            clock=clock, deliveries=store.deliveries, agenda=store.agenda, queue=self.queue
        )
        self.channel_book = MemoryChannelBook(store)
        self.connecting = Connecting(
            clock=clock,
            channels=self.channel_book,
            networks=self.doors,
            vault=self.vault,
            holding=self.holding,
            attend=self.attended.append,
        )
        self.channels = self.channel_book
        self.authorizing = Authorizing(
            clock=clock,
            ids=self.ids,
            seals=self.seals,
            pages=self.doors,
            awaited=self.awaited,
            members=self.members,
            connecting=self.connecting,
            back_url=lambda network: f"http://127.0.0.1:8000/api/v1/callbacks/{network}",
        )
        self.uploads = Uploads(clock=clock, ids=self.ids, shelf=self.shelf, bucket=self.bucket)
        advice = Advice(media_url=lambda _, sha256: f"http://127.0.0.1:8000/media/{sha256}")
        self.checks = self.counting = advice
        self.composer = Composer(
            clock=clock,
            ids=self.ids,
            posts=store.posts,
            deliveries=store.deliveries,
            planner=Planner(
                clock=clock,
                ids=self.ids,
                channel_store=store.channels,
                checks=advice,
                chainer=Chainer(clock=clock, deliveries=store.deliveries, twins=store.twins),
                resend_class=advice.resend_class,
            ),
            queue=self.queue,
        )
        self.listens = listens = Listens(self)
        self.watching, self.looking = listens.watching, listens.looking
        self.find_feeds = listens.networks.find_feeds
        self.triage, self.conversations = listens.triage, listens.conversations
        self.answering, self.moderating = listens.answering, listens.moderating
        self.reply_book, self.answer_times = listens.reply_book, listens.answer_times
        self.reports, self.entering = listens.reports, listens.entering
        self.shortening, self.link_book = listens.shortening, listens.link_book

    def limits(self, channel: Channel) -> Limits:
        """Return what a channel takes."""
        return SPECS[channel.network].limits

    def _fill(self) -> None:
        for firm, name in ((BAKERY, "Boulangerie Martin"), (FLORIST, "Fleurs <Flora> & fils")):
            self.store.add_workspace(
                Workspace(id=firm, name=name, feed_token=f"feed-{firm}", created_at=START)
            )
        for name, role in ROLES.items():
            self.add_member(BAKERY, name, role)
        self.add_member(FLORIST, "flora", Role.OWNER)
        for channel, network in CHANNELS.items():
            self.add_channel(BAKERY, channel, network)
        self.add_channel(FLORIST, "florapage", "mastodon")

    def add_member(self, firm: WorkspaceId, name: str, role: Role) -> Member:
        """Let somebody into a firm."""
        member = Member(
            workspace=firm,
            id=MemberId(name),
            email=f"{name}@example.org",
            name=name.title(),
            role=role,
            created_at=START,
        )
        self.members.put(member)
        return member

    def add_channel(self, firm: WorkspaceId, channel: str, network: str) -> Channel:
        """Connect a channel."""
        made = Channel(
            workspace=firm,
            id=ChannelId(channel),
            network=network,
            name=channel.title(),
            handle=channel,
            url=f"https://social.example/@{channel}",
            remote_id=f"id-of-{channel}",
            settings={"target": "instagram", "page": "https://www.instagram.com/martin"}
            if network == "manual"
            else {},
            created_at=START - timedelta(days=30),
            rev=1,
        )
        self.store.set_channel(made)
        self.vault.put(firm, made.id, {"password": "kept"})
        return made

    def draft(self, **changes: Any) -> Draft:
        """Return the body of a post for tomorrow on all channels."""
        body: Draft = {
            "text": "La galette est là",
            "channels": list(CHANNELS),
            "when": {"kind": "at", "local": "2026-11-26T08:30", "zone": "Europe/Paris"},
        }
        return {**body, **changes}


@dataclass(frozen=True, slots=True)
class Answer:
    """What the app answered."""

    status: int
    headers: Mapping[str, str]
    """Lower case; of a header sent more than once the first."""
    text: str

    @property
    def json(self) -> Any:
        """The body."""
        return json.loads(self.text)

    @property
    def slug(self) -> str:
        """The kind of problem that it is."""
        assert self.headers["content-type"] == "application/problem+json"
        kind: str = self.json["type"]
        return kind.removeprefix("/problems/")

    @property
    def faults(self) -> dict[str, str]:
        """The code of each fault by its pointer."""
        return {e["pointer"]: e["code"] for e in self.json.get("errors", [])}


class Client:
    """Calls the app as API Gateway does, as a person's browser or a machine."""

    def __init__(self, headers: Mapping[str, str] | None = None) -> None:
        self.headers = dict(headers or {})

    def with_headers(self, **headers: str) -> Client:
        """Return a client that sends these too; underscores stand for hyphens."""
        more = {name.replace("_", "-"): value for name, value in headers.items()}
        return Client({**self.headers, **more})

    def without(self, *names: str) -> Client:
        """Return a client that doesn't send these headers."""
        return Client({k: v for k, v in self.headers.items() if k not in names})

    def get(self, path: str) -> Answer:
        return self.call("GET", path)

    def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        return self.with_headers(**headers).call("POST", path, body)

    def put(self, path: str, body: Any) -> Answer:
        return self.call("PUT", path, body)

    def patch(self, path: str, body: Any) -> Answer:
        return self.call("PATCH", path, body)

    def delete(self, path: str) -> Answer:
        return self.call("DELETE", path)

    def call(self, method: str, path: str, body: Any = None) -> Answer:
        """Call a path; a body that isn't bytes is sent as JSON."""
        headers = dict(self.headers)
        raw = body if isinstance(body, bytes) or body is None else json.dumps(body).encode()
        if raw is not None:
            headers.setdefault("content-type", "application/json")
        parts = urlsplit(path)
        route, params = _match(parts.path)
        event = {
            "headers": headers,
            "pathParameters": params or None,
            "stageVariables": None,
            "multiValueQueryStringParameters": parse_qs(parts.query, keep_blank_values=True)
            or None,
            "body": raw.decode("utf-8", "surrogateescape") if raw is not None else None,
            "isBase64Encoded": False,
            "requestContext": {
                "httpMethod": method,
                "resourcePath": route,
                "path": f"/api{parts.path}",
                "identity": {"sourceIp": "198.51.100.7"},
            },
        }
        if raw is not None:
            event["body"] = _base64(raw)
            event["isBase64Encoded"] = True
        out = app(event, _context())
        many = {k.lower(): v[0] for k, v in out["multiValueHeaders"].items()}
        single = {k.lower(): v for k, v in out["headers"].items()}
        return Answer(out["statusCode"], {**single, **many}, out["body"])


OWN_PAGES = {"x-relais": "1", "origin": "http://127.0.0.1:8000"}


def visitor() -> Client:
    """Return a browser on our own pages where nobody is signed in."""
    return Client(OWN_PAGES)


def browser(world: ApiWorld, member: str) -> Client:
    """Return the browser of a person who is signed in."""
    path = urlsplit(world.sessions.make_link(MemberId(member))).fragment
    entered = world.sessions.enter(path, None, f"address-of-{member}-{world.ids.new()}")
    return Client({**OWN_PAGES, "cookie": f"relais={entered.token}"})


def machine(world: ApiWorld, member: str, *scopes: str, firm: WorkspaceId = BAKERY) -> Client:
    """Return a program with an API key that a person made."""
    made = world.sessions.make_key(
        firm, MemberId(member), name="script", scopes=frozenset(scopes), expires_at=None
    )
    return Client({"authorization": f"Bearer {made.secret}"})


@contextmanager
def serving(world: ApiWorld) -> Iterator[ApiWorld]:
    """Let the app serve this world."""
    services.use(world)
    try:
        yield world
    finally:
        services.use(None)


def post_id(answer: Answer) -> PostId:
    """Return the id of a post that was answered."""
    assert answer.status in {200, 201}, answer.text
    return PostId(answer.json["id"])


def routes() -> Mapping[str, Mapping[str, Any]]:
    """Return the app's routes: method by path."""
    return app.routes


def _match(path: str) -> tuple[str, dict[str, str]]:
    """Return the pattern that API Gateway finds for a path, literal ones first."""
    patterns = sorted(routes(), key=lambda p: ["{" in part for part in p.split("/")])
    for pattern in patterns:
        found = re.fullmatch(re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(pattern)), path)
        if found:
            return pattern, found.groupdict()
    raise LookupError(path)


def _base64(raw: bytes) -> str:
    return b64encode(raw).decode()


def _context() -> Any:
    return SimpleNamespace(
        function_name="api",
        memory_limit_in_mb=512,
        invoked_function_arn="arn:local",
        aws_request_id="request",
        get_remaining_time_in_millis=lambda: 29_000,
    )


ROOT = Path(__file__).parents[2]
