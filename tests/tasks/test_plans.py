"""How PostgreSQL answers the first queries: which partitions it opens, and that it never scans."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection

from apps.core.ids import uuid7
from apps.core.partitioning import partitions_of
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.factories import RepositoryFactory

ROWS = 5_000
FUTURE_PARTITIONS = 4

pytestmark = pytest.mark.django_db


@pytest.fixture
def busy_repository(db: None) -> Repository:
    """A repository with many tasks among others', a few of them in progress; with statistics."""
    repositories = [RepositoryFactory() for _ in range(10)]
    Task.objects.bulk_create(
        Task(
            id=uuid7(),
            repository=repositories[n % 10],
            content=f"task {n}",
            status="in_progress" if n % 500 == 3 else "pending",
        )
        for n in range(ROWS)
    )
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE tasks")
    return repositories[3]


def nodes(plan: dict[str, Any]) -> Iterator[dict[str, Any]]:
    yield plan
    for child in plan.get("Plans", []):
        yield from nodes(child)


def scans(queryset: Any) -> list[dict[str, Any]]:
    """The scans of tasks' partitions that really ran."""
    plan = json.loads(queryset.explain(format="json", analyze=True))[0]["Plan"]
    tables = {partition.name for partition in partitions_of("tasks")}
    return [
        node
        for node in nodes(plan)
        if node.get("Relation Name") in tables and node["Actual Loops"] > 0
    ]


def test_get_by_id_touches_one_partition(busy_repository: Repository) -> None:
    newest = Task.objects.order_by("-id").first()
    ran = scans(Task.objects.filter(pk=newest.pk))
    assert len(ran) == 1
    assert ran[0]["Node Type"] == "Index Scan"


def test_the_first_page_of_a_repository_stops_in_the_newest_partitions(
    busy_repository: Repository,
) -> None:
    page = Task.objects.filter(repository=busy_repository).order_by("-id")[:51]
    ran = scans(page)
    assert len(ran) <= FUTURE_PARTITIONS + 2
    with_rows = [node for node in ran if node["Actual Rows"] > 0]
    assert len(with_rows) == 1
    assert with_rows[0]["Index Name"].startswith("tasks_2")
    assert "Index Scan" in with_rows[0]["Node Type"]
    assert with_rows[0]["Actual Rows"] <= 51


def test_a_deep_page_touches_one_partition(busy_repository: Repository) -> None:
    tasks = Task.objects.filter(repository=busy_repository).order_by("-id")
    deep = tasks[400]
    ran = scans(tasks.filter(pk__lt=deep.pk)[:51])
    # The cursor prunes the future partitions while the statement is planned.
    assert len([node for node in ran if node["Actual Rows"] > 0]) == 1
    assert len(ran) <= 2


def test_a_status_page_uses_its_index(busy_repository: Repository) -> None:
    tasks = Task.objects.filter(repository=busy_repository, status="in_progress")
    with_rows = [node for node in scans(tasks.order_by("-id")[:51]) if node["Actual Rows"] > 0]
    assert len(with_rows) == 1
    assert "Index" in with_rows[0]["Node Type"]
    assert with_rows[0].get("Rows Removed by Filter", 0) == 0
