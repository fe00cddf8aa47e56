"""A task's parent: a live task of the same repository, never one that stands below it."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks.deletion import restore_task
from apps.tasks.models import Task
from tests.contracts import API, assert_problem, nothing_written
from tests.factories import MemberFactory, RepositoryFactory, TaskFactory

TASKS = f"{API}/tasks"
pytestmark = pytest.mark.usefixtures("as_app")


def put_below(api: APIClient, task: Task, parent: Task | None) -> Any:
    """PATCH the parent."""
    body = {"parent_task_id": parent and str(parent.pk)}
    return api.patch(f"{TASKS}/{task.pk}", body, format="json")


@pytest.fixture
def tasks(repository: Repository) -> list[Task]:
    """Four tasks without parents."""
    return [TaskFactory(repository=repository) for _ in range(4)]


def test_a_parent_is_set_changed_and_taken_away(
    api: APIClient, repository: Repository, tasks: list[Task]
) -> None:
    a, b, *_ = tasks
    body = {"repository": repository.name, "content": "Dig", "parent_task_id": str(a.pk)}
    child = Task.objects.get(pk=api.post(TASKS, body, format="json").json()["id"])
    assert child.parent_task_id == a.pk
    assert put_below(api, child, b).json()["parent_task_id"] == str(b.pk)
    assert put_below(api, child, None).json()["parent_task_id"] is None


def test_a_task_is_not_its_own_parent(
    api: APIClient, repository: Repository, tasks: list[Task]
) -> None:
    key = str(uuid7())
    body = {"repository": repository.name, "content": "x", "id": key, "parent_task_id": key}
    with nothing_written():
        own = put_below(api, tasks[0], tasks[0])
        new = api.post(TASKS, body, format="json")
    for response in (own, new):
        assert_problem(response, 400, "invalid_request", "/parent_task_id")


def test_a_parent_lives_in_the_same_repository(
    api: APIClient, owner: Any, repository: Repository, tasks: list[Task]
) -> None:
    other = RepositoryFactory()
    MemberFactory(repository=other, user=owner)
    foreign, gone = TaskFactory(repository=other), tasks[1]
    api.delete(f"{TASKS}/{gone.pk}")
    for parent in (foreign, gone):
        body = {
            "repository": repository.name,
            "content": "Dig",
            "parent_task_id": str(parent.pk),
        }
        with nothing_written():
            for response in (
                put_below(api, tasks[0], parent),
                api.post(TASKS, body, format="json"),
            ):
                assert_problem(response, 400, "invalid_request", "/parent_task_id")


@pytest.mark.parametrize("length", [2, 3, 4])
def test_a_task_does_not_stand_below_itself(api: APIClient, tasks: list[Task], length: int) -> None:
    """A container is never work itself, so a circle of containers would never be ready."""
    line = tasks[:length]
    for task, parent in zip(line[1:], line, strict=False):
        assert put_below(api, task, parent).status_code == 200
    with nothing_written():
        response = put_below(api, line[0], line[-1])
    problem = assert_problem(response, 400, "invalid_request", "/parent_task_id")
    assert problem["cycle"] == [str(task.pk) for task in (line[0], *reversed(line))]


def test_a_branch_may_move(api: APIClient, tasks: list[Task]) -> None:
    a, b, c, d = tasks
    put_below(api, b, a)
    put_below(api, c, b)
    assert put_below(api, b, d).status_code == 200
    assert put_below(api, a, c).status_code == 200


def test_a_deleted_parent_is_still_named(api: APIClient, owner: User, tasks: list[Task]) -> None:
    """Whoever restores it finds its children again."""
    a, b, *_ = tasks
    put_below(api, b, a)
    for task in (b, a):
        assert api.delete(f"{TASKS}/{task.pk}").status_code == 204
    restore_task(actor=owner, task=b)
    assert api.get(f"{TASKS}/{b.pk}").json()["parent_task_id"] == str(a.pk)
