"""Listening and counting: what is read again and again, and what people do with it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from chalicelib import logs
from chalicelib.bootstrap.measuring import WithMeasuring
from chalicelib.bootstrap.parts import Once

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from chalicelib.ids import ChannelId, WorkspaceId
    from chalicelib.inbox.answer_times import AnswerTimes
    from chalicelib.inbox.conversations import Conversations
    from chalicelib.inbox.moderating import Moderating
    from chalicelib.inbox.reply_book import ReplyBook
    from chalicelib.inbox.shelf import InboxShelf
    from chalicelib.inbox.triage import Triage
    from chalicelib.listening.looking import Looking
    from chalicelib.listening.poll import Poller
    from chalicelib.listening.sources import Source
    from chalicelib.listening.watching import Watching
    from chalicelib.networks.feed_discovery import FoundFeed
    from chalicelib.workspaces.channels import Channel
    from chalicelib.workspaces.workspaces import Workspace


class WithListening(WithMeasuring):
    """Listening and counting, over publishing: what is heard is answered by a delivery."""

    @Once
    def inbox_shelf(self) -> InboxShelf:
        """Where what is heard is kept."""
        from chalicelib.inbox.shelf import InboxShelf  # noqa: PLC0415

        return InboxShelf(clock=self.clock, inbox=self.inbox)

    @Once
    def poller(self) -> Poller:
        """What reads a source."""
        from chalicelib.listening.poll import Poller  # noqa: PLC0415

        def failed(source: Source, error: Exception) -> None:
            where = {"workspace": source.workspace, "about": source.id, "network": source.network}
            logs.failure("poll_failed", error, **where)

        return Poller(
            clock=self.clock,
            sources=self.sources,
            watches=self.watches,
            shelf=self.inbox_shelf,
            firms=self,
            readers=self.listeners,
            keeps=self.listeners.keeps,
            price=self.listeners.price,
            purse=self.purse,
            on_failure=failed,
        )

    def workspace(self, workspace: WorkspaceId) -> Workspace | None:
        """See ``listening.ports.Firms``."""
        return self.workspaces.get(workspace)

    def channel(self, workspace: WorkspaceId, channel: ChannelId) -> Channel | None:
        """See ``listening.ports.Firms``."""
        return self.channels.get(workspace, channel)

    def refused(self, channel: Channel, detail: str, now: datetime) -> Channel:
        """See ``listening.ports.Firms``."""
        return self.channels.mark_broken(channel, detail, now)

    def tell_unheard(self, channel: Channel) -> None:
        """See ``listening.ports.Firms``."""
        from chalicelib.publishing.followups import unheard  # noqa: PLC0415

        firm = self.workspace(channel.workspace)
        if firm is not None:
            self.mailer.tell(unheard(firm, channel))

    @Once
    def watching(self) -> Watching:
        """What people do with watches and sources."""
        from chalicelib.listening.watching import Watching  # noqa: PLC0415

        return Watching(
            clock=self.clock,
            ids=self.ids,
            watches=self.watches,
            sources=self.sources,
            queue=self.queue,
        )

    @Once
    def triage(self) -> Triage:
        """What people do in the inbox."""
        from chalicelib.inbox.triage import Triage  # noqa: PLC0415

        return Triage(clock=self.clock, inbox=self.inbox, members=self.members)

    @Once
    def looking(self) -> Looking:
        """Trying watches before they are saved."""
        from chalicelib.inbox.lately import InboxLately  # noqa: PLC0415
        from chalicelib.listening.looking import Looking  # noqa: PLC0415

        return Looking(
            clock=self.clock,
            readers=self.listeners,
            firms=self,
            lately=InboxLately(inbox=self.inbox),
        )

    @Once
    def find_feeds(self) -> Callable[[str], Sequence[FoundFeed]]:
        """Finding the feeds of a site."""
        from chalicelib.networks.feed_discovery import find_feeds  # noqa: PLC0415

        return lambda url: find_feeds(url, http=self.http, clock=self.clock)

    @Once
    def conversations(self) -> Conversations:
        """What was said around a mention."""
        from chalicelib.inbox.conversations import Conversations  # noqa: PLC0415

        return Conversations(inbox=self.inbox, own_posts=self.own_posts)

    @Once
    def moderating(self) -> Moderating:
        """Acting on what was said on the firm's own ground."""
        from chalicelib.inbox.moderating import Moderating  # noqa: PLC0415

        return Moderating(
            clock=self.clock,
            triage=self.triage,
            shelf=self.inbox_shelf,
            channels=self.channels,
            networks=self.listeners,
            purse=self.purse,
        )

    @Once
    def reply_book(self) -> ReplyBook:
        """Saved replies."""
        from chalicelib.inbox.reply_book import ReplyBook  # noqa: PLC0415
        from chalicelib.store.saved_replies import SavedReplies  # noqa: PLC0415

        return ReplyBook(clock=self.clock, ids=self.ids, replies=SavedReplies(store=self.store))

    @Once
    def answer_times(self) -> AnswerTimes:
        """How soon a firm answers."""
        from chalicelib.inbox.answer_times import AnswerTimes  # noqa: PLC0415

        return AnswerTimes(inbox=self.inbox)

    def attend(self, channel: Channel) -> None:
        """Begin to listen to a channel and to count on it, as far as its network allows."""
        if self.find_network(channel.network).hear is None:
            return
        self.watching.connected(channel)
        self.measurer.begin_channel(channel)
