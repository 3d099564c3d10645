"""What the mails say, French first: what happened, what we know, whose turn it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from chalicelib.publishing.deliveries import Topic
from chalicelib.workspaces.workspaces import Language


@dataclass(frozen=True, slots=True)
class Wording:
    """A mail's subject and body, with places for {channel}, {channel_url} and {ends}.

    What is of a delivery also has {excerpt}, {time} and {url}.
    """

    subject: str
    body: str


FR: Mapping[Topic, Wording] = {
    Topic.TO_CHECK: Wording(
        "À vérifier : « {excerpt} » sur {channel}",
        "{channel} n’a pas répondu clairement, et nous n’avons pas retrouvé votre message.\n"
        "Il est peut-être en ligne. Nous ne le renverrons pas sans vous.\n\n"
        "Regardez votre page, puis dites-nous ce qu’il en est :\n{url}",
    ),
    Topic.LATE: Wording(
        "En retard : « {excerpt} » sur {channel}",
        "Ce message devait partir le {time}. Il n’est pas parti à temps, et l’heure jusqu’à "
        "laquelle il était utile est passée.\n\n"
        "Le publier quand même, ou l’abandonner ? C’est à vous :\n{url}",
    ),
    Topic.KIT: Wording(
        "À coller : « {excerpt} » sur {channel}",
        "C’est l’heure. Le texte et les images sont prêts : copiez, collez, publiez, puis "
        "dites-nous que c’est fait :\n{url}",
    ),
    Topic.POISON: Wording(
        "À vérifier : « {excerpt} » sur {channel}",
        "Nous avons essayé plusieurs fois de préparer ce message, et chaque essai s’est arrêté "
        "en route. Rien n’a été publié.\n\n"
        "Le renvoyer, ou l’abandonner ? C’est à vous :\n{url}",
    ),
    Topic.FAILED: Wording(
        "Refusé par {channel} : « {excerpt} »",
        "{channel} a refusé ce message. Il n’est pas en ligne.\n\n"
        "La raison et ce que vous pouvez changer :\n{url}",
    ),
    Topic.RECONNECT: Wording(
        "À reconnecter : {channel}",
        "{channel} ne nous laisse plus publier. Vos messages attendent, rien n’est perdu.\n\n"
        "Reconnectez ce canal ; ce qui attendait partira aussitôt :\n{channel_url}",
    ),
    Topic.UNHEARD: Wording(
        "À reconnecter : {channel}",
        "{channel} ne nous laisse plus entrer : nous n’y lisons plus ce qu’on vous dit, et nous "
        "ne pouvons plus y publier. Ce qui est prévu attendra, rien n’est perdu.\n\n"
        "Reconnectez ce canal ; la lecture reprendra où elle s’est arrêtée, et ce qui attendait "
        "partira aussitôt :\n{channel_url}",
    ),
    Topic.ACCESS_ENDS: Wording(
        "À reconnecter avant le {ends} : {channel}",
        "L’accès que {channel} nous a donné prend fin le {ends}. Ensuite nous ne pourrons plus "
        "y publier ni y lire ; vos messages attendraient, rien ne serait perdu.\n\n"
        "Reconnectez ce canal d’ici là, cela prend une minute :\n{channel_url}",
    ),
    Topic.LIVE_BUT_CANCELLED: Wording(
        "En ligne malgré l’annulation : « {excerpt} » sur {channel}",
        "Vous aviez annulé ce message, mais il était déjà parti : il est en ligne.\n\n"
        "Pour l’ôter, supprimez-le sur {channel} :\n{url}",
    ),
    Topic.LIVE_TWICE: Wording(
        "En ligne deux fois : « {excerpt} » sur {channel}",
        "Ce message est en ligne deux fois sur {channel}.\n\nSupprimez-y celui de trop :\n{url}",
    ),
    Topic.OLD_VERSION_LIVE: Wording(
        "Une version antérieure est en ligne : « {excerpt} » sur {channel}",
        "Ce message est parti avant votre dernière modification : c’est une version antérieure "
        "qui est en ligne.\n\n"
        "Corrigez-la directement sur {channel} :\n{url}",
    ),
}

EN: Mapping[Topic, Wording] = {
    Topic.TO_CHECK: Wording(
        "To check: “{excerpt}” on {channel}",
        "{channel} gave no clear answer, and we haven't found your post.\n"
        "It may be live. We won't send it again without you.\n\n"
        "Look at your page, then tell us:\n{url}",
    ),
    Topic.LATE: Wording(
        "Late: “{excerpt}” on {channel}",
        "This post was to go out on {time}. It didn't, and the time until which it was useful "
        "has passed.\n\n"
        "Publish it all the same, or drop it? It's your turn:\n{url}",
    ),
    Topic.KIT: Wording(
        "To paste: “{excerpt}” on {channel}",
        "It's time. The text and pictures are ready: copy, paste, publish, then tell us that "
        "it's done:\n{url}",
    ),
    Topic.POISON: Wording(
        "To check: “{excerpt}” on {channel}",
        "We tried several times to prepare this post, and each try stopped halfway. Nothing was "
        "published.\n\n"
        "Send it again, or drop it? It's your turn:\n{url}",
    ),
    Topic.FAILED: Wording(
        "Refused by {channel}: “{excerpt}”",
        "{channel} refused this post. It isn't live.\n\n"
        "The reason, and what you can change:\n{url}",
    ),
    Topic.RECONNECT: Wording(
        "To reconnect: {channel}",
        "{channel} no longer lets us publish. Your posts wait, nothing is lost.\n\n"
        "Reconnect this channel; what was waiting goes out at once:\n{channel_url}",
    ),
    Topic.UNHEARD: Wording(
        "To reconnect: {channel}",
        "{channel} no longer lets us in: we can't read there what is said to you, and we can't "
        "publish there. What is planned will wait, nothing is lost.\n\n"
        "Reconnect this channel; reading goes on where it stopped, and what was waiting goes out "
        "at once:\n{channel_url}",
    ),
    Topic.ACCESS_ENDS: Wording(
        "To reconnect before {ends}: {channel}",
        "The access that {channel} gave us ends on {ends}. After that we can neither publish nor "
        "read there; your posts would wait, nothing would be lost.\n\n"
        "Reconnect this channel until then, it takes a minute:\n{channel_url}",
    ),
    Topic.LIVE_BUT_CANCELLED: Wording(
        "Live although cancelled: “{excerpt}” on {channel}",
        "You had cancelled this post, but it had already left: it is live.\n\n"
        "To remove it, delete it on {channel}:\n{url}",
    ),
    Topic.LIVE_TWICE: Wording(
        "Live twice: “{excerpt}” on {channel}",
        "This post is live twice on {channel}.\n\nDelete the spare one there:\n{url}",
    ),
    Topic.OLD_VERSION_LIVE: Wording(
        "An earlier version is live: “{excerpt}” on {channel}",
        "This post left before your last change: an earlier version is live.\n\n"
        "Mend it on {channel} itself:\n{url}",
    ),
}

WORDINGS: Mapping[Language, Mapping[Topic, Wording]] = {Language.FR: FR, Language.EN: EN}

GREETING = {
    Language.FR: ("Bonjour,", "Relais, pour {workspace}"),
    Language.EN: ("Hello,", "Relais, for {workspace}"),
}

SIGN_IN = {
    Language.FR: Wording(
        "Votre lien pour entrer dans Relais",
        "Voici votre lien pour entrer. Il sert une fois, dans les {minutes} minutes :\n{url}\n\n"
        "Vous n’avez rien demandé ? Ne faites rien : sans ce lien, personne n’entre.",
    ),
    Language.EN: Wording(
        "Your link to sign in to Relais",
        "Here is your link to sign in. It works once, within {minutes} minutes:\n{url}\n\n"
        "You didn't ask for it? Do nothing: without this link nobody gets in.",
    ),
}
