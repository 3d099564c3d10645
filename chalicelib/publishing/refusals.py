"""How an act of a person can be refused; nothing has changed when one of these is raised."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from chalicelib.publishing.deliveries import Delivery


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong with what was given.

    ``pointer`` is a JSON pointer into the request, ``code`` a stable word that the API
    translates, ``params`` what its sentence needs (limits, counts, names).
    """

    pointer: str
    code: str
    params: Mapping[str, object] = field(default_factory=dict)


class Refusal(Exception):
    """An act that can't be done as asked."""


class NotFound(Refusal):
    """There is no such thing in this workspace."""


class Invalid(Refusal):
    """What was given can't be taken; every fault at once."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        super().__init__(", ".join(f"{f.pointer} {f.code}" for f in faults))
        self.faults = tuple(faults)


class EditedMeanwhile(Refusal):
    """Somebody else has changed the post since it was read."""

    def __init__(self, current_version: int) -> None:
        super().__init__(f"now at version {current_version}")
        self.current_version = current_version


class TooLate(Refusal):
    """These deliveries are going out, or out: the act can't touch them."""

    def __init__(self, deliveries: Sequence[Delivery]) -> None:
        super().__init__(", ".join(f"{d.id} {d.status}" for d in deliveries))
        self.deliveries = tuple(deliveries)


class ChangedMeanwhile(Refusal):
    """The delivery is no longer as the person saw it."""

    def __init__(self, delivery: Delivery) -> None:
        super().__init__(f"{delivery.id} {delivery.status}")
        self.delivery = delivery


class Busy(Refusal):
    """The store didn't answer in time; the same request may be sent again."""
