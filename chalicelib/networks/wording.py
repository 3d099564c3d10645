"""The text that goes out: the author's, with the link where a network has no place for it."""

from __future__ import annotations

from chalicelib.networks.spec import NetworkSpec, Option
from chalicelib.publishing.posts import Content, normalise_text


def wording(content: Content, spec: NetworkSpec) -> str:
    """Return the text as the network will be given it: what its limits are counted on.

    An answer begins with whom it answers, on the networks that reach people so. A link that
    the text doesn't already hold is appended to it as a paragraph of its own, unless the
    network shows it as a card (one picture or one card is all it has room for), or has a place
    for it beside the text.
    """
    text, link = _addressed(content), content.link
    has_card = Option.LINK_CARD in spec.options and not content.media
    if link is None or link in text or has_card or Option.LINK_APART in spec.options:
        return text
    return f"{text}\n\n{link}" if text else link


def _addressed(content: Content) -> str:
    text, whom = normalise_text(content.text), content.answers.get("mention", "")
    begins = text[: len(whom)].casefold() == whom.casefold()
    if begins and not text[len(whom) : len(whom) + 1].isalnum():
        return text
    return f"{whom} {text}".strip()
