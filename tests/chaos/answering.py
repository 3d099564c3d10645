"""A life in which the firm answers what others say on a real network's fake.

What is said is heard by the adapter that hears there, so that an answer is given what it is
given in the world; then it goes out as a delivery, and everything may go wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import timedelta

from chalicelib.ids import MentionId, PostId, SourceId
from chalicelib.inbox.items import InboxItem, InboxState
from chalicelib.inbox.ports import Filter
from chalicelib.publishing.deliveries import Delivery, Status
from chalicelib.publishing.posts import Content, Media
from tests.chaos.adapter_life import AdapterLife, judge_adapter
from tests.chaos.answered_meta import AnsweredFacebookRig, AnsweredInstagramRig, AnsweredThreadsRig
from tests.chaos.answered_open import AnsweredBlueskyRig, AnsweredMastodonRig, AnsweredWordPressRig
from tests.chaos.answered_others import (
    AnsweredGoogleBusinessRig,
    AnsweredLinkedInPagesRig,
    AnsweredYouTubeRig,
)
from tests.chaos.answered_telegram import AnsweredTelegramRig
from tests.chaos.answered_x import AnsweredXRig
from tests.chaos.rigs import IsAnswered, Now, Server
from tests.chaos.steps import START

ANSWERED: Mapping[str, Callable[[Now], Server]] = {
    "mastodon": AnsweredMastodonRig,
    "bluesky": AnsweredBlueskyRig,
    "wordpress": AnsweredWordPressRig,
    "facebook": AnsweredFacebookRig,
    "instagram": AnsweredInstagramRig,
    "threads": AnsweredThreadsRig,
    "linkedin_pages": AnsweredLinkedInPagesRig,
    "google_business": AnsweredGoogleBusinessRig,
    "youtube": AnsweredYouTubeRig,
    "telegram": AnsweredTelegramRig,
    "x": AnsweredXRig,
}
"""Networks on which something is answered, as lives that answer reach them."""
WORDS = "Le pain de seigle revient ce matin, encore tiède."
"""What people edit it back to."""
LOST = "lost: said to be published, but nothing is live"


class AnsweringLife(AdapterLife):
    """A life on one real network on which others speak."""

    servers = ANSWERED
    horizon = timedelta(hours=30)
    """Longer than an answer is useful."""

    @property
    def others(self) -> IsAnswered:
        """Return who speaks there."""
        assert isinstance(self.rig, IsAnswered)
        return self.rig

    def written(self, text: str, _: tuple[Media, ...]) -> Content:
        """See ``Life.written``: an answer shows nothing."""
        return Content(text=text)

    def hear(self, *kinds: str) -> list[MentionId]:
        """Let somebody say something of each kind, and hear it as the poll does."""
        with self.silence():
            said = [self.others.say(kind) for kind in kinds]
            self.world.watching.connected(self.channel)
            self.world.poller.poll(self.workspace.id, SourceId(self.channel.id))
            heard = {i.mention.heard.remote_id: i.id for i in self.inbox()}
            source = self.world.sources.get(self.workspace.id, SourceId(self.channel.id))
            assert source is not None
            self.world.sources.delete(source)
        return [heard[remote_id] for remote_id in said]

    def answer(self, mention: MentionId, text: str = WORDS, seen: int = 0) -> None:
        """A person answers, as the API lets her."""
        with self.silence():
            sent = self.world.answering.answer(self.workspace, self.owner, mention, text, seen=seen)
        self.posts.append(PostId(sent.answer.post.id))

    def inbox(self) -> list[InboxItem]:
        """Return the whole inbox."""
        with self.silence():
            return list(self.world.inbox.page(self.workspace.id, Filter(state=None), 50).items)


Scene = Callable[[AnsweringLife], None]


def answering(kind: str) -> Scene:
    """Return a scene in which something of a kind is answered."""

    def scene(life: AnsweringLife) -> None:
        (mention,) = life.hear(kind)
        life.answer(mention)

    return scene


def together(life: AnsweringLife) -> None:
    """The same words answer two who speak in one place: each must be answered."""
    for mention in life.hear(*life.others.together):
        life.answer(mention)


def twice(life: AnsweringLife) -> None:
    """The same is answered twice with the same words: they must go out twice."""
    (mention,) = life.hear(life.others.kinds[0])
    life.answer(mention)
    life.answer(mention, seen=1)


def scenes_of(name: str) -> Mapping[str, Scene]:
    """Return the scenes of a network by name, the usual one first."""
    rig = ANSWERED[name](lambda: START)
    assert isinstance(rig, IsAnswered)
    told = {f"answering {kind}": answering(kind) for kind in rig.kinds}
    again = {"answering twice": twice} if rig.bears_many else {}
    return {**told, "answering two together": together, **again}


def judge_answers(life: AnsweringLife) -> list[str]:
    """Return what is wrong with a life that has ended, in the inbox too."""
    wrong = judge_adapter(life)
    if life.others.is_taken_back:  # the answer may have gone with it
        wrong = [w for w in wrong if w != LOST]
    items = {item.id: item for item in life.inbox()}
    deliveries = life.deliveries()
    wrong += [w for d in deliveries for w in _noted(life, d, items)]
    answered = {d.answers for d in deliveries if d.status is Status.PUBLISHED}
    early = [i for i in items.values() if i.answered_at and i.id not in answered]
    return wrong + [f"{item.id} is said to be answered, and isn't" for item in early]


def _noted(life: AnsweringLife, d: Delivery, items: Mapping[MentionId, InboxItem]) -> list[str]:
    """The inbox knows of an answer, and is through with what was answered."""
    item = items.get(d.answers) if d.answers else None
    if item is None or item.answers.count(d.id) != 1:
        return [f"{d.id} isn't noted in the inbox once"]
    if d.status is not Status.PUBLISHED:
        return []
    wrong = [] if item.state is InboxState.ANSWERED else [f"answered, and {item.state}"]
    live = life.live(d)
    if d.remote_id and live and d.remote_id not in live:
        wrong.append(f"{d.remote_id} is taken for {live[0]}")
    return wrong
