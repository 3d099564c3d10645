"""Where a person pastes a post by hand, network by network: its limits and its own composer.

The addresses are those that the networks document for sharing, as far as they do; the pages
are named in ``docs/networks/manual.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from chalicelib.networks.contract import TextLimit
from chalicelib.networks.counting import Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """How one network takes a post from a person's hands."""

    label: Mapping[str, str]
    text: TextLimit
    opens: str
    """The address of its composer; ``{text}``, ``{link}`` and ``{media}`` are filled in, and
    ``{page}`` is the address of the person's own page there."""
    max_pictures: int = 10
    takes_link: bool = True
    """False where a link in the text can't be followed."""
    closed: Mapping[str, str] = field(default_factory=dict)


def _same(name: str) -> Mapping[str, str]:
    return {"fr": name, "en": name}


COMPOSERS: Mapping[str, Composer] = {
    "facebook": Composer(
        label=_same("Facebook"),
        text=TextLimit(Unit.CODE_POINTS, 63_206),
        opens="https://www.facebook.com/sharer/sharer.php?u={link}",
    ),
    "instagram": Composer(
        label=_same("Instagram"),
        text=TextLimit(Unit.UTF16_UNITS, 2_200),
        opens="https://www.instagram.com/",
        takes_link=False,
    ),
    "threads": Composer(
        label=_same("Threads"),
        text=TextLimit(Unit.THREADS, 500),
        opens="https://www.threads.com/intent/post?text={text}",
        max_pictures=20,
    ),
    "x": Composer(
        label=_same("X"),
        text=TextLimit(Unit.X_WEIGHTED, 280, 23),
        opens="https://x.com/intent/post?text={text}",
        max_pictures=4,
    ),
    "linkedin": Composer(
        label=_same("LinkedIn"),
        text=TextLimit(Unit.CODE_POINTS, 3_000),
        opens="https://www.linkedin.com/feed/?shareActive=true&text={text}",
        max_pictures=20,
    ),
    "youtube": Composer(
        label=_same("YouTube"),
        text=TextLimit(Unit.UTF8_BYTES, 5_000),
        opens="https://studio.youtube.com/",
        max_pictures=5,
    ),
    "google_business": Composer(
        label={"fr": "Fiche Google (Business Profile)", "en": "Google Business Profile"},
        text=TextLimit(Unit.CODE_POINTS, 1_500),
        opens="https://business.google.com/posts",
        max_pictures=1,
    ),
    "tiktok": Composer(
        label=_same("TikTok"),
        text=TextLimit(Unit.UTF16_UNITS, 2_200),
        opens="https://www.tiktok.com/upload",
        max_pictures=35,
        takes_link=False,
    ),
    "pinterest": Composer(
        label=_same("Pinterest"),
        text=TextLimit(Unit.CODE_POINTS, 800),
        opens="https://www.pinterest.com/pin/create/button/"
        "?url={link}&media={media}&description={text}",
        max_pictures=5,
    ),
    "telegram": Composer(
        label=_same("Telegram"),
        text=TextLimit(Unit.UTF16_UNITS, 4_096),
        opens="https://t.me/share/url?url={link}&text={text}",
    ),
    "mastodon": Composer(
        label=_same("Mastodon"),
        text=TextLimit(Unit.MASTODON, 500, 23),
        opens="{page}/share?text={text}",
        max_pictures=4,
    ),
    "bluesky": Composer(
        label=_same("Bluesky"),
        text=TextLimit(Unit.GRAPHEMES, 300),
        opens="https://bsky.app/intent/compose?text={text}",
        max_pictures=4,
    ),
    "wordpress": Composer(
        label={"fr": "Site WordPress", "en": "WordPress site"},
        text=TextLimit(Unit.CODE_POINTS, 50_000),
        opens="{page}/wp-admin/post-new.php",
        max_pictures=20,
    ),
    "foursquare": Composer(
        label=_same("Foursquare"),
        text=TextLimit(Unit.CODE_POINTS, 200),
        opens="https://business.foursquare.com/",
        max_pictures=1,
        takes_link=False,
    ),
    "other": Composer(
        label={"fr": "Un autre endroit", "en": "Somewhere else"},
        text=TextLimit(Unit.CODE_POINTS, 20_000),
        opens="{page}",
        max_pictures=20,
    ),
    "viadeo": Composer(
        label=_same("Viadeo"),
        text=TextLimit(Unit.CODE_POINTS, 1),
        opens="",
        closed={
            "fr": "Viadeo a été placé en redressement judiciaire en novembre 2016 et racheté par "
            "Le Figaro ; le réseau a fermé depuis. Ses membres sont allés sur LinkedIn.",
            "en": "Viadeo went into receivership in November 2016 and was bought by Le Figaro; "
            "the network has closed since. Its members went to LinkedIn.",
        },
    ),
    "google_plus": Composer(
        label=_same("Google+"),
        text=TextLimit(Unit.CODE_POINTS, 1),
        opens="",
        closed={
            "fr": "Google+ a fermé le 2 avril 2019. Pour une entreprise locale, la fiche Google "
            "(Business Profile) a pris la suite.",
            "en": "Google+ closed on 2 April 2019. For a local firm, Google Business Profile "
            "has taken its place.",
        },
    ),
}
"""Every network that a post can be pasted on, and the closed ones that people still ask for."""

OPEN = {name: composer for name, composer in COMPOSERS.items() if not composer.closed}
CLOSED = {name: composer for name, composer in COMPOSERS.items() if composer.closed}
