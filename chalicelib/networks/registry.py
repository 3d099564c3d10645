"""Every network, by name. A new one is one line here and one file beside.

An adapter is imported when it is first asked for: a function that only publishes to one
network doesn't load the others.
"""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
from typing import TYPE_CHECKING

from chalicelib.networks.composers import CLOSED

if TYPE_CHECKING:
    from chalicelib.networks.contract import Network
    from chalicelib.networks.spec import NetworkSpec

MODULES: Mapping[str, str] = {
    "site": "chalicelib.networks.site",
    "mastodon": "chalicelib.networks.mastodon",
    "bluesky": "chalicelib.networks.bluesky",
    "wordpress": "chalicelib.networks.wordpress",
    "facebook": "chalicelib.networks.facebook",
    "instagram": "chalicelib.networks.instagram",
    "threads": "chalicelib.networks.threads",
    "google_business": "chalicelib.networks.google_business",
    "youtube": "chalicelib.networks.youtube",
    "pinterest": "chalicelib.networks.pinterest",
    "tiktok": "chalicelib.networks.tiktok",
    "telegram": "chalicelib.networks.telegram",
    "x": "chalicelib.networks.x",
    "linkedin": "chalicelib.networks.linkedin",
    "linkedin_pages": "chalicelib.networks.linkedin_pages",
    "webhook": "chalicelib.networks.webhook",
    "manual": "chalicelib.networks.manual",
}
"""In the order in which a person is offered them."""


class UnknownNetwork(Exception):
    """There is no network of that name."""


class ClosedNetwork(Exception):
    """The network has closed; ``told`` says by language what happened and what came after."""

    def __init__(self, name: str, told: Mapping[str, str]) -> None:
        super().__init__(name)
        self.told = told


def network(name: str) -> Network:
    """Return a network by its name.

    Raises:
        ClosedNetwork: it has closed.
        UnknownNetwork: there is none of that name.
    """
    if name in CLOSED:
        raise ClosedNetwork(name, CLOSED[name].closed)
    if name not in MODULES:
        raise UnknownNetwork(name)
    found: Network = import_module(MODULES[name]).NETWORK
    return found


def describe_all() -> list[NetworkSpec]:
    """Return the specifications of every network that can be connected, in order."""
    return [network(name).spec for name in MODULES]
