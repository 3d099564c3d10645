"""A system of the firm's own: what is published is posted to it, signed, as JSON.

Its contract (docs/networks/webhook.md) makes this idempotent. A receiver does a delivery once,
by its id, and says of any delivery whether it knows it. So an attempt in doubt is first looked
for: calling it absent by the contract alone would let it be edited or cancelled as if nothing
had gone out. When it is absent it is sent again under the same id, which is harmless even if
the first attempt is still on its way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

from chalicelib.clock import Clock
from chalicelib.networks.addresses import is_web_address
from chalicelib.networks.contract import Connection, Network, Outgoing, Profile, Search, Tools
from chalicelib.networks.counting import Unit
from chalicelib.networks.replies import said_count, said_text
from chalicelib.networks.spec import (
    Field,
    Limits,
    MediaRules,
    NetworkSpec,
    Option,
    TextLimit,
    VideoRules,
)
from chalicelib.networks.webhook_events import Receiver, is_page, post_event, receiver_url, taken
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
    from chalicelib.networks.http import Http

MIN_SECRET = 32
"""Characters: a key should be as long as the hash, https://www.rfc-editor.org/rfc/rfc2104#section-3"""
MAX_ID = 200
MAX_URL = 2_000

SPEC = NetworkSpec(
    name="webhook",
    label={"fr": "Votre propre système (webhook)", "en": "Your own system (webhook)"},
    resend_class=ResendClass.IDEMPOTENT,
    limits=Limits(
        # Ours to choose: an event stays under a few hundred KB, which every server takes.
        text=(TextLimit(Unit.CODE_POINTS, 50_000),),
        media=MediaRules(
            # Pictures are named by their address, and stand there as they were uploaded.
            types=("image/jpeg", "image/png", "image/webp", "image/gif"),
            max_count=20,
            max_bytes=20_971_520,
            max_pixels=50_000_000,
            max_alt=2000,
        ),
        # Named by its address too: whatever is taken in.
        video=VideoRules(
            types=("video/mp4", "video/quicktime"),
            max_bytes=209_715_200,
            max_seconds=900,
            max_alt=2000,
        ),
        text_required=False,
    ),
    options=frozenset({Option.TITLE, Option.CONTENT_WARNING, Option.CATEGORIES}),
    fields=(
        Field(
            "url",
            {"fr": "Adresse du programme", "en": "Address of the program"},
            {
                "fr": "Celle qui reçoit les messages, en https://.",
                "en": "The one that receives posts, with https://.",
            },
            placeholder="https://www.exemple.fr/relais",
        ),
        Field(
            "secret",
            {"fr": "Secret de signature", "en": "Signing secret"},
            {
                "fr": "32 caractères au moins, tirés au hasard, les mêmes des deux côtés. Un "
                "gestionnaire de mots de passe en fabrique, ou la commande « openssl rand -hex "
                "32 ».",
                "en": "At least 32 random characters, the same on both sides. A password manager "
                "makes one, or the command “openssl rand -hex 32”.",
            },
            secret=True,
        ),
    ),
    connect_help={
        "fr": "Pour qui programme : votre serveur reçoit chaque message en JSON, signé, et le "
        "publie à sa façon. La documentation du webhook donne le format et deux exemples prêts à "
        "copier. À la connexion, Relais lui envoie un simple « ping ».",
        "en": "For programmers: your server receives each post as signed JSON, and publishes it "
        "its own way. The documentation of the webhook has the format and two examples ready to "
        "copy. When connecting, Relais sends it a mere “ping”.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://www.standardwebhooks.com/",
        "https://www.rfc-editor.org/rfc/rfc2104",
        "https://www.rfc-editor.org/rfc/rfc9110#section-10.2.3",
    ),
)


class Webhook:
    """One receiver."""

    def __init__(self, tools: Tools) -> None:
        self._tools = tools
        secret = tools.credentials.secret
        self._receiver = Receiver(tools.http, tools.clock, secret["url"], secret["secret"])

    # Publishing.

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
        """See ``contract.Publishes``: one signed POST."""
        event = post_event(out, self._tools.public_url)
        reply = self._receiver.publish(event, out.delivery, before_send)
        try:
            answer = taken(reply, self._tools.clock.now())
        except AuthExpired as error:
            if reply.status == 401 and self._is_secret_good():
                raise Transient("401 to the post, though a ping is taken") from error
            raise
        if answer is None:
            raise OutcomeUnknown(f"{reply.status}: not an answer of the receiver's own")
        revision = said_count(answer.get("revision"))
        if revision is not None and revision != out.version:
            raise OutcomeUnknown("the receiver has another revision")
        return Published(_id(answer) or out.delivery, _url(answer))

    def _is_secret_good(self) -> bool:
        try:
            self.check()
        except NetworkError:
            return False
        return True

    # Looking.

    def find(self, search: Search) -> Found | NotThere | CantTell:
        """See ``contract.FindsOwnPost``: the receiver says whether it knows the delivery."""
        delivery = search.candidates[0].delivery
        reply = self._receiver.ask("delivery.lookup", delivery=delivery)
        try:
            answer = taken(reply, self._tools.clock.now())
        except Rejected as error:
            return CantTell(f"the receiver takes no lookup: {error.detail}")
        if answer is None:
            raise Transient(f"{reply.status}: not an answer of the receiver's own")
        if answer.get("known") is True:
            return Found(_id(answer) or delivery, _url(answer), _version(answer, search))
        if answer.get("known") is False:
            return NotThere()
        return CantTell("the receiver doesn't say whether it knows the delivery")

    # Checking.

    def check(self) -> Profile:
        """See ``contract.Connects``: a ping, which changes nothing."""
        reply = self._receiver.ask("ping")
        if taken(reply, self._tools.clock.now()) is None:
            raise Transient(f"{reply.status}: not an answer of the receiver's own")
        return self._receiver.profile()


def _id(answer: Mapping[str, Any]) -> str:
    """Return what the receiver calls the post, if it says so."""
    named = answer.get("id")
    if isinstance(named, int) and not isinstance(named, bool):
        named = str(named)
    text = said_text(named)
    return text if len(text) <= MAX_ID and text.isprintable() else ""


def _url(answer: Mapping[str, Any]) -> str | None:
    url = said_text(answer.get("url"))
    return url if len(url) <= MAX_URL and is_web_address(url) else None


def _version(answer: Mapping[str, Any], search: Search) -> int | None:
    """Return which version the receiver has, if it is one that was sent."""
    revision = said_count(answer.get("revision"))
    return revision if revision in {c.version for c in search.candidates} else None


def connect(fields: Mapping[str, str], http: Http, clock: Clock) -> Connection:
    """Send a ping that the receiver must take; see ``contract.Connector``."""
    url, secret = receiver_url(fields["url"]), fields["secret"].strip()
    if len(secret) < MIN_SECRET:
        raise Rejected(f"shorter than {MIN_SECRET} characters", "secret")
    receiver = Receiver(http, clock, url, secret)
    reply = receiver.ask("ping")
    if reply.status in {401, 403} and not is_page(reply):
        raise Rejected(f"{reply.status}: the signature isn't taken", "secret")
    try:
        answer = taken(reply, clock.now())
    except (AuthExpired, Rejected) as error:
        raise Rejected(error.detail, "url") from error
    if answer is None and reply.status < 500:
        raise Rejected("a page answers there, not a program", "url")
    if answer is None:
        raise Transient(str(reply.status))
    # The address may open the door by itself, as those of many hooks do: it is kept with the
    # secret, and known by its hash.
    return Connection(
        profile=receiver.profile(),
        settings={},
        secret={"url": url, "secret": secret},
        limits=SPEC.limits,
    )


NETWORK = Network(SPEC, Webhook, connect)
