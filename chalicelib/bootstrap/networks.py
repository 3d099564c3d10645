"""The networks: their registry, the client that calls them, channels ready to be used."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import Once
from chalicelib.bootstrap.store import WithStore
from chalicelib.ids import WorkspaceId
from chalicelib.publishing.outcomes import Transient
from chalicelib.publishing.ports import StoreUnclear

if TYPE_CHECKING:
    from chalicelib.networks.advice import Advice
    from chalicelib.networks.contract import Network
    from chalicelib.networks.doors import Doors
    from chalicelib.networks.http import Http
    from chalicelib.networks.oauth import App
    from chalicelib.networks.senders import NetworkSenders
    from chalicelib.networks.spec import Limits, NetworkSpec
    from chalicelib.workspaces.channels import Channel


class WithNetworks(WithStore):
    """The networks, over what is kept."""

    @Once
    def find_network(self) -> Callable[[str], Network]:
        """Find a network by its name."""
        from chalicelib.networks.registry import network  # noqa: PLC0415

        return self.parts.find_network or network

    @Once
    def http(self) -> Http:
        """The client that networks are called by."""
        from chalicelib.networks.fetch import Guard  # noqa: PLC0415
        from chalicelib.networks.http import Http  # noqa: PLC0415

        settings = self.settings
        return Http(Guard(settings.allow_hosts, stand_ins=settings.stand_ins))

    @Once
    def senders(self) -> NetworkSenders:
        """Channels ready to be used."""
        from chalicelib.networks.kept import KeptMedia  # noqa: PLC0415
        from chalicelib.networks.senders import NetworkSenders  # noqa: PLC0415

        return NetworkSenders(
            http=self.http,
            clock=self.clock,
            shelf=self.site_pages,
            public_url=self.settings.public_url,
            vault=self.vault.open,
            media=KeptMedia(self.bucket, self.settings.public_url),
            apps=lambda: self.apps,
            find_network=self.find_network,
        )

    @Once
    def apps(self) -> Mapping[str, App]:
        """What this installation is at the networks where it is registered, by name."""
        from chalicelib.networks.oauth import App  # noqa: PLC0415

        try:
            known = self.parts.apps()
        except StoreUnclear as error:
            raise Transient("the installation's registrations can't be read now") from error
        return {name: App(app["id"], app["secret"]) for name, app in known.items()}

    @Once
    def advice(self) -> Advice:
        """What networks would make of a content."""
        from chalicelib.networks.advice import Advice  # noqa: PLC0415

        def media_url(_: WorkspaceId, sha256: str) -> str:
            return f"{self.settings.public_url}/media/{sha256}"

        return Advice(media_url=media_url, find_network=self.find_network)

    @property
    def checks(self) -> Advice:
        """What a channel wouldn't take."""
        return self.advice

    @property
    def counting(self) -> Advice:
        """Counts and kits."""
        return self.advice

    @property
    def limits(self) -> Callable[[Channel], Limits]:
        """What a channel takes."""
        return self.advice.limits

    @Once
    def network_specs(self) -> Mapping[str, NetworkSpec]:
        """What is true of each network, in the order that people are shown."""
        from chalicelib.networks.registry import describe_all  # noqa: PLC0415

        return {spec.name: spec for spec in describe_all()}

    @Once
    def doors(self) -> Doors:
        """Connecting to networks."""
        from chalicelib.networks.doors import Doors  # noqa: PLC0415

        return Doors(http=self.http, clock=self.clock, senders=self.senders, secret=self.ids.secret)
