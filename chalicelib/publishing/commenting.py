"""First comments: what is said under a post of ours as soon as it is live.

A first comment is a post with one delivery, and goes out as one. Its id follows from the
delivery that it stands under: made again, it is the same.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

from chalicelib.ids import comment_id
from chalicelib.publishing.compose import Composer
from chalicelib.publishing.deliveries import Delivery
from chalicelib.publishing.drafts import Draft, Now
from chalicelib.publishing.ports import Briefing, Desk
from chalicelib.publishing.posts import Content, PostVersion, first_comment

USEFUL_FOR = timedelta(days=1)
"""How late it may still go out by itself: as an answer, longer than an announcement."""
Refs = Callable[[str, str, str, Content], Mapping[str, str]]
"""Returns what an answer to a post is given, of its network, id, address and content."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Commenting:
    """Makes first comments."""

    desk: Desk
    composer: Composer
    refs: Refs

    def comment(self, d: Delivery) -> None:
        """Make the first comment of what is live; repeatable, it is made once.

        What a person found live has no id that we know: its comment is put there by hand.

        Raises:
            Invalid: its channel has been disconnected.
            Busy: the store didn't answer; it may be tried again.
        """
        briefing = self.desk.brief(d, ())
        sent = self._sent(d, briefing) if briefing else None
        if briefing is None or sent is None:
            return  # the firm or the post is gone
        content = sent.content_for(d.channel)
        if not content.first_comment.strip():
            return  # an older version went out
        refs = {}
        if d.remote_id is not None:
            refs = dict(self.refs(d.network, d.remote_id, d.remote_url or "", content))
        draft = Draft(
            content=first_comment(content, refs),
            channels=(d.channel,),
            when=Now(),
            useful_for=USEFUL_FOR,
            comments_on=d.id,
        )
        by = sent.written_by
        self.composer.create(briefing.workspace, by, draft, post=comment_id(d.id))

    def _sent(self, d: Delivery, briefing: Briefing) -> PostVersion | None:
        """Return the version that is live; an earlier one is read."""
        if briefing.version.n == d.sent_version:
            return briefing.version
        return next(iter(self.desk.versions(d, [d.sent_version])), None)
