"""Senders: what an adapter is given, checked before anything is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from chalicelib.ids import ChannelId, DeliveryId, MemberId, MentionId, PostId, WorkspaceId
from chalicelib.networks import mastodon, registry
from chalicelib.networks.contract import Credentials, Network, Outgoing, Profile, Search, Tools
from chalicelib.networks.senders import NetworkSenders, limits_from_json, limits_to_json
from chalicelib.networks.spec import NetworkSpec, Option, StoryRules
from chalicelib.publishing.deliveries import Delivery, Prepared, ResendClass, Status
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NotThere,
    Part,
    Pending,
    Published,
    Rejected,
)
from chalicelib.publishing.posts import Content, Media, PostVersion, Variant
from chalicelib.publishing.site import code_of
from chalicelib.workspaces.channels import Channel
from tests.contract.stage import KEY, MemoryShelf, Vault, http_to, png
from tests.fakes.clocks import START, SettableClock

WORKSPACE, CHANNEL = WorkspaceId("w1"), ChannelId("c1")
DELIVERY = Delivery(
    workspace=WORKSPACE,
    id=DeliveryId("p1.c1.0"),
    post=PostId("p1"),
    channel=CHANNEL,
    network="recording",
    resend_class=ResendClass.READ_BACK,
    status=Status.CLAIMED,
    planned_at=START,
    latest_at=START + timedelta(hours=2),
    version=1,
    text_hash="h",
    key=KEY,
)


@dataclass(slots=True)
class Recorder:
    """An adapter that keeps what it is given."""

    tools: Tools
    outs: list[Outgoing] = field(default_factory=list)
    searches: list[Search] = field(default_factory=list)

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        self.outs.append(out)
        for picture in out.pictures:
            data, content_type = picture.load()
            yield Part(picture.sha256, f"{content_type} {len(data)}")

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        self.outs.append(out)
        before_send()
        return Published("1")

    def find(self, search: Search) -> Found | NotThere | CantTell:
        self.searches.append(search)
        return NotThere()

    def check(self) -> Profile:
        raise AuthExpired("no")


class Mute:
    """An adapter without abilities."""


@dataclass(slots=True)
class Stage:
    """Senders over an adapter that keeps what it is given."""

    read: list[str] = field(default_factory=list)
    recorder: Recorder | None = None
    adapter: Callable[[Tools], object] | None = None
    shown: list[tuple[bytes, str]] = field(default_factory=list)
    spec: NetworkSpec = mastodon.SPEC

    def image(self, sha256: str) -> bytes:
        self.read.append(sha256)
        return b"broken" if sha256 == "broken" else png(size=(400, 300))

    def show(self, data: bytes, content_type: str) -> str:
        self.shown.append((data, content_type))
        return f"https://relais.example/shown/{len(self.shown)}"

    def part(self, sha256: str, start: int, length: int) -> bytes:
        self.read.append(sha256)
        return b"a video"[start : start + length]

    def address(self, sha256: str) -> str:
        return f"https://relais.example/media/{sha256}"

    def senders(self) -> NetworkSenders:
        def open_recorder(tools: Tools) -> Recorder:
            self.recorder = Recorder(tools)
            return self.recorder

        def vault(_: WorkspaceId, channel: ChannelId) -> Credentials:
            if channel != CHANNEL:
                raise AuthExpired("no secrets")
            return Vault({"token": "t"})

        network = Network(self.spec, self.adapter or open_recorder, mastodon.connect)
        return NetworkSenders(
            http=http_to(),
            clock=SettableClock(),
            shelf=MemoryShelf(),
            public_url="https://relais.example",
            vault=vault,
            media=self,
            apps=dict,
            find_network=lambda _: network,
        )


def channel(**changes: object) -> Channel:
    made = Channel(workspace=WORKSPACE, id=CHANNEL, network="mastodon", name="x", created_at=START)
    return replace(made, **changes)  # type: ignore[arg-type]


def version(content: Content, n: int = 1, variant: Variant | None = None) -> PostVersion:
    return PostVersion(
        workspace=WORKSPACE,
        post=PostId("p1"),
        n=n,
        written_at=START,
        written_by=MemberId("m1"),
        content=content,
        variants={CHANNEL: variant} if variant else {},
    )


def image(sha256: str = "aa", alt: str = "Plat") -> Media:
    return Media(sha256, "image/png", 400, 300, 1000, alt)


def test_an_adapter_is_given_the_channels_own_variant() -> None:
    stage = Stage()
    sender = stage.senders().open(channel())
    post = version(Content(text="Pour tous"), 3, Variant(text="Pour ici"))
    list(sender.prepare(DELIVERY, post, {}))
    assert stage.recorder is not None
    (out,) = stage.recorder.outs
    assert (out.content.text, out.version, out.key) == ("Pour ici", 3, KEY)
    assert stage.recorder.tools.credentials.secret == {"token": "t"}


def test_a_picture_is_read_and_fitted_once_a_walk_to_the_channels_limits() -> None:
    stage = Stage()
    media = replace(mastodon.SPEC.limits.media, max_width=100)
    limits = replace(mastodon.SPEC.limits, media=media)
    sender = stage.senders().open(channel(limits=limits_to_json(limits)))
    post = version(Content(text="Un", media=(image(),)))
    first = list(sender.prepare(DELIVERY, post, {}))
    assert list(sender.prepare(DELIVERY, post, {})) == first
    assert stage.read == ["aa"]
    (part,) = first
    assert isinstance(part, Part)
    assert part.value.startswith("image/")
    assert int(part.value.split()[1]) < len(png(size=(400, 300))) * 10


def test_a_network_fetches_the_very_bytes_that_fit_it() -> None:
    stage = Stage()
    media = replace(mastodon.SPEC.limits.media, types=("image/jpeg",), max_width=100)
    limits = replace(mastodon.SPEC.limits, media=media)
    sender = stage.senders().open(channel(limits=limits_to_json(limits)))
    list(sender.prepare(DELIVERY, version(Content(text="Un", media=(image(),))), {}))
    assert stage.recorder is not None
    (picture,) = stage.recorder.outs[0].pictures
    assert picture.url() == "https://relais.example/shown/1"
    assert stage.shown == [picture.load()]
    assert stage.shown[0][1] == "image/jpeg"
    assert stage.read == ["aa"]


def test_a_storys_picture_is_fitted_to_the_rules_of_stories() -> None:
    limits = mastodon.SPEC.limits
    rules = replace(limits.media, types=("image/jpeg",), max_width=100)
    limits = replace(limits, story=StoryRules(video=None, media=rules))
    stage = Stage(spec=replace(mastodon.SPEC, limits=limits, options=frozenset({Option.STORY})))
    sender = stage.senders().open(channel(limits=limits_to_json(limits)))
    content = Content(text="", media=(image(),))
    for shown in (content, replace(content, is_story=True)):
        list(sender.prepare(DELIVERY, version(shown), {}))
    assert stage.recorder is not None
    kinds = [out.pictures[0].load()[1] for out in stage.recorder.outs]
    assert kinds == ["image/png", "image/jpeg"]


def test_limits_that_were_stored_before_captions_had_their_own_still_hold() -> None:
    stored = limits_to_json(mastodon.SPEC.limits)
    del stored["caption"]
    assert limits_from_json(stored, mastodon.SPEC) == mastodon.SPEC.limits


def test_a_picture_that_cant_be_read_as_one_is_refused() -> None:
    sender = Stage().senders().open(channel())
    post = version(Content(text="Un", media=(image("broken"),)))
    with pytest.raises(Rejected) as refused:
        list(sender.prepare(DELIVERY, post, {}))
    assert refused.value.reason == "media_refused"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (Content(text="é" * 501), "too_long"),
        (Content(text=" "), "empty"),
        (Content(text="Un", link="javascript:x"), "bad_link"),
        (Content(text="Un", media=(image(),) * 5), "too_many_media"),
    ],
)
def test_what_the_network_would_refuse_is_refused_before_any_call(
    content: Content, reason: str
) -> None:
    stage = Stage()
    sender = stage.senders().open(channel())
    with pytest.raises(Rejected) as refused:
        list(sender.prepare(DELIVERY, version(content), {}))
    assert refused.value.reason == reason
    assert stage.recorder is not None
    assert stage.recorder.outs == []
    assert content.text.strip() not in refused.value.detail or not content.text.strip()


def test_publishing_passes_the_last_word_on() -> None:
    called: list[int] = []
    sender = Stage().senders().open(channel())
    published = sender.publish(DELIVERY, version(Content(text="Un")), {}, lambda: called.append(1))
    assert published == Published("1")
    assert called == [1]


WEEK = timedelta(days=7)


@pytest.mark.parametrize(
    ("planned_at", "first_intent_at", "shown"),
    [
        (START + WEEK, None, START + WEEK),
        (START + WEEK, START + WEEK + timedelta(hours=1), START + WEEK + timedelta(hours=1)),
        (START + WEEK, START, START + WEEK),  # refused once, then planned anew
        (None, None, START),
    ],
    ids=["ahead", "late", "again", "unplanned"],
)
def test_the_instant_a_record_shows_is_when_it_goes_out(
    planned_at: datetime | None, first_intent_at: datetime | None, shown: datetime
) -> None:
    stage = Stage()
    sender = stage.senders().open(channel())
    d = replace(DELIVERY, planned_at=planned_at, first_intent_at=first_intent_at)
    sender.publish(d, version(Content(text="Un")), {}, lambda: None)
    assert stage.recorder is not None
    assert stage.recorder.outs[0].key == replace(KEY, created_at=shown)


def test_a_look_is_given_the_window_of_the_attempts_and_every_version() -> None:
    stage = Stage()
    sender = stage.senders().open(channel())
    tried = replace(
        DELIVERY,
        first_intent_at=START,
        last_intent_at=START + timedelta(minutes=10),
        prepared=Prepared(1, {"a": "b"}),
    )
    versions = [version(Content(text="Deux"), 2), version(Content(text="Un"), 1)]
    assert sender.find(tried, versions, lambda _: True) == NotThere()
    assert stage.recorder is not None
    (search,) = stage.recorder.searches
    assert search.since == START - timedelta(seconds=60)
    assert search.until == START + timedelta(minutes=15)
    assert [c.version for c in search.candidates] == [2, 1]
    assert search.parts == {"a": "b"}
    assert search.is_taken("x")


def test_a_delivery_that_was_never_sent_isnt_looked_for() -> None:
    stage = Stage()
    sender = stage.senders().open(channel())
    looked = sender.find(DELIVERY, [version(Content(text="Un"))], lambda _: False)
    assert looked == NotThere(prepared_stands=True)
    assert stage.recorder is not None
    assert stage.recorder.searches == []


def test_a_network_that_cant_be_asked_leaves_it_to_a_person() -> None:
    sender = Stage(adapter=lambda _: Mute()).senders().open(channel())
    post = version(Content(text="Un"))
    tried = replace(DELIVERY, first_intent_at=START, last_intent_at=START)
    assert isinstance(sender.find(tried, [post], lambda _: False), CantTell)
    with pytest.raises(Rejected):
        sender.prepare(DELIVERY, post, {})
    sender.check()  # nothing to check: it doesn't raise


def test_checking_tells_what_the_network_says() -> None:
    with pytest.raises(AuthExpired):
        Stage().senders().open(channel()).check()


def test_a_channel_without_secrets_cant_be_opened() -> None:
    with pytest.raises(AuthExpired):
        Stage().senders().open(channel(id=ChannelId("other")))


def test_what_may_be_parked_is_the_channel_and_its_network() -> None:
    assert Stage().senders().scopes("mastodon", CHANNEL) == ("channel:c1", "network:mastodon")


def test_a_channel_without_limits_of_its_own_has_its_networks() -> None:
    stage = Stage()
    stage.senders().open(channel())
    assert stage.recorder is not None
    assert stage.recorder.tools.limits == mastodon.SPEC.limits


def test_the_registry_is_where_networks_are_found() -> None:
    senders = replace(Stage().senders(), find_network=registry.network)
    sender = senders.open(channel(network="site", settings={"title": "Martin"}))
    assert sender.publish(DELIVERY, version(Content(text="Un")), {}, lambda: None).url == (
        f"https://relais.example/p/{code_of(KEY.uuid)}"
    )


REFS = {"id": "7", "mention": "@zoe@exemple.social", "visibility": "public"}


def test_an_answer_says_what_it_answers() -> None:
    stage = Stage()
    sender = stage.senders().open(channel())
    list(sender.prepare(DELIVERY, version(Content(text="Merci", answers=REFS)), {}))
    assert stage.recorder is not None
    (out,) = stage.recorder.outs
    assert out.answers == REFS


def test_an_answer_to_nobody_knows_what_isnt_made_a_post_of_its_own() -> None:
    stage = Stage()
    answer = replace(DELIVERY, answers=MentionId("m1"))
    sender = stage.senders().open(channel())
    with pytest.raises(Rejected) as refused:
        list(sender.prepare(answer, version(Content(text="Merci")), {}))
    assert refused.value.reason == "not_answerable"


def test_an_answer_is_never_made_a_post_of_its_own_where_nothing_can_be_answered() -> None:
    stage = Stage()
    senders = stage.senders()
    found = senders.find_network("mastodon")
    deaf = replace(found, spec=replace(found.spec, answers=None))
    sender = replace(senders, find_network=lambda _: deaf).open(channel())
    with pytest.raises(Rejected) as refused:
        list(sender.prepare(DELIVERY, version(Content(text="Merci", answers=REFS)), {}))
    assert refused.value.reason == "not_answerable"
    assert stage.recorder is not None
    assert stage.recorder.outs == []
