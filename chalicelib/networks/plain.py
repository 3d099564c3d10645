"""Makes plain text of HTML."""

from __future__ import annotations

import re
from html import unescape

MAX_HTML = 100_000
"""Characters that are read: what is kept of a text is much shorter."""
_BLOCKS = frozenset(
    """
    p br div li ul ol h1 h2 h3 h4 h5 h6 blockquote pre tr table figure figcaption section article
    """.split()  # noqa: SIM905 - one word each reads better
)
_BREAK = re.compile(rf"</?(?:{'|'.join(sorted(_BLOCKS))})>")
_BLANKS = re.compile(r"[^\S\n]+")
_LINES = re.compile(r"\n{3,}")


def plain_text(html: str, most: int) -> str:
    """Return what HTML says, at most so many characters: scripts and markup are taken out.

    What is plain text already stays as it is, its blanks aside.
    """
    text = html[:MAX_HTML]
    if "<" in text or "&" in text:
        import nh3  # noqa: PLC0415 - many texts are plain

        clean = nh3.clean(text, tags=set(_BLOCKS), attributes={}, link_rel=None)
        text = unescape(_BREAK.sub("\n", clean))
    lines = _BLANKS.sub(" ", text.replace("\r", "\n")).split("\n")
    joined = _LINES.sub("\n\n", "\n".join(line.strip() for line in lines))
    return joined.strip()[:most].strip()
