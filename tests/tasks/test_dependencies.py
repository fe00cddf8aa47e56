"""What a task depends on and what it blocks: two views of the same rows."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks.choices import DependencyKind
from apps.tasks.models import Task, TaskDependency
from tests.contracts import API, assert_problem, nothing_written
from tests.factories import RepositoryFactory, TaskDependencyFactory, TaskFactory

TASKS = f"{API}/tasks"
pytestmark = pytest.mark.usefixtures("as_app")


@pytest.fixture
def tasks(repository: Repository) -> list[Task]:
    """Five tasks without dependencies."""
    return [TaskFactory(repository=repository) for _ in range(5)]


def depend(api: APIClient, task: Task, *others: Task) -> Any:
    """PATCH the dependencies."""
    body = {"dependencies": [str(other.pk) for other in others]}
    return api.patch(f"{TASKS}/{task.pk}", body, format="json")


def links(api: APIClient, task: Task) -> tuple[list[str], list[str]]:
    """The task's dependencies and what it blocks, as the API shows them."""
    body = api.get(f"{TASKS}/{task.pk}").json()
    return body["dependencies"], body["blocks"]


def keys(*tasks: Task) -> list[str]:
    """Their ids."""
    return [str(task.pk) for task in tasks]


def test_a_dependency_shows_on_both_sides(
    api: APIClient, repository: Repository, tasks: list[Task]
) -> None:
    a, b, c, *_ = tasks
    body = {"repository": repository.name, "content": "Dig", "dependencies": keys(b, a)}
    new = api.post(TASKS, body, format="json").json()
    assert new["dependencies"] == keys(b, a)
    assert links(api, a) == ([], [new["id"]])
    assert depend(api, c, a).json()["dependencies"] == keys(a)
    assert links(api, a) == ([], [new["id"], str(c.pk)])


def test_the_list_that_is_sent_replaces_the_one_that_was(api: APIClient, tasks: list[Task]) -> None:
    a, b, c, d, _ = tasks
    depend(api, a, b, c)
    kept = TaskDependency.objects.get(task=a, depends_on=c)
    assert depend(api, a, d, c).json()["dependencies"] == keys(c, d)
    assert TaskDependency.objects.get(task=a, depends_on=c).pk == kept.pk
    with nothing_written():
        assert depend(api, a, c, d).status_code == 200
    assert depend(api, a).json()["dependencies"] == []
    assert TaskDependency.objects.count() == 0


def test_a_task_cannot_depend_on_itself(api: APIClient, tasks: list[Task]) -> None:
    with nothing_written():
        response = depend(api, tasks[0], tasks[1], tasks[0])
    assert_problem(response, 400, "invalid_request", "/dependencies")


def test_a_new_task_cannot_depend_on_itself(api: APIClient, repository: Repository) -> None:
    key = str(uuid7())
    body = {"repository": repository.name, "content": "x", "id": key, "dependencies": [key]}
    with nothing_written():
        response = api.post(TASKS, body, format="json")
    assert_problem(response, 400, "invalid_request", "/dependencies")


def test_a_task_is_named_once(api: APIClient, tasks: list[Task]) -> None:
    with nothing_written():
        response = depend(api, tasks[0], tasks[1], tasks[1])
    assert_problem(response, 400, "invalid_request", "/dependencies", rule="not_distinct")


def test_another_repositorys_task_does_not_exist_here(
    api: APIClient, owner: Any, tasks: list[Task]
) -> None:
    """Even when the caller may see it."""
    foreign = TaskFactory(repository=RepositoryFactory())
    with nothing_written():
        response = depend(api, tasks[0], tasks[1], foreign)
    assert_problem(response, 400, "invalid_request", "/dependencies/1")


@pytest.mark.parametrize("length", [2, 3, 5])
def test_a_circle_is_refused_and_spelled_out(
    api: APIClient, tasks: list[Task], length: int
) -> None:
    ring = tasks[:length]
    for task, next_one in pairwise(ring):
        assert depend(api, task, next_one).status_code == 200
    with nothing_written():
        response = depend(api, ring[-1], ring[0])
    problem = assert_problem(response, 409, "dependency_cycle", "/dependencies")
    assert problem["cycle"] == keys(ring[-1], *ring)
    assert " → ".join(problem["cycle"]) in problem["detail"]


def test_of_several_ways_one_circle_is_spelled_out(api: APIClient, tasks: list[Task]) -> None:
    """e → {b, c} → d → a, and a shall depend on e: a diamond, with a shorter way beside it."""
    a, b, c, d, e = tasks
    for task, others in ((e, (b, c)), (b, (d,)), (c, (d, a)), (d, (a,))):
        assert depend(api, task, *others).status_code == 200
    with nothing_written():
        cycle = depend(api, a, e).json()["cycle"]
    assert cycle[0] == cycle[-1] == str(a.pk)
    edges = {
        (str(link.task_id), str(link.depends_on_id)) for link in TaskDependency.objects.all()
    } | {(str(a.pk), str(e.pk))}
    assert all(edge in edges for edge in pairwise(cycle))


def test_a_diamond_is_no_circle(api: APIClient, tasks: list[Task]) -> None:
    a, b, c, d, e = tasks
    for task, others in ((a, (b, c)), (b, (d,)), (c, (d,)), (d, (e,))):
        assert depend(api, task, *others).status_code == 200
    assert depend(api, a, b, c, d, e).status_code == 200


def test_a_circle_through_a_deleted_task_is_one(api: APIClient, tasks: list[Task]) -> None:
    """It would be there again as soon as the task is restored."""
    a, b, c, *_ = tasks
    depend(api, a, b)
    depend(api, b, c)
    api.delete(f"{TASKS}/{b.pk}")
    with nothing_written():
        assert_problem(depend(api, c, a), 409, "dependency_cycle", "/dependencies")


def test_other_kinds_hold_nothing_up_and_close_no_circle(api: APIClient, tasks: list[Task]) -> None:
    a, b, *_ = tasks
    TaskDependencyFactory(task=a, depends_on=b, kind=DependencyKind.RELATED)
    assert links(api, a) == links(api, b) == ([], [])
    assert depend(api, b, a).status_code == 200
    assert depend(api, a).status_code == 200
    assert TaskDependency.objects.filter(kind=DependencyKind.RELATED).count() == 1


def test_a_link_of_another_kind_becomes_the_dependency_that_is_asked_for(
    api: APIClient, tasks: list[Task]
) -> None:
    """Two tasks have one link; a dependency must not be lost because a softer one was there."""
    a, b, *_ = tasks
    TaskDependencyFactory(task=a, depends_on=b, kind=DependencyKind.RELATED)
    assert depend(api, a, b).json()["dependencies"] == keys(b)
    assert links(api, b) == ([], keys(a))


def test_a_deleted_task_drops_out_of_sight_on_both_sides(api: APIClient, tasks: list[Task]) -> None:
    a, b, c, *_ = tasks
    depend(api, a, b)
    depend(api, b, c)
    assert api.delete(f"{TASKS}/{b.pk}").status_code == 204
    assert links(api, a) == links(api, c) == ([], [])
    assert TaskDependency.objects.count() == 2  # the rows stay, for the day it is restored
    with nothing_written():
        assert_problem(depend(api, a, b), 400, "invalid_request", "/dependencies/0")


def test_links_out_of_sight_survive_a_change_of_those_in_sight(
    api: APIClient, tasks: list[Task]
) -> None:
    """A client that reads a task and writes it back knows nothing of deleted neighbours."""
    a, b, c, *_ = tasks
    depend(api, a, b, c)
    api.delete(f"{TASKS}/{b.pk}")
    assert depend(api, a).json()["dependencies"] == []
    Task.all_objects.filter(pk=b.pk).update(deleted_at=None, deletion_batch=None)
    assert links(api, a) == (keys(b), [])
