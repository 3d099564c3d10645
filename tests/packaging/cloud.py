"""The part of AWS that the functions call, by its documented rules, under their own policies.

Each function signs with its own name as its access key, so that every call is checked against
the policy of the very role that the template gives it. DynamoDB's calls go on to the real local
engine. SQS, SSM, SES and S3 hold here what the functions see of them.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any
from urllib.error import HTTPError
from urllib.request import ProxyHandler, Request, build_opener
from uuid import uuid4

from tests.fakes.serving import Asked, Said, said
from tests.packaging.permissions import ACCOUNT, REGION, Stack

_SIGNED = re.compile(r"Credential=(?P<who>\w+)/\d{8}/[\w-]+/(?P<service>\w+)/aws4_request")
_XML = {"Content-Type": "text/xml"}
_JSON = {"Content-Type": "application/x-amz-json-1.0"}
_DIRECT = build_opener(ProxyHandler({}))
MAX_MESSAGE = 1024 * 1024
MAX_DELAY = 900
MAX_BATCH = 10

Use = tuple[str, str, str]
"""Function, action, resource."""


@dataclass
class Cloud:
    """One account with one stack in it; `tests.fakes.serving` serves it."""

    stack: Stack
    engine: str
    """The address of the database engine."""
    secrets: dict[str, str]
    """SSM parameters that are encrypted, by name."""
    used: set[Use] = field(default_factory=set)
    denied: list[Use] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)
    """What the queue holds, as `Records` of an event."""
    mails: list[EmailMessage] = field(default_factory=list)
    objects: dict[str, tuple[bytes, Mapping[str, str]]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Said:
        """Answer a signed request of a function, or a browser's form to the bucket."""
        signed = _SIGNED.search(asked.headers.get("authorization", ""))
        if signed is None:
            return self._take_form(asked)
        services: dict[str, Callable[[str, Asked], Said]] = {
            "dynamodb": self._dynamodb,
            "s3": self._s3,
            "ses": self._ses,
            "sqs": self._sqs,
            "ssm": self._ssm,
        }
        return services[signed["service"]](signed["who"], asked)

    def take_messages(self) -> dict[str, Any]:
        """Return what the queue holds as the event of a function, and empty it."""
        taken, self.messages = self.messages, []
        return {"Records": taken}

    def _may(
        self, who: str, action: str, resource: str, context: Mapping[str, str] | None = None
    ) -> bool:
        use = (who, action, resource)
        if self.stack.policy(who).allows(action, resource, context):
            self.used.add(use)
            return True
        self.denied.append(use)
        return False

    def _dynamodb(self, who: str, asked: Asked) -> Said:
        operation = asked.headers["x-amz-target"].rpartition(".")[2]
        needs = list(_dynamodb_needs(operation, asked.json()))
        for action, table, index in needs:
            arn = self.stack.table_arn(table) + (f"/index/{index}" if index else "")
            if not self._may(who, f"dynamodb:{action}", arn):
                return _denied_json(action)
        names = ("content-type", "x-amz-target", "authorization", "x-amz-date")
        headers = {name: asked.headers[name] for name in names}
        try:
            with _DIRECT.open(Request(self.engine, data=asked.body, headers=headers)) as answered:
                return Said(200, answered.read(), _JSON)
        except HTTPError as refused:
            with refused:
                return Said(refused.code, refused.read(), _JSON)

    def _sqs(self, who: str, asked: Asked) -> Said:
        """https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_SendMessageBatch.html."""
        body = asked.json()
        assert asked.headers["x-amz-target"] == "AmazonSQS.SendMessageBatch"
        assert body["QueueUrl"] == self.stack.queue_url
        if not self._may(who, "sqs:SendMessage", self.stack.queue_arn):
            return _denied_json("SendMessage")
        entries = body["Entries"]
        assert entries, "EmptyBatchRequest"
        assert len(entries) <= MAX_BATCH, "TooManyEntriesInBatchRequest"
        assert len({e["Id"] for e in entries}) == len(entries), "ids are distinct in a batch"
        assert sum(len(e["MessageBody"].encode()) for e in entries) <= MAX_MESSAGE
        taken = [self._take_message(entry) for entry in entries]
        return said(200, {"Successful": taken, "Failed": []})

    def _take_message(self, entry: Mapping[str, Any]) -> dict[str, str]:
        assert 0 <= entry["DelaySeconds"] <= MAX_DELAY
        assert re.fullmatch(r"[!-~]{1,128}", entry["MessageGroupId"])
        identity, text = str(uuid4()), entry["MessageBody"]
        digest = hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()
        self.messages.append(
            {
                "messageId": identity,
                "receiptHandle": "handle",
                "body": text,
                "attributes": {"MessageGroupId": entry["MessageGroupId"]},
                "messageAttributes": {},
                "md5OfBody": digest,
                "eventSource": "aws:sqs",
                "eventSourceARN": self.stack.queue_arn,
                "awsRegion": REGION,
            }
        )
        return {"Id": entry["Id"], "MessageId": identity, "MD5OfMessageBody": digest}

    def _ssm(self, who: str, asked: Asked) -> Said:
        """https://docs.aws.amazon.com/systems-manager/latest/APIReference/API_GetParameter.html."""
        assert asked.headers["x-amz-target"] == "AmazonSSM.GetParameter"
        name = asked.json()["Name"]
        arn = f"arn:aws:ssm:{REGION}:{ACCOUNT}:parameter{name}"
        if not self._may(who, "ssm:GetParameter", arn):
            return _denied_json("GetParameter")
        if name not in self.secrets:
            return said(400, {"__type": "ParameterNotFound"})
        is_plain = asked.json().get("WithDecryption", False)
        value = self.secrets[name] if is_plain else "still encrypted"
        return said(200, {"Parameter": {"Name": name, "Type": "SecureString", "Value": value}})

    def _ses(self, who: str, asked: Asked) -> Said:
        """https://docs.aws.amazon.com/ses/latest/APIReference/API_SendRawEmail.html."""
        fields = asked.urlencoded()
        assert fields["Action"] == "SendRawEmail"
        raw = base64.b64decode(fields["RawMessage.Data"])
        mail = message_from_bytes(raw, policy=policy.default)
        assert isinstance(mail, EmailMessage)
        sender = mail["From"].addresses[0].addr_spec
        domain = sender.partition("@")[2]
        arn = f"arn:aws:ses:{REGION}:{ACCOUNT}:identity/{domain}"
        if not self._may(who, "ses:SendRawEmail", arn, {"ses:FromAddress": sender}):
            return Said(403, _ses_error(), _XML)
        self.mails.append(mail)
        result = f"<SendRawEmailResult><MessageId>{uuid4()}</MessageId></SendRawEmailResult>"
        return Said(200, f"<SendRawEmailResponse>{result}</SendRawEmailResponse>".encode(), _XML)

    def _s3(self, who: str, asked: Asked) -> Said:
        """https://docs.aws.amazon.com/AmazonS3/latest/API/API_GetObject.html, PutObject."""
        key = asked.path.removeprefix(f"/{self.stack.bucket}/")
        bucket = f"arn:aws:s3:::{self.stack.bucket}"
        action = {"GET": "s3:GetObject", "PUT": "s3:PutObject"}[asked.method]
        if not self._may(who, action, f"{bucket}/{key}"):
            return Said(403, _s3_error("AccessDenied"), _XML)
        if asked.method == "PUT":
            data = unchunked(asked)
            self.objects[key] = (data, asked.headers)
            return Said(200, b"", {"ETag": f'"{uuid4().hex}"'})
        if key not in self.objects:
            # Who may not list a bucket isn't told what is missing in it.
            may_know = self._may(who, "s3:ListBucket", bucket)
            code = "NoSuchKey" if may_know else "AccessDenied"
            return Said(404 if may_know else 403, _s3_error(code), _XML)
        data, headers = self.objects[key]
        return Said(200, data, {"Content-Type": headers.get("content-type", "")})

    def _take_form(self, asked: Asked) -> Said:
        """Take a presigned form; whoever signed it must be allowed to put there.

        https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-HTTPPOSTConstructPolicy.html
        """
        fields, files = asked.form()
        who = fields["x-amz-credential"].partition("/")[0]
        conditions = json.loads(base64.b64decode(fields["policy"]))["conditions"]
        named = {k: v for c in conditions if isinstance(c, dict) for k, v in c.items()}
        (lengths,) = (c for c in conditions if isinstance(c, list))
        assert lengths[0] == "content-length-range"
        upload = files["file"]
        assert named["key"] == fields["key"]
        assert named["Content-Type"] == fields["Content-Type"]
        assert lengths[1] <= len(upload.data) <= lengths[2]
        if not self._may(who, "s3:PutObject", f"arn:aws:s3:::{self.stack.bucket}/{fields['key']}"):
            return Said(403, _s3_error("AccessDenied"), _XML)
        self.objects[fields["key"]] = (upload.data, {"content-type": fields["Content-Type"]})
        return Said(204, b"")


def _dynamodb_needs(operation: str, body: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Yield the permissions that a call needs: action, table, index.

    https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazondynamodb.html
    """
    if operation == "TransactWriteItems":
        actions = {
            "Put": "PutItem",
            "Delete": "DeleteItem",
            "Update": "UpdateItem",
            "ConditionCheck": "ConditionCheckItem",
        }
        for item in body["TransactItems"]:
            ((kind, act),) = item.items()
            yield actions[kind], act["TableName"], ""
    elif operation == "TransactGetItems":
        for item in body["TransactItems"]:
            yield "GetItem", item["Get"]["TableName"], ""
    elif "RequestItems" in body:
        for table in body["RequestItems"]:
            yield operation, table, ""
    else:
        yield operation, body["TableName"], body.get("IndexName", "")


def unchunked(asked: Asked) -> bytes:
    """Return the object of a PUT, which may come in signed chunks with a trailing checksum.

    https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
    """
    if "aws-chunked" not in asked.headers.get("content-encoding", ""):
        return asked.body
    data, rest = b"", asked.body
    while True:
        head, _, rest = rest.partition(b"\r\n")
        size = int(head.split(b";")[0], 16)
        if not size:
            return data
        data, rest = data + rest[:size], rest[size + 2 :]


def _denied_json(action: str) -> Said:
    return said(400, {"__type": "AccessDeniedException", "Message": f"not allowed: {action}"})


def _s3_error(code: str) -> bytes:
    return f"<Error><Code>{code}</Code><Message>{code}</Message></Error>".encode()


def _ses_error() -> bytes:
    return b"<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"
