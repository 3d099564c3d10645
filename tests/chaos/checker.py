"""Judges a life: what is live on the ledger, against the store and what people were told."""

from __future__ import annotations

from datetime import timedelta

from chalicelib.mail.wording import FR
from chalicelib.publishing.deliveries import Delivery, Status, Topic
from chalicelib.publishing.posts import normalise_text
from tests.chaos.life import FINISHED, Life

SECOND = timedelta(seconds=1)
"""Networks cut times to the second."""


def judge(life: Life) -> list[str]:
    """Return what is wrong with a life that has ended; empty if nothing is."""
    wrong = [f"untold: {d.status} {d.why}" for d in life.checked_untold]
    for delivery in life.deliveries():
        wrong += _judge_one(life, delivery)
    return wrong + _uncommented(life)


def _uncommented(life: Life) -> list[str]:
    """What went out with a first comment has one, while its channel is connected."""
    deliveries = life.deliveries()
    commented = {d.comments_on for d in deliveries}
    return [
        "lost: live without its first comment"
        for d in deliveries
        if d.has_comment and d.status is Status.PUBLISHED and d.id not in commented
        if life.is_connected()
    ]


def _judge_one(life: Life, d: Delivery) -> list[str]:
    live = life.live(d)
    if len(live) > 1:
        return [f"doubled: {len(live)} live"]
    if d.status not in FINISHED:
        return [f"stuck: {d.status} {d.why} due {d.due_at}"]
    if d.status is Status.PUBLISHED:
        return _judge_published(life, d, live)
    if live and not told(life, Topic.LIVE_BUT_CANCELLED):
        return [f"live although {d.status}, and nobody was told"]
    if d.status is Status.FAILED and not told(life, Topic.FAILED):
        return ["failed, and nobody was told"]
    return []


def _judge_published(life: Life, d: Delivery, live: list[str]) -> list[str]:
    if not live:
        return ["lost: said to be published, but nothing is live"]
    went = life.ledger.live[live[0]].created_at
    for pause in life.pauses:
        is_held = d.id not in pause.too_late
        if is_held and pause.since + SECOND < went < pause.until - SECOND:
            return ["live during a pause that said it would hold it"]
    version = life.version(d, d.sent_version)
    shown = life.ledger.live[live[0]].text
    if shown != normalise_text(version) and not told(life, Topic.OLD_VERSION_LIVE):
        return [f"says version {d.sent_version}, another is live, and nobody was told"]
    if d.version != d.sent_version and not told(life, Topic.OLD_VERSION_LIVE):
        return ["an earlier version is live, and nobody was told"]
    return []


def told(life: Life, topic: Topic) -> bool:
    """Say whether somebody was mailed about a topic."""
    beginning = FR[topic].subject.split("{")[0].strip()
    return any(subject.startswith(beginning) for subject in life.box.subjects)
