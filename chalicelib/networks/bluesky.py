"""Bluesky (AT Protocol): a post is a record under a key that we choose, so a resend is harmless.

The record key is fixed when the delivery is created and ``swapRecord: null`` makes putRecord a
create that never overwrites: the same record again answers the same, another one ``InvalidSwap``.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.clock import Clock
from chalicelib.measuring.metrics import Metric
from chalicelib.networks import cards, richtext
from chalicelib.networks.addresses import server_address
from chalicelib.networks.atproto import (
    PUBLIC,
    Address,
    Places,
    Session,
    TokenRefused,
    address_of,
    check,
    home_of,
    pds_in,
    resolve_handle,
    sign_in,
    stored,
    tokens,
)
from chalicelib.networks.bluesky_records import COLLECTION, card_link, gist, gist_of, record
from chalicelib.networks.contract import (
    Connection,
    Network,
    Outgoing,
    Profile,
    Search,
    Tools,
    later,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.replies import as_object, said_text
from chalicelib.networks.spec import (
    Answering,
    Field,
    Finds,
    Limits,
    MediaRules,
    Moderation,
    NetworkSpec,
    Option,
    TextLimit,
    VideoRules,
)
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    AuthExpired,
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

if TYPE_CHECKING:
    from chalicelib.networks.http import Http
    from chalicelib.publishing.posts import Content

BLOB_KEPT = timedelta(minutes=5)
"""A blob no record refers to "will be deleted within a time window (eg, minutes)":
com.atproto.repo.uploadBlob. Older ones are uploaded anew; the same bytes give the same blob."""
MAX_MENTIONS = 10
"""Resolved while preparing, one call each; the others are plain text."""
RENEWAL_SECONDS = 8.0
"""For a renewal after the call was refused: the call's own time must not be outlived."""

SPEC = NetworkSpec(
    name="bluesky",
    label={"fr": "Bluesky", "en": "Bluesky"},
    resend_class=ResendClass.IDEMPOTENT,
    limits=Limits(
        text=(TextLimit(Unit.GRAPHEMES, 300), TextLimit(Unit.UTF8_BYTES, 3000)),
        media=MediaRules(
            types=("image/jpeg", "image/png", "image/webp"),
            max_count=4,
            # The lexicon allows 2,000,000 since 2025; servers not brought up to date, 1,000,000.
            max_bytes=1_000_000,
            max_pixels=2000 * 2000,
            max_width=2000,
            max_height=2000,
            max_alt=2000,
        ),
        # As Bluesky began with it: the lexicon allows 300,000,000 bytes since, and its app ten
        # minutes, but servers not brought up to date refuse the file when all else is done.
        video=VideoRules(
            types=("video/mp4",), max_bytes=100_000_000, max_seconds=180, max_alt=2000
        ),
        text_required=False,
    ),
    options=frozenset({Option.LINK_CARD, Option.FIRST_COMMENT}),
    fields=(
        Field(
            "handle",
            {"fr": "Identifiant", "en": "Handle"},
            {
                "fr": "Votre nom sur Bluesky, par exemple boulangerie.bsky.social.",
                "en": "Your name on Bluesky, for example bakery.bsky.social.",
            },
            placeholder="boulangerie.bsky.social",
        ),
        Field(
            "app_password",
            {"fr": "Mot de passe d’application", "en": "App password"},
            {
                "fr": "Créé exprès pour Relais ; ce n’est pas votre mot de passe habituel.",
                "en": "Made for Relais alone; it isn’t your usual password.",
            },
            secret=True,
            placeholder="xxxx-xxxx-xxxx-xxxx",
        ),
        Field(
            "pds",
            {"fr": "Adresse du serveur", "en": "Server address"},
            {
                "fr": "À remplir seulement si votre compte est sur votre propre serveur.",
                "en": "Only if your account lives on a server of your own.",
            },
            required=False,
            placeholder="https://pds.exemple.fr",
        ),
    ),
    connect_help={
        "fr": "Sur Bluesky, ouvrez Paramètres, Confidentialité et sécurité, Mots de passe "
        "d’application, puis « Ajouter ». Copiez ici le mot de passe affiché.",
        "en": "On Bluesky open Settings, Privacy and security, App passwords, then “Add”. "
        "Copy the password shown here.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    # https://docs.bsky.app/docs/advanced-guides/rate-limits
    quota={"fr": "11 666 publications par jour", "en": "11,666 posts a day"},
    docs=(
        "https://docs.bsky.app/docs/advanced-guides/posts",
        "https://docs.bsky.app/docs/advanced-guides/post-richtext",
        "https://docs.bsky.app/docs/advanced-guides/rate-limits",
        "https://atproto.com/specs/record-key",
        "https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/embed/images.json",
        "https://github.com/bluesky-social/atproto/tree/main/lexicons/app/bsky/embed/video.json",
        "https://docs.bsky.app/docs/tutorials/video",
        "https://docs.bsky.app/docs/api/app-bsky-notification-list-notifications",
        "https://docs.bsky.app/docs/api/app-bsky-feed-search-posts",
        "https://docs.bsky.app/docs/api/app-bsky-feed-get-posts",
    ),
    answers=Answering(),
    moderates=frozenset({Moderation.LIKE, Moderation.UNLIKE, Moderation.HIDE}),
    hears=True,
    finds=frozenset({Finds.TAG, Finds.SEARCH}),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.POSTS, Metric.LIKES, Metric.REPLIES}
        | {Metric.REPOSTS, Metric.QUOTES, Metric.BOOKMARKS}
    ),
)

THUMB = MediaRules(
    types=("image/jpeg", "image/png"), max_count=1, max_bytes=900_000, max_pixels=1200 * 1200
)
"""app.bsky.embed.external: thumb at most 1,000,000 bytes."""


class Bluesky:
    """One account on its own server (PDS)."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._pds = tools.settings["pds"]
        self._did = tools.settings["did"]
        self._session = Session(tools)

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the session renewed, blobs, mentions and the card."""
        self._session.ensure()
        if out.answers:
            yield from self._answered(out.answers, parts)
        for n, picture in enumerate(out.pictures):
            if not self._is_fresh(parts.get(f"blob.{n}")):
                yield self._dated(f"blob.{n}", {"blob": self._upload(*picture.load())})
        handles = richtext.mentioned(_text(out))[:MAX_MENTIONS]
        if handles and "mentions" not in parts:
            yield Part("mentions", json.dumps({h: d for h in handles if (d := self._resolve(h))}))
        link = card_link(out)
        if link and not self._is_fresh(parts.get("card")):
            yield self._dated("card", self._card(link, parts.get("card")))
        if out.video:
            from chalicelib.networks.bluesky_video import Film  # noqa: PLC0415 - few posts have one

            yield from Film(self._tools, self._session, out.video, BLOB_KEPT).prepare(parts)

    def _answered(self, answers: Mapping[str, str], parts: Mapping[str, str]) -> Iterator[Part]:
        """Look whether it stands, as far as the server can tell; note which version of ours."""
        now, is_own = self._tools.clock.now(), "cid" not in answers
        try:
            stands = stored(self._tools.http, self._pds, address_of(answers["uri"]), now)
        except Rejected as refused:
            # What an AppView says of another server's account, under no name of its own.
            if "Could not" not in refused.detail:
                if is_own:
                    raise
                return
            stands = None
        if stands is None:
            raise Rejected("what it answers was deleted", "answered_gone")
        if is_own and "answered" not in parts:
            yield Part("answered", said_text(stands.get("cid")))

    def _upload(self, data: bytes, content_type: str) -> dict[str, Any]:
        blob = self._session.upload(data, content_type).get("blob")
        if not isinstance(blob, dict):
            raise Transient("uploadBlob gave no blob")
        return blob

    def _resolve(self, handle: str) -> str | None:
        """Return the DID of a handle; a mention that can't be resolved is plain text."""
        try:
            return resolve_handle(self._tools.http, self._pds, handle, deadline_s=5.0)
        except NetworkError:
            return None

    def _card(self, link: str, known: str | None) -> dict[str, Any]:
        """Return what the card of a link shows; whatever fails only makes it plainer."""
        card = json.loads(known) if known else asdict(cards.read(self._tools.http, link))
        picture = cards.picture(self._tools.http, card["image"], THUMB) if card["image"] else None
        return {**card, "thumb": self._thumb(*picture) if picture else None}

    def _thumb(self, data: bytes, content_type: str) -> dict[str, Any] | None:
        try:
            return self._upload(data, content_type)
        except (Transient, Rejected):
            return None

    def _dated(self, name: str, value: dict[str, Any]) -> Part:
        dated = {**value, "at": self._tools.clock.now().isoformat()}
        return Part(name, json.dumps(dated, ensure_ascii=False))

    def _is_fresh(self, part: str | None) -> bool:
        if part is None:
            return False
        made_at = datetime.fromisoformat(json.loads(part)["at"])
        return self._tools.clock.now() - made_at < BLOB_KEPT

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one putRecord that never overwrites."""
        body = {
            "repo": self._did,
            "collection": COLLECTION,
            "rkey": out.key.record_key,
            "swapRecord": None,
            "record": record(out, _text(out), parts),
        }
        reply = self._tools.http.request(
            "POST",
            f"{self._pds}/xrpc/com.atproto.repo.putRecord",
            headers=self._session.bearer(),
            json=body,
            write=True,
            before_send=before_send,
        )
        if as_object(reply).get("error") == "InvalidSwap":
            return self._settle(out)
        try:
            uri = check(reply, self._tools.clock.now(), is_public=True).get("uri")
        except TokenRefused as refused:
            self._session.renew(RENEWAL_SECONDS)
            raise Transient(f"the token was refused, now renewed: {refused}") from refused
        if not isinstance(uri, str) or not uri.endswith("/" + out.key.record_key):
            raise OutcomeUnknown("putRecord gave no uri of ours")
        return Published(uri, self._url(out.key.record_key))

    def _settle(self, out: Outgoing) -> Published:
        """Find out whether the record that stands under our key is this version's."""
        try:
            stands = self._stored(out.key.record_key)
        except NetworkError as error:
            raise OutcomeUnknown(f"a record stands; the look failed: {error.detail}") from error
        if stands is None or gist(stands["value"]) != gist_of(out, _text(out)):
            raise OutcomeUnknown("another record stands under the key")
        return Published(stands["uri"], self._url(out.key.record_key))

    def _url(self, record_key: str) -> str:
        return f"https://bsky.app/profile/{self._did}/post/{record_key}"

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the record under our key, read on its own server."""
        stands = self._stored(search.key.record_key)
        if stands is None:
            return NotThere(prepared_stands=True)
        live = gist(stands["value"])
        alike = (c.version for c in search.candidates if gist_of(c, _text(c)) == live)
        return Found(stands["uri"], self._url(search.key.record_key), next(alike, None))

    def _stored(self, record_key: str) -> dict[str, Any] | None:
        now, at = self._tools.clock.now(), Address(self._did, COLLECTION, record_key)
        return stored(self._tools.http, self._pds, at, now)

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``."""
        self._session.ensure()
        answer = self._session.get("com.atproto.server.getSession")
        if answer.get("did") != self._did:
            raise Transient("getSession gave no account, or another one")
        if answer.get("active") is False:
            raise AuthExpired(f"the account is {answer.get('status', 'inactive')}")
        return _profile(self._did, str(answer.get("handle", "")))


def _text(out: Outgoing) -> str:
    return wording(out.content, SPEC)


def connect(
    fields: Mapping[str, str], http: Http, clock: Clock, places: Places = PUBLIC
) -> Connection:
    """Sign in with an app password on the account's own server; see ``contract.Connector``."""
    handle = fields["handle"].strip().lstrip("@").lower()
    typed, password = fields.get("pds", "").strip(), fields["app_password"].strip()
    pds = server_address(typed, "pds") if typed else home_of(http, handle, places)
    session = sign_in(http, pds, handle, password, clock.now())
    did = str(session.get("did", ""))
    return Connection(
        profile=_profile(did, str(session.get("handle") or handle)),
        # A shared entry point (bsky.social) names the account's own server.
        settings={"pds": pds_in(session.get("didDoc") or {}) or pds, "did": did},
        secret={**tokens(session), "identifier": did, "app_password": password},
        limits=SPEC.limits,
    )


def _profile(did: str, handle: str) -> Profile:
    return Profile(did, handle, f"@{handle}", f"https://bsky.app/profile/{handle}")


def refs_of_own(remote_id: str, _url: str, _content: Content) -> Mapping[str, str]:
    """See ``contract.Network``: which version of the record it is, is read when it is sent."""
    return {"uri": remote_id}


NETWORK = Network(
    SPEC,
    Bluesky,
    connect,
    hear=later("chalicelib.networks.bluesky_hearing", "Hearing"),
    refs_of_own=refs_of_own,
)
