"""A business profile on Google: its posts, its reviews, its figures.

Posts and reviews stay on version 4 of the API. It has no key that makes a post unique: an
attempt in doubt is read back from the profile's own posts.
https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.measuring.metrics import Metric
from chalicelib.networks.addresses import is_web_address
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
from chalicelib.networks.google import calls, flow, pages
from chalicelib.networks.matching import canonical, is_alike
from chalicelib.networks.replies import iso_instant, said_object, said_objects, said_text
from chalicelib.networks.spec import Answering, Limits, MediaRules, NetworkSpec, Option, TextLimit
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

if TYPE_CHECKING:
    from chalicelib.networks.google_business_answers import Answers

FLOW = flow("https://www.googleapis.com/auth/business.manage")
POSTS = "https://mybusiness.googleapis.com/v4"
PLACES = "https://mybusinessbusinessinformation.googleapis.com/v1"
READ_MASK = "name,title,storefrontAddress,websiteUri,metadata"
"""``metadata.canOperateLocalPost`` is filled in no more, so nothing hangs on it: the discovery
document of My Business Business Information, revision 20261026."""
PAGE = 100
"""The most that localPosts gives at once.

https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts/list
"""
MAX_PAGES = 10
"""A look reads a thousand posts: in which order they come isn't documented. Beyond, it can't
tell."""
LEAST_BYTES = 10 * 1024
"""Of a picture: https://support.google.com/business/answer/6103862 (10 KB to 5 MB)."""
SHOWN_FOR = timedelta(days=5)
"""A picture is shown for a week: a try that comes later shows it anew."""
REFUSED = "REJECTED"
_POST = re.compile(r"accounts/[\w-]{1,100}/locations/[\w-]{1,100}/localPosts/[\w-]{1,200}")

SPEC = NetworkSpec(
    name="google_business",
    label={"fr": "Fiche Google (Business Profile)", "en": "Google Business Profile"},
    resend_class=ResendClass.READ_BACK,
    limits=Limits(
        # 1,500 characters, in UTF-16 units, the stricter reading of "characters":
        # https://support.google.com/business/answer/7662907
        text=(TextLimit(Unit.UTF16_UNITS, 1_500),),
        media=MediaRules(
            types=("image/jpeg", "image/png"),
            # One picture is what a post shows, and no more are documented to be.
            max_count=1,
            # https://support.google.com/business/answer/6103862 (10 KB to 5 MB, 250 × 250)
            max_bytes=5_000_000,
            min_side=250,
            # Ours: nothing is documented, and Google scales down itself.
            max_pixels=4096 * 4096,
        ),
    ),
    options=frozenset({Option.LINK_APART}),
    fields=(),
    connect_help={
        "fr": "Ouvrez la page de Google, choisissez le compte qui gère votre fiche, acceptez, "
        "puis choisissez l’établissement. Sa fiche doit être validée par Google.",
        "en": "Open Google’s page, choose the account that manages your profile, agree, then "
        "choose the place of business. Its profile must be verified by Google.",
    },
    page_fields=frozenset(),
    app="google",
    barrier={
        "fr": "Google n’ouvre cet accès que sur demande. Qui gère cette installation de Relais "
        "remplit un formulaire : il lui faut un site web et une fiche validée depuis 60 jours. "
        "Comptez de quelques jours à deux semaines. En attendant, « À coller soi-même » marche "
        "dès aujourd’hui.",
        "en": "Google opens this access only on request. Whoever runs this installation of "
        "Relais fills in a form, and needs a website and a profile verified for 60 days. Allow "
        "from a few days to two weeks. Until then, “To paste by hand” works from today.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://developers.google.com/my-business/reference/rest/v4/accounts.locations.localPosts",
        "https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews",
        "https://developers.google.com/my-business/content/prereqs",
        "https://developers.google.com/my-business/content/limits",
        "https://developers.google.com/my-business/content/policies",
        "https://developers.google.com/my-business/reference/performance/rest",
        "https://developers.google.com/identity/protocols/oauth2/web-server",
        "https://support.google.com/business/answer/7662907",
        "https://support.google.com/business/answer/6103862",
        "https://support.google.com/business/answer/7213077",
    ),
    answers=Answering(
        # 4,096 bytes:
        # https://developers.google.com/my-business/reference/rest/v4/accounts.locations.reviews
        Limits(text=(TextLimit(Unit.UTF8_BYTES, 4_096),), media=MediaRules((), 0, 0, 0))
    ),
    hears=True,
    tells=frozenset({Metric.IMPRESSIONS, Metric.SITE_CLICKS, Metric.CALLS, Metric.DIRECTIONS}),
    # "stored temporarily for no more than 30 calendar days":
    # https://developers.google.com/my-business/content/policies
    keeps=timedelta(days=30),
    # https://support.google.com/business/answer/7213077 (content of posts)
    takes_phone_numbers=False,
)


class GoogleBusiness:
    """One place of business, managed by one person's account."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._calls = calls(tools, FLOW)
        self._posts = f"{POSTS}/{tools.settings['account']}/{tools.settings['location']}/localPosts"

    # Publishing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: a token, and the picture where Google can fetch it."""
        self._calls.ensure()
        if out.answers:
            self._answers().prepare(out)
            return
        for picture in out.pictures:
            if not self._is_shown(parts):
                yield Part("photo", self._shown(picture))

    def _is_shown(self, parts: Mapping[str, str]) -> bool:
        shown_at = iso_instant(json.loads(parts.get("photo", "{}")).get("at"))
        return shown_at is not None and self._tools.clock.now() < shown_at + SHOWN_FOR

    def _shown(self, picture: Picture) -> str:
        data, _ = picture.load()
        if len(data) < LEAST_BYTES:
            raise Rejected(f"a picture of {len(data)} bytes", "media_too_small")
        return json.dumps({"url": picture.url(), "at": self._tools.clock.now().isoformat()})

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST of a post.

        It is published once Google has it: LIVE, or still PROCESSING. What Google refuses
        only later is told by listening (``google_business_hearing``).
        """
        if out.answers:
            return self._answers().publish(out, before_send=before_send)
        post = self._calls.send("POST", self._posts, _body(out, parts), before_send)
        name = name_of(post)
        if not name:
            raise OutcomeUnknown("the answer has no post's name")
        if post.get("state") == REFUSED:
            raise Rejected("Google refuses it on review", "refused_on_review")
        return Published(name, url_of(post))

    def _answers(self) -> Answers:
        from chalicelib.networks.google_business_answers import (  # noqa: PLC0415 - it knows this
            Answers,
        )

        return Answers(self._tools)

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the profile's own posts, in whatever order."""
        if search.candidates[0].answers:
            return self._answers().find(search)
        posts, is_whole = self._own_posts()
        ours = [post for post in posts if _is_free(post, search)]
        for post in ours:
            for candidate in search.candidates:
                if post.get("state") != REFUSED and _is_post_of(post, candidate):
                    return Found(name_of(post), url_of(post), candidate.version)
        if any(_is_near(post, search) for post in ours):
            return CantTell("a post much like it was made then, or refused by Google")
        return NotThere() if is_whole else CantTell("more posts than are read")

    def _own_posts(self) -> tuple[list[dict[str, Any]], bool]:
        """Return the profile's posts, and whether none is missing.

        An empty answer is what an empty list looks like, and much else: it proves nothing.
        """
        found: list[dict[str, Any]] = []
        page: dict[str, Any] = {}
        for page in pages(self._page_of_posts, MAX_PAGES):
            listed = page.get("localPosts")
            told = [post for post in said_objects(listed) if name_of(post)]
            if not isinstance(listed, list) or not told or len(told) < len(listed):
                raise Transient("a list without posts")
            found += told
        return found, "nextPageToken" not in page

    def _page_of_posts(self, more: Mapping[str, str]) -> dict[str, Any]:
        return self._calls.read(self._posts, {"pageSize": str(PAGE), **more})

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``: the place of business, still managed and verified."""
        url = f"{PLACES}/{self._tools.settings['location']}"
        place = self._calls.read(url, {"readMask": READ_MASK})
        if place.get("name") != self._tools.settings["location"]:
            raise Transient("not the place that was asked for")
        if not is_verified(place):
            raise AuthExpired("the profile isn't verified any more")
        return profile_of(place)


def _body(out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "languageCode": out.content.language,
        "summary": wording(out.content, SPEC),
        "topicType": "STANDARD",
    }
    if out.content.link:
        body["callToAction"] = {"actionType": "LEARN_MORE", "url": out.content.link}
    if out.pictures:
        photo = json.loads(parts["photo"])["url"]
        body["media"] = [{"mediaFormat": "PHOTO", "sourceUrl": photo}]
    return body


# Posts as Google has them.


def name_of(post: Mapping[str, Any]) -> str:
    """Return the name by which Google knows a post; empty if it has none."""
    name = said_text(post.get("name"))
    return name if _POST.fullmatch(name) else ""


def url_of(post: Mapping[str, Any]) -> str | None:
    """Return where people see a post, if that is told."""
    url = said_text(post.get("searchUrl"))
    return url if is_web_address(url) else None


def created_at(post: Mapping[str, Any]) -> datetime:
    """Return when a post was made; raises Transient if it isn't told."""
    at = iso_instant(post.get("createTime"))
    if at is None:
        raise Transient("a post without a date")
    return at


def _is_free(post: Mapping[str, Any], search: Search) -> bool:
    """Say whether a post was made in the time looked at, and is no other delivery's."""
    in_time = search.since <= created_at(post) <= search.until
    return in_time and not search.is_taken(name_of(post))


def _is_post_of(post: Mapping[str, Any], out: Outgoing) -> bool:
    """Say whether a post has a version's text, its link and as many pictures."""
    link = said_text(said_object(post.get("callToAction")).get("url"))
    return (
        canonical(said_text(post.get("summary"))) == canonical(wording(out.content, SPEC))
        and canonical(link) == canonical(out.content.link or "")
        and len(said_objects(post.get("media"))) == len(out.pictures)
    )


def _is_near(post: Mapping[str, Any], search: Search) -> bool:
    """Say whether a post may be ours, altered in a way that we don't know, or refused."""
    shown = frozenset({canonical(said_text(post.get("summary")))})
    return any(is_alike(canonical(wording(c.content, SPEC)), shown) for c in search.candidates)


# Places of business.


def is_verified(place: Mapping[str, Any]) -> bool:
    """Say whether whoever manages a place may speak for it (it has "voice of merchant")."""
    return said_object(place.get("metadata")).get("hasVoiceOfMerchant") is True


def profile_of(place: Mapping[str, Any]) -> Profile:
    """Return a place as it is shown to choose from: its name, its address, its page."""
    address = said_object(place.get("storefrontAddress"))
    lines = address.get("addressLines")
    street = said_text(lines[0]) if isinstance(lines, list) and lines else ""
    town = f"{said_text(address.get('postalCode'))} {said_text(address.get('locality'))}".strip()
    page = said_text(said_object(place.get("metadata")).get("mapsUri"))
    return Profile(
        remote_id=said_text(place.get("name")),
        name=said_text(place.get("title")),
        handle=", ".join(part for part in (street, town) if part),
        url=page if is_web_address(page) else said_text(place.get("websiteUri")),
    )


NETWORK = Network(
    spec=SPEC,
    open=GoogleBusiness,
    oauth=later_value("chalicelib.networks.google_business_oauth", "OAUTH"),
    hear=later("chalicelib.networks.google_business_hearing", "Hearing"),
)
