"""People: how they get in, and what they do with channels and images."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from chalicelib import logs
from chalicelib.bootstrap.listening import WithListening
from chalicelib.bootstrap.parts import Once

if TYPE_CHECKING:
    from chalicelib.workspaces.authorizing import Authorizing
    from chalicelib.workspaces.channels import Channel
    from chalicelib.workspaces.connecting import Connecting
    from chalicelib.workspaces.forgetting import Forgetting
    from chalicelib.workspaces.seals import Seals
    from chalicelib.workspaces.sessions import Sessions
    from chalicelib.workspaces.tending import Tending
    from chalicelib.workspaces.uploads import Uploads


class WithPeople(WithListening):
    """People, over all that works for them: they hold channels and are written to."""

    @Once
    def seals(self) -> Seals:
        """MACs under the root key."""
        from chalicelib.workspaces.seals import Seals  # noqa: PLC0415

        return Seals(self.parts.root_key())

    @Once
    def sessions(self) -> Sessions:
        """Ways in."""
        from chalicelib.store.counters import Counters  # noqa: PLC0415
        from chalicelib.store.ways_in import WaysIn  # noqa: PLC0415
        from chalicelib.workspaces.sessions import Sessions  # noqa: PLC0415

        def mail_failed(error: str) -> None:
            logs.event("link_not_mailed", error=error)

        return Sessions(
            clock=self.clock,
            ids=self.ids,
            seals=self.seals,
            ways_in=WaysIn(store=self.store),
            members=self.members,
            counters=Counters(store=self.store),
            mail=self.mailer,
            wait=lambda seconds: self.parts.wait(timedelta(seconds=seconds)),
            link_url=lambda token: f"{self.settings.public_url}/sign-in/{token}",
            on_mail_failure=mail_failed,
        )

    @Once
    def connecting(self) -> Connecting:
        """What people do with channels."""
        from chalicelib.workspaces.connecting import Connecting  # noqa: PLC0415

        return Connecting(
            clock=self.clock,
            channels=self.channels,
            networks=self.doors,
            vault=self.vault,
            holding=self.holding,
            attend=self.attend,
        )

    @Once
    def authorizing(self) -> Authorizing:
        """Connecting on the networks' own sign-in pages."""
        from chalicelib.store.awaited import AwaitedSignIns  # noqa: PLC0415
        from chalicelib.workspaces.authorizing import Authorizing  # noqa: PLC0415

        return Authorizing(
            clock=self.clock,
            ids=self.ids,
            seals=self.seals,
            pages=self.doors,
            awaited=AwaitedSignIns(store=self.store, cipher=self.cipher),
            members=self.members,
            connecting=self.connecting,
            back_url=lambda network: f"{self.settings.public_url}/api/v1/callbacks/{network}",
        )

    @Once
    def forgetting(self) -> Forgetting:
        """Deleting secrets that are no longer needed."""
        from chalicelib.workspaces.forgetting import Forgetting  # noqa: PLC0415

        return Forgetting(
            clock=self.clock, channels=self.channels, vault=self.vault, holding=self.holding
        )

    @Once
    def tending(self) -> Tending:
        """Seeing to accesses that end."""
        from chalicelib.publishing.followups import ends_soon  # noqa: PLC0415
        from chalicelib.workspaces.tending import Tending  # noqa: PLC0415

        def warn(channel: Channel, before: timedelta) -> None:
            firm = self.workspace(channel.workspace)
            if firm is not None:
                self.mailer.tell(ends_soon(firm, channel, before))

        return Tending(clock=self.clock, channels=self.channels, networks=self.doors, warn=warn)

    @Once
    def uploads(self) -> Uploads:
        """Images that come in."""
        from chalicelib.store.media import MediaShelf  # noqa: PLC0415
        from chalicelib.workspaces.uploads import Uploads  # noqa: PLC0415

        return Uploads(
            clock=self.clock,
            ids=self.ids,
            shelf=MediaShelf(store=self.store),
            bucket=self.bucket,
        )
