"""Who speaks to the demo firm, and in what form what they say is written down here."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import time

from chalicelib.inbox.items import InboxState
from chalicelib.listening.mentions import MentionKind
from local.demo_story import MASTODON


@dataclass(frozen=True, slots=True)
class Person:
    """Who speaks."""

    name: str
    handle: str = ""
    """At their own instance; empty: a visitor of the blog, or a paper."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What the firm answered, and after how many minutes."""

    text: str
    after: int
    is_by_theo: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One thing that was said, and where it stands."""

    id: str
    """A word of its own; others name it by that."""
    days: int
    """Before today; of what was said today, ``at`` says how long ago."""
    at: time
    by: Person
    text: str
    source: str = MASTODON
    kind: MentionKind = MentionKind.MENTION
    title: str = ""
    to: str = ""
    """The post, or what was said earlier, that it answers."""
    language: str = "fr"
    waits: bool = False
    state: InboxState = InboxState.OPEN
    is_unread: bool = False
    answer: Answer | None = None
    is_for_paul: bool = False
    labels: tuple[str, ...] = ()
    note: str = ""


JULIE = Person("Julie Morel", "@julie@mamot.invalid")
KARIM = Person("Karim Benali", "@karim@piaille.invalid")
SOPHIE = Person("Sophie L.", "@sophie_l@mastodon.invalid")
MARC = Person("Marc Devaux", "@mdevaux@piaille.invalid")
EMMA = Person("Emma Clarke", "@emma@toot.invalid")
TOM = Person("Tom Becker", "@tomrides@toot.invalid")
SCHOOL = Person("Amicale de l'école Prévert", "@amicale@mamot.invalid")
LUCETTE = Person("Le verger de Lucette", "@verger@mamot.invalid")
NADIA = Person("Nadia", "@nadia@mastodon.invalid")
PAPER = Person("L'Écho de Saint-Aubin")
OTHER_PAPER = Person("La Gazette du Val")
