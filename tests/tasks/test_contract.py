"""Tasks keep the contracts of every resource."""

from __future__ import annotations

from typing import Any

from django.db import connection

from apps.core.ids import uuid7
from apps.repositories.models import Repository
from apps.tasks.models import Task
from tests.contracts import (
    DeletedHistoryContract,
    DeletedListContract,
    DeletionContract,
    DestroyContract,
    ReadContract,
    RepositoryCreateContract,
    RepositoryListContract,
    Resource,
    RestoreContract,
    UpdateContract,
)
from tests.factories import TaskDependencyFactory, TaskFactory


class Tasks(Resource):
    """`/api/v1/tasks`, each task with a neighbour on either side, for the number of statements."""

    path = "tasks"

    def make(self, repository: Repository) -> Task:
        task: Task = TaskFactory(repository=repository)
        return task


class TestRead(Tasks, ReadContract):
    """GET /tasks/{id}."""

    def test_the_contracts_run_with_the_applications_rights(self, settings: Any) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_user, has_table_privilege('tasks', 'DELETE')")
            assert cursor.fetchone() == (settings.TASKHUB_APPLICATION_ROLE, False)


class TestList(Tasks, RepositoryListContract):
    """GET /tasks."""

    def make(self, repository: Repository) -> Task:
        """Each task depends on the one before."""
        before = Task.objects.filter(repository=repository).order_by("id").last()
        task = super().make(repository)
        if before is not None:
            TaskDependencyFactory(task=task, depends_on=before)
        return task


class TestCreate(Tasks, RepositoryCreateContract):
    """POST /tasks."""

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"repository": repository.name, "content": "Dig", "id": str(uuid7())}


class TestUpdate(Tasks, UpdateContract):
    """PATCH /tasks/{id}."""

    follows = frozenset({"complexity_score", "complexity_version"})

    def good_body(self, repository: Repository) -> dict[str, Any]:
        return {"content": "Dig deeper", "priority": "high"}

    def stale_change(self) -> dict[str, Any]:
        return {"assignee": "somebody"}


class TestDelete(Tasks, DestroyContract):
    """DELETE /tasks/{id}."""

    def make_stale(self, record: Any) -> None:
        Task.objects.filter(pk=record.pk).update(assignee="somebody")


class TestDeletion(Tasks, DeletionContract):
    """GET /tasks/{id}/deletion."""

    kind = "task"


class TestRestore(Tasks, RestoreContract):
    """POST /tasks/{id}/restore."""

    def make_stale(self, record: Any) -> None:
        Task.all_objects.filter(pk=record.pk).update(assignee="somebody")


class TestDeletedList(DeletedListContract, Tasks):
    """GET /tasks?state=deleted."""


class TestHistory(Tasks, DeletedHistoryContract):
    """GET /tasks/{id}/history and GET /tasks/{id}?as_of=."""

    def edits(self, number: int) -> list[dict[str, Any]]:
        status = "in_progress" if number % 2 else "completed"
        return [
            {"content": f"Dig {number}", "tags": ["a"]},
            {"status": status, "metadata": {"a": number}},
        ]
