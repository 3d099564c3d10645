"""Who follows a link, as far as the request says so itself: a person, a program, a preview.

Programs are told by the patterns of ``isbot`` (https://github.com/omrilotan/isbot). Those
that draw a card of the page for a network or a messenger are named here, since they say how
often a link is shared and not how often it is followed.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from chalicelib.measuring.links import ClickKind

if TYPE_CHECKING:
    from is_bot import Bots

LONGEST_BROWSER = 512
"""Characters of a browser's name that are looked at."""
_PREVIEW = re.compile(
    r"facebookexternalhit|facebot|meta-external(agent|fetcher|hit)|twitterbot|linkedinbot"
    r"|pinterestbot|pinterest/0\.|slackbot|slack-imgproxy|discordbot|telegrambot|^whatsapp/"
    r"|^viber|skypeuripreview|microsoftpreview|bingpreview|bluesky cardyb|blueskypreviewbot"
    r"|redditbot|embedly|iframely|google-pagerenderer|google web preview|googleimageproxy"
    r"|snap url preview|snapurlpreview|vkshare|xing-contenttabreceiver|flipboardproxy|onebox"
    r"|linkpreview|link preview|unfurl"
    # The fediverse: each server draws its own card.
    r"|mastodon/|pleroma|akkoma|misskey|summalybot|firefish|sharkey|friendica|lemmy|peertube"
    r"|hubzilla|gotosocial|pixelfed|synapse|mattermost|nextcloud",
    re.IGNORECASE,
)
"""What they call themselves: https://developers.facebook.com/docs/sharing/webmasters/web-crawlers,
https://api.slack.com/robots, https://www.linkedin.com/robots.txt, https://docs.bsky.app,
https://github.com/mastodon/mastodon/blob/main/app/lib/request.rb, https://help.pinterest.com"""
_AHEAD = {
    "sec-purpose": ("prefetch", "prerender"),
    "purpose": ("prefetch", "preview"),
    "x-purpose": ("prefetch", "preview"),
    "x-moz": ("prefetch",),
}
"""What browsers say when nobody has followed the link yet:
https://developer.mozilla.org/docs/Web/HTTP/Reference/Headers/Sec-Purpose"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asker:
    """What a request says of who asks; none of it is kept."""

    method: str = "GET"
    headers: Mapping[str, str] = field(default_factory=dict)
    """By names in lower case, or whatever their case (as Chalice's)."""
    address: str = ""

    @property
    def browser(self) -> str:
        """What the browser or program calls itself."""
        return (self.headers.get("user-agent") or "")[:LONGEST_BROWSER]

    def __repr__(self) -> str:
        return "Asker()"


def kind_of(asker: Asker) -> ClickKind:
    """Return what follows a link; in doubt a person."""
    if asker.method == "HEAD" or _is_ahead(asker.headers) or _PREVIEW.search(asker.browser):
        return ClickKind.PREVIEW
    if not asker.browser.strip() or _bots().is_bot(asker.browser):
        return ClickKind.BOT
    return ClickKind.PERSON


def _is_ahead(headers: Mapping[str, str]) -> bool:
    return any(
        word in (headers.get(name) or "").lower()
        for name, words in _AHEAD.items()
        for word in words
    )


@cache
def _bots() -> Bots:
    from is_bot import Bots  # noqa: PLC0415 -- compiles its patterns: only where links are followed

    return Bots()
