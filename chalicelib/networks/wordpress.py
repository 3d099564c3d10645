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
from chalicelib.networks.addresses import server_address
from chalicelib.networks.articles import article_html, article_title
from chalicelib.networks.contract import (
    Connection,
    Field,
    Limits,
    MediaRules,
    Network,
    NetworkSpec,
    Option,
    Outgoing,
    Picture,
    Profile,
    Search,
    TextLimit,
    Tools,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.matching import canonical, html_forms
from chalicelib.networks.replies import lenient_json, lenient_object
from chalicelib.networks.wordpress_rest import authorization, check, discover, site_name, verified
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
    from chalicelib.networks.http import Http, Reply

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
                "fr": "Créé dans votre profil WordPress ; ce n’est pas votre mot de passe.",
                "en": "Made in your WordPress profile; it isn’t your own password.",
            },
            secret=True,
            placeholder="xxxx xxxx xxxx xxxx xxxx xxxx",
        ),
    ),
    connect_help={
        "fr": "Dans le tableau de bord WordPress, ouvrez Comptes, Profil, puis Mots de passe "
        "d’application. Donnez le nom « Relais », ajoutez, et copiez le mot de passe affiché. Il "
        "faut le rôle Auteur ou plus, et un site en https.",
        "en": "In the WordPress dashboard open Users, Profile, then Application Passwords. Name "
        "it “Relais”, add it, and copy the password shown. You need the role Author or more, and "
        "a site with https.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://developer.wordpress.org/rest-api/reference/posts/",
        "https://developer.wordpress.org/rest-api/reference/media/",
        "https://developer.wordpress.org/rest-api/reference/categories/",
        "https://developer.wordpress.org/rest-api/using-the-rest-api/discovery/",
        "https://developer.wordpress.org/rest-api/using-the-rest-api/authentication/",
    ),
)


class WordPress:
    """One user of one site."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: media, categories, then the draft of this version."""
        known = self._draft(out, parts)
        if known is not None and known["status"] in LIVE:
            yield from _new(parts, "post", str(known["id"]))
            yield Part("live", known["status"])
            return
        uploaded = self._uploaded(out) if out.pictures and "media.0" not in parts else {}
        gathered = dict(parts)
        for n, picture in enumerate(out.pictures):
            if f"media.{n}" not in parts:
                medium = self._describe(uploaded.get(_file_name(out, picture)), picture)
                medium = medium or self._upload(out, picture)
                gathered[f"media.{n}"] = json.dumps(medium)
                yield Part(f"media.{n}", gathered[f"media.{n}"])
        if out.content.categories and "categories" not in parts:
            gathered["categories"] = json.dumps([self._category(c) for c in out.content.categories])
            yield Part("categories", gathered["categories"])
        if known is None or "post" not in parts:
            yield Part("post", str(self._write_draft(out, gathered, known)))

    def _draft(self, out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any] | None:
        """Return our post as it stands on the site, if it does."""
        known = self._read_post(parts["post"]) if "post" in parts else None
        return known or self._by_slug(out.key.slug)

    def _uploaded(self, out: Outgoing) -> dict[str, dict[str, Any]]:
        """Return what an earlier try uploaded before it could say so, by slug."""
        slugs = ",".join(_file_name(out, picture) for picture in out.pictures)
        found = self._list("media", slug=slugs, per_page="100")
        return {str(item.get("slug")): item for item in found}

    def _describe(self, found: dict[str, Any] | None, picture: Picture) -> dict[str, Any] | None:
        if found is None:
            return None
        if found.get("alt_text") != picture.alt:
            self._write(f"media/{found['id']}", {"alt_text": picture.alt})
        return _medium(found)

    def _upload(self, out: Outgoing, picture: Picture) -> dict[str, Any]:
        data, content_type = picture.load()
        ending = content_type.partition("/")[2].replace("jpeg", "jpg")
        name = f"{_file_name(out, picture)}.{ending}"
        reply = self._request(
            "POST",
            "media",
            data={"alt_text": picture.alt},
            files={"file": (name, data, content_type)},
        )
        return _medium(self._checked(reply))

    def _category(self, name: str) -> int:
        """Return the id of a category, made if there is none of that name."""
        wanted = name.strip().casefold()
        for item in self._list("categories", search=name.strip(), per_page="100"):
            if unescape(str(item.get("name", ""))).casefold() == wanted:
                return int(item["id"])
        reply = self._request("POST", "categories", json={"name": name.strip()})
        answer = lenient_object(reply)
        if (known := _standing_term(answer)) is not None:
            return known
        if answer.get("code") == "rest_cannot_create":
            raise Rejected(f"{reply.status}: this role makes no categories", "forbidden")
        return int(self._checked(reply)["id"])

    def _write_draft(
        self, out: Outgoing, parts: Mapping[str, str], known: Mapping[str, Any] | None
    ) -> int:
        """Make the draft, or bring the one that stands to this version."""
        body = {**_body(out, parts), "status": "draft"}
        if known is not None:
            return int(self._write(f"posts/{known['id']}", body)["id"])
        return int(self._write("posts", {**body, "slug": out.key.slug})["id"])

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: the draft is given this version and becomes public."""
        if "live" in parts:
            raise OutcomeUnknown(f"the post is already {parts['live']} on the site")
        reply = self._tools.http.request(
            "POST",
            self._url(f"posts/{parts['post']}"),
            headers=self._authorization(),
            json={**_body(out, parts), "status": "publish", "slug": out.key.slug},
            write=True,
            before_send=before_send,
        )
        if reply.status == 401 and self._is_password_good():
            raise Transient("401 to the post, though the password works")
        post = check(reply, self._tools.clock.now(), is_public=True)
        if str(post.get("id")) != parts["post"] or post.get("status") not in LIVE:
            raise OutcomeUnknown("the answer isn't our post, published")
        return Published(parts["post"], _link(post))

    def _is_password_good(self) -> bool:
        try:
            self.check()
        except NetworkError:
            return False
        return True

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the draft by its id, then whatever has our slug."""
        if "post" in search.parts and (post := self._read_post(search.parts["post"])):
            if post["status"] in LIVE:
                return _found(post, search)
            return NotThere(prepared_stands=True)
        post = self._by_slug(search.key.slug)
        if post is not None and post["status"] in LIVE:
            return _found(post, search)
        return NotThere()

    def _read_post(self, post_id: str) -> dict[str, Any] | None:
        """Return a post by its id; None if it is gone or in the bin."""
        reply = self._request("GET", f"posts/{post_id}", params={"context": "edit"})
        if lenient_object(reply).get("code") == "rest_post_invalid_id":
            return None
        post = _post(self._checked(reply))
        return None if post["status"] == "trash" else post

    def _by_slug(self, slug: str) -> dict[str, Any] | None:
        """Return the post with our slug, the live one first: there may be two drafts."""
        found = [_post(p) for p in self._list("posts", slug=slug, status="any", context="edit")]
        return min(found, key=lambda post: post["status"] not in LIVE, default=None)

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``."""
        tools = self._tools
        api, secret = tools.settings["api"], tools.credentials.secret
        user = verified(tools.http, api, secret, tools.clock.now())
        return _profile(user, str(user.get("name", "")), tools.settings["site"])

    # Calling.

    def _list(self, route: str, **params: str) -> list[dict[str, Any]]:
        reply = self._request("GET", route, params=params)
        answer = lenient_json(reply)
        if reply.status == 200 and isinstance(answer, list) and all(map(_has_id, answer)):
            return answer
        check(reply, self._tools.clock.now(), is_public=False)
        raise Transient(f"{reply.status}: no list of {route}")

    def _write(self, route: str, body: Mapping[str, Any]) -> dict[str, Any]:
        """Write what isn't public."""
        return self._checked(self._request("POST", route, json=body))

    def _request(self, verb: str, route: str, **how: Any) -> Reply:
        url, headers = self._url(route), self._authorization()
        return self._tools.http.request(verb, url, headers=headers, write=False, **how)

    def _checked(self, reply: Reply) -> dict[str, Any]:
        answer = check(reply, self._tools.clock.now(), is_public=False)
        if not _has_id(answer):
            raise Transient(f"{reply.status} without an id")
        return answer

    def _url(self, route: str) -> str:
        return f"{self._tools.settings['api']}wp/v2/{route}"

    def _authorization(self) -> dict[str, str]:
        return authorization(self._tools.credentials.secret)


def _body(out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any]:
    """Return the whole of a version: the first picture in front, the others in the text."""
    media = [json.loads(parts[f"media.{n}"]) for n in range(len(out.pictures))]
    shown = [(m["url"], p.alt) for m, p in zip(media, out.pictures, strict=True)][1:]
    body: dict[str, Any] = {
        "title": article_title(out.content),
        "content": article_html(out.content, shown),
        "featured_media": media[0]["id"] if media else 0,
    }
    if "categories" in parts:
        body["categories"] = json.loads(parts["categories"])
    return body


def _file_name(out: Outgoing, picture: Picture) -> str:
    """Return the name (and so the slug) of an upload: it tells which picture it is."""
    return f"{out.key.slug}-{picture.sha256[:8]}"


def _medium(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": answer["id"], "url": str(answer.get("source_url", ""))}


def _new(parts: Mapping[str, str], name: str, value: str) -> Iterator[Part]:
    if parts.get(name) != value:
        yield Part(name, value)


def _has_id(answer: object) -> bool:
    return isinstance(answer, dict) and isinstance(answer.get("id"), int)


def _standing_term(answer: Mapping[str, Any]) -> int | None:
    """Return the id of the category that was in the way of making one, if that is the answer."""
    data = answer.get("data") if answer.get("code") == "term_exists" else None
    known = data.get("term_id") if isinstance(data, dict) else None
    return known if isinstance(known, int) else None


def _post(answer: Mapping[str, Any]) -> dict[str, Any]:
    """Return one that ``_list`` or ``_checked`` found to have an id, its status there too."""
    if not isinstance(answer.get("status"), str):
        raise Transient("not a post")
    return dict(answer)


def _link(post: Mapping[str, Any]) -> str | None:
    link = post.get("link")
    return link if isinstance(link, str) else None


def _found(post: Mapping[str, Any], search: Search) -> Found:
    version = next((c.version for c in search.candidates if _is_article_of(post, c)), None)
    return Found(str(post["id"]), _link(post), version)


def _is_article_of(post: Mapping[str, Any], out: Outgoing) -> bool:
    title, text = _raw(post, "title"), _raw(post, "content")
    if canonical(unescape(title)) != canonical(article_title(out.content)):
        return False
    return bool(html_forms(text) & html_forms(article_html(out.content)))


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


NETWORK = Network(SPEC, WordPress, connect)
