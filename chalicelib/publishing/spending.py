"""What is set aside of a firm's monthly cap before a network that charges is called.

Before anything that costs, never after: a walk that can't set it aside sends nothing. It is set
aside for a version and an attempt, so that a walk that dies before the call and the next one
that does the same share it. What may have been charged stays; a call that was provably not
made gives its part back, unless another walk has taken it over meanwhile.

A free network has no part in this: nothing is read, nothing is written.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass

from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.outcomes import AuthExpired, RateLimited, Transient
from chalicelib.publishing.ports import FREE, Briefing, Charge, Purse, Sender, StoreUnclear
from chalicelib.workspaces.workspaces import Workspace

UNSENT = (Transient, RateLimited, AuthExpired)
"""What proves that the one call was not applied; a Rejected may lie."""


@dataclass(slots=True)
class Sending:
    """How far a walk has come."""

    may_be_charged: bool = False

    def succeeded(self) -> None:
        """Note that the call was applied."""
        self.may_be_charged = True

    def failed(self, error: Exception) -> None:
        """Note what the call came to."""
        self.may_be_charged = not isinstance(error, UNSENT)


@dataclass(frozen=True, slots=True)
class SetAside:
    """What one walk has set aside."""

    purse: Purse
    workspace: Workspace
    about: str
    holder: int
    charge: Charge

    @contextmanager
    def unless_sent(self) -> Iterator[Sending]:
        """Free in the end what the call would have cost, if it provably wasn't applied.

        A walk that is killed frees nothing, nor one that can't reach the store.
        """
        sending = Sending()
        try:
            yield sending
        except Exception:
            self._free(sending)
            raise
        self._free(sending)

    def _free(self, sending: Sending) -> None:
        if self.charge == FREE or sending.may_be_charged:
            return
        with suppress(StoreUnclear):
            self.purse.give_back(self.workspace, self.about, self.holder)


def reserve(purse: Purse, d: Delivery, briefing: Briefing, sender: Sender) -> SetAside | None:
    """Set aside what the next attempt of a claimed delivery costs; None: there is no room.

    Raises:
        StoreUnclear: it couldn't be found out.
    """
    # A version of its own is prepared, and paid for, anew. Each walk has claimed a rev of its
    # own, greater than those before.
    about, charge = f"{d.id}.{d.version}.{d.attempt + 1}", sender.charge(d, briefing.version)
    aside = SetAside(purse, briefing.workspace, about, d.rev, charge)
    has_room = charge == FREE or purse.reserve(briefing.workspace, about, d.rev, charge)
    return aside if has_room else None
