"""Every figure is what a plain computation over the same rows and events makes of them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import transaction
from pytest_django.plugin import DjangoDbBlocker

from apps.analytics.figures.ageing import BINS, read_ageing
from apps.analytics.figures.complexity import read_complexity
from apps.analytics.figures.estimates import BINS as RATIOS
from apps.analytics.figures.estimates import COMPLEXITIES, read_estimates
from apps.analytics.figures.flow import read_flow
from apps.analytics.figures.throughput import read_throughput
from apps.analytics.figures.times import read_times
from apps.analytics.periods import BucketSize, Period, make_period
from apps.analytics.scopes import Scope
from apps.core.partitioning import create_missing_partitions
from apps.prds.models import PRD
from apps.repositories.models import Repository
from tests.factories import PRDFactory, RepositoryFactory

from . import plain
from .plain import Plain
from .worlds import make_world

# Around the night in which clocks are set, in each zone; half an hour at a time on Lord Howe.
ZONES = {
    "Europe/Berlin": ("2026-03-26", "2026-04-02"),
    "America/New_York": ("2026-10-29", "2026-11-06"),
    "Australia/Lord_Howe": ("2026-04-02", "2026-04-09"),
    "Asia/Kolkata": ("2026-02-26", "2026-03-04"),
    "UTC": ("2026-01-26", "2026-02-03"),
}
NOW = datetime(2026, 12, 1, tzinfo=UTC)
SEEDS = range(3)


@pytest.fixture(scope="module")
def partitions(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Room for rows of old; gone with the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        create_missing_partitions(since=datetime(2026, 1, 1, tzinfo=UTC))
        yield
        transaction.set_rollback(True)


def near(expected: Any, digits: int = 2) -> Any:
    """Equal, but for what rounding takes."""
    if isinstance(expected, dict):
        return {key: near(value, digits) for key, value in expected.items()}
    if isinstance(expected, float):
        return pytest.approx(expected, abs=0.5 * 10**-digits + 1e-9)
    return expected


def period_of(zone: str, size: str | None, **bounds: str) -> Period:
    since, until = ZONES[zone]
    return make_period(
        since=bounds.get("since", since),
        until=bounds.get("until", until),
        tz=zone,
        size=BucketSize(size) if size else None,
        now=NOW,
    )


def units(period: Period, size: str) -> list[Any]:
    """The days, weeks or months of a period, found without its borders: hour by hour."""
    found: dict[Any, None] = {}
    moment = period.since
    while moment < period.until:
        found[plain.unit_of(moment, period.zone, size)] = None
        moment += timedelta(minutes=30)
    return list(found)


Told = tuple[str, Scope, Plain]


@pytest.fixture(scope="module")
def worlds(partitions: None) -> dict[tuple[str, int], Told]:
    """For each zone and seed a repository with a history around a night of the zone."""
    return {(zone, seed): told(zone, seed) for zone in ZONES for seed in SEEDS}


def told(zone: str, seed: int) -> Told:
    """One of them, with another repository beside it. Each seed narrows to something else."""
    repository, other = RepositoryFactory(), RepositoryFactory()
    prd = PRDFactory(repository=repository)
    days = period_of(zone, "day")
    moments = [*days.starts, days.until]
    make_world(seed, repository, moments, tasks=60)
    make_world(seed + 100, other, moments, tasks=5)
    narrowed: dict[str, Any] = [{}, {"assignee": "ada"}, {"prd_id": prd.pk}][seed]
    return zone, Scope(repository, **narrowed), Plain.of(repository, **narrowed)


@pytest.fixture(params=[(zone, seed) for zone in ZONES for seed in SEEDS], ids=str)
def world(request: Any, worlds: dict[Any, Told], db: None) -> Told:
    found: Told = worlds[request.param]
    return found


SIZES = ("day", "week", "month")


@pytest.mark.parametrize("size", SIZES)
def test_throughput(world: Any, size: str) -> None:
    zone, scope, rows = world
    period = period_of(zone, size)
    found = read_throughput(scope, period)
    expected = plain.throughput(rows, period.since, period.until)
    names = units(period, size)
    assert [plain.unit_of(b["start"], period.zone, size) for b in found["buckets"]] == names
    for what, moments in expected.items():
        by_unit = [plain.unit_of(moment, period.zone, size) for moment in moments]
        assert [b[what] for b in found["buckets"]] == [by_unit.count(name) for name in names], what
        assert found["total"][what] == len(moments)


@pytest.mark.parametrize("size", SIZES)
def test_times(world: Any, size: str) -> None:
    zone, scope, rows = world
    period = period_of(zone, size)
    found = read_times(scope, period)
    tasks = rows.completed(period.since, period.until)
    assert found["total"] == near(plain.times(tasks))
    for name, bucket in zip(units(period, size), found["buckets"], strict=True):
        own = [t for t in tasks if plain.unit_of(t.completed_at, period.zone, size) == name]
        expected = near(plain.times(own))
        assert {key: bucket[key] for key in expected} == expected


@pytest.mark.parametrize("size", SIZES)
def test_flow(world: Any, size: str) -> None:
    zone, scope, rows = world
    period = period_of(zone, size)
    found = read_flow(scope, period)
    assert found["opening"] == rows.flow_at(period.since)
    names = units(period, size)
    for place, bucket in enumerate(found["buckets"]):
        last = place + 1 == len(names)
        end = period.until if last else found["buckets"][place + 1]["start"]
        counts = {status: bucket[status] for status in plain.STATUSES}
        assert counts == rows.flow_at(end)
        if not last:  # the end is where the next unit begins
            assert plain.unit_of(end, period.zone, size) == names[place + 1]
            before = end - timedelta(milliseconds=1)
            assert plain.unit_of(before, period.zone, size) == names[place]


def test_flow_to_the_end_is_what_is_there(world: Any) -> None:
    zone, scope, rows = world
    period = make_period(
        since="2026-01-02", until="2026-11-30", tz=zone, size=BucketSize.MONTH, now=NOW
    )
    last = read_flow(scope, period)["buckets"][-1]
    there = [task.status for task in rows.live]
    assert {s: last[s] for s in plain.STATUSES} == {s: there.count(s) for s in plain.STATUSES}


def test_estimates(world: Any) -> None:
    zone, scope, rows = world
    period = period_of(zone, None)
    found = read_estimates(scope, period)
    tasks = rows.completed(period.since, period.until)
    assert found["completed"] == len(tasks)
    assert found["total"] == near(plain.estimates(tasks), 4)
    for name, group in zip(COMPLEXITIES, found["complexities"], strict=True):
        own = [task for task in tasks if task.complexity == name]
        assert group == {"complexity": name, **near(plain.estimates(own), 4)}
    ratios = [
        t.actual_minutes / t.estimated_minutes
        for t in tasks
        if t.estimated_minutes and t.actual_minutes is not None
    ]
    ends = [*RATIOS[1:], float("inf")]
    expected = [sum(a <= ratio < b for ratio in ratios) for a, b in zip(RATIOS, ends, strict=True)]
    assert [each["count"] for each in found["bins"]] == expected


def test_complexity(world: Any) -> None:
    zone, scope, rows = world
    period = period_of(zone, None)
    found = read_complexity(scope, period)
    made, done = (f(period.since, period.until) for f in (rows.made, rows.completed))
    share = {"completion_share"}
    for name, group in [
        *zip(COMPLEXITIES, found["complexities"], strict=True),
        ("*", {"complexity": "*", **found["total"]}),
    ]:
        expected = plain.complexity(
            [task for task in made if name in ("*", task.complexity)],
            [task for task in done if name in ("*", task.complexity)],
        )
        assert group.keys() - {"complexity"} == expected.keys()
        for key, value in expected.items():
            assert group[key] == near(value, 4 if key in share else 2), (name, key)


def test_ageing(world: Any) -> None:
    _, scope, rows = world
    now = datetime(2026, 4, 1, 12, tzinfo=UTC)
    found = read_ageing(scope, now, oldest=3)
    tasks = sorted(
        (t for t in rows.live if t.status in ("pending", "in_progress")), key=lambda t: t.pk
    )
    ages = [max(plain.minutes(now - t.created_at), 0) for t in tasks]
    working = {
        t.pk: max(plain.minutes(now - t.started_at), 0) for t in tasks if t.status == "in_progress"
    }
    for kind, values in (("open", ages), ("in_progress", list(working.values()))):
        expected = {"count": len(values), **plain.spread("age_minutes", values)}
        assert found[kind] == near(expected)
        ends = [*BINS[1:], float("inf")]
        assert [each[kind] for each in found["bins"]] == [
            sum(a <= age / 1440 < b for age in values) for a, b in zip(BINS, ends, strict=True)
        ]
    assert [each["id"] for each in found["oldest"]] == [t.pk for t in tasks[:3]]
    for task, each in zip(tasks, found["oldest"], strict=False):
        assert each["content"] == task.content
        assert each["created_at"] == task.created_at
        assert each["started_at"] == task.started_at
        assert each["in_progress_minutes"] == near(working.get(task.pk))
    hands = {
        each["assignee"] or "": (each["in_progress"], each["in_progress_minutes_max"])
        for each in found["assignees"]
    }
    by_hand = {
        name: [working[t.pk] for t in tasks if t.pk in working and t.assignee == name]
        for name in {t.assignee for t in tasks if t.pk in working}
    }
    assert hands.keys() == by_hand.keys()
    for name, spans in by_hand.items():
        assert hands[name] == (len(spans), near(max(spans)))


def test_an_empty_repository(partitions: None, repository: Repository) -> None:
    scope, day = Scope(repository), period_of("UTC", "day")
    assert read_throughput(scope, day)["total"] == dict.fromkeys(
        ("created", "completed", "cancelled"), 0
    )
    assert read_times(scope, day)["total"] == plain.times([])
    assert read_flow(scope, day)["opening"] == dict.fromkeys(plain.STATUSES, 0)
    whole = period_of("UTC", None)
    assert read_estimates(scope, whole)["total"] == plain.estimates([])
    assert read_complexity(scope, whole)["total"] == plain.complexity([], [])
    ages = read_ageing(scope, NOW)
    assert ages["open"] == {"count": 0, **plain.spread("age_minutes", [])}
    assert ages["oldest"] == ages["assignees"] == []


def test_the_worlds_have_something_of_everything(world: Any) -> None:
    """Else agreement would say little."""
    zone, scope, rows = world
    period = period_of(zone, "day")
    if scope.assignee or scope.prd_id:
        return
    labels = {event.pgh_label for story in rows.events.values() for event in story}
    assert labels == {"insert", "update", "delete"}
    assert all(plain.throughput(rows, period.since, period.until).values())
    assert sum(rows.flow_at(period.since).values()) > 0
    zone_days = {(b.end - b.start) / timedelta(hours=1) for b in period.buckets}
    expected = {
        "Europe/Berlin": {23, 24},
        "America/New_York": {24, 25},
        "Australia/Lord_Howe": {24, 24.5},
    }
    assert zone_days == expected.get(zone, {24})
    assert PRD.objects.filter(repository=scope.repository).count() == 1
    assert isinstance(period.zone, ZoneInfo)


def test_the_worlds_have_work_that_was_completed_before_it_was_started(worlds: Any) -> None:
    """As imports may tell it: its lead time can be measured, its cycle time cannot."""
    done = [
        task
        for zone, _, rows in worlds.values()
        for task in rows.completed(period_of(zone, None).since, period_of(zone, None).until)
        if task.started_at
    ]
    assert any(task.created_at <= task.completed_at < task.started_at for task in done)
    assert any(task.created_at <= task.started_at <= task.completed_at for task in done)
