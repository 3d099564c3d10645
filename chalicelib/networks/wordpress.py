"""WordPress on one's own site: a draft is made first, and publishing it is repeatable.

A repeated slug silently becomes ``slug-2`` there, so creating is never the one call: the
draft is found again by its slug, and the call that publishes carries the whole version, so
that what goes out is never a mixture of two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from html import unescape
from typing import TYPE_CHECKING, Any

from chalicelib.clock import Clock
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.addresses import server_address
from chalicelib.networks.articles import article_title
from chalicelib.networks.contract import (
    Connection,
    Network,
    Outgoing,
    Profile,
    Search,
    Tools,
    later,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.matching import canonical, html_forms
from chalicelib.networks.replies import lenient_object
from chalicelib.networks.spec import (
    Answering,
    Field,
    Limits,
    MediaRules,
    Moderation,
    NetworkSpec,
    Option,
    TextLimit,
    VideoRules,
)
from chalicelib.networks.wordpress_media import body_of, drafted, prepare, stored, text_of
from chalicelib.networks.wordpress_rest import (
    as_post,
    check,
    discover,
    link_of,
    site_name,
    standing_term,
    verified,
)
from chalicelib.networks.wordpress_site import Site
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
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
    from chalicelib.networks.http import Http
    from chalicelib.networks.wordpress_comments import Answers

LIVE = frozenset({"publish", "private", "future"})
"""What is no longer ours to change: it went out, or a person took it over."""

SPEC = NetworkSpec(
    name="wordpress",
    label={"fr": "Site WordPress", "en": "WordPress site"},
    resend_class=ResendClass.TWO_PHASE,
    limits=Limits(
        # WordPress has no limit of its own; this one keeps a request small.
        text=(TextLimit(Unit.CODE_POINTS, 50_000),),
        media=MediaRules(
            types=("image/jpeg", "image/png", "image/webp", "image/gif"),
            max_count=20,
            # PHP's own upload_max_filesize is 2 MB unless the host raised it.
            max_bytes=2_000_000,
            # Larger ones are scaled down by WordPress itself (big_image_size_threshold).
            max_pixels=2560 * 2560,
            max_width=2560,
            max_height=2560,
            max_alt=2000,
        ),
        # What every browser plays. The host's own limit is told by its refusal; ours is what
        # can be sent in the time that an upload has. Its length doesn't matter to WordPress.
        video=VideoRules(
            types=("video/mp4",), max_bytes=104_857_600, max_seconds=900, max_alt=2000
        ),
    ),
    options=frozenset({Option.TITLE, Option.CATEGORIES}),
    fields=(
        Field(
            "site",
            {"fr": "Adresse du site", "en": "Address of the site"},
            {
                "fr": "Telle qu’on la tape pour le visiter.",
                "en": "As you type it to visit the site.",
            },
            placeholder="https://www.exemple.fr",
        ),
        Field(
            "username",
            {"fr": "Identifiant WordPress", "en": "WordPress user name"},
            {
                "fr": "Celui avec lequel vous ouvrez le tableau de bord.",
                "en": "The one you open the dashboard with.",
            },
        ),
        Field(
            "application_password",
            {"fr": "Mot de passe d’application", "en": "Application password"},
            {
                "fr": "Créé dans votre profil WordPress ; ce n’est pas votre mot de passe.",
                "en": "Made in your WordPress profile; it isn’t your own password.",
            },
            secret=True,
            placeholder="xxxx xxxx xxxx xxxx xxxx xxxx",
        ),
    ),
    connect_help={
        "fr": "Dans le tableau de bord WordPress, ouvrez Comptes, Profil, puis Mots de passe "
        "d’application. Donnez le nom « Relais », ajoutez, et copiez le mot de passe affiché. Il "
        "faut le rôle Auteur ou plus, et un site en https.",
        "en": "In the WordPress dashboard open Users, Profile, then Application Passwords. Name "
        "it “Relais”, add it, and copy the password shown. You need the role Author or more, and "
        "a site with https.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://developer.wordpress.org/rest-api/reference/posts/",
        "https://developer.wordpress.org/rest-api/reference/media/",
        "https://developer.wordpress.org/block-editor/reference-guides/core-blocks/#video",
        "https://developer.wordpress.org/rest-api/reference/categories/",
        "https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/",
        "https://developer.wordpress.org/rest-api/using-the-rest-api/authentication/",
        "https://developer.wordpress.org/rest-api/reference/comments/",
    ),
    answers=Answering(
        # Ours: a comment holds 65,525 bytes.
        Limits(text=(TextLimit(Unit.CODE_POINTS, 10_000),), media=MediaRules((), 0, 0, 0))
    ),
    moderates=frozenset({Moderation.APPROVE, Moderation.HIDE, Moderation.SPAM, Moderation.DELETE}),
    hears=True,
    tells=frozenset({Metric.POSTS, Metric.REPLIES}),
)


class WordPress:
    """One user of one site."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._site = Site(tools)

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: media, categories, then the draft of this version.

        The draft's part tells of the last medium and of the categories too, as each part is
        a write to the store: an interrupted try's are found again by slug and by name.
        """
        if out.answers:
            yield from self._answers().prepare(out, parts)
            return
        known = self._draft(out, parts)
        if known is not None and known["status"] in LIVE:
            if drafted(parts).get("id") != known["id"]:
                yield Part("post", json.dumps({"id": known["id"]}))
            yield Part("live", known["status"])
            return
        media = yield from prepare(self._site, out, parts)
        if known is None or "post" not in parts:
            categories = [self._category(name) for name in out.content.categories]
            made = self._write_draft(out, body_of(out, media, categories), known)
            last = media[-1] if media else None
            yield Part("post", json.dumps({"id": made, "medium": last, "categories": categories}))

    def _draft(self, out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any] | None:
        """Return our post as it stands on the site, if it does."""
        known = self._read_post(drafted(parts)["id"]) if "post" in parts else None
        return known or self._by_slug(out.key.slug)

    def _category(self, name: str) -> int:
        """Return the id of a category, made if there is none of that name."""
        wanted = name.strip().casefold()
        for item in self._site.listed_at("categories", search=name.strip(), per_page="100"):
            if unescape(str(item.get("name", ""))).casefold() == wanted:
                return int(item["id"])
        reply = self._site.request("POST", "categories", json={"name": name.strip()})
        answer = lenient_object(reply)
        if (known := standing_term(answer)) is not None:
            return known
        if answer.get("code") == "rest_cannot_create":
            raise Rejected(f"{reply.status}: this role makes no categories", "forbidden")
        return int(self._site.checked(reply)["id"])

    def _write_draft(
        self, out: Outgoing, body: Mapping[str, Any], known: Mapping[str, Any] | None
    ) -> int:
        """Make the draft, or bring the one that stands to this version; return its id."""
        draft = {**body, "status": "draft"}
        if known is not None:
            return int(self._site.write(f"posts/{known['id']}", draft)["id"])
        return int(self._site.write("posts", {**draft, "slug": out.key.slug})["id"])

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: the draft is given this version and becomes public."""
        if out.answers:
            return self._answers().publish(out, parts, before_send=before_send)
        if "live" in parts:
            raise OutcomeUnknown(f"the post is already {parts['live']} on the site")
        draft = drafted(parts)
        body = body_of(out, stored(out, parts), draft["categories"])
        reply = self._tools.http.request(
            "POST",
            self._site.url(f"posts/{draft['id']}"),
            headers=self._site.authorization(),
            json={**body, "status": "publish", "slug": out.key.slug},
            write=True,
            before_send=before_send,
        )
        if reply.status == 401 and self._is_password_good():
            raise Transient("401 to the post, though the password works")
        post = check(reply, self._tools.clock.now(), is_public=True)
        if post.get("id") != draft["id"] or post.get("status") not in LIVE:
            raise OutcomeUnknown("the answer isn't our post, published")
        return Published(str(draft["id"]), link_of(post))

    def _answers(self) -> Answers:
        from chalicelib.networks.wordpress_comments import Answers  # noqa: PLC0415 - they know this

        return Answers(self._tools, self._is_password_good)

    def _is_password_good(self) -> bool:
        try:
            self.check()
        except NetworkError:
            return False
        return True

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the draft by its id, then whatever has our slug."""
        if search.candidates[0].answers:
            return self._answers().find(search)
        draft = drafted(search.parts)
        if draft and (post := self._read_post(draft["id"])):
            if post["status"] in LIVE:
                return _found(post, search)
            return NotThere(prepared_stands=True)
        post = self._by_slug(search.key.slug)
        if post is not None and post["status"] in LIVE:
            return _found(post, search)
        return NotThere()

    def _read_post(self, post_id: int) -> dict[str, Any] | None:
        """Return a post by its id; None if it is gone or in the bin."""
        reply = self._site.request("GET", f"posts/{post_id}", params={"context": "edit"})
        if lenient_object(reply).get("code") == "rest_post_invalid_id":
            return None
        post = as_post(self._site.checked(reply))
        return None if post["status"] == "trash" else post

    def _by_slug(self, slug: str) -> dict[str, Any] | None:
        """Return the post with our slug, the live one first: there may be two drafts."""
        found = self._site.listed_at("posts", slug=slug, status="any", context="edit")
        return min(map(as_post, found), key=lambda p: p["status"] not in LIVE, default=None)

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``."""
        tools = self._tools
        api, secret = tools.settings["api"], tools.credentials.secret
        user = verified(tools.http, api, secret, tools.clock.now())
        return _profile(user, str(user.get("name", "")), tools.settings["site"])


def _found(post: Mapping[str, Any], search: Search) -> Found:
    version = next((c.version for c in search.candidates if _is_article_of(post, c)), None)
    return Found(str(post["id"]), link_of(post), version)


def _is_article_of(post: Mapping[str, Any], out: Outgoing) -> bool:
    title, text = _raw(post, "title"), _raw(post, "content")
    if canonical(unescape(title)) != canonical(article_title(out.content)):
        return False
    return bool(html_forms(text) & html_forms(text_of(out)))


def _raw(post: Mapping[str, Any], name: str) -> str:
    value = post.get(name)
    return str(value.get("raw", "")) if isinstance(value, dict) else ""


def connect(fields: Mapping[str, str], http: Http, clock: Clock) -> Connection:
    """Find the site's API and sign in by an application password; see ``contract.Connector``."""
    site = server_address(fields["site"], "site", keep_path=True)
    api = discover(http, site)
    secret = {
        "username": fields["username"].strip(),
        "application_password": fields["application_password"].replace(" ", ""),
    }
    user = verified(http, api, secret, clock.now())
    return Connection(
        profile=_profile(user, site_name(http, api) or str(user.get("name", "")), site),
        settings={"site": site, "api": api},
        secret=secret,
        limits=SPEC.limits,
    )


def _profile(user: Mapping[str, Any], name: str, site: str) -> Profile:
    return Profile(str(user["id"]), name, str(user.get("username", "")), site)


NETWORK = Network(
    SPEC, WordPress, connect, hear=later("chalicelib.networks.wordpress_hearing", "Hearing")
)
