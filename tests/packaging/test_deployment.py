"""Deploying, all of it: a real template on an account that holds AWS's documented rules."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from chalicelib.store.tables import TABLES
from infra import deploy
from infra.package import ROOT, Package
from local.pages import TYPES
from tests.fakes.serving import Served, serving
from tests.packaging.account import CDN, MIN_PART, Account, Bucket
from tests.packaging.permissions import ACCOUNT, REGION
from tests.packaging.test_deploy import ASKED

ARTEFACTS = f"relais-artefacts-{ACCOUNT}-{REGION}"
PROTECTED = {f"relais-{table.name}": table.is_recoverable for table in TABLES}
REASON = "Invalid request provided: the certificate & its name don't match"


@dataclass
class Person:
    """Whoever deploys: an account, and what was read on the terminal."""

    account: Account
    served: Served
    package: Package
    capsys: pytest.CaptureFixture[str]

    def deploys(self, *words: str, **more: str) -> tuple[int, str, str]:
        """Return the exit code, what was said and what was complained of."""
        self.account.changed.clear()
        self.capsys.readouterr()
        code = deploy.main(words, {**ASKED, **more}, make=self._make, look_every=0)
        read = self.capsys.readouterr()
        return code, read.out, read.err

    def _make(self, to: Path, *, stage: str, region: str) -> Package:
        assert (to, stage, region) == (ROOT / "build", "prod", REGION)
        return self.package


@pytest.fixture
def person(
    template: dict[str, Any],
    tmp_path: Path,
    at_aws: Callable[[str], None],
    capsys: pytest.CaptureFixture[str],
) -> Iterator[Person]:
    """Somebody with an account in which nothing stands, and the real template."""
    archive, described = tmp_path / "deployment.zip", tmp_path / "sam.json"
    archive.write_bytes(b"PK" + bytes(2 * MIN_PART))  # sent in parts, as the real one is
    described.write_text(json.dumps(template), encoding="utf-8")
    account = Account()
    with serving(account) as served:
        at_aws(served.base_url)
        yield Person(account, served, Package(archive, described), capsys)


def test_all_of_it_stands_and_the_address_is_told(person: Person) -> None:
    code, told, complaints = person.deploys()
    assert (code, complaints) == (0, "")
    assert told.splitlines()[-1] == CDN
    assert "make firm" in told
    account = person.account
    stack = account.stacks["relais"]
    assert stack.status == "UPDATE_COMPLETE"
    assert stack.parameters["PublicUrl"] == CDN
    assert stack.parameters["AlarmEmail"] == ASKED["RELAIS_ALARM_EMAIL"]
    assert len(base64.b64decode(account.secrets["/relais/root-key"])) == 32


def test_the_functions_run_the_archive_that_was_made(person: Person) -> None:
    person.deploys()
    key = f"{person.package.sha256}.zip"
    assert person.account.buckets[ARTEFACTS].objects[key][0] == person.package.archive.read_bytes()
    resources = person.account.stacks["relais"].template["Resources"].values()
    code = {r["Properties"]["CodeUri"] for r in resources if "CodeUri" in r.get("Properties", {})}
    assert code == {f"s3://{ARTEFACTS}/{key}"}


def test_every_page_is_served_as_what_it_is_and_never_stale(person: Person) -> None:
    person.deploys()
    pages = person.account.pages()
    wanted = {p for p in (ROOT / "frontend").rglob("*") if p.suffix in TYPES and p.is_file()}
    assert set(pages) == {f"pages/{p.relative_to(ROOT / 'frontend').as_posix()}" for p in wanted}
    assert pages["pages/index.html"]["content-type"] == "text/html; charset=utf-8"
    for key, headers in pages.items():
        assert headers["content-type"] == TYPES[Path(key).suffix]
        assert headers["cache-control"] == "no-cache"


def test_tables_are_protected_once_the_stack_stands(person: Person) -> None:
    person.deploys()
    assert person.account.tables == PROTECTED
    assert PROTECTED["relais-core"]


def test_the_same_again_changes_nothing_but_the_uploads(person: Person) -> None:
    person.deploys()
    key, secret = person.account.secrets.copy(), person.account.stacks["relais"].parameters
    code, told, _ = person.deploys()
    assert (code, told.splitlines()[-1]) == (0, CDN)
    assert "CloudFormation" not in told
    assert not [c for c in person.account.changed if not c.startswith("put ")]
    assert person.account.secrets == key
    assert person.account.stacks["relais"].parameters == secret


def test_pages_that_are_gone_are_taken_down(person: Person) -> None:
    person.deploys()
    objects = person.account.buckets["relais-files"].objects
    objects["pages/zz/old.js"] = objects["media/kept"] = (b"", {})
    person.deploys()
    assert [c for c in person.account.changed if c.startswith("delete")] == [
        "delete pages/zz/old.js"
    ]
    assert "media/kept" in objects


def test_one_that_was_cut_short_is_completed(person: Person) -> None:
    """It died before the functions were told where the world reaches them."""
    person.deploys()
    stack = person.account.stacks["relais"]
    stack.parameters |= {"PublicUrl": deploy.NOT_YET, "ProtectTables": "false"}
    person.account.tables["relais-core"] = False
    assert person.deploys()[0] == 0
    assert stack.parameters["PublicUrl"] == CDN
    assert person.account.tables["relais-core"]


def test_ones_own_domain_can_be_taken_and_left(person: Person) -> None:
    own = {"RELAIS_DOMAIN": "relais.example", "RELAIS_CERTIFICATE": "arn:aws:acm:x"}
    assert person.deploys(**own)[1].splitlines()[-1] == "https://relais.example"
    assert person.deploys()[1].splitlines()[-1] == CDN
    assert person.account.stacks["relais"].parameters["PublicUrl"] == CDN


def test_a_creation_that_fails_says_which_resource_and_why(person: Person) -> None:
    person.account.breaks = {"Cdn": REASON}
    code, _, complaints = person.deploys()
    assert code == 1
    french, english, why = complaints.splitlines()
    assert "Corrigez ceci" in french
    assert "Mend this" in english
    assert why == f"  Cdn (AWS::CloudFront::Distribution): {REASON}"


def test_after_a_creation_that_failed_the_next_one_succeeds(person: Person) -> None:
    """Nothing is left in its way: neither the stack that can't be updated nor a table."""
    person.account.breaks = {"Cdn": REASON}
    person.deploys()
    assert person.account.stacks["relais"].status == "ROLLBACK_COMPLETE"
    assert person.account.tables == {}
    person.account.breaks = {}
    key = person.account.secrets.copy()
    code, told, complaints = person.deploys()
    assert (code, complaints) == (0, "")
    assert told.splitlines()[-1] == CDN
    assert [c for c in person.account.changed if "stack" in c] == [
        "delete stack",
        "create stack",
        "update stack",
    ]
    assert person.account.secrets == key
    assert person.account.tables == PROTECTED


def test_an_update_that_fails_says_why_and_leaves_what_stood(person: Person) -> None:
    person.deploys()
    person.account.breaks = {"Cdn": REASON}  # of an earlier time, and no more
    person.deploys(RELAIS_BUDGET="40")
    person.account.breaks = {"Work": "Memory is over the limit of this account"}
    code, _, complaints = person.deploys(RELAIS_BUDGET="50")
    assert code == 1
    assert complaints.splitlines()[2:] == [
        "  Work (AWS::Serverless::Function): Memory is over the limit of this account"
    ]
    assert "ce qui était en place l'est encore" in complaints
    assert person.account.stacks["relais"].parameters["MonthlyBudget"] == "5"
    assert person.account.tables == PROTECTED


def test_what_somebody_else_is_changing_is_left_alone(person: Person) -> None:
    person.deploys()
    person.account.stacks["relais"].under_way = "UPDATE_IN_PROGRESS"
    code, _, complaints = person.deploys()
    assert code == 1
    assert "UPDATE_IN_PROGRESS" in complaints
    assert person.account.changed == []


def test_a_stack_that_is_stuck_names_the_runbook(person: Person) -> None:
    person.deploys()
    person.account.stacks["relais"].status = "UPDATE_ROLLBACK_FAILED"
    code, _, complaints = person.deploys()
    assert code == 1
    assert "docs/runbooks/deploying.md" in complaints
    assert (ROOT / "docs/runbooks/deploying.md").is_file()
    assert person.account.changed == []


def test_no_code_is_given_to_another_s_bucket(person: Person) -> None:
    person.account.buckets[ARTEFACTS] = Bucket(owner="999999999999")
    code, _, complaints = person.deploys()
    assert code == 1
    assert "--stack" in complaints
    assert person.account.buckets[ARTEFACTS].objects == {}
    assert person.account.stacks == {}


def test_a_refusal_of_aws_is_told_without_a_traceback(person: Person) -> None:
    code, _, complaints = person.deploys(RELAIS_ALARM_EMAIL="not an address")
    assert code == 1
    assert "AlarmEmail" in complaints
    assert "Traceback" not in complaints
