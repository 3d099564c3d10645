"""What firms set aside, in memory, by the rules of ``ports.Purse``; each act is a step."""

from __future__ import annotations

from dataclasses import dataclass, field

from chalicelib.publishing.paid_reading import SHARE
from chalicelib.publishing.ports import Charge
from chalicelib.workspaces.workspaces import Workspace
from tests.fakes.steps import Steps


@dataclass
class MemoryPurse:
    """One month of one firm."""

    steps: Steps
    held: dict[str, tuple[int, Charge]] = field(default_factory=dict)
    """By what it is for: its holder, and what is set aside."""
    reading: dict[str, int] = field(default_factory=dict)
    """What is set aside for each reading, and then what it cost."""
    settled: set[str] = field(default_factory=set)

    @property
    def total(self) -> int:
        """Return all that is set aside."""
        return sum(charge.total for _, charge in self.held.values()) + sum(self.reading.values())

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

    def reserve_reading(self, workspace: Workspace, about: str, most: int) -> bool:
        with self.steps.step("purse.reserve_reading"):
            assert about not in self.reading, "each time is charged"
            read = sum(self.reading.values()) + most
            if self.total + most > workspace.spending_cap or read > workspace.spending_cap // SHARE:
                return False
            self.reading[about] = most
            return True

    def settle_reading(self, workspace: Workspace, about: str, spent: int) -> None:
        with self.steps.step("purse.settle_reading"):
            if about in self.reading and about not in self.settled:
                self.settled.add(about)
                self.reading[about] = spent
