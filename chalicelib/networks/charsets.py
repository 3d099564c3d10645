"""Finds the encoding that a document from the web really has, whatever is claimed."""

from __future__ import annotations

import codecs
import re

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32-le"),
    (codecs.BOM_UTF32_BE, "utf-32-be"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
    (b"<\0", "utf-16-le"),
    (b"\0<", "utf-16-be"),
)
_CLAIM = re.compile(r"""(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]{2,40})""", re.IGNORECASE)
_FOR_TEXTS = re.compile(
    r"(?:iso|latin|windows|cp|x-?mac|mac|koi8|gb|big5|euc|shift)[\w-]*", re.IGNORECASE
)
"""Python knows other encodings (punycode) that are slow on purpose-made bytes."""
_LATIN_1 = frozenset({"iso-8859-1", "iso8859-1", "latin1", "latin-1"})
_HEAD = 1_024
"""Bytes in which a document names its encoding."""
_NOT_ALLOWED = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""In XML, and of no use elsewhere: https://www.w3.org/TR/xml/#charsets."""
_REPLACED = "\ufffd"


def decoded(body: bytes, content_type: str) -> str:
    """Return the text of a document, without what XML doesn't allow.

    What reads as UTF-8 is UTF-8: other texts don't by accident, and servers claim much. Only
    then what the document says of itself counts, then what the server says of it.
    """
    return _NOT_ALLOWED.sub("", _text(body, content_type).removeprefix("\ufeff"))


def _text(body: bytes, content_type: str) -> str:
    for mark, encoding in _MARKS:
        if body.startswith(mark):
            return body.decode(encoding, "replace")
    text = body.decode("utf-8", "replace")
    wrong = text.count(_REPLACED)
    if wrong == 0 or 4 * wrong < sum(c > "\x7f" for c in text):  # whole, or somewhat damaged
        return text
    claims = _CLAIM.findall(body[:_HEAD].decode("latin-1")) + _CLAIM.findall(content_type)
    for claim in filter(_FOR_TEXTS.fullmatch, claims):
        try:
            return body.decode(_as_browsers_do(claim))
        except (UnicodeDecodeError, LookupError):
            continue
    return body.decode("windows-1252", "replace")


def _as_browsers_do(claim: str) -> str:
    """Return what Latin-1 is taken for: https://encoding.spec.whatwg.org/#names-and-labels."""
    return "windows-1252" if claim.lower().replace("_", "-") in _LATIN_1 else claim
