"""A video on its way to Bluesky: through its video service, which puts it on the account's server.

The server itself (PDS) takes the file as any other, but makes nothing of it: until the service
has seen it, readers are shown a gap. So it goes to the service first, with a token that our
server gives for it, and the post is made when the service says that all is ready.

https://docs.bsky.app/docs/tutorials/video
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, urlsplit

from chalicelib.networks.atproto import TokenRefused, check
from chalicelib.networks.bodies import UPLOAD_SECONDS, streamed
from chalicelib.networks.replies import as_object, said_count, said_object, said_text
from chalicelib.publishing.outcomes import Part, Pending, Rejected, Transient

if TYPE_CHECKING:
    from chalicelib.networks.atproto import Session
    from chalicelib.networks.contract import Tools, Video
    from chalicelib.networks.http import Reply

SERVICE = "https://video.bsky.app"
SERVICE_DID = "did:web:video.bsky.app"
"""https://github.com/bluesky-social/social-app/blob/main/src/lib/constants.ts"""
ASK_SECONDS = 8.0
TOKEN_LASTS = timedelta(minutes=30)
"""As its own app asks for: the service uses the token to put the video on our server."""
ALLOWED_FOR = timedelta(minutes=5)
"""How long an answer about the account's limits is relied on."""
LOOK = timedelta(seconds=5)
"""Until the first look at a job; later ones wait half its age."""
DONE_WITHIN = timedelta(minutes=30)
"""A job that is still not done is stuck, and the video is uploaded anew."""
_UNTOLD = "failed to get"
"""How the message begins by which the service says that it can't tell the limits now.

https://github.com/bluesky-social/social-app/blob/main/src/view/com/composer/state/video.ts
"""
_DUPLICATE = 409
"""The service knows these bytes of this account's: the answer names the job that it had."""


class Film:
    """One video of one account."""

    def __init__(self, tools: Tools, session: Session, video: Video, kept_for: timedelta) -> None:
        self._tools = tools
        self._session = session
        self._video = video
        self._kept_for = kept_for

    def prepare(self, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the limits, the upload, and the job that follows it.

        Each is a part, so that a walk in which one took long ends there.
        """
        known = self._standing(json.loads(parts.get("video", "{}")))
        if "job" not in known:
            if self._age(known, "allowed_at") > ALLOWED_FOR:
                self._require_allowed()
                yield self._part(allowed_at=self._now())
            known = {"job": self._upload(), "at": self._now()}
            yield self._part(**known)
        if "blob" in known:
            return
        status = self._status(known["job"])
        if status is None:
            yield self._part()
            raise Transient("the video service has lost the job")
        if blob := said_object(status.get("blob")):
            yield self._part(job=known["job"], blob=blob, at=self._now())
            return
        if status.get("state") == "JOB_STATE_FAILED":
            yield self._part()
            _refuse(status)
        yield Pending(max(self._age(known, "at") / 2, LOOK))

    def _standing(self, known: dict[str, Any]) -> dict[str, Any]:
        """Return what is still good of what an earlier walk stored."""
        lasts = self._kept_for if "blob" in known else DONE_WITHIN
        return {} if "job" in known and self._age(known, "at") > lasts else known

    def _require_allowed(self) -> None:
        """Refuse what the account may not upload today, before it is sent."""
        token = self._token("app.bsky.video.getUploadLimits", SERVICE_DID)
        limits = self._answer(self._get("app.bsky.video.getUploadLimits", token))
        videos = said_count(limits.get("remainingDailyVideos"))
        size = said_count(limits.get("remainingDailyBytes"))
        told = said_text(limits.get("message"))[:120] or said_text(limits.get("error"))[:120]
        if told.casefold().startswith(_UNTOLD):
            raise Transient(told)
        if videos == 0 or (size is not None and size < self._video.size) or "daily" in told:
            raise Rejected(f"no more videos today: {told}", "video_limit")
        if limits.get("canUpload") is False:  # its e-mail isn't confirmed, it is too new…
            raise Rejected(f"no videos of this account: {told}", "video_not_allowed")

    def _upload(self) -> str:
        """Send the video; return the job that the service makes of it."""
        token = self._token("com.atproto.repo.uploadBlob", _did_of(self._tools.settings["pds"]))
        reply = self._tools.http.request(
            "POST",
            f"{SERVICE}/xrpc/app.bsky.video.uploadVideo",
            params={
                "did": self._tools.settings["did"],
                "name": f"{self._video.sha256[:16]}.mp4",
            },
            headers={
                "Authorization": f"Bearer {token}",
                "Content-Type": self._video.content_type,
            },
            data=streamed(self._video),
            write=False,
            deadline_s=UPLOAD_SECONDS,
        )
        given = as_object(reply)
        answer = given if reply.status == _DUPLICATE else self._uploaded(reply)
        job = said_text(_job(answer).get("jobId"))
        if not job:
            raise Transient(f"{reply.status} from uploadVideo, without a job")
        return job

    def _uploaded(self, reply: Reply) -> dict[str, Any]:
        try:
            return self._answer(reply)
        except Rejected as error:
            if error.reason == "media_refused":
                raise Rejected(error.detail, "video_too_big") from error
            if error.reason == "invalid":
                raise Rejected(error.detail, "video_failed") from error
            raise

    def _status(self, job: str) -> dict[str, Any] | None:
        """Return how a job stands; None if the service knows it no more."""
        reply = self._get("app.bsky.video.getJobStatus", "", jobId=job)
        if reply.status in {400, 404}:
            return None
        return _job(self._answer(reply))

    def _get(self, method: str, token: str, **params: str) -> Reply:
        return self._tools.http.request(
            "GET",
            f"{SERVICE}/xrpc/{method}",
            params=params,
            headers={"Authorization": f"Bearer {token}"} if token else {},
            write=False,
            deadline_s=ASK_SECONDS,
        )

    def _token(self, method: str, audience: str) -> str:
        """Return a token by which a service may do one thing for the account."""
        ends = int((self._tools.clock.now() + TOKEN_LASTS).timestamp())
        asked = (("aud", audience), ("lxm", method), ("exp", str(ends)))
        token = self._session.get("com.atproto.server.getServiceAuth", *asked).get("token")
        if not isinstance(token, str):
            raise Transient("getServiceAuth gave no token")
        return token

    def _answer(self, reply: Reply) -> dict[str, Any]:
        try:
            return check(reply, self._tools.clock.now(), is_public=False)
        except TokenRefused as refused:
            raise Transient(f"the video service took no token: {refused}") from refused

    def _part(self, **known: object) -> Part:
        return Part("video", json.dumps(known))

    def _now(self) -> str:
        return self._tools.clock.now().isoformat()

    def _age(self, known: Mapping[str, Any], since: str) -> timedelta:
        if since not in known:
            return timedelta.max
        return self._tools.clock.now() - datetime.fromisoformat(known[since])


def _job(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return a job as its lexicon has it, or as the service has long told it, without a cover."""
    return said_object(answer.get("jobStatus")) or dict(answer)


def _refuse(status: Mapping[str, Any]) -> None:
    """Raise what a failed job means.

    https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/video/defs.json

    Raises:
        Rejected: this video can't be made to work.
        Transient: another try may succeed.
    """
    code = said_text(status.get("failureCode"))
    detail = f"{code} {said_text(status.get('error'))[:120]}".strip()
    if code == "pds_upload_unsupported_blob_size":
        raise Rejected(detail, "video_too_big")
    if code in {"pds_upload_failure", "generic_failure"}:
        raise Transient(f"the job failed: {detail}")
    raise Rejected(detail, "video_failed")


def _did_of(server: str) -> str:
    """Return the DID of a server by its name: https://w3c-ccg.github.io/did-method-web/."""
    return f"did:web:{quote(urlsplit(server).netloc, safe='')}"
