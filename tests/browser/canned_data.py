"""What the canned API tells: a bakery's month, on a Tuesday morning."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any

NOW = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)

COLLEAGUES = [
    {"id": "claire", "name": "Claire Martin"},
    {"id": "paul", "name": "Paul"},
    {"id": "theo", "name": "Théo Martin-Vandenbroucke"},
]

_LIMITS = {
    "text": [{"unit": "mastodon", "max": 500, "url_length": 23}],
    "caption": [],
    "media": {"types": ["image/png"], "max_count": 4, "max_bytes": 1_000_000, "max_alt": 1500},
    "text_required": True,
}


def channel(ident: str, label: str, handle: str, **more: Any) -> dict[str, Any]:
    return {
        "id": ident,
        "network": ident,
        "network_label": label,
        "name": label,
        "handle": handle,
        "url": "",
        "status": "connected",
        "reason": "",
        "since": None,
        "paused_until": None,
        "last_published_at": "2026-11-24T07:30:00Z",
        "access_ends_at": None,
        "target": None,
        "options": [],
        "limits": _LIMITS,
        "resend_class": "readback",
        "charges": False,
        **more,
    }


CHANNELS = [
    channel("mastodon", "Mastodon", "@boulangerie_martin@piaille.fr"),
    channel(
        "bluesky",
        "Bluesky",
        "@boulangerie-martin.fr",
        access_ends_at="2027-01-12T09:00:00Z",
    ),
    channel("wordpress", "WordPress", "blog.boulangerie-martin.fr"),
    channel(
        "linkedin",
        "À coller soi-même",
        "",
        name="LinkedIn",
        network="manual",
        resend_class="person",
        target={"network": "linkedin", "label": "LinkedIn"},
    ),
]


def _network(
    name: str, label: str, *, said: dict[str, Any] | None = None, **does: Any
) -> dict[str, Any]:
    return {
        "name": name,
        "label": label,
        "resend_class": "readback",
        "limits": _LIMITS,
        "options": [],
        "fields": [],
        "connect_help": "Vous donnez l’accès sur la page du réseau.",
        "price": "",
        "quota": "",
        "closed": None,
        "can_connect": True,
        "oauth": False,
        "oauth_fields": [],
        "by_hand": True,
        "barrier": "",
        "does": {"listen": True, "answer": True, "measure": True, "find": ["tag"], **does},
        **(said or {}),
    }


NETWORKS = [
    _network("mastodon", "Mastodon", said={"quota": "30 médias en 30 minutes"}),
    _network("bluesky", "Bluesky", find=["tag", "search"]),
    _network("wordpress", "WordPress", measure=False, find=[]),
    _network(
        "facebook",
        "Facebook",
        said={
            "oauth": True,
            "by_hand": False,
            "barrier": "Meta doit d’abord examiner l’application : deux à quatre semaines. "
            "En attendant, le kit « À coller soi-même » marche aujourd’hui.",
        },
    ),
    _network("x", "X", said={"oauth": True, "by_hand": False, "can_connect": False}),
    _network("manual", "À coller soi-même", listen=False, answer=False, measure=False, find=[]),
]


CHOICE = "le-choix-de-claire"
CHOICES = [
    {"remote_id": "11", "name": "Boulangerie Martin", "handle": "boulangeriemartin", "url": ""},
    {"remote_id": "12", "name": "Le fournil de Marie", "handle": "", "url": ""},
]
"""The pages that a person may publish on, who came back from a network's own page."""


def _item(name: str, minutes: int, who: str, text: str, **more: Any) -> dict[str, Any]:
    said = (NOW - timedelta(minutes=minutes)).isoformat()
    channel = more.pop("channel", "mastodon")
    return {
        "id": name,
        "network": channel or "feed",
        "channel": channel,
        "source": f"s{channel or 'gazette'}",
        "kind": "reply",
        "url": f"https://piaille.fr/@qui/{name}",
        "author": {"name": who, "handle": f"@{name}@piaille.fr", "url": ""},
        "text": text,
        "title": "",
        "said_at": said,
        "edited_at": None,
        "deleted_at": None,
        "seen_at": said,
        "rating": None,
        "waits": False,
        "watches": [],
        "person": f"p{who.split(maxsplit=1)[0].lower()}",
        "thread": name,
        "state": "open",
        "is_unread": True,
        "assignee": None,
        "labels": [],
        "snoozed_until": None,
        "answers": 0,
        "answered_at": None,
        "answering": None,
        "can_answer": True,
        "rev": 1,
        **more,
    }


_PATRICK = (
    "Déçu : pain trop cuit deux fois cette semaine, et personne pour répondre au téléphone. "
    "J’habite à côté, c’est dommage, je vais finir par aller au supermarché."
)
_ARTICLE = "Cinq boulangeries du canton participent au concours de la meilleure galette."
ITEMS: list[dict[str, Any]] = [
    _item("julie", 12, "Julie M.", "Bonjour, êtes-vous ouverts le 11 novembre au matin ?"),
    _item(
        "patrick",
        125,
        "Patrick Lefèvre-Vandenbroucke de la Tour",
        _PATRICK,
        kind="review",
        rating=2,
        channel="wordpress",
        assignee="theo",
        labels=["réclamation"],
    ),
    _item("amis", 300, "@lesamisdufournil", "Votre seigle est une merveille, merci !"),
    _item(
        "mairie",
        1500,
        "Mairie de Saint-Rémy",
        "Marché de Noël : seriez-vous partants pour un stand ?",
        channel="bluesky",
        assignee="claire",
        labels=["fêtes"],
    ),
    _item("nadia", 1700, "Nadia", "La galette sans amande, c’est possible ?", channel="bluesky"),
    _item(
        "bruno",
        2900,
        "Bruno",
        "Un commentaire retenu : vous livrez à Maussane ?",
        kind="comment",
        channel="wordpress",
        waits=True,
        is_unread=False,
    ),
    _item(
        "gazette",
        4300,
        "La Gazette des Alpilles",
        _ARTICLE,
        kind="article",
        channel=None,
        title="Galettes : qui fait la meilleure ?",
        can_answer=False,
        watches=["firme"],
    ),
    _item("luc", 5800, "Luc", "Vous reprenez le pain d’épices cette année ?", is_unread=False),
    _item(
        "sophie",
        7300,
        "Sophie Bernard",
        "Je retire ma question, j’ai trouvé.",
        deleted_at="2026-11-20T08:00:00Z",
        is_unread=False,
    ),
    _item("karim", 8700, "Karim", "Un mot : délicieux.", is_unread=False, channel="bluesky"),
    _item("eva", 9000, "Eva", "Bravo pour la vitrine !", kind="mention", is_unread=False),
    _item(
        "julie2",
        20000,
        "Julie M.",
        "Merci pour les croissants de dimanche !",
        state="answered",
        is_unread=False,
        answers=1,
        answered_at="2026-11-10T11:00:00Z",
    ),
]

REPLIES = [
    {"id": "horaires", "name": "Horaires", "text": "Bonjour {prénom}, nous ouvrons à 7 h."},
    {
        "id": "commande",
        "name": "Commander",
        "text": "Bonjour {prénom}, commandez ici : {lien}. À bientôt !",
    },
]


def _source(name: str, kind: str, label: str, network: str, **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "kind": kind,
        "label": label,
        "network": network,
        "channel": None,
        "address": "",
        "words": "",
        "watch": None,
        "status": "active",
        "due_at": "2026-11-24T09:20:00Z",
        "read_at": "2026-11-24T08:50:00Z",
        "heard_at": "2026-11-24T08:48:00Z",
        "failing_since": None,
        "reason": "",
        "reason_text": "",
        "detail": "",
        "skipped": 0,
        **more,
    }


_GAZETTE = _source(
    "sgazette",
    "feed",
    "La Gazette des Alpilles",
    "feed",
    address="https://gazette.example/rss",
    watch="firme",
    heard_at="2026-11-21T09:20:00Z",
    failing_since="2026-11-22T05:00:00Z",
    reason="http-status",
    reason_text="Le site répond par une erreur (503). Nous réessayons chaque jour.",
    detail="503 Service Unavailable",
)
_TAG = _source("stag", "tag", "#galette", "mastodon", words="galette", watch="firme", skipped=2)
SOURCES = [
    _source("smastodon", "channel", "Mastodon", "mastodon", channel="mastodon"),
    _source("sbluesky", "channel", "Bluesky", "bluesky", channel="bluesky", heard_at=None),
    _source(
        "swordpress", "channel", "WordPress", "wordpress", channel="wordpress", status="paused"
    ),
    _GAZETTE,
    _TAG,
]
WATCHES = [
    {
        "id": "firme",
        "name": "La boulangerie",
        "kind": "firm",
        "query": {
            "all": ["boulangerie"],
            "any": ['"Boulangerie Martin"', "Claire Martin"],
            "none": ["recrutement"],
            "forgives_typos": True,
        },
        "sources": [_GAZETTE, _TAG],
        "created_at": "2026-10-01T08:00:00Z",
        "rev": 1,
    }
]
TRIAL: dict[str, Any] = {
    "heard": 214,
    "matched": 3,
    "samples": [
        {
            "title": "Galettes : qui fait la meilleure ?",
            "text": "La boulangerie Martin et quatre autres boulangeries participent au concours.",
            "author": "La Gazette des Alpilles",
            "url": "https://gazette.example/galettes",
            "said_at": "2026-11-21T09:20:00Z",
            "matches": ["boulangerie", "Boulangerie Martin"],
            "is_match": True,
        },
        {
            "title": "",
            "text": "La boulangerie du coin ferme en août.",
            "author": "Luc",
            "url": "https://piaille.fr/@luc/9",
            "said_at": "2026-11-20T09:20:00Z",
            "matches": ["boulangerie"],
            "is_match": False,
        },
    ],
    "unreadable": [
        {
            "source": "Le journal d’à côté",
            "reason": "not-a-feed",
            "reason_text": "Cette adresse est une page, pas un flux.",
        }
    ],
}

LINKS = [
    {
        "code": "galettes2026",
        "url": "https://relais.test/l/galettes2026",
        "target": "https://boulangerie-martin.fr/galettes?utm_source=mastodon",
        "label": "Galettes",
        "delivery": None,
        "expires_at": None,
        "created_at": "2026-11-02T08:00:00Z",
        "people": 29,
        "visitors": 24,
        "bots": 61,
        "previews": 12,
    },
    {
        "code": "stageenfants",
        "url": "https://relais.test/l/stageenfants",
        "target": "https://boulangerie-martin.fr/stages",
        "label": "",
        "delivery": None,
        "expires_at": "2026-12-31T22:59:00Z",
        "created_at": "2026-11-12T08:00:00Z",
        "people": 12,
        "visitors": 11,
        "bots": 3,
        "previews": 4,
    },
]


def _total(metric: str, gained: int | None, before: int | None, **more: Any) -> dict[str, Any]:
    base = {"metric": metric, "value": None, "gained": gained, "before": before}
    return {**base, "is_partial": False, "by_hand": False, **more}


def _moved(gained: int | None, value: int | None = None, **marks: bool) -> dict[str, Any]:
    flat = {"is_reset": False, "is_jump": False, "by_hand": False, **marks}
    return {"value": value, "gained": gained, **flat}


_CLICKS = [0, 1, 2, 0, 4, 1, 0, 3, 2, 1, 0, 5, 2, 1, 0, 0, 6, 2, 1, 3, 1, 0, 4, 2]


def _days() -> list[dict[str, Any]]:
    days: list[dict[str, Any]] = []
    followers = 180
    for n, clicks in enumerate(_CLICKS):
        day = date(2026, 11, 1) + timedelta(days=n)
        moved: dict[str, Any] = {"clicks": _moved(clicks)}
        if n not in {6, 7}:
            gained = n % 3
            followers += gained
            moved["followers"] = _moved(gained, followers, by_hand=n in {10, 17})
            moved["likes"] = _moved(n % 5, is_jump=n == 16, is_reset=n == 12)
            moved["replies"] = _moved(1 if n % 6 == 0 else 0)
        days.append({"day": day.isoformat(), "moved": moved})
    return days


def month() -> dict[str, Any]:
    """Return November's figures."""
    totals = [
        _total("clicks", 41, 29),
        _total("replies", 6, 6),
        _total("likes", 44, 51, is_partial=True),
        _total("followers", 22, 18, value=202, by_hand=True),
        _total("views", None, None),
        _total("reposts", 4, None),
    ]
    best = {
        "post": "galettes",
        "excerpt": "Galettes : réservez la vôtre au comptoir ou par téléphone.",
        "delivery": "galettesmastodon",
        "channel": "mastodon",
        "published_at": "2026-11-17T16:00:00Z",
        "gained": {"clicks": 29, "likes": 18, "replies": 4, "reposts": 3},
    }
    other = {
        **best,
        "post": "seigle",
        "excerpt": "Pain de seigle : il revient ce matin, encore tiède",
        "channel": "bluesky",
        "gained": {"clicks": 8, "likes": 11, "replies": None},
    }
    mastodon = [_total("clicks", 30, 20), _total("replies", 4, 4), _total("likes", 30, 40)]
    bluesky = [_total("clicks", 11, 9), _total("replies", 2, 2), _total("likes", 14, 11)]
    return {
        "from": "2026-11-01",
        "to": "2026-11-30",
        "before": {"from": "2026-10-02", "to": "2026-10-31"},
        "totals": totals,
        "channels": [
            {"channel": "mastodon", "totals": [*mastodon, _total("followers", 15, 12, value=140)]},
            {"channel": "bluesky", "totals": [*bluesky, _total("followers", 5, 6, value=50)]},
            {
                "channel": "linkedin",
                "totals": [_total("followers", 2, None, value=12, by_hand=True)],
            },
        ],
        "days": _days(),
        "not_measured": [
            {"channel": "linkedin", "metric": "likes"},
            {"channel": "linkedin", "metric": "replies"},
            {"channel": "wordpress", "metric": "likes"},
            {"channel": "wordpress", "metric": "followers"},
        ],
        "marks": [
            {"day": "2026-11-13", "channel": "bluesky", "metric": "likes", "kind": "reset"},
            {"day": "2026-11-17", "channel": "mastodon", "metric": "likes", "kind": "jump"},
        ],
        "best": [best, other],
    }


def today(items: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """Return the first page's answer, with three items to answer."""
    week = [
        {
            "date": (date(2026, 11, 23) + timedelta(days=n)).isoformat(),
            "weekday": n,
            "is_today": n == 1,
            "counts": {"published": int(n == 0), "scheduled": int(n > 0), "to_do": 0, "draft": 0},
        }
        for n in range(7)
    ]
    doubt = {
        "kind": "to_check",
        "delivery": "d1",
        "post": "galettes",
        "excerpt": "Galette : on réserve dès maintenant pour l’Épiphanie",
        "network": "mastodon",
        "target": None,
        "channel_name": "Mastodon",
        "at": "2026-11-24T07:30:00Z",
        "why": None,
        "reason": "",
    }
    failing = {
        "kind": "source",
        "source": "sgazette",
        "network": "feed",
        "target": None,
        "channel_name": "La Gazette des Alpilles",
        "at": "2026-11-22T05:00:00Z",
        "why": None,
        "reason": "http-status",
    }
    return {
        "now": NOW.isoformat(),
        "local_date": "2026-11-24",
        "todo": [doubt, failing],
        "todo_total": 2,
        "today": [],
        "week": week,
        "free_day": None,
        "steps": None,
        "to_answer": {"open": len(items), "unread": 7, "items": list(items[:3])},
        "month": {
            "from": "2026-10-26",
            "to": "2026-11-24",
            "totals": [
                {"metric": "clicks", "gained": 41, "before": 29},
                {"metric": "replies", "gained": 6, "before": 6},
                {"metric": "likes", "gained": 44, "before": 51},
                {"metric": "followers", "gained": None, "before": None},
            ],
        },
    }
