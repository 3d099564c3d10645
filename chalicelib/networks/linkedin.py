"""A person's own profile on LinkedIn, by a self-serve app.

Nothing tells what a profile has published (``r_member_social`` is closed to new apps), so an
attempt in doubt can't be looked for. Only LinkedIn's own refusal of a copy proves one live.
"""

from __future__ import annotations

from chalicelib.networks.contract import Network, Profile, Tools, later_value
from chalicelib.networks.linkedin_posts import LIMITS, LinkedInPosts
from chalicelib.networks.linkedin_rest import SITE, Rest
from chalicelib.networks.oauth import CodeFlow
from chalicelib.networks.replies import said_text
from chalicelib.networks.spec import NetworkSpec, Option
from chalicelib.publishing.deliveries import ResendClass
from chalicelib.publishing.outcomes import AuthExpired, Transient

SPEC = NetworkSpec(
    name="linkedin",
    label={"fr": "LinkedIn (profil)", "en": "LinkedIn (profile)"},
    resend_class=ResendClass.BLIND,
    limits=LIMITS,
    options=frozenset({Option.LINK_CARD}),
    fields=(),
    page_fields=frozenset(),
    connect_help={
        "fr": "Connectez-vous sur LinkedIn avec le compte de la personne qui publie, et acceptez. "
        "L’accès dure 60 jours : nous vous prévenons avant la fin.",
        "en": "Sign in to LinkedIn with the account of the person who publishes, and agree. "
        "Access lasts 60 days: we tell you before it ends.",
    },
    app="linkedin",
    barrier={
        "fr": "Pour un profil, LinkedIn ne demande aucun examen : qui gère cette installation "
        "l’inscrit en une heure sur developer.linkedin.com (produits « Share on LinkedIn » et "
        "« Sign In with LinkedIn using OpenID Connect »). Il faut une page d’entreprise à qui "
        "rattacher l’application. D’ici là, « À coller soi-même » fonctionne dès aujourd’hui.",
        "en": "For a profile LinkedIn asks for no review: whoever runs this installation registers "
        "it within an hour on developer.linkedin.com (products “Share on LinkedIn” and “Sign In "
        "with LinkedIn using OpenID Connect”). The app must belong to a company page. Until then "
        "“To paste by hand” works today.",
    },
    price={"fr": "Gratuit", "en": "Free"},
    docs=(
        "https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/share-on-linkedin",
        "https://learn.microsoft.com/linkedin/consumer/integrations/self-serve/sign-in-with-linkedin-v2",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/images-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/multiimage-post-api",
        "https://learn.microsoft.com/linkedin/marketing/community-management/shares/little-text-format",
        "https://learn.microsoft.com/linkedin/marketing/versioning",
        "https://learn.microsoft.com/linkedin/shared/api-guide/concepts/rate-limits",
        "https://learn.microsoft.com/linkedin/shared/api-guide/concepts/error-handling",
        "https://learn.microsoft.com/linkedin/shared/authentication/authorization-code-flow",
    ),
)
FLOW = CodeFlow(
    page=f"{SITE}/oauth/v2/authorization",
    token_url=f"{SITE}/oauth/v2/accessToken",
    scopes=("openid", "profile", "w_member_social"),
)


class LinkedIn(LinkedInPosts):
    """One person's profile."""

    def __init__(self, tools: Tools) -> None:
        super().__init__(tools, SPEC, FLOW, who)


def who(rest: Rest, author: str = "") -> Profile:
    """Return whose token it is; it must be ``author``'s where there is one.

    Raises:
        AuthExpired: it is refused, or somebody else's.
        NetworkError: it couldn't be read now.
    """
    told = rest.read("/v2/userinfo")
    subject, name = said_text(told.get("sub")), said_text(told.get("name"))
    if not subject:
        raise Transient("no sub in userinfo")
    urn = f"urn:li:person:{subject}"
    if author not in {"", urn}:
        raise AuthExpired("the token is another person's")
    return Profile(urn, name or "LinkedIn", "", "")


NETWORK = Network(
    SPEC, LinkedIn, oauth=later_value("chalicelib.networks.linkedin_oauth", "PROFILES")
)
