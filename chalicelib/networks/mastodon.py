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
from chalicelib.measuring.metrics import Metric
from chalicelib.networks.addresses import server_address
from chalicelib.networks.contract import (
    Connection,
    Network,
    Outgoing,
    Profile,
    Search,
    Tools,
    later,
    later_value,
)
from chalicelib.networks.counting import Unit
from chalicelib.networks.fediverse import (
    about_instance,
    check,
    limits_of,
    profile_of,
    refs_of_own,
    software_of,
    verified,
    visible_to,
)
from chalicelib.networks.mastodon_media import Uploads, media_of
from chalicelib.networks.matching import canonical, html_forms, is_alike
from chalicelib.networks.replies import as_object, as_objects, iso_instant
from chalicelib.networks.spec import (
    Answering,
    Field,
    Finds,
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

PAGE = 40
"""The most that accounts/{id}/statuses gives at once.

https://docs.joinmastodon.org/methods/accounts/#statuses
"""
MAX_PAGES = 5
"""A look reads 200 statuses: more than a person writes while an attempt is in doubt, and 5 of
the 300 calls that an account has in five minutes. Beyond, it can't tell.

https://docs.joinmastodon.org/api/rate-limits/
"""
WHOLE_PAGE = 20
"""What is given at once where ``limit`` isn't: a server that ignores it (and ``max_id``) and
gives fewer has given all there is.

https://docs.joinmastodon.org/methods/accounts/#statuses
"""
SERVED_AGAIN = timedelta(minutes=2)
"""An answer about a status older than this is an earlier one, kept by Idempotency-Key."""

SPEC = NetworkSpec(
    name="mastodon",
    label={"fr": "Mastodon", "en": "Mastodon"},
    resend_class=ResendClass.READ_BACK,
    limits=Limits(
        # What an instance says of itself replaces these when a channel is connected. They are
        # Mastodon's own, but for the bytes: half of what it takes, since older ones take less.
        # https://docs.joinmastodon.org/entities/Instance/#configuration
        text=(TextLimit(Unit.MASTODON, 500, 23),),
        media=MediaRules(
            types=("image/jpeg", "image/png", "image/webp"),
            max_count=4,
            max_bytes=8_000_000,
            max_pixels=33_177_600,
            max_alt=1500,
        ),
        # Its VIDEO_LIMIT and MAX_VIDEO_FRAMES, 36,000: ten minutes at 60 a second.
        # https://github.com/mastodon/mastodon/blob/main/app/models/media_attachment.rb
        video=VideoRules(
            types=("video/mp4", "video/quicktime"),
            max_bytes=99 * 1_048_576,
            max_seconds=600,
            max_alt=1500,
        ),
        text_required=False,
    ),
    options=frozenset({Option.CONTENT_WARNING, Option.VISIBILITY, Option.FIRST_COMMENT}),
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
        "Nommez-la « Relais », cochez profile, read et write, enregistrez, ouvrez-la et copiez "
        "« Votre jeton d’accès ».",
        "en": "On your server open Preferences, Development, New application. Name it “Relais”, "
        "tick profile, read and write, submit, open it and copy “Your access token”.",
    },
    page_fields=frozenset({"instance"}),
    price={"fr": "Gratuit", "en": "Free"},
    # https://docs.joinmastodon.org/api/rate-limits/
    quota={"fr": "30 médias en 30 minutes", "en": "30 media in 30 minutes"},
    docs=(
        "https://docs.joinmastodon.org/methods/statuses/#create",
        "https://docs.joinmastodon.org/methods/media/#v2",
        "https://docs.joinmastodon.org/methods/accounts/#statuses",
        "https://docs.joinmastodon.org/methods/instance/#v2",
        "https://docs.joinmastodon.org/api/rate-limits/",
        "https://docs.joinmastodon.org/user/posting/#text",
        "https://docs.joinmastodon.org/methods/notifications/#get",
        "https://docs.joinmastodon.org/methods/timelines/#tag",
    ),
    answers=Answering(),
    moderates=frozenset({Moderation.LIKE, Moderation.UNLIKE}),
    hears=True,
    finds=frozenset({Finds.TAG}),
    tells=frozenset(
        {Metric.FOLLOWERS, Metric.POSTS, Metric.LIKES}
        | {Metric.REPLIES, Metric.REPOSTS, Metric.QUOTES}
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
        self._uploads = Uploads(self._request, tools.clock)

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the media; what is answered must still stand."""
        if out.answers:
            self._require_answered(out.answers["id"])
        yield from self._uploads.prepare(out, parts)

    def _require_answered(self, status_id: str) -> None:
        """Refuse to answer what was deleted: some servers make it a post of its own (snac)."""
        reply = self._request("GET", f"/v1/statuses/{status_id}")
        if reply.status in {404, 410}:
            raise Rejected("the status was deleted", "answered_gone")
        self._check(reply, {200}, is_public=False)

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST /api/v1/statuses."""
        media = [json.loads(parts[f"media.{n}"])["id"] for n in range(len(media_of(out)))]
        reply = self._tools.http.request(
            "POST",
            f"{self._api}/v1/statuses",
            headers={**self._bearer(), "Idempotency-Key": out.key.uuid},
            json=_body(out, media),
            write=True,
            before_send=before_send,
        )
        if reply.status == 401 and self._is_token_good():
            raise Transient("401 to the post, though the token works")
        if out.answers and reply.status == 404 and as_object(reply):
            raise Rejected("404: the status was deleted", "answered_gone")
        status = self._check(reply, {200}, is_public=True)
        if not isinstance(status.get("id"), str):
            raise OutcomeUnknown("the answer has no status id")
        if self._is_another(status, out):
            raise OutcomeUnknown("the instance answered with an earlier status")
        if len(status.get("media_attachments") or ()) < len(media):
            raise OutcomeUnknown("the status has fewer media than were sent")
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
        shown = [visible_to(c.content.visibility, c.answers) for c in search.candidates]
        is_private = any(visibility not in is_open for visibility in shown)
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


def _body(out: Outgoing, media: list[str]) -> dict[str, Any]:
    body: dict[str, Any] = {
        "status": wording(out.content, SPEC),
        "visibility": visible_to(out.content.visibility, out.answers).value,
        "language": out.content.language.partition("-")[0],
    }
    if media:
        body["media_ids"] = media
    if out.answers:
        body["in_reply_to_id"] = out.answers["id"]
    if out.content.content_warning:
        body |= {"spoiler_text": out.content.content_warning, "sensitive": True}
    return body


def _is_near(status: Mapping[str, Any], search: Search) -> bool:
    """Say whether a status may be ours, altered by its server in a way that we don't know."""
    answered = status.get("in_reply_to_id")
    if answered and all(answered != c.answers.get("id") for c in search.candidates):
        return False  # whatever else a server alters, it doesn't make us answer somebody else
    forms = html_forms(str(status.get("content") or ""))
    return any(is_alike(canonical(wording(c.content, SPEC)), forms) for c in search.candidates)


def _is_text_of(status: Mapping[str, Any], out: Outgoing) -> bool:
    """Say whether a status answers what was answered, with its text, warning and media."""
    if (status.get("in_reply_to_id") or "") != out.answers.get("id", ""):
        return False
    if len(status.get("media_attachments") or ()) != len(media_of(out)):
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


_HEARING = "chalicelib.networks.mastodon_hearing"


NETWORK = Network(
    spec=SPEC,
    open=Mastodon,
    connect=connect,
    oauth=later_value("chalicelib.networks.mastodon_oauth", "OAUTH"),
    hear=later(_HEARING, "hear"),
    hear_at=later(_HEARING, "at_instance"),
    refs_of_own=refs_of_own,
)
