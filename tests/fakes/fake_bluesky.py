"""A Bluesky server by the rules of its lexicons: sessions, blobs, records, identities.

https://github.com/bluesky-social/atproto/tree/main/lexicons
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import regex

from tests.fakes.serving import Asked, Said, said

TID = re.compile(r"[234567abcdefghij][234567abcdefghijklmnopqrstuvwxyz]{12}")
MAX_BLOB = 2_000_000


@dataclass(slots=True)
class FakeBluesky:
    """One account on one server, which is also its own directory."""

    now: Callable[[], datetime]
    handle: str = "relais.test"
    did: str = "did:plc:relaisrelaisrelaisrelais"
    app_password: str = "abcd-efgh-ijkl-mnop"
    main_password: str = "correct horse"
    base_url: str = ""
    others: dict[str, str] = field(default_factory=dict)
    """Other handles that resolve, with their DIDs."""
    records: dict[str, dict[str, Any]] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)
    access: set[str] = field(default_factory=set)
    refresh: set[str] = field(default_factory=set)
    points_left: int = 5000
    writes: int = 0
    issued: int = 0

    def answer(self, asked: Asked) -> Said:
        if asked.path == f"/{self.did}":
            return said(200, self.document())
        method = asked.path.removeprefix("/xrpc/")
        route = {
            ("POST", "com.atproto.server.createSession"): self.create_session,
            ("POST", "com.atproto.server.refreshSession"): self.refresh_session,
            ("GET", "com.atproto.server.getSession"): self.get_session,
            ("GET", "com.atproto.identity.resolveHandle"): self.resolve,
            ("POST", "com.atproto.repo.uploadBlob"): self.upload,
            ("POST", "com.atproto.repo.putRecord"): self.put,
            ("GET", "com.atproto.repo.getRecord"): self.get,
        }.get((asked.method, method))
        if route is None:
            return said(501, {"error": "MethodNotImplemented", "message": "Method Not Implemented"})
        return route(asked)

    def document(self) -> dict[str, Any]:
        service = {
            "id": "#atproto_pds",
            "type": "AtprotoPersonalDataServer",
            "serviceEndpoint": self.base_url,
        }
        return {"id": self.did, "alsoKnownAs": [f"at://{self.handle}"], "service": [service]}

    # Sessions.

    def create_session(self, asked: Asked) -> Said:
        body = asked.json()
        if body["identifier"] not in {self.handle, self.did}:
            return refused("AuthenticationRequired", "Invalid identifier or password", 401)
        if body["password"] == self.main_password:
            return said(200, self.session("com.atproto.access"))
        if body["password"] != self.app_password:
            return refused("AuthenticationRequired", "Invalid identifier or password", 401)
        return said(200, self.session("com.atproto.appPass"))

    def refresh_session(self, asked: Asked) -> Said:
        token = bearer(asked)
        if token not in self.refresh:
            return refused("ExpiredToken", "Token has been revoked")
        self.refresh.discard(token)
        return said(200, self.session("com.atproto.appPass"))

    def get_session(self, asked: Asked) -> Said:
        if refusal := self.unauthorised(asked):
            return refusal
        return said(200, {"did": self.did, "handle": self.handle, "active": True})

    def session(self, scope: str) -> dict[str, Any]:
        access = self.token(scope, timedelta(hours=2))
        refresh = self.token("com.atproto.refresh", timedelta(days=90))
        self.access.add(access)
        self.refresh.add(refresh)
        return {
            "did": self.did,
            "handle": self.handle,
            "didDoc": self.document(),
            "accessJwt": access,
            "refreshJwt": refresh,
            "active": True,
        }

    def token(self, scope: str, lives: timedelta) -> str:
        self.issued += 1
        ends = int((self.now() + lives).timestamp())
        claims = json.dumps({"scope": scope, "exp": ends, "jti": self.issued}).encode()
        return f"e30.{base64.urlsafe_b64encode(claims).decode().rstrip('=')}.c2ln"

    def unauthorised(self, asked: Asked) -> Said | None:
        token = bearer(asked)
        if not token:
            return refused("AuthMissing", "Authentication Required", 401)
        if token not in self.access:
            return refused("InvalidToken", "Token could not be verified")
        claims = token.split(".")[1]
        ends = json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))["exp"]
        if ends <= self.now().timestamp():
            return refused("ExpiredToken", "Token has expired")
        return None

    # Identities.

    def resolve(self, asked: Asked) -> Said:
        handle = asked.query.get("handle")
        did = self.did if handle == self.handle else self.others.get(handle or "")
        if did is None:
            return refused("InvalidRequest", "Unable to resolve handle")
        return said(200, {"did": did})

    # Blobs and records.

    def upload(self, asked: Asked) -> Said:
        if refusal := self.unauthorised(asked):
            return refusal
        if len(asked.body) > MAX_BLOB:
            return refused("PayloadTooLarge", "request entity too large", 413)
        cid = "bafkrei" + hashlib.sha256(asked.body).hexdigest()[:52]
        self.blobs[cid] = asked.body
        blob = {
            "$type": "blob",
            "ref": {"$link": cid},
            "mimeType": asked.headers["content-type"],
            "size": len(asked.body),
        }
        return said(200, {"blob": blob})

    def put(self, asked: Asked) -> Said:
        if refusal := self.unauthorised(asked):
            return refusal
        body = asked.json()
        if self.points_left < 3:
            reset = str(int((self.now() + timedelta(minutes=30)).timestamp()))
            limits = {"ratelimit_reset": reset, "ratelimit_remaining": "0"}
            return said(429, {"error": "RateLimitExceeded", "message": "Rate Limit"}, **limits)
        record, key = body["record"], body["rkey"]
        if body["repo"] != self.did or not TID.fullmatch(key):
            return refused("InvalidRequest", "Invalid record key")
        if problem := self.problem(record):
            return problem
        stands = self.records.get(key)
        same = stands is not None and stands["value"] == record
        if not same and "swapRecord" in body and body["swapRecord"] is None and stands is not None:
            return refused("InvalidSwap", f"Record was at {stands['cid']}")
        self.points_left -= 3
        if not same:
            self.writes += 1
            digest = hashlib.sha256(json.dumps(record, sort_keys=True).encode()).hexdigest()
            uri = f"at://{self.did}/app.bsky.feed.post/{key}"
            self.records[key] = {"uri": uri, "cid": "bafyrei" + digest[:52], "value": record}
        stands = self.records[key]
        return said(200, {"uri": stands["uri"], "cid": stands["cid"]})

    def problem(self, record: dict[str, Any]) -> Said | None:
        text = record["text"]
        if len(regex.findall(r"\X", text)) > 300:
            what = "Record/text must not be longer than 300 graphemes"
            return refused("InvalidRequest", f"Invalid app.bsky.feed.post record: {what}")
        if len(text.encode()) > 3000:
            what = "Record/text must not be longer than 3000 characters"
            return refused("InvalidRequest", f"Invalid app.bsky.feed.post record: {what}")
        embed = record.get("embed", {})
        images = embed.get("images", [])
        if len(images) > 4 or any("alt" not in image for image in images):
            return refused("InvalidRequest", "Invalid app.bsky.feed.post record: embed")
        used = [image["image"] for image in images]
        if film := embed.get("video"):
            if film["mimeType"] != "video/mp4" or "aspectRatio" not in embed:
                return refused("InvalidRequest", "Invalid app.bsky.feed.post record: embed")
            used.append(film)
        if thumb := embed.get("external", {}).get("thumb"):
            used.append(thumb)
        if any(blob["ref"]["$link"] not in self.blobs for blob in used):
            return refused("BlobNotFound", "Could not find blob")
        return None

    def get(self, asked: Asked) -> Said:
        record = self.records.get(asked.query["rkey"])
        if asked.query["repo"] != self.did or record is None:
            return refused("RecordNotFound", "Could not locate record")
        return said(200, record)


def refused(name: str, message: str, status: int = 400) -> Said:
    return said(status, {"error": name, "message": message})


def bearer(asked: Asked) -> str:
    return asked.headers.get("authorization", "").removeprefix("Bearer ")
