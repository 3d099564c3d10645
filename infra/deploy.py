"""Deploy to AWS: `make deploy`, or `python -m infra.deploy [--stage prod] [--stack relais]`.

Packages, uploads, creates or updates the CloudFormation stack, then uploads the pages. It can
be repeated at any time: what stands already is left as it is.

It needs AWS credentials (`aws configure`, or the AWS_* variables) and is told by the environment:

    RELAIS_MAIL_FROM      the address that mails come from, verified in SES (required)
    RELAIS_ALARM_EMAIL    who is told when something is wrong (required)
    RELAIS_MAIL_IDENTITY  what SES has verified; by default the address itself
    RELAIS_DOMAIN         your own domain name, with RELAIS_CERTIFICATE, the ARN of its
                          certificate in us-east-1; by default the CDN's own name
    RELAIS_BUDGET         US dollars a month beyond which a mail is sent; 5 by default

What is tried in tests: that it packages, names what is missing, and which parameters a stack
is given. The calls to AWS themselves can only be tried with an account.
"""

from __future__ import annotations

import argparse
import base64
import json
import os
import secrets
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from infra.package import ROOT, Package, PackagingFailed, package
from infra.template import functions
from local.pages import TYPES

NOT_YET = "https://relais.invalid"
"""The public address until the CDN has one: a stack's functions can't depend on its CDN, which
depends on its API."""
CAPABILITIES = ["CAPABILITY_IAM", "CAPABILITY_AUTO_EXPAND"]
_NOTHING = ("didn't contain changes", "No updates are to be performed")


class CantDeploy(Exception):
    """Nothing was deployed, or not all; the message tells a person what to do."""

    def __init__(self, french: str, english: str) -> None:
        super().__init__(f"{french}\n{english}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wishes:
    """What the environment asks for."""

    mail_sender: str
    mail_identity: str
    alarm_email: str
    domain: str
    certificate: str
    budget: str


def wishes(environ: Mapping[str, str]) -> Wishes:
    """Return what an environment asks for.

    Raises:
        CantDeploy: something is missing.
    """
    missing = [n for n in ("RELAIS_MAIL_FROM", "RELAIS_ALARM_EMAIL") if not environ.get(n)]
    if bool(environ.get("RELAIS_DOMAIN")) != bool(environ.get("RELAIS_CERTIFICATE")):
        missing.append("RELAIS_DOMAIN + RELAIS_CERTIFICATE")
    if missing:
        names = ", ".join(missing)
        raise CantDeploy(
            f"Il manque : {names} (voir le début de infra/deploy.py).",
            f"Missing: {names} (see the top of infra/deploy.py).",
        )
    return Wishes(
        mail_sender=environ["RELAIS_MAIL_FROM"],
        mail_identity=environ.get("RELAIS_MAIL_IDENTITY") or environ["RELAIS_MAIL_FROM"],
        alarm_email=environ["RELAIS_ALARM_EMAIL"],
        domain=environ.get("RELAIS_DOMAIN", ""),
        certificate=environ.get("RELAIS_CERTIFICATE", ""),
        budget=environ.get("RELAIS_BUDGET") or "5",
    )


def parameters(wished: Wishes, standing: Mapping[str, str] | None) -> list[dict[str, Any]]:
    """Return the parameters of a stack.

    Args:
        wished: What the environment asks for.
        standing: The outputs of the stack as it stands; None: there is none yet.
    """
    url = f"https://{wished.domain}" if wished.domain else (standing or {}).get("PublicUrl")
    given = {
        "PublicUrl": url or NOT_YET,
        "DomainName": wished.domain,
        "CertificateArn": wished.certificate,
        "MailSender": wished.mail_sender,
        "MailIdentity": wished.mail_identity,
        "AlarmEmail": wished.alarm_email,
        "MonthlyBudget": wished.budget,
    }
    said: list[dict[str, Any]] = [
        {"ParameterKey": name, "ParameterValue": value} for name, value in given.items()
    ]
    secret: dict[str, Any] = {"ParameterKey": "OriginSecret"}
    if standing is None:
        secret["ParameterValue"] = secrets.token_urlsafe(32)
    else:
        secret["UsePreviousValue"] = True
    return [*said, secret]


class Deployment:
    """One stack in one account and region."""

    def __init__(self, session: Any, stack: str) -> None:
        self._stack = stack
        self._region = session.region_name
        self._cloudformation = session.client("cloudformation")
        self._s3 = session.client("s3")
        self._ssm = session.client("ssm")
        account = session.client("sts").get_caller_identity()["Account"]
        self._artefacts = f"{stack}-artefacts-{account}-{self._region}"

    def deploy(self, made: Package, wished: Wishes, pages: Path) -> str:
        """Create or update everything; return the public address."""
        self._keep_root_key()
        url = self._upload(made)
        before = self._outputs()
        self._apply(url, parameters(wished, before), is_new=before is None)
        outputs = self._outputs() or {}
        if outputs["PublicUrl"] != (before or {}).get("PublicUrl"):
            # The CDN has its name now: the functions are told.
            self._apply(url, parameters(wished, outputs), is_new=False)
        self._upload_pages(pages, outputs["BucketName"])
        return outputs["PublicUrl"]

    def _keep_root_key(self) -> None:
        """Make the root key once; losing it is losing every token, changing it too."""
        try:
            self._ssm.put_parameter(
                Name=f"/{self._stack}/root-key",
                Description="Relais: root key of the vault and of sign-in. Never change it.",
                Value=base64.b64encode(secrets.token_bytes(32)).decode(),
                Type="SecureString",
                Overwrite=False,
            )
        except self._ssm.exceptions.ParameterAlreadyExists:
            return

    def _upload(self, made: Package) -> str:
        self._make_artefacts()
        key = f"{made.sha256}.zip"
        self._s3.upload_file(str(made.archive), self._artefacts, key)
        template = json.loads(made.template.read_text(encoding="utf-8"))
        for properties in functions(template).values():
            properties["CodeUri"] = f"s3://{self._artefacts}/{key}"
        name = f"{made.sha256}.json"
        self._s3.put_object(Bucket=self._artefacts, Key=name, Body=json.dumps(template).encode())
        return f"https://{self._artefacts}.s3.{self._region}.amazonaws.com/{name}"

    def _make_artefacts(self) -> None:
        place: dict[str, Any] = {}
        if self._region != "us-east-1":  # which S3 refuses to be told
            place = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        try:
            self._s3.create_bucket(Bucket=self._artefacts, **place)
        except (
            self._s3.exceptions.BucketAlreadyOwnedByYou,
            self._s3.exceptions.BucketAlreadyExists,
        ):
            # In us-east-1 one's own is made again without a word; another's fails on upload.
            return

    def _outputs(self) -> dict[str, str] | None:
        try:
            (stack,) = self._cloudformation.describe_stacks(StackName=self._stack)["Stacks"]
        except ClientError as error:
            if "does not exist" in str(error):
                return None
            raise
        return {o["OutputKey"]: o["OutputValue"] for o in stack.get("Outputs", ())}

    def _apply(self, url: str, given: list[dict[str, Any]], *, is_new: bool) -> None:
        call = self._cloudformation.create_stack if is_new else self._cloudformation.update_stack
        try:
            call(
                StackName=self._stack,
                TemplateURL=url,
                Parameters=given,
                Capabilities=CAPABILITIES,
            )
        except ClientError as error:
            if any(words in str(error) for words in _NOTHING):
                return
            raise
        done = "stack_create_complete" if is_new else "stack_update_complete"
        print("CloudFormation…", flush=True)
        self._cloudformation.get_waiter(done).wait(StackName=self._stack)

    def _upload_pages(self, pages: Path, bucket: str) -> None:
        kept = set()
        for path in sorted(p for p in pages.rglob("*") if p.suffix in TYPES and p.is_file()):
            key = f"pages/{path.relative_to(pages).as_posix()}"
            kept.add(key)
            about = {"ContentType": TYPES[path.suffix]}
            self._s3.upload_file(str(path), bucket, key, ExtraArgs=about)
        listed = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="pages/")
        for key in (o["Key"] for page in listed for o in page.get("Contents", ())):
            if key not in kept:
                self._s3.delete_object(Bucket=bucket, Key=key)


def connect() -> Any:
    """Return a session of boto3 whose credentials AWS takes.

    Raises:
        CantDeploy: there are none, they are refused, or no region is set.
    """
    session = boto3.Session()
    if session.get_credentials() is None:
        raise CantDeploy(
            "Pas d'identifiants AWS sur cette machine : lancez « aws configure », ou donnez "
            "AWS_ACCESS_KEY_ID et AWS_SECRET_ACCESS_KEY. Sans AWS, « make run » suffit.",
            'No AWS credentials on this machine: run "aws configure", or set '
            'AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY. Without AWS, "make run" is enough.',
        )
    if not session.region_name:
        raise CantDeploy(
            "Aucune région AWS n'est choisie : AWS_DEFAULT_REGION=eu-west-3 make deploy",
            "No AWS region is set: AWS_DEFAULT_REGION=eu-west-3 make deploy",
        )
    try:
        session.client("sts").get_caller_identity()
    except (BotoCoreError, ClientError) as error:
        raise CantDeploy(
            f"AWS ne reconnaît pas ces identifiants, ou ne répond pas : {error}",
            f"AWS doesn't take these credentials, or doesn't answer: {error}",
        ) from error
    return session


def _main(words: Sequence[str]) -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", default=os.environ.get("STAGE") or "prod")
    parser.add_argument("--stack", default="relais", help="the name of the stack")
    asked = parser.parse_args(words)
    try:
        wished = wishes(os.environ)
        session = connect()
        made = package(ROOT / "build", stage=asked.stage, region=session.region_name)
        print(Deployment(session, asked.stack).deploy(made, wished, ROOT / "frontend"))
    except (CantDeploy, PackagingFailed) as error:
        print(error, file=sys.stderr)
        return 1
    except (BotoCoreError, ClientError, WaiterError) as error:
        print(f"AWS : {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
