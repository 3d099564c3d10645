"""Posts, their lists by time, drafts, and what waits for a person, on the real engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chalicelib.ids import ChannelId, DeliveryId, MemberId, PostId
from chalicelib.publishing.deliveries import Delivery, Status
from chalicelib.publishing.ports import PostChange, Stale
from chalicelib.publishing.posts import Content, Media, Post, PostVersion, Variant, Visibility
from chalicelib.store.agenda import Agenda
from chalicelib.store.deliveries import Deliveries
from chalicelib.store.lists import PostLists
from chalicelib.store.posts import Posts
from tests.fakes.clocks import SettableClock
from tests.integration.test_store_deliveries import IDS, INSTANTS, TEXTS, WHOLE
from tests.store_fixtures import FIRM, NOON, OTHER, Tables, a_delivery, a_post, a_version

DAY = timedelta(days=1)
MEDIA = st.lists(st.builds(Media, IDS, TEXTS, WHOLE, WHOLE, WHOLE, TEXTS), max_size=3).map(tuple)
CATEGORIES = st.lists(TEXTS, max_size=3).map(tuple)
CONTENTS = st.builds(
    Content,
    text=TEXTS,
    link=st.none() | TEXTS,
    media=MEDIA,
    title=TEXTS,
    content_warning=TEXTS,
    visibility=st.sampled_from(Visibility),
    language=TEXTS,
    categories=CATEGORIES,
)
VARIANTS = st.builds(
    Variant,
    text=st.none() | TEXTS,
    link=st.none() | TEXTS,
    media=st.none() | MEDIA,
    title=st.none() | TEXTS,
    content_warning=st.none() | TEXTS,
    visibility=st.none() | st.sampled_from(Visibility),
    language=st.none() | TEXTS,
    categories=st.none() | CATEGORIES,
)
VERSIONS = st.builds(
    PostVersion,
    workspace=st.just(FIRM),
    post=IDS.map(PostId),
    n=st.integers(1, 10**4),
    written_at=INSTANTS,
    written_by=IDS.map(MemberId),
    content=CONTENTS,
    variants=st.dictionaries(IDS.map(ChannelId), VARIANTS, max_size=3),
)
POSTS = st.builds(
    Post,
    workspace=st.just(FIRM),
    id=IDS.map(PostId),
    version=WHOLE,
    channels=st.lists(IDS.map(ChannelId), max_size=3).map(tuple),
    planned_at=st.none() | INSTANTS,
    useful_for=st.timedeltas(timedelta(0), timedelta(days=7)),
    is_draft=st.booleans(),
    excerpt=TEXTS,
    created_at=INSTANTS,
    created_by=IDS.map(MemberId),
    updated_at=INSTANTS,
    is_deleted=st.booleans(),
)
ANYTHING = settings(
    max_examples=40,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.fixture
def posts(tables: Tables) -> Posts:
    return Posts(store=tables.store)


@pytest.fixture
def agenda(tables: Tables) -> Agenda:
    return Agenda(store=tables.store)


@pytest.fixture
def lists(tables: Tables) -> PostLists:
    return PostLists(store=tables.store)


def store(posts: Posts, post: Post, *deliveries: Delivery) -> PostChange:
    stands = posts.get(post.workspace, post.id)
    pairs = tuple((None, d) for d in deliveries)
    return posts.commit(PostChange(before=stands, after=post, version=None, deliveries=pairs))


def store_with_deliveries(posts: Posts, name: str, **changes: object) -> PostChange:
    post = a_post(name, **changes)
    own = [
        a_delivery(
            name,
            channel,
            planned_at=post.planned_at,
            workspace=post.workspace,
            status=Status.DRAFT if post.is_draft else Status.SCHEDULED,
        )
        for channel in post.channels
    ]
    return store(posts, post, *own)


@given(POSTS)
@ANYTHING
def test_any_post_comes_back_as_it_was(posts: Posts, post: Post) -> None:
    done = store(posts, post).after
    assert done == replace(post, rev=done.rev, write_token=done.write_token)
    assert posts.get(FIRM, post.id) == done


@given(VERSIONS)
@ANYTHING
def test_any_version_comes_back_as_it_was(posts: Posts, version: PostVersion) -> None:
    head = a_post(version.post)
    before = posts.get(FIRM, version.post)
    if posts.version(FIRM, version.post, version.n) is None:
        posts.commit(PostChange(before=before, after=head, version=version, deliveries=()))
        assert posts.version(FIRM, version.post, version.n) == version
    else:  # the same number was drawn before: what stands is never replaced
        with pytest.raises(Stale):
            posts.commit(PostChange(before=before, after=head, version=version, deliveries=()))


def test_a_version_is_never_replaced(posts: Posts) -> None:
    first = a_version()
    done = posts.commit(PostChange(before=None, after=a_post(), version=first, deliveries=()))
    other = replace(first, content=Content(text="autre chose"))
    with pytest.raises(Stale):
        posts.commit(PostChange(before=done.after, after=done.after, version=other, deliveries=()))
    assert posts.version(FIRM, first.post, 1) == first


def test_the_deliveries_of_a_post_are_its_own(posts: Posts) -> None:
    store_with_deliveries(posts, "post1", channels=(ChannelId("b"), ChannelId("a")))
    store_with_deliveries(posts, "post10")
    found = posts.deliveries(FIRM, PostId("post1"))
    assert [d.id for d in found] == ["post1.a.0", "post1.b.0"]
    assert posts.deliveries(OTHER, PostId("post1")) == []


@pytest.mark.parametrize("odd", ["", "post1#V#1", "post1#", "W", "x" * 3000])
def test_an_id_that_is_none_finds_nothing(posts: Posts, odd: str) -> None:
    posts.commit(PostChange(before=None, after=a_post(), version=a_version(), deliveries=()))
    assert posts.get(FIRM, PostId(odd)) is None
    assert posts.version(FIRM, PostId(odd), 1) is None
    assert posts.deliveries(FIRM, PostId(odd)) == []


# By time.


def names(
    lists: PostLists, days: tuple[int, int], after: str | None = None, limit: int = 50
) -> tuple[list[str], str | None]:
    found = lists.between(FIRM, NOON + days[0] * DAY, NOON + days[1] * DAY, after, limit)
    return [row.post.id for row in found.rows], found.after


def test_a_window_shows_posts_by_time_with_their_deliveries(posts: Posts, lists: PostLists) -> None:
    for n in (3, 0, 2, 1):
        store_with_deliveries(posts, f"post{n}", planned_at=NOON + n * DAY)
    store_with_deliveries(posts, "theirs", workspace=OTHER)
    page = lists.between(FIRM, NOON, NOON + 3 * DAY, None, 50)
    assert [row.post.id for row in page.rows] == ["post0", "post1", "post2"]
    assert [[d.id for d in row.deliveries] for row in page.rows] == [
        ["post0.chan1.0"],
        ["post1.chan1.0"],
        ["post2.chan1.0"],
    ]
    assert page.after is None


def test_the_bounds_of_a_window_hold_to_the_microsecond(
    posts: Posts, lists: PostLists, agenda: Agenda
) -> None:
    micro = timedelta(microseconds=1)
    for name, at in (
        ("a", NOON - micro),
        ("b", NOON),
        ("c", NOON + DAY - micro),
        ("d", NOON + DAY),
    ):
        store_with_deliveries(posts, name, planned_at=at)
    assert names(lists, (0, 1))[0] == ["b", "c"]
    assert [d.post for d in agenda.between(FIRM, NOON, NOON + DAY)] == ["b", "c"]


def test_pages_join_without_gap_or_double(posts: Posts, lists: PostLists) -> None:
    """Several posts at the very same instant, on several channels, as when a week is planned."""
    wanted = []
    for n in range(7):
        channels = tuple(ChannelId(f"chan{c}") for c in range(1 + n % 3))
        at = NOON + (n // 3) * DAY
        store_with_deliveries(posts, f"post{n}", planned_at=at, channels=channels)
        wanted.append(f"post{n}")
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(10):
        found, cursor = names(lists, (-1, 9), cursor, limit=2)
        assert len(found) <= 2
        seen += found
        if cursor is None:
            break
    assert seen == wanted


def test_a_cursor_of_another_firm_shows_nothing_of_it(posts: Posts, lists: PostLists) -> None:
    for n in range(3):
        store_with_deliveries(posts, f"post{n}", workspace=OTHER, planned_at=NOON + n * DAY)
    theirs = lists.between(OTHER, NOON, NOON + 9 * DAY, None, 1).after
    assert theirs
    assert names(lists, (0, 9), theirs) == ([], None)


def test_a_delivery_that_stayed_at_its_time_shows_with_its_post(
    posts: Posts, lists: PostLists, agenda: Agenda
) -> None:
    channels = (ChannelId("chan1"), ChannelId("chan2"))
    done = store_with_deliveries(posts, "post1", channels=channels)
    (_, moves), (_, stays) = done.deliveries
    later = NOON + 2 * DAY
    change = PostChange(
        before=done.after,
        after=replace(done.after, planned_at=later),
        version=None,
        deliveries=((moves, replace(moves, planned_at=later)),),
    )
    posts.commit(change)
    assert names(lists, (0, 1)) == ([], None)
    (row,) = lists.between(FIRM, later, later + DAY, None, 50).rows
    assert [(d.channel, d.planned_at) for d in row.deliveries] == [
        ("chan1", later),
        ("chan2", NOON),
    ]
    assert [d.id for d in agenda.between(FIRM, NOON, NOON + DAY)] == [stays.id]


def test_what_is_deleted_is_in_no_list(posts: Posts, lists: PostLists) -> None:
    done = store_with_deliveries(posts, "post1", is_draft=True)
    gone = replace(done.after, is_deleted=True)
    posts.commit(PostChange(before=done.after, after=gone, version=None, deliveries=()))
    assert names(lists, (-9, 9)) == ([], None)
    assert lists.drafts(FIRM, None, 50).rows == []


def test_a_draft_without_a_time_stands_where_it_was_made(posts: Posts, lists: PostLists) -> None:
    store_with_deliveries(posts, "post1", is_draft=True, planned_at=None)
    assert names(lists, (-1, 0)) == (["post1"], None)


def test_drafts_come_last_changed_first_page_by_page(posts: Posts, lists: PostLists) -> None:
    for n in (2, 0, 1, 4, 3):
        store_with_deliveries(posts, f"post{n}", is_draft=True, updated_at=NOON + n * DAY)
    store_with_deliveries(posts, "scheduled")
    seen: list[str] = []
    cursor: str | None = None
    for _ in range(3):
        page = lists.drafts(FIRM, cursor, 2)
        seen += [row.post.id for row in page.rows]
        assert all(len(row.deliveries) == 1 for row in page.rows)
        cursor = page.after
    assert seen == ["post4", "post3", "post2", "post1", "post0"]
    assert cursor is None


def test_a_channel_that_was_added_again_shows_its_new_delivery(
    posts: Posts, lists: PostLists
) -> None:
    again = replace(a_delivery(), id=DeliveryId("post1.chan1.1"), status=Status.DRAFT)
    cancelled = a_delivery(status=Status.CANCELLED)
    store(posts, a_post(is_draft=True, planned_at=None), cancelled, again)
    (row,) = lists.drafts(FIRM, None, 50).rows
    assert [d.id for d in row.deliveries] == ["post1.chan1.0", "post1.chan1.1"]


# What waits for a person.


def test_what_waits_is_listed_by_time_until_it_is_settled(
    tables: Tables, posts: Posts, agenda: Agenda, lists: PostLists, clock: SettableClock
) -> None:
    waits = [Status.NEEDS_HUMAN, Status.FAILED, Status.BLOCKED_AUTH, Status.AWAITING_APPROVAL]
    for n, status in enumerate([*waits, Status.PUBLISHED, Status.SCHEDULED]):
        planned = NOON - n * DAY
        store(posts, a_post(f"post{n}"), a_delivery(f"post{n}", status=status, planned_at=planned))
    store_with_deliveries(posts, "draft", is_draft=True)
    found = agenda.waiting(FIRM)
    assert [d.post for d in found] == ["post3", "post2", "post1", "post0"]
    rows = lists.waiting(FIRM)
    assert [(row.post.id, row.deliveries) for row in rows] == [(d.post, [d]) for d in found]
    deliveries = Deliveries(store=tables.store, clock=clock)
    deliveries.put(found[0], replace(found[0], status=Status.CANCELLED))
    assert [d.post for d in agenda.waiting(FIRM)] == ["post2", "post1", "post0"]
    assert agenda.waiting(OTHER) == []
    assert lists.waiting(OTHER) == []


def test_of_what_waits_a_list_shows_the_latest(posts: Posts, lists: PostLists) -> None:
    for n in range(10):
        own = [
            a_delivery(f"post{n}", f"chan{c}", status=Status.FAILED, planned_at=NOON + n * DAY)
            for c in range(11)
        ]
        store(posts, a_post(f"post{n}", channels=tuple(d.channel for d in own)), *own)
    rows = lists.waiting(FIRM)
    assert [row.post.id for row in rows] == [f"post{n}" for n in range(10)]
    assert [len(row.deliveries) for row in rows] == [1, *[11] * 9]


def test_each_channel_tells_when_it_was_last_published_on(
    posts: Posts, lists: PostLists, tables: Tables
) -> None:
    for name, day, channel in (("p1", 0, "chan1"), ("p2", 1, "chan1"), ("p3", 2, "chan2")):
        at = NOON + day * DAY
        went = a_delivery(name, channel, planned_at=at, status=Status.PUBLISHED)
        went = replace(went, published_at=at + timedelta(seconds=3))
        store(posts, a_post(name, planned_at=at, channels=(ChannelId(channel),)), went)
    store_with_deliveries(posts, "p4", planned_at=NOON, channels=(ChannelId("chan3"),))
    assert lists.last_published(FIRM, NOON + DAY) == {
        "chan1": NOON + DAY + timedelta(seconds=3),
    }
    assert lists.last_published(FIRM, NOON + 3 * DAY) == {
        "chan1": NOON + DAY + timedelta(seconds=3),
        "chan2": NOON + 2 * DAY + timedelta(seconds=3),
    }
    assert lists.last_published(OTHER, NOON + 3 * DAY) == {}
