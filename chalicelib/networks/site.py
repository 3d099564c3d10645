"""The firm's own news: a post on its page here and in its feeds, with no third party at all."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from chalicelib.clock import Clock
from chalicelib.networks.contract import Connection, Network, Outgoing, Profile, Search, Tools
from chalicelib.networks.counting import Unit
from chalicelib.networks.spec import (
    Field,
    Limits,
    MediaRules,
    NetworkSpec,
    Option,
    TextLimit,
    VideoRules,
)
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import (
    CantTell,
    Found,
    NotThere,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
)
from chalicelib.publishing.site import SiteEntry, code_of

if TYPE_CHECKING:
    from chalicelib.networks.http import Http

SPEC = NetworkSpec(
    name="site",
    label={"fr": "Votre page d’actualités", "en": "Your news page"},
    resend_class=ResendClass.IDEMPOTENT,
    limits=Limits(
        # Ours to choose: an entry stays far under the store's 400 KB for an item.
        text=(TextLimit(Unit.CODE_POINTS, 20_000),),
        media=MediaRules(
            types=("image/jpeg", "image/png", "image/webp", "image/gif"),
            max_count=10,
            max_bytes=8_000_000,
            max_pixels=4000 * 4000,
            max_alt=2000,
        ),
        # What every browser plays; as much as is taken in.
        # https://developer.mozilla.org/en-US/docs/Web/Media/Guides/Formats/Containers
        video=VideoRules(
            types=("video/mp4",), max_bytes=209_715_200, max_seconds=900, max_alt=2000
        ),
        text_required=False,
    ),
    options=frozenset({Option.TITLE}),
    fields=(
        Field(
            "title",
            {"fr": "Titre de la page", "en": "Title of the page"},
            {
                "fr": "Le nom de votre entreprise, tel que vos clients le connaissent.",
                "en": "The name of your firm, as your customers know it.",
            },
            placeholder="Boulangerie Martin",
        ),
    ),
    connect_help={
        "fr": "Rien à créer : vos actualités ont leur page et leur flux ici, à montrer sur votre "
        "propre site.",
        "en": "Nothing to set up: your news has its page and its feed here, to be shown on your "
        "own site.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://www.rfc-editor.org/rfc/rfc4287",
        "https://www.jsonfeed.org/version/1.1/",
        "https://developer.mozilla.org/en-US/docs/Web/Media/Guides/Formats/Containers",
    ),
)


class Site:
    """One page of news."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools

    def prepare(
        self,
        out: Outgoing,  # noqa: ARG002 - the contract's
        parts: Mapping[str, str],  # noqa: ARG002
    ) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: there is nothing to prepare."""
        yield from ()

    def publish(
        self,
        out: Outgoing,
        parts: Mapping[str, str],  # noqa: ARG002 - the contract's
        *,
        before_send: Callable[[], None],
    ) -> Published:
        """See ``contract.Publishes``: one conditional write."""
        entry = SiteEntry(
            workspace=out.workspace,
            channel=self._tools.channel,
            delivery=out.delivery,
            uuid=out.key.uuid,
            version=out.version,
            content=out.content,
            published_at=self._tools.clock.now(),
        )
        before_send()
        if not self._tools.shelf.put(entry) and self._version(out.key.uuid) != out.version:
            raise OutcomeUnknown("another version stands on the page")
        return Published(entry.uuid, self._url(entry.uuid))

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the entry under our key, read consistently."""
        version = self._version(search.key.uuid)
        if version is None:
            return NotThere()
        return Found(search.key.uuid, self._url(search.key.uuid), version)

    def check(self) -> Profile:
        """See ``contract.Connects``: nothing can be refused here."""
        return _profile(self._tools.settings["title"])

    def _version(self, uuid: str) -> int | None:
        entry = self._tools.shelf.get(self._tools.workspace, self._tools.channel, uuid)
        return entry.version if entry else None

    def _url(self, uuid: str) -> str:
        return f"{self._tools.public_url}/p/{code_of(uuid)}"


def connect(fields: Mapping[str, str], _http: Http, _clock: Clock) -> Connection:
    """Give the page its title; see ``contract.Connector``."""
    title = " ".join(fields["title"].split())
    return Connection(_profile(title), {"title": title}, {}, SPEC.limits)


def _profile(title: str) -> Profile:
    return Profile("site", title, "", "")


NETWORK = Network(SPEC, Site, connect)
