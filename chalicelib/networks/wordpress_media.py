"""Media on their way to a WordPress site, and what of a version shows them."""

from __future__ import annotations

import json
from collections.abc import Generator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from chalicelib.networks.articles import article_html, article_title, video_html
from chalicelib.networks.bodies import UPLOAD_SECONDS, streamed
from chalicelib.networks.contract import Outgoing, Picture, Video
from chalicelib.networks.replies import lenient_object
from chalicelib.publishing.outcomes import Part, Rejected

if TYPE_CHECKING:
    from chalicelib.networks.http import Reply
    from chalicelib.networks.wordpress_site import Site

_TOO_BIG = frozenset(
    {"rest_upload_file_too_big", "rest_upload_limited_space", "rest_upload_user_quota_exceeded"}
    # Of a form larger than post_max_size PHP makes no fields and no files: WordPress then looks
    # for a file without a form. https://www.php.net/manual/en/ini.core.php#ini.post-max-size
    | {"rest_upload_no_data", "rest_upload_no_content_disposition"}
)
"""https://developer.wordpress.org/reference/classes/wp_rest_attachments_controller/"""
_SETTING = "upload_max_filesize"
"""PHP's own name for the limit stands in WordPress's message in every language:
https://developer.wordpress.org/reference/functions/_wp_handle_upload/"""


def prepare(
    site: Site, out: Outgoing, parts: Mapping[str, str]
) -> Generator[Part, None, list[Any]]:
    """Return every medium as it stands on the site; yield a part for each one made.

    The last picture is left to the draft's part, as each part is a write to the store; a video
    isn't: sending it takes long.
    """
    media = stored(out, parts)
    uploaded = _uploaded(site, out) if None in media else {}
    for n, medium in enumerate(media_of(out)):
        if media[n] is None:
            found = uploaded.get(_file_name(out, medium))
            media[n] = _described(site, found, medium) or _upload(site, out, medium)
            if n < len(media) - 1 or out.video:
                yield Part(f"media.{n}", json.dumps(media[n]))
    return media


def media_of(out: Outgoing) -> tuple[Picture | Video, ...]:
    """Return what a post shows, in order."""
    return (*out.pictures, out.video) if out.video else out.pictures


def drafted(parts: Mapping[str, str]) -> dict[str, Any]:
    """Return what is stored of the draft: its id, its last medium, its categories."""
    return dict(json.loads(parts.get("post", "{}")))


def stored(out: Outgoing, parts: Mapping[str, str]) -> list[Any]:
    """Return what is stored of every medium; None where nothing is."""
    media = [json.loads(parts.get(f"media.{n}", "null")) for n in range(len(media_of(out)))]
    return [*media[:-1], drafted(parts).get("medium") or media[-1]] if media else []


def body_of(
    out: Outgoing, media: Sequence[Mapping[str, Any]], categories: Sequence[int]
) -> dict[str, Any]:
    """Return the whole of a version: the first picture in front, the others in the text."""
    shown = [(m["url"], p.alt) for m, p in zip(media, out.pictures, strict=False)][1:]
    body: dict[str, Any] = {
        "title": article_title(out.content),
        "content": article_html(out.content, shown, _block(out.video, media)),
        "featured_media": media[0]["id"] if out.pictures else 0,
    }
    if categories:
        body["categories"] = list(categories)
    return body


def text_of(out: Outgoing) -> str:
    """Return the HTML of a version as far as its words go: no pictures, a video's description."""
    return article_html(out.content, video=video_html("", out.video.alt) if out.video else "")


def _block(video: Video | None, media: Sequence[Mapping[str, Any]]) -> str:
    """Return the block of a video, as the editor of WordPress writes it.

    https://developer.wordpress.org/block-editor/reference-guides/core-blocks/#video
    """
    if video is None:
        return ""
    medium = media[0]
    told, player = json.dumps({"id": medium["id"]}), video_html(medium["url"], video.alt)
    return f"<!-- wp:video {told} -->\n{player}<!-- /wp:video -->\n"


def _uploaded(site: Site, out: Outgoing) -> dict[str, dict[str, Any]]:
    """Return what an earlier try uploaded before it could say so, by slug."""
    slugs = ",".join(_file_name(out, medium) for medium in media_of(out))
    found = site.listed_at("media", slug=slugs, per_page="100")
    return {str(item.get("slug")): item for item in found}


def _described(
    site: Site, found: dict[str, Any] | None, medium: Picture | Video
) -> dict[str, Any] | None:
    if found is None:
        return None
    if found.get("alt_text") != medium.alt:
        site.write(f"media/{found['id']}", {"alt_text": medium.alt})
    return _medium(found)


def _upload(site: Site, out: Outgoing, medium: Picture | Video) -> dict[str, Any]:
    name, told = _file_name(out, medium), {"alt_text": medium.alt}
    if isinstance(medium, Video):
        file = (f"{name}.mp4", streamed(medium), medium.content_type)
        reply = site.request(
            "POST",
            "media",
            data=told,
            files={"file": file},
            deadline_s=UPLOAD_SECONDS,
            takes=frozenset({500}),
        )
        return _medium(_checked_video(site, reply))
    data, content_type = medium.load()
    ending = content_type.partition("/")[2].replace("jpeg", "jpg")
    files = {"file": (f"{name}.{ending}", data, content_type)}
    return _medium(site.checked(site.request("POST", "media", data=told, files=files)))


def _checked_video(site: Site, reply: Reply) -> dict[str, Any]:
    """Return what an answer tells of an uploaded video; one too large is told as such."""
    try:
        return site.checked(reply)
    except Rejected as error:
        if error.reason != "media_refused":
            raise
        given = lenient_object(reply)
        is_too_big = reply.status == 413 or given.get("code") in _TOO_BIG
        if is_too_big or _SETTING in str(given.get("message", "")):
            raise Rejected(error.detail, "video_too_big") from error
        raise Rejected(error.detail, "video_failed") from error


def _file_name(out: Outgoing, medium: Picture | Video) -> str:
    """Return the name (and so the slug) of an upload: it tells which medium it is."""
    return f"{out.key.slug}-{medium.sha256[:8]}"


def _medium(answer: Mapping[str, Any]) -> dict[str, Any]:
    return {"id": answer["id"], "url": str(answer.get("source_url", ""))}
