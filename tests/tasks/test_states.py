"""Ready, blocked, overdue; what closing a task over open work meets; links in both directions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import API, assert_problem, nothing_written
from tests.factories import (
    TaskClaimFactory,
    TaskDependencyFactory,
    TaskFactory,
    deletion,
    expire,
)

TASKS = f"{API}/tasks"
pytestmark = pytest.mark.django_db


@pytest.fixture
def pair(repository: Repository) -> tuple[Task, Task]:
    """A task and the one that it waits for."""
    link = TaskDependencyFactory(task__repository=repository)
    return link.task, link.depends_on


def listed(api: APIClient, repository: Repository, state: str) -> set[str]:
    """The ids that the filter shows."""
    answer = api.get(TASKS, {"repository": repository.name, "state": state}).json()
    return {task["id"] for task in answer["results"]}


@pytest.mark.parametrize(
    ("values", "setting", "waits"),
    [
        ({"status": "pending"}, None, True),
        ({"status": "in_progress"}, None, True),
        ({"status": "completed"}, None, False),
        ({"status": "cancelled"}, None, False),
        ({"status": "cancelled"}, "block", True),
        ({"status": "cancelled"}, "release", False),
        ({"status": "pending", "deleted": True}, None, False),
    ],
)
def test_what_a_blocker_does(
    api: APIClient,
    repository: Repository,
    pair: tuple[Task, Task],
    values: dict[str, Any],
    setting: str | None,
    waits: bool,
) -> None:
    task, blocker = pair
    gone = deletion() if values.pop("deleted", False) else {}
    Task.all_objects.filter(pk=blocker.pk).update(**values, **gone)
    if setting:
        Repository.objects.filter(pk=repository.pk).update(settings={"cancelled_blockers": setting})
    assert (str(task.pk) in listed(api, repository, "blocked")) == waits
    assert (str(task.pk) in listed(api, repository, "ready")) != waits


def test_other_kinds_hold_nothing_up(api: APIClient, repository: Repository) -> None:
    link = TaskDependencyFactory(task__repository=repository, kind="related")
    assert listed(api, repository, "ready") == {str(link.task_id), str(link.depends_on_id)}


def test_a_container_is_ready_when_its_children_are_closed(
    api: APIClient, repository: Repository
) -> None:
    parent = TaskFactory(repository=repository)
    child = TaskFactory(repository=repository, parent_task=parent)
    assert listed(api, repository, "ready") == {str(child.pk)}
    Task.objects.filter(pk=child.pk).update(status="completed")
    assert listed(api, repository, "ready") == {str(parent.pk)}


def test_a_claim_holds_until_it_expires(api: APIClient, repository: Repository) -> None:
    claim = TaskClaimFactory(task__repository=repository)
    assert listed(api, repository, "ready") == set()
    expire(claim)
    assert listed(api, repository, "ready") == {str(claim.task_id)}
    assert Task.objects.get(pk=claim.task_id).version == 1


def test_overdue_is_open_and_late(api: APIClient, repository: Repository) -> None:
    past, future = (timezone.now() + timedelta(days=days) for days in (-1, 1))
    late = TaskFactory(repository=repository, due_at=past)
    TaskFactory(repository=repository, due_at=past, status="completed")
    TaskFactory(repository=repository, due_at=future)
    assert listed(api, repository, "overdue") == {str(late.pk)}


@pytest.mark.parametrize(("rule", "status"), [(None, 409), ("warn", 200), ("allow", 200)])
def test_closing_over_open_work(
    api: APIClient, repository: Repository, pair: tuple[Task, Task], rule: str | None, status: int
) -> None:
    task, blocker = pair
    if rule:
        settings = {"closing_with_open_work": rule}
        Repository.objects.filter(pk=repository.pk).update(settings=settings)
    response = api.patch(f"{TASKS}/{task.pk}", {"status": "completed"}, format="json")
    assert response.status_code == status
    if status == 409:
        assert_problem(response, 409, "open_work", "/status")
    assert (str(blocker.pk) in response.get("TaskHub-Warning", "")) == (rule == "warn")


def test_blocks_is_the_other_side_of_dependencies(api: APIClient, repository: Repository) -> None:
    a, b = (TaskFactory(repository=repository) for _ in range(2))
    body = api.patch(f"{TASKS}/{a.pk}", {"blocks": [str(b.pk)]}, format="json").json()
    assert body["blocks"] == [str(b.pk)]
    waiting = api.get(f"{TASKS}/{b.pk}").json()
    assert (waiting["dependencies"], waiting["version"]) == ([str(a.pk)], 2)
    with nothing_written():
        circle = api.patch(f"{TASKS}/{b.pk}", {"blocks": [str(a.pk)]}, format="json")
    assert_problem(circle, 409, "dependency_cycle", "/blocks")
    assert api.patch(f"{TASKS}/{a.pk}", {"blocks": []}, format="json").json()["blocks"] == []


def test_relations_hold_nothing_up_and_do_not_soften(
    api: APIClient, repository: Repository, pair: tuple[Task, Task]
) -> None:
    task, blocker = pair
    other = TaskFactory(repository=repository)
    relation = {"task_id": str(other.pk), "kind": "discovered_from"}
    answer = api.patch(f"{TASKS}/{task.pk}", {"relations": [relation]}, format="json").json()
    assert answer["relations"] == [relation]
    assert answer["dependencies"] == [str(blocker.pk)]
    soft = {"relations": [{"task_id": str(blocker.pk), "kind": "related"}]}
    with nothing_written():
        refused = api.patch(f"{TASKS}/{task.pk}", soft, format="json")
    assert_problem(refused, 400, "invalid_request", "/relations/0")
