"""Calls that are signed with a token of the code flow, renewed when it ends or is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.publishing.outcomes import Transient

if TYPE_CHECKING:
    from chalicelib.networks.contract import Tools
    from chalicelib.networks.http import Fields, Reply
    from chalicelib.networks.oauth import CodeFlow


class Signed:
    """One channel's calls."""

    def __init__(self, tools: Tools, flow: CodeFlow) -> None:
        self._tools = tools
        self._flow = flow

    def ensure(self) -> None:
        """Have a token that holds for the call that publishes; see ``CodeFlow.bearer``."""
        self._flow.bearer(self._tools)

    def ask(self, method: str, url: str, params: Fields | None = None, **more: Any) -> Reply:
        """Return the answer to a call that makes nothing public, whatever it says.

        A token that is refused before its end is renewed once. ``more`` is what else
        ``Http.request`` takes.
        """
        reply = self._asked(method, url, self._flow.bearer(self._tools), params, **more)
        if reply.status == 401:
            token = self._flow.renewed(self._tools)["access_token"]
            reply = self._asked(method, url, token, params, **more)
        return reply

    def send(
        self, method: str, url: str, body: Mapping[str, Any], before_send: Callable[[], None]
    ) -> Reply:
        """Make the one call that makes something public; return the answer, whatever it says.

        Nothing is renewed before it. A token that it refuses is, afterwards: the next try has a
        good one.

        Raises:
            Transient: the token was refused, and is renewed.
            NetworkError: it couldn't be renewed, or the call failed.
        """
        reply = self._tools.http.request(
            method,
            url,
            headers=bearing(self._tools.credentials.secret["access_token"]),
            json=body,
            write=True,
            before_send=before_send,
        )
        if reply.status == 401:
            self._flow.renewed(self._tools)
            raise Transient("401 to the call, though the token can be renewed")
        return reply

    def _asked(
        self,
        method: str,
        url: str,
        token: str,
        params: Fields | None,
        *,
        headers: Mapping[str, str] | None = None,
        **more: Any,
    ) -> Reply:
        signed = {**(headers or {}), **bearing(token)}
        return self._tools.http.request(
            method, url, headers=signed, params=params, write=False, **more
        )


def bearing(token: str) -> dict[str, str]:
    """Return the header that carries a token (RFC 6750)."""
    return {"Authorization": f"Bearer {token}"}
