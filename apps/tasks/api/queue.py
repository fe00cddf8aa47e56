"""`/api/v1/tasks/ready` and `/api/v1/tasks/blocked`: what can be begun, what cannot, and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from apps.core.api.filters import (
    ChoiceFilter,
    Filter,
    NumberFilter,
    TextFilter,
    UUIDFilter,
    parse_filters,
)
from apps.core.api.views import BaseAPIView
from apps.core.api.viewsets import ListAction
from apps.repositories.api.requests import REPOSITORY_FILTER, listed_repository
from apps.repositories.models import Repository
from apps.tasks.choices import TaskComplexity, TaskPriority
from apps.tasks.models import Task
from apps.tasks.queue import COLUMNS, FORMULA, WINDOW, Wanted, read_obstacles, read_queue

from .queue_serializers import BlockedTaskSerializer, ReadyQueueSerializer, show_standings

DEFAULT_LIMIT = 20


@dataclass(frozen=True, kw_only=True)
class TagFilter(TextFilter):
    """Tasks that have the tag."""

    def apply(self, queryset: QuerySet[Any], name: str, text: str) -> QuerySet[Any]:
        return queryset.filter(tags__contains=[self.parse(name, text)])


NARROWING: dict[str, Filter] = {
    "repository": REPOSITORY_FILTER,
    "assignee": TextFilter(),
    "priority": ChoiceFilter(choices=TaskPriority, multiple=True),
    "complexity": ChoiceFilter(choices=TaskComplexity, multiple=True),
    "tag": TagFilter(max_length=100, description="Tasks that have this tag."),
    "prd_id": UUIDFilter(),
    "parent_task_id": UUIDFilter(description="Its children."),
}


class ReadyQueueView(BaseAPIView):
    """The head of the ready queue."""

    filters = {
        **NARROWING,
        "for_holder": TextFilter(
            description="What `claim-next` would hand to this holder: theirs, and nobody's."
        ),
        "limit": NumberFilter(
            least=1,
            most=WINDOW,
            default=DEFAULT_LIMIT,
            description="How many tasks are shown at most.",
        ),
    }

    @extend_schema(
        operation_id="tasks_ready",
        tags=["tasks"],
        summary="What can be begun now, best first",
        responses=ReadyQueueSerializer,
    )
    def get(self, request: Request) -> Response:
        """Ready: pending, held by nobody, without open children, and everything that it waits for
        is done.

        This is the head of a queue, not a list to page through: the first 50 ready tasks by
        `act_by`, in the order of their score. `claim-next` hands out in the same order.
        """
        repository = listed_repository(request)
        asked = parse_filters(self.get_filters(), request.query_params)
        most = asked.get("limit", DEFAULT_LIMIT)
        queue = read_queue(repository, wanted=_wanted(asked), most=most)
        answer = {
            "results": show_standings(queue.standings),
            "more": queue.more,
            "formula": FORMULA,
            "critical_path_at": queue.critical_path_at,
        }
        context = {**self.get_serializer_context(), "repository": repository}
        return Response(ReadyQueueSerializer(answer, context=context).data)


def _wanted(asked: dict[str, Any]) -> Wanted:
    """What the parameters ask for: all of it."""
    assignees = [asked["assignee"]] if "assignee" in asked else None
    if "for_holder" in asked:
        theirs = ["", asked["for_holder"]]
        assignees = theirs if assignees is None else [a for a in assignees if a in theirs]
    return Wanted(
        assignees=assignees,
        priorities=asked.get("priority"),
        complexities=asked.get("complexity"),
        tags=[asked["tag"]] if "tag" in asked else None,
        prd_id=asked.get("prd_id"),
        parent_task_id=asked.get("parent_task_id"),
    )


class BlockedTaskViewSet(ListAction):
    """What waits for other tasks."""

    queryset = Task.objects.none()  # tells the schema of the model
    read_serializer_class = BlockedTaskSerializer
    filters = NARROWING

    def get_queryset(self) -> Any:
        return Task.objects.filter(repository=self._repository()).blocked().only(*COLUMNS)

    def get_serializer_context(self) -> dict[str, Any]:
        return {**super().get_serializer_context(), "repository": self._repository()}

    @extend_schema(operation_id="tasks_blocked", tags=["tasks"], summary="What waits, and for what")
    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """The pending tasks of a repository that wait for others, newest first, each with the tasks
        that hold it up: open ones, or cancelled ones where the repository's setting
        `cancelled_blockers` is `block`.
        """
        page: Any = self.paginate_queryset(self.filter_queryset(self.get_queryset()))
        obstacles = read_obstacles(self._repository(), [task.pk for task in page])
        for task in page:
            task.blocked_by = obstacles[task.pk].blockers
            task.blocked_by_count = obstacles[task.pk].count
        serializer = BlockedTaskSerializer(page, many=True, context=self.get_serializer_context())
        return self.get_paginated_response(serializer.data)

    def _repository(self) -> Repository:
        """Asked for once a request."""
        known: Repository | None = getattr(self, "_known_repository", None)
        if known is None:
            known = self._known_repository = listed_repository(self.request)
        return known
