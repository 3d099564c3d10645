"""The conversation that a mention is part of: what was said in it, by others and by the firm.

What others said has the conversation's identity as a facet. What the firm said is found by two
ways: its answers by the deliveries that the items name, its own post by what people answered
to, which is the remote id that its delivery is noted under once it is live.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from chalicelib.ids import ChannelId, DeliveryId, WorkspaceId
from chalicelib.inbox.facets import person_of
from chalicelib.inbox.items import InboxItem
from chalicelib.inbox.ports import Filter, Inbox
from chalicelib.listening.mentions import thread_of
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.posts import PostVersion

LONGEST = 50
"""Mentions of a conversation that are shown, the newest."""
EARLIER = 10
"""Earlier exchanges of the same person."""


@dataclass(frozen=True, slots=True)
class Own:
    """Something that the firm said: a delivery, and the version of its post that it sends."""

    delivery: Delivery
    version: PostVersion


class OwnPosts(Protocol):
    """What the firm said on its channels."""

    def said(
        self,
        workspace: WorkspaceId,
        channel: ChannelId,
        remote_ids: Iterable[str],
        deliveries: Iterable[DeliveryId],
    ) -> Sequence[Own]:
        """Return what is live on a channel under these ids, and these deliveries; each once."""
        ...


@dataclass(frozen=True, slots=True)
class Conversation:
    """All that was said around a mention, as far as it is known here."""

    mentions: Sequence[InboxItem]
    """It among them, in the order in which they were said."""
    own: Sequence[Own]
    earlier: Sequence[InboxItem]
    """What else its author said, the newest first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conversations:
    """Finds conversations, at a cost that doesn't grow with what a firm has stored."""

    inbox: Inbox
    own_posts: OwnPosts

    def of(self, item: InboxItem) -> Conversation:
        """Return the conversation of an item: two pages of the inbox and three batch reads."""
        mentions = self._mentions(item)
        return Conversation(
            mentions=mentions,
            own=self._own(item, mentions),
            earlier=self._earlier(item, {m.id for m in mentions}),
        )

    def _mentions(self, item: InboxItem) -> list[InboxItem]:
        wanted = Filter(state=None, thread=thread_of(item.mention))
        found = {i.id: i for i in self.inbox.page(item.workspace, wanted, LONGEST).items}
        found[item.id] = item
        return sorted(found.values(), key=lambda i: (i.mention.at, i.id))

    def _own(self, item: InboxItem, mentions: Sequence[InboxItem]) -> Sequence[Own]:
        channel = item.mention.channel
        if channel is None:
            return ()
        answered = [thread_of(item.mention), *(m.mention.heard.answers_to for m in mentions)]
        answers = [answer for m in mentions for answer in m.answers]
        wanted = dict.fromkeys(remote_id for remote_id in answered if remote_id)
        return self.own_posts.said(item.workspace, channel, wanted, answers)

    def _earlier(self, item: InboxItem, shown: set[str]) -> list[InboxItem]:
        person = person_of(item.mention)
        if not person:
            return []
        wanted = Filter(state=None, person=person)
        found = self.inbox.page(item.workspace, wanted, EARLIER + len(shown)).items
        return [i for i in found if i.id not in shown][:EARLIER]
