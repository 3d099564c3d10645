"""What is kept: the tables, each kind of thing in them, and the bucket."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib.bootstrap.parts import Once, WithParts

if TYPE_CHECKING:
    from chalicelib.store.agenda import Agenda
    from chalicelib.store.audit import Audit
    from chalicelib.store.channels import Channels
    from chalicelib.store.connection import Store
    from chalicelib.store.deliveries import Deliveries
    from chalicelib.store.desk import Desk
    from chalicelib.store.due import Due
    from chalicelib.store.encryption import Cipher
    from chalicelib.store.inbox import Inbox
    from chalicelib.store.lists import PostLists
    from chalicelib.store.members import Members
    from chalicelib.store.posts import Posts
    from chalicelib.store.purse import Purse
    from chalicelib.store.repeats import Repeats
    from chalicelib.store.site import SiteShelf
    from chalicelib.store.sources import Sources, Watches
    from chalicelib.store.twins import Twins
    from chalicelib.store.vault import Vault
    from chalicelib.store.workspaces import Workspaces
    from chalicelib.workspaces.ports import Bucket


ROOT_KEY_ID = "1"
"""Which root key seals what is stored from now on."""


class WithStore(WithParts):
    """What is kept."""

    @Once
    def store(self) -> Store:
        """The tables."""
        return self.parts.store()

    @Once
    def deliveries(self) -> Deliveries:
        """Deliveries."""
        from chalicelib.store.deliveries import Deliveries  # noqa: PLC0415

        return Deliveries(store=self.store, clock=self.clock)

    @Once
    def posts(self) -> Posts:
        """Posts and their versions."""
        from chalicelib.store.posts import Posts  # noqa: PLC0415

        return Posts(store=self.store)

    @Once
    def agenda(self) -> Agenda:
        """Deliveries by time, and those that wait for a person."""
        from chalicelib.store.agenda import Agenda  # noqa: PLC0415

        return Agenda(store=self.store)

    @Once
    def post_lists(self) -> PostLists:
        """Lists of posts."""
        from chalicelib.store.lists import PostLists  # noqa: PLC0415

        return PostLists(store=self.store)

    @Once
    def channels(self) -> Channels:
        """Channels."""
        from chalicelib.store.channels import Channels  # noqa: PLC0415

        return Channels(store=self.store)

    @Once
    def desk(self) -> Desk:
        """What a worker reads."""
        from chalicelib.store.desk import Desk  # noqa: PLC0415

        return Desk(store=self.store, clock=self.clock)

    @Once
    def purse(self) -> Purse:
        """What firms set aside for networks that charge."""
        from chalicelib.store.purse import Purse  # noqa: PLC0415

        return Purse(store=self.store, clock=self.clock)

    @Once
    def due(self) -> Due:
        """What falls due."""
        from chalicelib.store.due import Due  # noqa: PLC0415

        return Due(store=self.store)

    @Once
    def twins(self) -> Twins:
        """Deliveries that would look alike."""
        from chalicelib.store.twins import Twins  # noqa: PLC0415

        return Twins(store=self.store, clock=self.clock)

    @Once
    def workspaces(self) -> Workspaces:
        """Firms."""
        from chalicelib.store.workspaces import Workspaces  # noqa: PLC0415

        return Workspaces(store=self.store)

    @Once
    def members(self) -> Members:
        """Who is what in which firm."""
        from chalicelib.store.members import Members  # noqa: PLC0415

        return Members(store=self.store)

    @Once
    def repeats(self) -> Repeats:
        """Requests with an idempotency key."""
        from chalicelib.store.repeats import Repeats  # noqa: PLC0415

        return Repeats(store=self.store)

    @Once
    def sources(self) -> Sources:
        """What is read."""
        from chalicelib.store.sources import Sources  # noqa: PLC0415

        return Sources(store=self.store)

    @Once
    def watches(self) -> Watches:
        """What firms want to hear of."""
        from chalicelib.store.sources import Watches  # noqa: PLC0415

        return Watches(store=self.store)

    @Once
    def inbox(self) -> Inbox:
        """What was said, and what firms made of it."""
        from chalicelib.listening.matching import words_of  # noqa: PLC0415
        from chalicelib.store.inbox import Inbox  # noqa: PLC0415

        return Inbox(store=self.store, clock=self.clock, words_of=words_of)

    @Once
    def vault(self) -> Vault:
        """Channels' secrets."""
        from chalicelib.store.vault import Vault  # noqa: PLC0415

        return Vault(store=self.store, clock=self.clock, cipher=lambda: self.cipher)

    @Once
    def cipher(self) -> Cipher:
        """Encrypts what is secret."""
        from chalicelib.store.encryption import Cipher  # noqa: PLC0415

        return Cipher(roots={ROOT_KEY_ID: self.parts.root_key()}, current=ROOT_KEY_ID)

    @Once
    def audit(self) -> Audit:
        """Who did what."""
        from chalicelib.store.audit import Audit  # noqa: PLC0415

        return Audit(store=self.store)

    @Once
    def site_pages(self) -> SiteShelf:
        """What stands on firms' own sites."""
        from chalicelib.store.site import SiteShelf  # noqa: PLC0415

        return SiteShelf(store=self.store)

    @Once
    def bucket(self) -> Bucket:
        """Where bytes are kept."""
        return self.parts.bucket()
