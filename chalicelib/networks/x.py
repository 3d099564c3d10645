"""X, by its API v2, which charges for each post.

An attempt in doubt is read back from one's own latest posts. An identical text is refused for
a while, which is evidence after an attempt in doubt.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from html import unescape
from typing import TYPE_CHECKING, Any

from chalicelib.networks.contract import (
    Lasting,
    Network,
    Outgoing,
    Picture,
    Profile,
    Search,
    Tools,
    later_value,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.matching import canonical, is_alike
from chalicelib.networks.replies import as_object, iso_instant, said_object, said_objects, said_text
from chalicelib.networks.signed import Signed
from chalicelib.networks.spec import Limits, MediaRules, NetworkSpec, TextLimit, VideoRules
from chalicelib.networks.web_links import links_on_x
from chalicelib.networks.wording import wording
from chalicelib.networks.x_api import API, FLOW, SITE, posted, refusal, told
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NetworkError,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.publishing.posts import Content

POST, POST_WITH_URL, ALT_TEXT = 15_000, 200_000, 5_000
"""Millionths of a US dollar: https://docs.x.com/x-api/getting-started/pricing"""
MEDIA_KEPT = timedelta(hours=13)
"""X keeps an upload for 24 hours (``expires_after_secs``). Longer than ``store.purse.KNOWN_FOR``:
what is uploaded anew has its alternative text paid for anew, and set aside anew."""
LOOK, LOOKS = 5, 4
"""A look costs 0.005 USD for each post that it shows, so it asks for the fewest that X gives at
once, and for four times that at most; beyond, it can't tell."""
USED_BY = timedelta(days=60)
"""A refresh token that isn't used for half a year is said to end: it is used before."""


def charge(content: Content) -> int:
    """Return what X asks for a content, in millionths of a US dollar.

    An address with a scheme counts even if we don't know its ending: rather more than less.
    """
    text = wording(content, SPEC)
    has_url = "://" in text or any(True for _ in links_on_x(text))
    alts = sum(1 for media in content.media if media.alt and not media.is_video)
    return (POST_WITH_URL if has_url else POST) + ALT_TEXT * alts


SPEC = NetworkSpec(
    name="x",
    label={"fr": "X", "en": "X"},
    resend_class=ResendClass.READ_BACK,
    limits=Limits(
        # Weighted, an address at 23: https://docs.x.com/fundamentals/counting-characters
        text=(TextLimit(Unit.X_WEIGHTED, 280, 23),),
        # https://docs.x.com/x-api/media/quickstart/best-practices (5 MB, JPEG, PNG, WEBP); the
        # pixels aren't documented: what X itself keeps of a picture.
        media=MediaRules(
            types=("image/jpeg", "image/png", "image/webp"),
            max_count=4,
            max_bytes=5_000_000,
            max_pixels=4096 * 4096,
            max_alt=1_000,
        ),
        # Of the same page: 512 MB, 0.5 to 140 seconds, 32 pixels and a ratio of 1:3 to 3:1. It says
        # 1280x1024 too, and recommends what passes that: the width is that of
        # https://help.x.com/en/using-x/x-videos . A video has no alternative text:
        # https://docs.x.com/x-api/media/create-media-metadata
        video=VideoRules(
            types=("video/mp4", "video/quicktime"),
            max_bytes=512_000_000,
            max_seconds=140,
            min_seconds=1,
            max_width=1920,
            min_side=32,
            min_ratio=1 / 3,
            max_ratio=3,
        ),
        text_required=False,
    ),
    options=frozenset(),
    fields=(),
    page_fields=frozenset(),
    connect_help={
        "fr": "Connectez-vous sur X avec le compte de l’entreprise, et acceptez.",
        "en": "Sign in to X with the firm’s account, and agree.",
    },
    app="x",
    barrier={
        "fr": "X ne demande aucun examen, mais chaque message est payant : qui gère cette "
        "installation l’inscrit sur console.x.com en un quart d’heure et y achète des crédits "
        "d’avance. Votre plafond mensuel arrête les envois avant d’être dépassé. Sans API, « À "
        "coller soi-même » est gratuit et fonctionne dès aujourd’hui.",
        "en": "X asks for no review, but charges for each post: whoever runs this installation "
        "registers it on console.x.com in a quarter of an hour and buys credits there in "
        "advance. Your monthly cap stops posts before it is passed. Without the API, “To paste "
        "by hand” is free and works today.",
    },
    price={
        "fr": "0,015 $ par message, 0,20 $ avec une adresse web, 0,005 $ par texte alternatif",
        "en": "$0.015 a post, $0.20 with a web address, $0.005 for each alternative text",
    },
    docs=(
        "https://docs.x.com/x-api/posts/create-post",
        "https://docs.x.com/x-api/media/upload-media",
        "https://docs.x.com/x-api/media/quickstart/media-upload-chunked",
        "https://help.x.com/en/using-x/x-videos",
        "https://docs.x.com/x-api/media/create-media-metadata",
        "https://docs.x.com/x-api/media/quickstart/best-practices",
        "https://docs.x.com/x-api/users/get-posts",
        "https://docs.x.com/x-api/getting-started/pricing",
        "https://docs.x.com/x-api/fundamentals/rate-limits",
        "https://docs.x.com/x-api/fundamentals/response-codes-and-errors",
        "https://docs.x.com/fundamentals/counting-characters",
        "https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code",
    ),
    charge=charge,
)


@dataclass(frozen=True, slots=True)
class _Recent:
    """Posts of an account since a time; ``is_whole`` says that none is missing."""

    posts: list[dict[str, Any]]
    is_whole: bool


class X:
    """One account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._user = tools.settings["user"]
        self._signed = Signed(tools, FLOW)

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the token, the images and their texts, or the video."""
        self._signed.ensure()
        if out.video is not None:
            from chalicelib.networks import x_video  # noqa: PLC0415 - few posts have one

            yield from x_video.brought(self._signed, self._tools, out.video, parts)
        for n, picture in enumerate(out.pictures):
            media_id = self._standing(parts.get(f"media.{n}"))
            if media_id is None:
                media_id = self._upload(picture)
                at = self._tools.clock.now().isoformat()
                yield Part(f"media.{n}", json.dumps({"id": media_id, "at": at}))
            if picture.alt and parts.get(f"alt.{n}") != media_id:
                yield from self._described(n, media_id, picture.alt)

    def _standing(self, part: str | None) -> str | None:
        if part is None:
            return None
        known = json.loads(part)
        age = self._tools.clock.now() - datetime.fromisoformat(known["at"])
        return str(known["id"]) if age < MEDIA_KEPT else None

    def _upload(self, picture: Picture) -> str:
        data, content_type = picture.load()
        name = f"{picture.sha256[:16]}.{content_type.partition('/')[2]}"
        reply = self._signed.ask(
            "POST",
            f"{API}/2/media/upload",
            data={"media_category": "tweet_image"},
            files={"media": (name, data, content_type)},
        )
        if reply.status not in {200, 201}:
            raise refusal(reply, self._tools.clock.now(), is_public=False)
        if not (media_id := posted(reply)):
            raise Transient("the upload gave no id")
        return media_id

    def _described(self, n: int, media_id: str, alt: str) -> Iterator[Part]:
        """Give an image its alternative text, once: each asking is charged.

        It is noted before it is asked for. An answer that was lost is left so: the text may be
        missing, but it is never paid for twice.
        """
        yield Part(f"alt.{n}", media_id)
        body = {"id": media_id, "metadata": {"alt_text": {"text": alt}}}
        try:
            reply = self._signed.ask("POST", f"{API}/2/media/metadata", json=body, write=True)
        except OutcomeUnknown:
            return
        except NetworkError:
            yield Part(f"alt.{n}", "")  # provably not applied: the next try may ask for it
            raise
        if reply.status in {200, 201} or not as_object(reply):
            return
        yield Part(f"alt.{n}", "")
        raise refusal(reply, self._tools.clock.now(), is_public=False)

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST /2/tweets."""
        body: dict[str, Any] = {}
        if text := wording(out.content, SPEC):
            body["text"] = text
        if out.content.media:
            names = ["video"] if out.video else [f"media.{n}" for n in range(len(out.pictures))]
            body["media"] = {"media_ids": [json.loads(parts[name])["id"] for name in names]}
        reply = self._signed.send("POST", f"{API}/2/tweets", body, before_send)
        if reply.status in {200, 201}:
            if not (made := posted(reply)):
                raise OutcomeUnknown("the answer has no id")
            return Published(made, self._address(made))
        raise refusal(reply, self._tools.clock.now(), is_public=True)

    def _address(self, post: str) -> str:
        return f"{SITE}/{self._tools.settings['username']}/status/{post}"

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: one's own posts since the attempt."""
        recent = self._recent(search.since)
        in_time = [p for p in recent.posts if search.since <= _created(p) <= search.until]
        free = [p for p in in_time if not search.is_taken(str(p["id"]))]
        for post in free:
            for candidate in search.candidates:
                if _is_of(post, candidate):
                    found = str(post["id"])
                    return Found(found, self._address(found), candidate.version)
        if any(_is_near(post, c) for post in free for c in search.candidates):
            return CantTell("a post much like it was published then")
        return NotThere() if recent.is_whole else CantTell("too many posts since then")

    def _recent(self, since: datetime) -> _Recent:
        posts: list[dict[str, Any]] = []
        following = ""
        for _ in range(LOOKS):
            answer = self._page(since, following)
            page = said_objects(answer.get("data"))
            if "data" in answer and (
                not isinstance(answer["data"], list) or len(page) < len(answer["data"])
            ):
                raise Transient("a list of posts that can't be read")
            if "data" not in answer and "meta" not in answer:
                raise Transient("no list of posts")
            posts += page
            following = said_text(said_object(answer.get("meta")).get("next_token"))
            if not following:
                return _Recent(posts, is_whole=True)
        return _Recent(posts, is_whole=False)

    def _page(self, since: datetime, following: str) -> dict[str, Any]:
        start = since.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
        params = {
            "start_time": start,
            "max_results": str(LOOK),
            "exclude": "retweets",
            "post.fields": "created_at,entities,attachments",
        }
        more = {"pagination_token": following} if following else {}
        return self._read(f"/2/users/{self._user}/tweets", {**params, **more})

    def _read(self, path: str, params: Mapping[str, str] | None = None) -> dict[str, Any]:
        reply = self._signed.ask("GET", API + path, params=params)
        return told(reply, self._tools.clock.now())

    # Checking and renewing.

    def check(self) -> Profile:
        """See ``contract.Connects``."""
        return profile_of(self._read("/2/users/me"))

    def renew_access(self) -> Lasting:
        """See ``contract.RenewsAccess``."""
        FLOW.renewed(self._tools)
        return lasting(self._tools.clock.now())


def lasting(now: datetime) -> Lasting:
    """Return how long access holds that was just given or renewed."""
    return Lasting(renew_at=now + USED_BY)


def profile_of(answer: Mapping[str, Any]) -> Profile:
    """Return who an answer of ``/2/users/me`` is about.

    Raises:
        Transient: it says nobody.
    """
    user = said_object(answer.get("data"))
    number, username = said_text(user.get("id")), said_text(user.get("username"))
    if not number.isdecimal() or not username.isidentifier():
        raise Transient("no user in the answer")
    name = said_text(user.get("name")) or username
    return Profile(number, name, f"@{username}", f"{SITE}/{username}")


def _created(post: Mapping[str, Any]) -> datetime:
    created_at = iso_instant(post.get("created_at"))
    if created_at is None or not said_text(post.get("id")).isdecimal():
        raise Transient("a post without an id or a date")
    return created_at


def _is_of(post: Mapping[str, Any], out: Outgoing) -> bool:
    """Say whether a post has the text that was sent, and as many pictures or its video.

    Without a text nothing tells it from another: a person is asked.
    """
    ours = _form(wording(out.content, SPEC))
    media = said_object(post.get("attachments")).get("media_keys")
    count = len(media) if isinstance(media, list) else 0
    return bool(ours) and count == len(out.content.media) and _shown(post) == ours


def _is_near(post: Mapping[str, Any], out: Outgoing) -> bool:
    return is_alike(_form(wording(out.content, SPEC)), frozenset({_shown(post)}))


def _form(text: str) -> str:
    """Return what of a text X doesn't alter: it gives a scheme to an address without one."""
    return canonical(_SCHEME.sub("", text))


_SCHEME = re.compile(r"https?://")
_MEDIUM = re.compile(r"/status/\d+/(?:photo|video)/\d+")


def _shown(post: Mapping[str, Any]) -> str:
    """Return what of a post's text X doesn't alter, its addresses as they were written.

    X shows each as t.co, and adds one for its pictures or its video.
    """
    text = said_text(post.get("text"))
    for link in said_objects(said_object(post.get("entities")).get("urls")):
        short, whole = said_text(link.get("url")), said_text(link.get("expanded_url"))
        is_medium = _MEDIUM.search(whole) is not None
        text = text.replace(short, "" if is_medium else whole) if short else text
    return _form(unescape(text))


NETWORK = Network(SPEC, X, oauth=later_value("chalicelib.networks.x_oauth", "OAUTH"))
