"""Answering from the inbox: an answer is a post with one delivery, and goes out as one.

Its id follows from the mention and how often that was answered before: of two people who
answer at once the second meets the first one's answer, and is told.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

from chalicelib.clock import Clock
from chalicelib.ids import DeliveryId, MemberId, MentionId, PostId, delivery_id
from chalicelib.inbox import items
from chalicelib.inbox.items import InboxItem
from chalicelib.inbox.ports import Inbox
from chalicelib.inbox.refusals import AnsweredMeanwhile, CantAnswer
from chalicelib.publishing.compose import Composer
from chalicelib.publishing.deliveries import Delivery, Status
from chalicelib.publishing.drafts import Composed, Draft, Now
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.posts import Content
from chalicelib.publishing.refusals import Fault, Invalid, NotFound
from chalicelib.workspaces.workspaces import Workspace

USEFUL_FOR = timedelta(days=1)
"""How late an answer may still go out by itself: longer than an announcement."""
TRIES = 5


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer on its way, and the item that it answers as it stands now."""

    item: InboxItem
    answer: Composed


@dataclass(frozen=True, slots=True, kw_only=True)
class Answering:
    """Sends answers, and notes in the inbox what became of them."""

    clock: Clock
    inbox: Inbox
    composer: Composer

    def answer(
        self, workspace: Workspace, by: MemberId, mention: MentionId, text: str, *, seen: int
    ) -> Answered:
        """Send an answer to a mention; sent again with the same ``seen`` and text it is one.

        Args:
            workspace: The firm.
            by: Who answers.
            mention: What is answered.
            text: The answer.
            seen: How many answers the person saw that it had.

        Raises:
            NotFound: there is no such mention in this firm.
            CantAnswer: it can't be answered from here, or it is gone.
            AnsweredMeanwhile: somebody else has answered since.
            Invalid: its network wouldn't take the text.
            Busy: the store didn't answer; the same may be sent again.
        """
        item = self._item(workspace, mention)
        if item.mention.channel is None or not item.mention.heard.refs:
            raise CantAnswer("no-channel")  # it would go out as a post of its own
        if item.mention.deleted_at is not None:
            raise CantAnswer("answered-gone")
        if seen > len(item.answers):  # it would meet nobody's answer
            raise Invalid([Fault("/seen", "too-large", {"max": len(item.answers)})])
        post = PostId(f"{mention}r{seen}")
        answer = self.composer.create(workspace, by, self._draft(item, text), post=post)
        if answer.post.created_by != by or answer.version.content.text != text:
            raise AnsweredMeanwhile(answer.post)
        return Answered(self._sent(item, delivery_id(post, item.mention.channel)), answer)

    def settled(self, delivery: Delivery) -> None:
        """Note in the inbox what became of an answer; repeatable.

        Raises:
            Stale: others changed the item each time; it may be tried again.
            StoreUnclear: it couldn't be found out whether it was written.
        """
        if delivery.answers is None:
            return
        for _ in range(TRIES):
            item = self.inbox.get(delivery.workspace, delivery.answers)
            if item is None:
                return  # erased meanwhile
            after = self._after(item, delivery)
            if after == item:
                return
            try:
                self.inbox.put(item, after)
            except Stale:
                continue
            return
        raise Stale(delivery.answers)

    def _after(self, item: InboxItem, delivery: Delivery) -> InboxItem:
        if delivery.id not in item.answers:  # its sender died before he could note it
            item = items.sent(item, delivery.id)
        if delivery.status is Status.PUBLISHED and item.state not in items.CLOSED:
            return items.answered(item, None, delivery.published_at or self.clock.now())
        return item

    def _sent(self, item: InboxItem, answer: DeliveryId) -> InboxItem:
        """Note on the item that an answer is on its way; the answer itself will do it too."""
        for _ in range(TRIES):
            if answer in item.answers:
                return item
            try:
                return self.inbox.put(item, items.sent(item, answer))
            except Stale:
                item = self.inbox.get(item.workspace, item.id) or item
            except StoreUnclear:
                break
        return item

    def _draft(self, item: InboxItem, text: str) -> Draft:
        heard, channel = item.mention.heard, item.mention.channel
        assert channel is not None, "checked by who calls"
        return Draft(
            content=Content(text=text, language=heard.language or "fr", answers=heard.refs),
            channels=(channel,),
            when=Now(),
            useful_for=USEFUL_FOR,
            answers=item.id,
        )

    def _item(self, workspace: Workspace, mention: MentionId) -> InboxItem:
        item = self.inbox.get(workspace.id, mention)
        if item is None:
            raise NotFound
        return item
