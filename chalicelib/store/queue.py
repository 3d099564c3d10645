"""The queue (SQS): an accelerator, whose failures cost seconds and lose nothing."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, Self

from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError
from botocore.session import get_session

from chalicelib import logs
from chalicelib.clients import OneClient
from chalicelib.publishing.ports import Message

BATCH = 10
"""Messages of one call, at most."""
LONGEST = 900
"""Seconds that a message may be delayed: what is due later is found by a tick."""
VERSION = 1


class SqsQueue:
    """Sends messages, each with its firm as the group, so that firms take turns.

    https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-fair-queues.html

    Args:
        url: The queue's address.
        make_client: Makes the client of SQS.
    """

    def __init__(self, url: str, make_client: Callable[[], Any]) -> None:
        self._url = url
        self._client = OneClient(make_client)

    @classmethod
    def at(cls, url: str, region: str) -> Self:
        """Return a queue of a region."""
        config = Config(
            connect_timeout=1,
            read_timeout=3,
            retries={"total_max_attempts": 2, "mode": "standard"},
        )
        return cls(url, lambda: get_session().create_client("sqs", region, config=config))

    @property
    def client(self) -> Any:
        """The one client of this queue, made when it is first used."""
        return self._client()

    def send(self, messages: Sequence[Message]) -> None:
        """Send all of them, best effort; what can't be sent is found by the next tick."""
        left = iter(messages)
        while batch := list(islice(left, BATCH)):
            self._send(batch)

    def _send(self, batch: Sequence[Message]) -> None:
        entries = [_entry(n, message) for n, message in enumerate(batch)]
        try:
            answer = self.client.send_message_batch(QueueUrl=self._url, Entries=entries)
        except (ClientError, BotoCoreError) as error:
            logs.event("queue_failed", count=len(batch), error=type(error).__name__)
            return
        for failed in answer.get("Failed", ()):
            message = batch[int(failed["Id"])]
            logs.event(
                "queue_refused",
                workspace=message.workspace,
                kind=message.kind,
                about=message.about,
                code=failed["Code"],
            )


def body_of(message: Message) -> str:
    """Return a message as the queue carries it."""
    return json.dumps(
        {
            "v": VERSION,
            "kind": message.kind,
            "workspace": message.workspace,
            "about": message.about,
        }
    )


def _entry(n: int, message: Message) -> dict[str, Any]:
    delay = math.ceil(message.delay.total_seconds())
    return {
        "Id": str(n),
        "MessageBody": body_of(message),
        "DelaySeconds": min(max(delay, 0), LONGEST),
        "MessageGroupId": message.workspace,
    }
