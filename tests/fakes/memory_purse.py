"""What firms set aside, in memory, by the rules of ``ports.Purse``; each act is a step."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.publishing.ports import Charge
from chalicelib.workspaces.workspaces import Workspace
from tests.fakes.steps import Steps


@dataclass
class MemoryPurse:
    """One month of one firm."""

    steps: Steps
    held: dict[str, tuple[int, Charge]] = field(default_factory=dict)
    """By what it is for: its holder, and what is set aside."""

    @property
    def total(self) -> int:
        """Return all that is set aside."""
        return sum(charge.total for _, charge in self.held.values())

    def reserve(self, workspace: Workspace, about: str, holder: int, charge: Charge) -> bool:
        with self.steps.step("purse.reserve"):
            held_by, before = self.held.get(about, (0, Charge()))
            more = charge.total - before.total
            if more and self.total + more > workspace.spending_cap:
                return False
            self.held[about] = (max(held_by, holder), charge)
            return True

    def give_back(self, workspace: Workspace, about: str, holder: int) -> None:
        with self.steps.step("purse.give_back"):
            held_by, charge = self.held.get(about, (0, Charge()))
            if held_by == holder:
                self.held[about] = (holder, Charge(charge.preparing))
