"""The firm's own news page: one conditional write, looked up by its key."""

from __future__ import annotations

from dataclasses import replace

import pytest

from chalicelib.networks import site
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Outgoing
from chalicelib.publishing.outcomes import Found, NotThere, OutcomeUnknown
from chalicelib.publishing.posts import Content
from chalicelib.publishing.site import code_of
from tests.contract.stage import (
    KEY,
    MemoryShelf,
    Walk,
    clip,
    http_to,
    outgoing,
    search,
    tools_of,
)
from tests.fakes.clocks import START, SettableClock

URL = "https://relais.example/p/"


@pytest.fixture
def shelf() -> MemoryShelf:
    return MemoryShelf()


@pytest.fixture
def adapter(shelf: MemoryShelf) -> site.Site:
    connection = site.connect({"title": " Boulangerie  Martin "}, http_to(), SettableClock())
    return site.Site(tools_of(connection, http_to(), SettableClock(), shelf=shelf))


def post(text: str = "Bonjour", version: int = 1) -> Outgoing:
    return outgoing(Content(text=text), version=version)


def test_connecting_keeps_the_title_of_the_page(adapter: site.Site) -> None:
    assert adapter.check().name == "Boulangerie Martin"


def test_a_post_stands_on_the_page_and_is_found(adapter: site.Site, shelf: MemoryShelf) -> None:
    assert adapter.find(search(post())) == NotThere()
    published = Walk(adapter).send(post())
    (entry,) = shelf.entries.values()
    assert (entry.uuid, entry.version, entry.published_at) == (KEY.uuid, 1, START)
    assert published.url == f"{URL}{entry.code}"
    assert adapter.find(search(post())) == Found(KEY.uuid, published.url, 1)


def test_a_video_stands_on_the_page_like_pictures(adapter: site.Site, shelf: MemoryShelf) -> None:
    film = outgoing(Content(text=""), video=clip("Le four"))
    assert problems(film.content, site.SPEC.limits, site.SPEC) == []
    Walk(adapter).send(film)
    (entry,) = shelf.entries.values()
    assert [(m.alt, m.is_video) for m in entry.content.media] == [("Le four", True)]


def test_what_few_browsers_play_is_refused() -> None:
    film = outgoing(Content(text=""), video=clip()).content
    mov = replace(film, media=(replace(film.media[0], content_type="video/quicktime"),))
    assert [p.code for p in problems(mov, site.SPEC.limits, site.SPEC)] == ["video_type"]


def test_its_address_is_the_same_at_every_try() -> None:
    assert code_of(KEY.uuid) == code_of(KEY.uuid)
    assert code_of(KEY.uuid) != code_of(KEY.uuid[::-1])
    assert code_of(KEY.uuid).isalnum()


def test_the_same_version_sent_again_changes_nothing(
    adapter: site.Site, shelf: MemoryShelf
) -> None:
    first = Walk(adapter).send(post())
    assert Walk(adapter).send(post()) == first
    assert len(shelf.entries) == 1


def test_another_version_never_overwrites_what_stands(
    adapter: site.Site, shelf: MemoryShelf
) -> None:
    published = Walk(adapter).send(post("Un"))
    with pytest.raises(OutcomeUnknown):
        Walk(adapter).send(post("Deux", version=2))
    looked = adapter.find(search(post("Deux", version=2), post("Un")))
    assert looked == Found(KEY.uuid, published.url, 1)


def test_what_before_send_raises_leaves_the_page_as_it_was(
    adapter: site.Site, shelf: MemoryShelf
) -> None:
    def refuse() -> None:
        raise TimeoutError

    with pytest.raises(TimeoutError):
        adapter.publish(post(), {}, before_send=refuse)
    assert shelf.entries == {}
