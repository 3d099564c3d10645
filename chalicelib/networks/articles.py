"""Makes a web page's article of a post: Markdown to clean HTML, with its media and link."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

from chalicelib.networks.web_links import Span, link_at_start, links_on_mastodon
from chalicelib.publishing.posts import Content, excerpt, normalise_text

_TAGS = frozenset(
    """
    p br hr h2 h3 h4 h5 h6 strong em b i s del code pre blockquote ul ol li a
    table thead tbody tr th td
    """.split()  # noqa: SIM905 - one word each reads better
)
_ATTRIBUTES = {"a": {"href", "title"}, "ol": {"start"}}


@dataclass(frozen=True, slots=True)
class _Link:
    """A link as markdown-it wants it told."""

    index: int
    last_index: int
    text: str
    url: str
    schema: str = "https:"


class _Links:
    """Tells markdown-it where whole web addresses stand, as they are found everywhere else.

    Its own finder also takes bare names and mail addresses: people write ``relais.fr`` as a
    word. It has the methods of ``linkify_it.LinkifyIt`` that markdown-it calls.
    """

    def pretest(self, text: str) -> bool:
        """Say whether there may be one."""
        return "://" in text

    test = pretest

    def match(self, text: str) -> list[_Link]:
        """Return all that there are, in order."""
        return [_link(found) for found in links_on_mastodon(text)]

    def match_at_start(self, text: str) -> _Link | None:
        """Return the one that the text begins with."""
        found = link_at_start(text)
        return _link(found) if found else None


def _link(found: Span) -> _Link:
    return _Link(found.start, found.end, found.value, found.value)


def video_html(url: str, alt: str) -> str:
    """Return the player of a video, as the editor of WordPress writes it.

    What it shows is told below it, for whoever can't see it.
    """
    caption = f'<figcaption class="wp-element-caption">{escape(alt)}</figcaption>' if alt else ""
    return (
        f'<figure class="wp-block-video"><video controls src="{escape(url)}"></video>'
        f"{caption}</figure>\n"
    )


def article_html(
    content: Content, pictures: Sequence[tuple[str, str]] = (), video: str = ""
) -> str:
    """Return the clean HTML of a post: its text, its pictures (address, alt), its link.

    The text is Markdown in which a single line end stays one, as people write; HTML in it
    is shown, not obeyed. ``video`` is the HTML of its video, see ``video_html``.
    """
    # Imported where used: they take 50 ms, which only articles need.
    import nh3  # noqa: PLC0415
    from markdown_it import MarkdownIt  # noqa: PLC0415

    markdown = MarkdownIt("js-default", {"html": False, "linkify": True, "breaks": True})
    markdown.linkify = _Links()
    text = markdown.disable("image").render(normalise_text(content.text))
    parts = [nh3.clean(text, tags=set(_TAGS), attributes=_ATTRIBUTES, link_rel="noopener")]
    parts += [
        f'<figure class="wp-block-image"><img src="{escape(url)}" alt="{escape(alt)}"></figure>\n'
        for url, alt in pictures
    ]
    parts.append(video)
    if content.link and content.link not in content.text:
        shown = escape(content.link)
        parts.append(f'<p><a href="{shown}" rel="noopener">{shown}</a></p>\n')
    return "".join(parts)


def article_title(content: Content) -> str:
    """Return the title of a post: its own, else the first words of its first line."""
    if content.title.strip():
        return content.title.strip()
    first = normalise_text(content.text).partition("\n")[0].lstrip("# ")
    words = excerpt(Content(text=first, link=content.link), 80)
    return words or content.link or ""
