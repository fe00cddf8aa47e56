"""`/api/v1/tasks`."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.decorators import action
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api import versions
from apps.core.api.deletions import DeletionAction
from apps.core.api.filters import ChoiceFilter, CreationTimeFilter, TextFilter, UUIDFilter
from apps.core.api.viewsets import CreateAction, ListAction, UpdateAction
from apps.core.deletion import Batch
from apps.core.errors import InvalidInputError
from apps.prds.api.assessment import ComplexitySerializer
from apps.repositories.api.requests import (
    REPOSITORY_FILTER,
    caller,
    in_visible_repositories,
    listed_repository,
)
from apps.repositories.models import Repository
from apps.repositories.visibility import get_visible_repository
from apps.tasks.choices import DependencyKind, TaskPriority, TaskStatus
from apps.tasks.deletion import delete_task, restore_task
from apps.tasks.links import Links, Relation
from apps.tasks.models import Task
from apps.tasks.scoring import complexity_of
from apps.tasks.services import create_task, update_task

from .filters import StateFilter
from .history import TaskHistoryAction
from .serializers import TaskCreateSerializer, TaskSerializer, TaskUpdateSerializer

# Says of a change that was made what the repository's rules want to be seen.
WARNING_HEADER = "TaskHub-Warning"


class TaskViewSet(TaskHistoryAction, DeletionAction, ListAction, CreateAction, UpdateAction):
    """The tasks of the repositories that the caller may see. Deleted ones are hidden, but for
    those who ask for them."""

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
        "parent_task_id": UUIDFilter(description="Its children."),
        "state": StateFilter(),
        "created_after": CreationTimeFilter(lookup="gte", description="This moment or later."),
        "created_before": CreationTimeFilter(lookup="lt", description="Earlier than this."),
    }

    def get_queryset(self) -> Any:
        tasks = self.rows().for_display().with_links()
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
            links=_links(data),
            values=_with_parent(data, repository),
        )

    def perform_update(
        self, instance: Task, data: dict[str, Any], *, expected_version: int | None
    ) -> Task:
        user, _ = caller(self.request)
        updated = update_task(
            actor=user,
            task=instance,
            fence=data.pop("fence", None),
            links=_links(data),
            changes=_with_parent(data, instance.repository, kept=instance.parent_task_id),
            expected_version=expected_version,
        )
        if updated.warnings:
            self.headers[WARNING_HEADER] = " ".join(updated.warnings)
        return updated

    def perform_destroy(self, instance: Task, *, expected_version: int | None) -> None:
        user, _ = caller(self.request)
        delete_task(actor=user, task=instance, expected_version=expected_version)

    def perform_restore(self, instance: Task, *, expected_version: int | None) -> Batch:
        user, _ = caller(self.request)
        return restore_task(actor=user, task=instance, expected_version=expected_version)

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """A repository's tasks, newest first; with `state=deleted` the deleted ones, last deleted
        first.
        """
        return super().list(request, *args, **kwargs)

    @extend_schema(summary="Get the complexity of a task", responses=ComplexitySerializer)
    @action(detail=True, methods=["get"], filters={})
    def complexity(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The score of the task, by which formula, and what each factor brought."""
        task = self.get_object()
        versions.expected_version(request, task)
        return self.respond(task, data=ComplexitySerializer(complexity_of(task)).data)

    def partial_update(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """200 with the record as it is now; 412 or 409 when it was changed meanwhile.

        Closing a task while children or, when it is completed, tasks that it waits for are open is
        a 409 `open_work`. Where the repository's setting `closing_with_open_work` is `warn`, it is
        done and the header `TaskHub-Warning` says what is open; where it is `allow`, it is done.

        With `fence`, the change is made only while that claim holds the task; else it is a 409
        `stale_fence` with the present `claim`. Closing the task ends its claim.
        """
        return super().partial_update(request, *args, **kwargs)


def _links(data: dict[str, Any]) -> Links:
    """The links that `data` names, taken out of it."""
    relations = data.pop("relations", None)
    return Links(
        dependencies=data.pop("dependencies", None),
        blocks=data.pop("blocks", None),
        relations=None
        if relations is None
        else [Relation(r["task_id"], DependencyKind(r["kind"])) for r in relations],
    )


def _with_parent(
    data: dict[str, Any], repository: Repository, *, kept: UUID | None = None
) -> dict[str, Any]:
    """`data` with the parent as a record instead of its id; a live one, unless it is `kept`."""
    if "parent_task_id" not in data:
        return data
    parent_id = data.pop("parent_task_id")
    parent = None
    if parent_id is not None:
        tasks: Any = Task.all_objects if parent_id == kept else Task.objects
        parent = tasks.filter(pk=parent_id, repository=repository).first()
        if parent is None:
            raise InvalidInputError(
                "/parent_task_id", f"There is no live task {parent_id} in this repository."
            )
    return {**data, "parent_task": parent}
