"""The evidence of a pattern, for those who may see it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.planning.models import PatternOccurrence
from apps.planning.services.mining_runs import mine_patterns
from apps.repositories.models import Repository
from apps.task_patterns.models import TaskPattern
from apps.tasks.models import Task
from tests.contracts import API, ClientOf, assert_problem, query_count
from tests.contracts.resource import another_repository
from tests.factories import (
    PatternEvidenceFactory,
    PatternOccurrenceFactory,
    PatternRepositoryFactory,
    TaskFactory,
    TaskPatternFactory,
    deletion,
)

from .finished import HABIT, finish

pytestmark = pytest.mark.usefixtures("as_app")


def address(pattern: Any) -> str:
    return f"{API}/patterns/{getattr(pattern, 'pk', pattern)}/occurrences"


def occurrence(pattern: TaskPattern, repository: Repository, **values: Any) -> PatternOccurrence:
    made: PatternOccurrence = PatternOccurrenceFactory(
        pattern=pattern, repository=repository, **values
    )
    for position in (2, 1):
        task = TaskFactory(repository=repository, content=f"Step {position}")
        PatternEvidenceFactory(occurrence=made, position=position, task=task)
    return made


@pytest.fixture
def pattern(repository: Repository) -> TaskPattern:
    made: TaskPattern = TaskPatternFactory()
    PatternRepositoryFactory(pattern=made, repository=repository)
    return made


def test_what_was_mined_is_shown_with_its_tasks(api: APIClient, repository: Repository) -> None:
    tasks = finish(repository, HABIT)
    mine_patterns(repository=repository)
    found = TaskPattern.objects.get(signature="wt-1:design>implement>test>review")
    rows = api.get(address(found)).json()["results"]
    assert len(rows) == 12
    assert [row["last_at"] for row in rows] == sorted(row["last_at"] for row in rows)[::-1]
    oldest = rows[-1]
    assert (oldest["repository"], oldest["stream"]) == (repository.name, "session session-0")
    assert (oldest["minutes"], oldest["succeeded"]) == (75, True)
    assert oldest["tasks"] == [
        {"position": place, "id": str(task.pk), "content": task.content, "status": "completed"}
        for place, task in enumerate(tasks[:4], 1)
    ]


def test_evidence_of_others_is_not_there(
    owner: User,
    viewer: User,
    outsider: User,
    repository: Repository,
    pattern: TaskPattern,
    client_of: ClientOf,
) -> None:
    other = another_repository(owner)
    PatternRepositoryFactory(pattern=pattern, repository=other)
    ours, theirs = occurrence(pattern, repository), occurrence(pattern, other)

    def read(client: APIClient, **parameters: str) -> set[str]:
        response = client.get(address(pattern), parameters)
        assert response.status_code == 200, response.content
        return {row["id"] for row in response.json()["results"]}

    assert read(client_of(owner)) == {str(ours.pk), str(theirs.pk)}
    assert read(client_of(owner), repository=other.name) == {str(theirs.pk)}
    assert read(client_of(viewer, "read")) == {str(ours.pk)}
    assert read(client_of(owner, "read", other)) == {str(theirs.pk)}
    hidden = client_of(viewer).get(address(pattern), {"repository": other.name})
    assert_problem(hidden, 404, "not_found", "repository")
    unseen, absent = (client_of(outsider).get(address(key)) for key in (pattern, uuid7()))
    for response in (unseen, absent):
        assert_problem(response, 404, "not_found")
    assert_problem(APIClient().get(address(pattern)), 401, "not_authenticated")


def test_deleted_tasks_are_left_out_and_come_back(
    api: APIClient, repository: Repository, pattern: TaskPattern
) -> None:
    made = occurrence(pattern, repository)
    first = made.evidence.get(position=1).task_id
    Task.objects.filter(pk=first).update(**deletion())

    def positions() -> list[int]:
        [row] = api.get(address(pattern)).json()["results"]
        return [task["position"] for task in row["tasks"]]

    assert positions() == [2]
    Task.all_objects.filter(pk=first).update(deleted_at=None, deletion_batch=None)
    assert positions() == [1, 2]


def test_pages_filters_and_statements(
    api: APIClient, repository: Repository, pattern: TaskPattern
) -> None:
    now = timezone.now()
    for age in range(3):
        occurrence(pattern, repository, first_at=now - timedelta(days=age), succeeded=age != 1)
    page = api.get(address(pattern), {"limit": 2}).json()
    rest = api.get(address(pattern), {"limit": 2, "cursor": page["next"]}).json()
    ends = [row["last_at"] for row in page["results"] + rest["results"]]
    assert (len(ends), ends, rest["next"]) == (3, sorted(ends, reverse=True), None)
    failed = api.get(address(pattern), {"succeeded": "false"}).json()["results"]
    assert [row["succeeded"] for row in failed] == [False]
    few = query_count(api, address(pattern), {})
    for _ in range(10):
        occurrence(pattern, repository)
    assert query_count(api, address(pattern), {}) == few <= 10
    for name in ("task", "order_by"):
        assert_problem(api.get(address(pattern), {name: "x"}), 400, "unknown_parameter", name)
    response = api.get(address(pattern), {"succeeded": "1"})
    assert_problem(response, 400, "invalid_parameter", "succeeded")
