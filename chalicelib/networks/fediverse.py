"""The Mastodon client API as its many servers speak it: errors, instances, sign-in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING, Any

from chalicelib.networks.addresses import host_of
from chalicelib.networks.contract import Profile
from chalicelib.networks.replies import as_object, iso_instant, retry_after
from chalicelib.networks.spec import Limits, MediaRules, TextLimit, VideoRules
from chalicelib.publishing.outcomes import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, Visibility

if TYPE_CHECKING:
    from chalicelib.networks.http import Http, Reply

VERIFY_SECONDS = 8.0
"""Seconds. It is also asked after a post was refused with 401, when the post's call may have
taken 20 of the 25 seconds that a walk has left: where the function is stopped meanwhile, the
attempt is in doubt and a look settles it."""
MOST = 2**31 - 1
"""More than this is no limit (2 GB, 2 billion characters), and the store keeps no number of more
than 38 digits: https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/Constraints.html
"""
_OWN_VERSION = re.compile(r"\d+\.\d+\.\d+[^ ()]*")
"""Servers that only speak the API say so in brackets: ``4.2.1 (compatible; Pleroma 2.6)``."""

# What answers mean: https://docs.joinmastodon.org/entities/Error/


def check(reply: Reply, good: set[int], now: datetime, *, is_public: bool) -> dict[str, Any]:
    """Return the JSON object of an answer with a good status, or raise what it means.

    ``is_public`` says that the call could make something public: what isn't mapped, and any
    5xx, then proves nothing.
    """
    answer = as_object(reply)
    if reply.status in good and (answer or reply.status == 206):
        return answer
    said = f"{answer.get('error', '')} {answer.get('error_description', '')}".strip()
    detail = f"{reply.status} {said[:160]}".strip()
    if reply.status == 429:
        reset = iso_instant(reply.headers.get("X-RateLimit-Reset"))
        raise RateLimited(detail, reset or retry_after(reply.headers, now))
    if reply.status == 401:
        raise AuthExpired(detail)
    is_in_doubt = (
        is_public and "already attached" in said.casefold()
    )  # to a status of an attempt of ours?
    if reply.status in {403, 404, 410, 413, 415, 422} and answer and not is_in_doubt:
        _refuse(reply.status, said.casefold(), detail)
    raise OutcomeUnknown(detail) if is_public else Transient(detail)


def _refuse(status: int, said: str, detail: str) -> None:
    if status == 403:
        if "scope" in said or "suspend" in said or "disabled" in said or "login" in said:
            raise AuthExpired(detail)
        raise Rejected(detail, "forbidden")
    if status in {404, 410}:
        raise Rejected(detail, "gone")
    if status == 422 and ("processing" in said or "not ready" in said):
        raise Transient(detail)
    if status in {413, 415} or "file" in said or "media" in said or "image" in said:
        raise Rejected(detail, "media_refused")
    is_long = "character" in said or "too long" in said
    raise Rejected(detail, "too_long" if is_long else "invalid")


# Who may see what: https://docs.joinmastodon.org/entities/Status/#visibility

_WIDEST_FIRST = tuple(Visibility)


def visible_to(chosen: Visibility, answers: Mapping[str, str]) -> Visibility:
    """Return who may see a status: an answer is shown no wider than what it answers.

    What another server's own word for it means isn't known: then only who is answered.
    """
    if not answers:
        return chosen
    known = {v.value: v for v in Visibility}
    answered = known.get(answers.get("visibility", ""), Visibility.DIRECT)
    return max(chosen, answered, key=_WIDEST_FIRST.index)


def refs_of_own(remote_id: str, _url: str, content: Content) -> Mapping[str, str]:
    """See ``contract.Network``: a first comment is shown as widely as its post."""
    return {"id": remote_id, "visibility": content.visibility.value}


# Instances and accounts.


def verified(http: Http, instance: str, token: str, now: datetime) -> dict[str, Any]:
    """Return the account of a token.

    https://docs.joinmastodon.org/methods/accounts/#verify_credentials

    Raises:
        AuthExpired: the token isn't taken.
    """
    reply = http.request(
        "GET",
        f"{instance}/api/v1/accounts/verify_credentials",
        headers={"Authorization": f"Bearer {token}"},
        write=False,
        deadline_s=VERIFY_SECONDS,
    )
    if reply.status == 422:  # snac's answer to an unknown token
        raise AuthExpired("422 from verify_credentials")
    account = check(reply, {200}, now, is_public=False)
    if not isinstance(account.get("id"), str):
        raise Transient("verify_credentials gave no account")
    return account


def about_instance(http: Http, instance: str) -> dict[str, Any]:
    """Return what the instance says of itself: v2, or v1 where it has only that."""
    for version in ("v2", "v1"):
        reply = http.request("GET", f"{instance}/api/{version}/instance", write=False)
        if reply.status == 200 and (about := as_object(reply)):
            return about
    raise Transient("the instance doesn't describe itself")


def limits_of(about: Mapping[str, Any], usual: Limits) -> Limits:
    """Return what an instance takes; the usual where it says nothing, or nothing sensible.

    https://docs.joinmastodon.org/entities/Instance/#configuration
    """
    said = _object(about.get("configuration"))
    statuses, media = _object(said.get("statuses")), _object(said.get("media_attachments"))
    text, kept = usual.text[0], usual.media
    longest = _positive(about.get("max_toot_chars"), text.maximum)  # Pleroma's own name
    listed = media.get("supported_mime_types")
    types = tuple(t for t in kept.types if isinstance(listed, list) and t in listed)
    return Limits(
        text=(
            TextLimit(
                text.unit,
                _positive(statuses.get("max_characters"), longest),
                _positive(statuses.get("characters_reserved_per_url"), text.url_length),
            ),
        ),
        media=MediaRules(
            types=types or kept.types,
            max_count=_positive(statuses.get("max_media_attachments"), kept.max_count),
            max_bytes=min(_positive(media.get("image_size_limit"), kept.max_bytes), kept.max_bytes),
            max_pixels=_positive(media.get("image_matrix_limit"), kept.max_pixels),
            max_alt=_positive(media.get("description_limit"), kept.max_alt),
        ),
        video=usual.video and _video_of(media, usual.video, lists_types=bool(types)),
        text_required=False,
    )


def _video_of(
    media: Mapping[str, Any], usual: VideoRules, *, lists_types: bool
) -> VideoRules | None:
    """Return what an instance takes of videos; None if its list of types has none."""
    listed = media.get("supported_mime_types")
    types = usual.types
    if lists_types and isinstance(listed, list):
        types = tuple(t for t in types if t in listed)
    if not types:
        return None
    return replace(
        usual,
        types=types,
        max_bytes=min(_positive(media.get("video_size_limit"), usual.max_bytes), usual.max_bytes),
        max_alt=_positive(media.get("description_limit"), usual.max_alt),
    )


def software_of(about: Mapping[str, Any]) -> str:
    """Return ``mastodon`` for Mastodon itself, ``other`` for what only speaks its API."""
    is_own = _OWN_VERSION.fullmatch(str(about.get("version", "")))
    return "mastodon" if is_own and "/mastodon" in str(about.get("source_url", "")) else "other"


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


def _positive(value: object, otherwise: int) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        return otherwise
    return value if 0 < value <= MOST else otherwise


def profile_of(account: Mapping[str, Any], instance: str) -> Profile:
    """Return who an account is, its handle with the host as other servers write it."""
    name = str(account.get("username", ""))
    url = str(account.get("url") or f"{instance}/@{name}")
    shown = str(account.get("display_name") or name)
    # Account ids are each instance's own: two instances may give the same one.
    remote_id = f"{account['id']}@{host_of(instance)}"
    return Profile(remote_id, shown, f"@{name}@{host_of(instance)}", url)
