"""The API's description is valid, complete, and the one that is kept in the repository."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
import schemathesis

from chalicelib.api import openapi
from chalicelib.api.routes import ROUTES
from tests.fakes.api_world import ROOT, ApiWorld, routes, serving, visitor

routes()


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return openapi.document()


def test_it_is_a_valid_openapi_document(document: dict[str, Any]) -> None:
    assert document["openapi"] == "3.1.0"
    schemathesis.openapi.from_dict(document).validate()


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    names = set(document["components"]["schemas"])

    def references(part: Any) -> set[str]:
        if isinstance(part, dict):
            own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
            return own.union(*[references(v) for v in part.values()])
        if isinstance(part, list):
            return set().union(*[references(v) for v in part])
        return set()

    assert {r.rpartition("/")[2] for r in references(document)} <= names


def test_every_route_under_v1_is_described_once_by_its_own_name(document: dict[str, Any]) -> None:
    described = {
        (method.upper(), path) for path, methods in document["paths"].items() for method in methods
    }
    assert described == {(r.method, r.path) for r in ROUTES if r.path.startswith("/v1/")}
    ids = [o["operationId"] for methods in document["paths"].values() for o in methods.values()]
    assert len(set(ids)) == len(ids)
    for methods in document["paths"].values():
        for operation in methods.values():
            assert operation["summary"].endswith((".", "once."))


def test_the_kept_document_is_the_current_one() -> None:
    kept = (ROOT / "docs" / "openapi.json").read_text(encoding="utf-8")
    assert kept == openapi.text(), "run: python -m chalicelib.api.openapi docs/openapi.json"


def test_a_command_writes_it(tmp_path: Any) -> None:
    target = tmp_path / "openapi.json"
    subprocess.run(
        [sys.executable, "-m", "chalicelib.api.openapi", str(target)], cwd=ROOT, check=True
    )
    assert target.read_text(encoding="utf-8") == openapi.text()


def test_it_is_served_to_everybody() -> None:
    with serving(ApiWorld()):
        answer = visitor().get("/v1/openapi.json")
    assert answer.status == 200
    assert answer.headers["content-type"] == "application/json"
    assert json.loads(answer.text)["info"]["title"] == "Relais"
