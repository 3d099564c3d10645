"""The text of statuses and comments, out of their HTML."""

from __future__ import annotations

import pytest

from chalicelib.listening.mentions import MAX_TEXT
from chalicelib.networks.markup import readable


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Un</p><p>Deux<br />Trois</p>", "Un\n\nDeux\nTrois"),
        ("<p>a  b\n c</p>", "a b c"),
        ("1 &lt; 2 &amp; l&#8217;été", "1 < 2 & l’été"),
        (
            '<p><a href="https://exemple.fr/a?b=1&amp;c=2">ici</a></p>',
            "ici (https://exemple.fr/a?b=1&c=2)",
        ),
        (
            (
                '<a href="https://exemple.fr/une/page"><span class="invisible">https://</span>'
                '<span class="ellipsis">exemple.fr/une</span><span class="invisible">/page</span>'
                "</a>"
            ),
            "https://exemple.fr/une/page",
        ),
        (
            '<a href="https://exemple.fr/une/page">exemple.fr/une…</a>',
            "https://exemple.fr/une/page",
        ),
        (
            '<a href="https://a.fr/@zoe" class="u-url mention">@<span>zoe</span></a> Miam',
            "@zoe Miam",
        ),
        ('<a href="https://a.fr/tags/pain" class="mention hashtag">#pain</a>', "#pain"),
        ('<a href="javascript:alert(1)">clic</a>', "clic"),
        ("<script>alert(1)</script><style>p{}</style>Bonjour", "Bonjour"),
        ("<ul><li>un</li><li>deux</li></ul>", "un\ndeux"),
        ('Miam <img src="https://a.fr/x.png" alt=":pain:">', "Miam :pain:"),
        ("<p>ouvert", "ouvert"),
        ("<a href='https://a.fr'>jamais fermé", "jamais fermé (https://a.fr)"),
        ("", ""),
    ],
)
def test_it_reads_as_it_is_shown(html: str, text: str) -> None:
    assert readable(html) == text


def test_what_is_too_long_is_cut() -> None:
    assert len(readable("<p>" + "mot " * 100_000 + "</p>")) == MAX_TEXT
