"""Pinterest: pins on one board of an account.

No key makes a pin unique: an attempt in doubt is read back from the board's own pins.
https://developers.pinterest.com/docs/api/v5/pins-create
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import (
    Lasting,
    Network,
    Outgoing,
    Profile,
    Search,
    Tools,
    later,
    later_value,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.matching import canonical, is_alike
from chalicelib.networks.oauth import ends_at
from chalicelib.networks.pinterest_api import FLOW, calls, pages
from chalicelib.networks.replies import iso_instant, said_object, said_objects, said_text
from chalicelib.networks.spec import Limits, MediaRules, NetworkSpec, Option, TextLimit, VideoRules
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    Rejected,
    Transient,
)

SITE = "https://www.pinterest.com"
MAX_PAGES = 10
"""A look reads 2,500 pins: in which order a board lists them isn't documented."""
MAX_LINK = 2_048
"""Of the address: PinCreate.link, https://developers.pinterest.com/docs/api/v5/pins-create"""
MAX_ALT = 500
COVER_AT_S = 1
"""Seconds into a video where its cover is taken: many begin in the dark.

PinMediaSourceVideoID, https://developers.pinterest.com/docs/api/v5/pins-create
"""
SHOWN_FOR = timedelta(days=5)
"""Pictures are shown for a week: a try that comes later shows them anew."""
RENEWED_BEFORE = timedelta(days=30)
"""How long before its end the refresh token is renewed, if nothing has needed it by then."""

SPEC = NetworkSpec(
    name="pinterest",
    label={"fr": "Pinterest", "en": "Pinterest"},
    resend_class=ResendClass.READ_BACK,
    limits=Limits(
        # All of PinCreate: https://developers.pinterest.com/docs/api/v5/pins-create
        text=(TextLimit(Unit.CODE_POINTS, 800),),
        max_title=100,
        media=MediaRules(
            types=("image/jpeg", "image/png"),
            # A pin is a picture, or a carousel of 2 to 5 (PinMediaSourceImagesURL).
            min_count=1,
            max_count=5,
            # https://help.pinterest.com/business/article/pinterest-product-specs (20 MB)
            max_bytes=20_000_000,
            # Ours: nothing is documented.
            max_pixels=4096 * 4096,
            max_alt=MAX_ALT,
        ),
        # https://help.pinterest.com/business/article/pinterest-product-specs
        video=VideoRules(
            types=("video/mp4", "video/quicktime"),
            max_bytes=2_000_000_000,
            max_seconds=900,
            min_seconds=4,
            min_ratio=1 / 2,
            max_ratio=1.91,
            max_alt=MAX_ALT,
        ),
        text_required=False,
    ),
    options=frozenset({Option.TITLE, Option.LINK_APART}),
    fields=(),
    connect_help={
        "fr": "Ouvrez la page de Pinterest, acceptez avec le compte de l’entreprise, puis "
        "choisissez le tableau où épingler. Chaque tableau choisi devient un canal.",
        "en": "Open Pinterest’s page, agree with the firm’s account, then choose the board to "
        "pin on. Each board that you choose becomes a channel.",
    },
    page_fields=frozenset(),
    app="pinterest",
    barrier={
        "fr": "Qui gère cette installation de Relais demande à Pinterest l’accès « Standard », "
        "avec une vidéo de la connexion. Comptez de quelques jours à quelques semaines. Avec "
        "l’accès d’essai, Pinterest refuse de publier ou ne montre les épingles qu’à leur auteur. "
        "En attendant, « À coller soi-même » marche dès aujourd’hui.",
        "en": "Whoever runs this installation of Relais asks Pinterest for “Standard” access, "
        "with a video of the sign-in. Allow from a few days to a few weeks. With trial access "
        "Pinterest refuses to publish, or shows pins to their author only. Until then, “To paste "
        "by hand” works from today.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    # https://developers.pinterest.com/docs/reference/rate-limits/
    quota={"fr": "100 épingles par minute", "en": "100 pins a minute"},
    docs=(
        "https://developers.pinterest.com/docs/api/v5/pins-create",
        "https://developers.pinterest.com/docs/api/v5/media-create",
        "https://developers.pinterest.com/docs/api/v5/media-get",
        "https://developers.pinterest.com/docs/api/v5/boards-list_pins",
        "https://developers.pinterest.com/docs/api/v5/pins-analytics",
        "https://developers.pinterest.com/docs/getting-started/set-up-authentication-and-authorization/",
        "https://developers.pinterest.com/docs/key-concepts/access-tiers/",
        "https://developers.pinterest.com/docs/reference/rate-limits/",
        "https://help.pinterest.com/business/article/pinterest-product-specs",
    ),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.POSTS, Metric.IMPRESSIONS, Metric.SITE_CLICKS}
        | {Metric.BOOKMARKS, Metric.LIKES, Metric.REPLIES}
    ),
)


class Pinterest:
    """One board of one account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._calls = calls(tools)
        self._board = tools.settings["board"]

    # Publishing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: a token, and the pictures to be fetched, or the video."""
        if out.content.link and len(out.content.link) > MAX_LINK:
            raise Rejected(f"a link of {len(out.content.link)} characters", "bad_link")
        self._calls.ensure()
        if out.video is not None:
            from chalicelib.networks import pinterest_video  # noqa: PLC0415 - few pins have one

            yield from pinterest_video.brought(self._calls, self._tools, out.video, parts)
        elif not self._are_shown(parts):
            urls = [picture.url() for picture in out.pictures]
            shown = {"urls": urls, "at": self._tools.clock.now().isoformat()}
            yield Part("pictures", json.dumps(shown))

    def _are_shown(self, parts: Mapping[str, str]) -> bool:
        shown_at = iso_instant(json.loads(parts.get("pictures", "{}")).get("at"))
        return shown_at is not None and self._tools.clock.now() < shown_at + SHOWN_FOR

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST of a pin."""
        pin = self._calls.send("POST", "/pins", self._body(out, parts), before_send)
        pin_id = id_of(pin)
        if not pin_id:
            raise OutcomeUnknown("the answer has no pin's id")
        return Published(pin_id, _address(pin_id))

    def _body(self, out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any]:
        content = out.content
        given = {
            "title": content.title.strip(),
            "description": wording(content, SPEC),
            "link": content.link,
            "alt_text": _alt(out),
        }
        body = {name: value for name, value in given.items() if value}
        return {"board_id": self._board, "media_source": _source(out, parts), **body}

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the board's own pins, in whatever order."""
        pins, is_whole = self._own_pins()
        ours = [pin for pin in pins if _is_free(pin, search)]
        for pin in ours:
            for candidate in search.candidates:
                if _is_pin_of(pin, candidate):
                    return Found(id_of(pin), _address(id_of(pin)), candidate.version)
        if any(_is_near(pin, search) for pin in ours):
            return CantTell("a pin much like it was made then")
        return NotThere() if is_whole else CantTell("more pins than are read")

    def _own_pins(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the board's pins, and whether none is missing."""
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        for page in pages(self._page_of_pins, MAX_PAGES):
            told = said_objects(page["items"])
            if not all(id_of(pin) for pin in told):
                raise Transient("a pin without an id")
            found += told
        return found, not said_text(page.get("bookmark"))

    def _page_of_pins(self, params: Mapping[str, str]) -> dict[str, Any]:
        return self._calls.read(f"/boards/{self._board}/pins", params)

    # Checking, and lasting.

    def check(self) -> Profile:
        """See ``contract.Connects``: the board, still there and still ours to pin on."""
        try:
            board = self._calls.read(f"/boards/{self._board}")
        except Rejected as error:
            raise AuthExpired(f"{error.detail}: the board") from error
        if id_of(board) != self._board:
            raise Transient("not the board that was asked for")
        return profile_of(board)

    def renew_access(self) -> Lasting:
        """See ``contract.RenewsAccess``."""
        return lasting(FLOW.renewed(self._tools))


def lasting(secret: Mapping[str, str]) -> Lasting:
    """Return how long these tokens give access: as long as they are renewed in time."""
    if "refresh_expires_at" not in secret:
        return Lasting()
    until = ends_at(secret, "refresh_expires_at")
    return Lasting(until=until, renew_at=until - RENEWED_BEFORE)


# Pins and boards as Pinterest has them.


def id_of(thing: Mapping[str, Any]) -> str:
    """Return the id of a pin or a board; empty if it has none."""
    told = said_text(thing.get("id"))
    return told if told.isascii() and told.isdecimal() and len(told) <= 30 else ""


def profile_of(board: Mapping[str, Any]) -> Profile:
    """Return a board as it is shown to choose from: its name, and whose it is."""
    owner = said_text(said_object(board.get("owner")).get("username"))
    url = f"{SITE}/{owner}/" if owner else f"{SITE}/"
    return Profile(id_of(board), said_text(board.get("name")), f"@{owner}" if owner else "", url)


def _source(out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any]:
    if out.video is not None:
        video = {"source_type": "video_id", "media_id": json.loads(parts["video"])["id"]}
        return {**video, "cover_image_key_frame_time": COVER_AT_S}
    urls = json.loads(parts["pictures"])["urls"]
    if len(urls) == 1:
        return {"source_type": "image_url", "url": urls[0]}
    return {"source_type": "multiple_image_urls", "items": [{"url": url} for url in urls]}


def _alt(out: Outgoing) -> str:
    """Return what the video or the pictures show: a pin has one text for all of them."""
    if out.video is not None:
        return out.video.alt.strip()
    alts = [picture.alt.strip() for picture in out.pictures if picture.alt.strip()]
    together = " · ".join(alts)
    return together if len(together) <= MAX_ALT else alts[0]


def _address(pin_id: str) -> str:
    return f"{SITE}/pin/{pin_id}/"


def _created_at(pin: Mapping[str, Any]) -> datetime:
    """Return when a pin was made: in UTC, which Pinterest doesn't say each time."""
    told = said_text(pin.get("created_at"))
    at = iso_instant(told) or iso_instant(f"{told}Z")
    if at is None:
        raise Transient("a pin without a date")
    return at


def _is_free(pin: Mapping[str, Any], search: Search) -> bool:
    """Say whether a pin was made in the time looked at, and is no other delivery's."""
    return search.since <= _created_at(pin) <= search.until and not search.is_taken(id_of(pin))


def _is_pin_of(pin: Mapping[str, Any], out: Outgoing) -> bool:
    """Say whether a pin has a version's words, its link and as many pictures, or a video."""
    content = out.content
    if _is_film(pin) != (out.video is not None) or _count(pin) != len(content.media):
        return False
    wanted = (content.title, wording(content, SPEC), content.link or "")
    has = (said_text(pin.get(name)) for name in ("title", "description", "link"))
    return [*map(canonical, has)] == [*map(canonical, wanted)]


def _is_film(pin: Mapping[str, Any]) -> bool:
    return said_object(pin.get("media")).get("media_type") == "video"


def _count(pin: Mapping[str, Any]) -> int:
    """Return how many pictures a pin has."""
    items = said_object(pin.get("media")).get("items")
    return len(items) if isinstance(items, list) else 1


def _is_near(pin: Mapping[str, Any], search: Search) -> bool:
    """Say whether a pin may be ours, altered in a way that we don't know."""
    shown = frozenset({canonical(said_text(pin.get("title")) + said_text(pin.get("description")))})
    words = (c.content.title + wording(c.content, SPEC) for c in search.candidates)
    return any(is_alike(canonical(text), shown) for text in words)


NETWORK = Network(
    spec=SPEC,
    open=Pinterest,
    oauth=later_value("chalicelib.networks.pinterest_oauth", "OAUTH"),
    hear=later("chalicelib.networks.pinterest_hearing", "Hearing"),
)
