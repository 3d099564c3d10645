"""Instagram: a professional account, by Instagram's own sign-in.

A post is a picture, a carousel or a reel with a caption, or a story; Instagram fetches the media
itself.
Its container is prepared, and publishing it is the one call.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from chalicelib.measuring.metrics import Metric
from chalicelib.networks import instagram_stories as stories
from chalicelib.networks.contract import (
    Lasting,
    Network,
    Outgoing,
    Picture,
    Profile,
    Search,
    Tools,
    Video,
    later,
    later_value,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.graph import QUICK_SECONDS, Graph, LacksRight
from chalicelib.networks.graph_containers import (
    Containers,
    Recent,
    found,
    quota_of,
    require_quota,
    told_by,
)
from chalicelib.networks.graph_tokens import LongLived
from chalicelib.networks.instagram_account import (
    ACCOUNT,
    ORIGIN,
    graph,
    meaning,
    profile_of,
    recent,
)
from chalicelib.networks.spec import (
    Answering,
    Limits,
    MediaRules,
    Moderation,
    NetworkSpec,
    Option,
    TextLimit,
    VideoRules,
)
from chalicelib.networks.stories import apart
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NetworkError,
    NotThere,
    Part,
    Pending,
    Published,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.instagram_comments import Answers
    from chalicelib.publishing.posts import Content

TOKENS = LongLived(ORIGIN, "ig")
NARROWEST, WIDEST = 3 / 4, 1.91
"""Width by height: https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
says 4:5 to 1.91:1; 3:4 has been taken since 2025, which stands on no page."""
QUOTA = ("quota_usage", "config")
SLACK = 0.01
"""Of a ratio, for pixels are whole."""

REEL = VideoRules(
    # "Reel Specifications" of ig-user/media (below): MP4 or MOV, 300 MB, 3 seconds to 15 minutes,
    # at most 1,920 wide, 0.01:1 to 10:1. Alternative texts are for images only.
    types=("video/mp4", "video/quicktime"),
    max_bytes=300_000_000,
    max_seconds=15 * 60,
    min_seconds=3,
    max_width=1920,
    min_ratio=0.01,
    max_ratio=10.0,
)
SPEC = NetworkSpec(
    name="instagram",
    label={"fr": "Instagram", "en": "Instagram"},
    resend_class=ResendClass.TWO_PHASE,
    limits=Limits(
        # https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media
        # "Maximum 2200 characters": in UTF-16 units, the stricter reading.
        text=(TextLimit(Unit.UTF16_UNITS, 2_200),),
        media=MediaRules(
            # The same page: JPEG only, 8 MB, 320 to 1,440 wide (larger ones are scaled down).
            types=("image/jpeg",),
            # https://developers.facebook.com/docs/instagram-platform/content-publishing
            max_count=10,
            min_count=1,
            max_bytes=8_000_000,
            max_pixels=1440 * 1920,
            max_width=1440,
            max_height=1920,
            max_alt=1_000,
        ),
        text_required=False,
        video=REEL,
        # A carousel mixes images and videos; of these 60 seconds is what its page has long said.
        # https://developers.facebook.com/docs/instagram-platform/content-publishing#carousel-posts
        mixed=replace(REEL, max_seconds=60),
        story=stories.RULES,
    ),
    options=frozenset({Option.FIRST_COMMENT, Option.STORY}),
    fields=(),
    page_fields=frozenset(),
    app="instagram",
    connect_help={
        "fr": "Il faut un compte professionnel (Entreprise ou Créateur) : dans Instagram, ouvrez "
        "Paramètres, Type de compte et outils. Puis connectez-vous ici avec ce compte et laissez "
        "toutes les autorisations.",
        "en": "You need a professional account (Business or Creator): in Instagram open Settings, "
        "Account type and tools. Then sign in here with this account and leave every permission "
        "on.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    barrier={
        "fr": "Instagram doit d’abord avoir examiné cette installation (App Review) et vérifié "
        "l’entreprise qui la gère : comptez deux à six semaines. Relais doit être à une adresse "
        "publique, où Instagram vient chercher images et vidéos. En attendant, "
        "« À coller soi-même » fonctionne dès aujourd’hui.",
        "en": "Instagram must first have reviewed this installation (App Review) and verified the "
        "firm that runs it: count two to six weeks. Relais must be at a public address, where "
        "Instagram fetches pictures and videos. Meanwhile, “To paste by hand” works today.",
    },
    # https://developers.facebook.com/docs/instagram-platform/content-publishing
    quota={
        "fr": "100 publications en 24 heures, 50 pour certains comptes",
        "en": "100 posts in 24 hours, 50 for some accounts",
    },
    docs=(
        "https://developers.facebook.com/docs/instagram-platform/content-publishing",
        "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/media",
        "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-user/stories",
        "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/ig-container",
        "https://developers.facebook.com/docs/instagram-platform/instagram-graph-api/reference/error-codes",
        "https://developers.facebook.com/docs/instagram-platform/instagram-api-with-instagram-login/business-login",
        "https://developers.facebook.com/docs/instagram-platform/comment-moderation",
        "https://developers.facebook.com/docs/instagram-platform/insights",
        "https://developers.facebook.com/docs/graph-api/overview/rate-limiting",
    ),
    hears=True,
    answers=Answering(
        # Not documented of a comment: no longer than a caption.
        Limits(text=(TextLimit(Unit.UTF16_UNITS, 2_200),), media=MediaRules((), 0, 0, 0))
    ),
    moderates=frozenset({Moderation.HIDE, Moderation.DELETE}),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.POSTS, Metric.VIEWS, Metric.REACH}
        | {Metric.LIKES, Metric.REPLIES, Metric.REPOSTS, Metric.BOOKMARKS}
    ),
)


class Instagram:
    """One professional account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._account = tools.settings["account"]

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the containers; an answer needs none."""
        if out.answers:
            self._answers().require(out)
            return
        if not out.content.is_story:
            for picture in out.pictures:
                _require_ratio(picture)
        if "post" not in parts:
            self._require_quota()
        items, whole = _forms(out)
        yield from self._containers().prepare(items, whole, parts)

    def _require_quota(self) -> None:
        now = self._tools.clock.now()
        require_quota(self._limit(), *QUOTA, now, self._counted)

    def _counted(self, since: datetime) -> Recent:
        """Return what counts against the quota: posts and stories."""
        posts, shown = self._recent(since), self._stories()
        return Recent(posts.posts + shown.posts, posts.is_whole and shown.is_whole)

    def _limit(self) -> dict[str, Any]:
        fields = {"fields": ",".join(QUOTA)}
        return self._graph().get(f"{self._account}/content_publishing_limit", fields)

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST /{account}/media_publish."""
        try:
            if out.answers:
                return self._answers().publish(out, before_send)
            path = f"{self._account}/media_publish"
            media = self._containers().publish(path, parts, before_send)
        except AuthExpired as error:
            if isinstance(error, LacksRight) or not self._reads():
                raise
            raise Transient(f"{error.detail}, though the token works") from error
        return Published(media, self._containers().url_of(media))

    def _reads(self) -> bool:
        """Say whether the token is one: it was refused, perhaps by accident."""
        try:
            self._graph().get("me", {"fields": "user_id"}, deadline_s=QUICK_SECONDS)
        except NetworkError:
            return False
        return True

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the container, then the latest posts, or stories."""
        if search.candidates[0].answers:
            return self._answers().find(search)
        state = self._containers().looked_at(search.parts)
        told = told_by(state)
        if told is not None:
            return told
        first, *others = apart(search)
        looked = self._found(state, first)
        for alike in others:
            if isinstance(looked, NotThere):
                looked = self._found(None, alike)
        return looked

    def _found(self, state: str | None, search: Search) -> Found | NotThere | CantTell:
        if search.candidates[0].content.is_story:
            return stories.found(state, search, self._stories)
        return found(state, search, partial(self._recent, search.since), text_of)

    def _recent(self, since: datetime) -> Recent:
        return recent(self._graph(), self._account, since)

    def _stories(self) -> Recent:
        return stories.recent(self._graph(), self._account)

    # Who we are.

    def check(self) -> Profile:
        """See ``contract.Connects``: the quota is told only to who may publish."""
        me = self._graph().get("me", {"fields": ACCOUNT})
        return replace(profile_of(me), quota=quota_of(self._limit(), *QUOTA))

    def renew_access(self) -> Lasting:
        """See ``contract.RenewsAccess``."""
        return TOKENS.renewed(self._tools)

    def _answers(self) -> Answers:
        from chalicelib.networks.instagram_comments import Answers  # noqa: PLC0415 - it knows this

        return Answers(self._graph(), self._tools.settings)

    def _containers(self) -> Containers:
        return Containers(
            graph=self._graph(),
            clock=self._tools.clock,
            made_at=f"{self._account}/media",
            state="status_code",
            why="status",
            meaning=meaning,
        )

    def _graph(self) -> Graph:
        return graph(self._tools.http, self._tools.clock, self._tools.credentials.secret)


def text_of(out: Outgoing) -> str:
    """Return the caption, or the words of an answer."""
    return wording(out.content, SPEC)


def _require_ratio(picture: Picture) -> None:
    ratio = picture.width / picture.height
    if not NARROWEST - SLACK <= ratio <= WIDEST + SLACK:
        raise Rejected(f"a picture of {picture.width} × {picture.height}", "media_ratio")


Forms = tuple[Sequence[Callable[[], Mapping[str, str]]], Callable[[Sequence[str]], dict[str, str]]]


def _forms(out: Outgoing) -> Forms:
    """Return what makes the items of a carousel (none for anything else), and the post."""
    if out.content.is_story:
        return (), lambda _: stories.form_of(out)
    if out.video is not None:
        reel = {"media_type": "REELS", "video_url": out.video.url(), "share_to_feed": "true"}
        return (), lambda _: {**reel, **_caption(out)}
    if len(out.items) == 1:
        return (), lambda _: {**_image(out.pictures[0]), **_caption(out)}
    items = [partial(_item, item) for item in out.items]
    return items, lambda ids: {
        "media_type": "CAROUSEL",
        "children": ",".join(ids),
        **_caption(out),
    }


def _item(item: Picture | Video) -> dict[str, str]:
    if isinstance(item, Video):
        shown = {"media_type": "VIDEO", "video_url": item.url()}
    else:
        shown = _image(item)
    return {**shown, "is_carousel_item": "true"}


def _image(picture: Picture) -> dict[str, str]:
    form = {"image_url": picture.url()}
    return {**form, "alt_text": picture.alt} if picture.alt else form


def _caption(out: Outgoing) -> dict[str, str]:
    caption = text_of(out)
    return {"caption": caption} if caption else {}


def refs_of_own(remote_id: str, url: str, _content: Content) -> Mapping[str, str]:
    """See ``contract.Network``."""
    return {"own": remote_id, "url": url}


NETWORK = Network(
    spec=SPEC,
    open=Instagram,
    oauth=later_value("chalicelib.networks.instagram_oauth", "OAUTH"),
    hear=later("chalicelib.networks.instagram_hearing", "Hearing"),
    refs_of_own=refs_of_own,
)
