"""Two imports at once: each is whole, or not there at all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from rest_framework.test import APIClient

from apps.prds.models import PRD, PRDRevision
from apps.repositories.models import Repository
from apps.tasks.models import Task, TaskDependency, TaskExternalKey
from tests.contracts import API, ClientOf
from tests.contracts.races import at_once, codes

from .documents import PLAN

pytestmark = pytest.mark.usefixtures("app_login")


@pytest.mark.parametrize("filenames", [("a.md", "a.md"), ("a.md", "b.md")])
def test_the_same_document_twice(
    owner: Any, client_of: ClientOf, repository: Repository, filenames: tuple[str, str]
) -> None:
    """Under one filename, and under two, where only the tasks' keys are in each other's way."""
    clients = [client_of(owner), client_of(owner)]
    for client in clients:
        client.get(f"{API}/repositories")

    def send(client: APIClient, filename: str) -> Callable[[], Any]:
        body = {"repository": repository.name, "filename": filename, "content": PLAN}
        return lambda: client.post(f"{API}/prd/import", body, format="json")

    answers = at_once([send(*pair) for pair in zip(clients, filenames, strict=True)])
    assert codes(answers) == ["201", "409 already_exists"]
    assert [
        model._base_manager.count()
        for model in (PRD, PRDRevision, Task, TaskExternalKey, TaskDependency)
    ] == [1, 1, 3, 3, 2]
    assert PRD.objects.get().task_count == 3


def test_the_same_repository_twice(owner: Any, client_of: ClientOf) -> None:
    clients = [client_of(owner), client_of(owner)]
    for client in clients:
        client.get(f"{API}/repositories")

    def create(client: APIClient) -> Callable[[], Any]:
        body = {"name": "acme/new"}
        return lambda: client.post(f"{API}/repositories", body, format="json")

    answers = at_once([create(client) for client in clients])
    assert codes(answers) == ["201", "409 already_exists"]
    loser = next(answer.json() for answer in answers if answer.status_code == 409)
    assert [error["pointer"] for error in loser["errors"]] == ["/name"]
    assert Repository.objects.get(name="acme/new").members.count() == 1
