"""Any network without its API: a kit to paste by hand, and a person who says it is done."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from chalicelib.clock import Clock
from chalicelib.networks.addresses import is_web_address
from chalicelib.networks.composers import CLOSED, OPEN, TAKEN_IN, Composer
from chalicelib.networks.contract import Connection, Network, Profile, Tools
from chalicelib.networks.counting import Unit, count
from chalicelib.networks.spec import Field, Limits, MediaRules, NetworkSpec, Option, TextLimit
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import Rejected
from chalicelib.publishing.posts import Content, normalise_text

if TYPE_CHECKING:
    from chalicelib.networks.http import Http

_PICTURES = MediaRules(
    types=("image/jpeg", "image/png", "image/webp", "image/gif"),
    max_count=35,
    max_bytes=8_000_000,
    max_pixels=4000 * 4000,
    max_alt=2000,
)

SPEC = NetworkSpec(
    name="manual",
    label={"fr": "À coller soi-même", "en": "To paste by hand"},
    resend_class=ResendClass.PERSON,
    # Those of the network aimed at replace these when a channel is connected.
    limits=Limits(
        text=(TextLimit(Unit.CODE_POINTS, 63_206),),
        media=_PICTURES,
        video=TAKEN_IN,
        text_required=False,
    ),
    options=frozenset({Option.TITLE, Option.FIRST_COMMENT}),
    fields=(
        Field(
            "target",
            {"fr": "Réseau", "en": "Network"},
            {"fr": "Celui où vous collerez le texte.", "en": "Where you will paste the text."},
            choices={name: composer.label for name, composer in OPEN.items()},
        ),
        Field(
            "page",
            {"fr": "Adresse de votre page", "en": "Address of your page"},
            {
                "fr": "Celle que voient vos clients ; pour Mastodon ou WordPress, votre serveur.",
                "en": "The one your customers see; for Mastodon or WordPress, your server.",
            },
            placeholder="https://www.instagram.com/boulangerie.martin",
        ),
    ),
    connect_help={
        "fr": "Aucun accès à donner : à l’heure dite, Relais vous envoie le texte, les images "
        "ou la vidéo, prêts à coller, et vous lui dites quand c’est fait.",
        "en": "No access to give: at the time you chose, Relais sends you the text, the "
        "pictures or the video, ready to paste, and you say when it is done.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://developers.facebook.com/docs/sharing/reference/share-dialog",
        "https://docs.x.com/x-for-websites/post-button/guides/web-intent",
        "https://docs.bsky.app/docs/advanced-guides/intent-links",
        "https://core.telegram.org/widgets/share",
        "https://developers.facebook.com/docs/threads/threads-web-intents",
    ),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Kit:
    """A post ready to be pasted."""

    label: Mapping[str, str]
    title: str
    """To be pasted into its own field; empty where the network has none."""
    text: str
    """The text and the link, to be pasted."""
    over_by: int
    """How much the text is too long for the network; 0: it fits."""
    composer_url: str
    """The network's own page for writing, the text already in it where it takes one."""


def kit(content: Content, media: Sequence[str], settings: Mapping[str, str]) -> Kit:
    """Return what a person needs to publish a post by hand on the channel's network.

    Args:
        content: what goes out there.
        media: public addresses of its pictures.
        settings: the channel's: ``target`` and ``page``.
    """
    composer = OPEN[settings["target"]]
    text = wording(content, SPEC)
    opens = _opens(composer, content, media)
    given = normalise_text(content.text) if "{link}" in opens else text
    return Kit(
        label=composer.label,
        title=content.title.strip() if composer.has_title else "",
        text=text,
        over_by=max(0, *(count(text, t.unit, t.url_length) - t.maximum for t in composer.texts)),
        composer_url=opens.format(
            text=quote(given, safe=""),
            link=quote(content.link or "", safe=""),
            media=quote(media[0] if media else "", safe=""),
            page=settings["page"].rstrip("/"),
        ),
    )


def _opens(composer: Composer, content: Content, media: Sequence[str]) -> str:
    """Return the composer's address, or the page's where the composer would open empty."""
    lacks_link = "{link}" in composer.opens and not content.link
    lacks_media = "{media}" in composer.opens and not media
    return "{page}" if lacks_link or lacks_media else composer.opens


class Manual:
    """A channel that a person serves: nothing is sent, nothing can be looked up."""

    def __init__(self, tools: Tools) -> None:
        self._settings = tools.settings

    def check(self) -> Profile:
        """See ``contract.Connects``: there is nobody to ask."""
        return _profile(self._settings["target"], self._settings["page"])


def connect(fields: Mapping[str, str], _http: Http, _clock: Clock) -> Connection:
    """Remember which network the kit is for; see ``contract.Connector``."""
    target, page = fields["target"].strip(), fields["page"].strip()
    if target in CLOSED:
        raise Rejected(CLOSED[target].closed["en"], "closed")
    if target not in OPEN:
        raise Rejected("no such network", "target")
    if not is_web_address(page):
        raise Rejected("not a web address", "page")
    return Connection(
        _profile(target, page), {"target": target, "page": page}, {}, limits_of(target)
    )


def limits_of(target: str) -> Limits:
    """Return what the network aimed at takes."""
    composer = OPEN[target]
    media = MediaRules(
        types=_PICTURES.types,
        max_count=composer.max_pictures,
        max_bytes=_PICTURES.max_bytes,
        max_pixels=_PICTURES.max_pixels,
        max_alt=_PICTURES.max_alt,
    )
    mixed = composer.video if composer.mixes else None
    return Limits(
        text=composer.texts, media=media, video=composer.video, mixed=mixed, text_required=False
    )


def _profile(target: str, page: str) -> Profile:
    return Profile(page, OPEN[target].label["fr"], "", page)


NETWORK = Network(SPEC, Manual, connect)
