"""What things take of DynamoDB: calls and capacity units, as the engine meters them.

The networks are the real adapters, asking servers that hold each network's rules; the one of
the blind class is made up, since no network that Relais knows is blind.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

from bench import heard
from bench.stand import HOUR, PICTURE, Bill, NotPublished, Row, Stand, message, standing
from chalicelib import jobs
from chalicelib.ids import ChannelId, MemberId
from chalicelib.publishing.deliveries import ResendClass, Status
from chalicelib.publishing.drafts import At, Draft
from chalicelib.publishing.posts import Content
from chalicelib.workspaces.channels import Channel
from chalicelib.workspaces.workspaces import Workspace
from local.engine import Engine, obtain
from local.installation import ROOT
from tests.chaos.ledger import Ledger, network
from tests.chaos.steps import Steps, VirtualClock
from tests.fakes.api_world import Answer
from tests.fakes.fake_bluesky import FakeBluesky
from tests.fakes.fake_wordpress import FakeWordPress
from tests.fakes.serving import serving
from tests.fakes.talking_mastodon import TalkingMastodon

START = datetime(2026, 11, 24, 7, 0, tzinfo=UTC)
"""A Tuesday."""
WORDS = "La galette des rois est là, aux amandes et à la pomme. Ouvert dès 6 h 30 !"

Say = Callable[[str], None]


def main(say: Say = print) -> list[Row]:
    """Measure, and say the figures.

    Raises:
        NotPublished: a delivery didn't end as it must.
    """
    rows: list[Row] = []
    fakes = _Fakes()
    with ExitStack() as stack, Engine(obtain(ROOT, say)) as engine:
        hosts = fakes.serve(stack)
        blind = network(Ledger(Steps(VirtualClock())), ResendClass.BLIND)
        stand = stack.enter_context(
            standing(engine, {blind.spec.name: blind}, allow_hosts=hosts, start=START)
        )
        fakes.clock = stand.clock.now
        firm = stand.firm("boulangerie", "claire")
        rows += _deliveries(stand, firm, fakes, blind.spec.name)
        rows += _requests(stand)
        rows += heard.rows(stand, fakes.mastodon, fakes.typed()["mastodon"])
    say("\nDynamoDB calls and units (RRU read, WRU written)")
    say(f"  {'':52}{'reads':>6}{'RRU':>7}{'writes':>7}{'WRU':>7}")
    for row in rows:
        say(row.line())
    if refused := sum(row.bill.refused for row in rows):
        say(f"  {refused} writes were refused: billed as well, and not in these units")
    return rows


# A delivery with one image, from its message on.


class _Fakes:
    """The servers of three networks."""

    def __init__(self) -> None:
        self.clock: Callable[[], datetime] = lambda: START
        self.mastodon = TalkingMastodon(self._now)
        self.bluesky = FakeBluesky(self._now)
        self.wordpress = FakeWordPress(self._now)

    def _now(self) -> datetime:
        return self.clock()

    def serve(self, stack: ExitStack) -> str:
        """Serve them until the stack ends; return their hosts."""
        for fake in (self.mastodon, self.bluesky, self.wordpress):
            fake.base_url = stack.enter_context(serving(fake)).base_url
        own = (self.mastodon, self.bluesky, self.wordpress)
        return " ".join(urlsplit(fake.base_url).netloc for fake in own)

    def typed(self) -> dict[str, dict[str, str]]:
        """Return what a person types to connect to each network, by its name."""
        return {
            "mastodon": {"instance": self.mastodon.base_url, "token": self.mastodon.token},
            "bluesky": {
                "handle": self.bluesky.handle,
                "app_password": self.bluesky.app_password,
                "pds": self.bluesky.base_url,
            },
            "wordpress": {
                "site": self.wordpress.base_url,
                "username": self.wordpress.username,
                "application_password": self.wordpress.password,
            },
            "site": {"title": "Boulangerie Martin"},
            "manual": {"target": "instagram", "page": "https://www.instagram.com/martin"},
        }


def _deliveries(stand: Stand, firm: Workspace, fakes: _Fakes, blind: str) -> Iterator[Row]:
    def connected(name: str) -> Channel:
        identity = ChannelId(stand.world.ids.new())
        return stand.world.connecting.connect(firm.id, identity, name, fakes.typed()[name])

    bluesky = connected("bluesky")
    yield _delivery(stand, firm, bluesky, "idempotent (Bluesky)")
    fakes.bluesky.access.clear()
    yield _delivery(stand, firm, bluesky, "  the same, its session to be renewed first")
    yield _delivery(stand, firm, connected("site"), "idempotent (one's own site)")
    yield _delivery(
        stand, firm, connected("wordpress"), "two-phase (WordPress: a medium and a draft)"
    )
    yield _delivery(stand, firm, connected("mastodon"), "read-back (Mastodon)")
    yield _delivery(stand, firm, stand.channel(firm, blind), "blind (made up)")
    yield _delivery(
        stand, firm, connected("manual"), "by hand (a kit, and a mail)", Status.NEEDS_HUMAN
    )


def _delivery(
    stand: Stand,
    firm: Workspace,
    channel: Channel,
    name: str,
    ends: Status = Status.PUBLISHED,
) -> Row:
    at = stand.clock.now() + HOUR
    draft = Draft(
        content=Content(text=f"{WORDS} ({name})", media=(PICTURE,), title="Galette"),
        channels=(channel.id,),
        when=At(at.replace(tzinfo=None), "UTC"),
    )
    made = stand.world.composer.create(firm, MemberId("claire"), draft)
    (delivery,) = made.deliveries
    stand.set(at)
    body = message(firm.id, "delivery", delivery.id)
    bill = stand.meter.of(lambda: jobs.work(stand.world, [body]))
    stands = stand.world.deliveries.get(firm.id, delivery.id)
    if stands is None or stands.status is not ends:
        raise NotPublished(f"{name}: {stands}")
    return Row(name, bill, is_delivery=ends is Status.PUBLISHED)


# What a person asks the API for, signed in by her cookie.


def _requests(stand: Stand) -> Iterator[Row]:
    stand.set(START)
    firm = stand.firm("fleuriste", "flora")
    channels = [stand.channel(firm, name).id for name in ("mastodon", "bluesky", "wordpress")]
    her = stand.browser("flora")
    path = f"/v1/workspaces/{firm.id}"
    meter = stand.meter

    def create(n: int, count: int) -> tuple[Bill, dict[str, Any]]:
        asked: list[dict[str, Any]] = []

        def ask() -> None:
            said = her.post(f"{path}/posts", _body(n, channels[:count]), idempotency_key=f"k{n}")
            asked.append(_fine(said, 201))

        return meter.of(ask), asked[0]

    def edit(post: dict[str, Any], body: dict[str, Any]) -> Bill:
        changed = {**body, "version": post["version"]}
        return meter.of(lambda: _fine(her.put(f"{path}/posts/{post['id']}", changed)))

    for count in (1, 3):
        bill, post = create(count, count)
        on = f"on {count} channel{'s' if count > 1 else ''}"
        yield Row(f"creating a post with an image {on}", bill)
        yield Row(f"  editing its text, {on}", edit(post, _body(10 + count, channels[:count])))
    for n in range(20, 25):
        create(n, 3)
    today = meter.of(lambda: _fine(her.get(f"{path}/today")))
    yield Row("the Today page: 7 posts of 3 channels in the week", today)
    page = meter.of(lambda: _fine(her.get(f"{path}/channels")))
    yield Row("the channels page: 3 channels", page)


def _body(n: int, channels: list[ChannelId]) -> dict[str, Any]:
    local = (START + timedelta(hours=2 + n)).replace(tzinfo=None)
    return {
        "text": f"{WORDS} N° {n}",
        "media": [{"sha256": PICTURE.sha256, "alt": PICTURE.alt}],
        "channels": list(channels),
        "when": {"kind": "at", "local": local.isoformat(timespec="minutes"), "zone": "UTC"},
    }


def _fine(answer: Answer, status: int = 200) -> dict[str, Any]:
    if answer.status != status:
        raise NotPublished(answer.text)
    said: dict[str, Any] = answer.json
    return said
