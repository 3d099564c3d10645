"""What the API says of what single networks ask or refuse, in French.

Keys as in ``messages_networks_en``.
"""

from __future__ import annotations

FAULTS = {
    "banned": "Le réseau ne laisse plus ce compte publier. Voyez pourquoi dans son application.",
    "comment-too-long-counted": (
        "Premier commentaire, {count} {unit} : {channel} en accepte {max}. Raccourcissez de {over}."
    ),
    "field-refused-interactions": "Choisissez ce que l’on pourra faire de vos messages.",
    "field-refused-visibility": "Choisissez qui pourra voir vos messages.",
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
    "refused-characters": (
        "{channel} n’accepte pas ces caractères dans un titre ni dans un texte : {characters}. "
        "Retirez-les."
    ),
    "title-too-long-counted": (
        "Titre de {count} caractères : {channel} en accepte {max}. Raccourcissez de {over}."
    ),
    "too-few-media-counted": "{channel} demande {min} image au moins.",
}

REFUSALS = {
    "address_unverified": (
        "{network} ne vient chercher des images qu’à une adresse dont on lui a prouvé qu’elle est "
        "la nôtre. Demandez à qui gère cette installation de Relais de la faire vérifier chez "
        "{network}, puis renvoyez le message."
    ),
    "already_answered": (
        "Cet avis a déjà une réponse sur {network}, et n’en porte qu’une. Modifiez-la là-bas."
    ),
    "banned": (
        "{network} ne laisse plus ce compte publier. Voyez pourquoi dans son application, puis "
        "renvoyez le message."
    ),
    "comment_too_long": (
        "{network} trouve le premier commentaire trop long. Raccourcissez-le, puis renvoyez le "
        "message."
    ),
    "locked_private": (
        "{network} a bien reçu la vidéo, mais la garde privée : il n’a pas encore examiné cette "
        "installation de Relais, ou la chaîne n’a pas le droit de la rendre publique. Voyez cela "
        "avec qui gère l’installation, ou publiez à la main ; ensuite, refaites le message, car "
        "cette vidéo-là reste privée."
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
        "{network} n’arrive pas à venir chercher une image ou une vidéo ici. Cette installation "
        "de Relais doit être à une adresse publique : voyez cela avec qui la gère, puis renvoyez "
        "le message."
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
    "refused_characters": (
        "{network} n’accepte pas les chevrons (< et >) dans un titre ni dans un texte. "
        "Retirez-les, puis renvoyez le message."
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
    "video_limit": (
        "{network} ne prend plus de vidéo de ce compte aujourd’hui. Renvoyez le message demain, ou "
        "retirez la vidéo."
    ),
    "video_not_allowed": (
        "{network} ne prend pas encore de vidéo de ce compte : adresse e-mail à confirmer, compte "
        "trop récent ou limité. Voyez cela dans ses réglages, puis renvoyez le message."
    ),
    "visibility_refused": (
        "Ce compte {network} n’offre pas la visibilité choisie : un compte privé ne peut pas "
        "publier pour tout le monde. Changez cela dans son application, ou reconnectez le canal "
        "en choisissant autrement, puis renvoyez le message."
    ),
    "video_slow": (
        "{network} n’a pas fini de traiter la vidéo à temps. Regardez là-bas où il en est, puis "
        "renvoyez le message."
    ),
}

SOURCES = {
    "no_access": (
        "Le réseau n’a pas encore ouvert son accès à cette installation de Relais. Demandez à qui "
        "la gère d’en faire la demande."
    ),
}
