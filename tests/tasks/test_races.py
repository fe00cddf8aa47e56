"""Two callers at once, on connections of their own, with the application's login."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from rest_framework.test import APIClient

from apps.core.ids import uuid7
from apps.outbox.worker import work_once
from apps.prds.models import PRD
from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskDependency
from tests.contracts import API, ClientOf
from tests.contracts.races import at_once, codes
from tests.factories import PRDFactory, TaskFactory

TASKS = f"{API}/tasks"
ROUNDS = 5
pytestmark = pytest.mark.usefixtures("app_login")


@pytest.fixture
def clients(owner: Any, client_of: ClientOf) -> list[APIClient]:
    """Two callers who have called before: their handlers and metrics are loaded."""
    clients = [client_of(owner), client_of(owner)]
    for client in clients:
        assert client.get(f"{API}/repositories").status_code == 200
    return clients


@pytest.mark.parametrize("by", ["body", "header"])
def test_of_two_changes_of_one_version_one_is_made(
    clients: list[APIClient], repository: Repository, by: str
) -> None:
    task = TaskFactory(repository=repository)
    address = f"{TASKS}/{task.pk}"
    refusal = {"body": "409 stale_version", "header": "412 precondition_failed"}[by]
    for turn in range(ROUNDS):
        tag = clients[0].get(address)["ETag"]

        def patch(
            client: APIClient, content: str, version: int = turn + 1, tag: str = tag
        ) -> Callable[[], Any]:
            body: dict[str, Any] = {"content": content}
            if by == "body":
                return lambda: client.patch(address, {**body, "version": version}, format="json")
            return lambda: client.patch(address, body, format="json", HTTP_IF_MATCH=tag)

        answers = at_once([patch(c, f"{turn} by {n}") for n, c in enumerate(clients)])
        assert codes(answers) == ["200", refusal]
        winner = next(answer.json() for answer in answers if answer.status_code == 200)
        current = clients[0].get(address).json()
        assert current == winner
        if by == "body":
            loser = next(answer.json() for answer in answers if answer.status_code == 409)
            assert loser["current"] == current
    assert Task.objects.get(pk=task.pk).version == ROUNDS + 1


def test_two_tasks_cannot_come_to_depend_on_each_other(
    clients: list[APIClient], repository: Repository
) -> None:
    """Each looks for a circle before the other has closed it; and neither is left hanging."""
    for _ in range(ROUNDS):
        a, b = (TaskFactory(repository=repository) for _ in range(2))

        def depend(client: APIClient, task: Task, other: Task) -> Callable[[], Any]:
            body = {"dependencies": [str(other.pk)], "content": "changed"}
            return lambda: client.patch(f"{TASKS}/{task.pk}", body, format="json")

        answers = at_once([depend(clients[0], a, b), depend(clients[1], b, a)])
        assert codes(answers) == ["200", "409 dependency_cycle"]
        assert TaskDependency.objects.filter(task__in=[a, b]).count() == 1


def test_two_tasks_cannot_become_each_others_parent(
    clients: list[APIClient], repository: Repository
) -> None:
    for _ in range(ROUNDS):
        a, b = (TaskFactory(repository=repository) for _ in range(2))

        def put(client: APIClient, task: Task, parent: Task) -> Callable[[], Any]:
            body = {"parent_task_id": str(parent.pk)}
            return lambda: client.patch(f"{TASKS}/{task.pk}", body, format="json")

        answers = at_once([put(clients[0], a, b), put(clients[1], b, a)])
        assert codes(answers) == ["200", "400 invalid_request"]


def test_an_id_is_given_once(clients: list[APIClient], repository: Repository) -> None:
    for _ in range(ROUNDS):
        body = {"repository": repository.name, "content": "Dig", "id": str(uuid7())}

        def post(client: APIClient, body: dict[str, str] = body) -> Callable[[], Any]:
            return lambda: client.post(TASKS, body, format="json")

        answers = at_once([post(client) for client in clients])
        assert codes(answers) == ["201", "409 already_exists"]
        loser = next(answer.json() for answer in answers if answer.status_code == 409)
        assert [error["pointer"] for error in loser["errors"]] == ["/id"]


def test_a_prd_counts_tasks_that_are_deleted_at_once(
    clients: list[APIClient], repository: Repository
) -> None:
    for _ in range(ROUNDS):
        prd = PRDFactory(repository=repository, task_count=3)
        a, b, _ = (TaskFactory(repository=repository, prd=prd) for _ in range(3))

        def delete(client: APIClient, task: Task) -> Callable[[], Any]:
            return lambda: client.delete(f"{TASKS}/{task.pk}")

        answers = at_once([delete(clients[0], a), delete(clients[1], b)])
        assert codes(answers) == ["204", "204"]
        while work_once():
            pass
        assert PRD.objects.get(pk=prd.pk).task_count == 1


def test_of_two_deletions_one_finds_nothing(
    clients: list[APIClient], repository: Repository
) -> None:
    for _ in range(ROUNDS):
        address = f"{TASKS}/{TaskFactory(repository=repository).pk}"

        def delete(client: APIClient, address: str = address) -> Callable[[], Any]:
            return lambda: client.delete(address)

        assert codes(at_once([delete(client) for client in clients])) == ["204", "404 not_found"]


def test_the_race_runs_with_the_applications_login(repository: Repository, settings: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT session_user")
        assert cursor.fetchone() == (settings.TASKHUB_APPLICATION_ROLE,)
