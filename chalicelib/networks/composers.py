"""Where a person pastes a post by hand, network by network: its limits and its own composer.

The addresses are those that the networks document for sharing, as far as they do; the pages
are named in ``docs/networks/manual.md``.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

from chalicelib.networks.counting import Unit
from chalicelib.networks.spec import TextLimit, VideoRules

TAKEN_IN = VideoRules(
    types=("video/mp4", "video/quicktime"), max_bytes=209_715_200, max_seconds=900, max_alt=2000
)
"""Every video that we take in: for a network that takes larger ones, or documents no limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Composer:
    """How one network takes a post from a person's hands."""

    label: Mapping[str, str]
    text: TextLimit
    opens: str
    """The address of its composer; ``{text}``, ``{link}`` and ``{media}`` are filled in, and
    ``{page}`` is the address of the person's own page there."""
    max_pictures: int = 10
    """Ten where nothing is documented."""
    video: VideoRules | None = TAKEN_IN
    """None where it takes none."""
    mixes: bool = False
    """True where videos and pictures stand side by side."""
    takes_link: bool = True
    """False where a link in the text can't be followed."""
    has_title: bool = False
    """True where a title has a field of its own."""
    max_bytes: int = 0
    """Of the text in UTF-8, where that is limited beside ``text``; 0: it isn't."""
    closed: Mapping[str, str] = field(default_factory=dict)

    @property
    def texts(self) -> tuple[TextLimit, ...]:
        """All limits of its text: every one must hold."""
        more = (TextLimit(Unit.UTF8_BYTES, self.max_bytes),) if self.max_bytes else ()
        return (self.text, *more)


def _same(name: str) -> Mapping[str, str]:
    return {"fr": name, "en": name}


COMPOSERS: Mapping[str, Composer] = {
    "facebook": Composer(
        label=_same("Facebook"),
        # Not documented: what its page has long enforced. Ten pictures are prudent.
        text=TextLimit(Unit.CODE_POINTS, 63_206),
        opens="https://www.facebook.com/sharer/sharer.php?u={link}",
    ),
    "instagram": Composer(
        label=_same("Instagram"),
        # A caption's length, and a carousel's pictures:
        # https://developers.facebook.com/docs/instagram-platform/content-publishing
        # In UTF-16 units, the stricter reading of "characters".
        text=TextLimit(Unit.UTF16_UNITS, 2_200),
        opens="https://www.instagram.com/",
        takes_link=False,
        # A reel's: https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
        video=replace(TAKEN_IN, min_seconds=3),
        mixes=True,
    ),
    "threads": Composer(
        label=_same("Threads"),
        # https://developers.facebook.com/docs/threads/posts (500, and 20 in a carousel)
        # https://developers.facebook.com/docs/threads/overview (a video of five minutes)
        text=TextLimit(Unit.THREADS, 500),
        opens="https://www.threads.com/intent/post?text={text}",
        max_pictures=20,
        video=replace(TAKEN_IN, max_seconds=300),
        mixes=True,
    ),
    "x": Composer(
        label=_same("X"),
        # https://docs.x.com/fundamentals/counting-characters
        # https://docs.x.com/x-api/posts/create-post (four pictures)
        # https://docs.x.com/x-api/media/quickstart/best-practices (a video of 140 seconds)
        text=TextLimit(Unit.X_WEIGHTED, 280, 23),
        opens="https://x.com/intent/post?text={text}",
        max_pictures=4,
        video=replace(TAKEN_IN, max_seconds=140),
    ),
    "linkedin": Composer(
        label=_same("LinkedIn"),
        # https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api
        # https://learn.microsoft.com/linkedin/marketing/community-management/shares/multiimage-post-api
        # https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api
        text=TextLimit(Unit.CODE_POINTS, 3_000),
        opens="https://www.linkedin.com/feed/?shareActive=true&text={text}",
        max_pictures=20,
        video=replace(TAKEN_IN, min_seconds=3),
    ),
    "linkedin_pages": Composer(
        label={"fr": "LinkedIn (page d’entreprise)", "en": "LinkedIn (company page)"},
        # The same limits; a page is written on from the page itself.
        text=TextLimit(Unit.CODE_POINTS, 3_000),
        opens="{page}",
        max_pictures=20,
        video=replace(TAKEN_IN, min_seconds=3),
    ),
    "youtube": Composer(
        label=_same("YouTube"),
        # A video's description: https://developers.google.com/youtube/v3/docs/videos#snippet
        # It stands for a post's text, for which nothing is documented; nor are its pictures.
        text=TextLimit(Unit.UTF8_BYTES, 5_000),
        opens="https://studio.youtube.com/",
        has_title=True,
        max_pictures=5,
    ),
    "google_business": Composer(
        label={"fr": "Fiche Google (Business Profile)", "en": "Google Business Profile"},
        # https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
        # Its text is documented; of pictures, a post shows one.
        # https://support.google.com/business/answer/6103862 (a video: 30 seconds, 75 MB, 720p)
        text=TextLimit(Unit.CODE_POINTS, 1_500),
        opens="https://business.google.com/posts",
        max_pictures=1,
        video=replace(TAKEN_IN, max_bytes=75_000_000, max_seconds=30, min_side=720),
    ),
    "tiktok": Composer(
        label=_same("TikTok"),
        # https://developers.tiktok.com/doc/content-posting-api-reference-direct-post (a video's)
        # https://developers.tiktok.com/doc/content-posting-api-reference-photo-post (35 pictures)
        # https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide (ten minutes)
        text=TextLimit(Unit.UTF16_UNITS, 2_200),
        opens="https://www.tiktok.com/upload",
        max_pictures=35,
        takes_link=False,
        video=replace(TAKEN_IN, max_seconds=600, min_side=360),
    ),
    "pinterest": Composer(
        label=_same("Pinterest"),
        # https://developers.pinterest.com/docs/api/v5/pins-create
        # https://help.pinterest.com/en/business/article/pinterest-product-specs (4 s to 15 min)
        text=TextLimit(Unit.CODE_POINTS, 800),
        opens="https://www.pinterest.com/pin/create/button/"
        "?url={link}&media={media}&description={text}",
        has_title=True,
        max_pictures=5,
        video=replace(TAKEN_IN, min_seconds=4),
    ),
    "telegram": Composer(
        label=_same("Telegram"),
        # https://core.telegram.org/bots/api#sendmessage, #sendmediagroup (ten in an album)
        text=TextLimit(Unit.UTF16_UNITS, 4_096),
        opens="https://t.me/share/url?url={link}&text={text}",
    ),
    "mastodon": Composer(
        label=_same("Mastodon"),
        # What Mastodon itself takes: a server may say otherwise.
        # https://docs.joinmastodon.org/entities/Instance/#configuration
        text=TextLimit(Unit.MASTODON, 500, 23),
        opens="{page}/share?text={text}",
        max_pictures=4,
        # https://github.com/mastodon/mastodon/blob/main/app/models/media_attachment.rb
        # (VIDEO_LIMIT: 99 megabytes)
        video=replace(TAKEN_IN, max_bytes=99 * 1_048_576, max_alt=1500),
    ),
    "bluesky": Composer(
        label=_same("Bluesky"),
        # https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/embed/images.json
        # (four pictures), and for a video, as its app takes them (ten minutes):
        # https://github.com/bluesky-social/social-app/blob/main/src/lib/constants.ts
        text=TextLimit(Unit.GRAPHEMES, 300),
        opens="https://bsky.app/intent/compose?text={text}",
        max_pictures=4,
        video=replace(TAKEN_IN, max_seconds=600),
        # app.bsky.feed.post: text has maxGraphemes 300 and maxLength 3000, in bytes.
        # https://github.com/bluesky-social/atproto/blob/main/lexicons/app/bsky/feed/post.json
        max_bytes=3_000,
    ),
    "wordpress": Composer(
        label={"fr": "Site WordPress", "en": "WordPress site"},
        # It has no limit; more than the pages let anybody type.
        text=TextLimit(Unit.CODE_POINTS, 50_000),
        opens="{page}/wp-admin/post-new.php",
        has_title=True,
        max_pictures=20,
    ),
    "foursquare": Composer(
        label=_same("Foursquare"),
        # A tip's: https://docs.foursquare.com/developer/reference/add-a-tip, and one picture:
        # https://docs.foursquare.com/developer/reference/add-photo
        text=TextLimit(Unit.CODE_POINTS, 200),
        opens="https://business.foursquare.com/",
        max_pictures=1,
        takes_link=False,
        video=None,
    ),
    "other": Composer(
        label={"fr": "Un autre endroit", "en": "Somewhere else"},
        # Nobody knows: as much as the pages let anybody type.
        text=TextLimit(Unit.CODE_POINTS, 20_000),
        opens="{page}",
        has_title=True,
        max_pictures=20,
    ),
    "viadeo": Composer(
        label=_same("Viadeo"),
        text=TextLimit(Unit.CODE_POINTS, 1),
        opens="",
        closed={
            "fr": "Viadeo a été placé en redressement judiciaire en novembre 2016 et racheté par "
            "Le Figaro ; le réseau a fermé depuis. Ses membres sont allés sur LinkedIn.",
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
