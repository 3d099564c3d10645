"""A firm begins: its workspace, and the owner who lets in everybody else."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.clock import Clock
from chalicelib.ids import Ids, MemberId, WorkspaceId
from chalicelib.publishing.schedule import zone_of
from chalicelib.workspaces.ports import Members, Workspaces
from chalicelib.workspaces.workspaces import Language, Member, Role, Workspace


@dataclass(frozen=True, slots=True, kw_only=True)
class NewFirm:
    """What must be known of a firm and its owner."""

    name: str
    zone: str
    """IANA name."""
    language: Language
    email: str
    """The owner's; letters of any case."""
    owner: str
    """What the owner is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Belonging:
    """A person in one firm."""

    firm: Workspace
    member: Member


@dataclass(frozen=True, slots=True, kw_only=True)
class Founded:
    """What stands after a founding."""

    is_new: bool
    """False: somebody had this address already, and nothing was written."""
    belongings: Sequence[Belonging]
    """All firms of the person with this address; of a new firm that one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Founding:
    """Makes firms."""

    clock: Clock
    ids: Ids
    workspaces: Workspaces
    members: Members

    def found(self, new: NewFirm) -> Founded:
        """Make a firm and its owner, unless a person with this address stands already.

        The owner is written before the firm: where a founding was cut short between the two,
        the next one finds the owner by her address and goes on from there.

        Raises:
            Invalid: there is no such time zone.
            StoreUnclear: it couldn't be found out whether it was written; the same again
                completes it.
        """
        zone_of(new.zone, "/zone")
        email = new.email.strip().lower()
        standing = self.members.by_email(email)
        belongings = [self._belonging(member) for member in standing]
        if whole := [b for b in belongings if b is not None]:
            return Founded(is_new=False, belongings=whole)
        owner = standing[0] if standing else self._put_owner(new, email)
        return Founded(is_new=True, belongings=[self._put_firm(new, owner)])

    def _belonging(self, member: Member) -> Belonging | None:
        firm = self.workspaces.get(member.workspace)
        return None if firm is None else Belonging(firm=firm, member=member)

    def _put_owner(self, new: NewFirm, email: str) -> Member:
        owner = Member(
            workspace=WorkspaceId(self.ids.new()),
            id=MemberId(self.ids.new()),
            email=email,
            name=new.owner,
            role=Role.OWNER,
            language=new.language,
            created_at=self.clock.now(),
        )
        self.members.put(owner)
        return owner

    def _put_firm(self, new: NewFirm, owner: Member) -> Belonging:
        firm = Workspace(
            id=owner.workspace,
            name=new.name,
            zone=new.zone,
            language=new.language,
            feed_token=self.ids.secret(),
            created_at=self.clock.now(),
        )
        return Belonging(firm=self.workspaces.put(None, firm), member=owner)
