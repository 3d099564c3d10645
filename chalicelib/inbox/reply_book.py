"""The firm's saved replies: written, changed and deleted by its people."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from chalicelib.clock import Clock
from chalicelib.ids import Ids, WorkspaceId
from chalicelib.inbox.ports import SavedReplies
from chalicelib.inbox.saved_replies import MAX_REPLIES, SavedReply, faults_of
from chalicelib.publishing.ports import Stale, StoreUnclear
from chalicelib.publishing.refusals import Busy, Fault, Invalid, NotFound

TRIES = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplyBook:
    """Acts on saved replies; each raises Busy where the store doesn't answer."""

    clock: Clock
    ids: Ids
    replies: SavedReplies

    def of(self, workspace: WorkspaceId) -> Sequence[SavedReply]:
        """Return all of a firm's, by title."""
        try:
            found = self.replies.of(workspace)
        except StoreUnclear:
            raise Busy from None
        return sorted(found, key=lambda reply: (reply.title.casefold(), reply.id))

    def get(self, workspace: WorkspaceId, reply: str) -> SavedReply:
        """Return one.

        Raises:
            NotFound: there is none in this firm.
        """
        try:
            found = self.replies.get(workspace, reply)
        except StoreUnclear:
            raise Busy from None
        if found is None:
            raise NotFound
        return found

    def create(
        self, workspace: WorkspaceId, title: str, text: str, *, reply: str | None = None
    ) -> SavedReply:
        """Keep a new one; given the id of an earlier try, that one's is returned if it stands.

        Raises:
            Invalid: with every fault of title and text, or there are too many already.
        """
        title, text = _checked(title, text)
        if len(self.of(workspace)) >= MAX_REPLIES:
            raise Invalid([Fault("", "too-many", {"max": MAX_REPLIES})])
        now = self.clock.now()
        new = SavedReply(
            workspace=workspace,
            id=reply or self.ids.new(),
            title=title,
            text=text,
            created_at=now,
            updated_at=now,
        )
        try:
            return self.replies.put(None, new)
        except Stale:
            return self.get(workspace, new.id)
        except StoreUnclear:
            raise Busy from None

    def change(self, workspace: WorkspaceId, reply: str, title: str, text: str) -> SavedReply:
        """Put another title and text in place of what stands; the last one to change it wins.

        Raises:
            NotFound: there is none in this firm.
            Invalid: with every fault of title and text.
        """
        title, text = _checked(title, text)
        for _ in range(TRIES):
            stands = self.get(workspace, reply)
            if (stands.title, stands.text) == (title, text):
                return stands
            after = replace(stands, title=title, text=text, updated_at=self.clock.now())
            try:
                return self.replies.put(stands, after)
            except Stale:
                continue
            except StoreUnclear:
                raise Busy from None
        raise Busy

    def delete(self, workspace: WorkspaceId, reply: str) -> None:
        """Take one away; repeatable."""
        try:
            self.replies.delete(workspace, reply)
        except StoreUnclear:
            raise Busy from None


def _checked(title: str, text: str) -> tuple[str, str]:
    title, text = " ".join(title.split()), text.strip()
    if faults := faults_of(title, text):
        raise Invalid(faults)
    return title, text
