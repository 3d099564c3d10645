"""What the API says while a channel is connected, in French.

Keys as in ``messages_connecting_en``.
"""

from __future__ import annotations

FAULTS = {
    "bot-cant-post": (
        "Le bot est administrateur de ce canal, mais sans le droit de publier. Dans Telegram, "
        "donnez-lui «Publier des messages»."
    ),
    "bot-not-admin": (
        "Le bot n’est pas administrateur de ce canal. Dans Telegram, ouvrez le canal, "
        "Administrateurs, et ajoutez-le."
    ),
    "denied": "L’accès n’a pas été donné sur la page du réseau. Rien n’a été connecté.",
    "field-refused-app_password": (
        "C’est le mot de passe du compte. Créez un mot de passe d’application, et mettez-le ici."
    ),
    "field-refused-chat": (
        "Aucun canal n’a ce nom, ou le bot ne le voit pas. Écrivez-le comme dans son lien, par "
        "exemple @boulangerie_martin."
    ),
    "field-refused-handle": (
        "Aucun compte n’a ce nom. Écrivez-le comme sur votre profil, par exemple "
        "martin.bsky.social."
    ),
    "field-refused-instance": (
        "Ce n’est pas l’adresse d’un serveur. Écrivez celle où vous ouvrez votre compte, par "
        "exemple piaille.fr."
    ),
    "field-refused-page": "Ce n’est pas l’adresse d’une page. Elle commence par https://.",
    "field-refused-pds": (
        "Ce n’est pas l’adresse d’un serveur. Laissez vide si vous n’en connaissez pas."
    ),
    "field-refused-secret": (
        "Ce secret ne convient pas: il compte au moins 32 caractères et doit être le même sur "
        "votre serveur, qui vérifie la signature."
    ),
    "field-refused-site": (
        "Aucun site WordPress ne répond à cette adresse. Écrivez celle de sa page d’accueil, en "
        "https://."
    ),
    "field-refused-target": "Ce réseau n’est pas dans la liste. Choisissez-en un.",
    "field-refused-token": (
        "Telegram ne connaît pas ce jeton. Copiez-le de nouveau, en entier, depuis @BotFather."
    ),
    "field-refused-url": (
        "À cette adresse, aucun programme n’accepte le «ping» de Relais. Il faut une adresse "
        "en https:// qui réponde 200."
    ),
    "no-account": (
        "Ce compte ne gère aucune page où publier. Connectez-vous avec un compte qui en gère une."
    ),
    "no-app": (
        "Cette installation de Relais n’est pas inscrite auprès de ce réseau. En attendant, "
        "publiez à la main avec « À coller soi-même »."
    ),
    "no-sign-in-page": "Ce réseau ne se connecte pas par sa propre page. Remplissez les champs.",
    "not-a-channel": (
        "C’est un groupe ou une conversation, pas un canal. Donnez le nom d’un canal Telegram."
    ),
    "not-allowed": (
        "Votre rôle ne permet plus de connecter un canal. Demandez-le à qui gère l’entreprise."
    ),
    "one-account-only": (
        "Une connexion n’en donne qu’un. Choisissez-en un ; recommencez pour un autre."
    ),
    "pds": "Le serveur que ce compte annonce n’a pas une adresse valable.",
    "sign-in-on-page": "Ce réseau se connecte sur sa propre page, pas ici.",
    "state": (
        "Cette connexion a déjà servi, a plus de 15 minutes, ou n’est pas la vôtre. Recommencez."
    ),
    "unknown-account": "Choisissez parmi les comptes proposés.",
}
