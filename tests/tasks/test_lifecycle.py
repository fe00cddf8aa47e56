"""The statuses of a task and the times that follow them, through the API."""

from __future__ import annotations

from itertools import product
from typing import Any

import pytest
from django.utils.dateparse import parse_datetime
from rest_framework.test import APIClient

from apps.repositories.models import Repository
from apps.tasks.choices import TaskStatus
from apps.tasks.lifecycle import TRANSITIONS
from apps.tasks.models import Task
from tests.contracts import API, assert_problem, nothing_written
from tests.factories import TaskFactory, create

TASKS = f"{API}/tasks"
pytestmark = pytest.mark.usefixtures("as_app")

# DESIGN §4, by hand: the test would prove nothing if it read the table that it tests.
ALLOWED = {
    ("pending", "in_progress"),
    ("pending", "completed"),
    ("pending", "cancelled"),
    ("in_progress", "pending"),
    ("in_progress", "completed"),
    ("in_progress", "cancelled"),
    ("completed", "in_progress"),
    ("cancelled", "pending"),
}


def move(api: APIClient, task: Any, status: str) -> Any:
    """PATCH the status."""
    return api.patch(f"{TASKS}/{task.pk}", {"status": status}, format="json")


@pytest.mark.parametrize(("before", "after"), list(product(TaskStatus.values, repeat=2)))
def test_every_pair_of_statuses(
    api: APIClient, repository: Repository, before: str, after: str
) -> None:
    task = create(TaskFactory, repository=repository, status=before)
    if before == after:
        with nothing_written():
            response = move(api, task, after)
        assert (response.status_code, response.json()["version"]) == (200, 1)
    elif (before, after) in ALLOWED:
        response = move(api, task, after)
        assert (response.status_code, response.json()["status"]) == (200, after)
    else:
        with nothing_written():
            response = move(api, task, after)
        problem = assert_problem(response, 409, "invalid_transition", "/status")
        named = problem["detail"].split("can go to: ")[1].rstrip(".").split(", ")
        assert named == sorted(end for start, end in ALLOWED if start == before)
        task.refresh_from_db()
        assert (task.status, task.version) == (before, 1)


def test_the_table_is_the_designs() -> None:
    assert {(a, b) for a, ends in TRANSITIONS.items() for b in ends} == ALLOWED


def test_times_follow_the_status(api: APIClient, repository: Repository) -> None:
    task = TaskFactory(repository=repository)

    def times(status: str) -> tuple[Any, Any]:
        body = move(api, task, status).json()
        assert body["status"] == status
        return tuple(body[name] and parse_datetime(body[name]) for name in names)  # type: ignore[return-value]

    names = ("started_at", "completed_at")
    started, completed = times("in_progress")
    assert started is not None
    assert completed is None
    again, completed = times("completed")
    assert again == started
    assert completed > started
    assert times("in_progress") == (started, None)
    assert times("pending") == (None, None)
    assert times("cancelled") == (None, None)
    assert times("pending") == (None, None)
    later, _ = times("in_progress")
    assert later > started


def test_a_task_may_be_completed_without_ever_having_been_started(
    api: APIClient, repository: Repository
) -> None:
    task = TaskFactory(repository=repository)
    body = move(api, task, "completed").json()
    assert body["completed_at"] is not None
    assert body["started_at"] is None


@pytest.mark.parametrize("status", TaskStatus.values)
def test_a_task_may_come_in_any_status(api: APIClient, repository: Repository, status: str) -> None:
    body = {"repository": repository.name, "content": "Dig", "status": status}
    task = api.post(TASKS, body, format="json").json()
    assert task["status"] == status
    assert (task["completed_at"] is not None) == (status == "completed")
    assert (task["started_at"] is not None) == (status == "in_progress")


def test_what_else_a_refused_move_carries_is_not_written(
    api: APIClient, repository: Repository
) -> None:
    task = create(TaskFactory, repository=repository, status="completed")
    other = TaskFactory(repository=repository)
    body = {"status": "pending", "content": "Other", "dependencies": [str(other.pk)]}
    with nothing_written():
        response = api.patch(f"{TASKS}/{task.pk}", body, format="json")
    assert_problem(response, 409, "invalid_transition", "/status")
    assert Task.objects.get(pk=task.pk).content == task.content
