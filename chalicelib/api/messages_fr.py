"""What the API says to people, in French. The same keys as ``messages_en``."""

from __future__ import annotations

from chalicelib.api import messages_connecting_fr as connecting
from chalicelib.api import messages_heard_fr as heard
from chalicelib.api import messages_networks_fr as networks
from chalicelib.api import messages_videos_fr as videos

PROBLEMS = {
    **heard.PROBLEMS,
    "already-running": (
        "Déjà en cours",
        (
            "La même demande est encore en cours. Attendez quelques secondes, puis regardez le "
            "résultat."
        ),
    ),
    "body-too-large": (
        "Trop volumineux",
        "La demande dépasse {max_kb} Ko. Les images s’envoient à part.",
    ),
    "busy": (
        "Pas de réponse à temps",
        "L’enregistrement n’a pas répondu à temps. Réessayez : rien ne sera fait deux fois.",
    ),
    "cant-now": ("Impossible dans cet état", "{reason}"),
    "changed-meanwhile": (
        "L’état a changé",
        "Ce message n’est plus dans l’état que vous avez vu. Regardez-le de nouveau, puis décidez.",
    ),
    "connect-refused": (
        "Connexion refusée",
        "Le réseau n’a pas accepté ces informations. Rien n’a été enregistré.",
    ),
    "cross-site": (
        "Demande venue d’ailleurs",
        (
            "Cette demande ne vient pas des pages de Relais : elle n’a rien changé. Les programmes "
            "utilisent une clé d’API."
        ),
    ),
    "cursor-invalid": (
        "Suite de liste inconnue",
        "Le curseur ne vient pas de cette liste. Reprenez-la depuis le début.",
    ),
    "edited-meanwhile": (
        "Modifié entre-temps",
        (
            "Ce message a été modifié entre-temps{by_whom}. Relisez la version actuelle avant "
            "d’enregistrer la vôtre."
        ),
    ),
    "idempotency-key-invalid": (
        "Clé de répétition illisible",
        "Idempotency-Key compte de 1 à 200 caractères visibles, sans accent.",
    ),
    "idempotency-key-reused": (
        "Clé de répétition déjà utilisée",
        "Cette Idempotency-Key a déjà servi pour une autre demande. Prenez-en une nouvelle.",
    ),
    "internal": (
        "Erreur de notre côté",
        (
            "Quelque chose a échoué chez nous. Réessayez ; si cela continue, donnez ce numéro : "
            "{request}."
        ),
    ),
    "invalid": (
        "À corriger",
        "Rien n’a été enregistré. Voyez ci-dessous ce qui est à corriger.",
    ),
    "link-used-up": (
        "Lien déjà utilisé ou trop ancien",
        "Ce lien ne sert qu’une fois, pendant 15 minutes. Demandez-en un nouveau.",
    ),
    "media-refused": ("Fichier refusé", "Le fichier n’a pas été gardé. {reason}"),
    "method-not-allowed": (
        "Méthode inconnue ici",
        "Cette adresse n’accepte pas cette méthode.",
    ),
    "network-away": (
        "Le réseau ne répond pas",
        "{network} n’a pas répondu. Rien n’a été enregistré ; réessayez dans quelques minutes.",
    ),
    "not-found": (
        "Introuvable",
        "Il n’y a rien à cette adresse dans cette entreprise.",
    ),
    "not-json": (
        "Ce n’est pas du JSON",
        "Le corps de la demande doit être un objet JSON valide, en UTF-8.",
    ),
    "role-too-low": (
        "Droits insuffisants",
        "Votre rôle ne le permet pas : il faut être {needs}.",
    ),
    "scope-missing": (
        "Clé sans ce droit",
        "Cette clé d’API ne donne pas ce droit.",
    ),
    "sign-in-needed": (
        "Connexion nécessaire",
        (
            "Connectez-vous pour continuer. Les programmes envoient leur clé : "
            "« Authorization: Bearer … »."
        ),
    ),
    "too-late": (
        "Trop tard",
        "Le message est déjà en train de partir, ou en ligne. Rien n’a été changé.",
    ),
    "too-often": (
        "Trop de demandes",
        "Trop de demandes d’affilée depuis cet endroit. Réessayez dans {minutes}.",
    ),
    "unsupported-media-type": (
        "Type de contenu refusé",
        "Le corps de la demande doit être annoncé comme application/json.",
    ),
    "wrong-origin": (
        "Adresse refusée",
        "Passez par l’adresse publique de Relais.",
    ),
}

FAULTS = {
    **connecting.FAULTS,
    **heard.FAULTS,
    **networks.FAULTS,
    **videos.FAULTS,
    "alt-too-long-counted": (
        "Texte alternatif de {count} caractères : {channel} en accepte {max}."
    ),
    "caption-too-long-counted": (
        "{count} {unit} : sous une image ou une vidéo, {channel} en accepte {max}. Raccourcissez "
        "de {over}, écrivez un texte pour {channel}, ou retirez-la."
    ),
    "bad-link": "{channel} n’accepte qu’une adresse qui commence par http:// ou https://.",
    "empty": "Écrivez un texte, ou ajoutez une image.",
    "gone": "Ce compte n’existe plus.",
    "address": "Cette adresse ne mène à aucun serveur public.",
    "image-animated": "Cette animation ne peut pas être réduite. Envoyez-en une plus petite.",
    "image-type-mismatch": (
        "Le fichier est annoncé comme {declared}, mais il est d’un autre type. Envoyez-le tel "
        "qu’il est."
    ),
    "image-not-an-image": "Ce fichier n’est pas une image JPEG, PNG, WebP ou GIF.",
    "image-too-many-pixels": (
        "L’image a trop de points : {max_pixels} millions au plus. Réduisez-la d’abord."
    ),
    "image-truncated": "L’image est abîmée ou incomplète. Envoyez-la de nouveau.",
    "media-refused": "Le réseau refuse cette image.",
    "too-long-counted": (
        "{count} {unit} : {channel} en accepte {max}. Raccourcissez de {over}, ou écrivez un "
        "texte pour {channel}."
    ),
    "too-many-media-counted": "{count} images : {channel} en accepte {max}.",
    "already-connected": "Ce compte est déjà connecté sous le nom « {name} ».",
    "already-scheduled": "Ce message est déjà programmé. Changez plutôt son heure.",
    "bad-date": "Cette date ne se lit pas. Exemple : 2026-11-25.",
    "bad-local-time": "Cette heure ne se lit pas. Exemple : 2026-11-25T08:30, sans décalage.",
    "bad-url": "Une adresse commence par http:// ou https://.",
    "bad-window": "La période va d’un premier jour à un dernier, {days} jours au plus.",
    "closed": "Ce réseau a fermé : choisissez-en un autre.",
    "closed-network": "Ce réseau a fermé. {told}",
    "expires-in-past": "La fin de validité est déjà passée.",
    "field-refused": "Le réseau n’accepte pas ce qui est écrit ici.",
    "forbidden": "Le réseau refuse ce compte, ou il lui manque le droit de publier.",
    "image-heic": (
        "Les photos HEIC ne sont pas lues par les réseaux. Sur iPhone : Réglages, Appareil photo, "
        "Formats, « Le plus compatible », ou envoyez la photo en JPEG."
    ),
    "image-missing": "Le fichier n’est pas arrivé. Envoyez-le de nouveau.",
    "image-too-big": "L’image pèse {size_mb} Mo : {max_mb} Mo au plus.",
    "image-type": (
        "Ce type de fichier n’est pas accepté. Envoyez une image JPEG, PNG, WebP ou GIF, ou une "
        "vidéo MP4 ou MOV."
    ),
    "invalid": "Cette valeur ne convient pas.",
    "missing": "À remplir.",
    "no-channel": "Choisissez au moins un canal.",
    "not-a-boolean": "Répondez par true ou false.",
    "not-a-number": "Il faut un nombre entier.",
    "not-a-time": "Cette heure ne se lit pas. Exemple : 2026-11-25T07:30:00Z.",
    "not-an-address": "Ce n’est pas une adresse e-mail.",
    "not-an-object": "Il faut un objet JSON ici.",
    "not-a-list": "Il faut une liste ici.",
    "not-one-of": "Valeurs possibles : {expected}.",
    "not-text": "Il faut du texte ici.",
    "other-account": "C’est un autre compte que {handle}. Connectez-le comme un nouveau canal.",
    "past": "Cette heure est déjà passée. Choisissez-en une à venir.",
    "sign-in-refused": "Le réseau refuse cet identifiant ou ce mot de passe.",
    "too-large": "{max} au plus.",
    "too-long": "{max} caractères au plus.",
    "too-many": "{max} au plus.",
    "too-many-channels": "{max} canaux au plus.",
    "too-many-keys": "{max} clés au plus. Révoquez-en une.",
    "too-short": "{min} caractères au moins.",
    "too-few": "{min} au moins.",
    "too-small": "{min} au moins.",
    "unknown-channel": "Ce canal n’existe pas ou n’est plus connecté.",
    "unknown-field": "Ce champ n’est pas connu.",
    "unknown-language": "Cette langue n’est pas connue. Exemple : fr, en, pt-BR.",
    "unknown-media": "Cette image n’a pas été envoyée ici, ou n’a pas fini de l’être.",
    "unknown-network": "Ce réseau n’est pas connu.",
    "unknown-scope": "Droits possibles : read, write ; au moins un.",
    "unknown-variant": "Ce canal a un texte à lui mais n’est pas choisi.",
    "unknown-zone": "Ce fuseau n’est pas connu. Exemple : Europe/Paris.",
}

REFUSALS = {
    **heard.REFUSALS,
    **networks.REFUSALS,
    **videos.REFUSALS,
    "address": (
        "Le serveur de {network} n’est pas à une adresse publique d’internet. Reconnectez ce "
        "canal à la bonne adresse."
    ),
    "alt_too_long": (
        "Un texte alternatif est trop long pour {network}. Raccourcissez-le, puis renvoyez "
        "le message."
    ),
    "bad_link": (
        "{network} n’accepte pas ce lien. Écrivez une adresse entière, qui commence par "
        "https://, puis renvoyez le message."
    ),
    "by_hand": (
        "{network} se publie à la main. Copiez le message là-bas, puis dites-nous que c’est publié."
    ),
    "caption_too_long": (
        "{network} trouve ce message trop long sous une image ou une vidéo. Raccourcissez-le, "
        "écrivez un texte pour ce canal, ou retirez-la, puis renvoyez-le."
    ),
    "closed": "{network} a fermé. Choisissez un autre canal.",
    "disconnected": (
        "Ce canal a été déconnecté avant l’heure : rien n’est parti. Choisissez un autre canal."
    ),
    "duplicate": (
        "{network} dit avoir déjà ce message. Changez quelques mots si vous le voulez deux fois."
    ),
    "empty": (
        "Il n’y a rien à publier sur {network}. Écrivez un texte, ou ajoutez une image, puis "
        "renvoyez le message."
    ),
    "forbidden": (
        "{network} ne permet pas à ce compte de publier ceci. Vérifiez ses droits là-bas, "
        "puis renvoyez le message."
    ),
    "gone": (
        "Ce à quoi ce message se rattache n’existe plus sur {network}. Vérifiez que le "
        "compte y est toujours, puis renvoyez-le."
    ),
    "invalid": "{network} refuse ce message tel qu’il est. Modifiez-le, puis renvoyez-le.",
    "media_gone": (
        "Une image n’est plus ici. Envoyez-la de nouveau ou retirez-la, puis renvoyez le message."
    ),
    "media_refused": (
        "{network} refuse une image. Changez-la ou retirez-la, puis renvoyez le message."
    ),
    "no_app": (
        "Cette installation de Relais n’est plus inscrite auprès de {network}. Demandez à qui la "
        "gère de l’inscrire, puis renvoyez le message."
    ),
    "too_long": (
        "{network} trouve ce message trop long. Raccourcissez-le, ou écrivez un texte pour "
        "ce canal, puis renvoyez-le."
    ),
    "too_many_media": "Il y a trop d’images pour {network}. Retirez-en, puis renvoyez le message.",
}
"""Why a network refuses a post for good, and what to change; by ``Rejected.reason``."""

WHYS = {
    "kit": (
        "C’est l’heure : copiez le texte, collez-le sur {network}, puis dites-nous que c’est "
        "publié."
    ),
    "late": (
        "L’heure est passée et le délai aussi. Rien n’est parti sur {network} : dites s’il "
        "faut encore le publier."
    ),
    "poison": (
        "L’envoi s’est arrêté cinq fois en route, avant de partir sur {network}. Dites s’il "
        "faut le renvoyer."
    ),
    "unknown": (
        "Nous ne savons pas si ce message est en ligne sur {network}. Regardez votre page, "
        "puis dites-nous."
    ),
}
"""Why a delivery needs a person, and what she can do; by ``Why``."""

RESULTS = {
    "absent": "Nous avons regardé : il n’était pas sur {network}.",
    "auth_expired": "{network} a refusé notre connexion : rien n’est parti.",
    "cant_tell": "Nous avons regardé, sans pouvoir conclure.",
    "look_failed": "Le réseau n’a pas répondu quand nous avons regardé.",
    "found": "Nous l’avons retrouvé en ligne.",
    "not_called": "Le temps a manqué avant l’envoi : rien n’est parti.",
    "published": "{network} a confirmé la publication.",
    "rate_limited": "{network} demande d’attendre : rien n’est parti.",
    "rejected": "{network} a refusé ce message : rien n’est parti.",
    "sent": "Envoi commencé.",
    "taken": "{network} l’a reçu et l’examine encore.",
    "transient": "{network} n’a pas pu le prendre : rien n’est parti.",
    "unknown": "{network} n’a pas répondu clairement : peut-être en ligne.",
}
"""What an attempt came to; by ``Result``."""

ACTS = {
    **heard.ACTS,
    "channel-connected": "a connecté un canal",
    "channel-disconnected": "a déconnecté un canal",
    "channel-paused": "a mis un canal en pause",
    "channel-reconnected": "a reconnecté un canal",
    "channel-renamed": "a renommé un canal",
    "channel-resumed": "a relancé un canal",
    "delivery-decided": "a tranché pour un envoi",
    "key-made": "a créé une clé d’API",
    "key-revoked": "a révoqué une clé d’API",
    "post-cancelled": "a annulé un message",
    "post-created": "a écrit un message",
    "post-deleted": "a supprimé un message",
    "post-duplicated": "a dupliqué un message",
    "post-edited": "a modifié un message",
    "post-moved": "a déplacé un message",
    "post-scheduled": "a programmé un message",
    "signed-in": "s’est connecté",
    "workspace-changed": "a changé les réglages de l’entreprise",
}
"""What somebody did, without who; by ``Did``."""

REASONS = {
    **heard.REASONS,
    "is-broken": "Ce canal attend d’être reconnecté : ses messages attendent déjà.",
    "is-disconnected": "Ce canal est déconnecté. Connectez le compte comme un nouveau canal.",
}

MODERATIONS = heard.MODERATIONS
SOURCES = {**heard.SOURCES, **networks.SOURCES}

NOTES = {
    "dst-gap": (
        "L’heure choisie ({chosen}) n’existe pas : les horloges avancent. Le message partira à "
        "{actual}."
    ),
    "dst-overlap": (
        "L’heure choisie ({chosen}) vient deux fois : les horloges reculent. Le message partira à "
        "la première."
    ),
}

ROLES = {
    "viewer": "membre de l’entreprise",
    "editor": "rédacteur",
    "approver": "valideur",
    "owner": "propriétaire",
}

WORDS = {
    "waits-for-channel": (
        "{network} refuse notre connexion. Le message attend que ce canal soit reconnecté."
    ),
    "this-network": "ce réseau",
    "link-unknown-title": "Ce lien ne mène nulle part",
    "link-unknown": (
        "Vérifiez l’adresse : il en manque peut-être la fin. Sinon, demandez à qui vous l’a donnée."
    ),
    "link-expired-title": "Ce lien n’est plus valable",
    "link-expired": "Il ne servait que pour un temps. Demandez à qui vous l’a donné.",
    "unit-bytes": "octets",
    "unit-characters": "caractères",
    "by": " par {name}",
    "minute": "1 minute",
    "minutes": "{n} minutes",
    "month-1": "janvier",
    "month-2": "février",
    "month-3": "mars",
    "month-4": "avril",
    "month-5": "mai",
    "month-6": "juin",
    "month-7": "juillet",
    "month-8": "août",
    "month-9": "septembre",
    "month-10": "octobre",
    "month-11": "novembre",
    "month-12": "décembre",
    "time": "{hour} h {minute:02}",
    "time-on": "{time} le {day} {month}",
    "feed-of": "Actualités de {name}",
    "published-on": "Publié le {when}",
}
