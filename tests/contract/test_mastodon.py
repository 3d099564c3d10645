"""Mastodon's adapter against an instance that holds the documented rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from chalicelib.networks import mastodon
from chalicelib.networks.checking import problems
from chalicelib.networks.contract import Connection
from chalicelib.networks.counting import Unit
from chalicelib.networks.fediverse import limits_of, software_of
from chalicelib.networks.http import Http
from chalicelib.networks.spec import VideoRules
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Pending,
    RateLimited,
    Rejected,
    Transient,
)
from chalicelib.publishing.posts import Content, Visibility
from tests.contract.openapi import body_problems, query_problems, require_mastodon_openapi
from tests.contract.stage import (
    KEY,
    TEXT,
    Walk,
    clip,
    http_to,
    outgoing,
    picture,
    search,
    tools_of,
)
from tests.fakes.clocks import START, SettableClock
from tests.fakes.fake_mastodon import FakeMastodon
from tests.fakes.serving import Said, Served, said, serving
from tests.servers.process import free_port

POST = r"^/api/v1/statuses$"


@dataclass(slots=True)
class Stage:
    """An account, its instance and its adapter."""

    fake: FakeMastodon
    served: Served
    http: Http
    clock: SettableClock
    connection: Connection
    walk: Walk
    adapter: mastodon.Mastodon

    def connect(self, token: str | None = None) -> Connection:
        fields = {"instance": self.fake.base_url, "token": token or self.fake.token}
        return mastodon.connect(fields, self.http, self.clock)


@pytest.fixture
def stage() -> Iterator[Stage]:
    clock = SettableClock()
    fake = FakeMastodon(clock.now)
    with serving(fake) as served:
        fake.base_url = served.base_url
        http = http_to(served.base_url)
        fields = {"instance": served.base_url, "token": fake.token}
        connection = mastodon.connect(fields, http, clock)
        adapter = mastodon.Mastodon(tools_of(connection, http, clock))
        yield Stage(fake, served, http, clock, connection, Walk(adapter), adapter)


# Connecting.


def test_connecting_reads_who_we_are_and_what_the_instance_takes(stage: Stage) -> None:
    stage.fake.max_characters = 1234
    made = stage.connect()
    assert made.profile.name == "Martin"
    assert made.profile.handle == f"@boulangerie@{stage.fake.base_url.removeprefix('http://')}"
    assert made.settings["software"] == "mastodon"
    (limit,) = made.limits.text
    assert (limit.unit, limit.maximum, limit.url_length) == (Unit.MASTODON, 1234, 23)
    assert made.limits.media.types == ("image/jpeg", "image/png", "image/webp")


def test_an_instance_without_v2_is_read_by_v1(stage: Stage) -> None:
    stage.fake.knows_v2 = False
    assert stage.connect().limits.text[0].maximum == 500


def test_a_wrong_token_needs_a_person(stage: Stage) -> None:
    with pytest.raises(AuthExpired):
        stage.connect("wrong")


def test_plain_http_to_a_public_host_is_refused(stage: Stage) -> None:
    fields = {"instance": "http://exemple.fr", "token": "x"}
    with pytest.raises(Rejected) as refused:
        mastodon.connect(fields, stage.http, stage.clock)
    assert refused.value.reason == "instance"


@pytest.mark.parametrize(
    ("about", "software"),
    [
        ({"version": "4.5.2", "source_url": "https://github.com/mastodon/mastodon"}, "mastodon"),
        ({"version": "4.4.1+glitch", "source_url": "https://github.com/glitch-soc/mastodon"}, None),
        ({"version": "2.7.2 (compatible; Pleroma 2.9.1)"}, "other"),
        ({"version": "0.19.1+git", "source_url": "https://codeberg.org/x/gotosocial"}, "other"),
        ({"version": "4.0.0 (compatible; Akkoma 3)", "source_url": "https://a/mastodon"}, "other"),
        ({}, "other"),
    ],
)
def test_only_mastodon_itself_is_taken_for_it(about: dict[str, str], software: str | None) -> None:
    assert software_of(about) == (software or "mastodon")


def test_limits_that_arent_said_are_the_usual_ones() -> None:
    usual = mastodon.SPEC.limits
    assert limits_of({}, usual) == usual
    odd = {"configuration": {"statuses": {"max_characters": "many"}, "media_attachments": {}}}
    assert limits_of(odd, usual).text == usual.text
    assert limits_of({"max_toot_chars": 5000}, usual).text[0].maximum == 5000


@pytest.mark.parametrize("odd", ["500", "", None, True, 500.5, 0, -1, 10**40, [], {}, ["500"]])
def test_a_limit_that_makes_no_sense_is_the_usual_one(odd: object) -> None:
    usual = mastodon.SPEC.limits
    names = ("max_characters", "characters_reserved_per_url", "max_media_attachments")
    sizes = ("image_size_limit", "image_matrix_limit", "video_size_limit", "description_limit")
    about = {
        "max_toot_chars": odd,
        "configuration": {
            "statuses": dict.fromkeys(names, odd),
            "media_attachments": {**dict.fromkeys(sizes, odd), "supported_mime_types": odd},
        },
    }
    assert limits_of(about, usual) == usual


@pytest.mark.parametrize("odd", ["no", 7, True, None, ["statuses"], [["max_characters", 9]]])
@pytest.mark.parametrize("where", ["configuration", "statuses", "media_attachments"])
def test_limits_in_another_shape_are_the_usual_ones(odd: object, where: str) -> None:
    usual = mastodon.SPEC.limits
    about = {"configuration": odd if where == "configuration" else {where: odd}}
    assert limits_of(about, usual) == usual


@pytest.mark.parametrize(
    ("listed", "taken"),
    [
        (["image/png", 7, None, {"image/jpeg": 1}], ("image/png",)),
        ("image/jpeg, image/png", mastodon.SPEC.limits.media.types),
        (["video/mp4"], mastodon.SPEC.limits.media.types),
    ],
)
def test_only_a_list_of_types_is_believed(listed: object, taken: tuple[str, ...]) -> None:
    about = {"configuration": {"media_attachments": {"supported_mime_types": listed}}}
    assert limits_of(about, mastodon.SPEC.limits).media.types == taken


def video_rules(**said: object) -> VideoRules | None:
    about = {"configuration": {"media_attachments": said}}
    return limits_of(about, mastodon.SPEC.limits).video


def test_what_an_instance_takes_of_videos_is_its_own() -> None:
    usual = mastodon.SPEC.limits.video
    assert usual is not None
    both = ["image/png", "video/quicktime", "video/mp4"]
    less = video_rules(
        supported_mime_types=both, video_size_limit=41_943_040, description_limit=420
    )
    assert less == replace(usual, max_bytes=41_943_040, max_alt=420)
    more = video_rules(supported_mime_types=["image/png", "video/mp4"], video_size_limit=10**9)
    assert more == replace(usual, types=("video/mp4",))
    assert video_rules(supported_mime_types=["image/png", "image/jpeg"]) is None
    assert video_rules(supported_mime_types=["image/x-odd"]) == usual


# Publishing.


def test_a_post_goes_out_whole_and_is_found_again(stage: Stage) -> None:
    out = outgoing(
        Content(text=TEXT, content_warning="Miam", visibility=Visibility.UNLISTED),
        picture("Un croissant doré"),
        picture("La vitrine", "red"),
    )
    published = stage.walk.send(out)
    (status,) = stage.fake.statuses
    assert (status["spoiler_text"], status["sensitive"]) == ("Miam", True)
    assert (status["visibility"], status["language"]) == ("unlisted", "fr")
    alts = [m["description"] for m in status["media_attachments"]]
    assert alts == ["Un croissant doré", "La vitrine"]
    assert (published.remote_id, published.url) == (status["id"], status["url"])
    assert stage.walk.calls == 1
    (asked,) = stage.served.seen("POST", POST)
    assert asked.headers["idempotency-key"] == KEY.uuid
    assert stage.adapter.find(search(out)) == Found(status["id"], status["url"], 1)


def test_a_link_apart_joins_the_text_unless_it_is_there(stage: Stage) -> None:
    link = "https://exemple.fr/m"
    for text in ("Le menu", f"Le menu : {link}"):
        stage.walk.send(outgoing(Content(text=text, link=link), key=replace(KEY, uuid=text[:9])))
    sent = [json.loads(a.body)["status"] for a in stage.served.seen("POST", POST)]
    assert sent == [f"Le menu\n\n{link}", f"Le menu : {link}"]


def test_a_medium_that_is_processed_is_waited_for(stage: Stage) -> None:
    stage.fake.processing = 2
    out = outgoing(Content(text="Un"), picture("Plat"))
    assert isinstance(stage.walk.prepare(out), Pending)
    assert isinstance(stage.walk.prepare(out), Pending)
    assert stage.walk.prepare(out) is None
    assert len(stage.served.seen("POST", "/api/v2/media")) == 1
    stage.walk.publish(out)
    assert len(stage.fake.statuses[0]["media_attachments"]) == 1


def test_media_that_stand_arent_uploaded_again_and_old_ones_are(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), picture("Plat"))
    stage.walk.prepare(out)
    stage.walk.prepare(out)
    assert len(stage.fake.media) == 1
    stage.fake.media.clear()  # as the instance does after a day
    stage.clock.advance(timedelta(hours=7))
    stage.walk.send(out)
    assert len(stage.fake.statuses[0]["media_attachments"]) == 1


def test_a_medium_that_is_gone_while_processed_is_uploaded_again(stage: Stage) -> None:
    stage.fake.processing = 1
    out = outgoing(Content(text="Un"), picture("Plat"))
    stage.walk.prepare(out)
    stage.fake.media.clear()
    stage.fake.processing = 0
    assert stage.walk.prepare(out) is None


def test_a_medium_is_looked_at_less_and_less_often_while_it_is_processed(stage: Stage) -> None:
    stage.fake.processing = 1_000_000
    out = outgoing(Content(text="Un"), picture("Plat"))
    looks = 0
    while stage.clock.now() < START + timedelta(minutes=29):
        pending = stage.walk.prepare(out)
        assert isinstance(pending, Pending)
        looks += 1
        stage.clock.advance(pending.look_again_in)
    assert looks < 20
    assert len(stage.served.seen("POST", "/api/v2/media")) == 1


def test_a_medium_that_is_stuck_in_processing_is_uploaded_anew(stage: Stage) -> None:
    stage.fake.processing = 1_000_000
    out = outgoing(Content(text="Un"), picture("Plat"))
    stage.walk.prepare(out)
    stage.fake.processing = 0
    stage.clock.advance(timedelta(minutes=31))
    assert stage.walk.prepare(out) is None
    stage.walk.publish(out)
    assert len(stage.fake.statuses[0]["media_attachments"]) == 1


def test_media_that_an_earlier_attempt_may_have_used_are_doubt_not_a_refusal(stage: Stage) -> None:
    out = outgoing(Content(text="Un"), picture("Plat"))
    stage.fake.honours_keys = False
    published = stage.walk.send(out)
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)


def test_a_status_that_lost_its_picture_on_the_way_isnt_said_to_be_published(stage: Stage) -> None:
    stage.fake.refuses_lost_media = False
    out = outgoing(Content(text="Un pain de seigle"), picture("Plat"))
    stage.walk.prepare(out)
    stage.fake.media.clear()
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(out)
    assert isinstance(stage.adapter.find(search(out)), CantTell)


def test_a_text_too_long_is_told_as_such(stage: Stage) -> None:
    with pytest.raises(Rejected) as refused:
        stage.walk.send(outgoing(Content(text="é" * 501)))
    assert refused.value.reason == "too_long"


def test_a_token_without_the_right_to_write_needs_a_person(stage: Stage) -> None:
    stage.fake.scopes = frozenset({"read"})
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))


def test_the_reset_of_a_limit_is_the_instances_own(stage: Stage) -> None:
    stage.fake.posts_left = 0
    with pytest.raises(RateLimited) as limited:
        stage.walk.send(outgoing(Content(text="Un")))
    assert limited.value.reset_at == START + timedelta(minutes=12)
    assert limited.value.scope == "channel"


def test_an_earlier_version_given_back_by_its_key_is_doubt_not_success(stage: Stage) -> None:
    first, second = outgoing(Content(text="Un pain")), outgoing(Content(text="Deux"), version=2)
    published = stage.walk.send(first)
    stage.clock.advance(timedelta(minutes=3))
    with pytest.raises(OutcomeUnknown):
        stage.walk.send(second)
    looked = stage.adapter.find(search(second, first))
    assert looked == Found(published.remote_id, published.url, 1)
    assert len(stage.fake.statuses) == 1


def test_the_same_version_given_back_by_its_key_is_published(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    published = stage.walk.send(out)
    stage.clock.advance(timedelta(minutes=3))
    assert stage.walk.send(out) == published


@pytest.mark.parametrize(
    ("answer", "error"),
    [
        (said(401, {"error": "once, then fine"}), Transient),
        (Said(401, b"", {}), Transient),
        (said(403, {"error": "This action is outside the authorized scopes"}), AuthExpired),
        (said(403, {"error": "Your login is currently disabled"}), AuthExpired),
        (said(403, {"error": "This action is not allowed"}), Rejected),
        (said(404, {"error": "Record not found"}), Rejected),
        (said(422, {"error": "Validation failed: Text can't be blank"}), Rejected),
        (said(422, {"error": "Cannot attach files that have not finished processing."}), Transient),
        (said(400, {"error": "strange"}), OutcomeUnknown),
        (said(409, {"error": "strange"}), OutcomeUnknown),
        (said(429, {"error": "Too many requests"}), RateLimited),
        (said(500, {"error": "oops"}), OutcomeUnknown),
        (said(503, {"error": "Remote data could not be fetched"}), OutcomeUnknown),
        (Said(403, b"<html>firewall</html>", {"Content-Type": "text/html"}), OutcomeUnknown),
        (Said(302, b"", {"Location": "https://exemple.fr/auth/sign_in"}), OutcomeUnknown),
        (Said(200, b"<html>Bienvenue</html>", {"Content-Type": "text/html"}), OutcomeUnknown),
        (Said(200, b'{"id": "12', {"Content-Type": "application/json"}), OutcomeUnknown),
        (said(200, {"ok": True}), OutcomeUnknown),
        (said(200, {"id": None}), OutcomeUnknown),
    ],
)
def test_an_answer_to_the_call_means_what_is_documented(
    stage: Stage, answer: Said, error: type[Exception]
) -> None:
    out = outgoing(Content(text="Un"))
    stage.served.answer_next("POST", POST, answer)
    with pytest.raises(error) as raised:
        stage.walk.send(out)
    assert type(raised.value) is error


FILM = outgoing(Content(text="Au fournil"), video=clip("Le four à pain"))


def test_a_video_is_uploaded_waited_for_published_and_found_again(stage: Stage) -> None:
    assert problems(FILM.content, stage.connection.limits, mastodon.SPEC) == []
    stage.fake.processing = 2
    assert isinstance(stage.walk.prepare(FILM), Pending)
    assert isinstance(stage.walk.prepare(FILM), Pending)
    published = stage.walk.send(FILM)
    (status,) = stage.fake.statuses
    (medium,) = status["media_attachments"]
    assert (medium["type"], medium["description"]) == ("video", "Le four à pain")
    (asked,) = stage.served.seen("POST", "/api/v2/media")
    (_, files) = asked.form()
    assert FILM.video is not None
    assert files["file"].data == FILM.video.read(0, FILM.video.size)
    assert files["file"].filename == f"{FILM.video.sha256[:16]}.mp4"
    assert stage.adapter.find(search(FILM)) == Found(published.remote_id, published.url, 1)
    other = outgoing(Content(text="Au fournil"))
    assert isinstance(stage.adapter.find(search(other)), CantTell)


def test_a_video_alone_is_a_post(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text=""), video=clip()))
    (medium,) = stage.fake.statuses[0]["media_attachments"]
    assert (medium["type"], medium["description"]) == ("video", None)


def test_a_video_that_stands_isnt_uploaded_again(stage: Stage) -> None:
    stage.fake.processing = 1
    assert isinstance(stage.walk.prepare(FILM), Pending)
    resumed = Walk(stage.adapter, parts=dict(stage.walk.parts))
    resumed.send(FILM)
    assert len(stage.served.seen("POST", "/api/v2/media")) == 1


def test_an_upload_whose_answer_was_lost_harms_nothing(stage: Stage) -> None:
    stage.served.answer_next("POST", "/api/v2/media", Said(502, b"", {}))
    with pytest.raises(Transient):
        stage.walk.prepare(FILM)
    stage.walk.send(FILM)
    assert len(stage.fake.statuses[0]["media_attachments"]) == 1


def test_media_go_the_old_way_to_a_server_that_knows_no_other(stage: Stage) -> None:
    stage.fake.knows_v2_media, stage.fake.processing = False, 3
    stage.walk.send(FILM)
    pictured = outgoing(Content(text="Un"), picture("Plat"), key=replace(KEY, uuid="other"))
    Walk(stage.adapter).send(pictured)
    assert [len(s["media_attachments"]) for s in stage.fake.statuses] == [1, 1]
    assert len(stage.served.seen("POST", "/api/v1/media")) == 2


def test_a_video_may_be_processed_for_longer_than_a_picture(stage: Stage) -> None:
    stage.fake.processing = 1_000
    stage.walk.prepare(FILM)
    stage.clock.advance(timedelta(minutes=90))
    assert isinstance(stage.walk.prepare(FILM), Pending)
    stage.clock.advance(timedelta(minutes=31))
    stage.fake.processing = 0
    assert stage.walk.prepare(FILM) is None
    assert len(stage.served.seen("POST", "/api/v2/media")) == 2


def test_a_video_that_cannot_be_processed_needs_a_person(stage: Stage) -> None:
    stage.fake.processing, stage.fake.cant_process = 1, True
    stage.walk.prepare(FILM)
    with pytest.raises(Rejected) as refused:
        stage.walk.prepare(FILM)
    assert refused.value.reason == "video_failed"
    assert stage.fake.statuses == []


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (said(422, {"error": "Validation failed: File size is too big"}), Rejected, "video_failed"),
        (
            said(422, {"error": "Validation failed: 9000x16 videos are not supported"}),
            Rejected,
            "video_failed",
        ),
        (said(413, {"error": "Payload too large"}), Rejected, "video_failed"),
        (Said(413, b"<html>too large</html>", {}), Transient, ""),
        (said(403, {"error": "This action is outside the scopes"}), AuthExpired, ""),
        (said(429, {"error": "Too many requests"}), RateLimited, ""),
        (said(503, {"error": "busy"}), Transient, ""),
    ],
)
def test_a_refused_video_is_told_as_such(
    stage: Stage, answer: Said, error: type[Exception], reason: str
) -> None:
    stage.served.answer_next("POST", "/api/v2/media", answer)
    with pytest.raises(error) as raised:
        stage.walk.prepare(FILM)
    assert getattr(raised.value, "reason", "") == reason


def test_a_lost_answer_to_the_post_of_a_video_is_doubt_then_found(stage: Stage) -> None:
    stage.walk.prepare(FILM)
    stage.walk.publish(FILM)
    stage.served.answer_next("POST", POST, Said(502, b"", {}))
    with pytest.raises(OutcomeUnknown):
        stage.walk.publish(FILM)
    assert isinstance(stage.adapter.find(search(FILM)), Found)
    assert len(stage.fake.statuses) == 1


@pytest.mark.parametrize(
    ("answer", "error", "reason"),
    [
        (
            said(422, {"error": "Validation failed: File type is invalid"}),
            Rejected,
            "media_refused",
        ),
        (Said(413, b"<html>too large</html>", {}), Transient, ""),
        (said(500, {"error": "Error processing thumbnail"}), Transient, ""),
        (Said(200, b"<html></html>", {}), Transient, ""),
    ],
)
def test_a_failed_upload_proves_that_nothing_is_public(
    stage: Stage, answer: Said, error: type[Exception], reason: str
) -> None:
    stage.served.answer_next("POST", "/api/v2/media", answer)
    with pytest.raises(error) as raised:
        stage.walk.prepare(outgoing(Content(text="Un"), picture("Plat")))
    assert getattr(raised.value, "reason", "") == reason


def test_a_token_that_was_revoked_before_the_call_needs_a_person(stage: Stage) -> None:
    stage.fake.token = "another"
    with pytest.raises(AuthExpired):
        stage.walk.send(outgoing(Content(text="Un")))
    assert stage.fake.statuses == []


# Looking.


def filled(stage: Stage, texts: int, *, every: timedelta) -> None:
    """Let other posts of the account follow the one looked for."""
    for n in range(texts):
        stage.clock.advance(every)
        key = replace(KEY, uuid=f"other-{n}")
        stage.walk.send(outgoing(Content(text=f"Tout autre chose numéro {n}"), key=key))


def test_a_post_is_found_pages_back(stage: Stage) -> None:
    stage.fake.posts_left = 1000
    out = outgoing(Content(text=TEXT))
    published = stage.walk.send(out)
    filled(stage, 90, every=timedelta(seconds=1))
    assert stage.adapter.find(search(out)) == Found(published.remote_id, published.url, 1)
    pages = stage.served.seen("GET", "/statuses$")
    assert [p.query.get("limit") for p in pages] == ["40"] * len(pages)
    assert len(pages) > 2


def test_absence_needs_the_listing_back_to_before_the_attempt(stage: Stage) -> None:
    stage.fake.posts_left = 1000
    out = outgoing(Content(text=TEXT))
    filled(stage, 250, every=timedelta(milliseconds=100))
    assert isinstance(stage.adapter.find(search(out)), CantTell)
    later = search(out, since=stage.clock.now() - timedelta(seconds=1))
    assert stage.adapter.find(later) == NotThere()


def test_an_empty_account_has_nothing(stage: Stage) -> None:
    assert stage.adapter.find(search(outgoing(Content(text="Un")))) == NotThere()


def test_a_listing_that_lags_shows_it_at_the_second_look(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    stage.walk.send(out)
    stage.fake.hides_newest = 1
    assert stage.adapter.find(search(out)) == NotThere()
    stage.fake.hides_newest = 0
    assert isinstance(stage.adapter.find(search(out)), Found)


def test_a_post_outside_the_attempts_window_isnt_ours(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    stage.walk.send(out)
    late = search(out, since=START + timedelta(minutes=1), until=START + timedelta(minutes=9))
    early = search(out, since=START - timedelta(minutes=9), until=START - timedelta(minutes=1))
    assert stage.adapter.find(late) == NotThere()
    assert stage.adapter.find(early) == NotThere()


def test_a_post_that_another_delivery_holds_isnt_ours(stage: Stage) -> None:
    out = outgoing(Content(text=TEXT))
    published = stage.walk.send(out)
    assert stage.adapter.find(search(out, taken=[published.remote_id])) == NotThere()


def test_the_version_that_is_live_is_told(stage: Stage) -> None:
    first, second = outgoing(Content(text="Un")), outgoing(Content(text="Deux"), version=2)
    stage.walk.send(first)
    looked = stage.adapter.find(search(second, first))
    assert isinstance(looked, Found)
    assert looked.version == 1


def test_another_warning_or_another_picture_is_another_post(stage: Stage) -> None:
    stage.walk.send(outgoing(Content(text="Un", content_warning="Miam")))
    other = outgoing(Content(text="Un"))
    pictured = outgoing(Content(text="Un", content_warning="Miam"), picture("Plat"))
    # So near that it may be ours, altered: a person must say.
    assert isinstance(stage.adapter.find(search(other)), CantTell)
    assert isinstance(stage.adapter.find(search(pictured)), CantTell)


def test_a_text_altered_beyond_recognition_of_ours_is_for_a_person_to_judge(stage: Stage) -> None:
    out = outgoing(Content(text="Ouvert demain de 6 h 30 à 13 h, venez nombreux !"))
    stage.walk.send(out)
    stage.fake.statuses[0]["content"] = (
        "<p>Ouvert demain de 6 h 30 à 13 h [coupé par la modération]</p>"
    )
    assert isinstance(stage.adapter.find(search(out)), CantTell)


@pytest.mark.parametrize(
    "text",
    [
        "Merci @amie@exemple.social et @ici !",
        "Voir https://exemple.fr/un/chemin/vraiment/tres/long?avec=des&parametres=accentués-é",
        "#Boulangerie #été2026 & <b>pas de html</b> « guillemets » l’apostrophe",
        "Ligne une\nligne deux\n\n\nparagraphe   espacé",
        "👩‍🍳🥐 1️⃣ ❤️ 🇫🇷",
        "Écrit en de\u0301compose\u0301",
    ],
)
def test_a_text_is_recognised_in_what_mastodon_makes_of_it(stage: Stage, text: str) -> None:
    out = outgoing(Content(text=text))
    stage.walk.send(out)
    assert isinstance(stage.adapter.find(search(out)), Found)


@pytest.mark.parametrize("status", [500, 502])
def test_a_look_that_fails_proves_nothing(stage: Stage, status: int) -> None:
    stage.served.answer_next("GET", "/statuses$", Said(status, b"", {}))
    with pytest.raises(Transient):
        stage.adapter.find(search(outgoing(Content(text="Un"))))


def test_a_look_without_a_valid_token_is_told(stage: Stage) -> None:
    stage.fake.token = "another"
    with pytest.raises(AuthExpired):
        stage.adapter.find(search(outgoing(Content(text="Un"))))


def test_a_listing_that_is_html_proves_nothing(stage: Stage) -> None:
    stage.served.answer_next("GET", "/statuses$", Said(200, b"<html>", {}))
    with pytest.raises(Transient):
        stage.adapter.find(search(outgoing(Content(text="Un"))))


def test_an_instance_that_is_down_was_surely_not_reached(stage: Stage) -> None:
    down = f"http://localhost:{free_port()}"
    tools = tools_of(stage.connection, http_to(down), stage.clock, settings={"instance": down})
    walk = Walk(mastodon.Mastodon(tools))
    with pytest.raises(Transient):
        walk.send(outgoing(Content(text="Un")))
    assert walk.calls == 0


def test_checking_changes_nothing(stage: Stage) -> None:
    assert stage.adapter.check().remote_id.startswith("1@")
    assert stage.served.seen("POST") == []


def test_every_request_holds_the_published_description(stage: Stage) -> None:
    document = require_mastodon_openapi()
    stage.walk.send(outgoing(Content(text=TEXT, content_warning="Miam"), picture("Plat")))
    stage.walk.parts.clear()
    stage.walk.send(outgoing(Content(text="Un"), key=replace(KEY, uuid="other")))
    Walk(stage.adapter).send(replace(FILM, key=replace(KEY, uuid="film")))
    stage.adapter.find(search(outgoing(Content(text="Un"))))
    for asked in stage.served.seen("POST", POST):
        assert body_problems(document, "/api/v1/statuses", asked.json()) == []
    for asked in stage.served.seen("POST", "/api/v2/media"):
        fields, files = asked.form()
        body = {**fields, **dict.fromkeys(files, "bytes")}
        assert body_problems(document, "/api/v2/media", body, "multipart/form-data") == []
    for asked in stage.served.seen("GET", "/statuses$"):
        path = "/api/v1/accounts/{id}/statuses"
        assert query_problems(document, path, dict(asked.query)) == []
