"""Posts of LinkedIn, by a person or by a page: what is prepared, and the one call.

https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api

An uploaded image that no post uses is seen by nobody, so uploading it again is harmless.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from chalicelib.networks import cards
from chalicelib.networks.contract import Outgoing, Picture, Profile, Tools, Video
from chalicelib.networks.counting import Unit
from chalicelib.networks.linkedin_rest import Rest, address_of, is_urn, refusal
from chalicelib.networks.linkedin_text import little
from chalicelib.networks.oauth import CodeFlow
from chalicelib.networks.replies import as_object, said_object, said_text
from chalicelib.networks.spec import Limits, MediaRules, NetworkSpec, TextLimit, VideoRules
from chalicelib.networks.wording import wording
from chalicelib.publishing.outcomes import (
    AuthExpired,
    NetworkError,
    OutcomeUnknown,
    Part,
    Pending,
    Published,
    Rejected,
    Transient,
)

LIMITS = Limits(
    # 3,000 characters, of the text before it is escaped. In UTF-16 units, the stricter reading
    # of "characters": https://learn.microsoft.com/linkedin/marketing/community-management/shares/posts-api
    text=(TextLimit(Unit.UTF16_UNITS, 3_000),),
    media=MediaRules(
        # https://learn.microsoft.com/linkedin/marketing/community-management/shares/images-api
        # (JPG, GIF and PNG of less than 36,152,320 pixels; no size in bytes is documented:
        # 5 MB is what its own pages take) and, for 2 to 20 of them,
        # https://learn.microsoft.com/linkedin/marketing/community-management/shares/multiimage-post-api
        types=("image/jpeg", "image/png"),
        max_count=20,
        max_bytes=5_000_000,
        max_pixels=36_152_319,
        max_alt=4_086,
    ),
    # https://learn.microsoft.com/linkedin/marketing/community-management/shares/videos-api
    # (MP4, 3 seconds to 30 minutes, 75 KB to 500 MB); its text as that of an image.
    video=VideoRules(
        types=("video/mp4",),
        max_bytes=500_000_000,
        max_seconds=1_800,
        min_seconds=3,
        max_alt=4_086,
    ),
)
UPLOADED_FOR = timedelta(hours=6)
"""How long an image that no post uses is counted on: nothing is documented."""
THUMB = MediaRules(
    types=("image/jpeg", "image/png"), max_count=1, max_bytes=2_000_000, max_pixels=1200 * 1200
)
MAX_TITLE = 400
"""Of an article: https://learn.microsoft.com/linkedin/marketing/community-management/shares/article-ads-and-posts"""

Who = Callable[[Rest, str], Profile]
"""Reads who an author is, and that we may publish in that name."""


class LinkedInPosts:
    """Publishes as one author; who that is, and whether it can be looked, is its network's."""

    def __init__(self, tools: Tools, spec: NetworkSpec, flow: CodeFlow, who: Who) -> None:
        self._tools = tools
        self._spec = spec
        self._flow = flow
        self._who = who
        self._author = tools.settings["author"]
        self._token = ""
        self._rest = Rest(tools.http, self._bearer, tools.clock.now)

    def check(self) -> Profile:
        """See ``contract.Connects``."""
        return self._who(self._rest, self._author)

    # Preparing.

    def prepare(self, out: Outgoing, parts: Mapping[str, str]) -> Iterator[Part | Pending]:
        """See ``contract.Publishes``: the token, the images or the video, a link's card."""
        self._token = self._flow.bearer(self._tools)
        if out.video is not None:
            from chalicelib.networks import linkedin_video  # noqa: PLC0415 - few posts have one

            ask, author = self._authorised, self._author
            yield from linkedin_video.brought(ask, author, self._tools, out.video, parts)
        for n, picture in enumerate(out.pictures):
            if not self._is_fresh(parts.get(f"media.{n}")):
                yield self._dated(f"media.{n}", {"id": self._upload(*picture.load())})
        link = card_link(out)
        if link and not self._is_fresh(parts.get("card")):
            yield self._dated("card", self._card(link))

    def _bearer(self) -> str:
        """Return the access token; it was renewed while preparing, never right at the call."""
        return self._token or self._flow.bearer(self._tools)

    def _upload(self, data: bytes, content_type: str) -> str:
        """Bring an image there; return its URN.

        https://learn.microsoft.com/linkedin/marketing/community-management/shares/images-api
        """
        wanted = {"initializeUploadRequest": {"owner": self._author}}
        reply = self._authorised("POST", "/rest/images?action=initializeUpload", wanted)
        value = said_object(as_object(reply).get("value"))
        urn, address = said_text(value.get("image")), said_text(value.get("uploadUrl"))
        if reply.status != 200 or not urn.startswith("urn:li:image:") or not _is_theirs(address):
            raise refusal(reply, self._tools.clock.now(), is_public=False)
        headers = {"Authorization": f"Bearer {self._bearer()}", "Content-Type": content_type}
        put = self._tools.http.request("PUT", address, headers=headers, data=data, write=False)
        if put.status in {400, 413, 415, 422}:
            raise Rejected(f"{put.status} to an image", "media_refused")
        if put.status not in {200, 201}:
            raise Transient(f"{put.status} to an image")
        return urn

    def _authorised(self, method: str, path: str, body: object) -> Reply:
        """Ask; a token that ended before its time is renewed once, where it can be."""
        reply = self._rest.ask(method, path, json=body)
        if reply.status == 401 and "refresh_token" in self._tools.credentials.secret:
            self._token = self._flow.renewed(self._tools)["access_token"]
            reply = self._rest.ask(method, path, json=body)
        return reply

    def _card(self, link: str) -> dict[str, Any]:
        """Return what the card of a link shows: LinkedIn reads no page itself.

        Whatever fails only makes it plainer.
        """
        card = cards.read(self._tools.http, link)
        picture = cards.picture(self._tools.http, card.image, THUMB) if card.image else None
        return {**asdict(card), "thumb": self._thumb(*picture) if picture else ""}

    def _thumb(self, data: bytes, content_type: str) -> str:
        try:
            return self._upload(data, content_type)
        except (Transient, Rejected):
            return ""

    def _dated(self, name: str, value: dict[str, Any]) -> Part:
        dated = {**value, "at": self._tools.clock.now().isoformat()}
        return Part(name, json.dumps(dated, ensure_ascii=False))

    def _is_fresh(self, part: str | None) -> bool:
        if part is None:
            return False
        made_at = datetime.fromisoformat(json.loads(part)["at"])
        return self._tools.clock.now() - made_at < UPLOADED_FOR

    # Publishing.

    def publish(
        self, out: Outgoing, parts: Mapping[str, str], *, before_send: Callable[[], None]
    ) -> Published:
        """See ``contract.Publishes``: one POST /rest/posts, its id in a header."""
        body = self._body(out, parts)
        reply = self._rest.ask(
            "POST", "/rest/posts", json=body, before_send=before_send, write=True
        )
        if reply.status != 201:
            raise self._refused(reply)
        urn = reply.headers.get("x-restli-id", "")
        if not is_urn(urn):
            raise OutcomeUnknown("201 without x-restli-id")
        return Published(urn, address_of(urn))

    def _refused(self, reply: Reply) -> NetworkError:
        """Return what an answer to the one call means that isn't the one asked for."""
        if reply.status == 401 and as_object(reply) and self._is_token_good():
            return Transient("401 to the call, though the token works")
        return refusal(reply, self._tools.clock.now(), is_public=True)

    def _is_token_good(self) -> bool:
        """Say whether the account can still be read, its token renewed if need be."""
        try:
            self.check()
        except AuthExpired:
            return self._is_renewed()
        except NetworkError:
            return False
        return True

    def _is_renewed(self) -> bool:
        if "refresh_token" not in self._tools.credentials.secret:
            return False
        try:
            self._token = self._flow.renewed(self._tools)["access_token"]
            self.check()
        except NetworkError:
            return False
        return True

    def _body(self, out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any]:
        body: dict[str, Any] = {
            "author": self._author,
            # A link alone is its own text: an empty one is refused.
            "commentary": little(wording(out.content, self._spec) or out.content.link or ""),
            "visibility": "PUBLIC",
            "distribution": {
                "feedDistribution": "MAIN_FEED",
                "targetEntities": [],
                "thirdPartyDistributionChannels": [],
            },
            "lifecycleState": "PUBLISHED",
            "isReshareDisabledByAuthor": False,
        }
        if content := _content(out, parts):
            body["content"] = content
        return body


def _content(out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any]:
    """Return what stands beside the text: a video, one image, several, or a link's card."""
    if out.video is not None:
        return {"media": _medium(out.video, parts["video"])}
    images = [_medium(p, parts[f"media.{n}"]) for n, p in enumerate(out.pictures)]
    if len(images) == 1:
        return {"media": images[0]}
    if images:
        return {"multiImage": {"images": images}}
    if (link := card_link(out)) is None:
        return {}
    card = json.loads(parts["card"])
    article = {"source": link, "title": card["title"][:MAX_TITLE]}
    if card["description"]:
        article["description"] = card["description"]
    if card["thumb"]:
        article["thumbnail"] = card["thumb"]
    return {"article": article}


def _medium(shown: Picture | Video, part: str) -> dict[str, str]:
    medium = {"id": str(json.loads(part)["id"])}
    return {**medium, "altText": shown.alt} if shown.alt else medium


def card_link(out: Outgoing) -> str | None:
    """Return the link that has a card: where media stand it is a part of the text."""
    return None if out.content.media else out.content.link


def _is_theirs(address: str) -> bool:
    """Say whether an address may be given our token: one of LinkedIn's own, as documented."""
    try:
        parts = urlsplit(address)
        host = parts.hostname or ""
    except ValueError:
        return False
    return parts.scheme == "https" and host.endswith(".linkedin.com")


if TYPE_CHECKING:
    from chalicelib.networks.http import Reply
