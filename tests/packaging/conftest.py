"""Packages as they are deployed, and what they run on."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from infra.package import Package
from tests.packaging import building, runtime_api
from tests.packaging.permissions import REGION
from tests.packaging.runtime_api import Function

BUILD_SECONDS = 600

Start = Callable[..., Function]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give tests that may have to build a package the time for it."""
    here = Path(__file__).parent
    for item in items:
        if here in item.path.parents:
            item.add_marker(pytest.mark.timeout(BUILD_SECONDS))


@pytest.fixture(scope="session")
def deployed() -> Package:
    """The package that is deployed (arm64)."""
    return building.built("prod")


@pytest.fixture(scope="session")
def template(deployed: Package) -> dict[str, Any]:
    """Its template."""
    made: dict[str, Any] = json.loads(deployed.template.read_text(encoding="utf-8"))
    return made


@pytest.fixture(scope="session")
def runnable() -> Package:
    """The same for this machine."""
    if platform.machine() != "x86_64":
        pytest.skip("the stage `check` of .chalice/config.json is for x86_64")
    return building.built("check")


@pytest.fixture(scope="session")
def task(runnable: Package) -> Path:
    """The unzipped package."""
    return building.unzipped(runnable)


@pytest.fixture
def at_aws(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A function that lets this address be AWS: `at_aws(url)`, for who has credentials."""
    for name in os.environ:
        if name.startswith("AWS_") or name.lower().endswith("_proxy"):
            monkeypatch.delenv(name)

    def is_at(url: str) -> None:
        monkeypatch.setenv("AWS_ENDPOINT_URL", url.replace("localhost", "127.0.0.1"))
        monkeypatch.setenv("AWS_ACCESS_KEY_ID", "person")
        monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
        monkeypatch.setenv("AWS_DEFAULT_REGION", REGION)
        monkeypatch.setenv("AWS_CONFIG_FILE", "/dev/null")
        monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/dev/null")

    return is_at


@pytest.fixture(scope="session")
def lambda_client(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Amazon's client of the Runtime API, and nothing else."""
    folder = tmp_path_factory.mktemp("awslambdaric")
    runtime_api.install_client(folder)
    return folder


@pytest.fixture
def start(task: Path, lambda_client: Path, tmp_path: Path) -> Iterator[Start]:
    """Start functions of the package: `start(handler, environment)`; they end with the test."""
    with ExitStack() as stack:

        def started(handler: str, environment: dict[str, str]) -> Function:
            log = tmp_path / f"{handler}.log"
            return stack.enter_context(
                runtime_api.running(handler, task, lambda_client, log, environment)
            )

        yield started
