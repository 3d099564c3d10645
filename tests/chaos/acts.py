"""What people do in the middle of things: edit, cancel, pause, move, disconnect."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from tests.chaos.life import Life
from tests.chaos.steps import Fault, Kind, Step, Steps

Act = Callable[[Life], None]


def _edit(life: Life) -> None:
    life.edit(life.posts[0], "Le pain de seigle est parti, voici le pain de campagne.")


def _edit_and_back(life: Life) -> None:
    _edit(life)
    life.edit(life.posts[0], "Le pain de seigle revient ce matin, encore tiède.")


def _cancel(life: Life) -> None:
    life.cancel(life.posts[0])


def _pause(life: Life) -> None:
    life.pause(minutes=10)


def _move(life: Life) -> None:
    life.move(life.posts[0], minutes=20)


def _disconnect(life: Life) -> None:
    life.disconnect()


ACTS: Mapping[str, Act] = {
    "F58 edited": _edit,
    "F58 edited twice": _edit_and_back,
    "F59 cancelled": _cancel,
    "F60 disconnected": _disconnect,
    "F62 paused for 10 min": _pause,
    "moved by 20 min": _move,
}
ACT_NAMES = tuple(ACTS)


def acts_of(life: Life) -> list[Fault]:
    """Return the acts as faults: each is done right before the step is carried out."""
    return [Fault(name, frozenset(Kind), _doing(life, act)) for name, act in ACTS.items()]


def _doing(life: Life, act: Act) -> Callable[[Steps, Step, Callable[[], object]], object]:
    def before(_: Steps, __: Step, do: Callable[[], object]) -> object:
        with life.as_person():
            act(life)
        return do()

    return before
