"""Where X and Mastodon see a web address in a text: there it counts at a fixed length.

The rules are those of twitter-text, written anew; the tests run its conformance suite:
https://github.com/twitter/twitter-text/tree/master/conformance. Mastodon has the same rules
with other characters in paths and queries, and wants ``http(s)://``:
https://github.com/mastodon/mastodon/blob/main/config/initializers/twitter_regex.rb
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from itertools import groupby


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, by code points: ``text[start:end]`` is how it is written there."""

    start: int
    end: int
    value: str
    """What it stands for: a whole address, a name without its sign."""


MAX_URL = 4096
_MAX_SLUG = 40
"""Of an address of X's own shortener, which ends after letters and digits."""

_LATIN = (
    r"\xC0-\xD6\xD8-\xF6\xF8-\u024F\u0253\u0254\u0256\u0257\u0259\u025B\u0263\u0268\u026F"
    r"\u0272\u0289\u028B\u02BB\u0300-\u036F\u1E00-\u1EFF"
)
_DIRECTIONS = r"\u202A-\u202E\u061C\u200E\u200F\u2066-\u2069"
_INVALID = r"\uFFFE\uFEFF\uFFFF"
# Taken in, not looked behind for: an address can't begin right where the last one ended.
_BEFORE = rf"(?P<before>[^A-Za-z0-9@＠$#＃{_INVALID}]|^)"
_NOT_IN_LABEL = (
    r"!'#%&()*+,\\\-./:;<=>?@\[\]^_{|}~$"
    r"\x09-\x0D\x20\x85\xA0\u1680\u180E\u2000-\u200A\u2028\u2029\u202F\u205F\u3000"
    f"{_INVALID}{_DIRECTIONS}"
)
_IN_LABEL = f"[^{_NOT_IN_LABEL}]"
# A label has at most 63 characters (RFC 1035). That, and taking it whole or not at all, bounds
# the search: the text may be anybody's.
_SUBDOMAIN = rf"{_IN_LABEL}(?:{_IN_LABEL}|[_-]){{0,62}}+(?<![_-])\."
_NAME = rf"{_IN_LABEL}(?:{_IN_LABEL}|-){{0,62}}+(?<!-)\."
_TOP = r"(?:(?:TOP_LEVEL)(?=[^0-9a-zA-Z@+-]|$)|xn--[-0-9a-z]+)"
_DOMAIN = rf"(?:{_SUBDOMAIN}){{0,30}}{_NAME}{_TOP}"
_ASCII_DOMAIN = rf"(?:[-a-z0-9{_LATIN}]+\.){{1,31}}{_TOP}"


@dataclass(frozen=True, slots=True)
class _Rules:
    """What may stand behind the domain: sets of characters, without their brackets."""

    scheme: str
    path: str
    path_end: str
    query: str
    query_end: str
    other_path: str
    """What else a path may be made of, where it doesn't end as it should."""

    def pattern(self) -> re.Pattern[str]:
        one = f"[{self.path}]"
        balanced = rf"\((?:{one}+|{one}*\({one}+\){one}*)\)"
        end = f"(?:[{self.path_end}]|{balanced})"
        path = f"(?:(?:{one}*(?:{balanced}{one}*)*{end})|{self.other_path})"
        return _compiled(
            rf"{_BEFORE}(?P<url>(?P<scheme>{self.scheme})(?P<domain>{_DOMAIN})(?::[0-9]+)?"
            rf"(?P<path>/{path}*)?(?P<query>\?[{self.query}]*[{self.query_end}])?)"
        )


_X_PATH = rf"a-z\u0400-\u04FF0-9!*';:=+,.$/%#\[\]\-\u2013_~@|&{_LATIN}"
_X = _Rules(
    scheme=r"(?:https?://)?",
    path=_X_PATH,
    path_end=rf"+\-a-z\u0400-\u04FF0-9=_#/{_LATIN}",
    query=r"a-z0-9!?*'@();:&=+$/%#\[\]\-_.,~|",
    query_end=r"a-z0-9\-_&=#/",
    other_path=rf"(?:@[{_X_PATH}]+/)",
)
_UCS = r"\u00A0-\uD7FF\uE000-\uFDCF\uFDF0-\uFFEF\U00010000-\U0010FFFD"
_MASTODON_PATH = r"^\s<>()?"
_MASTODON = _Rules(
    scheme=r"https?://",
    path=_MASTODON_PATH,
    path_end=r"""^\s()?!*"'「」<>;:=,.$%\[\]~&|@""",
    query=rf"a-z0-9!?*'();:&=+$/%#\[\]\-_.,~|@\^{_UCS}",
    query_end=rf"a-z0-9_&=#/\-{_UCS}",
    other_path=rf"(?:[{_MASTODON_PATH}]+/)",
)
_SHORTENED = re.compile(
    rf"https?://t\.co/(?P<slug>[a-z0-9]+)(?:\?[{_X.query}]*[{_X.query_end}])?", re.IGNORECASE
)


def links_on_mastodon(text: str) -> Iterator[Span]:
    """Yield what Mastodon counts as a web address, in order."""
    for match in _mastodon_pattern().finditer(text) if "://" in text else ():
        yield from _whole(match)


def link_at_start(text: str) -> Span | None:
    """Return what Mastodon counts as a web address right where the text begins."""
    match = _mastodon_pattern().match(text)
    found = next(_whole(match), None) if match else None
    return found if found is not None and found.start == 0 else None


def _whole(match: re.Match[str]) -> Iterator[Span]:
    if _is_whole(match["url"], match["domain"]):
        yield Span(match.start("url"), match.end("url"), match["url"])


def links_on_x(text: str) -> Iterator[Span]:
    """Yield what X counts as a web address, in order: ``exemple.fr`` is one too."""
    for match in _x_pattern().finditer(text) if "." in text else ():
        if not _is_whole(match["url"], match["domain"]):
            continue
        if match["scheme"]:
            yield from _with_scheme(match)
        elif match["before"] not in {"-", "_", ".", "/"}:
            yield from _without_scheme(match)


def _with_scheme(match: re.Match[str]) -> Iterator[Span]:
    url, start = match["url"], match.start("url")
    if short := _SHORTENED.match(url):
        if len(short["slug"]) > _MAX_SLUG:
            return
        url = short.group()
    yield Span(start, start + len(url), url)


def _without_scheme(match: re.Match[str]) -> Iterator[Span]:
    """Yield the parts in Latin letters: other scripts are written without spaces around."""
    start, domain = match.start("domain"), match["domain"]
    found = [
        (start + part.start(), start + part.end()) for part in _ascii_domain().finditer(domain)
    ]
    if found and match["path"]:
        found[-1] = (found[-1][0], match.end("url"))
    for begin, end in found:
        yield Span(begin, end, "https://" + match.string[begin:end])


def _is_whole(url: str, domain: str) -> bool:
    """Say whether the domain is one in DNS, and the address not too long."""
    try:
        encoded = domain.encode("idna")
    except UnicodeError:
        return False
    return len("https://") + len(url) + len(encoded) - len(domain) <= MAX_URL


@cache
def top_level_domains() -> frozenset[str]:
    """Return all top-level domains, in lower case, as they are written and as DNS has them."""
    from linkify_it.tlds import TLDS  # noqa: PLC0415 - only where links are looked for

    listed = {name.lower() for name in TLDS}
    return frozenset(listed | {n.encode().decode("idna") for n in listed if n.startswith("xn--")})


def _compiled(pattern: str) -> re.Pattern[str]:
    """Compile, with the top-level domains by their first letter: 1,500 tries would be slow."""
    names = sorted((n for n in top_level_domains() if not n.startswith("xn--")), reverse=True)
    groups = (
        f"{letter}(?:{'|'.join(sorted((n[1:] for n in group), key=len, reverse=True))})"
        for letter, group in groupby(names, key=lambda name: name[0])
    )
    return re.compile(pattern.replace("TOP_LEVEL", "|".join(groups)), re.IGNORECASE)


@cache
def _x_pattern() -> re.Pattern[str]:
    return _X.pattern()


@cache
def _mastodon_pattern() -> re.Pattern[str]:
    return _MASTODON.pattern()


@cache
def _ascii_domain() -> re.Pattern[str]:
    return _compiled(_ASCII_DOMAIN)
