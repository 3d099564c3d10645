"""What a page does about what is said to it on LinkedIn: likes it, or deletes a comment.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/reactions-api
https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from chalicelib.listening.mentions import Heard, MentionKind
from chalicelib.networks.linkedin_comments import parts_of
from chalicelib.networks.linkedin_rest import Denied, Rest, encoded, refusal
from chalicelib.networks.replies import as_object
from chalicelib.networks.spec import Moderation
from chalicelib.publishing.outcomes import Rejected

if TYPE_CHECKING:
    from chalicelib.networks.http import Reply


def moderate(rest: Rest, page: str, act: Moderation, heard: Heard, now: datetime) -> None:
    """Do one act as a page; done already, it is done.

    Raises:
        Rejected: ``not_offered``, ``not_ours``, ``forbidden``, ``gone``.
        NetworkError: it may be tried again.
    """
    entity, number = parts_of(heard.remote_id)
    if act is Moderation.LIKE:
        liked = {"root": heard.remote_id, "reactionType": "LIKE"}
        path = f"/rest/reactions?actor={encoded(page)}"
        _require(rest.ask("POST", path, json=liked, write=True), {201, 409}, now)
    elif act is Moderation.UNLIKE:
        key = f"(actor:{encoded(page)},entity:{encoded(heard.remote_id)})"
        _require(rest.ask("DELETE", f"/rest/reactions/{key}", write=True), {204, 404}, now)
    elif act is not Moderation.DELETE:
        raise Rejected(f"LinkedIn knows no {act}", "not_offered")
    elif heard.kind is not MentionKind.COMMENT or not number:
        raise Rejected("it stands on somebody else's ground", "not_ours")
    else:
        path = f"/rest/socialActions/{encoded(entity)}/comments/{number}?actor={encoded(page)}"
        _require(rest.ask("DELETE", path, write=True), {204, 404}, now)


def _require(reply: Reply, done: set[int], now: datetime) -> None:
    # What LinkedIn itself says, not some page on the way: that may be a 404 too.
    if reply.status in done and (reply.status < 300 or as_object(reply).get("status")):
        return
    error = refusal(reply, now, is_public=False)
    if isinstance(error, Denied):  # for this, not for the channel
        raise Rejected(error.detail, "forbidden") from error
    raise error
