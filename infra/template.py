"""The template: what is merged into Chalice's own, and whether the result can be deployed."""

from __future__ import annotations

import copy
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import boto3
from cfnlint.api import lint
from cfnlint.config import ManualArgs
from samtranslator.parser.parser import Parser
from samtranslator.public.exceptions import InvalidDocumentException
from samtranslator.translator.translator import Translator
from samtranslator.yaml_helper import yaml_parse

from chalicelib.store.tables import cloudformation
from local import pages

RESOURCES = Path(__file__).parent / "resources.yaml"
HSTS = 31_536_000
"""Seconds: a year."""

Template = dict[str, Any]


def extra() -> Template:
    """Return what is merged into Chalice's template: all that Chalice doesn't create."""
    template: Template = yaml_parse(RESOURCES.read_text(encoding="utf-8"))
    template["Resources"] |= _tables()
    template["Resources"]["PagesHeaders"] = _pages_headers()
    template["Resources"]["PageAddress"] = _page_address()
    return template


def faults(template: Template, region: str) -> list[str]:
    """Return what is wrong with a template of the serverless transform; nothing if it is right.

    It is transformed first, as CloudFormation does: the linter alone looks into nothing that
    the transform makes of a function, and passes faults in it.
    """
    document = copy.deepcopy(template)
    for resource in document["Resources"].values():
        if "CodeUri" in resource.get("Properties", {}):
            resource["Properties"]["CodeUri"] = "s3://archive/key"  # uploaded at deployment
    # The transform makes an IAM client, to ask for what this template has none of.
    nobody = boto3.Session("none", "none", region_name=region)
    try:
        plain = Translator({}, Parser(), boto_session=nobody).translate(document, {})
    except InvalidDocumentException as error:
        return [str(cause.message) for cause in error.causes]
    matches = lint(json.dumps(plain), config=ManualArgs(regions=[region]))
    return [f"{match.rule.id} {match.path_string}: {match.message}" for match in matches]


def _tables() -> Template:
    """Return the tables, protected once their stack stands."""
    tables = cloudformation()
    for table in tables.values():
        if table["Properties"]["DeletionProtectionEnabled"]:
            once_it_stands = {"Fn::If": ["TablesAreProtected", True, False]}
            table["Properties"]["DeletionProtectionEnabled"] = once_it_stands
    return tables


def _pages_headers() -> Template:
    """Return the pages' headers: those of the local server, and what only https has.

    An upload goes to the bucket's own address, which the pages may therefore connect to.
    """
    headers = dict(pages.HEADERS)
    bucket = "https://${Bucket.RegionalDomainName}"
    policy = headers.pop("Content-Security-Policy")
    policy = policy.replace("connect-src 'self'", f"connect-src 'self' {bucket}")
    referrer = headers.pop("Referrer-Policy")
    security: dict[str, Any] = {
        "ContentSecurityPolicy": {"ContentSecurityPolicy": {"Fn::Sub": policy}},
        "ContentTypeOptions": {},
        "FrameOptions": {"FrameOption": headers.pop("X-Frame-Options")},
        "ReferrerPolicy": {"ReferrerPolicy": referrer},
        "StrictTransportSecurity": {"AccessControlMaxAgeSec": HSTS, "IncludeSubdomains": False},
    }
    del headers["X-Content-Type-Options"]  # ContentTypeOptions
    items = [{"Header": n, "Value": v, "Override": True} for n, v in headers.items()]
    return {
        "Type": "AWS::CloudFront::ResponseHeadersPolicy",
        "Properties": {
            "ResponseHeadersPolicyConfig": {
                "Name": {"Fn::Sub": "${AWS::StackName}-pages"},
                "SecurityHeadersConfig": {
                    name: {**said, "Override": True} for name, said in security.items()
                },
                "CustomHeadersConfig": {"Items": items},
            }
        },
    }


def _page_address() -> Template:
    """Return the function that answers a page's own address by the one page, as locally."""
    suffixes = "|".join(sorted(suffix.removeprefix(".") for suffix in pages.TYPES))
    code = f"""function handler(event) {{
  var request = event.request;
  if (!/\\.({suffixes})$/.test(request.uri)) request.uri = '/index.html';
  return request;
}}
"""
    return {
        "Type": "AWS::CloudFront::Function",
        "Properties": {
            "Name": {"Fn::Sub": "${AWS::StackName}-page-address"},
            "AutoPublish": True,
            "FunctionCode": code,
            "FunctionConfig": {
                "Comment": "A path that names no file is a page's own address",
                "Runtime": "cloudfront-js-2.0",
            },
        },
    }


def functions(template: Mapping[str, Any]) -> dict[str, Template]:
    """Return the properties of the template's Lambda functions by their logical names."""
    return {
        name: resource["Properties"]
        for name, resource in template["Resources"].items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
