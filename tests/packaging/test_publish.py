"""The packaged functions, run as Lambda runs them, publish a post: each under its own policy.

Nothing of this repository runs here but the unzipped package. The database is the real local
engine; what else of AWS the functions call holds AWS's rules (`cloud.py`). Who isn't allowed
what he calls fails, so that the hand-written policies are proven to be enough.
"""

from __future__ import annotations

import base64
import io
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import requests
from PIL import Image

from chalicelib.ids import ChannelId, MemberId, RandomIds, WorkspaceId
from chalicelib.store import keys
from chalicelib.store.channels import Channels
from chalicelib.store.connection import Store, open_store
from chalicelib.store.members import Members
from chalicelib.store.read import get
from chalicelib.store.tables import VAULT
from chalicelib.store.vault import NETWORK
from chalicelib.store.workspaces import Workspaces
from chalicelib.workspaces.channels import ChannelStatus
from chalicelib.workspaces.workspaces import Member, Role, Workspace
from local.engine import Engine
from tests.fakes.serving import serving
from tests.packaging.cloud import Cloud
from tests.packaging.conftest import Start
from tests.packaging.permissions import REGION, Stack
from tests.packaging.runtime_api import Function, FunctionFailed
from tests.packaging.test_template import PARAMETERS

FIRM = "boulangerie"
BAKER = "jeanne@example.test"
PUBLIC_URL = PARAMETERS["PublicUrl"]
TEXT = "Galette des rois dès samedi, 8 h."
HANDLERS = {
    "APIHandler": "app.app",
    "AggregateMetrics": "app.aggregate_metrics",
    "KeepHouse": "app.keep_house",
    "PollMentions": "app.poll_mentions",
    "PublishDue": "app.publish_due",
    "Work": "app.work",
}
TICK = {
    "version": "0",
    "id": "53dc4d37-cffa-4f76-80c9-8b7d4a4d2eaa",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": "123456789012",
    "time": "2026-11-25T08:30:00Z",
    "region": REGION,
    "resources": ["arn:aws:events:eu-west-3:123456789012:rule/tick"],
    "detail": {},
}


@dataclass
class World:
    """An account in which the stack stands, and a firm in it."""

    cloud: Cloud
    url: str
    start: Start
    store: Store

    def function(self, name: str, **more: str) -> Function:
        """Start a function with all that Lambda would give it."""
        return self.start(
            HANDLERS[name],
            {
                **self.cloud.stack.environment(name),
                "AWS_LAMBDA_FUNCTION_NAME": name,
                "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
                "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
                "AWS_LAMBDA_LOG_FORMAT": "JSON",
                "AWS_LAMBDA_LOG_LEVEL": "INFO",
                "AWS_REGION": REGION,
                "AWS_DEFAULT_REGION": REGION,
                "AWS_ACCESS_KEY_ID": name,
                "AWS_SECRET_ACCESS_KEY": "secret",
                "AWS_ENDPOINT_URL": self.url,
                **more,
            },
        )


@pytest.fixture
def world(engine: Engine, template: dict[str, Any], start: Start) -> Iterator[World]:
    """A deployed stack with one firm, whose owner is Jeanne."""
    stack = Stack(template, f"relais-{uuid4().hex[:8]}", PARAMETERS)
    store = open_store(region=REGION, prefix=stack.name, ids=RandomIds(), endpoint=engine.endpoint)
    store.create_tables()
    now = datetime.now(UTC)
    firm = WorkspaceId(FIRM)
    Workspaces(store=store).put(
        None, Workspace(id=firm, name="Boulangerie", feed_token="f" * 32, created_at=now)
    )
    Members(store=store).put(
        Member(
            workspace=firm,
            id=MemberId("jeanne"),
            email=BAKER,
            name="Jeanne",
            role=Role.OWNER,
            created_at=now,
        )
    )
    secrets = {f"/{stack.name}/root-key": base64.b64encode(bytes(range(32))).decode()}
    cloud = Cloud(stack, engine.endpoint, secrets)
    with serving(cloud) as served:
        yield World(cloud, served.base_url.replace("localhost", "127.0.0.1"), start, store)


@dataclass
class Browser:
    """Calls the API's function as API Gateway does for a browser behind the CDN."""

    api: Function
    headers: dict[str, str] = field(default_factory=dict)

    def ask(
        self, method: str, route: str, body: object = None, **params: str
    ) -> tuple[int, dict[str, list[str]], str]:
        """Return the status, the headers and the body of an answer."""
        headers = {
            "Accept-Language": "fr",
            "X-Relais-Origin": PARAMETERS["OriginSecret"],
            "X-Forwarded-For": "198.51.100.7, 203.0.113.9",
            "Origin": PUBLIC_URL,
            "X-Relais": "1",
            **({"Content-Type": "application/json"} if body is not None else {}),
            **self.headers,
        }
        path = route.format(**params)
        answered = self.api.invoke(
            {
                "resource": route,
                "path": path,
                "httpMethod": method,
                "headers": headers,
                "multiValueHeaders": {name: [value] for name, value in headers.items()},
                "queryStringParameters": None,
                "multiValueQueryStringParameters": None,
                "pathParameters": params or None,
                "stageVariables": None,
                "requestContext": {
                    "httpMethod": method,
                    "resourcePath": route,
                    "path": f"/api{path}",
                    "stage": "api",
                    "requestId": str(uuid4()),
                    "identity": {"sourceIp": "203.0.113.9"},
                },
                "body": json.dumps(body) if body is not None else None,
                "isBase64Encoded": False,
            }
        )
        many = {name.lower(): [value] for name, value in answered["headers"].items()}
        many |= {n.lower(): values for n, values in answered["multiValueHeaders"].items()}
        return answered["statusCode"], many, answered["body"]

    def json(self, method: str, route: str, body: object = None, **params: str) -> Any:
        """Return the JSON of an answer that must be a success."""
        status, _, answered = self.ask(method, route, body, **params)
        assert 200 <= status < 300, answered
        return json.loads(answered)


IN_FIRM = "/v1/workspaces/{workspace}"


def sign_in(world: World, browser: Browser) -> Browser:
    """Ask for a link, follow the one in the mail; return the browser with its cookie."""
    asked, _, _ = browser.ask("POST", "/v1/sign-in-links", {"email": BAKER, "language": "fr"})
    assert asked == 202
    (mail,) = world.cloud.mails
    assert mail["To"] == BAKER
    found = re.search(rf"{PUBLIC_URL}/sign-in/(\S+)", mail.get_content())
    assert found
    status, headers, _ = browser.ask("POST", "/v1/sessions", {"token": found[1]})
    assert status == 201
    (cookie,) = headers["set-cookie"]
    assert cookie.startswith("__Host-relais=")
    assert "Secure" in cookie
    return replace(browser, headers={"Cookie": cookie.partition(";")[0]})


def test_every_function_of_the_template_can_be_loaded(
    template: dict[str, Any], world: World
) -> None:
    handlers = {
        name: resource["Properties"]["Handler"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert handlers == HANDLERS
    for name in handlers:
        assert world.function(name).seconds_to_start < 10


def test_a_handler_that_is_not_there_is_noticed(world: World, start: Start) -> None:
    with pytest.raises(FunctionFailed, match="no_such_function"):
        start("app.no_such_function", world.cloud.stack.environment("Work"))


def connect(browser: Browser, network: str, **fields: str) -> str:
    said = {"network": network, "fields": fields}
    made = browser.json("POST", f"{IN_FIRM}/channels", said, workspace=FIRM)
    channel: str = made["id"]
    return channel


def png() -> bytes:
    """A small image."""
    made = io.BytesIO()
    Image.new("RGB", (40, 30), "#c60").save(made, "PNG")
    return made.getvalue()


def upload(browser: Browser, world: World) -> str:
    """Upload an image as the pages do; return its hash."""
    data = png()
    said = {"name": "galette.png", "content_type": "image/png", "size": len(data)}
    begun = browser.json("POST", f"{IN_FIRM}/media", said, workspace=FIRM)
    form = begun["upload"]
    assert form["url"].startswith(world.url)
    sent = requests.post(
        form["url"],
        data=form["fields"],
        files={"file": ("galette.png", data, "image/png")},
        timeout=10,
        proxies={"http": ""},
    )
    assert sent.status_code == 204
    kept = browser.json(
        "POST", f"{IN_FIRM}/media/{{media}}/complete", {}, workspace=FIRM, media=begun["id"]
    )
    sha256: str = kept["sha256"]
    return sha256


def draft(channel: str, *images: str) -> dict[str, Any]:
    return {
        "text": TEXT,
        "media": [{"sha256": sha256, "alt": "Une galette"} for sha256 in images],
        "channels": [channel],
        "when": {"kind": "now"},
    }


def delivery_of(browser: Browser, post: str) -> dict[str, Any]:
    found = browser.json("GET", f"{IN_FIRM}/posts/{{post}}", workspace=FIRM, post=post)
    (delivery,) = found["deliveries"]
    assert isinstance(delivery, dict)
    return delivery


def test_a_post_is_published_by_the_packaged_functions(world: World) -> None:
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channel = connect(browser, "site", title="Nos nouvelles")
    image = upload(browser, world)
    post = browser.json("POST", f"{IN_FIRM}/posts", draft(channel, image), workspace=FIRM)

    assert world.cloud.take_messages()["Records"]  # lost: the queue holds no truth
    world.function("PublishDue").invoke(TICK)
    event = world.cloud.take_messages()
    (record,) = event["Records"]
    assert record["attributes"]["MessageGroupId"] == FIRM
    assert world.function("Work").invoke(event) == {"batchItemFailures": []}

    delivery = delivery_of(browser, post["id"])
    assert delivery["status"] == "PUBLISHED"
    assert delivery["remote_url"].startswith(f"{PUBLIC_URL}/p/")
    code = delivery["remote_url"].rpartition("/")[2]
    status, headers, page = browser.ask("GET", "/p/{code}", code=code)
    assert (status, "Galette des rois" in page) == (200, True)
    assert "sandbox" in headers["content-security-policy"][0]
    assert f"/media/{image}" in page
    status, _, feed = browser.ask("GET", "/feed/{name}", name=f"{'f' * 32}.atom")
    assert (status, "Galette des rois" in feed) == (200, True)
    assert world.cloud.denied == []


def test_the_same_message_twice_publishes_once(world: World) -> None:
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channel = connect(browser, "site", title="Nos nouvelles")
    post = browser.json("POST", f"{IN_FIRM}/posts", draft(channel), workspace=FIRM)
    event = world.cloud.take_messages()
    (record,) = event["Records"]
    doubled = {"Records": [record, {**record, "messageId": str(uuid4())}]}
    work = world.function("Work")
    assert work.invoke(doubled) == {"batchItemFailures": []}
    first = delivery_of(browser, post["id"])
    assert work.invoke(event) == {"batchItemFailures": []}
    assert first["status"] == "PUBLISHED"
    assert delivery_of(browser, post["id"]) == first
    status, _, feed = browser.ask("GET", "/feed/{name}", name=f"{'f' * 32}.json")
    assert status == 200
    assert len(json.loads(feed)["items"]) == 1
    assert world.cloud.denied == []


def test_a_bad_message_fails_alone(world: World) -> None:
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channel = connect(browser, "site", title="Nos nouvelles")
    post = browser.json("POST", f"{IN_FIRM}/posts", draft(channel), workspace=FIRM)
    (good,) = world.cloud.take_messages()["Records"]
    bad = {**good, "messageId": "bad", "body": "{"}
    work = world.function("Work")
    answered = work.invoke({"Records": [bad, good]})
    assert answered == {"batchItemFailures": [{"itemIdentifier": "bad"}]}
    assert delivery_of(browser, post["id"])["status"] == "PUBLISHED"
    assert "work_failed" in work.said


def test_logs_hold_no_text_and_no_secret(world: World) -> None:
    api = world.function("APIHandler")
    browser = sign_in(world, Browser(api))
    channel = connect(browser, "site", title="Nos nouvelles")
    browser.json("POST", f"{IN_FIRM}/posts", draft(channel), workspace=FIRM)
    work = world.function("Work")
    work.invoke(world.cloud.take_messages())
    cookie = browser.headers["Cookie"].partition("=")[2]
    for secret in (TEXT, cookie, BAKER, PARAMETERS["OriginSecret"]):
        assert secret not in api.said + work.said


def test_a_channel_is_parted_with_and_the_house_kept(world: World) -> None:
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channel = connect(browser, "site", title="Nos nouvelles")
    one = f"{IN_FIRM}/channels/{{channel}}"
    for act in ("test", "pause", "resume"):
        browser.json("POST", f"{one}/{act}", {}, workspace=FIRM, channel=channel)
    parted = browser.json("DELETE", one, workspace=FIRM, channel=channel)
    assert parted["too_late"] == []
    world.function("KeepHouse").invoke(TICK)
    assert world.cloud.denied == []


def test_who_comes_past_the_cdn_is_refused(world: World) -> None:
    browser = Browser(world.function("APIHandler"), {"X-Relais-Origin": "guessed"})
    status, headers, body = browser.ask("GET", "/v1/networks")
    assert status == 403
    assert headers["content-type"] == ["application/problem+json"]
    assert json.loads(body)["status"] == 403


def test_what_a_policy_does_not_allow_fails(world: World) -> None:
    """The tick, run under the worker's code, may not write: the check can fail."""
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channel = connect(browser, "site", title="Nos nouvelles")
    post = browser.json("POST", f"{IN_FIRM}/posts", draft(channel), workspace=FIRM)
    event = world.cloud.take_messages()
    worker = world.function("Work", AWS_ACCESS_KEY_ID="PublishDue")
    assert worker.invoke(event)["batchItemFailures"] != []
    assert {who for who, _, _ in world.cloud.denied} == {"PublishDue"}
    assert delivery_of(browser, post["id"])["status"] == "SCHEDULED"


@pytest.mark.parametrize(
    ("function", "event"),
    [
        ("AggregateMetrics", "aggregate_metrics_failed"),
        ("KeepHouse", "keep_house_failed"),
        ("PollMentions", "poll_mentions_failed"),
        ("PublishDue", "publish_due_failed"),
    ],
)
def test_a_tick_that_fails_is_an_error_without_words(
    world: World, function: str, event: str
) -> None:
    """Under another's role the store refuses; what it says of that is told to nobody."""
    tick = world.function(function, AWS_ACCESS_KEY_ID="APIHandler")
    with pytest.raises(FunctionFailed, match=r'"errorType": *"Failed"') as failed:
        tick.invoke(TICK)
    assert world.cloud.denied != []
    assert event in tick.said
    assert "not allowed" not in str(failed.value) + tick.said


def test_local_mode_is_refused(world: World) -> None:
    """A known key or an open fetch guard must not be there in the cloud."""
    for name in ("RELAIS_DEV_KEY", "RELAIS_ALLOW_HOSTS", "RELAIS_DYNAMODB_URL"):
        tick = world.function("PublishDue", **{name: "x" * 40})
        with pytest.raises(FunctionFailed, match=name):
            tick.invoke(TICK)


def test_the_worker_may_tell_people(world: World) -> None:
    """A channel by hand: at its time a person is asked to paste the post."""
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channel = connect(browser, "manual", target="facebook", page="https://facebook.com/boulangerie")
    browser.json("POST", f"{IN_FIRM}/posts", draft(channel), workspace=FIRM)
    world.cloud.mails.clear()
    answered = world.function("Work").invoke(world.cloud.take_messages())
    assert answered == {"batchItemFailures": []}
    (mail,) = world.cloud.mails
    assert mail["To"] == BAKER
    assert world.cloud.denied == []


def test_a_message_that_comes_early_is_dropped(world: World) -> None:
    """The tick, or whoever moved the post, sends another in time."""
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channel = connect(browser, "site", title="Nos nouvelles")
    soon = datetime.now(UTC) + timedelta(seconds=70)
    when = {"kind": "at", "local": soon.isoformat()[:19], "zone": "UTC"}
    said = {**draft(channel), "when": when}
    post = browser.json("POST", f"{IN_FIRM}/posts", said, workspace=FIRM)
    event = world.cloud.take_messages()
    assert event["Records"]
    assert world.function("Work").invoke(event) == {"batchItemFailures": []}
    assert world.cloud.take_messages()["Records"] == []
    assert delivery_of(browser, post["id"])["status"] == "SCHEDULED"
    world.function("PublishDue").invoke(TICK)
    assert world.cloud.take_messages()["Records"]
    assert world.cloud.denied == []


def test_the_api_may_do_all_that_people_do(world: World) -> None:
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channel = connect(browser, "site", title="Nos nouvelles")
    drafted = browser.json(
        "POST", f"{IN_FIRM}/posts", {**draft(channel), "when": {"kind": "draft"}}, workspace=FIRM
    )
    one = {"workspace": FIRM, "post": drafted["id"]}
    for route in ("/v1/session", "/v1/networks"):
        browser.json("GET", route)
    for area in ("today", "channels", "posts", "deliveries", "members", "keys"):
        browser.json("GET", f"{IN_FIRM}/{area}", workspace=FIRM)
    assert browser.ask("DELETE", f"{IN_FIRM}/posts/{{post}}", **one)[0] == 204
    key = {"name": "Script", "scopes": ["read"], "expires_at": "2099-01-01T00:00:00Z"}
    made = browser.json("POST", f"{IN_FIRM}/keys", key, workspace=FIRM)
    gone = browser.ask("DELETE", f"{IN_FIRM}/keys/{{key}}", workspace=FIRM, key=made["id"])
    assert gone[0] == 204
    assert browser.ask("DELETE", "/v1/session")[0] == 204
    assert world.cloud.denied == []


def test_an_upload_that_never_came_is_missing_not_forbidden(world: World) -> None:
    browser = sign_in(world, Browser(world.function("APIHandler")))
    said = {"name": "galette.png", "content_type": "image/png", "size": 100}
    begun = browser.json("POST", f"{IN_FIRM}/media", said, workspace=FIRM)
    status, _, body = browser.ask(
        "POST", f"{IN_FIRM}/media/{{media}}/complete", {}, workspace=FIRM, media=begun["id"]
    )
    assert status == 422, body
    assert world.cloud.denied == []


def test_the_secrets_of_parted_channels_are_forgotten(world: World) -> None:
    browser = sign_in(world, Browser(world.function("APIHandler")))
    channels = Channels(store=world.store)
    parted = [
        ChannelId(connect(browser, "manual", target=t, page=f"https://{t}.example/b"))
        for t in ("x", "threads")
    ]
    for channel, minutes in zip(parted, (-1, 5), strict=True):  # overdue, and nothing in doubt
        stands = channels.get(WorkspaceId(FIRM), channel)
        assert stands
        after = datetime.now(UTC) + timedelta(minutes=minutes)
        gone = replace(stands, status=ChannelStatus.DISCONNECTED, forget_token_after=after)
        channels.put(stands, gone)
    world.function("KeepHouse").invoke(TICK)
    for channel in parted:
        kept = channels.get(WorkspaceId(FIRM), channel)
        assert kept
        assert kept.forget_token_after is None
        assert get(world.store, VAULT, keys_of(channel)) is None
    assert world.cloud.denied == []


def keys_of(channel: ChannelId) -> tuple[str, str]:
    """Return the key of a channel's secrets in the vault."""
    pk, sk = keys.channel(WorkspaceId(FIRM), channel)
    return pk, f"{sk}#{NETWORK}"
