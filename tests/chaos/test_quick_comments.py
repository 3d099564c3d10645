"""What CI lives of first comments on the real adapters: a share of all faults.

``make chaos`` lives every fault at every step, and 1,000 random lives an adapter.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from uuid import uuid4

import pytest

from chalicelib import logs
from chalicelib.networks.registry import MODULES, network
from chalicelib.networks.senders import NetworkSenders
from chalicelib.publishing.deliveries import Status
from chalicelib.publishing.posts import Content
from local.engine import Engine
from tests.chaos.adapters import additions
from tests.chaos.campaign import Plan, Verdict
from tests.chaos.commented import COMMENTED
from tests.chaos.commenting import SCENE, TWINS, CommentingStage, fitting
from tests.chaos.engine import ScriptedStore, listen
from tests.chaos.steps import NETWORK, Kind

pytestmark = pytest.mark.timeout(300)
WIRED, OTHERS, IN_DOUBT = 3, 2, 1
"""How many lives of each sort a network has here."""


@pytest.fixture
def stage(engine: Engine) -> Iterator[CommentingStage]:
    """A stage on tables of its own, so that its lives are the same in any order of tests."""
    event = logs.event
    listen([])
    with ScriptedStore(engine.endpoint, f"comments-{uuid4().hex[:8]}") as store:
        yield CommentingStage(store)
    logs.event = event


def gone_wrong(lived: list[Verdict]) -> list[tuple[Plan, tuple[str, ...]]]:
    return [(v.plan, v.wrong) for v in lived if v.wrong]


def test_every_network_that_takes_one_is_lived() -> None:
    taking = {name for name in MODULES if network(name).refs_of_own is not None}
    assert taking == set(COMMENTED)


@pytest.mark.parametrize("name", COMMENTED)
def test_a_quiet_life_comments_once_and_bothers_nobody(stage: CommentingStage, name: str) -> None:
    life = stage.life(name, "quiet", SCENE, None)
    life.run()
    assert stage.judge(life) == []
    post, comment = life.deliveries()
    assert (post.status, comment.status) == (Status.PUBLISHED, Status.PUBLISHED)
    assert (life.live(post), life.live(comment)) == ([post.remote_id], [comment.remote_id])
    assert life.box.subjects == []


@pytest.mark.parametrize("name", COMMENTED)
def test_each_of_two_posts_alike_has_its_own_comment(stage: CommentingStage, name: str) -> None:
    verdict = stage.live(name, {}, TWINS)
    assert (verdict.wrong, verdict.bothered, verdict.mails) == ((), (), ())


@pytest.mark.parametrize("name", COMMENTED)
def test_a_post_that_is_taken_back_before_its_comment_is_told(
    stage: CommentingStage, name: str
) -> None:
    quiet = stage.live(name, {}, SCENE)
    published = next(step.n for step in quiet.steps if step.kind is Kind.NET_CALL)
    after = next(s.n for s in quiet.steps if s.n > published and s.kind in NETWORK)
    verdict = stage.live(name, {after: "what it answers is deleted"}, SCENE)
    assert (verdict.wrong, len(verdict.mails)) == ((), 1)


def test_a_comment_under_another_post_is_seen(
    stage: CommentingStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    real, first = NetworkSenders.refs_of_own, list[str]()

    def mistaken(
        self: NetworkSenders, net: str, own: str, url: str, of: Content
    ) -> Mapping[str, str]:
        first.append(own)
        return real(self, net, first[0], url, of)

    monkeypatch.setattr(NetworkSenders, "refs_of_own", mistaken)
    wrong = stage.live("facebook", {}, TWINS).wrong
    assert wrong == ("a first comment stands under another post",)


@pytest.mark.parametrize("name", COMMENTED)
def test_no_fault_loses_or_doubles_a_first_comment(stage: CommentingStage, name: str) -> None:
    chance, fits = random.Random(name), fitting(name)
    plans = list(additions(fits, stage.live(name, {}, SCENE)))
    wired = [p for p in plans if all(fits[fault] <= NETWORK for fault in p.values())]
    others = [p for p in plans if p not in wired]
    in_doubt = chance.sample(list(stage.after_doubt(name)), IN_DOUBT)
    chosen = [*chance.sample(wired, WIRED), *chance.sample(others, OTHERS), *in_doubt]
    lived = [stage.live(name, plan, SCENE) for plan in chosen]
    assert gone_wrong([*lived, stage.at_random(name, 1)]) == []
