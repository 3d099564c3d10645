"""What the demo firm watches, and what it often answers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from chalicelib.listening.watches import Query, WatchKind

ECHO, GAZETTE = "demoecho", "demogazette"
"""Feeds, by the ids of their sources."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Watched:
    """A watch, and the feed that is read for it."""

    id: str
    name: str
    kind: WatchKind
    query: Query
    feed: str
    label: str
    address: str
    is_failing: bool = False


WATCHED: Sequence[Watched] = (
    Watched(
        id="demofirm",
        name="Boulangerie Martin",
        kind=WatchKind.FIRM,
        query=Query(
            any=('"boulangerie Martin"', "Claire Martin"), none=("Boulangerie Martin Lyon",)
        ),
        feed=ECHO,
        label="L'Écho de Saint-Aubin",
        address="https://echo-saint-aubin.example/flux.xml",
    ),
    Watched(
        id="demotrade",
        name="Les boulangeries de Saint-Aubin",
        kind=WatchKind.TRADE,
        query=Query(all=("Saint-Aubin",), any=("boulangerie", "boulanger", "pain", "baguette")),
        feed=GAZETTE,
        label="La Gazette du Val",
        address="https://gazette-du-val.example/rss",
        is_failing=True,
    ),
)


@dataclass(frozen=True, slots=True)
class Often:
    """A saved reply."""

    id: str
    title: str
    text: str


REPLIES: Sequence[Often] = (
    Often(
        "demohoraires",
        "Horaires",
        "Bonjour {prénom}, nous sommes ouverts du mardi au samedi de 7 h à 19 h 30, et le dimanche "
        "de 7 h à 13 h. À bientôt !",
    ),
    Often(
        "democommande",
        "Commande",
        "Bonjour {prénom}, pour une commande, le plus simple est ce formulaire, la veille avant "
        "midi : {lien}\n\nL'équipe de {entreprise}",
    ),
    Often(
        "demomerci",
        "Merci",
        "Merci {prénom}, cela fait plaisir à toute l'équipe de {entreprise} !",
    ),
)
