"""Sentences in a person's language, French unless she asks for English."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import ModuleType
from zoneinfo import ZoneInfo

from chalicelib.api import messages_en, messages_fr
from chalicelib.publishing.refusals import Fault
from chalicelib.workspaces.workspaces import Language, Role

MEGABYTE = 1024 * 1024


class Words:
    """What the API says, in one language."""

    def __init__(self, language: Language) -> None:
        self.language = language
        self._said: ModuleType = messages_en if language is Language.EN else messages_fr

    def problem(self, slug: str, params: Mapping[str, object]) -> tuple[str, str]:
        """Return the title and the detail of a problem."""
        title, detail = self._said.PROBLEMS[slug]
        return title, detail.format(**params)

    def fault(self, fault: Fault) -> str:
        """Return the sentence of a fault; a code without one of its own says little."""
        faults = self._said.FAULTS
        code = f"{fault.code}-counted" if "count" in fault.params else fault.code
        own = f"{fault.code}-{fault.params.get('field')}"
        said: str = faults.get(own) or faults.get(code) or faults["invalid"]
        return said.format_map(_Known(self._readable(fault.params)))

    def refusal(self, reason: str, network: str) -> str:
        """Return why a network refuses a post, and what to change."""
        said: str = self._said.REFUSALS.get(reason) or self._said.REFUSALS["invalid"]
        return said.format(network=network)

    def why(self, why: str, network: str) -> str:
        """Return why a delivery needs a person, and what she can do."""
        said: str = self._said.WHYS[why]
        return said.format(network=network)

    def result(self, result: str, network: str) -> str:
        """Return what an attempt came to."""
        said: str = self._said.RESULTS[result]
        return said.format(network=network)

    def act(self, what: str) -> str:
        """Return what somebody did; nothing of a word that a later version noted."""
        said: str = self._said.ACTS.get(what, "")
        return said

    def _readable(self, params: Mapping[str, object]) -> dict[str, object]:
        """Add what sentences name in other words: bytes as MB, units, the excess."""
        said = dict(params)
        size, most, count = params.get("size"), params.get("max"), params.get("count")
        if isinstance(size, int) and isinstance(most, int):
            said["size_mb"], said["max_mb"] = -(-size // MEGABYTE), most // MEGABYTE
        if isinstance(count, int) and isinstance(most, int):
            said["over"] = count - most
        if "unit" in params:
            key = "unit-bytes" if params["unit"] == "utf8_bytes" else "unit-characters"
            said["unit"] = self.word(key)
        said.setdefault("channel", self.word("this-network"))
        return said

    def reason(self, code: str) -> str:
        """Return why something can't be done now."""
        said: str = self._said.REASONS[code]
        return said

    def source_reason(self, reason: str) -> str:
        """Return why a source can't be read, and what to do."""
        said: str = self._said.SOURCES.get(reason) or self._said.SOURCES["broken"]
        return said

    def moderation(self, reason: str, network: str) -> str:
        """Return why a network lets nothing be done about what was said on it."""
        said: str = self._said.MODERATIONS.get(reason) or self._said.MODERATIONS["invalid"]
        return said.format(network=network)

    def role(self, role: Role) -> str:
        """Return what a person with this role is called."""
        said: str = self._said.ROLES[role.name.lower()]
        return said

    def word(self, key: str, **params: object) -> str:
        """Return a part of a sentence."""
        said: str = self._said.WORDS[key]
        return said.format(**params)

    def minutes(self, seconds: float) -> str:
        """Return a number of minutes, rounded up."""
        n = max(1, -(-int(seconds) // 60))
        return self.word("minute") if n == 1 else self.word("minutes", n=n)

    def note(self, code: str, chosen: datetime, actual: datetime) -> str:
        """Return what daylight saving did to a chosen local time."""
        said: str = self._said.NOTES[code]
        return said.format(chosen=self.time_on(chosen), actual=self.time(actual))

    def time(self, local: datetime) -> str:
        """Return an hour as people write it: « 8 h 30 », 8:30."""
        return self.word("time", hour=local.hour, minute=local.minute)

    def day(self, local: datetime) -> str:
        """Return a date as people write it: « 25 novembre 2026 », 25 November 2026."""
        month = self.word(f"month-{local.month}")
        return f"{local.day}\u00a0{month}\u00a0{local.year}"

    def time_on(self, local: datetime) -> str:
        """Return an hour and its day: « 2 h 30 le 28 mars »."""
        month = self.word(f"month-{local.month}")
        return self.word("time-on", time=self.time(local), day=local.day, month=month)


def language_of(accept_language: str | None) -> Language:
    """Return the language that a browser prefers of those we speak, else French.

    RFC 9110 §12.5.4: tags with weights; of equal ones the first wins.
    """
    best, weight = Language.FR, 0.0
    for part in (accept_language or "").lower().split(","):
        tag, _, quality = part.partition(";")
        primary = tag.strip().split("-")[0]
        if primary in set(Language) and (q := _quality(quality)) > weight:
            best, weight = Language(primary), q
    return best


def zoned(instant: datetime, zone: str) -> datetime:
    """Return the wall-clock time that an instant has in a zone (naive)."""
    return instant.astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _quality(parameter: str) -> float:
    name, _, value = parameter.strip().partition("=")
    if name != "q":
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


class _Known(dict[str, object]):
    """Parameters of a sentence; one that isn't given says nothing."""

    def __missing__(self, key: str) -> str:
        return ""
