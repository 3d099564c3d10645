"""An AWS account as whoever deploys sees it, by AWS's documented rules.

It holds what stands: parameters, buckets, stacks, the tables that stacks make. A stack is made
of a real template: its parameters are checked as it declares them, and its resources are made
unless `breaks` says that one can't be. `tests.fakes.serving` serves it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any
from urllib.error import HTTPError
from urllib.parse import parse_qs, urlsplit
from urllib.request import ProxyHandler, Request, build_opener
from xml.etree import ElementTree as ET
from xml.sax.saxutils import escape

from tests.fakes.serving import Asked, Said, said
from tests.packaging.cloud import unchunked
from tests.packaging.permissions import ACCOUNT, REGION

CDN = "https://d111111abcdef8.cloudfront.net"
PAGE = 25
"""Objects of one page of a listing; S3's own are of 1000."""
MIN_PART = 5 * 1024 * 1024
_SIGNED = re.compile(r"/\d{8}/[\w-]+/(?P<service>\w+)/aws4_request")
_XML = {"Content-Type": "text/xml"}
_DIRECT = build_opener(ProxyHandler({}))
_UPDATABLE = {"CREATE_COMPLETE", "UPDATE_COMPLETE", "UPDATE_ROLLBACK_COMPLETE"}

Template = dict[str, Any]


class Refused(Exception):
    """AWS answers with an error."""

    def __init__(self, code: str, message: str = "", status: int = 400) -> None:
        super().__init__(message or code)
        self.code, self.status = code, status


@dataclass
class Bucket:
    """A bucket and whose it is."""

    owner: str = ACCOUNT
    objects: dict[str, tuple[bytes, Mapping[str, str]]] = field(default_factory=dict)
    parts: dict[str, dict[int, bytes]] = field(default_factory=dict)


@dataclass
class CloudStack:
    """A stack, and what its last change came to."""

    status: str
    template: Template
    parameters: dict[str, str]
    changes: list[list[dict[str, str]]] = field(default_factory=list)
    """Events of each change, in their order."""
    under_way: str = ""
    """The status that the next look still sees."""


@dataclass
class Account:
    """The account. `breaks`: what can't be made, by its logical name, and what AWS says."""

    engine: str = ""
    """The address of a database engine; empty: there is none."""
    secrets: dict[str, str] = field(default_factory=dict)
    buckets: dict[str, Bucket] = field(default_factory=dict)
    stacks: dict[str, CloudStack] = field(default_factory=dict)
    tables: dict[str, bool] = field(default_factory=dict)
    """Names of tables, and whether they are protected from being deleted."""
    breaks: dict[str, str] = field(default_factory=dict)
    changed: list[str] = field(default_factory=list)
    """What has been changed, in words."""

    def answer(self, asked: Asked) -> Said:
        """Answer a signed request."""
        signed = _SIGNED.search(asked.headers.get("authorization", ""))
        assert signed, asked
        services: dict[str, Callable[[Asked], Said]] = {
            "cloudformation": self._cloudformation,
            "dynamodb": self._dynamodb,
            "s3": self._s3,
            "ssm": self._ssm,
            "sts": self._sts,
        }
        service = signed["service"]
        try:
            return services[service](asked)
        except Refused as error:
            if service == "ssm":
                return said(error.status, {"__type": error.code, "message": str(error)})
            inner = f"<Code>{error.code}</Code><Message>{escape(str(error))}</Message>"
            body = f"<Error>{inner}</Error>"
            body = body if service == "s3" else f"<ErrorResponse>{body}</ErrorResponse>"
            return Said(error.status, body.encode(), _XML)

    def pages(self) -> dict[str, Mapping[str, str]]:
        """Return the headers of the pages that stand in the stack's own bucket."""
        objects = self.buckets["relais-files"].objects
        return {key: headers for key, (_, headers) in objects.items() if key.startswith("pages/")}

    def _sts(self, asked: Asked) -> Said:
        assert asked.urlencoded()["Action"] == "GetCallerIdentity"
        return _result("GetCallerIdentity", f"<Account>{ACCOUNT}</Account>")

    def _ssm(self, asked: Asked) -> Said:
        """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_PutParameter.html."""
        assert asked.headers["x-amz-target"] == "AmazonSSM.PutParameter"
        body = asked.json()
        assert body["Type"] == "SecureString"
        if body["Name"] in self.secrets and not body.get("Overwrite", False):
            raise Refused("ParameterAlreadyExists")
        self.secrets[body["Name"]] = body["Value"]
        self.changed.append("root key")
        return said(200, {"Version": 1, "Tier": "Standard"})

    def _dynamodb(self, asked: Asked) -> Said:
        names = ("content-type", "x-amz-target", "authorization", "x-amz-date")
        headers = {name: asked.headers[name] for name in names}
        json_type = {"Content-Type": "application/x-amz-json-1.0"}
        try:
            with _DIRECT.open(Request(self.engine, data=asked.body, headers=headers)) as answered:
                return Said(200, answered.read(), json_type)
        except HTTPError as refused:
            with refused:
                return Said(refused.code, refused.read(), json_type)

    # S3: https://docs.aws.amazon.com/AmazonS3/latest/API/API_Operations_Amazon_Simple_Storage_Service.html

    def _s3(self, asked: Asked) -> Said:
        name, _, key = asked.path.removeprefix("/").partition("/")
        if asked.method == "PUT" and not key:
            return self._create_bucket(name, asked)
        bucket = self.buckets.get(name)
        if bucket is None:
            raise Refused("NoSuchBucket", status=404)
        wanted = asked.headers.get("x-amz-expected-bucket-owner", bucket.owner)
        if wanted != bucket.owner:
            raise Refused("AccessDenied", status=403)
        if "uploads" in asked.query or "uploadId" in asked.query:
            return self._upload_parts(bucket, key, asked)
        if asked.method == "PUT":
            bucket.objects[key] = unchunked(asked), asked.headers
            self.changed.append(f"put {key}")
            return Said(200, b"", {"ETag": '"tag"'})
        if asked.method == "DELETE":
            bucket.objects.pop(key, None)
            self.changed.append(f"delete {key}")
            return Said(204, b"")
        return self._list(bucket, asked.query)

    def _create_bucket(self, name: str, asked: Asked) -> Said:
        place = re.search(rb"<LocationConstraint>(.*)</LocationConstraint>", asked.body)
        if place is None or place[1].decode() != REGION:
            raise Refused("IllegalLocationConstraintException")
        if name in self.buckets:
            ours = self.buckets[name].owner == ACCOUNT
            raise Refused("BucketAlreadyOwnedByYou" if ours else "BucketAlreadyExists", status=409)
        self.buckets[name] = Bucket()
        self.changed.append(f"bucket {name}")
        return Said(200, b"")

    def _upload_parts(self, bucket: Bucket, key: str, asked: Asked) -> Said:
        if "uploads" in asked.query:
            bucket.parts[key] = {}
            inner = f"<Key>{key}</Key><UploadId>of-{key}</UploadId>"
            body = f"<InitiateMultipartUploadResult>{inner}</InitiateMultipartUploadResult>"
            return Said(200, body.encode(), _XML)
        assert asked.query["uploadId"] == f"of-{key}"
        parts = bucket.parts[key]
        if asked.method == "PUT":
            parts[int(asked.query["partNumber"])] = unchunked(asked)
            return Said(200, b"", {"ETag": '"tag"'})
        listed = [int(n) for n in re.findall(rb"<PartNumber>(\d+)</PartNumber>", asked.body)]
        assert listed == sorted(parts)
        if any(len(parts[n]) < MIN_PART for n in listed[:-1]):
            raise Refused("EntityTooSmall")
        bucket.objects[key] = b"".join(parts[n] for n in listed), {}
        self.changed.append(f"put {key}")
        body = '<CompleteMultipartUploadResult><ETag>"tag"</ETag></CompleteMultipartUploadResult>'
        return Said(200, body.encode(), _XML)

    def _list(self, bucket: Bucket, query: Mapping[str, str]) -> Said:
        assert query["list-type"] == "2"
        after = query.get("continuation-token", "")
        keys = [k for k in sorted(bucket.objects) if k.startswith(query["prefix"]) and k > after]
        rows = "".join(f"<Contents><Key>{escape(k)}</Key></Contents>" for k in keys[:PAGE])
        is_cut = len(keys) > PAGE
        more = f"<NextContinuationToken>{keys[PAGE - 1]}</NextContinuationToken>" if is_cut else ""
        cut = f"<IsTruncated>{str(is_cut).lower()}</IsTruncated>"
        return Said(200, f"<ListBucketResult>{cut}{more}{rows}</ListBucketResult>".encode(), _XML)

    # CloudFormation: https://docs.aws.amazon.com/AWSCloudFormation/latest/APIReference/API_Operations.html

    def _cloudformation(self, asked: Asked) -> Said:
        pairs = parse_qs(asked.body.decode(), keep_blank_values=True)
        fields = {name: values[-1] for name, values in pairs.items()}
        action = fields["Action"]
        acts: dict[str, Callable[[dict[str, str]], str]] = {
            "CreateStack": self._create_stack,
            "DeleteStack": self._delete_stack,
            "DescribeStackEvents": self._describe_events,
            "DescribeStacks": self._describe_stacks,
            "UpdateStack": self._update_stack,
        }
        return _result(action, acts[action](fields))

    def _create_stack(self, fields: dict[str, str]) -> str:
        if fields["StackName"] in self.stacks:
            raise Refused("AlreadyExistsException")
        template = self._template(fields)
        parameters = _parameters(template, fields, {})
        stack = CloudStack("", template, parameters, under_way="CREATE_IN_PROGRESS")
        self.stacks[fields["StackName"]] = stack
        made: list[str] = []
        if self._change(stack, fields, made):
            stack.status = "CREATE_COMPLETE"
            self.buckets["relais-files"] = Bucket()
        else:
            is_kept_then = fields.get("RetainExceptOnCreate", "false") != "true"
            stack.status = self._undo(template, made, is_kept_then=is_kept_then)
        self.changed.append("create stack")
        return "<StackId>arn:relais</StackId>"

    def _update_stack(self, fields: dict[str, str]) -> str:
        stack = self._stack(fields)
        if stack.status not in _UPDATABLE:
            text = f"Stack:arn:relais is in {stack.status} state and can not be updated."
            raise Refused("ValidationError", text)
        template = self._template(fields)
        parameters = _parameters(template, fields, stack.parameters)
        if (template, parameters) == (stack.template, stack.parameters):
            raise Refused("ValidationError", "No updates are to be performed.")
        before = stack.template, stack.parameters
        stack.template, stack.parameters = template, parameters
        stack.under_way = "UPDATE_IN_PROGRESS"
        if self._change(stack, fields, []):
            stack.status = "UPDATE_COMPLETE"
        else:
            stack.status = "UPDATE_ROLLBACK_COMPLETE"
            stack.template, stack.parameters = before
        self.changed.append("update stack")
        return "<StackId>arn:relais</StackId>"

    def _delete_stack(self, fields: dict[str, str]) -> str:
        del self.stacks[fields["StackName"]]
        self.changed.append("delete stack")
        return ""

    def _describe_stacks(self, fields: dict[str, str]) -> str:
        stack = self._stack(fields)
        status, stack.under_way = stack.under_way or stack.status, ""
        rows = "".join(
            f"<member><OutputKey>{k}</OutputKey><OutputValue>{v}</OutputValue></member>"
            for k, v in _outputs(stack).items()
        )
        told = f"<StackName>relais</StackName><StackStatus>{status}</StackStatus>"
        return f"<Stacks><member>{told}<Outputs>{rows}</Outputs></member></Stacks>"

    def _describe_events(self, fields: dict[str, str]) -> str:
        events = [e for change in self._stack(fields).changes for e in change][::-1]
        start = int(fields.get("NextToken", "0"))
        rows = "".join(
            "<member>" + "".join(f"<{k}>{escape(v)}</{k}>" for k, v in e.items()) + "</member>"
            for e in events[start : start + PAGE]
        )
        is_cut = len(events) > start + PAGE
        more = f"<NextToken>{start + PAGE}</NextToken>" if is_cut else ""
        return f"<StackEvents>{rows}</StackEvents>{more}"

    def _stack(self, fields: dict[str, str]) -> CloudStack:
        name = fields["StackName"]
        if name not in self.stacks:
            raise Refused("ValidationError", f"Stack with id {name} does not exist")
        return self.stacks[name]

    def _template(self, fields: dict[str, str]) -> Template:
        """Return the template at an address in S3, which says all that it may do."""
        url = urlsplit(fields["TemplateURL"])
        bucket = (url.hostname or "").removesuffix(f".s3.{REGION}.amazonaws.com")
        held = self.buckets.get(bucket, Bucket()).objects.get(url.path.removeprefix("/"))
        if held is None:
            raise Refused("ValidationError", "S3 error: Access Denied")
        template: Template = json.loads(held[0])
        given = {v for k, v in fields.items() if k.startswith("Capabilities.member.")}
        roles = [r for r in template["Resources"].values() if r["Type"] == "AWS::IAM::Role"]
        needed = {"CAPABILITY_IAM"} if roles else set()
        needed |= {"CAPABILITY_AUTO_EXPAND"} if "Transform" in template else set()
        if any("RoleName" in role["Properties"] for role in roles):
            needed.add("CAPABILITY_NAMED_IAM")
        if needed - given:
            raise Refused("InsufficientCapabilitiesException", f"Requires capabilities: {needed}")
        return template

    def _change(self, stack: CloudStack, fields: dict[str, str], made: list[str]) -> bool:
        """Make or change all resources; return whether none failed. `made`: the new tables."""
        events: list[dict[str, str]] = []
        stack.changes.append(events)
        is_new = not stack.status
        doing = "CREATE" if is_new else "UPDATE"
        token = fields["ClientRequestToken"]

        def happened(name: str, kind: str, status: str, reason: str = "") -> None:
            told = {
                "LogicalResourceId": name,
                "ResourceType": kind,
                "ResourceStatus": f"{doing}_{status}",
                "ClientRequestToken": token,
            }
            events.append({**told, "ResourceStatusReason": reason} if reason else told)

        faults = dict(self._faults(stack, is_new=is_new))
        for name, resource in stack.template["Resources"].items():
            kind = resource["Type"]
            if name in faults:
                happened(name, kind, "FAILED", faults[name])
            elif faults:
                happened(name, kind, "FAILED", f"Resource {doing.lower()} cancelled")
            else:
                happened(name, kind, "COMPLETE")
            if _is_table(resource) and name not in faults:
                if is_new:
                    made.append(name)
                self.tables[_table(resource)] = _is_protected(resource, stack.parameters)
        return not faults

    def _faults(self, stack: CloudStack, *, is_new: bool) -> Iterator[tuple[str, str]]:
        for name, resource in stack.template["Resources"].items():
            properties = resource.get("Properties", {})
            if name in self.breaks:
                yield name, self.breaks[name]
            elif resource["Type"] == "AWS::Serverless::Function":
                bucket, _, key = properties["CodeUri"].removeprefix("s3://").partition("/")
                if key not in self.buckets[bucket].objects:
                    yield name, "Error occurred while GetObject. S3 Error Code: NoSuchKey."
            elif _is_table(resource) and is_new and _table(resource) in self.tables:
                yield name, f"{_table(resource)} already exists"

    def _undo(self, template: Template, made: list[str], *, is_kept_then: bool) -> str:
        """Undo a creation; return the status that it ends with."""
        for name in made:
            resource = template["Resources"][name]
            if resource.get("DeletionPolicy") == "Retain" and is_kept_then:
                continue
            if self.tables[_table(resource)]:
                return "ROLLBACK_FAILED"
            del self.tables[_table(resource)]
        return "ROLLBACK_COMPLETE"


def _parameters(
    template: Template, fields: Mapping[str, str], before: Mapping[str, str]
) -> dict[str, str]:
    """Return what a stack's parameters come to, checked as the template declares them."""
    given: dict[str, str] = {}
    for name, key in fields.items():
        if not (found := re.fullmatch(r"(Parameters\.member\.\d+)\.ParameterKey", name)):
            continue
        is_as_before = fields.get(f"{found[1]}.UsePreviousValue") == "true"
        given[key] = before[key] if is_as_before else fields[f"{found[1]}.ParameterValue"]
    declared = template["Parameters"]
    if unknown := set(given) - set(declared):
        text = f"Parameters: [{', '.join(unknown)}] do not exist in the template"
        raise Refused("ValidationError", text)
    for name, rules in declared.items():
        value = given.setdefault(name, str(rules.get("Default", "")))
        is_right = (
            (name in given and ("Default" in rules or value != ""))
            and re.fullmatch(rules.get("AllowedPattern", ".*"), value)
            and len(value) >= rules.get("MinLength", 0)
            and value in rules.get("AllowedValues", [value])
        )
        if not is_right:
            raise Refused("ValidationError", f"Parameter '{name}' must be otherwise")
    return given


def _outputs(stack: CloudStack) -> dict[str, str]:
    if stack.status not in _UPDATABLE:
        return {}
    domain = stack.parameters["DomainName"]
    known = {"PublicUrl": f"https://{domain}" if domain else CDN, "BucketName": "relais-files"}
    return {name: known.get(name, name.lower()) for name in stack.template["Outputs"]}


def _is_table(resource: Template) -> bool:
    return bool(resource["Type"] == "AWS::DynamoDB::Table")


def _table(resource: Template) -> str:
    name: str = resource["Properties"]["TableName"]["Fn::Sub"]
    return name.replace("${AWS::StackName}", "relais")


def _is_protected(resource: Template, parameters: Mapping[str, str]) -> bool:
    said_so = resource["Properties"].get("DeletionProtectionEnabled", False)
    if isinstance(said_so, dict):
        condition, then, otherwise = said_so["Fn::If"]
        assert condition == "TablesAreProtected"
        said_so = then if parameters["ProtectTables"] == "true" else otherwise
    assert isinstance(said_so, bool)
    return said_so


def _result(action: str, inner: str) -> Said:
    body = f"<{action}Response><{action}Result>{inner}</{action}Result></{action}Response>"
    ET.fromstring(body)  # one that is no XML is this file's own mistake
    return Said(200, body.encode(), _XML)
