"""The API over the real database engine: from a sign-in link to a published page."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image

from chalicelib import bootstrap
from chalicelib.api import services
from chalicelib.bootstrap import Parts, World
from chalicelib.clock import SystemClock
from chalicelib.ids import MemberId, RandomIds, WorkspaceId
from chalicelib.mail.transports import Folder
from chalicelib.settings import load
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from tests.fakes.api_world import OWN_PAGES, Answer, Client, visitor
from tests.fakes.memory_queue import MemoryQueue
from tests.fakes.memory_workspaces import MemoryBucket
from tests.store_fixtures import Tables

FIRM = "/v1/workspaces/bakery"


@pytest.fixture
def world(tables: Tables, tmp_path: Path) -> Iterator[World]:
    clock = SystemClock()
    bucket = MemoryBucket()
    made = World(
        Parts(
            settings=load({"RELAIS_DATA": str(tmp_path)}),
            clock=clock,
            ids=RandomIds(),
            store=lambda: tables.store,
            root_key=lambda: b"k" * 32,
            queue=lambda: MemoryQueue(clock),
            bucket=lambda: bucket,
            transport=lambda: Folder(tmp_path / "mail"),
            wait=lambda _: None,
        )
    )
    for firm, person in (("bakery", "marie"), ("florist", "flora")):
        identity = WorkspaceId(firm)
        made.workspaces.put(
            None,
            Workspace(id=identity, name=firm, feed_token=f"feed{firm}", created_at=clock.now()),
        )
        made.members.put(
            Member(
                workspace=identity,
                id=MemberId(person),
                email=f"{person}@example.org",
                name=person.title(),
                role=Role.OWNER,
                created_at=clock.now(),
            )
        )
    bootstrap.use(made)
    yield made
    bootstrap.use(None)


@pytest.fixture(autouse=True)
def from_bootstrap() -> Iterator[None]:
    """Let the API take its services from ``bootstrap``, as in service."""
    services.use(None)
    yield
    services.use(None)


def signed_in(world: World, person: str) -> Client:
    token = urlsplit(world.sessions.make_link(MemberId(person))).path.rpartition("/")[2]
    entered = visitor().post("/v1/sessions", {"token": token})
    assert entered.status == 201, entered.text
    return Client({**OWN_PAGES, "cookie": entered.headers["set-cookie"].partition(";")[0]})


def fine(answer: Answer, status: int = 200) -> Answer:
    assert answer.status == status, answer.text
    return answer


def uploaded(world: World, owner: Client) -> str:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "teal").save(out, "PNG")
    body = {"name": "galette.png", "content_type": "image/png", "size": len(out.getvalue())}
    begun = fine(owner.post(f"{FIRM}/media", body, idempotency_key="image"), 201).json
    bucket = world.bucket
    assert isinstance(bucket, MemoryBucket)
    bucket.objects[begun["upload"]["fields"]["key"]] = (out.getvalue(), "image/png")
    sha256: str = fine(owner.post(f"{FIRM}/media/{begun['id']}/complete")).json["sha256"]
    return sha256


def test_a_firm_signs_in_connects_writes_and_is_read_by_the_world(world: World) -> None:
    owner = signed_in(world, "marie")
    assert fine(owner.get("/v1/session")).json["workspaces"][0]["id"] == "bakery"
    assert fine(owner.get(f"{FIRM}/today")).json["steps"] == {"channel": False, "post": False}
    wanted = {"network": "site", "fields": {"title": "Boulangerie Martin"}}
    channel = fine(owner.post(f"{FIRM}/channels", wanted, idempotency_key="c"), 201).json
    again = fine(owner.post(f"{FIRM}/channels", wanted, idempotency_key="c"), 201)
    assert again.json == channel
    body = {
        "text": "La galette **est là** <script>",
        "title": "Galette",
        "media": [{"sha256": uploaded(world, owner), "alt": "Une galette"}],
        "channels": [channel["id"]],
        "when": {"kind": "now"},
    }
    post = fine(owner.post(f"{FIRM}/posts", body, idempotency_key="p"), 201).json
    twice = fine(owner.post(f"{FIRM}/posts", body, idempotency_key="p"), 201)
    assert twice.json == post
    (delivery,) = post["deliveries"]
    stands = world.deliveries.get(WorkspaceId("bakery"), delivery["id"])
    assert stands is not None
    world.worker.deliver(stands)
    done = fine(owner.get(f"{FIRM}/deliveries/{delivery['id']}")).json
    assert done["mark"] == "published"
    page = fine(Client().get(urlsplit(done["remote_url"]).path))
    assert "<strong>est là</strong>" in page.text
    assert "<script" not in page.text
    feed = fine(Client().get("/feed/feedbakery.json")).json
    assert [item["url"] for item in feed["items"]] == [done["remote_url"]]
    assert Client().get("/feed/feedflorist.json").json["items"] == []
    day = fine(owner.get(f"{FIRM}/today")).json
    assert [row["state"] for row in day["today"]] == ["published"]
    assert day["steps"] is None
    assert owner.delete(f"{FIRM}/posts/{post['id']}").slug == "too-late"


def test_lists_go_on_and_another_firm_sees_nothing(world: World) -> None:
    owner, flora = signed_in(world, "marie"), signed_in(world, "flora")
    made = [
        fine(
            owner.post(
                f"{FIRM}/posts",
                {
                    "text": f"n° {n}",
                    "when": {"kind": "draft", "local": "2027-03-01T08:30", "zone": "Europe/Paris"},
                },
            ),
            201,
        ).json["id"]
        for n in range(5)
    ]
    seen: list[str] = []
    cursor = ""
    for _ in range(3):
        path = f"{FIRM}/posts?from=2027-03-01&to=2027-03-01&limit=2{cursor}"
        part = fine(owner.get(path)).json
        seen += [row["id"] for row in part["items"]]
        cursor = f"&cursor={part['next_cursor']}"
    assert sorted(seen) == sorted(made)
    assert part["next_cursor"] is None
    drafts = fine(owner.get(f"{FIRM}/posts?state=draft")).json["items"]
    assert sorted(row["id"] for row in drafts) == sorted(made)
    assert fine(flora.get("/v1/workspaces/florist/posts?state=draft")).json["items"] == []
    assert flora.get(f"{FIRM}/posts/{made[0]}").slug == "not-found"


def test_keys_sessions_and_edits_hold_in_the_store(world: World) -> None:
    owner = signed_in(world, "marie")
    key = fine(owner.post(f"{FIRM}/keys", {"name": "x", "scopes": ["read", "write"]}), 201).json
    machine = Client({"authorization": f"Bearer {key['secret']}"})
    post = fine(machine.post(f"{FIRM}/posts", {"text": "a", "when": {"kind": "draft"}}), 201).json
    body = {"text": "b", "when": {"kind": "draft"}, "version": 1}
    assert fine(owner.put(f"{FIRM}/posts/{post['id']}", body)).json["version"] == 2
    late = machine.put(f"{FIRM}/posts/{post['id']}", body)
    assert (late.slug, late.json["by"]) == ("edited-meanwhile", "Marie")
    assert fine(machine.post(f"{FIRM}/posts/{post['id']}/duplicate"), 201).json["text"] == "b"
    fine(owner.delete(f"{FIRM}/keys/{key['id']}"), 204)
    assert machine.get(FIRM).slug == "sign-in-needed"
    fine(owner.patch(FIRM, {"name": "Chez Martin"}))
    assert fine(owner.get(FIRM)).json["name"] == "Chez Martin"
    fine(owner.patch("/v1/session", {"language": "en"}))
    assert fine(owner.get("/v1/session")).json["member"]["language"] == "en"
    fine(owner.delete("/v1/session"), 204)
    assert owner.get("/v1/session").slug == "sign-in-needed"


def test_a_kit_channel_is_connected_paused_and_parted_with(world: World) -> None:
    owner = signed_in(world, "marie")
    fields = {"target": "instagram", "page": "https://www.instagram.com/martin"}
    wanted = {"network": "manual", "fields": fields}
    channel = fine(owner.post(f"{FIRM}/channels", wanted), 201).json
    assert channel["target"] == {"network": "instagram", "label": "Instagram"}
    path = f"{FIRM}/channels/{channel['id']}"
    assert fine(owner.post(f"{path}/test")).json["ok"]
    assert fine(owner.post(f"{path}/pause", {})).json["channel"]["status"] == "paused"
    assert fine(owner.post(f"{path}/resume")).json["status"] == "connected"
    assert fine(owner.delete(path)).json == {"too_late": []}
    assert fine(owner.get(f"{FIRM}/channels")).json["items"] == []
    wanted["fields"] = {**fields, "page": "nowhere"}
    refused = owner.post(f"{FIRM}/channels", wanted)
    assert (refused.slug, refused.faults) == ("connect-refused", {"/fields/page": "field-refused"})


def test_a_link_is_mailed_and_lets_in_once(world: World, tmp_path: Path) -> None:
    asked = visitor().post("/v1/sign-in-links", {"email": "marie@example.org"})
    assert (asked.status, asked.json) == (202, {})
    (mail,) = (tmp_path / "mail").iterdir()
    assert "/sign-in/" in mail.read_text(encoding="utf-8").replace("=\n", "")
    assert visitor().post("/v1/sessions", {"token": "other"}).slug == "link-used-up"
