"""Telephone numbers in a text, for networks that refuse posts with one.

What a network itself takes for a number isn't documented, so what looks like one counts, in
use or not: French numbers in all usual spellings, and any number with a country's prefix. A
library that knows each country's plan (``phonenumbers``, megabytes of them) would say which are
valid, which isn't the question.
"""

from __future__ import annotations

import re

_ADDRESS = re.compile(r"\b(?:https?://|www\.)\S+", re.IGNORECASE)
"""Digits in a web address are no number that somebody dials."""
_GAP = r"[\s./\-\u00B7\u2010-\u2013]{0,3}"
"""Between groups: blanks (also those that don't break), full stops, slashes, hyphens."""
_FRENCH = rf"0[1-9](?P<pairs>{_GAP})\d\d(?:(?P=pairs)\d\d){{3}}"
"""01 23 45 67 89, 0123456789, 01.23.45.67.89: the gaps are alike, which dates' aren't."""
_SERVICE = rf"0{_GAP}8\d\d(?P<g>{_GAP})(?:\d{{3}}(?P=g)\d{{3}}|\d\d(?P=g)\d\d(?P=g)\d\d)"
"""0 800 123 456, 0800 123 456, 0 805 12 34 56."""
_ABROAD = r"(?:\+\s?|00\s?)[1-9](?:[\s./()\-\u2010-\u2013]{0,3}\d){8,14}"
"""+33 1 23 45 67 89, +33 (0)1 23…, 0033123456789, +590 690 12 34 56: 9 to 15 digits (E.164)."""
_PHONE = re.compile(rf"(?<![\d.,])(?:{_FRENCH}|{_SERVICE}|{_ABROAD})(?!\d)")


def has_phone_number(text: str) -> bool:
    """Say whether a text holds what looks like a telephone number."""
    return _PHONE.search(_ADDRESS.sub(" ", text)) is not None
