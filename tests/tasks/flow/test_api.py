"""`/api/v1/tasks/graph` and `/api/v1/tasks/{id}/unblocks`."""

from __future__ import annotations

from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.accounts.models import User
from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks.api import flow as views
from apps.tasks.models import Task
from tests.contracts import API, ClientOf, assert_problem
from tests.contracts.resource import another_repository
from tests.factories import (
    PRDFactory,
    TaskClaimFactory,
    TaskDependencyFactory,
    TaskFactory,
    deletion,
)

from .test_reading import chain, keys

pytestmark = pytest.mark.usefixtures("as_app")
GRAPH = f"{API}/tasks/graph"


def graph(api: APIClient, repository: Repository, **query: Any) -> Any:
    response: Any = api.get(GRAPH, {"repository": repository.name, **query})
    assert response.status_code == 200, response.content
    return response.json()


def unblocks(api: APIClient, task: Any, **query: Any) -> Any:
    return api.get(f"{API}/tasks/{getattr(task, 'pk', task)}/unblocks", query)


def ids(tasks: list[Any]) -> list[str]:
    return [str(task.pk) for task in tasks]


def shown(rows: list[dict[str, Any]]) -> list[str]:
    return [row["id"] for row in rows]


# -- the graph ----
def test_the_path_with_its_tasks(api: APIClient, repository: Repository) -> None:
    tasks = chain(repository, 30, None, 50)
    Task.objects.filter(pk=tasks[0].pk).update(status="in_progress")
    side = TaskFactory(repository=repository, estimated_minutes=45)
    answer = graph(api, repository)
    path = answer["critical_path"]
    assert (path["count"], path["minutes"], path["left_out"]) == (3, 30 + 45 + 50, 0)
    assert path["tasks"] == [
        {
            "id": str(task.pk),
            "content": task.content,
            "status": "in_progress" if task == tasks[0] else "pending",
            "minutes": task.estimated_minutes or 45,
            "assumed": task.estimated_minutes is None,
            "slack_minutes": 0,
        }
        for task in tasks
    ]
    assert answer["longest_blocked_chain"] == path
    assert str(side.pk) not in str(answer)
    assert answer["counts"] == {
        "tasks": 4,
        "pending": 3,
        "in_progress": 1,
        "cancelled": 0,
        "waits": 2,
        "assumed": 1,
        "in_circles": 0,
        "behind_circles": 0,
        "outside": 0,
    }
    assert (answer["assumed_minutes"], answer["total_minutes"]) == (45, 170)
    assert (answer["repository"], answer["prd_id"]) == (repository.name, None)


def test_the_longest_chain_may_be_another_one(api: APIClient, repository: Repository) -> None:
    many = chain(repository, 1, 1, 1)
    few = chain(repository, 500, 1)
    answer = graph(api, repository)
    assert shown(answer["critical_path"]["tasks"]) == ids(few)
    longest = answer["longest_blocked_chain"]
    assert shown(longest["tasks"]) == ids(many)
    assert longest["minutes"] == 3
    assert [task["slack_minutes"] for task in longest["tasks"]] == [498] * 3


def test_an_empty_repository(api: APIClient, repository: Repository) -> None:
    answer = graph(api, repository)
    empty = {"count": 0, "minutes": 0, "left_out": 0, "tasks": []}
    assert answer["critical_path"] == answer["longest_blocked_chain"] == empty
    assert answer["circles"] == {"count": 0, "left_out": 0, "circles": []}


def test_the_answer_is_bounded_and_says_so(
    api: APIClient, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    tasks = chain(repository, *[1] * 5)
    for _ in range(3):
        circle(repository)
    answer = graph(api, repository, limit=2)
    for name in ("critical_path", "longest_blocked_chain"):
        assert shown(answer[name]["tasks"]) == ids(tasks[:2])
        assert (answer[name]["count"], answer[name]["left_out"]) == (5, 3)
    monkeypatch.setattr(views, "MOST_CIRCLES", 2)
    monkeypatch.setattr(views, "MOST_STEPS", 1)
    circles = graph(api, repository)["circles"]
    assert (circles["count"], circles["left_out"], len(circles["circles"])) == (3, 1, 2)
    first = circles["circles"][0]
    assert (first["length"], first["left_out"], len(first["steps"])) == (2, 1, 1)


def circle(repository: Repository) -> tuple[Task, Task]:
    parent = TaskFactory(repository=repository)
    child = TaskFactory(repository=repository, parent_task=parent)
    TaskDependencyFactory(task=child, depends_on=parent)
    return parent, child


def test_a_circle_is_shown_step_by_step(api: APIClient, repository: Repository) -> None:
    parent, child = circle(repository)
    TaskDependencyFactory(task=TaskFactory(repository=repository), depends_on=child)
    answer = graph(api, repository)
    (found,) = answer["circles"]["circles"]
    assert (found["count"], found["length"], found["left_out"]) == (2, 2, 0)
    common = {"status": "pending"}
    assert found["steps"] == [
        {
            **common,
            "id": str(parent.pk),
            "content": parent.content,
            "waits_for_id": str(child.pk),
            "is_child": True,
            "is_dependency": False,
        },
        {
            **common,
            "id": str(child.pk),
            "content": child.content,
            "waits_for_id": str(parent.pk),
            "is_child": False,
            "is_dependency": True,
        },
    ]
    assert (answer["counts"]["in_circles"], answer["counts"]["behind_circles"]) == (2, 1)
    assert answer["critical_path"]["count"] == 1


def test_of_a_prd(api: APIClient, repository: Repository) -> None:
    prd = PRDFactory(repository=repository)
    tasks = chain(repository, 10, 20, prd=prd)
    TaskDependencyFactory(
        task=tasks[0], depends_on=TaskFactory(repository=repository, estimated_minutes=900)
    )
    answer = graph(api, repository, prd_id=prd.pk)
    assert shown(answer["critical_path"]["tasks"]) == ids(tasks)
    assert (answer["prd_id"], answer["counts"]["outside"]) == (str(prd.pk), 1)
    assert graph(api, repository)["critical_path"]["count"] == 3


@pytest.mark.parametrize("which", ["of another repository", "deleted", "unknown"])
def test_no_such_prd(api: APIClient, repository: Repository, owner: User, which: str) -> None:
    there = another_repository(owner) if which == "of another repository" else repository
    gone = deletion() if which == "deleted" else {}
    prd_id = uuid7() if which == "unknown" else PRDFactory(repository=there, **gone).pk
    response = api.get(GRAPH, {"repository": repository.name, "prd_id": str(prd_id)})
    problem = assert_problem(response, 400, "invalid_parameter", "prd_id")
    assert [error["code"] for error in problem["errors"]] == ["not_found"]
    assert f"There is no live PRD {prd_id} in acme/rocket." in problem["detail"]


@pytest.mark.parametrize(
    ("query", "code", "pointer"),
    [
        ({"prd_id": "x"}, "invalid_parameter", "prd_id"),
        ({"limit": "0"}, "invalid_parameter", "limit"),
        ({"limit": "201"}, "invalid_parameter", "limit"),
        ({"prd": "x"}, "unknown_parameter", "prd"),
        ({"status": "pending"}, "unknown_parameter", "status"),
    ],
)
def test_parameters_are_strict(
    api: APIClient, repository: Repository, query: dict[str, str], code: str, pointer: str
) -> None:
    response = api.get(GRAPH, {"repository": repository.name, **query})
    assert_problem(response, 400, code, pointer)


def test_a_repository_is_needed_and_must_be_visible(
    api: APIClient, repository: Repository, outsider: User, client_of: ClientOf
) -> None:
    assert_problem(api.get(GRAPH), 400, "invalid_parameter", "repository")
    hidden = client_of(outsider).get(GRAPH, {"repository": repository.name})
    assert_problem(hidden, 404, "not_found", "repository")
    assert_problem(
        APIClient().get(GRAPH, {"repository": repository.name}), 401, "not_authenticated"
    )
    reader = client_of(outsider, "read")
    assert reader.get(GRAPH, {"repository": "other/garden"}).status_code == 200


def test_a_token_of_one_repository_need_not_name_it(
    repository: Repository, owner: User, client_of: ClientOf
) -> None:
    bound = client_of(owner, "read", repository)
    assert bound.get(GRAPH).json()["repository"] == repository.name


def test_too_many_tasks_are_asked_for_by_prd(
    api: APIClient, repository: Repository, monkeypatch: pytest.MonkeyPatch
) -> None:
    prd = PRDFactory(repository=repository)
    chain(repository, 1, 1, prd=prd)
    TaskFactory(repository=repository)
    monkeypatch.setattr(views, "MOST_TASKS", 2)
    response = api.get(GRAPH, {"repository": repository.name})
    problem = assert_problem(response, 400, "invalid_parameter", "prd_id")
    assert "acme/rocket has more than 2 open tasks." in problem["detail"]
    assert "by prd_id" in problem["detail"]
    assert graph(api, repository, prd_id=prd.pk)["counts"]["tasks"] == 2


# -- what closing a task makes ready ----
def test_what_completing_and_cancelling_make_ready(api: APIClient, repository: Repository) -> None:
    Repository.objects.filter(pk=repository.pk).update(settings={"cancelled_blockers": "block"})
    parent = TaskFactory(repository=repository, priority="high", assignee="ann")
    blocker = TaskFactory(repository=repository, parent_task=parent)
    waiting = TaskFactory(repository=repository)
    held = TaskFactory(repository=repository)
    TaskClaimFactory(task=held)
    for task in (waiting, held):
        TaskDependencyFactory(task=task, depends_on=blocker)
    answer = unblocks(api, blocker).json()
    assert (answer["task_id"], answer["status"]) == (str(blocker.pk), "pending")
    assert shown(answer["completed"]["tasks"]) == ids([parent, waiting])
    assert answer["cancelled"] == {
        "count": 1,
        "left_out": 0,
        "tasks": [
            {
                "id": str(parent.pk),
                "content": parent.content,
                "priority": "high",
                "assignee": "ann",
            }
        ],
    }


def test_many_are_bounded_and_counted(api: APIClient, repository: Repository) -> None:
    blocker = TaskFactory(repository=repository)
    waiting = [TaskFactory(repository=repository) for _ in range(5)]
    for task in waiting:
        TaskDependencyFactory(task=task, depends_on=blocker)
    answer = unblocks(api, blocker, limit=2).json()
    for name in ("completed", "cancelled"):
        assert (answer[name]["count"], answer[name]["left_out"]) == (5, 3)
        assert shown(answer[name]["tasks"]) == [str(key) for key in keys(waiting)[:2]]
    assert unblocks(api, blocker, limit=5).json()["completed"]["left_out"] == 0


@pytest.mark.parametrize("status", ["completed", "cancelled"])
def test_what_is_closed_makes_nothing_ready(
    api: APIClient, repository: Repository, status: str
) -> None:
    Repository.objects.filter(pk=repository.pk).update(settings={"cancelled_blockers": "block"})
    closed = TaskFactory(repository=repository, status=status)
    TaskDependencyFactory(task=TaskFactory(repository=repository), depends_on=closed)
    answer = unblocks(api, closed).json()
    assert (answer["completed"]["count"], answer["cancelled"]["count"]) == (0, 0)


def test_whose_task_it_is(
    api: APIClient, repository: Repository, outsider: User, client_of: ClientOf
) -> None:
    task = TaskFactory(repository=repository)
    assert_problem(unblocks(client_of(outsider), task), 404, "not_found")
    assert_problem(unblocks(api, uuid7()), 404, "not_found")
    assert_problem(unblocks(api, "graph"), 404, "not_found")
    gone = TaskFactory(repository=repository, **deletion())
    assert_problem(unblocks(api, gone), 404, "not_found")
    assert_problem(unblocks(api, task, repository="x"), 400, "unknown_parameter", "repository")
    assert_problem(api.post(f"{API}/tasks/{task.pk}/unblocks"), 405, "method_not_allowed")
    assert_problem(api.post(GRAPH), 405, "method_not_allowed")
