"""What the API says of what single networks ask or refuse, in French.

Keys as in ``messages_networks_en``.
"""

from __future__ import annotations

FAULTS = {
    "media-too-small": (
        "Image de {width} × {height} points : {channel} en veut {min} au moins de chaque côté."
    ),
    "no-access": (
        "Le réseau n’a pas encore ouvert son accès à cette installation de Relais. En attendant, "
        "publiez à la main avec « À coller soi-même »."
    ),
    "phone-number": (
        "{channel} refuse les messages qui contiennent un numéro de téléphone. Retirez-le."
    ),
    "title-too-long-counted": (
        "Titre de {count} caractères : {channel} en accepte {max}. Raccourcissez de {over}."
    ),
    "too-few-media-counted": "{channel} demande {min} image au moins.",
}

REFUSALS = {
    "already_answered": (
        "Cet avis a déjà une réponse sur {network}, et n’en porte qu’une. Modifiez-la là-bas."
    ),
    "media_ratio": (
        "Une image est trop haute ou trop large pour {network}. Recadrez-la, puis renvoyez le "
        "message."
    ),
    "media_too_small": (
        "Une image est trop petite pour {network}. Remplacez-la par une plus grande, puis "
        "renvoyez le message."
    ),
    "media_unreachable": (
        "{network} n’arrive pas à venir chercher une image ici. Cette installation de Relais doit "
        "être à une adresse publique : voyez cela avec qui la gère, puis renvoyez le message."
    ),
    "no_access": (
        "{network} n’a pas ouvert son accès à cette installation de Relais. Demandez à qui la "
        "gère d’en faire la demande, ou publiez à la main, puis renvoyez le message."
    ),
    "over_cap": (
        "Le plafond mensuel de vos réseaux payants ne laisse pas de place à ce message : rien "
        "n’est parti, rien n’a été payé. Relevez-le avec vos horaires, dans Mesures, ou attendez "
        "le mois prochain, puis renvoyez le message."
    ),
    "phone_number": (
        "{network} refuse les messages qui contiennent un numéro de téléphone. Retirez-le, puis "
        "renvoyez le message."
    ),
    "refused_on_review": (
        "{network} a examiné ce message et ne le montre pas. Relisez ses règles, changez le "
        "texte ou l’image, puis renvoyez-le."
    ),
    "title_too_long": (
        "{network} trouve ce titre trop long. Raccourcissez-le, puis renvoyez le message."
    ),
    "too_few_media": (
        "{network} ne publie pas sans image. Ajoutez-en une, puis renvoyez le message."
    ),
    "too_many_links": (
        "{network} accepte cinq liens différents au plus dans un message. Retirez-en, puis "
        "renvoyez-le."
    ),
    "too_many_tags": (
        "{network} accepte 30 mots-dièse et 20 mentions au plus. Retirez-en, puis renvoyez le "
        "message."
    ),
}

SOURCES = {
    "no_access": (
        "Le réseau n’a pas encore ouvert son accès à cette installation de Relais. Demandez à qui "
        "la gère d’en faire la demande."
    ),
}
