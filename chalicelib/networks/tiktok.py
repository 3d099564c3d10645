"""TikTok: a video, or photos, published at once on an account.

A video is announced, then sent in pieces; the last one is the one call, and what was announced
goes out once. Photos are fetched by TikTok: asking for that is the one call. Either way TikTok
works on it before it is live: a look asks what became of it.
https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
https://developers.tiktok.com/doc/content-posting-api-reference-photo-post
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
    Video,
    later,
    later_value,
)
from chalicelib.networks.counting import Unit, count
from chalicelib.networks.matching import canonical
from chalicelib.networks.replies import iso_instant, said_text
from chalicelib.networks.spec import (
    Limits,
    MediaRules,
    NetworkSpec,
    Option,
    TextLimit,
    VideoRules,
)
from chalicelib.networks.tiktok_account import (
    EVERYBODY,
    FIELDS,
    creator_for,
    lasting,
    profile_of,
    reused_so,
    shown_so,
)
from chalicelib.networks.tiktok_api import CREATOR, FLOW, SITE, calls
from chalicelib.networks.tiktok_posts import (
    CUT_AT,
    OPEN_FOR,
    POST,
    SENT,
    Listed,
    State,
    Upload,
    forgotten,
    known,
    listed,
    meaning,
    pieces_of,
    state_of,
)
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    RateLimited,
    Rejected,
    Transient,
)

MAX_TITLE = 90
SHOWN_FOR = timedelta(days=5)
"""Photos are shown for a week: a try that comes later shows them anew."""
ID_AWAITED = timedelta(minutes=2)
"""Before a search's window ends, the id of a live post is waited for: it is told once the post
has been let through, usually within a minute."""
LIVE, PHOTOS = "live", "photos"

SPEC = NetworkSpec(
    name="tiktok",
    label={"fr": "TikTok", "en": "TikTok"},
    resend_class=ResendClass.TWO_PHASE,
    limits=Limits(
        # A video's text (title: 2,200 UTF-16 units), and for photos too, which have 4,000:
        # https://developers.tiktok.com/doc/content-posting-api-reference-direct-post
        text=(TextLimit(Unit.UTF16_UNITS, 2_200),),
        text_required=False,
        max_title=MAX_TITLE,
        media=MediaRules(
            # JPEG or WebP, 20 MB, at most 1080p, whichever way it is held:
            # https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
            types=("image/jpeg",),
            max_bytes=20_000_000,
            max_width=1_080,
            max_height=1_920,
            max_pixels=1_080 * 1_920,
            # https://developers.tiktok.com/doc/content-posting-api-reference-photo-post
            min_count=1,
            max_count=35,
        ),
        video=VideoRules(
            # 4 GB, 360 to 4,096 pixels, ten minutes where the account says nothing else:
            # https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide
            types=("video/mp4", "video/quicktime"),
            max_bytes=4_000_000_000,
            max_seconds=600,
            min_side=360,
            max_width=4_096,
        ),
    ),
    options=frozenset({Option.TITLE}),
    fields=FIELDS,
    connect_help={
        "fr": "Choisissez qui verra vos messages et ce qu’on pourra en faire, ouvrez la page de "
        "TikTok et acceptez tout avec le compte de l’entreprise. Chaque message sera signalé "
        "comme promotion de votre propre activité. En publiant, vous acceptez la confirmation "
        "d’utilisation de la musique de TikTok.",
        "en": "Choose who will see your posts and what may be done with them, open TikTok’s page "
        "and agree to everything with the firm’s account. Each post is marked as promoting your "
        "own business. By posting, you agree to TikTok’s Music Usage Confirmation.",
    },
    page_fields=frozenset({"visibility", "interactions"}),
    app="tiktok",
    barrier={
        "fr": "Qui gère cette installation de Relais l’enregistre auprès de TikTok, y demande "
        "« Direct Post » et passe son audit ; pour des photos, il y prouve aussi que l’adresse "
        "de Relais est la sienne. Comptez plusieurs semaines. Sans audit, TikTok ne montre un "
        "message qu’à son auteur : Relais le refuse plutôt que de le publier pour personne. En "
        "attendant, « À coller soi-même » marche dès aujourd’hui.",
        "en": "Whoever runs this installation of Relais registers it with TikTok, asks for "
        "“Direct Post” and passes its audit; for photos, they prove there that Relais’ address is "
        "theirs. Allow several weeks. Without the audit TikTok shows a post to its author only: "
        "Relais refuses it rather than publish it for nobody. Until then, “To paste by hand” "
        "works from today.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    # https://developers.tiktok.com/doc/content-sharing-guidelines
    quota={"fr": "environ 15 publications en 24 heures", "en": "about 15 posts in 24 hours"},
    docs=(
        "https://developers.tiktok.com/doc/content-posting-api-reference-direct-post",
        "https://developers.tiktok.com/doc/content-posting-api-reference-photo-post",
        "https://developers.tiktok.com/doc/content-posting-api-reference-query-creator-info",
        "https://developers.tiktok.com/doc/content-posting-api-reference-get-video-status",
        "https://developers.tiktok.com/doc/content-posting-api-media-transfer-guide",
        "https://developers.tiktok.com/doc/content-sharing-guidelines",
        "https://developers.tiktok.com/doc/login-kit-web",
        "https://developers.tiktok.com/doc/oauth-user-access-token-management",
        "https://developers.tiktok.com/doc/tiktok-api-v2-video-list",
        "https://developers.tiktok.com/doc/tiktok-api-v2-video-object",
        "https://developers.tiktok.com/doc/tiktok-api-v2-error-handling",
    ),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.POSTS, Metric.VIEWS}
        | {Metric.LIKES, Metric.REPLIES, Metric.REPOSTS}
    ),
)


class TikTok:
    """One account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._calls = calls(tools)

    # Publishing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: all of a video but its last piece; photos to be fetched."""
        taken = known(parts)
        state = state_of(self._calls, taken["id"]) if taken else None
        if state is not None and state.has_failed:
            yield forgotten()
            raise meaning(state.why, self._now(), is_video=out.video is not None)
        if state is not None and (out.video is None or state.has_all(taken.get("size", 0))):
            yield Part(LIVE, taken["id"])
        elif out.video is not None:
            yield from self._sent(out, out.video, taken, state, parts)
        else:
            yield from self._shown(out, parts)

    def _sent(
        self,
        out: Outgoing,
        video: Video,
        taken: Mapping[str, Any],
        state: State | None,
        parts: Mapping[str, str],
    ) -> Iterator[Part]:
        """Announce a video unless it is, and send all of it but what publishes it."""
        if state is None or self._now() > datetime.fromisoformat(taken["at"]) + OPEN_FOR:
            announced, start = self._announced(out, video), 0
            yield Part(POST, json.dumps(announced))
            yield Part(SENT, "0")
        else:
            announced = dict(taken)
            start = int(parts.get(SENT, "0")) if state.sent is None else state.sent
        yield from Upload(self._tools.http, announced, video).but_the_last(start)

    def _announced(self, out: Outgoing, video: Video) -> dict[str, Any]:
        creator = creator_for(self._calls, self._tools.settings, video.duration_ms / 1_000)
        piece, pieces = pieces_of(video.size)
        source = {
            "source": "FILE_UPLOAD",
            "video_size": video.size,
            "chunk_size": piece,
            "total_chunk_count": pieces,
        }
        info = shown_so(self._tools.settings, creator) | reused_so(self._tools.settings, creator)
        body = {"post_info": {"title": wording(out.content, SPEC), **info}, "source_info": source}
        told = self._calls.make("post/publish/video/init/", body)
        publish_id, url = said_text(told.get("publish_id")), said_text(told.get("upload_url"))
        if not publish_id or not url.startswith("https://"):
            raise Transient("no place to send the video to")
        return {"id": publish_id, "url": url, "size": video.size, "at": self._now().isoformat()}

    def _shown(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part]:
        """Put photos where TikTok may fetch them, and note how they may be published now."""
        if count(out.content.title, Unit.UTF16_UNITS) > MAX_TITLE:
            raise Rejected("a title longer than 90 units", "title_too_long")
        info = shown_so(self._tools.settings, creator_for(self._calls, self._tools.settings))
        shown = json.loads(parts.get(PHOTOS, "{}"))
        shown_at = iso_instant(shown.get("at"))
        if shown_at is None or self._now() >= shown_at + SHOWN_FOR:
            urls = [picture.url() for picture in out.pictures]
            shown = {"urls": urls, "at": self._now().isoformat()}
        yield Part(PHOTOS, json.dumps({**shown, "info": info}))

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: the last piece of a video, or the photos' addresses.

        What TikTok has taken isn't live yet, and may still be refused: a look tells.
        """
        taken = known(parts)
        if taken and parts.get(LIVE) == taken["id"]:
            raise OutcomeUnknown("TikTok has all of it already", is_taken=True)
        if out.video is None:
            raise self._asked_for(out, json.loads(parts[PHOTOS]), before_send)
        reply = Upload(self._tools.http, taken, out.video).last(before_send)
        if reply.status == 429:
            raise RateLimited("429 to the last piece")
        raise OutcomeUnknown(f"{reply.status} to the last piece", is_taken=reply.status == 201)

    def _asked_for(
        self, out: Outgoing, shown: Mapping[str, Any], before_send: Callable[[], None]
    ) -> OutcomeUnknown:
        text = {"title": out.content.title, "description": wording(out.content, SPEC)}
        given = {name: value for name, value in text.items() if value}
        body = {
            "media_type": "PHOTO",
            "post_mode": "DIRECT_POST",
            "post_info": {**given, **shown["info"], "auto_add_music": False},
            "source_info": {
                "source": "PULL_FROM_URL",
                "photo_images": shown["urls"],
                "photo_cover_index": 0,
            },
        }
        told = self._calls.send("POST", "post/publish/content/init/", body, before_send)
        publish_id = said_text(told.get("publish_id"))
        if not publish_id:
            return OutcomeUnknown("the answer has no id")
        part = Part(POST, json.dumps({"id": publish_id}))
        return OutcomeUnknown("TikTok fetches it", part, is_taken=True)

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: by what TikTok says of what it has taken.

        What has failed is kept, so that the next preparation tells why.

        Raises:
            Transient: it is being worked on, or is live and its id isn't told yet.
        """
        taken = known(search.parts)
        state = state_of(self._calls, taken["id"]) if taken else None
        if state is None:
            return self._read_back(search)
        if state.is_live:
            return self._live(search, taken["id"], state)
        if state.has_failed or state.lacks_bytes(taken.get("size", 0)):
            return NotThere(prepared_stands=True)
        raise Transient("TikTok is working on it")

    def _live(self, search: Search, publish_id: str, state: State) -> Found:
        version = search.candidates[0].version
        if state.post:
            kind = "video" if search.candidates[0].video else "photo"
            url = f"{SITE}/@{self._tools.settings['username']}/{kind}/{state.post}"
            return Found(state.post, url, version)
        is_awaited = self._tools.settings["visibility"] == EVERYBODY
        if is_awaited and self._now() < search.until - ID_AWAITED:
            raise Transient("it is live, and its id isn't told yet")
        return Found(publish_id, None, version)

    def _read_back(self, search: Search) -> Found | CantTell:
        """Look among the posts that anybody may see.

        Others aren't listed, nor those that TikTok still examines, which may take hours: what
        isn't there may be live.
        """
        for post in listed(self._calls, search.since):
            if not search.since <= post.at <= search.until or search.is_taken(post.id):
                continue
            for candidate in search.candidates:
                if _is_of(post, candidate):
                    return Found(post.id, post.url, candidate.version)
        return CantTell("TikTok lists only what it has let through")

    # Checking, and lasting.

    def check(self) -> Profile:
        """See ``contract.Connects``: who it is, and that we may publish."""
        return profile_of(self._calls.make(CREATOR), self._tools.settings["account"])

    def renew_access(self) -> Lasting:
        """See ``contract.RenewsAccess``."""
        return lasting(FLOW.renewed(self._tools), self._now())

    def _now(self) -> datetime:
        return self._tools.clock.now()


def _is_of(post: Listed, out: Outgoing) -> bool:
    """Say whether a listed post has a version's words, which are told cut; without any, no."""
    ours, theirs = canonical(wording(out.content, SPEC)), canonical(post.text)
    is_cut = len(post.text) >= CUT_AT and bool(theirs)
    return bool(ours) and (ours == theirs or (is_cut and ours.startswith(theirs)))


NETWORK = Network(
    spec=SPEC,
    open=TikTok,
    oauth=later_value("chalicelib.networks.tiktok_oauth", "OAUTH"),
    hear=later("chalicelib.networks.tiktok_hearing", "Hearing"),
)
