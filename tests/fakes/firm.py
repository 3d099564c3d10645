"""A firm as tests know it: a workspace, channels of every class, posts and deliveries."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

from chalicelib.ids import ChannelId, DeliveryId, MemberId, PostId, WorkspaceId, delivery_id
from chalicelib.publishing.deliveries import (
    Attempt,
    Delivery,
    RemoteKey,
    ResendClass,
    Result,
    Status,
    Why,
)
from chalicelib.publishing.keys import remote_key
from chalicelib.publishing.posts import Content, PostVersion, text_hash
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace
from tests.fakes.clocks import START

FIRM = WorkspaceId("bakery")
BY = MemberId("marie")
NETWORKS = {
    "keyed": ResendClass.IDEMPOTENT,
    "drafted": ResendClass.TWO_PHASE,
    "listed": ResendClass.READ_BACK,
    "silent": ResendClass.BLIND,
    "pasted": ResendClass.PERSON,
}
"""A network of each resend class, by name; each has one channel ``on-<name>``."""
NETWORK_OF = {resend_class: name for name, resend_class in NETWORKS.items()}
SENDING_CLASSES = tuple(c for c in ResendClass if c is not ResendClass.PERSON)
USEFUL = timedelta(hours=2)


def workspace() -> Workspace:
    """Return the firm."""
    return Workspace(id=FIRM, name="Boulangerie Martin", feed_token="feed", created_at=START)


def channel(network: str = "listed", **changes: Any) -> Channel:
    """Return the firm's channel on a network."""
    made = Channel(
        workspace=FIRM,
        id=ChannelId(f"on-{network}"),
        network=network,
        name=f"Martin on {network}",
        created_at=START - timedelta(days=30),
    )
    return replace(made, **changes)


def content(text: str = "Galette des rois") -> Content:
    """Return a text."""
    return Content(text=text)


def version(n: int = 1, text: str = "", post: str = "post1") -> PostVersion:
    """Return a version of a post; each version of each post has a text of its own."""
    return PostVersion(
        workspace=FIRM,
        post=PostId(post),
        n=n,
        written_at=START,
        written_by=BY,
        content=content(text or f"Galette des rois, {post}, version {n}"),
    )


def delivery(
    resend_class: ResendClass = ResendClass.READ_BACK,
    status: Status = Status.SCHEDULED,
    *,
    post: str = "post1",
    now: datetime = START,
    **changes: Any,
) -> Delivery:
    """Return a delivery as it would stand in a status, due at ``now`` where it can be due."""
    network = NETWORK_OF[resend_class]
    identity = delivery_id(PostId(post), ChannelId(f"on-{network}"))
    said = version(post=post).content
    made = Delivery(
        workspace=FIRM,
        id=identity,
        post=PostId(post),
        channel=ChannelId(f"on-{network}"),
        network=network,
        resend_class=resend_class,
        status=status,
        planned_at=now,
        latest_at=now + USEFUL,
        version=1,
        text_hash=text_hash(said),
        rev=7,
        key=_key(identity, said, now),
        due_at=None if status in _NOTHING_TO_DO else now,
    )
    if status in _ATTEMPTED:
        made = attempted(made, now)
    if status is Status.NEEDS_HUMAN:
        made = replace(made, why=Why.UNKNOWN)
    if status is Status.BLOCKED_AUTH:
        made = replace(made, due_at=made.latest_at)
    return replace(made, **changes)


def attempted(d: Delivery, at: datetime, n: int = 1) -> Delivery:
    """Return a delivery whose nth attempt began at an instant."""
    sent = Attempt(n, at, d.version, Result.SENT)
    return replace(
        d,
        attempt=n,
        sent_version=d.version,
        first_intent_at=d.first_intent_at or at,
        last_intent_at=at,
        attempts=(*d.attempts, sent),
    )


def _key(identity: DeliveryId, said: Content, now: datetime) -> RemoteKey:
    return remote_key(identity, said, now - timedelta(days=1))


_NOTHING_TO_DO = {
    Status.DRAFT,
    Status.PUBLISHED,
    Status.NEEDS_HUMAN,
    Status.FAILED,
    Status.CANCELLED,
}
_ATTEMPTED = {Status.SENDING, Status.RECONCILE, Status.PUBLISHED, Status.NEEDS_HUMAN}
