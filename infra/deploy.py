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

Nobody can sign in yet: `make firm` (infra/first_firm.py) makes the first firm and its owner.

Tests try all of it on a fake account that holds AWS's documented rules; whether AWS itself can
make every resource, only an account tells.
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import json
import os
import secrets
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from boto3.exceptions import Boto3Error
from botocore.exceptions import BotoCoreError, ClientError

from infra.package import ROOT, Package, PackagingFailed, package
from infra.stack import LOOK_EVERY, STACK, CantDeploy, Stack, connect
from infra.template import functions
from local.pages import HEADERS, TYPES

NOT_YET = "https://relais.invalid"
"""The public address until the CDN has one: a stack's functions can't depend on its CDN, which
depends on its API."""


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
        "ProtectTables": "false" if standing is None else "true",
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
    """One stack in one account and region.

    Args:
        session: One of boto3, with credentials and a region.
        stack: What the stack is called.
        look_every: Seconds between two looks at what CloudFormation has come to.
    """

    def __init__(self, session: Any, stack: str, look_every: float = LOOK_EVERY) -> None:
        self._name = stack
        self._region = session.region_name
        self._stack = Stack(session, stack, look_every)
        self._s3 = session.client("s3")
        self._ssm = session.client("ssm")
        self._account = session.client("sts").get_caller_identity()["Account"]
        self._artefacts = f"{stack}-artefacts-{self._account}-{self._region}"

    def deploy(self, made: Package, wished: Wishes, pages: Path) -> str:
        """Create or update everything; return the public address.

        Raises:
            CantDeploy: the stack couldn't be created or updated.
        """
        before = self._stack.make_ready()
        self._keep_root_key()
        url = self._upload(made)
        self._stack.apply(url, parameters(wished, before), is_new=before is None)
        outputs = self._stack.outputs() or {}
        if before is None or outputs["PublicUrl"] != before.get("PublicUrl"):
            # The CDN has its name now: the functions are told. And the tables, which could
            # still be undone while the stack was being created, are protected.
            self._stack.apply(url, parameters(wished, outputs), is_new=False)
        self._upload_pages(pages, outputs["BucketName"])
        return outputs["PublicUrl"]

    def _keep_root_key(self) -> None:
        """Make the root key once; losing it is losing every token, changing it too."""
        try:
            self._ssm.put_parameter(
                Name=f"/{self._name}/root-key",
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
        # A bucket's name can be guessed and taken by others: code goes to nobody but us.
        ours = {"ExpectedBucketOwner": self._account}
        self._s3.upload_file(str(made.archive), self._artefacts, key, ExtraArgs=ours)
        template = json.loads(made.template.read_text(encoding="utf-8"))
        for properties in functions(template).values():
            properties["CodeUri"] = f"s3://{self._artefacts}/{key}"
        body = json.dumps(template).encode()
        name = f"{hashlib.sha256(body).hexdigest()}.json"
        self._s3.put_object(Bucket=self._artefacts, Key=name, Body=body, **ours)
        return f"https://{self._artefacts}.s3.{self._region}.amazonaws.com/{name}"

    def _make_artefacts(self) -> None:
        place: dict[str, Any] = {}
        if self._region != "us-east-1":  # which S3 refuses to be told
            place = {"CreateBucketConfiguration": {"LocationConstraint": self._region}}
        try:
            self._s3.create_bucket(Bucket=self._artefacts, **place)
        except self._s3.exceptions.BucketAlreadyOwnedByYou:
            return  # in us-east-1 one's own is made again without a word
        except self._s3.exceptions.BucketAlreadyExists as error:
            raise CantDeploy(
                f"Le nom « {self._artefacts} » est pris par un autre compte : choisissez un "
                "autre nom, python -m infra.deploy --stack <nom>.",
                f'Another account has the name "{self._artefacts}": choose another, '
                "python -m infra.deploy --stack <name>.",
            ) from error

    def _upload_pages(self, pages: Path, bucket: str) -> None:
        kept = set()
        for path in sorted(p for p in pages.rglob("*") if p.suffix in TYPES and p.is_file()):
            key = f"pages/{path.relative_to(pages).as_posix()}"
            kept.add(key)
            # Without the latter the CDN would go on showing the old pages for a day.
            about = {
                "ContentType": TYPES[path.suffix],
                "CacheControl": HEADERS["Cache-Control"],
                "ExpectedBucketOwner": self._account,
            }
            self._s3.upload_file(str(path), bucket, key, ExtraArgs=about)
        listed = self._s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="pages/")
        for key in (o["Key"] for page in listed for o in page.get("Contents", ())):
            if key not in kept:
                self._s3.delete_object(Bucket=bucket, Key=key)


def main(
    words: Sequence[str],
    environ: Mapping[str, str],
    *,
    make: Callable[..., Package] = package,
    look_every: float = LOOK_EVERY,
) -> int:
    """Do what the command line asks for; return the process's exit code.

    Args:
        words: The command line.
        environ: What is wished for; see the top.
        make: Makes the package.
        look_every: Seconds between two looks at what CloudFormation has come to.
    """
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--stage", default=environ.get("STAGE") or "prod")
    parser.add_argument("--stack", default=STACK, help="the name of the stack")
    asked = parser.parse_args(words)
    try:
        wished = wishes(environ)
        session = connect()
        made = make(ROOT / "build", stage=asked.stage, region=session.region_name)
        deployment = Deployment(session, asked.stack, look_every)
        url = deployment.deploy(made, wished, ROOT / "frontend")
    except (CantDeploy, PackagingFailed) as error:
        print(error, file=sys.stderr)
        return 1
    except (Boto3Error, BotoCoreError, ClientError) as error:
        print(f"AWS : {error}", file=sys.stderr)
        return 1
    print(
        f"Relais est en place. La première firme : make firm FIRM=… EMAIL=…\n"
        f"Relais stands. The first firm: make firm FIRM=… EMAIL=…\n{url}"
    )
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
