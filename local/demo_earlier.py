"""What the demo firm told in the two months before, and what its figures came to."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

from chalicelib.ids import ChannelId, DeliveryId, PostId, delivery_id
from chalicelib.measuring.metrics import Metric
from local.demo_story import BLOG, FACEBOOK, INSTAGRAM, MASTODON, Told

LIKES, REPLIES, REPOSTS, QUOTES = Metric.LIKES, Metric.REPLIES, Metric.REPOSTS, Metric.QUOTES
FOLLOWERS, POSTS, REACH, VIEWS = Metric.FOLLOWERS, Metric.POSTS, Metric.REACH, Metric.VIEWS


@dataclass(frozen=True, slots=True, kw_only=True)
class Earlier:
    """A post so many days ago, and what its counters came to on each network that tells any."""

    days: int
    at: time
    told: Told
    figures: Mapping[str, Mapping[Metric, int]]
    """By channel; what isn't named there wasn't told by the network."""
    spread_on: int | None = None
    """The day after its own on which it was passed on more than anything before."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tracked:
    """A tracked link, and by how many people, programs and previews it was followed."""

    label: str
    target: str
    post: str
    """The post that carries it, or a word of its own if none does."""
    channel: str = ""
    """Empty: no delivery carries it."""
    days: int = 0
    """How many days ago it was made; a delivery's was when that went out."""
    people: Sequence[int]
    """On each day from then on; again from the beginning where there are more days."""
    lasts: int = 400
    """Days after which nobody follows it any more."""

    @property
    def delivery(self) -> DeliveryId | None:
        """The delivery that carries it."""
        return of(self.post, self.channel) if self.channel else None


def of(post: str, channel: str) -> DeliveryId:
    """Return the delivery of a post on a channel."""
    return delivery_id(PostId(post), ChannelId(channel))


TOY, TOY_DAYS_AGO = "demoearlier6", 18
"""The post that went round the town."""

EARLIER: Sequence[Earlier] = (
    Earlier(
        days=57,
        at=time(7, 45),
        told=Told(
            id="demoearlier1",
            text="La rentrée est passée, le four aussi : il revient de révision et cuit comme au "
            "premier jour. Merci de votre patience.",
            channels=(MASTODON,),
        ),
        figures={MASTODON: {LIKES: 18, REPLIES: 3, REPOSTS: 2, QUOTES: 0}},
    ),
    Earlier(
        days=50,
        at=time(17, 15),
        told=Told(
            id="demoearlier2",
            title="Pourquoi notre pain attend vingt heures",
            text="Une pâte qui prend son temps demande moins de levure et se garde mieux. On vous "
            "raconte ce qui se passe dans le pétrin entre le soir et le matin.",
            channels=(BLOG, MASTODON),
            is_by_theo=True,
        ),
        figures={
            MASTODON: {LIKES: 24, REPLIES: 4, REPOSTS: 6, QUOTES: 1},
            BLOG: {REPLIES: 3},
        },
    ),
    Earlier(
        days=43,
        at=time(8, 0),
        told=Told(
            id="demoearlier3",
            text="La carte des tartes de saison est prête : pomme, poire, coing. Elle tient sur "
            "une page, à lire ou à imprimer.",
            link="https://boulangerie-martin.example/carte",
            channels=(MASTODON,),
        ),
        figures={MASTODON: {LIKES: 15, REPLIES: 2, REPOSTS: 3, QUOTES: 0}},
    ),
    Earlier(
        days=34,
        at=time(12, 10),
        told=Told(
            id="demoearlier4",
            text="Paul rejoint le fournil comme apprenti. Si la baguette est un peu tordue cette "
            "semaine, c'est lui. Si elle est parfaite, c'est lui aussi.",
            channels=(MASTODON,),
        ),
        figures={MASTODON: {LIKES: 41, REPLIES: 7, REPOSTS: 4, QUOTES: 1}},
    ),
    Earlier(
        days=27,
        at=time(17, 30),
        told=Told(
            id="demoearlier5",
            title="Le levain de la maison a douze ans",
            text="Il s'appelle Gaston, il mange de la farine de seigle et il n'a jamais pris de "
            "vacances. Son histoire, et comment en commencer un chez vous.",
            channels=(BLOG, MASTODON),
        ),
        figures={
            MASTODON: {LIKES: 37, REPLIES: 8, REPOSTS: 9, QUOTES: 2},
            BLOG: {REPLIES: 6},
        },
    ),
    Earlier(
        days=TOY_DAYS_AGO,
        at=time(9, 20),
        told=Told(
            id=TOY,
            text="Trouvé ce matin devant la vitrine : un lapin en peluche bleu, une oreille "
            "recousue. Il attend son enfant au comptoir, avec une chouquette.",
            channels=(MASTODON,),
        ),
        figures={MASTODON: {LIKES: 176, REPLIES: 21, REPOSTS: 204, QUOTES: 5}},
        spread_on=2,
    ),
    Earlier(
        days=11,
        at=time(7, 40),
        told=Told(
            id="demoearlier7",
            text="Samedi, atelier du goûter : les enfants façonnent leur brioche et repartent avec."
            " Huit places, dix euros, farine sur le nez comprise.",
            channels=(MASTODON,),
            is_by_theo=True,
        ),
        figures={MASTODON: {LIKES: 29, REPLIES: 9, REPOSTS: 7, QUOTES: 0}},
    ),
    Earlier(
        days=4,
        at=time(7, 30),
        told=Told(
            id="demoearlier8",
            text="Nouveau au rayon : un pain sans sel, le mercredi et le samedi, sur commande la "
            "veille. Demandez Claire.",
            channels=(MASTODON,),
        ),
        figures={MASTODON: {LIKES: 33, REPLIES: 6, REPOSTS: 5, QUOTES: 1}},
    ),
)

FOLLOWERS_BEGAN = 214
FOLLOWERS_GAINED: Sequence[int] = (0, 1, 1, 0, 2, 1, 0, 1, 2, -1, 1, 3, 0, 1)
"""A day, over and over again."""
CAME_BY_THE_TOY: Sequence[int] = (2, 14, 22, 9, 5)
"""Followers besides, from the day of that post on."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Typed:
    """What Claire reads off a network once a week and types: counters by their last digits."""

    channel: str
    weeks: Sequence[Mapping[Metric, int]]
    """The last one a few days ago, each other one a week before the next."""


TYPED: Sequence[Typed] = (
    Typed(
        channel=INSTAGRAM,
        weeks=tuple(
            {FOLLOWERS: followers, VIEWS: views}
            for followers, views in (
                (412, 18_240),
                (417, 18_910),
                (421, 19_730),
                (430, 20_480),
                (436, 21_550),
                (441, 310),  # a new account of the professional kind: it counts anew
                (449, 1_420),
                (457, 2_390),
                (468, 3_610),
            )
        ),
    ),
    Typed(
        channel=FACEBOOK,
        weeks=tuple(
            {FOLLOWERS: followers, REACH: reach}
            for followers, reach in (
                (655, 9_120),
                (656, 9_480),
                (656, 9_950),
                (659, 10_310),
                (661, 10_720),
                (662, 11_260),
                (665, 11_790),
                (669, 12_480),
                (671, 13_050),
            )
        ),
    ),
)
TYPED_DAYS_AGO = 3
TYPED_OF_POSTS: Mapping[tuple[str, str], Mapping[Metric, int]] = {
    ("demobefore2", FACEBOOK): {LIKES: 23, REPLIES: 5},
    ("demobefore3", INSTAGRAM): {LIKES: 61, REPLIES: 4},
    ("demobefore5", FACEBOOK): {LIKES: 14, REPLIES: 2},
    ("demobefore6", INSTAGRAM): {LIKES: 48, REPLIES: 3},
}
"""Typed two days after each was live, yesterday at the latest."""

LINKS: Sequence[Tracked] = (
    Tracked(
        label="QR code du comptoir",
        target="https://boulangerie-martin.example/avis",
        post="demoqr",
        days=58,
        people=(2, 0, 3, 1, 4, 7, 5, 1, 0, 2, 3, 2, 8, 6),
    ),
    Tracked(
        label="Carte des tartes de saison",
        target="https://boulangerie-martin.example/carte",
        post="demoearlier3",
        channel=MASTODON,
        people=(11, 7, 4, 2, 3, 1, 1, 4, 2, 1, 0, 1, 2, 5, 3, 1, 0, 2, 1, 6, 2, 1),
        lasts=38,
    ),
    Tracked(
        label="Commandes du week-end",
        target="https://boulangerie-martin.example/commandes",
        post="demobefore2",
        channel=FACEBOOK,
        people=(9, 14, 6, 3, 2, 1, 2),
        lasts=12,
    ),
)
