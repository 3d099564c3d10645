"""YouTube: a channel, by Google's sign-in. A post is one video.

It is uploaded private; showing it to the world is the one call. A video says by its id whether
it is public, so an attempt in doubt is asked for, never guessed.
https://developers.google.com/youtube/v3/docs/videos
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.contract import (
    Network,
    Outgoing,
    Profile,
    Search,
    Tools,
    later,
    later_value,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.google import pages
from chalicelib.networks.matching import canonical
from chalicelib.networks.replies import iso_instant, said_object, said_text
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
from chalicelib.networks.youtube_api import Denied, calls, items_of
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
    from chalicelib.networks.signed import Calls
    from chalicelib.networks.youtube_comments import Answers
    from chalicelib.publishing.posts import Content

VIDEO_ID = re.compile(r"[\w-]{11}")
PAGE = 50
"""The most that playlistItems gives at once."""
MAX_PAGES = 4
PREPARED_WITHIN = timedelta(days=30)
"""A video is shown so long after it was uploaded at the latest: a look goes back as far."""
QUICK_SECONDS = 5.0
"""For a look at why the call was refused."""

SPEC = NetworkSpec(
    name="youtube",
    label={"fr": "YouTube", "en": "YouTube"},
    resend_class=ResendClass.TWO_PHASE,
    limits=Limits(
        # snippet.description: https://developers.google.com/youtube/v3/docs/videos#snippet
        text=(TextLimit(Unit.UTF8_BYTES, 5_000),),
        media=MediaRules((), 0, 0, 0),
        text_required=False,
        # snippet.title, on the same page.
        max_title=100,
        title_required=True,
        video=VideoRules(
            types=("video/mp4", "video/quicktime"),
            # https://developers.google.com/youtube/v3/docs/videos/insert (256 GB)
            max_bytes=274_877_906_944,
            # https://support.google.com/youtube/answer/71673 (12 hours; 15 minutes for a
            # channel whose phone number isn't verified, which is as long as any here)
            max_seconds=12 * 3600,
        ),
        video_required=True,
    ),
    options=frozenset({Option.TITLE, Option.FIRST_COMMENT}),
    fields=(),
    connect_help={
        "fr": "Ouvrez la page de Google, choisissez le compte puis la chaîne, et acceptez. Chaque "
        "message est une vidéo avec son titre ; le texte devient sa description.",
        "en": "Open Google’s page, choose the account, then the channel, and agree. Each post is "
        "a video with its title; the text becomes its description.",
    },
    page_fields=frozenset(),
    app="google",
    barrier={
        "fr": "YouTube garde privées les vidéos des installations qu’il n’a pas examinées. Qui "
        "gère cette installation de Relais demande cet examen (audit) par un formulaire, et à "
        "Google la validation de l’application : comptez de deux à huit semaines. En attendant, "
        "« À coller soi-même » marche dès aujourd’hui.",
        "en": "YouTube keeps the videos of installations private that it hasn’t reviewed. Whoever "
        "runs this installation of Relais asks for that review (audit) by a form, and Google for "
        "the verification of the app: allow two to eight weeks. Until then, “To paste by hand” "
        "works from today.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    # https://developers.google.com/youtube/v3/determine_quota_cost
    quota={
        "fr": "100 vidéos par jour, pour toute l’installation",
        "en": "100 videos a day, for the whole installation",
    },
    docs=(
        "https://developers.google.com/youtube/v3/docs/videos",
        "https://developers.google.com/youtube/v3/docs/videos/insert",
        "https://developers.google.com/youtube/v3/docs/videos/update",
        "https://developers.google.com/youtube/v3/guides/using_resumable_upload_protocol",
        "https://developers.google.com/youtube/v3/docs/commentThreads/list",
        "https://developers.google.com/youtube/v3/docs/comments",
        "https://developers.google.com/youtube/v3/docs/channels",
        "https://developers.google.com/youtube/v3/docs/errors",
        "https://developers.google.com/youtube/data/guides/quota_and_compliance_audits",
        "https://developers.google.com/youtube/v3/determine_quota_cost",
        "https://developers.google.com/youtube/terms/developer-policies",
        "https://support.google.com/youtube/answer/71673",
        "https://support.google.com/youtube/answer/7300965",
    ),
    answers=Answering(
        # Not documented for the API; what YouTube's own page takes.
        Limits(text=(TextLimit(Unit.UTF16_UNITS, 10_000),), media=MediaRules((), 0, 0, 0))
    ),
    hears=True,
    moderates=frozenset({Moderation.APPROVE, Moderation.HIDE}),
    tells=frozenset({Metric.FOLLOWERS, Metric.POSTS, Metric.VIEWS, Metric.LIKES, Metric.REPLIES}),
    # III.E.4: https://developers.google.com/youtube/terms/developer-policies
    keeps=timedelta(days=30),
    # Neither title nor description: https://developers.google.com/youtube/v3/docs/videos#snippet
    refuses="<>",
)


SHOWN = frozenset({"public", "unlisted"})
"""Who may see a video that is live."""


class YouTube:
    """One channel."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._api = calls(tools)

    # Publishing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the video, private and processed; an answer needs none."""
        self._api.ensure()
        if out.answers:
            self._answers().require(out)
            return
        if out.video is None:
            raise Rejected("a post without a video", "video_missing")
        from chalicelib.networks.youtube_upload import Upload  # noqa: PLC0415 - it knows this

        yield from Upload(self._api, self._tools.clock, out, out.video).prepare(parts)

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one PUT that makes the video public.

        YouTube may take it and leave the video private: so it does with those of an
        installation that it hasn't reviewed.
        """
        if out.answers:
            return self._answers().publish(out, before_send)
        if "live" in parts:
            raise OutcomeUnknown(f"the video is {parts['live']} already")
        video = json.loads(parts["video"])["id"]
        shown = self._shown(video, json.loads(parts["ready"]), before_send)
        privacy = said_object(shown.get("status")).get("privacyStatus")
        if shown.get("id") != video or privacy not in {"public", "private"}:
            raise OutcomeUnknown("the answer isn't our video, public")
        if privacy == "private":
            raise Rejected("YouTube keeps it private", "locked_private")
        return Published(video, address(video))

    def _shown(
        self, video: str, status: Mapping[str, Any], before_send: Callable[[], None]
    ) -> dict[str, Any]:
        """Make the one call; return the video as it stands then."""
        body = {"id": video, "status": {**status, "privacyStatus": "public"}}
        try:
            return self._api.send("PUT", "videos?part=status", body, before_send)
        except Denied as error:
            if self._works():  # for all but this
                raise Rejected(error.detail, "locked_private") from error
            raise
        except Rejected as error:
            if error.reason == "gone":
                raise OutcomeUnknown(error.detail) from error
            raise

    def _works(self) -> bool:
        try:
            self._own_channel(deadline_s=QUICK_SECONDS)
        except NetworkError:
            return False
        return True

    def _answers(self) -> Answers:
        from chalicelib.networks.youtube_comments import Answers  # noqa: PLC0415 - it knows this

        return Answers(self._api, self._tools.settings["channel"])

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the video by its id, else among those uploaded."""
        if search.candidates[0].answers:
            return self._answers().find(search)
        made = json.loads(search.parts.get("video", "{}")).get("id", "")
        stands = video_as_it_stands(self._api, made) if made else None
        if stands is None:
            return self._among_uploaded(search)
        privacy = said_object(stands.get("status")).get("privacyStatus")
        if privacy == "private":
            return NotThere(prepared_stands=True)
        if privacy not in SHOWN:
            raise Transient("a video that doesn't say who may see it")
        snippet = said_object(stands.get("snippet"))
        version = next((c.version for c in search.candidates if _is_of(snippet, c)), None)
        return Found(made, address(made), version)

    def _among_uploaded(self, search: Search) -> Found | NotThere | CantTell:
        """Look among the channel's videos, the last uploaded first."""
        try:
            for page in pages(self._page_of_uploaded, MAX_PAGES):
                items = items_of(page)
                for item in items:
                    if found := _found(item, search):
                        return found
                added = [
                    iso_instant(said_object(i.get("snippet")).get("publishedAt")) for i in items
                ]
                is_past = bool(added) and _is_before(added[-1], search.since - PREPARED_WITHIN)
                if is_past or not said_text(page.get("nextPageToken")):
                    return NotThere()
        except Rejected as error:
            if error.reason == "gone":  # a channel without a video has no such list
                return NotThere()
            raise
        return CantTell("more videos than are read")

    def _page_of_uploaded(self, more: Mapping[str, str]) -> dict[str, Any]:
        params = {"part": "snippet,contentDetails,status", "maxResults": str(PAGE)}
        uploaded = {"playlistId": self._tools.settings["uploads"]}
        return self._api.read("playlistItems", {**params, **uploaded, **more})

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``: the channel, still this account's."""
        return self._own_channel()

    def _own_channel(self, **more: Any) -> Profile:
        answer = self._api.read("channels", {"part": "snippet", "mine": "true"}, **more)
        for channel in items_of(answer):
            if channel.get("id") == self._tools.settings["channel"]:
                return profile_of(channel)
        raise AuthExpired("the account has this channel no more")


def address(video: str) -> str:
    """Return where people watch a video, a Short too."""
    return f"https://www.youtube.com/watch?v={video}"


def profile_of(channel: Mapping[str, Any]) -> Profile:
    """Return a channel as it is shown to choose from."""
    snippet, own = said_object(channel.get("snippet")), said_text(channel.get("id"))
    return Profile(
        remote_id=own,
        name=said_text(snippet.get("title")),
        handle=said_text(snippet.get("customUrl")),
        url=f"https://www.youtube.com/channel/{own}",
    )


def video_as_it_stands(api: Calls, video: str) -> dict[str, Any] | None:
    """Return a video of ours; None if it isn't there (any more)."""
    params = {"part": "snippet,status,processingDetails", "id": video}
    for item in items_of(api.read("videos", params)):
        if item.get("id") == video:
            is_gone = said_object(item.get("status")).get("uploadStatus") == "deleted"
            return None if is_gone else item
    return None


def _found(item: Mapping[str, Any], search: Search) -> Found | None:
    """Return what a line of the uploaded is of ours, if it was shown when we may have."""
    details, snippet = said_object(item.get("contentDetails")), said_object(item.get("snippet"))
    video, at = said_text(details.get("videoId")), iso_instant(details.get("videoPublishedAt"))
    is_public = said_object(item.get("status")).get("privacyStatus") == "public"
    if not video or not is_public or at is None or search.is_taken(video):
        return None
    if not search.since <= at <= search.until:
        return None
    version = next((c.version for c in search.candidates if _is_of(snippet, c)), None)
    return None if version is None else Found(video, address(video), version)


def _is_of(snippet: Mapping[str, Any], out: Outgoing) -> bool:
    """Say whether a video has a version's title and text."""
    return canonical(said_text(snippet.get("title"))) == canonical(out.content.title) and canonical(
        said_text(snippet.get("description"))
    ) == canonical(wording(out.content, SPEC))


def _is_before(at: Any, limit: Any) -> bool:
    return at is not None and at < limit


def refs_of_own(remote_id: str, url: str, _content: Content) -> Mapping[str, str]:
    """See ``contract.Network``."""
    return {"own": remote_id, "place": url}


NETWORK = Network(
    spec=SPEC,
    open=YouTube,
    oauth=later_value("chalicelib.networks.youtube_oauth", "OAUTH"),
    hear=later("chalicelib.networks.youtube_hearing", "Hearing"),
    refs_of_own=refs_of_own,
)
