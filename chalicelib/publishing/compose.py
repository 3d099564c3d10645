"""What people do with posts: write, edit, schedule, cancel, duplicate, delete, decide.

Each act is one transaction: the head of the post, its new version and every delivery that
changes are written together, each only if it is still as it was read. So what goes out is
one version, never half of an edit; and an act either holds or answers that it is too late.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from chalicelib.clock import Clock
from chalicelib.ids import DeliveryId, Ids, MemberId, PostId, WorkspaceId
from chalicelib.publishing import events as ev
from chalicelib.publishing import machine
from chalicelib.publishing.deliver import announce
from chalicelib.publishing.deliveries import (
    DEFAULT_USEFUL,
    IN_DOUBT,
    Delivery,
    Refused,
    Status,
    Why,
)
from chalicelib.publishing.drafts import Composed, Draft, Unscheduled, When
from chalicelib.publishing.planning import Change, Planner
from chalicelib.publishing.ports import (
    Deliveries,
    PostChange,
    Posts,
    Queue,
    Stale,
    StoreUnclear,
)
from chalicelib.publishing.posts import Content, Post, PostVersion, excerpt
from chalicelib.publishing.refusals import (
    Busy,
    ChangedMeanwhile,
    EditedMeanwhile,
    Fault,
    Invalid,
    NotFound,
    TooLate,
)
from chalicelib.workspaces.workspaces import Workspace

TRIES = 3
"""How often an act is decided again on what stands by then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """Acts of people on posts and deliveries."""

    clock: Clock
    ids: Ids
    posts: Posts
    deliveries: Deliveries
    planner: Planner
    queue: Queue

    def create(
        self, workspace: Workspace, by: MemberId, draft: Draft, *, post: PostId | None = None
    ) -> Composed:
        """Store a new post and its deliveries.

        Given the id of an earlier try, what that try stored is returned instead.

        Raises:
            Invalid: with every fault of the draft.
        """
        identity = post or PostId(self.ids.new())
        for _ in range(TRIES):
            try:
                return self._create(workspace, by, draft, identity)
            except Stale:  # it stands already, or a twin that it waits for has moved
                if post is not None and self.posts.get(workspace.id, post) is not None:
                    return self.get(workspace, post)
        raise Busy

    def _create(
        self, workspace: Workspace, by: MemberId, draft: Draft, identity: PostId
    ) -> Composed:
        now = self.clock.now()
        channels = self.planner.channels(workspace.id, draft.channels)
        moment = self.planner.moment(draft.when, now)
        is_draft = isinstance(draft.when, Unscheduled)
        if not is_draft and draft.comments_on is None:  # checked with its post, and at its time
            self.planner.check(draft.content, draft.variants, channels)
        head = Post(
            workspace=workspace.id,
            id=identity,
            version=1,
            channels=draft.channels,
            planned_at=moment.at if moment else None,
            useful_for=draft.useful_for or DEFAULT_USEFUL,
            is_draft=is_draft,
            excerpt=excerpt(draft.content),
            created_at=now,
            created_by=by,
            updated_at=now,
            answers=draft.answers,
            comments_on=draft.comments_on,
        )
        version = self._version(head, by, draft)
        change = Change(shift=moment.shift if moment else None)
        for channel in channels:
            self.planner.add(change, head, version, channel, now)
        return self._commit(None, head, version, change)

    def edit(
        self, workspace: Workspace, by: MemberId, post: PostId, version: int, draft: Draft
    ) -> Composed:
        """Store a new version, and give it to every delivery that isn't going out yet.

        Channels that are left out are cancelled, new ones are added; a time that differs
        moves the deliveries.

        Raises:
            EditedMeanwhile: ``version`` isn't the current one any more.
            TooLate: every delivery is going out, or out.
            Invalid: with every fault of the draft.
        """

        def decide(head: Post, deliveries: Sequence[Delivery]) -> Change:
            if head.version != version:
                raise EditedMeanwhile(head.version)
            given = replace(draft, content=self._still_answers(head, draft.content))
            new = self._version(replace(head, version=head.version + 1), by, given)
            return self.planner.edited(workspace, head, deliveries, given, new)

        return self._act(workspace, post, decide)

    def schedule(self, workspace: Workspace, post: PostId, version: int, when: When) -> Composed:
        """Let a draft go out at a time.

        Raises:
            EditedMeanwhile: ``version`` isn't the current one any more.
            Invalid: it isn't a draft, the time is past, or a channel wouldn't take it.
        """

        def decide(head: Post, deliveries: Sequence[Delivery]) -> Change:
            if head.version != version:
                raise EditedMeanwhile(head.version)
            if not head.is_draft:
                raise Invalid([Fault("/when", "already-scheduled")])
            current = self._current(head)
            draft = _as_it_stands(head, current, when)
            return self.planner.edited(workspace, head, deliveries, draft, current)

        return self._act(workspace, post, decide)

    def reschedule(self, workspace: Workspace, post: PostId, when: When) -> Composed:
        """Move a scheduled post to another time.

        Raises:
            TooLate: every delivery is going out, or out.
            Invalid: the time is past or unknown.
        """

        def decide(head: Post, deliveries: Sequence[Delivery]) -> Change:
            if isinstance(when, Unscheduled):
                raise Invalid([Fault("/when", "already-scheduled")])
            return self.planner.moved(head, deliveries, when)

        return self._act(workspace, post, decide)

    def cancel(self, workspace: Workspace, post: PostId) -> Composed:
        """Stop every delivery that isn't going out yet.

        Raises:
            TooLate: none could be stopped.
        """

        def decide(head: Post, deliveries: Sequence[Delivery]) -> Change:
            change = Change(after=replace(head, updated_at=self.clock.now()))
            self._cancel_all(change, deliveries)
            change.refuse_if_too_late(post)
            return change

        return self._act(workspace, post, decide)

    def delete(self, workspace: Workspace, post: PostId) -> None:
        """Take a post of which nothing is live, or may be, out of every list.

        Raises:
            TooLate: something of it is going out, or out.
        """

        def decide(head: Post, deliveries: Sequence[Delivery]) -> Change:
            live = [d for d in deliveries if _may_be_live(d)]
            if live:
                raise TooLate(live)
            change = Change(after=replace(head, is_deleted=True, updated_at=self.clock.now()))
            self._cancel_all(change, deliveries)
            return change

        self._act(workspace, post, decide)

    def duplicate(
        self, workspace: Workspace, by: MemberId, post: PostId, *, new: PostId | None = None
    ) -> Composed:
        """Make a draft without a time from the current version of a post.

        Given the id of an earlier try, what that try stored is returned instead.

        Raises:
            Invalid: it is an answer or a comment, which belongs to what it stands under.
        """
        head = self._head(workspace.id, post)
        if not head.stands_alone:
            raise Invalid([Fault("", "is-an-answer")])
        channels = self.planner.still_there(workspace.id, head.channels)
        draft = replace(_as_it_stands(head, self._current(head), Unscheduled()), channels=channels)
        return self.create(workspace, by, draft, post=new)

    def get(self, workspace: Workspace, post: PostId) -> Composed:
        """Return a post with its current version and its deliveries.

        Raises:
            NotFound: there is none in this workspace.
        """
        head = self._head(workspace.id, post)
        deliveries = tuple(self.posts.deliveries(workspace.id, post))
        return Composed(post=head, version=self._current(head), deliveries=deliveries)

    def decide(
        self,
        workspace: Workspace,
        delivery: DeliveryId,
        *,
        rev: int,
        choice: ev.Choice,
        url: str | None = None,
    ) -> Delivery:
        """Settle a delivery that needs a person, as the person saw it at ``rev``.

        Raises:
            NotFound: there is none in this workspace.
            ChangedMeanwhile: it is no longer as the person saw it.
            Busy: it couldn't be written now.
        """
        stands = self._delivery(workspace, delivery)
        event = ev.Decide(act=self.ids.new(), rev=rev, choice=choice, url=url)
        now = self.clock.now()
        try:
            written = self.deliveries.put(stands, machine.apply(stands, event, now))
        except Refused as refused:
            raise ChangedMeanwhile(refused.delivery) from refused
        except (Stale, StoreUnclear):
            written = self._delivery(workspace, delivery)
            if written.rev == rev:
                raise Busy from None
            if event.act not in written.acts:  # an act found there was applied
                raise ChangedMeanwhile(written) from None
        announce(self.queue, [written], now)
        return written

    def _delivery(self, workspace: Workspace, delivery: DeliveryId) -> Delivery:
        stands = self.deliveries.get(workspace.id, delivery)
        if stands is None:
            raise NotFound
        return stands

    # How an act is written.

    def _act(
        self,
        workspace: Workspace,
        post: PostId,
        decide: Callable[[Post, Sequence[Delivery]], Change],
    ) -> Composed:
        """Decide on what stands and write it; decide again if it has moved meanwhile."""
        for _ in range(TRIES):
            head = self._head(workspace.id, post)
            change = decide(head, self.posts.deliveries(workspace.id, post))
            try:
                return self._commit(head, change.after or head, change.version, change)
            except Stale:
                continue
        raise Busy

    def _commit(
        self, before: Post | None, after: Post, version: PostVersion | None, change: Change
    ) -> Composed:
        wanted = PostChange(
            before=before, after=after, version=version, deliveries=tuple(change.pairs)
        )
        try:
            done = self.posts.commit(wanted)
        except StoreUnclear:
            raise Busy from None
        written = [d for _, d in done.deliveries]
        announce(self.queue, written, self.clock.now())
        own = [d for d in written if d.post == after.id]
        changed = {d.id for d in own}
        untouched = [d for d in change.untouched if d.id not in changed]
        return Composed(
            post=done.after,
            version=version or self._current(done.after),
            deliveries=tuple(sorted([*own, *untouched], key=lambda d: d.id)),
            shift=change.shift,
            too_late=tuple(change.too_late),
        )

    def _cancel_all(self, change: Change, deliveries: Sequence[Delivery]) -> None:
        act = self.ids.new()
        for d in deliveries:
            if d.status is not Status.CANCELLED:
                change.apply(d, [ev.Cancel(act)], self.clock.now())
            else:
                change.untouched.append(d)

    def _still_answers(self, head: Post, content: Content) -> Content:
        """An edited answer or comment stays under what it was for."""
        if head.stands_alone:
            return content
        return replace(content, answers=self._current(head).content.answers)

    def _version(self, head: Post, by: MemberId, draft: Draft) -> PostVersion:
        return PostVersion(
            workspace=head.workspace,
            post=head.id,
            n=head.version,
            written_at=self.clock.now(),
            written_by=by,
            content=draft.content,
            variants=draft.variants,
        )

    def _head(self, workspace: WorkspaceId, post: PostId) -> Post:
        head = self.posts.get(workspace, post)
        if head is None or head.is_deleted:
            raise NotFound
        return head

    def _current(self, head: Post) -> PostVersion:
        version = self.posts.version(head.workspace, head.id, head.version)
        if version is None:
            raise NotFound
        return version


def _as_it_stands(head: Post, current: PostVersion, when: When) -> Draft:
    """Return a post as its author would hand it in again, for another time."""
    return Draft(
        content=current.content,
        variants=current.variants,
        channels=head.channels,
        when=when,
        useful_for=head.useful_for,
    )


def _may_be_live(d: Delivery) -> bool:
    in_doubt = d.status in IN_DOUBT or d.why is Why.UNKNOWN
    return in_doubt or d.status is Status.PUBLISHED or d.remote_id is not None
