"""X, by its API v2, which charges for each post.

An attempt in doubt is read back from one's own latest posts. An identical text is refused for
a while, which is evidence after an attempt in doubt.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import (
    Lasting,
    Network,
    Outgoing,
    Picture,
    Profile,
    Search,
    Tools,
    later,
    later_value,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.replies import as_object, said_object, said_text
from chalicelib.networks.signed import Signed
from chalicelib.networks.spec import (
    Answering,
    Limits,
    MediaRules,
    Moderation,
    NetworkSpec,
    TextLimit,
    VideoRules,
)
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
    Rejected,
    Transient,
)
from chalicelib.publishing.paid_reading import ReadingPrice

if TYPE_CHECKING:
    from chalicelib.publishing.posts import Content

POST, POST_WITH_URL, ALT_TEXT = 15_000, 200_000, 5_000
"""Millionths of a US dollar: https://docs.x.com/x-api/getting-started/pricing"""
MEDIA_KEPT = timedelta(hours=13)
"""X keeps an upload for 24 hours (``expires_after_secs``). Longer than ``store.purse.KNOWN_FOR``:
what is uploaded anew has its alternative text paid for anew, and set aside anew."""
READ_POST, READ_USER, MANAGE = 5_000, 10_000, 5_000
"""For each that an answer shows, whatever asked for it; an answer that shows none is free. The
owner of the installation's own app pays 1,000, which can't be told from here."""
MENTIONS, LOOKED_AT = 10, 20
"""Mentions of one part of a reading, each with its author; and of one look at them again."""
USED_BY = timedelta(days=60)
"""A refresh token that isn't used for half a year is said to end: it is used before."""


def charge(content: Content) -> int:
    """Return what X asks for a content, in millionths of a US dollar.

    An address with a scheme counts even if we don't know its ending: rather more than less. So
    does an answer, though X lists one to who has named the account ("summoned") at 10,000.
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
        "d’avance. Votre plafond mensuel arrête envois et lectures avant d’être dépassé. Sans "
        "API, « À coller soi-même » est gratuit et fonctionne dès aujourd’hui.",
        "en": "X asks for no review, but charges for each post: whoever runs this installation "
        "registers it on console.x.com in a quarter of an hour and buys credits there in "
        "advance. Your monthly cap stops what is sent and read before it is passed. Without the "
        "API, “To paste by hand” is free and works today.",
    },
    price={
        "fr": "0,015 $ par message ou réponse, 0,20 $ avec une adresse web, 0,005 $ par texte "
        "alternatif ou réponse masquée. Ce qui est lu se paie aussi, environ 0,03 $ par mention "
        "et 0,04 $ par message compté ; un mois où rien ne se passe coûte 0,05 $",
        "en": "$0.015 a post or an answer, $0.20 with a web address, $0.005 for each alternative "
        "text or hidden reply. What is read is charged too, about $0.03 a mention and $0.04 a "
        "post that is counted; a month in which nothing happens costs $0.05",
    },
    # https://docs.x.com/x-api/fundamentals/rate-limits
    quota={"fr": "100 messages en 15 minutes", "en": "100 posts in 15 minutes"},
    docs=(
        "https://docs.x.com/x-api/posts/create-post",
        "https://docs.x.com/x-api/media/upload-media",
        "https://docs.x.com/x-api/media/quickstart/media-upload-chunked",
        "https://help.x.com/en/using-x/x-videos",
        "https://docs.x.com/x-api/media/create-media-metadata",
        "https://docs.x.com/x-api/media/quickstart/best-practices",
        "https://docs.x.com/x-api/users/get-posts",
        "https://docs.x.com/x-api/users/get-mentions",
        "https://docs.x.com/x-api/posts/get-posts-by-ids",
        "https://docs.x.com/x-api/posts/hide-reply",
        "https://docs.x.com/x-api/fundamentals/metrics",
        "https://docs.x.com/x-api/getting-started/pricing",
        "https://docs.x.com/x-api/fundamentals/rate-limits",
        "https://docs.x.com/x-api/fundamentals/response-codes-and-errors",
        "https://docs.x.com/fundamentals/counting-characters",
        "https://docs.x.com/fundamentals/authentication/oauth-2-0/authorization-code",
    ),
    hears=True,
    answers=Answering(),
    moderates=frozenset({Moderation.HIDE}),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.POSTS, Metric.IMPRESSIONS, Metric.LIKES, Metric.REPLIES}
        | {Metric.REPOSTS, Metric.QUOTES, Metric.BOOKMARKS, Metric.SITE_CLICKS}
    ),
    charge=charge,
    reading=ReadingPrice(
        part=MENTIONS * (READ_POST + READ_USER),
        look=LOOKED_AT * READ_POST,
        channel=READ_USER,
        post=READ_POST,
        act=MANAGE,
        # What shows nothing is free: reading often costs X's price no more than reading rarely.
        lively=timedelta(hours=1),
        quiet=timedelta(hours=4),
        looks=timedelta(days=1),
    ),
)


class X:
    """One account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._user = tools.settings["user"]
        self._signed = Signed(tools, FLOW)

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the token, the images and their texts, or the video."""
        if out.answers and not out.answers.get("id"):
            raise Rejected("nothing that can be answered", "not_answerable")
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
        if out.answers:
            body["reply"] = {"in_reply_to_tweet_id": out.answers["id"]}
        reply = self._signed.send("POST", f"{API}/2/tweets", body, before_send)
        if reply.status in {200, 201}:
            if not (made := posted(reply)):
                raise OutcomeUnknown("the answer has no id")
            return Published(made, address_of(self._tools.settings["username"], made))
        raise refusal(reply, self._tools.clock.now(), is_public=True)

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: one's own posts since the attempt."""
        from chalicelib.networks import x_looking  # noqa: PLC0415 - few are in doubt

        return x_looking.find(self._read, self._tools.settings, search)

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


def address_of(username: str, post: str) -> str:
    """Return where people read a post."""
    return f"{SITE}/{username}/status/{post}"


NETWORK = Network(
    spec=SPEC,
    open=X,
    oauth=later_value("chalicelib.networks.x_oauth", "OAUTH"),
    hear=later("chalicelib.networks.x_hearing", "Hearing"),
)
