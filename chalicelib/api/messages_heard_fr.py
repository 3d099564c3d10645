"""What the API says of what is heard and counted, in French; keys as in ``messages_heard_en``."""

from __future__ import annotations

PROBLEMS = {
    "answered-meanwhile": (
        "Déjà répondu",
        (
            "Une réponse est déjà partie{by_whom}, à {when}. Relisez la conversation avant "
            "d’envoyer la vôtre."
        ),
    ),
    "cant-answer": (
        "Réponse impossible",
        "{reason}",
    ),
    "cant-moderate": (
        "Impossible sur ce réseau",
        "{reason}",
    ),
    "not-a-feed": (
        "Aucun flux trouvé",
        "{reason}",
    ),
    "site-away": (
        "Le site ne répond pas",
        "Le site n’a pas répondu. Réessayez dans quelques minutes.",
    ),
}

FAULTS = {
    "watch-empty": "Écrivez au moins un mot ou une expression à chercher.",
    "watch-only-excludes": (
        "Écrivez aussi ce qu’il faut trouver : pour l’instant, tout est exclu."
    ),
    "too-many-terms-counted": "{count} mots et expressions : {max} au plus. Retirez-en {over}.",
    "term-too-long-counted": "Cette expression a {count} caractères : {max} au plus.",
    "term-empty": "Il n’y a pas de mot ici.",
    "term-too-common": "Presque tous les textes contiennent ceci : ajoutez un mot plus précis.",
    "term-contradicts": "Ce mot est à la fois cherché et exclu. Retirez-le d’une des listes.",
    "too-many-watches": "{max} veilles au plus. Supprimez-en une.",
    "too-many-sources": "{max} sources au plus. Retirez-en.",
    "name-length": "Donnez un nom de {max} caractères au plus.",
    "channels-are-always-read": "Vos canaux sont toujours lus : inutile de les ajouter.",
    "address-missing": "Écrivez l’adresse du flux.",
    "words-length": "Écrivez de {min} à {max} caractères.",
    "no-channel-there": "Connectez d’abord un canal sur ce réseau : la recherche passe par lui.",
    "unknown-member": "Cette personne n’est pas dans l’entreprise.",
    "too-far": "Au plus tard dans {days} jours.",
    "unknown-placeholder": "Le champ « {field} » n’est pas connu. Champs possibles : {expected}.",
    "is-an-answer": "C’est une réponse : elle ne se duplique pas.",
    "day-in-future": "Ce jour n’est pas encore passé.",
    "day-before-publication": "Ce message n’était pas encore publié ce jour-là.",
    "no-figures": "Écrivez au moins un chiffre.",
    "unknown-metric": "Cette mesure n’est pas connue, ou n’est pas de celles qui s’écrivent.",
    "figure-out-of-range": "Un chiffre va de 0 à {max}.",
    "period-length": "Une période a de 1 à {max} jours.",
    "link-not-web": "Un lien mène à une adresse qui commence par http:// ou https://.",
    "link-credentials": "Cette adresse contient un nom ou un mot de passe. Retirez-le.",
    "link-too-long": "Cette adresse est trop longue.",
    "unknown-delivery": "Cet envoi n’existe pas dans cette entreprise.",
}

REFUSALS = {
    "answered_gone": (
        "Ce à quoi vous répondiez n’existe plus sur {network}. Rien n’est parti ; regardez "
        "la conversation."
    ),
    "comments_closed": (
        "Les commentaires sont fermés sur {network}. Rouvrez-les là-bas, puis renvoyez la réponse."
    ),
    "unanswerable": (
        "{network} ne laisse pas une application répondre ici : l’auteur ne vous a ni nommé ni "
        "cité, ou limite qui lui répond. Rien n’est parti ; répondez depuis {network}."
    ),
    "not_answerable": (
        "Rien ne se répond d’ici sur {network}. Ouvrez la conversation là-bas, puis répondez-y."
    ),
}

REASONS = {
    "no-channel": "Aucun canal connecté ne permet d’y répondre. Ouvrez-le là où il a été écrit.",
    "answered-gone": (
        "Ce texte a été supprimé là où il était : il n’y a plus rien à quoi répondre."
    ),
}
"""Why a mention can't be answered; by ``CantAnswer.why``."""

MODERATIONS = {
    "forbidden": "{network} ne le permet pas à ce compte. Vérifiez ses droits là-bas.",
    "gone": "Ce texte n’existe plus sur {network}.",
    "invalid": "{network} a refusé. Ouvrez la conversation là-bas.",
    "no_channel": "Le canal par lequel ce texte est arrivé n’est plus connecté.",
    "not_offered": "{network} ne propose pas cela.",
    "not_ours": (
        "La conversation n’est pas la vôtre : seul son auteur peut le faire sur {network}."
    ),
    "over_cap": (
        "{network} fait payer cela, et votre plafond mensuel n’a plus de place : rien n’est "
        "changé. Relevez-le avec vos horaires, dans Mesures."
    ),
    "refused": "{network} refuse notre connexion. Reconnectez le canal.",
    "too_old": "{network} ne laisse supprimer que pendant 48 heures. Supprimez-le là-bas.",
    "too_many": "{network} n’en laisse pas masquer davantage dans cette conversation.",
}
"""Why a network lets nothing be done about what was said; by ``Rejected.reason``."""

SOURCES = {
    "address": "Cette adresse ne mène à aucun serveur public. Vérifiez-la.",
    "away": "Le serveur ne répond pas. Nous réessayons régulièrement.",
    "broken": (
        "La lecture a échoué. Nous réessayons ; si cela continue, retirez puis rajoutez "
        "cette source."
    ),
    "cap_too_low": (
        "Ce réseau fait payer ce qui est lu, et votre plafond mensuel n’y suffit pas : rien n’est "
        "lu. Relevez-le avec vos horaires, dans Mesures ; la lecture en prend la moitié au plus."
    ),
    "closed": (
        "Ce serveur ne montre les mots-dièse qu’à ses propres membres. Choisissez-en un autre."
    ),
    "forbidden": (
        "Le site refuse de nous répondre. Demandez à qui le gère, ou choisissez une autre adresse."
    ),
    "gone": "Cette source annonce qu’elle n’existe plus. Retirez-la.",
    "login-page": "Le site demande un mot de passe. Choisissez une adresse publique.",
    "no-feed": (
        "Nous n’avons trouvé aucun flux sur ce site. Essayez l’adresse de son blog ou de "
        "ses actualités."
    ),
    "no-group": (
        "Ce canal n’a pas de groupe de discussion : il n’y a rien à écouter. Dans Telegram, "
        "liez-lui un groupe et ajoutez-y le bot comme administrateur, ou mettez cette écoute "
        "en pause."
    ),
    "no-time": (
        "Le temps a manqué pour lire cette source. Elle sera lue une fois la veille enregistrée."
    ),
    "not-a-feed": (
        "Ce qui est à cette adresse n’est pas un flux. Cherchez-le depuis la page d’accueil "
        "du site."
    ),
    "not-found": "Il n’y a rien à cette adresse. Vérifiez-la.",
    "not-in-group": (
        "Ce qui se dit dans le groupe de discussion ne parvient pas au bot. Dans Telegram, "
        "ajoutez-le à ce groupe comme administrateur."
    ),
    "not-mastodon": "Ce serveur ne répond pas comme un serveur Mastodon. Vérifiez son adresse.",
    "not-told": "Ce réseau ne permet pas cette recherche. Choisissez-en une autre.",
    "over_cap": (
        "Plafond du mois atteint : ce réseau fait payer ce qui est lu, et la lecture prend la "
        "moitié du plafond au plus. Elle reprendra le 1er du mois prochain, ou dès que vous "
        "relevez le plafond avec vos horaires, dans Mesures."
    ),
    "rate-limited": "Le serveur demande d’attendre. La lecture reprendra d’elle-même.",
    "read-elsewhere": (
        "Un autre programme lit déjà ce qui est dit à ce bot. Créez-en un pour Relais avec "
        "@BotFather, puis reconnectez le canal."
    ),
    "reconnect": (
        "Le canal doit être reconnecté. La lecture reprendra ensuite là où elle s’est arrêtée."
    ),
    "refused": (
        "Le réseau refuse notre connexion. Testez le canal, et reconnectez-le s’il le faut."
    ),
    "too-big": "Ce flux est trop gros pour être lu. Cherchez-en un autre sur le site.",
}
"""Why a source isn't read, and what to do; by ``Source.reason``."""

ACTS = {
    "figures-entered": "a saisi des chiffres",
    "link-made": "a créé un lien suivi",
    "mention-answered": "a répondu dans la boîte de réception",
    "mention-assigned": "a confié un élément de la boîte de réception",
    "mention-closed": "a classé un élément de la boîte de réception",
    "mention-labelled": "a étiqueté un élément de la boîte de réception",
    "mention-moderated": "a modéré un élément de la boîte de réception",
    "mention-noted": "a écrit une note dans la boîte de réception",
    "mention-reopened": "a rouvert un élément de la boîte de réception",
    "mention-snoozed": "a reporté un élément de la boîte de réception",
    "mentions-closed": "a classé plusieurs éléments de la boîte de réception",
    "person-erased": "a effacé une personne de la boîte de réception",
    "reply-changed": "a modifié une réponse enregistrée",
    "reply-deleted": "a supprimé une réponse enregistrée",
    "reply-saved": "a enregistré une réponse",
    "source-paused": "a mis une source en pause",
    "source-resumed": "a relancé une source",
    "watch-changed": "a modifié une veille",
    "watch-created": "a créé une veille",
    "watch-deleted": "a supprimé une veille",
}
