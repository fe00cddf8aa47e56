"""What a list of tasks narrows by, and what it hides."""

from __future__ import annotations

from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import API, assert_problem, query_count
from tests.factories import PRDFactory, TaskFactory, create

TASKS = f"{API}/tasks"
pytestmark = pytest.mark.usefixtures("as_app")


def contents(api: APIClient, repository: Repository, **parameters: Any) -> list[str]:
    """What the listed tasks say, oldest first."""
    response = api.get(TASKS, {"repository": repository.name, **parameters})
    assert response.status_code == 200, response.content
    return [row["content"] for row in response.json()["results"]][::-1]


@pytest.fixture
def tasks(repository: Repository) -> None:
    """Five tasks that differ in all that a list narrows by."""
    prd = PRDFactory(repository=repository, id="01990000-0000-7000-8000-000000000001")
    make = TaskFactory
    make(repository=repository, content="a", status="pending", priority="low")
    make(repository=repository, content="b", status="in_progress", assignee="Ann Ü.")
    make(repository=repository, content="c", status="completed", prd=prd)
    make(repository=repository, content="d", status="cancelled", session_id="s-1", prd=prd)
    make(repository=repository, content="e", status="pending", priority="high", assignee="ann")


@pytest.mark.parametrize(
    ("parameters", "expected"),
    [
        ({}, "abcde"),
        ({"status": "pending"}, "ae"),
        ({"status": "pending,completed"}, "ace"),
        ({"status": "completed,completed"}, "c"),
        ({"priority": "low,high"}, "ae"),
        ({"priority": "medium", "status": "cancelled"}, "d"),
        ({"assignee": "Ann Ü."}, "b"),
        ({"assignee": "ann"}, "e"),
        ({"assignee": "An"}, ""),
        ({"assignee": "%"}, ""),
        ({"session_id": "s-1"}, "d"),
        ({"prd_id": "01990000-0000-7000-8000-000000000001"}, "cd"),
        ({"prd_id": "01990000-0000-7000-8000-000000000002"}, ""),
        ({"prd_id": "01990000-0000-7000-8000-000000000001", "status": "completed"}, "c"),
    ],
)
def test_filters(
    api: APIClient, repository: Repository, tasks: None, parameters: dict[str, str], expected: str
) -> None:
    assert contents(api, repository, **parameters) == list(expected)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("status", "done"),
        ("status", "pending,done"),
        ("status", "pending,"),
        ("status", " pending"),
        ("status", ""),
        ("priority", "HIGH"),
        ("assignee", ""),
        ("assignee", "x" * 256),
        ("assignee", "a\0b"),
        ("session_id", " "),
        ("prd_id", "1"),
        ("prd_id", "01990000000070008000000000000001"),
        ("order", "created_at"),
        ("repository", "a\0b"),
    ],
)
def test_a_value_that_a_parameter_cannot_have(
    api: APIClient, repository: Repository, name: str, value: str
) -> None:
    response = api.get(TASKS, {"repository": repository.name, name: value})
    assert_problem(response, 400, "invalid_parameter", name)


def test_deleted_tasks_are_not_listed(api: APIClient, repository: Repository, tasks: None) -> None:
    task = Task.objects.get(content="c")
    assert api.delete(f"{TASKS}/{task.pk}").status_code == 204
    assert contents(api, repository) == list("abde")
    assert contents(api, repository, status="completed") == []


def test_a_deleted_task_stays_in_the_table(
    api: APIClient, owner: User, repository: Repository
) -> None:
    task = create(TaskFactory, repository=repository)
    before = timezone.now()
    api.delete(f"{TASKS}/{task.pk}")
    row = Task.all_objects.get(pk=task.pk)
    assert row.deleted_by == owner
    assert row.deleted_at >= before
    assert row.version == 2
    assert row.content == task.content
    assert not Task.objects.filter(pk=task.pk).exists()


def test_an_archived_repository_is_still_listed(
    api: APIClient, repository: Repository, tasks: None
) -> None:
    Repository.objects.filter(pk=repository.pk).update(archived_at=timezone.now())
    assert contents(api, repository) == list("abcde")


def test_the_one_task_takes_few_statements(
    api: APIClient, repository: Repository, tasks: None
) -> None:
    """Token, its repositories, the task, its dependencies, what it blocks."""
    task = Task.objects.get(content="c")
    assert query_count(api, f"{TASKS}/{task.pk}", {}) <= 5


def test_what_a_task_shows(api: APIClient, repository: Repository) -> None:
    """Every column of the specification has its member."""
    task = TaskFactory(repository=repository, source_first_line=3, source_last_line=9)
    body = api.get(f"{TASKS}/{task.pk}").json()
    assert body == {
        "id": str(task.pk),
        "repository": "acme/rocket",
        "content": task.content,
        "details": "",
        "status": "pending",
        "priority": "medium",
        "complexity": None,
        "complexity_score": None,
        "complexity_version": "",
        "session_id": "",
        "assignee": "",
        "estimated_minutes": None,
        "actual_minutes": None,
        "tags": [],
        "acceptance_criteria": [],
        "parent_task_id": None,
        "dependencies": [],
        "blocks": [],
        "relations": [],
        "ai_suggested": False,
        "pattern_id": None,
        "template_id": None,
        "prd_id": None,
        "source_section": "",
        "source_lines": [3, 9],
        "external_key": None,
        "removed_from_prd_at": None,
        "metadata": {},
        "started_at": None,
        "due_at": None,
        "completed_at": None,
        "deleted_at": None,
        "created_at": body["created_at"],
        "updated_at": body["updated_at"],
        "version": 1,
    }


def test_a_change_of_dependencies_is_a_new_version(api: APIClient, repository: Repository) -> None:
    """Or two callers who both read version 1 each replace the other's dependencies."""
    a, b, c = (TaskFactory(repository=repository) for _ in range(3))
    first = {"dependencies": [str(b.pk)], "version": 1}
    second = {"dependencies": [str(c.pk)], "version": 1}
    assert api.patch(f"{TASKS}/{a.pk}", first, format="json").json()["version"] == 2
    response = api.patch(f"{TASKS}/{a.pk}", second, format="json")
    assert_problem(response, 409, "stale_version")


def test_a_task_of_another_key_is_a_404(api: APIClient, repository: Repository) -> None:
    TaskFactory(repository=repository)
    assert_problem(api.get(f"{TASKS}/{uuid7()}"), 404, "not_found")


def test_a_window_of_creation_is_half_open(api: APIClient, repository: Repository) -> None:
    first, second = (create(TaskFactory, repository=repository) for _ in range(2))
    moment = second.created_at.isoformat()
    later = api.get(TASKS, {"repository": repository.name, "created_after": moment})
    earlier = api.get(TASKS, {"repository": repository.name, "created_before": moment})
    found = [{row["id"] for row in answer.json()["results"]} for answer in (later, earlier)]
    assert str(second.pk) in found[0]
    assert not found[0] & found[1]
    assert found[0] | found[1] == {str(first.pk), str(second.pk)}


@pytest.mark.parametrize("bound", ["created_after", "created_before"])
@pytest.mark.parametrize("moment", ["9999-12-31T23:59:59.999999Z", "0001-01-01T00:00:00Z"])
def test_the_ends_of_time_are_bounds_too(
    api: APIClient, repository: Repository, bound: str, moment: str
) -> None:
    TaskFactory(repository=repository)
    everything = (bound == "created_after") == moment.startswith("0001")
    assert len(contents(api, repository, **{bound: moment})) == int(everything)
