"""Calls a WordPress site's REST API as one of its users."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.networks.replies import lenient_json
from chalicelib.networks.wordpress_rest import authorization, check, has_id
from chalicelib.publishing.outcomes import Transient

if TYPE_CHECKING:
    from chalicelib.networks.contract import Tools
    from chalicelib.networks.http import Reply


class Site:
    """One site, as one user sees it; what is asked makes nothing public."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def listed_at(self, route: str, **params: str) -> list[dict[str, Any]]:
        """Return what a route lists, all of it with ids."""
        return self.listed(route, self.request("GET", route, params=params))

    def listed(self, route: str, reply: Reply) -> list[dict[str, Any]]:
        """Return what an answer lists."""
        answer = lenient_json(reply)
        if reply.status == 200 and isinstance(answer, list) and all(map(has_id, answer)):
            return answer
        check(reply, self._tools.clock.now(), is_public=False)
        raise Transient(f"{reply.status}: no list of {route}")

    def write(self, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write what isn't public, or may be written twice."""
        return self.checked(self.request("POST", route, json=body))

    def checked(self, reply: Reply) -> dict[str, Any]:
        """Return what an answer tells of one thing, which has an id."""
        answer = check(reply, self._tools.clock.now(), is_public=False)
        if not has_id(answer):
            raise Transient(f"{reply.status} without an id")
        return answer

    def request(self, verb: str, route: str, **how: Any) -> Reply:
        """Return the answer to a request that makes nothing public."""
        url, headers = self.url(route), self.authorization()
        return self._tools.http.request(verb, url, headers=headers, write=False, **how)

    def url(self, route: str) -> str:
        """Return the address of a route."""
        return f"{self._tools.settings['api']}wp/v2/{route}"

    def authorization(self) -> dict[str, str]:
        """Return the header that signs a request."""
        return authorization(self._tools.credentials.secret)
