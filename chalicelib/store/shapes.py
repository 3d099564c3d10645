"""What each kind of item holds: the attribute and the codec of every field.

A field that is added with a default needs nothing more: older items read as the default.
Anything else is a new version of its Kind, with an upgrade from the one before.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import time
from typing import Any

from chalicelib.publishing.deliveries import (
    Attempt,
    Delivery,
    FollowUp,
    Prepared,
    RemoteKey,
    ResendClass,
    Result,
    Status,
    Why,
)
from chalicelib.publishing.posts import Content, Media, Post, PostVersion, Variant, Visibility
from chalicelib.store.codec import (
    DURATION,
    FLAG,
    INSTANT,
    JSON,
    TEXT,
    WHOLE,
    WORDS,
    Codec,
    Record,
    Way,
    number,
    row,
    table,
    word,
)
from chalicelib.store.schema import Kind
from chalicelib.workspaces.channels import Channel, ChannelStatus
from chalicelib.workspaces.workspaces import Language, Member, Opening, Role, Workspace

_FOLLOWUP = Record(
    FollowUp,
    {
        "kind": ("kind", TEXT),
        "about": ("about", TEXT),
        "key": ("key", TEXT),
        "tries": ("tries", WHOLE),
    },
)
_ATTEMPT = Record(
    Attempt,
    {
        "n": ("n", WHOLE),
        "at": ("at", INSTANT),
        "version": ("ver", WHOLE),
        "result": ("res", word(Result)),
        "detail": ("say", TEXT),
    },
)
_REMOTE_KEY = Record(
    RemoteKey,
    {
        "record_key": ("rkey", TEXT),
        "slug": ("slug", TEXT),
        "uuid": ("uuid", TEXT),
        "created_at": ("at", INSTANT),
    },
)
_PREPARED = Record(Prepared, {"version": ("ver", WHOLE), "parts": ("parts", WORDS)})

DELIVERY = Kind(
    name="delivery",
    record=Record(
        Delivery,
        {
            "network": ("net", TEXT),
            "resend_class": ("class", word(ResendClass)),
            "status": ("st", word(Status)),
            "why": ("why", word(Why)),
            "reason": ("reason", TEXT),
            "due_at": ("due", INSTANT),
            "planned_at": ("plan", INSTANT),
            "latest_at": ("last", INSTANT),
            "version": ("ver", WHOLE),
            "text_hash": ("hash", TEXT),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
            "acts": ("acts", row(TEXT)),
            "prepared": ("prep", _PREPARED),
            "attempt": ("n", WHOLE),
            "first_intent_at": ("int1", INSTANT),
            "last_intent_at": ("intn", INSTANT),
            "sent_version": ("sent", WHOLE),
            "key": ("key", _REMOTE_KEY),
            "after": ("after", TEXT),
            "awaited_by": ("by", row(TEXT)),
            "remote_id": ("rid", TEXT),
            "remote_url": ("url", TEXT),
            "published_at": ("pub", INSTANT),
            "looks": ("looks", WHOLE),
            "absent_at": ("abs", INSTANT),
            "crashes": ("crash", WHOLE),
            "followups": ("todo", row(_FOLLOWUP)),
            "attempts": ("tries", row(_ATTEMPT)),
            "answers": ("re", TEXT),
            "metered_at": ("meter", INSTANT),
        },
        known=frozenset({"workspace", "id", "post", "channel"}),
        optional=frozenset({"planned_at", "latest_at"}),
    ),
)

_MEDIA = Record(
    Media,
    {
        "sha256": ("sha", TEXT),
        "content_type": ("type", TEXT),
        "width": ("w", WHOLE),
        "height": ("h", WHOLE),
        "size": ("size", WHOLE),
        "alt": ("alt", TEXT),
        "duration_ms": ("ms", WHOLE),
    },
)
_CONTENT: Mapping[str, tuple[str, Codec[Any]]] = {
    "text": ("text", TEXT),
    "link": ("link", TEXT),
    "media": ("media", row(_MEDIA)),
    "title": ("title", TEXT),
    "content_warning": ("cw", TEXT),
    "visibility": ("vis", word(Visibility)),
    "language": ("lang", TEXT),
    "categories": ("cat", row(TEXT)),
    "is_story": ("story", FLAG),
}
CONTENT = Record(Content, {**_CONTENT, "answers": ("refs", WORDS)})
_VARIANT = Record(Variant, _CONTENT)

VERSION = Kind(
    name="post version",
    record=Record(
        PostVersion,
        {
            "written_at": ("at", INSTANT),
            "written_by": ("who", TEXT),
            "content": ("all", CONTENT),
            "variants": ("each", table(_VARIANT)),
        },
        known=frozenset({"workspace", "post", "n"}),
    ),
)

POST = Kind(
    name="post",
    record=Record(
        Post,
        {
            "version": ("ver", WHOLE),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
            "channels": ("chan", row(TEXT)),
            "planned_at": ("plan", INSTANT),
            "useful_for": ("useful", DURATION),
            "is_draft": ("draft", FLAG),
            "excerpt": ("words", TEXT),
            "created_at": ("made", INSTANT),
            "created_by": ("who", TEXT),
            "updated_at": ("at", INSTANT),
            "is_deleted": ("gone", FLAG),
            "answers": ("re", TEXT),
        },
        known=frozenset({"workspace", "id"}),
        optional=frozenset({"planned_at"}),
    ),
)

CHANNEL = Kind(
    name="channel",
    record=Record(
        Channel,
        {
            "network": ("net", TEXT),
            "name": ("name", TEXT),
            "handle": ("handle", TEXT),
            "url": ("url", TEXT),
            "remote_id": ("rid", TEXT),
            "settings": ("set", WORDS),
            "limits": ("lim", JSON),
            "status": ("st", word(ChannelStatus)),
            "reason": ("reason", TEXT),
            "since": ("since", INSTANT),
            "paused_until": ("until", INSTANT),
            "access_ends_at": ("ends", INSTANT),
            "renew_access_at": ("renew", INSTANT),
            "tend_at": ("tend", INSTANT),
            "forget_token_after": ("forget", INSTANT),
            "created_at": ("made", INSTANT),
            "rev": ("rev", WHOLE),
            "write_token": ("token", TEXT),
        },
        known=frozenset({"workspace", "id"}),
    ),
)

_OPENING: Way[Opening] = Way(
    lambda o: f"{o.begins:%H:%M}-{o.ends:%H:%M}",
    lambda kept: Opening(*map(time.fromisoformat, kept.split("-"))),
)

WORKSPACE = Kind(
    name="workspace",
    record=Record(
        Workspace,
        {
            "name": ("name", TEXT),
            "zone": ("zone", TEXT),
            "language": ("lang", word(Language)),
            "feed_token": ("feed", TEXT),
            "opening_hours": ("open", row(row(_OPENING))),
            "answer_within": ("within", DURATION),
            "spending_cap": ("cap", WHOLE),
            "created_at": ("made", INSTANT),
            "rev": ("rev", WHOLE),
        },
        known=frozenset({"id"}),
    ),
)

MEMBER = Kind(
    name="member",
    record=Record(
        Member,
        {
            "workspace": ("ws", TEXT),
            "id": ("id", TEXT),
            "email": ("mail", TEXT),
            "name": ("name", TEXT),
            "role": ("role", number(Role)),
            "language": ("lang", word(Language)),
            "created_at": ("made", INSTANT),
        },
    ),
)
