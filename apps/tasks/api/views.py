"""`/api/v1/tasks`."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import ChoiceFilter, CreationTimeFilter, TextFilter, UUIDFilter
from apps.core.api.viewsets import (
    CreateAction,
    DestroyAction,
    ListAction,
    UpdateAction,
)
from apps.core.errors import InvalidInputError
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    caller,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.models import Repository
from apps.repositories.visibility import get_visible_repository
from apps.tasks.choices import TaskPriority, TaskStatus
from apps.tasks.deletion import delete_task
from apps.tasks.models import Task
from apps.tasks.services import create_task, update_task

from .history import TaskHistoryAction
from .serializers import TaskCreateSerializer, TaskSerializer, TaskUpdateSerializer


class TaskViewSet(TaskHistoryAction, ListAction, CreateAction, UpdateAction, DestroyAction):
    """The tasks of the repositories that the caller may see. Deleted ones are hidden."""

    queryset = Task.objects.none()  # tells the schema of the model
    read_serializer_class = TaskSerializer
    create_serializer_class = TaskCreateSerializer
    update_serializer_class = TaskUpdateSerializer
    filters = {
        "repository": REPOSITORY_FILTER,
        "status": ChoiceFilter(choices=TaskStatus, multiple=True),
        "priority": ChoiceFilter(choices=TaskPriority, multiple=True),
        "assignee": TextFilter(),
        "session_id": TextFilter(),
        "prd_id": UUIDFilter(),
        "created_after": CreationTimeFilter(lookup="gte", description="This moment or later."),
        "created_before": CreationTimeFilter(lookup="lt", description="Earlier than this."),
    }

    def get_queryset(self) -> Any:
        tasks = Task.objects.for_display().with_links()
        if self.action == "list":
            return tasks.filter(repository=listed_repository(self.request))
        return in_visible_repositories(tasks, self.request)

    def perform_create(self, data: dict[str, Any]) -> Task:
        user, token = caller(self.request)
        repository = get_visible_repository(data.pop("repository"), user, token)
        return create_task(
            actor=user,
            repository=repository,
            task_id=data.pop("id", None),
            dependencies=data.pop("dependencies", ()),
            values=_with_parent(data, repository),
        )

    def perform_update(
        self, instance: Task, data: dict[str, Any], *, expected_version: int | None
    ) -> Task:
        user, _ = caller(self.request)
        return update_task(
            actor=user,
            task=instance,
            dependencies=data.pop("dependencies", None),
            changes=_with_parent(data, instance.repository),
            expected_version=expected_version,
        )

    def perform_destroy(self, instance: Task, *, expected_version: int | None) -> None:
        user, _ = caller(self.request)
        delete_task(actor=user, task=instance, expected_version=expected_version)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A repository's tasks, newest first."""
        return super().list(request, *args, **kwargs)


def _with_parent(data: dict[str, Any], repository: Repository) -> dict[str, Any]:
    """`data` with the parent as a record instead of its id."""
    if "parent_task_id" not in data:
        return data
    parent_id = data.pop("parent_task_id")
    parent = None
    if parent_id is not None:
        parent = Task.objects.filter(pk=parent_id, repository=repository).first()
        if parent is None:
            raise InvalidInputError(
                "/parent_task_id", f"There is no live task {parent_id} in this repository."
            )
    return {**data, "parent_task": parent}
