"""What the tests of publishing begin with."""

from __future__ import annotations

import pytest

from chalicelib.publishing.compose import Composer
from tests.fakes.publishing_world import World


@pytest.fixture
def world() -> World:
    """A firm with a channel on a network of each class, and all that publishes for it."""
    return World()


@pytest.fixture
def composer(world: World) -> Composer:
    """What people do with the firm's posts."""
    return world.composer
