"""The AT Protocol beneath Bluesky: identities, sessions, and what its errors mean."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from chalicelib.networks.addresses import server_address
from chalicelib.networks.replies import as_object, retry_after, unix_reset
from chalicelib.publishing.outcomes import (
    AuthExpired,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.contract import Tools
    from chalicelib.networks.http import Http, Reply

RENEW_BEFORE = timedelta(minutes=10)
"""An access token that ends within this is renewed before it is used, never in a post's call."""


class TokenRefused(Exception):
    """The access token isn't taken (any more): it can be renewed."""


class SwapRefused(Transient):
    """Another record stands under the key than the one that was to be replaced."""


@dataclass(frozen=True, slots=True)
class Places:
    """Where handles and DIDs are looked up."""

    resolver: str = "https://public.api.bsky.app"
    """A server that resolves any handle: com.atproto.identity.resolveHandle."""
    plc: str = "https://plc.directory"
    """The directory of did:plc identities: https://web.plc.directory/spec/v0.1/did-plc."""


PUBLIC = Places()

_TOKEN_REFUSED = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing"})
"""They come with status 400, not 401."""
_ACCOUNT_STOPPED = frozenset(
    {"AccountTakedown", "AccountSuspended", "AccountDeactivated", "AuthFactorTokenRequired"}
)
_REASONS = {
    "InvalidRequest": "invalid",
    "InvalidRecord": "invalid",
    "InvalidMimeType": "media_refused",
    "BlobTooLarge": "media_refused",
    "PayloadTooLarge": "media_refused",
    "InsufficientScope": "forbidden",
}
_FULL_ACCESS = "com.atproto.access"
"""The scope of a session made with the account's main password."""


def check(reply: Reply, now: datetime, *, is_public: bool) -> dict[str, Any]:
    """Return the JSON object of a successful answer, or raise what it means.

    ``is_public`` says that the call could make something public: what isn't mapped, and any
    5xx, then proves nothing.

    Raises:
        TokenRefused: renew it, then try again.
        NetworkError: by its kind.
    """
    answer = as_object(reply)
    if reply.status == 200 and answer:
        return answer
    name = str(answer.get("error", ""))
    detail = f"{reply.status} {name} {str(answer.get('message', ''))[:120]}".strip()
    if reply.status == 429:
        reset = unix_reset(reply.headers, "ratelimit-reset") or retry_after(reply.headers, now)
        raise RateLimited(detail, reset)
    if 400 <= reply.status < 500:
        _refuse(reply.status, name, detail)
    raise OutcomeUnknown(detail) if is_public else Transient(detail)


def _refuse(status: int, name: str, detail: str) -> None:
    if name in _ACCOUNT_STOPPED:
        raise AuthExpired(detail)
    if name in _TOKEN_REFUSED or status == 401:
        raise TokenRefused(detail)
    if name == "BlobNotFound":
        raise Transient(detail)
    if name == "InvalidSwap":
        raise SwapRefused(detail)
    if name in _REASONS:
        is_long = "grapheme" in detail or "must not be longer" in detail
        raise Rejected(detail, "too_long" if is_long else _REASONS[name])


class Session:
    """One account on its own server (PDS), its token renewed when it must be."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._pds = tools.settings["pds"]

    def ensure(self) -> None:
        """Renew the access token if it ends soon."""
        ends = expiry(self._tools.credentials.secret.get("access", ""))
        if ends is None or ends - self._tools.clock.now() <= RENEW_BEFORE:
            self.renew()

    def renew(self, deadline_s: float = 20.0) -> None:
        """Replace the tokens, once whoever asks for it."""

        def refresh(secret: Mapping[str, str]) -> Mapping[str, str]:
            now = self._tools.clock.now()
            return renewed(self._tools.http, self._pds, secret, now, deadline_s=deadline_s)

        self._tools.credentials.renew(refresh)

    def bearer(self) -> dict[str, str]:
        """Return the header that signs a request."""
        return {"Authorization": f"Bearer {self._tools.credentials.secret.get('access', '')}"}

    def get(self, method: str, *params: tuple[str, str]) -> dict[str, Any]:
        """Read, renewing a refused token once."""
        return self._call("GET", method, {}, params=params)

    def post(self, method: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write what may be written twice, renewing a refused token once."""
        return self._call("POST", method, {}, json=body)

    def upload(self, data: bytes, content_type: str) -> dict[str, Any]:
        """Send bytes, renewing a refused token once."""
        headers = {"Content-Type": content_type}
        return self._call("POST", "com.atproto.repo.uploadBlob", headers, data=data)

    def _call(
        self, verb: str, method: str, headers: Mapping[str, str], **how: Any
    ) -> dict[str, Any]:
        url = f"{self._pds}/xrpc/{method}"
        for is_last in (False, True):
            signed = {**headers, **self.bearer()}
            reply = self._tools.http.request(verb, url, headers=signed, write=False, **how)
            try:
                return check(reply, self._tools.clock.now(), is_public=False)
            except TokenRefused as refused:
                if is_last:
                    raise AuthExpired(str(refused)) from refused
                self.renew()
        raise AssertionError("the last try returns or raises")


# Records: https://atproto.com/specs/at-uri-scheme


@dataclass(frozen=True, slots=True)
class Address:
    """Where a record stands."""

    repo: str
    collection: str
    key: str


def address_of(uri: str) -> Address:
    """Return the address that an at-uri is.

    Raises:
        Rejected: it is none.
    """
    parts = uri.removeprefix("at://").split("/")
    if not uri.startswith("at://") or len(parts) != 3:
        raise Rejected(f"no at-uri: {uri[:60]}")
    return Address(*parts)


def stored(http: Http, pds: str, at: Address, now: datetime) -> dict[str, Any] | None:
    """Return a record (``uri``, ``cid``, ``value``) as a server has it; None: it has none.

    A server reads its own accounts' records where they are written; others' it asks for.
    """
    reply = http.request(
        "GET",
        f"{pds}/xrpc/com.atproto.repo.getRecord",
        params={"repo": at.repo, "collection": at.collection, "rkey": at.key},
        write=False,
    )
    if reply.status == 400 and as_object(reply).get("error") == "RecordNotFound":
        return None
    try:
        answer = check(reply, now, is_public=False)
    except TokenRefused as refused:
        raise Transient(f"a public read was refused: {refused}") from refused
    if not isinstance(answer.get("uri"), str) or not isinstance(answer.get("value"), dict):
        raise Transient("getRecord gave no record")
    return answer


# Identities: https://atproto.com/specs/handle, https://atproto.com/specs/did


def resolve_handle(http: Http, server: str, handle: str, *, deadline_s: float = 10.0) -> str:
    """Return the DID of a handle, as a server resolves it.

    Raises:
        Rejected: nobody has that handle; ``reason`` is ``handle``.
        Transient: it couldn't be found out.
    """
    reply = http.request(
        "GET",
        f"{server}/xrpc/com.atproto.identity.resolveHandle",
        params={"handle": handle},
        write=False,
        deadline_s=deadline_s,
    )
    did = as_object(reply).get("did")
    if isinstance(did, str) and did.startswith("did:"):
        return did
    if reply.status in {400, 404}:
        raise Rejected(f"no such handle: {handle}", "handle")
    raise Transient(f"{reply.status} from resolveHandle")


def home_of(http: Http, handle: str, places: Places) -> str:
    """Return the address of the server that an account's DID document names.

    The document must name the handle too: a password goes to that server.

    Raises:
        Rejected: there is no such account; ``reason`` is ``handle``.
    """
    did = resolve_handle(http, places.resolver, handle)
    if did.startswith("did:plc:"):
        url = f"{places.plc}/{quote(did)}"
    elif did.startswith("did:web:") and ":" not in did.removeprefix("did:web:"):
        url = f"https://{did.removeprefix('did:web:')}/.well-known/did.json"
    else:
        raise Rejected(f"a DID of an unknown method: {did[:40]}", "handle")
    reply = http.request("GET", url, write=False)
    document = as_object(reply)
    if reply.status in {404, 410}:
        raise Rejected("the account no longer exists", "handle")
    if reply.status != 200 or not document:
        raise Transient(f"{reply.status} for the DID document")
    pds = pds_in(document)
    if pds is None or f"at://{handle}" not in document.get("alsoKnownAs", []):
        raise Rejected("the DID document names no server, or not this handle", "handle")
    return pds


def pds_in(document: Mapping[str, Any]) -> str | None:
    """Return the address of the personal data server in a DID document."""
    for service in document.get("service", []):
        if isinstance(service, dict) and str(service.get("id", "")).endswith("#atproto_pds"):
            return server_address(str(service.get("serviceEndpoint", "")), "pds")
    return None


# Sessions: https://atproto.com/specs/xrpc#authentication


def sign_in(
    http: Http,
    pds: str,
    identifier: str,
    password: str,
    now: datetime,
    *,
    deadline_s: float = 20.0,
) -> dict[str, Any]:
    """Return a new session (``did``, ``handle``, ``accessJwt``, ``refreshJwt``, ``didDoc``).

    Raises:
        AuthExpired: the password is wrong.
        Rejected: it is the account's main password, which mustn't be stored; ``reason`` is
            ``app_password``.
    """
    reply = http.request(
        "POST",
        f"{pds}/xrpc/com.atproto.server.createSession",
        json={"identifier": identifier, "password": password},
        write=False,
        deadline_s=deadline_s,
    )
    try:
        session = check(reply, now, is_public=False)
    except TokenRefused as refused:
        raise AuthExpired(f"wrong handle or password: {refused}") from refused
    if _claims(session.get("accessJwt")).get("scope") == _FULL_ACCESS:
        raise Rejected("the main password was given, not an app password", "app_password")
    return session


def renewed(
    http: Http, pds: str, secret: Mapping[str, str], now: datetime, *, deadline_s: float
) -> dict[str, str]:
    """Return the secrets with new tokens: by the refresh token, else by the app password.

    Raises:
        AuthExpired: neither is taken any more.
    """
    reply = http.request(
        "POST",
        f"{pds}/xrpc/com.atproto.server.refreshSession",
        headers={"Authorization": f"Bearer {secret.get('refresh', '')}"},
        write=False,
        deadline_s=deadline_s,
    )
    try:
        session = check(reply, now, is_public=False)
    except TokenRefused:
        session = sign_in(
            http, pds, secret["identifier"], secret["app_password"], now, deadline_s=deadline_s
        )
    return {**secret, **tokens(session)}


def tokens(session: Mapping[str, Any]) -> dict[str, str]:
    """Return the tokens of a session under the names they are stored by.

    Raises:
        Transient: they are missing.
    """
    access, refresh = session.get("accessJwt"), session.get("refreshJwt")
    if not isinstance(access, str) or not isinstance(refresh, str):
        raise Transient("a session without tokens")
    return {"access": access, "refresh": refresh}


def expiry(token: str) -> datetime | None:
    """Return when a token ends by its own word; None if it doesn't say."""
    ends = _claims(token).get("exp")
    try:
        return datetime.fromtimestamp(ends, UTC) if isinstance(ends, int) else None
    except (ValueError, OverflowError, OSError):  # no year that Python has
        return None


def _claims(token: object) -> dict[str, Any]:
    """Read a token's claims, unchecked: they are only a hint of when to renew it."""
    try:
        payload = str(token).split(".")[1]
        claims = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    except (IndexError, ValueError, RecursionError):
        return {}
    return claims if isinstance(claims, dict) else {}
