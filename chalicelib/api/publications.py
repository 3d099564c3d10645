"""The firm's news for the world: a page for each post, an Atom and a JSON feed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime
from html import escape

from chalicelib.api.schemas import visible
from chalicelib.api.views import media_url
from chalicelib.api.words import Words, zoned
from chalicelib.publishing.posts import Media
from chalicelib.publishing.site import SiteEntry
from chalicelib.settings import Settings
from chalicelib.workspaces.workspaces import Workspace

STYLE = (
    ":root{color-scheme:light dark}"
    "body{font:1.0625rem/1.6 system-ui,sans-serif;max-width:38rem;margin:2rem auto;"
    "padding:0 1rem;overflow-wrap:anywhere}"
    "img,video{max-width:100%;height:auto;border-radius:8px}video{max-height:80vh}"
    "figure{margin:1.5rem 0}figcaption{color:GrayText;font-size:.875rem}"
    "footer{color:GrayText;margin-top:3rem;font-size:.875rem}"
)


def page_policy(settings: Settings) -> str:
    """Return the CSP of a page: no script, our one style, our media, no rights of our origin."""
    digest = base64.b64encode(hashlib.sha256(STYLE.encode()).digest()).decode()
    media = f"{settings.public_url}/media/"
    return (
        f"default-src 'none'; style-src 'sha256-{digest}'; img-src {media}; media-src {media}; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; sandbox"
    )


def page(entry: SiteEntry, firm: Workspace, settings: Settings) -> str:
    """Return the HTML page of a post; everything that a person wrote is escaped or cleaned."""
    words = Words(firm.language)
    title = escape(title_of(entry))
    local = zoned(entry.published_at, firm.zone)
    when = escape(words.word("published-on", when=words.day(local)))
    heading = f"<h1>{title}</h1>\n" if entry.content.title.strip() else ""
    return (
        f'<!doctype html>\n<html lang="{escape(entry.content.language)}">\n<head>\n'
        '<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title} · {escape(firm.name)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"<main>\n<article>\n{heading}{html_of(entry, settings)}</article>\n</main>\n"
        f'<footer><p>{escape(firm.name)}<br><time datetime="{_stamp(entry.published_at)}">'
        f"{when}</time></p></footer>\n</body>\n</html>\n"
    )


def atom(entries: Sequence[SiteEntry], firm: Workspace, settings: Settings) -> str:
    """Return the firm's news as Atom (RFC 4287); ids are those of the deliveries."""
    from feedgenerator import Atom1Feed, Enclosure  # noqa: PLC0415 -- only feeds need it

    words = Words(firm.language)
    feed = Atom1Feed(
        title=words.word("feed-of", name=firm.name),
        link=settings.public_url,
        description=None,
        language=firm.language.value,
        author_name=firm.name,
        feed_url=feed_url(firm, settings, "atom"),
        feed_guid=f"urn:relais:feed:{firm.id}",
    )
    # An empty feed has changed when the firm was made, not whenever it is read.
    feed.latest_post_date = lambda: changed_at(entries, firm)
    for entry in entries:
        feed.add_item(
            title=title_of(entry),
            link=page_url(entry, settings),
            description=None,
            content=html_of(entry, settings),
            pubdate=entry.published_at,
            updateddate=entry.published_at,
            unique_id=f"urn:uuid:{entry.uuid}",
            categories=[visible(category) for category in entry.content.categories],
            enclosures=[
                Enclosure(media_url(settings, m.sha256), str(m.size), m.content_type)
                for m in videos_of(entry)
            ],
        )
    return str(feed.writeString("utf-8"))


def json_feed(entries: Sequence[SiteEntry], firm: Workspace, settings: Settings) -> str:
    """Return the firm's news as JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""
    words = Words(firm.language)
    feed = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": words.word("feed-of", name=firm.name),
        "home_page_url": settings.public_url,
        "feed_url": feed_url(firm, settings, "json"),
        "language": firm.language.value,
        "authors": [{"name": firm.name}],
        "items": [_item(entry, settings) for entry in entries],
    }
    return json.dumps(feed, ensure_ascii=False)


def _item(entry: SiteEntry, settings: Settings) -> dict[str, object]:
    content = entry.content
    item: dict[str, object] = {
        "id": f"urn:uuid:{entry.uuid}",
        "url": page_url(entry, settings),
        "title": title_of(entry),
        "content_html": html_of(entry, settings),
        "date_published": _stamp(entry.published_at),
        "language": content.language,
        "tags": list(content.categories),
    }
    if content.link:
        item["external_url"] = content.link
    if videos := videos_of(entry):
        item["attachments"] = [_attachment(media, settings) for media in videos]
    elif content.media:
        item["image"] = media_url(settings, content.media[0].sha256)
    return item


def _attachment(media: Media, settings: Settings) -> dict[str, object]:
    about: dict[str, object] = {
        "url": media_url(settings, media.sha256),
        "mime_type": media.content_type,
        "size_in_bytes": media.size,
        "duration_in_seconds": media.duration_ms / 1000,
    }
    return {**about, "title": visible(media.alt)} if media.alt else about


def videos_of(entry: SiteEntry) -> Sequence[Media]:
    """Return the video of a post: one, or none."""
    return [media for media in entry.content.media if media.is_video]


def title_of(entry: SiteEntry) -> str:
    """Return the title of a post on the firm's site."""
    from chalicelib.networks.articles import article_title  # noqa: PLC0415 -- only pages need it

    return visible(article_title(entry.content))


def html_of(entry: SiteEntry, settings: Settings) -> str:
    """Return the clean HTML of a post."""
    from chalicelib.networks import articles  # noqa: PLC0415 -- only pages need it

    shown = [(media_url(settings, m.sha256), m.alt, m.is_video) for m in entry.content.media]
    pictures = [(url, alt) for url, alt, is_video in shown if not is_video]
    videos = [articles.video_html(url, alt) for url, alt, is_video in shown if is_video]
    return visible(articles.article_html(entry.content, pictures, "".join(videos)))


def page_url(entry: SiteEntry, settings: Settings) -> str:
    """Return the public address of a post's page."""
    return f"{settings.public_url}/p/{entry.code}"


def feed_url(firm: Workspace, settings: Settings, kind: str) -> str:
    """Return the public address of a firm's feed."""
    return f"{settings.public_url}/feed/{firm.feed_token}.{kind}"


# Asking again only for what has changed (RFC 9110 §13).


def changed_at(entries: Sequence[SiteEntry], firm: Workspace) -> datetime:
    """Return when a feed last changed."""
    return max((e.published_at for e in entries), default=firm.created_at)


def tag_of(entries: Sequence[SiteEntry], firm: Workspace, settings: Settings) -> str:
    """Return the strong validator of what is made of these."""
    parts = [settings.public_url, firm.name, firm.zone, firm.language.value]
    parts += [f"{e.uuid} {e.version} {_stamp(e.published_at)}" for e in entries]
    return '"' + hashlib.sha256("\n".join(parts).encode()).hexdigest()[:32] + '"'


def is_unchanged(headers: Mapping[str, str], tag: str, changed: datetime) -> bool:
    """Say whether the asker already has it; If-None-Match goes before If-Modified-Since."""
    tags = headers.get("if-none-match")
    if tags is not None:
        given = {t.strip().removeprefix("W/") for t in tags.split(",")}
        return tag in given or "*" in given
    since = headers.get("if-modified-since")
    if since is None:
        return False
    try:
        asked = parsedate_to_datetime(since)
    except ValueError:
        return False
    if asked.tzinfo is None:
        asked = asked.replace(tzinfo=UTC)
    return changed.replace(microsecond=0) <= asked


def http_date(instant: datetime) -> str:
    """Return an instant as HTTP writes it."""
    return format_datetime(instant.astimezone(UTC).replace(microsecond=0), usegmt=True)


def _stamp(instant: datetime) -> str:
    return instant.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
