"""Media and the queue: what is known of images on the real engine, S3 and SQS by stubs."""

from __future__ import annotations

import base64
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError
from botocore.response import StreamingBody
from botocore.session import get_session
from botocore.stub import Stubber

from chalicelib import logs
from chalicelib.ids import DeliveryId, MediaId, WorkspaceId
from chalicelib.publishing.ports import Message, StoreUnclear
from chalicelib.store.bucket import S3Bucket
from chalicelib.store.media import MediaShelf
from chalicelib.store.queue import SqsQueue
from chalicelib.store.secrets import apps_from, root_key_from
from chalicelib.workspaces.ports import Kept, Upload
from tests.store_fixtures import FIRM, NOON, OTHER, Tables, race

UPLOAD = Upload(
    workspace=FIRM,
    id=MediaId("m1"),
    name="galette.jpg",
    content_type="image/jpeg",
    size=90_000,
    expires_at=NOON + timedelta(hours=1),
)
KEPT = Kept(
    workspace=FIRM,
    sha256="ab" * 32,
    content_type="image/jpeg",
    width=800,
    height=600,
    size=90_000,
    created_at=NOON,
)


# Images.


@pytest.fixture
def shelf(tables: Tables) -> MediaShelf:
    return MediaShelf(store=tables.store)


def test_an_upload_is_expected_until_it_expires(shelf: MediaShelf) -> None:
    shelf.put_upload(UPLOAD)
    shelf.put_upload(UPLOAD)
    assert shelf.upload(FIRM, UPLOAD.id, NOON) == UPLOAD
    assert shelf.upload(FIRM, UPLOAD.id, UPLOAD.expires_at) is None
    assert shelf.upload(OTHER, UPLOAD.id, NOON) is None


def test_a_firm_has_the_images_it_uploaded_and_no_others(shelf: MediaShelf) -> None:
    other = replace(KEPT, sha256="cd" * 32)
    shelf.put_kept(KEPT)
    shelf.put_kept(replace(KEPT, created_at=NOON + timedelta(days=1)))
    shelf.put_kept(replace(other, workspace=OTHER))
    assert shelf.kept(FIRM, [KEPT.sha256, other.sha256, "ef" * 32]) == {KEPT.sha256: KEPT}


# The bucket.


@pytest.fixture
def credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIDEXAMPLE")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "example")


@pytest.fixture
def bucket(credentials: None) -> S3Bucket:
    return S3Bucket.at("media-of-relais", "eu-west-3")


@pytest.fixture
def s3(bucket: S3Bucket) -> Iterator[Stubber]:
    with Stubber(bucket.client) as stub:
        yield stub
        stub.assert_no_pending_responses()
    bucket.client.close()


def test_a_form_takes_one_file_of_that_type_and_size(bucket: S3Bucket) -> None:
    form = bucket.form("uploads/firm/m1", "image/png", 1000, timedelta(minutes=10))
    assert form.url == "https://media-of-relais.s3.eu-west-3.amazonaws.com/"
    assert form.fields["key"] == "uploads/firm/m1"
    assert form.fields["Content-Type"] == "image/png"
    conditions = json.loads(base64.b64decode(form.fields["policy"]))["conditions"]
    assert {"Content-Type": "image/png"} in conditions
    assert ["content-length-range", 1, 1000] in conditions
    assert {"key": "uploads/firm/m1"} in conditions
    assert {"bucket": "media-of-relais"} in conditions


def test_reading_shows_too_much_and_nothing(bucket: S3Bucket, s3: Stubber) -> None:
    asked = {"Bucket": "media-of-relais", "Key": "k", "Range": "bytes=0-3"}
    s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"abcd"), 4)}, asked)
    s3.add_client_error("get_object", "NoSuchKey", http_status_code=404, expected_params=asked)
    s3.add_client_error("get_object", "InvalidRange", http_status_code=416, expected_params=asked)
    assert [bucket.read("k", 3) for _ in range(3)] == [b"abcd", None, b""]


def test_what_is_kept_is_cached_for_ever(bucket: S3Bucket, s3: Stubber) -> None:
    put = {
        "Bucket": "media-of-relais",
        "Key": "k",
        "Body": b"abc",
        "ContentType": "image/png",
        "CacheControl": "public, max-age=31536000, immutable",
    }
    s3.add_response("put_object", {}, put)
    bucket.keep("k", b"abc", "image/png")


KEPT_AT = {"Bucket": "media-of-relais", "Key": "k"}
SENDING = {**KEPT_AT, "UploadId": "u1"}


def begins(s3: Stubber) -> None:
    asked = {
        **KEPT_AT,
        "ContentType": "video/mp4",
        "CacheControl": "public, max-age=31536000, immutable",
    }
    s3.add_response("create_multipart_upload", {"UploadId": "u1"}, asked)


def test_a_large_file_is_kept_in_parts(bucket: S3Bucket, s3: Stubber) -> None:
    begins(s3)
    for n, body in ((1, b"abc"), (2, b"de")):
        sent = {**SENDING, "PartNumber": n, "Body": body}
        s3.add_response("upload_part", {"ETag": f"e{n}"}, sent)
    parts = [{"PartNumber": n, "ETag": f"e{n}"} for n in (1, 2)]
    s3.add_response(
        "complete_multipart_upload", {}, {**SENDING, "MultipartUpload": {"Parts": parts}}
    )
    bucket.keep_chunks("k", iter([b"abc", b"de"]), "video/mp4")


def test_what_was_sent_of_a_file_that_isnt_kept_is_removed(bucket: S3Bucket, s3: Stubber) -> None:
    begins(s3)
    s3.add_client_error("upload_part", "SlowDown", http_status_code=503)
    s3.add_response("abort_multipart_upload", {}, SENDING)
    with pytest.raises(StoreUnclear):
        bucket.keep_chunks("k", iter([b"abc"]), "video/mp4")


def test_a_file_that_proves_to_be_another_is_not_kept(bucket: S3Bucket, s3: Stubber) -> None:
    def chunks() -> Iterator[bytes]:
        yield b"abc"
        raise StoreUnclear("another")

    begins(s3)
    s3.add_response("upload_part", {"ETag": "e1"}, {**SENDING, "PartNumber": 1, "Body": b"abc"})
    s3.add_response("abort_multipart_upload", {}, SENDING)
    with pytest.raises(StoreUnclear, match="another"):
        bucket.keep_chunks("k", chunks(), "video/mp4")


def test_a_part_of_a_file_is_read(bucket: S3Bucket, s3: Stubber) -> None:
    asked = {**KEPT_AT, "Range": "bytes=10-13"}
    s3.add_response("get_object", {"Body": StreamingBody(io.BytesIO(b"abcd"), 4)}, asked)
    assert bucket.read_range("k", 10, 4) == b"abcd"


def test_a_bucket_that_does_not_answer_is_unclear(bucket: S3Bucket, s3: Stubber) -> None:
    for operation in ("get_object", "put_object"):
        s3.add_client_error(operation, "SlowDown", http_status_code=503)
    with pytest.raises(StoreUnclear):
        bucket.read("k", 3)
    with pytest.raises(StoreUnclear):
        bucket.keep("k", b"", "image/png")


# The queue.

URL = "https://sqs.eu-west-3.amazonaws.com/123456789012/relais-work"


@pytest.fixture
def queue(credentials: None) -> SqsQueue:
    return SqsQueue.at(URL, "eu-west-3")


@pytest.fixture
def sqs(queue: SqsQueue) -> Iterator[Stubber]:
    with Stubber(queue.client) as stub:
        yield stub
        stub.assert_no_pending_responses()
    queue.client.close()


@pytest.fixture
def logged(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, dict[str, object]]]:
    events: list[tuple[str, dict[str, object]]] = []
    monkeypatch.setattr(logs, "event", lambda name, **ids: events.append((name, ids)))
    return events


def a_message(n: int, seconds: float = 0) -> Message:
    return Message(WorkspaceId("firm"), DeliveryId(f"p{n}.c.0"), timedelta(seconds=seconds))


def test_messages_go_out_by_tens_with_their_delay_and_firm(queue: SqsQueue, sqs: Stubber) -> None:
    delays = [0, 0.1, 119.2, 900, 5000, -3, 1, 1, 1, 1, 1]
    wanted = [0, 1, 120, 900, 900, 0, 1, 1, 1, 1, 1]
    entries = [
        {
            "Id": str(n % 10),
            "MessageBody": json.dumps(
                {"v": 1, "kind": "delivery", "workspace": "firm", "about": f"p{n}.c.0"}
            ),
            "DelaySeconds": delay,
            "MessageGroupId": "firm",
        }
        for n, delay in enumerate(wanted)
    ]
    for batch in (entries[:10], entries[10:]):
        wants = {"QueueUrl": URL, "Entries": batch}
        sqs.add_response("send_message_batch", {"Successful": [], "Failed": []}, wants)
    queue.send([a_message(n, delay) for n, delay in enumerate(delays)])
    queue.send([])


def test_a_queue_that_fails_is_logged_by_ids_and_raises_nothing(
    queue: SqsQueue, sqs: Stubber, logged: list[tuple[str, dict[str, object]]]
) -> None:
    sqs.add_client_error("send_message_batch", "InternalError", http_status_code=500)
    failed = {"Id": "1", "SenderFault": False, "Code": "ServiceUnavailable"}
    sqs.add_response("send_message_batch", {"Successful": [], "Failed": [failed]})
    queue.send([a_message(n) for n in range(12)])
    assert logged == [
        ("queue_failed", {"count": 10, "error": "ClientError"}),
        (
            "queue_refused",
            {
                "workspace": "firm",
                "kind": "delivery",
                "about": "p11.c.0",
                "code": "ServiceUnavailable",
            },
        ),
    ]


def test_a_client_is_made_once_when_it_is_first_used() -> None:
    made: list[object] = []

    def make() -> object:
        made.append(object())
        return made[-1]

    queue, bucket = SqsQueue(URL, make), S3Bucket("b", make)
    assert made == []
    assert {id(client) for client in race(lambda _: queue.client)} == {id(made[0])}
    assert bucket.client is bucket.client is made[1]
    assert len(made) == 2


def test_a_queue_that_does_not_answer_raises_nothing(
    queue: SqsQueue, logged: list[tuple[str, dict[str, object]]]
) -> None:
    def times_out(**_: object) -> None:
        raise ReadTimeoutError(endpoint_url=URL)

    queue.client.meta.events.register_first("before-send.sqs", times_out)
    queue.send([a_message(1)])
    assert logged == [("queue_failed", {"count": 1, "error": "ReadTimeoutError"})]
    queue.client.close()


# The root key.


class Parameters:
    """A client of SSM that has one parameter."""

    def __init__(self, value: str) -> None:
        self._value = value
        self.asked: list[dict[str, object]] = []

    def get_parameter(self, **asked: object) -> dict[str, dict[str, str]]:
        self.asked.append(asked)
        return {"Parameter": {"Value": self._value}}


def test_the_root_key_is_read_decrypted() -> None:
    client = Parameters(base64.b64encode(b"k" * 32).decode())
    assert root_key_from(client, "/relais/root-key") == b"k" * 32
    assert client.asked == [{"Name": "/relais/root-key", "WithDecryption": True}]


@pytest.mark.parametrize("value", ["", "not base64!", base64.b64encode(b"k" * 31).decode()])
def test_a_root_key_that_is_none_is_refused_without_being_shown(value: str) -> None:
    with pytest.raises(ValueError, match="/relais/root-key") as refused:
        root_key_from(Parameters(value), "/relais/root-key")
    assert not value or value not in str(refused.value)
    assert refused.value.__cause__ is None


# What the installation is at networks.


def ssm(answers: Callable[[Stubber], None]) -> Any:
    """Return Amazon's own client of SSM, which gives these answers."""
    client = get_session().create_client(
        "ssm", "eu-west-3", aws_access_key_id="x", aws_secret_access_key="x"
    )
    stub = Stubber(client)
    answers(stub)
    stub.activate()
    return client


def test_the_installations_registrations_are_read() -> None:
    kept = {"facebook": {"id": "1", "secret": "s"}}
    client = Parameters(json.dumps(kept))
    assert apps_from(client, "/relais/apps") == kept
    assert client.asked == [{"Name": "/relais/apps", "WithDecryption": True}]


def test_an_installation_that_is_registered_nowhere_has_none() -> None:
    client = ssm(lambda stub: stub.add_client_error("get_parameter", "ParameterNotFound"))
    assert apps_from(client, "/relais/apps") == {}


def test_registrations_that_cant_be_read_now_are_asked_for_again() -> None:
    client = ssm(lambda stub: stub.add_client_error("get_parameter", "ThrottlingException"))
    with pytest.raises(StoreUnclear, match="Throttling"):
        apps_from(client, "/relais/apps")


@pytest.mark.parametrize("value", ["", "canary", "[]", '{"x": "canary"}', '{"x": {"id": 1}}'])
def test_registrations_that_are_none_are_refused_without_being_shown(value: str) -> None:
    with pytest.raises(ValueError, match="/relais/apps") as refused:
        apps_from(Parameters(value), "/relais/apps")
    assert "canary" not in str(refused.value)
    assert refused.value.__cause__ is None
