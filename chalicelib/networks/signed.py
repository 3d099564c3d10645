"""Calls that are signed with a token of the code flow, renewed when it ends or is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from chalicelib.networks.replies import as_object
from chalicelib.publishing.outcomes import Transient

if TYPE_CHECKING:
    from chalicelib.networks.contract import Tools
    from chalicelib.networks.http import Fields, Reply
    from chalicelib.networks.oauth import CodeFlow


class Signed:
    """One channel's calls."""

    def __init__(
        self, tools: Tools, flow: CodeFlow, headers: Mapping[str, str] | None = None
    ) -> None:
        self._tools = tools
        self._flow = flow
        self._headers = headers or {}

    def ensure(self) -> None:
        """Have a token that holds for the call that publishes; see ``CodeFlow.bearer``."""
        self._flow.bearer(self._tools)

    def ask(self, method: str, url: str, *, write: bool = False, **how: Any) -> Reply:
        """Return the answer to a call that makes nothing public, whatever it says.

        A token that is refused before its end is renewed once.

        Args:
            method: The verb.
            url: Where.
            write: Whether it must not be repeated all the same: a lost answer is then doubt.
            how: As ``http.Http.request`` takes it.
        """
        reply = self._asked(method, url, self._flow.bearer(self._tools), write=write, **how)
        if is_of_token(reply):
            token = self._flow.renewed(self._tools)["access_token"]
            reply = self._asked(method, url, token, write=write, **how)
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
        token = self._tools.credentials.secret["access_token"]
        reply = self._asked(method, url, token, json=body, write=True, before_send=before_send)
        if is_of_token(reply):
            self._flow.renewed(self._tools)
            raise Transient("401 to the call, though the token can be renewed")
        return reply

    def _asked(
        self,
        method: str,
        url: str,
        token: str,
        *,
        headers: Mapping[str, str] | None = None,
        **how: Any,
    ) -> Reply:
        signed = {**self._headers, **(headers or {}), **bearing(token)}
        return self._tools.http.request(method, url, headers=signed, **how)


class Told(Protocol):
    """What answers of a network mean."""

    def __call__(self, reply: Reply, now: datetime, *, is_public: bool = False) -> dict[str, Any]:
        """Return what a good answer tells; raises what another means.

        Args:
            reply: The answer.
            now: The time.
            is_public: Whether it answers the call that makes something public.
        """
        ...


class Calls:
    """One channel's calls, and what they are told.

    Args:
        tools: The channel's.
        flow: Gives and renews its token.
        told: What the network's answers mean.
        base: What addresses begin with.
        headers: What every call is sent with.
    """

    def __init__(
        self,
        tools: Tools,
        flow: CodeFlow,
        told: Told,
        base: str = "",
        headers: Mapping[str, str] | None = None,
    ) -> None:
        self._now = tools.clock.now
        self._signed = Signed(tools, flow, headers)
        self._told = told
        self._base = base

    def ensure(self) -> None:
        """Have a token that holds for the call that publishes."""
        self._signed.ensure()

    def read(self, path: str, params: Fields | None = None, **how: Any) -> dict[str, Any]:
        """Return what a GET tells; raises what its refusal means."""
        reply = self._signed.ask("GET", self._base + path, params=params, **how)
        return self._told(reply, self._now())

    def make(
        self, path: str, body: Mapping[str, Any] | None = None, params: Fields | None = None
    ) -> dict[str, Any]:
        """Return what a POST tells that makes nothing public; raises what its refusal means."""
        reply = self._signed.ask("POST", self._base + path, params=params, json=body)
        return self._told(reply, self._now())

    def ask(self, method: str, url: str, **how: Any) -> Reply:
        """Return the answer to a call that makes nothing public, whatever it says."""
        return self._signed.ask(method, url, **how)

    def send(
        self, method: str, path: str, body: Mapping[str, Any], before_send: Callable[[], None]
    ) -> dict[str, Any]:
        """Make the one call that makes something public; return what it answers."""
        reply = self._signed.send(method, self._base + path, body, before_send)
        return self._told(reply, self._now(), is_public=True)


def is_of_token(reply: Reply) -> bool:
    """Say whether a network refuses the token itself: a page of a proxy's says nothing of it."""
    return reply.status == 401 and bool(as_object(reply))


def bearing(token: str) -> dict[str, str]:
    """Return the header that carries a token (RFC 6750)."""
    return {"Authorization": f"Bearer {token}"}
