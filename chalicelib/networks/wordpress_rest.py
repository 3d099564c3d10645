"""The REST API of WordPress sites: where it is, who one is there, what its errors mean."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Mapping
from datetime import datetime
from html import unescape
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from chalicelib.networks.addresses import server_address
from chalicelib.networks.replies import lenient_object, retry_after
from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    OutcomeUnknown,
    RateLimited,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.http import Http, Reply

VERIFY_SECONDS = 8.0
"""It is also asked after a call was refused, within what is left of the call's time."""
NEEDED = ("publish_posts", "upload_files")
"""What the role Author may do, and Contributor may not."""
_API_LINK = re.compile(r"<([^>]+)>\s*;\s*rel=\"?https://api\.w\.org/")
_API_TAG = re.compile(
    r"<link[^>]+rel=[\"']https://api\.w\.org/[\"'][^>]+href=[\"']([^\"']+)", re.IGNORECASE
)


def authorization(secret: Mapping[str, str]) -> dict[str, str]:
    """Return the header that signs a request by an application password."""
    pair = f"{secret['username']}:{secret['application_password']}"
    return {"Authorization": f"Basic {b64encode(pair.encode()).decode()}"}


def discover(http: Http, site: str) -> str:
    """Return the address of a site's REST API, so that a route can be appended to it.

    https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/

    Raises:
        Rejected: the site has none; ``reason`` is ``site``.
    """
    for root in (_announced(http, site), f"{site}/wp-json/", f"{site}/?rest_route=/"):
        if root and _is_api(http, root):
            return root
    raise Rejected("no WordPress REST API found there", "site")


def _announced(http: Http, site: str) -> str | None:
    reply = http.request("GET", f"{site}/", write=False)
    found = _API_LINK.search(reply.headers.get("Link", ""))
    found = found or _API_TAG.search(reply.body[:200_000].decode("utf-8", "replace"))
    if found is None:
        return None
    try:
        root = urljoin(reply.url, unescape(found.group(1)))
    except ValueError:
        return None
    if site.startswith("https:"):
        # Behind a proxy, sites often announce themselves by http without meaning it.
        root = root.replace("http:", "https:", 1)
    server_address(root, "site")  # a password goes there: https only
    return root


def _is_api(http: Http, root: str) -> bool:
    params = {"_fields": "namespaces"}
    answer = lenient_object(http.request("GET", root, params=params, write=False))
    return "wp/v2" in (answer.get("namespaces") or ())


def site_name(http: Http, api: str) -> str:
    """Return the name that a site gives itself; empty if it doesn't say."""
    try:
        answer = lenient_object(http.request("GET", api, params={"_fields": "name"}, write=False))
    except NetworkError:
        return ""
    return unescape(str(answer.get("name", "")))


def verified(http: Http, api: str, secret: Mapping[str, str], now: datetime) -> dict[str, Any]:
    """Return who the secrets are, having seen that they may publish.

    Reading a post proves nothing: a site that drops the Authorization header answers it all
    the same, to nobody in particular.

    Raises:
        AuthExpired: they are refused, or the role is too low.
    """
    url, headers = f"{api}wp/v2/users/me", authorization(secret)
    reply = http.request(
        "GET",
        url,
        headers=headers,
        params={"context": "edit"},
        write=False,
        deadline_s=VERIFY_SECONDS,
    )
    user = check(reply, now, is_public=False)
    capabilities = user.get("capabilities")
    if not isinstance(user.get("id"), int) or not isinstance(capabilities, dict):
        raise Transient("users/me gave no user")
    missing = [name for name in NEEDED if not capabilities.get(name)]
    if missing:
        raise AuthExpired(f"the role lacks {', '.join(missing)}")
    return user


def check(reply: Reply, now: datetime, *, is_public: bool) -> dict[str, Any]:
    """Return the JSON object of a successful answer, or raise what it means.

    ``is_public`` says that the call could make something public: what isn't mapped, any
    5xx, and HTML where JSON is due (a firewall, a maintenance page) then prove nothing.
    """
    given = lenient_object(reply)
    if reply.status in {200, 201} and given and "code" not in given:
        return given
    code = str(given.get("code", ""))
    detail = f"{reply.status} {code}".strip()
    if reply.status == 429:
        raise RateLimited(detail, retry_after(reply.headers, now))
    if given:
        if _is_nobody(given):
            raise AuthExpired(detail)
        _refuse(reply.status, code, detail)
    if is_public:
        raise OutcomeUnknown(detail)
    if reply.status in {403, 413}:
        raise Rejected(detail, "forbidden" if reply.status == 403 else "media_refused")
    raise Transient(detail)


def _is_nobody(given: Mapping[str, Any]) -> bool:
    """Say whether a parameter was refused because we aren't signed in.

    A read that is public otherwise doesn't notice a wrong password.
    """
    data = given.get("data")
    details = data.get("details") if isinstance(data, dict) else None
    inner = details.values() if isinstance(details, dict) else ()
    return any(isinstance(d, dict) and d.get("code") == "rest_forbidden_status" for d in inner)


def _refuse(status: int, code: str, detail: str) -> None:
    """Raise what a refusal of WordPress itself means, as far as its code is known."""
    if status == 401 or (status == 403 and code.startswith("rest_")):
        raise AuthExpired(detail)
    if code.startswith("rest_upload_") or status in {413, 415}:
        raise Rejected(detail, "media_refused")
    if code == "rest_no_route":
        raise Rejected(detail, "gone")
    if status == 404:
        raise Transient(detail)  # our draft is gone: it is made anew
    if status == 400 and (code.startswith("rest_") or code == "empty_content"):
        raise Rejected(detail)


def has_id(answer: object) -> bool:
    """Say whether an answer is something that stands on the site."""
    return isinstance(answer, dict) and isinstance(answer.get("id"), int)


def standing_term(answer: Mapping[str, Any]) -> int | None:
    """Return the id of the category that was in the way of making one, if that is the answer."""
    data = answer.get("data") if answer.get("code") == "term_exists" else None
    known = data.get("term_id") if isinstance(data, dict) else None
    return known if isinstance(known, int) else None


def as_post(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known to have an id, if it has the status of a post too."""
    if not isinstance(answer.get("status"), str):
        raise Transient("not a post")
    return dict(answer)


def link_of(post: Mapping[str, Any]) -> str | None:
    """Return the public address of a post."""
    link = post.get("link")
    return link if isinstance(link, str) else None
