"""Channels without an API: the kit that a person pastes, in each network's own limits."""

from __future__ import annotations

from urllib.parse import parse_qs, urlsplit

import pytest

from chalicelib.networks import manual
from chalicelib.networks.advice import Advice
from chalicelib.networks.checking import problems
from chalicelib.networks.composers import CLOSED, COMPOSERS, OPEN
from chalicelib.networks.contract import Connection, FindsOwnPost, Publishes
from chalicelib.publishing.outcomes import Rejected
from chalicelib.publishing.posts import Content
from chalicelib.workspaces.channels import Channel
from tests.contract.stage import CHANNEL, WORKSPACE, clip, http_to, outgoing, tools_of
from tests.fakes.clocks import START, SettableClock

PAGE = "https://www.example.fr/martin"
MEDIA = ["https://media.example/a.jpg"]


def connect(target: str, page: str = PAGE) -> Connection:
    return manual.connect({"target": target, "page": page}, http_to(), SettableClock())


def kit(target: str, content: Content, media: list[str] | None = None) -> manual.Kit:
    return manual.kit(content, media or [], connect(target).settings)


def test_a_manual_channel_sends_and_looks_up_nothing() -> None:
    adapter = manual.Manual(tools_of(connect("instagram"), http_to(), SettableClock()))
    assert not isinstance(adapter, Publishes)
    assert not isinstance(adapter, FindsOwnPost)
    assert adapter.check().url == PAGE


@pytest.mark.parametrize("target", sorted(OPEN))
def test_every_open_network_has_a_kit(target: str) -> None:
    made = kit(target, Content(text="Bonjour à tous", link="https://exemple.fr/m"), MEDIA)
    assert "Bonjour à tous" in made.text
    assert "https://exemple.fr/m" in made.text
    assert made.over_by == 0
    assert urlsplit(made.composer_url).scheme == "https"
    assert "{" not in made.composer_url
    assert made.label["fr"]
    assert connect(target).limits.text == COMPOSERS[target].texts


@pytest.mark.parametrize(
    ("target", "names"),
    [
        ("x", {"text"}),
        ("threads", {"text"}),
        ("linkedin", {"shareActive", "text"}),
        ("bluesky", {"text"}),
        ("facebook", {"u"}),
        ("telegram", {"url", "text"}),
        ("pinterest", {"url", "media", "description"}),
    ],
)
def test_a_composer_is_opened_with_what_it_takes(target: str, names: set[str]) -> None:
    content = Content(text="50 % & été #1", link="https://exemple.fr/a?b=c&d=é")
    query = parse_qs(urlsplit(kit(target, content, MEDIA).composer_url).query)
    assert set(query) == names
    if "text" in names:
        assert query["text"][0].startswith("50 % & été #1")
    assert any(content.link in value[0] for value in query.values() if content.link)


def test_without_a_link_the_page_is_opened_where_the_composer_needs_one() -> None:
    made = kit("facebook", Content(text="Bonjour"))
    assert made.composer_url == PAGE


def test_mastodons_composer_is_the_persons_own_server() -> None:
    made = manual.kit(
        Content(text="Bonjour"), [], {"target": "mastodon", "page": "https://piaille.fr/"}
    )
    assert made.composer_url == "https://piaille.fr/share?text=Bonjour"


def test_a_text_too_long_is_measured_as_the_network_counts() -> None:
    made = kit("x", Content(text="€" * 150))  # each weighs 2 there
    assert made.over_by == 20
    assert kit("threads", Content(text="🥐" * 130)).over_by == 20


def test_every_limit_of_a_network_holds() -> None:
    family = "👨‍👩‍👧‍👦"  # one grapheme of 25 bytes
    assert kit("bluesky", Content(text=family * 120)).over_by == 0
    assert kit("bluesky", Content(text=family * 121)).over_by == 25
    assert kit("bluesky", Content(text="é" * 301)).over_by == 1


def test_a_title_is_a_field_of_its_own_where_the_network_has_one() -> None:
    made = kit("youtube", Content(text="Texte", title=" Titre "))
    assert (made.title, made.text) == ("Titre", "Texte")
    assert kit("instagram", Content(text="Texte", title="Titre")).title == ""


def faults_of_video(
    target: str, *, seconds: int = 12, width: int = 1080, height: int = 1920
) -> list[str]:
    film = clip(width=width, height=height, seconds=seconds)
    content = outgoing(Content(text="Le four"), video=film).content
    return [found.code for found in problems(content, connect(target).limits, manual.SPEC)]


@pytest.mark.parametrize("target", sorted(OPEN))
def test_a_video_is_offered_wherever_the_network_takes_one(target: str) -> None:
    assert faults_of_video(target) == (["no_video"] if target == "foursquare" else [])


@pytest.mark.parametrize(
    ("target", "film", "fault"),
    [
        ("x", {"seconds": 141}, "video_too_long"),
        ("threads", {"seconds": 301}, "video_too_long"),
        ("google_business", {"seconds": 31}, "video_too_long"),
        ("google_business", {"width": 640, "height": 360}, "video_too_small"),
        ("instagram", {"seconds": 2}, "video_too_short"),
        ("pinterest", {"seconds": 3}, "video_too_short"),
    ],
)
def test_a_video_is_measured_by_the_network_aimed_at(
    target: str, film: dict[str, int], fault: str
) -> None:
    assert faults_of_video(target, **film) == [fault]


def test_a_composer_that_shows_a_picture_isnt_opened_with_a_video() -> None:
    channel = Channel(
        workspace=WORKSPACE,
        id=CHANNEL,
        network="manual",
        name="Pinterest",
        settings=connect("pinterest").settings,
        created_at=START,
    )
    advice = Advice(media_url=lambda workspace, sha256: f"https://media.example/{sha256}")
    pinned = outgoing(Content(text="Le four", link="https://exemple.fr/m"), video=clip()).content
    made = advice.kit(channel, pinned, "fr")
    assert made is not None
    assert made.composer_url == PAGE


@pytest.mark.parametrize("target", sorted(CLOSED))
def test_a_closed_network_is_named_as_such(target: str) -> None:
    with pytest.raises(Rejected) as refused:
        connect(target)
    assert refused.value.reason == "closed"
    assert set(CLOSED[target].closed) == {"fr", "en"}


@pytest.mark.parametrize(
    ("target", "page", "reason"),
    [
        ("myspace", PAGE, "target"),
        ("x", "javascript:alert(1)", "page"),
        ("x", "pas une adresse", "page"),
    ],
)
def test_what_was_mistyped_is_named(target: str, page: str, reason: str) -> None:
    with pytest.raises(Rejected) as refused:
        connect(target, page)
    assert refused.value.reason == reason
