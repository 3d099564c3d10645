"""Threads: texts, a picture or several, or a video, in two phases.

``auto_publish_text`` would publish a text in one call that can't be asked about: it is never
used. https://developers.facebook.com/docs/threads/posts
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.answering import answering
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
from chalicelib.networks.counting import Unit, count, find_links
from chalicelib.networks.graph import QUICK_SECONDS, Graph, LacksRight, instant
from chalicelib.networks.graph_containers import (
    Containers,
    Recent,
    Shown,
    found,
    identity,
    quota_of,
    recent_of,
    require_quota,
)
from chalicelib.networks.graph_tokens import LongLived
from chalicelib.networks.replies import said_object, said_objects, said_text
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
    from chalicelib.clock import Clock
    from chalicelib.networks.http import Http
    from chalicelib.publishing.posts import Content

ORIGIN = "https://graph.threads.net"
TOKENS = LongLived(ORIGIN, "th")
PROFILE = "id,username,name"
POST = "id,text,timestamp,permalink,media_type,children{id},replied_to{id}"
LONGEST = 500
MOST_LINKS = 5
"""Different ones in a post: https://developers.facebook.com/docs/threads/posts#links"""
WIDEST = 10.0
"""Width by height, and the other way round:
https://developers.facebook.com/docs/threads/overview#image-specifications"""

VIDEO = VideoRules(
    # https://developers.facebook.com/docs/threads/overview#video-specifications: MP4 or
    # MOV, 1 GB, 5 minutes, at most 1,920 wide, 0.01:1 to 10:1
    types=("video/mp4", "video/quicktime"),
    max_bytes=1_000_000_000,
    max_seconds=5 * 60,
    max_width=1920,
    min_ratio=0.01,
    max_ratio=WIDEST,
    max_alt=1_000,
)
SPEC = NetworkSpec(
    name="threads",
    label={"fr": "Threads", "en": "Threads"},
    resend_class=ResendClass.TWO_PHASE,
    limits=Limits(
        # https://developers.facebook.com/docs/threads/posts#limitations: 500, emoji at their bytes
        text=(TextLimit(Unit.THREADS, LONGEST),),
        media=MediaRules(
            # https://developers.facebook.com/docs/threads/overview#image-specifications:
            # JPEG and PNG, 8 MB, 320 to 1,440 wide; 2 to 20 in a carousel
            types=("image/jpeg", "image/png"),
            max_count=20,
            max_bytes=8_000_000,
            max_pixels=1440 * 2560,
            max_width=1440,
            # The number isn't documented: Instagram's.
            max_alt=1_000,
        ),
        text_required=False,
        # https://developers.facebook.com/docs/threads/posts#carousel-posts: images and videos mixed
        video=VIDEO,
        mixed=VIDEO,
    ),
    options=frozenset({Option.LINK_CARD, Option.FIRST_COMMENT}),
    fields=(),
    page_fields=frozenset(),
    app="threads",
    connect_help={
        "fr": "Connectez-vous sur Threads avec le compte de l’entreprise et laissez toutes les "
        "autorisations. Le profil doit être public : l’accès d’un profil privé ne se renouvelle "
        "pas.",
        "en": "Sign in on Threads with the firm’s account and leave every permission on. The "
        "profile must be public: a private one’s access can’t be renewed.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    barrier={
        "fr": "Threads doit d’abord avoir examiné cette installation (App Review) et vérifié "
        "l’entreprise qui la gère : comptez deux à six semaines. Relais doit être à une adresse "
        "publique, où Threads vient chercher images et vidéos. En attendant, « À coller soi-même » "
        "fonctionne dès aujourd’hui.",
        "en": "Threads must first have reviewed this installation (App Review) and verified the "
        "firm that runs it: count two to six weeks. Relais must be at a public address, where "
        "Threads fetches pictures and videos. Meanwhile, “To paste by hand” works today.",
    },
    # https://developers.facebook.com/docs/threads/overview#rate-limits
    quota={
        "fr": "250 publications et 1 000 réponses en 24 heures",
        "en": "250 posts and 1,000 answers in 24 hours",
    },
    docs=(
        "https://developers.facebook.com/docs/threads/posts",
        "https://developers.facebook.com/docs/threads/overview",
        "https://developers.facebook.com/docs/threads/reference/publishing",
        "https://developers.facebook.com/docs/threads/get-started/long-lived-tokens",
        "https://developers.facebook.com/docs/threads/reply-management",
        "https://developers.facebook.com/docs/threads/threads-mentions",
        "https://developers.facebook.com/docs/threads/insights",
        "https://developers.facebook.com/docs/threads/troubleshooting",
    ),
    hears=True,
    answers=Answering(
        Limits(text=(TextLimit(Unit.THREADS, LONGEST),), media=MediaRules((), 0, 0, 0))
    ),
    moderates=frozenset({Moderation.HIDE}),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.VIEWS, Metric.LIKES}
        | {Metric.REPLIES, Metric.REPOSTS, Metric.QUOTES}
    ),
)


class Threads:
    """One account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._account = tools.settings["account"]

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the containers of a post, or of an answer."""
        _require(out)
        if "post" not in parts:
            self._require_quota(out)
        items, whole = _forms(out)
        with _answering(out):
            yield from self._containers().prepare(items, whole, parts)

    def _require_quota(self, out: Outgoing) -> None:
        """Posts and answers have a quota each."""
        usage, config = ("reply_quota_usage", "reply_config") if out.answers else QUOTA
        fields = {"fields": f"{usage},{config}"}
        answer = self._graph().get(f"{self._account}/threads_publishing_limit", fields)
        now, recent = self._tools.clock.now(), partial(self._recent, bool(out.answers))
        require_quota(answer, usage, config, now, recent)

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST /{account}/threads_publish."""
        path = f"{self._account}/threads_publish"
        try:
            with _answering(out):
                media = self._containers().publish(path, parts, before_send)
        except AuthExpired as error:
            if isinstance(error, LacksRight) or not self._reads():
                raise
            raise Transient(f"{error.detail}, though the token works") from error
        return Published(media, self._containers().url_of(media))

    def _reads(self) -> bool:
        """Say whether the token is one: it was refused, perhaps by accident."""
        try:
            self._graph().get("me", {"fields": "id"}, deadline_s=QUICK_SECONDS)
        except NetworkError:
            return False
        return True

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the container, then the account's latest."""
        state = self._containers().looked_at(search.parts)
        is_answer = bool(search.candidates[0].answers)
        return found(state, search, partial(self._recent, is_answer, search.since), text_of)

    def _recent(self, is_answer: bool, since: datetime) -> Recent:
        path = f"{self._account}/{'replies' if is_answer else 'threads'}"
        return recent_of(self._graph(), path, POST, since, _shown)

    # Who we are.

    def check(self) -> Profile:
        """See ``contract.Connects``: the quota is told only to who may publish."""
        me = self._graph().get("me", {"fields": PROFILE})
        fields = {"fields": ",".join(QUOTA)}
        limit = self._graph().get(f"{self._account}/threads_publishing_limit", fields)
        return replace(profile_of(me), quota=quota_of(limit, *QUOTA))

    def renew_access(self) -> Lasting:
        """See ``contract.RenewsAccess``."""
        return TOKENS.renewed(self._tools)

    def _containers(self) -> Containers:
        return Containers(
            graph=self._graph(),
            clock=self._tools.clock,
            made_at=f"{self._account}/threads",
            state="status",
            why="error_message",
            meaning=meaning,
        )

    def _graph(self) -> Graph:
        return graph(self._tools.http, self._tools.clock, self._tools.credentials.secret)


QUOTA = ("quota_usage", "config")
_UNFIT = frozenset(
    {"FAILED_PROCESSING_AUDIO", "FAILED_PROCESSING_VIDEO", "INVALID_ASPEC_RATIO"}
    | {"INVALID_BIT_RATE", "INVALID_DURATION", "INVALID_FRAME_RATE"}
    | {"INVALID_AUDIO_CHANNELS", "INVALID_AUDIO_CHANNEL_LAYOUT"}
)
"""Why a container failed for good (it is spelt so):
https://developers.facebook.com/docs/threads/troubleshooting"""


def meaning(why: str) -> NetworkError:
    """Return what it means that a container failed; FAILED_DOWNLOADING_VIDEO may pass."""
    told = why.strip()
    if told in _UNFIT:
        return Rejected(f"the container failed: {told}", "video_failed")
    return Transient("the container failed")


def graph(http: Http, clock: Clock, secret: Mapping[str, str]) -> Graph:
    """Return what calls Threads' API with an account's token, a parameter there."""
    token = secret["access_token"]
    return Graph(http=http, clock=clock, origin=f"{ORIGIN}/v1.0", token=token, has_header=False)


def profile_of(me: Mapping[str, Any]) -> Profile:
    """Return who an account is.

    Raises:
        Transient: it doesn't say.
    """
    account, username = identity(me.get("id")), said_text(me.get("username"))
    if not account or not username:
        raise Transient("an account without an id or a name")
    name = said_text(me.get("name")) or username
    return Profile(account, name, f"@{username}", f"https://www.threads.com/@{username}")


# What goes out.


def text_of(out: Outgoing) -> str:
    """Return the text; a link alone is one, since a post without media must have a text."""
    text = wording(out.content, SPEC)
    return text if text or out.content.media else out.content.link or ""


def _answering(out: Outgoing) -> AbstractContextManager[None]:
    return answering(LacksRight) if out.answers else nullcontext()


def _require(out: Outgoing) -> None:
    """Refuse what Threads would: some of it is answered with a 500, which says nothing.

    Raises:
        Rejected: with its reason.
    """
    text = text_of(out)
    if count(text, Unit.THREADS) > LONGEST:
        raise Rejected("the text is too long", "too_long")
    links = {link.value for link in find_links(text)} | ({out.content.link} - {None})
    if len(links) > MOST_LINKS:
        raise Rejected(f"{len(links)} links", "too_many_links")
    for picture in out.pictures:
        if max(picture.width, picture.height) > WIDEST * min(picture.width, picture.height):
            raise Rejected(f"a picture of {picture.width} × {picture.height}", "media_ratio")


Forms = tuple[Sequence[Callable[[], Mapping[str, str]]], Callable[[Sequence[str]], dict[str, str]]]


def _forms(out: Outgoing) -> Forms:
    """Return what makes the items of a carousel (none for anything else), and the post."""
    if out.video is not None:
        video = out.video
        return (), lambda _: _said(out, **_shown_as(video))
    if len(out.items) > 1:
        items = [partial(_item, item) for item in out.items]
        return items, lambda ids: _said(out, media_type="CAROUSEL", children=",".join(ids))
    if out.pictures:
        return (), lambda _: _said(out, **_shown_as(out.pictures[0]))
    card = out.content.link if wording(out.content, SPEC) else None
    link = {"link_attachment": card} if card and card not in out.content.text else {}
    return (), lambda _: _said(out, media_type="TEXT", **link)


def _said(out: Outgoing, **form: str) -> dict[str, str]:
    whole = {**form, "text": text_of(out), "reply_to_id": out.answers.get("id", "")}
    return {name: value for name, value in whole.items() if value}


def _item(item: Picture | Video) -> dict[str, str]:
    return {**_shown_as(item), "is_carousel_item": "true"}


def _shown_as(item: Picture | Video) -> dict[str, str]:
    kind = "video" if isinstance(item, Video) else "image"
    form = {"media_type": kind.upper(), f"{kind}_url": item.url()}
    return {**form, "alt_text": item.alt} if item.alt else form


def _shown(media: Any) -> Shown:
    at = instant(media.get("timestamp"))
    if at is None:
        raise Transient("a post without a date")
    inner = said_objects(said_object(media.get("children")).get("data"))
    return Shown(
        id=said_text(media.get("id")),
        text=said_text(media.get("text")),
        at=at,
        url=said_text(media.get("permalink")) or None,
        items=len(inner) or int(media.get("media_type") in {"IMAGE", "VIDEO"}),
        has_video=media.get("media_type") == "VIDEO",
        answers=said_text(said_object(media.get("replied_to")).get("id")),
    )


def refs_of_own(remote_id: str, _url: str, _content: Content) -> Mapping[str, str]:
    """See ``contract.Network``."""
    return {"id": remote_id}


NETWORK = Network(
    spec=SPEC,
    open=Threads,
    oauth=later_value("chalicelib.networks.threads_oauth", "OAUTH"),
    hear=later("chalicelib.networks.threads_hearing", "Hearing"),
    refs_of_own=refs_of_own,
)
