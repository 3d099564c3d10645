"""What deploying says and asks for, before it calls AWS."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from infra import deploy
from infra.package import ROOT
from infra.stack import CantDeploy

ASKED = {"RELAIS_MAIL_FROM": "relais@example.test", "RELAIS_ALARM_EMAIL": "jeanne@example.test"}


def given(parameters: list[dict[str, Any]]) -> dict[str, str]:
    return {p["ParameterKey"]: p.get("ParameterValue", "") for p in parameters}


def test_without_credentials_it_says_so_in_plain_words(tmp_path: Path) -> None:
    kept = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    done = subprocess.run(
        [sys.executable, "-m", "infra.deploy"],
        cwd=ROOT,
        env={**kept, **ASKED, "HOME": str(tmp_path), "AWS_EC2_METADATA_DISABLED": "true"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    french, english = done.stderr.strip().splitlines()
    assert french.startswith("Pas d'identifiants AWS")
    assert english.startswith("No AWS credentials")


@pytest.mark.parametrize("missing", sorted(ASKED))
def test_it_says_what_is_missing(missing: str) -> None:
    environ = {name: value for name, value in ASKED.items() if name != missing}
    with pytest.raises(CantDeploy, match=missing):
        deploy.wishes(environ)


def test_a_domain_needs_its_certificate() -> None:
    with pytest.raises(CantDeploy, match="RELAIS_CERTIFICATE"):
        deploy.wishes({**ASKED, "RELAIS_DOMAIN": "relais.example"})


def test_every_parameter_of_the_template_is_given(template: dict[str, Any]) -> None:
    said = given(deploy.parameters(deploy.wishes(ASKED), None))
    assert set(said) == set(template["Parameters"])


def test_a_new_stack_has_a_secret_of_its_own_and_no_address_yet() -> None:
    wished = deploy.wishes(ASKED)
    first, second = (given(deploy.parameters(wished, None)) for _ in range(2))
    assert len(first["OriginSecret"]) >= 32
    assert first["OriginSecret"] != second["OriginSecret"]
    assert first["PublicUrl"] == deploy.NOT_YET
    assert first["ProtectTables"] == "false"
    assert first["MailIdentity"] == ASKED["RELAIS_MAIL_FROM"]


def test_a_standing_stack_keeps_its_secret_and_is_told_its_address() -> None:
    standing = {"PublicUrl": "https://d111.cloudfront.net"}
    parameters = deploy.parameters(deploy.wishes(ASKED), standing)
    assert given(parameters)["PublicUrl"] == "https://d111.cloudfront.net"
    assert {"ParameterKey": "OriginSecret", "UsePreviousValue": True} in parameters
    assert given(parameters)["ProtectTables"] == "true"


def test_ones_own_domain_is_the_address_from_the_first_day() -> None:
    own = {"RELAIS_DOMAIN": "relais.example", "RELAIS_CERTIFICATE": "arn:aws:acm:x"}
    said = given(deploy.parameters(deploy.wishes({**ASKED, **own}), None))
    assert said["PublicUrl"] == "https://relais.example"
    assert said["CertificateArn"] == "arn:aws:acm:x"
