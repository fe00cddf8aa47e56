"""Figures of sessions: they are what a plain computation makes of the rows."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from fractions import Fraction
from random import Random
from typing import Any

import pytest

from apps.accounts.models import User
from apps.analytics.figures.sessions import MOST_TOOLS, read_sessions
from apps.analytics.periods import BucketSize, Period, make_period
from apps.analytics.scopes import Scope
from apps.repositories.models import Repository
from apps.tasks.deletion import delete_task
from apps.work_sessions.models import WorkSession
from apps.work_sessions.productivity import WEIGHTS, Comparison, Figures, judge
from tests.factories import (
    PRDFactory,
    SessionSpanFactory,
    SessionTaskFactory,
    TaskFactory,
    WorkSessionFactory,
)

from . import plain

pytestmark = pytest.mark.django_db
# Nights in which clocks are set: days of 23, 25 and 24.5 hours, and one whose midnight comes twice.
NIGHTS = {
    "Europe/Berlin": ("2026-03-27", "2026-04-01"),
    "America/New_York": ("2025-10-31", "2025-11-04"),
    "Australia/Lord_Howe": ("2026-04-03", "2026-04-07"),
    "America/Havana": ("2025-10-31", "2025-11-04"),
    "America/Sao_Paulo": ("2018-11-02", "2018-11-06"),
}
HOURS = {
    "Europe/Berlin": 23,
    "America/New_York": 25,
    "Australia/Lord_Howe": 24.5,
    "America/Havana": 25,
    "America/Sao_Paulo": 23,
}
HOUR = timedelta(hours=1)
NOW = datetime.fromisoformat("2026-10-01T00:00:00+00:00")
TOOLS = ("edit", "shell", "=search", "browser")


def period_of(zone: str, size: str = "day") -> Period:
    since, until = NIGHTS[zone]
    return make_period(since=since, until=until, tz=zone, size=BucketSize(size), now=NOW)


def judged(random: Random) -> tuple[float, dict[str, Any]]:
    """A score with its factors, of which one may be left out."""
    figures = Figures(
        active=Fraction(3600),
        focused=Fraction(random.randint(0, 3600)),
        started=9,
        completed=random.randint(0, 9),
        comparisons=[Comparison(Fraction(30), Fraction(random.randint(1, 90)))]
        * random.randint(0, 1),
    )
    score = judge(figures)
    assert score is not None
    return score.score, score.factors


def make_sessions(random: Random, repository: Repository, actors: list[Any], period: Period) -> Any:
    """Sessions that begin before, in and after the period, with spans over each other."""
    prd = PRDFactory(repository=repository)
    tasks = [
        TaskFactory(repository=repository, assignee=random.choice(("ada", "mara")),
            prd=random.choice((None, prd)))
        for _ in range(12)
    ]  # fmt: skip
    borders = [*period.starts, period.until]
    for number in range(40):
        start = random.choice(borders) + timedelta(seconds=random.randint(-90_000, 90_000))
        if number % 8 == 0:
            start = random.choice(borders)
        length = timedelta(seconds=random.randint(0, 60_000))
        state = random.choice(("active", "ended", "abandoned"))
        scored = state == "ended" and random.random() < 0.7
        score, factors = judged(random)
        session = WorkSessionFactory(
            repository=repository,
            actor=random.choice(actors),
            state=state,
            start_time=start,
            end_time=None if state == "active" else start + length,
            last_seen_at=start + length,
            tools_used=random.sample(TOOLS, random.randint(0, 3)),
            productivity_score=score if scored else None,
            productivity_version=random.choice(("ps-0", "ps-1")) if scored else "",
            productivity_factors=factors if scored else {},
        )
        for _ in range(random.randint(0, 4)):
            begun = start + timedelta(seconds=random.randint(-3_000, 40_000))
            lasted = timedelta(seconds=random.randint(0, 30_000))
            SessionSpanFactory(session=session, started_at=begun, until=begun + lasted)
        for task in random.sample(tasks, random.randint(0, 3)):
            done = start + length * random.random()  # in the session, as services see to it
            SessionTaskFactory(
                session=session, task=task, completed_at=done if random.random() < 0.7 else None
            )
    return prd, tasks


@pytest.mark.parametrize("size", ["day", "week"])
@pytest.mark.parametrize("narrowed", ["", "assignee", "prd"])
@pytest.mark.parametrize("zone", NIGHTS)
def test_agreement(
    repository: Repository, owner: User, viewer: User, zone: str, narrowed: str, size: str
) -> None:
    random, period = Random(f"{zone}{narrowed}"), period_of(zone, size)
    prd, tasks = make_sessions(random, repository, [owner, viewer, None], period)
    delete_task(actor=owner, task=tasks[0])
    WorkSessionFactory(start_time=period.since)  # another repository's
    scope = Scope(
        repository,
        assignee="ada" if narrowed == "assignee" else "",
        prd_id=prd.pk if narrowed == "prd" else None,
    )
    mine = {
        task.pk
        for task in tasks[1:]
        if (not scope.assignee or task.assignee == "ada")
        and (not scope.prd_id or task.prd_id == prd.pk)
    }
    rows = WorkSession.objects.filter(repository=repository)
    sessions = [
        session
        for session in rows.prefetch_related("spans", "task_links")
        if not narrowed or any(link.task_id in mine for link in session.task_links.all())
    ]
    found = read_sessions(scope, period)

    def figures(since: datetime, until: datetime) -> dict[str, Any]:
        done = {
            link.task_id
            for session in sessions
            for link in session.task_links.all()
            if link.task_id in mine and link.completed_at and since <= link.completed_at < until
        }
        return {
            "sessions": sum(since <= session.start_time < until for session in sessions),
            "active_minutes": pytest.approx(
                plain.active_minutes(sessions, since, until), abs=0.005 + 1e-9
            ),
            "tasks_completed": len(done),
        }

    for bucket in found["buckets"]:
        expected = figures(bucket["start"], bucket["end"])
        assert {name: bucket[name] for name in expected} == expected
    begun = [s for s in sessions if period.since <= s.start_time < period.until]
    scored = [session for session in begun if session.productivity_score is not None]
    states = Counter(session.state for session in begun)
    assert found["total"] == {
        **figures(period.since, period.until),
        **{f"{state}_sessions": states[state] for state in ("active", "ended", "abandoned")},
        "people": len({session.actor_id for session in begun} - {None}),
        "scored": len(scored),
    }
    versions = sorted({session.productivity_version for session in scored})
    assert found["scores"] == [
        mean_score(version, [s for s in scored if s.productivity_version == version])
        for version in versions
    ]
    for row in found["scores"]:
        parts = sum(row[f"{name}_contribution_mean"] for name in WEIGHTS)
        assert parts == pytest.approx(row["score_mean"], abs=0.0002)
    tools = Counter(tool for session in begun for tool in session.tools_used)
    assert {each["tool"]: each["sessions"] for each in found["tools"]} == tools
    assert [each["sessions"] for each in found["tools"]] == sorted(tools.values(), reverse=True)
    if size == "day":
        assert {(b.end - b.start) / HOUR for b in period.buckets} == {24, HOURS[zone]}
    assert len(begun) > 2
    assert found["total"]["active_minutes"] > 0


def mean_score(version: str, sessions: list[Any]) -> dict[str, Any]:
    """The mean of scores, and the means of what they follow from."""

    def mean(values: list[float]) -> Any:
        if not values:
            return None
        return pytest.approx(sum(values) / len(values), abs=0.00005 + 1e-9)

    rows = [
        {factor["name"]: factor for factor in session.productivity_factors["factors"]}
        for session in sessions
    ]
    found = {
        "version": version,
        "sessions": len(sessions),
        "score_mean": mean([session.productivity_score for session in sessions]),
    }
    for name in WEIGHTS:
        values = [row[name]["value"] for row in rows if name in row]
        parts = [row[name]["contribution"] if name in row else 0.0 for row in rows]
        found[f"{name}_sessions"] = len(values)
        found[f"{name}_value_mean"] = mean(values)
        found[f"{name}_contribution_mean"] = mean(parts)
    return found


def test_time_over_midnight_is_split_at_it(repository: Repository) -> None:
    """The night in Berlin in which two o'clock is followed by three: 23 hours of a day."""
    start = datetime.fromisoformat("2026-03-28T22:00:00+01:00")
    session = WorkSessionFactory(
        repository=repository,
        start_time=start,
        last_seen_at=start + timedelta(hours=28),
    )
    SessionSpanFactory(session=session, started_at=start, until=start + timedelta(hours=28))
    found = read_sessions(Scope(repository), period_of("Europe/Berlin"))
    hours = [bucket["active_minutes"] / 60 for bucket in found["buckets"]]
    assert hours == [0, 2, 23, 3, 0]
    assert [bucket["sessions"] for bucket in found["buckets"]] == [0, 1, 0, 0, 0]


@pytest.mark.parametrize("factors", [{"factors": "none"}, {"figures": {}}, {"factors": []}])
def test_a_score_of_another_hand_hides_no_figures(
    repository: Repository, factors: dict[str, Any]
) -> None:
    """What stands in the column past our services may have no factors that can be read."""
    WorkSessionFactory(
        repository=repository,
        start_time=period_of("Europe/Berlin").since,
        last_seen_at=period_of("Europe/Berlin").since,
        productivity_score=0.5,
        productivity_version="by hand",
        productivity_factors=factors,
    )
    [row] = read_sessions(Scope(repository), period_of("Europe/Berlin"))["scores"]
    assert (row["score_mean"], row["focus_sessions"], row["focus_value_mean"]) == (0.5, 0, None)


def test_no_sessions(repository: Repository) -> None:
    found = read_sessions(Scope(repository), period_of("Europe/Berlin"))
    assert set(found["total"].values()) == {0}
    assert found["scores"] == found["tools"] == []
    assert len(found["buckets"]) == 5


def test_of_very_many_tools_the_most_used(repository: Repository) -> None:
    start = period_of("Europe/Berlin").since
    tools = [f"tool {n:03}" for n in range(MOST_TOOLS + 7)]
    for used in (tools, tools[3:4]):
        WorkSessionFactory(
            repository=repository, start_time=start, last_seen_at=start, tools_used=used
        )
    found = read_sessions(Scope(repository), period_of("Europe/Berlin"))
    assert found["tools"][0] == {"tool": "tool 003", "sessions": 2}
    assert len(found["tools"]) == MOST_TOOLS
    assert found["other_tools"] == 7
