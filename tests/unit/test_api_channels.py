"""Channels, deliveries, images and the day over the API."""

from __future__ import annotations

import io
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image

from chalicelib.ids import ChannelId, PostId, delivery_id
from chalicelib.publishing.deliveries import Attempt, Delivery, Result, Status, Why
from chalicelib.publishing.outcomes import AuthExpired, Rejected, Transient
from chalicelib.workspaces.accounts import Quota
from chalicelib.workspaces.channels import ChannelStatus
from chalicelib.workspaces.ports import Kept
from tests.fakes.api_world import BAKERY, FLORIST, ApiWorld, Client, browser, post_id, serving

FIRM = "/v1/workspaces/bakery"
INSTAGRAM = {"network": "instagram", "label": "Instagram"}


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


@pytest.fixture
def boss(world: ApiWorld) -> Client:
    return browser(world, "approver")


def connect(client: Client, handle: str = "martin", **more: Any) -> Any:
    """Connect a channel of that handle."""
    fields = {"handle": handle, "password": "s3cret"}
    return client.post(f"{FIRM}/channels", {"network": "mastodon", "fields": fields, **more})


def set_delivery(world: ApiWorld, post: PostId, channel: str, **changes: Any) -> Delivery:
    """Put a delivery of a post into a state."""
    stands = world.store.stands(delivery_id(post, ChannelId(channel)))
    return world.store.write(replace(stands, **changes), rev=stands.rev + 1)


def test_a_channel_is_connected_and_its_secret_shown_nowhere(world: ApiWorld, boss: Client) -> None:
    answer = connect(boss)
    assert answer.status == 201, answer.text
    said = answer.json
    assert (said["status"], said["handle"], said["network_label"]) == (
        "connected",
        "martin",
        "Mastodon",
    )
    assert said["limits"]["text"][0]["max"] == 500
    assert "s3cret" not in answer.text + boss.get(f"{FIRM}/channels").text
    assert world.vault.secrets[BAKERY, ChannelId(said["id"])] == {"password": "s3cret"}


@pytest.mark.parametrize(
    ("body", "faults"),
    [
        (
            {"network": "mastodon", "fields": {"handle": " "}},
            {"/fields/handle": "missing", "/fields/password": "missing"},
        ),
        (
            {"network": "bluesky", "fields": {"handle": "a", "password": "b", "pin": "1"}},
            {"/fields/pin": "unknown-field"},
        ),
        ({"network": "myspace", "fields": {}}, {"/network": "unknown-network"}),
        ({"network": "closed", "fields": {}}, {"/network": "closed-network"}),
        ({"network": "viadeo", "fields": {}}, {"/network": "closed-network"}),
    ],
    ids=str,
)
def test_what_cannot_be_connected_is_told(
    world: ApiWorld, boss: Client, body: Any, faults: dict[str, str]
) -> None:
    before = dict(world.vault.secrets)
    answer = boss.post(f"{FIRM}/channels", body)
    assert (answer.slug, answer.faults) == ("invalid", faults)
    if body["network"] == "viadeo":
        assert "LinkedIn" in answer.json["errors"][0]["message"]
    assert world.vault.secrets == before


@pytest.mark.parametrize(
    ("error", "status", "slug", "pointer"),
    [
        (Rejected("no such handle", "handle"), 422, "connect-refused", "/fields/handle"),
        (Rejected("no", "forbidden"), 422, "connect-refused", "/fields"),
        (AuthExpired("401"), 422, "connect-refused", "/fields"),
        (Transient("refused"), 503, "network-away", None),
    ],
    ids=str,
)
def test_a_networks_refusal_is_told_and_nothing_kept(
    world: ApiWorld,
    boss: Client,
    error: Any,
    status: int,
    slug: str,
    pointer: str | None,
) -> None:
    before = dict(world.store.channel_items)
    world.doors.fails = error
    answer = connect(boss)
    assert (answer.status, answer.slug) == (status, slug)
    assert list(answer.faults) == ([pointer] if pointer else [])
    assert world.store.channel_items == before


def test_a_refused_field_says_what_belongs_there(world: ApiWorld, boss: Client) -> None:
    world.doors.fails = Rejected("no such handle", "handle")
    said = connect(boss).json["errors"][0]
    assert (said["code"], said["pointer"]) == ("field-refused", "/fields/handle")
    assert "martin.bsky.social" in said["message"]
    world.doors.fails = Rejected("no", "password")
    assert connect(boss).json["errors"][0]["message"].startswith("Le réseau n’accepte pas")


def test_the_same_account_twice_is_refused(world: ApiWorld, boss: Client) -> None:
    connect(boss)
    again = connect(boss)
    assert (again.slug, again.faults) == ("connect-refused", {"/fields": "already-connected"})
    assert "Martin" in again.json["errors"][0]["message"]


def test_connecting_twice_with_one_key_connects_once(world: ApiWorld, boss: Client) -> None:
    keyed = boss.with_headers(idempotency_key="once")
    assert connect(keyed).json["id"] == connect(keyed).json["id"]
    world.repeats.rows.clear()  # its record is gone: the id still is the same
    assert connect(keyed).status == 201
    assert len([c for c in world.store.channel_items.values() if c.handle == "martin"]) == 1


def test_a_channel_is_paused_resumed_and_renamed(world: ApiWorld, boss: Client) -> None:
    until = {"local": "2026-11-27T08:00", "zone": "Europe/Paris"}
    paused = boss.post(f"{FIRM}/channels/masto/pause", {"until": until}).json
    assert paused["channel"]["status"] == "paused"
    assert paused["channel"]["paused_until"] == "2026-11-27T07:00:00Z"
    world.clock.advance(timedelta(days=3))
    assert boss.get(f"{FIRM}/channels/masto").json["status"] == "connected"
    assert boss.post(f"{FIRM}/channels/masto/pause", {}).json["channel"]["status"] == "paused"
    assert boss.post(f"{FIRM}/channels/masto/resume").json["status"] == "connected"
    assert boss.patch(f"{FIRM}/channels/masto", {"name": "Le fil"}).json["name"] == "Le fil"
    assert boss.patch(f"{FIRM}/channels/masto", {"name": " "}).faults == {"/name": "missing"}
    past = {"until": {"local": "2026-11-01T08:00", "zone": "Europe/Paris"}}
    assert boss.post(f"{FIRM}/channels/masto/pause", past).faults == {"/until/local": "past"}


def test_what_is_going_out_is_named_when_a_channel_is_disconnected(
    world: ApiWorld, boss: Client
) -> None:
    made = post_id(browser(world, "editor").post(f"{FIRM}/posts", world.draft()))
    now = world.clock.now()
    going = set_delivery(world, made, "masto", status=Status.SENDING, planned_at=now)
    answer = boss.delete(f"{FIRM}/channels/masto")
    assert answer.json == {"too_late": [going.id]}
    assert (BAKERY, "masto") in world.vault.secrets
    assert boss.get(f"{FIRM}/channels/masto").json["status"] == "disconnected"
    assert "masto" not in [c["id"] for c in boss.get(f"{FIRM}/channels").json["items"]]
    again = boss.post(f"{FIRM}/channels/masto/resume")
    assert (again.status, again.slug, again.json["reason"]) == (409, "cant-now", "is-disconnected")


@pytest.mark.parametrize(("minutes", "is_named"), [(4, True), (5, False)])
def test_what_was_sent_a_moment_ago_may_still_come_during_a_pause(
    world: ApiWorld, boss: Client, minutes: int, is_named: bool
) -> None:
    made = post_id(browser(world, "editor").post(f"{FIRM}/posts", world.draft()))
    now = world.clock.now()
    state = {"status": Status.NEEDS_HUMAN, "why": Why.UNKNOWN, "planned_at": now}
    doubtful = set_delivery(
        world, made, "masto", last_intent_at=now - timedelta(minutes=minutes), **state
    )
    answer = boss.post(f"{FIRM}/channels/masto/pause", {})
    assert answer.json["too_late"] == ([doubtful.id] if is_named else [])


def test_a_test_of_a_channel_says_what_the_network_says(world: ApiWorld, boss: Client) -> None:
    fine = boss.post(f"{FIRM}/channels/masto/test").json
    assert (fine["ok"], fine["profile"]["handle"]) == (True, "masto")
    assert fine["profile"]["quota"] is None
    world.doors.quota = Quota(3, 100, 24)
    told = boss.post(f"{FIRM}/channels/masto/test").json["profile"]["quota"]
    assert told == {"used": 3, "total": 100, "hours": 24}
    world.doors.fails = AuthExpired("401")
    broken = boss.post(f"{FIRM}/channels/masto/test").json
    assert (broken["ok"], broken["problem"]) == (False, "auth-expired")


def test_reconnecting_wants_the_same_account(world: ApiWorld, boss: Client) -> None:
    stands = world.store.channel_items[BAKERY, ChannelId("masto")]
    world.store.set_channel(replace(stands, status=ChannelStatus.BROKEN, reason="401"))
    body = {"fields": {"handle": "other", "password": "new"}}
    other = boss.post(f"{FIRM}/channels/masto/reconnect", body)
    assert other.faults == {"/fields": "other-account"}
    assert world.vault.secrets[BAKERY, ChannelId("masto")] == {"password": "kept"}
    body["fields"]["handle"] = "masto"
    same = boss.post(f"{FIRM}/channels/masto/reconnect", body)
    assert (same.json["status"], same.json["reason"]) == ("connected", "")
    assert world.vault.secrets[BAKERY, ChannelId("masto")] == {"password": "new"}


# Deliveries.


def test_a_kit_holds_what_to_paste_and_any_editor_settles_it(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    made = post_id(editor.post(f"{FIRM}/posts", world.draft()))
    kit = set_delivery(world, made, "insta", status=Status.NEEDS_HUMAN, why=Why.KIT)
    said = editor.get(f"{FIRM}/deliveries/{kit.id}").json
    assert said["mark"] == "to_paste"
    assert (said["network"], said["target"]) == ("manual", INSTAGRAM)
    assert said["kit"]["text"] == "La galette est là"
    assert said["kit"]["network_label"] == "Instagram"
    assert said["can"]["decide"] == ["published", "drop"]
    choice = {"rev": said["rev"], "choice": "resend"}
    wrong = editor.post(f"{FIRM}/deliveries/{kit.id}/decision", choice)
    assert wrong.faults == {"/choice": "not-one-of"}
    choice = {"rev": said["rev"], "choice": "published", "url": "https://instagram.com/p/1"}
    done = editor.post(f"{FIRM}/deliveries/{kit.id}/decision", choice)
    assert (done.json["mark"], done.json["remote_url"]) == ("published", choice["url"])


def test_a_kit_has_the_title_where_its_network_has_a_place_for_it(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    made = post_id(editor.post(f"{FIRM}/posts", world.draft(title="La galette")))
    kit = set_delivery(world, made, "insta", status=Status.NEEDS_HUMAN, why=Why.KIT)
    path = f"{FIRM}/deliveries/{kit.id}"
    assert editor.get(path).json["kit"]["title"] == ""
    channel = world.store.channel_items[BAKERY, ChannelId("insta")]
    settings = {**channel.settings, "target": "youtube"}
    world.store.set_channel(replace(channel, settings=settings))
    assert editor.get(path).json["kit"]["title"] == "La galette"


def test_a_kit_offers_a_video_under_a_name_of_its_type(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    film = Kept(
        workspace=BAKERY,
        sha256="f" * 64,
        content_type="video/quicktime",
        width=1080,
        height=1920,
        size=8_388_608,
        duration_ms=12_000,
        created_at=world.clock.now(),
    )
    world.shelf.put_kept(film)
    media = [{"sha256": film.sha256, "alt": "Le four"}]
    made = post_id(editor.post(f"{FIRM}/posts", world.draft(media=media, channels=["insta"])))
    kit = set_delivery(world, made, "insta", status=Status.NEEDS_HUMAN, why=Why.KIT)
    (offered,) = editor.get(f"{FIRM}/deliveries/{kit.id}").json["kit"]["media"]
    assert offered["url"].endswith(f"/media/{film.sha256}")
    assert (offered["name"], offered["content_type"]) == ("video-1.mov", "video/quicktime")


def test_lists_say_what_network_a_kit_is_for(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    made = post_id(editor.post(f"{FIRM}/posts", world.draft()))
    set_delivery(world, made, "insta", status=Status.NEEDS_HUMAN, why=Why.KIT)
    (todo,) = editor.get(f"{FIRM}/today").json["todo"]
    (row,) = editor.get(f"{FIRM}/posts").json["items"]
    targets = {d["channel"]: d["target"] for d in row["deliveries"]}
    assert todo["target"] == INSTAGRAM
    assert targets == {"masto": None, "blue": None, "insta": INSTAGRAM}


def test_a_doubt_is_settled_by_an_approver_on_what_she_saw(world: ApiWorld, boss: Client) -> None:
    editor = browser(world, "editor")
    made = post_id(editor.post(f"{FIRM}/posts", world.draft()))
    doubt = set_delivery(world, made, "masto", status=Status.NEEDS_HUMAN, why=Why.UNKNOWN)
    path = f"{FIRM}/deliveries/{doubt.id}"
    assert editor.get(path).json["can"]["decide"] == []
    choice = {"rev": doubt.rev, "choice": "drop"}
    assert editor.post(f"{path}/decision", choice).slug == "role-too-low"
    assert boss.get(path).json["can"]["decide"] == ["published", "resend", "drop"]
    stale = boss.post(f"{path}/decision", {"rev": doubt.rev - 1, "choice": "drop"})
    assert (stale.status, stale.slug, stale.json["rev"]) == (409, "changed-meanwhile", doubt.rev)
    assert boss.post(f"{path}/decision", choice).json["mark"] == "cancelled"
    late = boss.post(f"{path}/decision", choice)
    assert (late.status, late.slug) == (409, "changed-meanwhile")


@pytest.mark.parametrize(
    ("channel", "changes", "french", "english"),
    [
        (
            "masto",
            {"status": Status.FAILED, "reason": "too_many_media"},
            "Il y a trop d’images pour Mastodon. Retirez-en, puis renvoyez le message.",
            "There are too many images for Mastodon. Remove some, then send the post again.",
        ),
        (
            "masto",
            {"status": Status.FAILED, "reason": "of_a_later_version"},
            "Mastodon refuse ce message tel qu’il est. Modifiez-le, puis renvoyez-le.",
            "Mastodon refuses this post as it is. Edit it, then send it again.",
        ),
        (
            "insta",
            {"status": Status.NEEDS_HUMAN, "why": Why.KIT},
            (
                "C’est l’heure : copiez le texte, collez-le sur Instagram, puis dites-nous que "
                "c’est publié."
            ),
            "It is time: copy the text, paste it on Instagram, then tell us that it is published.",
        ),
        (
            "masto",
            {"status": Status.BLOCKED_AUTH},
            "Mastodon refuse notre connexion. Le message attend que ce canal soit reconnecté.",
            "Mastodon refuses our connection. The post waits for this channel to be reconnected.",
        ),
        ("masto", {}, "", ""),
    ],
    ids=["refused", "unknown", "kit", "waits", "nothing"],
)
def test_a_delivery_says_in_words_what_was_wrong_and_what_to_change(
    world: ApiWorld, channel: str, changes: Any, french: str, english: str
) -> None:
    editor = browser(world, "editor")
    made = post_id(editor.post(f"{FIRM}/posts", world.draft()))
    tried = Attempt(1, world.clock.now(), 1, Result.TRANSIENT, "503")
    stands = set_delivery(world, made, channel, attempts=(tried,), **changes)
    path = f"{FIRM}/deliveries/{stands.id}"
    said = editor.get(path).json
    assert said["reason_text"].replace("\u00a0", " ") == french
    assert said["reason"] == stands.reason
    assert said["attempts"][0]["text"].endswith("rien n’est parti.")
    in_english = editor.with_headers(accept_language="en").get(path).json
    assert in_english["reason_text"] == english
    assert in_english["attempts"][0]["text"].endswith("nothing went out.")


def test_what_is_going_out_is_too_late_to_cancel(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    made = post_id(editor.post(f"{FIRM}/posts", world.draft(channels=["masto"])))
    going = set_delivery(world, made, "masto", status=Status.SENDING)
    answer = editor.post(f"{FIRM}/posts/{made}/cancel")
    assert (answer.status, answer.slug) == (409, "too-late")
    assert answer.json["too_late"] == [going.id]
    assert editor.delete(f"{FIRM}/posts/{made}").slug == "too-late"
    assert editor.get(f"{FIRM}/deliveries/{going.id}").json["can"]["cancel"] is False


def test_what_waits_is_listed(world: ApiWorld, boss: Client) -> None:
    made = post_id(browser(world, "editor").post(f"{FIRM}/posts", world.draft()))
    doubt = set_delivery(world, made, "masto", status=Status.NEEDS_HUMAN, why=Why.UNKNOWN)
    waiting = boss.get(f"{FIRM}/deliveries?waiting=true").json["items"]
    assert [(d["id"], d["mark"], d["channel_name"]) for d in waiting] == [
        (doubt.id, "to_check", "Masto")
    ]


# The day.


def test_the_day_says_what_waits_what_goes_and_what_is_free(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    today = {"kind": "at", "local": "2026-11-25T17:00", "zone": "Europe/Paris"}
    now = post_id(editor.post(f"{FIRM}/posts", world.draft(when=today)))
    made = post_id(editor.post(f"{FIRM}/posts", world.draft(text="Demain")))
    set_delivery(world, made, "masto", status=Status.NEEDS_HUMAN, why=Why.UNKNOWN)
    for channel in ("blue", "insta"):
        set_delivery(world, made, channel, status=Status.BLOCKED_AUTH)
    said = editor.get(f"{FIRM}/today").json
    assert (said["local_date"], said["zone"]) == ("2026-11-25", "Europe/Paris")
    assert [row["id"] for row in said["today"]] == [now]
    assert [(t["kind"], t["channel"]) for t in said["todo"]] == [
        ("to_check", "masto"),
        ("reconnect", "blue"),
        ("reconnect", "insta"),
    ]
    assert said["todo_total"] == 3
    assert said["todo"][0]["excerpt"] == "Demain"
    assert [d["date"] for d in said["week"] if d["is_today"]] == ["2026-11-25"]
    assert said["week"][2]["counts"]["scheduled"] == 1
    assert said["week"][3]["counts"]["to_do"] == 1
    assert said["free_day"] == "2026-11-27"
    assert said["steps"] is None


def test_a_new_firm_is_shown_its_first_steps(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    assert editor.get(f"{FIRM}/today").json["steps"] == {"channel": True, "post": False}
    far = {"kind": "at", "local": "2027-06-01T08:30", "zone": "Europe/Paris"}
    editor.post(f"{FIRM}/posts", world.draft(when=far))
    assert editor.get(f"{FIRM}/today").json["steps"] is None
    del world.store.channel_items[FLORIST, ChannelId("florapage")]
    flora = browser(world, "flora")
    assert flora.get("/v1/workspaces/florist/today").json["steps"] == {
        "channel": False,
        "post": False,
    }


# Images.


def picture(kind: str = "JPEG", size: tuple[int, int] = (40, 30)) -> bytes:
    """Return a picture."""
    out = io.BytesIO()
    Image.new("RGB", size, "teal").save(out, kind)
    return out.getvalue()


def upload(client: Client, world: ApiWorld, data: bytes, content_type: str = "image/jpeg") -> Any:
    """Send a picture; return the answer of its completion."""
    begun = client.post(
        f"{FIRM}/media", {"name": "photo", "content_type": content_type, "size": len(data)}
    )
    assert begun.status == 201, begun.text
    world.bucket.objects[begun.json["upload"]["fields"]["key"]] = (data, content_type)
    return client.post(f"{FIRM}/media/{begun.json['id']}/complete", {"alt": "x"})


def test_an_image_is_kept_once_under_its_hash_and_used_in_a_post(world: ApiWorld) -> None:
    editor = browser(world, "editor")
    first, second = upload(editor, world, picture()), upload(editor, world, picture())
    assert first.status == 200, first.text
    sha256 = first.json["sha256"]
    assert second.json["sha256"] == sha256
    assert (first.json["width"], first.json["height"]) == (40, 30)
    assert [k for k in world.bucket.objects if k.startswith("media/")] == [f"media/{sha256}"]
    media = [{"sha256": sha256, "alt": "Une galette"}]
    post = editor.post(f"{FIRM}/posts", world.draft(media=media)).json
    assert post["media"][0]["url"] == f"http://127.0.0.1:8000/media/{sha256}"
    assert post["media"][0]["alt"] == "Une galette"
    flora = browser(world, "flora")
    stolen = flora.post(
        "/v1/workspaces/florist/posts", world.draft(channels=["florapage"], media=media)
    )
    assert stolen.faults == {"/media/0/sha256": "unknown-media"}


@pytest.mark.parametrize(
    ("data", "declared", "reason", "french"),
    [
        (b"\0\0\0\x18ftypheic" + b"\0" * 50, "image/jpeg", "image-heic", "HEIC"),
        (b"<svg onload=alert(1)>", "image/png", "image-not-an-image", "pas une image"),
        (b"", "image/png", "image-missing", "pas arrivé"),
        (picture("PNG"), "image/jpeg", "image-type-mismatch", "d’un autre type"),
        (picture()[:300], "image/jpeg", "image-truncated", "abîmée"),
    ],
    ids=["heic", "svg", "nothing", "mismatch", "cut"],
)
def test_what_is_no_image_is_refused_in_words(
    world: ApiWorld, data: bytes, declared: str, reason: str, french: str
) -> None:
    editor = browser(world, "editor")
    begun = editor.post(f"{FIRM}/media", {"name": "x", "content_type": declared, "size": 10}).json
    world.bucket.objects[begun["upload"]["fields"]["key"]] = (data, declared)
    answer = editor.post(f"{FIRM}/media/{begun['id']}/complete")
    assert (answer.status, answer.slug, answer.json["reason"]) == (422, "media-refused", reason)
    assert french in answer.json["detail"]
    assert not [k for k in world.bucket.objects if k.startswith("media/")]


@pytest.mark.parametrize(
    ("content_type", "size", "reason"),
    [
        ("image/heic", 10, "image-heic"),
        ("application/pdf", 10, "image-type"),
        ("image/jpeg", 30_000_000, "image-too-big"),
    ],
)
def test_what_will_be_refused_is_refused_before_it_is_sent(
    world: ApiWorld, content_type: str, size: int, reason: str
) -> None:
    body = {"name": "x", "content_type": content_type, "size": size}
    answer = browser(world, "editor").post(f"{FIRM}/media", body)
    assert (answer.slug, answer.json["reason"]) == ("media-refused", reason)
    assert not world.shelf.uploads
