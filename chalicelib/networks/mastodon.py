"""Mastodon and what speaks its client API (snac, GoToSocial, Pleroma, Akkoma, Pixelfed…).

An attempt in doubt is read back from one's own latest statuses. ``Idempotency-Key`` is sent
all the same: Mastodon keeps it for an hour, some servers ignore it.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from chalicelib.clock import Clock
from chalicelib.networks.addresses import server_address
from chalicelib.networks.contract import (
    Authorization,
    Connection,
    Field,
    Limits,
    MediaRules,
    Network,
    NetworkSpec,
    OAuth,
    Option,
    Outgoing,
    Picture,
    Profile,
    Search,
    TextLimit,
    Tools,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.fediverse import (
    about_instance,
    check,
    limits_of,
    profile_of,
    software_of,
    verified,
)
from chalicelib.networks.matching import canonical, html_forms, is_alike
from chalicelib.networks.replies import as_objects, iso_instant
from chalicelib.networks.wording import wording
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
from chalicelib.publishing.posts import Visibility

if TYPE_CHECKING:
    from chalicelib.networks.http import Http, Reply

MEDIA_KEPT = timedelta(hours=6)
"""Mastodon removes media that no status uses after a day; a status would go out without."""
PROCESSING_LOOK = timedelta(seconds=5)
"""Until the first look at a medium in processing; later ones wait half its age."""
PROCESSED_WITHIN = timedelta(minutes=30)
"""A medium that is still not ready is stuck, and is uploaded anew."""
PAGE = 40
"""The most that accounts/{id}/statuses gives at once."""
MAX_PAGES = 5
WHOLE_PAGE = 20
"""A server that ignores ``max_id`` and gives fewer than this has given all there is."""
SERVED_AGAIN = timedelta(minutes=2)
"""An answer about a status older than this is an earlier one, kept by Idempotency-Key."""

SPEC = NetworkSpec(
    name="mastodon",
    label={"fr": "Mastodon", "en": "Mastodon"},
    resend_class=ResendClass.READ_BACK,
    limits=Limits(
        # What an instance says of itself replaces these when a channel is connected.
        text=(TextLimit(Unit.MASTODON, 500, 23),),
        media=MediaRules(
            types=("image/jpeg", "image/png", "image/webp"),
            max_count=4,
            max_bytes=8_000_000,
            max_pixels=33_177_600,
            max_alt=1500,
        ),
        text_required=False,
    ),
    options=frozenset({Option.CONTENT_WARNING, Option.VISIBILITY}),
    fields=(
        Field(
            "instance",
            {"fr": "Adresse de votre serveur", "en": "Address of your server"},
            {
                "fr": "L’adresse où vous ouvrez Mastodon, par exemple piaille.fr.",
                "en": "Where you open Mastodon, for example mastodon.social.",
            },
            placeholder="piaille.fr",
        ),
        Field(
            "token",
            {"fr": "Jeton d’accès", "en": "Access token"},
            {
                "fr": "Affiché sur la page de l’application que vous créez pour Relais.",
                "en": "Shown on the page of the application that you make for Relais.",
            },
            secret=True,
        ),
    ),
    connect_help={
        "fr": "Sur votre serveur, ouvrez Préférences, Développement, Nouvelle application. "
        "Nommez-la « Relais », cochez profile, read et write, enregistrez, ouvrez-la et copiez "
        "« Votre jeton d’accès ».",
        "en": "On your server open Preferences, Development, New application. Name it “Relais”, "
        "tick profile, read and write, submit, open it and copy “Your access token”.",
    },
    page_fields=frozenset({"instance"}),
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://docs.joinmastodon.org/methods/statuses/#create",
        "https://docs.joinmastodon.org/methods/media/#v2",
        "https://docs.joinmastodon.org/methods/accounts/#statuses",
        "https://docs.joinmastodon.org/methods/instance/#v2",
        "https://docs.joinmastodon.org/api/rate-limits/",
        "https://docs.joinmastodon.org/user/posting/#text",
    ),
)


@dataclass(frozen=True, slots=True)
class _Recent:
    """Latest statuses of an account; ``is_whole`` says that none since then is missing."""

    statuses: list[dict[str, Any]]
    is_whole: bool


class Mastodon:
    """One account on one instance."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        self._api = tools.settings["instance"] + "/api"

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the media, waited for while the instance works on them."""
        waits: list[timedelta] = []
        for n, picture in enumerate(out.pictures):
            name = f"media.{n}"
            known = json.loads(parts[name]) if name in parts else None
            stands = self._standing(known)
            if stands is None or stands != known:
                stands = stands or self._upload(picture)
                yield Part(name, json.dumps(stands))
            if not stands["ready"]:
                waits.append(max(self._age(stands) / 2, PROCESSING_LOOK))
        if waits:
            yield Pending(min(waits))

    def _standing(self, known: dict[str, Any] | None) -> dict[str, Any] | None:
        """Return how an uploaded medium stands by now; None if it must be uploaded (again)."""
        if known is None or self._age(known) > MEDIA_KEPT:
            return None
        if known["ready"]:
            return known
        if self._age(known) > PROCESSED_WITHIN:
            return None
        reply = self._request("GET", f"/v1/media/{known['id']}")
        if reply.status == 404:
            return None
        if reply.status == 422:
            raise Rejected("the instance couldn't process a picture", "media_refused")
        self._check(reply, {200, 206}, is_public=False)
        return {**known, "ready": reply.status == 200}

    def _age(self, known: Mapping[str, Any]) -> timedelta:
        return self._tools.clock.now() - datetime.fromisoformat(known["at"])

    def _upload(self, picture: Picture) -> dict[str, Any]:
        data, content_type = picture.load()
        # The name tells pictures apart: snac makes the media id of it.
        name = f"{picture.sha256[:16]}.{content_type.partition('/')[2]}"
        reply = self._request(
            "POST",
            "/v2/media",
            data={"description": picture.alt} if picture.alt else None,
            files={"file": (name, data, content_type)},
        )
        answer = self._check(reply, {200, 202}, is_public=False)
        if not isinstance(answer.get("id"), str):
            raise Transient("the upload gave no id")
        at = self._tools.clock.now().isoformat()
        return {"id": answer["id"], "ready": reply.status == 200, "at": at}

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST /api/v1/statuses."""
        media = [json.loads(parts[f"media.{n}"])["id"] for n in range(len(out.pictures))]
        body: dict[str, Any] = {
            "status": wording(out.content, SPEC),
            "visibility": out.content.visibility.value,
            "language": out.content.language.partition("-")[0],
        }
        if media:
            body["media_ids"] = media
        if out.content.content_warning:
            body |= {"spoiler_text": out.content.content_warning, "sensitive": True}
        reply = self._tools.http.request(
            "POST",
            f"{self._api}/v1/statuses",
            headers={**self._bearer(), "Idempotency-Key": out.key.uuid},
            json=body,
            write=True,
            before_send=before_send,
        )
        if reply.status == 401 and self._is_token_good():
            raise Transient("401 to the post, though the token works")
        status = self._check(reply, {200}, is_public=True)
        if not isinstance(status.get("id"), str):
            raise OutcomeUnknown("the answer has no status id")
        if self._is_another(status, out):
            raise OutcomeUnknown("the instance answered with an earlier status")
        if len(status.get("media_attachments") or ()) < len(media):
            raise OutcomeUnknown("the status has fewer pictures than were sent")
        return Published(status["id"], _url(status))

    def _is_token_good(self) -> bool:
        try:
            self.check()
        except NetworkError:
            return False
        return True

    def _is_another(self, status: Mapping[str, Any], out: Outgoing) -> bool:
        """Say whether Idempotency-Key gave back what an earlier version of the post made."""
        created_at = iso_instant(status.get("created_at"))
        is_old = created_at and self._tools.clock.now() - created_at > SERVED_AGAIN
        return bool(is_old) and not _is_text_of(status, out)

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: one's own latest statuses, back to before the attempt."""
        if self._may_hide(search):
            return CantTell("this server doesn't list private statuses")
        recent = self._recent(search.since)
        in_time = [s for s in recent.statuses if search.since <= _created(s) <= search.until]
        for status in in_time:
            for candidate in search.candidates:
                if _is_text_of(status, candidate) and not search.is_taken(str(status["id"])):
                    return Found(str(status["id"]), _url(status), candidate.version)
        if any(_is_near(s, search) and not search.is_taken(str(s["id"])) for s in in_time):
            return CantTell("a status much like it was published then")
        return NotThere() if recent.is_whole else CantTell("too many statuses since then")

    def _recent(self, since: datetime) -> _Recent:
        """Return one's own statuses, the latest first, back to ``since`` if they go so far."""
        known: dict[str, dict[str, Any]] = {}
        before = None
        for _ in range(MAX_PAGES):
            page = self._own_statuses(before)
            fresh = {str(s.get("id")): s for s in page if str(s.get("id")) not in known}
            known |= fresh
            if not fresh:
                return _Recent(list(known.values()), len(page) < WHOLE_PAGE)
            before, oldest = list(fresh.items())[-1]
            if _created(oldest) < since:
                return _Recent(list(known.values()), is_whole=True)
        return _Recent(list(known.values()), is_whole=False)

    def _may_hide(self, search: Search) -> bool:
        """Mastodon lists everything to the author; other servers may list what is public only."""
        is_open = {Visibility.PUBLIC, Visibility.UNLISTED}
        is_private = any(c.content.visibility not in is_open for c in search.candidates)
        return is_private and self._tools.settings.get("software") != "mastodon"

    def _own_statuses(self, before: str | None) -> list[dict[str, Any]]:
        account = self._tools.settings["account"]
        params = {"limit": str(PAGE), "exclude_reblogs": "true"}
        if before is not None:
            params["max_id"] = before
        reply = self._request("GET", f"/v1/accounts/{account}/statuses", params=params)
        page = as_objects(reply)
        if reply.status == 200 and page is not None:
            return page
        self._check(reply, set(), is_public=False)
        return []

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``."""
        now = self._tools.clock.now()
        instance, token = self._tools.settings["instance"], self._tools.credentials.secret["token"]
        account = verified(self._tools.http, instance, token, now)
        return profile_of(account, instance)

    def _bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self._tools.credentials.secret['token']}"}

    def _request(self, verb: str, path: str, **how: Any) -> Reply:
        """Call what makes nothing public."""
        url = self._api + path
        return self._tools.http.request(verb, url, headers=self._bearer(), write=False, **how)

    def _check(self, reply: Reply, good: set[int], *, is_public: bool) -> dict[str, Any]:
        return check(reply, good, self._tools.clock.now(), is_public=is_public)


def _is_near(status: Mapping[str, Any], search: Search) -> bool:
    """Say whether a status may be ours, altered by its server in a way that we don't know."""
    forms = html_forms(str(status.get("content") or ""))
    return any(is_alike(canonical(wording(c.content, SPEC)), forms) for c in search.candidates)


def _is_text_of(status: Mapping[str, Any], out: Outgoing) -> bool:
    """Say whether a status shows the text, the warning and as many media as what was sent."""
    if len(status.get("media_attachments") or ()) != len(out.pictures):
        return False
    warning = canonical(str(status.get("spoiler_text") or ""))
    if warning != canonical(out.content.content_warning):
        return False
    return canonical(wording(out.content, SPEC)) in html_forms(str(status.get("content") or ""))


def _created(status: Mapping[str, Any]) -> datetime:
    created_at = iso_instant(status.get("created_at"))
    if created_at is None:
        raise Transient("a status without a date")
    return created_at


def _url(status: Mapping[str, Any]) -> str | None:
    url = status.get("url") or status.get("uri")
    return url if isinstance(url, str) else None


# Connecting.


def connect(fields: Mapping[str, str], http: Http, clock: Clock) -> Connection:
    """Read who the token is and what the instance takes; see ``contract.Connector``."""
    instance = server_address(fields["instance"], "instance")
    return connected(instance, fields["token"].strip(), http, clock)


def connected(instance: str, token: str, http: Http, clock: Clock) -> Connection:
    """Return the connection of a token, however it was obtained."""
    account = verified(http, instance, token, clock.now())
    about = about_instance(http, instance)
    return Connection(
        profile=profile_of(account, instance),
        settings={
            "instance": instance,
            "account": str(account["id"]),
            "software": software_of(about),
        },
        secret={"token": token},
        limits=limits_of(about, SPEC.limits),
    )


def _begin(
    typed: Mapping[str, str], back: str, http: Http, clock: Clock, secret: Callable[[], str]
) -> Authorization:
    from chalicelib.networks.mastodon_oauth import begin_oauth  # noqa: PLC0415 -- it knows this

    return begin_oauth(typed["instance"], back, http, clock, secret)


def _finish(
    kept: Mapping[str, str], returned: Mapping[str, str], http: Http, clock: Clock
) -> Connection:
    from chalicelib.networks.mastodon_oauth import finish_oauth  # noqa: PLC0415 -- it knows this

    return finish_oauth(kept, returned, http, clock)


NETWORK = Network(SPEC, Mastodon, connect, OAuth(_begin, _finish))
