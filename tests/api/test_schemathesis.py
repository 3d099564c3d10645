"""The API under generated requests: it never fails, and answers as it is described.

Over fakes of the store, in process. The whole run is over a thousand requests.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from chalicelib.api import openapi
from chalicelib.ids import ChannelId, SourceId, WatchId
from chalicelib.listening.sources import Source, SourceKind
from chalicelib.listening.watches import Query, Watch, WatchKind
from chalicelib.measuring.links import Link
from tests.api.wsgi import application
from tests.fakes.api_world import BAKERY, ApiWorld, browser, post_id, serving
from tests.fakes.said import an_item

schema = schemathesis.openapi.from_dict(openapi.document())
schema.app = application
CODE = "abcdefghijkl"
ITEM = an_item(workspace=BAKERY, channel=ChannelId("masto"))
ASKED = 30
"""Requests for each of the operations."""
KNOWN = {
    "channel": "masto",
    "code": CODE,
    "delivery": "none.masto.0",
    "key": "none",
    "media": "none",
    "mention": ITEM.id,
    "reply": "horaires",
    "source": "gazette",
    "watch": "galette",
}
"""Ids that lead somewhere, in place of generated ones."""


@pytest.fixture(scope="module")
def world() -> Iterator[ApiWorld]:
    """Return a world with something in it, so that lists and posts are answered too."""
    with serving(ApiWorld()) as made:
        editor = browser(made, "editor")
        post_id(editor.post("/v1/workspaces/bakery/posts", made.draft()))
        fill(made)
        yield made


def fill(world: ApiWorld) -> None:
    """Let something have been heard, saved and counted."""
    listens, now = world.listens, world.clock.now()
    listens.inbox.put(None, ITEM)
    listens.reply_book.create(BAKERY, "Horaires", "De 8 h à 13 h", reply="horaires")
    listens.watches.put(
        None,
        Watch(
            workspace=BAKERY,
            id=WatchId("galette"),
            name="Galette",
            kind=WatchKind.PRODUCT,
            query=Query(any=("galette",)),
            created_at=now,
        ),
    )
    listens.sources.put(
        None,
        Source(
            workspace=BAKERY,
            id=SourceId("gazette"),
            kind=SourceKind.FEED,
            label="La Gazette",
            network="feed",
            created_at=now,
        ),
    )
    world.links.put(
        Link(workspace=BAKERY, code=CODE, target="https://example.org/", created_at=now)
    )


@schema.parametrize()
@settings(
    max_examples=ASKED,
    deadline=None,
    derandomize=True,
    database=None,
    phases=[Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_an_operation_answers_as_it_is_described(
    case: schemathesis.Case[Any], world: ApiWorld
) -> None:
    headers = browser(world, "owner").headers
    if "workspace" in (case.path_parameters or {}):
        case.path_parameters["workspace"] = "bakery"
    for name, known in KNOWN.items():
        if name in (case.path_parameters or {}) and case.path_parameters[name]:
            case.path_parameters[name] = known
    for generated in ("Authorization", "Cookie", "X-Relais"):
        case.headers.pop(generated, None)
    case.cookies.clear()
    name, _, token = headers.pop("cookie").partition("=")
    response = case.call(headers=headers, cookies={name: token})
    case.validate_response(
        response,
        checks=[
            not_a_server_error,
            status_code_conformance,
            content_type_conformance,
            response_schema_conformance,
        ],
    )
