"""Figures over the API: typed, reported; what isn't measured is null, never 0."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import pytest

from chalicelib.ids import ChannelId
from chalicelib.measuring.metrics import Metric
from chalicelib.measuring.rollups import ChannelDay, Moved, SubjectDay
from tests.fakes.api_world import BAKERY, ApiWorld, Client, browser, post_id, serving

FIRM = "/v1/workspaces/bakery"


@pytest.fixture
def world() -> Iterator[ApiWorld]:
    with serving(ApiWorld()) as made:
        yield made


@pytest.fixture
def editor(world: ApiWorld) -> Client:
    return browser(world, "editor")


def entry(**changes: Any) -> dict[str, Any]:
    return {"channel": "insta", "day": "2026-11-25", "counters": {"followers": 210}, **changes}


def day_of(world: ApiWorld, channel: str, day: date, **moved: Moved) -> None:
    world.listens.rollups.put_channel(
        None,
        ChannelDay(
            workspace=BAKERY,
            channel=ChannelId(channel),
            day=day,
            moved={Metric(name): m for name, m in moved.items()},
        ),
    )


def test_figures_by_hand_come_back_in_the_report(world: ApiWorld, editor: Client) -> None:
    first = editor.post(
        f"{FIRM}/metrics/entries", entry(day="2026-11-24", counters={"followers": 200})
    )
    assert first.status == 201, first.text
    assert editor.post(f"{FIRM}/metrics/entries", entry()).json == {
        "channel": "insta",
        "day": "2026-11-25",
        "counters": {"followers": 210},
    }
    report = browser(world, "viewer").get(f"{FIRM}/metrics?from=2026-11-24&to=2026-11-25").json
    total = {
        "metric": "followers",
        "value": 210,
        "gained": 10,
        "before": None,
        "is_partial": True,
        "by_hand": True,
    }
    assert report["totals"] == [total]
    assert report["channels"] == [{"channel": "insta", "totals": [total]}]
    assert [d["day"] for d in report["days"]] == ["2026-11-24", "2026-11-25"]
    assert report["days"][0]["moved"]["followers"]["gained"] is None
    assert report["days"][1]["moved"]["followers"]["gained"] == 10
    assert report["before"] == {"from": "2026-11-22", "to": "2026-11-23"}
    assert report["not_measured"] == [
        {"channel": "blue", "metric": "followers"},
        {"channel": "masto", "metric": "followers"},
    ]
    assert [a.what for a in world.audit.acts] == ["figures-entered"] * 2


@pytest.mark.parametrize(
    ("changes", "faults"),
    [
        ({"day": "2026-11-26"}, {"/day": "day-in-future"}),
        ({"day": "yesterday"}, {"/day": "bad-date"}),
        ({"counters": {}}, {"/counters": "no-figures"}),
        ({"counters": {"joy": 1}}, {"/counters/joy": "unknown-metric"}),
        ({"counters": {"clicks": 1}}, {"/counters/clicks": "unknown-metric"}),
        ({"counters": {"likes": -1}}, {"/counters/likes": "figure-out-of-range"}),
        ({"counters": {"likes": 10**15}}, {"/counters/likes": "figure-out-of-range"}),
        ({"counters": {"likes": "3"}}, {"/counters/likes": "not-a-number"}),
        ({"counters": {"likes": None}}, {"/counters/likes": "not-a-number"}),
    ],
    ids=str,
)
def test_every_fault_of_typed_figures_is_pointed_to(
    editor: Client, changes: dict[str, Any], faults: dict[str, str]
) -> None:
    answer = editor.post(f"{FIRM}/metrics/entries", entry(**changes))
    assert (answer.status, answer.faults) == (422, faults)
    assert all(e["message"] for e in answer.json["errors"])


def test_another_firms_channel_takes_no_figures(editor: Client) -> None:
    answer = editor.post(f"{FIRM}/metrics/entries", entry(channel="florapage"))
    assert (answer.status, answer.slug) == (404, "not-found")


def test_a_report_adds_channels_up_marks_days_and_names_the_best_posts(
    world: ApiWorld, editor: Client
) -> None:
    post = post_id(editor.post(f"{FIRM}/posts", world.draft()))
    day = date(2026, 11, 20)
    day_of(world, "masto", day, likes=Moved(None, 4), views=Moved(None, None, is_reset=True))
    day_of(world, "blue", day, likes=Moved(None, None))
    gained = SubjectDay(
        workspace=BAKERY,
        channel=ChannelId("masto"),
        subject=f"{post}.masto.0",
        day=day,
        moved={Metric.LIKES: Moved(4, 4)},
    )
    world.listens.rollups.put_subject(None, gained)
    report = editor.get(f"{FIRM}/metrics?from=2026-11-20&to=2026-11-20").json
    (moved,) = [d["moved"] for d in report["days"]]
    assert moved["likes"] == {
        "value": None,
        "gained": 4,
        "is_reset": False,
        "is_jump": False,
        "by_hand": False,
    }
    assert moved["views"]["gained"] is None
    assert report["marks"] == [
        {"day": "2026-11-20", "channel": "masto", "metric": "views", "kind": "reset"}
    ]
    (best,) = report["best"]
    assert (best["post"], best["excerpt"]) == (post, "La galette est là")
    assert best["gained"] == {"likes": 4}
    assert {"channel": "blue", "metric": "views"} in report["not_measured"]


def test_a_period_is_four_weeks_unless_it_says_and_a_year_at_most(editor: Client) -> None:
    report = editor.get(f"{FIRM}/metrics").json
    assert (report["from"], report["to"]) == ("2026-10-29", "2026-11-25")
    assert (report["totals"], report["days"], report["best"]) == ([], [], [])
    for query in ("from=2026-11-25&to=2026-11-24", "from=2024-01-01&to=2026-01-01"):
        assert editor.get(f"{FIRM}/metrics?{query}").faults == {"/to": "bad-window"}
    assert editor.get(f"{FIRM}/metrics?from=soon").faults == {"/from": "bad-date"}
    assert editor.get(f"{FIRM}/metrics?from=2027-01-01").json["to"] == "2027-01-01"


def test_today_tells_what_the_month_has_brought(world: ApiWorld, editor: Client) -> None:
    day_of(world, "masto", date(2026, 11, 20), likes=Moved(None, 4), views=Moved(None, 9))
    day_of(world, "masto", date(2026, 10, 20), likes=Moved(None, 3))
    month = editor.get(f"{FIRM}/today").json["month"]
    assert (month["from"], month["to"]) == ("2026-11-01", "2026-11-25")
    assert [(t["metric"], t["gained"], t["before"]) for t in month["totals"]] == [("likes", 4, 3)]
