"""The record of a post on Bluesky, and what tells one version of it from another."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC
from typing import Any

from chalicelib.networks import richtext
from chalicelib.networks.contract import Outgoing, Picture, Video

COLLECTION = "app.bsky.feed.post"
VIDEO = "app.bsky.embed.video"


def record(out: Outgoing, text: str, parts: Mapping[str, str]) -> dict[str, Any]:
    """Return the record of a post: always the same for the same version and parts."""
    made: dict[str, Any] = {
        "$type": COLLECTION,
        "text": text,
        "createdAt": out.key.created_at.astimezone(UTC)
        .isoformat(timespec="milliseconds")
        .replace("+00:00", "Z"),
        "langs": [out.content.language],
    }
    if out.answers:
        made["reply"] = _reply(out.answers, parts)
    if marked := richtext.facets(text, json.loads(parts.get("mentions", "{}"))):
        made["facets"] = marked
    if embed := _embed(out, parts):
        made["embed"] = embed
    return made


def _embed(out: Outgoing, parts: Mapping[str, str]) -> dict[str, Any] | None:
    if out.video:
        return _film(out.video, parts["video"])
    if out.pictures:
        images = [_image(p, parts[f"blob.{n}"]) for n, p in enumerate(out.pictures)]
        return {"$type": "app.bsky.embed.images", "images": images}
    if link := card_link(out):
        card = json.loads(parts["card"])
        external = {"uri": link, "title": card["title"], "description": card["description"]}
        if card["thumb"]:
            external["thumb"] = card["thumb"]
        return {"$type": "app.bsky.embed.external", "external": external}
    return None


def _reply(answers: Mapping[str, str], parts: Mapping[str, str]) -> dict[str, Any]:
    if "cid" not in answers:  # a post of ours, which answers nothing
        own = {"uri": answers["uri"], "cid": parts["answered"]}
        return {"root": own, "parent": own}
    return {
        "root": {"uri": answers["root_uri"], "cid": answers["root_cid"]},
        "parent": {"uri": answers["uri"], "cid": answers["cid"]},
    }


def _image(picture: Picture, part: str) -> dict[str, Any]:
    image = {"image": json.loads(part)["blob"], "alt": picture.alt}
    if picture.width and picture.height:
        image["aspectRatio"] = {"width": picture.width, "height": picture.height}
    return image


def _film(video: Video, part: str) -> dict[str, Any]:
    ratio = {"width": video.width, "height": video.height}
    film = {"$type": VIDEO, "video": json.loads(part)["blob"], "aspectRatio": ratio}
    return {**film, "alt": video.alt} if video.alt else film


def card_link(out: Outgoing) -> str | None:
    """Return the link that a card is made of: there is none beside pictures or a video."""
    return None if out.pictures or out.video else out.content.link


Gist = tuple[str, tuple[str, ...], str | None]
"""What tells one version of a post from another: its text, its media's alts, its card.

What it answers is no part of it: that is the delivery's, whatever the version.
"""


def gist_of(out: Outgoing, text: str) -> Gist:
    """Return what tells a version from others."""
    shown = (VIDEO, out.video.alt) if out.video else tuple(p.alt for p in out.pictures)
    return text, shown, card_link(out)


def gist(stored: Mapping[str, Any]) -> Gist:
    """Return what tells the version of a record that stands."""
    embed = stored.get("embed") or {}
    alts = tuple(str(image.get("alt", "")) for image in embed.get("images", ()))
    if embed.get("$type") == VIDEO:
        alts = (VIDEO, str(embed.get("alt", "")))
    return str(stored.get("text", "")), alts, (embed.get("external") or {}).get("uri")
