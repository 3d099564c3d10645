"""Bluesky's video service, in memory: tokens for one thing, daily limits, jobs that take time.

https://docs.bsky.app/docs/tutorials/video ·
https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/video
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any
from urllib.parse import quote, urlsplit

from tests.fakes.fake_bluesky import FakeBluesky, bearer, refused
from tests.fakes.serving import Asked, Said, said

SERVICE_DID = "did:web:video.bsky.app"
LONGEST = timedelta(hours=1)
MOST = 100_000_000


@dataclass
class FakeVideoService:
    """The service and the account's own server, which answer side by side."""

    pds: FakeBluesky
    processing: int = 0
    """How many times a job is looked at before it is done."""
    covers: bool = True
    """False: like the service in its first years, an upload is answered by a bare job."""
    failure: str = ""
    """Not empty: jobs fail, by this code."""
    videos_left: int = 25
    bytes_left: int = 10_000_000_000
    forbids: str = ""
    """Not empty: the account may upload nothing, in these words."""
    jobs: dict[str, dict[str, Any]] = field(default_factory=dict)
    tokens: dict[str, tuple[str, str]] = field(default_factory=dict)

    def answer(self, asked: Asked) -> Said:
        method = asked.path.removeprefix("/xrpc/")
        route = {
            ("GET", "com.atproto.server.getServiceAuth"): self.give_token,
            ("GET", "app.bsky.video.getUploadLimits"): self.limits,
            ("POST", "app.bsky.video.uploadVideo"): self.upload,
            ("GET", "app.bsky.video.getJobStatus"): self.status,
        }.get((asked.method, method))
        return route(asked) if route else self.pds.answer(asked)

    def give_token(self, asked: Asked) -> Said:
        if refusal := self.pds.unauthorised(asked):
            return refusal
        assert set(asked.query) == {"aud", "lxm", "exp"}
        lasts = int(asked.query["exp"]) - self.pds.now().timestamp()
        if not 0 < lasts <= LONGEST.total_seconds():
            return refused("BadExpiration", "cannot request a token with that expiration")
        token = f"service.{len(self.tokens)}.{asked.query['exp']}"
        self.tokens[token] = (asked.query["aud"], asked.query["lxm"])
        return said(200, {"token": token})

    def unauthorised(self, asked: Asked, audience: str, method: str) -> Said | None:
        token = bearer(asked)
        is_good = self.tokens.get(token) == (audience, method)
        if not is_good or int(token.rpartition(".")[2]) <= self.pds.now().timestamp():
            return refused("AuthenticationRequired", "invalid service token", 401)
        return None

    def limits(self, asked: Asked) -> Said:
        if refusal := self.unauthorised(asked, SERVICE_DID, "app.bsky.video.getUploadLimits"):
            return refusal
        if self.forbids:
            return said(200, {"canUpload": False, "message": self.forbids})
        left = {"remainingDailyVideos": self.videos_left, "remainingDailyBytes": self.bytes_left}
        return said(200, {"canUpload": self.videos_left > 0, **left})

    def upload(self, asked: Asked) -> Said:
        server = f"did:web:{quote(urlsplit(self.pds.base_url).netloc, safe='')}"
        if refusal := self.unauthorised(asked, server, "com.atproto.repo.uploadBlob"):
            return refusal
        if asked.query["did"] != self.pds.did or not asked.query["name"].endswith(".mp4"):
            return refused("InvalidRequest", "did or name")
        if asked.headers["content-type"] != "video/mp4":
            return refused("InvalidMimeType", "only MP4")
        if len(asked.body) > MOST:
            return refused("PayloadTooLarge", "request entity too large", 413)
        job_id = hashlib.sha256(asked.body).hexdigest()[:20]
        if job_id in self.jobs:
            told = {"error": "already_exists", "message": "Video already processed"}
            return said(409, {**self.told(job_id), **told})
        self.videos_left -= 1
        self.jobs[job_id] = {"left": self.processing, "body": asked.body}
        job = self.told(job_id)
        return said(200, {"jobStatus": job} if self.covers else job)

    def status(self, asked: Asked) -> Said:
        job_id = asked.query["jobId"]
        if job_id not in self.jobs:
            return refused("InvalidRequest", "Job not found")
        job = self.jobs[job_id]
        told = self.told(job_id)
        job["left"] = max(0, job["left"] - 1)
        return said(200, {"jobStatus": told})

    def told(self, job_id: str) -> dict[str, Any]:
        job = self.jobs[job_id]
        known = {"jobId": job_id, "did": self.pds.did}
        if job["left"]:
            return {**known, "state": "JOB_STATE_ENCODING", "progress": 40}
        if self.failure:
            return {**known, "state": "JOB_STATE_FAILED", "failureCode": self.failure}
        cid = "bafkrei" + hashlib.sha256(job["body"]).hexdigest()[:52]
        self.pds.blobs[cid] = job["body"]
        about = {"mimeType": "video/mp4", "size": len(job["body"])}
        blob = {"$type": "blob", "ref": {"$link": cid}, **about}
        return {**known, "state": "JOB_STATE_COMPLETED", "blob": blob}

    def forget(self) -> None:
        """Lose every job, and what of it no post shows."""
        self.jobs.clear()
        shown = json.dumps(list(self.pds.records.values()))
        self.pds.blobs = {cid: data for cid, data in self.pds.blobs.items() if cid in shown}
