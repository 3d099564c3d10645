"""A firm's page on LinkedIn, by an app with the Community Management API.

An attempt in doubt is read back from the page's own latest posts.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from chalicelib.measuring.metrics import Metric
from chalicelib.networks import linkedin_comments
from chalicelib.networks.answering import answering
from chalicelib.networks.contract import (
    Network,
    Outgoing,
    Profile,
    Search,
    Tools,
    later,
    later_value,
)
from chalicelib.networks.linkedin_posts import LIMITS, LinkedInPosts, card_link
from chalicelib.networks.linkedin_rest import SITE, Denied, Rest, address_of, encoded, is_urn
from chalicelib.networks.linkedin_text import plain
from chalicelib.networks.matching import canonical, is_alike
from chalicelib.networks.oauth import CodeFlow
from chalicelib.networks.replies import said_count, said_object, said_objects, said_text
from chalicelib.networks.spec import Answering, Moderation, NetworkSpec, Option
from chalicelib.networks.wording import wording
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    AuthExpired,
    CantTell,
    Found,
    NotThere,
    Part,
    Pending,
    Published,
    Transient,
)
from chalicelib.publishing.posts import Content

SPEC = NetworkSpec(
    name="linkedin_pages",
    label={"fr": "LinkedIn (page d’entreprise)", "en": "LinkedIn (company page)"},
    resend_class=ResendClass.READ_BACK,
    limits=LIMITS,
    options=frozenset({Option.LINK_CARD, Option.FIRST_COMMENT}),
    fields=(),
    page_fields=frozenset(),
    connect_help={
        "fr": "Connectez-vous sur LinkedIn avec un compte qui est super administrateur ou "
        "administrateur de contenu de la page, acceptez, puis choisissez la page.",
        "en": "Sign in to LinkedIn with an account that is super admin or content admin of the "
        "page, agree, then choose the page.",
    },
    app="linkedin_pages",
    barrier={
        "fr": "Pour une page, LinkedIn examine l’application de cette installation (Community "
        "Management API) : une personne morale déclarée, une page vérifiée, puis un film de "
        "démonstration. Comptez de deux à huit semaines. D’ici là, « À coller soi-même » "
        "fonctionne dès aujourd’hui.",
        "en": "For a page LinkedIn reviews this installation’s app (Community Management API): a "
        "registered legal entity, a verified page, then a screencast. Allow two to eight weeks. "
        "Until then “To paste by hand” works today.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://learn.microsoft.com/linkedin/marketing/community-management/community-management-overview",
        "https://learn.microsoft.com/linkedin/marketing/community-management-app-review",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/images-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/multiimage-post-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format",
        "https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-access-control-by-role",
        "https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-lookup-api",
        "https://learn.microsoft.com/linkedin/marketing/versioning",
        "https://learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits",
        "https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling",
        "https://learn.microsoft.com/linkedin/shared/authentication/programmatic-refresh-tokens",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/comments-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-social-action-notifications",
        "https://learn.microsoft.com/linkedin/marketing/community-management/organizations/share-statistics",
        "https://learn.microsoft.com/linkedin/marketing/data-storage-requirements",
    ),
    hears=True,
    answers=Answering(linkedin_comments.LIMITS),
    moderates=frozenset({Moderation.LIKE, Moderation.UNLIKE, Moderation.DELETE}),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.IMPRESSIONS, Metric.REACH}
        | {Metric.LIKES, Metric.REPLIES, Metric.REPOSTS}
    ),
    # What members say and do may be kept for 48 hours:
    # https://learn.microsoft.com/linkedin/marketing/data-storage-requirements
    keeps=timedelta(hours=48),
)
FLOW = CodeFlow(
    page=f"{SITE}/oauth/v2/authorization",
    token_url=f"{SITE}/oauth/v2/accessToken",
    scopes=("rw_organization_admin", "r_organization_social", "w_organization_social"),
)
MAY_PUBLISH = ("ADMINISTRATOR", "CONTENT_ADMINISTRATOR", "CONTENT_ADMIN")
"""Roles whose holders may publish in a page's name; the last is what some answers call it.

https://learn.microsoft.com/linkedin/marketing/community-management/organizations/organization-access-control-by-role
"""
ROLES = "/rest/organizationAcls?q=roleAssignee&state=APPROVED&start={start}&count={count}"
ROLES_PAGE, ROLES_PAGES = 100, 5
PAGE, PAGES = 20, 5
"""A look reads 100 posts at most: more than a page publishes while an attempt is in doubt.
Beyond, it can't tell. A call tells 100 at most."""
_SHORTENED = re.compile(r"https?://(?:www\.)?lnkd\.in/\S+")
_LINK = re.compile(r"https?://\S+")


@dataclass(frozen=True, slots=True)
class _Recent:
    """Latest posts of a page; ``is_whole`` says that none since then is missing."""

    posts: list[dict[str, Any]]
    is_whole: bool


class LinkedInPage(LinkedInPosts):
    """One firm's page."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, SPEC, FLOW, who)

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``; what is answered must still stand."""
        yield from super().prepare(out, parts)
        if "id" in out.answers:
            now = self._tools.clock.now()
            linkedin_comments.require_answered(self._rest, out.answers["id"], now)

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: a post, or an answer to a comment."""
        if not out.answers:
            return super().publish(out, parts, before_send=before_send)
        made, reply = linkedin_comments.answer(self._rest, self._author, out, SPEC, before_send)
        if made is None:
            with answering(Denied):
                raise self._refused(reply)
        return made

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the page's latest posts, back to before the attempt."""
        if search.candidates[0].answers:
            return linkedin_comments.find(self._rest, self._author, search, SPEC)
        recent = self._recent(search.since)
        in_time = [p for p in recent.posts if search.since <= _created(p) <= search.until]
        free = [p for p in in_time if not search.is_taken(str(p["id"]))]
        for post in free:
            for candidate in search.candidates:
                if _is_of(post, candidate):
                    urn = str(post["id"])
                    return Found(urn, address_of(urn), candidate.version)
        if any(_is_near(post, c) for post in free for c in search.candidates):
            return CantTell("a post much like it was published then")
        return NotThere() if recent.is_whole else CantTell("too many posts since then")

    def _recent(self, since: datetime) -> _Recent:
        posts: list[dict[str, Any]] = []
        for start in range(0, PAGE * PAGES, PAGE):
            page = self._page(start)
            posts += page
            if len(page) < PAGE or min(map(_created, page)) < since:
                return _Recent(posts, is_whole=True)
        return _Recent(posts, is_whole=False)

    def _page(self, start: int) -> list[dict[str, Any]]:
        author = encoded(self._author)
        path = (
            f"/rest/posts?q=author&author={author}&start={start}&count={PAGE}&sortBy=CREATED"
            "&viewContext=AUTHOR"
        )
        told = self._rest.read(path, finder="FINDER").get("elements")
        posts = said_objects(told)
        if not isinstance(told, list) or len(posts) < len(told):
            raise Transient("a list of posts that can't be read")
        return posts


def _created(post: Mapping[str, Any]) -> datetime:
    at = said_count(post.get("createdAt"))
    if at is None or not is_urn(said_text(post.get("id"))):
        raise Transient("a post without an id or a date")
    return datetime.fromtimestamp(min(at, _LAST_MS) / 1000, UTC)


_LAST_MS = 32_503_680_000_000
"""The year 3000: no later instant is a date of a post."""


def _is_of(post: Mapping[str, Any], out: Outgoing) -> bool:
    """Say whether a post has the text that was sent, its link and as many images, or a video."""
    content = said_object(post.get("content"))
    shown = said_text(said_object(content.get("media")).get("id"))
    if shown.startswith("urn:li:video:") != (out.video is not None):
        return False
    if _images(content) != len(out.content.media):
        return False
    source = said_text(said_object(content.get("article")).get("source"))
    card = card_link(out)
    if source and card and canonical(source) != canonical(card):
        return False
    return bool(_forms(post) & _wanted(post, out))


def _forms(post: Mapping[str, Any]) -> frozenset[str]:
    shown = plain(said_text(post.get("commentary")))
    return frozenset({canonical(shown), canonical(_SHORTENED.sub("", shown))})


def _wanted(post: Mapping[str, Any], out: Outgoing) -> frozenset[str]:
    """Return the forms that our text may have: without links where LinkedIn shortened some."""
    text = wording(out.content, SPEC) or out.content.link or ""
    whole = canonical(text)
    if not _SHORTENED.search(said_text(post.get("commentary"))):
        return frozenset({whole})
    return frozenset({whole, canonical(_LINK.sub("", text))})


def _is_near(post: Mapping[str, Any], out: Outgoing) -> bool:
    text = wording(out.content, SPEC) or out.content.link or ""
    return is_alike(canonical(text), _forms(post))


def _images(content: Mapping[str, Any]) -> int:
    """Return how many images a post shows; a video or a document counts as one."""
    several = said_object(content.get("multiImage")).get("images")
    if isinstance(several, list):
        return len(several)
    return int("media" in content)


# Who may publish on what.


def pages(rest: Rest) -> Iterator[str]:
    """Yield the URN of every page that the token's person may publish on.

    Raises:
        NetworkError: they can't be read now.
    """
    for start in range(0, ROLES_PAGE * ROLES_PAGES, ROLES_PAGE):
        told = rest.read(ROLES.format(start=start, count=ROLES_PAGE), finder="FINDER")
        if not isinstance(told.get("elements"), list):
            raise Transient("no list of roles")
        roles = said_objects(told["elements"])
        yield from (urn for role in roles if (urn := _page_of(role)))
        if len(told["elements"]) < ROLES_PAGE:
            return


def _page_of(role: Mapping[str, Any]) -> str:
    """Return the page that a role lets publish on; empty if it lets on none."""
    urn = said_text(role.get("organization")) or said_text(role.get("organizationTarget"))
    is_page = urn.startswith("urn:li:organization:") and urn.rpartition(":")[2].isdecimal()
    may = role.get("role") in MAY_PUBLISH and role.get("state") == "APPROVED"
    return urn if is_page and may else ""


def profiles(rest: Rest, urns: Sequence[str]) -> list[Profile]:
    """Return who these pages are.

    Raises:
        NetworkError: they can't be read now.
    """
    ids = ",".join(urn.rpartition(":")[2] for urn in urns)
    told = rest.read(f"/rest/organizations?ids=List({ids})", finder="BATCH_GET")
    found = said_object(told.get("results"))
    return [_profile(urn, said_object(found.get(urn.rpartition(":")[2]))) for urn in urns]


def _profile(urn: str, page: Mapping[str, Any]) -> Profile:
    number, vanity = urn.rpartition(":")[2], said_text(page.get("vanityName"))
    name = said_text(page.get("localizedName")) or vanity or f"LinkedIn {number}"
    return Profile(urn, name, vanity, f"{SITE}/company/{vanity or number}/")


def who(rest: Rest, author: str) -> Profile:
    """Return who a page is, if its person may still publish there.

    Raises:
        AuthExpired: the token is refused, or the role is lost.
        NetworkError: it couldn't be read now.
    """
    if author not in pages(rest):
        raise AuthExpired("the person has no role on the page any more")
    return profiles(rest, [author])[0]


def refs_of_own(remote_id: str, _url: str, _content: Content) -> Mapping[str, str]:
    """See ``contract.Network``."""
    return {"object": remote_id}


NETWORK = Network(
    SPEC,
    LinkedInPage,
    oauth=later_value("chalicelib.networks.linkedin_oauth", "PAGES"),
    hear=later("chalicelib.networks.linkedin_pages_hearing", "hear"),
    refs_of_own=refs_of_own,
)
