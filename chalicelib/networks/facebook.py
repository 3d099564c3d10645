"""Facebook: the firm publishes on its Page.

A post is one call to the Page's feed; its pictures go up first, unpublished. So does a video,
which is published by a call of its own, and what a story shows. An attempt in doubt is read back
from the video, or from the Page's own latest posts or stories.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import (
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
from chalicelib.networks.facebook_pages import (
    FIELDS,
    about_token,
    address,
    created,
    found_of,
    graph,
    is_near,
    is_of,
    photos_of,
    profile_of,
    require,
    videos_of,
)
from chalicelib.networks.graph import QUICK_SECONDS, Graph, LacksRight, following, listed
from chalicelib.networks.replies import said_text
from chalicelib.networks.spec import (
    Answering,
    Limits,
    MediaRules,
    Moderation,
    NetworkSpec,
    Option,
    StoryRules,
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
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    Rejected,
    Transient,
)

if TYPE_CHECKING:
    from chalicelib.networks.facebook_comments import Answers
    from chalicelib.networks.facebook_stories import Stories
    from chalicelib.networks.facebook_video import Videos
    from chalicelib.publishing.posts import Content

PAGE = 25
MAX_PAGES = 4
"""A look reads 100 posts: more than a Page writes while an attempt is in doubt."""
PHOTOS_KEPT = timedelta(hours=20)
"""How long an unpublished picture is counted on: Facebook says a day, of those that are uploaded
for a post to come. https://developers.facebook.com/docs/graph-api/reference/page/photos/"""

SLACK = 0.01
"""Of a ratio, for pixels are whole."""

SPEC = NetworkSpec(
    name="facebook",
    label={"fr": "Facebook (Page)", "en": "Facebook (Page)"},
    resend_class=ResendClass.READ_BACK,
    limits=Limits(
        # Not documented: what its page has long enforced.
        text=(TextLimit(Unit.CODE_POINTS, 63_206),),
        media=MediaRules(
            # https://developers.facebook.com/docs/graph-api/reference/page/photos/
            # (JPEG, BMP, PNG, GIF, TIFF; 4 MB where it is strictest)
            types=("image/jpeg", "image/png"),
            # Ten are prudent: no page says how many.
            max_count=10,
            max_bytes=4_000_000,
            # Shown at most 2,048 wide: https://www.facebook.com/help/266520536764594
            max_pixels=2048 * 2048,
            max_width=2048,
            max_height=2048,
            # Ours: no page says.
            max_alt=1_000,
        ),
        text_required=False,
        video=VideoRules(
            # https://developers.facebook.com/docs/graph-api/reference/page/videos/: of a video
            # that is sent in one call, 1 GB and 20 minutes were long the limits; pages of today
            # name larger ones for other ways. It is a reel where it keeps to their rules.
            types=("video/mp4", "video/quicktime"),
            max_bytes=1_000_000_000,
            max_seconds=20 * 60,
            min_seconds=1,
        ),
        story=StoryRules(
            # https://developers.facebook.com/docs/page-stories-api, "Media requirements": 9:16,
            # 540 × 960 at least, 3 seconds; "Limitations": 60 seconds. Its size isn't documented:
            # that of any video. Pictures: 10 MB, 4 MB as the page has it in other languages.
            video=VideoRules(
                types=("video/mp4", "video/quicktime"),
                max_bytes=1_000_000_000,
                max_seconds=60,
                min_seconds=3,
                min_side=540,
                min_ratio=9 / 16 - SLACK,
                max_ratio=9 / 16 + SLACK,
            ),
            media=MediaRules(
                types=("image/jpeg", "image/png"),
                max_count=1,
                max_bytes=4_000_000,
                max_pixels=2048 * 2048,
                max_width=2048,
                max_height=2048,
                max_alt=1_000,
            ),
        ),
    ),
    options=frozenset({Option.LINK_CARD, Option.FIRST_COMMENT, Option.STORY}),
    fields=(),
    page_fields=frozenset(),
    app="facebook",
    connect_help={
        "fr": "Connectez-vous sur Facebook avec un compte qui peut publier sur la Page, cochez la "
        "Page et laissez toutes les autorisations. Tous les 90 jours, Facebook demande de "
        "confirmer : vous êtes prévenus avant.",
        "en": "Sign in on Facebook with an account that may publish on the Page, tick the Page and "
        "leave every permission on. Every 90 days Facebook wants it confirmed: you are told "
        "before.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    barrier={
        "fr": "Facebook doit d’abord avoir examiné cette installation (App Review) et vérifié "
        "l’entreprise qui la gère, extrait Kbis ou avis SIRENE à l’appui : comptez deux à six "
        "semaines. En attendant, « À coller soi-même » fonctionne dès aujourd’hui.",
        "en": "Facebook must first have reviewed this installation (App Review) and verified the "
        "firm that runs it, with its registration papers: count two to six weeks. Meanwhile, "
        "“To paste by hand” works today.",
    },
    # https://developers.facebook.com/docs/video-api/guides/reels-publishing
    quota={"fr": "30 reels en 24 heures", "en": "30 reels in 24 hours"},
    docs=(
        "https://developers.facebook.com/docs/pages-api/posts",
        "https://developers.facebook.com/docs/graph-api/reference/page/feed/",
        "https://developers.facebook.com/docs/graph-api/reference/page/photos/",
        "https://developers.facebook.com/docs/graph-api/reference/page/videos/",
        "https://developers.facebook.com/docs/graph-api/reference/video",
        "https://developers.facebook.com/docs/video-api/guides/reels-publishing",
        "https://developers.facebook.com/docs/page-stories-api",
        "https://developers.facebook.com/docs/pages-api/comments-mentions",
        "https://developers.facebook.com/docs/graph-api/reference/page/ratings/",
        "https://developers.facebook.com/docs/graph-api/reference/insights",
        "https://developers.facebook.com/docs/facebook-login/guides/access-tokens/get-long-lived",
        "https://developers.facebook.com/docs/graph-api/guides/error-handling",
        "https://developers.facebook.com/docs/graph-api/overview/rate-limiting",
    ),
    hears=True,
    answers=Answering(
        # Not documented: what its page has long enforced of a comment.
        Limits(text=(TextLimit(Unit.CODE_POINTS, 8_000),), media=MediaRules((), 0, 0, 0))
    ),
    moderates=frozenset({Moderation.LIKE, Moderation.UNLIKE, Moderation.HIDE, Moderation.DELETE}),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.VIEWS, Metric.REACH}
        | {Metric.LIKES, Metric.REPLIES, Metric.REPOSTS}
    ),
)


@dataclass(frozen=True, slots=True)
class _Recent:
    """Latest posts of the Page; ``is_whole`` says that none since then is missing."""

    posts: list[dict[str, Any]]
    is_whole: bool


class Facebook:
    """One Page."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._page = tools.settings["page"]

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: what is shown, unpublished; an answer needs nothing."""
        if out.video is not None:
            is_story, text = out.content.is_story, _text(out)
            yield from self._videos().prepare(out.video, text, parts, is_story=is_story)
        for n, picture in enumerate(out.pictures):
            name = f"photo.{n}"
            if name not in parts or not self._stands(json.loads(parts[name])):
                kept = {"id": self._upload(picture), "at": self._tools.clock.now().isoformat()}
                yield Part(name, json.dumps(kept))

    def _stands(self, photo: Mapping[str, str]) -> bool:
        """Say whether a picture that an earlier try uploaded is still there."""
        if self._tools.clock.now() - datetime.fromisoformat(photo["at"]) > PHOTOS_KEPT:
            return False
        try:
            self._graph().get(photo["id"], {"fields": "id"})
        except Rejected as refused:
            if refused.reason != "gone":
                raise
            return False
        return True

    def _upload(self, picture: Picture) -> str:
        data, content_type = picture.load()
        name = f"{picture.sha256[:16]}.{content_type.partition('/')[2]}"
        form = {"published": "false"}
        if picture.alt:
            form["alt_text_custom"] = picture.alt
        files = {"source": (name, data, content_type)}
        photo = said_text(self._graph().send(f"{self._page}/photos", form, files=files).get("id"))
        if not photo:
            raise Transient("the upload gave no id")
        return photo

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST /{page}/feed; videos and stories have others."""
        if out.answers:
            return self._answers().publish(out, before_send)
        photos = [json.loads(parts[f"photo.{n}"])["id"] for n in range(len(out.pictures))]
        try:
            if out.video is not None:
                return self._videos().publish(_text(out), parts, before_send)
            if out.content.is_story:
                return self._stories().publish(parts, before_send)
            answer = self._graph().publish(f"{self._page}/feed", _form(out, photos), before_send)
        except (AuthExpired, Rejected) as error:
            raise self._in_truth(error, out) from error
        post = said_text(answer.get("id"))
        if not post:
            raise OutcomeUnknown("the answer has no post id")
        return Published(post, address(post))

    def _in_truth(self, error: AuthExpired | Rejected, out: Outgoing) -> NetworkError:
        """Return what a refusal of a post means, having looked where that tells more."""
        if isinstance(error, Rejected):
            is_picture = error.reason == "gone" and out.pictures
            return Transient(f"{error.detail}: perhaps a picture is gone") if is_picture else error
        if isinstance(error, LacksRight) or not self._reads():
            return error
        return Transient(f"{error.detail}, though the token works")

    def _reads(self) -> bool:
        """Say whether the token is one: it was refused, perhaps by accident."""
        try:
            self._graph().get(self._page, {"fields": "id"}, deadline_s=QUICK_SECONDS)
        except NetworkError:
            return False
        return True

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the video, else what the Page lists since the attempt."""
        last = search.candidates[0]
        if last.answers:
            return self._answers().find(search)
        looked = self._videos().look(search.parts, last.version) if last.video else None
        if looked is not None:
            return self._stories().shown(search) or looked if last.content.is_story else looked
        listed: Found | NotThere | CantTell = NotThere(prepared_stands=True)
        for alike in apart(search):
            if isinstance(listed, NotThere):
                is_story = alike.candidates[0].content.is_story
                listed = self._stories().find(alike) if is_story else self._find_post(alike)
        return listed

    def _find_post(self, search: Search) -> Found | NotThere | CantTell:
        recent = self._recent(search.since)
        free = [
            post
            for post in recent.posts
            if search.since <= created(post) <= search.until
            and not any(map(search.is_taken, [said_text(post.get("id")), *videos_of(post)]))
        ]
        uploaded = {json.loads(v)["id"] for k, v in search.parts.items() if k.startswith("photo.")}
        for post in free:
            versions = [c.version for c in search.candidates if is_of(post, c, _text(c))]
            if versions or uploaded & set(photos_of(post)):
                return found_of(post, versions[0] if versions else None)
        texts = [_text(candidate) for candidate in search.candidates]
        if any(is_near(post, texts) for post in free):
            return CantTell("a post much like it was published then")
        if not recent.is_whole:
            return CantTell("too many posts since then")
        return NotThere(prepared_stands=True)

    def _recent(self, since: datetime) -> _Recent:
        """Return the Page's posts, the latest first, back to ``since`` if they go so far."""
        posts: list[dict[str, Any]] = []
        after = ""
        for _ in range(MAX_PAGES):
            params = {"fields": FIELDS, "limit": str(PAGE), **({"after": after} if after else {})}
            answer = self._graph().get(f"{self._page}/published_posts", params)
            page, after = listed(answer), following(answer)
            posts += page
            if not after or (page and created(page[-1]) < since):
                return _Recent(posts, is_whole=True)
        return _Recent(posts, is_whole=False)

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``."""
        tools = self._tools
        told = about_token(tools.http, tools.clock, tools.app(), self._token())
        require(told)
        page = self._graph().get(self._page, {"fields": "id,name,username,link"})
        return profile_of(page)

    def _answers(self) -> Answers:
        from chalicelib.networks.facebook_comments import Answers  # noqa: PLC0415 - it knows this

        return Answers(self._graph(), self._page)

    def _videos(self) -> Videos:
        from chalicelib.networks.facebook_video import Videos  # noqa: PLC0415 - few posts have one

        return Videos(self._tools, self._page, self._graph())

    def _stories(self) -> Stories:
        from chalicelib.networks.facebook_stories import Stories  # noqa: PLC0415 - few posts are

        return Stories(self._page, self._graph())

    def _token(self) -> str:
        return self._tools.credentials.secret["access_token"]

    def _graph(self) -> Graph:
        return graph(self._tools.http, self._tools.clock, self._tools.app(), self._token())


def _text(out: Outgoing) -> str:
    return wording(out.content, SPEC)


def _form(out: Outgoing, photos: Sequence[str]) -> dict[str, str]:
    form = {"message": _text(out), "published": "true"}
    if out.content.link and not photos:
        form["link"] = out.content.link
    for n, photo in enumerate(photos):
        form[f"attached_media[{n}]"] = json.dumps({"media_fbid": photo})
    return {name: value for name, value in form.items() if value}


def refs_of_own(remote_id: str, _url: str, _content: Content) -> Mapping[str, str]:
    """See ``contract.Network``."""
    return {"id": remote_id}


NETWORK = Network(
    spec=SPEC,
    open=Facebook,
    oauth=later_value("chalicelib.networks.facebook_oauth", "OAUTH"),
    hear=later("chalicelib.networks.facebook_hearing", "Hearing"),
    refs_of_own=refs_of_own,
)
