"""Tracked links: where one leads is fixed when it is made; clicks are counted, not people."""

from __future__ import annotations

import hashlib
import re
from base64 import b32encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from chalicelib.ids import DeliveryId, MemberId, WorkspaceId

CODE_LENGTH = 12
"""60 bits: of a billion links, one guess in a billion finds one."""
LONGEST = 2_000
"""Bytes of a target; longer ones break somewhere on their way."""
_SCHEMES = frozenset({"http", "https"})
_UNSEEN = re.compile(r"[\x00-\x1f\x7f-\x9f\\]")
"""Browsers drop some of these and read a backslash as a slash: they hide where a link leads."""
_PLAIN_HOST = re.compile(r"[a-z0-9_]([a-z0-9_.-]*[a-z0-9_])?\.?")
_AS_IT_IS = "%!$&'()*+,;=:@/?-._~[]|^`{}"
"""What isn't encoded in a path or query: what RFC 3986 allows there, what is encoded already,
and what browsers send as it is."""


class ClickKind(StrEnum):
    """Who followed a link, as far as it says itself."""

    PERSON = "person"
    BOT = "bot"
    PREVIEW = "preview"
    """A network or a messenger that draws a card of the page."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """A short link of ours: it never changes."""

    workspace: WorkspaceId
    code: str
    """Unguessable enough that finding one by chance isn't worth trying: 12 characters."""
    target: str
    """An http(s) URL, UTM parameters included."""
    delivery: DeliveryId | None = None
    """The delivery that carries it."""
    label: str = ""
    expires_at: datetime | None = None
    created_at: datetime
    created_by: MemberId | None = None


@dataclass(frozen=True, slots=True)
class Click:
    """One following of a link: nothing of who followed it, but a hash that lives a day."""

    workspace: WorkspaceId
    code: str
    day: date
    """In UTC: the redirect reads nothing of the firm."""
    kind: ClickKind
    visitor: bytes
    """8 bytes of a salted hash of address and browser; the salt is forgotten with the day."""


@dataclass(frozen=True, slots=True)
class LinkDay:
    """A link's clicks of a day."""

    code: str
    day: date
    people: int
    visitors: int
    """Different people; of past days an exact count whose hashes are gone."""
    bots: int
    previews: int


class TargetRefused(Exception):
    """Nothing that a link may lead to; ``code`` is a stable word that the pages translate."""

    def __init__(self, code: str) -> None:
        super().__init__(code)
        self.code = code


def target_of(typed: str) -> str:
    """Return a URL as it is sent to browsers: ASCII, and leading where it seems to.

    Hosts beyond ASCII are written by IDNA 2008 with UTS #46, as browsers do; what of path,
    query and fragment isn't ASCII is percent-encoded, what is encoded stays as it is.

    Raises:
        TargetRefused: it is no web address (``link-not-web``), holds a name or a password
            (``link-credentials``), or is too long (``link-too-long``).
    """
    text = typed.strip()
    if _UNSEEN.search(text):
        raise TargetRefused("link-not-web")
    try:
        parts = urlsplit(text)
        host, port = parts.hostname, parts.port
    except ValueError as error:
        raise TargetRefused("link-not-web") from error
    if parts.scheme not in _SCHEMES or not host:
        raise TargetRefused("link-not-web")
    if "@" in parts.netloc:
        raise TargetRefused("link-credentials")
    shown = _host(host) + (f":{port}" if port is not None else "")
    rest = text[text.index("//") + 2 + len(parts.netloc) :]
    target = f"{parts.scheme}://{shown}{_encoded(rest)}"
    if len(target) > LONGEST:
        raise TargetRefused("link-too-long")
    return target


def with_utm(target: str, utm: Mapping[str, str]) -> str:
    """Return a target that tells its site's own statistics where a visitor comes from.

    Parameters go after those of the query, before the fragment; one that is there already
    stays as it is, so that doing it twice changes nothing.

    Args:
        target: What ``target_of`` returned.
        utm: ``source``, ``medium``, ``campaign``, ``content``, ``term`` to what each says;
            empty ones are left out.

    Raises:
        TargetRefused: it gets too long.
    """
    address, hash_mark, fragment = target.partition("#")
    path, _, query = address.partition("?")
    there = {name.casefold() for name, _ in parse_qsl(query, keep_blank_values=True)}
    wanted = {f"utm_{name}": said for name, said in utm.items() if said}
    added = urlencode({n: said for n, said in wanted.items() if n not in there}, quote_via=quote)
    if not added:
        return target
    between = "&" if query and not query.endswith("&") else ""
    made = f"{path}?{query}{between}{added}{hash_mark}{fragment}"
    if len(made) > LONGEST:
        raise TargetRefused("link-too-long")
    return made


def code_of(delivery: DeliveryId, target: str, n: int = 0) -> str:
    """Return the code of a delivery's link to a target: always the same.

    It is as hard to guess as the delivery's own id, of 100 random bits.

    Args:
        delivery: Whose link it is.
        target: Where it leads.
        n: Counts up where a code is another link's.
    """
    said = f"{delivery}\n{target}\n{n}".encode()
    return b32encode(hashlib.sha256(said).digest()).decode().lower()[:CODE_LENGTH]


def _host(host: str) -> str:
    if ":" in host:  # urlsplit has checked that it is an IPv6 address
        return f"[{host}]"
    if _PLAIN_HOST.fullmatch(host):
        return host
    import idna  # noqa: PLC0415 -- its tables are large, and few hosts need them

    try:
        return idna.encode(host, uts46=True).decode()
    except idna.IDNAError as error:
        raise TargetRefused("link-not-web") from error


def _encoded(rest: str) -> str:
    before, hash_mark, fragment = rest.partition("#")
    path = before if before.startswith("/") else f"/{before}"
    return f"{quote(path, safe=_AS_IT_IS)}{hash_mark}{quote(fragment, safe=_AS_IT_IS + '#')}"
