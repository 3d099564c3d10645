"""The demo firm's story: what a bakery told, tells and will tell, in its own words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import time

SITE, INSTAGRAM, FACEBOOK = "site", "instagram", "facebook"
MASTODON, BLOG = "mastodon", "blog"
ADDRESS = "https://boulangerie-martin.example"
"""A name that leads nowhere (RFC 2606)."""
INSTANCE, BLOG_SITE = "https://mastodon.invalid", "https://blog.boulangerie-martin.invalid"
"""Names that lead nowhere and never will (RFC 2606): nothing can go out there."""
TUESDAY, WEDNESDAY, FRIDAY, SATURDAY, SUNDAY = 1, 2, 4, 5, 6


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One post: its id carries its place in the story."""

    id: str
    text: str
    channels: tuple[str, ...]
    title: str = ""
    link: str | None = None
    picture: str | None = None
    variants: Mapping[str, str] | None = None
    """Another text on a channel."""
    is_by_theo: bool = False


@dataclass(frozen=True, slots=True)
class Weekly:
    """A post of a weekday, at an hour of the shop, in the week next to today or beyond it."""

    weekday: int
    at: time
    told: Told
    week: int = 0


ALTS: Mapping[str, str] = {
    "baguettes": "Quatre baguettes tradition dorées, posées sur une table en bois farinée.",
    "tart": "Une tarte aux pommes entière, les lamelles en spirale, sur une nappe à carreaux.",
    "shop": "La boulangerie au petit matin : l'enseigne, le store rayé et la vitrine éclairée.",
}

BEFORE: Sequence[Weekly] = (
    Weekly(
        TUESDAY,
        time(7, 30),
        Told(
            id="demobefore1",
            title="Le pain de la semaine : le meule au levain",
            text="Une farine de meule, un levain nourri chaque jour depuis douze ans, et vingt "
            "heures de repos. La croûte craque, la mie tient la semaine.\n\nÀ la coupe, du mardi "
            "au dimanche.",
            channels=(SITE,),
            picture="shop",
        ),
        week=1,
    ),
    Weekly(
        FRIDAY,
        time(17, 30),
        Told(
            id="demobefore2",
            title="Dimanche, pensez à la tarte",
            text="Pommes du verger de Lucette, à huit kilomètres d'ici, et pâte feuilletée maison. "
            "Pour six ou pour dix : commandez avant samedi midi, elle vous attend dimanche matin.",
            channels=(SITE, FACEBOOK),
            picture="tart",
        ),
        week=1,
    ),
    Weekly(
        SATURDAY,
        time(8, 0),
        Told(
            id="demobefore3",
            text="Première fournée de baguettes sortie à 6 h 10. Elle sent bon jusqu'au coin de la "
            "rue. On vous en garde une ?",
            channels=(SITE, INSTAGRAM),
            picture="baguettes",
            variants={
                INSTAGRAM: "Première fournée de baguettes sortie à 6 h 10. Elle sent bon jusqu'au "
                "coin de la rue. On vous en garde une ?\n\n#boulangerie #tradition #faitmaison"
            },
        ),
        week=1,
    ),
    Weekly(
        TUESDAY,
        time(7, 30),
        Told(
            id="demobefore4",
            title="Le pain de la semaine : seigle et noix",
            text="Moitié seigle, moitié blé, et des noix concassées à la main. Il aime le fromage, "
            "la soupe et les longues tablées.",
            channels=(SITE,),
            is_by_theo=True,
        ),
    ),
    Weekly(
        FRIDAY,
        time(17, 30),
        Told(
            id="demobefore5",
            title="Vos commandes du week-end",
            text="Il reste de la place dans le four : pains de mie, brioches à partager et tartes "
            "se commandent jusqu'à demain midi, au magasin ou par téléphone.",
            channels=(SITE, FACEBOOK),
        ),
    ),
    Weekly(
        SATURDAY,
        time(8, 0),
        Told(
            id="demobefore6",
            text="Ce matin, la brioche feuilletée est au beurre d'Isigny. Il y en a vingt-quatre, "
            "et pas une de plus.",
            channels=(SITE, INSTAGRAM),
            is_by_theo=True,
        ),
    ),
)
"""In the two weeks before."""

EARLIER_TODAY = Told(
    id="demotoday1",
    text="Le four est chaud, la vitrine est pleine. Bonne journée à vous !",
    channels=(SITE,),
    picture="shop",
)
TO_PASTE = Told(
    id="demotoday2",
    text="Tradition toute chaude : deuxième fournée, à l'instant.\n\n"
    "#boulangerie #baguette #faitmaison",
    channels=(INSTAGRAM,),
    picture="baguettes",
)
LATER_TODAY = Told(
    id="demotoday3",
    text="Il reste quelques parts de tarte aux pommes pour ce soir. Premiers arrivés, premiers "
    "servis.",
    channels=(SITE, FACEBOOK),
    picture="tart",
)
TO_CHECK = Told(
    id="demotocheck",
    text="Demain matin, fournée spéciale : pain de campagne au levain, cuit sur la pierre.",
    channels=(MASTODON,),
)
DRAFT = Told(
    id="demodraft",
    title="Portes ouvertes au fournil",
    text="Un samedi matin, on vous ouvre le fournil : pétrir, façonner, enfourner, et repartir "
    "avec son pain.\n\nDate à choisir avec Claire, douze personnes au plus.",
    channels=(SITE, FACEBOOK),
    is_by_theo=True,
)

AFTER: Sequence[Weekly] = (
    Weekly(
        TUESDAY,
        time(7, 30),
        Told(
            id="demoafter1",
            title="Le pain de la semaine : petit épeautre et miel",
            text="Une mie serrée, un goût de noisette, et le miel de châtaignier de Bernard. Il se "
            "garde cinq jours dans un torchon.",
            channels=(SITE,),
        ),
    ),
    Weekly(
        WEDNESDAY,
        time(16, 0),
        Told(
            id="demoafter2",
            text="C'est mercredi : le sachet de dix chouquettes accompagne les cartables.\n\n"
            "#goûter #chouquettes #boulangerie",
            channels=(INSTAGRAM,),
            is_by_theo=True,
        ),
    ),
    Weekly(
        FRIDAY,
        time(17, 30),
        Told(
            id="demoafter3",
            title="Ce week-end, on partage une brioche",
            text="La grande brioche à tête, pour huit, se commande jusqu'à demain midi. Au "
            "magasin, ou d'un message.",
            link="https://boulangerie-martin.example/commandes",
            channels=(SITE, FACEBOOK),
        ),
    ),
    Weekly(
        SUNDAY,
        time(7, 30),
        Told(
            id="demoafter4",
            text="Ouvert ce matin jusqu'à 13 h. Demain lundi, le four se repose, et nous aussi.",
            channels=(SITE,),
            picture="shop",
        ),
    ),
    Weekly(
        TUESDAY,
        time(7, 30),
        Told(
            id="demoafter5",
            title="Le pain de la semaine : tourte de seigle",
            text="Une grosse miche d'un kilo et demi, vendue au poids. Coupée fin, elle tient dix "
            "jours.",
            channels=(SITE,),
            is_by_theo=True,
        ),
        week=1,
    ),
    Weekly(
        FRIDAY,
        time(17, 30),
        Told(
            id="demoafter6",
            title="La tarte de dimanche",
            text="Pommes, poires ou citron : dites-nous avant samedi midi, elle vous attend "
            "dimanche matin.",
            channels=(SITE, FACEBOOK),
            picture="tart",
        ),
        week=1,
    ),
    Weekly(
        SUNDAY,
        time(7, 30),
        Told(
            id="demoafter7",
            text="Dimanche, 7 h 30 : croissants, pains au chocolat, et un café offert aux "
            "lève-tôt.",
            channels=(SITE, INSTAGRAM),
        ),
        week=1,
    ),
)
"""In the two weeks to come."""
