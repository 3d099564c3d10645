"""A watch is tried on what was heard lately before it is saved."""

from __future__ import annotations

from datetime import datetime, timedelta

from chalicelib.ids import MentionId, SourceId, WorkspaceId
from chalicelib.listening.mentions import Author, Heard, Mention, MentionKind
from chalicelib.listening.trying import MAX_SAMPLES, try_out
from chalicelib.listening.watches import Query
from tests.fakes.clocks import START


def mention(
    text: str, *, title: str = "", ago: timedelta = timedelta(hours=1), deleted: bool = False
) -> Mention:
    said_at = START - ago
    heard = Heard(
        identity=f"{text} {ago}",
        kind=MentionKind.ARTICLE,
        remote_id="",
        url="https://exemple.fr/",
        author=Author("", "Zoé"),
        text=text,
        title=title,
        said_at=said_at,
    )
    deleted_at: datetime | None = START if deleted else None
    return Mention(
        workspace=WorkspaceId("w1"),
        id=MentionId(heard.identity),
        source=SourceId("s1"),
        channel=None,
        network="feed",
        heard=heard,
        seen_at=said_at,
        deleted_at=deleted_at,
    )


def test_a_trial_tells_how_many_and_which_and_why() -> None:
    heard = [
        mention("Du bon pain", ago=timedelta(days=1)),
        mention("Des brioches", title="Le pain de Zoé", ago=timedelta(hours=2)),
        mention("De la confiture"),
    ]
    trial = try_out(Query(any=("pains", "brioche", "éclair")), heard, START)
    assert (trial.looked_at, trial.found) == (3, 2)
    assert trial.by_term == {"pains": 2, "brioche": 1, "éclair": 0}
    assert [(s.mention.heard.text, s.terms) for s in trial.samples] == [
        ("Des brioches", ("pains", "brioche")),
        ("Du bon pain", ("pains",)),
    ]


def test_what_is_older_than_a_week_or_deleted_doesn_t_count() -> None:
    heard = [
        mention("pain", ago=timedelta(days=7, seconds=1)),
        mention("pain", ago=timedelta(days=7)),
        mention("pain", deleted=True),
    ]
    trial = try_out(Query(any=("pain",)), heard, START)
    assert (trial.looked_at, trial.found) == (1, 1)


def test_samples_are_the_newest_few_in_whatever_order_they_come() -> None:
    heard = [mention("pain", ago=timedelta(minutes=(n * 7) % 30 + 1)) for n in range(30)]
    trial = try_out(Query(any=("pain",)), iter(heard), START)
    assert trial.found == 30
    ages = [START - s.mention.at for s in trial.samples]
    assert ages == [timedelta(minutes=n) for n in range(1, MAX_SAMPLES + 1)]
