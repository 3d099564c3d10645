"""What CI lives of films and stories on the real adapters: a share of all faults.

``make chaos`` lives every fault at every step, and 1,000 random lives an adapter.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from uuid import uuid4

import pytest

from chalicelib import logs
from chalicelib.networks.registry import network
from chalicelib.publishing.deliveries import ResendClass
from local.engine import Engine
from tests.chaos.adapters import NAMES, additions, fitting
from tests.chaos.engine import ScriptedStore, listen
from tests.chaos.filming import FILMED, FilmingStage
from tests.chaos.servers import SERVERS
from tests.chaos.steps import NETWORK, STORE

pytestmark = pytest.mark.timeout(300)
SINGLES = 2
"""How many lives with one fault a scene has here."""
LOOKED_AT = [n for n in SERVERS if network(n).spec.resend_class is not ResendClass.BLIND]
SCENES = [(name, scene) for name, scenes in FILMED.items() for scene in scenes]


@pytest.fixture
def stage(engine: Engine) -> Iterator[FilmingStage]:
    """A stage on tables of its own, so that its lives are the same in any order of tests."""
    event = logs.event
    listen([])
    with ScriptedStore(engine.endpoint, f"films-{uuid4().hex[:8]}") as store:
        yield FilmingStage(store)
    logs.event = event


def test_every_network_that_shows_a_film_among_other_things_is_lived() -> None:
    limits = {name: network(name).spec.limits for name in NAMES}
    always = {"youtube", "tiktok"}
    showing = {name for name, of in limits.items() if of.video} - always
    assert showing == {name for name, scenes in FILMED.items() if "a video" in scenes}
    mixing = {name for name, of in limits.items() if of.mixed}
    assert mixing == {name for name, scenes in FILMED.items() if "a mixed carousel" in scenes}
    telling = {name for name, of in limits.items() if of.story}
    assert telling == {name for name, scenes in FILMED.items() if "a story" in scenes}


@pytest.mark.parametrize(("name", "scene"), SCENES)
def test_nothing_shown_is_lost_or_doubled(stage: FilmingStage, name: str, scene: str) -> None:
    quiet = stage.live(name, {}, scene)
    assert (quiet.wrong, quiet.bothered, quiet.mails) == ((), (), ())
    chance, fits = random.Random(f"{name} {scene}"), fitting(name)
    kinds = NETWORK if name in SERVERS else STORE
    fitting_it = [p for p in additions(fits, quiet) if fits[next(iter(p.values()))] <= kinds]
    plans = chance.sample(fitting_it, SINGLES)
    if name in LOOKED_AT:
        plans.append(chance.choice(list(stage.after_doubt(name, scene))))
    lived = [*(stage.live(name, plan, scene) for plan in plans), stage.at_random(name, len(scene))]
    assert [(v.plan, v.wrong) for v in lived if v.wrong] == []
